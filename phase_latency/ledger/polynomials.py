"""Polynomials over Q in independent generators, some of which have a known square."""

from collections.abc import Mapping
from typing import Any

from sympy import QQ, Expr, Symbol
from sympy.polys.orderings import lex
from sympy.polys.rings import PolyRing


def sorted_generators(symbols: set[Symbol]) -> list[Symbol]:
    """Generators in an order that does not change from run to run.

    Args:
        symbols: the generators.

    Returns:
        They, by name and by the order in which those of one name were made.
    """
    return sorted(symbols, key=lambda symbol: (symbol.name, getattr(symbol, "dummy_index", 0)))


def reduced(polynomial: Expr, squares: Mapping[Symbol, Expr]) -> Expr:
    """Expand a polynomial and leave no square of a generator whose square is known.

    Args:
        polynomial: in whole powers of symbols.
        squares: what ``r**2`` is, for some symbols ``r``.

    Returns:
        The reduced polynomial.
    """
    symbols = set(polynomial.free_symbols)
    relevant: dict[Symbol, Expr] = {}
    while new := {r: square for r, square in squares.items() if r in symbols and r not in relevant}:
        relevant |= new
        symbols.update(*(square.free_symbols for square in new.values()))
    if not symbols:
        return polynomial
    ring = PolyRing(sorted_generators(symbols), QQ, lex)
    element = ring.from_expr(polynomial)
    known = {ring.symbols.index(r): ring.from_expr(square) for r, square in relevant.items()}
    while high := [position for position in known if element.degree(position) > 1]:
        element = _without_square(element, high[0], known[high[0]])
    result: Expr = element.as_expr()
    return result


def _without_square(element: Any, position: int, square: Any) -> Any:
    """The polynomial with ``square`` put in place of each square of one generator."""
    rests: dict[int, dict[tuple[int, ...], Any]] = {}  # how often the square occurs -> what it is multiplied by
    for powers, number in element.terms():
        rest = (*powers[:position], powers[position] % 2, *powers[position + 1 :])
        rests.setdefault(powers[position] // 2, {})[rest] = number
    ring = element.ring
    return sum((ring.from_dict(rest) * square**k for k, rest in rests.items()), ring.zero)
