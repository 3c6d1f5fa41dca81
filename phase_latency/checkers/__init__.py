"""Independent checkers: each reads statements, none reads derivations.

Opinions beside that of the ledger's own rules (:mod:`phase_latency.ledger.rules`), with which they share the statements
and nothing of how these are decided:

- ``coq``: theorems for all sizes that Coq's kernel accepts, each tied to the claim as the ledger states it;
- ``smt``: two solvers, z3 and cvc5, that find no solution of the hypotheses and the denied claim, as polynomials;
- ``ball``: enclosures at random points, and of some inequalities on whole boxes.

What they answer, and in which words: :mod:`phase_latency.checkers.verdict`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from phase_latency.checkers.verdict import Answer as Answer
from phase_latency.checkers.verdict import Checked as Checked
from phase_latency.errors import ArgumentError
from phase_latency.ledger.statement import Statement


def check_statements(
    statements: Sequence[Statement],
    names: Iterable[str],
    seed: int = 0,
    tell: Callable[[str], None] = lambda what: None,
) -> dict[str, dict[str, Checked]]:
    """Let checkers try statements.

    Args:
        statements: to be tried.
        names: of checkers, see :data:`CHECKERS`.
        seed: of random points.
        tell: told what is being done.

    Returns:
        what each checker says, by id of the statement and name of the checker, in the order of :data:`CHECKERS`.

    Raises:
        ArgumentError: there is no such checker.
        UnwritableCacheError: what a slow checker says cannot be kept.
    """
    wanted = set(names)
    unknown = wanted - CHECKERS.keys()
    if unknown:
        raise ArgumentError("checker", min(unknown), f"one of {', '.join(CHECKERS)}", "name checkers that there are")
    found: dict[str, dict[str, Checked]] = {statement.id: {} for statement in statements}
    for name in (name for name in CHECKERS if name in wanted):
        tell(name)
        for identifier, checked in CHECKERS[name](statements, seed).items():
            found[identifier][name] = checked
    return found


# Each is loaded only if it is asked.


def _coq(statements: Sequence[Statement], seed: int) -> Mapping[str, Checked]:
    from phase_latency.checkers import coq

    return coq.check_all(statements)


def _smt(statements: Sequence[Statement], seed: int) -> Mapping[str, Checked]:
    from phase_latency.checkers import smt

    return smt.check_all(statements)


def _ball(statements: Sequence[Statement], seed: int) -> Mapping[str, Checked]:
    from phase_latency.checkers import ball

    return ball.check_all(statements, seed)


CHECKERS: Mapping[str, Callable[[Sequence[Statement], int], Mapping[str, Checked]]] = {
    "coq": _coq,
    "smt": _smt,
    "ball": _ball,
}
