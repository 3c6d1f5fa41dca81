"""The examples run as they are, and print what they promise."""

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from phase_latency.experiments import Configuration, trained
from phase_latency.experiments.similarity import similarities

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "examples"
SCRIPTS = sorted(FOLDER.rglob("*.py"))
TESTS = [script for script in SCRIPTS if script.stem.startswith("test_")]
EXAMPLES = [script for script in SCRIPTS if script not in TESTS]

# By default they train for longer than a test has time.
ARGUMENTS = {
    "paper/copy_task": ["--steps", "20"],
    "paper/length_generalisation": ["--steps", "10"],
    "paper/positional_tasks": ["--length", "8", "--steps", "10"],
}

PROMISED = {
    "check_encoding": [
        r"^rope: FAILS Nothing: shift 1 changes the logits by more than rounding explains$",
        r"^  Shift 1: query e0 at 0, key e0 at 0: 1 -> 0\.292027; deviates by 0\.708, rounding explains ",
        r"^mended: HOLDS Exact: within rounding ",
        r"^with an offset: HOLDS$",
        r"^mended against half-split: equal\nmended against interleaved: permuted$",
    ],
    "live_defects": [
        r"^present  rotary-embedding-torch .*513 distinct, right: 1024 distinct$",
        r"^(present|MISSING)  torchtune ",
    ],
    "prove_lemma": [
        r"^The positional logit scales by the square of the amplitude - DERIVED$",
        r"^  a\^3 in place of a\^2: false, say sympy and ball$",
        r"^The logit scales by \(a b\)\^1 - DERIVED$",
        r"^The logit scales by \(a b\)\^2 - FAILED\n  false at .*a = .*b = ",
    ],
    "measure_encoding": [
        r"^reading 1, re-timed to 1 s +ROUNDING +scale 1$",
        r"^reading 2, amplitude 1/128 +ROUNDING +scale 6\.10352e-05$",
        r"^reading 3, compressed by 128 +VIOLATION ",
        r"^bfloat16: ROUNDING",
        r"^VIOLATION: head 0, query 127, key 127 deviates by",
        r"^length 100000: ROUNDING up to Scale, residual \S+e-17 \(bound ",
        r"^attention weights: 20 of 100000 rows, .* at most in the sample; on average between",
    ],
    "paper/copy_task": [
        r"^copy: the target commutes with 100 of 100 random permutations$",
        r"^offset 1: the target commutes with 0 of 100 random permutations$",
        r"^no encoding at all +\d\.\d{5} +\d+\.\d % +(20|not yet)$",
        r"^frequency-compressed +\d\.\d{5} +\d+\.\d % +(20|not yet)$",
        r"^rank \(a learned table\) +\d\.\d{5} +\d+\.\d % +(20|not yet)$",
    ],
    "paper/length_generalisation": [
        r"^bits per character at +64 +96 +128 +192 ",
        *(
            rf"^{name}( +\d\.\d{{5}}){{4}}$"
            for name in ("no encoding at all", "sinusoidal", "sinusoidal, shuffled", "amplitude 1/64", "RoPE")
        ),
        r"^shuffling the positions changes the error of the sinusoid by \d+\.\d % at most$",
    ],
    "paper/positional_tasks": [
        r"^target +none +sinusoidal +amplitude\(1/8\) +rank ",
        r"^(offset 1|equal 1), .*:\n  the training is too short to say anything: .* not solved it after 10 steps$",
        r"^reversal( +\d+\.\d %){4}$",
        r"^permutation( +\d+\.\d %){4}$",
    ],
    "paper/similarity_figures": [
        r"^similarities depend on the distance alone, up to rounding: off by \de-1[56] of the largest$",
        r"^16256 pairs of 128 positions, width 128$",
    ],
    "property_test_layer": [
        r"^mine: TESTED on 50 random layers$",
        r"^scaled_twice: FAILED on 50 random layers\n  error .*, bound .*, at .*heads=",
    ],
    "recall_sequence": [
        r"^encoding   spikes 0\.288 tau apart are the code: off by \d+e-1[67]$",
        r"^context    the recurrence is the sum over the past: off by (\d+e-1[67]|0e\+00)$",
        r"^retrieval  softmax against the nearest key: off by \S+, bound \S+ \(gap 0\.03\)$",
        r"^storage    a sum store is linear attention: off by \de-1[56]$",
        r"^           a max store is not: it differs by up to 1\.96$",
        r"^recalled   9 of 12 by the machine, 12 of 12 by attention$",
    ],
    "spiking_softmax": [
        r"^softmax +(\[.*\])\nby 5 latencies +\1$",
        r"^the normaliser fires at 2\.342350, certified to \de-1[45]$",
        r"^published constant over 4 layers \d{4,}, sharp 1$",
        r"^worst of 500 networks without inhibition 0\.99\d\d\n +and with it +[2-9]\.",
        r"^monotone: FAILS\ntranslation-equivariant: HOLDS\nnon-expansive: FAILS$",
    ],
    "sweep_encodings": [
        r"^amplitude\(1/64\): \{'ROUNDING': 4\}\ncompressed\(1/64\): \{'VIOLATION': 4\}$",
        r"^16 measured: ",
        r"^16 points; resumed after 5: the same$",
    ],
}


def name_of(script):
    """As it is called in the lists above: its path within the examples, without the suffix."""
    return script.relative_to(FOLDER).with_suffix("").as_posix()


@cache
def printed(name, *arguments):
    """What an example prints; a warning or a word on stderr fails."""
    command = [sys.executable, "-W", "error", str(FOLDER / f"{name}.py"), *ARGUMENTS.get(name, ()), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("name", [name_of(script) for script in EXAMPLES])
def test_an_example_runs_and_prints_what_it_promises(name):
    found = printed(name)
    for promise in PROMISED[name]:
        assert re.search(promise, found, re.M), f"{promise} is not in\n{found}"


def test_every_example_promises_something():
    assert {name_of(script) for script in EXAMPLES} == PROMISED.keys()
    assert ARGUMENTS.keys() <= PROMISED.keys()


# -- those of the paper say what the package says -----------------------------------------------------------------


def figures(text, name):
    """The numbers in the row of that name, as they are printed."""
    row = re.search(rf"^{re.escape(name)} .*$", text, re.M)
    return re.findall(r"\d[\d.e-]*", row.group().removeprefix(name))


def test_similarities_of_the_paper_are_those_of_the_package_and_its_picture_is_drawn(tmp_path):
    text = printed("paper/similarity_figures", "--out", str(tmp_path / "new"))
    found = similarities(128, 128)["readings"]
    for row, reading in (("spike times, by 1/L", "amplitude"), ("compressed, by 1/L", "compressed")):
        own = found[reading]
        expected = [f"{own['pearson']:.4f}", f"{own['spearman']:.4f}", f"{own['slope']:.6g}", f"{own['monotone']:.4f}"]
        assert figures(text, row) == expected
    assert figures(text, "spike times, by 1/L")[:3] == ["1.0000", "1.0000", f"{1 / 128**2:.6g}"]
    assert figures(text, "compressed, by 1/L")[:2] == ["0.7062", "0.9652"]  # of the public figures
    assert (tmp_path / "new" / "similarity.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "new" / "similarity.pdf").read_bytes().startswith(b"%PDF")


def test_losses_of_the_copy_task_of_the_paper_are_those_of_the_package():
    found = trained(Configuration("copy", "none", steps=20, evaluate_every=10).to_task())
    assert figures(printed("paper/copy_task"), "no encoding at all")[0] == f"{found['bits']:.5f}"


def test_lengths_of_the_paper_are_those_of_the_package():
    found = trained(Configuration("copy", "shuffled", steps=10, test_lengths=(64, 192)).to_task())["lengths"]
    first, *_, last = figures(printed("paper/length_generalisation"), "sinusoidal, shuffled")
    assert (first, last) == tuple(f"{found[length]['bits']:.5f}" for length in ("64", "192"))


def result(accuracy, solved=None):
    return {"accuracy": accuracy, "solved": solved}


@pytest.mark.parametrize(
    ("sinusoidal", "amplitude", "said"),
    [
        (result(0.6), result(0.07), "too short to say anything"),
        (result(0.995, 150), result(0.07), r"at step 150; scaled, it does not: 7\.0 % after 200 steps, 6\.0 % without"),
        (result(0.995, 150), result(0.992, 200), "^solved with the amplitude too, at step 200 in place of 150$"),
    ],
)
def test_positional_tasks_of_the_paper_conclude_only_from_what_is_solved(sinusoidal, amplitude, said):
    script = runpy.run_path(str(FOLDER / "paper" / "positional_tasks.py"))
    found = {"sinusoidal": sinusoidal, "amplitude": amplitude, "none": result(0.06)}
    assert re.search(said, script["conclusion"](found, 200))


# -- those that are tests -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", TESTS, ids=lambda path: path.stem)
def test_an_example_of_tests_passes_where_it_is_copied_to(script, tmp_path):
    shutil.copy(script, tmp_path)
    # Other plugins that are installed here are no part of the example.
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "-p phase-latency"}
    command = [sys.executable, "-m", "pytest", "-W", "error", "--phase-latency-report", "found", script.name]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout
    tests = re.findall(r"^def (test_\w+)", script.read_text(), re.M)
    assert f" {len(tests)} passed in " in done.stdout
    found = json.loads((tmp_path / "found" / "report.json").read_text())["tests"]
    assert {test["test"] for test in found} == {f"{script.name}::{name}" for name in tests}
