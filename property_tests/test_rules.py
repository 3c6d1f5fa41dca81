"""Each rule: facts that it proves, false facts that it does not, and true ones that it leaves undecided.

Every false fact comes with a point at which all that it uses holds and it fails, so the table cannot list a truth.
"""

import pytest
from proved_cases import PROVED, x_y_over_x
from refuted_cases import REFUTED
from rule_cases import A, Case, P, Q, a, d_k, each, h, i, j, k, m, summed, u, v, x, y, z
from sympy import Abs, Rational, ceiling, cos, exp, floor, log, pi, sin, sqrt

from phase_latency.ledger.evaluation import BALL, CLOSED, EXACT, truth
from phase_latency.ledger.models import Model, fails_at, random_models
from phase_latency.ledger.rules import RULES, Undecided
from phase_latency.ledger.terms import (
    Before,
    Dot,
    Given,
    Iff,
    Same,
    at_least,
    at_most,
    differ,
    equal,
    less,
    positive,
    total,
    vector,
)

X = vector("X", d_k)

UNDECIDED = (
    Case("division", "ring", equal(x / y + z / y, (x + z) / y), [differ(y, 0)]),
    Case("no equation", "ring", at_most(x, x + 1)),
    Case("root of what may be negative", "ring", equal((sqrt(x) + 1) ** 2, x + 2 * sqrt(x) + 1)),
    Case(
        "a root mentioned in a sum only",
        "ring",
        equal((sqrt(x) + 1) ** 2, x + 2 * sqrt(x) + 1),
        [positive(summed(sqrt(x)))],
    ),
    Case("logarithm of what may be negative", "ring", equal(log(x) * (y + 1), log(x) * y + log(x))),
    Case("sign by a fact", "ring", equal(Abs(x), x), [positive(x)]),
    Case("equation that leads back to itself", "ring", equal(u[i], 3), [equal(u[i], u[i] + 1)]),
    Case("equations that lead back to each other", "ring", equal(x, 3), [equal(x, y), equal(y, x)]),
    Case("unknown denominator", "field", equal(x / y + z / y, (x + z) / y)),
    Case("denominator in an argument", "field", equal(floor(x_y_over_x), floor(y))),
    Case("denominator that cancels", "field", equal(x_y_over_x, y)),
    Case("denominator not negative", "field", equal(x_y_over_x, y), [at_least(x, 0)]),
    Case("a sum that does not vanish", "field", equal(x_y_over_x, y), [differ(x + y, 0)]),
    Case("denominator of each term", "field", equal(1 / u[j] + 1, (1 + u[j]) / u[j]), [differ(u[i], 0)]),
    Case("no equation", "trig", differ(cos(x), 2)),
    Case("exponentials", "trig", equal(exp(x + y), exp(x) * exp(y))),
    Case("angles", "exponential", equal(sin(x) ** 2, 1 - cos(x) ** 2)),
    Case("an equation between vectors", "bilinear", equal(A * (P + Q), A * P + A * Q)),
    Case("sums", "bilinear", equal(summed(2 * u[i]), 2 * summed(u[i]))),
    Case("another name of the index", "sum-congruence", equal(summed(u[i]), total(u[j], j))),
    Case("no sums", "sum-congruence", equal(x + x * y, x * (1 + y))),
    Case(
        "denominator of another term",
        "sum-congruence",
        equal(summed(1 / u[i] + 1), summed((1 + u[i]) / u[i])),
        [differ(u[j], 0)],
    ),
    Case("unknown number of terms", "sum-linearity", equal(summed(x), h * x)),
    Case("unknown denominator", "sum-linearity", equal(summed(u[i] / x), summed(u[i]) / x)),
    Case("roots of what may be negative", "root", equal(sqrt(x) * sqrt(y), sqrt(x * y)), [at_least(x * y, 0)]),
    Case("only one sign known", "root", equal(sqrt(x * y), x), [at_least(x, 0), equal(y, x)]),
    Case("an equation", "order", equal(x, x + y), [equal(y, 0)]),
    Case("facts not combined", "order", less(x, z), [less(x, y), less(y, z)]),
    Case("denominators of both sides", "order", at_most(1 / x, y + 1 / x), [at_least(y, 0)]),
    Case("a sum of inequations", "order", differ(x**2 + y**2, 0), [differ(x, 0)], [(x**2,), (y**2,)]),
    Case(
        "a quotient of facts",
        "order",
        at_least(x, 0),
        [at_least(y, 0), at_least(x * y, 0), positive(z)],
        [(x * y, 1 / y)],
    ),
    Case("other relations", "equivalence", Iff(less(x, y), differ(x, y))),
    Case("unknown factor", "equivalence", Iff(less(x, y), less(a * x, a * y)), [], (1 / a,)),
    Case("a base point with an index", "monotone", at_least(x, u[i]), [at_least(x, u[i])], (x, u[i], [(1,)])),
    Case("no certificate", "monotone", at_least(x**2, 1), [at_least(x, 1)]),
    Case("a strict claim", "monotone", positive(x**2), [at_least(x, 1)], (x, 1, [(2, x)])),
    Case("no exponentials", "monotone-function", less(x, y), [less(x, y)]),
    Case("other functions", "monotone-function", less(x**3, y**3), [less(x, y)]),
    Case("one side", "absolute", less(Abs(x), y), [less(x, y)]),
    Case("no exponential", "tangent", at_least(x**2, 2 * x - 1)),
    Case("less than the tangent", "tangent", at_least(exp(x), x)),
    Case("an unknown quotient", "tangent", at_least(exp(x / y), 1 + x / y)),
    Case("what may be negative", "logarithm", equal(log(x * exp(y)), log(x) + y), [positive(y)]),
    Case("an inequation", "logarithm", differ(x, y), [differ(exp(x), exp(y))]),
    Case("half a logarithm", "exponential", equal(exp(z / 2), sqrt(x)), [equal(z, log(x)), positive(x)]),
    Case("a case left open", "either", at_most(Before(0, x) * x, 1), [], (Before(0, x), [(1 - x,)], [(1,)])),
    Case("no certificate", "either", at_least(Before(0, x) * x, 0)),
    Case("an indicator in a sum", "either", at_most(summed(Before(u[i], x)), h), [], (Before(u[i], x), [(0,)], [(1,)])),
    Case("another indicator", "either", at_most(Before(x, y), 1), [], (Before(y, x), [(0,)], [(1,)])),
    Case("signs not known", "term", at_most(u[i], summed(u[i]))),
    Case("one term", "term", less(u[i], summed(u[i])), [positive(u[i]), at_least(h, 1)]),
    Case("another term", "term", at_most(u[j], summed(u[i])), [at_least(u[i], 0)]),
    Case("unknown number of terms", "telescope", equal(summed(u[i + 1] - u[i]), u[h] - u[0]), [], u[i]),
    Case("no certificate", "telescope", equal(summed(u[i + 1] - u[i]), u[h] - u[0]), [at_least(h, 0)]),
    Case(
        "a term without value",
        "telescope",
        equal(summed(1 / u[i + 1] - 1 / u[i]), 1 / u[h] - 1 / u[0]),
        [at_least(h, 0)],
        1 / u[i],
    ),
    Case("one way", "antisymmetry", equal(x, y), [at_most(x, y)]),
    Case("an inequality", "antisymmetry", at_most(x, y), [at_most(x, y), at_most(y, x)]),
    Case("signs of roots", "root", at_most(x, y), [at_most(x**2, y**2), at_least(y, 0)]),
    Case("strict roots", "root", less(x, y), [less(x**2, y**2), at_least(x, 0), at_least(y, 0)]),
    Case("strict", "sum-monotone", less(summed(u[i]), summed(v[i])), [less(u[i], v[i])]),
    Case("facts about another index", "sum-monotone", at_most(summed(u[i]), summed(v[i])), [at_most(u[j], v[j])]),
    Case("a sine of something else", "half-turn", positive(sin(x)), [positive(y), less(y, pi)]),
    Case("no value", "indicator", equal(Before(1 / x, y), 1), [less(1 / z, y)]),
    Case("an equality", "indicator", equal(Same(x, y), 1), [equal(x, y)]),
    Case("a real number", "count", equal(summed(Before(i, x)), x), [at_least(x, 0), at_most(x, h)]),
    Case("the index itself", "count", equal(summed(Before(i, i)), i), [at_least(h, 1)]),
    Case(
        "a sum inside",
        "selection",
        equal(summed(Same(i, k) * total(u[j], j)), total(u[j], j)),
        [at_least(k, 0), at_most(k, h - 1)],
        k,
    ),
    Case(
        "a term without value",
        "selection",
        equal(summed(Same(i, k) / u[i]), 1 / u[k]),
        [at_least(k, 0), at_most(k, h - 1), differ(u[k], 0)],
        k,
    ),
    Case("a weak claim by enclosures", "witness", at_most(sqrt(2) + sqrt(3), sqrt(10)), [], {}),
    Case("out of order", "transitivity", less(x, z), [less(y, z), less(x, y)]),
    Case("a superfluous link", "transitivity", less(x, y), [less(x, y), less(y, z)]),
    Case("floor of the sum", "integer-part", equal(k, floor(x)), [at_most(k, x), less(x, k + 1)]),
    Case("ceiling of what has no value", "integer-part", at_most(1 / x, ceiling(1 / x))),
    Case("not known to be an integer", "integer-part", at_most(x, m), [less(x, m + 1), equal(x, k)]),
    Case("a value missing", "witness", positive(x**2 + y**2), [], {"x": 1}),
    Case("root of a negative number", "witness", differ(sqrt(x) * sqrt(y), sqrt(x * y)), [], {"x": -1, "y": -1}),
    Case("half an integer", "witness", equal(2 * k, 1), [], {"k": Rational(1, 2)}),
    Case("not a claim", "instance", at_least(z**2, 0), [at_least(x**2, 0)], {x: z}),
    Case("a hypothesis missing", "instance", less(x, 2 * x), [Given(less(y, 2 * y), positive(y))], {y: x}),
    Case(
        "a weaker hypothesis", "instance", less(x, 2 * x), [Given(less(y, 2 * y), positive(y)), at_least(x, 0)], {y: x}
    ),
    Case(
        "hypothesis of another case",
        "instance",
        less(x, 2 * x),
        [Given(less(y, 2 * y), positive(y)), positive(y)],
        {y: x},
    ),
    Case("another claim", "instance", at_least(z**2, 1), [Given(at_least(x**2, 0))], {x: z}),
    Case("another size", "instance", at_least(Dot(X, X), 0), [Given(at_least(Dot(Q, Q), 0))], {Q: X}),
)


@each(PROVED)
def test_the_rule_proves(case):
    case.decide()


@each(PROVED)
def test_no_ball_contradicts_what_is_proved(case):
    """At points where all facts in use hold; an existence is looked at where it is said to be."""
    relations = [fact for fact in case.facts if not isinstance(fact, Given)]
    at_witness = isinstance(case.certificate, dict) and case.rule == "witness"
    points = [Model(case.certificate)] if at_witness else random_models(relations, 1, 5, tries=400)
    for point in points:
        assert not fails_at(case.fact, point, BALL)


@each(REFUTED)
def test_the_rule_does_not_prove_what_is_false(case):
    for fact in case.facts:
        if not isinstance(fact, Given):
            assert truth(fact, case.point, EXACT), fact
    assert fails_at(case.fact, case.point, BALL) or fails_at(case.fact, case.point, CLOSED)
    with pytest.raises(Undecided):
        case.decide()


@each(UNDECIDED)
def test_the_rule_does_not_decide(case):
    with pytest.raises(Undecided):
        case.decide()


def test_every_rule_is_tried_both_ways():
    for cases in (PROVED, (*REFUTED, *UNDECIDED)):
        tried = [case.rule for case in cases]
        assert {name for name in RULES if tried.count(name) < 2} == set()
