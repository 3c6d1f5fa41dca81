"""Masks are True where attention is allowed, and never leave a query without a key."""

import math

import pytest
import torch
from a_priori_bounds import (
    deviates,
    gamma,
)
from drawn_layers import layers_and_inputs
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from phase_latency.attention import Attention
from phase_latency.masks import causal_mask, masked_logits, padding_mask


def test_masks_are_true_where_attention_is_allowed():
    assert causal_mask(3).tolist() == [[True, False, False], [True, True, False], [True, True, True]]
    assert padding_mask(torch.tensor([False, True])).tolist() == [[True, False], [True, False]]


@given(layers_and_inputs(), st.data())
def test_weights_are_zero_where_masked_and_add_up_to_one(drawn, data):
    layer, content, table, _ = drawn
    length = len(content)
    mask = torch.tensor([[data.draw(st.booleans()) for _ in range(length)] for _ in range(length)]).reshape(
        length, length
    ) | torch.eye(length, dtype=torch.bool)
    weights = layer.weights(layer.logits(content, table), mask)
    assert not weights[:, ~mask].any()
    assert not deviates(weights.sum(-1), torch.ones(layer.heads, length), gamma(2 * length + 8))


def test_logits_that_are_minus_infinity_already_count_as_masked():
    logits = torch.tensor([[[0.0, -torch.inf], [-torch.inf, 5.0]]], dtype=torch.float64)
    assert Attention.weights(logits).tolist() == [[[1.0, 0.0], [0.0, 1.0]]]


ONE_ROW = torch.zeros(1, 2, 2, dtype=torch.float64)
ROW_WITHOUT_KEY = torch.tensor([[True, False], [False, False]])
BAD_CALLS = [
    (
        lambda: Attention.weights(ONE_ROW, ROW_WITHOUT_KEY),
        "mask: got 'no key for query 1 of head 0'; expected at least",
    ),
    (lambda: Attention.weights(ONE_ROW - math.inf), "mask: got 'no key for query 0 of head 0'; expected at least"),
    (lambda: Attention.weights(ONE_ROW + math.inf), "logits[0, 0, 0]: got inf; expected finite values"),
    (lambda: Attention.weights(ONE_ROW * math.nan), "logits[0, 0, 0]: got nan; expected finite values"),
    (lambda: masked_logits(ONE_ROW, ROW_WITHOUT_KEY), "mask: got 'no key for query 1 of head 0';"),
    (lambda: causal_mask(0), "length: got 0; expected an integer >= 1"),
    (lambda: padding_mask(torch.tensor([True, True])), "is_padding: got Tensor of shape (2,) and dtype torch.bool;"),
    (lambda: padding_mask(torch.tensor([0.0, 1.0])), "is_padding: got Tensor of shape (2,) and dtype torch.float32;"),
]


@pytest.mark.parametrize(("call", "message"), BAD_CALLS)
def test_bad_arguments(call, message):
    assert refusal(call).startswith(message)
