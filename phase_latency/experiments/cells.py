"""Runs that differ in their seed only, put together: means, intervals, and how many solved their task."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from phase_latency.experiments.configuration import Configuration
from phase_latency.experiments.runs import Ran
from phase_latency.intervals import Interval, mean

_DIGITS = 4  # of the learning curves that are kept


@dataclass(frozen=True)
class Cell:
    """All seeds of one configuration.

    Attributes:
        configuration: what they share, with seed 0.
        results: of those that are finished, as `trained` returned them.
        seeds: of these.
        expected: number of seeds that there are to be.
    """

    configuration: Configuration
    results: tuple[dict[str, Any], ...]
    seeds: tuple[int, ...]
    expected: int

    @property
    def is_complete(self) -> bool:
        """Whether every seed is finished."""
        return len(self.results) == self.expected

    @property
    def accuracy(self) -> Interval:
        """Accuracy in the end."""
        return self._mean(lambda result: result["accuracy"])

    @property
    def bits(self) -> Interval:
        """Bits per character in the end."""
        return self._mean(lambda result: result["bits"])

    @property
    def solved(self) -> list[int]:
        """Steps at which the task was solved, of the seeds at which it was."""
        return [each["solved"] for each in self.results if each["solved"] is not None]

    @property
    def is_solved(self) -> bool:
        """Whether every seed solved the task."""
        return self.is_complete and len(self.solved) == self.expected

    def at(self, length: int, figure: str = "bits") -> Interval | None:
        """What came out at another length.

        Args:
            length: one of those that were tried.
            figure: "bits", "accuracy", or these with "_beyond", of the positions past the training ones.

        Returns:
            the mean over seeds; None where the encoding has no value.
        """
        found = [each["lengths"][str(length)] for each in self.results]
        if any(each is None or figure not in each for each in found):
            return None
        return mean([each[figure] for each in found])

    def _mean(self, figure: Callable[[dict[str, Any]], float]) -> Interval:
        return mean([figure(each) for each in self.results])

    def curve(self) -> list[list[float]]:
        """Step, and mean bits and accuracy, of each evaluation that all seeds came to."""
        curves = zip(*(each["curve"] for each in self.results), strict=False)
        return [
            [points[0][0], *(_rounded(statistics.fmean(point[part] for point in points)) for part in (1, 2))]
            for points in curves
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the row of a table as plain values; figures are None if no seed is finished."""
        there = bool(self.results)
        return {
            "task": self.configuration.task,
            "encoding": self.configuration.encoding,
            "change": change(self.configuration),
            "steps": self.configuration.steps,
            "seeds": list(self.seeds),
            "expected": self.expected,
            "verdict": "MEASURED" if self.is_complete else "NONE",
            "accuracy": self.accuracy.to_dict() if there else None,
            "bits": self.bits.to_dict() if there else None,
            "solved": sorted(self.solved),
            "lengths": {str(n): self._length(n) for n in self.configuration.test_lengths} if there else {},
            "curve": self.curve() if there else [],
            "runs": [self._run(*both) for both in zip(self.seeds, self.results, strict=True)],
        }

    @staticmethod
    def _run(seed: int, result: dict[str, Any]) -> dict[str, Any]:
        """What one seed came to, without its curve."""
        return {"seed": seed} | {name: value for name, value in result.items() if name != "curve"}

    def _length(self, length: int) -> dict[str, Any]:
        figures = ("bits", "accuracy", "accuracy_beyond")
        found = {figure: self.at(length, figure) for figure in figures}
        return {name: None if each is None else each.to_dict() for name, each in found.items()}


def _rounded(number: float) -> float:
    return float(f"{number:.{_DIGITS}g}")


def cells(runs: Iterable[Ran]) -> list[Cell]:
    """Put runs together.

    Args:
        runs: in any order; those that failed or are not finished count as expected.

    Returns:
        the cells, task by task, each in the order of its first runs.
    """
    together: dict[Configuration, list[Ran]] = {}
    for each in runs:
        together.setdefault(replace(each.configuration, seed=0), []).append(each)
    tasks = list(dict.fromkeys(shared.task for shared in together))
    return sorted((_cell(*both) for both in together.items()), key=lambda cell: tasks.index(cell.configuration.task))


def _cell(shared: Configuration, found: Sequence[Ran]) -> Cell:
    finished = [each for each in found if each.result is not None]
    results = tuple(each.result for each in finished if each.result is not None)
    return Cell(shared, results, tuple(each.configuration.seed for each in finished), len(found))


def change(configuration: Configuration) -> str:
    """What is unusual about a configuration besides its task and encoding.

    Args:
        configuration: of a study.

    Returns:
        a few words; empty if nothing is.
    """
    usual = Configuration(configuration.task, configuration.encoding)
    words = {
        "causal": "causal",
        "concatenated": "concatenated",
        "positional_gain": f"W_Q, W_K rows times {configuration.positional_gain:g}",
        "token_scale": f"tokens times {_fraction(configuration.token_scale)}",
        "temperature": f"temperature {_fraction(configuration.temperature)}",
        "learning_rate": f"learning rate {configuration.learning_rate:g}",
        "norm": f"{configuration.norm}-norm",
    }
    return ", ".join(text for name, text in words.items() if getattr(configuration, name) != getattr(usual, name))


def _fraction(number: float) -> str:
    return str(Fraction(number).limit_denominator(1_000_000))
