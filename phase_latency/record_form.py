"""The form of a record, as JSON Schema, and its summary."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

YES = frozenset({"PROVED", "UNSAT", "CHECKED"})  # the words of a checker that has no doubt; see checkers.verdict
AXIOMS = "axioms: "  # how the note of a checker begins that lists them
REAL_VERDICTS = ("MEASURED", "REFUTED", "VIOLATED", "UNDECIDED", "MISSING")

Plain = Mapping[str, Any]


def schema() -> dict[str, Any]:
    """The form of what ``verify --json`` prints, and of the ``record.json`` of an appendix.

    Returns:
        JSON Schema, draft 2020-12, as it stands in ``record.schema.json`` beside this module.
    """
    found: dict[str, Any] = json.loads(Path(__file__).with_name("record.schema.json").read_text(encoding="utf-8"))
    return found


def summary(statements: Sequence[Plain], real: Sequence[Plain]) -> dict[str, Any]:
    """Counts, and whether all is right.

    Args:
        statements: of a record.
        real: its rows on instruments and real input.

    Returns:
        the summary of that record.
    """
    controls = [control for each in statements for control in each["controls"]]
    verdicts = Counter(row["verdict"] for row in real)
    return {
        "statements": len(statements),
        "derived": sum(each["symbolic"] == "DERIVED" for each in statements),
        "tested": sum(each["tested"]["verdict"] == "TESTED" for each in statements),
        "measured": sum(_measured(each) == "MEASURED" for each in statements),
        "checkers": _words(statements),
        "controls": len(controls),
        "refused": sum(bool(control["refused_by"]) for control in controls),
        "mutants": _sum([each["mutants"] for each in statements if each["mutants"] is not None]),
        "real": {verdict.lower(): verdicts[verdict] for verdict in REAL_VERDICTS},
        "ok": all(map(_is_right, statements)) and not verdicts["VIOLATED"] and not verdicts["UNDECIDED"],
    }


def _measured(statement: Plain) -> str:
    return "" if statement["measured"] is None else str(statement["measured"]["verdict"])


def _is_right(statement: Plain) -> bool:
    """Nothing failed, nothing is undecided, and no checker objects: an objection is among the reasons."""
    return (
        statement["symbolic"] == "DERIVED"
        and statement["tested"]["verdict"] != "FAILED"
        and _measured(statement) != "VIOLATED"
        and all(control["refused_by"] for control in statement["controls"])
        and not statement["reasons"]
    )


def _words(statements: Iterable[Plain]) -> dict[str, dict[str, int]]:
    """How many statements got which word of each checker that was asked."""
    found: dict[str, dict[str, int]] = {}
    for statement in statements:
        for name, checked in statement["checkers"].items():
            counts = found.setdefault(name, {})
            counts[checked["word"]] = counts.get(checked["word"], 0) + 1
    return found


def _sum(scores: Sequence[Plain]) -> dict[str, Any]:
    """Counts of mutants, of all statements together; zeros if there is none."""
    by_checker = dict.fromkeys(("sympy", "coq", "smt", "ball"), 0)
    total: dict[str, Any] = {"false": 0, "true": 0, "without_value": 0, "open": 0}
    total |= {"refuted": dict(by_checker), "accepted": dict(by_checker), "refuted_by_any": 0}
    for score in scores:
        for name, count in score.items():
            if isinstance(count, Mapping):
                for checker, number in count.items():
                    total[name][checker] += number
            else:
                total[name] += count
    return total
