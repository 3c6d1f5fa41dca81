"""How the biases of other libraries are built, and how they are called.

Every ``*_bias`` takes what was built and returns ``bias(query_positions, key_positions, *, dtype) -> (heads, queries,
keys)``.
"""

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from phase_latency.adapters.packages import library_module, seeded
from phase_latency.adapters.readings import per_dtype, table_size
from phase_latency.adapters.subject import Call

_X = "x_transformers.x_transformers"


def _converted(module: nn.Module, bias: Callable[[Any, Tensor, Tensor], Tensor]) -> Call:
    """The bias of a module in each working dtype."""
    of = per_dtype(module, lambda each: functools.partial(bias, each))
    return lambda queries, keys, *, dtype=None: of(dtype)(queries, keys)


# -- x-transformers -------------------------------------------------------------------------------------------------


def x_alibi(heads: int) -> Any:
    """An ``AlibiPositionalBias`` of x-transformers.

    Args:
        heads: number of heads.

    Returns:
        the module.

    Raises:
        MissingToolError: the library is not installed.
    """
    return library_module(_X).AlibiPositionalBias(heads)


def x_alibi_bias(module: Any) -> Call:
    """Its ``forward_custom_pos``, which takes positions and keeps nothing.

    Args:
        module: an ``AlibiPositionalBias``.

    Returns:
        ``bias(query_positions, key_positions, *, dtype)``.
    """

    def bias(each: Any, queries: Tensor, keys: Tensor) -> Any:
        return each.forward_custom_pos(queries, keys)

    return _converted(module, bias)


def x_relative(dim: int, heads: int) -> Any:
    """A ``RelativePositionBias`` of x-transformers with random weights, always the same.

    Args:
        dim: width of queries and keys; its root is the scale.
        heads: number of heads.

    Returns:
        the module.

    Raises:
        MissingToolError: the library is not installed.
    """
    build = library_module(_X).RelativePositionBias
    with seeded():
        return build(scale=dim**0.5, heads=heads)


def x_relative_bias(module: Any) -> Call:
    """Its buckets at explicit positions, and its weights of the buckets; ``forward`` counts positions from 0.

    Args:
        module: a ``RelativePositionBias``.

    Returns:
        ``bias(query_positions, key_positions, *, dtype)`` for whole numbers.
    """

    def bias(each: Any, queries: Tensor, keys: Tensor) -> Any:
        bucket = each._relative_position_bucket(
            keys[None] - queries[:, None],
            causal=each.causal,
            num_buckets=each.num_buckets,
            max_distance=each.max_distance,
        )
        return each.relative_attention_bias(bucket).permute(2, 0, 1) * each.scale

    return _converted(module, bias)


def x_dynamic(dim: int, heads: int) -> Any:
    """A ``DynamicPositionBias`` of x-transformers with random weights, always the same.

    Args:
        dim: width of its hidden layers.
        heads: number of heads.

    Returns:
        the module.

    Raises:
        MissingToolError: the library is not installed.
    """
    build = library_module(_X).DynamicPositionBias
    with seeded():
        return build(dim, heads=heads, depth=2)


def x_dynamic_bias(module: Any) -> Call:
    """Its network at all distances within the largest position, as ``forward`` evaluates it.

    Distances come in the dtype of the weights, so that it can be evaluated in all of them; ``forward`` makes them
    float32 and raises with other weights.

    Args:
        module: a ``DynamicPositionBias``.

    Returns:
        ``bias(query_positions, key_positions, *, dtype)`` for whole numbers >= 0.
    """

    def bias(each: Any, queries: Tensor, keys: Tensor) -> Tensor:
        size = max(table_size(queries, "query_positions"), table_size(keys, "key_positions"))
        found: Tensor = torch.arange(1 - size, size)[:, None].to(next(each.parameters()).dtype)
        if each.log_distance:
            found = torch.sign(found) * torch.log(found.abs() + 1)
        for layer in each.mlp:
            found = layer(found)
        return found[queries[:, None] - keys[None] + size - 1].permute(2, 0, 1)

    return _converted(module, bias)


# -- transformers: ALiBi in row form --------------------------------------------------------------------------------

# These add to every row of logits a number that depends on the key alone. Within a row, that is ALiBi up to a constant,
# which softmax does not see; under a causal mask only, since |q - k| is q - k there.


def model_alibi(model: str, heads: int) -> Any:
    """The function with which a model of transformers builds its ALiBi, with the number of heads filled in.

    Args:
        model: "bloom", "falcon" or "mpt".
        heads: number of heads.

    Returns:
        the function.

    Raises:
        MissingToolError: the library is not installed.
    """
    module = library_module(f"transformers.models.{model}.modeling_{model}")
    name = "build_mpt_alibi_tensor" if model == "mpt" else "build_alibi_tensor"
    return functools.partial(getattr(module, name), num_heads=heads)


def masked_alibi_bias(build: Any) -> Call:
    """The bias of Bloom and Falcon for keys 0, 1, ... that are all attended to.

    Args:
        build: takes ``attention_mask`` and ``dtype`` and returns (heads, 1, keys).

    Returns:
        ``bias(query_positions, key_positions, *, dtype)``.
    """

    def bias(queries: Tensor, keys: Tensor, *, dtype: torch.dtype | None = None) -> Any:
        mask = torch.ones(1, table_size(keys, "key_positions"), dtype=torch.int64)
        row = build(attention_mask=mask, dtype=dtype or torch.float32)
        return row[:, :, keys].expand(-1, len(queries), -1)

    return bias


def mpt_alibi_bias(build: Any) -> Call:
    """The bias of MPT for keys 0, 1, ..., which counts from the last of them.

    Args:
        build: takes ``sequence_length`` and returns (heads, 1, keys).

    Returns:
        ``bias(query_positions, key_positions)``.
    """

    def bias(queries: Tensor, keys: Tensor) -> Any:
        row = build(sequence_length=table_size(keys, "key_positions"))
        return row[:, :, keys].expand(-1, len(queries), -1)

    return bias


# -- transformers: T5 -----------------------------------------------------------------------------------------------


def t5_attention(dim: int, heads: int) -> Any:
    """A ``T5Attention`` of an encoder, with random weights of its buckets, always the same.

    Args:
        dim: width of queries and keys.
        heads: number of heads.

    Returns:
        the module.

    Raises:
        MissingToolError: the library is not installed.
    """
    config = library_module("transformers").T5Config(d_model=dim * heads, d_kv=dim, num_heads=heads)
    with seeded():
        build = library_module("transformers.models.t5.modeling_t5").T5Attention
        return build(config, has_relative_attention_bias=True)


def t5_bias(module: Any) -> Call:
    """Its buckets at explicit positions, and its weights of the buckets; ``compute_bias`` counts positions from 0.

    Args:
        module: a ``T5Attention`` with a relative attention bias.

    Returns:
        ``bias(query_positions, key_positions, *, dtype)`` for whole numbers.
    """

    def bias(each: Any, queries: Tensor, keys: Tensor) -> Any:
        bucket = each._relative_position_bucket(
            keys[None] - queries[:, None],
            bidirectional=not each.is_decoder,
            num_buckets=each.relative_attention_num_buckets,
            max_distance=each.relative_attention_max_distance,
        )
        return each.relative_attention_bias(bucket).permute(2, 0, 1)

    return _converted(module, bias)
