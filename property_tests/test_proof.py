"""What is no proof although every step is right, and steps that go wrong."""

from dataclasses import replace

import pytest
from rule_cases import i, k, summed, u, x, y, z
from sympy import S, exp, floor

from phase_latency.ledger.proof import derive, known_facts
from phase_latency.ledger.rules import RULES, Rule
from phase_latency.ledger.statement import Claim, Control, Hypothesis, Source, Statement, claim, exists, step
from phase_latency.ledger.terms import Given, at_least, differ, equal, less, positive

HERE = Source("algebra", "line 1")
positive_x = Hypothesis("positive-x", positive(x))
above_1 = Hypothesis("above-1", less(1, x))
CONTROLS = (
    Control("zero", "x = 0", "square", {"x": 0}, goal=equal(x**2 + 2 * x + 1, 0)),
    Control("one", "x = 1", "square", {"x": 1}, goal=equal(x**2 + 2 * x + 1, 1)),
)
SQUARE = claim("square", equal((x + 1) ** 2, x**2 + 2 * x + 1), by="ring")


def statement(*claims, hypotheses=(), controls=(), **others):
    """A statement about the square of a sum, with further claims."""
    return Statement("trial", "X", "A trial", HERE, claims, controls, hypotheses, **others)


def reasons(proof):
    """Why the steps of a proof that is none do not go through."""
    return [decision.reason for decisions in proof.decisions.values() for decision in decisions if decision.reason]


def test_a_proof():
    proof = derive(statement(SQUARE, controls=CONTROLS))
    assert (proof.status, reasons(proof)) == ("DERIVED", [])
    assert [refusal.refused_by for refusal in proof.refusals] == [("sympy", "ball")] * 2


by_point = step("witness", equal(x, 1), "", {"x": 1}, label="point")  # true of one x, used of every x
inverse = statement(
    claim("inverse", differ(1 / x, 0), by="order", uses="positive-x", given=(positive_x,)),
    exists("some", less(x, x**2), {"x": 2}),
)
falsehood = replace(statement(claim("wrong", equal(x, y), by="ring")), id="falsehood")
built_on_it = replace(
    statement(
        claim("also-wrong", equal(x, z), by="instance", uses="falsehood:wrong", certificate={y: z}),
        dependencies=(falsehood,),
    ),
    id="built-on-it",
)

NO_PROOFS = {
    "no claims": statement(),
    "no steps": statement(Claim("nothing", equal(x, x + 1), ())),
    "another claim proved": statement(replace(SQUARE, goal=equal(x, x + 1))),
    "a point for every point": statement(claim("all", equal(x, 1), by="witness", certificate={"x": 1})),
    "a point on the way": statement(claim("all", equal(x**2, 1), by_point, by="ring", uses="point")),
    "an existence by another point": statement(replace(exists("some", equal(x, 1), {"x": 1}), exists={"x": 2})),
    "an existence outside the hypotheses": statement(exists("some", less(x, 0), {"x": -1}), hypotheses=(positive_x,)),
    "an existence for every point": statement(
        exists("some", equal(x, 1), {"x": 1}), claim("all", equal(x**2, 1), by="ring", uses="some")
    ),
    "a cited existence": statement(
        claim("all", less(x, x**2), by="instance", uses="trial:some", certificate={}), dependencies=(inverse,)
    ),
    "a claim that assumes more": statement(
        *inverse.claims[:1], claim("all", differ(1 / x, 0), by="order", uses="inverse")
    ),
    "a later claim": statement(
        claim("first", equal(x, x**2 / x), by="field", uses="second"), replace(SQUARE, name="second")
    ),
    "a cited claim without its hypothesis": statement(
        claim("all", differ(1 / y, 0), by="instance", uses="trial:inverse", certificate={x: y}), dependencies=(inverse,)
    ),
    "a cited falsehood": statement(
        claim("all", equal(x, z), by="instance", uses="falsehood:wrong", certificate={y: z}), dependencies=(falsehood,)
    ),
    "a falsehood cited by what is cited": statement(
        claim("all", equal(x, 3), by="instance", uses="built-on-it:also-wrong", certificate={z: S(3)}),
        dependencies=(built_on_it,),
    ),
    "hypotheses that contradict each other": statement(
        claim("nothing", less(y, y), by="order", uses="negative positive-x", certificate=[(-x,), (x,)]),
        hypotheses=(positive_x, Hypothesis("negative", less(x, 0))),
    ),
    "hypotheses that nothing satisfies": statement(
        replace(SQUARE, steps=(replace(SQUARE.steps[0], uses=("never",)),)),
        hypotheses=(Hypothesis("never", less(x**2 + 1, 0)),),
    ),
    "a hypothesis that is a citation": statement(
        claim("all", equal(x, 1), by="instance", uses="free", certificate={}),
        hypotheses=(Hypothesis("free", Given(equal(x, 1))),),
    ),
    "a rule that does not exist": statement(claim("all", equal(x, 1), by="magic")),
    "a fact that is not known": statement(claim("all", equal(x, 1), by="ring", uses="nowhere")),
    "both sides the same": statement(claim("all", equal(x, x), by="ring")),
    "a truth value": statement(claim("all", S.true, by="ring")),
    "a malformed certificate": statement(claim("all", positive(x), by="order", certificate=7)),
    "a float": statement(claim("all", equal(0.5 * x, x / 2), by="ring")),
}


@pytest.mark.parametrize("stated", [pytest.param(stated, id=name) for name, stated in NO_PROOFS.items()])
def test_what_is_no_proof(stated):
    proof = derive(stated)
    assert proof.status != "DERIVED"
    assert reasons(proof) or not stated.claims


def test_a_claim_may_be_cited_with_its_hypotheses():
    moved = Hypothesis("positive-y", positive(y))
    cited = claim(
        "all", differ(1 / y, 0), by="instance", uses="trial:inverse positive-y", certificate={x: y}, given=(moved,)
    )
    assert derive(statement(cited, dependencies=(inverse,))).status == "DERIVED"


def test_what_a_claim_may_use():
    stated = statement(
        claim("first", less(0, x), by="order", uses="positive-x"),
        claim(
            "second",
            less(1, x**2),
            by="order",
            uses="above-1",
            certificate=[(x - 1, x - 1), (2, x - 1)],
            given=(above_1,),
        ),
        exists("third", less(x, 2), {"x": 1}, "positive-x"),
        claim("last", less(0, 2 * x), by="order", uses="first"),
        hypotheses=(positive_x,),
        dependencies=(inverse,),
    )
    assert set(known_facts(stated, stated.claim("last"))) == {
        *("positive-x", "first", "trial:inverse", f"{stated.id}:first"),
        *(f"{stated.id}:second",),
    }
    assert derive(stated).status == "DERIVED"


def test_a_false_step_is_told_from_one_that_is_not_decided():
    false, unknown = (
        derive(statement(claim("all", fact, by="ring"))) for fact in (equal(x, 1), equal(floor(x), floor(x)))
    )
    assert false.status == "FAILED"
    (decision,) = false.decisions["all"]
    assert decision.outcome == "no"
    assert decision.witness.scalar(x) != 1
    assert unknown.status == "UNDECIDED"


def test_a_step_without_a_value_anywhere_is_not_decided(monkeypatch):
    monkeypatch.setitem(RULES, "anything", Rule("anything", "nothing at all", lambda fact, facts, certificate: None))
    no_value = derive(statement(claim("all", positive((-1 - exp(x)) ** (S.One / 2)), by="anything")))
    assert no_value.status == "UNDECIDED"
    assert "no value" in reasons(no_value)[0]
    assert derive(statement(claim("all", positive(x), by="anything"))).status == "FAILED"
    assert derive(statement(claim("all", at_least(summed(u[i] ** 2), 0), by="anything"))).status == "DERIVED"


@pytest.mark.parametrize(
    ("control", "reason"),
    [
        (Control("true", "still true", "square", {"x": 1}, goal=equal((x + 1) ** 2 - 1, x**2 + 2 * x)), "goes through"),
        (Control("elsewhere", "true there", "square", {"x": 0}, goal=equal((x + 1) ** 2, 1)), "does not refute"),
        (Control("nowhere", "no value", "square", {"k": 0}, goal=equal((x + 1) ** 2, k)), "does not refute"),
    ],
    ids=["true", "true at its witness", "without value at its witness"],
)
def test_a_control_that_nobody_refuses_fails_the_statement(control, reason):
    proof = derive(statement(SQUARE, controls=(*CONTROLS, control)))
    assert proof.status == "FAILED"
    assert reason in proof.refusals[-1].reason


def test_a_control_whose_witness_breaks_a_hypothesis_fails_the_statement():
    stated = statement(*inverse.claims, controls=(Control("not-1", "1/x = 1", "inverse", {"x": -1}, equal(1 / x, 1)),))
    proof = derive(stated)
    assert proof.status == "FAILED"
    assert proof.refusals[0].reason == "a hypothesis fails at its witness"
