"""Channels: the frequencies and coordinate layouts that sinusoidal and rotary encodings share."""

import math
from typing import Literal

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from phase_latency import formulas
from phase_latency.errors import ArgumentError

# How the 2h coordinates of h channels are laid out along the last axis.
Layout = Literal["interleaved", "blocks", "half-split"]


def check_channels(dim: int, base: float | int, layout: str, layouts: tuple[str, str]) -> None:
    """Check the constructor arguments of an encoding made of channels.

    Args:
        dim: width d = 2h of the encoding.
        base: base B of the frequencies.
        layout: the layout chosen.
        layouts: the two layouts on offer.

    Raises:
        ArgumentError: the width is odd or < 2, the base is not finite and > 0, or the layout is unknown.
    """
    if not isinstance(dim, int) or isinstance(dim, bool) or dim < 2 or dim % 2:
        raise ArgumentError("dim", dim, "an even integer >= 2, two coordinates per channel", "pass an even width")
    if not (isinstance(base, float | int) and math.isfinite(base) and base > 0):
        raise ArgumentError("base", base, "a finite number > 0", "pass the base of the frequencies, usually 10000.0")
    if layout not in layouts:
        raise ArgumentError("layout", layout, f"one of {', '.join(layouts)}", "pass one of these names")


def channel_frequencies(dim: int, base: float | int) -> Float64[Tensor, " channels"]:
    """Frequencies ``w_i = base**(-2i/d)`` of the h = d/2 channels.

    Args:
        dim: width d = 2h.
        base: base B, > 0.

    Returns:
        (h,) float64, radians per position.
    """
    channel = torch.arange(dim // 2, dtype=torch.float64)
    frequencies: Tensor = formulas.channel_frequency(channel, dim, base)
    return frequencies


def joined(
    first: Float[Tensor, "*batch channels"], second: Float[Tensor, "*batch channels"], layout: str
) -> Float[Tensor, "*batch dim"]:
    """Lay out the two coordinates of each channel along the last axis: the inverse of `separated`.

    Args:
        first: (..., h) first coordinate of each channel.
        second: (..., h) second coordinate of each channel.
        layout: "interleaved" puts the two side by side; "blocks" (for rotations called "half-split") puts all
            first coordinates before all second ones.

    Returns:
        (..., 2h).
    """
    if layout == "interleaved":
        return torch.stack((first, second), dim=-1).flatten(-2)
    return torch.cat((first, second), dim=-1)


def separated(
    x: Float[Tensor, "*batch dim"], layout: str
) -> tuple[Float[Tensor, "*batch channels"], Float[Tensor, "*batch channels"]]:
    """Take the two coordinates of each channel apart: the inverse of `joined`.

    Args:
        x: (..., 2h).
        layout: as for `joined`.

    Returns:
        (..., h) first and (..., h) second coordinates.
    """
    if layout == "interleaved":
        return x[..., 0::2], x[..., 1::2]
    half = x.shape[-1] // 2
    return x[..., :half], x[..., half:]
