"""Encodings are pure functions of explicit positions, correct to a derived bound against mpmath at 50 digits."""

import itertools
import math

import jaxtyping
import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from phase_latency.encodings import (
    Alibi,
    Compressed,
    Rank,
    Retimed,
    Rotary,
    Scaled,
    Sinusoidal,
    Table,
)
from phase_latency.errors import ArgumentError
from phase_latency.latency import LatencyMap

UNIT_ROUNDOFF = 2.0**-53
DTYPES = [torch.float64, torch.float32, torch.bfloat16, torch.float16]

dims = st.integers(1, 8).map(lambda h: 2 * h)
bases = st.sampled_from([1.0, 0.5, 100.0, 10000.0, 5e5])
sinusoids = st.builds(Sinusoidal, dim=dims, base=bases, layout=st.sampled_from(["interleaved", "blocks"]))
rotaries = st.builds(
    Rotary,
    dim=dims,
    base=st.sampled_from([100.0, 10000.0]),
    layout=st.sampled_from(["interleaved", "half-split"]),
    amplitude=st.sampled_from([1.0, 0.5, -1.0, 1.2772588722239782]),
)
integer_positions = st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=6).map(
    lambda ps: torch.tensor(ps, dtype=torch.int64)
)
real_positions = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6).map(
    lambda ps: torch.tensor(ps, dtype=torch.float64)
)
positions = integer_positions | real_positions


def phase_error(p, w, log_w):
    """Bound of |fl(p fl(w)) - p w|, for w = base**x computed as a power.

    The exponent x = -2i/d is rounded once, which moves w by the relative error |ln w| u; pow adds at most 2 u and the
    product with p one u more.  Doubled to cover the products of these.
    """
    return 2 * abs(p) * w * (abs(log_w) + 3) * UNIT_ROUNDOFF


def exact_channels(encoding, p):
    """(sin, cos, bound) of each channel at position p, at 50 digits; sine and cosine each round by at most 2 ulp."""
    with mpmath.workdps(50):
        for i in range(encoding.dim // 2):
            w = mpmath.mpf(encoding.base) ** (-mpmath.mpf(2 * i) / encoding.dim)
            bound = min(2.0, phase_error(p, float(w), float(mpmath.log(w)))) + 4 * UNIT_ROUNDOFF
            yield mpmath.sin(w * p), mpmath.cos(w * p), bound


def largest_excess(encoding, table, ps):
    """Largest error over its bound: at most 1 for a correct sinusoidal table."""
    half = encoding.dim // 2
    worst = 0.0
    for row, p in zip(table.tolist(), ps.tolist(), strict=True):
        for i, (sine, cosine, bound) in enumerate(exact_channels(encoding, p)):
            at_sine, at_cosine = (2 * i, 2 * i + 1) if encoding.layout == "interleaved" else (i, half + i)
            worst = max(worst, *(abs(row[j] - x) / bound for j, x in ((at_sine, sine), (at_cosine, cosine))))
    return worst


@given(sinusoids, positions)
def test_sinusoidal_against_50_digits(encoding, ps):
    assert largest_excess(encoding, encoding(ps), ps) <= 1


def wrong_sign(encoding, ps):
    return encoding(-ps)


def next_exponent_in_the_cosine(encoding, ps):
    table = encoding(ps).clone()
    table[:, 1] = torch.cos(ps * encoding.frequencies()[1])
    return table


def computed_in_float32(encoding, ps):
    phases = ps.float()[:, None] * encoding.frequencies().float()
    return torch.stack((phases.sin(), phases.cos()), -1).flatten(1).double()


def other_layout(encoding, ps):
    return Sinusoidal(encoding.dim, encoding.base, "blocks")(ps)


@pytest.mark.parametrize(
    "violation", [wrong_sign, next_exponent_in_the_cosine, computed_in_float32, other_layout], ids=lambda f: f.__name__
)
def test_twin_a_wrong_table_exceeds_the_bound(violation):
    encoding, ps = Sinusoidal(8), torch.tensor([1, 5, 1000])
    assert largest_excess(encoding, encoding(ps), ps) <= 1
    assert largest_excess(encoding, violation(encoding, ps), ps) > 1e3


@given(sinusoids, positions, st.randoms(use_true_random=False), st.sampled_from(DTYPES))
def test_rows_depend_on_their_position_only(encoding, ps, random, dtype):
    """Not on the other positions, their order or number, nor on earlier calls or other dtypes."""
    table = encoding(ps, dtype)
    order = list(range(len(ps)))
    random.shuffle(order)
    encoding(torch.arange(50), torch.float16)
    assert torch.equal(encoding(ps[order], dtype), table[order])
    assert torch.equal(torch.cat([encoding(ps[i : i + 1], dtype) for i in range(len(ps))]), table)
    assert torch.equal(type(encoding)(encoding.dim, encoding.base, encoding.layout)(ps, dtype), table)


@given(sinusoids, integer_positions, st.sampled_from(DTYPES))
def test_dtype_is_cast_last_and_integers_are_exact(encoding, ps, dtype):
    assert encoding(ps, dtype).dtype == dtype
    assert torch.equal(encoding(ps, dtype), encoding(ps.double()).to(dtype))


def test_positions_do_not_collide_in_bfloat16():
    """Cast first, bfloat16 has 769 positions among 4096; cast last, neighbouring rows stay apart."""
    table = Sinusoidal(64)(torch.arange(4096), torch.bfloat16)
    assert len(torch.unique(table, dim=0)) == 4096
    assert len(torch.unique(torch.arange(4096).bfloat16())) < 4096


@given(sinusoids, positions, st.floats(-1e3, 1e3), st.sampled_from(DTYPES))
def test_amplitude_is_reading_2(encoding, ps, a, dtype):
    assert torch.equal(Scaled(encoding, a)(ps, dtype), (a * encoding(ps)).to(dtype))


@given(sinusoids, positions, st.floats(1e-6, 1e3), st.sampled_from(DTYPES))
def test_compressed_is_reading_3(encoding, ps, factor, dtype):
    assert torch.equal(Compressed(encoding, factor)(ps, dtype), encoding(factor * ps.double(), dtype))


latency_maps = st.builds(
    LatencyMap, window=st.floats(1e-3, 1e3), length=st.integers(2, 10_000), onset=st.floats(-1.0, 1.0)
)


@given(sinusoids, positions, latency_maps)
def test_retimed_is_reading_1(encoding, ps, latency_map):
    """Through seconds and back each phase is off by what `test_phase_latency_affine` of the latency map allows."""
    per_second = latency_map.length / latency_map.window
    size = abs(latency_map.onset) * per_second + ps.double().abs()
    bound = 40 * UNIT_ROUNDOFF * size[:, None] * encoding.frequencies() + 4 * UNIT_ROUNDOFF
    difference = (Retimed(encoding, latency_map)(ps) - encoding(ps)).abs()
    half = encoding.dim // 2
    first, second = (
        (difference[:, 0::2], difference[:, 1::2])
        if encoding.layout == "interleaved"
        else (difference[:, :half], difference[:, half:])
    )
    assert bool((torch.maximum(first, second) <= bound).all())


def test_retimed_really_goes_through_seconds():
    """Otherwise the invariance would be measured between a thing and itself."""
    encoding, ps = Sinusoidal(8), torch.arange(64)
    latency_map = LatencyMap(window=0.05, length=64, onset=0.3)
    retimed = Retimed(encoding, latency_map)
    assert not torch.equal(retimed(ps), encoding(ps))
    assert torch.equal(retimed.of_latencies(latency_map.latency(ps)), retimed(ps))


def test_the_three_readings_are_three_maps():
    ps, window = torch.arange(16), LatencyMap(window=1.0, length=16)
    encoding = Sinusoidal(8)
    tables = [
        Retimed(encoding, window)(ps),
        Scaled(encoding, window.amplitude)(ps),
        Compressed(encoding, window.amplitude)(ps),
    ]
    for a, b in itertools.combinations(tables, 2):
        assert float((a - b).abs().max()) > 0.5


@given(st.integers(1, 9), st.data(), st.sampled_from(DTYPES))
def test_rank_gram_is_the_identity(size, data, dtype):
    encoding = Rank(size)
    code = encoding(torch.arange(size), dtype)
    assert code.dtype == dtype
    assert torch.equal(code @ code.T, torch.eye(size, dtype=dtype))
    outside = data.draw(st.integers(size, 2 * size) | st.integers(-size, -1))
    with pytest.raises(ArgumentError, match=r"^positions: got -?\d+\.0; expected whole numbers in 0\.\."):
        encoding(torch.tensor([outside]))


@given(st.lists(st.integers(0, 30), min_size=1, max_size=8, unique=True))
def test_rank_code_does_not_see_a_monotone_retiming(ps):
    latency_map = LatencyMap(window=0.5, length=31, onset=0.1)
    latencies = [latency_map.latency(float(p)) for p in ps]
    assert latency_map.rank(latencies) == latency_map.rank(ps)
    encoding = Rank(len(ps))
    codes = [encoding(torch.tensor(latency_map.rank(times))) for times in (ps, latencies, [math.exp(t) for t in ps])]
    assert all(torch.equal(code, codes[0]) for code in codes)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6), st.sampled_from(DTYPES))
def test_table_rows_by_position(ps, dtype):
    rows = torch.arange(12, dtype=torch.float32).reshape(4, 3)
    table = Table(rows)
    expected = rows[ps].to(dtype)
    assert torch.equal(table(torch.tensor(ps), dtype), expected)
    assert torch.equal(table(torch.tensor(ps, dtype=torch.float64), dtype), expected)
    rows.zero_()
    assert torch.equal(table(torch.tensor(ps), dtype), expected)  # later changes do not reach the encoding


def rotated_by_complex_numbers(rotary, x, ps):
    """Channel (first, second) as first + i second, times amplitude exp(i w p)."""
    half = rotary.dim // 2
    first, second = (x[..., 0::2], x[..., 1::2]) if rotary.layout == "interleaved" else (x[..., :half], x[..., half:])
    angles = ps.double().numpy()[:, None] * rotary.frequencies().numpy()
    turned = (first.numpy() + 1j * second.numpy()) * rotary.amplitude * np.exp(1j * angles)
    return turned.real, turned.imag, np.abs(first.numpy()) + np.abs(second.numpy())


def rotary_excess(rotary, x, turned, ps):
    """Both sides multiply x and y by numbers a few ulp off amplitude times (co)sine: 16 roundings at most on each."""
    real, imaginary, size = rotated_by_complex_numbers(rotary, x, ps)
    bound = 32 * UNIT_ROUNDOFF * abs(rotary.amplitude) * size + 2**-1000
    half = rotary.dim // 2
    first, second = (
        (turned[..., 0::2], turned[..., 1::2])
        if rotary.layout == "interleaved"
        else (turned[..., :half], turned[..., half:])
    )
    return max((np.abs(first.numpy() - real) / bound).max(), (np.abs(second.numpy() - imaginary) / bound).max())


def normal(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@given(rotaries, positions, st.integers(0, 2**16))
def test_rotary_is_multiplication_by_complex_numbers(rotary, ps, seed):
    x = normal(seed, 3, len(ps), rotary.dim)
    assert rotary_excess(rotary, x, rotary.apply(x, ps), ps) <= 1


def test_twin_turning_the_other_way_or_in_the_other_layout_exceeds_the_bound():
    rotary, ps = Rotary(8), torch.tensor([0, 3, 1000])
    x = normal(0, 3, 8)
    assert rotary_excess(rotary, x, rotary.apply(x, -ps), ps) > 1e3
    assert rotary_excess(rotary, x, Rotary(8, layout="half-split").apply(x, ps), ps) > 1e3


@given(dims, positions, st.integers(0, 2**16))
def test_rotary_layouts_are_conjugate_by_one_permutation(dim, ps, seed):
    """Bit for bit: coordinate (i, i + h) of half-split is coordinate (2i, 2i + 1) of interleaved."""
    x = normal(seed, len(ps), dim)
    permutation = torch.arange(dim).reshape(2, dim // 2).T.flatten()
    interleaved = Rotary(dim).apply(x[:, permutation], ps)
    assert torch.equal(interleaved, Rotary(dim, layout="half-split").apply(x, ps)[:, permutation])


@pytest.mark.parametrize("dtype", DTYPES)
def test_rotary_keeps_the_dtype_and_casts_cosine_and_sine_last(dtype):
    rotary, ps = Rotary(4), torch.tensor([100_001])
    cosine, sine = rotary.rotations(ps, dtype)
    assert torch.equal(cosine, torch.cos(ps.double()[:, None] * rotary.frequencies()).to(dtype))
    assert torch.equal(sine, torch.sin(ps.double()[:, None] * rotary.frequencies()).to(dtype))
    assert rotary.apply(torch.ones(2, 1, 4, dtype=dtype), ps).dtype == dtype


def test_alibi_slopes_are_the_published_ones():
    """Press et al. 2022: 1/2 ... 1/256 for 8 heads; with 12 heads every other slope of 16 heads follows."""
    assert Alibi(8).slopes().tolist() == [2.0**-i for i in range(1, 9)]
    assert Alibi(1).slopes().tolist() == [2.0**-8]
    filling = [2.0 ** (-i / 2) for i in (1, 3, 5, 7)]
    for slope, expected in zip(Alibi(12).slopes()[8:].tolist(), filling, strict=True):
        assert abs(slope - expected) <= 4 * UNIT_ROUNDOFF * expected


@given(st.integers(1, 17))
def test_alibi_has_one_distinct_slope_per_head(heads):
    slopes = Alibi(heads).slopes()
    assert slopes.shape == (heads,)
    assert len(set(slopes.tolist())) == heads
    assert bool(((slopes > 0) & (slopes < 1)).all())


@given(st.integers(1, 6), positions, positions, st.sampled_from(DTYPES))
def test_alibi_bias_entry_by_entry(heads, query_positions, key_positions, dtype):
    alibi = Alibi(heads)
    bias = alibi.bias(query_positions, key_positions, dtype)
    assert bias.shape == (heads, len(query_positions), len(key_positions))
    for h, i, j in itertools.product(range(heads), range(len(query_positions)), range(len(key_positions))):
        distance = abs(query_positions[i].item() - key_positions[j].item())
        assert bias[h, i, j] == torch.tensor(-alibi.slopes()[h].item() * distance, dtype=torch.float64).to(dtype)


PE = Sinusoidal(8)
P = torch.arange(3)
BAD_CALLS = [
    (lambda: Sinusoidal(7), "dim: got 7; expected an even integer >= 2"),
    (lambda: Sinusoidal(0), "dim: got 0;"),
    (lambda: Sinusoidal(8.0), "dim: got 8.0;"),
    (lambda: Sinusoidal(8, base=0.0), "base: got 0.0; expected a finite number > 0"),
    (lambda: Sinusoidal(8, base=-1.0), "base: got -1.0;"),
    (lambda: Sinusoidal(8, base=math.nan), "base: got nan;"),
    (lambda: Sinusoidal(8, layout="half-split"), "layout: got 'half-split'; expected one of interleaved, blocks"),
    (lambda: PE([0, 1]), "positions: got [0, 1]; expected a torch tensor"),
    (lambda: PE(torch.tensor([], dtype=torch.int64)), "positions: got Tensor of shape (0,)"),
    (lambda: PE(torch.zeros(2, 2)), "positions: got Tensor of shape (2, 2)"),
    (lambda: PE(torch.tensor(1)), "positions: got tensor(1); expected one axis"),
    (lambda: PE(torch.zeros(2)), "positions: got Tensor of shape (2,) and dtype torch.float32; expected int64 or"),
    (lambda: PE(torch.zeros(2, dtype=torch.complex128)), "positions: got Tensor of shape (2,) and dtype torch.complex"),
    (lambda: PE(torch.tensor([2**53 + 1])), "positions: got 9007199254740993; expected integers up to 2**53"),
    (lambda: PE(torch.tensor([0.0, math.nan]).double()), "positions[1]: got nan; expected finite values"),
    (lambda: PE(torch.tensor([math.inf]).double()), "positions[0]: got inf; expected finite values"),
    (lambda: PE(P, torch.int64), "dtype: got torch.int64; expected a real floating dtype"),
    (lambda: PE(P, torch.complex64), "dtype: got torch.complex64;"),
    (lambda: Scaled(PE, math.inf), "a: got inf; expected a finite number"),
    (lambda: Scaled(Rotary(8), 2.0), "encoding: got Rotary(dim=8"),
    (lambda: Scaled(PE, 2.0)(P, torch.bool), "dtype: got torch.bool;"),
    (lambda: Compressed(PE, 0.0), "factor: got 0.0; expected a finite number > 0"),
    (lambda: Compressed("PE", 0.5), "encoding: got 'PE'; expected an additive encoding"),
    (lambda: Compressed(Rank(4), 0.5)(P), "positions: got 0.5; expected whole numbers in 0..3"),
    (lambda: Retimed(Rank(4), LatencyMap(1.0, 4)), "encoding: got Rank(size=4); expected a Sinusoidal encoding"),
    (lambda: Retimed(PE, 0.05), "latency_map: got 0.05; expected a LatencyMap"),
    (lambda: Retimed(PE, LatencyMap(1.0, 4)).of_latencies(P.float()), "latencies: got Tensor of shape (3,)"),
    (lambda: Rank(0), "size: got 0; expected an integer >= 1"),
    (lambda: Rank(2)(P), "positions: got 2.0; expected whole numbers in 0..1"),
    (lambda: Table([[1.0]]), "rows: got [[1.0]]; expected a torch tensor of shape (size, dim)"),
    (lambda: Table(torch.zeros(3)), "rows: got Tensor of shape (3,)"),
    (lambda: Table(torch.zeros(0, 3)), "rows: got Tensor of shape (0, 3)"),
    (lambda: Table(torch.zeros(2, 2, dtype=torch.complex64)), "rows: got torch.complex64; expected a real floating"),
    (lambda: Table(torch.zeros(2, 2, dtype=torch.int64)), "rows: got torch.int64;"),
    (lambda: Table(torch.tensor([[1.0, math.nan]])), "rows[0, 1]: got nan;"),
    (lambda: Table(torch.zeros(2, 2))(torch.tensor([-1])), "positions: got -1.0; expected whole numbers in 0..1"),
    (lambda: Rotary(3), "dim: got 3;"),
    (lambda: Rotary(4, layout="blocks"), "layout: got 'blocks'; expected one of interleaved, half-split"),
    (lambda: Rotary(4, amplitude=math.nan), "amplitude: got nan;"),
    (lambda: Rotary(4).apply(torch.zeros(3, 6), P), "x: got Tensor of shape (3, 6) and dtype torch.float32; expected"),
    (lambda: Rotary(4).apply(torch.zeros(2, 4), P), "x: got Tensor of shape (2, 4)"),
    (lambda: Rotary(4).apply(torch.zeros(3, 4, dtype=torch.int64), P), "x: got torch.int64;"),
    (lambda: Rotary(4).apply([1.0], P), "x: got [1.0]; expected a tensor of shape (..., 3, 4)"),
    (lambda: Alibi(0), "heads: got 0; expected an integer >= 1"),
    (lambda: Alibi(2).bias(P.float(), P), "query_positions: got Tensor of shape (3,) and dtype torch.float32;"),
    (lambda: Alibi(2).bias(P, P[:0]), "key_positions: got Tensor of shape (0,)"),
    (lambda: Alibi(2).bias(P, P, torch.int32), "dtype: got torch.int32;"),
]


@pytest.mark.parametrize(("call", "message"), BAD_CALLS)
def test_bad_arguments(call, message):
    assert refusal(call).startswith(message)


def test_shape_checks_are_on_in_this_suite():
    """A (length, 1) tensor of positions would broadcast; under test the annotation itself refuses it."""
    with pytest.raises(jaxtyping.TypeCheckError):
        PE(P[:, None])
