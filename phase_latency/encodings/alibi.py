"""ALiBi: attention with linear biases (Press, Smith and Lewis 2022)."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from phase_latency import formulas
from phase_latency.validation import check_dtype, check_whole, float64_positions


@dataclass(frozen=True)
class Alibi:
    """Linear bias on the logits: ``-slope_h |q - k|`` for head h.

    Args:
        heads: number of heads, >= 1.

    Raises:
        ArgumentError: the number of heads is not an integer >= 1.
    """

    heads: int

    def __post_init__(self) -> None:
        """Check the arguments."""
        check_whole(self.heads, "heads", 1, "pass the number of attention heads")

    def slopes(self) -> Float64[Tensor, " heads"]:
        """Slopes of the heads.

        For n = 2**m heads they are ``2**(-8 i/n)``, i = 1..n.  Other numbers take the slopes of the power of two
        below and fill up with every other slope of the power of two above, as the authors' code does.

        Returns:
            (heads,) float64, logits per position.
        """
        below = 2 ** (self.heads.bit_length() - 1)
        filling = _geometric_slopes(2 * below)[0::2][: self.heads - below]
        return torch.cat((_geometric_slopes(below), filling))

    def bias(
        self,
        query_positions: Int64[Tensor, " queries"] | Float64[Tensor, " queries"],
        key_positions: Int64[Tensor, " keys"] | Float64[Tensor, " keys"],
        dtype: torch.dtype = torch.float64,
    ) -> Float[Tensor, "heads queries keys"]:
        """Bias to add to the scaled logits.

        Args:
            query_positions: (queries,) int64 or float64.
            key_positions: (keys,) int64 or float64.
            dtype: dtype of the result; the computation is made in float64 and cast last.

        Returns:
            (heads, queries, keys) biases, <= 0.

        Raises:
            ArgumentError: positions or dtype outside what is accepted.
        """
        check_dtype(dtype)
        q = float64_positions(query_positions, "query_positions")
        k = float64_positions(key_positions, "key_positions")
        bias: Tensor = formulas.alibi(q[:, None], k[None, :], self.slopes().to(q.device)[:, None, None])
        return bias.to(dtype)


def _geometric_slopes(heads: int) -> Float64[Tensor, " heads"]:
    head = torch.arange(1, heads + 1, dtype=torch.float64)
    return torch.exp2(-8 * head / heads)
