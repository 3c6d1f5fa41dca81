"""Use 3: measure over a grid: which encodings keep their logits up to a scale, at which lengths and in which dtypes?

The grid is measured twice: once to the end, and once from a journal that a crash has cut off.
"""

import tempfile
from collections import Counter
from pathlib import Path

from phase_latency.sweeping import Grid, sweep
from phase_latency.sweeping.sweep_table import sweep_table
from phase_latency.tables import plain_text

# Both ends of a range count: seeds 0 and 1 draw two random heads.
GRID = Grid(
    ("sinusoidal", "amplitude(1/64)", "compressed(1/64)"),
    {"length": "2^4:2^5", "dim": 16, "dtype": ["float64", "bfloat16"], "seed": "0:1"},
)


def verdicts() -> None:
    """Amplitude is an invariance up to scale for every head; compression is none."""
    rows = sweep(GRID)  # jobs=2 measures in two processes, cluster="tcp://..." on a cluster; the rows are the same
    for encoding in GRID.encodings[1:]:
        found = Counter(row["verdict"] for row in rows if row["encoding"] == encoding and row["dtype"] == "float64")
        print(f"{encoding}: {dict(found)}")
    print(plain_text(sweep_table(rows)).splitlines()[-1])


def resumed(folder: Path) -> None:
    """A sweep that was cut off goes on from its journal and writes the same file."""
    whole, cut = folder / "whole.csv", folder / "cut.csv"
    sweep(GRID, out=whole)
    lines = Path(f"{whole}.journal").read_text().splitlines(keepends=True)
    Path(f"{cut}.journal").write_text("".join(lines[:6]))
    sweep(GRID, out=cut, resume=True)
    print(
        f"{len(lines) - 1} points; resumed after 5: {'the same' if cut.read_text() == whole.read_text() else 'other'}"
    )


if __name__ == "__main__":
    verdicts()
    with tempfile.TemporaryDirectory() as folder:
        resumed(Path(folder))
