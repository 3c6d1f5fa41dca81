"""What a rule is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Idx
from sympy.core.relational import Relational
from sympy.polys.polyerrors import BasePolynomialError

from phase_latency.ledger.facts import Known
from phase_latency.ledger.language import Undecided, check, check_certificate, free_indices
from phase_latency.ledger.signs import sign
from phase_latency.ledger.terms import Proposition

Facts = Sequence[Proposition]
Decide = Callable[[Proposition, Facts, Any], None]


@dataclass(frozen=True)
class Rule:
    """A named decision procedure.

    Attributes:
        name: how derivations, files and printed proofs call it.
        decides: one line on what it decides and how.
        decide: raises :class:`Undecided` unless the fact follows; everything it sees is of the language of statements.
        certificate: what a step must hand over besides the fact, or the empty string.
    """

    name: str
    decides: str
    decide: Decide
    certificate: str = ""

    def prove(self, fact: Proposition, facts: Facts, certificate: Any = None) -> None:
        """Prove a fact: wherever the facts in use hold, it has a value and is true.

        Args:
            fact: what a step states.
            facts: what the step uses, in order.
            certificate: what it gives to the rule.

        Raises:
            Undecided: with the reason, unless the fact follows by this rule.
        """
        check(fact, *facts)
        check_certificate(certificate)
        try:
            self.decide(fact, facts, certificate)
        except BasePolynomialError as problem:  # SymPy met an expression that is no polynomial in the atoms
            raise Undecided(f"the normal form cannot be computed: {problem}") from problem

    def __repr__(self) -> str:
        return self.name


def known_for(fact: Proposition, facts: Facts) -> Known:
    """The relations among the facts, in the scope of the generic indices that stand for one of their range.

    Args:
        fact: what is to be shown; its own generic indices are in scope.
        facts: what is used; an index of theirs is in scope if they say that its range is not empty.

    Returns:
        The relations in scope.
    """
    known = Known.of((one for one in facts if isinstance(one, Relational)), free_indices(fact))
    others = frozenset[Idx]().union(*(one.indices for one in known.facts)) - known.indices
    return known.within(i for i in others if sign(i.upper - i.lower + 1, known).positive)
