"""Groups G, H and I on neurons, codes and memories: the statements hold, and violated versions are found.

Each instance is held against its claim; the controls of the claim, and faults planted in the code under test, are
refused. Independent references of the code itself: test_spiking, test_spiking_certified, test_spike_codes.
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from phase_latency.instance import compare, run
from phase_latency.ledger import statement, statements
from phase_latency.ledger.statement import Control
from phase_latency.numerics.bounded import Bounded
from phase_latency.proofs.instances import neurons, neurons_bounds, operations, spike_codes
from phase_latency.spiking import Memory

ROOMS = {room.__name__.rpartition(".")[2]: room for room in (neurons, neurons_bounds, spike_codes, operations)}
STATED = [one for one in statements() if one.group in "GHI"]


def instance_of(path):
    module, _, name = path.partition(":")
    return getattr(ROOMS[module.rpartition(".")[2]], name)


INSTANCES = [
    pytest.param(one, instance_of(path), id=f"{one.id}:{path.partition(':')[2]}")
    for one in STATED
    for path in one.instances
]
CONTROLS = [
    pytest.param(stated, instance, control, id=f"{stated.id}:{control.name}")
    for stated, instance in (parameter.values for parameter in INSTANCES)
    for control in instance.controls(stated)
    if control.name != "one-unit"  # 0 < 0, which no measurement tells from 0 <= 0
]
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


# -- faults in the code under test --------------------------------------------------------------------------------


def late(certified):
    """Neurons that fire a millionth too late."""

    def mistaken(layer, times):
        found = certified(layer, times)
        return Bounded(found.value + 1e-6, found.error)

    return mistaken


def test_twin_a_neuron_that_fires_late_is_found(monkeypatch):
    monkeypatch.setattr(neurons, "certified", late(neurons.certified))
    assert exceeds_bound(statement("nlif-closed-form"), neurons.latency_of_causal_set)
    assert exceeds_bound(statement("nlif-log-sum-exp"), neurons.threshold_of_unit_weights)


def test_twin_a_wrong_gradient_is_found(monkeypatch):
    exact = neurons.gradients
    monkeypatch.setattr(neurons, "gradients", lambda case: tuple(each * (1 + 1e-6) for each in exact(case)))
    assert exceeds_bound(statement("nlif-gradient"), neurons.shares_of_times)


def test_twin_inhibition_of_the_wrong_unit_is_found(monkeypatch):
    def first_unit(weights, steps):
        return torch.tensor([steps] + [0] * (len(weights) - 1))

    monkeypatch.setattr(spike_codes, "inhibited_counts", first_unit)
    assert exceeds_bound(statement("spike-rate-deterministic"), spike_codes.error_of_inhibited_counts)


def test_twin_a_store_that_adds_is_found(monkeypatch):
    class Adding(Memory):
        def stored(self, key, value):
            return Adding(self.weights + torch.outer(value, key), "sum")

    monkeypatch.setattr(operations, "Memory", Adding)
    assert exceeds_bound(statement("storage-join"), operations.stored_twice)


def test_twin_codes_with_another_factor_are_found(monkeypatch):
    exact = operations.code_of_times
    monkeypatch.setattr(operations, "code_of_times", lambda times, tau: exact(times, tau * (1 + 1e-9)))
    assert exceeds_bound(statement("rank-code"), operations.spikes_of_codes)
