"""What a check says of real faults: every row of the catalogue gets its verdict, and its corrected twin a clean one."""

from functools import cache

import pytest
from catalogue import ROWS, Row

from phase_latency.checking import Claim, InvarianceProfile, check, compare
from phase_latency.checking.claims import parse_class
from phase_latency.checking.transformations import Cast, History, Shift

# Rows that are about a part of the positions; the second is right again beyond it.
WITHIN = {"far positions in bfloat16": (0, 256), "cache without the base": (0, 4095)}
BEYOND = "beyond position 4095"

# Relations at any positions and in float64, where the row tells of calls from position 0 on in its dtype.
INSTEAD = {
    "table along the batch": "retimed",  # every position is position 0
    "offset ignored": "retimed",  # piece by piece: each call begins at position 0
    "positions in the dtype of the activations": "equal",  # as float64 rebuilds
}

EACH = pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
WITH_WITNESS = [row for row in ROWS if row.says.witness is not None and row.says.witness.shift is not None]


@cache
def profile(row: Row, corrected: bool = False) -> InvarianceProfile:
    """Profile of the faulty encoding, or of its corrected twin, in the range that the row is about."""
    return check(row.corrected if corrected else row.faulty, within=WITHIN.get(row.name), quick=True)


@EACH
def test_verdict_on_joint_shifts(row):
    claim = Claim(Shift(), parse_class(row.says.up_to))
    if row.says.dtype.itemsize < 4:  # the fault shows in a narrow dtype only
        assert profile(row)["Cast"].verdict == "FAILS"
        return
    found = check(row.faulty, claim, within=WITHIN.get(row.name), quick=True)
    assert found["Shift"].verdict == row.says.shift, found


@EACH
def test_strongest_class_on_joint_shifts(row):
    if row.says.strongest is None or row.says.dtype.itemsize < 4:
        return
    assert profile(row)["Shift"].invariance == row.says.strongest


@EACH
def test_the_float64_rebuild_tells_a_narrow_dtype_from_a_wrong_formula(row):
    if row.says.shift != "FAILS" or row.says.dtype.itemsize < 4:
        return
    assert ("the float64 rebuild is clean" in profile(row)["Shift"].reason) == row.says.clean_in_float64


@EACH
def test_collisions(row):
    facts = profile(row).facts
    if row.faulty.kind != "bias" and row.says.dtype.itemsize >= 4:
        assert facts.first_collision == row.says.collides_at


@EACH
def test_facts(row):
    facts = profile(row).facts
    assert facts.vacuous == (row.says.shift == "VACUOUS")
    assert facts.window_dependent == row.says.window
    assert facts.finite
    assert facts.history_dependent == any(earlier != BEYOND for earlier in row.says.history)


@EACH
def test_the_corrected_twin_is_clean(row):
    found = profile(row, corrected=True)
    assert not any(row.verdict == "FAILS" for row in found.rows if row.under in (Cast().name, History().name)), found
    assert found.facts.finite
    assert not found.facts.vacuous
    assert not found.facts.history_dependent


@EACH
def test_relation_to_the_corrected_twin(row):
    says = row.says.relation
    found = compare(row.faulty, row.corrected, mask=says.mask, within=WITHIN.get(row.name, (0, 511)))
    assert found.relation == INSTEAD.get(row.name, says.name), found
    if says.name == "scale":
        assert found.scale == pytest.approx(says.scale, rel=2.0**-40)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in WITH_WITNESS])
def test_smallest_witness(row):
    says, found = row.says.witness, check(row.faulty, Claim(Shift()))["Shift"].witness
    assert (found.coordinate, found.position, found.parameter) == (says.query, says.m, says.shift)
    assert [(key.coordinate, key.position) for key in found.keys] == [(says.key, n) for n in says.n]
    assert round(found.deviation, 3) == says.change
