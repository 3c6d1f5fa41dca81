"""Elementary functions of bounded tensors, generic in what they are given.

``FUNCTIONS`` maps the names that SymPy prints (``sin``, ``exp``, ``Abs``, ...) to functions that take a `Bounded`
tensor, a plain tensor (taken as exact) or a Python number, so that ``sympy.lambdify(arguments, expression,
modules=[FUNCTIONS])`` gives a function whose result carries its certified bound. Accuracy of torch's own functions:
`phase_latency.numerics.propagation.FUNCTION_ULPS`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import torch
from jaxtyping import Bool
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.numerics import propagation as rules
from phase_latency.numerics.bounded import Bounded, Operand, bounded
from phase_latency.numerics.propagation import inflated, magnitude
from phase_latency.numerics.roundoff import accumulation_dtype, unit_roundoff


def sin(x: Operand) -> Bounded:
    """Sine (argument in radians): it moves by no more than its argument, and never by more than 2."""
    return _lipschitz("sin", torch.sin, x)


def cos(x: Operand) -> Bounded:
    """Cosine (argument in radians): it moves by no more than its argument, and never by more than 2."""
    return _lipschitz("cos", torch.cos, x)


def tanh(x: Operand) -> Bounded:
    """Hyperbolic tangent: it moves by no more than its argument, and never by more than 2."""
    return _lipschitz("tanh", torch.tanh, x)


def exp(x: Operand) -> Bounded:
    """Exponential function, which turns an error of its argument into a factor."""
    x = bounded(x)
    value = torch.exp(x.value)
    computed = rules.function_rounding("exp", value)
    return Bounded(value, inflated((magnitude(value) + computed) * torch.expm1(x.error) + computed))


def log(x: Operand) -> Bounded:
    """Natural logarithm; nothing is certified where the exact argument could be 0."""
    x = bounded(x)
    value = torch.log(x.value)
    relative = inflated(x.error / x.value.double())  # before log1p, whose slope is steep near -1
    moved = torch.where(relative < 1, -torch.log1p(-relative), torch.inf)
    return Bounded(value, inflated(moved + rules.function_rounding("log", value)))


def sqrt(x: Operand) -> Bounded:
    """Square root of a number that is >= 0 in exact arithmetic."""
    x = bounded(x)
    value = torch.sqrt(x.value)
    return Bounded(value, inflated(rules.square_root_error(x.term(x.dtype)) + rules.function_rounding("sqrt", value)))


def absolute(x: Operand) -> Bounded:
    """Absolute value."""
    return abs(bounded(x))


def floor(x: Operand) -> Bounded:
    """Largest integer below: certain where no integer lies within the error, off by up to ``ceil(error)`` elsewhere."""
    x = bounded(x)
    value = torch.floor(x.value)
    exact = x.value.double()
    lower = torch.nextafter(exact - x.error, torch.tensor(-torch.inf, dtype=torch.float64))
    upper = torch.nextafter(exact + x.error, torch.tensor(torch.inf, dtype=torch.float64))
    certain = (x.error == 0) | (lower.floor() == upper.floor())
    return Bounded(value, torch.where(certain, 0.0, inflated(x.error).ceil()))


def maximum(x: Operand, y: Operand) -> Bounded:
    """Elementwise maximum: it moves by no more than either argument.

    Args:
        x: (...) bounded or plain tensor, or a number.
        y: the same.

    Returns:
        (...) the maximum with its error.
    """
    x, y = bounded(x), bounded(y)
    return Bounded(torch.maximum(x.value, y.value), torch.maximum(x.error, y.error))


def stack(tensors: Sequence[Bounded], dim: int = 0) -> Bounded:
    """Join along a new axis, as `torch.stack`."""
    return Bounded(torch.stack([x.value for x in tensors], dim), torch.stack([x.error for x in tensors], dim))


def cat(tensors: Sequence[Bounded], dim: int = 0) -> Bounded:
    """Join along an existing axis, as `torch.cat`."""
    return Bounded(torch.cat([x.value for x in tensors], dim), torch.cat([x.error for x in tensors], dim))


def softmax(x: Bounded, dim: int = -1, mask: Bool[Tensor, "..."] | None = None) -> Bounded:
    """Softmax, as ``torch.softmax`` of the logits with -inf where the mask is False.

    Let p be the exact softmax of the computed logits and let each exponential be off by at most ``exp(a_i)`` in ratio:
    by the error of its logit, by the rounding ``(m - x_i) u`` of its distance to the maximum m, and by that of the
    exponential function. Then the weight is off by at most ``exp(a_i) <p, exp(a)>`` in ratio, and by the rounding of
    sum and quotient (compare Blanchard, Higham and Higham, IMA J. Numer. Anal. 41 (2021), section 4).

    Args:
        x: (...) logits.
        dim: axis that is normalised.
        mask: broadcasts against `x`, True where the weight may differ from 0; None for no mask.

    Returns:
        (...) weights; exactly 0 where masked.

    Raises:
        ArgumentError: the mask leaves a row without any entry.
    """
    allowed = torch.ones(x.shape, dtype=torch.bool) if mask is None else mask.expand(x.shape)
    if not bool(allowed.any(dim).all()):
        raise ArgumentError("mask", mask, "at least one True entry per row", "drop the rows that attend to nothing")
    value = torch.softmax(x.value if mask is None else x.value.masked_fill(~allowed, -torch.inf), dim)
    logits = x.value.double().masked_fill(~allowed, -torch.inf)
    weights = torch.softmax(logits, dim)
    depth = torch.where(allowed, logits.amax(dim, keepdim=True) - logits, 0.0)
    ratio = _exponential_ratio(torch.where(allowed, x.error, 0.0), depth, value.dtype)
    moved = _tilt(weights + torch.finfo(torch.float64).smallest_normal, ratio, dim, value.dtype)
    computed = rules.rounding(value) + 2 * torch.finfo(accumulation_dtype(value.dtype)).smallest_normal
    anywhere = torch.maximum(magnitude(value), 1 - magnitude(value))  # the exact weight lies in [0, 1]
    return Bounded(value, torch.where(allowed, torch.fmin(inflated(moved + computed), anywhere), 0.0))


def _exponential_ratio(error: Tensor, depth: Tensor, dtype: torch.dtype) -> Tensor:
    """Logarithm of the largest ratio between computed and exact ``exp(x - m)``; `depth` is ``m - x``."""
    unit = unit_roundoff(accumulation_dtype(dtype))
    return error + depth * unit + 2 * (rules.FUNCTION_ULPS["softmax exp"] + 1) * unit


def _tilt(weights: Tensor, ratio: Tensor, dim: int, dtype: torch.dtype) -> Tensor:
    """Change of softmax weights when each exponential changes by at most ``exp(ratio)``, and of rounding their sum."""
    normaliser = torch.log1p((weights * torch.expm1(ratio)).sum(dim, keepdim=True))
    roundings = rules.summation_factor(weights.shape[dim], dtype) + 5 * unit_roundoff(accumulation_dtype(dtype))
    return weights * torch.expm1(ratio + normaliser - math.log1p(-roundings))


def _lipschitz(name: str, function: Callable[[Tensor], Tensor], x: Operand) -> Bounded:
    """A function with slope at most 1 and values in [-1, 1]."""
    x = bounded(x)
    value = function(x.value)
    return Bounded(value, inflated(x.error.clamp(max=2) + rules.function_rounding(name, value)))


FUNCTIONS: Mapping[str, Callable[[Operand], Bounded]] = MappingProxyType(
    {"sin": sin, "cos": cos, "exp": exp, "log": log, "sqrt": sqrt, "tanh": tanh, "Abs": absolute, "floor": floor}
)
