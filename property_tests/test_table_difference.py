"""Tables in difference form: rows, queries, keys and logits within their own errors of exact arithmetic."""

from dataclasses import fields, replace
from fractions import Fraction

import exact
import flint
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from phase_latency.encodings import Rotary, Scaled, Sinusoidal
from phase_latency.numerics import compensated
from phase_latency.numerics.comparison import Comparison
from phase_latency.numerics.norms import row_norms
from phase_latency.streaming import difference as difference_module
from phase_latency.streaming.difference import DifferencePair, power_of_two_scale, table_difference
from phase_latency.streaming.factors import Combination, FactoredPair
from phase_latency.streaming.projections import Factors, Projection, rotation_error
from phase_latency.streaming.sources import BLOCK, EncodingSource, TensorSource

# With the machine's own fused product and subtraction, if it has one, and without.
FUSED = sorted({False, compensated.fuses()})
by_fusion = pytest.mark.parametrize("fused", FUSED)

MAGNITUDES = st.integers(-200, 200).map(lambda exponent: 10.0**exponent)
seeds = st.integers(0, 2**16)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def fractions(table):
    return [[Fraction(entry) for entry in row] for row in table.double().tolist()]


def within(exactly, values, error):
    """Whether rows are no further than `error` from exact ones, in rational arithmetic."""
    return all(
        sum((x - y) ** 2 for x, y in zip(row, found, strict=True)) <= Fraction(bound) ** 2
        for row, found, bound in zip(exactly, fractions(values), error.tolist(), strict=True)
    )


def exact_difference(p, q, factor):
    """``Q - s P`` of rational tables."""
    return [
        [y - Fraction(factor) * x for x, y in zip(row, other, strict=True)] for row, other in zip(p, q, strict=True)
    ]


# -- Q - s P of rows -------------------------------------------------------------------------------------------------


@st.composite
def close_tables(draw):
    """A table and one that is nearly a multiple of it, or not at all; rows of any magnitude, some of zeros."""
    length, dim = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    table, noise = (normal(length, dim, seed=draw(seeds)) for _ in range(2))
    rows = draw(st.lists(st.sampled_from([0.0, 2.0**-600, 1e-12, 1.0, 1e8]), min_size=length, max_size=length))
    table = torch.tensor(rows, dtype=torch.float64)[:, None] * table
    factor = draw(st.sampled_from([1.0, -1.0, 1 / 3, 0.3, 1 / 1024, 12345.678]) | st.floats(0.25, 4))
    distance = draw(st.sampled_from([0.0, 1e-17, 1e-15, 1e-8, 1.0]))
    return table, factor * (table + distance * noise * table.abs().amax(1, keepdim=True)), factor


@by_fusion
@given(tables=close_tables(), columns=st.booleans(), nudge=st.integers(-2, 2))
def test_the_difference_is_rounded_once(fused, tables, columns, nudge):
    p, q, factor = tables
    factor *= 1 + nudge * 2.0**-52
    if columns:  # entries of a column next to each other: torch takes other paths then
        p = p.T.contiguous().T
    found, error = table_difference(p, q, factor, fused)
    exactly = exact_difference(fractions(p), fractions(q), factor)
    assert within(exactly, found, error)
    assert (error <= 3 * 2.0**-53 * row_norms(found) + 2.0**-1000).all()  # about one rounding of what is left


def test_twin_a_difference_of_rounded_products_is_caught():
    """Without the error of the product, what is left of nearly equal tables is mostly rounding."""
    p = normal(4, 4)
    q = p / 3
    naive = q - (1 / 3) * p
    _, error = table_difference(p, q, 1 / 3)
    assert not within(exact_difference(fractions(p), fractions(q), 1 / 3), naive, error)


def test_twin_a_forgotten_part_of_the_compensation_is_caught(monkeypatch):
    p = normal(4, 4)
    q = p / 3
    monkeypatch.setattr(difference_module, "two_product", lambda x, y: (x * y, torch.zeros_like(x)))
    found, error = table_difference(p, q, 1 / 3, fused=False)
    assert not within(exact_difference(fractions(p), fractions(q), 1 / 3), found, error)


def test_fusion_is_told_from_two_roundings(monkeypatch):
    """What would go wrong if it were not."""
    plain = torch.sub
    monkeypatch.setattr(torch, "sub", lambda x, y, alpha=1, out=None: plain(x, alpha * y, out=out))
    assert not compensated.fuses()
    p = normal(4, 4)
    q = p / 3
    exactly = exact_difference(fractions(p), fractions(q), 1 / 3)
    assert within(exactly, *table_difference(p, q, 1 / 3, compensated.fuses()))
    assert not within(exactly, *table_difference(p, q, 1 / 3, fused=True))


def test_memory_may_be_handed_in():
    p, q = normal(5, 3), normal(5, 3, seed=1)
    for factor in (0.5, 1 / 3):
        for fused in FUSED:
            out = torch.zeros(5, 8, dtype=torch.float64)
            fresh, error = table_difference(p, q, factor, fused)
            found, again = table_difference(p, q, factor, fused, out[:, 2:5])
            assert torch.equal(found, fresh)
            assert torch.equal(out[:, 2:5], fresh)
            assert torch.equal(again, error)
            assert not out[:, :2].any()
            assert not out[:, 5:].any()


# -- pairs of tables -------------------------------------------------------------------------------------------------


def pair_of(reference, other, fused, names=("P", "Q")):
    """The pair, on a machine that fuses or does not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(difference_module, "fuses", lambda: fused)
        sources = [
            each if not isinstance(each, torch.Tensor) else TensorSource(each, name)
            for each, name in zip((reference, other), names, strict=True)
        ]
        pair = DifferencePair.of(*sources)
    assert pair.fused is fused
    return pair


def rows_of(pair, size=BLOCK, start=0, stop=None):
    """Reference, difference and their errors, of all blocks together."""
    blocks = list(pair.blocks(size, start, stop))
    names = ("reference", "difference", "reference_error", "difference_error")
    return [torch.cat([getattr(block, name) for block in blocks]) for name in names]


def scaled(table, unit):
    return [[entry * Fraction(unit) for entry in row] for row in table]


def check_pair(pair, p, q):
    """P and D in their units are within their errors of what exact tables, in rational numbers, give."""
    reference, difference, reference_error, difference_error = rows_of(pair)
    p, q = scaled(p, pair.reference_unit), scaled(q, pair.other_unit)
    assert within(p, reference, reference_error)
    assert within(exact_difference(p, q, pair.factor), difference, difference_error)


def moved(table, error, seed):
    """Exact tables whose entries are as far from the stored ones as their errors allow."""
    signs = normal(*table.shape, seed=seed).sign()
    return [
        [x + Fraction(sign) * Fraction(e) for x, sign, e in zip(*each, strict=True)]
        for each in zip(fractions(table), signs.tolist(), error.tolist(), strict=True)
    ]


@by_fusion
@given(
    tables=close_tables(),
    p_magnitude=MAGNITUDES,
    q_magnitude=MAGNITUDES,
    relative=st.sampled_from([0.0, 1e-16, 1e-9, 0.1]),
    seed=seeds,
)
def test_pairs_hold_at_every_magnitude(fused, tables, p_magnitude, q_magnitude, relative, seed):
    p, q = tables[0] * p_magnitude, tables[1] * q_magnitude
    if not (p.any() and q.any()):
        return
    p_error, q_error = relative * p.abs(), relative * q.abs()
    pair = pair_of(TensorSource(p, "P", p_error), TensorSource(q, "Q", q_error), fused)
    check_pair(pair, fractions(p), fractions(q))
    check_pair(pair, moved(p, p_error, seed), moved(q, q_error, seed + 1))


@by_fusion
@pytest.mark.parametrize("table", ["P", "Q"])
def test_twin_errors_of_tables_that_are_understated_are_caught(fused, table):
    p, q = normal(4, 3), normal(4, 3) / 3
    p_error, q_error = (1e-9 * each.abs() * (name == table) for name, each in (("P", p), ("Q", q)))
    exactly = moved(p, p_error, 1), moved(q, q_error, 2)
    check_pair(pair_of(TensorSource(p, "P", p_error), TensorSource(q, "Q", q_error), fused), *exactly)
    pair = pair_of(TensorSource(p, "P", 0.9 * p_error), TensorSource(q, "Q", 0.9 * q_error), fused)
    with pytest.raises(AssertionError):
        check_pair(pair, *exactly)


@by_fusion
@given(
    table=seeds.map(lambda seed: normal(3, 4, seed=seed)),
    exponent=st.integers(-400, 400),
    sign=st.sampled_from([1, -1]),
)
def test_powers_of_two_leave_nothing_over(fused, table, exponent, sign):
    pair = pair_of(table, sign * table * 2.0**exponent, fused)
    assert (
        Fraction(pair.factor) * Fraction(pair.reference_unit) / Fraction(pair.other_unit)
        == sign * Fraction(2) ** exponent
    )
    assert not rows_of(pair)[1].any()


@given(table=seeds.map(lambda seed: normal(3, 4, seed=seed)), numerator=st.integers(1, 20))
def test_what_is_left_of_other_multiples_is_the_rounding_of_the_table(table, numerator):
    other = table * (numerator / 7)
    _, difference, *_ = rows_of(DifferencePair.of(TensorSource(table), TensorSource(other)))
    assert (difference.abs() <= 2.0**-48 * other.abs().amax()).all()  # the factor is rounded too


def with_rows(length, first, rows):
    """Zeros but for some rows."""
    table = torch.zeros(length, rows.shape[1], dtype=torch.float64)
    table[first : first + len(rows)] = rows
    return table


@by_fusion
@pytest.mark.parametrize(("p_first", "q_first"), [(BLOCK, BLOCK), (0, BLOCK), (BLOCK + 1, 3), (2 * BLOCK, BLOCK - 2)])
@pytest.mark.parametrize("magnitude", [1.0, 1e-200, 1e200])
def test_zeros_in_the_first_blocks(fused, p_first, q_first, magnitude):
    p = with_rows(2 * BLOCK + 5, p_first, normal(4, 3))
    q = with_rows(2 * BLOCK + 5, q_first, normal(4, 3, seed=1)) * magnitude
    pair = pair_of(p, q, fused)
    assert np.isfinite(pair.factor)
    reference, difference, p_error, d_error = rows_of(pair)
    rows = sorted({*range(p_first, p_first + 4), *range(q_first, q_first + 4)})
    p, q = scaled(fractions(p[rows]), pair.reference_unit), scaled(fractions(q[rows]), pair.other_unit)
    assert within(p, reference[rows], p_error[rows])
    assert within(exact_difference(p, q, pair.factor), difference[rows], d_error[rows])
    rest = torch.ones(2 * BLOCK + 5, dtype=torch.bool)
    rest[rows] = False
    assert not reference[rest].any()
    assert not difference[rest].any()


@given(
    size=st.integers(1, 12),
    start=st.integers(0, 9),
    count=st.integers(1, 10),
    dtype=st.sampled_from([torch.float64, torch.float16]),
)
def test_rows_of_pairs_do_not_depend_on_how_they_are_read(size, start, count, dtype):
    encoding = Sinusoidal(4)
    pair = DifferencePair.of(EncodingSource(encoding, 10, dtype), EncodingSource(Scaled(encoding, 1 / 3), 10, dtype))
    stop = min(10, start + count)
    for part, whole in zip(rows_of(pair, size, start, stop), rows_of(pair), strict=True):
        assert torch.equal(part, whole[start:stop])
    out = torch.full((size, 8), torch.nan, dtype=torch.float64)
    for block, fresh in zip(pair.blocks(size, start, stop, out), pair.blocks(size, start, stop), strict=True):
        for name in ("reference", "difference", "reference_error", "difference_error"):
            assert torch.equal(getattr(block, name), getattr(fresh, name))
        assert torch.equal(out[: len(block.reference)], torch.cat([fresh.reference, fresh.difference], 1))


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_units_are_powers_of_two_that_bring_tables_near_one(value):
    unit = power_of_two_scale(torch.tensor([[value, value / 2]], dtype=torch.float64))
    assert np.frexp(unit)[0] == 0.5
    if abs(value) >= 2.0**-1000:
        assert 0.5 <= abs(Fraction(value) * Fraction(unit)) < 1
    else:
        assert unit in (1.0, 2.0**1000)


BAD_PAIRS = {
    "other length": (lambda p: (p, p[:-1]), "Q: got 'shape (4, 3) and dtype torch.float64'; expected shape (5, 3)"),
    "other width": (lambda p: (p, p[:, :-1]), "Q: got 'shape (5, 2) and dtype torch.float64'; expected shape (5, 3)"),
    "other dtype": (lambda p: (p, p.float()), "Q: got 'shape (5, 3) and dtype torch.float32'; expected shape (5, 3)"),
    "zeros": (lambda p: (0 * p, p), "P: got '5 rows of zeros'; expected a table that is not all zero"),
    "other zeros": (lambda p: (p, 0 * p), "Q: got '5 rows of zeros'; expected a table that is not all zero"),
    "not finite": (lambda p: (p, p / 0), "Q[0, 0]: got "),
    "tiny rows first": (
        lambda p: (
            with_rows(BLOCK + 5, 0, 1e-100 * p) + with_rows(BLOCK + 5, BLOCK, 1e100 * p),
            p.repeat(BLOCK, 1)[: BLOCK + 5],
        ),
        "P: got 'rows more than 1e45 times as large as the first ones'; expected rows of comparable size",
    ),
    "other tiny rows first": (
        lambda p: (
            p.repeat(BLOCK, 1)[: BLOCK + 5],
            with_rows(BLOCK + 5, 0, 1e-200 * p) + with_rows(BLOCK + 5, BLOCK, 1e200 * p),
        ),
        "Q: got 'rows more than 1e45 times as large as the first ones'; expected rows of comparable size",
    ),
}


@pytest.mark.parametrize("kind", BAD_PAIRS)
def test_bad_pairs_are_refused_in_one_line(kind):
    tables, message = BAD_PAIRS[kind]
    p, q = tables(normal(5, 3))
    assert refusal(lambda: rows_of(DifferencePair.of(TensorSource(p, "P"), TensorSource(q, "Q")))).startswith(message)


# -- queries, keys and logits ----------------------------------------------------------------------------------------


def balls(table):
    """A rational table in balls."""
    return np.array([[exact.ball(entry) for entry in row] for row in table])


def exact_turned(x, rotary, start):
    """(heads, rows, dim) balls turned by their positions, by the definition."""
    channels = [
        exact.ball(float(rotary.base)) ** exact.ball(Fraction(-2 * i, rotary.dim)) for i in range(rotary.dim // 2)
    ]
    phases = exact.balls(torch.arange(start, start + x.shape[1]))[:, None] * np.array(channels)
    cosine, sine = exact.FUNCTIONS.cos(phases), exact.FUNCTIONS.sin(phases)
    half = rotary.dim // 2
    first, second = (x[..., 0::2], x[..., 1::2]) if rotary.layout == "interleaved" else (x[..., :half], x[..., half:])
    turned = first * cosine - second * sine, first * sine + second * cosine
    joined = np.stack(turned, -1).reshape(x.shape) if rotary.layout == "interleaved" else np.concatenate(turned, -1)
    return exact.ball(float(rotary.amplitude)) * joined


def exact_projected(table, projection):
    """(heads, rows, rank) queries or keys of a rational table."""
    rows = balls(table)[None]
    projected = rows if projection.weight is None else rows @ exact.balls(projection.weight)
    return projected if projection.rotary is None else exact_turned(projected, projection.rotary, 0)


def exact_logits(pair, query_table, key_table):
    queries, keys = exact_projected(query_table, pair.query), exact_projected(key_table, pair.key)
    return queries @ np.swapaxes(keys, 1, 2) * exact.ball(pair.scale)


ROTARY = Rotary(4, base=500.0)
FORMS = {
    "Gram": (Projection(), Projection(), 1.0),
    "scaled Gram": (Projection(), Projection(), 1 / 3),
    "heads": (Projection(normal(2, 3, 2, seed=1)), Projection(normal(2, 3, 2, seed=2)), 0.5**0.5),
    "wide head": (Projection(normal(1, 3, 4, seed=1)), Projection(normal(1, 3, 4, seed=2)), 0.5),
    "rotary heads": (Projection(normal(2, 3, 4, seed=1), ROTARY), Projection(normal(2, 3, 4, seed=2), ROTARY), 0.5),
    "half-split": (
        Projection(normal(2, 3, 4, seed=1), Rotary(4, layout="half-split", amplitude=1 / 3)),
        Projection(normal(2, 3, 4, seed=2), Rotary(4, layout="half-split", amplitude=-7.0)),
        1.0,
    ),
    "tiny weights": (Projection(1e-200 * normal(2, 3, 2, seed=1)), Projection(1e100 * normal(2, 3, 2, seed=2)), 1.0),
}
by_form = pytest.mark.parametrize("form", FORMS)


def held(exactly, values, error):
    return Comparison(exact.distance(exactly, values), error)


def check_factors(pair, p, q, factors, projection):
    """Norms and errors of queries or keys."""
    p, q = scaled(p, pair.reference_unit), scaled(q, pair.other_unit)
    for exactly, found, norms, errors in (
        (p, factors.reference, factors.reference_norm, factors.reference_error),
        (exact_difference(p, q, pair.factor), factors.difference, factors.difference_norm, factors.difference_error),
    ):
        distances = ((exact.balls(found) - exact_projected(exactly, projection)) ** 2).sum(2)
        square = (exact.balls(found) ** 2).sum(2)
        for head, row in np.ndindex(*distances.shape):
            assert distances[head, row].sqrt().abs_lower() <= errors[head, row].item()
            assert square[head, row].sqrt().abs_lower() <= norms[head, row].item()


def error_of(combination, queries, keys, extra=0.0):
    return combination.left_error(queries) @ combination.right_error(keys, extra).mT


def matrices(pair, scale):
    """What makes logits, their change and their deviation from a multiple, and how far its coefficient is off."""
    logits = Combination(pair.unit, 0.0, pair.query_tables.factor, pair.key_tables.factor, pair.unit, pair.rank)
    found = {"logits": (logits, 0.0)}
    for name, subtracted in (("change", 1.0), ("deviation", scale)):
        alpha = pair.table_scale - Fraction(subtracted)
        off = abs(alpha - Fraction(float(alpha)))
        found[name] = (pair.combination(float(alpha)), float(off) * (1 + 1e-9))
    return found


def comparisons(pair, p, q, scale):
    """Each matrix held against exact arithmetic; `p` and `q` are the exact tables of queries and of keys."""
    ((_, queries),), ((_, keys),) = pair.queries(), pair.keys()
    old, new = exact_logits(pair, p[0], p[1]), exact_logits(pair, q[0], q[1])
    exactly = {"logits": old, "change": new - old, "deviation": new - exact.ball(scale) * old}
    results = {}
    for name, (combination, extra) in matrices(pair, scale).items():
        found = combination.left(queries) @ combination.right(keys).mT
        results[name] = held(exactly[name], found, error_of(combination, queries, keys, extra))
    results["plain logits"] = held(
        old, pair.logits(queries, keys), error_of(matrices(pair, scale)["logits"][0], queries, keys)
    )
    return results


def sources(table, other, relative):
    return TensorSource(table, "P", relative * table.abs()), TensorSource(other, "Q", relative * other.abs())


def factored(form, tables, key_tables, relative, fused, understated=1.0):
    query, key, scale = FORMS[form]
    pairs = [pair_of(*sources(*each, understated * relative), fused) for each in (tables, key_tables)]
    return FactoredPair(*pairs, query, key, scale)


@by_form
@by_fusion
@given(
    seed=seeds,
    relative=st.sampled_from([0.0, 2.0**-53, 1e-9, 0.1]),
    distance=st.sampled_from([0.0, 1e-16, 1e-8, 1.0]),
    factor=st.sampled_from([1.0, 1 / 3, 1 / 1024, -2.5]),
    magnitude=st.sampled_from([1.0, 1.0, 2.0**-90, 1e80]),
    scale=st.sampled_from([0.0, 1 / 9, 1.0]),
)
def test_logits_change_and_deviation_hold(form, fused, seed, relative, distance, factor, magnitude, scale):
    """For exact tables anywhere within the errors of the stored ones, and different tables for queries and keys."""
    tables = [normal(3, 3, seed=seed + i) for i in range(4)]
    query_tables = tables[0], factor * magnitude * (tables[0] + distance * tables[1])
    key_tables = tables[2], magnitude * (tables[2] + distance * tables[3])
    pair = factored(form, query_tables, key_tables, relative, fused)
    exactly = [
        [moved(table, relative * table.abs(), seed + i) for i, table in enumerate(both)]
        for both in zip(query_tables, key_tables, strict=True)
    ]
    (queries,), (keys,) = ([factors for _, factors in side()] for side in (pair.queries, pair.keys))
    check_factors(pair.query_tables, exactly[0][0], exactly[1][0], queries, pair.query)
    check_factors(pair.key_tables, exactly[0][1], exactly[1][1], keys, pair.key)
    for name, comparison in comparisons(pair, exactly[0], exactly[1], scale * magnitude).items():
        assert comparison.holds, f"{name} {comparison.worst()}"


@by_form
def test_twin_errors_of_tables_that_are_understated_reach_the_logits(form):
    """Entries that are all off in the direction that hurts most use up their bound; a tenth of it is not enough."""
    p = torch.ones(3, 3, dtype=torch.float64)
    largest = {}
    for understated in (1.0, 1e-3):
        pair = factored(form, (p, p / 3), (p, p / 3), 1e-6, FUSED[-1], understated)
        exactly = moved(p, 1e-6 * p, 1), moved(p / 3, 1e-6 * p / 3, 2)
        found = comparisons(pair, [exactly[0]] * 2, [exactly[1]] * 2, 1 / 9)
        largest[understated] = {name: comparison.worst_ratio for name, comparison in found.items()}
    assert max(largest[1.0].values()) <= 1
    assert min(largest[1e-3].values()) > 1


@pytest.mark.parametrize("kind", ["weights", "rotation"])
def test_twin_errors_that_are_forgotten_on_the_way_are_caught(kind):
    """With tables that are exact, only the arithmetic behind them errs: it has to be charged."""
    p = normal(4, 4)
    exactly = torch.zeros_like(p)
    tables = pair_of(TensorSource(p, "P", exactly), TensorSource(p / 3, "Q", exactly), FUSED[-1])
    projection = Projection(normal(2, 4, 3, seed=1)) if kind == "weights" else Projection(None, ROTARY)
    ((_, queries),) = FactoredPair(tables, tables, projection, projection).queries()
    check_factors(tables, fractions(p), fractions(p / 3), queries, projection)
    for forgotten in ("reference_error", "difference_error"):
        broken = replace(queries, **{forgotten: 1e-20 * getattr(queries, forgotten)})
        with pytest.raises(AssertionError):
            check_factors(tables, fractions(p), fractions(p / 3), broken, projection)


@by_form
def test_bounds_of_logits_are_not_vacuous(form):
    """Where errors of the tables dominate, something comes near the bound."""
    p = normal(3, 3)
    pair = factored(form, (p, p / 3), (p, p / 3), 1e-3, FUSED[-1])
    ratios = [0.0]
    for seed in range(10):
        exactly = moved(p, 1e-3 * p.abs(), seed), moved(p / 3, 1e-3 * p.abs() / 3, seed + 50)
        found = comparisons(pair, [exactly[0]] * 2, [exactly[1]] * 2, 1 / 9)
        ratios.append(min(comparison.worst_ratio for comparison in found.values()))
    assert max(ratios) >= 0.02


def test_the_scale_of_the_tables_is_exact():
    p, k = normal(3, 3), normal(3, 3, seed=1)
    pair = factored("Gram", (p, p / 3 * 1e100), (k, k * 1e-120), 0.0, FUSED[-1])
    q_tables, k_tables = pair.query_tables, pair.key_tables
    expected = Fraction(1)
    for tables in (q_tables, k_tables):
        expected *= Fraction(tables.factor) * Fraction(tables.reference_unit) / Fraction(tables.other_unit)
    assert pair.table_scale == expected
    assert abs(pair.table_scale / Fraction(1, 3) * Fraction(10) ** 20 - 1) < Fraction(1, 10**12)


@pytest.mark.parametrize("form", ["heads", "rotary heads"])
@given(size=st.integers(1, 7), positions=st.sets(st.integers(0, 9), min_size=1))
def test_factors_do_not_depend_on_how_they_are_read(form, size, positions):
    """Rotations go by the position in the table; matrix products may round otherwise for other shapes."""
    p = normal(10, 3)
    pair = factored(form, (p, p / 3), (p, p / 3), 0.0, FUSED[-1])
    ((_, whole),) = pair.queries()
    for start, part in pair.queries(size):
        check_same(part, whole[start : start + size])
    at = torch.tensor(sorted(positions))
    check_same(pair.queries_at(at), whole[at])
    ((_, whole),) = pair.keys()
    check_same(pair.keys_at(at), whole[at])


def check_same(mine, theirs):
    for side in ("reference", "difference"):
        gap = torch.linalg.vector_norm(getattr(mine, side) - getattr(theirs, side), dim=2)
        assert (gap <= getattr(mine, f"{side}_error") + getattr(theirs, f"{side}_error")).all()
    assert all(getattr(mine, each.name).shape == getattr(theirs, each.name).shape for each in fields(Factors))


@pytest.mark.parametrize(
    ("name", "p", "q"), [("P", 1e200, 1.0), ("P", 1e-200, 1.0), ("Q", 1.0, 1e200), ("Q", 1.0, 1e-200)]
)
def test_logits_out_of_range_are_refused_in_one_line(name, p, q):
    tables = normal(3, 3) * p, normal(3, 3) * q
    message = refusal(lambda: factored("Gram", tables, tables, 0.0, FUSED[-1]))
    assert message.startswith(f"{name}: got 'a table with logits of the order of 2**")
    assert "expected logits well within the range of float64; scale the table" in message


@given(position=st.integers(0, 10**6), amplitude=st.sampled_from([1.0, -1 / 3, 1e-200, 1e100]))
def test_rotations_are_within_their_error(position, amplitude):
    rotary = Rotary(4, base=500.0, amplitude=amplitude)
    x = normal(1, 1, 4)
    turned = rotary.apply(x, torch.tensor([position]))
    exactly = exact_turned(exact.balls(x), rotary, position)
    distance = ((exact.balls(turned) - exactly) ** 2).sum(2)[0, 0].sqrt()
    size = (exact.balls(x) ** 2).sum(2)[0, 0].sqrt() * abs(exact.ball(amplitude))
    assert (distance / size).abs_lower() <= rotation_error(rotary, torch.tensor([position])).item()


def test_no_global_precision_is_left_behind():
    flint.ctx.prec = 53
    p = normal(3, 3)
    factored("rotary heads", (p, p / 3), (p, p / 3), 0.0, FUSED[-1])
    assert flint.ctx.prec == 53
