"""The benchmark of the measuring room: what is stored is whole and in README.md, and its tools see what they should."""

import json

import pytest
import torch
from bench_measure import LENGTHS, MEMORY_OF, MIDDLE, STORED, growth, least_seconds, limits, peak_megabytes, record
from measuring_tools import DIM, FAULT, JOBS, TOOLS, Said, tools_for

from phase_latency import readme, readme_stored
from phase_latency.errors import ArgumentError

LENGTH = 192
CASES = [(job, tool) for job in JOBS for tool in tools_for(job, LENGTH)]


@pytest.fixture(scope="module")
def stored():
    return json.loads(STORED.read_text(encoding="utf-8"))


# -- the tools --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("job", "tool"), CASES)
def test_no_tool_raises_an_alarm_where_the_relation_holds(job, tool):
    said = TOOLS[tool].run(JOBS[job](LENGTH))
    assert not said.seen
    assert said.bound is None or said.value <= said.bound


@pytest.mark.parametrize(
    ("job", "tool"), [(job, tool) for job in JOBS for tool in ("exact", "worst")] + [("scale", "automatic")]
)
def test_the_fault_is_seen(job, tool):
    assert TOOLS[tool].run(JOBS[job](LENGTH).faulty()).seen


@pytest.mark.parametrize("job", JOBS)
def test_default_tolerances_do_not_see_the_fault_but_see_a_large_one(job):
    faulty = JOBS[job](LENGTH).faulty()
    for tool in set(tools_for(job, LENGTH)) & {"assert_close", "e3nn"}:
        assert not TOOLS[tool].run(faulty).seen
    faulty.keys[1][:, :2] *= 1.001
    for tool in set(tools_for(job, LENGTH)) & {"assert_close", "e3nn"}:
        assert TOOLS[tool].run(faulty).seen


@pytest.mark.parametrize("job", JOBS)
def test_the_logits_agree_up_to_the_factor_that_tools_are_told(job):
    before, after = JOBS[job](LENGTH).logits()
    left = after / JOBS[job](LENGTH).factor - before
    assert float(left.abs().max()) <= DIM * torch.finfo(torch.float64).eps * float(before.abs().max())


def test_the_fault_is_in_one_channel_of_the_second_table():
    correct, faulty = (JOBS["shift"](LENGTH) for _ in range(2))
    faulty.faulty()
    assert torch.equal(faulty.keys[1][:, 2:], correct.keys[1][:, 2:])
    assert torch.equal(faulty.keys[1][:, :2], correct.keys[1][:, :2] * FAULT)
    assert all(torch.equal(*both) for both in zip(faulty.queries, correct.queries, strict=True))


def test_tools_that_form_all_logits_stop_where_memory_would():
    short, long = tools_for("scale", MIDDLE), tools_for("scale", 2 * MIDDLE)
    assert {"dense", "assert_close"} <= set(short) - set(long)


def test_twin_a_tool_that_raises_an_alarm_is_noticed():
    job = JOBS["scale"](LENGTH)
    job.queries[1][5] += 1.0
    assert TOOLS["automatic"].run(job).seen
    assert Said(1.0, float("inf"), False).to_dict() == {"value": 1.0, "bound": None, "seen": False}


# -- what is measured -------------------------------------------------------------------------------------------------


def test_memory_is_that_of_the_run_alone():
    held = [torch.ones(2**22)]  # 16 MB before it, which does not count
    assert peak_megabytes(lambda: None) < 8
    assert 60 < peak_megabytes(lambda: held.append(torch.ones(2**24).sum())) < 80  # 64 MB, given back in the run


def test_the_fastest_run_counts():
    seconds, repeats, found = least_seconds(lambda: sum(range(10_000)), enough=0.01)
    assert 0 <= seconds <= 0.01
    assert repeats >= 2
    assert found == sum(range(10_000))


def cells(exponent, **others):
    """Cells of a tool whose time grows so, with its memory and share of the peak."""
    sizes = [length for length in LENGTHS if length >= MIDDLE]
    return [
        {"job": "scale", "length": length, "seconds": 1e-6 * length**exponent, "megabytes": 10, "peak_share": 0.5}
        | others
        for length in sizes
    ]


@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.0])
def test_growth_is_the_exponent(exponent):
    assert growth(cells(exponent, tool="gram"))["scale"]["gram"] == pytest.approx(exponent)
    assert growth(cells(exponent, tool="gram")[1:]) == {}


def test_limits_are_reached_or_missed():
    good = {each["what"]: each["reached"] for each in limits(cells(1.0, tool="gram"))}
    bad = {each["what"]: each["reached"] for each in limits(cells(2.0, tool="gram", megabytes=101, peak_share=0.4))}
    names = ["growth", "CPU seconds at 1M", "MB beyond the tables at 1M", "share of the GEMM peak at 1M"]
    assert all(good[f"gram: {name}"] and not bad[f"gram: {name}"] for name in names)
    assert not good["gram: times as fast as dense at 16k"]  # dense was not measured
    dense = cells(1.0, tool="dense", seconds=60.0)
    with_dense = {each["what"]: each for each in limits(cells(1.0, tool="gram", seconds=1.0) + dense)}
    assert with_dense["gram: times as fast as dense at 16k"]["reached"]


# -- the stored run ---------------------------------------------------------------------------------------------------


def test_the_stored_run_is_whole(stored):
    measured = {(cell["job"], cell["tool"], cell["length"]): cell for cell in stored["cells"]}
    found = {(each["job"], each["tool"], each["length"]) for each in stored["findings"]}
    expected = {
        (job, tool, length)
        for length in LENGTHS
        for job in JOBS
        for tool in [*tools_for(job, length), *(["e3nn"] if length <= MIDDLE else [])]
    }
    assert set(measured) == found == expected
    assert all(cell["seconds"] > 0 and cell["repeats"] >= 1 for cell in measured.values())
    assert all(cell["megabytes"] >= 0 for key, cell in measured.items() if (key[0], key[2]) in MEMORY_OF)
    assert all(0 < cell["peak_share"] < 1 for cell in measured.values() if cell["peak_share"] is not None)
    assert stored["dim"] == DIM
    assert stored["tools"] == {name: tool.title for name, tool in TOOLS.items()}


def test_growth_and_limits_follow_from_the_cells(stored):
    for job, exponents in growth(stored["cells"]).items():
        assert exponents == pytest.approx(stored["growth"][job])
    found = limits(stored["cells"])
    assert [each["value"] for each in found] == pytest.approx([each["value"] for each in stored["limits"]])
    assert [each | {"value": 0} for each in found] == [each | {"value": 0} for each in stored["limits"]]


def test_what_was_said_in_the_stored_run_is_what_the_room_promises(stored):
    for each in stored["findings"]:
        assert not each["correct"]["seen"], each
        if each["tool"] in ("assert_close", "e3nn"):
            assert not each["faulty"]["seen"], each
        elif each["tool"] in ("automatic", "exact") and each["length"] >= MIDDLE and each["faulty"] is not None:
            assert each["faulty"]["seen"], each


def test_the_table_in_the_readme_is_fresh(stored):
    path = STORED.parent.parent.parent / "README.md"
    assert readme_stored.stored_benchmark(path) == stored
    assert readme.stale(path.read_text(encoding="utf-8"), {"benchmark": readme_stored.benchmark(stored)}) == []


def test_twin_another_time_makes_the_readme_stale(stored):
    path = STORED.parent.parent.parent / "README.md"
    stored["cells"][0]["seconds"] *= 2
    text = path.read_text(encoding="utf-8")
    assert readme.stale(text, {"benchmark": readme_stored.benchmark(stored)}) == ["benchmark"]
    stored["cells"][0]["seconds"] /= 2


def test_a_missing_run_says_how_to_make_one(tmp_path):
    with pytest.raises(ArgumentError, match=r"run `python property_tests/benchmarks/bench_measure.py`"):
        readme_stored.stored_benchmark(tmp_path / "README.md")


def test_a_record_of_tiny_sizes_makes_tables():
    parts = [{"gemm_gigaflops": 1.0, "cells": cells(1.0, tool="gram", gigaflops=1.0), "findings": []}]
    parts[0]["findings"] = [
        {
            "job": "scale",
            "tool": "gram",
            "length": MIDDLE,
            "correct": Said(1e-16, 2e-16, False).to_dict(),
            "faulty": None,
        }
    ]
    text = readme_stored.benchmark(record(parts, {("scale", "gram", MIDDLE): 12.4}))
    first, last = text.split("\n\n")[0], text.split("\n\n")[-1]
    assert "| 0.016 | 0.066 | 0.26 | 1 |" in first
    assert "| 1 | 0.5 | 12 |" in first
    assert "1e-16 ± 2e-16: passes" in last
