"""Tables that are read in blocks of rows: tensors, encodings that are evaluated on the fly, and generators.

A source says how far its stored rows may be from the exact ones, row by row, as a Euclidean norm: that is all that
bounds on inner products need, and it costs one number per row where a bound per entry costs another table.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from phase_latency.encodings import AdditiveEncoding
from phase_latency.errors import ArgumentError, NotFiniteError
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.encodings import bounded_encoding
from phase_latency.numerics.norms import row_norms
from phase_latency.numerics.propagation import inflated
from phase_latency.numerics.roundoff import cast_roundoff, underflow
from phase_latency.numerics.row_errors import RowErrors
from phase_latency.validation import check_array, check_dtype, check_whole

# Rows that are read at a time: a power of two, so that blocks are whole leaves of the tree of `triangular`.
BLOCK = 2048


@dataclass(frozen=True, eq=False)
class Rows:
    """Consecutive rows of a table.

    Attributes:
        values: (rows, dim) float64, finite.
        error: (rows,) float64, Euclidean distance of each row to the exact one, at most.
    """

    values: Float64[Tensor, "rows dim"]
    error: Float64[Tensor, " rows"]


class TableOverflowError(NotFiniteError):
    """An encoding that is finite leaves the range of the dtype that it is cast to: a finding, not a mistake."""


class TableSource(ABC):
    """A table that can be read as often as wanted, in blocks.

    Attributes:
        name: of the argument that it came from, for messages.
        length: number of rows.
        dim: width.
        dtype: of the stored rows: float64, float32, bfloat16 or float16.
    """

    name: str
    length: int
    dim: int
    dtype: torch.dtype

    def _shaped(self, length: int, dim: int, dtype: torch.dtype) -> None:
        for attribute, value in (("length", length), ("dim", dim), ("dtype", dtype)):
            object.__setattr__(self, attribute, value)

    @abstractmethod
    def stored(self, size: int, start: int, stop: int) -> Iterator[Float[Tensor, "rows dim"]]:
        """Read rows `start` to `stop` in blocks of `size` rows, the last one perhaps shorter, in the stored dtype.

        Args:
            size: rows of a block, >= 1.
            start: first row.
            stop: row after the last one, at most `length`.

        Yields:
            (rows, dim) blocks in order.
        """

    def entry_error(self, values: Float64[Tensor, "rows dim"], start: int) -> Float64[Tensor, "rows dim"]:
        """Largest distance of each entry to the exact one; here that of a cast from float64, as torch rounds it.

        Args:
            values: (rows, dim) the rows in float64.
            start: number of the first of them.

        Returns:
            (rows, dim) float64.
        """
        return inflated(cast_roundoff(self.dtype) * values.abs() + underflow(self.dtype))

    def row_error(
        self, values: Float64[Tensor, "rows dim"], start: int, norms: Float64[Tensor, " rows"]
    ) -> Float64[Tensor, " rows"]:
        """Largest Euclidean distance of each row to the exact one; here that of a cast, as for `entry_error`.

        Args:
            values: (rows, dim) the rows in float64.
            start: number of the first of them.
            norms: (rows,) their Euclidean norms.

        Returns:
            (rows,) float64.
        """
        return inflated(cast_roundoff(self.dtype) * norms + underflow(self.dtype) * self.dim)

    def blocks(self, size: int = BLOCK, start: int = 0, stop: int | None = None) -> Iterator[Rows]:
        """Read rows in float64 with their errors.

        Args:
            size: rows of a block, >= 1.
            start: first row.
            stop: row after the last one; None for all.

        Yields:
            blocks in order.

        Raises:
            NotFiniteError: an entry is infinite or NaN; the first one is named.
        """
        for first, values, norms in self._float64(size, start, self.length if stop is None else stop):
            yield Rows(values, self.row_error(values, first, norms))

    def rows_at(self, positions: Int64[Tensor, " rows"]) -> Rows:
        """Read single rows; here by reading all blocks from the first to the last of them.

        Args:
            positions: (rows,) numbers of rows in increasing order, each once.

        Returns:
            these rows.

        Raises:
            NotFiniteError: an entry of a block that was read is infinite or NaN.
        """
        first, found = int(positions[0]), []
        for block in self.blocks(BLOCK, first, int(positions[-1]) + 1):
            within = positions[(positions >= first) & (positions < first + len(block.values))] - first
            found.append((block.values[within], block.error[within]))
            first += len(block.values)
        values, errors = (torch.cat(parts) for parts in zip(*found, strict=True))
        return Rows(values, errors)

    def bounded_blocks(self, size: int = BLOCK, start: int = 0, stop: int | None = None) -> Iterator[Bounded]:
        """Read rows in float64 with a bound for every entry.

        Args:
            size: rows of a block, >= 1.
            start: first row.
            stop: row after the last one; None for all.

        Yields:
            (rows, dim) blocks in order.

        Raises:
            NotFiniteError: an entry is infinite or NaN; the first one is named.
        """
        for first, values, _ in self._float64(size, start, self.length if stop is None else stop):
            yield Bounded(values, self.entry_error(values, first))

    def _float64(self, size: int, start: int, stop: int) -> Iterator[tuple[int, Tensor, Tensor]]:
        """Number of the first row, rows and norms of each block."""
        for block in self.stored(size, start, stop):
            values = block.double()
            norms = row_norms(values)
            # Norms are finite only if all entries are, and cost no second block of memory.
            if not bool(norms.sum().isfinite()):
                self._check_finite(block, start)
            yield start, values, norms
            start += len(block)

    def _check_finite(self, block: Tensor, start: int) -> None:
        finite = block.isfinite()
        if not bool(finite.all()):
            row, column = (int(i) for i in (~finite).nonzero()[0])
            raise self.not_finite((start + row, column), block[row, column].item())

    def not_finite(self, position: tuple[int, int], value: float) -> NotFiniteError:
        """What to raise for an entry that is infinite or NaN.

        Args:
            position: row and column.
            value: the entry.

        Returns:
            the error.
        """
        return NotFiniteError(self.name, position, value)


@dataclass(frozen=True, eq=False)
class TensorSource(TableSource):
    """A table in memory.

    Args:
        table: (length, dim) float64, float32, bfloat16 or float16; read where it is, never copied as a whole.
        name: of the argument.
        error: (length, dim) float64 bound of the error of each entry; None for that of correctly rounded storage.

    Raises:
        ArgumentError: not a table, or the error is of another shape or dtype, or negative.
    """

    table: Float[Tensor, "length dim"]
    name: str = "table"
    error: Float64[Tensor, "length dim"] | None = None
    length: int = field(init=False)
    dim: int = field(init=False)
    dtype: torch.dtype = field(init=False)

    def __post_init__(self) -> None:
        """Check the arguments."""
        # Two axes and not empty: the first entry stands for all, which are looked at when they are read.
        whole = not isinstance(self.table, Tensor) or self.table.ndim != 2 or not self.table.numel()
        check_array(self.table if whole else torch.zeros_like(self.table[:1, :1]), self.name, "length dim")
        length, dim = self.table.shape
        self._shaped(length, dim, self.table.dtype)
        if self.error is None:
            return
        argument = f"error_{self.name}"
        check_array(self.error, argument, "length dim")
        if self.error.shape != self.table.shape or self.error.dtype != torch.float64 or bool((self.error < 0).any()):
            expected = f"non-negative float64 of shape {tuple(self.table.shape)}, as {self.name}"
            raise ArgumentError(argument, self.error, expected, "pass one bound per entry")

    def stored(self, size: int, start: int, stop: int) -> Iterator[Float[Tensor, "rows dim"]]:
        """Slices; see the class."""
        for first in range(start, stop, size):
            yield self.table[first : min(first + size, stop)].detach()

    def rows_at(self, positions: Int64[Tensor, " rows"]) -> Rows:
        """Single rows, read where they are."""
        values = self.table[positions].detach().double()
        norms = row_norms(values)
        if not bool(norms.isfinite().all()):
            return super().rows_at(positions)  # which names the entry
        if self.error is None:
            return Rows(values, self.row_error(values, 0, norms))
        return Rows(values, inflated(row_norms(self.error[positions])))

    def entry_error(self, values: Float64[Tensor, "rows dim"], start: int) -> Float64[Tensor, "rows dim"]:
        """The error that was given, or that of storage."""
        if self.error is None:
            return super().entry_error(values, start)
        return self.error[start : start + len(values)]

    def row_error(
        self, values: Float64[Tensor, "rows dim"], start: int, norms: Float64[Tensor, " rows"]
    ) -> Float64[Tensor, " rows"]:
        """Norm of the error that was given, or of that of storage."""
        if self.error is None:
            return super().row_error(values, start, norms)
        return row_norms(self.error[start : start + len(values)])


@dataclass(frozen=True, eq=False)
class EncodingSource(TableSource):
    """One of our encodings at the positions first, first + 1, ..., evaluated when it is read.

    Args:
        encoding: the encoding.
        length: number of positions, >= 1.
        dtype: of the table: computed in float64 and cast last.
        name: of the argument.
        first: first position.

    Raises:
        ArgumentError: not an additive encoding, or a length or dtype outside what is accepted.
    """

    encoding: AdditiveEncoding
    length: int
    dtype: torch.dtype = torch.float64
    name: str = "encoding"
    first: int = 0
    dim: int = field(init=False)
    _errors: RowErrors = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the arguments."""
        if not isinstance(self.encoding, AdditiveEncoding):
            raise ArgumentError(self.name, self.encoding, "an additive encoding", "wrap a table as TensorSource")
        check_whole(self.length, "length", 1, "pass the number of positions")
        check_dtype(self.dtype)
        self._shaped(self.length, self.encoding.dim, self.dtype)
        object.__setattr__(self, "_errors", RowErrors.of(self.encoding))

    def stored(self, size: int, start: int, stop: int) -> Iterator[Float[Tensor, "rows dim"]]:
        """Evaluations; see the class."""
        for first in range(start, stop, size):
            yield self.encoding(self._positions(first, min(first + size, stop)), self.dtype)

    def entry_error(self, values: Float64[Tensor, "rows dim"], start: int) -> Float64[Tensor, "rows dim"]:
        """Certified error of the encoding, entry by entry."""
        return bounded_encoding(self.encoding, self._positions(start, start + len(values)), self.dtype).error

    def row_error(
        self, values: Float64[Tensor, "rows dim"], start: int, norms: Float64[Tensor, " rows"]
    ) -> Float64[Tensor, " rows"]:
        """Certified error of the encoding, row by row, and that of the cast."""
        computed = self._errors.at(self._positions(start, start + len(values)), norms)
        return computed if self.dtype == torch.float64 else inflated(computed + super().row_error(values, start, norms))

    def rows_at(self, positions: Int64[Tensor, " rows"]) -> Rows:
        """Single rows, evaluated at their positions."""
        block = self.encoding(self.first + positions, self.dtype)
        values = block.double()
        norms = row_norms(values)
        if not bool(norms.isfinite().all()):
            return super().rows_at(positions)  # which names the entry
        errors = self._errors.at(self.first + positions, norms)
        cast = 0.0 if self.dtype == torch.float64 else super().row_error(values, 0, norms)
        return Rows(values, inflated(errors + cast))

    def not_finite(self, position: tuple[int, int], value: float) -> NotFiniteError:
        """Encodings are finite in float64: what is not left the range of the dtype."""
        return TableOverflowError(self.name, position, value)

    def _positions(self, start: int, stop: int) -> Tensor:
        return torch.arange(self.first + start, self.first + stop)
