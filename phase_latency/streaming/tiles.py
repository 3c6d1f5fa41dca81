"""Deviations entry by entry, tile by tile: the largest, the largest beyond its bound, and the most that is possible.

A tile is one matrix product of some queries with some keys; its bounds, products of four numbers, are another. In each
head the tile that comes closest to its bounds is remembered: sharper ones may be worth their while there.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.figures import Figure, WorstEntry
from phase_latency.masks import Mask
from phase_latency.numerics.roundoff import underflow
from phase_latency.streaming.factors import Combination
from phase_latency.streaming.projections import Factors

_ROWS, _COLUMNS = 512, 1024  # of a tile: 4 MB, which stay in the cache
_UNDERFLOW = underflow(torch.float64)
_ROUNDED_UP = 1 + 1e-9  # makes up for the rounding of the bound arithmetic itself


class Block:
    """Queries or keys of one head at increasing positions, ready for products.

    Args:
        values: (rows, inner) float64, what is multiplied.
        errors: (rows, 4) float64, >= 0, numbers that the bounds of entries are made of.
        positions: (rows,) int64.
    """

    def __init__(
        self,
        values: Float64[Tensor, "rows inner"],
        errors: Float64[Tensor, "rows four"],
        positions: Int64[Tensor, " rows"],
    ) -> None:
        """Keep the arguments; see the class."""
        self.values, self.errors, self.positions = values, errors, positions

    @classmethod
    def of_queries(cls, family: Combination, queries: Factors, positions: Int64[Tensor, " rows"]) -> "Block":
        """What multiplies from the left.

        Args:
            family: the matrices that are looked at.
            queries: queries of one head.
            positions: (rows,) where they are.

        Returns:
            the block.
        """
        return cls(family.left(queries)[0], family.left_error(queries)[0], positions)

    @classmethod
    def of_keys(cls, family: Combination, keys: Factors, extra: float, positions: Int64[Tensor, " rows"]) -> "Block":
        """What multiplies from the right.

        Args:
            family: the matrices that are looked at.
            keys: keys of one head.
            extra: what the coefficient of G may be off by.
            positions: (rows,) where they are.

        Returns:
            the block.
        """
        return cls(family.right(keys)[0], family.right_error(keys, extra)[0], positions)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.positions)

    def __getitem__(self, rows: slice | Tensor) -> "Block":
        """The same at some of the rows."""
        return Block(self.values[rows], self.errors[rows], self.positions[rows])

    def kept(self, wanted: Bool[Tensor, " length"] | None) -> "Block":
        """Rows at wanted positions.

        Args:
            wanted: (length,) True for positions that are wanted; None for all.

        Returns:
            the block, or less of it.
        """
        if wanted is None:
            return self
        rows = wanted[self.positions]
        return self if bool(rows.all()) else self[rows]


@dataclass(frozen=True, eq=False)
class Region:
    """Some queries and some keys of one head, of which admitted pairs come close to their bounds.

    Attributes:
        head: their head.
        queries: (rows,) positions, in increasing order.
        keys: (columns,) positions, in increasing order.
        ratio: the largest ratio of a deviation to its bound.
    """

    head: int
    queries: Int64[Tensor, " rows"]
    keys: Int64[Tensor, " columns"]
    ratio: float


class Tiles:
    """What has been seen of the deviations.

    Args:
        mask: pairs of positions that count; its padding is left to the caller, who drops those keys.
        name: of the argument to blame for logits that leave the range of float64.

    Attributes:
        largest: the largest deviation seen; None before the first.
        beyond: the largest among those beyond their bounds; None if there is none.
        closest: of each head, the tile where a deviation comes closest to its bound.
        at_most: bound of the exact deviations of all entries seen.
    """

    def __init__(self, mask: Mask, name: str) -> None:
        """Make room for one tile and its bounds."""
        self.largest: WorstEntry | None = None
        self.beyond: WorstEntry | None = None
        self.closest: dict[int, Region] = {}
        self.at_most = 0.0
        self._mask, self._name = mask, name
        self._room = torch.empty(2, _ROWS * _COLUMNS, dtype=torch.float64)

    @property
    def worst(self) -> WorstEntry | None:
        """The largest deviation beyond its bound, or else the largest of all."""
        return self.largest if self.beyond is None else self.beyond

    def examine(self, head: int, queries: Block, keys: Block) -> None:
        """Look at all admitted pairs of some queries and some keys.

        Args:
            head: their head.
            queries: queries.
            keys: keys.

        Raises:
            ArgumentError: a deviation is beyond the range of float64.
        """
        for first in range(0, len(queries), _ROWS):
            rows = queries[first : first + _ROWS]
            for second in range(0, len(keys), _COLUMNS):
                columns = keys[second : second + _COLUMNS]
                if self._mask.causal and columns.positions[0] > rows.positions[-1]:
                    break
                hidden = hidden_pairs(self._mask, rows.positions, columns.positions)
                if hidden is None or not bool(hidden.all()):
                    self._look(head, rows, columns, hidden)

    def _look(self, head: int, queries: Block, keys: Block, hidden: Tensor | None) -> None:
        tile, ratios = (each[: len(queries) * len(keys)].view(len(queries), len(keys)) for each in self._room)
        torch.mm(queries.values, keys.values.mT, out=tile).abs_()
        if hidden is not None:
            tile.masked_fill_(hidden, -1.0)
        largest = float(tile.max())
        if not math.isfinite(largest):
            raise out_of_range(self._name, largest)
        floor = underflow_bound(queries.values.shape[1], float(queries.values.abs().amax()))
        torch.div(tile, torch.mm(queries.errors, keys.errors.mT, out=ratios).add_(floor), out=ratios)
        ratio = float(ratios.max())
        most = float((queries.errors.amax(0) * keys.errors.amax(0)).sum()) + floor
        self.at_most = max(self.at_most, _ROUNDED_UP * (largest + most))
        if head not in self.closest or ratio > self.closest[head].ratio:
            self.closest[head] = Region(head, queries.positions, keys.positions, ratio)
        if self.largest is None or largest > self.largest.deviation.value:
            self.largest = _entry(head, queries, keys, tile, floor)
        so_far = 0.0 if self.beyond is None else self.beyond.deviation.value
        if not ratio <= 1 and largest > so_far:
            found = _entry(head, queries, keys, tile.masked_fill_(ratios <= 1, -1.0), floor)
            self.beyond = found if found.deviation.value > so_far else self.beyond


def hidden_pairs(
    mask: Mask, queries: Int64[Tensor, " rows"], keys: Int64[Tensor, " columns"]
) -> Bool[Tensor, "rows columns"] | None:
    """Pairs of positions that do not count.

    Args:
        mask: its padding is left to the caller, who drops those keys.
        queries: (rows,) positions, in increasing order.
        keys: (columns,) positions, in increasing order.

    Returns:
        (rows, columns) True where they do not; None if all count.
    """
    hidden = None if mask.entries is None else ~mask.entries[queries][:, keys]
    if mask.causal and keys[-1] > queries[0]:
        later = keys > queries[:, None]
        hidden = later if hidden is None else hidden | later
    return hidden


def out_of_range(name: str, value: float) -> ArgumentError:
    """What to raise for logits that leave the range of float64.

    Args:
        name: of the argument to blame.
        value: infinite or NaN.

    Returns:
        the error.
    """
    return ArgumentError(name, value, "logits within the range of float64", "bring the tables closer in scale")


def underflow_bound(inner: int, largest: float) -> float:
    """What underflow can do to an entry: to its products, and to the right factor that they are made of.

    Args:
        inner: length of the inner products.
        largest: largest magnitude in the left factor.

    Returns:
        the bound.
    """
    return 32 * inner * _UNDERFLOW * (1 + largest)


def _entry(head: int, queries: Block, keys: Block, deviations: Tensor, floor: float) -> WorstEntry:
    """The largest of some deviations, with its bound."""
    row, column = divmod(int(deviations.argmax()), deviations.shape[1])
    figure = Figure(float(deviations[row, column]), float(queries.errors[row] @ keys.errors[column]) + floor)
    return WorstEntry(figure, head, int(queries.positions[row]), int(keys.positions[column]))
