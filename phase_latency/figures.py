"""What a measurement returns: figures, each with the most that it can be off, and a verdict."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["ROUNDING", "VIOLATION", "UNDECIDED", "OVERFLOW"]


@dataclass(frozen=True)
class Figure:
    """A measured number and how far it may be from the exact one.

    Attributes:
        value: the number.
        bound: certified: the exact figure of the exact tables is no farther away than this. So what is exactly 0 if an
            invariance holds is found at most this large.
    """

    value: float
    bound: float

    def to_dict(self) -> dict[str, float | None]:
        """Return ``{"value": ..., "bound": ...}``; None stands for what is not known (JSON has no inf and no NaN)."""
        return {name: number if math.isfinite(number) else None for name, number in vars(self).items()}

    def __str__(self) -> str:
        """Value and bound on one line."""
        return f"{self.value:.6g} (bound {self.bound:.3g})"


@dataclass(frozen=True)
class WorstEntry:
    """The entry that deviates most; among those beyond their bound, if there are any.

    Attributes:
        deviation: ``|G' - c G|`` at this entry, and the most that rounding explains there.
        head: its head.
        query: position of its query.
        key: position of its key.
    """

    deviation: Figure
    head: int
    query: int
    key: int

    @property
    def is_beyond(self) -> bool:
        """Whether rounding does not explain it."""
        return self.deviation.value > self.deviation.bound

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"value": ..., "bound": ..., "positions": [head, query, key]}``."""
        return {**self.deviation.to_dict(), "positions": [self.head, self.query, self.key]}

    def __str__(self) -> str:
        """The deviation and where it is."""
        return f"{self.deviation} at head {self.head}, query {self.query}, key {self.key}"


@dataclass(frozen=True)
class Search:
    """How far all entries were looked at.

    Attributes:
        at_most: no exact deviation of an entry is larger than this.
        examined: number of entries that were looked at, or that are equal to such an entry.
        entries: number of entries, over all heads, that the mask admits.
        complete: whether no entry that was not looked at can deviate more than the worst one.
        within_bounds: whether every entry is certainly within its bound.
    """

    at_most: float
    examined: int
    entries: int
    complete: bool
    within_bounds: bool

    def to_dict(self) -> dict[str, Any]:
        """Return plain values by name; None for a bound that is not known."""
        return {**vars(self), "at_most": self.at_most if math.isfinite(self.at_most) else None}


@dataclass(frozen=True)
class LargestRow:
    """The largest of a figure over the measured rows of the attention weights.

    Attributes:
        figure: the value, and its certified distance to the exact largest value over these rows.
        head: head of the row that has it.
        query: position of the query of that row.
    """

    figure: Figure
    head: int
    query: int

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"value": ..., "bound": ..., "row": [head, query]}``."""
        return {**self.figure.to_dict(), "row": [self.head, self.query]}


@dataclass(frozen=True)
class RowFigures:
    """One figure over the rows of the attention weights.

    Attributes:
        largest: over the measured rows.
        mean: over the measured rows, and its certified distance to their exact mean.
        interval: for the exact mean over all rows, at 95 % confidence over the draw of the sample; None if all rows
            were measured.
        ceiling: no row, measured or not, exceeds this: from the certified range of the change. None if all rows were
            measured.
    """

    largest: LargestRow
    mean: Figure
    interval: tuple[float, float] | None = None
    ceiling: float | None = None

    @property
    def value(self) -> float:
        """The largest value over the measured rows."""
        return self.largest.figure.value

    @property
    def bound(self) -> float:
        """Its certified distance to the exact one."""
        return self.largest.figure.bound

    def to_dict(self) -> dict[str, Any]:
        """Return the largest value, the mean, and what is known of rows that were not measured."""
        interval = None if self.interval is None else list(self.interval)
        return {
            "largest": self.largest.to_dict(),
            "mean": self.mean.to_dict(),
            "interval": interval,
            "ceiling": self.ceiling,
        }

    def __str__(self) -> str:
        """The largest value with its bound, and the mean of a sample with its interval."""
        if self.interval is None:
            return f"at most {self.largest.figure}, {self.mean.value:.3g} on average"
        low, high = self.interval
        return f"{self.largest.figure} at most in the sample; on average between {low:.3g} and {high:.3g} (95 %)"


@dataclass(frozen=True)
class WeightsChange:
    """Change of the attention weights, over rows: one for each query of each head.

    Attributes:
        total_variation: half the sum of the absolute changes of a row's weights.
        kl: ``KL(p, p')`` of the changed weights p' from the reference p, in nats.
        kl_reverse: ``KL(p', p)``, in nats.
        largest_change: largest absolute change of a logit.
        spread: largest minus smallest change of the logits of a row.
        top_changed: measured rows of which the largest logit is no longer the largest, as computed.
        measured: number of rows measured.
        rows: number of rows.
        exceeding: with 95 % confidence, at most this part of all queries exceeds the largest value of any one figure
            above in one of its rows; 0 if all rows were measured.
    """

    total_variation: RowFigures
    kl: RowFigures
    kl_reverse: RowFigures
    largest_change: LargestRow
    spread: LargestRow
    top_changed: int
    measured: int
    rows: int
    exceeding: float

    @property
    def complete(self) -> bool:
        """Whether all rows were measured."""
        return self.measured == self.rows

    def to_dict(self) -> dict[str, Any]:
        """Return figures and counts by name."""
        return {
            name: each.to_dict() if isinstance(each, RowFigures | LargestRow) else each
            for name, each in vars(self).items()
        }


@dataclass(frozen=True)
class InvarianceError:
    """How far the logits G' of a table Q are from ``c G``, G the logits of P.  Not an exception: a measurement.

    Attributes:
        scale: the fitted c, common to all heads.
        residual: ``|G' - c G|/|G'|`` in the Frobenius norm, over all heads and all pairs of positions that count.
        worst: the entry that deviates most.
        search: how far all entries were looked at.
        plain: change of the weights from ``softmax(G)`` to ``softmax(G')``.
        retempered: change from ``softmax(G)`` to ``softmax(G'/c)``; None if c is not certainly positive.
        relations: what each invariance class leaves over, relative, by its name in `phase_latency.checking.classes`;
            "RowAffine" and "Order" only if no stronger one holds, over `sampled` queries.
        invariance: the strongest class that holds: what is left over is within what rounding explains.
        sampled: number of queries that the relations of single rows were measured on, and number of queries.
        condition: relative change of the logits, at most, per relative change of the tables (kappa).
        method: how inner products were summed: "gram", "triangular", "exact" or "toeplitz".
        verdict: "ROUNDING" if everything is within what rounding explains, "VIOLATION" if something is beyond or if
            the scale is negative, "UNDECIDED" if nothing can be certified, "OVERFLOW" if a table left the range of
            its dtype, so that there are no figures.
        reason: one sentence.
    """

    scale: Figure
    residual: Figure
    worst: WorstEntry
    search: Search
    plain: WeightsChange | None
    retempered: WeightsChange | None
    relations: Mapping[str, Figure]
    invariance: str
    sampled: tuple[int, int]
    condition: float
    method: str
    verdict: Verdict
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, strings, lists and dictionaries, as `phase-latency measure --json` prints them."""
        return {
            "scale": self.scale.to_dict(),
            "residual": self.residual.to_dict(),
            "worst": {**self.worst.to_dict(), "search": self.search.to_dict()},
            "weights": {
                "plain": None if self.plain is None else self.plain.to_dict(),
                "retempered": None if self.retempered is None else self.retempered.to_dict(),
            },
            "relations": {name: figure.to_dict() for name, figure in self.relations.items()},
            "invariance": self.invariance,
            "sampled": list(self.sampled),
            "condition": self.condition if math.isfinite(self.condition) else None,
            "method": self.method,
            "verdict": self.verdict,
            "reason": self.reason,
        }

    def __str__(self) -> str:
        """A few lines for reading."""
        lines = [f"{self.verdict}: {self.reason}"]
        if self.verdict == "OVERFLOW":
            return lines[0]
        lines += [
            f"  scale           {self.scale}",
            f"  residual        {self.residual}",
            f"  worst entry     {self.worst}",
            f"  up to           {self.invariance}",
        ]
        for name, change in (("weights move", self.plain), ("re-tempered", self.retempered)):
            if change is not None:
                lines.append(f"  {name:15} {change.total_variation.largest.figure} in total variation")
        return "\n".join(lines)
