"""Encodings of this package, and tables, read as what they are."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from phase_latency.adapters.readings import Reading
from phase_latency.adapters.subject import Declared
from phase_latency.encodings import Alibi, Compressed, Rank, Retimed, Rotary, Scaled, Sinusoidal, Table
from phase_latency.errors import ArgumentError
from phase_latency.validation import check_array

_ADDITIVE = (Sinusoidal, Scaled, Compressed, Retimed, Rank, Table)


def own_reading(encoding: Any) -> Reading | None:
    """Read an encoding of `phase_latency.encodings`.

    Args:
        encoding: anything.

    Returns:
        how to call it; None if it is no encoding of this package.
    """
    if isinstance(encoding, _ADDITIVE):
        return Reading("additive", lambda each: each, declared=_additive_facts(encoding))
    if isinstance(encoding, Rotary):
        facts = Declared(
            float_positions=True,
            angle_dtype="float64",
            layout=encoding.layout,
            extra_scale=float(encoding.amplitude) ** 2,
        )
        return Reading("rotary", lambda each: each.apply, dim=encoding.dim, declared=facts)
    if isinstance(encoding, Alibi):
        return Reading("bias", lambda each: each.bias, declared=Declared(float_positions=True, angle_dtype="float64"))
    return None


def own_source(encoding: Any) -> str:
    """Python text that rebuilds an encoding of this package under the name ``encoding``.

    Args:
        encoding: an encoding of `phase_latency.encodings`.

    Returns:
        two lines or more; empty for tables, whose rows would not fit.
    """
    text = repr(encoding)
    if "Table(" in text:
        return ""
    used = [each.__name__ for each in (*_ADDITIVE, Rotary, Alibi) if f"{each.__name__}(" in text]
    lines = [f"from phase_latency.encodings import {', '.join(sorted(used))}"]
    if "LatencyMap(" in text:
        lines.append("from phase_latency.latency import LatencyMap")
    return "\n".join([*lines, f"encoding = {text}"])


def table_reading(rows: Any) -> Reading | None:
    """Read a tensor or an array as a table of encodings, one row per position.

    Args:
        rows: anything.

    Returns:
        how to look rows up; None if it is neither a tensor nor an array.

    Raises:
        ArgumentError: not of shape (length, dim), or not floating.
        NotFiniteError: an entry is infinite or NaN.
    """
    if not isinstance(rows, Tensor | np.ndarray):
        return None
    tensor = _tensor(rows)
    check_array(tensor, "encoding", "length dim")
    return Reading("additive", lambda each: Table(_tensor(each)), declared=Declared(max_length=len(tensor)))


def _tensor(rows: Tensor | np.ndarray[Any, np.dtype[Any]]) -> Tensor:
    if isinstance(rows, Tensor):
        return rows
    try:
        return torch.from_numpy(np.array(rows))
    except (TypeError, ValueError) as error:
        expected = "an array of numbers that torch knows"
        raise ArgumentError("encoding", rows, expected, "convert it with .astype(float)") from error


def _additive_facts(encoding: Any) -> Declared:
    match encoding:
        case Sinusoidal():
            return Declared(float_positions=True, angle_dtype="float64", layout=encoding.layout)
        case Rank():
            return Declared(max_length=encoding.size)
        case Table():
            return Declared(max_length=len(encoding.rows))
        case Compressed():
            inner = _additive_facts(encoding.encoding)
            size = inner.max_length
            shown = None if size is None else math.floor((size - 1) / encoding.factor) + 1
            return replace(inner, max_length=shown)
        case _:  # Scaled and Retimed take the positions that the encoding inside takes
            return _additive_facts(encoding.encoding)
