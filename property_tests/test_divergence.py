"""Divergence of attention weights: full relative accuracy however small the change, and the tanh bound on it."""

import math
import re

import mpmath
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from phase_latency.masks import causal_mask
from phase_latency.numerics.divergence import divergence, kl_bound, total_variation_bound

# Digits of the reference: weights down to 1e-250 and changes down to 1e-100 have divergences of 1e-450.
DIGITS = 800

# What underflows may be lost altogether.
SMALLEST_NORMAL = 2.0**-1022


def reference_row(logits, change):
    """Total variation and both divergences of one row, by the definitions."""
    with mpmath.workdps(DIGITS):
        old, new = (
            [mpmath.exp(x) for x in row] for row in ([*logits], [a + b for a, b in zip(logits, change, strict=True)])
        )
        p, q = ([x / sum(row) for x in row] for row in (old, new))
        total_variation = sum(abs(a - b) for a, b in zip(p, q, strict=True)) / 2
        forward = sum(a * mpmath.log(a / b) for a, b in zip(p, q, strict=True))
        reverse = sum(b * mpmath.log(b / a) for a, b in zip(p, q, strict=True))
        return total_variation, forward, reverse


def rows(values):
    return [[mpmath.mpf(x) for x in row] for row in values.tolist()]


@st.composite
def changes(draw):
    """Logits, a change of them of some size between 1e-100 and 1000, and a mask that leaves a key to each query."""
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**16)))
    heads, length = draw(st.integers(1, 2)), draw(st.integers(1, 5))
    shape = heads, length, length
    logits = 10.0 ** draw(st.integers(-2, 2)) * torch.randn(shape, generator=generator, dtype=torch.float64)
    size = 10.0 ** draw(st.integers(-100, 3) | st.integers(-9, 1))
    mask = torch.rand(length, length, generator=generator) < draw(st.sampled_from([0.5, 1.1]))
    return logits, size * torch.randn(shape, generator=generator, dtype=torch.float64), mask | causal_mask(length)


# Accuracy claimed, in units of 2**-53 times the size of the logits: a few operations per entry and a sum of five.
CLAIMED = 32


@given(case=changes())
def test_it_agrees_with_the_definitions(case):
    """Relative error where the change is small; relative to 1 plus the value where its range exceeds 1."""
    logits, change, mask = case
    moved = divergence(logits, change, mask)
    for head, query in torch.cartesian_prod(*map(torch.arange, moved.spread.shape)).reshape(-1, 2).tolist():
        z, d = (rows(each[head, query, mask[query]][None])[0] for each in (logits, change))
        size = CLAIMED * mpmath.mpf(2) ** -53 * (1 + max(map(abs, z)) + max(map(abs, d)))
        fields = moved.total_variation, moved.kl_forward, moved.kl_reverse
        for field, expected in zip(fields, reference_row(z, d), strict=True):
            error = abs(mpmath.mpf(field[head, query].item()) - expected)
            assert error <= size * (expected if moved.spread[head, query] <= 1 else 1 + expected) + SMALLEST_NORMAL


@given(case=changes())
def test_the_change_is_bounded_by_its_range(case):
    moved = divergence(*case)
    assert (moved.total_variation <= moved.total_variation_bound + SMALLEST_NORMAL).all()
    assert (moved.kl_forward <= kl_bound(moved.spread) + SMALLEST_NORMAL).all()
    assert (moved.kl_reverse <= kl_bound(moved.spread) + SMALLEST_NORMAL).all()
    assert (moved.spread <= 2 * moved.largest_change).all()


@pytest.mark.parametrize("spread", [1e-8, 0.1, 1.0, 5.0, 40.0])
def test_the_range_bound_is_attained_by_two_entries(spread):
    """Mass 1/(1 + exp(r/2)) on the entry that gains: the bound is met, so that no smaller constant would do."""
    logits = torch.tensor([[[-spread / 2, 0.0]]], dtype=torch.float64)
    change = torch.tensor([[[spread, 0.0]]], dtype=torch.float64)
    attained = divergence(logits, change).total_variation.item()
    bound = total_variation_bound(torch.tensor(spread, dtype=torch.float64))
    assert 0.999999 * bound <= attained <= bound


@given(case=changes(), offset=st.floats(-1e3, 1e3))
def test_what_adds_the_same_to_a_row_changes_nothing(case, offset):
    logits, change, mask = case
    constant = torch.full_like(change, offset)
    moved = divergence(logits, constant, mask)
    for field in (moved.spread, moved.total_variation, moved.kl_forward, moved.kl_reverse, moved.top_changed):
        assert not field.any()
    assert (moved.largest_change == abs(offset)).all()


def test_masked_logits_do_not_count():
    logits = torch.zeros(1, 2, 2, dtype=torch.float64)
    change = torch.tensor([[[0.0, 1e6], [0.0, 1.0]]], dtype=torch.float64)
    moved = divergence(logits, change, causal_mask(2))
    assert moved.largest_change.tolist() == [[0.0, 1.0]]
    assert moved.total_variation[0, 0] == 0
    expected = math.tanh(0.5) / 2  # exp(1)/(1 + exp(1)) - 1/2
    assert abs(moved.total_variation[0, 1].item() - expected) <= CLAIMED * 2.0**-53 * expected
    assert moved.top_changed.tolist() == [[False, True]]


def test_ties_that_stay_ties_leave_the_top_alone():
    logits = torch.tensor([[[1.0, 1.0, 0.0]]], dtype=torch.float64)
    assert not divergence(logits, torch.tensor([[[0.5, 0.5, 0.5]]], dtype=torch.float64)).top_changed
    assert not divergence(logits, torch.tensor([[[1e-300, 0.0, 0.0]]], dtype=torch.float64)).top_changed
    assert divergence(logits, torch.tensor([[[0.0, 1e-300, 0.0]]], dtype=torch.float64)).top_changed


def test_subtracting_two_softmaxes_would_not_do():
    """Why difference form: at 1e-9 the naive divergence is rounding error, this one is right to the last digits."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(1, 1, 8, generator=generator, dtype=torch.float64)
    change = 1e-9 * torch.randn(1, 1, 8, generator=generator, dtype=torch.float64)
    p, q = torch.softmax(logits, -1), torch.softmax(logits + change, -1)
    naive = float((p * (p / q).log()).sum())
    _, forward, _ = reference_row(rows(logits[0])[0], rows(change[0])[0])
    assert abs(naive - forward) > 0.5 * forward
    assert abs(divergence(logits, change).kl_forward.item() - forward) <= CLAIMED * 2.0**-53 * forward


@pytest.mark.parametrize(
    ("logits", "change", "mask", "message"),
    [
        (torch.zeros(1, 2, 2), torch.zeros(1, 2, 3), None, r"change: .*one change per logit"),
        (torch.zeros(1, 2, 2), torch.zeros(1, 2, 2), torch.zeros(2, 2, dtype=torch.bool), r"mask: .*at least one key"),
        (torch.full((1, 2, 2), math.nan), torch.zeros(1, 2, 2), None, r"logits\[0, 0, 0\]: got nan"),
        (torch.zeros(1, 2, 2), torch.full((1, 2, 2), math.nan), None, r"change\[0, 0, 0\]: got nan"),
    ],
)
def test_bad_input(logits, change, mask, message):
    assert re.search(message, refusal(lambda: divergence(logits.double(), change.double(), mask)))
