"""Group I, five operations: what a spiking sequence machine and a transformer have in common, as statements.

Main statements: rank-code, context-recurrence, retrieval-limit, storage-join, decoding-argmax.
Notation: a rank-ordered code of N out of M units has the component ``alpha^r`` at the unit that fires r-th;
``lambda`` is the decay of a context; ``q`` is a query, ``x`` and ``y`` are keys; ``beta`` is the inverse temperature.
Source: Furber et al. 2007 and arXiv:2605.00662 (Bose 2026) for the table; a statement says what its row amounts to.
"""

from sympy import Abs, Rational, exp, log, sqrt

from phase_latency.ledger.statement import Control, Hypothesis, Source, Statement, claim, exists, step
from phase_latency.ledger.terms import (
    Apply,
    Dot,
    Iff,
    Same,
    at_least,
    at_most,
    differ,
    equal,
    index,
    integer,
    join,
    less,
    matrix,
    positive,
    real,
    sequence,
    total,
    vector,
)

PAPER = "arXiv:2605.00662"
MACHINE = "Furber et al. 2007"


# -- encoding: rank-ordered codes -----------------------------------------------------------------------------

N = integer("N")  # units of a code that fire
k, l = index("k", N), index("l", N)  # noqa: E741  # ranks
M = integer("M")
i = index("i", M)  # units
alpha, tau, r, s, t = real("alpha"), real("tau"), real("r"), real("s"), real("t")
u, x, y = sequence("u"), sequence("x"), sequence("y")
base = Hypothesis("base", positive(alpha), "alpha is the factor from one rank to the next,")
below_1 = Hypothesis("below-1", less(alpha, 1), "and is below 1")
decay = Hypothesis("decay", positive(tau), "tau is the time constant of a latency code")
even = Hypothesis(
    "even", equal(t, -tau * log(alpha) * r), "the spike of rank r comes r spacings D = -tau ln alpha late"
)
same_value = Hypothesis("same-value", equal(exp(r * log(alpha)), exp(-t / tau)), "both codes give the spike one value")
distinct = Hypothesis("distinct", equal(Same(u[l], u[k]), Same(l, k)), "u_k is the unit of rank k: no unit fires twice")
same_norm = Hypothesis("same-norm", equal(total(y[i] ** 2, i), total(x[i] ** 2, i)), "two codes of the same norm")
same_component = Hypothesis(
    "same-component", equal(exp(r * log(alpha)), exp(s * log(alpha))), "a unit has the same component in both codes"
)


def power(rank):
    """``alpha`` to the rank."""
    return exp(rank * log(alpha))


def _codes(rng):
    """Units in an order, a spike, and two codes of one norm."""
    components = [Rational(1, 2) ** rank for rank in range(3)]
    first, second = rng.sample(components, 3), rng.sample(components, 3)
    rank = rng.randint(0, 3)
    return {
        **{"N": rng.randint(1, 3), "u": dict(enumerate(rng.sample(range(6), 4))), "alpha": Rational(1, 2), "tau": 2},
        **{"r": rank, "s": rank, "t": 2 * log(2) * rank, "M": 3},
        **{"x": dict(enumerate(first)), "y": dict(enumerate(second))},
    }


overlap = total(power(l) * Same(u[l], u[k]), l)
dot_product, squared_distance = total(x[i] * y[i], i), total((x[i] - y[i]) ** 2, i)
spike = {"alpha": Rational(1, 2), "tau": 1, "r": 2, "t": 2 * log(2)}

rank_code = Statement(
    "rank-code",
    group="I",
    title="A rank-ordered code is a latency code with evenly spaced spikes; its codes differ in order alone",
    source=Source(MACHINE, "rank-ordered N-of-M codes; the table of operations of arXiv:2605.00662"),
    claims=(
        claim(
            "even-spacing",
            equal(exp(-t / tau), power(r)),
            by="exponential",
            uses="even decay",
            given=(decay, even),
            text="Spikes that are D = -tau ln alpha apart have the values exp(-t/tau) = alpha^r,",
        ),
        claim(
            "only-even-spacing",
            equal(t / tau, -r * log(alpha)),
            by="logarithm",
            uses="same-value decay",
            given=(decay, same_value),
            text="and only those: t = r D.",
        ),
        claim(
            "norm",
            equal(total(power(k) * overlap, k), total(power(2 * k), k)),
            step(
                "sum-congruence",
                equal(overlap, total(power(l) * Same(l, k), l)),
                "distinct base",
                label="by-rank",
            ),
            step("selection", equal(total(power(l) * Same(l, k), l), power(k)), "base", k, label="own"),
            step("transitivity", equal(overlap, power(k)), "by-rank own", label="overlap"),
            by="sum-congruence",
            uses="overlap",
            given=(base, distinct),
            text="All codes of N spikes have the same norm, whichever units fire in whatever order,",
        ),
        claim(
            "largest-product",
            at_most(dot_product, total(x[i] ** 2, i)),
            by="order",
            uses="same-norm",
            certificate=[(Rational(1, 2), squared_distance)],
            given=(same_norm,),
            text="so the dot product, or the cosine, of two codes is largest",
        ),
        claim(
            "agreement",
            Iff(equal(dot_product, total(x[i] ** 2, i)), equal(squared_distance, 0)),
            by="equivalence",
            uses="same-norm",
            certificate=(-Rational(1, 2),),
            given=(same_norm,),
            text="exactly if they agree in every component,",
        ),
        claim(
            "same-rank",
            equal(r, s),
            step("logarithm", less(log(alpha), 0), "base below-1", label="falls"),
            step("order", differ(log(alpha), 0), "falls", [(-1, -log(alpha))], "apart"),
            step("logarithm", at_most(r * log(alpha), s * log(alpha)), "same-component", [(0,)], "one-way"),
            step("logarithm", at_most(s * log(alpha), r * log(alpha)), "same-component", [(0,)], "other-way"),
            step(
                "order",
                at_most(r, s),
                "other-way falls apart",
                [(r * log(alpha) - s * log(alpha), -log(alpha), log(alpha) ** -2)],
                label="not-more",
            ),
            step(
                "order",
                at_least(r, s),
                "one-way falls apart",
                [(s * log(alpha) - r * log(alpha), -log(alpha), log(alpha) ** -2)],
                label="not-less",
            ),
            by="antisymmetry",
            uses="not-more not-less",
            given=(base, below_1, same_component),
            text="that is, in the rank of every unit.",
        ),
    ),
    controls=(
        Control(
            "half-the-spacing",
            "spikes that are half as far apart",
            of="even-spacing",
            goal=equal(exp(-t / (2 * tau)), power(r)),
            witness=spike,
        ),
        Control(
            "any-time",
            "a spike at another time",
            of="only-even-spacing",
            drops=("same-value",),
            witness={**spike, "t": 1},
        ),
        Control(
            "twice",
            "a unit that fires twice",
            of="norm",
            drops=("distinct",),
            witness={"alpha": Rational(1, 2), "N": 2, "u": {0: 0, 1: 0}},
        ),
        Control(
            "shorter-code",
            "codes of different norms",
            of="largest-product",
            drops=("same-norm",),
            witness={"M": 1, "x": {0: 1}, "y": {0: 2}},
        ),
        Control(
            "no-decay",
            "alpha = 1: a code without order",
            of="same-rank",
            drops=("below-1",),
            witness={"alpha": 1, "r": 0, "s": 1},
        ),
    ),
    sampler=_codes,
    instances=(
        "phase_latency.proofs.instances.operations:product_of_codes",
        "phase_latency.proofs.instances.operations:spikes_of_codes",
    ),
    remark="Learned, dense embeddings are no such code: that the two play the same part is an analogy.",
)


# -- context: a recurrence ------------------------------------------------------------------------------------

n = integer("n")  # symbols so far
m = index("m", n)
c, z = sequence("c"), sequence("z")
lam = real("lambda")
keeps = Hypothesis("keeps", positive(lam), "lambda is the part of the context that is kept")
recurs = Hypothesis(
    "recurs",
    equal(c[m], lam * c[m + 1] + z[m]),
    "c_m is the context m symbols ago, of the unit that P has moved here since, and z_m what the symbol then added",
)
some_symbols = Hypothesis("symbols", at_least(n, 0))


def kept(steps):
    """What is kept of a context after some steps."""
    return exp(steps * log(lam))


forgotten = kept(m) * c[m] - kept(m + 1) * c[m + 1]
remembered = total(kept(m) * z[m], m)


def _context(rng):
    """A context of up to four symbols."""
    length, factor = rng.randint(0, 4), Rational(rng.randint(1, 6), 4)
    added = [Rational(rng.randint(-4, 4), 2) for _ in range(4)]
    contexts = [Rational(rng.randint(-4, 4), 2)]
    for symbol in reversed(added):
        contexts.insert(0, factor * contexts[0] + symbol)
    return {"n": length, "lambda": factor, "c": dict(enumerate(contexts)), "z": dict(enumerate(added))}


two_symbols = {"n": 2, "lambda": 2, "c": {0: 3, 1: 1, 2: 0}, "z": {0: 1, 1: 1}}

context_recurrence = Statement(
    "context-recurrence",
    group="I",
    title="The context of the machine is a sum over all symbols, each decayed by its age",
    source=Source(MACHINE, "the context C' = lambda P C + P' I, before the largest N are kept"),
    claims=(
        claim(
            "sum-over-the-past",
            equal(c[0], remembered + kept(n) * c[n]),
            step(
                "telescope",
                equal(total(forgotten, m), c[0] - kept(n) * c[n]),
                "keeps symbols",
                -kept(m) * c[m],
                label="differences",
            ),
            step("sum-congruence", equal(remembered, total(forgotten, m)), "recurs keeps", label="each"),
            step("transitivity", equal(remembered, c[0] - kept(n) * c[n]), "each differences", label="all"),
            by="sum-linearity",
            uses="all",
            given=(keeps, some_symbols, recurs),
            text="Unrolled, the context is sum_k lambda^k P^k (P' I) of the symbol k steps ago.",
        ),
        exists(
            "keeping-is-lossy",
            less(join(lam * c[1], z[0]), c[0]),
            two_symbols,
            text="Keeping the larger of two in place of their sum is another context.",
        ),
    ),
    controls=(
        Control(
            "same-age",
            "all symbols decayed alike",
            of="sum-over-the-past",
            goal=equal(c[0], kept(n) * (total(z[m], m) + c[n])),
            witness=two_symbols,
        ),
        Control(
            "first-context-forgotten",
            "what was there before the first symbol left out",
            of="sum-over-the-past",
            goal=equal(c[0], remembered),
            witness={"n": 1, "lambda": 1, "c": {0: 1, 1: 1}, "z": {0: 0}},
        ),
        Control(
            "another-recurrence",
            "a context that does not follow the recurrence",
            of="sum-over-the-past",
            drops=("recurs",),
            witness={"n": 1, "lambda": 1, "c": {0: 5, 1: 0}, "z": {0: 1}},
        ),
    ),
    sampler=_context,
    instances=("phase_latency.proofs.instances.operations:context_of_machine",),
    remark="A machine that keeps the N largest components has a fixed, lossy state; a transformer keeps a list of "
    "keys and values: that both are context is an analogy.",
)


# -- retrieval: softmax and the nearest neighbour -------------------------------------------------------------

K = integer("K")  # keys other than the best one
j = index("j", K)
score, value = sequence("s"), sequence("v")
best, kept_value, beta, gap, V = real("s_best"), real("v_best"), real("beta"), real("gap"), real("V")
colder = Hypothesis("colder", at_least(beta, 0), "beta is the inverse temperature")
worse = Hypothesis(
    "worse", at_most(score[j], best - gap), "every other score is below the best one by at least the gap"
)
bounded_values = Hypothesis("bounded", at_most(Abs(value[j]), V), "V bounds the values,")
bounded_best = Hypothesis("bounded-best", at_most(Abs(kept_value), V), "also that of the best key")
some_other = Hypothesis("others", at_least(K, 0))
top, others = exp(beta * best), total(exp(beta * score[j]), j)
partition = top + others
retrieved = (top * kept_value + total(exp(beta * score[j]) * value[j], j)) / partition
small = exp(-beta * gap)
moved_up = total(exp(beta * score[j]) * (value[j] - kept_value), j)
most = total(2 * V * exp(beta * score[j]), j)
together = total(top * small, j)
d = integer("d")
q, a, b = vector("q", d), vector("x", d), vector("y", d)
unit_a = Hypothesis("unit-x", equal(Dot(a, a), 1), "the keys are unit vectors")
unit_b = Hypothesis("unit-y", equal(Dot(b, b), 1))


def _retrieval(rng):
    """Scores with a gap, and two unit keys in the plane."""
    size, apart = rng.randint(0, 3), Rational(rng.randint(0, 4), 2)
    highest = Rational(rng.randint(-4, 4), 2)
    keys = rng.sample([[1, 0], [0, 1], [Rational(3, 5), Rational(4, 5)], [Rational(-5, 13), Rational(12, 13)]], 2)
    return {
        **{"K": size, "s": {k: highest - apart - Rational(rng.randint(0, 4), 2) for k in range(3)}, "s_best": highest},
        **{"v": {k: Rational(rng.randint(-4, 4), 2) for k in range(3)}, "v_best": Rational(rng.randint(-4, 4), 2)},
        **{"beta": Rational(rng.randint(0, 6), 2), "gap": apart, "V": 2, "d": 2, "x": keys[0], "y": keys[1]},
    }


def side(sign, label):
    """Steps: the value retrieved is not off by more than the bound, upwards (1) or downwards (-1)."""
    off = sign * (value[j] - kept_value)
    return (
        step("absolute", at_most(sign * value[j], Abs(value[j])), "", label=f"value-{label}"),
        step("absolute", at_most(-sign * kept_value, Abs(kept_value)), "", label=f"best-{label}"),
        step(
            "order",
            at_most(exp(beta * score[j]) * off, 2 * V * exp(beta * score[j])),
            f"bounded bounded-best value-{label} best-{label}",
            [
                (exp(beta * score[j]), V - Abs(value[j])),
                (exp(beta * score[j]), Abs(value[j]) - sign * value[j]),
                (exp(beta * score[j]), V - Abs(kept_value)),
                (exp(beta * score[j]), Abs(kept_value) + sign * kept_value),
            ],
            label=f"each-{label}",
        ),
        step(
            "sum-monotone",
            at_most(total(exp(beta * score[j]) * off, j), most),
            f"each-{label}",
            label=f"all-{label}",
        ),
        step(
            "order",
            at_most(sign * (retrieved - kept_value), 2 * V * K * small),
            f"all-{label} all-scores V partition others",
            [
                (most - total(exp(beta * score[j]) * off, j), 1 / partition),
                (2, V, together - others, 1 / partition),
                (2, V, K, small, others, 1 / partition),
            ],
            label=f"off-{label}",
        ),
    )


retrieval_limit = Statement(
    "retrieval-limit",
    group="I",
    title="Softmax retrieves the nearest of unit keys, up to an error that falls exponentially with the gap",
    source=Source(
        "Bricken and Pehlevan 2021", "attention approximates sparse distributed memory; the bound is our own"
    ),
    claims=(
        claim(
            "limit",
            at_most(Abs(retrieved - kept_value), 2 * V * K * small),
            step("order", at_least(V, 0), "bounded-best", [(V - Abs(kept_value),), (Abs(kept_value),)], label="V"),
            step("order", positive(partition), "", [(top,), (others,)], label="partition"),
            step(
                "monotone-function",
                at_most(exp(beta * score[j]), exp(beta * (best - gap))),
                "worse colder",
                [(beta, best - gap - score[j])],
                label="score",
            ),
            step(
                "order",
                at_most(exp(beta * score[j]), top * small),
                "score",
                [(exp(beta * (best - gap)) - exp(beta * score[j]),)],
                label="each-score",
            ),
            step("sum-monotone", at_most(others, together), "each-score", label="all-scores"),
            *side(1, "up"),
            *side(-1, "down"),
            by="absolute",
            uses="off-up off-down partition",
            given=(colder, worse, bounded_values, bounded_best, some_other),
            text="With K other keys, what softmax retrieves is off from the value of the best key by at most "
            "2 V K exp(-beta gap), in every direction of the values.",
        ),
        claim(
            "nearest",
            equal(Dot(q, a) - Dot(q, b), (Dot(q - b, q - b) - Dot(q - a, q - a)) / 2),
            by="bilinear",
            uses="unit-x unit-y",
            given=(unit_a, unit_b),
            text="Of unit keys the one with the largest dot product is the nearest one, and the gap is half that of "
            "the squared distances.",
        ),
    ),
    controls=(
        Control(
            "half-the-temperature",
            "twice beta in the bound",
            of="limit",
            goal=at_most(Abs(retrieved - kept_value), 2 * V * K * exp(-2 * beta * gap)),
            witness={
                "K": 1,
                "s": {0: 0},
                "s_best": log(4),
                "v": {0: -1},
                "v_best": 1,
                "beta": 1,
                "gap": log(4),
                "V": 1,
            },
        ),
        Control(
            "no-gap",
            "a key that is as good as the best one",
            of="limit",
            drops=("worse",),
            witness={"K": 1, "s": {0: 0}, "s_best": 0, "v": {0: -1}, "v_best": 1, "beta": 1, "gap": log(4), "V": 1},
        ),
        Control(
            "long-key",
            "keys of different norms: the query is the first key, and retrieves the second",
            of="nearest",
            drops=("unit-y",),
            witness={"d": 2, "q": [1, 0], "x": [1, 0], "y": [2, Rational(9, 10)]},
        ),
    ),
    sampler=_retrieval,
    instances=("phase_latency.proofs.instances.operations:attention_near_the_best_key",),
    remark="Which hard locations of a sparse distributed memory a query reaches falls off with its distance roughly as "
    "exp(-beta distance): that is an analogy, with another beta for every memory.",
)


# -- storage: a join, or a sum --------------------------------------------------------------------------------

W, e, f, limit = real("W"), real("e"), real("f"), real("B")
weight_below = Hypothesis("weight", at_most(W, limit), "B is at least the weight")
event_below = Hypothesis("event", at_most(e, limit), "and at least what is stored")
values, keys = matrix("D", d, K), matrix("A", K, d)
in_order, reversed_order = join(join(W, e), f), join(join(W, f), e)


def above_both(left, right, name):
    """Steps: the join is at least each of both."""
    return (
        step("instance", at_most(left, join(left, right)), "storage-join:keeps", {W: left, e: right}, f"{name}-left"),
        step(
            "instance", at_most(right, join(left, right)), "storage-join:stores", {W: left, e: right}, f"{name}-right"
        ),
    )


def not_above(first, second, name):
    """Steps: storing in one order gives no more than in the other order, ``join(join(W, second), first)``."""
    inner, result = join(W, second), join(join(W, second), first)
    return (
        *above_both(W, second, f"{name}-inner"),
        *above_both(inner, first, f"{name}-outer"),
        step("transitivity", at_most(W, result), f"{name}-inner-left {name}-outer-left", label=f"{name}-W"),
        step("transitivity", at_most(second, result), f"{name}-inner-right {name}-outer-left", label=f"{name}-second"),
        step(
            "instance",
            at_most(join(W, first), result),
            f"storage-join:least {name}-W {name}-outer-right",
            {e: first, limit: result},
            label=f"{name}-both",
        ),
        step(
            "instance",
            at_most(join(join(W, first), second), result),
            f"storage-join:least {name}-both {name}-second",
            {W: join(W, first), e: second, limit: result},
            label=name,
        ),
    )


storage_join = Statement(
    "storage-join",
    group="I",
    title="A max store forgets how often and in which order; a sum store is linear attention exactly",
    source=Source(MACHINE, "the update W <- max(W, d a^T)"),
    claims=(
        claim(
            "keeps",
            at_most(W, join(W, e)),
            step("absolute", at_most(W - e, Abs(W - e)), "", label="size"),
            by="order",
            uses="size",
            certificate=[(Rational(1, 2), Abs(W - e) - (W - e))],
            text="A max store loses nothing of what it has,",
        ),
        claim(
            "stores",
            at_most(e, join(W, e)),
            step("absolute", at_most(e - W, Abs(W - e)), "", label="size"),
            by="order",
            uses="size",
            certificate=[(Rational(1, 2), Abs(W - e) - (e - W))],
            text="takes in all that is new,",
        ),
        claim(
            "least",
            at_most(join(W, e), limit),
            step("order", at_most(W - e, 2 * limit - W - e), "weight", [(2, limit - W)], label="forth"),
            step("order", at_most(e - W, 2 * limit - W - e), "event", [(2, limit - e)], label="back"),
            step("absolute", at_most(Abs(W - e), 2 * limit - W - e), "forth back", label="size"),
            by="order",
            uses="size",
            certificate=[(Rational(1, 2), 2 * limit - W - e - Abs(W - e))],
            given=(weight_below, event_below),
            text="and no more than that.",
        ),
        claim(
            "idempotent",
            equal(join(join(W, e), e), join(W, e)),
            step("order", at_least(join(W, e) - e, 0), "stores", [(join(W, e) - e,)], label="above"),
            step("root", equal(Abs(join(W, e) - e), join(W, e) - e), "above", label="size"),
            by="ring",
            uses="size",
            text="What is stored twice is stored once,",
        ),
        claim(
            "commutative",
            equal(in_order, reversed_order),
            *not_above(e, f, "forth"),
            *not_above(f, e, "back"),
            by="antisymmetry",
            uses="forth back",
            text="and the order of storing leaves no trace.",
        ),
        claim(
            "sum-store",
            equal(Dot(q, Apply(values * keys, a)), Dot(Apply(values.T, q), Apply(keys, a))),
            by="bilinear",
            text="A sum store W = sum_k d_k a_k^T, read at x, is sum_k d_k <a_k, x>: linear attention without softmax.",
        ),
        exists(
            "max-is-not-sum",
            differ(join(join(W, e), e), W + e + e),
            {"W": 0, "e": 1},
            text="A max store is no linear attention: the second time it stores nothing.",
        ),
    ),
    controls=(
        Control(
            "sum-idempotent",
            "a sum store that is idempotent",
            of="idempotent",
            goal=equal(W + e + e, W + e),
            witness={"W": 0, "e": 1},
        ),
        Control(
            "last-one",
            "a store that keeps what came last",
            of="commutative",
            goal=equal(f, e),
            witness={"W": 0, "e": 1, "f": 2},
        ),
        Control(
            "larger-event",
            "what is stored exceeds the bound",
            of="least",
            drops=("event",),
            witness={"W": 0, "e": 1, "B": 0},
        ),
        Control(
            "transposed",
            "keys and values exchanged",
            of="sum-store",
            goal=equal(Dot(q, Apply(values * keys, a)), Dot(Apply(values.T, a), Apply(keys, q))),
            witness={"d": 2, "K": 1, "q": [1, 0], "x": [0, 1], "D": [[1], [0]], "A": [[0, 1]]},
        ),
    ),
    instances=(
        "phase_latency.proofs.instances.operations:stored_twice",
        "phase_latency.proofs.instances.operations:stored_in_any_order",
        "phase_latency.proofs.instances.operations:read_as_linear_attention",
    ),
)


# -- decoding -------------------------------------------------------------------------------------------------

equal_norms = Hypothesis("equal-norms", equal(Dot(b, b), Dot(a, a)), "the two codes have the same norm")
some_key = Hypothesis("code", positive(sqrt(Dot(a, a))), "which is not 0")
some_query = Hypothesis("query", positive(sqrt(Dot(q, q))), "nor is that of the query")


def cosine(left, right):
    """Cosine of the angle between two vectors."""
    return Dot(left, right) / (sqrt(Dot(left, left)) * sqrt(Dot(right, right)))


def _equal_norms(rng):
    """Two codes of one norm, and a query."""
    first, second = rng.sample([[3, 4], [4, -3], [0, 5], [-5, 0]], 2)
    return {"d": 2, "x": first, "y": second, "q": [rng.randint(-3, 3), rng.randint(1, 4)]}


longer = {"d": 2, "q": [1, 0], "x": [1, 0], "y": [2, Rational(9, 10)]}

decoding_argmax = Statement(
    "decoding-argmax",
    group="I",
    title="Among codes of equal norm the largest dot product, the largest cosine and the least distance agree",
    source=Source(PAPER, "decoding, in the table of operations"),
    claims=(
        claim(
            "distance",
            Iff(less(Dot(q, b), Dot(q, a)), less(Dot(q - a, q - a), Dot(q - b, q - b))),
            by="equivalence",
            uses="equal-norms",
            certificate=(Rational(1, 2),),
            given=(equal_norms,),
            text="The dot product orders codes as their distance does, the other way round,",
        ),
        claim(
            "cosine",
            Iff(less(Dot(q, b), Dot(q, a)), less(cosine(q, b), cosine(q, a))),
            by="equivalence",
            uses="equal-norms code query",
            certificate=(sqrt(Dot(q, q)), sqrt(Dot(a, a))),
            given=(equal_norms, some_key, some_query),
            text="and as the cosine does.",
        ),
    ),
    controls=(
        Control(
            "longer-code",
            "codes of different norms, by distance",
            of="distance",
            drops=("equal-norms",),
            witness=longer,
        ),
        Control(
            "longer-code-by-cosine",
            "codes of different norms, by cosine",
            of="cosine",
            drops=("equal-norms",),
            witness=longer,
        ),
    ),
    sampler=_equal_norms,
    instances=(
        "phase_latency.proofs.instances.operations:choice_by_distance",
        "phase_latency.proofs.instances.operations:choice_by_cosine",
    ),
    remark="A learned unembedding has rows of different norms: there the three choices differ.",
)

STATEMENTS = (rank_code, context_recurrence, retrieval_limit, storage_join, decoding_argmax)
