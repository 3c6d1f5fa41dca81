"""Attention masks: True where a query may attend to a key (the convention of scaled_dot_product_attention)."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from phase_latency.errors import ArgumentError, NotFiniteError
from phase_latency.validation import check_whole


def causal_mask(length: int) -> Bool[Tensor, "length length"]:
    """Let every query attend to its own and earlier positions.

    Args:
        length: number of positions, >= 1.

    Returns:
        (length, length), True on and below the diagonal.

    Raises:
        ArgumentError: the length is not an integer >= 1.
    """
    check_whole(length, "length", 1, "pass the number of positions")
    return torch.ones(length, length, dtype=torch.bool).tril()


def padding_mask(is_padding: Bool[Tensor, " length"]) -> Bool[Tensor, "length length"]:
    """Hide padded keys from every query.

    Args:
        is_padding: (length,) True where the key is padding (`key_padding_mask` of torch.nn.MultiheadAttention).

    Returns:
        (length, length), True in the columns that are not padding.

    Raises:
        ArgumentError: not a boolean tensor of one axis, or every key is padding.
    """
    if not isinstance(is_padding, Tensor) or is_padding.dtype != torch.bool or is_padding.ndim != 1:
        raise ArgumentError("is_padding", is_padding, "a boolean tensor of shape (length,)", "pass True at padding")
    if bool(is_padding.all()):
        raise ArgumentError("is_padding", is_padding, "at least one key that is not padding", "drop the sequence")
    return (~is_padding).expand(len(is_padding), -1)


def masked_logits(
    logits: Float[Tensor, "heads queries keys"], mask: Bool[Tensor, "queries keys"] | None
) -> Float[Tensor, "heads queries keys"]:
    """Put -inf where attention is not allowed.

    Args:
        logits: (heads, queries, keys) logits; entries may already be -inf.
        mask: (queries, keys), True where the query may attend to the key; None allows everything.

    Returns:
        (heads, queries, keys) logits, each row with at least one finite entry.

    Raises:
        ArgumentError: the mask has another shape or dtype, or it leaves a row without any key.
        NotFiniteError: a logit is NaN or +inf.
    """
    if mask is not None:
        if mask.dtype != torch.bool or mask.shape != logits.shape[-2:]:
            expected = f"a boolean tensor of shape {tuple(logits.shape[-2:])}"
            raise ArgumentError("mask", mask, expected, "pass True where the query may attend to the key")
        logits = logits.masked_fill(~mask, -torch.inf)
    overflowed = logits.isnan() | logits.isposinf()
    if bool(overflowed.any()):
        position = tuple(int(i) for i in overflowed.nonzero()[0])
        raise NotFiniteError("logits", position, logits[position].item())
    masked_rows = logits.isneginf().all(dim=-1)
    if bool(masked_rows.any()):
        head, query = (int(i) for i in masked_rows.nonzero()[0])
        raise ArgumentError(
            "mask", f"no key for query {query} of head {head}", "at least one key per query", "drop that query"
        )
    return logits
