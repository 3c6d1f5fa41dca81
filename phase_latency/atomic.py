"""Writing a file whole or not at all."""

import os
import tempfile
from pathlib import Path

from phase_latency.errors import ArgumentError


def write_text(path: Path, text: str) -> None:
    """Write a text file in one move: readers see the old file or the new one, never a part of it.

    Args:
        path: where to write; the folder must exist.
        text: what to write, UTF-8.

    Raises:
        ArgumentError: if the file cannot be written there.
    """
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file in one move, as `write_text` does.

    Args:
        path: where to write; the folder must exist.
        content: what to write.

    Raises:
        ArgumentError: if the file cannot be written there.
    """
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as problem:
        raise ArgumentError(*_unwritable(path, problem)) from problem
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o666 & ~_umask())  # as any new file, not for this user alone
        Path(temporary).replace(path)
    except OSError as problem:
        Path(temporary).unlink(missing_ok=True)
        raise ArgumentError(*_unwritable(path, problem)) from problem


def _unwritable(path: Path, problem: OSError) -> tuple[str, str, str, str]:
    return "path", str(path), "a file in a folder that can be written to", f"mend: {problem.strerror}"


def _umask() -> int:
    """What new files are denied; reading it means setting it."""
    denied = os.umask(0o077)
    os.umask(denied)
    return denied
