"""The public strategies: what they reach, what they shrink to, and that nothing they draw overflows."""

import math
from random import Random

import pytest
import torch
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from refusals import refusal

from phase_latency.encodings import Compressed, Retimed, Scaled, Sinusoidal
from phase_latency.errors import NotFiniteError
from phase_latency.normalisation import LayerNorm, RMSNorm
from phase_latency.numerics.layers import bounded_outputs
from phase_latency.numerics.roundoff import DTYPES
from phase_latency.testing import strategies

by_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=str)


def minimal(strategy, condition=lambda drawn: True):
    """The smallest example that Hypothesis finds."""
    return find(strategy, condition, random=Random(0))


def reached(strategy, condition):
    """Whether an example with that property is drawn; `find` raises if none is, and need not shrink it."""
    unshrunk = settings(settings.get_profile("deep"), phases=[Phase.generate], database=None)
    find(strategy, condition, settings=unshrunk, random=Random(0))
    return True


def exponent(number):
    return math.frexp(abs(number))[1] - 1


# -- numbers ------------------------------------------------------------------------------------------------------


def test_every_dtype_is_drawn_and_float64_first():
    assert minimal(strategies.dtypes()) == torch.float64
    for dtype in DTYPES:
        assert reached(strategies.dtypes(), lambda drawn, dtype=dtype: drawn == dtype)


@by_dtype
def test_scales_reach_both_ends_and_shrink_to_1(dtype):
    assert minimal(strategies.scales(dtype)) == 1
    assert reached(strategies.scales(dtype), lambda scale: scale == 2.0 ** strategies.ceiling(dtype))
    assert reached(strategies.scales(dtype), lambda scale: scale == 2.0 ** strategies.floor(dtype))
    assert strategies.ceiling(dtype) - strategies.floor(dtype) >= (6 if dtype == torch.float16 else 32)


@by_dtype
def test_moderate_scales_are_within_a_factor_of_4_of_1(dtype):
    assert reached(strategies.moderate(dtype), lambda scale: scale == 0.25)
    assert reached(strategies.moderate(dtype), lambda scale: scale > 1)


def test_a_scale_that_does_not_exist_is_refused():
    message = refusal(lambda: strategies.scales(torch.float16, lowest=3))
    assert message.startswith("lowest: got 3; expected at most highest = 1")


@by_dtype
def test_arrays_are_zero_equal_or_uniform(dtype):
    arrays = strategies.arrays((2, 3), dtype)
    assert minimal(arrays).dtype == dtype
    assert 0 < minimal(arrays).abs().max() <= 1
    assert reached(arrays, lambda x: bool((x == 0).all()))
    assert reached(arrays, lambda x: bool((x == x[0, 0]).all() and x[0, 0] != 0))
    assert reached(arrays, lambda x: bool((x < 0).any() and (x > 0).any()))


@by_dtype
def test_amplitudes_do_not_vanish_and_shrink_to_1(dtype):
    amplitudes = strategies.amplitudes(dtype)
    assert minimal(amplitudes) == 1
    assert minimal(amplitudes, lambda a: a < 0) == -1
    assert reached(amplitudes, lambda a: a != 2.0 ** exponent(a))
    assert reached(amplitudes, lambda a: exponent(a) <= -5)


@given(st.data())
def test_amplitudes_are_positive_where_asked(data):
    dtype = data.draw(strategies.dtypes())
    assert 0 < data.draw(strategies.amplitudes(dtype, negative=False)) <= 2.0 ** strategies.ceiling(dtype)
    assert data.draw(strategies.amplitudes(dtype)) != 0


# -- positions, latency maps, encodings ---------------------------------------------------------------------------


def test_positions_reach_what_breaks_encodings():
    positions = strategies.positions()
    assert minimal(positions).tolist() == [0]
    assert minimal(positions).dtype == torch.int64
    assert reached(positions, lambda p: len(set(p.tolist())) < len(p))
    assert reached(positions, lambda p: bool((p < -1000).any()))
    assert reached(positions, lambda p: bool((p > 500_000).any()))
    assert reached(positions, lambda p: len(p) == 6)
    assert reached(positions, lambda p: p.dtype == torch.float64 and bool((p != p.floor()).any()))
    assert reached(positions, lambda p: p.tolist() != sorted(p.tolist()))


@given(strategies.positions(min_length=2, max_length=3, smallest=0, largest=7, fractions=False))
def test_positions_keep_to_their_limits(positions):
    assert positions.dtype == torch.int64
    assert 2 <= len(positions) <= 3
    assert set(positions.tolist()) <= set(range(8))


def test_latency_maps_span_twelve_decades_of_seconds():
    maps = strategies.latency_maps()
    smallest = minimal(maps)
    assert (smallest.window, smallest.length, smallest.onset) == (1, 2, 0)
    assert reached(maps, lambda m: m.window < 1e-5)
    assert reached(maps, lambda m: m.window > 1e5)
    assert reached(maps, lambda m: m.length == 4096)
    assert reached(maps, lambda m: m.onset < 0)
    assert reached(strategies.latency_maps(onset=False), lambda m: m.length == 64)


@given(strategies.latency_maps(onset=False))
def test_latency_maps_start_at_0_where_asked(latency_map):
    assert latency_map.onset == 0


def test_sinusoids_reach_both_layouts_and_odd_bases():
    assert minimal(strategies.sinusoids()) == Sinusoidal(2)
    assert reached(strategies.sinusoids(), lambda encoding: encoding.layout == "blocks")
    assert reached(strategies.sinusoids(), lambda encoding: encoding.base < 1)
    assert reached(strategies.sinusoids(), lambda encoding: encoding.dim == 8)


@pytest.mark.parametrize("kind", [Sinusoidal, Scaled, Compressed, Retimed])
def test_encodings_are_of_every_kind(kind):
    assert reached(strategies.encodings(4), lambda encoding: isinstance(encoding, kind))


@given(strategies.encodings(6), strategies.retimings(), strategies.positions())
def test_every_encoding_takes_every_position(encoding, retiming, positions):
    assert encoding(positions).shape == (len(positions), 6)
    assert retiming(positions).isfinite().all()


def test_rotary_encodings_reach_both_layouts():
    assert reached(strategies.rotary_encodings(4), lambda rotary: rotary.layout == "half-split")
    assert minimal(strategies.rotary_encodings(4)).amplitude == 1
    assert reached(strategies.rotary_encodings(4, amplitude=st.just(0.5)), lambda rotary: rotary.amplitude == 0.5)


# -- layers and their inputs --------------------------------------------------------------------------------------


def test_the_smallest_layer_has_one_head_one_coordinate_and_no_options():
    layer = minimal(strategies.attention_layers(torch.float64, norm=True))
    assert (layer.heads, layer.dim, layer.head_dim, layer.w_v.shape[2]) == (1, 1, 1, 1)
    assert (layer.b_q, layer.b_k, layer.b_v, layer.norm, layer.rotary, layer.alibi) == (None,) * 6


def test_layers_reach_every_option():
    layers = strategies.attention_layers(torch.float32, norm=True)
    assert reached(layers, lambda layer: layer.heads == 3 and layer.head_dim == 4)
    assert reached(layers, lambda layer: layer.b_q is not None and layer.b_k is None)
    assert reached(layers, lambda layer: isinstance(layer.norm, RMSNorm))
    assert reached(layers, lambda layer: isinstance(layer.norm, LayerNorm) and layer.norm.bias is not None)


@given(strategies.attention_layers(torch.float32, biases=False))
def test_layers_have_no_biases_where_asked(layer):
    assert (layer.b_q, layer.b_k, layer.b_v) == (None, None, None)


def test_the_smallest_case_is_one_row_at_position_0_with_amplitude_1():
    case = minimal(strategies.layer_cases(torch.float16))
    assert (case.layer.heads, len(case.content), case.positions.tolist(), case.a) == (1, 1, [0], 1)
    assert repr(case) == "float16, heads=1, dim=2, head_dim=1, length=1, a=1.0"


def test_tables_are_sinusoidal_or_any():
    tables = strategies.tables(torch.tensor([0, 3]), 2, torch.float64)
    assert minimal(tables).equal(Sinusoidal(2)(torch.tensor([0, 3])))
    assert reached(tables, lambda table: bool((table == 0).all()))
    assert reached(tables, lambda table: bool(table.abs().max() > 2.0**50))


OPTIONS = {
    "additive": {},
    "normalised": {"norm": True},
    "rotary": {"rotary": True},
    "linear biases": {"alibi": True},
    "concatenated": {"combine": "concatenated", "norm": True},
}


def outputs(case):
    """What a layer makes of a case, with the certified error."""
    return bounded_outputs(case.layer, case.content, case.table * case.a, case.positions)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@given(data=st.data())
def test_nothing_overflows_and_everything_is_certified(options, data):
    dtype = data.draw(strategies.dtypes())
    result = outputs(data.draw(strategies.layer_cases(dtype, **options)))
    assert result.value.isfinite().all()
    assert result.error.isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16], ids=str)
def test_twin_larger_scales_do_overflow(dtype):
    too_large = st.just(2.0 ** (strategies.ceiling(dtype) + 8))

    def overflows(case):
        try:
            return not bool(outputs(case).value.isfinite().all())
        except NotFiniteError:
            return True

    layers = strategies.layer_cases(dtype, scale=too_large, amplitude=too_large)
    assert reached(layers, overflows)
