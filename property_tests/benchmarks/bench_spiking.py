"""Spiking neurons: a large layer forward and backward, and the search for the worst ratio.

pytest property_tests/benchmarks/bench_spiking.py
"""

import torch

from phase_latency.spiking import NLIF, worst_ratio


def test_a_layer_of_1000_by_1000_with_64_samples_forward_and_backward(benchmark):
    generator = torch.Generator().manual_seed(0)
    weights = (torch.rand(1000, 1000, generator=generator, dtype=torch.float64) * 4e-3).requires_grad_()
    times = torch.rand(64, 1000, generator=generator, dtype=torch.float64, requires_grad=True)
    layer = NLIF(weights)

    def both_ways():
        fired = layer(times)
        fired.sum().backward()
        return fired

    assert benchmark.pedantic(both_ways, rounds=5, warmup_rounds=1).isfinite().all()


def test_the_search_of_10000_networks(benchmark):
    found = benchmark.pedantic(lambda: worst_ratio(10_000, depth=4, width=6), rounds=1)
    assert 0.99 < found.ratio < 1 + 1e-6
