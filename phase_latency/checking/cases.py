"""What a transformation is made of: cases, each of which says where and how an encoding is evaluated afterwards."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

import torch
from torch import Tensor

Parameter: TypeAlias = int | float | str
Way: TypeAlias = Literal["fresh", "used", "apart", "batch", "heads"]


def _same(positions: Tensor) -> Tensor:
    return positions


@dataclass(frozen=True)
class Scope:
    """Where an encoding is looked at.

    Attributes:
        low: first position.
        high: last position.
        length: number of positions that a sequence has; base positions are low..low+length-1.
        whole: whether only whole positions are accepted.
        ends: why nothing is said of positions beyond, such as "not finite beyond 36218"; None if that was asked for.
    """

    low: int
    high: int
    length: int
    whole: bool
    ends: str | None = None

    @property
    def last(self) -> int:
        """Last of the base positions."""
        return min(self.low + self.length - 1, self.high)

    def inside(self, positions: Tensor) -> Tensor:
        """Tell at which positions the encoding may be evaluated.

        Args:
            positions: (length,) int64 or float64.

        Returns:
            (length,) True within the scope, and whole if only whole positions are accepted.
        """
        exact = positions.double()
        return (exact >= self.low) & (exact <= self.high) & ((exact % 1 == 0) if self.whole else True)


@dataclass(frozen=True)
class Case:
    """One member of a family of transformations.

    Attributes:
        parameter: which one.
        queries: positions of the queries afterwards, from those before; (length,) int64 or float64 both.
        keys: the same for the keys.
        factor: what the values are multiplied by: images of queries and keys, or the bias.
        dtype: working dtype.
        start: shift of the base positions, before and after.
        earlier: working dtype of the calls before, of an instance that has been used.
        way: how the encoding is called: a fresh instance, one that has been "used" with other lengths and dtypes,
            positions one pair at a time ("apart"), or beside another sample ("batch") or another head ("heads").
    """

    parameter: Parameter
    queries: Callable[[Tensor], Tensor] = _same
    keys: Callable[[Tensor], Tensor] = _same
    factor: float = 1.0
    dtype: torch.dtype = torch.float64
    start: int = 0
    way: Way = "fresh"
    earlier: torch.dtype = torch.float64


class Transformation(ABC):
    """A family of transformations of an encoding."""

    kinds: ClassVar[tuple[str, ...]] = ("additive", "rotary", "bias")

    @property
    def name(self) -> str:
        """Name for reading, which `parse_transformation` reads back."""
        return type(self).__name__

    @abstractmethod
    def parameters(self, scope: Scope) -> list[Parameter]:
        """Parameters to try in a scope, simplest first; empty if the scope has no room for any."""

    @abstractmethod
    def case(self, parameter: Parameter, scope: Scope) -> Case:
        """The case of a parameter."""
