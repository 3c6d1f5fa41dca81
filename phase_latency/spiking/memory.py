"""Associative memories: what is stored is a matrix, as their maximum or as their sum."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.validation import check_fits, check_whole


@dataclass(frozen=True, eq=False)
class Memory:
    """A matrix of weights, into which pairs of a key and a value are written; writing gives another memory.

    Statements about both kinds: storage-join. Source: Furber et al. 2007 for the maximum; a sum is linear attention.

    Args:
        weights: (values, keys) float64, what has been stored.
        kind: "max" keeps the larger weight, "sum" adds.

    Raises:
        ArgumentError: weights of another shape or dtype, or another kind.
        NotFiniteError: a weight is infinite or NaN.
    """

    weights: Float[Tensor, "values keys"]
    kind: str = "max"

    def __post_init__(self) -> None:
        """Check the arguments."""
        check_fits(self.weights, "weights", "values keys", torch.float64, "a memory")
        if self.kind not in ("max", "sum"):
            raise ArgumentError("kind", self.kind, '"max" or "sum"', "choose one")

    @classmethod
    def empty(cls, keys: int, values: int, kind: str = "max") -> "Memory":
        """A memory in which nothing is stored.

        Args:
            keys: entries of a key.
            values: entries of a value.
            kind: "max" or "sum".

        Returns:
            the memory, all weights 0.

        Raises:
            ArgumentError: a size below 1, or another kind.
        """
        check_whole(keys, "keys", 1, "pass how many entries a key has")
        check_whole(values, "values", 1, "pass how many entries a value has")
        return cls(torch.zeros(values, keys, dtype=torch.float64), kind)

    def stored(self, key: Float[Tensor, " keys"], value: Float[Tensor, " values"]) -> "Memory":
        """The memory after a pair has been written: ``max(W, d a^T)``, or ``W + d a^T``.

        Args:
            key: (keys,) float64, a.
            value: (values,) float64, d.

        Returns:
            another memory.

        Raises:
            ArgumentError: another shape or dtype.
            NotFiniteError: an entry is infinite or NaN.
        """
        check_fits(key, "key", str(self.weights.shape[1]), torch.float64, "the memory")
        check_fits(value, "value", str(self.weights.shape[0]), torch.float64, "the memory")
        new = torch.outer(value, key)
        return Memory(torch.maximum(self.weights, new) if self.kind == "max" else self.weights + new, self.kind)

    def read(self, query: Float[Tensor, " keys"]) -> Float64[Tensor, " values"]:
        """What a query finds: ``W q``.

        Args:
            query: (keys,) float64.

        Returns:
            (values,) the weighted sum of what is stored.

        Raises:
            ArgumentError: another shape or dtype.
            NotFiniteError: an entry is infinite or NaN.
        """
        check_fits(query, "query", str(self.weights.shape[1]), torch.float64, "the memory")
        return self.weights @ query
