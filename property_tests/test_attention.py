"""The attention layer agrees with torch's on copied weights, and says clearly what it does not accept."""

import math
from dataclasses import replace

import pytest
import torch
from a_priori_bounds import (
    Sizes,
    deviates,
    output_bound,
    weight_bound,
    weight_exponent,
)
from drawn_layers import fixed_layer, fixed_torch_layer, layers_and_inputs, torch_layers
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from phase_latency.attention import Attention
from phase_latency.encodings import Alibi, Rotary
from phase_latency.masks import causal_mask, padding_mask
from phase_latency.normalisation import LayerNorm, RMSNorm

DTYPES = [torch.float64, torch.float32, torch.bfloat16, torch.float16]


def agreement_with_torch(layer, copy, x, causal, is_padding):
    """(weights deviate, outputs deviate) between a torch layer and a copy of it."""
    mask = padding_mask(is_padding) & (causal_mask(len(x)) if causal else True)
    logits = copy.logits(x)
    weights = copy.weights(logits, mask)
    sizes = Sizes.of(copy, x.abs())
    exponent = weight_exponent(copy, sizes, mask)
    with torch.no_grad():
        outputs, their_weights = layer(
            x[None],
            x[None],
            x[None],
            attn_mask=~causal_mask(len(x)) if causal else None,
            key_padding_mask=is_padding[None],
            average_attn_weights=False,
        )
    return (
        deviates(weights, their_weights[0], weight_bound(weights, exponent)),
        deviates(copy.outputs(x, mask=mask), outputs[0], output_bound(copy, sizes, weights, exponent)),
    )


@given(torch_layers())
def test_agrees_with_multihead_attention(drawn):
    layer, x, causal, is_padding = drawn
    assert agreement_with_torch(layer, Attention.from_torch(layer), x, causal, is_padding) == (False, False)


@given(torch_layers())
def test_agrees_with_multihead_attention_without_weights(drawn):
    """Without weights torch takes another path, scaled_dot_product_attention."""
    layer, x, _, is_padding = drawn
    copy, mask = Attention.from_torch(layer), padding_mask(is_padding)
    with torch.no_grad():
        outputs, _ = layer(x[None], x[None], x[None], key_padding_mask=is_padding[None], need_weights=False)
    sizes = Sizes.of(copy, x.abs())
    bound = output_bound(copy, sizes, copy.weights(copy.logits(x), mask), weight_exponent(copy, sizes, mask))
    assert not deviates(copy.outputs(x, mask=mask), outputs[0], bound)


VIOLATIONS = {
    "scale without the root": lambda copy: replace(copy, scale=1 / copy.head_dim),
    "scale off by 1e-9": lambda copy: replace(copy, scale=copy.logit_scale * (1 + 1e-9)),
    "sign of the logits": lambda copy: replace(copy, scale=-copy.logit_scale),
    "no query bias": lambda copy: replace(copy, b_q=None),
    "query and key exchanged": lambda copy: replace(copy, w_q=copy.w_k, w_k=copy.w_q),
    "heads exchanged": lambda copy: replace(copy, w_k=copy.w_k.flip(0)),
    "weights transposed": lambda copy: replace(copy, w_q=copy.w_q.reshape(2, 4, 8).mT.contiguous()),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_twin_a_wrong_layer_exceeds_the_bound(name):
    layer, x, causal, is_padding = fixed_torch_layer()
    copy = Attention.from_torch(layer)
    assert agreement_with_torch(layer, copy, x, causal, is_padding) == (False, False)
    assert agreement_with_torch(layer, VIOLATIONS[name](copy), x, causal, is_padding) == (True, True)


@pytest.mark.parametrize(
    "violation",
    [
        lambda copy: replace(copy, w_v=copy.w_v * (1 + 1e-9)),
        lambda copy: replace(copy, w_o=copy.w_o.flip(0)),
        lambda copy: replace(copy, b_o=None),
        lambda copy: replace(copy, b_v=None),
    ],
)
def test_twin_a_wrong_value_path_exceeds_the_bound_of_the_outputs(violation):
    layer, x, causal, is_padding = fixed_torch_layer()
    assert agreement_with_torch(layer, violation(Attention.from_torch(layer)), x, causal, is_padding) == (False, True)


def test_twin_the_other_mask_exceeds_the_bound():
    layer, x, _, _ = fixed_torch_layer()
    copy = Attention.from_torch(layer)
    ours, theirs = (copy.weights(copy.logits(x), m) for m in (causal_mask(5), causal_mask(5).T))
    exponent = weight_exponent(copy, Sizes.of(copy, x.abs()), torch.ones(5, 5, dtype=torch.bool))
    assert deviates(ours, theirs, weight_bound(ours, exponent))


@given(layers_and_inputs(alibi=True, rotary=True), st.booleans())
def test_agrees_with_scaled_dot_product_attention(drawn, causal):
    """Queries, keys and values by einsum, rotation and ALiBi bias by the encodings, the rest by torch."""
    layer, content, table, positions = drawn
    layer = replace(layer, w_o=None, b_o=None)
    x = content + table
    mask = causal_mask(len(x)) if causal else torch.ones(len(x), len(x), dtype=torch.bool)
    query, key, value = (
        torch.einsum("ld,hdk->hlk", x, weight) + (0.0 if bias is None else bias[:, None, :])
        for weight, bias in ((layer.w_q, layer.b_q), (layer.w_k, layer.b_k), (layer.w_v, layer.b_v))
    )
    query, key = layer.rotary.apply(query, positions), layer.rotary.apply(key, positions)
    bias = layer.alibi.bias(positions, positions)
    theirs = scaled_dot_product_attention(query, key, value, attn_mask=bias.masked_fill(~mask, -torch.inf))
    sizes = Sizes.of(layer, content.abs() + table.abs())
    weights = layer.weights(layer.logits(content, table, positions), mask)
    exponent = weight_exponent(layer, sizes, mask, bias.abs())
    ours = layer.outputs(content, table, positions, mask)
    assert not deviates(ours, theirs.transpose(0, 1).flatten(1), output_bound(layer, sizes, weights, exponent))


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_is_kept_throughout(dtype):
    layer, content, table = fixed_layer(LayerNorm, rotary=Rotary(4), alibi=Alibi(2), scale=0.25)
    cast, positions = layer.to(dtype), torch.arange(5)
    content, table = content.to(dtype), table.to(dtype)
    parts = cast.parts(content, table, positions)
    logits = cast.logits(content, table, positions)
    assert {x.dtype for x in vars(parts).values()} == {dtype}
    assert logits.dtype == cast.weights(logits).dtype == cast.outputs(content, table, positions).dtype == dtype
    assert cast.scale == 0.25
    assert torch.equal(cast.w_q, layer.w_q.to(dtype))
    assert torch.equal(cast.norm.weight, layer.norm.weight.to(dtype))


def test_from_torch_copies_the_weights():
    torch_layer, x, _, _ = fixed_torch_layer()
    copy = Attention.from_torch(torch_layer)
    before = copy.outputs(x)
    with torch.no_grad():
        for parameter in torch_layer.parameters():
            parameter.zero_()
    assert torch.equal(copy.outputs(x), before)
    assert not before.requires_grad


W = torch.ones(2, 6, 4, dtype=torch.float64)
E = torch.ones(3, 6, dtype=torch.float64)
P = torch.arange(3)


def layer(**options):
    return Attention(W, W, W, **options)


def multihead(**options):
    return nn.MultiheadAttention(4, 2, **options)


BAD_CALLS = [
    (lambda: Attention(W[0], W, W), "w_q: got Tensor of shape (6, 4) and dtype torch.float64; expected shape (heads"),
    (lambda: Attention(W, W[:, :5], W), "w_k: got Tensor of shape (2, 5, 4)"),
    (lambda: Attention(W, W.float(), W), "w_k: got Tensor of shape (2, 6, 4) and dtype torch.float32; expected dtype"),
    (lambda: Attention(W, W, W[:1]), "w_v: got Tensor of shape (1, 6, 4)"),
    (lambda: Attention(W.long(), W, W), "w_q: got torch.int64; expected a real floating dtype"),
    (lambda: Attention(W * math.inf, W, W), "w_q[0, 0, 0]: got inf; expected finite values"),
    (lambda: Attention([1.0], W, W), "w_q: got [1.0]; expected a torch tensor"),
    (lambda: layer(w_o=torch.ones(7, 6).double()), "w_o: got Tensor of shape (7, 6)"),
    (lambda: layer(b_q=torch.ones(2, 3).double()), "b_q: got Tensor of shape (2, 3)"),
    (lambda: layer(b_k=torch.ones(8).double()), "b_k: got Tensor of shape (8,)"),
    (lambda: layer(b_v=torch.ones(2, 4)), "b_v: got Tensor of shape (2, 4) and dtype torch.float32;"),
    (lambda: layer(b_o=torch.ones(6).double()), "b_o: got Tensor of shape (6,)"),
    (lambda: layer(w_o=torch.ones(8, 6).double(), b_o=torch.ones(5).double()), "b_o: got Tensor of shape (5,)"),
    (lambda: layer(norm=RMSNorm(torch.ones(5).double())), "norm.weight: got Tensor of shape (5,)"),
    (lambda: layer(norm=RMSNorm(torch.ones(6))), "norm.weight: got Tensor of shape (6,) and dtype torch.float32;"),
    (lambda: layer(rotary=Rotary(6)), "rotary: got Rotary(dim=6"),
    (lambda: layer(alibi=Alibi(3)), "alibi: got Alibi(heads=3); expected 2 heads"),
    (lambda: layer(combine="stacked"), "combine: got 'stacked'; expected additive or concatenated"),
    (lambda: layer(scale=math.nan), "scale: got nan; expected a finite number or None"),
    (lambda: layer().to(torch.int64), "dtype: got torch.int64;"),
    (lambda: layer().logits(E[:, :5]), "content: got Tensor of shape (3, 5)"),
    (lambda: layer().logits(E[0]), "content: got Tensor of shape (6,)"),
    (lambda: layer().logits(E[:0]), "content: got Tensor of shape (0, 6)"),
    (lambda: layer().logits(E.float()), "content: got Tensor of shape (3, 6) and dtype torch.float32; expected dtype"),
    (lambda: layer().logits(E.to(torch.complex128)), "content: got torch.complex128;"),
    (lambda: layer().logits(E * math.nan), "content[0, 0]: got nan;"),
    (lambda: layer().logits(E, E[:2]), "table: got Tensor of shape (2, 6)"),
    (lambda: layer().logits(E, E[:, :5]), "table: got Tensor of shape (3, 5)"),
    (lambda: layer().logits(E, E.float()), "table: got Tensor of shape (3, 6) and dtype torch.float32;"),
    (lambda: layer(combine="concatenated").logits(E, E), "content: got Tensor of shape (3, 12)"),
    (lambda: layer(rotary=Rotary(4)).logits(E), "positions: got None; expected explicit positions"),
    (lambda: layer(rotary=Rotary(4)).logits(E, positions=P[:2]), "positions: got Tensor of shape (2,)"),
    (lambda: layer(alibi=Alibi(2)).logits(E, positions=P.float()), "positions: got Tensor of shape (3,)"),
    (lambda: layer().parts(E, E, bias_in="both"), "bias_in: got 'both'; expected content or position"),
    (lambda: layer().outputs(E, mask=torch.ones(2, 2, dtype=torch.bool)), "mask: got Tensor of shape (2, 2)"),
    (lambda: layer().outputs(E, mask=torch.ones(3, 3)), "mask: got Tensor of shape (3, 3) and dtype torch.float32;"),
    (lambda: Attention.from_torch(multihead(kdim=3)), "layer: got (3, 4); expected kdim = vdim = embed_dim"),
    (lambda: Attention.from_torch(multihead(add_bias_kv=True)), "layer: got MultiheadAttention("),
    (lambda: Attention.from_torch(multihead(add_zero_attn=True)), "layer: got MultiheadAttention("),
    (lambda: Attention.from_torch(multihead(dropout=0.1)), "layer: got 0.1; expected no dropout, which is random"),
]


@pytest.mark.parametrize(("call", "message"), BAD_CALLS)
def test_bad_arguments(call, message):
    assert refusal(call).startswith(message)
