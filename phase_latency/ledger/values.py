"""Values of terms at a point, in exact arithmetic or in certified balls.

The two domains (:mod:`phase_latency.ledger.domains`) share nothing but the walk over the term here.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import sympy
from sympy import (
    Add,
    Expr,
    Identity,
    Idx,
    Indexed,
    MatAdd,
    MatMul,
    MatrixExpr,
    MatrixSymbol,
    Mul,
    Pow,
    Rational,
    Sum,
    Symbol,
    Transpose,
    ZeroMatrix,
    pi,
)

from phase_latency.ledger.domains import EXACT, Domain, Unevaluable
from phase_latency.ledger.language import FUNCTIONS, INDICATORS
from phase_latency.ledger.terms import Apply, Before, Defined, Dot

Rows = list[list[Any]]  # a matrix as rows of values
Bound = Mapping[Expr, Any]  # integers for indices, values of the domain for the parameters of a definition


class Point(Protocol):
    """Values for the symbols of a term; every value is an exact real number of SymPy."""

    def scalar(self, symbol: Symbol) -> Expr:
        """Value of a symbol."""

    def entry(self, name: str, position: int) -> Expr:
        """Entry of a sequence."""

    def rows(self, symbol: MatrixSymbol, shape: tuple[int, int]) -> list[list[Expr]]:
        """Rows of a matrix or column vector."""


class _Nowhere:
    """A point without symbols, for constants."""

    def scalar(self, symbol: Symbol) -> Expr:
        raise Unevaluable(f"{symbol} has no value")

    def entry(self, name: str, position: int) -> Expr:
        raise Unevaluable(f"{name}[{position}] has no value")

    def rows(self, symbol: MatrixSymbol, shape: tuple[int, int]) -> list[list[Expr]]:
        raise Unevaluable(f"{symbol} has no value")


def evaluate(term: Expr, point: Point, domain: Domain, bound: Bound | None = None) -> Any:
    """Value of a scalar term at a point.

    Args:
        term: scalar term.
        point: values of its symbols.
        domain: arithmetic to use, :data:`EXACT` or :data:`BALL`.
        bound: values of bound indices (integers) and of the parameters of a definition (domain values).

    Returns:
        A value of the domain.

    Raises:
        Unevaluable: if the term has no value there.
    """
    bound = bound or {}
    if isinstance(term, Rational) or term is pi:
        return domain.number(term)
    if term in bound:
        return domain.number(sympy.Integer(bound[term])) if isinstance(term, Idx) else bound[term]
    if isinstance(term, Symbol):
        return _constant(point.scalar(term), domain)
    if isinstance(term, Indexed) and len(term.indices) == 1:
        return _constant(point.entry(term.base.name, whole(term.indices[0], point, bound)), domain)
    if isinstance(term, Dot):
        left, right = (rows(side, point, domain, bound) for side in term.args)
        return _inner([row[0] for row in left], [row[0] for row in right], domain)
    if isinstance(term, Sum):
        return _sum(term, point, domain, bound)
    if isinstance(term, Defined):
        return _unfolded(term, point, domain, bound)
    if isinstance(term, (Add, Mul)) and not isinstance(term, MatrixExpr):
        values = [evaluate(argument, point, domain, bound) for argument in term.args]
        return _fold(values, isinstance(term, Add))
    if isinstance(term, Pow) and isinstance(term.exp, Rational):
        return domain.power(evaluate(term.base, point, domain, bound), term.exp)
    if term.func in FUNCTIONS:
        return domain.apply(term.func, evaluate(term.args[0], point, domain, bound))
    if term.func in INDICATORS:
        return _indicator(term, point, domain, bound)
    raise Unevaluable(f"no value known for {term}")


def _indicator(term: Expr, point: Point, domain: Domain, bound: Bound) -> Any:
    left, right = (evaluate(argument, point, domain, bound) for argument in term.args)
    sign = domain.sign(left - right)
    if sign is None:
        raise Unevaluable(f"it is not certain whether {term} is 0 or 1")
    return domain.number(sympy.Integer(sign == (-1 if isinstance(term, Before) else 0)))


def _constant(value: Expr, domain: Domain) -> Any:
    return domain.number(value) if isinstance(value, Rational) else evaluate(value, _Nowhere(), domain)


def _unfolded(term: Defined, point: Point, domain: Domain, bound: Bound) -> Any:
    names = [sympy.Dummy(real=True) for _ in term.args]
    values = [evaluate(argument, point, domain, bound) for argument in term.args]
    return evaluate(type(term).body(*names), point, domain, {**bound, **dict(zip(names, values, strict=True))})


def whole(term: Expr, point: Point, bound: Bound | None = None) -> int:
    """Value of an index or size, as an int.

    Args:
        term: scalar term.
        point: values of its symbols.
        bound: values of bound indices.

    Returns:
        The value.

    Raises:
        Unevaluable: if the value is no integer.
    """
    value = evaluate(term, point, EXACT, {i: k for i, k in (bound or {}).items() if isinstance(i, Idx)})
    if not value.is_Integer:
        raise Unevaluable(f"{term} = {value} is no integer")
    return int(value)


def _fold(values: list[Any], additive: bool) -> Any:
    result = values[0]
    for value in values[1:]:
        result = result + value if additive else result * value
    return result


def _inner(left: list[Any], right: list[Any], domain: Domain) -> Any:
    return _fold([domain.number(sympy.S.Zero), *(x * y for x, y in zip(left, right, strict=True))], additive=True)


def _sum(term: Sum, point: Point, domain: Domain, bound: Bound) -> Any:
    i, lower, upper = term.limits[0]
    if len(term.limits) != 1 or not isinstance(i, Idx):
        raise Unevaluable(f"{term} is no sum over one index")
    values = [domain.number(sympy.S.Zero)]
    for k in range(whole(lower, point, bound), whole(upper, point, bound) + 1):
        values.append(evaluate(term.function, point, domain, {**bound, i: k}))
    return _fold(values, additive=True)


def rows(term: MatrixExpr, point: Point, domain: Domain, bound: Bound | None = None) -> Rows:
    """Rows of a matrix or column-vector term at a point.

    Args:
        term: vector or matrix term.
        point: values of its symbols.
        domain: arithmetic to use.
        bound: values of bound indices and parameters.

    Returns:
        The values, row by row.

    Raises:
        Unevaluable: if the term has no value there.
    """
    bound = bound or {}
    shape = (whole(term.shape[0], point, bound), whole(term.shape[1], point, bound))
    if min(shape) < 1:
        raise Unevaluable(f"{term} would have the shape {shape}")
    if isinstance(term, MatrixSymbol):
        return [[_constant(value, domain) for value in row] for row in point.rows(term, shape)]
    if isinstance(term, (ZeroMatrix, Identity)):
        unit = int(isinstance(term, Identity))
        return [[domain.number(sympy.Integer(unit if i == j else 0)) for j in range(shape[1])] for i in range(shape[0])]
    if isinstance(term, Transpose):
        return [list(column) for column in zip(*rows(term.arg, point, domain, bound), strict=True)]
    if isinstance(term, MatAdd):
        parts = [rows(part, point, domain, bound) for part in term.args]
        return [[_fold([part[i][j] for part in parts], True) for j in range(shape[1])] for i in range(shape[0])]
    if isinstance(term, (MatMul, Apply)):
        scalars = [evaluate(part, point, domain, bound) for part in term.args if not isinstance(part, MatrixExpr)]
        factors = [rows(part, point, domain, bound) for part in term.args if isinstance(part, MatrixExpr)]
        return _product(scalars, factors, domain)
    raise Unevaluable(f"no value known for the matrix {type(term).__name__}")


def _product(scalars: list[Any], factors: list[Rows], domain: Domain) -> Rows:
    result = factors[0]
    for factor in factors[1:]:
        columns = list(zip(*factor, strict=True))
        result = [[_inner(row, list(column), domain) for column in columns] for row in result]
    for scalar in scalars:
        result = [[scalar * value for value in row] for row in result]
    return result
