"""Rows of a sweep: coordinates and figures side by side, each figure with its bound in the next column."""

from collections.abc import Iterable, Iterator
from typing import Any

from phase_latency.running import Outcome

Row = dict[str, Any]  # names of columns to numbers, texts or None

_AXES = ("head", "query", "key")  # of "positions"


def rows(points: Iterable[dict[str, Any]], outcomes: Iterable[Outcome]) -> list[Row]:
    """Flatten outcomes.

    Args:
        points: of the grid, in order.
        outcomes: of the points, in the same order.

    Returns:
        one row for each point, all with the same columns in the same order: the coordinates, "verdict", "reason",
        "error" (why a point could not be measured), then every figure and its bound; None where there is none.
    """
    named = ("verdict", "reason", "error")
    found = []
    for point, outcome in zip(points, outcomes, strict=True):
        figures = dict(_flat("", outcome.result or {})) | {"error": outcome.error}
        found.append(point | {name: figures.pop(name, None) for name in named} | figures)
    columns = dict.fromkeys(column for row in found for column in row)
    return [{column: row.get(column) for column in columns} for row in found]


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Columns of a value: ``{"scale": {"value": 1, "bound": 2}}`` gives scale and scale_bound."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "positions":
                yield from ((f"{name}_{axis}", each) for axis, each in zip(_AXES, inner, strict=True))
            else:
                yield from _flat(name if key == "value" else f"{name}_{key}".removeprefix("_"), inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _flat(f"{name}_{number}", inner)
    elif value is not None:
        yield name, value
