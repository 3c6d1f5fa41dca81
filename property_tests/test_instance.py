"""Instances: what holds is TESTED, what does not is FAILED, and nothing in between goes unnoticed."""

from dataclasses import dataclass, replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from phase_latency.errors import NotFiniteError
from phase_latency.instance import Instance, cases_of, compare, observed, run
from phase_latency.ledger.statement import Claim, Control, Hypothesis, Source, Statement
from phase_latency.ledger.terms import Iff, at_least, at_most, differ, equal, less, positive, real
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.comparison import Comparison

a, x, y = real("a"), real("x"), real("y")


def statement(goal, *controls):
    """A statement with one claim; what is not tested here, its derivation, is left out."""
    return Statement("toy", "T", "A toy", Source("none", "none"), (Claim("claim", goal, ()),), controls)


def control(name="control", goal=None, drops=()):
    return Control(name, "", of="claim", witness={}, goal=goal, drops=drops)


@dataclass(frozen=True)
class Numbers:
    """A row of float32 numbers, another one, and a factor."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    a: float


def tensor(values):
    return torch.tensor(values, dtype=torch.float32)


sevenths = st.integers(-20, 20).map(lambda n: n / 7)
rows = st.lists(sevenths, min_size=3, max_size=3).map(tuple)


def numbers(factor=None):
    return st.builds(Numbers, rows, rows, sevenths.filter(bool) if factor is None else factor)


def squares(case):
    scaled = Bounded.exact(tensor(case.x)) * case.a
    return scaled * scaled


def parts(case):
    return {a: case.a, x: tensor(case.x).double(), y: tensor(case.y).double()}


SQUARE = equal((a * x) * (a * x) * y**0, a**2 * x**2)
CUBE = equal(SQUARE.lhs, a**3 * x**2)
toy = Instance("claim", cases=numbers, observe=squares, bindings=parts)


# -- equations ----------------------------------------------------------------------------------------------------


def test_a_true_equation_is_tested_on_as_many_cases_as_asked_for():
    tested = run(statement(SQUARE), toy, 20, 0)
    assert (tested.verdict, tested.examples) == ("TESTED", 20)
    assert 0 < tested.ratio <= 1
    assert tested.ratio == tested.error / tested.bound
    assert tested.case.startswith("Numbers(")


def test_a_false_equation_fails_and_names_a_case_where_it_does():
    tested = run(statement(CUBE), toy, 20, 0)
    assert tested.verdict == "FAILED"
    assert tested.error > tested.bound
    assert tested.ratio > 1


def test_a_control_is_refused_as_soon_as_a_case_refuses_it():
    tested = run(statement(SQUARE, control(goal=CUBE)), toy, 50, 0, control(goal=CUBE))
    assert tested.verdict == "FAILED"
    assert tested.examples < 50


def test_twin_a_control_that_is_no_control_comes_out_tested():
    assert run(statement(SQUARE), toy, 20, 0, control(goal=SQUARE)).verdict == "TESTED"


def test_another_left_side_is_evaluated_and_not_taken_for_the_observation():
    one_sided = equal(a * x**2, a**2 * x**2)
    assert run(statement(SQUARE), toy, 20, 0, control(goal=one_sided)).verdict == "FAILED"
    same = equal(x**2 * a**2 + 0 * y, a**2 * x**2)
    assert run(statement(SQUARE), toy, 20, 0, control(goal=same)).verdict == "TESTED"


@pytest.mark.parametrize("fault", [1e-3, 2e-7 * 8])
def test_a_layer_that_computes_something_else_than_its_twin_fails(fault):
    wrong = replace(toy, observe=lambda case: observed(squares(case).value * (1 + fault), squares(case)))
    assert run(statement(SQUARE), wrong, 20, 0).verdict == "FAILED"


def test_the_error_of_an_observation_is_that_of_the_twin():
    twin = Bounded(torch.ones(2), torch.full((2,), 0.5, dtype=torch.float64))
    seen = observed(torch.zeros(2), twin)
    assert seen.value.tolist() == [0, 0]
    assert seen.error.tolist() == [0.5, 0.5]


# -- the draw -----------------------------------------------------------------------------------------------------


def drawn(seed, control_=None):
    seen = []
    spy = replace(toy, observe=lambda case: seen.append(case) or squares(case))
    run(statement(SQUARE), spy, 10, seed, control_)
    return seen


def test_the_seed_alone_decides_the_cases():
    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)


def test_the_result_is_that_of_the_case_with_the_largest_ratio():
    cases = drawn(5)
    worst = max(compare(statement(SQUARE), toy, case).worst_ratio for case in cases)
    assert run(statement(SQUARE), toy, 10, 5).ratio == worst


# -- inequalities and equivalences --------------------------------------------------------------------------------


@pytest.mark.parametrize("relation", [at_most, less])
def test_inequalities_hold_up_to_rounding(relation):
    above = statement(relation(SQUARE.lhs, a**2 * x**2 + 1))
    below = control(goal=relation(SQUARE.lhs, a**2 * x**2 - 1))
    assert run(above, toy, 20, 0).verdict == "TESTED"
    assert run(above, toy, 20, 0, below).verdict == "FAILED"


def test_inequalities_may_point_the_other_way():
    assert run(statement(at_least(SQUARE.lhs, a**2 * x**2 - 1)), toy, 20, 0).verdict == "TESTED"
    assert run(statement(at_least(SQUARE.lhs, a**2 * x**2 + 1)), toy, 20, 0).verdict == "FAILED"


def lead(case):
    """How far a y is ahead of a x, in float32."""
    return Bounded.exact(tensor(case.y)) * case.a - Bounded.exact(tensor(case.x)) * case.a


POSITIVE = Hypothesis("positive", positive(a))
order = Instance(
    "claim",
    cases=lambda: numbers(st.sampled_from([0.1, 1.0, 7.0])),
    observe=lead,
    bindings=parts,
    outside={"reversed": lambda: numbers(st.sampled_from([-0.1, -3.0]))},
)


@pytest.mark.parametrize("relation", [less, at_most, equal])
def test_an_equivalence_holds_where_neither_side_contradicts_the_other(relation):
    stated = statement(Iff(relation(x, y), relation(a * x, a * y)))
    assert run(stated, order, 20, 0).verdict == "TESTED"


@pytest.mark.parametrize("relation", [less, at_most])
def test_an_equivalence_fails_where_one_side_holds_and_the_other_does_not(relation):
    stated = statement(Iff(relation(x, y), relation(a * x, a * y)))
    refused = run(stated, order, 20, 0, control("reversed", drops=("positive",)))
    assert (refused.verdict, refused.error, refused.bound) == ("FAILED", 1, 0)
    other_right_side = Iff(relation(x, y), relation(a * y, a * x))
    assert run(stated, order, 20, 0, control(goal=other_right_side)).verdict == "FAILED"


def test_ties_within_rounding_decide_nothing():
    near = Instance("claim", cases=lambda: numbers(), observe=lambda case: Bounded.stored(0 * tensor(case.x)))
    stated = statement(Iff(less(x, y), less(a * x, a * y)))
    assert compare(stated, replace(near, bindings=parts), Numbers((1.0,) * 3, (2.0,) * 3, 1.0)).holds


# -- instances that decide for themselves, and the cases outside a hypothesis -------------------------------------


def test_an_instance_can_decide_a_goal_itself():
    def count(case, goal):
        wrong = torch.tensor([float(goal.rhs == 0 and case.a == 0)], dtype=torch.float64)
        return Comparison(wrong, 0 * wrong)

    own = Instance("claim", cases=numbers, compare=count, outside={"zero": lambda: numbers(st.just(0.0))})
    assert run(statement(differ(a, 0)), own, 10, 0).verdict == "TESTED"
    assert run(statement(differ(a, 0)), own, 10, 0, control("zero", drops=("nonzero",))).verdict == "FAILED"


def test_an_instance_knows_its_controls():
    other = replace(control("other"), of="another claim")
    assert toy.controls(statement(SQUARE, control("one"), other, control("two"))) == (control("one"), control("two"))


@given(cases_of(order, control("reversed", drops=("positive",))), cases_of(order, control(goal=SQUARE)))
def test_only_a_control_that_drops_a_hypothesis_is_tried_outside_it(outside, inside):
    assert outside.a < 0 < inside.a


REFUSALS = {
    "control: got 'unknown'": lambda: run(statement(SQUARE), toy, 5, 0, control("unknown", drops=("positive",))),
    "instance: got 'claim'": lambda: run(statement(SQUARE), replace(toy, observe=None), 5, 0),
    "goal: got Ne(": lambda: run(statement(differ(SQUARE.lhs, x)), toy, 5, 0),
    "goal: got Ne(x": lambda: run(statement(Iff(differ(x, y), differ(a * x, a * y))), order, 5, 0),
    "right side: got Tensor of shape (2, 3)": lambda: compare(
        statement(SQUARE),
        replace(toy, bindings=lambda case: {a: case.a, x: torch.ones(2, 3, dtype=torch.float64)}),
        Numbers((1.0,) * 3, (2.0,) * 3, 1.0),
    ),
}


@pytest.mark.parametrize("beginning", REFUSALS)
def test_what_cannot_be_decided_is_refused_in_one_line(beginning):
    assert refusal(REFUSALS[beginning]).startswith(beginning)


def test_what_overflows_is_no_success():
    overflowing = replace(toy, observe=lambda case: Bounded.exact(tensor([torch.inf] * 3)))
    with pytest.raises(NotFiniteError):
        run(statement(SQUARE), overflowing, 5, 0)
