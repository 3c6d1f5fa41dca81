"""The derivations of the ledger: each goes through, needs all that it uses, and its controls are refused."""

from dataclasses import fields, is_dataclass, replace

import pytest
from derived_ledger import EXACT_ONLY, IDENTIFIERS, derived
from sympy import Basic, Float, preorder_traversal

import phase_latency as pl
from phase_latency.ledger import statement as by_id
from phase_latency.ledger.models import Model
from phase_latency.ledger.proof import accepts, decide_step, known_facts, refuse, why_not
from phase_latency.ledger.rules import RULES, Rule
from phase_latency.ledger.terms import equal, real

CLAIMS = [(statement, claim) for statement in pl.statements() for claim in statement.claims]
HYPOTHESES = [(statement, claim, h) for statement, claim in CLAIMS for h in statement.assumed(claim)]
names = lambda value: getattr(value, "id", None) or getattr(value, "name", None)  # noqa: E731


@pytest.fixture
def proof(request):
    return derived(request.param)


of_every_statement = pytest.mark.parametrize("proof", IDENTIFIERS, indirect=True)


@of_every_statement
def test_every_statement_of_the_ledger_is_derived(proof):
    assert proof.status == "DERIVED", proof.decisions


@of_every_statement
def test_ball_arithmetic_challenged_every_step_that_is_about_all_points(proof):
    for decisions in proof.decisions.values():
        for decision in decisions:
            assert decision.challenges > 0 or decision.step.rule == "witness", decision.step


@of_every_statement
def test_every_hypothesis_is_used(proof):
    assumed = {h.name for claim in proof.statement.claims for h in proof.statement.assumed(claim)}
    assert proof.hypotheses_used == assumed


def uses(claim, name):
    return any(name in step.uses for step in claim.steps)


@pytest.mark.parametrize(
    ("statement", "claim", "hypothesis"),
    [case for case in HYPOTHESES if uses(case[1], case[2].name) and case[1].exists is None],
    ids=names,
)
def test_a_derivation_does_not_go_through_without_a_hypothesis_that_it_uses(statement, claim, hypothesis):
    known = known_facts(statement, claim)
    assert accepts(claim, claim.goal, known)
    del known[hypothesis.name]
    assert not accepts(claim, claim.goal, known)


@pytest.mark.parametrize(("statement", "claim"), CLAIMS, ids=names)
def test_a_step_uses_nothing_that_it_does_not_need(statement, claim):
    facts = known_facts(statement, claim)
    for step in claim.steps:
        if step.rule == "witness":
            continue
        assert why_not(step, facts) == ""
        for name in step.uses:
            fewer = replace(step, uses=tuple(used for used in step.uses if used != name))
            assert why_not(fewer, facts) != "", f"{step.label or 'last step'} does not need {name}"
        facts[step.label] = step.fact


@of_every_statement
def test_every_control_is_refused_by_both_checkers_that_need_no_torch(proof):
    assert len(proof.statement.controls) >= 2
    for refusal in proof.refusals:
        exact_only = refusal.control.name in EXACT_ONLY
        assert refusal.refused_by == (("sympy",) if exact_only else ("sympy", "ball")), refusal


def terms(value):
    if isinstance(value, Basic):
        yield value
    elif isinstance(value, dict):
        for pair in value.items():
            yield from (term for part in pair for term in terms(part))
    elif isinstance(value, (list, tuple)):
        yield from (term for part in value for term in terms(part))
    elif is_dataclass(value):
        yield from (term for field in fields(value) for term in terms(getattr(value, field.name)))


@of_every_statement
def test_there_is_no_float_in_a_derivation(proof):
    for term in terms((proof.statement.claims, proof.statement.hypotheses, proof.statement.controls)):
        assert not any(isinstance(part, Float) for part in preorder_traversal(term)), term


def test_ball_arithmetic_refutes_what_a_broken_rule_accepts(monkeypatch):
    monkeypatch.setitem(RULES, "ring", Rule("ring", "anything", lambda fact, facts, certificate: None))
    x = real("x")
    step = replace(by_id("lemma-1").claims[0].steps[-1], rule="ring", fact=equal(x, x + 1))
    decision = decide_step(step, {}, [Model({"x": 1})])
    assert (decision.outcome, decision.reason) == ("no", "ball arithmetic refutes it")


def test_a_fact_whose_sides_are_one_term_is_refused():
    x = real("x")
    step = replace(by_id("lemma-1").claims[0].steps[-1], fact=equal(x, x))
    assert "states nothing" in why_not(step, {})


@of_every_statement
def test_a_control_with_a_witness_at_which_it_holds_is_not_refused(proof):
    """The refusal rests on the witness: with a point at which the claim is true, nobody refuses."""
    statement = proof.statement
    for control in statement.controls:
        true = replace(control, goal=statement.claim(control.of).goal, drops=())
        assert refuse(statement, true).refused_by == ()


def test_latex_of_every_statement_prints():
    for statement in pl.statements():
        assert statement.latex.count("{") == statement.latex.count("}")
        assert "None" not in statement.latex


def test_every_statement_names_its_source_and_its_instances():
    for statement in pl.statements():
        assert statement.source.reference
        assert statement.source.place
        assert statement.instances
