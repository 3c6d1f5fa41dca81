"""False facts, rule by rule, each with a point at which all that the step uses holds and the fact fails."""

from rule_cases import A, B, Case, P, Q, a, h, i, i_n, j, j_n, k, m, n, summed, u, v, w, x, y, z
from sympy import Abs, Rational, S, acos, ceiling, cos, exp, floor, log, sin, sqrt, tanh

from phase_latency.ledger.terms import (
    Apply,
    Dot,
    Given,
    Iff,
    NotAll,
    at_least,
    at_most,
    differ,
    equal,
    less,
    positive,
    total,
    wrapped,
)

half = Rational(1, 2)
angles = {"x": acos(Rational(3, 5)), "y": acos(Rational(4, 5))}
terms = {"h": 2, "u": {0: 1, 1: 2}, "v": {0: 3, 1: 5}, "w": {0: 1, 1: 1}}
plane = {"d": 2, "P": [1, 0], "Q": [0, 1], "A": [[1, 2], [3, 4]], "B": [[0, 1], [1, 1]], "a": 2}
line = {"d": 1, "a": 2, "P": [1], "Q": [1]}

EQUATIONS = (
    Case("no cross term", "ring", equal((x + y) ** 2, x**2 + y**2), at={"x": 1, "y": 1}),
    Case("absolute value", "ring", equal(Abs(x), x), at={"x": -1}),
    Case("floor is not additive", "ring", equal(floor(x + y), floor(x) + floor(y)), at={"x": half, "y": half}),
    Case("matrices as numbers", "ring", equal(A * B, B * A), at=plane),
    Case("an equation read backwards", "ring", equal(x, y), [equal(x**2, y**2)], at={"x": 1, "y": -1}),
    Case("quotient inverted", "field", equal(x / y, y / x), [differ(x, 0), differ(y, 0)], at={"x": 1, "y": 2}),
    Case(
        "half of an equation",
        "field",
        equal(u[i], 3),
        [equal(u[i] / y, 3), differ(y, 0)],
        at={"h": 1, "u": {0: 6}, "y": 2},
    ),
    Case("sign in an angle sum", "trig", equal(cos(x - y), cos(x) * cos(y) - sin(x) * sin(y)), at=angles),
    Case("sine for cosine", "trig", equal(sin(x), cos(x)), at=angles),
    Case("half an angle", "trig", equal(sin(x), 2 * sin(x / 2)), at={"x": 2 * acos(Rational(3, 5))}),
    Case("sum of exponentials", "exponential", equal(exp(x + y), exp(x) + exp(y)), at={"x": 0, "y": 0}),
    Case("tangent of the double", "exponential", equal(tanh(x), (exp(x) - 1) / (exp(x) + 1)), at={"x": log(2)}),
    Case("tangent of a logarithm", "exponential", equal(tanh(log(x)), tanh(x / 2)), [positive(x)], at={"x": 2}),
    Case("one scalar only", "bilinear", equal(Dot(a * P, Q), a**2 * Dot(P, Q)), at=line),
    Case("matrices commute", "bilinear", equal(Dot(P, Apply(A * B, Q)), Dot(P, Apply(B * A, Q))), at=plane),
    Case("without transposition", "bilinear", equal(Dot(Apply(A, P), Q), Dot(P, Apply(A, Q))), at=plane),
    Case(
        "equation for another vector",
        "bilinear",
        equal(Dot(Q, Apply(A, Q)), Dot(Q, Q)),
        [equal(Apply(A, P), P)],
        at={**plane, "A": [[1, 0], [0, 2]]},
    ),
    Case(
        "equation in the middle of a word",
        "bilinear",
        equal(Dot(P, Apply(A, Apply(B, Q))), Dot(P, Apply(B, Q))),
        [equal(Apply(A, P), P)],
        at={**plane, "A": [[1, 1], [0, 1]]},
    ),
)

SUMS = (
    Case("one other term", "sum-congruence", equal(summed(u[i]), summed(v[i])), at=terms),
    Case("another range", "sum-congruence", equal(summed(x), total(x, i_n)), at={"h": 1, "n": 2, "x": 1}),
    Case(
        "a fact about one term",
        "sum-congruence",
        equal(summed(u[i]), summed(v[i])),
        [equal(u[0], v[0])],
        at={**terms, "u": {0: 3, 1: 1}},
    ),
    Case("a varying factor", "sum-linearity", equal(summed(u[i] * v[i]), summed(u[i]) * summed(v[i])), at=terms),
    Case("a varying factor outside", "sum-linearity", equal(summed(u[i] * v[i]), u[i] * summed(v[i])), at=terms),
    Case(
        "a varying denominator",
        "sum-linearity",
        equal(summed(x / u[i]), h * x / u[i]),
        [positive(u[i]), positive(h)],
        at={**terms, "x": 1},
    ),
    Case("an angle that varies", "sum-linearity", equal(summed(sin(u[i])), h * sin(u[i])), [positive(h)], at=terms),
    Case(
        "a form that varies",
        "sum-linearity",
        equal(summed(Dot(u[i] * P, Q)), h * Dot(u[i] * P, Q)),
        [positive(h)],
        at={**terms, **line},
    ),
    Case("a negative number of terms", "sum-linearity", equal(summed(x), h * x), at={"h": -1, "x": 1}),
    Case("sign of a root", "root", equal(sqrt(x**2), x), at={"x": -1}),
    Case("sign of a product", "root", equal(Abs(x) * Abs(y), x * y), at={"x": 1, "y": -1}),
    Case("root of a sum", "root", equal(sqrt(x**2 + y**2), Abs(x) + Abs(y)), at={"x": 1, "y": 1}),
)

INEQUALITIES = (
    Case("strict at equality", "order", less(2 * x * y, x**2 + y**2), [], [((x - y) ** 2,)], {"x": 1, "y": 1}),
    Case("factor of unknown sign", "order", less(x * z, y * z), [less(x, y)], [(z, y - x)], {"x": 0, "y": 1, "z": -1}),
    Case(
        "factor that may vanish",
        "order",
        less(x * z, y * z),
        [less(x, y), at_least(z, 0)],
        [(z, y - x)],
        {"x": 0, "y": 1, "z": 0},
    ),
    Case("products that do not add up", "order", positive(x), [], [(x**2,), (1,)], {"x": -1}),
    Case("negative number", "order", positive(x), [less(x, 0)], [(-1, -x)], {"x": -1}),
    Case(
        "quotient without value",
        "order",
        at_least(x, 0),
        [at_least(y, 0), at_least(x * y, 0)],
        [(x * y, 1 / y)],
        {"x": -1, "y": 0},
    ),
    Case(
        "squares of imaginary roots",
        "order",
        at_least(x + 1, 0),
        [],
        [(half, (sqrt(x) + 1) ** 2), (half, (sqrt(x) - 1) ** 2)],
        {"x": -2},
    ),
    Case("zero as a multiple", "order", less(x, x), [positive(S(5))], None, {"x": 0}),
    Case("empty sum", "order", positive(summed(exp(u[i]))), at={"h": 0}),
    Case(
        "empty range",
        "order",
        positive(x),
        [at_most(u[i] ** 2 + 1, x)],
        [(x - u[i] ** 2 - 1,), (u[i] ** 2,), (1,)],
        {"h": 0, "x": -1},
    ),
    Case("reversed", "order", at_least(3, x), [at_least(x, 3)], at={"x": 4}),
    Case("stronger than a fact", "order", positive(x - 2), [at_least(x, 1)], at={"x": 1}),
    Case(
        "terms of a sum not all known",
        "order",
        at_least(summed(u[i]), 0),
        [at_least(u[0], 0)],
        at={"h": 2, "u": {0: 1, 1: -2}},
    ),
    Case(
        "terms of another range",
        "order",
        at_least(summed(u[i]), 0),
        [at_least(u[i_n], 0)],
        at={"h": 2, "n": 1, "u": {0: 1, 1: -2}},
    ),
    Case(
        "sum of two that do not vanish", "order", differ(x + y, 0), [differ(x, 0), differ(y, 0)], at={"x": 1, "y": -1}
    ),
    Case("more than what does not vanish", "order", differ(x + 1, 0), [differ(x, 0)], at={"x": -1}),
    Case(
        "negative factor",
        "equivalence",
        Iff(less(x, y), less(a * x, a * y)),
        [differ(a, 0)],
        (1 / a,),
        {"a": -1, "x": 0, "y": 1},
    ),
    Case(
        "factor that vanishes",
        "equivalence",
        Iff(equal(x, y), equal(a * x, a * y)),
        [],
        (1 / a,),
        {"a": 0, "x": 0, "y": 1},
    ),
    Case("strict and weak", "equivalence", Iff(less(x, y), at_most(x, y)), at={"x": 0, "y": 0}),
    Case("falls first", "monotone", at_least(x**2, 3 * x), [at_least(x, 0)], (x, 0, [(2 * x - 3,)]), {"x": 1}),
    Case(
        "slope known at the end only",
        "monotone",
        at_least(x**2, 3 * x),
        [at_least(x, 0), at_least(2 * x, 3)],
        (x, 0, [(2 * x - 3,)]),
        {"x": 2},
    ),
    Case(
        "slope of a sum known at the end only",
        "monotone",
        at_least(summed(x**2 - 3 * x), 0),
        [at_least(x, 0), at_least(2 * x + u[i] ** 2, 3 + u[i] ** 2)],
        (x, 0, [(summed(2 * x - 3),)]),
        {"h": 1, "x": 2, "u": {0: 0}},
    ),
    Case("other at the base point", "monotone", at_least(x**2, 5), [at_least(x, 2)], (x, 2, [(2, x)]), {"x": 2}),
    Case("without an interval", "monotone", at_least(x**3, 1), [], (x, 1, [(3, x**2)]), {"x": 0}),
    Case("jumps", "monotone", at_most(floor(x), 0), [at_least(x, 0)], (x, 0, [(0,)]), {"x": 1}),
    Case("jumps of a definition", "monotone", at_most(wrapped(x), 0), [at_least(x, 0)], (x, 0, [(0,)]), {"x": 1}),
    Case("other exponent", "monotone-function", less(exp(x), exp(y)), [less(y, x)], at={"x": 1, "y": 0}),
    Case("weak into strict", "monotone-function", less(exp(x), exp(y)), [at_most(x, y)], at={"x": 0, "y": 0}),
    Case("one sign only", "absolute", at_most(Abs(x), y), [at_most(x, y)], at={"x": -2, "y": 1}),
    Case(
        "bound of the opposite", "absolute", at_most(Abs(x), y), [at_most(-x, y), at_least(x, y)], at={"x": 2, "y": 1}
    ),
    Case(
        "other terms",
        "sum-monotone",
        at_most(summed(u[i]), summed(v[i])),
        [at_most(u[i], w[i])],
        at={"h": 1, "u": {0: 1}, "v": {0: 0}, "w": {0: 1}},
    ),
    Case("other ranges", "sum-monotone", at_most(summed(S(1)), total(S(1), i_n)), at={"h": 2, "n": 1}),
)

LOGIC = (
    Case("reversed chain", "transitivity", at_most(z, x), [at_most(x, y), at_most(y, z)], at={"x": 0, "y": 1, "z": 2}),
    Case("weak chain", "transitivity", less(x, z), [at_most(x, y), equal(y, z)], at={"x": 0, "y": 0, "z": 0}),
    Case("equation from an inequality", "transitivity", equal(x, y), [at_most(x, y)], at={"x": 0, "y": 1}),
    Case(
        "inequality backwards",
        "transitivity",
        at_most(x, z),
        [at_most(x, y), at_most(z, y)],
        at={"x": 1, "y": 1, "z": 0},
    ),
    Case(
        "through an empty range",
        "transitivity",
        at_most(0, x),
        [at_most(0, u[i]), at_most(u[i], x)],
        at={"h": 0, "x": -1},
    ),
    Case(
        "inequation as a link", "transitivity", differ(x, z), [differ(x, y), differ(y, z)], at={"x": 0, "y": 1, "z": 0}
    ),
    Case("no links", "transitivity", less(x, x), at={"x": 0}),
    Case("floor of something larger", "integer-part", equal(floor(x), k), [at_most(k, x)], at={"k": 0, "x": 2}),
    Case(
        "floor that is no integer",
        "integer-part",
        equal(floor(x), y),
        [at_most(y, x), less(x, y + 1)],
        at={"x": 1, "y": half},
    ),
    Case("no integers", "integer-part", at_most(x, y), [less(x, y + 1)], at={"x": half, "y": 0}),
    Case("half of an integer", "integer-part", at_most(k / 2, m), [less(k / 2, m + 1)], at={"k": 1, "m": 0}),
    Case("ceiling is not below", "integer-part", less(ceiling(x), x), at={"x": 0}),
    Case(
        "ceiling of something larger", "integer-part", at_most(ceiling(x), k), [less(x, k + 1)], at={"x": half, "k": 0}
    ),
    Case("two steps down", "integer-part", less(ceiling(x), x - 1), at={"x": 0}),
    Case(
        "wrong multipliers",
        "contradiction",
        NotAll(equal(x, y), equal(x, z)),
        [differ(a, 0)],
        (1, 1),
        {"x": 0, "y": 0, "z": 0, "a": 1},
    ),
    Case(
        "multiplier that cancels its equation",
        "contradiction",
        NotAll(equal(x, y)),
        [differ(S(1), 0)],
        (1 / (x - y),),
        {"x": 0, "y": 0},
    ),
    Case("nothing that does not vanish", "contradiction", NotAll(equal(x, y)), [], (1,), {"x": 0, "y": 0}),
    Case(
        "inequalities",
        "contradiction",
        NotAll(at_most(x, y), equal(x, y + a)),
        [differ(a, 0)],
        (1, -1),
        {"x": 0, "y": 1, "a": -1},
    ),
    Case("fails there", "witness", positive(x), [], {"x": -1}, {"x": -1}),
    Case("fails at one index", "witness", positive(u[i]), [], {"h": 2, "u": {0: 1, 1: 0}}, {"h": 2, "u": {0: 1, 1: 0}}),
    Case("a fact fails there", "witness", positive(x**3), [less(x, 0)], {"x": 1}, {"x": -1}),
)

# -- cases of a claim that are no cases of it -----------------------------------------------------------------

square = Given(at_least(x**2, 0))
binomial = Given(equal((x + y) ** 2, x**2 + 2 * x * y + y**2))
constant_out = Given(equal(summed(x * v[i]), x * summed(v[i])))
bounded = Given(at_most(summed(u[i]), h * x), at_most(u[i], x))
same_sums = Given(equal(summed(x * u[i]), total(x * u[i_n], i_n)), equal(h, n))

CITATIONS = (
    Case("a number replaced", "instance", at_least(x**3, 0), [square], {S(2): S(3)}, {"x": -1}),
    Case("a sum replaced", "instance", equal(0, x**2 + 2 * x * y + y**2), [binomial], {x + y: S(0)}, {"x": 1, "y": 1}),
    Case("a power replaced", "instance", at_least(y, 0), [square], {x**2: y}, {"y": -1}),
    Case(
        "captured by a sum",
        "instance",
        equal(summed(u[i] * v[i]), u[i] * summed(v[i])),
        [constant_out],
        {x: u[i]},
        terms,
    ),
    Case(
        "captured after a change of size",
        "instance",
        equal(total(u[i_n] * v[i_n], i_n), u[i_n] * total(v[i_n], i_n)),
        [constant_out],
        {x: u[i_n], h: n},
        {**terms, "n": 2},
    ),
    Case(
        "captured by a hypothesis",
        "instance",
        at_most(summed(u[i]), h * u[i]),
        [bounded, at_most(u[i], u[i])],
        {x: u[i]},
        terms,
    ),
    Case(
        "captured in a term with a sum",
        "instance",
        at_most(summed(v[i] * w[i]), x),
        [Given(at_most(u[i], x), at_most(u[j], x)), at_most(summed(v[i] * w[j]), x)],
        {u[j]: summed(v[i] * w[j])},
        {"h": 2, "x": 0, "v": {0: 1, 1: -1}, "w": {0: 1, 1: -1}},
    ),
    Case(
        "index of the range before a change of size",
        "instance",
        at_most(v[i], x),
        [Given(at_most(u[i], x), at_most(u[j], x)), at_most(v[j_n], x)],
        {u[i]: v[i], h: n},
        {"h": 1, "n": 0, "x": 0, "v": {0: 1}},
    ),
    Case(
        "hypothesis about an empty range",
        "instance",
        differ(x, 0),
        [Given(differ(x, 0), equal(x * y, 1)), equal(x * v[i], 1)],
        {y: v[i]},
        {"h": 0, "x": 0},
    ),
    Case(
        "two terms for one sequence",
        "instance",
        equal(summed(x), total(2 * x, i_n)),
        [same_sums, equal(h, n)],
        {u[i]: S(1), u[i_n]: S(2)},
        {"h": 1, "n": 1, "x": 1},
    ),
    Case(
        "a real number for an integer",
        "instance",
        at_most(x, y),
        [Given(at_most(k, m), less(k, m + 1)), less(x, y + 1)],
        {k: x, m: y},
        {"x": half, "y": 0},
    ),
    Case("another claim", "instance", at_most(z**2, 0), [square], {x: z}, {"z": 1}),
    Case("one occurrence only", "instance", at_least(x * z, 0), [Given(at_least(x * x, 0))], {x: z}, {"x": 1, "z": -1}),
)

REFUTED = (*EQUATIONS, *SUMS, *INEQUALITIES, *LOGIC, *CITATIONS)
