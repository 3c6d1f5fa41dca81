"""What goes into code of any origin and what comes out: forms of positions, orders of arguments, results in shape."""

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from phase_latency.errors import ArgumentError

# What parameters for positions are called in the libraries that were looked at.
POSITION_NAMES = ("positions", "position_ids", "input_pos", "position", "pos", "offsets", "t", "times")

_REMEDY = "wrap the encoding so that it returns this"

Form = Callable[[Tensor], Any]
Arranged = Callable[[Callable[..., Any], tuple[Tensor, ...], Any], Any]

# -- in -------------------------------------------------------------------------------------------------------------


def signature(function: Any) -> inspect.Signature | None:
    """What arguments a callable takes.

    Args:
        function: a callable; for a module, its ``forward`` is looked at.

    Returns:
        the signature; None where Python cannot tell.
    """
    try:
        return inspect.signature(function.forward if isinstance(function, nn.Module) else function)
    except (TypeError, ValueError):
        return None


def parameters(function: Any) -> set[str]:
    """Names of the parameters of a callable.

    Args:
        function: a callable.

    Returns:
        the names; none where Python cannot tell.
    """
    found = signature(function)
    return set(found.parameters) if found else set()


def as_given(positions: Tensor) -> Tensor:
    """Positions in the shape (length,)."""
    return positions


def as_row(positions: Tensor) -> Tensor:
    """Positions in the shape (1, length), those of a batch of one."""
    return positions[None]


def as_column(positions: Tensor) -> Tensor:
    """Positions in the shape (length, 1)."""
    return positions[:, None]


def position_forms(*shapes: Form) -> list[Form]:
    """Forms in which positions are passed, the most usual first.

    Args:
        shapes: the shapes that come into question.

    Returns:
        int64 in each of the shapes; then in float64 and float32, for code that multiplies positions with a matrix and
        casts them itself; then a NumPy array.
    """

    def cast_and_shaped(cast: Form, shape: Form) -> Form:
        return lambda positions: shape(cast(positions))

    casts: tuple[Form, ...] = (as_given, Tensor.double, Tensor.float)
    return [*(cast_and_shaped(cast, shape) for cast in casts for shape in shapes), Tensor.numpy]


def arrangements(function: Any, count: int) -> list[Arranged]:
    """Orders in which vectors and positions are passed, the most usual first.

    Args:
        function: the callable.
        count: number of vectors.

    Returns:
        positions by a name that the function has, positions last, positions first; without those that its parameters
        rule out.
    """

    def by_name(name: str) -> Arranged:
        return lambda f, vectors, positions: f(*vectors, **{name: positions})

    names = [name for name in POSITION_NAMES if name in parameters(function)]
    found = [by_name(name) for name in names if takes(function, count, name)]
    if takes(function, count + 1):
        found.append(lambda f, vectors, positions: f(*vectors, positions))
        found.append(lambda f, vectors, positions: f(positions, *vectors))
    return found


def takes(function: Any, count: int, *names: str) -> bool:
    """Tell whether a callable can be called with so many arguments.

    Args:
        function: the callable.
        count: number of positional arguments.
        names: keyword arguments.

    Returns:
        False if Python would refuse the call.
    """
    found = signature(function)
    if found is None:
        return True
    try:
        found.bind(*range(count), **dict.fromkeys(names))
    except TypeError:
        return False
    return True


# -- out ------------------------------------------------------------------------------------------------------------


def as_rows(found: Any, length: int) -> Tensor:
    """A result as a table of encodings.

    Args:
        found: what was returned; an axis of the batch, of size 1, is dropped.
        length: number of positions.

    Returns:
        (length, dim).

    Raises:
        ArgumentError: it is something else.
    """
    expected = f"a floating tensor of shape ({length}, dim)"
    rows = _floating(found, expected)
    if rows.ndim == 3:
        rows = rows.squeeze(0) if len(rows) == 1 else rows.squeeze(1)
    if rows.ndim != 2 or len(rows) != length:
        raise ArgumentError("result", found, expected, _REMEDY)
    return rows


def as_logits(found: Any, queries: int, keys: int) -> Tensor:
    """A result as a bias on logits.

    Args:
        found: what was returned; an axis of the batch, of size 1, is dropped.
        queries: number of queries.
        keys: number of keys.

    Returns:
        (queries, keys) or (heads, queries, keys).

    Raises:
        ArgumentError: it is something else.
    """
    expected = f"a floating tensor of shape ({queries}, {keys}) or (heads, {queries}, {keys})"
    bias = _floating(found, expected)
    bias = bias.squeeze(0) if bias.ndim == 4 else bias
    if bias.ndim not in (2, 3) or bias.shape[-2:] != (queries, keys):
        raise ArgumentError("result", found, expected, _REMEDY)
    return bias


def as_turned(found: Any, vectors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """A result as turned vectors.

    Args:
        found: what was returned: a tensor for one tensor of vectors, several for several.
        vectors: what was to be turned.

    Returns:
        one tensor per tensor of vectors, of the same shape.

    Raises:
        ArgumentError: it is something else.
    """
    results = (found,) if len(vectors) == 1 else found
    if not (isinstance(results, tuple | list) and len(results) == len(vectors)):
        raise ArgumentError("result", found, "queries and keys, both turned", _REMEDY)
    expected = f"a floating tensor of shape {tuple(vectors[0].shape)}, as it was given"
    turned = tuple(_floating(each, expected) for each in results)
    if any(each.shape != given.shape for each, given in zip(turned, vectors, strict=True)):
        raise ArgumentError("result", found, expected, _REMEDY)
    return turned


def _floating(found: Any, expected: str) -> Tensor:
    if not isinstance(found, Tensor) and hasattr(found, "__array__"):
        found = torch.as_tensor(found.__array__())
    if not isinstance(found, Tensor) or not found.is_floating_point():
        raise ArgumentError("result", found, expected, _REMEDY)
    return found.detach()
