"""The float64 twin of a computation: the same code, with every narrow floating dtype replaced by float64.

Where a deviation vanishes in the twin it was rounding, in whatever dtype the code had chosen; where it stays, the code
computes something else. The replacement works below Python's surface, on the operations that torch dispatches, so it
reaches ``.float()``, ``dtype=torch.bfloat16`` and modules built in the default dtype alike. Code that computes outside
torch, or that changes tensors of a narrow dtype in place, has no twin.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

from phase_latency.errors import PhaseLatencyError

_WIDER = {
    torch.float32: torch.float64,
    torch.bfloat16: torch.float64,
    torch.float16: torch.float64,
    torch.complex64: torch.complex128,
    torch.complex32: torch.complex128,
}


class NoTwinError(PhaseLatencyError):
    """The code changes a tensor of a narrow dtype in place, which its twin could not follow.

    Args:
        operation: name of the operation.
    """

    def __init__(self, operation: str) -> None:
        """Keep the argument; see the class."""
        super().__init__(operation)
        self.operation = operation

    def __str__(self) -> str:
        """Return the message, one line."""
        return f"float64 rebuild: {self.operation} changes a narrow tensor in place; expected new tensors"


class _Widening(TorchDispatchMode):  # type: ignore[no-untyped-call]  # of torch's __init_subclass__
    """Replace narrow dtypes and narrow tensors among the arguments of every operation."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Do not load torch's compiler, a second of CPU time, only to keep it away from this class."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func._schema.is_mutable and args and isinstance(args[0], Tensor) and args[0].dtype in _WIDER:
            raise NoTwinError(str(func))
        wide_args, wide_kwargs = tree_map(_widened, (args, kwargs or {}))
        return func(*wide_args, **wide_kwargs)


def _widened(argument: Any) -> Any:
    if isinstance(argument, torch.dtype):
        return _WIDER.get(argument, argument)
    if isinstance(argument, Tensor) and argument.dtype in _WIDER:
        return argument.to(_WIDER[argument.dtype])
    return argument


@contextmanager
def in_float64() -> Iterator[None]:
    """Run code as its float64 twin: whatever it builds or computes with torch inside is float64.

    Raises:
        NoTwinError: from inside, when a narrow tensor is changed in place.
    """
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with _Widening():  # type: ignore[no-untyped-call]
            yield
    finally:
        torch.set_default_dtype(default)
