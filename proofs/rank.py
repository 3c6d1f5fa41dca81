"""Group E, rank: codes that depend on the order of the positions only.

Main statements: rank-invariance, rank-gram, relabelling.
Notation: ``t_j`` times of L positions; ``[x < y]`` is 1 if x < y and else 0, so that the sum of ``[t_j < x]`` is the
rank of x among the times; ``m, n`` positions; the one-hot code of position m has the entries ``[i = m]``.
Source: arXiv:2605.00662 (Bose 2026): time, phase and rank as three forms of one ordered index.
"""

from phase_latency.ledger.statement import Control, Hypothesis, Source, Statement, claim, step
from phase_latency.ledger.terms import (
    Before,
    Iff,
    Same,
    at_least,
    at_most,
    equal,
    index,
    integer,
    latency,
    less,
    phase,
    positive,
    real,
    sequence,
    total,
    wrapped,
)

PAPER = "arXiv:2605.00662"

L = integer("L")  # positions
j = index("j", L)
t, s = sequence("t"), sequence("s")
x, y, a, b = real("x"), real("y"), real("a"), real("b")


def rank(times, moment):
    """How many of the times come before a moment."""
    return total(Before(times, moment), j)


# -- re-timing ------------------------------------------------------------------------------------------------

in_order = Hypothesis(
    "in-order", Iff(less(t[j], x), less(s[j], y)), "a time is before x exactly if its re-timing is before y"
)
increasing = Hypothesis("increasing", positive(a), "the re-timing is increasing")


def _retimed(rng):
    """Times, a moment, and both re-timed by an increasing map; so the positions keep their order."""
    times = {k: rng.randint(-9, 9) for k in range(4)}
    moment = rng.choice([*times.values(), 0])
    image = sorted(rng.sample(range(-60, 60), 19))
    return {
        "L": rng.randint(1, 4),
        "t": times,
        "x": moment,
        "s": {k: image[time + 9] for k, time in times.items()},
        "y": image[moment + 9],
    }


two_times = {"L": 2, "t": {0: 0, 1: 1}, "x": 1}
rank_invariance = Statement(
    "rank-invariance",
    group="E",
    title="An increasing re-timing changes no rank, hence no code that is a function of rank",
    source=Source(PAPER, "rank as an ordered index"),
    claims=(
        claim(
            "rank",
            equal(rank(t[j], x), rank(s[j], y)),
            step("indicator", equal(Before(t[j], x), Before(s[j], y)), "in-order", label="each"),
            by="sum-congruence",
            uses="each",
            given=(in_order,),
            text="If times and moments keep their order, the same number of times comes before,",
        ),
        claim(
            "affine",
            equal(rank(a * t[j] + b, a * x + b), rank(t[j], x)),
            step(
                "equivalence",
                Iff(less(a * t[j] + b, a * x + b), less(t[j], x)),
                "increasing",
                (a,),
                label="order",
            ),
            step("indicator", equal(Before(a * t[j] + b, a * x + b), Before(t[j], x)), "order", label="each"),
            by="sum-congruence",
            uses="each",
            given=(increasing,),
            text="such as under every window and onset: t becomes a t + b with a > 0.",
        ),
    ),
    controls=(
        Control(
            "reversed",
            "a decreasing re-timing counts from the other end",
            of="affine",
            drops=("increasing",),
            witness={**two_times, "a": -1, "b": 0},
        ),
        Control(
            "collapsed",
            "a window of no length puts all times on one moment",
            of="affine",
            drops=("increasing",),
            witness={**two_times, "a": 0, "b": 0},
        ),
        Control(
            "out-of-order",
            "two times that change places",
            of="rank",
            drops=("in-order",),
            witness={**two_times, "s": {0: 1, 1: 0}, "y": 0},
        ),
    ),
    sampler=_retimed,
    instances=(
        "phase_latency.proofs.instances.rank:ranks_in_order",
        "phase_latency.proofs.instances.rank:ranks_of_retimed",
    ),
)


# -- one-hot codes --------------------------------------------------------------------------------------------

i = index("i", L)
m, n = integer("m"), integer("n")

m_first = Hypothesis("m-first", at_least(m, 0), "m is a position of the table,")
m_last = Hypothesis("m-last", at_most(m, L - 1))
n_first = Hypothesis("n-first", at_least(n, 0), "and so is n")
n_last = Hypothesis("n-last", at_most(n, L - 1))
apart = Hypothesis("apart", less(m, n), "and they are two")
beyond = Hypothesis("beyond", at_least(m, L), "m is past the table")


def one_hot(position):
    """Entry of the code of a position."""
    return Same(i, position)


def _two_positions(rng):
    length = rng.randint(2, 5)
    first, second = sorted(rng.sample(range(length), 2))
    return {"L": length, "m": first, "n": second}


rank_gram = Statement(
    "rank-gram",
    group="E",
    title="One-hot rank codes are orthonormal: all pairs are equally far apart, and there is none past the table",
    source=Source(PAPER, "rank encoding"),
    claims=(
        claim(
            "gram",
            equal(total(one_hot(m) * one_hot(n), i), Same(m, n)),
            by="selection",
            uses="m-first m-last",
            certificate=m,
            given=(m_first, m_last),
            text="The inner product of two codes is 1 if they are of the same position, else 0.",
        ),
        claim(
            "norm",
            equal(total(one_hot(n) ** 2, i), 1),
            by="selection",
            uses="n-first n-last",
            certificate=n,
            given=(n_first, n_last),
            text="Every code has norm 1,",
        ),
        claim(
            "distance",
            equal(total((one_hot(m) - one_hot(n)) ** 2, i), 2),
            step("selection", equal(total(one_hot(m) ** 2, i), 1), "m-first m-last", m, label="norm-m"),
            step("indicator", equal(Same(m, n), 0), "apart", label="other"),
            by="sum-linearity",
            uses="gram norm norm-m other",
            given=(m_first, m_last, n_first, n_last, apart),
            text="so any two are at distance sqrt 2, however far apart their positions are.",
        ),
        claim(
            "past-the-table",
            equal(one_hot(m), 0),
            by="indicator",
            uses="beyond",
            certificate=[(L - 1 - i,), (m - L,), (1,)],
            given=(beyond,),
            text="Past the table the code is the zero vector, which is no code: asking for it has to be an error.",
        ),
    ),
    controls=(
        Control(
            "wrapped-around",
            "past the table it would have norm 1, as if positions began again",
            of="norm",
            drops=("n-last",),
            witness={"L": 2, "n": 2},
        ),
        Control(
            "near-is-similar",
            "neighbours are nearer than sqrt 2",
            of="distance",
            goal=equal(total((one_hot(m) - one_hot(n)) ** 2, i), 1),
            witness={"L": 2, "m": 0, "n": 1},
        ),
        Control(
            "last-position",
            "the last position of the table is no longer in it",
            of="past-the-table",
            drops=("beyond",),
            witness={"L": 2, "m": 1},
        ),
    ),
    sampler=lambda rng: _two_positions(rng) if rng.randint(0, 3) else {"L": 2, "m": rng.randint(2, 5), "n": 1},
    instances=(
        "phase_latency.proofs.instances.rank:gram_of_codes",
        "phase_latency.proofs.instances.rank:norms_of_codes",
        "phase_latency.proofs.instances.rank:distances_of_codes",
    ),
    remark="Such a code has no notion of near and far, and no value beyond the length that it was made for.",
)


# -- three names for one order --------------------------------------------------------------------------------

T, t0, w = real("T"), real("t0"), real("w")
positions = Hypothesis("positions", at_least(L, 1), "there is a position")
window = Hypothesis("window", positive(T), "the spike window has a length")
frequency = Hypothesis("frequency", positive(w), "the channel turns")
m_within = Hypothesis("m-within", at_most(m, L), "or the one after them")


def _time(position):
    return latency(position, T, L, t0)


relabelling = Statement(
    "relabelling",
    group="E",
    title="The rank of a position's time, or of its unwrapped phase, is the position itself",
    source=Source(PAPER, "time, phase and rank as three instantiations of one ordered index"),
    claims=(
        claim(
            "position",
            equal(total(Before(i, m), i), m),
            by="count",
            uses="m-first m-within",
            given=(m_first, m_within),
            text="As many positions come before m as m says.",
        ),
        claim(
            "time",
            equal(total(Before(_time(i), _time(m)), i), m),
            step("order", positive(L), "positions", [(L - 1,), (1,)], label="L>0"),
            step("equivalence", Iff(less(_time(i), _time(m)), less(i, m)), "window L>0", (T, 1 / L), label="order"),
            step("indicator", equal(Before(_time(i), _time(m)), Before(i, m)), "order L>0", label="each"),
            step(
                "sum-congruence",
                equal(total(Before(_time(i), _time(m)), i), total(Before(i, m), i)),
                "each L>0",
                label="ranks",
            ),
            by="transitivity",
            uses="ranks position",
            given=(m_first, m_within, positions, window),
            text="So do as many spikes come before the one of m,",
        ),
        claim(
            "phase",
            equal(total(Before(phase(i, w), phase(m, w)), i), m),
            step("equivalence", Iff(less(phase(i, w), phase(m, w)), less(i, m)), "frequency", (w,), label="order"),
            step("indicator", equal(Before(phase(i, w), phase(m, w)), Before(i, m)), "order", label="each"),
            step(
                "sum-congruence",
                equal(total(Before(phase(i, w), phase(m, w)), i), total(Before(i, m), i)),
                "each",
                label="ranks",
            ),
            by="transitivity",
            uses="ranks position",
            given=(m_first, m_within, frequency),
            text="and as many unwrapped phases are below its own.",
        ),
    ),
    controls=(
        Control(
            "wrapped-phase",
            "wrapped phases: at w = 1 the seventh position comes before the second",
            of="phase",
            goal=equal(total(Before(wrapped(phase(i, w)), wrapped(phase(m, w))), i), m),
            witness={"L": 8, "w": 1, "m": 7},
        ),
        Control(
            "backwards",
            "a channel that turns backwards counts from the other end",
            of="phase",
            drops=("frequency",),
            witness={"L": 2, "w": -1, "m": 0},
        ),
        Control(
            "window-of-no-length",
            "all spikes at once",
            of="time",
            drops=("window",),
            witness={"L": 2, "T": 0, "t0": 0, "m": 1},
        ),
        Control(
            "past-the-table",
            "more positions before m than there are",
            of="position",
            drops=("m-within",),
            witness={"L": 1, "m": 2},
        ),
    ),
    sampler=lambda rng: (lambda length: {"L": length, "m": rng.randint(0, length)})(rng.randint(1, 6)),
    instances=(
        "phase_latency.proofs.instances.rank:ranks_of_spikes",
        "phase_latency.proofs.instances.rank:ranks_of_phases",
    ),
    remark="Of wrapped phases it is true under the hypothesis of phase-latency-order only.",
)

STATEMENTS = (rank_invariance, rank_gram, relabelling)
