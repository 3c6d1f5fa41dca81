"""Queries and keys of every head, made of rows of two tables in difference form, each with its norm and its error."""

from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from phase_latency.encodings import Rotary
from phase_latency.numerics.encodings import bounded_rotations
from phase_latency.numerics.norms import row_norms, stretch
from phase_latency.numerics.propagation import inflated
from phase_latency.numerics.roundoff import gamma, underflow, unit_roundoff
from phase_latency.streaming.difference import DifferenceRows

_UNIT, _UNDERFLOW = unit_roundoff(torch.float64), underflow(torch.float64)


@dataclass(frozen=True, eq=False)
class Factors:
    """Queries or keys at some positions, with Euclidean norms and errors of each row.

    Attributes:
        reference: (heads, rows, rank) float64, A or B.
        difference: (heads, rows, rank) float64, dA or dB.
        reference_norm: (heads, rows) norm of each row of `reference`, at most.
        difference_norm: (heads, rows) the same for `difference`.
        reference_error: (heads, rows) distance of each row of `reference` to the exact one, at most.
        difference_error: (heads, rows) the same for `difference`.
    """

    reference: Float64[Tensor, "heads rows rank"]
    difference: Float64[Tensor, "heads rows rank"]
    reference_norm: Float64[Tensor, "heads rows"]
    difference_norm: Float64[Tensor, "heads rows"]
    reference_error: Float64[Tensor, "heads rows"]
    difference_error: Float64[Tensor, "heads rows"]

    def __getitem__(self, rows: slice | Tensor) -> "Factors":
        """The same at some of the rows."""
        return Factors(
            self.reference[:, rows],
            self.difference[:, rows],
            self.reference_norm[:, rows],
            self.difference_norm[:, rows],
            self.reference_error[:, rows],
            self.difference_error[:, rows],
        )


@dataclass(frozen=True, eq=False)
class Projection:
    """A linear map from rows of a table to the queries or keys of every head.

    Attributes:
        weight: (heads, dim, head_dim) float64, exact; None for the rows themselves, as one head.
        rotary: turns the results by their positions; None for no rotation.
    """

    weight: Float64[Tensor, "heads dim head_dim"] | None = None
    rotary: Rotary | None = None
    _sizes: Float64[Tensor, "heads 1"] | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        """Bound the spectral norm of each head's weights, by which errors of rows are stretched."""
        if self.weight is not None:
            sizes = [[stretch(each)] for each in self.weight]
            object.__setattr__(self, "_sizes", torch.tensor(sizes, dtype=torch.float64))

    @property
    def heads(self) -> int:
        """Number of heads."""
        return 1 if self.weight is None else len(self.weight)

    def rank(self, dim: int) -> int:
        """Width of the results for rows of width `dim`."""
        return dim if self.weight is None else self.weight.shape[2]

    def factors(self, rows: DifferenceRows, positions: Int64[Tensor, " rows"]) -> Factors:
        """Project rows of both tables.

        Args:
            rows: rows of the tables.
            positions: (rows,) their positions, for rotations.

        Returns:
            queries or keys.
        """
        reference, reference_error = self._projected(rows.reference, rows.reference_error, positions)
        difference, difference_error = self._projected(rows.difference, rows.difference_error, positions)
        size, change = row_norms(reference), row_norms(difference)
        return Factors(reference, difference, size, change, reference_error, difference_error)

    def _projected(self, values: Tensor, error: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        if self.weight is None:
            projected, error = values[None], error[None]
        else:
            assert self._sizes is not None
            whole = row_norms(self.weight.flatten(1))[:, None]  # Frobenius, of each head
            projected = values @ self.weight
            rounding = gamma(values.shape[1], _UNIT) * row_norms(values) + 4 * _UNDERFLOW * values.shape[1]
            error = inflated(self._sizes * error + whole * rounding + 4 * _UNDERFLOW * values.shape[1] ** 2)
        return (projected, error) if self.rotary is None else self._turned(projected, error, positions)

    def _turned(self, projected: Tensor, error: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        assert self.rotary is not None
        turned = self.rotary.apply(projected, positions)
        size = row_norms(projected)
        angle = rotation_error(self.rotary, positions)
        a = abs(self.rotary.amplitude)
        return turned, inflated(a * (error + angle * (size + error)) + 16 * _UNDERFLOW * turned.shape[2])


def rotation_error(rotary: Rotary, positions: Tensor) -> Float64[Tensor, " length"]:
    """How far computed rotations of amplitude 1 are from exact ones, relative to the vectors that they turn.

    Args:
        rotary: the encoding.
        positions: (length,) positions, taken as exact.

    Returns:
        (length,) float64 bound of the spectral norm of the error.
    """
    cosine, sine = bounded_rotations(replace(rotary, amplitude=1.0), positions)
    wrong = (cosine.error.square() + sine.error.square()).sqrt().amax(1)
    return inflated(wrong + 8 * _UNIT)  # the amplitude, two products and a sum of each coordinate
