"""The stored score: of each statement, how many mutants there are and what each checker makes of the false ones.

``property_tests/mutation_score.py`` counts it, in minutes, and stores it beside this module for the ledger.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from phase_latency.ledger.discovery import own_statements
from phase_latency.ledger.statement import Statement

STORED = Path(__file__).with_suffix(".json")
CHECKERS = ("sympy", "coq", "smt", "ball")


@dataclass(frozen=True)
class MutationScore:
    """Mutants of one statement or of several.

    Attributes:
        false: how many have a point at which they fail.
        true: how many have a derivation.
        without_value: how many have hypotheses that admit a point without a value.
        open: of how many none of these was found.
        refuted: how many of the false ones each checker refutes.
        accepted: how many of the false ones each checker accepts.
        refuted_by_any: how many of the false ones some checker refutes.
    """

    false: int
    true: int
    without_value: int
    open: int
    refuted: Mapping[str, int]
    accepted: Mapping[str, int]
    refuted_by_any: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def counted(mutants: Sequence[Mapping[str, Any]]) -> MutationScore:
    """Count mutants.

    Args:
        mutants: with what they are and with verdicts, as ``property_tests/mutation_score.py`` stores them.

    Returns:
        the counts.
    """
    kinds = Counter(each["is"] for each in mutants)
    verdicts = [each["verdicts"] for each in mutants if each["is"] == "false"]
    refuted, accepted = (
        {checker: sum(each[checker] == word for each in verdicts) for checker in CHECKERS}
        for word in ("refuted", "accepted")
    )
    by_any = sum("refuted" in each.values() for each in verdicts)
    return MutationScore(
        kinds["false"], kinds["true"], kinds["without a value"], kinds["open"], refuted, accepted, by_any
    )


def joined(scores: Iterable[MutationScore]) -> MutationScore:
    """The counts of several statements together."""
    every = list(scores)
    return MutationScore(
        sum(one.false for one in every),
        sum(one.true for one in every),
        sum(one.without_value for one in every),
        sum(one.open for one in every),
        _together([one.refuted for one in every]),
        _together([one.accepted for one in every]),
        sum(one.refuted_by_any for one in every),
    )


def _together(numbers: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Sums by checker."""
    return {checker: sum(one[checker] for one in numbers) for checker in CHECKERS}


def score_of(statement: Statement) -> MutationScore | None:
    """The stored score of a statement.

    Args:
        statement: of the ledger.

    Returns:
        the counts; None for a statement that is not the package's own, of which nothing was counted.
    """
    if not any(one is statement for one in own_statements()):
        return None
    return MutationScore(**_stored()[statement.id])


@cache
def _stored() -> Mapping[str, Mapping[str, Any]]:
    """What stands in the file; it cannot change while the package runs."""
    found: Mapping[str, Mapping[str, Any]] = json.loads(STORED.read_text(encoding="utf-8"))
    return found
