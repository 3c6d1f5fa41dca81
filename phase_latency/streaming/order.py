"""How far rows of logits are from keeping their order: their distance to nondecreasing functions of the old rows.

For a row z of old and z' of new logits,

    min over nondecreasing f of max_j |z'_j - f(z_j)|  =  1/2 max over z_i <= z_j of (z'_i - z'_j):

half the deepest fall among pairs that were in order, where keys that were tied count both ways. Ties are common, since
kernels are even, and what rounding makes of them is in no order: so pairs count for certain if the bounds of the old
logits are apart, and possibly if they overlap. Sorting and running maxima give the residual as computed, and what it is
at least and at most.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from phase_latency.figures import Figure
from phase_latency.masks import Mask
from phase_latency.numerics.propagation import inflated
from phase_latency.numerics.roundoff import gamma, unit_roundoff
from phase_latency.streaming.factors import Combination, FactoredPair, Factors
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


@dataclass(frozen=True)
class RowFall:
    """The residual of one row.

    Attributes:
        value: as computed.
        least: what it is at least; 0 if no pair that was certainly in order is certainly reversed.
        most: what it is at most.
        keys: the pair that gives `value`.
        ordered: whether some pair was certainly in strict order.
        kept: whether some pair certainly was and certainly is.
    """

    value: float
    least: float
    most: float
    keys: tuple[int, int]
    ordered: bool
    kept: bool


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
        the residual of the last row: its keys have all distances, and those of other rows are among them, up to exact
        ties.
    """
    before, after = fit.before.flip(0), fit.after.flip(0)
    bounds = [torch.full_like(before, each) for each in (fit.before_bound, fit.after_bound)]
    found = _Found(1)
    keys = torch.arange(len(before))
    found.add(0, len(before) - 1, row_fall(before, after, bounds[0], bounds[1]), keys, after, bounds[1])
    return found.result()


# -- one row ----------------------------------------------------------------------------------------------------------


def row_fall(
    before: Float64[Tensor, " keys"],
    after: Float64[Tensor, " keys"],
    before_bound: Float64[Tensor, " keys"],
    after_bound: Float64[Tensor, " keys"],
) -> RowFall:
    """Measure how far one row is from keeping its order.

    Args:
        before: (keys,) old logits.
        after: (keys,) new logits.
        before_bound: (keys,) distance of each old logit to the exact one, at most; 0 if it is exact.
        after_bound: (keys,) the same for the new ones.

    Returns:
        the residual as computed, at least and at most.
    """
    low, high = _interval(before, before_bound)
    after_low, after_high = _interval(after, after_bound)
    value, first, second = _deepest(before, before, after, after)
    least, _, _ = _deepest(high, low, after_low, after_high)
    most, _, _ = _deepest(low, high, after_high, after_low)
    # Half a difference that was rounded once; what lies between is itself among the pairs for `most`.
    least, most = max(0.0, least * (1 - 2 * _UNIT)) / 2, max(0.0, most * (1 + 2 * _UNIT)) / 2
    ordered, kept = _kept(low, high, after_low, after_high)
    return RowFall(min(max(0.0, value / 2, least), most), least, most, (first, second), ordered, kept)


def _interval(values: Tensor, bounds: Tensor) -> tuple[Tensor, Tensor]:
    """Ends of the intervals that hold the exact values, rounded outwards where there is something to round."""
    infinity = torch.tensor(torch.inf, dtype=torch.float64)
    exact = bounds == 0
    low = torch.where(exact, values, torch.nextafter(values - bounds, -infinity))
    return low, torch.where(exact, values, torch.nextafter(values + bounds, infinity))


def _deepest(places: Tensor, limits: Tensor, tops: Tensor, bottoms: Tensor) -> tuple[float, int, int]:
    """Largest ``tops[i] - bottoms[j]`` over pairs with ``places[i] <= limits[j]``, and the pair; -inf without any."""
    # Sorted by place, the i that count for j are the first so many, and a running maximum has the best of them. NumPy
    # sorts and searches several times as fast as torch.
    order = torch.from_numpy(np.argsort(places.numpy()))
    best, who = tops[order].cummax(0)
    count = torch.from_numpy(np.searchsorted(places[order].numpy(), limits[order].numpy(), side="right"))
    falls = torch.where(count > 0, best[(count - 1).clamp(min=0)] - bottoms[order], -torch.inf)
    deepest = int(falls.argmax())
    return float(falls[deepest]), int(order[who[max(int(count[deepest]) - 1, 0)]]), int(order[deepest])


def _kept(low: Tensor, high: Tensor, after_low: Tensor, after_high: Tensor) -> tuple[bool, bool]:
    """Whether some pair was certainly in strict order, and whether some such pair still is."""
    first, last = int(high.argmin()), int(low.argmax())
    ordered = bool(high[first] < low[last])
    if not ordered or bool(after_high[first] < after_low[last]):  # mostly the extremes tell
        return ordered, ordered
    below = torch.nextafter(low, torch.tensor(-torch.inf, dtype=torch.float64))
    rise, _, _ = _deepest(high, below, -after_high, -after_low)
    return True, rise > 0


# -- several rows -----------------------------------------------------------------------------------------------------


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
