"""Rows of attention weights before and after, from the factors of their logits: two passes over the keys, in tiles.

Logits ``Z = G + bias`` and their change D are formed tile by tile from the queries, of which a group is kept, and the
keys, which are read in blocks, once in each pass. What is kept between the passes is a few numbers per row. An ALiBi
bias is added to the logits of both tables, so that it enters Z only.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from phase_latency.encodings import Alibi
from phase_latency.errors import ArgumentError
from phase_latency.masks import Mask
from phase_latency.numerics.divergence import TILE_ROWS, Divergence, tile_keys
from phase_latency.numerics.divergence_errors import LOWEST_EXPONENT
from phase_latency.numerics.divergence_rows import Pivots, Sums, Workspace
from phase_latency.numerics.propagation import FUNCTION_ULPS, inflated
from phase_latency.numerics.roundoff import gamma, underflow, unit_roundoff
from phase_latency.streaming.factors import Combination, FactoredPair
from phase_latency.streaming.logit_change import LogitChange
from phase_latency.streaming.projections import Factors
from phase_latency.streaming.sources import BLOCK

_UNIT, _UNDERFLOW = unit_roundoff(torch.float64), underflow(torch.float64)

# Error of a computed bias in units of 2**-53: of its slope, an exponential, and of one product.
_BIAS_UNITS = 2 * (FUNCTION_ULPS["exp2"] + 1) + 3

Owner = tuple[int, int]  # head and number of a tile of queries

# Bytes of queries kept at a time.
_GROUP_BYTES = 2**23


def rows_change(
    pair: FactoredPair,
    change: LogitChange,
    positions: Int64[Tensor, " rows"],
    mask: Mask | None = None,
    alibi: Alibi | None = None,
) -> Divergence:
    """How the weights of some queries move under one change; see `rows_changes`.

    Args:
        pair: as for `rows_changes`.
        change: which change of the logits.
        positions: as for `rows_changes`.
        mask: as for `rows_changes`.
        alibi: as for `rows_changes`.

    Returns:
        (heads, rows) figures.
    """
    return rows_changes(pair, [change], positions, mask, alibi)[0]


def rows_changes(
    pair: FactoredPair,
    changes: Sequence[LogitChange],
    positions: Int64[Tensor, " rows"],
    mask: Mask | None = None,
    alibi: Alibi | None = None,
    watch: Callable[[Factors], None] | None = None,
) -> list[Divergence]:
    """How the weights of some queries move under several changes of the logits, with certified errors.

    Time is that of two products with the keys for each change, and of reading the keys twice in all; memory is a few
    megabytes and some 200 bytes per query and head.

    Args:
        pair: the logits of two tables.
        changes: which changes of the logits.
        positions: (rows,) queries, in increasing order, each once.
        mask: what each query may attend to; None for all. It has to fit, see `Mask.check_shape`.
        alibi: bias on the logits of both tables, for as many heads; None for none.
        watch: called once with every block of keys, as they are read anyway.

    Returns:
        for each change (heads, rows) figures; their errors include those of the tables.

    Raises:
        ArgumentError: logits beyond the range of float64, or a table that has changed.
        NotFiniteError: an entry of a table is infinite or NaN.
    """
    size = max(TILE_ROWS, _GROUP_BYTES // (16 * pair.heads * pair.rank))
    parts: list[list[Divergence]] = []
    for part in torch.split(positions, size):
        groups = [_Group.of(pair, change, part, mask or Mask(), alibi) for change in changes]
        parts.append(_divergences(groups, None if parts else watch))
    found = [Divergence.joined(moved, 1) for moved in zip(*parts, strict=True)]
    for moved in found:
        _check_range(moved, positions)
    return found


def _check_range(moved: Divergence, positions: Tensor) -> None:
    largest = torch.maximum(moved.largest_change, moved.kl_forward + moved.kl_reverse)
    if not bool(largest.isfinite().all()):
        head, row = (int(i) for i in (~largest.isfinite()).nonzero()[0])
        given = f"overflow at query {int(positions[row])} of head {head}"
        raise ArgumentError("logits", given, "logits within the range of float64", "bring the tables closer in scale")


@dataclass(frozen=True, eq=False)
class _Tile:
    """Some queries of one head and some keys: logits and change are in the first two buffers.

    Attributes:
        owner: head and number of the tile of queries.
        buffers: of the workspace.
        hidden: (rows, keys) True where a query may not attend to a key; None if all may.
        reach: (6,) largest of the numbers of its keys that errors are made of.
    """

    owner: Owner
    buffers: tuple[Tensor, ...]
    hidden: Bool[Tensor, "rows keys"] | None
    reach: Float64[Tensor, " six"]


@dataclass(frozen=True, eq=False)
class _Group:
    """Queries that are kept while the keys pass by.

    Attributes:
        pair: the logits of two tables.
        change: which change of the logits.
        combination: what makes the change, before it is divided by the temperature.
        positions: (rows,) of the queries.
        left: (heads, rows, 2 rank) queries of both tables.
        left_error: (heads, rows, 4) what errors are made of.
        mask: what each query may attend to.
        alibi: bias on the logits.
        pivots: what the first pass has found, by tiles of queries.
        sums: what the second pass has found.
        reach: largest of the numbers of the keys that errors are made of.
    """

    pair: FactoredPair
    change: LogitChange
    combination: Combination
    positions: Int64[Tensor, " rows"]
    left: Float64[Tensor, "heads rows inner"]
    left_error: Float64[Tensor, "heads rows four"]
    mask: Mask
    alibi: Alibi | None
    pivots: dict[Owner, Pivots] = field(default_factory=dict)
    sums: dict[Owner, Sums] = field(default_factory=dict)
    reach: dict[Owner, Tensor] = field(default_factory=dict)

    @classmethod
    def of(
        cls, pair: FactoredPair, change: LogitChange, positions: Tensor, mask: Mask, alibi: Alibi | None
    ) -> "_Group":
        """Read the queries."""
        queries, combination = pair.queries_at(positions), pair.combination(change.alpha)
        left, left_error = combination.left(queries), combination.left_error(queries)
        return cls(pair, change, combination, positions, left, left_error, mask, alibi)

    def first(self, tile: "_Tile") -> None:
        """Add a tile to the first pass."""
        found, owner = Pivots.of_tile(tile.buffers, tile.hidden), tile.owner
        self.pivots[owner] = self.pivots[owner].merged(found) if owner in self.pivots else found
        self.reach[owner] = torch.maximum(self.reach.get(owner, tile.reach), tile.reach)

    def second(self, tile: "_Tile") -> None:
        """Add a tile to the second pass."""
        found, owner = Sums.of_tile(tile.buffers, self.pivots[tile.owner], tile.hidden), tile.owner
        self.sums[owner] = self.sums[owner].merged(found) if owner in self.sums else found

    def divergence(self) -> Divergence:
        """Figures after both passes."""
        heads = []
        for head in range(self.pair.heads):
            owners = [(head, number) for number in range(len(self._row_tiles()))]
            parts = [self._certified(each, self.pivots[each], self.sums[each], self.reach[each]) for each in owners]
            heads.append(Divergence.joined(parts, 1))
        return Divergence.joined(heads, 0)

    def _row_tiles(self) -> list[slice]:
        rows = len(self.positions)
        return [slice(first, min(first + TILE_ROWS, rows)) for first in range(0, rows, TILE_ROWS)]

    def tiles(self, keys: Factors, start: int, workspace: Workspace) -> Iterator[_Tile]:
        """Logits and change between all queries and some keys, one tile after the other in the same memory."""
        right, reference = self.combination.right(keys), self.pair.unit * keys.reference
        reach = self._reach(keys)
        stop = start + reference.shape[1]
        for number, rows in enumerate(self._row_tiles()):
            positions = self.positions[rows]
            if self.mask.causal and start > int(positions[-1]):
                continue
            hidden = self._hidden(positions, slice(start, stop))
            for head in range(self.pair.heads):
                buffers = workspace.buffers(len(positions), stop - start)
                left = self.left[head, rows]
                torch.mm(left[:, : self.pair.rank], reference[head].mT, out=buffers[0])
                torch.mm(left, right[head].mT, out=buffers[1])
                if self.change.temperature != 1:
                    buffers[1].div_(self.change.temperature)
                if self.alibi is not None:
                    slope = float(self.alibi.slopes()[head])
                    buffers[0].add_(_bias(positions, torch.arange(start, stop), slope, buffers[2]))
                yield _Tile((head, number), buffers, hidden, reach[head])

    def _hidden(self, positions: Tensor, keys: slice) -> Tensor | None:
        """What the mask hides; None if nothing, which saves more time than it takes to look."""
        past = self.mask.causal and int(positions[0]) >= keys.stop - 1
        mask = replace(self.mask, causal=False) if past else self.mask
        admitted = mask.admitted(positions, keys)
        return None if admitted is None or bool(admitted.all()) else ~admitted

    def _reach(self, keys: Factors) -> Float64[Tensor, "heads six"]:
        """Numbers of the keys that the errors of their columns are made of, largest of a tile."""
        c, extra = self.change.temperature, self.change.extra
        right = self.combination.right_error(keys, extra * c / (c - extra))
        norm, error = keys.reference_norm, keys.reference_error
        own = torch.stack((error + gamma(self.pair.rank + 2, _UNIT) * norm, norm + error), -1)
        return torch.cat([right, own], -1).amax(1)

    def _certified(self, owner: Owner, pivots: Pivots, sums: Sums, reach: Tensor) -> Divergence:
        """Figures of a tile of queries; errors are those of the evaluation, of the logits and of the change."""
        moved = Divergence.of(pivots, sums)
        left = self.left_error[owner[0], self._row_tiles()[owner[1]]]
        size = abs(self.pair.unit) * left[:, 0] * reach[5]
        logit_error = abs(self.pair.unit) * (left[:, :2] @ reach[4:]) + 4 * self.pair.rank * _UNDERFLOW
        if self.alibi is not None:
            logit_error = logit_error + self._bias_error(owner, pivots.top, moved.spread[0], size)
        off = self.change.extra / (self.change.temperature - self.change.extra)
        product = (left @ reach[:4] + 16 * self.pair.rank * _UNDERFLOW) / self.change.temperature
        change_error = (1 + off) * product + (off + 2 * _UNIT) * moved.largest_change[0] + _UNDERFLOW
        return moved.carried(inflated(logit_error)[None], inflated(change_error)[None])

    def _bias_error(self, owner: Owner, top: Tensor, spread: Tensor, size: Tensor) -> Tensor:
        """Error of the bias and of its addition, at the keys that have any weight, old or new.

        Weights below exp(-746) of the largest are lost in any case, and accounted for by the evaluation, so that no
        key farther away than that counts.

        Returns:
            (rows,) error of a logit.
        """
        assert self.alibi is not None
        slope = float(self.alibi.slopes()[owner[0]])
        positions = self.positions[self._row_tiles()[owner[1]]]
        last = 0 if self.mask.causal else self.pair.shape[2] - 1
        farthest = slope * torch.maximum(positions, last - positions).double()
        counted = LOWEST_EXPONENT + spread
        bias = torch.minimum(farthest, size - top + counted)
        sums = torch.minimum(size + farthest, top.abs() + counted)
        return _UNIT * (_BIAS_UNITS * bias + sums)


def _divergences(groups: Sequence[_Group], watch: Callable[[Factors], None] | None) -> list[Divergence]:
    """Two passes over the keys, which are read once in each for all changes of the same queries."""
    for group, tile in _passed(groups, watch):
        group.first(tile)
    for group, tile in _passed(groups):
        group.second(tile)
    return [group.divergence() for group in groups]


def _passed(groups: Sequence[_Group], watch: Callable[[Factors], None] | None = None) -> Iterator[tuple[_Group, _Tile]]:
    """One pass; keys that come after all queries are read only for someone who watches, if the mask is causal."""
    one = groups[0]
    size = tile_keys(len(one.positions))
    workspace = Workspace(min(len(one.positions), TILE_ROWS), size)
    stop = int(one.positions[-1]) + 1 if one.mask.causal and watch is None else None
    for start, block in one.pair.keys(BLOCK, stop=stop):
        if watch is not None:
            watch(block)
        for first in range(0, block.reference.shape[1], size):
            keys = block[first : first + size]
            for group in groups:
                for tile in group.tiles(keys, start + first, workspace):
                    yield group, tile


def _bias(queries: Tensor, keys: Tensor, slope: float, memory: Tensor) -> Tensor:
    """``-slope |q - k|`` as `Alibi.bias` computes it, into memory that is there."""
    torch.sub(queries.double()[:, None], keys.double()[None], out=memory)
    return memory.abs_().mul_(-slope)
