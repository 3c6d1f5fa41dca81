"""Deviations on real input: the entry that counts, the best scale between two arrays, and what a layer computes."""

from typing import NamedTuple

import torch
from torch import Tensor

from phase_latency.attention import Attention
from phase_latency.figures import Figure
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.comparison import Comparison
from phase_latency.numerics.layers import bounded_logits
from phase_latency.numerics.norms import frobenius_norm
from phase_latency.types import Positions


class Deviation(NamedTuple):
    """A deviation from what is predicted, at the entry that comes closest to its bound or exceeds it most.

    Attributes:
        error: the deviation, >= 0.
        bound: certified, the most that rounding (or the inequality that is predicted) allows.
        positions: index of the entry: positions of query and key, counted from 0, after the head (from 0) if there are
            several; for a row of weights the query alone, for an encoding position and coordinate.
    """

    error: float
    bound: float
    positions: tuple[int, ...] = ()

    @property
    def ratio(self) -> float:
        """Deviation in units of its bound; 0 if there is none."""
        return self.error and self.error / self.bound

    @property
    def certain(self) -> bool:
        """Whether the deviation is beyond its bound."""
        return self.error > self.bound


class Proportion(NamedTuple):
    """How far the logits of one head are from a multiple of others.

    Attributes:
        scale: the best factor, with the most that it can differ from the exact factor if there is one.
        residual: what it leaves over, relative to the logits, in the Frobenius norm, and the most that rounding
            explains.
        comparison: what it leaves over, (queries, keys), and the most that rounding explains.
    """

    scale: Figure
    residual: Figure
    comparison: Comparison


def proportions(reference: Bounded, other: Bounded) -> list[Proportion]:
    """Fit ``other = c reference`` by least squares, with a factor c for each head.

    If the exact logits are proportional with factor k, then the fitted c differs from k by no more than its error, and
    the exact value of what is left over is 0, from which the computed one differs by no more than its error.

    Args:
        reference: (heads, queries, keys) float64 logits, those of no head all zero.
        other: (heads, queries, keys) float64 logits.

    Returns:
        the fit of each head.

    Raises:
        UncertifiedError: the logits of a head of the reference may be all zero.
    """
    scale = _total(reference * other) / _total(reference.square())
    left_over = other - scale * reference
    comparison = Comparison(left_over.value.abs(), left_over.error)
    fits = []
    for head, size in enumerate(other.value):
        norm = frobenius_norm(size)
        residual = [frobenius_norm(each[head]) / norm for each in (comparison.error, comparison.bound)]
        factor = Figure(float(scale.value[head]), float(scale.error[head]))
        fits.append(Proportion(factor, Figure(*residual), of_head(comparison, head)))
    return fits


def of_head(comparison: Comparison, head: int) -> Comparison:
    """The part of a comparison that belongs to one head.

    Args:
        comparison: (heads, ...).
        head: number of the head, from 0.

    Returns:
        (...).
    """
    return Comparison(comparison.error[head], comparison.bound[head])


def closest(comparison: Comparison) -> Deviation:
    """The deviation that comes closest to its bound or exceeds it most.

    Args:
        comparison: deviations with their bounds.

    Returns:
        the one with the largest ratio; if nothing deviates at all, the one that would be allowed to most.
    """
    if bool(comparison.error.any()):
        return Deviation(*comparison.worst())
    return _at(comparison, comparison.bound)


def largest(comparison: Comparison) -> Deviation:
    """The largest deviation, whatever its bound: the clearest witness of an invariance that fails.

    Args:
        comparison: deviations with their bounds.

    Returns:
        the largest of those beyond their bounds if there are any, else the largest of all.
    """
    beyond = comparison.error > comparison.bound
    return _at(comparison, torch.where(beyond, comparison.error, -1.0) if bool(beyond.any()) else comparison.error)


def layer_logits(
    layer: Attention, content: Tensor, table: Tensor | None = None, positions: Positions | None = None
) -> Bounded:
    """Logits as the layer itself computes them, with the error that its twin certifies.

    Args:
        layer: the layer.
        content: (length, content_dim).
        table: (length, table_dim), or None.
        positions: (length,) int64 or float64, for rotary and ALiBi layers.

    Returns:
        (heads, length, length); a layer that does not compute what its twin does is found out by what follows.

    Raises:
        UncertifiedError: this machine does not accumulate as the bounds assume.
    """
    error = bounded_logits(layer, content, table, positions).error
    return Bounded(layer.logits(content, table, positions), error)


def without_row_constants(logits: Bounded) -> Bounded:
    """Differences to the logit of key 0, which softmax cannot tell from the logits.

    Args:
        logits: (..., queries, keys).

    Returns:
        (..., queries, keys), 0 for key 0.
    """
    return logits - logits[..., :1]


def _at(comparison: Comparison, weight: Tensor) -> Deviation:
    """The entry with the largest weight."""
    positions = tuple(int(i) for i in torch.unravel_index(weight.argmax(), weight.shape))
    return Deviation(float(comparison.error[positions]), float(comparison.bound[positions]), positions)


def _total(x: Bounded) -> Bounded:
    """Sum of each head, row by row: the bound grows with the length of a row, not with the number of entries."""
    return x.sum(-1, keepdim=True).sum(-2, keepdim=True)
