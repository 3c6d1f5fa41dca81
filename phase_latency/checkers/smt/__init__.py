"""Two SMT solvers, z3 and cvc5: they find no values that satisfy the hypotheses of a claim and not its goal.

A statement is written out at small sizes as polynomials (:mod:`phase_latency.checkers.smt.unrolling`), in stages where
one piece is too much (:mod:`phase_latency.checkers.smt.staging`). A claim is ``UNSAT`` only if both solvers say so of
every stage, and of everything that it needs to have a value (:mod:`phase_latency.checkers.smt.values`), and if its
hypotheses can be satisfied. Of a control, the values that z3 finds are put into the false variant and decided in exact
arithmetic. An "unknown" and a time-out are never a yes.
"""

from collections.abc import Sequence
from pathlib import Path

from phase_latency.checkers.cache import Cache
from phase_latency.checkers.keeping import kept
from phase_latency.checkers.smt.judging import Judge
from phase_latency.checkers.smt.solvers import check_installed, versions
from phase_latency.checkers.verdict import Answer, Checked
from phase_latency.errors import MissingToolError
from phase_latency.ledger.statement import Statement


def check_all(statements: Sequence[Statement]) -> dict[str, Checked]:
    """Ask both solvers about claims and controls.

    Args:
        statements: to be checked.

    Returns:
        answers by id of the statement.

    Raises:
        UnwritableCacheError: what they say cannot be kept.
    """
    try:
        check_installed()
    except MissingToolError as problem:
        return {one.id: _missing(one, Answer("MISSING", problem.install_command)) for one in statements}
    cache = Cache("smt", Path(__file__).parent)
    return kept("smt", versions(), statements, lambda one: _checked(one, Judge(one, cache)))


def _missing(statement: Statement, answer: Answer) -> Checked:
    claims, controls = ({part.name: answer for part in parts} for parts in (statement.claims, statement.controls))
    return Checked("smt", claims, controls)


def _checked(statement: Statement, judge: Judge) -> Checked:
    claims = {claim.name: judge.claim(claim) for claim in statement.claims}
    controls = {control.name: judge.control(control) for control in statement.controls}
    return Checked("smt", claims, controls, (f"solvers: {versions()}",))
