"""How one operation moves a rounding error: the rules behind :class:`phase_latency.numerics.bounded.Bounded`.

Every rule returns a float64 bound ``>= |exact operation on exact operands - computed result|`` from the magnitudes of
the computed operands, their own errors and the computed result. Rules are sums of non-negative terms: a form like
``(1 + r)(1 + u) - 1`` is 0 in float64 for r and u near 1e-16. Source: Higham, *Accuracy and Stability of Numerical
Algorithms*, 2nd edition (2002), sections 2.2 (model), 3.1-3.3 (inner products, running error analysis).
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from phase_latency.numerics.roundoff import UncertifiedError, accumulation_dtype, gamma, underflow, unit_roundoff

# The bound itself is computed in float64, by sums and products of non-negative numbers: each of its fewer than
# 4 N + 1000 roundings (N the longest sum) loses at most 2**-53 of it, together less than 1e-9 for N <= LONGEST_SUM.
# What underflows in it is covered by the absolute terms, which count several times the smallest subnormal number.
_INFLATION = 1 + 1e-9
LONGEST_SUM = 2**21

# Reductions of more entries than this may be split between threads (at::internal::GRAIN_SIZE in torch), whose partial
# sums are stored, hence rounded, in the dtype of the result.
_GRAIN_SIZE = 32768

# Accuracy of torch's elementary functions on the CPU in units in the last place of the result, in float64 and
# float32; bfloat16 and float16 are computed in float32 and rounded once more. Torch calls SLEEF (documented: 1.0 ulp
# for the "u10" functions, 3.5 for the "u35" sine and cosine it uses in float32, https://sleef.org/purec.xhtml) or
# Intel MKL's VML in high-accuracy mode (documented: below 1 ulp), depending on layout and build, and inside softmax
# a faster exponential (20 ulp, `exp_u20` in ATen/cpu/vec). Rounded up to leave room for other libraries; the
# property tests compare the table with ball arithmetic over many decades.
FUNCTION_ULPS = {"sin": 4, "cos": 4, "exp": 4, "log": 4, "tanh": 4, "pow": 4, "exp2": 4, "sqrt": 1, "softmax exp": 20}


# Roundings by which torch computes these powers: products, inverses and square roots. An inverse square may pass
# through a subnormal square, off by up to 4 u; other powers go through the general function.
_POWER_ROUNDINGS = {2: 1, 0.5: 1, -1: 1, 3: 2, -0.5: 2, -2: 8}


class Term(NamedTuple):
    """An operand as the rules see it.

    Args:
        magnitude: (...) float64, ``|computed value|``.
        error: (...) float64, ``>= |exact - computed value|``.
        at_least: lower bound of the exact magnitude that is known apart from the error.
    """

    magnitude: Float64[Tensor, "*shape"]
    error: Float64[Tensor, "*shape"]
    at_least: float = 0.0

    @property
    def smallest(self) -> Float64[Tensor, "*shape"]:
        """Smallest magnitude that the exact operand can have."""
        return (self.magnitude - self.error).clamp(min=self.at_least)

    @property
    def is_zero(self) -> Bool[Tensor, "*shape"]:
        """Where the exact operand is zero; a computed zero alone could still move by what underflows in the bound."""
        return (self.magnitude == 0) & (self.error == 0)


def magnitude(value: Float[Tensor, "*shape"]) -> Float64[Tensor, "*shape"]:
    """Absolute value in float64, without rounding."""
    return value.double().abs()


def inflated(bound: Float64[Tensor, "*shape"]) -> Float64[Tensor, "*shape"]:
    """Make up for the rounding of the bound arithmetic itself."""
    return bound * _INFLATION


def rounding(value: Float[Tensor, "*shape"]) -> Float64[Tensor, "*shape"]:
    """Error of the one rounding that made `value`: ``|exact - value| <= u |value| + eta`` (Higham, theorem 2.3).

    In bfloat16 and float16 torch computes in float32 and rounds again, hence ``u + 2 u_float32``.

    Args:
        value: (...) a computed result.

    Returns:
        (...) float64 bound.
    """
    unit = unit_roundoff(value.dtype)
    if value.dtype != accumulation_dtype(value.dtype):
        unit += 2 * unit_roundoff(accumulation_dtype(value.dtype))
    return unit * magnitude(value) + 4 * underflow(value.dtype)


def function_rounding(name: str, value: Float[Tensor, "*shape"]) -> Float64[Tensor, "*shape"]:
    """Error of an elementary function at its computed argument, from `FUNCTION_ULPS`.

    Args:
        name: a key of `FUNCTION_ULPS`.
        value: (...) the computed result.

    Returns:
        (...) float64 bound; one ulp is at most ``2 u |exact result|``, and the result may underflow to zero.
    """
    computed_in = accumulation_dtype(value.dtype)
    ulps = 2 * (FUNCTION_ULPS[name] + 1) * unit_roundoff(computed_in)
    return rounding(value) + ulps * magnitude(value) + torch.finfo(computed_in).smallest_normal


def summation_factor(length: int, dtype: torch.dtype) -> float:
    """Relative error of a sum of `length` terms in any order, per unit of the sum of their absolute values.

    Args:
        length: number of terms.
        dtype: dtype of the terms and of the result; the final rounding to it is not included.

    Returns:
        gamma_length of the accumulation dtype, plus the rounding of partial sums where torch splits long reductions.

    Raises:
        UncertifiedError: the sum is too long to be bounded.
    """
    if length > LONGEST_SUM:
        raise UncertifiedError("sum", f"{length} terms, more than {LONGEST_SUM}", "split it into shorter sums")
    factor = gamma(length, unit_roundoff(accumulation_dtype(dtype)))
    if length > _GRAIN_SIZE and dtype != accumulation_dtype(dtype):
        factor += 2 * unit_roundoff(dtype)
    return factor


def sum_error(x: Term, y: Term, result: Float[Tensor, "*shape"]) -> Float64[Tensor, "*shape"]:
    """Error of ``x + y`` and of ``x - y``; to add a computed zero is exact."""
    exact = (x.magnitude == 0) | (y.magnitude == 0)
    return inflated(x.error + y.error + torch.where(exact, 0.0, rounding(result)))


def product_error(x: Term, y: Term, result: Float[Tensor, "*shape"]) -> Float64[Tensor, "*shape"]:
    """Error of ``x y``; a factor that is exactly zero makes an exact zero."""
    exact = x.is_zero | y.is_zero
    moved = x.magnitude * y.error + x.error * y.magnitude + x.error * y.error
    return inflated(moved + torch.where(exact, 0.0, rounding(result)))


def quotient_error(x: Term, y: Term, result: Float[Tensor, "*shape"]) -> Float64[Tensor, "*shape"]:
    """Error of ``x/y``, by ``X/Y - x/y = (X - (x/y) Y)/Y``; infinite where the exact denominator could be 0."""
    computed = torch.where(x.is_zero, 0.0, rounding(result))
    quotient = magnitude(result) + computed
    moved = torch.where(y.smallest > 0, (x.error + quotient * y.error) / y.smallest, torch.inf)
    return inflated(moved + computed)


def reciprocal_error(x: Term, y: Term, result: Float[Tensor, "*shape"]) -> Float64[Tensor, "*shape"]:
    """Error of ``x/y`` where torch computes ``(1/y) x``, which it does for a Python number x."""
    return quotient_error(x, y, result) + inflated(2 * rounding(result) + 4 * underflow(result.dtype) * x.magnitude)


def power_error(x: Term, exponent: float, result: Float[Tensor, "*shape"]) -> Float64[Tensor, "*shape"]:
    """Error of ``x**exponent`` for an integer or half-integer exponent, by the mean value theorem."""
    steepest = x.magnitude + x.error if exponent >= 1 else x.smallest
    slope = abs(exponent) * steepest ** (exponent - 1)
    moved = torch.where(x.error > 0, x.error * slope, 0.0)
    if exponent == 0.5:
        moved = square_root_error(x)
    roundings = _POWER_ROUNDINGS.get(exponent, 2 * abs(exponent))
    computed = function_rounding("pow", result) + (roundings - 1) * rounding(result)
    intermediate = torch.finfo(result.dtype).smallest_normal  # what is squared before it is inverted may overflow
    return inflated(moved + computed + intermediate)


def exponential_error(x: Term, base: float, result: Float[Tensor, "*shape"]) -> Float64[Tensor, "*shape"]:
    """Error of ``base**x``: ``base**(x + e) = base**x exp(e ln base)``."""
    moved = (magnitude(result) + function_rounding("pow", result)) * torch.expm1(x.error * abs(math.log(base)))
    return inflated(moved + function_rounding("pow", result))


def square_root_error(x: Term) -> Float64[Tensor, "*shape"]:
    """How far ``sqrt`` moves: ``|X - x|/(sqrt X + sqrt x)``, for the exact X >= 0 that the formula presumes."""
    divided = x.error / (x.magnitude.sqrt() + x.smallest.sqrt())
    return torch.where(x.error > 0, torch.minimum(divided, x.error.sqrt()), 0.0)


def matrix_product_error(
    x: Term, y: Term, result: Float[Tensor, "*batch rows columns"]
) -> Float64[Tensor, "*batch rows columns"]:
    """Error of ``x @ y``: ``gamma_n |x||y| + |x| E_y + E_x |y| + E_x E_y``, and one rounding to a narrower dtype.

    The units that multiply bfloat16 and float16 matrices may treat subnormal numbers as zero, in the factors as in
    the sums; the absolute terms, about 1e-38 of the factors, allow for it.

    Args:
        x: (..., rows, n) left factor.
        y: (..., n, columns) right factor.
        result: (..., rows, columns) computed product.

    Returns:
        (..., rows, columns) float64 bound.

    Raises:
        UncertifiedError: the inner length is too long to be bounded.
    """
    length, dtype = x.magnitude.shape[-1], result.dtype
    # The small factor multiplies last: gamma times a tiny entry would lose digits to underflow in the bound itself.
    error = summation_factor(length, dtype) * (x.magnitude @ y.magnitude)
    if bool(y.error.any()):
        error = error + x.magnitude @ y.error
    if bool(x.error.any()):
        error = error + x.error @ (y.magnitude + y.error)
    rows, columns = x.magnitude.sum(-1, keepdim=True), y.magnitude.sum(-2, keepdim=True)
    flushed = torch.finfo(accumulation_dtype(dtype)).smallest_normal * (rows + columns + 4 * length)
    final = 0.0 if dtype == accumulation_dtype(dtype) else rounding(result)
    exact = x.is_zero.all(-1, keepdim=True) | y.is_zero.all(-2, keepdim=True)
    return inflated(error + torch.where(exact, 0.0, flushed + final))
