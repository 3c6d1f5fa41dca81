"""Mutants: no checker accepts a false one, true ones have derivations, and the stored score is that of the code."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import pytest
from coq_groups import theorems_of
from mutation_score import STORED, counts, score_of
from sympy import Idx, Integer, Ne, Rational, cos, pi, sin

from phase_latency import readme, readme_stored
from phase_latency.checkers import smt
from phase_latency.checkers.cache import Cache
from phase_latency.checkers.coq.printer import OutsideFragmentError, proposition
from phase_latency.checkers.smt.judging import Judge
from phase_latency.ledger.discovery import statement, statements
from phase_latency.ledger.domains import CLOSED
from phase_latency.ledger.evaluation import truth
from phase_latency.ledger.models import Model
from phase_latency.ledger.terms import NotAll, equal, less, real, total
from phase_latency.mutation import by_hand, score
from phase_latency.mutation.derivations import derivation_of, derives
from phase_latency.mutation.judging import judged_by_coq, said_to_coq
from phase_latency.mutation.mutants import Mutant, mutants
from phase_latency.mutation.operators import changes
from phase_latency.mutation.truth import fails, simple_values, truth_of

REPEATED = ("phase-latency-affine", "lemma-1", "rank-gram")  # statements whose score is computed again
KINDS = {"operator", "edge", "sign", "exponent", "constant", "index", "bound", "function", "quantifier", "hypothesis"}


@pytest.fixture(scope="module")
def stored():
    return readme_stored.stored_mutation(STORED.parent.parent / "README.md")


@cache
def mutants_of(identifier) -> tuple[Mutant, ...]:
    return tuple(mutants(statement(identifier)))


def mutant_of(identifier, suffix) -> Mutant:
    return next(each for each in mutants_of(identifier) if each.id.endswith(suffix))


# -- the score ------------------------------------------------------------------------------------------------


def test_there_are_many_of_every_kind_and_of_every_statement(stored):
    false = [each for each in stored if each["is"] == "false"]
    assert len(false) >= 200
    assert {each["mutant"].split("/")[2].partition("@")[0] for each in stored} == KINDS
    assert {each["mutant"].partition("/")[0] for each in false} == {each.id for each in statements()}


def test_no_false_mutant_is_accepted_and_no_true_one_refuted(stored):
    for each in stored:
        if each["is"] == "false":
            assert "accepted" not in each["verdicts"].values(), each
        if each["is"] == "true":
            assert "refuted" not in each["verdicts"].values(), each
            assert each["because"].startswith("by "), each


def test_sympy_and_coq_accept_nothing_that_is_not_known_to_be_true(stored):
    for each in stored:
        if each["is"] != "true":
            assert each["verdicts"]["sympy"] != "accepted", each
            assert each["verdicts"]["coq"] != "accepted", each


def test_the_stored_mutants_are_those_of_the_ledger(stored):
    assert [each["mutant"] for each in stored] == [each.id for one in statements() for each in mutants_of(one.id)]


@pytest.mark.parametrize("identifier", REPEATED)
def test_the_stored_score_is_that_of_the_code(identifier, stored):
    kept = {each["mutant"]: each for each in stored if each["mutant"].startswith(f"{identifier}/")}
    for found, _ in score_of(identifier):
        by_coq = {"coq": kept[found["mutant"]]["verdicts"]["coq"]}
        assert {**found, "verdicts": {**found["verdicts"], **by_coq}} == kept[found["mutant"]]


def test_the_stored_counts_are_those_of_the_mutants(stored):
    assert json.loads(score.STORED.read_text(encoding="utf-8")) == counts(stored)
    whole = score.joined(score.score_of(one) for one in statements())
    assert whole == score.counted(stored)
    assert whole.refuted_by_any == whole.false
    assert set(whole.accepted.values()) == {0}


def test_a_statement_that_is_not_the_packages_own_has_no_score():
    assert score.score_of(replace(statement("lemma-1"), title="another")) is None


def test_the_tables_in_the_readme_are_fresh(stored):
    path = STORED.parent.parent / "README.md"
    assert readme.stale(path.read_text(encoding="utf-8"), {"mutation": readme_stored.mutation(stored)}) == []


# -- how it is made -------------------------------------------------------------------------------------------


def test_ids_are_distinct():
    for one in statements():
        ids = [each.id for each in mutants_of(one.id)]
        assert len(ids) == len(set(ids))


def test_a_mutant_changes_the_claim():
    for each in (each for one in statements() for each in mutants_of(one.id)):
        assert each.goal != each.of.goal or each.drops or each.of.exists is not None, each.id


def test_every_place_of_a_term_is_changed():
    x, y = real("x"), real("y")
    found = {str(change.goal) for change in changes(less(x + 2, sin(y)))}
    assert {"x + 2 > sin(y)", "x + 2 <= sin(y)", "2 - x < sin(y)", "2*x < sin(y)", "x + 3 < sin(y)"} <= found
    assert {"x + 2 < cos(y)", "y + 2 < sin(y)", "x**2 + 2 < sin(y)", "x + 2 < sin(x)"} <= found


def test_a_point_at_which_a_mutant_fails_is_admitted_by_its_hypotheses():
    changed = mutant_of("lemma-1-order", "strict/edge@1.1")
    known = truth_of(changed)
    assert known.holds is False
    assert fails(changed, known.point) == "false"


def test_a_hypothesis_that_gives_a_value_is_missed():
    known = truth_of(mutant_of("phase-latency-affine", "phase/hypothesis@window"))
    assert known.holds is False
    assert known.because.startswith("no value at ")


def test_a_true_mutant_has_a_derivation():
    changed = mutant_of("phase-latency-order", "wrapped-if/edge@1")
    assert derives(changed)
    assert truth_of(changed).because == "by the derivation of the claim itself"


def test_a_hypothesis_that_others_imply_is_not_missed():
    known = truth_of(mutant_of("rank-gram", "distance/hypothesis@m-last"))
    assert known.because == "by the derivation of the claim itself: m-last follows from n-last and apart"


@pytest.mark.parametrize("identifier", sorted(by_hand.derivations()))
def test_a_derivation_written_by_hand_is_used_and_goes_through(identifier):
    changed = mutant_of(identifier.partition("/")[0], identifier)
    steps = by_hand.derivations()[identifier](changed.goal)
    assert derivation_of(changed) == f"by {', '.join(dict.fromkeys(step.rule for step in steps))}"
    assert not derives(changed)


def test_a_lemma_that_is_not_derived_is_not_cited(monkeypatch):
    (identifier,) = (one for one in by_hand.lemmas() if one.startswith("softmax-perturbation/one-norm/"))
    changed, (lemma,) = mutant_of("softmax-perturbation", identifier), by_hand.lemmas()[identifier]
    false = replace(lemma, given=lemma.given[:-1])  # without the hypothesis that there is no range
    monkeypatch.setattr(by_hand, "lemmas", lambda: {identifier: (false,)})
    assert derivation_of(changed) == ""


@pytest.mark.parametrize("identifier", sorted(by_hand.points()))
def test_a_point_written_by_hand_is_one_at_which_the_mutant_is_false(identifier):
    point = Model(by_hand.points()[identifier])
    assert fails(mutant_of(identifier.partition("/")[0], identifier), point) == "false"


def test_twin_a_false_mutant_has_none():
    assert not derives(mutant_of("lemma-1", "head/exponent@1.0.0"))


def test_a_claim_of_existence_is_not_derived_for_all_values_by_its_witness():
    (changed,) = (each for each in mutants_of("rotary-layout") if each.kind == "quantifier")
    assert not derives(changed)


def test_simple_values_are_of_the_shapes_that_the_symbols_have():
    claim = statement("lemma-1").claim("head")
    values = simple_values([claim.goal], Random(0))
    assert len(values["W_Q"]) == values["d"]
    assert {len(row) for row in values["W_Q"]} == {values["d_k"]}


# -- what mutants have brought to light -----------------------------------------------------------------------


def test_solvers_do_not_take_an_inequation_for_an_equation(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    changed = mutant_of("query-bias-breaks-scale", "no-scale/operator@2.0")
    assert isinstance(changed.goal, NotAll)
    assert Ne in map(type, changed.goal.args)
    judge = Judge(changed.mutated, Cache("smt", Path(smt.__file__).parent))
    assert judge.claim(changed.claim).word in {"REFUTED", "UNDECIDED"}


def test_a_sum_that_is_zero_is_neither_positive_nor_negative():
    one = statement("gram-toeplitz")
    point = Model({"delta": -11, "h": 3, "p": 2, "q": 2, "w": {0: Rational(10, 3), 1: Rational(-6, 5), 2: 2}})
    assert truth(one.claim("shift").goal, point, CLOSED) is not False


def test_a_zero_in_sines_is_left_open_and_a_difference_is_not():
    assert CLOSED.sign(cos(2) - 1 + 2 * sin(1) ** 2) is None
    assert CLOSED.sign(cos(3) - cos(1)) == -1
    assert CLOSED.sign(pi - Integer(3)) == 1


def test_a_square_in_a_table_is_told_from_its_root():
    changed = mutant_of("rank-gram", "gram/exponent@1.0.1")
    assert Judge(changed.mutated, Cache("smt", Path(smt.__file__).parent)).claim(changed.claim).word != "UNSAT"


def test_coq_accepts_a_claim_that_is_not_changed_and_no_false_one():
    claim = statement("lemma-1").claim("head")
    unchanged = Mutant(statement("lemma-1"), claim, "operator", "nowhere", "nothing", claim.goal)
    false = mutant_of("lemma-1", "head/exponent@1.0.0")
    verdicts = judged_by_coq([unchanged, false], theorems_of("B_lemma_1", "Values"), {})
    assert verdicts == {unchanged.id: "accepted", false.id: "undecided"}


def test_coq_refutes_a_false_mutant_at_a_point_and_a_true_one_at_none():
    false, true = mutant_of("lemma-1", "head/exponent@1.0.0"), mutant_of("phase-latency-order", "wrapped-if/edge@1")
    points = {false.id: said_to_coq(false, truth_of(false).points), true.id: ["2%Z 0%Z 1%Z 1"]}
    theorems = theorems_of("A_isomorphism", "B_lemma_1", "Values")
    assert judged_by_coq([false, true], theorems, points) == {false.id: "refuted", true.id: "undecided"}


def test_the_floor_of_coq_is_that_of_the_definitions():
    changed = mutant_of("phase-latency-order", "turn-is-reached/function@0.0")
    assert "Defs.floor (2 * PI / w)" in proposition(changed.hypotheses, changed.goal)


def test_a_sum_over_another_range_is_outside_the_words_of_coq():
    j = Idx("j", (1, 2))
    with pytest.raises(OutsideFragmentError):
        proposition((), equal(total(j, j), 3))
