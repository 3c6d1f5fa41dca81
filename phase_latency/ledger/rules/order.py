"""Rules for inequalities and equivalences."""

from collections.abc import Sequence
from typing import Any

import sympy
from sympy import Abs, Add, Eq, Expr, Ge, Gt, Le, Lt, MatrixExpr, Mul, Ne, S, Symbol, sin
from sympy.core.relational import Relational

from phase_latency.ledger import theories
from phase_latency.ledger.decision import decide_defined, decide_equal
from phase_latency.ledger.facts import Comparison, Known, sides
from phase_latency.ledger.language import Undecided, check, free_indices
from phase_latency.ledger.rules.rule import Facts, known_for
from phase_latency.ledger.signs import sign
from phase_latency.ledger.terms import Given, Iff, Proposition


def order(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """The slack is a sum of products of terms of known sign.

    Raises:
        Undecided: if it is not that sum, or the facts do not give the signs.
    """
    decide_order(fact, known_for(fact, facts), certificate)


def decide_order(fact: Proposition, known: Known, products: Sequence[Sequence[Any]] | None = None) -> None:
    """Decide an inequality.

    Args:
        fact: the inequality.
        known: facts in use.
        products: factors whose products add up to the slack; None takes the slack itself.

    Raises:
        Undecided: if they do not, or the facts do not give the signs.
    """
    if not isinstance(fact, Relational) or isinstance(fact, Eq) or isinstance(fact.lhs, MatrixExpr):
        raise Undecided("it states no inequality")
    greater, less, relation = sides(fact)
    factors = [[S(factor) for factor in product] for product in products] if products else [[greater - less]]
    # Nothing may cancel before its denominator is known not to vanish, so neither side is evaluated.
    decide_equal(theories.ALL, known, _minus(greater, less), Add(*map(_product, factors), evaluate=False))
    signs = [[sign(factor, known) for factor in product] for product in factors]
    if relation is Ne:
        holds = len(signs) == 1 and all(factor.nonzero for factor in signs[0])
    else:
        holds = all(factor.nonnegative for product in signs for factor in product)
        holds &= relation is Ge or any(all(factor.nonzero for factor in product) for product in signs)
    if not holds:
        raise Undecided("the facts in use do not give the sign of each factor that the slack is made of")


def _minus(left: Expr, right: Expr) -> Expr:
    return Add(left, _product([S.NegativeOne, right]), evaluate=False)


def _product(factors: Sequence[Expr]) -> Expr:
    return Mul(*factors, evaluate=False)


def equivalence(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """One slack is a multiple of the other by a factor that is positive (order) or not zero (equations).

    Raises:
        Undecided: if it is not, or the facts do not give the sign of the factor.
    """
    if not isinstance(fact, Iff) or any(isinstance(side.lhs, MatrixExpr) for side in fact.args):
        raise Undecided("it states no equivalence of relations between numbers")
    known = known_for(fact, facts)
    (greater, less, kind), (other_greater, other_less, other_kind) = (sides(side) for side in fact.args)
    if kind is not other_kind:
        raise Undecided(f"it relates {kind.__name__} to {other_kind.__name__}")
    factors = [S(factor) for factor in certificate or [S.One]]
    other_slack = _product([_minus(other_greater, other_less), *factors])
    decide_equal(theories.ALL, known, _minus(greater, less), other_slack)
    signs = [sign(factor, known) for factor in factors]
    if not all(factor.nonzero if kind in (Eq, Ne) else factor.positive for factor in signs):
        raise Undecided(f"the facts in use do not give the sign of the factor {Mul(*factors)}")


def monotone(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """``F >= G`` for ``x >= x0``: equal at ``x0``, and the derivative of ``F - G`` is not negative from there on.

    The certificate is ``(x, x0, products)`` where the derivative is the sum of the products. Of ``x`` the facts may
    say nothing but ``x >= x0``, what follows from it, and upper bounds: they hold for every point in between as well.
    So does a claim proved before, if its hypotheses are among the facts in use.

    Raises:
        Undecided: if one of these is not shown.
    """
    if not isinstance(fact, (Ge, Le)) or not certificate:
        raise Undecided("it states no inequality >= or <=, or gives no base point")
    x, start, products = certificate
    known = known_for(fact, facts)
    _only_from(x, S(start), known)
    known = known_for(fact, [*facts, *_proved(facts)])
    greater, less, _ = sides(fact)
    decide_defined(known, greater, less)
    difference = greater - less
    decide_equal(theories.ALL, known, difference.xreplace({x: S(start)}), S.Zero)
    slope = Ge(sympy.diff(difference, x), 0, evaluate=False)
    check(slope)  # a term without a derivative, such as floor(x), leaves one that is not of the language
    decide_order(slope, known, products)


def _proved(facts: Facts) -> list[Proposition]:
    """Claims proved before whose hypotheses are in use: they hold wherever these do."""
    return [one.args[0] for one in facts if isinstance(one, Given) and all(given in facts for given in one.args[1:])]


def _only_from(x: Symbol, start: Expr, known: Known) -> None:
    if not isinstance(x, Symbol) or start.has(x) or free_indices(start):
        raise Undecided(f"{x} from {start} on is no interval of one variable")
    about_x = known.about(x)
    bounds = [comparison for comparison in about_x.comparisons if not _is_upper_bound(x, comparison)]
    excess = [(comparison.slack - (x - start), comparison.kind) for comparison in bounds]
    base = [one for one in excess if one == (S.Zero, Ge)]
    read = len(about_x.comparisons) == len(about_x.facts)
    if len(base) != 1 or not read or not all(_is_weaker(*one) for one in excess):
        raise Undecided(f"the facts in use about {x} must be {x} >= {start}, what follows from it, and upper bounds")


def _is_upper_bound(x: Symbol, comparison: Comparison) -> bool:
    """Whether it says that x is at most, or below, something that does not depend on x."""
    return comparison.kind in (Gt, Ge) and not (comparison.slack + x).has(x)


def _is_weaker(excess: Expr, kind: type) -> bool:
    """Whether ``x - x0 + excess`` compares with zero like that wherever ``x >= x0``."""
    known = sign(excess, Known())
    return known.nonnegative if kind is Ge else known.positive and kind in (Gt, Ne)


def half_turn(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """``sin x > 0`` from ``0 < x < pi``, and ``sin x >= 0`` from ``0 <= x <= pi``.

    Raises:
        Undecided: if it states something else, or one of these bounds is not shown.
    """
    if not (isinstance(fact, (Gt, Ge)) and isinstance(fact.lhs, sin) and fact.rhs == 0):
        raise Undecided("it does not state that a sine is positive, or not negative")
    known, angle = known_for(fact, facts), fact.lhs.args[0]
    for bounds in ((angle, S.Zero), (sympy.pi, angle)):
        decide_order(fact.func(*bounds, evaluate=False), known)


def absolute(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """``|X| <= B`` from ``X <= B`` and ``-X <= B``, also by ``<``; and ``X <= |X|``, as ``-X <= |X|``, from nothing.

    Raises:
        Undecided: if it states something else, or one of these is not shown.
    """
    known = known_for(fact, facts)
    if isinstance(fact, Le) and isinstance(fact.rhs, Abs) and fact.lhs in (fact.rhs.args[0], -fact.rhs.args[0]):
        return decide_defined(known, fact.lhs)
    if not (isinstance(fact, (Le, Lt)) and isinstance(fact.lhs, Abs)):
        raise Undecided("it states neither |X| <= B nor X <= |X|")
    for side in (fact.lhs.args[0], -fact.lhs.args[0]):
        decide_order(fact.func(side, fact.rhs, evaluate=False), known)
