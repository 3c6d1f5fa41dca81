"""What a verification found, as plain values: what ``--json`` prints, and what the tables are made of.

Loads neither torch nor Hypothesis, so that ``phase-latency prove`` starts without them.

The status vocabulary:

- symbolic: ``DERIVED`` (every step decided with yes, every control refuted), ``FAILED``, ``UNDECIDED``;
- tested: ``TESTED`` (no torch layer that was drawn contradicts the statement), ``FAILED``, ``NONE`` (nothing was run);
- measured: ``MEASURED`` (the largest error is within its certified rounding bound), ``VIOLATED``;
- of the independent checkers: the words of :mod:`phase_latency.checkers.verdict`; ``NONE`` if it was not asked.

Mutants are not judged again: their counts are those of the last run that judged them (:mod:`phase_latency.mutation`).

``NONE`` is never a pass: it counts as nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from phase_latency.checkers.verdict import Checked
from phase_latency.ledger import Proof
from phase_latency.ledger.proof import Decision, Refusal, Status
from phase_latency.mutation.score import MutationScore, score_of
from phase_latency.record_form import YES

TestVerdict = Literal["TESTED", "FAILED", "NONE"]
MeasuredVerdict = Literal["MEASURED", "VIOLATED"]

# Who may refuse a false variant, in the order in which they are named.
REFUSERS = ("sympy", "coq", "smt", "ball", "layers")


@dataclass(frozen=True)
class TestRecord:
    """What became of the property test of a statement.

    Attributes:
        verdict: see the module.
        examples: number of random layers tried.
    """

    __test__ = False  # its name does not make it a test

    verdict: TestVerdict = "NONE"
    examples: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {"verdict": self.verdict, "examples": self.examples}


@dataclass(frozen=True)
class MeasuredRecord:
    """The largest error, in units of its bound, that the property test saw.

    Attributes:
        error: deviation from the statement.
        bound: the most that rounding explains there.
        verdict: see the module.
    """

    error: float
    bound: float
    verdict: MeasuredVerdict

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {"error": self.error, "bound": self.bound, "verdict": self.verdict}


@dataclass(frozen=True)
class ControlRecord:
    """What became of a false variant.

    Attributes:
        id: its name, unique in the statement.
        text: what was changed.
        refused_by: who refused it, of :data:`REFUSERS`.
        witness: the point at which it is false.
    """

    id: str
    text: str
    refused_by: tuple[str, ...]
    witness: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {"id": self.id, "refused_by": list(self.refused_by), "witness": self.witness}


@dataclass(frozen=True)
class StatementRecord:
    """What became of a statement.

    Attributes:
        id: its permanent identifier.
        group: letter of its group.
        title: one line.
        symbolic: status of the derivation.
        controls: its false variants.
        tested: the property test.
        measured: its largest error; None if nothing was run.
        checked: what independent checkers say, by name; without those that were not asked.
        mutants: what the checkers made of systematic changes of it; None of a statement that is not the package's own.
        reasons: why it is not all right, one line each; empty if it is.
        proof: its decided derivation, which is printed in full; None if it was not kept.
    """

    id: str
    group: str
    title: str
    symbolic: Status
    controls: tuple[ControlRecord, ...]
    tested: TestRecord = field(default_factory=TestRecord)
    measured: MeasuredRecord | None = None
    checked: Mapping[str, Checked] = field(default_factory=dict)
    mutants: MutationScore | None = None
    reasons: tuple[str, ...] = ()
    proof: Proof | None = field(default=None, compare=False, repr=False)

    @property
    def ok(self) -> bool:
        """Whether nothing failed and nothing was left undecided."""
        return (
            self.symbolic == "DERIVED"
            and self.tested.verdict != "FAILED"
            and (self.measured is None or self.measured.verdict == "MEASURED")
            and all(checked.ok for checked in self.checked.values())
            and all(control.refused_by for control in self.controls)
            and not self.reasons
        )

    def word(self, checker: str) -> str:
        """What a checker says of it, in one word; ``NONE`` if it was not asked."""
        return self.checked[checker].word if checker in self.checked else "NONE"

    def share(self, checker: str) -> str:
        """For how many of the claims a checker says yes, such as ``"3 of 4"``; empty if for all or for none."""
        answers = self.checked[checker].claims.values() if checker in self.checked else ()
        said = sum(answer.word in YES for answer in answers)
        return "" if said in (0, len(answers)) else f"{said} of {len(answers)}"

    def to_dict(self, measured: bool = True, text: bool = False) -> dict[str, Any]:
        """Return plain values, as ``--json`` prints them.

        Args:
            measured: whether to include the measured part.
            text: whether to include what the statement says, with its derivation and its false variants.

        Returns:
            a dictionary.
        """
        found: dict[str, Any] = {
            "id": self.id,
            "group": self.group,
            "title": self.title,
            "symbolic": self.symbolic,
            "tested": self.tested.to_dict(),
        }
        if measured:
            found["measured"] = None if self.measured is None else self.measured.to_dict()
        controls = [control.to_dict() for control in self.controls]
        if text and self.proof is not None:
            from phase_latency.statement_text import statement_text  # takes time, and the tables do without

            says = statement_text(self.proof)
            variants = says.pop("variants")
            found |= says
            controls = [control | variants[control["id"]] for control in controls]
        checkers = {name: checked.to_dict() for name, checked in self.checked.items()}
        mutants = None if self.mutants is None else self.mutants.to_dict()
        return found | {"checkers": checkers, "controls": controls, "mutants": mutants, "reasons": list(self.reasons)}


def of_proof(proof: Proof, checked: Mapping[str, Checked] | None = None) -> StatementRecord:
    """The record of a derivation and of what independent checkers say, before anything is tested.

    Args:
        proof: the decided derivation.
        checked: what checkers say of the statement, by name.

    Returns:
        the record.
    """
    stated, checked = proof.statement, checked or {}
    controls = tuple(
        ControlRecord(refusal.control.name, refusal.control.text, _refusers(refusal, checked), _witness(refusal))
        for refusal in proof.refusals
    )
    against = [why for each in checked.values() for why in each.objections]
    return StatementRecord(
        stated.id,
        stated.group,
        stated.title,
        proof.status,
        controls,
        checked=checked,
        mutants=score_of(stated),
        reasons=(*_reasons(proof), *against),
        proof=proof,
    )


def _refusers(refusal: Refusal, checked: Mapping[str, Checked]) -> tuple[str, ...]:
    further = (name for name, each in checked.items() if refusal.control.name in each.refused)
    return tuple(dict.fromkeys((*refusal.refused_by, *further)))


def _witness(refusal: Refusal) -> str:
    return ", ".join(f"{name}={value}" for name, value in refusal.witness.items())


def _reasons(proof: Proof) -> list[str]:
    unrefused = [refusal for refusal in proof.refusals if not refusal.refused_by]
    return objections(proof.decisions) + [f"control {r.control.name} is not refused: {r.reason}" for r in unrefused]


def gave_up(records: Iterable[StatementRecord]) -> tuple[str, ...]:
    """What checkers did not say because a tool is missing or came to no end.

    Args:
        records: of statements.

    Returns:
        one line each, none twice.
    """
    lines = (why for record in records for checked in record.checked.values() for why in checked.gave_up)
    return tuple(dict.fromkeys(lines))


def objections(decisions: Mapping[str, Sequence[Decision]]) -> list[str]:
    """Why a derivation is no proof.

    Args:
        decisions: by name of the claim.

    Returns:
        one line for each step that was not decided with yes.
    """
    return [
        f"claim {claim}, step {decision.step.label or 'last'}: {decision.outcome}: {decision.reason}"
        + (f", at {decision.witness}" if decision.witness else "")
        for claim, steps in decisions.items()
        for decision in steps
        if decision.outcome != "yes"
    ]
