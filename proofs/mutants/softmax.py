"""Changed claims of group C: attention weights under a perturbation of the logits."""

from sympy import Abs, Rational, S, exp, log, tanh

from phase_latency.ledger.statement import Claim, Hypothesis, step
from phase_latency.ledger.terms import at_least, at_most, equal, less, positive, total

from ..scope import (
    PARTITIONS,
    additive_deviation_bound,
    i,
    keys,
    least,
    low,
    n,
    not_less,
    not_more,
    p,
    partition,
    parts,
    q,
    softmax_perturbation,
    sup,
    sup_norm,
    variation,
    width,
    x,
    y,
)

_none = {0: 0, 1: 0}
POINTS = {
    # two logits 0 and log 2 that change places, by which the bound is attained
    "additive-deviation-bound/total-variation/edge@1": {
        **{"L": 2, "a": 2, "m": -log(2), "r": 2 * log(2), "PP": _none, "PC": _none},
        **{"CP": {0: log(2), 1: -log(2)}, "CC": {0: -log(2), 1: 2 * log(2)}},
    },
}


# -- strictly below the bounds --------------------------------------------------------------------------------


def _bound_below_the_range():
    """``tanh(2 y) = 2 t/(1 + t^2) < 2 y`` for ``t = tanh y``, by ``0 < t <= y``."""
    t, root = tanh(width / 8), exp(width / 4)
    return (
        step("order", positive(width / 4), "range", label="quarter"),
        step("monotone-function", less(1, root), "quarter", label="root"),
        step("order", positive(t), "root", [(root - 1, 1 / (root + 1))], label="t>0"),
        *softmax_perturbation.claim("below-the-range").steps[:-1],
        step("monotone", at_most(t, width / 8), "range>=0", (width, 0, [(Rational(1, 8), t**2)]), label="t<=y"),
        step(
            "order",
            less(tanh(width / 4), width / 4),
            "t>0 t<=y",
            [(2, width / 8 - t), (2, t, t, t, 1 / (1 + t**2))],
            label="below",
        ),
    )


def _one_norm_below(goal):
    """The last of three bounds is strict."""
    (*partitions, _) = softmax_perturbation.claim("one-norm").steps
    products = [(2, tanh(width / 4) - variation), (2, width / 4 - tanh(width / 4)), (sup - width / 2,)]
    last = step("order", goal, "total-variation below sup partition-u partition-v", products)
    return (*partitions, *_bound_below_the_range(), last)


# -- without the hypothesis that the range is positive: it may be zero ----------------------------------------

_NO_RANGE = Hypothesis("no-range", equal(width, 0), "all logits change alike")
_CHANGE = y[i] - x[i]


def _range_not_negative(here, change):
    """Steps: the sum of ``u_i + m`` is at most that of ``u_i + m + r``, and there is an i."""
    lower, upper = here + low, here + low + width
    return (
        step("order", at_most(lower, upper), "least largest", [(change - low,), (low + width - change,)], label="each"),
        step("sum-monotone", at_most(total(lower, i), total(upper, i)), "each", label="sums"),
        step("order", positive(n), "keys", [(n - 1,), (1,)], label="L>0"),
        step("order", at_least(width, 0), "sums L>0", [(1 / n, total(upper, i) - total(lower, i))], label="range>=0"),
    )


def _unchanged():
    """Steps: where all logits change alike, q is ``e^m Z_u/Z_v`` times p; both have sum 1, so that they are equal."""
    kept = {"partition-u", "partition-v", "sum-p", "sum-q", "exp-low", "ratio-low", "sum-low", "least-below-1"}
    alike = least * p
    both = total(q, i), total(alike, i)
    return (
        *(one for one in softmax_perturbation.claim("total-variation").steps if one.label in kept),
        step("order", at_most(_CHANGE, low), "largest no-range", [(low + width - _CHANGE,)], label="at-most-m"),
        step("monotone-function", at_most(exp(_CHANGE), exp(low)), "at-most-m", label="exp-high"),
        step(
            "order",
            at_most(q, alike),
            "exp-high partition-v",
            [(exp(x[i]), 1 / partition(y), exp(low) - exp(_CHANGE))],
            label="ratio-high",
        ),
        step("sum-monotone", at_most(*both), "ratio-high partition-v", label="sum-high"),
        step("order", at_least(least, 1), "sum-high partition-v", [(both[1] - both[0],)], label="least-above-1"),
        step(
            "order", at_most(q - p, 0), f"ratio-high least-below-1 {PARTITIONS}", [(alike - q,), (1 - least, p)], "up"
        ),
        step(
            "order", at_most(p - q, 0), f"ratio-low least-above-1 {PARTITIONS}", [(q - alike,), (least - 1, p)], "down"
        ),
        step("absolute", at_most(Abs(q - p), 0), f"up down {PARTITIONS}", label="none"),
        step("sum-monotone", at_most(total(Abs(q - p), i), total(S.Zero, i)), f"none {PARTITIONS}", label="summed"),
    )


_SLACK = total(S.Zero, i) - total(Abs(q - p), i)
_VARIATION, _ONE_NORM = (softmax_perturbation.claim(name).goal for name in ("total-variation", "one-norm"))
_UNCHANGED = Claim(
    "no-range",
    _VARIATION,
    (*_unchanged(), step("order", _VARIATION, f"summed no-range {PARTITIONS}", [(Rational(1, 2), _SLACK)])),
    (keys, not_less, not_more, _NO_RANGE),
)
_UNCHANGED_NORM = Claim(
    "no-range",
    _ONE_NORM,
    (*_unchanged(), step("order", _ONE_NORM, f"summed sup no-range {PARTITIONS}", [(_SLACK,), (sup - width / 2,)])),
    (keys, not_less, not_more, sup_norm, _NO_RANGE),
)
_LAYER = additive_deviation_bound.claim("total-variation")
_UNCHANGED_LAYER = Claim(
    "no-range-in-a-layer",
    _LAYER.goal,
    (
        *_LAYER.steps[:-1],
        step(
            "instance",
            _LAYER.goal,
            "additive-deviation-bound:no-range keys least largest at-least-m at-most-m+r no-range",
            parts,
        ),
    ),
    (_NO_RANGE,),
)
LEMMAS = {
    "softmax-perturbation/total-variation/hypothesis@range": (_UNCHANGED,),
    "softmax-perturbation/one-norm/hypothesis@range": (_UNCHANGED_NORM,),
    "additive-deviation-bound/total-variation/hypothesis@range": (_UNCHANGED, _UNCHANGED_LAYER),
}


def _by_cases(claim, lemma, assumed, here=x[i], change=_CHANGE):
    """The claim where the range is positive, the lemma where it is zero."""
    return lambda goal: (
        *_range_not_negative(here, change),
        step("cases", goal, f"range>=0 {claim} {lemma} {assumed}", width),
    )


DERIVATIONS = {
    "softmax-perturbation/below-the-range/edge@1": lambda goal: _bound_below_the_range(),
    "softmax-perturbation/one-norm/edge@1": _one_norm_below,
    "softmax-perturbation/total-variation/hypothesis@range": _by_cases(
        "softmax-perturbation:total-variation", "softmax-perturbation:no-range", "keys least largest"
    ),
    "softmax-perturbation/one-norm/hypothesis@range": _by_cases(
        "softmax-perturbation:one-norm", "softmax-perturbation:no-range", "keys least largest sup"
    ),
    "additive-deviation-bound/total-variation/hypothesis@range": _by_cases(
        "additive-deviation-bound:total-variation",
        "additive-deviation-bound:no-range-in-a-layer",
        "keys least largest",
        parts[x[i]],
        parts[y[i]] - parts[x[i]],
    ),
}
