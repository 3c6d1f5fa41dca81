"""Similarity by distance: of the sinusoidal encoding, scaled by an amplitude, and compressed in frequency.

The Gram matrix of each depends on the distance only (`gram-toeplitz`), so that its first column says all. Sizes are
those of the figures in arXiv:2605.00662: 128 positions, width 128, a spike window of one second.
"""

from typing import Any

import torch

from phase_latency.encodings import Compressed, Scaled, Sinusoidal
from phase_latency.encodings.additive import AdditiveEncoding
from phase_latency.invariance import measure
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.encodings import bounded_encoding

LENGTH = DIM = 128


def similarity() -> dict[str, Any]:
    """Similarities of position 0 with all others, and how far each reading is from a multiple of the original.

    Returns:
        length, width, factor; for each encoding the similarities by distance and the largest of their bounds, at how
        many steps of the distance it certainly rises, and scale and residual against the original, with bounds.
    """
    original = Sinusoidal(DIM)
    encodings: dict[str, AdditiveEncoding] = {
        "sinusoidal": original,
        "amplitude": Scaled(original, 1 / LENGTH),
        "compressed": Compressed(original, 1 / LENGTH),
    }
    return {
        "length": LENGTH,
        "dim": DIM,
        "factor": 1 / LENGTH,
        "encodings": {name: _similarity(each, original) for name, each in encodings.items()},
    }


def _similarity(encoding: AdditiveEncoding, original: AdditiveEncoding) -> dict[str, Any]:
    positions = torch.arange(LENGTH)
    table, reference = (bounded_encoding(each, positions) for each in (encoding, original))
    column = (table @ table[:1].mT).flatten()
    found = measure(reference.value, table.value, error_P=reference.error, error_Q=table.error)
    return {
        "values": column.value.tolist(),
        "bound": float(column.error.max()),
        "rises": _rises(column),
        "scale": found.scale.to_dict(),
        "residual": found.residual.to_dict(),
        "verdict": found.verdict,
    }


def _rises(column: Bounded) -> int:
    """At how many steps the similarity certainly grows with the distance."""
    steps = column.value[1:] - column.value[:-1]
    return int((steps > 2 * (column.error[1:] + column.error[:-1])).sum())  # twice, for the rounding of the difference
