"""What a sample without replacement says about all members of a finite population, without further assumptions.

Hoeffding (Journal of the American Statistical Association 58, 1963, theorem 4): the expectation of a convex function
of the sum of a sample is not larger without replacement than with it, so that bounds obtained from exponential
moments, Bernstein's among them, hold as they do for independent draws. The variance is bounded from the sample in the
same way, after the idea of Maurer and Pontil (Conference on Learning Theory, 2009).
"""

import math

from jaxtyping import Float64
from torch import Tensor

# The part of the probability of error that is spent on the variance; the rest is spent on the mean.
_VARIANCE_PART = 0.2

# Steps of a contraction that is right from the start, so that their number decides only how tight the result is.
_STEPS = 50


def mean_deviation(
    values: Float64[Tensor, " sample"], largest: float, error: float = 0.0, confidence: float = 0.95
) -> float:
    """How far the mean of a sample can be from that of the population it was drawn from, without replacement.

    With b the largest possible value, s**2 the variance of the population, v that of the sample about its mean, t the
    distance of the two means and L, M the logarithms of ``2/delta_1`` and ``1/delta_2``,

        t <= s sqrt(2 L/n) + b L/(3 n)                          (Bernstein)
        s**2 <= v + t**2 + s b sqrt(2 M/n)                      (the same for squares, which lie in [0, b**2])

    hold together with probability ``1 - delta_1 - delta_2``; ``s <= b/2`` always.

    Args:
        values: (sample,) values in [0, `largest`].
        largest: b.
        error: how far each value may be from the one that was meant.
        confidence: probability that the statement is true, over the draw of the sample.

    Returns:
        t; at most b, which says nothing, and infinite if b is.
    """
    if not math.isfinite(largest):
        return math.inf
    number = len(values)
    spent = (1 - confidence) * _VARIANCE_PART
    of_mean, of_variance = math.log(2 / (1 - confidence - spent)), math.log(1 / spent)
    sample_deviation = float(values.std(correction=0)) + error
    half = largest * math.sqrt(of_variance / (2 * number))
    deviation = largest / 2
    for _ in range(_STEPS):
        distance = deviation * math.sqrt(2 * of_mean / number) + largest * of_mean / (3 * number)
        deviation = min(deviation, half + math.sqrt(half**2 + sample_deviation**2 + distance**2))
    return min(largest, deviation * math.sqrt(2 * of_mean / number) + largest * of_mean / (3 * number))


def exceeding_part(sample: int, confidence: float = 0.95) -> float:
    """Largest part of a population that can exceed the largest of a sample, without replacement.

    If more exceeded it, a sample that misses them all would have a probability below ``1 - confidence``.

    Args:
        sample: number of members drawn, >= 1.
        confidence: probability that the statement is true, over the draw of the sample.

    Returns:
        a part between 0 and 1.
    """
    return 1.0 - math.pow(1 - confidence, 1 / sample)
