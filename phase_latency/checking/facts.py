"""Facts about an encoding that every check establishes: is it finite, does it use position, does it remember calls?"""

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from phase_latency.adapters.subject import Subject
from phase_latency.checking.cases import Scope, Transformation
from phase_latency.checking.classes import EXACT
from phase_latency.checking.decision import strongest
from phase_latency.checking.evaluation import Instance, values
from phase_latency.checking.guards import EncodingError, Limits
from phase_latency.checking.session import Session
from phase_latency.checking.transformations import Shift, Window
from phase_latency.checking.twin import NoTwinError
from phase_latency.numerics.roundoff import unit_roundoff
from phase_latency.types import Positions

_DISTINCT = 4096  # positions that are told apart
_FAR_OFF = 1 / 4  # of the size of an image
_STORED = 8  # roundings of results that may hide what an angle lost
_NEAR = 64  # positions that tell how fast a coordinate turns
_ANGLE_DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16)


@dataclass(frozen=True)
class Facts:
    """What is known about an encoding beside its invariances.

    Attributes:
        vacuous: whether moving queries or keys changes nothing, so that invariances under moves say nothing.
        finite: whether every value looked at is finite.
        deterministic: whether two calls of one instance agree.
        history_dependent: whether earlier calls change later ones.
        window_dependent: whether the encoding of a position depends on what else is asked for in the call.
        angle_dtype: dtype that angles are formed in, by how the distance to the float64 rebuild grows with the
            position; None if it does not tell.
        distinct_positions: how many positions are told apart.
        tested_positions: out of how many.
        first_collision: first position that is encoded as an earlier one; None if there is none.
        prints: whether it prints while it computes.
        ends: why nothing is said of positions beyond the range, such as "not finite beyond 36218"; None if the range is
            what was asked for.
    """

    vacuous: bool
    finite: bool
    deterministic: bool
    history_dependent: bool
    window_dependent: bool
    angle_dtype: str | None
    distinct_positions: int
    tested_positions: int
    first_collision: int | None
    prints: bool
    ends: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values by name."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


# -- the facts ----------------------------------------------------------------------------------------------------


def is_deterministic(subject: Subject, limits: Limits, positions: Positions) -> bool:
    """Tell whether two instances agree, and two calls of one, whatever the state of the random generators.

    Args:
        subject: the encoding.
        limits: how it is run.
        positions: (length,) where to call it.

    Returns:
        False if another instance, or a second call after other random numbers were drawn, gives other values.

    Raises:
        EncodingError: a call fails, or the second returns another shape than the first.
    """
    instance = Instance(subject, limits)
    first = values(instance, positions)
    instance.limits = replace(limits, seed=limits.seed + 1)
    second = values(instance, positions)
    if first.shape != second.shape:
        found = f"shape {tuple(second.shape)} on the second call, {tuple(first.shape)} on the first"
        raise EncodingError(subject.name, found, "the same shape for the same positions", "keep state out of it")
    another = values(Instance(subject, limits), positions)
    return all(torch.equal(first.nan_to_num(), each.nan_to_num()) for each in (second, another))


def is_blind(session: Session) -> bool:
    """Tell whether an encoding uses positions at all: whether the same call with other positions returns the same.

    Args:
        session: the encoding.

    Returns:
        True if positions may move, and move apart, without any value changing by a bit.
    """
    here = session.seen.base[: session.seen.base.numel() // 2 + 1]
    first = _raw(session, here, here)
    others = _moved_and_stretched(session, here)
    for moved in others:
        both = _raw(session, moved, here), _raw(session, here, moved), _raw(session, moved, moved)
        if not all(torch.equal(first, each) for each in both):
            return False
    return bool(others)


def _moved_and_stretched(session: Session, here: Tensor) -> list[Tensor]:
    """Other positions, as many, within the scope."""
    candidates = [here + step for step in (1, 2, 7, 100)]
    if not session.subject.declared.contiguous:
        candidates.append(session.scope.low + 2 * (here - session.scope.low) + 1)
    return [each for each in candidates if bool(session.scope.inside(each).all())]


def _raw(session: Session, queries: Tensor, keys: Tensor) -> Tensor:
    """Values of a fresh instance; of the queries alone where the encoding does not tell queries from keys."""
    instance = Instance(session.subject, session.limits)
    return instance.bias(queries, keys) if session.subject.kind == "bias" else values(instance, queries)


@dataclass(frozen=True)
class Groundwork:
    """What has to be known before a verdict can be put into words.

    Attributes:
        blind: whether the same call with other positions returns the same.
        window_dependent: whether the encoding of a position depends on what else is asked for in the call.
        distinct: how many positions have values of their own.
        tested: out of how many.
        first_collision: first position whose values an earlier one has already; None if there is none.
    """

    blind: bool
    window_dependent: bool
    distinct: int
    tested: int
    first_collision: int | None


def groundwork(session: Session) -> Groundwork:
    """Establish what has to be known before a verdict can be put into words.

    Args:
        session: the encoding.

    Returns:
        what was found.

    Raises:
        EncodingError: a call fails.
    """
    case = Window().case("", session.scope)
    apart = strongest(session, Window(), [case]).invariance
    distinct, tested, first = _collisions(session)
    return Groundwork(is_blind(session), apart != EXACT, distinct, tested, first)


def _collisions(session: Session) -> tuple[int, int, int | None]:
    """How many positions have values of their own, out of how many, and the first that has not."""
    subject, scope = session.subject, session.scope
    count = min(_DISTINCT if subject.kind != "bias" else max(scope.length, 1), scope.high - scope.low + 1)
    positions = scope.low + torch.arange(count)
    marks = _marks(Instance(subject, session.limits), positions, session.seen.base)
    _, group = torch.unique(marks, dim=0, return_inverse=True)
    seen: set[int] = set()
    for position, number in zip(positions.tolist(), group.tolist(), strict=True):
        if number in seen:
            return len(set(group.tolist())), count, position
        seen.add(number)
    return count, count, None


def angle_dtype(session: Session) -> str | None:
    """Recognise the dtype that angles are formed in by how the distance to the float64 rebuild grows.

    An angle that is formed with unit roundoff u is off by up to u times itself.

    Args:
        session: the encoding.

    Returns:
        name of the dtype whose unit roundoff is nearest; None for a bias, or if there is no rebuild to compare with.
    """
    if session.subject.kind == "bias":
        return None
    if session.wide:
        return "float64"
    if not session.has_twin:
        return None
    if _is_exact_far_out(session):  # its frequencies may be rounded, but not their products with positions
        return "float64"
    try:
        slope = _slope(*_errors_and_angles(session))
    except (EncodingError, NoTwinError):
        return None
    nearest = min(_ANGLE_DTYPES, key=lambda dtype: abs(math.log(max(slope, 1e-30) / unit_roundoff(dtype))))
    return str(nearest).removeprefix("torch.")


def _is_exact_far_out(session: Session) -> bool:
    """Whether the largest shift changes no logit by more than angles in float64 explain."""
    shifts = Shift().parameters(session.scope)
    return bool(shifts) and EXACT.fit(session.pair(Shift().case(shifts[-1], session.scope)).strict()).holds


def _errors_and_angles(session: Session) -> tuple[Tensor, Tensor, float]:
    """Distances to the rebuild, relative to the sizes of coordinates, their angles, and what storing results loses."""
    low, near = session.scope.low, session.scope.low + torch.arange(min(_NEAR, session.scope.length))
    far = torch.tensor([low + int(shift) + lag for shift in Shift().parameters(session.scope) for lag in (-1, 0)])
    native, rebuilt = (
        _coordinates(Instance(session.subject, session.limits, twin), torch.cat((near, far))) for twin in (False, True)
    )
    size = rebuilt.norm(dim=-1).amax(1, keepdim=True).clamp(min=torch.finfo(torch.float64).tiny)
    error = (native - rebuilt).norm(dim=-1)[:, len(near) :] / size
    steps = rebuilt.diff(dim=1)[:, torch.cat((near, far)).diff() == 1]  # near the origin a cosine hardly moves
    speed = steps.norm(dim=-1).amax(1, keepdim=True) / size
    angle = (speed * far.abs()).expand_as(error)
    return error.flatten(), angle.flatten(), _storage(native)


def _coordinates(instance: Instance, positions: Tensor) -> Tensor:
    """Each coordinate of a table, or the image of each unit vector, along the positions."""
    if instance.subject.kind == "additive":
        return instance.table(positions).double().mT[:, :, None]
    units = torch.eye(instance.subject.dim or 0, dtype=torch.float64)
    return instance.images(units, positions)[0].double()


def _slope(error: Tensor, angle: Tensor, storage: float) -> float:
    """Largest error per radian, where no angle of about that size is far off, and beyond what storing results loses."""
    octaves = angle.clamp(min=2.0**-10).log2().floor()
    near = [octave for octave in sorted(set(octaves.tolist())) if bool((error[octaves == octave] <= _FAR_OFF).all())]
    telling = torch.isin(octaves, torch.tensor(near, dtype=octaves.dtype)) & (error > _STORED * storage) & (angle >= 1)
    return float((error[telling] / angle[telling]).max()) if bool(telling.any()) else 0.0


def _storage(native: Tensor) -> float:
    """Unit roundoff of the narrowest dtype that holds every value."""
    narrow = (torch.bfloat16, torch.float16, torch.float32)
    held = [dtype for dtype in narrow if torch.equal(native.to(dtype).double(), native)]
    return unit_roundoff(held[0] if held else torch.float64)


def _marks(instance: Instance, positions: Tensor, base: Tensor) -> Tensor:
    """One row for each position, equal where the encoding is."""
    subject = instance.subject
    if subject.kind == "additive":
        return instance.table(positions).double()
    if subject.kind == "bias":
        rows, columns = instance.bias(positions, base), instance.bias(base, positions)
        return torch.cat((rows.transpose(0, 1).flatten(1), columns.permute(2, 0, 1).flatten(1)), 1).double()
    vector = torch.linspace(0.7, 1.9, subject.dim or 0, dtype=torch.float64)[None]
    queries, keys = instance.images(vector, positions)
    return torch.cat((queries[0], keys[0]), -1).double()


def not_applicable(transformation: Transformation, subject: Subject, scope: Scope) -> str:
    """Say why a transformation cannot be tried on an encoding.

    Args:
        transformation: the transformation.
        subject: the encoding.
        scope: where it is looked at.

    Returns:
        one phrase.
    """
    if subject.kind not in transformation.kinds:
        return f"an encoding of kind {subject.kind} has no {type(transformation).__name__.lower()} axis"
    if scope.whole and type(transformation).__name__ in ("Retime", "Compress"):
        return "it needs positions that are no whole numbers, which the encoding is not declared to accept"
    return f"no case of it fits positions {scope.low}..{scope.high}"
