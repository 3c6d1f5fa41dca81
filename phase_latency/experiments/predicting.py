"""Does a measure of discriminability predict the steps to solve a task?"""

from collections.abc import Iterable, Mapping
from typing import Any

import torch

from phase_latency.experiments.asking import Asked, Cells, UnansweredError, Word
from phase_latency.experiments.cells import Cell
from phase_latency.experiments.configuration import Configuration
from phase_latency.experiments.discriminability import MEASURES, discriminability
from phase_latency.experiments.positional import positional
from phase_latency.intervals import correlated


def _predicts(cells: Cells) -> tuple[Word, str]:
    found = predictions(cells.all)
    correlations = {name: each for name, each in found["correlations"].items() if each is not None}
    if not correlations:
        return "open", "All encodings took equally many steps."
    best = min(correlations, key=lambda name: correlations[name]["value"])
    listed = ", ".join(
        f"{name} {each['value']:.2f} [{each['low']:.2f}, {each['high']:.2f}]" for name, each in correlations.items()
    )
    word: Word = "yes" if correlations["relative"]["high"] < 0 else "no"
    return word, (
        f"Rank correlation of a measure with the steps to solve, over {len(found['points'])} encodings "
        f"({found['unsolved']} of which did not solve the task in time and share the last rank): {listed}. "
        f"The strongest is {best}."
    )


def predictions(cells: Iterable[Cell]) -> dict[str, Any]:
    """Measures of encodings against the steps that it took to solve a task.

    Args:
        cells: complete ones, all of one task.

    Returns:
        ``points``, with the encoding, its measures and the mean of its steps (those of its budget where it was not
        solved); ``unsolved``, how many were not solved at some seed; ``correlations`` by measure.

    Raises:
        UnansweredError: a cell is not complete.
    """
    points: list[dict[str, Any]] = []
    for cell in cells:
        if not cell.is_complete:
            raise UnansweredError
        steps = [each["solved"] or cell.configuration.steps for each in cell.results]
        measured = _measured(cell.configuration)
        name = cell.configuration.encoding
        points.append({"encoding": name, "steps": sum(steps) / len(steps), "solved": cell.is_solved, **measured})
    taken = [point["steps"] for point in points]
    found = {name: correlated([point[name] for point in points], taken) for name in MEASURES}
    return {
        "points": points,
        "unsolved": sum(not point["solved"] for point in points),
        "correlations": {name: None if each is None else each.to_dict() for name, each in found.items()},
    }


def _measured(configuration: Configuration) -> dict[str, float]:
    width, heads, length = configuration.width, configuration.heads, configuration.length
    sizes = {"length": length, "dim": width, "heads": heads, "head_dim": width // heads}
    encoding = positional(configuration.encoding, **sizes, generator=configuration.stream("encoding"))
    rows = encoding.place(torch.arange(length), torch.float64).added
    assert rows is not None, "the family is additive"
    return discriminability(rows, configuration.token_scale)


DISCRIMINABILITY: Mapping[str, Asked] = {
    "Does discriminability relative to an encoding's own norm predict the steps to solve?": _predicts,
}
