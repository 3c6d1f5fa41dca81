"""Attention weights from factors, streamed: right within certificates, at every mask, and never sampled in silence."""

import math
import re
from fractions import Fraction

import mpmath
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from phase_latency.encodings import Alibi, Rotary, Scaled, Sinusoidal
from phase_latency.masks import Mask, causal_mask
from phase_latency.numerics.sampling import exceeding_part, mean_deviation
from phase_latency.streaming import weight_rows
from phase_latency.streaming.difference import DifferencePair
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.joined import GeneratedSource
from phase_latency.streaming.logit_change import LogitChange
from phase_latency.streaming.projections import Projection
from phase_latency.streaming.row_ranges import largest_range
from phase_latency.streaming.sources import EncodingSource, TensorSource
from phase_latency.streaming.weight_rows import rows_change
from phase_latency.streaming.weights import weights_changes

LENGTH, DIM, HEADS, HEAD_DIM = 7, 6, 2, 3
ALL = 10**9
FIGURES = "total_variation", "kl_forward", "kl_reverse"

# Digits of the reference, far beyond what float64 can tell apart.
DIGITS = 60


def weights_change(pair, change, **options):
    (found,) = weights_changes(pair, [change], **options)
    return found


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def tables(*sources):
    return DifferencePair.of(*sources)


def pair(reference, other, heads=HEADS, scale=HEAD_DIM**-0.5, exactly=True, rotary=None):
    """Logits of two tables under random heads; the stored numbers are exact, or rounded."""
    errors = [torch.zeros(table.shape, dtype=torch.float64) if exactly else None for table in (reference, other)]
    both = tables(TensorSource(reference, "P", errors[0]), TensorSource(other, "Q", errors[1]))
    query, key = (Projection(normal(heads, reference.shape[1], HEAD_DIM, seed=i), rotary) for i in (1, 2))
    return FactoredPair(both, both, query, key, scale)


# -- a slow reference, in 80 digits -----------------------------------------------------------------------------------


def exact_logits(table, scale=HEAD_DIM**-0.5, heads=HEADS):
    """scale (P W_q)(P W_k)^T of every head, as lists."""
    rows = mpmath.matrix(table.double().tolist())
    queries, keys = ([rows * mpmath.matrix(w.tolist()) for w in normal(heads, DIM, HEAD_DIM, seed=i)] for i in (1, 2))
    return [(mpmath.mpf(scale) * q * k.T).tolist() for q, k in zip(queries, keys, strict=True)]


def exact_figures(reference, other, admitted, temperature=1, alibi=None):
    """(heads, queries, 3) divergences between softmax(G) and softmax(G'/c), by the definitions."""
    slopes = [0.0] * HEADS if alibi is None else alibi.slopes().tolist()
    return [
        [
            exact_row(
                [z - slope * abs(query - key) for key, z in enumerate(old) if admitted[query][key]],
                [z / temperature - slope * abs(query - key) for key, z in enumerate(new) if admitted[query][key]],
            )
            for query, (old, new) in enumerate(zip(*heads, strict=True))
        ]
        for *heads, slope in zip(reference, other, slopes, strict=True)
    ]


def exact_row(old, new):
    old, new = ([mpmath.exp(z) for z in row] for row in (old, new))
    p, q = ([each / sum(row) for each in row] for row in (old, new))
    return (
        sum(abs(a - b) for a, b in zip(p, q, strict=True)) / 2,
        sum(a * mpmath.log(a / b) for a, b in zip(p, q, strict=True)),
        sum(b * mpmath.log(b / a) for a, b in zip(p, q, strict=True)),
    )


def excess(moved, exact):
    """Largest ratio of an exact error to its certificate, over all rows and figures."""
    ratios = []
    for head, queries in enumerate(exact):
        for query, figures in enumerate(queries):
            for name, expected in zip(FIGURES, figures, strict=True):
                value, bound = (getattr(moved, each)[head, query].item() for each in (name, f"{name}_error"))
                ratios.append(float(abs(value - expected) / bound) if bound else float(value != expected))
    return max(ratios)


# -- against the definitions ------------------------------------------------------------------------------------------

KEYS = torch.tensor([True, True, False, True, True, False, True])
MASKS = {
    "none": Mask(),
    "causal": Mask(causal=True),
    "padding": Mask(keys=KEYS),
    "causal padding": Mask(causal=True, keys=KEYS),
    "entries": Mask(entries=(normal(LENGTH, LENGTH, seed=9) > 0) | torch.eye(LENGTH, dtype=torch.bool)),
}


def admitted(mask):
    found = mask.admitted(torch.arange(LENGTH), slice(0, LENGTH))
    return (torch.ones(LENGTH, LENGTH, dtype=torch.bool) if found is None else found).tolist()


def in_small_tiles(monkeypatch):
    """Tiles of two queries and three keys, so that a few rows cross many of them."""
    monkeypatch.setattr(weight_rows, "TILE_ROWS", 2)
    monkeypatch.setattr(weight_rows, "tile_keys", lambda queries: 3)
    monkeypatch.setattr(weight_rows, "BLOCK", 4)


@pytest.mark.parametrize("small", [False, True], ids=["one tile", "small tiles"])
@pytest.mark.parametrize("bias", [None, Alibi(HEADS)], ids=["no bias", "alibi"])
@pytest.mark.parametrize("kind", MASKS)
def test_every_row_is_within_its_certificate(kind, bias, small, monkeypatch):
    """Plain and re-tempered, for a change of any size."""
    if small:
        in_small_tiles(monkeypatch)
    mask, reference = MASKS[kind], normal(LENGTH, DIM, seed=3)
    for size in (1e-9, 1.0):
        other = 0.7 * reference + size * normal(LENGTH, DIM, seed=4)
        logits = pair(reference, other)
        with mpmath.workdps(DIGITS):
            exact = exact_logits(reference), exact_logits(other)
            for change in (LogitChange.plain(logits), LogitChange.retempered(logits, 0.49)):
                moved = rows_change(logits, change, torch.arange(LENGTH), mask, bias)
                assert excess(moved, exact_figures(*exact, admitted(mask), change.temperature, bias)) <= 1


@given(seed=st.integers(0, 2**16), size=st.sampled_from([0.0, 1e-12, 1e-5, 0.1]), retempered=st.booleans())
def test_certificates_cover_the_rounding_of_the_tables(seed, size, retempered):
    """The exact tables are anywhere within half a unit of the stored ones, and the scale within what it may be off."""
    exact_tables = [normal(LENGTH, DIM, seed=seed + i) for i in (0, 1)]
    exact_tables[1] = exact_tables[0] / 3 + size * exact_tables[1]
    scale, extra = (Fraction(1, 9) * (1 + Fraction(seed % 3 - 1, 10**6)), 2e-7) if retempered else (1, 0.0)
    logits = pair(*(table.float() for table in exact_tables), exactly=False)
    change = LogitChange.retempered(logits, 1 / 9, extra) if retempered else LogitChange.plain(logits)
    moved = rows_change(logits, change, torch.arange(LENGTH))
    with mpmath.workdps(DIGITS):
        temperature = mpmath.mpf(scale.numerator) / scale.denominator if retempered else 1
        exact = exact_figures(*(exact_logits(table) for table in exact_tables), admitted(Mask()), temperature)
        assert excess(moved, exact) <= 1


def test_an_understated_error_is_exceeded():
    """Negative control: float32 tables claimed to be exact, and a scale claimed to be known, are caught."""
    reference = normal(LENGTH, DIM)
    other = reference / 3 + 1e-3 * normal(LENGTH, DIM, seed=1)
    with mpmath.workdps(DIGITS):
        exact = exact_figures(exact_logits(reference), exact_logits(other), admitted(Mask()))
        for exactly in (False, True):
            logits = pair(reference.float(), other.float(), exactly=exactly)
            moved = rows_change(logits, LogitChange.plain(logits), torch.arange(LENGTH))
            assert (excess(moved, exact) > 1) is exactly
        logits = pair(reference, other)
        exact = exact_figures(exact_logits(reference), exact_logits(other), admitted(Mask()), mpmath.mpf("0.1111"))
        for extra in (0.0, 1e-4):
            change = LogitChange.retempered(logits, 1 / 9, extra)
            moved = rows_change(logits, change, torch.arange(LENGTH))
            assert (excess(moved, exact) > 1) is (extra == 0)


def test_rotations_are_part_of_the_logits():
    """Turned by their positions, queries and keys at equal distances meet alike: rows agree with a dense softmax."""
    rotary = Rotary(4)
    reference = normal(LENGTH, 4)
    both = tables(TensorSource(reference, "P"), TensorSource(reference / 2, "Q"))
    logits = FactoredPair(both, both, Projection(None, rotary), Projection(None, rotary))
    turned = rotary.apply(reference, torch.arange(LENGTH))
    old, new = torch.softmax(turned @ turned.T, -1), torch.softmax(turned @ turned.T / 4, -1)
    moved = rows_change(logits, LogitChange.plain(logits), torch.arange(LENGTH))
    assert ((moved.total_variation[0] - (new - old).abs().sum(-1) / 2).abs() <= LENGTH * 2.0**-50).all()


@pytest.mark.parametrize("causal", [False, True])
def test_long_rows_agree_with_two_softmaxes(causal):
    """Several tiles of queries and of keys; two dense softmaxes are good to a few units per entry."""
    length = 700
    reference = Sinusoidal(16)(torch.arange(length))
    logits = pair(reference, 1.5 * reference + 0.1 * normal(length, 16))
    result = weights_change(logits, LogitChange.plain(logits), budget=ALL, mask=Mask(causal=causal))
    weights = []
    for rows in (reference, 1.5 * reference + 0.1 * normal(length, 16)):
        queries, keys = (rows @ normal(HEADS, 16, HEAD_DIM, seed=i) for i in (1, 2))
        products = queries @ keys.mT * HEAD_DIM**-0.5
        masked = products.masked_fill(~causal_mask(length), -torch.inf) if causal else products
        weights.append(torch.softmax(masked, -1))
    moved = (weights[1] - weights[0]).abs().sum(-1) / 2
    slack = length * 2.0**-50
    assert abs(result.total_variation.largest.figure.value - float(moved.max())) <= slack
    assert moved[result.total_variation.largest.head, result.total_variation.largest.query] >= moved.max() - slack
    assert abs(result.total_variation.mean.value - float(moved.mean())) <= slack
    changed = (weights[0].argmax(-1) != weights[1].argmax(-1)).sum()
    assert result.top_changed == int(changed) > 0
    assert result.complete
    assert (result.measured, result.rows, result.exceeding) == (HEADS * length, HEADS * length, 0.0)
    assert result.kl.interval is result.kl.ceiling is None


@pytest.mark.parametrize("source", ["tensor", "encoding", "generator"])
def test_every_kind_of_table_can_be_streamed(source):
    length, encoding = 300, Sinusoidal(8)
    both = {
        "tensor": [TensorSource(each(torch.arange(length))) for each in (encoding, Scaled(encoding, 0.5))],
        "encoding": [EncodingSource(each, length) for each in (encoding, Scaled(encoding, 0.5))],
        "generator": [
            GeneratedSource(lambda each=each: each(torch.arange(length)).split(77))
            for each in (encoding, Scaled(encoding, 0.5))
        ],
    }[source]
    logits = FactoredPair(*[tables(*both)] * 2)
    dense = (encoding(torch.arange(length)) @ encoding(torch.arange(length)).T).double()
    expected = (torch.softmax(dense, -1) - torch.softmax(dense / 4, -1)).abs().sum(-1).max() / 2
    for budget in (ALL, 20 * length):
        result = weights_change(logits, LogitChange.plain(logits), budget=budget)
        assert abs(result.total_variation.largest.figure.value - float(expected)) <= (0.1 if budget < ALL else 1e-13)


# -- exact invariances ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", MASKS)
@pytest.mark.parametrize("power", [-20, -1, 3])
def test_powers_of_two_leave_nothing_behind(kind, power):
    """After re-tempering every figure is 0 to the last bit, whatever the mask; before, the weights do change."""
    reference = normal(LENGTH, DIM)
    logits = pair(reference, reference * 2.0**power)
    change = LogitChange.retempered(logits, 4.0**power)
    result = weights_change(logits, change, budget=ALL, mask=MASKS[kind])
    for figures in (result.total_variation, result.kl, result.kl_reverse):
        assert figures.largest.figure.value == figures.mean.value == 0
    assert result.largest_change.figure.value == result.spread.figure.value == result.top_changed == 0
    plain = weights_change(logits, LogitChange.plain(logits), budget=ALL, mask=MASKS[kind])
    assert plain.total_variation.largest.figure.value > 0.05


def test_exact_tables_that_are_equal_have_no_error_either():
    reference = normal(LENGTH, DIM)
    zero = torch.zeros(LENGTH, DIM, dtype=torch.float64)
    both = tables(TensorSource(reference, "P", zero), TensorSource(reference.clone(), "Q", zero))
    result = weights_change(FactoredPair(both, both), LogitChange(0.0), budget=ALL)
    assert result.total_variation.largest.figure.value == 0
    assert result.total_variation.largest.figure.bound <= 1e-15


def test_a_shift_of_the_keys_changes_no_weight():
    """``Q = P`` as queries, ``Q = P + v`` as keys: every row of logits moves by a constant, to rounding."""
    reference = normal(LENGTH, DIM)
    zero = torch.zeros(LENGTH, DIM, dtype=torch.float64)
    queries = tables(TensorSource(reference, "P", zero), TensorSource(reference, "P", zero))
    keys = tables(TensorSource(reference, "P", zero), TensorSource(reference + 2.0, "Q"))
    logits = FactoredPair(queries, keys)
    result = weights_change(logits, LogitChange.plain(logits), budget=ALL)
    assert result.largest_change.figure.value > 1
    assert result.total_variation.largest.figure.value <= result.total_variation.largest.figure.bound <= 1e-13


# -- samples ----------------------------------------------------------------------------------------------------------

MANY = 400


def noisy_pair(size=1e-3):
    reference = Sinusoidal(DIM)(torch.arange(MANY))
    return pair(reference, reference + size * normal(MANY, DIM, seed=5))


def test_samples_are_drawn_by_the_seed_and_say_so():
    logits = noisy_pair()
    change, budget = LogitChange.plain(logits), 30 * HEADS * MANY + 17
    first, again, other = (weights_change(logits, change, budget=budget, seed=seed) for seed in (1, 1, 2))
    assert first == again != other
    assert not first.complete
    assert (first.measured, first.rows) == (30 * HEADS, MANY * HEADS)
    assert first.exceeding == exceeding_part(30)
    assert first.total_variation.interval is not None
    assert first.total_variation.ceiling is not None


def test_sampled_rows_are_those_of_the_whole():
    logits = noisy_pair()
    positions = torch.tensor([0, 3, 17, 255, 256, 399])
    for mask in (Mask(), Mask(causal=True)):
        all_rows = rows_change(logits, LogitChange.plain(logits), torch.arange(MANY), mask)
        sampled = rows_change(logits, LogitChange.plain(logits), positions, mask)
        for name in FIGURES:
            values, errors = (getattr(all_rows, each)[:, positions] for each in (name, f"{name}_error"))
            assert ((getattr(sampled, name) - values).abs() <= errors + getattr(sampled, f"{name}_error")).all()
            assert (sampled.top_changed == all_rows.top_changed[:, positions]).all()


def test_statements_about_all_rows_hold():
    """Intervals hold the mean of all rows, ceilings no row exceeds, and few exceed the largest of the sample."""
    logits = noisy_pair()
    change = LogitChange.plain(logits)
    whole = rows_change(logits, change, torch.arange(MANY))
    assert float(whole.spread.max()) <= largest_range(logits, change) <= 40 * float(whole.spread.max())
    for seed in range(10):
        sample = weights_change(logits, change, budget=60 * HEADS * MANY, seed=seed)
        for figures, name in zip((sample.total_variation, sample.kl, sample.kl_reverse), FIGURES, strict=True):
            values = getattr(whole, name)
            lower, upper = figures.interval
            assert lower <= float(values.mean()) <= upper
            assert float(values.max()) <= figures.ceiling
            assert upper <= figures.ceiling
        above = (whole.total_variation > sample.total_variation.largest.figure.value).any(0)
        assert above.double().mean() <= 3 * sample.exceeding


@pytest.mark.parametrize("size", [1e-3, 1e-100, 1e-160, 1e-200])
def test_the_range_of_tiny_changes_does_not_vanish(size):
    """Squares of the change underflow, its bound must not."""
    reference = normal(MANY, DIM)
    reference[:, 0] = 0
    other = reference.clone()
    other[:, 0] = size * normal(MANY)
    logits = pair(reference, other)
    change = LogitChange.plain(logits)
    moved = rows_change(logits, change, torch.arange(MANY))
    assert 0 < float(moved.spread.max()) <= largest_range(logits, change)
    assert (moved.kl_forward_error > 0).all()


@pytest.mark.parametrize("extra", [0.0, 0.01])
def test_the_range_of_every_row_is_bounded_after_re_tempering(extra):
    logits = noisy_pair()
    change = LogitChange.retempered(logits, 0.9, extra)
    moved = rows_change(logits, change, torch.arange(MANY))
    assert float((moved.spread + moved.change_error).max()) <= largest_range(logits, change)


@pytest.mark.parametrize("kind", ["uniform", "rare", "constant"])
def test_the_deviation_of_a_mean_is_covered_as_often_as_it_says(kind):
    """Samples of 60 of 500 without replacement: the mean is missed in fewer than 5 % of 400 draws."""
    generator = torch.Generator().manual_seed(0)
    population = torch.rand(500, generator=generator, dtype=torch.float64)
    population = {"uniform": population, "rare": (population < 0.05).double(), "constant": 0 * population + 0.3}[kind]
    missed = 0
    for _ in range(400):
        sample = population[torch.randperm(500, generator=generator)[:60]]
        missed += abs(float(sample.mean() - population.mean())) > mean_deviation(sample, 1.0)
    assert missed <= 20


def test_the_deviation_shrinks_with_the_sample_and_with_its_variance():
    wide, narrow = torch.tensor([0.0, 1.0]).double(), torch.tensor([0.5, 0.5]).double()
    deviations = [mean_deviation(values.repeat(n), 1.0) for values in (wide, narrow) for n in (5, 50, 500, 5000)]
    assert all(0 < each <= 1 for each in deviations)
    assert deviations == sorted(deviations[:4], reverse=True) + sorted(deviations[4:], reverse=True)
    assert deviations[7] < deviations[3] / 4
    assert mean_deviation(wide, 1.0) == 1.0  # two values say nothing
    assert mean_deviation(narrow.repeat(500), 1.0, error=0.2) > mean_deviation(narrow.repeat(500), 1.0)


# -- bad input --------------------------------------------------------------------------------------------------------


def broken(value):
    table = normal(LENGTH, DIM)
    table[4, 2] = value
    return table


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"budget": 0}, r"budget: got 0; expected an integer >= 1"),
        ({"budget": 1.5}, r"budget: got 1\.5"),
        ({"budget": HEADS * LENGTH - 1}, r"budget: got 13; expected at least 14, .*one query"),
        ({"budget": ALL, "alibi": Alibi(3)}, r"alibi: .*2 heads"),
        ({"budget": ALL, "mask": Mask(keys=torch.ones(3, dtype=torch.bool))}, r"mask\.keys: .*shape \(7,\)"),
        ({"budget": ALL, "mask": Mask(causal=True, keys=torch.arange(LENGTH) > 0)}, r"mask: got 'no key for query 0'"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(options, message):
    logits = pair(normal(LENGTH, DIM), normal(LENGTH, DIM, seed=1))
    assert re.search(message, refusal(lambda: weights_change(logits, LogitChange.plain(logits), **options)))


@pytest.mark.parametrize(
    ("scale", "extra"), [(0.0, 0.0), (-1.0, 0.0), (math.nan, 0.0), (math.inf, 0.0), (0.1, 0.1), (1.0, math.nan)]
)
def test_a_scale_that_is_not_certainly_positive_is_refused(scale, extra):
    logits = pair(normal(LENGTH, DIM), normal(LENGTH, DIM, seed=1))
    assert re.search(
        r"temperature: .*certainly positive", refusal(lambda: LogitChange.retempered(logits, scale, extra))
    )


@pytest.mark.parametrize("size", [1e60, 1e75])
@pytest.mark.parametrize("first", [False, True])
def test_changes_too_large_to_be_told_exactly_are_known_to_be_unknown(size, first):
    """Beside logits of 1e120 a rounding is astronomical: finite values, and no bound but the trivial one."""
    small, large = normal(2, DIM), size * normal(2, DIM, seed=1)
    both = tables(*(TensorSource(each, "P") for each in ((large, small) if first else (small, large))))
    found = weights_change(FactoredPair(both, both), LogitChange.plain(FactoredPair(both, both)), budget=ALL)
    assert 0 <= found.total_variation.value <= 1
    assert found.total_variation.bound >= 1
    for each in (found.kl, found.kl_reverse):
        assert math.isfinite(each.value)
        assert each.bound == math.inf


def test_logits_beyond_float64_are_refused():
    """A measurement that overflows says so; nothing infinite is called a figure."""
    both = tables(TensorSource(normal(LENGTH, DIM), "P"), TensorSource(normal(LENGTH, DIM, seed=1), "Q"))
    projection = Projection(1e200 * normal(1, DIM, HEAD_DIM))
    logits = FactoredPair(both, both, projection, projection)
    message = refusal(lambda: weights_change(logits, LogitChange.plain(logits), budget=ALL))
    assert re.search(r"logits: got 'overflow at query 0 of head 0'.*range of float64", message)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_an_entry_that_is_not_finite_is_named(value):
    def measured():
        both = tables(TensorSource(normal(LENGTH, DIM), "P"), TensorSource(broken(value), "Q"))
        logits = FactoredPair(both, both)
        return weights_change(logits, LogitChange.plain(logits), budget=ALL)

    assert re.search(r"Q\[4, 2\]: got", refusal(measured))


# -- speed ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("head_dim", [64, 128])
def test_speed(benchmark, head_dim):
    """One head, 1024 x 1024 entries in the difference form; divide by 2**20 for the time of an entry."""
    length = 1024
    reference = Sinusoidal(128)(torch.arange(length))
    both = tables(TensorSource(reference, "P"), TensorSource(reference + 1e-6 * normal(length, 128), "Q"))
    query, key = (Projection(normal(1, 128, head_dim, seed=i) / 128**0.5) for i in (1, 2))
    logits = FactoredPair(both, both, query, key, head_dim**-0.5)
    moved = benchmark(lambda: rows_change(logits, LogitChange.plain(logits), torch.arange(length)))
    assert (moved.total_variation_error <= 1e-6 * moved.total_variation).all()
