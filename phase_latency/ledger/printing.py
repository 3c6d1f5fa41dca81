"""How terms are printed: LaTeX with plain subscripts, and text for terminals."""

from typing import Any

from sympy import Idx, IndexedBase
from sympy.printing.latex import LatexPrinter


class _Printer(LatexPrinter):
    """SymPy's printer, with an index printed by its name alone."""

    def _print_Idx(self, term: Idx) -> str:  # SymPy dispatches on this name
        return str(self._print(term.label))

    def _print_IndexedBase(self, term: IndexedBase) -> str:  # SymPy dispatches on this name
        return str(self._print(term.label))

    def _print_Indexed(self, term: Any) -> str:  # SymPy dispatches on this name
        return f"{self._print(term.base)}_{{{self._print(term.indices[0])}}}"


def latex(term: Any) -> str:
    """LaTeX of a term or proposition."""
    return str(_Printer({"mul_symbol": None}).doprint(term))


def text(term: Any) -> str:
    """One line of plain text for a term or proposition."""
    return str(term)
