"""Channels of an encoding, the coordinates that turn together, and the places they take in another encoding."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

import torch
from torch import Tensor

from phase_latency.checking.relation_columns import Columns

Channel: TypeAlias = tuple[int, ...]  # one coordinate of a table, one or two of a rotary encoding


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
        values, bound = (columns.values * sign)[:, order], columns.bound[:, order]
        return Columns(keys[order], values, bound, columns.rates[order], width)


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
    """Keys of the entries of a channel.

    Args:
        channel: its coordinates.
        width: width of a rotary encoding, or 0.

    Returns:
        one for each coordinate; for a rotary encoding one for each pair of them, of queries and then of keys.
    """
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
            return arrangement_of(pairs)
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
        unmoved = [each for each in fitting if theirs[each] == mine[number]]  # preferred, where channels coincide
        preferred = [*unmoved, *(each for each in fitting if each not in unmoved)]
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


def arrangement_of(pairs: Sequence[tuple[Channel, Channel, Channel]]) -> Arrangement:
    """Put pairs of channels together.

    Args:
        pairs: coordinates of a channel, the coordinates of the reference that take their places, and their signs.

    Returns:
        where every coordinate goes.
    """
    placed = {own: (other, sign) for triple in pairs for own, other, sign in zip(*triple, strict=True)}
    ordered = [placed[coordinate] for coordinate in range(len(placed))]
    return Arrangement(tuple(other for other, _ in ordered), tuple(sign for _, sign in ordered))
