"""Prose as LaTeX, as Typst and as HTML."""

from markupsafe import escape

from phase_latency.appendix.mathematics import mathml
from phase_latency.appendix.mathematics import typst as typst_formula
from phase_latency.escaping import label, tex, tex_code, visible
from phase_latency.wording import Atom, Citation, Code, Formula, Reference, Said, Text


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
            return f"@pl-{label(id)} (#raw({typst_string(id)});)"
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
            return f'<a href="#{label(id)}"><code>{escape(id)}</code></a>'
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
            return rf"Theorem~\ref{{pl:{label(id)}}} ({tex_code(id)})"
        case Citation(key):
            return rf"\cite{{{key}}}"
        case Text(text):
            return tex(text)
