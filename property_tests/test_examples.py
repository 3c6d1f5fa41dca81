"""The examples run as they are, and print what they promise."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = sorted((ROOT / "examples").glob("*.py"))
TESTS = [script for script in SCRIPTS if script.stem.startswith("test_")]
EXAMPLES = [script for script in SCRIPTS if script not in TESTS]

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


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_and_prints_what_it_promises(script):
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for promise in PROMISED[script.stem]:
        assert re.search(promise, done.stdout, re.M), f"{promise} is not in\n{done.stdout}"


def test_every_example_promises_something():
    assert {script.stem for script in EXAMPLES} == PROMISED.keys()


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
