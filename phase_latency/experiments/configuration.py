"""What a training run is determined by, as plain data: the same configuration gives the same numbers."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import torch

from phase_latency.errors import ArgumentError

_WHOLE = {"seed": 0, "steps": 1, "length": 2, "vocabulary": 2, "width": 2, "heads": 1, "layers": 1, "batch": 1}


@dataclass(frozen=True)
class Configuration:
    """One training run of a small transformer on one task with one positional encoding.

    Attributes:
        task: name of a task, as `phase_latency.experiments.tasks.parse_task` reads it.
        encoding: name of an encoding, as `phase_latency.experiments.positional.positional` reads it.
        seed: of weights, sequences and random encodings, >= 0; runs that differ in the encoding only share them.
        steps: optimiser steps, at most.
        length: positions of a training sequence.
        vocabulary: number of tokens.
        width: width d of tokens, encodings and layers; a multiple of heads.
        heads: attention heads of a layer.
        layers: number of layers.
        batch: sequences for each step.
        learning_rate: of Adam, which is otherwise as torch has it.
        norm: LayerNorm before each sublayer ("pre") or after it ("post").
        causal: whether a query sees its own and earlier keys only.
        token_scale: standard deviation of the token table at the start; the encoding is added to its rows.
        temperature: the logits of the first layer, where the encoding enters, are divided by it.
        concatenated: tokens and encoding take half of the width each, instead of being added.
        positional_gain: with `concatenated`, the positional rows of W_Q and W_K of the first layer are multiplied
            by it at the start (`lemma-1-reparametrisation`).
        evaluate_every: steps between two evaluations on sequences that are kept for that.
        stop_when_solved: end the run at the first evaluation at which the task is solved.
        test_lengths: lengths at which the trained model is evaluated in the end.
    """

    task: str
    encoding: str
    seed: int = 0
    steps: int = 1500
    length: int = 64
    vocabulary: int = 50
    width: int = 64
    heads: int = 4
    layers: int = 2
    batch: int = 16
    learning_rate: float = 1e-3
    norm: str = "pre"
    causal: bool = False
    token_scale: float = 1.0
    temperature: float = 1.0
    concatenated: bool = False
    positional_gain: float = 1.0
    evaluate_every: int = 50
    stop_when_solved: bool = False
    test_lengths: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Check what can be checked without building anything.

        Raises:
            ArgumentError: a value out of range.
        """
        for name, least in (*_WHOLE.items(), ("evaluate_every", 1)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise ArgumentError(name, value, f"an integer >= {least}", "mend the configuration")
        for name in ("learning_rate", "token_scale", "temperature", "positional_gain"):
            value = getattr(self, name)
            if not (isinstance(value, int | float) and math.isfinite(value) and value > 0):
                raise ArgumentError(name, value, "a finite number > 0", "mend the configuration")
        if self.norm not in ("pre", "post"):
            raise ArgumentError("norm", self.norm, '"pre" or "post"', "choose where LayerNorm stands")
        if self.width % (4 * self.heads):
            expected = f"a multiple of 4 * heads = {4 * self.heads}: heads and rotary channels share it evenly"
            raise ArgumentError("width", self.width, expected, "choose another width or number of heads")
        if self.positional_gain != 1.0 and not self.concatenated:
            raise ArgumentError(
                "positional_gain", self.positional_gain, "1 unless concatenated", "set concatenated, or leave it out"
            )

    def stream(self, purpose: str) -> torch.Generator:
        """A source of random numbers for one purpose, independent of the others.

        Args:
            purpose: such as "tokens".

        Returns:
            a fresh generator; the same for every encoding and task.
        """
        digest = hashlib.sha256(f"{self.seed} {purpose}".encode()).digest()
        return torch.Generator().manual_seed(int.from_bytes(digest[:7]))

    def to_task(self) -> dict[str, Any]:
        """Return JSON values by name, as the runner takes them."""
        return asdict(self) | {"test_lengths": list(self.test_lengths)}

    @classmethod
    def from_task(cls, task: Mapping[str, Any]) -> "Configuration":
        """Read what `to_task` returned.

        Args:
            task: JSON values by name.

        Returns:
            the configuration.

        Raises:
            ArgumentError: a name that is none of its own, or a value out of range.
        """
        if unknown := sorted(task.keys() - {field.name for field in fields(cls)}):
            raise ArgumentError("configuration", unknown[0], "the name of an attribute", "mend the configuration")
        return cls(**{**task, "test_lengths": tuple(task.get("test_lengths", ()))})
