"""Roundoff: the constants are those of the dtypes, and a machine that rounds otherwise is refused."""

import math
from fractions import Fraction

import exact
import flint
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from phase_latency.errors import ArgumentError
from phase_latency.numerics import roundoff
from phase_latency.numerics.compensated import fuses
from phase_latency.numerics.propagation import FUNCTION_ULPS
from phase_latency.numerics.roundoff import (
    DTYPES,
    UncertifiedError,
    accumulation_dtype,
    flushes_subnormals,
    gamma,
    probe_accumulator,
    require_accumulator,
    underflow,
    unit_roundoff,
)

by_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=str)


@by_dtype
def test_unit_roundoff_is_half_the_distance_to_the_next_number(dtype):
    u = unit_roundoff(dtype)
    one = torch.ones((), dtype=dtype)
    assert one + torch.tensor(u, dtype=dtype) == one  # a tie, which goes to the even neighbour
    assert one + torch.tensor(2 * u, dtype=dtype) > one


@by_dtype
def test_underflow_is_the_smallest_positive_number(dtype):
    smallest = torch.tensor(underflow(dtype), dtype=dtype)
    assert smallest > 0
    assert smallest / 2 == 0


@given(n=st.integers(0, 10**6), dtype=st.sampled_from(DTYPES))
def test_gamma_is_the_textbook_formula(n, dtype):
    u = Fraction(unit_roundoff(dtype))
    if n * u >= 1:
        with pytest.raises(UncertifiedError, match="in a row"):
            gamma(n, float(u))
    else:
        formula = n * u / (1 - n * u)
        assert abs(Fraction(gamma(n, float(u))) - formula) <= 4 * Fraction(2) ** -53 * formula


def test_a_dtype_without_a_model_is_refused():
    for function in (unit_roundoff, underflow, accumulation_dtype, flushes_subnormals, require_accumulator):
        with pytest.raises(ArgumentError, match=r"float8_e4m3fn.*float64, float32, bfloat16, float16"):
            function(torch.float8_e4m3fn)


@by_dtype
def test_this_machine_accumulates_as_assumed(dtype):
    assert set(probe_accumulator(dtype).values()) == {0.0}
    require_accumulator(dtype)


def _sequential(dtype, round_product, round_sum):
    """An inner product whose factors and partial sums are rounded by the given functions."""

    def products(left, right):
        total = 0.0
        for x, y in zip(left.tolist(), right.tolist(), strict=True):
            total = round_sum(total + round_product(x) * round_product(y))
        return torch.tensor([total], dtype=dtype).double()

    return products


def _to(dtype):
    return lambda x: torch.tensor(x, dtype=torch.float64).to(dtype).item()


def _truncated(digits):
    def truncate(x):
        mantissa, exponent = math.frexp(x)
        return math.ldexp(math.trunc(math.ldexp(mantissa, digits)), exponent - digits)

    return truncate


def _exactly(x):
    return x


@pytest.mark.parametrize(
    ("dtype", "round_factor", "round_sum"),
    [
        (torch.bfloat16, _exactly, _to(torch.bfloat16)),
        (torch.float16, _exactly, _to(torch.float16)),
        (torch.float32, _exactly, _to(torch.bfloat16)),
        (torch.float32, _to(torch.bfloat16), _to(torch.float32)),  # torch.set_float32_matmul_precision("medium")
        (torch.float32, _truncated(11), _to(torch.float32)),  # TF32
        (torch.float32, _exactly, _truncated(24)),  # tensor cores truncate
        (torch.bfloat16, _exactly, _truncated(24)),
        (torch.float64, _exactly, _to(torch.float32)),
        (torch.float64, _to(torch.float32), _exactly),
    ],
)
def test_a_machine_that_accumulates_otherwise_is_refused(monkeypatch, dtype, round_factor, round_sum):
    monkeypatch.setattr(roundoff, "_products", _sequential(dtype, round_factor, round_sum))
    with pytest.raises(UncertifiedError, match=r"is off by .* from sums in float(32|64) rounded to nearest"):
        require_accumulator(dtype)


@by_dtype
def test_the_emulation_of_the_assumed_accumulator_passes(monkeypatch, dtype):
    # Otherwise the refusals above could be the emulation's doing.
    monkeypatch.setattr(roundoff, "_products", _sequential(dtype, _exactly, _to(accumulation_dtype(dtype))))
    require_accumulator(dtype)


def test_flushed_subnormals_are_refused():
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor cannot flush subnormal numbers")
    try:
        assert flushes_subnormals(torch.float32)
        with pytest.raises(UncertifiedError, match="flushed to zero"):
            require_accumulator(torch.float32)
    finally:
        torch.set_flush_denormal(False)


def test_a_reduced_precision_switch_is_noticed_where_it_has_an_effect():
    torch.manual_seed(0)
    left, right = torch.rand(64, 64), torch.rand(64, 64)
    exact_product = left.double() @ right.double()
    torch.set_float32_matmul_precision("medium")
    try:
        reduced = bool(((left @ right - exact_product).abs() > gamma(64, 2**-24) * exact_product).any())
        assert any(probe_accumulator(torch.float32).values()) == reduced
    finally:
        torch.set_float32_matmul_precision("highest")


# Arguments that each function is tried on: decades of magnitudes, both signs where it has them.
ARGUMENTS = {
    "sin": (-30.0, 8.0, True),
    "cos": (-30.0, 8.0, True),
    "tanh": (-30.0, 3.0, True),
    "exp": (-30.0, 1.9, True),
    "exp2": (-30.0, 2.0, True),
    "log": (-37.0, 37.0, False),
    "sqrt": (-37.0, 37.0, False),
}


def worst_error_in_ulps(name, dtype, arguments):
    """Largest error of torch's function on the given arguments, in units in the last place of the exact result."""
    computed = getattr(torch, name)(arguments)
    flint.ctx.prec = exact.BITS
    worst = 0.0
    for x, value in zip(arguments.double().tolist(), computed.double().tolist(), strict=True):
        reference = flint.arb(2) ** flint.arb(x) if name == "exp2" else getattr(flint.arb(x), name)()
        size = abs(float(reference))
        if torch.finfo(dtype).smallest_normal <= size <= torch.finfo(dtype).max:
            ulp = 2 * unit_roundoff(dtype) * 2.0 ** (math.frexp(size)[1] - 1)
            worst = max(worst, float(abs(reference - value)) / ulp)
    return worst


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("name", ARGUMENTS)
@pytest.mark.parametrize("layout", ["contiguous", "strided", "single"])
def test_functions_are_as_accurate_as_the_table_says(name, dtype, layout):
    low, high, signed = ARGUMENTS[name]
    generator = torch.Generator().manual_seed(1)
    count = 30 if layout == "single" else 1500
    arguments = 10.0 ** torch.empty(count, dtype=torch.float64).uniform_(low, high, generator=generator)
    if signed:
        arguments[::2] *= -1
    arguments = arguments.to(dtype)
    if layout == "strided":  # another code path in torch: SLEEF instead of MKL's vector library
        arguments = arguments.repeat_interleave(2)[::2]
    pieces = arguments.split(1) if layout == "single" else [arguments]
    worst = max(worst_error_in_ulps(name, dtype, piece) for piece in pieces)
    assert 0 < worst <= FUNCTION_ULPS[name]


def test_the_accuracy_test_notices_a_function_that_is_off(monkeypatch):
    sine = torch.sin
    monkeypatch.setattr(torch, "sin", lambda x: sine(x) * (1 + 16 * 2**-24))
    with pytest.raises(AssertionError):
        test_functions_are_as_accurate_as_the_table_says("sin", torch.float32, "contiguous")


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
def test_powers_are_as_accurate_as_the_table_says(dtype):
    generator = torch.Generator().manual_seed(2)
    base = torch.empty(1000, dtype=torch.float64).uniform_(1e-3, 1e4, generator=generator).to(dtype)
    exponent = torch.empty(1000, dtype=torch.float64).uniform_(-8, 8, generator=generator).to(dtype)
    flint.ctx.prec = exact.BITS
    pairs = zip(base.double().tolist(), exponent.double().tolist(), strict=True)
    references = [flint.arb(b) ** flint.arb(e) for b, e in pairs]
    computed = (base**exponent).double().tolist()
    in_ulps = [
        float(abs(reference - value) / abs(reference)) / (2 * unit_roundoff(dtype))
        for reference, value in zip(references, computed, strict=True)
    ]
    assert 0 < max(in_ulps) <= FUNCTION_ULPS["pow"]


def test_a_numpy_that_multiplies_in_float32_is_refused(monkeypatch):
    """Gram matrices are NumPy's products: the probe looks at these too."""
    from_numpy = torch.from_numpy
    monkeypatch.setattr(torch, "from_numpy", lambda array: from_numpy(array).float().double() + 1)
    with pytest.raises(UncertifiedError, match="float64 matrix product"):
        require_accumulator(torch.float64)


def test_fused_subtraction_is_believed_only_where_it_is_seen(monkeypatch):
    def rounded_twice(x, y, alpha):
        return x - y * alpha

    monkeypatch.setattr(torch, "sub", rounded_twice)
    assert not fuses()
