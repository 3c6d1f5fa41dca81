"""Bounds of norms: Euclidean ones of rows whose squares would vanish or overflow, and spectral ones of matrices."""

import math

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.numerics.propagation import inflated
from phase_latency.numerics.roundoff import underflow

# Squares lose at most the smallest subnormal number each: nothing beside the square of a norm above this.
_SMALLEST = 1e-140


def row_norms(values: Float64[Tensor, "*rows dim"]) -> Float64[Tensor, "*rows"]:
    """Euclidean norm of each row, at most, and close to it at every magnitude.

    torch sums the squares as they are: those of entries below 1e-162 are zero, those above 1e154 infinite.

    Args:
        values: (..., dim) finite.

    Returns:
        (...) norms, rounded up; 0 for rows of zeros only, and infinite only if the norm leaves the range of float64.
    """
    norms = torch.linalg.vector_norm(values.contiguous(), dim=-1)  # by columns it would add in another order
    outside = ~((norms > _SMALLEST) & (norms < torch.inf))
    if bool(outside.any()):
        largest = torch.maximum(values.amax(-1), -values.amin(-1))
        outside &= largest != 0
        norms[outside] = _scaled_norms(values[outside], largest[outside])
    return inflated(norms)


def _scaled_norms(rows: Tensor, largest: Tensor) -> Tensor:
    """Each row divided by its largest entry first; that rounds by less than what `inflated` makes up for."""
    relative: Tensor = torch.linalg.vector_norm(rows / largest[:, None], dim=1)
    return relative * largest + underflow(torch.float64)


def spectral_bound(gram: Tensor) -> float:
    """Spectral norm of what has this Gram matrix, at most.

    Args:
        gram: (n, n) symmetric, positive semidefinite up to rounding.

    Returns:
        ``|S S|_F**(1/4)``, rounded up; at most the Frobenius norm of the columns.
    """
    trace = float(gram.diagonal().sum())
    if not trace > 0:
        return 0.0
    scaled = gram / trace  # keeps the squares of squares within range
    return (1 + 1e-9) * math.sqrt(trace * math.sqrt(float(torch.linalg.matrix_norm(scaled @ scaled))))


def power_of_two_scale(values: Float64[Tensor, "*shape"]) -> float:
    """Power of two that brings the largest magnitude into [1/2, 1); 1 if all values are zero.

    Args:
        values: (...) finite float64 values.

    Returns:
        the factor; multiplying by it rounds nothing, unless the product underflows.
    """
    largest = float(values.abs().max())
    if not largest:
        return 1.0
    return 2.0 ** -max(-1000, math.frexp(largest)[1])  # no power of two brings subnormal numbers to 1


def frobenius_norm(values: Float64[Tensor, "*shape"]) -> float:
    """Frobenius norm, safe from overflow and underflow of the squares.

    Args:
        values: (...) finite float64 values.

    Returns:
        root of the sum of squares.
    """
    unit = power_of_two_scale(values)
    return float((values * unit).square().sum().sqrt()) / unit


def stretch(matrix: Float64[Tensor, "rows columns"]) -> float:
    """Spectral norm of a matrix, at most, and close to it at every magnitude.

    Args:
        matrix: (rows, columns) finite.

    Returns:
        by how much it stretches a vector, at most.
    """
    unit = power_of_two_scale(matrix)
    scaled = matrix * unit
    return (spectral_bound(scaled.mT @ scaled) + 1e-300) / unit
