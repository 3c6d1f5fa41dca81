"""Hypothesis strategies for channels: frequencies, and how often they turn within the positions of a window."""

import math
from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from jaxtyping import Float64
from torch import Tensor

TURN = 2 * math.pi


@dataclass(frozen=True)
class TurningChannel:
    """A channel and the number of positions that it encodes.

    Attributes:
        w: frequency, radians per position, > 0.
        length: number of positions, >= 2.
    """

    w: float
    length: int


@st.composite
def frequencies(draw: st.DrawFn, *, max_channels: int = 4) -> Float64[Tensor, " channels"]:
    """Frequencies of some channels, from a millionth to a thousand radians per position.

    Args:
        draw: supplied by Hypothesis.
        max_channels: most channels.

    Returns:
        (channels,) float64, > 0, in any order, repeated or not; reaches 1, the first channel of a sinusoidal encoding,
        and frequencies above a turn per position; shrinks to one channel of frequency 1.
    """
    exponents = draw(st.lists(st.integers(-20, 9), min_size=1, max_size=max_channels))
    factor = draw(st.sampled_from([1.0, 0.7, 1.9]))
    return factor * 2.0 ** torch.tensor(exponents, dtype=torch.float64)


@st.composite
def turning_channels(draw: st.DrawFn, *, completed: bool) -> TurningChannel:
    """Channels with ``w < 2 pi`` on either side of ``w (L - 1) = 2 pi``, down to a distance of ``2**-46``.

    Args:
        draw: supplied by Hypothesis.
        completed: whether the last position has completed a turn.

    Returns:
        channel; reaches both neighbourhoods of a whole turn, and of a turn per position; shrinks to the fewest
        positions.
    """
    length = draw(st.integers(3 if completed else 2, 64))
    near = 2.0 ** -draw(st.integers(1, 46))
    if not completed:
        part = draw(st.sampled_from([1 - near, near, 0.7]))
        return TurningChannel(part * TURN / (length - 1), length)
    turns = draw(st.sampled_from([1 + near / 2, (length - 1) * (1 - near / 2), 1 + 0.7 * (length - 2)]))
    return TurningChannel(turns * TURN / (length - 1), length)


@st.composite
def aliased_channels(draw: st.DrawFn) -> TurningChannel:
    """Channels with ``w > 2 pi`` that alias a slow one, so that wrapped phases keep the order by accident.

    Args:
        draw: supplied by Hypothesis.

    Returns:
        channel with ``w = 2 pi k + s`` and ``s (L - 1) < 2 pi``; reaches ``w = 2 pi + 1/10`` at 63 positions, which is
        as many as keep their order; shrinks to that frequency at 2 positions.
    """
    slow, most = draw(st.sampled_from([(0.1, 63), (1.0, 7), (0.01, 64)]))
    return TurningChannel(draw(st.integers(1, 3)) * TURN + slow, draw(st.integers(2, most)))
