"""Sums of cosines at whole numbers, ``k(m) = sum a_i cos(w_i m)`` for m = 0 .. L - 1, in one matrix product.

With ``m = B r + s`` and the addition theorem, k is a product of an (L/B, 2h) and a (B, 2h) matrix, so that only about
``sqrt(L)`` sines and cosines are taken of each of the h frequencies. Frequencies are exact rational numbers, and angles
are reduced as sums of two float64 numbers, since the rounding of ``w m`` alone would be 1e-10 at a million positions.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from phase_latency.numerics.compensated import two_sum
from phase_latency.numerics.propagation import function_rounding
from phase_latency.numerics.roundoff import gamma, underflow, unit_roundoff

# Products of a whole number up to here with the leading 26 bits of a frequency are exact.
LONGEST = 2**26

_UNIT, _UNDERFLOW = unit_roundoff(torch.float64), underflow(torch.float64)
_TINY = torch.finfo(torch.float64).smallest_normal  # absolute error of a sine
_BITS = 26
_ROUNDED_UP = 1 + 1e-9  # makes up for the rounding of the bound arithmetic itself


@dataclass(frozen=True, eq=False)
class Turns:
    """Cosines and sines of ``w_i m``.

    Attributes:
        cosine: (numbers, channels) float64.
        sine: (numbers, channels) float64.
        error: largest distance to the exact values; of a sine, this times ``min(1, |w_i m|)`` at most.
    """

    cosine: Float64[Tensor, "numbers channels"]
    sine: Float64[Tensor, "numbers channels"]
    error: float


def turns(frequencies: Sequence[Fraction], numbers: Int64[Tensor, " numbers"]) -> Turns:
    """Take cosines and sines of multiples of exact frequencies.

    Args:
        frequencies: radians per position.
        numbers: (numbers,) whole numbers from 0 to `LONGEST`.

    Returns:
        both, to a few units in the last place however large the angles are.
    """
    leading, middle, rest = _parts(frequencies)
    m = numbers.double()[:, None]
    first = m * leading  # exact
    angle, correction = two_sum(first, m * middle + m * rest)
    sine, cosine = torch.sin(angle), torch.cos(angle)
    largest = float(numbers.max()) * max((abs(float(w)) for w in frequencies), default=0.0)
    one = float(function_rounding("sin", torch.ones((), dtype=torch.float64)))
    # The second part of an angle is rounded, and is at most 2**-26 of it; the correction, at most u of it, is squared.
    error = one + 3 * _UNIT + 2.0**-78 * largest + (_UNIT * largest) ** 2
    return Turns(cosine - correction * sine, sine + correction * cosine, error)


def _parts(frequencies: Sequence[Fraction]) -> tuple[Tensor, Tensor, Tensor]:
    """Leading bits, as many again, and the rest."""
    parts = []
    for frequency in frequencies:
        nearest = float(frequency)
        mantissa, exponent = math.frexp(nearest)
        leading = math.ldexp(round(math.ldexp(mantissa, _BITS)), exponent - _BITS)
        parts.append((leading, nearest - leading, float(frequency - Fraction(nearest))))
    columns = torch.tensor(parts, dtype=torch.float64).reshape(-1, 3)
    return columns[:, 0], columns[:, 1], columns[:, 2]


@dataclass(frozen=True, eq=False)
class Kernel:
    """Values of a kernel at distances 0 .. L - 1.

    Attributes:
        value: (rows, columns) float64, distance ``columns * row + column``; zero from L on.
        error: largest distance to the exact value.
    """

    value: Float64[Tensor, "rows columns"]
    error: float

    def __add__(self, other: "Kernel") -> "Kernel":
        """Sum of both, with its rounding."""
        value = self.value + other.value
        rounding = _UNIT * float(value.abs().max())
        return Kernel(value, _ROUNDED_UP * (self.error + other.error + rounding))

    def times(self, factor: Fraction) -> "Kernel":
        """Scaled by an exact number, which is rounded to float64."""
        value = float(factor) * self.value
        rounding = 2 * _UNIT * float(value.abs().max()) + _UNDERFLOW
        return Kernel(value, _ROUNDED_UP * (abs(float(factor)) * self.error + rounding))


def cosines(coefficients: Sequence[Fraction], frequencies: Sequence[Fraction], length: int) -> Kernel:
    """Evaluate ``sum a_i cos(w_i m)``.

    Args:
        coefficients: a_i.
        frequencies: w_i, radians per position.
        length: L, from 1 to `LONGEST`.

    Returns:
        the kernel.
    """
    a = torch.tensor([float(each) for each in coefficients], dtype=torch.float64)
    high, low = _grid(frequencies, length)
    left = torch.cat([a * high.cosine, -a * high.sine], 1)
    value = left @ torch.cat([low.cosine, low.sine], 1).mT
    each = 6 * max(high.error, low.error) + gamma(2 * len(a) + 4, _UNIT)
    return _kernel(value, length, each * float(a.abs().sum()), len(a))


def cosine_differences(
    coefficients: Sequence[Fraction], pairs: Sequence[tuple[Fraction, Fraction]], length: int
) -> Kernel:
    """Evaluate ``sum a_i (cos(v_i m) - cos(w_i m))`` without cancellation, however close v_i and w_i are.

    The difference is ``-2 sin((v + w) m/2) sin((v - w) m/2)``.

    Args:
        coefficients: a_i.
        pairs: v_i and w_i, radians per position.
        length: L, from 1 to `LONGEST`.

    Returns:
        the kernel.
    """
    a = -2 * torch.tensor([float(each) for each in coefficients], dtype=torch.float64)
    high, low = _grid([(v + w) / 2 for v, w in pairs], length)
    high_half, low_half = _grid([(v - w) / 2 for v, w in pairs], length)
    left = [first * second for first in (high.sine, high.cosine) for second in (high_half.sine, high_half.cosine)]
    right = [first * second for first in (low.cosine, low.sine) for second in (low_half.cosine, low_half.sine)]
    value = (torch.cat([a * each for each in left], 1)) @ torch.cat(right, 1).mT
    largest = torch.tensor([min(1.0, abs(float(v - w)) * length) for v, w in pairs], dtype=torch.float64)
    error = max(high.error, low.error, high_half.error, low_half.error)
    each = 20 * error + 2 * gamma(4 * len(a) + 8, _UNIT)
    return _kernel(value, length, each * float((a.abs() * largest).sum()), len(a))


def _grid(frequencies: Sequence[Fraction], length: int) -> tuple[Turns, Turns]:
    """Turns at multiples of the number of columns, and at the columns."""
    columns = 1 << (length.bit_length() // 2)
    rows = -(-length // columns)
    return turns(frequencies, columns * torch.arange(rows)), turns(frequencies, torch.arange(columns))


def _kernel(value: Tensor, length: int, error: float, channels: int) -> Kernel:
    value.view(-1)[length:] = 0.0
    return Kernel(value, _ROUNDED_UP * (error + 64 * channels * _TINY))
