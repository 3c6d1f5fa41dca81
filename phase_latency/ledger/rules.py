"""The rules: what a step of a derivation may appeal to. Each is a decision procedure.

A rule sees the fact that a step states, the facts that the step uses, and the certificate that the step gives. It
proves the fact or raises :class:`Undecided` with the reason; whether an unproved fact is false is decided apart, by
an exact witness (:mod:`phase_latency.ledger.proof`). No rule simplifies and hopes, none computes with floats.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Abs, Add, Eq, Expr, Ge, Gt, Idx, Le, Lt, Mul, Ne, Pow, S, Sum, Symbol, ceiling, exp, floor
from sympy.core.relational import Relational

from phase_latency.ledger import theories
from phase_latency.ledger.evaluation import EXACT
from phase_latency.ledger.models import Model, holds_at
from phase_latency.ledger.normal_form import Algebra, Handler, Undecided
from phase_latency.ledger.signs import sign, slack
from phase_latency.ledger.terms import Given, Iff, NotAll, Proposition

Facts = Sequence[Proposition]
Prover = Callable[[Proposition, Facts, Any], None]


@dataclass(frozen=True)
class Rule:
    """A named decision procedure.

    Attributes:
        name: how derivations, files and printed proofs call it.
        decides: one line on what it decides and how.
        prove: raises :class:`Undecided` unless the fact follows.
        certificate: what a step must hand over besides the fact, or the empty string.
    """

    name: str
    decides: str
    prove: Prover
    certificate: str = ""

    def __repr__(self) -> str:
        return self.name


# -- equalities -----------------------------------------------------------------------------------------------


def _equality(fact: Proposition) -> tuple[Expr, Expr]:
    if not isinstance(fact, Eq):
        raise Undecided("it states no equation")
    return fact.lhs, fact.rhs


def _algebraic(known: Mapping[type, Handler], division: bool = True) -> Prover:
    def prove(fact: Proposition, facts: Facts, certificate: Any) -> None:
        left, right = _equality(fact)
        _decide_equal(known, facts, left, right, division)

    return prove


def _decide_equal(
    known: Mapping[type, Handler], facts: Facts, left: Expr, right: Expr, division: bool = True
) -> None:
    relations = _relations(facts)
    algebra = Algebra(known, relations, division)
    algebra.equal(left, right)
    for count in algebra.counts:  # a sum over an empty range downwards has no terms, whatever its limits say
        if not sign(count, relations).nonnegative:
            raise Undecided(f"no fact in use says that a sum has {count} >= 0 terms")


def _relations(facts: Facts) -> list[Relational]:
    return [fact for fact in facts if isinstance(fact, Relational)]


def _sum_congruence(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """Two sums over the same range are equal if their terms are, for a generic index."""
    left, right = _equality(fact)
    _same_range(left, right)
    _decide_equal({**theories.TRIGONOMETRIC, **theories.EXPONENTIAL}, facts, left.function, right.function)


def _same_range(left: Expr, right: Expr) -> None:
    if not (isinstance(left, Sum) and isinstance(right, Sum) and left.limits == right.limits):
        raise Undecided("its sides are not two sums over the same range")


def _root(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """Two terms that are not negative are equal if their squares are."""
    left, right = _equality(fact)
    relations = _relations(facts)
    for side in (left, right):
        if not sign(side, relations).nonnegative:
            raise Undecided(f"no fact in use says that {side} is not negative")
    _decide_equal(theories.BILINEAR, relations, _square(left), _square(right))


def _square(term: Expr) -> Expr:
    if isinstance(term, Mul):
        return Mul(*(_square(factor) for factor in term.args))
    if isinstance(term, Pow):
        return Pow(term.base, 2 * term.exp)
    return term**2


# -- order ----------------------------------------------------------------------------------------------------


def _order(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """The slack is a sum of products of terms of known sign."""
    if not isinstance(fact, Relational) or isinstance(fact, Eq):
        raise Undecided("it states no inequality")
    relations = _relations(facts)
    compared, relation = slack(fact)
    products = [list(product) for product in certificate] if certificate else [[compared]]
    _decide_equal(theories.ALL, relations, compared, Add(*(Mul(*product) for product in products)))
    signs = [[sign(S(factor), relations) for factor in product] for product in products]
    if relation is Ne:
        holds = len(signs) == 1 and all(factor.nonzero for factor in signs[0])
    else:
        holds = all(factor.nonnegative for product in signs for factor in product)
        holds &= relation is Ge or any(all(factor.nonzero for factor in product) for product in signs)
    if not holds:
        raise Undecided(f"the facts in use do not give the signs of the factors {products}")


def _equivalence(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """One slack is a multiple of the other by a factor that is positive (order) or not zero (equations)."""
    if not isinstance(fact, Iff):
        raise Undecided("it states no equivalence")
    relations = _relations(facts)
    (left, kind), (right, other) = (slack(side) for side in fact.args)
    if kind is not other:
        raise Undecided(f"it relates {kind.__name__} to {other.__name__}")
    factors = [S(factor) for factor in certificate or [S.One]]
    _decide_equal(theories.ALL, relations, left, Mul(right, *factors))
    signs = [sign(factor, relations) for factor in factors]
    if not all(factor.nonzero if kind in (Eq, Ne) else factor.positive for factor in signs):
        raise Undecided(f"the facts in use do not give the sign of the factor {Mul(*factors)}")


def _monotone(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """``F >= G`` for ``x >= x0``: equal at ``x0``, and the derivative of ``F - G`` is not negative from there on.

    The certificate is ``(x, x0, products)`` where the derivative is the sum of the products. Of ``x`` the facts may
    say nothing but ``x >= x0`` and what follows from it, which then holds for every point in between as well.
    """
    if not isinstance(fact, (Ge, Le)) or not certificate:
        raise Undecided("it states no inequality >= or <=, or gives no base point")
    x, start, products = certificate
    relations = _relations(facts)
    _only_from(x, start, relations)
    difference, _ = slack(fact)
    _decide_equal(theories.ALL, relations, _at(difference, x, start), S.Zero)
    _order(Ge(sympy.diff(difference, x), 0, evaluate=False), relations, products)


def _only_from(x: Symbol, start: Expr, facts: Sequence[Relational]) -> None:
    about_x = [slack(fact) for fact in facts if fact.has(x)]
    others = [(term - (x - start), kind) for term, kind in about_x if (term, kind) != (x - start, Ge)]
    weaker = all(kind is Gt and sign(rest, []).positive or kind is Ge and sign(rest, []).nonnegative
                 for rest, kind in others)
    if len(others) != len(about_x) - 1 or not weaker:
        raise Undecided(f"the facts in use about {x} must be {x} >= {start} and what follows from it")


def _at(term: Expr, x: Symbol, value: Expr) -> Expr:
    return term.subs(x, value)


def _monotone_function(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """``exp`` is strictly increasing, so it preserves an inequality in use; 1 counts as ``exp(0)``."""
    if not isinstance(fact, (Le, Lt)):
        raise Undecided("it does not compare by < or <=")
    _order(fact.func(*(_exponent(side) for side in fact.args), evaluate=False), facts, None)


def _exponent(term: Expr) -> Expr:
    if term == 1:
        return S.Zero
    if not isinstance(term, exp):
        raise Undecided(f"{term} is no exponential")
    return term.args[0]


def _absolute(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """``|X| <= B`` from ``X <= B`` and ``-X <= B``."""
    if not (isinstance(fact, Le) and isinstance(fact.lhs, Abs)):
        raise Undecided("it does not state |X| <= B")
    for side in (fact.lhs.args[0], -fact.lhs.args[0]):
        _order(Le(side, fact.rhs, evaluate=False), facts, None)


def _sum_monotone(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """A sum over the same range is not greater if no term is, for a generic index."""
    if not isinstance(fact, Le):
        raise Undecided("it does not compare by <=")
    _same_range(fact.lhs, fact.rhs)
    _order(Le(fact.lhs.function, fact.rhs.function, evaluate=False), facts, None)


def _transitivity(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """Links ``A = B``, ``B <= C``, ... in the order given join into one relation."""
    relations = [_oriented(relation) for relation in _relations(facts)]
    left, kind, right = _oriented(fact)
    here, strongest = left, Eq
    for start, link, end in relations:
        if start != here and link is Eq and end == here:
            start, end = end, start
        if start != here:
            raise Undecided(f"the chain breaks at {here}")
        here = end
        strongest = max(strongest, link, key=_STRENGTH.__getitem__)
    if here != right:
        raise Undecided(f"the chain ends at {here}, not at {right}")
    if kind is Eq and strongest is not Eq or kind is Lt and strongest is not Lt:
        raise Undecided("a link of the chain is weaker than what it is to give")


_STRENGTH = {Eq: 0, Le: 1, Lt: 2}


def _oriented(relation: Proposition) -> tuple[Expr, type, Expr]:
    if isinstance(relation, (Gt, Ge)):
        return relation.rhs, Lt if isinstance(relation, Gt) else Le, relation.lhs
    if isinstance(relation, (Eq, Le, Lt)):
        return relation.lhs, relation.func, relation.rhs
    raise Undecided(f"{relation} is no link of a chain")


# -- integers, contradiction, witnesses -----------------------------------------------------------------------


def _integer_part(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """Floor and ceiling from their bounds, and ``k <= m`` from ``k < m + 1`` for integers."""
    relations = _relations(facts)
    if isinstance(fact, Eq) and isinstance(fact.lhs, floor):
        y, k = fact.lhs.args[0], _whole(fact.rhs)
        _order(Le(k, y, evaluate=False), relations, None)
        _order(Lt(y, k + 1, evaluate=False), relations, None)
    elif isinstance(fact, Le) and isinstance(fact.rhs, ceiling) and fact.lhs == fact.rhs.args[0]:
        return  # y <= ceiling(y)
    elif isinstance(fact, Lt) and isinstance(fact.rhs, Expr) and fact.lhs == ceiling(fact.rhs) - 1:
        return  # ceiling(y) - 1 < y
    elif isinstance(fact, Le) and isinstance(fact.lhs, ceiling):
        _order(Le(fact.lhs.args[0], _whole(fact.rhs), evaluate=False), relations, None)
    elif isinstance(fact, Le):
        _order(Lt(_whole(fact.lhs), _whole(fact.rhs) + 1, evaluate=False), relations, None)
    else:
        raise Undecided("it states nothing about an integer part")


def _whole(term: Expr) -> Expr:
    """The term, if sums and products of integers, floors and ceilings make it an integer."""
    if term.is_integer or isinstance(term, floor | ceiling):
        return term
    if isinstance(term, Add | Mul):
        for part in term.args:
            _whole(part)
        return term
    raise Undecided(f"{term} is not known to be an integer")


def _contradiction(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """Equations that cannot all hold: a combination of them would make a term vanish that does not.

    The certificate gives one multiplier for each equation; the facts give ``X != 0``.
    """
    if not isinstance(fact, NotAll) or not certificate or len(certificate) != len(fact.args):
        raise Undecided("it states no conjunction to refute, or not one multiplier for each equation is given")
    if not all(isinstance(equation, Eq) for equation in fact.args):
        raise Undecided("it refutes something that is no equation")
    combination = Add(*(m * (e.lhs - e.rhs) for m, e in zip(certificate, fact.args, strict=True)))
    relations = _relations(facts)
    for relation in relations:
        if isinstance(relation, Ne) and relation.rhs == 0:
            _decide_equal(theories.ALL, relations, combination, relation.lhs)
            return
    raise Undecided("no fact in use says that a term is not zero")


def _witness(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """There is a point at which the fact and all facts in use hold, by exact evaluation."""
    point = Model(certificate or {})
    if not holds_at([fact, *facts], point, EXACT):
        raise Undecided(f"it is not certified to hold at {point}")


def _instance(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """A case of a proved claim, the first fact in use: its variables replaced, its hypotheses among the other facts."""
    if not facts or not isinstance(facts[0], Given):
        raise Undecided("its first fact in use is no claim proved before")
    claim, *hypotheses = facts[0].args
    if substitute(claim, certificate) != fact:
        raise Undecided("it is not the cited claim with the given terms in place of its variables")
    for hypothesis in hypotheses:
        needed = substitute(hypothesis, certificate)
        if needed not in facts[1:]:
            raise Undecided(f"the cited claim needs {needed}, which is not among the facts in use")


def substitute(proposition: Proposition, substitution: Mapping[Expr, Expr]) -> Proposition:
    """Put terms in place of symbols and of entries of sequences, at any index.

    Args:
        proposition: relation, without definitions that would evaluate.
        substitution: a symbol to a term, or an entry ``u[i]`` with a generic ``i`` to a term in ``i``.

    Returns:
        The relation, unevaluated at the top.
    """

    def walk(term: Any) -> Any:
        if term in substitution:
            return substitution[term]
        if isinstance(term, sympy.Indexed):
            for pattern, replacement in substitution.items():
                if isinstance(pattern, sympy.Indexed) and pattern.base == term.base:
                    return replacement.xreplace({pattern.indices[0]: walk(term.indices[0])})
        if not term.args or isinstance(term, (Idx, sympy.IndexedBase)):
            return term
        arguments = [walk(argument) for argument in term.args]
        return term.func(*arguments, evaluate=False) if isinstance(term, Relational) else term.func(*arguments)

    return walk(proposition)


_PRODUCTS = "products of terms of known sign that add up to the slack"

RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("ring", "identity of polynomials over Q in independent atoms", _algebraic(theories.RING, division=False)),
        Rule("field", "identity of rational functions; each denominator not zero by a fact", _algebraic(theories.RING)),
        Rule(
            "trig",
            "identity of trigonometric polynomials: angle sums expanded, reduced by s^2 + c^2 = 1",
            _algebraic(theories.TRIGONOMETRIC),
        ),
        Rule("exponential", "identity of rational functions in exponentials", _algebraic(theories.EXPONENTIAL)),
        Rule("bilinear", "identity of bilinear forms of symbolic size, by words", _algebraic(theories.BILINEAR)),
        Rule("sum-congruence", "equal sums, by equal terms at a generic index", _sum_congruence),
        Rule("sum-linearity", "constants and sums moved out of a sum of symbolic length", _algebraic(theories.SUMS)),
        Rule("root", "equality of terms that are not negative, by their squares", _root),
        Rule("order", "inequality, its slack written as a sum of products of known sign", _order, _PRODUCTS),
        Rule("equivalence", "two relations whose slacks differ by a factor of known sign", _equivalence, "the factor"),
        Rule("monotone", "F >= G from a base point on, by the derivative", _monotone, "variable, base point, products"),
        Rule("monotone-function", "exp preserves an inequality", _monotone_function),
        Rule("absolute", "|X| <= B by X <= B and -X <= B", _absolute),
        Rule("sum-monotone", "sums compared term by term at a generic index", _sum_monotone),
        Rule("transitivity", "a chain of =, <=, < in the order given", _transitivity),
        Rule("integer-part", "floor, ceiling and discreteness of the integers", _integer_part),
        Rule(
            "contradiction",
            "equations that cannot all hold, by a combination of them that cannot vanish",
            _contradiction,
            "one multiplier for each equation",
        ),
        Rule("witness", "existence, by exact evaluation at a point", _witness, "the point"),
        Rule(
            "instance",
            "a case of a claim proved before",
            _instance,
            "the terms for its variables",
        ),
    )
}
