"""Terms and propositions as one line of plain text, as one would type mathematics.

``a = b``, products by juxtaposition, ``a^2``, ``W^T x``, ``sum[i < h] ...`` for a sum over 0..h-1, and definitions by
their symbol, ``Theta(t(p))``. Long terms that return can be given names.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sympy import (
    Add,
    Basic,
    Eq,
    Expr,
    Idx,
    Indexed,
    IndexedBase,
    MatrixExpr,
    Mul,
    Ne,
    Pow,
    S,
    Sum,
    Symbol,
    Transpose,
)
from sympy.core.relational import Relational
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from phase_latency.ledger.evaluation import free_indices
from phase_latency.ledger.terms import Apply, Before, Defined, Dot, Given, Iff, Indicator, NotAll, Same

# Definitions that are printed by a symbol, which stands for them if their parameters are called as usual; and the
# variable of their first argument.
_SYMBOLS = {
    "phase": ("theta", "p"),
    "latency": ("t", "p"),
    "phase_of_latency": ("Theta", "t"),
    "latency_of_phase": ("Theta^-1", "theta"),
}
_LONG, _SHORT = 20, 12  # a term that returns is named from so many characters on, and so many with names in it


class _Printer(StrPrinter):  # type: ignore[misc]  # SymPy ships no types
    """SymPy's one-line printer with ordinary signs, and with names for some terms."""

    printmethod = "_plain_text"  # no class defines it, so every term is printed by the methods below

    def __init__(self, names: Mapping[Basic, str]) -> None:
        super().__init__()
        self.names = names

    def _print(self, expr: Any, **settings: Any) -> str:
        if isinstance(expr, Basic) and (name := self._name(expr)):
            return name
        return str(super()._print(expr, **settings))

    def _name(self, term: Basic) -> str:
        """Its name, or that of its opposite with a minus sign, or nothing."""
        if isinstance(term, Mul) and term.args[0] is S.NegativeOne and (name := self.names.get(-term)):
            return f"-{name}"
        return self.names.get(term, "")

    def parenthesize(self, item: Any, level: int, strict: bool = False) -> str:
        """Brackets around what binds more loosely than its surroundings; a name needs none."""
        if self.names.get(item):
            return self._print(item)
        if isinstance(item, Sum) and level >= PRECEDENCE["Add"]:
            return f"({self._print(item)})"
        return str(super().parenthesize(item, level, strict))

    # SymPy dispatches on the names of the following methods.

    def _print_Relational(self, expr: Relational) -> str:
        sign = {Eq: "=", Ne: "!="}.get(type(expr), expr.rel_op)
        return f"{self._print(expr.lhs)} {sign} {self._print(expr.rhs)}"

    def _print_Iff(self, expr: Iff) -> str:
        return f"{self._print(expr.args[0])}  <=>  {self._print(expr.args[1])}"

    def _print_NotAll(self, expr: NotAll) -> str:
        return "not all of  " + ";  ".join(self._print(relation) for relation in expr.args)

    def _print_Before(self, expr: Before) -> str:
        return self._indicator(expr, "<")

    def _print_Same(self, expr: Same) -> str:
        return self._indicator(expr, "=")

    def _indicator(self, expr: Indicator, sign: str) -> str:
        left, right = map(self._print, expr.args)
        return f"[{left} {sign} {right}]"

    def _print_Given(self, expr: Given) -> str:
        return self._print(expr.args[0])

    def _print_Add(self, expr: Add, order: Any = None) -> str:
        return self._joined(self._as_ordered_terms(expr, order=order))

    def _print_MatAdd(self, expr: Any) -> str:
        return self._joined(expr.args)

    def _joined(self, terms: Sequence[Any]) -> str:
        """Terms with their signs, negative ones last: ``v - u`` rather than ``-u + v``."""
        texts = [f"({self._print(t)})" if isinstance(t, Add) and not self._name(t) else self._print(t) for t in terms]
        texts.sort(key=lambda text: text.startswith("-"))
        return " ".join([texts[0], *(f"- {text[1:]}" if text.startswith("-") else f"+ {text}" for text in texts[1:])])

    def _print_Sum(self, expr: Sum) -> str:
        ((i, lower, upper),) = expr.limits
        limits = f"{self._print(i)} < {self._print(upper + 1)}" if lower == 0 else f"{i} = {lower}..{upper}"
        body = self._print(expr.function)
        bracketed = isinstance(expr.function, Add) and not self._name(expr.function)
        return f"sum[{limits}] {f'({body})' if bracketed else body}"

    def _print_Abs(self, expr: Any) -> str:
        return f"|{self._print(expr.args[0])}|"

    def _print_Dot(self, expr: Dot) -> str:
        return f"<{self._print(expr.args[0])}, {self._print(expr.args[1])}>"

    def _print_Apply(self, expr: Apply) -> str:
        linear, vector = (self.parenthesize(side, PRECEDENCE["Mul"]) for side in expr.args)
        return f"{linear} {vector}"

    def _print_Transpose(self, expr: Transpose) -> str:
        return f"{self.parenthesize(expr.arg, PRECEDENCE['Pow'])}^T"

    def _print_Idx(self, expr: Idx) -> str:
        return self._print(expr.label)

    def _print_IndexedBase(self, expr: IndexedBase) -> str:
        return self._print(expr.label)

    def _print_Indexed(self, expr: Indexed) -> str:
        return f"{self._print(expr.base)}[{self._print(expr.indices[0])}]"

    def _print_Function(self, expr: Any) -> str:
        if not isinstance(expr, Defined):
            return str(super()._print_Function(expr))
        shown = expr.args[:1] if _symbol(expr) else expr.args
        name = _symbol(expr) or type(expr).__name__
        return f"{name}({', '.join(self._print(argument) for argument in shown)})"

    def doprint(self, expr: Any) -> str:
        """The term with ``^`` for powers and a blank for the product."""
        return str(super().doprint(expr)).replace("**", "^").replace("*", " ")


def plain(term: Any, names: Mapping[Basic, str] | None = None) -> str:
    """One line of plain text.

    Args:
        term: term or proposition; numbers, tuples and dictionaries of terms are printed part by part.
        names: short names for some of its parts.

    Returns:
        the text.
    """
    return _Printer(names or {}).doprint(term)


def definitions(terms: Iterable[Basic]) -> list[str]:
    """What the symbols for definitions in some terms stand for.

    Args:
        terms: terms or propositions.

    Returns:
        one equation for each symbol, such as ``theta(p) = p w``.
    """
    return [f"{plain(left)} = {plain(right)}" for left, right in defined(terms)]


def defined(terms: Iterable[Basic]) -> list[tuple[Basic, Basic]]:
    """The definitions in some terms, each once.

    Args:
        terms: terms or propositions.

    Returns:
        left and right side, of the variable that is usual if it is printed by its symbol.
    """
    found: dict[Basic, Basic] = {}
    for term in _parts(terms):
        if isinstance(term, Defined):
            variable = [Symbol(_SYMBOLS[type(term).__name__][1], real=True)] if _symbol(term) else term.args[:1]
            left = type(term)(*variable, *term.args[1:])
            if _symbol(term) or type(term) not in map(type, found):
                found.setdefault(left, term.body(*left.args))
    return list(found.items())


def _symbol(term: Any) -> str:
    """The symbol of a definition with the usual parameters, and the index of its channel, ``theta_i``; else nothing."""
    symbol, _ = _SYMBOLS.get(type(term).__name__, ("", ""))
    return "_".join([symbol, *term.indices]) if symbol and term.indices is not None else ""


def abbreviations(terms: Sequence[Basic]) -> dict[Basic, str]:
    """Names for long terms that occur in more than one place.

    Args:
        terms: terms or propositions that will be printed together.

    Returns:
        a name for each such term, inner ones first: ``A1``, ``A2``, ..., or ``A2[i]`` if it depends on an index.
    """
    counts = Counter(part for part in _parts(terms) if isinstance(part, Expr | MatrixExpr) and not part.is_Atom)
    chosen: list[Basic] = []
    for part in sorted((part for part, count in counts.items() if count > 1), key=_size):
        if not _is_sign_or_quotient(part) and len(plain(part)) >= _LONG and len(plain(part, _named(chosen))) >= _SHORT:
            chosen.append(part)
    return _named(_in_use(chosen, terms))


def _is_sign_or_quotient(term: Basic) -> bool:
    """Whether it is ``-x`` or ``1/x``, of which x deserves the name."""
    return bool(term.args[0] is S.NegativeOne if isinstance(term, Mul) else isinstance(term, Pow) and term.exp == -1)


def _in_use(chosen: list[Basic], terms: Sequence[Basic]) -> list[Basic]:
    """Leave out what is printed once at most, since it stands inside other names."""
    while True:
        names = _named(chosen)
        lines = [plain(term, names) for term in terms] + [definition(term, names) for term in chosen]
        text = " ".join(lines)
        kept = [term for term in chosen if text.count(names[term]) > 2]  # the definition is one of them
        if kept == chosen:
            return chosen
        chosen = kept


def _named(terms: Iterable[Basic]) -> dict[Basic, str]:
    suffixes = {term: "".join(f"[{i}]" for i in sorted(map(str, free_indices(term)))) for term in terms}
    return {term: f"A{k}{suffix}" for k, (term, suffix) in enumerate(suffixes.items(), start=1)}


def definition(term: Basic, names: Mapping[Basic, str]) -> str:
    """What a name stands for.

    Args:
        term: a term with a name.
        names: all names, as `abbreviations` gives them.

    Returns:
        the equation ``A2 = ...``, in terms of the other names.
    """
    others = {other: name for other, name in names.items() if other != term}
    return f"{names[term]} = {plain(term, others)}"


def _size(term: Basic) -> int:
    return 1 + sum(_size(argument) for argument in term.args)


def _parts(terms: Iterable[Any]) -> Iterator[Basic]:
    """Every part of the terms, inner ones first."""
    for term in terms:
        if isinstance(term, Basic):
            yield from _parts(term.args)
            yield term
