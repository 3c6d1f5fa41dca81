"""The main job: what `verify` finds, counts and returns, and that each kind of failure turns it red."""

import json
from dataclasses import replace
from functools import partial

import jsonschema
import pytest
import torch
from planted import register, square_of_sum
from refusals import refusal

import phase_latency as pl
from phase_latency import checkers, record_form, verification
from phase_latency.checkers import Answer, Checked
from phase_latency.errors import ArgumentError
from phase_latency.instance import Instance
from phase_latency.ledger import statement
from phase_latency.proofs.instances.lemma_1 import order_within_rows, positional_logits
from phase_latency.real import RealRow

LEMMA = statement("lemma-1")


# Checkers take seconds and have tests of their own; here they are asked where a test says so.
verify = partial(verification.verify, checkers=())


@pytest.fixture(autouse=True)
def no_real_input(monkeypatch):
    """Instruments and real encodings take seconds and have tests of their own; here they are rows of our choice."""
    monkeypatch.setattr(verification, "instrument_rows", lambda seed: [])
    monkeypatch.setattr(verification, "real_rows", lambda seed, progress: [])
    monkeypatch.setattr(verification, "instrument_rows", lambda seed: [])


def real(monkeypatch, *verdicts, statements=("lemma-1",)):
    """A ledger of a few statements, and rows on real encodings with these verdicts."""
    rows = [RealRow("a table", "amplitude 2", "lemma-1", "scale 4", verdict) for verdict in verdicts]
    monkeypatch.setattr(verification, "real_rows", lambda seed, progress: progress("a table") or rows)
    monkeypatch.setattr(verification, "exhibits", lambda seed, progress: progress("a figure") or {})
    chosen = verification.chosen_statements(statements)
    monkeypatch.setattr(verification, "ledger", lambda: chosen)


def only(found):
    (record,) = found.statements
    return record


# -- a statement that is all right --------------------------------------------------------------------------------


def test_lemma_1_is_derived_tested_and_measured_and_its_controls_are_refused():
    found = verify(statements=["lemma-1"], examples=5)
    record = only(found)
    assert (record.symbolic, record.tested.verdict, record.measured.verdict) == ("DERIVED", "TESTED", "MEASURED")
    assert record.measured.error <= record.measured.bound
    assert record.tested.examples == 5 * len(LEMMA.instances)
    assert {control.id: control.refused_by for control in record.controls}["cube"] == ("sympy", "ball", "layers")
    assert all({"sympy", "ball"} <= set(control.refused_by) for control in record.controls)
    assert record.reasons == ()
    assert found.ok
    assert found.summary["ok"] is True


def test_a_checker_that_was_not_asked_is_none_and_counts_as_nothing():
    found = verify(statements=["lemma-1"], examples=1)
    assert only(found).word("other") == "NONE"
    assert found.summary["checkers"] == {}


def answers(word, control="REFUTED", detail="why"):
    """A checker that gives these answers to every claim and control."""

    def check(statements, seed):
        return {
            one.id: Checked(
                "other",
                {claim.name: Answer(word, detail) for claim in one.claims},
                {each.name: Answer(control) for each in one.controls},
            )
            for one in statements
        }

    return check


def verified_by(monkeypatch, check):
    monkeypatch.setitem(checkers.CHECKERS, "other", check)
    return verification.verify(statements=["lemma-1"], examples=1, checkers=["other"])


def test_a_checker_that_proves_a_statement_is_named_and_counted(monkeypatch):
    found = verified_by(monkeypatch, answers("PROVED"))
    assert only(found).word("other") == "PROVED"
    assert found.summary["checkers"] == {"other": {"PROVED": 1}}
    assert found.ok
    assert all("other" in control.refused_by for control in only(found).controls)
    assert found.gave_up == ()


@pytest.mark.parametrize("word", ["REFUTED", "FAILED"])
def test_a_checker_that_objects_fails_the_statement(monkeypatch, word):
    found = verified_by(monkeypatch, answers(word))
    assert not found.ok
    assert f"claim bilinear: other: {word}: why" in only(found).reasons


def test_a_checker_that_takes_a_false_variant_for_true_fails_the_statement(monkeypatch):
    found = verified_by(monkeypatch, answers("PROVED", control="PROVED"))
    assert not found.ok
    assert "control cube is accepted by other" in only(found).reasons


@pytest.mark.parametrize("word", ["MISSING", "UNDECIDED"])
def test_a_checker_that_does_not_answer_is_no_pass_and_no_failure(monkeypatch, word):
    found = verified_by(monkeypatch, answers(word, control="UNDECIDED"))
    assert found.ok
    assert found.gave_up == (f"other: {word}: why",)
    assert found.summary["checkers"] == {"other": {word: 1}}
    assert not any("other" in control.refused_by for control in only(found).controls)


def test_a_checker_that_does_not_exist_is_refused():
    message = refusal(lambda: verify(statements=["lemma-1"], checkers=["isabelle"]))
    assert message.startswith("checker: got 'isabelle'; expected one of coq, smt, ball")


def test_a_statement_without_instance_is_not_said_to_be_tested():
    found = verify(statements=[square_of_sum()])
    assert only(found).tested.verdict == "NONE"
    assert only(found).measured is None
    assert found.summary["tested"] == found.summary["measured"] == 0
    assert found.ok


def test_statements_come_in_the_order_asked_for_and_once():
    found = verify(statements=["value-path", LEMMA, "lemma-1", "value-path"], examples=1)
    assert [record.id for record in found.statements] == ["value-path", "lemma-1"]


# -- each kind of failure -----------------------------------------------------------------------------------------


def test_a_false_statement_is_not_derived():
    found = verify(statements=[square_of_sum(cross=1)])
    assert only(found).symbolic == "FAILED"
    assert any("claim square, step last: no" in reason and "at a = " in reason for reason in only(found).reasons)
    assert not found.ok


def test_a_control_that_is_true_is_not_refused():
    found = verify(statements=[square_of_sum(control=2)])
    assert [control.refused_by for control in only(found).controls] == [(), ("sympy", "ball")]
    assert any(reason.startswith("control cross-term is not refused") for reason in only(found).reasons)
    assert found.summary["refused"] == 1
    assert not found.ok


def test_an_undecided_step_is_no_proof():
    weak = replace(LEMMA.claims[0], steps=(replace(LEMMA.claims[0].steps[0], rule="ring"),))
    found = verify(statements=[replace(LEMMA, claims=(weak, *LEMMA.claims[1:]), instances=())])
    assert only(found).symbolic == "UNDECIDED"
    assert not found.ok


def sign_flipped(case):
    """What a layer with a flipped sign would compute."""
    right = positional_logits.observe(case)
    return replace(right, value=-right.value)


wrong_layer = replace(positional_logits, observe=sign_flipped)


def test_a_wrong_layer_fails_the_test_and_violates_the_bound():
    found = verify(statements=[replace(LEMMA, instances=(f"{__name__}:wrong_layer",))], examples=5)
    record = only(found)
    assert (record.symbolic, record.tested.verdict, record.measured.verdict) == ("DERIVED", "FAILED", "VIOLATED")
    assert record.measured.error > record.measured.bound
    assert any("test of claim head: deviates by" in reason for reason in record.reasons)
    assert found.summary["tested"] == found.summary["measured"] == 0
    assert not found.ok


def test_one_wrong_layer_is_not_outvoted_by_right_ones():
    path = "phase_latency.proofs.instances.lemma_1:positional_logits"
    for instances in ((path, f"{__name__}:wrong_layer"), (f"{__name__}:wrong_layer", path)):
        record = only(verify(statements=[replace(LEMMA, instances=instances)], examples=3))
        assert (record.tested.verdict, record.measured.verdict) == ("FAILED", "VIOLATED")


def raises(case):
    raise ArgumentError("case", case, "another case", "draw another")


broken_instance = replace(positional_logits, observe=raises)


def test_an_instance_that_cannot_decide_fails_the_statement():
    record = only(verify(statements=[replace(LEMMA, instances=(f"{__name__}:broken_instance",))], examples=1))
    assert record.tested.verdict == "FAILED"
    assert "draw another" in record.reasons[0]


without_zero_amplitude = replace(order_within_rows, outside={})


def test_a_control_that_the_instance_cannot_try_is_not_passed_over():
    stated = replace(statement("lemma-1-order"), instances=(f"{__name__}:without_zero_amplitude",))
    record = only(verify(statements=[stated], examples=2))
    assert (record.symbolic, record.tested.verdict) == ("DERIVED", "TESTED")
    assert [reason.partition(":")[0] for reason in record.reasons] == ["test of claim strict, control zero-amplitude"]
    assert not record.ok


@pytest.mark.parametrize(
    ("verdicts", "ok"),
    [(["MEASURED", "REFUTED", "MISSING"], True), (["MEASURED", "VIOLATED"], False), (["UNDECIDED"], False)],
)
def test_real_rows_count(monkeypatch, verdicts, ok):
    real(monkeypatch, *verdicts)
    found = verify(examples=1)
    assert found.ok is found.summary["ok"] is ok
    assert sum(found.summary["real"].values()) == len(verdicts)
    assert found.summary["real"][verdicts[-1].lower()] == 1


def test_real_encodings_are_measured_with_the_whole_ledger_only(monkeypatch):
    real(monkeypatch, "MEASURED")
    assert len(verify(examples=1).real) == 1
    assert verify(statements=["lemma-1"], examples=1).real == ()


def test_the_instruments_are_checked_in_any_case(monkeypatch):
    row = RealRow("Sinusoidal", "against ball arithmetic", "instrument", "sin(w_i p)", "VIOLATED", 2.0, 1.0)
    monkeypatch.setattr(verification, "instrument_rows", lambda seed: [row])
    found = verify(statements=[square_of_sum()])
    assert found.real == (row,)
    assert not found.ok


def test_statements_of_other_packages_are_verified_too(monkeypatch):
    register(monkeypatch, square_of_sum("true-outside"), square_of_sum("false-outside", cross=1))
    found = verify(statements=["true-outside", "false-outside"])
    assert [record.ok for record in found.statements] == [True, False]
    assert [one.id for one in pl.statements()][-2:] == ["true-outside", "false-outside"]


# -- what comes back ----------------------------------------------------------------------------------------------

VALIDATOR = jsonschema.Draft202012Validator(record_form.schema())


def test_an_epoch_that_is_no_date_is_refused_before_anything_is_done(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "tomorrow")
    told = []
    assert "SOURCE_DATE_EPOCH: got 'tomorrow'" in refusal(lambda: verify(progress=lambda *now: told.append(now)))
    assert told == []


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(record_form.schema())


def test_a_verification_of_the_ledger_with_all_checkers_has_the_documented_form():
    found = verification.verify(statements=["lemma-1", "rank-gram"], examples=2)
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    VALIDATOR.validate(plain)
    assert plain["statements"][0]["checkers"].keys() == {"coq", "smt", "ball"}
    assert plain["provenance"]["packages"]["sympy"] == plain["environment"]["packages"]["sympy"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("seed",), -1),
        (("further",), 1),
        (("provenance", "constraints"), "short"),
        (("statements", 0, "symbolic"), "PROVED"),
        (("statements", 0, "mutants", "false"), "15"),
        (("statements", 0, "checkers", "coq"), {"word": "PROVED"}),
        (("real", 0, "verdict"), "fine"),
        (("summary", "ok"), None),
    ],
)
def test_twin_another_form_is_refused(path, value):
    plain = verify(statements=["lemma-1"], examples=1, checkers=[]).to_dict()
    real_row = RealRow("A", "under", "lemma-1", "scale 4", "MEASURED", 1.0, 2.0).to_dict()
    plain["real"] = [real_row]
    VALIDATOR.validate(json.loads(json.dumps(plain)))
    *inner, last = path
    place = plain
    for key in inner:
        place = place[key]
    place[last] = value
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(json.loads(json.dumps(plain)))


def test_the_result_has_the_documented_form_also_when_things_fail(monkeypatch):
    wrong = replace(LEMMA, id="wrong-layer", instances=(f"{__name__}:wrong_layer",))
    real(monkeypatch, "MEASURED", "MISSING", statements=["lemma-1", wrong, square_of_sum(cross=1)])
    found = verify(examples=2)
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    VALIDATOR.validate(plain)
    assert plain["summary"].pop("mutants") == plain["statements"][0]["mutants"]  # the others are not the ledger's own
    assert [each["mutants"] is None for each in plain["statements"]] == [False, True, True]
    assert plain["summary"] == {
        "statements": 3, "derived": 2, "tested": 1, "measured": 1, "checkers": {},
        "controls": 2 * len(LEMMA.controls) + 2, "refused": 2 * len(LEMMA.controls) + 2,
        "real": {"measured": 1, "refuted": 0, "violated": 0, "undecided": 0, "missing": 1}, "ok": False,
    }  # fmt: skip


def test_the_same_seed_finds_the_same_and_another_seed_draws_others():
    first, again, other = (verify(statements=["lemma-1-cosine"], examples=5, seed=seed) for seed in (3, 3, 4))
    assert first.statements == again.statements
    assert first.statements[0].measured != other.statements[0].measured


def test_progress_is_told_what_is_done(monkeypatch):
    real(monkeypatch, "MEASURED", statements=["lemma-1-rotary", square_of_sum()])
    told = []
    verify(examples=1, progress=lambda *now: told.append(now))
    doing = ["lemma-1-rotary", "square-of-sum", "instruments", "a table", "a figure", "done"]
    assert told == list(zip(doing, [0, 1, 2, 2, 2, 3], [3] * 6, strict=True))


def test_the_number_of_threads_is_put_back():
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        verify(statements=[square_of_sum()])
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_every_instance_that_a_statement_names_can_be_loaded():
    for stated in pl.statements():
        for path in stated.instances:
            instance = verification._instance(path)
            assert isinstance(instance, Instance)
            assert stated.claim(instance.claim)
