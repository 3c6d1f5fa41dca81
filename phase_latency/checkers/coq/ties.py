"""Ties between the ledger and the theorems: the propositions of the statements, and that the theorems prove them."""

from collections.abc import Iterable

from phase_latency.checkers.coq.printer import claim_proposition, coq_name
from phase_latency.ledger.statement import Claim, Statement

_HEADER = "Require Import {modules}.\nFrom Coq Require Import Reals ZArith.\n\nOpen Scope R_scope.\n\n"


def stated(claims: Iterable[tuple[Statement, Claim]]) -> str:
    """A file of Coq with the proposition of each claim, as a definition under the name of its theorem.

    Args:
        claims: with the statements to which they belong.

    Returns:
        text of ``Stated.v``.

    Raises:
        OutsideFragmentError: a claim cannot be said in the fragment.
    """
    definitions = (f"Definition {coq_name(*_named(one))} : Prop :=\n  {claim_proposition(*one)}.\n" for one in claims)
    return _HEADER.format(modules="Defs") + "\n".join(definitions)


def tied(claims: Iterable[tuple[Statement, Claim]]) -> str:
    """A file of Coq in which the theorem of each claim proves its proposition.

    Args:
        claims: with the statements to which they belong.

    Returns:
        text of ``Tied.v``, which needs ``Main.v`` and ``Stated.v``.
    """
    names = [coq_name(*_named(one)) for one in claims]
    lemmas = (f"Lemma {name} : Stated.{name}.\nProof. exact Main.{name}. Qed.\n" for name in names)
    return _HEADER.format(modules="Main Stated") + "\n".join(lemmas)


def assumptions(claims: Iterable[tuple[Statement, Claim]]) -> str:
    """A file of Coq that prints the axioms behind all theorems at once.

    Args:
        claims: with the statements to which they belong.

    Returns:
        text of ``Assumptions.v``.
    """
    names = [f"Main.{coq_name(*_named(one))}" for one in claims]
    tuple_ = f"Definition all_theorems := ({', '.join(names)}).\nPrint Assumptions all_theorems.\n"
    return _HEADER.format(modules="Main") + tuple_


def _named(one: tuple[Statement, Claim]) -> tuple[Statement, str]:
    return one[0], one[1].name
