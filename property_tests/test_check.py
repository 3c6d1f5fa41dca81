"""`check` tells right encodings from wrong ones, and says of each what is wrong: position, dtype, history or value."""

import functools
import json

import jsonschema
import pytest
import small_subjects as small
import torch
from refusals import refusal

from phase_latency.adapters.subject import Subject
from phase_latency.checking import STANDARD, Claim, EncodingError, check, parse_claim
from phase_latency.checking.classes import CLASSES, Exact, Order, RowConstant, Scale
from phase_latency.checking.transformations import Amplitude, Cast, History, QueryShift, Retime, Shift, Window

SINGLE, BFLOAT16 = torch.float32, torch.bfloat16


@functools.cache
def profile_of(factory, within=None, mask=None, **options):
    return check(factory(**options), length=small.LENGTH, within=within, mask=mask)


def verdicts(profile):
    """What each row says: the class that holds, or the verdict where none does."""
    return {
        row.under.partition("(")[0]: row.invariance if row.verdict == "HOLDS" else row.verdict for row in profile.rows
    }


# -- profiles ---------------------------------------------------------------------------------------------------------

OF_ANY_CALL = {"Window": "Exact", "History": "Exact"}
OF_ROTARY = OF_ANY_CALL | {"Batch": "Exact", "Heads": "Exact", "Cast": "Exact", "Amplitude": "Scale"}
MOVES_SEEN = {"QueryShift": "FAILS", "Relabel": "FAILS", "Permute": "FAILS"}
NO_REALS = {"Retime": "UNDECIDED", "Compress": "UNDECIDED"}
REALS = {"Retime": "Exact", "Compress": "FAILS"}

PROFILES = {
    "rotary": (small.rotary, {}, OF_ROTARY | MOVES_SEEN | NO_REALS | {"Shift": "Exact"}),
    "rotary half-split": (
        small.rotary,
        {"layout": "half-split", "dim": 8},
        OF_ROTARY | MOVES_SEEN | NO_REALS | {"Shift": "Exact"},
    ),
    "rotary at real positions": (
        small.rotary,
        {"floats": True},
        OF_ROTARY | MOVES_SEEN | REALS | {"Shift": "Exact"},
    ),
    "rotary with float32 angles": (
        small.rotary,
        {"angles": SINGLE},
        OF_ROTARY | MOVES_SEEN | NO_REALS | {"Shift": "Exact"},
    ),
    "rotary with float32 angles and results": (
        small.rotary,
        {"angles": SINGLE, "result": SINGLE},
        OF_ROTARY | MOVES_SEEN | NO_REALS | {"Shift": "Exact"},
    ),
    "rotary with bfloat16 angles": (small.rotary, {"angles": BFLOAT16}, MOVES_SEEN | OF_ANY_CALL | {"Shift": "FAILS"}),
    "mixed layouts": (small.rotary, {"swap": "half-split"}, OF_ROTARY | MOVES_SEEN | {"Shift": "FAILS"}),
    "xPos": (small.xpos, {}, OF_ROTARY | MOVES_SEEN | NO_REALS | {"Shift": "Exact"}),
    "xPos with float32 angles": (
        small.xpos,
        {"angles": SINGLE, "floats": True},
        OF_ROTARY | MOVES_SEEN | REALS | {"Shift": "Exact"},
    ),
    "blind": (
        small.blind,
        {},
        OF_ROTARY | {"Shift": "VACUOUS", "Relabel": "VACUOUS", "Permute": "VACUOUS", "QueryShift": "Exact"},
    ),
    "offset ignored": (small.window_index, {}, {"Shift": "VACUOUS", "Window": "FAILS", "History": "Exact"}),
    "stale cache": (small.stale_cache, {}, {"Shift": "Exact", "Window": "Exact", "History": "FAILS", "Cast": "FAILS"}),
    "sinusoid": (
        small.sinusoid,
        {"layout": "blocks", "floats": True},
        OF_ANY_CALL | MOVES_SEEN | REALS | {"Shift": "Exact", "Amplitude": "Scale", "Cast": "UNDECIDED"},
    ),
    "sinusoid in float32": (
        small.sinusoid,
        {"angles": SINGLE, "result": SINGLE},
        OF_ANY_CALL | MOVES_SEEN | {"Shift": "Exact"},
    ),
    "next cosine": (small.next_cosine, {}, OF_ANY_CALL | {"Shift": "FAILS", "QueryShift": "FAILS"}),
    "clamped": (small.clamped, {}, OF_ANY_CALL | {"Shift": "FAILS", "QueryShift": "FAILS"}),
    "learned": (small.learned, {}, OF_ANY_CALL | MOVES_SEEN | {"Shift": "FAILS", "Amplitude": "Scale"}),
    "learned with padding": (
        small.learned,
        {"padding": True},
        OF_ANY_CALL | MOVES_SEEN | {"Shift": "FAILS", "Amplitude": "Scale"},
    ),
    "learned, two rows": (small.learned, {"rows": 2}, OF_ANY_CALL | {"Shift": "UNDECIDED", "Permute": "RowAffine"}),
    "proportional": (
        small.proportional,
        {},
        OF_ANY_CALL | {"Shift": "Order", "Amplitude": "Scale", "Compress": "Scale", "Retime": "Exact"},
    ),
    "not a number": (small.not_a_number, {}, {"Shift": "FAILS", "Window": "Exact"}),
    "ALiBi": (small.alibi, {}, OF_ANY_CALL | {"Shift": "Exact", "Amplitude": "Scale", "QueryShift": "FAILS"}),
    "ALiBi in rows": (small.alibi, {"form": "row"}, OF_ANY_CALL | {"Shift": "RowConstant", "QueryShift": "Exact"}),
    "ALiBi in rows, causal": (
        small.alibi,
        {"form": "row", "mask": "causal"},
        OF_ANY_CALL | {"Shift": "RowConstant", "QueryShift": "Exact"},
    ),
    "ALiBi in bfloat16": (small.alibi, {"angles": BFLOAT16}, OF_ANY_CALL | {"Shift": "FAILS"}),
    "ALiBi in rows, product in bfloat16": (
        small.alibi,
        {"form": "row", "mask": "causal", "angles": BFLOAT16, "result": SINGLE},
        OF_ANY_CALL | {"Shift": "FAILS"},
    ),
    "T5": (small.buckets, {}, OF_ANY_CALL | {"Shift": "Exact", "QueryShift": "FAILS", "Permute": "FAILS"}),
    "T5, causal": (small.buckets, {"bidirectional": False}, OF_ANY_CALL | {"Shift": "Exact", "QueryShift": "FAILS"}),
}


@pytest.mark.parametrize(("factory", "options", "expected"), PROFILES.values(), ids=PROFILES)
def test_the_profile_of_an_encoding_says_what_it_is(factory, options, expected):
    found = verdicts(profile_of(factory, **options))
    assert {under: found[under] for under in expected} == expected


@pytest.mark.parametrize(("factory", "options", "_"), PROFILES.values(), ids=PROFILES)
def test_every_row_has_a_reason_and_every_figure_fits_its_verdict(factory, options, _):
    for row in profile_of(factory, **options).rows:
        assert row.reason
        assert (row.deviation is None) == (row.bound is None)
        if row.verdict in ("HOLDS", "VACUOUS"):
            assert row.invariance != "Nothing"
            assert row.deviation <= row.bound
            assert row.witness is None
        if row.verdict == "FAILS" and row.deviation is not None:
            assert row.deviation > row.bound


@pytest.mark.parametrize(("factory", "options", "_"), PROFILES.values(), ids=PROFILES)
def test_every_violation_has_a_witness_beyond_its_bound(factory, options, _):
    for row in profile_of(factory, **options).rows:
        if row.verdict == "FAILS" and "infinite or NaN" not in row.reason:
            assert row.witness is not None
            assert row.witness.deviation > row.witness.bound


def test_a_profile_has_a_row_for_every_transformation_of_its_kind():
    assert [row.under for row in profile_of(small.rotary).rows] == [each.name for each in STANDARD]
    expected = [each.name for each in STANDARD if "bias" in each.kinds]
    assert [row.under for row in profile_of(small.alibi).rows] == expected


# -- details ----------------------------------------------------------------------------------------------------------


def test_mixed_layouts_show_at_the_smallest_shift_of_the_first_unit_vector():
    witness = profile_of(small.rotary, swap="half-split")["Shift"].witness
    assert (witness.parameter, witness.violates) == (1, "Exact")
    assert (witness.coordinate, witness.position) == (0, 0)
    assert [(key.coordinate, key.position, key.before) for key in witness.keys] == [(0, 0, 1.0)]


def test_scales_are_named():
    assert profile_of(small.rotary)["Shift"].scale == 1
    amplitude = profile_of(small.rotary)["Amplitude"]
    assert amplitude.scale == pytest.approx(1e-4, rel=2**-50)
    bias = profile_of(small.alibi)["Amplitude"]
    assert bias.scale == pytest.approx(1e-2, rel=2**-50)
    assert profile_of(small.proportional)["Compress"].scale == 1 / 64


@pytest.mark.parametrize("mask", [None, "causal"])
def test_the_mask_of_a_row_is_the_one_that_was_asked_for(mask):
    assert {row.mask for row in profile_of(small.alibi, mask=mask).rows} == {mask}


def test_float32_angles_hold_and_are_named():
    found = profile_of(small.rotary, angles=SINGLE)
    assert found.facts.angle_dtype == "float32"
    assert "float32" in found["Shift"].reason
    assert "the float64 rebuild is clean" in found["Shift"].reason


@pytest.mark.parametrize("angles", [torch.float64, SINGLE, BFLOAT16, torch.float16], ids=str)
@pytest.mark.parametrize(
    ("factory", "base"), [(small.rotary, 10_000.0), (small.sinusoid, 100.0)], ids=["rotary", "sinusoid"]
)
def test_the_dtype_of_the_angles_is_recognised(factory, base, angles):
    facts = check(factory(angles=angles, dim=8, base=base), Claim(Shift()), length=small.LENGTH, quick=True).facts
    assert facts.angle_dtype == str(angles).removeprefix("torch.")


def test_bfloat16_angles_fail_while_the_rebuild_is_clean_and_positions_collide():
    found = profile_of(small.rotary, angles=BFLOAT16)
    assert "the float64 rebuild is clean" in found["Shift"].reason
    assert "positions collide from 257" in found["Shift"].reason
    assert found.facts.first_collision == 257
    assert found.facts.distinct_positions == 769  # of 4096, which is all that bfloat16 has
    assert found.facts.tested_positions == 4096


def test_a_right_rotary_encoding_has_no_flaw():
    facts = profile_of(small.rotary).facts
    assert not facts.vacuous
    assert not facts.window_dependent
    assert not facts.history_dependent
    assert not facts.prints
    assert facts.finite
    assert facts.deterministic
    assert facts.first_collision is None
    assert facts.distinct_positions == facts.tested_positions == 4096
    assert profile_of(small.rotary).ok


def test_two_positions_without_room_to_move_are_not_vacuous():
    assert not profile_of(small.learned, rows=2).facts.vacuous


def test_a_blind_encoding_is_vacuous():
    facts = profile_of(small.blind).facts
    assert facts.vacuous
    assert facts.distinct_positions == 1
    assert not facts.window_dependent


def test_an_ignored_offset_depends_on_the_call():
    found = profile_of(small.window_index)
    assert found.facts.vacuous
    assert found.facts.window_dependent
    assert "index in the call" in found["Shift"].reason


def test_a_stale_cache_is_history():
    found = profile_of(small.stale_cache)
    assert found.facts.history_dependent
    assert not found.ok
    assert not profile_of(small.rotary).facts.history_dependent


def test_one_value_that_is_not_finite_is_told():
    found = profile_of(small.not_a_number)
    assert not found.facts.finite
    assert not found.ok
    assert "infinite or NaN" in found["Shift"].reason


def test_the_clamp_is_found_and_counted():
    facts = profile_of(small.clamped).facts
    assert (facts.first_collision, facts.distinct_positions) == (41, 41)


def test_a_clamp_within_the_sequence_is_found_at_the_smallest_shift():
    found = check(small.clamped(last=20), Claim(Shift()), length=small.LENGTH)
    witness = found["Shift"].witness
    assert witness.parameter == 1
    assert max(witness.position, witness.keys[0].position) == 20


def test_a_range_on_which_the_encoding_is_constant_is_vacuous():
    found = profile_of(small.sinusoid, within=(65536, 65791), angles=BFLOAT16)
    assert verdicts(found)["Shift"] == "VACUOUS"
    assert found.facts.vacuous
    assert found.facts.distinct_positions == 1
    assert found.positions == (65536, 65791)
    assert "65536 to 65791" in found["Shift"].reason


def test_the_same_encoding_near_zero_is_not_vacuous():
    assert not profile_of(small.sinusoid, within=(0, 255), angles=BFLOAT16).facts.vacuous


def test_row_constants_need_a_key_to_be_held_against():
    witness = check(small.alibi(form="row"), Claim(Shift()), length=small.LENGTH)["Shift"].witness
    assert (witness.parameter, witness.head, witness.position, witness.keys[0].position) == (1, 0, 0, 0)


# -- how far ----------------------------------------------------------------------------------------------------------


def test_positions_end_where_the_encoding_does():
    assert profile_of(small.rotary).positions == (0, 1_000_000 + small.LENGTH - 1)
    assert profile_of(small.learned).positions == (0, 63)
    assert check(small.learned(), Claim(Shift()), within=(10, 20)).positions == (10, 20)


def test_an_end_that_was_not_declared_is_found():
    table = torch.randn(50, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = check(Subject.additive(lambda: lambda p: table[p], name="table"), Claim(Shift()), length=16)
    assert found.positions == (0, 49)


@pytest.mark.parametrize("length", range(2, 9))
@pytest.mark.parametrize(
    ("factory", "options"),
    [(small.rotary, {}), (small.sinusoid, {}), (small.alibi, {}), (small.learned, {"rows": 8})],
    ids=["rotary", "sinusoid", "bias", "table"],
)
def test_short_sequences_are_checked_too(factory, options, length):
    found = check(factory(**options), [Claim(Shift()), Claim(QueryShift())], length=length, quick=True)
    assert found.length == length
    assert not found.facts.vacuous
    assert found["QueryShift"].verdict == "FAILS"


def test_a_fault_beyond_the_first_positions_is_found_by_the_sweep():
    """At an odd place, far from every base position of the look at single unit vectors."""

    def rotate(x, positions):
        rows = small.formulas.rotation_rows(rates, positions + (positions >= 171), layout="interleaved")
        return small.formulas.turned(x, rows.to(x.dtype), "interleaved")

    rates = small.formulas.frequencies(100.0, 2)
    subject = Subject.rotary(lambda: rotate, name="jump at 171", dim=4, max_length=256)
    found = check(subject, Claim(Shift()), length=256)
    assert found["Shift"].verdict == "FAILS"


# -- claims -----------------------------------------------------------------------------------------------------------

CLAIMS = [
    (small.rotary, {}, "shift", "HOLDS"),
    (small.rotary, {}, "shift(12345):exact", "HOLDS"),
    (small.rotary, {}, "shift:order", "HOLDS"),
    (small.rotary, {}, "query-shift", "FAILS"),
    (small.rotary, {}, "query-shift:order", "FAILS"),
    (small.rotary, {}, "amplitude(1/64):scale", "HOLDS"),
    (small.rotary, {}, "amplitude(1/64)", "FAILS"),
    (small.rotary, {}, "amplitude(-2):scale", "HOLDS"),
    (small.rotary, {}, "retime", "UNDECIDED"),
    (small.rotary, {"floats": True}, "retime(0.3, 7, 1.5)", "HOLDS"),
    (small.rotary, {"floats": True}, "compress(1/2):row-affine", "FAILS"),
    (small.rotary, {"angles": BFLOAT16}, "shift:row-affine", "FAILS"),
    (small.rotary, {}, "cast(float16)", "HOLDS"),
    (small.rotary, {}, "batch", "HOLDS"),
    (small.blind, {}, "shift", "VACUOUS"),
    (small.alibi, {}, "amplitude(-1):scale", "FAILS"),
    (small.alibi, {}, "compress(2):scale", "HOLDS"),
    (small.alibi, {}, "batch", "UNDECIDED"),
    (small.alibi, {"form": "row"}, "shift", "FAILS"),
    (small.alibi, {"form": "row"}, "shift:scale", "FAILS"),
    (small.alibi, {"form": "row"}, "shift:row-constant", "HOLDS"),
    (small.alibi, {"form": "row"}, "permute:order", "FAILS"),
    (small.learned, {}, "shift:order", "FAILS"),
    (small.learned, {}, "shift(1000)", "UNDECIDED"),
]


@pytest.mark.parametrize(
    ("factory", "options", "text", "verdict"), CLAIMS, ids=[f"{f.__name__} {t}" for f, _, t, _ in CLAIMS]
)
def test_claims_are_decided(factory, options, text, verdict):
    claim = parse_claim(text)
    found = check(factory(**options), claim, length=small.LENGTH)
    (row,) = found.rows
    assert (row.verdict, row.claimed) == (verdict, True)
    assert (row.under, row.invariance) == (claim.under.name, claim.up_to.name)
    assert found.ok == (verdict == "HOLDS")
    if verdict == "FAILS":
        assert row.witness.violates == claim.up_to.name


def test_a_claim_under_a_mask_looks_at_admitted_keys_only():
    """Beyond a query, keys are encoded as if they stood at it: wrong, and never seen under a causal mask."""

    def call(queries, keys):
        distance = queries[:, None] - keys
        return torch.where(distance >= 0, -distance.double(), keys.double() ** 2)[None]

    subject = Subject.bias(lambda: call, name="garbage ahead")
    claims = [Claim(Shift(), mask="causal"), Claim(Shift())]
    assert [row.verdict for row in check(subject, claims, length=16).rows] == ["HOLDS", "FAILS"]
    assert [row.verdict for row in check(subject, claims[1], length=16, mask="causal").rows] == ["HOLDS"]


def test_the_profile_holds_what_its_classes_claim():
    """The strongest class that a profile names holds as a claim too."""
    for factory, options in ((small.alibi, {"form": "row"}), (small.proportional, {})):
        for row in profile_of(factory, **options).rows:
            if row.verdict == "HOLDS":
                claim = parse_claim(f"{row.under}:{row.invariance}")
                (decided,) = check(factory(**options), claim, length=small.LENGTH).rows
                assert decided.verdict == "HOLDS"


# -- the same again ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factory", "options"),
    [(small.rotary, {"swap": "half-split"}), (small.learned, {}), (small.alibi, {"angles": BFLOAT16})],
    ids=["rotary", "table", "bias"],
)
def test_equal_seeds_give_equal_profiles(factory, options):
    assert check(factory(**options), length=small.LENGTH).to_json() == profile_of(factory, **options).to_json()
    first, second = (check(factory(**options), Claim(Shift()), length=16, seed=7).to_json() for _ in range(2))
    assert first == second


def test_profiles_do_not_depend_on_what_was_checked_before():
    subject, claim = small.stale_cache(), Claim(History())
    before = check(subject, claim, length=16).to_json()
    check(subject, Claim(Shift()), length=32, quick=True)
    torch.manual_seed(3)
    assert check(subject, claim, length=16).to_json() == before


# -- JSON -------------------------------------------------------------------------------------------------------------

NUMBER = {"type": ["number", "null"]}
SCHEMA = {
    "type": "object",
    "required": ["encoding", "kind", "range", "length", "seed", "rows", "facts", "source"],
    "properties": {
        "encoding": {"type": "string"},
        "kind": {"enum": ["additive", "rotary", "bias"]},
        "range": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
        "length": {"type": "integer", "minimum": 2},
        "seed": {"type": "integer"},
        "source": {"type": "string"},
        "rows": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["under", "class", "claimed", "verdict", "scale", "deviation", "bound", "mask", "witness"],
                "properties": {
                    "under": {"type": "string"},
                    "class": {"enum": [each.name for each in CLASSES]},
                    "claimed": {"type": "boolean"},
                    "verdict": {"enum": ["HOLDS", "FAILS", "VACUOUS", "UNDECIDED"]},
                    "reason": {"type": "string", "minLength": 1},
                    "scale": NUMBER,
                    "deviation": NUMBER,
                    "bound": NUMBER,
                    "mask": {"enum": ["causal", None]},
                    "witness": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/witness"}]},
                },
            },
        },
        "facts": {
            "type": "object",
            "required": [
                "vacuous",
                "finite",
                "deterministic",
                "history_dependent",
                "window_dependent",
                "angle_dtype",
                "distinct_positions",
                "tested_positions",
                "first_collision",
                "prints",
            ],
            "properties": {
                "vacuous": {"type": "boolean"},
                "finite": {"type": "boolean"},
                "deterministic": {"type": "boolean"},
                "history_dependent": {"type": "boolean"},
                "window_dependent": {"type": "boolean"},
                "angle_dtype": {"enum": ["float64", "float32", "bfloat16", "float16", None]},
                "distinct_positions": {"type": "integer", "minimum": 1},
                "tested_positions": {"type": "integer", "minimum": 2},
                "first_collision": {"type": ["integer", "null"]},
                "prints": {"type": "boolean"},
            },
        },
    },
    "$defs": {
        "witness": {
            "type": "object",
            "required": ["under", "parameter", "violates", "position", "keys", "deviation", "bound", "rebuilt", "call"],
            "properties": {
                "parameter": {"type": ["integer", "number", "string"]},
                "violates": {"enum": [each.name for each in CLASSES]},
                "head": {"type": ["integer", "null"]},
                "coordinate": {"type": ["integer", "null"]},
                "position": {"type": "integer"},
                "keys": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 3,
                    "items": {
                        "type": "object",
                        "required": ["coordinate", "position", "before", "after"],
                        "properties": {"before": {"type": "number"}, "after": {"type": "number"}},
                    },
                },
                "deviation": {"type": "number"},
                "bound": {"type": "number"},
                "rebuilt": {"type": "boolean"},
                "call": {"type": "array", "items": {"type": "integer"}},
            },
        }
    },
}


def not_json(constant):
    raise AssertionError(f"{constant} is no JSON")


@pytest.mark.parametrize(("factory", "options", "_"), PROFILES.values(), ids=PROFILES)
def test_profiles_are_json_of_a_fixed_form(factory, options, _):
    stored = json.loads(profile_of(factory, **options).to_json(), parse_constant=not_json)
    jsonschema.validate(stored, SCHEMA)
    assert stored == profile_of(factory, **options).to_dict()


def test_twin_the_form_refuses_another_verdict():
    stored = profile_of(small.rotary).to_dict()
    stored["rows"][0]["verdict"] = "MAYBE"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(stored, SCHEMA)


def test_rows_are_found_by_name():
    found = profile_of(small.rotary)
    assert found["Amplitude"] is found["Amplitude(0.01)"]
    with pytest.raises(KeyError):
        found["Amplitude(2)"]


def test_notebooks_get_a_table_with_escaped_names():
    subject = Subject.additive(lambda: lambda p: p.double()[:, None].sin(), name="<b>mine</b>")
    table = check(subject, Claim(Shift()), length=16, quick=True)._repr_html_()
    assert "&lt;b&gt;mine&lt;/b&gt;" in table
    assert "<b>" not in table
    assert table.count("<tr>") == 2


# -- encodings that cannot be checked ---------------------------------------------------------------------------------


def refused_encoding(encode, **options):
    with pytest.raises(EncodingError) as caught:
        check(Subject.additive(lambda: encode, name="mine"), Claim(Shift()), length=16, **options)
    assert "\n" not in str(caught.value)
    return caught.value


def raising(positions):
    raise RuntimeError("not today")


def hanging(positions):
    while True:
        pass


def test_what_cannot_be_called_at_all_is_told():
    assert "RuntimeError: not today" in str(refused_encoding(raising))
    assert "no answer within 0.2 s" in str(refused_encoding(hanging, time_limit=0.2))


def test_dropout_is_told():
    problem = refused_encoding(lambda p: torch.nn.functional.dropout(torch.ones(len(p), 64)))
    assert "other values on the second call" in str(problem)


def test_weights_that_differ_between_instances_are_told():
    def build():
        weight = torch.empty(4, dtype=torch.float64).random_(generator=torch.Generator().manual_seed(next(seeds)))
        return lambda positions: positions.double()[:, None] * weight

    seeds = iter(range(10_000))
    with pytest.raises(EncodingError, match="other values"):
        check(Subject.additive(build, name="mine"), Claim(Shift()), length=16)


def test_an_encoding_that_prints_is_checked_in_silence(capsys):
    def encode(positions):
        print("noise")
        return positions.double()[:, None].cos()

    found = check(Subject.additive(lambda: encode, name="loud"), Claim(Shift()), length=16, quick=True)
    assert found.facts.prints
    assert capsys.readouterr().out == ""


def hole(angles):
    """Raises between 20 000 and 40 000 only."""

    def encode(positions):
        if bool(((positions > 20_000) & (positions < 40_000)).any()):
            raise RuntimeError("a hole")
        return small.formulas.sinusoid_rows(rates, positions, layout="blocks", angle_dtype=angles).double()

    rates = small.formulas.frequencies(100.0, 2)
    return Subject.additive(lambda: encode, name="hole")


@pytest.mark.parametrize("angles", [torch.float64, SINGLE], ids=str)
def test_a_hole_between_positions_that_work_is_undecided(angles):
    row = check(hole(angles), Claim(Shift()), length=16)["Shift"]
    assert row.verdict == "UNDECIDED"
    assert "31623" in row.reason
    assert "a hole" in row.reason


def test_a_rebuild_that_fails_somewhere_is_no_reason_to_stop():
    """The code insists on its own dtype, but only at positions that nobody looked at first."""

    def encode(positions):
        rows = small.formulas.sinusoid_rows(rates, positions, layout="blocks", angle_dtype=SINGLE)
        if bool(((positions > 60) & (positions < 120)).any()) and rows.dtype != SINGLE:
            raise TypeError("only float32 here")
        return rows

    rates = small.formulas.frequencies(100.0, 2)
    found = check(Subject.additive(lambda: encode, name="insisting"), Claim(Shift()), length=16)
    assert found["Shift"].verdict in ("HOLDS", "UNDECIDED")


# -- arguments --------------------------------------------------------------------------------------------------------

REFUSED = [
    ({"length": 1}, "length: got 1"),
    ({"length": 4.5}, "length: got 4.5"),
    ({"max_examples": 0}, "max_examples: got 0"),
    ({"seed": -1}, "seed: got -1"),
    ({"seed": 2**70}, "seed: got 1180591620717411303424"),
    ({"seed": 0.5}, "seed: got 0.5"),
    ({"within": (5,)}, "within: got (5,)"),
    ({"within": 5}, "within: got 5"),
    ({"within": (0, "a")}, "within: got (0, 'a')"),
    ({"within": (0.5, 10)}, "within: got (0.5, 10)"),
    ({"within": (10, 10)}, "within: got (10, 10)"),
    ({"within": (100, 200)}, "within: got (100, "),
    ({"mask": "full"}, "mask: got 'full'"),
    ({"kind": "rotary"}, "kind: got 'rotary'"),
    ({"kind": "sinusoid"}, "kind: got 'sinusoid'"),
    ({"dim": 0}, "dim: got 0"),
    ({"heads": 0}, "heads: got 0"),
    ({"time_limit": 0}, "time_limit: got 0"),
    ({"time_limit": -1}, "time_limit: got -1"),
    ({"time_limit": "1"}, "time_limit: got '1'"),
    ({"claims": []}, "claims: got []"),
    ({"claims": ["shift"]}, "claims: got 'shift'"),
    ({"claims": [Shift()]}, "claims: got Shift"),
]


@pytest.mark.parametrize(("options", "start"), REFUSED, ids=[start for _, start in REFUSED])
def test_bad_arguments_are_refused(options, start):
    message = refusal(lambda: check(small.learned(), **options))
    assert message.startswith(start)
    assert "; expected " in message


@pytest.mark.parametrize("claims", [Shift(), "shift", 3])
def test_what_is_no_list_of_claims_is_refused(claims):
    assert refusal(lambda: check(small.learned(), claims)).startswith("claims: got ")


def test_progress_is_told():
    told = []
    claims = [Claim(Shift()), Claim(Window()), Claim(Cast(torch.float16), Scale())]
    check(small.rotary(), claims, length=16, quick=True, progress=lambda *each: told.append(each))
    assert told == [("Shift", 0, 3), ("Window", 1, 3), ("Cast(float16)", 2, 3)]


def test_a_quick_check_has_no_witnesses_and_the_same_verdicts():
    claims = [Claim(QueryShift(), Order()), Claim(Shift(), RowConstant()), Claim(Amplitude(2), Exact())]
    quick, slow = (check(small.rotary(), claims, length=16, quick=quick) for quick in (True, False))
    assert [row.verdict for row in quick.rows] == [row.verdict for row in slow.rows] == ["FAILS", "HOLDS", "FAILS"]
    assert [row.witness is None for row in quick.rows] == [True, True, True]
    assert [row.witness is None for row in slow.rows] == [False, True, False]


def test_retiming_names_its_map():
    found = check(small.rotary(floats=True), Claim(Retime()), length=16)
    assert found["Retime"].under == "Retime(0.1, 100)"
