"""An appendix in the formats that are asked for, all printed from one record."""

import json
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from phase_latency.appendix.cells import shown_in_figures
from phase_latency.appendix.drawing import Drawn, draw
from phase_latency.appendix.folder import write_folder
from phase_latency.appendix.printing import STEM, bibliography, print_html, print_tex, print_typst
from phase_latency.appendix.view import View, view
from phase_latency.errors import ArgumentError, MissingToolError

Format = Literal["tex", "pdf", "html", "json"]
FORMATS: tuple[Format, ...] = ("tex", "pdf", "html", "json")
_OURS = re.compile(rf"{STEM}[\w.-]*|index\.html|record\.json")  # with what LaTeX makes of them


def is_ours(name: str) -> bool:
    """Whether a file of this name belongs to an appendix, or is what LaTeX made of one.

    Args:
        name: without its folder.

    Returns:
        whether it may be replaced.
    """
    return _OURS.fullmatch(name) is not None


def parse_formats(text: str) -> tuple[Format, ...]:
    """Read formats as they are named on the command line.

    Args:
        text: names, separated by commas.

    Returns:
        the formats, in their usual order.

    Raises:
        ArgumentError: there is no such format, or none is named.
    """
    names = {name.strip() for name in text.split(",")} - {""}
    unknown = sorted(names - set(FORMATS))
    if unknown or not names:
        given = unknown[0] if unknown else text
        raise ArgumentError("--formats", given, f"some of {', '.join(FORMATS)}", "separate them by commas")
    return tuple(name for name in FORMATS if name in names)


def write_appendix(record: Mapping[str, Any], out: Path, formats: Iterable[Format] = FORMATS) -> tuple[str, ...]:
    """Print a record.

    Args:
        record: of the form of ``record.schema.json``.
        out: folder, which is replaced if it holds an appendix.
        formats: "tex" (fragment, bibliography, figures and a document around them), "pdf", "html", "json".

    Returns:
        names of the files.

    Raises:
        ArgumentError: the folder holds something else, or cannot be written.
        MissingToolError: typst is not installed, and "pdf" is asked for.
    """
    files = printed(record, formats)
    write_folder(out, files, is_ours)
    return tuple(files)


def printed(record: Mapping[str, Any], formats: Iterable[Format] = FORMATS) -> dict[str, bytes]:
    """The files of an appendix.

    Args:
        record: of the form of ``record.schema.json``.
        formats: which are wanted.

    Returns:
        content by name.

    Raises:
        MissingToolError: typst is not installed, and "pdf" is asked for.
    """
    wanted = frozenset(formats)
    shown, paper = view(record), bool(wanted & {"tex", "pdf"})
    figures = draw(shown_in_figures(record), screen="html" in wanted, paper=paper)
    pictures = {f"{STEM}_{name}.pdf": drawn.pdf for name, drawn in figures.items()} if paper else {}
    files: dict[str, bytes] = {}
    if "tex" in wanted:
        files |= {name: text.encode() for name, text in print_tex(shown).items()} | pictures
    if "pdf" in wanted:
        files[f"{STEM}.pdf"] = _pdf(shown, pictures)
    if "html" in wanted:
        files["index.html"] = print_html(shown, _screen(figures)).encode()
    if "json" in wanted:
        files["record.json"] = f"{json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)}\n".encode()
    return files


def _screen(figures: Mapping[str, Drawn]) -> dict[str, str]:
    return {name: drawn.svg for name, drawn in figures.items()}


def _pdf(shown: View, pictures: Mapping[str, bytes]) -> bytes:
    """Set by Typst, with the fonts that it brings along: the same on every machine."""
    try:
        import typst
    except ImportError as error:
        raise MissingToolError("typst", "pip install 'phase-latency[appendix]'") from error
    sources = {f"{STEM}.typ": print_typst(shown).encode(), f"{STEM}.bib": bibliography(shown).encode(), **pictures}
    with tempfile.TemporaryDirectory() as folder:
        for name, content in sources.items():
            (Path(folder) / name).write_bytes(content)
        return bytes(typst.compile(f"{folder}/{STEM}.typ", root=folder, ignore_system_fonts=True))
