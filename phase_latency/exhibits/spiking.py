"""Spiking neurons in figures: a raster, latency against dot product, bounds over depth, errors against spikes."""

import math
from typing import Any

import torch
from torch import Tensor

from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.comparison import Comparison
from phase_latency.numerics.functions import exp, softmax
from phase_latency.spiking import (
    NLIF,
    Network,
    Wheel,
    certified,
    independent_counts,
    inhibited_counts,
    latency_weights,
    lipschitz_bound,
    worst_ratio,
)

UNITS, ROWS, RUNS = 16, 12, 24
STEPS = (16, 32, 64, 128, 256, 512)
RESOLUTIONS = (0.25, 0.0625, 0.015625, 0.00390625)  # of a latency code, in units of its time constant
DEPTHS = (1, 2, 3, 4, 5, 6)
WIDTH, NETWORKS = 8, 200
_RESAMPLED = 400  # draws of a bootstrap


def spiking(seed: int = 0) -> dict[str, Any]:
    """Measure what the figures on spiking neurons show.

    Args:
        seed: of all random choices.

    Returns:
        ``raster``, ``wheel``, ``depth`` and ``codes``, each a dictionary of numbers.
    """
    return {"raster": _raster(seed), "wheel": _wheel(seed), "depth": _depth(seed), "codes": _codes(seed)}


def _raster(seed: int) -> dict[str, Any]:
    """Two layers: when inputs arrive and neurons fire, and which inputs made each of them fire."""
    generator = torch.Generator().manual_seed(seed)
    times = 2 * torch.rand(1, 6, generator=generator, dtype=torch.float64)
    shapes = ((5, 6), (4, 5))
    layers = [NLIF(torch.rand(*shape, generator=generator, dtype=torch.float64) + 0.15) for shape in shapes]
    rows, causal, inputs = [times[0].tolist()], [], times
    for layer in layers:
        causal.append(layer.causal_sets(inputs)[0].tolist())
        inputs = layer(inputs)
        rows.append([each if math.isfinite(each) else None for each in inputs[0].tolist()])
    return {"times": rows, "causal": causal}


def _wheel(seed: int) -> dict[str, Any]:
    """Latencies of a wheel's neurons against their dot products, with a high threshold and with a low one."""
    generator = torch.Generator().manual_seed(seed)
    weights = torch.rand(24, 6, generator=generator, dtype=torch.float64)
    values = torch.rand(1, 6, generator=generator, dtype=torch.float64)
    times = torch.rand(1, 6, generator=generator, dtype=torch.float64)
    products = (weights @ values[0]).tolist()
    high = max(products) + float(times.max())
    low = high / 3
    found = {name: Wheel(weights, limit)(values, times)[0].tolist() for name, limit in (("high", high), ("low", low))}
    thresholds = {"high": high, "low": low}
    return {"products": products, "thresholds": thresholds, "latencies": found, "last": float(times.max())}


def _depth(seed: int) -> dict[str, Any]:
    """The published constant of networks of growing depth, the sharp one, and the worst ratio that a search finds."""
    generator = torch.Generator().manual_seed(seed)
    layers = [NLIF(torch.rand(WIDTH, WIDTH, generator=generator, dtype=torch.float64) * 0.5 + 0.2) for _ in DEPTHS]
    times = torch.rand(32, WIDTH, generator=generator, dtype=torch.float64)
    bounds = [lipschitz_bound(Network(layers[:depth]), times) for depth in DEPTHS]
    found = [worst_ratio(NETWORKS, depth=depth, width=WIDTH, seed=seed).ratio for depth in DEPTHS]
    signed = [worst_ratio(NETWORKS, depth=depth, width=WIDTH, signs="signed", seed=seed).ratio for depth in DEPTHS]
    return {
        **{"depths": list(DEPTHS), "networks": NETWORKS, "width": WIDTH},
        **{"published": [bound.published for bound in bounds], "sharp": [bound.times for bound in bounds]},
        **{"weights": [bound.weights for bound in bounds], "found": found, "inhibited": signed},
    }


def _codes(seed: int) -> dict[str, Any]:
    """Distance in total variation from softmax, against the number of spikes, for three codes."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(ROWS, UNITS, generator=generator, dtype=torch.float64)
    weights = logits.softmax(1)
    independent = torch.stack([_independent(weights, steps, generator) for steps in STEPS])
    inhibited = torch.stack([_inhibited(weights, steps) for steps in STEPS])
    latency = [_latency(logits, weights, resolution) for resolution in RESOLUTIONS]
    return {
        **{"units": UNITS, "rows": ROWS, "runs": RUNS, "steps": list(STEPS)},
        "independent": [_mean(each, _stochastic(steps)) for each, steps in zip(independent, STEPS, strict=True)],
        "inhibited": [_mean(each, _deterministic(steps)) for each, steps in zip(inhibited, STEPS, strict=True)],
        "latency": [{"resolution": dt, **each} for dt, each in zip(RESOLUTIONS, latency, strict=True)],
        "slopes": {
            "independent": _slope(independent, generator) | {"predicted": -0.5},
            "inhibited": _slope(inhibited, generator) | {"predicted": -1.0},
        },
        "certified": _certified(logits),
    }


def _independent(weights: Tensor, steps: int, generator: torch.Generator) -> Tensor:
    """(rows * runs,) distances."""
    found = [_distance(independent_counts(row, steps, generator) / steps, row) for row in weights for _ in range(RUNS)]
    return torch.stack(found)


def _inhibited(weights: Tensor, steps: int) -> Tensor:
    """(rows,) distances."""
    return torch.stack([_distance(inhibited_counts(row, steps) / steps, row) for row in weights])


def _latency(logits: Tensor, weights: Tensor, resolution: float) -> dict[str, float]:
    """The mean distance, its bound, and how many spikes a row costs."""
    off = (latency_weights(logits, 1.0, resolution) - weights).abs().sum(1) / 2
    return {"value": float(off.mean()), "bound": math.expm1(2 * resolution) / 2, "spikes": UNITS + 1}


def _certified(logits: Tensor) -> dict[str, float]:
    """How far weights of latencies without a resolution are from those of torch, and what rounding explains."""
    neuron = NLIF(torch.ones(1, UNITS, dtype=torch.float64), UNITS - 1)
    by_spikes = exp(Bounded.exact(logits) - certified(neuron, logits))
    error, bound, _ = Comparison.equal(by_spikes, softmax(Bounded.exact(logits))).worst()
    return {"value": error, "bound": bound}


def _distance(found: Tensor, weights: Tensor) -> Tensor:
    return (found - weights).abs().sum() / 2


def _stochastic(steps: int) -> float:
    return math.sqrt((UNITS - 1) / (4 * steps))  # spike-rate-stochastic


def _deterministic(steps: int) -> float:
    return UNITS * (UNITS - 1) / (2 * steps)  # spike-rate-deterministic, added up over units


def _mean(found: Tensor, bound: float) -> dict[str, float]:
    return {"value": float(found.mean()), "bound": bound}


def _slope(found: Tensor, generator: torch.Generator) -> dict[str, float]:
    """Slope of the logarithm of the mean distance against that of the steps, with a bootstrap interval of 95 %."""
    drawn = torch.randint(found.shape[1], (_RESAMPLED, found.shape[1]), generator=generator)
    slopes = torch.stack([_fitted(found[:, chosen].mean(1)) for chosen in drawn]).sort().values
    low, high = slopes[int(0.025 * _RESAMPLED)], slopes[int(0.975 * _RESAMPLED)]
    return {"value": float(_fitted(found.mean(1))), "low": float(low), "high": float(high)}


def _fitted(means: Tensor) -> Tensor:
    x = torch.tensor(STEPS, dtype=torch.float64).log()
    y = means.log()
    return ((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum()
