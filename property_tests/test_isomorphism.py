"""Group A on real code: spike windows, wrapped phases and re-timed layers do what the statements say, and no more.

Each section holds the instance of a statement against its claim, what is observed against an independent reference,
and shows that a violated version is found: the controls of the claim, and a fault planted in the code under test.
"""

import pytest
import reference_isomorphism as reference
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from phase_latency.encodings import Compressed, Retimed
from phase_latency.instance import compare, run
from phase_latency.latency import LatencyMap
from phase_latency.ledger import statement
from phase_latency.ledger.statement import Control
from phase_latency.numerics.bounded import bounded
from phase_latency.numerics.encodings import bounded_encoding
from phase_latency.proofs.instances import isomorphism as group
from phase_latency.proofs.instances import latency_twins as twins
from phase_latency.testing import strategies, windows
from phase_latency.testing.windows import TurningChannel

AFFINE, CIRCLE = statement("phase-latency-affine"), statement("phase-latency-circle")
ORDER, RETIMING = statement("phase-latency-order"), statement("retiming-invariance")
INSTANCES = [
    pytest.param(AFFINE, group.phase_of_spike, id="affine"),
    pytest.param(CIRCLE, group.same_point_of_the_circle, id="circle"),
    pytest.param(ORDER, group.order_of_wrapped_phases, id="order"),
    pytest.param(ORDER, group.order_lost_after_a_turn, id="order-lost"),
    pytest.param(RETIMING, group.retimed_encoding, id="retiming"),
]
CONTROLS = [
    pytest.param(stated, instance, control, id=f"{stated.id}:{control.name}")
    for stated, instance in (parameter.values for parameter in INSTANCES)
    for control in instance.controls(stated)
]


# What a fault planted in the code under test is held against: the claim itself, until a case refutes it.
FAULT = Control("planted-fault", "the code under test is wrong", of="", witness={})


def exceeds_bound(stated, instance, control=FAULT):
    """Whether some case of the profile is beyond its bound."""
    return run(stated, instance, settings.default.max_examples, 0, control).verdict == "FAILED"


@pytest.mark.parametrize(("stated", "instance"), INSTANCES)
@given(data=st.data())
def test_the_claim_holds_within_its_certified_bound(stated, instance, data):
    case = data.draw(instance.cases())
    assert compare(stated, instance, case).holds


@pytest.mark.parametrize(("stated", "instance", "control"), CONTROLS)
def test_twin_the_control_is_refused(stated, instance, control):
    assert exceeds_bound(stated, instance, control)


@pytest.mark.parametrize(("stated", "instance"), INSTANCES)
def test_every_instance_has_a_control(stated, instance):
    assert instance.controls(stated)


@pytest.mark.parametrize("path", [path for stated in (AFFINE, CIRCLE, ORDER, RETIMING) for path in stated.instances])
def test_the_statements_name_instances_of_this_group(path):
    assert path.partition(":")[2] in vars(group)


# -- phase-latency-affine -----------------------------------------------------------------------------------------


@given(group.phase_of_spike.cases())
def test_the_phase_of_a_spike_is_within_its_bound_of_the_reference(case):
    exact = [[reference.phase(p, w) for w in case.frequencies.tolist()] for p in case.positions.tolist()]
    phases = group.phase_of_latency(case)
    assert reference.excess(exact, phases.value.tolist(), phases.error.tolist()) <= 0


@given(strategies.latency_maps(), strategies.positions())
def test_latencies_are_within_their_bound_of_the_reference(latency_map, positions):
    exact = [
        reference.latency(p, latency_map.window, latency_map.length, latency_map.onset) for p in positions.tolist()
    ]
    latencies = twins.latency_of(latency_map, bounded(positions.double()))
    assert reference.excess(exact, latencies.value.tolist(), latencies.error.tolist()) <= 0


def test_twin_a_slightly_wrong_phase_is_found(monkeypatch):
    """Ten units in the last place too much are more than rounding explains."""
    phase = LatencyMap.phase
    monkeypatch.setattr(LatencyMap, "phase", lambda self, t, w: phase(self, t, w) * (1 + 10 * 2.0**-52))
    assert exceeds_bound(AFFINE, group.phase_of_spike)


# -- phase-latency-circle -----------------------------------------------------------------------------------------


@given(group.same_point_of_the_circle.cases())
def test_the_period_is_within_its_bound_of_the_reference(case):
    latency_map = case.latency_map
    exact = reference.period(case.w, latency_map.window, latency_map.length)
    period = twins.period_of(latency_map, case.w)
    assert reference.excess(exact, float(period.value), float(period.error)) <= 0


def test_twin_a_period_that_is_only_almost_a_turn_is_found(monkeypatch):
    """With 22/7 for pi, a thousand periods later the phase is elsewhere."""
    monkeypatch.setattr(LatencyMap, "period", lambda self, w: 2 * (22 / 7) * self.window / (w * self.length))
    assert exceeds_bound(CIRCLE, group.same_point_of_the_circle)


# -- phase-latency-order ------------------------------------------------------------------------------------------

ANY_CHANNEL = windows.turning_channels(completed=False) | windows.turning_channels(completed=True)


@given(ANY_CHANNEL)
def test_order_is_kept_exactly_if_no_turn_is_completed(case):
    """If and only if, over all positions, wherever the bounds decide: as close to a whole turn as 2**-40."""
    assume(group.is_decided(case))
    phases = twins.wrapped_phase_of(torch.arange(case.length), case.w)
    steps = phases[1:] - phases[:-1]
    kept = bool((steps.value > steps.error).all())
    assert kept != reference.completes_a_turn(case.w, case.length)
    assert kept == reference.keeps_order(case.w, case.length)


@given(ANY_CHANNEL)
def test_wrapped_phases_are_within_their_bound_of_the_reference(case):
    """Also next to a whole turn, where the bound is a turn."""
    exact = [reference.wrapped(p, case.w) for p in range(case.length)]
    phases = twins.wrapped_phase_of(torch.arange(case.length), case.w)
    assert reference.excess(exact, phases.value.tolist(), phases.error.tolist()) <= 0


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_bounds_decide_close_to_a_whole_turn(sign):
    case = TurningChannel(windows.TURN / 7 * (1 + sign * 2.0**-40), 8)
    assert group.is_decided(case)
    assert reference.completes_a_turn(case.w, case.length) == (sign > 0)


def test_the_bounds_do_not_decide_at_a_whole_turn():
    """The float next to 2 pi/7 times 7 is too close to a turn for float64 to tell; such cases are set aside."""
    assert not group.is_decided(TurningChannel(windows.TURN / 7, 8))


@pytest.mark.parametrize("length", [7, 8])
def test_the_first_channel_keeps_order_up_to_seven_positions(length):
    phases = twins.wrapped_phase_of(torch.arange(length), 1.0)
    steps = phases[1:] - phases[:-1]
    assert bool((steps.value > steps.error).all()) == (length == 7)
    assert bool((steps.value < -steps.error).any()) == (length == 8)


@pytest.mark.parametrize("length", range(2, 65))
def test_aliasing_keeps_order_by_accident_up_to_63_positions(length):
    """w = 2 pi + 1/10 completes a turn at every position: without w < 2 pi the "only if" is false."""
    w = windows.TURN + 0.1
    phases = twins.wrapped_phase_of(torch.arange(length), w)
    steps = phases[1:] - phases[:-1]
    assert group.is_decided(TurningChannel(w, length))
    assert bool((steps.value > steps.error).all()) == reference.keeps_order(w, length) == (length <= 63)
    assert reference.completes_a_turn(w, length)


def test_twin_phases_that_are_not_wrapped_are_found(monkeypatch):
    """Unwrapped, order is never lost."""
    monkeypatch.setattr(LatencyMap, "wrapped_phase", lambda self, p, w: w * p)
    assert exceeds_bound(ORDER, group.order_lost_after_a_turn)


def test_twin_phases_that_turn_backwards_are_found(monkeypatch):
    monkeypatch.setattr(LatencyMap, "wrapped_phase", lambda self, p, w: windows.TURN - w * p)
    assert exceeds_bound(ORDER, group.order_of_wrapped_phases)


# -- retiming-invariance ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
@given(data=st.data())
def test_a_retimed_table_is_within_its_bound_of_the_reference(dtype, data):
    """The reference knows nothing of seconds: it encodes the positions."""
    encoding, positions = data.draw(strategies.retimings()), data.draw(strategies.positions(max_length=3))
    plain = encoding.encoding
    exact = reference.sinusoids(positions.tolist(), plain.dim, plain.base, plain.layout)
    bound = bounded_encoding(encoding, positions, dtype).error
    assert reference.excess(exact, encoding(positions, dtype).double().tolist(), bound.tolist()) <= 0


def test_twin_an_encoding_that_forgets_to_compensate_the_frequencies_is_found(monkeypatch):
    """Reading 3 in place of reading 1."""

    def uncompensated(self, positions, dtype=torch.float64):
        return Compressed(self.encoding, self.latency_map.amplitude)(positions, dtype)

    monkeypatch.setattr(Retimed, "__call__", uncompensated)
    assert exceeds_bound(RETIMING, group.retimed_encoding)
