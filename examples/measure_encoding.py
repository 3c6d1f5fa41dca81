"""Use 2: measure an encoding against another: is what is left over rounding, or a violation?

The three readings of "phase to latency" at 128 positions, a table in half precision, a function of your own, and a long
table that is never in memory as a whole.
"""

import torch

import phase_latency as pl
from phase_latency.numerics.encodings import encoding_bound

POSITIONS = torch.arange(128)


def three_readings() -> None:
    """Re-timing and amplitude are invariances up to scale; frequency compression is none."""
    encoding = pl.Sinusoidal(dim=128)
    readings = {
        "1, re-timed to 1 s": pl.Retimed(encoding, pl.LatencyMap(window=1.0, length=128)),
        "2, amplitude 1/128": pl.Scaled(encoding, 1 / 128),
        "3, compressed by 128": pl.Compressed(encoding, 1 / 128),
    }
    for name, reading in readings.items():
        # How far float64 may be off: sines of phases up to 127 radians, some of them computed through seconds.
        errors = {"error_P": encoding_bound(encoding, POSITIONS), "error_Q": encoding_bound(reading, POSITIONS)}
        found = pl.measure(encoding(POSITIONS), reading(POSITIONS), **errors)
        print(f"reading {name:20}  {found.verdict:9}  scale {found.scale.value:.6g}")


def half_precision() -> None:
    """What storing both tables in bfloat16 rounds off is charged for, so it is no violation."""
    encoding = pl.Sinusoidal(dim=64)
    scaled = pl.Scaled(encoding, 1 / 100)
    found = pl.measure(encoding(POSITIONS, torch.bfloat16), scaled(POSITIONS, torch.bfloat16))
    print(
        f"bfloat16: {found.verdict}, residual {found.residual.value:.1e}, rounding explains {found.residual.bound:.1e}"
    )


def of_your_own() -> None:
    """Any rows will do; these grow with position, so no single scale fits, and the worst entry shows it."""
    rows = pl.Sinusoidal(dim=64)(POSITIONS)
    found = pl.measure(rows, rows * (1 + POSITIONS.double()[:, None] / 1000))
    print(found)


def at_any_length() -> None:
    """Encodings are evaluated block by block, and no matrix of all logits is formed; what is sampled says so."""
    encoding, length = pl.Sinusoidal(dim=32), 100_000
    tables = (pl.EncodingSource(each, length) for each in (encoding, pl.Scaled(encoding, 1 / 1000)))
    found = pl.measure(*tables, budget=2**21)
    weights = found.plain
    print(f"length {length}: {found.verdict} up to {found.invariance}, residual {found.residual}")
    print(f"attention weights: {weights.measured} of {weights.rows} rows, {weights.total_variation}")


if __name__ == "__main__":
    three_readings()
    half_precision()
    of_your_own()
    at_any_length()
