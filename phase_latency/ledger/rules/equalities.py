"""Rules for equations."""

from collections.abc import Mapping
from typing import Any

from sympy import Eq, Expr, Le, MatrixExpr, Mul, Pow

from phase_latency.ledger import theories
from phase_latency.ledger.decision import decide_defined, decide_equal
from phase_latency.ledger.language import Undecided
from phase_latency.ledger.normal_form import Handler
from phase_latency.ledger.rules.order import decide_order
from phase_latency.ledger.rules.rule import Decide, Facts, known_for
from phase_latency.ledger.signs import sign
from phase_latency.ledger.terms import Proposition


def _equality(fact: Proposition) -> tuple[Expr, Expr]:
    if not isinstance(fact, Eq) or isinstance(fact.lhs, MatrixExpr):
        raise Undecided("it states no equation between numbers")
    return fact.lhs, fact.rhs


def algebraic(known_heads: Mapping[type, Handler], division: bool = True) -> Decide:
    """The rule that decides equality by one table of theories.

    Args:
        known_heads: what is known of each head that is more than an atom.
        division: whether dividing by anything but a number is allowed.

    Returns:
        The decision procedure.
    """

    def decide(fact: Proposition, facts: Facts, certificate: Any) -> None:
        decide_equal(known_heads, known_for(fact, facts), *_equality(fact), division)

    return decide


def root(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """Two terms that are not negative are equal, or compare by ``<=``, if their squares are or do.

    The certificate, if there is one, is that of the inequality between the squares.

    Raises:
        Undecided: if the facts do not give their signs, or the squares are not shown to be equal, or to compare.
    """
    if not isinstance(fact, (Eq, Le)) or isinstance(fact.lhs, MatrixExpr):
        raise Undecided("it states no equation between numbers, and no inequality by <=")
    left, right = fact.args
    known = known_for(fact, facts)
    for side in (left, right):
        if not sign(side, known).nonnegative:
            raise Undecided(f"no fact in use says that {side} is not negative")
    decide_defined(known, left, right)
    if isinstance(fact, Eq):
        decide_equal(theories.BILINEAR, known, _square(left), _square(right))
    else:
        decide_order(Le(_square(left), _square(right), evaluate=False), known, certificate)


def _square(term: Expr) -> Expr:
    """The square, with roots gone."""
    if isinstance(term, Mul):
        return Mul(*(_square(factor) for factor in term.args))
    if isinstance(term, Pow):
        return Pow(term.base, 2 * term.exp)
    return term**2
