"""What a normalisation makes of the amplitude: n_eps(a x) = n_(eps/a^2)(x), so it acts as another epsilon.

Rows of the sinusoidal encoding have the mean square 1/2, so behind RMSNorm an amplitude multiplies all logits by
(1/2 + eps)/(1/2 + eps/a^2): 1 if eps is small against a^2, and almost nothing if it is not (`lemma-1-normalised`).
"""

from typing import Any

import torch

from phase_latency.attention import Attention
from phase_latency.encodings import Scaled, Sinusoidal
from phase_latency.invariance import measure
from phase_latency.normalisation import RMSNorm
from phase_latency.numerics.encodings import bounded_encoding

LENGTH, DIM = 32, 32
EPSILONS = (1e-5, 1e-6, 1e-12)  # of BERT's successors, of LLaMA, of BERT
_MEAN_SQUARE = 0.5  # of a row of the encoding: the mean of sin^2 and cos^2
AMPLITUDES = tuple(2.0**-k for k in range(0, 15, 2))
LINE = tuple(2.0 ** (-k / 4) for k in range(57))


def epsilon() -> dict[str, Any]:
    """The factor on the logits, measured behind RMSNorm, for each epsilon and amplitude.

    Returns:
        amplitudes; for each epsilon the factors with their bounds and what is predicted; what is predicted
        on a finer line of amplitudes.
    """
    series = {f"{eps:g}": [_factor(eps, a) for a in AMPLITUDES] for eps in EPSILONS}
    return {
        "length": LENGTH,
        "dim": DIM,
        "amplitudes": list(AMPLITUDES),
        "series": series,
        "line": list(LINE),
        "predicted": {f"{eps:g}": [_predicted(eps, a) for a in LINE] for eps in EPSILONS},
    }


def _factor(eps: float, a: float) -> dict[str, Any]:
    identity = torch.eye(DIM, dtype=torch.float64)[None]
    norm = RMSNorm(torch.ones(DIM, dtype=torch.float64), eps=eps)
    layer = Attention(identity, identity, w_v=torch.zeros_like(identity), norm=norm)
    encoding, positions = Sinusoidal(DIM), torch.arange(LENGTH)
    P, Q = (bounded_encoding(each, positions) for each in (encoding, Scaled(encoding, a)))
    found = measure(P.value, Q.value, layer, error_P=P.error, error_Q=Q.error, budget=LENGTH)
    return {**found.scale.to_dict(), "predicted": _predicted(eps, a), "verdict": found.verdict}


def _predicted(eps: float, a: float) -> float:
    return (_MEAN_SQUARE + eps) / (_MEAN_SQUARE + eps / a**2)
