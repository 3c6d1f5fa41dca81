"""Evaluation of statement terms at a point: exactly with SymPy numbers, and rigorously with ball arithmetic.

The two domains share nothing but the walk over the term: :class:`Exact` computes with SymPy's exact numbers,
:class:`Ball` encloses every value in an ``arb`` ball (python-flint) whose radius is certified. A relation is true,
false, or, when neither can be certified, unknown (``None``).
"""

from collections.abc import Iterator
from itertools import product
from typing import Any, Protocol

import flint
import sympy
from sympy import Abs, Add, Expr, Idx, Identity, Indexed, MatAdd, MatMul, MatrixExpr, MatrixSymbol, Mul, Pow, Sum, Symbol
from sympy import Transpose, ZeroMatrix, acos, ceiling, cos, exp, floor, log, pi, sin, tanh
from sympy.core.relational import Relational

from phase_latency.ledger.terms import Apply, Defined, Dot, Iff, NotAll, Proposition

Rows = list[list[Any]]  # a matrix as rows of values


class Point(Protocol):
    """Values for the symbols of a term; every value is an exact SymPy number."""

    def scalar(self, symbol: Symbol) -> Expr:
        """Value of a symbol."""

    def entry(self, name: str, position: int) -> Expr:
        """Entry of a sequence."""

    def rows(self, symbol: MatrixSymbol, shape: tuple[int, int]) -> list[list[Expr]]:
        """Rows of a matrix or column vector."""


class Unevaluable(Exception):
    """The term has no value at the point (division by zero, a symbol without value, an unknown head)."""


class Domain(Protocol):
    """Arithmetic in which terms are evaluated; values support ``+ - * /`` and integer powers."""

    def number(self, value: Expr) -> Any:
        """A SymPy constant as a value of the domain."""

    def apply(self, head: type, value: Any) -> Any:
        """An elementary function of a value."""

    def power(self, base: Any, exponent: Expr) -> Any:
        """``base`` to a rational exponent."""

    def sign(self, value: Any) -> int | None:
        """-1, 0 or 1 where certain, else None."""


class Exact:
    """SymPy's exact numbers; signs are certain for rationals only."""

    def number(self, value: Expr) -> Expr:
        """The constant itself."""
        return value

    def apply(self, head: type, value: Expr) -> Expr:
        """The function, with angle sums expanded so that rational sines and cosines come out as rationals."""
        if head is tanh:
            return (exp(2 * value) - 1) / (exp(2 * value) + 1)
        result = head(value)
        return sympy.expand_trig(result) if head in (sin, cos) else result

    def power(self, base: Expr, exponent: Expr) -> Expr:
        """The power; a vanishing base has no negative one."""
        if exponent.is_negative and self.sign(base) in (0, None):
            raise Unevaluable(f"division by {base}")
        return base**exponent

    def sign(self, value: Expr) -> int | None:
        """Sign of a rational number; other constants are left to the balls."""
        value = value if value.is_Rational else sympy.expand(value)
        return int(sympy.sign(value)) if value.is_Rational else None


class Closed(Exact):
    """As :class:`Exact`, with the sign of other constants, such as ``cos(3) - cos(1)``, as SymPy decides it.

    Used to refute controls only, never to prove: SymPy evaluates the constant to as many digits as the sign needs.
    """

    def sign(self, value: Expr) -> int | None:
        """Sign of a closed-form constant where SymPy decides it."""
        exact = super().sign(value)
        if exact is not None:
            return exact
        return 1 if value.is_positive else -1 if value.is_negative else None


class Ball:
    """Certified enclosures by python-flint's ``arb``."""

    precision = 160  # bits; differences of the terms in use are resolved far above 2**-100

    _functions = {
        sin: flint.arb.sin,
        cos: flint.arb.cos,
        exp: flint.arb.exp,
        log: flint.arb.log,
        tanh: flint.arb.tanh,
        acos: flint.arb.acos,
        floor: flint.arb.floor,
        ceiling: flint.arb.ceil,
        Abs: abs,
    }

    def number(self, value: Expr) -> flint.arb:
        """An enclosure of a SymPy constant."""
        if value.is_Rational:
            return flint.arb(flint.fmpq(int(value.p), int(value.q)))
        if value is pi:
            return flint.arb.pi()
        return evaluate(value, _NoPoint(), self)

    def apply(self, head: type, value: flint.arb) -> flint.arb:
        """An enclosure of the function over the ball."""
        return self._functions[head](value)

    def power(self, base: flint.arb, exponent: Expr) -> flint.arb:
        """An enclosure of the power; a base that may vanish has no negative one."""
        if exponent.is_negative and base.contains(0):
            raise Unevaluable(f"division by {base}")
        if exponent.is_Integer:
            return base ** int(exponent)
        return base.root(int(exponent.q)) ** int(exponent.p)

    def sign(self, value: flint.arb) -> int | None:
        """The sign where the ball certifies it."""
        if not value.is_finite():
            raise Unevaluable(f"no finite enclosure: {value}")
        if value > 0:
            return 1
        if value < 0:
            return -1
        return 0 if value.is_zero() else None


EXACT = Exact()
CLOSED = Closed()
BALL = Ball()


class _NoPoint:
    """A point without symbols, for constants."""

    def scalar(self, symbol: Symbol) -> Expr:
        raise Unevaluable(f"{symbol} has no value")

    def entry(self, name: str, position: int) -> Expr:
        raise Unevaluable(f"{name}[{position}] has no value")

    def rows(self, symbol: MatrixSymbol, shape: tuple[int, int]) -> list[list[Expr]]:
        raise Unevaluable(f"{symbol} has no value")


# -- terms ----------------------------------------------------------------------------------------------------


def evaluate(term: Expr, point: Point, domain: Domain, bound: dict[Symbol, Any] | None = None) -> Any:
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
    if isinstance(term, (Symbol, Idx)):
        if term in bound:
            value = bound[term]
            return domain.number(sympy.Integer(value)) if isinstance(value, int) else value
        return domain.number(point.scalar(term))
    if term.is_Rational or term is pi:
        return domain.number(term)
    if isinstance(term, Indexed):
        return domain.number(point.entry(str(term.base), whole(term.indices[0], point, bound)))
    if isinstance(term, Dot):
        left, right = (rows(side, point, domain, bound) for side in term.args)
        return _inner([row[0] for row in left], [row[0] for row in right], domain)
    if isinstance(term, Sum):
        return _sum(term, point, domain, bound)
    if isinstance(term, Defined):
        names = [sympy.Dummy() for _ in term.args]
        values = [evaluate(argument, point, domain, bound) for argument in term.args]
        return evaluate(type(term).body(*names), point, domain, {**bound, **dict(zip(names, values, strict=True))})
    if isinstance(term, (Add, Mul)):
        values = [evaluate(argument, point, domain, bound) for argument in term.args]
        return _fold(values, isinstance(term, Add))
    if isinstance(term, Pow):
        if not term.exp.is_Rational:
            raise Unevaluable(f"exponent {term.exp} is not a rational number")
        return domain.power(evaluate(term.base, point, domain, bound), term.exp)
    if term.func in Ball._functions:
        return domain.apply(term.func, evaluate(term.args[0], point, domain, bound))
    raise Unevaluable(f"no value known for {term.func.__name__}")


def whole(term: Expr, point: Point, bound: dict[Symbol, Any] | None = None) -> int:
    """Value of an index or size, as an int.

    Raises:
        Unevaluable: if the value is no integer.
    """
    value = evaluate(term, point, EXACT, {k: v for k, v in (bound or {}).items() if isinstance(v, int)})
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


def _sum(term: Sum, point: Point, domain: Domain, bound: dict[Symbol, Any]) -> Any:
    ((index, lower, upper),) = term.limits
    values = [domain.number(sympy.S.Zero)]
    for k in range(whole(lower, point, bound), whole(upper, point, bound) + 1):
        values.append(evaluate(term.function, point, domain, {**bound, index: k}))
    return _fold(values, additive=True)


def rows(term: MatrixExpr, point: Point, domain: Domain, bound: dict[Symbol, Any] | None = None) -> Rows:
    """Rows of a matrix or column-vector term at a point.

    Raises:
        Unevaluable: if the term has no value there.
    """
    bound = bound or {}
    shape = (whole(term.shape[0], point, bound), whole(term.shape[1], point, bound))
    if min(shape) < 1:
        raise Unevaluable(f"{term} would have the shape {shape}")
    if isinstance(term, MatrixSymbol):
        return [[domain.number(value) for value in row] for row in point.rows(term, shape)]
    if isinstance(term, (ZeroMatrix, Identity)):
        unit = int(isinstance(term, Identity))
        return [
            [domain.number(sympy.Integer(unit if i == j else 0)) for j in range(shape[1])] for i in range(shape[0])
        ]
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


# -- propositions ---------------------------------------------------------------------------------------------


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
    verdicts = [_truth(proposition, point, domain, bound) for bound in _index_values(proposition, point)]
    if False in verdicts:
        return False
    return None if None in verdicts else True


def free_indices(proposition: Proposition) -> set[Idx]:
    """The generic indices that no sum binds."""
    found: set[Idx] = set()

    def walk(term: Any, bound: frozenset[Idx]) -> None:
        if isinstance(term, Idx):
            found.update({term} - bound)
            return
        inner = bound | {term.limits[0][0]} if isinstance(term, Sum) else bound
        for argument in [term.function, *term.limits[0][1:]] if isinstance(term, Sum) else term.args:
            walk(argument, inner)

    walk(proposition, frozenset())
    return found


def _index_values(proposition: Proposition, point: Point) -> Iterator[dict[Symbol, Any]]:
    indices = sorted(free_indices(proposition), key=str)
    ranges = [range(whole(i.lower, point), whole(i.upper, point) + 1) for i in indices]
    for values in product(*ranges):
        yield dict(zip(indices, values, strict=True))


def _truth(proposition: Proposition, point: Point, domain: Domain, bound: dict[Symbol, Any]) -> bool | None:
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


def _compare(relation: Relational, point: Point, domain: Domain, bound: dict[Symbol, Any]) -> bool | None:
    if isinstance(relation.lhs, MatrixExpr):
        pairs = zip(*(rows(side, point, domain, bound) for side in relation.args), strict=True)
        signs = [domain.sign(x - y) for left, right in pairs for x, y in zip(left, right, strict=True)]
        equal = False if any(signs) else (None if None in signs else True)
        return equal if isinstance(relation, sympy.Eq) or equal is None else not equal
    sign = domain.sign(evaluate(relation.lhs, point, domain, bound) - evaluate(relation.rhs, point, domain, bound))
    if sign is None:
        return None
    return bool(relation.func(sign, 0))
