"""Claims at random rational points that satisfy the hypotheses, by certified enclosures."""

from collections.abc import Iterator

from sympy import Eq, MatrixExpr
from sympy.core.relational import Relational

from phase_latency.checkers.verdict import Answer
from phase_latency.ledger.evaluation import BALL, Unevaluable, free_indices, truth
from phase_latency.ledger.models import Model, fails_at, holds_at, random_models
from phase_latency.ledger.statement import Claim, Control, Statement
from phase_latency.ledger.terms import Proposition
from phase_latency.ledger.values import evaluate

_POINTS = 25  # at which each claim is enclosed


def check_claim(statement: Statement, claim: Claim, seed: int) -> Answer:
    """Enclose a claim at random points, or a claim of existence at the point that it names.

    Args:
        statement: to which the claim belongs.
        claim: to be checked.
        seed: of the points.

    Returns:
        CHECKED with the number of points, REFUTED with a point, or UNDECIDED with the reason.
    """
    if claim.exists is not None:
        return _at_its_witness(claim)
    hypotheses = [hypothesis.relation for hypothesis in statement.assumed(claim)]
    certified, open_, without_value, widest = 0, 0, 0, 0.0
    for point in random_models(hypotheses, seed + 1, _POINTS, statement.sampler):  # not the points of the derivation
        try:
            verdict = truth(claim.goal, point, BALL)
        except Unevaluable:
            without_value += 1
            continue
        if verdict is False:
            return Answer("REFUTED", f"at {point}")
        certified, open_ = certified + (verdict is True), open_ + (verdict is None)
        widest = max([widest, *_radii(claim.goal, point)])
    return _summed_up(claim.goal, certified, open_, without_value, widest)


def _at_its_witness(claim: Claim) -> Answer:
    """An equation at a point is beyond balls; everything else that holds there they certify."""
    point = Model(claim.exists or {})
    if holds_at([claim.goal], point, BALL):
        return Answer("CHECKED", f"enclosures at {abbreviated(str(point))} do not meet")
    if fails_at(claim.goal, point, BALL):
        return Answer("REFUTED", f"at {point}")
    return Answer("UNDECIDED", f"enclosures meet at {point}")


def _summed_up(goal: Proposition, certified: int, open_: int, without_value: int, widest: float) -> Answer:
    if not certified + open_:
        return Answer("UNDECIDED", f"no value at any of {without_value} points that satisfy the hypotheses")
    missing = f", no value at {without_value}" if without_value else ""
    if not open_:
        return Answer("CHECKED", f"certified at {certified} points{missing}")
    if isinstance(goal, Eq):
        overlapping = f"enclosures of radius {widest:.0e} or less overlap at {open_} points"
        return Answer("CHECKED", overlapping + (f", certified at {certified}" if certified else "") + missing)
    if certified:
        return Answer("CHECKED", f"certified at {certified} points, contradicted at none of {open_} others{missing}")
    return Answer("UNDECIDED", f"enclosures decide nothing at any of {open_} points{missing}")


def _radii(goal: Proposition, point: Model) -> Iterator[float]:
    """Radii of the enclosures of both sides of an equation of numbers without a generic index."""
    if not isinstance(goal, Relational) or isinstance(goal.lhs, MatrixExpr) or free_indices(goal):
        return
    with BALL.working():
        yield from (float(evaluate(side, point, BALL).rad()) for side in goal.args)


def check_control(statement: Statement, control: Control) -> Answer:
    """Enclose a false variant at its witness.

    Args:
        statement: the true statement.
        control: its false variant.

    Returns:
        REFUTED if its hypotheses hold there and it certainly fails; else UNDECIDED.
    """
    original, point = statement.claim(control.of), Model(control.witness)
    goal = original.goal if control.goal is None else control.goal
    kept = [h.relation for h in statement.assumed(original) if h.name not in control.drops]
    contradicted = [relation for relation in kept if fails_at(relation, point, BALL)]
    if contradicted:
        return Answer("UNDECIDED", f"{contradicted[0]} fails at its witness")
    if fails_at(goal, point, BALL):
        return Answer("REFUTED", f"at {abbreviated(str(point))}")
    return Answer("UNDECIDED", "enclosures meet at its witness: it needs an exact equation")


def abbreviated(text: str) -> str:
    """A point on one line of at most 120 characters."""
    return text if len(text) <= 120 else f"{text[:117]}..."
