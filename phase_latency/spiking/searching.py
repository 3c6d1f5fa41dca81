"""Looking for the inputs at which a network moves most: many networks at once, by hill climbing.

The largest ratio ``max_k |T_k(t) - T_k(t')| / max_j |t_j - t'_j|`` that is found is a lower bound of the Lipschitz
constant, never a proof. Random networks of one architecture are climbed together, one pair of inputs for each.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.spiking.firing import first_crossing
from phase_latency.validation import check_whole

Weights = tuple[Float64[Tensor, "networks neurons inputs"], ...]


@dataclass(frozen=True)
class Worst:
    """What the search found.

    Attributes:
        ratio: the largest ratio, over all networks and pairs.
        network: number of the network.
        times: (inputs,) the one input of the pair, in seconds.
        moved: (inputs,) the other one.
        weights: weights of that network, layer by layer.
        networks: how many were searched.
        pairs: how many pairs were tried in which all neurons of the last layer fire.
    """

    ratio: float
    network: int
    times: tuple[float, ...]
    moved: tuple[float, ...]
    weights: tuple[Float64[Tensor, "neurons inputs"], ...]
    networks: int
    pairs: int


def worst_ratio(
    networks: int = 1000,
    *,
    depth: int = 3,
    width: int = 5,
    signs: str = "excitatory",
    steps: int = 40,
    seed: int = 0,
) -> Worst:
    """Search random networks for the pair of inputs that moves the output most.

    Args:
        networks: how many.
        depth: layers of each.
        width: inputs of each, and neurons of each layer.
        signs: "excitatory" draws weights >= 0, "signed" a third of them negative.
        steps: of hill climbing; each changes both inputs of a pair and keeps what is better.
        seed: of all random choices.

    Returns:
        the worst pair.

    Raises:
        ArgumentError: a number below 1, a negative seed, or other signs.
    """
    for name, number in (("networks", networks), ("depth", depth), ("width", width), ("steps", steps)):
        check_whole(number, name, 1, "pass how many")
    check_whole(seed, "seed", 0, "pass a seed, for example 0")
    if signs not in ("excitatory", "signed"):
        raise ArgumentError("signs", signs, '"excitatory" or "signed"', "choose one")
    generator = torch.Generator().manual_seed(seed)
    weights = _random_weights(networks, depth, width, signs, generator)
    times = 3 * torch.rand(networks, width, generator=generator, dtype=torch.float64)
    moved = times + _random_step(times, generator)
    best, fired = _ratios(weights, times, moved)
    pairs = int(fired.sum())
    for step in range(steps):
        reach = 2.0 ** -(step % 20)  # from large moves to small ones, and again
        other, other_moved = (one + reach * _random_step(one, generator) for one in (times, moved))
        found, fired = _ratios(weights, other, other_moved)
        better = (found > best)[:, None]
        times, moved = torch.where(better, other, times), torch.where(better, other_moved, moved)
        best = torch.maximum(best, found)
        pairs += int(fired.sum())
    worst = int(best.argmax())
    chosen = tuple(layer[worst] for layer in weights)
    pair = (tuple(times[worst].tolist()), tuple(moved[worst].tolist()))
    return Worst(float(best[worst]), worst, *pair, chosen, networks, pairs)


def _random_weights(networks: int, depth: int, width: int, signs: str, generator: torch.Generator) -> Weights:
    """Weights whose sum exceeds the threshold 1 in most neurons."""
    layers = []
    for _ in range(depth):
        layer = torch.rand(networks, width, width, generator=generator, dtype=torch.float64) * 4 / width + 0.4
        if signs == "signed":
            layer = torch.where(torch.rand(layer.shape, generator=generator) < 1 / 3, -layer / 2, layer)
        layers.append(layer)
    return tuple(layers)


def _random_step(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.rand(like.shape, generator=generator, dtype=torch.float64) * 2 - 1


def _ratios(weights: Weights, times: Tensor, moved: Tensor) -> tuple[Tensor, Tensor]:
    """The ratio of each pair, 0 where it is none, and whether it is one: every neuron of the last layer fires."""
    outputs = []
    for inputs in (times, moved):
        for layer in weights:
            inputs = first_crossing(inputs, layer, 1.0, 1.0).times
        outputs.append(inputs)
    apart = (times - moved).abs().amax(1)
    fired = outputs[0].isfinite().all(1) & outputs[1].isfinite().all(1) & (apart > 1e-6)  # nearer, rounding shows
    ratio = (outputs[0] - outputs[1]).abs().amax(1) / apart
    return torch.where(fired, ratio, 0.0), fired
