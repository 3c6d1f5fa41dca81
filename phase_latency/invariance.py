"""Invariance up to scale, measured: how far the positional logits of one table are from a multiple of another's."""

import math

import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from phase_latency.attention import Attention
from phase_latency.errors import ArgumentError
from phase_latency.figures import Figure, Search, Verdict, WeightsChange, WorstEntry
from phase_latency.figures import InvarianceError as InvarianceError
from phase_latency.masks import Mask
from phase_latency.numerics.roundoff import require_accumulator
from phase_latency.progress import Progress
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.fits import Fit
from phase_latency.streaming.fitting import DEFAULT_BUDGET, fit
from phase_latency.streaming.layers import factored
from phase_latency.streaming.logit_change import LogitChange
from phase_latency.streaming.refined import refined
from phase_latency.streaming.relations import Relations, relations
from phase_latency.streaming.shards import Summer, sum_here
from phase_latency.streaming.sources import TableOverflowError, TableSource, TensorSource
from phase_latency.streaming.sums import Method
from phase_latency.streaming.toeplitz import toeplitz
from phase_latency.streaming.weights import weights_changes
from phase_latency.streaming.worst import Worst, worst_entry
from phase_latency.threads import one_thread

# A fit that leaves more than this part of the logits unexplained is no description of them.
_MEANINGLESS_RESIDUAL = 0.5


def measure(
    P: Float[Tensor, "length dim"] | TableSource,
    Q: Float[Tensor, "length dim"] | TableSource,
    layer: Attention | None = None,
    *,
    error_P: Float64[Tensor, "length dim"] | None = None,
    error_Q: Float64[Tensor, "length dim"] | None = None,
    keys: tuple[Float[Tensor, "keys dim"] | TableSource, Float[Tensor, "keys dim"] | TableSource] | None = None,
    mask: Bool[Tensor, "length keys"] | Mask | None = None,
    budget: int = DEFAULT_BUDGET,
    method: Method | None = None,
    seed: int = 0,
    summer: Summer = sum_here,
    progress: Progress | None = None,
) -> InvarianceError:
    """Measure how far the positional logits of a table are from a multiple of those of another (`lemma-1`).

    The logits are ``G = P P^T``, or the position-position part of a layer: ``scale (P W_q)(P W_k)^T`` for each head,
    behind the layer's normalisation and rotations at positions 0, 1, ..., without biases. An ALiBi bias is not the
    table's doing; it only enters the weights. Everything is computed in float64 from the stored numbers, in time
    proportional to the length and without a matrix of all logits: only single entries and the weights need logits,
    and of these no more are formed than `budget` allows.

    Args:
        P: (length, dim) reference table, length >= 2, in float64, float32, bfloat16 or float16; or a source of one.
        Q: (length, dim) table to compare, same shape and dtype.
        layer: attention layer, cast to float64; None for the Gram matrix.
        error_P: (length, dim) float64 bound on the error of each entry of `P`; None for the rounding of its dtype,
            which is right for tables that were computed in a wider one. For a float64 table pass what its computation
            lost, for our own encodings `phase_latency.numerics.encodings.encoding_bound`.
        error_Q: the same for `Q`.
        keys: reference and other table of the keys, if they are not those of the queries.
        mask: which pairs of positions count: (length, length), True where a query may attend to a key, or a `Mask`.
        budget: most logits that are formed, for single entries, for the weights, and for relations of single rows;
            at least those of one query in every head.
        method: how inner products are summed: "gram", "triangular", "exact"; None for the fast way, and a slower one
            where too much would cancel.
        seed: of the sample of rows, if the budget does not allow for all.
        summer: what sums a table; it may have its shards summed elsewhere.
        progress: called with what is being done, how many steps are done, and how many there are.

    Returns:
        fitted scale, residual, worst entry, change of the weights and invariance class, each with its certified bound,
        and the verdict.

    Raises:
        ArgumentError: tables, errors, mask or budget of the wrong kind, rank, shape or dtype, fewer than two rows, a
            table without any positional logit, or logits beyond the range of float64.
        NotFiniteError: an entry is infinite or NaN.
        UncertifiedError: this machine does not accumulate as the bounds assume.
    """
    query_tables = _source(P, "P", error_P), _source(Q, "Q", error_Q)
    key_tables = query_tables if keys is None else (_source(keys[0], "keys[0]"), _source(keys[1], "keys[1]"))
    with one_thread():
        require_accumulator(torch.float64)
        pair = factored(layer, query_tables, key_tables)
        admitted = _checked_mask(mask, pair)
        _check_budget(budget, pair)
        tell = progress or (lambda step, done, total: None)
        tell("scale and residual", 0, 4)
        found = fit(pair, admitted, method, budget, summer)
        _check_fit(found, pair)
        tell("worst entry", 1, 4)
        worst = _worst(pair, found, admitted, budget)
        tell("invariance classes", 2, 4)
        related = relations(pair, found, admitted, budget, seed)
        tell("attention weights", 3, 4)
        changes, alibi = [LogitChange.plain(pair), *_retempering(pair, found)], None if layer is None else layer.alibi
        weights = weights_changes(pair, changes, budget=budget, seed=seed, mask=admitted, alibi=alibi)
    return _measured(found, worst, related, weights)


def _measured(found: Fit, worst: Worst, related: Relations, weights: list[WeightsChange]) -> InvarianceError:
    verdict, reason = _verdict(found, worst)
    plain, *retempered = weights
    return InvarianceError(
        scale=found.scale,
        residual=found.residuals["Scale"],
        worst=worst.entry,
        search=Search(worst.at_most, worst.examined, worst.entries, worst.complete, worst.within_bounds),
        plain=plain,
        retempered=retempered[0] if retempered else None,
        relations=related.residuals,
        invariance=related.strongest,
        sampled=related.sampled,
        condition=found.condition,
        method=found.method,
        verdict=verdict,
        reason=reason,
    )


def overflowed(error: TableOverflowError) -> InvarianceError:
    """What is found of a table that leaves the range of its dtype: a verdict, and no figure.

    Args:
        error: what the table raised.

    Returns:
        a measurement without numbers.
    """
    unknown = Figure(math.nan, math.inf)
    row, column = error.position
    return InvarianceError(
        scale=unknown,
        residual=unknown,
        worst=WorstEntry(unknown, 0, row, column),
        search=Search(math.inf, 0, 0, complete=False, within_bounds=False),
        plain=None,
        retempered=None,
        relations={},
        invariance="Undecided",
        sampled=(0, 0),
        condition=math.inf,
        method="none",
        verdict="OVERFLOW",
        reason=f"{error.argument}[{row}, {column}] leaves the range of the dtype: {error.value}",
    )


def _source(table: Tensor | TableSource, name: str, error: Tensor | None = None) -> TableSource:
    if not isinstance(table, TableSource):
        table = TensorSource(table, name, error)
    elif error is not None:
        expected = "None for a table that is read in blocks"
        raise ArgumentError(f"error_{name}", error, expected, "let the source say its error")
    if table.length < 2:
        given = f"{table.length} row of width {table.dim}"
        raise ArgumentError(name, given, "at least two rows", "encode at least two positions")
    return table


def _checked_mask(mask: Tensor | Mask | None, pair: FactoredPair) -> Mask:
    checked = mask if isinstance(mask, Mask) else Mask(entries=mask)
    checked.check_shape(*pair.shape[1:])
    return checked


def _check_budget(budget: int, pair: FactoredPair) -> None:
    """Refuse a budget that cannot serve before anything is summed."""
    heads, _, keys = pair.shape
    if not isinstance(budget, int) or isinstance(budget, bool) or budget < heads * keys:
        expected = f"at least {heads * keys}, the logits of one query against all keys, in every head"
        raise ArgumentError("budget", budget, expected, "raise it, or measure fewer keys")


def _check_fit(found: Fit, pair: FactoredPair) -> None:
    """Refuse logits that are all zero."""
    if not math.isfinite(found.condition):
        name = pair.query_tables.reference.name
        expected = "a table whose positional logits are not all zero"
        raise ArgumentError(name, "logits of zero everywhere", expected, "pass another table or layer")


def _worst(pair: FactoredPair, found: Fit, mask: Mask, budget: int) -> Worst:
    """The worst entry of all; of sinusoids, whose entries repeat along diagonals, without forming them."""
    heads, queries, keys = pair.shape
    if heads * queries * keys > budget:
        kernel = toeplitz(pair, mask)
        if kernel is not None:
            return kernel.worst
    alpha, extra = -found.delta * float(pair.ratio), found.delta_error * float(pair.ratio)
    return refined(pair, worst_entry(pair, alpha, extra, mask, budget), alpha, extra, mask)


def _retempering(pair: FactoredPair, found: Fit) -> list[LogitChange]:
    """``G'/c - G``, if c is certainly positive."""
    if not found.scale.value > found.scale.bound:
        return []
    return [LogitChange.retempered(pair, found.scale.value, found.scale.bound)]


def _verdict(found: Fit, worst: Worst) -> tuple[Verdict, str]:
    scale, residual, deviation = found.scale, found.residuals["Scale"], worst.entry.deviation
    if worst.entry.is_beyond:
        entry = f"head {worst.entry.head}, query {worst.entry.query}, key {worst.entry.key}"
        reason = (
            f"{entry} deviates by {deviation.value:.3g}, rounding of the tables explains at most {deviation.bound:.3g}"
        )
        meaningless = residual.value > _MEANINGLESS_RESIDUAL
        return "VIOLATION", f"{reason}; the fitted scale describes little of the logits" if meaningless else reason
    if residual.value > residual.bound:
        explained = f"rounding of the tables explains at most {residual.bound:.3g}"
        return "VIOLATION", f"all entries together deviate by {residual.value:.3g} of the logits, {explained}"
    if not residual.bound < 1:
        reason = "the errors of the tables, carried to the logits, are as large as the logits"
        return "UNDECIDED", f"{reason} (they count {found.condition:.3g} times)"
    if scale.value + scale.bound < 0:
        return "VIOLATION", f"the fitted scale {scale.value:.6g} is negative: no temperature restores the weights"
    if not scale.value > scale.bound:
        return "UNDECIDED", f"the fitted scale {scale.value:.3g} may be off by {scale.bound:.3g}, so its sign is open"
    if worst.within_bounds:
        return "ROUNDING", "every entry is within what rounding of the tables explains"
    looked = f"{worst.examined} of {worst.entries} entries were looked at one by one"
    return "ROUNDING", f"all entries together are within what rounding of the tables explains; {looked}"
