"""Invariance classes: how logits after a transformation may relate to those before, from equal to merely ordered alike.

    Exact            G' = G
    Scale            G' = c G, c > 0                      softmax sees another temperature
    RowConstant      G' = G + r 1^T                       softmax sees nothing
    ScaleAndRowConstant   G' = c G + r 1^T
    RowAffine        G'_i = c_i G_i + r_i, c_i > 0        another temperature in each row
    Order            G'_i = f_i(G_i), f_i nondecreasing   the same ranking in each row
    Nothing

Each class fits its parameters and returns, entry by entry, the deviation that is left and the most that rounding
explains if the exact logits are related so. Row relations hold under a mask if they hold for the keys that it admits.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float64
from torch import Tensor

_TINY = torch.finfo(torch.float64).tiny
_LEAST_FACTOR = 2.0**-30  # a factor that is certainly smaller makes nothing of the logits


@dataclass(frozen=True, eq=False)
class Change:
    """Logits before and after a transformation, with what rounding can do to each.

    Attributes:
        before: (rows, columns) float64.
        after: (rows, columns) float64.
        before_bound: (rows, columns) float64, >= 0.
        after_bound: (rows, columns) float64, >= 0.
        admitted: (rows, columns) True where the query of the row may attend to the key of the column.
    """

    before: Float64[Tensor, "rows columns"]
    after: Float64[Tensor, "rows columns"]
    before_bound: Float64[Tensor, "rows columns"]
    after_bound: Float64[Tensor, "rows columns"]
    admitted: Bool[Tensor, "rows columns"] | None = None

    @property
    def bound(self) -> Float64[Tensor, "rows columns"]:
        """Bounds of both together."""
        return self.before_bound + self.after_bound


@dataclass(frozen=True, eq=False)
class Fit:
    """What a class leaves over.

    Attributes:
        deviation: (rows, columns) distance from the relation, 0 where the mask hides the key.
        allowance: (rows, columns) largest distance that rounding explains.
        scale: the fitted c; None for classes without one, or with one for each row.
        scale_bound: largest distance of c to the exact factor, if there is one.
        partner: (rows,) column that the others of a row are held against, for classes with row constants.
        below: (rows, columns) column that was certainly smaller before and is the largest of those now, for `Order`.
    """

    deviation: Float64[Tensor, "rows columns"]
    allowance: Float64[Tensor, "rows columns"]
    scale: float | None = None
    partner: Tensor | None = None
    below: Tensor | None = None
    scale_bound: float = 0.0

    @property
    def excess(self) -> Float64[Tensor, "rows columns"]:
        """Deviation over allowance: at most 1 everywhere if the relation holds; 0 where there is no deviation."""
        ratio = self.deviation / self.allowance.clamp(min=_TINY)
        return torch.where(self.deviation > 0, ratio, 0.0).nan_to_num(nan=torch.inf, posinf=torch.inf)

    def at_worst(self) -> "Fit":
        """The fit at the entry with the largest excess alone: what is kept where nothing fails."""
        row, column = divmod(int(self.excess.argmax()), self.excess.shape[1])
        one = slice(row, row + 1), slice(column, column + 1)
        return replace(
            self, deviation=self.deviation[one].clone(), allowance=self.allowance[one].clone(), partner=None, below=None
        )

    @property
    def holds(self) -> bool:
        """Whether rounding explains every deviation."""
        return bool((self.deviation <= self.allowance).all())


class InvarianceClass(ABC):
    """How logits may change."""

    @property
    def name(self) -> str:
        """Name for reading and for the command line."""
        return type(self).__name__

    @abstractmethod
    def fit(self, change: Change) -> Fit:
        """Fit the parameters of the class.

        Args:
            change: logits before and after.

        Returns:
            what is left over.
        """


@dataclass(frozen=True)
class Exact(InvarianceClass):
    """Logits are equal: ``G' = G``."""

    def fit(self, change: Change) -> Fit:
        """Differences; see the class."""
        return _admitted(change, Fit((change.after - change.before).abs(), change.bound, 1.0))


@dataclass(frozen=True)
class Scale(InvarianceClass):
    """Logits are scaled by one positive factor: ``G' = c G``."""

    def fit(self, change: Change) -> Fit:
        """Least squares over all entries; see the class."""
        return _admitted(change, _scaled(_hidden(change)))


@dataclass(frozen=True)
class RowConstant(InvarianceClass):
    """Each row is shifted: ``G' = G + r 1^T``, which softmax does not see."""

    def fit(self, change: Change) -> Fit:
        """Differences, held against that of one key in each row; see the class."""
        rows, partner = _centred(change)
        return _admitted(change, Fit((rows.after - rows.before).abs(), rows.bound, 1.0, partner))


@dataclass(frozen=True)
class ScaleAndRowConstant(InvarianceClass):
    """One positive factor and a shift of each row: ``G' = c G + r 1^T``."""

    def fit(self, change: Change) -> Fit:
        """Least squares over all entries of the centred rows; see the class."""
        rows, partner = _centred(change)
        found = _scaled(rows)
        return _admitted(change, replace(found, partner=partner))


@dataclass(frozen=True)
class RowAffine(InvarianceClass):
    """A positive factor and a shift for each row: ``G'_i = c_i G_i + r_i``."""

    def fit(self, change: Change) -> Fit:
        """Least squares within each centred row; see the class."""
        rows, partner = _centred(change)
        found = _scaled(rows, rowwise=True)
        return _admitted(change, replace(found, partner=partner))


@dataclass(frozen=True)
class Order(InvarianceClass):
    """Keys are ranked alike in each row: no certain order is certainly reversed."""

    def fit(self, change: Change) -> Fit:
        """How far each entry falls below the largest one that was certainly smaller before; see the class."""
        before_low, before_high = change.before - change.before_bound, change.before + change.before_bound
        after_low = change.after - change.after_bound
        if change.admitted is not None:
            before_high = before_high.masked_fill(~change.admitted, torch.inf)
        order = before_high.argsort(-1)
        highest = after_low.gather(-1, order).cummax(-1)
        smaller = torch.searchsorted(before_high.gather(-1, order), before_low.contiguous())  # certainly, this many
        chosen = (smaller - 1).clamp(min=0)
        fall = highest.values.gather(-1, chosen) - (change.after + change.after_bound)
        fall = torch.where(smaller > 0, fall, 0.0).clamp(min=0)
        below = order.gather(-1, highest.indices.gather(-1, chosen))
        found = Fit(torch.where(fall > 0, fall + change.after_bound, 0.0), change.after_bound, below=below)
        return _admitted(change, found)


@dataclass(frozen=True)
class Nothing(InvarianceClass):
    """No relation: what is left when every other class fails."""

    def fit(self, change: Change) -> Fit:
        """Nothing to deviate from; see the class."""
        zero = torch.zeros_like(change.before)
        return Fit(zero, zero)


EXACT, SCALE, ROW_CONSTANT, NOTHING = Exact(), Scale(), RowConstant(), Nothing()

# From strong to weak. Scale and RowConstant are not comparable; every other class contains the ones before it.
CLASSES: tuple[InvarianceClass, ...] = (
    EXACT,
    SCALE,
    ROW_CONSTANT,
    ScaleAndRowConstant(),
    RowAffine(),
    Order(),
    NOTHING,
)


def _hidden(change: Change) -> Change:
    """The change with hidden keys at 0, so that they add nothing to sums."""
    if change.admitted is None:
        return change
    before, after, error, after_error = (torch.where(change.admitted, each, 0.0) for each in _arrays(change))
    return Change(before, after, error, after_error, change.admitted)


def _arrays(change: Change) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return change.before, change.after, change.before_bound, change.after_bound


def _centred(change: Change) -> tuple[Change, Tensor]:
    """Rows held against the first of their keys, which takes the row constant away exactly."""
    rows = torch.arange(len(change.before))
    partner = torch.zeros_like(rows) if change.admitted is None else change.admitted.to(torch.uint8).argmax(-1)
    before, after = (each - each[rows, partner][:, None] for each in (change.before, change.after))
    unit = torch.finfo(torch.float64).eps
    bounds = [
        each + each[rows, partner][:, None] + unit * centred.abs()
        for each, centred in ((change.before_bound, before), (change.after_bound, after))
    ]
    for bound in bounds:
        bound[rows, partner] = 0.0
    return _hidden(Change(before, after, bounds[0], bounds[1], change.admitted)), partner


def _scaled(change: Change, rowwise: bool = False) -> Fit:
    """Least-squares factor, of all entries or of each row, and what it leaves."""
    # If the exact logits obey G' = kappa G, then c differs from kappa by at most
    # sum |G| (E' + |c| E) / (sum G**2 - sum |G| E), and the residual from 0 by E' + |c| E and that times |G|.
    before, after, error, after_error = _arrays(change)
    unit = before.abs().amax() if bool(before.any()) else torch.ones(())  # keeps squares within range

    def total(each: Tensor) -> Tensor:
        return each.sum(-1, keepdim=True) if rowwise else each.sum()

    weight = before / unit
    square = total(weight * before)
    scale = total(weight * after) / square.clamp(min=_TINY)
    rounding = after_error + scale.abs() * error
    certain = square - total(weight.abs() * error)
    slack = torch.where(square > 0, total(weight.abs() * rounding) / certain.clamp(min=_TINY), 0.0)
    allowance = rounding + slack * (before.abs() + error)
    deviation = (after - scale * before).abs()
    # A factor that is certainly not positive, or vanishes, is none: what is left over is the whole change. Where the
    # logits before are not certain themselves it has to be certainly positive.
    positive = torch.where(certain > _TINY, scale + slack > _LEAST_FACTOR, scale > slack) | (square <= _TINY)
    deviation = torch.where(positive, deviation, (after - before).abs())
    allowance = torch.where(positive, allowance, after_error + error)
    if rowwise:
        return Fit(deviation, allowance)
    return Fit(deviation, allowance, float(scale), scale_bound=float(slack))


def _admitted(change: Change, fit: Fit) -> Fit:
    """The fit without the keys that the mask hides."""
    if change.admitted is None:
        return fit
    return replace(fit, deviation=torch.where(change.admitted, fit.deviation, 0.0))
