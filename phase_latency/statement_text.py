"""A statement with its derivation as plain values: every formula as text and as LaTeX, each step with its rule.

What a record has of a statement, so that a document can be printed from the record alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sympy import Basic

from phase_latency.derivation import certificate_in_words, certified_terms
from phase_latency.latex_rows import rows
from phase_latency.ledger.proof import Decision, Proof
from phase_latency.ledger.statement import Claim, Control, Hypothesis
from phase_latency.ledger.terms import tempered
from phase_latency.notation import defined, plain

COLUMN, NARROW = 30.0, 18.0  # em: the column of an article, and the screen of a telephone


def statement_text(proof: Proof) -> dict[str, Any]:
    """A statement with its derivation and its false variants.

    Args:
        proof: its decided derivation.

    Returns:
        strings, lists and dictionaries.
    """
    stated = proof.statement
    terms = [term for claim in stated.claims for step in claim.steps for term in _terms(step.fact, step.certificate)]
    return {
        "source": {"reference": stated.source.reference, "place": stated.source.place},
        "hypotheses": _hypotheses(stated.hypotheses),
        "claims": [_claim(claim, proof.decisions[claim.name]) for claim in stated.claims],
        # A tempered logit is printed as the quotient that it is.
        "notation": [_equation(left, right) for left, right in defined(terms) if not isinstance(left, tempered)],
        "variants": {control.name: _variant(control) for control in stated.controls},
        "dependencies": [dependency.id for dependency in stated.dependencies],
        "remark": stated.remark,
    }


def formula(term: Basic) -> dict[str, Any]:
    """A term or proposition.

    Args:
        term: of the language of statements.

    Returns:
        one line of plain text; rows of LaTeX for a column; and pieces of LaTeX that a narrow screen can hold.
    """
    return {"text": plain(term), "rows": rows(term, COLUMN), "pieces": _pieces(rows(term, NARROW))}


def _equation(left: Basic, right: Basic) -> dict[str, Any]:
    sides = [formula(left), formula(right)]
    row, *more = sides[1]["rows"]
    return {
        "text": " = ".join(side["text"] for side in sides),
        "rows": [f"{sides[0]['rows'][0]} = {row}", *more],
        "pieces": [*sides[0]["pieces"], f"= {sides[1]['pieces'][0]}", *sides[1]["pieces"][1:]],
    }


def _pieces(narrow: Sequence[str]) -> list[str]:
    """Rows without their indentation: where a screen is wide, they stand side by side."""
    return [row.replace(r"\quad ", "") for row in narrow]


def _terms(fact: Basic, certificate: Any) -> list[Basic]:
    return [fact, *certified_terms(certificate)]


def _hypotheses(hypotheses: Sequence[Hypothesis]) -> list[dict[str, Any]]:
    return [{"name": h.name, "formula": formula(h.relation), "meaning": h.meaning} for h in hypotheses]


def _claim(claim: Claim, decisions: Sequence[Decision]) -> dict[str, Any]:
    return {
        "name": claim.name,
        "text": claim.text,
        "formula": formula(claim.goal),
        "given": _hypotheses(claim.given),
        "at": None if claim.exists is None else _point(claim.exists),
        "steps": [_step(decision, claim) for decision in decisions],
    }


def _step(decision: Decision, claim: Claim) -> dict[str, Any]:
    """A step; without formula if it states the claim itself."""
    step = decision.step
    return {
        "label": step.label,
        "formula": None if step.fact == claim.goal else formula(step.fact),
        "rule": step.rule,
        "uses": list(step.uses),
        "certificate": certificate_in_words(step),
        "outcome": decision.outcome,
        "reason": decision.reason,
    }


def _variant(control: Control) -> dict[str, Any]:
    return {
        "text": control.text,
        "of": control.of,
        "without": list(control.drops),
        "formula": None if control.goal is None else formula(control.goal),
    }


def _point(values: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): _value(value) for name, value in values.items()}


def _value(value: Any) -> str:
    """A number, a matrix, or a sequence, which is given by its first entries."""
    if isinstance(value, Mapping) and list(value) == list(range(len(value))):
        return f"({', '.join(map(plain, value.values()))})"
    return plain(value) if isinstance(value, Basic) else str(value)
