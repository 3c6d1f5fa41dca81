"""Evaluation: exact numbers and balls against each other and against interval arithmetic, and logic with unknowns."""

from functools import reduce
from operator import add, mul

import flint
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from mpmath import isfinite, iv, mpf
from mpmath.libmp import to_rational
from random_steps import points, terms
from rule_cases import A, B, P, Q, W, a, h, i, i_n, j, k, n, summed, u, v, x, y, z
from sympy import (
    Abs,
    Add,
    Idx,
    Indexed,
    Le,
    Mul,
    Pow,
    Rational,
    S,
    Sum,
    acos,
    ceiling,
    cos,
    exp,
    floor,
    log,
    pi,
    sin,
    sqrt,
    tanh,
)

from phase_latency.ledger.evaluation import BALL, CLOSED, EXACT, Unevaluable, truth
from phase_latency.ledger.models import Model
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
    tempered,
    total,
    wrapped,
)
from phase_latency.ledger.values import evaluate, rows

each_domain = pytest.mark.parametrize("domain", [EXACT, CLOSED, BALL], ids=["exact", "closed", "ball"])

# -- values ---------------------------------------------------------------------------------------------------


def interval(term, point, at):
    """An enclosure by mpmath's interval arithmetic, with a walk over the term of its own."""
    if isinstance(term, Rational):
        return iv.mpf(int(term.p)) / int(term.q)
    if isinstance(term, Idx):
        return iv.mpf(at[term])
    if isinstance(term, Indexed):
        return interval(point.values[term.base.name][at[term.indices[0]]], point, at)
    if isinstance(term, Sum):
        inside = [interval(term.function, point, {**at, term.limits[0][0]: p}) for p in range(int(point.values["h"]))]
        return reduce(add, inside, iv.mpf(0))
    if isinstance(term, Dot):
        return reduce(add, map(mul, *(column(side, point, at) for side in term.args)))
    if term.is_Symbol:
        return interval(point.values[term.name], point, at)
    if isinstance(term, Pow):
        return interval(term.base, point, at) ** int(term.exp)
    values = [interval(argument, point, at) for argument in term.args]
    if isinstance(term, tempered):
        return values[0] / values[1]
    if isinstance(term, tanh):
        return 1 - 2 / (iv.exp(2 * values[0]) + 1)
    folds = {Add: lambda *parts: reduce(add, parts), Mul: lambda *parts: reduce(mul, parts)}
    return ({sin: iv.sin, cos: iv.cos, exp: iv.exp} | folds)[term.func](*values)


def column(vector, point, at):
    """The entries of a vector term, in interval arithmetic."""
    if vector.is_symbol:
        return [interval(entry, point, at) for (entry,) in point.values[vector.name]]
    if vector.is_MatAdd:
        return [
            reduce(add, entries) for entries in zip(*(column(part, point, at) for part in vector.args), strict=True)
        ]
    scalars = [interval(part, point, at) for part in vector.args if not part.is_Matrix]
    *left, right = (part for part in vector.args if part.is_Matrix)
    entries = column(right, point, at)
    for matrix in reversed(left):
        entries = [reduce(add, map(mul, row, entries)) for row in grid(matrix, point, at)]
    return [reduce(mul, scalars, entry) for entry in entries]


def grid(matrix, point, at):
    """The rows of a matrix term, in interval arithmetic."""
    if matrix.is_symbol:
        return [[interval(entry, point, at) for entry in row] for row in point.values[matrix.name]]
    if matrix.is_Transpose:
        arg = column(matrix.arg, point, at) if matrix.shape[0] == 1 else None
        return [arg] if arg else [list(row) for row in zip(*grid(matrix.arg, point, at), strict=True)]
    if matrix.is_MatAdd:
        parts = [grid(part, point, at) for part in matrix.args]
        return [[reduce(add, cells) for cells in zip(*lines, strict=True)] for lines in zip(*parts, strict=True)]
    left, right = matrix.args
    if left.shape[1] == 1:
        return [[p * q for q in grid(right, point, at)[0]] for p in column(left, point, at)]
    columns = list(zip(*grid(right, point, at), strict=True))
    return [[reduce(add, map(mul, row, line)) for line in columns] for row in grid(left, point, at)]


def as_ball(enclosure):
    """An interval of mpmath as a ball that contains it."""
    low, high = (flint.arb(flint.fmpq(*to_rational(mpf(end)._mpf_))) for end in (enclosure.a, enclosure.b))
    return low.union(high)


@given(term=st.one_of(*map(terms, ("trig", "exponential", "bilinear"))), point=points())
def test_balls_meet_the_intervals_of_another_library(term, point):
    try:
        with BALL.working():
            ball = evaluate(term, point, BALL, {i: 0})
            enclosure = interval(term, point, {i: 0})
            assume(ball.is_finite() and isfinite(mpf(enclosure.a)) and isfinite(mpf(enclosure.b)))
            assert ball.overlaps(as_ball(enclosure))
    except (Unevaluable, ZeroDivisionError):
        assume(False)


@given(term=st.one_of(*map(terms, ("field", "trig", "exponential", "sum-linearity", "bilinear"))), point=points())
def test_balls_contain_the_exact_values(term, point):
    try:
        exact, ball = (evaluate(term, point, domain, {i: 0}) for domain in (EXACT, BALL))
    except Unevaluable:
        assume(False)
    assume(exact.is_Rational)
    assert (ball * int(exact.q)).contains(int(exact.p))  # a quotient would be rounded before it is looked at


def test_angles_with_rational_sine_and_cosine_are_exact():
    point = Model({"x": acos(Rational(3, 5)), "y": acos(Rational(5, 13))})
    assert evaluate(cos(x + 2 * y), point, EXACT) == Rational(-837, 845)
    assert evaluate(sin(x) ** 2 + tanh(z), Model({"x": acos(Rational(3, 5)), "z": log(2)}), EXACT) == Rational(31, 25)


def test_balls_are_finer_than_floats():
    """Two numbers that agree to forty digits are told apart, and the precision of others is left alone."""
    before = flint.ctx.prec
    assert truth(less(1, exp(x)), Model({"x": Rational(1, 10**40)}), BALL)
    assert flint.ctx.prec == before


def test_matrices():
    point = Model(
        {
            "d": 2,
            "d_k": 1,
            "P": [1, 2],
            "Q": [3, 4],
            "A": [[1, 2], [3, 4]],
            "B": [[0, 1], [1, 0]],
            "W": [[5], [6]],
            "a": 2,
        }
    )
    assert rows(Apply(A * B, P), point, EXACT) == [[4], [10]]
    assert rows(A.T + a * B, point, EXACT) == [[1, 5], [4, 4]]
    assert rows(P * Q.T, point, EXACT) == [[3, 4], [6, 8]]
    assert evaluate(Dot(Apply(W.T, P), Apply(W.T, Q)), point, EXACT) == 17 * 39


@each_domain
@pytest.mark.parametrize(
    ("term", "values"),
    [
        pytest.param(1 / x, {"x": 0}, id="division by zero"),
        pytest.param(tempered(x, y), {"x": 0, "y": 0}, id="in a definition"),
        pytest.param(x ** Rational(-1, 2), {"x": 0}, id="root in a denominator"),
        pytest.param(sqrt(x), {"x": -1}, id="square root of a negative number"),
        pytest.param(x ** Rational(1, 3), {"x": -8}, id="cube root of a negative number"),
        pytest.param(log(x), {"x": 0}, id="logarithm of zero"),
        pytest.param(log(x), {"x": -1}, id="logarithm of a negative number"),
        pytest.param(acos(x), {"x": 2}, id="arc cosine of two"),
        pytest.param(2**x, {"x": 2}, id="a variable exponent"),
        pytest.param(x + y, {"x": 1}, id="a symbol without value"),
        pytest.param(u[0] + u[1], {"u": {0: 1}}, id="an entry without value"),
        pytest.param(u[x], {"u": {0: 1}, "x": Rational(1, 2)}, id="a position that is no integer"),
        pytest.param(Dot(P, P), {"d": 3, "P": [1, 2]}, id="a vector of another size"),
        pytest.param(Dot(P, P), {"d": 0, "P": []}, id="a vector without entries"),
        pytest.param(Dot(P, P), {"d": 1, "P": 1}, id="a number for a vector"),
        pytest.param(Sum(u[i] * u[j], (i, 0, h - 1), (j, 0, h - 1)), {"h": 1, "u": {0: 1}}, id="a double sum"),
        pytest.param(Sum(u[k], (k, 0, h - 1)), {"h": 1, "u": {0: 1}}, id="a sum over a symbol"),
    ],
)
def test_what_has_no_value(domain, term, values):
    with pytest.raises(Unevaluable):
        domain.sign(evaluate(term, Model(values), domain))


@each_domain
def test_an_index_out_of_every_scope_has_no_value(domain):
    with pytest.raises(Unevaluable):
        evaluate(u[i], Model({"u": {0: 1}, "h": 1, "i": 0}), domain)


# -- truth ----------------------------------------------------------------------------------------------------

one = {"x": 1, "y": 1, "z": 2}
SURE, FALSE, OPEN = less(x, z), less(z, x), equal(sin(1) ** 2 + cos(1) ** 2, 1)  # true, false, and beyond both domains

TRUTHS = [
    (equal(x, y), True),
    (differ(x, y), False),
    (less(x, y), False),
    (at_most(x, y), True),
    (at_least(x, y), True),
    (positive(x - y), False),
    (less(x, z), True),
    (at_most(z, x), False),
    (at_least(z, x), True),
    (SURE, True),
    (FALSE, False),
    (OPEN, None),
    (Iff(SURE, SURE), True),
    (Iff(SURE, FALSE), False),
    (Iff(FALSE, FALSE), True),
    (Iff(SURE, OPEN), None),
    (Iff(OPEN, FALSE), None),
    (NotAll(SURE, FALSE), True),
    (NotAll(SURE, SURE), False),
    (NotAll(OPEN, FALSE), True),
    (NotAll(OPEN, SURE), None),
    (NotAll(OPEN), None),
]


@pytest.mark.parametrize("domain", [EXACT, BALL], ids=["exact", "ball"])
@pytest.mark.parametrize(("proposition", "expected"), [pytest.param(p, e, id=str(p)) for p, e in TRUTHS])
def test_truth_with_unknowns(domain, proposition, expected):
    assert truth(proposition, Model(one), domain) is expected


def test_signs_of_constants():
    """Balls decide them; exact numbers do not, except those that refute controls."""
    proposition, point = less(cos(x), cos(y)), Model({"x": 3, "y": 1})
    assert truth(proposition, point, BALL) is True
    assert truth(proposition, point, CLOSED) is True
    assert truth(proposition, point, EXACT) is None


@each_domain
@pytest.mark.parametrize(
    ("proposition", "expected"),
    [
        (positive(u[i]), False),  # u[1] = -1
        (positive(u[i] + 2), True),
        (positive(u[i] + v[j]), False),  # u[1] + v[1]
        (positive(u[i] + v[j] + 2), True),
        (positive(u[i_n]), True),  # an empty range
        (positive(-1 - summed(u[i])), False),  # bound: not one for each term
        (equal(summed(u[i]) + u[i], u[i]), True),  # free outside, bound inside
        (Iff(positive(u[i]), equal(v[i], 0)), True),  # index by index
        (NotAll(positive(u[i]), positive(v[i])), True),
        (equal(total(x, i_n), 0), True),
    ],
    ids=str,
)
def test_a_free_index_means_every_index_of_its_range(domain, proposition, expected):
    point = Model({"h": 2, "n": 0, "x": 5, "u": {0: 1, 1: -1}, "v": {0: 0, 1: 1}})
    assert truth(proposition, point, domain) is expected


@each_domain
def test_vectors_are_equal_entry_by_entry(domain):
    point = Model({"d": 2, "P": [1, 2], "Q": [1, 3], "A": [[1, 0], [0, 1]]})
    assert truth(equal(Apply(A, P), P), point, domain) is True
    assert truth(equal(P, Q), point, domain) is False
    assert truth(differ(P, Q), point, domain) is True
    for meaningless in (Le(P, Q, evaluate=False), equal(P, x)):
        with pytest.raises(Unevaluable):
            truth(meaningless, point, domain)


@each_domain
@pytest.mark.parametrize("proposition", [Given(less(x, z)), S.true], ids=str)
def test_what_has_no_truth_value(domain, proposition):
    with pytest.raises(Unevaluable):
        truth(proposition, Model(one), domain)


def test_definitions_and_integer_parts():
    point = Model({"x": 7, "y": Rational(5, 2), "k": 3, "n": 2})
    assert truth(equal(wrapped(x), x - 2 * pi), point, BALL) is None  # equal, but no ball says so
    assert truth(less(wrapped(x), 1), point, BALL) is True
    assert evaluate(floor(y) + ceiling(y) + Abs(k - 4) * n, point, EXACT) == 7
