"""One encoding under check: its logits before and after each case, as it is and as its float64 rebuild."""

import copy
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Bool
from torch import Tensor

from phase_latency.adapters.subject import Subject
from phase_latency.checking.cases import Case, Scope
from phase_latency.checking.classes import Change
from phase_latency.checking.guards import Limits
from phase_latency.checking.logits import Logits, base_of, case_logits
from phase_latency.checking.probes import Probe, probe
from phase_latency.checking.twin import NoTwinError

_WIDE, _SINGLE = torch.float64, torch.float32

# Where an encoding is compared with its rebuild: bfloat16 holds every whole number up to 256, float16 up to 2048.
_FAR = (0, 300, 3000, 100_000)


@dataclass(frozen=True, eq=False)
class Pair:
    """Logits before and after one case.

    Attributes:
        case: the case.
        before: logits at the base positions.
        after: logits after the transformation.
        admitted: which keys the mask admits, before and after; None for all.
    """

    case: Case
    before: Logits
    after: Logits
    admitted: Bool[Tensor, "rows columns"] | None

    def strict(self) -> Change:
        """The change with the rounding of results in the dtype they came in, angles in float64."""
        return self._change(self.before.dtype, self.after.dtype, _WIDE)

    @property
    def other_dtype(self) -> str:
        """What is said if another way of calling gives results of another dtype; empty if it does not."""
        before, after = (str(each.dtype).removeprefix("torch.") for each in (self.before, self.after))
        return "" if self.case.way == "fresh" or before == after else f"results come in {after} instead of {before}"

    def lenient(self) -> Change:
        """The change with the rounding that an encoding is allowed: angles and hidden results in float32."""
        # What works in a narrow dtype may return a wider one.
        after = self.after.dtype if self.case.dtype == _WIDE else self.case.dtype
        return self._change(wider_roundoff(self.before.dtype), wider_roundoff(after), _SINGLE)

    @property
    def finite(self) -> bool:
        """Whether all logits are finite."""
        return self.before.finite and self.after.finite

    def _change(self, before: torch.dtype, after: torch.dtype, angles: torch.dtype) -> Change:
        bounds = self.before.bound(before, angles), self.after.bound(after, angles)
        return Change(self.before.values, self.after.values, *bounds, self.admitted)


def wider_roundoff(dtype: torch.dtype) -> torch.dtype:
    """The dtype itself, or float32 for float64: results that claim to be float64 may come from float32."""
    return _SINGLE if dtype == _WIDE else dtype


@dataclass(eq=False)
class Session:
    """What is known about an encoding while it is checked.

    Attributes:
        subject: the encoding.
        scope: where it is looked at.
        limits: how it is run.
        causal: whether only keys at or before the query count.
        rows: about how many rows of logits are looked at in one case.
        seen: vectors, base positions and rates.
    """

    subject: Subject
    scope: Scope
    limits: Limits
    causal: bool
    rows: int = 768
    seen: Probe = field(init=False)
    _before: dict[tuple[bool, int, bool], Logits] = field(init=False, default_factory=dict)
    _apart: dict[bool, Logits] = field(init=False, default_factory=dict)
    _twin: bool | None = field(init=False, default=None)
    _wide: bool | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Choose what the encoding is looked at with."""
        self.seen = probe(self.subject, self.scope, self.limits, self.rows)

    def masked(self, causal: bool) -> "Session":
        """The same session, with what it knows, under another mask.

        Args:
            causal: whether only keys at or before the query count.

        Returns:
            a session that shares what was evaluated.
        """
        other = copy.copy(self)
        other.causal = causal
        return other

    def pair(self, case: Case, *, twin: bool = False, seen: Probe | None = None) -> Pair:
        """Evaluate the encoding before and after a case.

        Args:
            case: the case.
            twin: as its float64 rebuild.
            seen: vectors and base positions; None for those of the session, cut to the scope after the case.

        Returns:
            both families of logits.

        Raises:
            EncodingError: the encoding raised, took too long or returned something else.
            NoTwinError: it has no rebuild.
        """
        chosen = self.fitting(case) if seen is None else seen
        before = self._logits_before(case, chosen, twin)
        after = self._logits_after(case, chosen, twin)
        return Pair(case, before, after, self._admitted(case, chosen, after))

    def _logits_after(self, case: Case, seen: Probe, twin: bool) -> Logits:
        if seen is not self.seen or case.way != "apart":
            return case_logits(self.subject, case, seen, self.limits, moved=True, twin=twin)
        if twin not in self._apart:  # as many calls as pairs of positions, and wanted more than once
            self._apart[twin] = case_logits(self.subject, case, seen, self.limits, moved=True, twin=twin)
        return self._apart[twin]

    def fitting(self, case: Case) -> Probe:
        """The base positions that stay within the scope under a case."""
        base = self.seen.base
        kept = self.scope.inside(case.queries(base + case.start)) & self.scope.inside(case.keys(base + case.start))
        if bool(kept.all()):
            return self.seen
        return replace(self.seen, base=base[kept])

    def _logits_before(self, case: Case, seen: Probe, twin: bool) -> Logits:
        if seen is not self.seen:
            return case_logits(self.subject, case, seen, self.limits, moved=False, twin=twin)
        key = twin, case.start, case.way == "apart"
        if key not in self._before:
            self._before[key] = case_logits(self.subject, case, seen, self.limits, moved=False, twin=twin)
        return self._before[key]

    def _admitted(self, case: Case, seen: Probe, after: Logits) -> Tensor | None:
        if not self.causal:
            return None
        base = base_of(case, seen)
        earlier = (base[None, :] <= base[:, None]) & (case.keys(base)[None, :] <= case.queries(base)[:, None])
        rows, columns = after.values.shape
        return earlier.repeat(rows // len(base), columns // len(base))

    # -- the float64 rebuild ------------------------------------------------------------------------------------------

    @property
    def has_twin(self) -> bool:
        """Whether the encoding has a float64 rebuild that differs from it."""
        self._compare_with_twin()
        return bool(self._twin)

    @property
    def single(self) -> bool:
        """Whether its values are float32 numbers, whatever dtype they came in."""
        return self._logits_before(Case(""), self.seen, twin=False).single

    @property
    def wide(self) -> bool:
        """Whether the encoding computes in float64 already."""
        self._compare_with_twin()
        return bool(self._wide)

    def roundings(self, returned: torch.dtype) -> tuple[torch.dtype, torch.dtype]:
        """Dtypes that rounding is charged to: of the results and of the angles.

        Args:
            returned: dtype that the encoding returned.

        Returns:
            the widest that are consistent with what the encoding computes in.
        """
        return (returned, _WIDE) if self.wide else (wider_roundoff(returned), _SINGLE)

    def _compare_with_twin(self) -> None:
        if self._twin is not None:
            return
        try:
            same = all(self._is_its_twin(Case("", start=start)) for start in _FAR if self._has_room(start))
        except NoTwinError:
            self._twin, self._wide = False, False
            return
        self._twin, self._wide = not same, same and not self.single

    def _has_room(self, start: int) -> bool:
        return not start or self.scope.last + start <= self.scope.high

    def _is_its_twin(self, case: Case) -> bool:
        native, rebuilt = (
            case_logits(self.subject, case, self.seen, self.limits, moved=False, twin=twin) for twin in (False, True)
        )
        allowed = native.bound(_WIDE, _WIDE) + rebuilt.bound(_WIDE, _WIDE)
        return native.dtype == _WIDE and bool(((native.values - rebuilt.values).abs() <= allowed).all())
