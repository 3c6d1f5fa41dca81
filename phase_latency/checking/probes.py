"""What an encoding is looked at with: unit vectors, base positions, and how fast its images turn."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.adapters.subject import Subject
from phase_latency.checking.cases import Scope
from phase_latency.checking.evaluation import Instance
from phase_latency.checking.guards import Limits
from phase_latency.types import Positions

_LONGEST_BASE, _SHORTEST_BASE = 48, 3


@dataclass(frozen=True, eq=False)
class Probe:
    """What an encoding is looked at with.

    Attributes:
        vectors: (vectors, dim) unit vectors, or (1, 0) for kinds that take none.
        base: (length,) base positions of queries and of keys.
        rates: (vectors or heads,) how fast images turn, at most: radians per position; logits per position for a bias.
    """

    vectors: Float64[Tensor, "vectors dim"]
    base: Positions
    rates: Float64[Tensor, " probes"]


def probe(subject: Subject, scope: Scope, limits: Limits, rows: int) -> Probe:
    """Choose vectors and base positions, and find out how fast images turn.

    Args:
        subject: the encoding.
        scope: where it is looked at.
        limits: how code under check is run.
        rows: about how many rows of logits to look at in one case.

    Returns:
        every unit vector, and as many base positions as keep the number of logits moderate.
    """
    width = subject.dim or 0
    vectors = torch.eye(width, dtype=torch.float64) if subject.kind == "rotary" else torch.zeros(1, 0).double()
    count = max(_SHORTEST_BASE, min(_LONGEST_BASE, rows // len(vectors)))
    base = base_positions(scope, count, subject.declared.contiguous)
    rates = _rates(subject, vectors, scope, limits)
    if scope.whole and subject.kind != "bias":
        # A frequency is known up to whole turns per position; that it is no more than one is assumed.
        rates = rates.clamp(min=2 * math.pi)
    return Probe(vectors, base, rates)


def base_positions(scope: Scope, count: int, contiguous: bool = False) -> Positions:
    """Positions of a sequence to look at: the first ones, then ever sparser ones, and the last.

    Args:
        scope: where the encoding is looked at.
        count: how many at most.
        contiguous: whether they have to be consecutive.

    Returns:
        (length,) int64, increasing; the distances are neither all even nor powers of two.
    """
    span = scope.last - scope.low
    if span < count or contiguous:
        return scope.low + torch.arange(min(span + 1, count))
    near = min(5, count // 2 + 1)
    ratio = (span / near) ** (1 / (count - near))
    sparse = [round(near * ratio**step) for step in range(1, count - near)]
    return scope.low + torch.tensor(sorted({*range(near), *sparse, span}))


def _rates(subject: Subject, vectors: Tensor, scope: Scope, limits: Limits) -> Tensor:
    """How fast images turn, at most, by differences between near positions."""
    # A channel that turns by w <= pi over a step moves its image by 2 sin(w/2) >= 2 w/pi.
    here = scope.low + torch.arange(min(3, scope.last - scope.low + 1))
    steps = [1.0] if scope.whole else [1.0, 2.0**-3, 2.0**-7]
    rates = [_rate(subject, vectors, here, step, limits) for step in steps if _fits(scope, here, step)]
    return torch.stack(rates).amax(0) if rates else torch.zeros(max(1, len(vectors))).double()


def _fits(scope: Scope, positions: Tensor, step: float) -> bool:
    return bool(scope.inside(positions.double() + step).all())


def _rate(subject: Subject, vectors: Tensor, here: Tensor, step: float, limits: Limits) -> Tensor:
    there = here + int(step) if step >= 1 else here.double() + step
    instance = Instance(subject, limits)
    if subject.kind == "bias":
        near = instance.bias(here, here).double()
        moves = torch.stack((instance.bias(there, here).double() - near, instance.bias(here, there).double() - near))
        return moves.abs().amax((2, 3)).sum(0) / step
    together = joined(here, there)
    images = [instance.table(together)[None]] if subject.kind == "additive" else instance.images(vectors, together)
    rates = []
    for image in images:
        before, after = image.double().tensor_split(2, dim=1)
        size = torch.maximum(before.norm(dim=-1), after.norm(dim=-1)).amax(1)  # of one position it may be 0
        turned = (after - before).norm(dim=-1).amax(1) * (math.pi / 2 / step)
        rates.append(turned / torch.where(size > 0, size, 1.0))
    return torch.stack(rates).amax(0)


def joined(first: Tensor, second: Tensor) -> Tensor:
    """Positions one after the other; float64 where one of them is.

    Args:
        first: (length,) int64 or float64 positions.
        second: (other length,) int64 or float64 positions.

    Returns:
        (length + other length,) positions.
    """
    if first.dtype == second.dtype:
        return torch.cat((first, second))
    return torch.cat((first.double(), second.double()))
