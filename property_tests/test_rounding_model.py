"""The rounding model of logits: what right code computes is within the bound of the exact logits, and not far within.

The exact logits come from ball arithmetic at 200 bits. Frequencies, slopes and decays are those that the code holds,
as it rounded them: the model calls only what is computed from them rounding.
"""

import encoding_formulas as formulas
import flint
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from phase_latency.adapters.subject import Subject
from phase_latency.checking.cases import Case, Scope
from phase_latency.checking.guards import Limits
from phase_latency.checking.logits import Logits, case_logits
from phase_latency.checking.probes import base_positions
from phase_latency.checking.rounding_model import relative_bound
from phase_latency.checking.session import Session
from phase_latency.numerics.roundoff import unit_roundoff

BITS = 200
LENGTH = 6
FARTHEST = 10**6
WIDE, SINGLE = torch.float64, torch.float32
HALF = [torch.bfloat16, torch.float16]
# The largest error of right encodings is more than this share of the bound, so that the bound is no blank cheque.
NOT_VACUOUS = 2.0**-9
# What is wrong is beyond the bound by more than this.
CLEARLY = 100


# -- exact images -----------------------------------------------------------------------------------------------------


def turned_unit_vectors(rates, position, layout):
    """(dim, dim) balls: row i is the unit vector e_i, turned by the position."""
    half = len(rates)
    rows = [[flint.arb(0)] * (2 * half) for _ in range(2 * half)]
    for channel, rate in enumerate(rates):
        first, second = (2 * channel, 2 * channel + 1) if layout == "interleaved" else (channel, channel + half)
        sine, cosine = (flint.arb(rate) * flint.arb(position)).sin_cos()
        rows[first][first] = rows[second][second] = cosine
        rows[first][second], rows[second][first] = sine, -sine
    return rows


def decays(rates, layout):
    """xPos: the factor by which each coordinate decays over 512 positions."""
    channels = torch.arange(len(rates), dtype=WIDE) / len(rates)
    return formulas.spread(((channels + 0.4) / 1.4)[None], layout)[0].tolist()


def exact_rotary(rates, positions, layout, sign=0):
    """Balls, row (unit vector, position): the images; for xPos, decayed (sign 1) or grown (sign -1)."""
    centre = max(positions) // 2
    turned = [turned_unit_vectors(rates, position, layout) for position in positions]
    if sign:
        for rows, position in zip(turned, positions, strict=True):
            exponent = sign * (flint.arb(position) - flint.arb(centre)) / 512
            factors = [flint.arb(decay) ** exponent for decay in decays(rates, layout)]
            rows[:] = [[factor * entry for factor, entry in zip(factors, row, strict=True)] for row in rows]
    return [rows[vector] for vector in range(2 * len(rates)) for rows in turned]


def exact_sinusoid(rates, positions):
    """Balls, row (position): the sines and cosines, in any order, which the logits do not see."""
    return [[each for rate in rates for each in (flint.arb(rate) * flint.arb(p)).sin_cos()] for p in positions]


def exact_products(queries, keys):
    product = flint.arb_mat(queries) * flint.arb_mat(keys).transpose()
    return [[product[row, column] for column in range(product.ncols())] for row in range(product.nrows())]


def largest_ratio(logits, exact, storage, angles):
    """Largest error of the logits, in units of their bound."""
    bound = logits.bound(storage, angles)
    worst = 0.0
    for row, (values, bounds) in enumerate(zip(logits.values.tolist(), bound.tolist(), strict=True)):
        for column, (value, allowed) in enumerate(zip(values, bounds, strict=True)):
            error = float((flint.arb(value) - exact[row][column]).abs_upper())
            worst = max(worst, error / allowed if allowed else float(error > 0) * float("inf"))
    return worst


# -- right encodings --------------------------------------------------------------------------------------------------


@st.composite
def settings(draw):
    """Rates as the code holds them, dtype of the angles, positions and whether they are whole numbers."""
    dim, base = draw(st.sampled_from([2, 4, 8])), 10.0 ** draw(st.floats(-0.3, 6))
    angles = draw(st.sampled_from([WIDE, SINGLE]))
    rates = formulas.frequencies(base, dim // 2).to(angles).double()
    floats = draw(st.booleans())
    start = draw(st.integers(0, FARTHEST) if not floats else st.floats(0, FARTHEST))
    stretch = draw(st.floats(1e-3, 3)) if floats else draw(st.integers(1, 1000))
    return rates, angles, floats, lambda positions: start + stretch * (positions.double() if floats else positions)


def evaluated(subject, move, dtype=WIDE):
    """Logits of a subject at moved positions, and these positions."""
    floats = subject.declared.float_positions
    scope = Scope(0, FARTHEST + 1000 * LENGTH, LENGTH, whole=not floats)
    seen = Session(subject, scope, Limits(), causal=False).seen
    logits = case_logits(subject, Case("", move, move, dtype=dtype), seen, Limits(), moved=True)
    return logits, move(seen.base).tolist()


def rotary_ratio(setting, layout, dtype):
    rates, angles, floats, move = setting

    def rotate(x, positions):
        rows = formulas.rotation_rows(rates, positions, layout=layout, angle_dtype=angles)
        return formulas.turned(x, rows.to(x.dtype), layout)

    subject = Subject.rotary(lambda: rotate, name="rotary", dim=2 * len(rates), float_positions=floats)
    logits, positions = evaluated(subject, move, dtype)
    images = exact_rotary(rates.tolist(), positions, layout)
    return largest_ratio(logits, exact_products(images, images), narrower(dtype, angles), angles)


def narrower(dtype, angles):
    return angles if dtype == WIDE else dtype


def xpos_ratio(setting, layout):
    rates, angles, floats, move = setting

    def turn(queries, keys, positions):
        def rows(sign):
            return formulas.decaying_rows(rates, positions, layout=layout, angle_dtype=angles, sign=sign)

        return formulas.turned(queries, rows(1), layout), formulas.turned(keys, rows(-1), layout)

    subject = Subject.rotary_pair(lambda: turn, name="xPos", dim=2 * len(rates), float_positions=floats)
    logits, positions = evaluated(subject, move)
    queries, keys = (exact_rotary(rates.tolist(), positions, layout, sign) for sign in (1, -1))
    return largest_ratio(logits, exact_products(queries, keys), angles, angles)


def sinusoid_ratio(setting, layout, dtype):
    rates, angles, floats, move = setting

    def encode(positions, dtype):
        return formulas.sinusoid_rows(rates, positions, layout=layout, angle_dtype=angles).to(dtype)

    subject = Subject.additive(lambda: encode, name="sinusoid", float_positions=floats)
    logits, positions = evaluated(subject, move, dtype)
    rows = exact_sinusoid(rates.tolist(), positions)
    return largest_ratio(logits, exact_products(rows, rows), narrower(dtype, angles), angles)


def alibi_ratio(setting, form, dtype):
    _, angles, floats, move = setting
    slopes = formulas.slopes(3).to(angles).double()  # as the code holds them

    def call(queries, keys, dtype):
        made = formulas.distance_bias if form == "distance" else formulas.row_bias
        return made(slopes, queries, keys, angle_dtype=angles).to(dtype)

    subject = Subject.bias(lambda: call, name="ALiBi", float_positions=floats)
    logits, positions = evaluated(subject, move, dtype)
    if not logits.finite:
        return 0.0  # float16 ends at 65504, which is another verdict
    balls = [flint.arb(position) for position in positions]
    exact = [
        [-flint.arb(slope) * abs(m - n) if form == "distance" else flint.arb(slope) * n for n in balls]
        for slope in slopes.tolist()
        for m in balls
    ]
    return largest_ratio(logits, exact, narrower(dtype, angles), angles)


def at_200_bits(ratio, *arguments):
    with flint.ctx.workprec(BITS):
        return ratio(*arguments)


dtypes = st.sampled_from([WIDE, SINGLE, *HALF])
rotary_layouts = st.sampled_from(["interleaved", "half-split"])


@given(settings(), rotary_layouts, dtypes)
def test_rotary_logits_are_within_the_bound(setting, layout, dtype):
    assert at_200_bits(rotary_ratio, setting, layout, dtype) <= 1


@given(settings(), rotary_layouts)
def test_xpos_logits_are_within_the_bound(setting, layout):
    assert at_200_bits(xpos_ratio, setting, layout) <= 1


@given(settings(), st.sampled_from(["interleaved", "blocks"]), dtypes)
def test_sinusoidal_logits_are_within_the_bound(setting, layout, dtype):
    assert at_200_bits(sinusoid_ratio, setting, layout, dtype) <= 1


@given(settings(), st.sampled_from(["distance", "row"]), dtypes)
def test_alibi_biases_are_within_the_bound(setting, form, dtype):
    assert at_200_bits(alibi_ratio, setting, form, dtype) <= 1


# -- and not far within -----------------------------------------------------------------------------------------------


def grid(angles, floats):
    """Settings without chance: slow and fast channels, near and far positions, close together and far apart."""
    for base in (1, 100, 10_000):
        rates = formulas.frequencies(base, 4).to(angles).double()
        for start, stretch in ((0, 1), (1000, 7), (FARTHEST, 811)):
            if floats:
                yield rates, angles, floats, lambda p, start=start, step=0.37 * stretch: start + step * p.double()
            else:
                yield rates, angles, floats, lambda p, start=start, step=stretch: start + step * p


RATIOS = {
    "rotary": lambda setting: rotary_ratio(setting, "interleaved", WIDE),
    "xPos": lambda setting: xpos_ratio(setting, "half-split"),
    "sinusoid": lambda setting: sinusoid_ratio(setting, "blocks", WIDE),
    "ALiBi": lambda setting: alibi_ratio(setting, "distance", WIDE),
}


@pytest.mark.parametrize("floats", [False, True], ids=["whole positions", "real positions"])
@pytest.mark.parametrize("angles", [WIDE, SINGLE], ids=str)
@pytest.mark.parametrize("ratio", RATIOS.values(), ids=RATIOS)
def test_the_bound_is_not_vacuous(ratio, angles, floats):
    largest = max(at_200_bits(ratio, setting) for setting in grid(angles, floats))
    assert NOT_VACUOUS <= largest <= 1


def wrong(encode_rates, held_rates, angles, move):
    """A rotary encoding by some rates, held against the exact logits of other rates."""

    def rotate(x, positions):
        rows = formulas.rotation_rows(encode_rates, positions, layout="interleaved", angle_dtype=angles)
        return formulas.turned(x, rows.to(x.dtype), "interleaved")

    subject = Subject.rotary(lambda: rotate, name="rotary", dim=2 * len(held_rates))
    logits, positions = evaluated(subject, move)
    images = exact_rotary(held_rates.tolist(), positions, "interleaved")
    return logits, exact_products(images, images)


def far(positions):
    return 100_000 + 7 * positions


def test_twin_float32_angles_are_beyond_the_bound_of_float64():
    rates = formulas.frequencies(100, 4).float().double()
    logits, exact = wrong(rates, rates, SINGLE, far)
    assert largest_ratio(logits, exact, SINGLE, SINGLE) <= 1
    assert largest_ratio(logits, exact, WIDE, WIDE) > CLEARLY


def test_twin_bfloat16_angles_are_beyond_the_bound_of_float32():
    rates = formulas.frequencies(100, 4).bfloat16().double()
    logits, exact = wrong(rates, rates, torch.bfloat16, lambda positions: 300 + 7 * positions)
    assert largest_ratio(logits, exact, SINGLE, SINGLE) > CLEARLY


def test_twin_a_frequency_that_is_off_by_a_hundred_millionth_is_beyond_the_bound_of_float64():
    rates = formulas.frequencies(100, 4)
    logits, exact = wrong(rates * (1 + 1e-8), rates, WIDE, far)
    assert largest_ratio(logits, exact, WIDE, WIDE) > CLEARLY


# -- the same model elsewhere -----------------------------------------------------------------------------------------


@given(st.integers(1, 4), st.integers(1, 4), st.floats(0, 1e6), st.floats(0, 10), st.data())
def test_the_bound_of_the_sweep_is_the_bound_of_an_entry_at_the_fastest_rate(rows, columns, reach, rate, data):
    sizes = st.floats(1e-3, 1e3)
    left, right = (
        torch.tensor(data.draw(st.lists(sizes, min_size=n, max_size=n)), dtype=WIDE) for n in (rows, columns)
    )
    table = Logits(
        torch.zeros(rows, columns, dtype=WIDE),
        torch.stack((left, rate * left), 1),
        torch.stack((right, rate * right)),
        WIDE,
        reach,
        8,
        False,
    )
    expected = relative_bound(8, reach, rate, SINGLE, SINGLE) * left[:, None] * right
    relative = (table.bound(SINGLE, SINGLE) / expected - 1).abs()
    assert float(relative.max()) <= 16 * unit_roundoff(WIDE)


@given(st.integers(0, 1000), st.integers(2, 5000), st.integers(3, 60), st.booleans())
def test_base_positions_are_dense_first_then_sparse_and_reach_the_last(low, length, count, contiguous):
    scope = Scope(low, low + length - 1, length, whole=True)
    base = base_positions(scope, count, contiguous)
    assert len(base) <= count
    assert bool((base.diff() > 0).all())
    assert bool(scope.inside(base).all())
    assert base[0] == low
    if length <= count or contiguous:
        assert base.tolist() == list(range(low, low + min(length, count)))
    else:
        assert base[-1] == scope.last
        near = min(5, count // 2 + 1)
        assert base[:near].tolist() == list(range(low, low + near))


@given(st.integers(60, 5000), st.integers(30, 48))
def test_distances_of_base_positions_have_no_common_factor(length, count):
    """Or a shift of a cache that is addressed in even or binary steps would never be seen."""
    base = base_positions(Scope(0, length - 1, length, whole=True), count)
    distances = (base[:, None] - base).abs().flatten().unique()
    assert {1, 2, 3} <= set(distances.tolist())
    assert bool((distances % 2 == 1).any())
