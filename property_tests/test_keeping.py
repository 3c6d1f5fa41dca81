"""What checkers said is kept: it is neither stale nor can it be forged, and nothing but final answers is."""

from dataclasses import replace

import pytest

from phase_latency.checkers import keeping
from phase_latency.checkers.keeping import kept
from phase_latency.checkers.verdict import Answer, Checked
from phase_latency.ledger.discovery import own_folders, statement

ONE = statement("lemma-1")


class Checker:
    """A checker that counts how often it is asked."""

    def __init__(self, word="CHECKED", control="REFUTED"):
        self.asked = 0
        self.said = Checked("ball", {"claim": Answer(word, "at 2 points")}, {"c": Answer(control)}, ("a note",))

    def __call__(self, one):
        self.asked += 1
        return self.said


@pytest.fixture(autouse=True)
def caches(tmp_path, monkeypatch):
    """A cache that is empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "phase-latency" / "ball"


def test_what_was_said_is_said_again_without_asking():
    ask = Checker()
    for _ in range(2):
        assert kept("ball", "tool 1", [ONE], ask) == {"lemma-1": ask.said}
    assert ask.asked == 1


def test_another_version_of_a_tool_or_another_seed_is_asked_anew():
    ask = Checker()
    for tools, seed in (("tool 1", 0), ("tool 2", 0), ("tool 1", 1)):
        kept("ball", tools, [ONE], ask, seed)
    assert ask.asked == 3


@pytest.mark.parametrize("package", ["", "proofs", "ledger/rules", "checkers/smt"])
def test_one_character_of_any_module_makes_all_that_was_said_stale(tmp_path, monkeypatch, package):
    copy = tmp_path / "copy" / package
    copy.mkdir(parents=True)
    (copy / "module.py").write_text("x = 1")
    monkeypatch.setattr(keeping, "own_folders", lambda: (tmp_path / "copy",))
    ask = Checker()
    kept("ball", "", [ONE], ask)
    kept("ball", "", [ONE], ask)
    (copy / "module.py").write_text("x = 2")
    kept("ball", "", [ONE], ask)
    assert ask.asked == 2


def test_the_modules_are_those_of_the_package_and_of_its_proofs():
    package, proofs = own_folders()
    assert all((package / name).exists() for name in ("checkers/ball/points.py", "ledger/proof.py", "formulas.py"))
    assert (proofs / "lemma_1.py").exists()


def test_an_edited_entry_counts_as_none(caches):
    ask = Checker()
    kept("ball", "", [ONE], ask)
    (entry,) = caches.glob("*.json")
    entry.write_text(entry.read_text().replace("at 2 points", "at 9 points"))
    assert kept("ball", "", [ONE], ask) == {"lemma-1": ask.said}
    assert ask.asked == 2


def test_a_statement_that_is_not_the_packages_own_is_always_asked_about():
    ask = Checker()
    for _ in range(2):
        kept("ball", "", [replace(ONE, claims=ONE.claims[:1])], ask)
    assert ask.asked == 2


@pytest.mark.parametrize(
    ("word", "control"),
    [
        *((word, "REFUTED") for word in ("UNDECIDED", "FAILED", "MISSING", "REFUTED")),
        *(("CHECKED", word) for word in ("FAILED", "MISSING", "CHECKED", "UNSAT")),
    ],
)
def test_an_answer_that_is_not_final_is_not_kept(caches, word, control):
    kept("ball", "", [ONE], Checker(word, control))
    assert list(caches.glob("*.json")) == []
