"""Deciding whether an encoding is invariant under a transformation up to a class: rounding is told from violation.

For every case of the transformation the relation is held

1. against the encoding as it is, with the rounding of float64 angles. If it holds, it holds.
2. against its float64 rebuild. If it fails there, it is no matter of rounding: it fails.
3. against the encoding as it is, with the rounding of float32 angles. Encodings form angles in float32 by custom, so
   this still holds, and is reported; what deviates by more lost its precision in a narrower dtype: it fails for that.

Where there is no rebuild, what steps 1 and 3 cannot tell apart stays undecided.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import torch

from phase_latency.checking.cases import Case, Transformation
from phase_latency.checking.classes import CLASSES, NOTHING, ROW_CONSTANT, SCALE, Fit, InvarianceClass
from phase_latency.checking.guards import EncodingError
from phase_latency.checking.session import Pair, Session
from phase_latency.checking.transformations import Cast
from phase_latency.checking.twin import NoTwinError

Outcome = Literal["holds", "rounded", "dtype", "violated", "not finite", "undecided"]
Level = Literal["native strict", "native lenient", "twin strict"]

NOT_FINITE = "a logit is infinite or NaN"
# The rounding model knows angles that are products. Sums of many steps, or positions counted from far away, lose more.
_DOUBT = 1024.0
_DOUBTFUL = "beyond what the rounding model explains, but by less than other ways of computing may lose in float64"

_GOOD: tuple[Outcome, ...] = ("holds", "rounded")


@dataclass(frozen=True, eq=False)
class Found:
    """What was found for one class in one case.

    Attributes:
        outcome: "holds"; "rounded" if float32 angles explain what is left; "dtype" if only a narrower dtype does;
            "violated"; "not finite"; "undecided".
        case: the case.
        invariance: the class.
        fit: what the class leaves over, at the level that decided; None if nothing could be evaluated.
        level: the encoding as it is or its float64 rebuild, and the rounding that was allowed.
        reason: why nothing could be evaluated, or what else is wrong.
    """

    outcome: Outcome
    case: Case
    invariance: InvarianceClass
    fit: Fit | None = None
    level: Level = "native strict"
    reason: str = ""

    @property
    def good(self) -> bool:
        """Whether the class holds in the case."""
        return self.outcome in _GOOD


@dataclass(eq=False)
class Trial:
    """Everything found about one transformation.

    Attributes:
        under: the transformation.
        invariance: strongest class that holds in every case; for a claim, the class claimed.
        found: what was found, in the order it was tried.
        cases: how many cases there were.
    """

    under: Transformation
    invariance: InvarianceClass
    found: list[Found] = field(default_factory=list)
    cases: int = 0

    @property
    def holding(self) -> list[Found]:
        """Where the class holds."""
        return [each for each in self.found if each.invariance == self.invariance and each.good]

    @property
    def failing(self) -> list[Found]:
        """Where a class fails, strongest class first."""
        return [each for each in self.found if not each.good]


def decide(session: Session, under: Transformation, cases: Iterable[Case], up_to: InvarianceClass) -> Trial:
    """Decide a claim.

    Args:
        session: the encoding.
        under: the transformation.
        cases: its cases.
        up_to: the class claimed.

    Returns:
        what was found, up to the first case that violates the claim.
    """
    trial = Trial(under, up_to)
    for case in cases:
        trial.cases += 1
        trial.found.append(_outcome(session, _Evaluated(session, under, case), up_to))
        if trial.found[-1].outcome in ("violated", "not finite"):
            break
    return trial


def strongest(session: Session, under: Transformation, cases: Iterable[Case]) -> Trial:
    """Find the strongest class that holds in every case.

    Args:
        session: the encoding.
        under: the transformation.
        cases: its cases.

    Returns:
        what was found.
    """
    trial = Trial(under, NOTHING)
    alive = list(CLASSES)
    for case in cases:
        trial.cases += 1
        evaluated = _Evaluated(session, under, case)
        for invariance in _to_try(alive):
            found = _outcome(session, evaluated, invariance)
            trial.found.append(found)
            if not found.good:
                alive.remove(invariance)
            if found.outcome in ("not finite", "undecided"):
                alive[:] = [NOTHING]
        if alive == [NOTHING]:
            break
    trial.invariance = alive[0]
    return trial


def _to_try(alive: list[InvarianceClass]) -> Iterator[InvarianceClass]:
    """The strongest class that is alive, until one holds; of the two that cannot be compared, both."""
    tried: set[InvarianceClass] = set()
    while alive[0] != NOTHING and alive[0] not in tried:
        first = alive[0]
        for invariance in (SCALE, ROW_CONSTANT) if first == SCALE else (first,):
            if invariance in alive:
                tried.add(invariance)
                yield invariance


class _Evaluated:
    """One case, evaluated when it is first looked at."""

    def __init__(self, session: Session, under: Transformation, case: Case) -> None:
        self.session, self.under, self.case = session, under, case
        self._pairs: dict[bool, Pair] = {}

    def pair(self, twin: bool = False) -> Pair:
        """Logits before and after."""
        if twin not in self._pairs:
            self._pairs[twin] = self.session.pair(self.case, twin=twin)
        return self._pairs[twin]


def _outcome(session: Session, evaluated: _Evaluated, invariance: InvarianceClass) -> Found:
    case = evaluated.case
    try:
        native = evaluated.pair()
        if not native.finite:
            return Found("not finite", case, invariance, reason=NOT_FINITE)
        if isinstance(evaluated.under, Cast):
            found = _cast_outcome(case, invariance, native)
        else:
            found = _judged(session, evaluated, invariance, native)
        return replace(found, fit=found.fit.at_worst()) if found.good and found.fit is not None else found
    except (EncodingError, NoTwinError) as problem:
        return Found("undecided", case, invariance, reason=str(problem))


def _judged(session: Session, evaluated: _Evaluated, invariance: InvarianceClass, native: Pair) -> Found:
    case = evaluated.case
    strict = invariance.fit(native.strict())
    if native.other_dtype:
        return Found("violated", case, invariance, strict, reason=native.other_dtype)
    if strict.holds:
        return Found("holds", case, invariance, strict)
    if session.wide:
        return _beyond(case, invariance, strict, "native strict")
    lenient = invariance.fit(native.lenient())
    if session.has_twin:
        twin = invariance.fit(evaluated.pair(twin=True).strict())
        if twin.holds:
            return Found("rounded" if lenient.holds else "dtype", case, invariance, lenient, "native lenient")
        if lenient.holds:
            return _beyond(case, invariance, twin, "twin strict")
    elif lenient.holds:
        outcome: Outcome = "rounded" if session.single else "undecided"
        reason = "" if session.single else "it may be rounding of float32 angles, and there is no float64 rebuild"
        return Found(outcome, case, invariance, lenient, "native lenient", reason)
    return Found("violated", case, invariance, lenient, "native lenient")


def _beyond(case: Case, invariance: InvarianceClass, fit: Fit, level: Level) -> Found:
    """A violation in float64, unless it is so small that an algorithm outside of the rounding model may explain it."""
    if float(fit.excess.max()) <= _DOUBT:
        return Found("undecided", case, invariance, fit, level, _DOUBTFUL)
    return Found("violated", case, invariance, fit, level)


def _cast_outcome(case: Case, invariance: InvarianceClass, native: Pair) -> Found:
    if native.after.dtype == torch.float64:
        return Found("undecided", case, invariance, reason="its working dtype cannot be chosen: results are float64")
    fit = invariance.fit(native.lenient())
    return Found("holds" if fit.holds else "dtype", case, invariance, fit, "native lenient")


def worst(found: Iterable[Found]) -> Found | None:
    """The case that comes closest to its bound, or goes farthest beyond it.

    Args:
        found: some cases.

    Returns:
        the one with the largest ratio of deviation to bound; None if there are none with figures.
    """
    fitted = [each for each in found if each.fit is not None]
    return max(fitted, key=lambda each: float(each.fit.excess.max()) if each.fit else 0.0, default=None)


def worst_entry(fit: Fit) -> tuple[int, int]:
    """Row and column of the entry with the largest ratio of deviation to bound.

    Args:
        fit: what a class leaves over.

    Returns:
        indices into its tables.
    """
    return divmod(int(fit.excess.argmax()), fit.excess.shape[1])  # torch.unravel_index would load SymPy
