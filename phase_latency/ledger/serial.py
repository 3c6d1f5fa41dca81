"""Derivations as files, and deciding a file again without the code that derived it.

A file holds the hypotheses, the claims and every step with its rule and certificate. Rechecking reads it, decides each
step anew, and then compares what was proved with what the ledger states under the same identifier: a file that proves
something else than it says is not accepted.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sympy.logic.boolalg import Boolean

from phase_latency.atomic import write_text
from phase_latency.errors import DerivationFileError, UnknownStatementError
from phase_latency.ledger.discovery import statement as stated
from phase_latency.ledger.models import random_models
from phase_latency.ledger.proof import Decision, decide_claim, known_facts
from phase_latency.ledger.statement import Claim, Hypothesis, Source, Statement, Step
from phase_latency.ledger.terms import Given, Proposition
from phase_latency.ledger.terms_json import (
    Json,
    UnreadableTermError,
    decode,
    decode_certificate,
    encode,
    encode_certificate,
)

FORMAT = "phase-latency derivation"
VERSION = 1


@dataclass(frozen=True)
class Recheck:
    """What became of a derivation file.

    Attributes:
        identifier: the statement that the file says it derives.
        decisions: by name of the claim.
        mismatches: where the file states something else than the ledger, in words.
    """

    identifier: str
    decisions: Mapping[str, tuple[Decision, ...]]
    mismatches: tuple[str, ...]

    @property
    def accepted(self) -> bool:
        """Whether every step is decided with yes and the file states what the ledger states."""
        decided = all(d.outcome == "yes" for decisions in self.decisions.values() for d in decisions)
        return decided and not self.mismatches


# -- writing --------------------------------------------------------------------------------------------------


def derivation_json(statement: Statement) -> Json:
    """The derivation of a statement as JSON.

    Args:
        statement: with its derivation.

    Returns:
        A dictionary that :func:`read_derivation` reads.
    """
    cited = {name: given for dependency in statement.dependencies for name, given in dependency.citable.items()}
    used = {name for claim in statement.claims for step in claim.steps for name in step.uses}
    return {
        "format": FORMAT,
        "version": VERSION,
        "statement": {"id": statement.id, "group": statement.group, "title": statement.title},
        "source": {"reference": statement.source.reference, "place": statement.source.place},
        "hypotheses": [_hypothesis_json(hypothesis) for hypothesis in statement.hypotheses],
        "cited": {name: encode(given) for name, given in cited.items() if name in used},
        "claims": [_claim_json(claim) for claim in statement.claims],
    }


def _hypothesis_json(hypothesis: Hypothesis) -> Json:
    return {"name": hypothesis.name, "relation": encode(hypothesis.relation), "meaning": hypothesis.meaning}


def _claim_json(claim: Claim) -> Json:
    return {
        "name": claim.name,
        "text": claim.text,
        "goal": encode(claim.goal),
        "given": [_hypothesis_json(hypothesis) for hypothesis in claim.given],
        "exists": encode_certificate(claim.exists),
        "steps": [
            {
                "rule": step.rule,
                "fact": encode(step.fact),
                "uses": list(step.uses),
                "certificate": encode_certificate(step.certificate),
                "label": step.label,
            }
            for step in claim.steps
        ],
    }


def write_derivation(statement: Statement, path: Path) -> None:
    """Write the derivation of a statement to a file, whole or not at all.

    Raises:
        ArgumentError: if the file cannot be written.
    """
    write_text(path, json.dumps(derivation_json(statement), indent=1, ensure_ascii=False) + "\n")


# -- reading --------------------------------------------------------------------------------------------------


def read_derivation(path: Path) -> tuple[Statement, dict[str, Given]]:
    """Read a derivation file.

    Args:
        path: the file.

    Returns:
        The statement with its derivation, without controls, and the claims of other statements that it cites.

    Raises:
        DerivationFileError: if the file is missing, truncated, of another version, or no derivation.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise DerivationFileError(
            path, f"a file that cannot be read ({problem.strerror})", "check the path"
        ) from problem
    except ValueError as problem:
        raise DerivationFileError(path, f"text that is no JSON ({problem})", _WRITE_AGAIN) from problem
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise DerivationFileError(path, "JSON of another kind", _WRITE_AGAIN)
    if data.get("version") != VERSION:
        raise DerivationFileError(path, f"version {data.get('version')!r}, not {VERSION}", _WRITE_AGAIN)
    try:
        return _statement(data), {name: _given(given) for name, given in data["cited"].items()}
    except (KeyError, TypeError, AttributeError, UnreadableTermError) as problem:
        raise DerivationFileError(path, f"a part that cannot be read ({problem})", _WRITE_AGAIN) from problem


_WRITE_AGAIN = "write it again with `phase-latency prove ID --out FILE`"


def _statement(data: Mapping[str, Any]) -> Statement:
    about = data["statement"]
    return Statement(
        about["id"],
        about["group"],
        about["title"],
        Source(data["source"]["reference"], data["source"]["place"]),
        claims=tuple(_claim(claim) for claim in data["claims"]),
        controls=(),
        hypotheses=tuple(_hypothesis(hypothesis) for hypothesis in data["hypotheses"]),
    )


def _hypothesis(data: Mapping[str, Any]) -> Hypothesis:
    return Hypothesis(data["name"], _proposition(data["relation"]), data["meaning"])


def _claim(data: Mapping[str, Any]) -> Claim:
    steps = tuple(
        Step(
            step["rule"],
            _proposition(step["fact"]),
            tuple(step["uses"]),
            decode_certificate(step["certificate"]),
            step["label"],
        )
        for step in data["steps"]
    )
    given = tuple(_hypothesis(hypothesis) for hypothesis in data["given"])
    return Claim(
        data["name"], _proposition(data["goal"]), steps, given, decode_certificate(data["exists"]), data["text"]
    )


def _proposition(data: Json) -> Proposition:
    term = decode(data)
    if not isinstance(term, Boolean):
        raise UnreadableTermError(f"got {term}; expected a proposition")
    return term


def _given(data: Json) -> Given:
    term = decode(data)
    if not isinstance(term, Given):
        raise UnreadableTermError(f"got {term}; expected a claim with its hypotheses")
    return term


# -- deciding again -------------------------------------------------------------------------------------------


def recheck(path: Path, seed: int = 0) -> Recheck:
    """Decide a derivation file step by step, without the code that derived it.

    Args:
        path: the file.
        seed: of the random points at which steps are challenged.

    Returns:
        The decisions, and where the file differs from the ledger.

    Raises:
        DerivationFileError: if the file cannot be read.
    """
    read, cited = read_derivation(path)
    decisions = {}
    for claim in read.claims:
        known = known_facts(read, claim) | dict(cited)
        points = list(random_models([h.relation for h in read.assumed(claim)], seed, count=6, tries=200))
        decisions[claim.name] = decide_claim(claim, known, points, seed=seed)
    return Recheck(read.id, decisions, tuple(_mismatches(read, cited)))


def _mismatches(read: Statement, cited: Mapping[str, Given]) -> list[str]:
    """Where the file states something else than the ledger does under the same identifier."""
    try:
        ledger = stated(read.id)
    except UnknownStatementError as unknown:
        return [str(unknown)]
    found = []
    if _relations(read.hypotheses) != _relations(ledger.hypotheses):
        found.append("its hypotheses are not those of the ledger")
    if [claim.name for claim in read.claims] != [claim.name for claim in ledger.claims]:
        return [*found, "its claims are not those of the ledger"]
    for ours, theirs in zip(ledger.claims, read.claims, strict=True):
        if _stated(ours) != _stated(theirs):
            found.append(f"its claim {ours.name!r} is not that of the ledger")
    citable = {name: given for dependency in ledger.dependencies for name, given in dependency.citable.items()}
    found += [
        f"it cites {name!r}, which the ledger does not prove" for name in cited if citable.get(name) != cited[name]
    ]
    return found


def _stated(claim: Claim) -> tuple[Proposition, set[tuple[str, Proposition]], bool]:
    return claim.goal, _relations(claim.given), claim.exists is None


def _relations(hypotheses: tuple[Hypothesis, ...]) -> set[tuple[str, Proposition]]:
    return {(hypothesis.name, hypothesis.relation) for hypothesis in hypotheses}
