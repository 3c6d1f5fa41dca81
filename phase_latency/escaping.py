"""Text that is set as it is, and does nothing: for LaTeX, and wherever characters act instead of being seen."""

import re
import unicodedata

_JOINERS = "\u200c\u200d"  # within words of some scripts, and within emoji


def visible(text: str) -> str:
    """Text without characters that act instead of being seen.

    Args:
        text: whatever somebody called something.

    Returns:
        the text on one line; what would turn round the text after it, or is no character, as ``U+202E``.
    """
    return "".join(_shown(character) for character in re.sub(r"\s", " ", text))


def _shown(character: str) -> str:
    acts = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    return f"U+{ord(character):04X}" if acts and character not in _JOINERS else character


_TEX = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": "$<$", ">": "$>$"} | {
    "|": "$|$",
    "\u2264": r"$\leq$",
    "\u2265": r"$\geq$",
    "\u2260": r"$\neq$",
    "\u00d7": r"$\times$",
    "\u2013": "--",
    "\u221e": r"$\infty$",
    "\u03c0": r"$\pi$",
    "\u221a": r"$\surd$",
    "\u00b2": "$^2$",
    "\u03c4": r"$\tau$",
}
_TEX |= {character: f"\\{character}" for character in "&%$#_{}"}
_ACCENTS = {"\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0308": '"', "\u030a": "r", "\u030c": "v"}


def tex(text: str) -> str:
    """Text for LaTeX, in any encoding of fonts.

    Args:
        text: as it is.

    Returns:
        LaTeX in ASCII: letters with accents by their commands, what no font is sure to have by its number, ``U+1F600``.
    """
    quoted = re.sub(r'(^|[ (])"', r"\1``", visible(text)).replace('"', "''")
    return "".join(map(_tex, quoted))


def _tex(character: str) -> str:
    if character in _TEX:
        return _TEX[character]
    if character.isascii():
        return character
    letter, *accents = list(unicodedata.normalize("NFD", character))
    if len(accents) == 1 and accents[0] in _ACCENTS and letter.isascii() and letter.isalpha():
        return f"\\{_ACCENTS[accents[0]]}{{{letter}}}"
    return f"U+{ord(character):04X}"


def label(identifier: str) -> str:
    """A name for what is referred to, in any format.

    Args:
        identifier: of a statement.

    Returns:
        letters, digits and dashes: those of the identifier, with dashes for what else it has.
    """
    return re.sub(r"[^A-Za-z0-9-]", "-", identifier)


def tex_cell(text: str) -> str:
    """Text for a narrow column of LaTeX: it may be broken after an opening bracket, a slash and a comma.

    Args:
        text: as it is.

    Returns:
        LaTeX in ASCII.
    """
    return _MAY_BREAK.join(map(tex, re.split(r"(?<=[(/,])(?=\S)", visible(text))))


def tex_code(text: str) -> str:
    """A name or a value for LaTeX, in a fixed pitch, which may be broken after punctuation and within long words.

    Args:
        text: as it is.

    Returns:
        LaTeX in ASCII.
    """
    pieces = re.findall(rf"[^{_BREAKS}]{{1,16}}[{_BREAKS}]*|[{_BREAKS}]+", visible(text))
    return rf"\texttt{{{_MAY_BREAK.join(''.join(map(_tex_of_code, piece)) for piece in pieces)}}}"


_BREAKS, _MAY_BREAK = r"-_/.,:;=()\[\] ", r"\allowbreak "


def _tex_of_code(character: str) -> str:
    """Without the ligatures of two dashes and two quotes, and with the characters of that font, where it has them."""
    if character in '$\\{}^~"':
        return rf"\char{ord(character)}{{}}"
    return f"{{{character}}}" if character in "-'`<>|" else _tex(character)
