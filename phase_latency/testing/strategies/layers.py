"""Attention layers and inputs that fit them."""

from dataclasses import dataclass
from typing import Literal

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from jaxtyping import Float
from torch import Tensor

from phase_latency.attention import Attention
from phase_latency.encodings import Alibi
from phase_latency.normalisation import LayerNorm, Normalisation, RMSNorm
from phase_latency.testing.strategies.encodings import amplitudes, positions, rotary_encodings, sinusoids
from phase_latency.testing.strategies.tensors import arrays, scales
from phase_latency.types import Positions

Combine = Literal["additive", "concatenated"]


@dataclass(frozen=True, eq=False)
class LayerCase:
    """A layer with inputs that fit it.

    Attributes:
        layer: the layer, in its dtype.
        content: (length, content_dim) content vectors in the dtype of the layer.
        table: (length, table_dim) positional table in the dtype of the layer.
        positions: (length,) positions of the rows.
        a: amplitude, exactly as the float says.
    """

    layer: Attention
    content: Float[Tensor, "length content_dim"]
    table: Float[Tensor, "length table_dim"]
    positions: Positions
    a: float

    def __repr__(self) -> str:
        """Sizes, dtype and amplitude."""
        layer = self.layer
        sizes = f"heads={layer.heads}, dim={layer.dim}, head_dim={layer.head_dim}, length={len(self.content)}"
        return f"{str(layer.dtype).removeprefix('torch.')}, {sizes}, a={self.a!r}"


@st.composite
def normalisations(draw: st.DrawFn, dim: int, dtype: torch.dtype, *, eps: SearchStrategy[float]) -> Normalisation:
    """LayerNorm, with or without offset, and RMSNorm.

    Args:
        draw: supplied by Hypothesis.
        dim: width.
        dtype: dtype of gain and offset.
        eps: strategy for epsilon.

    Returns:
        normalisation with uniform gains; shrinks to RMSNorm.
    """
    kind = draw(st.sampled_from([RMSNorm, LayerNorm]))
    around_one = scales(dtype, lowest=-2, highest=0)
    gain = draw(arrays((dim,), dtype, scale=around_one))
    offset = draw(arrays((dim,), dtype, scale=around_one)) if kind is LayerNorm and draw(st.booleans()) else None
    return kind(gain, offset, draw(eps))


@st.composite
def attention_layers(
    draw: st.DrawFn,
    dtype: torch.dtype,
    *,
    dim: int | None = None,
    biases: bool = True,
    norm: bool = False,
    rotary: bool = False,
    alibi: bool = False,
    combine: Combine = "additive",
    scale: SearchStrategy[float] | None = None,
) -> Attention:
    """Attention layers with one to three heads, of widths up to 8.

    Args:
        draw: supplied by Hypothesis.
        dtype: dtype of the weights.
        dim: width of the input; None draws one up to 8.
        biases: whether b_q, b_k and b_v may be drawn (each or none).
        norm: whether a normalisation may be drawn.
        rotary: whether the layer is rotary, with amplitude 1.
        alibi: whether the layer has linear biases.
        combine: how content and table meet.
        scale: strategy for the scale of each weight and bias, `scales(dtype)` unless given.

    Returns:
        layer; shrinks to one head and one coordinate, without biases and normalisation.
    """
    heads, value_dim = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    head_dim = 2 * draw(st.integers(1, 2)) if rotary else draw(st.integers(1, 4))
    width = draw(st.integers(1, 8)) if dim is None else dim

    def bias(size: int) -> Tensor | None:
        return draw(arrays((heads, size), dtype, scale=scale)) if biases and draw(st.booleans()) else None

    return Attention(
        draw(arrays((heads, width, head_dim), dtype, scale=scale)),
        draw(arrays((heads, width, head_dim), dtype, scale=scale)),
        draw(arrays((heads, width, value_dim), dtype, scale=scale)),
        b_q=bias(head_dim),
        b_k=bias(head_dim),
        b_v=bias(value_dim),
        norm=draw(normalisations(width, dtype, eps=st.just(1e-5))) if norm and draw(st.booleans()) else None,
        rotary=draw(rotary_encodings(head_dim)) if rotary else None,
        alibi=Alibi(heads) if alibi else None,
        combine=combine,
    )


@st.composite
def layer_cases(
    draw: st.DrawFn,
    dtype: SearchStrategy[torch.dtype] = st.sampled_from([torch.float64]),  # noqa: B008  # a strategy is immutable
    *,
    biases: bool = True,
    norm: bool = False,
    rotary: bool = False,
    alibi: bool = False,
    combine: Combine = "additive",
    negative: bool = True,
    scale: SearchStrategy[float] | None = None,
) -> LayerCase:
    """Layers with contents, a positional table, positions and an amplitude.

    The table is sinusoidal at the positions, or any table with rows of its own.

    Args:
        draw: supplied by Hypothesis.
        dtype: strategy for the dtype, for example `dtypes()`.
        biases: as for `attention_layers`.
        norm: as for `attention_layers`.
        rotary: as for `attention_layers`.
        alibi: as for `attention_layers`.
        combine: as for `attention_layers`.
        negative: whether the amplitude may be negative.
        scale: strategy for the scale of weights, contents and tables, `scales(dtype)` unless given.

    Returns:
        case; shrinks to one row at position 0 of a layer with one head, amplitude 1.
    """
    kind = draw(dtype)
    at = draw(positions())
    content_dim = draw(st.integers(1, 4)) if combine == "concatenated" else 2 * draw(st.integers(1, 4))
    table_dim = 2 * draw(st.integers(1, 2)) if combine == "concatenated" else content_dim
    dim = content_dim + table_dim if combine == "concatenated" else content_dim
    layer = draw(
        attention_layers(
            kind, dim=dim, biases=biases, norm=norm, rotary=rotary, alibi=alibi, combine=combine, scale=scale
        )
    )
    content = draw(arrays((len(at), content_dim), kind, scale=scale))
    if draw(st.booleans()):
        table = draw(arrays((len(at), table_dim), kind, scale=scale))
    else:
        table = draw(sinusoids(table_dim))(at, kind)
    return LayerCase(layer, content, table, at, draw(amplitudes(kind, negative=negative)))
