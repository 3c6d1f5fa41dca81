"""Which queries and keys to look at first: the most promising, until the rest cannot matter or the budget is spent.

Taking n strips of queries and m strips of keys leaves pairs of the others alone. Their entries are bounded by the
largest numbers that are left on each side, so the best n and m are read off a table.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from phase_latency.streaming.entry_bounds import Strips, entry_bound

_CHOICES = 64  # numbers of strips that are considered, in geometric progression


@dataclass(frozen=True, eq=False)
class Ranked:
    """Strips of one side, the most promising first.

    Attributes:
        strips: the strips.
        order: (strips,) their numbers, the most promising first.
        left: (strips + 1, 3) largest norms that are left when so many of them are taken.
        cost: number of entries that one of them costs.
    """

    strips: Strips
    order: Int64[Tensor, " strips"]
    left: Float64[Tensor, "more 3"]
    cost: int

    def alive(self, taken: int) -> Bool[Tensor, " strips"]:
        """Strips that are not taken.

        Args:
            taken: how many are.

        Returns:
            (strips,) True for the others.
        """
        alive = torch.ones(len(self.order), dtype=torch.bool)
        alive[self.order[:taken]] = False
        return alive

    def chosen(self, first: int, last: int, length: int) -> Int64[Tensor, " rows"]:
        """Positions of some strips.

        Args:
            first: rank of the first.
            last: rank after the last.
            length: number of positions in all.

        Returns:
            (rows,) in increasing order.
        """
        starts = self.order[first:last].sort().values * self.strips.size
        positions = (starts[:, None] + torch.arange(self.strips.size)).flatten()
        return positions[positions < length]


def ranking(strips: Strips, others: Strips, inner: int) -> Int64[Tensor, " strips"]:
    """Rank strips by the largest entry that they can have.

    Args:
        strips: of one side.
        others: of the other side.
        inner: length of the inner products.

    Returns:
        (strips,) their numbers, the most promising first.
    """
    return entry_bound(strips.norms, others.norms.amax(0), inner).argsort(descending=True, stable=True)


def ranked(strips: Strips, order: Int64[Tensor, " strips"], cost: int) -> Ranked:
    """Put strips in order.

    Args:
        strips: of one side.
        order: (strips,) their numbers, the most promising first.
        cost: number of entries that one of them costs.

    Returns:
        the strips in order.
    """
    left = strips.norms[order].flip(0).cummax(0).values.flip(0)
    return Ranked(strips, order, torch.cat([left, left.new_zeros(1, 3)]), cost)


def plan(
    queries: Ranked, keys: Ranked, budget: float, found: float, inner: int, mirrored: bool, least: tuple[int, int]
) -> tuple[int, int]:
    """How many strips of each side to take.

    Args:
        queries: strips of queries.
        keys: strips of keys.
        budget: number of entries that may be computed for all strips together.
        found: a deviation that was found: entries that cannot exceed it need not be looked at.
        inner: length of the inner products.
        mirrored: whether strips of keys are taken together with those of queries.
        least: how many of each are taken in any case.

    Returns:
        the cheapest choice that leaves nothing above `found`; if there is none, that with the lowest bound.
    """
    n, m = (_choices(first, len(each.order)) for first, each in zip(least, (queries, keys), strict=True))
    bound = entry_bound(queries.left[n][:, None], keys.left[m][None], inner)
    cost = (n * queries.cost)[:, None] + (torch.zeros_like(m) if mirrored else m * keys.cost)
    allowed = cost <= max(budget, int(cost[0, 0]))
    if mirrored:
        allowed &= n[:, None] == m
    enough = allowed & (bound <= found)
    if bool(enough.any()):
        best = torch.where(enough, cost, torch.iinfo(torch.int64).max).argmin()
    else:
        bound = torch.where(allowed, bound, torch.inf)
        best = torch.where(allowed & (bound == bound.min()), cost, -1).argmax()
    row, column = divmod(int(best), len(m))
    return int(n[row]), int(m[column])


def _choices(first: int, last: int) -> Tensor:
    """Numbers of strips, from `first` in growing steps."""
    steps = {round((last - first) ** (each / (_CHOICES - 1))) for each in range(_CHOICES)} if last > first else set()
    return torch.tensor(sorted({first} | {first + step for step in steps}))
