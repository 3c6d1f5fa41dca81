"""The language of statements: what a rule refuses to read, because a rule and an evaluation could differ on it."""

import pytest
from rule_cases import A, P, a, d, h, i, i_n, j, k, m, n, summed, u, v, x, y
from sympy import (
    Derivative,
    Determinant,
    Dummy,
    E,
    Eq,
    Float,
    Function,
    I,
    Idx,
    IndexedBase,
    Integral,
    Inverse,
    Le,
    Limit,
    MatrixSymbol,
    Piecewise,
    Product,
    Rational,
    Sum,
    Symbol,
    Trace,
    ceiling,
    floor,
    gamma,
    log,
    nan,
    oo,
    pi,
    sin,
    sqrt,
    tan,
    true,
)

from phase_latency.ledger.language import Undecided, all_indices, check, check_certificate, free_indices, is_whole
from phase_latency.ledger.rules import RULES
from phase_latency.ledger.terms import (
    Apply,
    Defined,
    Dot,
    Given,
    Iff,
    NotAll,
    differ,
    equal,
    less,
    positive,
    total,
    wrapped,
)


class improper(Defined):  # noqa: N801  # written like a function, as definitions are
    """A definition whose formula is no term of the language."""

    nargs = 1

    @classmethod
    def body(cls, *args):
        """The formula."""
        return Integral(args[0], (args[0], 0, 1))


OUTSIDE = {
    "a float": x + Float("0.1"),
    "an irrational exponent": x**pi,
    "a variable exponent": 2**k,
    "an imaginary number": I * x,
    "infinity": x + oo,
    "no number": nan,
    "Euler's number": E * x,
    "a positive symbol": Symbol("x", positive=True),
    "a symbol that is not negative": Symbol("h", integer=True, nonnegative=True),
    "a complex symbol": Symbol("x"),
    "an even symbol": Symbol("k", even=True),
    "a sequence of positive numbers": IndexedBase("u", positive=True)[i],
    "a sequence of integers": IndexedBase("u", integer=True)[i],
    "a sequence without assumption": IndexedBase("u")[i],
    "two positions": IndexedBase("u", real=True)[i, j],
    "a real position": u[x],
    "an index without range": Idx("i"),
    "an index whose range depends on another": u[Idx("j", (0, i))],
    "an index whose range ends anywhere": u[Idx("j", (0, x))],
    "a sum over a symbol": Sum(u[k], (k, 0, h)),
    "a sum over part of the range": Sum(u[i], (i, 0, 0)),
    "a sum over more than the range": Sum(u[i], (i, 0, 2 * h)),
    "a sum to another index": Sum(u[j], (j, 0, i)),
    "a double sum": Sum(u[i] * v[j], (i, 0, h - 1), (j, 0, h - 1)),
    "a product": Product(u[i], (i, 0, h - 1)),
    "an integral": Integral(x, (x, 0, 1)),
    "a derivative": Derivative(sin(x), x),
    "a limit": Limit(sin(x) / x, x, 0),
    "cases": Piecewise((x, x > 0), (-x, True)),
    "an unknown function": Function("f")(x),
    "another function": tan(x),
    "yet another": gamma(x),
    "a trace": Trace(A),
    "a determinant": Determinant(A),
    "an entry of a matrix": A[0, 0],
    "an inverse": Dot(P, Apply(Inverse(A), P)),
    "a power of a matrix": Dot(P, Apply(A**2, P)),
    "a matrix whose size is no integer": Dot(*2 * (MatrixSymbol("Q", x, 1),)),
    "a matrix whose size is an index": Dot(*2 * (MatrixSymbol("Q", i, 1),)),
    "a definition of something else": improper(x),
}


@pytest.mark.parametrize("term", [pytest.param(term, id=name) for name, term in OUTSIDE.items()])
def test_what_is_not_of_the_language_is_refused(term):
    """By every rule, in what is to be shown, in what is used and in the certificate."""
    assert refuses(equal(term, y))
    assert refuses(positive(sin(term)))
    assert refuses(Iff(less(x, y), less(x, sin(term))))
    for rule in RULES.values():
        with pytest.raises(Undecided):
            rule.prove(differ(sin(term), 0), [], None)
        with pytest.raises(Undecided):
            rule.prove(positive(x**2 + 1), [differ(sin(term), 0)], None)
    with pytest.raises(Undecided):
        check_certificate([(x, [term])])


def refuses(proposition):
    try:
        check(proposition)
    except Undecided:
        return True
    return False


@pytest.mark.parametrize(
    "proposition",
    [
        pytest.param(true, id="a truth value"),
        pytest.param(Given(true), id="a citation of one"),
        pytest.param(Iff(true, less(x, y)), id="an equivalence with one"),
        pytest.param(NotAll(less(x, y), true), id="a negation of one"),
        pytest.param(Iff(Iff(less(x, y), less(y, x)), less(x, y)), id="an equivalence of equivalences"),
        pytest.param(Eq(P, MatrixSymbol("Q", h, 1), evaluate=False), id="an equation of vectors of different sizes"),
        pytest.param(Eq(P, x, evaluate=False), id="an equation of a vector and a number"),
        pytest.param(Le(A, A.T, evaluate=False), id="an order of matrices"),
    ],
)
def test_what_is_no_proposition_is_refused(proposition):
    assert refuses(proposition)


INSIDE = {
    "numbers": Rational(1, 2) * pi + x - k,
    "roots": sqrt(x) + 1 / sqrt(y) + x ** Rational(2, 3),
    "functions": log(x) + wrapped(y) + sin(a * x),
    "entries": u[i] + u[0] + u[j + 1] + u[k],
    "sums": summed(u[i] * total(v[j], j)) + summed(u[i]) * summed(v[i]),
    "forms": Dot(P + x * P, Apply(A.T, u[i] * P)),
    "unnamed symbols": Dummy(real=True) + Dummy(integer=True),
}


@pytest.mark.parametrize("term", [pytest.param(term, id=name) for name, term in INSIDE.items()])
def test_what_is_of_the_language_is_read(term):
    check(equal(term, y), Iff(less(term, y), less(x, y)), NotAll(equal(term, y)), Given(differ(term, y), less(x, y)))
    check_certificate([(term, 1), None, [(2, term)]])


def test_indices_that_no_sum_binds():
    assert free_indices(summed(u[i])) == set()
    assert free_indices(u[i] * summed(u[i])) == {i}
    assert free_indices(summed(u[i] * v[j])) == {j}
    assert free_indices(summed(u[i_n])) == {i_n}
    assert free_indices(Iff(less(u[i], x), equal(v[j], 0))) == {i, j}
    assert all_indices(summed(u[i]) + v[j]) == {i, j}


def test_integers_are_recognised():
    assert all(is_whole(term) for term in (k, i, 2 * k - m, k**2, floor(x) + ceiling(y), d * (n + 1)))
    assert not any(is_whole(term) for term in (x, k / 2, u[i], sqrt(k), 1 / k, sin(k)))
