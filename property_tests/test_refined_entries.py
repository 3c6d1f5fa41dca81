"""The bound of the entry that decides: it covers the exact deviation and can be broken."""

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
from phase_latency.normalisation import LayerNorm
from phase_latency.numerics.norms import spectral_bound, stretch
from phase_latency.streaming.difference import DifferencePair
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.projections import Projection
from phase_latency.streaming.refined import refined
from phase_latency.streaming.sources import EncodingSource, TensorSource

LENGTH, DIM = 9, 6
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
    found = refined(pair, WorstEntry(Figure(0.0, float("inf")), 0, query, key), alpha, 0.0)
    shifts = [
        e * (torch.sign(normal(LENGTH, DIM, seed=seed + 9 + n)) if sign is None else sign) for n, e in enumerate(errors)
    ]
    tables = (exact.balls(table) + exact.balls(shift) for table, shift in zip((P, Q), shifts, strict=True))
    deviation = abs(exact_deviation(*tables, pair.table_scale - Fraction(alpha), query, key, kind))
    assert float(abs(deviation - found.deviation.value).abs_lower()) <= found.deviation.bound


def test_an_understated_error_breaks_it():
    P = normal(LENGTH, DIM)
    Q, error = 0.5 * P, torch.full_like(P, 1e-9)
    pair = pair_of(P, Q, error / 1e4, error / 1e4, "Gram")
    found = refined(pair, WorstEntry(Figure(0.0, float("inf")), 0, 2, 2), 0.0, 0.0)
    moved = exact.balls(Q) + exact.balls(error * torch.sign(Q))
    deviation = exact_deviation(exact.balls(P), moved, 0.25, 2, 2, "Gram")
    assert float(abs(deviation).abs_lower()) > found.deviation.bound


def test_a_wrong_scale_is_covered_by_extra_and_by_nothing_else():
    P = normal(LENGTH, DIM)
    exactly = torch.zeros_like(P)
    pair = pair_of(P, P / 2, exactly, exactly, "Gram")
    entry = WorstEntry(Figure(1e-3, float("inf")), 0, 1, 1)
    assert (lambda f: f.value > f.bound)(refined(pair, entry, 1e-6, 0.0).deviation)
    assert (lambda f: f.value <= f.bound)(refined(pair, entry, 1e-6, 1.1e-6).deviation)


def test_it_is_never_wider_than_the_bound_by_norms():
    P, Q = (EncodingSource(e, 64, torch.float32) for e in (Sinusoidal(32), Compressed(Sinusoidal(32), 1 + 1e-9)))
    tables = DifferencePair.of(P, Q)
    pair = FactoredPair(tables, tables)
    queries = pair.queries_at(torch.arange(64))
    family = pair.combination(0.0)
    by_norms = (family.left_error(queries) @ family.right_error(queries).mT)[0]
    for query, key in ((0, 0), (63, 63), (5, 40)):
        bound = float(by_norms[query, key])
        found = refined(pair, WorstEntry(Figure(0.0, bound), 0, query, key), 0.0, 0.0)
        assert 0 < found.deviation.bound <= bound


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
