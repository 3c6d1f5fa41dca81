"""Running error analysis: a tensor computed in its own dtype, with a bound on its distance to the exact result.

``Bounded(value, error)`` states ``|exact - value| <= error`` entry by entry, where ``exact`` is what the same formula
gives in real arithmetic on the exact inputs. Values are computed by plain torch operations in their own dtype, so they
are bit-identical with what a layer computes; errors are propagated in float64 by the rules of
:mod:`phase_latency.numerics.propagation` (Wilkinson's running error analysis). Elementary functions of bounded tensors
are in :mod:`phase_latency.numerics.functions`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.numerics import propagation as rules
from phase_latency.numerics.arithmetic import Arithmetic, ErrorRule
from phase_latency.numerics.arrangement import Arranged
from phase_latency.numerics.propagation import Term, inflated, magnitude
from phase_latency.numerics.roundoff import (
    UncertifiedError,
    accumulation_dtype,
    cast_roundoff,
    flushes_subnormals,
    require_accumulator,
    underflow,
)

Number: TypeAlias = int | float | Fraction
Operand: TypeAlias = "Bounded | Tensor | Number"
Axes: TypeAlias = int | tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Bounded(Arranged, Arithmetic):
    """A tensor and a certified bound of its distance to the exact result of the same formula.

    Operands may be `Bounded`, plain tensors (taken as exact) or Python numbers. A float stands for exactly itself; a
    `Fraction` is converted to float64 and the conversion is charged. Tensors must agree in dtype, except that float64
    tensors without axes mix with every dtype, as Python numbers do.

    Args:
        value: (...) what was computed, in float64, float32, bfloat16 or float16.
        error: (...) float64, >= 0, ``|exact - value| <= error``; infinite where nothing is certified.
        at_least: lower bound of the exact magnitudes that is known for another reason, e.g. because they are roots of
            something plus eps; it helps quotients and roots, and is not inherited by results.

    Raises:
        ArgumentError: `value` is in no dtype with a rounding model, or the shapes differ.
    """

    value: Float[Tensor, "*shape"]
    error: Float64[Tensor, "*shape"]
    at_least: float = 0.0

    def __post_init__(self) -> None:
        """Check the arguments, and certify nothing where the computation left the finite numbers."""
        accumulation_dtype(self.value.dtype)
        if self.error.dtype != torch.float64 or self.error.shape != self.value.shape:
            expected = f"float64 of shape {tuple(self.value.shape)}"
            raise ArgumentError("error", self.error, expected, "give one bound per entry")
        certified = self.value.isfinite() & ~self.error.isnan()
        object.__setattr__(self, "error", torch.where(certified, self.error, torch.inf))

    # -- from and to plain tensors ----------------------------------------------------------------------------

    @classmethod
    def exact(cls, value: Float[Tensor, "*shape"]) -> "Bounded":
        """Take a tensor as the exact input.

        Args:
            value: (...) float64, float32, bfloat16 or float16.

        Returns:
            (...) the tensor with error 0.

        Raises:
            ArgumentError: `value` is in no dtype with a rounding model.
            UncertifiedError: it is not on the CPU, or arithmetic in its dtype flushes subnormal numbers to zero.
        """
        return cls(_checked(value), torch.zeros(value.shape, dtype=torch.float64))

    @classmethod
    def stored(cls, value: Float[Tensor, "*shape"]) -> "Bounded":
        """Take a tensor as the correctly rounded storage of exact numbers that are not known any more.

        Args:
            value: (...) float64, float32, bfloat16 or float16.

        Returns:
            (...) the tensor with error ``u |value| + eta``; u of a cast from float64.

        Raises:
            ArgumentError: `value` is in no dtype with a rounding model.
            UncertifiedError: it is not on the CPU, or arithmetic in its dtype flushes subnormal numbers to zero.
        """
        value = _checked(value)
        return cls(value, inflated(cast_roundoff(value.dtype) * magnitude(value) + underflow(value.dtype)))

    @classmethod
    def number(cls, number: Number) -> "Bounded":
        """Take a Python number as a float64 tensor without axes.

        Args:
            number: int, float or Fraction.

        Returns:
            () float64, with the error of converting an int or a Fraction.

        Raises:
            ArgumentError: it is not a number, or too large for float64.
        """
        if not isinstance(number, Number):
            raise ArgumentError("operand", number, "a tensor, an int, a float or a Fraction", "convert it")
        try:
            value = float(number)
        except OverflowError as error:
            raise ArgumentError("operand", number, "a number within float64's range", "scale it down") from error
        distance = abs(Fraction(number) - Fraction(value)) if math.isfinite(value) else Fraction(0)
        bound = math.nextafter(float(distance), math.inf) if distance else 0.0
        return cls(torch.tensor(value, dtype=torch.float64), torch.tensor(bound, dtype=torch.float64))

    def to(self, dtype: torch.dtype) -> "Bounded":
        """Cast; the rounding of each entry is measured rather than bounded, since float64 holds it exactly.

        Args:
            dtype: float64, float32, bfloat16 or float16.

        Returns:
            (...) the same in `dtype`.

        Raises:
            ArgumentError: no rounding model is known for `dtype`.
        """
        accumulation_dtype(dtype)
        value = self.value.to(dtype)
        return Bounded(value, inflated(self.error + (value.double() - self.value.double()).abs()))

    @property
    def shape(self) -> torch.Size:
        """Shape of the value."""
        return self.value.shape

    @property
    def dtype(self) -> torch.dtype:
        """Dtype of the value."""
        return self.value.dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.value.ndim

    def map(self, rearrange: Callable[[Tensor], Tensor]) -> "Bounded":
        """Rearrange value and error alike.

        Args:
            rearrange: a function that only moves, repeats or selects entries, e.g. ``lambda x: x.flip(0)``.

        Returns:
            the rearranged tensor with its errors.
        """
        return Bounded(rearrange(self.value), rearrange(self.error))

    # -- arithmetic -------------------------------------------------------------------------------------------

    def __neg__(self) -> "Bounded":
        """``-x``."""
        return Bounded(-self.value, self.error)

    def __abs__(self) -> "Bounded":
        """``|x|``."""
        return Bounded(self.value.abs(), self.error)

    def combined(
        self, operation: Callable[[Any, Any], Tensor], left: Operand, right: Operand, rule: ErrorRule
    ) -> "Bounded":
        """Run a torch operation on the computed operands and its error rule beside it.

        Args:
            operation: the operation, e.g. `operator.add`.
            left: first operand.
            right: second operand.
            rule: error of the result from the two operands and the computed result.

        Returns:
            the result with its error.

        Raises:
            ArgumentError: an operand is neither tensor nor number, or the dtypes differ.
        """
        x, y = bounded(left), bounded(right)
        _check_same_dtype(x, y)
        value = operation(_plain(left), _plain(right))
        return Bounded(value, rule(x.term(value.dtype), y.term(value.dtype), value))

    def __pow__(self, exponent: Number) -> "Bounded":
        """``x**n`` for an integer n, 1/2 or -1/2."""
        if not isinstance(exponent, Number) or not (exponent == int(exponent) or abs(exponent) == 0.5):
            raise ArgumentError("exponent", exponent, "an integer, 1/2 or -1/2", "write the power with exp and log")
        value = self.value ** float(exponent)
        return Bounded(value, rules.power_error(self.term(value.dtype), float(exponent), value))

    def __rpow__(self, base: Number) -> "Bounded":
        """``b**x`` for a float (or exactly representable) b > 0."""
        if not isinstance(base, Number) or not base > 0 or float(base) != base:
            raise ArgumentError("base", base, "a float > 0", "write the power with exp and log")
        value = float(base) ** self.value
        return Bounded(value, rules.exponential_error(self.term(value.dtype), float(base), value))

    def __matmul__(self, other: "Bounded | Tensor") -> "Bounded":
        """Matrix product; the accumulator of this machine is probed on the spot."""
        return _product(self, bounded(other))

    def __rmatmul__(self, other: Tensor) -> "Bounded":
        """Matrix product; the accumulator of this machine is probed on the spot."""
        return _product(bounded(other), self)

    def square(self) -> "Bounded":
        """``x**2``."""
        return self**2

    # -- reductions -------------------------------------------------------------------------------------------

    def sum(self, dim: Axes | None = None, keepdim: bool = False) -> "Bounded":
        """Sum over an axis, some, or all if `dim` is None; every order of summation is covered."""
        return self._reduced(torch.sum, dim, keepdim, roundings=1)

    def mean(self, dim: Axes | None = None, keepdim: bool = False) -> "Bounded":
        """Mean over an axis, some, or all if `dim` is None: a sum and a division."""
        return self._reduced(torch.mean, dim, keepdim, roundings=2)

    def amax(self, dim: Axes = (), keepdim: bool = False) -> "Bounded":
        """Largest entry: it moves by no more than the entry that moves most."""
        return Bounded(self.value.amax(dim, keepdim=keepdim), self.error.amax(dim, keepdim=keepdim))

    def amin(self, dim: Axes = (), keepdim: bool = False) -> "Bounded":
        """Smallest entry: it moves by no more than the entry that moves most."""
        return Bounded(self.value.amin(dim, keepdim=keepdim), self.error.amax(dim, keepdim=keepdim))

    def _reduced(self, reduce: Callable[..., Tensor], dim: Axes | None, keepdim: bool, roundings: int) -> "Bounded":
        """Sum or mean, with error ``reduce(E) + gamma_n reduce(|x|)`` and the final roundings."""
        value, error, absolute = (
            reduce(each, dim=dim, keepdim=keepdim) for each in (self.value, self.error, magnitude(self.value))
        )
        factor = rules.summation_factor(self.value.numel() // max(1, value.numel()), self.dtype)
        return Bounded(value, inflated(error + factor * absolute + roundings * rules.rounding(value)))

    def term(self, dtype: torch.dtype) -> Term:
        """This operand in an operation that torch carries out in `dtype`, as the error rules see it.

        Args:
            dtype: another one than `self.dtype` for a float64 tensor without axes, which torch converts on the way
                in, to `dtype` or to the dtype that it computes in.

        Returns:
            magnitude and error.
        """
        if dtype == self.dtype:
            return Term(magnitude(self.value), self.error, self.at_least)
        converted = torch.stack([self.value.to(each).double() for each in (dtype, accumulation_dtype(dtype))])
        conversion = magnitude(converted - self.value).amax(0)
        return Term(magnitude(self.value) + conversion, inflated(self.error + conversion))


def bounded(operand: Operand) -> Bounded:
    """Anything that can stand in a formula, as a bounded tensor.

    Args:
        operand: a bounded tensor; a plain one, taken as exact; or an int, float or Fraction.

    Returns:
        the operand with its error.

    Raises:
        ArgumentError: none of these, or a dtype without a rounding model.
    """
    if isinstance(operand, Bounded):
        return operand
    return Bounded.exact(operand) if isinstance(operand, Tensor) else Bounded.number(operand)


def _product(left: Bounded, right: Bounded) -> Bounded:
    if min(left.ndim, right.ndim) < 2:
        short = min(left, right, key=lambda each: each.ndim)
        raise ArgumentError("operand of @", short.value, "at least two axes", "insert one with unsqueeze")
    _check_same_dtype(left, right)
    require_accumulator(left.dtype)
    value = left.value @ right.value
    return Bounded(value, rules.matrix_product_error(left.term(value.dtype), right.term(value.dtype), value))


def _plain(operand: Operand) -> Tensor | float:
    """What torch is handed: a Python number stays one, because torch treats it differently from a tensor."""
    if isinstance(operand, Bounded):
        return operand.value
    return operand if isinstance(operand, Tensor) else float(operand)


def _check_same_dtype(x: Bounded, y: Bounded) -> None:
    scalar = any(each.ndim == 0 and each.dtype == torch.float64 for each in (x, y))
    if x.dtype != y.dtype and not scalar:
        raise ArgumentError("operands", (x.dtype, y.dtype), "one dtype", "cast one of them with .to(dtype)")


def _checked(value: Tensor) -> Tensor:
    """A tensor that the rounding model describes."""
    accumulation_dtype(value.dtype)
    if value.device.type != "cpu":
        raise UncertifiedError("tensor", f"is on {value.device}", "move it to the CPU, which the bounds describe")
    if flushes_subnormals(value.dtype):
        remedy = "call torch.set_flush_denormal(False)"
        raise UncertifiedError(f"{value.dtype} arithmetic", "subnormal numbers are flushed to zero", remedy)
    return value.detach()
