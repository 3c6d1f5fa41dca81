"""Group F on random queries and keys: the instances that the statements of `phase_latency.proofs.rotary` name.

Queries and keys are turned by `Rotary` in every dtype and both layouts, and their logits are held against what the
claims make of the pairs of their channels, in float64.
"""

from dataclasses import dataclass
from typing import Any, Literal

from hypothesis import strategies as st
from torch import Tensor

from phase_latency import formulas
from phase_latency.bridge import Bindings
from phase_latency.encodings import Rotary
from phase_latency.encodings.channels import joined, separated
from phase_latency.instance import Instance, observed
from phase_latency.latency import LatencyMap
from phase_latency.numerics.bounded import Bounded, bounded
from phase_latency.numerics.encodings import bounded_frequencies, bounded_rotary
from phase_latency.numerics.functions import cos, sin
from phase_latency.testing import strategies

from .. import rotary as group
from .latency_twins import latency_of
from .parts import ANY_DTYPE, named, wide


@dataclass(frozen=True, eq=False)
class Turned:
    """Queries and keys at positions, an encoding that turns them, a shift of all positions, and a spike window.

    Attributes:
        rotary: the encoding.
        queries: (length, dim) in a dtype.
        keys: (length, dim) in the same dtype.
        positions: (length,) int64 or float64.
        shift: of all positions, in eighths.
        latency_map: the window.
    """

    rotary: Rotary
    queries: Tensor
    keys: Tensor
    positions: Tensor
    shift: float
    latency_map: LatencyMap

    def __repr__(self) -> str:
        """Dtype, encoding, positions, shift and window."""
        at = f"positions={self.positions.tolist()}, shift={self.shift}, {self.latency_map}"
        return f"{named(self.queries.dtype)}, {self.rotary}, {at}"


def inner_products(queries: Bounded, keys: Bounded) -> Bounded:
    """Of all queries with all keys."""
    return observed(queries.value @ keys.value.mT, queries @ keys.mT)


def logits(case: Turned, shift: float = 0.0) -> Bounded:
    """Logits at shifted positions."""
    at = case.positions.double() + shift
    queries, keys = (
        observed(case.rotary.apply(x, at), bounded_rotary(case.rotary, bounded(x), at))
        for x in (case.queries, case.keys)
    )
    return inner_products(queries, keys)


def channels(case: Turned) -> Bindings:
    """Pairs of all queries and keys, their positions, and the frequencies on the last axis."""
    layout = case.rotary.layout
    x, X = (wide(part).unsqueeze(-2) for part in separated(case.queries, layout))
    y, Y = (wide(part).unsqueeze(-3) for part in separated(case.keys, layout))
    position = wide(case.positions)
    parts: Bindings = {group.x: x, group.X: X, group.y: y, group.Y: Y, group.delta: case.shift}
    at: Bindings = {group.p: position[:, None, None], group.q: position[None, :, None]}
    return {**parts, **at, group.w: bounded_frequencies(case.rotary), group.h: case.rotary.dim // 2}


@st.composite
def turned(draw: st.DrawFn, layout: Literal["interleaved", "half-split"] | None = None, channels: int = 1) -> Turned:
    """Queries and keys of every dtype and scale, in either layout, with at least so many channels."""
    dtype, width = draw(ANY_DTYPE), 2 * draw(st.integers(channels, 4))
    rotary, positions = draw(strategies.rotary_encodings(width)), draw(strategies.positions())
    arrays = strategies.arrays((len(positions), width), dtype)
    rotary = Rotary(width, rotary.base, layout or rotary.layout)
    shift = draw(st.integers(-(10**6), 10**6)) / 8
    return Turned(rotary, draw(arrays), draw(arrays), positions, shift, draw(strategies.latency_maps()))


# -- rotary-relative ------------------------------------------------------------------------------------------

logits_by_distance = Instance("distance", cases=turned, observe=logits, bindings=channels)
logits_of_shifted_positions = Instance(
    "shift", cases=turned, observe=lambda case: logits(case, case.shift), bindings=channels
)

# -- rotary-retiming ------------------------------------------------------------------------------------------


def logits_by_seconds(case: Turned, onset: bool) -> Bounded:
    """Logits of queries and keys turned by their spike times, counted from the onset or not, in float64 at first."""
    seconds = latency_of(case.latency_map, bounded(case.positions.double()))
    window, length = Bounded.number(case.latency_map.window), case.latency_map.length
    since = case.latency_map.onset if onset else 0.0
    angle = formulas.phase_of_latency(seconds.unsqueeze(-1), bounded_frequencies(case.rotary), window, length, since)
    cosine, sine = (function(angle).to(case.queries.dtype) for function in (cos, sin))
    queries, keys = (turned_by(case.rotary, bounded(x), cosine, sine) for x in (case.queries, case.keys))
    return inner_products(queries, keys)


def turned_by(rotary: Rotary, x: Bounded, cosine: Bounded, sine: Bounded) -> Bounded:
    """Vectors turned by given angles, (length, dim)."""
    (first, second), (first_error, second_error) = (separated(part, rotary.layout) for part in (x.value, x.error))
    one, other = formulas.rotated(Bounded(first, first_error), Bounded(second, second_error), cosine, sine)
    value, error = joined(one.value, other.value, rotary.layout), joined(one.error, other.error, rotary.layout)
    return Bounded(value, error)


def in_seconds(case: Turned) -> Bindings:
    """As `channels`, with the window."""
    latency_map = case.latency_map
    window: Bindings = {group.T: latency_map.window, group.L: latency_map.length, group.t0: latency_map.onset}
    return {**channels(case), **window}


logits_of_spikes = Instance(
    "logit", cases=turned, observe=lambda case: logits_by_seconds(case, onset=True), bindings=in_seconds
)
logits_of_spikes_without_onset = Instance(
    "onset", cases=turned, observe=lambda case: logits_by_seconds(case, onset=False), bindings=in_seconds
)

# -- rotary-layout --------------------------------------------------------------------------------------------


def permuted(x: Tensor) -> Tensor:
    """Interleaved vectors with their channels split into halves."""
    return joined(*separated(x, "interleaved"), "half-split")


def half_split_logits(case: Turned) -> Bounded:
    """Logits in the half-split layout of queries and keys that are permuted; not of keys that bring their own."""
    rotary = Rotary(case.rotary.dim, case.rotary.base, "half-split")
    keys = case.keys if isinstance(case, KeysAsTheyAre) else permuted(case.keys)
    return logits(Turned(rotary, permuted(case.queries), keys, case.positions, case.shift, case.latency_map))


class KeysAsTheyAre(Turned):
    """Queries are permuted from one layout to the other, keys are not."""


def entries(case: Turned) -> Bindings:
    """Entries of interleaved queries and keys, as the claim names them, on the last axis."""
    i = group.i
    named_: dict[Any, Bounded] = {}
    for z, vectors, axis in ((group.u, case.queries, -2), (group.v, case.keys, -3)):
        for entry, part in zip((z[2 * i], z[2 * i + 1]), separated(vectors, "interleaved"), strict=True):
            named_[entry] = wide(part).unsqueeze(axis)
    return {**channels(case), **named_}


logits_of_either_layout = Instance(
    "permuted",
    cases=lambda: turned("interleaved"),
    observe=half_split_logits,
    bindings=entries,
    outside={
        "not-permuted": lambda: turned("interleaved", channels=2).map(
            lambda case: KeysAsTheyAre(
                case.rotary, case.queries, case.keys, case.positions, case.shift, case.latency_map
            )
        )
    },
)
