"""Group D on sinusoidal tables: the instances that the statements of `phase_latency.proofs.compression` name.

Tables are those of `Sinusoidal` and `Compressed` in every dtype; inner products and distances are observed as torch
computes them from neighbouring rows. A factor on all positions makes frequencies that no base gives, also more than
half a turn per position, where the statements stop.
"""

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from torch import Tensor

from phase_latency.bridge import Bindings
from phase_latency.encodings import Compressed, Sinusoidal
from phase_latency.instance import Instance, observed
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.comparison import Comparison
from phase_latency.numerics.encodings import bounded_encoding, bounded_frequencies
from phase_latency.testing import strategies

from .. import compression as group
from .lemma_1 import ScaledTable, both, rows, scaled_tables
from .parts import ANY_DTYPE, named

# -- neighbours -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Compression:
    """A sinusoid, a factor on its positions, a further factor that compresses them, and where it is looked at.

    Attributes:
        sinusoid: gives the frequencies, together with `factor`.
        factor: on all positions, before and after.
        shrinking: the factor after divided by that before, as near as floats can say.
        positions: (rows,) int64, first positions of pairs.
        distance: between the positions of a pair.
        dtype: of the tables.
    """

    sinusoid: Sinusoidal
    factor: float
    shrinking: float
    positions: Tensor
    distance: int
    dtype: torch.dtype

    def __repr__(self) -> str:
        """Everything, on one line."""
        at = f"positions={self.positions.tolist()}, distance={self.distance}"
        return f"{named(self.dtype)}, {self.sinusoid}, factor={self.factor!r}, shrinking={self.shrinking!r}, {at}"

    @property
    def s(self) -> Fraction:
        """By how much positions shrink, exactly as the two factors say."""
        return Fraction(self.factor) / Fraction(self.factor * self.shrinking)

    def frequencies(self) -> Bounded:
        """Frequencies before the compression, (h,)."""
        return self.factor * bounded_frequencies(self.sinusoid)

    def pairs(self, compressed: bool) -> tuple[Bounded, Bounded]:
        """Rows at the positions and at those that many positions later, before or after the compression."""
        encoding = Compressed(self.sinusoid, self.factor * self.shrinking if compressed else self.factor)
        first, second = (
            observed(encoding(at, self.dtype), bounded_encoding(encoding, at, self.dtype))
            for at in (self.positions, self.positions + self.distance)
        )
        return first, second


def similarities(case: Compression, compressed: bool) -> Bounded:
    """Inner products of the pairs, (rows,)."""
    first, second = case.pairs(compressed)
    return observed((first.value * second.value).sum(-1), (first * second).sum(-1))


def distances(case: Compression, compressed: bool) -> Bounded:
    """Squared distances of the pairs, (rows,)."""
    first, second = case.pairs(compressed)
    difference = second - first
    value = (second.value - first.value).square().sum(-1)
    return observed(value, (difference * difference).sum(-1))


def channels(case: Compression) -> Bindings:
    """Positions and distance, the compression, and the frequencies on the last axis."""
    position = Bounded.exact(case.positions.double().unsqueeze(-1))
    parts: Bindings = {group.p: position, group.D: case.distance, group.s: case.s, group.L: case.s}
    return {**parts, group.w: case.frequencies(), group.h: case.sinusoid.dim // 2}


SLOW = st.sampled_from([1.0, 0.5, 0.1, 2.0, 3.0, 3.140625])  # at most half a turn per position
SHRINKING = st.integers(2, 4096).map(lambda length: 1 / length) | st.sampled_from([0.75, 0.3])


@st.composite
def compressions(
    draw: st.DrawFn,
    *,
    factors: SearchStrategy[float] = SLOW,
    shrinking: SearchStrategy[float] = SHRINKING,
    dtype: torch.dtype | None = None,
) -> Compression:
    """Compressions of sinusoids, looked at from each position to its neighbour."""
    width, base = 2 * draw(st.integers(1, 4)), draw(st.sampled_from([10000.0, 100.0, 2.0, 1.0]))
    return Compression(
        Sinusoidal(width, base, draw(st.sampled_from(["interleaved", "blocks"]))),
        draw(factors),
        draw(shrinking),
        draw(strategies.positions().map(lambda at: at.long())),
        1,
        draw(ANY_DTYPE) if dtype is None else dtype,
    )


def full_turns() -> SearchStrategy[Compression]:
    """Channels that turn once from position to position, so that neighbours are the same before the compression."""
    some = compressions(shrinking=st.sampled_from([0.5, 0.3]), dtype=torch.float64)
    return some.map(lambda case: replace(case, sinusoid=Sinusoidal(2), factor=2 * math.pi))


# -- compression-no-scale -------------------------------------------------------------------------------------

neighbours_of_two_encodings = Instance(
    "larger-after-one-position",
    cases=compressions,
    observe=lambda case: similarities(case, compressed=False),
    bindings=channels,
    outside={"fast-channel": full_turns},
)


def one_factor(case: Compression, goal: Any) -> Comparison:
    """Pairs of which a factor that suits distance 0 suits distance 1 as well, up to rounding, counted against 0."""
    here = replace(case, distance=0)
    near, far = similarities(case, compressed=True), similarities(case, compressed=False)
    before, after = similarities(here, compressed=False), similarities(here, compressed=True)
    obstruction = near * before - far * after
    possible = (obstruction.value.abs() <= obstruction.error).double()
    return Comparison(possible, 0 * possible)


def certain() -> SearchStrategy[Compression]:
    """Compressions that float64 can tell from none."""
    return compressions(
        dtype=torch.float64, factors=st.sampled_from([1.0, 2.0, 3.0]), shrinking=st.sampled_from([0.5, 0.25, 0.01])
    )


no_factor = Instance(
    "no-factor",
    cases=certain,
    compare=one_factor,
    outside={
        "one-position": lambda: compressions(dtype=torch.float64, shrinking=st.just(1.0)),
        "constant-channel": lambda: compressions(dtype=torch.float64, factors=st.just(2.0**-200)),
    },
)

# -- compression-discriminability -----------------------------------------------------------------------------

distances_at_least = Instance(
    "at-least",
    cases=compressions,
    observe=lambda case: distances(case, compressed=False).to(torch.float64) / Bounded.number(case.s) ** 2,
    bindings=channels,
)
distances_at_most = Instance(
    "at-most",
    cases=compressions,
    observe=lambda case: distances(case, compressed=True),
    bindings=channels,
    outside={"beyond-half-turn": full_turns},
)

# -- amplitude-keeps-discriminability -------------------------------------------------------------------------


def squares(scaled: Any, _: Any) -> Any:
    """Squared distances of all rows."""
    difference = scaled.unsqueeze(-2) - scaled.unsqueeze(-3)
    return (difference * difference).sum(-1)


def relative(scaled: Any, _: Any) -> Any:
    """Squared distances of all rows from each row, in units of its squared norm."""
    return squares(scaled, _) / (scaled * scaled).sum(-1, keepdim=True)


def distances_of(formula: Any) -> Any:
    """Observe a formula of the scaled table."""

    def observe(case: ScaledTable) -> Bounded:
        return both(case, lambda x, a: x * a, formula)

    return observe


squared_distances = Instance("distance", cases=scaled_tables, observe=distances_of(squares), bindings=rows)
relative_distances = Instance("relative", cases=scaled_tables, observe=distances_of(relative), bindings=rows)

# -- sinusoidal-kernel-not-monotone ---------------------------------------------------------------------------


def classical(width: int, distance: int) -> SearchStrategy[Compression]:
    """Tables with the classical frequencies, at any positions."""
    at = strategies.positions().map(lambda positions: positions.long())
    return st.builds(
        Compression, st.just(Sinusoidal(width)), st.just(1.0), st.just(1.0), at, st.just(distance), ANY_DTYPE
    )


def similar(width: int, distance: int) -> Instance[Compression]:
    """Inner products of rows that far apart."""
    return Instance(
        f"width-{width}",
        cases=lambda: classical(width, distance),
        observe=lambda case: similarities(case, compressed=False),
        bindings=channels,
    )


similarities_at_width_64, similarities_at_width_128 = similar(64, 5), similar(128, 11)


@dataclass(frozen=True, eq=False)
class Window:
    """A compression to a window of L positions, and a distance D whose successor is compared with it."""

    compression: Compression
    length: int

    def __repr__(self) -> str:
        """The compression and the length."""
        return f"{self.compression}, length={self.length}"


def window(case: Window) -> Bindings:
    """As `channels`, with the distance before the one observed, and the length of the window."""
    return {**channels(case.compression), group.D: case.compression.distance - 1, group.L: case.compression.s}


@st.composite
def windows(draw: st.DrawFn, *, inside: bool = True, factor: float | None = None) -> Window:
    """Distances inside a window of up to 64 positions, or beyond one of up to 4."""
    length = draw(st.integers(1, 64 if inside else 4))
    distance = draw(st.integers(1, length) if inside else st.integers(length + 1, length + 2))
    factors = st.just(factor) if factor else SLOW
    case = draw(compressions(factors=factors, shrinking=st.just(1 / length)))
    sinusoid = Sinusoidal(2) if factor else case.sinusoid
    return Window(replace(case, sinusoid=sinusoid, distance=distance), length)


compressed_similarities = Instance(
    "compressed",
    cases=windows,
    observe=lambda case: similarities(case.compression, compressed=True),
    bindings=window,
    outside={
        "beyond-half-turn": lambda: windows(factor=2 * math.pi),
        "beyond-the-window": lambda: windows(inside=False, factor=3.140625),
    },
)
