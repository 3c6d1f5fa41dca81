"""Dtypes, scales and arrays of numbers."""

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.numerics.roundoff import DTYPES

# Powers of two between which entries, weights and amplitudes are drawn. With |x|, |w|, |a| <= 2**c, widths <= 8 and
# biases, a query is at most 8 * 2**c (2**c + 2**2c) + 2**c and a logit at most 8 times its square: below 2**(6c + 12),
# or 2**(6c + 12) < 65504 only for c <= 0 in float16; the lower ends keep products of six factors normal or, in float16,
# let them underflow on purpose.
_CEILING = {torch.float64: 100, torch.float32: 16, torch.bfloat16: 16, torch.float16: 0}
_FLOOR = {torch.float64: -100, torch.float32: -16, torch.bfloat16: -16, torch.float16: -5}


def ceiling(dtype: torch.dtype) -> int:
    """Largest exponent of a scale in a dtype: nothing that a layer computes from such scales overflows.

    Args:
        dtype: float64, float32, bfloat16 or float16.

    Returns:
        100, 16, 16 or 0.
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
    size = draw(scales(dtype) if scale is None else scale)
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**16)))
    entries = 2 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1
    kind = draw(st.sampled_from(["uniform", "uniform", "uniform", "equal", "zero"]))
    if kind == "equal":
        entries = torch.ones(shape, dtype=torch.float64)
    return (0 * entries if kind == "zero" else size * entries).to(dtype)
