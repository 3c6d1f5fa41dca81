"""Rules for chains, integers, contradiction and existence."""

from typing import Any

from sympy import Add, Eq, Expr, Ge, Gt, Le, Lt, MatrixExpr, Mul, Ne, S, ceiling, floor
from sympy.core.relational import Relational

from phase_latency.ledger import theories
from phase_latency.ledger.decision import decide_defined, decide_equal
from phase_latency.ledger.evaluation import BALL, EXACT
from phase_latency.ledger.language import Undecided, free_indices, is_whole
from phase_latency.ledger.models import Model, holds_at
from phase_latency.ledger.rules.order import decide_order
from phase_latency.ledger.rules.rule import Facts, known_for
from phase_latency.ledger.terms import Given, NotAll, Proposition

_STRENGTH = {Eq: 0, Le: 1, Lt: 2}


def transitivity(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """Links ``A = B``, ``B <= C``, ... in the order given join into one relation.

    Raises:
        Undecided: if they do not join, or join into something weaker.
    """
    links = [_oriented(relation) for relation in known_for(fact, facts).usable]
    left, kind, right = _oriented(fact)
    if not links:
        raise Undecided("there are no links to join")
    here, strongest = left, Eq
    for start, link, end in links:
        if start != here and link is Eq and end == here:
            start, end = end, start
        if start != here:
            raise Undecided(f"the chain breaks at {here}")
        here = end
        strongest = max(strongest, link, key=_STRENGTH.__getitem__)
    if here != right:
        raise Undecided(f"the chain ends at {here}, not at {right}")
    if (kind is Eq and strongest is not Eq) or (kind is Lt and strongest is not Lt):
        raise Undecided("a link of the chain is weaker than what it is to give")


def _oriented(relation: Proposition) -> tuple[Expr, type, Expr]:
    if isinstance(relation, (Gt, Ge)):
        return relation.rhs, Lt if isinstance(relation, Gt) else Le, relation.lhs
    if isinstance(relation, (Eq, Le, Lt)):
        return relation.lhs, relation.func, relation.rhs
    raise Undecided(f"{relation} is no link of a chain")


def antisymmetry(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """``A = B`` from ``A <= B`` and ``B <= A``.

    Raises:
        Undecided: if it is no equation between numbers, or one of these is not shown.
    """
    if not isinstance(fact, Eq) or isinstance(fact.lhs, MatrixExpr):
        raise Undecided("it states no equation between numbers")
    known = known_for(fact, facts)
    for sides in (fact.args, fact.args[::-1]):
        decide_order(Le(*sides, evaluate=False), known)


def cases(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """A claim proved both where a term is zero and where it is positive holds where the term is not negative.

    The certificate is the term; both claims are among the facts in use, and so are all their other hypotheses.

    Raises:
        Undecided: if one of the two claims is not in use, or the term is not known to be nonnegative, or is not one
            number.
    """
    term = S(certificate)
    if not isinstance(term, Expr) or free_indices(term):  # it may be zero at one index and positive at another
        raise Undecided(f"{term} is no term without a generic index")
    decide_order(
        Ge(term, S.Zero, evaluate=False), known_for(fact, [one for one in facts if not isinstance(one, Given)])
    )
    for case in (Eq(term, S.Zero, evaluate=False), Gt(term, S.Zero, evaluate=False)):
        if not any(_is_shown(fact, one, [*facts, case]) for one in facts):
            raise Undecided(f"no claim in use says the same where {case}")


def _is_shown(fact: Proposition, claim: Proposition, facts: Facts) -> bool:
    """Whether a claim proved before says it, under hypotheses that are all among the facts."""
    return isinstance(claim, Given) and claim.args[0] == fact and all(one in facts for one in claim.args[1:])


def integer_part(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """Floor and ceiling from their bounds, and ``k <= m`` from ``k < m + 1`` for integers.

    Raises:
        Undecided: if the fact has another form, or a bound is not shown.
    """
    known = known_for(fact, facts)
    if isinstance(fact, Eq) and isinstance(fact.lhs, floor):
        y, k = fact.lhs.args[0], _whole(fact.rhs)
        decide_order(Le(k, y, evaluate=False), known)
        decide_order(Lt(y, k + 1, evaluate=False), known)
    elif _bounds_ceiling(fact) or _bounds_floor(fact):
        decide_defined(known, *fact.args)
    elif isinstance(fact, Le) and isinstance(fact.lhs, ceiling):
        decide_order(Le(fact.lhs.args[0], _whole(fact.rhs), evaluate=False), known)
    elif isinstance(fact, Le):
        decide_order(Lt(_whole(fact.lhs), _whole(fact.rhs) + 1, evaluate=False), known)
    else:
        raise Undecided("it states nothing about an integer part")


def _bounds_ceiling(fact: Proposition) -> bool:
    """Whether it is ``y <= ceiling(y)`` or ``ceiling(y) - 1 < y``."""
    if isinstance(fact, Le) and isinstance(fact.rhs, ceiling):
        return bool(fact.lhs == fact.rhs.args[0])
    return isinstance(fact, Lt) and isinstance(fact.rhs, Expr) and bool(fact.lhs == ceiling(fact.rhs) - 1)


def _bounds_floor(fact: Proposition) -> bool:
    """Whether it is ``floor(y) <= y`` or ``y < floor(y) + 1``."""
    if isinstance(fact, Le) and isinstance(fact.lhs, floor):
        return bool(fact.rhs == fact.lhs.args[0])
    return isinstance(fact, Lt) and isinstance(fact.lhs, Expr) and bool(fact.rhs == floor(fact.lhs) + 1)


def _whole(term: Expr) -> Expr:
    if not is_whole(term):
        raise Undecided(f"{term} is not known to be an integer")
    return term


def contradiction(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """Equations that cannot all hold: a combination of them would make a term vanish that does not.

    The certificate gives one multiplier for each equation; the first inequation in use, ``X != 0``, names the term.

    Raises:
        Undecided: if the combination is not that term, or there is no such inequation.
    """
    if not isinstance(fact, NotAll) or not certificate or len(certificate) != len(fact.args):
        raise Undecided("it states no conjunction to refute, or not one multiplier for each equation is given")
    if not all(isinstance(equation, Eq) for equation in fact.args):
        raise Undecided("it refutes something that is no equation")
    known = known_for(fact, facts)
    term = next((one.lhs for one in known.usable if isinstance(one, Ne) and one.rhs == 0), None)
    if term is None:
        raise Undecided("no fact in use says that a term is not zero")
    # Unevaluated, so that a multiplier 1/(A - B) does not cancel the equation A = B that it multiplies.
    combination = [Mul(S(m), _difference(e), evaluate=False) for m, e in zip(certificate, fact.args, strict=True)]
    decide_equal(theories.ALL, known, Add(*combination, evaluate=False), term)


def _difference(equation: Relational) -> Expr:
    return Add(equation.lhs, Mul(S.NegativeOne, equation.rhs, evaluate=False), evaluate=False)


def witness(fact: Proposition, facts: Facts, certificate: Any) -> None:
    """There is a point at which the fact and all facts in use hold, by exact evaluation.

    A strict inequality may also be certified by rigorous enclosures of its sides that do not meet.

    Raises:
        Undecided: if they are not certified to hold at the point that the certificate gives.
    """
    point = Model(certificate or {})
    if not all(_holds_exactly(one, point) for one in (fact, *facts)):
        raise Undecided(f"it is not certified to hold at {point}")


def _holds_exactly(proposition: Proposition, point: Model) -> bool:
    strict = isinstance(proposition, (Lt, Gt, Ne))
    return holds_at([proposition], point, EXACT) or (strict and holds_at([proposition], point, BALL))
