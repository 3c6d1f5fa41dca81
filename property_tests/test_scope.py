"""Group C on real layers: where Lemma 1 stops, and what still holds there.

Each section holds the instance of a statement against its claim, what is observed against an independent reference,
and shows that a violated version is found: the controls of the claim, and a fault planted in the layer under test.
"""

from dataclasses import replace

import pytest
import reference_scope as reference
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from phase_latency import formulas
from phase_latency.attention import Attention
from phase_latency.instance import compare, run
from phase_latency.ledger import statement
from phase_latency.ledger.statement import Control
from phase_latency.logit_parts import LogitParts
from phase_latency.numerics.bounded import Bounded, bounded
from phase_latency.numerics.comparison import Comparison
from phase_latency.numerics.functions import tanh
from phase_latency.numerics.layers import bounded_logits
from phase_latency.proofs.instances import scaled_layers
from phase_latency.proofs.instances import scope as group
from phase_latency.proofs.instances import scope_scales as scales
from phase_latency.testing.perturbations import changed_logits
from phase_latency.testing.strategies import LayerCase

DECOMPOSITION, NO_SCALE = statement("additive-decomposition"), statement("additive-no-global-scale")
QUERY_BIAS, VALUE_PATH = statement("query-bias-breaks-scale"), statement("value-path")
PERTURBATION, DEVIATION = statement("softmax-perturbation"), statement("additive-deviation-bound")
INSTANCES = [
    pytest.param(DECOMPOSITION, group.additive_logits, id="decomposition"),
    pytest.param(NO_SCALE, group.no_scale_on_the_witness, id="no-scale"),
    pytest.param(QUERY_BIAS, group.positional_logits_with_biases, id="biases"),
    pytest.param(QUERY_BIAS, group.no_scale_with_query_bias, id="no-scale-with-bias"),
    pytest.param(VALUE_PATH, group.outputs_at_equal_weights, id="value-path"),
    pytest.param(PERTURBATION, group.weights_under_perturbation, id="perturbation"),
    pytest.param(DEVIATION, group.weights_of_scaled_encoding, id="deviation"),
]
# The bound is attained, and no computation with rounding tells "attained" from "just below": see its own test.
ATTAINED = "strict"
CONTROLS = [
    pytest.param(stated, instance, control, id=f"{stated.id}:{control.name}")
    for stated, instance in (parameter.values for parameter in INSTANCES)
    for control in instance.controls(stated)
    if control.name != ATTAINED
]


# What a fault planted in the code under test is held against: the claim itself, until a case refutes it.
FAULT = Control("planted-fault", "the code under test is wrong", of="", witness={})


def exceeds_bound(stated, instance, control=FAULT):
    """Whether some case of the profile is beyond its bound."""
    return run(stated, instance, settings.default.max_examples, 0, control).verdict == "FAILED"


def array(tensor):
    """A tensor as a NumPy array of float64, or None."""
    return None if tensor is None else tensor.double().numpy()


def heads(layer):
    """Weights and biases of each head as NumPy arrays, with the scale of the logits."""
    names = ("w_q", "w_k", "w_v", "b_q", "b_k", "b_v")
    for h in range(layer.heads):
        entries = {name: getattr(layer, name) for name in names}
        yield {**{name: None if x is None else array(x[h]) for name, x in entries.items()}, "scale": layer.logit_scale}


def agrees(computed, exact):
    """Whether bounded numbers are within their bounds of the reference."""
    return reference.excess(exact, array(computed.value), computed.error.numpy()) <= 0


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
    assert any(control.name != ATTAINED for control in instance.controls(stated))


@pytest.mark.parametrize("path", [path for row in INSTANCES for path in row.values[0].instances])
def test_the_statements_name_instances_of_this_group(path):
    assert path.partition(":")[2] in vars(group)


# -- additive-decomposition ---------------------------------------------------------------------------------------


@given(scaled_layers.layer_cases())
def test_logits_and_parts_are_within_their_bounds_of_the_reference(case):
    """And so is the sum that the layer itself forms of its parts, in its dtype."""
    content, table = array(case.content), array(case.table)
    logits, parts = scaled_layers.scaled_logits(case, case.content), group.measured_parts(case)
    twin = formulas.additive_logit(*(part.to(case.layer.dtype) for part in parts), case.a)
    total = Bounded(case.layer.parts(case.content, case.table).total(case.a), twin.error)
    for h, head in enumerate(heads(case.layer)):
        summed = reference.scaled_sum(content, table, case.a)
        exact = reference.logits(summed, summed, head)
        assert agrees(logits[h], exact)
        assert agrees(total[h], exact)
        for part, exact_part in zip(parts, reference.parts(content, table, head), strict=True):
            assert agrees(part[h], exact_part)


def test_twin_a_layer_that_drops_the_position_content_part_is_found(monkeypatch):
    parts = Attention.parts

    def without_position_content(self, *inputs):
        full = parts(self, *inputs)
        return LogitParts(
            full.content_content,
            full.content_position,
            torch.zeros_like(full.position_content),
            full.position_position,
        )

    monkeypatch.setattr(Attention, "parts", without_position_content)
    assert exceeds_bound(DECOMPOSITION, group.additive_logits)


def test_twin_a_layer_that_scales_by_the_head_size_and_not_its_root_is_found(monkeypatch):
    def unrooted(self, content, table=None, positions=None):
        return formulas.scores(content @ self.w_q, content @ self.w_k, 1 / self.head_dim)

    monkeypatch.setattr(Attention, "logits", unrooted)
    assert exceeds_bound(DECOMPOSITION, group.additive_logits)


# -- additive-no-global-scale -------------------------------------------------------------------------------------


def witness_in_the_reference(case, contents=True):
    """Best scale between the logits at amplitudes 1 and a, and its residual, from the exact formulas of the claim."""
    w, a = reference.MP.mpf(case.step), reference.MP.mpf(case.a)
    sine, cosine, zero = reference.MP.sin(w), reference.MP.cos(w), reference.MP.mpf(0)

    def logits(amplitude):
        queries = (-reference.MP.mpf(1) / 2 + amplitude, 1 - cosine + amplitude * cosine)
        keys = (2 * (1 + a**2), amplitude * sine)
        if not contents:
            queries, keys = (amplitude, amplitude * cosine), (zero, amplitude * sine)
        return reference.exact([[query * key for key in keys] for query in queries])

    return logits(1), logits(a)


@given(scales.witnesses())
def test_the_witness_has_the_logits_of_the_claim(case):
    layer, content, table = scales.witness_inputs(case)
    plain, scaled = witness_in_the_reference(case)
    for amplitude, exact in ((1.0, plain), (case.a, scaled)):
        assert agrees(bounded_logits(layer, content, table * amplitude)[0], exact)


@given(scales.witnesses())
def test_the_reference_finds_no_scale_on_the_witness_either(case):
    """In 60 digits the residual of the best scale is nowhere near rounding."""
    plain, scaled = witness_in_the_reference(case)
    _, residual = reference.best_scale(plain, scaled)
    assert residual > abs(scaled).max() * reference.MP.mpf(10) ** -40 * abs(case.a - 1)


@given(scales.witnesses())
def test_twin_the_reference_finds_the_scale_of_positions_alone(case):
    plain, scaled = witness_in_the_reference(case, contents=False)
    scale, residual = reference.best_scale(plain, scaled)
    assert abs(scale - reference.MP.mpf(case.a) ** 2) <= (1 + abs(scale)) * reference.MP.mpf(10) ** -40
    assert residual <= (1 + abs(scaled).max()) * reference.MP.mpf(10) ** -40


def test_twin_a_layer_that_ignores_content_is_found(monkeypatch):
    """Of such a layer Lemma 1 is true: it has a scale, and the claim that it has none fails."""
    logits = Attention.logits
    monkeypatch.setattr(Attention, "logits", lambda self, content, table: logits(self, 0 * content, table))
    assert exceeds_bound(NO_SCALE, group.no_scale_on_the_witness)


# -- query-bias-breaks-scale --------------------------------------------------------------------------------------


@given(scaled_layers.layer_cases())
def test_positional_logits_are_within_their_bound_of_the_reference(case):
    logits, scaled = scaled_layers.scaled_logits(case, torch.zeros_like(case.content)), array(case.table)
    for h, head in enumerate(heads(case.layer)):
        rows = reference.scaled_sum(0 * scaled, scaled, case.a)
        assert agrees(logits[h], reference.logits(rows, rows, head))


@given(scaled_layers.layer_cases())
def test_softmax_does_not_see_the_key_bias(case):
    """It adds the same to a whole row: leads over the first key are those of a layer without it."""
    without = replace(case, layer=replace(case.layer, b_k=None))
    assert Comparison.equal(group.lead_over_first_key(case), group.lead_over_first_key(without)).holds


def test_twin_softmax_does_see_the_query_bias():
    case = LayerCase(
        Attention(*(torch.ones(1, 1, 1) for _ in range(3)), b_q=torch.ones(1, 1)),
        torch.zeros(2, 1),
        torch.tensor([[1.0], [2.0]]),
        torch.arange(2),
        2.0,
    )
    without = replace(case, layer=replace(case.layer, b_q=None))
    assert not Comparison.equal(group.lead_over_first_key(case), group.lead_over_first_key(without)).holds


def test_twin_a_layer_that_forgets_its_query_bias_is_found(monkeypatch):
    logits = Attention.logits

    def forgetful(self, content, table=None, positions=None):
        return logits(replace(self, b_q=None), content, table, positions)

    monkeypatch.setattr(Attention, "logits", forgetful)
    assert exceeds_bound(QUERY_BIAS, group.positional_logits_with_biases)


def test_twin_a_layer_that_forgets_its_query_bias_has_a_scale(monkeypatch):
    logits = Attention.logits

    def forgetful(self, content, table=None, positions=None):
        return logits(replace(self, b_q=None), content, table, positions)

    monkeypatch.setattr(Attention, "logits", forgetful)
    assert exceeds_bound(QUERY_BIAS, group.no_scale_with_query_bias)


# -- value-path ---------------------------------------------------------------------------------------------------


@given(group.equal_weights())
def test_the_weights_are_equal_bit_for_bit(case):
    """The premise: positions change nothing but the values."""
    layer, content = case.layer, case.content
    plain, scaled = (layer.logits(content, table) for table in (case.table, case.a * case.table))
    assert torch.equal(plain, scaled)


@given(group.equal_weights())
def test_the_change_of_the_outputs_is_within_its_bound_of_the_reference(case):
    change, table = group.change_of_outputs(case), array(case.table)
    for h, head in enumerate(heads(case.layer)):
        after, before = (
            reference.outputs(reference.scaled_sum(array(case.content), table, a), head) for a in (case.a, 1.0)
        )
        assert agrees(change[h], after - before)


def test_twin_a_layer_whose_values_carry_no_position_is_found(monkeypatch):
    def values_of_content(self, content, table=None, positions=None, mask=None):
        values = content @ self.w_v + (0 if self.b_v is None else self.b_v[:, None])
        weights = self.weights(self.logits(content, table, positions), mask)
        return (weights @ values).transpose(0, 1).flatten(1)

    monkeypatch.setattr(Attention, "outputs", values_of_content)
    assert exceeds_bound(VALUE_PATH, group.outputs_at_equal_weights)


# -- softmax-perturbation -----------------------------------------------------------------------------------------


@given(changed_logits())
def test_the_total_variation_is_within_its_bound_of_the_reference(logits):
    """And in 60 digits it respects the claim with no allowance but for the last of them."""
    before, after = array(logits.before), array(logits.after)
    exact = reference.total_variation(before, after)
    assert agrees(group.total_variation(bounded(logits.before), bounded(logits.after)), exact)
    largest = reference.tanh(reference.spread(reference.exact(after) - reference.exact(before)) / 4)
    assert (exact <= largest + reference.MP.mpf(10) ** -50).all()


@pytest.mark.parametrize("spread", [2.0**-8, 0.5, 1.0, 4.0, 8.0])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_the_bound_is_attained_so_no_smaller_one_would_do(dtype, spread):
    """Two keys that exchange the logits 0 and r/2: the change has range r, and the bound is met, not undercut."""
    before = torch.tensor([[0.0, spread / 2]], dtype=dtype)
    variation = group.total_variation(bounded(before), bounded(before.flip(-1)))
    assert Comparison.equal(variation, tanh(spread / 4)).holds
    exact = reference.total_variation(array(before), array(before.flip(-1)))
    assert abs(exact[0] - reference.MP.tanh(reference.MP.mpf(spread) / 4)) <= reference.MP.mpf(10) ** -50


def test_twin_a_softmax_at_another_temperature_is_found(monkeypatch):
    """Twice as steep a softmax moves its weights further than the range of the logits allows."""
    softmax = torch.softmax
    monkeypatch.setattr(torch, "softmax", lambda x, dim: softmax(2 * x, dim))
    assert exceeds_bound(PERTURBATION, group.weights_under_perturbation)


# -- additive-deviation-bound -------------------------------------------------------------------------------------


@given(scaled_layers.layer_cases())
def test_the_change_of_the_weights_is_within_its_bound_of_the_reference(case):
    """And in 60 digits it respects the claim, with the range of the parts as the reference takes them apart."""
    within = group.ScaledWithinRange(case, 1.0)
    change, content, table = group.change_of_weights(within), array(case.content), array(case.table)
    a = reference.MP.mpf(case.a)
    for h, head in enumerate(heads(case.layer)):
        before, after = (
            reference.logits(rows, rows, head)
            for rows in (reference.scaled_sum(content, table, factor) for factor in (1.0, case.a))
        )
        exact = reference.total_variation(before, after)
        assert agrees(change[h], exact)
        _, cp, pc, pp = reference.parts(content, table, head)
        largest = reference.tanh(reference.spread((a - 1) * (cp + pc) + (a**2 - 1) * pp) / 4)
        assert (exact <= largest + reference.MP.mpf(10) ** -30).all()


def test_twin_a_layer_that_adds_the_square_of_its_table_is_found(monkeypatch):
    """Its logits are not of degree 2 in the amplitude, so that the parts do not tell how far they move."""
    logits = Attention.logits
    monkeypatch.setattr(
        Attention, "logits", lambda self, content, table: logits(self, content, table + 8 * table.square())
    )
    assert exceeds_bound(DEVIATION, group.weights_of_scaled_encoding)
