"""What models are trained to do: from random tokens to the tokens that belong below them.

| task | target at position t | counted |
|---|---|---|
| ``copy`` | (x_t + 1) mod V, as the paper's public script has it | all |
| ``offset K`` | x_(t-K) | t >= K |
| ``reversal`` | x_(L-1-t) | all |
| ``permutation`` | x_(pi(t)), pi random, fixed for a seed | all |
| ``equal K`` | 1 if x_t = x_(t-K), else 0; half of the tokens are drawn equal | t >= K |

Only ``copy`` commutes with every permutation of positions (`copy-task-needs-no-position`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from phase_latency.errors import ArgumentError

Tokens: TypeAlias = Int64[Tensor, "batch length"]


@dataclass(frozen=True)
class Examples:
    """Sequences with their targets.

    Attributes:
        tokens: (batch, length), in 0..V-1.
        targets: (batch, length), in 0..V-1; anything where it is not counted.
        counted: (length,), at which positions there is a target.
    """

    tokens: Tokens
    targets: Tokens
    counted: Bool[Tensor, " length"]


@dataclass(frozen=True)
class Task:
    """A task.

    Attributes:
        name: as `parse_task` reads it.
        offset: K, of the tasks that have one; else 0.
        any_length: whether it is the same task at every length.
        target: from tokens, the vocabulary, and the permutation of positions if there is one, to targets.
    """

    name: str
    offset: int
    any_length: bool
    target: Callable[[Tokens, int, Int64[Tensor, " length"]], Tokens]

    def examples(
        self, batch: int, length: int, vocabulary: int, generator: torch.Generator, order: Int64[Tensor, " length"]
    ) -> Examples:
        """Draw sequences.

        Args:
            batch: number of sequences.
            length: of each; more than the offset.
            vocabulary: V.
            generator: source of the tokens.
            order: (length,) the permutation pi of ``permutation``; not looked at by others.

        Returns:
            the sequences.

        Raises:
            ArgumentError: the length is not above the offset.
        """
        if length <= self.offset:
            raise ArgumentError("length", length, f"more than the offset {self.offset}", "choose longer sequences")
        tokens = torch.randint(vocabulary, (batch, length), generator=generator)
        if self.name.startswith("equal"):
            tokens = _half_equal(tokens, self.offset, generator)
        counted = torch.arange(length) >= self.offset
        return Examples(tokens, self.target(tokens, vocabulary, order), counted)


def parse_task(name: str) -> Task:
    """Find a task by its name.

    Args:
        name: "copy", "offset K", "reversal", "permutation" or "equal K", with K >= 1.

    Returns:
        the task.

    Raises:
        ArgumentError: there is no such task.
    """
    kind, _, number = name.partition(" ")
    if kind in _PLAIN and not number:
        return Task(name, 0, kind in ("copy", "reversal"), _PLAIN[kind])
    if kind in ("offset", "equal") and number.isascii() and number.isdigit() and int(number) >= 1:
        offset = int(number)
        return Task(name, offset, True, _shifted(offset) if kind == "offset" else _equal(offset))
    raise ArgumentError("task", name, "copy, offset K, reversal, permutation or equal K, K >= 1", "name one of these")


def _shifted(offset: int) -> Callable[[Tokens, int, Tensor], Tokens]:
    return lambda tokens, vocabulary, order: tokens.roll(offset, 1)


def _equal(offset: int) -> Callable[[Tokens, int, Tensor], Tokens]:
    return lambda tokens, vocabulary, order: (tokens == tokens.roll(offset, 1)).long()


_PLAIN: dict[str, Callable[[Tokens, int, Tensor], Tokens]] = {
    "copy": lambda tokens, vocabulary, order: (tokens + 1) % vocabulary,
    "reversal": lambda tokens, vocabulary, order: tokens.flip(1),
    "permutation": lambda tokens, vocabulary, order: tokens[:, order],
}


def _half_equal(tokens: Tokens, offset: int, generator: torch.Generator) -> Tokens:
    """Repeat the token that is `offset` positions back at every second position on average, from left to right."""
    repeats = torch.rand(tokens.shape, generator=generator) < 0.5
    found = tokens.clone()
    for start in range(offset, tokens.shape[1], offset):
        here = slice(start, start + offset)
        before = found[:, start - offset : start][:, : found[:, here].shape[1]]
        found[:, here] = torch.where(repeats[:, here], before, found[:, here])
    return found
