"""Statements on random torch layers: what a layer computes, held against what a claim says about it.

An :class:`Instance` ties one claim of a statement to torch: it draws cases, observes the left side of the claim as a
layer computes it in its own dtype, and measures the quantities that the right side is made of. The right side itself
is not written down a second time: it is evaluated from the SymPy term that was derived.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.strategies import SearchStrategy
from torch import Tensor

from phase_latency.bridge import Bindings, predict
from phase_latency.errors import ArgumentError, abbreviated
from phase_latency.ledger.statement import Control, Statement
from phase_latency.ledger.terms import Iff
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.comparison import Comparison

Case = TypeVar("Case")
Cases = Callable[[], SearchStrategy[Case]]

# From its eleventh example on Hypothesis mostly varies those it has drawn, say in one dtype; a few new starts see more.
_PORTION = 10


@dataclass(frozen=True)
class Instance(Generic[Case]):
    """One claim of a statement on random layers.

    Attributes:
        claim: name of the claim.
        cases: the strategy that draws cases which satisfy the hypotheses, built on demand.
        observe: left side of the claim as torch computes it in the dtype of the case, with its certified error; of a
            claim "A if and only if B" the difference "right minus left" of the relation B.
        bindings: what the parts of the claim are, for :func:`phase_latency.bridge.predict`.
        compare: decides a goal that is no equation, inequality or equivalence of inequalities, instead of `observe`
            and `bindings`: a :class:`Comparison`, for example of a count of disagreements with the bound 0.
        outside: for each control that drops hypotheses its name and cases that violate what is dropped.
    """

    claim: str
    cases: Cases[Case]
    observe: Callable[[Case], Bounded] | None = None
    bindings: Callable[[Case], Bindings] | None = None
    compare: Callable[[Case, Any], Comparison] | None = None
    outside: Mapping[str, Cases[Case]] = field(default_factory=dict)

    def controls(self, statement: Statement) -> tuple[Control, ...]:
        """The controls of the statement that are variants of this claim.

        Args:
            statement: the statement of the claim.

        Returns:
            those that this instance must refuse.
        """
        return tuple(control for control in statement.controls if control.of == self.claim)


@dataclass(frozen=True)
class Tested:
    """Outcome of trying a goal on random cases.

    Attributes:
        verdict: "TESTED" if every deviation was within its bound, else "FAILED"; a control has to come out FAILED.
        examples: number of cases tried.
        error: deviation at the entry with the largest ratio of deviation to bound.
        bound: certified bound at that entry.
        ratio: largest ratio; 0 if nothing deviates, infinite if something does where the bound is 0.
        case: the case of that entry, on one line.
    """

    verdict: str
    examples: int
    error: float
    bound: float
    ratio: float
    case: str


def observed(value: Tensor, twin: Bounded) -> Bounded:
    """What a layer really computed, with the error that is certified for it.

    Args:
        value: (...) result of the layer.
        twin: (...) the same computation on Bounded tensors; only its error is used, so a layer that does not compute
            what its twin does is found out.

    Returns:
        (...) the value with the twin's error.
    """
    return Bounded(value, twin.error)


def compare(statement: Statement, instance: Instance[Case], case: Case, goal: Any = None) -> Comparison:
    """Hold a goal against what torch computes in one case.

    The observation stands for the left side of the claim. A goal with another left side is evaluated on both sides.

    Args:
        statement: the statement.
        instance: its instance.
        case: a case that the instance drew.
        goal: None for the goal of the claim, or that of a control.

    Returns:
        deviation and bound of each entry: for "if and only if" 1 and 0 where one relation certainly holds and the
        other certainly fails.

    Raises:
        ArgumentError: the goal is of a form that only the instance itself can decide, and it does not.
        NotFiniteError: something overflowed.
        UncertifiedError: a bound is infinite.
    """
    claimed: Any = statement.claim(instance.claim).goal
    goal = claimed if goal is None else goal
    if instance.compare is not None:
        return instance.compare(case, goal)
    if instance.observe is None or instance.bindings is None:
        raise ArgumentError("instance", instance.claim, "observe and bindings, or compare", "give the instance both")
    bindings = instance.bindings(case)
    if isinstance(goal, Iff):
        left = _excess(goal.args[0], bindings)
        kept = goal.args[1] == claimed.args[1]
        right = instance.observe(case) if kept else _excess(goal.args[1], bindings)
        return _disagreement(_truth(goal.args[0], left), _truth(goal.args[1], right))
    left = instance.observe(case) if goal.lhs == claimed.lhs else predict(goal.lhs, bindings)
    return _held(goal, left, predict(goal.rhs, bindings))


def run(
    statement: Statement, instance: Instance[Case], examples: int, seed: int, control: Control | None = None
) -> Tested:
    """Try a claim, or a control of it, on random cases; the same seed draws the same cases.

    Args:
        statement: the statement.
        instance: its instance.
        examples: number of cases.
        seed: seed of the draw.
        control: the control to refuse, or None for the claim itself; a control is tried until it is refused.

    Returns:
        the verdict, with the case that came closest to its bound or exceeded it most.

    Raises:
        ArgumentError: the control drops a hypothesis and the instance has no cases without it.
        NotFiniteError: something overflowed.
        UncertifiedError: a bound is infinite.
    """
    goal = None if control is None else control.goal
    strategy = cases_of(instance, control)
    results: list[tuple[Comparison, Case]] = []

    def refused() -> bool:
        return any(not comparison.holds for comparison, _ in results)

    def try_case(case: Case) -> None:
        if control is None or not refused():
            results.append((compare(statement, instance, case, goal), case))

    for first in range(0, examples, _PORTION):
        if control is None or not refused():
            _on_drawn_cases(try_case, strategy, min(_PORTION, examples - first), seed * 2**32 + first)
    comparison, case = max(results, key=lambda result: result[0].worst_ratio)
    error, bound, _ = comparison.worst()
    verdict = "FAILED" if refused() else "TESTED"
    return Tested(verdict, len(results), error, bound, comparison.worst_ratio, abbreviated(case))


def _on_drawn_cases(function: Callable[[Case], None], strategy: SearchStrategy[Case], examples: int, seed: int) -> None:
    """Call a function on cases that depend on nothing but the strategy and the seed."""
    chosen = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],  # which would judge how busy the machine is
    )
    seeded(seed)(chosen(given(strategy)(function)))()


def cases_of(instance: Instance[Case], control: Control | None = None) -> SearchStrategy[Case]:
    """Cases for a claim, or for a control of it.

    Args:
        instance: the instance.
        control: None for the claim.

    Returns:
        the strategy: cases that satisfy the hypotheses, but for those that the control drops.

    Raises:
        ArgumentError: the control drops a hypothesis and the instance has no cases without it.
    """
    if control is None or not control.drops:
        return instance.cases()
    if control.name not in instance.outside:
        expected = "cases for every control that drops a hypothesis"
        raise ArgumentError("control", control.name, expected, "add the control to `outside` of the instance")
    return instance.outside[control.name]()


def _held(goal: Any, left: Bounded, right: Bounded) -> Comparison:
    if right.ndim == left.ndim + 1 and right.shape[-1] == 1:
        right = right[..., 0]  # a side without an index, of quantities that the other side has beside one
    if (left.value + right.value).shape != left.shape:
        expected = f"shape {tuple(left.shape)}, as the observation"
        raise ArgumentError("right side", right.value, expected, "bind quantities of that shape")
    match goal.rel_op:
        case "==":
            return Comparison.equal(left, right)
        case "<=" | "<":
            return Comparison.at_most(left, right)
        case ">=" | ">":
            return Comparison.at_most(right, left)
    raise ArgumentError("goal", goal, "an equation, inequality or equivalence", "give the instance `compare`")


def _excess(relation: Any, bindings: Bindings) -> Bounded:
    return predict(relation.rhs, bindings) - predict(relation.lhs, bindings)


def _truth(relation: Any, difference: Bounded) -> tuple[Tensor, Tensor]:
    """Where a relation certainly holds and where it certainly fails, by "right minus left"."""
    lowest, highest = difference.value.double() - difference.error, difference.value.double() + difference.error
    match relation.rel_op:
        case "<":
            return lowest > 0, highest <= 0
        case "<=":
            return lowest >= 0, highest < 0
        case "==":
            return (lowest == 0) & (highest == 0), (lowest > 0) | (highest < 0)
    raise ArgumentError("goal", relation, "a relation with <, <= or =", "give the instance `compare`")


def _disagreement(left: tuple[Tensor, Tensor], right: tuple[Tensor, Tensor]) -> Comparison:
    differ = (left[0] & right[1]) | (left[1] & right[0])
    return Comparison(differ.double(), 0 * differ.double())
