"""Exact real arithmetic for the rounding tests: NumPy arrays of 400-bit balls, evaluated by the formulas under test.

A formula that is generic in its operands runs on these arrays as it does on torch tensors; the balls enclose its exact
value, and are far thinner than anything float64 can tell apart.
"""

from fractions import Fraction
from types import SimpleNamespace

import flint
import numpy as np
import torch
from torch import Tensor

BITS = 400


def balls(values: Tensor) -> np.ndarray:
    """Tensor entries, exactly, as an object array of balls."""
    flint.ctx.prec = BITS
    flat = [ball(value) for value in values.double().flatten().tolist()]
    array = np.empty(len(flat), dtype=object)
    array[:] = flat
    return array.reshape(tuple(values.shape))


def ball(number: float | Fraction) -> flint.arb:
    """A number, exactly if it is a float, in 400 bits if it is a Fraction."""
    flint.ctx.prec = BITS
    if isinstance(number, Fraction):
        return flint.arb(number.numerator) / number.denominator
    return flint.arb(number)


def distance(exact: np.ndarray, computed: Tensor) -> Tensor:
    """Distance of computed entries to the exact ones in float64, rounded towards zero: never an excuse to fail."""
    flint.ctx.prec = BITS
    gaps = [
        float(abs(reference - flint.arb(value)).abs_lower())
        for reference, value in zip(np.ravel(exact), computed.double().flatten().tolist(), strict=True)
    ]
    return torch.tensor(gaps, dtype=torch.float64).reshape(computed.shape)


def softmax(x: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """Softmax over the last axis, 0 where masked; the largest entry is subtracted, or huge ones would overflow."""
    exponentials = elementwise("exp")(x - elementwise("mid")(x).max(-1, keepdims=True))
    if mask is not None:
        exponentials = np.where(np.broadcast_to(mask, x.shape), exponentials, ball(0.0))
    return exponentials / exponentials.sum(-1, keepdims=True)


def elementwise(name: str):
    """A method of balls, entry by entry; numbers are taken exactly."""
    return np.frompyfunc(lambda x: getattr(flint.arb(x), name)(), 1, 1)


FUNCTIONS = SimpleNamespace(
    **{name: elementwise(name) for name in ("sin", "cos", "exp", "log", "sqrt", "tanh", "floor")},
    softmax=softmax,
    number=ball,
    mean=lambda x: x.sum(-1, keepdims=True) / x.shape[-1],
    total=lambda x: x.sum(-1),
    largest=lambda x: x.max(-1),
    smallest=lambda x: x.min(-1),
)
