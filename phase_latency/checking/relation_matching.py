"""Entries of two encodings held against each other: equal, scaled, or with channels that exchange places."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from phase_latency.checking.classes import SCALE, Change, Fit
from phase_latency.checking.relation_columns import Columns
from phase_latency.checking.spectrum import Spectrum

Channel = tuple[int, ...]  # coordinates that turn together: one of a table, one or two of a rotary encoding
_PHASES = 8  # classes of phases that channels are sorted into
_UNIT = torch.finfo(torch.float64).eps


@dataclass(frozen=True)
class Arrangement:
    """How coordinates exchange places.

    Attributes:
        permutation: coordinate j of the result is coordinate ``permutation[j]``.
        signs: times 1 or -1.
    """

    permutation: tuple[int, ...]
    signs: tuple[int, ...]

    @property
    def identity(self) -> bool:
        """Whether nothing moves."""
        return self.permutation == tuple(range(len(self.permutation))) and min(self.signs) > 0

    def apply(self, columns: Columns) -> Columns:
        """Rearrange an encoding.

        Args:
            columns: its entries; those of rotations move on both sides.

        Returns:
            the entries in their new places.
        """
        signs = torch.tensor(self.signs)
        place = torch.empty(len(self.permutation), dtype=torch.int64)
        place[torch.tensor(self.permutation)] = torch.arange(len(self.permutation))
        width = columns.width
        moved = place[columns.keys % width if width else columns.keys]
        sign = signs[moved]
        keys = moved
        if width:
            vector = place[columns.keys // width % width]
            keys, sign = (columns.keys // width**2 * width + vector) * width + moved, sign * signs[vector]
        order = keys.argsort()
        parts = {"values": (columns.values * sign)[:, order], "bound": columns.bound[:, order]}
        return replace(columns, keys=keys[order], rates=columns.rates[order], **parts)


@dataclass(frozen=True, eq=False)
class Factors:
    """A factor for each column, and how far each can be off.

    Attributes:
        values: (columns,) factors.
        slack: (columns,) errors.
    """

    values: Float64[Tensor, " columns"]
    slack: Float64[Tensor, " columns"]

    def times(self, columns: Columns) -> Columns:
        """The columns times their factors."""
        off = self.slack * columns.values.abs() + (self.values.abs() + self.slack) * columns.bound
        return replace(columns, values=self.values * columns.values, bound=off, rates=self.values.abs() * columns.rates)


def groups_of(columns: Columns) -> list[Int64[Tensor, " group"]]:
    """Columns that share a factor: those of queries and those of keys for a rotary encoding, else all."""
    if not columns.width:
        return [torch.arange(len(columns.keys))]
    side = columns.keys // columns.width**2
    return [(side == number).nonzero().flatten() for number in (0, 1)]


def difference(first: Columns, reference: Columns) -> Fit:
    """Hold entries against each other.

    Args:
        first: entries of an encoding.
        reference: the same entries of the other.

    Returns:
        deviations, and the most that rounding explains.
    """
    allowance = first.bound + reference.bound + _UNIT * (first.values.abs() + reference.values.abs())
    return Fit((first.values - reference.values).abs(), allowance)


def scaled(first: Columns, reference: Columns) -> tuple[Fit, list[float]]:
    """Fit a factor to the entries, positive or negative; one for queries and one for keys of a rotary encoding.

    Args:
        first: entries of an encoding.
        reference: the same entries of the other.

    Returns:
        what the factors leave over, and the factors.
    """
    deviation, allowance = torch.empty_like(first.values), torch.empty_like(first.values)
    factors = []
    for group in groups_of(first):
        fits = [SCALE.fit(_change(first, reference, group, sign)) for sign in (1.0, -1.0)]
        sign, best = (1.0, fits[0]) if fits[0].excess.max() <= fits[1].excess.max() else (-1.0, fits[1])
        deviation[:, group], allowance[:, group] = best.deviation, best.allowance
        factors.append(sign * (best.scale or 0.0))
    return Fit(deviation, allowance), factors


def _change(first: Columns, reference: Columns, group: Tensor, sign: float) -> Change:
    values = reference.values[:, group], sign * first.values[:, group]
    return Change(*values, reference.bound[:, group], first.bound[:, group])


def size_ratio(first: Columns, reference: Columns) -> Factors:
    """The factor that gives the reference the size of an encoding, wherever its entries are.

    Args:
        first: entries of an encoding.
        reference: entries of the other, the same columns.

    Returns:
        the factors; 1 where rounding explains what they differ from 1 by.
    """
    values, slack = torch.ones(len(first.keys)).double(), torch.zeros(len(first.keys)).double()
    for group in groups_of(first):
        sizes = [each.values[:, group].norm() for each in (first, reference)]
        off = [each.bound[:, group].norm() for each in (first, reference)]
        if min(sizes) <= 2 * max(off):
            continue
        ratio = float(sizes[0] / sizes[1])
        error = 2 * ratio * float(off[0] / sizes[0] + off[1] / sizes[1] + len(first.values) * _UNIT)
        if abs(ratio - 1) > error:
            values[group], slack[group] = ratio, error
    return Factors(values, slack)


# -- channels that exchange places ----------------------------------------------------------------------------------


def channels_of(columns: Columns) -> list[Channel] | None:
    """Coordinates that are turned together.

    Args:
        columns: entries of an encoding.

    Returns:
        the channels, by their first coordinates; None if a rotary encoding mixes more than two coordinates.
    """
    if not columns.width:
        return [(int(key),) for key in columns.keys]
    used = columns.keys[(columns.values.abs() > columns.bound).any(0)]
    mixed = torch.eye(columns.width, dtype=torch.bool)
    mixed[used // columns.width % columns.width, used % columns.width] = True
    mixed |= mixed.mT.clone()
    if int(mixed.sum(1).max()) > 2:
        return None
    members = [tuple(int(each) for each in row.nonzero().flatten()) for row in mixed]
    return [channel for coordinate, channel in enumerate(members) if channel[0] == coordinate]


def keys_of(channel: Channel, width: int) -> list[int]:
    """Keys of the entries of a channel: for a rotary one all pairs of its coordinates, of queries and of keys."""
    if not width:
        return list(channel)
    return [(side * width + u) * width + v for side, u, v in product((0, 1), channel, channel)]


def permutation_between(first: Columns, reference: Columns) -> Arrangement | None:
    """Find the places that channels of the reference take in an encoding, signs aside.

    Args:
        first: entries of an encoding.
        reference: entries of the other, of the size of those of the first.

    Returns:
        a permutation by which they agree within rounding, with as few negative signs as possible; None if there is
        none.
    """
    mine, theirs = channels_of(first), channels_of(reference)
    if mine is None or theirs is None:
        return None
    for signed in (False, True):
        pairs: list[tuple[Channel, Channel, Channel]] | None = []
        for size in (1, 2):
            found = _paired(first, reference, _of_size(mine, size), _of_size(theirs, size), signed)
            pairs = None if pairs is None or found is None else pairs + found
        if pairs is not None:
            return _arrangement(pairs)
    return None


def _of_size(channels: Sequence[Channel], size: int) -> list[Channel]:
    return [channel for channel in channels if len(channel) == size]


def _paired(
    first: Columns, reference: Columns, mine: list[Channel], theirs: list[Channel], signed: bool
) -> list[tuple[Channel, Channel, Channel]] | None:
    """Channels of the one with those of the other, coordinates in the same order, and signs."""
    if len(mine) != len(theirs):
        return None
    if not mine:
        return []
    variants = _variants(len(mine[0]), signed, bool(first.width))
    values, bounds = _features(reference, [tuple(each[i] for i in order) for each in theirs for order, _ in variants])
    flips = torch.tensor([_entry_signs(signs, bool(first.width)) for _, signs in variants]).double()
    values = values * flips.repeat(len(theirs), 1)[:, None, :]
    own, own_bounds = _features(first, mine)
    choices: list[dict[int, int]] = []
    for number in range(len(mine)):
        within = ((own[number] - values).abs() <= own_bounds[number] + bounds).all((1, 2)).view(len(theirs), -1)
        fitting = within.any(1).nonzero().flatten().tolist()
        preferred = sorted(fitting, key=lambda each, own=mine[number]: theirs[each] != own)  # type: ignore[misc]
        choices.append({each: int(within[each].to(torch.uint8).argmax()) for each in preferred})
    chosen = _assignment([list(each) for each in choices])
    if chosen is None:
        return None
    pairs = []
    for own_channel, number, fitting_variants in zip(mine, chosen, choices, strict=True):
        order, signs = variants[fitting_variants[number]]
        pairs.append((own_channel, tuple(theirs[number][i] for i in order), signs))
    return pairs


def _variants(size: int, signed: bool, rotary: bool) -> list[tuple[Channel, Channel]]:
    """Orders and signs to try, the plainest first."""
    orders: list[Channel] = [(0,)] if size == 1 else [(0, 1), (1, 0)]
    signs: list[Channel] = [(1,) * size]
    if signed and not (rotary and size == 1):
        signs.append((-1,) if size == 1 else (1, -1))
    return [(order, sign) for sign in signs for order in orders]


def _entry_signs(signs: Channel, rotary: bool) -> list[int]:
    return [u * v for _, u, v in product((0, 1), signs, signs)] if rotary else list(signs)


def _features(columns: Columns, channels: list[Channel]) -> tuple[Tensor, Tensor]:
    """Entries of channels and their bounds, (channels, length, entries of a channel) both."""
    keys = torch.tensor([keys_of(channel, columns.width) for channel in channels])
    found = columns.on(keys.flatten())
    shape = len(columns.values), *keys.shape
    return found.values.view(shape).transpose(0, 1), found.bound.view(shape).transpose(0, 1)


def _assignment(choices: list[list[int]]) -> list[int] | None:
    """Give each a partner of its own among its choices, by augmenting paths; None if that is impossible."""
    owner: dict[int, int] = {}

    def place(one: int, tried: set[int]) -> bool:
        for choice in choices[one]:
            if choice not in owner:
                owner[choice] = one
                return True
        for choice in choices[one]:
            if choice not in tried:
                tried.add(choice)
                if place(owner[choice], tried):
                    owner[choice] = one
                    return True
        return False

    if not all(place(one, set()) for one in range(len(choices))):
        return None
    partner = {one: choice for choice, one in owner.items()}
    return [partner[one] for one in range(len(choices))]


def _arrangement(pairs: list[tuple[Channel, Channel, Channel]]) -> Arrangement:
    placed = {own: (other, sign) for triple in pairs for own, other, sign in zip(*triple, strict=True)}
    ordered = [placed[coordinate] for coordinate in range(len(placed))]
    return Arrangement(tuple(other for other, _ in ordered), tuple(sign for _, sign in ordered))


# -- channels in the order of their frequencies ---------------------------------------------------------------------


def channel_frequencies(
    columns: Columns, spectrum: Spectrum, channels: Sequence[Channel]
) -> tuple[Float64[Tensor, " channels"], Float64[Tensor, " channels"]]:
    """Frequencies of channels, each from the entry that tells it best.

    Args:
        columns: entries of an encoding.
        spectrum: their frequencies.
        channels: the channels.

    Returns:
        frequencies, 0 where all entries are constant, and how far they can be off.
    """
    index, moving = _entries_of(columns, spectrum, channels)
    best = torch.where(moving, spectrum.frequency_error[index], math.inf).argmin(1, keepdim=True)
    chosen = index.gather(1, best)[:, 0]
    moves = moving.any(1)
    return torch.where(moves, spectrum.frequency[chosen], 0.0), torch.where(
        moves, spectrum.frequency_error[chosen], 0.0
    )


def _entries_of(columns: Columns, spectrum: Spectrum, channels: Sequence[Channel]) -> tuple[Tensor, Tensor]:
    """Columns of the entries of channels, and which of them move; the first entry fills up shorter channels."""
    listed = [keys_of(channel, columns.width) for channel in channels]
    longest = max(map(len, listed))
    index, present = columns.locate(torch.tensor([keys + keys[:1] * (longest - len(keys)) for keys in listed]))
    return index, present & (spectrum.frequency[index] > 0)


def by_frequency(first: Columns, reference: Columns, own: Spectrum, others: Spectrum) -> Arrangement | None:
    """Pair channels of two encodings that turn alike in the order of their frequencies, whatever their layouts.

    Args:
        first: entries of an encoding.
        reference: entries of the other.
        own: frequencies of the first.
        others: frequencies of the other.

    Returns:
        a permutation that pairs them; None if they have no channels to pair. Whether they agree remains to be seen.
    """
    mine, theirs = _sorted_channels(first, own), _sorted_channels(reference, others)
    if [shape for shape, _ in mine] != [shape for shape, _ in theirs] or not mine:
        return None
    return _arrangement([(a, b, (1,) * len(a)) for (_, a), (_, b) in zip(mine, theirs, strict=True)])


def _sorted_channels(columns: Columns, spectrum: Spectrum) -> list[tuple[list[int], Channel]]:
    """Channels by size, phases and frequency, each with the classes of its phases."""
    channels = channels_of(columns)
    if channels is None:
        return []
    index, moving = _entries_of(columns, spectrum, channels)
    phases = (spectrum.phase[index] * (_PHASES / 2 / math.pi)).round().long() % _PHASES
    shapes = torch.where(moving, phases, -1).tolist()
    paces = channel_frequencies(columns, spectrum, channels)[0].tolist()
    listed = sorted(zip(map(len, channels), shapes, paces, channels, strict=True))
    return [([size, *shape], channel) for size, shape, _, channel in listed]
