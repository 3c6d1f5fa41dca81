"""What questions are asked with: the cells of a study by what they are of, and numbers in words.

An answer is decided by a rule on the cells, never written down: a task is *solved* if every seed came to the accuracy
of `training.SOLVED`; two cells *differ* if their intervals do not meet. What is not finished is "open".
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple, TypeAlias

from phase_latency.experiments.cells import Cell
from phase_latency.intervals import differ, percent

Word: TypeAlias = Literal["yes", "no", "in part", "open"]
# Attributes that tell cells of one study apart, besides task and encoding.
_TOLD = ("causal", "concatenated", "positional_gain", "token_scale", "temperature", "learning_rate", "norm", "steps")


class Answer(NamedTuple):
    """An answer.

    Attributes:
        question: what is asked, with its question mark.
        answer: in a word.
        text: the numbers, in the markup of :mod:`phase_latency.wording`.
    """

    question: str
    answer: Word
    text: str

    def to_dict(self) -> dict[str, str]:
        """Return plain values."""
        return self._asdict()


class UnansweredError(Exception):
    """A cell that an answer rests on is not there or not finished."""


class Cells:
    """The cells of a study, by what they are of.

    Args:
        cells: all of them.
    """

    def __init__(self, cells: Iterable[Cell]) -> None:
        self.all = list(cells)
        self.length = self.all[0].configuration.length

    def of(self, task: str, encoding: str, **changed: object) -> Cell:
        """The one cell of a task and an encoding.

        Args:
            task: its name.
            encoding: its name; ``L`` stands for the length.
            **changed: attributes of the configuration that are not the usual ones.

        Returns:
            the cell.

        Raises:
            UnansweredError: there is none, or it is not complete.
        """
        named = encoding.replace("L", str(self.length))
        base = self.all[0].configuration
        wanted = {name: getattr(base, name) for name in _TOLD} | changed
        for cell in self.all:
            it = cell.configuration
            if (it.task, it.encoding) == (task, named) and all(getattr(it, name) == wanted[name] for name in wanted):
                if not cell.is_complete:
                    raise UnansweredError
                return cell
        raise UnansweredError


Asked: TypeAlias = Callable[[Cells], tuple[Word, str]]


# -- words for numbers ------------------------------------------------------------------------------------------


def accuracies(cells: Cells, tasks: Iterable[str], encoding: str, **changed: object) -> str:
    """Of each task, the accuracy and when it was solved; arguments as those of `Cells.of`."""
    return ", ".join(f"{task} {accuracy(cells.of(task, encoding, **changed))}" for task in tasks)


def accuracy(cell: Cell) -> str:
    """The accuracy of a cell, and when its task was solved if it was."""
    return percent(cell.accuracy) + (f" (solved at {steps_to_solve(cell)})" if cell.is_solved else "")


def steps_to_solve(cell: Cell) -> str:
    """The steps at which the seeds of a cell solved their task."""
    low, high = min(cell.solved), max(cell.solved)
    return f"step {low}" if low == high else f"steps {low} to {high}"


def better(first: Cell, second: Cell) -> bool:
    """Whether the first cell is ahead of the second, by more than their intervals."""
    return differ(first.accuracy, second.accuracy) and first.accuracy.value > second.accuracy.value


def restored(mended: Sequence[Cell], before: Sequence[Cell]) -> tuple[Word, str]:
    """Whether a change solves tasks.

    Args:
        mended: cells with the change.
        before: those without it, in the same order.

    Returns:
        "yes" if all are solved with it, "in part" if some cell is ahead, else "no"; and the numbers.
    """
    pairs = list(zip(mended, before, strict=True))
    solved, ahead = all(cell.is_solved for cell in mended), any(better(*pair) for pair in pairs)
    word: Word = "yes" if solved else "in part" if ahead else "no"
    parts = (f"{one.configuration.task} {accuracy(one)}, before {percent(other.accuracy)}" for one, other in pairs)
    return word, f"{'; '.join(parts)}."
