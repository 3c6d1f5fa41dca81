"""Run tasks to the end: in order, in processes or on a cluster, through crashes, and each of them once."""

import time
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path

from phase_latency.errors import ArgumentError
from phase_latency.progress import Progress
from phase_latency.running.journal import Journal, opened_journal
from phase_latency.running.pools import Pool, WorkerDiedError, pool
from phase_latency.running.tasks import Function, Outcome, Task, Work, attempt, by_identity, identity
from phase_latency.threads import one_thread

_LOOK_AGAIN = 10.0  # seconds after which the pool is asked again how many workers it has
_DIED = "its process died each time, also when nothing else ran: short of memory, or a crash in native code"


def run(
    work: Work,
    tasks: Sequence[Task],
    *,
    journal: Path | None = None,
    resume: bool = False,
    jobs: int = 1,
    cluster: str | None = None,
    deadline: float | None = None,
    progress: Progress | None = None,
) -> list[Outcome]:
    """Run a function on every task.

    Every call runs with one thread, wherever it runs, so that results do not depend on `jobs`.

    Args:
        work: the function with its name and version.
        tasks: dictionaries of JSON values, no two alike.
        journal: file to which each outcome is added when it is there; None to keep none.
        resume: go on with an existing journal: what is finished is not run again, what failed is.
        jobs: processes on this machine, >= 1; 1 runs in this process.
        cluster: address of a dask scheduler whose workers run the tasks instead.
        deadline: moment (`time.time()`) after which no task is begun; a function that knows it can stop by raising
            `UnfinishedError`. What is not finished is not in the journal.
        progress: called with the name of the work, how many tasks are done, and how many there are.

    Returns:
        the outcomes in the order of the tasks; of those that are not finished without result and error.

    Raises:
        ArgumentError: tasks that are alike or no JSON values; `resume` without a journal; a journal that is there
            although `resume` is False, belongs to other tasks or another version, is damaged, in use, or cannot be
            written to; `jobs` < 1, or `jobs` and `cluster` together; a cluster that does not answer or goes away.
        MissingToolError: a cluster is named, and dask is not installed.
    """
    _check(journal, resume, jobs, cluster)
    found = by_identity(work, tasks)
    with _maybe_opened(journal, work, found, resume) as book:
        outcomes = dict(book.finished) if book else {}
        pending = [task for name, task in found.items() if name not in outcomes]
        if progress:
            progress(work.name, len(outcomes), len(found))
        with closing(_finished(work.function, pending, jobs, cluster, deadline)) as finished:
            for outcome in finished:
                if not outcome.is_finished:
                    continue
                if book:
                    book.append(outcome)
                outcomes[identity(work, outcome.task)] = outcome
                if progress:
                    progress(work.name, len(outcomes), len(found))
    return [outcomes.get(name) or Outcome(task, None, None, 0.0) for name, task in found.items()]


def _check(journal: Path | None, resume: bool, jobs: int, cluster: str | None) -> None:
    if resume and journal is None:
        raise ArgumentError("resume", resume, "a journal to go on with", "name the file of the results")
    if not isinstance(jobs, int) or isinstance(jobs, bool) or jobs < 1:
        raise ArgumentError("jobs", jobs, "an integer >= 1", "pass the number of processes")
    if jobs > 1 and cluster is not None:
        raise ArgumentError("jobs", jobs, "local processes or a cluster, not both", "leave one of the two out")


def _maybe_opened(
    journal: Path | None, work: Work, tasks: dict[str, Task], resume: bool
) -> AbstractContextManager[Journal | None]:
    return nullcontext() if journal is None else opened_journal(journal, work, tasks, resume)


# -- running ----------------------------------------------------------------------------------------------------


def _finished(
    function: Function, tasks: list[Task], jobs: int, cluster: str | None, deadline: float | None
) -> Generator[Outcome, None, None]:
    """Outcomes as they come."""
    if not tasks:
        return
    if jobs == 1 and cluster is None:
        with one_thread():
            yield from (attempt(function, task) for task in tasks if not _is_past(deadline))
        return
    with pool(jobs, cluster) as workers:
        for alone in (False, False, True):
            tasks = yield from _round(workers, function, tasks, alone, deadline)


def _is_past(deadline: float | None) -> bool:
    return deadline is not None and time.time() >= deadline


def _round(
    workers: Pool, function: Function, tasks: list[Task], alone: bool, deadline: float | None
) -> Generator[Outcome, None, list[Task]]:
    """Run tasks, one at a time if `alone`; those whose worker died are returned, or, if alone, have failed."""
    waiting, running, died = deque(tasks), dict[Future[Outcome], Task](), list[Task]()
    while waiting or running:
        if _is_past(deadline):
            waiting.clear()
        width = 1 if alone else workers.width()
        while waiting and len(running) < width:
            task = waiting.popleft()
            running[workers.submit(function, task)] = task
        for future in wait(running, _LOOK_AGAIN, FIRST_COMPLETED).done:
            task = running.pop(future)
            try:
                yield workers.outcome(future)
            except WorkerDiedError:
                if alone:
                    yield Outcome(task, None, _DIED, 0.0)
                else:
                    died.append(task)
    return died
