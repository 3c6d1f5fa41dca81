"""What the runs answer: each question of a study with a word and the numbers that it rests on."""

from collections.abc import Iterable, Mapping

from phase_latency.experiments.asked_as_published import COPY, LENGTH
from phase_latency.experiments.asked_of_mending import COMPRESSION, REPAIR
from phase_latency.experiments.asked_of_position import TASKS
from phase_latency.experiments.asking import Answer, Asked, Cells, UnansweredError
from phase_latency.experiments.cells import Cell
from phase_latency.experiments.predicting import DISCRIMINABILITY

QUESTIONS: Mapping[str, Mapping[str, Asked]] = {
    "copy": COPY,
    "length": LENGTH,
    "tasks": TASKS,
    "repair": REPAIR,
    "compression": COMPRESSION,
    "discriminability": DISCRIMINABILITY,
}


def answers(study: str, cells: Iterable[Cell]) -> list[Answer]:
    """Answer the questions of a study.

    Args:
        study: its name.
        cells: all of its cells.

    Returns:
        the answers, in order.
    """
    found = Cells(cells)
    return [_answer(question, asked, found) for question, asked in QUESTIONS[study].items()]


def _answer(question: str, asked: Asked, cells: Cells) -> Answer:
    try:
        return Answer(question, *asked(cells))
    except UnansweredError:
        return Answer(question, "open", "Not all of its runs are finished.")
