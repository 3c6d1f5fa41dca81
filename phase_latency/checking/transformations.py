"""What an encoding may be invariant under: moves of positions, factors on values, other ways of calling it.

Each transformation is a family of cases, one for each of its parameters, such as the shifts 1, 2, 3, 7, ... A case
says at which positions queries and keys are encoded after the transformation, and how. Sources: `rotary-relative`,
`retiming-invariance`, `compression-no-scale`, `rank-invariance`, `lemma-1`, `copy-task-needs-no-position`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from phase_latency.checking.cases import Case, Parameter, Scope, Transformation
from phase_latency.errors import ArgumentError
from phase_latency.latency import LatencyMap

LARGEST_SHIFT = 10**6
_NARROW = (torch.float32, torch.bfloat16, torch.float16)
_NEAR = 600  # beyond what bfloat16 holds
_FAR = 3000  # float16 holds every whole number up to 2048 only, bfloat16 up to 256


# A spike window that is no binary fraction of its positions, so that going through seconds rounds.
_WINDOW = LatencyMap(window=0.1, length=100)


@dataclass(frozen=True)
class Shift(Transformation):
    """All positions move by the same amount (`rotary-relative`).

    Args:
        delta: the shift, in positions; None tries many, log-spaced up to a million.

    Raises:
        ArgumentError: it is no whole number, or 0.
    """

    delta: int | None = None

    def __post_init__(self) -> None:
        """Check the argument."""
        _check_delta(self.delta)

    @property
    def name(self) -> str:
        """``Shift``, or ``Shift(3)``."""
        return "Shift" if self.delta is None else f"Shift({self.delta})"

    def parameters(self, scope: Scope) -> list[Parameter]:
        """Shifts that stay within the scope."""
        return list(_shifts(self.delta, scope))

    def case(self, parameter: Parameter, scope: Scope) -> Case:
        """Queries and keys moved by the shift."""
        move = _moved_by(parameter)
        return Case(parameter, move, move)


@dataclass(frozen=True)
class QueryShift(Transformation):
    """Only queries move: what is invariant under it does not use the position of the query at all.

    Args:
        delta: the shift, in positions; None tries many.

    Raises:
        ArgumentError: it is no whole number, or 0.
    """

    delta: int | None = None

    def __post_init__(self) -> None:
        """Check the argument."""
        _check_delta(self.delta)

    @property
    def name(self) -> str:
        """``QueryShift``, or ``QueryShift(3)``."""
        return "QueryShift" if self.delta is None else f"QueryShift({self.delta})"

    def parameters(self, scope: Scope) -> list[Parameter]:
        """Shifts that stay within the scope."""
        return list(_shifts(self.delta, scope))

    def case(self, parameter: Parameter, scope: Scope) -> Case:
        """Queries moved by the shift."""
        return Case(parameter, queries=_moved_by(parameter))


@dataclass(frozen=True)
class Amplitude(Transformation):
    """The encoding is multiplied by a (reading 2, `lemma-1`): a scale of the positional part, a**2 of bilinear logits.

    Args:
        a: amplitude, finite and not 0.

    Raises:
        ArgumentError: the amplitude is 0 or not finite.
    """

    a: float | int = 1 / 100

    def __post_init__(self) -> None:
        """Check the argument."""
        if not (_is_number(self.a) and self.a):
            raise ArgumentError("a", self.a, "a finite number other than 0", "pass the amplitude, for example T/L")

    @property
    def name(self) -> str:
        """``Amplitude(0.01)``."""
        return f"Amplitude({self.a!r})"

    def parameters(self, scope: Scope) -> list[Parameter]:
        """The amplitude."""
        return [self.a]

    def case(self, parameter: Parameter, scope: Scope) -> Case:
        """Values multiplied by the amplitude."""
        return Case(parameter, factor=float(parameter))


@dataclass(frozen=True)
class Retime(Transformation):
    """Positions are expressed as latencies and read back (reading 1, `retiming-invariance`).

    Args:
        latency_map: window, length and onset of the spike times.

    Raises:
        ArgumentError: it is no `LatencyMap`.
    """

    latency_map: LatencyMap = _WINDOW

    def __post_init__(self) -> None:
        """Check the argument."""
        if not isinstance(self.latency_map, LatencyMap):
            raise ArgumentError("latency_map", self.latency_map, "a LatencyMap", "pass LatencyMap(window, length)")

    @property
    def name(self) -> str:
        """``Retime(0.1, 100)``: the window in seconds, the number of positions that share it, and the onset if any."""
        onset = f", {self.latency_map.onset!r}" if self.latency_map.onset else ""
        return f"Retime({self.latency_map.window!r}, {self.latency_map.length}{onset})"

    def parameters(self, scope: Scope) -> list[Parameter]:
        """The window, where positions may be any real number."""
        return [] if scope.whole else [self.latency_map.window]

    def case(self, parameter: Parameter, scope: Scope) -> Case:
        """Positions that went through seconds."""

        def retimed(positions: Tensor) -> Tensor:
            there_and_back: Tensor = self.latency_map.position(self.latency_map.latency(positions.double()))
            return there_and_back

        return Case(parameter, retimed, retimed)


@dataclass(frozen=True)
class Compress(Transformation):
    """Positions are multiplied by a factor, frequencies are not (reading 3, `compression-no-scale`).

    Args:
        factor: finite and > 0.

    Raises:
        ArgumentError: the factor is not.
    """

    factor: float | int = 1 / 8

    def __post_init__(self) -> None:
        """Check the argument."""
        if not (_is_number(self.factor) and self.factor > 0):
            raise ArgumentError("factor", self.factor, "a finite number > 0", "pass the compression, for example 1/8")

    @property
    def name(self) -> str:
        """``Compress(0.125)``."""
        return f"Compress({self.factor!r})"

    def parameters(self, scope: Scope) -> list[Parameter]:
        """The factor, where the compressed positions are accepted."""
        return [] if scope.whole and self.factor % 1 else [self.factor]

    def case(self, parameter: Parameter, scope: Scope) -> Case:
        """Positions multiplied by the factor."""

        def compressed(positions: Tensor) -> Tensor:
            moved = positions.double() * float(parameter)
            whole = bool((moved % 1 == 0).all()) and float(moved.abs().max()) < 2.0**53
            return moved.long() if whole else moved

        return Case(parameter, compressed, compressed)


MONOTONE_MAPS: dict[str, Callable[[Tensor], Tensor]] = {
    "2p": lambda p: 2 * p,
    "p+p//3": lambda p: p + p // 3,
    "p**2": lambda p: p**2,
}


@dataclass(frozen=True)
class Relabel(Transformation):
    """Positions are replaced by others in the same order (`rank-invariance`).

    Args:
        to: name of a strictly increasing map of whole numbers >= 0: "2p", "p+p//3" or "p**2"; None tries all.

    Raises:
        ArgumentError: there is no such map.
    """

    to: str | None = None

    def __post_init__(self) -> None:
        """Check the argument."""
        if self.to is not None and self.to not in MONOTONE_MAPS:
            raise ArgumentError("to", self.to, f"one of {', '.join(MONOTONE_MAPS)}", "name one of these maps")

    @property
    def name(self) -> str:
        """``Relabel``, or ``Relabel(2p)``."""
        return "Relabel" if self.to is None else f"Relabel({self.to})"

    def parameters(self, scope: Scope) -> list[Parameter]:
        """Names of the maps."""
        return list(MONOTONE_MAPS) if self.to is None else [self.to]

    def case(self, parameter: Parameter, scope: Scope) -> Case:
        """Positions relabelled."""
        return Case(parameter, MONOTONE_MAPS[str(parameter)], MONOTONE_MAPS[str(parameter)])


@dataclass(frozen=True)
class Permute(Transformation):
    """The positions of a sequence exchange places (`copy-task-needs-no-position`)."""

    def parameters(self, scope: Scope) -> list[Parameter]:
        """Reversal, and multiplication modulo the number of positions."""
        count = scope.last - scope.low + 1
        multipliers = [number for number in (3, 5, 7, 11) if math.gcd(number, count) == 1 and number < count]
        return ["reversed", *multipliers[:2]]

    def case(self, parameter: Parameter, scope: Scope) -> Case:
        """Positions exchanged."""
        low, count = scope.low, scope.last - scope.low + 1

        def permuted(positions: Tensor) -> Tensor:
            if parameter == "reversed":
                return 2 * low + count - 1 - positions
            return low + (positions - low) * int(parameter) % count

        return Case(parameter, permuted, permuted)


@dataclass(frozen=True)
class Cast(Transformation):
    """The encoding works in another dtype: what is left has to be the rounding of that dtype, angles in float32.

    Args:
        dtype: float32, bfloat16 or float16; None tries all three.

    Raises:
        ArgumentError: another dtype.
    """

    dtype: torch.dtype | None = None

    def __post_init__(self) -> None:
        """Check the argument."""
        if self.dtype not in (None, *_NARROW):
            raise ArgumentError(
                "dtype", self.dtype, "float32, bfloat16 or float16", "results in float64 are the reference"
            )

    @property
    def name(self) -> str:
        """``Cast``, or ``Cast(bfloat16)``."""
        return "Cast" if self.dtype is None else f"Cast({_dtype_name(self.dtype)})"

    def parameters(self, scope: Scope) -> list[Parameter]:
        """Names of the dtypes, at the base positions and where bfloat16 and float16 no longer hold every integer."""
        dtypes = _NARROW if self.dtype is None else (self.dtype,)
        names = [_dtype_name(dtype) for dtype in dtypes]
        far = [f"{name} from {_FAR}" for name in names]
        return [*names, *far] if scope.low + _FAR + scope.length <= scope.high else list(names)

    def case(self, parameter: Parameter, scope: Scope) -> Case:
        """The same positions in another dtype."""
        name, _, start = str(parameter).partition(" from ")
        return Case(parameter, dtype=getattr(torch, name), start=int(start or 0))


@dataclass(frozen=True)
class History(Transformation):
    """The same call on an instance that has been called with other lengths and dtypes, and on a fresh one."""

    def parameters(self, scope: Scope) -> list[Parameter]:
        """Dtypes of the earlier calls, which are longer ones too; then the same calls farther on."""
        names: list[Parameter] = ["float64", "float32", "bfloat16", "float16"]
        later = [start for start in (_FAR, _NEAR) if scope.low + start + scope.length <= scope.high]
        return [*names, *(f"{name} from {later[0]}" for name in names)] if later else names

    def case(self, parameter: Parameter, scope: Scope) -> Case:
        """A used instance."""
        name, _, start = str(parameter).partition(" from ")
        return Case(parameter, start=int(start or 0), way="used", earlier=getattr(torch, name))


@dataclass(frozen=True)
class Window(Transformation):
    """The same positions asked for in other company: two at a time, instead of all in one call."""

    def parameters(self, scope: Scope) -> list[Parameter]:
        """How the call was taken apart."""
        return ["two positions a call"]

    def case(self, parameter: Parameter, scope: Scope) -> Case:
        """One call for each pair of positions."""
        return Case(parameter, way="apart")


@dataclass(frozen=True)
class Batch(Transformation):
    """Another sample stands beside this one in the batch."""

    kinds: ClassVar[tuple[str, ...]] = ("rotary",)

    def parameters(self, scope: Scope) -> list[Parameter]:
        """What stands beside."""
        return ["another sample"]

    def case(self, parameter: Parameter, scope: Scope) -> Case:
        """A batch of two."""
        return Case(parameter, way="batch")


@dataclass(frozen=True)
class Heads(Transformation):
    """Another head stands beside this one."""

    kinds: ClassVar[tuple[str, ...]] = ("rotary",)

    def parameters(self, scope: Scope) -> list[Parameter]:
        """What stands beside."""
        return ["another head"]

    def case(self, parameter: Parameter, scope: Scope) -> Case:
        """Two heads."""
        return Case(parameter, way="heads")


def _moved_by(shift: Parameter) -> Callable[[Tensor], Tensor]:
    return lambda positions: positions + int(shift)


# One below, at and above what short caches hold, decimal and binary; none but 1, 2 and 64 are powers of two.
_SHIFTS = (1, 2, 3, 7, 10, 31, 64, 65, 100, 129, 257, 316, 1000, 3000, 4097, 10_000, 31_623, 100_000, 316_228)


def _shifts(delta: int | None, scope: Scope) -> list[int]:
    """Shifts by which at least four base positions stay within the scope, smallest first."""
    room = scope.high - scope.low - min(3, scope.last - scope.low)
    candidates = [*_SHIFTS, LARGEST_SHIFT] if delta is None else [delta]
    return [shift for shift in candidates if abs(shift) <= room]


def _check_delta(delta: int | None) -> None:
    if delta is not None and (not isinstance(delta, int) or isinstance(delta, bool) or delta == 0):
        raise ArgumentError("delta", delta, "a whole number other than 0", "pass the shift in positions, or None")


def _is_number(value: object) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool) and math.isfinite(value)


def _dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
