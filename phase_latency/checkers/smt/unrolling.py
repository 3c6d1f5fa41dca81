"""Statements at concrete sizes as formulas of real arithmetic, in the text of SMT-LIB.

Sums, inner products and matrices are written out, definitions unfolded, and entries become variables; nothing is
expanded, cancelled or collected: that is left to the solvers, and what evaluates points plays no part in it. Functions
become variables as well, by :class:`phase_latency.checkers.smt.atoms.Atoms`, of which only their arguments are brought
into a normal form.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product as combinations
from typing import Any

from sympy import (
    Abs,
    Add,
    Eq,
    Expr,
    Ge,
    Gt,
    Identity,
    Idx,
    Indexed,
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
    cos,
    exp,
    pi,
    sin,
    tanh,
)
from sympy.core.relational import Relational

from phase_latency.checkers.smt.atoms import Atoms, Variable
from phase_latency.checkers.smt.text import OutsideLanguageError, Quotient, number, product, relation, total
from phase_latency.ledger.language import free_indices
from phase_latency.ledger.terms import Apply, Before, Defined, Dot, Iff, NotAll, Proposition, Same

Sizes = Mapping[str, int]
_Bound = Mapping[Idx, int]
_Rows = list[list[Quotient]]

_RELATIONS = {Eq: "=", Lt: "<", Le: "<=", Gt: ">", Ge: ">="}


class Unrolled:
    """Writes propositions out, at given sizes.

    Args:
        sizes: value of each symbol that is a size.
        atoms: collects the variables and what is known of functions.
    """

    def __init__(self, sizes: Sizes, atoms: Atoms) -> None:
        self._sizes = sizes
        self._atoms = atoms

    # -- propositions ---------------------------------------------------------------------------------------------

    def proposition(self, one: Proposition) -> str:
        """A proposition, for every index of its range where one is free.

        Args:
            one: relation, equivalence or denied conjunction.

        Returns:
            text of SMT-LIB.

        Raises:
            OutsideLanguageError: something in it cannot be said in real arithmetic.
        """
        indices = sorted(free_indices(one), key=str)
        ranges = [range(self._whole(i.lower, {}), self._whole(i.upper, {}) + 1) for i in indices]
        cases = [self._relation(one, dict(zip(indices, at, strict=True))) for at in combinations(*ranges)]
        return cases[0] if len(cases) == 1 else f"(and true {' '.join(cases)})"

    def sides(self, one: Proposition) -> tuple[Quotient, Quotient] | None:
        """The sides of an equation of numbers.

        Args:
            one: proposition.

        Returns:
            both sides; None of any other proposition, and of an equation at every index of a range.

        Raises:
            OutsideLanguageError: something in it cannot be said in real arithmetic.
        """
        if not isinstance(one, Eq) or isinstance(one.lhs, MatrixExpr) or free_indices(one):
            return None
        return self._scalar(one.lhs, {}), self._scalar(one.rhs, {})

    def _relation(self, one: Proposition, bound: _Bound) -> str:
        if isinstance(one, Iff):
            return f"(= {self._relation(one.args[0], bound)} {self._relation(one.args[1], bound)})"
        if isinstance(one, NotAll):
            return f"(not (and {' '.join(self._relation(part, bound) for part in one.args)}))"
        if isinstance(one, Ne):
            return f"(not {self._relation(Eq(*one.args, evaluate=False), bound)})"
        if not isinstance(one, Relational):
            raise OutsideLanguageError(f"{type(one).__name__} is no proposition of real arithmetic")
        if isinstance(one.lhs, MatrixExpr):
            pairs = zip(self._flat(one.lhs, bound), self._flat(one.rhs, bound), strict=True)
            return f"(and true {' '.join(relation('=', left, right) for left, right in pairs)})"
        return relation(_RELATIONS[one.func], self._scalar(one.lhs, bound), self._scalar(one.rhs, bound))

    # -- numbers --------------------------------------------------------------------------------------------------

    def _scalar(self, term: Expr, bound: _Bound) -> Quotient:
        if isinstance(term, Rational):
            return number(term)
        if isinstance(term, Idx):
            return number(S(bound[term]))
        if isinstance(term, (Symbol, Indexed)) or term is pi:
            return self._variable(term, bound)
        if isinstance(term, Sum):
            return total([self._scalar(term.function, inner) for inner in self._indices(term, bound)])
        if isinstance(term, Dot):
            left, right = (self._flat(side, bound) for side in term.args)
            return total([product([x, y]) for x, y in zip(left, right, strict=True)])
        if isinstance(term, Defined):
            return self._scalar(type(term).body(*term.args), bound)
        if isinstance(term, Add):
            return total([self._scalar(part, bound) for part in term.args])
        if isinstance(term, Mul):
            return product([self._scalar(part, bound) for part in term.args])
        if isinstance(term, Pow):
            return self._power(term, bound)
        return self._function(term, bound)

    def _variable(self, term: Expr, bound: _Bound) -> Quotient:
        if term is pi:
            return self._atoms.pi()
        if isinstance(term, Indexed):
            return self._atoms.variable(Variable(str(term.base.label), (self._whole(term.indices[0], bound),)))
        if term.name in self._sizes:
            return number(S(self._sizes[term.name]))
        return self._atoms.variable(Variable(term.name, whole=bool(term.is_integer)))

    def _power(self, term: Pow, bound: _Bound) -> Quotient:
        base = self._scalar(term.base, bound)
        if term.exp.is_Integer and term.exp > 0:
            return product([base] * int(term.exp))
        if term.exp.is_Integer:
            return self._atoms.inverse(product([base] * -int(term.exp)))
        if abs(term.exp) == S.Half:
            root = self._atoms.root(base)
            return root if term.exp > 0 else self._atoms.inverse(root)
        raise OutsideLanguageError(f"the power {term.exp} is outside real arithmetic")

    def _function(self, term: Expr, bound: _Bound) -> Quotient:
        if isinstance(term, (Before, Same)):
            left, right = (self._scalar(part, bound) for part in term.args)
            sign = "<" if isinstance(term, Before) else "="
            return Quotient(f"(ite {relation(sign, left, right)} 1.0 0.0)")
        if term.func is Abs:
            inner = self._scalar(term.args[0], bound)
            below = relation("<", inner, number(S.Zero))
            return Quotient(f"(ite {below} (- {inner.above}) {inner.above})", inner.below)
        if term.func in (cos, sin, exp, tanh):
            return self._atoms.function(term.func, self._exact(term.args[0], bound))
        raise OutsideLanguageError(f"{type(term).__name__} has no place in real arithmetic")

    def _exact(self, term: Expr, bound: _Bound) -> Expr:
        """The argument of a function, with definitions unfolded and entries as symbols."""
        while found := term.atoms(Defined):
            term = term.xreplace({each: type(each).body(*each.args) for each in found})
        if term.has(Sum, Dot):
            raise OutsideLanguageError(f"a function of {term} is outside")
        entries = {each: self._symbol(each, bound) for each in term.atoms(Indexed)}
        sizes = {each: S(self._sizes[each.name]) for each in term.atoms(Symbol) if each.name in self._sizes}
        return term.xreplace(entries).xreplace({i: S(at) for i, at in bound.items()} | sizes)

    def _symbol(self, entry: Indexed, bound: _Bound) -> Symbol:
        return Symbol(f"{entry.base.label}[{self._whole(entry.indices[0], bound)}]", real=True)

    # -- vectors and matrices -------------------------------------------------------------------------------------

    def _flat(self, term: MatrixExpr, bound: _Bound) -> list[Quotient]:
        return [entry for row in self._rows(term, bound) for entry in row]

    def _rows(self, term: MatrixExpr, bound: _Bound) -> _Rows:
        rows, columns = (range(self._whole(size, bound)) for size in term.shape)
        if isinstance(term, MatrixSymbol):
            if term.shape[1] == 1:
                return [[self._atoms.variable(Variable(term.name, (i,), vector=True))] for i in rows]
            return [[self._atoms.variable(Variable(term.name, (i, j))) for j in columns] for i in rows]
        if isinstance(term, (ZeroMatrix, Identity)):
            unit = isinstance(term, Identity)
            return [[number(S(int(unit and i == j))) for j in columns] for i in rows]
        if isinstance(term, Transpose):
            return [list(column) for column in zip(*self._rows(term.arg, bound), strict=True)]
        if isinstance(term, MatAdd):
            parts = [self._rows(part, bound) for part in term.args]
            return [[total([part[i][j] for part in parts]) for j in columns] for i in rows]
        if isinstance(term, (MatMul, Apply)):
            return self._product(term.args, bound)
        raise OutsideLanguageError(f"{type(term).__name__} is no matrix that can be written out")

    def _product(self, factors: Sequence[Any], bound: _Bound) -> _Rows:
        scalars = [self._scalar(part, bound) for part in factors if not isinstance(part, MatrixExpr)]
        result, *others = [self._rows(part, bound) for part in factors if isinstance(part, MatrixExpr)]
        for other in others:
            columns = list(zip(*other, strict=True))
            result = [
                [total([product([x, y]) for x, y in zip(row, column, strict=True)]) for column in columns]
                for row in result
            ]
        return [[product([*scalars, entry]) for entry in row] for row in result]

    # -- indices --------------------------------------------------------------------------------------------------

    def _indices(self, term: Sum, bound: _Bound) -> Iterator[_Bound]:
        i, lower, upper = term.limits[0]
        for at in range(self._whole(lower, bound), self._whole(upper, bound) + 1):
            yield {**bound, i: at}

    def _whole(self, term: Expr, bound: _Bound) -> int:
        """A size, or the place of an entry."""
        value = term.xreplace({i: S(at) for i, at in bound.items()})
        value = value.xreplace({each: S(self._sizes.get(each.name, each)) for each in value.atoms(Symbol)})
        if not value.is_Integer:
            raise OutsideLanguageError(f"{term} is no size or place that can be written out")
        return int(value)
