"""The entry of ``G' - c G`` that deviates most, at any length: of all entries, or of as many as a budget allows.

Beyond the budget, certified bounds of rows and columns say where to look and what can be left out: the most promising
queries are held against all keys and the most promising keys against all queries, until no entry that is left can
exceed what was found, or the budget is spent. What is left is never passed over in silence: its bound is returned.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from phase_latency.figures import WorstEntry
from phase_latency.masks import Mask
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.projections import Projection
from phase_latency.streaming.search import Left, Search
from phase_latency.streaming.tiles import Region, Tiles
from phase_latency.validation import check_whole

_ROWS = 1024  # of a mask that are counted at a time


@dataclass(frozen=True)
class Worst:
    """The entry that deviates most, as far as it is known.

    Attributes:
        entry: the largest deviation that was found; among those beyond their bounds, if there are any.
        at_most: bound of the exact deviations of all admitted entries.
        left_at_most: bound of the magnitudes of the entries that were not looked at, as they would be computed.
        within_bounds: whether every admitted entry is certainly within its bound.
        examined: number of entries that were looked at, with those that are equal to them by symmetry.
        entries: number of admitted entries, over all heads.
        closest: of each head, where a deviation that was looked at comes closest to its bound.
    """

    entry: WorstEntry
    at_most: float
    left_at_most: float
    within_bounds: bool
    examined: int
    entries: int
    closest: tuple[Region, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether no entry that was not looked at can take the place of `entry`."""
        decided = self.within_bounds or self.entry.is_beyond
        return decided and self.left_at_most <= self.entry.deviation.value


def worst_entry(pair: FactoredPair, alpha: float, extra: float, mask: Mask, budget: int) -> Worst:
    """Find the largest entry of ``alpha G + (G' - table_scale G)``.

    An entry is beyond its bound if it is larger than what the errors of the tables, the rounding of its own product
    and ``extra |G|`` explain.

    Args:
        pair: the logits of two tables.
        alpha: ``table_scale - c`` for the deviation ``G' - c G``.
        extra: what alpha may be off by.
        mask: pairs of positions that count.
        budget: number of entries that may be computed; at least one query against all keys, in every head.

    Returns:
        the entry, and what is known of those that were not looked at.

    Raises:
        ArgumentError: the budget is too small, the mask does not fit, a table is shorter or longer than it was, or a
            deviation is beyond the range of float64.
        NotFiniteError: an entry of a table is infinite or NaN.
    """
    heads, queries, keys = pair.shape
    check_whole(budget, "budget", heads * keys, "allow for at least one query against all keys, in every head")
    mask.check_shape(queries, keys)
    affordable = heads * queries * keys <= budget
    mirrored = mask.keys is None and mask.entries is None and _is_symmetric(pair)
    # Of a symmetric matrix one half will do, whether or not the mask hides the other one.
    looked_at = replace(mask, causal=affordable) if mirrored else mask
    tiles = Tiles(looked_at, pair.query_tables.other.name)
    left = []
    for head in range(heads):
        search = Search(_one_head(pair, head), head, pair.combination(alpha), extra, looked_at, mirrored, tiles)
        left.append(search.everything() if affordable else search.most_promising(budget // heads))
    return _result(tiles, left, mask, mirrored, pair.shape)


def _result(tiles: Tiles, left: list[Left], mask: Mask, mirrored: bool, shape: tuple[int, int, int]) -> Worst:
    worst = tiles.worst
    assert worst is not None  # every query has a key
    if mirrored and worst.query < worst.key:
        worst = WorstEntry(worst.deviation, worst.head, worst.key, worst.query)
    within = tiles.beyond is None and all(each.within_bounds for each in left)
    entries = shape[0] * _count(mask, *(torch.ones(length, dtype=torch.bool) for length in shape[1:]))
    return Worst(
        entry=worst,
        at_most=max(tiles.at_most, *(each.at_most for each in left)),
        left_at_most=max(each.upper for each in left),
        within_bounds=within,
        examined=entries - sum(_count(mask, each.queries, each.keys) for each in left),
        entries=entries,
        closest=tuple(tiles.closest.values()),
    )


def _count(mask: Mask, queries: Tensor, keys: Tensor) -> int:
    """Number of admitted pairs of some queries and some keys, both (length,) booleans."""
    if mask.entries is not None:
        count = 0
        for rows in torch.split(queries.nonzero()[:, 0], _ROWS):
            admitted = mask.admitted(rows, slice(0, len(keys)))
            assert admitted is not None
            count += int((admitted & keys).sum())
        return count
    keys = keys if mask.keys is None else keys & mask.keys
    return int(keys.cumsum(0)[queries].sum()) if mask.causal else int(queries.sum()) * int(keys.sum())


def _is_symmetric(pair: FactoredPair) -> bool:
    """Whether queries and keys are the same."""
    query, key = pair.query, pair.key
    if pair.query_tables is not pair.key_tables or query.rotary != key.rotary:
        return False
    if query.weight is None or key.weight is None:
        return query.weight is key.weight
    return torch.equal(query.weight, key.weight)


def _one_head(pair: FactoredPair, head: int) -> FactoredPair:
    def alone(projection: Projection) -> Projection:
        if projection.weight is None:
            return projection
        return replace(projection, weight=projection.weight[head : head + 1])

    return replace(pair, query=alone(pair.query), key=alone(pair.key))
