"""Group C on random torch layers: the instances that the statements of `phase_latency.proofs.scope` name.

Each observes a layer in the dtype of its case. What the right side of a claim is made of is measured from the same
stored parameters, exact as they are. Claims leave the factor ``1/sqrt(d_k)`` of the logits out; it is put on the query
side, or on all parts alike.
"""

from dataclasses import dataclass, replace

import torch
from hypothesis import strategies as st

from phase_latency.bridge import Bindings, predict
from phase_latency.instance import Instance, observed
from phase_latency.ledger.terms import Dot
from phase_latency.numerics.bounded import Bounded, bounded
from phase_latency.numerics.functions import softmax
from phase_latency.numerics.layers import bounded_outputs, bounded_parts
from phase_latency.testing.perturbations import ChangedLogits, changed_logits
from phase_latency.testing.strategies import LayerCase

from .. import scope as group
from .parts import bias_or_zero, per_pair, wide, zero_content
from .scaled_layers import layer_cases, plain_logits, scaled_logits
from .scope_scales import no_scale_on_the_witness as no_scale_on_the_witness
from .scope_scales import no_scale_with_query_bias as no_scale_with_query_bias

WIDE = torch.float64


# -- additive-decomposition -------------------------------------------------------------------------------------


def measured_parts(case: LayerCase) -> tuple[Bounded, ...]:
    """Content-content, content-position, position-content and position-position, as the layer takes them apart."""
    parts = case.layer.parts(case.content, case.table)
    twins = bounded_parts(case.layer, case.content, case.table)
    names = "content_content", "content_position", "position_content", "position_position"
    return tuple(observed(getattr(parts, name), getattr(twins, name)).to(WIDE) for name in names)


def decomposed(case: LayerCase) -> Bindings:
    """The amplitude and the four parts of the logits."""
    queries, keys = (group.content_query, group.position_query), (group.content_key, group.position_key)
    terms = [Dot(query, key) for query in queries for key in keys]
    return {group.a: case.a, **dict(zip(terms, measured_parts(case), strict=True))}


additive_logits = Instance(
    "parts-with-biases",
    cases=layer_cases,
    observe=lambda case: scaled_logits(case, case.content),
    bindings=decomposed,
)


# -- query-bias-breaks-scale ------------------------------------------------------------------------------------


def lead_over_first_key(case: LayerCase) -> Bounded:
    """By how much each key leads the first one in the row of each query, from positions alone."""
    logits = scaled_logits(case, zero_content(case)).to(WIDE)
    return logits - logits[..., :1]


def head_with_biases(case: LayerCase) -> Bindings:
    """Positions of queries, of keys and of the first key, and projections and biases of every head."""
    layer, table = case.layer, wide(case.table)
    return {
        **{group.a: case.a, group.P: table[:, None], group.Q: table[None], group.R: table[None, :1]},
        **{group.W_Q: per_pair(layer.w_q) * layer.logit_scale, group.W_K: per_pair(layer.w_k)},
        group.b_Q: bias_or_zero(layer.b_q, layer) * layer.logit_scale,
        group.b_K: bias_or_zero(layer.b_k, layer),
    }


positional_logits_with_biases = Instance(
    "key-bias-is-row-constant", cases=layer_cases, observe=lead_over_first_key, bindings=head_with_biases
)


# -- value-path -------------------------------------------------------------------------------------------------


def change_of_outputs(case: LayerCase) -> Bounded:
    """Outputs with the scaled table less outputs with the table, by head: (heads, queries, coordinates)."""
    layer, content, scaled = case.layer, case.content, bounded(case.table) * case.a
    after = observed(layer.outputs(content, case.a * case.table), bounded_outputs(layer, content, scaled))
    before = observed(layer.outputs(content, case.table), bounded_outputs(layer, content, case.table))
    change = after.to(WIDE) - before.to(WIDE)
    return change.reshape(len(content), layer.heads, -1).transpose(0, 1)


def weights_and_values(case: LayerCase) -> Bindings:
    """The amplitude, and weights and values of the encodings with keys on the last axis."""
    weights = softmax(plain_logits(widened(case), case.content.double()))
    values = wide(case.table) @ case.layer.w_v.double()
    return {group.a: case.a, group.weight: weights.unsqueeze(-2), group.position_value: values.mT.unsqueeze(-3)}


def widened(case: LayerCase) -> LayerCase:
    """The same numbers in float64."""
    return replace(case, layer=case.layer.to(WIDE), content=case.content.double(), table=case.table.double())


@st.composite
def equal_weights(draw: st.DrawFn) -> LayerCase:
    """Layers whose queries and keys do not see the coordinates in which positions are encoded; their values do."""
    case = draw(layer_cases())
    hidden = torch.arange(case.layer.dim) >= case.layer.dim // 2
    w_q, w_k = (weight.masked_fill(hidden[:, None], 0.0) for weight in (case.layer.w_q, case.layer.w_k))
    return replace(case, layer=replace(case.layer, w_q=w_q, w_k=w_k), table=case.table.masked_fill(~hidden, 0.0))


outputs_at_equal_weights = Instance(
    "difference", cases=equal_weights, observe=change_of_outputs, bindings=weights_and_values
)


# -- softmax-perturbation ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class WithinRange:
    """Logits before and after, and the claimed range of their change in units of the smallest that is true."""

    logits: ChangedLogits
    units: float


def total_variation(before: Bounded, after: Bounded) -> Bounded:
    """Half the sum of absolute changes of torch's softmax weights, row by row."""
    p, q = (observed(torch.softmax(u.value, -1), softmax(u)).to(WIDE) for u in (before, after))
    return abs(q - p).sum(-1) / 2


def range_of(change: Bounded) -> Bounded:
    """Largest less smallest entry of each row."""
    return change.amax(-1) - change.amin(-1)


weights_under_perturbation = Instance(
    "total-variation",
    cases=lambda: st.builds(WithinRange, changed_logits(), st.sampled_from([1.0, 1.25])),
    observe=lambda case: total_variation(bounded(case.logits.before), bounded(case.logits.after)),
    bindings=lambda case: {group.width: case.units * range_of(wide(case.logits.after) - wide(case.logits.before))},
    outside={"range-too-small": lambda: st.builds(WithinRange, changed_logits(), st.just(0.5))},
)


# -- additive-deviation-bound -----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class ScaledWithinRange:
    """A layer whose table is scaled, and the claimed range of each row in units of the smallest that is true."""

    case: LayerCase
    units: float


def change_of_weights(within: ScaledWithinRange) -> Bounded:
    """Total variation of each row of weights, (heads, queries), when the table is scaled."""
    case = within.case
    return total_variation(plain_logits(case, case.content), scaled_logits(case, case.content))


def range_of_parts(within: ScaledWithinRange) -> Bindings:
    """The range along each row of the change that the claim derives from the parts of the logits."""
    names = (group.CC, group.CP, group.PC, group.PP)
    parts = dict(zip(names, measured_parts(widened(within.case)), strict=True))
    change = predict(group.change, {group.a: within.case.a, **parts})
    return {group.width: within.units * range_of(change)}


weights_of_scaled_encoding = Instance(
    "total-variation",
    cases=lambda: st.builds(ScaledWithinRange, layer_cases(), st.sampled_from([1.0, 1.25])),
    observe=change_of_weights,
    bindings=range_of_parts,
    outside={"range-too-small": lambda: st.builds(ScaledWithinRange, layer_cases(), st.just(0.5))},
)
