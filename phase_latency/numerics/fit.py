"""Fitting one scale to two families of logits: ``G' = c G`` in the least-squares sense, and what is left over.

The tables are compared in difference form. With s the least-squares factor between the tables, ``D = Q - s P`` is
computed without rounding error to speak of, and

    H = G' - s**2 G = s q(P) k(D)^T + q(D) k(Q)^T,      delta = <G, H>/<G, G>,
    c = s**2 + delta,                                   R = G' - c G = H - delta G,

so that a residual R far below the rounding error of G is still seen. Everything runs on bounded tensors, which gives
the certificate: *if* the exact logits obey ``G' = kappa G``, then delta differs from ``kappa - s**2`` by no more than
its error, and R from 0 by no more than ``error(R) + error(delta) (|G| + error(G))``. An entry beyond refutes it.

The logits are dense here, (heads, length, length); only `fit_scale` knows, so that a streaming fit can take its place.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency import formulas
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.compensated import two_product, two_sum
from phase_latency.numerics.propagation import inflated, magnitude
from phase_latency.numerics.roundoff import underflow, unit_roundoff


@dataclass(frozen=True)
class BilinearForm:
    """What makes logits out of a table: ``G = scale q(P) k(P)^T``, with linear q and k.

    Args:
        query: (length, dim) bounded table to (heads, length, head_dim) bounded queries, linear.
        key: the same for keys.
        scale: factor on the products.
    """

    query: Callable[[Bounded], Bounded]
    key: Callable[[Bounded], Bounded]
    scale: float = 1.0

    def __call__(self, left: Bounded, right: Bounded) -> Bounded:
        """Logits between two tables.

        Args:
            left: (length, dim) table of the queries.
            right: (length, dim) table of the keys.

        Returns:
            (heads, length, length) logits.
        """
        logits: Bounded = formulas.scores(self.query(left), self.key(right), self.scale)
        return logits


@dataclass(frozen=True, eq=False)
class ScaleFit:
    """The best ``c`` in ``G' = c G``, and the deviation from it.

    Attributes:
        scale: () c, with the most that it can differ from the exact factor if there is one.
        logits: (heads, length, length) G, with its error.
        change: (heads, length, length) ``G' - G``, without the cancellation of that difference, with its error.
        deviation: (heads, length, length) ``R = G' - c G``.
        allowance: (heads, length, length) largest ``|R|`` that rounding explains if the exact logits are proportional.
        norm: Frobenius norm of G', over all heads.
    """

    scale: Bounded
    logits: Bounded
    change: Bounded
    deviation: Float64[Tensor, "heads length length"]
    allowance: Float64[Tensor, "heads length length"]
    norm: float


def fit_scale(reference: Bounded, other: Bounded, form: BilinearForm) -> ScaleFit:
    """Fit one scale, common to all heads, between the logits of two tables.

    Args:
        reference: (length, dim) float64 table P with its error.
        other: (length, dim) float64 table Q with its error.
        form: what makes logits out of a table.

    Returns:
        the fit; bounds are infinite where nothing can be certified.
    """
    factor = table_factor(reference.value, other.value)
    difference = table_difference(reference, other, factor)
    logits = form(reference, reference)
    change = factor * form(reference, difference) + form(difference, other)
    unit = power_of_two_scale(logits.value)  # keeps squares of entries within range
    scaled_logits, scaled_change = _scaled(logits, unit), _scaled(change, unit)
    delta = _total(scaled_logits * scaled_change) / _total(scaled_logits.square())
    deviation = change - delta * logits
    allowance = inflated(deviation.error + delta.error * (magnitude(logits.value) + logits.error))
    s = Bounded.number(factor)
    return ScaleFit(
        scale=s**2 + delta,
        logits=logits,
        change=change + (s - 1) * (s + 1) * logits,
        deviation=deviation.value,
        allowance=allowance,
        norm=frobenius_norm(factor * factor * logits.value + change.value),
    )


def table_factor(reference: Float64[Tensor, "length dim"], other: Float64[Tensor, "length dim"]) -> float:
    """Least-squares factor s between two tables, ``<P, Q>/<P, P>``.

    Args:
        reference: (length, dim) table P, not all zero.
        other: (length, dim) table Q.

    Returns:
        s; any number serves the fit, this one keeps the difference small.
    """
    first, second = power_of_two_scale(reference), power_of_two_scale(other)
    p, q = reference * first, other * second
    return float((p * q).sum() / p.square().sum()) * (first / second)


def table_difference(reference: Bounded, other: Bounded, factor: float) -> Bounded:
    """``Q - s P``, rounded once although s P is not representable.

    Args:
        reference: (length, dim) float64 table P with its error.
        other: (length, dim) float64 table Q with its error.
        factor: s, taken as exact.

    Returns:
        (length, dim) difference with its error.
    """
    product, product_error = two_product(reference.value, factor)
    total, total_error = two_sum(other.value, -product)
    correction = total_error - product_error
    value = total + correction
    unit = unit_roundoff(torch.float64)
    rounding = unit * (magnitude(value) + magnitude(correction)) + 16 * underflow(torch.float64)
    return Bounded(value, inflated(other.error + abs(factor) * reference.error + rounding))


def power_of_two_scale(values: Float64[Tensor, "*shape"]) -> float:
    """Power of two that brings the largest magnitude into [1/2, 1); 1 if all values are zero.

    Args:
        values: (...) finite float64 values.

    Returns:
        the factor; multiplying by it rounds nothing, unless the product underflows.
    """
    exponent = math.frexp(float(values.abs().max()))[1]
    return 2.0 ** -max(-1000, exponent)  # subnormal numbers have no power of two that brings them to 1


def frobenius_norm(values: Float64[Tensor, "*shape"]) -> float:
    """Frobenius norm, safe from overflow and underflow of the squares.

    Args:
        values: (...) finite float64 values.

    Returns:
        root of the sum of squares.
    """
    unit = power_of_two_scale(values)
    return float((values * unit).square().sum().sqrt()) / unit


def _scaled(x: Bounded, unit: float) -> Bounded:
    """Multiply by a power of two, which rounds nothing but what underflows."""
    return Bounded(x.value * unit, inflated(x.error * unit + 4 * underflow(torch.float64)))


def _total(x: Bounded) -> Bounded:
    """Sum of all entries, row by row: the bound grows with the length of a row, not with the number of entries."""
    return x.sum(-1).sum()
