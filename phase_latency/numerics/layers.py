"""Bounded twins of the attention layer: the same formulas on bounded tensors, bit-identical values, certified errors.

Contents and tables may be plain tensors, taken as exact, or `Bounded` ones that bring an error along, for example a
table from :func:`phase_latency.numerics.encodings.bounded_encoding`. Weights, biases and the scale of a layer are
exact: a layer cast to another dtype is another layer.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from phase_latency import formulas
from phase_latency.attention import Attention
from phase_latency.errors import ArgumentError
from phase_latency.inputs import summands
from phase_latency.masks import masked_logits
from phase_latency.numerics.bounded import Bounded, bounded
from phase_latency.numerics.encodings import bounded_alibi, bounded_rotary
from phase_latency.numerics.functions import softmax
from phase_latency.numerics.normalisation import bounded_normalisation as bounded_normalisation
from phase_latency.numerics.normalisation import bounded_split
from phase_latency.types import Positions
from phase_latency.validation import check_finite

Array = Bounded | Float[Tensor, "..."]


@dataclass(frozen=True, eq=False)
class BoundedParts:
    """The four parts of the logits with their errors, each (heads, length, length), query position first.

    Attributes:
        content_content: content of the query against content of the key.
        content_position: content of the query against position of the key.
        position_content: position of the query against content of the key.
        position_position: position against position, with the ALiBi bias if the layer has one.
    """

    content_content: Bounded
    content_position: Bounded
    position_content: Bounded
    position_position: Bounded

    def total(self, a: float = 1.0) -> Bounded:
        """Twin of `LogitParts.total`: ``CC + a (CP + PC) + a**2 PP``.

        Args:
            a: amplitude of the table.

        Returns:
            (heads, length, length) logits.
        """
        logits: Bounded = formulas.additive_logit(
            self.content_content, self.content_position, self.position_content, self.position_position, a
        )
        return logits


def bounded_inputs(layer: Attention, content: Array, table: Array | None = None) -> Bounded:
    """Twin of `Attention.inputs`: ``e + P`` or ``[e ; P]``, normalised.

    Args:
        layer: the layer.
        content: (length, content_dim) content vectors.
        table: (length, table_dim) positional table, or None.

    Returns:
        (length, dim) what the projections see.

    Raises:
        ArgumentError: shapes or dtypes that do not fit the layer.
        NotFiniteError: an entry is infinite or NaN.
    """
    summand, positional = _summands(layer, content, table)
    summed = summand + positional
    return summed if layer.norm is None else bounded_normalisation(layer.norm, summed)


def bounded_pieces(layer: Attention, content: Array, table: Array | None = None) -> tuple[Bounded, Bounded]:
    """Twin of `Attention.pieces`: what content and table each contribute to the input.

    Args:
        layer: the layer.
        content: (length, content_dim) content vectors.
        table: (length, table_dim) positional table, or None.

    Returns:
        (length, dim) content piece and (length, dim) position piece.

    Raises:
        ArgumentError: shapes or dtypes that do not fit the layer.
        NotFiniteError: an entry is infinite or NaN.
    """
    e, p = _summands(layer, content, table)
    return (e, p) if layer.norm is None else bounded_split(layer.norm, e, p)


def bounded_logits(
    layer: Attention, content: Array, table: Array | None = None, positions: Positions | None = None
) -> Bounded:
    """Twin of `Attention.logits`: scaled query-key products, before mask and softmax.

    Args:
        layer: the layer.
        content: (length, content_dim) content vectors.
        table: (length, table_dim) positional table, or None.
        positions: (length,) int64 or float64, for rotary and ALiBi layers.

    Returns:
        (heads, length, length) logits, query position first.

    Raises:
        ArgumentError: shapes, dtypes or positions that do not fit the layer.
        NotFiniteError: an entry is infinite or NaN.
        UncertifiedError: this machine does not accumulate as the bounds assume.
    """
    x = bounded_inputs(layer, content, table)
    query = bounded_projection(layer, x, layer.w_q, layer.b_q, positions)
    key = bounded_projection(layer, x, layer.w_k, layer.b_k, positions)
    return _biased(layer, formulas.scores(query, key, layer.logit_scale), positions)


def bounded_parts(
    layer: Attention,
    content: Array,
    table: Array | None = None,
    positions: Positions | None = None,
    bias_in: Literal["content", "position"] = "content",
) -> BoundedParts:
    """Twin of `Attention.parts`: the four parts that add up to the logits.

    Args:
        layer: the layer.
        content: (length, content_dim) content vectors.
        table: (length, table_dim) positional table, or None.
        positions: (length,) int64 or float64, for rotary and ALiBi layers.
        bias_in: where b_q and b_k are counted.

    Returns:
        the four parts.

    Raises:
        ArgumentError: shapes, dtypes or positions that do not fit the layer.
        NotFiniteError: an entry is infinite or NaN.
        UncertifiedError: this machine does not accumulate as the bounds assume.
    """
    pieces = bounded_pieces(layer, content, table)
    queries = _projected_pieces(layer, pieces, layer.w_q, layer.b_q, bias_in, positions)
    keys = _projected_pieces(layer, pieces, layer.w_k, layer.b_k, bias_in, positions)
    cc, cp, pc, pp = (formulas.scores(query, key, layer.logit_scale) for query in queries for key in keys)
    return BoundedParts(cc, cp, pc, _biased(layer, pp, positions))


def bounded_weights(logits: Bounded, mask: Bool[Tensor, "length length"] | None = None) -> Bounded:
    """Twin of `Attention.weights`: softmax of the masked logits over the keys.

    Args:
        logits: (heads, length, length), query position first.
        mask: (length, length), True where a query may attend to a key.

    Returns:
        (heads, length, length) weights, exactly 0 where masked.

    Raises:
        ArgumentError: the mask does not fit, or leaves a query without any key.
        NotFiniteError: a logit is infinite or NaN: it overflowed its dtype (what is masked belongs in `mask`).
    """
    check_finite(logits.value, "logits")
    masked_logits(logits.value, mask)  # makes the other checks of `Attention.weights`
    return softmax(logits, dim=-1, mask=mask)


def bounded_outputs(
    layer: Attention,
    content: Array,
    table: Array | None = None,
    positions: Positions | None = None,
    mask: Bool[Tensor, "length length"] | None = None,
) -> Bounded:
    """Twin of `Attention.outputs`.

    Args:
        layer: the layer.
        content: (length, content_dim) content vectors.
        table: (length, table_dim) positional table, or None.
        positions: (length,) int64 or float64, for rotary and ALiBi layers.
        mask: (length, length), True where a query may attend to a key.

    Returns:
        (length, out_dim) outputs.

    Raises:
        ArgumentError: shapes, dtypes, positions or mask that do not fit the layer.
        NotFiniteError: an entry or a logit is infinite or NaN.
        UncertifiedError: this machine does not accumulate as the bounds assume.
    """
    weights = bounded_weights(bounded_logits(layer, content, table, positions), mask)
    values = _project(bounded_inputs(layer, content, table), layer.w_v, layer.b_v)
    concatenated = (weights @ values).transpose(0, 1).flatten(1)
    if layer.w_o is None:
        return concatenated
    output: Bounded = formulas.project(concatenated, layer.w_o, layer.b_o)
    return output


def bounded_projection(
    layer: Attention, x: Bounded, weight: Tensor, bias: Tensor | None, positions: Positions | None = None
) -> Bounded:
    """Queries or keys of every head, turned if the layer is rotary; linear in `x` when there is no bias.

    Args:
        layer: the layer.
        x: (length, dim) what the projections see.
        weight: (heads, dim, head_dim), `w_q` or `w_k` of the layer.
        bias: (heads, head_dim) or None.
        positions: (length,) int64 or float64, for rotary layers.

    Returns:
        (heads, length, head_dim).

    Raises:
        ArgumentError: a rotary layer and no positions.
    """
    heads = _project(x, weight, bias)
    return heads if layer.rotary is None else bounded_rotary(layer.rotary, heads, _needed(positions))


def _summands(layer: Attention, content: Array, table: Array | None) -> tuple[Bounded, Bounded]:
    """Twin of `summands`, which only pads and makes the checks: it is applied to values and errors alike."""
    e, p = bounded(content), None if table is None else bounded(table)
    values = summands(e.value, p if p is None else p.value, layer.combine, layer.dim, layer.dtype)
    errors = summands(e.error, p if p is None else p.error, layer.combine, layer.dim, torch.float64)
    summand, positional = (Bounded(value, error) for value, error in zip(values, errors, strict=True))
    return summand, positional


def _projected_pieces(
    layer: Attention,
    pieces: tuple[Bounded, Bounded],
    weight: Tensor,
    bias: Tensor | None,
    bias_in: str,
    positions: Positions | None,
) -> tuple[Bounded, Bounded]:
    content_bias, position_bias = (bias, None) if bias_in == "content" else (None, bias)
    return (
        bounded_projection(layer, pieces[0], weight, content_bias, positions),
        bounded_projection(layer, pieces[1], weight, position_bias, positions),
    )


def _project(x: Bounded, weight: Tensor, bias: Tensor | None) -> Bounded:
    projected: Bounded = formulas.project(x, weight, None if bias is None else bias[:, None, :])
    return projected


def _biased(layer: Attention, logits: Bounded, positions: Positions | None) -> Bounded:
    return logits if layer.alibi is None else logits + bounded_alibi(layer.alibi, _needed(positions), logits.dtype)


def _needed(positions: Positions | None) -> Positions:
    if positions is None:
        raise ArgumentError("positions", None, "explicit positions for rotary and ALiBi layers", "pass positions")
    return positions
