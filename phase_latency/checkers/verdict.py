"""What an independent checker says of a statement: claim by claim, control by control, as plain values.

The words, and none stands for another:

- ``PROVED``: Coq's kernel accepts a theorem that implies the claim as the ledger states it, for all sizes;
- ``UNSAT``: both SMT solvers say that the negation of the claim cannot be satisfied, at the sizes that are named;
- ``CHECKED``: rigorous enclosures agree with the claim at every point, or on every box, that was tried;
- ``REFUTED``: the checker has a point at which the claim is false;
- ``UNDECIDED``: it had a go and cannot tell; a time-out is one;
- ``OUTSIDE``: the claim cannot be said in its language, and the reason says why;
- ``MISSING``: the tool is not installed, and the reason says how to install it;
- ``FAILED``: the tool is there, and its work does not go through.

Only the first three are a yes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from phase_latency.record_form import YES

Word = Literal["PROVED", "UNSAT", "CHECKED", "REFUTED", "UNDECIDED", "OUTSIDE", "MISSING", "FAILED"]

# From the least to the most alarming: what a statement gets is the worst that one of its claims gets.
_ALARM: tuple[Word, ...] = ("OUTSIDE", "PROVED", "UNSAT", "CHECKED", "UNDECIDED", "MISSING", "FAILED", "REFUTED")


_LONGEST = 160  # characters of a detail; more is no longer one line of a table


def shortened(text: object) -> str:
    """A point, or what a tool printed, on one line.

    Args:
        text: anything that can be printed.

    Returns:
        at most 160 characters.
    """
    line = " ".join(str(text).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."


@dataclass(frozen=True)
class Answer:
    """What became of one claim or one control.

    Attributes:
        word: see the module. Of a control, a false variant, ``REFUTED`` is what is hoped for.
        detail: why, or at which sizes, points or boxes; the model or witness of a refutation, as exact numbers.
    """

    word: Word
    detail: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return plain values."""
        return {"word": self.word, "detail": self.detail}


@dataclass(frozen=True)
class Checked:
    """What one checker says of one statement.

    Attributes:
        checker: "coq", "smt" or "ball".
        claims: answers by name of the claim, in the order of the statement.
        controls: answers by name of the control.
        notes: what else is worth printing, such as the axioms that a kernel proof rests on.
    """

    checker: str
    claims: Mapping[str, Answer]
    controls: Mapping[str, Answer] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def word(self) -> Word:
        """The worst answer to a claim; ``OUTSIDE`` only if every claim is outside."""
        return max((answer.word for answer in self.claims.values()), key=_ALARM.index, default="OUTSIDE")

    @property
    def ok(self) -> bool:
        """Whether nothing is refuted or failed, and no control is accepted; a missing tool says nothing."""
        return not self.objections

    @property
    def objections(self) -> tuple[str, ...]:
        """Why it is not all right, one line each."""
        said = (
            *((f"claim {name}", answer, ("FAILED", "REFUTED")) for name, answer in self.claims.items()),
            *((f"control {name}", answer, ("FAILED",)) for name, answer in self.controls.items()),
        )
        against = [
            f"{what}: {self.checker}: {answer.word}: {answer.detail}"
            for what, answer, bad in said
            if answer.word in bad
        ]
        return (*against, *(f"control {name} is accepted by {self.checker}" for name in self.accepted))

    @property
    def gave_up(self) -> tuple[str, ...]:
        """What the tool should have said and did not, because it is missing or came to no end; one line each."""
        return tuple(
            f"{self.checker}: {answer.word}: {answer.detail}"
            for answer in self.claims.values()
            if answer.word in ("MISSING", "UNDECIDED")
        )

    @property
    def refused(self) -> tuple[str, ...]:
        """Names of the controls that it refutes."""
        return tuple(name for name, answer in self.controls.items() if answer.word == "REFUTED")

    @property
    def accepted(self) -> tuple[str, ...]:
        """Names of the controls that it takes for true, though they are false."""
        return tuple(name for name, answer in self.controls.items() if answer.word in YES)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as ``--json`` prints them."""
        return {
            "checker": self.checker,
            "word": self.word,
            "claims": {name: answer.to_dict() for name, answer in self.claims.items()},
            "controls": {name: answer.to_dict() for name, answer in self.controls.items()},
            "notes": list(self.notes),
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Checked":
        """The same, from what :meth:`to_dict` returns."""
        claims, controls = (
            {name: Answer(**each) for name, each in plain[part].items()} for part in ("claims", "controls")
        )
        return cls(plain["checker"], claims, controls, tuple(plain["notes"]))
