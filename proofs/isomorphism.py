"""Group A, the Phase-Latency Isomorphism: phase and spike latency are affine images of each other.

Main statements: phase-latency-affine, phase-latency-circle, phase-latency-order, retiming-invariance.
Notation: position ``p``, latency ``t = t0 + (T/L) p`` (seconds), phase ``theta = w p`` (radians), one channel of
frequency ``w``; ``Theta(t) = (w L/T)(t - t0)`` is the phase that belongs to a latency.
Source: arXiv:2605.00662 (Bose 2026), Phase-Latency Isomorphism.
"""

from sympy import Rational, acos, ceiling, cos, floor, pi, sin

from phase_latency.ledger.statement import Control, Hypothesis, Source, Statement, claim, step
from phase_latency.ledger.terms import (
    Iff,
    at_least,
    at_most,
    equal,
    index,
    integer,
    latency,
    latency_of_phase,
    latency_period,
    less,
    phase,
    phase_of_latency,
    positive,
    real,
    sequence,
    total,
    wrapped,
)

PAPER = "arXiv:2605.00662"

T, L, t0, w = real("T"), real("L"), real("t0"), real("w")  # window (s), length, onset (s), frequency
p, q = real("p"), real("q")  # positions
t, s = real("t"), real("s")  # latencies (s)
x, y, theta = real("x"), real("y"), real("theta")
k = integer("k")

window = Hypothesis("window", positive(T), "the spike window has a length")
length = Hypothesis("length", positive(L), "there are positions")
frequency = Hypothesis("frequency", positive(w), "the channel turns")


def Theta(time):  # the theory's symbol
    """Phase that belongs to a latency."""
    return phase_of_latency(time, w, T, L, t0)


def time_of(position):
    """Latency of a position."""
    return latency(position, T, L, t0)


# -- phase and latency, on the line ---------------------------------------------------------------------------

affine = Statement(
    "phase-latency-affine",
    group="A",
    title="Phase and latency are affine images of each other",
    source=Source(PAPER, "Phase-Latency Isomorphism"),
    hypotheses=(window, length, frequency),
    claims=(
        claim(
            "phase",
            equal(Theta(time_of(p)), phase(p, w)),
            by="field",
            uses="window length",
            text="The latency of p has the phase of p.",
        ),
        claim(
            "difference",
            equal(phase(p, w) - phase(q, w), w * L / T * (time_of(p) - time_of(q))),
            by="field",
            uses="window length",
            text="Differences of phase are proportional to differences of latency.",
        ),
        claim(
            "left-inverse",
            equal(latency_of_phase(Theta(t), w, T, L, t0), t),
            by="field",
            uses="window length frequency",
            text="The latency of the phase of t is t.",
        ),
        claim(
            "right-inverse",
            equal(Theta(latency_of_phase(theta, w, T, L, t0)), theta),
            by="field",
            uses="window length frequency",
            text="The phase of the latency of theta is theta: the map is a bijection of the line.",
        ),
        claim(
            "increasing",
            Iff(less(s, t), less(Theta(s), Theta(t))),
            by="equivalence",
            uses="window length frequency",
            certificate=(T, 1 / w, 1 / L),
            text="An earlier spike has a smaller phase, and conversely.",
        ),
    ),
    controls=(
        Control(
            "inverted-window",
            "T/L in place of L/T",
            of="phase",
            goal=equal(w * T / L * (time_of(p) - t0), phase(p, w)),
            witness={"T": 2, "L": 4, "t0": 0, "w": 1, "p": 1},
        ),
        Control(
            "onset-forgotten",
            "the onset is not subtracted",
            of="phase",
            goal=equal(w * L / T * time_of(p), phase(p, w)),
            witness={"T": 2, "L": 4, "t0": 1, "w": 1, "p": 1},
        ),
        Control(
            "negative-frequency",
            "without w > 0 the order is reversed",
            of="increasing",
            drops=("frequency",),
            witness={"T": 1, "L": 1, "t0": 0, "w": -1, "s": 0, "t": 1},
        ),
    ),
    instances=("phase_latency.proofs.instances.isomorphism:phase_of_spike",),
)


# -- the same on circles --------------------------------------------------------------------------------------

period = latency_period(w, T, L)

circle = Statement(
    "phase-latency-circle",
    group="A",
    title="Phase modulo a turn is latency modulo a period, as groups",
    source=Source(PAPER, "Phase-Latency Isomorphism"),
    hypotheses=(window, length, frequency),
    claims=(
        claim(
            "well-defined-and-injective",
            Iff(equal(t - s, k * period), equal(Theta(t) - Theta(s), 2 * pi * k)),
            by="equivalence",
            uses="window length frequency",
            certificate=(T, 1 / w, 1 / L),
            text="Latencies differ by k periods exactly if their phases differ by k turns.",
        ),
        claim(
            "homomorphism",
            equal(Theta(t0 + x + y), Theta(t0 + x) + Theta(t0 + y)),
            by="field",
            uses="window",
            text="Delays after the onset add as phases add.",
        ),
        claim(
            "surjective",
            equal(Theta(latency_of_phase(theta, w, T, L, t0)), theta),
            by="field",
            uses="window length frequency",
            text="Every phase is the phase of a latency.",
        ),
    ),
    controls=(
        Control(
            "period-without-frequency",
            "the period 2 pi T/L of the channel w = 1 for every channel",
            of="well-defined-and-injective",
            goal=Iff(equal(t - s, 2 * pi * k * T / L), equal(Theta(t) - Theta(s), 2 * pi * k)),
            witness={"T": 1, "L": 1, "t0": 0, "w": 2, "k": 1, "s": 0, "t": 2 * pi},
        ),
        Control(
            "window-as-period",
            "the window T taken for the period",
            of="well-defined-and-injective",
            goal=Iff(equal(t - s, k * T), equal(Theta(t) - Theta(s), 2 * pi * k)),
            witness={"T": 1, "L": 1, "t0": 0, "w": 1, "k": 1, "s": 0, "t": 1},
        ),
        Control(
            "onset-counted-twice",
            "latencies, not delays, added",
            of="homomorphism",
            goal=equal(Theta(x + y), Theta(x) + Theta(y)),
            witness={"T": 1, "L": 1, "t0": 1, "w": 1, "x": 0, "y": 0},
        ),
    ),
    instances=("phase_latency.proofs.instances.isomorphism:same_point_of_the_circle",),
)


# -- order, on the line and on the circle ---------------------------------------------------------------------

N, m, n = integer("L"), integer("p"), integer("q")  # length and two positions, as integers
turns = ceiling(2 * pi / w)  # the first position whose phase completes a turn

slow = Hypothesis("slow", less(w, 2 * pi), "less than one turn from one position to the next")
first = Hypothesis("first", at_least(m, 0), "positions start at 0")
ordered = Hypothesis("ordered", less(m, n), "p comes before q")
last = Hypothesis("last", at_most(n, N - 1), "positions end at L - 1")
within_a_turn = Hypothesis("within-a-turn", less(w * (N - 1), 2 * pi), "no channel completes a turn")
beyond_a_turn = Hypothesis("beyond-a-turn", at_least(w * (N - 1), 2 * pi), "the channel completes a turn")


def turns_completed(label, position, whole, low, high, defined=""):
    """Three steps: ``whole <= w position/(2 pi) < whole + 1``, and hence its integer part.

    Args:
        label: name of the last step.
        position: a position.
        whole: number of turns completed there.
        low: what the lower bound uses, and its certificate.
        high: the same for the upper bound.
        defined: what makes the position itself defined, where it contains a division.

    Returns:
        the steps.
    """
    quotient = w * position / (2 * pi)
    (low_uses, low_terms), (high_uses, high_terms) = low, high
    return (
        step("order", at_most(whole, quotient), low_uses, low_terms, label=f"{label}-low"),
        step("order", less(quotient, whole + 1), high_uses, high_terms, label=f"{label}-high"),
        step("integer-part", equal(floor(quotient), whole), f"{label}-low {label}-high {defined}", label=label),
    )


turn = 1 / (2 * pi)
order = Statement(
    "phase-latency-order",
    group="A",
    title="Wrapped phases keep the order of all positions exactly if no turn is completed",
    source=Source(PAPER, "Phase-Latency Isomorphism; the hypothesis is left unsaid there"),
    hypotheses=(frequency,),
    claims=(
        claim(
            "unwrapped",
            Iff(less(p, q), less(phase(p, w), phase(q, w))),
            by="equivalence",
            uses="frequency",
            certificate=(1 / w,),
            text="Unwrapped phases keep the order.",
        ),
        claim(
            "wrapped-if",
            less(wrapped(phase(m, w)), wrapped(phase(n, w))),
            *turns_completed(
                "turns-of-p",
                m,
                0,
                low=("frequency first", [(turn, w, m)]),
                high=(
                    "frequency within-a-turn ordered last",
                    [(turn, 2 * pi - w * (N - 1)), (turn, w, N - 1 - n), (turn, w, n - m)],
                ),
            ),
            *turns_completed(
                "turns-of-q",
                n,
                0,
                low=("frequency first ordered", [(turn, w, n - m), (turn, w, m)]),
                high=("frequency within-a-turn last", [(turn, 2 * pi - w * (N - 1)), (turn, w, N - 1 - n)]),
            ),
            by="order",
            uses="turns-of-p turns-of-q frequency ordered",
            certificate=[(w, n - m)],
            given=(first, ordered, last, within_a_turn),
            text="If w (L - 1) < 2 pi, wrapped phases keep the order of all L positions.",
        ),
        claim(
            "turn-is-reached",
            at_most(turns, N - 1),
            step("order", at_most(2 * pi / w, N - 1), "frequency beyond-a-turn", [(1 / w, w * (N - 1) - 2 * pi)], "r"),
            by="integer-part",
            uses="r frequency",
            given=(beyond_a_turn,),
            text="Otherwise position n = ceil(2 pi/w) is one of the L positions.",
        ),
        claim(
            "wrapped-only-if",
            less(wrapped(phase(turns, w)), wrapped(phase(turns - 1, w))),
            step("integer-part", at_most(2 * pi / w, turns), "frequency", label="reaches"),
            step("integer-part", less(turns - 1, 2 * pi / w), "frequency", label="not-before"),
            step("order", less(0, turns), "reaches frequency", [(turns - 2 * pi / w,), (2 * pi, 1 / w)], "after-0"),
            step("integer-part", at_most(1, turns), "after-0 frequency", label="at-least-1"),
            *turns_completed(
                "turns-before",
                turns - 1,
                0,
                low=("frequency at-least-1", [(turn, w, turns - 1)]),
                high=("frequency not-before", [(turn, w, 2 * pi / w - (turns - 1))]),
                defined="frequency",
            ),
            *turns_completed(
                "turns-there",
                turns,
                1,
                low=("frequency reaches", [(turn, w, turns - 2 * pi / w)]),
                high=("frequency not-before slow", [(turn, w, 2 * pi / w - (turns - 1)), (turn, 2 * pi - w)]),
                defined="frequency",
            ),
            by="order",
            uses="turns-there turns-before slow frequency",
            certificate=[(2 * pi - w,)],
            given=(slow,),
            text="There the wrapped phase falls below that of the position before it.",
        ),
    ),
    controls=(
        Control(
            "first-channel",
            "the channel w = 1 at L = 8: the hypothesis that is usually left unsaid",
            of="wrapped-if",
            drops=("within-a-turn",),
            witness={"w": 1, "L": 8, "p": 6, "q": 7},
        ),
        Control(
            "aliased",
            "above one turn a position aliasing can keep the order by accident",
            of="wrapped-only-if",
            drops=("slow",),
            witness={"w": 2 * pi + Rational(1, 10), "L": 3},
        ),
        Control(
            "negative-frequency",
            "a channel that turns backwards reverses the order",
            of="unwrapped",
            drops=("frequency",),
            witness={"w": -1, "p": 0, "q": 1},
        ),
        Control(
            "reached-at-L",
            "w L >= 2 pi in place of w (L - 1) >= 2 pi",
            of="turn-is-reached",
            goal=at_most(turns, N - 2),
            witness={"w": 1, "L": 8},
        ),
    ),
    instances=(
        "phase_latency.proofs.instances.isomorphism:order_of_wrapped_phases",
        "phase_latency.proofs.instances.isomorphism:order_lost_after_a_turn",
    ),
    remark="The first channel, w = 1, violates the hypothesis as soon as L >= 8.",
    sampler=lambda rng: {"w": Rational(rng.randint(1, 60), 10), "L": rng.randint(2, 40), "p": rng.randint(0, 9)},
)

# -- reading 1: position expressed in seconds, frequency in radians per second --------------------------------

h = integer("h")
i = index("i", h)
f = sequence("w")  # frequencies of the channels


def retimed(position):
    """Phase of a generic channel, computed from the latency."""
    return phase_of_latency(time_of(position), f[i], T, L, t0)


retiming = Statement(
    "retiming-invariance",
    group="A",
    title="Re-expressing positions in seconds and frequencies in radians per second changes nothing",
    source=Source(PAPER, "Phase-Latency Isomorphism; reading 1 of the three"),
    hypotheses=(window, length),
    claims=(
        claim(
            "sine",
            equal(sin(retimed(p)), sin(phase(p, f[i]))),
            by="field",
            uses="window length",
            text="Each sine coordinate is unchanged,",
        ),
        claim(
            "cosine",
            equal(cos(retimed(p)), cos(phase(p, f[i]))),
            by="field",
            uses="window length",
            text="and each cosine coordinate; hence the encoding, and every layer that reads it.",
        ),
        claim(
            "gram",
            equal(
                total(sin(retimed(p)) * sin(retimed(q)) + cos(retimed(p)) * cos(retimed(q)), i),
                total(sin(phase(p, f[i])) * sin(phase(q, f[i])) + cos(phase(p, f[i])) * cos(phase(q, f[i])), i),
            ),
            by="sum-congruence",
            uses="window length",
            text="In particular every inner product of encodings is unchanged.",
        ),
    ),
    controls=(
        Control(
            "frequencies-not-compensated",
            "reading 3: spike times put into the sinusoid as they are",
            of="sine",
            goal=equal(sin(f[i] * time_of(p)), sin(phase(p, f[i]))),
            witness={"T": 1, "L": 2, "t0": 0, "p": 2, "h": 1, "w": {0: acos(Rational(3, 5))}},
        ),
        Control(
            "onset-not-subtracted",
            "the onset enters the phase",
            of="cosine",
            goal=equal(cos(f[i] * L / T * time_of(p)), cos(phase(p, f[i]))),
            witness={"T": 1, "L": 1, "t0": 1, "p": 0, "h": 1, "w": {0: acos(Rational(3, 5))}},
        ),
        Control(
            "amplitude-instead",
            "reading 2: the encoding scaled by T/L",
            of="gram",
            goal=equal(
                (T / L) ** 2
                * total(sin(phase(p, f[i])) * sin(phase(q, f[i])) + cos(phase(p, f[i])) * cos(phase(q, f[i])), i),
                total(sin(phase(p, f[i])) * sin(phase(q, f[i])) + cos(phase(p, f[i])) * cos(phase(q, f[i])), i),
            ),
            witness={"T": 1, "L": 2, "p": 1, "q": 1, "h": 1, "w": {0: acos(Rational(3, 5))}, "t0": 0},
        ),
    ),
    instances=("phase_latency.proofs.instances.isomorphism:retimed_encoding",),
)

STATEMENTS = (affine, circle, order, retiming)
