"""Invariance up to scale, measured: how far the positional logits of one table are from a multiple of another's."""

import math

import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from phase_latency.attention import Attention
from phase_latency.errors import ArgumentError
from phase_latency.figures import Figure, Verdict, WeightsChange, WorstEntry
from phase_latency.figures import InvarianceError as InvarianceError
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.divergence import divergence, kl_bound, total_variation_bound
from phase_latency.numerics.fit import BilinearForm, ScaleFit, fit_scale, frobenius_norm
from phase_latency.numerics.layers import bounded_pieces, bounded_projection
from phase_latency.numerics.propagation import inflated
from phase_latency.validation import check_array

# A fit that leaves more than this part of the logits unexplained is no description of them.
_MEANINGLESS_RESIDUAL = 0.5


def measure(
    P: Float[Tensor, "length dim"],
    Q: Float[Tensor, "length dim"],
    layer: Attention | None = None,
    *,
    error_P: Float64[Tensor, "length dim"] | None = None,
    error_Q: Float64[Tensor, "length dim"] | None = None,
    mask: Bool[Tensor, "length length"] | None = None,
) -> InvarianceError:
    """Measure how far the positional logits of a table are from a multiple of those of another (`lemma-1`).

    The logits are ``G = P P^T``, or the position-position part of a layer: ``scale (P W_q)(P W_k)^T`` for each head,
    behind the layer's normalisation and rotations at positions 0, 1, ..., without biases. An ALiBi bias is not the
    table's doing; it only enters the weights. Everything is computed in float64 from the stored numbers.

    Args:
        P: (length, dim) reference table, length >= 2, in float64, float32, bfloat16 or float16.
        Q: (length, dim) table to compare, same shape and dtype.
        layer: attention layer, cast to float64; None for the Gram matrix.
        error_P: (length, dim) float64 bound on the error of each entry of `P`; None for the rounding of its dtype,
            which is right for tables that were computed in a wider one. For a float64 table pass what its computation
            lost, for our own encodings `phase_latency.numerics.encodings.encoding_bound`.
        error_Q: the same for `Q`.
        mask: (length, length), True where a query may attend to a key; it acts on the weights only.

    Returns:
        fitted scale, residual, worst entry and change of the weights, each with its certified bound, and the verdict.

    Raises:
        ArgumentError: tables, errors or mask of the wrong kind, rank, shape or dtype, fewer than two rows, a table
            without any positional logit, or logits beyond the range of float64.
        NotFiniteError: an entry is infinite or NaN.
        UncertifiedError: this machine does not accumulate as the bounds assume.
    """
    reference, other = _bounded_table(P, "P", error_P), _bounded_table(Q, "Q", error_Q)
    if P.shape != Q.shape or P.dtype != Q.dtype:
        expected = f"shape {tuple(P.shape)} and dtype {P.dtype}, as P"
        raise ArgumentError("Q", Q, expected, "evaluate both encodings at the same positions in the same dtype")
    if layer is None:
        form, bias = BilinearForm(query=_one_head, key=_one_head), torch.zeros((), dtype=torch.float64)
    else:
        layer = layer.to(torch.float64)
        reference, other = _position_piece(layer, reference), _position_piece(layer, other)
        form, bias = _form(layer, len(P)), _logit_bias(layer, len(P))
    fit = fit_scale(reference, other, form)
    _check_fit(fit, P, Q)
    return _judged(fit, bias, mask)


def _bounded_table(table: Tensor, argument: str, error: Tensor | None) -> Bounded:
    check_array(table, argument, "length dim")
    if len(table) < 2:
        raise ArgumentError(argument, table, "at least two rows", "encode at least two positions")
    if not bool(table.any()):
        raise ArgumentError(argument, table, "a table that is not all zero", "pass an encoding that uses position")
    if error is None:
        return Bounded.stored(table).to(torch.float64)
    check_array(error, f"error_{argument}", "length dim")
    if error.shape != table.shape or error.dtype != torch.float64 or bool((error < 0).any()):
        expected = f"non-negative float64 of shape {tuple(table.shape)}, as {argument}"
        raise ArgumentError(f"error_{argument}", error, expected, "pass one bound per entry")
    return Bounded(table.double(), error)


def _one_head(table: Bounded) -> Bounded:
    return table.unsqueeze(0)


def _position_piece(layer: Attention, table: Bounded) -> Bounded:
    """What the table contributes to the input of the layer when the content is zero."""
    width = layer.dim if layer.combine == "additive" else layer.dim - table.shape[1]
    if width < 0:
        expected = f"a width of at most {layer.dim}, as the layer"
        raise ArgumentError("P", table.value, expected, "pass the table that the layer was built for")
    return bounded_pieces(layer, torch.zeros(table.shape[0], width, dtype=torch.float64), table)[1]


def _form(layer: Attention, length: int) -> BilinearForm:
    positions = torch.arange(length)
    return BilinearForm(
        query=lambda x: bounded_projection(layer, x, layer.w_q, None, positions),
        key=lambda x: bounded_projection(layer, x, layer.w_k, None, positions),
        scale=layer.logit_scale,
    )


def _logit_bias(layer: Attention, length: int) -> Tensor:
    positions = torch.arange(length)
    if layer.alibi is None:
        return torch.zeros((), dtype=torch.float64)
    return layer.alibi.bias(positions, positions)


def _check_fit(fit: ScaleFit, P: Tensor, Q: Tensor) -> None:
    expected, remedy = "a table whose positional logits are not all zero", "pass another table or layer"
    if not bool(fit.logits.value.any()):
        raise ArgumentError("P", P, expected, remedy)
    if not fit.norm:
        raise ArgumentError("Q", Q, expected, remedy)
    if not (math.isfinite(fit.norm) and bool(fit.deviation.isfinite().all())):
        raise ArgumentError("Q", Q, "logits within the range of float64", "bring the tables closer in scale")


def _judged(fit: ScaleFit, bias: Tensor, mask: Tensor | None) -> InvarianceError:
    """Figures and verdict of a fit."""
    scale = Figure(float(fit.scale.value), float(fit.scale.error))
    allowed = float(inflated(torch.tensor(frobenius_norm(fit.allowance) / fit.norm, dtype=torch.float64)))
    residual = Figure(frobenius_norm(fit.deviation) / fit.norm, allowed)
    worst = _worst_entry(fit)
    verdict, reason = _verdict(scale, residual, worst)
    retempered = None
    if scale.value > scale.bound:
        retempered = _retempered_change(fit, bias, mask, scale.value)
    return InvarianceError(scale, residual, worst, _plain_change(fit, bias, mask), retempered, verdict, reason)


def _worst_entry(fit: ScaleFit) -> WorstEntry:
    deviation = fit.deviation.abs()
    beyond = deviation > fit.allowance
    candidates = torch.where(beyond, deviation, -1.0) if bool(beyond.any()) else deviation
    head, query, key = (int(i) for i in torch.unravel_index(candidates.argmax(), candidates.shape))
    figure = Figure(float(deviation[head, query, key]), float(fit.allowance[head, query, key]))
    return WorstEntry(figure, head, query, key)


def _verdict(scale: Figure, residual: Figure, worst: WorstEntry) -> tuple[Verdict, str]:
    if worst.deviation.value > worst.deviation.bound:
        entry = f"head {worst.head}, query {worst.query}, key {worst.key}"
        found, allowed = worst.deviation.value, worst.deviation.bound
        reason = f"{entry} deviates by {found:.3g}, rounding of the tables explains at most {allowed:.3g}"
        meaningless = residual.value > _MEANINGLESS_RESIDUAL
        return "VIOLATION", f"{reason}; the fitted scale describes little of the logits" if meaningless else reason
    if not residual.bound < 1:
        return "UNDECIDED", "the errors of the tables, carried to the logits, are as large as the logits"
    if scale.value + scale.bound < 0:
        return "VIOLATION", f"the fitted scale {scale.value:.6g} is negative: no temperature restores the weights"
    if not scale.value > scale.bound:
        return "UNDECIDED", f"the fitted scale {scale.value:.3g} may be off by {scale.bound:.3g}, so its sign is open"
    return "ROUNDING", "every entry is within what rounding of the tables explains"


def _plain_change(fit: ScaleFit, bias: Tensor, mask: Tensor | None) -> WeightsChange:
    """From ``softmax(G)`` to ``softmax(G')``: if ``G' = c G`` exactly, the logits change by ``(c - 1) G``."""
    stretch = (fit.scale.value - 1).abs() + fit.scale.error
    logits_spread = _spread(fit.logits.value, mask) + 2 * fit.logits.error.amax(-1)
    spread = stretch * logits_spread + 2 * fit.change.error.amax(-1)
    return _weights_change(fit.logits.value + bias, fit.change.value, inflated(spread), mask)


def _retempered_change(fit: ScaleFit, bias: Tensor, mask: Tensor | None, scale: float) -> WeightsChange:
    """From ``softmax(G)`` to ``softmax(G'/c)``: if ``G' = c G`` exactly, the logits change by rounding only."""
    spread = 2 * fit.allowance.amax(-1) / scale
    return _weights_change(fit.logits.value + bias, fit.deviation / scale, inflated(spread), mask)


def _weights_change(logits: Tensor, change: Tensor, spread: Tensor, mask: Tensor | None) -> WeightsChange:
    """Change of the weights in the row that changes most; `spread` is the most that the change can vary in each row."""
    moved = divergence(logits, change, mask)
    total_variation, kl = float(total_variation_bound(spread).max()), float(kl_bound(spread).max())
    return WeightsChange(
        total_variation=Figure(float(moved.total_variation.max()), total_variation),
        kl=Figure(float(moved.kl_forward.max()), kl),
        kl_reverse=Figure(float(moved.kl_reverse.max()), kl),
    )


def _spread(logits: Tensor, mask: Tensor | None) -> Tensor:
    """Largest minus smallest logit that each query may attend to."""
    hidden = torch.zeros_like(logits, dtype=torch.bool) if mask is None else ~mask.expand(logits.shape)
    return logits.masked_fill(hidden, -torch.inf).amax(-1) - logits.masked_fill(hidden, torch.inf).amin(-1)
