"""Encodings with their rounding errors: the formulas of `phase_latency.encodings` on bounded tensors.

Frequencies are computed as ``base**(-2i/d)``, phases as ``w p``: for large positions the rounding of the frequency,
``p w (|ln w| + O(1)) u``, is the whole error. All encodings compute in float64 and cast last, so in a narrower dtype
the error is that of the cast, except at positions beyond 1e9.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency import formulas
from phase_latency.encodings import (
    AdditiveEncoding,
    Alibi,
    Compressed,
    Rank,
    Retimed,
    Rotary,
    Scaled,
    Sinusoidal,
    Table,
)
from phase_latency.encodings.channels import joined, separated
from phase_latency.errors import ArgumentError
from phase_latency.numerics.bounded import Bounded, bounded
from phase_latency.numerics.functions import cos, sin
from phase_latency.numerics.propagation import function_rounding, inflated
from phase_latency.types import Positions
from phase_latency.validation import check_dtype, float64_positions


def encoding_bound(
    encoding: AdditiveEncoding, positions: Positions, dtype: torch.dtype = torch.float64
) -> Float64[Tensor, "length dim"]:
    """Distance of an encoding's entries to their exact values.

    Args:
        encoding: one of the package's additive encodings.
        positions: (length,) int64 or float64, taken as exact.
        dtype: dtype of the entries.

    Returns:
        (length, dim) float64 bound.

    Raises:
        ArgumentError: positions or dtype outside what is accepted, or an encoding of another kind.
    """
    return bounded_encoding(encoding, positions, dtype).error


def bounded_encoding(encoding: AdditiveEncoding, positions: Positions, dtype: torch.dtype = torch.float64) -> Bounded:
    """Twin of calling an encoding.

    Args:
        encoding: one of the package's additive encodings; its base, amplitude, factor and latency map are exact.
        positions: (length,) int64 or float64, taken as exact.
        dtype: dtype of the entries.

    Returns:
        (length, dim) bit-identical with ``encoding(positions, dtype)``, with the error of each entry.

    Raises:
        ArgumentError: positions or dtype outside what is accepted, or an encoding of another kind.
    """
    check_dtype(dtype)
    return bounded_at(encoding, float64_positions(positions)).to(dtype)


def bounded_at(encoding: AdditiveEncoding, positions: Tensor | Bounded) -> Bounded:
    """An encoding in float64, at positions that may carry an error of their own.

    Args:
        encoding: one of the package's additive encodings.
        positions: (length,) float64 positions.

    Returns:
        (length, dim) float64 encoding with the error of each entry.

    Raises:
        ArgumentError: an encoding of another kind, or a table at positions that are not exact.
    """
    match encoding:
        case Sinusoidal():
            phases = formulas.phase(bounded(positions).unsqueeze(-1), bounded_frequencies(encoding))
            return _sinusoids(phases, encoding.layout)
        case Scaled():
            return encoding.a * bounded_at(encoding.encoding, positions)
        case Compressed():
            return bounded_at(encoding.encoding, encoding.factor * bounded(positions))
        case Retimed():
            return _retimed(encoding, bounded(positions))
        case Rank() | Table() if isinstance(positions, Tensor):
            dtype = encoding.rows.dtype if isinstance(encoding, Table) else torch.float64
            return Bounded.exact(encoding(positions, dtype)).to(torch.float64)
    expected = "an additive encoding of phase_latency.encodings; a table only at exact positions"
    raise ArgumentError("encoding", encoding, expected, "evaluate it yourself and wrap the result with Bounded.stored")


def _retimed(encoding: Retimed, positions: Bounded) -> Bounded:
    """Through seconds, as `Retimed` goes; T/L is computed in Python floats, where its rounding would go unnoticed."""
    window, length = Bounded.number(encoding.latency_map.window), encoding.latency_map.length
    onset = encoding.latency_map.onset
    latencies = formulas.latency(positions, window, length, onset).unsqueeze(-1)
    phases = formulas.phase_of_latency(latencies, bounded_frequencies(encoding.encoding), window, length, onset)
    return _sinusoids(phases, encoding.encoding.layout)


def bounded_frequencies(encoding: Sinusoidal | Rotary) -> Bounded:
    """Twin of `Sinusoidal.frequencies` and `Rotary.frequencies`.

    Args:
        encoding: the encoding; its base is exact.

    Returns:
        (h,) frequencies in radians per position.
    """
    channels = Bounded.exact(torch.arange(encoding.dim // 2, dtype=torch.float64))
    frequencies: Bounded = formulas.channel_frequency(channels, encoding.dim, encoding.base)
    return frequencies


def _sinusoids(phases: Bounded, layout: str) -> Bounded:
    return _joined(*formulas.sinusoid(phases, sin, cos), layout)


def bounded_rotations(rotary: Rotary, positions: Positions) -> tuple[Bounded, Bounded]:
    """Twin of `Rotary.rotations` in float64.

    Args:
        rotary: the rotary encoding.
        positions: (length,) int64 or float64, taken as exact.

    Returns:
        (length, h) ``amplitude cos(w_i p)`` and (length, h) ``amplitude sin(w_i p)``.

    Raises:
        ArgumentError: positions outside what is accepted.
    """
    p = bounded(float64_positions(positions)).unsqueeze(-1)
    sine, cosine = formulas.sinusoid(formulas.phase(p, bounded_frequencies(rotary)), sin, cos)
    return rotary.amplitude * cosine, rotary.amplitude * sine


def bounded_rotary(rotary: Rotary, x: Bounded, positions: Positions) -> Bounded:
    """Twin of `Rotary.apply`.

    Args:
        rotary: the rotary encoding.
        x: (..., length, dim) queries or keys.
        positions: (length,) int64 or float64, taken as exact.

    Returns:
        (..., length, dim) turned vectors, in the dtype of `x`.

    Raises:
        ArgumentError: positions outside what is accepted, or not one per row of `x`.
    """
    cosine, sine = bounded_rotations(rotary, positions)
    if x.shape[-2:] != (len(positions), rotary.dim):
        raise ArgumentError(
            "x", x.value, f"shape (..., {len(positions)}, {rotary.dim})", "pass one vector per position"
        )
    cosine, sine = cosine.to(x.dtype), sine.to(x.dtype)
    first, second = (x.map(half) for half in _halves(rotary.layout))
    return _joined(*formulas.rotated(first, second, cosine, sine), rotary.layout)


def bounded_alibi(alibi: Alibi, positions: Positions, dtype: torch.dtype) -> Bounded:
    """Twin of `Alibi.bias` with the same positions for queries and keys.

    Args:
        alibi: the linear bias.
        positions: (length,) int64 or float64, taken as exact.
        dtype: dtype of the result.

    Returns:
        (heads, length, length) biases.

    Raises:
        ArgumentError: positions outside what is accepted.
    """
    p = bounded(float64_positions(positions))
    slopes = alibi.slopes()  # the exponents -8 i/2**m are exact, so only the power of two is rounded
    slope = Bounded(slopes, inflated(function_rounding("exp2", slopes)))[:, None, None]
    bias: Bounded = formulas.alibi(p.unsqueeze(1), p.unsqueeze(0), slope)
    return bias.to(dtype)


def _joined(first: Bounded, second: Bounded, layout: str) -> Bounded:
    return Bounded(joined(first.value, second.value, layout), joined(first.error, second.error, layout))


def _halves(layout: str) -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]:
    return lambda x: separated(x, layout)[0], lambda x: separated(x, layout)[1]
