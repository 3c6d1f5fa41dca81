"""Check an encoding of your own, and let a comparison say what is wrong with it.

The rotary encoding below has a mistake that is often made: it interleaves its angles and swaps half-split.

    python examples/check_encoding.py
    phase-latency check examples/check_encoding.py:rope
    phase-latency compare examples/check_encoding.py:mended rotary
"""

import torch

import phase_latency as pl
from phase_latency.adapters import Subject


def rope(x, positions):
    """Turn x, (batch, heads, length, dim), by its positions, (length,)."""
    angle = positions[:, None] * rates(x.shape[-1])
    cosine, sine = (f(angle).repeat_interleave(2, -1) for f in (torch.cos, torch.sin))
    first, second = x.chunk(2, -1)
    return x * cosine + torch.cat((-second, first), -1) * sine


def mended(x, positions):
    """The same with its angles in two halves, like its swap."""
    angle = positions[:, None] * rates(x.shape[-1])
    cosine, sine = (f(angle).repeat(1, 2) for f in (torch.cos, torch.sin))
    first, second = x.chunk(2, -1)
    return x * cosine + torch.cat((-second, first), -1) * sine


def rates(dim):
    return 10000.0 ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)


def an_adapter():
    """What `check` cannot find out by itself is said once: here a class that wants an offset, not positions."""

    class Rope:
        def __call__(self, x, offset):
            return mended(x, offset + torch.arange(x.shape[-2]))

    def build():  # a fresh one for every evaluation, so that no cache can hide
        turn = Rope()
        return lambda x, positions: turn(x, offset=int(positions[0]))

    return Subject.rotary(build, name="Rope with an offset", dim=64, contiguous=True)


def main():
    for encoding in (rope, mended):
        shift = pl.check(encoding)["Shift"]
        print(f"{encoding.__name__}: {shift.verdict} {shift.invariance}: {shift.reason}")
        if shift.witness is not None:
            print(f"  {shift.witness}")

    claim = pl.Claim(under=pl.Shift(), up_to=pl.Exact())
    print("with an offset:", pl.check(an_adapter(), claim)["Shift"].verdict)

    for layout in ("half-split", "interleaved"):
        found = pl.compare(mended, pl.Rotary(64, layout=layout))
        print(f"mended against {layout}: {found.relation}")


if __name__ == "__main__":
    main()
