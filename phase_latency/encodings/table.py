"""Encodings that look rows up: a given table, and the one-hot code of the rank."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from phase_latency.types import Positions
from phase_latency.validation import check_array, check_dtype, check_whole, row_numbers


@dataclass(frozen=True)
class Rank:
    """One-hot rank code: row p is the p-th unit vector, so its Gram matrix is the identity (`rank-gram`).

    Args:
        size: number of ranks, >= 1; also the width.

    Raises:
        ArgumentError: the size is not an integer >= 1.
    """

    size: int

    def __post_init__(self) -> None:
        """Check the arguments."""
        check_whole(self.size, "size", 1, "pass the number of ranks")

    @property
    def dim(self) -> int:
        """Width of the code, equal to its size."""
        return self.size

    def __call__(self, positions: Positions, dtype: torch.dtype = torch.float64) -> Float[Tensor, "length dim"]:
        """Encode ranks.

        Args:
            positions: (length,) int64 or float64, whole numbers in 0..size-1.
            dtype: dtype of the result.

        Returns:
            (length, size) one-hot rows, exact in every dtype.

        Raises:
            ArgumentError: a position outside the table (it never wraps), or a dtype that is not floating.
        """
        check_dtype(dtype)
        return torch.nn.functional.one_hot(row_numbers(positions, self.size), self.size).to(dtype)


@dataclass(frozen=True, eq=False)
class Table:
    """A given table, trained or read from a file: row p is the encoding of position p.

    Args:
        rows: (size, dim) floating, finite; copied, so that later changes to the tensor do not reach the encoding.

    Raises:
        ArgumentError: wrong rank, empty, complex or integer.
        NotFiniteError: an entry is infinite or NaN.
    """

    rows: Float[Tensor, "size dim"]

    def __post_init__(self) -> None:
        """Check the rows and copy them."""
        check_array(self.rows, "rows", "size dim")
        object.__setattr__(self, "rows", self.rows.detach().clone())

    @property
    def dim(self) -> int:
        """Width of the table."""
        return self.rows.shape[1]

    def __call__(self, positions: Positions, dtype: torch.dtype = torch.float64) -> Float[Tensor, "length dim"]:
        """Look positions up.

        Args:
            positions: (length,) int64 or float64, whole numbers in 0..size-1.
            dtype: dtype of the result.

        Returns:
            (length, dim) rows of the table.

        Raises:
            ArgumentError: a position outside the table (it never wraps), or a dtype that is not floating.
        """
        check_dtype(dtype)
        return self.rows[row_numbers(positions, self.rows.shape[0])].to(dtype)
