"""The language of statements: SymPy terms that stay as they are written until a rule looks at them.

SymPy evaluates on construction, so ``(a*P).T*M*(a*Q)`` would be ``a**2*P.T*M*Q`` before any proof begins.
The heads below (:class:`Dot`, :class:`Apply`, the definitions) never evaluate, and relations are built without
evaluation; everything else is ordinary SymPy. Hypotheses are explicit relations: symbols carry no sign assumptions.
"""

from typing import Any, TypeAlias

from sympy import (
    Eq,
    Expr,
    Function,
    Ge,
    Gt,
    Idx,
    Indexed,
    IndexedBase,
    Le,
    Lt,
    MatrixExpr,
    MatrixSymbol,
    Ne,
    Sum,
    Symbol,
    exp,
    floor,
    pi,
)
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean
from sympy.printing.precedence import PRECEDENCE

from phase_latency import formulas

# A proposition that a claim or a step can state.
Proposition: TypeAlias = Boolean


# -- symbols --------------------------------------------------------------------------------------------------


def real(name: str) -> Symbol:
    """A real number; anything else about it is a hypothesis."""
    return Symbol(name, real=True)


def integer(name: str) -> Symbol:
    """An integer, such as a size or a position."""
    return Symbol(name, integer=True)


def sequence(name: str) -> IndexedBase:
    """A sequence of reals; ``w[i]`` is its entry at the index ``i``."""
    return IndexedBase(name, real=True)


def index(name: str, size: Expr) -> Idx:
    """A generic index in ``0, ..., size - 1``; a relation in which it is free is meant for every index."""
    return Idx(name, (0, size - 1))


def vector(name: str, size: Expr) -> MatrixSymbol:
    """A column vector with ``size`` entries, symbolic or not."""
    return MatrixSymbol(name, size, 1)


def matrix(name: str, rows: Expr, columns: Expr) -> MatrixSymbol:
    """A matrix of any, also symbolic, size."""
    return MatrixSymbol(name, rows, columns)


# -- unevaluated heads ----------------------------------------------------------------------------------------


class Dot(Expr):
    """Inner product of two vectors of equal size, kept as written: ``Dot(a*P, a*Q)`` does not pull ``a`` out."""

    is_commutative = True
    is_extended_real = True

    def __new__(cls, left: MatrixExpr, right: MatrixExpr) -> "Dot":
        """Pair two column vectors.

        Raises:
            ValueError: if an argument is no column vector or the sizes differ.
        """
        for side in (left, right):
            if not isinstance(side, MatrixExpr) or side.shape[1] != 1:
                raise ValueError(f"Dot: got {side}; expected a column vector")
        if (left.shape[0] - right.shape[0]).expand() != 0:
            raise ValueError(f"Dot: got vectors of {left.shape[0]} and {right.shape[0]} entries; expected equal sizes")
        return Expr.__new__(cls, left, right)

    def _latex(self, printer: Any) -> str:
        return rf"\left\langle {printer._print(self.args[0])}, {printer._print(self.args[1])} \right\rangle"

    def _sympystr(self, printer: Any) -> str:
        return f"<{printer._print(self.args[0])}, {printer._print(self.args[1])}>"


class Apply(MatrixExpr):
    """Matrix times vector, kept as written."""

    def __new__(cls, linear: MatrixExpr, argument: MatrixExpr) -> "Apply":
        """Apply ``linear`` (rows x columns) to ``argument`` (columns x 1).

        Raises:
            ValueError: if the sizes do not fit.
        """
        if (linear.shape[1] - argument.shape[0]).expand() != 0 or argument.shape[1] != 1:
            raise ValueError(f"Apply: got sizes {linear.shape} and {argument.shape}; expected (m, n) and (n, 1)")
        return MatrixExpr.__new__(cls, linear, argument)

    @property
    def shape(self) -> tuple[Expr, Expr]:
        """Rows of the matrix, one column."""
        return (self.args[0].shape[0], self.args[1].shape[1])

    def _entry(self, i: Expr, j: Expr, **_: Any) -> Expr:
        return Function("entry")(i, j)

    def _latex(self, printer: Any) -> str:
        parts = (printer.parenthesize(each, PRECEDENCE["Pow"], strict=True) for each in self.args)
        return r"\, ".join(parts)

    def _sympystr(self, printer: Any) -> str:
        return f"{printer.parenthesize(self.args[0], 60)}({printer._print(self.args[1])})"


class Indicator(Function):
    """A relation between two numbers as a number: 1 where it holds, 0 where it does not; kept as written."""

    symbol = ""
    nargs = 2
    is_extended_real = True
    is_commutative = True

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        left, right = (printer._print(argument) for argument in self.args)
        return rf"\left[{left} {self.symbol} {right}\right]" + ("" if exp is None else f"^{{{exp}}}")

    def _sympystr(self, printer: Any) -> str:
        left, right = (printer._print(argument) for argument in self.args)
        return f"[{left} {self.symbol} {right}]"


class Before(Indicator):
    """1 if ``x < y``, else 0; arguments ``x, y``."""

    symbol = "<"


class Same(Indicator):
    """1 if ``x = y``, else 0; arguments ``x, y``."""

    symbol = "="


def total(term: Expr, i: Idx) -> Sum:
    """Sum of ``term`` over the whole range of the index ``i``, unevaluated."""
    return Sum(term, (i, i.lower, i.upper))


# -- definitions: names for formulas, unfolded only by a rule -------------------------------------------------


class Defined(Function):
    """A named formula that stays folded; ``body`` is its right side, from :mod:`phase_latency.formulas`.

    Printed by its symbol and first argument, ``theta(p)``, if the further ones are called as in ``parameters``: they
    then go without saying. An index of theirs is printed with the symbol, ``theta_i(p)``.
    """

    symbol = ""
    parameters: tuple[str, ...] = ()
    is_extended_real = True
    is_commutative = True

    @classmethod
    def body(cls, *args: Any) -> Expr:
        """The formula, with ``args`` in place of its parameters."""
        raise NotImplementedError

    @property
    def indices(self) -> tuple[str, ...] | None:
        """Indices of the further arguments if these are called as usual; None if they are not."""
        called = [argument.base if isinstance(argument, Indexed) else argument for argument in self.args[1:]]
        if tuple(map(str, called)) != self.parameters:
            return None
        return tuple(sorted({str(each.indices[0]) for each in self.args[1:] if isinstance(each, Indexed)}))

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        usual = self.indices is not None
        arguments = ", ".join(printer._print(argument) for argument in (self.args[:1] if usual else self.args))
        index = f"_{{{', '.join(self.indices)}}}" if self.indices else ""
        power = "" if exp is None else f"^{{{exp}}}"
        return rf"{self.symbol}{index}{power}\left({arguments}\right)"


class phase(Defined):
    """``theta(p) = w p``; arguments ``p, w``."""

    symbol = r"\theta"
    parameters = ("w",)
    nargs = 2
    body = staticmethod(formulas.phase)


class latency(Defined):
    """``t(p) = t0 + (T/L) p``; arguments ``p, T, L, t0``."""

    symbol = "t"
    parameters = ("T", "L", "t0")
    nargs = 4
    body = staticmethod(formulas.latency)


class phase_of_latency(Defined):
    """``Theta(t) = (w L/T)(t - t0)``; arguments ``t, w, T, L, t0``."""

    symbol = r"\Theta"
    parameters = ("w", "T", "L", "t0")
    nargs = 5
    body = staticmethod(formulas.phase_of_latency)


class latency_of_phase(Defined):
    """``Theta^{-1}(theta) = t0 + T theta/(w L)``; arguments ``theta, w, T, L, t0``."""

    symbol = r"\Theta^{-1}"
    parameters = ("w", "T", "L", "t0")
    nargs = 5
    body = staticmethod(formulas.latency_of_phase)


class latency_period(Defined):
    """Latency in which the phase goes round once, ``2 pi T/(w L)``; arguments ``w, T, L``."""

    symbol = r"\Pi"
    parameters = ("T", "L")
    nargs = 3

    @staticmethod
    def body(w: Any, T: Any, L: Any) -> Expr:
        """The period in seconds."""
        return formulas.latency_period(w, T, L, pi)


class wrapped(Defined):
    """Phase wrapped to ``[0, 2 pi)``; argument ``theta``."""

    symbol = r"\operatorname{wrap}"
    nargs = 1

    @staticmethod
    def body(theta: Any) -> Expr:
        """The phase less the whole turns in it."""
        return formulas.wrapped(theta, floor, pi)


class tempered(Defined):
    """Logit ``u`` at temperature ``tau``, ``u/tau``; arguments ``u, tau``."""

    symbol = r"\operatorname{tempered}"
    nargs = 2
    body = staticmethod(formulas.tempered)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        quotient = " / ".join(printer.parenthesize(argument, PRECEDENCE["Mul"]) for argument in self.args)
        return quotient if exp is None else rf"\left({quotient}\right)^{{{exp}}}"


class response(Defined):
    """Share of its weight that an input at ``t`` has delivered by ``s``; arguments ``s, t, tau``."""

    symbol = r"\kappa"
    nargs = 3

    @staticmethod
    def body(s: Any, t: Any, tau: Any) -> Expr:
        """``1 - exp((t - s)/tau)`` from t on, and 0 before."""
        return formulas.response(s, t, tau, Before, exp)


class join(Defined):
    """The larger of two numbers; arguments ``x, y``."""

    symbol = r"\operatorname{max}"
    nargs = 2
    body = staticmethod(formulas.join)


DEFINITIONS: dict[str, type[Defined]] = {
    cls.__name__: cls
    for cls in (
        *(phase, latency, phase_of_latency, latency_of_phase, latency_period, wrapped, tempered),
        *(response, join),
    )
}


# -- propositions, built without evaluation -------------------------------------------------------------------


def equal(left: Any, right: Any) -> Relational:
    """``left = right``."""
    return Eq(left, right, evaluate=False)


def differ(left: Any, right: Any) -> Relational:
    """``left != right``."""
    return Ne(left, right, evaluate=False)


def less(left: Any, right: Any) -> Relational:
    """``left < right``."""
    return Lt(left, right, evaluate=False)


def at_most(left: Any, right: Any) -> Relational:
    """``left <= right``."""
    return Le(left, right, evaluate=False)


def positive(term: Any) -> Relational:
    """``term > 0``."""
    return Gt(term, 0, evaluate=False)


def at_least(left: Any, right: Any) -> Relational:
    """``left >= right``."""
    return Ge(left, right, evaluate=False)


class Iff(Boolean):
    """Two relations hold together or fail together."""

    def __new__(cls, left: Relational, right: Relational) -> "Iff":
        """Build the equivalence without evaluating it."""
        return Boolean.__new__(cls, left, right)

    def _latex(self, printer: Any) -> str:
        return rf"{printer._print(self.args[0])} \iff {printer._print(self.args[1])}"

    def _sympystr(self, printer: Any) -> str:
        return f"{printer._print(self.args[0])}  <=>  {printer._print(self.args[1])}"


class NotAll(Boolean):
    """At least one of several relations fails: what "there is no such c" says with ``c`` free."""

    def __new__(cls, *relations: Relational) -> "NotAll":
        """Build the negated conjunction without evaluating it."""
        return Boolean.__new__(cls, *relations)

    def _latex(self, printer: Any) -> str:
        conjunction = r" \wedge ".join(printer._print(relation) for relation in self.args)
        return rf"\neg\left({conjunction}\right)"

    def _sympystr(self, printer: Any) -> str:
        return "not all of: " + "; ".join(printer._print(relation) for relation in self.args)


class Given(Boolean):
    """A claim proved before, with its hypotheses: what a later derivation may cite."""

    def __new__(cls, claim: Proposition, *hypotheses: Proposition) -> "Given":
        """Build the implication without evaluating it."""
        return Boolean.__new__(cls, claim, *hypotheses)

    def _sympystr(self, printer: Any) -> str:
        hypotheses = ", ".join(printer._print(hypothesis) for hypothesis in self.args[1:])
        return f"{printer._print(self.args[0])} given {hypotheses or 'nothing'}"
