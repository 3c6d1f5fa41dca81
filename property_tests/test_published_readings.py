"""What has been said of spiking networks and does not hold, or holds with hypotheses: each with its witness.

The membrane potentials here are written out once more, in mpmath, and share no code with the package.
"""

import itertools
import math
from fractions import Fraction

import mpmath
import pytest
import torch
from hypothesis import assume, given, target
from hypothesis import strategies as st

from phase_latency.errors import ArgumentError
from phase_latency.spiking import NLIF, Network, lipschitz_bound, worst_ratio
from phase_latency.spiking.enclosing import enclosed

LN2 = math.log(2)


def layer(rows, theta=1.0, tau=1.0):
    return NLIF(torch.tensor(rows, dtype=torch.float64), theta, tau)


def fires(rows, *times):
    return [layer(rows)(torch.tensor([each], dtype=torch.float64)).item() for each in times]


def ratio(rows, times, moved):
    first, second = fires(rows, times, moved)
    return abs(second - first) / max(abs(b - a) for a, b in zip(times, moved, strict=True))


# -- Lipschitz in the times: not with inhibition ------------------------------------------------------------------


@pytest.mark.parametrize("inhibition", [0, 1, 3])
def test_inhibition_has_the_constant_1_plus_A(inhibition):
    """Near equal times: the 1-norm of the gradient is (2 A + 2) r/m, with r/m = 1/2 there.

    What the gradient leaves is of first order in the move, with a factor of (1 + A)^2 = 16 or less.
    """
    small = 2.0**-20
    found = ratio([[inhibition + 2.0, -inhibition]], [0.0, 0.0], [small, -small])
    assert abs(found - (1 + inhibition)) <= (1 + inhibition) ** 2 * small


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_cross_coupled_pairs_multiply_it_over_depth(depth):
    pair = layer([[3.0, -1.0], [-1.0, 3.0]])
    network = Network([pair] * depth)
    small = 2.0**-20  # each layer is off by first order in its move, which is 2^depth small at most
    first, second = (network(torch.tensor([each], dtype=torch.float64))[0] for each in ([0.0, 0.0], [small, -small]))
    found = float((second - first).abs().max()) / small
    assert abs(found - 2**depth) <= depth * 4**depth * small


def test_signed_weights_jump_across_pieces():
    before, after = fires([[2.0, -3.0, 5.0]], [0.0, LN2 - 1e-9, 3.0], [0.0, LN2 + 1e-9, 3.0])
    assert (round(before, 4), round(after, 4)) == (3.4702, 0.6931)


def test_balls_certify_that_an_inhibited_neuron_expands():
    network = Network([layer([[3.0, -1.0]])])
    times, moved = torch.tensor([[0.0, 0.0], [0.5, -0.5]], dtype=torch.float64)
    (first,), (second,) = enclosed(network, times), enclosed(network, moved)
    assert abs(second - first) > 0.75


# -- the margin of the causal set, not of all inputs --------------------------------------------------------------


def test_a_margin_of_all_inputs_bounds_nothing():
    """100 inputs of weight 2, all but the first of which come too late: the "bound" is 0.01, the truth is 1."""
    rows = [[2.0] * 100]
    times = [0.0] + [10.0] * 99
    all_inputs = 2.0 * 100 - 1.0
    misread = 1 * max(2.0, 1.0) / all_inputs
    assert round(misread, 2) == 0.01
    assert abs(ratio(rows, times, [0.25] + [10.0] * 99) - 1) < 2.0**-40
    bound = lipschitz_bound(Network([layer(rows)]), torch.tensor([times], dtype=torch.float64))
    assert bound.layers[0].without_factor == 2.0


def test_a_mean_weight_in_place_of_the_largest_bounds_nothing():
    """One large weight among many small ones: the derivative in its time is near 1, whatever the mean is."""
    rows = [[1.5] + [2.0**-10] * 63]
    mean = sum(rows[0]) / 64
    times = [0.0] + [2.0**-10] * 63
    found = ratio(rows, times, [2.0**-20, *times[1:]])
    margin = float((layer(rows).causal_sets(torch.tensor([times], dtype=torch.float64)) * torch.tensor(rows)).sum()) - 1
    with_mean = 1 * max(mean, 0.0) / margin  # for the one input that moves
    assert found > 2 * with_mean


# -- other neurons ------------------------------------------------------------------------------------------------


def leaky(times, weight, until):
    """The largest potential of a neuron with the kernel exp(-x) - exp(-2 x), and the first crossing of 1."""
    kernel = lambda x: mpmath.exp(-x) - mpmath.exp(-2 * x) if x > 0 else mpmath.mpf(0)  # noqa: E731
    potential = lambda s: mpmath.fsum(weight * kernel(s - t) for t in times)  # noqa: E731
    grid = [mpmath.mpf(k) / 2000 for k in range(2000 * until)]
    reached = [s for s in grid if potential(s) >= 1]
    return max(map(potential, grid)), reached[0] if reached else None


def test_a_leaky_neuron_may_fall_silent_when_an_input_comes_earlier():
    largest, silent = leaky((1, 2), mpmath.mpf("2.4"), 8)
    assert silent is None
    assert largest < mpmath.mpf("0.999")
    _, first = leaky((mpmath.mpf("1.5"), 2), mpmath.mpf("2.4"), 8)
    assert abs(first - mpmath.mpf("2.2385")) < mpmath.mpf("0.001")


def reset_to_zero(inputs):
    """Spikes of a neuron with delta synapses and the threshold 1 that starts again from 0."""
    potential, spikes = Fraction(0), []
    for time, weight in sorted(inputs):
        potential += weight
        if potential >= 1:
            spikes.append(time)
            potential = Fraction(0)
    return spikes


def test_a_reset_to_zero_moves_later_spikes_by_any_amount():
    rest = [(1, Fraction(1)), (2, Fraction(9, 10)), (10, Fraction(2, 10))]
    spikes = [reset_to_zero([(c, Fraction(2, 10)), *rest]) for c in (Fraction(0), Fraction(3, 2))]
    assert spikes == [[1, 10], [1, 2]]


# -- the depth product --------------------------------------------------------------------------------------------


def test_the_published_product_grows_with_depth_where_the_truth_is_1():
    generator = torch.Generator().manual_seed(1)
    times = torch.rand(16, 8, generator=generator, dtype=torch.float64)
    layers = [layer((torch.rand(8, 8, generator=generator) * 0.5 + 0.2).double().tolist()) for _ in range(6)]
    bounds = [lipschitz_bound(Network(layers[:depth]), times) for depth in range(1, 7)]
    assert all(second.published > 5 * first.published for first, second in itertools.pairwise(bounds))
    assert [bound.times for bound in bounds] == [1.0] * 6
    assert all(second.weights < first.weights + 10 for first, second in itertools.pairwise(bounds))


@pytest.mark.parametrize("depth", [1, 4])
def test_no_search_finds_a_ratio_above_1_without_inhibition_and_one_is_found_with_it(depth):
    excitatory = worst_ratio(500, depth=depth, signs="excitatory", seed=3)
    assert 0.99 < excitatory.ratio <= 1 + 2.0**-28  # two roundings, over moves of a millionth
    assert worst_ratio(500, depth=depth, signs="signed", seed=3).ratio > 2


@st.composite
def networks(draw):
    """Weights of a network without inhibition in which every neuron fires, and two inputs."""
    width, depth = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    entries = st.integers(1, 16).map(lambda k: k / 8)

    def matrix():
        rows = [draw(st.lists(entries, min_size=width, max_size=width)) for _ in range(width)]
        return [[row[0] + 1.0, *row[1:]] for row in rows]

    times = st.lists(st.integers(0, 512).map(lambda k: k / 128), min_size=width, max_size=width)
    return [matrix() for _ in range(depth)], draw(times), draw(times)


@given(networks())
def test_hypothesis_aims_at_the_largest_ratio_and_finds_none_above_1(drawn):
    matrices, times, moved = drawn
    network = Network([layer(rows) for rows in matrices])
    apart = max(abs(b - a) for a, b in zip(times, moved, strict=True))
    assume(apart > 0)
    first, second = (network(torch.tensor([each], dtype=torch.float64)) for each in (times, moved))
    found = float((second - first).abs().max()) / apart
    target(found)
    assert found <= 1 + 2.0**-40  # the rounding of times below 8, over moves of 1/128 at least


def test_a_network_that_stays_silent_has_no_constant_and_no_gradient():
    silent = Network([layer([[0.25, 0.25]]), layer([[2.0]])])
    times = torch.zeros(1, 2, dtype=torch.float64, requires_grad=True)
    assert silent(times).tolist() == [[math.inf]]
    silent(times).sum().backward()
    assert times.grad.tolist() == [[0.0, 0.0]]
    assert [each.without_factor for each in lipschitz_bound(silent, times).layers] == [0.0, 0.0]


@pytest.mark.parametrize("margin", [0.0, -1.0, math.nan, math.inf])
def test_a_margin_that_bounds_nothing_is_refused(margin):
    with pytest.raises(ArgumentError, match="margin: got"):
        lipschitz_bound(Network([layer([[2.0]])]), torch.zeros(1, 1, dtype=torch.float64), margin)


def test_a_bound_of_something_else_is_refused():
    times = torch.zeros(1, 1, dtype=torch.float64)
    assert lipschitz_bound(layer([[2.0]]), times) == lipschitz_bound(Network([layer([[2.0]])]), times)
    for network, wrong, told in (
        (3, times, "network: got 3"),
        (layer([[2.0]]), torch.zeros(1, 2).double(), "times: got"),
    ):
        with pytest.raises(ArgumentError, match=told):
            lipschitz_bound(network, wrong)


@pytest.mark.parametrize("options", [{"networks": 0}, {"depth": 0}, {"steps": 0}, {"seed": -1}, {"signs": "mixed"}])
def test_a_search_without_sense_is_refused(options):
    with pytest.raises(ArgumentError, match=f"{next(iter(options))}: got"):
        worst_ratio(**options)


# -- how many spikes ----------------------------------------------------------------------------------------------


def test_what_a_value_costs_in_three_codes():
    """f(u) = u at u = 1/2 to 1/1000: 125,000 independent spikes, 500 deterministic ones, 1 latency."""
    rate, error = Fraction(1, 2), Fraction(1, 1000)
    assert rate * (rate * (1 - rate) / error**2) == 125_000  # variance u (1 - u)/N
    assert rate * (1 / error) == 500  # two units: (n - 1)/N


def test_the_reported_rule_contradicts_the_reported_number_of_steps():
    """T = C d_eff/eps^2 with the reported C = 2.3 and d_eff = 47, at eps = 0.1: not 4 steps."""
    assert Fraction(23, 10) * 47 / Fraction(1, 10) ** 2 == 10_810
