"""How far attention weights move when the logits move by a small, known difference.

Two softmaxes subtracted from each other lose everything when they are close: the Kullback-Leibler divergence of a
change D is of order ``D**2``, all rounding error for D near 1e-8. Here D is given as it is, in difference form, and
each quantity is computed by a formula without cancellation: with p the weights, ``E = D - <p, D>``,
``phi(x) = exp(x) - 1 - x`` and ``l = log(1 + <p, phi(E)>)``, the logarithm of the ratio of new to old weights is
``x = E - l``, and

    TV = <p, |exp(x) - 1|>/2,    KL(p, p') = <p, phi(x)>,    KL(p', p) = <p exp(x), phi(-x)>.

Rows of D with a range above 1 use the ordinary formulas, which do not overflow. The change is bounded by its range r
alone: ``TV <= tanh(r/4)`` (`softmax-perturbation`) and ``KL <= r**2/8`` (Hoeffding's lemma).
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float64
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.masks import masked_logits
from phase_latency.numerics.propagation import inflated
from phase_latency.validation import check_finite

# phi(x)/x**2 = sum of x**n/(n+2)!: with 18 terms its truncation error at |x| = 1 is 1e-18, far below rounding.
_PHI_TERMS = 18

# Above this range of D the ordinary formulas are accurate, and the series of phi would need more terms.
_SMALL_RANGE = 1.0


@dataclass(frozen=True, eq=False)
class Divergence:
    """Change of the attention weights, row by row; every field is (heads, queries).

    Attributes:
        total_variation: half the sum of absolute changes of the weights, in [0, 1].
        kl_forward: ``KL(p, p')`` of the new weights p' from the old ones p, in nats.
        kl_reverse: ``KL(p', p)``, in nats.
        largest_change: largest absolute change of a logit.
        spread: range of the change, largest minus smallest; what adds the same to a whole row has spread 0.
        top_changed: True where the old largest logit is no longer largest; ties that stay ties are no change.
    """

    total_variation: Float64[Tensor, "heads queries"]
    kl_forward: Float64[Tensor, "heads queries"]
    kl_reverse: Float64[Tensor, "heads queries"]
    largest_change: Float64[Tensor, "heads queries"]
    spread: Float64[Tensor, "heads queries"]
    top_changed: Bool[Tensor, "heads queries"]

    @property
    def total_variation_bound(self) -> Float64[Tensor, "heads queries"]:
        """Largest total variation that a change of this range can cause, ``tanh(spread/4)``."""
        return total_variation_bound(self.spread)


def total_variation_bound(spread: Float64[Tensor, "*rows"]) -> Float64[Tensor, "*rows"]:
    """Largest total variation between softmaxes whose logits differ by something of a given range.

    Args:
        spread: (...) range of the difference within each row.

    Returns:
        (...) ``tanh(spread/4)``, rounded up (`softmax-perturbation`; attained in the limit of two entries).
    """
    return inflated(torch.tanh(spread / 4))


def kl_bound(spread: Float64[Tensor, "*rows"]) -> Float64[Tensor, "*rows"]:
    """Largest Kullback-Leibler divergence between softmaxes whose logits differ by something of a given range.

    Args:
        spread: (...) range of the difference within each row.

    Returns:
        (...) ``spread**2/8``, rounded up (Hoeffding's lemma), in nats.
    """
    return inflated(spread**2 / 8)


def divergence(
    logits: Float64[Tensor, "heads queries keys"],
    change: Float64[Tensor, "heads queries keys"],
    mask: Bool[Tensor, "queries keys"] | None = None,
) -> Divergence:
    """Compare ``softmax(logits)`` with ``softmax(logits + change)``, accurately however small the change.

    Where the change has a range of at most 1, the relative error is a few units of 2**-53 times the size of the
    logits; above, the error relative to 1 plus the value is. Rows are independent: blocks of queries may be passed one
    after the other.

    Args:
        logits: (heads, queries, keys) finite logits, float64.
        change: (heads, queries, keys) finite change of the logits, float64, in difference form: subtracting two
            rounded logits would leave mostly rounding error.
        mask: (queries, keys), True where a query may attend to a key; what happens elsewhere is ignored.

    Returns:
        the change of every row.

    Raises:
        ArgumentError: the shapes differ, the mask does not fit, or it leaves a query without any key.
        NotFiniteError: a logit is NaN or +inf, or a change is not finite.
    """
    if change.shape != logits.shape:
        expected = f"shape {tuple(logits.shape)}, as the logits"
        raise ArgumentError("change", change, expected, "pass one change per logit")
    masked = masked_logits(logits, mask)
    allowed = torch.ones_like(logits, dtype=torch.bool) if mask is None else mask.expand(logits.shape)
    change = torch.where(allowed, change, 0.0)
    check_finite(change, "change")
    spread = change.masked_fill(~allowed, -torch.inf).amax(-1) - change.masked_fill(~allowed, torch.inf).amin(-1)
    top = masked.argmax(-1, keepdim=True)
    # Only differences within a row count: what a whole row has in common is taken away before it can round.
    relative = torch.where(allowed, change - change.gather(-1, top), 0.0)
    log_weights = torch.log_softmax(masked, dim=-1)
    total_variation, forward, reverse = (
        torch.where(spread <= _SMALL_RANGE, small, large)
        for small, large in zip(
            _small_change(log_weights.exp(), relative), _large_change(log_weights, relative), strict=True
        )
    )
    top_changed = ((masked - masked.gather(-1, top)) + relative > 0).any(-1)
    return Divergence(total_variation, forward, reverse, change.abs().amax(-1), spread, top_changed)


def _small_change(weights: Tensor, change: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Total variation and both divergences of each row, without cancellation, for changes of range at most 1."""
    centred = (change - _mean(weights, change)).clamp(-_SMALL_RANGE, _SMALL_RANGE)
    ratio = centred - torch.log1p(_mean(weights, _phi(centred)))
    total_variation = _mean(weights, torch.expm1(ratio).abs()) / 2
    forward = _mean(weights, _phi(ratio))
    reverse = _mean(weights * ratio.exp(), _phi(-ratio))
    return total_variation.squeeze(-1), forward.squeeze(-1), reverse.squeeze(-1)


def _large_change(log_weights: Tensor, change: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The same by the ordinary formulas."""
    ratio = change - torch.logsumexp(log_weights + change, dim=-1, keepdim=True)
    old, new = log_weights.exp(), (log_weights + ratio).exp()
    total_variation = (new - old).abs().sum(-1) / 2
    return total_variation, -(old * ratio).sum(-1), (new * ratio).sum(-1)


def _mean(weights: Tensor, values: Tensor) -> Tensor:
    return (weights * values).sum(-1, keepdim=True)


def _phi(x: Tensor) -> Tensor:
    """``exp(x) - 1 - x`` for |x| of order 1, to full relative accuracy, by Horner's scheme."""
    series = torch.ones_like(x)
    for n in range(_PHI_TERMS + 1, 2, -1):
        series = 1 + x * series / n
    return x * x / 2 * series
