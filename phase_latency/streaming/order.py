"""How far rows of logits are from keeping their order, over the rows of two tables; see `falls` for one row."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Int64
from torch import Tensor

from phase_latency.figures import Figure
from phase_latency.masks import Mask
from phase_latency.numerics.propagation import inflated
from phase_latency.numerics.roundoff import gamma, unit_roundoff
from phase_latency.streaming.factors import Combination, FactoredPair
from phase_latency.streaming.falls import RowFall, row_fall
from phase_latency.streaming.projections import Factors
from phase_latency.streaming.tiles import out_of_range, underflow_bound
from phase_latency.streaming.toeplitz import ToeplitzFit

_UNIT = unit_roundoff(torch.float64)
_ENTRIES = 2**19  # logits of rows that are formed at a time: four arrays of 4 MB
_KEYS = 4096  # keys that are read at a time


@dataclass(frozen=True)
class RowOrder:
    """How far some rows are from keeping their order.

    Attributes:
        residual: largest residual of a row, in the unit of the logits.
        relative: the same divided by the largest of the new logits; with an infinite bound if no order is certainly
            reversed, but none is certainly kept in some head either, as where all logits vanish.
        head: head of the row that falls deepest.
        query: its query.
        keys: the two keys: the first was not above the second, and is now.
    """

    residual: Figure
    relative: Figure
    head: int
    query: int
    keys: tuple[int, int]


def order_residual(pair: FactoredPair, rows: Int64[Tensor, " rows"], mask: Mask) -> Figure:
    """What nondecreasing functions of some rows leave over.

    Args:
        pair: the logits of two tables.
        rows: (rows,) queries, in increasing order, each once.
        mask: pairs of positions that count.

    Returns:
        largest residual, relative to the largest of the new logits of these rows. It is within its bound if and only
        if no pair of keys that was certainly in order is certainly reversed; then the bound is infinite if in some head
        no order is certainly kept either.

    Raises:
        ArgumentError: a table is shorter or longer than it was, or a logit is beyond the range of float64.
        NotFiniteError: an entry of a table is infinite or NaN.
    """
    return row_order(pair, rows, mask).relative


def row_order(pair: FactoredPair, rows: Int64[Tensor, " rows"], mask: Mask) -> RowOrder:
    """Find the row that is farthest from keeping its order.

    Args:
        pair: the logits of two tables.
        rows: (rows,) queries, in increasing order, each once.
        mask: pairs of positions that count.

    Returns:
        its residual, and that of all these rows.

    Raises:
        ArgumentError: a table is shorter or longer than it was, or a logit is beyond the range of float64.
        NotFiniteError: an entry of a table is infinite or NaN.
    """
    found = _Found(pair.heads)
    for chosen in torch.split(rows, max(1, _ENTRIES // (pair.heads * pair.shape[2]))):
        before, after = _logits(pair, chosen)
        for number, query in enumerate(chosen.tolist()):
            admitted = mask.admitted(chosen[number : number + 1], slice(0, pair.shape[2]))
            keys = torch.arange(pair.shape[2]) if admitted is None else admitted[0].nonzero()[:, 0]
            for head in range(pair.heads):
                z, z_bound, y, y_bound = (
                    each[head, number] if admitted is None else each[head, number, keys]
                    for each in (before.value, before.error, after.value, after.error)
                )
                found.add(head, query, row_fall(z, y, z_bound, y_bound), keys, y, y_bound)
    return found.result()


def toeplitz_order(fit: ToeplitzFit) -> RowOrder:
    """The same for all rows of two Toeplitz matrices.

    Args:
        fit: what is known of them.

    Returns:
        the residual of the last row: its keys have all distances, and those of other rows are among them, up to ties.
    """
    before, after = fit.before.flip(0), fit.after.flip(0)
    bounds = [torch.full_like(before, each) for each in (fit.before_bound, fit.after_bound)]
    found = _Found(1)
    keys = torch.arange(len(before))
    found.add(0, len(before) - 1, row_fall(before, after, bounds[0], bounds[1]), keys, after, bounds[1])
    return found.result()


class _Found:
    """What was found in the rows so far."""

    def __init__(self, heads: int) -> None:
        """Begin with nothing."""
        self.value, self.least, self.most = 0.0, 0.0, 0.0
        self.largest, self.largest_least, self.largest_most = 0.0, 0.0, 0.0
        self.place: tuple[int, int, tuple[int, int]] | None = None
        self.ordered, self.kept = [False] * heads, [False] * heads

    def add(self, head: int, query: int, fall: RowFall, keys: Tensor, after: Tensor, after_bound: Tensor) -> None:
        """Take a row into account."""
        if self.place is None or fall.value > self.value:
            first, second = (int(keys[each]) for each in fall.keys)
            self.place = head, query, (first, second)
        self.value, self.least = max(self.value, fall.value), max(self.least, fall.least)
        self.most = max(self.most, fall.most)
        size = after.abs()
        self.largest = max(self.largest, float(size.max()))
        self.largest_least = max(self.largest_least, float((size - after_bound).max()) * (1 - 2 * _UNIT))
        self.largest_most = max(self.largest_most, float((size + after_bound).max()) * (1 + 2 * _UNIT))
        self.ordered[head] |= fall.ordered
        self.kept[head] |= fall.kept

    def result(self) -> RowOrder:
        """Figures of all rows."""
        assert self.place is not None
        head, query, keys = self.place
        return RowOrder(_figure(self.value, self.least, self.most), self._relative(), head, query, keys)

    def _relative(self) -> Figure:
        value = self.value / self.largest if self.largest else 0.0
        lost = any(ordered and not kept for ordered, kept in zip(self.ordered, self.kept, strict=True))
        if (lost and not self.least) or not self.largest_least > 0:
            return Figure(value, math.inf)
        rounded = 4 * _UNIT
        least, most = self.least / self.largest_most * (1 - rounded), self.most / self.largest_least * (1 + rounded)
        return _figure(value, least, most)


def _figure(value: float, least: float, most: float) -> Figure:
    """A figure that is within its bound if and only if the exact number may be zero."""
    if least > 0:
        value = max(value, least + (most - least) / 2)
    bound = math.nextafter(max(most - value, value - least), math.inf)
    return Figure(value, bound if least == 0 else min(bound, math.nextafter(value, 0.0)))


@dataclass(frozen=True, eq=False)
class _Logits:
    """Logits of some rows, with their bounds, (heads, rows, keys)."""

    value: Tensor
    error: Tensor

    @classmethod
    def empty(cls, heads: int, rows: int, keys: int) -> "_Logits":
        """Room for logits."""
        return cls(*torch.empty(2, heads, rows, keys, dtype=torch.float64))

    def put(self, keys: slice, value: Tensor, error: Tensor, name: str) -> None:
        """Fill in some keys; logits that are not finite are refused."""
        largest = float(value.abs().max())
        if not math.isfinite(largest):
            raise out_of_range(name, largest)
        self.value[..., keys], self.error[..., keys] = value, inflated(error)


def _logits(pair: FactoredPair, rows: Tensor) -> tuple[_Logits, _Logits]:
    """Logits of both tables."""
    queries = pair.queries_at(rows)
    before, after = (_Logits.empty(pair.heads, len(rows), pair.shape[2]) for _ in range(2))
    for start, keys in pair.keys(_KEYS):
        there = slice(start, start + keys.reference.shape[1])
        before.put(there, *_before(pair, queries, keys), pair.query_tables.reference.name)
        after.put(there, *_after(pair, queries, keys), pair.query_tables.other.name)
    return before, after


def _before(pair: FactoredPair, queries: Factors, keys: Factors) -> tuple[Tensor, Tensor]:
    """Old logits and their bounds."""
    norm, error = keys.reference_norm, keys.reference_error
    left = torch.stack([queries.reference_norm, queries.reference_error], -1)
    right = abs(pair.unit) * torch.stack([error + gamma(pair.rank + 2, _UNIT) * norm, norm + error], -1)
    floor = underflow_bound(pair.rank, float(queries.reference.abs().max()))
    return pair.logits(queries, keys), left @ right.mT + floor


def _after(pair: FactoredPair, queries: Factors, keys: Factors) -> tuple[Tensor, Tensor]:
    """New logits and their bounds."""
    q, k = pair.query_tables, pair.key_tables
    unit, tables = pair.scale / q.other_unit / k.other_unit, q.factor * k.factor
    family = Combination(unit * tables, unit, q.factor, k.factor, unit, pair.rank)
    left, right = family.left(queries), family.right(keys)
    error = family.left_error(queries) @ family.right_error(keys, 4 * _UNIT * abs(tables)).mT
    return left @ right.mT, error + underflow_bound(left.shape[-1], float(left.abs().max()))
