"""Encodings of other libraries, by name and by instance."""

from collections.abc import Callable
from functools import partial
from typing import Any

from phase_latency.adapters.catalogue import LIBRARY_ENCODINGS, MODELS, OTHER_MODEL
from phase_latency.adapters.readings import Reading, copies_of
from phase_latency.adapters.refused import check_not_refused
from phase_latency.adapters.subject import Subject
from phase_latency.adapters.suggestions import did_you_mean
from phase_latency.errors import ArgumentError
from phase_latency.validation import check_whole

DIM, HEADS = 64, 8

# -- by name --------------------------------------------------------------------------------------------------------


def library_names() -> list[str]:
    """Names of the encodings of other libraries, whether or not they are installed.

    Returns:
        "library:encoding", in the order of the table.
    """
    return [row.name for row in LIBRARY_ENCODINGS]


def library_subject(name: str, *, dim: int = DIM, heads: int = HEADS, encoding: object = None) -> Subject:
    """An encoding of another library.

    Args:
        name: one of `library_names`.
        dim: width.
        heads: number of heads of a bias.
        encoding: an instance of the library to look at in place of the one that is built with this width and number of
            heads.

    Returns:
        the subject.

    Raises:
        ArgumentError: unknown name, or a width or number of heads that is none.
        MissingToolError: the library is not installed.
    """
    row = next((each for each in LIBRARY_ENCODINGS if each.name == name), None)
    if row is None:
        remedy = did_you_mean(name, library_names(), "choose one of library_names()")
        raise ArgumentError("name", name, "the name of an encoding of another library", remedy)
    check_whole(dim, "dim", 2, "pass the width of the encoding")
    check_whole(heads, "heads", 1, "pass the number of heads")
    if encoding is not None:
        return row.reading(encoding).subject(copies_of(encoding), name)
    make = partial(row.make, dim, heads)
    source = (
        "from phase_latency.adapters.libraries import library_subject\n"
        f"encoding = library_subject({name!r}, dim={dim}, heads={heads})"
    )
    return row.reading(make()).subject(make, name, source)


# -- by instance ----------------------------------------------------------------------------------------------------


def library_reading(
    encoding: Any, dim: int | None, heads: int | None
) -> tuple[Reading, Callable[[], Any] | None] | None:
    """Read an instance, class or function of a library, recognised by its name; the library is not imported for it.

    Args:
        encoding: anything.
        dim: width, for what does not have one of its own.
        heads: number of heads, for what does not have one of its own.

    Returns:
        how to call it, and how to make what is called if that is not an instance like this one; None if it is of no
        library in the table.

    Raises:
        ArgumentError: it depends on the content, or a width or number of heads is missing.
        MissingToolError: something that the library needs is not installed.
    """
    names = _qualified_names(encoding)
    check_not_refused(encoding, names)
    row = next((each for name in names for each in LIBRARY_ENCODINGS if each.source == name), None)
    if row is None and any(name.startswith(f"{MODELS}.") and name.endswith("RotaryEmbedding") for name in names):
        row = OTHER_MODEL
    if row is None:
        return None
    if row.of_instances and not isinstance(encoding, type):
        return row.reading(encoding), None
    given, argument = (heads, "heads") if row.kind == "bias" else (dim, "dim")
    if given is None:
        remedy = f"pass {argument}= to adapt, or a function that builds it"
        raise ArgumentError("encoding", encoding, f"an encoding with its {argument}", remedy)
    make = partial(row.make, dim or DIM, heads or HEADS)
    return row.reading(make()), make


def _qualified_names(encoding: Any) -> list[str]:
    if isinstance(encoding, type):
        bases: list[Any] = list(encoding.__mro__)
    else:
        is_function = hasattr(encoding, "__qualname__") and hasattr(encoding, "__module__")
        bases = [encoding] if is_function else list(type(encoding).__mro__)
    return [f"{each.__module__}.{each.__qualname__}" for each in bases]
