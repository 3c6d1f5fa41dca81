"""Operations that move, repeat or select entries and compute nothing, so that a rounding error moves with its entry."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Self

from torch import Tensor


class Arranged(ABC):
    """An array whose entries can be rearranged; the methods are those of `torch.Tensor`."""

    @abstractmethod
    def map(self, rearrange: Callable[[Tensor], Tensor]) -> Self:
        """Rearrange entries.

        Args:
            rearrange: a function that only moves, repeats or selects entries, e.g. ``lambda x: x.flip(0)``.

        Returns:
            the rearranged array.
        """

    def __getitem__(self, index: Any) -> Self:
        """Select entries, as indexing a tensor does."""
        return self.map(lambda x: x[index])

    @property
    def mT(self) -> Self:
        """The last two axes exchanged."""
        return self.map(lambda x: x.mT)

    def transpose(self, first: int, second: int) -> Self:
        """Exchange two axes."""
        return self.map(lambda x: x.transpose(first, second))

    def reshape(self, *shape: int) -> Self:
        """Give the same entries another shape."""
        return self.map(lambda x: x.reshape(*shape))

    def flatten(self, start: int = 0, end: int = -1) -> Self:
        """Merge the axes from `start` to `end`."""
        return self.map(lambda x: x.flatten(start, end))

    def unsqueeze(self, dim: int) -> Self:
        """Insert an axis of length 1."""
        return self.map(lambda x: x.unsqueeze(dim))

    def expand(self, *shape: int) -> Self:
        """Repeat along axes of length 1."""
        return self.map(lambda x: x.expand(*shape))
