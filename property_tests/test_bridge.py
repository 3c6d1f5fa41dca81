"""The bridge: a term means on tensors what it means in the ledger, and its error covers every rounding."""

from fractions import Fraction
from random import Random

import exact
import flint
import numpy as np
import pytest
import sympy
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal
from sympy import Idx, Indexed, IndexedBase, MatrixSymbol, Rational, Sum, Symbol, acos, cos, exp, log, pi, sqrt

from phase_latency.bridge import predict
from phase_latency.errors import ArgumentError
from phase_latency.ledger import statements
from phase_latency.ledger.evaluation import BALL, Unevaluable, evaluate, free_indices, whole
from phase_latency.ledger.language import sizes
from phase_latency.ledger.models import Model
from phase_latency.ledger.terms import Apply, Dot, index, integer, matrix, phase, real, sequence, total, vector, wrapped
from phase_latency.numerics.bounded import Bounded

a, x, y = real("a"), real("x"), real("y")
n, m = integer("n"), integer("m")
i = index("i", n)
u, w = sequence("u"), sequence("w")
P, Q, R = vector("P", n), vector("Q", n), vector("R", m)
M = matrix("M", m, n)
THIRD = Rational(1, 3)


def float64(*values):
    return torch.tensor(values, dtype=torch.float64)


def holds(prediction, reference):
    """Whether the exact value of each entry, an array of balls, lies within the error of its prediction."""
    return bool((exact.distance(reference, prediction.value) <= prediction.error).all())


# -- scalars ------------------------------------------------------------------------------------------------------

SCALARS = [
    a**2 * x,
    x / (1 + a**2),
    THIRD * x + a,
    x - Rational(1, 10),
    pi * x,
    sqrt(a**2 + THIRD),
    exp(-(a**2)) + cos(x),
    log(2 + x**2) / a**3,
    sympy.Abs(x) ** 3 - x,
    wrapped(x),
    phase(phase(x, a), y),
    sympy.Integer(2) ** 80 + x,
]
numbers = st.floats(0.125, 8) | st.floats(-8, -0.125)


def ball_of(term, point):
    return evaluate(term, Model({name: Rational(*value.as_integer_ratio()) for name, value in point.items()}), BALL)


@pytest.mark.parametrize("term", SCALARS, ids=str)
@given(point=st.fixed_dictionaries({"a": numbers, "x": numbers, "y": numbers}))
def test_a_scalar_is_within_its_error(term, point):
    prediction = predict(term, {real(name): value for name, value in point.items()})
    assert holds(prediction, np.array(ball_of(term, point), dtype=object).reshape(()))


@pytest.mark.parametrize("term", SCALARS, ids=str)
@given(point=st.fixed_dictionaries({"a": numbers, "x": numbers, "y": numbers}))
def test_twin_a_slightly_wrong_scalar_is_not(term, point):
    prediction = predict(term, {real(name): value for name, value in point.items()})
    wrong = ball_of(term, point) * (1 + flint.arb(2) ** -20) + flint.arb(2) ** -20
    assert not holds(prediction, np.array(wrong, dtype=object).reshape(()))


@pytest.mark.parametrize("constant", [THIRD, pi, sympy.Integer(2**53 + 1), Rational(1, 10)])
def test_constants_that_float64_rounds_carry_that_rounding(constant):
    prediction = predict(constant, {})
    assert prediction.error > 0
    assert holds(prediction, np.array(BALL.number(constant), dtype=object).reshape(()))


def test_constants_that_float64_holds_are_exact():
    assert [float(predict(constant, {}).error) for constant in (sympy.Integer(3), Rational(1, 4))] == [0, 0]


def test_errors_of_bound_quantities_are_carried_along():
    measured = Bounded(float64(2.0), float64(0.5))
    assert predict(3 * x, {x: measured}).error >= 1.5
    assert predict(3 * x, {x: float64(2.0)}).error < 1e-14
    assert predict(x, {x: Fraction(1, 3)}).error > 0


# -- what may be bound --------------------------------------------------------------------------------------------


def test_a_whole_subterm_can_be_bound_and_its_parts_need_not_be():
    assert predict(a**2 * Dot(P, Q), {a: 2, Dot(P, Q): float64(5.0)}).value == 20


def test_a_definition_can_be_bound_before_it_is_unfolded():
    assert predict(1 + phase(x, y), {phase(x, y): 4}).value == 5


def test_only_what_is_written_is_replaced():
    assert predict(Dot(P, Q) + Dot(Q, P), {P: float64(1.0, 2.0), Q: float64(3.0, 4.0), Dot(P, Q): 7}).value == 18


# -- vectors, matrices, sums: axes --------------------------------------------------------------------------------


def test_leading_axes_of_vectors_and_matrices_broadcast():
    draw = torch.Generator().manual_seed(0)
    weights = torch.randn(3, 1, 1, 4, 5, generator=draw, dtype=torch.float64)
    rows = torch.randn(6, 5, generator=draw, dtype=torch.float64)
    other = torch.randn(7, 4, generator=draw, dtype=torch.float64)
    prediction = predict(Dot(Apply(M, a * P), R), {M: weights, P: rows[:, None], R: other, a: 2})
    reference = np.einsum("hij,pj,qi->hpq", *(exact.balls(part) for part in (weights[:, 0, 0], rows, other))) * 2
    assert prediction.shape == (3, 6, 7)
    assert holds(prediction, reference)


def test_a_sum_runs_over_the_last_axis_and_drops_it():
    entries = float64([1.0, 2.0, 4.0], [8.0, 16.0, 32.0])
    assert predict(total(u[i], i), {u: entries}).value.tolist() == [7, 56]
    assert predict(x * total(u[i], i), {u: entries, x: float64([2.0], [3.0])}).value.tolist() == [14, 168]


def test_a_free_index_stays_the_last_axis():
    entries = float64(1.0, 3.0)
    assert predict(u[i] / total(u[i], i), {u: entries}).value.tolist() == [0.25, 0.75]


def test_an_entry_is_picked_by_its_number():
    assert predict(u[1] - u[0], {u: float64([1.0, 5.0], [2.0, 9.0])}).value.flatten().tolist() == [4, 7]


def test_a_summand_without_the_index_counts_as_often_as_the_index_has_values():
    assert predict(total(x, i), {x: 5, n: 3}).value == 15


# -- the same meaning as in the ledger, for every claim and control -------------------------------------------------

SIZES = {"d": 3, "d_k": 2, "d_e": 2, "d_P": 3, "h": 3, "L": 4}  # of what has another size than 3


def sides(proposition):
    """The terms of a proposition: both sides of every relation in it."""
    if isinstance(proposition, sympy.core.relational.Relational):
        return [side for side in proposition.args if not isinstance(side, sympy.MatrixExpr)]
    return [side for part in proposition.args for side in sides(part)]


GOALS = {
    f"{statement.id}:{part.name}": goal
    for statement in statements()
    for part in (*statement.claims, *statement.controls)
    if (goal := part.goal) is not None
}


def rational(value):
    return Bounded.number(Fraction(int(value.p), int(value.q)))


def stacked(values):
    """Exact rational numbers as one bounded tensor."""
    parts = [rational(value) for value in values]
    return Bounded(torch.stack([part.value for part in parts]), torch.stack([part.error for part in parts]))


def bindings_at(term, point):
    """Every symbol of a term bound to its value at a point of the ledger."""
    bindings = {}
    labels = {base.label for base in term.atoms(IndexedBase)}
    for symbol in term.atoms(Symbol) - term.atoms(Idx) - labels:
        bindings[symbol] = rational(point.scalar(symbol))
    for symbol in term.atoms(MatrixSymbol):
        shape = tuple(whole(size, point) for size in symbol.shape)
        entries = stacked([value for row in point.rows(symbol, shape) for value in row])
        bindings[symbol] = entries if shape[1] == 1 else entries.reshape(*shape)
    size = max([whole(index_.upper, point) + 1 for index_ in term.atoms(Idx)], default=4)
    for base in term.atoms(IndexedBase):
        bindings[base] = stacked([point.entry(str(base), k) for k in range(size)])
    for index_ in term.atoms(Idx):
        values = range(whole(index_.upper, point) + 1)
        beside = stands_in_a_sum(index_, term)
        shape = (-1, 1) if beside else (-1,)
        bindings[index_] = stacked(map(sympy.Integer, values)).reshape(*shape)
        for entry in term.atoms(Indexed):
            if not entry.indices[0].has(Idx) and not entry.indices[0].is_Integer:
                bindings[entry] = stacked([point.entry(str(entry.base), whole(entry.indices[0], point))])
            if (beside or entry.indices[0] != index_) and entry.indices[0].has(index_):
                positions = [whole(entry.indices[0], point, {index_: k}) for k in values]
                bindings[entry] = stacked([point.entry(str(entry.base), at) for at in positions]).reshape(*shape)
    return bindings


def stands_in_a_sum(index_, term):
    """Whether a free index is used by a sum over another one, which has the last axis: it needs an axis before that."""
    return any(index_ in free_indices(part) for part in term.atoms(Sum))


def reference_at(term, point):
    """Balls for the term: one, or one for each value of its free index."""
    free = sorted(free_indices(sympy.Eq(term, 0, evaluate=False)), key=str)
    if not free:
        return np.array(evaluate(term, point, BALL), dtype=object).reshape(())
    (free_index,) = free
    values = range(whole(free_index.upper, point) + 1)
    return np.array([evaluate(term, point, BALL, {free_index: k}) for k in values], dtype=object)


def has_two_indices(term):
    """Whether a sum stands in another one and speaks of its index: that is refused, since there is one axis."""
    pairs = ((outer.limits[0][0], inner) for outer in term.atoms(Sum) for inner in outer.function.atoms(Sum))
    return any(index in free_indices(inner) for index, inner in pairs)


def points(goal):
    for seed in range(40):
        yield Model({name: SIZES.get(name, 3) for name in sizes(goal)}, Random(seed))


@pytest.mark.parametrize("name", GOALS)
def test_every_side_of_every_goal_means_on_tensors_what_it_means_in_the_ledger(name):
    for term in sides(GOALS[name]):
        if has_two_indices(term):
            with pytest.raises(ArgumentError, match="term: got Sum"):
                predict(term, bindings_at(term, next(points(GOALS[name]))))
            continue
        checked = 0
        for point in points(GOALS[name]):
            try:
                reference = reference_at(term, point)
            except Unevaluable:
                continue
            prediction = predict(term, bindings_at(term, point))
            if prediction.error.isfinite().all():
                checked += 1
                assert holds(prediction, reference.reshape(prediction.shape)), point
            if checked == 3:
                break
        assert checked, term


# -- refusals -----------------------------------------------------------------------------------------------------

REFUSALS = {
    "bindings: got 'u[2*i]'": lambda: predict(total(u[2 * i], i), {u: float64(1.0, 2.0)}),
    "bindings: got 'x'": lambda: predict(a * x, {a: 2}),
    "bindings: got 'P'": lambda: predict(Dot(P, Q), {Q: float64(1.0)}),
    "bindings: got 'M'": lambda: predict(Dot(Apply(M, P), R), {P: float64(1.0), R: float64(1.0)}),
    "bindings: got 'u'": lambda: predict(total(u[i], i), {}),
    "bindings: got 'n'": lambda: predict(total(x, i), {x: 1}),
    "bindings[x]: got torch.float32": lambda: predict(x, {x: torch.ones(2)}),
    "bindings: got (2,)": lambda: predict(x * total(u[i], i), {u: float64(1.0, 2.0), x: float64(1.0, 2.0)}),
    "term: got acos(x)": lambda: predict(acos(x), {x: 0.5}),
    "term: got sin(x)**x": lambda: predict(sympy.sin(x) ** x, {x: 0.5}),
    "operand: got 'text'": lambda: predict(x, {x: "text"}),
}


@pytest.mark.parametrize("beginning", REFUSALS)
def test_what_cannot_be_evaluated_is_refused_in_one_line(beginning):
    assert refusal(REFUSALS[beginning]).startswith(beginning)
