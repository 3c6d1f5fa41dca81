"""LayerNorm and RMSNorm in front of the projections, and what they do to a sum of content and position.

Normalisation is not linear, but it is once its statistics are known: with mean and denominator taken from the sum
``e + P``, the normalised sum is a linear piece of ``e`` plus a linear piece of ``P``.  `split` returns these pieces.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Self

import torch
from jaxtyping import Float
from torch import Tensor, nn

from phase_latency import formulas
from phase_latency.errors import ArgumentError
from phase_latency.validation import check_array, check_fits


@dataclass(frozen=True, eq=False)
class Normalisation(ABC):
    """What LayerNorm and RMSNorm share; use one of these.

    Args:
        weight: (dim,) gain per coordinate.
        bias: (dim,) offset per coordinate, or None.
        eps: added to the mean square before the root, >= 0.

    Raises:
        ArgumentError: wrong rank or dtype, widths that differ, or eps < 0.
        NotFiniteError: a weight or bias is infinite or NaN.
    """

    weight: Float[Tensor, " dim"]
    bias: Float[Tensor, " dim"] | None = None
    eps: float | int = 1e-5

    def __post_init__(self) -> None:
        """Check the arguments."""
        check_array(self.weight, "weight", "dim")
        if self.bias is not None:
            check_fits(self.bias, "bias", f"{len(self.weight)}", self.weight.dtype, to="weight")
        if not 0 <= self.eps < float("inf"):
            raise ArgumentError("eps", self.eps, "a finite number >= 0", "pass the eps of the layer, usually 1e-5")

    @abstractmethod
    def centred(self, x: Float[Tensor, "length dim"]) -> Float[Tensor, "length dim"]:
        """Rows as they are before scaling: centred by LayerNorm, untouched by RMSNorm."""

    def denominator(self, x: Float[Tensor, "length dim"]) -> Float[Tensor, "length 1"]:
        """Denominator ``sqrt(mean(c**2) + eps)`` of each row, c the centred row.

        Args:
            x: (length, dim) rows.

        Returns:
            (length, 1), finite and > 0.

        Raises:
            ArgumentError: the denominator of a row vanishes (a constant row, and eps = 0) or overflows in its dtype.
        """
        mean_square = self.centred(x).square().mean(dim=-1, keepdim=True)
        denominator: Tensor = formulas.root_mean_square_scale(mean_square, self.eps, torch.sqrt)
        unusable = ~((denominator > 0) & denominator.isfinite())
        if bool(unusable.any()):
            row = int(unusable.flatten().nonzero()[0])
            expected = f"rows whose root mean square is finite and > 0 in {x.dtype} (row {row} is not)"
            raise ArgumentError("x", x, expected, "use eps > 0, smaller entries or a wider dtype")
        return denominator

    def __call__(self, x: Float[Tensor, "length dim"]) -> Float[Tensor, "length dim"]:
        """Normalise rows.

        Args:
            x: (length, dim) rows.

        Returns:
            (length, dim) normalised rows, with gain and offset.

        Raises:
            ArgumentError: the denominator of a row vanishes or overflows.
        """
        normalised: Tensor = formulas.normalised(self.centred(x), self.denominator(x), self.weight, self.bias)
        return normalised

    def split(
        self, content: Float[Tensor, "length dim"], position: Float[Tensor, "length dim"]
    ) -> tuple[Float[Tensor, "length dim"], Float[Tensor, "length dim"]]:
        """Normalise a sum piece by piece, with the statistics of the sum held fixed.

        Args:
            content: (length, dim) first summand e.
            position: (length, dim) second summand P.

        Returns:
            (length, dim) content piece, which carries the offset, and (length, dim) position piece.  In real
            arithmetic they add up to the normalised sum; each is linear in its summand only for fixed statistics.

        Raises:
            ArgumentError: the denominator of a row vanishes or overflows.
        """
        denominator = self.denominator(content + position)
        content_piece = formulas.normalised(self.centred(content), denominator, self.weight, self.bias)
        position_piece = formulas.normalised(self.centred(position), denominator, self.weight, None)
        return content_piece, position_piece

    def to(self, dtype: torch.dtype) -> Self:
        """Return the same normalisation with its parameters cast to another dtype.

        Args:
            dtype: a floating dtype.

        Returns:
            a new normalisation.
        """
        return type(self)(self.weight.to(dtype), None if self.bias is None else self.bias.to(dtype), self.eps)


class LayerNorm(Normalisation):
    """Layer normalisation ``(x - mean(x)) / sqrt(var(x) + eps) * weight + bias`` (Ba et al. 2016)."""

    def centred(self, x: Float[Tensor, "length dim"]) -> Float[Tensor, "length dim"]:
        """Rows minus their mean.

        Args:
            x: (length, dim) rows.

        Returns:
            (length, dim).
        """
        return x - x.mean(dim=-1, keepdim=True)

    @classmethod
    def from_torch(cls, layer: nn.LayerNorm) -> Self:
        """Copy a torch layer over one axis.

        Args:
            layer: the layer; without weights it gets gain 1 and offset 0.

        Returns:
            the same normalisation, detached.

        Raises:
            ArgumentError: the layer normalises over more than one axis.
        """
        weight = _gain(layer.weight, layer.normalized_shape)
        return cls(weight, None if layer.bias is None else layer.bias.detach().clone(), layer.eps)


class RMSNorm(Normalisation):
    """Root mean square normalisation ``x / sqrt(mean(x**2) + eps) * weight`` (Zhang and Sennrich 2019)."""

    def centred(self, x: Float[Tensor, "length dim"]) -> Float[Tensor, "length dim"]:
        """Rows as they are: RMSNorm does not centre.

        Args:
            x: (length, dim) rows.

        Returns:
            (length, dim), `x` itself.
        """
        return x

    @classmethod
    def from_torch(cls, layer: nn.RMSNorm) -> Self:
        """Copy a torch layer over one axis.

        Args:
            layer: the layer; without weights it gets gain 1, without eps the machine epsilon of its dtype.

        Returns:
            the same normalisation, detached.

        Raises:
            ArgumentError: the layer normalises over more than one axis.
        """
        weight = _gain(layer.weight, layer.normalized_shape)
        return cls(weight, None, torch.finfo(weight.dtype).eps if layer.eps is None else layer.eps)


def _gain(weight: Tensor | None, shape: tuple[int, ...]) -> Tensor:
    if len(shape) != 1:
        raise ArgumentError("layer", shape, "a normalisation over one axis", "normalise over the width only")
    return torch.ones(shape) if weight is None else weight.detach().clone()
