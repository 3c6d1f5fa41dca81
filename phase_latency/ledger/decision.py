"""Deciding equality, and that terms have values, from the facts in use."""

from collections.abc import Mapping

import sympy
from sympy import Eq, Expr, Ge, MatrixExpr, Poly, Symbol

from phase_latency.ledger import theories
from phase_latency.ledger.facts import Known, sides
from phase_latency.ledger.language import Undecided
from phase_latency.ledger.normal_form import Algebra, Handler
from phase_latency.ledger.obligations import Obligation
from phase_latency.ledger.polynomials import sorted_generators
from phase_latency.ledger.signs import sign


def decide_equal(
    known_heads: Mapping[type, Handler], known: Known, left: Expr, right: Expr, division: bool = True
) -> None:
    """Decide ``left = right`` wherever the facts in use hold, and that both sides have values there.

    Args:
        known_heads: what is known of each head that is more than an atom.
        known: facts in use.
        left: scalar.
        right: scalar.
        division: whether dividing by anything but a number is allowed.

    Raises:
        Undecided: if the normal forms differ or an obligation is not met.
    """
    algebra = Algebra(known_heads, known, division)
    difference = algebra.difference(left, right)
    if difference != 0:
        raise Undecided(f"the normal forms differ by {algebra.atoms.readable(difference)}")
    _certify(algebra)


def decide_defined(known: Known, *terms: Expr) -> None:
    """Decide that terms have values wherever the facts in use hold.

    Args:
        known: facts in use.
        *terms: scalars.

    Raises:
        Undecided: if an obligation is not met.
    """
    algebra = Algebra(theories.ALL, known)
    for term in terms:
        algebra.translate(term)
    _certify(algebra)


# -- obligations ----------------------------------------------------------------------------------------------


def _certify(algebra: Algebra) -> None:
    open_ = [obligation for obligation in algebra.obligations if not _is_met(obligation, algebra, [])]
    if not open_:
        return
    nonvanishing = _nonvanishing(algebra)
    for obligation in sorted(open_, key=str):
        if not _is_met(obligation, algebra, nonvanishing):
            raise Undecided(_unmet(obligation, algebra))


def _unmet(obligation: Obligation, algebra: Algebra) -> str:
    if obligation.kind == "nonzero":
        return f"it divides by {algebra.atoms.readable(obligation.term)}, and no fact in use says that this is not zero"
    return f"no fact in use says that {obligation.term} is {obligation.kind}"


def _is_met(obligation: Obligation, algebra: Algebra, nonvanishing: list[Expr]) -> bool:
    if obligation.kind == "nonzero":
        factors = _factors(algebra.atoms.normal(obligation.term))
        return all(_is_nonzero(factor, algebra.atoms.positive, nonvanishing) for factor in factors)
    known = sign(obligation.term, algebra.known)
    if known.positive if obligation.kind == "positive" else known.nonnegative:
        return True
    return obligation.whole is not None and algebra.known.mentions(obligation.whole)


def _is_nonzero(factor: Expr, positive: set[Symbol], nonvanishing: list[Expr]) -> bool:
    """An irreducible polynomial: evidently positive, or a divisor of one that does not vanish."""
    generators = sorted_generators(factor.free_symbols)
    if not generators:
        return False  # the zero polynomial
    if positive.issuperset(generators) and all(c > 0 for c in Poly(factor, *generators).coeffs()):
        return True
    return any(_divides(factor, polynomial) for polynomial in nonvanishing)


def _divides(factor: Expr, polynomial: Expr) -> bool:
    if not factor.free_symbols <= polynomial.free_symbols:
        return False
    generators = sorted_generators(polynomial.free_symbols)
    return bool(Poly(polynomial, *generators).rem(Poly(factor, *generators)).is_zero)


def _nonvanishing(algebra: Algebra) -> list[Expr]:
    """Polynomials that a fact in use says are not zero."""
    # A fact is about a fraction, so about its numerator once the facts before keep the denominator from vanishing.
    relations = [relation for relation in algebra.known.usable if _excludes_zero(relation)]
    for relation in relations:  # all of them before the first normal form, which depends on the roots that occur
        _slack(relation, algebra)
    found: list[Expr] = []
    pending = [_slack(relation, algebra) for relation in relations]
    progress = True
    while progress:
        ready = [slack for slack, own in pending if all(_is_met(one, algebra, found) for one in own)]
        pending = [(slack, own) for slack, own in pending if slack not in ready]
        found += ready
        progress = bool(ready)
    return found


def _excludes_zero(relation: sympy.Rel) -> bool:
    *_, kind = sides(relation)
    return kind not in (Eq, Ge) and not isinstance(relation.lhs, MatrixExpr)


def _slack(relation: sympy.Rel, algebra: Algebra) -> tuple[Expr, set[Obligation]]:
    outer, algebra.obligations = algebra.obligations, set()
    difference = algebra.difference(relation.lhs, relation.rhs)
    own, algebra.obligations = algebra.obligations, outer
    return difference, own


def _factors(polynomial: Expr) -> list[Expr]:
    """Irreducible factors over Q, without numbers other than zero."""
    if polynomial.is_Rational:
        return [polynomial] if polynomial == 0 else []
    return [factor for factor, _ in sympy.factor_list(polynomial)[1]]
