r"""Text with formulas, code, and references, for every format.

Prose of the package is written as ``said("Weights move by at most $\tanh(r/4)$: [[softmax-perturbation]], `code`")``:
``$...$`` is LaTeX, backquotes are code, ``[[id]]`` refers to a statement and ``[@key]`` cites a work. What comes from
somebody else is never parsed: it is put in as :class:`Text` or :class:`Code`.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

from markupsafe import escape

from phase_latency.appendix.mathematics import mathml
from phase_latency.appendix.mathematics import typst as typst_formula
from phase_latency.escaping import tex, tex_code, visible


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
        known: statements that the record has; any other is named, and not referred to. None: all are known.

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


def plain(text: Said) -> str:
    """The words alone, for titles and for those who hear a figure described.

    Args:
        text: read prose.

    Returns:
        one line.
    """
    return "".join(part.latex if isinstance(part, Formula) else next(iter(vars(part).values())) for part in text)


# -- formats ----------------------------------------------------------------------------------------------------------


def typst_string(text: str) -> str:
    """A string of Typst, which is not read as markup.

    Args:
        text: as it is.

    Returns:
        an expression, without a hash.
    """
    quoted = visible(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


def typst(text: Said) -> str:
    """Text for Typst.

    Args:
        text: read prose.

    Returns:
        markup.
    """
    return "".join(_typst(part) for part in text)


def _typst(part: Atom) -> str:
    match part:
        case Formula(latex):
            return f"${typst_formula(latex)}$"
        case Code(text):
            return f"#raw({typst_string(text)});"
        case Reference(id):
            return f"@pl-{id} (#raw({typst_string(id)});)"
        case Citation(key):
            return f"#cite(label({typst_string(key)}));"
        case Text(text):
            return f"#{typst_string(text)};"


def html(text: Said) -> str:
    """Text for a page.

    Args:
        text: read prose.

    Returns:
        HTML.
    """
    return "".join(_html(part) for part in text)


def _html(part: Atom) -> str:
    match part:
        case Formula(latex):
            return str(mathml(latex))
        case Code(text):
            return f"<code>{escape(visible(text))}</code>"
        case Reference(id):
            return f'<a href="#{escape(id)}"><code>{escape(id)}</code></a>'
        case Citation(key):
            return f'[<a href="#work-{escape(key)}">{escape(key)}</a>]'
        case Text(text):
            return str(escape(visible(text)))


def latex(text: Said) -> str:
    """Text for LaTeX.

    Args:
        text: read prose.

    Returns:
        LaTeX.
    """
    return "".join(_latex(part) for part in text)


def _latex(part: Atom) -> str:
    match part:
        case Formula(latex):
            return f"${latex}$"
        case Code(text):
            return tex_code(text)
        case Reference(id):
            return rf"Theorem~\ref{{pl:{id}}} ({tex_code(id)})"
        case Citation(key):
            return rf"\cite{{{key}}}"
        case Text(text):
            return tex(text)


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
