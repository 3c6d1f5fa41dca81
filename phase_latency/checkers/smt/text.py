"""Quotients of terms of SMT-LIB, as text.

Numerators and denominators are kept apart, so that the solvers are asked about polynomials: cvc5 decides few questions
with a fraction line in them. Nothing else is rearranged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from sympy import Rational


class OutsideLanguageError(Exception):
    """A statement cannot be said in real arithmetic; the text says why."""


@dataclass(frozen=True)
class Quotient:
    """A real number.

    Attributes:
        above: numerator, a term of SMT-LIB.
        below: factors of the denominator, none of which vanishes.
    """

    above: str
    below: tuple[str, ...] = ()

    @property
    def negative(self) -> "Quotient":
        """The number with the other sign."""
        return Quotient(multiplied(["(- 1.0)", self.above]), self.below)


def number(value: Rational) -> Quotient:
    """A rational number.

    Args:
        value: the number.

    Returns:
        its text.
    """
    return Quotient(constant(value))


def constant(value: Rational) -> str:
    """A rational number as a term of SMT-LIB.

    Args:
        value: the number.

    Returns:
        the term.
    """
    if value < 0:
        return f"(- {constant(-value)})"
    return f"{value.p}.0" if value.q == 1 else f"(/ {value.p}.0 {value.q}.0)"


def total(parts: Sequence[Quotient]) -> Quotient:
    """A sum.

    Args:
        parts: any number of terms.

    Returns:
        the sum; of none, zero.
    """
    kept = [part for part in parts if part.above != "0.0"]
    none: tuple[str, ...] = ()
    below = reduce(_common, (part.below for part in kept), none)
    return Quotient(added([multiplied([part.above, *_missing(part.below, below)]) for part in kept]), below)


def product(parts: Sequence[Quotient]) -> Quotient:
    """A product.

    Args:
        parts: any number of terms.

    Returns:
        the product; of none, one.
    """
    return Quotient(multiplied([part.above for part in parts]), tuple(each for part in parts for each in part.below))


def relation(sign: str, left: Quotient, right: Quotient) -> str:
    """A comparison, multiplied out; an inequality by the square of what is below, which is positive.

    Args:
        sign: of SMT-LIB.
        left: a term.
        right: a term.

    Returns:
        a formula.
    """
    below = _common(left.below, right.below)
    squares = () if sign == "=" else below
    sides = [multiplied([side.above, *_missing(side.below, below), *squares]) for side in (left, right)]
    return f"({sign} {sides[0]} {sides[1]})"


def added(parts: Sequence[str]) -> str:
    """A sum of terms of SMT-LIB, without zeros."""
    kept = [part for part in parts if part != "0.0"]
    return f"(+ {' '.join(kept)})" if len(kept) > 1 else (kept or ["0.0"])[0]


def multiplied(parts: Sequence[str]) -> str:
    """A product of terms of SMT-LIB, without ones."""
    if "0.0" in parts:
        return "0.0"
    kept = [part for part in parts if part != "1.0"]
    return f"(* {' '.join(kept)})" if len(kept) > 1 else (kept or ["1.0"])[0]


def _common(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """What both denominators divide."""
    return (*first, *_missing(first, second))


def _missing(present: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Factors that are wanted and not present, each as often as it lacks."""
    left = list(wanted)
    for factor in present:
        if factor in left:
            left.remove(factor)
    return tuple(left)
