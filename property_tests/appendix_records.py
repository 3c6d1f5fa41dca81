"""Records for the tests of the appendix: of the whole ledger without a run of its layers, and small ones.

The words of checkers and tests are put in by hand: what is printed must be what the record says, whatever that is.
"""

import copy
import json
from functools import cache

from derived_ledger import IDENTIFIERS, derived
from shared_results import measured_once

from phase_latency.appendix import finished
from phase_latency.exhibits import exhibits
from phase_latency.ledger import statements
from phase_latency.record import MeasuredRecord, TestRecord, of_proof
from phase_latency.threads import one_thread
from phase_latency.verification import Verification

PROVENANCE = {"commit": "0123456789abcdef0123456789abcdef01234567", "changed": False, "date": "2026-01-02"}


def answers(statement, word, detail=""):
    claims = {claim.name: {"word": word, "detail": detail} for claim in statement.claims}
    return {"checker": "coq", "word": word, "claims": claims, "controls": {}, "notes": ["axioms: Some.axiom"]}


@cache
def _ledger():
    return measured_once("ledger-record", _measured_ledger)


def _measured_ledger():
    """Every statement, derived; the first one proved, of the second one Coq is missing; with all figures."""
    with one_thread():
        shown = exhibits(0)
    records = [of_proof(derived(identifier)) for identifier in IDENTIFIERS]
    found = json.loads(json.dumps(Verification(0, tuple(records), (), shown).to_dict()))
    for each, stated in zip(found["statements"], statements(), strict=True):
        each["tested"] = TestRecord("TESTED", 25).to_dict()
        each["measured"] = MeasuredRecord(1e-7, 2e-7, "MEASURED").to_dict()
        each["checkers"]["coq"] = answers(stated, "PROVED", "for all sizes")
    found["statements"][1]["checkers"]["coq"] = answers(statements()[1], "MISSING", "coqc is not there; apt-get it")
    found["provenance"] |= PROVENANCE
    return finished(found)


def ledger_record():
    return copy.deepcopy(_ledger())


def small_record(*identifiers, figures=False):
    """Some statements, as in the whole one."""
    found = ledger_record()
    found["statements"] = [each for each in found["statements"] if each["id"] in (identifiers or ("lemma-1",))]
    return found if figures else {**found, "exhibits": {}}


def profile(name, witness="Shift 1: query e0 at 0"):
    """A profile as `check` writes it, of an encoding of that name."""
    row = {
        "under": "Shift", "class": "Nothing", "claimed": False, "verdict": "FAILS", "scale": None, "deviation": 0.5,
        "bound": 1e-9, "mask": None, "reason": "shift 1 changes the logits", "witness": {}, "example": witness,
        "snippet": f"import {name}\nif True:\n    print(1)",
    }  # fmt: skip
    return {
        "encoding": name, "kind": "rotary", "range": [0, 255], "length": 256, "seed": 0, "rows": [row], "facts": {},
        "source": "",
    }  # fmt: skip
