"""Evaluating an encoding under check: fresh instances, and one line for whatever an encoding should not do."""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float, Float64, Int64, Shaped
from torch import Tensor

from phase_latency.adapters.subject import Call, Subject
from phase_latency.checking.guards import EncodingError, Limits, guarded
from phase_latency.checking.twin import NoTwinError
from phase_latency.errors import ArgumentError, NotFiniteError
from phase_latency.types import Positions


class Instance:
    """One instance of the encoding under check, with whatever its earlier calls have left in it.

    Args:
        subject: the encoding.
        limits: how to run it.
        twin: run it as its float64 twin.

    Raises:
        EncodingError: building it raised or took too long.
        NoTwinError: it has no twin.
    """

    def __init__(self, subject: Subject, limits: Limits | None = None, twin: bool = False) -> None:
        """Build the instance."""
        self.subject = subject
        self.limits = limits or Limits()
        self._twin = twin
        self._call: Call = self._guarded(subject.build)

    # -- the three kinds ------------------------------------------------------------------------------------------

    def table(self, positions: Positions, dtype: torch.dtype = torch.float64) -> Shaped[Tensor, "length dim"]:
        """Evaluate an additive encoding.

        Args:
            positions: (length,) int64, or float64 if the encoding takes them.
            dtype: working dtype, for encodings that let it be chosen.

        Returns:
            (length, dim) in the dtype that the encoding returned.

        Raises:
            EncodingError: it raised, took too long, changed its input or returned no such table.
            NoTwinError: it has no twin.
        """
        rows = torch.cat([self._table(run, dtype) for run in self._runs(positions)])
        return rows

    def images(
        self,
        vectors: Float[Tensor, "vectors dim"],
        positions: Positions,
        dtype: torch.dtype = torch.float64,
        *,
        batch: bool = False,
    ) -> tuple[Shaped[Tensor, "vectors length dim"], Shaped[Tensor, "vectors length dim"]]:
        """Turn vectors by a rotary encoding, as queries and as keys.

        Args:
            vectors: (vectors, dim) each is put at every position, and has a head of its own.
            positions: (length,) int64, or float64 if the encoding takes them.
            dtype: dtype of the queries and keys.
            batch: whether another sample stands beside this one in the batch.

        Returns:
            (vectors, length, dim) turned queries and turned keys, in the dtype that the encoding returned.

        Raises:
            EncodingError: it raised, took too long, changed its input or returned other shapes.
            NoTwinError: it has no twin.
        """
        runs = [self._images(vectors.to(dtype), run, batch) for run in self._runs(positions)]
        return torch.cat([queries for queries, _ in runs], 1), torch.cat([keys for _, keys in runs], 1)

    def bias(
        self,
        query_positions: Int64[Tensor, " queries"] | Float64[Tensor, " queries"],
        key_positions: Int64[Tensor, " keys"] | Float64[Tensor, " keys"],
        dtype: torch.dtype = torch.float64,
    ) -> Shaped[Tensor, "heads queries keys"]:
        """Evaluate a bias.

        Args:
            query_positions: (queries,) int64, or float64 if the encoding takes them.
            key_positions: (keys,) the same.
            dtype: working dtype, for encodings that let it be chosen.

        Returns:
            (heads, queries, keys) in the dtype that the encoding returned.

        Raises:
            EncodingError: it raised, took too long, changed its input or returned other shapes.
            NoTwinError: it has no twin.
        """
        found = self._evaluate(query_positions, key_positions, dtype)
        bias = self._tensor(found, "a floating tensor of shape (heads, queries, keys)")
        bias = bias[None] if bias.ndim == 2 else bias
        expected = (len(query_positions), len(key_positions))
        if bias.ndim != 3 or tuple(bias.shape[1:]) != expected:
            raise self._unexpected(found, f"a bias of shape (heads, {expected[0]}, {expected[1]})")
        return bias

    def touch(self, positions: Positions, dtype: torch.dtype = torch.float64) -> None:
        """Call the encoding only to see whether it works, or for what the call leaves behind.

        Args:
            positions: (length,) where to evaluate it, with a single vector if it takes vectors.
            dtype: working dtype.

        Raises:
            EncodingError: it raised, took too long, changed its input or returned other shapes.
            NoTwinError: it has no twin.
        """
        match self.subject.kind:
            case "additive":
                self.table(positions, dtype)
            case "rotary":
                self.images(torch.ones(1, self.subject.dim or 0, dtype=torch.float64), positions, dtype)
            case "bias":
                self.bias(positions, positions, dtype)

    def _table(self, positions: Positions, dtype: torch.dtype) -> Tensor:
        found = self._evaluate(positions, dtype)
        expected = f"a floating tensor of shape ({len(positions)}, dim)"
        rows = self._tensor(found, expected)
        if rows.ndim != 2 or len(rows) != len(positions):
            raise self._unexpected(found, expected)
        return rows

    def _images(self, vectors: Tensor, positions: Positions, batch: bool) -> tuple[Tensor, Tensor]:
        samples = torch.stack((vectors, -2 * vectors.flip(0))) if batch else vectors[None]
        x = samples[:, :, None, :].repeat(1, 1, len(positions), 1)
        found = self._evaluate(x, x.clone(), positions)
        expected = f"queries and keys of shape {tuple(x.shape)}, as they were given"
        if not (isinstance(found, tuple) and len(found) == 2):
            raise self._unexpected(found, expected)
        queries, keys = (self._tensor(each, expected) for each in found)
        if queries.shape != x.shape or keys.shape != x.shape:
            raise self._unexpected(queries if queries.shape != x.shape else keys, expected)
        return queries[0], keys[0]

    # -- guards -----------------------------------------------------------------------------------------------------

    def _runs(self, positions: Positions) -> list[Tensor]:
        """The positions, taken apart into consecutive ones where the encoding wants them so."""
        if not self.subject.declared.contiguous:
            return [positions]
        breaks = (positions.diff() != 1).nonzero().flatten() + 1
        return list(positions.tensor_split(breaks))

    def _evaluate(self, *arguments: Any) -> Any:
        """Call with copies of tensors, and see that they come back unchanged."""
        copies = [each.clone() if isinstance(each, Tensor) else each for each in arguments]
        found = self._guarded(lambda: self._call(*copies))
        for given, copy in zip(arguments, copies, strict=True):
            if isinstance(given, Tensor) and not torch.equal(given, copy):
                found = "an argument changed in place"
                raise EncodingError(self.subject.name, found, "arguments left as they were", "return new tensors")
        return found

    def _guarded(self, call: Callable[[], Any]) -> Any:
        try:
            return guarded(self.subject.name, self.limits, call, self._twin)
        except (ArgumentError, NotFiniteError) as problem:  # encodings of this package refuse positions so
            if self._twin:
                raise NoTwinError(str(problem)) from problem
            remedy = "keep to positions that it accepts"
            raise EncodingError(self.subject.name, f"a refusal ({problem})", "a result", remedy) from problem

    def _tensor(self, found: Any, expected: str) -> Tensor:
        if not isinstance(found, Tensor) and hasattr(found, "__array__"):
            found = _from_numpy(found)
        if not isinstance(found, Tensor) or not found.is_floating_point():
            raise self._unexpected(found, expected)
        if found.layout != torch.strided:
            remedy = "return it with .to_dense()"
            raise EncodingError(self.subject.name, f"a tensor of layout {found.layout}", "a dense one", remedy)
        if found.device.type != "cpu":
            remedy = "move the encoding to the CPU, where rounding is known"
            raise EncodingError(self.subject.name, f"a tensor on {found.device}", "tensors on the CPU", remedy)
        return found.detach()

    def _unexpected(self, found: Any, expected: str) -> EncodingError:
        shown = ArgumentError("", found, "", "")
        remedy = "wrap it with phase_latency.adapters.Subject so that it returns this"
        return EncodingError(self.subject.name, str(shown).split(";")[0].removeprefix(": got "), expected, remedy)


def _from_numpy(found: Any) -> Any:
    """An array as a tensor of its own; as it is, if torch has no such dtype."""
    import numpy as np

    try:
        return torch.from_numpy(np.array(found, copy=True))
    except (TypeError, ValueError):
        return found


def works_at(instance: Instance, positions: Int64[Tensor, " length"]) -> bool:
    """Tell whether an encoding is defined at positions.

    Args:
        instance: the encoding.
        positions: (length,) positions.

    Returns:
        False if it raises there.
    """
    try:
        instance.touch(positions)
    except EncodingError:
        return False
    return True


def values(instance: Instance, positions: Positions) -> Tensor:
    """Everything that an encoding says of positions.

    Args:
        instance: the encoding.
        positions: (length,) positions, of queries and of keys.

    Returns:
        its table, its bias, or the images of every unit vector as queries and as keys.

    Raises:
        EncodingError: it raised, took too long, changed its input or returned other shapes.
    """
    subject = instance.subject
    if subject.kind == "additive":
        return instance.table(positions)
    if subject.kind == "bias":
        return instance.bias(positions, positions)
    return torch.stack(instance.images(torch.eye(subject.dim or 0, dtype=torch.float64), positions))
