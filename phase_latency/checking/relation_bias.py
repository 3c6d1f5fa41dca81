"""The relation between two biases: equal, scaled, shifted by constants of rows, heads exchanged."""

from dataclasses import replace

import torch
from jaxtyping import Bool, Float64
from torch import Tensor

from phase_latency.checking.classes import (
    EXACT,
    ROW_CONSTANT,
    SCALE,
    Change,
    Fit,
    InvarianceClass,
    ScaleAndRowConstant,
)
from phase_latency.checking.relation import Difference, Finding
from phase_latency.checking.relation_channels import permutation_between
from phase_latency.checking.relation_columns import Columns
from phase_latency.types import Positions

_FEW = 512  # entries of a head that are enough to tell heads apart


def relate_biases(
    first: Columns, reference: Columns, positions: Positions, admitted: Bool[Tensor, "length length"]
) -> Finding:
    """Find the strongest relation between two biases.

    Args:
        first: entries of a bias.
        reference: entries of the other.
        positions: (length,) of queries and of keys.
        admitted: (queries, keys) which keys a query may attend to.

    Returns:
        the relation, with the smallest entry at which they differ.
    """
    change = _change(first, reference, admitted)
    equal = EXACT.fit(change)
    if equal.holds:
        return Finding("equal", "all biases agree", equal, {"scale": 1.0, "factor": 1.0})
    found = _related(change, admitted)
    if found is not None:
        return replace(found, parameters=found.parameters | {"witness": _witness(change, equal, positions)})
    rows = ROW_CONSTANT.fit(change)
    reason = "heads are neither scaled nor exchanged, nor do rows differ by constants"
    causal = torch.ones_like(admitted).tril()
    if bool(admitted.triu(1).any()) and ROW_CONSTANT.fit(_change(first, reference, admitted & causal)).holds:
        reason = "rows differ by constants under a causal mask only"
    elif bool(admitted.triu(1).any()) and _related(_change(first, reference, admitted & causal), admitted & causal):
        reason = "they are related under a causal mask only"
    return Finding("none", reason, rows, {"witness": _witness(change, rows, positions)}, loose=True)


def _related(change: Change, admitted: Tensor) -> Finding | None:
    """The strongest relation but equality; None if there is none."""
    scale = SCALE.fit(change)
    if scale.holds:
        factor = {"scale": scale.scale, "factor": scale.scale}
        return Finding("scale", f"every bias is {scale.scale:.10g} times that of the reference", scale, factor)
    constant = ROW_CONSTANT.fit(change)
    if constant.holds:
        reason = "biases differ by one number for each head and query, which softmax does not see"
        return Finding("row-constant", reason, constant, {"scale": 1.0})
    return _exchanged(change, len(admitted)) or _by_head(change, len(admitted))


def _exchanged(change: Change, length: int) -> Finding | None:
    """Heads that exchange places."""
    chosen = torch.arange(length**2) if change.admitted is None else change.admitted[:length].flatten().nonzero()[:, 0]
    chosen = chosen[:: max(1, len(chosen) // _FEW)]
    after, before = (
        _heads(values, bound, length, chosen)
        for values, bound in ((change.after, change.after_bound), (change.before, change.before_bound))
    )
    arrangement = permutation_between(after, before)
    if arrangement is None or min(arrangement.signs) < 0:
        return None
    order = torch.tensor(arrangement.permutation)
    values, bound = (
        each.view(-1, length, length)[order].flatten(0, 1) for each in (change.before, change.before_bound)
    )
    fit = EXACT.fit(replace(change, before=values, before_bound=bound))
    parameters = {"scale": 1.0, "permutation": arrangement.permutation}
    return Finding("permuted", "heads exchange places", fit, parameters) if fit.holds else None


def _heads(values: Tensor, bound: Tensor, length: int, chosen: Tensor) -> Columns:
    """Some entries of each head, a column for each."""
    few = [each.view(-1, length**2)[:, chosen].mT for each in (values, bound)]
    count = few[0].shape[1]
    return Columns(torch.arange(count), few[0], few[1], torch.zeros(count).double())


def _by_head(change: Change, length: int) -> Finding | None:
    """A factor for each head; then a factor and constants of rows."""
    heads = [_part(change, slice(start, start + length)) for start in range(0, len(change.before), length)]
    fitted = [SCALE.fit(head) for head in heads]
    if all(fit.holds for fit in fitted):
        reason = "every head is scaled, each by a factor of its own"
        return Finding("scale", reason, _joined(fitted), {"scales": _scales(fitted)}, loose=True)
    also_shifted: InvarianceClass = ScaleAndRowConstant()
    whole = also_shifted.fit(change)
    if whole.holds:
        reason = f"biases are {whole.scale:.10g} times those of the reference up to one number for each head and query"
        return Finding("row-constant", reason, whole, {"scale": whole.scale})
    fitted = [also_shifted.fit(head) for head in heads]
    if not all(fit.holds for fit in fitted):
        return None
    reason = "every head is scaled, each by a factor of its own, up to one number for each query"
    return Finding("row-constant", reason, _joined(fitted), {"scales": _scales(fitted)}, loose=True)


def _scales(fits: list[Fit]) -> tuple[float, ...]:
    return tuple(float(fit.scale or 1.0) for fit in fits)


def _joined(fits: list[Fit]) -> Fit:
    return Fit(torch.cat([fit.deviation for fit in fits]), torch.cat([fit.allowance for fit in fits]))


def _part(change: Change, rows: slice) -> Change:
    admitted = None if change.admitted is None else change.admitted[rows]
    before_bound, after_bound = change.before_bound[rows], change.after_bound[rows]
    return Change(change.before[rows], change.after[rows], before_bound, after_bound, admitted)


def _change(first: Columns, reference: Columns, admitted: Tensor) -> Change:
    """Both biases, a row for each head and query."""
    before, after = _by_row(reference.values, len(admitted)), _by_row(first.values, len(admitted))
    before_bound, after_bound = _by_row(reference.bound, len(admitted)), _by_row(first.bound, len(admitted))
    return Change(before, after, before_bound, after_bound, admitted.repeat(len(before) // len(admitted), 1))


def _by_row(values: Float64[Tensor, "queries columns"], length: int) -> Tensor:
    return values.view(length, -1, length).transpose(0, 1).flatten(0, 1).nan_to_num(posinf=0.0, neginf=0.0)


def _witness(change: Change, fit: Fit, positions: Positions) -> Difference:
    """The smallest entry that is left over: smallest query, then key, then head."""
    length = len(positions)
    wrong = (fit.excess > 1).view(-1, length, length).permute(1, 2, 0).nonzero()
    query, key, head = (int(each) for each in wrong[0])
    row = head * length + query
    entry: dict[str, int | str | list[int]] = {"head": head, "key": int(positions[key])}
    value, before = float(change.after[row, key]), float(change.before[row, key])
    if fit.partner is not None:
        partner = int(fit.partner[row])
        entry = {"head": head, "keys": [int(positions[partner]), int(positions[key])]}
        value, before = value - float(change.after[row, partner]), before - float(change.before[row, partner])
    return Difference(int(positions[query]), entry, value, before, float(fit.allowance[row, key]))
