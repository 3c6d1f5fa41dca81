"""How often a check is wrong: random correct encodings that it refuses, random faults that it lets pass.

    python property_tests/confusion_matrix.py --correct 20000 --faulty 5000 --out property_tests/confusion_matrix.json

The counts in README.md are those of the stored file; the suite repeats a part of the run and compares.
"""

import argparse
import json
import os
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from generated_encodings import Case, correct_encoding
from injected_faults import FaultyCase, faulty_encoding

from phase_latency.adapters import Subject
from phase_latency.checking import InvarianceProfile, check
from phase_latency.checking.classes import CLASSES

LENGTH = 64
STORED = Path(__file__).with_suffix(".json")

# Classes that contain each class, itself included: a row that reports one of them is not stronger than the claim.
_WEAKER = {each.name: {other.name for other in CLASSES[number:]} for number, each in enumerate(CLASSES)}


@dataclass(frozen=True)
class Judged:
    """What a check made of one case.

    Attributes:
        seed: of the case.
        kind: family of a correct encoding, or kind of a fault.
        dtype: dtype that results come in.
        outcome: "passed", "undecided" or "refused" for correct ones; "caught" or "missed" for faults.
        detail: what was refused, undecided or missed; empty otherwise.
    """

    seed: int
    kind: str
    dtype: str
    outcome: str
    detail: str = ""


def judge_correct(seed: int) -> Judged:
    """Check a random correct encoding against all that is true of it."""
    case = correct_encoding(seed)
    profile = profile_of(case.subject)
    refused = [under for under, invariance in case.claims if is_refused(profile, under, invariance)]
    refused += alarms(profile)
    undecided = [row.under for row in profile.rows if row.verdict == "UNDECIDED" and claimed(case, row.under)]
    outcome = "refused" if refused else "undecided" if undecided else "passed"
    return Judged(seed, case.family, dtype_name(case), outcome, ", ".join(refused or undecided))


def judge_faulty(seed: int) -> Judged:
    """Check a random faulty encoding; compare it with its correct twin where only that can show the fault."""
    case = faulty_encoding(seed)
    caught = is_caught(case) if case.detectable_by == "check" else differs(case.subject, case.twin)
    detail = "" if caught else f"{case.fault.name} in {case.family}"
    return Judged(seed, case.kind, dtype_name(case), "caught" if caught else "missed", detail)


def profile_of(subject: Subject) -> InvarianceProfile:
    """The profile that both judgements look at."""
    return check(subject, length=LENGTH, quick=True)


def is_refused(profile: InvarianceProfile, under: str, invariance: str) -> bool:
    """Whether a row contradicts a true claim."""
    row = next((row for row in profile.rows if row.under.partition("(")[0] == under), None)
    if row is None or row.verdict == "UNDECIDED":
        return False
    return row.verdict != "HOLDS" or row.invariance in _WEAKER[invariance] - {invariance}


def alarms(profile: InvarianceProfile) -> list[str]:
    """Facts that no correct encoding has."""
    facts = profile.facts
    said = {
        "vacuous": facts.vacuous,
        "not finite": not facts.finite,
        "history": facts.history_dependent,
        "window": facts.window_dependent,
    }
    return [name for name, found in said.items() if found]


def is_caught(case: FaultyCase) -> bool:
    """Whether a check says of a fault what is to be said, or anything else that no correct encoding gets."""
    profile = profile_of(case.subject)
    refused = any(is_refused(profile, under, invariance) for under, invariance in case.broken)
    collides = "collisions" in case.facts and profile.facts.first_collision is not None
    return refused or collides or bool(alarms(profile))


def differs(subject: Subject, twin: Subject) -> bool:
    """Whether comparison tells an encoding from its correct twin."""
    from phase_latency.checking import compare

    return compare(subject, twin, length=LENGTH).relation != "equal"


def claimed(case: Case, under: str) -> bool:
    """Whether something is claimed of a transformation."""
    return any(under.partition("(")[0] == name for name, _ in case.claims)


def dtype_name(case: Case) -> str:
    """Name of the dtype that results come in."""
    return str(case.dtype).removeprefix("torch.")


def run(correct: Iterable[int], faulty: Iterable[int], processes: int) -> dict[str, list[Judged]]:
    """Judge cases by their seeds, in parallel."""
    with ProcessPoolExecutor(processes) as pool:
        return {
            "correct": list(pool.map(judge_correct, correct, chunksize=50)),
            "faulty": list(pool.map(judge_faulty, faulty, chunksize=50)),
        }


def summary(judged: Iterable[Judged]) -> dict[str, dict[str, int]]:
    """Counts of outcomes by kind."""
    counts: dict[str, Counter[str]] = {}
    for each in judged:
        counts.setdefault(each.kind, Counter())[each.outcome] += 1
    return {kind: dict(sorted(counts[kind].items())) for kind in sorted(counts)}


def record(found: dict[str, list[Judged]]) -> dict[str, object]:
    """What is stored: counts by kind and by dtype, and every case that did not go as it should."""
    good = ("passed", "caught")
    return {
        name: {
            "cases": len(judged),
            "by_kind": summary(judged),
            "dtypes": dict(sorted(Counter(each.dtype for each in judged).items())),
            "exceptions": [asdict(each) for each in judged if each.outcome not in good],
        }
        for name, judged in found.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--correct", type=int, default=20_000)
    parser.add_argument("--faulty", type=int, default=5_000)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=STORED)
    options = parser.parse_args()
    found = run(range(options.correct), range(options.faulty), options.processes)
    options.out.write_text(json.dumps(record(found), indent=1) + "\n", encoding="utf-8")
    for name, judged in found.items():
        print(name, summary(judged))


if __name__ == "__main__":
    main()
