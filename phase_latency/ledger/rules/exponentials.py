"""Rules for the exponential: it is increasing, it lies above its tangent, and the logarithm undoes it."""

from typing import Any

from sympy import Eq, Expr, Ge, Le, Lt, MatrixExpr, S, exp, log
from sympy.core.relational import Relational

from phase_latency.ledger import theories
from phase_latency.ledger.decision import decide_defined, decide_equal
from phase_latency.ledger.language import Undecided
from phase_latency.ledger.rules.order import decide_order
from phase_latency.ledger.rules.rule import Facts, known_for
from phase_latency.ledger.terms import Proposition


def monotone_function(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """``exp`` is strictly increasing, so it preserves an inequality in use; 1 counts as ``exp(0)``.

    Raises:
        Undecided: if a side is no exponential, or the inequality is not shown.
    """
    if not isinstance(fact, (Le, Lt)):
        raise Undecided("it does not compare by < or <=")
    exponents = fact.func(*(_exponent(side) for side in fact.args), evaluate=False)
    decide_order(exponents, known_for(fact, facts), certificate)


def _exponent(term: Expr) -> Expr:
    if term == 1:
        return S.Zero
    if not isinstance(term, exp):
        raise Undecided(f"{term} is no exponential")
    return term.args[0]


def tangent(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """``exp(x) >= 1 + x`` for every number x.

    Raises:
        Undecided: if it states something else, or x has no value for all that the facts say.
    """
    if not (isinstance(fact, Ge) and isinstance(fact.lhs, exp)):
        raise Undecided("it does not state that an exponential is at least something")
    known, argument = known_for(fact, facts), fact.lhs.args[0]
    decide_defined(known, argument)
    decide_equal(theories.ALL, known, fact.rhs, 1 + argument)


def logarithm(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """Two numbers compare as their exponentials do, and that of ``log(x)`` is x where x is positive.

    The certificate, if there is one, is that of the inequality between the exponentials.

    Raises:
        Undecided: if it does not compare by =, < or <=, a logarithm may have no value, or the exponentials are not
            shown to compare like that.
    """
    if not isinstance(fact, (Eq, Le, Lt)) or isinstance(fact.lhs, MatrixExpr):
        raise Undecided("it does not compare by =, < or <=")
    known = known_for(fact, facts)
    decide_defined(known, *fact.args)
    left, right = map(_exponential, fact.args)
    if isinstance(fact, Eq):
        decide_equal(theories.ALL, known, left, right)
    else:
        decide_order(_relation(fact, left, right), known, certificate)


def _exponential(term: Expr) -> Expr:
    return term.args[0] if isinstance(term, log) else exp(term)


def _relation(fact: Relational, left: Expr, right: Expr) -> Relational:
    return fact.func(left, right, evaluate=False)
