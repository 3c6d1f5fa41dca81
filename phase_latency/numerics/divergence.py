"""How far attention weights move when the logits move by a small, known difference.

Two softmaxes subtracted from each other lose everything when they are close: the Kullback-Leibler divergence of a
change D is of order ``D**2``, all rounding error for D near 1e-8. Here D is given as it is, in difference form, and
every figure is a sum without cancellation (`phase_latency.numerics.divergence_rows`), with a certified error
(`phase_latency.numerics.divergence_errors`). The change is also bounded by its range r alone: ``TV <= tanh(r/4)``
(`softmax-perturbation`) and ``KL <= r**2/8`` (Hoeffding's lemma).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import reduce

import torch
from jaxtyping import Bool, Float64
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.masks import masked_logits
from phase_latency.numerics.divergence_errors import Divergences, carried, evaluated, evaluation_error
from phase_latency.numerics.divergence_rows import Pivots, Sums, Workspace
from phase_latency.numerics.propagation import inflated
from phase_latency.validation import check_finite

# Most queries of a tile, and entries of a tile of so many: buffers of a megabyte.
TILE_ROWS, TILE_ENTRIES = 256, 2**17


@dataclass(frozen=True, eq=False)
class Divergence:
    """Change of the attention weights, row by row; every field is (heads, queries).

    Attributes:
        total_variation: half the sum of absolute changes of the weights, in [0, 1].
        kl_forward: ``KL(p, p')`` of the new weights p' from the old ones p, in nats.
        kl_reverse: ``KL(p', p)``, in nats.
        total_variation_error: certified distance to the exact figure.
        kl_forward_error: the same.
        kl_reverse_error: the same.
        largest_change: largest absolute change of a logit.
        change_error: certified distance of the largest change to the exact one; that of the spread is twice as much.
        spread: range of the change, largest minus smallest; what adds the same to a whole row has spread 0.
        top_changed: True where the old largest logit is no longer largest; ties that stay ties are no change.
    """

    total_variation: Float64[Tensor, "heads queries"]
    kl_forward: Float64[Tensor, "heads queries"]
    kl_reverse: Float64[Tensor, "heads queries"]
    total_variation_error: Float64[Tensor, "heads queries"]
    kl_forward_error: Float64[Tensor, "heads queries"]
    kl_reverse_error: Float64[Tensor, "heads queries"]
    largest_change: Float64[Tensor, "heads queries"]
    change_error: Float64[Tensor, "heads queries"]
    spread: Float64[Tensor, "heads queries"]
    top_changed: Bool[Tensor, "heads queries"]

    @classmethod
    def of(cls, pivots: Pivots, sums: Sums) -> "Divergence":
        """Figures of the rows of one head from two passes over their keys.

        Args:
            pivots: of the first pass.
            sums: of the second pass.

        Returns:
            (1, rows) figures; the errors are those of the evaluation, for the logits and the change that were given.
        """
        largest_change = torch.maximum(sums.low.abs(), sums.high.abs())
        change = largest_change, torch.zeros_like(largest_change), sums.high - sums.low
        figures = (*evaluated(sums), *evaluation_error(pivots, sums), *change, sums.gain > 0)
        return cls(*(each[None] for each in figures))

    @property
    def total_variation_bound(self) -> Float64[Tensor, "heads queries"]:
        """Largest total variation that a change of this range can cause, ``tanh(spread/4)``."""
        return total_variation_bound(self.spread)

    def carried(
        self, logit_error: Float64[Tensor, "heads queries"], change_error: Float64[Tensor, "heads queries"]
    ) -> "Divergence":
        """The same figures for logits and a change that are off, with errors that allow for it.

        Args:
            logit_error: (heads, queries) largest distance of a logit of each row to the exact one.
            change_error: (heads, queries) the same for the change.

        Returns:
            the figures with larger errors.
        """
        values = Divergences(self.total_variation, self.kl_forward, self.kl_reverse)
        error = Divergences(self.total_variation_error, self.kl_forward_error, self.kl_reverse_error)
        error = carried(values, error, logit_error, change_error)
        change = self.largest_change, self.change_error + change_error, self.spread
        return Divergence(*values, *error, *change, self.top_changed)

    @classmethod
    def joined(cls, parts: Sequence["Divergence"], axis: int) -> "Divergence":
        """Rows side by side.

        Args:
            parts: at least one.
            axis: 0 for further heads, 1 for further queries.

        Returns:
            all rows.
        """
        return cls(*(torch.cat([getattr(part, each.name) for part in parts], axis) for each in fields(cls)))


def total_variation_bound(spread: Float64[Tensor, "*rows"]) -> Float64[Tensor, "*rows"]:
    """Largest total variation between softmaxes whose logits differ by something of a given range.

    Args:
        spread: (...) range of the difference within each row.

    Returns:
        (...) ``tanh(spread/4)``, rounded up (`softmax-perturbation`; attained in the limit of two entries).
    """
    return inflated(torch.tanh(spread / 4))


def kl_bound(spread: Float64[Tensor, "*rows"]) -> Float64[Tensor, "*rows"]:
    """Largest Kullback-Leibler divergence between softmaxes whose logits differ by something of a given range.

    Args:
        spread: (...) range of the difference within each row.

    Returns:
        (...) ``spread**2/8``, rounded up (Hoeffding's lemma), in nats.
    """
    return inflated(spread**2 / 8)


def divergence(
    logits: Float64[Tensor, "heads queries keys"],
    change: Float64[Tensor, "heads queries keys"],
    mask: Bool[Tensor, "queries keys"] | None = None,
) -> Divergence:
    """Compare ``softmax(logits)`` with ``softmax(logits + change)``, accurately however small the change.

    Where the change has a range of at most 32, the relative error is a few units of 2**-53 times the size of the
    logits; above, the error relative to 1 plus the value is. The certified errors take logits and change as exact.
    Rows are independent: blocks of queries may be passed one after the other.

    Args:
        logits: (heads, queries, keys) finite logits, float64; those that are -inf have no weight.
        change: (heads, queries, keys) finite change of the logits, float64, in difference form: subtracting two
            rounded logits would leave mostly rounding error.
        mask: (queries, keys), True where a query may attend to a key; what happens elsewhere is ignored.

    Returns:
        the change of every row.

    Raises:
        ArgumentError: the shapes differ, the mask does not fit, or it leaves a query without any key.
        NotFiniteError: a logit is NaN or +inf, or a change is not finite.
    """
    if change.shape != logits.shape:
        expected = f"shape {tuple(logits.shape)}, as the logits"
        raise ArgumentError("change", change, expected, "pass one change per logit")
    logits = masked_logits(logits, mask)
    hidden = None if mask is None else ~mask
    if hidden is not None:
        change = change.masked_fill(hidden, 0.0)
    check_finite(change, "change")
    queries, keys = logits.shape[1:]
    workspace = Workspace(min(queries, TILE_ROWS), min(keys, tile_keys(queries)))
    return Divergence.joined([_of_head(z, d, hidden, workspace) for z, d in zip(logits, change, strict=True)], 0)


def tile_keys(queries: int) -> int:
    """Keys of a tile.

    Args:
        queries: number of queries, of which a tile has at most `TILE_ROWS`.

    Returns:
        the power of two next to `TILE_ENTRIES` entries, between 512 and 2048, so that tiles make up blocks of keys.
    """
    return int(min(2048, 2 ** round(math.log2(TILE_ENTRIES / min(queries, TILE_ROWS)))))


def _of_head(logits: Tensor, change: Tensor, hidden: Tensor | None, workspace: Workspace) -> Divergence:
    """Rows of one head, some at a time; their keys are read twice."""
    parts = []
    for first in range(0, len(logits), TILE_ROWS):
        rows = slice(first, first + TILE_ROWS)
        block = logits[rows], change[rows], None if hidden is None else hidden[rows], workspace
        pivots = reduce(Pivots.merged, (Pivots.of_tile(*tile) for tile in _tiles(*block)))
        sums = reduce(Sums.merged, (Sums.of_tile(tile, pivots, masked) for tile, masked in _tiles(*block)))
        parts.append(Divergence.of(pivots, sums))
    return Divergence.joined(parts, 1)


def _tiles(
    logits: Tensor, change: Tensor, hidden: Tensor | None, workspace: Workspace
) -> Iterator[tuple[tuple[Tensor, ...], Tensor | None]]:
    """Copies of tiles in the buffers."""
    size = tile_keys(len(logits))
    for first in range(0, logits.shape[1], size):
        keys = slice(first, first + size)
        buffers = workspace.buffers(*logits[:, keys].shape)
        buffers[0].copy_(logits[:, keys])
        buffers[1].copy_(change[:, keys])
        yield buffers, None if hidden is None else hidden[:, keys]
