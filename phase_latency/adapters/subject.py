"""What a check looks at: an encoding of any origin as one of three kinds, with the facts declared about it.

- *additive*: ``positions -> (length, dim)``, added to (or concatenated with) the content;
- *rotary*: ``x, positions -> x``, linear in x, applied to queries and keys;
- *bias*: ``query positions, key positions -> (heads, queries, keys)``, added to the logits.

A subject never holds an instance of the encoding, only the way to build one: whatever a call leaves behind in a
module (a cache, a changed buffer) cannot reach the next evaluation, and a fresh instance can be held against a used
one.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from phase_latency.errors import ArgumentError

Kind: TypeAlias = Literal["additive", "rotary", "bias"]
KINDS: tuple[Kind, ...] = ("additive", "rotary", "bias")

# What `Subject.build` returns, by kind. Rotary calls take queries and keys together, (batch, heads, length, dim) each,
# because some encodings centre their decay on the largest position of a call, which cancels between the two.
Call: TypeAlias = Callable[..., Any]


@dataclass(frozen=True)
class Declared:
    """Facts about an encoding that calling it does not tell.

    Attributes:
        float_positions: whether it accepts positions that are no whole numbers, e.g. spike times in seconds.
        contiguous: whether the positions of a call have to be consecutive, as with an ``offset`` argument.
        angle_dtype: dtype that angles are formed in whatever the input, such as "float32"; None if not known.
        layout: how coordinates are laid out, such as "interleaved" or "half-split"; None if not known.
        stateful: whether calls are known to change the instance.
        max_length: number of positions that it is defined for, 0..max_length-1; None for no limit that is known.
        mask: "causal" if the encoding is meant for a causal mask only, as ALiBi in row form.
        extra_scale: factor that the encoding puts on every logit beside its rotation, e.g. YaRN's.
    """

    float_positions: bool = False
    contiguous: bool = False
    angle_dtype: str | None = None
    layout: str | None = None
    stateful: bool = False
    max_length: int | None = None
    mask: Literal["causal"] | None = None
    extra_scale: float = 1.0


@dataclass(frozen=True)
class Subject:
    """An encoding under check.

    Build one with `Subject.additive`, `Subject.rotary`, `Subject.rotary_pair` or `Subject.bias`.

    Attributes:
        name: for reading, one line.
        kind: "additive", "rotary" or "bias".
        build: makes a fresh instance and returns what evaluates it: ``encode(positions, dtype) -> (length, dim)``,
            ``turn(queries, keys, positions) -> (queries, keys)``, (batch, heads, length, dim) each, or
            ``bias(query_positions, key_positions, dtype) -> (heads, queries, keys)``. Positions are (length,) int64,
            or float64 when `declared.float_positions`.
        dim: width of queries and keys for a rotary encoding; None where it does not matter.
        declared: facts that calling it does not tell.
        source: expression that builds the encoding, with the imports it needs, for the snippets of witnesses; empty if
            not known.
    """

    name: str
    kind: Kind
    build: Callable[[], Call]
    dim: int | None = None
    declared: Declared = field(default_factory=Declared)
    source: str = ""

    def __post_init__(self) -> None:
        """Check the arguments."""
        if self.kind not in KINDS:
            raise ArgumentError("kind", self.kind, f"one of {', '.join(KINDS)}", "name the kind of the encoding")
        _check_build(self.build)
        if self.kind == "rotary" and not (isinstance(self.dim, int) and self.dim >= 2):
            raise ArgumentError("dim", self.dim, "the width of queries and keys", "pass dim=, the head dimension")

    @classmethod
    def additive(cls, build: Callable[[], Call], *, name: str, source: str = "", **declared: Any) -> "Subject":
        """An encoding that is added to the content.

        Args:
            build: makes a fresh ``encode(positions) -> (length, dim)``; if it also takes a keyword ``dtype``, the
                working dtype is passed.
            name: for reading.
            source: see the class.
            declared: fields of `Declared`.

        Returns:
            the subject.

        Raises:
            ArgumentError: an argument is not of its kind.
        """
        _check_build(build)
        return cls(name, "additive", _fitting(build), None, _declared(declared), source)

    @classmethod
    def rotary(cls, build: Callable[[], Call], *, name: str, dim: int, source: str = "", **declared: Any) -> "Subject":
        """An encoding that turns queries and keys alike.

        Args:
            build: makes a fresh ``rotate(x, positions) -> x`` for x of shape (batch, heads, length, dim).
            name: for reading.
            dim: width of queries and keys.
            source: see the class.
            declared: fields of `Declared`.

        Returns:
            the subject.

        Raises:
            ArgumentError: an argument is not of its kind.
        """
        _check_build(build)

        def build_pair() -> Call:
            rotate = build()
            return lambda queries, keys, positions: (rotate(queries, positions), rotate(keys, positions))

        return cls(name, "rotary", build_pair, dim, _declared(declared), source)

    @classmethod
    def rotary_pair(
        cls, build: Callable[[], Call], *, name: str, dim: int, source: str = "", **declared: Any
    ) -> "Subject":
        """An encoding that treats queries and keys differently, such as xPos.

        Args:
            build: makes a fresh ``rotate(queries, keys, positions) -> (queries, keys)``, each of shape
                (batch, heads, length, dim).
            name: for reading.
            dim: width of queries and keys.
            source: see the class.
            declared: fields of `Declared`.

        Returns:
            the subject.

        Raises:
            ArgumentError: an argument is not of its kind.
        """
        return cls(name, "rotary", build, dim, _declared(declared), source)

    @classmethod
    def bias(cls, build: Callable[[], Call], *, name: str, source: str = "", **declared: Any) -> "Subject":
        """A bias on the logits.

        Args:
            build: makes a fresh ``bias(query_positions, key_positions)`` that returns (heads, queries, keys) or
                (queries, keys); if it also takes a keyword ``dtype``, the working dtype is passed.
            name: for reading.
            source: see the class.
            declared: fields of `Declared`.

        Returns:
            the subject.

        Raises:
            ArgumentError: an argument is not of its kind.
        """
        _check_build(build)
        return cls(name, "bias", _fitting(build), None, _declared(declared), source)


def _check_build(build: object) -> None:
    if not callable(build):
        raise ArgumentError("build", build, "a function without arguments", "wrap it: lambda: encoding")


def _declared(facts: dict[str, Any]) -> Declared:
    unknown = facts.keys() - Declared.__dataclass_fields__.keys()
    if unknown:
        known = ", ".join(Declared.__dataclass_fields__)
        raise ArgumentError(min(unknown), facts[min(unknown)], f"one of {known}", "leave it out")
    return Declared(**facts)


def _takes_dtype(call: Call) -> bool:
    """Whether a function has a keyword ``dtype``; False also where Python cannot tell."""
    try:
        return "dtype" in inspect.signature(call).parameters
    except (TypeError, ValueError):
        return False


def _fitting(build: Callable[[], Call]) -> Callable[[], Call]:
    """Give what `build` makes a last argument for the dtype, which is passed on only to what takes one."""

    def build_fitting() -> Call:
        call = build()
        passed_on = _takes_dtype(call)

        def fitted(*arguments: Any) -> Any:
            *where, dtype = arguments
            return call(*where, dtype=dtype) if passed_on else call(*where)

        return fitted

    return build_fitting
