"""The columns whose inner products everything else is made of: ``[1, P, D]``, or ``[1, A_h, dA_h]`` of each head.

A plain layer needs one set of columns for all heads and both sides, because weights can be applied to its small factor
afterwards. Rotations depend on the position, so behind them, and for single heads that are narrower than half the
table, the projected columns of each head are taken. The column of ones gives the means, and with them everything
that is invariant when a constant is added to a row of logits.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.numerics.norms import row_norms
from phase_latency.numerics.propagation import inflated
from phase_latency.streaming.difference import DifferencePair, DifferenceRows
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.projections import Projection
from phase_latency.streaming.sources import BLOCK

# More than all squares, of errors and of entries, that underflow in a sum: no entry below 1e-162 leaves a trace in one.
UNDERFLOW = 2.0**-1000


@dataclass(frozen=True, eq=False)
class Columns:
    """One block of rows.

    Attributes:
        values: (groups, rows, 1 + 2 width) float64: ones, reference, difference.
        error_squares: (groups, 3) sums over the rows of the squared errors of reference and difference, at most, and of
            the squared norms of the rows of the table.
    """

    values: Float64[Tensor, "groups rows columns"]
    error_squares: Float64[Tensor, "groups 3"]


@dataclass(frozen=True, eq=False)
class Side:
    """Queries or keys of a pair of tables.

    Attributes:
        tables: the tables.
        projection: what makes queries or keys of them.
        projected: whether the columns are those of the projected rows, one group for each head.
        admitted: (length,) True for rows that count, False for padding; None for all.
    """

    tables: DifferencePair
    projection: Projection
    projected: bool
    admitted: Tensor | None = None

    @property
    def leaves(self) -> int:
        """Number of blocks."""
        return -(-self.tables.length // BLOCK)

    @property
    def width(self) -> int:
        """Width of the reference columns."""
        return self.projection.rank(self.tables.dim) if self.projected else self.tables.dim

    def same_columns(self, other: "Side") -> bool:
        """Whether another side is made of the same columns."""
        return (
            self.tables is other.tables and self.admitted is other.admitted and not (self.projected or other.projected)
        )

    def columns(self, first: int = 0, last: int | None = None) -> Iterator[tuple[int, Columns]]:
        """Read blocks.

        Args:
            first: number of the first block.
            last: number of the block after the last one; None for all.

        Yields:
            the number of a block, and its columns, which hold until the next block is asked for.

        Raises:
            ArgumentError: a table is shorter or longer than it was.
            NotFiniteError: an entry is infinite or NaN.
        """
        stop = min(self.tables.length, BLOCK * (self.leaves if last is None else last))
        memory = torch.ones(BLOCK, 1 + 2 * self.tables.dim, dtype=torch.float64)  # used again for every block
        blocks = self.tables.blocks(BLOCK, BLOCK * first, stop, out=None if self.projected else memory[:, 1:])
        for number, rows in enumerate(blocks, first):
            if self.projected:
                values, errors = self._projections(rows, number)
            else:
                values = memory[None, : len(rows.reference)]
                errors = torch.stack([rows.reference_error, rows.difference_error])[:, None]
            size = row_norms(rows.reference).expand_as(errors[:1])
            if self.admitted is not None:
                values = values[:, self.admitted[BLOCK * number : BLOCK * number + values.shape[1]]]
            yield number, Columns(values, inflated(torch.cat([errors, size]).square().sum(2).mT + UNDERFLOW))

    def _projections(self, rows: DifferenceRows, number: int) -> tuple[Tensor, Tensor]:
        factors = self.projection.factors(rows, BLOCK * number + torch.arange(len(rows.reference)))
        ones = torch.ones(*factors.reference.shape[:2], 1, dtype=torch.float64)
        values = torch.cat([ones, factors.reference, factors.difference], -1)
        return values, torch.stack([factors.reference_error, factors.difference_error])


def sides(pair: FactoredPair, keys: Tensor | None = None) -> tuple[Side, Side]:
    """Both sides of a pair, with the columns that cost least.

    Args:
        pair: the logits of two tables.
        keys: (keys,) True for keys that count, False for padding; None for all.

    Returns:
        queries and keys.
    """
    narrow = pair.heads == 1 and 2 * pair.rank < pair.query_tables.dim
    projected = narrow or pair.query.rotary is not None or pair.key.rotary is not None
    return (
        Side(pair.query_tables, pair.query, projected),
        Side(pair.key_tables, pair.key, projected, keys),
    )
