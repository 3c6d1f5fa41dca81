"""Logits of an encoding at some positions, each with what rounding can do to it.

Bilinear kinds are looked at through unit vectors: the logit of any query and key is a sum over pairs of coordinates,
so an invariance that holds for unit vectors holds for all. An additive encoding has one query and one key per
position, its own row; a bias is a logit already.
"""

import math
from contextlib import suppress
from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.adapters.subject import Subject
from phase_latency.checking.cases import Case
from phase_latency.checking.evaluation import Instance
from phase_latency.checking.guards import EncodingError, Limits
from phase_latency.checking.probes import Probe, joined
from phase_latency.checking.rounding_model import ANGLE_ROUNDINGS, RESULT_ROUNDINGS, bias_bound, constant_part
from phase_latency.numerics.roundoff import underflow, unit_roundoff
from phase_latency.types import Positions

_APART = 5  # positions that are asked for pair by pair


@dataclass(frozen=True, eq=False)
class Logits:
    """Logits before or after a transformation.

    Attributes:
        values: (rows, columns) float64; row (vector or head, query position), column (vector, key position).
        left: (rows, 2) with `right`, the factors of the rounding model: `bound` multiplies them.
        right: (2, columns).
        dtype: dtype that the encoding returned.
        reach: largest position of the call, in absolute value.
        inner: length of the inner products; 0 for a bias.
        single: whether the images, or the bias, are float32 numbers, whatever dtype they came in.
    """

    values: Float64[Tensor, "rows columns"]
    left: Float64[Tensor, "rows 2"]
    right: Float64[Tensor, "2 columns"]
    dtype: torch.dtype
    reach: float
    inner: int
    single: bool

    def bound(self, storage: torch.dtype, angles: torch.dtype) -> Float64[Tensor, "rows columns"]:
        """Largest distance to the exact logits by the model above.

        Args:
            storage: dtype that results are rounded to.
            angles: dtype that angles are formed in.

        Returns:
            (rows, columns) float64.
        """
        if not self.inner:
            return bias_bound(self.values, self.reach, self.left[:, 1:], storage, angles)
        turning = ANGLE_ROUNDINGS * self.reach * unit_roundoff(angles)
        constant = constant_part(self.inner, storage, angles)
        # An entry may underflow: as if each image were longer by what that is worth.
        floor = RESULT_ROUNDINGS * math.sqrt(self.inner) * underflow(storage) / constant
        size, right = self.left[:, 0] + floor, torch.stack((self.right[0] + floor, self.right[1]))
        return torch.stack((constant * size + turning * self.left[:, 1], turning * size), 1) @ right

    @property
    def finite(self) -> bool:
        """Whether no logit is infinite or NaN."""
        return math.isfinite(float(self.values.sum())) or bool(self.values.isfinite().all())


def case_logits(
    subject: Subject, case: Case, seen: Probe, limits: Limits, *, moved: bool, twin: bool = False
) -> Logits:
    """Logits before or after a transformation.

    Args:
        subject: the encoding.
        case: the transformation.
        seen: vectors and base positions.
        limits: how code under check is run.
        moved: after (True) or before (False) it.
        twin: of the float64 rebuild.

    Returns:
        the logits with their rounding model.

    Raises:
        EncodingError: the encoding raised, took too long or returned something else.
        NoTwinError: it has no twin.
    """
    base = base_of(case, seen)
    queries, keys = (case.queries(base), case.keys(base)) if moved else (base, base)
    applied = case if moved else Case(case.parameter)
    if applied.way == "apart":
        return _apart(subject, seen, queries, limits, twin)
    instance = Instance(subject, limits, twin)
    if applied.way == "used":
        _use(instance, base, case)
    return _called(instance, seen, queries, keys, applied)


def base_of(case: Case, seen: Probe) -> Positions:
    """Positions of queries and of keys before a case.

    Args:
        case: the transformation.
        seen: vectors and base positions.

    Returns:
        (length,) the base positions, moved to where the case starts; few of them if each pair takes a call.
    """
    return (seen.base[:_APART] if case.way == "apart" else seen.base) + case.start


# -- one call -----------------------------------------------------------------------------------------------------


def _called(instance: Instance, seen: Probe, queries: Tensor, keys: Tensor, case: Case) -> Logits:
    if instance.subject.kind == "bias":
        found = instance.bias(queries, keys, case.dtype)
        return _of_bias(found, seen.rates, max(_reach(queries), _reach(keys)), case.factor)
    together = queries is keys or (queries.dtype == keys.dtype and torch.equal(queries, keys))
    positions = queries if together else joined(queries, keys)
    first, second = _both_images(instance, seen, positions, case)
    q, k = first[:, : len(queries)], second if together else second[:, len(queries) :]
    return _of_images(q, k, seen.rates, _reach(positions), case.factor)


def _both_images(instance: Instance, seen: Probe, positions: Positions, case: Case) -> tuple[Tensor, Tensor]:
    if instance.subject.kind == "additive":
        rows = instance.table(positions, case.dtype)[None]
        return rows, rows
    if case.way == "heads" and len(seen.vectors) > 1:
        halves = [instance.images(half, positions, case.dtype) for half in seen.vectors.tensor_split(2)]
        return torch.cat([q for q, _ in halves]), torch.cat([k for _, k in halves])
    return instance.images(seen.vectors, positions, case.dtype, batch=case.way == "batch")


def _of_images(queries: Tensor, keys: Tensor, rates: Tensor, reach: float, factor: float) -> Logits:
    """Inner products of images, (vectors, length, dim) each."""
    q, k = (factor * each.double() for each in (queries, keys))
    values = q.flatten(0, 1) @ k.flatten(0, 1).mT
    (q_size, q_turn), (k_size, k_turn) = (_size_and_turn(each, rates) for each in (q, k))
    left, right = torch.stack((q_size, q_turn), 1), torch.stack((k_size, k_turn))
    return Logits(values, left, right, queries.dtype, reach, q.shape[-1], _are_single(queries))


def _size_and_turn(images: Tensor, rates: Tensor) -> tuple[Tensor, Tensor]:
    """Size of each image and how fast it turns: those of the largest image of its vector in the call."""
    # Where sine and cosine do not make up a rotation, an image may vanish at a position, but its rounding does not.
    size = images.norm(dim=-1).amax(1, keepdim=True).expand(images.shape[:2])
    return size.flatten(), (rates[:, None] * size).flatten()


def _of_bias(bias: Tensor, rates: Tensor, reach: float, factor: float) -> Logits:
    values = factor * bias.double().flatten(0, 1)
    turn = abs(factor) * rates[:, None].expand(bias.shape[:2]).flatten()
    left = torch.stack((torch.ones_like(turn), turn), 1)
    return Logits(
        values, left, torch.ones(2, bias.shape[2], dtype=torch.float64), bias.dtype, reach, 0, _are_single(bias)
    )


def _are_single(values: Tensor) -> bool:
    return torch.equal(values.float().double(), values.double())


# -- other ways of calling ----------------------------------------------------------------------------------------


def _apart(subject: Subject, seen: Probe, positions: Positions, limits: Limits, twin: bool) -> Logits:
    """Each pair of positions in a call of its own, on a fresh instance."""
    single = positions.tensor_split(len(positions))
    blocks = [[_called(Instance(subject, limits, twin), seen, q, k, Case("")) for k in single] for q in single]
    return _assembled(blocks)


def _assembled(rows: list[list[Logits]]) -> Logits:
    """One table from blocks that hold one position for all vectors each."""
    first = rows[0][0]
    vectors = len(first.left)
    columns = first.right.shape[1]
    values = torch.stack([torch.stack([block.values for block in row], -1) for row in rows], 1)
    left = torch.stack([row[0].left for row in rows], 1)
    right = torch.stack([block.right for block in rows[0]], -1)
    return Logits(
        values.reshape(vectors * len(rows), columns * len(rows)),
        left.flatten(0, 1),
        right.flatten(1),
        first.dtype,
        max(block.reach for row in rows for block in row),
        first.inner,
        all(block.single for row in rows for block in row),
    )


def _use(instance: Instance, base: Positions, case: Case) -> None:
    """Call an instance with a few positions, with more, as many others and these, as a program may have done before."""
    span, low = int(base.max() - base.min()) + 1, int(base.min()) - case.start
    few, more = low + torch.arange(span // 3 + 1), low + torch.arange(case.start + 2 * span + 3)
    for positions in (few, more, base + 1, base):
        with suppress(EncodingError):  # what it cannot do, a program has not done
            instance.touch(positions, case.earlier)


def _reach(positions: Positions) -> float:
    return float(positions.abs().max())
