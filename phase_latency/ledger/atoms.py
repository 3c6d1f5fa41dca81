"""Atoms: the generators of the polynomials that terms become, with what is known of them."""

from math import lcm
from typing import Any

import sympy
from sympy import Add, Dummy, Expr, Idx, IndexedBase, Rational, Symbol, exp

from phase_latency.ledger.polynomials import reduced


class Atoms:
    """The atoms met in one translation.

    Attributes:
        squares: for some atoms ``r``, such as sines and roots, the polynomial that ``r**2`` is.
        exponents: for an exponential ``E`` the common denominator of its powers.
        positive: those that are greater than zero whatever they depend on.
    """

    def __init__(self) -> None:
        self.squares: dict[Symbol, Expr] = {}
        self.exponents: dict[Symbol, int] = {}
        self.positive: set[Symbol] = set()
        self._by_key: dict[tuple[Any, ...], Symbol] = {}
        self._indices: dict[Symbol, frozenset[Idx]] = {}

    def of(
        self, key: tuple[Any, ...], indices: frozenset[Idx] = frozenset(), bound: frozenset[Idx] = frozenset()
    ) -> Symbol:
        """The generator that stands for ``key``; it depends on the indices that its parts depend on."""
        if key not in self._by_key:
            always_positive = key[0] is exp or key == (sympy.pi,)
            atom = Dummy(f"a{len(self._by_key)}", positive=True if key[0] is exp else None)
            self._by_key[key] = atom
            symbols = {symbol for part in key if isinstance(part, Expr) for symbol in part.free_symbols}
            inner = indices.union(*(self._indices.get(symbol, frozenset()) for symbol in symbols))
            self._indices[atom] = inner - bound
            if always_positive:
                self.positive.add(atom)
        return self._by_key[key]

    def key(self, atom: Expr) -> tuple[Any, ...] | None:
        """What a generator stands for, by its key; None for anything else."""
        return next((key for key, known in self._by_key.items() if known == atom), None)

    def depends(self, atom: Symbol, i: Idx) -> bool:
        """Whether a generator depends on the index."""
        return i in self._indices.get(atom, frozenset())

    def reduce(self, polynomial: Expr) -> Expr:
        """Expanded polynomial in which no square of a generator with a known square is left."""
        roots = {atom: atom ** Rational(1, n) for atom, n in self.exponents.items() if n > 1}
        result = self.normal(polynomial)
        return result.xreplace(roots) if roots else result

    def normal(self, polynomial: Expr) -> Expr:
        """The same, with the root of an exponential, of which only whole powers occur, as generator in its place."""
        powers = {atom: atom**n for atom, n in self.exponents.items() if n > 1}
        if not powers:
            return reduced(polynomial, self.squares)
        squares = {r: square.xreplace(powers) for r, square in self.squares.items()}
        return reduced(polynomial.xreplace(powers), squares)

    def note_exponent(self, atom: Symbol, exponent: Rational) -> None:
        """Remember that the generator occurs to a fractional power."""
        self.exponents[atom] = lcm(self.exponents.get(atom, 1), int(exponent.q))

    def readable(self, polynomial: Expr) -> str:
        """The first terms of a polynomial, as text, with what its atoms stand for."""
        names: dict[Symbol, Symbol] = {}
        for (head, *parts), atom in self._by_key.items():  # inner atoms come before those that are made of them
            texts = [str(part.xreplace(names)) for part in parts]
            names[atom] = Symbol(_readable(head, ", ".join(texts)))
        terms = Add.make_args(polynomial)
        text = str(Add(*terms[:3]).xreplace(names))
        return f"{text} + ..." if len(terms) > 3 else text


def _readable(head: Any, parts: str) -> str:
    if isinstance(head, type):
        return f"{head.__name__}({parts})"
    return f"{head}[{parts}]" if isinstance(head, IndexedBase) else parts or str(head)
