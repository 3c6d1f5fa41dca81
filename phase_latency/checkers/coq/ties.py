"""Ties between the ledger and the theorems: the propositions of the statements, and that the theorems prove them."""

from collections.abc import Iterable
from dataclasses import dataclass

from phase_latency.checkers.coq.points import at_point
from phase_latency.checkers.coq.printer import coq_name, proposition
from phase_latency.ledger.models import Model
from phase_latency.ledger.statement import Claim, Control, Statement

_STATED = "Require Import Defs.\nFrom Coq Require Import Reals ZArith.\n\nOpen Scope R_scope.\n\n"
# Main exports every theorem; what is stated is not imported, so that a name alone means the theorem.
_TIED = "Require Import Main.\nRequire Stated.\n\n"
_ASSUMPTIONS = "Require Tied.\n\n"


@dataclass(frozen=True)
class Tie:
    """A proposition of the ledger, and the theorem that is to prove it.

    Attributes:
        name: of both.
        text: the proposition in Coq.
        against: whether it says that a control, a false variant, does not hold.
        where: for which values it says so.
    """

    name: str
    text: str
    against: bool = False
    where: str = "for all sizes"


def claim_tie(statement: Statement, claim: Claim) -> Tie:
    """What has to be proved of a claim; of a claim of existence, that it holds at the point that the ledger names.

    Args:
        statement: to which it belongs.
        claim: the claim.

    Returns:
        the tie.

    Raises:
        OutsideFragmentError: it cannot be said in the fragment.
    """
    assumed, name = statement.assumed(claim), coq_name(statement, claim.name)
    if claim.exists is None:
        return Tie(name, proposition(assumed, claim.goal))
    return Tie(name, at_point(assumed, claim.goal, Model(claim.exists).values), where="at the point that is named")


def control_tie(statement: Statement, control: Control) -> Tie:
    """What has to be proved against a control: that it does not hold for all values, or at the point that it names.

    Args:
        statement: to which it belongs.
        control: the false variant.

    Returns:
        the tie.

    Raises:
        OutsideFragmentError: it cannot be said in the fragment.
    """
    claim = statement.claim(control.of)
    assumed = [hypothesis for hypothesis in statement.assumed(claim) if hypothesis.name not in control.drops]
    goal = claim.goal if control.goal is None else control.goal
    if claim.exists is None:
        false = proposition(assumed, goal)
    else:
        false = at_point(assumed, goal, Model(control.witness).values)
    return Tie(coq_name(statement, control.name, negated=True), f"~ (\n  {false})", against=True)


def stated(ties: Iterable[Tie]) -> str:
    """A file of Coq with the propositions, as definitions.

    Args:
        ties: to be stated.

    Returns:
        text of ``Stated.v``.
    """
    definitions = (f"Definition {tie.name} : Prop :=\n  {tie.text}.\n" for tie in ties)
    return _STATED + "\n".join(definitions)


def tied(ties: Iterable[Tie]) -> str:
    """A file of Coq in which each theorem proves its proposition.

    Args:
        ties: to be checked.

    Returns:
        text of ``Tied.v``, which needs ``Main.v`` and ``Stated.v``.
    """
    lemmas = (f"Lemma {tie.name} : Stated.{tie.name}.\nProof. exact {tie.name}. Qed.\n" for tie in ties)
    return _TIED + "\n".join(lemmas)


def assumptions(ties: Iterable[Tie]) -> str:
    """A file of Coq that prints the axioms behind all ties at once.

    Args:
        ties: that Coq accepts.

    Returns:
        text of ``Assumptions.v``, which needs ``Tied.v``.
    """
    names = ", ".join(f"Tied.{tie.name}" for tie in ties)
    return f"{_ASSUMPTIONS}Definition everything := ({names}, I).\nPrint Assumptions everything.\n"
