"""Terms and propositions in the words of ``proofs/coq/Defs.v``.

One function for each kind of term, and nothing else is in the fragment: what is outside it raises
:class:`OutsideFragmentError`, and the ledger says so. A symbol that is the size of a vector, a matrix or a range is a
natural number, any other integer symbol an integer, everything else a real number.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sympy import (
    Abs,
    Add,
    Eq,
    Expr,
    Ge,
    Gt,
    Idx,
    Indexed,
    IndexedBase,
    Integer,
    Le,
    Lt,
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

from phase_latency.ledger.language import free_indices, sizes
from phase_latency.ledger.terms import Apply, Before, Defined, Dot, Iff, NotAll, Proposition, Same

_FUNCTIONS = {
    sin: "sin",
    cos: "cos",
    acos: "acos",
    exp: "exp",
    log: "ln",
    tanh: "tanh",
    Abs: "Rabs",
    floor: "Defs.floor",
}
_FUNCTIONS |= {ceiling: "ceiling", Before: "before", Same: "same"}
_RELATIONS = {Eq: "=", Ne: "<>", Lt: "<", Le: "<=", Gt: ">", Ge: ">="}
# How tightly Coq binds, from the tightest: a word, a call, a power, a minus sign, a product, a sum.
_WORD, _CALL, _POWER, _NEGATIVE, _PRODUCT, _SUM = 0, 10, 30, 35, 40, 50
_RESERVED = {"S", "O", "I", "exists", "forall", "fun", "let", "in", "at", "as", "end", "match", "with"}


class OutsideFragmentError(Exception):
    """The proposition cannot be said in the fragment; the text says why."""


@dataclass(frozen=True)
class Printer:
    """Prints terms, given the kind of each variable.

    Attributes:
        types: Coq type of each variable by its name, sizes first, then by name.
    """

    types: Mapping[str, str]

    @classmethod
    def of(cls, propositions: Iterable[Proposition]) -> "Printer":
        """Find the variables of some propositions, and what kind each is."""
        whole = list(propositions)
        natural = sizes(*whole)
        kinds: dict[str, str] = {}
        for one in whole:
            labels = {str(i.label) for i in one.atoms(Idx)} | {str(base.label) for base in one.atoms(IndexedBase)}
            for symbol in one.atoms(Symbol):
                if symbol.name not in labels:
                    kinds[symbol.name] = "nat" if symbol.name in natural else "Z" if symbol.is_integer else "R"
            kinds |= {str(base.label): "sequence" for base in one.atoms(IndexedBase)}
            for matrix in one.atoms(MatrixSymbol):
                kinds[matrix.name] = "sequence" if matrix.shape[1] == 1 else "matrix"
        order = ("nat", "Z", "R", "sequence", "matrix")
        return cls(dict(sorted(kinds.items(), key=lambda item: (order.index(item[1]), item[0]))))

    # -- propositions ---------------------------------------------------------------------------------------------

    def scoped(self, one: Proposition) -> str:
        """A proposition, for every index of its range where one is free."""
        indices = sorted(free_indices(one), key=str)
        text = self.relation(one)
        for i in reversed(indices):
            text = f"forall {i.label} : nat, ({i.label} < {self.size(i)})%nat -> {text}"
        return f"({text})" if indices else text

    def relation(self, one: Proposition) -> str:
        """A proposition without its free indices."""
        if isinstance(one, Iff):
            return f"({self.relation(one.args[0])} <-> {self.relation(one.args[1])})"
        if isinstance(one, NotAll):
            return "~ (" + " /\\ ".join(self.relation(part) for part in one.args) + ")"
        if isinstance(one, Relational) and isinstance(one.lhs, MatrixExpr):
            return self._of_vectors(one)
        if isinstance(one, Relational):
            return f"{self._within(_SUM, one.lhs)} {_RELATIONS[one.func]} {self._within(_SUM, one.rhs)}"
        raise OutsideFragmentError(f"{type(one).__name__} is no proposition of the fragment")

    def _of_vectors(self, one: Relational) -> str:
        if not isinstance(one, Eq) or one.lhs.shape[1] != 1:
            raise OutsideFragmentError("only vectors are compared, and only by equality")
        return f"vequal {self.nat(one.lhs.shape[0])} {self.vector(one.lhs)} {self.vector(one.rhs)}"

    # -- numbers --------------------------------------------------------------------------------------------------

    def scalar(self, term: Expr) -> str:
        """A real number."""
        return self._text(term)[0]

    def _within(self, level: int, term: Expr) -> str:
        """A real number, in parentheses if it binds less than what it stands in."""
        text, own = self._text(term)
        return text if own <= level else f"({text})"

    def _text(self, term: Expr) -> tuple[str, int]:
        """A real number, and the level at which it binds."""
        if isinstance(term, Rational):
            return self._of_number(term)
        if term is pi:
            return "PI", _WORD
        if isinstance(term, Idx):
            return f"INR {term.label}", _CALL
        if isinstance(term, Symbol):
            return self._of_symbol(term)
        if isinstance(term, Indexed):
            return f"{variable(str(term.base.label))} {self.nat(term.indices[0])}", _CALL
        if isinstance(term, Sum):
            i = term.limits[0][0]
            return f"total {self.size(i)} (fun {i.label} => {self._within(_SUM, term.function)})", _CALL
        if isinstance(term, Dot):
            size = self.nat(term.args[0].shape[0])
            return f"dot {size} {self.vector(term.args[0])} {self.vector(term.args[1])}", _CALL
        if isinstance(term, Add):
            return self._of_sum(term)
        if isinstance(term, Mul):
            return self._of_product(term)
        if isinstance(term, Pow):
            return self._of_power(term)
        name = type(term).__name__ if isinstance(term, Defined) else _FUNCTIONS.get(term.func)
        if name is None:
            raise OutsideFragmentError(f"{type(term).__name__} is no number of the fragment")
        return f"{name} {' '.join(self._within(_WORD, argument) for argument in term.args)}", _CALL

    def _of_number(self, term: Rational) -> tuple[str, int]:
        if term < 0:
            return f"- {self._within(_NEGATIVE, -term)}", _NEGATIVE
        return (str(term), _WORD) if term.is_Integer else (f"{term.p} / {term.q}", _PRODUCT)

    def _of_symbol(self, term: Symbol) -> tuple[str, int]:
        cast = {"nat": "INR ", "Z": "IZR "}.get(self.types[term.name], "")
        return f"{cast}{variable(term.name)}", _CALL if cast else _WORD

    def _of_sum(self, term: Add) -> tuple[str, int]:
        """What is added before what is subtracted."""
        negative = [part for part in term.args if part.could_extract_minus_sign()]
        positive = [part for part in term.args if part not in negative]
        first, *others = positive or [negative.pop(0)]
        text = self._within(_SUM, first)
        text += "".join(f" + {self._within(_PRODUCT, part)}" for part in others)
        return text + "".join(f" - {self._within(_PRODUCT, -part)}" for part in negative), _SUM

    def _of_product(self, term: Mul) -> tuple[str, int]:
        """Numerator over denominator, each factor as it stands."""
        coefficient, rest = term.as_coeff_Mul()
        factors = Mul.make_args(rest)
        below = [Pow(part.base, -part.exp) for part in factors if isinstance(part, Pow) and part.exp.is_negative]
        above = [part for part in factors if not (isinstance(part, Pow) and part.exp.is_negative)]
        below = [*([Integer(coefficient.q)] if coefficient.q != 1 else []), *below]
        above = [*([Integer(abs(coefficient.p))] if abs(coefficient.p) != 1 or not above else []), *above]
        text = self._within(_PRODUCT, above[0])
        text += "".join(f" * {self._within(_NEGATIVE, part)}" for part in above[1:])
        text += "".join(f" / {self._within(_NEGATIVE, part)}" for part in below)
        if coefficient > 0:
            return text, _CALL if text.isalnum() else _PRODUCT
        return (f"- ({text})" if below or len(above) > 1 else f"- {text}"), _NEGATIVE

    def _of_power(self, term: Pow) -> tuple[str, int]:
        if term.exp.is_negative:
            return f"1 / {self._within(_NEGATIVE, Pow(term.base, -term.exp))}", _PRODUCT
        if term.exp.is_Integer:
            return f"{self._within(_CALL, term.base)} ^ {term.exp}", _POWER
        if term.exp == S.Half:
            return f"sqrt {self._within(_WORD, term.base)}", _CALL
        if isinstance(term.base, Rational) and term.base > 0:
            return f"Rpower {self._within(_WORD, term.base)} {self._within(_WORD, term.exp)}", _CALL
        raise OutsideFragmentError(f"the power {term.exp} is outside the fragment")

    def nat(self, term: Expr) -> str:
        """A size or position as a natural number."""
        if isinstance(term, Integer) and term >= 0:
            return f"{term}%nat"
        if isinstance(term, Idx):
            return str(term.label)
        if isinstance(term, Symbol) and self.types[term.name] == "nat":
            return variable(term.name)
        if isinstance(term, (Add, Mul)) and not any(part.is_negative for part in term.args):
            sign = " + " if isinstance(term, Add) else " * "
            return "(" + sign.join(self.nat(part).removesuffix("%nat") for part in term.args) + ")%nat"
        raise OutsideFragmentError(f"{term} is no natural number of the fragment")

    def size(self, i: Idx) -> str:
        """Length of the range of an index."""
        if i.lower != 0:
            raise OutsideFragmentError(f"the range of {i} does not begin at 0")
        return self.nat(i.upper + 1)

    # -- vectors and matrices -------------------------------------------------------------------------------------

    def vector(self, term: MatrixExpr) -> str:
        """A column vector."""
        if isinstance(term, MatrixSymbol):
            return variable(term.name)
        if isinstance(term, ZeroMatrix):
            return "vzero"
        if isinstance(term, Apply):
            return f"(apply {self.nat(term.args[0].shape[1])} {self.matrix(term.args[0])} {self.vector(term.args[1])})"
        return self._combined(term, self.vector, "vadd", "vscale")

    def matrix(self, term: MatrixExpr) -> str:
        """A matrix."""
        if isinstance(term, MatrixSymbol):
            return variable(term.name)
        if isinstance(term, Transpose):
            return f"(transpose {self.matrix(term.arg)})"
        return self._combined(term, self.matrix, "madd", "mscale")

    def _combined(self, term: MatrixExpr, part_of: Any, add: str, scale: str) -> str:
        """Sums and multiples, from the left."""
        if isinstance(term, MatAdd):
            text = part_of(term.args[0])
            for part in term.args[1:]:
                text = f"({add} {text} {part_of(part)})"
            return str(text)
        if isinstance(term, MatMul):
            scalars = [part for part in term.args if not isinstance(part, MatrixExpr)]
            matrices = [part for part in term.args if isinstance(part, MatrixExpr)]
            if len(matrices) == 1:
                return f"({scale} {self._within(_WORD, Mul(*scalars))} {part_of(matrices[0])})"
            if not scalars and len(matrices) == 2 and matrices[1].shape[1] != 1:
                left, right = (self.matrix(part) for part in matrices)
                return f"(mmul {self.nat(matrices[0].shape[1])} {left} {right})"
        raise OutsideFragmentError(f"{type(term).__name__} is no vector or matrix of the fragment")


def variable(name: str) -> str:
    """The name of a variable.

    Args:
        name: in the ledger.

    Returns:
        a name that Coq reads as one.
    """
    return f"{name}_" if name in _RESERVED else name
