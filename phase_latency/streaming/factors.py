"""Logits of two tables as products of narrow factors, in difference form.

With queries ``A = q(P)``, ``dA = q(D)`` and keys ``B = k(P)``, ``dB = k(D)`` of tables ``Q = s P + D``,

    G  = unit A B^T,
    G' = unit ratio (s_q s_k A B^T + A (s_q dB)^T + dA (s_k B + dB)^T),

so every matrix ``alpha G + (G' - unit ratio s_q s_k A B^T)`` is one product ``[A, dA] [..]^T``: the logits, their
change and their deviation from a multiple of G are all of this form, at any block of queries and keys.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.numerics.propagation import inflated
from phase_latency.numerics.roundoff import gamma, unit_roundoff
from phase_latency.streaming.difference import DifferencePair
from phase_latency.streaming.projections import Factors, Projection
from phase_latency.streaming.sources import BLOCK

_UNIT = unit_roundoff(torch.float64)
# Powers of two that logits may be away from 1, in either direction, with room for sums and squares of small changes.
_MOST_DOUBLINGS = 900


@dataclass(frozen=True, eq=False)
class FactoredPair:
    """The logits of two tables under one bilinear form, in difference form.

    Attributes:
        query_tables: the tables that make the queries.
        key_tables: the tables that make the keys; the same object if they are the same tables.
        query: what makes the queries.
        key: what makes the keys.
        scale: factor on the products.

    Raises:
        ArgumentError: the logits of a table are out of the range of float64.
    """

    query_tables: DifferencePair
    key_tables: DifferencePair
    query: Projection = field(default_factory=Projection)
    key: Projection = field(default_factory=Projection)
    scale: float = 1.0

    def __post_init__(self) -> None:
        """Refuse tables that are so small or so large that their logits would vanish or overflow."""
        q, k = self.query_tables, self.key_tables
        for name, units in (
            (q.reference.name, (q.reference_unit, k.reference_unit)),
            (q.other.name, (q.other_unit, k.other_unit)),
        ):
            power = -sum(map(math.log2, units))
            if abs(power) > _MOST_DOUBLINGS:
                given = f"a table with logits of the order of 2**{power:.0f}"
                raise ArgumentError(name, given, "logits well within the range of float64", "scale the table")

    @property
    def heads(self) -> int:
        """Number of heads."""
        return self.query.heads

    @property
    def shape(self) -> tuple[int, int, int]:
        """Heads, queries and keys."""
        return self.heads, self.query_tables.length, self.key_tables.length

    @property
    def rank(self) -> int:
        """Inner length of the products of A and B."""
        return self.query.rank(self.query_tables.dim)

    @property
    def unit(self) -> float:
        """What ``A B^T`` is multiplied by to give the logits."""
        return self.scale / self.query_tables.reference_unit / self.key_tables.reference_unit

    @property
    def ratio(self) -> Fraction:
        """Power of two by which the units of the two pairs of tables differ."""
        reference = Fraction(self.query_tables.reference_unit) * Fraction(self.key_tables.reference_unit)
        return reference / (Fraction(self.query_tables.other_unit) * Fraction(self.key_tables.other_unit))

    @property
    def table_scale(self) -> Fraction:
        """``ratio s_q s_k``, exactly: the scale of the logits if the differences were zero."""
        return self.ratio * Fraction(self.query_tables.factor) * Fraction(self.key_tables.factor)

    def queries(self, size: int = BLOCK, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, Factors]]:
        """Queries in blocks.

        Args:
            size: positions of a block, >= 1.
            start: first position.
            stop: position after the last one; None for all.

        Returns:
            an iterator over the first position of each block and its queries.
        """
        return _factors(self.query_tables, self.query, size, start, stop)

    def keys(self, size: int = BLOCK, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, Factors]]:
        """Keys in blocks.

        Args:
            size: positions of a block, >= 1.
            start: first position.
            stop: position after the last one; None for all.

        Returns:
            an iterator over the first position of each block and its keys.
        """
        return _factors(self.key_tables, self.key, size, start, stop)

    def queries_at(self, positions: Tensor) -> Factors:
        """Queries at chosen positions.

        Args:
            positions: (rows,) int64, in increasing order, each once.

        Returns:
            their queries.
        """
        return self.query.factors(self.query_tables.rows_at(positions), positions)

    def keys_at(self, positions: Tensor) -> Factors:
        """Keys at chosen positions.

        Args:
            positions: (rows,) int64, in increasing order, each once.

        Returns:
            their keys.
        """
        return self.key.factors(self.key_tables.rows_at(positions), positions)

    def logits(self, queries: Factors, keys: Factors) -> Float64[Tensor, "heads queries keys"]:
        """Logits of the reference table, ``unit A B^T``.

        Args:
            queries: some queries.
            keys: some keys.

        Returns:
            (heads, queries, keys) logits.
        """
        return queries.reference @ (self.unit * keys.reference).mT

    def combination(self, alpha: float) -> "Combination":
        """The family of matrices ``alpha G + (G' - table_scale G)``.

        Args:
            alpha: ``table_scale - 1`` for the change ``G' - G``, ``table_scale - c`` for the deviation ``G' - c G``.

        Returns:
            what makes blocks of that matrix, with their errors.
        """
        ratio = float(self.ratio) * self.unit
        return Combination(
            alpha * self.unit, ratio, self.query_tables.factor, self.key_tables.factor, self.unit, self.rank
        )


@dataclass(frozen=True, eq=False)
class Combination:
    """Blocks of ``M = A (alpha B + r s_q dB)^T + dA (r s_k B + r dB)^T`` with a bound on the error of each entry.

    The bound is a sum of four products of a number of the query and one of the key (Cauchy and Schwarz), so that it
    costs a matrix product of inner length 4.

    Attributes:
        alpha: factor on ``A B^T``.
        ratio: r.
        query_factor: s_q.
        key_factor: s_k.
        unit: what `A B^T` is multiplied by to give the logits.
        rank: width of A and B.
    """

    alpha: float
    ratio: float
    query_factor: float
    key_factor: float
    unit: float
    rank: int

    def left(self, queries: Factors) -> Float64[Tensor, "heads queries inner"]:
        """What multiplies from the left, (heads, queries, 2 rank)."""
        return torch.cat([queries.reference, queries.difference], -1)

    def right(self, keys: Factors) -> Float64[Tensor, "heads keys inner"]:
        """What multiplies from the right, transposed, (heads, keys, 2 rank)."""
        r = self.ratio
        return torch.cat(
            [
                self.alpha * keys.reference + (r * self.query_factor) * keys.difference,
                (r * self.key_factor) * keys.reference + r * keys.difference,
            ],
            -1,
        )

    def left_error(self, queries: Factors) -> Float64[Tensor, "heads queries four"]:
        """Numbers of each query that the error of an entry is made of, (heads, queries, 4)."""
        each = (queries.reference_norm, queries.reference_error, queries.difference_norm, queries.difference_error)
        return torch.stack(each, -1)

    def right_error(self, keys: Factors, extra: float = 0.0) -> Float64[Tensor, "heads keys four"]:
        """Numbers of each key that the error of an entry is made of, (heads, keys, 4).

        Args:
            keys: some keys.
            extra: what the coefficient of G may be off by; its bound then covers ``extra |G|`` too.

        Returns:
            non-negative numbers; the error of an entry is at most the inner product with those of its query.
        """
        alpha, r = abs(self.alpha), abs(self.ratio)
        s_q, s_k = r * abs(self.query_factor), r * abs(self.key_factor)
        b, e, db, de = keys.reference_norm, keys.reference_error, keys.difference_norm, keys.difference_error
        rounding = gamma(2 * self.rank + 4, _UNIT)
        off = extra * abs(self.unit)
        return inflated(
            torch.stack(
                (
                    alpha * e + s_q * de + rounding * (alpha * b + s_q * db) + off * (b + e),
                    alpha * (b + e) + s_q * (db + de) + off * (b + e),
                    s_k * e + r * de + rounding * (s_k * b + r * db),
                    s_k * (b + e) + r * (db + de),
                ),
                -1,
            )
        )


def _factors(
    tables: DifferencePair, projection: Projection, size: int, start: int, stop: int | None
) -> Iterator[tuple[int, Factors]]:
    for rows in tables.blocks(size, start, stop):
        stop = start + len(rows.reference)
        yield start, projection.factors(rows, torch.arange(start, stop))
        start = stop
