"""Deriving several statements, writing their derivations to files, and deciding such files again."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from phase_latency.checkers import check_statements
from phase_latency.checkers.verdict import Checked
from phase_latency.environment import environment, package_version
from phase_latency.errors import ArgumentError
from phase_latency.ledger import Proof, derive
from phase_latency.ledger import statements as ledger
from phase_latency.ledger.discovery import statement
from phase_latency.ledger.serial import Recheck, write_derivation
from phase_latency.provenance import provenance
from phase_latency.record import StatementRecord, gave_up, objections, of_proof


@dataclass(frozen=True)
class Derivations:
    """Derivations of several statements.

    Attributes:
        seed: of the points at which steps are challenged.
        proofs: the decided derivations.
        checked: what independent checkers say, by id of the statement and name of the checker.
        version: of the package.
        environment: what the run ran on and what it cost; the only part that the seed does not determine.
    """

    seed: int
    proofs: tuple[Proof, ...]
    checked: Mapping[str, Mapping[str, Checked]] = field(default_factory=dict)
    version: str = field(default_factory=package_version)
    environment: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def records(self) -> tuple[StatementRecord, ...]:
        """What became of each statement."""
        return tuple(of_proof(proof, self.checked.get(proof.statement.id)) for proof in self.proofs)

    @property
    def ok(self) -> bool:
        """Whether every statement is derived, every control refused, and no checker objects."""
        return all(record.ok for record in self.records)

    @property
    def gave_up(self) -> tuple[str, ...]:
        """What checkers did not say because a tool is missing or came to no end, one line each."""
        return gave_up(self.records)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as `phase-latency prove --json` prints them."""
        controls = [control for record in self.records for control in record.controls]
        return {
            "version": self.version,
            "seed": self.seed,
            "provenance": provenance().to_dict(),
            "environment": dict(self.environment),
            "statements": [record.to_dict(measured=False, text=True) for record in self.records],
            "summary": {
                "statements": len(self.records),
                "derived": sum(record.symbolic == "DERIVED" for record in self.records),
                "controls": len(controls),
                "refused": sum(bool(control.refused_by) for control in controls),
                "ok": self.ok,
            },
        }


def derivations(identifiers: Iterable[str] | None = None, seed: int = 0, checkers: Iterable[str] = ()) -> Derivations:
    """Derive statements, and let independent checkers try them.

    Args:
        identifiers: ids, each taken once; None for the whole ledger.
        seed: of the points at which steps are challenged.
        checkers: names of checkers, of :data:`phase_latency.checkers.CHECKERS`.

    Returns:
        the derivations, whatever their status.

    Raises:
        UnknownStatementError: the ledger has no such statement.
        ArgumentError: there is no such checker.
        UnwritableCacheError: what a slow checker says cannot be kept.
    """
    started = time.perf_counter()
    chosen = ledger() if identifiers is None else [statement(name) for name in dict.fromkeys(identifiers)]
    checked = check_statements(chosen, checkers, seed)
    return Derivations(seed, tuple(derive(one, seed) for one in chosen), checked, environment=environment(started))


def write_derivations(proofs: Sequence[Proof], out: Path) -> list[Path]:
    """Write derivations as JSON, each file whole or not at all.

    Args:
        proofs: decided derivations.
        out: a file for a single derivation; a folder, made if need be, for several.

    Returns:
        the files written.

    Raises:
        ArgumentError: the file or folder cannot be written.
    """
    if len(proofs) == 1 and not out.is_dir():
        write_derivation(proofs[0].statement, out)
        return [out]
    try:
        out.mkdir(exist_ok=True)
    except OSError as problem:
        expected = "a folder for several derivations"
        raise ArgumentError("out", str(out), expected, f"mend: {problem.strerror}") from problem
    paths = [out / f"{proof.statement.id}.json" for proof in proofs]
    for proof, path in zip(proofs, paths, strict=True):
        write_derivation(proof.statement, path)
    return paths


def recheck_dict(path: Path, result: Recheck) -> dict[str, Any]:
    """What became of a derivation file, as plain values.

    Args:
        path: the file.
        result: what deciding it again gave.

    Returns:
        a dictionary, as `phase-latency prove --recheck FILE --json` prints it.
    """
    reasons = [*objections(result.decisions), *result.mismatches]
    steps = sum(len(decisions) for decisions in result.decisions.values())
    return {"file": str(path), "id": result.identifier, "steps": steps, "accepted": result.accepted, "reasons": reasons}
