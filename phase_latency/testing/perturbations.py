"""Hypothesis strategies for rows of logits before and after a change."""

from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from jaxtyping import Float
from torch import Tensor

from phase_latency.testing.strategies import arrays, dtypes, scales

# Powers of two between which changes are drawn, as far as the entries of a dtype reach without overflow.
_SMALLEST = {torch.float64: -60, torch.float32: -30, torch.bfloat16: -30, torch.float16: -12}
_LARGEST = {torch.float64: 60, torch.float32: 30, torch.bfloat16: 30, torch.float16: 12}


@dataclass(frozen=True, eq=False)
class ChangedLogits:
    """Rows of logits before and after a change.

    Attributes:
        before: (rows, keys) logits.
        after: (rows, keys) logits of the same dtype.
    """

    before: Float[Tensor, "rows keys"]
    after: Float[Tensor, "rows keys"]

    def __repr__(self) -> str:
        """The entries as lists, with their dtype."""
        return f"{self.before.dtype}, u={self.before.tolist()}, v={self.after.tolist()}"


@st.composite
def changed_logits(draw: st.DrawFn, dtype: torch.dtype | None = None) -> ChangedLogits:
    """Rows whose logits change a little or a lot, at random or as adversely as possible.

    Args:
        draw: supplied by Hypothesis.
        dtype: dtype of the logits; None draws any.

    Returns:
        rows of one to eight keys; reaches changes from ``2**-60`` to ``2**60`` (``2**12`` in float16), changes that are
        the same for all keys, and two keys that exchange their logits, which changes the weights by as much as the
        range of the change allows; shrinks to such an exchange.
    """
    dtype = draw(dtypes()) if dtype is None else dtype
    size = draw(scales(dtype, lowest=-3, highest=3) | scales(dtype, lowest=_SMALLEST[dtype], highest=_LARGEST[dtype]))
    if draw(st.booleans()):
        low, high = draw(arrays((1, 1), dtype, scale=scales(dtype, lowest=-3, highest=3))), size
        pair = torch.cat((low, low + high), dim=-1)
        return ChangedLogits(pair, pair.flip(-1))
    shape = draw(st.integers(1, 3)), draw(st.integers(1, 8))
    before = draw(arrays(shape, dtype, scale=scales(dtype, lowest=-3, highest=3)))
    change = draw(arrays(shape, dtype, scale=st.just(size)))
    return ChangedLogits(before, before + change)
