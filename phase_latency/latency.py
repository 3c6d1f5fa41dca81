"""The Phase-Latency Isomorphism as a value: position, phase, spike latency and rank, and the way back.

Statements: `phase-latency-affine`, `phase-latency-circle`, `phase-latency-order`, `rank-invariance`.
Source: arXiv:2605.00662 (Bose 2026).  Needs no array library: every method works on floats, numpy arrays and torch
tensors alike, in the precision it is given.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from phase_latency import formulas
from phase_latency.errors import ArgumentError
from phase_latency.formulas import Number


@dataclass(frozen=True)
class LatencyMap:
    """The affine map ``t = t0 + (T/L) p`` from positions to spike latencies.

    Args:
        window: length T of the spike window, seconds, finite and > 0.
        length: number L of positions that share the window, an integer >= 2.
        onset: latency t0 of position 0, seconds, finite.

    Raises:
        ArgumentError: an argument is outside its range.
    """

    window: float | int
    length: int
    onset: float | int = 0.0

    def __post_init__(self) -> None:
        """Check the arguments."""
        if not (_is_finite(self.window) and self.window > 0):
            raise ArgumentError("window", self.window, "a finite number of seconds > 0", "pass the spike window T")
        if not isinstance(self.length, int) or isinstance(self.length, bool) or self.length < 2:
            raise ArgumentError("length", self.length, "an integer >= 2", "pass the number of positions L")
        if not _is_finite(self.onset):
            raise ArgumentError("onset", self.onset, "a finite number of seconds", "pass the latency of position 0")

    @property
    def amplitude(self) -> float:
        """Amplitude a = T/L of the spike-time encoding STPE = a PE (seconds per position; `lemma-1`)."""
        return self.window / self.length

    def latency(self, p: Number) -> Number:
        """Latency of a position (`phase-latency-affine`).

        Args:
            p: position or array of positions (dimensionless; real, possibly negative).

        Returns:
            ``t0 + (T/L) p`` in seconds, of the shape of `p`.
        """
        return formulas.latency(_real(p), self.window, self.length, self.onset)

    def position(self, t: Number) -> Number:
        """Position whose latency is `t`: the inverse of `latency`.

        Args:
            t: latency in seconds, or an array of them.

        Returns:
            ``(L/T)(t - t0)``, dimensionless, of the shape of `t`.
        """
        return formulas.position_of_latency(_real(t), self.window, self.length, self.onset)

    def phase(self, t: Number, w: Number) -> Number:
        """Unwrapped phase of a latency in the channel of frequency `w` (`phase-latency-affine`).

        Args:
            t: latency in seconds, or an array of them.
            w: frequency in radians per position, > 0; broadcasts against `t`.

        Returns:
            ``(w L/T)(t - t0)`` in radians.

        Raises:
            ArgumentError: a frequency is not > 0.
        """
        _check_frequency(w)
        return formulas.phase_of_latency(_real(t), w, self.window, self.length, self.onset)

    def latency_of_phase(self, theta: Number, w: Number) -> Number:
        """Latency of an unwrapped phase: the inverse of `phase`.

        Args:
            theta: phase in radians, or an array of them.
            w: frequency in radians per position, > 0; broadcasts against `theta`.

        Returns:
            ``t0 + T theta/(w L)`` in seconds.

        Raises:
            ArgumentError: a frequency is not > 0.
        """
        _check_frequency(w)
        return formulas.latency_of_phase(_real(theta), w, self.window, self.length, self.onset)

    def period(self, w: Number) -> Number:
        """Latency in which the phase of a channel goes round once (`phase-latency-circle`).

        Args:
            w: frequency in radians per position, > 0, or an array of them.

        Returns:
            ``2 pi T/(w L)`` in seconds.

        Raises:
            ArgumentError: a frequency is not > 0.
        """
        _check_frequency(w)
        return formulas.latency_period(w, self.window, self.length, math.pi)

    def wrapped_phase(self, p: Number, w: Number) -> Number:
        """Phase of a position, wrapped to one turn (`phase-latency-circle`, `phase-latency-order`).

        Wrapping is where order is lost: it is kept on all L positions only while ``w (L - 1) < 2 pi``.

        Args:
            p: position or array of positions.
            w: frequency in radians per position, > 0; broadcasts against `p`.

        Returns:
            the phase in [0, 2 pi), up to the rounding of ``w p``, in radians.

        Raises:
            ArgumentError: a frequency is not > 0.
        """
        _check_frequency(w)
        # x // 1 is the floor of a float, of a numpy array and of a torch tensor.
        return formulas.wrapped(formulas.phase(_real(p), w), lambda x: x // 1, math.pi)

    def rank(self, latencies: Iterable[Any]) -> list[int]:
        """Order of arrival (`rank-invariance`): the same for every strictly increasing re-timing.

        Args:
            latencies: latencies in seconds (or phases, or positions: only their order counts).

        Returns:
            for each latency the number of strictly earlier ones, so that equal latencies share a rank.

        Raises:
            ArgumentError: a latency is not a finite number.
        """
        times = [float(t) for t in latencies]
        for t in times:
            if not math.isfinite(t):
                raise ArgumentError("latencies", t, "finite numbers of seconds", "leave out what never fires")
        ordered = sorted(times)
        return [bisect_left(ordered, t) for t in times]


def _is_finite(x: object) -> bool:
    return isinstance(x, float | int) and not isinstance(x, bool) and math.isfinite(x)


def _real(x: Number) -> Number:
    """Integer torch tensors as float64: torch would compute them in its default dtype, float32."""
    is_integer_tensor = hasattr(x, "is_floating_point") and not x.is_floating_point()
    return x.double() if is_integer_tensor else x


def _check_frequency(w: Number) -> None:
    positive = w > 0
    if not (positive.all() if hasattr(positive, "all") else positive):
        raise ArgumentError("w", w, "a frequency > 0 (radians per position)", "pass the positive frequency")
