"""How the additive encodings of other libraries are built, and how they are called.

Every ``*_rows`` takes what was built and returns ``encode(positions, *, dtype) -> (length, dim)``.
"""

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from phase_latency.adapters.packages import library_module, seeded
from phase_latency.adapters.readings import per_dtype, table_size
from phase_latency.adapters.subject import Call
from phase_latency.validation import row_numbers

_X = "x_transformers.x_transformers"
_ABSOLUTE_SIZE = 1024

# -- x-transformers -------------------------------------------------------------------------------------------------


def x_sinusoidal(dim: int) -> Any:
    """A ``ScaledSinusoidalEmbedding`` of x-transformers.

    Args:
        dim: width.

    Returns:
        the module.

    Raises:
        MissingToolError: the library is not installed.
    """
    return library_module(_X).ScaledSinusoidalEmbedding(dim)


def x_absolute(dim: int) -> Any:
    """An ``AbsolutePositionalEmbedding`` of x-transformers with random weights, always the same.

    Args:
        dim: width.

    Returns:
        the module, for 1024 positions.

    Raises:
        MissingToolError: the library is not installed.
    """
    build = library_module(_X).AbsolutePositionalEmbedding
    with seeded():
        return build(dim, _ABSOLUTE_SIZE)


def x_rows(module: Any) -> Call:
    """Its ``forward(x, pos=...)``, which looks at the shape of ``x`` only.

    Args:
        module: a ``ScaledSinusoidalEmbedding`` or an ``AbsolutePositionalEmbedding``.

    Returns:
        ``encode(positions, *, dtype)``; a table does not wrap.
    """
    size = getattr(module, "max_seq_len", None)

    def rows(each: Any, positions: Tensor) -> Any:
        where = positions if size is None else row_numbers(positions, size)
        return each(torch.empty(1, len(positions)), pos=where)

    of = per_dtype(module, lambda each: functools.partial(rows, each))
    return lambda positions, *, dtype=None: of(dtype)(positions)


# -- positional-encodings -------------------------------------------------------------------------------------------


def sinusoid_1d(dim: int) -> Any:
    """A ``PositionalEncoding1D`` of positional-encodings.

    Args:
        dim: width.

    Returns:
        the module.

    Raises:
        MissingToolError: the library is not installed.
    """
    return library_module("positional_encodings.torch_encodings").PositionalEncoding1D(dim)


def sinusoid_1d_rows(module: Any) -> Call:
    """Rows of its ``forward(x)``, where x reaches to the largest position and has the working dtype.

    Args:
        module: a ``PositionalEncoding1D``.

    Returns:
        ``encode(positions, *, dtype)`` for whole numbers >= 0.
    """

    def encode(positions: Tensor, *, dtype: torch.dtype | None = None) -> Any:
        content = torch.zeros(1, table_size(positions), module.org_channels, dtype=dtype or torch.float32)
        return module(content)[0, positions.long()]

    return encode


# -- nengo-spa ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FractionalBinding:
    """A vector bound to itself a fractional number of times.

    Attributes:
        algebra: an ``HrrAlgebra``.
        vector: (dim,) float64, positive and unitary: powers of others are not defined, or do not keep lengths.
    """

    algebra: Any
    vector: Any


def fractional_binding(dim: int) -> FractionalBinding:
    """Fractional binding of a random vector, always the same.

    Args:
        dim: width.

    Returns:
        the algebra and the vector.

    Raises:
        MissingToolError: the library is not installed.
    """
    algebra = library_module("nengo_spa.algebras.hrr_algebra").HrrAlgebra()
    drawn = np.random.default_rng(0).standard_normal(dim)
    return FractionalBinding(algebra, algebra.make_unitary(algebra.abs(drawn)))


def binding_rows(binding: FractionalBinding) -> Call:
    """Its ``binding_power(vector, position)``, position by position.

    Args:
        binding: the algebra and the vector.

    Returns:
        ``encode(positions)``, float64.
    """

    def encode(positions: Tensor) -> Tensor:
        rows = [binding.algebra.binding_power(binding.vector, position) for position in positions.tolist()]
        return torch.from_numpy(np.stack(rows))

    return encode
