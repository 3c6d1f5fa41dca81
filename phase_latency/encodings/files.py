"""Tables read from files: .npy and .safetensors."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from phase_latency.encodings.table import Table
from phase_latency.errors import ArgumentError, MissingToolError

_SAFETENSORS = ".safetensors"


def is_table_file(spec: str) -> bool:
    """Tell whether a specification is the path of a table rather than a name.

    Args:
        spec: what the user wrote.

    Returns:
        True for FILE.npy, FILE.safetensors and FILE.safetensors:KEY.
    """
    return spec.endswith((".npy", _SAFETENSORS)) or f"{_SAFETENSORS}:" in spec


def read_table(spec: str) -> Table:
    """Read a table of encodings.

    Args:
        spec: FILE.npy, FILE.safetensors:KEY, or FILE.safetensors if it holds one table only.

    Returns:
        the table, in the dtype of the file.

    Raises:
        ArgumentError: no such file, no such key, not an array, or not a finite floating (size, dim) table.
        MissingToolError: a .safetensors file, and the package safetensors is not installed.
    """
    path, key = existing_table(spec, "encoding")
    return Table(_read_npy(path) if path.suffix == ".npy" else _read_safetensors(path, key))


def separated_key(spec: str) -> tuple[str, str]:
    """Take path and key of a specification apart.

    Args:
        spec: FILE.npy, FILE.safetensors or FILE.safetensors:KEY.

    Returns:
        the path, and the key; an empty one if none is given.
    """
    name, separator, key = spec.partition(f"{_SAFETENSORS}:")
    return (f"{name}{_SAFETENSORS}", key) if separator else (spec, "")


def existing_table(spec: str, argument: str) -> tuple[Path, str]:
    """Find the file of a table.

    Args:
        spec: as for `read_table`.
        argument: the caller's name for it.

    Returns:
        the path, and the key; an empty one if none is given.

    Raises:
        ArgumentError: there is no such file, or its name ends otherwise.
    """
    path, key = separated_key(spec)
    if not is_table_file(path):
        expected = "FILE.npy, FILE.safetensors or FILE.safetensors:KEY"
        raise ArgumentError(argument, spec, expected, "save the table with numpy.save or safetensors")
    if not Path(path).is_file():
        raise ArgumentError(argument, spec, "the path of an existing table", f"check that {path} exists")
    return Path(path), key


def unreadable_npy(path: Path, argument: str) -> ArgumentError:
    """What to raise for a .npy file that holds no table.

    Args:
        path: the file.
        argument: the caller's name for it.

    Returns:
        the error.
    """
    expected = "a .npy file with a table of numbers"
    return ArgumentError(argument, str(path), expected, "write it again with numpy.save")


@contextmanager
def safetensors_file(path: Path, key: str, argument: str) -> Iterator[tuple[Any, str]]:
    """Open a .safetensors file and find the tensor that is meant.

    Args:
        path: the file.
        key: name of the tensor; an empty one if the file holds one tensor only.
        argument: the caller's name for the table.

    Yields:
        the open file, and the name of the tensor.

    Raises:
        ArgumentError: the file cannot be read, or has no such tensor.
        MissingToolError: the package safetensors is not installed.
    """
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError as error:
        raise MissingToolError("safetensors", "pip install safetensors") from error
    try:
        with safe_open(path, framework="pt") as file:
            keys = sorted(file.keys())
            if not key and len(keys) == 1:
                key = keys[0]
            if key not in keys:
                shown = ", ".join(keys[:8]) + (", ..." if len(keys) > 8 else "")
                raise ArgumentError(argument, key, f"a key of {path}: {shown}", f"write {path}:KEY")
            yield file, key
    except (SafetensorError, OSError) as error:
        raise ArgumentError(argument, str(path), "a readable .safetensors file", "save the table again") from error


def _read_npy(path: Path) -> Tensor:
    import numpy as np

    try:
        # Pickles could run code: a table never needs one.
        return torch.from_numpy(np.load(path, allow_pickle=False))
    except (ValueError, TypeError, OSError, EOFError) as error:
        raise unreadable_npy(path, "encoding") from error


def _read_safetensors(path: Path, key: str) -> Tensor:
    with safetensors_file(path, key, "encoding") as (file, name):
        tensor: Tensor = file.get_tensor(name)
        return tensor
