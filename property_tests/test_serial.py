"""Derivation files: what is written is read back, decided again on its own, and refused if anything was changed."""

import copy
import json
from dataclasses import replace

import pytest

import phase_latency as pl
from phase_latency.errors import ArgumentError, DerivationFileError
from phase_latency.ledger import proof, serial
from phase_latency.ledger.terms_json import UnreadableTermError, decode, decode_certificate, encode, encode_certificate

STATEMENTS = {statement.id: statement for statement in pl.statements()}
STEPS = [
    (statement.id, c, s)
    for statement in STATEMENTS.values()
    for c, claim in enumerate(statement.claims)
    for s, _ in enumerate(claim.steps)
]


@pytest.fixture
def written(tmp_path):
    """A function that writes JSON to a file and gives its path."""

    def write(data):
        path = tmp_path / "derivation.json"
        path.write_text(json.dumps(data), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("identifier", STATEMENTS)
def test_every_term_survives_the_file(identifier):
    for claim in STATEMENTS[identifier].claims:
        assert decode(json.loads(json.dumps(encode(claim.goal)))) == claim.goal
        for step in claim.steps:
            assert decode(json.loads(json.dumps(encode(step.fact)))) == step.fact
            stored = json.loads(json.dumps(encode_certificate(step.certificate)))
            assert encode_certificate(decode_certificate(stored)) == stored


@pytest.mark.parametrize("identifier", STATEMENTS)
def test_a_file_is_decided_again_without_the_derivation(identifier, tmp_path, monkeypatch):
    path = tmp_path / "derivation.json"
    serial.write_derivation(STATEMENTS[identifier], path)
    monkeypatch.setattr(proof, "derive", None)
    result = serial.recheck(path)
    assert result.accepted, (result.mismatches, result.decisions)
    assert result.identifier == identifier


def opposite(fact):
    """The JSON of a fact that says something else."""
    head, *arguments = copy.deepcopy(fact)
    flipped = {"Lt": "Ge", "Le": "Gt", "Gt": "Le", "Ge": "Lt", "Eq": "Ne", "Ne": "Eq"}
    if head in flipped:
        return [flipped[head], *arguments]
    if head == "Iff":
        return [head, arguments[0], opposite(arguments[1])]
    return [head, *map(opposite, arguments)]  # NotAll


def shifted(fact):
    """The JSON of a fact that says more: an equation off by one, an inequality by a thousand."""
    head, *arguments = copy.deepcopy(fact)
    if head in ("Iff", "NotAll"):
        return [head, shifted(arguments[0]), *arguments[1:]]
    by = {"Lt": -1000, "Le": -1000, "Gt": 1000, "Ge": 1000}.get(head, 1)
    return [head, arguments[0], ["Add", arguments[1], by]]


@pytest.mark.parametrize(("identifier", "c", "s"), STEPS)
@pytest.mark.parametrize("tamper", [opposite, shifted])
def test_a_derivation_with_one_step_flipped_is_refused(identifier, c, s, tamper):
    claim = STATEMENTS[identifier].claims[c]
    tampered = replace(claim.steps[s], fact=decode(tamper(encode(claim.steps[s].fact))))
    claim = replace(claim, steps=(*claim.steps[:s], tampered, *claim.steps[s + 1 :]))
    facts = proof.known_facts(STATEMENTS[identifier], STATEMENTS[identifier].claims[c])
    facts |= {step.label: step.fact for step in claim.steps[:s]}  # what comes before was not touched
    assert proof._gap(claim) or not follows(claim.steps[s:], facts)


def follows(steps, facts):
    """Whether each step goes through by its rule, given the facts and the steps before it."""
    for step in steps:
        if proof.why_not(step, facts):
            return False
        facts[step.label] = step.fact
    return True


@pytest.mark.parametrize("identifier", ["lemma-1", "phase-latency-affine", "lemma-1-cosine", "value-path"])
@pytest.mark.parametrize("tamper", [opposite, shifted])
def test_recheck_refuses_the_whole_file(identifier, tamper, written):
    whole = serial.derivation_json(STATEMENTS[identifier])
    for c, claim in enumerate(whole["claims"]):
        for s, step in enumerate(claim["steps"]):
            data = copy.deepcopy(whole)
            data["claims"][c]["steps"][s]["fact"] = tamper(step["fact"])
            assert not serial.recheck(written(data)).accepted


def test_a_true_derivation_of_something_else_is_refused(written):
    data = serial.derivation_json(STATEMENTS["lemma-1"])
    data["statement"]["id"] = "lemma-1-rotary"
    result = serial.recheck(written(data))
    assert not result.accepted
    assert "not those of the ledger" in result.mismatches[0]


def test_a_weakened_claim_is_refused(written):
    data = serial.derivation_json(STATEMENTS["phase-latency-affine"])
    data["claims"].pop()
    assert not serial.recheck(written(data)).accepted
    data = serial.derivation_json(STATEMENTS["lemma-1"])
    data["hypotheses"] = [{"name": "small", "relation": ["Lt", ["real", "a"], 1], "meaning": ""}]
    assert not serial.recheck(written(data)).accepted


def test_existence_does_not_pass_for_generality(written):
    data = serial.derivation_json(STATEMENTS["value-path"])
    (claim,) = [claim for claim in data["claims"] if claim["name"] == "difference"]
    point = {"point": {"a": 1, "L": 1, "alpha": {"entries": {"0": 1}}, "s": {"entries": {"0": 0}}}}
    point["point"]["z"] = {"entries": {"0": 1}}
    claim["steps"] = [{"rule": "witness", "fact": claim["goal"], "uses": [], "certificate": point, "label": ""}]
    result = serial.recheck(written(data))
    assert not result.accepted
    claim["exists"] = point
    assert not serial.recheck(written(data)).accepted


def test_an_altered_citation_is_refused(written):
    data = serial.derivation_json(STATEMENTS["additive-deviation-bound"])
    name = "softmax-perturbation:total-variation"
    data["cited"][name] = data["cited"][name][:-1]  # one hypothesis fewer
    assert not serial.recheck(written(data)).accepted


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda text: text[: len(text) // 2], "no JSON"),
        (lambda text: "[]", "another kind"),
        (lambda text: text.replace('"version": 1', '"version": 99'), "version 99, not 1"),
        (lambda text: text.replace('"Eq"', '"__import__"', 1), "not in the language"),
        (lambda text: text.replace('"steps"', '"stops"', 1), "steps"),
        (lambda text: text.replace('"a"', '"a; b"'), "letters, digits"),
    ],
)
def test_an_unreadable_file_says_what_is_wrong(tmp_path, spoil, message):
    path = tmp_path / "derivation.json"
    serial.write_derivation(STATEMENTS["lemma-1"], path)
    path.write_text(spoil(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(DerivationFileError, match=message) as caught:
        serial.recheck(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(DerivationFileError, match="cannot be read"):
        serial.recheck(tmp_path / "nothing.json")


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    with pytest.raises(ArgumentError, match="path"):
        serial.write_derivation(STATEMENTS["lemma-1"], tmp_path / "missing" / "derivation.json")
    assert list(tmp_path.iterdir()) == []


def test_a_head_outside_the_language_is_not_written():
    from sympy import Function, Symbol

    with pytest.raises(UnreadableTermError, match="mystery"):
        encode(Function("mystery")(Symbol("x", real=True)))
