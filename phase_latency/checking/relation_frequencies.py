"""Two encodings as families of turning channels: the same channels in other places, or at other frequencies."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.checking.classes import Fit
from phase_latency.checking.relation import ChannelFrequency
from phase_latency.checking.relation_channels import Arrangement, Channel, arrangement_of, channels_of, keys_of
from phase_latency.checking.relation_columns import (
    Columns,
    Factors,
    difference,
    groups_of,
    no_factors,
    size_ratio,
    together,
)
from phase_latency.checking.spectrum import Spectrum
from phase_latency.types import Positions

_TINY = torch.finfo(torch.float64).tiny
_UNIT = torch.finfo(torch.float64).eps
_NARROW = (torch.bfloat16, torch.float16, torch.float32)


@dataclass(frozen=True, eq=False)
class View:
    """Two encodings on the same columns, with channels of the reference where they belong.

    Attributes:
        first: entries of the encoding.
        reference: those of the reference, arranged.
        own: channels of the encoding.
        others: channels of the reference, arranged.
        turning: whether all columns of both turn evenly.
        arrangement: where the channels of the reference go; None if they stay.
        factors: factor of each column of the reference.
    """

    first: Columns
    reference: Columns
    own: Spectrum
    others: Spectrum
    turning: bool
    arrangement: Arrangement | None
    factors: Factors

    @property
    def factor_list(self) -> list[float]:
        """The factors of queries and of keys, or the one of a table."""
        return [float(self.factors.values[group[0]]) for group in groups_of(self.first)]


def views_of(first: Columns, reference: Columns, own: Spectrum, others: Spectrum) -> list[View]:
    """Ways to set two encodings side by side: as they are, and by the order of their frequencies.

    Args:
        first: entries of an encoding.
        reference: entries of the other.
        own: frequencies of the first.
        others: frequencies of the other.

    Returns:
        one or two, with the factor between the amplitudes where all columns turn.
    """
    turning = bool(own.turning.all() and others.turning.all())
    arrangements: list[Arrangement | None] = [None]
    if turning:
        by_order = _by_frequency(first, reference, own, others)
        arrangements += [by_order] if by_order is not None and not by_order.identity else []
    return [_view(first, reference, own, others, turning, arrangement) for arrangement in arrangements]


def _view(
    first: Columns, reference: Columns, own: Spectrum, others: Spectrum, turning: bool, arrangement: Arrangement | None
) -> View:
    numbers = torch.arange(len(reference.keys)).double()[None]
    moved = [reference, replace(reference, values=numbers, bound=torch.zeros_like(numbers))]
    if arrangement is not None:
        moved = [arrangement.apply(each) for each in moved]
    left, right = together(first, moved[0])
    own = own.take(*first.locate(left.keys))
    others = others.take(moved[1].on(left.keys).values[0].long(), moved[1].locate(left.keys)[1])
    factors = _amplitudes(left, own, others) if turning else _sizes(left, right)
    return View(left, right, own, others, turning, arrangement, factors)


def _amplitudes(columns: Columns, own: Spectrum, others: Spectrum) -> Factors:
    """Factors from the amplitudes of the channels that tell them best."""
    factors = no_factors(columns)
    for group in groups_of(columns):
        amplitudes = [each.amplitude[group].clamp(min=_TINY) for each in (own, others)]
        off = own.amplitude_error[group] / amplitudes[0] + others.amplitude_error[group] / amplitudes[1]
        best = int(off.argmin())
        ratio = float(amplitudes[0][best] / amplitudes[1][best])
        error = ratio * float(off[best])
        if abs(ratio - 1) > error:
            factors.values[group], factors.slack[group] = ratio, error
    return factors


def _sizes(first: Columns, reference: Columns) -> Factors:
    """Factors from the lengths of rows, where those are the same at all positions."""
    for columns in (first, reference):
        lengths, off = columns.values.norm(dim=1), columns.bound.norm(dim=1)
        if bool(((lengths - lengths[0]).abs() > off + off[0]).any()):
            return no_factors(first)
    return size_ratio(first, reference)


# -- channels in the order of their frequencies ---------------------------------------------------------------------


def _by_frequency(first: Columns, reference: Columns, own: Spectrum, others: Spectrum) -> Arrangement | None:
    """Channels paired in the order of their frequencies; None if their numbers differ."""
    mine, theirs = _sorted_channels(first, own), _sorted_channels(reference, others)
    if [len(each) for each in mine] != [len(each) for each in theirs] or not mine:
        return None
    return arrangement_of([(a, b, (1,) * len(a)) for a, b in zip(mine, theirs, strict=True)])


def _sorted_channels(columns: Columns, spectrum: Spectrum) -> list[Channel]:
    """Channels by size and frequency; columns of a table that turn together, by their phases."""
    channels = channels_of(columns)
    if channels is None:
        return []
    if not columns.width:
        return [channels[index] for index in _in_order(spectrum)]
    paces = _paces(columns, spectrum, channels)[0].tolist()
    ordered = sorted(zip(paces, channels, strict=True), key=lambda each: (len(each[1]), each[0], each[1]))
    return [_turning_forward(columns, spectrum, channel) for _, channel in ordered]


def _in_order(spectrum: Spectrum) -> list[int]:
    """Columns of a table by frequency, those of one frequency by phase, from the one after the widest gap on."""
    order = spectrum.frequency.argsort(stable=True)
    frequency, error = spectrum.frequency[order], spectrum.frequency_error[order]
    breaks = (frequency.diff() > error[1:] + error[:-1]).nonzero().flatten() + 1
    placed: list[int] = []
    for group in order.tensor_split(breaks):
        phases, inner = (spectrum.phase[group] % (2 * math.pi)).sort(stable=True)
        gaps = phases.diff(prepend=phases[-1:] - 2 * math.pi)
        placed += group[inner].roll(-int(gaps.argmax())).tolist()
    return placed


def _turning_forward(columns: Columns, spectrum: Spectrum, channel: Channel) -> Channel:
    """The coordinates of a rotary channel in the order in which the first turns towards the second."""
    if len(channel) == 1:
        return channel
    (index, towards), _ = columns.locate(torch.tensor(keys_of(channel, columns.width)[:2]))
    ahead = float(spectrum.phase[towards] - spectrum.phase[index]) % (2 * math.pi)
    return channel if ahead > math.pi else channel[::-1]


def _entries_of(columns: Columns, spectrum: Spectrum, channels: Sequence[Channel]) -> tuple[Tensor, Tensor]:
    """Columns of the entries of channels, and which of them move; the first entry fills up shorter channels."""
    listed = [keys_of(channel, columns.width) for channel in channels]
    longest = max(map(len, listed))
    index, present = columns.locate(torch.tensor([keys + keys[:1] * (longest - len(keys)) for keys in listed]))
    return index, present & (spectrum.frequency[index] > 0)


def _paces(columns: Columns, spectrum: Spectrum, channels: Sequence[Channel]) -> tuple[Tensor, Tensor]:
    """Frequencies of channels and their errors, each from the entry that tells it best; 0 if none moves."""
    index, moving = _entries_of(columns, spectrum, channels)
    best = torch.where(moving, spectrum.frequency_error[index], math.inf).argmin(1, keepdim=True)
    chosen, moves = index.gather(1, best)[:, 0], moving.any(1)
    return torch.where(moves, spectrum.frequency[chosen], 0.0), torch.where(
        moves, spectrum.frequency_error[chosen], 0.0
    )


# -- channels at other frequencies ----------------------------------------------------------------------------------


def other_frequencies(view: View, positions: Positions) -> tuple[tuple[ChannelFrequency, ...], Fit, str] | None:
    """Find out whether channels differ in nothing but their frequencies.

    Args:
        view: two encodings whose columns turn evenly.
        positions: (length,) where.

    Returns:
        the channels whose frequencies differ, what is left over of both encodings, and a clause that says so; None if
        amplitudes or phases differ too, or nothing does.
    """
    first, reference = view.first, view.factors.times(view.reference)
    union = replace(first, values=first.values.abs() + reference.values.abs(), bound=first.bound + reference.bound)
    channels = channels_of(union)
    if channels is None:
        return None
    number = torch.zeros(first.width or len(first.keys), dtype=torch.int64)
    for index, channel in enumerate(channels):
        number[list(channel)] = index
    column = number[first.keys % first.width if first.width else first.keys]
    sides = (first, view.own), (reference, view.others)
    paces = [_paces(columns, spectrum, channels) for columns, spectrum in sides]
    fits = []
    for (columns, _), (pace, error) in zip(sides, paces, strict=True):
        model, times = _model(view, pace[column], error[column]), positions.double()
        fits.append(difference(columns, replace(columns, values=model.at(times), bound=model.bound(times))))
    listed = _differing(*paces)
    if not listed or not all(fit.holds for fit in fits):
        return None
    left = torch.cat([fit.deviation for fit in fits]), torch.cat([fit.allowance for fit in fits])
    text = f"{len(listed)} of {len(channels)} channels turn at another frequency{_as_rounded(*paces)}"
    return listed, Fit(*left), text


def _model(view: View, pace: Tensor, error: Tensor) -> Spectrum:
    """Channels with the amplitudes and phases that both share, from where a column moves, at given frequencies."""
    moving, size = view.others.frequency > 0, view.factors.values
    off = size * view.others.amplitude_error + view.factors.slack * view.others.amplitude
    return Spectrum(
        frequency=pace,
        amplitude=torch.where(moving, size * view.others.amplitude, view.own.amplitude),
        phase=torch.where(moving, view.others.phase, view.own.phase),
        frequency_error=error,
        amplitude_error=torch.where(moving, off, view.own.amplitude_error),
        phase_error=torch.where(moving, view.others.phase_error, view.own.phase_error),
        turning=view.others.turning,
    )


def _differing(own: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> tuple[ChannelFrequency, ...]:
    """Channels whose frequencies certainly differ."""
    numbers = ((own[0] - other[0]).abs() > own[1] + other[1]).nonzero().flatten().tolist()
    pairs = ((number, float(own[0][number]), float(other[0][number])) for number in numbers)
    return tuple(
        ChannelFrequency(number, mine, theirs, mine / theirs if theirs else None) for number, mine, theirs in pairs
    )


def _as_rounded(own: tuple[Float64[Tensor, " channels"], Tensor], other: tuple[Tensor, Tensor]) -> str:
    """The dtype to which frequencies of the reference were rounded, as a clause, if that is what happened to them."""
    for dtype in _NARROW:
        near = (own[0] - other[0].to(dtype).double()).abs() <= own[1] + other[1] + _UNIT * other[0]
        sharp = own[1] <= torch.finfo(dtype).eps / 8 * other[0]
        if bool((near & sharp).all()):
            return f", that of the reference rounded to {str(dtype).removeprefix('torch.')}"
    return ""
