"""Tables that are certainly made of sinusoids, whose Gram matrix depends on the distance only (`gram-toeplitz`).

Channel i of row p is ``z_i exp(i w_i p)``, as two real columns. Our own encodings are built like that. For other tables
amplitudes and frequencies are guessed from a few rows, and then every row is held against the guess: what counts is the
distance that is found, not the guess. A table that is farther from it than storage and float64 angles explain is not
taken for sinusoids.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import torch
from jaxtyping import Complex128, Float64
from torch import Tensor

from phase_latency import formulas
from phase_latency.encodings import AdditiveEncoding, Compressed, Retimed, Scaled, Sinusoidal
from phase_latency.encodings.channels import joined, separated
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.norms import power_of_two_scale, row_norms
from phase_latency.numerics.propagation import inflated
from phase_latency.numerics.roundoff import underflow, unit_roundoff
from phase_latency.streaming.kernels import LONGEST, turns
from phase_latency.streaming.sources import BLOCK, EncodingSource, Rows, TableSource

_UNIT = unit_roundoff(torch.float64)
_ROWS = 64  # rows that are averaged for a guess
_POSITIONS = 2**13  # positions of an encoding that are bounded at a time


@dataclass(frozen=True, eq=False)
class Sinusoids:
    """Sinusoids that a table is certainly close to.

    Attributes:
        frequencies: w_i, radians per position.
        squares: ``|z_i|**2``, the squared amplitudes.
        distance: Euclidean distance of each row of the exact table to that of the sinusoids, at most; the stored
            table is within it too.
        total_distance: root of the sum of the squared distances of all rows, at most.
    """

    frequencies: tuple[Fraction, ...]
    squares: tuple[Fraction, ...]
    distance: float
    total_distance: float


def sinusoids(table: TableSource, like: Sinusoids | None = None) -> Sinusoids | None:
    """Certify that a table is made of sinusoids.

    Args:
        table: the table; read once, and not at all if it is one of our own sinusoidal encodings.
        like: sinusoids whose frequencies are taken for the guess if they are close.

    Returns:
        the sinusoids; None if there is no certificate.

    Raises:
        ArgumentError: the table is shorter or longer than it was.
        NotFiniteError: an entry that was read is infinite or NaN.
    """
    if table.length > LONGEST:
        return None
    built = _built(table) if isinstance(table, EncodingSource) else None
    if built is not None or table.dim % 2:
        return built
    for layout in ("interleaved", "blocks"):
        for frequencies in (None,) if like is None else (like.frequencies, None):
            guess = _guess(table, layout, frequencies)
            if guess is None:
                break
            found = _verified(table, guess)
            if found is not None:
                return found
    return None


# -- our own encodings ------------------------------------------------------------------------------------------------


def _built(table: EncodingSource) -> Sinusoids | None:
    """What the encoding is by construction, and how far its stored rows may be from it."""
    structure = _structure(table.encoding)
    if structure is None:
        return None
    amplitude, factor, encoding = structure
    size = float(abs(amplitude))
    if not 0 < size < torch.finfo(table.dtype).max:
        return None
    channels = torch.arange(encoding.dim // 2, dtype=torch.float64)
    rates: Bounded = formulas.channel_frequency(Bounded.exact(channels), encoding.dim, encoding.base)
    rate_error = size * float(factor) * float(torch.linalg.vector_norm(rates.error))
    norm, distances = 1.01 * size * (encoding.dim / 2) ** 0.5, torch.zeros(table.length, dtype=torch.float64)
    for start in range(0, table.length, _POSITIONS):
        positions = torch.arange(start, min(start + _POSITIONS, table.length)).double()
        # Of the rows only their norms matter, so that a column of these stands for them.
        norms = torch.full_like(positions, norm)
        stored = table.row_error(norms[:, None], start, norms)
        distances[start : start + _POSITIONS] = inflated(stored + rate_error * (positions + table.first).abs())
    frequencies = tuple(factor * Fraction(rate) for rate in rates.value.tolist())
    return _within(frequencies, (amplitude**2,) * len(frequencies), distances)


def _structure(encoding: AdditiveEncoding) -> tuple[Fraction, Fraction, Sinusoidal] | None:
    """Amplitude, factor of the positions, and the sinusoidal encoding that both act on."""
    match encoding:
        case Sinusoidal():
            return Fraction(1), Fraction(1), encoding
        case Retimed():  # `retiming-invariance`: the same function
            return Fraction(1), Fraction(1), encoding.encoding
        case Scaled() | Compressed():
            inner = _structure(encoding.encoding)
            if inner is None:
                return None
            amplitude, factor, base = inner
            if isinstance(encoding, Scaled):
                return Fraction(encoding.a) * amplitude, factor, base
            return amplitude, Fraction(encoding.factor) * factor, base
    return None


# -- other tables -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Guess:
    """Sinusoids that a table may be made of, in units in which its first rows are of size 1."""

    layout: str
    unit: float
    frequencies: tuple[Fraction, ...]
    amplitudes: Complex128[Tensor, " channels"]


def _guess(table: TableSource, layout: str, like: Sequence[Fraction] | None) -> _Guess | None:
    """Angles between rows that are farther and farther apart, each by what the earlier ones leave open."""
    count = min(_ROWS, table.length)
    rows = next(table.blocks(count, 0, count))
    unit = power_of_two_scale(rows.values)
    unit = 1.0 if 2.0**-64 < unit < 2.0**64 else unit  # else squares could leave the range of float64
    values, errors = _scaled(rows, unit)
    first, noise = _complex(values, layout), float(errors.max())
    if bool((first.abs().amax(0) - first.abs().amin(0) > 4 * noise + 64 * _UNIT * float(first.abs().max())).any()):
        return None
    frequencies = _slopes(first)
    for start in _starts(count, table.length):
        block = _complex(_scaled(next(table.blocks(count, start, start + count)), unit)[0], layout)
        turned = _mean(block, frequencies, start) * _mean(first, frequencies, 0).conj()
        frequencies = frequencies + turned.angle() / start
    exact = [Fraction(each) for each in frequencies.tolist()]
    if like is not None and len(like) == len(exact):
        apart = torch.tensor([abs(float(v - w)) for v, w in zip(exact, like, strict=True)], dtype=torch.float64)
        relative = noise / max(float(torch.linalg.vector_norm(first[0])), 1e-300)
        if bool((table.length * apart <= 8 * relative + 8 * _UNIT * table.length * frequencies.abs()).all()):
            exact = list(like)
    # The first rows alone: what is left of an angle then grows with the position, as rounding of angles does.
    each = turns(exact, torch.arange(count))
    return _Guess(layout, unit, tuple(exact), (first * torch.complex(each.cosine, -each.sine)).mean(0))


def _complex(rows: Tensor, layout: str) -> Complex128[Tensor, "rows channels"]:
    """Sine columns as imaginary parts."""
    first, second = separated(rows, layout)
    return torch.complex(second.contiguous(), first.contiguous())


def _slopes(rows: Complex128[Tensor, "rows channels"]) -> Float64[Tensor, " channels"]:
    slopes, step = torch.zeros(rows.shape[1], dtype=torch.float64), 1
    while step < len(rows):
        angle = (rows[step] * rows[0].conj()).angle() - slopes * step
        slopes = slopes + (angle - 2 * math.pi * (angle / (2 * math.pi)).round()) / step
        step *= 2
    return slopes


def _mean(rows: Complex128[Tensor, "rows channels"], slopes: Tensor, start: int) -> Complex128[Tensor, " channels"]:
    angles = (start + torch.arange(len(rows), dtype=torch.float64))[:, None] * slopes
    return (rows * torch.polar(torch.ones_like(angles), -angles)).mean(0)


def _starts(count: int, length: int) -> list[int]:
    """Rows where blocks are read: eight times as far each time, and at the end."""
    growing = [count << i for i in range(0, length.bit_length(), 3) if (count << i) < length - count]
    return [*growing, length - count] if length > count else []


def _verified(table: TableSource, guess: _Guess) -> Sinusoids | None:
    """Hold every row against the guess; stop at the first that is too far from it."""
    z, frequencies = guess.amplitudes, guess.frequencies
    norm = float(torch.linalg.vector_norm(z))
    if not norm:
        return None
    speed = float(torch.linalg.vector_norm(z.abs() * torch.tensor([float(w) for w in frequencies])))
    size = min(BLOCK, 4 << (table.length.bit_length() // 2))
    within, starts = (turns(frequencies, torch.arange(*each)) for each in ((size,), (0, table.length, size)))
    turned = z * torch.complex(starts.cosine, starts.sine)
    # (x + iy)(c + is): its imaginary part belongs to the first coordinate, its real part to the second.
    by_x, by_y = joined(within.sine, within.cosine, guess.layout), joined(within.cosine, -within.sine, guess.layout)
    x, y = (joined(each, each, guess.layout) for each in (turned.real, turned.imag))
    # Five errors of turns, and the roundings of two complex products and a difference.
    rounding = 1.1 * norm * (5 * max(within.error, starts.error) + 16 * _UNIT)
    distances = torch.zeros(table.length, dtype=torch.float64)
    for number, rows in enumerate(table.blocks(size)):
        values, stored = _scaled(rows, guess.unit)
        count = len(values)
        rest = torch.addcmul(values, by_x[:count], x[number], value=-1).addcmul_(by_y[:count], y[number], value=-1)
        far = row_norms(rest)
        positions = size * number + torch.arange(count, dtype=torch.float64)
        explained = 2 * stored + 3 * rounding + 4 * _UNIT * speed * positions
        if not bool((far <= explained).all()):
            return None
        distances[size * number :][:count] = inflated(far + rounding + stored) / guess.unit
    unit = Fraction(guess.unit)
    squares = (Fraction(x) ** 2 + Fraction(y) ** 2 for x, y in zip(z.real.tolist(), z.imag.tolist(), strict=True))
    return _within(frequencies, tuple(square / unit**2 for square in squares), distances)


def _scaled(rows: Rows, unit: float) -> tuple[Tensor, Tensor]:
    """Rows and their errors in units of the guess: multiplied by a power of two, which rounds what underflows only."""
    if unit == 1.0:
        return rows.values, rows.error
    return rows.values * unit, inflated(rows.error * unit + underflow(torch.float64) * rows.values.shape[1])


def _within(frequencies: tuple[Fraction, ...], squares: tuple[Fraction, ...], distances: Tensor) -> Sinusoids:
    total = torch.linalg.vector_norm(distances)
    return Sinusoids(frequencies, squares, float(distances.max()), float(inflated(total)))
