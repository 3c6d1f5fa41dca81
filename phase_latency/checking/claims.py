"""Claims: an encoding is invariant under a transformation, up to a class."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import torch

from phase_latency.checking.cases import Transformation
from phase_latency.checking.classes import CLASSES, EXACT, InvarianceClass
from phase_latency.checking.transformations import (
    Amplitude,
    Batch,
    Cast,
    Compress,
    Heads,
    History,
    Permute,
    QueryShift,
    Relabel,
    Retime,
    Shift,
    Window,
)
from phase_latency.errors import ArgumentError
from phase_latency.latency import LatencyMap

Mask = Literal["causal"]

# What a profile without claims goes through, in order.
STANDARD: tuple[Transformation, ...] = (
    Shift(),
    QueryShift(),
    Amplitude(),
    Retime(),
    Compress(),
    Relabel(),
    Permute(),
    Cast(),
    Window(),
    Batch(),
    Heads(),
    History(),
)


@dataclass(frozen=True)
class Claim:
    """An encoding is invariant under a transformation, up to a class.

    Args:
        under: the transformation.
        up_to: how logits may change.
        mask: "causal" if only keys at or before the query count; None for all keys.

    Raises:
        ArgumentError: an argument is of another kind.
    """

    under: Transformation
    up_to: InvarianceClass = EXACT
    mask: Mask | None = None

    def __post_init__(self) -> None:
        """Check the arguments."""
        if not isinstance(self.under, Transformation):
            raise ArgumentError("under", self.under, "a transformation such as Shift()", "pass one of STANDARD")
        if not isinstance(self.up_to, InvarianceClass):
            raise ArgumentError("up_to", self.up_to, "a class such as Exact()", "pass one of CLASSES")
        if self.mask not in (None, "causal"):
            raise ArgumentError("mask", self.mask, "'causal' or None", "leave it out for all keys")

    def __str__(self) -> str:
        """``Shift up to RowConstant under a causal mask``."""
        return f"{self.under.name} up to {self.up_to.name}" + (" under a causal mask" if self.mask else "")


def parse_claim(text: str, mask: Mask | None = None) -> Claim:
    """Read a claim from text.

    Args:
        text: "TRANSFORMATION" or "TRANSFORMATION:CLASS", such as "shift", "shift(3):exact",
            "amplitude(1/64):scale", "cast(bfloat16)", "retime(0.1, 256)"; upper or lower case.
        mask: of the claim.

    Returns:
        the claim; up to Exact if no class is named.

    Raises:
        ArgumentError: unknown names or arguments.
    """
    under, _, up_to = text.partition(":")
    return Claim(parse_transformation(under), parse_class(up_to) if up_to.strip() else EXACT, mask)


def parse_class(text: str) -> InvarianceClass:
    """Find a class by name.

    Args:
        text: "Exact", "scale", "row-constant", ...; case, hyphens and underscores do not matter.

    Returns:
        the class.

    Raises:
        ArgumentError: there is none.
    """
    known = {each.name.lower(): each for each in CLASSES}
    found = known.get(re.sub(r"[-_\s]", "", text).lower())
    if found is None:
        raise ArgumentError("class", text, f"one of {', '.join(each.name for each in CLASSES)}", "name one of these")
    return found


_PARSERS: dict[str, Callable[[list[str]], Transformation]] = {
    "shift": lambda given: Shift(*map(int, given)),
    "queryshift": lambda given: QueryShift(*map(int, given)),
    "amplitude": lambda given: Amplitude(*map(_number, given)),
    "retime": lambda given: Retime(_latency_map(*given)) if given else Retime(),
    "compress": lambda given: Compress(*map(_number, given)),
    "relabel": lambda given: Relabel(*given),
    "permute": lambda given: Permute(*given),
    "cast": lambda given: Cast(*(getattr(torch, each) for each in given)),
    "window": lambda given: Window(*given),
    "batch": lambda given: Batch(*given),
    "heads": lambda given: Heads(*given),
    "history": lambda given: History(*given),
}


def parse_transformation(text: str) -> Transformation:
    """Read a transformation from text.

    Args:
        text: a name, and its arguments in brackets: "shift", "shift(3)", "compress(1/8)", "cast(bfloat16)".

    Returns:
        the transformation.

    Raises:
        ArgumentError: unknown name, or arguments that it does not take.
    """
    match = re.fullmatch(r"\s*([A-Za-z_-]+)\s*(?:\((.*)\))?\s*", text)
    name = re.sub(r"[-_]", "", match[1]).lower() if match else ""
    if match is None or name not in _PARSERS:
        known = ", ".join(type(each).__name__ for each in STANDARD)
        raise ArgumentError("transformation", text, f"one of {known}", "name one of these, as in shift or shift(3)")
    given = [each.strip() for each in (match[2] or "").split(",") if each.strip()]
    try:
        return _PARSERS[name](given)
    except ArgumentError:
        raise
    except (TypeError, ValueError, AttributeError, ZeroDivisionError, OverflowError) as problem:
        remedy = "see the transformation's documentation"
        raise ArgumentError("transformation", text, f"arguments that {match[1]} takes", remedy) from problem


def _latency_map(window: str, length: str, onset: str = "0") -> LatencyMap:
    return LatencyMap(_number(window), int(length), _number(onset))


def _number(text: str) -> float:
    return float(Fraction(text.replace(" ", "")))
