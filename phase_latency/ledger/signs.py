"""What can be said of the sign of a term: from its shape, and from the facts in use."""

from collections.abc import Sequence
from typing import NamedTuple

import sympy
from sympy import Abs, Add, Expr, Mul, Pow, S, Sum, exp, pi
from sympy.core.relational import Relational

from phase_latency.ledger.terms import Dot


class Sign(NamedTuple):
    """Two things a term may be known to be."""

    nonnegative: bool
    nonzero: bool

    @property
    def positive(self) -> bool:
        """Whether the term is known to be greater than zero."""
        return self.nonnegative and self.nonzero


UNKNOWN = Sign(False, False)
_BY_RELATION = {
    sympy.StrictGreaterThan: Sign(True, True),
    sympy.GreaterThan: Sign(True, False),
    sympy.Unequality: Sign(False, True),
}


def slack(relation: Relational) -> tuple[Expr, type]:
    """The term that the relation compares with zero, and how: ``p <= q`` says ``q - p >= 0``.

    Returns:
        The slack, and one of Eq, Ne, Gt, Ge.
    """
    if isinstance(relation, (sympy.StrictLessThan, sympy.LessThan)):
        flipped = {sympy.StrictLessThan: sympy.StrictGreaterThan, sympy.LessThan: sympy.GreaterThan}
        return relation.rhs - relation.lhs, flipped[relation.func]
    return relation.lhs - relation.rhs, relation.func


def sign(term: Expr, facts: Sequence[Relational]) -> Sign:
    """What the shape of the term and the facts say of its sign.

    Args:
        term: scalar term.
        facts: relations in use; one of them applies if its slack is a positive multiple of the term.

    Returns:
        What is known; ``UNKNOWN`` never means that the opposite holds.
    """
    compared = [slack(fact) for fact in facts if isinstance(fact, Relational)]
    known = _joined(_literally(term, compared), _by_shape(term, compared))
    if known.positive:
        return known
    return _joined(known, *(_transferred(term, candidate, kind) for candidate, kind in compared))


Slacks = Sequence[tuple[Expr, type]]


def _joined(*signs: Sign) -> Sign:
    return Sign(any(known.nonnegative for known in signs), any(known.nonzero for known in signs))


def _literally(term: Expr, compared: Slacks) -> Sign:
    """What the facts say that are literally about the term: this settles most cases without algebra."""
    return _joined(UNKNOWN, *(_BY_RELATION.get(kind, UNKNOWN) for candidate, kind in compared if candidate == term))


def _part(term: Expr, compared: Slacks) -> Sign:
    return _joined(_literally(term, compared), _by_shape(term, compared))


def _by_shape(term: Expr, compared: Slacks) -> Sign:
    if term.is_Rational:
        return Sign(bool(term >= 0), bool(term != 0))
    if term is pi or isinstance(term, exp):
        return Sign(True, True)
    if isinstance(term, Add):
        parts = [_part(part, compared) for part in term.args]
        nonnegative = all(part.nonnegative for part in parts)
        return Sign(nonnegative, nonnegative and any(part.nonzero for part in parts))
    if isinstance(term, Mul):
        parts = [_part(part, compared) for part in term.args]
        return Sign(all(part.nonnegative for part in parts), all(part.nonzero for part in parts))
    if isinstance(term, Pow) and term.exp.is_Rational:
        base = _part(term.base, compared)
        return Sign(base.nonnegative or bool(term.exp.is_even), base.nonzero)
    if isinstance(term, Abs):
        return Sign(True, _part(term.args[0], compared).nonzero)
    if isinstance(term, Dot):
        return Sign(term.args[0] == term.args[1], False)
    if isinstance(term, Sum):
        return _of_sum(term, compared)
    return UNKNOWN


def _of_sum(term: Sum, compared: Slacks) -> Sign:
    """A sum of positive terms is positive only if there is a term: an empty sum is zero."""
    body = _part(term.function, compared)
    ((_, lower, upper),) = term.limits
    inhabited = body.positive and _count(upper - lower + 1, compared).positive
    return Sign(body.nonnegative, inhabited)


def _count(size: Expr, compared: Slacks) -> Sign:
    return _joined(*(_transferred(size, candidate, kind) for candidate, kind in compared), _part(size, compared))


def _transferred(term: Expr, compared: Expr, kind: type) -> Sign:
    """What is said of ``compared`` holds for a positive multiple of it, and for more than it."""
    said = _BY_RELATION.get(kind, UNKNOWN)
    if said == UNKNOWN:
        return UNKNOWN
    left, right = (sympy.expand(side).as_coefficients_dict() for side in (term, compared))
    ratio = _ratio(left, right)
    if ratio is not None:
        return said if ratio > 0 else Sign(False, said.nonzero)
    excess = left.get(S.One, S.Zero) - right.get(S.One, S.Zero)
    if excess > 0 and said.nonnegative and _without_constant(left) == _without_constant(right):
        return Sign(True, True)
    return UNKNOWN


def _ratio(left: dict[Expr, Expr], right: dict[Expr, Expr]) -> Expr | None:
    """The number by which all coefficients of two expanded sums differ, if there is one."""
    if set(left) != set(right) or not left:
        return None
    ratios = {left[monomial] / right[monomial] for monomial in left}
    return ratios.pop() if len(ratios) == 1 else None


def _without_constant(coefficients: dict[Expr, Expr]) -> dict[Expr, Expr]:
    return {monomial: value for monomial, value in coefficients.items() if monomial != 1}
