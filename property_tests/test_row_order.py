"""Row order: the residual is that of the definition, enclosed whatever rounding does, and zero or not is decided."""

import itertools
import math
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from phase_latency.encodings import Compressed, Scaled, Sinusoidal
from phase_latency.masks import Mask
from phase_latency.streaming.difference import DifferencePair
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.falls import row_fall
from phase_latency.streaming.order import order_residual, row_order, toeplitz_order
from phase_latency.streaming.projections import Projection
from phase_latency.streaming.sources import EncodingSource, TensorSource
from phase_latency.streaming.toeplitz import toeplitz


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def pair_of(reference, other, weights=None, exactly=True):
    errors = [torch.zeros_like(each) if exactly else None for each in (reference, other)]
    tables = DifferencePair.of(TensorSource(reference, "P", errors[0]), TensorSource(other, "Q", errors[1]))
    sides = [Projection(each) for each in weights] if weights else [Projection(), Projection()]
    return FactoredPair(tables, tables, *sides)


def fall_by_definition(before, after):
    """Half the deepest fall among pairs that were in order, in exact arithmetic."""
    z, y = ([Fraction(each) for each in row.tolist()] for row in (before, after))
    pairs = itertools.product(range(len(z)), repeat=2)
    return max((y[i] - y[j] for i, j in pairs if z[i] <= z[j]), default=Fraction(0)) / 2


# Numbers on a coarse grid: many exact ties, and no rounding in anything below.
grid = st.integers(-6, 6).map(lambda number: number / 4)
rows = st.integers(1, 8).flatmap(lambda n: st.tuples(*[st.lists(grid, min_size=n, max_size=n)] * 2))


def vector(values):
    return torch.tensor(values, dtype=torch.float64)


@given(case=rows)
def test_exact_rows_have_the_residual_of_the_definition(case):
    before, after = map(vector, case)
    zero = torch.zeros_like(before)
    fall = row_fall(before, after, zero, zero)
    assert fall.value == fall_by_definition(before, after)
    assert fall.most - fall.least <= 2.0**-50 * fall.value  # one rounding, outwards
    first, second = fall.keys
    assert before[first] <= before[second]
    assert (after[first] - after[second]) / 2 == fall.value


@given(case=rows)
def test_the_residual_is_the_distance_to_the_nearest_nondecreasing_function(case):
    """Against the other side of the equation: f is the midpoint of the running maximum and the minimum to come."""
    before, after = map(vector, case)
    zero = torch.zeros_like(before)
    nearest = []
    for place in before.tolist():
        highest = float(after[before <= place].max())
        lowest = float(after[before >= place].min())
        nearest.append((highest + lowest) / 2)
    assert row_fall(before, after, zero, zero).value == float((after - vector(nearest)).abs().max())


@st.composite
def uncertain_rows(draw):
    """Exact rows, and computed ones that are off by no more than their bounds."""
    before, after = draw(rows)
    bounds = [[abs(draw(grid)) / draw(st.sampled_from([1, 4, 64])) for _ in before] for _ in range(2)]
    share = st.sampled_from([-1.0, -0.5, 0.0, 1.0])
    computed = [
        [value + draw(share) * bound for value, bound in zip(row, each, strict=True)]
        for row, each in zip((before, after), bounds, strict=True)
    ]
    return tuple(map(vector, (before, after, *computed, *bounds)))


@given(case=uncertain_rows())
def test_the_exact_residual_is_enclosed(case):
    before, after, computed, computed_after, bound, after_bound = case
    fall = row_fall(computed, computed_after, bound, after_bound)
    exactly = fall_by_definition(before, after)
    assert fall.least <= exactly <= fall.most
    assert fall.least <= fall.value <= fall.most


@given(case=uncertain_rows())
def test_what_keeps_its_order_is_never_said_to_break_it(case):
    """The exact new row is a nondecreasing function of the exact old one: no reversal is ever certain."""
    before, _, computed, offset, bound, after_bound = case
    after = torch.floor(before * 2) + 3 * before
    fall = row_fall(computed, after + (offset.sign() * after_bound), bound, after_bound)
    assert fall.least == 0


def test_a_certain_reversal_is_seen_and_an_uncertain_one_is_not():
    before, bound = vector([0.0, 1.0]), vector([0.25, 0.25])
    after = vector([1.0, 0.0])
    assert row_fall(before, after, bound, bound).least > 0
    assert row_fall(before, after, 2 * bound, bound).least == 0
    assert row_fall(before, after, bound, 2 * bound).least == 0


def test_a_reversal_that_is_possible_counts_in_what_the_residual_is_at_most():
    before, after, zero = vector([0.0, 1.0]), vector([0.0, 5.0]), torch.zeros(2, dtype=torch.float64)
    assert row_fall(before, after, vector([0.75, 0.0]), zero).most < 1e-300
    assert row_fall(before, after, vector([0.75, 0.75]), zero).most >= 2.5


def test_a_bound_of_zero_is_a_tie_that_has_to_stay_one():
    """Sharper than certain order alone: no function gives 0 and 1 to the same number."""
    zero = torch.zeros(2, dtype=torch.float64)
    assert row_fall(zero, vector([0.0, 1.0]), zero, zero).least > 0.49


# -- of tables --------------------------------------------------------------------------------------------------------

POSITIONS = torch.arange(48)
PE = Sinusoidal(8)(POSITIONS)
ALL = torch.arange(48)
holds = lambda figure: figure.value <= figure.bound < 1  # noqa: E731


def masks(length):
    entries = (torch.rand(length, length, generator=torch.Generator().manual_seed(1)) < 0.5) | torch.eye(length).bool()
    padding = torch.ones(length, dtype=torch.bool)
    padding[::3] = False
    padding[0] = True
    return {
        "none": Mask(),
        "causal": Mask(causal=True),
        "padding": Mask(keys=padding),
        "both": Mask(causal=True, keys=padding),
        "entries": Mask(entries=entries),
    }


@pytest.mark.parametrize("kind", masks(4))
def test_figures_agree_with_dense_logits(kind):
    """Tables of small whole numbers: their logits are exact, so the definition applies to each row as it is."""
    generator = torch.Generator().manual_seed(2)
    reference, other = (torch.randint(-3, 4, (9, 3), generator=generator).double() for _ in range(2))
    weights = [torch.randint(-2, 3, (2, 3, 2), generator=generator).double() for _ in range(2)]
    mask = masks(9)[kind]
    old, new = ((table @ weights[0]) @ (table @ weights[1]).mT for table in (reference, other))
    admitted = torch.stack([torch.ones(9, dtype=torch.bool)] * 9)
    shown = mask.admitted(torch.arange(9), slice(0, 9))
    admitted = admitted if shown is None else shown
    falls = {
        (head, query): fall_by_definition(old[head, query, admitted[query]], new[head, query, admitted[query]])
        for head in range(2)
        for query in range(9)
    }
    found = row_order(pair_of(reference, other, weights), torch.arange(9), mask)
    deepest = max(falls.values())
    assert abs(Fraction(found.residual.value) - deepest) <= Fraction(found.residual.bound)
    assert abs(float(falls[found.head, found.query] - deepest)) <= 2 * found.residual.bound
    first, second = found.keys
    assert admitted[found.query, [first, second]].all()
    largest = max(float(new[:, query, admitted[query]].abs().max()) for query in range(9))
    assert abs(found.relative.value - float(deepest) / largest) <= found.relative.bound


def test_a_scaled_table_keeps_its_order_though_its_ranking_differs():
    """Sinusoidal kernels are even: rounding breaks their ties one way or the other, and argsort with them."""
    reference, other = PE, PE / 1000
    old, new = reference @ reference.T, other @ other.T
    assert not torch.equal(old.argsort(-1), new.argsort(-1))
    figure = order_residual(pair_of(reference, other, exactly=False), ALL, Mask())
    assert holds(figure)
    assert figure.value < 1e-14


def test_compressed_frequencies_break_the_order():
    other = Compressed(Sinusoidal(8), 1 / 7)(POSITIONS)
    assert not holds(order_residual(pair_of(PE, other, exactly=False), ALL, Mask()))


@pytest.mark.parametrize("size", [1e-6, 1e-9, 1e-12])
def test_a_small_reversal_is_found_in_its_row(size):
    """Two keys next to each other in one query's ranking change places, by a small amount."""
    other = PE.clone()
    other[5] = PE[4] * (1 - size)
    other[4] = PE[5] * (1 - size)
    found = row_order(pair_of(PE, other, exactly=False), ALL, Mask())
    assert found.residual.value > found.residual.bound
    assert {4, 5} & {found.query, *found.keys}


def test_ties_that_rounding_makes_are_no_ties():
    """Old logits 1/100 + m n 1e-20 are strictly ordered, but all equal in float64; the new ones, m n, are not."""
    number = torch.arange(6, dtype=torch.float64)
    reference = torch.stack([torch.full_like(number, 0.1), 1e-10 * number], 1)
    other = torch.stack([torch.zeros_like(number), number], 1)
    assert len((reference @ reference.T).unique()) == 1
    assert holds(order_residual(pair_of(reference, other), torch.arange(6), Mask()))


def test_order_that_rounding_makes_is_none():
    """Old logits are sums of the same numbers in another order, plus m 1e-20; the new ones are m."""
    number, entries = torch.arange(1, 41, dtype=torch.float64), normal(100)
    generator = torch.Generator().manual_seed(1)
    mixed = torch.stack([entries[torch.randperm(100, generator=generator)] for _ in number])
    mixed[0] = 0.7
    reference = torch.cat([mixed, 1e-10 * number[:, None]], 1)
    other = torch.cat([torch.zeros_like(mixed), number[:, None]], 1)
    computed = (reference @ reference.T)[0, 1:]
    assert (computed.diff() < -4 * torch.finfo(torch.float64).eps * computed[1:].abs()).any()
    shown = torch.ones(40, dtype=torch.bool)
    shown[0] = False
    assert holds(order_residual(pair_of(reference, other), torch.tensor([0]), Mask(keys=shown)))


def test_a_negative_scale_does_not_pass():
    skew = [torch.eye(2).double()[None], vector([[0.0, 1.0], [-1.0, 0.0]])[None]]
    table = normal(7, 2)
    figure = order_residual(pair_of(table, table.flip(1), skew), torch.arange(7), Mask())
    assert not holds(figure)
    assert figure.value > figure.bound


@pytest.mark.parametrize("kind", ["vanishing", "constant"])
def test_logits_without_any_order_do_not_pass(kind):
    """A scale of zero maps every row to a constant, which is nondecreasing; it keeps no order for all that."""
    table = normal(7, 3)
    if kind == "vanishing":  # queries and keys of the other table see different columns
        weights = [torch.eye(3).double()[None], torch.diag(vector([1.0, 0.0, 0.0]))[None]]
        other = torch.cat([torch.zeros(7, 1).double(), table[:, 1:]], 1)
    else:
        weights, other = None, torch.ones(7, 3, dtype=torch.float64)
    figure = order_residual(pair_of(table, other, weights), torch.arange(7), Mask())
    assert not holds(figure)
    assert figure.bound == math.inf


def test_a_tiny_scale_passes():
    assert holds(order_residual(pair_of(PE, 1e-30 * PE, exactly=False), ALL, Mask()))


def test_some_rows_are_measured_as_in_all():
    other = PE.clone()
    other[20, 3] += 0.5
    pair = pair_of(PE, other)
    chosen = torch.tensor([3, 20, 40])
    each = [row_order(pair, chosen[i : i + 1], Mask()).residual.value for i in range(3)]
    found = row_order(pair, chosen, Mask())
    assert abs(found.residual.value - max(each)) <= 2 * found.residual.bound
    assert found.query == chosen[each.index(max(each))]


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("factor", [1.0, 1 / 3, 1.25])
def test_one_row_stands_for_a_toeplitz_matrix(causal, factor):
    encoding = Sinusoidal(8)
    other = Scaled(Compressed(encoding, factor), 1 / 1000)
    tables = DifferencePair.of(EncodingSource(encoding, 48), EncodingSource(other, 48))
    pair, mask = FactoredPair(tables, tables), Mask(causal=causal)
    short, long = toeplitz_order(toeplitz(pair, mask)), row_order(pair, ALL, mask)
    assert abs(short.residual.value - long.residual.value) <= short.residual.bound + long.residual.bound
    assert holds(short.relative) == holds(long.relative) == (factor == 1)
    assert short.query == 47


def test_logits_beyond_the_range_of_float64_are_refused():
    weights = [1e200 * torch.eye(8).double()[None]] * 2
    message = refusal(lambda: order_residual(pair_of(PE, PE / 3, weights), ALL, Mask()))
    assert "within the range of float64" in message
