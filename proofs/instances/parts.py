"""What instances on attention layers have in common: stored numbers in float64, axes of pairs, and plain layers."""

from typing import Any

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from torch import Tensor

from phase_latency.attention import Attention
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.functions import sqrt
from phase_latency.testing import strategies
from phase_latency.testing.strategies import LayerCase

ANY_DTYPE = strategies.dtypes()


def wide(array: Tensor) -> Bounded:
    """Stored numbers, exactly, in float64."""
    return Bounded.exact(array.double())


def pairs(rows: Bounded) -> tuple[Bounded, Bounded]:
    """Rows (..., length, n) as those of queries (..., length, 1, n) and those of keys (..., 1, length, n)."""
    return rows.unsqueeze(-2), rows.unsqueeze(-3)


def per_pair(weight: Tensor) -> Bounded:
    """Weights (heads, m, n) or biases (heads, n) of every head, with two axes for the pairs of positions."""
    return wide(weight)[:, None, None]


def root(head_dim: int) -> Bounded:
    """Divisor ``sqrt(d_k)`` of the logits, which the claims leave out; written here once more, to be held against."""
    return sqrt(head_dim)


def bias_or_zero(bias: Tensor | None, layer: Attention) -> Bounded:
    """Bias of every head of queries or keys, (heads, 1, 1, head_dim), 0 if there is none."""
    return per_pair(torch.zeros(layer.heads, layer.head_dim, dtype=layer.dtype) if bias is None else bias)


def zero_content(case: LayerCase) -> Tensor:
    """No content, so that only positions speak."""
    return torch.zeros_like(case.content)


def moderate_cases(amplitude: SearchStrategy[float] | None = None, **options: Any) -> SearchStrategy[LayerCase]:
    """Layers in any dtype, near scale 1 so that their logits differ by more than rounding."""
    return ANY_DTYPE.flatmap(
        lambda dtype: strategies.layer_cases(dtype, scale=strategies.moderate(dtype), amplitude=amplitude, **options)
    )


def any_cases(**options: Any) -> SearchStrategy[LayerCase]:
    """Layers in any dtype, at every scale that it can hold."""
    return ANY_DTYPE.flatmap(lambda dtype: strategies.layer_cases(dtype, **options))


@st.composite
def sinusoidal_tables(draw: st.DrawFn, dtype: torch.dtype) -> Tensor:
    """Sinusoidal tables, no row of which vanishes, since its norm is sqrt(h)."""
    return draw(strategies.sinusoids())(draw(strategies.positions()), dtype)


def named(dtype: torch.dtype) -> str:
    """Name of a dtype without the library."""
    return str(dtype).removeprefix("torch.")
