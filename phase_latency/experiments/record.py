"""What experiments found, as plain values: for files, tables, README.md and the appendix.

    runs  ->  cells (all seeds of a configuration)  ->  rows, answers, claims of the paper

Nothing in it depends on the machine's speed or on what was interrupted: the same code, seeds and size give the same.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from phase_latency.experiments.answers import answers
from phase_latency.experiments.asking import UnansweredError
from phase_latency.experiments.cells import Cell, cells
from phase_latency.experiments.claims import claims
from phase_latency.experiments.predicting import predictions
from phase_latency.experiments.runs import Ran
from phase_latency.experiments.similarity import all_similarities
from phase_latency.experiments.studies import Size, Study
from phase_latency.experiments.versions import version


def record(studies: Sequence[Study], size: Size, runs: Sequence[Ran]) -> dict[str, Any]:
    """Say what runs found.

    Args:
        studies: the experiments.
        size: at which they were run.
        runs: all of them, finished or not.

    Returns:
        ``size``, ``version``, ``setting``, ``similarities``, ``studies`` and ``claims``, in JSON values. Tiny runs
        answer no question, and say nothing of the paper.
    """
    by_study = {each.name: _cells(each, size, runs) for each in studies}
    similarities = all_similarities()
    return {
        "size": size,
        "version": version(),
        "setting": _setting(runs),
        "similarities": similarities,
        "studies": [_study(each, size, by_study[each.name], runs) for each in studies],
        "claims": [each.to_dict() for each in claims(similarities, by_study if size == "full" else {})],
    }


def _cells(study: Study, size: Size, runs: Sequence[Ran]) -> list[Cell]:
    """In the order of the study, whatever was run besides."""
    found = {each.configuration: each for each in runs}
    return cells(found[each] for each in dict.fromkeys(study.runs(size)))


def _study(study: Study, size: Size, found: Sequence[Cell], runs: Sequence[Ran]) -> dict[str, Any]:
    own = set(study.runs(size))
    errors = sorted({each.error for each in runs if each.configuration in own and each.error})
    shown: dict[str, Any] | None = None
    if study.name == "discriminability":
        with suppress(UnansweredError):
            shown = predictions(found)
    return {
        "name": study.name,
        "title": study.title,
        "question": study.question,
        "runs": len(own),
        "finished": sum(len(each.results) for each in found),
        "errors": errors,
        "rows": [each.to_dict() for each in found],
        "answers": [each.to_dict() for each in answers(study.name, found)] if size == "full" else [],
        "predictions": shown,
    }


def _setting(runs: Sequence[Ran]) -> dict[str, Any]:
    """What all runs share."""
    shared = {name: {json.dumps(each.configuration.to_task()[name]) for each in runs} for name in _SHARED}
    return {name: json.loads(values.pop()) for name, values in shared.items() if len(values) == 1}


_SHARED = ("length", "vocabulary", "width", "heads", "layers", "batch", "learning_rate", "norm")
