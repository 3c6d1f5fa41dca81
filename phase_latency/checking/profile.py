"""What a check returns: the invariance profile of an encoding."""

import html
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from phase_latency.checking.facts import Facts
from phase_latency.checking.witness import Witness
from phase_latency.errors import MissingToolError

if TYPE_CHECKING:
    import pandas

Verdict = Literal["HOLDS", "FAILS", "VACUOUS", "UNDECIDED"]


@dataclass(frozen=True)
class ProfileRow:
    """What was found for one transformation.

    Attributes:
        under: the transformation.
        invariance: the class claimed, or the strongest class that holds; "Nothing" if none does.
        claimed: whether it was claimed.
        verdict: "HOLDS"; "FAILS"; "VACUOUS" if position is not used, so that nothing could fail; "UNDECIDED".
        reason: why, in one sentence.
        scale: factor c of the logits; None for classes without one, or if it differs from case to case.
        deviation: distance from the class where it comes closest to the bound, or goes farthest beyond it.
        bound: largest distance that rounding explains there; both None if nothing could be evaluated.
        witness: smallest example of a violation; None if there is none.
        mask: "causal" if only keys at or before the query counted.
        snippet: a program of at most 15 lines that shows the witness; empty without one.
    """

    under: str
    invariance: str
    claimed: bool
    verdict: Verdict
    reason: str
    scale: float | None = None
    deviation: float | None = None
    bound: float | None = None
    witness: Witness | None = None
    mask: Literal["causal"] | None = None
    snippet: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as `phase-latency check --json` prints them."""
        return {
            "under": self.under,
            "class": self.invariance,
            "claimed": self.claimed,
            "verdict": self.verdict,
            "scale": self.scale,
            "deviation": self.deviation,
            "bound": self.bound,
            "mask": self.mask,
            "reason": self.reason,
            "witness": None if self.witness is None else self.witness.to_dict(),
            "example": str(self.witness or ""),
            "snippet": self.snippet,
        }


@dataclass(frozen=True, repr=False)
class InvarianceProfile:
    """Which invariances an encoding has.

    Attributes:
        encoding: its name.
        kind: "additive", "rotary" or "bias".
        positions: first and last position over which the verdicts were obtained.
        length: number of positions of a sequence.
        rows: one for each claim, or for each transformation.
        facts: what else is known about it.
        seed: of every random choice.
        source: expression that builds the encoding, for snippets; empty if not known.
    """

    encoding: str
    kind: str
    positions: tuple[int, int]
    length: int
    rows: tuple[ProfileRow, ...]
    facts: Facts
    seed: int
    source: str = ""

    @property
    def ok(self) -> bool:
        """Whether every claim holds, and without claims whether it is finite and does not depend on earlier calls."""
        if any(row.claimed for row in self.rows):
            return all(row.verdict == "HOLDS" for row in self.rows if row.claimed)
        return self.facts.finite and self.facts.deterministic and not self.facts.history_dependent

    def __getitem__(self, under: str) -> ProfileRow:
        """The row of a transformation.

        Args:
            under: its name, such as "Shift".

        Returns:
            the row.

        Raises:
            KeyError: there is none.
        """
        for row in self.rows:
            if under in (row.under, row.under.partition("(")[0]):
                return row
        raise KeyError(under)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as `phase-latency check --json` prints them and `phase-latency replay` reads them."""
        return {
            "encoding": self.encoding,
            "kind": self.kind,
            "range": list(self.positions),
            "length": self.length,
            "seed": self.seed,
            "rows": [row.to_dict() for row in self.rows],
            "facts": self.facts.to_dict(),
            "source": self.source,
        }

    def to_json(self) -> str:
        """Return the profile as one JSON object."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)

    def to_dataframe(self) -> "pandas.DataFrame":
        """Return the rows as a table.

        Returns:
            one row for each claim or transformation; witnesses as text.

        Raises:
            MissingToolError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise MissingToolError("pandas", "pip install pandas") from error
        return pandas.DataFrame([row.to_dict() | {"witness": str(row.witness or "")} for row in self.rows])

    def __repr__(self) -> str:
        """The table as text, with the facts and the witnesses below."""
        from phase_latency.checking.profile_table import profile_text

        return profile_text(self)

    def __rich__(self) -> object:
        """The table for rich."""
        from phase_latency.checking.profile_table import profile_table

        return profile_table(self)

    def _repr_html_(self) -> str:
        """The table for notebooks; names are escaped."""
        header = ("under", "class", "verdict", "scale", "deviation", "bound", "reason", "witness")
        lines = [f"<tr>{_cells('th', header)}</tr>"]
        for row in self.rows:
            found = row.to_dict() | {"witness": str(row.witness or "")}
            shown = (_shown(found[name]) for name in header)
            lines.append(f"<tr>{_cells('td', shown)}</tr>")
        title = f"{self.encoding} ({self.kind}), positions {self.positions[0]} to {self.positions[1]}"
        return f"<table><caption>{html.escape(title)}</caption>{''.join(lines)}</table>"


def _cells(tag: str, texts: Any) -> str:
    return "".join(f"<{tag}>{html.escape(text)}</{tag}>" for text in texts)


def _shown(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.3g}" if isinstance(value, float) else str(value)
