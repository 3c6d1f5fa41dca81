"""Whole processes: what importing costs over bare Python, and how long the commands take.

Run with ``pytest property_tests/benchmarks/bench_processes.py --benchmark-enable``.
"""

import subprocess
import sys

import pytest

COMMANDS = {
    "bare python": [sys.executable, "-c", "pass"],
    "import phase_latency": [sys.executable, "-c", "import phase_latency"],
    "prove": [sys.executable, "-m", "phase_latency", "prove", "--quiet"],
    "verify": [sys.executable, "-m", "phase_latency", "verify", "--quiet"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_process(benchmark, name):
    rounds = 3 if name in ("prove", "verify") else 20
    benchmark.pedantic(
        subprocess.run, args=(COMMANDS[name],), kwargs={"check": True, "capture_output": True}, rounds=rounds
    )
