"""Tables and status words: through rich on a terminal, as the same aligned text without styles when piped."""

import io
from collections.abc import Sequence
from typing import IO, Protocol, cast, runtime_checkable

from rich.box import Box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

_HEAD_RULE = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)  # a rule below the head, nothing else
_PLAIN_WIDTH, _WIDE = 120, 110  # characters of a line that is piped, and from which on there is room for more
FAILED = "bold red"
STYLES = {
    **dict.fromkeys(("DERIVED", "TESTED", "MEASURED", "REFUTED", "PROVED", "ROUNDING", "HOLDS"), "green"),
    **dict.fromkeys(("UNSAT", "CHECKED"), "green"),
    **dict.fromkeys(("FAILED", "VIOLATED", "VIOLATION", "FAILS", "OVERFLOW"), FAILED),
    **dict.fromkeys(("UNDECIDED", "MISSING", "VACUOUS"), "yellow"),
    "NONE": "dim",
}


@runtime_checkable
class Output(Protocol):
    """Where to print: a terminal or a pipe."""

    def isatty(self) -> bool:
        """Tell whether it is a terminal."""

    def write(self, text: str, /) -> object:
        """Write text to it."""


def show(renderable: RenderableType, file: Output) -> None:
    """Print to a terminal with its width and colours, or to a pipe as plain text.

    Args:
        renderable: what rich prints.
        file: where to; rich reads NO_COLOR, TERM and COLUMNS for a terminal.
    """
    if file.isatty():
        _terminal(file).print(renderable)
        return
    text = plain_text(renderable)
    file.write(f"{text}\n" if text else "")


def plain_text(renderable: RenderableType) -> str:
    """Render without styles.

    Args:
        renderable: what rich prints.

    Returns:
        lines without trailing blanks.
    """
    plain = Console(file=io.StringIO(), width=_PLAIN_WIDTH, highlight=False, no_color=True, force_terminal=False)
    with plain.capture() as capture:
        plain.print(renderable)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def has_room(file: Output) -> bool:
    """Tell whether lines may be longer than a narrow terminal's.

    Args:
        file: where to print.

    Returns:
        True for a pipe and for a terminal of at least 110 columns.
    """
    return not file.isatty() or _terminal(file).width >= _WIDE


def _terminal(file: Output) -> Console:
    return Console(file=cast(IO[str], file), highlight=False)


def table(*columns: str, right: Sequence[str] = ()) -> Table:
    """A table with a rule below its head and nothing else.

    Args:
        columns: names of the columns.
        right: names of those that are aligned to the right.

    Returns:
        the table, without rows.
    """
    empty = Table(box=_HEAD_RULE, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    for column in columns:
        fixed = column in ("statement", "verdict")
        empty.add_column(column, justify="right" if column in right else "left", overflow="fold", no_wrap=fixed)
    return empty


def status(text: str, detail: str = "") -> Text:
    """A status word in its colour.

    Args:
        text: the word.
        detail: what follows it.

    Returns:
        what rich prints.
    """
    return Text.assemble((text, STYLES.get(text, "")), f" {detail}" if detail else "")
