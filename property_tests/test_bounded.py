"""Bounded: values are torch's own, bit for bit; bounds hold against exact arithmetic, and are not vacuous."""

import math
import re
from fractions import Fraction
from types import SimpleNamespace

import exact
import pytest
import sympy
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from phase_latency.errors import NotFiniteError
from phase_latency.numerics import functions
from phase_latency.numerics.bounded import Bounded, bounded
from phase_latency.numerics.comparison import Comparison
from phase_latency.numerics.functions import FUNCTIONS
from phase_latency.numerics.roundoff import DTYPES, UncertifiedError

THIRD = Fraction(1, 3)

# Formulas of two (..., 6, 6) operands, each run three times: on torch tensors, on Bounded ones and on exact balls. The
# namespace F has what is not an operator; F.number keeps a Fraction exact where that is possible.
FORMULAS = {
    "sum": lambda x, y, F: x + y,
    "difference": lambda x, y, F: x - y,
    "product": lambda x, y, F: x * y,
    "quotient": lambda x, y, F: x / y,
    "shifted": lambda x, y, F: x + F.number(0.1),
    "complement": lambda x, y, F: F.number(0.1) - x,
    "scaled": lambda x, y, F: F.number(0.1) * x,
    "third": lambda x, y, F: x * F.number(THIRD),
    "divided": lambda x, y, F: x / F.number(0.7),
    "reciprocal": lambda x, y, F: F.number(THIRD) / x,
    "square": lambda x, y, F: x**2,
    "cube": lambda x, y, F: x**3,
    "fifth power": lambda x, y, F: x**5,
    "inverse": lambda x, y, F: x**-1,
    "inverse square": lambda x, y, F: x**-2,
    "root": lambda x, y, F: F.sqrt(abs(x)),
    "half power": lambda x, y, F: abs(x) ** F.half,
    "inverse root": lambda x, y, F: abs(x) ** -F.half,
    "negative": lambda x, y, F: -x,
    "matrix product": lambda x, y, F: x @ y,
    "scores": lambda x, y, F: (x @ y.mT) * F.number(0.35),
    "two products": lambda x, y, F: (x @ y) @ (y @ x),
    "total": lambda x, y, F: F.total(x),
    "mean": lambda x, y, F: F.mean(x),
    "largest": lambda x, y, F: F.largest(x * y),
    "smallest": lambda x, y, F: F.smallest(x * y),
    "sine": lambda x, y, F: F.sin(x),
    "cosine": lambda x, y, F: F.cos(x * y),
    "exponential": lambda x, y, F: F.exp(-abs(x)),
    "logarithm": lambda x, y, F: F.log(abs(x) + abs(y)),
    "hyperbolic tangent": lambda x, y, F: F.tanh(x),
    "normalised": lambda x, y, F: (x - F.mean(x)) / F.sqrt(F.mean((x - F.mean(x)) ** 2) + F.number(1e-5)),
    "softmax": lambda x, y, F: F.softmax(x),
    "attention": lambda x, y, F: F.softmax((x @ y.mT) * F.number(0.35)) @ y,
}

PLAIN = SimpleNamespace(
    **{name: getattr(torch, name) for name in ("sin", "cos", "exp", "log", "sqrt", "tanh", "floor")},
    softmax=lambda x: torch.softmax(x, -1),
    number=float,
    half=0.5,
    mean=lambda x: x.mean(-1, keepdim=True),
    total=lambda x: x.sum(-1),
    largest=lambda x: x.amax(-1),
    smallest=lambda x: x.amin(-1),
)
BOUNDED = SimpleNamespace(
    **{name: getattr(functions, name) for name in ("sin", "cos", "exp", "log", "sqrt", "tanh", "floor", "softmax")},
    number=lambda number: number,
    half=Fraction(1, 2),
    mean=PLAIN.mean,
    total=PLAIN.total,
    largest=PLAIN.largest,
    smallest=PLAIN.smallest,
)
EXACT = SimpleNamespace(**vars(exact.FUNCTIONS), half=exact.ball(0.5))

by_formula = pytest.mark.parametrize("name", FORMULAS)

FAMILIES = {
    "constant": lambda shape, draw: torch.full(shape, 1.1, dtype=torch.float64),
    "normal": lambda shape, draw: torch.randn(shape, generator=draw, dtype=torch.float64),
    "positive": lambda shape, draw: torch.rand(shape, generator=draw, dtype=torch.float64) + 0.01,
    "sinusoid": lambda shape, draw: torch.sin(torch.arange(math.prod(shape), dtype=torch.float64)).reshape(shape),
    "decades": lambda shape, draw: 10 ** (3 * torch.randn(shape, generator=draw, dtype=torch.float64)),
    "cancelling": lambda shape, draw: 1 + 1e-3 * torch.randn(shape, generator=draw, dtype=torch.float64),
}

# Powers of two that bring operands near the ends of each dtype's range, where products underflow or overflow.
EXPONENTS = {torch.float64: 500, torch.float32: 62, torch.bfloat16: 62, torch.float16: 8}


@st.composite
def operands(draw, dtype):
    """A (6, 6) tensor: constant, random, sinusoidal, over decades or nearly cancelling; large, small or neither."""
    family = FAMILIES[draw(st.sampled_from(sorted(FAMILIES)))]
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**16)))
    exponent = draw(st.sampled_from([0, 0, 0, -EXPONENTS[dtype], EXPONENTS[dtype]]))
    return (family((6, 6), generator) * 2.0**exponent).to(dtype)


def check(name, x, y):
    """Both claims about one formula; returns the largest ratio of error to bound."""
    plain = FORMULAS[name](x, y, PLAIN)
    result = FORMULAS[name](Bounded.exact(x), Bounded.exact(y), BOUNDED)
    assert result.dtype == plain.dtype
    assert torch.equal(result.value.nan_to_num(nan=7.0), plain.nan_to_num(nan=7.0))
    certified = result.error.isfinite()
    assert not (certified & ~plain.isfinite()).any()
    if not bool(certified.any()):
        return 0.0
    reference = FORMULAS[name](exact.balls(x), exact.balls(y), EXACT).reshape(plain.shape)
    gap = exact.distance(reference[certified.numpy()], plain[certified])
    comparison = Comparison(gap, result.error[certified])
    assert comparison.holds, f"{comparison.worst()} {comparison.worst_ratio}"
    return comparison.worst_ratio


@by_formula
@given(data=st.data(), dtype=st.sampled_from(DTYPES))
def test_values_are_bit_identical_and_bounds_hold(name, data, dtype):
    x = data.draw(operands(dtype), label="x")
    y = data.draw(operands(dtype), label="y")
    if not (x.isfinite().all() and y.isfinite().all()):
        return
    check(name, x, y)


# Negation does not round. For the fifth power the bound allows for repeated multiplication, which torch does not do,
# and the inverse square is allowed for a subnormal square on its way.
LOOSE = {"negative", "fifth power", "inverse square"}
TIGHT = sorted(FORMULAS.keys() - LOOSE)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize("name", TIGHT)
def test_bounds_are_not_vacuous(name, dtype):
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.randn(6, 6, generator=generator, dtype=torch.float64).to(dtype) for _ in range(2))
    assert check(name, x, y) >= 0.1


@pytest.mark.parametrize("name", sorted(FORMULAS.keys() - {"negative"}))
def test_a_bound_ten_times_too_small_is_caught(name, monkeypatch):
    """The check itself can fail: with a tenth of the bound it does, for every formula that rounds at all."""
    keep = Bounded.__post_init__

    def shrink(self):
        keep(self)
        object.__setattr__(self, "error", self.error * (0.1 if name in TIGHT else 0.01))

    monkeypatch.setattr(Bounded, "__post_init__", shrink)
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.randn(6, 6, generator=generator, dtype=torch.float64).to(torch.bfloat16) for _ in range(2))
    with pytest.raises(AssertionError):
        check(name, x, y)


@given(dtype=st.sampled_from(DTYPES), data=st.data())
def test_errors_of_the_operands_are_carried(dtype, data):
    """Operands that are rounded from exact ones: the bound covers the exact formula on the exact operands."""
    x64, y64 = (data.draw(operands(torch.float64).map(lambda t: t.clamp(-100, 100))) for _ in range(2))
    name = data.draw(st.sampled_from(sorted(FORMULAS.keys() - {"two products"})))
    result = FORMULAS[name](Bounded.stored(x64.to(dtype)), Bounded.stored(y64.to(dtype)), BOUNDED)
    certified = result.error.isfinite()
    reference = FORMULAS[name](exact.balls(x64), exact.balls(y64), EXACT).reshape(result.shape)
    assert Comparison(
        exact.distance(reference[certified.numpy()], result.value[certified]), result.error[certified]
    ).holds


@given(dtype=st.sampled_from(DTYPES), target=st.sampled_from(DTYPES), data=st.data())
def test_casts_measure_their_rounding(dtype, target, data):
    x = data.draw(operands(dtype))
    cast = Bounded.exact(x).to(target)
    assert torch.equal(cast.value, x.to(target))
    finite = cast.value.isfinite()
    assert (cast.error[finite] >= (x.double() - cast.value.double())[finite].abs()).all()
    assert cast.error[~finite].isinf().all()


@given(number=st.fractions(), dtype=st.sampled_from(DTYPES))
def test_fractions_are_charged_for_their_rounding(number, dtype):
    x = torch.ones(2, dtype=dtype)
    product = Bounded.exact(x) * number
    if not product.value.isfinite().all():
        assert product.error.isinf().all()
        return
    for value, error in zip(product.value.double().tolist(), product.error.tolist(), strict=True):
        assert abs(Fraction(value) - number) <= Fraction(error)


@given(size=st.floats(0, 1e6), error=st.floats(0, 10))
def test_floor_is_certain_only_where_it_is(size, error):
    result = functions.floor(known(size, error))
    ends = (math.floor(Fraction(size) - Fraction(error)), math.floor(Fraction(size) + Fraction(error)))
    furthest = max(abs(end - math.floor(size)) for end in ends)
    assert result.error.item() >= furthest


@given(dtype=st.sampled_from(DTYPES), data=st.data())
def test_masked_softmax(dtype, data):
    x = data.draw(operands(dtype)).clamp(-1000, 1000)
    bits = data.draw(st.lists(st.booleans(), min_size=36, max_size=36))
    mask = torch.tensor(bits).reshape(6, 6) | torch.eye(6, dtype=torch.bool)
    weights = functions.softmax(Bounded.exact(x), mask=mask)
    assert torch.equal(weights.value, torch.softmax(x.masked_fill(~mask, -torch.inf), -1))
    assert not weights.error[~mask].any()
    assert Comparison(exact.distance(exact.softmax(exact.balls(x), mask.numpy()), weights.value), weights.error).holds


def test_rearranging_moves_errors_with_their_entries():
    values = torch.arange(24, dtype=torch.float64).reshape(2, 3, 4)
    x = Bounded(values, values / 8)
    for rearranged in (
        x.mT,
        x.transpose(0, 2),
        x.reshape(4, 6),
        x.flatten(1),
        x.unsqueeze(1),
        x[1, ..., 1:3],
        x[:1].expand(2, 3, 4),
        functions.cat([x, x], 1),
        functions.stack([x, x]),
        functions.maximum(x, 0.0),
    ):
        assert torch.equal(rearranged.error, rearranged.value / 8)


def test_sums_too_long_for_their_accumulator_are_refused():
    x = torch.ones(1, dtype=torch.bfloat16).expand(2**22)
    with pytest.raises(UncertifiedError, match="split it into shorter sums"):
        Bounded.exact(x).sum()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize("threads", [1, 2])
def test_long_sums_that_torch_splits_between_threads(dtype, threads):
    x = torch.rand(100_003, generator=torch.Generator().manual_seed(0)).to(dtype)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        total = Bounded.exact(x).sum()
        mean = Bounded.exact(x).mean()
    finally:
        torch.set_num_threads(before)
    reference = sum(Fraction(value) for value in x.double().tolist())
    assert abs(Fraction(float(total.value)) - reference) <= Fraction(float(total.error))
    assert abs(Fraction(float(mean.value)) - reference / len(x)) <= Fraction(float(mean.error))


# -- as the operands of functions that SymPy prints ------------------------------------------------------------------


@given(dtype=st.sampled_from([torch.float64, torch.float32]), seed=st.integers(0, 1000))
def test_lambdified_expressions_run_on_bounded_tensors(dtype, seed):
    a, b = sympy.symbols("a b")
    expression = sympy.sin(a) ** 2 * sympy.sqrt(b) / a + 1 / sympy.sqrt(b) + sympy.Abs(a - b) ** 3 + sympy.sin(2)
    function = sympy.lambdify((a, b), expression, modules=[dict(FUNCTIONS)])
    x, y = (torch.rand(5, generator=torch.Generator().manual_seed(seed + i)).to(dtype) + 0.1 for i in range(2))
    result = function(Bounded.exact(x), Bounded.exact(y))
    balls = {name: getattr(exact.FUNCTIONS, name) for name in ("sin", "sqrt")} | {"Abs": abs}
    reference = sympy.lambdify((a, b), expression, modules=[balls])(exact.balls(x), exact.balls(y))
    assert result.dtype == dtype
    assert Comparison(exact.distance(reference, result.value), result.error).holds


def test_functions_of_numbers_carry_their_error():
    for name in ("sin", "cos", "exp", "log", "sqrt", "tanh"):
        value = FUNCTIONS[name](3)
        assert value.shape == ()
        assert 0 < exact.distance(getattr(exact.FUNCTIONS, name)(exact.ball(3.0)), value.value) <= value.error
    assert (FUNCTIONS["Abs"](-3).value, FUNCTIONS["floor"](-2.5).value) == (3, -3)
    assert FUNCTIONS["floor"](-2.5).error == 0


# -- comparisons -----------------------------------------------------------------------------------------------------


def known(values, errors):
    return Bounded(torch.tensor(values, dtype=torch.float64), torch.tensor(errors, dtype=torch.float64))


def test_a_comparison_holds_up_to_the_sum_of_both_bounds_and_no_further():
    lhs = known([1.0, 2.0, 3.0], [0.25, 0.0, 0.0])
    assert Comparison.equal(lhs, known([1.5, 2.0, 3.0], [0.25, 0.0, 0.0])).holds
    refuted = Comparison.equal(lhs, known([1.5, 2.5, 3.25], [0.25, 0.25, 0.0625]))
    assert not refuted.holds
    assert refuted.worst()[0] == 0.25
    assert refuted.worst()[2] == (2,)
    assert 3.9 < refuted.worst_ratio < 4


def test_an_inequality_may_be_slack_but_not_exceeded():
    lhs = known([1.0, 2.0], [0.25, 0.25])
    assert Comparison.at_most(lhs, known([5.0, 1.75], [0.0, 0.0])).holds
    refuted = Comparison.at_most(lhs, known([5.0, 1.5], [0.0, 0.0]))
    assert not refuted.holds
    assert refuted.worst()[2] == (1,)


def test_a_deviation_where_none_is_allowed_has_an_infinite_ratio():
    assert Comparison.equal(torch.ones(2), torch.ones(2)).worst_ratio == 0
    assert Comparison.equal(torch.ones(2), torch.tensor([1.0, 1.0 + 2**-23])).worst_ratio == math.inf
    assert Comparison.equal(torch.ones(0), torch.ones(0)).holds


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_never_holds(value):
    broken = torch.tensor([1.0, value])
    for lhs, rhs in ((broken, torch.ones(2)), (torch.ones(2), broken), (broken, broken)):
        with pytest.raises(NotFiniteError, match=r"\[1\]"):
            Comparison.equal(lhs, rhs)
        with pytest.raises(NotFiniteError):
            Comparison.at_most(lhs, rhs)


def test_a_bound_that_allows_anything_decides_nothing():
    zero_in_reach = known([1.0], [0.0]) / known([0.5], [0.5])
    assert zero_in_reach.error.isinf().all()
    with pytest.raises(UncertifiedError, match=r"is inf.*wider dtype"):
        Comparison.equal(zero_in_reach, 2.0)


def test_overflow_is_certified_by_nothing():
    overflowed = Bounded.exact(torch.tensor([300.0], dtype=torch.float16)) ** 2
    assert overflowed.value.isinf().all()
    assert overflowed.error.isinf().all()


# -- bad operands ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: x + Bounded.exact(torch.ones(2, dtype=torch.float64)), "operands: .*one dtype"),
        (lambda x: x + torch.ones(2, dtype=torch.float16), "operands: .*one dtype"),
        (lambda x: x**0.3, "exponent: got 0.3"),
        (lambda x: 0**x, "base: got 0"),
        (lambda x: x @ x, "operand of @: .*at least two axes"),
        (lambda x: x + 10**400, "operand: .*float64's range"),
        (lambda x: Bounded.exact(torch.ones(2, dtype=torch.int64)), "dtype: .*float64, float32"),
        (lambda x: bounded("1"), "operand: got '1'"),
        (lambda x: Bounded(torch.ones(2), torch.zeros(3).double()), "error: .*one bound per entry"),
        (lambda x: x.to(torch.complex64), "dtype: .*complex64"),
        (lambda x: functions.softmax(x, mask=torch.zeros(2, dtype=torch.bool)), "mask: .*one True entry per row"),
    ],
)
def test_bad_operands_are_refused_in_one_line(call, message):
    assert re.search(message, refusal(lambda: call(Bounded.exact(torch.ones(2)))))
