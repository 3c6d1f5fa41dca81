"""Toeplitz kernels: taken only with a certificate, which is never exceeded, and figures right within their bounds."""

import math
from dataclasses import replace
from fractions import Fraction

import exact
import flint
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from phase_latency.encodings import Compressed, Rank, Retimed, Rotary, Scaled, Sinusoidal
from phase_latency.latency import LatencyMap
from phase_latency.masks import Mask
from phase_latency.streaming.difference import DifferencePair
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.kernels import cosine_differences, cosines, turns
from phase_latency.streaming.projections import Projection
from phase_latency.streaming.sinusoids import sinusoids
from phase_latency.streaming.sources import EncodingSource, TensorSource
from phase_latency.streaming.toeplitz import toeplitz
from phase_latency.streaming.worst import worst_entry


def ball(number):
    return exact.ball(Fraction(number))


def gap(exactly, value):
    """Distance to the exact number, rounded towards zero."""
    return float(abs(exactly - flint.arb(value)).abs_lower())


def gram_of(reference, other):
    tables = DifferencePair.of(reference, other)
    return FactoredPair(tables, tables)


# -- kernels -----------------------------------------------------------------------------------------------------------

frequencies = st.one_of(
    st.floats(0, math.pi).map(Fraction),
    st.fractions(0, 3, max_denominator=10**6),
    st.sampled_from([Fraction(0), Fraction(1), Fraction(10) ** -12, Fraction(10.0 ** (-4 * 62 / 64))]),
)
lengths = st.one_of(st.integers(1, 70), st.integers(10**5, 2 * 10**6))


@given(frequency=frequencies, number=st.integers(0, 2**26))
def test_turns_are_right_to_the_last_digits_at_any_position(frequency, number):
    found = turns([frequency], torch.tensor([number]))
    angle = ball(frequency) * number
    assert gap(angle.cos(), found.cosine.item()) <= found.error
    assert (
        gap(angle.sin(), found.sine.item()) <= found.error * min(1.0, float(frequency * number)) * (1 + 1e-9) + 1e-300
    )
    assert found.error < 2.0**-48


@given(
    length=lengths, terms=st.lists(st.tuples(st.floats(-1, 1).map(Fraction), frequencies), max_size=5), data=st.data()
)
def test_sums_of_cosines_are_within_their_error(length, terms, data):
    kernel = cosines([a for a, _ in terms], [w for _, w in terms], length)
    m = data.draw(st.integers(0, length - 1))
    exactly = sum((ball(a) * (ball(w) * m).cos() for a, w in terms), flint.arb(0))
    assert gap(exactly, kernel.value.flatten()[m].item()) <= kernel.error
    assert not kernel.value.flatten()[length:].any()
    assert kernel.error < 1e-13


@given(
    length=lengths,
    terms=st.lists(
        st.tuples(st.floats(-1, 1).map(Fraction), frequencies, st.integers(-300, 0).map(lambda e: Fraction(10) ** e)),
        min_size=1,
        max_size=5,
    ),
    data=st.data(),
)
def test_differences_of_cosines_have_no_floor(length, terms, data):
    """However close the frequencies are, the error is a small part of the size of the difference."""
    a, w, apart = (list(each) for each in zip(*terms, strict=True))
    v = [x + y for x, y in zip(w, apart, strict=True)]
    kernel = cosine_differences(a, list(zip(v, w, strict=True)), length)
    m = data.draw(st.integers(0, length - 1))
    flint.ctx.prec = 2500
    exactly = sum(
        (flint.arb(x.numerator) / x.denominator * (_arb(y) * m).cos() - _arb(x) * (_arb(z) * m).cos())
        for x, y, z in zip(a, v, w, strict=True)
    )
    assert gap(exactly, kernel.value.flatten()[m].item()) <= kernel.error
    size = sum(abs(float(x)) * min(1.0, float(y) * length) for x, y in zip(a, apart, strict=True))
    assert kernel.error <= 2e-13 * size + 1e-300


def _arb(number):
    return flint.arb(number.numerator) / number.denominator


# -- certificates ------------------------------------------------------------------------------------------------------

LENGTH, DIM = 40, 8


def exact_rows(encoding, length, first=0):
    """Rows of a sinusoidal encoding in 400 bits, from its definition."""
    amplitude, factor = Fraction(1), Fraction(1)
    while isinstance(encoding, Scaled | Compressed | Retimed):
        amplitude *= Fraction(encoding.a) if isinstance(encoding, Scaled) else 1
        factor *= Fraction(encoding.factor) if isinstance(encoding, Compressed) else 1
        encoding = encoding.encoding
    base, h = ball(Fraction(encoding.base)), encoding.dim // 2
    rates = [base ** (flint.arb(-2 * i) / encoding.dim) * ball(factor) for i in range(h)]
    rows = np.empty((length, 2 * h), dtype=object)
    for p in range(length):
        for i, rate in enumerate(rates):
            places = (2 * i, 2 * i + 1) if encoding.layout == "interleaved" else (i, h + i)
            angle = rate * (p + first)
            rows[p, places[0]], rows[p, places[1]] = ball(amplitude) * angle.sin(), ball(amplitude) * angle.cos()
    return rows


def distance_to(found, rows):
    """Largest distance of Gram entries to the certified kernel, less what the certificate allows; 400 bits."""
    gram = rows @ rows.T
    norm = sum((ball(each) for each in found.squares), flint.arb(0)).sqrt()
    allowed = ball(found.distance) * (2 * norm + ball(found.distance))
    worst = -math.inf
    for m in range(len(rows)):
        kernel = sum(
            (ball(a) * (ball(w) * m).cos() for a, w in zip(found.squares, found.frequencies, strict=True)), flint.arb(0)
        )
        for p in range(len(rows) - m):
            worst = max(
                worst,
                float((abs(gram[p + m, p] - kernel) - allowed).abs_lower())
                * (1 if abs(gram[p + m, p] - kernel) > allowed else -1),
            )
    return worst  # fmt: skip


amplitudes = st.sampled_from([1.0, 1 / 1000, -1 / 64, 1e-100, 1e100])
factors = st.sampled_from([1.0, 1 / 7, 1 + 1e-9, 3.0])


@st.composite
def sinusoidal(draw):
    encoding = Sinusoidal(
        draw(st.sampled_from([2, 4, 6])),
        draw(st.sampled_from([10000.0, 10.0, 0.5])),
        draw(st.sampled_from(["interleaved", "blocks"])),
    )
    kind = draw(st.sampled_from(["plain", "scaled", "compressed", "retimed", "both"]))
    if kind == "retimed":
        return Retimed(encoding, LatencyMap(draw(st.sampled_from([0.1, 3.0])), 50, onset=0.7))
    if kind in ("compressed", "both"):
        encoding = Compressed(encoding, draw(factors))
    return encoding if kind in ("plain", "compressed") else Scaled(encoding, draw(amplitudes))  # fmt: skip


@given(encoding=sinusoidal(), length=st.integers(1, 12), first=st.sampled_from([0, 5, 10**6]))
def test_our_encodings_are_certified_and_the_certificate_holds(encoding, length, first):
    found = sinusoids(EncodingSource(encoding, length, first=first))
    assert found is not None
    assert distance_to(found, exact_rows(encoding, length, first)) <= 0
    stored = exact.balls(encoding(torch.arange(first, first + length)))
    assert distance_to(found, stored) <= 0


dtypes = st.sampled_from([torch.float64, torch.float32, torch.bfloat16, torch.float16])


@given(encoding=sinusoidal(), length=st.integers(1, 12), dtype=dtypes)
def test_tables_are_recognised_and_the_certificate_holds(encoding, length, dtype):
    """Whether or not a table is taken for sinusoids: if it is, neither it nor what was stored is farther away."""
    table = encoding(torch.arange(length)).to(dtype)
    if not table.isfinite().all() or not table.any():
        return
    found = sinusoids(TensorSource(table))
    if found is not None:
        assert distance_to(found, exact.balls(table)) <= 0


@pytest.mark.parametrize("layout", ["interleaved", "blocks"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize("length", [2, 63, 64, 65, 1000, 20000])
def test_stored_sinusoids_of_all_lengths_are_recognised(layout, dtype, length):
    encoding = Sinusoidal(16, layout=layout)
    for table in (encoding(torch.arange(length)), 3.7 * encoding(torch.arange(length)).flip(1)):
        found = sinusoids(TensorSource(table.to(dtype)))
        assert found is not None
        rates = sorted(abs(float(each)) for each in found.frequencies)
        apart = max(abs(x - y) for x, y in zip(rates, sorted(encoding.frequencies().tolist()), strict=True))
        assert apart * length <= 64 * torch.finfo(dtype).eps  # phases at the end


def test_rows_from_a_later_position_on_are_recognised():
    found = sinusoids(TensorSource(Sinusoidal(DIM)(torch.arange(100, 400))))
    assert found is not None


def changed(table, row, column, size):
    table = table.clone()
    table[row, column] += size
    return table


PE = Sinusoidal(DIM)(torch.arange(3000))
GENERATOR = torch.Generator().manual_seed(0)
NOT_SINUSOIDS = {
    **{f"row {row} off by 1e-6": changed(PE, row, 3, 1e-6) for row in (0, 17, 64, 1500, 2999)},
    "row 1500 off by 1e-10": changed(PE, 1500, 3, 1e-10),
    "row 1500 off by 1e-6 in float32": changed(PE.float(), 1500, 3, 1e-6),
    "rows exchanged": PE[torch.randperm(3000, generator=GENERATOR)],
    "two rows exchanged": torch.cat([PE[:1400], PE[1401:1402], PE[1400:1401], PE[1402:]]),
    "cosines of the next channel": torch.stack(
        [PE[:, 0:-2:2], PE[:, 3::2]], -1
    ).flatten(1),
    "columns exchanged": PE[:, [1, 2, 0, 3, 4, 5, 6, 7]],
    "root of the position": Sinusoidal(DIM)(torch.arange(3000).double().sqrt()),
    "a growing amplitude": PE * torch.linspace(1, 1 + 1e-9, 3000, dtype=torch.float64)[:, None],
    "learned": torch.randn(3000, DIM, generator=GENERATOR, dtype=torch.float64),
    "float32 angles": torch.outer(torch.arange(3000).float(), Sinusoidal(DIM).frequencies().float()).sin().repeat(1, 2),
    "odd width": PE[:, :7],
    "clamped positions": Sinusoidal(DIM)(torch.arange(3000).clamp(max=2000)),
    "positions from 0 again": Sinusoidal(DIM)(torch.arange(3000) % 2048),
}  # fmt: skip


@pytest.mark.parametrize("kind", NOT_SINUSOIDS)
def test_tables_that_are_not_quite_sinusoids_are_refused(kind):
    assert sinusoids(TensorSource(NOT_SINUSOIDS[kind])) is None
    assert toeplitz(gram_of(TensorSource(PE[:, : NOT_SINUSOIDS[kind].shape[1]].to(NOT_SINUSOIDS[kind].dtype)),
                            TensorSource(NOT_SINUSOIDS[kind])), Mask()) is None  # fmt: skip


def test_other_encodings_have_no_certificate():
    assert sinusoids(EncodingSource(Rank(20), 20)) is None
    assert sinusoids(EncodingSource(Scaled(Sinusoidal(4), 0.0), 20)) is None


def test_a_constant_table_is_a_sinusoid_of_frequency_zero():
    found = sinusoids(TensorSource(torch.ones(100, 4, dtype=torch.float64)))
    assert set(found.frequencies) == {Fraction(0)}


# -- figures -----------------------------------------------------------------------------------------------------------


def exact_fit(first, second, causal):
    """Scale, residual and deviations by the definitions, over all admitted entries, in 400 bits."""
    old, new = first @ first.T, second @ second.T
    shown = np.tri(len(old), dtype=bool) if causal else np.ones(old.shape, dtype=bool)
    g, h = old[shown], new[shown]
    scale = (g * h).sum() / (g * g).sum()
    rest = h - scale * g
    deviations = np.full(old.shape, flint.arb(0), dtype=object)
    deviations[shown] = [abs(each) for each in rest]
    square = (rest * rest).sum() / (h * h).sum()
    return scale, square.sqrt() if square > 0 else flint.arb(0), deviations  # a ball around 0 has no root


@st.composite
def fits(draw):
    """Two sinusoidal encodings of one width, as encodings or as stored tables."""
    first = draw(sinusoidal())
    dim, base, layout = first.dim, *_of(first)
    second = Sinusoidal(dim, draw(st.sampled_from([base, base, 100.0])), layout)
    if draw(st.booleans()):
        second = Compressed(second, draw(factors))
    second = Scaled(second, draw(amplitudes))
    return first, second, draw(st.integers(2, 10)), draw(st.booleans()), draw(st.booleans())


def _of(encoding):
    while not isinstance(encoding, Sinusoidal):
        encoding = encoding.encoding
    return encoding.base, encoding.layout


@given(case=fits())
def test_figures_are_within_their_bounds_of_the_exact_ones(case):
    """For the exact encodings and for the tables as they are stored."""
    first, second, length, causal, stored = case
    tables = [each(torch.arange(length)) for each in (first, second)]
    sources = (
        [TensorSource(each) for each in tables] if stored else [EncodingSource(e, length) for e in (first, second)]
    )
    fit = toeplitz(gram_of(*sources), Mask(causal=causal))
    if fit is None:
        comparable = 1e-150 < float(tables[0].abs().max() / tables[1].abs().max()) < 1e150
        assert stored or not comparable  # a certificate is not owed to every stored table, but to every encoding
        return
    references = [[exact.balls(each) for each in tables]]
    if not stored:
        references.append([exact_rows(each, length) for each in (first, second)])
    for rows in references:
        scale, residual, deviations = exact_fit(*rows, causal)
        assert gap(scale, fit.scale.value) <= fit.scale.bound
        assert gap(residual, fit.residual.value) <= fit.residual.bound
        worst = fit.worst.entry
        assert gap(deviations[worst.query, worst.key], worst.deviation.value) <= worst.deviation.bound
        assert max(float(each.abs_lower()) for each in deviations.flat) <= fit.worst.at_most
        grams = [each @ each.T for each in rows]
        for kernel, bound, gram in zip(
            (fit.before, fit.after), (fit.before_bound, fit.after_bound), grams, strict=True
        ):
            assert all(gap(gram[m, 0], kernel[m].item()) <= bound for m in range(length))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("kind", ["encodings", "tables"])
def test_it_agrees_with_dense_matrices(kind, causal):
    """At a length where the grid of distances has many rows, with matrices that share no code with it."""
    length, first, second = 700, Sinusoidal(16), Scaled(Compressed(Sinusoidal(16), 1.01), 0.3)
    tables = [each(torch.arange(length)) for each in (first, second)]
    sources = [EncodingSource(each, length) for each in (first, second)] if kind == "encodings" else tables
    fit = toeplitz(gram_of(*(each if kind == "encodings" else TensorSource(each) for each in sources)), Mask(causal))
    old, new = (each @ each.T for each in tables)
    shown = torch.ones_like(old).tril().bool() if causal else torch.ones_like(old).bool()
    g, h = old[shown], new[shown]
    scale = float((g * h).sum() / (g * g).sum())
    rest = torch.where(shown, new - scale * old, 0.0).abs()
    assert abs(fit.scale.value - scale) <= fit.scale.bound + 1e-12
    assert abs(fit.residual.value - float(rest.norm() / h.norm())) <= fit.residual.bound + 1e-12
    assert abs(fit.worst.entry.deviation.value - float(rest.max())) <= fit.worst.entry.deviation.bound + 1e-12
    assert abs(float(rest[fit.worst.entry.query, 0] - rest.max())) <= fit.worst.entry.deviation.bound + 1e-12
    assert fit.worst.entries == int(shown.sum())
    assert not fit.worst.within_bounds


@pytest.mark.parametrize("amplitude", [1 / 1024, 2.0**-300, 4.0])
@pytest.mark.parametrize("stored", [False, True])
def test_powers_of_two_leave_exactly_nothing(amplitude, stored):
    encoding = Sinusoidal(64)
    other = Scaled(encoding, amplitude)
    sources = [EncodingSource(each, 5000) for each in (encoding, other)]
    if stored:
        sources = [TensorSource(each(torch.arange(5000))) for each in (encoding, other)]
    fit = toeplitz(gram_of(*sources), Mask())
    assert fit.scale.value == amplitude**2
    assert fit.residual.value == 0
    assert fit.worst.entry.deviation.value == 0
    assert fit.worst.within_bounds


@pytest.mark.parametrize("stored", [False, True])
def test_other_amplitudes_leave_rounding_only(stored):
    encoding, other = Sinusoidal(64), Scaled(Sinusoidal(64), 1 / 1000)
    sources = [EncodingSource(each, 5000) for each in (encoding, other)]
    if stored:
        sources = [TensorSource(each(torch.arange(5000))) for each in (encoding, other)]
    fit = toeplitz(gram_of(*sources), Mask())
    assert abs(fit.scale.value - 1e-6) <= fit.scale.bound < 1e-15
    assert fit.residual.value <= (1e-15 if stored else 0)
    assert fit.residual.value <= fit.residual.bound < 1e-9
    assert fit.worst.within_bounds


def test_tables_with_another_order_of_columns_leave_rounding_only():
    """Cosine before sine turns the other way round, which the kernel does not see."""
    table = Sinusoidal(64)(torch.arange(2000))
    fit = toeplitz(gram_of(TensorSource(table), TensorSource(table.flip(1) / 4)), Mask())
    assert fit.residual.value <= 1e-15
    assert fit.worst.within_bounds


@pytest.mark.parametrize("size", [1e-3, 1e-8, 1e-12])
def test_a_change_of_frequencies_is_measured_however_small(size):
    """Against the first order in `size`: relative accuracy, far below the rounding of the tables."""
    length, encoding = 300, Sinusoidal(8)
    fits = [
        toeplitz(
            gram_of(EncodingSource(encoding, length), EncodingSource(Compressed(encoding, 1 + each), length)), Mask()
        )
        for each in (size, size / 2)
    ]
    sizes = [(1 + each) - 1.0 for each in (size, size / 2)]  # as float64 has them
    ratio = fits[0].residual.value / fits[1].residual.value
    assert abs(ratio - sizes[0] / sizes[1]) <= max(1e-9, 10 * length * size)


def test_only_plain_gram_matrices_are_taken():
    tables = DifferencePair.of(EncodingSource(Sinusoidal(8), 20), EncodingSource(Scaled(Sinusoidal(8), 3.0), 20))
    again = DifferencePair.of(EncodingSource(Sinusoidal(8), 20), EncodingSource(Scaled(Sinusoidal(8), 3.0), 20))
    plain = FactoredPair(tables, tables)
    assert toeplitz(plain, Mask()) is not None
    weight = Projection(torch.eye(8, dtype=torch.float64)[None])
    for pair in (
        FactoredPair(tables, again),
        replace(plain, query=weight),
        replace(plain, key=weight),
        replace(plain, query=Projection(rotary=Rotary(8)), key=Projection(rotary=Rotary(8))),
    ):
        assert toeplitz(pair, Mask()) is None
    shown = torch.ones(20, dtype=torch.bool)
    shown[3] = False
    assert toeplitz(plain, Mask(keys=shown)) is None
    assert toeplitz(plain, Mask(entries=torch.ones(20, 20, dtype=torch.bool))) is None


def test_the_worst_entry_is_that_of_the_search():
    length, encoding = 900, Sinusoidal(8)
    pair = gram_of(EncodingSource(encoding, length), EncodingSource(Compressed(encoding, 1.001), length))
    fit = toeplitz(pair, Mask())
    alpha = float(pair.table_scale - Fraction(fit.scale.value))
    found = worst_entry(pair, alpha, fit.scale.bound, Mask(), 10**9)
    slack = found.entry.deviation.bound + fit.worst.entry.deviation.bound
    assert abs(found.entry.deviation.value - fit.worst.entry.deviation.value) <= slack
    assert found.examined == fit.worst.examined == length**2


def test_the_scale_of_the_logits_is_applied():
    tables = DifferencePair.of(EncodingSource(Sinusoidal(8), 50), EncodingSource(Compressed(Sinusoidal(8), 1.5), 50))
    plain, scaled = (toeplitz(FactoredPair(tables, tables, scale=scale), Mask()) for scale in (1.0, 0.25))
    assert scaled.scale == plain.scale
    assert scaled.residual == plain.residual
    assert scaled.worst.entry.deviation.value == plain.worst.entry.deviation.value / 4
    assert torch.equal(scaled.before, plain.before / 4)
