"""nLIF neurons: against brute force over subsets, and against the membrane potential itself by bisection."""

import itertools
import math

import mpmath
import pytest
import snntorch
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from phase_latency.errors import ArgumentError, NotFiniteError
from phase_latency.spiking import NLIF

INF = math.inf


def potential(s, times, weights, tau):
    """The membrane potential, from its definition."""
    arrived = [(t, w) for t, w in zip(times, weights, strict=True) if t <= s]
    return mpmath.fsum(w * (1 - mpmath.exp(-(s - mpmath.mpf(t)) / tau)) for t, w in arrived)


def by_bisection(times, weights, theta, tau):
    """The first time at which the potential reaches the threshold: interval by interval, and there by bisection."""
    events = sorted({t for t in times if t < INF})
    for start, end in itertools.pairwise([*events, None]):
        if end is None:
            end = start + tau * 800  # later, nothing that float64 can hold changes
        if potential(end, times, weights, tau) < theta:  # monotone in between, and below at the start
            continue
        low, high = mpmath.mpf(start), mpmath.mpf(end)
        for _ in range(160):
            middle = (low + high) / 2
            low, high = (low, middle) if potential(middle, times, weights, tau) >= theta else (middle, high)
        return high
    return INF


def by_subsets(times, weights, theta, tau):
    """The least of the closed form over all sets of inputs: true for weights that are not negative."""
    found = INF
    for size in range(1, len(times) + 1):
        for chosen in itertools.combinations(range(len(times)), size):
            total = sum(mpmath.mpf(weights[j]) for j in chosen)
            if total > theta and all(times[j] < INF for j in chosen):
                rest = mpmath.fsum(weights[j] * mpmath.exp(mpmath.mpf(times[j]) / tau) for j in chosen)
                found = min(found, tau * mpmath.log(rest / (total - theta)))
    return found


def fire(times, weights, theta=1.0, tau=1.0):
    layer = NLIF(torch.tensor([weights], dtype=torch.float64), theta, tau)
    return layer(torch.tensor([times], dtype=torch.float64)).item()


def close(found, exact):
    """Up to the rounding of a few operations."""
    return abs(found - exact) <= 2**-40 * max(1, abs(exact))


def agrees(found, exact, tau):
    """To within the rounding of a few sums and a logarithm, which the margin amplifies."""
    return found == exact if exact == INF else abs(found - exact) <= 1e-9 * max(1, abs(exact), tau)


grid = st.integers(-20, 20).map(lambda k: k / 4)
silent_or = st.one_of(grid, st.just(INF))
sizes = st.integers(1, 5)


def neurons(weights):
    return sizes.flatmap(
        lambda n: st.tuples(st.lists(silent_or, min_size=n, max_size=n), st.lists(weights, min_size=n, max_size=n))
    )


# Eighths are exact, so that no rounding decides whether the sum of weights exceeds the threshold.
@given(neurons(st.integers(0, 16).map(lambda k: k / 8)), st.sampled_from([0.25, 1.0, 3.0]))
def test_weights_that_are_not_negative_fire_at_the_least_of_all_subsets(neuron, tau):
    times, weights = neuron
    exact = by_subsets(times, weights, 1.0, tau)
    assert agrees(fire(times, weights, tau=tau), exact, tau)


@given(neurons(st.integers(-16, 16).map(lambda k: k / 8)), st.sampled_from([0.25, 1.0, 3.0]))
def test_weights_of_either_sign_fire_where_the_potential_first_reaches_the_threshold(neuron, tau):
    times, weights = neuron
    events = [t for t in times if t < INF]
    # Where the potential touches the threshold at an arrival, rounding decides between two branches that are far apart.
    assume(all(abs(potential(t, times, weights, tau) - 1) > 1e-9 for t in events))
    assume(not events or abs(sum(w for t, w in zip(times, weights, strict=True) if t < INF) - 1) > 1e-9)
    assert agrees(fire(times, weights, tau=tau), by_bisection(times, weights, 1.0, tau), tau)


@given(neurons(st.integers(1, 16).map(lambda k: k / 8)))
def test_the_gradient_is_the_one_that_was_derived_and_the_shares_of_times_add_up_to_1(neuron):
    times, weights = (torch.tensor([each], dtype=torch.float64, requires_grad=True) for each in neuron)
    fired = NLIF(weights)(times)
    fired.sum().backward()
    if not fired.isfinite().item():
        assert times.grad.abs().sum() == weights.grad.abs().sum() == 0
        return
    causal = (times < fired).double().detach()
    assume(causal.bool().any())
    margin = (causal * weights).sum().item() - 1
    assume(margin > 1e-6)
    response = causal * ((times - fired).exp().nan_to_num(0.0))
    for found, exact in ((times.grad, weights * response / margin), (weights.grad, (response - causal) / margin)):
        assert ((found - exact).abs() <= 2**-30 * exact.abs().clamp(min=1)).all()
    assert abs(times.grad.sum().item() - 1) <= 2**-30 / margin


def test_finite_differences_agree_with_the_gradient():
    generator = torch.Generator().manual_seed(0)
    weights = torch.rand(3, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    times = torch.rand(4, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t, w: NLIF(w, 0.7, 0.5)(t), (times, weights))


# -- a library that steps through time ----------------------------------------------------------------------------


def by_steps(times, weights, tau, step):
    """When `snntorch.Synaptic` without a leak of the membrane first exceeds the threshold 1, on a grid of steps."""
    decay = math.exp(-step / tau)
    neuron = snntorch.Synaptic(alpha=decay, beta=1.0, threshold=1.0, reset_mechanism="none")
    current, potential = neuron.reset_mem()
    for k in range(int(6 / step)):
        arrived = sum(w for t, w in zip(times, weights, strict=True) if round(t / step) == k)
        new = torch.tensor([[arrived * (1 - decay)]], dtype=torch.float64)
        spike, current, potential = neuron(new, current, potential)
        if spike.item() > 0:
            return (k + 1) * step
    return INF


@pytest.mark.parametrize("seed", range(6))
def test_a_library_fires_within_its_time_step(seed):
    generator = torch.Generator().manual_seed(seed)
    step, tau = 0.01, 0.5 + seed / 4
    times = (torch.randint(0, 100, (4,), generator=generator) * step).tolist()
    weights = (0.3 + torch.rand(4, generator=generator, dtype=torch.float64)).tolist()
    exact = fire(times, weights, tau=tau)
    assert exact < 5
    assert -(2**-30) <= by_steps(times, weights, tau, step) - exact <= step + 2**-30


# -- the edges ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "weights", "fired"),
    [
        ([0.0], [2.0], math.log(2)),
        ([INF], [2.0], INF),
        ([INF, INF], [2.0, 5.0], INF),
        ([0.0], [1.0], INF),  # the potential comes up to the threshold, and never reaches it
        ([0.0], [math.nextafter(1, 2)], -math.log(2**-52)),
        ([0.0, 0.0], [1.0, 1.0], math.log(2)),  # at the same time
        ([0.0, 1000.0], [2.0, 5.0], math.log(2)),
        ([-1000.0, 0.0], [0.5, 1.0], math.log(2)),  # what is left of the first is less than float64 can hold
        ([1e308, 1e308], [2.0, 2.0], 1e308),
        ([0.0], [-3.0], INF),
        ([0.0, 5.0], [0.0, 2.0], 5 + math.log(2)),
    ],
)
def test_edges(times, weights, fired):
    found = fire(times, weights)
    assert found == fired or close(found, fired)


def test_a_margin_of_1e_300_fires_late_and_not_never():
    found = fire([0.0], [2e-300], theta=1e-300)
    assert close(found, math.log(2))


def test_signed_weights_jump_between_pieces():
    """The latency is not continuous: the published counterexample, 3.4702 -> 0.6931."""
    weights = [2.0, -3.0, 5.0]
    assert round(fire([0, math.log(2) - 1e-9, 3], weights), 4) == 3.4702
    assert round(fire([0, math.log(2) + 1e-9, 3], weights), 4) == 0.6931


def test_causal_sets_are_the_inputs_that_arrived_in_time():
    layer = NLIF(torch.tensor([[2.0, 1.0, 1.0], [0.1, 0.1, 0.1]], dtype=torch.float64))
    causal = layer.causal_sets(torch.tensor([[0.0, 0.5, 3.0]], dtype=torch.float64))
    assert causal.tolist() == [[[True, True, False], [False, False, False]]]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: NLIF(torch.ones(2, 2)), "weights: got torch.float32"),
        (lambda: NLIF(torch.ones(2, 0, dtype=torch.float64)), "with no axis empty"),
        (lambda: NLIF(torch.ones(1, 1, dtype=torch.float64), 0), "threshold: got 0"),
        (lambda: NLIF(torch.ones(1, 1, dtype=torch.float64), 1, -1.0), "time_constant: got -1.0"),
        (lambda: NLIF(torch.ones(1, 1, dtype=torch.float64), math.nan), "threshold: got nan"),
        (lambda: fire([math.nan], [1.0]), "times: got 'NaN or -inf'"),
        (lambda: fire([-INF], [1.0]), "times: got 'NaN or -inf'"),
        (lambda: fire([0.0, 1.0], [1.0]), "a time for each input"),
        (lambda: NLIF(torch.ones(1, 1, dtype=torch.float64))(torch.zeros(1, 1)), "float64 seconds"),
    ],
)
def test_bad_input_is_refused(make, told):
    with pytest.raises(ArgumentError) as refused:
        make()
    assert told in str(refused.value)


def test_a_weight_that_is_not_finite_is_refused():
    with pytest.raises(NotFiniteError):
        NLIF(torch.tensor([[INF]], dtype=torch.float64))
