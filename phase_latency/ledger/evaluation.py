"""Truth of propositions at a point: true, false or, when neither can be certified, unknown (``None``)."""

from collections.abc import Iterator
from itertools import product

from sympy import Eq, Ge, Gt, Le, Lt, MatrixExpr, Ne
from sympy.core.relational import Relational

from phase_latency.ledger.domains import BALL as BALL
from phase_latency.ledger.domains import CLOSED as CLOSED
from phase_latency.ledger.domains import EXACT as EXACT
from phase_latency.ledger.domains import Domain as Domain
from phase_latency.ledger.domains import Unevaluable as Unevaluable
from phase_latency.ledger.language import free_indices as free_indices
from phase_latency.ledger.terms import Iff, NotAll, Proposition
from phase_latency.ledger.values import Bound, Point, evaluate, rows, whole


def truth(proposition: Proposition, point: Point, domain: Domain) -> bool | None:
    """Whether a proposition holds at a point; a free index is read as "for every index of its range".

    Args:
        proposition: relation, :class:`Iff` or :class:`NotAll`.
        point: values of its symbols.
        domain: arithmetic to use.

    Returns:
        True or False where certified, else None.

    Raises:
        Unevaluable: if a term has no value at the point.
    """
    with domain.working():
        verdicts = [_truth(proposition, point, domain, bound) for bound in index_values(proposition, point)]
    if False in verdicts:
        return False
    return None if None in verdicts else True


def index_values(proposition: Proposition, point: Point) -> Iterator[Bound]:
    """What the free indices of a proposition stand for at a point.

    Args:
        proposition: with free indices or without any.
        point: values of the ends of their ranges.

    Yields:
        values of all free indices; nothing if a range is empty.

    Raises:
        Unevaluable: if an end of a range has no value.
    """
    indices = sorted(free_indices(proposition), key=str)
    ranges = [range(whole(i.lower, point), whole(i.upper, point) + 1) for i in indices]
    for values in product(*ranges):
        yield dict(zip(indices, values, strict=True))


def _truth(proposition: Proposition, point: Point, domain: Domain, bound: Bound) -> bool | None:
    if isinstance(proposition, Iff):
        left, right = (_truth(side, point, domain, bound) for side in proposition.args)
        return None if left is None or right is None else left == right
    if isinstance(proposition, NotAll):
        verdicts = [_truth(side, point, domain, bound) for side in proposition.args]
        if False in verdicts:
            return True
        return None if None in verdicts else False
    if isinstance(proposition, Relational):
        return _compare(proposition, point, domain, bound)
    raise Unevaluable(f"no truth value known for {type(proposition).__name__}")


_SIGNS = {Eq: {0}, Ne: {-1, 1}, Lt: {-1}, Le: {-1, 0}, Gt: {1}, Ge: {0, 1}}  # of the left side less the right


def _compare(relation: Relational, point: Point, domain: Domain, bound: Bound) -> bool | None:
    if any(isinstance(side, MatrixExpr) for side in relation.args):
        if not isinstance(relation, (Eq, Ne)) or not all(isinstance(side, MatrixExpr) for side in relation.args):
            raise Unevaluable(f"{relation} compares what cannot be compared")
        pairs = zip(*(rows(side, point, domain, bound) for side in relation.args), strict=True)
        signs = [domain.sign(x - y) for left, right in pairs for x, y in zip(left, right, strict=True)]
        equal = False if any(signs) else (None if None in signs else True)
        return equal if isinstance(relation, Eq) or equal is None else not equal
    sign = domain.sign(evaluate(relation.lhs, point, domain, bound) - evaluate(relation.rhs, point, domain, bound))
    if sign is None:
        return None
    return sign in _SIGNS[relation.func]
