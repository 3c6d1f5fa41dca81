"""Group B on random torch layers: the instances that the statements of `phase_latency.proofs.lemma_1` name.

Each observes in the dtype of its case and measures what the right side is made of in float64, from the same stored
parameters. Vectors of query and key positions stand on two axes of their own, so that one evaluation of a claim covers
all heads and all pairs of positions. Statements about layers that differ are in `lemma_1_layers`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from phase_latency import formulas
from phase_latency.attention import Attention
from phase_latency.bridge import Bindings
from phase_latency.encodings import Sinusoidal
from phase_latency.instance import Instance, observed
from phase_latency.numerics.bounded import Bounded, bounded
from phase_latency.numerics.encodings import bounded_encoding
from phase_latency.numerics.functions import softmax, sqrt
from phase_latency.numerics.layers import bounded_logits
from phase_latency.testing import strategies
from phase_latency.testing.strategies import LayerCase

from .. import lemma_1 as group
from .lemma_1_layers import independent_subspaces as independent_subspaces
from .lemma_1_layers import normalised_positions as normalised_positions
from .lemma_1_layers import normalised_without_epsilon as normalised_without_epsilon
from .lemma_1_layers import rescaled_positional_rows as rescaled_positional_rows
from .lemma_1_layers import rescaled_values as rescaled_values
from .lemma_1_layers import scaled_rotary_logits as scaled_rotary_logits
from .parts import (
    ANY_DTYPE,
    any_cases,
    moderate_cases,
    named,
    pairs,
    per_pair,
    root,
    sinusoidal_tables,
    wide,
    zero_content,
)

# -- gram-toeplitz --------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class EncodedPositions:
    """A sinusoidal table: its encoding, its positions, a shift of all of them, and its dtype."""

    encoding: Sinusoidal
    positions: Tensor
    shift: float
    dtype: torch.dtype

    def __repr__(self) -> str:
        """Everything, on one line."""
        return f"{named(self.dtype)}, {self.encoding}, positions={self.positions.tolist()}, shift={self.shift}"

    def table(self, shift: float = 0.0) -> Bounded:
        """The table as the encoding computes it, at shifted positions, with its error."""
        positions = self.positions.double() + shift
        twin = bounded_encoding(self.encoding, positions, self.dtype)
        return observed(self.encoding(positions, self.dtype), twin)

    def frequencies(self) -> Bounded:
        """Frequencies of the channels, (h,)."""
        channel = Bounded.exact(torch.arange(self.encoding.dim // 2, dtype=torch.float64))
        frequencies: Bounded = formulas.channel_frequency(channel, self.encoding.dim, self.encoding.base)
        return frequencies


def gram(table: Bounded) -> Bounded:
    """Inner products of all rows."""
    return observed(table.value @ table.value.mT, table @ table.mT)


def squared_norms(case: EncodedPositions) -> Bounded:
    """Inner product of each row with itself."""
    table = case.table()
    return observed((table.value * table.value).sum(-1), (table * table).sum(-1))


def channels(case: EncodedPositions) -> Bindings:
    """Positions of rows and columns, and the frequencies on the last axis."""
    row, column = pairs(wide(case.positions).unsqueeze(-1))
    parts: Bindings = {group.p: row, group.q: column, group.delta: case.shift}
    return {**parts, group.w: case.frequencies(), group.h: case.encoding.dim // 2}


def channels_of_rows(case: EncodedPositions) -> Bindings:
    """Positions of rows, and the frequencies on the last axis."""
    position = wide(case.positions).unsqueeze(-1)
    return {group.p: position, group.w: case.frequencies(), group.h: case.encoding.dim // 2}


def encoded_positions() -> st.SearchStrategy[EncodedPositions]:
    """Sinusoidal tables in any dtype; eighths, so that shifted positions are exact."""
    shifts = st.integers(-(10**6), 10**6).map(lambda eighths: eighths / 8)
    return st.builds(EncodedPositions, strategies.sinusoids(), strategies.positions(), shifts, ANY_DTYPE)


gram_of_sinusoidal_table = Instance(
    "kernel", cases=encoded_positions, observe=lambda case: gram(case.table()), bindings=channels
)
gram_of_shifted_positions = Instance(
    "shift", cases=encoded_positions, observe=lambda case: gram(case.table(case.shift)), bindings=channels
)
norms_of_sinusoidal_table = Instance("norm", cases=encoded_positions, observe=squared_norms, bindings=channels_of_rows)


# -- lemma-1 --------------------------------------------------------------------------------------------------


def scaled_logits(case: LayerCase) -> Bounded:
    """Logits of the scaled table alone."""
    layer, content = case.layer, zero_content(case)
    twin = bounded_logits(layer, content, bounded(case.table) * case.a)
    return observed(layer.logits(content, case.a * case.table), twin)


def head(case: LayerCase) -> Bindings:
    """Positions and projections of every head; the factor ``1/sqrt(d_k)`` goes with the queries."""
    query, key = pairs(wide(case.table))
    w_q, w_k = per_pair(case.layer.w_q) / root(case.layer.head_dim), per_pair(case.layer.w_k)
    return {group.a: case.a, group.P: query, group.Q: key, group.W_Q: w_q, group.W_K: w_k}


positional_logits = Instance("head", cases=lambda: any_cases(biases=False), observe=scaled_logits, bindings=head)


def form(case: LayerCase) -> Bindings:
    """Positions and the bilinear form of every head."""
    query, key = pairs(wide(case.table))
    return {group.a: case.a, group.P: query, group.Q: key, group.M: per_pair(case.layer.w_q)}


@st.composite
def bilinear_layers(draw: st.DrawFn) -> LayerCase:
    """Layers with W_Q = M any square matrix, W_K the identity, and no divisor."""
    case = draw(any_cases(biases=False))
    heads, dim, dtype = case.layer.heads, case.layer.dim, case.layer.dtype
    identity = torch.eye(dim, dtype=dtype).repeat(heads, 1, 1)
    return replace(
        case, layer=Attention(draw(strategies.arrays((heads, dim, dim), dtype)), identity, identity, scale=1)
    )


bilinear_logits = Instance("bilinear", cases=bilinear_layers, observe=scaled_logits, bindings=form)


# -- lemma-1 with identity projections, lemma-1-cosine --------------------------------------------------------


@dataclass(frozen=True, eq=False)
class ScaledTable:
    """A table whose rows do not vanish, in its dtype, and an amplitude; or, for a slope, the number of positions."""

    table: Tensor
    a: float

    def __repr__(self) -> str:
        """Dtype, sizes and amplitude."""
        length, dim = self.table.shape
        return f"{named(self.table.dtype)}, length={length}, dim={dim}, a={self.a!r}"


def both(case: ScaledTable, scale: Any, formula: Callable[[Any, Any], Any]) -> Bounded:
    """A formula of the scaled table and a square root, on plain tensors and on bounded ones."""
    value = formula(scale(case.table, case.a), torch.sqrt)
    return observed(value, formula(scale(bounded(case.table), case.a), sqrt))


def cosines(scaled: Any, square_root: Any) -> Any:
    """Cosine similarities of all rows."""
    norms = square_root((scaled * scaled).sum(-1, keepdim=True))
    return (scaled @ scaled.mT) / (norms * norms.mT)


def rows(case: ScaledTable) -> Bindings:
    """The amplitude, also as the length, and all pairs of rows."""
    query, key = pairs(wide(case.table))
    return {group.a: case.a, group.L: case.a, group.P: query, group.Q: key}


@st.composite
def scaled_tables(draw: st.DrawFn) -> ScaledTable:
    """Sinusoidal tables with amplitudes whose squares the dtype resolves."""
    dtype = draw(ANY_DTYPE)
    amplitudes = strategies.amplitudes(dtype, lowest=strategies.floor(dtype) + 1)
    return ScaledTable(draw(sinusoidal_tables(dtype)), draw(amplitudes))


@st.composite
def divided_tables(draw: st.DrawFn) -> ScaledTable:
    """Sinusoidal tables with a number of positions up to 512."""
    return ScaledTable(draw(sinusoidal_tables(draw(ANY_DTYPE))), float(draw(st.integers(2, 512))))


cosine_similarities = Instance(
    "cosine", cases=scaled_tables, observe=lambda case: both(case, lambda x, a: x * a, cosines), bindings=rows
)
slope_of_identity = Instance(
    "slope",
    cases=divided_tables,
    observe=lambda case: both(case, lambda x, length: x / length, lambda x, _: x @ x.mT),
    bindings=rows,
)


# -- lemma-1-order --------------------------------------------------------------------------------------------


def lead_of_keys(case: LayerCase) -> Bounded:
    """By how much each key leads each other one in the row of each query, (heads, query, other, key)."""
    logits = scaled_logits(case).to(torch.float64)
    return logits.unsqueeze(-2) - logits.unsqueeze(-1)


def query_and_two_keys(case: LayerCase) -> Bindings:
    """A query, two keys, and the bilinear form of every head."""
    layer, table = case.layer, wide(case.table)
    matrix = (wide(layer.w_q) @ wide(layer.w_k).mT) / root(layer.head_dim)
    query, key, other = table[:, None, None], table[None, :, None], table[None, None]
    return {group.a: case.a, group.P: query, group.Q: key, group.R: other, group.M: matrix[:, None, None, None]}


order_within_rows = Instance(
    "strict",
    cases=lambda: moderate_cases(biases=False),
    observe=lead_of_keys,
    bindings=query_and_two_keys,
    outside={"zero-amplitude": lambda: moderate_cases(st.just(0.0), biases=False)},
)


# -- lemma-1-temperature --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class TemperedLayer:
    """A layer and the factor on its products of queries and keys, which sets the temperature."""

    case: LayerCase
    factor: float

    def __repr__(self) -> str:
        """The layer and the factor."""
        return f"{self.case}, factor={self.factor!r}"

    @property
    def tempered(self) -> LayerCase:
        """The case with the factor in place of ``1/sqrt(d_k)``."""
        return replace(self.case, layer=replace(self.case.layer, scale=self.factor))


def weights_of_scaled_table(case: TemperedLayer) -> Bounded:
    """Weights of the scaled table, computed with the factor."""
    logits = scaled_logits(case.tempered)
    return observed(case.case.layer.weights(logits.value), softmax(logits))


def logits_and_temperature(case: TemperedLayer) -> Bindings:
    """Logits of the table, keys on the last axis, and the tau for which the factor is ``1/(sqrt(d_k) a^2 tau)``."""
    layer, a = case.case.layer, Bounded.number(case.case.a)
    table = wide(case.case.table)
    logits = ((table @ wide(layer.w_q)) @ (table @ wide(layer.w_k)).mT) / root(layer.head_dim)
    tau = 1 / (Bounded.number(case.factor) * root(layer.head_dim) * a**2)
    return {group.u: logits, group.a: a, group.tau: tau}


@st.composite
def tempered_layers(draw: st.DrawFn) -> TemperedLayer:
    """Layers with factors at which their logits are of a size that softmax can tell apart."""
    amplitude = st.sampled_from([1.0, 0.5, 0.25, -1 / 3, 2.0])
    case = draw(moderate_cases(amplitude, biases=False))
    logits = replace(case.layer, scale=1).to(torch.float64).logits(zero_content(case).double(), case.table.double())
    largest = max(float(logits.abs().max()) * case.a**2, 2.0**-20)
    return TemperedLayer(case, draw(st.sampled_from([1.0, 0.1, math.pi, 10.0])) / largest)


re_tempered_weights = Instance(
    "re-tempered", cases=tempered_layers, observe=weights_of_scaled_table, bindings=logits_and_temperature
)
