"""Group G on layers of spiking neurons: the instances that the statements of `phase_latency.proofs.neurons` name.

Firing times are those of `NLIF` and `Wheel`, with the error that :func:`phase_latency.spiking.certified` certifies.
Neurons on the last axis but one, inputs on the last one.
"""

from dataclasses import dataclass

import torch
from hypothesis import assume
from hypothesis import strategies as st
from torch import Tensor

from phase_latency.bridge import Bindings
from phase_latency.instance import Instance, observed
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.functions import exp
from phase_latency.spiking import NLIF, Wheel, certified, softmax_latencies

from .. import neurons as group

eighths = st.integers(0, 24).map(lambda k: k / 8)


def rows(draw: st.DrawFn, entries: st.SearchStrategy[float], count: int, size: int) -> Tensor:
    """A matrix of numbers."""
    numbers = draw(st.lists(entries, min_size=count * size, max_size=count * size))
    return torch.tensor(numbers, dtype=torch.float64).reshape(count, size)


@dataclass(frozen=True, eq=False)
class Firing:
    """A layer, times at which its inputs arrive, and as many other times.

    Attributes:
        layer: the neurons.
        times: (batch, inputs) in seconds.
        other: (batch, inputs) in seconds.
        chosen: (inputs,) numbers in [0, 1], a set of inputs or anything in between.
    """

    layer: NLIF
    times: Tensor
    other: Tensor
    chosen: Tensor

    def __repr__(self) -> str:
        """Everything, on one line."""
        layer = f"w={self.layer.weights.tolist()}, theta={self.layer.threshold}, tau={self.layer.time_constant}"
        return f"{layer}, t={self.times.tolist()}, s={self.other.tolist()}, c={self.chosen.tolist()}"


@st.composite
def firing(draw: st.DrawFn, *, inhibition: bool = False, spread: float = 1.0) -> Firing:
    """Layers all of whose neurons certainly fire, at both vectors of times."""
    inputs, neurons = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    weights = rows(draw, st.integers(1, 16).map(lambda k: k / 8), neurons, inputs)
    weights[:, 0] += 1.0  # the sum exceeds the threshold
    if inhibition:
        weights = torch.cat([weights, -weights[:, :1] / 4], 1)
        inputs += 1
    layer = NLIF(weights, draw(st.sampled_from([1.0, 0.75])), draw(st.sampled_from([1.0, 0.25, 3.0])))
    times, other = (spread * rows(draw, eighths, 2, inputs) for _ in range(2))
    case = Firing(layer, times, other, rows(draw, st.sampled_from([0.0, 0.5, 1.0]), 1, inputs)[0])
    assume(all(bool(certified(layer, each).error.isfinite().all()) for each in (times, other)))
    return case


def parts(case: Firing, times: Tensor | None = None) -> Bindings:
    """What a neuron is made of, and when it fires."""
    arrivals = case.times if times is None else times
    layer, fired = case.layer, certified(case.layer, arrivals).unsqueeze(-1)
    neuron: Bindings = {group.w: layer.weights, group.theta: layer.threshold, group.tau: layer.time_constant}
    return {**neuron, group.t: arrivals.unsqueeze(1), group.T: fired, group.n: arrivals.shape[1]}


# -- nlif-closed-form -----------------------------------------------------------------------------------------


def with_set(case: Firing) -> Bindings:
    """With a set of inputs whose weights exceed the threshold in every neuron."""
    return {**parts(case), group.c: case.chosen}


def enough(case: Firing) -> bool:
    """Whether the weights of the chosen inputs exceed the threshold."""
    return bool(((case.layer.weights * case.chosen).sum(1) > case.layer.threshold + 2**-20).all())


def excitatory_set(case: Firing) -> Firing:
    """The inputs that do not inhibit, as the set."""
    return Firing(case.layer, case.times * 0, case.other, (case.layer.weights > 0).all(0).double())


def potential(case: Firing, moment: Tensor) -> Bounded:
    """The membrane potential at a moment for each neuron, as torch computes it."""
    at, arrivals = Bounded.exact(moment.unsqueeze(-1)), case.times.unsqueeze(1)
    arrived = (arrivals < moment.unsqueeze(-1)).double()
    response = 1 - exp((Bounded.exact(torch.minimum(arrivals, moment.unsqueeze(-1))) - at) / case.layer.time_constant)
    return (response * (arrived * case.layer.weights)).sum(-1)


def moment_of(case: Firing, later: bool = False) -> Tensor:
    """A moment before each neuron fires, or well after."""
    fired = certified(case.layer, case.times)
    shift = fired.error + 0.125
    return fired.value + shift if later else fired.value - shift


class After(Firing):
    """Looked at after the neurons have fired."""


def at_moment(case: Firing) -> Bindings:
    """With the moment."""
    return {**parts(case), group.S_: moment_of(case, isinstance(case, After)).unsqueeze(-1)}


latency_of_causal_set = Instance(
    "closed-form", cases=firing, observe=lambda case: certified(case.layer, case.times), bindings=parts
)
latency_of_any_set = Instance(
    "least",
    cases=lambda: firing().filter(enough),
    observe=lambda case: certified(case.layer, case.times),
    bindings=with_set,
    outside={"inhibition": lambda: firing(inhibition=True).map(excitatory_set)},
)
potential_before = Instance(
    "not-before",
    cases=firing,
    observe=lambda case: potential(case, moment_of(case, isinstance(case, After))),
    bindings=at_moment,
    outside={"afterwards": lambda: firing().map(lambda case: After(case.layer, case.times, case.other, case.chosen))},
)


# -- nlif-gradient --------------------------------------------------------------------------------------------


def on_one_piece(case: Firing) -> bool:
    """Whether all inputs have arrived at both vectors of times."""
    return all(bool(case.layer.causal_sets(each).all()) for each in (case.times, case.other))


def gradients(case: Firing) -> tuple[Tensor, Tensor]:
    """Of each firing time: (batch, neurons, inputs) in the times and in the weights, by autograd."""
    times, weights = case.times.clone().requires_grad_(), case.layer.weights.clone().requires_grad_()
    fired = NLIF(weights, case.layer.threshold, case.layer.time_constant)(times)
    in_times, in_weights = torch.zeros(2, *fired.shape, times.shape[1], dtype=torch.float64)
    for sample in range(fired.shape[0]):
        for neuron in range(fired.shape[1]):
            found = torch.autograd.grad(fired[sample, neuron], (times, weights), retain_graph=True)
            in_times[sample, neuron], in_weights[sample, neuron] = found[0][sample], found[1][neuron]
    return in_times, in_weights


def bounded_gradients(case: Firing) -> tuple[Bounded, Bounded]:
    """The same by the closed form, with an error that holds for autograd as well."""
    fired = certified(case.layer, case.times).unsqueeze(-1)
    weights, arrivals = case.layer.weights, case.times.unsqueeze(1)
    causal = (arrivals < fired.value).double()
    margin = Bounded.exact(causal * weights).sum(-1, keepdim=True) - float(case.layer.threshold)
    response = exp((Bounded.exact(torch.minimum(arrivals, fired.value)) - fired) / case.layer.time_constant)
    return response * (causal * weights) / margin, (response - 1) * causal * case.layer.time_constant / margin


def shares(case: Firing) -> Bounded:
    """Sum of the derivatives in the times."""
    in_times, _ = gradients(case)
    twin, _ = bounded_gradients(case)
    return observed(in_times, twin).sum(-1)


def causal(case: Firing) -> Bindings:
    """With the causal set, all of whose inputs arrive in time."""
    return {**parts(case), group.c: torch.ones_like(case.chosen)}


def with_other_times(case: Firing) -> Bindings:
    """With the other times, and when the neuron then fires."""
    other = parts(case, case.other)
    return {**causal(case), group.s: other[group.t], group.S_: other[group.T]}


def moved(case: Firing) -> Bounded:
    """``exp((S - T)/tau)``, from two runs of the layer."""
    first, second = certified(case.layer, case.times), certified(case.layer, case.other)
    return exp((second - first) / case.layer.time_constant)


def narrow() -> st.SearchStrategy[Firing]:
    """Cases in which all inputs arrive before the neurons fire, at both vectors of times."""
    return firing(spread=0.03125).filter(on_one_piece)


shares_of_times = Instance("shares", cases=narrow, observe=shares, bindings=causal)
average_of_moves = Instance("moved-times", cases=narrow, observe=moved, bindings=with_other_times)


# -- nlif-log-sum-exp -----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Scores:
    """Logits, and a time constant.

    Attributes:
        logits: (rows, keys).
        tau: in seconds.
    """

    logits: Tensor
    tau: float

    def __repr__(self) -> str:
        """Everything, on one line."""
        return f"u={self.logits.tolist()}, tau={self.tau}"


@st.composite
def scores(draw: st.DrawFn) -> Scores:
    """Rows of logits of two or more keys."""
    keys = draw(st.integers(2, 6))
    logits = rows(draw, st.integers(-40, 40).map(lambda k: k / 8), draw(st.integers(1, 3)), keys)
    return Scores(logits, draw(st.sampled_from([1.0, 0.5, 2.0])))


def certified_normaliser(case: Scores) -> tuple[Tensor, Bounded]:
    """Spike times of the logits, and that of the neuron that normalises them."""
    times, _ = softmax_latencies(case.logits, case.tau)
    keys = case.logits.shape[1]
    return times, certified(NLIF(torch.ones(1, keys, dtype=torch.float64), keys - 1, case.tau), times)


def weights_of_spikes(case: Scores) -> Bounded:
    """Softmax weights as synapses hold them: exp((t - T)/tau)."""
    times, normaliser = certified_normaliser(case)
    return exp((Bounded.exact(times) - normaliser) / case.tau)


def potential_at_log_sum_exp(case: Scores) -> Bounded:
    """Potential of the neuron when it fires."""
    return (1 - weights_of_spikes(case)).sum(-1)


def of_scores(case: Scores) -> Bindings:
    """Spike times of keys on the last axis, and when the normaliser fires."""
    times, normaliser = certified_normaliser(case)
    return {group.t: times, group.T: normaliser, group.tau: case.tau, group.n: times.shape[1]}


softmax_by_spikes = Instance("softmax", cases=scores, observe=weights_of_spikes, bindings=of_scores)
threshold_of_unit_weights = Instance("unit-weights", cases=scores, observe=potential_at_log_sum_exp, bindings=of_scores)


# -- wheel-latency --------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Turning:
    """Two neurons of a wheel.

    Attributes:
        wheel: with two neurons.
        values: (1, inputs) what the inputs are worth.
        times: (1, inputs) when they arrive, in seconds.
    """

    wheel: Wheel
    values: Tensor
    times: Tensor

    def __repr__(self) -> str:
        """Everything, on one line."""
        wheel = f"w={self.wheel.weights.tolist()}, theta={self.wheel.threshold}, m={self.wheel.slope}"
        return f"{wheel}, x={self.values.tolist()}, t={self.times.tolist()}"


class Falling(Turning):
    """The same with time turned round, so that potentials fall."""


@st.composite
def turning(draw: st.DrawFn) -> Turning:
    """Wheels with a threshold that is reached after all inputs have arrived."""
    inputs = draw(st.integers(2, 4))
    weights, values, times = (rows(draw, eighths, count, inputs) for count in (2, 1, 1))
    slope, extra = draw(st.sampled_from([0.5, 1.0, 2.0])), draw(st.integers(0, 8)) / 8
    threshold = float((values @ weights.mT).max() + slope * times.max()) + extra
    return Turning(Wheel(weights, threshold, slope), values, times)


def too_early() -> st.SearchStrategy[Turning]:
    """A threshold that the first neuron reaches by its input, and the second one before its own, which is larger."""
    weights = torch.tensor([[1.0, 0.0], [0.0, 1.25]], dtype=torch.float64)
    times = torch.tensor([[0.0, 2.0]], dtype=torch.float64)
    return st.sampled_from([0.5, 1.0, 4.0]).map(
        lambda value: Turning(Wheel(weights, value, value), torch.full((1, 2), value, dtype=torch.float64), times)
    )


def fired(case: Turning) -> Bounded:
    """(2,) firing times: a sum and a quotient, or the very moment at which an input arrives."""
    wheel = case.wheel
    value = wheel(case.values, case.times)[0]
    arrived = (case.times <= value[:, None]).double()
    reached = (wheel.threshold - (Bounded.exact(wheel.weights) * case.values * arrived).sum(-1)) / wheel.slope
    at_arrival = (value[:, None] == case.times).any(-1)
    return Bounded(value, torch.where(at_arrival, 0.0, reached.error))


def of_wheel(case: Turning) -> Bindings:
    """Weights of both neurons, the inputs on the last axis, and when both fire."""
    wheel, sense = case.wheel, -1 if isinstance(case, Falling) else 1
    first, second = (sense * fired(case)[k : k + 1] for k in range(2))
    inputs: Bindings = {group.x: case.values[0], group.t: case.times[0], group.n: case.times.shape[1]}
    made: Bindings = {group.m: sense * wheel.slope, group.t0: wheel.onset, group.theta: wheel.threshold}
    return {**inputs, **made, group.u: wheel.weights[0], group.v: wheel.weights[1], group.T: first, group.S_: second}


def lead(case: Turning) -> Bounded:
    """By how much the dot product of the first neuron is larger, as torch computes both."""
    products = (Bounded.exact(case.wheel.weights) * case.values).sum(-1)
    return products[0:1] - products[1:2]


latency_on_the_wheel = Instance("latency", cases=turning, observe=lambda case: fired(case)[0], bindings=of_wheel)
order_on_the_wheel = Instance(
    "order",
    cases=turning,
    observe=lead,
    bindings=of_wheel,
    outside={
        "too-early": too_early,
        "falling": lambda: turning().map(lambda case: Falling(case.wheel, case.values, case.times)),
    },
)
