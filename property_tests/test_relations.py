"""The strongest invariance class: each class holds where it should, with a bound, and stronger ones are refused."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from phase_latency.checking.classes import CLASSES
from phase_latency.invariance import measure
from phase_latency.masks import Mask, causal_mask
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.layers import factored
from phase_latency.streaming.projections import Projection
from phase_latency.streaming.row_affine import row_affine_residual
from phase_latency.streaming.sources import TensorSource
from phase_latency.streaming.views import FirstRows

LENGTH, DIM = 23, 5
MASKS = {
    "all": Mask(),
    "causal": Mask(causal=True),
    "padding": Mask(keys=torch.arange(LENGTH) % 4 != 1),
    "entries": Mask(entries=torch.rand(LENGTH, LENGTH, generator=torch.Generator().manual_seed(1)) > 0.4),
}
EXACTLY = torch.zeros(LENGTH, DIM, dtype=torch.float64)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def logits(query_tables, key_tables, heads=0):
    sources = [
        tuple(TensorSource(table, name, EXACTLY) for table, name in zip(tables, "PQ", strict=True))
        for tables in (query_tables, key_tables)
    ]
    pair = factored(None, *sources)
    if not heads:
        return pair
    weights = (Projection(normal(heads, DIM, 3, seed=seed)) for seed in (8, 9))
    return FactoredPair(pair.query_tables, pair.key_tables, *weights)


def dense_residual(pair, mask):
    """Row by row, by ordinary least squares in float64."""
    (_, queries), *_ = pair.queries(LENGTH)
    (_, keys), *_ = pair.keys(LENGTH)
    s_q, s_k = pair.query_tables.factor, pair.key_tables.factor
    old = queries.reference @ keys.reference.mT
    new = (s_q * queries.reference + queries.difference) @ (s_k * keys.reference + keys.difference).mT
    admitted = mask.admitted(torch.arange(LENGTH), slice(0, LENGTH))
    left = whole = 0.0
    for head in range(pair.heads):
        for row in range(LENGTH):
            chosen = slice(None) if admitted is None else admitted[row]
            x, y = old[head, row][chosen], new[head, row][chosen]
            x, y = x - x.mean(), y - y.mean()
            scale = float(x @ y) / float(x @ x) if float(x @ x) else 0.0
            rest = y - scale * x if scale > 0 or not float(x @ x) else y
            left, whole = left + float(rest @ rest), whole + float(y @ y)
    return math.sqrt(left / whole)


@pytest.mark.parametrize("heads", [0, 2])
@pytest.mark.parametrize("kind", MASKS)
@given(size=st.sampled_from([1.0, 1e-3, 1e-7]), seed=st.integers(0, 99))
def test_row_affine_residual_is_that_of_least_squares(kind, heads, size, seed):
    table, noise = normal(LENGTH, DIM, seed=seed), normal(LENGTH, DIM, seed=seed + 100)
    pair = logits((table, table + size * noise), (table, table), heads)
    found = row_affine_residual(pair, torch.arange(LENGTH), MASKS[kind])
    # Least squares on formed logits is good to a few hundred units.
    assert abs(found.value - dense_residual(pair, MASKS[kind])) <= 2.0**-42
    assert found.bound < 1e-10


@given(factors=st.lists(st.sampled_from([2.0**-10, 0.5, 1.0, 8.0]), min_size=LENGTH, max_size=LENGTH))
def test_positive_factors_of_rows_are_row_affine_and_a_negative_one_is_not(factors):
    table = normal(LENGTH, DIM)
    rows = torch.tensor(factors, dtype=torch.float64)[:, None]
    found = row_affine_residual(logits((table, rows * table), (table, table)), torch.arange(LENGTH), Mask())
    assert found.value <= found.bound
    rows[3] *= -1
    found = row_affine_residual(logits((table, rows * table), (table, table)), torch.arange(LENGTH), Mask())
    assert found.value > found.bound


def test_some_rows_are_measured_alone():
    table = normal(LENGTH, DIM)
    changed = table.clone()
    changed[7] += 1.0
    pair = logits((table, changed), (table, table))
    others = torch.tensor([row for row in range(LENGTH) if row != 7])
    untouched = row_affine_residual(pair, others, Mask())
    assert untouched.value <= untouched.bound
    assert row_affine_residual(pair, torch.tensor([7]), Mask()).value > 0.01


# -- the ladder of classes -------------------------------------------------------------------------------------------

P = normal(LENGTH, DIM, seed=3)
ROW = normal(1, DIM, seed=4)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(
    ("query", "key", "strongest"),
    [
        (P, P, "Exact"),
        (-P, -P, "Exact"),
        (P / 3, P, "Scale"),
        (P, P + ROW, "RowConstant"),
        (P / 3, P + ROW, "ScaleAndRowConstant"),
        (P * torch.linspace(1, 2, LENGTH, dtype=torch.float64)[:, None], P + ROW, "RowAffine"),
        (-P, P, "Nothing"),
        (normal(LENGTH, DIM, seed=6), P, "Nothing"),
    ],
    ids=["itself", "both negated", "scaled", "key moved", "scaled and moved", "rows scaled", "negated", "another"],
)
def test_the_strongest_class_that_holds(query, key, strongest, causal):
    found = measure(P, query, keys=(P, key), mask=causal_mask(LENGTH) if causal else None)
    assert found.invariance == strongest
    names = ["Exact", "Scale", "RowConstant", "ScaleAndRowConstant", "RowAffine", "Order"]
    if strongest in names and strongest != "RowConstant":
        stronger = names[: names.index(strongest)]
        assert all(found.relations[name].value > found.relations[name].bound for name in stronger)


def test_a_monotone_function_of_one_logit_keeps_the_order():
    """One column: logits p q and p f(q) with f increasing, which no line describes."""
    q = torch.linspace(-1, 1, LENGTH, dtype=torch.float64)[:, None]
    found = measure(q, q, keys=(q, q**3 + q))
    assert found.invariance == "Order"
    assert found.relations["RowAffine"].value > found.relations["RowAffine"].bound


def test_errors_as_large_as_the_logits_leave_it_undecided():
    error = torch.full_like(P, 10.0)
    assert measure(P, P / 3, error_P=error, error_Q=error).invariance == "Undecided"


# -- the first rows of a table, cast ---------------------------------------------------------------------------------


@pytest.mark.parametrize("stored", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_a_cast_is_charged_for(stored, dtype):
    exact = normal(LENGTH, DIM)
    view = FirstRows(TensorSource(exact.to(stored), "P"), LENGTH - 3, dtype)
    (rows,) = view.blocks()
    (entries,) = view.bounded_blocks()
    assert (view.length, view.dim, view.dtype, view.name) == (LENGTH - 3, DIM, dtype, "P")
    assert torch.equal(rows.values, exact[:-3].to(stored).to(dtype).double())
    distance = (rows.values - exact[:-3]).abs()
    assert (distance <= entries.error).all()
    assert (torch.linalg.vector_norm(distance, dim=1) <= rows.error).all()
    assert 0 < rows.error.max() <= 8 * max(torch.finfo(each).eps for each in (stored, dtype)) * DIM


def test_classes_have_the_names_of_the_classes_that_check_uses():
    found = measure(P, normal(LENGTH, DIM, seed=6))
    assert [*found.relations, "Nothing"] == [each.name for each in CLASSES]
