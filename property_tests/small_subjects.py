"""Small encodings under check, written by hand: right ones, and ones with a bug that users have met.

Every factory returns a `Subject` whose `source` builds it again, so that the snippets of witnesses run.
"""

import functools
from dataclasses import replace

import encoding_formulas as formulas
import torch

from phase_latency.adapters.subject import Subject

LENGTH = 32  # positions of a sequence, so that a check takes a second or less
HEADS = 4


def _with_source(factory):
    """Give a subject the lines that build it again."""

    @functools.wraps(factory)
    def with_source(**options):
        given = ", ".join(f"{name}={value!r}" for name, value in options.items())
        lines = ("import torch", f"from small_subjects import {factory.__name__}")
        source = "\n".join([*lines, f"encoding = {factory.__name__}({given})"])
        return replace(factory(**options), source=source)

    return with_source


# -- rotary -----------------------------------------------------------------------------------------------------------


@_with_source
def rotary(dim=4, base=100.0, layout="interleaved", swap=None, angles=torch.float64, result=None, floats=False):
    """RoPE; with a `swap` of another layout than its angles, the bug of mixed layouts."""
    rates = formulas.frequencies(base, dim // 2)

    def rotate(x, positions):
        rows = formulas.rotation_rows(rates, positions, layout=layout, angle_dtype=angles)
        turned = formulas.turned(x, rows.to(x.dtype), swap or layout)
        return turned if result is None else turned.to(result)

    return Subject.rotary(lambda: rotate, name="rotary", dim=dim, float_positions=floats)


@_with_source
def xpos(dim=4, base=100.0, angles=torch.float64, floats=False):
    """RoPE whose queries decay as its keys grow."""
    rates = formulas.frequencies(base, dim // 2)

    def turn(queries, keys, positions):
        both = (
            formulas.decaying_rows(rates, positions, layout="interleaved", angle_dtype=angles, sign=sign)
            for sign in (1, -1)
        )
        q, k = (rows.to(queries.dtype) for rows in both)
        return formulas.turned(queries, q, "interleaved"), formulas.turned(keys, k, "interleaved")

    return Subject.rotary_pair(lambda: turn, name="xPos", dim=dim, float_positions=floats)


@_with_source
def window_index(dim=4):
    """The offset of the call is ignored: the index in the call is encoded, not the position."""
    rates = formulas.frequencies(100.0, dim // 2)

    def rotate(x, positions):
        index = torch.arange(len(positions))
        return formulas.turned(x, formulas.rotation_rows(rates, index, layout="interleaved").to(x.dtype), "interleaved")

    return Subject.rotary(lambda: rotate, name="offset ignored", dim=dim, contiguous=True)


@_with_source
def blind(dim=4):
    """The position does not reach the result."""
    return Subject.rotary(lambda: lambda x, positions: x.clone(), name="blind", dim=dim)


@_with_source
def stale_cache(dim=4):
    """Rows are cached by length alone, in the dtype of whoever called first."""
    rates = formulas.frequencies(100.0, dim // 2)

    def build():
        cache = {}

        def rotate(x, positions):
            count = int(positions.max()) + 1
            if count > cache.get("count", 0):
                dtype = torch.float32 if x.dtype == torch.float64 else x.dtype
                rows = formulas.rotation_rows(rates, torch.arange(count), layout="interleaved", angle_dtype=dtype)
                cache.update(count=count, rows=rows)
            return formulas.turned(x, cache["rows"][positions].to(x.dtype), "interleaved")

        return rotate

    return Subject.rotary(build, name="stale cache", dim=dim, max_length=4096)


# -- additive ---------------------------------------------------------------------------------------------------------


@_with_source
def sinusoid(dim=4, base=100.0, layout="interleaved", angles=torch.float64, result=None, floats=False):
    """Sines and cosines."""
    rates = formulas.frequencies(base, dim // 2)

    def encode(positions):
        rows = formulas.sinusoid_rows(rates, positions, layout=layout, angle_dtype=angles)
        return rows if result is None else rows.to(result)

    return Subject.additive(lambda: encode, name="sinusoid", float_positions=floats)


@_with_source
def next_cosine(dim=4):
    """The cosine of each channel has the frequency of the next one."""
    rates = formulas.frequencies(100.0, dim // 2 + 1)

    def encode(positions):
        theta = formulas.angles(positions, rates, torch.float64)
        return torch.stack((theta[:, :-1].sin(), theta[:, 1:].cos()), -1).flatten(1)

    return Subject.additive(lambda: encode, name="next cosine")


@_with_source
def clamped(dim=4, last=40):
    """Positions beyond the last known one are encoded as that one."""
    rates = formulas.frequencies(100.0, dim // 2)

    def encode(positions):
        return formulas.sinusoid_rows(rates, positions.clamp(max=last), layout="interleaved")

    return Subject.additive(lambda: encode, name="clamped")


@_with_source
def learned(rows=64, dim=4, padding=False):
    """A learned table; with a row of zeros at 0 for the padding."""
    table = torch.randn(rows, dim, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    if padding:
        table[0] = 0
    return Subject.additive(lambda: lambda p: formulas.table_rows(table, p), name="learned", max_length=rows)


@_with_source
def not_a_number(at=37):
    """NaN at one position."""

    def encode(positions):
        rows = formulas.sinusoid_rows(formulas.frequencies(100.0, 2), positions, layout="interleaved")
        return torch.where(positions[:, None] == at, torch.nan, rows)

    return Subject.additive(lambda: encode, name="not a number")


@_with_source
def proportional():
    """The position itself, in one column: 0 at 0, and no shift invariance at all."""
    return Subject.additive(lambda: lambda p: p.double()[:, None] / 64, name="p/64", float_positions=True)


# -- bias -------------------------------------------------------------------------------------------------------------


@_with_source
def alibi(form="distance", angles=torch.float64, result=None, mask=None):
    """ALiBi by distance, or in rows, ``slope n``, which equals it under a causal mask up to a constant in each row."""
    slope = formulas.slopes(HEADS)

    def bias(queries, keys):
        made = formulas.distance_bias if form == "distance" else formulas.row_bias
        values = made(slope, queries, keys, angle_dtype=angles)
        return values if result is None else values.to(result)

    return Subject.bias(lambda: bias, name=f"ALiBi {form}", mask=mask)


@_with_source
def buckets(bidirectional=True):
    """T5's learned values by bucket of the distance."""
    values = torch.randn(32, HEADS, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    def bias(queries, keys):
        return formulas.bucket_bias(values, queries, keys, bidirectional=bidirectional)

    return Subject.bias(lambda: bias, name="T5")
