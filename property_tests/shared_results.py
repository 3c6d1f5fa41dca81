"""What takes long to measure is measured once for all processes of a test run, and kept as JSON until its end."""

import fcntl
import json
import os
import shutil
import tempfile
from pathlib import Path

FOLDER = "PHASE_LATENCY_SHARED_RESULTS"


def open_folder():
    """Make the folder of this run; processes that are started from here on find it in their environment."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="phase-latency-")


def remove_folder():
    shutil.rmtree(os.environ.pop(FOLDER))


def measured_once(name, measure):
    """What `measure` returns, of plain values; whoever comes while another process is at it waits for that one."""
    path = Path(os.environ[FOLDER], f"{name}.json")
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            path.write_text(json.dumps(measure()))
    return json.loads(path.read_text())
