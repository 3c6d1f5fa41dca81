"""Which kind of encoding a callable is, found by calling it on a few positions.

Names of parameters only say what is tried first. A way of calling counts if its results have the right shapes on two
samples of different sizes: a result that has the right shape by accident has it on one of them.
"""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from phase_latency.adapters.arguments import as_column, as_given, as_row
from phase_latency.adapters.calling import Way, additive_ways, bias_ways, content_ways, rotary_ways
from phase_latency.adapters.packages import seeded
from phase_latency.adapters.subject import Call, Kind
from phase_latency.errors import ArgumentError, abbreviated

# Widths that are tried where a callable does not say its own.
WIDTHS = (64, 32, 16, 128, 8)

# Batch, heads and length of the samples: all different, so that no axis is taken for another.
_SAMPLES = ((2, 5, 3), (3, 2, 5))


class NoFitError(Exception):
    """No way of calling fits.

    Args:
        tried: what each form gave, for reading.
        cause: an error that the callable raised; None if it raised none.
    """

    def __init__(self, tried: list[str], cause: Exception | None) -> None:
        """Keep the arguments; see the class."""
        super().__init__(tried, cause)
        self.tried = tried
        self.cause = cause


@dataclass(frozen=True)
class Found:
    """A way of calling that fits.

    Attributes:
        kind: the kind of encoding that it makes of the callable.
        way: the way.
        dim: width of queries and keys; None unless the kind is rotary.
    """

    kind: Kind
    way: Way
    dim: int | None = None


Check = Callable[[Call], str | None]  # None, or what is wrong with the results


def find_way(make: Callable[[], Any], kinds: tuple[Kind, ...], dims: tuple[int, ...]) -> Found:
    """Find how to call something as an encoding.

    Args:
        make: makes the callable; called for every try, so that no try sees what another left behind.
        kinds: kinds that come into question.
        dims: widths that come into question where one is needed.

    Returns:
        the first way that fits.

    Raises:
        NoFitError: none does.
    """
    tried: dict[str, str] = {}
    cause = None
    for found, check in _candidates(attempt(make), kinds, dims):
        try:
            problem = _problem(make, found.way, check)
        except Exception as error:  # a try may fail in any way; what was raised is told if no other try fits
            problem = _says(error)
            cause = cause or (error if problem.startswith("raised") else None)
        if problem is None:
            return found
        # An answer tells more than an error: the arguments were accepted.
        if tried.get(found.way.says, "raised").startswith("raised"):
            tried[found.way.says] = tried.get(found.way.says, problem) if problem.startswith("raised") else problem
    raise NoFitError([f"{says} {problem}" for says, problem in tried.items()], cause)


def _problem(make: Callable[[], Any], way: Way, check: Check) -> str | None:
    problem: str | None = attempt(lambda: check(way.call(make())))
    return problem


def _says(error: Exception) -> str:
    """What an error of a try says about the callable: that it returned the wrong thing, or raised."""
    if isinstance(error, ArgumentError) and error.argument == "result":
        value = error.value
        return f"returned {f'{len(value)} results' if isinstance(value, tuple | list) else abbreviated(value)}"
    text = " ".join(str(error).split())
    return f"raised {type(error).__name__}: {text if len(text) <= 60 else f'{text[:57]}...'}"


def attempt(call: Callable[[], Any]) -> Any:
    """Call code of any origin for a try: without gradients, and without the warnings that odd arguments cause.

    Random weights are the same in every try, so that two instances differ in what is asked of them only.

    Args:
        call: a function without arguments.

    Returns:
        what it returns.
    """
    with torch.no_grad(), seeded(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call()


def _candidates(function: Any, kinds: tuple[Kind, ...], dims: tuple[int, ...]) -> Iterator[tuple[Found, Check]]:
    """What is tried, in this order, each with the check that it has to pass.

    Positions of the shape (1, length) or (length, 1) come last: what works entry by entry takes them for content.
    """
    if "additive" in kinds:
        yield from ((Found("additive", way), _check_rows) for way in additive_ways(function, as_given))
    if "bias" in kinds:
        yield from ((Found("bias", way), _check_logits) for way in bias_ways(function))
    if "rotary" in kinds:
        for dim in dims:
            yield from ((Found("rotary", way, dim), _rotary_check(dim)) for way in rotary_ways(function, pair=False))
            yield from ((Found("rotary", way, dim), _pair_check(dim)) for way in rotary_ways(function, pair=True))
    if "additive" in kinds:
        for dim in dims:
            yield from ((Found("additive", way), _check_content) for way in content_ways(function, dim))
        yield from ((Found("additive", way), _check_wide_rows) for way in additive_ways(function, as_row, as_column))


# -- checks ---------------------------------------------------------------------------------------------------------


def _check_rows(encode: Call) -> str | None:
    widths = {encode(torch.arange(length)).shape[1] for _, _, length in _SAMPLES}
    return None if len(widths) == 1 else "returned rows whose width depends on their number"


def _check_wide_rows(encode: Call) -> str | None:
    if encode(torch.arange(_SAMPLES[0][-1])).shape[1] == 1:
        return "returned one number for each"
    return _check_rows(encode)


def _check_logits(bias: Call) -> str | None:
    heads = {bias(torch.arange(queries), torch.arange(keys)).shape[:-2] for queries, _, keys in _SAMPLES}
    return None if len(heads) == 1 else "returned heads whose number depends on that of positions"


def _rotary_check(dim: int) -> Check:
    """Same shape, and linear: doubling is exact in floating point, so it has to double every bit."""

    def check(rotate: Call) -> str | None:
        for sample in _SAMPLES:
            x, positions = vectors(*sample, dim), torch.arange(sample[-1])
            given = x.clone()
            turned = rotate(given, positions)
            if not same(given, x):
                return "changed x in place"
            if not same(rotate(2 * x, positions), 2 * turned):
                return "returned what is not linear in x"
        return None

    return check


def _pair_check(dim: int) -> Check:
    def check(rotate: Call) -> str | None:
        for sample in _SAMPLES:
            x, positions = vectors(*sample, dim), torch.arange(sample[-1])
            turned = rotate(x, x.flip(1), positions)
            doubled = rotate(2 * x, 2 * x.flip(1), positions)
            if not all(same(big, 2 * small) for big, small in zip(doubled, turned, strict=True)):
                return "returned what is not linear in queries and keys"
        return None

    return check


def _check_content(encode: Call) -> str | None:
    """The content may be added, times any number, or left out; the rows have to differ, or anything would pass."""
    for _, _, length in _SAMPLES:
        positions = torch.arange(length)
        rows, moved = encode(positions), encode(positions, content=1.0)
        change = moved.double() - rows.double()
        # Two results are rounded once each, and so is what they were computed from.
        allowed = 8 * torch.finfo(rows.dtype).eps * float(torch.maximum(rows.abs(), moved.abs()).max())
        if not float(change.max() - change.min()) <= allowed:
            return "returned what is not the content plus an encoding"
        if same(rows, rows[:1].expand_as(rows)):
            return "returned the same row for all positions"
    return None


def vectors(batch: int, heads: int, length: int, dim: int) -> Tensor:
    """Random vectors, always the same ones.

    Args:
        batch: size of the batch.
        heads: number of heads.
        length: number of positions.
        dim: width.

    Returns:
        (batch, heads, length, dim) float32.
    """
    return torch.randn(batch, heads, length, dim, generator=torch.Generator().manual_seed(0))


def same(a: Tensor, b: Tensor) -> bool:
    """Tell whether two tensors agree in every entry, NaN included.

    Args:
        a: a tensor.
        b: another one.

    Returns:
        True if they agree.
    """
    return torch.equal(a.nan_to_num(), b.nan_to_num())
