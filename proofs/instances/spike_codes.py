"""Group H on spike codes: the instances that the statements of `phase_latency.proofs.spike_codes` name."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from phase_latency.bridge import Bindings
from phase_latency.instance import Instance
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.functions import exp, sqrt, stack
from phase_latency.spiking import independent_counts, inhibited_counts, softmax_latencies

from .. import spike_codes as group


def rationals(numbers: list[Fraction]) -> Bounded:
    """Fractions as floats, with the error of the conversion."""
    return stack([Bounded.number(number) for number in numbers])


@dataclass(frozen=True)
class Counting:
    """Units with given weights, for some steps.

    Attributes:
        sixteenths: of the weight of each unit; their sum is 16.
        steps: number of steps.
        seed: of random spikes.
    """

    sixteenths: tuple[int, ...]
    steps: int
    seed: int

    @property
    def weights(self) -> Tensor:
        """(units,) float64, exactly."""
        return torch.tensor(self.sixteenths, dtype=torch.float64) / 16


@st.composite
def counting(draw: st.DrawFn, units: int = 2, steps: st.SearchStrategy[int] | None = None) -> Counting:
    """Distributions in sixteenths over at least so many units."""
    cuts = sorted(draw(st.lists(st.integers(0, 16), min_size=units - 1, max_size=4)))
    parts = [b - a for a, b in zip([0, *cuts], [*cuts, 16], strict=True)]
    return Counting(tuple(parts), draw(st.integers(1, 40) if steps is None else steps), draw(st.integers(0, 2**20)))


# -- spike-rate-stochastic ------------------------------------------------------------------------------------


def sampled_frequencies(case: Counting) -> Tensor:
    """(runs,) by how much the frequency of the first unit is off in some runs."""
    generator = torch.Generator().manual_seed(case.seed)
    runs = [independent_counts(case.weights, case.steps, generator)[0] for _ in range(8)]
    return torch.stack(runs).double() / case.steps - case.weights[0]


def experiment(case: Counting) -> Bindings:
    """Eight runs as an experiment with eight outcomes, each as likely."""
    return {group.q: torch.full((8,), 0.125, dtype=torch.float64), group.x: sampled_frequencies(case), group.k_range: 8}


def mean_deviation_squared(case: Counting) -> Bounded:
    """What the runs deviate on average, squared."""
    return (abs(Bounded.exact(sampled_frequencies(case))).mean(-1)).square()


def expected_deviation(sixteenths: int, steps: int) -> Fraction:
    """Exactly: of the frequency of a unit with that weight, over all numbers of spikes."""
    weight = Fraction(sixteenths, 16)
    likely = [math.comb(steps, k) * weight**k * (1 - weight) ** (steps - k) for k in range(steps + 1)]
    return sum((one * abs(Fraction(k, steps) - weight) for k, one in enumerate(likely)), Fraction(0))


def deviations(case: Counting) -> Bounded:
    """Of all units; of those that fire at all steps or at none, as if there were one step."""
    steps = 1 if isinstance(case, Together) else case.steps
    return rationals([expected_deviation(each, steps) for each in case.sixteenths])


class Together(Counting):
    """Units that draw once and fire at all steps or at none."""


def of_counts(case: Counting) -> Bindings:
    """Weights and expected deviations on the last axis."""
    off = deviations(case)
    units: Bindings = {group.p: case.weights, group.e: off, group.X: off.sum(-1, keepdim=True)}
    return {**units, group.n: len(case.sixteenths), group.N: case.steps}


mean_deviation_of_runs = Instance(
    "mean-deviation",
    cases=counting,
    observe=mean_deviation_squared,
    bindings=lambda case: {**experiment(case), group.mean: abs(Bounded.exact(sampled_frequencies(case))).mean(-1)},
)
total_variation_of_counts = Instance(
    "total-variation",
    cases=counting,
    observe=lambda case: deviations(case).sum(-1, keepdim=True) / 2,
    bindings=of_counts,
    outside={
        "larger-variance": lambda: counting(steps=st.just(40)).map(
            lambda case: Together(case.sixteenths, case.steps, case.seed)
        )
    },
)


# -- spike-rate-deterministic ---------------------------------------------------------------------------------


def error_of_counts(case: Counting) -> Bounded:
    """By how much the frequencies of inhibited units are off."""
    return abs(Bounded.exact(inhibited_counts(case.weights, case.steps).double()) / case.steps - case.weights)


def inhibited(case: Counting) -> Bindings:
    """Spikes of each unit, and their weights."""
    counts = inhibited_counts(case.weights, case.steps).double()
    units: Bindings = {group.c: counts, group.p: case.weights, group.v: case.steps * case.weights - counts}
    return {**units, group.N: case.steps, group.n: len(case.sixteenths)}


error_of_inhibited_counts = Instance(
    "error",
    cases=counting,
    observe=error_of_counts,
    bindings=inhibited,
    outside={"one-unit": lambda: st.builds(Counting, st.just((16,)), st.integers(1, 40), st.just(0))},
)


# -- spike-latency-code ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Timing:
    """Logits in a latency code of some resolution.

    Attributes:
        logits: (1, keys).
        tau: time constant in seconds.
        resolution: dt in seconds.
    """

    logits: Tensor
    tau: float
    resolution: float

    def __repr__(self) -> str:
        """Everything, on one line."""
        return f"u={self.logits.tolist()}, tau={self.tau}, dt={self.resolution}"

    def spikes(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Times of the logits, exact and coded, and of the normaliser, exact and coded."""
        times, normaliser = softmax_latencies(self.logits, self.tau)
        step = 2 * self.resolution
        coded, coded_normaliser = ((each / step).round() * step for each in (times, normaliser))
        late = 4 * self.resolution if isinstance(self, Drifting) else 0.0
        return times[0], coded[0], normaliser[0], coded_normaliser[0] + late


class Drifting(Timing):
    """With a normaliser that comes late."""


@st.composite
def timing(draw: st.DrawFn, kind: type[Timing] = Timing) -> Timing:
    """Rows of logits in steps that the resolution does not divide."""
    sevenths = st.integers(-20, 20).map(lambda number: number / 7)
    logits = draw(st.lists(sevenths, min_size=2, max_size=6))
    tensor = torch.tensor([logits], dtype=torch.float64)
    return kind(tensor, draw(st.sampled_from([1.0, 0.5])), draw(st.sampled_from([0.0625, 0.5, 2.0])))


def coded_error(case: Timing) -> Bounded:
    """By how much a weight that is read off coded spikes is off."""
    times, coded, normaliser, coded_normaliser = map(Bounded.exact, case.spikes())
    return abs(exp((coded - coded_normaliser) / case.tau) - exp((times - normaliser) / case.tau))


def of_code(case: Timing) -> Bindings:
    """Exact and coded spikes on the last axis."""
    times, coded, normaliser, coded_normaliser = case.spikes()
    spikes: Bindings = {group.t: times, group.s: coded, group.T: normaliser, group.S_: coded_normaliser}
    return {**spikes, group.tau: case.tau, group.dt: case.resolution}


error_of_latencies = Instance(
    "relative-error",
    cases=timing,
    observe=coded_error,
    bindings=of_code,
    outside={"drifting-normaliser": lambda: timing(Drifting)},
)


# -- spike-count-lower-bound ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Decoding:
    """A decoder of counts at two rates.

    Attributes:
        steps: number of steps.
        rates: the two rates, in sixteenths.
        sensitivity: of the value to the rate.
    """

    steps: int
    rates: tuple[int, int]
    sensitivity: int


class Certain(Decoding):
    """A code whose counts are certain: it tells any two rates apart."""


@st.composite
def decoding(draw: st.DrawFn, kind: type[Decoding] = Decoding) -> Decoding:
    """Two rates, the second one larger."""
    low, high = sorted(draw(st.lists(st.integers(2, 14), min_size=2, max_size=2, unique=True)))
    return kind(draw(st.integers(1, 12)), (low, high), draw(st.integers(1, 4)))


def binomial(steps: int, sixteenths: int) -> list[Fraction]:
    """Probability of each number of spikes."""
    rate = Fraction(sixteenths, 16)
    return [math.comb(steps, k) * rate**k * (1 - rate) ** (steps - k) for k in range(steps + 1)]


def of_decoder(case: Decoding) -> Bindings:
    """The decoder that scales counts, its values at both rates, its errors, and how much the counts overlap."""
    low, high = (binomial(case.steps, each) for each in case.rates)
    values = [case.sensitivity * Fraction(each, 16) for each in case.rates]
    decoder = [case.sensitivity * Fraction(k, case.steps) for k in range(case.steps + 1)]
    errors = [
        sum((one * (g - value) ** 2 for one, g in zip(likely, decoder, strict=True)), Fraction(0))
        for likely, value in ((low, values[0]), (high, values[1]))
    ]
    overlap = sum((b**2 / a for a, b in zip(low, high, strict=True)), Fraction(0))
    largest = max(errors)
    if isinstance(case, Certain):
        overlap, largest = Fraction(1), max(errors) / 10**6
    parts: dict[Any, Any] = {group.a: Bounded.number(values[0]), group.b: Bounded.number(values[1])}
    return {**parts, group.A: sqrt(Bounded.number(overlap)), group.eps: sqrt(Bounded.number(largest))}


difference_that_is_decoded = Instance(
    "two-rates",
    cases=decoding,
    observe=lambda case: Bounded.number(Fraction(case.sensitivity * (case.rates[1] - case.rates[0]), 16)),
    bindings=of_decoder,
    outside={"deterministic": lambda: decoding(Certain)},
)


def unbiased(case: Decoding) -> Bindings:
    """The error of the decoder that scales counts, at one rate, and the standard deviation of the mean."""
    rate = Fraction(case.rates[0], 16)
    variance = rate * (1 - rate) / case.steps
    deviation = sqrt(Bounded.number(variance))
    rest: Bindings = {group.u: Bounded.number(rate), group.N: case.steps, group.L: case.sensitivity}
    error = deviation / 8 if isinstance(case, Certain) else deviation
    return {**rest, group.distance: deviation, group.eps: error * case.sensitivity}


spikes_of_unbiased_decoder = Instance(
    "spikes",
    cases=decoding,
    observe=lambda case: Bounded.number(Fraction(case.steps * case.rates[0], 16)),
    bindings=unbiased,
    outside={"any-spikes": lambda: decoding(Certain)},
)
