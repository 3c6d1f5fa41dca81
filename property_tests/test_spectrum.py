"""Frequencies are fitted to near float64 accuracy with certified errors, and what does not turn evenly is refused."""

import math

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from phase_latency.checking.relation_positions import looked_at
from phase_latency.checking.spectrum import fit_spectrum

UNIT = 2.0**-53
POSITIONS = looked_at(0, 100_000, 256, "rotary")
TIMES = POSITIONS.double()
SEQUENCE = torch.arange(256)
paces = st.floats(-6, math.log10(3.1)).map(lambda power: 10.0**power)
phases = st.floats(-math.pi, math.pi)
amplitudes = st.sampled_from([1.0, 1 / 3, 17.5])


def exact_column(positions, pace, phase, amplitude):
    """Values at 40 digits, rounded once."""
    with mpmath.workdps(40):
        values = [amplitude * mpmath.sin(mpmath.mpf(pace) * int(p) + mpmath.mpf(phase)) for p in positions]
    return torch.tensor([float(value) for value in values], dtype=torch.float64)


def rounding(positions, pace, amplitude, unit=UNIT):
    """What an implementation may be off by: the angle and the result."""
    return amplitude * unit * (8 + 8 * pace * positions.double())


def fitted(values, bound, positions=POSITIONS):
    return fit_spectrum(values[:, None], bound[:, None], positions)


@given(paces, phases, amplitudes)
def test_a_channel_is_recovered_within_its_errors(pace, phase, amplitude):
    values = exact_column(POSITIONS, pace, phase, amplitude)
    found = fitted(values, rounding(POSITIONS, pace, amplitude))
    assert bool(found.turning)
    if float(found.frequency):  # else it moves by less than its bound
        assert abs(float(found.frequency) - pace) <= float(found.frequency_error)
        assert float(found.frequency_error) <= 1e-9 * pace
        assert abs(float(found.amplitude) - amplitude) <= float(found.amplitude_error)
        off = abs(float(found.phase) - phase) % (2 * math.pi)
        assert min(off, 2 * math.pi - off) <= float(found.phase_error)


@pytest.mark.parametrize("pace", [1e-6, 1e-4, 0.01, 0.3162, 1.0, 2.5])
def test_the_accuracy_is_near_that_of_float64(pace):
    found = fitted(exact_column(POSITIONS, pace, 0.3, 1.0), rounding(POSITIONS, pace, 1.0))
    assert abs(float(found.frequency) - pace) <= 1e-12 * pace
    assert abs(float(found.amplitude) - 1) <= 1e-11


@given(paces, phases, amplitudes)
def test_the_fit_stays_within_its_bound_between_the_positions(pace, phase, amplitude):
    found = fitted(exact_column(POSITIONS, pace, phase, amplitude), rounding(POSITIONS, pace, amplitude))
    times = torch.tensor([0.25, 17.5, 1234.0, 77_777.5], dtype=torch.float64)
    with mpmath.workdps(40):
        exact = [amplitude * mpmath.sin(mpmath.mpf(pace) * time + mpmath.mpf(phase)) for time in times.tolist()]
    off = (found.at(times)[:, 0] - torch.tensor([float(each) for each in exact], dtype=torch.float64)).abs()
    if float(found.frequency):
        assert bool((off <= found.bound(times)[:, 0]).all())
        assert float(found.bound(times).max()) <= 1e-4 * amplitude


# -- an independent and slow reference ------------------------------------------------------------------------------


def slow_frequency(positions, values, start, width):
    """The frequency whose sinusoid leaves the least, by golden-section search over solved normal equations.

    A grid around the start finds the basin, which is as narrow as one turn over the longest distance.
    """
    p, x = np.asarray(positions, dtype=float), np.asarray(values)

    def left_over(pace):
        basis = np.stack((np.cos(pace * p), np.sin(pace * p)), 1)
        return float(np.linalg.lstsq(basis, x, rcond=None)[1].sum())

    grid = np.linspace(start - width, start + width, 401)
    best = int(np.argmin([left_over(pace) for pace in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, 400)]
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(60):
        left, right = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, right) if left_over(left) < left_over(right) else (left, high)
    return (low + high) / 2


@pytest.mark.parametrize("pace", [0.02, 0.1778, 1.0, 2.2])
def test_the_slow_reference_finds_the_same_frequency_in_noise(pace):
    generator = torch.Generator().manual_seed(round(1000 * pace))
    noise = torch.rand(len(SEQUENCE), generator=generator, dtype=torch.float64) - 0.5
    bound = torch.full_like(noise, 1e-4)
    values = torch.sin(SEQUENCE.double() * pace + 0.7) + bound * noise
    found = fitted(values, bound, SEQUENCE)
    slow = slow_frequency(SEQUENCE, values, pace, 0.01)
    assert bool(found.turning)
    assert abs(float(found.frequency) - slow) <= float(found.frequency_error) <= 1e-4
    assert abs(float(found.frequency) - pace) <= float(found.frequency_error)


@given(paces.filter(lambda pace: 1e-3 <= pace <= 3), phases)
def test_float32_columns_turn_and_tell_their_frequency(pace, phase):
    unit = 2.0**-24
    values = torch.sin(POSITIONS.float() * torch.tensor(pace).float() + torch.tensor(phase).float()).double()
    bound = rounding(POSITIONS, pace, 1.0, unit) + 4 * unit * abs(phase)
    found = fitted(values, bound)
    assert bool(found.turning)
    assert abs(float(found.frequency) - pace) <= float(found.frequency_error) + unit * pace
    assert float(found.frequency_error) <= 1e-3 * pace


# -- what does not turn evenly --------------------------------------------------------------------------------------

EVEN = torch.sin(TIMES * 0.3 + 0.2)
UNEVEN = {
    "two frequencies": EVEN + 1e-6 * torch.sin(TIMES * 0.5),
    "a drift": EVEN + 1e-9 * TIMES,
    "a decay": EVEN * torch.exp(-1e-8 * TIMES),
    "another frequency from 128 on": torch.where(POSITIONS < 128, EVEN, torch.sin(TIMES * 0.3000001 + 0.2)),
    "one value off": EVEN + 1e-10 * (POSITIONS == 100),
    "noise": torch.randn(len(POSITIONS), generator=torch.Generator().manual_seed(0)).double(),
    "a square": (TIMES / 1000) ** 2,
}


@pytest.mark.parametrize("fault", UNEVEN)
def test_twin_what_turns_unevenly_is_refused(fault):
    bound = rounding(POSITIONS, 0.3, 1.0)
    assert bool(fitted(EVEN, bound).turning)
    assert not bool(fitted(UNEVEN[fault], bound).turning)


def test_what_values_do_not_determine_is_refused():
    """Over a hundredth of a turn, in float32, neither amplitude nor frequency are known."""
    values = torch.sin(SEQUENCE.double() * 1e-5)
    assert not bool(fitted(values, torch.full_like(values, 1e-6), SEQUENCE).turning)
    assert bool(fitted(values, torch.full_like(values, 1e-17), SEQUENCE).turning)


@pytest.mark.parametrize("value", [0.0, 1.0, -2.5])
def test_constant_columns_have_the_frequency_zero(value):
    values = torch.full((len(POSITIONS),), value, dtype=torch.float64)
    found = fitted(values, torch.full_like(values, 1e-15))
    assert bool(found.turning)
    assert float(found.frequency) == 0
    assert bool(((found.at(TIMES)[:, 0] - value).abs() <= found.bound(TIMES)[:, 0]).all())


def test_columns_are_chosen_and_filled_with_zeros():
    values = torch.stack((EVEN, 2 * EVEN), 1)
    found = fit_spectrum(values, rounding(POSITIONS, 0.3, 2.0)[:, None].expand_as(values), POSITIONS)
    chosen = found.take(torch.tensor([1, 0]), torch.tensor([True, False]))
    assert float(chosen.amplitude[0]) == pytest.approx(2, abs=1e-12)
    assert bool((chosen.at(torch.tensor([3.0, 4.0]).double())[:, 1] == 0).all())
    assert bool(chosen.turning.all())
