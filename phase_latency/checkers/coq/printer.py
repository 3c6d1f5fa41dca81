"""Statements as propositions of Coq."""

from collections.abc import Iterable, Mapping
from itertools import groupby

from sympy import Expr

from phase_latency.checkers.coq.words import OutsideFragmentError as OutsideFragmentError
from phase_latency.checkers.coq.words import Printer, variable
from phase_latency.ledger.statement import Hypothesis, Statement
from phase_latency.ledger.terms import Proposition


def coq_name(statement: Statement, part: str, *, negated: bool = False) -> str:
    """Name of the theorem about a claim, or against a control.

    Args:
        statement: the statement.
        part: name of the claim or control.
        negated: whether it is a control.

    Returns:
        such as ``lemma_1__head`` or ``lemma_1__against_cube``.
    """
    words = [each.replace("-", "_").replace("+", "_") for each in (statement.id, part)]
    return f"{words[0]}__{'against_' if negated else ''}{words[1]}"


def proposition(hypotheses: Iterable[Hypothesis], goal: Proposition) -> str:
    """For all values of its variables that satisfy the hypotheses, the goal.

    Args:
        hypotheses: relations that are assumed, in order.
        goal: the proposition.

    Returns:
        text of Coq.

    Raises:
        OutsideFragmentError: something in it is outside the fragment.
    """
    parts = [*(hypothesis.relation for hypothesis in hypotheses), goal]
    groups = groupby(variables(parts).items(), key=lambda item: item[1])
    binders = " ".join(f"({' '.join(variable(name) for name, _ in group)} : {kind})" for kind, group in groups)
    return (f"forall {binders},\n  " if binders else "") + " ->\n  ".join(scoped(parts))


def scoped(propositions: Iterable[Proposition]) -> list[str]:
    """Propositions, each for every index of its range where one is free.

    Args:
        propositions: in common variables.

    Returns:
        texts of Coq.

    Raises:
        OutsideFragmentError: something in them is outside the fragment.
    """
    parts = list(propositions)
    printer = Printer.of(parts)
    return [printer.scoped(part) for part in parts]


def variables(propositions: Iterable[Proposition]) -> Mapping[str, str]:
    """The variables of propositions, in the order in which they are bound together.

    Args:
        propositions: of the language of statements.

    Returns:
        for each its type: ``nat``, ``Z``, ``R``, ``sequence`` (a vector as well) or ``matrix``.
    """
    return Printer.of(propositions).types


def number(term: Expr) -> str:
    """A real number without variables.

    Args:
        term: the number.

    Returns:
        text of Coq.

    Raises:
        OutsideFragmentError: it is outside the fragment.
    """
    return Printer({}).scalar(term)
