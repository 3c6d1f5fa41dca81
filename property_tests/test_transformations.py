"""Every family of transformations consists of cases that do what their names say, simplest first, within the scope."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from phase_latency.checking.cases import Case, Scope, Transformation
from phase_latency.checking.claims import STANDARD, parse_transformation
from phase_latency.checking.transformations import (
    LARGEST_SHIFT,
    MONOTONE_MAPS,
    Amplitude,
    Batch,
    Cast,
    Compress,
    Heads,
    History,
    Permute,
    QueryShift,
    Relabel,
    Retime,
    Shift,
    Window,
)
from phase_latency.latency import LatencyMap

WIDE = Scope(low=0, high=LARGEST_SHIFT + 255, length=256, whole=False)
BASE = torch.arange(256)

numbers = st.floats(allow_nan=False, allow_infinity=False)
factors = numbers.filter(lambda factor: factor > 0)
whole = st.integers(-LARGEST_SHIFT, LARGEST_SHIFT).filter(bool)
maps = st.builds(LatencyMap, st.floats(1e-6, 1e6), st.integers(2, 10**6), st.floats(-1e3, 1e3))
dtypes = st.sampled_from([torch.float32, torch.bfloat16, torch.float16])

families = st.one_of(
    st.sampled_from(STANDARD),
    st.builds(Shift, whole),
    st.builds(QueryShift, whole),
    st.builds(Amplitude, numbers.filter(bool)),
    st.builds(Amplitude, whole),
    st.builds(Retime, maps),
    st.builds(Compress, factors),
    st.builds(Compress, st.integers(1, 99)),
    st.builds(Relabel, st.sampled_from(sorted(MONOTONE_MAPS))),
    st.builds(Cast, dtypes),
)


@st.composite
def scopes(draw):
    """From two positions to a million, from 0 or from farther on."""
    low, length = draw(st.integers(0, 10**5)), draw(st.integers(2, 300))
    room = draw(st.sampled_from([0, 1, 40, 5000, LARGEST_SHIFT]))
    return Scope(low, low + length - 1 + room, length, whole=draw(st.booleans()))


def cases(family, scope):
    return [family.case(parameter, scope) for parameter in family.parameters(scope)]


# -- families ---------------------------------------------------------------------------------------------------------


@given(families)
def test_the_name_reads_back(family):
    assert parse_transformation(family.name) == family


@given(families, scopes())
def test_every_case_carries_its_parameter_and_is_made_again_from_it(family, scope):
    parameters = family.parameters(scope)
    assert len(set(parameters)) == len(parameters)
    for parameter in parameters:
        first, second = (family.case(parameter, scope) for _ in range(2))
        assert first.parameter == second.parameter == parameter
        base = scope.low + torch.arange(scope.length)
        assert torch.equal(first.queries(base), second.queries(base))
        assert torch.equal(first.keys(base), second.keys(base))


@given(families, scopes())
def test_a_case_changes_nothing_that_it_is_not_about(family, scope):
    """Positions move, or values are scaled, or the dtype is another, or the call is another: never two at once."""
    base = scope.low + torch.arange(scope.length)
    for case in cases(family, scope):
        plain = Case(case.parameter)
        changed = [
            not (torch.equal(case.queries(base), base) and torch.equal(case.keys(base), base)),
            case.factor != plain.factor,
            case.dtype != plain.dtype,
            case.way != plain.way,
        ]
        assert sum(changed) <= 1


@given(families, scopes())
def test_positions_before_a_case_are_left_as_they_were(family, scope):
    base = scope.low + torch.arange(scope.length)
    for case in cases(family, scope):
        case.queries(base)
        case.keys(base)
    assert torch.equal(base, scope.low + torch.arange(scope.length))


@given(families, scopes())
def test_cases_that_start_farther_on_stay_within_the_scope(family, scope):
    for case in cases(family, scope):
        assert bool(scope.inside(scope.low + torch.arange(scope.length) + case.start).all())


@pytest.mark.parametrize("family", STANDARD, ids=lambda each: each.name)
def test_only_rotary_encodings_have_batch_and_head_axes(family):
    assert family.kinds == (("rotary",) if isinstance(family, Batch | Heads) else ("additive", "rotary", "bias"))


def test_the_standard_families_are_all_there_are_once_each():
    def concrete(base):
        return {each for child in base.__subclasses__() for each in (child, *concrete(child))}

    mine = {each for each in concrete(Transformation) if each.__module__.startswith("phase_latency.")}
    assert len(STANDARD) == len({type(each) for each in STANDARD})
    assert {type(each) for each in STANDARD} == mine


# -- scopes -----------------------------------------------------------------------------------------------------------


@given(scopes(), st.lists(st.integers(-10, LARGEST_SHIFT + 10**6), min_size=1, max_size=8))
def test_a_scope_holds_its_first_and_last_position_and_none_beyond(scope, positions):
    inside = scope.inside(torch.tensor(positions))
    assert inside.tolist() == [scope.low <= position <= scope.high for position in positions]
    assert scope.inside(torch.tensor([scope.low, scope.high])).tolist() == [True, True]


@given(scopes())
def test_positions_between_whole_ones_are_inside_where_they_are_accepted(scope):
    assert scope.inside(torch.tensor([scope.low + 0.5])).tolist() == [not scope.whole]


@given(scopes())
def test_the_last_base_position_is_within_the_scope(scope):
    assert scope.last == scope.low + scope.length - 1 <= scope.high
    assert Scope(scope.low, scope.low + 1, scope.length, scope.whole).last == scope.low + 1


# -- moves ------------------------------------------------------------------------------------------------------------


@given(st.sampled_from([Shift, QueryShift]), scopes())
def test_shifts_grow_and_leave_the_first_positions_of_the_sequence_within_the_scope(family, scope):
    shifts = family().parameters(scope)
    first = scope.low + torch.arange(min(4, scope.length))
    assert shifts == sorted(shifts)
    assert all(shift > 0 for shift in shifts)
    assert all(bool(scope.inside(first + shift).all()) for shift in shifts)
    assert (1 in shifts) == bool(scope.inside(first + 1).all())


def test_shifts_reach_a_million_and_are_not_all_powers_of_two():
    shifts = Shift().parameters(WIDE)
    assert shifts[0] == 1
    assert shifts[-1] == LARGEST_SHIFT
    assert all(
        any(low <= shift <= 4 * low for shift in shifts) for low in (1, 4, 16, 64, 256, 1024, 4096, 2**14, 2**16)
    )
    assert sum(shift & (shift - 1) == 0 for shift in shifts) < len(shifts) / 4


@given(whole)
def test_shift_moves_queries_and_keys_and_query_shift_only_queries(delta):
    both, queries = Shift(delta).case(delta, WIDE), QueryShift(delta).case(delta, WIDE)
    assert torch.equal(both.queries(BASE), BASE + delta)
    assert torch.equal(both.keys(BASE), BASE + delta)
    assert torch.equal(queries.queries(BASE), BASE + delta)
    assert torch.equal(queries.keys(BASE), BASE)


@given(st.sampled_from([Shift, QueryShift]), scopes(), whole)
def test_a_shift_that_is_asked_for_is_the_only_one_or_has_no_room(family, scope, delta):
    assert family(delta).parameters(scope) in ([delta], [])


@given(maps)
def test_retiming_goes_through_seconds_and_comes_back_within_a_few_roundings(latency_map):
    """Latency and position are two operations each: a factor and the onset, whose seconds are also rounded."""
    retime = Retime(latency_map)
    (case,) = cases(retime, WIDE)
    back = case.queries(BASE)
    in_positions = abs(latency_map.onset) / latency_map.amplitude
    assert back.dtype == torch.float64
    assert torch.equal(back, case.keys(BASE))
    assert torch.equal(back, latency_map.position(latency_map.latency(BASE.double())))
    assert bool(((back - BASE).abs() <= 8 * 2.0**-53 * (BASE + in_positions)).all())


@given(scopes())
def test_what_needs_positions_between_whole_ones_is_not_tried_without(scope):
    assert len(Retime().parameters(scope)) == (0 if scope.whole else 1)
    assert len(Compress(1 / 8).parameters(scope)) == (0 if scope.whole else 1)
    assert Compress(2).parameters(scope) == [2]


@given(factors.filter(lambda factor: factor < 1e300))
def test_compression_multiplies_positions(factor):
    (case,) = cases(Compress(factor), WIDE)
    assert torch.equal(case.queries(BASE).double(), BASE.double() * factor)
    assert torch.equal(case.queries(BASE), case.keys(BASE))


def test_compressed_positions_stay_whole_numbers_where_they_are():
    (case,) = cases(Compress(2), Scope(0, 1000, 256, whole=True))
    assert case.queries(BASE).dtype == torch.int64


@pytest.mark.parametrize(
    ("name", "formula"), [("2p", lambda p: 2 * p), ("p+p//3", lambda p: p + p // 3), ("p**2", lambda p: p * p)]
)
def test_relabelling_keeps_the_order_of_positions(name, formula):
    (case,) = cases(Relabel(name), WIDE)
    moved = case.queries(BASE)
    assert moved.tolist() == [formula(p) for p in range(256)]
    assert torch.equal(moved, case.keys(BASE))
    assert bool((moved.diff() > 0).all())


def test_relabelling_tries_every_map():
    assert Relabel().parameters(WIDE) == list(MONOTONE_MAPS)


@given(scopes())
def test_permutations_exchange_the_positions_of_the_sequence(scope):
    base = scope.low + torch.arange(scope.length)
    permuted = [case.queries(base) for case in cases(Permute(), scope)]
    assert torch.equal(permuted[0], base.flip(0))  # the simplest first
    assert len({tuple(each.tolist()) for each in permuted}) == len(permuted)
    for case, moved in zip(cases(Permute(), scope), permuted, strict=True):
        assert torch.equal(moved.sort().values, base)
        assert torch.equal(moved, case.keys(base))
        assert not torch.equal(moved, base)


# -- values and calls -------------------------------------------------------------------------------------------------


@given(numbers.filter(bool), scopes())
def test_amplitude_multiplies_values(a, scope):
    assert [case.factor for case in cases(Amplitude(a), scope)] == [a]


@given(scopes())
def test_casts_work_in_every_narrow_dtype_near_and_where_it_no_longer_holds_every_position(scope):
    found = [(case.dtype, case.start) for case in cases(Cast(), scope)]
    narrow = [torch.float32, torch.bfloat16, torch.float16]
    assert found[:3] == [(dtype, 0) for dtype in narrow]
    assert found[3:] in ([], [(dtype, 3000) for dtype in narrow])
    positions = torch.arange(3000, 3004)
    assert all(len(positions.to(dtype).unique()) < 4 for dtype in narrow[1:])


@given(scopes(), dtypes)
def test_a_cast_to_one_dtype_is_one_of_all_casts(scope, dtype):
    every = {case.parameter: (case.dtype, case.start) for case in cases(Cast(), scope)}
    assert all(every[case.parameter] == (dtype, case.start) for case in cases(Cast(dtype), scope))


@given(scopes())
def test_history_tries_earlier_calls_in_every_dtype(scope):
    found = cases(History(), scope)
    every = {torch.float64, torch.float32, torch.bfloat16, torch.float16}
    assert {case.earlier for case in found if not case.start} == every
    assert all(case.way == "used" for case in found)
    assert found[0].start == 0


@pytest.mark.parametrize(("family", "way"), [(Window(), "apart"), (Batch(), "batch"), (Heads(), "heads")])
def test_other_ways_of_calling_change_the_call_alone(family, way):
    (case,) = cases(family, WIDE)
    assert case.way == way
    assert torch.equal(case.queries(BASE), BASE)


# -- refusals ---------------------------------------------------------------------------------------------------------

REFUSED = [
    (lambda: Shift("3"), "delta", "'3'"),
    (lambda: Shift(1.5), "delta", "1.5"),
    (lambda: Shift(0), "delta", "0"),
    (lambda: Shift(True), "delta", "True"),
    (lambda: QueryShift(int), "delta", "<class 'int'>"),
    (lambda: QueryShift(2.0), "delta", "2.0"),
    (lambda: Amplitude(0), "a", "0"),
    (lambda: Amplitude(float("nan")), "a", "nan"),
    (lambda: Amplitude(float("inf")), "a", "inf"),
    (lambda: Amplitude("1/64"), "a", "'1/64'"),
    (lambda: Amplitude(True), "a", "True"),
    (lambda: Amplitude(torch.tensor(2.0)), "a", "tensor(2.)"),
    (lambda: Retime(0.1), "latency_map", "0.1"),
    (lambda: Compress(0), "factor", "0"),
    (lambda: Compress(-0.5), "factor", "-0.5"),
    (lambda: Compress(float("inf")), "factor", "inf"),
    (lambda: Compress("1/8"), "factor", "'1/8'"),
    (lambda: Relabel("3p"), "to", "'3p'"),
    (lambda: Relabel(lambda p: 2 * p), "to", "lambda"),
    (lambda: Cast(torch.float64), "dtype", "torch.float64"),
    (lambda: Cast(torch.int64), "dtype", "torch.int64"),
    (lambda: Cast("bfloat16"), "dtype", "'bfloat16'"),
]


@pytest.mark.parametrize(("call", "argument", "shown"), REFUSED, ids=[f"{a}={s}" for _, a, s in REFUSED])
def test_bad_arguments_are_refused(call, argument, shown):
    message = refusal(call)
    assert message.startswith(f"{argument}: got ")
    assert shown in message.split(";")[0]
    assert "; expected " in message
