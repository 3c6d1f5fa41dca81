"""The decision procedure behind the algebraic rules: equality of fractions of polynomials in independent atoms.

A term becomes a fraction of two polynomials over Q whose generators are *atoms*: symbols, entries of sequences and,
by default, every subterm whose head the rule at hand knows nothing about. A *theory* teaches it a head, for instance
that ``sin`` of a sum is a polynomial in sines and cosines (see :mod:`phase_latency.ledger.theories`). Two terms are
equal if the difference, cleared of denominators and reduced, is the zero polynomial. Numerators and denominators are
kept apart from the first step, and whatever a term needs in order to have a value is noted as an
:class:`~phase_latency.ledger.obligations.Obligation`, so nothing cancels that might vanish.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import sympy
from sympy import (
    Add,
    Dummy,
    Expr,
    Idx,
    Indexed,
    MatrixExpr,
    Mul,
    Pow,
    Rational,
    S,
    Sum,
    Symbol,
    acos,
    log,
)

from phase_latency.ledger.atoms import Atoms
from phase_latency.ledger.facts import Known
from phase_latency.ledger.language import Undecided as Undecided
from phase_latency.ledger.obligations import Obligation
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


ZERO, ONE = Fraction(S.Zero, S.One), Fraction(S.One, S.One)

Environment = Mapping[Symbol, Fraction]
Handler = Callable[["Algebra", Expr, Environment], Fraction]


class Algebra:
    """One translation of terms into fractions, with the atoms, reductions and obligations it has met.

    Args:
        theories: handler for each head that is more than an atom.
        known: facts that may be used; an equation replaces its left side by its right side wherever it stands.
        division: whether dividing by anything but a number is allowed.
    """

    def __init__(self, theories: Mapping[type, Handler], known: Known, division: bool = True) -> None:
        self.theories = theories
        self.known = known
        self.division = division
        self.atoms = Atoms()
        self.obligations: set[Obligation] = set()
        self._translated: dict[Expr, tuple[Fraction, frozenset[Obligation]]] = {}
        self._active: set[Expr] = set()  # left sides that are being replaced at the moment
        self.rewriting: dict[Expr, Expr] = {}
        self._rewritten_atoms: dict[Symbol, Expr] = {}
        self._use_equations()

    def _use_equations(self) -> None:
        """Replace left sides by right sides: as written, and as the atom that equal arguments give."""
        equations = [equation for equation in self.known.equations if not isinstance(equation.lhs, Rational)]
        for equation in equations:
            if not isinstance(equation.lhs, (MatrixExpr, Symbol)):
                left = self.translate(equation.lhs)
                if isinstance(left.num, Symbol) and left.den == 1:
                    self._rewritten_atoms[left.num] = equation.rhs
        self._translated.clear()
        self.rewriting = {equation.lhs: equation.rhs for equation in equations}

    # -- translation ------------------------------------------------------------------------------------------

    def translate(self, term: Expr, environment: Environment | None = None) -> Fraction:
        """The term as a fraction.

        Args:
            term: scalar of the language of statements.
            environment: gives the parameters of a definition being unfolded.

        Returns:
            The fraction; what it needs is added to the obligations.

        Raises:
            Undecided: if the rule allows no division and there is one, or an equation leads back to itself.
        """
        if environment:
            return self._translate(term, environment)
        if term not in self._translated:
            outer, self.obligations = self.obligations, set()
            fraction = self._translate(term, {})
            self._translated[term] = fraction, frozenset(self.obligations)
            self.obligations |= outer
            return fraction
        fraction, own = self._translated[term]
        self.obligations |= own
        return fraction

    def _translate(self, term: Expr, environment: Environment) -> Fraction:
        if term in environment:
            return environment[term]
        if term in self.rewriting:
            with self.replacing(term):
                return self.translate(self.rewriting[term])
        if isinstance(term, Rational):
            return Fraction(S(term.p), S(term.q))
        if isinstance(term, Idx):
            return Fraction(self.atoms.of(("index", term), indices=frozenset({term})), S.One)
        if isinstance(term, Symbol):
            return Fraction(term, S.One)
        if isinstance(term, MatrixExpr):
            raise Undecided(f"it reads the vector or matrix {term} as a number")
        if isinstance(term, Add):
            return self._fold(term.args, environment, Fraction.__add__)
        if isinstance(term, Mul):
            return self._fold(term.args, environment, Fraction.__mul__)
        if isinstance(term, Pow):
            return self._of_power(term, environment)
        if isinstance(term, Defined):
            return self._unfold(term, environment)
        handler = self.theories.get(type(term))
        return handler(self, term, environment) if handler else self.opaque(term, environment)

    @contextmanager
    def replacing(self, left: Expr) -> Iterator[None]:
        """While the right side of an equation in use is read in place of its left side.

        Args:
            left: the left side.

        Yields:
            nothing.

        Raises:
            Undecided: if the left side is being replaced already.
        """
        if left in self._active:
            raise Undecided(f"the equation in use for {left} leads back to it")
        self._active.add(left)
        yield
        self._active.remove(left)

    def _fold(
        self, terms: Sequence[Expr], environment: Environment, operation: Callable[[Fraction, Fraction], Fraction]
    ) -> Fraction:
        result = self.translate(terms[0], environment)
        for term in terms[1:]:
            result = operation(result, self.translate(term, environment))
        return result

    def _of_power(self, term: Pow, environment: Environment) -> Fraction:
        if term.exp.is_Integer:
            return self.power(self.translate(term.base, environment), int(term.exp))
        if term.exp == S.Half:
            return self._root(term.base, environment)
        if term.exp.q == 2:
            return self.power(self.translate(Pow(term.base, S.Half), environment), int(term.exp.p))
        self.obligations.add(Obligation("nonnegative" if term.exp > 0 else "positive", term.base, term))
        return self.opaque(term, environment)

    def power(self, base: Fraction, exponent: int) -> Fraction:
        """A fraction to an integer power; a negative one of anything but a number is noted as a division.

        Args:
            base: the fraction.
            exponent: of either sign.

        Returns:
            The power.

        Raises:
            Undecided: if the rule allows no division and there is one.
        """
        if exponent >= 0:
            return Fraction(base.num**exponent, base.den**exponent)
        if not base.num.is_Rational and not self.division:
            raise Undecided(f"it divides by {base.num}, which this rule does not do")
        self.obligations.add(Obligation("nonzero", base.num))
        return Fraction(base.den**-exponent, base.num**-exponent)

    def _root(self, base: Expr, environment: Environment) -> Fraction:
        """An atom for the square root, whose square is the base where that is a polynomial."""
        self.obligations.add(Obligation("nonnegative", base, Pow(base, S.Half)))
        inner = self.translate(base, environment)
        atom = self.atoms.of((Pow, self._quotient(inner), S.Half))
        if inner.den == 1:
            self.atoms.squares[atom] = inner.num
        return Fraction(atom, S.One)

    def _unfold(self, term: Defined, environment: Environment) -> Fraction:
        parameters = [Dummy(real=True) for _ in term.args]
        values = [self.translate(argument, environment) for argument in term.args]
        return self.translate(type(term).body(*parameters), dict(zip(parameters, values, strict=True)))

    def opaque(self, term: Expr, environment: Environment) -> Fraction:
        """An atom for the term; equal arguments give the same atom."""
        if term.func is log:
            self.obligations.add(Obligation("positive", term.args[0], term))
        if term.func is acos:
            self.obligations.add(Obligation("nonnegative", 1 - term.args[0] ** 2, term))
        if isinstance(term, Dot):
            return self.resolve(self.atoms.of((term,), indices=frozenset(term.atoms(Idx))))
        if isinstance(term, Sum):
            limit = term.limits[0]
            key: tuple[Any, ...] = (Sum, self.canonical(term.function, environment), limit)
            return self.resolve(self.atoms.of(key, bound=frozenset({limit[0]})))
        if isinstance(term, Indexed):
            key = (term.base, self.canonical(term.indices[0], environment))
        else:
            key = (term.func, *(self.canonical(argument, environment) for argument in term.args))
        return self.resolve(self.atoms.of(key))

    def resolve(self, atom: Symbol) -> Fraction:
        """The atom, or what an equation in use puts in its place."""
        if atom in self._rewritten_atoms:
            with self.replacing(atom):
                return self.translate(self._rewritten_atoms[atom])
        return Fraction(atom, S.One)

    def canonical(self, term: Expr, environment: Environment | None = None) -> Expr:
        """The term as one reduced quotient of polynomials in atoms: equal terms give equal results."""
        return self._quotient(self.translate(term, environment))

    def _quotient(self, fraction: Fraction) -> Expr:
        num, den = self.atoms.reduce(fraction.num), self.atoms.reduce(fraction.den)
        if not den.is_Rational:
            num, den = sympy.fraction(sympy.cancel(num / den))
        return sympy.expand(num / den) if den.is_Rational else num / den

    # -- decision ---------------------------------------------------------------------------------------------

    def difference(self, left: Expr, right: Expr) -> Expr:
        """The numerator of ``left - right`` in normal form."""
        a, b = self.translate(left), self.translate(right)
        return self.atoms.normal(a.num * b.den - b.num * a.den)
