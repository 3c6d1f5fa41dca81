"""Softmax in spikes: one for each key, one for the normaliser, and what a network of neurons can do to them.

Run it with ``python examples/spiking_softmax.py``.
"""

import torch

from phase_latency.spiking import (
    NLIF,
    Network,
    certified,
    inhibited_counts,
    latency_weights,
    lipschitz_bound,
    profile,
    worst_ratio,
)


def main() -> None:
    """Compute attention weights by neurons, count spikes, and bound how far latencies can move."""
    logits = torch.tensor([[2.0, -1.0, 0.5, 0.0]], dtype=torch.float64)
    weights = logits.softmax(1)
    print("softmax            ", [round(each, 4) for each in weights[0].tolist()])
    print("by 5 latencies     ", [round(each, 4) for each in latency_weights(logits)[0].tolist()])
    counted = inhibited_counts(weights[0], 100) / 100
    print("by 100 spikes      ", [round(each, 4) for each in counted.tolist()])
    neuron = NLIF(torch.ones(1, 4, dtype=torch.float64), threshold=3.0)
    error = certified(neuron, logits).error.item()
    print(f"the normaliser fires at {neuron(logits).item():.6f}, certified to {error:.0e}")

    generator = torch.Generator().manual_seed(0)
    layers = [NLIF(torch.rand(6, 6, generator=generator, dtype=torch.float64) * 0.5 + 0.2) for _ in range(4)]
    network, times = Network(layers), torch.rand(16, 6, generator=generator, dtype=torch.float64)
    bound = lipschitz_bound(network, times)
    print(f"published constant over 4 layers {bound.published:.0f}, sharp {bound.times:.0f}")
    print(f"worst of 500 networks without inhibition {worst_ratio(500, depth=4).ratio:.4f}")
    print(f"                         and with it     {worst_ratio(500, depth=4, signs='signed').ratio:.4f}")
    for each in profile(Network([NLIF(torch.tensor([[3.0, -1.0]], dtype=torch.float64))])):
        print(f"{each.name}: {each.word}")


if __name__ == "__main__":
    main()
