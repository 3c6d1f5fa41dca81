"""Random correct encodings raise no alarm, and faults are caught: a part of the stored run, repeated."""

import json

import pytest
from confusion_matrix import STORED, Judged, judge_correct, judge_faulty, record, summary

from phase_latency import readme, readme_stored

SEEDS = range(0, 4000, 100)  # 40 of each, spread over the run that README.md counts


@pytest.fixture(scope="module")
def stored():
    return json.loads(STORED.read_text(encoding="utf-8"))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_alarm_for_a_correct_encoding(seed, stored):
    found = judge_correct(seed)
    exceptions = {each["seed"]: each["outcome"] for each in stored["correct"]["exceptions"]}
    assert found.outcome == exceptions.get(seed, "passed"), found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_fault_is_caught(seed, stored):
    found = judge_faulty(seed)
    exceptions = {each["seed"]: each["outcome"] for each in stored["faulty"]["exceptions"]}
    assert found.outcome == exceptions.get(seed, "caught"), found


def test_the_run_is_as_large_and_as_good_as_is_claimed(stored):
    correct, faulty = stored["correct"], stored["faulty"]
    assert correct["cases"] >= 20_000
    assert len(correct["dtypes"]) == 4
    assert not any(each["outcome"] == "refused" for each in correct["exceptions"])
    assert faulty["cases"] >= 5_000
    assert len(faulty["exceptions"]) <= faulty["cases"] / 100


def test_the_tables_in_the_readme_are_fresh(stored):
    path = STORED.parent.parent / "README.md"
    assert readme_stored.stored_confusion(path) == stored
    assert readme.stale(path.read_text(encoding="utf-8"), {"confusion": readme_stored.confusion(stored)}) == []


def test_counts_add_up(stored):
    for part in stored.values():
        counted = [number for outcomes in part["by_kind"].values() for number in outcomes.values()]
        assert sum(counted) == sum(part["dtypes"].values()) == part["cases"]


def test_twin_an_alarm_and_a_miss_are_counted():
    found = {
        "correct": [Judged(0, "rotary", "float64", "passed"), Judged(1, "rotary", "float32", "refused", "Shift")],
        "faulty": [Judged(0, "clamp", "float64", "missed", "clamped")],
    }
    kept = record(found)
    assert kept["correct"]["by_kind"] == {"rotary": {"passed": 1, "refused": 1}}
    assert [each["seed"] for each in kept["correct"]["exceptions"]] == [1]
    assert summary(found["faulty"]) == {"clamp": {"missed": 1}}
    table = readme_stored.confusion(kept)
    assert "| rotary | 2 | 1 | 0 | 1 |" in table
