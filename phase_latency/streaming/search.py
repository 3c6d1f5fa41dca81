"""The search for the largest entry of one head: all entries, or the most promising rows and columns."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool
from torch import Tensor

from phase_latency.masks import Mask
from phase_latency.numerics.propagation import inflated
from phase_latency.streaming.entry_bounds import Basis, Strips, bases, entry_bound
from phase_latency.streaming.factors import Combination, FactoredPair
from phase_latency.streaming.projections import Factors
from phase_latency.streaming.ranking import Ranked, plan, ranked, ranking
from phase_latency.streaming.sources import BLOCK
from phase_latency.streaming.tiles import Block, Tiles, underflow_bound

_HELD = 2**21  # numbers of the queries that are held while keys stream by: 16 MB
_STREAMED = 1024  # rows that are read at a time
_STRIPS = 2**16  # strips whose numbers are held, at most
_COARSE = 512  # long strips of each side whose pairs are bounded one by one
_SAMPLES, _SAMPLE = 8, 256  # where, and how many rows each, the change of basis is chosen by
_SCOUTED = 1 / 8  # part of the budget that is spent before the rest is planned


@dataclass(frozen=True, eq=False)
class Left:
    """What was not looked at: pairs of queries and keys that are left on both sides.

    Attributes:
        upper: bound of the magnitudes of these entries, as they would be computed.
        at_most: bound of their exact magnitudes.
        within_bounds: whether all of them are certainly within their bounds.
        queries: (queries,) True for queries that are left.
        keys: (keys,) True for keys that are left.
    """

    upper: float
    at_most: float
    within_bounds: bool
    queries: Bool[Tensor, " queries"]
    keys: Bool[Tensor, " keys"]


@dataclass(frozen=True, eq=False)
class Search:
    """A search in one head.

    Attributes:
        pair: the logits of two tables, of this head alone.
        head: number of the head.
        family: the matrices that are looked at.
        extra: what the coefficient of G may be off by.
        mask: pairs of positions that are looked at.
        mirrored: whether the matrix is symmetric, so that a key is settled with its query.
        tiles: what has been seen.
    """

    pair: FactoredPair
    head: int
    family: Combination
    extra: float
    mask: Mask
    mirrored: bool
    tiles: Tiles

    def everything(self) -> Left:
        """Look at all entries.

        Returns:
            nothing that is left.
        """
        _, queries, keys = self.pair.shape
        for chosen in torch.split(torch.arange(queries), self._held):
            first, stop = int(chosen[0]), int(chosen[-1]) + 1
            held = _joined([self._queries(*each) for each in self.pair.queries(_STREAMED, first, stop)])
            for start, factors in self.pair.keys(_STREAMED, 0, stop if self.mask.causal else keys):
                self.tiles.examine(self.head, held, self._keys(start, factors))
        return Left(0.0, 0.0, True, *(torch.zeros(length, dtype=torch.bool) for length in (queries, keys)))

    def most_promising(self, budget: int) -> Left:
        """Look at the most promising rows and columns.

        Args:
            budget: number of entries that may be computed, at least one query against all keys.

        Returns:
            what is left.
        """
        _, queries, keys = self.pair.shape
        size = min(budget // keys, 1 << (-(-max(queries, keys) // _STRIPS) - 1).bit_length())
        x, y = self._strips(size)
        rows = ranked(x, ranking(x, y, self._inner), size * keys)
        columns = ranked(y, rows.order if self.mirrored else ranking(y, x, self._inner), size * queries)
        taken = 0, 0
        for part in (_SCOUTED, 1.0):
            worst, least = self.tiles.worst, taken
            if worst is None:  # one row at least, where every query has a key: to have something to show
                least = max(1, taken[0]), max(int(self.mirrored), taken[1])
            found = 0.0 if worst is None else worst.deviation.value
            chosen = plan(rows, columns, budget * part, found, self._inner, self.mirrored, least)
            self._visit(rows, columns, taken, chosen)
            taken = chosen
        return self._left(x, y, rows.alive(taken[0]), columns.alive(taken[1]))

    def _visit(self, rows: Ranked, columns: Ranked, taken: tuple[int, int], chosen: tuple[int, int]) -> None:
        """Hold further queries against all keys, and further keys against all queries, but no pair twice."""
        _, queries, keys = self.pair.shape
        fresh = _at(columns.strips, columns.alive(taken[1]), keys)
        for positions in _groups(rows.chosen(taken[0], chosen[0], queries), self._held):
            held = Block.of_queries(self.family, self.pair.queries_at(positions), positions)
            for start, factors in self.pair.keys(_STREAMED):
                self.tiles.examine(self.head, held, self._keys(start, factors).kept(fresh))
        if self.mirrored:
            return
        fresh = _at(rows.strips, rows.alive(chosen[0]), queries)
        for positions in _groups(columns.chosen(taken[1], chosen[1], keys), self._held):
            held = Block.of_keys(self.family, self.pair.keys_at(positions), self.extra, positions).kept(self.mask.keys)
            for start, factors in self.pair.queries(_STREAMED):
                self.tiles.examine(self.head, self._queries(start, factors).kept(fresh), held)

    def _left(self, rows: Strips, columns: Strips, queries: Tensor, keys: Tensor) -> Left:
        """Bound what is left, by pairs of long strips."""
        x, y = rows.coarse(queries, _COARSE), columns.coarse(keys, _COARSE)
        upper = entry_bound(x.norms[:, None], y.norms[None], self._inner)
        if self.mask.causal:  # long strips of keys that begin after the last query
            first, stop = torch.arange(len(y.norms)) * y.size, (torch.arange(len(x.norms)) + 1) * x.size
            upper = torch.where(first < stop[:, None], upper, 0.0)
        floor = underflow_bound(self._inner, float(x.norms[:, 1:].max()))
        most = torch.where(upper > 0, upper + x.most @ y.most.mT + floor, 0.0)
        _, length, width = self.pair.shape
        return Left(
            upper=float(upper.max()),
            at_most=float(inflated(most.max())),
            within_bounds=bool(((upper == 0) | (upper <= x.least @ y.least.mT)).all()),
            queries=_at(rows, queries, length),
            keys=_at(columns, keys, width),
        )

    # -- reading ------------------------------------------------------------------------------------------------------

    @property
    def _inner(self) -> int:
        """Length of the inner products."""
        return 2 * self.pair.rank

    @property
    def _held(self) -> int:
        """Queries that are held at a time."""
        return max(_STREAMED, _HELD // self._inner)

    def _queries(self, start: int, factors: Factors) -> Block:
        """Consecutive queries."""
        return Block.of_queries(self.family, factors, torch.arange(start, start + factors.reference.shape[1]))

    def _keys(self, start: int, factors: Factors) -> Block:
        """Consecutive keys, without padding."""
        positions = torch.arange(start, start + factors.reference.shape[1])
        return Block.of_keys(self.family, factors, self.extra, positions).kept(self.mask.keys)

    def _strips(self, size: int) -> tuple[Strips, Strips]:
        """Numbers of all queries and of all keys; tables that make both are read once."""
        _, queries, keys = self.pair.shape
        first, second = self._bases() or (None, None)
        x, y = Strips.hidden(size, queries), Strips.hidden(size, keys)
        start = 0
        for rows in self.pair.query_tables.blocks(BLOCK):
            x.add(self._queries(start, self.pair.query.factors(rows, start + torch.arange(len(rows.reference)))), first)
            if self.pair.query_tables is self.pair.key_tables:
                y.add(self._keys(start, self.pair.key.factors(rows, start + torch.arange(len(rows.reference)))), second)
            start += len(rows.reference)
        if self.pair.query_tables is not self.pair.key_tables:
            for begin, factors in self.pair.keys(BLOCK):
                y.add(self._keys(begin, factors), second)
        return x, y

    def _bases(self) -> tuple[Basis, Basis] | None:
        """Change of basis, by a sample."""
        _, queries, keys = self.pair.shape
        left = [self._queries(*next(self.pair.queries(_SAMPLE, start))).values for start in _starts(queries)]
        right = [self._keys(*next(self.pair.keys(_SAMPLE, start))).values for start in _starts(keys)]
        return bases(torch.cat(left), torch.cat(right))


def _starts(length: int) -> list[int]:
    return sorted({max(0, length - _SAMPLE) * i // (_SAMPLES - 1) for i in range(_SAMPLES)})


def _groups(positions: Tensor, size: int) -> Iterator[Tensor]:
    return (each for each in torch.split(positions, size) if len(each))


def _joined(blocks: list[Block]) -> Block:
    parts = zip(*((each.values, each.errors, each.positions) for each in blocks), strict=True)
    return Block(*(torch.cat(each) for each in parts))


def _at(strips: Strips, alive: Tensor, length: int) -> Tensor:
    """(length,) True at the positions of these strips."""
    return alive.repeat_interleave(strips.size)[:length]
