"""Firing times with a certified error: enclosed by the membrane potential itself, not by how they were computed.

The closed form of the inputs that have arrived is computed once more, with its error; then the potential, with its own
error, has to be below the threshold at every moment before that at which it could have been reached. Both together
leave no other place for the first crossing.
"""

import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.functions import exp, log
from phase_latency.numerics.propagation import inflated
from phase_latency.spiking.nlif import NLIF

# Factors on the error of the closed form: the potential may round to more than it grows in so short a time.
_WIDENED = (1, 16, 256, 4096)


def certified(layer: NLIF, times: Float[Tensor, "batch inputs"] | Bounded) -> Bounded:
    """Firing times, and how far they can be from the exact ones.

    Args:
        layer: neurons, with weights of either sign.
        times: (batch, inputs) float64 arrival times in seconds, +inf for inputs that stay silent; with an error, if
            they have one and no weight is negative.

    Returns:
        (batch, neurons) firing times in seconds, exactly as the layer computes them. The error is infinite for
        neurons that stay silent, and where nothing is certified, such as next to a threshold that is just reached.

    Raises:
        ArgumentError: as the layer, or times with an error and a negative weight.
    """
    given = times if isinstance(times, Bounded) else Bounded.exact(times.detach())
    signed = bool((layer.weights < 0).any())
    if signed and bool((given.error > 0).any()):
        expected = "weights >= 0 behind times with an error: nlif-nonexpansive needs them"
        raise ArgumentError("layer", "negative weights", expected, "certify layers with inhibition by themselves")
    fired = layer(given.value).detach()
    arrivals, weights = given.value[:, None, :], layer.weights.detach()[None]
    closed_form = _closed_form(layer, arrivals, weights, torch.where(fired.isfinite(), fired, 0.0))
    least = torch.where(fired.isfinite(), (closed_form.value - fired).abs() + closed_form.error, torch.inf)
    own = torch.full_like(fired, torch.inf)
    for factor in _WIDENED:
        error = factor * least
        moment = fired - error  # rounded: the error is what lies between, which may be more than was asked for
        error = torch.maximum(error, fired - moment)
        certain = _is_below(layer, arrivals, weights, moment, signed)
        if signed:  # of an input that arrives within the error nobody knows whether it takes part
            certain &= ~((arrivals - fired[..., None]).abs() <= error[..., None]).any(-1)
        own = torch.minimum(own, torch.where(certain & ~error.isnan(), error, torch.inf))
    inherited = torch.where(given.value.isfinite(), given.error, 0.0).amax(1, keepdim=True)
    return Bounded(fired, inflated(own + inherited))


def _closed_form(
    layer: NLIF, arrivals: Float64[Tensor, "..."], weights: Float64[Tensor, "..."], fired: Float64[Tensor, "..."]
) -> Bounded:
    """``T + tau ln(sum w_j r_j/m)`` for the inputs that have arrived by T."""
    arrived = arrivals <= fired[..., None]
    decay = exp(
        (Bounded.exact(torch.where(arrived, arrivals, fired[..., None])) - fired[..., None]) / layer.time_constant
    )
    margin = Bounded.exact(arrived.double() * weights).sum(-1) - float(layer.threshold)
    return Bounded.exact(fired) + log((decay * (arrived.double() * weights)).sum(-1) / margin) * layer.time_constant


def _is_below(
    layer: NLIF,
    arrivals: Float64[Tensor, "..."],
    weights: Float64[Tensor, "..."],
    end: Float64[Tensor, "batch neurons"],
    signed: bool,
) -> Bool[Tensor, "batch neurons"]:
    """Whether the potential is certainly below the threshold up to a moment: there, and at each arrival before."""
    certain = _below_at(layer, arrivals, weights, end)
    if not signed:  # the potential never falls
        return certain
    for arrival in arrivals[:, 0].unbind(-1):
        moment = arrival[:, None].expand_as(end)
        certain &= _below_at(layer, arrivals, weights, moment) | (moment >= end)
    return certain


def _below_at(
    layer: NLIF,
    arrivals: Float64[Tensor, "..."],
    weights: Float64[Tensor, "..."],
    moment: Float64[Tensor, "batch neurons"],
) -> Bool[Tensor, "batch neurons"]:
    """Whether the potential is certainly below the threshold at a moment; of no moment that is not finite."""
    at = torch.where(moment.isfinite(), moment, 0.0)[..., None]
    arrived = arrivals < at
    response = 1 - exp((Bounded.exact(torch.where(arrived, arrivals, at)) - at) / layer.time_constant)
    potential = (response * (arrived.double() * weights)).sum(-1)
    return moment.isfinite() & (potential.value + potential.error < layer.threshold)
