"""Changed claims of group C: scales of an additive layer, and of one with a query bias."""

from sympy import Rational, cos, pi, sin

from phase_latency.ledger.statement import step
from phase_latency.ledger.terms import Dot, differ, positive

from ..scope import (
    P0,
    a,
    additive_no_global_scale,
    multipliers,
    obstruction,
    plain,
    scaled,
    spread,
    u,
    w,
)

_SCALE = "additive-no-global-scale/no-scale-no-row-shift-no-temperature"
_plane = {"d": 2, "a": 2, "w": 0, "u": [1, 0], "v": [0, 1], "P_0": [1, 0], "P_1": [1, 0], "r_0": 0, "r_1": 0}
# Off the axes, u and v have inner product 4/5; with the encoding switched off the rows of logits are constant.
_oblique = {
    **{"d": 2, "a": 0, "w": pi, "u": [1, 0], "v": [Rational(4, 5), Rational(3, 5)], "c": 0},
    **{"P_0": [1, Rational(-4, 3)], "P_1": [-1, Rational(4, 3)], "r_0": Rational(44, 25), "r_1": Rational(16, 5)},
}
_line = {"d": 1, "d_k": 1}
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


DERIVATIONS = {
    f"{_SCALE}/hypothesis@u.u": _coordinate_of_any_length,
    f"{_SCALE}/sign@1.1.1.2.1.0.0": _with_orthogonal_coordinates,
    f"{_SCALE}/index@1.1.1.2.1.0.1.0": _with_orthogonal_coordinates,
    f"{_SCALE}/exponent@1.1.1.1.1.1.0.1.1.0": _with_orthogonal_coordinates,
}
