"""Scale, residual and worst entry where the Gram matrices are certainly Toeplitz, in O(L d).

For tables of sinusoids ``<P_p, P_q> = k(p - q)`` with ``k(m) = sum a_i cos(w_i m)`` (`gram-toeplitz`), so that L values
stand for L**2 entries: sums over entries are sums over distances with weights ``L - |m|``. The second kernel is taken
in difference form,

    h = k' - s k = sum (a'_i - s a_i) cos(w'_i m) + s sum a_i (cos(w'_i m) - cos(w_i m)),

with exact coefficients: it is zero, exactly, where amplitudes are scaled and frequencies agree, and has no floor where
they nearly do. Tables are near sinusoids only, as near as their certificates say; all bounds count that.

If the exact matrices differ from those of the kernels by at most g and h in the Frobenius norm, then the fitted
``delta = <k, h>/<k, k>`` moves by at most ``(g |R|/|G| + |delta| g + h)/(|G| - g)``, R being what is left over.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import torch
from jaxtyping import Float64
from torch import Tensor

from phase_latency.figures import Figure, WorstEntry
from phase_latency.masks import Mask
from phase_latency.numerics.roundoff import gamma, unit_roundoff
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.kernels import Kernel, cosine_differences, cosines
from phase_latency.streaming.sinusoids import Sinusoids, sinusoids
from phase_latency.streaming.worst import Worst

_UNIT = unit_roundoff(torch.float64)
_ROWS = 64  # rows of the grid of distances that are summed at a time
_ROUNDED_UP = 1 + 1e-9  # makes up for the rounding of the bound arithmetic itself


@dataclass(frozen=True, eq=False)
class ToeplitzFit:
    """A fitted scale between two Toeplitz matrices, and what it leaves over.

    Attributes:
        scale: c in ``G' = c G``.
        residual: ``|G' - c G|/|G'|`` in the Frobenius norm, over the admitted entries.
        worst: the entry that deviates most; its query is the distance, its key 0.
        before: (L,) values of the first kernel at distances 0 .. L - 1.
        after: (L,) values of the second.
        before_bound: distance of each entry of G to the value at its distance, at most.
        after_bound: the same for G'.
    """

    scale: Figure
    residual: Figure
    worst: Worst
    before: Float64[Tensor, " length"]
    after: Float64[Tensor, " length"]
    before_bound: float
    after_bound: float


def toeplitz(pair: FactoredPair, mask: Mask) -> ToeplitzFit | None:
    """Fit one scale between the Gram matrices of two tables of sinusoids.

    Args:
        pair: the logits of two tables.
        mask: pairs of positions that count.

    Returns:
        the fit; None if the logits are no plain Gram matrices, the mask is neither empty nor causal, there is no
        certificate that both tables are made of sinusoids, or the scale leaves the range of float64.

    Raises:
        ArgumentError: a table is shorter or longer than it was.
        NotFiniteError: an entry that was read is infinite or NaN.
    """
    plain = all(side.weight is None and side.rotary is None for side in (pair.query, pair.key))
    if pair.query_tables is not pair.key_tables or not plain or mask.keys is not None or mask.entries is not None:
        return None
    tables = pair.query_tables
    first = sinusoids(tables.reference)
    second = None if first is None else sinusoids(tables.other, first)
    if first is None or second is None or not _comparable(first, second):
        return None
    return _fitted(first, second, tables.length, mask.causal, pair.scale)


@dataclass(frozen=True, eq=False)
class _Distance:
    """How far the Gram matrix of a table may be from that of its sinusoids, entry by entry and in Frobenius norm."""

    entry: float
    frobenius: float

    @classmethod
    def of(cls, table: Sinusoids, unit: Fraction, norm: float) -> "_Distance":
        """From distances of rows, ``<x + d, y + e> - <x, y> = <d, y> + <x, e> + <d, e>``; `norm` is of the matrix."""
        root = math.sqrt(unit)
        row, spectral = math.sqrt(sum(table.squares, Fraction(0)) / unit), math.sqrt(norm)
        distance, total = table.distance / root, table.total_distance / root
        return cls(
            _ROUNDED_UP * distance * (2 * row + distance),
            _ROUNDED_UP * total * (2 * spectral + total),
        )


@dataclass(frozen=True, eq=False)
class _Sums:
    """What is summed over the admitted entries; norms are Frobenius norms."""

    count: float  # root of the number of entries
    g: float  # of the first matrix
    h: float  # of the difference
    other: float  # of the second matrix
    delta: float
    rest: Tensor  # what is left over, by distance
    left: float  # of that
    rounding: float  # relative error of each sum of non-negative terms

    def delta_error(self, g_error: float, h_error: float) -> float:
        """How far delta may be off, if G and H are off by so much."""
        least = self.g - g_error
        if not least > 0:
            return math.inf
        return _ROUNDED_UP * (self._moved(g_error) / least + h_error + abs(self.delta) * g_error) / least

    def residual(self, g_error: float, h_error: float, other_error: float) -> Figure:
        """Part of the second matrix that is left over."""
        value, least = self.left / self.other, self.other * (1 - self.rounding) - other_error
        if not (self.g > g_error and least > 0):
            return Figure(value, math.inf)
        error = 2 * (h_error + abs(self.delta) * g_error) + self._moved(g_error) / (self.g - g_error)
        error += self.rounding * self.left + value * (other_error + self.rounding * self.other)
        return Figure(value, _ROUNDED_UP * error / least)

    def _moved(self, g_error: float) -> float:
        """Inner product of the first matrix with what is left over: not quite zero."""
        return self.left * g_error + 4 * self.rounding * self.g * (self.h + abs(self.delta) * self.g)


def _fitted(first: Sinusoids, second: Sinusoids, length: int, causal: bool, scale: float) -> ToeplitzFit:
    units = _unit(first), _unit(second)
    s, kernel, change = _kernels(first, second, units, length)
    other = kernel.times(s) + change
    sums = _sums(kernel, change, other, length, causal)
    norms = (_inner(each.value, each.value, length, False) ** 0.5 for each in (kernel, other))
    p, q = (_Distance.of(*each) for each in zip((first, second), units, norms, strict=True))
    g_error = sums.count * kernel.error + p.frobenius
    h_error = sums.count * change.error + q.frobenius + abs(float(s)) * p.frobenius + 4 * _UNIT * sums.h
    delta_error = sums.delta_error(g_error, h_error)
    c, ratio = s + Fraction(sums.delta), units[1] / units[0]
    rest, before, after = (grid.view(-1)[:length] for grid in (sums.rest, kernel.value, other.value))
    rounding = 4 * _UNIT * float(change.value.abs().max() + abs(sums.delta) * before[0])
    entry = change.error + abs(sums.delta) * kernel.error + q.entry + abs(float(c)) * p.entry + rounding
    bound = _ROUNDED_UP * (entry + delta_error * (before.abs() + kernel.error + p.entry))
    old_unit, new_unit = (scale * float(unit) for unit in units)
    return ToeplitzFit(
        scale=Figure(float(c * ratio), _ROUNDED_UP * (delta_error * float(ratio) + _UNIT * abs(float(c * ratio)))),
        residual=sums.residual(g_error, h_error, sums.count * other.error + q.frobenius),
        worst=_worst(rest.abs(), bound, abs(new_unit), causal),
        before=old_unit * before,
        after=new_unit * after,
        before_bound=_ROUNDED_UP * abs(old_unit) * (kernel.error + p.entry + 8 * _UNIT),  # values are below 8
        after_bound=_ROUNDED_UP * abs(new_unit) * (other.error + q.entry + 8 * _UNIT),
    )


def _comparable(first: Sinusoids, second: Sinusoids) -> bool:
    """Whether the scale between the matrices is well within the range of float64."""
    ratio = _unit(second) / _unit(first)
    return max(ratio.numerator, ratio.denominator).bit_length() < 1000


def _unit(table: Sinusoids) -> Fraction:
    """Power of 4 next to the sum of the squared amplitudes, which is then between 1/4 and 4."""
    total = sum(table.squares, Fraction(0))
    return Fraction(4) ** ((total.numerator.bit_length() - total.denominator.bit_length()) // 2)


def _kernels(
    first: Sinusoids, second: Sinusoids, units: tuple[Fraction, Fraction], length: int
) -> tuple[Fraction, Kernel, Kernel]:
    """Scale s of the amplitudes, ``k``, and ``k' - s k``; channels are paired in the order of their frequencies."""
    (w, a), (v, b) = (_channels(table, unit) for table, unit in zip((first, second), units, strict=True))
    s = sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0)) / sum((x * x for x in a), Fraction(0))
    gained = [(y - s * x, frequency) for x, y, frequency in zip(a, b, v, strict=True) if y != s * x]
    moved = [(s * x, pair) for x, *pair in zip(a, v, w, strict=True) if pair[0] != pair[1]]
    change = cosines([each for each, _ in gained], [frequency for _, frequency in gained], length)
    if moved:
        change = change + cosine_differences([each for each, _ in moved], [(y, x) for _, (y, x) in moved], length)
    return s, cosines(a, w, length), change


def _channels(table: Sinusoids, unit: Fraction) -> tuple[list[Fraction], list[Fraction]]:
    """Frequencies, whose sign cosines do not see, in order, and squared amplitudes."""
    both = sorted(zip(map(abs, table.frequencies), table.squares, strict=True))
    return [frequency for frequency, _ in both], [square / unit for _, square in both]


def _sums(kernel: Kernel, change: Kernel, other: Kernel, length: int, causal: bool) -> _Sums:
    k, h = kernel.value, change.value
    g_square = _inner(k, k, length, causal)
    delta = _inner(k, h, length, causal) / g_square
    rest = torch.sub(h, k, alpha=delta)
    return _Sums(
        count=float(length * (length + 1) // 2 if causal else length**2) ** 0.5,
        g=g_square**0.5,
        h=_inner(h, h, length, causal) ** 0.5,
        other=_inner(other.value, other.value, length, causal) ** 0.5,
        delta=delta,
        rest=rest,
        left=_inner(rest, rest, length, causal) ** 0.5,
        rounding=gamma(sum(k.shape) + 8, _UNIT),
    )


def _inner(x: Tensor, y: Tensor, length: int, causal: bool) -> float:
    """Sum over the admitted entries: row by row of the grid, so that no sum is long, and a few rows at a time."""
    columns, sums = x.shape[1], []
    for first in range(0, len(x), _ROWS):
        rows = slice(first, min(first + _ROWS, len(x)))
        distances = torch.arange(columns * rows.start, columns * rows.stop, dtype=torch.float64).view(-1, columns)
        weights = (length - distances).clamp(min=0)  # number of entries at each distance, on one side
        if not causal:
            weights = torch.where(distances > 0, 2 * weights, weights)
        sums.append((weights * x[rows] * y[rows]).sum(1))
    return float(torch.cat(sums).sum())


def _worst(deviations: Tensor, bounds: Tensor, unit: float, causal: bool) -> Worst:
    beyond = deviations > bounds
    found = bool(beyond.any())
    distance = int((torch.where(beyond, deviations, -1.0) if found else deviations).argmax())
    figure = Figure(unit * float(deviations[distance]), unit * float(bounds[distance]))
    length = len(deviations)
    entries = length * (length + 1) // 2 if causal else length**2
    return Worst(
        entry=WorstEntry(figure, 0, distance, 0),
        at_most=unit * float((deviations + bounds).max()) * _ROUNDED_UP,
        left_at_most=0.0,
        within_bounds=not found,
        examined=entries,
        entries=entries,
    )
