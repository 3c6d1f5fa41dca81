"""Ways in which code of any origin is called as an encoding.

Every way turns a callable into one of these forms; which way fits is found by trying (see `probing`):

- ``encode(positions, *, dtype) -> (length, dim)``,
- ``rotate(x, positions) -> x`` and ``rotate(queries, keys, positions) -> (queries, keys)``, each of shape
  (batch, heads, length, dim),
- ``bias(query_positions, key_positions, *, dtype) -> (queries, keys)`` or (heads, queries, keys).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from phase_latency.adapters.arguments import (
    Arranged,
    Form,
    arrangements,
    as_given,
    as_logits,
    as_row,
    as_rows,
    as_turned,
    parameters,
    position_forms,
    takes,
)
from phase_latency.adapters.readings import per_dtype, table_size
from phase_latency.adapters.subject import Call


@dataclass(frozen=True)
class Way:
    """One way of calling something.

    Attributes:
        says: what is called, for messages: "f(x, positions)".
        call: takes the callable and returns it in the form of its kind.
        pair: whether queries and keys go into one call.
    """

    says: str
    call: Callable[[Any], Call]
    pair: bool = False


# -- additive and bias ----------------------------------------------------------------------------------------------


def additive_ways(function: Any, *shapes: Form) -> Iterator[Way]:
    """Ways to call something that takes positions and returns rows.

    Args:
        function: the callable.
        shapes: shapes of the positions.

    Yields:
        the ways, the most usual first; none if it cannot be called so.
    """

    def way(form: Form) -> Way:
        def rows(encode: Any, positions: Tensor, **dtype: torch.dtype) -> Tensor:
            return as_rows(encode(form(positions), **dtype), len(positions))

        return Way("f(positions)", lambda encode: _with_dtype(encode, rows))

    if takes(function, 1):
        yield from map(way, position_forms(*shapes))


def bias_ways(function: Any) -> Iterator[Way]:
    """Ways to call something that takes positions of queries and of keys and returns logits.

    Args:
        function: the callable.

    Yields:
        the ways, the most usual first; none if it cannot be called so.
    """

    def way(form: Form) -> Way:
        def logits(bias: Any, queries: Tensor, keys: Tensor, **dtype: torch.dtype) -> Tensor:
            return as_logits(bias(form(queries), form(keys), **dtype), len(queries), len(keys))

        return Way("f(query_positions, key_positions)", lambda bias: _with_dtype(bias, logits))

    if takes(function, 2):
        yield from map(way, position_forms(as_given, as_row))


def _with_dtype(function: Any, use: Callable[..., Tensor]) -> Call:
    """Let the working dtype reach a module by conversion, and a function by its keyword ``dtype``, if it has one."""
    if isinstance(function, nn.Module):
        of = per_dtype(function, lambda module: lambda *where: use(module, *where))
        return lambda *where, dtype=None: of(dtype)(*where)
    if "dtype" in parameters(function):
        return lambda *where, dtype=None: use(function, *where, **({} if dtype is None else {"dtype": dtype}))
    return lambda *where, dtype=None: use(function, *where)


# -- rotary ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Layout:
    """How (batch, heads, length, dim) is handed to code that wants another order of axes, or fewer of them."""

    parts: Callable[[Tensor], tuple[Tensor, ...]]
    whole: Callable[[tuple[Tensor, ...], Tensor], Tensor]  # from the turned parts, and what the whole was before


_LAYOUTS = (
    _Layout(lambda x: (x,), lambda turned, x: turned[0]),
    _Layout(lambda x: (x.transpose(1, 2),), lambda turned, x: turned[0].transpose(1, 2)),
    _Layout(lambda x: (x.flatten(0, 1),), lambda turned, x: turned[0].reshape(x.shape)),
    _Layout(lambda x: x.flatten(0, 1).unbind(), lambda turned, x: torch.stack(turned).reshape(x.shape)),
)


def rotary_ways(function: Any, *, pair: bool) -> Iterator[Way]:
    """Ways to call something that turns vectors.

    Args:
        function: the callable.
        pair: whether it takes queries and keys in one call.

    Yields:
        the ways, the most usual first; none if it cannot be called so.
    """
    says = "f(queries, keys, positions)" if pair else "f(x, positions)"
    for layout in _LAYOUTS:
        for form in [*position_forms(as_given, as_row), None]:
            for arranged in arrangements(function, 2 if pair else 1):
                yield Way(says, _turning(layout, form, arranged), pair)


def _turning(layout: _Layout, form: Form | None, arranged: Arranged) -> Callable[[Any], Call]:
    """What turns whole tensors part by part; without a form, every sample of the batch gets positions of its own."""

    def call(function: Any) -> Call:
        def turn(*arguments: Tensor) -> Tensor | tuple[Tensor, ...]:
            *whole, positions = arguments
            turned = []
            for parts in zip(*map(layout.parts, whole), strict=True):
                where = positions.expand(len(parts[0]), -1) if form is None else form(positions)
                turned.append(as_turned(arranged(function, parts, where), parts))
            results = tuple(layout.whole(each, x) for each, x in zip(zip(*turned, strict=True), whole, strict=True))
            return results if len(results) > 1 else results[0]

        return turn

    return call


# -- additive, through the content ----------------------------------------------------------------------------------


def content_ways(function: Any, dim: int) -> Iterator[Way]:
    """Ways to call something that takes the content and returns it with the encoding added, or the encoding alone.

    Args:
        function: the callable.
        dim: width of the content.

    Yields:
        the ways, none if it cannot be called so; the calls also take ``content=``, a number for all entries of the
        content in place of 0.
    """
    for axes in ((1, -1, dim), (-1, 1, dim), (-1, dim)):  # -1 stands for the length
        for form in position_forms(as_given, as_row):
            for arranged in arrangements(function, 1):
                yield Way("f(x, positions) as x + encoding", _through_content(axes, form, arranged))
    if takes(function, 1):
        for axes in ((1, -1, dim), (-1, 1, dim), (-1, dim)):
            yield Way("f(x) as x + encoding", _from_zero(axes))


def _content(axes: tuple[int, ...], length: int, content: float, dtype: torch.dtype | None) -> Tensor:
    shape = [length if axis == -1 else axis for axis in axes]
    return torch.full(shape, content, dtype=dtype or torch.get_default_dtype())


def _through_content(axes: tuple[int, ...], form: Form, arranged: Arranged) -> Callable[[Any], Call]:
    def call(function: Any) -> Call:
        def encode(positions: Tensor, *, dtype: torch.dtype | None = None, content: float = 0.0) -> Tensor:
            x = _content(axes, len(positions), content, dtype)
            return as_rows(arranged(function, (x,), form(positions)), len(positions))

        return encode

    return call


def _from_zero(axes: tuple[int, ...]) -> Callable[[Any], Call]:
    """The position of a row is where it stands, counted from 0: rows of a table that is long enough."""

    def call(function: Any) -> Call:
        def encode(positions: Tensor, *, dtype: torch.dtype | None = None, content: float = 0.0) -> Tensor:
            size = table_size(positions)
            rows = as_rows(function(_content(axes, size, content, dtype)), size)
            return rows[positions.long()]

        return encode

    return call
