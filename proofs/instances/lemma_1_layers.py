"""Group B on random torch layers, continued: layers that undo the amplitude, turn by it, or normalise it away.

Instances of lemma-1-reparametrisation, lemma-1-rotary and lemma-1-normalised; `lemma_1` passes their names on.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, cast

import torch
from hypothesis import strategies as st
from torch import Tensor

from phase_latency import formulas
from phase_latency.attention import Attention
from phase_latency.bridge import Bindings
from phase_latency.encodings import Rotary
from phase_latency.instance import Instance, observed
from phase_latency.normalisation import LayerNorm, Normalisation, RMSNorm
from phase_latency.numerics.bounded import Bounded, bounded
from phase_latency.numerics.functions import cat, cos, sin
from phase_latency.numerics.layers import bounded_inputs, bounded_logits, bounded_normalisation
from phase_latency.testing import strategies
from phase_latency.testing.strategies import LayerCase

from .. import lemma_1 as group
from .parts import ANY_DTYPE, any_cases, bias_or_zero, named, pairs, per_pair, root, wide

# Changes the weights of a projection, plain or bounded.
Change = Callable[[Any], Any]


def logits_after(case: LayerCase, table: Any, change: Change, change_bounded: Change) -> Bounded:
    """Logits of a layer whose w_q and w_k are changed; what rounds when they are stored counts as error."""
    layer, scaled = case.layer, bounded(table)
    inputs = bounded_inputs(layer, case.content, scaled)
    query, key = (
        formulas.project(inputs, change_bounded(bounded(weight)), None if bias is None else bias[:, None])
        for weight, bias in ((layer.w_q, layer.b_q), (layer.w_k, layer.b_k))
    )
    changed = replace(layer, w_q=change(layer.w_q), w_k=change(layer.w_k))
    return observed(changed.logits(case.content, scaled.value), formulas.scores(query, key, layer.logit_scale))


# -- lemma-1-reparametrisation, concatenated ------------------------------------------------------------------


def logits_of_rescaled_rows(case: LayerCase) -> Bounded:
    """Logits of [e; aP] with the positional rows of w_q and w_k divided by a."""
    width = case.content.shape[1]

    def change(join: Any) -> Change:
        return lambda weight: join([weight[:, :width], weight[:, width:] / case.a], dim=1)

    return logits_after(case, bounded(case.table) * case.a, change(torch.cat), change(cat))


def concatenated_parts(case: LayerCase) -> Bindings:
    """Contents, positions and biases, and the content and positional rows of the projections."""
    layer, width = case.layer, case.content.shape[1]
    x, y = pairs(wide(case.content))
    X, Y = pairs(wide(case.table))
    w_q, w_k = per_pair(layer.w_q) / root(layer.head_dim), per_pair(layer.w_k)
    return {
        **{group.a: case.a, group.x: x, group.y: y, group.X: X, group.Y: Y},
        **{group.V_Q: w_q[..., :width, :], group.U_Q: w_q[..., width:, :]},
        **{group.V_K: w_k[..., :width, :], group.U_K: w_k[..., width:, :]},
        group.b_Q: bias_or_zero(layer.b_q, layer) / root(layer.head_dim),
        group.b_K: bias_or_zero(layer.b_k, layer),
    }


rescaled_positional_rows = Instance(
    "concatenated",
    cases=lambda: any_cases(combine="concatenated"),
    observe=logits_of_rescaled_rows,
    bindings=concatenated_parts,
)


# -- lemma-1-reparametrisation, independent subspaces ---------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Subspaces:
    """Contents (u, 0) and positions (v, v) in R^2n, and an amplitude: two subspaces that are not orthogonal."""

    case: LayerCase

    def __repr__(self) -> str:
        """The layer."""
        return repr(self.case)

    @property
    def on_position(self) -> Tensor:
        """The projection (u, v) -> (v, v)."""
        half = self.case.layer.dim // 2
        identity, zero = torch.eye(half, dtype=torch.float64), torch.zeros(half, half, dtype=torch.float64)
        return torch.cat([torch.cat([zero, identity], 1), torch.cat([zero, identity], 1)])

    @property
    def on_content(self) -> Tensor:
        """The projection (u, v) -> (u - v, 0)."""
        return torch.eye(self.case.layer.dim, dtype=torch.float64) - self.on_position


def logits_of_restored_weights(subspaces: Subspaces) -> Bounded:
    """Logits of e + aP with W_Q and W_K changed by ``Pi_e + Pi_P/a``."""
    case = subspaces.case
    on_content, on_position = (each.to(case.layer.dtype) for each in (subspaces.on_content, subspaces.on_position))
    restore = bounded(on_content) + bounded(on_position) / case.a
    return logits_after(case, bounded(case.table) * case.a, lambda w: restore.value.mT @ w, lambda w: restore.mT @ w)


def additive_parts(subspaces: Subspaces) -> Bindings:
    """Contents, positions, projections and biases, and the two projections onto subspaces."""
    case, layer = subspaces.case, subspaces.case.layer
    e, f = pairs(wide(case.content))
    P, Q = pairs(wide(case.table))
    return {
        **{group.a: case.a, group.e: e, group.f: f, group.P: P, group.Q: Q},
        **{group.on_content: subspaces.on_content, group.on_position: subspaces.on_position},
        **{group.W_Q: per_pair(layer.w_q) / root(layer.head_dim), group.W_K: per_pair(layer.w_k)},
        group.b_Q: bias_or_zero(layer.b_q, layer) / root(layer.head_dim),
        group.b_K: bias_or_zero(layer.b_k, layer),
    }


@st.composite
def subspaces(draw: st.DrawFn, overlapping: bool = False) -> Subspaces:
    """Contents and positions in two subspaces; overlapping ones have positions with a share in the contents' space."""
    dtype = draw(ANY_DTYPE)
    scale = strategies.scales(dtype, lowest=-2, highest=0)
    amplitude = st.sampled_from([1.0, 0.5, 2.0, 0.1, -1 / 3])
    case = draw(strategies.layer_cases(dtype, scale=scale, amplitude=amplitude))
    half = case.layer.dim // 2
    content = case.content.clone()
    content[:, half:] = 0
    table = torch.cat([case.table[:, half:]] * 2, dim=1)
    if overlapping:
        table[:, :half] += 1
    return Subspaces(replace(case, content=content, table=table))


independent_subspaces = Instance(
    "independent-subspaces",
    cases=subspaces,
    observe=logits_of_restored_weights,
    bindings=additive_parts,
    outside={"overlapping-subspaces": lambda: subspaces(overlapping=True)},
)


# -- lemma-1-reparametrisation, free embeddings ---------------------------------------------------------------


def values_of_scaled_embedding(case: LayerCase) -> Bounded:
    """Values of s (e + P) with w_v divided by s, as the layer puts them out when every query sees only itself."""
    layer, scale = case.layer, case.a
    content, table = bounded(case.content) * scale, bounded(case.table) * scale
    itself = torch.eye(len(case.content), dtype=torch.bool)
    changed = replace(layer, w_v=layer.w_v / scale, scale=0)
    outputs = changed.outputs(content.value, table.value, mask=itself)
    values = bounded(itself.to(layer.dtype)) @ (bounded_inputs(layer, content, table) @ (bounded(layer.w_v) / scale))
    return observed(outputs.reshape(len(content.value), layer.heads, -1).transpose(0, 1), values)


def value_coordinates(case: LayerCase) -> Bindings:
    """Contents and positions, the value projection of every head, and each coordinate as the direction b_Q."""
    value_dim = case.layer.w_v.shape[2]
    directions = torch.eye(value_dim, dtype=torch.float64)
    e, P = (wide(rows).unsqueeze(1) for rows in (case.content, case.table))
    return {group.scale: case.a, group.e: e, group.P: P, group.W_V: per_pair(case.layer.w_v), group.b_Q: directions}


def without_value_bias() -> st.SearchStrategy[LayerCase]:
    """Layers whose values are linear in the input."""
    return any_cases().map(lambda case: replace(case, layer=replace(case.layer, b_v=None)))


rescaled_values = Instance(
    "free-embedding-values",
    cases=without_value_bias,
    observe=values_of_scaled_embedding,
    bindings=value_coordinates,
)


# -- lemma-1-rotary -------------------------------------------------------------------------------------------


def rotary(layer: Attention) -> Rotary:
    """The rotary encoding of a layer that was drawn with one."""
    return cast(Rotary, layer.rotary)


def logits_of_scaled_rotations(case: LayerCase) -> Bounded:
    """Logits of the content in the layer whose rotations are scaled."""
    layer = replace(case.layer, rotary=replace(rotary(case.layer), amplitude=case.a))
    logits = layer.logits(case.content, None, case.positions)
    return observed(logits, bounded_logits(layer, case.content, None, case.positions))


def rotation_matrices(turn: Rotary, positions: Tensor) -> Bounded:
    """Rotation of each position as a matrix, (length, dim, dim), without its amplitude."""
    half = turn.dim // 2
    channel = torch.arange(half)
    first, second = (2 * channel, 2 * channel + 1) if turn.layout == "interleaved" else (channel, channel + half)
    angle = wide(positions).unsqueeze(-1) * formulas.channel_frequency(wide(channel), turn.dim, turn.base)
    cosine, sine = cos(angle), sin(angle)
    value, error = torch.zeros(2, len(positions), turn.dim, turn.dim, dtype=torch.float64)
    placed = ((first, first, cosine), (first, second, -sine), (second, first, sine), (second, second, cosine))
    for row, column, entry in placed:
        value[:, row, column], error[:, row, column] = entry.value, entry.error
    return Bounded(value, error)


def turned_parts(case: LayerCase) -> Bindings:
    """Queries and keys before they are turned, and the rotations."""
    layer, content = case.layer, wide(case.content)
    queries = (content @ wide(layer.w_q) + bias_or_zero(layer.b_q, layer)[:, 0]) / root(layer.head_dim)
    keys = content @ wide(layer.w_k) + bias_or_zero(layer.b_k, layer)[:, 0]
    turns = rotation_matrices(rotary(layer), case.positions)
    return {
        **{group.a: case.a, group.e: queries.unsqueeze(-2), group.f: keys.unsqueeze(-3)},
        **{group.R_p: turns[:, None], group.R_q: turns[None, :]},
    }


scaled_rotary_logits = Instance(
    "whole-logit",
    cases=lambda: any_cases(rotary=True),
    observe=logits_of_scaled_rotations,
    bindings=turned_parts,
)


# -- lemma-1-normalised ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class NormalisedTable:
    """A normalisation without offset, a table in its dtype without constant rows, and an amplitude."""

    norm: Normalisation
    table: Tensor
    a: float

    def __repr__(self) -> str:
        """Kind, dtype, sizes, epsilon and amplitude."""
        length, dim = self.table.shape
        kind = f"{type(self.norm).__name__}, {named(self.table.dtype)}"
        return f"{kind}, length={length}, dim={dim}, eps={self.norm.eps!r}, a={self.a!r}"


def normalised_table(case: NormalisedTable) -> Bounded:
    """The scaled table, normalised."""
    scaled = bounded(case.table) * case.a
    return observed(case.norm(scaled.value), bounded_normalisation(case.norm, scaled))


def centring(norm: Normalisation) -> Bounded:
    """The identity for RMSNorm, ``I - 11^T/d`` for LayerNorm."""
    identity = Bounded.exact(torch.eye(len(norm.weight), dtype=torch.float64))
    return identity - Bounded.number(Fraction(1, len(norm.weight))) if isinstance(norm, LayerNorm) else identity


def normalised_coordinates(case: NormalisedTable) -> Bindings:
    """Every coordinate of every row, in the directions of the gains."""
    return {
        **{group.a: case.a, group.eps: case.norm.eps, group.d: len(case.norm.weight), group.C: centring(case.norm)},
        **{group.z: wide(case.table)[:, None], group.c: wide(torch.diag(case.norm.weight))},
    }


@st.composite
def normalised_tables(draw: st.DrawFn, epsilon: bool = True, sign: float = 1.0) -> NormalisedTable:
    """Rows with coordinates of both signs, so none is constant, and an epsilon from nothing to overwhelming."""
    dtype = draw(ANY_DTYPE)
    length, dim = draw(st.integers(1, 6)), draw(st.integers(2, 8))
    signs = torch.ones(dim, dtype=torch.float64)
    signs[1] = -1
    scale = draw(strategies.moderate(dtype))
    table = scale * (signs + draw(strategies.arrays((length, dim), torch.float64, scale=st.just(0.5))))
    a = draw(strategies.amplitudes(dtype, negative=False, lowest=max(-12, strategies.floor(dtype) + 2)))
    comparable = st.integers(-4, 4).map(lambda exponent: (a * scale) ** 2 * 2.0**exponent)
    eps = draw(st.sampled_from([1e-5, 0.0, 1e-12, 1.0]) | comparable) if epsilon else 0.0
    gain = draw(strategies.arrays((dim,), dtype, scale=strategies.moderate(dtype)))
    norm = draw(st.sampled_from([RMSNorm, LayerNorm]))(gain, None, eps)
    return NormalisedTable(norm, table.to(dtype), sign * a)


normalised_positions = Instance(
    "epsilon", cases=normalised_tables, observe=normalised_table, bindings=normalised_coordinates
)
normalised_without_epsilon = Instance(
    "no-epsilon",
    cases=lambda: normalised_tables(epsilon=False),
    observe=normalised_table,
    bindings=normalised_coordinates,
    outside={"negative-amplitude": lambda: normalised_tables(epsilon=False, sign=-1.0)},
)
