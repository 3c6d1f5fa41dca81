"""Formulas of a record for browsers and for Typst: LaTeX as a tree of MathML, and what each makes of it."""

from functools import cache
from html import unescape
from xml.etree import ElementTree

from latex2mathml.converter import convert
from markupsafe import Markup

_NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
# Of what the converter does not know: a character that it passes on.
_CHARACTERS = {r"\langle": "\u27e8", r"\rangle": "\u27e9", r"\lfloor": "\u230a", r"\rfloor": "\u230b"} | {
    r"\lceil": "\u2308",
    r"\rceil": "\u2309",
}
_OPERATORS = {"\u27fa", "\u230a", "\u230b", "\u2308", "\u2309", "\u27e8", "\u27e9"}  # no letters
_SUM = "\u2211"
_SPACES = {"0.167em": "thin", "1em": "quad", "2em": "wide"}


@cache
def _tree(latex: str) -> ElementTree.Element:
    """The MathML of a formula, with the limits of sums below and above."""
    for command, character in _CHARACTERS.items():
        latex = latex.replace(command, character)
    root = ElementTree.fromstring(convert(latex))
    for node in root.iter():
        node.tag = node.tag.removeprefix(_NAMESPACE)
        node.text = unescape(node.text.strip()) if node.text else node.text
        node.attrib = {name: value for name, value in node.attrib.items() if name in ("width", "minsize", "maxsize")}
        if node.text in _OPERATORS:
            node.tag = "mo"
        if node.tag == "mo" and len(node.text or "") > 1 and str(node.text).isalpha():
            node.tag = "mi"  # a function, which is set as cos is
        if node.tag in ("msub", "msup", "msubsup") and node[0].text == _SUM:
            node.tag = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}[node.tag]
    return root


def mathml(latex: str) -> Markup:
    """A formula for browsers, inline.

    Args:
        latex: of the record.

    Returns:
        a ``math`` element; sums have their limits below and above.
    """
    root = _tree(latex)
    body = "".join(ElementTree.tostring(part, encoding="unicode") for part in root)
    return Markup(f'<math displaystyle="true">{body}</math>')


def typst(latex: str) -> Markup:
    """A formula for Typst, in its mathematical mode, without the dollar signs.

    Args:
        latex: of the record.

    Returns:
        source.
    """
    return Markup(_typst(_tree(latex)))


def _typst(node: ElementTree.Element) -> str:
    match node.tag:
        case "mi" | "mn" | "mo" | "mtext":
            return _token(node)
        case "mspace":
            return _SPACES.get(node.get("width", ""), "thin")
        case "mfrac":
            return f"frac({_typst(node[0])}, {_typst(node[1])})"
        case "msqrt":
            return f"sqrt({_all(node)})"
        case "msub" | "msup" | "msubsup" | "munder" | "mover" | "munderover":
            return _attached(node)
        case "mrow" if _is_fenced(node):
            return f"lr({_all(node)})"
        case _:
            return _all(node)


def _all(node: ElementTree.Element) -> str:
    return " ".join(_typst(part) for part in node)


def _is_fenced(node: ElementTree.Element) -> bool:
    return len(node) > 1 and all(part.tag == "mo" and part.text in _FENCES for part in (node[0], node[-1]))


_FENCES = frozenset("()[]{}|\u27e8\u27e9\u230a\u230b\u2308\u2309")


def _attached(node: ElementTree.Element) -> str:
    base, *scripts = (_typst(part) for part in node)
    if node.tag in ("munder", "mover", "munderover"):
        base = f"limits({base})"
    places = {"sub": ("b",), "under": ("b",), "sup": ("t",), "over": ("t",)}.get(node.tag[1:], ("b", "t"))
    return f"attach({base}, {', '.join(f'{place}: {script}' for place, script in zip(places, scripts, strict=True))})"


def _token(node: ElementTree.Element) -> str:
    text = node.text or ""
    if node.tag == "mtext":
        return f'"{text.replace(chr(92), chr(92) * 2).replace(chr(34), chr(92) + chr(34))}"'
    if len(text) > 1 and text.isalpha():
        return f'op("{text}")'
    if len(text) == 1 and not text.isalnum():
        return f"\\{text}" if text.isascii() else text
    return text
