"""Logits come apart into content-content, content-position, position-content and position-position."""

import math
from dataclasses import replace

import pytest
import torch
from a_priori_bounds import (
    UNIT_ROUNDOFF,
    Sizes,
    deviates,
    logit_bound,
)
from drawn_layers import fixed_layer, layers_and_inputs
from hypothesis import given
from hypothesis import strategies as st

from phase_latency.attention import LogitParts
from phase_latency.encodings import Rotary
from phase_latency.normalisation import LayerNorm, RMSNorm


def input_sizes(layer, content, table):
    """Absolute values of the input; behind a normalisation with the denominator that the computation itself used.

    Logits and parts divide by the same computed denominator, which is therefore no source of difference.
    """
    content, table = layer.pieces(content, table) if layer.norm is None else zero_padded(layer, content, table)
    size = content.abs() + table.abs()
    if layer.norm is None:
        return size
    if isinstance(layer.norm, LayerNorm):
        size = size + size.mean(-1, keepdim=True)
    size = size / layer.norm.denominator(content + table) * layer.norm.weight.abs()
    return size if layer.norm.bias is None else size + layer.norm.bias.abs()


def zero_padded(layer, content, table):
    plain = replace(layer, norm=None)
    return plain.pieces(content, table)


every_layer = st.one_of(
    layers_and_inputs(norms=(None, LayerNorm, RMSNorm), rotary=rotary, alibi=alibi, combine=combine)
    for rotary in (False, True)
    for alibi in (False, True)
    for combine in ("additive", "concatenated")
)


def alibi_size(layer, positions):
    return 0.0 if layer.alibi is None else layer.alibi.bias(positions, positions).abs()


@given(every_layer, st.sampled_from(["content", "position"]))
def test_additive_decomposition_the_parts_add_up_to_the_logits(drawn, bias_in):
    layer, content, table, positions = drawn
    parts = layer.parts(content, table, positions, bias_in)
    sizes = Sizes.of(layer, input_sizes(layer, content, table))
    bound = 2 * logit_bound(layer, sizes, alibi_size(layer, positions))
    assert not deviates(parts.total(), layer.logits(content, table, positions), bound)


@pytest.mark.parametrize("part", ["content_content", "content_position", "position_content", "position_position"])
@pytest.mark.parametrize("norm", [None, LayerNorm, RMSNorm])
def test_twin_a_dropped_part_is_noticed(part, norm):
    layer, content, table = fixed_layer(norm)
    parts = layer.parts(content, table)
    dropped = replace(parts, **{part: torch.zeros_like(getattr(parts, part))})
    bound = 2 * logit_bound(layer, Sizes.of(layer, input_sizes(layer, content, table)))
    assert not deviates(parts.total(), layer.logits(content, table), bound)
    assert deviates(dropped.total(), layer.logits(content, table), bound)


def test_twin_statistics_that_are_not_those_of_the_sum_are_noticed():
    layer, content, table = fixed_layer(LayerNorm)
    bare = replace(layer, norm=None)
    separately = bare.parts(layer.norm(content), layer.norm(table) - layer.norm.bias)
    bound = 2 * logit_bound(layer, Sizes.of(layer, input_sizes(layer, content, table)))
    assert deviates(separately.total(), layer.logits(content, table), bound)


@given(layers_and_inputs(), st.sampled_from([2.0**-6, 0.3, -1.5, 8.0]))
def test_scaling_the_table_scales_the_parts(drawn, a):
    """Without normalisation: logits(e + a P) = CC + a (CP + PC) + a**2 PP, biases counted as content."""
    layer, content, table, _ = drawn
    predicted = layer.parts(content, table).total(a)
    sizes = Sizes.of(layer, content.abs() + abs(a) * table.abs())
    assert not deviates(predicted, layer.logits(content, a * table), 2 * logit_bound(layer, sizes))


def test_twin_with_the_query_bias_counted_as_position_the_parts_do_not_scale():
    layer, content, table = fixed_layer()
    bound = 2 * logit_bound(layer, Sizes.of(layer, content.abs() + 0.5 * table.abs()))
    assert not deviates(layer.parts(content, table).total(0.5), layer.logits(content, 0.5 * table), bound)
    assert deviates(
        layer.parts(content, table, bias_in="position").total(0.5), layer.logits(content, 0.5 * table), bound
    )


@given(layers_and_inputs())
def test_each_part_is_the_product_it_is_named_after(drawn):
    """Entry by entry by einsum, for a layer whose biases are counted as content."""
    layer, content, table, _ = drawn
    parts = layer.parts(content, table)
    bias_q = 0.0 if layer.b_q is None else layer.b_q[:, None, :]
    bias_k = 0.0 if layer.b_k is None else layer.b_k[:, None, :]
    queries = {"content": torch.einsum("ld,hdk->hlk", content, layer.w_q) + bias_q, "position": table @ layer.w_q}
    keys = {"content": torch.einsum("ld,hdk->hlk", content, layer.w_k) + bias_k, "position": table @ layer.w_k}
    bound = 2 * logit_bound(layer, Sizes.of(layer, content.abs() + table.abs()))
    for q in queries:
        for k in keys:
            expected = torch.einsum("hik,hjk->hij", queries[q], keys[k]) / math.sqrt(layer.head_dim)
            assert not deviates(getattr(parts, f"{q}_{k}"), expected, bound)


def test_the_total_scales_cross_terms_once_and_positions_twice():
    one = torch.ones(1, 1, 1, dtype=torch.float64)
    assert LogitParts(one, 10 * one, 100 * one, 1000 * one).total(2.0).item() == 1 + 2 * (10 + 100) + 4 * 1000


@given(layers_and_inputs(norms=(None, LayerNorm, RMSNorm), rotary=True))
def test_without_a_table_everything_is_content(drawn):
    layer, content, _, positions = drawn
    parts = layer.parts(content, positions=positions)
    assert torch.equal(parts.content_content, layer.logits(content, positions=positions))
    for part in (parts.content_position, parts.position_content, parts.position_position):
        assert not part.any()


@given(layers_and_inputs(rotary=True), st.integers(-1000, 1000))
def test_rotary_logits_depend_on_relative_positions_only(drawn, shift):
    """Angles up to 2000 radians are off by 2000 * 4 u, relative to vectors of the size that `mixed` gives."""
    layer, content, table, positions = drawn
    sizes = Sizes.of(layer, content.abs() + table.abs())
    angles = 4 * 2000 * 4 * UNIT_ROUNDOFF * abs(layer.logit_scale) * sizes.query @ sizes.key.mT
    shifted = layer.logits(content, table, positions + shift)
    assert not deviates(layer.logits(content, table, positions), shifted, 2 * logit_bound(layer, sizes) + angles)


def test_twin_shifting_the_queries_only_is_noticed():
    layer, content, _ = fixed_layer(rotary=Rotary(4))
    turned = replace(layer, rotary=None, b_q=None, b_k=None)
    positions = torch.arange(5)
    query, key = (Rotary(4).apply(content @ w, positions + s) for w, s in ((turned.w_q, 1), (turned.w_k, 0)))
    expected = replace(layer, b_q=None, b_k=None).logits(content, positions=positions)
    bound = 4 * logit_bound(layer, Sizes.of(layer, content.abs()))
    assert deviates(query @ key.mT * layer.logit_scale, expected, bound)


@given(layers_and_inputs(combine="concatenated"))
def test_concatenated_is_additive_with_zeros(drawn):
    layer, content, table, _ = drawn
    zeros = content.new_zeros
    left = torch.cat((content, zeros(len(table), table.shape[1])), dim=1)
    right = torch.cat((zeros(len(content), content.shape[1]), table), dim=1)
    additive = replace(layer, combine="additive")
    assert torch.equal(layer.logits(content, table), additive.logits(left, right))
    assert torch.equal(layer.logits(content, table), additive.logits(torch.cat((content, table), dim=1)))
