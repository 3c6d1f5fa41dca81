"""The facts that a step uses, as the rules see them.

A relation with a generic index is meant for every index of its range, and a range may be empty. So it says something
about a term only if that term stands in the scope of the index: because the fact to be shown speaks of a generic
index itself, because a sum binds it, or because the range is known not to be empty.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import sympy
from sympy import Basic, Eq, Expr, Idx, MatrixExpr, Sum
from sympy.core.relational import Relational

from phase_latency.ledger.language import free_indices


class Comparison(NamedTuple):
    """A relation between scalars, as a comparison with zero.

    Attributes:
        slack: the term that is compared: ``p <= q`` says ``q - p >= 0``.
        kind: how: one of Eq, Ne, Gt, Ge.
        coefficients: number before each monomial of the expanded slack.
    """

    slack: Expr
    kind: type
    coefficients: Mapping[Expr, Expr]


_FLIPPED = {sympy.StrictLessThan: sympy.StrictGreaterThan, sympy.LessThan: sympy.GreaterThan}


def sides(relation: Relational) -> tuple[Expr, Expr, type]:
    """A relation read from its greater side.

    Args:
        relation: between scalars.

    Returns:
        The greater side, the lesser side, and one of Eq, Ne, Gt, Ge.
    """
    if relation.func in _FLIPPED:
        return relation.rhs, relation.lhs, _FLIPPED[relation.func]
    return relation.lhs, relation.rhs, relation.func


def coefficients(term: Expr) -> Mapping[Expr, Expr]:
    """Number before each monomial of the expanded term.

    Args:
        term: scalar.

    Returns:
        The numbers that are not zero, so none for the term zero.
    """
    return {monomial: value for monomial, value in sympy.expand(term).as_coefficients_dict().items() if value != 0}


@dataclass(frozen=True)
class _Fact:
    """A relation with what is computed of it at most once."""

    relation: Relational

    @cached_property
    def indices(self) -> frozenset[Idx]:
        return free_indices(self.relation)

    @cached_property
    def comparison(self) -> Comparison:
        greater, less, kind = sides(self.relation)
        return Comparison(greater - less, kind, coefficients(greater - less))


@dataclass(frozen=True)
class Known:
    """The relations in use, and the generic indices in whose scope one is.

    Attributes:
        facts: everything in use.
        indices: generic indices that stand for an index of their range here.
    """

    facts: tuple[_Fact, ...] = ()
    indices: frozenset[Idx] = frozenset()

    @classmethod
    def of(cls, relations: Iterable[Relational], indices: Iterable[Idx] = ()) -> "Known":
        """What is known by some relations in the scope of some indices."""
        return cls(tuple(map(_Fact, relations)), frozenset(indices))

    def within(self, indices: Iterable[Idx]) -> "Known":
        """The same relations in the scope of further indices."""
        return Known(self.facts, self.indices.union(indices))

    def about(self, variable: Expr) -> "Known":
        """Those relations that have the variable as a part, in scope or not."""
        return Known(tuple(fact for fact in self.facts if fact.relation.has(variable)), self.indices)

    @cached_property
    def _usable(self) -> tuple[_Fact, ...]:
        return tuple(fact for fact in self.facts if fact.indices <= self.indices)

    @cached_property
    def usable(self) -> tuple[Relational, ...]:
        """The relations whose indices are all in scope."""
        return tuple(fact.relation for fact in self._usable)

    @cached_property
    def comparisons(self) -> tuple[Comparison, ...]:
        """The usable relations between scalars."""
        return tuple(fact.comparison for fact in self._usable if not isinstance(fact.relation.lhs, MatrixExpr))

    @cached_property
    def equations(self) -> tuple[Eq, ...]:
        """The usable equations."""
        return tuple(relation for relation in self.usable if isinstance(relation, Eq))

    def mentions(self, term: Basic) -> bool:
        """Whether a usable relation has the term as a part that needs a value for the relation to hold."""
        return any(_needs(relation, term) for relation in self.usable)


def _needs(whole: Basic, part: Basic) -> bool:
    """Whether the part occurs outside sums, which do without the values of their terms if they have none."""
    return whole == part or (not isinstance(whole, Sum) and any(_needs(argument, part) for argument in whole.args))
