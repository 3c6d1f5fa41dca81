"""The checker smt: both solvers refuse to deny a claim, a control has a solution, and nothing else is a yes."""

import re
from dataclasses import replace
from fractions import Fraction

import pytest
import z3
from sympy import Rational, cos, exp, floor, pi, sin, sqrt, tanh

from phase_latency.checkers import check_statements, smt
from phase_latency.checkers.cache import Cache
from phase_latency.checkers.smt import judging, solvers
from phase_latency.checkers.smt.exporting import export
from phase_latency.checkers.smt.identities import on_circles
from phase_latency.checkers.smt.judging import Judge
from phase_latency.checkers.smt.queries import stage_queries
from phase_latency.checkers.smt.staging import Stage, ways
from phase_latency.checkers.smt.text import Quotient, constant, product, relation, total
from phase_latency.errors import ArgumentError
from phase_latency.ledger import statement, statements
from phase_latency.ledger.statement import Claim, Control, Hypothesis, Source, Statement
from phase_latency.ledger.terms import (
    Dot,
    Iff,
    NotAll,
    at_least,
    at_most,
    differ,
    equal,
    index,
    integer,
    latency,
    less,
    phase_of_latency,
    positive,
    real,
    sequence,
    vector,
)
from phase_latency.ledger.terms import (
    total as summed,
)

x, y, z, w = real("x"), real("y"), real("z"), sequence("w")
h, n = integer("h"), integer("n")
i = index("i", h)
P, Q = vector("P", n), vector("Q", n)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache that is empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return Cache("smt", tmp_path)


def stating(goal, *given, controls=()):
    """A statement of one claim."""
    hypotheses = tuple(Hypothesis(f"given {k}", one) for k, one in enumerate(given))
    return Statement("made-up", "Z", "", Source("", ""), (Claim("it", goal, ()),), controls, hypotheses)


def answer(cache, goal, *given):
    """What the solvers say of a claim."""
    one = stating(goal, *given)
    return Judge(one, cache).claim(one.claims[0])


def z3_says(formula, *names):
    """What z3 says of a formula in real variables."""
    solver = z3.Solver()
    solver.from_string("".join(f"(declare-const {name} Real)" for name in names) + f"(assert {formula})")
    return str(solver.check())


# -- the ledger ---------------------------------------------------------------------------------------------------

# What needs more of its functions than polynomials say. Everything else is decided by both solvers.
OUTSIDE = {
    "phase-latency-order": {"wrapped-if", "turn-is-reached", "wrapped-only-if"},
    "lemma-1-temperature": {"not-at-the-same-temperature"},
    "additive-no-global-scale": {"no-scale-no-row-shift-no-temperature"},
    "softmax-perturbation": {"total-variation", "attained", "below-the-range", "one-norm"},
    "additive-deviation-bound": {"total-variation"},
    "compression-no-scale": {"larger-after-one-position", "no-factor"},
    "compression-discriminability": {
        *("cosines", "sines", "chord", "below-the-angle", "one-channel-at-least", "one-channel-at-most"),
        *("at-least", "at-most"),
    },
    "sinusoidal-kernel-not-monotone": {"width-64", "width-128", "compressed"},
    "rotary-layout": {"mixed"},
    "nlif-closed-form": {"closed-form", "any-set", "least", "not-before", "fires-by"},
    "nlif-gradient": {"moved-times-above", "moved-times-below", "moved-weights-above", "moved-weights-below"},
    "nlif-log-sum-exp": {"fires", "unit-weights", "softmax"},
    "nlif-nonexpansive": {"later", "latency"},
    "nlif-published-bound": {"gradient", "at-least-1"},
    "nlif-weights-add": {"layer"},
    "spike-latency-code": {"relative-error"},
    "spike-count-lower-bound": {"steps"},
    "rank-code": {"even-spacing", "only-even-spacing", "same-rank"},
    "context-recurrence": {"sum-over-the-past"},
    "retrieval-limit": {"limit"},
    "copy-task-needs-no-position": {"commutes", "linear-in-the-token"},
    "reading-mismatch": {"not-the-same", "not-an-amplitude"},
}
# One of the solvers, or both, come to no end: no pass.
UNDECIDED = {
    "nlif-gradient": {"moved-times", "moved-weights"},
    "spike-rate-stochastic": {"independent", "total-variation"},
    "spike-count-lower-bound": {"two-rates", "spikes"},
    "rank-code": {"largest-product"},
}


WORDS = ("UNSAT", "OUTSIDE", "UNDECIDED")


def test_both_solvers_say_unsat_of_every_claim_with_a_polynomial_core_and_accept_no_control():
    found = check_statements(statements(), ["smt"])
    for one in statements():
        checked = found[one.id]["smt"]
        assert checked.ok, checked.objections
        assert checked.accepted == ()
        said = {word: {name for name, each in checked.claims.items() if each.word == word} for word in WORDS}
        assert said["OUTSIDE"] == OUTSIDE.get(one.id, set()), one.id
        assert said["UNDECIDED"] == UNDECIDED.get(one.id, set()), one.id
        assert said["UNSAT"] == checked.claims.keys() - said["OUTSIDE"] - said["UNDECIDED"]


@pytest.mark.parametrize("identifier", ["lemma-1", "additive-decomposition", "rank-gram", "value-path"])
def test_controls_without_functions_are_refuted_at_exact_points(identifier):
    checked = check_statements([statement(identifier)], ["smt"])[identifier]["smt"]
    assert {each.word for each in checked.controls.values()} == {"REFUTED"}
    assert all(re.search(r"\w = -?\d", each.detail) for each in checked.controls.values())


@pytest.mark.parametrize(
    ("identifier", "name"),
    [("lemma-1", "head"), ("gram-toeplitz", "kernel"), ("rotary-relative", "shift"), ("rank-gram", "distance")],
)
def test_twin_a_claim_that_is_changed_is_no_longer_unsat(cache, identifier, name):
    one = statement(identifier)
    claim = one.claim(name)
    changed = replace(claim, goal=equal(claim.goal.lhs, 2 * claim.goal.rhs + 1))
    assert Judge(one, cache).claim(changed).word in ("REFUTED", "OUTSIDE", "UNDECIDED")


def test_no_false_variant_is_proved_on_any_way(cache):
    for one in statements():
        for control in one.controls:
            claim = one.claim(control.of)
            goal = claim.goal if control.goal is None else control.goal
            kept = tuple(each for each in one.assumed(claim) if each.name not in control.drops)
            if claim.exists is None:
                false = replace(claim, goal=goal, given=kept)
                found = Judge(replace(one, hypotheses=()), cache).claim(false)
                assert found.word in ("REFUTED", "OUTSIDE", "UNDECIDED"), (one.id, control.name, found)


# -- what counts as a yes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("goal", "given"),
    [
        (equal((x + y) ** 2, x**2 + 2 * x * y + y**2), ()),
        (equal(x / y + z / y, (x + z) / y), (differ(y, 0),)),
        (less(x / y, z / y), (less(x, z), positive(y))),
        (equal(sin(2 * x), 2 * sin(x) * cos(x)), ()),
        (equal(cos(3 * x), 4 * cos(x) ** 3 - 3 * cos(x)), ()),
        (equal(exp(x + y) / exp(y), exp(x)), ()),
        (equal(tanh(x), (exp(x) - exp(-x)) / (exp(x) + exp(-x))), ()),
        (equal(sqrt(x**2 * y), x * sqrt(y)), (at_least(x, 0), at_least(y, 0))),
        (equal(summed(sin(w[i]) ** 2, i), summed(1 - cos(w[i]) ** 2, i)), ()),
        (at_least(Dot(P, P), 0), ()),
        (Iff(less(x, y), less(x + z, y + z)), ()),
        (NotAll(equal(x, z), equal(y, z)), (differ(x, y),)),
        (differ(x, 0), (positive(x * x),)),
    ],
)
def test_true_claims_are_unsat(cache, goal, given):
    assert answer(cache, goal, *given).word == "UNSAT"


@pytest.mark.parametrize(
    ("goal", "given"),
    [
        (equal(x / y + z / y, (x + z) / y), ()),
        (equal(sqrt(x**2 * y), x * sqrt(y)), (at_least(x, 0),)),
        (equal((y + z) / sqrt(x), y / sqrt(x) + z / sqrt(x)), ()),
        (equal(latency(x, y, z, 0), y * x / z), (differ(y, 0),)),
        (equal(phase_of_latency(latency(x, y, z, 0), 1, y, z, 0), x), (differ(z, 0),)),  # it cancels
        (equal(summed(w[i] / w[0], i), summed(w[i], i) / w[0]), ()),
    ],
)
def test_a_claim_without_a_value_somewhere_is_undecided(cache, goal, given):
    found = answer(cache, goal, *given)
    assert found.word == "UNDECIDED"
    assert found.detail.startswith("it has a value only where ")


@pytest.mark.parametrize(
    ("goal", "given"),
    [
        (equal((x + y) ** 2, x**2 + y**2), ()),
        (less(x / y, z / y), (less(x, z),)),
        (at_most(x, x * x), ()),
        (Iff(less(x, y), less(x * z, y * z)), ()),
        (NotAll(equal(x, z), equal(y, z)), ()),
        (equal(summed(w[i], i), summed(2 * w[i], i)), (at_least(h, 1),)),
        (equal(Dot(P, Q), Dot(P, P)), ()),
        # True at size 1, or of the first entry alone.
        (equal(summed(w[i] ** 2, i), summed(w[i] ** 3, i)), (equal(summed(w[i], i), 0),)),
        (equal(summed(w[i], i), summed(2 * w[i], i)), (equal(w[0], 0),)),
        (equal(summed(w[i] * w[0], i), summed(w[i] ** 2, i)), ()),
        (equal(summed(x * w[i], i), summed(w[i], i)), (equal(x, h),)),
        (equal(summed(w[i] * i, i), summed(0 * x, i)), ()),
        (equal(Dot(P, P) * Dot(Q, Q), Dot(P, Q) ** 2), ()),
        # Entries are told from symbols whose names look like them.
        (equal(w[0], real("w_0")), ()),
    ],
)
def test_false_claims_are_refuted_by_a_solution_that_exact_arithmetic_confirms(cache, goal, given):
    found = answer(cache, goal, *given)
    assert found.word == "REFUTED"
    assert found.detail.startswith("at ")


@pytest.mark.parametrize(
    ("goal", "given"),
    [(equal(sin(x), 0), ()), (less(exp(x), exp(y)), (less(x, y),)), (equal(sqrt(x), x), (positive(x),))],
)
def test_a_solution_for_variables_in_place_of_functions_says_nothing(cache, goal, given):
    assert answer(cache, goal, *given).word == "OUTSIDE"


@pytest.mark.parametrize("goal", [equal(floor(x), x), equal(cos(pi * x), 1), equal(x ** Rational(1, 3), x)])
def test_what_polynomials_cannot_say_is_outside(cache, goal):
    assert answer(cache, goal).word == "OUTSIDE"


def test_a_proof_from_hypotheses_that_cannot_hold_is_empty(cache):
    found = answer(cache, equal(x, 1), less(x, 0), positive(x))
    assert (found.word, found.detail) == ("UNDECIDED", "it is not known whether the hypotheses can be satisfied")


@pytest.mark.parametrize(("first", "second"), [("unsat", "unknown"), ("unknown", "unsat"), ("unknown", "unknown")])
def test_one_solver_alone_is_no_yes(cache, monkeypatch, first, second):
    monkeypatch.setattr(judging, "z3_says", lambda text, variables=(): solvers.Reply(first, {}))
    monkeypatch.setattr(judging, "cvc5_says", lambda texts: [second for _ in texts])
    assert answer(cache, equal(x + y, y + x)).word == "UNDECIDED"


@pytest.mark.parametrize(("first", "second"), [("unsat", "sat"), ("sat", "unsat")])
def test_solvers_that_contradict_each_other_fail(cache, monkeypatch, first, second):
    monkeypatch.setattr(judging, "z3_says", lambda text, variables=(): solvers.Reply(first, {}))
    monkeypatch.setattr(judging, "cvc5_says", lambda texts: [second for _ in texts])
    assert answer(cache, equal(x + y, y + x)).word == "FAILED"


def test_a_control_that_both_solvers_take_for_true_is_an_alarm(cache):
    control = Control("same", "nothing", of="it", goal=equal(x + y, y + x), witness={"x": 1, "y": 1})
    one = stating(equal(x, x), controls=(control,))
    (checked,) = smt.check_all([one]).values()
    assert checked.controls["same"].word == "UNSAT"
    assert checked.objections == ("control same is accepted by smt",)


def test_values_that_exact_arithmetic_does_not_confirm_are_no_refutation(cache, monkeypatch):
    def lies(text, variables=()):
        return solvers.Reply("sat", {one: Rational(0) for one in variables})

    monkeypatch.setattr(judging, "z3_says", lies)
    monkeypatch.setattr(judging, "cvc5_says", lambda texts: ["sat" for _ in texts])
    assert "does not confirm" in answer(cache, equal(x * y, y * x)).detail


def test_a_solver_that_is_not_installed_is_missing(monkeypatch):
    monkeypatch.setattr(solvers, "find_spec", lambda name: None if name == "cvc5" else name)
    (checked,) = smt.check_all([statement("lemma-1")]).values()
    assert checked.word == "MISSING"
    assert checked.gave_up == ("smt: MISSING: pip install 'phase-latency[smt]'",) * len(checked.claims)


def test_a_solver_that_is_stopped_gives_no_reply_and_none_is_kept(cache, monkeypatch):
    monkeypatch.setattr(judging, "cvc5_says", lambda texts: [])
    assert answer(cache, equal(x + y, y + x)).word == "UNDECIDED"
    monkeypatch.undo()
    assert answer(cache, equal(x + y, y + x)).word == "UNSAT"


@pytest.mark.parametrize("name", ["a b", "a|b", "a!0", "a[0]", "a\\b"])
def test_names_that_could_be_taken_for_others_are_outside(cache, name):
    assert answer(cache, equal(real(name), 0)).word == "OUTSIDE"


def test_questions_are_asked_once(cache, monkeypatch):
    first = answer(cache, equal(x + y, y + x))
    monkeypatch.setattr(judging, "z3_says", None)
    monkeypatch.setattr(judging, "cvc5_says", None)
    assert answer(cache, equal(x + y, y + x)) == first


# -- stages -------------------------------------------------------------------------------------------------------


def test_sums_are_compared_term_by_term_only_if_the_index_itself_says_nothing():
    assert len(list(ways((), equal(summed(w[i], i), summed(w[i] + 0 * x, i))))) == 2
    assert len(list(ways((), equal(summed(w[i] * i, i), summed(w[i], i))))) == 1
    assert len(list(ways((), equal(summed(w[i] * w[0], i), summed(w[i], i))))) == 1
    assert len(list(ways((), equal(summed(w[h - 1 - i], i), summed(w[i], i))))) == 1


def test_equations_on_circles_are_identities():
    c, s = Quotient("c"), Quotient("s")
    square = total([product([c, c]), product([s, s])])
    assert z3_says(f"(not {on_circles(square, Quotient('1.0'), [('c', 's')])})", "c", "s") == "unsat"
    assert on_circles(square, Quotient("2.0"), [("c", "s")]) is None
    assert on_circles(Quotient("c", ("x",)), c, [("c", "s")]) is None


# -- text ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["0", "1", "-3", "2/3", "-7/5"])
def test_constants_are_what_they_say(value):
    number = Rational(value)
    assert z3_says(f"(not (= (* {number.q}.0 {constant(number)}) {constant(Rational(number.p))}))") == "unsat"
    assert Fraction(value) == Fraction(int(number.p), int(number.q))


def test_inequalities_of_quotients_hold_for_negative_denominators_too():
    left, right = Quotient("1.0", ("x",)), Quotient("1.0", ("y",))
    given = "(< x 0.0) (> y 0.0)"
    assert z3_says(f"(and {given} (not {relation('<', left, right)}))", "x", "y") == "unsat"
    assert z3_says(f"(and {given} (not {relation('>', left, right)}))", "x", "y") == "sat"


def test_sizes_and_ranges_are_written_out():
    one, two = stage_queries(Stage((), equal(summed(w[i], i), x), "sum"))
    assert (one.at, two.at) == ("h = 1", "h = 2")
    assert [len(each.variables) for each in (one, two)] == [2, 3]
    assert "(+ |w[0]| |w[1]|)" in two.text


# -- files --------------------------------------------------------------------------------------------------------


def test_exported_questions_have_the_answers_that_they_name(tmp_path):
    paths = export([statement("lemma-1"), statement("gram-toeplitz")], tmp_path / "new")
    assert len(paths) == len(list((tmp_path / "new").iterdir())) > 8
    for path in paths:
        text = path.read_text()
        (expected,) = re.findall(r"\(set-info :status (\w+)\)", text)
        assert expected == ("sat" if "--control-" in path.name else "unsat")
        solver = z3.Solver()
        solver.from_string(text)
        assert str(solver.check()) == expected
        if expected == "unsat":
            asked = re.sub(r"\(set-info.*\)|\(check-sat\)", "", text)
            assert solvers.cvc5_says([asked]) == ["unsat"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ArgumentError, match=r"smt2: got .*expected a folder"):
        export([statement("lemma-1")], tmp_path / "file" / "new")
