"""A spiking sequence machine and a layer of attention recall the same sequence: where they do the same, and where not.

Run it with ``python examples/recall_sequence.py``. Group I of the ledger proves what the five lines say.
"""

import math
import random

import torch

from phase_latency.spiking import Memory, code_of_times, rank_code, spike_times

UNITS, FIRING, ALPHA = 64, 8, 0.75  # each symbol is a rank-ordered code: 8 of 64 units fire
KEEP, BETA = 0.5, 400.0  # what is kept of a context, and the inverse temperature of attention
LENGTH = 12


def codes(symbols: int, seed: int = 0) -> tuple[list[list[int]], torch.Tensor]:
    """Random orders of random units, and the codes that they make."""
    rng = random.Random(seed)
    orders = [rng.sample(range(UNITS), FIRING) for _ in range(symbols)]
    return orders, torch.stack([rank_code(order, UNITS, ALPHA) for order in orders])


def contexts(vectors: torch.Tensor, shuffle: torch.Tensor) -> torch.Tensor:
    """The context after each symbol: ``C' = lambda P C + I``, scaled to norm 1."""
    context, found = torch.zeros(UNITS, dtype=torch.float64), []
    for vector in vectors:
        context = KEEP * context[shuffle] + vector
        found.append(context)
    return torch.nn.functional.normalize(torch.stack(found), dim=1)


def decoded(answer: torch.Tensor, vectors: torch.Tensor) -> int:
    """The symbol whose code has the largest dot product with an answer."""
    return int((vectors @ answer).argmax())


def main() -> None:
    """Store a sequence in both, recall it from its contexts, and compare operation by operation."""
    orders, alphabet = codes(8)
    rng = random.Random(1)
    sequence = [rng.randrange(8) for _ in range(LENGTH + 1)]
    vectors = alphabet[sequence]
    shuffle = torch.randperm(UNITS, generator=torch.Generator().manual_seed(2))
    keys, values = contexts(vectors[:-1], shuffle), vectors[1:]

    maximum, total = Memory.empty(UNITS, UNITS), Memory.empty(UNITS, UNITS, "sum")
    for key, value in zip(keys, values, strict=True):
        maximum, total = maximum.stored(key, value), total.stored(key, value)

    scores = keys @ keys.mT
    attention = (BETA * scores).softmax(1) @ values
    by_machine = [decoded(maximum.read(key), alphabet) for key in keys]
    by_attention = [decoded(row, alphabet) for row in attention]

    times = spike_times(orders[0], UNITS, ALPHA)
    spikes = code_of_times(times)
    gap = float((scores.diagonal()[:, None] - scores + 9 * torch.eye(LENGTH)).min())
    off = float((attention - values).abs().max())
    bound = 2 * (LENGTH - 1) * math.exp(-BETA * gap)
    linear = scores @ values
    unrolled = torch.nn.functional.normalize(
        sum(KEEP**age * permuted(vectors[LENGTH - 1 - age], shuffle, age) for age in range(LENGTH)), dim=0
    )

    apart, off_by = -math.log(ALPHA), float((spikes - alphabet[0]).abs().max())
    print(f"encoding   spikes {apart:.3f} tau apart are the code: off by {off_by:.0e}")
    print(f"context    the recurrence is the sum over the past: off by {(unrolled - keys[-1]).abs().max():.0e}")
    print(f"retrieval  softmax against the nearest key: off by {off:.1e}, bound {bound:.1e} (gap {gap:.2f})")
    print(f"storage    a sum store is linear attention: off by {(linear - read(total, keys)).abs().max():.0e}")
    print(f"           a max store is not: it differs by up to {(linear - read(maximum, keys)).abs().max():.2f}")
    print(f"decoding   dot product and cosine choose alike, since all codes have the norm {alphabet[0].norm():.3f}")
    correct = [sum(a == b for a, b in zip(found, sequence[1:], strict=True)) for found in (by_machine, by_attention)]
    print(f"recalled   {correct[0]} of {LENGTH} by the machine, {correct[1]} of {LENGTH} by attention")


def permuted(vector: torch.Tensor, shuffle: torch.Tensor, times: int) -> torch.Tensor:
    """A vector after as many steps of the permutation."""
    for _ in range(times):
        vector = vector[shuffle]
    return vector


def read(memory: Memory, keys: torch.Tensor) -> torch.Tensor:
    """What a memory answers to each key."""
    return torch.stack([memory.read(key) for key in keys])


if __name__ == "__main__":
    main()
