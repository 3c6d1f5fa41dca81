"""The programs of Coq: which version there is, and what it says of files in a folder."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from phase_latency.errors import MissingToolError

VERSION = "8.16"  # that of Debian 12; the theorems use names of its standard library
INSTALL = "apt-get install coq"
_PATIENCE = 300  # seconds for one file; each takes a few


class UnfinishedError(Exception):
    """Coq came to no end within its time; the text says at which file."""


@dataclass(frozen=True)
class Compiled:
    """What became of a file.

    Attributes:
        accepted: whether Coq's kernel accepts all of it.
        said: what Coq printed.
    """

    accepted: bool
    said: str


def version() -> str:
    """The version of the installed Coq.

    Returns:
        such as ``"8.16.1"``.

    Raises:
        MissingToolError: there is none, or one of another version.
    """
    if shutil.which("coqc") is None:
        raise MissingToolError("coq", INSTALL)
    found = _run("coqc", "--print-version").said.split()
    if not found or not f"{found[0]}.".startswith(f"{VERSION}."):
        raise MissingToolError("coq", f"{INSTALL}, version {VERSION}; coqc is {' '.join(found[:1]) or 'broken'}")
    return found[0]


def in_order(folder: Path) -> list[str]:
    """The files of a folder, each after those that it needs.

    Args:
        folder: of sources.

    Returns:
        names without ``.v``.
    """
    files = sorted(path.name for path in folder.glob("*.v"))
    said = _run("coqdep", "-sort", *files, folder=folder).said.split()  # with warnings among it
    return [name.removesuffix(".v") for name in said if name in files]


def compiled(folder: Path, name: str) -> Compiled:
    """Compile a file of a folder.

    Args:
        folder: of sources; what is compiled is left there.
        name: of the file, without ``.v``.

    Returns:
        what became of it.

    Raises:
        UnfinishedError: it takes too long.
    """
    return _run("coqc", f"{name}.v", folder=folder)


def checked_again(folder: Path, names: list[str]) -> Compiled:
    """Let ``coqchk``, a kernel without the rest of Coq, check compiled files and all that they need once more.

    Args:
        folder: of compiled files.
        names: of the files, without ``.v``.

    Returns:
        what became of it; ``said`` lists the axioms.

    Raises:
        UnfinishedError: it takes too long.
    """
    return _run("coqchk", "-silent", "-o", "-Q", ".", "", *names, folder=folder)


def _run(program: str, *arguments: str, folder: Path | None = None) -> Compiled:
    try:
        done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, timeout=_PATIENCE)
    except subprocess.TimeoutExpired as problem:
        raise UnfinishedError(f"{program} {' '.join(arguments)}: no end within {_PATIENCE} s") from problem
    return Compiled(done.returncode == 0, done.stdout + done.stderr)
