"""Attention layers with their inputs, drawn by Hypothesis or fixed."""

import torch
from hypothesis import strategies as st
from torch import nn

from phase_latency.attention import Attention
from phase_latency.encodings import Alibi, Rotary
from phase_latency.normalisation import RMSNorm


def normal(generator, *shape, scale=1.0):
    return scale * torch.randn(*shape, generator=generator, dtype=torch.float64)


@st.composite
def layers_and_inputs(draw, norms=(None,), rotary=False, alibi=False, combine="additive"):
    """A layer, content, table and positions; shrinks to one head of width 2, one position and plain scales."""
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**16)))
    heads, length = draw(st.integers(1, 3)), draw(st.integers(1, 6))
    head_dim, value_dim = 2 * draw(st.integers(1, 3)), draw(st.integers(1, 4))
    content_dim, table_dim = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    scale = 10.0 ** draw(st.integers(-3, 2))
    dim = content_dim + table_dim if combine == "concatenated" else content_dim
    table_dim = table_dim if combine == "concatenated" else dim
    biases = [draw(st.booleans()) for _ in range(4)]
    out_dim = draw(st.none() | st.integers(1, 4))
    norm = draw(st.sampled_from(norms))
    layer = Attention(
        w_q=normal(generator, heads, dim, head_dim, scale=scale),
        w_k=normal(generator, heads, dim, head_dim),
        w_v=normal(generator, heads, dim, value_dim),
        w_o=None if out_dim is None else normal(generator, heads * value_dim, out_dim),
        b_q=normal(generator, heads, head_dim) if biases[0] else None,
        b_k=normal(generator, heads, head_dim) if biases[1] else None,
        b_v=normal(generator, heads, value_dim) if biases[2] else None,
        b_o=normal(generator, out_dim) if biases[3] and out_dim is not None else None,
        norm=None
        if norm is None
        else norm(normal(generator, dim), None if norm is RMSNorm else normal(generator, dim)),
        rotary=Rotary(head_dim, layout=draw(st.sampled_from(["interleaved", "half-split"]))) if rotary else None,
        alibi=Alibi(heads) if alibi else None,
        combine=combine,
    )
    content = normal(generator, length, content_dim)
    table = normal(generator, length, table_dim, scale=10.0 ** draw(st.integers(-3, 2)))
    return layer, content, table, torch.randint(-1000, 1000, (length,), generator=generator)


@st.composite
def torch_layers(draw):
    """A torch layer in eval mode with normal weights and biases, an input, a causal flag and padded keys."""
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**16)))
    heads, head_dim, length = draw(st.integers(1, 3)), draw(st.integers(1, 4)), draw(st.integers(1, 6))
    scale = 10.0 ** draw(st.integers(-3, 1))
    layer = nn.MultiheadAttention(
        heads * head_dim, heads, bias=draw(st.booleans()), batch_first=True, dtype=torch.float64
    ).eval()
    for parameter in layer.parameters():
        parameter.data = normal(generator, *parameter.shape, scale=scale)
    # Key 0 stays, so that under the causal mask, too, every query has a key.
    is_padding = torch.tensor([False] + [draw(st.booleans()) for _ in range(length - 1)])
    return layer, normal(generator, length, heads * head_dim), draw(st.booleans()), is_padding


def fixed_layer(norm=None, **options):
    generator = torch.Generator().manual_seed(1)
    layer = Attention(
        *(normal(generator, 2, 6, 4) for _ in range(3)),
        b_q=normal(generator, 2, 4),
        b_k=normal(generator, 2, 4),
        norm=None if norm is None else norm(normal(generator, 6), None if norm is RMSNorm else normal(generator, 6)),
        **options,
    )
    return layer, normal(generator, 5, 6), normal(generator, 5, 6)


def fixed_torch_layer():
    generator = torch.Generator().manual_seed(0)
    layer = nn.MultiheadAttention(8, 2, batch_first=True, dtype=torch.float64).eval()
    for parameter in layer.parameters():
        parameter.data = normal(generator, *parameter.shape)
    return layer, normal(generator, 5, 8), True, torch.tensor([False, False, True, False, False])
