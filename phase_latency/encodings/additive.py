"""Additive encodings made of sinusoids, and the three readings of "phase to latency" applied to them.

1. `Retimed` re-expresses positions in seconds and frequencies in radians per second: the same function.
2. `Scaled` scales the encoding by a = T/L: the reading of Lemma 1.
3. `Compressed` scales the positions and leaves the frequencies alone: another encoding.

Sources: Vaswani et al. 2017, section 3.5; arXiv:2605.00662 (Bose 2026), Lemma 1.
"""

import math
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from phase_latency import formulas
from phase_latency.encodings.channels import channel_frequencies, check_channels, joined
from phase_latency.errors import ArgumentError
from phase_latency.latency import LatencyMap
from phase_latency.types import Latencies, Positions
from phase_latency.validation import check_dtype, float64_positions


@runtime_checkable
class AdditiveEncoding(Protocol):
    """What can be added to (or concatenated with) the content: a pure function of positions."""

    @property
    def dim(self) -> int:
        """Width d of the encoding."""
        ...

    def __call__(self, positions: Positions, dtype: torch.dtype = torch.float64) -> Float[Tensor, "length dim"]:
        """Encode positions.

        Args:
            positions: (length,) int64 or float64.
            dtype: dtype of the result; the computation is made in float64 and cast last.

        Returns:
            (length, dim) encoding, one row per position.
        """
        ...


@dataclass(frozen=True)
class Sinusoidal:
    """Sinusoidal encoding: channel i holds ``(sin w_i p, cos w_i p)`` with ``w_i = base**(-2i/dim)``.

    Args:
        dim: width d = 2h, even.
        base: base of the frequencies, > 0.
        layout: "interleaved" (sin, cos, sin, cos, ...; Vaswani et al. 2017) or "blocks" (all sines, then all cosines).

    Raises:
        ArgumentError: odd width, base <= 0 or unknown layout.
    """

    dim: int
    base: float | int = 10000.0
    layout: Literal["interleaved", "blocks"] = "interleaved"

    def __post_init__(self) -> None:
        """Check the arguments."""
        check_channels(self.dim, self.base, self.layout, ("interleaved", "blocks"))

    def frequencies(self) -> Float64[Tensor, " channels"]:
        """Frequencies ``w_i``, (h,) float64, radians per position."""
        return channel_frequencies(self.dim, self.base)

    def __call__(self, positions: Positions, dtype: torch.dtype = torch.float64) -> Float[Tensor, "length dim"]:
        """Encode positions.

        Args:
            positions: (length,) int64 or float64; real and negative positions are welcome.
            dtype: dtype of the result, cast last.

        Returns:
            (length, dim) encoding.

        Raises:
            ArgumentError: positions or dtype outside what is accepted.
        """
        p = float64_positions(positions)
        return self.of_phases(formulas.phase(p[:, None], self.frequencies().to(p.device)), dtype)

    def of_phases(
        self, phases: Float64[Tensor, "length channels"], dtype: torch.dtype = torch.float64
    ) -> Float[Tensor, "length dim"]:
        """Encode phases: sine and cosine of each, in this encoding's layout.

        Args:
            phases: (length, h) radians, float64.
            dtype: dtype of the result, cast last.

        Returns:
            (length, dim) encoding.

        Raises:
            ArgumentError: dtype is not floating.
        """
        check_dtype(dtype)
        sine, cosine = formulas.sinusoid(phases, torch.sin, torch.cos)
        return joined(sine, cosine, self.layout).to(dtype)


@dataclass(frozen=True)
class Scaled:
    """Reading 2, the spike-time encoding of Lemma 1: ``a`` times another encoding.

    Args:
        encoding: the encoding that is scaled.
        a: amplitude, finite; T/L for a spike window of T seconds over L positions.

    Raises:
        ArgumentError: the encoding is not additive, or the amplitude is not finite.
    """

    encoding: AdditiveEncoding
    a: float | int

    def __post_init__(self) -> None:
        """Check the arguments."""
        _check_additive(self.encoding)
        if not (isinstance(self.a, float | int) and math.isfinite(self.a)):
            raise ArgumentError("a", self.a, "a finite number", "pass the amplitude, for example T/L")

    @property
    def dim(self) -> int:
        """Width d of the encoding."""
        return self.encoding.dim

    def __call__(self, positions: Positions, dtype: torch.dtype = torch.float64) -> Float[Tensor, "length dim"]:
        """Encode positions.

        Args:
            positions: (length,) int64 or float64, as the scaled encoding accepts.
            dtype: dtype of the result, cast last.

        Returns:
            (length, dim): a times the encoding.

        Raises:
            ArgumentError: positions or dtype outside what is accepted.
        """
        check_dtype(dtype)
        return (self.a * self.encoding(positions)).to(dtype)


@dataclass(frozen=True)
class Compressed:
    """Reading 3, frequency compression: another encoding at ``factor * p`` (RoPE's position interpolation).

    Args:
        encoding: the encoding that is compressed.
        factor: what positions are multiplied by, finite and > 0; T/L for the paper's "STPE_freq".

    Raises:
        ArgumentError: the encoding is not additive, or the factor is not finite and > 0.
    """

    encoding: AdditiveEncoding
    factor: float | int

    def __post_init__(self) -> None:
        """Check the arguments."""
        _check_additive(self.encoding)
        if not (isinstance(self.factor, float | int) and math.isfinite(self.factor) and self.factor > 0):
            raise ArgumentError("factor", self.factor, "a finite number > 0", "pass the compression, for example 1/L")

    @property
    def dim(self) -> int:
        """Width d of the encoding."""
        return self.encoding.dim

    def __call__(self, positions: Positions, dtype: torch.dtype = torch.float64) -> Float[Tensor, "length dim"]:
        """Encode positions.

        Args:
            positions: (length,) int64 or float64.
            dtype: dtype of the result, cast last.

        Returns:
            (length, dim): the encoding of the compressed positions.

        Raises:
            ArgumentError: positions or dtype outside what is accepted.
        """
        return self.encoding(self.factor * float64_positions(positions), dtype)


@dataclass(frozen=True)
class Retimed:
    """Reading 1, re-timing: positions in seconds, frequencies in radians per second, the same function.

    It really goes through seconds, position to latency to phase, rather than returning the sinusoid that the
    statement `retiming-invariance` says must come out: otherwise nothing would be measured.

    Args:
        encoding: the sinusoidal encoding that is re-timed.
        latency_map: the window, length and onset of the spike times.

    Raises:
        ArgumentError: the encoding is not `Sinusoidal`.
    """

    encoding: Sinusoidal
    latency_map: LatencyMap

    def __post_init__(self) -> None:
        """Check the arguments."""
        if not isinstance(self.encoding, Sinusoidal):
            raise ArgumentError("encoding", self.encoding, "a Sinusoidal encoding", "re-time a Sinusoidal one")
        if not isinstance(self.latency_map, LatencyMap):
            raise ArgumentError("latency_map", self.latency_map, "a LatencyMap", "pass LatencyMap(window, length)")

    @property
    def dim(self) -> int:
        """Width d of the encoding."""
        return self.encoding.dim

    def __call__(self, positions: Positions, dtype: torch.dtype = torch.float64) -> Float[Tensor, "length dim"]:
        """Encode positions through their latencies.

        Args:
            positions: (length,) int64 or float64.
            dtype: dtype of the result, cast last.

        Returns:
            (length, dim): ``sin((w_i L/T)(t - t0))`` and the cosine, at ``t = t0 + (T/L) p``.

        Raises:
            ArgumentError: positions or dtype outside what is accepted.
        """
        return self.of_latencies(self.latency_map.latency(float64_positions(positions)), dtype)

    def of_latencies(self, latencies: Latencies, dtype: torch.dtype = torch.float64) -> Float[Tensor, "length dim"]:
        """Encode spike times.

        Args:
            latencies: (length,) float64, seconds.
            dtype: dtype of the result, cast last.

        Returns:
            (length, dim): ``sin((w_i L/T)(t - t0))`` and the cosine.

        Raises:
            ArgumentError: latencies or dtype outside what is accepted.
        """
        t = float64_positions(latencies, "latencies")
        phases = self.latency_map.phase(t[:, None], self.encoding.frequencies().to(t.device))
        return self.encoding.of_phases(phases, dtype)


def _check_additive(encoding: object) -> None:
    if not isinstance(encoding, AdditiveEncoding):
        raise ArgumentError(
            "encoding", encoding, "an additive encoding with a width `dim`", "wrap a function or tensor as Table"
        )
