"""What each checker makes of systematic changes of every claim.

    python property_tests/mutation_score.py

The counts in README.md are those of the stored file; the suite repeats a part of the run and compares.
"""

import argparse
import json
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from phase_latency.checkers import smt
from phase_latency.checkers.cache import Cache
from phase_latency.checkers.coq.sources import sources
from phase_latency.ledger.discovery import statement, statements
from phase_latency.mutation import score
from phase_latency.mutation.judging import judged, judged_by_coq, said_to_coq
from phase_latency.mutation.mutants import Mutant, mutants
from phase_latency.mutation.truth import Truth, truth_of

STORED = Path(__file__).with_suffix(".json")  # all mutants; the counts of each statement are stored in the package
TRUTHS = {True: "true", False: "false", None: "open"}


def score_of(identifier: str) -> list[tuple[dict[str, Any], Sequence[str]]]:
    """All mutants of a statement, with what the checkers but Coq say; and points to be said to Coq."""
    cache = Cache("smt", Path(smt.__file__).parent)
    changed = mutants(statement(identifier))
    known = [truth_of(mutant) for mutant in changed]
    return [
        (_scored(mutant, truth, cache), said_to_coq(mutant, truth.points))
        for mutant, truth in zip(changed, known, strict=True)
    ]


def _scored(mutant: Mutant, known: Truth, cache: Cache) -> dict[str, Any]:
    found = judged(mutant, known.point, cache)
    holds = False if known.holds is None and found.against else known.holds
    return {
        "mutant": mutant.id,
        "change": mutant.text,
        "is": "without a value" if known.because.startswith("no value") else TRUTHS[holds],
        "because": known.because or found.against,
        "verdicts": dict(found.verdicts),
    }


def scored(identifiers: Iterable[str], workers: int) -> list[dict[str, Any]]:
    """All mutants of some statements, with what all checkers say."""
    chosen = list(identifiers)
    with ProcessPoolExecutor(workers) as pool:
        judgements = [one for part in pool.map(score_of, chosen) for one in part]
    found = [one for one, _ in judgements]
    changed = [each for identifier in chosen for each in mutants(statement(identifier))]
    by_coq = judged_by_coq(changed, sources(), {one["mutant"]: points for one, points in judgements})
    for one in found:
        one["verdicts"]["coq"] = by_coq[one["mutant"]]
    return found


def main() -> None:
    """Judge the mutants of the whole ledger and store what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=STORED)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    found = scored([each.id for each in statements()], chosen.workers)
    _write(chosen.out, {"mutants": found})
    _write(score.STORED, counts(found))


def counts(found: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The counts of each statement."""
    by_statement = groupby(found, key=lambda one: one["mutant"].partition("/")[0])
    return {identifier: score.counted(list(of_one)).to_dict() for identifier, of_one in by_statement}


def _write(path: Path, found: dict[str, Any]) -> None:
    path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
