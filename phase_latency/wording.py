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
