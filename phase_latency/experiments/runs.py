"""The runs of experiments, on the one runner: in parallel, interrupted and gone on with, with the same numbers."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from phase_latency.errors import ArgumentError, PhaseLatencyError
from phase_latency.experiments.checkpoints import remove_checkpoint
from phase_latency.experiments.configuration import Configuration
from phase_latency.experiments.studies import SIZES, Size, Study
from phase_latency.experiments.training import trained
from phase_latency.experiments.versions import version
from phase_latency.progress import Progress
from phase_latency.running import Outcome, Work, run

NAME = "experiment"  # of the work, in journals and beside the progress bar


@dataclass(frozen=True)
class Ran:
    """A configuration and what became of it.

    Attributes:
        configuration: what was run.
        result: what `trained` returned; None if it failed or is not finished.
        error: why it failed.
        seconds: wall time of its last part.
    """

    configuration: Configuration
    result: dict[str, Any] | None
    error: str | None
    seconds: float


def run_studies(
    name: str,
    studies: Sequence[Study],
    size: Size,
    *,
    folder: Path,
    resume: bool = False,
    budget: float | None = None,
    jobs: int = 1,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> list[Ran]:
    """Run the configurations of experiments, each once, also where several experiments share it.

    Args:
        name: of all of it together, and of its journal.
        studies: the experiments.
        size: "full", or "tiny" to go through the code in seconds.
        folder: for the journal of finished runs and the checkpoints of others. On a cluster, one that all workers see.
        resume: go on with what an earlier call left in the folder.
        budget: minutes after which the runs stop; each keeps a checkpoint. None for no limit.
        jobs: processes on this machine, >= 1.
        cluster: address of a dask scheduler whose workers run them instead.
        progress: told how many runs are done.

    Returns:
        every run in order; those that are not finished have neither a result nor an error.

    Raises:
        ArgumentError: a size or budget that is none, and what `phase_latency.running.run` refuses.
        MissingToolError: a cluster is named, and dask is not installed.
    """
    if size not in SIZES:
        raise ArgumentError("size", size, f"one of {', '.join(SIZES)}", "choose one")
    if budget is not None and not budget > 0:
        raise ArgumentError("budget", budget, "minutes, > 0", "leave it out for no limit")
    deadline = None if budget is None else time.time() + 60 * budget
    configurations = list(dict.fromkeys(each for study in studies for each in study.runs(size)))
    kept = folder.absolute() / "checkpoints"
    work = Work(NAME, version(), partial(_run, folder=kept, deadline=deadline, expected_version=version()))
    outcomes = run(
        work,
        [each.to_task() for each in configurations],
        journal=folder / f"{name}.journal",
        resume=resume,
        jobs=jobs,
        cluster=cluster,
        deadline=deadline,
        progress=progress,
    )
    return [_ran(configuration, outcome) for configuration, outcome in zip(configurations, outcomes, strict=True)]


def _run(task: dict[str, Any], *, folder: Path, deadline: float | None, expected_version: str) -> dict[str, Any]:
    if version() != expected_version:
        raise PhaseLatencyError(f"the worker has {version()}; expected {expected_version}; install that there")
    found = trained(task, folder=folder, deadline=deadline)
    remove_checkpoint(folder, task)
    return found


def _ran(configuration: Configuration, outcome: Outcome) -> Ran:
    return Ran(configuration, outcome.result, outcome.error, outcome.seconds)
