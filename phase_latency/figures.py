"""What a measurement returns: figures, each with the bound that it is held against, and a verdict."""

import math
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["ROUNDING", "VIOLATION", "UNDECIDED"]


@dataclass(frozen=True)
class Figure:
    """A measured number and what it could be, at most, if the invariance held exactly.

    Attributes:
        value: the number.
        bound: certified; for a scale, the largest distance to the exact factor; otherwise the largest value.
    """

    value: float
    bound: float

    def to_dict(self) -> dict[str, float | None]:
        """Return ``{"value": ..., "bound": ...}``; the bound is None where nothing is certified (JSON has no inf)."""
        return {"value": self.value, "bound": self.bound if math.isfinite(self.bound) else None}

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

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"value": ..., "bound": ..., "positions": [head, query, key]}``."""
        return {**self.deviation.to_dict(), "positions": [self.head, self.query, self.key]}


@dataclass(frozen=True)
class WeightsChange:
    """Change of the attention weights, in the row that changes most.

    Attributes:
        total_variation: half the sum of the absolute changes of a row's weights.
        kl: ``KL(p, p')`` of the changed weights p' from the reference p, in nats.
        kl_reverse: ``KL(p', p)``, in nats.
    """

    total_variation: Figure
    kl: Figure
    kl_reverse: Figure

    def to_dict(self) -> dict[str, Any]:
        """Return the three figures by name."""
        return {name: getattr(self, name).to_dict() for name in ("total_variation", "kl", "kl_reverse")}


@dataclass(frozen=True)
class InvarianceError:
    """How far the logits G' of a table Q are from ``c G``, G the logits of P.  Not an exception: a measurement.

    Attributes:
        scale: the fitted c, common to all heads.
        residual: ``|G' - c G|/|G'|`` in the Frobenius norm, over all heads.
        worst: the entry that deviates most.
        plain: change of the weights from ``softmax(G)`` to ``softmax(G')``.
        retempered: change from ``softmax(G)`` to ``softmax(G'/c)``; None if c is not certainly positive.
        verdict: "ROUNDING" if every entry is within what rounding explains, "VIOLATION" if one is beyond or if the
            scale is negative, "UNDECIDED" if nothing can be certified.
        reason: one sentence.
    """

    scale: Figure
    residual: Figure
    worst: WorstEntry
    plain: WeightsChange
    retempered: WeightsChange | None
    verdict: Verdict
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, strings, lists and dictionaries, as `phase-latency measure --json` prints them."""
        return {
            "scale": self.scale.to_dict(),
            "residual": self.residual.to_dict(),
            "worst": self.worst.to_dict(),
            "weights": {
                "plain": self.plain.to_dict(),
                "retempered": None if self.retempered is None else self.retempered.to_dict(),
            },
            "verdict": self.verdict,
            "reason": self.reason,
        }

    def __str__(self) -> str:
        """A few lines for reading."""
        worst = f"head {self.worst.head}, query {self.worst.query}, key {self.worst.key}"
        lines = [
            f"{self.verdict}: {self.reason}",
            f"  scale           {self.scale}",
            f"  residual        {self.residual}",
            f"  worst entry     {self.worst.deviation} at {worst}",
            f"  weights move    {self.plain.total_variation} in total variation",
        ]
        if self.retempered is not None:
            lines.append(f"  re-tempered     {self.retempered.total_variation} in total variation")
        return "\n".join(lines)
