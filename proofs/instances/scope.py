"""Group C on random torch layers: the instances that the statements of `phase_latency.proofs.scope` name.

Each observes a layer in the dtype of its case. What the right side of a claim is made of is measured from the same
stored parameters, exact as they are. Claims leave the factor ``1/sqrt(d_k)`` of the logits out; it is put on the query
side, or on all parts alike.
"""

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import torch
from hypothesis import strategies as st
from torch import Tensor

from phase_latency.attention import Attention
from phase_latency.bridge import Bindings, predict
from phase_latency.encodings import Sinusoidal
from phase_latency.instance import Instance, observed
from phase_latency.ledger.terms import Dot
from phase_latency.numerics.bounded import Bounded, bounded
from phase_latency.numerics.comparison import Comparison
from phase_latency.numerics.encodings import bounded_encoding
from phase_latency.numerics.functions import softmax, stack
from phase_latency.numerics.layers import bounded_logits, bounded_outputs, bounded_parts
from phase_latency.testing import strategies
from phase_latency.testing.perturbations import ChangedLogits, changed_logits
from phase_latency.testing.strategies import LayerCase

from .. import scope as group

WIDE = torch.float64

# Entries of a matrix of logits, by the terms that a claim has for them.
Measured: TypeAlias = dict[Any, Bounded]


# -- a layer and its scaled table -------------------------------------------------------------------------------


def wide(array: Tensor) -> Bounded:
    """Stored numbers, exactly, in float64."""
    return Bounded.exact(array.double())


def scaled_logits(case: LayerCase, content: Tensor) -> Bounded:
    """Logits of content plus the scaled table."""
    layer, scaled = case.layer, bounded(case.table) * case.a
    return observed(layer.logits(content, case.a * case.table), bounded_logits(layer, content, scaled))


def plain_logits(case: LayerCase, content: Tensor) -> Bounded:
    """Logits of content plus the table."""
    layer, table = case.layer, case.table
    return observed(layer.logits(content, table), bounded_logits(layer, content, table))


def measured_parts(case: LayerCase) -> tuple[Bounded, ...]:
    """Content-content, content-position, position-content and position-position, as the layer takes them apart."""
    parts = case.layer.parts(case.content, case.table)
    twins = bounded_parts(case.layer, case.content, case.table)
    names = "content_content", "content_position", "position_content", "position_position"
    return tuple(observed(getattr(parts, name), getattr(twins, name)).to(WIDE) for name in names)


@st.composite
def layer_cases(draw: st.DrawFn, *, biases: bool = True) -> LayerCase:
    """Layers of every dtype, half of them near scale 1, where no part of a logit drowns the others."""
    dtype = draw(strategies.dtypes())
    near = draw(st.booleans())
    scale = strategies.moderate(dtype) if near else strategies.scales(dtype)
    amplitude = strategies.amplitudes(dtype, lowest=-3, highest=min(3, strategies.ceiling(dtype))) if near else None
    return draw(strategies.layer_cases(dtype, biases=biases, scale=scale, amplitude=amplitude))


# -- additive-decomposition -------------------------------------------------------------------------------------


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


# -- additive-no-global-scale -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Witness:
    """The witness in torch: a sinusoidal encoding at the positions 0 and `step`, in a dtype, and an amplitude."""

    encoding: Sinusoidal
    step: float
    dtype: torch.dtype
    a: float


def witness_inputs(case: Witness) -> tuple[Attention, Bounded, Bounded]:
    """The head W_Q = u, W_K = v, the contents of the claim, and the table; with what storing them rounds off."""
    dim, layout = case.encoding.dim, case.encoding.layout
    directions = torch.eye(dim, dtype=WIDE)
    v, u = directions[0], directions[1 if layout == "interleaved" else dim // 2]
    bindings: Bindings = {group.a: case.a, group.w: case.step, group.u: u, group.v: v, group.P: directions}
    content = stack([predict(Dot(group.P, each), bindings) for each in (group.e0, group.e1)]).to(case.dtype)
    table = bounded_encoding(case.encoding, torch.tensor([0.0, case.step], dtype=WIDE), case.dtype)
    w_q, w_k = (weight[None, :, None].to(case.dtype) for weight in (u, v))
    return Attention(w_q, w_k, torch.zeros_like(w_q)), content, table


def witness_logits(case: Witness, goal: Any) -> Measured:
    """What the head makes of the witness; without its contents for a goal that leaves them out."""
    layer, content, table = witness_inputs(case)
    terms = group.plain, group.scaled
    if goal != group.additive_no_global_scale.claim("no-scale-no-row-shift-no-temperature").goal:
        content = bounded(torch.zeros_like(content.value))
        terms = position_products(1), position_products(group.a)
    measured: Measured = {}
    for amplitude, products in zip((1.0, case.a), terms, strict=True):
        twin = bounded_logits(layer, content, table * amplitude)
        logits = observed(layer.logits(content.value, amplitude * table.value), twin)[0].to(WIDE)
        measured |= {products[p][q]: logits[p, q] for p in range(2) for q in range(2)}
    return measured


def position_products(amplitude: Any) -> list[list[Any]]:
    """Logits of the witness without its contents."""
    inputs = [amplitude * position for position in (group.P0, group.P1)]
    return [[Dot(group.u, query) * Dot(group.v, key) for key in inputs] for query in inputs]


def scale_found(goal: Any, measured: Measured) -> Comparison:
    """1 if the best scale and row shifts leave no residual beyond rounding, against the bound 0.

    Args:
        goal: that the four equations ``B[p][q] = c A[p][q] + r_p`` do not hold together.
        measured: the entries of A and B, by the terms that the goal has for them.

    Returns:
        one entry.
    """
    unscaled = {group.c: 1, group.r0: 0, group.r1: 0}
    A = stack([measured[equation.rhs.xreplace(unscaled)] for equation in goal.args]).reshape(2, 2)
    B = stack([measured[equation.lhs] for equation in goal.args]).reshape(2, 2)
    x, y = (rows[:, 1] - rows[:, 0] for rows in (A, B))  # no row shift is seen in differences along a row
    best = (x * y).sum() / (x * x).sum()
    residual = y - best * x
    found = 1 - (residual.value.abs() > residual.error).double().amax(0, keepdim=True)
    return Comparison(found, 0 * found)


# Largest k for which the bounds tell 1 +- 2**-k from 1, and for which 2**k leaves logits room, in each dtype.
_NEAREST = {torch.float64: 36, torch.float32: 13, torch.bfloat16: 0, torch.float16: 3}
_LARGEST = {torch.float64: 100, torch.float32: 16, torch.bfloat16: 16, torch.float16: 4}


@st.composite
def witnesses(draw: st.DrawFn, *, rescaled: bool = True) -> Witness:
    """Witnesses of widths up to 64, amplitudes of every size, and next to 1 as far as the dtype can tell them apart.

    Args:
        draw: supplied by Hypothesis.
        rescaled: whether the amplitude differs from 1.

    Returns:
        the witness; reaches amplitude 0; shrinks to width 2, the positions 0 and 1, and amplitude 0.
    """
    dtype = draw(strategies.dtypes())
    encoding = draw(strategies.sinusoids(2 * draw(st.integers(1, 32))))
    step = draw(st.sampled_from([1.0, 0.25, 2.0, 3.140625, 100.0]))
    distance = 2.0 ** -draw(st.integers(0, _NEAREST[dtype]))
    far = strategies.amplitudes(dtype, highest=_LARGEST[dtype]).map(lambda a: a if abs(a - 1) >= 0.5 else -a)
    a = draw(st.sampled_from([1 - distance, 1 + distance]) | far) if rescaled else 1.0
    return Witness(encoding, step, dtype, a)


no_scale_on_the_witness = Instance(
    "no-scale-no-row-shift-no-temperature",
    cases=witnesses,
    compare=lambda case, goal: scale_found(goal, witness_logits(case, goal)),
    outside={"no-rescaling": lambda: witnesses(rescaled=False)},
)


# -- query-bias-breaks-scale ------------------------------------------------------------------------------------


def lead_over_first_key(case: LayerCase) -> Bounded:
    """By how much each key leads the first one in the row of each query, from positions alone."""
    logits = scaled_logits(case, torch.zeros_like(case.content)).to(WIDE)
    return logits - logits[..., :1]


def head_with_biases(case: LayerCase) -> Bindings:
    """Positions of queries, of keys and of the first key, and projections and biases of every head."""
    layer, table = case.layer, wide(case.table)
    return {
        **{group.a: case.a, group.P: table[:, None], group.Q: table[None], group.R: table[None, :1]},
        **{group.W_Q: per_pair(layer.w_q) * layer.logit_scale, group.W_K: per_pair(layer.w_k)},
        group.b_Q: per_pair(bias_or_zero(layer.b_q, layer)) * layer.logit_scale,
        group.b_K: per_pair(bias_or_zero(layer.b_k, layer)),
    }


def per_pair(weight: Tensor) -> Bounded:
    """Weights (heads, m, n), or biases (heads, n), of every head, the same for all pairs of positions."""
    return wide(weight)[:, None, None]


def bias_or_zero(bias: Tensor | None, layer: Attention) -> Tensor:
    """Bias of every head, 0 if there is none."""
    return torch.zeros(layer.heads, layer.head_dim) if bias is None else bias


positional_logits_with_biases = Instance(
    "key-bias-is-row-constant", cases=layer_cases, observe=lead_over_first_key, bindings=head_with_biases
)


def biased_logits(case: LayerCase) -> Measured:
    """Terms of the positional logits, and what the layer makes of them for queries X, Y and keys Q, R."""
    content = torch.zeros_like(case.content)
    measured: Measured = {}
    for terms, logits in (
        (group.plain_table, plain_logits(case, content)),
        (group.scaled_table, scaled_logits(case, content)),
    ):
        measured |= {terms[p][q]: logits.to(WIDE)[0, p, 2 + q] for p in range(2) for q in range(2)}
    return measured


@st.composite
def biased_heads(draw: st.DrawFn, *, bias: bool = True, rescaled: bool = True) -> LayerCase:
    """A head and queries X, Y and keys Q, R of small integers, such that bias and queries tell the keys apart.

    Args:
        draw: supplied by Hypothesis.
        bias: whether the query bias tells the keys apart; it is 0 otherwise.
        rescaled: whether the amplitude differs from 1.

    Returns:
        the case; shrinks to one coordinate and unit weights.
    """
    dtype = draw(st.sampled_from([torch.float64, torch.float32]))
    units, small = st.sampled_from([1.0, -1.0, 2.0, -2.0]), st.integers(-2, 2).map(float)
    dim = draw(st.integers(1, 4))
    # The first coordinate does what the hypotheses ask for; the others, which W_K does not see, add to the queries.
    w_q = torch.tensor([draw(units)] + [draw(small) for _ in range(dim - 1)], dtype=dtype)[None, :, None]
    w_k = torch.tensor([draw(units)] + [0.0] * (dim - 1), dtype=dtype)[None, :, None]
    b_q, b_k = (torch.tensor([[draw(values)]], dtype=dtype) for values in (units if bias else st.just(0.0), small))
    table = torch.tensor([[draw(small) for _ in range(dim)] for _ in range(4)], dtype=dtype)
    table[1, 1:] = table[0, 1:]
    table[1, 0], table[3, 0] = table[0, 0] + draw(units), table[2, 0] + draw(units)
    a = draw(st.sampled_from([2.0, 0.5, -1.0, 1 / 3, 10.0])) if rescaled else 1.0
    layer = Attention(w_q, w_k, torch.zeros_like(w_q), b_q=b_q, b_k=b_k)
    return LayerCase(layer, torch.zeros_like(table), table, torch.arange(4), a)


no_scale_with_query_bias = Instance(
    "no-scale",
    cases=biased_heads,
    compare=lambda case, goal: scale_found(goal, biased_logits(case)),
    outside={
        "no-bias": lambda: biased_heads(bias=False),
        "no-rescaling": lambda: biased_heads(rescaled=False),
    },
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
