"""Group G on layers and networks: the instances that `phase_latency.proofs.neurons_bounds` names."""

import torch
from hypothesis import strategies as st
from torch import Tensor

from phase_latency.bridge import Bindings
from phase_latency.instance import Instance, observed
from phase_latency.numerics.bounded import Bounded
from phase_latency.spiking import NLIF, certified

from .. import neurons as group
from .. import neurons_bounds as bounds
from .neurons import Firing, bounded_gradients, firing, gradients, parts

# -- nlif-nonexpansive ----------------------------------------------------------------------------------------


class Deep(Firing):
    """The layer behind another one: both vectors of times are those of spikes."""


class Short(Firing):
    """With a bound that is too small by half."""


def distance(case: Firing) -> Bounded:
    """By how much the times move at most, in each sample."""
    apart = abs(Bounded.exact(case.other) - case.times).amax(-1)[:, None, None]
    return apart / 2 if isinstance(case, Short) else apart


def latencies(case: Firing) -> tuple[Bounded, Bounded]:
    """Latencies at both vectors of times; of a second layer if there is one."""
    found = tuple(certified(case.layer, each) for each in (case.times, case.other))
    if not isinstance(case, Deep):
        return found[0], found[1]
    neurons = len(case.layer.weights)
    behind = NLIF(torch.full((2, neurons), 2.0, dtype=torch.float64), 1.0, case.layer.time_constant)
    return certified(behind, found[0]), certified(behind, found[1])


def move(case: Firing) -> Bounded:
    """By how much latencies move."""
    first, second = latencies(case)
    return abs(second - first)


def both(case: Firing) -> Bindings:
    """Both vectors of times, both latencies, and how far apart the times are."""
    first, second = (each.unsqueeze(-1) for each in latencies(case))
    return {**parts(case), group.s: case.other.unsqueeze(1), group.T: first, group.S_: second, bounds.D: distance(case)}


def as_(kind: type[Firing], **options: bool) -> st.SearchStrategy[Firing]:
    """Cases of another kind."""
    return firing(**options).map(lambda case: kind(case.layer, case.times, case.other, case.chosen))


def squeezed(case: Firing) -> Firing:
    """An inhibiting pair whose inputs move apart, so that the latency moves by more than each."""
    weights = torch.tensor([[6.0, -4.0]], dtype=torch.float64)
    times = torch.zeros(1, 2, dtype=torch.float64)
    other = torch.tensor([[0.5, 0.0]], dtype=torch.float64)
    return Firing(NLIF(weights, 1.0, case.layer.time_constant), times, other, torch.ones(2, dtype=torch.float64))


def moves_apart(case: Firing) -> bool:
    """Whether a latency moves by more than half of what its inputs do."""
    return bool((move(case).value > 0.75 * distance(case).value[..., 0]).any())


latency_of_moved_times = Instance(
    "latency",
    cases=lambda: st.one_of(firing(), as_(Deep)),
    observe=move,
    bindings=both,
    outside={"growing": lambda: as_(Short).filter(moves_apart)},
)
later_latency = Instance(
    "later",
    cases=firing,
    observe=lambda case: latencies(case)[1].unsqueeze(-1),
    bindings=both,
    outside={"inhibition": lambda: firing().map(squeezed)},
)


# -- nlif-published-bound -------------------------------------------------------------------------------------


def one_norm(case: Firing) -> Bounded:
    """1-norm of the gradient in times and weights, by autograd."""
    found, twins = gradients(case), bounded_gradients(case)
    in_times, in_weights = (abs(observed(value, twin)) for value, twin in zip(found, twins, strict=True))
    return in_times.sum(-1) + in_weights.sum(-1)


def margins(case: Firing) -> Tensor:
    """Of the causal sets, (batch, neurons, 1): exact, since the weights are eighths."""
    causal = case.layer.causal_sets(case.times).double()
    return ((causal * case.layer.weights).sum(-1) - case.layer.threshold).unsqueeze(-1)


class AllInputs(Firing):
    """With the margin of all inputs for that of the causal set."""


class SmallWeights(Firing):
    """With a bound that is below the weights."""


def of_bound(case: Firing) -> Bindings:
    """The least margin, and the larger of weights and time constant."""
    margin = margins(case)
    if isinstance(case, AllInputs):
        margin = (case.layer.weights.sum(-1) - case.layer.threshold)[None, :, None].expand_as(margin)
    largest = max(float(case.layer.weights.abs().max()), float(case.layer.time_constant))
    largest = float(case.layer.time_constant) / 8 if isinstance(case, SmallWeights) else largest
    return {**parts(case), bounds.delta: margin, bounds.K: largest}


norm_of_gradient = Instance(
    "gradient",
    cases=lambda: st.one_of(firing(), firing(inhibition=True)),
    observe=one_norm,
    bindings=of_bound,
    outside={
        "margin-of-all-inputs": lambda: as_(AllInputs).filter(
            lambda case: not bool(case.layer.causal_sets(case.times).all())
        ),
        "larger-weights": lambda: as_(SmallWeights),
    },
)


# -- nlif-weights-add -----------------------------------------------------------------------------------------

CHANGE = 0.125  # of each weight


class Unchanged(Firing):
    """With the same weights."""


def changed(case: Firing) -> NLIF:
    """The layer with other weights: every second one is larger, the others less, but none below 0."""
    if isinstance(case, Unchanged):
        return case.layer
    sign = torch.tensor([1.0, -1.0], dtype=torch.float64).repeat(case.layer.weights.shape[1])
    weights = (case.layer.weights + CHANGE * sign[: case.layer.weights.shape[1]]).clamp_min(0.0)
    return NLIF(weights, case.layer.threshold, case.layer.time_constant)


def new_margins(case: Firing) -> Tensor:
    """Margins of the old causal sets with the new weights."""
    causal = case.layer.causal_sets(case.times).double()
    return ((causal * changed(case).weights).sum(-1) - case.layer.threshold).unsqueeze(-1)


def stays_above(case: Firing) -> bool:
    """Whether the old causal sets still exceed the threshold, and the new neurons certainly fire."""
    found = certified(changed(case), case.other)
    return bool((new_margins(case) > 0).all()) and bool(found.error.isfinite().all())


class Loose(Firing):
    """With a bound that is far above the margins."""


def both_layers(case: Firing) -> Bindings:
    """Both vectors of times, both vectors of weights, and how far apart they are."""
    layer = changed(case)
    later = certified(layer, case.other).unsqueeze(-1)
    delta = new_margins(case) * (2.0**20 if isinstance(case, Loose) else 1.0)
    between = Bounded.exact(case.other - case.times).amax(-1)[:, None, None]
    change: Bindings = {bounds.D: between, bounds.E: 0.0 if isinstance(case, Unchanged) else CHANGE}
    neuron: Bindings = {group.s: case.other.unsqueeze(1), group.v: layer.weights, group.S_: later}
    return {**parts(case), **change, **neuron, bounds.delta: delta}


latency_of_changed_layer = Instance(
    "layer",
    cases=lambda: firing().filter(stays_above),
    observe=lambda case: certified(changed(case), case.other),
    bindings=both_layers,
    outside={
        "old-margin": lambda: as_(Loose).filter(stays_above),
        "inhibition": lambda: (
            firing().map(squeezed).map(lambda case: Unchanged(case.layer, case.times, case.other, case.chosen))
        ),
    },
)
