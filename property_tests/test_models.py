"""Points: exact real numbers only, of the kind that the symbol is, drawn once and reproducibly."""

from fractions import Fraction

import numpy as np
import pytest
from rule_cases import A, P, a, h, i, k, summed, u, x, y
from sympy import I, Rational, acos, log, nan, oo, pi, sqrt, true, zoo

from phase_latency.ledger.evaluation import BALL, EXACT, Unevaluable, truth
from phase_latency.ledger.models import Model, fails_at, holds_at, random_models
from phase_latency.ledger.rules import RULES, Undecided
from phase_latency.ledger.terms import Dot, at_least, differ, equal, less, positive

FLOATS = [0.5, 1e300, float("nan"), 2 + 1j, np.float64(0.5), np.float32(2), 0.5 * pi, [0.5], [[1, 0.5]], {0: 0.5}]
NOT_REAL = [I, sqrt(-2), log(-1), oo, -oo, zoo, nan, {0: oo}]
NO_NUMBERS = ["1", None, true, x]
EXACT_NUMBERS = [3, -1, Rational(1, 3), Fraction(2, 3), pi, acos(Rational(3, 5)), log(2), sqrt(2) - 1]


@pytest.mark.parametrize("value", [*FLOATS, *NOT_REAL, *NO_NUMBERS], ids=repr)
def test_a_value_that_is_no_exact_real_number_is_refused(value):
    with pytest.raises((ValueError, TypeError)):
        Model({"x": value})
    with pytest.raises((Undecided, ValueError, TypeError)):
        RULES["witness"].prove(differ(x, y), [], {"x": value, "y": 7})


@pytest.mark.parametrize("value", EXACT_NUMBERS, ids=repr)
def test_exact_real_numbers_are_taken_as_they_are(value):
    assert Model({"x": value}).scalar(x) == value


def test_integers_are_integers():
    assert Model({"k": 3}).scalar(k) == 3
    for value in (Rational(1, 2), pi):
        with pytest.raises(Unevaluable, match="expected an integer"):
            Model({"k": value}).scalar(k)
        assert not holds_at([equal(2 * k, 2 * value)], Model({"k": value}), EXACT)


@pytest.mark.parametrize(
    ("values", "ask"),
    [
        ({}, lambda point: point.scalar(x)),
        ({}, lambda point: point.entry("u", 0)),
        ({"u": {0: 1}}, lambda point: point.entry("u", 1)),
        ({"u": 1}, lambda point: point.entry("u", 0)),
        ({"x": {0: 1}}, lambda point: point.scalar(x)),
        ({"x": [1, 2]}, lambda point: point.scalar(x)),
        ({}, lambda point: point.rows(P, (1, 1))),
        ({"P": 1}, lambda point: point.rows(P, (1, 1))),
        ({"P": [1, 2]}, lambda point: point.rows(P, (1, 1))),
        ({"A": [[1, 2], [3]]}, lambda point: point.rows(A, (2, 2))),
    ],
)
def test_a_value_that_is_missing_or_of_another_shape_is_no_value(values, ask):
    with pytest.raises(Unevaluable):
        ask(Model(values))


def test_a_point_prints_as_text():
    point = Model({"x": Rational(1, 2), "u": {1: 2, 0: pi}, "P": [1, 2], "A": [[1, 2], [3, 4]]})
    assert point.describe() == {"A": "[[1, 2], [3, 4]]", "P": "[1, 2]", "u": "{0: pi, 1: 2}", "x": "1/2"}
    assert repr(point) == "A = [[1, 2], [3, 4]], P = [1, 2], u = {0: pi, 1: 2}, x = 1/2"


HYPOTHESES = [positive(x), less(x, y), at_least(h, 1), positive(u[i]), differ(Dot(P, P), 0)]


def test_random_points_satisfy_the_hypotheses():
    points = list(random_models(HYPOTHESES, seed=3, count=8))
    assert len(points) == 8
    for point in points:
        assert holds_at(HYPOTHESES, point, EXACT)
        assert all(truth(hypothesis, point, BALL) for hypothesis in HYPOTHESES)


def test_random_points_depend_on_the_seed_alone():
    first, again, other = (list(map(repr, random_models(HYPOTHESES, seed, 5))) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_no_point_satisfies_what_cannot_be():
    assert list(random_models([less(x, y), less(y, x)], seed=0, count=3, tries=50)) == []
    assert list(random_models([equal(x / y, x / y + 1)], seed=0, count=3, tries=50)) == []


def test_a_sampler_gives_what_rejection_would_hardly_hit():
    hypotheses = [equal(x, 1000 * y + 1)]
    assert list(random_models(hypotheses, 0, 2, tries=50)) == []
    points = list(random_models(hypotheses, 0, 2, lambda rng: {"x": 1000 * (n := rng.randint(1, 9)) + 1, "y": n}))
    assert len(points) == 2
    assert holds_at(hypotheses, points[0], EXACT)


def test_a_value_is_drawn_once():
    (point,) = random_models([], 5, 1)
    assert point.scalar(x) == point.scalar(x)
    assert point.rows(P, (2, 1)) == point.rows(P, (2, 1))
    assert point.scalar(k).is_Integer


def test_certified_failure_is_not_lack_of_certainty():
    point = Model({"x": 3, "a": 0, "h": 0})
    assert fails_at(equal(x, 2), point, BALL)
    assert not fails_at(equal(x / a, 2), point, BALL)  # no value
    assert not fails_at(equal(sqrt(x) ** 2, 3), point, BALL)
    assert not holds_at([equal(x / a, 2)], point, EXACT)
    assert holds_at([equal(summed(u[i]), 0)], point, EXACT)
