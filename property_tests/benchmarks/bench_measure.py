"""What measuring two encodings costs and sees: ours, dense torch, `torch.testing.assert_close` and e3nn.

    python property_tests/benchmarks/bench_measure.py

prints the tables of README.md and stores what they are made of. CPU seconds are of one thread, the least of repeats,
all tools in one process for each job and length. Memory is that of a process of its own for each tool, beyond the
tables of the job. It needs Linux, 12 GB, and the extra `bench` for e3nn.

``pytest property_tests/benchmarks/bench_measure.py --benchmark-enable`` measures wall-clock times at one length.
"""

import argparse
import ctypes
import importlib.metadata
import importlib.util
import json
import math
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest
import torch
from measuring_tools import DIM, FAULT, JOB_NAMES, JOBS, TOOLS, tools_for

import phase_latency as pl
from phase_latency import readme_stored

LENGTHS = tuple(2**power for power in range(10, 21, 2))
MIDDLE, LONGEST = 2**14, 2**20  # what limits are about
MEMORY_OF = (("scale", MIDDLE), ("shift", MIDDLE), ("scale", LONGEST))
STORED = Path(__file__).with_name("measured.json")


# -- measuring in one process -----------------------------------------------------------------------------------------


def least_seconds(run: Callable[[], Any], enough: float = 0.5) -> tuple[float, int, Any]:
    """CPU seconds of the fastest of some runs, their number, and what the last one returned.

    There are as many as take `enough` seconds, and more than one unless it takes very long.
    """
    times: list[float] = []
    while sum(times) < (enough if len(times) > 1 else 20 * enough) and len(times) < 50:
        started = time.process_time()
        found = run()
        times.append(time.process_time() - started)
    return min(times), len(times), found


def gemm_gigaflops() -> float:
    """Speed of a product of two float64 matrices of 1024 x 1024."""
    first, second = torch.ones(2, 1024, 1024, dtype=torch.float64)
    product = torch.empty_like(first)
    seconds, _, _ = least_seconds(lambda: torch.mm(first, second, out=product))
    return 2 * 1024**3 / seconds / 1e9


def time_tools(job_name: str, length: int) -> dict[str, Any]:
    """Time all tools on a job, and keep what they say of it without and with the fault."""
    torch.set_num_threads(1)
    job = JOBS[job_name](length)
    peak, cells, found = gemm_gigaflops(), [], []
    for name in tools_for(job_name, length):
        tool = TOOLS[name]
        seconds, repeats, said = least_seconds(lambda tool=tool: tool.run(job))
        cell = {"job": job_name, "tool": name, "length": length, "seconds": seconds, "repeats": repeats}
        operations = None if tool.operations is None else tool.operations(job)
        cells.append(cell | {"gigaflops": None if operations is None else operations / seconds / 1e9})
        found.append({"job": job_name, "tool": name, "length": length, "correct": said.to_dict()})
    peak = max(peak, gemm_gigaflops())
    for cell in cells:
        cell["peak_share"] = None if cell["gigaflops"] is None else cell["gigaflops"] / peak
    job = job.faulty()
    for each in found:
        tool = each["tool"]
        # A table that is generated cannot be given the fault; longer ones are for what users get.
        tried = tool != "generated" and (length <= MIDDLE or tool == "automatic")
        each["faulty"] = TOOLS[tool].run(job).to_dict() if tried else None
    return {"gemm_gigaflops": peak, "cells": cells, "findings": found}


def extra_megabytes(job_name: str, tool: str, length: int) -> float:
    """Most memory that a tool holds beyond the tables of a job, in a process that has done nothing else."""
    torch.set_num_threads(1)
    TOOLS[tool].run(JOBS[job_name](64))  # what it imports, and the workspace of the products, are not of this job
    job = JOBS[job_name](length)
    return peak_megabytes(lambda: TOOLS[tool].run(job))


def peak_megabytes(run: Callable[[], Any]) -> float:
    """Most memory during a run, beyond what is resident before it.

    The kernel's own high-water mark, which `resource.getrusage` reads too, is set back to what is resident: a process
    inherits that of its parent. Memory that was freed goes back to the kernel first; a run could use it unseen.
    """
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    before = _kilobytes("VmRSS")
    run()
    return (_kilobytes("VmHWM") - before) / 1024


def _kilobytes(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


# -- putting together -------------------------------------------------------------------------------------------------


def growth(cells: Iterable[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Exponent of the length in the time, by job and tool, from 16k on, if there are four lengths at least."""
    by_tool: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for cell in cells:
        if cell["length"] >= MIDDLE:
            point = math.log(cell["length"]), math.log(cell["seconds"])
            by_tool.setdefault((cell["job"], cell["tool"]), []).append(point)
    found: dict[str, dict[str, float]] = {}
    for (job, tool), points in by_tool.items():
        if len(points) >= 4:
            found.setdefault(job, {})[tool] = float(np.polyfit(*zip(*points, strict=True), 1)[0])
    return found


def limits(cells: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the measuring room has to reach on the job `scale`, and whether it does."""
    cells = [cell for cell in cells if cell["job"] == "scale"]
    at = {(cell["tool"], cell["length"]): cell for cell in cells}
    exponents = growth(cells).get("scale", {})

    def of(tool: str, length: int, what: str) -> float | None:
        return at.get((tool, length), {}).get(what)

    found = []
    for tool, ratio in (("triangular", 25), ("gram", 60), ("toeplitz", 200)):
        times = quotient(of("dense", MIDDLE, "seconds"), of(tool, MIDDLE, "seconds"))
        found.append(limit(f"{tool}: times as fast as dense at 16k", times, ">=", ratio))
    for tool in ("measure", "automatic", "triangular", "gram", "exact", "toeplitz", "generated"):
        for length, name in ((MIDDLE, "16k"), (LONGEST, "1M")):
            found.append(limit(f"{tool}: MB beyond the tables at {name}", of(tool, length, "megabytes"), "<=", 100))
        most = 25 if tool == "generated" else 20
        found.append(limit(f"{tool}: CPU seconds at 1M", of(tool, LONGEST, "seconds"), "<=", most))
        found.append(limit(f"{tool}: growth", exponents.get(tool), "<=", 1.1))
    for tool, share in (("triangular", 0.25), ("gram", 0.5)):
        found.append(limit(f"{tool}: share of the GEMM peak at 1M", of(tool, LONGEST, "peak_share"), ">=", share))
    each = quotient(of("weights", MIDDLE, "seconds"), MIDDLE**2 * 1e-9)
    found.append(limit("weights: ns for each logit at 16k", each, "<=", 80))
    found.append(limit("weights: MB beyond the tables at 16k", of("weights", MIDDLE, "megabytes"), "<=", 100))
    return found


def quotient(first: float | None, second: float | None) -> float | None:
    """What was measured divided by what was measured; None if one was not."""
    return None if first is None or second is None else first / second


def limit(what: str, value: float | None, relation: str, bound: float) -> dict[str, Any]:
    """One limit; what was not measured does not reach it."""
    reached = value is not None and (value >= bound if relation == ">=" else value <= bound)
    return {"what": what, "value": value, "limit": f"{relation} {bound:g}", "reached": reached}


def record(parts: Sequence[dict[str, Any]], memory: dict[tuple[str, str, int], float]) -> dict[str, Any]:
    """What is stored."""
    cells = [cell for part in parts for cell in part["cells"]]
    for cell in cells:
        cell["megabytes"] = memory.get((cell["job"], cell["tool"], cell["length"]))
    return {
        "dim": DIM,
        "fault": FAULT - 1,
        "jobs": JOB_NAMES,
        "tools": {name: tool.title for name, tool in TOOLS.items()},
        "environment": environment(),
        "gemm_gigaflops": [min(part["gemm_gigaflops"] for part in parts), max(p["gemm_gigaflops"] for p in parts)],
        "cells": cells,
        "growth": growth(cells),
        "findings": [each for part in parts for each in part["findings"]],
        "limits": limits(cells),
    }


def environment() -> dict[str, Any]:
    """Where it was measured."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "phase_latency": pl.__version__,
        "torch": torch.__version__,
        "e3nn": importlib.metadata.version("e3nn") if importlib.util.find_spec("e3nn") else None,
        "python": platform.python_version(),
        "processor": models[0].partition(":")[2].strip() if models else platform.machine(),
        "processors": os.cpu_count(),
        "load_average": os.getloadavg()[2],
    }


def child(*arguments: str | int) -> Any:
    """What this program prints as JSON in a process of its own."""
    command = [sys.executable, __file__, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--longest", type=int, default=LENGTHS[-1])
    parser.add_argument("--out", type=Path, default=STORED)
    steps = parser.add_subparsers(dest="step", help="what a process of its own does; for the program itself")
    for step in ("time", "memory"):
        one = steps.add_parser(step)
        for name, kind in (("job", str), *((("tool", str),) if step == "memory" else ()), ("length", int)):
            one.add_argument(name, type=kind)
    options = parser.parse_args()
    if options.step == "time":
        print(json.dumps(time_tools(options.job, options.length)))
    elif options.step == "memory":
        print(extra_megabytes(options.job, options.tool, options.length))
    else:
        measure_all([length for length in LENGTHS if length <= options.longest], options.out)


def measure_all(lengths: Sequence[int], out: Path) -> None:
    """Measure every cell, store what is there after each step, and print."""
    parts, memory = [], {}
    for length in lengths:
        for job in JOBS:
            print(f"{job}, {length} positions; load average {os.getloadavg()[0]:.2f}", file=sys.stderr)
            parts.append(child("time", job, length))
            for tool in tools_for(job, length) if (job, length) in MEMORY_OF else ():
                memory[job, tool, length] = child("memory", job, tool, length)
            stored = record(parts, memory)
            out.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    print(readme_stored.benchmark(stored))
    for each in stored["limits"]:
        value = "not measured" if each["value"] is None else f"{each['value']:.3g}"
        print(f"{'PASS' if each['reached'] else 'MISS'}  {each['what']}: {value} ({each['limit']})")
    print(json.dumps(stored["environment"] | {"gemm_gigaflops": stored["gemm_gigaflops"]}))


@pytest.mark.parametrize(("job", "tool"), [(job, tool) for job in JOBS for tool in tools_for(job, 4096)])
def test_tool(benchmark, job, tool):
    benchmark.group = f"{job} at 4096 positions"
    benchmark(TOOLS[tool].run, JOBS[job](4096))


if __name__ == "__main__":
    main()
