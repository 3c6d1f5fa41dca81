"""What each checker makes of systematic changes of every claim.

    python property_tests/mutation_score.py

The counts in README.md are those of the stored file; the suite repeats a part of the run and compares.
"""

import argparse
import json
import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from phase_latency.checkers import smt
from phase_latency.checkers.cache import Cache
from phase_latency.checkers.coq.sources import sources
from phase_latency.ledger.discovery import statement, statements
from phase_latency.mutation.judging import judged, judged_by_coq
from phase_latency.mutation.mutants import Mutant, mutants
from phase_latency.mutation.truth import truth_of

STORED = Path(__file__).with_suffix(".json")
TRUTHS = {True: "true", False: "false", None: "open"}


def score_of(identifier: str) -> list[dict[str, Any]]:
    """All mutants of a statement, with what the checkers but Coq say."""
    cache = Cache("smt", Path(smt.__file__).parent)
    return [_scored(mutant, cache) for mutant in mutants(statement(identifier))]


def _scored(mutant: Mutant, cache: Cache) -> dict[str, Any]:
    known = truth_of(mutant)
    found = judged(mutant, known.point, cache)
    holds = False if known.holds is None and found.against else known.holds
    return {
        "mutant": mutant.id,
        "change": mutant.text,
        "is": "without a value" if known.because.startswith("no value") else TRUTHS[holds],
        "because": known.because or found.against,
        "verdicts": dict(found.verdicts),
    }


def score(identifiers: Iterable[str], workers: int) -> list[dict[str, Any]]:
    """All mutants of some statements, with what all checkers say."""
    chosen = list(identifiers)
    with ProcessPoolExecutor(workers) as pool:
        found = [one for part in pool.map(score_of, chosen) for one in part]
    by_coq = judged_by_coq([each for identifier in chosen for each in mutants(statement(identifier))], sources())
    for one in found:
        one["verdicts"]["coq"] = by_coq[one["mutant"]]
    return found


def main() -> None:
    """Judge the mutants of the whole ledger and store what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=STORED)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    found = score([each.id for each in statements()], chosen.workers)
    chosen.out.write_text(json.dumps({"mutants": found}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
