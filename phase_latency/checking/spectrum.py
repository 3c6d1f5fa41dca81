"""Frequencies of columns that turn at an even pace, from their values alone.

A column is fitted by ``x(p) = A sin(w p + phi)``, 0 <= w <= pi radians per position. The frequency comes by doubling
steps: ``x(p+D) + x(p-D) = 2 cos(w D) x(p)`` tells it from a small step D, roughly and without ambiguity; larger steps
and then least squares over ever longer ranges refine it. Each step counts only if it is certainly sharper than the one
before. Errors are propagated from the bounds of the values to first order: a least-squares estimate from n values, each
off by at most its bound, is off by at most sqrt(n) times its standard error in units of the bounds (Cauchy-Schwarz).
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

_DETERMINED = 1 / 8  # relative error of an amplitude, or of a phase, beyond which bounds would hold for anything
_TINY = torch.finfo(torch.float64).tiny
_UNIT = torch.finfo(torch.float64).eps / 2


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Columns as turning channels; constant columns have the frequency 0.

    Attributes:
        frequency: (columns,) radians per position, >= 0.
        amplitude: (columns,) >= 0.
        phase: (columns,) radians at position 0.
        frequency_error: (columns,) the most that the frequency can be off.
        amplitude_error: (columns,) the same for the amplitude.
        phase_error: (columns,) the same for the phase.
        turning: (columns,) whether the values determine the fit and it explains each of them within its bound; if not,
            the rest means nothing.
    """

    frequency: Float64[Tensor, " columns"]
    amplitude: Float64[Tensor, " columns"]
    phase: Float64[Tensor, " columns"]
    frequency_error: Float64[Tensor, " columns"]
    amplitude_error: Float64[Tensor, " columns"]
    phase_error: Float64[Tensor, " columns"]
    turning: Bool[Tensor, " columns"]

    def take(self, index: Int64[Tensor, " taken"], present: Bool[Tensor, " taken"]) -> "Spectrum":
        """Choose columns.

        Args:
            index: which ones.
            present: where False, a column that is 0 everywhere takes the place.

        Returns:
            the spectrum of the chosen columns.
        """

        def chosen(values: Tensor) -> Tensor:
            return torch.where(present, values[index], 0.0)

        return Spectrum(
            chosen(self.frequency),
            chosen(self.amplitude),
            chosen(self.phase),
            chosen(self.frequency_error),
            chosen(self.amplitude_error),
            chosen(self.phase_error),
            self.turning[index] | ~present,
        )

    def at(
        self, times: Float64[Tensor, " times"], frequency: Float64[Tensor, " columns"] | None = None
    ) -> Float64[Tensor, "times columns"]:
        """Evaluate the fit.

        Args:
            times: positions, any real numbers.
            frequency: radians per position, in place of the fitted ones.

        Returns:
            (times, columns) ``A sin(w p + phi)``.
        """
        pace = self.frequency if frequency is None else frequency
        return self.amplitude * torch.sin(times[:, None] * pace + self.phase)

    def bound(self, times: Float64[Tensor, " times"]) -> Float64[Tensor, "times columns"]:
        """Largest distance of the fit to the exact channel.

        Args:
            times: positions.

        Returns:
            (times, columns) from the errors of the fit and the rounding of its evaluation.
        """
        angle = times[:, None].abs() * (self.frequency_error + 4 * _UNIT * self.frequency) + self.phase_error
        return self.amplitude_error + self.amplitude * (angle + 8 * _UNIT)


def fit_spectrum(
    values: Float64[Tensor, "length columns"],
    bound: Float64[Tensor, "length columns"],
    positions: Int64[Tensor, " length"],
) -> Spectrum:
    """Fit a frequency, an amplitude and a phase to each column.

    Args:
        values: finite values of the columns.
        bound: the most that each value can be off, >= 0.
        positions: increasing; a dense start and sparse windows of consecutive ones serve best.

    Returns:
        the fit, and whether it explains each column.
    """
    times = positions.double()
    x = values.mT.contiguous()
    scale = x.abs().amax(1, keepdim=True).clamp(min=_TINY)
    error = torch.maximum(bound.mT, _UNIT * scale)
    lowest, highest = (x - error).amax(1), (x + error).amin(1)
    constant = lowest <= highest
    frequency, spread = _paces(x, error, positions)
    (cosine, sine), (cosine_off, sine_off), explained = _solved(x, error, times, frequency, spread)
    middle, half = (lowest + highest) / 2, (highest - lowest).abs() / 2
    quarter = torch.full_like(middle, math.pi / 2).copysign(middle)
    amplitude = torch.hypot(sine, cosine).clamp(min=_TINY)
    curved = (cosine_off**2 + sine_off**2) / amplitude
    amplitude_off = (cosine.abs() * cosine_off + sine.abs() * sine_off) / amplitude + curved
    phase_off = ((sine.abs() * cosine_off + cosine.abs() * sine_off) / amplitude + curved) / amplitude
    determined = (amplitude_off <= _DETERMINED * amplitude) & (phase_off <= _DETERMINED)

    def chosen(flat: Tensor, turned: Tensor) -> Tensor:
        return torch.where(constant, flat, turned)

    zero = torch.zeros_like(frequency)
    return Spectrum(
        frequency=chosen(zero, frequency),
        amplitude=chosen(middle.abs(), amplitude),
        phase=chosen(quarter, torch.atan2(cosine, sine)),
        frequency_error=chosen(zero, spread),
        amplitude_error=chosen(half, amplitude_off),
        phase_error=chosen(zero, phase_off),
        turning=constant | (explained & determined),
    )


def _paces(x: Tensor, error: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
    """Frequencies and how far they can be off, by three-term recurrences over doubling steps."""
    frequency = torch.full((len(x),), math.pi / 2, dtype=torch.float64)
    spread = frequency.clone()
    step = 1
    while 2 * step <= int(positions[-1] - positions[0]):
        middle, before, after = _triples(positions, step)
        if len(middle):
            cosine, slack = _recurrence(x, error, middle, before, after)
            frequency, spread = _sharper(frequency, spread, cosine, slack, step)
        step *= 2
    return frequency, spread


def _triples(positions: Tensor, step: int) -> tuple[Tensor, Tensor, Tensor]:
    """Rows of p, p - step and p + step, where all three are there."""
    before, after = (torch.searchsorted(positions, positions + move) for move in (-step, step))
    after = after.clamp(max=len(positions) - 1)
    there = (positions[before] == positions - step) & (positions[after] == positions + step)
    return there.nonzero().flatten(), before[there], after[there]


def _recurrence(x: Tensor, error: Tensor, middle: Tensor, before: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
    """Least-squares cosine of the angle of one step, and how far it can be off."""
    centre, sides = x[:, middle], x[:, before] + x[:, after]
    slack = error[:, before] + error[:, after] + 6 * error[:, middle]
    weight = centre * (slack.amin(1, keepdim=True) / slack) ** 2
    square = 2 * (weight * centre).sum(1).clamp(min=_TINY)
    return (weight * sides).sum(1) / square, (weight.abs() * slack).sum(1) / square


def _sharper(frequency: Tensor, spread: Tensor, cosine: Tensor, slack: Tensor, step: int) -> tuple[Tensor, Tensor]:
    """The frequency by one more step, where it is certainly sharper and not ambiguous."""
    angle = cosine.clamp(-1, 1).acos()
    low, high = (cosine + slack).clamp(-1, 1).acos(), (cosine - slack).clamp(-1, 1).acos()
    off = torch.maximum(high - angle, angle - low)
    turns = frequency * step / (2 * math.pi)
    sign = torch.where(turns % 1 < 0.5, 1.0, -1.0)  # a cosine does not tell an angle from its negative
    whole = torch.where(sign > 0, turns.floor(), turns.ceil())
    found = (sign * angle + 2 * math.pi * whole) / step
    first_turn = (frequency + spread) * step <= math.pi
    certain = first_turn | (spread * step + off < torch.minimum(angle, math.pi - angle))
    better = certain & (off / step < spread)
    return torch.where(better, found, frequency), torch.where(better, off / step, spread)


def _weighted(x: Tensor, error: Tensor, times: Tensor, frequency: Tensor) -> tuple[Tensor, Tensor]:
    """Cosine and sine of the angles, and the values, all in units of the bounds."""
    angle = frequency[:, None] * times
    return torch.stack((angle.cos(), angle.sin()), -1) / error[..., None], x / error


def _least_squares(basis: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Coefficients, and the triangular factor; a direction without weight gets none."""
    q, r = torch.linalg.qr(basis)
    diagonal = r.diagonal(dim1=-2, dim2=-1).abs()
    safe = r + torch.diag_embed(torch.where(diagonal > _UNIT * diagonal.amax(-1, keepdim=True), 0.0, torch.inf))

    def solved(right: Tensor) -> Tensor:
        found: Tensor = torch.linalg.solve_triangular(safe, q.mT @ right[..., None], upper=True)
        return found[..., 0]

    first = solved(target)
    return first + solved(target - (basis @ first[..., None])[..., 0]), safe  # refined once, to a few roundings


def _solved(
    x: Tensor, error: Tensor, times: Tensor, frequency: Tensor, spread: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Coefficients of cosine and sine, (2, columns), how far they can be off, and whether they explain all values."""
    basis, target = _weighted(x, error, times, frequency)
    linear, r = _least_squares(basis, target)
    amplitude = linear.norm(dim=1)
    drift = spread + 8 * _UNIT * frequency
    inverse = torch.linalg.solve_triangular(r, torch.eye(2, dtype=r.dtype).expand_as(r), upper=True)
    leverage = (basis @ inverse).norm(dim=-1)
    tilt = amplitude[:, None] * (times.abs() * drift[:, None] + 8 * _UNIT) / error
    allowed = 1 + (math.sqrt(len(times)) * leverage) + tilt + tilt.norm(dim=1, keepdim=True) * leverage
    turning = ((target - (basis @ linear[..., None])[..., 0]).abs() <= allowed).all(1)
    off = inverse.norm(dim=-1) * (math.sqrt(len(times)) + tilt.norm(dim=1))[:, None]
    return linear.mT, off.mT, turning
