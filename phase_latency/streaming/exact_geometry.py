"""Sizes of what is made of G and G', from exact inner products, in ball arithmetic: every figure is an enclosure."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import flint
import numpy as np
import torch

from phase_latency.streaming.exact import BITS, SLICES, ExactSums, Exponents
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.geometry import Geometry, Size
from phase_latency.streaming.sides import Side
from phase_latency.streaming.sums import Sums

_ROUNDED_UP = 1 + 1e-9  # roundings of the bound arithmetic itself
_PRECISION = 512  # bits of the ball arithmetic: inner products of slices have 126, and are multiplied twice

Balls: TypeAlias = "dict[tuple[int, int], flint.arb_mat]"
Table: TypeAlias = "dict[tuple[int, int, int, int], flint.arb]"


@dataclass(frozen=True, eq=False)
class ExactGeometry(Geometry):
    """From exact inner products, in ball arithmetic.

    Attributes:
        pair: the logits of two tables.
        tables: for each head, inner products ``<X_a Y_b^T, X_c Y_d^T>`` of all products of factors.
        centred_tables: the same with centred rows.
    """

    pair: FactoredPair
    tables: list[Table]
    centred_tables: list[Table]

    @classmethod
    def of(
        cls, pair: FactoredPair, query_side: Side, key_side: Side, queries: ExactSums, keys: ExactSums
    ) -> "ExactGeometry":
        """Put the sums together.

        Args:
            pair: the logits of two tables.
            query_side: what was summed of the queries.
            key_side: what was summed of the keys.
            queries: its inner products.
            keys: those of the keys.

        Returns:
            the geometry.
        """
        with flint.ctx.workprec(_PRECISION):
            query_grams = [_grams(part, query_side.width) for part in queries.parts]
            key_grams = query_grams if keys is queries else [_grams(part, key_side.width) for part in keys.parts]
            centred = [_centred(grams, keys.rows) for grams in key_grams]
            return cls(
                pair,
                _tables(pair.heads, (query_side, key_side), query_grams, key_grams),
                _tables(pair.heads, (query_side, key_side), query_grams, centred),
            )

    def moments(self, centred: bool) -> tuple[Size, Size]:
        """See the base class."""
        with flint.ctx.workprec(_PRECISION):
            tables = self.centred_tables if centred else self.tables
            first = {(0, 0): flint.arb(1)}
            return _size(_paired(tables, first, first)), _size(_paired(tables, first, self._coefficients(0.0)))

    def sizes(self, alphas: Sequence[float], centred: bool) -> list[Size]:
        """See the base class."""
        with flint.ctx.workprec(_PRECISION):
            tables, found = self.centred_tables if centred else self.tables, []
            for alpha in alphas:
                coefficients = self._coefficients(alpha)
                square = _paired(tables, coefficients, coefficients)
                found.append(_root(square))
            return found

    def _coefficients(self, alpha: float) -> "dict[tuple[int, int], flint.arb]":
        """Of ``alpha G + H``: by which query factor (A, dA) and which key factor (B, dB)."""
        s_q, s_k = self.pair.query_tables.factor, self.pair.key_tables.factor
        return {(0, 0): flint.arb(alpha), (0, 1): flint.arb(s_q), (1, 0): flint.arb(s_k), (1, 1): flint.arb(1)}


def _tables(
    heads: int, both: tuple[Side, Side], query_grams: Sequence[Balls], key_grams: Sequence[Balls]
) -> list[Table]:
    found = []
    for head in range(heads):
        x, y = _projected(both[0], query_grams, head), _projected(both[1], key_grams, head)
        every = itertools.product((0, 1), repeat=4)
        found.append({(a, b, c, d): _entrywise(x[a, c], y[b, d]) for a, b, c, d in every})
    return found


def rounded(side: Side, sums: ExactSums) -> Sums:
    """The Gram matrix of all columns in float64, for bounds that need no better.

    Args:
        side: the side that was summed.
        sums: its inner products.

    Returns:
        the same sums with one rounding of each entry.
    """
    with flint.ctx.workprec(_PRECISION):
        matrices = []
        for part in sums.parts:
            grams = _grams(part, side.width)
            matrix = torch.zeros(1 + 2 * side.width, 1 + 2 * side.width, dtype=torch.float64)
            matrix[0, 0] = sums.rows
            for a, b in itertools.product((0, 1), repeat=2):
                ball = grams[a, b]
                values = torch.tensor([float(entry.mid()) for entry in ball.entries()], dtype=torch.float64)
                rows, columns = (slice(1 + each * side.width, 1 + (each + 1) * side.width) for each in (a, b))
                matrix[rows, columns] = values.reshape(side.width, side.width)
            matrices.append(matrix)
    return Sums(sums.rows, torch.stack(matrices), sums.error_squares)


def _grams(part: dict[Exponents, list[tuple[np.ndarray, int]]], width: int) -> Balls:
    """Gram matrices of reference (0) and difference (1), and under (0, 2) and (1, 2) the sums of their columns."""
    grams: Balls = {}
    for exponents, terms in part.items():
        for matrix, _ in terms:
            for key, ball in _assembled(matrix, exponents, width).items():
                grams[key] = grams[key] + ball if key in grams else ball
    return grams


def _centred(grams: Balls, rows: int) -> Balls:
    return {
        (a, b): grams[a, b] - grams[a, 2] * grams[b, 2].transpose() / flint.arb(rows)
        for a, b in itertools.product((0, 1), repeat=2)
    }


def _assembled(matrix: np.ndarray, exponents: Exponents, width: int) -> Balls:
    """Inner products of whole columns from those of their slices."""
    exponent = [each - BITS * SLICES for each in exponents]
    # The slices of column j of part a are columns 1 + (3 a + slice) width + j; its last slice counts single units.
    sliced = matrix[1:, 1:].reshape(2, SLICES, width, 2, SLICES, width)
    sums = matrix[1:, 0].reshape(2, SLICES, width)
    found: Balls = {}
    for a in (0, 1):
        total = flint.fmpz_mat(width, 1)
        for i in range(SLICES):
            total = total * 2**BITS + _integers(sums[a, i][:, None])
        found[a, 2] = flint.arb_mat(total) * flint.arb(2) ** exponent[a]
        for b in range(a, 2):
            total = flint.fmpz_mat(width, width)
            for order in range(2 * SLICES - 1):
                same = [sliced[a, i, :, b, order - i] for i in range(SLICES) if 0 <= order - i < SLICES]
                total = total * 2**BITS + sum((_integers(each) for each in same), flint.fmpz_mat(width, width))
            found[a, b] = flint.arb_mat(total) * flint.arb(2) ** (exponent[a] + exponent[b])
            found[b, a] = found[a, b].transpose()
    return found


def _integers(matrix: np.ndarray) -> "flint.fmpz_mat":
    rows, columns = matrix.shape
    return flint.fmpz_mat(rows, columns, matrix.ravel().tolist())


def _projected(side: Side, grams: Sequence[Balls], head: int) -> Balls:
    """Gram matrices of A and dA, or B and dB, of a head."""
    group = grams[head if side.projected else 0]
    if side.projected or side.projection.weight is None:
        return group
    weight = side.projection.weight[head]
    rows, columns = weight.shape
    exact = flint.arb_mat(rows, columns, weight.flatten().tolist())
    return {(a, b): exact.transpose() * group[a, b] * exact for a in (0, 1) for b in (0, 1)}


def _entrywise(x: "flint.arb_mat", y: "flint.arb_mat") -> "flint.arb":
    """Sum of the products of corresponding entries."""
    return sum((p * q for p, q in zip(x.entries(), y.entries(), strict=True)), flint.arb(0))


def _paired(
    tables: list[Table],
    first: "dict[tuple[int, int], flint.arb]",
    second: "dict[tuple[int, int], flint.arb]",
) -> "flint.arb":
    """Inner product of two combinations, over all heads."""
    total = flint.arb(0)
    for table in tables:
        for (a, b), p in first.items():
            for (c, d), q in second.items():
                total += p * q * table[a, b, c, d]
    return total


def _root(square: "flint.arb") -> Size:
    """Square root of what is not negative, although the ball around it may reach below zero."""
    if square > 0:
        return _size(square.sqrt())
    value, most = max(float(square.mid()), 0.0) ** 0.5, float(abs(square).abs_upper().sqrt().abs_upper())
    return Size(value, _ROUNDED_UP * max(value, most))


def _size(ball: "flint.arb") -> Size:
    value = float(ball.mid())
    return Size(value, float((ball - value).abs_upper()))
