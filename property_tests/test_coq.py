"""The theorems of proofs/coq: they compile, nothing is assumed, and each proves the claim as the ledger states it."""

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from sympy import Integer

from phase_latency.checkers.coq import (
    OutsideFragmentError,
    assumptions,
    claim_proposition,
    coq_name,
    proposition,
    stated,
    tied,
)
from phase_latency.ledger import statement, statements
from phase_latency.ledger.statement import Hypothesis
from phase_latency.ledger.terms import at_least, equal, index, integer, less, real, sequence, total

SOURCES = Path(__file__).resolve().parent.parent / "proofs" / "coq"
ORDER = ("Defs", "Sums", "Trig", "Softmax", "Rank", "Main")  # of compilation
CLAIMS = [(one, claim) for one in statements() for claim in one.claims]
# All inherited from the real numbers of Coq's standard library.
AXIOMS = {
    "ClassicalDedekindReals.sig_not_dec",
    "ClassicalDedekindReals.sig_forall_dec",
    "FunctionalExtensionality.functional_extensionality_dep",
    "Classical_Prop.classic",
}
FORBIDDEN = re.compile(r"\b(Admitted|admit|Axiom|Axioms|Parameter|Parameters|Conjecture|Hypothesis|Variable|Unset)\b")

x, y, w = real("x"), real("y"), sequence("w")
k, h = integer("k"), integer("h")
i = index("i", h)


def compiled(name, folder):
    """What Coq says of a file, and whether it accepts it."""
    done = subprocess.run(["coqc", f"{name}.v"], cwd=folder, capture_output=True, text=True, timeout=300)
    return done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A copy of the theorems, compiled; Coq is a program of its own, which may be missing, but not where CI runs."""
    if shutil.which("coqc") is None:
        if os.environ.get("CI"):
            pytest.fail("Coq is missing; run `apt-get install coq`")
        pytest.skip("Coq is MISSING; run `apt-get install coq`")
    folder = tmp_path_factory.mktemp("coq")
    for name in ORDER:
        shutil.copy(SOURCES / f"{name}.v", folder)
        accepted, said = compiled(name, folder)
        assert accepted, said
    (folder / "Stated.v").write_text(stated(CLAIMS))
    accepted, said = compiled("Stated", folder)
    assert accepted, said
    return folder


# -- the theorems -----------------------------------------------------------------------------------------------------


def test_all_files_are_compiled():
    assert {path.stem for path in SOURCES.glob("*.v")} == set(ORDER)


@pytest.mark.parametrize("name", ORDER)
def test_nothing_is_assumed_in_the_sources(name):
    text = re.sub(r"\(\*.*?\*\)", "", (SOURCES / f"{name}.v").read_text(), flags=re.S)
    assert FORBIDDEN.search(text) is None
    assert max(map(len, (SOURCES / f"{name}.v").read_text().splitlines())) <= 120


def test_every_claim_has_a_theorem_and_every_theorem_a_claim():
    theorems = re.findall(r"^Theorem (\w+) :", (SOURCES / "Main.v").read_text(), re.M)
    assert theorems == [coq_name(one, claim.name) for one, claim in CLAIMS]


def test_every_theorem_proves_the_claim_as_the_ledger_states_it(built):
    (built / "Tied.v").write_text(tied(CLAIMS))
    accepted, said = compiled("Tied", built)
    assert accepted, said


def test_the_theorems_rest_on_the_axioms_of_the_real_numbers_alone(built):
    (built / "Assumptions.v").write_text(assumptions(CLAIMS))
    accepted, said = compiled("Assumptions", built)
    assert accepted, said
    assert set(re.findall(r"^([\w.]+)\s*:", said, re.M)) - {"Axioms"} == AXIOMS


def test_twin_an_axiom_of_our_own_is_seen(built):
    (built / "Twin.v").write_text("Axiom easy : 1 = 2.\nLemma wrong : 1 = 2. Proof easy.\nPrint Assumptions wrong.\n")
    accepted, said = compiled("Twin", built)
    assert accepted
    assert "easy" in said


@pytest.mark.parametrize(
    ("identifier", "name"),
    [("lemma-1", "head"), ("rank-gram", "distance"), ("compression-discriminability", "at-most")],
)
def test_twin_a_statement_that_is_changed_is_no_longer_tied(built, identifier, name):
    one = statement(identifier)
    claim = one.claim(name)
    goal = type(claim.goal)(claim.goal.lhs, 2 * claim.goal.rhs + 1, evaluate=False)
    changed = [(one, replace(claim, goal=goal))]
    for file, text in (("Stated", stated(changed)), ("Tied", tied(changed))):
        text = text.replace("Require Import Main Stated", "Require Import Main Changed").replace("Stated.", "Changed.")
        (built / f"{'Changed' if file == 'Stated' else 'ChangedTied'}.v").write_text(text)
    assert compiled("Changed", built)[0]
    accepted, said = compiled("ChangedTied", built)
    assert not accepted
    assert "has type" in said or "Unable to unify" in said


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


def test_no_two_claims_have_one_name_and_all_are_in_the_fragment():
    names = [coq_name(one, claim.name) for one, claim in CLAIMS]
    names += [coq_name(one, control.name, negated=True) for one in statements() for control in one.controls]
    assert len(set(names)) == len(names)
    assert all(claim_proposition(*one) for one in CLAIMS)
