"""Terms as JSON: nested lists ``[head, argument, ...]`` over a fixed list of heads, so reading never runs code."""

from collections.abc import Callable, Mapping
from typing import Any

import sympy
from sympy import (
    Abs,
    Add,
    Basic,
    Identity,
    Idx,
    Indexed,
    IndexedBase,
    Integer,
    MatAdd,
    MatMul,
    MatrixSymbol,
    Mul,
    Pow,
    Rational,
    Sum,
    Symbol,
    Transpose,
    ZeroMatrix,
    acos,
    ceiling,
    cos,
    exp,
    floor,
    log,
    pi,
    sin,
    tanh,
)

from phase_latency.ledger.terms import DEFINITIONS, Apply, Before, Dot, Given, Iff, NotAll, Same

Json = Any  # what the json module reads and writes

_RELATIONS = {name: getattr(sympy, name) for name in ("Eq", "Ne", "Lt", "Le", "Gt", "Ge")}
_NAMES = {cls: name for name, cls in _RELATIONS.items()}
_HEADS: dict[str, Callable[..., Basic]] = {
    **{
        cls.__name__: cls
        for cls in (Add, Mul, Pow, sin, cos, exp, log, tanh, acos, Abs, floor, ceiling, Before, Same, Dot, Apply)
    },
    **{cls.__name__: cls for cls in (MatAdd, MatMul, Transpose, ZeroMatrix, Identity, Iff, NotAll, Given)},
    **DEFINITIONS,
}


class UnreadableTermError(ValueError):
    """The JSON is no term of the language of statements."""


def encode(term: Basic) -> Json:
    """A term or proposition as JSON.

    Args:
        term: built from the heads of :mod:`phase_latency.ledger.terms` and the SymPy heads that statements use.

    Returns:
        An integer, or a list that begins with the head.

    Raises:
        UnreadableTermError: if a head is not in the language.
    """
    if isinstance(term, Integer):
        return int(term)
    if isinstance(term, Rational):
        return ["Rational", int(term.p), int(term.q)]
    if term is pi:
        return ["pi"]
    if isinstance(term, Idx):
        return ["Idx", str(term.label), encode(term.lower), encode(term.upper)]
    if isinstance(term, Symbol):
        return ["integer" if term.is_integer else "real", term.name]
    if isinstance(term, Indexed):
        return ["at", str(term.base), encode(term.indices[0])]
    if isinstance(term, MatrixSymbol):
        return ["matrix", term.name, *(encode(size) for size in term.shape)]
    if isinstance(term, Sum):
        return ["Sum", encode(term.function), *(encode(limit) for limit in term.limits[0])]
    head = _NAMES.get(term.func, term.func.__name__)
    if head not in _HEADS and head not in _RELATIONS:
        raise UnreadableTermError(f"{head} is not in the language of statements")
    return [head, *map(encode, term.args)]


def decode(data: Json) -> Basic:
    """The term that :func:`encode` wrote.

    Args:
        data: JSON.

    Returns:
        The term, equal to the one encoded.

    Raises:
        UnreadableTermError: if the data is anything else.
    """
    if isinstance(data, int) and not isinstance(data, bool):
        return Integer(data)
    if not isinstance(data, list) or not data or not isinstance(data[0], str):
        raise UnreadableTermError(f"got {str(data)[:60]!r}; expected an integer or a list that begins with a head")
    head, *arguments = data
    try:
        return _LEAVES[head](*arguments) if head in _LEAVES else _built(head, [decode(part) for part in arguments])
    except (TypeError, ValueError, AttributeError, IndexError) as problem:
        raise UnreadableTermError(f"{head} does not take what is given: {problem}") from problem


def _built(head: str, arguments: list[Basic]) -> Basic:
    if head in _RELATIONS:
        return _RELATIONS[head](*arguments, evaluate=False)
    if head not in _HEADS:
        raise UnreadableTermError(f"{head!r} is not in the language of statements")
    return _HEADS[head](*arguments)


def _name(name: Json) -> str:
    if not isinstance(name, str) or not name.replace("_", "").isalnum():
        raise UnreadableTermError(f"got the name {name!r}; expected letters, digits and underscores")
    return name


_LEAVES: Mapping[str, Callable[..., Basic]] = {
    "Rational": lambda p, q: Rational(int(p), int(q)),
    "pi": lambda: pi,
    "real": lambda name: Symbol(_name(name), real=True),
    "integer": lambda name: Symbol(_name(name), integer=True),
    "Idx": lambda name, lower, upper: Idx(_name(name), (decode(lower), decode(upper))),
    "at": lambda name, position: IndexedBase(_name(name), real=True)[decode(position)],
    "matrix": lambda name, rows, columns: MatrixSymbol(_name(name), decode(rows), decode(columns)),
    "Sum": lambda term, index, lower, upper: Sum(decode(term), (decode(index), decode(lower), decode(upper))),
}


# -- certificates and points: lists, points by name, and substitutions ----------------------------------------


def encode_certificate(value: Any) -> Json:
    """A certificate as JSON: None, a term, a list of certificates, a point or a substitution.

    Returns:
        None, the JSON of a term, or an object with one key that says which of the others it is.

    Raises:
        UnreadableTermError: if it holds anything else.
    """
    if value is None:
        return None
    if isinstance(value, Mapping):
        if all(isinstance(key, str) for key in value):
            return {"point": {key: encode_certificate(entry) for key, entry in value.items()}}
        if all(isinstance(key, int) for key in value):
            return {"entries": {str(key): encode_certificate(entry) for key, entry in value.items()}}
        return {"substitution": [[encode(key), encode(entry)] for key, entry in value.items()]}
    if isinstance(value, (list, tuple)):
        return {"list": [encode_certificate(entry) for entry in value]}
    return encode(sympy.sympify(value, strict=True))


def decode_certificate(data: Json) -> Any:
    """The certificate that :func:`encode_certificate` wrote.

    Returns:
        The certificate, with lists in place of tuples.

    Raises:
        UnreadableTermError: if the data is anything else.
    """
    if data is None:
        return None
    if not isinstance(data, dict):
        return decode(data)
    if len(data) != 1:
        raise UnreadableTermError(f"got the keys {sorted(data)}; expected one of point, entries, list, substitution")
    ((kind, content),) = data.items()
    if kind == "list" and isinstance(content, list):
        return [decode_certificate(entry) for entry in content]
    if kind == "point" and isinstance(content, dict):
        return {_name(key): decode_certificate(entry) for key, entry in content.items()}
    if kind == "entries" and isinstance(content, dict):
        return {int(key): decode_certificate(entry) for key, entry in content.items()}
    if kind == "substitution" and isinstance(content, list):
        return {decode(key): decode(entry) for key, entry in content}
    raise UnreadableTermError(f"got the key {kind!r}; expected one of point, entries, list, substitution")
