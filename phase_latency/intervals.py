"""Means over seeds with their uncertainty, and rank correlations: no random numbers where none are needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

_MOST_SEEDS = 6  # up to which all resamples are looked at: 6^6 of them
_RESAMPLES = 2_000
_TAILS = (2.5, 97.5)  # percent


@dataclass(frozen=True)
class Interval:
    """A number and its bootstrap interval at 95 %.

    Attributes:
        value: of all that was seen.
        low: 2.5 % of the resamples are below it.
        high: 2.5 % are above it.
    """

    value: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float]:
        """Return plain values."""
        return dict(vars(self))


def mean(values: Sequence[float]) -> Interval:
    """The mean over seeds.

    Args:
        values: one for each seed, 1 to 6 of them.

    Returns:
        the mean, and the interval over all resamples: exact, and coarse if there are few seeds.
    """
    assert 1 <= len(values) <= _MOST_SEEDS, "studies have few seeds"
    means = [float(np.mean(each)) for each in product(values, repeat=len(values))]
    low, high = np.percentile(means, _TAILS)
    return Interval(float(np.mean(values)), float(low), float(high))


def percent(interval: Interval) -> str:
    """An accuracy in percent, with its interval if that has a width."""
    value, low, high = (f"{100 * each:.1f}" for each in (interval.value, interval.low, interval.high))
    return f"{value} %" if low == high else f"{value} % [{low}, {high}]"


def bits(interval: Interval) -> str:
    """Bits per character, with its interval."""
    value, low, high = (f"{each:.2g}" for each in (interval.value, interval.low, interval.high))
    return value if low == high else f"{value} [{low}, {high}]"


def differ(first: Interval, second: Interval) -> bool:
    """Whether two intervals do not meet."""
    return first.high < second.low or second.high < first.low


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Spearman's correlation, with the mean rank where values are equal.

    Args:
        first: at least two numbers.
        second: as many.

    Returns:
        the correlation; None if all values on one side are equal.
    """
    x, y = (_ranks(np.asarray(side, dtype=np.float64)) for side in (first, second))
    x, y = x - x.mean(), y - y.mean()
    size = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / size if size > 0 else None


def correlated(first: Sequence[float], second: Sequence[float], seed: int = 0) -> Interval | None:
    """Spearman's correlation with its bootstrap interval over the pairs.

    Args:
        first: at least two numbers.
        second: as many.
        seed: of the resamples.

    Returns:
        the correlation; None if all values on one side are equal.
    """
    whole = rank_correlation(first, second)
    if whole is None:
        return None
    rng, pairs = np.random.default_rng(seed), np.stack([first, second])
    drawn = (pairs[:, rng.integers(len(first), size=len(first))] for _ in range(_RESAMPLES))
    found = [each for each in (rank_correlation(*sides) for sides in drawn) if each is not None]
    low, high = np.percentile(found, _TAILS)
    return Interval(whole, float(low), float(high))


def _ranks(values: np.ndarray) -> np.ndarray:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last: np.ndarray = np.cumsum(counts)
    ranks: np.ndarray = (last - (counts - 1) / 2)[places]
    return ranks
