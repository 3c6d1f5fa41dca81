"""Positions of the reference at which it takes the values of an encoding, as ``alpha p + beta`` on ranges of p.

Each range starts with two rows of the encoding that are looked up in the reference. Where the reference can be read
between whole positions, by itself or by its fitted channels, the position found is settled by Gauss-Newton steps, and
the slope is sharpened over rows twice, four times, ... as far away. The range ends where a row differs from the
reference at ``alpha p + beta`` by more than rounding explains.
"""

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import torch
from jaxtyping import Int64
from torch import Tensor

from phase_latency.checking.classes import Fit
from phase_latency.checking.relation import Segment
from phase_latency.checking.relation_columns import Columns, difference
from phase_latency.checking.relation_reading import Reading

MOST_SEGMENTS = 8
_GRID, _FINE, _NEAR = 1024, 256, 64  # whole positions looked up; those with quarters between; those around p
_STARTS, _CHOICES, _STEPS = 256, 3, 5  # candidates settled, candidates followed, Gauss-Newton steps
_SKIPPED = 8  # first rows that may lie before the reference
_ALIKE = 0.4  # distance to the nearest quarter of a position, in lengths of a row, if channels turn by pi at most
_TURN = 2.0**-10  # positions, for derivatives
_SHARP = 64  # times the rounding that values have anyhow: what an unknown slope or offset may add to it
_SIMPLEST = 64  # largest denominator of a fraction that is taken for the exact value
_UNIT = torch.finfo(torch.float64).eps


@dataclass(frozen=True, eq=False)
class Retiming:
    """Positions of the reference found for an encoding.

    Attributes:
        segments: ranges of positions, as far as they were found.
        times: positions of the reference for those of the encoding, as far as they were found.
        fit: what they leave over, where the reference is defined; None unless they explain all positions.
    """

    segments: tuple[Segment, ...]
    times: tuple[float, ...]
    fit: Fit | None = None

    @property
    def identity(self) -> bool:
        """Whether positions are the same."""
        return all(each.alpha == 1 and each.beta == 0 for each in self.segments)

    @property
    def text(self) -> str:
        """What they say, as a clause."""
        if len(self.segments) > 1:
            listed = ", ".join(f"{each} from {each.first} on" for each in self.segments)
            return f"position p is a position of the reference: {listed}"
        return f"position p is position {self.segments[0]} of the reference"


def find_retiming(first: Columns, positions: Int64[Tensor, " length"], reference: Reading) -> Retiming:
    """Look for positions of the reference at which it is the encoding.

    Args:
        first: entries of the encoding.
        positions: (length,) where they were taken.
        reference: the other.

    Returns:
        what was found.
    """
    search = _Search(first, positions.double(), reference, *_grid(reference))
    lines: list[tuple[int, _Line]] = []
    row = search.first_row()
    while row < len(positions) and len(lines) < MOST_SEGMENTS:
        line = search.line(row)
        if line is None:
            break
        lines.append((row, line))
        row += line.count
    if not lines:
        return Retiming((), ())
    times, off = search.times_of(lines, row)
    segments = tuple(
        Segment(int(positions[start]), int(positions[start + line.count - 1]), line.alpha, line.beta)
        for start, line in lines
    )
    found = Retiming(segments, tuple(times.tolist()))
    if row < len(positions):
        return found
    read = reference.at(times)
    seen = ~read.values.isnan().any(1)
    fit = difference(first.rows(seen), read.rows(seen))
    fit = replace(fit, allowance=fit.allowance + off[seen, None] * read.rates)
    return replace(found, fit=fit) if fit.holds and 2 * int(seen.sum()) >= len(positions) else found


def _grid(reference: Reading) -> tuple[Tensor, Columns]:
    """Positions at which rows are looked up, and the reference there."""
    low = reference.scope.low
    whole = low + torch.arange(_GRID).double()
    quarters = low - _NEAR + torch.arange(4 * (_FINE + _NEAR)).double() / 4
    times = torch.cat((whole, quarters)).sort().values if reference.fractional else whole
    if reference.spectrum is None:
        times = times[reference.scope.inside(times)]
    return times, reference.at(times, fitted=True)


@dataclass(frozen=True)
class _Line:
    """A range of rows that are the reference at ``alpha p + beta``, with the errors of both."""

    alpha: float
    beta: float
    alpha_error: float = 0.0
    beta_error: float = 0.0
    count: int = 1
    seen: int = 1  # rows at which the reference is defined

    @property
    def whole(self) -> bool:
        """Whether it leads from whole positions to whole positions."""
        return self.alpha % 1 == 0 and self.beta % 1 == 0

    def off(self, positions: Tensor, start: float) -> Tensor:
        """How far positions of the reference can be off, the rounding of their product and sum included."""
        rounding = 2 * _UNIT * ((self.alpha * positions).abs() + abs(self.beta))
        return self.beta_error + self.alpha_error * (positions - start) + (0.0 if self.whole else rounding)


@dataclass(frozen=True, eq=False)
class _Search:
    first: Columns
    positions: Tensor
    reference: Reading
    times: Tensor
    grid: Columns

    def first_row(self) -> int:
        """The first row that is found in the reference: those before may lie where it is not defined."""
        rows = range(min(_SKIPPED, len(self.positions)))
        return next((row for row in rows if self._looked_up(row, float(self.positions[row]))), len(self.positions))

    def times_of(self, lines: list[tuple[int, _Line]], end: int) -> tuple[Tensor, Tensor]:
        """Positions of the reference for all rows up to an end, and how far they can be off."""
        times, off = torch.zeros(2, end).double()
        starts = [0, *(start for start, _ in lines[1:])]  # the first line also tells what comes before it
        for start, (_, line) in zip(starts, lines, strict=True):
            positions = self.positions[start:end]
            times[start:] = line.alpha * positions + line.beta
            off[start:] = line.off(positions, float(positions[0]))
        return times, off

    def line(self, row: int) -> _Line | None:
        """The longest range that starts at a row."""
        starts = self._looked_up(row, float(self.positions[row]))
        if row + 1 == len(self.positions):
            return next((_Line(0.0, time, beta_error=error) for time, error in starts), None)
        step = float(self.positions[row + 1] - self.positions[row])
        lines = [
            self._followed(row, start, after) for start in starts for after in self._looked_up(row + 1, start[0] + step)
        ]
        # Two rows always lie on a line: between whole positions that says nothing.
        lines = [each for each in lines if each.seen > 2 or (each.seen > 0 and each.whole)]
        return max(lines, key=lambda each: each.seen, default=None)

    def _looked_up(self, row: int, expected: float) -> list[tuple[float, float]]:
        """Positions of the reference for a row, each with its error, those nearest to the expected one first."""
        distance = (self.grid.values - self.first.values[row]).square().sum(1).nan_to_num(nan=math.inf)
        times = self.times
        if self.positions[row] > self.times[-1] - _NEAR:
            around = self.positions[row] + torch.arange(-_NEAR, _NEAR + 1).double()
            near = self.reference.at(around, fitted=True).values
            nearby = (near - self.first.values[row]).square().sum(1).nan_to_num(nan=math.inf)
            times, distance = torch.cat((times, around)), torch.cat((distance, nearby))
        padded = torch.nn.functional.pad(distance, (1, 1), value=math.inf)
        alike = distance <= _ALIKE**2 * self.first.values[row].square().sum()
        lowest = (distance <= padded[:-2]) & (distance <= padded[2:]) & alike
        candidates = times[lowest][distance[lowest].argsort()][:_STARTS]
        found = self._settled(row, candidates)
        return sorted(found, key=lambda each: abs(each[0] - expected))[:_CHOICES]

    def _settled(self, row: int, candidates: Tensor) -> list[tuple[float, float]]:
        """Candidates moved to where the reference comes closest to a row, if it is the same there."""
        if not len(candidates):
            return []
        target, own = self.first.values[row], self.first.bound[row]
        times, error = candidates, torch.zeros_like(candidates)
        for _ in range(_STEPS if self.reference.fractional else 0):
            before, here, after = (self.reference.at(times + move, fitted=True) for move in (-_TURN, 0.0, _TURN))
            slope = (after.values - before.values) / (2 * _TURN)
            square = slope.square().sum(1).clamp(min=torch.finfo(torch.float64).tiny)
            move = ((target - here.values) * slope).sum(1) / square
            times = times + move.nan_to_num().clamp(-1, 1)
            error = ((own + here.bound).square().sum(1) / square).sqrt() + _UNIT * times.abs()
        here = self.reference.at(times, fitted=True)
        allowed = own + here.bound + error[:, None] * here.rates
        same = ((here.values - target).abs() <= allowed).all(1)
        distinct: dict[float, tuple[float, float]] = {}
        for time, off in zip(times[same].tolist(), error[same].tolist(), strict=True):
            distinct.setdefault(round(time, 6), (time, off))
        return list(distinct.values())

    def _followed(self, row: int, start: tuple[float, float], after: tuple[float, float]) -> _Line:
        """The line through two rows, sharpened and followed as far as it goes."""
        origin = float(self.positions[row])
        distance = float(self.positions[row + 1]) - origin
        slope, off = (after[0] - start[0]) / distance, (after[1] + start[1]) / distance
        while self.reference.fractional:
            farther = int(torch.searchsorted(self.positions, origin + 2 * distance))
            if farther == len(self.positions):
                break
            distance = float(self.positions[farther]) - origin
            guess = start[0] + slope * distance
            found = self._settled(farther, torch.tensor([guess]).double())
            if not found or abs(found[0][0] - guess) > 2 * (off * distance + start[1] + found[0][1]):
                break
            slope, off = (found[0][0] - start[0]) / distance, (found[0][1] + start[1]) / distance
        alpha, alpha_error = _simple(slope, off)
        beta, beta_error = _simple(start[0] - alpha * origin, start[1] + alpha_error * origin)
        return self._measured(row, _Line(alpha, beta, alpha_error, beta_error))

    def _measured(self, row: int, line: _Line) -> _Line:
        """The line with the number of rows that it explains, or at which the reference is not defined."""
        positions = self.positions[row:]
        read = self.reference.at(line.alpha * positions + line.beta, fitted=True)
        fit = difference(replace(self.first, values=self.first.values[row:], bound=self.first.bound[row:]), read)
        blurred = line.off(positions, float(positions[0]))[:, None] * read.rates
        wrong = (fit.deviation > fit.allowance + blurred).any(1)
        wrong |= blurred.amax(1) > _SHARP * fit.allowance.amax(1)
        count = int(wrong.to(torch.uint8).argmax()) if bool(wrong.any()) else len(positions)
        seen = int((~read.values[:count].isnan()).all(1).sum())
        return replace(line, count=count, seen=seen)


def _simple(value: float, error: float) -> tuple[float, float]:
    """A value and its error, or the simple fraction that it can be, without error."""
    fraction = Fraction(value).limit_denominator(_SIMPLEST)
    near = abs(float(fraction) - value) <= 4 * (error + _UNIT * abs(value))
    return (float(fraction), 0.0) if near else (value, error)
