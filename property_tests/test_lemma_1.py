"""Group B on torch layers: each claim holds within certified rounding, and each of its false variants does not.

Three evaluations of every claim meet: the torch layer in its own dtype, the SymPy term of the statement on measured
quantities, and a slow reference that shares no code with the package.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
import reference_lemma_1 as reference
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from phase_latency.attention import Attention
from phase_latency.encodings import Rotary, Sinusoidal
from phase_latency.instance import Instance, compare, run
from phase_latency.ledger.statement import Control
from phase_latency.normalisation import LayerNorm, RMSNorm
from phase_latency.numerics.comparison import Comparison
from phase_latency.numerics.roundoff import DTYPES
from phase_latency.proofs import lemma_1 as group
from phase_latency.proofs.instances import lemma_1 as instances

# -- the claims, and their controls -------------------------------------------------------------------------------


def instance_at(path):
    """The instance that a statement names."""
    return getattr(instances, path.partition(":")[2])


NAMED = {path.partition(":")[2]: statement for statement in group.STATEMENTS for path in statement.instances}
CONTROLS = {
    f"{name}:{control.name}": (name, control)
    for name, statement in NAMED.items()
    for control in getattr(instances, name).controls(statement)
}


def refused(name, control, instance=None):
    """Whether some case refuses a control of the instance, or of one put in its place."""
    instance = instance or getattr(instances, name)
    tested = run(NAMED[name], instance, settings.default.max_examples, 0, control)
    return tested.verdict == "FAILED" and tested.ratio > 1


def itself(name):
    """The claim of an instance, unchanged, to be refused when something else is at fault."""
    return Control("itself", "", of=getattr(instances, name).claim, witness={})


def test_every_statement_of_the_group_has_an_instance_with_a_control():
    for statement in group.STATEMENTS:
        found = [instance_at(path) for path in statement.instances]
        assert any(instance.controls(statement) for instance in found), statement.id


def test_every_instance_of_the_module_is_named_by_a_statement():
    assert {name for name, value in vars(instances).items() if isinstance(value, Instance)} == set(NAMED)


@pytest.mark.parametrize("name", CONTROLS)
def test_twin_a_control_is_refused(name):
    assert refused(*CONTROLS[name])


NOTHING = Comparison(torch.zeros(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64))


def dtype_of(case):
    """The dtype that a case of any kind is computed in."""
    case = getattr(case, "case", case)
    return case.dtype if hasattr(case, "dtype") else case.table.dtype


@pytest.mark.parametrize("name", NAMED)
def test_a_run_tries_every_dtype(name):
    seen = set()
    instance = getattr(instances, name)
    run(NAMED[name], replace(instance, compare=lambda case, goal: seen.add(dtype_of(case)) or NOTHING), 25, 0)
    assert seen == set(DTYPES)


# -- the independent reference ------------------------------------------------------------------------------------


def near(observation, expected):
    """An observation against exact numbers, with nothing but its own certified error as tolerance."""
    expected = np.broadcast_to(reference.numbers(expected), observation.shape)
    seen = observation.value.double().flatten().tolist()
    gaps = [float(abs(exact - reference.MP.mpf(value))) for exact, value in zip(expected.flatten(), seen, strict=True)]
    return Comparison(torch.tensor(gaps, dtype=torch.float64).reshape(observation.shape), observation.error)


def head_logits(case, head, content, table):
    """Logits of one head for inputs e + P or [e; P], by the definition."""
    layer = case.layer
    inputs = np.concatenate([content, table], axis=1) if layer.combine == "concatenated" else content + table
    queries = reference.affine(inputs, exact(layer.w_q[head]), bias(layer.b_q, head))
    keys = reference.affine(inputs, exact(layer.w_k[head]), bias(layer.b_k, head))
    return reference.logits(queries, keys)


def bias(biases, head):
    return None if biases is None else exact(biases[head])


def per_head(case, formula):
    """Numbers of all heads, stacked."""
    return np.stack([formula(head) for head in range(case.layer.heads)])


def exact(array):
    """Stored numbers, exactly."""
    return reference.numbers(array.double())


def reference_gram(case):
    return reference.gram(case.positions, case.encoding.dim, case.encoding.base)


def reference_logits(case):
    """Lemma 1: the square of the amplitude, times the logits of the table."""
    nothing = 0 * exact(case.content)
    plain = per_head(case, lambda head: head_logits(case, head, nothing, exact(case.table)))
    return plain * reference.MP.mpf(case.a) ** 2


def reference_bilinear(case):
    """``a^2 P^T M Q`` for every pair of rows."""
    table = exact(case.table)
    forms = [reference.product(reference.product(table, form), table.T) for form in exact(case.layer.w_q)]
    return np.stack(forms) * reference.MP.mpf(case.a) ** 2


def reference_cosines(case):
    rows = exact(case.table)
    return [[reference.cosine(x, y) for y in rows] for x in rows]


def reference_lead(case):
    logits = reference_logits(case)
    return logits[..., None, :] - logits[..., :, None]


def reference_weights(tempered):
    """Softmax of what the layer computes, without its factor ``1/sqrt(d_k)`` and with the one it was given."""
    case = tempered.case
    logits = reference_logits(case) * reference.MP.sqrt(case.layer.head_dim) * reference.MP.mpf(tempered.factor)
    return [[reference.softmax(row) for row in head] for head in logits]


def reference_plain(case):
    """Logits of the layer as it was before its weights and the table were changed."""
    return per_head(case, lambda head: head_logits(case, head, exact(case.content), exact(case.table)))


def reference_values(case):
    inputs = exact(case.content) + exact(case.table)
    return per_head(case, lambda head: reference.product(inputs, exact(case.layer.w_v[head])))


def reference_rotary(case):
    """``a^2 <R(p) x, R(q) y>``, rotations by complex multiplication."""
    layer = case.layer

    def turned(weight, biases, head):
        rows = reference.affine(exact(case.content), exact(weight[head]), bias(biases, head))
        return [
            reference.rotated(row, position, layer.rotary.base, layer.rotary.layout)
            for row, position in zip(rows, case.positions, strict=True)
        ]

    plain = per_head(
        case, lambda head: reference.logits(turned(layer.w_q, layer.b_q, head), turned(layer.w_k, layer.b_k, head))
    )
    return plain * reference.MP.mpf(case.a) ** 2


def reference_normalised(case):
    """The table normalised with ``eps/a^2``, so with an amplitude of 1."""
    eps = reference.MP.mpf(case.norm.eps) / reference.MP.mpf(case.a) ** 2
    centred = isinstance(case.norm, LayerNorm)
    return [reference.normalised(row, case.norm.weight.double(), eps, centred) for row in exact(case.table)]


REFERENCES = {
    "gram_of_sinusoidal_table": reference_gram,
    "gram_of_shifted_positions": reference_gram,
    "norms_of_sinusoidal_table": lambda case: [reference.MP.mpf(case.encoding.dim // 2)] * len(case.positions),
    "bilinear_logits": reference_bilinear,
    "positional_logits": reference_logits,
    "slope_of_identity": lambda case: (
        reference.product(exact(case.table), exact(case.table).T) / reference.MP.mpf(case.a) ** 2
    ),
    "cosine_similarities": reference_cosines,
    "order_within_rows": reference_lead,
    "re_tempered_weights": reference_weights,
    "rescaled_positional_rows": reference_plain,
    "independent_subspaces": lambda subspaces: reference_plain(subspaces.case),
    "rescaled_values": reference_values,
    "scaled_rotary_logits": reference_rotary,
    "normalised_positions": reference_normalised,
    "normalised_without_epsilon": reference_normalised,
}


def test_every_instance_has_a_reference():
    assert REFERENCES.keys() == NAMED.keys()


@pytest.mark.parametrize("name", REFERENCES)
@given(data=st.data())
def test_layer_claim_and_reference_agree_within_certified_rounding(name, data):
    instance = getattr(instances, name)
    case = data.draw(instance.cases())
    seen = instance.observe(case)
    claimed = compare(NAMED[name], replace(instance, observe=lambda case: seen), case)
    assert claimed.holds, claimed.worst()
    expected = near(seen, REFERENCES[name](case))
    assert expected.holds, expected.worst()


@pytest.mark.parametrize("name", REFERENCES)
def test_twin_a_reference_that_is_off_by_a_hundredth_is_noticed(name):
    instance = getattr(instances, name)

    def off(case, goal):
        return near(instance.observe(case), reference.numbers(REFERENCES[name](case)) * reference.MP.mpf("1.01"))

    assert refused(name, itself(name), replace(instance, compare=off))


# -- faults planted in the library --------------------------------------------------------------------------------


def without_root(layer):
    """Divides by d_k instead of its root."""
    return 1 / layer.head_dim


def negative(layer):
    """The sign of the scale flipped."""
    return -1 / math.sqrt(layer.head_dim)


def off_by_one_channel(encoding):
    """Frequencies that start at the second channel."""
    return encoding.base ** (-2 * (torch.arange(encoding.dim // 2, dtype=torch.float64) + 1) / encoding.dim)


def mean_absolute(norm, x):
    """Another norm than the root mean square."""
    return x.abs().mean(dim=-1, keepdim=True)


def turned_back(rotary, positions, dtype):
    """A sine for a cosine."""
    angles = positions.double()[:, None] * rotary.frequencies()
    return angles.sin().to(dtype), (2 * angles.cos()).to(dtype)


def doubled(logits, mask=None):
    """Softmax at half the temperature."""
    return (2 * logits).softmax(-1)


FAULTS = {
    "attention scale": (Attention, "logit_scale", property(without_root), "positional_logits"),
    "sign of the logits": (Attention, "logit_scale", property(negative), "rescaled_positional_rows"),
    "frequencies": (Sinusoidal, "frequencies", off_by_one_channel, "gram_of_sinusoidal_table"),
    "rotations": (Rotary, "rotations", turned_back, "scaled_rotary_logits"),
    "centring": (LayerNorm, "centred", lambda norm, x: x, "normalised_positions"),
    "root mean square": (RMSNorm, "denominator", mean_absolute, "normalised_without_epsilon"),
    "softmax": (Attention, "weights", staticmethod(doubled), "re_tempered_weights"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_library_turns_its_statement_red(fault, monkeypatch):
    owner, attribute, wrong, name = FAULTS[fault]
    monkeypatch.setattr(owner, attribute, wrong)
    assert refused(name, itself(name))


# -- power --------------------------------------------------------------------------------------------------------


def test_the_order_of_most_pairs_is_decided():
    """Pairs that rounding leaves open agree with anything, so most must not be left open."""
    decided = []

    @settings(settings.get_profile("ci"), database=None)
    @given(instances.order_within_rows.cases())
    def look(case):
        lead = instances.order_within_rows.observe(case)
        different = lead.value != 0
        decided.append((int((lead.value.abs() > lead.error).sum()), int(different.sum())))

    look()
    certain, different = (sum(column) for column in zip(*decided, strict=True))
    assert certain > 0.8 * different > 0
