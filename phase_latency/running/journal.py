"""The journal of a run: which tasks are finished, safe against crashes at any moment.

The first line names the work and its tasks; every other line is one outcome with a digest of itself. Each line is one
write, so that a killed process leaves whole lines; what a crash of the machine may leave of the last line is dropped.
"""

import errno
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from phase_latency.errors import ArgumentError
from phase_latency.running.tasks import Outcome, Task, Work, identity

_FORMAT = 1
_OTHER = {"format": "another format", "work": "other work", "version": "another version", "tasks": "other tasks"}


class Journal:
    """An open journal, locked against other processes.

    Attributes:
        path: the file.
        finished: outcomes by the identities of their tasks, without those that failed.
    """

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self.path = path
        self.finished: dict[str, Outcome] = {}
        self._file = file

    def append(self, outcome: Outcome) -> None:
        """Add an outcome; it is on the disk when this returns.

        Args:
            outcome: what became of a task.

        Raises:
            ArgumentError: the disk is full, or the file cannot be written for another reason.
        """
        entry = asdict(outcome)
        self._write(entry | {"digest": _digest(entry)})

    def _write(self, entry: Mapping[str, Any]) -> None:
        line = f"{json.dumps(entry, allow_nan=False)}\n".encode()
        try:
            if os.write(self._file.fileno(), line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._file.fileno())
        except OSError as problem:
            raise ArgumentError(*_unwritable(self.path, problem)) from problem

    def _read(self, header: Mapping[str, Any], work: Work, tasks: Mapping[str, Task]) -> None:
        """Take over what is finished, or refuse what is not the journal of these tasks."""
        whole = 0  # bytes of whole lines
        for number, line in enumerate(self._file, start=1):
            if number == 1:
                self._check_header(line, header)
            elif line.endswith(b"\n"):
                self._take(number, line, work, tasks)
            else:
                break
            whole += len(line)
        os.ftruncate(self._file.fileno(), whole)
        if not whole:  # killed before the header was written
            self._write(header)

    def _check_header(self, line: bytes, header: Mapping[str, Any]) -> None:
        try:
            found = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            found = None
        if not isinstance(found, dict) or found.keys() != header.keys():
            raise self._refused("a file that is none", "choose another name")
        for key, value in header.items():
            if found[key] != value:
                problem = f"one of {_OTHER[key]}: {found[key]}, where this run has {value}"
                raise self._refused(problem, "resume with what it was started with, or choose another name")

    def _take(self, number: int, line: bytes, work: Work, tasks: Mapping[str, Task]) -> None:
        try:
            entry = json.loads(line)
            digest, outcome = entry.pop("digest"), Outcome(**entry)
            name = identity(work, outcome.task)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise self._damaged(number) from None
        if digest != _digest(entry) or name not in tasks or name in self.finished:
            raise self._damaged(number)
        if outcome.error is None:
            self.finished[name] = outcome

    def _damaged(self, number: int) -> ArgumentError:
        return self._refused(f"one that is damaged, at line {number}", "restore it, or delete it and start anew")

    def _refused(self, problem: str, remedy: str) -> ArgumentError:
        return ArgumentError("journal", str(self.path), f"the journal of this run, not {problem}", remedy)


@contextmanager
def opened_journal(path: Path, work: Work, tasks: Mapping[str, Task], resume: bool) -> Iterator[Journal]:
    """Start a journal, or go on with one.

    Args:
        path: the file.
        work: what is done to the tasks.
        tasks: all of them, by their identities.
        resume: go on with the file if it is there.

    Yields:
        the journal, locked.

    Raises:
        ArgumentError: the file is there and `resume` is False; it belongs to other work, another version or other
            tasks; it is damaged; another process writes to it; or it cannot be written to.
    """
    header = {"format": _FORMAT, "work": work.name, "version": work.version, "tasks": _digest_of_all(tasks)}
    try:
        if path.exists() and not resume:
            expected, remedy = "a new file, not one that an earlier run has left", "resume it, or choose another name"
            raise ArgumentError("journal", str(path), expected, remedy)
        file = path.open("a+b")
    except OSError as problem:
        raise ArgumentError(*_unwritable(path, problem)) from problem
    with file:
        _lock(file, path)
        journal = Journal(path, file)
        file.seek(0)
        journal._read(header, work, tasks)
        yield journal


def _lock(file: IO[bytes], path: Path) -> None:
    """For as long as the file is open: two processes would finish the same tasks twice."""
    try:
        import fcntl
    except ImportError:  # not on Windows
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as problem:
        expected = "a journal that no other process writes to"
        raise ArgumentError("journal", str(path), expected, "wait for the other run or stop it") from problem


def _unwritable(path: Path, problem: OSError) -> tuple[str, str, str, str]:
    return "journal", str(path), "a file in a folder that can be written to", f"mend: {problem.strerror}"


def _digest(entry: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(entry, allow_nan=False).encode()).hexdigest()[:16]


def _digest_of_all(identities: Iterable[str]) -> str:
    """The same whatever the order: results go back into the order of the tasks anyway."""
    return hashlib.sha256("".join(sorted(identities)).encode()).hexdigest()[:16]
