"""Rules for indicators: what they are, how many of them are 1, and what they select from a sum."""

from typing import Any

from sympy import Eq, Expr, Ge, Idx, Le, Lt, Mul, Pow, S, Sum
from sympy.core.relational import Relational

from phase_latency.ledger.decision import decide_defined
from phase_latency.ledger.facts import Known
from phase_latency.ledger.language import Undecided, free_indices, is_whole
from phase_latency.ledger.rules.order import decide_order
from phase_latency.ledger.rules.rule import Facts, known_for
from phase_latency.ledger.terms import Before, Iff, Indicator, Proposition, Same


def indicator(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """The value of an indicator, or two indicators that are equal.

    ``[x < y] = 1`` follows from ``x < y``, ``[x < y] = 0`` from ``y <= x``, ``[x = y] = 0`` from ``x < y`` or from
    ``y < x``; ``[x = x] = 1``; and ``[x < y] = [x' < y']`` follows from an equivalence of both relations in use. A
    generic index is known to be in its range. The certificate, if there is one, is that of the inequality.

    Raises:
        Undecided: if it has another form, or the relation is not shown.
    """
    if not (isinstance(fact, Eq) and isinstance(fact.lhs, Indicator)):
        raise Undecided("it does not state the value of an indicator")
    left, right = fact.lhs.args
    known = _with_ranges(known_for(fact, facts), fact)
    decide_defined(known, left, right)
    if isinstance(fact.rhs, Indicator):
        _by_equivalence(fact.lhs, fact.rhs, facts, known)
    elif isinstance(fact.lhs, Before) and fact.rhs == 1:
        decide_order(Lt(left, right, evaluate=False), known, certificate)
    elif isinstance(fact.lhs, Before) and fact.rhs == 0:
        decide_order(Le(right, left, evaluate=False), known, certificate)
    elif isinstance(fact.lhs, Same) and fact.rhs == 1 and left == right:
        return
    elif isinstance(fact.lhs, Same) and fact.rhs == 0:
        _apart(left, right, known, certificate)
    else:
        raise Undecided("it gives an indicator a value that no relation shows")


def _by_equivalence(indicator_: Indicator, other: Indicator, facts: Facts, known: Known) -> None:
    """The equivalence speaks of the very terms of both, so its generic indices are those of the fact."""
    decide_defined(known, *other.args)
    if not (isinstance(indicator_, Before) and isinstance(other, Before)):
        raise Undecided("only relations by < are compared")
    sides = [Lt(*each.args, evaluate=False) for each in (indicator_, other)]
    if not any(isinstance(one, Iff) and list(one.args) in (sides, sides[::-1]) for one in facts):
        raise Undecided(f"no fact in use says that {sides[0]} exactly if {sides[1]}")


def _apart(left: Expr, right: Expr, known: Known, certificate: Any) -> None:
    reasons = []
    for lower, upper in ((left, right), (right, left)):
        try:
            return decide_order(Lt(lower, upper, evaluate=False), known, certificate)
        except Undecided as reason:
            reasons.append(str(reason))
    raise Undecided(f"neither is shown to be less: {reasons[0]}; {reasons[1]}")


def _with_ranges(known: Known, fact: Proposition) -> Known:
    """With what a generic index of the fact is known to be: between the ends of its range."""
    ends = [
        relation(index, end, evaluate=False)
        for index in sorted(free_indices(fact), key=str)
        for relation, end in ((Ge, index.lower), (Le, index.upper))
    ]
    return Known.of([*(one.relation for one in known.facts), *ends], known.indices)


def either(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """An inequality that holds with ``[x < y] = 1`` where ``x < y``, and with ``[x < y] = 0`` where ``y <= x``.

    The certificate is the indicator, and the products of each of the two cases; None in place of them takes the slack.

    Raises:
        Undecided: if it is no indicator by <, or one of the two cases is not shown.
    """
    if not isinstance(certificate, (tuple, list)) or len(certificate) != 3 or not isinstance(certificate[0], Before):
        raise Undecided("its certificate is not an indicator by < and the products of both cases")
    chosen, *products = certificate
    known = known_for(fact, facts)
    if not free_indices(chosen) <= known.indices:
        raise Undecided("its indicator has an index that the inequality does not speak of")
    left, right = chosen.args
    cases = (Lt(left, right, evaluate=False), S.One), (Le(right, left, evaluate=False), S.Zero)
    decide_defined(known, left, right)
    for (case, value), own in zip(cases, products, strict=True):
        here = Known.of([*(one.relation for one in known.facts), case], known.indices)
        decide_order(_with_value(fact, chosen, value), here, own)


def _with_value(fact: Proposition, chosen: Indicator, value: Expr) -> Proposition:
    if not isinstance(fact, Relational) or any(side.atoms(Sum) for side in fact.args):  # an index would be captured
        raise Undecided("it states no inequality without sums")
    return fact.func(*(side.xreplace({chosen: value}) for side in fact.args), evaluate=False)


def count(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """``sum over i of [i < m] = m`` for an integer m with ``0 <= m <= n``, the range being ``0, ..., n - 1``.

    Raises:
        Undecided: if it has another form, or one of these bounds is not shown.
    """
    total, m = _sum_over_positions(fact)
    i = total.limits[0][0]
    if total.function != Before(i, m):
        raise Undecided("its terms are not [i < m] for the index i")
    known = known_for(fact, facts)
    _check_position(m, i)
    for relation in (Le(S.Zero, m, evaluate=False), Le(m, i.upper + 1, evaluate=False)):
        decide_order(relation, known)


def selection(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """``sum over i of [i = m] f(i) = f(m)`` for an integer m of the range.

    The certificate is m.

    Raises:
        Undecided: if it has another form, m is not shown to be in the range, or a term has no value.
    """
    total, right = _sum_over_positions(fact)
    i, m = total.limits[0][0], S(certificate)
    _check_position(m, i)
    known = _with_ranges(known_for(fact, facts), fact)
    for relation in (Le(S.Zero, m, evaluate=False), Le(m, i.upper, evaluate=False)):
        decide_order(relation, known)
    decide_defined(known.within({i}), total.function)
    others = _without(total.function, Same(i, m))
    if others.atoms(Sum):  # whose indices might mean something else in m
        raise Undecided("its terms have sums of their own")
    if right != others.xreplace({i: m}):
        raise Undecided(f"its right side is not what stands beside {Same(i, m)} in each term, at {m}")


def _without(term: Expr, factor: Indicator) -> Expr:
    """The other factors of a product that has the factor, to a power or not."""
    factors = list(Mul.make_args(term))
    for position, each in enumerate(factors):
        power = isinstance(each, Pow) and each.base == factor and each.exp.is_Integer and each.exp > 0
        if each == factor or power:
            return Mul(*factors[:position], *factors[position + 1 :])
    raise Undecided(f"its terms have no factor {factor}")


def _sum_over_positions(fact: Proposition) -> tuple[Sum, Expr]:
    if not (isinstance(fact, Relational) and isinstance(fact, Eq) and isinstance(fact.lhs, Sum)):
        raise Undecided("its left side is no sum")
    if fact.lhs.limits[0][0].lower != 0:
        raise Undecided("its index does not begin at 0")
    return fact.lhs, fact.rhs


def _check_position(m: Expr, i: Idx) -> None:
    if not is_whole(m) or m.has(i):
        raise Undecided(f"{m} is not known to be an integer that does not depend on the index")
