"""Claims at random rational points that satisfy the hypotheses, by certified enclosures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sympy import Eq, MatrixExpr

from phase_latency.checkers.verdict import Answer, shortened
from phase_latency.ledger.evaluation import BALL, CLOSED, Unevaluable, index_values, truth
from phase_latency.ledger.models import Model, fails_at, holds_at, random_models
from phase_latency.ledger.statement import Claim, Control, Statement
from phase_latency.ledger.terms import Proposition
from phase_latency.ledger.values import evaluate, rows

_POINTS = 25  # at which each claim is enclosed
_TRIES = 8 * _POINTS  # points that satisfy the hypotheses and are looked at until so many have a value
_WIDE = 1e-20  # of an enclosure whose overlap with another says nothing


@dataclass
class _Tally:
    """What enclosures say at points: certified, open with both sides narrow, or too wide to say anything."""

    certified: int = 0
    narrow: int = 0
    wide: int = 0
    radius: float = 0.0

    @property
    def tried(self) -> int:
        """Points at which the claim has a value and says something."""
        return self.certified + self.narrow + self.wide


def check_claim(statement: Statement, claim: Claim, seed: int) -> Answer:
    """Enclose a claim at random points, or a claim of existence at the point that it names.

    Args:
        statement: to which the claim belongs.
        claim: to be checked.
        seed: of the points.

    Returns:
        CHECKED with the number of points, REFUTED with a point, or UNDECIDED with the reason.
    """
    hypotheses = [hypothesis.relation for hypothesis in statement.assumed(claim)]
    if claim.exists is not None:
        return _at_its_witness(claim, hypotheses)
    tally = _Tally()
    for point in random_models(hypotheses, seed + 1, _TRIES, statement.sampler):  # not the points of the derivation
        refuted = _counted(claim.goal, point, tally)
        if refuted:
            return Answer("REFUTED", f"at {point}")
        if tally.tried == _POINTS:
            break
    return _summed_up(claim.goal, tally)


def _counted(goal: Proposition, point: Model, tally: _Tally) -> bool:
    """Count what enclosures say at a point, if they say anything; or tell that they refute the goal."""
    try:
        if not any(True for _ in index_values(goal, point)):
            return False  # it is about no index at all
        verdict = truth(goal, point, BALL)
    except Unevaluable:
        return False
    if verdict is None and isinstance(goal, Eq):
        radius = max(_radii(goal, point), default=0.0)
        tally.radius = max(tally.radius, radius if radius <= _WIDE else 0.0)
        tally.narrow, tally.wide = tally.narrow + (radius <= _WIDE), tally.wide + (radius > _WIDE)
    else:
        tally.certified, tally.wide = tally.certified + (verdict is True), tally.wide + (verdict is None)
    return verdict is False


def _at_its_witness(claim: Claim, hypotheses: Sequence[Proposition]) -> Answer:
    """An equation at a point is beyond balls; everything else that holds there they certify."""
    point = Model(claim.exists or {})
    if not _hold(hypotheses, point):
        return Answer("UNDECIDED", f"a hypothesis is not certified at {shortened(point)}")
    if holds_at([claim.goal], point, BALL):
        return Answer("CHECKED", f"enclosures at {shortened(point)} do not meet")
    if fails_at(claim.goal, point, BALL):
        return Answer("REFUTED", f"at {point}")
    return Answer("UNDECIDED", f"enclosures meet at {shortened(point)}")


def _hold(hypotheses: Sequence[Proposition], point: Model) -> bool:
    """Whether each hypothesis is certified there, by balls or, where both sides are equal, exactly."""
    return all(holds_at([one], point, BALL) or holds_at([one], point, CLOSED) for one in hypotheses)


def _summed_up(goal: Proposition, tally: _Tally) -> Answer:
    if not tally.tried:
        return Answer("UNDECIDED", "no point was found that satisfies the hypotheses and at which it has a value")
    parts = []
    if tally.certified:
        parts.append(f"certified at {tally.certified} points")
    if tally.narrow:
        parts.append(f"enclosures of radius {tally.radius:.0e} or less overlap at {tally.narrow} points")
    if tally.wide:
        parts.append(f"left open at {tally.wide}")
    return Answer("CHECKED" if tally.certified + tally.narrow else "UNDECIDED", ", ".join(parts))


def _radii(goal: Eq, point: Model) -> Iterator[float]:
    """Radii of the enclosures of both sides of an equation, at every index."""
    with BALL.working():
        for bound in index_values(goal, point):
            for side in goal.args:
                values = rows(side, point, BALL, bound) if isinstance(side, MatrixExpr) else None
                flat = [evaluate(side, point, BALL, bound)] if values is None else [x for row in values for x in row]
                yield from (float(value.rad()) / (1 + abs(float(value.mid()))) for value in flat)


def check_control(statement: Statement, control: Control) -> Answer:
    """Enclose a false variant at its witness.

    Args:
        statement: the true statement.
        control: its false variant.

    Returns:
        REFUTED if its hypotheses are certified there and it certainly fails; else UNDECIDED.
    """
    original, point = statement.claim(control.of), Model(control.witness)
    goal = original.goal if control.goal is None else control.goal
    kept = [h.relation for h in statement.assumed(original) if h.name not in control.drops]
    if not _hold(kept, point):
        return Answer("UNDECIDED", "a hypothesis is not certified at its witness")
    if fails_at(goal, point, BALL):
        return Answer("REFUTED", f"at {shortened(point)}")
    return Answer("UNDECIDED", "enclosures meet at its witness: it needs an exact equation")
