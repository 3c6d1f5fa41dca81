"""The attention weights of one layer, whose encoding is re-timed, scaled, or compressed: the three readings."""

from typing import Any

import torch

from phase_latency.attention import Attention
from phase_latency.encodings import Compressed, Retimed, Scaled, Sinusoidal
from phase_latency.encodings.additive import AdditiveEncoding
from phase_latency.latency import LatencyMap
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.encodings import bounded_encoding
from phase_latency.numerics.layers import bounded_logits, bounded_weights

LENGTH, DIM = 16, 32
SECONDS = 1.0  # the spike window T


def readings(seed: int) -> dict[str, Any]:
    """Weights of a random head on random content, under each reading.

    Args:
        seed: of the layer and the content.

    Returns:
        for each reading the weights, (length, length), query first, and the largest total variation of a row from the
        weights with the encoding as it is, with its bound.
    """
    generator = torch.Generator().manual_seed(seed)
    w_q, w_k = (torch.randn(1, DIM, DIM, generator=generator, dtype=torch.float64) / DIM**0.5 for _ in range(2))
    content = torch.randn(LENGTH, DIM, generator=generator, dtype=torch.float64)
    layer, original = Attention(w_q, w_k, w_v=torch.zeros_like(w_q)), Sinusoidal(DIM)
    encodings: dict[str, AdditiveEncoding] = {
        "as it is": original,
        "re-timed": Retimed(original, LatencyMap(SECONDS, LENGTH)),
        "amplitude": Scaled(original, SECONDS / LENGTH),
        "compressed": Compressed(original, SECONDS / LENGTH),
    }
    weights = {name: _weights(layer, content, each) for name, each in encodings.items()}
    return {
        "length": LENGTH,
        "dim": DIM,
        "seconds": SECONDS,
        "readings": {name: _reading(each, weights["as it is"]) for name, each in weights.items()},
    }


def _weights(layer: Attention, content: torch.Tensor, encoding: AdditiveEncoding) -> Bounded:
    table = bounded_encoding(encoding, torch.arange(LENGTH))
    return bounded_weights(bounded_logits(layer, content, table))[0]


def _reading(weights: Bounded, reference: Bounded) -> dict[str, Any]:
    variation = abs(weights - reference).sum(-1) / 2
    row = int(variation.value.argmax())
    figure = {"value": float(variation.value[row]), "bound": float(variation.error.max())}
    return {"weights": weights.value.tolist(), "total_variation": figure}
