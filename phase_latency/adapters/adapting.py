"""Anything that a user may hand over as an encoding, brought into the form that checks look at."""

import inspect
import types
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

from phase_latency.adapters.detection import read_by_trying
from phase_latency.adapters.libraries import library_reading
from phase_latency.adapters.own import own_reading, own_source, table_reading
from phase_latency.adapters.probing import NoFitError, attempt
from phase_latency.adapters.readings import Reading, copies_of
from phase_latency.adapters.subject import KINDS, Kind, Subject
from phase_latency.errors import ArgumentError, abbreviated
from phase_latency.validation import check_whole

_FORMS = (
    "a (length, dim) table, f(positions), f(x, positions), f(queries, keys, positions) or "
    "f(query_positions, key_positions)"
)
_WRAP = "pass dim=, or wrap it, for example Subject.rotary(lambda: f, name='mine', dim=64)"


def adapt(
    encoding: object,
    *,
    name: str | None = None,
    kind: Kind | None = None,
    dim: int | None = None,
    heads: int | None = None,
) -> Subject:
    """Bring an encoding of any origin into the form that checks look at.

    Calls the encoding on a few positions to find out what it is, without a time limit.

    Args:
        encoding: a `Subject`; an encoding of this package; a table, (length, dim), as a tensor or an array; an instance
            of a library that `library_names` lists; a module, function, or object with ``apply(x, positions)`` or
            ``bias(query_positions, key_positions)``, whose kind is found by trying; or a class or function without
            arguments that makes one of these. An instance is copied now, and again for every fresh one.
        name: for reading; None for one that is made up.
        kind: "additive", "rotary" or "bias", if trying finds the wrong one; None to find out.
        dim: width of queries and keys, or of the content; None to find out.
        heads: number of heads, for functions of a library that want it.

    Returns:
        the subject.

    Raises:
        ArgumentError: it is no encoding, or one that depends on the content.
        NotFiniteError: an entry of a table is infinite or NaN.
        MissingToolError: a library that the encoding needs is not installed.
    """
    _check(kind, dim, heads)
    if isinstance(encoding, Subject):
        return _as_asked(encoding, name, kind, dim)
    _check_no_slip(encoding)
    read = _read(encoding, kind, dim, heads)
    if isinstance(read, Subject):
        return _as_asked(read, name, kind, dim)
    source = own_source(encoding) if own_reading(encoding) else ""
    return _as_asked(read.reading.subject(read.fresh, name or _name(read.sample), source), name, kind, dim)


def _check(kind: Kind | None, dim: int | None, heads: int | None) -> None:
    if kind is not None and kind not in KINDS:
        raise ArgumentError("kind", kind, f"one of {', '.join(KINDS)}", "name the kind, or leave it out")
    if dim is not None:
        check_whole(dim, "dim", 2, "pass the width of queries and keys")
    if heads is not None:
        check_whole(heads, "heads", 1, "pass the number of heads")


def _as_asked(subject: Subject, name: str | None, kind: Kind | None, dim: int | None) -> Subject:
    if kind not in (None, subject.kind):
        raise ArgumentError("kind", kind, f"{subject.kind!r}, as {subject.name} is", "leave it out")
    if subject.kind == "rotary" and dim not in (None, subject.dim):
        raise ArgumentError("dim", dim, f"{subject.dim}, as {subject.name} has", "leave it out")
    return subject if name is None else replace(subject, name=name)


def _check_no_slip(encoding: object) -> None:
    """Refuse what is easily handed over instead of an encoding."""
    slips: list[tuple[type | tuple[type, ...], str]] = [
        (type(None), "check that the function that built it returns it"),
        (str, "pass the object, or load it by name with load_subject"),
        (types.ModuleType, "pass an object of the module"),
        ((bool, int, float, complex), "pass what encodes positions, not one of its settings"),
        ((list, tuple, dict, set), "pass rows as a tensor, or one encoding at a time"),
    ]
    for type_, remedy in slips:
        if isinstance(encoding, type_):
            raise ArgumentError("encoding", encoding, _FORMS, remedy)


def _name(encoding: Any) -> str:
    if own_reading(encoding):
        return abbreviated(encoding)
    if hasattr(encoding, "shape"):
        return f"table {' x '.join(map(str, encoding.shape))} {str(encoding.dtype).removeprefix('torch.')}"
    return str(getattr(encoding, "__qualname__", type(encoding).__qualname__)).rpartition("<locals>.")[2]


# -- reading --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Read:
    """How to call an encoding, how to make a fresh one, and one of them, to call it by its name."""

    reading: Reading
    fresh: Callable[[], Any]
    sample: Any


def _read(
    encoding: Any, kind: Kind | None, dim: int | None, heads: int | None, fresh: Callable[[], Any] | None = None
) -> _Read | Subject:
    """Read an encoding, which `fresh` has made and can make again, or which is copied."""
    is_product = fresh is not None
    found = library_reading(encoding, dim, heads)
    if found is not None:
        reading, make = found
        return _Read(reading, make or fresh or copies_of(encoding), encoding)
    own = own_reading(encoding) or table_reading(encoding)
    if own is not None:
        return _Read(own, fresh or copies_of(encoding), encoding)
    if isinstance(encoding, type) or _is_factory(encoding):
        if is_product:
            raise ArgumentError("encoding", encoding, _FORMS, "call it: what builds the encoding returns this")
        return _read_product(encoding, kind, dim, heads)
    fresh = fresh or copies_of(encoding)
    try:
        return _Read(read_by_trying(encoding, fresh, KINDS if kind is None else (kind,), dim), fresh, encoding)
    except NoFitError as problem:
        if callable(encoding) and not isinstance(encoding, nn.Module) and _wants_nothing(encoding) and not is_product:
            return _read_product(encoding, kind, dim, heads)
        raise _refusal(encoding, problem) from problem.cause


def _read_product(factory: Callable[[], Any], kind: Kind | None, dim: int | None, heads: int | None) -> _Read | Subject:
    product = _made(factory)
    if isinstance(product, Subject):
        return product
    _check_no_slip(product)
    return _read(product, kind, dim, heads, lambda: _evaluated(factory()))


def _made(factory: Callable[[], Any]) -> Any:
    if not _wants_nothing(factory):
        called = getattr(factory, "__name__", "encoding")
        remedy = f"pass a function that gives it its arguments: lambda: {called}(64)"
        raise ArgumentError("encoding", factory, "a class that is built without arguments", remedy)
    try:
        return attempt(lambda: _evaluated(factory()))
    except Exception as error:  # the constructor is the user's; the cause keeps its traceback
        remedy = f"mend it: {type(error).__name__}: {' '.join(str(error).split())[:120]}"
        raise ArgumentError("encoding", factory, "a class or function that builds an encoding", remedy) from error


def _evaluated(product: Any) -> Any:
    return product.eval() if isinstance(product, nn.Module) else product


def _is_factory(encoding: Any) -> bool:
    """Whether it is a function that has no parameter at all, so that it can only make an encoding."""
    if isinstance(encoding, nn.Module) or not callable(encoding):
        return False
    try:
        return not inspect.signature(encoding).parameters
    except (TypeError, ValueError):
        return False


def _wants_nothing(factory: Callable[..., Any]) -> bool:
    """Whether it can be called without arguments, as far as Python can tell."""
    try:
        inspect.signature(factory).bind()
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def _refusal(encoding: Any, problem: NoFitError) -> ArgumentError:
    tried = f" (tried: {'; '.join(problem.tried)})" if problem.tried else ""
    return ArgumentError("encoding", encoding, _FORMS, f"{_WRAP}{tried}")
