"""Sweep a grid with the runner, and keep the results."""

from functools import partial
from pathlib import Path

from phase_latency.errors import ArgumentError
from phase_latency.progress import Progress
from phase_latency.running import Work, run
from phase_latency.sweeping.files import check_results_file, write_rows
from phase_latency.sweeping.grids import Grid
from phase_latency.sweeping.measured import NAME, measured, version
from phase_latency.sweeping.rows import Row, rows


def sweep(
    grid: Grid,
    *,
    out: Path | None = None,
    resume: bool = False,
    jobs: int = 1,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> list[Row]:
    """Measure at every point of a grid.

    While it runs, each finished point is added to a journal beside `out`, whose name ends in ``.journal``. It stays,
    and with `resume` the sweep goes on from there. Rows and files are the same whatever `jobs`, and whether the sweep
    was interrupted.

    Args:
        grid: what is measured.
        out: results, .parquet, .csv or .json by its name; None to write none.
        resume: go on with the journal of an earlier run of the same grid, or start if there is none.
        jobs: processes on this machine, >= 1; 1 runs in this process.
        cluster: address of a dask scheduler whose workers measure instead.
        progress: called with what is done, how many points are done, and how many there are.

    Returns:
        one row for each point, in the order of `Grid.points`: coordinates, verdict, reason, error, and every figure
        with its bound. A point that cannot be measured, as an odd width of a sinusoidal encoding, has an error.

    Raises:
        ArgumentError: `grid` is none; `out` cannot be written, or is there from another run; the journal is there
            although `resume` is False, or is of another grid, other tables, another version, or damaged; `jobs` < 1, or
            `jobs` and `cluster` together; `resume` without `out`; a cluster that does not answer.
        MissingToolError: pyarrow or dask is needed and not installed.
    """
    if not isinstance(grid, Grid):
        remedy = 'pass Grid(("sinusoidal", "rank"), {"length": [64, 256]})'
        raise ArgumentError("grid", grid, "a Grid", remedy)
    if resume and out is None:
        raise ArgumentError("resume", resume, "a file of results to go on with", "name it as out")
    journal = None if out is None else _journal(out)
    work = Work(NAME, version(), partial(measured, expected_version=version()))
    points, tables = list(grid.points()), grid.tables()
    tasks = [point | ({"tables": tables} if tables else {}) for point in points]
    outcomes = run(work, tasks, journal=journal, resume=resume, jobs=jobs, cluster=cluster, progress=progress)
    found = rows(points, outcomes)
    if out is not None:
        write_rows(out, found)
    return found


def _journal(out: Path) -> Path:
    """The journal of a file of results that can be written without a loss."""
    check_results_file(out)
    journal = out.with_name(f"{out.name}.journal")
    if out.exists() and not journal.exists():
        expected = "a new file, or one with its journal beside it"
        raise ArgumentError("out", str(out), expected, "choose another name, or delete it")
    return journal
