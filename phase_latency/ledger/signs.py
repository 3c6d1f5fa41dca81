"""What can be said of the sign of a term: from its shape, and from the facts in use."""

from collections.abc import Mapping
from typing import NamedTuple

import sympy
from sympy import Abs, Add, Expr, Mul, Pow, Rational, S, Sum, exp, pi

from phase_latency.ledger.facts import Comparison, Known, coefficients
from phase_latency.ledger.terms import Dot, Indicator


class Sign(NamedTuple):
    """Two things a term may be known to be, wherever it has a value."""

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


def sign(term: Expr, known: Known) -> Sign:
    """What the shape of the term and the facts say of its sign.

    Args:
        term: scalar term.
        known: facts in use; one applies if the term is its slack times a number, or its slack and a positive number.

    Returns:
        What is known; ``UNKNOWN`` never means that the opposite holds.
    """
    found = _part(term, known)
    if found.positive:
        return found
    telling = [comparison for comparison in known.comparisons if comparison.kind in _BY_RELATION]
    own = coefficients(term) if telling else {}
    return _joined(found, *(_transferred(own, comparison) for comparison in telling))


def _joined(*signs: Sign) -> Sign:
    return Sign(any(known.nonnegative for known in signs), any(known.nonzero for known in signs))


def _part(term: Expr, known: Known) -> Sign:
    return _joined(_literally(term, known), _by_shape(term, known))


def _literally(term: Expr, known: Known) -> Sign:
    """What the facts say that are literally about the term: this settles most cases without algebra."""
    said = (_BY_RELATION.get(fact.kind, UNKNOWN) for fact in known.comparisons if fact.slack == term)
    return _joined(UNKNOWN, *said)


def _by_shape(term: Expr, known: Known) -> Sign:
    if isinstance(term, Rational):
        return Sign(bool(term >= 0), bool(term != 0))
    if term is pi or isinstance(term, exp):
        return Sign(True, True)
    if isinstance(term, Add):
        parts = [_part(part, known) for part in term.args]
        nonnegative = all(part.nonnegative for part in parts)
        return Sign(nonnegative, nonnegative and any(part.nonzero for part in parts))
    if isinstance(term, Mul):
        parts = [_part(part, known) for part in term.args]
        return Sign(all(part.nonnegative for part in parts), all(part.nonzero for part in parts))
    if isinstance(term, Pow) and isinstance(term.exp, Rational):
        return _of_power(term, known)
    if isinstance(term, Indicator):
        return Sign(True, False)
    if isinstance(term, Abs):
        return Sign(True, _part(term.args[0], known).nonzero)
    if isinstance(term, Dot):
        return Sign(term.args[0] == term.args[1], False)
    if isinstance(term, Sum):
        return _of_sum(term, known)
    return UNKNOWN


def _of_power(term: Pow, known: Known) -> Sign:
    """A negative power says nothing while its base may vanish: ``1/y`` times ``x y`` must not say that of ``x``."""
    base = _part(term.base, known)
    if term.exp < 0 and not base.nonzero:
        return UNKNOWN
    return Sign(base.nonnegative or bool(term.exp.is_even), base.nonzero)


def _of_sum(term: Sum, known: Known) -> Sign:
    """A sum of positive terms is positive only if there is a term: an empty sum is zero."""
    ((i, lower, upper),) = term.limits
    body = _part(term.function, known.within({i}))
    return Sign(body.nonnegative, body.positive and sign(upper - lower + 1, known).positive)


def _transferred(own: Mapping[Expr, Expr], comparison: Comparison) -> Sign:
    """What is said of the slack holds for a positive multiple of it, and for more than it."""
    said, other = _BY_RELATION[comparison.kind], comparison.coefficients
    ratio = _ratio(own, other)
    if ratio is not None:
        return said if ratio > 0 else Sign(False, said.nonzero)
    excess = own.get(S.One, S.Zero) - other.get(S.One, S.Zero)
    if excess > 0 and said.nonnegative and _without_constant(own) == _without_constant(other):
        return Sign(True, True)
    return UNKNOWN


def _ratio(left: Mapping[Expr, Expr], right: Mapping[Expr, Expr]) -> Expr | None:
    """The number by which all coefficients of two expanded sums differ, if there is one."""
    if set(left) != set(right) or not left:
        return None
    ratios = {left[monomial] / right[monomial] for monomial in left}
    return ratios.pop() if len(ratios) == 1 else None


def _without_constant(numbers: Mapping[Expr, Expr]) -> dict[Expr, Expr]:
    return {monomial: value for monomial, value in numbers.items() if monomial != 1}
