"""Use 3: property-test a layer of your own against the statements.

A statement comes with an instance: random cases, what a layer computes in them with a certified rounding bound, and
what the symbolic claim says it must be. Put your layer in the place of ours. The only tolerance is the bound.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from phase_latency.attention import Attention
from phase_latency.instance import Instance, observed, run
from phase_latency.ledger import statement
from phase_latency.numerics.bounded import Bounded
from phase_latency.proofs.instances.lemma_1 import positional_logits
from phase_latency.testing.strategies import LayerCase

LEMMA = statement("lemma-1")

Logits = Callable[[Attention, Tensor], Tensor]


def mine(layer: Attention, x: Tensor) -> Tensor:
    """A layer as one might write it: all heads in one product, then taken apart."""
    q, k = (x @ torch.cat(list(w), dim=1) for w in (layer.w_q, layer.w_k))
    q, k = (each.unflatten(-1, (layer.heads, layer.head_dim)).transpose(0, 1) for each in (q, k))
    return (q @ k.mT) * layer.head_dim**-0.5


def scaled_twice(layer: Attention, x: Tensor) -> Tensor:
    """The same with a bug: the scale is applied to the queries and to the logits."""
    return mine(layer, x) * layer.head_dim**-0.5


def instance_of(logits: Logits) -> Instance[LayerCase]:
    """The instance of Lemma 1 with these logits in place of ours, held against the bound of ours."""

    def observe(case: LayerCase) -> Bounded:
        ours: Bounded = positional_logits.observe(case)
        return observed(logits(case.layer, case.a * case.table), ours)

    return replace(positional_logits, observe=observe)


def main() -> None:
    """The layer obeys Lemma 1 in every dtype; the bug is found, with the case that shows it."""
    for logits in (mine, scaled_twice):
        tested = run(LEMMA, instance_of(logits), examples=50, seed=0)
        print(f"{logits.__name__}: {tested.verdict} on {tested.examples} random layers")
        print(f"  error {tested.error:.1e}, bound {tested.bound:.1e}, at {tested.case}")


if __name__ == "__main__":
    main()
