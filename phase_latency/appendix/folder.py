"""A folder whose files belong together: written whole or not at all, and never mixed with another one's.

The files are written into a hidden folder beside it, which then takes its place in one move. If the program is killed,
the folder holds what it held before; between moving the old one away and the new one in it is absent for a moment, and
both are whole. What a killed run has left beside it is cleared away by the next.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from phase_latency.errors import ArgumentError

_ARGUMENT = "--out"


def check_folder(folder: Path, is_ours: Callable[[str], bool]) -> None:
    """Refuse a folder that cannot be written, before any work is done for it.

    Args:
        folder: where files will be written.
        is_ours: whether a name in it is one that may be replaced.

    Raises:
        ArgumentError: it is no folder, holds something else, or cannot be written.
    """
    expected = "a new folder, an empty one, or one that holds an appendix"
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise ArgumentError(_ARGUMENT, str(folder), expected, "name another one")
    if folder.is_dir():
        others = sorted(name for name in _names(folder) if not is_ours(name))
        if others:
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            remedy = f"it holds {others[0]}{more}: name another folder, or move that away"
            raise ArgumentError(_ARGUMENT, str(folder), expected, remedy)
    _clear(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        Path(tempfile.mkdtemp(dir=folder.parent, prefix=_prefix(folder))).rmdir()
    except OSError as problem:
        raise ArgumentError(*_unwritable(folder, problem)) from problem


def write_folder(folder: Path, files: Mapping[str, bytes], is_ours: Callable[[str], bool]) -> None:
    """Write files into a folder, in place of all that it holds.

    Args:
        folder: where to write.
        files: content by name.
        is_ours: whether a name in it is one that may be replaced.

    Raises:
        ArgumentError: it holds something else, or cannot be written; then it holds what it held before.
    """
    check_folder(folder, is_ours)
    try:
        fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=_prefix(folder)))
    except OSError as problem:
        raise ArgumentError(*_unwritable(folder, problem)) from problem
    try:
        for name, content in files.items():
            _write(fresh / name, content)
        fresh.chmod(0o755)  # as a folder that is made in the ordinary way
        _put_in_place(fresh, folder)
    except OSError as problem:
        raise ArgumentError(*_unwritable(folder, problem)) from problem
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())  # before it is moved: what is in place is on the disk


def _put_in_place(fresh: Path, folder: Path) -> None:
    old = fresh.with_name(f"{fresh.name}.old")
    if folder.exists():
        folder.rename(old)
    try:
        fresh.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _clear(folder: Path) -> None:
    """Clear away what a killed run left; if it was killed between the two moves, put the old folder back."""
    if not folder.parent.is_dir():
        return
    for left in sorted(folder.parent.glob(f"{_prefix(folder)}*")):
        if left.name.endswith(".old") and not folder.exists():
            left.rename(folder)
        else:
            shutil.rmtree(left, ignore_errors=True)


def _names(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except OSError as problem:
        raise ArgumentError(*_unwritable(folder, problem)) from problem


def _prefix(folder: Path) -> str:
    return f".{folder.name}.phase-latency-"


def _unwritable(folder: Path, problem: OSError) -> tuple[str, str, str, str]:
    return _ARGUMENT, str(folder), "a folder that can be written to", f"mend: {problem.strerror}"
