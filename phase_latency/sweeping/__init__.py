"""Measuring over a grid: encodings x lengths x widths x dtypes x seeds, one row of figures for each point."""

from phase_latency.sweeping.grids import Grid as Grid
from phase_latency.sweeping.sweeps import sweep as sweep
