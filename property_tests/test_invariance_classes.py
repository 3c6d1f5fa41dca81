"""Invariance classes: what is possible within the bounds is never refused, and what is clearly broken always is."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from reference_classes import factors, possible

from phase_latency.checking.classes import CLASSES, Change, Fit, Nothing

NAMES = [each.name for each in CLASSES]
FITTED = {each.name: each for each in CLASSES}
# The smallest bound that the rounding model ever gives, relative to the logit: eight roundings of a float64 result.
ROUNDINGS = 8 * 2.0**-53
# A class may overlook a deviation of some bounds, because its own parameters are fitted within them, but not of these.
OVERLOOKED = 16

by_class = pytest.mark.parametrize("name", [name for name in NAMES if name != "Nothing"])
by_factor = pytest.mark.parametrize("name", ["Scale", "ScaleAndRowConstant", "RowAffine", "Order"])


def change_of(before, after, before_bound, after_bound, admitted=None):
    tables = [torch.as_tensor(np.asarray(each, dtype=float)) for each in (before, after, before_bound, after_bound)]
    return Change(*tables, None if admitted is None else torch.as_tensor(np.asarray(admitted)))


def holds(name, tables, admitted=None):
    return FITTED[name].fit(change_of(*tables, admitted)).holds


def shuffled(seed):
    """(4, 9) rows of nine different numbers each."""
    return np.random.default_rng(seed).permuted(np.tile(np.arange(-4.0, 5.0), (4, 1)), axis=1)


# -- logits that obey a class, known up to bounds ---------------------------------------------------------------------

shapes = st.tuples(st.integers(1, 4), st.integers(1, 6))
# Small whole numbers, so that ties and rows of zeros come up, and all arithmetic on them is exact.
small = st.integers(-3, 3)
seeds = st.integers(0, 2**32 - 1)


@st.composite
def obeying(draw, name):
    """Tables (before, after, before_bound, after_bound) whose exact logits obey the class, and a mask or None.

    The tables are off by a share of the bounds, up or down in each entry; bounds differ from entry to entry. The
    logits before stand out of their bounds, those after need not.
    """
    rows, columns = draw(shapes)
    generator = np.random.default_rng(draw(seeds))
    exact = generator.integers(-3, 4, (rows, columns)).astype(float)
    exact[generator.random(rows) < draw(st.sampled_from([0.0, 0.3]))] = 0.0
    after = _related(name, exact, generator)
    bounds = []
    for table, largest in ((exact, [-20, -6]), (after, [-20, -6, 4])):
        size = 2.0 ** generator.integers(-30, draw(st.sampled_from(largest)), (rows, columns))
        bounds.append(size + ROUNDINGS * np.abs(table))
    signs = generator.choice([-1.0, 1.0], (2, rows, columns))
    share = draw(st.sampled_from([0.0, 0.5, 1.0]))
    moved = [
        table + share * sign * 2.0 ** np.floor(np.log2(bound))
        for table, sign, bound in zip((exact, after), signs, bounds, strict=True)
    ]
    mask = np.tril(np.ones((rows, columns), dtype=bool)) if draw(st.booleans()) else None
    return (*moved, *bounds), mask


def _related(name, exact, generator):
    """Logits after a transformation that obeys the class."""
    rows, columns = exact.shape
    scale = generator.choice([0.125, 1.0, 3.0, 64.0])
    shifts = generator.integers(-9, 10, (rows, 1)).astype(float)
    match name:
        case "Exact":
            return exact.copy()
        case "Scale":
            return scale * exact
        case "RowConstant":
            return exact + shifts
        case "ScaleAndRowConstant":
            return scale * exact + shifts
        case "RowAffine":
            return generator.choice([0.125, 1.0, 3.0], (rows, 1)) * exact + shifts
        case "Order":
            return exact**3 + 2 * exact + shifts
        case _:
            return generator.integers(-9, 10, (rows, columns)).astype(float)


@by_class
@given(st.data())
def test_what_obeys_a_class_within_the_bounds_is_never_refused(name, data):
    tables, mask = data.draw(obeying(name))
    assert possible(name, *tables, mask)  # the example is what it claims to be
    assert holds(name, tables, mask)


@by_class
@given(st.data())
def test_what_a_class_refuses_is_impossible_within_the_bounds(name, data):
    """Also of tables that obey another class, unless logits before are all noise, which no factor enlarges."""
    tables, mask = data.draw(obeying(data.draw(st.sampled_from(NAMES))))
    if not holds(name, tables, mask) and stand_out(name, tables[0], mask):
        assert not possible(name, *tables, mask)


def stand_out(name, before, mask):
    """Whether logits, whole numbers up to 1/16, are more than their bounds in every part that has its own factor."""
    rows = [
        row if mask is None else row[shown] for row, shown in zip(before, before if mask is None else mask, strict=True)
    ]
    sizes = [np.abs(row).max() if name == "Scale" else np.ptp(row) for row in rows]
    return (min(sizes) if name == "RowAffine" else max(sizes)) > 1 / 2


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("Nothing", "Order")])
@given(st.data())
def test_what_a_class_accepts_is_possible_within_a_few_bounds(name, data):
    """Entries of like size and bounds that are alike: there, nothing hides behind a bound that is large elsewhere."""
    tables, mask = data.draw(alike())
    if holds(name, tables, mask):
        assert possible(name, *tables, mask, widened=OVERLOOKED)


@st.composite
def alike(draw):
    """Tables with one bound for all entries that obey some class but for one entry, which is off by some bounds."""
    seed = draw(seeds)
    exact, generator = shuffled(seed), np.random.default_rng(seed)
    after = _related(draw(st.sampled_from(NAMES)), exact, generator)
    bound = 2.0**-20
    after[draw(st.integers(0, 3)), draw(st.integers(0, 8))] += draw(st.sampled_from([0, 1, 4, 32, 256])) * bound
    mask = np.tril(np.ones((4, 9), dtype=bool), 5) if draw(st.booleans()) else None
    return (exact, after, np.full((4, 9), bound), np.full((4, 9), bound * np.abs(after).max())), mask


@by_class
@given(st.data())
def test_what_is_off_by_many_bounds_is_refused(name, data):
    """One entry of a row of nine different logits, so far off that it also changes places with another."""
    (exact, _, *_), mask = data.draw(alike())
    after = _related(name, exact, np.random.default_rng(data.draw(seeds)))
    row, column = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 5))
    after[row, column] += np.ptp(after) * (1.5 if exact[row, column] <= 0 else -1.5)
    tables = exact, after, np.full((4, 9), 2.0**-20), np.full((4, 9), 2.0**-20)
    assert not possible(name, *tables, mask, widened=OVERLOOKED)
    assert not holds(name, tables, mask)


# -- containment ------------------------------------------------------------------------------------------------------

WEAKER = [
    ("Exact", "Scale"),
    ("Exact", "RowConstant"),
    ("Scale", "ScaleAndRowConstant"),
    ("RowConstant", "ScaleAndRowConstant"),
    ("ScaleAndRowConstant", "RowAffine"),
    ("RowAffine", "Order"),
    ("Order", "Nothing"),
]


@pytest.mark.parametrize(("stronger", "weaker"), WEAKER)
@given(st.data())
def test_what_is_possible_for_a_class_holds_for_the_weaker_ones(stronger, weaker, data):
    tables, mask = data.draw(alike() | obeying(stronger))
    if possible(stronger, *tables, mask):
        assert holds(stronger, tables, mask)
        assert holds(weaker, tables, mask)


def test_classes_are_listed_from_strong_to_weak():
    listed = {name: number for number, name in enumerate(NAMES)}
    assert all(listed[stronger] < listed[weaker] for stronger, weaker in WEAKER)


@pytest.mark.parametrize(("stronger", "weaker"), [*WEAKER[:-1], ("Scale", "RowConstant"), ("RowConstant", "Scale")])
def test_every_class_is_more_than_the_stronger_ones(stronger, weaker):
    exact = np.array([[0.0, 1.0, 3.0, 4.0], [2.0, 0.0, -1.0, 5.0]])
    after = {
        "Scale": 2 * exact,
        "RowConstant": exact + np.array([[1.0], [2.0]]),
        "ScaleAndRowConstant": 2 * exact + np.array([[1.0], [2.0]]),
        "RowAffine": exact * np.array([[2.0], [3.0]]) + 1,
        "Order": exact**3,
    }[weaker]
    tables = exact, after, ROUNDINGS * np.abs(exact), ROUNDINGS * np.abs(after)
    assert holds(weaker, tables)
    assert not holds(stronger, tables)


# -- factors ----------------------------------------------------------------------------------------------------------


@by_factor
@given(seeds, st.sampled_from([-1.0, -0.125, -64.0]))
def test_a_negative_factor_is_refused(name, seed, factor):
    exact = shuffled(seed)
    tables = exact, factor * exact, np.full(exact.shape, 2.0**-30), np.full(exact.shape, 2.0**-30)
    assert not holds(name, tables)


@by_factor
@given(seeds, st.integers(0, 3))
def test_a_single_row_that_is_turned_round_is_refused(name, seed, row):
    exact = shuffled(seed)
    after = exact.copy()
    after[row] *= -1
    assert not holds(name, (exact, after, np.full(exact.shape, 2.0**-30), np.full(exact.shape, 2.0**-30)))


@pytest.mark.parametrize("name", ["Scale", "ScaleAndRowConstant"])
@given(st.data())
def test_the_factor_is_within_its_bound(name, data):
    seed = data.draw(seeds)
    exact, generator = shuffled(seed), np.random.default_rng(seed)
    scale = data.draw(st.sampled_from([0.125, 1.0, 3.0, 64.0]))
    shifts = 0 if name == "Scale" else generator.integers(-9, 10, (4, 1))
    after = scale * exact + shifts
    bounds = [2.0 ** generator.integers(-30, -8, (4, 9)) + ROUNDINGS * np.abs(each) for each in (exact, after)]
    noise = [generator.uniform(-1, 1, (4, 9)) / 2 * bound for bound in bounds]
    fit = FITTED[name].fit(change_of(exact + noise[0], after + noise[1], *bounds))
    assert fit.holds
    assert abs(fit.scale - scale) <= fit.scale_bound
    assert fit.scale_bound < 1e-1 * scale  # and the bound says something


def test_nothing_but_zeros_has_every_relation():
    zeros = np.zeros((2, 3))
    for name in NAMES:
        assert holds(name, (zeros, zeros, zeros, zeros))


def test_zeros_that_become_anything_else_have_no_scale():
    zeros = np.zeros((2, 3))
    assert not holds("Scale", (zeros, zeros + 1, zeros, zeros))
    assert holds("RowConstant", (zeros, zeros + 1, zeros, zeros))


@pytest.mark.parametrize("name", ["Scale", "ScaleAndRowConstant", "RowAffine"])
def test_logits_that_become_zero_have_no_positive_factor(name):
    exact = np.array([[1.0, 2.0, 4.0]])
    bound = np.full((1, 3), 2.0**-30)
    assert not holds(name, (exact, 0 * exact + 2.0**-20 * np.array([[1, -1, 1]]), bound, bound))


# -- order ------------------------------------------------------------------------------------------------------------


@st.composite
def ranked(draw):
    """Whole numbers with whole bounds, many of them equal."""
    rows, columns = draw(shapes)
    numbers = st.lists(st.lists(small, min_size=columns, max_size=columns), min_size=rows, max_size=rows)
    sizes = st.lists(st.lists(st.integers(0, 2), min_size=columns, max_size=columns), min_size=rows, max_size=rows)
    mask = draw(st.none() | numbers.map(lambda each: np.asarray(each) > 0))
    return tuple(np.asarray(draw(each), dtype=float) for each in (numbers, numbers, sizes, sizes)), mask


@given(ranked())
def test_order_fails_exactly_on_a_certain_reversal(example):
    tables, mask = example
    assert holds("Order", tables, mask) == possible("Order", *tables, mask)


def test_order_does_not_fail_on_ties():
    before = np.array([[1.0, 1.0, 2.0]])
    zero = np.zeros((1, 3))
    assert holds("Order", (before, np.array([[3.0, 1.0, 3.0]]), zero, zero))
    assert not holds("Order", (before, np.array([[3.0, 1.0, 2.5]]), zero, zero))


def test_order_names_the_key_that_fell():
    before, zero = np.array([[0.0, 1.0, 2.0, 3.0]]), np.zeros((1, 4))
    fit = FITTED["Order"].fit(change_of(before, np.array([[0.0, 5.0, 1.0, 7.0]]), zero, zero))
    assert (fit.deviation > fit.allowance).tolist() == [[False, False, True, False]]
    assert float(fit.deviation[0, 2]) == 4


# -- figures ----------------------------------------------------------------------------------------------------------


@by_class
@given(st.data())
def test_hidden_keys_count_for_nothing(name, data):
    """Their logits may be whatever they are."""
    (before, after, *bounds), mask = data.draw(obeying(name))
    assume(mask is not None)
    garbage = np.random.default_rng(0).integers(-99, 99, before.shape)
    hidden = [np.where(mask, table, garbage * factor) for table, factor in ((before, 1), (after, -1))]
    assert holds(name, (*hidden, *bounds), mask)
    fit = FITTED[name].fit(change_of(*hidden, *bounds, mask))
    assert not (fit.deviation.numpy()[~mask]).any()


@by_class
@given(st.data())
def test_the_excess_is_above_1_exactly_where_the_class_fails(name, data):
    tables, mask = data.draw(alike() | obeying("Nothing"))
    fit = FITTED[name].fit(change_of(*tables, mask))
    assert fit.holds == bool((fit.excess <= 1).all())
    assert torch.equal(fit.excess > 1, fit.deviation > fit.allowance)


def test_what_cannot_be_compared_does_not_hold():
    nan = torch.full((1, 2), torch.nan, dtype=torch.float64)
    fit = Fit(nan, torch.ones(1, 2, dtype=torch.float64))
    assert not fit.holds


@given(st.data())
def test_row_constants_are_held_against_a_key_that_the_mask_admits(data):
    tables, mask = data.draw(obeying("RowConstant"))
    partner = FITTED["RowConstant"].fit(change_of(*tables, mask)).partner
    for row, column in enumerate(partner.tolist()):
        assert mask is None or mask[row, column]


def test_nothing_holds_of_anything():
    assert Nothing().fit(change_of(np.eye(3), -np.eye(3), 0 * np.eye(3), 0 * np.eye(3))).holds


# -- the reference itself ---------------------------------------------------------------------------------------------


def test_twin_the_reference_knows_the_smallest_bounds_that_make_a_relation_possible():
    before, after = [[1, 2]], [[2, 5]]
    zero, some = [[0, 0]], [[0, 1]]
    assert not possible("Scale", before, after, zero, zero)
    assert possible("Scale", before, after, zero, some)
    assert not possible("Scale", before, after, zero, some, widened=0.9)
    assert possible("RowConstant", before, after, some, some)
    assert not possible("RowConstant", before, after, some, some, widened=0.9)
    assert possible("RowAffine", before, after, zero, zero)
    assert not possible("RowAffine", before, [[5, 2]], zero, zero)
    assert not possible("Order", before, [[5, 2]], zero, zero)


def test_twin_the_reference_knows_the_factors_of_an_entry():
    assert factors(2, 6, 0, 0) == (3, 3)
    assert factors(2, -6, 0, 0) is None
    assert factors(2, 6, 0, 2) == (2, 4)
    assert factors(2, 6, 1, 0) == (2, 6)
    assert factors(0, 1, 0, 0) is None
