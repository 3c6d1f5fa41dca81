"""Spike codes for the weights of softmax: independent counts, counts under lateral inhibition, and latencies."""

import math

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.spiking.nlif import NLIF
from phase_latency.validation import check_fits, check_whole


def independent_counts(
    weights: Float[Tensor, " units"], steps: int, generator: torch.Generator | None = None
) -> Int64[Tensor, " units"]:
    """Spikes of each unit after some steps, in each of which one unit fires, with its weight as probability.

    Divided by the steps they estimate the weights: spike-rate-stochastic.

    Args:
        weights: (units,) float64, >= 0, with the sum 1 up to rounding.
        steps: >= 1.
        generator: of the random choices; None takes torch's own.

    Returns:
        (units,) counts with the sum `steps`.

    Raises:
        ArgumentError: weights that are no distribution, or no step.
    """
    _check_distribution(weights)
    check_whole(steps, "steps", 1, "pass how many steps there are")
    drawn = torch.multinomial(weights, steps, replacement=True, generator=generator)
    return torch.bincount(drawn, minlength=len(weights))


def inhibited_counts(weights: Float[Tensor, " units"], steps: int) -> Int64[Tensor, " units"]:
    """Spikes of each unit under deterministic lateral inhibition.

    At each step every potential rises by the weight of its unit, and the unit with the largest potential, the first of
    several, fires and loses 1: spike-rate-deterministic.

    Args:
        weights: (units,) float64, >= 0, with the sum 1 up to rounding.
        steps: >= 1.

    Returns:
        (units,) counts with the sum `steps`.

    Raises:
        ArgumentError: weights that are no distribution, or no step.
    """
    _check_distribution(weights)
    check_whole(steps, "steps", 1, "pass how many steps there are")
    counts = torch.zeros(len(weights), dtype=torch.int64)
    for step in range(1, steps + 1):
        counts[(step * weights - counts).argmax()] += 1  # from the steps, so that no rounding adds up
    return counts


def softmax_latencies(
    logits: Float[Tensor, "rows keys"], time_constant: float | int = 1.0
) -> tuple[Float64[Tensor, "rows keys"], Float64[Tensor, "rows 1"]]:
    """Softmax in spike times: one spike for each logit, and one for the normaliser of each row.

    The spike of logit u comes at ``tau u``; a neuron with all weights 1 and the threshold ``keys - 1`` then fires at
    their log-sum-exp T (nlif-log-sum-exp), and the weights are ``exp((t - T)/tau)``.

    Args:
        logits: (rows, keys) float64, finite.
        time_constant: tau, > 0, in seconds.

    Returns:
        (rows, keys) spike times and (rows, 1) that of the normaliser, in seconds.

    Raises:
        ArgumentError: logits of another shape or dtype, or a time constant that is not finite and > 0.
        NotFiniteError: a logit is infinite or NaN.
    """
    check_fits(logits, "logits", "rows keys", torch.float64, "spike times")
    keys = logits.shape[1]
    if keys == 1:  # a neuron with the threshold 0 would be above it from the start
        return time_constant * logits, time_constant * logits
    neuron = NLIF(torch.ones(1, keys, dtype=torch.float64), keys - 1, time_constant)
    times = time_constant * logits
    return times, neuron(times)


def latency_weights(
    logits: Float[Tensor, "rows keys"], time_constant: float | int = 1.0, resolution: float | int = 0.0
) -> Float64[Tensor, "rows keys"]:
    """Weights of softmax read off spike times that are known to a resolution: spike-latency-code.

    Args:
        logits: (rows, keys) float64, finite.
        time_constant: tau, > 0, in seconds.
        resolution: dt, >= 0, in seconds: every spike is moved to the nearest multiple of 2 dt; 0 leaves it.

    Returns:
        (rows, keys) weights; they need not add up to 1.

    Raises:
        ArgumentError: as :func:`softmax_latencies`, or a resolution that is negative or not finite.
        NotFiniteError: a logit is infinite or NaN.
    """
    if isinstance(resolution, bool) or not isinstance(resolution, int | float) or not 0 <= resolution < math.inf:
        raise ArgumentError("resolution", resolution, "a finite number >= 0", "pass seconds, for example 0.01")
    times, normaliser = softmax_latencies(logits, time_constant)
    if resolution:
        times = (times / (2 * resolution)).round() * (2 * resolution)
        normaliser = (normaliser / (2 * resolution)).round() * (2 * resolution)
    return ((times - normaliser) / time_constant).exp()


def _check_distribution(weights: Float[Tensor, " units"]) -> None:
    check_fits(weights, "weights", "units", torch.float64, "the weights of softmax")
    off = float((weights.sum() - 1).abs())  # the weights and the sum are each rounded n times or less, by 2**-53
    if bool((weights < 0).any()) or off > 2**-50 * len(weights):
        raise ArgumentError("weights", weights.tolist(), "numbers >= 0 with the sum 1", "pass a row of softmax")
