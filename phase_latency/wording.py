r"""Prose with formulas, code, and references, which every format sets in its way.

Prose of the package is written as ``said("Weights move by at most $\tanh(r/4)$: [[softmax-perturbation]], `code`")``:
``$...$`` is LaTeX, backquotes are code, ``[[id]]`` refers to a statement and ``[@key]`` cites a work. What comes from
somebody else is never parsed: it is put in as :class:`Text` or :class:`Code`.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Text:
    """Words, as they are."""

    text: str


@dataclass(frozen=True)
class Code:
    """A name, a command or a value, set in a fixed pitch."""

    text: str


@dataclass(frozen=True)
class Formula:
    """A formula within a line, in LaTeX."""

    latex: str


@dataclass(frozen=True)
class Reference:
    """A reference to a statement of the record."""

    id: str


@dataclass(frozen=True)
class Citation:
    """A citation of a work."""

    key: str


Atom: TypeAlias = Text | Code | Formula | Reference | Citation
Said: TypeAlias = tuple[Atom, ...]

_MARKUP = re.compile(r"\$([^$]+)\$|`([^`]+)`|\[\[([^\]]+)\]\]|\[@([^\]]+)\]")


def said(prose: str, *known: str) -> Said:
    """Read prose of the package.

    Args:
        prose: see the module.
        known: statements that can be referred to, any other is only named; if none is given, all can.

    Returns:
        its parts.
    """
    parts: list[Atom] = []
    end = 0
    for found in _MARKUP.finditer(prose):
        latex, code, identifier, key = found.groups()
        if found.start() > end:
            parts.append(Text(prose[end : found.start()]))
        if identifier and known and identifier not in known:
            parts.append(Code(identifier))
        else:
            named = Reference(identifier) if identifier else Citation(key)
            parts.append(Formula(latex) if latex else Code(code) if code else named)
        end = found.end()
    return (*parts, Text(prose[end:])) if end < len(prose) else tuple(parts)


def with_symbols(text: str) -> Said:
    """Words in which symbols are typed with their indices and powers, as ``W_Q`` and ``a^2``; nothing else is read.

    Args:
        text: of a statement.

    Returns:
        its parts: such symbols as formulas, and the rest as it is.
    """
    parts: list[Atom] = []
    end = 0
    for found in _SYMBOL.finditer(text):
        base, index, power = found.groups()
        if found.start() > end:
            parts.append(Text(text[end : found.start()]))
        below = f"_{{{_letters(index[1:])}}}" if index else ""
        parts.append(Formula(f"{_letters(base)}{below}" + (f"^{{{_letters(power[1:])}}}" if power else "")))
        end = found.end()
    return (*parts, Text(text[end:])) if end < len(text) else tuple(parts)


_SYMBOL = re.compile(r"(?<![\w^])([A-Za-z]+)(?=[_^][A-Za-z0-9])(_[A-Za-z0-9]+)?(\^[A-Za-z0-9]+)?(?![\w^])", re.ASCII)
_GREEK = {"pi": r"\pi", "eps": r"\varepsilon", "tau": r"\tau"}


def _letters(name: str) -> str:
    """A letter or a number as it is; a Greek one; more letters as the name of a function."""
    if name in _GREEK:
        return _GREEK[name]
    return name if len(name) == 1 or name.isdigit() else rf"\operatorname{{{name}}}"


def markdown(text: Said) -> str:
    """Text for README.md.

    Args:
        text: read prose.

    Returns:
        Markdown, as code hosts show it.
    """
    return "".join(_markdown(part) for part in text)


def _markdown(part: Atom) -> str:
    match part:
        case Formula(latex):
            return f"${latex}$"
        case Code(text) | Reference(text):
            return f"`{text}`"
        case Citation(key):
            return f"[{key}]"
        case Text(text):
            return text


def plain(text: Said) -> str:
    """Text for a terminal.

    Args:
        text: read prose.

    Returns:
        its words; formulas as they are typed.
    """
    return "".join(_plain(part) for part in text)


def _plain(part: Atom) -> str:
    match part:
        case Formula(text) | Code(text) | Reference(text) | Text(text):
            return text
        case Citation(key):
            return f"[{key}]"
