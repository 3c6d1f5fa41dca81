"""Encodings in plain torch, as libraries write them: the parts of the catalogue and of the generated encodings.

A formula takes parameters and positions and returns rows in the dtype that it computes in; casting comes last and is
left to the caller. Shapes: L positions, h channels, H heads.
"""

import math

import torch


def frequencies(base, channels):
    """(h,) float64, radians per position: ``base ** (-i/h)``."""
    return float(base) ** (-torch.arange(channels, dtype=torch.float64) / channels)


def yarn_frequencies(base, channels, stretch, trained):
    """YaRN: channels that turn often within the trained length are kept, those that do not turn once are stretched."""
    plain = frequencies(base, channels)
    kept = ((trained * plain / (2 * torch.pi) - 1) / 31).clamp(0, 1)
    return kept * plain + (1 - kept) * plain / stretch


def angles(positions, rates, angle_dtype):
    """(L, h) radians, multiplied in `angle_dtype`."""
    return positions.to(angle_dtype)[:, None] * rates.to(angle_dtype)


def spread(channels, layout):
    """(L, h) to (L, 2h): one value for both coordinates of a channel."""
    return channels.repeat_interleave(2, -1) if layout == "interleaved" else torch.cat((channels, channels), -1)


def swapped(x, layout, sign=-1):
    """Each pair of coordinates (x, y) as (-y, x)."""
    if layout == "interleaved":
        return torch.stack((sign * x[..., 1::2], x[..., 0::2]), -1).flatten(-2)
    first, second = x.chunk(2, -1)
    return torch.cat((sign * second, first), -1)


def rotation_rows(rates, positions, *, layout, angle_dtype=torch.float64, factor=1.0):
    """(L, 4h): cosines, then sines, each spread over the coordinates."""
    theta = spread(angles(positions, rates, angle_dtype), layout)
    return factor * torch.cat((theta.cos(), theta.sin()), -1)


def decaying_rows(rates, positions, *, layout, angle_dtype=torch.float64, sign=1, reach=512.0, centred=True):
    """xPos: rotations times a decay for queries, its inverse for keys; centring on the call keeps it moderate."""
    rows = rotation_rows(rates, positions, layout=layout, angle_dtype=angle_dtype)
    channels = torch.arange(len(rates), dtype=torch.float64) / len(rates)
    decay = spread(((channels + 0.4) / 1.4)[None], layout).repeat(1, 2)
    centre = positions.max() // 2 if centred else 0
    return rows * decay ** (sign * (positions.double()[:, None] - centre) / reach)


def turned(x, rows, layout, sign=-1):
    """Turn the first coordinates of x, (..., L, d), in the dtype of x; the others pass through."""
    cosine, sine = rows.to(x.dtype).chunk(2, -1)
    first, rest = x[..., : cosine.shape[-1]], x[..., cosine.shape[-1] :]
    return torch.cat((first * cosine + swapped(first, layout, sign) * sine, rest), -1)


def sinusoid_rows(rates, positions, *, layout="interleaved", angle_dtype=torch.float64, factor=1.0):
    """(L, 2h): sine and cosine of each channel side by side ("interleaved"), or all sines before all cosines."""
    theta = angles(positions, rates, angle_dtype)
    if layout == "blocks":
        return factor * torch.cat((theta.sin(), theta.cos()), -1)
    return factor * torch.stack((theta.sin(), theta.cos()), -1).flatten(-2)


def binding_rows(phases, positions, *, dim, angle_dtype=torch.float64):
    """(L, d): a vector whose Fourier coefficients have modulus 1, bound to itself as often as the position says."""
    theta = angles(positions, phases, angle_dtype)
    return torch.fft.irfft(torch.polar(torch.ones_like(theta), theta), n=dim)


def table_rows(table, positions):
    """(L, d): learned rows."""
    return table[positions.long()]


def slopes(heads):
    """(H,) float64: ``2 ** (-8 i/H)``."""
    return 2.0 ** (-8 * torch.arange(1, heads + 1, dtype=torch.float64) / heads)


def distance_bias(slope, queries, keys, *, angle_dtype=torch.float64):
    """(H, Lq, Lk): ``-slope |m - n|``."""
    distance = queries.to(angle_dtype)[:, None] - keys.to(angle_dtype)
    return -slope.to(angle_dtype)[:, None, None] * distance.abs()


def row_bias(slope, queries, keys, *, angle_dtype=torch.float64):
    """(H, Lq, Lk): ``slope n`` in every row; below the diagonal a constant a row away from ``-slope |m - n|``."""
    return angles(slope, keys, angle_dtype)[:, None, :].expand(-1, len(queries), -1)


def bucket(distance, bidirectional, buckets, furthest=128):
    """T5: near distances n - m have a bucket each, further ones share them on a logarithmic scale."""
    offset, away = torch.zeros_like(distance), (-distance).clamp(min=0)
    if bidirectional:
        buckets //= 2
        offset, away = torch.where(distance > 0, buckets, 0), distance.abs()
    exact = buckets // 2
    shared = (away.clamp(min=1).double() / exact).log() / math.log(furthest / exact) * (buckets - exact)
    return offset + torch.where(away < exact, away, (exact + shared.long()).clamp(max=buckets - 1))


def bucket_bias(values, queries, keys, *, bidirectional):
    """(H, Lq, Lk): learned values, (buckets, H), by bucket."""
    distance = keys.long() - queries.long()[:, None]
    return values[bucket(distance, bidirectional, len(values))].permute(2, 0, 1)
