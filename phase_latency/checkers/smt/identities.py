"""An equation on circles as an identity of polynomials, which solvers decide by multiplying out.

If left - right = q_1 (c_1^2 + s_1^2 - 1) + q_2 (c_2^2 + s_2^2 - 1) + ... for all real numbers, then left = right where
each pair (c_k, s_k) lies on the unit circle. The factors q_k are found here, by division; the identity is for the
solvers.
"""

import re
from collections.abc import Sequence
from typing import Any

from sympy import Add, Expr, Mul, Poly, Rational, Symbol, expand, reduced

from phase_latency.checkers.smt.text import Quotient, added, constant, multiplied

Circle = tuple[str, str]  # variables on a unit circle

_TOKEN = re.compile(r"[()]|\|[^|]*\||[^\s()|]+")


def on_circles(left: Quotient, right: Quotient, circles: Sequence[Circle]) -> str | None:
    """The identity that implies an equation.

    Args:
        left: a side of the equation; its denominator is that of the other.
        right: the other side.
        circles: variables of which the sum of squares is 1.

    Returns:
        a formula of SMT-LIB; None if there is no such identity, or the denominators differ.
    """
    if left.below != right.below or not circles:
        return None
    squares = [Add(*(Symbol(name) ** 2 for name in circle)) - 1 for circle in circles]
    symbols = [Symbol(name) for circle in reversed(circles) for name in reversed(circle)]
    difference = _expression(left.above) - _expression(right.above)
    others = sorted(difference.free_symbols - set(symbols), key=str)
    if expand(difference) == 0:
        return f"(= {left.above} {right.above})"
    factors, rest = reduced(difference, squares, *symbols, *others)
    if rest != 0:
        return None
    terms = [
        multiplied([_polynomial(factor), f"(+ (* {c} {c}) (* {s} {s}) (- 1.0))"])
        for factor, (c, s) in zip(factors, circles, strict=True)
    ]
    return f"(= (- {left.above} {right.above}) {added(terms)})"


def _expression(text: str) -> Expr:
    """A term of SMT-LIB made of sums, products and constants, as SymPy has it."""
    open_terms: list[list[Any]] = [[]]
    for token in _TOKEN.findall(text):
        if token == "(":
            open_terms.append([])
        elif token == ")":
            operator, *arguments = open_terms.pop()
            open_terms[-1].append(_applied(operator, arguments))
        else:
            open_terms[-1].append(_atom(token))
    return open_terms[0][0]


def _atom(token: str) -> Any:
    if token in ("+", "-", "*", "/"):
        return token
    return Rational(token.removesuffix(".0")) if token[0].isdigit() else Symbol(token)


def _applied(operator: str, arguments: Sequence[Expr]) -> Expr:
    first, *others = arguments
    if operator == "-":
        return first - Add(*others) if others else -first
    return first / Mul(*others) if operator == "/" else {"+": Add, "*": Mul}[operator](*arguments)


def _polynomial(factor: Expr) -> str:
    """A polynomial as a term of SMT-LIB."""
    if factor.is_Rational:
        return constant(factor)
    poly = Poly(factor)
    return added([multiplied([constant(c), *_powers(poly.gens, powers)]) for powers, c in poly.terms()])


def _powers(symbols: Sequence[Symbol], powers: Sequence[int]) -> list[str]:
    return [symbol.name for symbol, power in zip(symbols, powers, strict=True) for _ in range(power)]
