"""The main job: derive every statement, test it on torch layers, refuse its controls, measure real encodings.

What it finds is the record, of which ``record.schema.json`` is the form: all that is printed is made of it.
"""

import importlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from phase_latency.checkers import CHECKERS, check_statements
from phase_latency.checkers.verdict import Checked
from phase_latency.environment import environment, package_version
from phase_latency.errors import ArgumentError, PhaseLatencyError
from phase_latency.exhibits import exhibits
from phase_latency.experiments.stored import stored_record
from phase_latency.instance import Instance, Tested, run
from phase_latency.ledger import derive, statement
from phase_latency.ledger import statements as ledger
from phase_latency.ledger.statement import Statement
from phase_latency.provenance import Provenance, provenance
from phase_latency.real import RealRow, real_rows
from phase_latency.real.instruments import instrument_rows
from phase_latency.record import (
    ControlRecord,
    MeasuredRecord,
    StatementRecord,
    TestRecord,
    gave_up,
    of_proof,
)
from phase_latency.record_form import AXIOMS, summary
from phase_latency.threads import one_thread
from phase_latency.validation import check_whole

EXAMPLES = 25  # random layers for each instance, unless asked for otherwise

# Called with what is being done, how many parts are done, and how many there are.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Verification:
    """The ledger, checked.

    Attributes:
        seed: of every random choice.
        statements: what became of each statement.
        real: the instruments held against ball arithmetic, then each row on real encodings and trained weights.
        exhibits: what figures show, by name; empty if it was not measured.
        experiments: what the last full study of trained models found, which is not run again; None if only some
            statements were asked for.
        examples: number of random layers for each instance of a statement.
        asked: ids of the statements that were asked for; None for the whole ledger.
        version: of the package.
        environment: what the run ran on and what it cost; the only part that seed and provenance do not determine.
        provenance: where it comes from: commit, date and the packages that computed it.
    """

    seed: int
    statements: tuple[StatementRecord, ...]
    real: tuple[RealRow, ...]
    exhibits: Mapping[str, Any] = field(default_factory=dict)
    experiments: Mapping[str, Any] | None = None
    examples: int = EXAMPLES
    asked: tuple[str, ...] | None = None
    version: str = field(default_factory=package_version)
    provenance: Provenance = field(default_factory=provenance)
    environment: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether nothing failed; a row whose weights are not installed is missing, not failed."""
        return all(record.ok for record in self.statements) and not self.contradicted

    @property
    def gave_up(self) -> tuple[str, ...]:
        """What checkers did not say because a tool is missing or came to no end, one line each."""
        return gave_up(self.statements)

    @property
    def axioms(self) -> tuple[str, ...]:
        """The axioms that the kernel proofs rest on, as Coq lists them; none if it was not asked."""
        notes = {note for record in self.statements for each in record.checked.values() for note in each.notes}
        listed = [note.removeprefix(AXIOMS) for note in notes if note.startswith(AXIOMS)]
        return tuple(sorted({axiom for line in listed for axiom in line.split(", ")}))

    @property
    def contradicted(self) -> tuple[RealRow, ...]:
        """Rows on real encodings that contradict a statement, or leave open whether they do."""
        return tuple(row for row in self.real if row.verdict in ("VIOLATED", "UNDECIDED"))

    @property
    def summary(self) -> dict[str, Any]:
        """Counts, and `ok`."""
        return summary([record.to_dict() for record in self.statements], [row.to_dict() for row in self.real])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as `phase-latency verify --json` prints them."""
        return {
            "version": self.version,
            "seed": self.seed,
            "examples": self.examples,
            "asked": None if self.asked is None else list(self.asked),
            "provenance": self.provenance.to_dict(),
            "environment": dict(self.environment),
            "axioms": list(self.axioms),
            "statements": [record.to_dict(text=True) for record in self.statements],
            "real": [row.to_dict() for row in self.real],
            "exhibits": dict(self.exhibits),
            "experiments": None if self.experiments is None else dict(self.experiments),
            "summary": self.summary,
        }


def verify(
    *,
    seed: int = 0,
    examples: int = EXAMPLES,
    statements: Iterable[str | Statement] | None = None,
    checkers: Iterable[str] | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Derive statements, let checkers try them, test them on random torch layers, and measure real encodings.

    Args:
        seed: of the points at which derivations are challenged, and of the layers, >= 0.
        examples: number of random layers for each statement, and at most for each of its controls, >= 1.
        statements: ids or statements; None for the whole ledger, and only then are real encodings measured, and what
            figures show. The instruments are checked in any case.
        checkers: names of independent checkers, of :data:`phase_latency.checkers.CHECKERS`; None for all.
        progress: told what is being done, how many parts are done, and how many there are.

    Returns:
        what was found, whatever it is.

    Raises:
        ArgumentError: seed or examples out of range, no such checker, an instance that cannot be loaded, or a
            ``SOURCE_DATE_EPOCH`` that is no date.
        UnwritableCacheError: what a slow checker says cannot be kept.
        UnknownStatementError: the ledger has no such statement.
    """
    started = time.perf_counter()
    origin = provenance()  # first: what is wrong with it is not worth the wait
    check_whole(seed, "seed", 0, "pass a seed, for example 0")
    check_whole(examples, "examples", 1, "pass the number of random layers, for example 25")
    chosen = chosen_statements(statements)
    tell = progress or (lambda what, done, total: None)
    parts = len(chosen) + 1
    records = []
    shown: dict[str, Any] = {}
    checked = check_statements(
        chosen, CHECKERS if checkers is None else checkers, seed, lambda what: tell(what, 0, parts)
    )
    with one_thread():
        for done, stated in enumerate(chosen):
            tell(stated.id, done, parts)
            records.append(check(stated, seed, examples, checked[stated.id]))
        tell("instruments", len(chosen), parts)
        rows = instrument_rows(seed)
        if statements is None:
            rows += real_rows(seed, lambda what: tell(what, len(chosen), parts))
            shown = exhibits(seed, lambda what: tell(what, len(chosen), parts))
    tell("done", parts, parts)
    asked = None if statements is None else tuple(one.id for one in chosen)
    return Verification(
        seed,
        tuple(records),
        tuple(rows),
        shown,
        stored_record() if statements is None else None,
        examples,
        asked,
        provenance=origin,
        environment=environment(started),
    )


def chosen_statements(chosen: Iterable[str | Statement] | None) -> tuple[Statement, ...]:
    """The statements meant, each once.

    Args:
        chosen: ids or statements; None for the whole ledger.

    Returns:
        the statements, in the order given.

    Raises:
        ArgumentError: one string in place of a collection of ids.
        UnknownStatementError: the ledger has no such statement.
    """
    if chosen is None:
        return ledger()
    if isinstance(chosen, str):
        raise ArgumentError("statements", chosen, "a collection of ids", f"pass [{chosen!r}]")
    found = [one if isinstance(one, Statement) else statement(one) for one in chosen]
    return tuple({one.id: one for one in found}.values())


# -- one statement --------------------------------------------------------------------------------------------


def check(
    stated: Statement, seed: int = 0, examples: int = EXAMPLES, checked: Mapping[str, Checked] | None = None
) -> StatementRecord:
    """Derive a statement, test its instances, and let them try its controls.

    Args:
        stated: the statement.
        seed: of every random choice.
        examples: number of random layers for each instance.
        checked: what independent checkers say of it, by name.

    Returns:
        what became of it.

    Raises:
        ArgumentError: an instance cannot be loaded.
    """
    record = of_proof(derive(stated, seed), checked)
    for path in stated.instances:
        record = _tried(record, stated, _instance(path), seed, examples)
    return record


def _instance(path: str) -> Instance[Any]:
    module, _, name = path.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as problem:
        raise ArgumentError("instance", path, "the path module:object of an Instance", f"mend: {problem}") from problem
    if not isinstance(found, Instance):
        raise ArgumentError("instance", path, "the path module:object of an Instance", f"it is {type(found).__name__}")
    return found


def _tried(
    record: StatementRecord, stated: Statement, instance: Instance[Any], seed: int, examples: int
) -> StatementRecord:
    """The record with what an instance has to say about the claim and about the controls of that claim."""
    where = f"test of claim {instance.claim}"
    try:
        tested = run(stated, instance, examples, seed)
    except PhaseLatencyError as problem:
        return replace(record, tested=TestRecord("FAILED"), reasons=(*record.reasons, f"{where}: {problem}"))
    record = _with_test(record, tested, where)
    for control in instance.controls(stated):
        try:
            refused = run(stated, instance, examples, seed, control).verdict == "FAILED"
        except PhaseLatencyError as problem:
            reason = f"{where}, control {control.name}: {problem}"
            record = replace(record, reasons=(*record.reasons, reason))
        else:
            record = _with_refusal(record, control.name) if refused else record
    return record


def _with_test(record: StatementRecord, tested: Tested, where: str) -> StatementRecord:
    holds = tested.verdict == "TESTED" and record.tested.verdict != "FAILED"
    measured = record.measured
    if measured is None or tested.error * measured.bound >= measured.error * tested.bound:  # the larger ratio
        measured = MeasuredRecord(tested.error, tested.bound, "MEASURED" if tested.verdict == "TESTED" else "VIOLATED")
    deviation = f"deviates by {tested.error:.3g}, rounding explains {tested.bound:.3g}, at {tested.case}"
    return replace(
        record,
        tested=TestRecord("TESTED" if holds else "FAILED", record.tested.examples + tested.examples),
        measured=measured,
        reasons=record.reasons if tested.verdict == "TESTED" else (*record.reasons, f"{where}: {deviation}"),
    )


def _with_refusal(record: StatementRecord, name: str) -> StatementRecord:
    def noted(control: ControlRecord) -> ControlRecord:
        return replace(control, refused_by=(*control.refused_by, "layers")) if control.id == name else control

    return replace(record, controls=tuple(noted(control) for control in record.controls))
