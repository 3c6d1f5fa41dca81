"""What is left over of the logits after the best scale, held against its certified bound, over dtypes and lengths.

The amplitude is no power of two, so that scaling really rounds. The compressed encoding is there for contrast: what no
scale explains stands far above every bound.
"""

from typing import Any

import torch

from phase_latency.encodings import Compressed, Scaled, Sinusoidal
from phase_latency.encodings.additive import AdditiveEncoding
from phase_latency.invariance import measure
from phase_latency.numerics.encodings import bounded_encoding

LENGTHS = (16, 32, 64, 128, 256, 512)
DTYPES = (torch.float64, torch.float32, torch.bfloat16, torch.float16)
DIM = 64
SECONDS = 0.1  # the spike window T


def errors() -> dict[str, Any]:
    """Residuals with their bounds: by dtype of the amplitude-scaled encoding, and of the compressed one in float64.

    Returns:
        width, window and lengths; for each series the residual at each length, its bound, and the verdict.
    """
    original = Sinusoidal(DIM)
    series = {
        str(dtype).removeprefix("torch."): [
            _residual(original, Scaled(original, SECONDS / length), length, dtype) for length in LENGTHS
        ]
        for dtype in DTYPES
    }
    compressed = [_residual(original, Compressed(original, SECONDS / n), n, torch.float64) for n in LENGTHS]
    return {
        "dim": DIM,
        "seconds": SECONDS,
        "lengths": list(LENGTHS),
        "series": series | {"compressed, float64": compressed},
    }


def _residual(original: AdditiveEncoding, other: AdditiveEncoding, length: int, dtype: torch.dtype) -> dict[str, Any]:
    P, Q = (bounded_encoding(each, torch.arange(length), dtype) for each in (original, other))
    found = measure(P.value, Q.value, error_P=P.error, error_Q=Q.error, budget=16 * length)
    return {**found.residual.to_dict(), "verdict": found.verdict}
