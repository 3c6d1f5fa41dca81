"""Whether a mutant is true: a derivation shows that it is, or a point that it is not."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from sympy import IndexedBase, Integer, MatrixSymbol, Rational, Symbol, pi

from phase_latency.ledger.domains import NoValue
from phase_latency.ledger.evaluation import BALL, CLOSED, Unevaluable, truth
from phase_latency.ledger.language import sizes
from phase_latency.ledger.models import Model, random_models
from phase_latency.ledger.terms import Proposition
from phase_latency.mutation import by_hand
from phase_latency.mutation.derivations import derivation_of
from phase_latency.mutation.mutants import Mutant

_SIMPLE = 150  # points of simple numbers, at which terms vanish, are equal, or are half turns
_RANDOM = 40  # points of random rational numbers
_POINTS = 4  # at which a mutant is false, that are looked for
_LONGEST = 9  # entries of a sequence that may be looked at


@dataclass(frozen=True)
class Truth:
    """Whether a mutant is true.

    Attributes:
        holds: True with a derivation, False with a point, None if neither was found.
        because: the rules of the derivation; or the point, and whether the goal is false there or has no value.
        points: at which it is false: the first that was found, and others, the simplest first.
    """

    holds: bool | None
    because: str = ""
    points: tuple[Model, ...] = ()

    @property
    def point(self) -> Model | None:
        """The first of the points."""
        return self.points[0] if self.points else None


def truth_of(mutant: Mutant, seed: int = 0) -> Truth:
    """Find a derivation or a point.

    Args:
        mutant: the changed claim.
        seed: of random points.

    Returns:
        what was found.
    """
    false: list[Model] = []
    without: Model | None = None
    for point in _points(mutant, seed):
        how = fails(mutant, point)
        if how == "false":
            false.append(point)
            if len(false) == _POINTS:
                break
        elif how and without is None:
            without = point
    if false:
        first, *others = false
        return Truth(False, f"false at {first}", (first, *sorted(others, key=lambda point: len(str(point)))))
    if without is not None:
        return Truth(False, f"no value at {without}", (without,))
    rules = derivation_of(mutant)
    return Truth(True, rules) if rules else Truth(None)


def fails(mutant: Mutant, point: Model) -> str:
    """How a mutant fails at a point that its hypotheses admit.

    Args:
        mutant: the changed claim.
        point: values of all symbols.

    Returns:
        "false" or "no value"; the empty string if it does not fail there for certain.
    """
    if not all(_certainly(each.relation, point) is True for each in mutant.hypotheses):
        return ""
    try:
        verdict = _verdict(mutant.goal, point)
    except NoValue:
        return "no value"
    except Unevaluable:
        return ""
    return "false" if verdict is False else ""


def _certainly(proposition: Proposition, point: Model) -> bool | None:
    try:
        return _verdict(proposition, point)
    except Unevaluable:
        return None


def _verdict(proposition: Proposition, point: Model) -> bool | None:
    """By balls, and where they leave it open in closed form."""
    try:
        verdict = truth(proposition, point, BALL)
    except NoValue:
        raise
    except Unevaluable:
        verdict = None
    return truth(proposition, point, CLOSED) if verdict is None else verdict


# -- points ---------------------------------------------------------------------------------------------------


def _points(mutant: Mutant, seed: int) -> Iterator[Model]:
    """Points that may refute: one that is written for it, those of the controls, simple ones, random ones."""
    rng = Random(seed)
    if (values := by_hand.points().get(mutant.id)) is not None:
        yield Model(values, rng)
    for control in mutant.statement.controls:
        yield Model(control.witness, rng)
    hypotheses = [each.relation for each in mutant.hypotheses]
    draws: list[Callable[[Random], Mapping[str, Any]]] = [lambda rng: simple_values([*hypotheses, mutant.goal], rng)]
    if mutant.statement.sampler is not None:
        draws.append(mutant.statement.sampler)
    near = [control.witness for control in mutant.statement.controls]
    for _ in range(_SIMPLE):
        drawn = [dict(draw(rng)) for draw in draws]
        yield from (Model(values, rng) for values in drawn)
        changed = {**rng.choice([*near, drawn[-1]])}
        name = rng.choice(sorted(drawn[0].keys()))
        yield Model({**changed, name: drawn[0][name]}, rng)  # one value of a good point changed
    yield from random_models(hypotheses, seed, _RANDOM, mutant.statement.sampler, tries=10 * _RANDOM)


def simple_values(propositions: list[Proposition], rng: Random) -> dict[str, Any]:
    """Draw small whole numbers, so that terms often vanish or are equal, or multiples of a quarter turn as well.

    Args:
        propositions: whose symbols get values.
        rng: source of the numbers.

    Returns:
        values by name.
    """
    unit = rng.choice((Integer(1), Integer(1), pi / 2))
    found: dict[str, Any] = {}
    sequences = {base.label.name for part in propositions for base in part.atoms(IndexedBase)}
    lengths = set(sizes(*propositions))
    for symbol in sorted({s for part in propositions for s in part.atoms(Symbol)}, key=str):
        if symbol.name in lengths:
            found[symbol.name] = Integer(rng.choice((1, 2)))
        elif symbol.name in sequences:
            found[symbol.name] = {at: unit * _small(rng) for at in range(_LONGEST)}
        elif symbol.is_integer:
            found[symbol.name] = Integer(rng.choice((0, 1, 2, 3, -1)))
        else:
            found[symbol.name] = (unit if rng.random() < 0.3 else 1) * _small(rng)
    for matrix in sorted({m for part in propositions for m in part.atoms(MatrixSymbol)}, key=str):
        shape = [int(size.xreplace({s: found[s.name] for s in size.free_symbols})) for size in matrix.shape]
        found[matrix.name] = [[_small(rng) for _ in range(shape[1])] for _ in range(shape[0])]
    return found


def _small(rng: Random) -> Rational:
    return Rational(rng.choice((0, 1, 1, 2, -1, 3, -3)), rng.choice((1, 1, 1, 2)))
