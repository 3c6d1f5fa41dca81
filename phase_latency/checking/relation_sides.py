"""Encodings as they are compared: in which form, and with what rounding.

Where there is one, the float64 rebuild is looked at, unless the encoding departs from it by more than float32 angles
explain: then a narrow dtype makes it another encoding, and it is taken as it is.

The rounding model is that of `phase_latency.checking.logits`, entry by entry, with one term more. Two encodings form
their frequencies by different formulas: with ``1/base**(2i/d)`` or ``exp(-(2i/d) ln base)`` a frequency w is off by at
most ``(2 |ln w| + 4) u`` relative, from the rounded exponent and logarithm and the two or three operations after them,
which moves the angle at position p by ``|p| w (2 |ln w| + 4) u``. Slopes of biases are powers formed alike. So an
entry x of a row (or image) of length |v| and rate r, the most that it changes per position, is off by at most

    8 |v| (u_s + u_a) + r |p| (4 u_a + (2 |ln (r/|v|)| + 4) u_f),

with the unit roundoffs of results, of angles, and of the dtype that frequencies are formed in. For a bias, whose slopes
take the place of frequencies, the last term is ``|x| (2 |ln r| + 4) u_f``.
Rates are taken from neighbouring positions, which presumes channels that turn by half a turn per position at most.
"""

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.adapters.subject import Subject
from phase_latency.checking.evaluation import Instance
from phase_latency.checking.guards import EncodingError, Limits
from phase_latency.checking.relation_columns import Columns, together
from phase_latency.checking.session import wider_roundoff
from phase_latency.checking.twin import NoTwinError
from phase_latency.numerics.roundoff import unit_roundoff
from phase_latency.types import Positions

_WIDE, _SINGLE = torch.float64, torch.float32
_TINY = torch.finfo(torch.float64).tiny
_ENTRIES = 2**22  # entries of the images of one call, 32 MB
_SHORT = 20  # bits of the longest number that is taken as exact
_EVEN = 1 / 8  # of what is left over by the recurrence of channels that turn evenly, and are rounded


@dataclass(frozen=True)
class Side:
    """An encoding as it is compared.

    Attributes:
        subject: the encoding.
        limits: how it is run.
        twin: as its float64 rebuild.
        storage: dtype that its results are rounded to.
        angles: dtype that its angles are formed in.
        frequencies: dtype that its frequencies or slopes are formed in.
        rounded: whether its rebuild gives other values than it does.
    """

    subject: Subject
    limits: Limits
    twin: bool = False
    storage: torch.dtype = _SINGLE
    angles: torch.dtype = _SINGLE
    frequencies: torch.dtype = _SINGLE
    rounded: bool = False

    def read(self, positions: Positions, rates: Columns | None = None) -> Columns:
        """Evaluate the encoding, on a fresh instance.

        Args:
            positions: (length,) int64, or float64 if it takes them.
            rates: entries to take the rates from; None if neighbouring ones of the positions tell.

        Returns:
            its entries.

        Raises:
            EncodingError: it raises, hangs, or returns something else.
            NoTwinError: it has no rebuild.
        """
        raw = _evaluated(self, positions)
        return self.bounded(raw if rates is None else replace(raw, rates=rates.on(raw.keys).rates))

    def bounded(self, raw: "Entries") -> Columns:
        """Give entries their bounds.

        Args:
            raw: the entries.

        Returns:
            the same with the most that each can be off.
        """
        result, angle, frequency = (unit_roundoff(each) for each in (self.storage, self.angles, self.frequencies))
        pace = raw.rates / (raw.sizes.amax(0).clamp(min=_TINY) if self.subject.kind != "bias" else 1.0)
        formed = (4 + 2 * pace.clamp(min=_TINY).log().abs()) * frequency
        moved = raw.sizes if self.subject.kind == "bias" else raw.rates * raw.reach
        bound = 8 * (result + angle) * raw.sizes + 4 * angle * raw.rates * raw.reach + formed * moved
        return Columns(raw.keys, raw.values, bound, raw.rates, raw.width)


@dataclass(frozen=True, eq=False)
class Entries:
    """Entries without bounds.

    Attributes:
        keys: (columns,) as in `Columns`.
        values: (length, columns).
        sizes: (length, columns) length of the row, or of the image of a vector, that each belongs to.
        rates: (columns,) the most that each changes per position.
        reach: (length, 1) or (length, columns) largest position that each depends on, in absolute value.
        dtype: dtype that the encoding returned.
        width: as in `Columns`.
    """

    keys: Tensor
    values: Tensor
    sizes: Tensor
    rates: Tensor
    reach: Tensor
    dtype: torch.dtype
    width: int = 0


def side_of(subject: Subject, limits: Limits, positions: Positions) -> tuple[Side, Entries]:
    """Choose how an encoding is compared.

    Args:
        subject: the encoding.
        limits: how it is run.
        positions: (length,) where.

    Returns:
        as it is or as its float64 rebuild, and its entries.

    Raises:
        EncodingError: it raises, hangs, or returns something else.
    """
    given = _evaluated(Side(subject, limits), positions)
    angles = _WIDE if subject.declared.angle_dtype == "float64" and given.dtype == _WIDE else _SINGLE
    as_given = Side(subject, limits, storage=wider_roundoff(given.dtype), angles=angles)
    try:
        rebuilt = _evaluated(Side(subject, limits, twin=True), positions)
    except (NoTwinError, EncodingError):
        return as_given, given
    narrow = _are_single(rebuilt.values)
    turning = narrow and (subject.kind == "bias" or turn_evenly(rebuilt.values, positions))
    angles = _SINGLE if turning else _WIDE
    rebuild = Side(subject, limits, True, _SINGLE if narrow else _WIDE, angles, angles)
    one, other = together(as_given.bounded(given), rebuild.bounded(rebuilt))
    rebuild = replace(rebuild, rounded=not torch.equal(one.values, other.values))
    finite = one.values.isfinite()
    explained = (one.values - other.values).abs() <= one.bound + other.bound
    if bool((explained | ~finite).all()) and torch.equal(finite, other.values.isfinite()):
        return rebuild, rebuilt
    return as_given, given


def _are_single(values: Tensor) -> bool:
    """Whether values were rounded to float32, outside torch, where no rebuild reaches; small whole numbers were not."""
    short = torch.frexp(values).mantissa * 2.0**_SHORT % 1 == 0
    return torch.equal(values.float().double(), values) and not bool(short.all())


def turn_evenly(values: Float64[Tensor, "length columns"], positions: Positions) -> bool:
    """Tell whether values may come from angles, by ``x(p+1) + x(p-1) = 2 cos(w) x(p)``, which need not be exact.

    Args:
        values: entries of an encoding.
        positions: (length,) increasing.

    Returns:
        False for learned tables, which have neither angles nor frequencies that could be rounded.
    """
    steps = positions.diff() == 1
    middle = (steps[:-1] & steps[1:]).nonzero().flatten() + 1
    centre, sides = values[middle], values[middle - 1] + values[middle + 1]
    square = centre.square().sum(0).clamp(min=_TINY)
    rest = sides - (centre * sides).sum(0) / square * centre
    return bool(rest.norm() <= _EVEN * centre.norm())


def _evaluated(side: Side, positions: Positions) -> Entries:
    match side.subject.kind:
        case "additive":
            return _table(Instance(side.subject, side.limits, side.twin), positions)
        case "rotary":
            return _rotations(side, positions)
        case _:
            return _bias(Instance(side.subject, side.limits, side.twin), positions)


def _table(instance: Instance, positions: Positions) -> Entries:
    rows = instance.table(positions)
    values = rows.double()
    sizes = values.norm(dim=1, keepdim=True).expand_as(values)
    rates = _largest_step(values, positions)
    return Entries(torch.arange(values.shape[1]), values, sizes, rates, _reach(positions), rows.dtype)


def _rotations(side: Side, positions: Positions) -> Entries:
    """Images of unit vectors, less what is 0 at all positions: most entries are."""
    width = side.subject.dim or 0
    count = max(1, _ENTRIES // (width * len(positions)))
    parts: list[tuple[Tensor, ...]] = []
    dtype = _WIDE
    for start in range(0, width, count):
        vectors = torch.eye(width, dtype=_WIDE)[start : start + count]
        # A fresh instance for each part, so that no call depends on how many there are.
        for number, images in enumerate(Instance(side.subject, side.limits, side.twin).images(vectors, positions)):
            dtype, image = images.dtype, images.double()
            vector, coordinate = _entries(image, diagonal=start)
            sizes = image.norm(dim=-1).mT[:, vector]
            rates = _largest_step(image.transpose(0, 1), positions).norm(dim=-1)[vector]
            keys = (number * width + start + vector) * width + coordinate
            parts.append((keys, image[vector, :, coordinate].mT, sizes, rates))
    keys, values, sizes, rates = (torch.cat(each, -1) for each in zip(*parts, strict=True))
    order = keys.argsort()
    return Entries(keys[order], values[:, order], sizes[:, order], rates[order], _reach(positions), dtype, width)


def _entries(image: Tensor, diagonal: int) -> tuple[Tensor, Tensor]:
    """Vector and coordinate of the entries that are not 0 everywhere, and of the diagonal."""
    used = (image != 0).any(1)
    used[:, diagonal : diagonal + len(used)].fill_diagonal_(True)
    vector, coordinate = used.nonzero().unbind(1)
    return vector, coordinate


def _bias(instance: Instance, positions: Positions) -> Entries:
    bias = instance.bias(positions, positions)
    values = bias.double().transpose(0, 1)  # (queries, heads, keys)
    moves = [_largest_step(each, positions).amax(-1) for each in (values, values.permute(2, 1, 0))]
    rates = (moves[0] + moves[1])[:, None].expand(values.shape[1:]).flatten()
    flat = values.flatten(1)
    reach = torch.maximum(_reach(positions), _reach(positions).mT).repeat(1, values.shape[1])
    return Entries(torch.arange(flat.shape[1]), flat, flat.abs(), rates, reach, bias.dtype)


def _largest_step(values: Tensor, positions: Positions) -> Tensor:
    """How fast values change, at most, from differences between neighbouring positions; (length, ...) to (...)."""
    # A channel that turns by w <= pi from one position to the next moves by 2 sin(w/2) >= 2 w/pi.
    steps = values.diff(dim=0)[positions.diff() == 1]
    if not len(steps):
        return torch.zeros_like(values[0])
    return steps.abs().nan_to_num(nan=0.0, posinf=0.0).amax(0) * (math.pi / 2)


def _reach(positions: Positions) -> Tensor:
    return positions.double().abs()[:, None]
