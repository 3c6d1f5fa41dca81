"""Group F, rotary encodings: queries and keys are turned, channel by channel, by the phases of their positions.

Main statements: rotary-relative, rotary-retiming, rotary-layout.
Notation: ``(x_i, X_i)`` is the pair of channel i in the query, ``(y_i, Y_i)`` that in the key, ``p, q`` are their
positions, ``w_i`` the frequencies. The number of channels is a symbol.
Source: Su et al. 2021, arXiv:2104.09864, section 3.2.
"""

from sympy import Rational, acos, cos, sin

from phase_latency import formulas
from phase_latency.ledger.statement import Control, Hypothesis, Source, Statement, claim, exists
from phase_latency.ledger.terms import (
    differ,
    equal,
    index,
    integer,
    latency,
    phase,
    phase_of_latency,
    positive,
    real,
    sequence,
    total,
)

PAPER = "arXiv:2104.09864"

h = integer("h")
i = index("i", h)
w = sequence("w")
x, X, y, Y = sequence("x"), sequence("X"), sequence("y"), sequence("Y")
p, q, delta = real("p"), real("q"), real("delta")


def turned(first, second, angle):
    """A pair turned by an angle."""
    return formulas.rotate(first, second, angle, sin, cos)


def product(query, key):
    """Inner product of two pairs."""
    return query[0] * key[0] + query[1] * key[1]


def logit(query_angle, key_angle):
    """Logit of a query and a key whose channels are turned by these angles."""
    return total(product(turned(x[i], X[i], query_angle), turned(y[i], Y[i], key_angle)), i)


one_channel = {"h": 1, "w": {0: acos(Rational(3, 5))}, "x": {0: 1}, "X": {0: 0}, "y": {0: 1}, "Y": {0: 0}}

relative = Statement(
    "rotary-relative",
    group="F",
    title="A rotary logit depends on the distance of query and key only",
    source=Source(PAPER, "equation 16"),
    claims=(
        claim(
            "distance",
            equal(
                logit(phase(p, w[i]), phase(q, w[i])),
                total(product((x[i], X[i]), turned(y[i], Y[i], w[i] * (q - p))), i),
            ),
            by="sum-congruence",
            text="Turning both is turning the key by the phase of the distance,",
        ),
        claim(
            "shift",
            equal(logit(phase(p + delta, w[i]), phase(q + delta, w[i])), logit(phase(p, w[i]), phase(q, w[i]))),
            by="sum-congruence",
            text="so a joint shift of all positions changes no logit.",
        ),
        claim(
            "norm",
            equal(
                total(product(*[turned(x[i], X[i], phase(p, w[i]))] * 2), i),
                total(product(*[(x[i], X[i])] * 2), i),
            ),
            by="sum-congruence",
            text="No norm changes.",
        ),
    ),
    controls=(
        Control(
            "one-sided-shift",
            "only the query moves",
            of="shift",
            goal=equal(logit(phase(p + delta, w[i]), phase(q, w[i])), logit(phase(p, w[i]), phase(q, w[i]))),
            witness={**one_channel, "p": 0, "q": 0, "delta": 1},
        ),
        Control(
            "opposite-turns",
            "keys turned backwards: the logit then depends on the sum of the positions",
            of="shift",
            goal=equal(logit(phase(p + delta, w[i]), -phase(q + delta, w[i])), logit(phase(p, w[i]), -phase(q, w[i]))),
            witness={**one_channel, "p": 0, "q": 0, "delta": 1},
        ),
        Control(
            "sum-of-positions",
            "p + q in place of q - p",
            of="distance",
            goal=equal(
                logit(phase(p, w[i]), phase(q, w[i])),
                total(product((x[i], X[i]), turned(y[i], Y[i], w[i] * (q + p))), i),
            ),
            witness={**one_channel, "p": 1, "q": 1},
        ),
    ),
    instances=(
        "phase_latency.proofs.instances.rotary:logits_by_distance",
        "phase_latency.proofs.instances.rotary:logits_of_shifted_positions",
    ),
)


# -- re-timing ------------------------------------------------------------------------------------------------

T, L, t0 = real("T"), real("L"), real("t0")
window = Hypothesis("window", positive(T), "the spike window has a length")
length = Hypothesis("length", positive(L), "there are positions")


def retimed(position):
    """Phase of a channel, computed from the latency of a position, onset and window being known."""
    return phase_of_latency(latency(position, T, L, t0), w[i], T, L, t0)


def delayed(position):
    """The same if nobody subtracts the onset."""
    return w[i] * L / T * latency(position, T, L, t0)


def uncompensated(position):
    """Spike times turned as if they were positions."""
    return w[i] * latency(position, T, L, t0)


unit_window = {**one_channel, "T": 1, "L": 2, "t0": 0}
retiming = Statement(
    "rotary-retiming",
    group="F",
    title="Rotary logits from spike times and frequencies in radians per second are the same",
    source=Source("arXiv:2605.00662", "Phase-Latency Isomorphism, for rotary encodings; reading 1 of the three"),
    hypotheses=(window, length),
    claims=(
        claim(
            "logit",
            equal(logit(retimed(p), retimed(q)), logit(phase(p, w[i]), phase(q, w[i]))),
            by="sum-congruence",
            uses="window length",
            text="With frequencies w L/T and times since the onset no logit changes,",
        ),
        claim(
            "onset",
            equal(logit(delayed(p), delayed(q)), logit(phase(p, w[i]), phase(q, w[i]))),
            by="sum-congruence",
            uses="window length",
            text="and not even the onset need be known: it shifts all positions alike.",
        ),
    ),
    controls=(
        Control(
            "frequencies-not-compensated",
            "reading 3: spike times turned as if they were positions",
            of="logit",
            goal=equal(logit(uncompensated(p), uncompensated(q)), logit(phase(p, w[i]), phase(q, w[i]))),
            witness={**unit_window, "p": 0, "q": 2},
        ),
        Control(
            "onset-of-keys-only",
            "queries count from the onset, keys do not",
            of="onset",
            goal=equal(logit(retimed(p), delayed(q)), logit(phase(p, w[i]), phase(q, w[i]))),
            witness={**unit_window, "L": 1, "t0": 1, "p": 0, "q": 0},
        ),
    ),
    instances=(
        "phase_latency.proofs.instances.rotary:logits_of_spikes",
        "phase_latency.proofs.instances.rotary:logits_of_spikes_without_onset",
    ),
    remark="For additive encodings the onset does matter: see retiming-invariance.",
)


# -- layouts --------------------------------------------------------------------------------------------------

u, v, U, V = sequence("u"), sequence("v"), sequence("U"), sequence("V")  # queries and keys of either layout


def interleaved(query, key, position, other):
    """Logit where a channel is the pair of entries 2i and 2i + 1."""
    turn = [turned(z[2 * i], z[2 * i + 1], phase(at, w[i])) for z, at in ((query, position), (key, other))]
    return total(product(*turn), i)


def half_split(query, key, position, other):
    """Logit where a channel is the pair of entries i and i + h."""
    turn = [turned(z[i], z[i + h], phase(at, w[i])) for z, at in ((query, position), (key, other))]
    return total(product(*turn), i)


def permuted():
    """Entry 2i goes to i, and 2i + 1 to i + h."""
    for name, own, other in (("query", u, U), ("key", v, V)):
        yield Hypothesis(f"{name}-first", equal(other[i], own[2 * i]), f"the {name} is permuted,")
        yield Hypothesis(f"{name}-second", equal(other[i + h], own[2 * i + 1]))


def mixed(position):
    """Logit, at width 4, of a query in one layout and a key in the other, both at the same position."""
    query = [*turned(u[0], u[1], phase(position, w[0])), *turned(u[2], u[3], phase(position, w[1]))]
    (a, b), (c, d) = (turned(v[k], v[k + 2], phase(position, w[k])) for k in range(2))
    return sum(left * right for left, right in zip(query, (a, c, b, d), strict=True))


def _two_layouts(rng):
    channels = rng.randint(1, 3)
    found = {"h": channels}
    for own, other in (("u", "U"), ("v", "V")):
        entries = {k: rng.randint(-5, 5) for k in range(2 * channels)}
        order = [*range(0, 2 * channels, 2), *range(1, 2 * channels, 2)]
        found |= {own: entries, other: {k: entries[at] for k, at in enumerate(order)}}
    return found


first_entry = {name: {0: 1, 1: 0, 2: 0, 3: 0} for name in ("u", "v")}
layout = Statement(
    "rotary-layout",
    group="F",
    title="Interleaved and half-split layouts differ by one permutation of the width; mixing them is no invariance",
    source=Source(PAPER, "equation 15; the half-split layout is that of GPT-NeoX and Llama"),
    claims=(
        claim(
            "permuted",
            equal(half_split(U, V, p, q), interleaved(u, v, p, q)),
            by="sum-congruence",
            uses="query-first query-second key-first key-second",
            given=tuple(permuted()),
            text="If query and key are permuted alike, both layouts give the same logits at all positions.",
        ),
        exists(
            "mixed",
            differ(mixed(1), mixed(0)),
            {**first_entry, "w": {0: acos(Rational(3, 5)), 1: 0}},
            text="With the query in one layout and the key in the other, a joint shift changes the logit.",
        ),
    ),
    controls=(
        Control(
            "not-permuted",
            "the key, or its projection, taken from one layout to the other as it is",
            of="permuted",
            drops=("key-first", "key-second"),
            witness={
                **{"h": 2, "p": 0, "q": 0, "w": {0: 1, 1: 1}},
                **{"u": {0: 0, 1: 1, 2: 0, 3: 0}, "U": {0: 0, 1: 0, 2: 1, 3: 0}},
                **{"v": {0: 0, 1: 1, 2: 0, 3: 0}, "V": {0: 0, 1: 1, 2: 0, 3: 0}},
            },
        ),
        Control(
            "places-changed",
            "query and key change their positions",
            of="permuted",
            goal=equal(half_split(U, V, p, q), interleaved(u, v, q, p)),
            witness={
                **{"h": 1, "p": 0, "q": 1, "w": {0: acos(Rational(3, 5))}},
                **{"u": {0: 1, 1: 0}, "U": {0: 1, 1: 0}, "v": {0: 0, 1: 1}, "V": {0: 0, 1: 1}},
            },
        ),
    ),
    sampler=_two_layouts,
    instances=("phase_latency.proofs.instances.rotary:logits_of_either_layout",),
    remark="At h = 1 the two layouts are the same, so a test at width 2 cannot tell them apart.",
)

STATEMENTS = (relative, retiming, layout)
