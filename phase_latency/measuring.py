"""Measuring encodings by name, as the command line takes them."""

from typing import Literal

import torch

from phase_latency.encodings import AdditiveEncoding, Encoding, Table, parse_encoding
from phase_latency.errors import ArgumentError
from phase_latency.invariance import InvarianceError
from phase_latency.invariance import measure as measure_tables
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.encodings import bounded_encoding
from phase_latency.validation import check_whole

DtypeName = Literal["float64", "float32", "bfloat16", "float16"]

_LENGTH, _DIM = 64, 64
_LONGEST = 512  # rows taken of a longer table unless a length is given: the logits are length x length


def measure_named(
    reference: str,
    other: str,
    *,
    length: int | None = None,
    dim: int | None = None,
    dtype: DtypeName | None = None,
) -> tuple[InvarianceError, str]:
    """Measure how far the positional logits of one encoding are from a multiple of another's.

    Args:
        reference: specification of an additive encoding or path of a table, as `parse_encoding` takes it.
        other: the same for the encoding held against it.
        length: number of positions, from 0 on, >= 2; None for 64, or for a table as many as it has, at most 512.
        dim: width, >= 1; None for 64, or that of a table.
        dtype: of both tables; None for float64, or that of a table.

    Returns:
        the measurement, and length, width and dtype in words.

    Raises:
        ArgumentError: a specification that is none, an encoding without a table, or tables that do not fit.
        NotFiniteError: a table with an entry that is infinite or NaN.
        MissingToolError: a .safetensors file, and the package safetensors is not installed.
    """
    if length is not None:
        check_whole(length, "length", 2, "encode at least two positions")
    read = [_additive(name, spec, dim or _DIM, length or _LENGTH) for name, spec in (("A", reference), ("B", other))]
    tables = [encoding.rows for encoding in read if isinstance(encoding, Table)]
    length = length or min([len(rows) for rows in tables] + [_LONGEST if tables else _LENGTH])
    dim = dim or (tables[0].shape[1] if tables else _DIM)
    chosen = getattr(torch, dtype) if dtype else tables[0].dtype if tables else torch.float64
    P, Q = (
        _bounded(_additive(name, spec, dim, length), length, chosen) for name, spec in (("A", reference), ("B", other))
    )
    found = measure_tables(P.value, Q.value, error_P=P.error, error_Q=Q.error)
    return found, f"length {length}, width {P.shape[1]}, {str(chosen).removeprefix('torch.')}"


def _additive(argument: str, spec: str, dim: int, length: int) -> AdditiveEncoding:
    encoding: Encoding = parse_encoding(spec, dim, length)
    if not isinstance(encoding, AdditiveEncoding):
        expected = "an encoding that is added to the content, such as sinusoidal, or a table"
        raise ArgumentError(argument, spec, expected, "rotary and alibi have no table to compare")
    return encoding


def _bounded(encoding: AdditiveEncoding, length: int, dtype: torch.dtype) -> Bounded:
    """The table with its error: numbers read from a file are rounded to the dtype of the file."""
    positions = torch.arange(length)
    if isinstance(encoding, Table):
        return Bounded.stored(encoding(positions, encoding.rows.dtype)).to(dtype)
    return bounded_encoding(encoding, positions, dtype)
