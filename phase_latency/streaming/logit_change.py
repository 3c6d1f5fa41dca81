"""Which change of the logits moves the weights: between two tables as they are, or with the temperature restored."""

import math
from dataclasses import dataclass
from fractions import Fraction

from phase_latency.errors import ArgumentError
from phase_latency.streaming.factors import FactoredPair


@dataclass(frozen=True)
class LogitChange:
    """The change of the logits that moves the weights, ``D = (alpha G + (G' - table_scale G))/temperature``.

    Args:
        alpha: factor on G, rounded once: ``table_scale - 1`` for ``D = G' - G``, ``table_scale - c`` for
            ``D = G'/c - G``.
        temperature: c, positive; 1 for the former.
        extra: what c may be off by, less than c.

    Raises:
        ArgumentError: c is not certainly positive.
    """

    alpha: float
    temperature: float = 1.0
    extra: float = 0.0

    def __post_init__(self) -> None:
        """Check the arguments."""
        _check_temperature(self.temperature, self.extra)

    @classmethod
    def plain(cls, pair: FactoredPair) -> "LogitChange":
        """``D = G' - G``: from ``softmax(G)`` to ``softmax(G')``."""
        return cls(_rounded(pair.table_scale - 1))

    @classmethod
    def retempered(cls, pair: FactoredPair, scale: float, extra: float = 0.0) -> "LogitChange":
        """``D = G'/c - G``: from ``softmax(G)`` to ``softmax(G'/c)``.

        Args:
            pair: the logits.
            scale: c.
            extra: what c may be off by.

        Returns:
            the change.

        Raises:
            ArgumentError: c is not certainly positive.
        """
        _check_temperature(scale, extra)
        return cls(_rounded(pair.table_scale - Fraction(scale)), scale, extra)


def _check_temperature(temperature: float, extra: float) -> None:
    if not 0 <= extra < temperature < math.inf:
        given = f"{temperature:.6g} +- {extra:.3g}"
        raise ArgumentError("temperature", given, "a certainly positive scale", "measure the plain change only")


def _rounded(number: Fraction) -> float:
    try:
        return float(number)
    except OverflowError:
        given = "a scale beyond 1e308"
        expected, remedy = "logits within the range of float64", "bring the tables closer in scale"
        raise ArgumentError("table", given, expected, remedy) from None
