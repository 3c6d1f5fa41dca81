"""How far one row of logits is from keeping its order: its distance to nondecreasing functions of the old row.

For a row z of old and z' of new logits,

    min over nondecreasing f of max_j |z'_j - f(z_j)|  =  1/2 max over z_i <= z_j of (z'_i - z'_j):

half the deepest fall among pairs that were in order, where keys that were tied count both ways. Ties are common, since
kernels are even, and what rounding makes of them is in no order: so pairs count for certain if the bounds of the old
logits are apart, and possibly if they overlap. Sorting and running maxima give the residual as computed, and what it is
at least and at most.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.numerics.roundoff import unit_roundoff

_UNIT = unit_roundoff(torch.float64)


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
    count = torch.from_numpy(np.searchsorted(places[order].numpy(), limits[order].numpy(), side="right"))
    best, who = tops[order].cummax(0)
    falls = best[(count - 1).clamp_(min=0)].sub_(bottoms[order]).masked_fill_(count == 0, -torch.inf)
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
