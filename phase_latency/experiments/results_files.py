"""Results in files: the record, one line for each run, and one for each point of a learning curve."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from phase_latency import atomic
from phase_latency.experiments.runs import Ran
from phase_latency.sweeping.files import write_rows

FILES = ("experiments.json", "runs.csv", "curves.csv")
_FIGURES = ("steps", "bits", "accuracy", "solved", "parameters")


def write_results(folder: Path, record: Mapping[str, Any], runs: Sequence[Ran]) -> tuple[Path, ...]:
    """Write what was found, each file whole or not at all.

    Args:
        folder: where to; it must exist.
        record: of these runs.
        runs: finished or not; the others have no figures.

    Returns:
        the files.

    Raises:
        ArgumentError: a file cannot be written.
    """
    record_file, runs_file, curves_file = (folder / name for name in FILES)
    atomic.write_text(record_file, f"{json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)}\n")
    written = [record_file]
    points = [point for each in runs for point in _points(each)]
    for file, rows in ((runs_file, [_line(each) for each in runs]), (curves_file, points)):
        if rows:
            write_rows(file, rows)
            written.append(file)
    return tuple(written)


def _line(ran: Ran) -> dict[str, Any]:
    """The configuration and what came out; lengths that have no value are left empty."""
    result = ran.result or {}
    found = {name: result.get(name) for name in _FIGURES}
    found["steps_made"] = found.pop("steps")
    for length in ran.configuration.test_lengths:
        at = result.get("lengths", {}).get(str(length)) or {}
        found |= {f"{name}_at_{length}": at.get(name) for name in ("bits", "accuracy", "accuracy_beyond")}
    return _identified(ran) | found | {"error": ran.error}


def _points(ran: Ran) -> list[dict[str, Any]]:
    curve = (ran.result or {}).get("curve", [])
    return [_identified(ran) | {"step": step, "bits": bits, "accuracy": hits} for step, bits, hits in curve]


def _identified(ran: Ran) -> dict[str, Any]:
    task = ran.configuration.to_task()
    return {name: value for name, value in task.items() if name != "test_lengths"}
