"""The bound of a single entry, from the errors of single entries of the tables.

Bounds of many entries at once go by norms of rows (Cauchy and Schwarz), which loses where errors sit in few channels.
For the entry that decides, running error analysis costs next to nothing.
"""

import torch
from torch import Tensor

from phase_latency.figures import Figure, WorstEntry
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.encodings import bounded_rotary
from phase_latency.numerics.propagation import inflated
from phase_latency.numerics.roundoff import underflow, unit_roundoff
from phase_latency.streaming.difference import DifferencePair, table_difference
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.projections import Projection
from phase_latency.streaming.sources import TableSource

_UNIT, _UNDERFLOW = unit_roundoff(torch.float64), underflow(torch.float64)


def refined(pair: FactoredPair, found: WorstEntry, alpha: float, extra: float) -> WorstEntry:
    """Sharpen the bound of an entry of ``alpha G + (G' - table_scale G)``.

    Args:
        pair: the logits of two tables.
        found: the entry.
        alpha: as for `worst_entry`.
        extra: what alpha may be off by.

    Returns:
        the same entry with the smaller of both bounds.

    Raises:
        NotFiniteError: an entry of a table is infinite or NaN.
    """
    a, da = _factors(pair.query_tables, pair.query, found.head, found.query)
    b, db = _factors(pair.key_tables, pair.key, found.head, found.key)
    combination = pair.combination(alpha)
    g = a @ b.mT
    h = combination.query_factor * (a @ db.mT) + combination.key_factor * (da @ b.mT) + da @ db.mT
    own, other = combination.alpha * g, combination.ratio * h
    deviation = own + other
    # Products of alpha, ratio and unit are rounded themselves.
    rounding = 4 * _UNIT * (own.value.abs() + own.error + other.value.abs() + other.error)
    off = extra * abs(combination.unit) * (g.value.abs() + g.error)
    bound = float(inflated(deviation.error + rounding + off))
    if not bound < found.deviation.bound:
        return found
    return WorstEntry(Figure(abs(float(deviation.value)), bound), found.head, found.query, found.key)


def _factors(tables: DifferencePair, projection: Projection, head: int, row: int) -> tuple[Bounded, Bounded]:
    """(1, rank) query or key of both tables at one position."""
    p = _row(tables.reference, row, tables.reference_unit)
    q = _row(tables.other, row, tables.other_unit)
    value, _ = table_difference(p.value, q.value, tables.factor, tables.fused)
    rounding = 2 * _UNIT * value.abs() + 4 * _UNIT**2 * q.value.abs() + 16 * _UNDERFLOW
    difference = Bounded(value, inflated(q.error + abs(tables.factor) * p.error + rounding))
    position = torch.tensor([row])
    return _projected(p, projection, head, position), _projected(difference, projection, head, position)


def _row(table: TableSource, row: int, unit: float) -> Bounded:
    """One row in the unit of its table, a power of two."""
    (found,) = table.bounded_blocks(1, row, row + 1)
    return Bounded(found.value * unit, inflated(found.error * unit + _UNDERFLOW))


def _projected(row: Bounded, projection: Projection, head: int, position: Tensor) -> Bounded:
    projected = row if projection.weight is None else row @ Bounded.exact(projection.weight[head])
    return projected if projection.rotary is None else bounded_rotary(projection.rotary, projected, position)
