"""What a slow checker has said before, by the whole content that it said it about.

An entry is found by the digest of everything that the answer depends on, so that it cannot be stale: one other
character is another entry. It carries a digest of itself, so that one that is damaged or edited counts as none.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import platformdirs

from phase_latency import atomic
from phase_latency.environment import package_version
from phase_latency.errors import ArgumentError, PhaseLatencyError


class UnwritableCacheError(PhaseLatencyError):
    """The cache cannot be written to.

    Args:
        folder: of the cache.
        problem: why.
    """

    exit_code = 3

    def __init__(self, folder: str, problem: str) -> None:
        """Keep the arguments; see the class."""
        super().__init__(folder, problem)
        self.folder = folder
        self.problem = problem

    def __str__(self) -> str:
        """Return the message, one line."""
        remedy = "set XDG_CACHE_HOME to a folder that can"
        return f"cache: got {self.folder} ({self.problem}); expected a folder that can be written to; {remedy}"


class Cache:
    """The answers of one checker, in a folder below that of the platform for caches.

    Args:
        checker: name of the checker, and of its folder.
        code: packages; the text of all their modules is part of what an answer depends on.
    """

    def __init__(self, checker: str, *code: Path) -> None:
        self._folder = platformdirs.user_cache_path("phase-latency") / checker
        self._version = package_version()
        modules = [path for package in code for path in sorted(package.rglob("*.py"))]
        self._code = _digest(*(path.read_text(encoding="utf-8") for path in modules))

    def get(self, content: str) -> Any:
        """The answer about a content.

        Args:
            content: everything that it depends on, besides the code and the version of the package.

        Returns:
            plain values; None if there is no whole entry.
        """
        try:
            entry = json.loads(self._path(content).read_text(encoding="utf-8"))
            whole = entry["digest"] == self._seal(content, entry["answer"])
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return entry["answer"] if whole else None

    def check_writable(self) -> None:
        """Make the folder.

        Raises:
            UnwritableCacheError: it cannot be made or written to.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            atomic.write_text(self._folder / "written", "")
        except (OSError, ArgumentError) as problem:
            reason = getattr(problem, "strerror", None) or "no new file can be made in it"
            raise UnwritableCacheError(str(self._folder), reason) from problem

    def put(self, content: str, answer: Any) -> None:
        """Keep the answer about a content.

        Args:
            content: as for :meth:`get`.
            answer: plain values.

        Raises:
            UnwritableCacheError: it cannot be written.
        """
        self.check_writable()
        entry = {"digest": self._seal(content, answer), "answer": answer}
        atomic.write_text(self._path(content), json.dumps(entry))

    def _path(self, content: str) -> Path:
        return self._folder / f"{_digest(self._version, self._code, content)}.json"

    def _seal(self, content: str, answer: Any) -> str:
        return _digest(self._version, self._code, content, json.dumps(answer, sort_keys=True))


def _digest(*parts: str) -> str:
    """Of several texts; the length of each keeps their borders apart."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode()
        whole.update(f"{len(data)}:".encode() + data)
    return whole.hexdigest()
