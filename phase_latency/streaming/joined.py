"""Tables in pieces: generated block by block, or stored as shards one below the other."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from phase_latency.errors import ArgumentError, NotFiniteError
from phase_latency.streaming.sources import TableSource
from phase_latency.validation import check_dtype


@dataclass(frozen=True, eq=False)
class GeneratedSource(TableSource):
    """A table that a function generates block by block, afresh for every pass.

    Args:
        make: called without arguments for every pass; yields (rows, dim) tensors of any number of rows, the same
            rows each time.
        name: of the argument.

    Raises:
        ArgumentError: it is no function, yields no table, or other rows than in the first pass.
    """

    make: Callable[[], Iterable[Float[Tensor, "rows dim"]]]
    name: str = "table"
    length: int = field(init=False)
    dim: int = field(init=False)
    dtype: torch.dtype = field(init=False)

    def __post_init__(self) -> None:
        """Count the rows: one pass."""
        if not callable(self.make):
            remedy = "pass a function that starts a generator afresh, since tables are read more than once"
            raise ArgumentError(self.name, self.make, "a function without arguments that yields blocks", remedy)
        length, first = 0, None
        for block in self._made():
            first = block if first is None else first
            self._check_block(block, first)
            length += len(block)
        if first is None:
            raise ArgumentError(self.name, self.make, "at least one block", "yield (rows, dim) tensors")
        self._shaped(length, first.shape[1], first.dtype)

    def stored(self, size: int, start: int, stop: int) -> Iterator[Float[Tensor, "rows dim"]]:
        """One pass from the beginning, cut into blocks; see the class."""
        yield from _cut(self._rows(start, stop), size)

    def _rows(self, start: int, stop: int) -> Iterator[Tensor]:
        """What the blocks hold of the rows asked for; a pass that ends early or goes on too long is refused."""
        at = 0
        for block in self._made():
            shape = block.shape[1:] if isinstance(block, Tensor) else None
            if shape != (self.dim,) or block.dtype != self.dtype:
                expected = f"blocks of shape (rows, {self.dim}) and dtype {self.dtype}, as in the first pass"
                raise ArgumentError(self.name, block, expected, "yield the same rows in every pass")
            if at + len(block) > self.length:
                raise self._other_length(f"more than {self.length} rows")
            if at < stop and at + len(block) > start:
                yield block[max(0, start - at) : stop - at].detach()
            at += len(block)
            if at >= stop and stop < self.length:
                return
        if at < self.length:
            raise self._other_length(f"{at} rows")

    def _made(self) -> Iterator[Tensor]:
        made = self.make()
        if not isinstance(made, Iterable):
            raise ArgumentError(self.name, made, "a function that yields blocks", "yield (rows, dim) tensors")
        return iter(made)

    def _check_block(self, block: Tensor, first: Tensor) -> None:
        if not isinstance(block, Tensor) or block.ndim != 2 or not block.numel():
            raise ArgumentError(self.name, block, "blocks of shape (rows, dim)", "yield torch tensors")
        check_dtype(block.dtype, self.name)
        if block.shape[1] != first.shape[1] or block.dtype != first.dtype:
            expected = f"blocks of width {first.shape[1]} and dtype {first.dtype}, as the first one"
            raise ArgumentError(self.name, block, expected, "yield blocks of one table")

    def _other_length(self, found: str) -> ArgumentError:
        expected = f"{self.length} rows, as in the first pass"
        return ArgumentError(self.name, found, expected, "yield the same rows in every pass")


@dataclass(frozen=True, eq=False)
class JoinedSource(TableSource):
    """Tables one below the other, such as the shards of a large one.

    Args:
        parts: the tables, at least one, of one width and dtype.
        name: of the argument.

    Raises:
        ArgumentError: no part, or parts that do not fit together.
    """

    parts: tuple[TableSource, ...]
    name: str = "table"
    length: int = field(init=False)
    dim: int = field(init=False)
    dtype: torch.dtype = field(init=False)

    def __post_init__(self) -> None:
        """Check that the parts fit together."""
        if not self.parts:
            raise ArgumentError(self.name, self.parts, "at least one part", "pass the shards in order")
        first = self.parts[0]
        self._shaped(sum(part.length for part in self.parts), first.dim, first.dtype)
        for part in self.parts[1:]:
            if part.dim != self.dim or part.dtype != self.dtype:
                expected = f"width {self.dim} and dtype {self.dtype}, as {first.name}"
                given = f"width {part.dim} and dtype {part.dtype}"
                raise ArgumentError(part.name, given, expected, "pass parts of one table")

    def stored(self, size: int, start: int, stop: int) -> Iterator[Float[Tensor, "rows dim"]]:
        """Rows across the borders of the parts; see the class."""
        yield from _cut(self._rows(size, start, stop), size)

    def entry_error(self, values: Float64[Tensor, "rows dim"], start: int) -> Float64[Tensor, "rows dim"]:
        """What each part says of its rows."""
        return torch.cat(
            [part.entry_error(values[rows], first) for part, rows, first in self._parts_of(start, len(values))]
        )

    def row_error(
        self, values: Float64[Tensor, "rows dim"], start: int, norms: Float64[Tensor, " rows"]
    ) -> Float64[Tensor, " rows"]:
        """What each part says of its rows."""
        return torch.cat(
            [
                part.row_error(values[rows], first, norms[rows])
                for part, rows, first in self._parts_of(start, len(values))
            ]
        )

    def not_finite(self, position: tuple[int, int], value: float) -> NotFiniteError:
        """What the part says, with the position in the whole table."""
        part, _, _ = next(self._parts_of(position[0], 1))
        return type(part.not_finite(position, value))(self.name, position, value)

    def _rows(self, size: int, start: int, stop: int) -> Iterator[Tensor]:
        for part, rows, first in self._parts_of(start, stop - start):
            yield from part.stored(size, first, first + rows.stop - rows.start)

    def _parts_of(self, start: int, count: int) -> Iterator[tuple[TableSource, slice, int]]:
        """The parts that `count` rows lie in: which of these rows, and the number of the first of them in the part."""
        at = -start
        for part in self.parts:
            first, last = max(0, at), min(count, at + part.length)
            if first < last:
                yield part, slice(first, last), first - at
            at += part.length


def _cut(blocks: Iterable[Tensor], size: int) -> Iterator[Tensor]:
    """The same rows in blocks of `size`, the last one perhaps shorter."""
    held: list[Tensor] = []
    for block in blocks:
        while len(block):
            free = size - sum(map(len, held))
            held.append(block[:free])
            block = block[free:]
            if sum(map(len, held)) == size:
                yield held[0] if len(held) == 1 else torch.cat(held)
                held = []
    if held:
        yield held[0] if len(held) == 1 else torch.cat(held)
