"""Rules for sums over the whole range of an index."""

from typing import Any

from sympy import Eq, Expr, Idx, Le, Lt, Mul, S, Sum

from phase_latency.ledger import theories
from phase_latency.ledger.decision import decide_defined, decide_equal
from phase_latency.ledger.language import Undecided, check_scalar
from phase_latency.ledger.rules.order import decide_order
from phase_latency.ledger.rules.rule import Facts, known_for
from phase_latency.ledger.signs import sign
from phase_latency.ledger.terms import Proposition


def sum_congruence(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """Two sums over the same range are equal if their terms are, for a generic index.

    Raises:
        Undecided: if they are not over the same range, or the terms are not shown to be equal.
    """
    left, right = _sides(fact)
    known = known_for(fact, facts).within({same_range(left, right)})
    decide_equal({**theories.TRIGONOMETRIC, **theories.EXPONENTIAL}, known, left.function, right.function)


def same_range(left: Expr, right: Expr) -> Idx:
    """The index of two sums.

    Args:
        left: term.
        right: term.

    Returns:
        The index over whose range both are summed.

    Raises:
        Undecided: if they are no sums, or not over the same range.
    """
    if not (isinstance(left, Sum) and isinstance(right, Sum) and left.limits == right.limits):
        raise Undecided("its sides are not two sums over the same range")
    return left.limits[0][0]


def _sides(fact: Proposition) -> tuple[Expr, Expr]:
    if not isinstance(fact, Eq):
        raise Undecided("it states no equation")
    return fact.lhs, fact.rhs


def sum_monotone(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """A sum over the same range is not greater if no term is, and less if each is and there is one.

    Raises:
        Undecided: if they are not over the same range, the terms are not shown to compare for a generic index, or, for
            a sum that is less, the range is not known to have an index.
    """
    if not isinstance(fact, (Le, Lt)):
        raise Undecided("it does not compare by < or <=")
    i: Idx = same_range(fact.lhs, fact.rhs)
    known = known_for(fact, facts)
    if isinstance(fact, Lt) and not sign(i.upper - i.lower + 1, known).positive:
        raise Undecided("no fact in use says that there is a term: empty sums are equal")
    terms = fact.func(fact.lhs.function, fact.rhs.function, evaluate=False)
    decide_order(terms, known.within({i}))


def term(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """A sum of terms that are not negative is at least each of them: ``f(i) <= sum over i of f(i)``.

    It is more than each if all are positive and there are at least two.

    Raises:
        Undecided: if it states something else, or one of this is not known.
    """
    if not (isinstance(fact, (Le, Lt)) and isinstance(fact.rhs, Sum) and fact.lhs == fact.rhs.function):
        raise Undecided("it does not compare a generic term with the sum")
    i: Idx = fact.rhs.limits[0][0]
    known = known_for(fact, facts).within({i})
    decide_defined(known, fact.lhs)
    each = sign(fact.lhs, known)
    if not (each.positive if isinstance(fact, Lt) else each.nonnegative):
        raise Undecided(
            f"no fact in use says that {fact.lhs} is {'positive' if isinstance(fact, Lt) else 'not negative'}"
        )
    if isinstance(fact, Lt) and not sign(i.upper - i.lower - 1, known).nonnegative:
        raise Undecided("no fact in use says that there are two terms")


def telescope(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """``sum over i of f(i + 1) - f(i) = f(n) - f(0)``, the range being ``0, ..., n - 1``.

    The certificate is the term ``f(i)``.

    Raises:
        Undecided: if it has another form, n is not known to be at least 0, or a term is not known to have a value.
    """
    left, right = _sides(fact)
    if not isinstance(left, Sum) or not isinstance(certificate, Expr) or certificate.atoms(Sum):
        raise Undecided("its left side is no sum, or its certificate is no term without sums")
    check_scalar(certificate)
    i, lower, upper = left.limits[0]
    known = known_for(fact, facts)
    if not sign(upper - lower + 1, known).nonnegative:
        raise Undecided("no fact in use says that the range does not run backwards")
    step = certificate.xreplace({i: i + 1}) + Mul(S.NegativeOne, certificate, evaluate=False)
    decide_equal(theories.ALL, known.within({i}), left.function, step)
    ends = [certificate.xreplace({i: end}) for end in (upper + 1, lower)]
    decide_equal(theories.ALL, known, right, ends[0] - ends[1])
