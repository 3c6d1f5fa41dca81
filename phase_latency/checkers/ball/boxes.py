"""Inequalities on whole boxes: subdivision until interval enclosures certify every part.

The variables of the claim run over a compact box that is stated with it, inside what the hypotheses allow. Where both
sides touch at the edge of the domain, the box stops short of it, and the answer says where.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import flint
from sympy import Expr, Ge, Gt, Indexed, Lt, Rational, Symbol
from sympy.core.relational import Relational

from phase_latency.checkers.verdict import Answer
from phase_latency.ledger.domains import BALL, Unevaluable
from phase_latency.ledger.language import free_indices
from phase_latency.ledger.statement import Claim, Statement
from phase_latency.ledger.values import evaluate

_MOST = 200_000  # boxes that are looked at before it gives up

# Boxes by statement and claim: ends of each variable; a sequence at its generic index is one variable. They stop short
# of s = 1 and of angles 0, where both sides of these claims are equal, and of y = pi/2, pi, where a hypothesis ends.
_BOXES: Mapping[tuple[str, str], Mapping[str, tuple[Rational, Rational]]] = {
    ("compression-discriminability", "cosines"): {
        "y": (Rational(1, 10), Rational(314, 100)),
        "s": (Rational(11, 10), Rational(50)),
    },
    ("compression-discriminability", "sines"): {
        "y": (Rational(1), Rational(314, 100)),
        "s": (Rational(3, 2), Rational(8)),
    },
    ("compression-discriminability", "chord"): {"y": (Rational(1, 1000), Rational(156, 100))},
    ("compression-discriminability", "below-the-angle"): {"y": (Rational(1, 10), Rational(100))},
    ("compression-discriminability", "one-channel-at-least"): {
        "w": (Rational(1), Rational(314, 100)),
        "s": (Rational(3, 2), Rational(8)),
    },
    ("compression-discriminability", "one-channel-at-most"): {
        "w": (Rational(1, 10), Rational(3)),
        "s": (Rational(1), Rational(20)),
    },
    ("softmax-perturbation", "below-the-range"): {"r": (Rational(1, 10), Rational(100))},
}


@dataclass(frozen=True)
class _Box:
    """Enclosures of the variables of a claim; the point of view of the evaluation."""

    sides: Mapping[str, flint.arb]

    def halves(self) -> tuple["_Box", "_Box"]:
        """The box cut in two across its side that is longest relative to where it lies."""
        name = max(
            self.sides, key=lambda each: float(self.sides[each].rad()) / (1 + abs(float(self.sides[each].mid())))
        )
        side = self.sides[name]
        middle, quarter = side.mid(), side.rad() / 2
        lower, upper = (_ball(middle - quarter, quarter), _ball(middle + quarter, quarter))
        return _Box({**self.sides, name: lower}), _Box({**self.sides, name: upper})

    def _size(self, name: str) -> float:
        return float(self.sides[name].rad()) / (1 + abs(float(self.sides[name].mid())))


def _ball(middle: flint.arb, radius: flint.arb) -> flint.arb:
    return flint.arb(middle, radius)


def boxes_of(statement: Statement, claim: Claim) -> Answer | None:
    """Certify a claim on the box that is stated for it.

    Args:
        statement: to which the claim belongs.
        claim: an inequality.

    Returns:
        CHECKED with the box and the number of parts, or UNDECIDED; None if no box is stated.
    """
    ends = _BOXES.get((statement.id, claim.name))
    if ends is None:
        return None
    where = ", ".join(f"{name} in [{low}, {high}]" for name, (low, high) in ends.items())
    parts = subdivided(claim.goal, ends)
    if parts is None:
        return Answer("UNDECIDED", f"not certified on {where} by {_MOST} boxes")
    return Answer("CHECKED", f"certified for all {where} by {parts} boxes")


def subdivided(goal: Relational, ends: Mapping[str, tuple[Rational, Rational]], most: int = _MOST) -> int | None:
    """Certify an inequality on a box.

    Args:
        goal: inequality between numbers.
        ends: of each variable, by name.
        most: boxes to look at before giving up.

    Returns:
        number of parts that were certified; None if one was not within that many.
    """
    greater, less = (goal.lhs, goal.rhs) if isinstance(goal, (Gt, Ge)) else (goal.rhs, goal.lhs)
    with BALL.working():
        pending = [_Box({name: _interval(low, high) for name, (low, high) in ends.items()})]
        looked, certified = 0, 0
        while pending:
            looked += 1
            if looked > most:
                return None
            box = pending.pop()
            if _is_certain(greater - less, box, strict=isinstance(goal, (Gt, Lt))):
                certified += 1
            else:
                pending += box.halves()
    return certified


def _interval(low: Rational, high: Rational) -> flint.arb:
    ends = [flint.arb(flint.fmpq(int(end.p), int(end.q))) for end in (low, high)]
    return ends[0].union(ends[1])


def _is_certain(slack: Expr, box: _Box, strict: bool) -> bool:
    try:
        value = evaluate(slack, _Nowhere(), BALL, _bound(slack, box))
    except Unevaluable:
        return False
    return bool(value > 0 if strict else value >= 0)


def _bound(slack: Expr, box: _Box) -> dict[Expr, flint.arb]:
    """Enclosures of the symbols, and of the entries of sequences at a generic index."""
    symbols = {symbol: box.sides[symbol.name] for symbol in slack.atoms(Symbol) if symbol.name in box.sides}
    entries = {entry: box.sides[str(entry.base)] for entry in slack.atoms(Indexed) if free_indices(entry)}
    return {**symbols, **entries}


class _Nowhere:
    """No further symbols."""

    def scalar(self, symbol: Symbol) -> Expr:
        raise Unevaluable(f"{symbol} has no enclosure")

    def entry(self, name: str, position: int) -> Expr:
        raise Unevaluable(f"{name}[{position}] has no enclosure")

    def rows(self, symbol: Symbol, shape: tuple[int, int]) -> list[list[Expr]]:
        raise Unevaluable(f"{symbol} has no enclosure")
