"""Dtypes, scales and arrays of numbers."""

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.numerics.roundoff import DTYPES

# Exponents of the scales of entries, weights, biases and amplitudes. With all of them at most s = 2**c, an input e + aP
# is at most s + s**2, a query of a layer 8 wide at most q = 8 s (s + s**2) + s, and a logit of a head 4 wide at most
# 4 q**2: 38416 < 65504 for c = 1 in float16, 2**106 < 2**127 for c = 16 in float32 and bfloat16, 2**610 for c = 100.
# At the lower ends products of six factors are normal numbers, but for float16, where some underflow.
_CEILING = {torch.float64: 100, torch.float32: 16, torch.bfloat16: 16, torch.float16: 1}
_FLOOR = {torch.float64: -100, torch.float32: -16, torch.bfloat16: -16, torch.float16: -5}

# Built once, because building a strategy takes longer than drawing from it.
_SEEDS = st.integers(0, 2**16)
_KINDS = st.sampled_from(["uniform", "uniform", "uniform", "equal", "zero"])


def ceiling(dtype: torch.dtype) -> int:
    """Largest exponent of a scale in a dtype: nothing that a layer computes from such scales overflows.

    Args:
        dtype: float64, float32, bfloat16 or float16.

    Returns:
        100, 16, 16 or 1.
    """
    return _CEILING[dtype]


def floor(dtype: torch.dtype) -> int:
    """Smallest exponent of a scale in a dtype.

    Args:
        dtype: float64, float32, bfloat16 or float16.

    Returns:
        -100, -16, -16 or -5.
    """
    return _FLOOR[dtype]


def moderate(dtype: torch.dtype) -> SearchStrategy[float]:
    """Scales near 1, for cases that are to see more than underflow and saturated softmaxes.

    Args:
        dtype: float64, float32, bfloat16 or float16.

    Returns:
        strategy for powers of two between 1/4 and 4, in float16 between 1/4 and 2.
    """
    return scales(dtype, lowest=-2, highest=min(2, ceiling(dtype)))


def dtypes() -> SearchStrategy[torch.dtype]:
    """Every dtype with a rounding model; shrinks to float64.

    Returns:
        strategy for float64, float32, bfloat16 and float16.
    """
    return st.sampled_from(DTYPES)


def scales(dtype: torch.dtype, *, lowest: int | None = None, highest: int | None = None) -> SearchStrategy[float]:
    """Powers of two that a dtype has room for; shrinks to 1.

    Args:
        dtype: float64, float32, bfloat16 or float16.
        lowest: smallest exponent, `floor(dtype)` unless given.
        highest: largest exponent, `ceiling(dtype)` unless given.

    Returns:
        strategy for positive floats.

    Raises:
        ArgumentError: no exponent lies between the two.
    """
    low = floor(dtype) if lowest is None else lowest
    high = ceiling(dtype) if highest is None else highest
    if low > high:
        raise ArgumentError("lowest", low, f"at most highest = {high}", "widen the range of exponents")
    return st.integers(low, high).map(lambda exponent: 2.0**exponent)


@st.composite
def arrays(
    draw: st.DrawFn, shape: tuple[int, ...], dtype: torch.dtype, *, scale: SearchStrategy[float] | None = None
) -> Tensor:
    """Arrays of a shape and dtype: all zeros, all equal, or uniform in [-scale, scale].

    Args:
        draw: supplied by Hypothesis.
        shape: shape of the array.
        dtype: float64, float32, bfloat16 or float16.
        scale: strategy for the scale, `scales(dtype)` unless given.

    Returns:
        (...) array; reaches all zeros; shrinks to uniform entries in [-1, 1] from seed 0.
    """
    return draw_array(draw, shape, dtype, scales(dtype) if scale is None else scale)


def draw_array(draw: st.DrawFn, shape: tuple[int, ...], dtype: torch.dtype, scale: SearchStrategy[float]) -> Tensor:
    """Draw an array inside another strategy; a strategy of its own for each weight would cost more than the weight.

    Args:
        draw: what Hypothesis supplies to that strategy.
        shape: shape of the array.
        dtype: float64, float32, bfloat16 or float16.
        scale: strategy for the scale.

    Returns:
        (...) array, as `arrays` draws it.
    """
    size = draw(scale)
    generator = torch.Generator().manual_seed(draw(_SEEDS))
    entries = 2 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1
    kind = draw(_KINDS)
    if kind == "equal":
        entries = torch.ones(shape, dtype=torch.float64)
    return (0 * entries if kind == "zero" else size * entries).to(dtype)
