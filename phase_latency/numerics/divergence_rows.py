"""Rows of attention weights before and after a change of their logits, in tiles of some queries and some keys.

With p the old and p' the new weights of a row, ``x = log(p'/p)``, ``r = exp(x) - 1`` and ``phi(x) = r - x``,

    TV = E|r|/2,    KL(p, p') = E phi(x),    KL(p, p') + KL(p', p) = E x r        (means over p),

and none of the three sums cancels. Two passes over the keys of a row keep nothing but a few numbers: the first finds
the largest logit, a centre C near the mean of the change D, and ``l = log E exp(D - C)``; the second sums the terms
for ``x = (D - C) - l``. The second pass needs no trust in the first: if l is slightly wrong, the sum of ``p r``, which
is 0 for the exact l, says by how much.

Any C will do, since D - C is rounded relative to itself; the closer it is to the mean, the less is lost where most of
the weight lies. Both kinds of state merge: the keys of a row may be cut anywhere and summed in any order.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float64
from torch import Tensor

from phase_latency.numerics.exponential_series import LARGEST_SERIES, exponential_series

# Up to this magnitude of D - C the first pass averages exponentials, which cannot overflow yet.
_LARGEST_EXPONENT = 512.0

# Entries summed at a time: a sum of leaves of 128 rounds each term some 128 + n/128 times, instead of n times.
_LEAF = 128


class Workspace:
    """Memory that tiles are evaluated in, used again for each: fresh memory would cost more than the arithmetic.

    Args:
        rows: most queries of a tile.
        keys: most keys of a tile.
    """

    BUFFERS = 6

    def __init__(self, rows: int, keys: int) -> None:
        """Allocate the buffers."""
        self._memory = torch.empty(self.BUFFERS, rows * keys, dtype=torch.float64)

    def buffers(self, rows: int, keys: int) -> tuple[Tensor, ...]:
        """Contiguous (rows, keys) views of all buffers; tiles are put into the first two, logits and change."""
        return self._memory[:, : rows * keys].view(self.BUFFERS, rows, keys).unbind()


@dataclass(frozen=True, eq=False)
class Pivots:
    """What a first pass says about rows; every field is (rows,) float64.

    Attributes:
        top: largest logit; -inf as long as no key is admitted.
        top_change: change of the first logit that is largest.
        lowest: smallest logit, hidden ones included.
        mass: sum of ``exp(z - top)``.
        centre: C, near the mean of the change over the old weights.
        shift: ``log E exp(D - C)``.
    """

    top: Float64[Tensor, " rows"]
    top_change: Float64[Tensor, " rows"]
    lowest: Float64[Tensor, " rows"]
    mass: Float64[Tensor, " rows"]
    centre: Float64[Tensor, " rows"]
    shift: Float64[Tensor, " rows"]

    @classmethod
    def of_tile(cls, buffers: tuple[Tensor, ...], hidden: Bool[Tensor, "rows keys"] | None = None) -> "Pivots":
        """First pass over a tile.

        Args:
            buffers: logits and change in the first two, finite unless a logit is -inf; all are overwritten.
            hidden: (rows, keys) True where a query may not attend to a key; None if all may.

        Returns:
            the state of its rows.
        """
        logits, change, weights, scratch = buffers[:4]
        lowest = logits.amin(1)
        if hidden is not None:
            logits.masked_fill_(hidden, -torch.inf)
        top, index = logits.max(1)
        top_change = change.gather(1, index[:, None])
        if hidden is not None:
            torch.where(hidden, top_change, change, out=change)
        logits.sub_(torch.where(top.isneginf(), 0.0, top)[:, None])
        torch.exp(logits, out=weights)
        mass = weights.sum(1)
        divisor = mass.clamp(min=torch.finfo(torch.float64).tiny)  # 0 only if no key is admitted
        low, high = change.amin(1), change.amax(1)
        centre = _within(_mean(weights, change, divisor), low, high)
        torch.sub(change, centre[:, None], out=scratch)
        # Once more: the first mean is off by rounding of the change, the second by rounding of its deviations.
        centre = _within(centre + _mean(weights, scratch, divisor), low, high)
        change.sub_(centre[:, None])
        small = torch.maximum(high - centre, centre - low) <= _LARGEST_EXPONENT
        shift = torch.zeros_like(mass)
        if bool(small.any()):
            torch.expm1(change, out=scratch)
            shift = torch.log1p(_mean(weights, scratch, divisor))
        if not bool(small.all()):
            shift = torch.where(small, shift, _log_sum(logits.add_(change)) - divisor.log())
        return cls(top, top_change[:, 0], lowest, mass, centre, shift)

    def merged(self, other: "Pivots") -> "Pivots":
        """State of rows of which the keys have been split in two.

        Args:
            other: the state of the other keys; of two largest logits that are equal, that of `self` counts as first.

        Returns:
            the state of all keys.
        """
        later = other.top > self.top
        top = torch.where(later, other.top, self.top)
        # Where no key is admitted at all, -inf - (-inf) would be NaN.
        own, others = (each.mass * (each.top - top).nan_to_num(0.0).exp() for each in (self, other))
        mass = own + others
        own_part, part = (each / mass.clamp(min=torch.finfo(torch.float64).tiny) for each in (own, others))
        mostly_other = part > 0.5
        # The smaller weight multiplies the difference, so that a part without weight does not even round the centre.
        near = torch.where(mostly_other, other.centre, self.centre)
        far = torch.where(mostly_other, self.centre, other.centre)
        centre = near + torch.where(mostly_other, own_part, part) * (far - near)
        own_shift, shift = (each.centre - centre + each.shift for each in (self, other))
        small = torch.maximum(own_shift.abs(), shift.abs()) <= _LARGEST_EXPONENT
        mean = torch.log1p(own_part * torch.expm1(own_shift) + part * torch.expm1(shift))
        if not bool(small.all()):
            # Parts whose old weight underflows may have new weight all the same.
            own_log, log = (each.mass.log() + each.top - top - mass.log() for each in (self, other))
            mean = torch.where(small, mean, torch.logaddexp(own_log + own_shift, log + shift))
        return Pivots(
            top,
            torch.where(later, other.top_change, self.top_change),
            torch.minimum(self.lowest, other.lowest),
            mass,
            centre,
            mean,
        )


@dataclass(frozen=True, eq=False)
class Sums:
    """What a second pass says about rows; every tensor is (rows,) float64, the first five are sums over keys.

    Attributes:
        mass: sum of w = ``exp(z - top)``.
        moved: sum of ``w |r|``.
        drift: sum of ``w r``; 0 if the shift of the first pass was exact.
        divergence: sum of ``w phi(x)``.
        symmetric: sum of ``w x r``.
        low: smallest change.
        high: largest change.
        largest: largest |x|.
        gain: how much the new largest logit exceeds the new value of the old largest one; >= 0.
        roundings: roundings of each term in these sums, at most.
        keys: keys summed, hidden ones included.
    """

    mass: Float64[Tensor, " rows"]
    moved: Float64[Tensor, " rows"]
    drift: Float64[Tensor, " rows"]
    divergence: Float64[Tensor, " rows"]
    symmetric: Float64[Tensor, " rows"]
    low: Float64[Tensor, " rows"]
    high: Float64[Tensor, " rows"]
    largest: Float64[Tensor, " rows"]
    gain: Float64[Tensor, " rows"]
    roundings: int
    keys: int

    @classmethod
    def of_tile(
        cls, buffers: tuple[Tensor, ...], pivots: Pivots, hidden: Bool[Tensor, "rows keys"] | None = None
    ) -> "Sums":
        """Second pass over a tile.

        Args:
            buffers: logits and change in the first two, as in the first pass; all are overwritten.
            pivots: of the whole rows.
            hidden: (rows, keys) True where a query may not attend to a key; None if all may.

        Returns:
            the state of its rows.
        """
        logits, x, weights, phi, scratch, ratio = buffers
        if hidden is not None:
            logits.masked_fill_(hidden, -torch.inf)
            torch.where(hidden, pivots.top_change[:, None], x, out=x)
        low, high = x.amin(1), x.amax(1)
        logits.sub_(pivots.top[:, None])
        # Not from x, which no longer tells apart what differs by less than it was rounded.
        gain = torch.sub(x, pivots.top_change[:, None], out=scratch).add_(logits).amax(1)
        torch.exp(logits, out=weights)
        x.sub_(pivots.centre[:, None]).sub_(pivots.shift[:, None])
        # Rounding is monotone: these are the largest and the smallest x, to the last bit.
        largest = torch.maximum(*((each - pivots.centre - pivots.shift).abs() for each in (low, high)))
        small = largest <= LARGEST_SERIES
        sums = torch.zeros(5, len(largest), dtype=torch.float64)
        if bool(small.any()):
            exponential_series(x, float(largest[small].amax()), phi, ratio, scratch)
            sums = _summed(x, weights, ratio.mul_(weights), phi.mul_(weights), scratch)
        if not bool(small.all()):
            # New weights, which rounding of huge changes must not put above their sum.
            logits.add_(x).clamp_(max=pivots.mass.log()[:, None])
            torch.exp(logits, out=ratio).sub_(weights)
            torch.mul(weights, x, out=phi)
            sums = torch.where(small, sums, _summed(x, weights, ratio, torch.sub(ratio, phi, out=phi), scratch))
        mass, moved, drift, divergence, symmetric = sums.unbind()
        keys = x.shape[1]
        roundings = min(keys, _LEAF) + keys // _LEAF + 2
        return cls(mass, moved, drift, divergence, symmetric, low, high, largest, gain, roundings, keys)

    def merged(self, other: "Sums") -> "Sums":
        """State of rows of which the keys have been split in two.

        Args:
            other: the state of the other keys, for the same pivots.

        Returns:
            the state of all keys.
        """
        return Sums(
            self.mass + other.mass,
            self.moved + other.moved,
            self.drift + other.drift,
            self.divergence + other.divergence,
            self.symmetric + other.symmetric,
            torch.minimum(self.low, other.low),
            torch.maximum(self.high, other.high),
            torch.maximum(self.largest, other.largest),
            torch.maximum(self.gain, other.gain),
            max(self.roundings, other.roundings) + 1,
            self.keys + other.keys,
        )


def _summed(x: Tensor, weights: Tensor, weighted: Tensor, phi: Tensor, scratch: Tensor) -> Tensor:
    """The five sums of `Sums` from x, w, ``w r`` and ``w phi``; ``w r`` is overwritten."""
    moved = _row_sums(torch.abs(weighted, out=scratch))
    drift = _row_sums(weighted)
    return torch.stack(
        [_row_sums(weights), moved, drift, _row_sums(phi), _row_sums(torch.mul(x, weighted, out=scratch))]
    )


def _row_sums(terms: Tensor) -> Tensor:
    """Sums over keys, by leaves."""
    whole = terms.shape[1] - terms.shape[1] % _LEAF
    if not whole:
        return terms.sum(1)
    total: Tensor = torch.unflatten(terms[:, :whole], 1, (-1, _LEAF)).sum(2).sum(1)
    return total if whole == terms.shape[1] else total + terms[:, whole:].sum(1)


def _mean(weights: Tensor, values: Tensor, mass: Tensor) -> Tensor:
    mean: Tensor = torch.linalg.vecdot(weights, values) / mass
    return mean


def _within(mean: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """A mean that rounding has not moved out of the range of its values: constants are met exactly."""
    return torch.minimum(torch.maximum(mean, low), high)


def _log_sum(values: Tensor) -> Tensor:
    """``log sum exp``, overwriting the values; -inf where all are."""
    top = values.amax(1)
    top = torch.where(top.isneginf(), 0.0, top)
    return top + values.sub_(top[:, None]).exp_().sum(1).log()
