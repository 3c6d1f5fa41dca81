"""The float64 twin of a computation: the same code, with every narrow floating dtype replaced by float64.

Where a deviation vanishes in the twin it was rounding, in whatever dtype the code had chosen; where it stays, the code
computes something else. The replacement works below Python's surface, on the operations that torch dispatches, so it
reaches ``.float()``, ``dtype=torch.bfloat16`` and modules built in the default dtype alike. A narrow tensor that comes
from outside, such as a buffer, is widened when it is first used, and its wide copy stands for it from then on, also
where it is written to. What computes outside torch stays as it is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map
from torch.utils.weak import WeakIdKeyDictionary

from phase_latency.errors import PhaseLatencyError

_WIDER = {
    torch.float32: torch.float64,
    torch.bfloat16: torch.float64,
    torch.float16: torch.float64,
    torch.complex64: torch.complex128,
    torch.complex32: torch.complex128,
}


class NoTwinError(PhaseLatencyError):
    """The code does something that its float64 rebuild cannot follow.

    Args:
        problem: what went wrong in the rebuild only.
    """

    def __init__(self, problem: str) -> None:
        """Keep the argument; see the class."""
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        """Return the message, one line."""
        return f"float64 rebuild: got {self.problem}; expected code that runs in float64 too; judged without a rebuild"


class Widened(TorchDispatchMode):  # type: ignore[no-untyped-call]  # of torch's __init_subclass__
    """Replaces narrow dtypes and narrow tensors among the arguments of every operation while it is entered."""

    def __init__(self) -> None:
        """Start without wide copies."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._copies: WeakIdKeyDictionary = WeakIdKeyDictionary()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Do not load torch's compiler, a second of CPU time, only to keep it away from this class."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if torch.Tag.nondeterministic_seeded in func.tags:
            return self._drawn(func, args, kwargs or {})
        wide_args, wide_kwargs = tree_map(self.wide, (args, kwargs or {}))
        return func(*wide_args, **wide_kwargs)

    def _drawn(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """The random numbers that the code itself would draw: those of float64 are others."""
        if func._schema.is_mutable and isinstance(args[0], Tensor):
            target = self.wide(args[0])
            return target.copy_(func(target.float(), *args[1:], **kwargs))
        if any(argument.name == "dtype" for argument in func._schema.arguments):
            kwargs = {**kwargs, "dtype": kwargs.get("dtype") or torch.float32}
        return tree_map(self.wide, func(*args, **kwargs))

    def wide(self, argument: Any) -> Any:
        """What stands for an argument in float64.

        Args:
            argument: a tensor, a dtype or anything else.

        Returns:
            the wide copy of a narrow tensor, always the same one; the wide dtype; or what was given.
        """
        if isinstance(argument, torch.dtype):
            return _WIDER.get(argument, argument)
        if not isinstance(argument, Tensor) or argument.dtype not in _WIDER:
            return argument
        if argument not in self._copies:
            self._copies[argument] = argument.detach().to(_WIDER[argument.dtype])
        return self._copies[argument]


class _Copying(TorchFunctionMode):
    """Lets copy.deepcopy copy narrow tensors, which it would do storage by storage, below what is dispatched."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is Tensor.__deepcopy__:
            tensor, memo = args
            return memo.setdefault(id(tensor), tensor.detach().clone())
        return func(*args, **(kwargs or {}))


@contextmanager
def in_float64() -> Iterator[Widened]:
    """Run code as its float64 twin: whatever it builds or computes with torch inside is float64.

    Yields:
        what widens results that the code did not compute, such as a buffer that it returns.
    """
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with _Copying(), Widened() as widened:
            yield widened
    finally:
        torch.set_default_dtype(default)
