"""Tasks as plain data, each with an identity that outlives the process, and what becomes of them."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from phase_latency.errors import ArgumentError, PhaseLatencyError

Task: TypeAlias = dict[str, Any]  # JSON values by name
Function: TypeAlias = Callable[[Task], dict[str, Any]]

_LONGEST_ERROR = 500  # characters


@dataclass(frozen=True)
class Work:
    """What is done to every task.

    Attributes:
        name: of the work, as journals show it.
        version: of the function and of all that its results depend on; results of two versions are never mixed.
        function: from a task to a dictionary of JSON values; of a module that workers can import.
    """

    name: str
    version: str
    function: Function


class UnfinishedError(Exception):
    """A function stops before the end because its time is up; what it keeps of its own lets it go on another time."""


@dataclass(frozen=True)
class Outcome:
    """What became of a task.

    Attributes:
        task: the task.
        result: what the function returned, as JSON gives it back; None if it failed or did not come to its end.
        error: one line that says why it failed; None if it did not.
        seconds: wall time of the call.
    """

    task: Task
    result: dict[str, Any] | None
    error: str | None
    seconds: float

    @property
    def is_finished(self) -> bool:
        """Whether there is a result or an error: whether it was not cut off by a deadline."""
        return self.result is not None or self.error is not None


def identity(work: Work, task: Task) -> str:
    """Name a task by its content, the same in every process and on every machine.

    Args:
        work: what is done to it.
        task: JSON values by name, in any order.

    Returns:
        64 hexadecimal digits.

    Raises:
        ArgumentError: the task is no dictionary of JSON values.
    """
    try:
        text = json.dumps([work.name, work.version, task], sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as problem:
        raise ArgumentError("tasks", task, "finite JSON values", f"mend: {problem}") from problem
    if json.loads(text)[2] != task:
        raise ArgumentError("tasks", task, "values that JSON gives back", "write lists for tuples and text for keys")
    return hashlib.sha256(text.encode()).hexdigest()


def by_identity(work: Work, tasks: Sequence[Task]) -> dict[str, Task]:
    """Tasks in order, by their identities.

    Args:
        work: what is done to them.
        tasks: at least one, no two alike.

    Returns:
        every task by its identity.

    Raises:
        ArgumentError: no task, one of the wrong kind, or two that are alike.
    """
    if not tasks:
        raise ArgumentError("tasks", tasks, "at least one task", "name what is to be done")
    found: dict[str, Task] = {}
    for task in tasks:
        if not isinstance(task, dict):
            raise ArgumentError("tasks", task, "a dictionary of JSON values", "write {name: value}")
        if found.setdefault(identity(work, task), task) is not task:
            raise ArgumentError("tasks", task, "tasks that differ", "leave out the second one")
    return found


def attempt(function: Function, task: Task) -> Outcome:
    """Call a function on a task, with one thread; an exception becomes the outcome.

    Args:
        function: from a task to a dictionary of JSON values.
        task: the task.

    Returns:
        what became of it.
    """
    import torch

    torch.set_num_threads(1)
    started = time.perf_counter()
    result, error = None, None
    try:
        result = _as_json(function(dict(task)))
    except UnfinishedError:
        pass
    except (Exception, SystemExit) as problem:
        result, error = None, _one_line(problem)
    return Outcome(task, result, error, round(time.perf_counter() - started, 6))


def _as_json(result: object) -> dict[str, Any]:
    """As a journal gives it back, so that a resumed run returns the same."""
    if not isinstance(result, dict):
        raise TypeError(f"the result is of type {type(result).__name__}, no dictionary")
    copied: dict[str, Any] = json.loads(json.dumps(result, allow_nan=False))
    return copied


def _one_line(problem: BaseException) -> str:
    text = " ".join(str(problem).split())
    if not isinstance(problem, PhaseLatencyError):  # ours say all by themselves
        text = f"{type(problem).__name__}: {text}" if text else type(problem).__name__
    return text if len(text) <= _LONGEST_ERROR else f"{text[: _LONGEST_ERROR - 3]}..."
