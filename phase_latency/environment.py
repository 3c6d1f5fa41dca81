"""What a run ran on, and what it cost: the part of a result that another machine need not reproduce."""

import os
import platform
import re
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_PACKAGES = ("hypothesis", "numpy", "python-flint", "sympy", "torch")


def package_version() -> str:
    """Return the version of the installed package phase-latency."""
    return version("phase-latency")


def environment(started: float) -> dict[str, Any]:
    """Describe this process, without loading what it has not loaded.

    Args:
        started: `time.perf_counter()` at the start of the run.

    Returns:
        versions, machine, seconds since the start and the largest memory of the process in megabytes (None where the
        system does not tell).
    """
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "packages": {name: installed_version(name) for name in _PACKAGES},
        "seconds": round(time.perf_counter() - started, 3),
        "peak_memory_mb": _peak_memory(),
    }


def installed_version(package: str) -> str | None:
    """Return the version of an installed package, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _peak_memory() -> float | None:
    # Where the system tells: the maximum of getrusage is at least that of the process which started this one.
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"^VmHWM:\s+(\d+) kB$", status.read_text(), re.MULTILINE)):
        return round(int(found.group(1)) * 1024 / 1e6, 1)
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kibibytes elsewhere
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)
