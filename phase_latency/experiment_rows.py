"""Rows of experiments in words: the same cells on a terminal, in README.md and in an appendix. Loads no torch."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from phase_latency.intervals import Interval, bits, percent

Plain: TypeAlias = Mapping[str, Any]

# What a table shows of other lengths: the figure, its heading, and how it is written.
_Further: TypeAlias = tuple[str, str, Callable[[float], str]]
_FURTHER: Mapping[str, _Further] = {
    "length": ("bits", "bits at", lambda value: f"{value:.2g}"),
    "tasks": ("accuracy_beyond", "% beyond, up to", lambda value: f"{100 * value:.0f}"),
}


def columns(study: Plain) -> tuple[str, ...]:
    """Headings of the rows of a study.

    Args:
        study: of a record of experiments.

    Returns:
        as many as `cells` has; the last is "verdict".
    """
    further = _FURTHER.get(study["name"])
    more = (_heading(study, further),) if further else ()
    changed = ("change",) if _has_changes(study) else ()
    return ("task", "encoding", *changed, "steps", "seeds", "accuracy", "bits", "solved", *more, "verdict")


def cells(study: Plain, row: Plain) -> tuple[str, ...]:
    """One row of a study.

    Args:
        study: of a record of experiments.
        row: of that study.

    Returns:
        task, encoding, change if the study has any, steps, seeds, accuracy and bits per character with their intervals
        at 95 %, how many seeds solved it and when, of some studies figures at other lengths, and the verdict.
    """
    further = _FURTHER.get(study["name"])
    figures = (_shown(row["accuracy"], percent), _shown(row["bits"], bits), _solved(row))
    more = (_further(row, further),) if further else ()
    changed = (row["change"],) if _has_changes(study) else ()
    return (row["task"], row["encoding"], *changed, str(row["steps"]), _seeds(row), *figures, *more, row["verdict"])


def _has_changes(study: Plain) -> bool:
    return any(row["change"] for row in study["rows"])


def _seeds(row: Plain) -> str:
    """Which of them are finished: 0-3 for all from 0 to 3."""
    there: Sequence[int] = row["seeds"]
    if len(there) > 1 and list(there) == list(range(there[0], there[-1] + 1)):
        text = f"{there[0]}-{there[-1]}"
    else:
        text = ", ".join(map(str, there)) or "-"
    return text if len(there) == row["expected"] else f"{text} of {row['expected']} runs"


def _heading(study: Plain, further: _Further) -> str:
    figure, title, _ = further
    there = {length for row in study["rows"] for length, each in row["lengths"].items() if each[figure]}
    return f"{title} {' / '.join(sorted(there, key=int))}"


def _further(row: Plain, further: _Further) -> str:
    figure, _, words = further
    found = [each[figure] for each in row["lengths"].values() if each[figure] is not None]
    return " / ".join(words(each["value"]) for each in found) or "-"


def _solved(row: Plain) -> str:
    steps: Sequence[int] = row["solved"]
    if not steps:
        return f"0 of {row['expected']}"
    when = str(steps[0]) if steps[0] == steps[-1] else f"{steps[0]}-{steps[-1]}"
    return f"{len(steps)} of {row['expected']} at {when}"


def _shown(figure: Mapping[str, float] | None, words: Callable[[Interval], str]) -> str:
    return "-" if figure is None else words(Interval(**figure))
