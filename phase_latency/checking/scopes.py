"""Where an encoding is defined, and finite."""

from collections.abc import Callable

import torch

from phase_latency.adapters.subject import Subject
from phase_latency.checking.cases import Scope
from phase_latency.checking.evaluation import Instance, values, works_at
from phase_latency.checking.guards import EncodingError, Limits
from phase_latency.checking.transformations import LARGEST_SHIFT
from phase_latency.errors import ArgumentError
from phase_latency.types import Positions


def find_scope(subject: Subject, limits: Limits, length: int, within: tuple[int, int] | None) -> Scope:
    """Find out at which positions an encoding is defined.

    Args:
        subject: the encoding.
        limits: how it is run.
        length: number of positions of a sequence.
        within: first and last position that the user is interested in; None for 0 to length plus a million.

    Returns:
        the largest range in which the encoding works and, unless the user named one, is finite.

    Raises:
        ArgumentError: fewer than two positions are left.
        EncodingError: it does not even work at the first two.
    """
    low, asked = within if within is not None else (0, LARGEST_SHIFT + length - 1)
    size = subject.declared.max_length
    wanted = asked if size is None else min(asked, size - 1)
    if wanted <= low:
        expected = "at least two positions, low < high, where the encoding is defined"
        raise ArgumentError("within", within or (low, wanted), expected, "pass a wider range")
    values(Instance(subject, limits), torch.tensor([low, low + 1]))
    high = _last(lambda last: works_at(Instance(subject, limits), _pair(last)), low, wanted)
    ends = f"not defined beyond {high}" if high < asked else None
    if within is None and not _is_finite_at(subject, limits, high) and _is_finite_at(subject, limits, low + length):
        high = _last(lambda last: _is_finite_at(subject, limits, last), low + length, high)
        ends = f"not finite beyond {high}"
    return Scope(low, high, min(length, high - low + 1), whole=not subject.declared.float_positions, ends=ends)


def _last(works: Callable[[int], bool], low: int, wanted: int) -> int:
    """Last position up to which an encoding works, by bisection."""
    if works(wanted):
        return wanted
    good, bad = low + 1, wanted
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if works(middle) else (good, middle)
    return good


def _pair(last: int) -> Positions:
    return torch.tensor([last - 1, last])


def _is_finite_at(subject: Subject, limits: Limits, last: int) -> bool:
    try:
        return bool(values(Instance(subject, limits), _pair(last)).isfinite().all())
    except EncodingError:
        return False
