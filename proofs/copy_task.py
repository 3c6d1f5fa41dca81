"""Group J, the copy task: what the published experiment can tell, and which of the three readings is the identity.

Main statements: copy-task-needs-no-position, reading-mismatch.
Notation: ``x_j`` tokens, numbers 0, ..., V - 1, at L positions; the target of a token is the next one, ``x + 1`` modulo
V; a permutation takes to some place what was at position s, which ``sum_j [j = s]`` picks out; ``w`` a frequency in
radians per position, ``t(p) = t0 + (T/L) p`` the spike time of position p.
Source: arXiv:2605.00662 (Bose 2026), experiments and public scripts.
"""

from typing import Any

from sympy import floor, sin

from phase_latency.ledger.statement import Control, Hypothesis, Source, Statement, claim, exists
from phase_latency.ledger.terms import (
    Same,
    at_least,
    at_most,
    differ,
    equal,
    index,
    integer,
    latency,
    phase,
    positive,
    real,
    sequence,
    total,
)

PAPER = "arXiv:2605.00662"

V, L = integer("V"), integer("L")  # tokens, positions
j, s, i = index("j", L), index("s", L), index("i", V)
x = sequence("x")
c, k = integer("c"), integer("k")


def following(token: Any) -> Any:
    """The next token, modulo V: the target of the public script."""
    return token + 1 - V * floor((token + 1) / V)


# -- the copy task --------------------------------------------------------------------------------------------

vocabulary = Hypothesis("vocabulary", positive(V), "there are tokens")
c_first = Hypothesis("c-first", at_least(c, 0), "c is a token,")
c_last = Hypothesis("c-last", at_most(c, V - 1), "of the vocabulary")


def _sequence(rng):
    """A sequence, and a token with an output."""
    size, length = rng.randint(1, 5), rng.randint(1, 6)
    tokens = {place: rng.randrange(size) for place in range(length)}
    return {"V": size, "L": length, "x": tokens, "c": rng.randrange(size), "k": rng.randrange(size)}


def taken_from(position):
    """The token that comes from a position."""
    return total(Same(j, position) * x[j], j)


copy_task_needs_no_position = Statement(
    "copy-task-needs-no-position",
    group="J",
    title="The target of the copy task commutes with every permutation of positions, so the task needs no encoding",
    source=Source(PAPER, "copy task"),
    claims=(
        claim(
            "commutes",
            equal(total(Same(j, s) * following(x[j]), j), following(x[s])),
            by="selection",
            uses="vocabulary",
            certificate=s,
            given=(vocabulary,),
            text="The target that a permutation brings to a place is the target of the token that it brings there.",
        ),
        claim(
            "linear-in-the-token",
            equal(total(Same(i, c) * Same(k, following(i)), i), Same(k, following(c))),
            by="selection",
            uses="vocabulary c-first c-last",
            certificate=c,
            given=(vocabulary, c_first, c_last),
            text="One linear map of the one-hot token computes it: neither attention nor position is needed.",
        ),
        exists(
            "offset-does-not-commute",
            differ(taken_from(0), taken_from(1)),
            {"L": 3, "x": {0: 0, 1: 1, 2: 2}},
            text="With the token before as the target, positions matter: exchange the first two of three tokens, and "
            "the token of position 0 stands before the last, to which that of position 1 belonged.",
        ),
    ),
    controls=(
        Control(
            "position-in-the-target",
            "a target that adds the position",
            of="commutes",
            goal=equal(total(Same(j, s) * (following(x[j]) + j), j), following(x[s])),
            witness={"V": 2, "L": 2, "x": {0: 0, 1: 0}},
        ),
        Control(
            "without-wrapping",
            "the last token is followed by one that is not there",
            of="commutes",
            goal=equal(total(Same(j, s) * (x[j] + 1), j), following(x[s])),
            witness={"V": 2, "L": 1, "x": {0: 1}},
        ),
        Control(
            "no-such-token",
            "a token past the end of the vocabulary",
            of="linear-in-the-token",
            drops=("c-last",),
            witness={"V": 2, "c": 3, "k": 0},
        ),
        Control(
            "the-same-token",
            "the token itself in place of the next",
            of="linear-in-the-token",
            goal=equal(total(Same(i, c) * Same(k, following(i)), i), Same(k, c)),
            witness={"V": 2, "c": 0, "k": 0},
        ),
    ),
    sampler=_sequence,
    instances=(
        "phase_latency.proofs.instances.copy_task:permuted_targets",
        "phase_latency.proofs.instances.copy_task:one_linear_map",
    ),
    remark="A task that a model without positions solves cannot rank positional encodings.",
)


# -- the three readings ---------------------------------------------------------------------------------------

T, t0, w, p, a = real("T"), real("t0"), real("w"), real("p"), real("a")
positions = Hypothesis("positions", positive(L), "there is a position")

one_second = {"T": 1, "L": 2, "t0": 0, "w": 1, "p": 1}
reading_mismatch = Statement(
    "reading-mismatch",
    group="J",
    title="A spike time in the place of a position, with the frequencies as they were, is frequency compression",
    source=Source(PAPER, "experiments, frequency-domain encoding"),
    claims=(
        claim(
            "compressed",
            equal(sin(phase(latency(p, T, L, t0), w)), sin(phase(t0 + T / L * p, w))),
            by="field",
            uses="positions",
            given=(positions,),
            text="It is the encoding at T/L times the position, and later by the onset, in every channel,",
        ),
        exists(
            "not-the-same",
            differ(sin(phase(latency(p, T, L, t0), w)), sin(phase(p, w))),
            one_second,
            text="which is another encoding than that of phases,",
        ),
        exists(
            "not-an-amplitude",
            differ(sin(phase(latency(p, T, L, t0), w)), T / L * sin(phase(p, w))),
            one_second,
            text="and another than that of Lemma 1, which is an amplitude. Of the three readings only re-timing is the "
            "identity.",
        ),
    ),
    controls=(
        Control(
            "without-the-onset",
            "spikes that begin later, without their onset",
            of="compressed",
            goal=equal(sin(phase(latency(p, T, L, t0), w)), sin(phase(T / L * p, w))),
            witness={**one_second, "t0": 1},
        ),
        Control(
            "not-compressed",
            "the encoding at the position itself",
            of="compressed",
            goal=equal(sin(phase(latency(p, T, L, t0), w)), sin(phase(p, w))),
            witness=one_second,
        ),
        Control(
            "amplitude",
            "an amplitude instead",
            of="compressed",
            goal=equal(sin(phase(latency(p, T, L, t0), w)), T / L * sin(phase(p, w))),
            witness=one_second,
        ),
    ),
    sampler=lambda rng: {"T": rng.randint(1, 4), "L": rng.randint(1, 6), "t0": 0, "w": rng.randint(1, 3)},
    instances=("phase_latency.proofs.instances.copy_task:times_as_positions",),
    remark="See retiming-invariance, lemma-1 and compression-no-scale for what each of them keeps.",
)

STATEMENTS = (copy_task_needs_no_position, reading_mismatch)
