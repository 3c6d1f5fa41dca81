"""Sums and products of float64 tensors together with their own rounding errors, which float64 holds exactly.

Sources: Dekker, Numerische Mathematik 18 (1971); Knuth, TAOCP volume 2, section 4.2.2; Higham, *Accuracy and
Stability of Numerical Algorithms* (2002), sections 4.3 and 24.
"""

from typing import TypeVar

import torch
from jaxtyping import Float64
from torch import Tensor

# Veltkamp's constant for 53 digits: splits a number into halves of 26 digits.
_SPLITTER = 2.0**27 + 1

# A factor whose products with numbers near 1 need more digits than there are.
_PROBE_FACTOR = 1 + 2.0**-27 + 2.0**-52

Factor = TypeVar("Factor", Tensor, float)


def two_sum(x: Float64[Tensor, "*shape"], y: Float64[Tensor, "*shape"]) -> tuple[Tensor, Tensor]:
    """Sum and its rounding error.

    Args:
        x: (...) float64.
        y: (...) float64.

    Returns:
        (...) the rounded sum s and (...) the error e, with ``s + e = x + y`` exactly unless s overflows.
    """
    total = x + y
    part = total - x
    return total, (x - (total - part)) + (y - part)


def two_product(x: Float64[Tensor, "*shape"], y: float) -> tuple[Tensor, Tensor]:
    """Product with a number, and its rounding error.

    Args:
        x: (...) float64, below 1e300 in magnitude.
        y: factor, below 1e300 in magnitude.

    Returns:
        (...) the rounded product p and (...) the error e, with ``p + e = x y`` exactly unless a part underflows.
    """
    product = x * y
    high, low = _split(x)
    factor_high, factor_low = _split(y)
    error = ((high * factor_high - product) + high * factor_low + low * factor_high) + low * factor_low
    return product, error


def fuses() -> bool:
    """Whether ``torch.sub(x, y, alpha=a)`` rounds ``x - a y`` once on this machine, as a fused multiply-add does.

    Looked up on the spot and not cached: it depends on the processor and on how torch was built.

    Returns:
        True if every entry of a probe that cancels to its last bits comes out right, in vectors and in what is left
        over at their ends.
    """
    x = 1 + torch.arange(1, 1032, dtype=torch.float64) * 2.0**-52
    product, error = two_product(x, _PROBE_FACTOR)
    return torch.equal(torch.sub(product, x, alpha=_PROBE_FACTOR), -error)


def _split(x: Factor) -> tuple[Factor, Factor]:
    shifted = x * _SPLITTER
    high = shifted - (shifted - x)
    return high, x - high
