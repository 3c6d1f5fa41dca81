"""Ball arithmetic: rigorous enclosures of both sides of a claim at random points, and of some claims on whole boxes.

A claim is ``CHECKED`` if no enclosure contradicts it at any point: of an inequality they certify it, of an equation
they overlap, with a radius that the answer names. An inequality in few real variables is enclosed on a whole box by
subdivision as well (:mod:`phase_latency.checkers.ball.boxes`), which is more than any number of points.
"""

from collections.abc import Sequence
from importlib.metadata import version

from phase_latency.checkers.ball.boxes import boxes_of
from phase_latency.checkers.ball.points import check_claim, check_control
from phase_latency.checkers.keeping import kept
from phase_latency.checkers.verdict import Answer, Checked
from phase_latency.ledger.statement import Claim, Statement
from phase_latency.record_form import YES


def check_all(statements: Sequence[Statement], seed: int = 0) -> dict[str, Checked]:
    """Enclose claims and controls of statements; what was said of the package's own before is not worked out again.

    Args:
        statements: to be checked.
        seed: of the random points.

    Returns:
        answers by id of the statement.

    Raises:
        UnwritableCacheError: an answer cannot be kept.
    """
    tools = f"python-flint {version('python-flint')}"
    return kept("ball", tools, statements, lambda one: check(one, seed), seed)


def check(statement: Statement, seed: int = 0) -> Checked:
    """Enclose the claims of a statement, and its controls at their witnesses.

    Args:
        statement: to be checked.
        seed: of the random points.

    Returns:
        answers claim by claim and control by control.
    """
    claims = {claim.name: _answer(statement, claim, seed) for claim in statement.claims}
    controls = {control.name: check_control(statement, control) for control in statement.controls}
    return Checked("ball", claims, controls)


def _answer(statement: Statement, claim: Claim, seed: int) -> Answer:
    at_points, on_box = check_claim(statement, claim, seed), boxes_of(statement, claim)
    if on_box is None or at_points.word not in YES:
        return at_points
    return Answer(on_box.word, f"{at_points.detail}; {on_box.detail}")
