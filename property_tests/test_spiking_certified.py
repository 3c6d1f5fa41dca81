"""Certified firing times: the exact one lies within the error, which is tight; and what cannot be certified is not."""

import math

import mpmath
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from test_spiking import by_bisection

from phase_latency.errors import ArgumentError
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.propagation import inflated
from phase_latency.spiking import NLIF, Network, certified, profile
from phase_latency.spiking.enclosing import OpenError, enclosed

eighths = st.integers(-20, 40).map(lambda k: k / 8)


@st.composite
def neurons(draw, signed):
    size = draw(st.integers(1, 5))
    low = -8 if signed else 0
    weights = draw(st.lists(st.integers(low, 16).map(lambda k: k / 8), min_size=size, max_size=size))
    return draw(st.lists(eighths, min_size=size, max_size=size)), weights, draw(st.sampled_from([0.25, 1.0, 3.0]))


def found(times, weights, tau):
    layer = NLIF(torch.tensor([weights], dtype=torch.float64), 1.0, tau)
    return certified(layer, torch.tensor([times], dtype=torch.float64))


@pytest.mark.parametrize("signed", [False, True])
def test_the_exact_firing_time_lies_within_the_error(signed):
    @given(neurons(signed))
    def lies_within(neuron):
        times, weights, tau = neuron
        result = found(times, weights, tau)
        if result.error.isfinite().item():
            exact = by_bisection(times, weights, 1.0, tau)
            assert abs(mpmath.mpf(result.value.item()) - exact) <= mpmath.mpf(result.error.item())
            assert result.error.item() < 2**-30 * (1 + abs(result.value.item()))

    lies_within()


@given(neurons(signed=False))
def test_most_times_are_certified(neuron):
    times, weights, tau = neuron
    if sum(weights) >= 1.125:
        assert found(times, weights, tau).error.isfinite().item()


def test_a_silent_neuron_is_not_certified():
    result = found([0.0], [0.5], 1.0)
    assert (result.value.item(), result.error.item()) == (math.inf, math.inf)


def test_an_input_at_the_very_moment_is_not_certified_if_it_inhibits():
    """The potential 2 (1 - exp(-t)) reaches 1 at ln 2, where an inhibiting input arrives."""
    assert found([0.0, math.log(2)], [2.0, -1.0], 1.0).error.item() == math.inf
    assert found([0.0, math.log(2)], [2.0, 1.0], 1.0).error.isfinite().item()


def test_the_error_reaches_to_the_moment_at_which_the_potential_was_below():
    """At 2**40 seconds neighbouring times are 2**-12 apart, and the moment before is one of them, or the same."""
    result = found([2.0**40], [2.0], 1.0)
    exact = 2**40 + mpmath.log(2)
    assert abs(mpmath.mpf(result.value.item()) - exact) <= mpmath.mpf(result.error.item())
    assert 2.0**-12 <= result.error.item() < 2.0**-7


def test_twin_a_wrong_time_is_not_within_the_error():
    times, weights, tau = [0.0, 0.5], [1.5, 1.0], 1.0
    result = found(times, weights, tau)
    exact = by_bisection(times, weights, 1.0, tau)
    assert abs(mpmath.mpf(result.value.item() + 1e-9) - exact) > mpmath.mpf(result.error.item())


def test_errors_of_inputs_are_passed_on_and_not_amplified():
    layer = NLIF(torch.full((2, 3), 0.75, dtype=torch.float64))
    given_times = Bounded(torch.tensor([[0.0, 0.25, 0.5]], dtype=torch.float64), torch.full((1, 3), 2.0**-10).double())
    plain = certified(layer, given_times.value)
    assert (certified(layer, given_times).error <= inflated(2.0**-10 + 2 * plain.error)).all()


def test_errors_of_inputs_are_refused_with_inhibition():
    layer = NLIF(torch.tensor([[2.0, -0.5]], dtype=torch.float64))
    off = Bounded(torch.zeros(1, 2, dtype=torch.float64), torch.full((1, 2), 2.0**-10).double())
    with pytest.raises(ArgumentError, match="nlif-nonexpansive"):
        certified(layer, off)


# -- balls ------------------------------------------------------------------------------------------------------------


@given(neurons(signed=True))
def test_balls_enclose_what_bisection_finds(neuron):
    times, weights, tau = neuron
    network = Network([NLIF(torch.tensor([weights], dtype=torch.float64), 1.0, tau)])
    try:
        (ball,) = enclosed(network, torch.tensor(times, dtype=torch.float64))
    except OpenError:
        return
    with mpmath.workdps(40):
        exact = by_bisection(times, weights, 1.0, tau)
    assert abs(mpmath.mpf(float(ball.mid())) - exact) < mpmath.mpf(2) ** -40 * (1 + abs(exact))


# -- properties -------------------------------------------------------------------------------------------------------

EXCITATORY = Network([NLIF(torch.full((3, 3), 0.75, dtype=torch.float64)) for _ in range(2)])
INHIBITED = Network([NLIF(torch.tensor([[3.0, -1.0]], dtype=torch.float64))])


def words(network, **options):
    return {each.name: each.word for each in profile(network, **options)}


def test_a_network_without_inhibition_has_all_three_properties():
    assert set(words(EXCITATORY).values()) == {"HOLDS"}


def test_an_inhibited_one_keeps_no_order_and_expands():
    assert words(INHIBITED) == {"monotone": "FAILS", "translation-equivariant": "HOLDS", "non-expansive": "FAILS"}


def test_a_witness_shows_what_it_says():
    for each in profile(INHIBITED):
        if each.witness is None:
            continue
        (first,), (second,) = each.witness.outputs, each.witness.moved_outputs
        pairs = list(zip(each.witness.times, each.witness.moved, strict=True))
        if each.name == "monotone":
            assert all(b >= a for a, b in pairs)
            assert second < first
        else:
            assert abs(second - first) > max(abs(b - a) for a, b in pairs)


def test_what_no_pair_contradicts_is_undecided_if_nothing_proves_it():
    silent = Network([NLIF(torch.tensor([[0.5, -0.25]], dtype=torch.float64))])
    assert words(silent, examples=20)["non-expansive"] == "UNDECIDED"
    assert [each.tried for each in profile(silent, examples=20)] == [0, 0, 0]
    assert "did all neurons of the last layer fire" in profile(silent, examples=20)[2].because


def test_the_seed_decides_the_witnesses():
    assert profile(INHIBITED, seed=5) == profile(INHIBITED, seed=5)
    assert profile(INHIBITED, seed=5) != profile(INHIBITED, seed=6)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: profile("network"), "network: got 'network'"),
        (lambda: profile(EXCITATORY, seed=-1), "seed: got -1"),
        (lambda: profile(EXCITATORY, examples=0), "examples: got 0"),
        (lambda: Network([]), "one NLIF layer or more"),
        (lambda: Network([EXCITATORY.layers[0], INHIBITED.layers[0]]), "3 inputs, one for each neuron"),
    ],
)
def test_bad_input_is_refused(make, told):
    with pytest.raises(ArgumentError) as refused:
        make()
    assert told in str(refused.value)
