"""LatencyMap: phase, latency and position are one affine line; rank is what a monotone re-timing leaves alone."""

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from refusals import refusal

from phase_latency.latency import LatencyMap

UNIT_ROUNDOFF = 2.0**-53

windows = st.floats(1e-6, 1e6)
lengths = st.integers(2, 100_000)
onsets = st.floats(-1e3, 1e3)
latency_maps = st.builds(LatencyMap, window=windows, length=lengths, onset=onsets)
positions = st.floats(-1e6, 1e6)
frequencies = st.floats(1e-5, 10.0)


def gamma(roundings: int) -> float:
    """n roundings move a product by a factor within 1 +- gamma_n (Higham 2002, lemma 3.1)."""
    return roundings * UNIT_ROUNDOFF / (1 - roundings * UNIT_ROUNDOFF)


@given(latency_maps, positions)
def test_latency_is_the_affine_map(latency_map, p):
    """At most three roundings on (T/L) p and one on the sum, so gamma_4 of the absolute values."""
    T, L, t0 = Fraction(latency_map.window), latency_map.length, Fraction(latency_map.onset)
    exact = t0 + T / L * Fraction(p)
    bound = gamma(4) * float(abs(t0) + T / L * abs(Fraction(p))) + 2**-1073
    assert abs(Fraction(latency_map.latency(p)) - exact) <= bound


@given(latency_maps, positions)
def test_position_of_latency_is_the_way_back(latency_map, p):
    """The latency is off by gamma_4 (|t0| + (T/L)|p|), which L/T turns into positions; then four more roundings."""
    per_second = latency_map.length / latency_map.window
    size = abs(latency_map.onset) * per_second + abs(p)
    back = latency_map.position(latency_map.latency(p))
    assert abs(Fraction(back) - Fraction(p)) <= gamma(16) * size + 2**-1000


@given(latency_maps, positions, frequencies)
def test_phase_latency_affine(latency_map, p, w):
    """The phase of the latency of p is w p, up to what the onset costs by cancellation."""
    per_second = latency_map.length / latency_map.window
    size = w * (abs(latency_map.onset) * per_second + abs(p))
    phase = latency_map.phase(latency_map.latency(p), w)
    assert abs(Fraction(phase) - Fraction(w) * Fraction(p)) <= gamma(20) * size + 2**-1000


@given(latency_maps, st.floats(-1e6, 1e6), frequencies)
def test_latency_of_phase_is_the_way_back(latency_map, theta, w):
    per_second = w * latency_map.length / latency_map.window
    size = abs(latency_map.onset) * per_second + abs(theta)
    back = latency_map.phase(latency_map.latency_of_phase(theta, w), w)
    assert abs(Fraction(back) - Fraction(theta)) <= gamma(20) * size + 2**-1000


@given(latency_maps, frequencies, st.floats(-1e3, 1e3))
def test_phase_latency_circle(latency_map, w, t):
    """One period later the phase has gone round exactly once."""
    before, after = (latency_map.phase(x, w) for x in (t, t + latency_map.period(w)))
    per_second = w * latency_map.length / latency_map.window
    size = per_second * (abs(t) + abs(latency_map.onset)) + 2 * math.pi
    with mpmath.workdps(40):
        assert abs(mpmath.mpf(after) - mpmath.mpf(before) - 2 * mpmath.pi) <= gamma(24) * size + 2**-1000


@given(latency_maps, st.integers(0, 1000), frequencies)
def test_wrapped_phase_is_the_phase_within_one_turn(latency_map, p, w):
    """Wrapping changes the phase by whole turns: the floor is exact, turns times 2 pi and the difference round."""
    wrapped = latency_map.wrapped_phase(float(p), w)
    slack = gamma(8) * (w * p + 2 * math.pi)
    assert -slack <= wrapped <= 2 * math.pi + slack
    with mpmath.workdps(40):
        turns = (mpmath.mpf(w) * p - mpmath.mpf(wrapped)) / (2 * mpmath.pi)
        assert abs(turns - mpmath.nint(turns)) <= slack


@given(st.integers(2, 40), st.floats(0.01, 6.28))
def test_phase_latency_order(length, w):
    """Wrapped phases keep the order of all positions if and only if w (L - 1) < 2 pi."""
    assume(abs(w * (length - 1) - 2 * math.pi) > 1e-9)
    latency_map = LatencyMap(window=1.0, length=length)
    phases = [latency_map.wrapped_phase(float(p), w) for p in range(length)]
    keeps_order = all(a < b for a, b in itertools.pairwise(phases))
    assert keeps_order == (w * (length - 1) < 2 * math.pi)


def test_the_first_channel_loses_order_at_length_8():
    latency_map = LatencyMap(window=1.0, length=8)
    assert latency_map.wrapped_phase(7.0, 1.0) < latency_map.wrapped_phase(6.0, 1.0)
    assert latency_map.wrapped_phase(6.0, 1.0) > latency_map.wrapped_phase(5.0, 1.0)


@given(latency_maps, st.lists(positions, min_size=1, max_size=8), frequencies)
def test_floats_numpy_and_torch_agree_bit_for_bit(latency_map, ps, w):
    array, tensor = np.array(ps), torch.tensor(ps, dtype=torch.float64)
    for method in (
        latency_map.latency,
        latency_map.position,
        lambda x: latency_map.phase(x, w),
        lambda x: latency_map.latency_of_phase(x, w),
        lambda x: latency_map.wrapped_phase(x, w),
    ):
        expected = [method(p) for p in ps]
        assert method(array).tolist() == expected
        assert method(tensor).tolist() == expected


@pytest.mark.parametrize("p", [2**24 + 1, 2**31 + 1])
def test_integer_tensors_are_not_rounded_to_float32(p):
    latency_map = LatencyMap(window=1.0, length=2)
    assert latency_map.latency(torch.tensor([p])).tolist() == [p / 2]
    # What torch would do by itself, and why the map has to step in:
    assert (0.5 * torch.tensor([p])).tolist() != [p / 2]


@given(latency_maps, st.lists(st.integers(-50, 50), min_size=1, max_size=12))
def test_rank_invariance(latency_map, ps):
    """A strictly increasing re-timing leaves ranks unchanged, ties included."""
    assume(latency_map.latency(1.0) > latency_map.latency(0.0))
    latencies = [latency_map.latency(float(p)) for p in ps]
    expected = [sum(q < p for q in ps) for p in ps]
    assert latency_map.rank(ps) == expected
    assert latency_map.rank([math.sinh(p / 10) for p in ps]) == expected
    distinct = len({latency_map.latency(float(p)) for p in range(-50, 51)}) == 101
    if distinct:
        assert latency_map.rank(latencies) == expected
        assert latency_map.rank(np.array(latencies)) == expected
        assert latency_map.rank(torch.tensor(latencies, dtype=torch.float64)) == expected


@given(latency_maps)
def test_relabelling_rank_of_latency_is_the_identity(latency_map):
    ps = list(range(min(latency_map.length, 50)))
    latencies = [latency_map.latency(float(p)) for p in ps]
    assume(len(set(latencies)) == len(ps))
    assert latency_map.rank(latencies) == ps


def test_rank_twin_a_decreasing_retiming_does_change_ranks():
    latency_map = LatencyMap(window=1.0, length=4)
    assert latency_map.rank([-t for t in (0.0, 0.25, 0.5)]) != latency_map.rank([0.0, 0.25, 0.5])


def test_amplitude_is_seconds_per_position():
    assert LatencyMap(window=0.5, length=64).amplitude == 2.0**-7


GOOD = LatencyMap(window=1.0, length=4)
BAD_CALLS = [
    (lambda: LatencyMap(0.0, 4), "window: got 0.0; expected a finite number of seconds > 0"),
    (lambda: LatencyMap(-1.0, 4), "window: got -1.0;"),
    (lambda: LatencyMap(math.inf, 4), "window: got inf;"),
    (lambda: LatencyMap(math.nan, 4), "window: got nan;"),
    (lambda: LatencyMap("1", 4), "window: got '1';"),
    (lambda: LatencyMap(True, 4), "window: got True;"),
    (lambda: LatencyMap(1.0, 1), "length: got 1; expected an integer >= 2"),
    (lambda: LatencyMap(1.0, 4.0), "length: got 4.0; expected an integer >= 2"),
    (lambda: LatencyMap(1.0, True), "length: got True;"),
    (lambda: LatencyMap(1.0, 4, math.nan), "onset: got nan; expected a finite number of seconds"),
    (lambda: GOOD.phase(0.0, 0.0), "w: got 0.0; expected a frequency > 0"),
    (lambda: GOOD.phase(0.0, np.array([1.0, -1.0])), "w: got ndarray of shape (2,) and dtype float64;"),
    (lambda: GOOD.latency_of_phase(0.0, math.nan), "w: got nan;"),
    (lambda: GOOD.period(-1.0), "w: got -1.0;"),
    (lambda: GOOD.wrapped_phase(0.0, torch.tensor([0.0])), "w: got Tensor of shape (1,)"),
    (lambda: GOOD.rank([0.0, math.nan]), "latencies: got nan; expected finite numbers of seconds"),
]


@pytest.mark.parametrize(("call", "message"), BAD_CALLS)
def test_bad_arguments(call, message):
    assert refusal(call).startswith(message)
