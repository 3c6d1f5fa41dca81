"""Generated encodings are what they claim to be, and injected faults break what they say, by plain arithmetic."""

import math

import pytest
import torch
from encoding_formulas import sinusoid_rows
from generated_encodings import DTYPES, FAMILIES, Case, correct_encoding
from injected_faults import FAULTS, faulty_encoding, injected
from plain_logits import images, kernel

from phase_latency.adapters.subject import Subject
from phase_latency.latency import LatencyMap

SEEDS = range(300)
EVERY_FAULT = [(kind, fault) for kind, faults in FAULTS.items() for fault in faults]
POSITIONS = torch.tensor([0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144])
UNIT_ROUNDOFF = {
    "float64": 2.0**-53,
    "float32": 2.0**-24,
    torch.float64: 2.0**-53,
    torch.float32: 2.0**-24,
    torch.bfloat16: 2.0**-8,
    torch.float16: 2.0**-11,
}


def plain(case, shift=0, **keywords):
    where = POSITIONS + shift
    return kernel(case.subject, where, where, case.dtype, **keywords)


def tolerance(case, *kernels, furthest=144):
    """The most by which rounding can make two kernels differ that are equal in exact arithmetic.

    An angle w p, |w| <= pi, has at most eight roundings of the dtype that it is formed in, those of p included, so it
    is off by 8 u_a pi p, and its cosine and sine by as much and 32 u_a more (functions, decays and Fourier sums). The
    result adds three roundings u. A vector is then off by sqrt(2) of this in units of its norm, the product of two
    by the square, and both kernels are. The entries of a bias, slope (m - n) with a slope of at most 1, have two u.
    """
    result = UNIT_ROUNDOFF[case.dtype]
    angle = UNIT_ROUNDOFF[case.subject.declared.angle_dtype or "float64"]
    size = max(float(each.abs().max()) for each in kernels)
    if case.subject.kind == "bias":
        return 2 * (8 * angle * furthest + 2 * result * size)
    each = 8 * angle * math.pi * furthest + 32 * angle + 3 * result
    return 2 * ((1 + math.sqrt(2) * each) ** 2 - 1) * size


def excess(case, found, expected, furthest=144, up_to="Exact", seen=True):
    """Largest deviation, of what is seen, in units of what rounding explains; infinite if a logit is not finite."""
    if not bool(found.isfinite().all() & expected.isfinite().all()):
        return math.inf
    change, allowed = found - expected, tolerance(case, found, expected, furthest=furthest)
    if up_to == "RowConstant":
        change, allowed = change - change[..., :1], 2 * allowed
    return float(torch.where(torch.as_tensor(seen), change, 0).abs().max()) / allowed


# -- transformations: how far the deviation exceeds rounding, <= 1 where the claim holds ------------------------------


def under_shift(case, up_to):
    room = case.subject.declared.max_length or 10_000
    shifts = [shift for shift in (1, 100, 3000) if 144 + shift < room]
    return max(excess(case, plain(case, shift), plain(case), 144 + shift, up_to) for shift in shifts)


def under_history(case, up_to):
    def used(positions, dtype):
        call = case.subject.build()
        kernel(case.subject, positions, positions, dtype, call=call)
        return excess(case, plain(case, call=call), plain(case))

    earlier = ((torch.arange(12), case.dtype), (torch.arange(5), case.dtype), (POSITIONS, torch.bfloat16))
    return max(used(*each) for each in earlier)


def under_window(case, up_to):
    part = POSITIONS[::2]
    return excess(case, kernel(case.subject, part, part, case.dtype), plain(case)[..., ::2, ::2])


def under_amplitude(case, up_to):
    """The factor is put on what the encoding returns, so no encoding can break this."""
    scale = 0.3 if case.subject.kind == "bias" else 0.3**2
    return excess(case, plain(case, factor=0.3), scale * plain(case))


def under_retiming(case, up_to):
    seconds = LatencyMap(window=0.1, length=100)
    back = seconds.position(seconds.latency(POSITIONS.double()))
    return excess(case, kernel(case.subject, back, back, case.dtype), plain(case))


UNDER = {
    "Amplitude": under_amplitude,
    "History": under_history,
    "Retime": under_retiming,
    "Shift": under_shift,
    "Window": under_window,
}


# -- facts ------------------------------------------------------------------------------------------------------------


def vacuous(case):
    """Neither moving queries nor moving keys changes anything."""
    still, moved = POSITIONS.clone(), POSITIONS + 100
    forms = (kernel(case.subject, q, k, case.dtype) for q, k in ((POSITIONS, still), (moved, still), (still, moved)))
    first, *others = forms
    return all(excess(case, each, first) <= 1 for each in others)


def collisions(case):
    """Two positions are encoded alike, bit by bit."""
    everywhere = torch.arange(min(4096, case.subject.declared.max_length or 4096))
    call = case.subject.build()
    if case.subject.kind == "additive":
        codes = call(everywhere, case.dtype)
    else:
        one = torch.linspace(1, 2, case.subject.dim, dtype=torch.float64)[None]
        codes = torch.cat(images(call, one, everywhere, case.dtype), -1)[0]
    return len(set(map(tuple, codes.tolist()))) < len(everywhere)


def not_finite(case):
    return not bool(plain(case, 3000).isfinite().all())


FACTS = {"vacuous": vacuous, "collisions": collisions, "not finite": not_finite}


def distance_to_twin(case):
    """Deviation of the logits from those of the correct twin, in units of what rounding explains."""
    far = (0,) if case.family == "learned" else (0, 1000)
    found, twin = (
        [kernel(each, POSITIONS + shift, POSITIONS, case.dtype) for shift in far] for each in (case.subject, case.twin)
    )
    return max(excess(case, *pair, 1144) for pair in zip(found, twin, strict=True))


def distance_to_row_constant(case):
    """The same, a constant a row apart, for keys up to the query."""
    found, twin = plain(case), kernel(case.twin, POSITIONS, POSITIONS, case.dtype)
    return excess(case, found, twin, up_to="RowConstant", seen=POSITIONS[:, None] >= POSITIONS)


# -- tests ------------------------------------------------------------------------------------------------------------


def correct(family, count):
    """The first cases of a family."""
    found = (case for case in map(correct_encoding, range(10_000)) if case.family == family)
    return [next(found) for _ in range(count)]


@pytest.mark.parametrize("family", FAMILIES)
def test_correct_encodings_are_what_they_claim(family):
    for case in correct(family, 12):
        for transformation, up_to in case.claims:
            assert UNDER[transformation](case, up_to) <= 1, (case.name, transformation)
        if family in ("learned", "alibi-row"):
            assert under_shift(case, "Exact") > 1, case.name
        assert not vacuous(case), case.name
        assert family == "learned" or not not_finite(case), case.name
        if case.dtype == torch.float64 and case.subject.kind != "bias":
            assert not collisions(case), case.name


@pytest.mark.parametrize(("kind", "fault"), EVERY_FAULT, ids=lambda part: getattr(part, "name", part))
def test_faulty_encodings_break_what_they_say_and_nothing_else(kind, fault):
    for seed in range(8):
        case = injected(kind, fault, seed)
        for transformation, up_to in case.broken:
            assert UNDER[transformation](case, up_to) > 1, (case.name, transformation)
        for transformation, up_to in case.claims:
            assert UNDER[transformation](case, up_to) <= 1, (case.name, transformation)
        assert all(FACTS[fact](case) for fact in case.facts), case.name
        assert case.detectable_by == ("check" if case.broken or case.facts else "compare")
        if case.detectable_by == "compare":
            assert distance_to_twin(case) > 1, case.name
            assert (distance_to_row_constant(case) <= 1) == (fault.relation == "row-constant"), case.name


def test_a_steep_encoding_breaks_under_retiming():
    """Positions come back from seconds off by a rounding, which 10**15 radians per position make visible."""
    rates = torch.tensor([1e15], dtype=torch.float64)
    steep = Subject.additive(lambda: lambda p: sinusoid_rows(rates, p), name="steep", float_positions=True)
    assert under_retiming(Case("steep", steep, "sinusoid", torch.float64, ()), "Exact") > 1


@pytest.mark.parametrize("draw", [correct_encoding, faulty_encoding])
def test_a_seed_gives_the_same_encoding_again(draw):
    for seed in range(60):
        one, other = draw(seed), draw(seed)
        assert one.name == other.name
        assert one.claims == other.claims
        assert torch.equal(plain(one).nan_to_num(), plain(other).nan_to_num())


def test_every_family_dtype_and_fault_is_drawn():
    cases = [correct_encoding(seed) for seed in SEEDS]
    assert {case.family for case in cases} == set(FAMILIES)
    assert {case.dtype for case in cases} == set(DTYPES)
    assert {case.subject.declared.float_positions for case in cases} == {True, False}
    assert {case.subject.declared.stateful for case in cases} == {True, False}
    faulty = [faulty_encoding(seed) for seed in SEEDS]
    assert {(case.kind, case.fault) for case in faulty} == set(EVERY_FAULT)
    assert {case.detectable_by for case in faulty} == {"check", "compare"}
