"""A row of the ledger on real input: what was asked, what was measured, and how the two compare."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from phase_latency.figures import Figure
from phase_latency.real.deviation import Deviation as Deviation

Verdict = Literal["MEASURED", "REFUTED", "VIOLATED", "UNDECIDED", "MISSING"]

# One number, or the same number under several conditions (amplitudes, heads), each by its name.
Figures = Mapping[str, Figure | Mapping[str, Figure]]


class Question(NamedTuple):
    """What a row asks.

    Attributes:
        subject: what is measured, e.g. "MiniLM-L6 layer 1 head 3" (layers and heads count from 1).
        under: what is done to it, e.g. "amplitude 1/64".
        statement: id of the statement that predicts the outcome, or a few words where the ledger has none.
        expected: what it predicts, e.g. "scale a^2 = 1/4096" or "no scale".
    """

    subject: str
    under: str
    statement: str
    expected: str


@dataclass(frozen=True)
class RealRow:
    """One prediction on real input.

    Attributes:
        subject: what is measured; see `Question`.
        under: what is done to it.
        statement: id of the statement that predicts the outcome.
        expected: what it predicts.
        verdict: "MEASURED" if the invariance or inequality holds within its bound; "REFUTED" if an invariance that
            the statement rules out is certainly broken, at `positions`; "VIOLATED" if the measurement contradicts
            the statement; "UNDECIDED" if rounding may hide the answer; "MISSING" if the input is not installed.
        error: deviation from the invariance, at the entry that comes closest to its bound or exceeds it most; None
            if nothing was measured.
        bound: certified, the largest value of `error` that the invariance allows; None if nothing was measured.
        positions: index of that entry, see `Deviation`; () if it has none.
        figures: further numbers with their bounds, by name, or by name and condition.
        detail: one sentence, possibly empty.
    """

    subject: str
    under: str
    statement: str
    expected: str
    verdict: Verdict
    error: float | None = None
    bound: float | None = None
    positions: tuple[int, ...] = ()
    figures: Figures = field(default_factory=dict)
    detail: str = ""

    @property
    def claim(self) -> str:
        """What is predicted, on one line."""
        return f"{self.under}: {self.expected} ({self.statement})"

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, strings, lists and dictionaries, as `phase-latency verify --json` prints them."""
        plain = {name: getattr(self, name) for name in ("subject", "under", "statement", "expected", "verdict")}
        figures = {name: _plain(figure) for name, figure in self.figures.items()}
        measured = {"error": self.error, "bound": self.bound, "positions": list(self.positions)}
        return {**plain, **measured, "figures": figures, "detail": self.detail}


def held(question: Question, checks: Mapping[str, Deviation], figures: Figures, detail: str = "") -> RealRow:
    """The row of an invariance (or inequality) that should hold.

    Args:
        question: what the row asks.
        checks: what has to hold, by name, the main one first; there is one.
        figures: further numbers.
        detail: one sentence for a row that holds.

    Returns:
        "MEASURED" with the main deviation, or "VIOLATED" with the first that exceeds its bound.
    """
    broken = [name for name, check in checks.items() if not check.error <= check.bound]
    if not broken:
        return RealRow(*question, "MEASURED", *next(iter(checks.values())), figures, detail)
    error, bound, _ = checks[broken[0]]
    reason = f"{broken[0]}: off by {error:.3g}, at most {bound:.3g} is allowed"
    return RealRow(*question, "VIOLATED", *checks[broken[0]], figures, reason)


def refuted(question: Question, witnesses: Mapping[str, Deviation], figures: Figures) -> RealRow:
    """The row of a scale that should not exist.

    Args:
        question: what the row asks.
        witnesses: for each condition (amplitude, head, ...) the largest deviation from the best scale.
        figures: further numbers.

    Returns:
        "REFUTED" with the first witness if all are beyond what rounding explains; otherwise "UNDECIDED" with the first
        that is not, for a deviation that rounding may explain is no proof that there is none.
    """
    doubtful = [name for name, witness in witnesses.items() if not witness.certain]
    if doubtful:
        detail = f"{doubtful[0]}: no deviation beyond rounding was found"
        return RealRow(*question, "UNDECIDED", *witnesses[doubtful[0]], figures, detail)
    name, witness = next(iter(witnesses.items()))
    query, key = witness.positions[-2:]
    detail = f"{name}: query {query}, key {key} is off by {witness.error:.3g} from the best scale"
    return RealRow(*question, "REFUTED", *witness, figures, detail)


def amplitudes_named(amplitudes: Iterable[Fraction]) -> str:
    """What a row does that tries several amplitudes.

    Args:
        amplitudes: the amplitudes.

    Returns:
        e.g. "amplitude 1/64, 2".
    """
    return f"amplitude {', '.join(map(str, amplitudes))}"


def _plain(figure: Figure | Mapping[str, Figure]) -> dict[str, Any]:
    if isinstance(figure, Figure):
        return dict(figure.to_dict())
    return {condition: dict(each.to_dict()) for condition, each in figure.items()}
