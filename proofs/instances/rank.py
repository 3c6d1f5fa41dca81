"""Group E on spike times and tables: the instances that the statements of `phase_latency.proofs.rank` name.

Ranks are counted by torch from what `LatencyMap`, `Sinusoidal` and `Rank` compute. Where rounding leaves the order of
two moments open, the count may be off by one for it; of exact numbers it may not.
"""

from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from torch import Tensor

from phase_latency import formulas
from phase_latency.bridge import Bindings
from phase_latency.encodings import Rank
from phase_latency.instance import Instance, observed
from phase_latency.numerics.bounded import Bounded, bounded
from phase_latency.testing import strategies, windows

from .. import rank as group
from .parts import ANY_DTYPE, named


def rank_of(times: Bounded, moments: Bounded) -> Bounded:
    """How many times, (..., times), come before each moment, (..., moments)."""
    before = times.value.unsqueeze(-2) < moments.value.unsqueeze(-1)
    gap = (times.value.unsqueeze(-2) - moments.value.unsqueeze(-1)).abs()
    error = times.error.unsqueeze(-2) + moments.error.unsqueeze(-1)
    uncertain = (error > 0) & (gap <= 2 * error)
    return Bounded(before.double().sum(-1), uncertain.double().sum(-1))


# -- rank-invariance ------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Times:
    """Times and their images under a re-timing, and a window and onset for an affine one.

    Attributes:
        times: (L,) float64.
        images: (L,) float64.
        a: factor of the affine re-timing.
        b: its onset.
    """

    times: Tensor
    images: Tensor
    a: float
    b: float

    def __repr__(self) -> str:
        """Everything, as lists."""
        return f"t={self.times.tolist()}, s={self.images.tolist()}, a={self.a!r}, b={self.b!r}"


def moments(case: Times) -> Bindings:
    """Times on the last axis, and each of them as the moment, with its image."""
    moment, image = case.times.unsqueeze(-1), case.images.unsqueeze(-1)
    parts: Bindings = {group.t: case.times, group.s: case.images, group.x: moment, group.y: image}
    return {**parts, group.a: case.a, group.b: case.b}


def retimed(case: Times) -> Bounded:
    """Affine images of the times, as torch computes them."""
    return observed(case.a * case.times + case.b, case.a * bounded(case.times) + case.b)


FACTORS = st.sampled_from([1.0, 0.5, 3.0, 0.1, 1 / 4096])


@st.composite
def times(
    draw: st.DrawFn, *, in_order: bool = True, factors: SearchStrategy[float] = FACTORS, apart: bool = False
) -> Times:
    """Whole times, repeated or not, with increasing images or with images in any order."""
    moments = draw(st.lists(st.integers(-20, 20), min_size=2, max_size=8, unique=apart))
    images = sorted(
        draw(st.lists(st.integers(-(10**6), 10**6), min_size=41, max_size=41, unique=True)), reverse=not in_order
    )
    return Times(
        torch.tensor(moments, dtype=torch.float64),
        torch.tensor([float(images[moment + 20]) for moment in moments], dtype=torch.float64),
        draw(factors),
        draw(st.sampled_from([0.0, 0.25, -0.7, 100.0])),
    )


ranks_in_order = Instance(
    "rank",
    cases=times,
    observe=lambda case: rank_of(bounded(case.times), bounded(case.times)),
    bindings=moments,
    outside={"out-of-order": lambda: times(in_order=False, apart=True)},
)
ranks_of_retimed = Instance(
    "affine",
    cases=times,
    observe=lambda case: rank_of(retimed(case), retimed(case)),
    bindings=moments,
    outside={
        "reversed": lambda: times(factors=st.sampled_from([-1.0, -0.5]), apart=True),
        "collapsed": lambda: times(factors=st.just(0.0), apart=True),
    },
)

# -- rank-gram ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Codes:
    """Codes of pairs of positions in a table of a dtype; past its end there is the zero vector, and no encoding.

    Attributes:
        length: of the table.
        first: (pairs,) int64.
        second: (pairs,) int64.
        dtype: of the table.
    """

    length: int
    first: Tensor
    second: Tensor
    dtype: torch.dtype

    def __repr__(self) -> str:
        """Everything, on one line."""
        return f"{named(self.dtype)}, length={self.length}, m={self.first.tolist()}, n={self.second.tolist()}"

    def rows(self, positions: Tensor) -> Tensor:
        """Rows of the table at positions, zero past its end."""
        inside = positions < self.length
        rows = Rank(self.length)(positions.clamp(max=self.length - 1), self.dtype)
        return rows * inside.unsqueeze(-1)


def exactly(value: Tensor) -> Bounded:
    """A sum of zeros and ones, which no dtype here rounds."""
    return Bounded.exact(value.double())


def codes_of(case: Codes) -> Bindings:
    """Both positions, and those of the table on the last axis."""
    m, n = (exactly(positions.unsqueeze(-1)) for positions in (case.first, case.second))
    table = exactly(torch.arange(case.length))
    return {group.m: m, group.n: n, group.i: table, group.L: case.length}


@st.composite
def codes(draw: st.DrawFn, *, past: bool = False, apart: bool = False) -> Codes:
    """Pairs of positions of a table; the second past its end, or after the first."""
    length = draw(st.integers(2, 64))
    last = length + 8 if past else length - 1
    pairs = draw(st.lists(st.tuples(st.integers(0, length - 1), st.integers(0, last)), min_size=1, max_size=6))
    if apart:
        pairs = [(min(pair), max(pair)) if len(set(pair)) == 2 else (0, length - 1) for pair in pairs]
    if past:
        pairs = [(m, max(n, length)) for m, n in pairs]
    first, second = torch.tensor(pairs).unbind(-1)
    return Codes(length, first, second, draw(ANY_DTYPE))


gram_of_codes = Instance(
    "gram",
    cases=codes,
    observe=lambda case: exactly((case.rows(case.first) * case.rows(case.second)).sum(-1)),
    bindings=codes_of,
)
norms_of_codes = Instance(
    "norm",
    cases=codes,
    observe=lambda case: exactly(case.rows(case.second).square().sum(-1)),
    bindings=codes_of,
    outside={"wrapped-around": lambda: codes(past=True)},
)
distances_of_codes = Instance(
    "distance",
    cases=lambda: codes(apart=True),
    observe=lambda case: exactly((case.rows(case.first) - case.rows(case.second)).square().sum(-1)),
    bindings=codes_of,
)

# -- relabelling ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Spikes:
    """Positions 0, ..., L - 1 in a window, or in a channel.

    Attributes:
        length: L.
        window: in seconds.
        onset: in seconds.
        w: frequency of the channel, radians per position.
    """

    length: int
    window: float
    onset: float
    w: float

    def __repr__(self) -> str:
        """Everything, on one line."""
        return f"length={self.length}, T={self.window!r}, t0={self.onset!r}, w={self.w!r}"

    @property
    def positions(self) -> Bounded:
        """All positions."""
        return exactly(torch.arange(self.length))


def latencies(case: Spikes) -> Bounded:
    """Spike times of all positions, as torch computes them."""
    arguments = case.window, case.length, case.onset
    twin = formulas.latency(case.positions, Bounded.number(case.window), case.length, case.onset)
    return observed(formulas.latency(case.positions.value, *arguments), twin)


def phases(case: Spikes) -> Bounded:
    """Phases of all positions, as torch computes them."""
    return observed(formulas.phase(case.positions.value, case.w), formulas.phase(case.positions, bounded(case.w)))


def ranks_of(case: Spikes) -> Bindings:
    """Each position as the one whose rank is asked for, and all of them on the last axis."""
    parts: Bindings = {group.m: exactly(torch.arange(case.length).unsqueeze(-1)), group.i: case.positions}
    return {**parts, group.L: case.length, group.T: case.window, group.t0: case.onset, group.w: case.w}


@st.composite
def spikes(draw: st.DrawFn, *, window: float | None = None, backwards: bool = False) -> Spikes:
    """Windows of up to 64 positions, of any length, and channels of any frequency."""
    latency_map, w = draw(strategies.latency_maps()), float(draw(windows.frequencies())[0])
    length = draw(st.integers(2, 64))
    return Spikes(length, latency_map.window if window is None else window, latency_map.onset, -w if backwards else w)


ranks_of_spikes = Instance(
    "time",
    cases=spikes,
    observe=lambda case: rank_of(latencies(case), latencies(case)),
    bindings=ranks_of,
    outside={"window-of-no-length": lambda: spikes(window=0.0)},
)
ranks_of_phases = Instance(
    "phase",
    cases=spikes,
    observe=lambda case: rank_of(phases(case), phases(case)),
    bindings=ranks_of,
    outside={"backwards": lambda: spikes(backwards=True)},
)
