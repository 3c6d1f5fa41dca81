"""The examples run as they are, and print what they promise."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))

PROMISED = {
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
    ],
    "property_test_layer": [
        r"^mine: TESTED on 50 random layers$",
        r"^scaled_twice: FAILED on 50 random layers\n  error .*, bound .*, at .*heads=",
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
