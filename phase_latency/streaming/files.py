"""Tables in files, read block by block: .npy, .safetensors, and several files one below the other.

Files are read and never mapped: if a mapped file shrinks, the process ends with SIGBUS, where a read that comes out
short is an error like any other. Nothing is unpickled.
"""

import glob
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy.lib import format as npy
from torch import Tensor

from phase_latency.encodings.files import existing_table, is_table_file, safetensors_file, separated_key, unreadable_npy
from phase_latency.errors import ArgumentError
from phase_latency.streaming.joined import JoinedSource
from phase_latency.streaming.sources import TableSource

# Versions 2 and 3 differ only in how names of columns are encoded, which no table of numbers has.
_NPY_HEADERS = {
    (1, 0): npy.read_array_header_1_0,
    (2, 0): npy.read_array_header_2_0,
    (3, 0): npy.read_array_header_2_0,
}
_NPY_DTYPES = {np.dtype("f8"): torch.float64, np.dtype("f4"): torch.float32, np.dtype("f2"): torch.float16}
# NumPy has no bfloat16: its bits are read as integers.
_SAFETENSORS_DTYPES: dict[str, tuple[np.dtype[Any], torch.dtype]] = {
    "F64": (np.dtype("<f8"), torch.float64),
    "F32": (np.dtype("<f4"), torch.float32),
    "BF16": (np.dtype("<i2"), torch.bfloat16),
    "F16": (np.dtype("<f2"), torch.float16),
}


@dataclass(frozen=True)
class StoredArray:
    """Where a file holds an array, and how.

    Attributes:
        path: the file.
        shape: its axes.
        dtype: what the entries are.
        entries: what NumPy reads them as.
        offset: bytes before the first entry.
        by_columns: whether the entries of a column follow each other (Fortran order), rather than those of a row.
    """

    path: Path
    shape: tuple[int, ...]
    dtype: torch.dtype
    entries: np.dtype[Any]
    offset: int
    by_columns: bool = False

    def rows_within(self, size: int) -> int:
        """How many complete rows the first `size` bytes of the file hold."""
        length, dim = self.shape
        entries = max(0, size - self.offset) // self.entries.itemsize
        return max(0, entries - (dim - 1) * length) if self.by_columns else entries // dim

    def read(self, file: BufferedReader, start: int, stop: int) -> Tensor | None:
        """Read rows.

        Args:
            file: the open file.
            start: first row.
            stop: row after the last one.

        Returns:
            (stop - start, dim) rows; None if the file ends before.
        """
        length, dim = self.shape
        if self.by_columns:
            pieces = np.empty((dim, stop - start), self.entries)
            firsts = [column * length + start for column in range(dim)]
        else:
            pieces = np.empty((1, (stop - start) * dim), self.entries)
            firsts = [start * dim]
        for piece, first in zip(pieces, firsts, strict=True):
            file.seek(self.offset + first * self.entries.itemsize)
            if file.readinto(piece.view(np.uint8).data) < piece.nbytes:
                return None
        native = pieces.astype(self.entries.newbyteorder("="), copy=False)
        rows = np.ascontiguousarray(native.T) if self.by_columns else native.reshape(-1, dim)
        return torch.from_numpy(rows).view(self.dtype)


@dataclass(frozen=True, eq=False)
class FileSource(TableSource):
    """A table in a file, of which one block is in memory at a time.

    A file that is written to after this was made is refused; it is recognised by its size and time of modification.

    Args:
        spec: FILE.npy, FILE.safetensors:KEY, or FILE.safetensors if it holds one tensor only; .npy in float64, float32
            or float16, in either order of bytes and axes, .safetensors also in bfloat16.
        name: of the argument.

    Raises:
        ArgumentError: no such file, no such key, not a table, another dtype, or shorter than its header says; when
            it is read, that it was written to.
        MissingToolError: a .safetensors file, and the package safetensors is not installed.
    """

    spec: str | os.PathLike[str]
    name: str = "table"
    array: StoredArray = field(init=False)
    state: tuple[int, int] = field(init=False)
    length: int = field(init=False)
    dim: int = field(init=False)
    dtype: torch.dtype = field(init=False)

    def __post_init__(self) -> None:
        """Read the header and check that the rows are there."""
        path, key = existing_table(_text(self.spec, self.name), self.name)
        state = _state(path, self.name)
        array = _npy_array(path, self.name) if path.suffix == ".npy" else _safetensors_array(path, key, self.name)
        if len(array.shape) != 2 or min(array.shape) < 1:
            expected = f"shape (length, dim) with no axis empty in {path}"
            raise ArgumentError(self.name, f"shape {array.shape}", expected, "save a table with one row per position")
        length, dim = array.shape
        self._shaped(length, dim, array.dtype)
        object.__setattr__(self, "array", array)
        object.__setattr__(self, "state", state)
        rows = array.rows_within(state[0])
        if rows < length:
            expected = f"{length} rows in {path}, as its header says"
            raise ArgumentError(self.name, f"{rows} rows", expected, "save the table again")

    def stored(self, size: int, start: int, stop: int) -> Iterator[Float[Tensor, "rows dim"]]:
        """Reads; see the class."""
        self._check_unchanged()
        try:
            with self.array.path.open("rb") as file:
                for first in range(start, stop, size):
                    block = self.array.read(file, first, min(first + size, stop))
                    self._check_unchanged()
                    if block is None:
                        raise self._changed(self.state[0])
                    yield block
        except OSError as error:
            raise _unreadable(self.array.path, self.name) from error

    def _check_unchanged(self) -> None:
        state = _state(self.array.path, self.name)
        if state != self.state:
            raise self._changed(state[0])

    def _changed(self, size: int) -> ArgumentError:
        rows = self.array.rows_within(size)
        found = f"{rows} rows" if rows < self.length else "a file that was written to"
        expected = f"{self.length} rows in {self.array.path}, as when it was opened"
        return ArgumentError(self.name, found, expected, "leave the file as it is while it is measured")


def file_source(spec: str | os.PathLike[str], name: str = "table") -> TableSource:
    """A table in one file, or in several that hold its rows one after the other.

    Args:
        spec: as for `FileSource`; or a pattern of such names, as ``table-*.npy`` or ``table-*.safetensors:KEY``; or a
            folder of .npy or of .safetensors files. Files come in the order of their names, in which numbers count
            as numbers: shard 10 comes after shard 9.
        name: of the argument.

    Returns:
        the table.

    Raises:
        ArgumentError: no such file, files that do not fit together, or what `FileSource` refuses.
        MissingToolError: a .safetensors file, and the package safetensors is not installed.
    """
    text = _text(spec, name)
    path, key = separated_key(text)
    if os.path.isdir(text):
        paths = _in_folder(text, name)
    elif glob.has_magic(path) and not os.path.exists(path):
        paths = glob.glob(path)
    else:
        return FileSource(text, name)
    if not paths:
        raise ArgumentError(name, text, "a pattern or folder with .npy or .safetensors files", "check that they exist")
    specs = [f"{each}:{key}" if key else each for each in sorted(paths, key=_natural)]
    if len(specs) == 1:
        return FileSource(specs[0], name)
    return JoinedSource(tuple(FileSource(each, f"{name} in {os.path.basename(each)}") for each in specs), name)


def _text(spec: str | os.PathLike[str], name: str) -> str:
    if not isinstance(spec, str | os.PathLike):
        raise ArgumentError(name, spec, "the path of a table", "pass FILE.npy or FILE.safetensors:KEY")
    return os.fspath(spec)


def _npy_array(path: Path, name: str) -> StoredArray:
    try:
        with path.open("rb") as file:
            shape, by_columns, entries = _NPY_HEADERS[npy.read_magic(file)](file)
            offset = file.tell()
    except (ValueError, TypeError, KeyError, OSError, EOFError) as error:
        raise unreadable_npy(path, name) from error
    dtype = _NPY_DTYPES.get(entries.newbyteorder("="))
    if dtype is None:
        expected = f"float64, float32 or float16 in {path}"
        raise ArgumentError(name, str(entries), expected, "convert the array with .astype before it is saved")
    return StoredArray(path, shape, dtype, entries, offset, by_columns)


def _safetensors_array(path: Path, key: str, name: str) -> StoredArray:
    with safetensors_file(path, key, name) as (file, key):
        entry = file.get_slice(key)
        shape, stored = tuple(entry.get_shape()), entry.get_dtype()
    if stored not in _SAFETENSORS_DTYPES:
        expected = f"one of {', '.join(_SAFETENSORS_DTYPES)} in {path}"
        raise ArgumentError(name, stored, expected, "convert the tensor with .to before it is saved")
    entries, dtype = _SAFETENSORS_DTYPES[stored]
    return StoredArray(path, shape, dtype, entries, _safetensors_offset(path, key))


def _safetensors_offset(path: Path, key: str) -> int:
    """Bytes before a tensor: the length of the header, the header itself and the tensors before it."""
    # The library has read this header already and found it in order, but does not hand it out.
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        begin, _ = json.loads(file.read(length))[key]["data_offsets"]
    return 8 + length + int(begin)


def _state(path: Path, name: str) -> tuple[int, int]:
    """Size in bytes and time of modification in nanoseconds."""
    try:
        status = os.stat(path)
    except OSError as error:
        raise _unreadable(path, name) from error
    return status.st_size, status.st_mtime_ns


def _unreadable(path: Path, name: str) -> ArgumentError:
    return ArgumentError(name, str(path), "a file that can be read", f"check that {path} exists and may be read")


def _in_folder(folder: str, name: str) -> list[str]:
    paths = [os.path.join(folder, each) for each in os.listdir(folder) if is_table_file(each)]
    kinds = {Path(each).suffix for each in paths}
    if len(kinds) > 1:
        expected = "a folder with files of one kind"
        raise ArgumentError(name, folder, expected, "name them by a pattern, as FOLDER/table-*.npy")
    return paths


def _natural(path: str) -> list[int | str]:
    """Sorts names as people do: digits by the number that they make."""
    return [int(part) if number % 2 else part for number, part in enumerate(re.split(r"(\d+)", path))]
