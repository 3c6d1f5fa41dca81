"""Strategies for channels and changed logits: what they reach, what they shrink to, and that nothing overflows."""

from random import Random

import pytest
import torch
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from phase_latency.testing import perturbations, windows
from phase_latency.testing.windows import TURN, TurningChannel


def minimal(strategy, condition=lambda drawn: True):
    """The smallest example that Hypothesis finds."""
    return find(strategy, condition, random=Random(0))


def reached(strategy, condition):
    """Whether an example with that property is drawn; `find` raises if none is, and need not shrink it."""
    unshrunk = settings(settings.get_profile("deep"), phases=[Phase.generate], database=None)
    find(strategy, condition, settings=unshrunk, random=Random(0))
    return True


# -- channels -----------------------------------------------------------------------------------------------------


def test_frequencies_shrink_to_the_first_channel_and_span_nine_orders_of_magnitude():
    assert minimal(windows.frequencies()).tolist() == [1.0]
    assert reached(windows.frequencies(), lambda w: w.min() < 1e-5)
    assert reached(windows.frequencies(), lambda w: w.max() > 500)
    assert reached(windows.frequencies(), lambda w: len(w) > 1 and len(w.unique()) < len(w))


@given(windows.frequencies(max_channels=2))
def test_frequencies_are_positive_and_as_many_as_asked_for(w):
    assert w.dtype == torch.float64
    assert 1 <= len(w) <= 2
    assert bool((w > 0).all())


@pytest.mark.parametrize(("completed", "shortest"), [(False, 2), (True, 3)])
def test_turning_channels_reach_both_sides_of_a_turn_and_shrink_to_few_positions(completed, shortest):
    channels = windows.turning_channels(completed=completed)
    assert minimal(channels).length == shortest
    assert reached(channels, lambda case: case.length == 64)
    assert reached(channels, lambda case: 0 < abs(case.w * (case.length - 1) / TURN - 1) < 1e-12)


@given(st.booleans().flatmap(lambda completed: windows.turning_channels(completed=completed)))
def test_turning_channels_stay_below_a_turn_per_position(case):
    assert 0 < case.w < TURN


@given(windows.turning_channels(completed=True))
def test_turning_channels_that_complete_a_turn_do_so_to_the_last_digits(case):
    assert case.w * (case.length - 1) >= TURN * (1 - 2.0**-50)


def test_turning_channels_reach_a_turn_per_position():
    assert reached(windows.turning_channels(completed=True), lambda case: case.w > TURN * (1 - 2.0**-40))


def test_aliased_channels_reach_the_longest_alias_and_shrink_to_two_positions():
    assert minimal(windows.aliased_channels()) == TurningChannel(TURN + 0.1, 2)
    assert reached(windows.aliased_channels(), lambda case: case == TurningChannel(TURN + 0.1, 63))


@given(windows.aliased_channels())
def test_aliased_channels_are_slow_up_to_whole_turns(case):
    assert case.w > TURN
    assert case.w % TURN * (case.length - 1) < TURN


# -- changed logits -----------------------------------------------------------------------------------------------


def test_changed_logits_shrink_to_an_exchange_in_float64():
    row = minimal(perturbations.changed_logits())
    assert row.before.dtype == torch.float64
    assert torch.equal(row.after, row.before.flip(-1))


def test_changed_logits_reach_a_single_key():
    assert reached(perturbations.changed_logits(), lambda row: row.before.shape == (1, 1))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_changed_logits_reach_exchanges_constants_and_changes_of_every_size(dtype):
    changed = perturbations.changed_logits(dtype)
    assert reached(changed, lambda row: row.before.shape[1] == 2 and torch.equal(row.after, row.before.flip(-1)))
    assert reached(changed, lambda row: row.before.shape[1] > 2 and len((row.after - row.before).unique()) == 1)
    assert reached(changed, lambda row: (row.after - row.before).abs().max() > 1000)
    assert reached(changed, lambda row: 0 < (row.after.double() - row.before.double()).abs().max() < 0.01)


@given(perturbations.changed_logits())
def test_changed_logits_are_finite_and_of_one_dtype(row):
    assert row.before.dtype == row.after.dtype
    assert row.before.shape == row.after.shape
    assert bool(row.before.isfinite().all() & row.after.isfinite().all())
