"""The theorems of proofs/coq: Coq accepts them, nothing is assumed, and each proves what the ledger states."""

import os
import shutil
from dataclasses import replace

import pytest
from coq_groups import theorems_of
from sympy import Integer, Rational, S, acos, sqrt
from typer.testing import CliRunner

from phase_latency import cli
from phase_latency.checkers import cache, check_statements, coq
from phase_latency.checkers.coq import building, toolchain
from phase_latency.checkers.coq.points import at_point
from phase_latency.checkers.coq.printer import OutsideFragmentError, coq_name, proposition
from phase_latency.checkers.coq.sources import SOURCES, Sources, sources, without_comments
from phase_latency.checkers.coq.ties import Tie, claim_tie, stated
from phase_latency.errors import PhaseLatencyError
from phase_latency.ledger import statement, statements
from phase_latency.ledger.statement import Hypothesis
from phase_latency.ledger.terms import at_least, equal, index, integer, less, real, sequence, total

# All inherited from the real numbers of Coq's standard library.
AXIOMS = {
    "ClassicalDedekindReals.sig_not_dec",
    "ClassicalDedekindReals.sig_forall_dec",
    "FunctionalExtensionality.functional_extensionality_dep",
    "Classical_Prop.classic",
}
HEADER = "Require Import Defs.\nFrom Coq Require Import Reals Lra.\nOpen Scope R_scope.\n"
DOUBLE = "Theorem double : forall x : R, x + x = 2 * x.\nProof. intros; lra. Qed.\n"
TIE = Tie("double", "forall (x : R),\n  x + x = 2 * x")

x, y, w = real("x"), real("y"), sequence("w")
k, h = integer("k"), integer("h")
i = index("i", h)


@pytest.fixture(scope="module")
def coqc():
    """Coq is a program of its own, which may be missing, but not where CI runs."""
    if shutil.which("coqc") is None:
        if os.environ.get("CI"):
            pytest.fail("Coq is missing; run `apt-get install coq`")
        pytest.skip("Coq is MISSING; run `apt-get install coq`")


@pytest.fixture
def caches(tmp_path, monkeypatch):
    """A folder for caches that is empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "phase-latency" / "coq"


def small(main=DOUBLE, axioms=AXIOMS):
    """Sources that compile in a second."""
    return Sources({"Defs": sources().files["Defs"], "Main": HEADER + main}, frozenset(axioms))


# -- the theorems -------------------------------------------------------------------------------------------------


def test_every_claim_is_proved_and_every_refutation_accepted(coqc):
    found = check_statements(statements(), ["coq"])
    for one in statements():
        checked = found[one.id]["coq"]
        assert {answer.word for answer in checked.claims.values()} == {"PROVED"}, one.id
        assert set(checked.refused) == checked.controls.keys(), one.id
        (axioms,) = checked.notes
        assert set(axioms.removeprefix("axioms: ").split(", ")) == AXIOMS


def test_every_theorem_belongs_to_a_claim_or_control():
    claims = {coq_name(one, claim.name) for one in statements() for claim in one.claims}
    controls = {coq_name(one, control.name, negated=True) for one in statements() for control in one.controls}
    assert sources().theorems == claims | controls


def test_no_two_theorems_have_one_name():
    names = [coq_name(one, claim.name) for one in statements() for claim in one.claims]
    names += [coq_name(one, control.name, negated=True) for one in statements() for control in one.controls]
    assert len(set(names)) == len(names)


def test_nothing_is_assumed_in_the_sources_and_the_axioms_are_those_of_the_reals():
    theorems = sources()
    assert list(theorems.faults()) == []
    assert theorems.axioms == AXIOMS
    assert max(len(line) for text in theorems.files.values() for line in text.splitlines()) <= 120


def test_the_golden_file_says_what_is_proved():
    assert (SOURCES / "statements.expected").read_text() == stated(coq.all_ties(sources(), statements())), (
        "a statement has changed; look at the difference after `python -m phase_latency.checkers.coq --write`"
    )


# -- what is refused ----------------------------------------------------------------------------------------------


def test_twin_a_statement_that_is_changed_is_no_longer_proved(coqc):
    changed = []
    for identifier, name in (
        ("lemma-1", "head"),
        ("rank-gram", "distance"),
        ("compression-discriminability", "at-most"),
    ):
        one = statement(identifier)
        claim = one.claim(name)
        goal = type(claim.goal)(claim.goal.lhs, 2 * claim.goal.rhs + 1, evaluate=False)
        changed.append(claim_tie(one, replace(claim, goal=goal)))
    unchanged = claim_tie(statement("lemma-1"), statement("lemma-1").claim("bilinear"))
    theorems = theorems_of("B_lemma_1", "D_compression", "E_rank")
    built = building.build(theorems, [changed[0], unchanged, *changed[1:]])
    assert built.failed.keys() == {tie.name for tie in changed}
    assert all(why.startswith("the theorem says something else") for why in built.failed.values())


def test_a_refutation_that_says_something_else_is_objected_to(caches, monkeypatch):
    failing = {coq_name(statement("lemma-1"), "cube", negated=True): "the theorem says something else"}
    monkeypatch.setattr(coq, "version", lambda: "8.16.1")
    monkeypatch.setattr(coq, "build", lambda theorems, ties: building.Built(failing, ()))
    (checked,) = coq.check_all([statement("lemma-1")]).values()
    assert checked.objections == ("control cube: coq: FAILED: the theorem says something else",)
    assert "cube" not in checked.refused


def test_a_theorem_that_fails_takes_no_other_with_it(coqc):
    main = DOUBLE + DOUBLE.replace("double", "twice") + DOUBLE.replace("double", "thrice")
    wrong = [replace(TIE, name=name, text="forall (x : R),\n  x + x = x") for name in ("twice", "thrice")]
    built = building.build(small(main), [wrong[0], TIE, wrong[1]])
    assert set(built.failed) == {"twice", "thrice"}


def test_a_claim_without_theorem_fails_if_coq_knows_the_statement(caches, monkeypatch):
    monkeypatch.setattr(coq, "version", lambda: "8.16.1")
    monkeypatch.setattr(coq, "build", lambda theorems, ties: building.Built({}, ()))
    one = statement("lemma-1")
    renamed = replace(one, claims=(replace(one.claims[0], name="renamed"),), controls=())
    (checked,) = coq.check_all([renamed]).values()
    assert checked.claims["renamed"].word == "FAILED"
    assert checked.claims["renamed"].detail == "there is no theorem lemma_1__renamed"
    assert not checked.ok


@pytest.mark.parametrize(
    ("main", "said"),
    [
        (DOUBLE.replace("lra. Qed", "lra. Admitted"), "Main.v, line 5: Admitted"),
        ("Axiom easy : 1 = 2.\n" + DOUBLE, "Main.v, line 4: Axiom"),
        ("Local Unset Guard Checking.\n" + DOUBLE, "Main.v, line 4: Unset"),
        (DOUBLE.replace("= 2 * x", "= 3 * x"), "Main.v does not compile: File"),
    ],
)
def test_sources_that_assume_or_do_not_compile_are_refused(coqc, main, said):
    with pytest.raises(building.BuildError, match=said):
        building.build(small(main), [TIE])


def test_an_axiom_that_is_not_expected_is_refused(coqc):
    with pytest.raises(building.BuildError, match=r"not expected: ClassicalDedekindReals\.sig_forall_dec"):
        building.build(small(axioms=AXIOMS - {"ClassicalDedekindReals.sig_forall_dec"}), [TIE])


def test_an_axiom_is_seen_even_where_the_text_does_not_show_it(coqc, monkeypatch):
    monkeypatch.setattr(Sources, "faults", lambda self: iter(()))
    main = "Axiom easy : forall x : R, x + x = 2 * x.\n" + DOUBLE.replace("intros; lra", "exact easy")
    with pytest.raises(building.BuildError, match=r"not expected: Main\.easy|not expected: easy"):
        building.build(small(main), [TIE])


def test_a_check_that_is_switched_off_is_seen_even_where_the_text_does_not_show_it(coqc, monkeypatch):
    monkeypatch.setattr(Sources, "faults", lambda self: iter(()))
    main = """Local Unset Guard Checking.
Fixpoint anything (n : nat) : forall x : R, x + x = 2 * x := anything n.
Theorem double : forall x : R, x + x = 2 * x.
Proof. exact (anything 0). Qed.
"""
    with pytest.raises(building.BuildError, match=r"something is assumed that is no axiom: .*anything"):
        building.build(small(main), [TIE])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a (* Admitted (* Axiom *) admit *) b", "a  b"),
        ('a "(*" Admitted "*)" b', "a  Admitted  b"),
        ("a (* \n *) b", "a \n b"),
        ('a (* " *) " *) b', "a  b"),
        ("a (* never closed Admitted", "a "),
    ],
)
def test_comments_hide_words_and_nothing_else_does(text, left):
    assert without_comments(text) == left


def test_a_claim_of_existence_is_proved_at_the_very_point_that_the_ledger_names():
    tie = claim_tie(statement("sinusoidal-kernel-not-monotone"), statement("sinusoidal-kernel-not-monotone").claims[0])
    assert tie.text.startswith("let h : nat := 32%nat in\n  let w : sequence := fun i => match i with | 0%nat => 1 | ")
    assert "| 1%nat => Rpower 10 (7 / 8) / 10 |" in tie.text
    assert "| 31%nat => Rpower 10 (1 / 8) / 10000 |" in tie.text
    assert tie.where == "at the point that is named"


@pytest.mark.parametrize(
    ("h", "lower", "upper", "root"),
    [
        (32, 4, 5, 805192776),  # it falls
        (32, 6, 5, 805192776),  # the other way round
        (32, 5, 6, 805192775),  # of another root
        (64, 11, 12, 805192776),
    ],
)
def test_a_kernel_that_does_not_rise_by_what_is_computed_is_not_proved_to(coqc, h, lower, upper, root):
    main = (
        "Require Import Kernels.\nFrom Coq Require Import ZArith.\n"
        f"Lemma it : rises {h} {lower} {upper} {root} = true.\nProof. vm_compute; reflexivity. Qed.\n"
    )
    files = {name: sources().files[name] for name in ("Defs", "Kernels")}
    with pytest.raises(building.BuildError, match=r'Unable to unify "true" with "false"'):
        building.build(Sources({**files, "Main": main}, frozenset(AXIOMS)), [])


def test_a_point_at_which_a_variable_has_no_value_is_outside():
    one = statement("sinusoidal-kernel-not-monotone")
    claim = replace(one.claims[0], exists={"h": 1})
    with pytest.raises(OutsideFragmentError, match="w has no value"):
        claim_tie(one, claim)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (integer("x"), -2, "(-2)%Z"),
        (real("x"), Rational(-1, 2), "- (1 / 2)"),
        (real("x"), sqrt(10) / 10, "sqrt 10 / 10"),
        (real("x"), acos(Rational(3, 5)), "acos (3 / 5)"),
    ],
)
def test_values_are_said_exactly(kind, value, text):
    assert f" := {text} in" in at_point((), less(0, kind), {"x": S(value)})


# -- the tool -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "detail"),
    [
        (None, "apt-get install coq"),
        ("echo 8.18.0 4.14", "apt-get install coq, version 8.16; coqc is 8.18.0"),
        ("echo 8.160 4.14", "apt-get install coq, version 8.16; coqc is 8.160"),
        ("exit 1", "apt-get install coq, version 8.16; coqc is broken"),
    ],
)
def test_coq_absent_or_of_another_version_is_missing(tmp_path, monkeypatch, script, detail):
    if script:
        (tmp_path / "coqc").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "coqc").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = CliRunner().invoke(cli.app, ["prove", "lemma-1", "--checker", "coq"], standalone_mode=False)
    assert found.return_value == 3
    assert f"coq: MISSING: {detail}" in found.stderr.splitlines()
    (checked,) = coq.check_all([statement("lemma-1")]).values()
    assert checked.word == "MISSING"
    assert {answer.word for answer in checked.controls.values()} <= {"MISSING", "OUTSIDE"}


def test_a_build_without_end_is_undecided(coqc, caches, monkeypatch):
    monkeypatch.setattr(toolchain, "_PATIENCE", 1e-3)
    monkeypatch.setattr(coq, "version", lambda: "8.16.1")
    (checked,) = coq.check_all([statement("lemma-1")]).values()
    assert checked.word == "UNDECIDED"
    assert "no end within" in checked.claims["head"].detail


def test_a_build_leaves_nothing_behind(coqc, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = sorted(SOURCES.iterdir())
    assert building.build(small(), [TIE]).failed == {}
    assert list(tmp_path.iterdir()) == []
    assert sorted(SOURCES.iterdir()) == before


# -- the cache ----------------------------------------------------------------------------------------------------


@pytest.fixture
def builds(caches, monkeypatch):
    """How often Coq has been run, in a list."""
    calls = []

    def build(theorems, ties):
        calls.append(ties)
        return building.Built({}, ("a",))

    monkeypatch.setattr(coq, "build", build)
    return calls


def test_a_build_is_kept_until_one_character_changes(builds):
    assert coq._built("8.16.1", small(), [TIE]) == coq._built("8.16.1", small(), [TIE])
    assert len(builds) == 1
    coq._built("8.16.1", small(DOUBLE.replace("x + x", "x +  x")), [TIE])
    coq._built("8.16.1", small(), [replace(TIE, text=TIE.text + " ")])
    coq._built("8.16.1", small(axioms=()), [TIE])
    coq._built("8.16.2", small(), [TIE])
    assert len(builds) == 5


def test_an_entry_that_is_edited_counts_as_none(builds, caches):
    coq._built("8.16.1", small(), [TIE])
    (entry,) = caches.glob("*.json")
    whole = entry.read_text()
    for damaged in (whole.replace('"a"', '"b"'), whole[:-1], "", "[]", "null"):
        entry.write_text(damaged)
        assert coq._built("8.16.1", small(), [TIE]).axioms == ("a",)
    assert len(builds) == 6


def test_an_entry_does_not_survive_a_change_of_our_own_code(tmp_path, caches):
    (tmp_path / "code.py").write_text("1")
    cache.Cache("coq", tmp_path).put("content", [1])
    assert cache.Cache("coq", tmp_path).get("content") == [1]
    (tmp_path / "code.py").write_text("2")
    assert cache.Cache("coq", tmp_path).get("content") is None


def test_what_failed_is_not_kept(caches, monkeypatch):
    monkeypatch.setattr(coq, "build", lambda theorems, ties: building.Built({"double": "no"}, ()))
    coq._built("8.16.1", small(), [TIE])
    assert list(caches.glob("*.json")) == []


def test_a_cache_that_cannot_be_written_is_said(coqc, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(PhaseLatencyError) as problem:
        coq.check_all([statement("lemma-1")])
    assert problem.value.exit_code == 3
    assert "set XDG_CACHE_HOME to a folder that can" in str(problem.value)


# -- the printer ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("goal", "text"),
    [
        (less(x, y / 2), "forall (x y : R),\n  x < y / 2"),
        (equal(-x - y, 0), "forall (x y : R),\n  - x - y = 0"),
        (equal((x + y) ** 2 / x, x * (y - 1)), "forall (x y : R),\n  (x + y) ^ 2 / x = x * (y - 1)"),
        (less(k, 2), "forall (k : Z),\n  IZR k < 2"),
        (equal(total(w[i] * h, i), 0), "forall (h : nat) (w : sequence),\n  total h (fun i => INR h * w i) = 0"),
        (less(w[i], 1), "forall (h : nat) (w : sequence),\n  (forall i : nat, (i < h)%nat -> w i < 1)"),
    ],
)
def test_propositions_are_printed_as_they_are_read(goal, text):
    assert proposition((), goal) == text


def test_hypotheses_come_before_the_goal():
    assumed = (Hypothesis("size", at_least(h, 1)), Hypothesis("each", less(w[i], x)))
    printed = proposition(assumed, less(x, 2))
    assert printed.splitlines()[1:] == ["  INR h >= 1 ->", "  (forall i : nat, (i < h)%nat -> w i < x) ->", "  x < 2"]


@pytest.mark.parametrize("goal", [equal(x ** (Integer(1) / 3), y), less(total(w[i + k], i), 1)])
def test_what_is_outside_the_fragment_is_said(goal):
    with pytest.raises(OutsideFragmentError):
        proposition((), goal)


def test_all_claims_are_in_the_fragment():
    assert all(claim_tie(one, claim).text for one in statements() for claim in one.claims)
