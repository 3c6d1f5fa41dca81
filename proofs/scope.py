"""Group C, scope: where Lemma 1 stops, and what can still be said there.

Main statements: additive-decomposition, additive-no-global-scale, query-bias-breaks-scale, value-path,
softmax-perturbation, additive-deviation-bound.
Notation: ``e, f`` contents and ``P, Q`` encodings of two positions, ``a`` amplitude; CC, CP, PC, PP are the parts of a
logit, content-query x position-key being CP. Sizes, frequencies and the number of keys are symbols.
Source: the scope of arXiv:2605.00662 (Bose 2026), Lemma 1; Cohen and Fausti 2023 for the constant of the bound.
"""

from sympy import Abs, Integer, Rational, S, acos, cos, exp, log, sin, tanh

from phase_latency.ledger.rules import substitute
from phase_latency.ledger.statement import Control, Hypothesis, Source, Statement, claim, exists, step
from phase_latency.ledger.terms import (
    Apply,
    Dot,
    Iff,
    NotAll,
    at_least,
    at_most,
    differ,
    equal,
    index,
    integer,
    less,
    matrix,
    positive,
    real,
    sequence,
    total,
    vector,
)

PAPER = "arXiv:2605.00662"

d, d_k = integer("d"), integer("d_k")
a, c = real("a"), real("c")
e, f, P, Q = (vector(name, d) for name in ("e", "f", "P", "Q"))
M = matrix("M", d, d)
W_Q, W_K = matrix("W_Q", d, d_k), matrix("W_K", d, d_k)
b_Q, b_K = vector("b_Q", d_k), vector("b_K", d_k)

amplitude_not_0 = Hypothesis("amplitude-not-0", differ(a, 0), "the encoding is not switched off")
amplitude_not_1 = Hypothesis("amplitude-not-1", differ(a, 1), "the encoding is really rescaled")


# -- the four parts of an additive logit ----------------------------------------------------------------------


def logit(query, key):
    """Logit under the bilinear form M."""
    return Dot(query, Apply(M, key))


def with_biases(query, key):
    """Logit of a head with biases, from its projected query and key without them."""
    return Dot(Apply(W_Q.T, query) + b_Q, Apply(W_K.T, key) + b_K)


content_query, content_key = Apply(W_Q.T, e) + b_Q, Apply(W_K.T, f) + b_K  # the biases count as content
position_query, position_key = Apply(W_Q.T, P), Apply(W_K.T, Q)

additive_decomposition = Statement(
    "additive-decomposition",
    group="C",
    title="An additive logit has four parts, of degree 0, 1, 1 and 2 in the amplitude",
    source=Source(PAPER, "scope of Lemma 1"),
    claims=(
        claim(
            "parts",
            equal(
                logit(e + a * P, f + a * Q),
                logit(e, f) + a * (logit(e, Q) + logit(P, f)) + a**2 * logit(P, Q),
            ),
            by="bilinear",
            text="CC + a (CP + PC) + a^2 PP,",
        ),
        claim(
            "parts-with-biases",
            equal(
                with_biases(e + a * P, f + a * Q),
                Dot(content_query, content_key)
                + a * (Dot(content_query, position_key) + Dot(position_query, content_key))
                + a**2 * Dot(position_query, position_key),
            ),
            by="bilinear",
            text="with projection biases too, if they are counted as content.",
        ),
    ),
    controls=(
        Control(
            "cross-term-dropped",
            "no position-content part",
            of="parts",
            goal=equal(logit(e + a * P, f + a * Q), logit(e, f) + a * logit(e, Q) + a**2 * logit(P, Q)),
            witness={"d": 1, "a": 1, "e": [0], "f": [1], "P": [1], "Q": [0], "M": [[1]]},
        ),
        Control(
            "cross-terms-quadratic",
            "a^2 in place of a on the cross terms",
            of="parts-with-biases",
            goal=equal(
                with_biases(e + a * P, f + a * Q),
                Dot(content_query, content_key)
                + a**2 * (Dot(content_query, position_key) + Dot(position_query, content_key))
                + a**2 * Dot(position_query, position_key),
            ),
            witness={
                **{"d": 1, "d_k": 1, "a": 2, "e": [1], "f": [0], "P": [0], "Q": [1]},
                **{"W_Q": [[1]], "W_K": [[1]], "b_Q": [0], "b_K": [0]},
            },
        ),
        Control(
            "position-part-linear",
            "a in place of a^2 on the positional part",
            of="parts",
            goal=equal(
                logit(e + a * P, f + a * Q),
                logit(e, f) + a * (logit(e, Q) + logit(P, f)) + a * logit(P, Q),
            ),
            witness={"d": 1, "a": 2, "e": [0], "f": [0], "P": [1], "Q": [1], "M": [[1]]},
        ),
    ),
    instances=("phase_latency.proofs.instances.scope:additive_logits",),
)


# -- no scale for all contents, at any width ------------------------------------------------------------------

w = real("w")  # frequency of the first channel
u, v = vector("u", d), vector("v", d)  # unit vectors of its cosine and sine coordinate
P0, P1 = vector("P_0", d), vector("P_1", d)  # encodings of positions 0 and 1
r0, r1 = real("r_0"), real("r_1")  # shifts of the two rows


def coordinates():
    """What the proof uses of the encoding: the first channel at positions 0 and 1."""
    yield Hypothesis("u.u", equal(Dot(u, u), 1), "u and v are coordinate vectors")
    yield Hypothesis("v.v", equal(Dot(v, v), 1))
    yield Hypothesis("u.v", equal(Dot(u, v), 0))
    yield Hypothesis("u.P0", equal(Dot(u, P0), 1), "cos 0")
    yield Hypothesis("v.P0", equal(Dot(v, P0), 0), "sin 0")
    yield Hypothesis("u.P1", equal(Dot(u, P1), cos(w)), "cos w")
    yield Hypothesis("v.P1", equal(Dot(v, P1), sin(w)), "sin w")


channel = tuple(coordinates())
COORDINATES = " ".join(hypothesis.name for hypothesis in channel)

# The witness: contents of positions 0 and 1, and the head W_Q = u, W_K = v of size d_k = 1.
spread = 2 * (1 + a**2)
e0 = -u / 2 + spread * v
e1 = (1 - cos(w)) * u


def witness_logits(amplitude):
    """Logits of the witness for queries and keys at positions 0 and 1."""
    inputs = (e0 + amplitude * P0, e1 + amplitude * P1)
    return [[Dot(u, query) * Dot(v, key) for key in inputs] for query in inputs]


def without_content(amplitude):
    """The same without contents."""
    encodings = (amplitude * P0, amplitude * P1)
    return [[Dot(u, query) * Dot(v, key) for key in encodings] for query in encodings]


plain, scaled = witness_logits(Integer(1)), witness_logits(a)


def obstruction(A, B):  # two matrices of logits
    """Vanishes if B = c A + r with a scale c and one shift r for each row."""
    return (B[0][0] - B[0][1]) * (A[1][0] - A[1][1]) - (B[1][0] - B[1][1]) * (A[0][0] - A[0][1])


def scale_and_row_shift(A, B, scale):
    """The four equations B = c A + r."""
    return [equal(B[p][q], scale * A[p][q] + (r0, r1)[p]) for p in range(2) for q in range(2)]


multipliers = (
    plain[1][0] - plain[1][1],
    plain[1][1] - plain[1][0],
    plain[0][1] - plain[0][0],
    plain[0][0] - plain[0][1],
)
at_position = {"d": 2, "w": 0, "u": [0, 1], "v": [1, 0], "P_0": [0, 1], "P_1": [0, 1]}


def _first_channel(rng):
    """The first channel of an encoding at an angle with rational sine and cosine."""
    x, y, z = rng.choice(((3, 4, 5), (5, 12, 13), (8, 15, 17), (0, 1, 1)))
    return {**at_position, "w": acos(Rational(x, z)), "P_1": [Rational(y, z), Rational(x, z)]}


per_layer = (1 - c) * logit(e, f) + (a - c) * (logit(e, Q) + logit(P, f)) + (a**2 - c) * logit(P, Q)
r = real("r")

additive_no_global_scale = Statement(
    "additive-no-global-scale",
    group="C",
    title="Scaling an additive encoding is no global scale of the logits, nor a scale and row shifts, at any width",
    source=Source(PAPER, "scope of Lemma 1; the lemma speaks of the positional component only"),
    claims=(
        claim(
            "no-scale-no-row-shift-no-temperature",
            NotAll(*scale_and_row_shift(plain, scaled, c)),
            step(
                "order",
                positive(spread - a * sin(w)),
                (),
                [((a - sin(w) / 2) ** 2,), (a**2,), (Rational(1, 4), cos(w) ** 2), (Rational(7, 4),)],
                label="scaled-keys-differ",
            ),
            step(
                "order",
                positive(spread - sin(w)),
                (),
                [((1 - sin(w) / 2) ** 2,), (2, a**2), (Rational(1, 4), cos(w) ** 2), (Rational(3, 4),)],
                label="plain-keys-differ",
            ),
            step(
                "order",
                positive(1 - cos(w) / 2),
                (),
                [(Rational(1, 4), (1 - cos(w)) ** 2), (Rational(1, 4), sin(w) ** 2), (Rational(1, 2),)],
                label="queries-differ",
            ),
            step(
                "order",
                differ(obstruction(plain, scaled), 0),
                f"scaled-keys-differ plain-keys-differ queries-differ amplitude-not-1 {COORDINATES}",
                [(spread - a * sin(w), spread - sin(w), a - 1, 1 - cos(w) / 2)],
                label="obstruction",
            ),
            by="contradiction",
            uses="obstruction",
            certificate=multipliers,
            given=(amplitude_not_1, *channel),
            text="For every a != 1, at every width and for every first frequency, there are contents and a head such "
            "that no c and no row shifts r_p give logits(e + aP) = c logits(e + P) + r; so no temperature restores the "
            "weights.",
        ),
        claim(
            "per-layer-logits",
            Iff(equal(logit(e + a * P, f + a * Q), c * logit(e + P, f + Q)), equal(per_layer, 0)),
            by="equivalence",
            text="In a given layer a scale c exists exactly if (1-c) CC + (a-c)(CP+PC) + (a^2-c) PP vanishes,",
        ),
        claim(
            "per-layer-weights",
            Iff(equal(logit(e + a * P, f + a * Q), c * logit(e + P, f + Q) + r), equal(per_layer, r)),
            by="equivalence",
            text="and a temperature exactly if it is constant along each row.",
        ),
    ),
    controls=(
        Control(
            "no-rescaling",
            "at a = 1 the scale c = 1 does it",
            of="no-scale-no-row-shift-no-temperature",
            drops=("amplitude-not-1",),
            witness={**at_position, "a": 1, "c": 1, "r_0": 0, "r_1": 0},
        ),
        Control(
            "without-content",
            "without content the scale c = a^2 does it: that is Lemma 1",
            of="no-scale-no-row-shift-no-temperature",
            goal=NotAll(*scale_and_row_shift(without_content(S.One), without_content(a), c)),
            witness={**at_position, "a": 2, "c": 4, "r_0": 0, "r_1": 0},
        ),
        Control(
            "cross-terms-forgotten",
            "the cross terms left out of the condition",
            of="per-layer-logits",
            goal=Iff(
                equal(logit(e + a * P, f + a * Q), c * logit(e + P, f + Q)),
                equal((1 - c) * logit(e, f) + (a**2 - c) * logit(P, Q), 0),
            ),
            witness={"d": 1, "a": 2, "c": 1, "e": [1], "f": [0], "P": [0], "Q": [1], "M": [[1]]},
        ),
    ),
    sampler=_first_channel,
    instances=("phase_latency.proofs.instances.scope:no_scale_on_the_witness",),
    remark="Positive a is not needed: a = -1, which keeps a^2, is ruled out too.",
)


# -- a query bias ---------------------------------------------------------------------------------------------

R, X, Y = vector("R", d), vector("X", d), vector("Y", d)  # a second key position, and two query positions


def positional(query, key, amplitude):
    """Logit between positions alone, with the biases of the head."""
    return with_biases(amplitude * query, amplitude * key)


key_difference = Apply(W_K.T, Q - R)
bias_moves = Hypothesis("bias-moves", differ(Dot(b_Q, key_difference), 0), "the query bias tells the two keys apart")
queries_move = Hypothesis(
    "queries-move", differ(Dot(Apply(W_Q.T, X - Y), key_difference), 0), "and so do the two queries"
)


def table(amplitude):
    """Logits of queries X, Y and keys Q, R."""
    return [[positional(query, key, amplitude) for key in (Q, R)] for query in (X, Y)]


plain_table, scaled_table = table(Integer(1)), table(a)
biased = {
    **{"d": 1, "d_k": 1, "a": 2, "P": [1], "Q": [1], "R": [0], "X": [1], "Y": [0]},
    **{"W_Q": [[1]], "W_K": [[1]], "b_Q": [1], "b_K": [0]},
}
query_bias_breaks_scale = Statement(
    "query-bias-breaks-scale",
    group="C",
    title="A query bias adds a term linear in the amplitude; a key bias only a row constant",
    source=Source(PAPER, "Lemma 1, hypotheses left unsaid"),
    claims=(
        claim(
            "parts",
            equal(
                positional(P, Q, a),
                a**2 * Dot(Apply(W_Q.T, P), Apply(W_K.T, Q))
                + a * Dot(b_Q, Apply(W_K.T, Q))
                + a * Dot(Apply(W_Q.T, P), b_K)
                + Dot(b_Q, b_K),
            ),
            by="bilinear",
            text="The positional logit of a head with biases.",
        ),
        claim(
            "key-bias-is-row-constant",
            equal(
                positional(P, Q, a) - positional(P, R, a),
                a**2 * Dot(Apply(W_Q.T, P), key_difference) + a * Dot(b_Q, key_difference),
            ),
            by="bilinear",
            text="Differences along a row do not contain b_K, so softmax does not see it; they do contain b_Q.",
        ),
        claim(
            "no-scale",
            NotAll(*scale_and_row_shift(plain_table, scaled_table, c)),
            step("order", differ(a - 1, 0), "amplitude-not-1", label="a-1"),
            step(
                "order",
                differ(obstruction(plain_table, scaled_table), 0),
                "amplitude-not-0 a-1 bias-moves queries-move",
                [(a, a - 1, Dot(b_Q, key_difference), Dot(Apply(W_Q.T, X - Y), key_difference))],
                label="obstruction",
            ),
            by="contradiction",
            uses="obstruction",
            certificate=(
                plain_table[1][0] - plain_table[1][1],
                plain_table[1][1] - plain_table[1][0],
                plain_table[0][1] - plain_table[0][0],
                plain_table[0][0] - plain_table[0][1],
            ),
            given=(amplitude_not_0, amplitude_not_1, bias_moves, queries_move),
            text="With a query bias that tells two keys apart no scale, row shift or temperature makes up for a.",
        ),
        exists(
            "such-a-head",
            differ(obstruction(plain_table, scaled_table), 0),
            biased,
            text="There is such a head.",
        ),
    ),
    controls=(
        Control(
            "bias-quadratic",
            "the bias term counted with a^2, as Lemma 1 would have it",
            of="key-bias-is-row-constant",
            goal=equal(
                positional(P, Q, a) - positional(P, R, a),
                a**2 * Dot(Apply(W_Q.T, P), key_difference) + a**2 * Dot(b_Q, key_difference),
            ),
            witness=biased,
        ),
        Control(
            "no-bias",
            "without a query bias the scale c = a^2 does it",
            of="no-scale",
            drops=("bias-moves",),
            witness={**biased, "b_Q": [0], "c": 4, "r_0": 0, "r_1": 0},
        ),
        Control(
            "no-rescaling",
            "at a = 1 the scale c = 1 does it",
            of="no-scale",
            drops=("amplitude-not-1",),
            witness={**biased, "a": 1, "c": 1, "r_0": 0, "r_1": 0},
        ),
    ),
    instances=(
        "phase_latency.proofs.instances.scope:positional_logits_with_biases",
        "phase_latency.proofs.instances.scope:no_scale_with_query_bias",
    ),
)


# -- the values carry the encoding too ------------------------------------------------------------------------

n = integer("L")  # number of keys
i = index("i", n)
weight, content_value, position_value = sequence("alpha"), sequence("s"), sequence("z")


def output(amplitude):
    """One coordinate of the output: attention weights times values of contents plus encodings."""
    return total(weight[i] * (content_value[i] + amplitude * position_value[i]), i)


seen = Hypothesis(
    "seen", differ(total(weight[i] * position_value[i], i), 0), "the mean value of the encodings does not vanish"
)
one_key = {"L": 1, "a": 2, "alpha": {0: 1}, "s": {0: 0}, "z": {0: 1}}
value_path = Statement(
    "value-path",
    group="C",
    title="Equal weights do not give equal outputs: the values carry the encoding too",
    source=Source(PAPER, "scope of Lemma 1"),
    claims=(
        claim(
            "difference",
            equal(output(a) - output(S.One), (a - 1) * total(weight[i] * position_value[i], i)),
            by="sum-linearity",
            text="At equal weights the outputs differ by (a - 1) times the mean value of the encodings.",
        ),
        claim(
            "outputs-differ",
            differ(output(a), output(S.One)),
            by="order",
            uses="amplitude-not-1 seen",
            certificate=[(a - 1, total(weight[i] * position_value[i], i))],
            given=(amplitude_not_1, seen),
            text="So they differ wherever that mean does not vanish.",
        ),
    ),
    controls=(
        Control(
            "values-without-position",
            "equal weights give equal outputs",
            of="difference",
            goal=equal(output(a) - output(S.One), 0),
            witness=one_key,
        ),
        Control(
            "no-rescaling",
            "at a = 1 they are equal",
            of="outputs-differ",
            drops=("amplitude-not-1",),
            witness={**one_key, "a": 1},
        ),
        Control(
            "quadratic",
            "a^2 - 1 in place of a - 1",
            of="difference",
            goal=equal(output(a) - output(S.One), (a**2 - 1) * total(weight[i] * position_value[i], i)),
            witness=one_key,
        ),
    ),
    instances=("phase_latency.proofs.instances.scope:outputs_at_equal_weights",),
)


# -- softmax under a perturbation of the logits ---------------------------------------------------------------

x, y = sequence("u"), sequence("v")  # the two rows of logits
low, width = real("m"), real("r")  # least change, and range of the changes
sup = real("delta")


def partition(logits):
    """Sum of the exponentials."""
    return total(exp(logits[i]), i)


def softmax(logits):
    """Attention weight of a generic key."""
    return exp(logits[i]) / partition(logits)


p, q = softmax(x), softmax(y)
least, largest = (exp(bound) * partition(x) / partition(y) for bound in (low, low + width))  # of the ratio q/p
chord = ((largest * p - q) * (1 - least) + (q - least * p) * (largest - 1)) / (largest - least)
variation = total(Abs(q - p), i) / 2
root = exp(width / 2)

keys = Hypothesis("keys", at_least(n, 1), "there is a key")
not_less = Hypothesis("least", at_most(low, y[i] - x[i]), "every logit changes by at least m")
not_more = Hypothesis("largest", at_most(y[i] - x[i], low + width), "and by at most m + r")
some_range = Hypothesis("range", positive(width), "the changes are not all equal")
sup_norm = Hypothesis("sup", at_most(width, 2 * sup), "the largest change is delta in absolute value")


def _two_rows(rng):
    """Two rows of up to three logits and bounds on their difference."""
    rows = {name: {k: Rational(rng.randint(-9, 9), 4) for k in range(3)} for name in ("u", "v")}
    changes = [rows["v"][k] - rows["u"][k] for k in range(3)]
    lower = min(changes) - Rational(rng.randint(0, 3), 4)
    spread_ = max(changes) - lower + Rational(rng.randint(0, 3), 4)
    return {**rows, "L": rng.randint(1, 3), "m": lower, "r": spread_, "delta": spread_}


def _weight_of(logit_, other):
    """Weight of the first of two keys."""
    return exp(logit_) / (exp(logit_) + exp(other))


swapped_q, swapped_p = _weight_of(width / 2, S.Zero), _weight_of(S.Zero, width / 2)
shift = real("k")
swap = {"L": 2, "u": {0: 0, 1: log(2)}, "v": {0: log(2), 1: 0}, "m": -log(2), "r": 2 * log(2)}
PARTITIONS = "partition-u partition-v"

softmax_perturbation = Statement(
    "softmax-perturbation",
    group="C",
    title="Attention weights move by at most tanh(r/4) in total variation, r the range of the change of the logits",
    source=Source("Cohen and Fausti 2023, arXiv:2309.02413", "sharp bound in the Hilbert metric; the proof is our own"),
    claims=(
        claim(
            "total-variation",
            at_most(variation, tanh(width / 4)),
            step("order", positive(partition(x)), "keys", label="partition-u"),
            step("order", positive(partition(y)), "keys", label="partition-v"),
            # p and q are probability vectors, and q/p lies between the two bounds.
            step("sum-linearity", equal(total(p, i), 1), "partition-u", label="sum-p"),
            step("sum-linearity", equal(total(q, i), 1), "partition-v", label="sum-q"),
            step("monotone-function", at_most(exp(low), exp(y[i] - x[i])), "least", label="exp-low"),
            step("monotone-function", at_most(exp(y[i] - x[i]), exp(low + width)), "largest", label="exp-high"),
            step(
                "order",
                at_most(least * p, q),
                "exp-low partition-v",
                [(exp(x[i]), 1 / partition(y), exp(y[i] - x[i]) - exp(low))],
                label="ratio-low",
            ),
            step(
                "order",
                at_most(q, largest * p),
                "exp-high partition-v",
                [(exp(x[i]), 1 / partition(y), exp(low + width) - exp(y[i] - x[i]))],
                label="ratio-high",
            ),
            # Both have sum 1, so the bounds lie on either side of 1.
            step("sum-monotone", at_most(total(least * p, i), total(q, i)), "ratio-low partition-v", label="sum-low"),
            step(
                "sum-monotone", at_most(total(q, i), total(largest * p, i)), "ratio-high partition-v", label="sum-high"
            ),
            step(
                "order",
                at_most(least, 1),
                "sum-low partition-v",
                [(total(q, i) - total(least * p, i),)],
                label="least-below-1",
            ),
            step(
                "order",
                at_least(largest, 1),
                "sum-high partition-v",
                [(total(largest * p, i) - total(q, i),)],
                label="largest-above-1",
            ),
            step("monotone-function", less(exp(low), exp(low + width)), "range", label="exp-apart"),
            step(
                "order",
                less(least, largest),
                f"exp-apart {PARTITIONS}",
                [(partition(x), 1 / partition(y), exp(low + width) - exp(low))],
                label="apart",
            ),
            # Convexity: |q - p| lies below the chord between the bounds, for each key; so does the sum.
            step(
                "order",
                at_most(q - p, chord),
                "ratio-high least-below-1 apart partition-v",
                [(2, 1 - least, largest * p - q, 1 / (largest - least))],
                label="chord-above",
            ),
            step(
                "order",
                at_most(p - q, chord),
                "ratio-low largest-above-1 apart partition-v",
                [(2, largest - 1, q - least * p, 1 / (largest - least))],
                label="chord-below",
            ),
            step("absolute", at_most(Abs(q - p), chord), "chord-above chord-below apart partition-v", label="chord"),
            step(
                "sum-monotone",
                at_most(total(Abs(q - p), i), total(chord, i)),
                "chord apart partition-v",
                label="summed",
            ),
            # The largest value over all positions of the bounds is taken where least = 1/root.
            by="order",
            uses="summed apart partition-v",
            certificate=[
                (Rational(1, 2), total(chord, i) - total(Abs(q - p), i)),
                ((least * root - 1) ** 2, 1 / (largest - least)),
            ],
            given=(keys, not_less, not_more, some_range),
            text="TV(softmax u, softmax v) <= tanh(r/4).",
        ),
        claim(
            "attained",
            equal((Abs(swapped_q - swapped_p) + Abs((1 - swapped_q) - (1 - swapped_p))) / 2, tanh(width / 4)),
            step("monotone-function", less(1, root), "range", label="root"),
            step(
                "order",
                at_least(swapped_q - swapped_p, 0),
                "root",
                [(root - 1, 1 / (1 + root))],
                label="moves-up",
            ),
            step("root", equal(Abs(swapped_q - swapped_p), swapped_q - swapped_p), "moves-up", label="first"),
            by="exponential",
            uses="first",
            given=(some_range,),
            text="Equality holds for every r: two keys whose logits 0 and r/2 are exchanged.",
        ),
        claim(
            "below-the-range",
            at_most(tanh(width / 4), width / 4),
            step("order", at_least(width, 0), "range", label="range>=0"),
            by="monotone",
            uses="range>=0",
            certificate=(width, S.Zero, [(Rational(1, 4), tanh(width / 4) ** 2)]),
            given=(some_range,),
            text="The bound is below r/4,",
        ),
        claim(
            "one-norm",
            at_most(total(Abs(q - p), i), sup),
            step("order", positive(partition(x)), "keys", label="partition-u"),
            step("order", positive(partition(y)), "keys", label="partition-v"),
            by="order",
            uses=f"total-variation below-the-range sup {PARTITIONS}",
            certificate=[(2, tanh(width / 4) - variation), (2, width / 4 - tanh(width / 4)), (sup - width / 2,)],
            given=(keys, not_less, not_more, some_range, sup_norm),
            text="hence the 1-norm of the change of the weights is at most the sup-norm of that of the logits.",
        ),
        claim(
            "shift",
            equal(exp(x[i] + shift) / total(exp(x[i] + shift), i), p),
            step("order", positive(partition(x)), "keys", label="partition-u"),
            by="sum-linearity",
            uses="partition-u",
            given=(keys,),
            text="If all logits change alike the weights do not change.",
        ),
    ),
    controls=(
        Control(
            "strict",
            "strictly below the bound",
            of="total-variation",
            goal=less(variation, tanh(width / 4)),
            witness=swap,
        ),
        Control(
            "eighth",
            "r/8 in place of r/4",
            of="total-variation",
            goal=at_most(variation, tanh(width / 8)),
            witness=swap,
        ),
        Control(
            "range-too-small",
            "a logit changes by more than m + r",
            of="total-variation",
            drops=("largest",),
            witness={**swap, "r": log(2)},
        ),
        Control(
            "half-sup",
            "half the sup-norm for the 1-norm",
            of="one-norm",
            goal=at_most(total(Abs(q - p), i), sup / 2),
            witness={**swap, "delta": log(2)},
        ),
    ),
    sampler=_two_rows,
    instances=("phase_latency.proofs.instances.scope:weights_under_perturbation",),
    remark="The bound is attained for every r, not in a limit only.",
)


# -- the weights of an additive layer -------------------------------------------------------------------------

CC, CP, PC, PP = (sequence(name) for name in ("CC", "CP", "PC", "PP"))  # parts of one row of logits
before = CC[i] + CP[i] + PC[i] + PP[i]
after = CC[i] + a * (CP[i] + PC[i]) + a**2 * PP[i]
change = (a - 1) * (CP[i] + PC[i]) + (a**2 - 1) * PP[i]
parts = {x[i]: before, y[i]: after}

change_not_less = Hypothesis("least", at_most(low, change), "(a-1)(CP+PC) + (a^2-1) PP is at least m along the row")
change_not_more = Hypothesis("largest", at_most(change, low + width), "and at most m + r")
bound = substitute(softmax_perturbation.claim("total-variation").goal, parts)


def _one_row(rng):
    """Parts of a row with up to two keys, and bounds on its change."""
    rows = {name: {k: Rational(rng.randint(-6, 6), 4) for k in range(2)} for name in ("CC", "CP", "PC", "PP")}
    factor = Rational(rng.randint(-6, 6), 3)
    changes = [(factor - 1) * (rows["CP"][k] + rows["PC"][k]) + (factor**2 - 1) * rows["PP"][k] for k in range(2)]
    spread_ = max(changes) - min(changes) + Rational(1 + rng.randint(0, 3), 4)
    return {**rows, "L": rng.randint(1, 2), "a": factor, "m": min(changes), "r": spread_}


additive_deviation_bound = Statement(
    "additive-deviation-bound",
    group="C",
    title="How far the weights of an additive layer can move when its encoding is scaled",
    source=Source(PAPER, "scope of Lemma 1"),
    hypotheses=(keys, change_not_less, change_not_more, some_range),
    claims=(
        claim(
            "change",
            equal(after - before, change),
            by="ring",
            text="The change of a row of logits, by additive-decomposition.",
        ),
        claim(
            "total-variation",
            bound,
            step("order", substitute(not_less.relation, parts), "least", label="at-least-m"),
            step("order", substitute(not_more.relation, parts), "largest", label="at-most-m+r"),
            by="instance",
            uses="softmax-perturbation:total-variation keys at-least-m at-most-m+r range",
            certificate=parts,
            text="Row p of the weights moves by at most tanh(r_p/4) in total variation.",
        ),
    ),
    controls=(
        Control(
            "position-part-forgotten",
            "the change without (a^2 - 1) PP",
            of="change",
            goal=equal(after - before, (a - 1) * (CP[i] + PC[i])),
            witness={"L": 1, "a": 2, "m": 0, "r": 9, **{k: {0: 0} for k in ("CC", "CP", "PC")}, "PP": {0: 1}},
        ),
        Control(
            "eighth",
            "r/8 in place of r/4",
            of="total-variation",
            goal=substitute(at_most(variation, tanh(width / 8)), parts),
            witness={
                **{"L": 2, "a": 0, "CC": {0: 0, 1: 0}, "PC": {0: 0, 1: 0}, "PP": {0: 0, 1: 0}},
                **{"CP": {0: 0, 1: log(2)}, "m": -log(2), "r": log(2), "CC": {0: log(2) / 2, 1: -log(2) / 2}},
            },
        ),
        Control(
            "range-too-small",
            "the range of another row",
            of="total-variation",
            drops=("largest",),
            witness={
                **{"L": 2, "a": 0, "PC": {0: 0, 1: 0}, "PP": {0: 0, 1: 0}, "CP": {0: 0, 1: 2 * log(2)}},
                **{"CC": {0: log(2), 1: -log(2)}, "m": -2 * log(2), "r": log(2)},
            },
        ),
    ),
    dependencies=(softmax_perturbation,),
    sampler=_one_row,
    instances=("phase_latency.proofs.instances.scope:weights_of_scaled_encoding",),
)

STATEMENTS = (
    additive_decomposition,
    additive_no_global_scale,
    query_bias_breaks_scale,
    value_path,
    softmax_perturbation,
    additive_deviation_bound,
)
