"""Inner products of the columns of a side, summed over blocks of rows: as triangular factors, or as Gram matrices.

``triangular``: R of a QR factorisation, by blocks and then in a binary tree (Demmel, Grigori, Hoemmen and Langou,
SIAM J. Sci. Comput. 34, 2012). Norms of combinations of columns keep their relative accuracy, however small they are.

``gram``: the inner products themselves, three times as fast. Norms are roots of differences of inner products, so what
cancels in them loses half of its digits.

Both are nodes of a tree: shards summed by different workers are merged into the same bits.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.numerics.roundoff import gamma, unit_roundoff
from phase_latency.streaming.sides import Side
from phase_latency.streaming.sources import BLOCK
from phase_latency.streaming.tree import Tree, depth

Method = Literal["gram", "triangular", "exact"]

_UNIT = unit_roundoff(torch.float64)
# A Householder transformation of m rows moves a column by at most about (10 m + 40) u of its norm: one inner product of
# m terms, with a vector and a factor that are themselves sums and quotients of m terms (Higham, Accuracy and Stability
# of Numerical Algorithms, 2002, lemmas 19.1 to 19.3, with the constants traced). n of them make a factorisation.
_HOUSEHOLDER = 12


@dataclass(frozen=True, eq=False)
class Sums:
    """What is known of some rows of a side.

    Attributes:
        rows: number of rows.
        matrix: (groups, columns, columns) float64, upper triangular factor or Gram matrix of the columns.
        error_squares: (groups, 3) sums of the squared errors of the rows of reference and difference, at most, and of
            the squared norms of the rows of the table.
    """

    rows: int
    matrix: Float64[Tensor, "groups columns columns"]
    error_squares: Float64[Tensor, "groups 3"]


def sums(side: Side, method: Method, first: int = 0, last: int | None = None) -> Tree[Sums]:
    """Sum blocks of a side.

    Args:
        side: queries or keys.
        method: how.
        first: number of the first block.
        last: number of the block after the last one; None for all.

    Returns:
        the tree over these blocks; trees over other blocks can be added to it.

    Raises:
        ArgumentError: a table is shorter or longer than it was.
        NotFiniteError: an entry is infinite or NaN.
    """
    tree = sums_tree(method)
    make = _triangle if method == "triangular" else _gram
    for number, columns in side.columns(first, last):
        tree.add((0, number), Sums(columns.values.shape[1], make(columns.values), columns.error_squares))
    return tree


def sums_tree(method: Method) -> Tree[Sums]:
    """An empty tree.

    Args:
        method: how blocks are summed.

    Returns:
        the tree that merges such sums.
    """
    return Tree(_merged_triangles if method == "triangular" else _merged_grams)


def method_error(side: Side, method: Method) -> float:
    """Rounding of the sums.

    Args:
        side: the side that was summed.
        method: how.

    Returns:
        for triangles: the factor is exactly that of columns that differ from the given ones by at most this part of
        their norms; for Gram matrices: each entry is off by at most this part of the product of the two norms.

    Raises:
        UncertifiedError: the table is too long to be bounded.
    """
    merges = depth(side.leaves)
    if method == "gram":
        return gamma(BLOCK + merges + 1, _UNIT)
    columns = 1 + 2 * side.width
    return gamma(_HOUSEHOLDER * columns * (BLOCK + merges * 2 * columns), _UNIT)


def _gram(values: Tensor) -> Tensor:
    # NumPy recognises a product with its own transpose and computes half of it; torch does not.
    return torch.stack([torch.from_numpy(each.T @ each) for each in values.numpy()])


def _triangle(values: Tensor) -> Tensor:
    rows, columns = values.shape[-2:]
    if rows < columns:  # a short block: zeros below change nothing
        values = torch.cat([values, values.new_zeros(len(values), columns - rows, columns)], 1)
    return torch.geqrf(values)[0][:, :columns].triu()


def _merged_triangles(left: Sums, right: Sums) -> Sums:
    return _merged(left, right, _triangle(torch.cat([left.matrix, right.matrix], 1)))


def _merged_grams(left: Sums, right: Sums) -> Sums:
    return _merged(left, right, left.matrix + right.matrix)


def _merged(left: Sums, right: Sums, matrix: Tensor) -> Sums:
    return Sums(left.rows + right.rows, matrix, left.error_squares + right.error_squares)
