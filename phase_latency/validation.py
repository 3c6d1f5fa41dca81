"""Checks that the torch modules share; each raises one `ArgumentError` or returns what it was asked to prepare."""

import torch
from jaxtyping import Float64, Shaped
from torch import Tensor

from phase_latency.errors import ArgumentError, NotFiniteError

FLOATING_DTYPES = (torch.float64, torch.float32, torch.bfloat16, torch.float16)

# Every integer up to here is a float64; beyond, positions would collide silently.
_LARGEST_EXACT_INTEGER = 2**53


def float64_positions(positions: Shaped[Tensor, " length"], argument: str = "positions") -> Float64[Tensor, " length"]:
    """Check explicit positions and return them in float64, without loss.

    Args:
        positions: (length,) int64 or float64, finite, not empty.
        argument: the caller's name for them.

    Returns:
        (length,) float64, equal to `positions`.

    Raises:
        ArgumentError: not a tensor, wrong rank, empty, wrong dtype, or integers beyond 2**53.
        NotFiniteError: a position is infinite or NaN.
    """
    if not isinstance(positions, Tensor):
        raise ArgumentError(argument, positions, "a torch tensor", f"pass torch.as_tensor({argument})")
    if positions.ndim != 1:
        raise ArgumentError(argument, positions, "one axis, (length,)", "flatten it or loop over the batch")
    if positions.numel() == 0:
        raise ArgumentError(argument, positions, "at least one position", "pass a tensor that is not empty")
    if positions.dtype not in (torch.int64, torch.float64):
        raise ArgumentError(
            argument,
            positions,
            "int64 or float64, since narrower dtypes round distinct positions to one",
            "build it as int64 or float64 and cast the encoding last",
        )
    check_finite(positions, argument)
    if positions.dtype == torch.int64 and bool((positions.abs() > _LARGEST_EXACT_INTEGER).any()):
        raise ArgumentError(argument, positions.abs().max().item(), "integers up to 2**53", "shift the origin")
    return positions.to(torch.float64)


def row_numbers(positions: Shaped[Tensor, " length"], size: int) -> Tensor:
    """Positions as row numbers of a table: whole numbers in 0..size-1, never wrapped.

    Args:
        positions: (length,) int64 or float64.
        size: number of rows of the table.

    Returns:
        (length,) int64.

    Raises:
        ArgumentError: as `float64_positions`, or a position is not a row of the table.
    """
    exact = float64_positions(positions)
    outside = exact[(exact < 0) | (exact >= size) | (exact != exact.floor())]
    if outside.numel():
        raise ArgumentError(
            "positions",
            outside[0].item(),
            f"whole numbers in 0..{size - 1}, the rows of the table",
            "use a larger table or an encoding that is defined there",
        )
    return exact.to(torch.int64)


def check_finite(array: Shaped[Tensor, "..."], argument: str) -> None:
    """Refuse infinities and NaN.

    Args:
        array: a tensor of any shape and dtype.
        argument: the caller's name for it.

    Raises:
        NotFiniteError: names the first entry that is not finite.
    """
    finite = torch.isfinite(array)
    if not bool(finite.all()):
        position = tuple(int(i) for i in (~finite).nonzero()[0])
        raise NotFiniteError(argument, position, array[position].item())


def check_array(array: Shaped[Tensor, "..."], argument: str, shape: str) -> None:
    """Refuse what is not a finite, floating, non-empty tensor of the right shape.

    Args:
        array: the tensor.
        argument: the caller's name for it.
        shape: the axes expected, separated by blanks: a number for an axis of that length, a name for one of any
            length >= 1, as in ``"length dim"`` or ``"12 384 head_dim"``.

    Raises:
        ArgumentError: not a tensor, wrong shape, empty, complex or integer.
        NotFiniteError: an entry is infinite or NaN.
    """
    axes = shape.split()
    named_shape = f"shape ({', '.join(axes)})"
    if not isinstance(array, Tensor):
        raise ArgumentError(argument, array, f"a torch tensor of {named_shape}", f"pass torch.as_tensor({argument})")
    if array.ndim != len(axes):
        raise ArgumentError(argument, array, named_shape, "reshape it or loop over the batch")
    if any(axis.isdigit() and int(axis) != length for axis, length in zip(axes, array.shape, strict=True)):
        raise ArgumentError(argument, array, named_shape, "make the shapes agree")
    if array.numel() == 0:
        raise ArgumentError(argument, array, f"{named_shape} with no axis empty", "pass at least one entry")
    check_dtype(array.dtype, argument)
    check_finite(array, argument)


def check_fits(array: Shaped[Tensor, "..."], argument: str, shape: str, dtype: torch.dtype, to: str) -> None:
    """Refuse an array whose shape or dtype does not fit another one.

    Args:
        array: the tensor.
        argument: the caller's name for it.
        shape: the axes expected, as for `check_array`.
        dtype: its dtype.
        to: what it has to fit, as the caller calls it.

    Raises:
        ArgumentError: another dtype, or anything that `check_array` refuses.
        NotFiniteError: an entry is infinite or NaN.
    """
    check_array(array, argument, shape)
    if array.dtype != dtype:
        remedy = f"cast one of them with .to({dtype}) or .to({array.dtype})"
        raise ArgumentError(argument, array, f"dtype {dtype}, as {to}", remedy)


def check_dtype(dtype: torch.dtype, argument: str = "dtype") -> None:
    """Refuse dtypes that are not real floating point.

    Args:
        dtype: the dtype.
        argument: the caller's name for it, or for the array that has it.

    Raises:
        ArgumentError: the dtype is complex, integer, or a floating format without known rounding.
    """
    if dtype not in FLOATING_DTYPES:
        known = ", ".join(str(floating).removeprefix("torch.") for floating in FLOATING_DTYPES)
        raise ArgumentError(argument, dtype, f"a real floating dtype ({known})", "convert it with .to(dtype)")


def check_whole(number: int, argument: str, smallest: int, remedy: str) -> None:
    """Refuse what is not a whole number of at least `smallest`.

    Args:
        number: the number.
        argument: the caller's name for it.
        smallest: the smallest number allowed.
        remedy: what the caller should do, as an imperative.

    Raises:
        ArgumentError: not an int, or too small.
    """
    if not isinstance(number, int) or isinstance(number, bool) or number < smallest:
        raise ArgumentError(argument, number, f"an integer >= {smallest}", remedy)
