"""How an object is read as an encoding: of which kind it is, and how it is called."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from phase_latency.adapters.subject import Call, Declared, Kind, Subject
from phase_latency.errors import ArgumentError
from phase_latency.validation import row_numbers


@dataclass(frozen=True)
class Reading:
    """How to call an object that is an encoding.

    Attributes:
        kind: "additive", "rotary" or "bias".
        call: takes the object, or a fresh one like it, and returns what evaluates it: for additive and bias encodings
            what `Subject.additive` and `Subject.bias` take, for rotary ones ``rotate(x, positions) -> x``, or
            ``rotate(queries, keys, positions) -> (queries, keys)`` if `pair`.
        dim: width of queries and keys for a rotary encoding.
        pair: whether queries and keys are turned in one call.
        declared: facts that calling it does not tell.
    """

    kind: Kind
    call: Callable[[Any], Call]
    dim: int | None = None
    pair: bool = False
    declared: Declared = field(default_factory=Declared)

    def subject(self, fresh: Callable[[], Any], name: str, source: str = "") -> Subject:
        """The subject that checks look at.

        Args:
            fresh: makes an object of the kind that was read, like new.
            name: for reading, one line.
            source: see `Subject`.

        Returns:
            the subject.

        Raises:
            ArgumentError: a rotary encoding without a width.
        """

        def build() -> Call:
            # Learned weights would keep every result, and what led to it, for a gradient that nobody asks for.
            without_gradients: Call = torch.no_grad()(self.call(fresh()))
            return without_gradients

        facts = vars(self.declared)
        if self.kind == "additive":
            return Subject.additive(build, name=name, source=source, **facts)
        if self.kind == "bias":
            return Subject.bias(build, name=name, source=source, **facts)
        rotary = Subject.rotary_pair if self.pair else Subject.rotary
        return rotary(build, name=name, dim=self.dim or 0, source=source, **facts)


def copies_of(encoding: Any) -> Callable[[], Any]:
    """A way to make objects like this one as it is now, whatever happens to it later.

    Args:
        encoding: the object. Functions come back as they are: what they remember, they keep. Modules come back in
            evaluation mode, without dropout.

    Returns:
        a function without arguments that returns a copy.

    Raises:
        ArgumentError: the object cannot be copied.
    """
    kept = _copied(encoding)

    def fresh() -> Any:
        made = _copied(kept)
        return made.eval() if isinstance(made, nn.Module) else made

    return fresh


def _copied(encoding: Any) -> Any:
    try:
        return copy.deepcopy(encoding)
    except Exception as error:  # a copy runs code of the object's own
        remedy = "pass a function that builds it: lambda: encoding"
        raise ArgumentError("encoding", encoding, "an object that copy.deepcopy can copy", remedy) from error


def per_dtype(module: nn.Module, call: Callable[[nn.Module], Call]) -> Callable[[torch.dtype | None], Call]:
    """A module converted to each working dtype, as ``model.to(dtype)`` would.

    Args:
        module: the module; it is left as it is, since narrowing it once would lose what a wider dtype needs.
        call: takes the module, or one like it, and returns what evaluates it.

    Returns:
        ``of(dtype)``, what evaluates the copy of that dtype; None stands for the module itself.
    """
    made: dict[torch.dtype | None, Call] = {None: call(module)}

    def of(dtype: torch.dtype | None) -> Call:
        if dtype not in made:
            made[dtype] = call(copy.deepcopy(module).to(dtype))
        return made[dtype]

    return of


def table_size(positions: Tensor, argument: str = "positions") -> int:
    """How many rows a table needs that starts at position 0 and holds these.

    Args:
        positions: (length,) int64 or float64, whole numbers >= 0.
        argument: the caller's name for them.

    Returns:
        the largest position, plus one.

    Raises:
        ArgumentError: a position is negative, or no whole number.
    """
    size = int(positions.max()) + 1
    if bool((positions < 0).any()):
        smallest = positions.min().item()
        raise ArgumentError(argument, smallest, "whole numbers >= 0: it counts from 0", "shift the positions")
    row_numbers(positions, size)
    return size
