"""Group B, Lemma 1: dot-product attention between positions scales by the square of the amplitude.

Main statements: gram-toeplitz, lemma-1, lemma-1-cosine, lemma-1-order, lemma-1-temperature,
lemma-1-reparametrisation, lemma-1-rotary, lemma-1-normalised.
Notation: ``P, Q`` are encodings of two positions (nothing else is used of them), ``e, f`` contents, ``a = T/L`` the
amplitude of the spike-time encoding, ``M = W_Q W_K^T`` any bilinear form; all sizes are symbols.
Source: arXiv:2605.00662 (Bose 2026), Lemma 1; Vaswani et al. 2017; Su et al. 2021.
"""

from sympy import Abs, Rational, S, ZeroMatrix, acos, cos, exp, log, sin, sqrt

from phase_latency.ledger.statement import Control, Hypothesis, Source, Statement, chain, claim, exists, step
from phase_latency.ledger.terms import (
    Apply,
    Dot,
    Iff,
    at_least,
    at_most,
    differ,
    equal,
    index,
    integer,
    less,
    matrix,
    phase,
    positive,
    real,
    sequence,
    tempered,
    total,
    vector,
)

PAPER = "arXiv:2605.00662"

d, d_k, h, L = integer("d"), integer("d_k"), integer("h"), integer("L")  # width, head size, channels, positions
a, tau, scale, eps = real("a"), real("tau"), real("s"), real("eps")
P, Q, R, e, f, c = (vector(name, d) for name in ("P", "Q", "R", "e", "f", "c"))
M = matrix("M", d, d)
W_Q, W_K, W_V = matrix("W_Q", d, d_k), matrix("W_K", d, d_k), matrix("W_V", d, d_k)
b_Q, b_K = vector("b_Q", d_k), vector("b_K", d_k)

amplitude = Hypothesis("amplitude", differ(a, 0), "the amplitude does not vanish")


def logit(query, form, key):
    """Bilinear logit of two vectors."""
    return Dot(query, Apply(form, key))


# -- the positional kernel ------------------------------------------------------------------------------------

i = index("i", h)
w = sequence("w")
p, q, delta = real("p"), real("q"), real("delta")


def gram(position, other):
    """Inner product of two sinusoidal encodings, channel by channel."""
    x, y = phase(position, w[i]), phase(other, w[i])
    return total(sin(x) * sin(y) + cos(x) * cos(y), i)


one_channel = {"h": 1, "w": {0: acos(Rational(3, 5))}}
gram_toeplitz = Statement(
    "gram-toeplitz",
    group="B",
    title="The Gram matrix of the sinusoidal encoding depends on the distance only",
    source=Source(PAPER, "preliminaries; Vaswani et al. 2017, section 3.5"),
    hypotheses=(Hypothesis("channels", at_least(h, 1), "there is a channel"),),
    claims=(
        claim(
            "kernel",
            equal(gram(p, q), total(cos(w[i] * (p - q)), i)),
            by="sum-congruence",
            text="<PE(p), PE(q)> = K(p - q) with K(D) = sum of cos(w_i D).",
        ),
        claim(
            "shift",
            equal(gram(p + delta, q + delta), gram(p, q)),
            by="sum-congruence",
            text="A joint shift of all positions changes no inner product.",
        ),
        chain(
            "norm",
            gram(p, p),
            ("sum-congruence", total(S.One, i)),
            ("sum-linearity", h, "channels"),
            text="Every encoding has squared norm h.",
        ),
    ),
    controls=(
        Control(
            "sum-of-positions",
            "p + q in place of p - q",
            of="kernel",
            goal=equal(gram(p, q), total(cos(w[i] * (p + q)), i)),
            witness={**one_channel, "p": 1, "q": 1},
        ),
        Control(
            "one-sided-shift",
            "only one of the two positions shifted",
            of="shift",
            goal=equal(gram(p + delta, q), gram(p, q)),
            witness={**one_channel, "p": 0, "q": 0, "delta": 1},
        ),
        Control(
            "width-for-norm",
            "d = 2h for the squared norm",
            of="norm",
            goal=equal(gram(p, p), 2 * h),
            witness={**one_channel, "p": 0},
        ),
    ),
    instances=(
        "phase_latency.proofs.instances.lemma_1:gram_of_sinusoidal_table",
        "phase_latency.proofs.instances.lemma_1:gram_of_shifted_positions",
        "phase_latency.proofs.instances.lemma_1:norms_of_sinusoidal_table",
    ),
)


# -- Lemma 1 --------------------------------------------------------------------------------------------------


def head(query, key):
    """Logit of a head without biases, up to the factor 1/sqrt(d_k)."""
    return Dot(Apply(W_Q.T, query), Apply(W_K.T, key))


unit = {"d": 1, "d_k": 1, "P": [1], "Q": [1], "M": [[1]], "W_Q": [[1]], "W_K": [[1]]}
lemma_1 = Statement(
    "lemma-1",
    group="B",
    title="The positional logit scales by the square of the amplitude",
    source=Source(PAPER, "Lemma 1"),
    claims=(
        claim(
            "bilinear",
            equal(logit(a * P, M, a * Q), a**2 * logit(P, M, Q)),
            by="bilinear",
            text="Under any bilinear form,",
        ),
        claim(
            "head",
            equal(head(a * P, a * Q), a**2 * head(P, Q)),
            by="bilinear",
            text="hence for any head without biases,",
        ),
        claim(
            "slope",
            equal(Dot(P / L, Q / L), Dot(P, Q) / L**2),
            step("order", positive(L), "length", label="L"),
            by="bilinear",
            uses="L",
            given=(Hypothesis("length", at_least(L, 2), "there are at least two positions"),),
            text="and for W_Q = W_K = I and T = 1 with slope exactly 1/L^2.",
        ),
    ),
    controls=(
        Control(
            "cube",
            "a^3 in place of a^2",
            of="head",
            goal=equal(head(a * P, a * Q), a**3 * head(P, Q)),
            witness={**unit, "a": 2},
        ),
        Control(
            "linear",
            "a in place of a^2",
            of="head",
            goal=equal(head(a * P, a * Q), a * head(P, Q)),
            witness={**unit, "a": 2},
        ),
        Control(
            "one-sided",
            "only the query scaled",
            of="bilinear",
            goal=equal(logit(a * P, M, Q), a**2 * logit(P, M, Q)),
            witness={**unit, "a": 2},
        ),
        Control(
            "slope-1-over-L",
            "slope 1/L in place of 1/L^2",
            of="slope",
            goal=equal(Dot(P / L, Q / L), Dot(P, Q) / L),
            witness={**unit, "L": 2},
        ),
    ),
    instances=(
        "phase_latency.proofs.instances.lemma_1:bilinear_logits",
        "phase_latency.proofs.instances.lemma_1:positional_logits",
        "phase_latency.proofs.instances.lemma_1:slope_of_identity",
    ),
    remark="A query bias adds a term linear in a: see query-bias-breaks-scale.",
)


# -- cosine similarity ----------------------------------------------------------------------------------------


def norm(x):
    """Euclidean norm."""
    return sqrt(Dot(x, x))


def cosine(x, y):
    """Cosine similarity."""
    return Dot(x, y) / (norm(x) * norm(y))


nonzero_P = Hypothesis("nonzero-P", positive(Dot(P, P)), "the first vector does not vanish")
nonzero_Q = Hypothesis("nonzero-Q", positive(Dot(Q, Q)), "the second vector does not vanish")

lemma_1_cosine = Statement(
    "lemma-1-cosine",
    group="B",
    title="Cosine similarities do not see the amplitude",
    source=Source(PAPER, "Lemma 1, cosine similarity"),
    hypotheses=(amplitude, nonzero_P, nonzero_Q),
    claims=(
        claim(
            "cosine",
            equal(cosine(a * P, a * Q), cosine(P, Q)),
            step("bilinear", equal(Dot(a * P, a * Q), a**2 * Dot(P, Q)), label="product"),
            step("root", equal(norm(a * P), Abs(a) * norm(P)), label="norm-aP"),
            step("root", equal(norm(a * Q), Abs(a) * norm(Q)), label="norm-aQ"),
            step("order", positive(Abs(a)), "amplitude", label="|a|"),
            step("order", positive(norm(P)), "nonzero-P", label="norm-P"),
            step("order", positive(norm(Q)), "nonzero-Q", label="norm-Q"),
            by="field",
            uses="product norm-aP norm-aQ |a| norm-P norm-Q",
        ),
    ),
    controls=(
        Control(
            "one-sided",
            "only the query scaled: a negative amplitude flips the sign",
            of="cosine",
            goal=equal(cosine(a * P, Q), cosine(P, Q)),
            witness={"d": 1, "a": -1, "P": [1], "Q": [1]},
        ),
        Control(
            "norms-not-scaled",
            "the norms of the unscaled vectors in the denominator",
            of="cosine",
            goal=equal(Dot(a * P, a * Q) / (norm(P) * norm(Q)), cosine(P, Q)),
            witness={"d": 1, "a": 2, "P": [1], "Q": [1]},
        ),
    ),
    instances=("phase_latency.proofs.instances.lemma_1:cosine_similarities",),
)


# -- order and arg max ----------------------------------------------------------------------------------------

lemma_1_order = Statement(
    "lemma-1-order",
    group="B",
    title="The order of the positional logits within a row is unchanged",
    source=Source(PAPER, "Lemma 1, ranking"),
    hypotheses=(amplitude,),
    claims=(
        claim(
            "strict",
            Iff(less(logit(P, M, Q), logit(P, M, R)), less(logit(a * P, M, a * Q), logit(a * P, M, a * R))),
            by="equivalence",
            uses="amplitude",
            certificate=(1 / a**2,),
            text="One key scores below another before scaling exactly if it does after,",
        ),
        claim(
            "weak",
            Iff(at_most(logit(P, M, Q), logit(P, M, R)), at_most(logit(a * P, M, a * Q), logit(a * P, M, a * R))),
            by="equivalence",
            uses="amplitude",
            certificate=(1 / a**2,),
            text="and ties stay ties; so the arg max of every row is the same set of keys.",
        ),
    ),
    controls=(
        Control(
            "zero-amplitude",
            "at a = 0 all keys tie",
            of="strict",
            drops=("amplitude",),
            witness={"d": 1, "a": 0, "P": [1], "Q": [0], "R": [1], "M": [[1]]},
        ),
        Control(
            "one-sided",
            "only the keys scaled: a negative amplitude reverses the order",
            of="strict",
            goal=Iff(less(logit(P, M, Q), logit(P, M, R)), less(logit(P, M, a * Q), logit(P, M, a * R))),
            witness={"d": 1, "a": -1, "P": [1], "Q": [0], "R": [1], "M": [[1]]},
        ),
    ),
    instances=("phase_latency.proofs.instances.lemma_1:order_within_rows",),
)


# -- temperature ----------------------------------------------------------------------------------------------

u = sequence("u")  # logits of one row
j = index("j", L)


def weight(k, factor, temperature):
    """Attention weight of key ``k``: softmax at a temperature of the logits times a factor."""
    partition = total(exp(tempered(factor * u[j], temperature)), j)
    return exp(tempered(factor * u[k], temperature)) / partition


two_keys = {"L": 2, "u": {0: 0, 1: log(2)}, "tau": 1}
lemma_1_temperature = Statement(
    "lemma-1-temperature",
    group="B",
    title="Attention weights are restored by multiplying the temperature by a^2, and not without",
    source=Source(PAPER, "Lemma 1, up to a global scale"),
    hypotheses=(
        amplitude,
        Hypothesis("temperature", positive(tau), "temperatures are positive"),
        Hypothesis("keys", at_least(L, 1), "there is a key"),
    ),
    claims=(
        claim(
            "re-tempered",
            equal(weight(j, a**2, a**2 * tau), weight(j, S.One, tau)),
            step("order", positive(total(exp(tempered(u[j], tau)), j)), "keys temperature", label="partition"),
            by="field",
            uses="amplitude temperature partition",
            text="Softmax at temperature a^2 tau of a^2 u is softmax at temperature tau of u.",
        ),
        exists(
            "not-at-the-same-temperature",
            differ(weight(0, a**2, tau), weight(0, S.One, tau)),
            {**two_keys, "a": 2},
            "amplitude temperature keys",
            text="At the same temperature the weights do change.",
        ),
    ),
    controls=(
        Control(
            "linear-temperature",
            "temperature a tau in place of a^2 tau",
            of="re-tempered",
            goal=equal(weight(j, a**2, a * tau), weight(j, S.One, tau)),
            witness={**two_keys, "a": 2},
        ),
        Control(
            "same-temperature",
            "no compensation at all",
            of="re-tempered",
            goal=equal(weight(j, a**2, tau), weight(j, S.One, tau)),
            witness={**two_keys, "a": 2},
        ),
    ),
    instances=("phase_latency.proofs.instances.lemma_1:re_tempered_weights",),
    remark="Invariance up to scale is invariance of the weights only after re-tempering.",
)


# -- reparametrisation ----------------------------------------------------------------------------------------

d_e, d_P = integer("d_e"), integer("d_P")  # widths of content and position when they are concatenated
x, y, X, Y = vector("x", d_e), vector("y", d_e), vector("X", d_P), vector("Y", d_P)
V_Q, V_K = matrix("V_Q", d_e, d_k), matrix("V_K", d_e, d_k)  # content rows of the projections
U_Q, U_K = matrix("U_Q", d_P, d_k), matrix("U_K", d_P, d_k)  # positional rows


def concatenated(query_rows, key_rows, position, other):
    """Logit of inputs [x; position] and [y; other], positional rows given, with biases."""
    query = Apply(V_Q.T, x) + Apply(query_rows.T, position) + b_Q
    key = Apply(V_K.T, y) + Apply(key_rows.T, other) + b_K
    return Dot(query, key)


on_content, on_position = matrix("Pi_e", d, d), matrix("Pi_P", d, d)  # projections onto the two subspaces
restore = on_content + on_position / a


def additive(first, second):
    """Logit of two input vectors, with biases."""
    return Dot(Apply(W_Q.T, first) + b_Q, Apply(W_K.T, second) + b_K)


def projections():
    """The projections act as they should on content and position."""
    for name, map_, vector_, image in (
        ("e", on_content, e, e),
        ("P", on_content, P, ZeroMatrix(d, 1)),
        ("f", on_content, f, f),
        ("Q", on_content, Q, ZeroMatrix(d, 1)),
        ("e", on_position, e, ZeroMatrix(d, 1)),
        ("P", on_position, P, P),
        ("f", on_position, f, ZeroMatrix(d, 1)),
        ("Q", on_position, Q, Q),
    ):
        yield Hypothesis(f"{map_.name}-{name}", equal(Apply(map_, vector_), image))


independent = tuple(projections())
nonzero_scale = Hypothesis("scale", differ(scale, 0), "the common scale does not vanish")


def _two_lines(rng):
    """Content and position on the two axes of the plane."""
    axis = [[[1, 0], [0, 0]], [[0, 0], [0, 1]]]
    vectors = {name: [rng.randint(-5, 5), 0] for name in "ef"} | {name: [0, rng.randint(-5, 5)] for name in "PQ"}
    return {"d": 2, "Pi_e": axis[0], "Pi_P": axis[1], **vectors}


concatenated_unit = {"d_e": 1, "d_P": 1, "d_k": 1, "x": [0], "y": [0], "X": [1], "Y": [1], "b_Q": [0], "b_K": [0]} | {
    name: [[1]] for name in ("V_Q", "V_K", "U_Q", "U_K")
}
lemma_1_reparametrisation = Statement(
    "lemma-1-reparametrisation",
    group="B",
    title="Rescaling weights undoes the amplitude when content and position stay apart",
    source=Source(PAPER, "Lemma 1, absorbing the scale into the projections"),
    claims=(
        claim(
            "concatenated",
            equal(concatenated(U_Q / a, U_K / a, a * X, a * Y), concatenated(U_Q, U_K, X, Y)),
            by="bilinear",
            uses="amplitude",
            given=(amplitude,),
            text="With inputs [e; a PE], dividing the positional rows of W_Q and W_K by a restores every logit.",
        ),
        claim(
            "independent-subspaces",
            equal(additive(Apply(restore, e + a * P), Apply(restore, f + a * Q)), additive(e + P, f + Q)),
            by="bilinear",
            uses="amplitude " + " ".join(hypothesis.name for hypothesis in independent),
            given=(amplitude, *independent),
            text="So does a change of W_Q and W_K with added inputs if contents and positions span independent spaces.",
        ),
        claim(
            "free-embedding-logits",
            equal(logit(scale * (e + P), M / scale**2, scale * (f + Q)), logit(e + P, M, f + Q)),
            by="bilinear",
            uses="scale",
            given=(nonzero_scale,),
            text="Scaling content and position by s, W_Q W_K^T by 1/s^2",
        ),
        claim(
            "free-embedding-values",
            equal(Dot(b_Q, Apply((W_V / scale).T, scale * (e + P))), Dot(b_Q, Apply(W_V.T, e + P))),
            by="bilinear",
            uses="scale",
            given=(nonzero_scale,),
            text="and W_V by 1/s leaves every logit and every coordinate of every value unchanged.",
        ),
    ),
    controls=(
        Control(
            "queries-only",
            "only the rows of W_Q divided",
            of="concatenated",
            goal=equal(concatenated(U_Q / a, U_K, a * X, a * Y), concatenated(U_Q, U_K, X, Y)),
            witness={**concatenated_unit, "a": 2},
        ),
        Control(
            "multiplied",
            "rows multiplied by a in place of divided",
            of="concatenated",
            goal=equal(concatenated(a * U_Q, a * U_K, a * X, a * Y), concatenated(U_Q, U_K, X, Y)),
            witness={**concatenated_unit, "a": 2},
        ),
        Control(
            "overlapping-subspaces",
            "positions that have a share in the space of the contents",
            of="independent-subspaces",
            drops=("Pi_e-P", "Pi_e-Q"),
            witness={
                "d": 2,
                "d_k": 2,
                "a": 2,
                "e": [1, 0],
                "f": [1, 0],
                "P": [1, 1],
                "Q": [1, 1],
                "Pi_e": [[1, 0], [0, 1]],
                "Pi_P": [[0, 1], [0, 1]],
                "W_Q": [[1, 0], [0, 1]],
                "W_K": [[1, 0], [0, 1]],
                "b_Q": [0, 0],
                "b_K": [0, 0],
            },
        ),
        Control(
            "values-not-rescaled",
            "W_V left as it is",
            of="free-embedding-values",
            goal=equal(Dot(b_Q, Apply(W_V.T, scale * (e + P))), Dot(b_Q, Apply(W_V.T, e + P))),
            witness={"d": 1, "d_k": 1, "s": 2, "b_Q": [1], "W_V": [[1]], "e": [1], "P": [0]},
        ),
    ),
    sampler=_two_lines,
    instances=(
        "phase_latency.proofs.instances.lemma_1:rescaled_positional_rows",
        "phase_latency.proofs.instances.lemma_1:independent_subspaces",
        "phase_latency.proofs.instances.lemma_1:rescaled_values",
    ),
)


# -- rotary encodings -----------------------------------------------------------------------------------------

R_p, R_q = matrix("R_p", d, d), matrix("R_q", d, d)  # any multiplicative encoding of two positions

lemma_1_rotary = Statement(
    "lemma-1-rotary",
    group="B",
    title="A multiplicative encoding scaled by a scales the whole logit by a^2, content included",
    source=Source("Su et al. 2021", "equation 16, with an amplitude"),
    claims=(
        claim(
            "whole-logit",
            equal(Dot(Apply(a * R_p, e), Apply(a * R_q, f)), a**2 * Dot(Apply(R_p, e), Apply(R_q, f))),
            by="bilinear",
            text="The only family here for which a global scale holds for full attention.",
        ),
    ),
    controls=(
        Control(
            "cube",
            "a^3 in place of a^2",
            of="whole-logit",
            goal=equal(Dot(Apply(a * R_p, e), Apply(a * R_q, f)), a**3 * Dot(Apply(R_p, e), Apply(R_q, f))),
            witness={"d": 1, "a": 2, "R_p": [[1]], "R_q": [[1]], "e": [1], "f": [1]},
        ),
        Control(
            "keys-only",
            "only the rotation of the keys scaled",
            of="whole-logit",
            goal=equal(Dot(Apply(R_p, e), Apply(a * R_q, f)), a**2 * Dot(Apply(R_p, e), Apply(R_q, f))),
            witness={"d": 1, "a": 2, "R_p": [[1]], "R_q": [[1]], "e": [1], "f": [1]},
        ),
    ),
    instances=("phase_latency.proofs.instances.lemma_1:scaled_rotary_logits",),
)


# -- normalisation --------------------------------------------------------------------------------------------

C = matrix("C", d, d)  # the identity for RMSNorm, the centring I - 11^T/d for LayerNorm
z = vector("z", d)


def mean_square(vector_):
    """Mean square of the centred coordinates."""
    return Dot(Apply(C, vector_), Apply(C, vector_)) / d


def normalised(vector_, epsilon):
    """One coordinate, in the direction c, of the normalised vector."""
    return Dot(c, Apply(C, vector_)) / sqrt(mean_square(vector_) + epsilon)


one_dimension = {"d": 1, "C": [[1]], "c": [1], "z": [1]}
positive_amplitude = Hypothesis("positive-amplitude", positive(a), "the amplitude is positive")
width = Hypothesis("width", at_least(d, 1), "there is a coordinate")
not_constant = Hypothesis("not-constant", positive(Dot(Apply(C, z), Apply(C, z))), "something is left after centring")
no_negative_eps = Hypothesis("eps", at_least(eps, 0), "the epsilon of a normalisation is not negative")
positive_eps = Hypothesis("positive-eps", positive(eps), "and in practice positive")

lemma_1_normalised = Statement(
    "lemma-1-normalised",
    group="B",
    title="Normalisation turns the amplitude into another epsilon",
    source=Source("Zhang and Sennrich 2019 (RMSNorm); Ba et al. 2016 (LayerNorm)", "definition"),
    hypotheses=(width,),
    claims=(
        claim(
            "epsilon",
            equal(normalised(a * z, eps), normalised(z, eps / a**2)),
            step("bilinear", equal(Dot(c, Apply(C, a * z)), a * Dot(c, Apply(C, z))), label="linear"),
            step("order", positive(d), "width", label="d"),
            step(
                "root",
                equal(sqrt(mean_square(a * z) + eps), a * sqrt(mean_square(z) + eps / a**2)),
                "positive-amplitude eps d",
                label="denominator",
            ),
            step(
                "order",
                positive(sqrt(mean_square(z) + eps / a**2)),
                "not-constant d eps positive-amplitude",
                label="defined",
            ),
            by="field",
            uses="linear denominator defined positive-amplitude d",
            given=(positive_amplitude, no_negative_eps, not_constant),
            text="Norm_eps(a x) = Norm_(eps/a^2)(x), for RMSNorm and LayerNorm alike.",
        ),
        claim(
            "no-epsilon",
            equal(normalised(a * z, S.Zero), normalised(z, S.Zero)),
            step("bilinear", equal(Dot(c, Apply(C, a * z)), a * Dot(c, Apply(C, z))), label="linear"),
            step("order", positive(d), "width", label="d"),
            step(
                "root", equal(sqrt(mean_square(a * z)), a * sqrt(mean_square(z))), "positive-amplitude d", label="den"
            ),
            step("order", positive(sqrt(mean_square(z))), "not-constant d", label="defined"),
            by="field",
            uses="linear den defined positive-amplitude d",
            given=(positive_amplitude, not_constant),
            text="Without epsilon, normalisation removes a positive amplitude altogether.",
        ),
        claim(
            "norm-falls",
            less(d * mean_square(z) / (mean_square(z) + eps), d),
            step("order", positive(d), "width", label="d"),
            step("order", positive(mean_square(z) + eps), "d positive-eps", label="denominator"),
            by="order",
            uses="d denominator positive-eps",
            certificate=[(d, eps, 1 / (mean_square(z) + eps))],
            given=(positive_eps,),
            text="With epsilon the squared norm d m/(m + eps) of the result is below d, and falls with m.",
        ),
        exists(
            "epsilon-is-seen",
            differ(normalised(a * z, eps), normalised(z, eps)),
            {**one_dimension, "a": Rational(11, 4), "eps": 3},
            "width",
            text="So with epsilon the amplitude is seen.",
        ),
    ),
    controls=(
        Control(
            "epsilon-linear",
            "eps/a in place of eps/a^2",
            of="epsilon",
            goal=equal(normalised(a * z, eps), normalised(z, eps / a)),
            witness={**one_dimension, "a": Rational(11, 4), "eps": 3},
        ),
        Control(
            "negative-amplitude",
            "a negative amplitude flips the sign",
            of="no-epsilon",
            drops=("positive-amplitude",),
            witness={**one_dimension, "a": -1},
        ),
        Control(
            "epsilon-ignored",
            "the amplitude removed although eps > 0",
            of="epsilon",
            goal=equal(normalised(a * z, eps), normalised(z, eps)),
            witness={**one_dimension, "a": Rational(11, 4), "eps": 3},
        ),
        Control(
            "no-epsilon-no-fall",
            "at eps = 0 the norm does not fall",
            of="norm-falls",
            drops=("positive-eps",),
            witness={**one_dimension, "eps": 0},
        ),
    ),
    instances=(
        "phase_latency.proofs.instances.lemma_1:normalised_positions",
        "phase_latency.proofs.instances.lemma_1:normalised_without_epsilon",
    ),
)

STATEMENTS = (
    gram_toeplitz,
    lemma_1,
    lemma_1_cosine,
    lemma_1_order,
    lemma_1_temperature,
    lemma_1_reparametrisation,
    lemma_1_rotary,
    lemma_1_normalised,
)
