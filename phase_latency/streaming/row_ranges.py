"""A certified bound on the range of every row of a change of logits, from a few numbers of each query.

A row of the change is ``l . r_j = A . x_j + dA . y_j`` for the keys j, less what all keys have in common: its range is
at most sqrt(2) times the Euclidean norm of the row less any constant, hence

    sqrt(2) (|A| |X| + |dA| |Y|),

with spectral norms of ``X = (x_j - m)_j`` and ``Y = (y_j - n)_j`` for any m and n. Both are combinations of B and dB,
so one Gram matrix of the keys serves every change.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.numerics.norms import spectral_bound
from phase_latency.numerics.roundoff import gamma, unit_roundoff
from phase_latency.streaming.factors import Combination, FactoredPair
from phase_latency.streaming.logit_change import LogitChange
from phase_latency.streaming.projections import Factors
from phase_latency.streaming.sources import BLOCK

_UNIT = unit_roundoff(torch.float64)
_TINY = torch.finfo(torch.float64).smallest_normal  # more than what products of small numbers lose to underflow
_ROUNDED_UP = 1 + 1e-9
_SOME = 2048  # keys whose mean stands for that of all


def largest_range(pair: FactoredPair, change: LogitChange) -> float:
    """Bound the range of one change; see `largest_ranges`.

    Args:
        pair: the logits of two tables.
        change: which change of the logits.

    Returns:
        largest minus smallest change of a row, at most.
    """
    return largest_ranges(pair, [change])[0]


def largest_ranges(pair: FactoredPair, changes: Sequence[LogitChange]) -> list[float]:
    """Bound the range of several changes within each row, over all queries and heads, whatever the mask.

    Time is that of reading the keys once, with a product of their width, and of reading the queries once if they are
    others.

    Args:
        pair: the logits of two tables.
        changes: which changes of the logits.

    Returns:
        for each change the largest minus the smallest of a row, at most, the errors of the tables included.
    """
    ranges = Ranges.of(pair, changes)
    for _, block in pair.keys(BLOCK):
        ranges.add_keys(block)
    return ranges.bounds()


@dataclass(eq=False)
class Ranges:
    """Bounds on the ranges of several changes, for keys that are read anyway.

    Attributes:
        pair: the logits of two tables.
        changes: which changes of the logits.
        combinations: what makes each change, before it is divided by its temperature.
        keys: what is known of the keys.
        norms: (heads, 4) largest of the numbers of the queries that errors are made of.
        reach: for each change (heads, 4) largest of the numbers of the keys.
    """

    pair: FactoredPair
    changes: Sequence[LogitChange]
    combinations: list[Combination]
    keys: "_Keys"
    norms: Float64[Tensor, "heads 4"]
    reach: list[Tensor]

    @classmethod
    def of(cls, pair: FactoredPair, changes: Sequence[LogitChange]) -> "Ranges":
        """Start without keys.

        Args:
            pair: the logits of two tables.
            changes: which changes of the logits.

        Returns:
            bounds to which all keys have to be added.
        """
        nothing = torch.zeros(pair.heads, 4, dtype=torch.float64)
        combinations = [pair.combination(change.alpha) for change in changes]
        return cls(pair, changes, combinations, _Keys.of(pair), nothing, [nothing for _ in changes])

    @property
    def _alike(self) -> bool:
        """Whether queries are the same rows as keys."""
        plain = self.pair.query.weight is None and self.pair.query.rotary is None
        return plain and self.pair.query_tables is self.pair.key_tables

    def add_keys(self, block: Factors) -> None:
        """Add some keys.

        Args:
            block: the keys.
        """
        self.keys.add(block)
        for number, (change, combination) in enumerate(zip(self.changes, self.combinations, strict=True)):
            errors = combination.right_error(block, _extra(change))
            self.reach[number] = torch.maximum(self.reach[number], errors.amax(1))
        if self._alike:
            self._add_queries(block)

    def _add_queries(self, block: Factors) -> None:
        self.norms = torch.maximum(self.norms, self.combinations[0].left_error(block).amax(1))

    def bounds(self) -> list[float]:
        """For each change the largest range, once all keys are there; queries are read if they are others."""
        if not self._alike:
            for _, block in self.pair.queries(BLOCK):
                self._add_queries(block)
        return [
            _bound(self.keys, self.norms, errors, combination, change)
            for errors, combination, change in zip(self.reach, self.combinations, self.changes, strict=True)
        ]


def _extra(change: LogitChange) -> float:
    return change.extra * change.temperature / (change.temperature - change.extra)


@dataclass(eq=False)
class _Keys:
    """The Gram matrix of ``[B, dB]`` less something near its mean: that of some keys, evenly spaced.

    Attributes:
        centre: (heads, 1, 2 rank).
        gram: (heads, 2 rank, 2 rank).
        rows: number of keys.
    """

    centre: Float64[Tensor, "heads 1 inner"]
    gram: Float64[Tensor, "heads inner inner"]
    rows: int

    @classmethod
    def of(cls, pair: FactoredPair) -> "_Keys":
        """Before any key."""
        rows = pair.shape[2]
        centre = _side_by_side(pair.keys_at(torch.arange(0, rows, max(1, rows // _SOME)))).mean(1, keepdim=True)
        inner = centre.shape[2]
        return cls(centre, torch.zeros(pair.heads, inner, inner, dtype=torch.float64), rows)

    def add(self, keys: Factors) -> None:
        """Add some keys."""
        centred = _side_by_side(keys) - self.centre
        self.gram = self.gram + centred.mT @ centred

    def spectral(self, head: int, first: float, second: float) -> float:
        """Spectral norm of ``first B + second dB`` less its centre, at most."""
        rank = self.gram.shape[1] // 2
        gram = self.gram[head]
        b, mixed, d = gram[:rank, :rank], gram[:rank, rank:], gram[rank:, rank:]
        combined = first * first * b + first * second * (mixed + mixed.mT) + second * second * d
        sizes = (math.sqrt(max(float(each.diagonal().sum()), 0.0)) for each in (b, d))
        size = sum(abs(factor) * each for factor, each in zip((first, second), sizes, strict=True))
        # Entries of the Gram matrix are sums over blocks of sums within blocks.
        lost = (
            gamma(BLOCK + self.rows // BLOCK + 16, _UNIT) * size**2
            + self.rows * _TINY * (abs(first) + abs(second)) ** 2
        )
        return _ROUNDED_UP * math.sqrt(spectral_bound(combined) ** 2 + lost)


def _side_by_side(keys: Factors) -> Tensor:
    return torch.cat([keys.reference, keys.difference], -1)


def _bound(keys: _Keys, norms: Tensor, reach: Tensor, combination: Combination, change: LogitChange) -> float:
    """The largest range over all heads, divided by the temperature."""
    r, s_q, s_k = combination.ratio, combination.query_factor, combination.key_factor
    largest = 0.0
    for head in range(len(norms)):
        reference, _, difference, _ = norms[head].tolist()
        row = reference * keys.spectral(head, combination.alpha, r * s_q) + difference * keys.spectral(head, r * s_k, r)
        largest = max(largest, math.sqrt(2) * row + 2 * float(norms[head] @ reach[head]) + keys.rows * _TINY)
    off = change.extra / (change.temperature - change.extra)
    bound = _ROUNDED_UP * largest * (1 + off) / change.temperature
    return bound if math.isfinite(bound) else math.inf  # where even the bound overflows
