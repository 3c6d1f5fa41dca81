"""Neurons whose potential rises by itself, as on a wheel: which fires first says whose dot product is largest."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.validation import check_array, check_fits


@dataclass(frozen=True, eq=False)
class Wheel:
    """A layer of neurons with linear phase: ``a(s) = slope (s - onset) + sum of w_j x_j over the inputs arrived by s``.

    Each fires at the first moment from the onset on at which a(s) reaches the threshold; the statement is
    wheel-latency, the source Furber et al. 2007.

    Args:
        weights: (neurons, inputs) float64, finite.
        threshold: finite, in the unit of the weights times that of the inputs.
        slope: rise of the potential, finite and > 0, in the unit of the threshold per second.
        onset: moment from which on the potential rises, in seconds.

    Raises:
        ArgumentError: weights of another rank or dtype, or a number out of range.
        NotFiniteError: a weight is infinite or NaN.
    """

    weights: Float[Tensor, "neurons inputs"]
    threshold: float | int = 1.0
    slope: float | int = 1.0
    onset: float | int = 0.0

    def __post_init__(self) -> None:
        """Check the arguments."""
        check_array(self.weights, "weights", "neurons inputs")
        if self.weights.dtype != torch.float64:
            raise ArgumentError("weights", self.weights.dtype, "float64 weights", "convert them with .double()")
        for name, least in (("threshold", -math.inf), ("slope", 0.0), ("onset", -math.inf)):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, int | float) or not least < number < math.inf:
                expected = "a finite number > 0" if least == 0 else "a finite number"
                raise ArgumentError(name, number, expected, "pass one, for example 1.0")

    def __call__(
        self, values: Float[Tensor, "batch inputs"], times: Float[Tensor, "batch inputs"]
    ) -> Float64[Tensor, "batch neurons"]:
        """Firing times of the neurons.

        Args:
            values: (batch, inputs) float64, finite, what each input is worth.
            times: (batch, inputs) float64 arrival times in seconds, finite.

        Returns:
            (batch, neurons) firing times in seconds, never before the onset.

        Raises:
            ArgumentError: another shape or dtype.
            NotFiniteError: a value or time is infinite or NaN.
        """
        inputs = self.weights.shape[1]
        check_fits(values, "values", f"batch {inputs}", torch.float64, "the weights")
        check_fits(times, "times", f"{len(values)} {inputs}", torch.float64, "the weights")
        arrivals, order = times.sort(dim=1)
        contributions = self.weights.mT[order] * values.gather(1, order)[..., None]  # batch, inputs, neurons
        raised = torch.zeros(len(times), len(self.weights), dtype=torch.float64)
        fired = torch.full_like(raised, math.inf)
        start = torch.full((len(times), 1), float(self.onset), dtype=torch.float64)
        for k in range(inputs + 1):
            end = arrivals[:, k : k + 1] if k < inputs else torch.full_like(start, math.inf)
            reached = torch.maximum(start, self.onset + (self.threshold - raised) / self.slope)
            fired = torch.where(fired.isinf() & (reached < end), reached, fired)
            if k < inputs:
                raised = raised + contributions[:, k]
                start = torch.maximum(start, end)
        return fired
