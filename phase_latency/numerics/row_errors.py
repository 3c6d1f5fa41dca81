"""How far whole rows of an encoding, computed in float64, are from the exact ones: one number per row.

For sinusoids it costs a few numbers per row instead of several tables: the error of channel i at position p is at most
``|p| (e_i + u w_i)`` for its phase, with e_i the error of its frequency, and a constant for its sine and cosine.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.encodings import AdditiveEncoding, Compressed, Scaled, Sinusoidal
from phase_latency.numerics.bounded import Bounded, bounded
from phase_latency.numerics.encodings import bounded_at, bounded_frequencies
from phase_latency.numerics.propagation import function_rounding, inflated
from phase_latency.numerics.roundoff import underflow, unit_roundoff
from phase_latency.types import Positions
from phase_latency.validation import float64_positions

_UNIT, _UNDERFLOW = unit_roundoff(torch.float64), underflow(torch.float64)


class RowErrors(ABC):
    """Bounds for the rows of one encoding."""

    @classmethod
    def of(cls, encoding: AdditiveEncoding) -> "RowErrors":
        """Prepare what all rows share.

        Args:
            encoding: one of the package's additive encodings; its base, amplitude, factor and latency map are exact.

        Returns:
            the bounds.
        """
        match encoding:
            case Sinusoidal():
                frequencies = bounded_frequencies(encoding)
                w, e = (float(torch.linalg.vector_norm(each)) for each in (frequencies.value, frequencies.error))
                return _OfSinusoids(w, e, encoding.dim // 2)
            case Scaled() if encoding.a:
                return _OfScaled(cls.of(encoding.encoding), encoding.a, encoding.dim)
            case Compressed():
                return _OfCompressed(cls.of(encoding.encoding), encoding.factor)
        return _EntryByEntry(encoding)

    def at(self, positions: Positions, norms: Float64[Tensor, " length"]) -> Float64[Tensor, " length"]:
        """Bound the rows at some positions.

        Args:
            positions: (length,) int64 or float64, taken as exact.
            norms: (length,) Euclidean norms of the computed rows.

        Returns:
            (length,) Euclidean distance of each row to the exact one, at most.

        Raises:
            ArgumentError: positions outside what is accepted, or an encoding of another kind.
        """
        return self.near(bounded(float64_positions(positions)), norms)

    @abstractmethod
    def near(self, positions: Bounded, norms: Float64[Tensor, " length"]) -> Float64[Tensor, " length"]:
        """Bound the rows at positions that carry an error of their own.

        Args:
            positions: (length,) float64.
            norms: (length,) Euclidean norms of the computed rows.

        Returns:
            (length,) bound.
        """


@dataclass(frozen=True)
class _OfSinusoids(RowErrors):
    """Of the norm of all frequencies, of their errors, and of the number of channels."""

    frequencies: float
    frequency_errors: float
    channels: int

    def near(self, positions: Bounded, norms: Float64[Tensor, " length"]) -> Float64[Tensor, " length"]:
        """Norm over both coordinates of all channels."""
        w, e = self.frequencies, self.frequency_errors
        phase = positions.value.abs() * (e + _UNIT * w) + positions.error * (w + e) + 8 * _UNDERFLOW * self.channels
        one = float(function_rounding("sin", torch.ones((), dtype=torch.float64)))  # of a sine, which is at most 1
        # A phase that is off moves the point (sin, cos) by the chord, which is no longer than the arc.
        return inflated(inflated(phase + math.sqrt(2 * self.channels) * one))


@dataclass(frozen=True)
class _OfScaled(RowErrors):
    inner: RowErrors
    a: float | int
    dim: int

    def near(self, positions: Bounded, norms: Float64[Tensor, " length"]) -> Float64[Tensor, " length"]:
        """That of the encoding that is scaled, and one rounding."""
        scaled = abs(self.a) * self.inner.near(positions, norms / abs(self.a))
        return inflated(scaled + _UNIT * norms + self.dim * _UNDERFLOW)


@dataclass(frozen=True)
class _OfCompressed(RowErrors):
    inner: RowErrors
    factor: float | int

    def near(self, positions: Bounded, norms: Float64[Tensor, " length"]) -> Float64[Tensor, " length"]:
        """That of the encoding at the compressed positions, which are rounded."""
        return self.inner.near(self.factor * positions, norms)


@dataclass(frozen=True)
class _EntryByEntry(RowErrors):
    encoding: AdditiveEncoding

    def near(self, positions: Bounded, norms: Float64[Tensor, " length"]) -> Float64[Tensor, " length"]:
        """Norms of the errors of single entries."""
        exact = positions if bool(positions.error.any()) else positions.value
        return inflated(torch.linalg.vector_norm(bounded_at(self.encoding, exact).error, dim=1))
