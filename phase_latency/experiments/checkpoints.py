"""Checkpoints of training runs: whole or not at all, and never taken for those of another run.

A file has the name of the run, a line that says what it is, a line with digests of the run with the version of the
code and of the rest, and the rest: what torch saves, and loads without running anything.
"""

import hashlib
import io
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from phase_latency.errors import ArgumentError
from phase_latency.experiments.versions import version

_MAGIC = b"phase-latency checkpoint 1"
_REMEDY = "delete it to start this run anew, or resume with what it was started with"


def checkpoint_path(folder: Path, task: dict[str, Any]) -> Path:
    """The file of a run.

    Args:
        folder: where checkpoints are kept.
        task: the configuration as plain data.

    Returns:
        its path.
    """
    return folder / f"{_identity(task)[:24]}.checkpoint"


def write_checkpoint(folder: Path, task: dict[str, Any], state: dict[str, Any]) -> None:
    """Keep the state of a run in the place of what was kept before.

    Args:
        folder: where checkpoints are kept; made if it is not there.
        task: the configuration as plain data.
        state: tensors and plain data.

    Raises:
        ArgumentError: the file cannot be written.
    """
    payload = io.BytesIO()
    torch.save(state, payload)
    path = checkpoint_path(folder, task)
    digest = hashlib.sha256(payload.getvalue()).hexdigest()
    temporary = path.with_suffix(f".{os.getpid()}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(_MAGIC + f"\n{_identity(task, version())} {digest}\n".encode() + payload.getvalue())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as problem:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        expected = "a file in a folder that can be written to"
        raise ArgumentError("checkpoint", str(path), expected, f"mend: {problem.strerror}") from problem


def read_checkpoint(folder: Path, task: dict[str, Any]) -> dict[str, Any] | None:
    """What was kept of a run.

    Args:
        folder: where checkpoints are kept.
        task: the configuration as plain data.

    Returns:
        the state; None if nothing was kept.

    Raises:
        ArgumentError: the file is damaged, no checkpoint, or that of another run.
    """
    path = checkpoint_path(folder, task)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise ArgumentError("checkpoint", str(path), f"a readable file ({problem.strerror})", _REMEDY) from problem
    magic, _, rest = content.partition(b"\n")
    named, _, payload = rest.partition(b"\n")
    if magic != _MAGIC:
        raise ArgumentError("checkpoint", str(path), "a checkpoint, not a file that is none", _REMEDY)
    identity, _, digest = named.decode(errors="replace").partition(" ")
    if digest != hashlib.sha256(payload).hexdigest():
        raise ArgumentError("checkpoint", str(path), "a whole checkpoint, not one that is damaged", _REMEDY)
    if identity != _identity(task, version()):
        expected = f"the checkpoint of this run by this version ({version()}), not another one"
        raise ArgumentError("checkpoint", str(path), expected, _REMEDY)
    found: dict[str, Any] = torch.load(io.BytesIO(payload), weights_only=True)
    return found


def remove_checkpoint(folder: Path, task: dict[str, Any]) -> None:
    """Forget what was kept of a run; nothing happens if nothing was.

    Args:
        folder: where checkpoints are kept.
        task: the configuration as plain data.
    """
    checkpoint_path(folder, task).unlink(missing_ok=True)


def _identity(task: dict[str, Any], by: str = "") -> str:
    return hashlib.sha256(f"{json.dumps(task, sort_keys=True, allow_nan=False)}{by}".encode()).hexdigest()
