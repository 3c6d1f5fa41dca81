"""Tables read from files: .npy and .safetensors."""

from pathlib import Path

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
    name, separator, key = spec.partition(f"{_SAFETENSORS}:")
    path = Path(f"{name}{_SAFETENSORS}" if separator else spec)
    if not path.is_file():
        raise ArgumentError("encoding", spec, "the path of an existing table", f"check that {path} exists")
    return Table(_read_npy(path) if path.suffix == ".npy" else _read_safetensors(path, key))


def _read_npy(path: Path) -> Tensor:
    import numpy as np

    try:
        # Pickles could run code: a table never needs one.
        return torch.from_numpy(np.load(path, allow_pickle=False))
    except (ValueError, TypeError, OSError, EOFError) as error:
        raise ArgumentError(
            "encoding", str(path), "a .npy file with a table of numbers", "write it again with numpy.save"
        ) from error


def _read_safetensors(path: Path, key: str) -> Tensor:
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
                raise ArgumentError("encoding", key, f"a key of {path}: {shown}", f"write {path}:KEY")
            tensor: Tensor = file.get_tensor(key)
            return tensor
    except SafetensorError as error:
        raise ArgumentError("encoding", str(path), "a readable .safetensors file", "save the table again") from error
