"""Witnesses are small examples of a violation, say the same when evaluated again, and come as a short program."""

import contextlib
import functools
import io
import itertools
import json
from dataclasses import replace

import numpy as np
import plain_logits
import pytest
import small_subjects as small
import torch
from hypothesis import given
from hypothesis import strategies as st
from reference_classes import possible
from refusals import refusal

from phase_latency.adapters.subject import Subject
from phase_latency.checking import Claim, check, parse_claim, replay, snippet
from phase_latency.checking.cases import Scope
from phase_latency.checking.transformations import Compress, Retime, Shift
from phase_latency.checking.witness import parse_witness
from phase_latency.encodings import Rotary, Sinusoidal
from phase_latency.latency import LatencyMap

# Far above rounding and far below the changes of the encodings here.
CLEAR = 1e-9


# -- the smallest -----------------------------------------------------------------------------------------------------


def numbers(witness, parameters, low):
    """What a witness is made of: parameter, query, keys, head or coordinate of the query, coordinates of the keys."""
    start = parameters.index(witness.parameter), witness.position - low
    head = witness.head if witness.coordinate is None else witness.coordinate
    coordinates = [key.coordinate for key in witness.keys if key.coordinate is not None]
    return *start, *(key.position - low for key in witness.keys), head or 0, *coordinates


def violations_below(subject, claim, scope, upper):
    """All violations none of whose numbers is above its upper one, by looking at every single one."""
    count = (len(upper) - 3) // 2 if subject.kind == "rotary" else len(upper) - 3
    parameters = claim.under.parameters(scope)
    for point in itertools.product(*(range(most + 1) for most in upper)):
        number, query, *rest = point
        keys, head, coordinates = rest[:count], rest[count], rest[count + 1 :]
        case = claim.under.case(parameters[number], scope)
        base = scope.low + torch.tensor([query, *keys])
        if violates(subject, claim.up_to.name, case, base, head, coordinates, scope):
            yield point


def violates(subject, name, case, base, head, coordinates, scope):
    """Whether the first of the positions, as a query, and the others, as keys, show a violation."""
    queries, keys = case.queries(base), case.keys(base)
    if not bool((scope.inside(queries) & scope.inside(keys)).all()):
        return False
    factor = case.factor ** (1 if subject.kind == "bias" else 2)
    tables = forms(subject, base, base), factor * forms(subject, queries, keys)
    chosen = coordinates or [0] * (len(base) - 1)
    rows = [[float(table[head, each, 0, 1 + n]) for n, each in enumerate(chosen)] for table in tables]
    nothing, clear = [0.0] * len(chosen), [CLEAR] * len(chosen)
    return not possible(name, [rows[0]], [rows[1]], [nothing], [clear])


def forms(subject, queries, keys):
    """(heads or query coordinates, key coordinates, queries, keys) logits, by plain arithmetic."""
    found = plain_logits.kernel(subject, queries, keys, torch.float64)
    return found.unflatten(0, (subject.dim, subject.dim)) if subject.kind == "rotary" else found[:, None]


def assert_minimal(subject, claim, found):
    """The witness shows a violation, and nothing that is smaller in some of its numbers and larger in none does."""
    (row,) = found.rows
    scope = Scope(*found.positions, found.length, whole=not subject.declared.float_positions)
    upper = numbers(row.witness, claim.under.parameters(scope), scope.low)
    assert list(violations_below(subject, claim, scope, upper)) == [upper]


def random_table(generator):
    table = torch.from_numpy(generator.integers(-2, 3, (6, 2))).double()
    return Subject.additive(lambda: lambda positions: table[positions], name="table", max_length=6)


def random_bias(generator):
    table = torch.from_numpy(generator.integers(-2, 3, (2, 6, 6))).double()
    return Subject.bias(lambda: lambda q, k: table[:, q][:, :, k], name="bias", max_length=6)


@pytest.mark.parametrize("text", ["shift:exact", "shift:row-constant", "shift:order", "permute:exact", "permute:order"])
@pytest.mark.parametrize("make", [random_table, random_bias], ids=["table", "bias"])
@pytest.mark.parametrize("seed", range(4))
def test_no_smaller_violation_exists_in_whole_numbers(make, text, seed):
    subject, claim = make(np.random.default_rng(seed)), parse_claim(text)
    found = check(subject, claim, length=4)
    assert found.rows[0].verdict == "FAILS"
    assert_minimal(subject, claim, found)


REAL = [
    (small.rotary, {"swap": "half-split"}, "shift:exact"),
    (small.rotary, {"swap": "half-split"}, "shift:row-constant"),
    (small.rotary, {}, "query-shift:exact"),
    (small.rotary, {}, "query-shift:order"),
    (small.rotary, {}, "amplitude(2):exact"),
    (small.rotary, {}, "relabel:exact"),
    (small.xpos, {}, "permute:exact"),
    (small.sinusoid, {}, "relabel(p+p//3):order"),
    (small.next_cosine, {}, "shift:exact"),
    (small.next_cosine, {}, "shift:scale"),
    (small.clamped, {"last": 20}, "shift:exact"),
    (small.alibi, {"form": "row"}, "shift:exact"),
    (small.alibi, {}, "query-shift:row-constant"),
    (small.alibi, {}, "permute:order"),
]


@pytest.mark.parametrize(("factory", "options", "text"), REAL, ids=[f"{f.__name__} {t}" for f, _, t in REAL])
def test_no_smaller_violation_of_a_real_encoding_exists(factory, options, text):
    subject, claim = factory(**options), parse_claim(text)
    found = check(subject, claim, length=24, within=(0, 200))
    assert found.rows[0].verdict == "FAILS"
    assert_minimal(subject, claim, found)


def test_a_witness_has_no_more_keys_than_its_class_needs():
    needed = {"exact": 1, "scale": 2, "row-constant": 2, "scale-and-row-constant": 3, "row-affine": 3, "order": 2}
    for name, count in needed.items():
        (row,) = check(small.learned(), parse_claim(f"shift:{name}"), length=8).rows
        assert len(row.witness.keys) == count


@pytest.mark.parametrize("name", ["exact", "row-constant", "row-affine", "order"])
def test_a_witness_under_a_mask_looks_back_only(name):
    (row,) = check(small.learned(), parse_claim(f"shift:{name}"), length=8, mask="causal").rows
    assert all(key.position <= row.witness.position for key in row.witness.keys)


# -- the same again ---------------------------------------------------------------------------------------------------


def cast_first(dim=4):
    """Positions are cast to the dtype of the queries before anything else, which float64 does not mind."""

    def rotate(x, positions):
        rates = small.formulas.frequencies(100.0, dim // 2)
        rows = small.formulas.rotation_rows(rates, positions, layout="interleaved", angle_dtype=x.dtype)
        return small.formulas.turned(x, rows.to(x.dtype), "interleaved")

    return Subject.rotary(lambda: rotate, name="cast first", dim=dim)


VIOLATED = {
    "violation": (small.rotary, {"swap": "half-split"}, "shift"),
    "queries": (small.rotary, {}, "query-shift:order"),
    "narrow angles": (small.rotary, {"angles": torch.bfloat16}, "shift:row-affine"),
    "narrow results": (small.rotary, {"swap": "half-split", "result": torch.bfloat16}, "shift"),
    "narrow table": (small.sinusoid, {"angles": torch.bfloat16, "result": torch.float32}, "shift"),
    "rebuilt": (small.next_cosine, {}, "shift"),
    "amplitude": (small.sinusoid, {}, "amplitude(1/3)"),
    "compression": (small.sinusoid, {"floats": True}, "compress(1/3):scale"),
    "permutation": (small.learned, {}, "permute:row-affine"),
    "history": (small.stale_cache, {}, "history"),
    "cast of a stale cache": (small.stale_cache, {}, "cast(bfloat16)"),
    "cast": (cast_first, {}, "cast(bfloat16)"),
    "window": (small.window_index, {}, "window"),
    "bias": (small.alibi, {"form": "row"}, "shift:scale"),
    "narrow bias": (small.alibi, {"angles": torch.bfloat16}, "shift"),
    "three keys": (small.alibi, {}, "query-shift:scale-and-row-constant"),
}
by_violation = pytest.mark.parametrize("name", VIOLATED)


def subject_of(name):
    factory, options, _ = VIOLATED[name]
    return factory(**options)


@functools.cache
def violated(name):
    found = check(subject_of(name), parse_claim(VIOLATED[name][2]), length=small.LENGTH)
    assert found.rows[0].witness is not None
    return found


@by_violation
def test_a_witness_says_the_same_when_it_is_evaluated_again(name):
    found = violated(name)
    (again,) = replay(json.loads(found.to_json()), subject_of(name))
    assert again.fails
    assert again.then == found.rows[0].witness
    assert again.now == again.then
    assert again.under == found.rows[0].under


@by_violation
def test_a_witness_goes_through_json(name):
    witness = violated(name).rows[0].witness
    assert parse_witness(json.loads(json.dumps(witness.to_dict()))) == witness


@by_violation
def test_a_witness_reads_as_one_line_with_its_figures(name):
    witness = violated(name).rows[0].witness
    assert "\n" not in str(witness)
    assert str(witness).startswith(f"{witness.under.partition('(')[0]} {witness.parameter}: ")
    for key in witness.keys:
        assert f"at {key.position}: {key.before:.6g} -> {key.after:.6g}" in str(witness)


def test_a_witness_fails_no_more_once_the_encoding_is_mended():
    stored = violated("violation").to_dict()
    (again,) = replay(stored, small.rotary())
    assert not again.fails
    assert again.now.deviation <= again.now.bound
    assert again.then.deviation > again.then.bound


@pytest.mark.parametrize("under", [Retime(LatencyMap(1 / 3, 100, 1e9)), Compress(1 / 3)], ids=lambda each: each.name)
def test_the_transformation_of_a_witness_is_the_same_to_the_last_bit(under):
    """An onset far from 0 loses digits, so that this retiming moves positions by more than rounding explains."""
    found = check(small.sinusoid(floats=True, base=1.0), Claim(under), length=16)
    (again,) = replay(json.loads(found.to_json()), small.sinusoid(floats=True, base=1.0))
    assert again.now == found.rows[0].witness


def test_profiles_without_witnesses_have_nothing_to_replay():
    assert replay(check(small.rotary(), Claim(Shift()), length=16).to_dict(), small.rotary()) == []


def stored():
    return check(small.rotary(swap="half-split"), Claim(Shift()), length=16).to_dict()


REFUSED = [
    ({}, "profile"),
    ({"rows": None}, "profile"),
    ({"range": None}, "profile"),
    ({"range": [0]}, "profile"),
    ({"length": "many"}, "profile"),
    ({"rows": [{"witness": {}}]}, "profile"),
    ({"rows": [{"witness": {"surprise": 1}}]}, "profile"),
    ({"kind": "bias"}, "encoding"),
]


@pytest.mark.parametrize(("change", "argument"), REFUSED, ids=str)
def test_what_is_no_profile_is_refused(change, argument):
    profile = stored() | change if change else {}
    assert refusal(lambda: replay(profile, small.rotary())).startswith(f"{argument}: got ")


@pytest.mark.parametrize("name", ["under", "violates"])
def test_a_witness_of_something_unknown_is_refused(name):
    profile = stored()
    profile["rows"][0]["witness"][name] = "Nonsense"
    assert "'Nonsense'" in refusal(lambda: replay(profile, small.rotary()))


# -- as a program -----------------------------------------------------------------------------------------------------


def printed_by(program):
    """What a program prints, as numbers (before, after) of each line."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(program, "snippet", "exec"), {"__name__": "snippet"})
    return output.getvalue()


def program_of(found, subject):
    return found.rows[0].snippet


@by_violation
def test_the_program_of_a_witness_is_short_and_prints_its_logits(name, tmp_path, monkeypatch):
    subject, found = subject_of(name), violated(name)
    witness = found.rows[0].witness
    program = program_of(found, subject)
    assert len(program.splitlines()) <= 15
    if not found.source:
        assert "encoding = ..." in program
        return
    monkeypatch.chdir(tmp_path)
    printed = printed_by(program)
    if witness.moved_positions() is None:
        assert printed.strip() == str(witness)
        return
    lines = [tuple(float(number) for number in line.split(" -> ")) for line in printed.splitlines()]
    assert len(lines) == len(witness.keys)
    for (before, after), key in zip(lines, witness.keys, strict=True):
        assert f"{before:.6g} -> {after:.6g}" == f"{key.before:.6g} -> {key.after:.6g}"


@pytest.mark.parametrize("encoding", [Rotary(8), Sinusoidal(8)], ids=repr)
def test_the_program_for_an_encoding_of_this_package_runs(encoding):
    found = check(encoding, parse_claim("query-shift:order"), length=16)
    program = snippet(found.rows[0].witness, found.kind, 8, found.source)
    assert len(program.splitlines()) <= 15
    assert len(printed_by(program).splitlines()) == 2


def test_a_program_without_a_source_says_where_to_put_it():
    subject = replace(small.rotary(swap="half-split"), source="")
    found = check(subject, Claim(Shift()), length=16)
    assert "encoding = ..." in program_of(found, subject)


def test_the_program_shows_what_it_should_print():
    found = violated("violation")
    (key,) = found.rows[0].witness.keys
    assert program_of(found, small.rotary()).endswith(f"# {key.before:.6g} -> {key.after:.6g}")


def test_where_it_is_more_than_a_move_the_program_checks_again():
    for name in ("amplitude", "history", "cast", "window", "permutation"):
        found = violated(name)
        assert "pl.check(" in program_of(found, subject_of(name))
        assert found.rows[0].witness.moved_positions() is None


@pytest.mark.parametrize("shift", [1, 9, -2])
def test_moved_positions_are_those_of_the_shift(shift):
    (both,), (queries,) = (
        check(small.learned(), parse_claim(f"{name}({shift}):row-constant"), length=8).rows
        for name in ("shift", "query-shift")
    )
    for witness, keys_move in ((both.witness, shift), (queries.witness, 0)):
        expected = [(witness.position + shift, key.position + keys_move) for key in witness.keys]
        assert witness.moved_positions() == expected


@given(st.data())
def test_a_check_may_be_part_of_a_property_test(data):
    """Of the user, who lets Hypothesis draw the encoding."""
    base = data.draw(st.sampled_from([10.0, 100.0]))
    found = check(small.rotary(base=base, swap="half-split"), Claim(Shift()), length=8)
    assert found.rows[0].witness is not None
