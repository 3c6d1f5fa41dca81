"""Group A on spike windows and layers: the instances that the statements of `phase_latency.proofs.isomorphism` name.

What is observed is `LatencyMap` and `Retimed` as they compute, in float64 and in the dtype of the layer; phases,
periods and encodings are predicted from the claims. Window, length, onset and frequency of a case are exactly what the
floats say.
"""

from dataclasses import dataclass
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from phase_latency import formulas
from phase_latency.attention import Attention
from phase_latency.bridge import Bindings, predict
from phase_latency.encodings import Retimed
from phase_latency.encodings.channels import joined, separated
from phase_latency.instance import Instance, observed
from phase_latency.latency import LatencyMap
from phase_latency.numerics.bounded import Bounded, bounded
from phase_latency.numerics.comparison import Comparison
from phase_latency.numerics.encodings import bounded_encoding
from phase_latency.numerics.functions import cos, floor, sin
from phase_latency.numerics.layers import bounded_logits, bounded_outputs, bounded_weights
from phase_latency.testing import strategies, windows
from phase_latency.testing.strategies import LayerCase
from phase_latency.testing.windows import TurningChannel

from .. import isomorphism as group
from .latency_twins import PI, latency_of, latency_of_phase, period_of, phase_of, wrapped_phase_of


def window_of(latency_map: LatencyMap) -> Bindings:
    """Window, length and onset."""
    return {group.T: latency_map.window, group.L: latency_map.length, group.t0: latency_map.onset}


# -- phase-latency-affine ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Spikes:
    """Positions that spike in a window, and the frequencies of some channels."""

    latency_map: LatencyMap
    positions: Tensor
    frequencies: Tensor

    def __repr__(self) -> str:
        """The map, and the positions and frequencies as lists."""
        return f"{self.latency_map}, positions={self.positions.tolist()}, w={self.frequencies.tolist()}"


def phase_of_latency(case: Spikes) -> Bounded:
    """Phase of the latency of each position in each channel, (positions, channels)."""
    latencies = latency_of(case.latency_map, bounded(case.positions.double()))
    return phase_of(case.latency_map, latencies.unsqueeze(-1), case.frequencies)


phase_of_spike = Instance(
    "phase",
    cases=lambda: st.builds(Spikes, strategies.latency_maps(), strategies.positions(), windows.frequencies()),
    observe=phase_of_latency,
    bindings=lambda case: {
        **{group.p: case.positions.double()[:, None], group.w: case.frequencies},
        **window_of(case.latency_map),
    },
)


# -- phase-latency-circle ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Rounds:
    """Latencies of one channel, and numbers of periods to wait from each of them."""

    latency_map: LatencyMap
    w: float
    latencies: Tensor
    periods: Tensor

    def __repr__(self) -> str:
        """All values."""
        return f"{self.latency_map}, w={self.w!r}, s={self.latencies.tolist()}, k={self.periods.flatten().tolist()}"


def same_point(case: Rounds, goal: Any) -> Comparison:
    """Both sides of the equivalence where both must hold, k periods later: there and back.

    Args:
        case: the latencies.
        goal: the equivalence.

    Returns:
        the delay of k periods against the left relation, the phase that it adds against the right one, sine and cosine
        against their return, and the delay of the latency k turns further against the left relation.
    """
    bindings = {group.k: case.periods, group.w: case.w, **window_of(case.latency_map)}
    delay, turn = (predict(relation.rhs, bindings) for relation in goal.args)
    start = bounded(case.latencies)
    wait = case.periods * period_of(case.latency_map, case.w)
    before, after = (phase_of(case.latency_map, t, case.w) for t in (start, start + wait))
    further = latency_of_phase(case.latency_map, before + case.periods * (2 * PI), case.w)
    return together(
        Comparison.equal(wait, delay),
        Comparison.equal(after - before, turn),
        Comparison.equal(sin(after), sin(before)),
        Comparison.equal(cos(after), cos(before)),
        Comparison.equal(further - start, delay),
    )


def together(*comparisons: Comparison) -> Comparison:
    """Several comparisons as one."""
    errors, bounds = zip(*((each.error.flatten(), each.bound.flatten()) for each in comparisons), strict=True)
    return Comparison(torch.cat(errors), torch.cat(bounds))


@st.composite
def rounds(draw: st.DrawFn) -> Rounds:
    """Latencies inside and around a window, and up to a thousand periods either way; shrinks to no waiting."""
    latency_map = draw(strategies.latency_maps())
    parts = torch.tensor(draw(st.lists(st.integers(-16, 16), min_size=1, max_size=4)), dtype=torch.float64) / 8
    periods = torch.tensor(draw(st.lists(st.integers(-1000, 1000), min_size=1, max_size=4)), dtype=torch.float64)
    latencies = latency_map.onset + latency_map.window * parts
    return Rounds(latency_map, float(draw(windows.frequencies())[0]), latencies, periods[:, None])


same_point_of_the_circle = Instance("well-defined-and-injective", cases=rounds, compare=same_point)


# -- phase-latency-order ----------------------------------------------------------------------------------------


def order_of_all(case: TurningChannel, goal: Any) -> Comparison:
    """Pairs of positions p < q whose wrapped phases certainly do not have the same order."""
    first, second = torch.triu_indices(case.length, case.length, offset=1)
    later = predict(goal.rhs, {group.n: second.double(), group.w: case.w})
    return misplaced(wrapped_phase_of(first, case.w), later)


def order_at_the_turn(case: TurningChannel, goal: Any) -> Comparison:
    """Whether the wrapped phase certainly does not fall where a turn is completed, at ceil(2 pi/w)."""
    turn = first_position_past_a_turn(case)
    before = predict(goal.rhs, {group.turns - 1: turn - 1, group.w: case.w})
    return misplaced(wrapped_phase_of(turn, case.w), before)


def misplaced(lower: Bounded, higher: Bounded) -> Comparison:
    """1 where ``lower < higher`` certainly fails, against the bound 0; `is_decided` leaves only what is certain."""
    margin = higher - lower
    count = (margin.value <= -margin.error).double()
    return Comparison(count, 0 * count)


def first_position_past_a_turn(case: TurningChannel) -> Tensor:
    """``ceil(2 pi/w)``; certain in cases that `is_decided` leaves."""
    return -torch.floor(-(2 * PI.value / case.w))


def is_decided(case: TurningChannel) -> bool:
    """Whether certified bounds tell the order of neighbouring phases, and between which integers 2 pi/w lies."""
    phases = wrapped_phase_of(torch.arange(case.length), case.w)
    steps = phases[1:] - phases[:-1]
    turn = floor(-(2 * PI / bounded(case.w)))
    return bool((steps.value.abs() > steps.error).all()) and float(turn.error) == 0


order_of_wrapped_phases = Instance(
    "wrapped-if",
    cases=lambda: windows.turning_channels(completed=False).filter(is_decided),
    compare=order_of_all,
    outside={"first-channel": lambda: windows.turning_channels(completed=True).filter(is_decided)},
)
order_lost_after_a_turn = Instance(
    "wrapped-only-if",
    cases=lambda: windows.turning_channels(completed=True).filter(is_decided),
    compare=order_at_the_turn,
    outside={"aliased": lambda: windows.aliased_channels().filter(is_decided)},
)


# -- retiming-invariance ----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class RetimedLayer:
    """A layer whose sinusoidal table goes through seconds; the table that the layer case brings is not used."""

    case: LayerCase
    encoding: Retimed

    def __repr__(self) -> str:
        """The layer and the encoding."""
        return f"{self.case!r}, {self.encoding}"


def retimed_table(case: RetimedLayer, goal: Any, dtype: torch.dtype) -> Bounded:
    """The re-timed table in a dtype; another left side than the claim's replaces its sines."""
    encoding, at = case.encoding, case.case.positions
    twin = bounded_encoding(encoding, at, dtype)
    if goal.lhs == group.retiming.claim("sine").goal.lhs:
        return observed(encoding(at, dtype), twin)
    layout = encoding.encoding.layout
    sines = predict(goal.lhs, channel_bindings(case)).to(dtype)
    value, error = (
        joined(replaced, separated(kept, layout)[1], layout)
        for replaced, kept in ((sines.value, twin.value), (sines.error, twin.error))
    )
    return Bounded(value, error)


def channel_bindings(case: RetimedLayer) -> Bindings:
    """Positions, the window, and the frequencies on the last axis."""
    sinusoidal = case.encoding.encoding
    channel = Bounded.exact(torch.arange(sinusoidal.dim // 2, dtype=torch.float64))
    frequencies = formulas.channel_frequency(channel, sinusoidal.dim, sinusoidal.base)
    position = case.case.positions.double()[:, None]
    return {group.p: position, group.f: frequencies, **window_of(case.encoding.latency_map)}


def retimed_layer(case: RetimedLayer, goal: Any) -> Comparison:
    """The sines against the claim, in float64; table, logits, weights and outputs against the plain encoding's."""
    layer, content, plain_encoding = case.case.layer, case.case.content, case.encoding.encoding
    sines = retimed_table(case, goal, torch.float64).map(lambda table: separated(table, plain_encoding.layout)[0])
    comparisons = [Comparison.equal(sines, predict(goal.rhs, channel_bindings(case)))]
    tables = retimed_table(case, goal, layer.dtype), bounded_encoding(plain_encoding, case.case.positions, layer.dtype)
    for retimed, plain in zip(*(results(layer, content, table) for table in tables), strict=True):
        comparisons.append(Comparison.equal(retimed, plain))
    return together(*comparisons)


def results(layer: Attention, content: Tensor, table: Bounded) -> tuple[Bounded, ...]:
    """A table, and the logits, weights and outputs that a layer computes from it."""
    logits = observed(layer.logits(content, table.value), bounded_logits(layer, content, table))
    weights = observed(layer.weights(logits.value), bounded_weights(logits))
    outputs = observed(layer.outputs(content, table.value), bounded_outputs(layer, content, table))
    return table, logits, weights, outputs


@st.composite
def retimed_layers(draw: st.DrawFn) -> RetimedLayer:
    """Layers of every dtype, with and without normalisation, and re-timings of sinusoids of their width."""
    dtype = draw(strategies.dtypes())
    scale = draw(st.sampled_from([strategies.moderate(dtype), strategies.scales(dtype)]))
    case = draw(strategies.layer_cases(dtype, norm=True, scale=scale))
    return RetimedLayer(case, draw(strategies.retimings(case.layer.dim)))


retimed_encoding = Instance("sine", cases=retimed_layers, compare=retimed_layer)
