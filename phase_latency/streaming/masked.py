"""Inner products of logits under a mask: only the pairs of positions that it admits count.

Under a causal mask the keys before a block of queries are summed up in a few triangular factors, the nodes of a binary
tree, and only the blocks on the diagonal are formed: O(L d**2 log L). Any other mask is read tile by tile, which takes
as many products as there are pairs of positions, and is refused beyond a budget.

The rows of a block against some keys are a *piece*: their number of keys, their sum, and coordinates of what remains
when the mean is taken away. Pieces of the same rows are put together without cancellation (Chan, Golub and LeVeque,
The American Statistician 37, 1983).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.masks import Mask
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.geometry import CoordinateGeometry
from phase_latency.streaming.projections import Factors
from phase_latency.streaming.tree import Tree

_ROWS = 512  # queries of a block: the part on the diagonal is quadratic in it


@dataclass(frozen=True, eq=False)
class _Piece:
    """Some rows of G and H against some keys.

    Attributes:
        count: (rows,) number of keys.
        sums: (2, heads, rows) sums of G and H over them.
        centred: (2, heads, rows, coordinates) what has the same inner products as the entries less their mean.
    """

    count: Float64[Tensor, " rows"]
    sums: Float64[Tensor, "2 heads rows"]
    centred: Float64[Tensor, "2 heads rows coordinates"]


@dataclass(frozen=True, eq=False)
class _Node:
    """Keys of some blocks: their number, and the triangular factor of ``[1, B, dB]``."""

    count: int
    triangle: Float64[Tensor, "heads columns columns"]


@dataclass(frozen=True, eq=False)
class MaskedGeometry(CoordinateGeometry):
    """Inner products over the pairs of positions that a mask admits.

    Attributes:
        pair: the logits of two tables.
        mask: the mask.
        budget: most logits that may be formed for a mask that is not causal.
    """

    pair: FactoredPair
    mask: Mask
    budget: int

    def __post_init__(self) -> None:
        """Refuse a mask that would have to be read entry by entry beyond the budget."""
        heads, queries, keys = self.pair.shape
        if self.mask.entries is not None and heads * queries * keys > self.budget:
            given = f"a mask of {queries} x {keys} entries for {heads} heads"
            expected = f"at most {self.budget} logits under a mask that is not causal"
            raise ArgumentError("mask", given, expected, "raise `budget`, or pass Mask(causal=True)")

    @property
    def inner(self) -> int:
        """Inner length of the products."""
        return self.pair.rank

    def coordinates(self, centred: bool) -> Iterator[tuple[Tensor, Tensor]]:
        """See the base class: blocks of queries, all admitted keys of a query in one row."""
        for pieces in self._pieces():
            whole = torch.cat([piece.centred for piece in pieces], -1)
            sums = torch.stack([piece.sums for piece in pieces], -1)
            count = torch.stack([piece.count for piece in pieces], -1)
            means = sums / count.clamp(min=1)  # a piece without keys has the weight 0
            if centred:
                # Means of the pieces about the mean of the row, each as often as it has keys.
                means = means - sums.sum(-1, keepdim=True) / count.sum(-1, keepdim=True).clamp(min=1)
            between = means * count.sqrt()
            g, h = torch.cat([whole, between], -1)
            yield g, h

    def _pieces(self) -> Iterator[list[_Piece]]:
        return self._causal() if self.mask.entries is None else self._dense()

    def _causal(self) -> Iterator[list[_Piece]]:
        tree: Tree[_Node] = Tree(_merged)
        blocks = zip(self.pair.queries(_ROWS), self.pair.keys(_ROWS), strict=True)
        for number, ((start, queries), (_, keys)) in enumerate(blocks):
            earlier = [self._before(queries, node) for node in tree.nodes.values()]
            yield [*earlier, self._among(queries, start, keys, start)]
            tree.add((0, number), self._node(keys, start))

    def _dense(self) -> Iterator[list[_Piece]]:
        for start, queries in self.pair.queries(_ROWS):
            yield [self._among(queries, start, keys, first) for first, keys in self.pair.keys(_ROWS)]

    def _node(self, keys: Factors, start: int) -> _Node:
        columns = torch.cat([keys.reference, keys.difference], -1)
        if self.mask.keys is not None:
            columns = columns[:, self.mask.keys[start : start + columns.shape[1]]]
        ones = torch.ones(*columns.shape[:2], 1, dtype=torch.float64)
        return _Node(columns.shape[1], _triangle(torch.cat([ones, columns], -1)))

    def _before(self, queries: Factors, node: _Node) -> _Piece:
        """Queries against all keys of a node."""
        rank = self.pair.rank
        reference, difference = node.triangle[..., 1 : 1 + rank], node.triangle[..., 1 + rank :]
        both = torch.stack(self._products(queries, reference, difference))
        sums = both[..., 0] * node.triangle[:, 0, 0][:, None]  # the first coordinate is along the ones
        count = torch.full((both.shape[2],), float(node.count), dtype=torch.float64)
        return _Piece(count, sums, both[..., 1:])

    def _among(self, queries: Factors, start: int, keys: Factors, first: int) -> _Piece:
        """Queries against single keys, as the mask admits."""
        g, h = self._products(queries, keys.reference, keys.difference)
        rows = torch.arange(start, start + g.shape[1])
        admitted = self.mask.admitted(rows, slice(first, first + g.shape[2]))
        both = torch.stack([g, h])
        if admitted is None:
            admitted = torch.ones(g.shape[1:], dtype=torch.bool)
        both = torch.where(admitted, both, 0.0)
        count = admitted.sum(1).double()
        sums = both.sum(-1)
        means = sums / count.clamp(min=1)
        return _Piece(count, sums, torch.where(admitted, both - means[..., None], 0.0))

    def _products(self, queries: Factors, reference: Tensor, difference: Tensor) -> tuple[Tensor, Tensor]:
        s_q, s_k = self.pair.query_tables.factor, self.pair.key_tables.factor
        g = queries.reference @ reference.mT
        h = queries.reference @ (s_q * difference).mT + queries.difference @ (s_k * reference + difference).mT
        return g, h


def _merged(left: _Node, right: _Node) -> _Node:
    return _Node(left.count + right.count, _triangle(torch.cat([left.triangle, right.triangle], 1)))


def _triangle(values: Tensor) -> Tensor:
    heads, rows, columns = values.shape
    if rows < columns:
        values = torch.cat([values, values.new_zeros(heads, columns - rows, columns)], 1)
    return torch.geqrf(values)[0][:, :columns].triu()
