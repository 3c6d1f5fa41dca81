"""`compare`: the strongest relation between an encoding and a reference, with its parameters and what is left over."""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from phase_latency.adapters.subject import Subject
from phase_latency.checking.cases import Scope
from phase_latency.checking.claims import Mask
from phase_latency.checking.classes import Fit
from phase_latency.checking.guards import EncodingError, Limits
from phase_latency.checking.relation import Difference, Finding, Relation, RelationName
from phase_latency.checking.relation_bias import relate_biases
from phase_latency.checking.relation_channels import Arrangement, permutation_between
from phase_latency.checking.relation_columns import Columns, difference, groups_of, scaled, size_ratio, together
from phase_latency.checking.relation_frequencies import View, other_frequencies, views_of
from phase_latency.checking.relation_positions import finite_positions, looked_at, runs_of
from phase_latency.checking.relation_reading import Reading
from phase_latency.checking.relation_retiming import MOST_SEGMENTS, find_retiming
from phase_latency.checking.relation_sides import Entries, Side, side_of, turn_evenly
from phase_latency.checking.scopes import find_scope
from phase_latency.checking.spectrum import fit_spectrum
from phase_latency.errors import ArgumentError
from phase_latency.types import Positions
from phase_latency.validation import check_whole

_LENGTH, _FAR = 256, 10**5
_AS_USUAL = Limits()
_SHOWN = 6  # positions that are named
_SAME = 1e-12  # factors of queries and of keys that are told as one


def compare_subjects(
    first: Subject,
    reference: Subject,
    *,
    length: int = _LENGTH,
    within: tuple[int, int] | None = None,
    limits: Limits = _AS_USUAL,
    mask: Mask | None = None,
) -> Relation:
    """Find the strongest relation between two encodings.

    Both are run: never compare code that you would not run. They are looked at at all positions of a sequence and at
    windows up to a hundred thousand, as their float64 rebuilds where these are the same encodings up to float32
    rounding. What is found is a test with a certified rounding bound, no proof for all positions.

    Args:
        first: the encoding.
        reference: what it is held against, of the same kind, width and number of heads.
        length: number of positions of a sequence, >= 2.
        within: first and last position to look at; None for 0 to a hundred thousand, as far as both are defined.
        limits: how both are run.
        mask: "causal" if only keys at or before the query count, for biases; None for what either declares.

    Returns:
        the relation.

    Raises:
        ArgumentError: the two are of different kinds, widths or numbers of heads, or an argument is not accepted.
        EncodingError: one of them raises, hangs, returns something else than it should, or is finite nowhere.
    """
    check_whole(length, "length", 2, "pass the number of positions of a sequence")
    if mask not in (None, "causal"):
        raise ArgumentError("mask", mask, "'causal' or None", "leave it out for all keys")
    _require_same(first, reference, "kind", first.kind, reference.kind)
    _require_same(first, reference, "width", first.dim, reference.dim)
    wanted = within or (0, _FAR)
    scopes = [find_scope(each, limits, length, wanted) for each in (first, reference)]
    positions = looked_at(scopes[0].low, min(scope.high for scope in scopes), length, first.kind)
    positions = positions if first.kind == "bias" else finite_positions(first, reference, limits, positions)
    (side, mine), (other, theirs) = (side_of(each, limits, positions) for each in (first, reference))
    causal = first.kind == "bias" and "causal" in (mask, first.declared.mask, reference.declared.mask)
    admitted = _admitted(first, reference, mine, theirs, causal) if first.kind == "bias" else None
    if first.kind == "additive":
        _require_same(first, reference, "width", len(mine.keys), len(theirs.keys))

    def related(*sides: Side) -> Finding:
        columns = sides[0].bounded(mine), sides[1].bounded(theirs)
        if admitted is not None:
            return relate_biases(*columns, positions, admitted)
        return _Pair(positions, *columns, sides[1], scopes[1]).related()

    finding = related(side, other)
    notes = [", for keys up to the query" if causal else "", _form(side, other)]
    if finding.loose and (finding.relation != "none" or first.kind == "bias" or side.rounded or other.rounded):
        lenient = related(*(replace(each, frequencies=torch.float32) for each in (side, other)))
        if lenient.rank < finding.rank:
            finding = lenient
            notes.append(", up to the rounding of frequencies to float32")
    last = int(positions[-1])
    if last < looked_at(*wanted, length, first.kind)[-1]:
        notes.append(f", up to position {last}, as far as both are defined and finite")
    return _told(first, reference, positions, finding, "".join(notes))


def _require_same(first: Subject, reference: Subject, what: str, mine: object, theirs: object) -> None:
    if mine != theirs:
        given = f"{what} {mine} of {first.name}, {what} {theirs} of {reference.name}"
        raise ArgumentError("reference", given, f"an encoding of the same {what}", "compare like with like")


def _form(side: Side, other: Side) -> str:
    """In which form the two were compared, as a clause."""
    given = " and ".join(each.subject.name for each in (side, other) if not each.twin)
    rebuilt = " and ".join(each.subject.name for each in (side, other) if each.rounded)
    clauses = [f", {rebuilt} rebuilt in float64" if rebuilt else ""]
    return "".join([*clauses, f", {given} as given since no float64 rebuild is the same encoding" if given else ""])


def _admitted(first: Subject, reference: Subject, mine: Entries, theirs: Entries, causal: bool) -> Tensor:
    """Which keys count: those of the mask, less those that both biases hide by an infinity."""
    length = len(mine.values)
    heads = [len(each.keys) // length for each in (mine, theirs)]
    _require_same(first, reference, "number of heads", *heads)
    admitted = torch.ones(length, length, dtype=torch.bool)
    admitted = admitted.tril() if causal else admitted
    hidden = [~each.values.view(length, -1, length).isfinite().all(1) & admitted for each in (mine, theirs)]
    if not torch.equal(*hidden):
        expected, remedy = "finite biases where the reference has them", "pass mask='causal' if it hides later keys"
        raise EncodingError(first.name, "infinite or NaN values at some keys only", expected, remedy)
    return admitted & ~hidden[0]


def _told(first: Subject, reference: Subject, positions: Positions, finding: Finding, notes: str) -> Relation:
    """The relation with its deviation where it comes closest to the bound."""
    worst = int(finding.fit.excess.argmax())
    deviation, bound = (float(each.flatten()[worst]) for each in (finding.fit.deviation, finding.fit.allowance))
    names = first.name, reference.name, first.kind
    reason = f"{finding.reason}{notes}"
    return Relation(*names, finding.relation, reason, runs_of(positions), deviation, bound, **finding.parameters)


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two encodings of positions, and where the second can be read."""

    positions: Positions
    first: Columns
    reference: Columns
    side: Side
    scope: Scope

    def related(self) -> Finding:
        """The strongest relation: each is looked for only if those before it fail."""
        first, reference = together(self.first, self.reference)
        equal = difference(first, reference)
        if equal.holds:
            return Finding("equal", "all entries agree", equal, {"scale": 1.0, "factor": 1.0})
        witness = {"witness": _witness(self.positions, first, reference, equal)}
        found = _scaled(first, reference) or _permuted(first, reference) or self._by_channels(equal)
        return replace(found, parameters=found.parameters | witness)

    def _by_channels(self, equal: Fit) -> Finding:
        """A relation that needs other positions or frequencies, or none."""
        spectra = [fit_spectrum(each.values, each.bound, self.positions) for each in (self.first, self.reference)]
        views = views_of(self.first, self.reference, *spectra)
        seen = "neither a factor, a permutation, other positions nor other frequencies explain the others"
        for view in views:
            retiming = find_retiming(view.first, self.positions, self._reading(view))
            if retiming.fit is not None and not retiming.identity:
                return _told_of(view, "retimed", retiming.text, retiming.fit, {"retiming": retiming.segments})
            moved = [(p, t) for p, t in zip(self.positions.tolist(), retiming.times, strict=False) if p != t]
            if len(retiming.segments) == MOST_SEGMENTS and moved:
                examples = ", ".join(f"{p} is {t:g}" for p, t in moved[:_SHOWN])
                seen = f"position {examples}, ... of the reference, on more than {MOST_SEGMENTS} straight ranges"
        turning = views[0].turning
        for view in views if turning else []:
            found = other_frequencies(view, self.positions)
            if found is not None:
                listed, fit, text = found
                return replace(_told_of(view, "frequencies", text, fit, {"frequencies": listed}), loose=True)
        same = (equal.excess <= 1).all(0)
        even = all(turn_evenly(each.values, self.positions) for each in (self.first, self.reference))
        reason = f"{int(same.sum())} of {len(same)} columns agree, and {seen}"
        return Finding("none", reason, equal, {}, loose=even and not turning)

    def _reading(self, view: View) -> Reading:
        fitted = view.others if bool(view.others.turning.all()) else None
        return Reading(self.side, self.scope, self.reference, view.reference, view.arrangement, view.factors, fitted)


def _witness(positions: Positions, first: Columns, reference: Columns, equal: Fit) -> Difference:
    """The smallest entry that is not equal: smallest position, then vector, then coordinate."""
    row, column = (int(each) for each in (equal.excess > 1).nonzero()[0])
    key, width = int(first.keys[column]), first.width
    entry: dict[str, int | str | list[int]] = {"coordinate": key % width if width else key}
    if width:
        entry = {"side": "keys" if key >= width**2 else "queries", "vector": key // width % width, **entry}
    values = float(first.values[row, column]), float(reference.values[row, column])
    return Difference(int(positions[row]), entry, *values, float(equal.allowance[row, column]))


def _scaled(first: Columns, reference: Columns) -> Finding | None:
    fit, factors = scaled(first, reference)
    if not fit.holds or factors[0] * factors[-1] <= 0:
        return None
    return Finding("scale", _scale_text(factors), fit, _scales(factors))


def _permuted(first: Columns, reference: Columns) -> Finding | None:
    ratio = size_ratio(first, reference)
    arrangement = permutation_between(first, ratio.times(reference))
    if arrangement is None or arrangement.identity:
        return None
    fit = difference(*together(first, arrangement.apply(ratio.times(reference))))
    if not fit.holds:
        return None
    negative = sum(sign < 0 for sign in arrangement.signs)
    reason = "channels exchange places" + (f" and {negative} coordinates change their signs" if negative else "")
    factors = [float(ratio.values[group[0]]) for group in groups_of(first)]
    if any(factor != 1 for factor in factors):
        reason += f", and {_scale_text(factors)}"
    return Finding("permuted", reason, fit, _scales(factors) | _arranged(arrangement))


def _told_of(view: View, relation: RelationName, reason: str, fit: Fit, parameters: dict[str, Any]) -> Finding:
    """A relation that may come with a permutation and a factor."""
    if view.arrangement is not None:
        reason += ", and channels exchange places"
        parameters |= _arranged(view.arrangement)
    if any(factor != 1 for factor in view.factor_list):
        reason += f", and {_scale_text(view.factor_list)}"
    return Finding(relation, reason, fit, _scales(view.factor_list) | parameters)


def _arranged(arrangement: Arrangement) -> dict[str, Any]:
    signs = arrangement.signs if min(arrangement.signs) < 0 else None
    return {"permutation": arrangement.permutation, "signs": signs}


def _scales(factors: list[float]) -> dict[str, float | None]:
    """Scale of the logits from the factors of queries and of keys; the rows of a table are both."""
    same = abs(factors[0] - factors[-1]) <= _SAME * abs(factors[0])
    return {"scale": factors[0] * factors[-1], "factor": factors[0] if same else None}


def _scale_text(factors: list[float]) -> str:
    if _scales(factors)["factor"] is None:
        entries = f"queries are {factors[0]:.10g} and keys {factors[-1]:.10g} times those of the reference"
    else:
        entries = f"entries are {factors[0]:.10g} times those of the reference"
    return f"{entries}, logits of positions {factors[0] * factors[-1]:.10g} times"
