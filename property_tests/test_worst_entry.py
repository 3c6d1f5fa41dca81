"""Worst entry: the largest of all entries, or an honest bound of those that the budget leaves out."""

import itertools
from dataclasses import replace

import exact
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from phase_latency.encodings import Compressed, Rotary, Scaled, Sinusoidal
from phase_latency.masks import Mask
from phase_latency.streaming.difference import DifferencePair
from phase_latency.streaming.entry_bounds import Strips, bases, entry_bound, half_norms
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.joined import GeneratedSource
from phase_latency.streaming.projections import Projection
from phase_latency.streaming.sources import EncodingSource, TensorSource
from phase_latency.streaming.tiles import Block
from phase_latency.streaming.worst import worst_entry

EVERYTHING = 10**12


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def tables(reference, other, exactly=True):
    errors = [torch.zeros_like(each) if exactly else None for each in (reference, other)]
    return DifferencePair.of(TensorSource(reference, "P", errors[0]), TensorSource(other, "Q", errors[1]))


def gram(reference, other, exactly=True):
    both = tables(reference, other, exactly)
    return FactoredPair(both, both)


def admitted(mask, queries, keys):
    shown = mask.admitted(torch.arange(queries), slice(0, keys))
    return torch.ones(queries, keys, dtype=torch.bool) if shown is None else shown


# -- against dense references ------------------------------------------------------------------------------------------


def exact_logits(pair, which):
    """Logits of the stored tables in 400 bits."""
    sides = []
    for table, projection in ((pair.query_tables, pair.query), (pair.key_tables, pair.key)):
        rows = exact.balls((table.reference if which == "reference" else table.other).table)
        weights = [None] if projection.weight is None else projection.weight
        sides.append([rows if weight is None else rows @ exact.balls(weight) for weight in weights])
    return np.stack([queries @ keys.T for queries, keys in zip(*sides, strict=True)]) * exact.ball(pair.scale)


def exact_deviations(pair, alpha):
    """``G' - (table_scale - alpha) G``, entry by entry, in 400 bits."""
    scale = exact.ball(pair.table_scale) - exact.ball(alpha)
    return abs(exact_logits(pair, "other") - scale * exact_logits(pair, "reference"))


def computed_deviations(pair, alpha, extra, mask):
    """Every entry and its bound by one dense product; entries that are hidden are -1."""
    (_, queries), (_, keys) = next(pair.queries(10**6)), next(pair.keys(10**6))
    family = pair.combination(alpha)
    values = (family.left(queries) @ family.right(keys).mT).abs()
    bounds = family.left_error(queries) @ family.right_error(keys, extra).mT
    return values.masked_fill(~admitted(mask, *values.shape[1:]), -1.0), bounds


@st.composite
def searches(draw):
    """Small pairs of every kind with a mask, a budget and a coefficient."""
    length, dim = draw(st.integers(2, 12)), draw(st.integers(1, 4))
    width = draw(st.sampled_from([length, draw(st.integers(2, 12))]))
    seeds = [draw(st.integers(0, 2**16)) for _ in range(4)]
    size = 10.0 ** draw(st.sampled_from([-16, -8, -3, 0]))
    factor = draw(st.sampled_from([1.0, 1 / 1000, -1.0, 2.0**-60]))
    reference = normal(length, dim, seed=seeds[0])
    noise = size * normal(length, dim, seed=seeds[1])
    if draw(st.booleans()):  # in one row only
        noise[torch.arange(length) != draw(st.integers(0, length - 1))] = 0
    first = tables(reference, factor * (reference + noise))
    other_keys = normal(width, dim, seed=seeds[2])
    second = (
        first if width == length and draw(st.booleans()) else tables(other_keys, factor * (other_keys * (1 + size)))
    )
    sides = [Projection(), Projection()]
    if draw(st.booleans()):
        weights = [normal(draw(st.just(2)), dim, 2, seed=seeds[2 + side]) for side in (0, 1)]
        sides = [Projection(weights[0]), Projection(weights[draw(st.sampled_from([0, 1]))])]
    queries, keys = first.length, second.length
    mask = Mask(
        causal=queries == keys and draw(st.booleans()),
        keys=torch.tensor([True, *draw(st.lists(st.booleans(), min_size=keys - 1, max_size=keys - 1))])
        if draw(st.booleans())
        else None,
    )
    if draw(st.integers(0, 3)) == 0:
        shown = torch.rand(queries, keys, generator=torch.Generator().manual_seed(seeds[3])) < 0.5
        shown[:, 0] = True
        mask = replace(mask, entries=shown)
    pair = FactoredPair(first, second, *sides)
    least = pair.heads * keys
    budget = draw(st.sampled_from([least, 2 * least, 4 * least, EVERYTHING]))
    alpha = draw(st.sampled_from([0.0, size, 1.0])) * float(pair.table_scale)
    return pair, alpha, draw(st.sampled_from([0.0, 1e-12])) * abs(factor), mask, budget


@given(case=searches())
def test_it_agrees_with_all_entries_in_exact_arithmetic(case):
    """Whatever was left out: the bound is never exceeded, and what is claimed of other entries is true of each."""
    pair, alpha, extra, mask, budget = case
    found = worst_entry(*case)
    values, bounds = computed_deviations(pair, alpha, extra, mask)
    shown = (values >= 0).numpy()
    exactly = exact_deviations(pair, alpha)
    at = found.entry.head, found.entry.query, found.entry.key
    figure = found.entry.deviation
    assert shown[at]
    assert float(abs(exactly[at] - figure.value).abs_lower()) <= figure.bound
    assert all(float(each.abs_lower()) <= found.at_most for each in exactly[shown])
    beyond = shown & (values > bounds).numpy()
    assert found.entries == shown.sum()
    assert 1 <= found.examined <= found.entries
    if found.within_bounds:
        assert not beyond.any()
    if figure.value > figure.bound:
        assert beyond.any()
    if found.complete:
        candidates = beyond if figure.value > figure.bound else shown
        largest = max(float(each.abs_lower()) for each in exactly[candidates])
        assert largest <= figure.value + figure.bound
    if budget == EVERYTHING:
        assert found.complete
        assert found.examined == found.entries
        assert found.within_bounds == (not beyond.any())


@pytest.mark.parametrize("kind", ["gram", "two tables", "heads", "rotary", "causal"])
def test_many_tiles_agree_with_one_dense_product(kind):
    """Several groups of queries, blocks of keys and tiles, with their positions."""
    length = 2600
    reference = normal(length, 6)
    other = reference + 1e-3 * normal(length, 6, seed=1)
    first = tables(reference, other)
    second = tables(reference, reference + 1e-3 * normal(length, 6, seed=2)) if kind == "two tables" else first
    projection = Projection()
    if kind == "heads":
        projection = Projection(normal(3, 6, 4, seed=3))
    if kind == "rotary":
        projection = Projection(normal(1, 6, 4, seed=3), Rotary(4))
    pair = FactoredPair(first, second, projection, replace(projection))
    mask = Mask(causal=kind == "causal")
    found = worst_entry(pair, 1e-4, 0.0, mask, EVERYTHING)
    values, bounds = computed_deviations(pair, 1e-4, 0.0, mask)
    at = found.entry.head, found.entry.query, found.entry.key
    assert abs(found.entry.deviation.value - float(values.max())) <= found.entry.deviation.bound
    assert abs(float(values[at]) - float(values.max())) <= found.entry.deviation.bound
    assert found.complete
    assert found.at_most >= found.entry.deviation.value
    assert found.at_most <= float(values.max() + bounds.max()) * (1 + 1e-6)


def test_the_largest_entry_beyond_its_bound_is_preferred_to_a_larger_one_within():
    reference = torch.eye(3, dtype=torch.float64)
    other = reference + torch.diag(torch.tensor([1e-3, 1e-6, 0.0], dtype=torch.float64))
    error = torch.zeros(3, 3, dtype=torch.float64)
    error[0] = 1.0
    both = DifferencePair.of(TensorSource(reference, "P", torch.zeros_like(error)), TensorSource(other, "Q", error))
    pair = FactoredPair(both, both)
    found = worst_entry(pair, float(pair.table_scale) - 1.0, 0.0, Mask(), EVERYTHING)
    assert (found.entry.query, found.entry.key) == (1, 1)
    assert not found.within_bounds
    assert found.at_most > 1e-3


@pytest.mark.parametrize(("times", "within"), [(1.5, False), (1.01, False), (0.99, True)])
def test_an_entry_is_beyond_its_bound_or_within_by_a_hair(times, within):
    """All entries have one bound; one is put next to it."""
    reference, error = torch.eye(3, dtype=torch.float64), torch.full((3, 3), 1e-6, dtype=torch.float64)

    def search(size):
        other = reference + torch.diag(torch.tensor([0.0, size, 0.0], dtype=torch.float64))
        both = DifferencePair.of(TensorSource(reference, "P", error), TensorSource(other, "Q", error))
        pair = FactoredPair(both, both)
        return worst_entry(pair, float(pair.table_scale) - 1.0, 0.0, Mask(), EVERYTHING)

    bound = search(0.0).entry.deviation.bound
    found = search(times * bound / 2)  # which enters twice
    assert found.within_bounds == within
    assert (found.entry.query, found.entry.key) == (1, 1)


@pytest.mark.parametrize("budget", [60, EVERYTHING])
def test_errors_of_the_tables_count_in_the_bound_of_all_entries(budget):
    """In float32 the second table is the first; as they are meant, they differ by a factor that storage hides."""
    reference = normal(60, 4).float().double()
    other = (1 + 1e-9) * reference
    assert torch.equal(other.float(), reference.float())
    both = DifferencePair.of(TensorSource(reference.float(), "P"), TensorSource(other.float(), "Q"))
    found = worst_entry(FactoredPair(both, both), 0.0, 0.0, Mask(), budget)
    largest = float((other @ other.T - reference @ reference.T).abs().max())
    assert found.entry.deviation.value < largest <= found.at_most


# -- within a budget ---------------------------------------------------------------------------------------------------

LENGTH, DIM = 5000, 16
PE = Sinusoidal(DIM)(torch.arange(LENGTH))


@pytest.mark.parametrize("row", [0, 1234, LENGTH - 1])
@pytest.mark.parametrize("size", [1e-3, 1e-9, 1e-12])
@pytest.mark.parametrize("causal", [False, True])
def test_a_single_entry_of_a_table_is_found_with_two_rows_of_logits(row, size, causal):
    """One entry off in a table of 80,000: its row and column of logits are all that is ever looked at."""
    other = PE.clone()
    other[row, 4] += size
    found = worst_entry(gram(PE, other), 0.0, 0.0, Mask(causal=causal), 2 * LENGTH)
    assert found.entry.deviation.value > found.entry.deviation.bound
    assert row in (found.entry.query, found.entry.key)
    assert found.entry.key <= found.entry.query
    assert found.complete
    assert found.examined <= 4 * LENGTH
    everything = worst_entry(gram(PE, other), 0.0, 0.0, Mask(causal=causal), EVERYTHING)
    gap = abs(everything.entry.deviation.value - found.entry.deviation.value)
    assert gap <= found.entry.deviation.bound + everything.entry.deviation.bound


@pytest.mark.parametrize("side", ["queries", "keys"])
def test_a_single_entry_on_one_side_is_found(side):
    other = PE.clone()
    other[321, 4] += 1e-9
    right, wrong = tables(PE, PE / 4), tables(PE, other / 4)
    pair = FactoredPair(wrong, right) if side == "queries" else FactoredPair(right, wrong)
    found = worst_entry(pair, 0.0, 0.0, Mask(), 20 * LENGTH)
    assert (found.entry.query if side == "queries" else found.entry.key) == 321
    assert found.complete
    assert found.examined < 20 * LENGTH


def test_several_heads_share_the_budget():
    other = PE.clone()
    other[77, 3] += 1e-6
    both = tables(PE, other)
    sides = [Projection(normal(3, DIM, 5, seed=seed)) for seed in (1, 2)]
    pair = FactoredPair(both, both, *sides)
    found = worst_entry(pair, 0.0, 0.0, Mask(), 60 * LENGTH)
    assert 77 in (found.entry.query, found.entry.key)
    assert found.complete
    assert found.examined <= 60 * LENGTH


def test_what_is_left_out_is_reported():
    """Deviations of one size everywhere: nothing excludes them, so the search says that it is not complete."""
    other = PE + 1e-6 * normal(LENGTH, DIM)
    pair = gram(PE, other)
    found = worst_entry(pair, 0.0, 0.0, Mask(), 50 * LENGTH)
    everything = worst_entry(pair, 0.0, 0.0, Mask(), EVERYTHING)
    assert not found.complete
    assert found.examined < 120 * LENGTH
    assert found.entry.deviation.value <= everything.entry.deviation.value <= found.at_most
    assert found.at_most < 6 * everything.entry.deviation.value  # and says something


def test_rounding_of_a_scaled_table_is_certified_by_one_row_of_logits():
    """The bounds of what is left out are below what rounding explains, entry by entry."""
    found = worst_entry(gram(PE, PE / 1000, exactly=False), 0.0, 0.0, Mask(), LENGTH)
    assert found.within_bounds
    assert found.entry.deviation.value <= found.entry.deviation.bound
    assert found.examined < 3 * LENGTH


def test_equal_tables_are_settled_by_one_row():
    found = worst_entry(gram(PE, PE / 1024), 0.0, 0.0, Mask(), LENGTH)
    assert found.entry.deviation.value == 0
    assert found.complete
    assert found.within_bounds


def test_padding_is_neither_looked_at_nor_bounded():
    other = PE.clone()
    other[700] += 1.0
    shown = torch.ones(LENGTH, dtype=torch.bool)
    shown[700] = False
    both, right = tables(PE, other), tables(PE, PE)
    pair = FactoredPair(right, both)
    found = worst_entry(pair, float(pair.table_scale) - 1, 0.0, Mask(keys=shown), 3 * LENGTH)
    assert found.within_bounds
    assert found.at_most < 1e-12
    assert found.entries == LENGTH * (LENGTH - 1)
    assert worst_entry(pair, float(pair.table_scale) - 1, 0.0, Mask(), 3 * LENGTH).entry.key == 700


def test_entries_on_the_diagonal_count_under_a_causal_mask():
    """The most promising row deviates at hidden keys only; the others, on the diagonal only."""
    reference, keys = torch.eye(2, dtype=torch.float64), torch.diag(torch.tensor([1e-9, 1.0], dtype=torch.float64))
    loud = torch.tensor([[1.0, 1.0], [0.0, 1.07]], dtype=torch.float64)
    pair = FactoredPair(tables(reference, loud), tables(keys, keys))
    found = worst_entry(pair, float(pair.table_scale) - 1.0, 1e-12, Mask(causal=True), 2)
    assert found.examined == 1
    assert found.entry.query == found.entry.key == 0
    assert found.entry.deviation.value < 0.07 <= found.at_most
    assert not found.complete
    assert not found.within_bounds


def test_errors_of_rows_that_are_not_looked_at_count():
    reference = normal(60, 4)
    other, error = reference.clone(), torch.ones_like(reference)
    other[7] += 0.1
    error[7] = 0.0
    wrong = DifferencePair.of(TensorSource(reference, "P", error), TensorSource(other, "Q", error))
    pair = FactoredPair(wrong, tables(reference, reference))
    found = worst_entry(pair, float(pair.table_scale) - 1.0, 0.0, Mask(), 60)
    assert found.entry.query == 7
    assert found.entry.deviation.value < 1.0 < found.at_most


def test_an_entry_that_is_small_but_certain_is_not_taken_for_rounding():
    """Among rows that are known badly, and after one that deviates more but within its bound."""
    right = tables(normal(2000, 4), normal(2000, 4))
    reference = normal(2000, 4)
    reference[:, 3] = 0  # so that the tables differ where the first is zero, and their factor is exactly 1
    other, error = reference.clone(), torch.zeros_like(reference)
    other[0, 3] = 1e-3
    error[:2] = 1.0
    other[2, 3] = 1e-9
    wrong = DifferencePair.of(TensorSource(reference, "P", torch.zeros_like(error)), TensorSource(other, "Q", error))
    pair = FactoredPair(wrong, right)
    alpha = float(pair.table_scale) - 1.0
    found = worst_entry(pair, alpha, 1e-12, Mask(), 2000)
    assert found.entry.query == 0
    assert found.examined == 2000
    assert not found.within_bounds
    assert not found.complete
    found = worst_entry(pair, alpha, 1e-12, Mask(), EVERYTHING)
    assert found.entry.query == 2
    assert not found.within_bounds


def test_a_generated_table_is_searched_as_a_stored_one():
    def blocks(table):
        return lambda: (table[start : start + 300] for start in range(0, LENGTH, 300))

    other = PE.clone()
    other[4321, 4] += 1e-6
    both = DifferencePair.of(GeneratedSource(blocks(PE), "P"), GeneratedSource(blocks(other), "Q"))
    found = worst_entry(FactoredPair(both, both), 0.0, 0.0, Mask(), 4 * LENGTH)
    assert 4321 in (found.entry.query, found.entry.key)
    assert found.complete


def test_encodings_are_searched_where_their_errors_grow():
    encoding = Sinusoidal(DIM)
    both = DifferencePair.of(EncodingSource(encoding, LENGTH), EncodingSource(Scaled(encoding, 1 / 3), LENGTH))
    assert worst_entry(FactoredPair(both, both), 0.0, 0.0, Mask(), 10 * LENGTH).within_bounds
    faster = Compressed(encoding, 1 + 1e-6)
    both = DifferencePair.of(EncodingSource(encoding, LENGTH), EncodingSource(faster, LENGTH))
    found = worst_entry(FactoredPair(both, both), 0.0, 0.0, Mask(), 10 * LENGTH)
    assert found.entry.deviation.value > found.entry.deviation.bound


# -- the bounds themselves ---------------------------------------------------------------------------------------------


@st.composite
def factors(draw):
    """Left and right factors: of full rank or not, with a loud row, halves of very different size."""
    rows, columns, half = draw(st.integers(1, 20)), draw(st.integers(1, 20)), draw(st.integers(1, 4))
    rank, seed = draw(st.integers(1, 2 * half)), draw(st.integers(0, 2**16))
    left, right = (
        normal(count, rank, seed=seed + i) @ normal(rank, 2 * half, seed=seed + 5)
        for i, count in enumerate((rows, columns))
    )
    sizes = [10.0 ** draw(st.integers(-160, 20) | st.integers(-16, 0)) for _ in range(2)]
    for each, order in ((left, sizes), (right, sizes[::-1])):
        each[:, :half] *= order[0]
        each[:, half:] *= order[1]
    if draw(st.booleans()):
        left[0] *= 1e6
    if draw(st.booleans()):
        right[-1] = 0
    return left, right


def products(left, right):
    return abs(exact.balls(left) @ exact.balls(right).T)


def numbers(block, basis):
    strips = Strips.hidden(1, len(block.positions))
    strips.add(block, basis)
    return strips.norms


def block_of(values):
    return Block(values, torch.zeros(len(values), 4, dtype=torch.float64), torch.arange(len(values)))


def basis_of(left, right):
    """A change of basis also where it would not be used because Cauchy and Schwarz do as well."""
    return bases(left, right) or bases(torch.cat([left, 1e3 * left]), right)


@given(case=factors(), sample=st.integers(1, 20))
def test_bounds_of_entries_are_never_exceeded(case, sample):
    """For a change of basis from a few rows, all rows, or none: entry by entry, in exact arithmetic."""
    left, right = case
    found = bases(left[:sample], right[:sample]) or (None, None)
    norms = numbers(block_of(left), found[0]), numbers(block_of(right), found[1])
    bound = entry_bound(norms[0][:, None], norms[1][None], left.shape[1])
    exactly = products(left, right)
    for row, column in itertools.product(range(len(left)), range(len(right))):
        assert float(exactly[row, column].abs_lower()) <= bound[row, column]


def test_a_change_of_basis_sees_cancellation_and_is_not_vacuous():
    """Two halves that cancel to 1e-4: Cauchy and Schwarz miss it, the change of basis does not."""
    half = normal(300, 8)
    left, right = torch.cat([half, half], 1), torch.cat([half, -half + 1e-4 * normal(300, 8, seed=1)], 1)
    plain = float((half_norms(left).amax(0) * half_norms(right).amax(0)).sum())
    first, second = bases(left, right)
    sharper = float(first.norms(left).max() * second.norms(right).max())
    largest = float((left @ right.mT).abs().max())
    assert largest <= sharper < 12 * largest < plain / 100
    leaked = replace(first, matrix=first.matrix / 16)  # a wrong basis is no bound
    assert float(leaked.norms(left).max() * second.norms(right).max()) < largest


@given(case=factors())
def test_what_a_change_of_basis_leaks_is_known(case):
    """``|1 - T^T Z|`` in exact arithmetic."""
    found = bases(*case)
    if found is None:
        return
    first, second = (exact.balls(each.matrix) for each in found)
    leak = exact.balls(torch.eye(len(first), dtype=torch.float64)) - first.T @ second
    assert float((leak * leak).sum().sqrt().abs_lower()) <= found[0].leak == found[1].leak < 1e-3
    assert torch.equal(found[0].units * found[1].units, torch.ones(len(first), dtype=torch.float64))


# -- bad input ---------------------------------------------------------------------------------------------------------

SMALL = normal(6, 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: worst_entry(gram(SMALL, SMALL / 3), 0.0, 0.0, Mask(), 5), "budget: got 5; expected an integer >= 6;"),
        (lambda: worst_entry(gram(SMALL, SMALL / 3), 0.0, 0.0, Mask(), 1e9), "budget: got 1000000000.0; expected an i"),
        (
            lambda: worst_entry(gram(SMALL, SMALL / 3), 0.0, 0.0, Mask(keys=torch.ones(5).bool()), 99),
            "mask.keys: got Tensor of shape (5,)",
        ),
        (
            lambda: worst_entry(
                replace(gram(SMALL, SMALL / 3), query=Projection(1e200 * torch.eye(3).double()[None]),
                        key=Projection(1e200 * torch.eye(3).double()[None])), 0.0, 0.0, Mask(), 99),
            "Q: got nan; expected logits within the range of float64;",
        ),
    ],
)  # fmt: skip
def test_bad_input(call, message):
    assert refusal(call).startswith(message)
