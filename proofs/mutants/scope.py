"""Changed claims of group C."""

from sympy import Rational, cos, exp, log, pi, sin, tanh

from phase_latency.ledger.statement import step
from phase_latency.ledger.terms import Dot, at_most, differ, less, positive

from ..scope import (
    P0,
    a,
    additive_no_global_scale,
    multipliers,
    obstruction,
    plain,
    scaled,
    softmax_perturbation,
    spread,
    sup,
    u,
    variation,
    w,
    width,
)

_SCALE = "additive-no-global-scale/no-scale-no-row-shift-no-temperature"
_plane = {"d": 2, "a": 2, "w": 0, "u": [1, 0], "v": [0, 1], "P_0": [1, 0], "P_1": [1, 0], "r_0": 0, "r_1": 0}
# Off the axes, u and v have inner product 4/5; with the encoding switched off the rows of logits are constant.
_oblique = {
    **{"d": 2, "a": 0, "w": pi, "u": [1, 0], "v": [Rational(4, 5), Rational(3, 5)], "c": 0},
    **{"P_0": [1, Rational(-4, 3)], "P_1": [-1, Rational(4, 3)], "r_0": Rational(44, 25), "r_1": Rational(16, 5)},
}
_line = {"d": 1, "d_k": 1}
_no_change = {0: 0, 1: 0}
POINTS = {
    f"{_SCALE}/hypothesis@v.v": {**_plane, "v": [0, 0], "c": 0},
    f"{_SCALE}/hypothesis@u.v": _oblique,
    f"{_SCALE}/hypothesis@u.P0": {**_plane, "w": pi, "P_0": [Rational(1, 4), 0], "P_1": [-1, 0], "c": 0},
    f"{_SCALE}/hypothesis@v.P0": {**_plane, "P_0": [1, -5], "c": 0},
    f"{_SCALE}/hypothesis@u.P1": {**_plane, "P_1": [0, 0], "c": 3},
    f"{_SCALE}/hypothesis@v.P1": {**_plane, "P_1": [1, 5], "c": 0, "r_0": 15, "r_1": 20},
    f"{_SCALE}/quantifier@2": {**_plane, "c": 3},
    f"{_SCALE}/operator@2.0": {**_plane, "c": 3},
    f"{_SCALE}/constant@2.0.0.1.1.0.0.0": {**_plane, "c": 3},
    "query-bias-breaks-scale/no-scale/index@2.0.0.0.0.0.0": {
        **{**_line, "W_Q": [[1]], "W_K": [[-1]], "b_Q": [3], "b_K": [-2], "a": 2},
        **{"X": [2], "Y": [Rational(-18, 11)], "Q": [-3], "R": [3]},
        **{"c": Rational(14, 5), "r_0": 14, "r_1": Rational(234, 11)},
    },
    "query-bias-breaks-scale/no-scale/exponent@2.0.0.0.1.0.3": {
        **{**_line, "W_Q": [[-3]], "W_K": [[-3]], "b_Q": [3], "b_K": [2], "a": -3},
        **{"X": [-3], "Y": [Rational(-9, 17)], "Q": [-1], "R": [-3]},
        **{"c": 6, "r_0": -192, "r_1": Rational(-4398, 17)},
    },
    # two logits 0 and log 2 that change places, by which the bound is attained
    "additive-deviation-bound/total-variation/edge@1": {
        **{"L": 2, "a": 2, "m": -log(2), "r": 2 * log(2), "PP": _no_change, "PC": _no_change},
        **{"CP": {0: log(2), 1: -log(2)}, "CC": {0: -log(2), 1: 2 * log(2)}},
    },
}


def _with_orthogonal_coordinates(goal):
    """What is changed stands beside u, in a product with v; or beside v, in one with u."""
    (*before, _) = additive_no_global_scale.claim("no-scale-no-row-shift-no-temperature").steps
    return (*before, step("contradiction", goal, "obstruction u.v v.P0", multipliers))


def _coordinate_of_any_length(goal):
    """The obstruction is a multiple of ``<u, u>``, which is positive since ``<u, P_0> = 1`` (Cauchy and Schwarz)."""
    *before, _, _ = additive_no_global_scale.claim("no-scale-no-row-shift-no-temperature").steps
    more = 1 + Dot(P0, P0)
    rest = u - P0 / more
    return (
        *before,
        step("order", positive(more), (), [(Dot(P0, P0),), (1,)], label="more"),
        step(
            "order",
            positive(Dot(u, u)),
            "u.P0 more",
            [(Dot(rest, rest),), (1 + more, 1 / more, 1 / more)],
            label="length",
        ),
        step(
            "order",
            differ(obstruction(plain, scaled), 0),
            "length scaled-keys-differ plain-keys-differ queries-differ amplitude-not-1 v.v u.v u.P0 v.P0 u.P1 v.P1",
            [(Dot(u, u), spread - a * sin(w), spread - sin(w), a - 1, 1 - cos(w) / 2)],
            label="obstruction",
        ),
        step("contradiction", goal, "obstruction", multipliers),
    )


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
    return (
        *partitions,
        *_bound_below_the_range(),
        step(
            "order",
            goal,
            "total-variation below sup partition-u partition-v",
            [(2, tanh(width / 4) - variation), (2, width / 4 - tanh(width / 4)), (sup - width / 2,)],
        ),
    )


DERIVATIONS = {
    f"{_SCALE}/hypothesis@u.u": _coordinate_of_any_length,
    f"{_SCALE}/sign@1.1.1.2.1.0.0": _with_orthogonal_coordinates,
    f"{_SCALE}/index@1.1.1.2.1.0.1.0": _with_orthogonal_coordinates,
    f"{_SCALE}/exponent@1.1.1.1.1.1.0.1.1.0": _with_orthogonal_coordinates,
    "softmax-perturbation/below-the-range/edge@1": lambda goal: _bound_below_the_range(),
    "softmax-perturbation/one-norm/edge@1": _one_norm_below,
}
