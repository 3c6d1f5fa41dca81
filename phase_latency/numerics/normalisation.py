"""Bounded twins of LayerNorm and RMSNorm: the same formulas on bounded tensors."""

import math
from dataclasses import replace

from phase_latency import formulas
from phase_latency.normalisation import LayerNorm, Normalisation
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.functions import sqrt


def bounded_normalisation(norm: Normalisation, x: Bounded) -> Bounded:
    """Twin of calling a normalisation.

    Args:
        norm: the normalisation.
        x: (length, dim) rows.

    Returns:
        (length, dim) normalised rows.

    Raises:
        ArgumentError: the denominator of a row vanishes or overflows.
    """
    normalised: Bounded = formulas.normalised(_centred(norm, x), _denominator(norm, x), norm.weight, norm.bias)
    return normalised


def bounded_split(norm: Normalisation, content: Bounded, position: Bounded) -> tuple[Bounded, Bounded]:
    """Twin of `Normalisation.split`: a sum normalised piece by piece, with the statistics of the sum held fixed.

    Args:
        norm: the normalisation.
        content: (length, dim) first summand.
        position: (length, dim) second summand.

    Returns:
        (length, dim) content piece, which carries the offset, and (length, dim) position piece.

    Raises:
        ArgumentError: the denominator of a row vanishes or overflows.
    """
    denominator = _denominator(norm, content + position)
    content_piece = formulas.normalised(_centred(norm, content), denominator, norm.weight, norm.bias)
    return content_piece, formulas.normalised(_centred(norm, position), denominator, norm.weight, None)


def _centred(norm: Normalisation, x: Bounded) -> Bounded:
    return x - x.mean(dim=-1, keepdim=True) if isinstance(norm, LayerNorm) else x


def _denominator(norm: Normalisation, x: Bounded) -> Bounded:
    norm.denominator(x.value)  # refuses rows that vanish or overflow, as the layer does
    mean_square = _centred(norm, x).square().mean(dim=-1, keepdim=True)
    denominator: Bounded = formulas.root_mean_square_scale(mean_square, norm.eps, sqrt)
    # A mean of squares is not negative, whatever its error; the factor makes up for the rounding of the root.
    return replace(denominator, at_least=math.sqrt(norm.eps) * (1 - 1e-9))
