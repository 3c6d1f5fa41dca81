"""Sharper bounds of single entries, from the errors of single entries of the tables.

Bounds of many entries at once go by norms of rows (Cauchy and Schwarz), which loses where errors sit in few channels.
Running error analysis loses nothing but costs several products: it is for the entry that decides, and for one tile of
each head, where deviations come closest to their bounds.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from phase_latency.figures import Figure, WorstEntry
from phase_latency.masks import Mask
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.encodings import bounded_rotary
from phase_latency.numerics.propagation import inflated
from phase_latency.numerics.roundoff import underflow, unit_roundoff
from phase_latency.streaming.difference import DifferencePair, table_difference
from phase_latency.streaming.factors import Combination, FactoredPair
from phase_latency.streaming.projections import Projection
from phase_latency.streaming.sources import TableSource
from phase_latency.streaming.tiles import Region, hidden_pairs
from phase_latency.streaming.worst import Worst

_ROWS = 64  # of a tile that are looked at again at a time, so that bounds and values stay in the cache
_UNIT, _UNDERFLOW = unit_roundoff(torch.float64), underflow(torch.float64)


def refined(pair: FactoredPair, worst: Worst, alpha: float, extra: float, mask: Mask) -> Worst:
    """Sharpen the bound of the worst entry, and look again where deviations come closest to their bounds.

    Args:
        pair: the logits of two tables.
        worst: what `worst_entry` found for ``alpha G + (G' - table_scale G)``.
        alpha: as for `worst_entry`.
        extra: as for `worst_entry`.
        mask: pairs of positions that count.

    Returns:
        the same with sharper bounds; where they alone put an entry beyond its bound, with that entry.

    Raises:
        NotFiniteError: an entry of a table is infinite or NaN.
    """
    entry = _sharpened(pair, worst.entry, alpha, extra)
    if not entry.is_beyond:
        looked_at = (_largest_beyond(pair, each, alpha, extra, mask) for each in worst.closest)
        beyond = [each for each in looked_at if each is not None]
        entry = max(beyond, key=lambda each: each.deviation.value, default=entry)
    return replace(worst, entry=entry, within_bounds=worst.within_bounds and not entry.is_beyond)


def _sharpened(pair: FactoredPair, found: WorstEntry, alpha: float, extra: float) -> WorstEntry:
    """The same entry with the smaller of both bounds."""
    entries = _Entries.of(pair, found.head, torch.tensor([found.query]), torch.tensor([found.key]), alpha, extra)
    size, bound = (float(each) for each in entries.rows(slice(None)))
    return replace(found, deviation=Figure(size, bound)) if bound < found.deviation.bound else found


def _largest_beyond(pair: FactoredPair, region: Region, alpha: float, extra: float, mask: Mask) -> WorstEntry | None:
    """The largest deviation in a region among those beyond their bounds."""
    entries, found = _Entries.of(pair, region.head, region.queries, region.keys, alpha, extra), []
    for first in range(0, len(region.queries), _ROWS):
        queries = region.queries[first : first + _ROWS]
        size, bound = entries.rows(slice(first, first + _ROWS))
        beyond, hidden = size > bound, hidden_pairs(mask, queries, region.keys)
        if hidden is not None:
            beyond &= ~hidden
        if bool(beyond.any()):
            row, column = divmod(int(torch.where(beyond, size, -1.0).argmax()), len(region.keys))
            figure = Figure(float(size[row, column]), float(bound[row, column]))
            found.append(WorstEntry(figure, region.head, int(queries[row]), int(region.keys[column])))
    return max(found, key=lambda each: each.deviation.value, default=None)


@dataclass(frozen=True, eq=False)
class _Entries:
    """Entries of ``alpha G + (G' - table_scale G)`` of one head at some queries and keys.

    Attributes:
        queries: (rows, rank) A and dA.
        keys: (columns, rank) B and dB.
        family: the matrix.
        extra: what alpha may be off by.
    """

    queries: tuple[Bounded, Bounded]
    keys: tuple[Bounded, Bounded]
    family: Combination
    extra: float

    @classmethod
    def of(cls, pair: FactoredPair, head: int, queries: Tensor, keys: Tensor, alpha: float, extra: float) -> "_Entries":
        """Read the tables at these positions."""
        left = _factors(pair.query_tables, pair.query, head, queries)
        right = _factors(pair.key_tables, pair.key, head, keys)
        return cls(left, right, pair.combination(alpha), extra)

    def rows(self, chosen: slice) -> tuple[Tensor, Tensor]:
        """(rows, columns) sizes of entries, and their bounds, which cover what alpha may be off by."""
        (a, da), (b, db), family = (each[chosen] for each in self.queries), self.keys, self.family
        g = a @ b.mT
        h = family.query_factor * (a @ db.mT) + family.key_factor * (da @ b.mT) + da @ db.mT
        own, other = family.alpha * g, family.ratio * h
        deviation = own + other
        # Products of alpha, ratio and unit are rounded themselves.
        rounding = 4 * _UNIT * (own.value.abs() + own.error + other.value.abs() + other.error)
        off = self.extra * abs(family.unit) * (g.value.abs() + g.error)
        return deviation.value.abs(), inflated(deviation.error + rounding + off)


def _factors(tables: DifferencePair, projection: Projection, head: int, positions: Tensor) -> tuple[Bounded, Bounded]:
    """(rows, rank) queries or keys of both tables at some positions."""
    p = _rows(tables.reference, positions, tables.reference_unit)
    q = _rows(tables.other, positions, tables.other_unit)
    value, _ = table_difference(p.value, q.value, tables.factor, tables.fused)
    rounding = 2 * _UNIT * value.abs() + 4 * _UNIT**2 * q.value.abs() + 16 * _UNDERFLOW
    difference = Bounded(value, inflated(q.error + abs(tables.factor) * p.error + rounding))
    return _projected(p, projection, head, positions), _projected(difference, projection, head, positions)


def _rows(table: TableSource, positions: Tensor, unit: float) -> Bounded:
    """(rows, dim) in the unit of the table, a power of two; rows that follow each other are read at once."""
    ends = (positions.diff() != 1).nonzero()[:, 0] + 1
    runs = torch.tensor_split(positions, ends)
    blocks = [next(table.bounded_blocks(len(run), int(run[0]), int(run[-1]) + 1)) for run in runs]
    values, errors = (torch.cat(parts) for parts in zip(*((each.value, each.error) for each in blocks), strict=True))
    return Bounded(values * unit, inflated(errors * unit + _UNDERFLOW))


def _projected(rows: Bounded, projection: Projection, head: int, positions: Tensor) -> Bounded:
    projected = rows if projection.weight is None else rows @ Bounded.exact(projection.weight[head])
    return projected if projection.rotary is None else bounded_rotary(projection.rotary, projected, positions)
