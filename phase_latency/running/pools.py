"""Where tasks run: in local processes or on a cluster. Both are pools that say when a worker died."""

import logging
import os
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Protocol

from phase_latency.errors import ArgumentError, MissingToolError
from phase_latency.running.tasks import Function, Outcome, Task, attempt

if TYPE_CHECKING:
    from distributed import Client

_ADDRESS = r"((tcp|tls|ucx|ws|wss)://)?[^/\s:]+:\d{1,5}"
_CONNECT = 30.0  # seconds that a scheduler and its first worker may take
_WATCH = 1.0  # seconds between two looks at the parent process
_PATIENCE = 300.0  # seconds without any worker before a run gives up


class WorkerDiedError(Exception):
    """The process that ran a task is gone."""


class Pool(Protocol):
    """Workers."""

    def width(self) -> int:
        """Tell how many tasks to hand over at a time: twice the workers, so that none waits for its next task."""

    def submit(self, function: Function, task: Task) -> Future[Outcome]:
        """Hand over a task."""

    def outcome(self, future: Future[Outcome]) -> Outcome:
        """Return what became of a task that is done, or raise `WorkerDiedError`."""


def pool(jobs: int, cluster: str | None) -> AbstractContextManager[Pool]:
    """Start local processes, or join a cluster.

    Args:
        jobs: number of local processes.
        cluster: address of a dask scheduler, as in ``tcp://10.0.0.1:8786``; None for local processes.

    Returns:
        a context that gives the pool.

    Raises:
        ArgumentError: nothing answers at the address, or no worker is there after half a minute.
        MissingToolError: an address is given, and dask is not installed.
    """
    return _local(jobs) if cluster is None else _cluster(cluster)


# -- local processes --------------------------------------------------------------------------------------------


class _Processes:
    """Processes of joblib's loky, replaced as a whole when one of them dies."""

    def __init__(self, jobs: int) -> None:
        self.executor: Executor | None = None
        self._jobs = jobs

    def width(self) -> int:
        return 2 * self._jobs

    def submit(self, function: Function, task: Task) -> Future[Outcome]:
        from joblib.externals.loky import ProcessPoolExecutor

        if self.executor is None:
            self.executor = ProcessPoolExecutor(
                self._jobs, env={"OMP_NUM_THREADS": "1"}, initializer=_follow, initargs=(os.getpid(),)
            )
        try:
            return self.executor.submit(attempt, function, task)
        except BrokenExecutor:
            self.close()
            return self.submit(function, task)

    def outcome(self, future: Future[Outcome]) -> Outcome:
        try:
            return future.result()
        except BrokenExecutor as problem:
            raise WorkerDiedError from problem

    def close(self) -> None:
        if self.executor is not None:
            self.executor.shutdown(wait=True, kill_workers=True)  # type: ignore[call-arg]  # loky has one more
            self.executor = None


def _follow(parent: int) -> None:
    """End this process when its parent has ended, or it would go on for ever, beside the run that resumes."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _local(jobs: int) -> Iterator[Pool]:
    processes = _Processes(jobs)
    try:
        yield processes
    finally:
        processes.close()


# -- a cluster --------------------------------------------------------------------------------------------------


class _Cluster:
    """Workers of a dask scheduler, which itself runs a task again, three times by default, when its worker dies."""

    def __init__(self, client: "Client", address: str) -> None:
        self._client = client
        self._executor = client.get_executor(pure=False)
        self._address = address
        self._last_seen = time.monotonic()

    def width(self) -> int:
        with self._answering():
            cores: int = sum(self._client.ncores().values())  # asked each time: workers come and go
        if cores:
            self._last_seen = time.monotonic()
        elif time.monotonic() - self._last_seen > _PATIENCE:
            raise ArgumentError("cluster", self._address, "a scheduler with workers", "start some, and resume")
        return 2 * max(1, cores)

    def submit(self, function: Function, task: Task) -> Future[Outcome]:
        future: Future[Outcome] = self._executor.submit(attempt, function, task)
        return future

    def outcome(self, future: Future[Outcome]) -> Outcome:
        from distributed import KilledWorker

        try:
            with self._answering():
                return future.result()
        except KilledWorker as problem:
            raise WorkerDiedError from problem

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (CancelledError, OSError) as problem:
            remedy = "start the scheduler again, and resume"
            raise ArgumentError("cluster", self._address, "a scheduler that stays", remedy) from problem


@contextmanager
def _cluster(address: str) -> Iterator[Pool]:
    try:
        from distributed import Client
    except ImportError as problem:
        raise MissingToolError("dask", "pip install 'phase-latency[cluster]'") from problem
    expected, remedy = "the address of a dask scheduler that answers", "start one with `dask scheduler`"
    if not re.fullmatch(_ADDRESS, address):  # the client of dask could wait for ever
        raise ArgumentError("cluster", address, f"{expected}, as in tcp://10.0.0.1:8786", remedy)
    with _silenced():
        try:
            client = Client(address, timeout=_CONNECT, set_as_default=False)
        except OSError as problem:
            raise ArgumentError("cluster", address, expected, remedy) from problem
        with client:
            _check_workers(client, address)
            yield _Cluster(client, address)


def _check_workers(client: "Client", address: str) -> None:
    """A worker that cannot load a task does not say so: it leaves the cluster, and the task waits for ever."""
    try:
        client.wait_for_workers(1, timeout=_CONNECT)
    except TimeoutError as problem:
        remedy = f"start one with `dask worker {address}`"
        raise ArgumentError("cluster", address, "a scheduler with a worker", remedy) from problem
    for package, here in _versions().items():
        for worker, there in client.run(version, package, on_error="return").items():
            missing = isinstance(there, PackageNotFoundError)  # other errors: the worker has gone meanwhile
            if missing or (isinstance(there, str) and there != here):
                remedy = f"install it at {worker}, which has {'none' if missing else there}"
                raise ArgumentError("cluster", address, f"workers with {package} {here}", remedy)


def _versions() -> dict[str, str]:
    """Of what results depend on."""
    return {package: version(package) for package in ("phase-latency", "torch")}


@contextmanager
def _silenced() -> Iterator[None]:
    """What becomes of the connection is said by our errors, in one line."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
