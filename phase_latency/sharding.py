"""One measurement shared out: shards of the tables are summed by local processes or by the workers of a cluster.

Every shard is a task of the runner, so that a worker that dies loses no other shard. The merged sums have the same bits
as one pass, whatever the number of shards.
"""

import itertools
from functools import partial
from pathlib import Path
from typing import Any

import torch

from phase_latency.encodings.files import is_table_file, separated_key
from phase_latency.environment import package_version
from phase_latency.errors import PhaseLatencyError
from phase_latency.invariance import InvarianceError
from phase_latency.measuring import measure_named, named_tables
from phase_latency.progress import Progress
from phase_latency.running import Work, run
from phase_latency.streaming.layers import factored
from phase_latency.streaming.shards import AnySums, merged, shard
from phase_latency.streaming.sides import Side, sides
from phase_latency.streaming.sums import Method
from phase_latency.validation import check_whole


def measure_sharded(
    reference: str,
    other: str,
    *,
    shards: int,
    jobs: int = 1,
    cluster: str | None = None,
    length: int | None = None,
    dim: int | None = None,
    dtype: str | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> tuple[InvarianceError, str]:
    """Measure two encodings by name, with the sums over positions shared out.

    Args:
        reference: as for `measure_named`; workers read files at the same absolute path.
        other: as for `measure_named`.
        shards: number of shards, >= 1; at most one for each block of rows is made.
        jobs: processes on this machine.
        cluster: address of a dask scheduler whose workers sum instead.
        length: as for `measure_named`.
        dim: as for `measure_named`.
        dtype: as for `measure_named`.
        progress: called with what is summed, how many shards are done, and how many there are.
        options: as for `measure_named`.

    Returns:
        what `measure_named` returns, bit by bit.

    Raises:
        ArgumentError: what `measure_named` refuses, a number of shards < 1, or a cluster that does not answer.
        MissingToolError: a cluster is named, and dask is not installed.
        PhaseLatencyError: a shard could not be summed.
    """
    check_whole(shards, "shards", 1, "pass the number of shards, for example 4")
    first, second = _absolute(reference), _absolute(other)
    tables = {"reference": first, "other": second, "length": length, "dim": dim, "dtype": dtype}
    summed = partial(_summed, tables=tables, shards=shards, jobs=jobs, cluster=cluster, progress=progress)
    names: Any = {"length": length, "dim": dim, "dtype": dtype}
    return measure_named(first, second, **names, summer=summed, **options)


def _summed(
    side: Side,
    method: Method,
    *,
    tables: dict[str, Any],
    shards: int,
    jobs: int,
    cluster: str | None,
    progress: Progress | None,
) -> AnySums:
    borders = [number * side.leaves // shards for number in range(shards + 1)]
    tasks = [
        {**tables, "method": method, "first": first, "last": last}
        for first, last in itertools.pairwise(borders)
        if first < last
    ]
    work = Work(f"sum shards, {method}", _version(), partial(sum_shard, expected_version=_version()))
    outcomes = run(work, tasks, jobs=jobs, cluster=cluster, progress=progress)
    for outcome in outcomes:
        if outcome.result is None:
            raise PhaseLatencyError(str(outcome.error))
    return merged(method, [outcome.result["nodes"] for outcome in outcomes if outcome.result], side.leaves)


def sum_shard(task: dict[str, Any], *, expected_version: str) -> dict[str, Any]:
    """Sum one shard.

    Args:
        task: names of the tables, their size, the method and the range of blocks.
        expected_version: of the package and of torch where the measurement runs.

    Returns:
        the nodes of its sums.

    Raises:
        PhaseLatencyError: this process has other versions, or what reading the tables refuses.
    """
    if _version() != expected_version:
        raise PhaseLatencyError(f"the worker has {_version()}; expected {expected_version}; install that there")
    named = named_tables(task["reference"], task["other"], task["length"], task["dim"], task["dtype"])
    side, _ = sides(factored(None, named, named))
    return {"nodes": shard(side, task["method"], task["first"], task["last"])}


def _version() -> str:
    return f"phase-latency {package_version()}, torch {torch.__version__}"


def _absolute(spec: str) -> str:
    """A path as every process understands it; names of encodings as they are."""
    if not is_table_file(spec):
        return spec
    path, key = separated_key(spec)
    return f"{Path(path).absolute()}:{key}" if key else str(Path(path).absolute())
