"""What statements may be made of, and what a rule refuses to read.

A rule and an evaluation must mean the same by a term. So there is a closed list of heads, every variable is a real
number, an integer or a vector or matrix of reals, and every sum runs over the whole range of its own index. Anything
else cannot be decided: floats and complex constants, other binders such as integrals, symbols with assumptions that no
hypothesis states, and sums whose index means something else outside.
"""

from collections.abc import Mapping
from typing import Any

from sympy import (
    Abs,
    Add,
    Dummy,
    Eq,
    Expr,
    Identity,
    Idx,
    Indexed,
    IndexedBase,
    MatAdd,
    MatMul,
    MatrixExpr,
    MatrixSymbol,
    Mul,
    Ne,
    Pow,
    Rational,
    S,
    Sum,
    Symbol,
    Transpose,
    ZeroMatrix,
    acos,
    ceiling,
    cos,
    exp,
    floor,
    log,
    pi,
    sin,
    tanh,
)
from sympy.core.relational import Relational

from phase_latency.ledger.terms import Apply, Before, Defined, Dot, Given, Iff, NotAll, Proposition, Same

FUNCTIONS = frozenset({sin, cos, exp, log, tanh, acos, floor, ceiling, Abs})
INDICATORS = frozenset({Before, Same})

_VARIABLES = tuple(Symbol("x", **{kind: True}).assumptions0 for kind in ("real", "integer"))
_ENTRIES = IndexedBase("x", real=True).assumptions0


class Undecided(Exception):
    """The rule cannot decide; the text says why."""


# -- indices --------------------------------------------------------------------------------------------------


def free_indices(term: Any) -> frozenset[Idx]:
    """The generic indices that no sum binds.

    Args:
        term: term or proposition.

    Returns:
        The indices.
    """
    found: set[Idx] = set()
    _collect(term, frozenset(), found)
    return frozenset(found)


def _collect(term: Any, bound: frozenset[Idx], found: set[Idx]) -> None:
    if isinstance(term, Idx):
        if term not in bound:
            found.add(term)
    elif isinstance(term, Sum):
        _collect(term.function, bound.union(limit[0] for limit in term.limits), found)
        for limit in term.limits:
            for end in limit[1:]:
                _collect(end, bound, found)
    else:
        for argument in term.args:
            _collect(argument, bound, found)


def all_indices(term: Any) -> frozenset[Idx]:
    """The generic indices that occur in a term or proposition, bound by a sum or not."""
    return frozenset(term.atoms(Idx))


def sizes(*propositions: Proposition) -> list[str]:
    """Names of the symbols that are sizes: of vectors, matrices and ranges of indices.

    Args:
        propositions: any number of them.

    Returns:
        names, in order.
    """
    matrices = {one for part in propositions for one in part.atoms(MatrixSymbol, ZeroMatrix, Identity)}
    ends = {end for part in propositions for i in all_indices(part) for end in (i.lower, i.upper)}
    shapes = {size for one in matrices for size in one.shape}
    return sorted({symbol.name for size in shapes | ends for symbol in size.atoms(Symbol)})


def is_whole(term: Expr) -> bool:
    """Whether sums and products of integers, floors and ceilings make the term an integer."""
    if isinstance(term, (Add, Mul)):
        return all(map(is_whole, term.args))
    return isinstance(term, (floor, ceiling)) or bool(term.is_integer)


# -- propositions and terms -----------------------------------------------------------------------------------


def check(*propositions: Proposition) -> None:
    """Refuse propositions that are not of the language of statements.

    Args:
        *propositions: relations, :class:`Iff`, :class:`NotAll` and :class:`Given` of relations.

    Raises:
        Undecided: if one has a part that is not.
    """
    for proposition in propositions:
        parts_are_relations = all(isinstance(part, Relational) for part in proposition.args)
        if isinstance(proposition, Relational):
            _check_relation(proposition)
        elif isinstance(proposition, Given) or (isinstance(proposition, (Iff, NotAll)) and parts_are_relations):
            check(*proposition.args)
        else:
            raise Undecided(f"{proposition} is no proposition of the language of statements")


def check_certificate(certificate: Any) -> None:
    """Refuse a certificate with a scalar that is not of the language; points and substitutions check themselves.

    Args:
        certificate: None, a scalar, or a sequence of certificates.

    Raises:
        Undecided: if one of the scalars is not.
    """
    if isinstance(certificate, (list, tuple)):
        for part in certificate:
            check_certificate(part)
    elif certificate is not None and not isinstance(certificate, Mapping):
        check_scalar(S(certificate))


def _check_relation(relation: Relational) -> None:
    left, right = relation.args
    if not isinstance(left, MatrixExpr):
        check_scalar(left)
        check_scalar(right)
    elif isinstance(relation, (Eq, Ne)) and isinstance(right, MatrixExpr) and left.shape == right.shape:
        check_matrix(left)
        check_matrix(right)
    else:
        raise Undecided(f"{relation} compares what cannot be compared")


def check_scalar(term: Expr) -> None:
    """Refuse a scalar that is not of the language of statements.

    Args:
        term: the scalar.

    Raises:
        Undecided: if it is not; the text names the part at fault.
    """
    if isinstance(term, (Symbol, Idx)):
        _check_variable(term)
    elif isinstance(term, Indexed):
        _check_entry(term)
    elif isinstance(term, Sum):
        _check_sum(term)
    elif isinstance(term, Pow) and isinstance(term.exp, Rational):
        check_scalar(term.base)
    elif isinstance(term, Dot):
        for side in term.args:
            check_matrix(side)
    elif isinstance(term, Defined):
        _check_each(term)
        check_scalar(type(term).body(*(Dummy(real=True) for _ in term.args)))
    elif not isinstance(term, MatrixExpr) and (isinstance(term, (Add, Mul)) or term.func in FUNCTIONS | INDICATORS):
        _check_each(term)
    elif not isinstance(term, Rational) and term is not pi:
        raise Undecided(f"{term} is no scalar of the language of statements")


def _check_each(term: Expr) -> None:
    for argument in term.args:
        check_scalar(argument)


def _check_variable(term: Symbol | Idx) -> None:
    if isinstance(term, Idx):
        if term.lower is None or free_indices(term.lower) or free_indices(term.upper):
            raise Undecided(f"the index {term} has no range, or one that depends on an index")
        for bound in (term.lower, term.upper):
            _check_whole(bound)
    elif term.assumptions0 not in _VARIABLES:
        raise Undecided(f"the symbol {term} is assumed to be more, or less, than a real number or an integer")


def _check_whole(term: Expr) -> None:
    check_scalar(term)
    if not is_whole(term):
        raise Undecided(f"{term} is not known to be an integer")


def _check_entry(term: Indexed) -> None:
    if len(term.indices) != 1 or term.base.assumptions0 != _ENTRIES:
        raise Undecided(f"{term} is no entry of a sequence of reals")
    _check_whole(term.indices[0])


def _check_sum(term: Sum) -> None:
    """One index, and the limits are its range: so what holds for a generic index holds for each term."""
    i, *limits = term.limits[0]
    if len(term.limits) != 1 or not isinstance(i, Idx) or limits != [i.lower, i.upper]:
        raise Undecided(f"{term} is no sum over the whole range of one index")
    _check_variable(i)
    check_scalar(term.function)


def check_matrix(term: MatrixExpr) -> None:
    """Refuse a vector or matrix that is not of the language of statements.

    Args:
        term: the vector or matrix.

    Raises:
        Undecided: if it is not; the text names the part at fault.
    """
    if isinstance(term, (MatrixSymbol, ZeroMatrix, Identity)):
        for size in term.shape:
            _check_whole(size)
        if any(free_indices(size) for size in term.shape):
            raise Undecided(f"the size of {term} depends on an index")
    elif isinstance(term, (Transpose, MatAdd, MatMul, Apply)):
        for part in term.args:
            (check_matrix if isinstance(part, MatrixExpr) else check_scalar)(part)
    else:
        raise Undecided(f"{term} is no vector or matrix of the language of statements")
