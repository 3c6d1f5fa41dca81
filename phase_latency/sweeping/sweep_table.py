"""Rows of a sweep as a table."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from phase_latency.sweeping.rows import Row
from phase_latency.sweeping.values import COORDINATES
from phase_latency.tables import FAILED, status, table

_MOST = 100  # rows that are shown
_WIDEST_NAME = 28  # characters of an encoding that are kept on one line
_FIGURES = {"scale": ".6g", "residual": ".2g", "worst": ".2g"}


def sweep_table(rows: Sequence[Row], quiet: bool = False) -> RenderableType:
    """Verdict, scale, residual and worst entry of every row, each with its bound.

    Args:
        rows: what `sweep` returned; of more than 100, only the first ones that are not "ROUNDING" are shown.
        quiet: show only what is wrong: violations, overflows and errors.

    Returns:
        what rich prints; nothing if there is nothing to show.
    """
    chosen = _chosen(rows, quiet)
    if quiet and not chosen:
        return Group()
    varying = _varying(rows)
    bounded = [column for figure in _FIGURES for column in (figure, "bound")]
    shown = table(*varying, "verdict", *bounded, right=("length", "dim", "seed", "head_dim"))
    names = [len(row[name]) for row in chosen for name in varying[:1]]
    shown.columns[0].min_width = min(max(names, default=0), _WIDEST_NAME)
    for row in chosen:
        shown.add_row(*(str(row[name]) for name in varying), _verdict(row), *_figures(row))
    errors = Counter(row["error"] for row in chosen if row["error"])
    reasons = [Text.assemble(("ERROR", FAILED), f" at {count:,} points: {error}") for error, count in errors.items()]
    return Group(_heading(rows), shown, *reasons, _summary(rows, len(chosen)))


def _chosen(rows: Sequence[Row], quiet: bool) -> Sequence[Row]:
    if quiet:
        rows = [row for row in rows if row["verdict"] not in ("ROUNDING", "UNDECIDED")]
    elif len(rows) > _MOST:
        rows = [row for row in rows if row["verdict"] != "ROUNDING"]
    return rows[:_MOST]


def _varying(rows: Sequence[Row]) -> list[str]:
    """Columns that tell rows apart; the encoding is always shown, a width of heads that is that of the table is not."""
    plain = all(row["head_dim"] in (None, row["dim"]) for row in rows)
    named = [name for name in COORDINATES if not (plain and name == "head_dim")]
    return ["encoding", *(name for name in named if len({row[name] for row in rows}) > 1)]


def _summary(rows: Sequence[Row], shown: int) -> Text:
    counts = Counter("ERROR" if row["error"] else row["verdict"] for row in rows)
    named = ", ".join(f"{counts[verdict]:,} {verdict}" for verdict in sorted(counts))
    rest = f"; {len(rows) - shown:,} not shown" if shown < len(rows) else ""
    return Text(f"{len(rows):,} measured: {named}{rest}")


def _heading(rows: Sequence[Row]) -> Text:
    """The reference, and what is the same in every row."""
    found = {name: {row[name] for row in rows} for name in COORDINATES}
    if found["head_dim"] == found["dim"]:
        found["head_dim"] = {None}
    fixed = [f", {name} {values.pop()}" for name, values in found.items() if len(values) == 1 and None not in values]
    return Text.assemble("against ", (rows[0]["reference"], "bold"), *fixed)


def _verdict(row: Row) -> Text:
    return Text("ERROR", FAILED) if row["error"] else status(row["verdict"])


def _figures(row: Row) -> list[str]:
    return [
        shown
        for figure, digits in _FIGURES.items()
        for shown in (_number(row.get(figure), digits), _number(row.get(f"{figure}_bound"), ".2g"))
    ]


def _number(value: float | None, digits: str) -> str:
    return "-" if value is None else format(value, digits)
