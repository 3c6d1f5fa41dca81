"""Group C on torch layers, continued: looking for one scale and row shifts between logits, where there is none.

Instances of additive-no-global-scale and query-bias-breaks-scale; `scope` passes their names on.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from hypothesis import strategies as st

from phase_latency.attention import Attention
from phase_latency.bridge import Bindings, predict
from phase_latency.encodings import Sinusoidal
from phase_latency.instance import Instance, observed
from phase_latency.ledger.terms import Dot
from phase_latency.numerics.bounded import Bounded, bounded
from phase_latency.numerics.comparison import Comparison
from phase_latency.numerics.encodings import bounded_encoding
from phase_latency.numerics.functions import stack
from phase_latency.numerics.layers import bounded_logits
from phase_latency.testing import strategies
from phase_latency.testing.strategies import LayerCase

from .. import scope as group
from .parts import zero_content
from .scaled_layers import plain_logits, scaled_logits

WIDE = torch.float64

# Entries of a matrix of logits, by the terms that a claim has for them.
Measured: TypeAlias = dict[Any, Bounded]


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


def biased_logits(case: LayerCase) -> Measured:
    """Terms of the positional logits, and what the layer makes of them for queries X, Y and keys Q, R."""
    content = zero_content(case)
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
