"""Measuring encodings by name, as the command line takes them: evaluated or read from files, block by block."""

from typing import Any, Literal

import torch

from phase_latency.encodings import AdditiveEncoding, Encoding, parse_encoding
from phase_latency.encodings.files import is_table_file
from phase_latency.errors import ArgumentError
from phase_latency.invariance import InvarianceError, overflowed
from phase_latency.invariance import measure as measure_tables
from phase_latency.masks import Mask
from phase_latency.streaming.files import file_source
from phase_latency.streaming.sources import EncodingSource, TableOverflowError, TableSource
from phase_latency.streaming.views import FirstRows
from phase_latency.validation import check_whole

DtypeName = Literal["float64", "float32", "bfloat16", "float16"]

_LENGTH, _DIM = 64, 64


def measure_named(
    reference: str,
    other: str,
    *,
    length: int | None = None,
    dim: int | None = None,
    dtype: DtypeName | None = None,
    causal: bool = False,
    **options: Any,
) -> tuple[InvarianceError, str]:
    """Measure how far the positional logits of one encoding are from a multiple of another's.

    Args:
        reference: specification of an additive encoding, as `parse_encoding` takes it, or path of a table, as
            `file_source` takes it.
        other: the same for the encoding held against it.
        length: number of positions, from 0 on, >= 2; None for 64, or for a table as many as it has.
        dim: width, >= 1; None for 64, or that of a table.
        dtype: of both tables; None for float64, or that of a table.
        causal: only a query's own and earlier keys count.
        options: of `phase_latency.invariance.measure`: budget, method, seed, progress.

    Returns:
        the measurement, and length, width and dtype in words. If an encoding leaves the range of the dtype, the
        verdict says so and there are no figures.

    Raises:
        ArgumentError: a specification that is none, an encoding without a table, or tables that do not fit.
        NotFiniteError: a table with an entry that is infinite or NaN.
        MissingToolError: a .safetensors file, and the package safetensors is not installed.
    """
    P, Q = named_tables(reference, other, length, dim, dtype)
    setting = f"length {P.length}, width {P.dim}, {str(P.dtype).removeprefix('torch.')}{', causal' if causal else ''}"
    try:
        return measure_tables(P, Q, mask=Mask(causal=causal), **options), setting
    except TableOverflowError as error:
        return overflowed(error), setting


def named_tables(
    reference: str, other: str, length: int | None, dim: int | None, dtype: str | None
) -> tuple[TableSource, TableSource]:
    """Both tables, without reading them.

    Args:
        reference: as for `measure_named`.
        other: as for `measure_named`.
        length: as for `measure_named`.
        dim: as for `measure_named`.
        dtype: as for `measure_named`.

    Returns:
        two tables of the same length, width and dtype.

    Raises:
        ArgumentError: a specification that is none, an encoding without a table, or a table that is too short.
        MissingToolError: a .safetensors file, and the package safetensors is not installed.
    """
    if length is not None:
        check_whole(length, "length", 2, "encode at least two positions")
    named = (("A", reference), ("B", other))
    files = {name: file_source(spec, name) for name, spec in named if is_table_file(spec)}
    tables = list(files.values())
    length = length or min([table.length for table in tables] or [_LENGTH])
    dim = dim or (tables[0].dim if tables else _DIM)
    chosen = getattr(torch, dtype) if dtype else tables[0].dtype if tables else torch.float64
    P, Q = (
        FirstRows(files[name], length, chosen) if name in files else _encoded(name, spec, dim, length, chosen)
        for name, spec in named
    )
    return P, Q


def _encoded(argument: str, spec: str, dim: int, length: int, dtype: torch.dtype) -> EncodingSource:
    encoding: Encoding = parse_encoding(spec, dim, length)
    if not isinstance(encoding, AdditiveEncoding):
        expected = "an encoding that is added to the content, such as sinusoidal, or a table"
        raise ArgumentError(argument, spec, expected, "rotary and alibi have no table to compare")
    return EncodingSource(encoding, length, dtype, name=argument)
