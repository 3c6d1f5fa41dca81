"""When neurons with exponential synapses fire: the first crossing of the threshold, and its derivative.

Between two arrivals the membrane potential is ``V(s) = W - A exp(-(s - t)/tau)``, t the last arrival, W the sum of the
weights that have arrived and A what of them is still to come. It is monotone there, so the threshold is reached before
the next arrival exactly if it is by that arrival; then ``T = t + tau ln(A/m)``, with the margin ``m = W - theta``.
One pass over the sorted arrivals finds the first such interval, for all neurons of a layer at once.
"""

import math
from typing import Any, NamedTuple

import torch
from jaxtyping import Float64
from torch import Tensor

Times = Float64[Tensor, "batch inputs"]
Weights = Float64[Tensor, "*samples neurons inputs"]
Fired = Float64[Tensor, "batch neurons"]


class Crossing(NamedTuple):
    """When neurons fire.

    Attributes:
        times: (batch, neurons) firing times, +inf for neurons that never fire.
        margins: (batch, neurons) sum of the weights that had arrived, minus the threshold; 1 for silent neurons.
    """

    times: Fired
    margins: Fired


def first_crossing(times: Times, weights: Weights, threshold: float, time_constant: float) -> Crossing:
    """Find when each neuron of a layer reaches its threshold.

    Args:
        times: (batch, inputs) arrival times, +inf for inputs that stay silent.
        weights: (neurons, inputs), of either sign; or (batch, neurons, inputs), a layer for each sample.
        threshold: theta, > 0.
        time_constant: tau, > 0, in the unit of the times.

    Returns:
        firing times and margins.
    """
    arrivals, order = times.sort(dim=1)
    by_input = weights.mT.contiguous()  # the weights of one input, in a row
    samples = torch.arange(len(times), device=times.device)
    batch, neurons = len(times), weights.shape[-2]
    remaining, total = times.new_zeros(batch, neurons), times.new_zeros(batch, neurons)
    at, held = times.new_full((batch, neurons), math.inf), times.new_ones(batch, neurons)
    margins = times.new_ones(batch, neurons)
    pending = torch.ones(batch, neurons, dtype=torch.bool, device=times.device)
    for k in range(arrivals.shape[1]):
        now = arrivals[:, k : k + 1]
        arrived = now.isfinite()
        if not bool(arrived.any()) or not bool(pending.any()):
            break
        chosen = by_input[order[:, k]] if weights.ndim == 2 else by_input[samples, order[:, k]]
        weight = torch.where(arrived, chosen, 0.0)
        remaining, total = remaining + weight, total + weight
        decayed = remaining * _decay(arrivals, k, time_constant)
        margin = total - threshold
        fires = (margin > 0) & (margin >= decayed) & pending & arrived
        if bool(fires.any()):
            at, held, margins = (
                torch.where(fires, new, old) for new, old in ((now, at), (remaining, held), (margin, margins))
            )
            pending = pending & ~fires
        remaining = decayed
    delay = (held.log() - margins.log()).nan_to_num(0.0).clamp_min(0.0)  # rounding alone lets it fire before
    return Crossing(at + time_constant * delay, margins)


def _decay(arrivals: Times, k: int, time_constant: float) -> Float64[Tensor, "batch 1"]:
    """What is left of the k-th remainder at the next arrival: nothing if there is none."""
    now = arrivals[:, k : k + 1]
    if k + 1 == arrivals.shape[1]:
        return torch.zeros_like(now)
    gap = arrivals[:, k + 1 : k + 2] - now
    return torch.where(now.isfinite(), (-gap / time_constant).exp(), 1.0)


class FiringTimes(torch.autograd.Function):
    """Firing times with the derivative of the closed form: ``dT/dt_j = w_j r_j/m``, ``dT/dw_j = -tau (1 - r_j)/m``.

    Here r_j = exp((t_j - T)/tau), for the inputs that arrived before the neuron fired; it is 0 for all others and for
    neurons that stay silent. Where an input arrives in the very moment, it is the derivative from the side without it.
    """

    @staticmethod
    def forward(ctx: Any, times: Times, weights: Weights, threshold: float, time_constant: float) -> Fired:
        """Find the firing times, and keep what the derivative is made of."""
        found = first_crossing(times, weights, threshold, time_constant)
        ctx.save_for_backward(times, weights, *found)
        ctx.time_constant = time_constant
        return found.times

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None, None]:
        """Sum over the neurons, sample by sample: a matrix of all pairs for one sample is as much as is held."""
        times, weights, fired, margins = ctx.saved_tensors
        per_margin = torch.where(fired.isfinite(), gradients[0] / margins, 0.0)
        of_times, of_weights = torch.zeros_like(times), torch.zeros_like(weights)
        for sample in range(len(times)):
            coefficient = per_margin[sample][:, None]
            response = (times[sample] - fired[sample][:, None]).div_(ctx.time_constant)
            causal = response < 0  # not those that never arrive, where it is NaN
            response = response.masked_fill_(~causal, -math.inf).exp_()
            of_weights.addcmul_(coefficient, causal.to(response.dtype).sub_(response), value=-ctx.time_constant)
            of_times[sample] = response.mul_(weights).mul_(coefficient).sum(0)
        return of_times, of_weights, None, None
