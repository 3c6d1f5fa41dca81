"""The streamed fit: right to 1e-13 where it can be, and within its certified bound of exact arithmetic everywhere."""

import dataclasses
import math
import re
from unittest import mock

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from reference_fit import RELATIONS, causal_fit, dense_fit, error_of, long_fit, projected, rotated
from refusals import refusal

from phase_latency.encodings import Rotary
from phase_latency.masks import Mask
from phase_latency.numerics.roundoff import DTYPES
from phase_latency.streaming import fits, masked, sensitivity
from phase_latency.streaming import sides as sides_module
from phase_latency.streaming.difference import DifferencePair
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.fitting import fit
from phase_latency.streaming.geometry import GramGeometry
from phase_latency.streaming.projections import Projection
from phase_latency.streaming.shards import sum_here
from phase_latency.streaming.sides import sides
from phase_latency.streaming.sources import BLOCK, TensorSource
from phase_latency.streaming.sums import method_error, sums

METHODS = ("gram", "triangular", "exact")
by_method = pytest.mark.parametrize("method", [None, *METHODS])
by_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=str)
# What is asked of the automatic choice and of exact sums, relative to the figure; and of true invariances.
ACCURACY, FLOOR = 1e-13, 1e-14


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def whole(*shape, seed=0, largest=9):
    return torch.randint(-largest, largest + 1, shape, generator=torch.Generator().manual_seed(seed)).double()


def tables(reference, other, error=0.0, other_error=0.0):
    """Two tables whose stored numbers are off by at most the errors: 0 by default, None for rounded storage."""
    sources = []
    for name, table, bound in (("P", reference, error), ("Q", other, other_error)):
        if isinstance(bound, float):
            bound = torch.full(table.shape, bound, dtype=torch.float64)
        sources.append(TensorSource(table, name, bound))
    return DifferencePair.of(*sources)


@dataclasses.dataclass(frozen=True)
class Case:
    """Tables P and Q of the queries and, if they are others, of the keys, and what makes logits of them."""

    reference: torch.Tensor
    other: torch.Tensor
    key_reference: torch.Tensor | None = None
    key_other: torch.Tensor | None = None
    query: torch.Tensor | None = None
    key: torch.Tensor | None = None

    @property
    def keys(self):
        return (self.reference, self.other) if self.key_reference is None else (self.key_reference, self.key_other)

    @property
    def pair(self):
        queries = tables(self.reference, self.other)
        keys = queries if self.key_reference is None else tables(self.key_reference, self.key_other)
        return FactoredPair(queries, keys, Projection(self.query), Projection(self.key))

    def exact(self, admitted=None):
        (p, q), (k, new_k) = (self.reference, self.other), self.keys
        return dense_fit(
            (projected(p, self.query), projected(k, self.key)),
            (projected(q, self.query), projected(new_k, self.key)),
            admitted,
        )

    def exact_by_columns(self):
        (k, new_k) = self.keys
        return long_fit((self.reference, k), (self.other, new_k), (self.query, self.key))


def logits(reference, other, query=None, key=None, **errors):
    shared = tables(reference, other, **errors)
    return FactoredPair(shared, shared, Projection(query), Projection(key))


def figures(found):
    """Figures by the names that `reference_fit` gives them."""
    return {"scale factor": found.scale, "centred scale factor": found.centred_scale, **found.residuals}


def ratios(found, exact):
    """Error over bound of each figure; 0/0 is 0, and a figure without a meaning has to say so by an infinite bound."""
    compared = {}
    for name, figure in figures(found).items():
        assert not math.isnan(figure.value), name
        assert not math.isnan(figure.bound), name
        if math.isinf(figure.bound):
            compared[name] = 0.0
        elif exact.figures[name] is None:
            compared[name] = math.inf
        else:
            error = error_of(figure.value, exact.figures[name])
            compared[name] = error / figure.bound if figure.bound else (math.inf if error else 0.0)
    return compared


def assert_within_bounds(found, exact):
    for name, ratio in ratios(found, exact).items():
        assert ratio <= 1, (name, figures(found)[name], exact.figures[name], found.method)


def escapes(found, exact):
    return max(ratios(found, exact).values()) > 1


def assert_accurate(found, exact):
    """Residuals to `ACCURACY` of themselves, scales to `ACCURACY` of ``|G'|/|G|``: of themselves, unless unrelated."""
    for figure, scale, gain in (
        (found.scale, exact.scale, exact.gain),
        (found.centred_scale, exact.centred_scale, exact.centred_gain),
    ):
        assert error_of(figure.value, scale) <= ACCURACY * float(gain), (figure, scale, found.method)
    for relation in RELATIONS:
        figure, residual = found.residuals[relation], exact.residuals[relation]
        assert error_of(figure.value, residual) <= ACCURACY * float(residual), (
            relation,
            figure,
            residual,
            found.method,
        )


# -- the reference itself --------------------------------------------------------------------------------------------


def test_three_ways_to_the_exact_figures_agree():
    """By every logit, by inner products of all columns, and by those of the columns so far."""
    case = Case(*(normal(9, 2, seed=seed) for seed in range(4)), *(normal(2, 2, 3, seed=seed) for seed in (4, 5)))
    assert_same(case.exact(), case.exact_by_columns())
    p, q = case.reference, case.other
    assert_same(Case(p, q).exact(torch.ones(9, 9, dtype=torch.bool).tril()), causal_fit(p, q))


def assert_same(first, second):
    for name, ball in first.figures.items():
        assert ball.overlaps(second.figures[name])
        assert float(ball.rad()) < 1e-100


# -- accuracy --------------------------------------------------------------------------------------------------------


@st.composite
def close_cases(draw, least=6, most=24):
    """``Q = s P + eps N`` for true residuals from 1e-16 to 1, in every form that logits take."""
    length, dim = draw(st.integers(least, most)), draw(st.integers(2, 5))
    seed = draw(st.integers(0, 2**16))
    factor = draw(st.sampled_from([1.0, -1.0, 1 / 1024, 1 / 1000, 3.7]))
    size = 10.0 ** draw(st.sampled_from([-16, -14, -11, -8, -4, -1, 0]))
    p = normal(length, dim, seed=seed)
    q = factor * (p + size * normal(length, dim, seed=seed + 1))
    form = draw(st.sampled_from(["gram", "narrow head", "head", "heads", "other keys", "heads and other keys"]))
    case = Case(p, q)
    if "keys" in form:
        k = normal(draw(st.integers(least, most)), dim, seed=seed + 2)
        new_k = draw(st.sampled_from([1.0, 2.0, -0.3])) * (k + size * normal(*k.shape, seed=seed + 3))
        case = dataclasses.replace(case, key_reference=k, key_other=new_k)
    if "head" in form:
        heads = draw(st.integers(2, 3)) if "heads" in form else 1
        rank = 1 if "narrow" in form else draw(st.integers(1, 3))
        query, key = (normal(heads, dim, rank, seed=seed + i) for i in (4, 5))
        case = dataclasses.replace(case, query=query, key=key)
    return case


@pytest.mark.parametrize("method", [None, "exact"])
@given(case=close_cases())
def test_figures_are_accurate_however_small_the_residual(method, case):
    found, exact = fit(case.pair, method=method), case.exact()
    assert_accurate(found, exact)
    assert_within_bounds(found, exact)


@given(case=close_cases())
def test_exact_sums_come_with_sharp_enclosures(case):
    found, exact = fit(case.pair, method="exact"), case.exact()
    assert_within_bounds(found, exact)
    for relation in RELATIONS:
        assert found.residuals[relation].bound <= 1e-12 * found.residuals[relation].value


@given(case=close_cases(), data=st.data())
def test_figures_under_a_mask_are_accurate(case, data):
    mask, admitted = data.draw(masks(len(case.reference), len(case.keys[0])))
    found, exact = fit(case.pair, mask), case.exact(admitted)
    assert_within_bounds(found, exact)
    for relation in ("Exact", "Scale"):
        assert error_of(found.residuals[relation].value, exact.residuals[relation]) <= ACCURACY * float(
            exact.residuals[relation]
        )


@given(
    seed=st.integers(0, 2**16),
    size=st.sampled_from([1e-16, 1e-10, 1e-3, 1.0]),
    layout=st.sampled_from(["interleaved", "half-split"]),
    turned=st.sampled_from(["both", "queries", "keys"]),
    amplitude=st.sampled_from([1.0, -0.3]),
    causal=st.booleans(),
)
def test_rotary_heads(seed, size, layout, turned, amplitude, causal):
    length, dim = 7, 3
    p = normal(length, dim, seed=seed)
    q = 3.7 * (p + size * normal(length, dim, seed=seed + 1))
    weights = [normal(2, dim, 4, seed=seed + i) for i in (2, 3)]
    rotary = Rotary(4, 100.0, layout, amplitude)
    projections = [
        Projection(weight, rotary if turned in ("both", side) else None)
        for weight, side in zip(weights, ("queries", "keys"), strict=True)
    ]

    def factors(table):
        return [
            rotated(projected(table, each.weight), 4, 100.0, layout, amplitude)
            if each.rotary
            else projected(table, each.weight)
            for each in projections
        ]

    shared = tables(p, q)
    admitted = torch.ones(length, length, dtype=torch.bool).tril() if causal else None
    found = fit(FactoredPair(shared, shared, *projections), Mask(causal=True) if causal else None)
    exact = dense_fit(factors(p), factors(q), admitted)
    assert_within_bounds(found, exact)
    assert_accurate(found, exact)


@by_dtype
@given(case=close_cases())
def test_narrow_dtypes_are_measured_as_stored(dtype, case):
    stored = {f.name: getattr(case, f.name) for f in dataclasses.fields(case)}
    for name in ("reference", "other", "key_reference", "key_other"):
        if stored[name] is not None:
            stored[name] = stored[name].to(dtype)
    rounded = Case(**stored)
    found, exact = fit(rounded.pair), rounded.exact()
    assert_within_bounds(found, exact)


# -- true invariances ------------------------------------------------------------------------------------------------


@by_method
@given(seed=st.integers(0, 2**16), exponents=st.tuples(st.integers(-12, 12), st.integers(-12, 12)))
def test_powers_of_two_are_exactly_zero(method, seed, exponents):
    p, k = normal(9, 3, seed=seed), normal(7, 3, seed=seed + 1)
    first, second = (2.0**exponent for exponent in exponents)
    found = fit(Case(p, first * p, k, second * k).pair, method=method)
    assert found.scale.value == found.centred_scale.value == first * second
    assert found.residuals["Scale"].value == found.residuals["ScaleAndRowConstant"].value == 0
    if first * second == 1:
        assert found.residuals["Exact"].value == found.residuals["RowConstant"].value == 0


def quarter_turns(table):
    """Pairs of columns turned by 90 degrees."""
    pairs = table.reshape(len(table), -1, 2)
    return torch.stack([-pairs[..., 1], pairs[..., 0]], -1).reshape(table.shape)


HADAMARD = torch.tensor([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]], dtype=torch.float64)
INVARIANCES = {
    "quarter turns": quarter_turns,
    "permuted columns": lambda table: table[:, [2, 0, 3, 1]],
    "Hadamard": lambda table: table @ HADAMARD,
    "negative": lambda table: -table.flip(1),
    "thrice": lambda table: 3 * table,
}


@pytest.mark.parametrize("method", [None, "triangular", "exact"])
@pytest.mark.parametrize("kind", INVARIANCES)
@given(seed=st.integers(0, 2**16), length=st.integers(5, 40))
def test_invariances_that_cancel_everywhere_have_no_floor_above_1e_14(method, kind, seed, length):
    p = whole(length, 4, seed=seed)
    case = Case(p, INVARIANCES[kind](p))
    found = fit(case.pair, method=method)
    for relation in ("Scale", "ScaleAndRowConstant"):
        assert found.residuals[relation].value <= FLOOR
    assert_within_bounds(found, case.exact())


@pytest.mark.parametrize("method", [None, "triangular", "exact"])
@given(seed=st.integers(0, 2**16), length=st.integers(5, 40), factor=st.sampled_from([1.0, 3.0, -2.0]))
def test_a_constant_of_each_row_is_seen_although_nothing_cancels_in_whole_rows(method, seed, length, factor):
    """Shifted keys add ``q . v`` to row q: relations with a row constant hold, the others do not."""
    p, k = whole(length, 3, seed=seed), whole(length, 3, seed=seed + 1)
    case = Case(p, factor * p, k, k + torch.tensor([4.0, -3.0, 1.0]))
    found = fit(case.pair, method=method)
    assert found.residuals["ScaleAndRowConstant"].value <= FLOOR
    assert found.residuals["Scale"].value > 1e-3
    if factor == 1:
        assert found.residuals["RowConstant"].value <= FLOOR
    assert_within_bounds(found, case.exact())


@pytest.mark.parametrize("kind", INVARIANCES)
@pytest.mark.parametrize("mask", [Mask(causal=True), Mask(keys=torch.arange(23) % 5 != 3)])
def test_invariances_under_a_mask(kind, mask):
    p = whole(23, 4)
    with mock.patch.object(masked, "_ROWS", 4):
        found = fit(Case(p, INVARIANCES[kind](p)).pair, mask)
    assert found.residuals["Scale"].value <= FLOOR
    assert found.residuals["ScaleAndRowConstant"].value <= FLOOR


# -- certificates: stored tables -------------------------------------------------------------------------------------


@st.composite
def hostile_cases(draw):
    """Tables that are degenerate, nearly constant, of many orders of magnitude, of a single row or column."""
    length, dim, seed = draw(st.integers(1, 9)), draw(st.integers(1, 3)), draw(st.integers(0, 2**16))
    kind = draw(st.sampled_from(["normal", "nearly constant", "whole", "steep rows", "steep columns", "rank one"]))
    made = {
        "normal": lambda n, s: normal(n, dim, seed=s),
        "nearly constant": lambda n, s: 0.1 + 1e-9 * normal(n, dim, seed=s),
        "whole": lambda n, s: whole(n, dim, seed=s, largest=2),
        "steep rows": lambda n, s: normal(n, dim, seed=s) * 10.0 ** (-4.0 * torch.arange(n).double())[:, None],
        "steep columns": lambda n, s: normal(n, dim, seed=s) * 10.0 ** (-6.0 * torch.arange(dim).double()),
        "rank one": lambda n, s: whole(n, 1, seed=s) * whole(1, dim, seed=s + 1),
    }[kind]
    size = 10.0 ** draw(st.sampled_from([-300, -16, -12, -8, -3, 0]))
    factor = draw(st.sampled_from([1.0, -1.0, 1 / 3, 3.0, 1 / 1000]))
    p = not_zero(made(length, seed))
    case = Case(p, factor * p + size * normal(length, dim, seed=seed + 2))
    if draw(st.booleans()):
        k = not_zero(made(draw(st.integers(1, 9)), seed + 3))
        new_k = draw(st.sampled_from([1.0, 0.3])) * k + draw(st.sampled_from([0.0, 1.0])) * size * normal(*k.shape)
        case = dataclasses.replace(case, key_reference=k, key_other=new_k)
    if draw(st.booleans()):
        query, key = (normal(draw(st.sampled_from([1, 2])), dim, 2, seed=seed + 4) for _ in range(2))
        case = dataclasses.replace(case, query=query, key=key[: len(query)].expand(len(query), -1, -1))
    return case


def not_zero(table):
    """The table, with a 1 if it has nothing else."""
    if not bool(table.any()):
        table[0, 0] = 1.0
    return table


@by_method
@given(case=hostile_cases(), block=st.sampled_from([1, 2, 4, BLOCK]))
def test_stored_tables_are_within_the_bounds(method, case, block):
    with mock.patch.object(sides_module, "BLOCK", block):
        found = fit(case.pair, method=method)
    assert_within_bounds(found, case.exact())


@by_method
@given(
    case=hostile_cases(),
    factor=st.sampled_from([0.0, 1.0, -1.0, 7.3, -1e-3, 100.0]),
    fused=st.sampled_from([None, False]),
)
def test_any_factor_of_the_difference_form_will_do(method, case, factor, fused):
    """Blocks after the first one may be of another scale: the certificate must not depend on a good guess."""
    shared = case.pair.query_tables
    shared = dataclasses.replace(shared, factor=factor, fused=shared.fused if fused is None else fused)
    found = fit(FactoredPair(shared, shared), method=method)
    assert_within_bounds(found, Case(case.reference, case.other).exact())


@pytest.mark.parametrize("length", [BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 1])
@pytest.mark.parametrize("size", [1e-16, 1e-6])
def test_tables_around_the_borders_of_blocks(length, size):
    p = normal(length, 2, seed=length)
    p[BLOCK:] *= 100
    case = Case(p, p / 1000 + size * normal(length, 2, seed=1))
    exact = case.exact_by_columns()
    for method in (None, *METHODS):
        found = fit(case.pair, method=method)
        assert_within_bounds(found, exact)
        if method in (None, "exact"):
            assert_accurate(found, exact)


@by_method
def test_a_first_block_that_misleads(method):
    """The factor of the difference form comes from the first rows; all others follow another one."""
    p = normal(BLOCK + 40, 2)
    q = p / 3
    q[:BLOCK] = -5 * p[:BLOCK] * (1 + 1e-3 * normal(BLOCK, 1))
    p[:BLOCK] *= 1e-3
    q[:BLOCK] *= 1e-3
    case = Case(p, q)
    assert_within_bounds(fit(case.pair, method=method), case.exact_by_columns())


@pytest.mark.parametrize("method", [None, *METHODS])
@pytest.mark.parametrize("entry", [1e-30, 1e-100, 1e-161, 1e-170, 1e-250, 1e-300])
def test_differences_whose_squares_underflow(method, entry):
    """Not a residual of exactly zero with a bound of exactly zero."""
    p = torch.eye(4, dtype=torch.float64)
    q = p.clone()
    q[0, 1] = entry
    case = Case(p, q)
    found = fit(case.pair, method=method)
    assert_within_bounds(found, case.exact())
    assert found.residuals["Scale"].bound <= 1e-13


# -- certificates: errors of the tables ------------------------------------------------------------------------------

PERTURBATIONS = ("none", "random", "signs", "dominant", "weakest", "shrunk", "grown")


def perturbed(table, error, how, seed):
    """A table within the errors of another one."""
    left, _, right = torch.linalg.svd(table, full_matrices=False)
    change = {
        "none": 0 * error,
        "random": (2 * torch.rand(table.shape, generator=torch.Generator().manual_seed(seed)).double() - 1) * error,
        "signs": torch.sign(normal(*table.shape, seed=seed)) * error,
        "dominant": torch.sign(torch.outer(left[:, 0], right[0])) * error,
        "weakest": torch.sign(torch.outer(left[:, -1], right[-1])) * error,
        "shrunk": -torch.sign(table) * torch.minimum(error, table.abs()),
        "grown": torch.sign(table) * error,
    }[how]
    moved = table + change
    return torch.where((moved - table).abs() <= error * (1 - 1e-12), moved, table + 0.999 * change)


@given(data=st.data(), seed=st.integers(0, 2**16), method=st.sampled_from([None, *METHODS]))
def test_every_table_within_the_errors_is_within_the_bounds(data, seed, method):
    length, dim = data.draw(st.integers(1, 8)), data.draw(st.integers(1, 3))
    p = normal(length, dim, seed=seed)
    size, factor = (data.draw(st.sampled_from(each)) for each in ([1e-16, 1e-8, 1e-3, 1.0], [1.0, -1.0, 3.7]))
    q = factor * (p + size * normal(length, dim, seed=seed + 1))
    largest = 10.0 ** data.draw(st.sampled_from([-15, -8, -3, -1]))
    errors = [
        largest * data.draw(st.sampled_from([0.0, 1.0])) * normal(length, dim, seed=seed + i).abs() for i in (2, 3)
    ]
    weights = [normal(2, dim, 2, seed=seed + i) for i in (4, 5)] if data.draw(st.booleans()) else [None, None]
    causal = data.draw(st.booleans())
    admitted = torch.ones(length, length, dtype=torch.bool).tril() if causal else None
    pair = logits(p, q, *weights, error=errors[0], other_error=errors[1])
    found = fit(pair, Mask(causal=True) if causal else None, method)
    for number in range(3):
        how = [data.draw(st.sampled_from(PERTURBATIONS)) for _ in range(2)]
        moved = (perturbed(*each, seed + number) for each in zip((p, q), errors, how, strict=True))
        assert_within_bounds(found, Case(*moved, query=weights[0], key=weights[1]).exact(admitted))


@by_dtype
@given(seed=st.integers(0, 2**16), size=st.sampled_from([1e-16, 1e-6, 1e-2]))
def test_rounded_storage_is_covered_without_being_told(dtype, seed, size):
    """The figures of the float64 tables are within the bounds of those of the stored ones."""
    p = normal(7, 3, seed=seed)
    q = 3.7 * (p + size * normal(7, 3, seed=seed + 1))
    found = fit(logits(p.to(dtype), q.to(dtype), error=None, other_error=None))
    assert_within_bounds(found, Case(p, q).exact())


@pytest.mark.parametrize("method", METHODS)
def test_bounds_are_not_vacuous(method):
    """Some table within the errors reaches a hundredth of every bound."""
    p = normal(8, 2)
    q, error = 3.7 * p + 1e-2 * normal(8, 2, seed=1), torch.full((8, 2), 1e-5, dtype=torch.float64)
    found = fit(logits(p, q, error=error, other_error=error), method=method)
    worst = dict.fromkeys(figures(found), 0.0)
    for first in PERTURBATIONS:
        for second in PERTURBATIONS:
            exact = Case(perturbed(p, error, first, 1), perturbed(q, error, second, 2)).exact()
            for name, ratio in ratios(found, exact).items():
                worst[name] = max(worst[name], ratio)
    assert all(0.01 <= ratio <= 1 for ratio in worst.values()), worst


# -- masks -----------------------------------------------------------------------------------------------------------


@st.composite
def masks(draw, queries, keys):
    """A mask and the same as a matrix; every query keeps a key."""
    seed = draw(st.integers(0, 2**16))
    kinds = ["padding", "entries", "entries and padding"]
    kind = draw(st.sampled_from([*kinds, "causal", "causal and padding", "all"] if queries == keys else kinds))
    chosen = torch.rand(queries + 1, keys, generator=torch.Generator().manual_seed(seed)) < 0.6
    chosen[:, 0] = True
    admitted = torch.ones(queries, keys, dtype=torch.bool)
    given_keys = given_entries = None
    if "padding" in kind or kind == "all":
        given_keys = chosen[0]
        admitted &= given_keys
    if "entries" in kind or kind == "all":
        given_entries = chosen[1:]
        admitted &= given_entries
    causal = "causal" in kind or kind == "all"
    if causal:
        admitted = admitted.tril()
    return Mask(causal, given_keys, given_entries), admitted


@given(case=hostile_cases(), data=st.data(), rows=st.sampled_from([1, 2, 4, 512]), block=st.sampled_from([2, BLOCK]))
def test_masked_figures_are_those_of_the_admitted_pairs(case, data, rows, block):
    """Blocks so short that some admit no key of some query."""
    mask, admitted = data.draw(masks(len(case.reference), len(case.keys[0])))
    with mock.patch.object(masked, "_ROWS", rows), mock.patch.object(sides_module, "BLOCK", block):
        found = fit(case.pair, mask)
    assert_within_bounds(found, case.exact(admitted))


def test_a_long_causal_mask():
    """Several nodes of the tree of keys, at the length of the blocks as they are."""
    length = 2 * masked._ROWS + 3
    p = normal(length, 2)
    q = 3.7 * p + 1e-9 * normal(length, 2, seed=1)
    found = fit(Case(p, q).pair, Mask(causal=True))
    exact = causal_fit(p, q)
    assert_within_bounds(found, exact)
    assert_accurate(found, exact)


def test_a_mask_of_entries_beyond_the_budget_is_refused():
    case, entries = Case(normal(6, 2), normal(6, 2, seed=1)), torch.ones(6, 6, dtype=torch.bool)
    message = refusal(lambda: fit(case.pair, Mask(entries=entries), budget=35))
    assert re.match(r"mask: got .*6 x 6 entries.*at most 35 logits.*budget", message)
    assert fit(case.pair, Mask(entries=entries), budget=36).residuals == fit(case.pair, Mask(entries=entries)).residuals
    fit(case.pair, Mask(causal=True), budget=1)  # is not read entry by entry


# -- degenerate tables -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["P", "Q"])
def test_a_table_of_zeros_is_refused(place):
    given_tables = {"P": normal(5, 2), "Q": normal(5, 2)} | {place: torch.zeros(5, 2, dtype=torch.float64)}
    assert re.match(rf"{place}: got '5 rows of zeros'; .*not all zero", refusal(lambda: tables(*given_tables.values())))


@by_method
@pytest.mark.parametrize("weights", ["zero", "orthogonal"])
def test_logits_that_are_all_zero_have_no_certificate(method, weights):
    """No figure that looks fine, whether the weights are zero or everything cancels."""
    p = torch.cat([normal(5, 1), torch.zeros(5, 1, dtype=torch.float64)], 1)
    w = torch.zeros(1, 2, 1, dtype=torch.float64) if weights == "zero" else torch.tensor([[[0.0], [1.0]]]).double()
    found = fit(logits(p, 2 * p, w, w), method=method)
    assert all(math.isinf(figure.bound) for figure in figures(found).values())


@by_method
@pytest.mark.parametrize(
    "masked_by", [None, Mask(causal=True), Mask(keys=torch.tensor([True, False, False, False, False]))]
)
def test_constant_rows_leave_nothing_to_fit_once_they_are_centred(method, masked_by):
    """All keys equal, exactly or but for rounding, or only one of them admitted."""
    p, k = normal(5, 3), normal(1, 3, seed=1).expand(5, -1).contiguous()
    if masked_by is not None and masked_by.keys is not None:
        k = normal(5, 3, seed=2)
    found = fit(Case(p, 2 * p, k, 3 * k).pair, masked_by, method)
    assert math.isfinite(found.scale.bound)
    for name in ("centred scale factor", "RowConstant", "ScaleAndRowConstant"):
        assert math.isinf(figures(found)[name].bound), name


@by_method
@given(rows=st.integers(1, 2), keys=st.integers(1, 2), dim=st.integers(1, 2), seed=st.integers(0, 2**16))
def test_one_or_two_rows(method, rows, keys, dim, seed):
    p, k = normal(rows, dim, seed=seed), normal(keys, dim, seed=seed + 1)
    case = Case(p, 3 * p + 1e-3 * normal(rows, dim, seed=seed + 2), k, k / 3)
    assert_within_bounds(fit(case.pair, method=method), case.exact())


@by_method
@pytest.mark.parametrize("tiny", [2.0**-20, 2.0**-30, 2.0**-36, 2.0**-40])
def test_heads_that_see_only_what_cancels(method, tiny):
    """Weights (1, -1) on two columns that nearly agree: kappa up to 1e12, and errors aligned with what they see."""
    x, y = ((scale * normal(8, seed=seed)).round() / scale for seed, scale in ((1, 2**10), (2, 2**6)))
    p = torch.stack([x, x + tiny * y], 1)
    q = 3.7 * p + 1e-3 * tiny * normal(8, 2, seed=3)
    w, error = (
        torch.tensor([[[1.0], [-1.0]]], dtype=torch.float64),
        torch.full((8, 2), 1e-6 * tiny, dtype=torch.float64),
    )
    found = fit(logits(p, q, w, w, other_error=error), method=method)
    assert found.condition > 0.1 / tiny
    for seed in range(4):
        signs = torch.sign(normal(8, seed=seed))
        moved = q + 0.99 * error * torch.stack([signs, -signs], 1)
        assert_within_bounds(found, Case(p, moved, query=w, key=w).exact())


@by_method
def test_ill_conditioned_heads_say_so(method):
    """Two heads that read a column 1e20 times smaller than the other one, which is rounded to 16 digits."""
    p = normal(6, 2) * torch.tensor([1e10, 1e-10], dtype=torch.float64)
    w = torch.tensor([[[0.0], [1.0]], [[0.0], [2.0]]], dtype=torch.float64)
    found = fit(logits(p, 2 * p, w, w, error=None, other_error=None), method=method)
    assert found.condition > 1e19
    assert all(math.isinf(figure.bound) or figure.bound > 1 for figure in figures(found).values())


@by_method
def test_sinusoids_whose_dominant_directions_are_projected_away(method):
    positions = torch.arange(40).double()[:, None]
    phases = positions * 100.0 ** -(torch.arange(8).double() / 8)
    p = torch.cat([torch.sin(phases), torch.cos(phases)], 1)
    weakest = torch.linalg.svd(p)[2][-2:].T
    query, key = (weakest @ normal(2, 2, 2, seed=seed) for seed in (1, 2))
    case = Case(p, 0.37 * p + 1e-16 * normal(*p.shape), query=query, key=key)
    found = fit(logits(case.reference, case.other, query, key, error=None, other_error=None), method=method)
    assert found.condition > 1e8
    assert found.residuals["Scale"].bound >= 2.0**-54 * found.condition
    assert_within_bounds(fit(case.pair, method=method), case.exact_by_columns())


@by_method
@pytest.mark.parametrize("exponents", [(0, 0), (200, 200), (-200, -200), (150, -150), (-100, 100), (-60, 0)])
def test_magnitudes(method, exponents):
    """Powers of two apart in size: within the bounds, or no certificate."""
    p = normal(6, 2)
    q = 3.7 * p + 1e-6 * normal(6, 2, seed=1)
    case = Case(p * 2.0 ** exponents[0], q * 2.0 ** exponents[1])
    found, exact = fit(case.pair, method=method), case.exact()
    assert_within_bounds(found, exact)
    assert error_of(found.residuals["Scale"].value, exact.residuals["Scale"]) <= 1e-12 * float(exact.residuals["Scale"])


# The last two have logits within the range of float64, but not their ratio.
OUT_OF_RANGE = [(1e200, 1e200), (1e-200, 1e-200), (1e200, 1e-200), (1e-310, 1.0), (1e120, 1e-120), (1e-120, 1e120)]


@pytest.mark.parametrize("factors", OUT_OF_RANGE)
def test_magnitudes_whose_logits_leave_float64_are_refused(factors):
    p = normal(6, 2)
    message = refusal(lambda: fit(logits(factors[0] * p, factors[1] * p)))
    assert re.match(r"[PQ]: got .*range of float64", message)


@by_method
def test_a_negative_scale(method):
    p, k = normal(8, 3), normal(8, 3, seed=1)
    found = fit(Case(p, -3 * p, k, k / 2).pair, method=method)
    assert found.scale.value + found.scale.bound < 0
    assert found.residuals["Scale"].value <= FLOOR


@by_method
def test_unrelated_tables(method):
    case = Case(normal(9, 2), normal(9, 2, seed=1))
    found = fit(case.pair, method=method)
    assert found.residuals["Scale"].value > 0.3
    assert_within_bounds(found, case.exact())


# -- negative controls -----------------------------------------------------------------------------------------------


def test_another_table_is_not_within_the_bounds():
    """The comparison refuses a figure that is off by a millionth of a millionth."""
    p, q = normal(8, 3), 3.7 * normal(8, 3) + 1e-3 * normal(8, 3, seed=1)
    found = fit(Case(p, q).pair, method="exact")
    assert not escapes(found, Case(p, q).exact())
    q[0, 0] *= 1 + 1e-12
    assert escapes(found, Case(p, q).exact())


def test_another_mask_is_not_within_the_bounds():
    case, entries = Case(normal(6, 2), normal(6, 2, seed=1)), torch.ones(6, 6, dtype=torch.bool)
    other = entries.clone()
    other[4, 2] = False
    found = fit(case.pair, Mask(entries=entries))
    assert not escapes(found, case.exact(entries))
    assert escapes(found, case.exact(other))


@pytest.mark.parametrize("method", METHODS)
def test_understated_errors_are_noticed(method):
    """A hundredth of the errors of the tables covers no table at their limit."""
    p, error = normal(8, 2), torch.full((8, 2), 1e-4, dtype=torch.float64)
    pair = logits(p, 3.7 * p, error=error, other_error=error)
    moved = Case(perturbed(p, error, "grown", 0), perturbed(3.7 * p, error, "shrunk", 0)).exact()

    def understated(side, method):
        total = sum_here(side, method)
        return dataclasses.replace(total, error_squares=1e-4 * total.error_squares)

    assert not escapes(fit(pair, method=method), moved)
    assert escapes(fit(pair, method=method, summer=understated), moved)


def without(module, name, value):
    """The package without one part of its bounds."""
    return mock.patch.object(module, name, return_value=value)


def test_norms_that_rounding_hides_have_to_be_counted():
    """Without them a head that sees only what cancels is certified as if it saw nothing."""
    tiny, w = 2.0**-30, torch.tensor([[[1.0], [-1.0]]], dtype=torch.float64)
    escaped = []
    for seed in range(8):
        x, y = ((scale * normal(8, seed=seed + i)).round() / scale for i, scale in ((10, 2**10), (20, 2**6)))
        p = torch.stack([x, x + tiny * y], 1)
        q, error = 3.7 * p + 1e-3 * tiny * normal(8, 2, seed=seed), torch.full((8, 2), 1e-6 * tiny).double()
        signs = torch.sign(normal(8, seed=seed))
        exact = Case(p, q + 0.99 * error * torch.stack([signs, -signs], 1), query=w, key=w).exact()
        pair = logits(p, q, w, w, other_error=error)
        assert not escapes(fit(pair, method="exact"), exact)
        with without(sensitivity, "_hidden", (0.0, 0.0)):
            escaped.append(escapes(fit(pair, method="exact"), exact))
    assert any(escaped)


def test_the_rounding_of_the_fitted_scale_has_to_be_counted():
    """Exact multiples of one column: the residual is zero but for the last bit of the quotient."""
    escaped = []
    for seed in range(40):
        p = normal(1, 1, seed=seed)
        case = Case(p, p * 2.0**-10 + 1e-16 * normal(1, 1, seed=seed + 1))
        exact = case.exact()
        assert not escapes(fit(case.pair, method="exact"), exact)
        with without(fits, "_beyond_best", 0.0):
            escaped.append(escapes(fit(case.pair, method="exact"), exact))
    assert any(escaped)


def lost(pair):
    """What Gram matrices say to have lost, in whole rows or in centred ones."""
    query_side, key_side = sides(pair)
    queries, keys = (sums(side, "gram").total() for side in (query_side, key_side))
    geometry = GramGeometry(pair, query_side, key_side, queries, keys, method_error(query_side, "gram"))
    return geometry.lost(fit(pair, method="gram").rounding)


@pytest.mark.parametrize("kind", [kind for kind in INVARIANCES if kind not in ("negative", "thrice")])
def test_gram_matrices_know_that_everything_cancelled(kind):
    """Their figure is wrong by far more than the tables explain; they say so, and are not chosen."""
    p = normal(40, 4)
    case = Case(p, INVARIANCES[kind](p))
    assert lost(case.pair) > 1e-3
    by_gram, chosen = fit(case.pair, method="gram"), fit(case.pair)
    assert chosen.method == "exact"
    assert by_gram.residuals["Scale"].bound > 1e-9
    assert_within_bounds(by_gram, case.exact())


def test_gram_matrices_know_that_centred_rows_cancelled():
    p, k = whole(40, 3), whole(40, 3, seed=1)
    case = Case(p, p, k, k + torch.tensor([4.0, -3.0, 1.0]))
    assert lost(case.pair) > 1e-3
    assert fit(case.pair).method == "exact"


def test_nothing_is_lost_where_nothing_cancels():
    """The fast way is taken where it serves: close tables, and powers of two."""
    p = normal(40, 4)
    for q in (p + 1e-9 * normal(40, 4, seed=1), 3.7 * p + normal(40, 4, seed=1), p / 1024):
        assert lost(Case(p, q).pair) < FLOOR
        assert fit(Case(p, q).pair).method == "gram"


def test_coarse_errors_of_the_tables_are_served_by_triangles():
    p = whole(40, 4)
    pair = logits(p.float(), quarter_turns(p).float(), error=None, other_error=None)
    assert fit(pair).method == "triangular"


@pytest.mark.parametrize("method", [None, "gram", "triangular", "exact"])
def test_kappa_is_relative_to_the_table_also_where_projected_columns_are_summed(method):
    """One narrow head that kills the dominant direction of the table; the same head beside another is not narrow."""
    table = torch.ones(40, 8, dtype=torch.float64)
    table[:, 0] += 1e-6 * torch.arange(40)
    weight = torch.tensor([[[1.0]] + [[-1.0 / 7]] * 7], dtype=torch.float64)
    tables = DifferencePair.of(TensorSource(table, "P"), TensorSource(table / 3, "Q"))
    narrow = FactoredPair(tables, tables, Projection(weight), Projection(weight))
    twice = Projection(weight.repeat(2, 1, 1))
    wide = FactoredPair(tables, tables, twice, twice)
    found, expected = (fit(pair, method=method).condition for pair in (narrow, wide))
    assert found > 1e4
    assert 0.5 <= found / expected <= 2
