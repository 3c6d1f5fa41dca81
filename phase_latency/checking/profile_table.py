"""An invariance profile as a table."""

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from phase_latency.tables import plain_text, status, table

if TYPE_CHECKING:
    from phase_latency.checking.profile import InvarianceProfile, ProfileRow

# What no encoding that uses position is invariant under, but for special ones.
_HARMLESS = ("QueryShift", "Compress", "Relabel", "Permute")


def profile_table(found: "InvarianceProfile", wide: bool = True) -> RenderableType:
    """The rows, the witnesses and the facts.

    Args:
        found: what `check` returned.
        wide: whether there is room for the reasons beside the figures.

    Returns:
        what rich prints.
    """
    low, high = found.positions
    heading = Text.assemble((found.encoding, "bold"), f"  {found.kind}, positions {low} to {high}, seed {found.seed}")
    rows = table("under", "class", "verdict", "scale", "deviation", "bound", *["reason"] * wide)
    for row in found.rows:
        figures = [_figure(each) for each in (row.scale, row.deviation, row.bound)]
        rows.add_row(row.under, row.invariance, _verdict(row), *figures, *[row.reason] * wide)
    witnesses = [_witness(row) for row in found.rows if row.witness is not None]
    return Group(heading, rows, *witnesses, *_program(found), facts_text(found))


def _verdict(row: "ProfileRow") -> Text:
    """In red only where something is wrong: that position is used is no fault."""
    if row.verdict == "FAILS" and not row.claimed and _is_harmless(row):
        return Text(row.verdict, "dim")
    return status(row.verdict)


def _is_harmless(row: "ProfileRow") -> bool:
    return row.under.partition("(")[0] in _HARMLESS


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _witness(row: "ProfileRow") -> Text:
    return Text.assemble(("smallest witness  ", "dim"), str(row.witness))


def _program(found: "InvarianceProfile") -> list[RenderableType]:
    """The program of the first witness of something that is wrong."""
    wrong = [row for row in found.rows if row.snippet and (row.claimed or not _is_harmless(row))]
    return [Text("\nto see it:", "dim"), Padding(Text(wrong[0].snippet), (0, 0, 1, 4))] if wrong else []


def facts_text(found: "InvarianceProfile") -> Text:
    """The facts on one line.

    Args:
        found: what `check` returned.

    Returns:
        what rich prints.
    """
    facts = found.facts
    said = [
        "position is not used" if facts.vacuous else "",
        "" if facts.finite else "not finite",
        "depends on earlier calls" if facts.history_dependent else "",
        "depends on the other positions of a call" if facts.window_dependent else "",
        f"angles in {facts.angle_dtype}" if facts.angle_dtype else "",
        f"{facts.distinct_positions} of {facts.tested_positions} positions distinct",
        "" if facts.first_collision is None else f"first collision at {facts.first_collision}",
        facts.ends or "",
        "prints while it computes" if facts.prints else "",
    ]
    return Text("; ".join(each for each in said if each))


def profile_text(found: "InvarianceProfile") -> str:
    """The table as plain text.

    Args:
        found: what `check` returned.

    Returns:
        some lines.
    """
    return plain_text(profile_table(found))
