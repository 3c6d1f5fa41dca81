"""Ball arithmetic as a checker: what it certifies of true claims, and that it refutes false ones."""

from dataclasses import replace
from itertools import product

import flint
import pytest
from derived_ledger import EXACT_ONLY
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Rational, cos, log, pi, sin

from phase_latency.checkers import ball, check_statements
from phase_latency.checkers.ball.boxes import _BOXES, boxes_of, subdivided
from phase_latency.ledger import statement, statements
from phase_latency.ledger.evaluation import BALL, CLOSED
from phase_latency.ledger.models import Model, fails_at, holds_at
from phase_latency.ledger.statement import Hypothesis, Source, Statement, claim, exists
from phase_latency.ledger.terms import at_least, at_most, equal, index, integer, less, positive, real, sequence, total

x, y, a = real("x"), real("y"), real("a")
h = integer("h")
i = index("i", h)
u = sequence("u")
STATEMENTS = {one.id: one for one in statements()}


def stated(*claims, hypotheses=(), **more):
    return Statement("trial", "T", "a trial", Source("nobody", "nowhere"), claims, (), hypotheses, **more)


def answer(goal, **more):
    return ball.check(stated(claim("claim", goal, **more))).claims["claim"]


# -- the ledger -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", STATEMENTS.values(), ids=STATEMENTS)
def test_every_statement_is_checked_and_every_control_refuted(one):
    found = ball.check(one)
    assert found.word == "CHECKED", found
    assert list(found.claims) == [each.name for each in one.claims]
    for control in one.controls:
        needs_equation = control.name in EXACT_ONLY
        assert found.controls[control.name].word == ("UNDECIDED" if needs_equation else "REFUTED"), control.name
    assert found.ok


def test_all_checkers_answer_in_the_order_of_the_statements():
    some = [statement("lemma-1"), statement("value-path")]
    found = check_statements(some, ["ball"])
    assert list(found) == ["lemma-1", "value-path"]
    assert found["lemma-1"]["ball"] == ball.check(some[0])


def test_points_depend_on_the_seed_only():
    assert ball.check(STATEMENTS["lemma-1-cosine"], 3) == ball.check(STATEMENTS["lemma-1-cosine"], 3)


@pytest.mark.parametrize("one", STATEMENTS.values(), ids=STATEMENTS)
def test_twin_a_control_in_place_of_its_claim_is_refuted(one):
    """Without being told where: at random points, for most false variants that keep the hypotheses."""
    refuted = []
    for control in one.controls:
        if control.goal is None:
            continue
        wrong = tuple(replace(c, goal=control.goal) if c.name == control.of else c for c in one.claims)
        found = ball.check(replace(one, claims=wrong))
        refuted.append(found.claims[control.of].word == "REFUTED")
        assert found.claims[control.of].word != "REFUTED" or not found.ok
    assert not refuted or any(refuted) or one.id in {"additive-no-global-scale", "phase-latency-order"}


# -- points -----------------------------------------------------------------------------------------------------------


def test_an_equation_is_checked_by_enclosures_that_overlap_and_says_how_tight_they_are():
    found = answer(equal(sin(2 * x), sin(x) * (sin(2 * x) / sin(x))))
    assert found.word == "CHECKED"
    assert "enclosures of radius" in found.detail


def test_a_false_claim_is_refuted_with_a_point():
    found = answer(equal((x + y) ** 2, x**2 + y**2))
    assert found.word == "REFUTED"
    assert found.detail.startswith("at x = ")


def test_a_false_claim_about_a_generic_index_is_refuted():
    assert answer(at_most(u[i], total(u[i], i)), given=(Hypothesis("one", at_least(h, 2)),)).word == "REFUTED"


def test_hypotheses_that_nothing_satisfies_are_no_pass():
    found = answer(less(x, y), given=(Hypothesis("a", less(x, 0)), Hypothesis("b", positive(x))))
    assert found.word == "UNDECIDED"
    assert found.detail == "no point was found that satisfies the hypotheses and at which it has a value"


def test_what_has_no_value_is_no_pass():
    assert answer(equal(1 / (x - x * 1 + y - y), 0 * x)).word == "UNDECIDED"


@pytest.mark.parametrize(("bound", "word"), [(1, "CHECKED"), (3, "REFUTED")])
def test_existence_is_looked_at_where_it_is_said_to_be(bound, word):
    found = ball.check(stated(exists("claim", less(bound, x**2), {"x": Rational(141421356237, 10**11)})))
    assert found.claims["claim"].word == word


def test_existence_at_a_point_that_breaks_a_hypothesis_is_no_pass():
    never = Hypothesis("negative", less(x, 0))
    found = ball.check(stated(exists("claim", less(1, x**2), {"x": 2}), hypotheses=(never,)))
    assert found.claims["claim"].word == "UNDECIDED"


def test_enclosures_that_are_wide_overlap_and_say_nothing():
    found = answer(
        equal(sin(Integer(10) ** 60 * x / 7), cos(Integer(10) ** 60 * x / 7)), given=(Hypothesis("x", positive(x)),)
    )
    assert found.word == "UNDECIDED"
    assert found.detail.startswith("left open at")


def test_a_range_without_an_index_is_no_point():
    assert answer(equal(u[i], u[i] + 1), given=(Hypothesis("none", at_most(h, 0)),)).word == "UNDECIDED"


def test_a_control_at_whose_witness_a_hypothesis_fails_is_not_refuted():
    one = statement("lemma-1-cosine")
    (control, *_) = one.controls
    wrong = replace(control, witness={**control.witness, "P": [0]})
    assert ball.check(replace(one, controls=(wrong,))).controls[control.name].word == "UNDECIDED"


def test_a_sign_of_a_sum_of_cosines_that_vanishes_is_not_made_up():
    """At this point both sides are equal, and SymPy calls the unexpanded difference negative."""
    one = statement("gram-toeplitz")
    point = {"h": 2, "p": Rational(1, 2), "q": Rational(1, 2), "delta": log(2), "w": {0: Rational(1, 2), 1: 10}}
    assert not fails_at(one.claim("shift").goal, Model(point), CLOSED)


# -- boxes ------------------------------------------------------------------------------------------------------------

UNIT = {"x": (Rational(0), Rational(1))}


def test_every_stated_box_is_of_a_claim_and_within_its_hypotheses():
    for (identifier, name), ends in _BOXES.items():
        one = STATEMENTS[identifier]
        found = boxes_of(one, one.claim(name))
        assert found.word == "CHECKED", (name, found)
        for corner in product(*ends.values()):
            values = dict(zip(ends, corner, strict=True))
            point = Model({name: {0: value} if name == "w" else value for name, value in values.items()} | {"h": 1})
            assert holds_at([each.relation for each in one.assumed(one.claim(name))], point, BALL), values
        assert "boxes" in ball.check(one).claims[name].detail


def test_claims_without_a_box_have_none():
    one = STATEMENTS["lemma-1"]
    assert boxes_of(one, one.claims[0]) is None


@pytest.mark.parametrize(
    "goal",
    [less(x, 2), at_most(x * (1 - x), Rational(1, 2)), at_least(sin(x) + 1, x), less(x * (1 - x), Rational(26, 100))],
)
def test_inequalities_are_certified_on_a_box(goal):
    assert subdivided(goal, UNIT, most=2000) >= 1


@pytest.mark.parametrize("goal", [less(x, 1), at_most(x, Rational(9, 10)), at_most(sin(pi * x), Rational(99, 100))])
def test_twin_what_fails_somewhere_in_the_box_is_never_certified(goal):
    assert subdivided(goal, UNIT, most=2000) is None


@given(
    roots=st.lists(st.integers(-8, 16), min_size=1, max_size=2),
    shift=st.sampled_from([Rational(0), Rational(1, 4), Rational(-1, 4)]),
)
def test_a_certificate_is_right_wherever_the_box_is_tried(roots, shift):
    """Random parabolas: whatever is certified is true at a grid of exact points."""
    goal = less(0, sum(((x - Rational(root, 8)) ** 2 for root in roots), shift))
    parts = subdivided(goal, UNIT, most=300)
    values = [goal.rhs.subs(x, Rational(k, 16)) for k in range(17)]
    assert parts is None or all(value > 0 for value in values)


def test_twin_a_domain_that_is_blind_certifies_what_is_false(monkeypatch):
    """If every enclosure were the number 1, everything would be certified: all rests on evaluation."""
    monkeypatch.setattr("phase_latency.checkers.ball.boxes.evaluate", lambda *given: flint.arb(1))
    assert subdivided(less(x, 0), UNIT) == 1
