"""Comparisons find the strongest relation between two encodings, with its parameters, and refuse near misses of it."""

import json
import math
from functools import partial

import pytest
import torch
from encoding_formulas import distance_bias, frequencies, rotation_rows, row_bias, sinusoid_rows, slopes, turned
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from phase_latency.adapters.subject import Subject
from phase_latency.checking.comparing import compare_subjects
from phase_latency.checking.guards import EncodingError
from phase_latency.checking.relation import RELATIONS
from phase_latency.encodings import Alibi, Rotary, Sinusoidal

DIM = 16
RATES = frequencies(10_000, DIM // 2)
YARN = 0.1 * math.log(16) + 1
LEARNED = torch.randn(400, DIM, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
FEW = (0, 300)
SHORT = {"length": 48, "within": FEW}  # for biases, which have a value for each pair of positions


def compared(first, reference, **options):
    """The relation, from fewer positions for biases."""
    return compare_subjects(first, reference, **(SHORT if first.kind == "bias" else {}) | options)


def rope(rates=RATES, at=lambda p: p, layout="interleaved", name="rope", **options):
    """Rotary encoding at other positions; `factor` and `angle_dtype` are options."""
    declared = {key: options.pop(key) for key in ("float_positions", "max_length", "contiguous") if key in options}

    def rotate(x, positions):
        rows = rotation_rows(rates, at(positions.double()), layout=layout, **options)
        return turned(x, rows.to(x.dtype), layout)

    return Subject.rotary(lambda: rotate, name=name, dim=2 * len(rates), **declared)


def sinusoid(rates=RATES, at=lambda p: p, layout="interleaved", change=lambda rows: rows, **declared):
    """Additive encoding at other positions, and with other columns."""
    name = declared.pop("name", "sinusoid")
    rows = partial(sinusoid_rows, rates, layout=layout)
    return Subject.additive(lambda: lambda p: change(rows(at(p.double()))), name=name, **declared)


def learned(rows=LEARNED, name="learned"):
    return Subject.additive(lambda: lambda p: rows[p], name=name, max_length=len(rows))


def bias(formula, slope, name="bias", **declared):
    return Subject.bias(lambda: lambda q, k: formula(slope, q, k), name=name, **declared)


def scaled(factors):
    return lambda rows: rows * torch.as_tensor(factors, dtype=torch.float64)


def all_but_one(value, other):
    """The same factor for all columns but the last."""
    return torch.tensor([value] * (DIM - 1) + [other], dtype=torch.float64)


def with_one_changed(rates, factor, channel=3):
    changed = rates.clone()
    changed[channel] *= factor
    return changed


# -- equal ------------------------------------------------------------------------------------------------------------


def other_formula():
    """The frequencies of RATES by another formula, as many libraries have it."""
    return torch.exp(torch.arange(0, DIM, 2).double() * -(math.log(10_000) / DIM))


EQUAL = {
    "another formula for the frequencies": (rope(other_formula()), rope()),
    "angles in float32": (rope(angle_dtype=torch.float32), rope()),
    "our rotary encoding": (
        rope(),
        Subject.rotary(lambda: Rotary(DIM).apply, name="ours", dim=DIM, float_positions=True),
    ),
    "our sinusoid": (sinusoid(), Subject.additive(lambda: Sinusoidal(DIM), name="ours")),
    "frequencies in float32": (rope(RATES.float().double()), rope()),
    "learned": (learned(), learned()),
    "our biases": (bias(distance_bias, slopes(8)), Subject.bias(lambda: Alibi(8).bias, name="ours")),
    "slopes in float32": (bias(distance_bias, slopes(12).float().double()), bias(distance_bias, slopes(12))),
}


@pytest.mark.parametrize("case", EQUAL)
def test_equal_encodings(case):
    found = compared(*EQUAL[case])
    assert found.relation == "equal", found
    assert found.scale == 1
    assert found.witness is None
    assert found.deviation <= found.bound


NOT_EQUAL = {
    "another base": (rope(frequencies(10_001, DIM // 2)), rope()),
    "one frequency by 1e-5": (rope(with_one_changed(RATES, 1 + 1e-5)), rope()),
    "one entry of a table": (learned(LEARNED + 1e-9 * (LEARNED[7, 3] == LEARNED)), learned()),
    "a slope by 1e-5": (bias(distance_bias, slopes(12) * (1 + 1e-5)), bias(distance_bias, slopes(12))),
    "one entry of a learned bias": (
        bias(lambda s, q, k: (LEARNED @ LEARNED.mT)[q][:, k] + 1e-4 * (q[:, None] * k == 35), None, max_length=400),
        bias(lambda s, q, k: (LEARNED @ LEARNED.mT)[q][:, k], None, max_length=400),
    ),
    "a far position": (rope(at=lambda p: p - (p > 90_000).double()), rope()),
}


@pytest.mark.parametrize("case", NOT_EQUAL)
def test_twin_unequal_encodings_are_told_apart_with_a_witness(case):
    found = compared(*NOT_EQUAL[case])
    assert found.relation != "equal"
    assert abs(found.witness.value - found.witness.reference) > found.witness.bound


@given(st.integers(0, 259), st.integers(0, DIM - 1), st.floats(-11, 3))  # rounding explains up to 3.6e-12
def test_any_entry_of_a_table_that_is_changed_is_the_witness(position, coordinate, power):
    changed = LEARNED.clone()
    changed[position, coordinate] += 10.0**power
    witness = compared(learned(changed), learned()).witness
    assert (witness.position, witness.entry) == (position, {"coordinate": coordinate})


def test_the_witness_is_the_smallest_entry():
    changed = LEARNED.clone()
    changed[41, 9] += 1
    changed[41, 5] += 1e-6
    changed[250] = 0
    witness = compared(learned(changed), learned()).witness
    assert (witness.position, witness.entry) == (41, {"coordinate": 5})
    assert witness.value == changed[41, 5]
    assert witness.reference == LEARNED[41, 5]


# -- scale ------------------------------------------------------------------------------------------------------------


SCALED = {
    "additive": (sinusoid(change=scaled(1 / 100)), sinusoid(), 1e-4, 1 / 100),
    "additive, negative": (sinusoid(change=scaled(-3)), sinusoid(), 9.0, -3.0),
    "learned": (learned(LEARNED / 7), learned(), 1 / 49, 1 / 7),
    "YaRN": (rope(factor=YARN), rope(), YARN**2, YARN),
    "YaRN missing": (rope(), rope(factor=YARN), YARN**-2, 1 / YARN),
    "bias": (bias(distance_bias, 3 * slopes(12)), bias(distance_bias, slopes(12)), 3.0, 3.0),
}


@pytest.mark.parametrize("case", SCALED)
def test_scales(case):
    first, reference, scale, factor = SCALED[case]
    found = compared(first, reference)
    assert found.relation == "scale", found
    assert found.scale == pytest.approx(scale, rel=1e-13)
    assert found.factor == pytest.approx(factor, rel=1e-13)
    assert found.witness is not None


def test_the_yarn_scale_is_that_of_the_threads():
    found = compared(rope(frequencies(10_000, 32), factor=YARN), rope(frequencies(10_000, 32)))
    assert round(found.scale, 4) == 1.6314


def test_queries_and_keys_may_have_factors_of_their_own():
    def turn(queries, keys, positions):
        rows = rotation_rows(RATES, positions, layout="interleaved")
        return 2 * turned(queries, rows, "interleaved"), -turned(keys, rows, "interleaved") / -8

    found = compared(Subject.rotary_pair(lambda: turn, name="pair", dim=DIM), rope())
    assert (found.relation, found.scale, found.factor) == ("scale", pytest.approx(0.25), None)


def test_heads_may_have_scales_of_their_own():
    factors = torch.linspace(1, 3, 12).double()
    found = compared(bias(distance_bias, factors * slopes(12)), bias(distance_bias, slopes(12)))
    assert (found.relation, found.scale) == ("scale", None)
    assert found.scales == pytest.approx(factors.tolist())
    assert found.to_dict()["scale"] == list(found.scales)


def test_one_scale_of_slopes_in_float32_is_stronger_than_one_for_each_head():
    found = compared(bias(distance_bias, 2 * slopes(12).float().double()), bias(distance_bias, slopes(12)))
    assert (found.relation, found.scale) == ("scale", pytest.approx(2, rel=1e-7))


NOT_SCALED = {
    "all columns but one": (sinusoid(change=scaled(all_but_one(2.0, 2 + 1e-5))), sinusoid()),
    "all columns of a table but one": (learned(LEARNED * all_but_one(2.0, 2 + 1e-9)), learned()),
    "queries against keys": (
        Subject.rotary_pair(lambda: lambda q, k, p: (q, -k), name="sign", dim=DIM),
        Subject.rotary_pair(lambda: lambda q, k, p: (q, k), name="plain", dim=DIM),
    ),
    "negative bias": (bias(distance_bias, -slopes(12)), bias(distance_bias, slopes(12))),
    "nothing of something": (sinusoid(change=scaled(0.0)), sinusoid()),
}


@pytest.mark.parametrize("case", NOT_SCALED)
def test_twin_near_scales_are_refused(case):
    found = compared(*NOT_SCALED[case])
    assert found.relation == "none", found
    assert found.scale is None


# -- row constants ----------------------------------------------------------------------------------------------------


def test_alibi_in_row_form_differs_by_row_constants_under_the_causal_mask():
    rows, distances = bias(row_bias, slopes(8)), bias(distance_bias, slopes(8))
    found = compared(rows, distances, mask="causal")
    assert (found.relation, found.scale) == ("row-constant", 1)
    assert found.witness.position > 0
    declared = compared(bias(row_bias, slopes(8), mask="causal"), distances)
    assert declared.relation == "row-constant"


def test_twin_without_the_mask_they_do_not():
    found = compared(bias(row_bias, slopes(8)), bias(distance_bias, slopes(8)))
    assert found.relation == "none"
    assert "causal" in found.reason
    assert (found.witness.position, found.witness.entry) == (0, {"head": 0, "keys": [0, 1]})
    assert (found.witness.value, found.witness.reference) == (0.5, -0.5)


def test_a_scale_and_row_constants():
    found = compared(bias(row_bias, slopes(8) / 4), bias(distance_bias, slopes(8)), mask="causal")
    assert (found.relation, found.scale) == ("row-constant", pytest.approx(0.25))
    factors = torch.linspace(1, 2, 8).double()
    found = compared(bias(row_bias, factors * slopes(8)), bias(distance_bias, slopes(8)), mask="causal")
    assert (found.relation, found.scales) == ("row-constant", pytest.approx(factors.tolist()))


def test_twin_a_slope_that_ends_is_no_row_constant():
    def clipped(slope, q, k):
        return row_bias(slope, q, k.clamp(max=40))

    found = compared(bias(clipped, slopes(8)), bias(distance_bias, slopes(8)), mask="causal")
    assert found.relation == "none"
    assert found.witness.position == 41


def test_twin_bfloat16_products_are_no_row_constant_from_position_257_on():
    def narrow(slope, q, k):
        return row_bias(slope, q, k, angle_dtype=torch.bfloat16).double()

    found = compared(bias(narrow, slopes(2)), bias(row_bias, slopes(2)), mask="causal", length=260)
    assert found.relation == "none"
    assert found.witness.position == 257


def test_biases_that_hide_later_keys_by_infinities():
    def hiding(slope, q, k):
        return distance_bias(slope, q, k).masked_fill(k[None, :] > q[:, None], -math.inf)

    assert compared(bias(hiding, slopes(8)), bias(hiding, slopes(8))).relation == "equal"
    assert compared(bias(hiding, slopes(8)), bias(row_bias, slopes(8)), mask="causal").relation == "row-constant"
    with pytest.raises(EncodingError, match="mask='causal'"):
        compared(bias(hiding, slopes(8)), bias(row_bias, slopes(8)))


# -- permutations -----------------------------------------------------------------------------------------------------


def test_half_split_and_interleaved_are_conjugate_by_a_permutation():
    found = compared(rope(layout="half-split"), rope())
    assert found.relation == "permuted"
    assert found.permutation == tuple(2 * (i % 8) + i // 8 for i in range(DIM))
    assert (found.signs, found.scale) == (None, 1)


@given(st.permutations(range(DIM)), st.sampled_from([1.0, 0.5, 3.7]))
def test_columns_that_exchange_places_and_a_factor(order, factor):
    found = compared(sinusoid(change=lambda rows: factor * rows[:, order]), sinusoid(), within=FEW)
    trivial = list(order) == list(range(DIM))
    assert found.relation == (("scale" if factor != 1 else "equal") if trivial else "permuted")
    assert trivial or found.permutation == tuple(order)
    assert found.scale == pytest.approx(factor**2)


def test_columns_that_coincide_have_one_place_each():
    """Four constant columns and two equal ones, in another order."""
    rows = torch.cat((torch.ones(300, 4), LEARNED[:300, :3], LEARNED[:300, :1]), 1)
    order = [7, 3, 5, 0, 4, 2, 6, 1]
    found = compared(learned(rows[:, order]), learned(rows))
    assert found.relation == "permuted"
    assert sorted(found.permutation) == list(range(8))
    assert torch.equal(rows[:, list(found.permutation)], rows[:, order])


def test_equal_frequencies_have_one_place_each():
    rates = torch.tensor([0.5, 0.5, 0.1, 0.1, 0.1]).double()
    found = compared(rope(rates, layout="half-split"), rope(rates))
    assert (found.relation, sorted(found.permutation)) == ("permuted", list(range(10)))


def test_coordinates_that_change_signs():
    order, signs = [2, 0, 1, *range(3, DIM)], [1, -1, 1, -1] * (DIM // 4)
    found = compared(learned(LEARNED[:, order] * torch.tensor(signs)), learned())
    assert (found.relation, found.permutation, found.signs) == ("permuted", tuple(order), tuple(signs))


def test_a_rotation_in_the_other_direction_exchanges_the_coordinates_of_each_pair():
    found = compared(rope(-RATES), rope())
    assert found.permutation == tuple(i ^ 1 for i in range(DIM))


def test_heads_that_exchange_places():
    found = compared(bias(distance_bias, slopes(12).flip(0)), bias(distance_bias, slopes(12)))
    assert (found.relation, found.permutation) == ("permuted", tuple(range(11, -1, -1)))


NOT_PERMUTED = {
    "one frequency changed": (rope(with_one_changed(RATES, 1.001), layout="half-split"), rope(), "frequencies"),
    "one column twice": (sinusoid(change=lambda rows: rows[:, [1, 1, *range(2, DIM)]]), sinusoid(), "none"),
    "one column of a table scaled": (learned(LEARNED.flip(1) * all_but_one(1.0, 1 + 1e-9)), learned(), "none"),
    "interleaved angles, half-split swap": (
        Subject.rotary(
            lambda: lambda x, p: turned(x, rotation_rows(RATES, p, layout="interleaved"), "half-split"),
            name="mixed",
            dim=DIM,
        ),
        rope(),
        "none",
    ),
}


@pytest.mark.parametrize("case", NOT_PERMUTED)
def test_twin_near_permutations_are_refused(case):
    first, reference, relation = NOT_PERMUTED[case]
    found = compared(first, reference)
    assert found.relation == relation, found


# -- other positions --------------------------------------------------------------------------------------------------


RETIMED = {
    "interpolation by 4": (rope(at=lambda p: p / 4), rope(), 0.25, 0.0),
    "interpolation by 3, another layout": (rope(at=lambda p: p / 3, layout="half-split"), rope(), 1 / 3, 0.0),
    "no simple fraction": (rope(at=lambda p: 0.7312345 * p), rope(float_positions=True), 0.7312345, 0.0),
    "offset by one": (rope(at=lambda p: p + 1), rope(), 1.0, 1.0),
    "offset by minus one": (sinusoid(at=lambda p: p - 1), sinusoid(), 1.0, -1.0),
    "both": (sinusoid(at=lambda p: p / 2 + 5), sinusoid(), 0.5, 5.0),
    "compressed and scaled": (sinusoid(at=lambda p: p / 64, change=scaled(0.1)), sinusoid(), 1 / 64, 0.0),
    "compressed, another layout": (sinusoid(at=lambda p: p / 8, layout="blocks"), sinusoid(), 0.125, 0.0),
    "table by one": (learned(LEARNED[1:]), learned(), 1.0, 1.0),
    "table by minus one": (learned(torch.cat((LEARNED[-1:] + 1, LEARNED))), learned(), 1.0, -1.0),
    "every other row": (learned(LEARNED[::2]), learned(), 2.0, 0.0),
    "backwards": (learned(LEARNED.flip(0)), learned(), -1.0, 399.0),
    "always the same": (learned(LEARNED[[7] * 400]), learned(), 0.0, 7.0),
}


@pytest.mark.parametrize("case", RETIMED)
def test_other_positions(case):
    first, reference, alpha, beta = RETIMED[case]
    found = compared(first, reference)
    assert found.relation == "retimed", found
    (segment,) = found.retiming
    assert segment.alpha == pytest.approx(alpha, rel=1e-12)
    assert segment.beta == pytest.approx(beta, abs=1e-9)
    assert found.to_dict()["retiming"] == {"alpha": segment.alpha, "beta": segment.beta}
    assert found.deviation <= found.bound


def test_interpolation_of_another_layout_comes_with_its_permutation():
    found = compared(*RETIMED["interpolation by 3, another layout"][:2])
    assert found.permutation == tuple(2 * (i % 8) + i // 8 for i in range(DIM))
    found = compared(*RETIMED["compressed and scaled"][:2])
    assert found.scale == pytest.approx(0.01, rel=1e-9)


def test_a_layout_comes_with_an_offset():
    """As in fairseq: sines before cosines, positions counted from 2."""
    for make, layout in ((sinusoid, "blocks"), (rope, "half-split")):
        found = compared(make(at=lambda p: p + 2, layout=layout), make())
        assert [tuple(each)[2:] for each in found.retiming] == [(1.0, 2.0)]
        assert found.permutation == tuple(2 * (i % 8) + i // 8 for i in range(DIM))


PIECEWISE = {
    "clamped": (lambda p: p.clamp(max=128), [(0, 1.0, 0.0), (129, 0.0, 128.0)]),
    "padding from 100 on": (lambda p: p - 7 * (p >= 100), [(0, 1.0, 0.0), (100, 1.0, -7.0)]),
    "slower from 64 on": (lambda p: torch.where(p < 64, p, 48 + p / 4), [(0, 1.0, 0.0), (65, 0.25, 48.0)]),
    "counted from 5 on": (lambda p: (p - 5).clamp(min=0), [(0, 0.0, 0.0), (6, 1.0, -5.0)]),
}


@pytest.mark.parametrize("case", PIECEWISE)
@pytest.mark.parametrize("make", [rope, sinusoid], ids=["rotary", "additive"])
def test_ranges_of_positions(case, make):
    at, expected = PIECEWISE[case]
    found = compared(make(at=at), make())
    assert found.relation == "retimed", found
    assert [(each.first, each.alpha, each.beta) for each in found.retiming] == expected
    told = found.to_dict()["retiming"]
    assert (told["alpha"], told["beta"], len(told["segments"])) == (None, None, len(expected))


def test_twin_grouped_positions_are_on_no_few_ranges():
    found = compared(rope(at=lambda p: (p / 2).floor()), rope())
    assert found.relation == "none"
    assert "position 1 is 0, 2 is 1, 3 is 1, 4 is 2" in found.reason


NOT_RETIMED = {
    "one channel at another pace": (
        rope(with_one_changed(RATES / 4, 1.001)),
        rope(),
        "frequencies",
    ),
    "one column of another position": (
        learned(torch.cat((LEARNED[1:, :-1], LEARNED[:-1, -1:]), 1)),
        learned(),
        "none",
    ),
    "one channel not moved": (
        Subject.rotary(
            lambda: (
                lambda x, p: torch.cat(
                    (
                        turned(x[..., :2], rotation_rows(RATES[:1], p, layout="interleaved"), "interleaved"),
                        turned(x[..., 2:], rotation_rows(RATES[1:], p + 1, layout="interleaved"), "interleaved"),
                    ),
                    -1,
                )
            ),
            name="one channel not moved",
            dim=DIM,
        ),
        rope(),
        "none",
    ),
    "squares": (rope(at=lambda p: (p / 100) ** 2), rope(), "none"),
}


@pytest.mark.parametrize("case", NOT_RETIMED)
def test_twin_near_retimings_are_refused(case):
    first, reference, relation = NOT_RETIMED[case]
    found = compared(first, reference)
    assert found.relation == relation, found


@st.composite
def planted(draw):
    """Rates, positions alpha p + beta, a factor and a layout; one channel is slow, so that positions do not recur."""
    powers = [draw(st.floats(-4, 0)) for _ in range(draw(st.integers(1, 5)))]
    rates = 10.0 ** torch.tensor([-2.0, *powers], dtype=torch.float64)
    alpha = draw(st.sampled_from([0.25, 1 / 3, 0.77, 1.0, 2.0]))
    beta = draw(st.sampled_from([0.0, 1.0, -2.0, 0.5, 7.0]))
    factor = draw(st.sampled_from([1.0, 0.5, YARN]))
    layout = draw(st.sampled_from(["interleaved", "blocks"]))
    return rates, alpha, beta, factor, layout


@given(planted())
def test_drawn_relations_are_found(drawn):
    rates, alpha, beta, factor, layout = drawn
    first = sinusoid(rates, lambda p: alpha * p + beta, layout, scaled(factor))
    found = compared(first, sinusoid(rates))
    if (alpha, beta) != (1, 0):
        assert found.relation == "retimed", found
        (segment,) = found.retiming
        assert segment.alpha == pytest.approx(alpha, rel=1e-9)
        assert segment.beta == pytest.approx(beta, abs=1e-6)
    else:
        assert found.relation in ("equal", "scale", "permuted"), found
    assert found.scale == pytest.approx(factor**2, rel=1e-6)


@given(planted(), st.sampled_from(["amplitude", "entry"]), st.integers(0, 250), st.floats(-9, -2))
def test_twin_drawn_relations_with_a_fault_are_refused(drawn, fault, where, power):
    rates, alpha, beta, factor, layout = drawn

    def faulty(positions):
        rows = factor * sinusoid_rows(rates, alpha * positions.double() + beta, layout=layout)
        size = rows[:, 1] if fault == "amplitude" else (positions == where).double()
        rows[:, 1] += 10.0**power * size
        return rows

    found = compared(Subject.additive(lambda: faulty, name="faulty"), sinusoid(rates))
    assert found.relation == "none", found


# -- other frequencies ------------------------------------------------------------------------------------------------


def test_frequencies_rounded_to_bfloat16():
    for rates, angle_dtype in ((RATES.bfloat16().double(), torch.float64), (RATES.bfloat16(), torch.float32)):
        found = compared(rope(rates, angle_dtype=angle_dtype), rope())
        assert found.relation == "frequencies", found
        assert "bfloat16" in found.reason
        assert found.scale == 1
        rounded = RATES.bfloat16().double()
        assert [each.channel for each in found.frequencies] == (rounded != RATES).nonzero().flatten().tolist()
        for channel, frequency, reference, ratio in found.frequencies:
            assert frequency == pytest.approx(float(rounded[channel]), rel=1e-6)
            assert reference == pytest.approx(float(RATES[channel]), rel=1e-12)
            assert ratio == pytest.approx(frequency / reference, rel=1e-12)


def test_rounding_inside_the_encoding_is_found_although_the_rebuild_would_hide_it():
    def build():
        rates = RATES.to(torch.bfloat16)
        return lambda x, p: turned(x, rotation_rows(rates, p, layout="interleaved").to(x.dtype), "interleaved")

    found = compared(Subject.rotary(build, name="narrow", dim=DIM), rope())
    assert found.relation == "frequencies", found
    assert "narrow as given" in found.reason


OTHER_FREQUENCIES = {
    "another base": (rope(frequencies(500_000, 8)), rope(), range(1, 8)),
    "another base and layout": (rope(frequencies(500_000, 8), layout="half-split"), rope(), range(1, 8)),
    "one channel": (rope(with_one_changed(RATES, 1.01)), rope(), [3]),
    "one channel and a factor": (rope(with_one_changed(RATES, 1.01), factor=YARN), rope(), [3]),
    "one channel stopped": (rope(with_one_changed(RATES, 0.0)), rope(), [3]),
    "one channel set going": (rope(), rope(with_one_changed(RATES, 0.0)), [3]),
    "cosine with the next exponent": (
        sinusoid(change=lambda rows: rows),
        Subject.additive(
            lambda: (
                lambda p: torch.stack(
                    ((p.double()[:, None] * RATES).sin(), (p.double()[:, None] * RATES * 0.9).cos()), -1
                ).flatten(-2)
            ),
            name="next exponent",
        ),
        range(1, DIM, 2),
    ),
}


@pytest.mark.parametrize("case", OTHER_FREQUENCIES)
def test_other_frequencies(case):
    first, reference, channels = OTHER_FREQUENCIES[case]
    found = compared(first, reference)
    assert found.relation == "frequencies", found
    assert [each.channel for each in found.frequencies] == list(channels)
    assert found.scale == pytest.approx(YARN**2 if "factor" in case else 1)
    assert found.deviation <= found.bound


def test_frequencies_in_float32_do_not_count_beside_others():
    found = compared(rope(with_one_changed(RATES, 1.01).float().double()), rope())
    assert [each.channel for each in found.frequencies] == [3]
    assert "float32" in found.reason


def test_a_channel_that_stands_in_the_reference_has_no_ratio():
    found = compared(*OTHER_FREQUENCIES["one channel set going"][:2])
    assert [tuple(each)[2:] for each in found.frequencies] == [(0.0, None)]


NOT_FREQUENCIES = {
    "one amplitude too": (
        sinusoid(with_one_changed(RATES, 1.01), change=scaled(all_but_one(1.0, 1 + 1e-6))),
        sinusoid(),
    ),
    "one phase too": (
        Subject.additive(
            lambda: (
                lambda p: torch.stack(
                    (
                        (p.double()[:, None] * with_one_changed(RATES, 1.01) + 1e-6).sin(),
                        (p.double()[:, None] * with_one_changed(RATES, 1.01)).cos(),
                    ),
                    -1,
                ).flatten(-2)
            ),
            name="phases",
        ),
        sinusoid(),
    ),
    "a frequency that changes": (
        sinusoid(at=lambda p: p + 1e-3 * (p / 100) ** 2),
        sinusoid(),
    ),
}


@pytest.mark.parametrize("case", NOT_FREQUENCIES)
def test_twin_more_than_frequencies_is_refused(case):
    found = compared(*NOT_FREQUENCIES[case])
    assert found.relation == "none", found


# -- ranges, errors, printing -----------------------------------------------------------------------------------------


def test_the_range_ends_where_one_is_not_defined_or_not_finite():
    found = compared(learned(LEARNED[:100]), learned())
    assert found.positions == ((0, 99),)
    assert "up to position 99" in found.reason

    def overflowing(rows):
        return torch.where(torch.arange(len(rows))[:, None] < 270, rows, math.inf)

    found = compared(sinusoid(change=overflowing), sinusoid())
    assert found.relation == "equal"
    assert found.positions[-1][1] < 100_000


def test_consecutive_encodings_are_called_with_consecutive_positions():
    calls = []

    def build():
        def rotate(x, positions):
            calls.append(positions)
            return turned(x, rotation_rows(RATES, positions, layout="interleaved"), "interleaved")

        return rotate

    subject = Subject.rotary(build, name="consecutive", dim=DIM, contiguous=True)
    assert compared(subject, rope()).relation == "equal"
    assert compared(rope(at=lambda p: 2 * p), subject, length=32, within=(0, 100)).relation == "retimed"
    assert max(int(call[-1]) for call in calls) > 50_000
    assert all(bool((call.diff() == 1).all()) for call in calls)


def not_finite():
    return Subject.additive(lambda: lambda p: torch.full((len(p), DIM), math.nan), name="NaN")


def raising():
    def encode(positions):
        raise RuntimeError("no table")

    return Subject.additive(lambda: encode, name="raising")


REFUSED = {
    "kinds": (lambda: compared(rope(name="R"), sinusoid(name="S")), ["rotary of R", "additive of S"]),
    "widths": (lambda: compared(rope(name="R"), rope(RATES[:3], name="S")), ["16 of R", "6 of S"]),
    "table widths": (lambda: compared(learned(), learned(LEARNED[:, :5])), ["width 16", "width 5"]),
    "heads": (lambda: compared(bias(row_bias, slopes(4)), bias(row_bias, slopes(8))), ["heads 4", "heads 8"]),
    "mask": (lambda: compared(rope(), rope(), mask="lower"), ["mask", "'lower'"]),
    "length": (lambda: compared(rope(), rope(), length=1), ["length", "got 1"]),
    "range": (lambda: compared(rope(), rope(), within=(5, 5)), ["within", "(5, 5)"]),
    "not finite": (lambda: compared(not_finite(), learned()), ["NaN", "finite values"]),
    "raising": (lambda: compared(learned(), raising()), ["raising", "no table"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_name_what_is_wrong(case):
    call, parts = REFUSED[case]
    message = refusal(call)
    assert all(part in message for part in parts), message


KEYS = [
    "relation",
    "scale",
    "retiming",
    "permutation",
    "frequencies",
    "deviation",
    "bound",
    "witness",
    "reason",
    "range",
]


@pytest.mark.parametrize(
    "pair",
    [
        EQUAL["learned"],
        SCALED["YaRN"][:2],
        (rope(at=PIECEWISE["clamped"][0]), rope()),
        OTHER_FREQUENCIES["another base and layout"][:2],
        (bias(row_bias, slopes(8)), bias(distance_bias, slopes(8))),
        NOT_SCALED["nothing of something"],
    ],
)
def test_relations_are_told_as_json_text_and_html(pair):
    found = compared(*pair)
    told = found.to_dict()
    assert list(told) == KEYS
    assert told["relation"] in RELATIONS
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert found.reason == told["reason"]
    assert 2 <= len(repr(found).splitlines()) <= 8
    assert found.relation in repr(found)
    assert repr(found) == str(found)
    assert found._repr_html_().startswith("<table>")


def test_names_are_escaped_in_html():
    page = compared(learned(name="<script>"), learned(name="a & b"))._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "a &amp; b" in page
