"""What rounding can do to a logit, for code that cannot be looked into.

Code under check is a black box, so its rounding follows a model: computed with unit roundoffs u_s of its results and
u_a of its angles, an image v = R(p) x differs from the exact one by at most

    |v| (8 u_s + (8 + 4 rate |p|) u_a),

where |v| is the largest image of x and p the largest position in the call, and ``rate |v|`` bounds how fast the image
turns (radians per position). Four roundings of an angle cover casting a position, rescaling it and multiplying by a
frequency; eight of a result cover sine and cosine, two products, a sum and a factor. A logit adds the rounding of an
inner product in float64. A bias differs by ``8 u_s |b| + 4 u_a rate |p|``. Underflow adds the smallest number of the
dtype. Frequencies, slopes and tables are what they are: their own rounding is no deviation.
"""

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.numerics.roundoff import gamma, underflow, unit_roundoff

RESULT_ROUNDINGS, ANGLE_ROUNDINGS = 8, 4


def relative_bound(inner: int, reach: float, rate: float, storage: torch.dtype, angles: torch.dtype) -> float:
    """Largest distance of a bilinear logit to the exact one, relative to the norms of its query and key.

    Args:
        inner: width of queries and keys.
        reach: largest position of the call, in absolute value.
        rate: how fast images turn at most, radians per position.
        storage: dtype that results are rounded to.
        angles: dtype that angles are formed in.

    Returns:
        the factor, by the model above.
    """
    turning = 2 * ANGLE_ROUNDINGS * reach * rate * unit_roundoff(angles)
    return constant_part(inner, storage, angles) + turning


def bias_bound(
    values: Float64[Tensor, "rows columns"],
    reach: float,
    rates: Float64[Tensor, "rows 1"],
    storage: torch.dtype,
    angles: torch.dtype,
) -> Float64[Tensor, "rows columns"]:
    """Largest distance of a bias to the exact one, by the model above.

    Args:
        values: (rows, columns) biases.
        reach: largest position of the call, in absolute value.
        rates: (rows, 1) how fast the bias changes at most, logits per position.
        storage: dtype that results are rounded to.
        angles: dtype that positions are multiplied in.

    Returns:
        (rows, columns) float64.
    """
    moved = ANGLE_ROUNDINGS * reach * unit_roundoff(angles) * rates
    return RESULT_ROUNDINGS * (unit_roundoff(storage) * values.abs() + underflow(storage)) + moved


def constant_part(inner: int, storage: torch.dtype, angles: torch.dtype) -> float:
    """The part of the relative bound that does not grow with the position."""
    rounding = 2 * RESULT_ROUNDINGS * (unit_roundoff(storage) + unit_roundoff(angles))
    return rounding + gamma(inner + 2, unit_roundoff(torch.float64))
