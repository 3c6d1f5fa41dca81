"""How far G and H can move, in the Frobenius norm, when rows of the tables move by no more than their errors.

With ``|E|_F`` at most the root of the summed squares of the errors of rows, and spectral norms of the factors,

    |dG| <= e_A |B| + |A| e_B + e_A e_B,

and in the same way for each product in H. Spectral norms are bounded by ``|S S|_F**(1/4)`` of the Gram matrix S, which
is at most n**(1/8) too large for n columns. Errors of triangular factors are counted here as well: R is the exact
factor of columns that differ a little from the given ones.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from phase_latency.numerics.norms import spectral_bound, stretch
from phase_latency.numerics.roundoff import gamma, unit_roundoff
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.geometry import small_factors
from phase_latency.streaming.sides import Side
from phase_latency.streaming.sums import Method, Sums, method_error

_UNIT = unit_roundoff(torch.float64)
_ROUNDED_UP = 1 + 1e-9


@dataclass(frozen=True)
class Sensitivity:
    """What errors of the tables do to the logits, over all heads.

    Attributes:
        reference: Frobenius distance of G to the exact one, at most.
        difference: the same for H.
        condition: relative change of G, at most, per relative change of the tables (kappa).
    """

    reference: float
    difference: float
    condition: float

    def of(self, alpha: float) -> float:
        """Frobenius distance of ``alpha G + H`` to the exact matrix, at most."""
        return _ROUNDED_UP * (abs(alpha) * self.reference + self.difference)


@dataclass(frozen=True)
class _Norms:
    """Spectral norms of the factors of one side of a head, and Frobenius norms of their errors."""

    reference: float
    difference: float
    reference_error: float
    difference_error: float
    table: float  # Frobenius norm of the reference columns times that of the weights


def sensitivity(
    pair: FactoredPair, query_side: Side, key_side: Side, queries: Sums, keys: Sums, method: Method, size: float
) -> Sensitivity:
    """Bound what errors of the tables do to the logits.

    Args:
        pair: the logits of two tables.
        query_side: queries.
        key_side: keys.
        queries: what was summed of the queries.
        keys: what was summed of the keys.
        method: how they were summed.
        size: Frobenius norm of G.

    Returns:
        the bounds.
    """
    s_q, s_k = abs(pair.query_tables.factor), abs(pair.key_tables.factor)
    reference, difference, condition = 0.0, 0.0, 0.0
    for head in range(pair.heads):
        a = _norms(query_side, queries, method, head)
        b = _norms(key_side, keys, method, head)
        moved_g = _moved(a.reference, a.reference_error, b.reference, b.reference_error)
        moved_h = (
            s_q * _moved(a.reference, a.reference_error, b.difference, b.difference_error)
            + s_k * _moved(a.difference, a.difference_error, b.reference, b.reference_error)
            + _moved(a.difference, a.difference_error, b.difference, b.difference_error)
        )
        reference, difference = reference + moved_g**2, difference + moved_h**2
        condition += (a.table * b.reference + a.reference * b.table) ** 2
    return Sensitivity(
        _ROUNDED_UP * reference**0.5, _ROUNDED_UP * difference**0.5, condition**0.5 / size if size else float("inf")
    )


def _moved(x: float, x_error: float, y: float, y_error: float) -> float:
    return x_error * y + x * y_error + x_error * y_error


def _norms(side: Side, sums: Sums, method: Method, head: int) -> _Norms:
    group = head if side.projected else 0
    squares = _column_squares(sums.matrix[group], method)
    table, change = (float(each.sum()) ** 0.5 for each in (squares[1 : 1 + side.width], squares[1 + side.width :]))
    *errors, rows = sums.error_squares[group].sqrt().tolist()
    weight = None if side.projected or side.projection.weight is None else side.projection.weight[head]
    factor = 1.0 if weight is None else stretch(weight)
    backward = 0.0
    if method == "triangular":
        # The centred triangle also moves with the direction of the ones, hence 3 instead of 1.
        rounding = gamma(2 * side.width + 2, _UNIT) * (
            1.0 if weight is None else float(torch.linalg.matrix_norm(weight))
        )
        backward = 3 * method_error(side, method) * factor + rounding
    reference_gram, difference_gram = _grams(side, sums.matrix, method, head)
    hidden, hidden_change = _hidden(side, squares, weight, method)
    return _Norms(
        math.hypot(spectral_bound(reference_gram), hidden),
        math.hypot(spectral_bound(difference_gram), hidden_change),
        factor * errors[0] + backward * table,
        factor * errors[1] + backward * change,
        rows * _stretch(side, head),
    )


def _stretch(side: Side, head: int) -> float:
    """How much a projection stretches a row of the table, at most."""
    weight, rotary = side.projection.weight, side.projection.rotary
    size = 1.0 if weight is None else stretch(weight[head])
    return size if rotary is None else size * abs(rotary.amplitude)


def _column_squares(matrix: Tensor, method: Method) -> Tensor:
    return matrix.square().sum(0) if method == "triangular" else matrix.diagonal().clamp(min=0)


def _hidden(side: Side, squares: Tensor, weight: Tensor | None, method: Method) -> tuple[float, float]:
    """Norms that rounding can hide in the Gram matrices of projected columns, which may cancel to nothing."""
    if method == "triangular":
        return 0.0, 0.0
    rounding = gamma(4 * side.width + 8, _UNIT) + (method_error(side, method) if method == "gram" else 0.0)
    parts = squares[1 : 1 + side.width].sqrt(), squares[1 + side.width :].sqrt()
    reference, difference = (
        math.sqrt(rounding) * float(torch.linalg.vector_norm(part if weight is None else part @ weight.abs()))
        for part in parts
    )
    return reference, difference


def _grams(side: Side, matrix: Tensor, method: Method, head: int) -> tuple[Tensor, Tensor]:
    """Gram matrices of the projected reference and of the projected difference."""
    if method == "triangular":
        small = small_factors(side, matrix, head)
        return small.reference.mT @ small.reference, small.difference.mT @ small.difference
    group = matrix[head if side.projected else 0]
    reference, difference = slice(1, 1 + side.width), slice(1 + side.width, None)
    grams = group[reference, reference], group[difference, difference]
    weight = None if side.projected or side.projection.weight is None else side.projection.weight[head]
    if weight is None:
        return grams
    first, second = (weight.mT @ each @ weight for each in grams)
    return first, second
