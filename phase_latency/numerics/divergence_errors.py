"""Certified errors of the divergences of attention weights: of their evaluation, of the logits and of the change.

**The logits** move by e, which varies by at most R within the row, and D stays: with ``r = p'/p - 1`` and
``phi = r - log(1 + r)``, ``d p = p (e - E e)`` and ``d log E exp(D) = sum (p' - p) e``, so that

    |d TV| = |E (e - E e)|r|/2 - d log E exp(D) sum p' sign(r)/2| <= (R + R/2) TV,
    |d KL| = |Cov(e, phi)| <= (R/2) E|phi - E phi| <= R E phi = R KL,

the latter in both directions, as they differ by the sign of D only. Errors of at most e_z per entry have
``R <= 2 e_z``: TV moves by at most ``expm1(3 e_z) TV``, both divergences by at most ``expm1(2 e_z)`` times themselves.

**The change** moves by at most e_d per entry, hence p' by at most ``tanh(e_d/2)`` (`softmax-perturbation`), and TV too.
``d KL(p, p') = sum (p' - p) e <= 2 e_d TV``, where TV is itself at most ``TV + t e_d/2`` at part t of the way: together
at most ``2 e_d TV + e_d**2/2``. ``d KL(p', p) = Cov_p'(e, x) <= e_d E_p'|x - KL(p', p)|``, and
``E_p'|x| <= KL(p', p) + 2 TV``, because ``p' log(p/p') <= p - p'``: ``d K <= 2 e_d (K + TV + t e_d/2)`` makes together
at most ``expm1(2 e_d) (K + TV) + exp(2 e_d) e_d**2/2``.

**The evaluation**, see `evaluation_error`.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.numerics.divergence_rows import Pivots, Sums
from phase_latency.numerics.exponential_series import LARGEST_SERIES, series_error
from phase_latency.numerics.propagation import FUNCTION_ULPS, inflated
from phase_latency.numerics.roundoff import unit_roundoff

_UNIT = unit_roundoff(torch.float64)
_TINY = torch.finfo(torch.float64).smallest_normal

# Error of torch's exponential in units of 2**-53: one unit in the last place is at most two of them.
_EXP_UNITS = 2 * (FUNCTION_ULPS["exp"] + 1) + 1

# The exponential of anything below is zero.
LOWEST_EXPONENT = 746.0

# With the sum of the new weights certified less closely to 1 than this, nothing is.
_LARGEST_DRIFT = 1 / 16


class Divergences(NamedTuple):
    """One number for each of the three divergences; every field is (rows,) float64.

    Attributes:
        total_variation: of the total variation.
        kl_forward: of ``KL(p, p')``.
        kl_reverse: of ``KL(p', p)``.
    """

    total_variation: Float64[Tensor, "*rows"]
    kl_forward: Float64[Tensor, "*rows"]
    kl_reverse: Float64[Tensor, "*rows"]


def evaluated(sums: Sums) -> Divergences:
    """The divergences of rows.

    Args:
        sums: what a second pass has found.

    Returns:
        the values; what rounding carries below 0, or a total variation above 1, is put back.
    """
    forward = sums.divergence / sums.mass
    reverse = sums.symmetric / sums.mass - forward
    total_variation = (sums.moved / sums.mass / 2).clamp(max=1)
    return Divergences(total_variation, forward.clamp(min=0), reverse.clamp(min=0))


def evaluation_error(pivots: Pivots, sums: Sums) -> Divergences:
    """Distance of `evaluated` to the divergences of the given logits and change, taken as exact, at most.

    In units of u = 2**-53, with a, f, j the means of |r|, phi and x r, X the largest |x| and l the shift:

    - x is rounded twice, by at most ``2|x| + l``. That moves a by ``E exp(x) (2|x| + l) <= 2(j + a) + l``, since
      ``E exp(x)|x| <= E x r + E|r|``; f by ``E|r| (2|x| + l) = 2 j + l a``; j by ``(2 + X)`` times as much.
    - r and phi have the errors of `series_error`; each term is a product or two, each sum and the mass that divides
      it are rounded n times: 2 n + 3 relative to the figure.
    - The new weights sum up to 1 + rho instead of 1. rho is known: the sum of ``w r``, with the error of a. It moves
      TV by at most ``|rho|/2``, f by ``rho - log(1 + rho) <= rho**2``, and j by ``|rho| (j + f + 2|rho|)``.
    - Where |x| exceeds `LARGEST_SERIES`, ``w r`` is a difference of two exponentials, with errors relative to their
      arguments: absolute, as p and p' sum up to 1.
    - Computed weights are the exact ones of logits that are off by ``|z - top|`` and the error of the exponential.
      What is below exp(-746) is lost, and has an absolute term together with everything else that underflows.

    Args:
        pivots: of the first pass.
        sums: of the second pass.

    Returns:
        certified errors.
    """
    a, drift, f, j = (each / sums.mass for each in (sums.moved, sums.drift, sums.divergence, sums.symmetric))
    f, shift, x = f.abs(), pivots.shift.abs(), sums.largest
    lost = 4 * sums.keys * _TINY * (1 + x) * x.clamp(max=LARGEST_SERIES + 1).exp()
    phi_units, ratio_units = series_error(min(float(x.max()), LARGEST_SERIES))
    arguments = (pivots.top - pivots.lowest + x).clamp(max=LOWEST_EXPONENT)
    subtracted = torch.where(x > LARGEST_SERIES, 1.2 * (2 * _EXP_UNITS + arguments), 0.0)
    common = 2 * sums.roundings + 4
    moved = _UNIT * ((ratio_units + common) * a + 2.1 * (j + a) + 1.1 * shift + subtracted) + lost
    rho = drift.abs() + moved
    forward = _UNIT * ((phi_units + common) * f + 2.1 * j + (1.1 * a + 3 * _UNIT * shift) * shift)
    forward = forward + _UNIT * torch.where(x > LARGEST_SERIES, subtracted + 3 * (a + f), 0.0) + rho.square() + lost
    shifted = (2 + x) * (2.1 * j + (1.1 * a + 5 * _UNIT * shift) * shift)
    both = _UNIT * ((ratio_units + common) * j + shifted + subtracted * (j + a)) + 1.1 * rho * (j + f + 2 * rho)
    reverse = forward + both + _UNIT * j + (1 + x) * lost
    error = Divergences((moved + rho) / 2, forward, reverse)
    # A constant change leaves the weights alone, whatever they are.
    still, lost_count = sums.low == sums.high, rho > _LARGEST_DRIFT
    error = Divergences(*(inflated(torch.where(lost_count, torch.inf, each)) for each in error))
    of_weights = _UNIT * (1.1 * _EXP_UNITS + 1.1 * (pivots.top - pivots.lowest).clamp(max=LOWEST_EXPONENT))
    error = carried(evaluated(sums), error, of_weights, torch.zeros_like(a))
    return Divergences(*(torch.where(still, 0.0, each) for each in error))


def carried(
    values: Divergences,
    error: Divergences,
    logit_error: Float64[Tensor, "*rows"],
    change_error: Float64[Tensor, "*rows"],
) -> Divergences:
    """Distance to the divergences of exact logits and change, where those that were used are off; see the module.

    Args:
        values: (...) computed divergences.
        error: (...) their distance to those of the logits and the change that were used.
        logit_error: (...) largest distance of a logit of each row to the exact one, e_z.
        change_error: (...) largest distance of a change of each row to the exact one, e_d.

    Returns:
        certified errors; that of the total variation is at most 1.
    """
    grown = Divergences(*(torch.expm1(factor * logit_error) for factor in (3, 2, 2)))
    most = Divergences(*((value + each) * (1 + more) for value, each, more in zip(values, error, grown, strict=True)))
    moved = Divergences(
        torch.tanh(change_error / 2),
        (2 * most.total_variation + change_error / 2) * change_error,
        torch.expm1(2 * change_error) * (most.kl_reverse + most.total_variation)
        + torch.exp(2 * change_error) * change_error.square() / 2,
    )
    underflow = torch.where(change_error > 0, _TINY, 0.0)  # squares of tiny errors are not 0
    total = Divergences(
        *(
            inflated(each + (value + each) * more + beyond + underflow).nan_to_num(nan=torch.inf, posinf=torch.inf)
            for value, each, more, beyond in zip(values, error, grown, moved, strict=True)
        )  # infinity times zero, where nothing is certified
    )
    return total._replace(total_variation=total.total_variation.clamp(max=1.0))
