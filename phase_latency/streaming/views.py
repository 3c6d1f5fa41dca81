"""The first rows of a table, in another dtype."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.numerics.propagation import inflated
from phase_latency.numerics.roundoff import cast_roundoff, underflow
from phase_latency.streaming.sources import TableOverflowError, TableSource
from phase_latency.validation import check_dtype


@dataclass(frozen=True, eq=False)
class FirstRows(TableSource):
    """The first rows of a table, cast when they are read.

    Args:
        source: the table.
        length: number of rows, at most those of the table.
        dtype: of the rows.

    Raises:
        ArgumentError: the table is shorter, or the dtype is not floating.
    """

    source: TableSource
    length: int
    dtype: torch.dtype
    name: str = field(init=False)
    dim: int = field(init=False)

    def __post_init__(self) -> None:
        """Check the arguments."""
        check_dtype(self.dtype)
        object.__setattr__(self, "name", self.source.name)
        self._shaped(self.length, self.source.dim, self.dtype)
        if self.length > self.source.length:
            expected = f"at most {self.source.length}, the rows of {self.name}"
            raise ArgumentError("length", self.length, expected, "measure fewer positions or pass a longer table")

    def stored(self, size: int, start: int, stop: int) -> Iterator[Float[Tensor, "rows dim"]]:
        """The rows of the table, cast; see the class."""
        for block in self.source.stored(size, start, stop):
            cast = block.to(self.dtype)
            self._check_overflow(block, cast, start)
            yield cast
            start += len(block)

    def _check_overflow(self, block: Tensor, cast: Tensor, start: int) -> None:
        beyond = block.isfinite() & cast.isinf()
        if bool(beyond.any()):
            row, column = (int(i) for i in beyond.nonzero()[0])
            raise TableOverflowError(self.name, (start + row, column), cast[row, column].item())

    def entry_error(self, values: Float64[Tensor, "rows dim"], start: int) -> Float64[Tensor, "rows dim"]:
        """Error of the table, and that of the cast if it is to a narrower dtype."""
        # Values differ from those of the table by the cast, which the second term makes up for twice.
        stored = self.source.entry_error(values, start)
        unit = cast_roundoff(self.dtype)
        if not self._narrower:
            return stored
        return inflated(stored * (1 + 2 * unit) + unit * values.abs() + 2 * underflow(self.dtype))

    def row_error(
        self, values: Float64[Tensor, "rows dim"], start: int, norms: Float64[Tensor, " rows"]
    ) -> Float64[Tensor, " rows"]:
        """Error of the table, and that of the cast if it is to a narrower dtype."""
        stored = self.source.row_error(values, start, norms)
        unit = cast_roundoff(self.dtype)
        if not self._narrower:
            return stored
        return inflated(stored * (1 + 2 * unit) + unit * norms + 2 * underflow(self.dtype) * self.dim)

    @property
    def _narrower(self) -> bool:
        """Whether the cast may round: float16 and bfloat16 hold each other's numbers no better than float32's."""
        return self.dtype != self.source.dtype and not (
            self.dtype == torch.float64
            or (self.dtype == torch.float32 and self.source.dtype in (torch.bfloat16, torch.float16))
        )
