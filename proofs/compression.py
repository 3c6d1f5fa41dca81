"""Group D, frequency compression: positions shrunk by a factor while the frequencies stay as they are (reading 3).

Main statements: compression-no-scale, compression-discriminability, amplitude-keeps-discriminability,
sinusoidal-kernel-not-monotone.
Notation: ``w_i`` frequencies, ``K(D)`` the sum of ``cos(w_i D)``, ``P, Q`` encodings of two positions, ``a`` amplitude,
``s`` the factor by which positions shrink (L in the paper), which may be any real number from 1 on.
Source: arXiv:2605.00662 (Bose 2026), the frequency variant of the spike-time encoding; Chen et al. 2023,
arXiv:2306.15595, position interpolation.
"""

from sympy import Rational, S, cos, pi, sin

from phase_latency.ledger.statement import Control, Hypothesis, Source, Statement, claim, exists, step
from phase_latency.ledger.terms import (
    Dot,
    NotAll,
    at_least,
    at_most,
    differ,
    equal,
    index,
    integer,
    less,
    positive,
    real,
    sequence,
    total,
    vector,
)

PAPER = "arXiv:2605.00662"

d, h, L = integer("d"), integer("h"), integer("L")  # width, channels, positions
i = index("i", h)
w = sequence("w")
x, y, s, p, D = real("x"), real("y"), real("s"), real("p"), real("D")

channels = Hypothesis("channels", at_least(h, 1), "there is a channel")
turning = Hypothesis("turning", positive(w[i]), "every channel turns,")
half_turn = Hypothesis("half-turn", at_most(w[i], pi), "by half a turn at most from one position to the next")
positions = Hypothesis("positions", at_least(L, 2), "there are at least two positions")


def kernel(distance):
    """Inner product of two encodings at this distance."""
    return total(cos(w[i] * distance), i)


def slow_channels(rng):
    """Up to three channels with frequencies between 0 and pi."""
    return {"h": rng.randint(1, 3), "w": {k: Rational(rng.randint(1, 31), 10) for k in range(3)}}


# -- cosines and sines between 0 and pi -----------------------------------------------------------------------

difference_of_cosines = claim(
    "difference-of-cosines",
    equal(cos(x - y), cos(x + y) + 2 * sin(x) * sin(y)),
    by="trig",
    text="Two cosines differ by a product of sines.",
)


# -- no scale -------------------------------------------------------------------------------------------------

c = real("c")
near, far = w[i] / L, w[i]  # phases of the distance 1 after and before the compression
mean, half = near / 2 + far / 2, far / 2 - near / 2


def between_0_and_pi(label, term, low, high):
    """Three steps: an angle is between 0 and pi, so its sine is positive.

    Args:
        label: of the angle.
        term: the angle.
        low: what its lower bound uses, and products that add up to the slack.
        high: the same for its upper bound.

    Returns:
        the steps.
    """
    (low_uses, low_products), (high_uses, high_products) = low, high
    return (
        step("order", positive(term), low_uses, low_products, label=f"{label}>0"),
        step("order", less(term, pi), high_uses, high_products, label=f"{label}<pi"),
        step("half-turn", positive(sin(term)), f"{label}>0 {label}<pi L>0", label=f"sin-{label}"),
    )


no_scale = Statement(
    "compression-no-scale",
    group="D",
    title="No factor turns the kernel of a sinusoidal encoding into that of its frequency-compressed version",
    source=Source(PAPER, "frequency variant of the spike-time encoding; reading 3 of the three"),
    claims=(
        difference_of_cosines,
        claim(
            "larger-after-one-position",
            less(kernel(1), kernel(1 / L)),
            step("order", positive(L), "positions", [(L - 2,), (2,)], label="L>0"),
            step("order", positive(L - 1), "positions", [(L - 2,), (1,)], label="L>1"),
            *between_0_and_pi(
                "mean",
                mean,
                low=("turning L>0", [(Rational(1, 2), w[i]), (Rational(1, 2), w[i], 1 / L)]),
                high=("turning half-turn L>0 L>1", [(pi - w[i],), (Rational(1, 2), w[i], L - 1, 1 / L)]),
            ),
            *between_0_and_pi(
                "half",
                half,
                low=("turning L>0 L>1", [(Rational(1, 2), w[i], L - 1, 1 / L)]),
                high=("turning half-turn L>0", [(pi - w[i],), (Rational(1, 2), w[i]), (Rational(1, 2), w[i], 1 / L)]),
            ),
            step(
                "instance",
                equal(cos(near), cos(far) + 2 * sin(mean) * sin(half)),
                "compression-no-scale:difference-of-cosines",
                {x: mean, y: half},
                label="difference",
            ),
            step(
                "order",
                less(cos(far), cos(near)),
                "difference sin-mean sin-half L>0",
                [(2, sin(mean), sin(half))],
                label="cosines",
            ),
            by="sum-monotone",
            uses="cosines channels L>0",
            given=(channels, turning, half_turn, positions),
            text="One position apart, compressed encodings are more alike than the others,",
        ),
        claim(
            "no-factor",
            NotAll(equal(total(S.One, i), c * total(S.One, i)), equal(kernel(1 / L), c * kernel(1))),
            step("order", positive(L), "positions", [(L - 2,), (2,)], label="L>0"),
            step(
                "order",
                differ(h * (kernel(1 / L) - kernel(1)), 0),
                "larger-after-one-position channels L>0",
                [(h, kernel(1 / L) - kernel(1))],
                label="apart",
            ),
            by="contradiction",
            uses="apart channels L>0",
            certificate=(-kernel(1), total(S.One, i)),
            given=(channels, turning, half_turn, positions),
            text="so no c gives K(D/L) = c K(D) at the distances D = 0, where both are h, and D = 1.",
        ),
    ),
    controls=(
        Control(
            "one-position",
            "with one position nothing is compressed, and c = 1 does it",
            of="no-factor",
            drops=("positions",),
            witness={"h": 1, "L": 1, "w": {0: 1}, "c": 1},
        ),
        Control(
            "constant-channel",
            "a channel that does not turn is not compressed",
            of="no-factor",
            drops=("turning",),
            witness={"h": 1, "L": 2, "w": {0: 0}, "c": 1},
        ),
        Control(
            "fast-channel",
            "a channel beyond half a turn can be more alike before: w = 2 pi",
            of="larger-after-one-position",
            drops=("half-turn",),
            witness={"h": 1, "L": 2, "w": {0: 2 * pi}},
        ),
        Control(
            "reversed",
            "less alike after the compression",
            of="larger-after-one-position",
            goal=less(kernel(1 / L), kernel(1)),
            witness={"h": 1, "L": 2, "w": {0: pi}},
        ),
    ),
    sampler=lambda rng: {**slow_channels(rng), "L": rng.randint(2, 9)},
    instances=(
        "phase_latency.proofs.instances.compression:neighbours_of_two_encodings",
        "phase_latency.proofs.instances.compression:no_factor",
    ),
    remark="Amplitude scaling does have such a factor: that is lemma-1. The two readings are different maps.",
)


# -- how far neighbours are apart -----------------------------------------------------------------------------

r = real("r")  # factor on all positions


def neighbours(factor):
    """Squared distance of the encodings of positions p and p + 1, both multiplied by a factor."""
    here, there = w[i] * factor * p, w[i] * factor * (p + 1)
    return total((sin(there) - sin(here)) ** 2 + (cos(there) - cos(here)) ** 2, i)


def apart(phase):
    """Squared distance of two points on the circle whose phases differ by so much."""
    return 2 * (1 - cos(phase))


def shrunk(phase):
    """Phase after the compression."""
    return phase / s


NEAR = "compression-discriminability"
from_0 = Hypothesis("from-0", at_least(y, 0), "the angle is not negative,")
to_pi = Hypothesis("to-pi", at_most(y, pi), "nor more than half a turn")
above_0 = Hypothesis("above-0", positive(y), "the angle is positive,")
to_right_angle = Hypothesis("to-right-angle", at_most(y, pi / 2), "and no more than a quarter turn")
shrinks = Hypothesis("shrinks", at_least(s, 1), "positions shrink, by any real factor s")
mean_y, half_y = y / 2 + y / s / 2, y / 2 - y / s / 2  # of y and y/s
quarter = w[i] / 2  # half the phase of a channel: sin of it is half a distance
shrunk_quarter = w[i] / (2 * s)
POSITIVE_S = step("order", positive(s), "shrinks", [(s - 1,), (1,)], label="s>0")


def between_0_and_pi_of_quarters():
    """Steps: half the phases of a channel, before and after, are between 0 and pi; their sines and double angles."""
    return (
        step("order", at_least(quarter, 0), "turning", [(Rational(1, 2), w[i])], label="quarter>=0"),
        step(
            "order",
            at_most(quarter, pi),
            "turning half-turn",
            [(pi - w[i],), (Rational(1, 2), w[i])],
            label="quarter<=pi",
        ),
        step("half-turn", at_least(sin(quarter), 0), "quarter>=0 quarter<=pi", label="sin-quarter"),
        step("order", at_least(shrunk_quarter, 0), "turning s>0", [(Rational(1, 2), w[i], 1 / s)], label="shrunk>=0"),
        step(
            "order",
            at_most(shrunk_quarter, pi),
            "turning half-turn shrinks s>0",
            [(pi - w[i],), (Rational(1, 2), w[i]), (Rational(1, 2), w[i], s - 1, 1 / s)],
            label="shrunk<=pi",
        ),
        step("half-turn", at_least(sin(shrunk_quarter), 0), "shrunk>=0 shrunk<=pi s>0", label="sin-shrunk"),
        step(
            "instance",
            equal(cos(w[i]), 1 - 2 * sin(quarter) ** 2),
            f"{NEAR}:double-angle",
            {x: quarter},
            label="double",
        ),
        step(
            "instance",
            equal(cos(w[i] / s), 1 - 2 * sin(shrunk_quarter) ** 2),
            f"{NEAR}:double-angle",
            {x: shrunk_quarter},
            label="double-shrunk",
        ),
    )


discriminability = Statement(
    "compression-discriminability",
    group="D",
    title="Compression by s brings neighbours nearer: their squared distance shrinks by s^2, up to the factor pi^2/4",
    source=Source(PAPER, "frequency variant of the spike-time encoding; the two bounds are our own"),
    claims=(
        difference_of_cosines,
        claim(
            "double-angle",
            equal(cos(2 * x), 1 - 2 * sin(x) ** 2),
            by="trig",
            text="A cosine is a square of a sine away from 1.",
        ),
        claim(
            "cosines",
            at_most(cos(y), cos(y / s)),
            POSITIVE_S,
            step(
                "order", at_least(mean_y, 0), "from-0 s>0", [(Rational(1, 2), y), (Rational(1, 2), y, 1 / s)], "mean>=0"
            ),
            step(
                "order",
                at_most(mean_y, pi),
                "from-0 to-pi shrinks s>0",
                [(pi - y,), (Rational(1, 2), y, s - 1, 1 / s)],
                label="mean<=pi",
            ),
            step("half-turn", at_least(sin(mean_y), 0), "mean>=0 mean<=pi s>0", label="sin-mean"),
            step(
                "order",
                at_least(half_y, 0),
                "from-0 shrinks s>0",
                [(Rational(1, 2), y, s - 1, 1 / s)],
                label="half>=0",
            ),
            step(
                "order",
                at_most(half_y, pi),
                "from-0 to-pi s>0",
                [(pi - y,), (Rational(1, 2), y), (Rational(1, 2), y, 1 / s)],
                label="half<=pi",
            ),
            step("half-turn", at_least(sin(half_y), 0), "half>=0 half<=pi s>0", label="sin-half"),
            step(
                "instance",
                equal(cos(y / s), cos(y) + 2 * sin(mean_y) * sin(half_y)),
                f"{NEAR}:difference-of-cosines",
                {x: mean_y, y: half_y},
                label="difference",
            ),
            by="order",
            uses="difference sin-mean sin-half s>0",
            certificate=[(2, sin(mean_y), sin(half_y))],
            given=(from_0, to_pi, shrinks),
            text="The cosine of a shrunk angle is larger,",
        ),
        claim(
            "sines",
            at_most(sin(y), s * sin(y / s)),
            POSITIVE_S,
            by="monotone",
            uses=f"from-0 to-pi shrinks s>0 {NEAR}:cosines",
            certificate=(y, 0, [(cos(y / s) - cos(y),)]),
            given=(from_0, to_pi, shrinks),
            text="so its sine shrinks by less than the angle.",
        ),
        claim(
            "chord",
            at_most(2 * y / pi, sin(y)),
            step("order", at_least(pi / 2, 0), (), [(Rational(1, 2), pi)], label="quarter>=0"),
            step("order", at_most(pi / 2, pi), (), [(Rational(1, 2), pi)], label="quarter<=pi"),
            step(
                "order",
                at_least(pi / (2 * y), 1),
                "above-0 to-right-angle",
                [(pi / 2 - y, 1 / y)],
                label="factor",
            ),
            step(
                "instance",
                at_most(1, pi / (2 * y) * sin(y)),
                f"{NEAR}:sines quarter>=0 quarter<=pi factor",
                {y: pi / 2, s: pi / (2 * y)},
                label="shrunk-quarter",
            ),
            by="order",
            uses="shrunk-quarter above-0",
            certificate=[(2 / pi, y, pi / (2 * y) * sin(y) - 1)],
            given=(above_0, to_right_angle),
            text="The sine of an angle is at least its chord: that is the case of a quarter turn shrunk to y.",
        ),
        claim(
            "below-the-angle",
            at_most(sin(y), y),
            by="monotone",
            uses="from-0",
            certificate=(y, 0, [(Rational(1, 2), (1 - cos(y)) ** 2), (Rational(1, 2), sin(y) ** 2)]),
            given=(from_0,),
            text="And at most the angle.",
        ),
        claim(
            "one-channel-at-least",
            at_most((1 - cos(w[i])) / s**2, 1 - cos(w[i] / s)),
            POSITIVE_S,
            *between_0_and_pi_of_quarters(),
            step(
                "instance",
                at_most(sin(quarter), s * sin(shrunk_quarter)),
                f"{NEAR}:sines quarter>=0 quarter<=pi shrinks",
                {y: quarter},
                label="sines-of-half",
            ),
            by="order",
            uses="double double-shrunk sines-of-half sin-quarter sin-shrunk s>0",
            certificate=[
                (2, 1 / s**2, s * sin(shrunk_quarter) - sin(quarter), s, sin(shrunk_quarter)),
                (2, 1 / s**2, s * sin(shrunk_quarter) - sin(quarter), sin(quarter)),
            ],
            given=(turning, half_turn, shrinks),
            text="Per channel, the squared distance of neighbours shrinks by s^2 at most",
        ),
        claim(
            "one-channel-at-most",
            at_most(1 - cos(w[i] / s), pi**2 / (4 * s**2) * (1 - cos(w[i]))),
            POSITIVE_S,
            *between_0_and_pi_of_quarters(),
            step("order", positive(quarter), "turning", [(Rational(1, 2), w[i])], label="quarter>0"),
            step("order", at_most(quarter, pi / 2), "half-turn", [(Rational(1, 2), pi - w[i])], label="quarter<=right"),
            step(
                "instance",
                at_most(2 * quarter / pi, sin(quarter)),
                f"{NEAR}:chord quarter>0 quarter<=right",
                {y: quarter},
                label="chord-of-half",
            ),
            step(
                "instance",
                at_most(sin(shrunk_quarter), shrunk_quarter),
                f"{NEAR}:below-the-angle shrunk>=0",
                {y: shrunk_quarter},
                label="below",
            ),
            step(
                "order",
                at_most(sin(shrunk_quarter), pi / (2 * s) * sin(quarter)),
                "below chord-of-half s>0",
                [(shrunk_quarter - sin(shrunk_quarter),), (pi / 2, 1 / s, sin(quarter) - w[i] / pi)],
                label="shrunk-sine",
            ),
            by="order",
            uses="double double-shrunk shrunk-sine sin-quarter sin-shrunk s>0",
            certificate=[
                (2, pi / (2 * s) * sin(quarter) - sin(shrunk_quarter), pi / 2, 1 / s, sin(quarter)),
                (2, pi / (2 * s) * sin(quarter) - sin(shrunk_quarter), sin(shrunk_quarter)),
            ],
            given=(turning, half_turn, shrinks),
            text="and by 4 s^2/pi^2 at least.",
        ),
        claim(
            "distance",
            equal(neighbours(r), total(apart(w[i] * r), i)),
            by="sum-congruence",
            text="The squared distance of neighbours is the same at all positions,",
        ),
        claim(
            "at-least",
            at_most(neighbours(1) / s**2, neighbours(1 / s)),
            POSITIVE_S,
            step(
                "sum-monotone",
                at_most(total(apart(w[i]) / s**2, i), total(apart(w[i] / s), i)),
                "one-channel-at-least s>0",
                label="summed",
            ),
            by="order",
            uses="summed channels s>0",
            certificate=[(total(apart(w[i] / s), i) - total(apart(w[i]) / s**2, i),)],
            given=(channels, turning, half_turn, shrinks),
            text="and compression divides it by s^2 at most",
        ),
        claim(
            "at-most",
            at_most(neighbours(1 / s), pi**2 / (4 * s**2) * neighbours(1)),
            POSITIVE_S,
            step(
                "sum-monotone",
                at_most(total(apart(w[i] / s), i), total(pi**2 / (4 * s**2) * apart(w[i]), i)),
                "one-channel-at-most s>0",
                label="summed",
            ),
            by="order",
            uses="summed channels s>0",
            certificate=[(total(pi**2 / (4 * s**2) * apart(w[i]), i) - total(apart(w[i] / s), i),)],
            given=(channels, turning, half_turn, shrinks),
            text="and by 4 s^2/pi^2 at least. Norms stay as they are: relative distances shrink by about s.",
        ),
    ),
    controls=(
        Control(
            "exactly-square",
            "s^2 on the nose, without the factor pi^2/4",
            of="at-most",
            goal=at_most(neighbours(1 / s), neighbours(1) / s**2),
            witness={"h": 1, "s": 2, "p": 0, "w": {0: pi}},
        ),
        Control(
            "only-linear",
            "divided by s in place of s^2",
            of="at-least",
            goal=at_most(neighbours(1) / s, neighbours(1 / s)),
            witness={"h": 1, "s": 3, "p": 0, "w": {0: pi / 2}},
        ),
        Control(
            "beyond-half-turn",
            "a channel that turns by more than half a turn can lose all of its distance",
            of="at-most",
            drops=("half-turn",),
            witness={"h": 1, "s": 2, "p": 0, "w": {0: 2 * pi}},
        ),
        Control(
            "stretched",
            "a factor below 1 stretches positions",
            of="sines",
            drops=("shrinks",),
            witness={"y": pi / 2, "s": Rational(1, 2)},
        ),
        Control(
            "sine-above-the-angle",
            "a negative angle is below its sine",
            of="below-the-angle",
            drops=("from-0",),
            witness={"y": -1},
        ),
    ),
    sampler=lambda rng: {
        **slow_channels(rng),
        "s": Rational(rng.randint(10, 60), 10),
        "y": Rational(rng.randint(1, 15), 10),
    },
    instances=(
        "phase_latency.proofs.instances.compression:distances_at_least",
        "phase_latency.proofs.instances.compression:distances_at_most",
    ),
    remark="The upper bound is attained in the limit of large s at w = pi, the lower one in the limit of small w.",
)


# -- the amplitude does not ------------------------------------------------------------------------------------

a = real("a")
P, Q = vector("P", d), vector("Q", d)
amplitude = Hypothesis("amplitude", differ(a, 0), "the amplitude does not vanish")
nonzero = Hypothesis("nonzero", positive(Dot(P, P)), "the encoding does not vanish")


def square(vector_):
    """Squared norm."""
    return Dot(vector_, vector_)


keeps_discriminability = Statement(
    "amplitude-keeps-discriminability",
    group="D",
    title="An amplitude shrinks norms and distances alike: neighbours stay as easy to tell apart",
    source=Source(PAPER, "Lemma 1; reading 2 of the three"),
    claims=(
        claim(
            "distance",
            equal(square(a * P - a * Q), a**2 * square(P - Q)),
            by="bilinear",
            text="Squared distances shrink by a^2,",
        ),
        claim(
            "relative",
            equal(square(a * P - a * Q) / square(a * P), square(P - Q) / square(P)),
            by="bilinear",
            uses="amplitude nonzero",
            given=(amplitude, nonzero),
            text="as squared norms do: relative to them distances do not change, other than under compression.",
        ),
    ),
    controls=(
        Control(
            "absolute",
            "distances themselves do not change",
            of="distance",
            goal=equal(square(a * P - a * Q), square(P - Q)),
            witness={"d": 1, "a": 2, "P": [1], "Q": [0]},
        ),
        Control(
            "linear",
            "squared distances shrink by a",
            of="distance",
            goal=equal(square(a * P - a * Q), a * square(P - Q)),
            witness={"d": 1, "a": 2, "P": [1], "Q": [0]},
        ),
        Control(
            "other-norm",
            "relative to the norm before the scaling",
            of="relative",
            goal=equal(square(a * P - a * Q) / square(P), square(P - Q) / square(P)),
            witness={"d": 1, "a": 2, "P": [1], "Q": [0]},
        ),
    ),
    instances=(
        "phase_latency.proofs.instances.compression:squared_distances",
        "phase_latency.proofs.instances.compression:relative_distances",
    ),
)


# -- similarity and distance ----------------------------------------------------------------------------------

BASE = 10000
from_here = Hypothesis("from-here", at_least(D, 0), "the distance is not negative,")
within = Hypothesis("within", at_most(D + 1, L), "and so is the next one within the window")
one_position = Hypothesis("window", at_least(L, 1), "there is a position")
phase_here, phase_next = w[i] * D / L, w[i] * (D + 1) / L
mean_phase, half_phase = w[i] * D / L + w[i] / (2 * L), w[i] / (2 * L)


def standard(width):
    """The classical frequencies for this width."""
    return {"h": width // 2, "w": {k: S(BASE) ** Rational(-2 * k, width) for k in range(width // 2)}}


not_monotone = Statement(
    "sinusoidal-kernel-not-monotone",
    group="D",
    title="Similarity does not fall with every step of the distance; after compression it does",
    source=Source(PAPER, "figures of similarity against distance; Vaswani et al. 2017, section 3.5"),
    claims=(
        exists(
            "width-64",
            less(kernel(5), kernel(6)),
            standard(64),
            text="At d = 64 and the classical frequencies, positions 6 apart are more alike than positions 5 apart,",
        ),
        exists(
            "width-128",
            less(kernel(11), kernel(12)),
            standard(128),
            text="at d = 128 positions 12 apart more than positions 11 apart.",
        ),
        difference_of_cosines,
        claim(
            "compressed",
            less(kernel((D + 1) / L), kernel(D / L)),
            step("order", positive(L), "window", [(L - 1,), (1,)], label="L>0"),
            *between_0_and_pi(
                "mean",
                mean_phase,
                low=("turning from-here L>0", [(w[i], D, 1 / L), (Rational(1, 2), w[i], 1 / L)]),
                high=(
                    "turning half-turn within L>0",
                    [(pi - w[i],), (w[i], L - (D + 1), 1 / L), (Rational(1, 2), w[i], 1 / L)],
                ),
            ),
            *between_0_and_pi(
                "half",
                half_phase,
                low=("turning L>0", [(Rational(1, 2), w[i], 1 / L)]),
                high=(
                    "turning half-turn window L>0",
                    [(pi - w[i],), (w[i], L - 1, 1 / L), (Rational(1, 2), w[i], 1 / L)],
                ),
            ),
            step(
                "instance",
                equal(cos(w[i] * D / L), cos(w[i] * D / L + w[i] / L) + 2 * sin(mean_phase) * sin(half_phase)),
                "sinusoidal-kernel-not-monotone:difference-of-cosines",
                {x: mean_phase, y: half_phase},
                label="difference",
            ),
            step(
                "order",
                less(cos(phase_next), cos(phase_here)),
                "difference sin-mean sin-half L>0",
                [(2, sin(mean_phase), sin(half_phase))],
                label="cosines",
            ),
            by="sum-monotone",
            uses="cosines channels L>0",
            given=(channels, turning, half_turn, one_position, from_here, within),
            text="With all frequencies in (0, pi] the compressed kernel falls with every step inside the window, so "
            "compression changes the order of similarities.",
        ),
    ),
    controls=(
        Control(
            "one-step-earlier",
            "already positions 5 apart more than positions 4 apart",
            of="width-64",
            goal=less(kernel(4), kernel(5)),
            witness=standard(64),
        ),
        Control(
            "not-compressed",
            "the kernel itself falls with every step",
            of="compressed",
            goal=less(kernel(D + 1), kernel(D)),
            witness={"h": 1, "w": {0: pi}, "L": 2, "D": 1},
        ),
        Control(
            "beyond-half-turn",
            "a channel beyond half a turn comes back within the window",
            of="compressed",
            drops=("half-turn",),
            witness={"h": 1, "w": {0: 2 * pi}, "L": 2, "D": 1},
        ),
        Control(
            "beyond-the-window",
            "outside the window the kernel comes back",
            of="compressed",
            drops=("within",),
            witness={"h": 1, "w": {0: pi}, "L": 1, "D": 1},
        ),
    ),
    sampler=lambda rng: (lambda n: {**slow_channels(rng), "L": n, "D": rng.randint(0, n - 1)})(rng.randint(1, 9)),
    instances=(
        "phase_latency.proofs.instances.compression:similarities_at_width_64",
        "phase_latency.proofs.instances.compression:similarities_at_width_128",
        "phase_latency.proofs.instances.compression:compressed_similarities",
    ),
    remark="So it is not exact to say that compression preserves the ordering of similarities.",
)

STATEMENTS = (no_scale, discriminability, keeps_discriminability, not_monotone)
