"""Positions at which two encodings are compared."""

from itertools import pairwise

import torch
from jaxtyping import Int64
from torch import Tensor

from phase_latency.adapters.subject import Subject
from phase_latency.checking.evaluation import Instance
from phase_latency.checking.guards import EncodingError, Limits
from phase_latency.types import Positions

_SHORTEST = 256  # positions below which single ones are left out
_WINDOW = 4  # consecutive positions of a window
_LARGEST_BIAS = 2048  # code for a bias may build the matrix up to the largest position whatever it is asked for


def looked_at(low: int, high: int, length: int, kind: str) -> Positions:
    """Positions that two encodings are compared at.

    Args:
        low: first one.
        high: last one at which both are defined.
        length: number of positions of a sequence, all of which are looked at.
        kind: "additive", "rotary" or "bias".

    Returns:
        (positions,) int64: the sequence, then windows of consecutive positions, ever farther apart. Some start at
        2**k and 3 * 2**k, so that doubling steps lead from one to the next, and others at decimal numbers, since what
        is rounded to few bits is exact at the former.
    """
    if kind == "bias":
        high = min(high, max(low + length - 1, _LARGEST_BIAS))
    doubling = [factor << power for power in range(1, 20) for factor in (1, 3)]
    decimal = [round(10 ** (power / 2)) for power in range(2, 13)]
    far = (start + step for start in (*doubling, *decimal) for step in range(_WINDOW))
    offsets = sorted({*range(length), *far})
    return low + torch.tensor([offset for offset in offsets if low + offset <= high])


def finite_positions(first: Subject, reference: Subject, limits: Limits, positions: Positions) -> Tensor:
    """Leave out positions at which one of two encodings is not finite.

    Args:
        first: an additive or rotary encoding.
        reference: another.
        limits: how they are run.
        positions: (length,) increasing.

    Returns:
        (kept,) int64. Far positions go first: what decays or grows may overflow in a call that is long.

    Raises:
        EncodingError: fewer than two are left, or an encoding raises, hangs, or returns something else.
    """
    while True:
        kept = [_finite_at(each, limits, positions) for each in (first, reference)]
        both, reach = kept[0] & kept[1], positions[-1] - positions[0]
        if bool(both.all()) or reach < _SHORTEST:
            break
        positions = positions[positions <= positions[0] + reach // 4]
    if int(both.sum()) < 2:
        name = reference.name if int(kept[0].sum()) >= 2 else first.name
        expected, remedy = "finite values at two positions or more", "look at other positions"
        raise EncodingError(name, "infinite or NaN values", expected, remedy)
    return positions[both]


def _finite_at(subject: Subject, limits: Limits, positions: Positions) -> Tensor:
    instance = Instance(subject, limits)
    if subject.kind == "additive":
        return instance.table(positions).isfinite().all(1)
    images = instance.images(torch.ones(1, subject.dim or 0, dtype=torch.float64), positions)
    return torch.cat(images).isfinite().all(2).all(0)


def runs_of(positions: Int64[Tensor, " length"]) -> tuple[tuple[int, int], ...]:
    """Positions as runs of consecutive ones.

    Args:
        positions: increasing, at least one.

    Returns:
        first and last of each run.
    """
    breaks = [0, *(int(each) + 1 for each in (positions.diff() != 1).nonzero()), len(positions)]
    return tuple((int(positions[start]), int(positions[end - 1])) for start, end in pairwise(breaks))
