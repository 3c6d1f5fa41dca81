"""A-priori rounding bounds of an attention layer in float64: the only tolerances that its tests use.

A layer without its softmax is a sum of products, so each term of the exact expression is multiplied by at most n
factors 1 + delta, |delta| <= u, whatever the order of summation; the error is at most gamma_n = n u / (1 - n u) times
the same expression on absolute values (Higham 2002, lemma 3.1 and section 3.5). The functions below write down n and
the absolute values; they share no code with the package.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

UNIT_ROUNDOFF = 2.0**-53
SMALLEST_NORMAL = 2.0**-1022


def gamma(roundings):
    return roundings * UNIT_ROUNDOFF / (1 - roundings * UNIT_ROUNDOFF)


def heads_first(bias):
    return 0.0 if bias is None else bias.abs()[:, None, :]


@dataclass
class Sizes:
    """Absolute values of everything that enters a layer: (heads, length, ...) each."""

    query: Tensor
    key: Tensor
    value: Tensor

    @classmethod
    def of(cls, layer, inputs):
        """`inputs`: absolute values of what the projections see; rotations mix the two coordinates of a channel."""
        query = inputs @ layer.w_q.abs() + heads_first(layer.b_q)
        key = inputs @ layer.w_k.abs() + heads_first(layer.b_k)
        value = inputs @ layer.w_v.abs() + heads_first(layer.b_v)
        if layer.rotary is not None:
            query, key = (abs(layer.rotary.amplitude) * mixed(x, layer.rotary.layout) for x in (query, key))
        return cls(query, key, value)


def mixed(x, layout):
    """|first| + |second| in both coordinates of each channel: cosine and sine are at most 1."""
    if layout == "interleaved":
        return (x[..., 0::2] + x[..., 1::2]).repeat_interleave(2, dim=-1)
    half = x.shape[-1] // 2
    return (x[..., :half] + x[..., half:]).repeat(1, 1, 2)


def logit_bound(layer, sizes, bias=0.0):
    """Error of computed logits.

    Roundings per term: dim + 1 in each of the two projections, head_dim in their product, and at most 32 for the
    input e + P, a normalisation whose denominator is given, rotations, the scale wherever it is applied, the sum of
    four parts and a bias on the logits; a mean of the input adds dim + 2 in query and key.
    """
    roundings = 2 * (2 * layer.dim + 3) + layer.head_dim + 32
    return gamma(roundings) * (abs(layer.logit_scale) * sizes.query @ sizes.key.mT + bias) + SMALLEST_NORMAL


def weight_exponent(layer, sizes, mask, bias=0.0):
    """eta with computed weight = exact weight times exp(+-eta), per row, where exp does not underflow.

    The exponent of an entry is off by the logit error and by the rounding of the difference to the row maximum, which
    is at most twice the largest logit.  Such an error counts twice, once for the entry and once for the sum; exp, the
    sum over the keys and the quotient add at most length + 32 roundings.
    """
    error = logit_bound(layer, sizes, bias).masked_fill(~mask, 0.0).amax(-1, keepdim=True)
    size = (abs(layer.logit_scale) * sizes.query @ sizes.key.mT + bias).masked_fill(~mask, 0.0).amax(-1, keepdim=True)
    return 2 * (error + 2 * UNIT_ROUNDOFF * (size + error)) + gamma(len(mask) + 32)


def weight_bound(weights, exponent):
    """Largest distance of two computed weights, one of which is given; exp may flush its underflow to zero."""
    return weights * torch.expm1(2 * exponent) + 2 * SMALLEST_NORMAL


def output_bound(layer, sizes, weights, exponent):
    """Largest distance of two computed outputs: a sum of products again, with the weights off by exp(+-eta).

    The last term stands for weights that underflow on one side only.
    """

    def outputs(weights):
        concatenated = (weights @ sizes.value).transpose(0, 1).flatten(1)
        return concatenated if layer.w_o is None else concatenated @ layer.w_o.abs()

    bias = 0.0 if layer.b_o is None else layer.b_o.abs()
    roundings = layer.dim + weights.shape[-1] + layer.w_v.shape[-1] * layer.heads + 32
    growth = (torch.expm1(exponent) + gamma(roundings) * torch.exp(exponent)).amax(0)
    underflow = outputs(torch.full_like(weights, SMALLEST_NORMAL)) + SMALLEST_NORMAL
    return 2 * (growth * (outputs(weights * torch.exp(exponent)) + bias) + underflow)


def deviates(ours, theirs, bound):
    return bool(((ours - theirs).abs() > bound).any())
