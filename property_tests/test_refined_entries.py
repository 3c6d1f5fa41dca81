"""Sharper bounds of single entries: they cover exact deviations, can be broken, and find what bounds by rows miss."""

from dataclasses import replace
from fractions import Fraction

import exact
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from phase_latency.attention import Attention
from phase_latency.encodings import Compressed, Rotary, Sinusoidal
from phase_latency.figures import Figure, WorstEntry
from phase_latency.invariance import measure
from phase_latency.masks import Mask
from phase_latency.normalisation import LayerNorm
from phase_latency.numerics.norms import spectral_bound, stretch
from phase_latency.streaming.difference import DifferencePair
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.projections import Projection
from phase_latency.streaming.refined import refined
from phase_latency.streaming.sources import EncodingSource, TensorSource
from phase_latency.streaming.tiles import Region
from phase_latency.streaming.worst import Worst, worst_entry

LENGTH, DIM = 9, 6
EVERYTHING = 10**9
UNKNOWN = Figure(0.0, float("inf"))
TOUCHED = torch.ones(200, 200, dtype=torch.bool)  # but no pair with row 100, except one that is known badly
TOUCHED[100], TOUCHED[:, 100], TOUCHED[100, 2] = False, False, True
WEIGHTS = {
    "Gram": (None, None),
    "head": tuple(
        torch.randn(1, DIM, 4, generator=torch.Generator().manual_seed(i), dtype=torch.float64) for i in (1, 2)
    ),
}


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def pair_of(reference, other, error_P, error_Q, kind):
    tables = DifferencePair.of(TensorSource(reference, "P", error_P), TensorSource(other, "Q", error_Q))
    return FactoredPair(tables, tables, *(Projection(weight) for weight in WEIGHTS[kind]))


def sharpened(pair, query, key, alpha=0.0, extra=0.0, found=UNKNOWN):
    """The sharper figure of one entry."""
    worst = Worst(WorstEntry(found, 0, query, key), float("inf"), 0.0, True, 1, 1)
    return refined(pair, worst, alpha, extra, Mask()).entry.deviation


def exact_deviation(P, Q, scale, query, key, kind):
    """``G' - c G`` of exact tables at one entry, in 400 bits."""
    q, k = (None if w is None else exact.balls(w[0]) for w in WEIGHTS[kind])

    def logit(table):
        a, b = table[query], table[key]
        return (a if q is None else a @ q) @ (b if k is None else b @ k)

    return logit(Q) - exact.ball(scale) * logit(P)


@pytest.mark.parametrize("kind", WEIGHTS)
@given(seed=st.integers(0, 999), size=st.sampled_from([1.0, 1e-6, 1e-14]), sign=st.sampled_from([-1, 1, None]))
def test_it_covers_every_table_within_the_errors(kind, seed, size, sign):
    """Exact tables anywhere within the errors of entries, also all errors of one sign."""
    P = normal(LENGTH, DIM, seed=seed)
    Q = 0.3 * P + size * normal(LENGTH, DIM, seed=seed + 1)
    errors = [1e-9 * normal(LENGTH, DIM, seed=seed + n).abs() for n in (2, 3)]
    pair = pair_of(P, Q, *errors, kind)
    alpha = float(pair.table_scale) - 0.09
    query, key = seed % LENGTH, (seed // LENGTH) % LENGTH
    found = sharpened(pair, query, key, alpha)
    shifts = [
        e * (torch.sign(normal(LENGTH, DIM, seed=seed + 9 + n)) if sign is None else sign) for n, e in enumerate(errors)
    ]
    tables = (exact.balls(table) + exact.balls(shift) for table, shift in zip((P, Q), shifts, strict=True))
    deviation = abs(exact_deviation(*tables, pair.table_scale - Fraction(alpha), query, key, kind))
    assert float(abs(deviation - found.value).abs_lower()) <= found.bound


def test_an_understated_error_breaks_it():
    P = normal(LENGTH, DIM)
    Q, error = 0.5 * P, torch.full_like(P, 1e-9)
    pair = pair_of(P, Q, error / 1e4, error / 1e4, "Gram")
    found = sharpened(pair, 2, 2)
    moved = exact.balls(Q) + exact.balls(error * torch.sign(Q))
    deviation = exact_deviation(exact.balls(P), moved, 0.25, 2, 2, "Gram")
    assert float(abs(deviation).abs_lower()) > found.bound


def test_a_wrong_scale_is_covered_by_extra_and_by_nothing_else():
    P = normal(LENGTH, DIM)
    exactly = torch.zeros_like(P)
    pair = pair_of(P, P / 2, exactly, exactly, "Gram")
    assert (lambda f: f.value > f.bound)(sharpened(pair, 1, 1, 1e-6))
    assert (lambda f: f.value <= f.bound)(sharpened(pair, 1, 1, 1e-6, extra=1.1e-6))


def test_it_is_never_wider_than_the_bound_by_norms():
    P, Q = (EncodingSource(e, 64, torch.float32) for e in (Sinusoidal(32), Compressed(Sinusoidal(32), 1 + 1e-9)))
    tables = DifferencePair.of(P, Q)
    pair = FactoredPair(tables, tables)
    queries = pair.queries_at(torch.arange(64))
    family = pair.combination(0.0)
    by_norms = (family.left_error(queries) @ family.right_error(queries).mT)[0]
    for query, key in ((0, 0), (63, 63), (5, 40)):
        bound = float(by_norms[query, key])
        assert 0 < sharpened(pair, query, key, found=Figure(0.0, bound)).bound <= bound


def test_no_search_says_that_all_is_within_bounds_where_the_deciding_entry_is_not():
    """A violation between both bounds: by norms it could be rounding, by entries it cannot."""
    table = torch.eye(4, dtype=torch.float64) + 1e-3
    error = torch.zeros_like(table)
    error[:, 0] = 1e-6
    other = table.clone()
    other[3, 3] += 1.2e-6
    found = measure(table, other, error_P=error, error_Q=error)
    assert (found.worst.deviation.value > found.worst.deviation.bound) == (found.verdict == "VIOLATION")
    assert found.search.within_bounds <= (found.verdict != "VIOLATION")


# -- the second look ---------------------------------------------------------------------------------------------------


def doubtful(sign=1.0):
    """Tables and alpha for ``G' - G``: row 100 is wrong by more than entries explain, not by more than rows do.

    Errors sit in a channel where the tables are small. Row 2 deviates far more, and is known badly in every channel.
    """
    table = 1 + normal(200, 4) / 8
    table[:, 0] = 1e-3
    error = torch.zeros_like(table)
    error[:, 0] = 1e-6
    other = table.clone()
    other[100, 3] += sign * 1e-6
    other[2], error[2] = other[2] + 1e-3, 1e-2
    pair = pair_of(table, other, error, error, "Gram")
    return pair, float(pair.table_scale) - 1.0


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_what_bounds_by_rows_miss_is_found_where_they_are_closest(sign):
    pair, alpha = doubtful(sign)
    by_rows = worst_entry(pair, alpha, 0.0, Mask(), EVERYTHING)
    found = refined(pair, by_rows, alpha, 0.0, Mask())
    assert by_rows.within_bounds
    assert not found.within_bounds
    assert found.entry.is_beyond
    assert 100 in (found.entry.query, found.entry.key)
    assert found.entry.deviation.value < by_rows.entry.deviation.value
    P, Q = (exact.balls(table.table) for table in (pair.query_tables.reference, pair.query_tables.other))
    deviation = abs(
        exact_deviation(P, Q, pair.table_scale - Fraction(alpha), found.entry.query, found.entry.key, "Gram")
    )
    assert float(abs(deviation - found.entry.deviation.value).abs_lower()) <= found.entry.deviation.bound


def test_twin_without_a_second_look_it_is_missed():
    pair, alpha = doubtful()
    by_rows = replace(worst_entry(pair, alpha, 0.0, Mask(), EVERYTHING), closest=())
    assert refined(pair, by_rows, alpha, 0.0, Mask()).within_bounds


@pytest.mark.parametrize("mask", [Mask(entries=TOUCHED), Mask(entries=TOUCHED.tril(), causal=True)])
def test_hidden_pairs_are_not_looked_at_again(mask):
    pair, alpha = doubtful()
    by_rows = worst_entry(pair, alpha, 0.0, mask, EVERYTHING)
    assert refined(pair, by_rows, alpha, 0.0, mask).within_bounds
    assert not refined(pair, by_rows, alpha, 0.0, Mask()).within_bounds


def test_regions_of_scattered_positions_are_read_where_they_are():
    pair, alpha = doubtful()
    region = Region(0, torch.tensor([3, 4, 50, 99, 100, 150]), torch.arange(90, 98), 0.5)
    worst = replace(worst_entry(pair, alpha, 0.0, Mask(), EVERYTHING), closest=(region,))
    found = refined(pair, worst, alpha, 0.0, Mask())
    assert found.entry.query == 100
    assert 90 <= found.entry.key < 98


@pytest.mark.parametrize("options", [{"rotary": Rotary(2)}, {"norm": LayerNorm(torch.ones(DIM).double(), None, 1e-3)}])
def test_rotated_and_normalised_rows_agree_with_the_layer(options):
    weights = (normal(1, DIM, 2, seed=seed) for seed in (1, 2, 3))
    layer, P, Q = Attention(*weights, **options), normal(LENGTH, DIM), normal(LENGTH, DIM, seed=5)
    found = measure(P, Q, layer)
    positions = torch.arange(LENGTH) if "rotary" in options else None
    before, after = (layer.parts(torch.zeros_like(P), each, positions).position_position for each in (P, Q))
    at = found.worst.head, found.worst.query, found.worst.key
    deviation = abs(float(after[at] - found.scale.value * before[at]))
    # The layer subtracts two rounded logits of order 10 with inner lengths below 8: some 2**-45.
    assert abs(deviation - found.worst.deviation.value) <= 2.0**-40


SIZES = st.integers(1, 7)


# -- norms -----------------------------------------------------------------------------------------------------------


@given(
    rows=st.integers(1, 7),
    columns=st.integers(1, 7),
    seed=st.integers(0, 999),
    exponent=st.sampled_from([0, -200, 200]),
)
def test_spectral_bounds_are_above_the_largest_singular_value_and_close(rows, columns, seed, exponent):
    matrix = normal(rows, columns, seed=seed)
    largest = np.linalg.svd(matrix.numpy(), compute_uv=False)[0]
    scaled = stretch(matrix * 10.0**exponent) / 10.0**exponent
    for found in (spectral_bound(matrix.mT @ matrix), scaled):
        assert largest * (1 - 1e-12) <= found <= largest * columns**0.125 * (1 + 1e-6)


def test_twin_a_mean_of_singular_values_is_no_bound():
    matrix = torch.diag(torch.tensor([3.0, 1.0], dtype=torch.float64))
    assert 2.0 < 3.0 <= stretch(matrix)
    assert stretch(torch.zeros(2, 2, dtype=torch.float64)) < 1e-290
