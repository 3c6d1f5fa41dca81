"""``exp(x) - 1 - x`` and ``exp(x) - 1`` from a series: every digit right however small x is, with a certified error."""

import math

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.numerics.roundoff import unit_roundoff

# Largest |x| for which the series is used: doubling r to here costs no more than rounding x itself does.
LARGEST_SERIES = 32.0

# |y| for which the series is summed without halving y; the constants of `series_error` hold up to here.
_LARGEST_ARGUMENT = 0.25

_UNIT = unit_roundoff(torch.float64)


def exponential_series(
    x: Float64[Tensor, "rows keys"],
    largest: float,
    phi: Float64[Tensor, "rows keys"],
    ratio: Float64[Tensor, "rows keys"],
    scratch: Float64[Tensor, "rows keys"],
) -> None:
    """``phi(x) = exp(x) - 1 - x`` and ``r(x) = exp(x) - 1``, each accurate relative to itself.

    x is halved until its Taylor series needs few terms; ``phi(2y) = 2 phi(y) + r(y)**2`` and
    ``r(2y) = r(y) (r(y) + 2)`` double it again, and neither cancels.

    Args:
        x: (rows, keys) arguments; unchanged.
        largest: largest magnitude that counts, at most `LARGEST_SERIES`; results for others are meaningless.
        phi: (rows, keys) is given phi(x).
        ratio: (rows, keys) is given r(x).
        scratch: (rows, keys) is overwritten.
    """
    halvings = _halvings(largest)
    y = torch.mul(x, 2.0**-halvings, out=scratch) if halvings else x
    highest, *others = reversed(_coefficients(largest * 2.0**-halvings))
    phi.fill_(highest)
    for coefficient in others:
        phi.mul_(y).add_(coefficient)
    phi.mul_(y).mul_(y)
    torch.add(y, phi, out=ratio)
    for _ in range(halvings):
        phi.mul_(2.0).addcmul_(ratio, ratio)
        torch.add(ratio, 2.0, out=scratch)
        ratio.mul_(scratch)


def series_error(largest: float) -> tuple[float, float]:
    """Relative errors of `exponential_series`, in units of 2**-53.

    For |y| <= 1/4: Horner's scheme and the terms left out cost 2 units of the series, which is at least 0.46, and two
    products with y make 4 of phi; ``r = y + phi`` inherits them times ``|phi/r| <= 1/7`` and adds one, less than 2.
    Doubling: ``r (r + 2)`` adds 2 and multiplies by ``1 + r/(2 + r) = 1 + tanh(y/2)``, ``2 phi + r**2`` is a sum of
    positive terms.

    Args:
        largest: largest magnitude of the arguments.

    Returns:
        that of phi, and that of r.
    """
    phi, ratio = 4.0, 2.0
    y = _LARGEST_ARGUMENT
    for _ in range(_halvings(largest)):
        phi, ratio = max(phi, 2 * ratio + 1) + 1, ratio * (1 + min(1.0, y / 2)) + 2
        y *= 2
    return phi, ratio


def _halvings(largest: float) -> int:
    return max(0, math.frexp(largest / _LARGEST_ARGUMENT)[1]) if largest > _LARGEST_ARGUMENT else 0


def _coefficients(largest: float) -> list[float]:
    """``1/2!, 1/3!, ...``: as many as leave out less than a quarter of 2**-53 of the series."""
    count = 1
    while 2.4 * largest**count / math.factorial(count + 2) > _UNIT / 4:
        count += 1
    return [1 / math.factorial(number + 2) for number in range(count)]
