"""Formulas in LaTeX that are as wide as a column: what does not fit on a row goes on in the next.

    term  ->  its LaTeX, if that is narrow enough  |  rows of its parts, with what joins them at the beginning of a row

Delimiters that grow with what they enclose cannot span rows, so those that do have a fixed size.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sympy import Abs, Add, Expr, Function, MatAdd, MatMul, Mul, Pow, Sum, exp, fraction
from sympy.core.relational import Relational

from phase_latency.latex_layout import width
from phase_latency.ledger.printing import latex
from phase_latency.ledger.terms import Dot, Iff, NotAll

Rows = list[str]

_INDENT = r"\quad "
_SIGNS = {"==": "=", "!=": r"\neq", "<": "<", "<=": r"\leq", ">": ">", ">=": r"\geq"}

# -- rows -----------------------------------------------------------------------------------------------------


def rows(term: Any, most: float) -> Rows:
    """A term or proposition, on as many rows as it needs.

    Args:
        term: of the language of statements.
        most: width of a row, in em.

    Returns:
        LaTeX of each row; what cannot be broken may be wider.
    """
    whole = latex(term)
    if width(whole) <= most:
        return [whole]
    for kind, broken in _BROKEN:
        if isinstance(term, kind):
            return broken(term, most)
    return [whole]


def _filled(parts: Iterable[Rows], most: float, sign: str = "") -> Rows:
    """Parts side by side while they fit; the first row stands out, and a sign leads each other part that begins one."""
    done: Rows = []
    for part in parts:
        joined = f"{done[-1]} {part[0]}" if done else ""
        if done and width(joined) <= most:
            done[-1:] = [joined, *part[1:]]
        else:
            lead = _INDENT + (f"{sign} " if sign else "") if done else ""
            done += [lead + part[0], *part[1:]]
    return done


def _led(by: str, part: Rows) -> Rows:
    return [f"{by} {part[0]}", *part[1:]]


def _within(opening: str, part: Rows, closing: str) -> Rows:
    """In delimiters; further rows are indented."""
    if len(part) == 1:
        return [f"{opening}{part[0]}{closing}"]
    inner = [part[0], *(_INDENT + row for row in part[1:])]
    return [opening + inner[0], *inner[1:-1], inner[-1] + closing]


def _in_parentheses(term: Any, most: float) -> Rows:
    return _within(r"\bigl( ", rows(term, most - 2), r" \bigr)")


def _relation(term: Any, most: float) -> Rows:
    sign = _SIGNS[term.rel_op]
    return _filled([rows(term.lhs, most), _led(sign, rows(term.rhs, most - 3))], most)


def _equivalence(term: Any, most: float) -> Rows:
    left, right = term.args
    return _filled([rows(left, most), _led(r"\iff", rows(right, most - 3))], most)


def _not_all(term: Any, most: float) -> Rows:
    parts = [rows(part, most - 3) for part in term.args]
    return [r"\text{not all of}", *(_INDENT + row for part in parts for row in part)]


def _sum_of_terms(term: Any, most: float) -> Rows:
    """Each term with its sign in front of it."""
    terms = term.as_ordered_terms() if isinstance(term, Add) else term.args  # as they are printed
    parts = [_signed(each, most - 2) for each in terms]
    first, *others = parts
    return _filled(
        [first[1] if not first[0] else _led("-", first[1]), *(_led("-" if s else "+", p) for s, p in others)], most
    )


def _signed(term: Any, most: float) -> tuple[bool, Rows]:
    negative = bool(isinstance(term, Expr) and term.could_extract_minus_sign())
    size = -term if negative else term
    return negative, _in_parentheses(size, most) if isinstance(size, (Add, MatAdd)) else rows(size, most)


def _product(term: Any, most: float) -> Rows:
    """A fraction by a slash; each factor that is a sum in parentheses."""
    above, below = fraction(term) if isinstance(term, Mul) else (term, 1)  # nothing is put together anew
    if below != 1:
        divisor = _in_parentheses(below, most) if isinstance(below, (Add, Mul)) else rows(below, most)
        parts = [_factor(above, most), _led(r"\big/", divisor)]
        return _filled(parts, most)
    coefficient, factors = term.args[0], term.args
    if coefficient == -1:
        return _led("-", _filled([_factor(each, most) for each in factors[1:]], most, r"\cdot"))
    return _filled([_factor(each, most) for each in factors], most, r"\cdot")


def _factor(term: Any, most: float) -> Rows:
    if isinstance(term, (Add, MatAdd)):
        return _in_parentheses(term, most)
    if isinstance(term, (Mul, MatMul)) and width(latex(term)) > most:
        return _product(term, most)
    return rows(term, most)


def _power(term: Any, most: float) -> Rows:
    if not term.exp.is_Integer:
        return [latex(term)]
    if term.exp.is_negative:
        return _led(r"1 \big/", _factor(1 / term, most))
    inner = _in_parentheses(term.base, most)
    return [*inner[:-1], f"{inner[-1]}^{{{latex(term.exp)}}}"]


def _sum(term: Any, most: float) -> Rows:
    i, lower, upper = term.limits[0]
    sign = rf"\sum_{{{latex(i)}={latex(lower)}}}^{{{latex(upper)}}}"
    return _led(sign, _in_parentheses(term.function, most - 2))


def _absolute(term: Any, most: float) -> Rows:
    return _within(r"\bigl| ", rows(term.args[0], most - 2), r" \bigr|")


def _call(term: Any, most: float) -> Rows:
    """A function in front of its argument; of a definition only the first argument is printed."""
    called = _CALLED.match(latex(term))
    if isinstance(term, exp):
        name = r"\exp"
    elif called and (len(term.args) == 1 or getattr(term, "indices", None) is not None):
        name = called.group(1)
    else:
        return [latex(term)]
    return _within(rf"{name}\bigl( ", rows(term.args[0], most - 3), r" \bigr)")


_CALLED = re.compile(r"(\\?[A-Za-z]+(?:\{[A-Za-z]+\})?(?:\^\{-?\d+\})?(?:_\{\w+\})?)\{?\\left\(")


def _inner_product(term: Any, most: float) -> Rows:
    left, right = (rows(each, most - 2) for each in term.args)
    return _within(r"\bigl\langle ", _filled([[*left[:-1], f"{left[-1]},"], right], most - 2), r" \bigr\rangle")


_BROKEN: Sequence[tuple[type, Callable[[Any, float], Rows]]] = (
    (Relational, _relation),
    (Iff, _equivalence),
    (NotAll, _not_all),
    (Add, _sum_of_terms),
    (MatAdd, _sum_of_terms),
    (Sum, _sum),
    (Dot, _inner_product),
    (Mul, _product),
    (MatMul, _product),
    (Pow, _power),
    (Abs, _absolute),
    (Function, _call),
)
