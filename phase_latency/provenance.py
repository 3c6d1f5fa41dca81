"""Where a result comes from: version, commit, date, and the packages that computed it.

Unlike the machine and the time that a run took (:mod:`phase_latency.environment`), all of it is part of the result: the
same provenance and seed give the same record. No date is invented: it is that of ``SOURCE_DATE_EPOCH``, or that of the
commit; a package that was installed from an archive has neither.
"""

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import phase_latency
from phase_latency.environment import installed_version, package_version
from phase_latency.errors import ArgumentError

EPOCH = "SOURCE_DATE_EPOCH"
_LATEST = 253_402_300_799  # seconds: the end of the year 9999
# What takes part in what is computed; the hash of their versions tells records of other versions apart.
_PACKAGES = ("cvc5", "hypothesis", "mpmath", "numpy", "python-flint", "sympy", "torch", "z3-solver")


@dataclass(frozen=True)
class Provenance:
    """Where a result comes from.

    Attributes:
        version: of the package.
        commit: of its source; None if it is not known.
        changed: whether the source was changed since that commit; None if there is no commit.
        date: ``YYYY-MM-DD``, in UTC; None if there is none.
        python: version of Python.
        packages: versions of the packages that take part; None for one that is not installed.
        constraints: SHA-256 of these versions and that of Python.
    """

    version: str
    commit: str | None
    changed: bool | None
    date: str | None
    python: str
    packages: Mapping[str, str | None]
    constraints: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def provenance() -> Provenance:
    """Where what this process computes comes from.

    Returns:
        version, commit, date and packages.

    Raises:
        ArgumentError: ``SOURCE_DATE_EPOCH`` is set, and is no date.
    """
    commit, changed = _commit()
    date = release_date()
    python, packages = platform.python_version(), {name: installed_version(name) for name in _PACKAGES}
    constraints = hashlib.sha256(json.dumps([python, packages], sort_keys=True).encode()).hexdigest()
    day = None if date is None else date.date().isoformat()
    return Provenance(package_version(), commit, changed, day, python, packages, constraints)


def release_date() -> datetime | None:
    """The date of what is run.

    Returns:
        that of ``SOURCE_DATE_EPOCH``, else that of the commit, in UTC; None if there is neither.

    Raises:
        ArgumentError: ``SOURCE_DATE_EPOCH`` is no number of seconds since 1970.
    """
    given = os.environ.get(EPOCH, "").strip()
    if not given:
        given = _git("log", "-1", "--format=%ct") or ""
    elif not (given.isascii() and given.isdigit() and int(given) <= _LATEST):
        remedy = "unset it, or set it to `git log -1 --format=%ct`"
        raise ArgumentError(EPOCH, given, "seconds since 1970-01-01", remedy)
    return datetime.fromtimestamp(int(given), UTC) if given else None


def _commit() -> tuple[str | None, bool | None]:
    """The commit, and whether the source was changed since."""
    if commit := _git("rev-parse", "HEAD"):
        return commit, bool(_git("status", "--porcelain", "--untracked-files=no"))
    try:
        origin = json.loads(distribution("phase-latency").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        return None, None
    commit = origin.get("vcs_info", {}).get("commit_id")  # PEP 610: installed from a repository
    return commit, None if commit is None else False


def _git(*arguments: str) -> str | None:
    """What git says about the source tree that the package runs from; None if it runs from no such tree."""
    root = Path(phase_latency.__file__).parent.parent
    if not ((root / ".git").exists() and (root / "pyproject.toml").exists()):
        return None
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
