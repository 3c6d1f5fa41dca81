"""The decision procedure behind the algebraic rules: equality of fractions of polynomials in independent atoms.

A term becomes a fraction of two polynomials over Q whose generators are *atoms*: symbols, entries of sequences and,
by default, every subterm whose head the rule at hand knows nothing about. A *theory* teaches it a head, for instance
that ``sin`` of a sum is a polynomial in sines and cosines (see :mod:`phase_latency.ledger.theories`). Two terms are
equal if the difference, cleared of denominators and reduced, is the zero polynomial. Numerators and denominators are
kept apart from the first step, so nothing cancels before the denominator is known not to vanish.
"""

from collections.abc import Callable, Mapping, Sequence
from math import lcm
from typing import Any, NamedTuple

import sympy
from sympy import Add, Dummy, Eq, Expr, Idx, Indexed, MatrixExpr, Mul, Poly, Pow, Rational, S, Sum, Symbol, exp
from sympy.core.relational import Relational

from phase_latency.ledger.terms import Defined, Dot


class Fraction(NamedTuple):
    """Numerator and denominator, polynomials in atoms."""

    num: Expr
    den: Expr

    def __add__(self, other: "Fraction") -> "Fraction":  # type: ignore[override]  # not the tuple's concatenation
        if self.den == other.den:
            return Fraction(self.num + other.num, self.den)
        return Fraction(self.num * other.den + other.num * self.den, self.den * other.den)

    def __mul__(self, other: "Fraction") -> "Fraction":  # type: ignore[override]  # not the tuple's repetition
        return Fraction(self.num * other.num, self.den * other.den)

    def __neg__(self) -> "Fraction":
        return Fraction(-self.num, self.den)


ZERO, ONE = Fraction(S.Zero, S.One), Fraction(S.One, S.One)

Environment = Mapping[Symbol, Fraction]
Handler = Callable[["Algebra", Expr, Environment], Fraction]


class Undecided(Exception):
    """The rule cannot decide; the text says why."""


class Algebra:
    """One translation of terms into fractions, with the atoms and reductions it has met.

    Args:
        theories: handler for each head that is more than an atom.
        facts: relations that may be used; an equation replaces its left side by its right side wherever it stands,
            an inequation or strict inequality certifies denominators.
        division: whether dividing by anything but a number is allowed.
    """

    def __init__(
        self, theories: Mapping[type, Handler], facts: Sequence[Relational] = (), division: bool = True
    ) -> None:
        self.theories = theories
        self.division = division
        self.rewriting: dict[Expr, Expr] = {}
        self._facts = facts
        self._atoms: dict[Any, Symbol] = {}
        self._indices: dict[Symbol, frozenset[Idx]] = {}
        self.squares: dict[Symbol, Expr] = {}  # r -> what r**2 is
        self.exponents: dict[Symbol, int] = {}  # E -> common denominator of the powers of E met so far
        self.counts: list[Expr] = []  # numbers of terms of constant sums, to be shown not to be negative
        self._denominators: list[Expr] = []
        self._positive: set[Symbol] = set()
        self._rewritten_atoms: dict[Symbol, Expr] = {}
        self._use_equations([fact for fact in facts if isinstance(fact, Eq)])

    def _use_equations(self, equations: Sequence[Eq]) -> None:
        """Replace left sides by right sides: as written, and as the atom that equal arguments give."""
        for equation in equations:
            if not isinstance(equation.lhs, MatrixExpr | Symbol):
                atom = self.translate(equation.lhs).num
                if isinstance(atom, Symbol):
                    self._rewritten_atoms[atom] = equation.rhs
        self.rewriting = {equation.lhs: equation.rhs for equation in equations}

    # -- translation ------------------------------------------------------------------------------------------

    def translate(self, term: Expr, environment: Environment | None = None) -> Fraction:
        """The term as a fraction; ``environment`` gives the parameters of a definition being unfolded.

        Raises:
            Undecided: if the rule allows no division and there is one.
        """
        environment = environment or {}
        if term in environment:
            return environment[term]
        if term in self.rewriting:
            return self.translate(self.rewriting[term], environment)
        if isinstance(term, Rational):
            return Fraction(S(term.p), S(term.q))
        if isinstance(term, Idx):
            return Fraction(self.atom(("index", term), indices=frozenset({term})), S.One)
        if isinstance(term, Symbol):
            return Fraction(term, S.One)
        if isinstance(term, Add):
            return self._fold(term.args, environment, Fraction.__add__)
        if isinstance(term, Mul):
            return self._fold(term.args, environment, Fraction.__mul__)
        if isinstance(term, Pow) and term.exp.is_Integer:
            return self._power(self.translate(term.base, environment), int(term.exp))
        if isinstance(term, Pow) and term.exp == S.Half:
            return self._root(term.base, environment)
        if isinstance(term, Pow) and term.exp.is_Rational and term.exp.q == 2:
            return self._power(self.translate(Pow(term.base, S.Half), environment), int(term.exp.p))
        if isinstance(term, Defined):
            return self._unfold(term, environment)
        handler = self.theories.get(type(term))
        return handler(self, term, environment) if handler else self.opaque(term, environment)

    def _fold(
        self, terms: Sequence[Expr], environment: Environment, operation: Callable[[Fraction, Fraction], Fraction]
    ) -> Fraction:
        result = self.translate(terms[0], environment)
        for term in terms[1:]:
            result = operation(result, self.translate(term, environment))
        return result

    def _power(self, base: Fraction, exponent: int) -> Fraction:
        if exponent >= 0:
            return Fraction(base.num**exponent, base.den**exponent)
        if not base.num.is_Rational and not self.division:
            raise Undecided(f"it divides by {base.num}, which this rule does not do")
        self._denominators.append(base.num)
        return Fraction(base.den**-exponent, base.num**-exponent)

    def _unfold(self, term: Defined, environment: Environment) -> Fraction:
        parameters = [Dummy() for _ in term.args]
        values = [self.translate(argument, environment) for argument in term.args]
        return self.translate(type(term).body(*parameters), dict(zip(parameters, values, strict=True)))

    def opaque(self, term: Expr, environment: Environment) -> Fraction:
        """An atom for the term; equal arguments give the same atom."""
        if isinstance(term, (Dot, MatrixExpr)):
            key: tuple[Any, ...] = (term,)
        elif isinstance(term, Sum):
            key = (Sum, self.canonical(term.function, environment), term.limits)
        elif isinstance(term, Indexed):
            key = (term.base, self.canonical(term.indices[0], environment))
        else:
            key = (term.func, *(self.canonical(argument, environment) for argument in term.args))
        bound = frozenset({term.limits[0][0]}) if isinstance(term, Sum) else frozenset()
        return self.resolve(self.atom(key, bound=bound))

    def resolve(self, atom: Symbol) -> Fraction:
        """The atom, or what an equation in use puts in its place."""
        if atom in self._rewritten_atoms:
            return self.translate(self._rewritten_atoms[atom])
        return Fraction(atom, S.One)

    def _root(self, base: Expr, environment: Environment) -> Fraction:
        """An atom for the square root, whose square is the base where that is a polynomial."""
        atom = self.atom((Pow, self.canonical(base, environment), S.Half))
        inner = self.translate(base, environment)
        if inner.den == 1:
            self.squares[atom] = inner.num
        return Fraction(atom, S.One)

    def atom(
        self, key: tuple[Any, ...], indices: frozenset[Idx] = frozenset(), bound: frozenset[Idx] = frozenset()
    ) -> Symbol:
        """The generator that stands for ``key``; it depends on the indices that its parts depend on."""
        if key not in self._atoms:
            name = "_".join(str(part) for part in key)
            atom = Dummy(name, positive=True) if key[0] is exp else Dummy(name)
            self._atoms[key] = atom
            symbols = {symbol for part in key if isinstance(part, Expr) for symbol in part.free_symbols}
            self._indices[atom] = frozenset(
                indices.union(*(self._indices.get(symbol, frozenset()) for symbol in symbols)) - bound
            )
            if key[0] is exp or key == (sympy.pi,):
                self._positive.add(atom)
        return self._atoms[key]

    def depends(self, atom: Symbol, i: Idx) -> bool:
        """Whether a generator depends on the index."""
        return i in self._indices.get(atom, frozenset())

    def canonical(self, term: Expr, environment: Environment | None = None) -> Expr:
        """The term as one reduced quotient of polynomials in atoms: equal terms give equal results."""
        fraction = self.translate(term, environment)
        return sympy.cancel(self.reduce(fraction.num) / self.reduce(fraction.den))

    # -- decision ---------------------------------------------------------------------------------------------

    def reduce(self, polynomial: Expr) -> Expr:
        """Expanded polynomial in which no square of a generator with a known square is left."""
        result = sympy.expand(polynomial)
        changed = True
        while changed:
            changed = False
            for atom, square in self.squares.items():
                if result.has(atom) and sympy.degree(result, atom) > 1:
                    terms = Poly(result, atom).terms()
                    result = sympy.expand(
                        Add(*(c * square ** (power // 2) * atom ** (power % 2) for (power,), c in terms))
                    )
                    changed = True
        return result

    def _common_exponents(self, polynomial: Expr) -> Expr:
        replacement = {atom: atom**n for atom, n in self.exponents.items() if n > 1}
        return polynomial.subs(replacement, simultaneous=True) if replacement else polynomial

    def equal(self, left: Expr, right: Expr) -> None:
        """Decide ``left = right``.

        Raises:
            Undecided: if the normal forms differ or a denominator is not certified not to vanish.
        """
        a, b = self.translate(left), self.translate(right)
        difference = sympy.expand(self._common_exponents(self.reduce(a.num * b.den - b.num * a.den)))
        if difference != 0:
            raise Undecided(f"the normal forms differ by {_short(difference)}")
        self.certify_denominators()

    def certify_denominators(self) -> None:
        """Check that a fact makes each denominator met so far non-zero.

        Raises:
            Undecided: if none does for one of them.
        """
        known = self._known_nonzero()
        for denominator in self._denominators:
            for factor in self._factors(denominator):
                if factor not in known and not self._evidently_positive(factor):
                    raise Undecided(f"it divides by {factor}, and no hypothesis in use says that this is not zero")

    def _known_nonzero(self) -> set[Expr]:
        known: set[Expr] = set()
        for fact in self._facts:
            if isinstance(fact, (sympy.Ne, sympy.StrictGreaterThan, sympy.StrictLessThan)):
                slack = self.translate(fact.lhs) + -self.translate(fact.rhs)
                known |= set(self._factors(slack.num))
        return known

    def _factors(self, polynomial: Expr) -> list[Expr]:
        return _factors(sympy.expand(self._common_exponents(self.reduce(polynomial))))

    def _evidently_positive(self, factor: Expr) -> bool:
        """A polynomial in positive atoms (pi, exponentials) without a negative coefficient."""
        generators = factor.free_symbols
        return generators <= self._positive and all(c > 0 for c in Poly(factor, *generators).coeffs())

    def note_exponent(self, atom: Symbol, exponent: Rational) -> None:
        """Remember that the generator occurs to a fractional power."""
        self.exponents[atom] = lcm(self.exponents.get(atom, 1), int(exponent.q))


def _factors(polynomial: Expr) -> list[Expr]:
    """Irreducible factors over Q with positive leading coefficient, without numbers."""
    if polynomial.is_Rational:
        return [polynomial] if polynomial == 0 else []
    _, factors = sympy.factor_list(polynomial)
    return [_monic(factor) for factor, _ in factors]


def _monic(polynomial: Expr) -> Expr:
    generators = sorted(polynomial.free_symbols, key=lambda symbol: (symbol.name, getattr(symbol, "dummy_index", 0)))
    poly = Poly(polynomial, *generators)
    return poly.monic().as_expr()


def _short(expression: Expr) -> str:
    text = str(expression)
    return text if len(text) <= 120 else text[:117] + "..."
