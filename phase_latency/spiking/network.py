"""Feedforward networks of nLIF layers, and how far their output can move: the published bound and the sharp one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.spiking.firing import first_crossing
from phase_latency.spiking.nlif import NLIF


class Network:
    """Layers of neurons, one after the other; a callable from input times to output times, with autograd.

    Args:
        layers: at least one; each has as many inputs as the one before has neurons.

    Raises:
        ArgumentError: no layer, something that is none, or sizes that do not fit.
    """

    def __init__(self, layers: Sequence[NLIF]) -> None:
        """Check that the layers fit."""
        self.layers = tuple(layers)
        if not self.layers or not all(isinstance(layer, NLIF) for layer in self.layers):
            raise ArgumentError("layers", layers, "one NLIF layer or more", "pass a list of layers")
        for number, (first, second) in enumerate(zip(self.layers, self.layers[1:], strict=False), 1):
            if second.weights.shape[1] != first.weights.shape[0]:
                expected = f"{first.weights.shape[0]} inputs, one for each neuron of the layer before"
                got = f"{second.weights.shape[1]} inputs"
                raise ArgumentError(f"layers[{number}]", got, expected, "make the sizes agree")

    def __call__(self, times: Float[Tensor, "batch inputs"]) -> Float64[Tensor, "batch neurons"]:
        """Firing times of the last layer.

        Args:
            times: (batch, inputs) float64 arrival times in seconds; +inf for inputs that stay silent.

        Returns:
            (batch, neurons) firing times in seconds; +inf for neurons that stay silent.

        Raises:
            ArgumentError: as a layer.
        """
        for layer in self.layers:
            times = layer(times)
        return times

    @property
    def inputs(self) -> int:
        """How many inputs there are."""
        return int(self.layers[0].weights.shape[1])

    @property
    def inhibits(self) -> bool:
        """Whether a weight is negative."""
        return any(bool((layer.weights < 0).any()) for layer in self.layers)

    def __repr__(self) -> str:
        """Sizes of the layers, on one line."""
        sizes = [self.inputs, *(len(layer.weights) for layer in self.layers)]
        return f"Network({' -> '.join(map(str, sizes))})"


@dataclass(frozen=True)
class LayerBound:
    """Lipschitz constants of one layer at some inputs, in the largest norm.

    Attributes:
        published: ``|C| max(W, tau)/delta``, with the factor 2 of arXiv:2504.14015, over times and weights.
        without_factor: the same without the factor 2: nlif-published-bound.
        times: for the times alone: 1 without inhibition (nlif-nonexpansive), else the largest 1-norm of the gradient
            that occurs at these inputs, which holds near them only.
        weights: for the weights alone, ``tau |C|/delta``: nlif-weights-add.
    """

    published: float
    without_factor: float
    times: float
    weights: float


@dataclass(frozen=True)
class LipschitzBound:
    """Lipschitz constants of a network at some inputs, in the largest norm.

    Attributes:
        layers: those of each layer, in order.
        everywhere: whether `times` holds for all inputs: it does exactly if no weight is negative.
    """

    layers: tuple[LayerBound, ...]
    everywhere: bool

    @property
    def published(self) -> float:
        """The product of the published constants of the layers."""
        return math.prod(layer.published for layer in self.layers)

    @property
    def times(self) -> float:
        """The product of the constants of the times: 1 if no weight is negative."""
        return math.prod(layer.times for layer in self.layers)

    @property
    def weights(self) -> float:
        """What a change of all weights by 1 adds up to: each layer's share, carried through those behind it."""
        total = 0.0
        for layer in self.layers:
            total = layer.times * total + layer.weights
        return total


def as_network(network: object) -> Network:
    """A network as it is, a layer as the network that consists of it.

    Args:
        network: a :class:`Network`, or a single :class:`NLIF` layer.

    Returns:
        the network.

    Raises:
        ArgumentError: anything else.
    """
    if isinstance(network, NLIF):
        return Network([network])
    if not isinstance(network, Network):
        raise ArgumentError("network", network, "a Network or an NLIF layer", "pass one of phase_latency.spiking")
    return network


def lipschitz_bound(
    network: object, times: Float[Tensor, "batch inputs"], margin: float | None = None
) -> LipschitzBound:
    """How far the output can move: the published bound, and the sharp one beside it.

    Args:
        network: a :class:`Network`, or a single :class:`NLIF` layer.
        times: (batch, inputs) float64 inputs in seconds, at which causal sets and margins are taken.
        margin: delta, a lower bound of all margins, if one is known; None takes the least that occurs.

    Returns:
        the constants, layer by layer. One that needs a causal set is 0 in a layer that stays silent.

    Raises:
        ArgumentError: something that is no network, a margin that is not a number > 0, or as a layer.
    """
    network = as_network(network)
    if margin is not None and not (isinstance(margin, (int, float)) and 0 < margin < math.inf):
        raise ArgumentError("margin", margin, "a finite number > 0, or None", "pass a lower bound of the margins")
    bounds = []
    for layer in network.layers:
        fired = layer(times)  # which refuses times that are none
        bounds.append(_of_layer(layer, times.detach(), margin))
        times = fired
    return LipschitzBound(tuple(bounds), not network.inhibits)


def _of_layer(layer: NLIF, times: Tensor, margin: float | None) -> LayerBound:
    crossing = first_crossing(times, layer.weights.detach(), float(layer.threshold), float(layer.time_constant))
    fires = crossing.times.isfinite()
    if not bool(fires.any()):
        return LayerBound(0.0, 0.0, 0.0, 0.0)
    causal = (times[:, None] < crossing.times[..., None]) & fires[..., None]
    size = int(causal.sum(-1).max())
    delta = margin or float(crossing.margins[fires].min())
    weights, constant = layer.weights.detach(), float(layer.time_constant)
    joint = size * max(float(weights.abs().max()), constant) / delta
    return LayerBound(
        2 * joint, joint, _of_times(layer, times, crossing.times, crossing.margins), constant * size / delta
    )


def _of_times(layer: NLIF, times: Tensor, fired: Tensor, margins: Tensor) -> float:
    """1 without inhibition; else the largest 1-norm of the gradient."""
    weights = layer.weights.detach()
    if not bool((weights < 0).any()):
        return 1.0
    response = ((times[:, None] - fired[..., None]) / layer.time_constant).exp()
    causal = (times[:, None] < fired[..., None]) & fired.isfinite()[..., None]
    norms = torch.where(causal, weights.abs() * response, 0.0).sum(-1) / margins
    return float(norms.max())
