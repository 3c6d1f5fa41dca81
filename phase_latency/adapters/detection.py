"""An object of unknown origin read as an encoding: what of it to call, how, and the facts that calling it can tell."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from phase_latency.adapters.probing import WIDTHS, Found, NoFitError, attempt, find_way, same, vectors
from phase_latency.adapters.readings import Reading
from phase_latency.adapters.subject import Declared, Kind

# What an encoding calls the width of its vectors, and the number of its positions.
_WIDTH_NAMES = ("head_dim", "dim", "d", "dim_head", "rotary_dim", "d_model", "embedding_dim", "embed_dim", "channels")
_SIZE_NAMES = ("num_embeddings", "max_seq_len", "max_length", "max_len", "max_positions", "max_position_embeddings")
_LARGEST_SIZE = 2**24


def read_by_trying(encoding: Any, fresh: Callable[[], Any], kinds: tuple[Kind, ...], dim: int | None) -> Reading:
    """Find out by trying how an object is called as an encoding.

    Args:
        encoding: the object.
        fresh: makes one like it.
        kinds: kinds that come into question.
        dim: width of queries and keys, or of the content; None to take what the object calls its width, or to try.

    Returns:
        how to call it.

    Raises:
        NoFitError: it cannot be called as an encoding.
    """
    problems: list[NoFitError] = []
    for method, method_kinds in _entries(encoding, kinds):
        try:
            return _read_entry(encoding, method, fresh, method_kinds, _widths(encoding, dim))
        except NoFitError as problem:
            problems.append(problem)
    causes = [problem.cause for problem in problems if problem.cause]
    raise NoFitError([each for problem in problems for each in problem.tried], causes[0] if causes else None)


def _read_entry(
    encoding: Any, method: str, fresh: Callable[[], Any], kinds: tuple[Kind, ...], dims: tuple[int, ...]
) -> Reading:
    def entry(each: Any) -> Any:
        return getattr(each, method) if method else each

    found = find_way(lambda: entry(fresh()), kinds, dims)
    way = found.way
    facts = _facts(encoding, found, lambda: way.call(entry(fresh())))
    return Reading(found.kind, lambda each: way.call(entry(each)), found.dim, way.pair, facts)


def _entries(encoding: Any, kinds: tuple[Kind, ...]) -> Iterator[tuple[str, tuple[Kind, ...]]]:
    """What of an object is called, "" for itself, each with the kinds that come into question.

    A module's own ``apply`` runs over its parts, and has nothing to do with encodings.
    """
    is_method = {"apply": getattr(type(encoding), "apply", None) is not nn.Module.apply, "bias": True}
    for method, kind in (("apply", "rotary"), ("bias", "bias")):
        if kind in kinds and is_method[method] and callable(getattr(encoding, method, None)):
            yield method, (kind,)
    if callable(encoding):
        yield "", kinds


def _widths(encoding: Any, dim: int | None) -> tuple[int, ...]:
    if dim is not None:
        return (dim,)
    return tuple(dict.fromkeys((*_sizes(encoding, _WIDTH_NAMES), *WIDTHS)))


def _sizes(encoding: Any, names: tuple[str, ...]) -> list[int]:
    """Attributes with one of these names that can be a size."""
    values = [getattr(encoding, name, None) for name in names]
    return [value for value in values if type(value) is int and 2 <= value <= _LARGEST_SIZE]


# -- facts ----------------------------------------------------------------------------------------------------------


def _facts(encoding: Any, found: Found, make: Callable[[], Callable[..., Any]]) -> Declared:
    def at(*positions: float | int) -> Tensor:
        """The result of a fresh instance, flat: int64 positions where all are whole numbers."""
        whole = all(position == int(position) for position in positions)
        where = torch.tensor(positions, dtype=torch.int64 if whole else torch.float64)
        return _flat(found, make(), where)

    return Declared(float_positions=_takes_floats(at), max_length=_max_length(encoding, at))


def _flat(found: Found, call: Callable[..., Any], positions: Tensor) -> Tensor:
    if found.kind == "additive":
        result = call(positions)
    elif found.kind == "bias":
        result = call(positions, positions)
    else:
        x = vectors(1, 1, len(positions), found.dim or 0)
        result = call(x, x, positions)[0] if found.way.pair else call(x, positions)
    return torch.as_tensor(result).flatten()


def _takes_floats(at: Callable[..., Tensor]) -> bool:
    """Whether positions between whole numbers give results of their own, not those of whole numbers next to them."""
    try:
        between = attempt(lambda: at(0.5, 1.25))
        beside = attempt(lambda: [at(*whole) for whole in itertools.product((0, 1), (1, 2))])
        return not any(same(between, each) for each in beside)
    except Exception:  # whatever code of a user's raises at such positions: it does not take them
        return False


def _max_length(encoding: Any, at: Callable[..., Tensor]) -> int | None:
    """The number of positions, if the object names one that is seen to be right: the last works, the next does not."""
    named = _sizes(encoding, _SIZE_NAMES)
    return next((size for size in named if _works(at, size - 1) and not _works(at, size)), None)


def _works(at: Callable[..., Tensor], position: int) -> bool:
    try:
        attempt(lambda: at(position))
    except Exception:  # whatever it raises, it is not defined there
        return False
    return True
