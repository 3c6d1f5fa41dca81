"""A measurement as a table: every figure with the most that it can be off, and what it was measured on."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from phase_latency.tables import STYLES, table

if TYPE_CHECKING:
    from phase_latency.figures import Figure, InvarianceError, RowFigures, WeightsChange

Line = tuple[str, "Figure", str]


def measurement(found: "InvarianceError", reference: str, other: str, setting: str) -> RenderableType:
    """How far one encoding's positional logits are from a multiple of another's.

    Args:
        found: what `measure` returned.
        reference: name of the first encoding.
        other: name of the second.
        setting: length, width and dtype.

    Returns:
        what rich prints.
    """
    heading = Text.assemble((found.verdict, STYLES[found.verdict]), f"  {other} against {reference}, {setting}")
    if found.verdict == "OVERFLOW":
        return Group(heading, Text(found.reason))
    shown = table("", "value", "bound", "", right=("value", "bound"))
    for name, figure, remark in _lines(found):
        shown.add_row(name, f"{figure.value:.6g}", f"{figure.bound:.2g}", Text(remark, "dim"))
    strongest = Text(f"strongest invariance class that holds: {found.invariance}")
    return Group(heading, Text(found.reason), strongest, shown, *_notes(found))


def _lines(found: "InvarianceError") -> Iterator[Line]:
    worst = found.worst
    yield "scale", found.scale, ""
    yield "residual", found.residual, f"of the logits; they change {found.condition:.2g} times as much as the tables"
    yield "worst entry", worst.deviation, f"at head {worst.head}, query {worst.query}, key {worst.key}"
    for name, residual in found.relations.items():
        if name != "Scale":
            yield f"left by {name}", residual, ""
    if found.plain is not None:
        yield from _weights(found.plain, "", "same temperature")
    if found.retempered is not None:
        yield from _weights(found.retempered, "re-tempered ", "temperature times scale")


def _weights(change: "WeightsChange", prefix: str, temperature: str) -> Iterator[Line]:
    figures: tuple[tuple[str, RowFigures], ...] = (
        ("weights", change.total_variation),
        ("KL", change.kl),
        ("KL reverse", change.kl_reverse),
    )
    for name, figure in figures:
        remark = f"query {figure.largest.query}"
        if name == "weights":
            remark = f"total variation, {temperature}; {remark}{_mean(figure)}"
        yield prefix + name, figure.largest.figure, remark


def _mean(figure: "RowFigures") -> str:
    if figure.interval is None or figure.ceiling is None:
        return f"; mean {figure.mean.value:.3g}"
    low, high = figure.interval
    return f"; mean {low:.3g} to {high:.3g}, nowhere above {figure.ceiling:.3g}"


def _notes(found: "InvarianceError") -> Iterator[Text]:
    """What was not looked at, if anything."""
    search, weights = found.search, found.plain
    if not search.complete:
        share = f"{search.examined:,} of {search.entries:,} entries were looked at"
        yield Text(f"worst entry: {share}; none deviates by more than {search.at_most:.3g}", "yellow")
    if weights is not None and not weights.complete:
        rows = f"{weights.measured:,} of {weights.rows:,} rows, drawn at random"
        share = f"with 95 % confidence at most {100 * weights.exceeding:.3g} % of all rows exceed the largest"
        yield Text(f"weights: {rows}; {share}; intervals of means are at 95 % confidence", "yellow")
    sampled, queries = found.sampled
    if 0 < sampled < queries:
        yield Text(f"RowAffine, Order: {sampled:,} of {queries:,} queries, drawn at random", "yellow")
