"""What a check costs: CPU seconds of whole processes, imports included, and against a dense comparison of all logits.

Run with ``pytest property_tests/benchmarks/bench_checks.py --benchmark-enable`` for wall-clock times, or as a program,
``python property_tests/benchmarks/bench_checks.py``, for CPU seconds and the memory that each needs beyond its imports.
"""

import resource
import subprocess
import sys
import time

import pytest
import torch

import phase_latency as pl

ROTARY = "import phase_latency as pl; rotary = pl.Rotary(64); "
PROCESSES = {
    "import": "import phase_latency as pl; pl.check; import torch",
    "full profile, d = 64, L = 256": ROTARY + "pl.check(rotary)",
    "quick profile": ROTARY + "pl.check(rotary, quick=True)",
    "shift at L = 8192": ROTARY + "pl.check(rotary, pl.Claim(pl.Shift()), length=8192)",
    "compare": ROTARY + "pl.compare(rotary, pl.Rotary(64, layout='half-split'))",
}
COUNTED = "import resource; u = resource.getrusage(resource.RUSAGE_SELF); print(u.ru_utime + u.ru_stime, u.ru_maxrss)"


def process(program):
    """CPU seconds and peak memory in MB of a program in a Python of its own."""
    done = subprocess.run([sys.executable, "-c", f"{program}\n{COUNTED}"], capture_output=True, text=True, check=True)
    seconds, kilobytes = done.stdout.split()[-2:]
    return float(seconds), float(kilobytes) / 1024


def dense_shift(length, shift=1000):
    """What tools without a sampling plan do: all logits before and after, and a comparison with a tolerance."""
    rotary, generator = pl.Rotary(64), torch.Generator().manual_seed(0)
    q, k = (torch.randn(length, 64, generator=generator, dtype=torch.float64) for _ in range(2))
    before, after = (
        rotary.apply(q, positions) @ rotary.apply(k, positions).mT
        for positions in (torch.arange(length), shift + torch.arange(length))
    )
    return torch.allclose(before, after)


@pytest.mark.parametrize("name", PROCESSES)
def test_process(benchmark, name):
    benchmark.pedantic(process, args=(PROCESSES[name],), rounds=3)


@pytest.mark.parametrize("length", [256, 1000])
def test_shift_check(benchmark, length):
    benchmark.group = f"L = {length}"
    benchmark(pl.check, pl.Rotary(64), pl.Claim(pl.Shift()), length=length)


@pytest.mark.parametrize("length", [256, 1000])
def test_dense_shift(benchmark, length):
    benchmark.group = f"L = {length}"
    benchmark(dense_shift, length)


def main():
    baseline = process(PROCESSES["import"])
    print(f"{'':36} CPU s   beyond the imports: CPU s   MB")
    for name, program in PROCESSES.items():
        best = min(process(program) for _ in range(3))
        print(f"{name:36} {best[0]:5.2f} {best[0] - baseline[0]:27.2f} {best[1] - baseline[1]:4.0f}")
    started, memory = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    dense_shift(8192)
    used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024
    print(f"{'dense shift at L = 8192':36} {'':5} {time.process_time() - started:27.2f} {used:4.0f}")


if __name__ == "__main__":
    main()
