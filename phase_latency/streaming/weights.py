"""Change of the attention weights over all rows, or over a random sample of them where all would cost too much."""

from collections.abc import Sequence

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.encodings import Alibi
from phase_latency.errors import ArgumentError
from phase_latency.figures import Figure, LargestRow, RowFigures, WeightsChange
from phase_latency.masks import Mask
from phase_latency.numerics.divergence import Divergence, kl_bound, total_variation_bound
from phase_latency.numerics.propagation import inflated
from phase_latency.numerics.roundoff import gamma, unit_roundoff
from phase_latency.numerics.sampling import exceeding_part, mean_deviation
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.logit_change import LogitChange
from phase_latency.streaming.row_ranges import Ranges
from phase_latency.streaming.sample import drawn_queries
from phase_latency.streaming.weight_rows import rows_changes


def weights_changes(
    pair: FactoredPair,
    changes: Sequence[LogitChange],
    *,
    budget: int,
    seed: int = 0,
    mask: Mask | None = None,
    alibi: Alibi | None = None,
) -> list[WeightsChange]:
    """Measure how far the attention weights move, row by row, with certificates.

    All rows are measured if they have at most `budget` entries together, otherwise as many queries, drawn at random
    without replacement, each in all heads, as the budget allows. The result says so.

    Args:
        pair: the logits of two tables.
        changes: which changes of the logits, `LogitChange.plain`, `LogitChange.retempered` or both.
        budget: entries of the logits, heads times queries times keys, that may be evaluated; a masked entry counts.
        seed: of the draw.
        mask: what each query may attend to; None for all.
        alibi: bias on the logits of both tables, for as many heads; None for none.

    Returns:
        for each change figures over rows.

    Raises:
        ArgumentError: a budget below the entries of one query, a mask or bias that does not fit, logits beyond the
            range of float64, or a table that has changed.
        NotFiniteError: an entry of a table is infinite or NaN.
    """
    heads, queries, keys = pair.shape
    if alibi is not None and alibi.heads != heads:
        raise ArgumentError("alibi", alibi, f"{heads} heads, as the logits", "build it with that many heads")
    mask = mask or Mask()
    mask.check_shape(queries, keys)
    positions = drawn_queries(heads, queries, keys, budget, seed)
    if len(positions) == queries:
        moved = rows_changes(pair, changes, positions, mask, alibi)
        return [_summary(each, positions, queries, None) for each in moved]
    ranges = Ranges.of(pair, changes)
    moved = rows_changes(pair, changes, positions, mask, alibi, ranges.add_keys)
    spreads = ranges.bounds()
    return [_summary(each, positions, queries, spread) for each, spread in zip(moved, spreads, strict=True)]


def _summary(moved: Divergence, positions: Tensor, queries: int, spread: float | None) -> WeightsChange:
    """Figures over rows; `spread` bounds the range of the change of all rows if only some were measured."""
    kl, total_variation = None, None
    if spread is not None:
        bounded = torch.tensor(spread, dtype=torch.float64)
        kl, total_variation = float(kl_bound(bounded)), float(total_variation_bound(bounded))
    return WeightsChange(
        total_variation=_figures(moved.total_variation, moved.total_variation_error, positions, total_variation),
        kl=_figures(moved.kl_forward, moved.kl_forward_error, positions, kl),
        kl_reverse=_figures(moved.kl_reverse, moved.kl_reverse_error, positions, kl),
        largest_change=_largest(moved.largest_change, moved.change_error, positions),
        spread=_largest(moved.spread, 2 * moved.change_error, positions),
        top_changed=int(moved.top_changed.sum()),
        measured=moved.spread.numel(),
        rows=len(moved.spread) * queries,
        exceeding=0.0 if spread is None else exceeding_part(len(positions)),
    )


def _figures(
    values: Float64[Tensor, "heads rows"], errors: Float64[Tensor, "heads rows"], positions: Tensor, most: float | None
) -> RowFigures:
    """One figure; `most` is what it can be in any row, if only some were measured."""
    rounding = gamma(values.numel() + 1, unit_roundoff(torch.float64))
    mean = Figure(float(values.mean()), float(inflated(errors.mean() + rounding * values.mean())))
    largest = _largest(values, errors, positions)
    if most is None:
        return RowFigures(largest, mean)
    # Queries were drawn, each with all its heads.
    deviation = mean_deviation(values.mean(0), most, float(errors.max())) + mean.bound
    interval = max(0.0, mean.value - deviation), min(most, mean.value + deviation)
    return RowFigures(largest, mean, interval, most)


def _largest(
    values: Float64[Tensor, "heads rows"], errors: Float64[Tensor, "heads rows"], positions: Tensor
) -> LargestRow:
    """The largest value; the exact one lies between the largest lower and the largest upper end."""
    head, row = (int(i) for i in torch.unravel_index(values.argmax(), values.shape))
    value = values[head, row]
    distance = torch.maximum((values + errors).max() - value, value - (values - errors).max())
    bound = float(inflated(distance + 2 * unit_roundoff(torch.float64) * value))
    return LargestRow(Figure(float(value), bound), head, int(positions[row]))
