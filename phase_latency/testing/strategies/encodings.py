"""Positions, amplitudes, latency maps and encodings."""

from typing import Literal

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from phase_latency.encodings import AdditiveEncoding, Compressed, Retimed, Rotary, Scaled, Sinusoidal
from phase_latency.latency import LatencyMap
from phase_latency.testing.strategies.tensors import scales
from phase_latency.types import Positions

LARGEST_POSITION = 10**6


@st.composite
def positions(
    draw: st.DrawFn,
    *,
    min_length: int = 1,
    max_length: int = 6,
    smallest: int = -LARGEST_POSITION,
    largest: int = LARGEST_POSITION,
    fractions: bool = True,
) -> Positions:
    """Positions in any order, repeated or not.

    Args:
        draw: supplied by Hypothesis.
        min_length: fewest positions.
        max_length: most positions.
        smallest: smallest position, 0 where negative ones are not allowed.
        largest: largest position.
        fractions: whether float64 positions with eighths may be drawn; int64 ones always are.

    Returns:
        (length,) int64 or float64; reaches neighbours, repetitions, negative and very large positions; shrinks to
        int64 zeros.
    """
    near = st.integers(max(smallest, -8), min(largest, 8))
    entries = st.lists(near | st.integers(smallest, largest), min_size=min_length, max_size=max_length)
    whole = torch.tensor(draw(entries), dtype=torch.int64)
    if not (fractions and draw(st.booleans())):
        return whole
    shift = draw(st.integers(0, 7)) / 8
    return (whole.double() + shift).clamp(max=largest)


@st.composite
def amplitudes(
    draw: st.DrawFn,
    dtype: torch.dtype = torch.float64,
    *,
    negative: bool = True,
    lowest: int | None = None,
    highest: int | None = None,
) -> float:
    """Amplitudes that do not vanish: powers of two, thirds of them (never exact in binary), either sign.

    Args:
        draw: supplied by Hypothesis.
        dtype: dtype that has to hold what is scaled.
        negative: whether negative amplitudes may be drawn.
        lowest: smallest exponent, by default that of the dtype.
        highest: largest exponent, by default that of the dtype.

    Returns:
        float, not 0; reaches 1, fractions below and above it; shrinks to 1.
    """
    size = draw(scales(dtype, lowest=lowest, highest=highest))
    third = draw(st.sampled_from([1.0, 2 / 3]))
    sign = draw(st.sampled_from([1.0, -1.0])) if negative else 1.0
    return sign * third * size


@st.composite
def latency_maps(draw: st.DrawFn, *, onset: bool = True) -> LatencyMap:
    """Latency windows between a microsecond and a megasecond.

    Args:
        draw: supplied by Hypothesis.
        onset: whether onsets other than 0 may be drawn.

    Returns:
        map of 2 to 4096 positions; shrinks to a window of 1 s, 2 positions and onset 0.
    """
    window = draw(st.integers(-20, 20)), draw(st.sampled_from([1.0, 1.1]))
    length = draw(st.integers(2, 16) | st.sampled_from([64, 1000, 4096]))
    start = draw(st.sampled_from([0.0, 0.25, -0.7, 100.0])) if onset else 0.0
    return LatencyMap(window[1] * 2.0 ** window[0], length, start)


@st.composite
def sinusoids(draw: st.DrawFn, dim: int | None = None) -> Sinusoidal:
    """Sinusoidal encodings.

    Args:
        draw: supplied by Hypothesis.
        dim: width; None draws an even one up to 8.

    Returns:
        encoding of base 10000 or less usual, also below 1; shrinks to one channel, base 10000, interleaved.
    """
    width = 2 * draw(st.integers(1, 4)) if dim is None else dim
    base = draw(st.sampled_from([10000.0, 100.0, 2.0, 1.0, 0.5, 5e5]))
    layouts: tuple[Literal["interleaved", "blocks"], ...] = ("interleaved", "blocks")
    return Sinusoidal(width, base, draw(st.sampled_from(layouts)))


def retimings(dim: int | None = None) -> SearchStrategy[Retimed]:
    """Re-timed sinusoidal encodings: reading 1.

    Args:
        dim: width; None draws an even one up to 8.

    Returns:
        strategy; shrinks as `sinusoids` and `latency_maps` do.
    """
    return st.builds(Retimed, sinusoids(dim), latency_maps())


def encodings(dim: int | None = None) -> SearchStrategy[AdditiveEncoding]:
    """Additive encodings of any real position: plain, scaled, compressed, re-timed.

    Args:
        dim: width; None draws an even one up to 8.

    Returns:
        strategy; shrinks to a plain sinusoidal encoding.
    """
    plain = sinusoids(dim)
    factors = st.integers(-10, 10).map(lambda exponent: 2.0**exponent)
    scaled = st.builds(Scaled, plain, amplitudes(lowest=-10, highest=10))
    return plain | scaled | st.builds(Compressed, plain, factors) | retimings(dim)


@st.composite
def rotary_encodings(draw: st.DrawFn, dim: int, *, amplitude: SearchStrategy[float] | None = None) -> Rotary:
    """Rotary encodings of a width.

    Args:
        draw: supplied by Hypothesis.
        dim: width of queries and keys, even.
        amplitude: strategy for the amplitude; None leaves it at 1.

    Returns:
        encoding in either layout; shrinks to base 10000, interleaved.
    """
    layouts: tuple[Literal["interleaved", "half-split"], ...] = ("interleaved", "half-split")
    base, layout = draw(st.sampled_from([10000.0, 100.0, 1.0, 5e5])), draw(st.sampled_from(layouts))
    return Rotary(dim, base, layout, 1.0 if amplitude is None else draw(amplitude))
