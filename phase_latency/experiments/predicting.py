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


def _of_its_own(cells: Cells) -> tuple[Word, str]:
    found = predictions(cells.all)
    return _word(found["correlations"]["relative"]), (
        f"Rank correlation with the steps to solve, over {len(found['points'])} encodings ({found['unsolved']} of "
        "which did not solve the task in time and share the last rank; a measure that predicts has a negative one): "
        f"{_listed(found['correlations'], 'relative', 'rank')}. An amplitude leaves both measures as they are "
        "([[amplitude-keeps-discriminability]]), and learning not."
    )


def _against_tokens(cells: Cells) -> tuple[Word, str]:
    correlations = predictions(cells.all)["correlations"]
    return _word(correlations["absolute"]), f"{_listed(correlations, 'absolute', 'normalised', 'kernel')}."


def _word(correlation: Mapping[str, float] | None) -> Word:
    """Whether it is negative for sure."""
    return "open" if correlation is None else "yes" if correlation["high"] < 0 else "no"


def _listed(correlations: Mapping[str, Mapping[str, float] | None], *names: str) -> str:
    return ", ".join(f"{name} {_shown(correlations[name])}" for name in names)


def _shown(correlation: Mapping[str, float] | None) -> str:
    if correlation is None:
        return "none, since all are equal"
    return "{value:.2f} [{low:.2f}, {high:.2f}]".format(**correlation)


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
    "Does discriminability relative to an encoding's own norm predict the steps to solve?": _of_its_own,
    "Does discriminability relative to the norm of a token predict them?": _against_tokens,
}
