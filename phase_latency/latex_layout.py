"""How LaTeX is laid out: how wide a formula is set, and formulas below one another.

Widths are estimated in em, within a quarter of what TeX sets.
"""

import re
from collections.abc import Sequence
from textwrap import wrap

from phase_latency.escaping import tex

_CHARACTERS = 66  # of a footnote in a column of 345 pt, with room to spare

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}_^]|\s+|.")
_INVISIBLE = {rf"\{word}" for word in ("left", "right", "bigl", "bigr", "displaystyle", "text", "operatorname")}
_WIDTHS = {r"\quad": 1.0, r"\leq": 1.4, r"\geq": 1.4, r"\neq": 1.4, r"\sum": 1.5, r"\lfloor": 0.5, r"\rfloor": 0.5}
_WIDTHS |= {"=": 1.4, "<": 1.4, ">": 1.4, "+": 1.3, "-": 1.3, ",": 0.5, "(": 0.45, ")": 0.45, "[": 0.35, "]": 0.35}
_WIDTHS |= {r"\langle": 0.45, r"\rangle": 0.45, r"\big": 0.0, "/": 0.6, "|": 0.35, r"\iff": 2.8}
_LETTER, _WORD, _SMALL = 0.58, 0.55, 0.72


def width(text: str) -> float:
    """About how wide a formula is set.

    Args:
        text: LaTeX.

    Returns:
        em.
    """
    return _width([token for token in _TOKEN.findall(text) if not token.isspace()])


def _width(tokens: list[str]) -> float:
    total = 0.0
    while tokens:
        token = tokens.pop(0)
        if token in ("_", "^"):
            total += _SMALL * _width(_argument(tokens))
        elif token == "{":
            tokens.insert(0, token)
            total += _width(_argument(tokens))
        elif token == r"\frac":
            total += 0.3 + max(_width(_argument(tokens)), _width(_argument(tokens)))
        elif token == r"\sqrt":
            total += 0.9 + _width(_argument(tokens))
        elif token == r"\sum":
            total += max(1.7, _width_of_limits(tokens))
        elif token not in _INVISIBLE and token != "}":
            total += _WIDTHS.get(token, _of_word(token))
    return total


def _of_word(token: str) -> float:
    """A letter; a Greek one; or a function called by its name."""
    named = token.startswith("\\") and len(token) > 3
    return _WORD * (len(token) - 1) if named and token[1:] in _NAMED else _LETTER


_NAMED = {"cos", "sin", "tan", "exp", "log", "tanh", "acos"}


def _argument(tokens: list[str]) -> list[str]:
    """What a command takes: a token, or a group without its braces."""
    if not tokens or tokens[0] != "{":
        return [tokens.pop(0)] if tokens else []
    depth, taken = 0, []
    while tokens:
        token = tokens.pop(0)
        depth += (token == "{") - (token == "}")
        taken.append(token)
        if depth == 0:
            break
    return taken[1:-1]


def _width_of_limits(tokens: list[str]) -> float:
    """Limits stand below and above a sum."""
    widest = 0.0
    while tokens and tokens[0] in ("_", "^"):
        tokens.pop(0)
        widest = max(widest, _SMALL * _width(_argument(tokens)))
    return widest + 0.4


def aligned(lines: Sequence[tuple[Sequence[str], str]]) -> list[str]:
    """Formulas in LaTeX, below one another.

    Args:
        lines: rows of each formula, and a comment that is set below them; empty for none.

    Returns:
        lines of source.
    """
    body = [row for formula, comment in lines for row in (*formula, *_comment(comment))]
    return [r"\begin{align*}", " \\\\\n".join(f"  & {row}" for row in body), r"\end{align*}"]


def _comment(text: str) -> list[str]:
    return [rf"\qquad\text{{\footnotesize {tex(line)}}}" for line in wrap(text, _CHARACTERS, break_on_hyphens=False)]
