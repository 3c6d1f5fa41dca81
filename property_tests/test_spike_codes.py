"""Wheels, rank-ordered codes, memories and spike codes: against plain definitions, and their edges."""

import itertools
import math
from fractions import Fraction

import mpmath
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from phase_latency.errors import ArgumentError, NotFiniteError
from phase_latency.spiking import (
    Memory,
    Wheel,
    code_of_times,
    independent_counts,
    inhibited_counts,
    latency_weights,
    rank_code,
    softmax_latencies,
    spike_times,
)

halves = st.integers(-6, 6).map(lambda k: k / 2)


def float64(*rows):
    return torch.tensor(rows, dtype=torch.float64)


# -- the wheel ----------------------------------------------------------------------------------------------------


def turned(weights, values, times, threshold, slope):
    """The first of all moments at which the potential can reach the threshold and does, exactly."""
    weights, values, times = ([Fraction(each) for each in row] for row in (weights, values, times))
    threshold, slope = Fraction(threshold), Fraction(slope)

    def potential(moment):
        arrived = sum((w * x for w, x, t in zip(weights, values, times, strict=True) if t <= moment), Fraction(0))
        return slope * moment + arrived

    moments = [Fraction(0), *(t for t in times if t >= 0)]
    for size in range(len(times) + 1):
        for chosen in itertools.combinations(range(len(times)), size):
            moments.append((threshold - sum((weights[j] * values[j] for j in chosen), Fraction(0))) / slope)
    return min(moment for moment in moments if moment >= 0 and potential(moment) >= threshold)


@given(
    st.integers(1, 4).flatmap(
        lambda n: st.tuples(*[st.lists(halves, min_size=n, max_size=n)] * 3, halves, st.sampled_from([0.5, 1.0, 2.0]))
    )
)
def test_a_wheel_fires_at_the_first_moment_that_reaches_the_threshold(drawn):
    weights, values, times, threshold, slope = drawn
    found = Wheel(float64(weights), threshold, slope)(float64(values), float64(times)).item()
    assert Fraction(found) == turned(weights, values, times, threshold, slope)


def test_the_first_to_fire_is_not_the_largest_product_if_the_threshold_is_low():
    wheel = Wheel(float64([1.0, 0.0], [0.0, 1.2]), 1.0)
    assert wheel(float64([1.0, 0.9]), float64([0.0, 1.0])).tolist() == [[0.0, 1.0]]
    high = Wheel(float64([1.0, 0.0], [0.0, 1.2]), 1.08 + 1.0)
    first, second = high(float64([1.0, 0.9]), float64([0.0, 1.0]))[0].tolist()
    assert second < first


# -- rank-ordered codes -------------------------------------------------------------------------------------------


@given(st.permutations(range(6)), st.integers(1, 6), st.sampled_from([0.5, 0.9]), st.sampled_from([0.5, 2.0]))
def test_spikes_are_worth_what_the_code_says(order, size, alpha, tau):
    code, spikes = rank_code(order[:size], 6, alpha), spike_times(order[:size], 6, alpha, tau)
    assert ((code_of_times(spikes, tau) - code).abs() <= 2**-48 * code).all()
    assert (spikes.isinf() == (code == 0)).all()


@given(st.permutations(range(5)), st.permutations(range(5)))
def test_codes_of_the_same_units_agree_best_with_themselves(first, second):
    one, other = rank_code(first, 5, 0.5), rank_code(second, 5, 0.5)
    assert (one @ other == one @ one) == (first == second)
    assert one @ one == other @ other


# -- memories -----------------------------------------------------------------------------------------------------

vectors = st.lists(halves, min_size=3, max_size=3)


def inner(left, right):
    return sum(Fraction(x) * Fraction(y) for x, y in zip(left, right, strict=True))


@given(st.lists(st.tuples(vectors, vectors), min_size=1, max_size=4), st.randoms())
def test_a_max_store_forgets_order_and_repetition(pairs, random):
    shuffled = [*pairs, *pairs]
    random.shuffle(shuffled)
    stores = []
    for written in (pairs, shuffled):
        memory = Memory.empty(3, 3)
        for key, value in written:
            memory = memory.stored(float64(*key), float64(*value))
        stores.append(memory.weights)
    assert torch.equal(*stores)


@given(st.lists(st.tuples(vectors, vectors), min_size=1, max_size=4), vectors)
def test_a_sum_store_is_linear_attention(pairs, query):
    memory = Memory.empty(3, 3, "sum")
    for key, value in pairs:
        memory = memory.stored(float64(*key), float64(*value))
    expected = [sum(Fraction(value[i]) * inner(key, query) for key, value in pairs) for i in range(3)]
    assert [Fraction(each) for each in memory.read(float64(*query)).tolist()] == expected


def test_writing_gives_another_memory():
    memory = Memory.empty(2, 2)
    memory.stored(float64(1.0, 0.0), float64(0.0, 1.0))
    assert not memory.weights.any()


# -- softmax in spikes --------------------------------------------------------------------------------------------


def exact_softmax(row):
    with mpmath.workdps(40):
        grown = [mpmath.exp(mpmath.mpf(each)) for each in row]
        return [each / mpmath.fsum(grown) for each in grown]


@given(st.lists(st.integers(-400, 400).map(lambda k: k / 16), min_size=1, max_size=8), st.sampled_from([0.5, 1.0, 4.0]))
def test_a_neuron_normalises_softmax(row, tau):
    found = latency_weights(float64(row), tau)[0].tolist()
    for weight, exact in zip(found, exact_softmax(row), strict=True):
        assert abs(mpmath.mpf(weight) - exact) <= mpmath.mpf(2) ** -44 * exact


@given(st.lists(st.integers(-40, 40).map(lambda k: k / 7), min_size=2, max_size=8), st.sampled_from([0.5, 0.125, 1e-3]))
def test_a_resolution_costs_no_more_than_its_bound(row, resolution):
    found = latency_weights(float64(row), 1.0, resolution)[0].tolist()
    for weight, exact in zip(found, exact_softmax(row), strict=True):
        assert abs(mpmath.mpf(weight) / exact - 1) <= mpmath.expm1(2 * mpmath.mpf(resolution)) * (
            1 + mpmath.mpf(2) ** -40
        )


def test_spikes_of_logits_come_in_their_order():
    times, normaliser = softmax_latencies(float64([2.0, -1.0, 0.0]), 0.5)
    assert times.tolist() == [[1.0, -0.5, 0.0]]
    assert abs(normaliser.item() - 0.5 * math.log(math.exp(2) + math.exp(-1) + 1)) < 2**-45


# -- counts -------------------------------------------------------------------------------------------------------

distributions = st.lists(st.integers(0, 8), min_size=1, max_size=6).filter(any)


@given(distributions, st.integers(1, 200))
def test_inhibited_counts_stay_within_their_bound(parts, steps):
    total = sum(parts)
    weights = float64(*parts) / total
    counts = inhibited_counts(weights, steps)
    assert int(counts.sum()) == steps
    for part, count in zip(parts, counts.tolist(), strict=True):
        off = abs(Fraction(part, total) - Fraction(count, steps))
        assert off < Fraction(max(len(parts) - 1, 1), steps) + Fraction(1, 2**40)


def test_independent_counts_deviate_as_the_root_of_the_steps():
    """Mean over runs of the distance in total variation, against its bound: below it, and not vacuous."""
    weights = torch.full((8,), 0.125, dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    for steps in (16, 256):
        off = [(independent_counts(weights, steps, generator) / steps - weights).abs().sum() / 2 for _ in range(300)]
        bound = math.sqrt(7 / (4 * steps))
        assert 0.5 * bound < float(torch.stack(off).mean()) <= bound


# -- what is refused ----------------------------------------------------------------------------------------------

HALF = float64(0.5, 0.5)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Wheel(float64([1.0]), slope=0.0), "slope: got 0.0"),
        (lambda: Wheel(float64([1.0]), threshold=math.inf), "threshold: got inf"),
        (lambda: Wheel(torch.ones(1, 1)), "weights: got torch.float32"),
        (lambda: Wheel(float64([1.0]))(float64([1.0, 2.0]), float64([0.0, 0.0])), "values: got"),
        (lambda: rank_code([0, 0], 3, 0.5), "order: got [0, 0]"),
        (lambda: rank_code([3], 3, 0.5), "order: got [3]"),
        (lambda: rank_code([], 3, 0.5), "order: got []"),
        (lambda: rank_code([0], 3, 1.0), "alpha: got 1.0"),
        (lambda: spike_times([0], 3, 0.5, 0.0), "time_constant: got 0.0"),
        (lambda: code_of_times(float64(math.nan)), "times: got 'NaN or -inf'"),
        (lambda: Memory.empty(0, 1), "keys: got 0"),
        (lambda: Memory(float64([1.0]), "mean"), "kind: got 'mean'"),
        (lambda: Memory.empty(2, 2).stored(float64(1.0), HALF), "key: got"),
        (lambda: Memory.empty(2, 2).read(float64(1.0)), "query: got"),
        (lambda: inhibited_counts(float64(0.5, 0.25), 3), "weights: got [0.5, 0.25]"),
        (lambda: inhibited_counts(HALF, 0), "steps: got 0"),
        (lambda: independent_counts(float64(1.5, -0.5), 3), "weights: got [1.5, -0.5]"),
        (lambda: latency_weights(float64([0.0]), 1.0, -1.0), "resolution: got -1.0"),
        (lambda: softmax_latencies(torch.zeros(1, 2)), "logits: got"),
        (lambda: softmax_latencies(float64([0.0, 1.0]), -1.0), "time_constant: got -1.0"),
    ],
)
def test_bad_input_is_refused(make, told):
    with pytest.raises(ArgumentError) as refused:
        make()
    assert told in str(refused.value)


@pytest.mark.parametrize("make", [lambda: softmax_latencies(float64([math.inf])), lambda: Memory(float64([math.nan]))])
def test_what_is_not_finite_is_refused(make):
    with pytest.raises(NotFiniteError):
        make()
