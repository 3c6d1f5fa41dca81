"""A sweep over every position of a sequence, to find shifts that a look at a few positions would miss.

It only guides: a shift that stands out is then looked at with every unit vector, like the others.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from phase_latency.checking.evaluation import Instance
from phase_latency.checking.rounding_model import bias_bound, relative_bound
from phase_latency.checking.session import Session
from phase_latency.types import Positions

_LAGS = (0, 1, 2, 5)
_BLOCK = 256  # positions of one call
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
    blocks = [_images(session, block) for block in _overlapping(positions)]
    queries, _ = blocks[0]
    reach, rate = float(positions.abs().max()), float(session.seen.rates.max())
    factor = relative_bound(queries.shape[-1], reach, rate, *session.roundings(queries.dtype))
    for lag in _lags(positions):
        pairs = [_pairs(queries, keys, lag) for queries, keys in blocks]
        values, sizes = (torch.cat(each, 1) for each in zip(*pairs, strict=True))
        yield values, factor * sizes


def _images(session: Session, positions: Tensor) -> tuple[Tensor, Tensor]:
    """Images of two vectors of signs, as queries and as keys."""
    subject, instance = session.subject, Instance(session.subject, session.limits)
    if subject.kind == "additive":
        rows = instance.table(positions)[None]
        return rows, rows
    generator = torch.Generator().manual_seed(session.limits.seed)
    signs = torch.randint(0, 2, (2, subject.dim or 0), generator=generator).double() * 2 - 1
    return instance.images(signs, positions)


def _pairs(queries: Tensor, keys: Tensor, lag: int) -> tuple[Tensor, Tensor]:
    """Logits a lag apart, for the positions of one block, and the sizes of what they are made of."""
    q = queries[:, : queries.shape[1] - lag][:, :_BLOCK].double()
    k = keys[:, lag:][:, :_BLOCK].double()
    return (q * k).sum(-1), q.norm(dim=-1) * k.norm(dim=-1)


def _bias_diagonals(session: Session, positions: Positions) -> Iterator[tuple[Tensor, Tensor]]:
    """The same for a bias, (heads, positions), from square blocks along the diagonal."""
    instance = Instance(session.subject, session.limits)
    blocks = [instance.bias(block, block) for block in _overlapping(positions)]
    reach, rate = float(positions.abs().max()), session.seen.rates[:, None]
    for lag in _lags(positions):
        values = torch.cat([block.diagonal(lag, 1, 2)[:, :_BLOCK] for block in blocks], 1).double()
        yield values, bias_bound(values, reach, rate, *session.roundings(blocks[0].dtype))


def _overlapping(positions: Positions) -> list[Tensor]:
    """Blocks that reach into the next one as far as the lags do."""
    return [positions[start : start + _BLOCK + max(_LAGS)] for start in range(0, len(positions), _BLOCK)]


def _lags(positions: Positions) -> list[int]:
    return [lag for lag in _LAGS if lag < len(positions)]
