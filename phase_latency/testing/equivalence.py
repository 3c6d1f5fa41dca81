"""The assertion that two encodings are the same, up to a relation."""

import math
from dataclasses import replace
from typing import Any, TypedDict, Unpack, get_args

from phase_latency.adapters.adapting import adapt
from phase_latency.adapters.subject import Call, Kind, Subject
from phase_latency.checking.claims import Mask
from phase_latency.checking.comparing import compare_subjects
from phase_latency.checking.guards import TIME_LIMIT, Limits
from phase_latency.checking.relation import Relation, RelationName
from phase_latency.errors import ArgumentError
from phase_latency.testing.recording import InvarianceAssertionError, record

_RELATIONS = tuple(name for name in get_args(RelationName) if name != "none")


class CompareOptions(TypedDict, total=False):
    """Options of `assert_equivalent`.

    Attributes:
        seed: seed of torch, NumPy and Python before an encoding is built.
        time_limit: seconds that one call of an encoding may take, in the main thread.
        length: number of positions of a sequence, >= 2.
        within: first and last position to look at.
        mask: "causal" if only keys at or before the query count, for biases.
        kind: of both encodings; None to find out.
        dim: width of both; None to find out.
        heads: number of heads of both; None to find out.
    """

    seed: int
    time_limit: float
    length: int
    within: tuple[int, int] | None
    mask: Mask | None
    kind: Kind | None
    dim: int | None
    heads: int | None


def assert_equivalent(
    encoding: object,
    reference: object,
    *,
    relation: RelationName = "equal",
    scale: float | None = None,
    **options: Unpack[CompareOptions],
) -> Relation:
    """Assert that an encoding is a reference, or is related to it.

    Args:
        encoding: anything that `phase_latency.adapters.adapting.adapt` takes.
        reference: what it is held against, likewise.
        relation: "equal", "scale", "row-constant", "permuted", "retimed" or "frequencies": the strongest relation
            between the two has to be this one, or equality, which satisfies them all.
        scale: factor of the logits that has to go with it, > 0. It is held against the reference with that factor, so
            that rounding is the only tolerance. None stands for any factor if the relation is "scale", and else for 1.
        **options: see `CompareOptions`.

    Returns:
        the relation.

    Raises:
        InvarianceAssertionError: they have another relation, another factor, or none.
        ArgumentError: an argument is of another kind, or the encodings are of different kinds or sizes.
        EncodingError: one of them raises, hangs, or returns something else than it should.
        MissingToolError: it needs a library that is not installed.
    """
    __tracebackhide__ = True
    if relation not in _RELATIONS:
        raise ArgumentError("relation", relation, f"one of {', '.join(_RELATIONS)}", "name one of these")
    if scale is not None and not (isinstance(scale, float | int) and math.isfinite(scale) and scale > 0):
        raise ArgumentError("scale", scale, "a finite number > 0", "pass the factor of the logits, or leave it out")
    unknown = options.keys() - CompareOptions.__annotations__.keys()
    if unknown:
        expected = f"one of {', '.join(CompareOptions.__annotations__)}"
        raise ArgumentError(min(unknown), {**options}[min(unknown)], expected, "leave it out")
    compared: dict[str, Any] = {name: options[name] for name in ("length", "within", "mask") if name in options}
    compared["limits"] = Limits(options.get("seed", 0), options.get("time_limit", TIME_LIMIT))
    adapted: dict[str, Any] = {name: options.get(name) for name in ("kind", "dim", "heads")}
    first, second = adapt(encoding, **adapted), adapt(reference, **adapted)
    found = record(compare_subjects(first, second, **compared))
    if found.relation in (relation, "equal") and _has_scale(found, relation, scale, first, second, compared):
        return found
    raise InvarianceAssertionError(_message(found, relation, scale), relation=found)


def _has_scale(
    found: Relation, relation: str, scale: float | None, first: Subject, reference: Subject, compared: dict[str, Any]
) -> bool:
    if scale is None:
        return relation == "scale" or found.scale == 1
    if found.scale is None:
        return False
    root = math.copysign(math.sqrt(scale), found.factor or 1)
    for queries, keys in [(root, root), (scale, 1.0), (1.0, scale)][: 3 if first.kind == "rotary" else 1]:
        again = compare_subjects(first, _scaled(reference, queries, keys), **compared)
        if again.scale == 1:  # exactly, wherever rounding explains the distance to 1
            return True
    return False


def _scaled(reference: Subject, queries: float, keys: float) -> Subject:
    """A reference with its images of queries and keys, the rows of its table, or its bias times a factor."""

    def build() -> Call:
        call = reference.build()

        def scaled(*arguments: Any) -> Any:
            values = call(*arguments)
            match reference.kind:
                case "additive":
                    return queries * values
                case "bias":
                    return queries * keys * values
                case _:
                    return queries * values[0], keys * values[1]

        return scaled

    return replace(reference, build=build)


def _message(found: Relation, relation: str, scale: float | None) -> str:
    heading = f"{found.encoding} against {found.reference}"
    heads = " (each head by a factor of its own)" if found.scales is not None else ""
    have = f"{found.relation}{_with_scale(found.scale)}{heads}"
    _, reason, *lines = str(found).splitlines()
    runs = ", ".join(f"{low} to {high}" for low, high in found.positions[:1])
    more = f" and {len(found.positions) - 1} more runs" if len(found.positions) > 1 else ""
    return "\n".join(
        [
            f"{heading}: {have}, and was asserted to be {relation}{_with_scale(scale)}",
            f"  reason: {reason}",
            *(f"  {line}" for line in lines),
            f"  looked at: positions {runs}{more}",
        ]
    )


def _with_scale(scale: float | None) -> str:
    return "" if scale in (None, 1) else f" (logits times {scale:.10g})"
