"""Measures of how well positions can be told apart, each of which might predict how fast a model learns.

With P the (length, dim) rows of an encoding, and tokens of norm sqrt(dim):

| measure | is |
|---|---|
| ``relative`` | smallest distance of neighbours, over the largest norm of a row |
| ``absolute`` | smallest distance of neighbours, over the norm of a token |
| ``normalised`` | the same over the norm of a token and a row together, which is what LayerNorm leaves of it |
| ``kernel`` | mean of <P_p, P_p> - <P_p, P_(p+1)>, over sqrt(dim) |
| ``rank`` | effective rank of the centred rows: exp of the entropy of the shares of their principal variances |
"""

import torch
from jaxtyping import Float64
from torch import Tensor

MEASURES = ("relative", "absolute", "normalised", "kernel", "rank")


def discriminability(rows: Float64[Tensor, "length dim"], token_scale: float = 1.0) -> dict[str, float]:
    """Measure an encoding.

    Args:
        rows: (length, dim) rows of the encoding, at least two, not all equal.
        token_scale: standard deviation of the entries of a token.

    Returns:
        every measure by name.
    """
    dim = rows.shape[1]
    token = token_scale * dim**0.5
    gap = float((rows[1:] - rows[:-1]).norm(dim=1).min())
    norms = rows.norm(dim=1)
    falls = norms[:-1].square() - (rows[1:] * rows[:-1]).sum(1)
    variances = torch.linalg.svdvals(rows - rows.mean(0)).square()
    return {
        "relative": gap / float(norms.max()),
        "absolute": gap / token,
        "normalised": gap / (token**2 + float(norms.square().mean())) ** 0.5,
        "kernel": float(falls.mean()) / dim**0.5,
        "rank": float(torch.special.entr(variances / variances.sum()).sum().exp()),
    }
