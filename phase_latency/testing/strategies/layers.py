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
from phase_latency.testing.strategies.encodings import (
    LARGEST_POSITION,
    amplitudes,
    positions,
    rotary_encodings,
    sinusoids,
)
from phase_latency.testing.strategies.tensors import draw_array, scales
from phase_latency.types import Positions

Combine = Literal["additive", "concatenated"]

# Built once, because building a strategy takes longer than drawing from it.
_BOOLEANS = st.booleans()
_UP_TO_2, _UP_TO_3, _UP_TO_4, _UP_TO_8 = (st.integers(1, largest) for largest in (2, 3, 4, 8))


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
    gain = draw_array(draw, (dim,), dtype, around_one)
    offset = draw_array(draw, (dim,), dtype, around_one) if kind is LayerNorm and draw(_BOOLEANS) else None
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
    heads, value_dim = draw(_UP_TO_3), draw(_UP_TO_4)
    head_dim = 2 * draw(_UP_TO_2) if rotary else draw(_UP_TO_4)
    width = draw(_UP_TO_8) if dim is None else dim
    size = scales(dtype) if scale is None else scale

    def weight(out: int) -> Tensor:
        return draw_array(draw, (heads, width, out), dtype, size)

    def bias(out: int) -> Tensor | None:
        return draw_array(draw, (heads, out), dtype, size) if biases and draw(_BOOLEANS) else None

    return Attention(
        weight(head_dim),
        weight(head_dim),
        weight(value_dim),
        b_q=bias(head_dim),
        b_k=bias(head_dim),
        b_v=bias(value_dim),
        norm=draw(normalisations(width, dtype, eps=st.just(1e-5))) if norm and draw(_BOOLEANS) else None,
        rotary=draw(rotary_encodings(head_dim)) if rotary else None,
        alibi=Alibi(heads) if alibi else None,
        combine=combine,
    )


@st.composite
def tables(
    draw: st.DrawFn,
    positions: Positions,
    dim: int,
    dtype: torch.dtype,
    *,
    scale: SearchStrategy[float] | None = None,
) -> Tensor:
    """Positional tables: sinusoidal at the positions, or any rows whatever, as a trained table may have them.

    Args:
        draw: supplied by Hypothesis.
        positions: (length,) positions of the rows.
        dim: width, even.
        dtype: dtype of the table.
        scale: strategy for the scale of rows that are not sinusoidal, `scales(dtype)` unless given.

    Returns:
        (length, dim) table; reaches all zeros and large rows; shrinks to a sinusoidal one.
    """
    if draw(_BOOLEANS):
        return draw_array(draw, (len(positions), dim), dtype, scales(dtype) if scale is None else scale)
    return draw(sinusoids(dim))(positions, dtype)


@st.composite
def layer_cases(
    draw: st.DrawFn,
    dtype: torch.dtype,
    *,
    biases: bool = True,
    norm: bool = False,
    rotary: bool = False,
    alibi: bool = False,
    combine: Combine = "additive",
    amplitude: SearchStrategy[float] | None = None,
    scale: SearchStrategy[float] | None = None,
) -> LayerCase:
    """Layers with contents, a positional table, positions and an amplitude.

    Args:
        draw: supplied by Hypothesis.
        dtype: dtype of the layer; for any of them, ``dtypes().flatmap(layer_cases)``.
        biases: as for `attention_layers`.
        norm: as for `attention_layers`.
        rotary: as for `attention_layers`.
        alibi: as for `attention_layers`.
        combine: as for `attention_layers`.
        amplitude: strategy for the amplitude, `amplitudes(dtype)` unless given.
        scale: strategy for the scale of weights, contents and tables, `scales(dtype)` unless given.

    Returns:
        case; shrinks to one row at position 0 of a layer with one head, amplitude 1.
    """
    # ALiBi biases grow with the distance, and float16 ends at 65504.
    farthest = 10**4 if alibi and dtype == torch.float16 else LARGEST_POSITION
    at = draw(positions(smallest=-farthest, largest=farthest))
    scale = scales(dtype) if scale is None else scale
    content_dim = draw(_UP_TO_4) if combine == "concatenated" else 2 * draw(_UP_TO_4)
    table_dim = 2 * draw(_UP_TO_2) if combine == "concatenated" else content_dim
    dim = content_dim + table_dim if combine == "concatenated" else content_dim
    layer = draw(
        attention_layers(
            dtype, dim=dim, biases=biases, norm=norm, rotary=rotary, alibi=alibi, combine=combine, scale=scale
        )
    )
    content = draw_array(draw, (len(at), content_dim), dtype, scale)
    table = draw(tables(at, table_dim, dtype, scale=scale))
    return LayerCase(layer, content, table, at, draw(amplitudes(dtype) if amplitude is None else amplitude))
