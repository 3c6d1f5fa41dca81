"""Attention masks: True where a query may attend to a key (the convention of scaled_dot_product_attention)."""

from dataclasses import dataclass

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


@dataclass(frozen=True, eq=False)
class Mask:
    """Which keys each query may attend to, without a matrix of all pairs unless one is given.

    Args:
        causal: every query attends to its own and earlier positions only.
        keys: (keys,) True for keys that may be attended to, False for padding; None for all.
        entries: (queries, keys) True where the query may attend to the key; None for all.

    Raises:
        ArgumentError: `keys` or `entries` is no boolean tensor of the right rank, or admits no key at all.
    """

    causal: bool = False
    keys: Bool[Tensor, " keys"] | None = None
    entries: Bool[Tensor, "queries keys"] | None = None

    def __post_init__(self) -> None:
        """Check the arguments."""
        for name, given, axes in (("mask.keys", self.keys, 1), ("mask", self.entries, 2)):
            if given is None:
                continue
            if not isinstance(given, Tensor) or given.dtype != torch.bool or given.ndim != axes:
                expected = "a boolean tensor of shape " + ("(keys,)" if axes == 1 else "(queries, keys)")
                raise ArgumentError(name, given, expected, "pass True where the key may be attended to")
            if not bool(given.any()):
                raise ArgumentError(name, given, "at least one key", "drop the sequence")

    def check_shape(self, queries: int, keys: int) -> None:
        """Refuse a mask that does not fit, or that leaves a query without any key.

        Args:
            queries: number of queries.
            keys: number of keys.

        Raises:
            ArgumentError: another number of queries or keys, a query without a key, or a causal mask between
                different numbers of queries and keys.
        """
        if self.causal and queries != keys:
            raise ArgumentError("mask", f"causal for {queries} queries and {keys} keys", "as many keys", "pass entries")
        if self.keys is not None and len(self.keys) != keys:
            raise ArgumentError("mask.keys", self.keys, f"shape ({keys},)", "pass one entry for each key")
        if self.entries is not None and self.entries.shape != (queries, keys):
            expected = f"a boolean tensor of shape {(queries, keys)}"
            raise ArgumentError("mask", self.entries, expected, "pass True where the query may attend to the key")
        empty = self._without_key(queries)
        if empty is not None:
            raise ArgumentError("mask", f"no key for query {empty}", "at least one key per query", "drop that query")

    def _without_key(self, queries: int) -> int | None:
        """The first query that may attend to nothing."""
        if self.entries is None:
            first = 0 if self.keys is None else int(self.keys.to(torch.uint8).argmax())
            return 0 if self.causal and first else None
        for start in range(0, queries, 1024):
            rows = torch.arange(start, min(start + 1024, queries))
            admitted = self.admitted(rows, slice(0, self.entries.shape[1]))
            empty = torch.zeros(0) if admitted is None else (~admitted.any(1)).nonzero()
            if len(empty):
                return start + int(empty[0])
        return None

    def admitted(self, queries: Tensor, keys: slice) -> Bool[Tensor, "queries keys"] | None:
        """The mask between some queries and some keys.

        Args:
            queries: (queries,) int64 positions.
            keys: positions of consecutive keys.

        Returns:
            (queries, keys) True where the query may attend to the key; None if all may.
        """
        found = None if self.entries is None else self.entries[queries, keys]
        if self.keys is not None:
            padding = self.keys[keys].expand(len(queries), -1)
            found = padding if found is None else found & padding
        if self.causal:
            earlier = torch.arange(keys.start, keys.stop) <= queries[:, None]
            found = earlier if found is None else found & earlier
        return found
