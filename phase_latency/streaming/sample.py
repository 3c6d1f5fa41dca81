"""A random sample of queries, where all of them would form more logits than a budget allows."""

import torch
from jaxtyping import Int64
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.validation import check_whole


def drawn_queries(heads: int, queries: int, keys: int, budget: int, seed: int) -> Int64[Tensor, " rows"]:
    """All queries if their logits are within the budget, else as many as are, drawn without replacement.

    Args:
        heads: number of heads; a query is measured in all of them.
        queries: number of queries.
        keys: number of keys.
        budget: most logits.
        seed: of the draw.

    Returns:
        (rows,) positions in increasing order.

    Raises:
        ArgumentError: the budget is less than the logits of one query.
    """
    check_whole(budget, "budget", 1, "pass the number of logits that may be evaluated")
    if heads * queries * keys <= budget:
        return torch.arange(queries)
    number = budget // (heads * keys)
    if not number:
        expected = f"at least {heads * keys}, the logits of one query in {heads} heads"
        raise ArgumentError("budget", budget, expected, "raise it")
    generator = torch.Generator().manual_seed(seed)
    return torch.randperm(queries, generator=generator)[:number].sort().values
