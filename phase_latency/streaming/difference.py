"""Two tables in difference form: ``Q = s P + D``, with D free of cancellation however close the tables are.

Tables of extreme magnitude are brought to 1 by powers of two first, which rounds nothing, so that no product overflows.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.numerics.compensated import fuses, two_product, two_sum
from phase_latency.numerics.norms import power_of_two_scale, row_norms
from phase_latency.numerics.propagation import inflated
from phase_latency.numerics.roundoff import underflow, unit_roundoff
from phase_latency.streaming.sources import BLOCK, Rows, TableSource

_UNIT, _UNDERFLOW = unit_roundoff(torch.float64), underflow(torch.float64)
# Rows in their units beyond this would overflow as squares of squares.
_LARGEST = 2.0**150


@dataclass(frozen=True, eq=False)
class DifferenceRows:
    """Consecutive rows of two tables, in their units.

    Attributes:
        reference: (rows, dim) float64, of P.
        difference: (rows, dim) float64, of ``D = Q - s P``.
        reference_error: (rows,) Euclidean distance of each row to the exact one, at most.
        difference_error: (rows,) the same for the difference.
    """

    reference: Float64[Tensor, "rows dim"]
    difference: Float64[Tensor, "rows dim"]
    reference_error: Float64[Tensor, " rows"]
    difference_error: Float64[Tensor, " rows"]


@dataclass(frozen=True, eq=False)
class DifferencePair:
    """Two tables of one shape, read in difference form.

    Attributes:
        reference: the table P.
        other: the table Q.
        factor: s, between the tables in their units; any number would do, this one keeps D small.
        reference_unit: power of two that P is multiplied by.
        other_unit: power of two that Q is multiplied by.
        fused: whether torch fuses product and subtraction on this machine.
    """

    reference: TableSource
    other: TableSource
    factor: float
    reference_unit: float
    other_unit: float
    fused: bool = False

    @classmethod
    def of(cls, reference: TableSource, other: TableSource) -> "DifferencePair":
        """Choose units and factor by the first rows.

        Args:
            reference: P.
            other: Q.

        Returns:
            the pair.

        Raises:
            ArgumentError: the shapes or dtypes differ, or a table is all zero.
            NotFiniteError: an entry of the first rows is infinite or NaN.
        """
        if (reference.length, reference.dim, reference.dtype) != (other.length, other.dim, other.dtype):
            given = f"shape ({other.length}, {other.dim}) and dtype {other.dtype}"
            expected = f"shape ({reference.length}, {reference.dim}) and dtype {reference.dtype}, as {reference.name}"
            raise ArgumentError(other.name, given, expected, "evaluate both at the same positions in the same dtype")
        p, q = _first_rows(reference, other)
        reference_unit, other_unit = _unit(p), _unit(q)
        p, q = p * reference_unit, q * other_unit
        factor = float((p * q).sum() / p.square().sum())
        return cls(reference, other, factor, reference_unit, other_unit, fuses())

    @property
    def length(self) -> int:
        """Number of rows."""
        return self.reference.length

    @property
    def dim(self) -> int:
        """Width."""
        return self.reference.dim

    def blocks(
        self, size: int = BLOCK, start: int = 0, stop: int | None = None, out: Tensor | None = None
    ) -> Iterator[DifferenceRows]:
        """Read rows of both tables.

        Args:
            size: rows of a block, >= 1.
            start: first row.
            stop: row after the last one; None for all.
            out: (size, 2 dim) memory for reference and difference side by side, used again for every block; None for
                fresh memory.

        Yields:
            blocks in order.

        Raises:
            ArgumentError: a table is shorter or longer than it was, or has rows far larger than its first
                ones.
            NotFiniteError: an entry is infinite or NaN.
        """
        both = zip(self.reference.blocks(size, start, stop), self.other.blocks(size, start, stop), strict=True)
        for reference, other in both:
            yield self._rows(reference, other, None if out is None else out[: len(reference.values)])

    def rows_at(self, positions: Int64[Tensor, " rows"]) -> DifferenceRows:
        """Read single rows of both tables.

        Args:
            positions: (rows,) numbers of rows in increasing order, each once.

        Returns:
            these rows.

        Raises:
            ArgumentError: as for `blocks`.
            NotFiniteError: an entry is infinite or NaN.
        """
        return self._rows(self.reference.rows_at(positions), self.other.rows_at(positions), None)

    def _rows(self, reference: Rows, other: Rows, out: Tensor | None) -> DifferenceRows:
        p, p_error = self._scaled(reference, self.reference_unit)
        q, q_error = self._scaled(other, self.other_unit)
        _check_range(self.reference, torch.linalg.vector_norm(p, dim=1))
        difference, rounding = table_difference(
            p, q, self.factor, self.fused, None if out is None else out[:, self.dim :]
        )
        if out is not None:
            p = out[:, : self.dim].copy_(p)
        difference_error = inflated(q_error + abs(self.factor) * p_error + rounding)
        _check_range(self.other, difference_error)  # which contains the rounding of the difference, and grows with it
        return DifferenceRows(p, difference, p_error, difference_error)

    def _scaled(self, rows: Rows, unit: float) -> tuple[Tensor, Tensor]:
        """Multiplied by a power of two, which rounds nothing but what underflows."""
        if unit == 1.0:
            return rows.values, rows.error
        return rows.values * unit, inflated(rows.error * unit + _UNDERFLOW * self.dim)


def table_difference(
    reference: Float64[Tensor, "rows dim"],
    other: Float64[Tensor, "rows dim"],
    factor: float,
    fused: bool = False,
    out: Tensor | None = None,
) -> tuple[Float64[Tensor, "rows dim"], Float64[Tensor, " rows"]]:
    """``Q - s P``, rounded once although s P is not representable.

    Args:
        reference: (rows, dim) rows of P.
        other: (rows, dim) rows of Q.
        factor: s, taken as exact.
        fused: whether torch fuses product and subtraction here, see `fuses`.
        out: (rows, dim) memory for the difference; None for fresh memory.

    Returns:
        (rows, dim) difference, and (rows,) Euclidean distance of each row to the exact difference, at most.
    """
    # A product with a power of two is exact, so that only the subtraction rounds.
    if fused or abs(math.frexp(factor)[0]) == 0.5:
        difference = torch.sub(other, reference, alpha=factor, out=out)
        return difference, inflated(_UNIT * row_norms(difference) + 4 * _UNDERFLOW * other.shape[1])
    product, product_error = two_product(reference, factor)
    total, total_error = two_sum(other, -product)
    correction = total_error - product_error
    difference = torch.add(total, correction, out=out)
    norms = row_norms(difference) + row_norms(correction)
    return difference, inflated(_UNIT * norms + 16 * _UNDERFLOW * other.shape[1])


def _unit(values: Tensor) -> float:
    """1 unless squares of squares of such values could leave the range of float64."""
    scale = power_of_two_scale(values)
    return 1.0 if 2.0**-64 < scale < 2.0**64 else scale


def _check_range(table: TableSource, sizes: Tensor) -> None:
    if not float(sizes.max()) < _LARGEST:
        given = "rows more than 1e45 times as large as the first ones"
        raise ArgumentError(table.name, given, "rows of comparable size", "scale or drop such rows")


def _first_rows(reference: TableSource, other: TableSource) -> tuple[Tensor, Tensor]:
    """The first block of each table that is not all zero, from both tables."""
    p, q = (_first_that_is_not_zero(table) for table in (reference, other))
    if p is None or q is None:
        empty = reference if p is None else other
        given = f"{empty.length} rows of zeros"
        raise ArgumentError(empty.name, given, "a table that is not all zero", "pass an encoding that uses position")
    if p[0] == q[0]:
        return p[1], q[1]
    starts = sorted((p[0], q[0]))
    first, second = (
        torch.cat([next(iter(table.blocks(BLOCK, start))).values for start in starts]) for table in (reference, other)
    )
    return first, second


def _first_that_is_not_zero(table: TableSource) -> tuple[int, Tensor] | None:
    for number, rows in enumerate(table.blocks()):
        if bool(rows.values.any()):
            return number * BLOCK, rows.values
    return None
