"""Changed claims of group D."""

from sympy import Rational, cos, pi, sin

from phase_latency.ledger.statement import step
from phase_latency.ledger.terms import at_least, at_most, differ, equal, less, positive, total

from ..compression import (
    NEAR,
    POSITIVE_S,
    L,
    apart,
    discriminability,
    h,
    i,
    kernel,
    near,
    neighbours,
    no_scale,
    p,
    quarter,
    s,
    shrunk_quarter,
    w,
    x,
    y,
)

_one_channel = {"h": 1, "L": 2, "c": 1}
_three_half_turns = {"h": 1, "s": Rational(3, 2), "p": 0, "w": {0: 3 * pi}}  # one whole turn after the compression
_backwards = {**_three_half_turns, "w": {0: -3 * pi}}
POINTS = {
    "compression-no-scale/no-factor/hypothesis@half-turn": {**_one_channel, "w": {0: 4 * pi}},
    "compression-no-scale/no-factor/sign@1.1.1": {**_one_channel, "w": {0: 2 * pi / 3}},
    "compression-no-scale/no-factor/exponent@1.0.0.0.0.1": {**_one_channel, "w": {0: 2 * pi / 3}},
    f"{NEAR}/one-channel-at-least/hypothesis@turning": _backwards,
    f"{NEAR}/one-channel-at-least/hypothesis@half-turn": _three_half_turns,
    f"{NEAR}/at-least/hypothesis@turning": _backwards,
    f"{NEAR}/at-least/hypothesis@half-turn": _three_half_turns,
}
CLAIM = ("the claim",)  # the true one, which a derivation may use


def _twice_the_compressed_kernel(goal):
    """``2 K(1/L) > K(1)``, since ``K(1/L) > K(1)`` and ``cos(w/L) = sin(2 w/L)/(2 sin(w/L)) >= 0``."""
    positive_length, _ = no_scale.claim("no-factor").steps[:2]
    compressed, plain = kernel(1 / L), kernel(1)
    below_half_a_turn = (pi - w[i],), (w[i], L - 2, 1 / L)
    return (
        positive_length,
        step("order", positive(near), "turning L>0", [(w[i], 1 / L)], label="near>0"),
        step(
            "order",
            less(near, pi),
            "turning half-turn positions L>0",
            [(pi - w[i],), (w[i], L - 2, 1 / L), (w[i], 1 / L)],
            label="near<pi",
        ),
        step("half-turn", positive(sin(near)), "near>0 near<pi L>0", label="sin"),
        step("order", at_least(2 * near, 0), "turning L>0", [(2, w[i], 1 / L)], label="double>=0"),
        step("order", at_most(2 * near, pi), "turning half-turn positions L>0", below_half_a_turn, label="double<=pi"),
        step("half-turn", at_least(sin(2 * near), 0), "double>=0 double<=pi L>0", label="sin-double"),
        step(
            "order",
            at_least(cos(near), 0),
            "sin sin-double L>0",
            [(Rational(1, 2), sin(2 * near), 1 / sin(near))],
            label="cosine",
        ),
        step(
            "order",
            positive(2 * compressed - plain),
            "larger-after-one-position cosine L>0",
            [(compressed - plain,), (compressed,)],
            label="twice",
        ),
        step(
            "order",
            differ(h * (2 * compressed - plain), 0),
            "twice channels L>0",
            [(h, 2 * compressed - plain)],
            label="apart",
        ),
        step("contradiction", goal, "apart channels L>0", (-plain, total(2, i))),
    )


def _sine_below_a_factor(goal):
    """``sin y <= 1 <= s``, and ``sin(y/s)`` is not negative."""
    return (
        POSITIVE_S,
        step(
            "order", at_most(sin(y), 1), (), [(Rational(1, 2), (1 - sin(y)) ** 2), (Rational(1, 2), cos(y) ** 2)], "1"
        ),
        step("order", at_least(y / s, 0), "from-0 s>0", [(y, 1 / s)], label="shrunk>=0"),
        step(
            "order", at_most(y / s, pi), "from-0 to-pi shrinks s>0", [(pi - y,), (y, s - 1, 1 / s)], label="shrunk<=pi"
        ),
        step("half-turn", at_least(sin(y / s), 0), "shrunk>=0 shrunk<=pi s>0", label="sin"),
        step("order", goal, "1 sin shrinks s>0", [(1 - sin(y),), (s - 1,), (sin(y / s),)]),
    )


def _more_of_a_sine(goal):
    """``sin(y) <= s sin(y)``, by ``(s - 1) sin(y) >= 0``."""
    return (
        step("half-turn", at_least(sin(y), 0), "from-0 to-pi", label="sin"),
        step("order", goal, "sin shrinks", [(s - 1, sin(y))]),
    )


def _not_shrunk(goal):
    """``(1 - cos w)/s^2 <= 1 - cos w``, by ``1 - cos w = 2 sin(w/2)^2`` and ``1 - 1/s^2 = (s - 1)/s + (s - 1)/s^2``."""
    (double,) = (one for one in discriminability.claim("one-channel-at-least").steps if one.label == "double")
    squared = 2, sin(quarter) ** 2, s - 1
    return (
        POSITIVE_S,
        double,
        step("order", goal, "double shrinks s>0", [(*squared, 1 / s), (*squared, 1 / s, 1 / s)]),
    )


def _without_the_sines(goal):
    """A sum of fewer squares is not greater."""
    here, there = w[i] * p, w[i] * (p + 1)
    left_out = total((sin(there) - sin(here)) ** 2, i)
    bound = neighbours(1 / s) - neighbours(1) / s**2
    return (POSITIVE_S, step("order", goal, (*CLAIM, "channels", "s>0"), [(bound,), (1 / s**2, left_out)]))


def _one_channel_five_times(goal):
    """Four times as much again of what is not negative: ``1 - cos w = ((1 - cos w)^2 + sin(w)^2)/2``."""
    bound = pi**2 / (4 * s**2) * (1 - cos(w[i])) - (1 - cos(w[i] / s))
    more = pi**2, 1 / s**2, Rational(1, 2)
    return (
        POSITIVE_S,
        step("order", goal, (*CLAIM, "s>0"), [(bound,), (*more, (1 - cos(w[i])) ** 2), (*more, sin(w[i]) ** 2)]),
    )


def _five_times(goal):
    """Four times as much again of a sum of squares."""
    bound = pi**2 / (4 * s**2) * neighbours(1) - neighbours(1 / s)
    return (POSITIVE_S, step("order", goal, (*CLAIM, "channels", "s>0"), [(bound,), (pi**2, 1 / s**2, neighbours(1))]))


def _not_farther_apart(goal):
    """Compression brings neighbours nearer in any case."""
    return (
        POSITIVE_S,
        step("order", at_least(w[i], 0), "turning", label="w>=0"),
        step(
            "instance",
            at_most(cos(w[i]), cos(w[i] / s)),
            f"{NEAR}:cosines w>=0 half-turn shrinks",
            {y: w[i]},
            label="cosines",
        ),
        step(
            "sum-monotone",
            at_most(total(apart(w[i] / s), i), total(apart(w[i]), i)),
            "cosines s>0",
            label="nearer",
        ),
        step(
            "order",
            goal,
            "nearer channels s>0",
            [(total(apart(w[i]), i) - total(apart(w[i] / s), i),), (Rational(1, 4),), (pi, pi), (1 / s, 1 / s)],
        ),
    )


def _strictly_below_the_angle():
    """Steps: ``sin 2u < 2u`` for half a shrunk phase: ``sin 2u = 2 sin u cos u``, ``cos u < 1`` and ``sin u <= u``."""
    u, half = shrunk_quarter / 2, shrunk_quarter / 4

    def between_0_and_pi(label, angle, part):
        return (
            step("order", positive(angle), "turning s>0", [(part, w[i], 1 / s)], label=f"{label}>0"),
            step(
                "order",
                less(angle, pi),
                "turning half-turn shrinks s>0",
                [(pi - w[i],), (1 - part, w[i]), (part, w[i], s - 1, 1 / s)],
                label=f"{label}<pi",
            ),
            step("half-turn", positive(sin(angle)), f"{label}>0 {label}<pi s>0", label=f"sin-{label}"),
        )

    right = pi / 2 - u  # its sine is the cosine of u
    return (
        *between_0_and_pi("u", u, Rational(1, 4)),
        *between_0_and_pi("half", half, Rational(1, 8)),
        step("order", at_least(u, 0), "u>0 s>0", label="u>=0"),
        step("instance", at_most(sin(u), u), f"{NEAR}:below-the-angle u>=0", {y: u}, label="sin-at-most-u"),
        step(
            "instance",
            equal(cos(right - u), cos(right + u) + 2 * sin(right) * sin(u)),
            f"{NEAR}:difference-of-cosines",
            {x: right, y: u},
            label="sin-of-twice-u",
        ),
        step("instance", equal(cos(u), 1 - 2 * sin(half) ** 2), f"{NEAR}:double-angle", {x: half}, label="cos-u"),
        step(
            "order",
            less(sin(shrunk_quarter), shrunk_quarter),
            "sin-at-most-u sin-u sin-half sin-of-twice-u cos-u s>0",
            [(2, u - sin(u)), (4, sin(u), sin(half), sin(half))],
            label="below",
        ),
    )


def _one_channel_strictly():
    """The steps of the claim, with a strict bound of the sine of the shrunk angle, and a positive sine of the other."""
    claim = discriminability.claim("one-channel-at-most")
    replaced = {"below", "sin-quarter", "shrunk-sine"}
    larger, smaller = pi / (2 * s) * sin(quarter), sin(shrunk_quarter)
    return (
        *(one for one in claim.steps[:-1] if one.label not in replaced),
        step(
            "order", less(quarter, pi), "turning half-turn", [(pi - w[i],), (Rational(1, 2), w[i])], label="quarter<pi"
        ),
        step("half-turn", positive(sin(quarter)), "quarter>0 quarter<pi", label="sin-quarter"),
        *_strictly_below_the_angle(),
        step(
            "order",
            less(smaller, larger),
            "below chord-of-half s>0",
            [(shrunk_quarter - smaller,), (pi / 2, 1 / s, sin(quarter) - w[i] / pi)],
            label="shrunk-sine",
        ),
        step(
            "order",
            less(1 - cos(w[i] / s), pi**2 / (4 * s**2) * (1 - cos(w[i]))),
            "double double-shrunk shrunk-sine sin-quarter sin-shrunk s>0",
            [(2, larger - smaller, pi / 2, 1 / s, sin(quarter)), (2, larger - smaller, smaller)],
            label="one-channel",
        ),
    )


def _strictly(goal):
    """The sum of strict bounds, over one channel at least."""
    bounds = total(apart(w[i] / s), i), total(pi**2 / (4 * s**2) * apart(w[i]), i)
    return (
        *_one_channel_strictly(),
        step("sum-monotone", less(*bounds), "one-channel channels s>0", label="summed"),
        step("order", goal, "summed channels s>0", [(bounds[1] - bounds[0],)]),
    )


DERIVATIONS = {
    "compression-no-scale/no-factor/constant@0.1.1.0.0": _twice_the_compressed_kernel,
    f"{NEAR}/sines/operator@1.0": _sine_below_a_factor,
    f"{NEAR}/sines/exponent@1.1.0.1.0": _more_of_a_sine,
    f"{NEAR}/one-channel-at-least/exponent@1.1.1.0.0.0": _not_shrunk,
    f"{NEAR}/one-channel-at-most/edge@1": lambda goal: _one_channel_strictly(),
    f"{NEAR}/one-channel-at-most/constant@1.0.0": _one_channel_five_times,
    f"{NEAR}/at-least/operator@0.1.0.1.0.1.0.0.1": _without_the_sines,
    f"{NEAR}/at-most/operator@1.0": _not_farther_apart,
    f"{NEAR}/at-most/edge@1": _strictly,
    f"{NEAR}/at-most/constant@1.0.0": _five_times,
}
