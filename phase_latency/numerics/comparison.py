"""Two bounded results held against each other: the deviation, and the most that rounding can explain."""

from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.errors import NotFiniteError
from phase_latency.numerics.bounded import Operand, bounded
from phase_latency.numerics.propagation import inflated
from phase_latency.numerics.roundoff import UncertifiedError


@dataclass(frozen=True, eq=False)
class Comparison:
    """Deviations entry by entry, with the certified bound that each must respect if the statement is true.

    Args:
        error: (...) float64, >= 0, the deviation found.
        bound: (...) float64, >= 0, the largest deviation that rounding can explain.

    Raises:
        NotFiniteError: a deviation is infinite or NaN.
        UncertifiedError: a bound is infinite or NaN, so that it would hold whatever the deviation.
    """

    error: Float64[Tensor, "*shape"]
    bound: Float64[Tensor, "*shape"]

    def __post_init__(self) -> None:
        """Refuse what decides nothing."""
        _check_finite(self.error, "error")
        position = _first_not_finite(self.bound)
        if position is not None:
            observed = f"the bound of entry {position} is {self.bound[position].item()}"
            remedy = "evaluate in a wider dtype, or keep denominators and arguments away from their limits"
            raise UncertifiedError("comparison", observed, remedy)

    @classmethod
    def equal(cls, lhs: Operand, rhs: Operand) -> "Comparison":
        """Hold ``lhs = rhs`` against the bounds of both sides.

        Args:
            lhs: (...) bounded tensor, plain tensor (taken as exact) or number.
            rhs: the same, of a shape that broadcasts.

        Returns:
            ``|lhs - rhs|`` against the sum of their errors.

        Raises:
            NotFiniteError: a value is infinite or NaN, e.g. because it overflowed its dtype.
            UncertifiedError: a bound is infinite.
        """
        difference, bound = _difference(lhs, rhs)
        return cls(difference.abs(), bound)

    @classmethod
    def at_most(cls, lhs: Operand, rhs: Operand) -> "Comparison":
        """Hold ``lhs <= rhs`` against the bounds of both sides.

        Args:
            lhs: (...) bounded tensor, plain tensor (taken as exact) or number.
            rhs: the same, of a shape that broadcasts.

        Returns:
            the excess ``max(lhs - rhs, 0)`` against the sum of their errors.

        Raises:
            NotFiniteError: a value is infinite or NaN, e.g. because it overflowed its dtype.
            UncertifiedError: a bound is infinite.
        """
        difference, bound = _difference(lhs, rhs)
        return cls(difference.clamp(min=0), bound)

    @property
    def holds(self) -> bool:
        """Whether every deviation is within its bound."""
        return bool((self.error <= self.bound).all())

    @property
    def ratios(self) -> Float64[Tensor, "*shape"]:
        """Deviation over bound: 0 where there is no deviation, infinite where one is found and none is allowed."""
        return torch.where(self.error == 0, 0.0, self.error / self.bound)

    @property
    def worst_ratio(self) -> float:
        """Largest deviation in units of its bound: at most 1 if and only if the comparison holds; 0 if it is empty."""
        return float(self.ratios.max()) if self.error.numel() else 0.0

    def worst(self) -> tuple[float, float, tuple[int, ...]]:
        """The entry with the largest ratio.

        Returns:
            its deviation, its bound and its index; ``(0.0, 0.0, ())`` if there are no entries.
        """
        if not self.error.numel():
            return 0.0, 0.0, ()
        index = tuple(int(i) for i in torch.unravel_index(self.ratios.argmax(), self.error.shape))
        return float(self.error[index]), float(self.bound[index]), index


def _difference(lhs: Operand, rhs: Operand) -> tuple[Tensor, Tensor]:
    """``lhs - rhs`` in float64, and its bound, which also makes up for the rounding of the subtraction."""
    x, y = bounded(lhs), bounded(rhs)
    _check_finite(x.value, "lhs")
    _check_finite(y.value, "rhs")
    return x.value.double() - y.value.double(), inflated(x.error + y.error)


def _check_finite(values: Tensor, argument: str) -> None:
    position = _first_not_finite(values)
    if position is not None:
        raise NotFiniteError(argument, position, values[position].item())


def _first_not_finite(values: Tensor) -> tuple[int, ...] | None:
    outside = (~values.isfinite()).nonzero()
    return tuple(int(i) for i in outside[0]) if len(outside) else None
