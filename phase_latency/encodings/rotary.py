"""Rotary encoding: queries and keys are turned by the phase of their position (Su et al. 2021, equation 13)."""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from phase_latency import formulas
from phase_latency.encodings.channels import channel_frequencies, check_channels, joined, separated
from phase_latency.errors import ArgumentError
from phase_latency.types import Positions
from phase_latency.validation import check_dtype, float64_positions


@dataclass(frozen=True)
class Rotary:
    """Rotary encoding: channel i of a vector at position p is turned by the angle ``w_i p``.

    Args:
        dim: width 2h of the vectors it turns (the head_dim), even.
        base: base of the frequencies, > 0.
        layout: which coordinates form channel i: (2i, 2i+1) if "interleaved", (i, i+h) if "half-split".  The two are
            conjugate by a permutation; mixing them is not an invariance (`rotary-layout`).
        amplitude: factor on the rotations, finite; it scales the whole logit by its square (`lemma-1-rotary`).

    Raises:
        ArgumentError: odd width, base <= 0, unknown layout, or an amplitude that is not finite.
    """

    dim: int
    base: float | int = 10000.0
    layout: Literal["interleaved", "half-split"] = "interleaved"
    amplitude: float | int = 1.0

    def __post_init__(self) -> None:
        """Check the arguments."""
        check_channels(self.dim, self.base, self.layout, ("interleaved", "half-split"))
        if not (isinstance(self.amplitude, float | int) and math.isfinite(self.amplitude)):
            raise ArgumentError("amplitude", self.amplitude, "a finite number", "pass 1.0 for plain rotations")

    def frequencies(self) -> Float64[Tensor, " channels"]:
        """Frequencies ``w_i``, (h,) float64, radians per position."""
        return channel_frequencies(self.dim, self.base)

    def rotations(
        self, positions: Positions, dtype: torch.dtype = torch.float64
    ) -> tuple[Float[Tensor, "length channels"], Float[Tensor, "length channels"]]:
        """Cosine and sine of the angles, times the amplitude.

        Args:
            positions: (length,) int64 or float64.
            dtype: dtype of the result; the computation is made in float64 and cast last.

        Returns:
            (length, h) ``amplitude cos(w_i p)`` and (length, h) ``amplitude sin(w_i p)``.

        Raises:
            ArgumentError: positions or dtype outside what is accepted.
        """
        check_dtype(dtype)
        p = float64_positions(positions)
        sine, cosine = formulas.sinusoid(
            formulas.phase(p[:, None], self.frequencies().to(p.device)), torch.sin, torch.cos
        )
        return (self.amplitude * cosine).to(dtype), (self.amplitude * sine).to(dtype)

    def apply(self, x: Float[Tensor, "*batch length dim"], positions: Positions) -> Float[Tensor, "*batch length dim"]:
        """Turn vectors by the phases of their positions.

        Args:
            x: (..., length, dim) queries or keys.
            positions: (length,) int64 or float64, one per row of `x`.

        Returns:
            (..., length, dim), in the dtype of `x`: only cosine and sine are computed in float64.

        Raises:
            ArgumentError: the width or the number of rows of `x` does not fit, or positions are not accepted.
        """
        length = len(float64_positions(positions))
        if not isinstance(x, Tensor) or x.shape[-2:] != (length, self.dim):
            raise ArgumentError(
                "x", x, f"a tensor of shape (..., {length}, {self.dim})", "pass one vector per position"
            )
        check_dtype(x.dtype, "x")
        cosine, sine = self.rotations(positions, x.dtype)
        first, second = separated(x, self.layout)
        return joined(*formulas.rotated(first, second, cosine, sine), self.layout)
