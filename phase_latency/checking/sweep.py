"""A sweep over every position of a sequence, to find shifts that a look at a few positions would miss.

It only guides: a shift that stands out is then looked at with every unit vector, like the others.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from phase_latency.checking.evaluation import Instance
from phase_latency.checking.logits import bias_bound, relative_bound
from phase_latency.checking.session import Session
from phase_latency.types import Positions

_LAGS = (0, 1, 2, 5)
_BLOCK = 256  # positions of one call of a bias, which has an entry for each pair
_MOST = 2


def conspicuous_shifts(session: Session) -> list[int]:
    """Shifts of the first positions of a sequence under which logits change by more than rounding.

    Args:
        session: the encoding.

    Returns:
        at most two, largest changes first, from all shifts within the sequence.
    """
    positions = session.scope.low + torch.arange(session.scope.length)
    diagonals = _bias_diagonals if session.subject.kind == "bias" else _image_diagonals
    ratios = torch.zeros(len(positions), dtype=torch.float64)
    for values, bound in diagonals(session, positions):
        change = (values - values[:, :1]).abs() / (bound + bound[:, :1])
        ratios[: values.shape[1]] = torch.maximum(ratios[: values.shape[1]], change.nan_to_num(torch.inf).amax(0))
    shifts = ratios.argsort(descending=True)[:_MOST].tolist()
    return [int(shift) for shift in shifts if shift and ratios[shift] > 1]


def _image_diagonals(session: Session, positions: Positions) -> Iterator[tuple[Tensor, Tensor]]:
    """Logits between positions a lag apart, (vectors, positions), with what rounding explains of each."""
    subject, instance = session.subject, Instance(session.subject, session.limits)
    if subject.kind == "additive":
        queries = keys = instance.table(positions)[None]
    else:
        generator = torch.Generator().manual_seed(session.limits.seed)
        signs = torch.randint(0, 2, (2, subject.dim or 0), generator=generator).double() * 2 - 1
        queries, keys = instance.images(signs, positions)
    reach, rate = float(positions.abs().max()), float(session.seen.rates.max())
    factor = relative_bound(queries.shape[-1], reach, rate, *session.roundings(queries.dtype))
    for lag in _lags(positions):
        q, k = queries[:, : len(positions) - lag].double(), keys[:, lag:].double()
        yield (q * k).sum(-1), factor * q.norm(dim=-1) * k.norm(dim=-1)


def _bias_diagonals(session: Session, positions: Positions) -> Iterator[tuple[Tensor, Tensor]]:
    """The same for a bias, (heads, positions), from square blocks along the diagonal."""
    instance = Instance(session.subject, session.limits)
    starts = range(0, len(positions), _BLOCK)
    overlapping = [positions[start : start + _BLOCK + max(_LAGS)] for start in starts]
    blocks = [instance.bias(block, block) for block in overlapping]
    reach, rate = float(positions.abs().max()), session.seen.rates[:, None]
    for lag in _lags(positions):
        values = torch.cat([block.diagonal(lag, 1, 2)[:, :_BLOCK] for block in blocks], 1).double()
        yield values, bias_bound(values, reach, rate, *session.roundings(blocks[0].dtype))


def _lags(positions: Positions) -> list[int]:
    return [lag for lag in _LAGS if lag < len(positions)]
