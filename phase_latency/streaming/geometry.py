"""Norms of ``M(alpha) = alpha G + H`` over all pairs of positions, from the small matrices that a stream leaves.

With ``G = A B^T`` and ``G' = s_q s_k G + H``, ``H = A (s_q dB)^T + dA (s_k B + dB)^T``, everything that is measured is
the size of some M(alpha): the change of the logits, and what a fitted scale leaves over. Rows centred over their keys
see no constant that is added to a row, so the same numbers of centred keys belong to the classes that allow one.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.numerics.roundoff import gamma, unit_roundoff
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.projections import Projection
from phase_latency.streaming.sides import UNDERFLOW, Side
from phase_latency.streaming.sums import Sums

_UNIT = unit_roundoff(torch.float64)
# Roundings of the bound arithmetic itself, on small matrices.
_ROUNDED_UP = 1 + 1e-9


@dataclass(frozen=True)
class Size:
    """A number that was computed, and how far the computation may have gone wrong.

    Attributes:
        value: the number.
        error: distance to what the tables as they are stored give exactly, at most.
    """

    value: float
    error: float


class Geometry(ABC):
    """Inner products of the logits, summed over all heads, queries and keys that the mask admits."""

    @abstractmethod
    def moments(self, centred: bool) -> tuple[Size, Size]:
        """``<G, G>`` and ``<G, H>``.

        Args:
            centred: whether the mean of each row is taken away first.

        Returns:
            both, with the rounding of their computation.
        """

    @abstractmethod
    def sizes(self, alphas: Sequence[float], centred: bool) -> list[Size]:
        """Frobenius norms of ``M(alpha)``.

        Args:
            alphas: the coefficients of G.
            centred: whether the mean of each row is taken away first.

        Returns:
            the norms, with the rounding of their computation.
        """


class CoordinateGeometry(Geometry):
    """From coordinates of G and H, which come in parts: nothing is squared before it is combined."""

    @property
    @abstractmethod
    def inner(self) -> int:
        """Inner length of the products that coordinates are made of."""

    @abstractmethod
    def coordinates(self, centred: bool) -> Iterator[tuple[Tensor, Tensor]]:
        """Parts of G and H, in coordinates that keep their inner products.

        Args:
            centred: whether the mean of each row is taken away first.

        Returns:
            an iterator over pairs of tensors of one shape.
        """

    def moments(self, centred: bool) -> tuple[Size, Size]:
        """See the base class."""
        gg, gh, size, rounding = 0.0, 0.0, 0.0, 0.0
        for parts, (g, h) in enumerate(self.coordinates(centred), 1):
            gg, gh, size = gg + _total(g * g), gh + _total(g * h), size + _total((g * h).abs())
            rounding = max(rounding, self._rounding(g, parts))
        return Size(gg, rounding * gg + UNDERFLOW), Size(gh, rounding * size + UNDERFLOW)

    def sizes(self, alphas: Sequence[float], centred: bool) -> list[Size]:
        """See the base class."""
        squares, rounding = [0.0] * len(alphas), 0.0
        for parts, (g, h) in enumerate(self.coordinates(centred), 1):
            squares = [square + _total((alpha * g + h).square()) for square, alpha in zip(squares, alphas, strict=True)]
            rounding = max(rounding, self._rounding(g, parts))
        return [Size(square**0.5, rounding * square**0.5 + UNDERFLOW**0.5) for square in squares]

    def _rounding(self, part: Tensor, parts: int) -> float:
        """Relative error of a sum of so many parts, summed axis by axis, and of their entries."""
        return gamma(4 * self.inner + sum(part.shape) + parts + 64, _UNIT)


def _total(values: Tensor) -> float:
    """Sum of all entries, axis by axis: it rounds as often as the axes are long together."""
    while values.ndim:
        values = values.sum(-1)
    return float(values)


@dataclass(frozen=True, eq=False)
class SmallFactors:
    """Small matrices with the inner products of A and dA, or of B and dB, of one head.

    Attributes:
        reference: (rows, rank) float64.
        difference: (rows, rank) float64.
    """

    reference: Float64[Tensor, "rows rank"]
    difference: Float64[Tensor, "rows rank"]


@dataclass(frozen=True, eq=False)
class TriangularGeometry(CoordinateGeometry):
    """From triangular factors: R replaces the columns that it was made of, and nothing is squared.

    Attributes:
        pair: the logits of two tables.
        query_side: what was summed of the queries.
        key_side: what was summed of the keys.
        queries: its triangular factor.
        keys: that of the keys.
    """

    pair: FactoredPair
    query_side: Side
    key_side: Side
    queries: Sums
    keys: Sums

    @property
    def inner(self) -> int:
        """Inner length of the products."""
        return self.pair.rank

    def coordinates(self, centred: bool) -> Iterator[tuple[Tensor, Tensor]]:
        """See the base class: head by head; errors of the triangles are counted as errors of the tables."""
        s_q, s_k = self.pair.query_tables.factor, self.pair.key_tables.factor
        for head in range(self.pair.heads):
            x = small_factors(self.query_side, self.queries.matrix, head)
            y = small_factors(self.key_side, self.keys.matrix[:, 1:] if centred else self.keys.matrix, head)
            g = x.reference @ y.reference.mT
            h = x.reference @ (s_q * y.difference).mT + x.difference @ (s_k * y.reference + y.difference).mT
            yield g, h


@dataclass(frozen=True, eq=False)
class GramGeometry(Geometry):
    """From Gram matrices, which are quick to sum; it knows how much may have been lost to cancellation.

    Attributes:
        pair: the logits of two tables.
        query_side: what was summed of the queries.
        key_side: what was summed of the keys.
        queries: its Gram matrix.
        keys: that of the keys.
        error: relative error of the entries of both, see `sums.method_error`.
    """

    pair: FactoredPair
    query_side: Side
    key_side: Side
    queries: Sums
    keys: Sums
    error: float

    def moments(self, centred: bool) -> tuple[Size, Size]:
        """See the base class."""
        parts = [(head.pairing(head.g, head.g), head.pairing(head.g, head.h(0.0))) for head in self._heads(centred)]
        gg, gh = (_added([part[which] for part in parts]) for which in (0, 1))
        return gg, gh

    def sizes(self, alphas: Sequence[float], centred: bool) -> list[Size]:
        """See the base class."""
        heads = list(self._heads(centred))
        squares = [_added([head.pairing(head.h(alpha), head.h(alpha)) for head in heads]) for alpha in alphas]
        return [_root(square) for square in squares]

    def lost(self, rounding: float) -> float:
        """Estimate, rather than bound, how much was lost to cancellation.

        Args:
            rounding: bound of the relative rounding error of some square of a norm.

        Returns:
            relative error to be expected in it.
        """
        return rounding * 4 * _UNIT / self.error

    def _heads(self, centred: bool) -> Iterator["_GramHead"]:
        keys = _centred(self.keys.matrix) if centred else self.keys.matrix
        width = max(self.query_side.width, self.key_side.width)
        error = (4 * self.error if centred else self.error) + gamma(4 * width + 4, _UNIT)  # the means are sums too
        for head in range(self.pair.heads):
            x, x_size = _small_gram(self.query_side, self.queries.matrix, self.queries.matrix, head)
            y, y_size = _small_gram(self.key_side, keys, self.keys.matrix, head)
            yield _GramHead(x, y, x_size, y_size, self.pair.query_tables.factor, self.pair.key_tables.factor, error)


@dataclass(frozen=True, eq=False)
class _GramHead:
    """Inner products of one head: ``<X C Y^T, X C' Y^T> = sum (C^T K C') L`` for Gram matrices K of X and L of Y."""

    queries: Tensor
    keys: Tensor
    query_sizes: Tensor
    key_sizes: Tensor
    query_factor: float
    key_factor: float
    error: float

    @property
    def g(self) -> Tensor:
        """Coefficients of G in ``[A, dA] C [B, dB]^T``."""
        rank = len(self.queries) // 2
        identity, zero = torch.eye(rank, dtype=torch.float64), torch.zeros(rank, rank, dtype=torch.float64)
        return torch.cat([torch.cat([identity, zero], 1), torch.cat([zero, zero], 1)])

    def h(self, alpha: float) -> Tensor:
        """Coefficients of ``alpha G + H``."""
        rank = len(self.queries) // 2
        identity = torch.eye(rank, dtype=torch.float64)
        above = torch.cat([alpha * identity, self.query_factor * identity], 1)
        return torch.cat([above, torch.cat([self.key_factor * identity, identity], 1)])

    def pairing(self, first: Tensor, second: Tensor) -> Size:
        """Inner product of two matrices, with what the errors of both Gram matrices do to it."""
        value = float(((first.mT @ self.queries @ second) * self.keys).sum())
        x, y, c, c2 = self.queries.abs(), self.keys.abs(), first.abs(), second.abs()
        by_queries = float((self.query_sizes @ c2) @ y @ (self.query_sizes @ c))
        by_keys = float((c @ self.key_sizes) @ x @ (c2 @ self.key_sizes))
        both = float((self.query_sizes @ c2 @ self.key_sizes) * (self.query_sizes @ c @ self.key_sizes))
        computed = float(((c.mT @ x @ c2) * y).sum())
        rounding = gamma(2 * len(self.queries) + 2, _UNIT) * computed
        error = self.error * (by_queries + by_keys + self.error * both) + rounding
        return Size(value, _ROUNDED_UP * error + UNDERFLOW if error else 0.0)


def small_factors(side: Side, triangle: Tensor, head: int) -> SmallFactors:
    """A triangular factor times the weights of a head.

    Args:
        side: queries or keys.
        triangle: (groups, rows, 1 + 2 width) rows of the triangular factor.
        head: number of the head.

    Returns:
        what has the inner products of the projected columns.
    """
    group = triangle[head if side.projected else 0]
    reference, difference = group[:, 1 : 1 + side.width], group[:, 1 + side.width :]
    weight = _weight(side, head)
    return SmallFactors(*(each if weight is None else each @ weight for each in (reference, difference)))


def _weight(side: Side, head: int) -> Tensor | None:
    projection: Projection = side.projection
    return None if side.projected or projection.weight is None else projection.weight[head]


def _small_gram(side: Side, gram: Tensor, uncentred: Tensor, head: int) -> tuple[Tensor, Tensor]:
    """Gram matrix of ``[A, dA]``, and the norms that the errors of its entries are measured by."""
    group = head if side.projected else 0
    inner, sizes = gram[group, 1:, 1:], uncentred[group].diagonal()[1:].clamp(min=0).sqrt()
    weight = _weight(side, head)
    if weight is None:
        return inner, sizes
    both: Tensor = torch.block_diag(weight, weight)  # type: ignore[no-untyped-call]  # torch gives it no types
    return both.mT @ inner @ both, sizes @ both.abs()


def _centred(gram: Tensor) -> Tensor:
    """Gram matrix of the columns less their means: the first column is all ones."""
    sums = gram[:, 0]
    return gram - sums[:, :, None] * sums[:, None, :] / gram[:, :1, :1]


def _added(parts: Sequence[Size]) -> Size:
    return Size(sum(part.value for part in parts), _ROUNDED_UP * sum(part.error for part in parts))


def _root(square: Size) -> Size:
    """Square root of what is not negative in exact arithmetic."""
    value, least = max(square.value, 0.0) ** 0.5, max(square.value - square.error, 0.0) ** 0.5
    if not square.error:
        return Size(value, 0.0)
    most = max(square.value + square.error, 0.0) ** 0.5
    return Size(value, _ROUNDED_UP * max(value - least, most - value))
