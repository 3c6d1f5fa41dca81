"""Divergence of attention weights: full relative accuracy however small the change, certified, and the tanh bound."""

import math
import re
from functools import reduce
from itertools import pairwise

import mpmath
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from phase_latency.masks import causal_mask
from phase_latency.numerics.divergence import Divergence, divergence, kl_bound, total_variation_bound
from phase_latency.numerics.divergence_rows import Pivots, Sums, Workspace
from phase_latency.numerics.exponential_series import LARGEST_SERIES, exponential_series, series_error

# Digits of the reference: weights down to 1e-250 and changes down to 1e-100 have divergences of 1e-450.
DIGITS = 800

# What the reference itself may be off by, a few units of its last digits.
REFERENCE_ERROR = mpmath.mpf(10) ** (20 - DIGITS)

# What underflows may be lost altogether.
SMALLEST_NORMAL = 2.0**-1022


def reference_row(logits, change, digits=DIGITS):
    """Total variation and both divergences of one row, by the definitions."""
    with mpmath.workdps(digits):
        p, q = weights(logits), weights([a + b for a, b in zip(logits, change, strict=True)])
        total_variation = sum(abs(a - b) for a, b in zip(p, q, strict=True)) / 2
        forward = sum(a * mpmath.log(a / b) for a, b in zip(p, q, strict=True))
        reverse = sum(b * mpmath.log(b / a) for a, b in zip(p, q, strict=True))
        return total_variation, forward, reverse


def weights(logits):
    exponentials = [mpmath.exp(x) for x in logits]
    total = sum(exponentials)
    return [x / total for x in exponentials]


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
    """Relative error where the change is small; relative to 1 plus the value where its range exceeds 32."""
    logits, change, mask = case
    moved = divergence(logits, change, mask)
    for head, query in torch.cartesian_prod(*map(torch.arange, moved.spread.shape)).reshape(-1, 2).tolist():
        z, d = (rows(each[head, query, mask[query]][None])[0] for each in (logits, change))
        size = CLAIMED * mpmath.mpf(2) ** -53 * (1 + max(map(abs, z)) + max(map(abs, d)))
        fields = moved.total_variation, moved.kl_forward, moved.kl_reverse
        for field, expected in zip(fields, reference_row(z, d), strict=True):
            error = abs(mpmath.mpf(field[head, query].item()) - expected)
            assert (
                error
                <= size * (expected if moved.spread[head, query] <= LARGEST_SERIES else 1 + expected) + SMALLEST_NORMAL
            )


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


# -- certified errors ------------------------------------------------------------------------------------------------

FIGURES = "total_variation", "kl_forward", "kl_reverse"
SIZES = [1e-100, 1e-30, 1e-8, 1e-3, 1.0, 3.0, 30.0, 1e3]


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@st.composite
def hard_rows(draw):
    """One row whose change has an outlier, an offset or two levels, or whose weights sit on one key; and cuts."""
    seed, keys, size = draw(st.integers(0, 2**16)), draw(st.integers(1, 12)), draw(st.sampled_from(SIZES))
    logits = 10.0 ** draw(st.integers(-2, 2)) * normal(1, keys, seed=seed)
    change = size * normal(1, keys, seed=seed + 1)
    key = draw(st.integers(0, keys - 1))
    match draw(st.sampled_from(["plain", "outlier", "offset", "levels", "peak", "outlier at the peak"])):
        case "outlier":
            change[0, key] = draw(st.sampled_from([1e-5, 1.0, -20.0, 300.0]))
        case "offset":
            change += draw(st.sampled_from([-1 / 3, 1e3]))
        case "levels":
            change[0, :key] += 1
        case "peak":
            logits[0, key] += 45
        case "outlier at the peak":
            logits[0, key] += 45
            change[0, key] = 1
    hidden = torch.rand(1, keys, generator=torch.Generator().manual_seed(seed)) < draw(st.sampled_from([0.0, 0.5]))
    hidden[0, key] = False
    cuts = sorted({0, keys, *draw(st.lists(st.integers(0, keys), max_size=3))})
    return logits, change, hidden, cuts


def in_pieces(logits, change, hidden, cuts):
    """Both passes over tiles that end at the cuts."""
    workspace = Workspace(*logits.shape)

    def tiles():
        for first, last in pairwise(cuts):
            buffers = workspace.buffers(len(logits), last - first)
            buffers[0].copy_(logits[:, first:last])
            buffers[1].copy_(change[:, first:last])
            yield buffers, hidden[:, first:last]

    pivots = reduce(Pivots.merged, (Pivots.of_tile(*tile) for tile in tiles()))
    sums = reduce(Sums.merged, (Sums.of_tile(buffers, pivots, mask) for buffers, mask in tiles()))
    return Divergence.of(pivots, sums)


def errors_and_bounds(moved, logits, change, digits=DIGITS):
    """Exact distance to the definitions and certified distance, for the figures of a single row."""
    reference = reference_row(rows(logits[None])[0], rows(change[None])[0], digits)
    for name, expected in zip(FIGURES, reference, strict=True):
        value, bound = (mpmath.mpf(getattr(moved, each).item()) for each in (name, f"{name}_error"))
        yield abs(value - expected), bound, expected


@given(case=hard_rows())
def test_errors_are_never_exceeded_wherever_the_keys_are_cut(case):
    logits, change, hidden, _ = case
    for error, bound, _ in errors_and_bounds(in_pieces(*case), logits[~hidden], change[~hidden]):
        assert error <= bound + REFERENCE_ERROR


@given(case=hard_rows())
def test_small_changes_are_right_to_13_digits(case):
    """Whatever the shape of the row, for logits of size 30 or less."""
    logits, change, hidden, cuts = case
    logits, change = logits.clamp(-30, 30), change / change.abs().max().clamp(min=1)
    for error, _, expected in errors_and_bounds(
        in_pieces(logits, change, hidden, cuts), logits[~hidden], change[~hidden]
    ):
        assert error <= 1e-13 * expected + SMALLEST_NORMAL


@pytest.mark.parametrize("size", [1.0, 1e-1, 1e-4, 1e-8, 1e-16, 1e-50, 1e-100])
def test_long_rows_are_right_to_13_digits_and_certified_to_12(size):
    logits, change = 3 * normal(1, 1, 3000), size * normal(1, 1, 3000, seed=1).clamp(-1, 1)
    moved = divergence(logits, change)
    for error, bound, expected in errors_and_bounds(moved, logits[0, 0], change[0, 0], digits=260):
        assert error <= 1e-13 * expected
        assert error <= bound <= 1e-12 * expected


def test_errors_are_not_far_above_what_happens():
    """At logits of a few hundred, where rounding of the exponents is most of it."""
    ratios = []
    for seed in range(40):
        logits, change = 200 * normal(1, 1, 4, seed=seed), 1e-3 * normal(1, 1, 4, seed=seed + 100)
        for error, bound, _ in errors_and_bounds(divergence(logits, change), logits[0, 0], change[0, 0]):
            ratios.append(float(error / bound))
    assert 0.05 <= max(ratios) <= 1


def test_new_weight_on_keys_that_had_none_is_not_lost():
    """The old weight of the second key underflows; it gets all of the new weight, in one tile or in two."""
    logits, change = torch.tensor([[0.0, -1200.0]]).double(), torch.tensor([[0.0, 2000.0]]).double()
    for cuts in ([0, 2], [0, 1, 2]):
        moved = in_pieces(logits, change, torch.zeros(1, 2, dtype=torch.bool), cuts)
        assert moved.total_variation == 1
        assert abs(moved.kl_forward - 800) <= moved.kl_forward_error <= 1e-9


def test_peaked_weights_keep_relative_accuracy():
    """Nearly all the weight on one key: the change of the others is all there is, twenty digits below."""
    logits, change = torch.tensor([[0.0, -46.0, -50.0]]).double(), torch.tensor([[1.0, 1e-10, 20.0]]).double()
    for cuts in ([0, 3], [0, 1, 3], [0, 2, 3]):
        moved = in_pieces(logits, change, torch.zeros(1, 3, dtype=torch.bool), cuts)
        for error, _, expected in errors_and_bounds(moved, logits[0], change[0]):
            assert error <= 1e-13 * expected


def test_an_outlier_with_little_weight_does_not_round_the_others():
    """Its change is subtracted from none of the others, which would lose theirs."""
    logits, change = torch.zeros(1, 4).double(), 1e-10 * normal(1, 4)
    logits[0, 0], change[0, 0] = -40, 1
    for cuts in ([0, 4], [0, 1, 4], [0, 3, 4]):
        moved = in_pieces(logits, change, torch.zeros(1, 4, dtype=torch.bool), cuts)
        for error, _, expected in errors_and_bounds(moved, logits[0], change[0]):
            assert error <= 1e-13 * expected


# -- errors of the logits and of the change ---------------------------------------------------------------------------


def moved_exactly(logits, change, logit_error, change_error, seed):
    """The figures of logits and a change that are off by signs times the errors, and the certificates."""
    signs = normal(2, len(logits), seed=seed).sign()
    given = divergence((logits + logit_error * signs[0])[None, None], (change + change_error * signs[1])[None, None])
    shape = torch.full((1, 1), 1.0, dtype=torch.float64)
    return given.carried(shape * logit_error * 1.0001, shape * change_error * 1.0001)


@given(
    seed=st.integers(0, 2**16),
    keys=st.integers(2, 6),
    size=st.sampled_from([1e-12, 1e-6, 1e-2, 1.0, 5.0]),
    logit_error=st.sampled_from([0.0, 1e-9, 1e-3, 0.3]),
    change_error=st.sampled_from([0.0, 1e-13, 1e-7, 1e-2, 1.0]),
)
def test_errors_of_the_input_are_covered(seed, keys, size, logit_error, change_error):
    logits, change = 3 * normal(keys, seed=seed), size * normal(keys, seed=seed + 1)
    moved = moved_exactly(logits, change, logit_error, change_error, seed + 2)
    for error, bound, _ in errors_and_bounds(moved, logits, change):
        assert error <= bound


def test_understated_errors_of_the_input_are_exceeded():
    """Negative control: the same errors, carried as a twentieth of what they are."""
    logits, change = normal(5), 1e-3 * normal(5, seed=1)
    for logit_error, change_error in ((1e-3, 0.0), (0.0, 1e-3)):
        honest = moved_exactly(logits, change, logit_error, change_error, 2)
        signs = normal(2, 5, seed=2).sign()
        off = divergence((logits + logit_error * signs[0])[None, None], (change + change_error * signs[1])[None, None])
        claimed = torch.full((1, 1), 0.05, dtype=torch.float64)
        understated = off.carried(claimed * logit_error, claimed * change_error)
        assert all(error <= bound for error, bound, _ in errors_and_bounds(honest, logits, change))
        assert any(error > bound for error, bound, _ in errors_and_bounds(understated, logits, change))


@pytest.mark.parametrize("size", [1e-9, 1e-3, 0.5])
def test_the_error_of_the_change_is_attained(size):
    """Two entries, opposite errors, no change: total variation and both divergences come near their bounds."""
    logits = torch.zeros(2, dtype=torch.float64)
    change = torch.tensor([size, -size], dtype=torch.float64)
    nothing = torch.zeros(1, 1, dtype=torch.float64)
    still = divergence(logits[None, None], nothing[:, :, None].expand(1, 1, 2).clone())
    moved = still.carried(nothing, nothing + size)
    for error, bound, _ in errors_and_bounds(moved, logits, change):
        assert 0.3 * bound <= error <= bound


# -- the series -------------------------------------------------------------------------------------------------------


@given(exponent=st.floats(-30, 1.5), seed=st.integers(0, 2**16))
def test_the_series_is_as_accurate_as_it_says(exponent, seed):
    largest = 10.0**exponent
    x = largest * (2 * torch.rand(1, 20, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) - 1)
    phi, ratio, scratch = (torch.empty_like(x) for _ in range(3))
    exponential_series(x, largest, phi, ratio, scratch)
    units = series_error(largest)
    with mpmath.workdps(100):
        for entry, *computed in zip(*(each[0].tolist() for each in (x, phi, ratio)), strict=True):
            exact = mpmath.expm1(entry) - mpmath.mpf(entry), mpmath.expm1(entry)
            for value, expected, unit in zip(computed, exact, units, strict=True):
                assert abs(value - expected) <= unit * 2.0**-53 * abs(expected)


# -- bad input --------------------------------------------------------------------------------------------------------


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
