"""Entries of an encoding as columns, and two encodings held against each other entry by entry."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from phase_latency.checking.classes import SCALE, Change, Fit

_UNIT = torch.finfo(torch.float64).eps
_TINY = torch.finfo(torch.float64).tiny


@dataclass(frozen=True, eq=False)
class Columns:
    """Entries of an encoding, position by position.

    Attributes:
        keys: (columns,) increasing: the coordinate of an additive encoding; ``(side * width + vector) * width +
            coordinate`` of a rotary one, side 0 for queries and 1 for keys; ``head * length + key`` of a bias.
        values: (length, columns).
        bound: (length, columns) the most that each can be off, >= 0.
        rates: (columns,) the most that each changes per position.
        width: width of a rotary encoding; 0 for the others.
    """

    keys: Int64[Tensor, " columns"]
    values: Float64[Tensor, "length columns"]
    bound: Float64[Tensor, "length columns"]
    rates: Float64[Tensor, " columns"]
    width: int = 0

    def on(self, keys: Int64[Tensor, " chosen"]) -> "Columns":
        """Choose columns.

        Args:
            keys: increasing; those that are not here are 0 everywhere.

        Returns:
            the chosen columns.
        """
        index, present = self.locate(keys)
        values, bound, rates = (
            torch.where(present, each[..., index], 0.0) for each in (self.values, self.bound, self.rates)
        )
        return Columns(keys, values, bound, rates, self.width)

    def locate(self, keys: Int64[Tensor, "*chosen"]) -> tuple[Int64[Tensor, "*chosen"], Bool[Tensor, "*chosen"]]:
        """Find columns.

        Args:
            keys: (...) the columns looked for.

        Returns:
            (...) index of each, and (...) whether it is here; if not, the index means nothing.
        """
        index = torch.searchsorted(self.keys, keys).clamp(max=len(self.keys) - 1)
        return index, self.keys[index] == keys

    def rows(self, kept: Bool[Tensor, " length"]) -> "Columns":
        """Keep some positions only.

        Args:
            kept: (length,) which.

        Returns:
            the same columns there.
        """
        return replace(self, values=self.values[kept], bound=self.bound[kept])


def together(first: Columns, reference: Columns) -> tuple[Columns, Columns]:
    """Give two encodings the same columns.

    Args:
        first: entries of one.
        reference: entries of the other.

    Returns:
        both, on all the columns that either has.
    """
    keys = torch.unique(torch.cat((first.keys, reference.keys)))
    return first.on(keys), reference.on(keys)


@dataclass(frozen=True, eq=False)
class Factors:
    """A factor for each column, and how far each can be off.

    Attributes:
        values: (columns,) factors.
        slack: (columns,) errors.
    """

    values: Float64[Tensor, " columns"]
    slack: Float64[Tensor, " columns"]

    def times(self, columns: Columns) -> Columns:
        """The columns times their factors."""
        off = self.slack * columns.values.abs() + (self.values.abs() + self.slack) * columns.bound
        return replace(columns, values=self.values * columns.values, bound=off, rates=self.values.abs() * columns.rates)


def no_factors(columns: Columns) -> Factors:
    """Make factors that change nothing.

    Args:
        columns: what they are for.

    Returns:
        a 1 for each column.
    """
    return Factors(torch.ones(len(columns.keys)).double(), torch.zeros(len(columns.keys)).double())


def groups_of(columns: Columns) -> list[Int64[Tensor, " group"]]:
    """Find the columns that share a factor.

    Args:
        columns: entries of an encoding.

    Returns:
        their indices: those of queries and those of keys for a rotary encoding, else all.
    """
    if not columns.width:
        return [torch.arange(len(columns.keys))]
    side = columns.keys // columns.width**2
    return [(side == number).nonzero().flatten() for number in (0, 1)]


def difference(first: Columns, reference: Columns) -> Fit:
    """Hold entries against each other.

    Args:
        first: entries of an encoding.
        reference: the same entries of the other.

    Returns:
        deviations, and the most that rounding explains.
    """
    allowance = first.bound + reference.bound + _UNIT * (first.values.abs() + reference.values.abs())
    return Fit((first.values - reference.values).abs(), allowance)


def scaled(first: Columns, reference: Columns) -> tuple[Fit, list[float]]:
    """Fit a factor to the entries, positive or negative; one for queries and one for keys of a rotary encoding.

    Args:
        first: entries of an encoding.
        reference: the same entries of the other.

    Returns:
        what the factors leave over, and the factors.
    """
    bound = (first.bound + reference.bound).clamp(min=_TINY)
    deviation, allowance = torch.empty_like(bound), torch.empty_like(bound)
    factors = []
    for group in groups_of(first):
        changes = [_in_bounds(first, reference, bound, group, sign) for sign in (1.0, -1.0)]
        plus, minus = (SCALE.fit(change) for change in changes)
        sign, best = (1.0, plus) if plus.excess.max() <= minus.excess.max() else (-1.0, minus)
        deviation[:, group], allowance[:, group] = best.deviation, best.allowance
        factors.append(sign * (best.scale or 0.0))
    return Fit(deviation * bound, allowance * bound), factors


def _in_bounds(first: Columns, reference: Columns, bound: Tensor, group: Tensor, sign: float) -> Change:
    """Both encodings in units of their bounds: else far positions, whose bounds are large, would blur the factor."""
    unit = bound[:, group]
    before, after = reference.values[:, group] / unit, sign * first.values[:, group] / unit
    return Change(before, after, reference.bound[:, group] / unit, first.bound[:, group] / unit)


def size_ratio(first: Columns, reference: Columns) -> Factors:
    """The factor that gives the reference the size of an encoding, wherever its entries are.

    Args:
        first: entries of an encoding.
        reference: entries of the other, the same columns.

    Returns:
        the factors; 1 where rounding explains what they differ from 1 by.
    """
    factors = no_factors(first)
    for group in groups_of(first):
        unit = (first.bound + reference.bound)[:, group].amax(1, keepdim=True).clamp(min=_TINY)
        sizes = [(each.values[:, group] / unit).norm() for each in (first, reference)]
        off = [(each.bound[:, group] / unit).norm() for each in (first, reference)]
        if min(sizes) <= 2 * max(off):
            continue
        ratio = float(sizes[0] / sizes[1])
        error = 2 * ratio * float(off[0] / sizes[0] + off[1] / sizes[1] + len(first.values) * _UNIT)
        if abs(ratio - 1) > error:
            factors.values[group], factors.slack[group] = ratio, error
    return factors
