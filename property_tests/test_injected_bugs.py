"""A bug put in on purpose turns the verification red: in an encoding, in a derivation, in the attention scale."""

from dataclasses import replace

import pytest

import phase_latency as pl
from phase_latency import formulas
from phase_latency.attention import Attention
from phase_latency.ledger import statement
from phase_latency.ledger.terms import equal
from phase_latency.real.instruments import instrument_rows


def violated():
    """Names of the instruments that are out of order."""
    return {row.subject for row in instrument_rows() if row.verdict == "VIOLATED"}


def test_the_instruments_are_in_order():
    assert violated() == set()


@pytest.mark.parametrize("seed", range(5))
def test_the_instruments_are_in_order_whatever_the_seed(seed):
    assert all(row.verdict == "MEASURED" and row.error <= row.bound for row in instrument_rows(seed))


@pytest.mark.parametrize(
    ("name", "bug", "found_in"),
    [
        ("sinusoid", lambda theta, sin, cos: (-sin(theta), cos(theta)), {"Sinusoidal", "Retimed"}),
        ("sinusoid", lambda theta, sin, cos: (cos(theta), sin(theta)), {"Sinusoidal", "Retimed"}),
        ("channel_frequency", lambda i, d, base: base ** (2 * i / d), {"Sinusoidal", "Rotary"}),
        ("scores", lambda query, key, scale: -(query @ key.mT) * scale, {"Attention.logits"}),
        ("scores", lambda query, key, scale: (query @ key.mT) * scale**2, {"Attention.logits"}),
    ],
    ids=["sine-negated", "sine-and-cosine-swapped", "frequencies-rising", "logits-negated", "scale-squared"],
)
def test_a_bug_in_a_formula_is_found_by_the_instruments(monkeypatch, name, bug, found_in):
    monkeypatch.setattr(formulas, name, bug)
    assert found_in <= violated()


def test_a_bug_in_the_attention_scale_is_found(monkeypatch):
    scale = Attention.logit_scale
    monkeypatch.setattr(Attention, "logit_scale", property(lambda layer: -scale.fget(layer)))
    assert "Attention.logits" in violated()


def test_a_bug_in_the_attention_scale_turns_the_verification_red(monkeypatch):
    assert pl.verify(statements=["lemma-1"], examples=2).ok
    scale = Attention.logit_scale
    monkeypatch.setattr(Attention, "logit_scale", property(lambda layer: 2 * scale.fget(layer)))
    assert not pl.verify(statements=["lemma-1"], examples=2).ok


def test_a_bug_in_a_derivation_turns_the_verification_red():
    sound = statement("lemma-1")
    claim = sound.claims[0]
    goal = equal(claim.goal.lhs, -claim.goal.rhs)
    broken = replace(claim, goal=goal, steps=(replace(claim.steps[-1], fact=goal),))
    verification = pl.verify(statements=[replace(sound, claims=(broken, *sound.claims[1:]))], examples=2, checkers=[])
    assert not verification.ok
    assert verification.statements[0].symbolic == "FAILED"


def test_a_formula_that_is_wrong_in_the_library_fails_the_derivation(monkeypatch):
    """The definitions in a proof are the formulas that torch runs, so a wrong one cannot be proved."""
    from phase_latency.ledger import derive
    from phase_latency.ledger.terms import latency

    monkeypatch.setattr(latency, "body", staticmethod(lambda p, T, L, t0: t0 - T / L * p))
    assert derive(statement("phase-latency-affine")).status == "FAILED"
