"""Grids: which encodings are measured against the first one, and at which lengths, widths, dtypes and seeds."""

import hashlib
import json
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import torch

from phase_latency.encodings import AdditiveEncoding, parse_encoding
from phase_latency.encodings.files import is_table_file
from phase_latency.errors import ArgumentError
from phase_latency.streaming.files import file_source
from phase_latency.streaming.sources import BLOCK, TableSource
from phase_latency.sweeping.values import COORDINATES, MOST, values

_DEFAULT = 64  # length and width where neither the grid nor a table says it


@dataclass(frozen=True)
class Grid:
    """Encodings and coordinates; every encoding but the first is measured against the first at every point.

    Attributes:
        encodings: specifications as `parse_encoding` takes them, at least two, no two alike.
        coordinates: values by coordinate, as `values` takes them. "length" (>= 2) and "dim" (>= 1) are 64 where
            they are left out, "dtype" is float64; if a table is named, they are those of the first one, the length that
            of the shortest. "seed" draws a random head, of width "head_dim" (the width of the table if left out);
            without seeds the Gram matrix is measured.

    Raises:
        ArgumentError: too few encodings, one without a table, an unknown coordinate, bad values, "head_dim" without
            "seed", or more than a million points.
        NotFiniteError: a table with an entry that is infinite or NaN.
        MissingToolError: a .safetensors file, and the package safetensors is not installed.
    """

    encodings: tuple[str, ...]
    coordinates: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check and write out the coordinates, and keep them so."""
        _check_encodings(self.encodings)
        found = {coordinate: values(coordinate, given) for coordinate, given in self.coordinates.items()}
        if "head_dim" in found and "seed" not in found:
            raise ArgumentError("head_dim", self.coordinates["head_dim"], "a grid with seeds", "add seed=0")
        tables = [file_source(path, "encodings") for path in _table_files(self.encodings)]
        object.__setattr__(self, "encodings", tuple(self.encodings))
        object.__setattr__(self, "coordinates", _defaults(tables) | found)
        if self.size > MOST:
            raise ArgumentError("grid", f"{self.size:,} points", f"at most {MOST:,}", "split the sweep")

    @property
    def size(self) -> int:
        """Number of points."""
        return (len(self.encodings) - 1) * math.prod(map(len, self.coordinates.values()))

    def points(self) -> Iterator[dict[str, Any]]:
        """Go through the grid, encodings first, then lengths, widths, dtypes, seeds and widths of the head.

        Yields:
            "reference", "encoding", "length", "dim", "dtype", "seed" and "head_dim"; the last two None without seeds.
        """
        axes = [self.coordinates.get(coordinate, [None]) for coordinate in COORDINATES]
        for encoding, *point in product(self.encodings[1:], *axes):
            found = {"reference": self.encodings[0], "encoding": encoding} | dict(zip(COORDINATES, point, strict=True))
            if found["seed"] is not None and found["head_dim"] is None:
                found["head_dim"] = found["dim"]
            yield found

    def tables(self) -> dict[str, str]:
        """Return a digest of the content of every table that is named, by its path."""
        return {path: _digest(file_source(path, "encodings")) for path in _table_files(self.encodings)}


def read_grid(path: Path) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Read a grid from a file.

    Args:
        path: .toml or .json, with "encodings", a list that may be left out, and coordinates as in `Grid`.

    Returns:
        encodings and coordinates, neither checked.

    Raises:
        ArgumentError: no such file, not readable as what its name says, or encodings that are no list of texts.
    """
    expected, remedy = "a readable grid in TOML or JSON", "write lines such as length = [64, 256]"
    try:
        text = path.read_text(encoding="utf-8")
        found = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as problem:
        raise ArgumentError("grid", str(path), expected, f"mend: {problem}") from problem
    encodings = found.pop("encodings", []) if isinstance(found, dict) else None
    if not isinstance(encodings, list) or not all(isinstance(each, str) for each in encodings):
        raise ArgumentError("grid", str(path), expected, f'{remedy} and encodings = ["sinusoidal", "rank"]')
    return tuple(encodings), found


def _check_encodings(encodings: tuple[str, ...]) -> None:
    if isinstance(encodings, str) or len(encodings) < 2 or len(set(encodings)) < len(encodings):
        expected = "a reference and at least one encoding to hold against it, no two alike"
        raise ArgumentError("encodings", encodings, expected, "name two or more")
    for each in encodings:
        # At any size: what is wrong at some sizes only is said in their rows.
        if not is_table_file(each) and not isinstance(parse_encoding(each, 2, 2), AdditiveEncoding):
            expected = "encodings that are added to the content, such as sinusoidal, or tables"
            raise ArgumentError("encodings", each, expected, "rotary and alibi have no table to compare")


def _table_files(encodings: tuple[str, ...]) -> list[str]:
    """Tables that specifications name, also inside amplitude(1/8, FILE.npy)."""
    found = []
    for each in encodings:
        while not is_table_file(each) and "," in each:
            each = each.partition(",")[2].strip().removesuffix(")")
        if is_table_file(each):
            found.append(each)
    return list(dict.fromkeys(found))


def _defaults(tables: list[TableSource]) -> dict[str, list[Any]]:
    if not tables:
        return {"length": [_DEFAULT], "dim": [_DEFAULT], "dtype": ["float64"]}
    return {
        "length": [min(each.length for each in tables)],
        "dim": [tables[0].dim],
        "dtype": [str(tables[0].dtype).removeprefix("torch.")],
    }


def _digest(table: TableSource) -> str:
    digest = hashlib.sha256(f"{table.length} {table.dim} {table.dtype}".encode())
    for block in table.stored(BLOCK, 0, table.length):
        digest.update(block.contiguous().view(torch.uint8).numpy().data)
    return digest.hexdigest()[:16]
