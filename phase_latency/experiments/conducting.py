"""An experiment from its name to files: run, put together, write."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phase_latency.errors import ArgumentError
from phase_latency.experiments.record import record
from phase_latency.experiments.results_files import write_results
from phase_latency.experiments.runs import Ran, run_studies
from phase_latency.experiments.studies import STUDIES, Size, Study, study
from phase_latency.progress import Progress

ALL, SIMILARITY = "all", "similarity"  # every study; the figures of similarity alone, which need no training


@dataclass(frozen=True)
class Conducted:
    """An experiment that was run.

    Attributes:
        record: what was found, as `phase_latency.experiments.record.record` returns it.
        runs: all of them, finished or not.
        files: that were written.
    """

    record: dict[str, Any]
    runs: tuple[Ran, ...]
    files: tuple[Path, ...]

    @property
    def finished(self) -> int:
        """How many runs have a result."""
        return sum(each.result is not None for each in self.runs)

    @property
    def failed(self) -> tuple[str, ...]:
        """Why runs failed, one line each."""
        return tuple(dict.fromkeys(each.error for each in self.runs if each.error))


def studies_of(name: str) -> list[Study]:
    """The studies that a name stands for.

    Args:
        name: of a study, "all", or "similarity", which is measured with every one of them and trains nothing.

    Returns:
        the studies.

    Raises:
        ArgumentError: there is no such experiment.
    """
    if name == ALL:
        return list(STUDIES.values())
    return [] if name == SIMILARITY else [study(name)]


def conduct(
    name: str,
    *,
    out: Path,
    size: Size = "full",
    budget: float | None = None,
    resume: bool = False,
    jobs: int = 1,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> Conducted:
    """Run an experiment, and write ``experiments.json``, ``runs.csv`` and ``curves.csv``.

    The numbers are the same whatever `jobs` and `cluster`, and whether it was interrupted, on machines whose torch adds
    in the same order.

    Args:
        name: of a study, "all" or "similarity".
        out: folder of the results, with the journal of finished runs and the checkpoints of others; made if it is not
            there.
        size: "full", or "tiny", which goes through the same code in seconds and answers nothing.
        budget: minutes after which runs stop, > 0; what was done is kept. None for no limit.
        resume: go on with what is in `out`, or start if nothing is.
        jobs: processes on this machine, >= 1.
        cluster: address of a dask scheduler whose workers run them instead; they must see `out` by the same name.
        progress: told how many runs are done.

    Returns:
        what was found.

    Raises:
        ArgumentError: an unknown name or size, a budget that is none or too small to finish a single run, a folder
            that cannot be written or that has runs of something else, and what the runner refuses.
        MissingToolError: a cluster is named, and dask is not installed.
    """
    studies = studies_of(name)
    _make(out)
    runs: list[Ran] = []
    if studies:
        runs = run_studies(
            *(name, studies, size),
            folder=out,
            resume=resume,
            budget=budget,
            jobs=jobs,
            cluster=cluster,
            progress=progress,
        )
        _check_budget(budget, runs)
    found = record(studies, size, runs)
    return Conducted(found, tuple(runs), write_results(out, found, runs))


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        remedy = f"mend: {problem.strerror}"
        raise ArgumentError("out", str(folder), "a folder that can be made", remedy) from problem


def _check_budget(budget: float | None, runs: Sequence[Ran]) -> None:
    if budget is not None and all(each.result is None and each.error is None for each in runs):
        expected = "minutes enough to finish one run; what was done is kept in its checkpoint"
        raise ArgumentError("budget", budget, expected, "go on with --resume and a larger budget")
