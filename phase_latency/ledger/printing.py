"""How terms are printed: LaTeX with plain subscripts, and text for terminals."""

from typing import Any

from sympy import Idx, Indexed, IndexedBase, MatMul, MatrixExpr, Mul, Symbol, fraction
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE

from phase_latency.ledger.terms import Dot

_GREEK = {"eps": r"\varepsilon"}


class _Printer(LatexPrinter):
    """SymPy's printer, with an index printed by its name alone, and no parentheses that nobody would write."""

    def _print_Idx(self, term: Idx) -> str:  # SymPy dispatches on this name
        return str(self._print(term.label))

    def _print_IndexedBase(self, term: IndexedBase) -> str:  # SymPy dispatches on this name
        return str(self._print(term.label))

    def _print_Indexed(self, term: Any) -> str:  # SymPy dispatches on this name
        return f"{self._print(term.base)}_{{{self._print(term.indices[0])}}}"

    def _print_Symbol(self, expr: Symbol, style: str = "plain") -> str:  # SymPy dispatches on this name
        return _GREEK.get(expr.name) or str(super()._print_Symbol(expr, style))

    def _print_MatMul(self, expr: MatMul) -> str:  # SymPy dispatches on this name
        """A number, which is no matrix to be put in parentheses, in front of matrices."""
        number = Mul(*(part for part in expr.args if not isinstance(part, MatrixExpr)))
        matrices = [part for part in expr.args if isinstance(part, MatrixExpr)]
        product = " ".join(self.parenthesize(part, PRECEDENCE["Mul"], strict=True) for part in matrices)
        if abs(number) == 1:
            return product if number == 1 else f"- {product}"
        sign, size = ("- ", -number) if number.as_coeff_Mul()[0] < 0 else ("", number)
        return f"{sign}{self.parenthesize(size, PRECEDENCE['Mul']) if size.is_Add else self._print(size)} {product}"

    def _needs_function_brackets(self, expr: Any) -> bool:
        """None around a symbol, an entry, or a whole fraction."""
        whole_fraction = expr.is_Mul and fraction(expr)[1] != 1 and expr.as_coeff_Mul()[0] > 0
        return not (isinstance(expr, (Symbol, Indexed)) or whole_fraction)

    def _needs_mul_brackets(self, expr: Any, first: bool = False, last: bool = False) -> bool:
        """Inner products have brackets of their own; SymPy takes them for those of its vectors."""
        return not isinstance(expr, Dot) and bool(super()._needs_mul_brackets(expr, first, last))


def latex(term: Any) -> str:
    """LaTeX of a term or proposition."""
    return str(_Printer({"mul_symbol": None, "fold_func_brackets": True}).doprint(term))


def text(term: Any) -> str:
    """One line of plain text for a term or proposition."""
    return str(term)
