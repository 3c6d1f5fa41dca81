"""Non-leaky integrate-and-fire neurons with exponential synapses, exact and differentiable."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.spiking.firing import FiringTimes
from phase_latency.validation import check_array


@dataclass(frozen=True, eq=False)
class NLIF:
    """A layer of neurons, each of which fires once or never.

    The membrane potential of a neuron is ``V(s) = sum_j w_j (1 - exp(-(s - t_j)/tau))``, over the inputs that arrived
    before s; it fires at the first s at which V reaches theta. Times are found in closed form after sorting the
    arrivals, without a step size; their gradient is that of the closed form.

    Args:
        weights: (neurons, inputs) float64, finite, of either sign.
        threshold: theta, finite and > 0, in the unit of the weights.
        time_constant: tau, finite and > 0, in seconds.

    Raises:
        ArgumentError: weights of another rank or dtype, no input, or a threshold or time constant that is not > 0.
        NotFiniteError: a weight is infinite or NaN.
    """

    weights: Float[Tensor, "neurons inputs"]
    threshold: float | int = 1.0
    time_constant: float | int = 1.0

    def __post_init__(self) -> None:
        """Check the arguments."""
        check_array(self.weights, "weights", "neurons inputs")
        if self.weights.dtype != torch.float64:
            raise ArgumentError("weights", self.weights.dtype, "float64 weights", "convert them with .double()")
        for name in ("threshold", "time_constant"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
                raise ArgumentError(name, value, "a finite number > 0", "pass one, for example 1.0")

    def __call__(self, times: Float[Tensor, "batch inputs"]) -> Float64[Tensor, "batch neurons"]:
        """Firing times of the neurons.

        Args:
            times: (batch, inputs) float64 arrival times in seconds; +inf for inputs that stay silent.

        Returns:
            (batch, neurons) firing times in seconds; +inf for neurons that stay silent, with the gradient 0.

        Raises:
            ArgumentError: times of another rank or dtype, not one for each input, or -inf or NaN among them.
        """
        if not isinstance(times, Tensor) or times.ndim != 2:
            raise ArgumentError("times", times, "a tensor of shape (batch, inputs)", "pass one row for each sample")
        if times.dtype != torch.float64:
            raise ArgumentError("times", times.dtype, "float64 seconds", "convert them with .double()")
        if times.shape[1] != self.weights.shape[1]:
            expected = f"(batch, {self.weights.shape[1]}), a time for each input"
            raise ArgumentError("times", tuple(times.shape), expected, "pass +inf for inputs that stay silent")
        if bool((times.isnan() | times.isneginf()).any()):
            raise ArgumentError("times", "NaN or -inf", "finite times, or +inf for silence", "mend what computed them")
        return FiringTimes.apply(times, self.weights, float(self.threshold), float(self.time_constant))  # type: ignore[no-any-return, no-untyped-call]

    def causal_sets(self, times: Float[Tensor, "batch inputs"]) -> Bool[Tensor, "batch neurons inputs"]:
        """Which inputs arrived by the time that a neuron fires, and so take part in when it does.

        Args:
            times: (batch, inputs) float64 arrival times in seconds; +inf for inputs that stay silent.

        Returns:
            (batch, neurons, inputs); False throughout for neurons that stay silent.

        Raises:
            ArgumentError: as when it is called.
        """
        fired = self(times).detach()[..., None]
        return (times[:, None, :] <= fired) & fired.isfinite()
