"""The search for the smallest example of a violation: unit vectors, small positions, a small parameter.

Logits are bilinear, so unit vectors suffice, and every part of an example is a small whole number. A search by
Hypothesis over those numbers, within the bounds of an example that is known to fail, ends at the smallest in this
order: the parameter of the transformation, the position of the query, of the keys, the coordinates.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TypeVar

import torch
from torch import Tensor

from phase_latency.checking.cases import Case, Parameter, Transformation
from phase_latency.checking.classes import Change, Fit, InvarianceClass
from phase_latency.checking.decision import Found, Level
from phase_latency.checking.guards import EncodingError
from phase_latency.checking.logits import base_of
from phase_latency.checking.probes import Probe
from phase_latency.checking.session import Pair, Session
from phase_latency.checking.transformations import Cast
from phase_latency.checking.twin import NoTwinError
from phase_latency.checking.witness import Key, Witness

# How many keys of one query show that a class does not hold.
_KEYS = {"Exact": 1, "Scale": 2, "RowConstant": 2, "ScaleAndRowConstant": 3, "RowAffine": 3, "Order": 2}
_CANDIDATES, _ROUNDS = 24, 3
_T = TypeVar("_T")


@dataclass(frozen=True)
class Point:
    """What a witness is made of, before it is evaluated: whole numbers only.

    Attributes:
        parameter: index of the parameter.
        query: position of the query, from the first of the scope.
        keys: positions of the keys, likewise.
        head: head or query coordinate.
        coordinates: coordinates of the keys.
    """

    parameter: int
    query: int
    keys: tuple[int, ...]
    head: int
    coordinates: tuple[int, ...]


@dataclass(frozen=True)
class _Search:
    """The setting of a search."""

    session: Session
    under: Transformation
    invariance: InvarianceClass
    parameters: list[Parameter]
    level: Level

    def evaluate(self, point: Point, whole_call: bool = False) -> tuple[Fit, Change, Probe]:
        """Logits of a point, and what the class leaves over of them."""
        case = self.under.case(self.parameters[point.parameter], self.session.scope)
        seen = self._probe(point, whole_call)
        pair = self.session.pair(case, twin=self.level == "twin strict", seen=seen)
        change = _selected(pair, self.level, *self._indices(point, case, seen))
        return self.invariance.fit(change), change, seen

    def fails(self, point: Point, whole_call: bool = False) -> bool:
        """Whether a point shows a violation."""
        try:
            return not self.evaluate(point, whole_call)[0].holds
        except (EncodingError, NoTwinError):
            return False

    def _probe(self, point: Point, whole_call: bool) -> Probe:
        seen, low = self.session.seen, self.session.scope.low
        positions = sorted({point.query, *point.keys})
        if self.session.subject.declared.contiguous:
            positions = list(range(positions[-1] + 1))
        base = seen.base if whole_call else low + torch.tensor(positions)
        if self.session.subject.kind != "rotary":
            return Probe(seen.vectors, base, seen.rates)
        chosen = [point.head, *point.coordinates]
        return Probe(seen.vectors[chosen], base, seen.rates[chosen])

    def _indices(self, point: Point, case: Case, seen: Probe) -> tuple[int, list[int]]:
        base = (base_of(case, seen) - case.start - self.session.scope.low).tolist()
        count = len(base)
        rotary = self.session.subject.kind == "rotary"
        row = (0 if rotary else point.head) * count + base.index(point.query)
        columns = [((1 + n) if rotary else 0) * count + base.index(key) for n, key in enumerate(point.keys)]
        return row, columns


def smallest_witness(
    session: Session, under: Transformation, found: Found, parameters: list[Parameter], max_examples: int
) -> Witness | None:
    """Search for the smallest example of a violation.

    Args:
        session: the encoding.
        under: the transformation.
        found: a case in which a class fails.
        parameters: parameters of the transformation, simplest first; those after the one of `found` are not tried.
        max_examples: how many examples each search may try.

    Returns:
        the witness; None if the violation does not show on one query with few keys.
    """
    if found.fit is None or found.invariance.name not in _KEYS:
        return None
    tried = parameters[: parameters.index(found.case.parameter) + 1]
    search = _Search(session, under, found.invariance, tried, found.level)
    candidates = list(_candidates(search, found))
    for point in candidates:
        if search.fails(point):
            return _witness(search, _smaller(search, point, max_examples), whole_call=False)
    for point in candidates:
        if search.fails(point, whole_call=True):
            return _witness(search, point, whole_call=True)
    return None


def _smaller(search: _Search, point: Point, max_examples: int) -> Point:
    """Let Hypothesis look for smaller points that still fail, until it finds none."""
    for _ in range(_ROUNDS):
        found = _apart_from_other_tests(partial(_found_below, search, _numbers(point), max_examples))
        if found is None:
            break
        point = _point(search, found)
    return point


def _found_below(search: _Search, upper: tuple[int, ...], max_examples: int) -> tuple[int, ...] | None:
    """Numbers of a smaller point that fails, none larger than in another one; None if none is found."""
    from hypothesis import HealthCheck, Phase, find, settings
    from hypothesis import strategies as st
    from hypothesis.errors import NoSuchExample

    options = settings(
        max_examples=max_examples,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    numbers = st.tuples(*(st.integers(0, most) for most in upper))

    def fails_below(drawn: tuple[int, ...]) -> bool:
        return drawn < upper and search.fails(_point(search, drawn))

    try:
        return find(numbers, fails_below, settings=options, random=Random(search.session.limits.seed))
    except NoSuchExample:
        return None


def _apart_from_other_tests(search: Callable[[], _T]) -> _T:
    """Run a search of Hypothesis; in a thread of its own where a test of Hypothesis is running in this one."""
    from hypothesis import currently_in_test_context

    if not currently_in_test_context():
        return search()
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(search).result()


def _numbers(point: Point) -> tuple[int, ...]:
    return point.parameter, point.query, *point.keys, point.head, *point.coordinates


def _point(search: _Search, numbers: tuple[int, ...]) -> Point:
    keys = _KEYS[search.invariance.name]
    return Point(numbers[0], numbers[1], numbers[2 : 2 + keys], numbers[2 + keys], numbers[3 + keys :])


def _candidates(search: _Search, found: Found) -> Iterator[Point]:
    """Entries beyond their bound in the case that was looked at, smallest first, with the keys they need."""
    assert found.fit is not None
    case, session = found.case, search.session
    seen = session.fitting(case)
    base = base_of(case, seen) - case.start - session.scope.low
    pair = session.pair(case, twin=found.level == "twin strict")
    failing = (found.fit.excess > 1).nonzero()
    count, rotary = len(base), session.subject.kind == "rotary"
    largest = torch.maximum(base[failing[:, 0] % count], base[failing[:, 1] % count])
    order = largest * len(seen.vectors) + failing.sum(1) // count
    needed = _KEYS[found.invariance.name]
    for row, column in failing[order.argsort(stable=True)[:_CANDIDATES]].tolist():
        columns = _with_partners(column, row, found.fit, pair, needed)
        coordinates = tuple(each // count for each in columns) if rotary else ()
        keys = tuple(int(base[each % count]) for each in columns)
        yield Point(len(search.parameters) - 1, int(base[row % count]), keys, row // count, coordinates)


def _with_partners(column: int, row: int, fit: Fit, pair: Pair, needed: int) -> list[int]:
    """The column last, before it the one that it is held against, or the largest others."""
    columns = [] if fit.partner is None or needed == 1 else [int(fit.partner[row])]
    if fit.below is not None:
        columns = [int(fit.below[row, column])]
    sizes = pair.before.values[row].abs()
    if pair.admitted is not None:
        sizes = sizes.masked_fill(~pair.admitted[row], -1.0)
    for each in sizes.argsort(descending=True).tolist():
        if len(columns) >= needed - 1:
            break
        if each != column and each not in columns:
            columns.append(each)
    return [*columns[: needed - 1], column]


def _selected(pair: Pair, level: Level, row: int, columns: list[int]) -> Change:
    change = pair.lenient() if level == "native lenient" else pair.strict()

    def chosen(each: Tensor) -> Tensor:
        return each[row, columns][None]

    admitted = None if change.admitted is None else chosen(change.admitted)
    return Change(
        chosen(change.before),
        chosen(change.after),
        chosen(change.before_bound),
        chosen(change.after_bound),
        admitted,
    )


def _witness(search: _Search, point: Point, whole_call: bool) -> Witness:
    fit, change, seen = search.evaluate(point, whole_call)
    low, kind = search.session.scope.low, search.session.subject.kind
    start = search.under.case(search.parameters[point.parameter], search.session.scope).start
    last = int(fit.excess[0].argmax())
    coordinates: tuple[int | None, ...] = point.coordinates or (None,) * len(point.keys)
    keys = tuple(
        Key(coordinate, low + start + position, float(change.before[0, number]), float(change.after[0, number]))
        for number, (coordinate, position) in enumerate(zip(coordinates, point.keys, strict=True))
    )
    return Witness(
        under=search.under.name,
        parameter=search.parameters[point.parameter],
        violates=search.invariance.name,
        head=point.head if kind == "bias" else None,
        coordinate=point.head if kind == "rotary" else None,
        position=low + start + point.query,
        keys=keys,
        deviation=float(fit.deviation[0, last]),
        bound=float(fit.allowance[0, last]),
        rebuilt=search.level == "twin strict",
        call=tuple(seen.base.tolist()) if whole_call else (),
    )


def again(
    session: Session, under: Transformation, invariance: InvarianceClass, witness: Witness
) -> tuple[Witness, bool]:
    """Evaluate a witness again.

    Args:
        session: the encoding.
        under: the transformation.
        invariance: the class that it violated.
        witness: the example.

    Returns:
        the same example with the figures of now, and whether it still violates the class.

    Raises:
        EncodingError: the encoding raises or returns something else than it should.
    """
    strict = session.wide and not isinstance(under, Cast)
    level: Level = "twin strict" if witness.rebuilt else "native strict" if strict else "native lenient"
    search = _Search(session, under, invariance, [witness.parameter], level)
    low = session.scope.low + under.case(witness.parameter, session.scope).start
    coordinates = tuple(key.coordinate for key in witness.keys if key.coordinate is not None)
    keys = tuple(key.position - low for key in witness.keys)
    head = witness.coordinate if witness.coordinate is not None else witness.head or 0
    point = Point(0, witness.position - low, keys, head, coordinates)
    whole = bool(witness.call)
    return _witness(search, point, whole), search.fails(point, whole)
