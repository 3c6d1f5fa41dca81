"""Bounded twins of layers and encodings: bit-identical values, and errors certified against exact arithmetic."""

import re
from dataclasses import replace
from fractions import Fraction

import exact
import numpy as np
import pytest
import torch
from drawn_layers import fixed_layer, layers_and_inputs
from hypothesis import given
from hypothesis import strategies as st

from phase_latency.encodings import Alibi, Compressed, Rank, Retimed, Rotary, Scaled, Sinusoidal, Table
from phase_latency.errors import ArgumentError, NotFiniteError
from phase_latency.latency import LatencyMap
from phase_latency.masks import causal_mask
from phase_latency.normalisation import LayerNorm, RMSNorm
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.comparison import Comparison
from phase_latency.numerics.encodings import bounded_alibi, bounded_encoding, bounded_rotary, encoding_bound
from phase_latency.numerics.layers import (
    bounded_inputs,
    bounded_logits,
    bounded_outputs,
    bounded_parts,
    bounded_pieces,
    bounded_weights,
)
from phase_latency.numerics.normalisation import bounded_normalisation
from phase_latency.numerics.roundoff import DTYPES

PARTS = ("content_content", "content_position", "position_content", "position_position")
NARROW = (torch.bfloat16, torch.float16)


# -- exact references, written down without the package --------------------------------------------------------------


def exact_frequencies(dim, base):
    return np.array([exact.ball(float(base)) ** exact.ball(Fraction(-2 * i, dim)) for i in range(dim // 2)])


def exact_sinusoids(phases, layout):
    halves = np.stack([exact.FUNCTIONS.sin(phases), exact.FUNCTIONS.cos(phases)], -1)
    if layout == "blocks":
        return np.concatenate([halves[..., 0], halves[..., 1]], -1)
    return halves.reshape(*phases.shape[:-1], -1)


def exact_turned(x, rotary, positions):
    phases = exact.balls(positions)[:, None] * exact_frequencies(rotary.dim, rotary.base)
    amplitude = exact.ball(float(rotary.amplitude))
    cosine, sine = amplitude * exact.FUNCTIONS.cos(phases), amplitude * exact.FUNCTIONS.sin(phases)
    if rotary.layout == "interleaved":
        first, second = x[..., 0::2], x[..., 1::2]
    else:
        first, second = x[..., : rotary.dim // 2], x[..., rotary.dim // 2 :]
    turned = first * cosine - second * sine, first * sine + second * cosine
    if rotary.layout == "interleaved":
        return np.stack(turned, -1).reshape(x.shape)
    return np.concatenate(turned, -1)


def exact_normalised(norm, x):
    centred = x - exact.FUNCTIONS.mean(x) if isinstance(norm, LayerNorm) else x
    denominator = exact.FUNCTIONS.sqrt(exact.FUNCTIONS.mean(centred**2) + exact.ball(float(norm.eps)))
    normalised = centred / denominator * exact.balls(norm.weight)
    return normalised if norm.bias is None else normalised + exact.balls(norm.bias)


def exact_inputs(layer, content, table):
    e, p = exact.balls(content), exact.balls(table)
    x = e + p if layer.combine == "additive" else np.concatenate([e, p], -1)
    return x if layer.norm is None else exact_normalised(layer.norm, x)


def exact_projection(layer, x, weight, bias):
    heads = x @ exact.balls(weight)
    return heads if bias is None else heads + exact.balls(bias)[:, None, :]


def exact_logits(layer, content, table, positions):
    x = exact_inputs(layer, content, table)
    query, key = exact_projection(layer, x, layer.w_q, layer.b_q), exact_projection(layer, x, layer.w_k, layer.b_k)
    if layer.rotary is not None:
        query, key = exact_turned(query, layer.rotary, positions), exact_turned(key, layer.rotary, positions)
    logits = query @ np.swapaxes(key, -1, -2) * exact.ball(layer.logit_scale)
    return logits if layer.alibi is None else logits + exact_alibi(layer.alibi, positions)


def exact_alibi(alibi, positions):
    p = exact.balls(positions)
    below = 2 ** (alibi.heads.bit_length() - 1)
    exponents = [Fraction(-8 * i, below) for i in range(1, below + 1)]
    exponents += [Fraction(-8 * i, 2 * below) for i in range(1, 2 * below + 1, 2)][: alibi.heads - below]
    slopes = np.array([exact.ball(2.0) ** exact.ball(exponent) for exponent in exponents])
    return -slopes[:, None, None] * abs(p[:, None] - p[None, :])


def exact_outputs(layer, content, table, positions, mask):
    weights = exact.softmax(exact_logits(layer, content, table, positions), mask.numpy())
    values = exact_projection(layer, exact_inputs(layer, content, table), layer.w_v, layer.b_v)
    concatenated = np.swapaxes(weights @ values, 0, 1).reshape(len(content), -1)
    if layer.w_o is None:
        return concatenated
    output = concatenated @ exact.balls(layer.w_o)
    return output if layer.b_o is None else output + exact.balls(layer.b_o)


def held(reference, result):
    """The comparison of a bounded result with the exact one."""
    return Comparison(exact.distance(reference, result.value), result.error)


def refused_alike(plain, twin):
    """Whether the layer refuses, e.g. because its normalisation overflows float16; then its twin says the same."""
    try:
        plain()
    except ArgumentError as refusal:
        with pytest.raises(ArgumentError, match=re.escape(str(refusal))):
            twin()
        return True
    return False


# -- layers ----------------------------------------------------------------------------------------------------------

CASES = {
    "additive": {},
    "normalised": {"norms": (LayerNorm, RMSNorm)},
    "concatenated": {"combine": "concatenated", "norms": (None, LayerNorm)},
    "rotary": {"rotary": True},
    "alibi": {"alibi": True},
}


@pytest.mark.parametrize("case", CASES)
@given(data=st.data(), dtype=st.sampled_from(DTYPES), bias_in=st.sampled_from(["content", "position"]))
def test_parts_are_bit_identical_and_add_up_within_their_bounds(case, data, dtype, bias_in):
    layer, content, table, positions = data.draw(layers_and_inputs(**CASES[case]))
    layer, content, table = layer.to(dtype), content.to(dtype), table.to(dtype)
    if refused_alike(lambda: layer.pieces(content, table), lambda: bounded_pieces(layer, content, table)):
        return
    for twin, piece in zip(bounded_pieces(layer, content, table), layer.pieces(content, table), strict=True):
        assert torch.equal(twin.value, piece)
    twins = bounded_parts(layer, content, table, positions, bias_in)
    parts = layer.parts(content, table, positions, bias_in)
    for name in PARTS:
        assert torch.equal(getattr(twins, name).value.nan_to_num(), getattr(parts, name).nan_to_num())
    total = twins.total()
    if total.value.isfinite().all():  # float16 may overflow
        assert held(exact_logits(layer, content, table, positions), total).holds


@pytest.mark.parametrize("case", CASES)
@given(data=st.data(), dtype=st.sampled_from(DTYPES))
def test_layers_are_bit_identical_and_bounded(case, data, dtype):
    layer, content, table, positions = data.draw(layers_and_inputs(**CASES[case]))
    layer, content, table = layer.to(dtype), content.to(dtype), table.to(dtype)
    if refused_alike(lambda: layer.inputs(content, table), lambda: bounded_inputs(layer, content, table)):
        return
    logits = bounded_logits(layer, content, table, positions)
    if not logits.value.isfinite().all():
        with pytest.raises(NotFiniteError):
            bounded_weights(logits)
        return
    assert torch.equal(logits.value, layer.logits(content, table, positions))
    reference = exact_logits(layer, content, table, positions)
    assert held(reference, logits).holds
    mask = causal_mask(len(content))
    weights = bounded_weights(logits, mask)
    assert torch.equal(weights.value, layer.weights(logits.value, mask))
    assert held(exact.softmax(reference, mask.numpy()), weights).holds
    outputs = bounded_outputs(layer, content, table, positions, mask)
    assert torch.equal(outputs.value.nan_to_num(), layer.outputs(content, table, positions, mask).nan_to_num())
    if outputs.value.isfinite().all():
        assert held(exact_outputs(layer, content, table, positions, mask), outputs).holds


@pytest.mark.parametrize("dtype", NARROW, ids=str)
def test_logit_and_weight_bounds_are_not_vacuous(dtype):
    generator = torch.Generator().manual_seed(0)
    w_q, w_k, w_v = (torch.randn(2, 16, 8, generator=generator, dtype=torch.float64) / 4 for _ in range(3))
    layer = replace(fixed_layer()[0], w_q=w_q, w_k=w_k, w_v=w_v, b_q=None, b_k=None).to(dtype)
    content, table = (torch.randn(12, 16, generator=generator, dtype=torch.float64).to(dtype) for _ in range(2))
    logits = bounded_logits(layer, content, table)
    assert held(exact_logits(layer, content, table, None), logits).worst_ratio >= 0.1
    weights = bounded_weights(Bounded.exact(logits.value))
    assert held(exact.softmax(exact.balls(logits.value)), weights).worst_ratio >= 0.1


def test_a_wrong_layer_is_beyond_the_bound():
    """The references can refuse: each planted defect is far beyond what rounding explains, in every dtype."""
    layer, content, table = fixed_layer()
    for dtype in DTYPES:
        narrow, e, p = layer.to(dtype), content.to(dtype), table.to(dtype)
        logits = bounded_logits(narrow, e, p)
        reference = exact_logits(narrow, e, p, None)
        assert held(reference, logits).holds
        for defect in (
            replace(narrow, scale=narrow.logit_scale * 1.1),
            replace(narrow, b_q=None),
            replace(narrow, w_k=-narrow.w_k),
        ):
            assert not held(exact_logits(defect, e, p, None), logits).holds
        assert not held(exact_logits(narrow, e, -p, None), logits).holds


def test_tables_bring_their_error_along():
    layer, content, table = fixed_layer(norm=LayerNorm)
    stored = table.to(torch.float32)
    narrow, e = layer.to(torch.float32), content.to(torch.float32)
    logits = bounded_logits(narrow, e, Bounded(stored, (stored - table).abs()))
    assert held(exact_logits(narrow, e, table, None), logits).holds
    shifted = bounded_logits(narrow, e, Bounded(stored, torch.full_like(table, 0.01)))
    assert held(exact_logits(narrow, e, table + 0.0099, None), shifted).holds


def test_positions_are_needed_where_the_layer_uses_them():
    layer, content, table = fixed_layer(rotary=Rotary(4))
    with pytest.raises(ArgumentError, match="positions: got None"):
        bounded_logits(layer, content, table)
    with pytest.raises(ArgumentError, match=r"x: .*one vector per position"):
        bounded_logits(layer, content, table, torch.arange(3))


@given(data=st.data(), dtype=st.sampled_from(DTYPES))
def test_normalisation_bounds(data, dtype):
    layer, content, _, _ = data.draw(layers_and_inputs(norms=(LayerNorm, RMSNorm)))
    norm, x = layer.norm.to(dtype), content.to(dtype)
    if refused_alike(lambda: norm(x), lambda: bounded_normalisation(norm, Bounded.exact(x))):
        return
    result = bounded_normalisation(norm, Bounded.exact(x))
    assert torch.equal(result.value, norm(x))
    assert held(exact_normalised(norm, exact.balls(x)), result).holds


# -- encodings -------------------------------------------------------------------------------------------------------

POSITIONS = st.lists(st.integers(-(10**6), 10**6) | st.integers(0, 100), min_size=1, max_size=5)
SINUSOIDS = st.builds(
    Sinusoidal,
    st.sampled_from([2, 6, 8, 10]),
    st.sampled_from([10000.0, 500.0, 2.5]),
    st.sampled_from(["interleaved", "blocks"]),
)
WINDOWS = st.builds(
    LatencyMap,
    st.floats(1e-6, 1e6).filter(lambda window: window > 0),
    st.integers(2, 10**5),
    st.sampled_from([0.0, 0.1, -3.7, 1e3]),
)


def exact_encoding(encoding, p):
    match encoding:
        case Sinusoidal():
            return exact_sinusoids(p[:, None] * exact_frequencies(encoding.dim, encoding.base), encoding.layout)
        case Scaled():
            return exact.ball(float(encoding.a)) * exact_encoding(encoding.encoding, p)
        case Compressed():
            return exact_encoding(encoding.encoding, exact.ball(float(encoding.factor)) * p)
        case Retimed():  # in real arithmetic re-timing changes nothing
            return exact_encoding(encoding.encoding, p)


ENCODINGS = {
    "sinusoidal": SINUSOIDS,
    "amplitude": st.builds(Scaled, SINUSOIDS, st.floats(1e-3, 1e3)),
    "compressed": st.builds(Compressed, SINUSOIDS, st.floats(1e-6, 10)),
    "retimed": st.builds(Retimed, SINUSOIDS, WINDOWS),
    "amplitude of retimed": st.builds(Scaled, st.builds(Retimed, SINUSOIDS, WINDOWS), st.just(1 / 100)),
    "compressed amplitude": st.builds(Compressed, st.builds(Scaled, SINUSOIDS, st.just(1 / 3)), st.just(0.1)),
}


@pytest.mark.parametrize("kind", ENCODINGS)
@given(data=st.data(), positions=POSITIONS, dtype=st.sampled_from(DTYPES))
def test_encodings_are_bit_identical_and_bounded(kind, data, positions, dtype):
    encoding, p = data.draw(ENCODINGS[kind]), torch.tensor(positions)
    result = bounded_encoding(encoding, p, dtype)
    assert torch.equal(result.value, encoding(p, dtype))
    assert torch.equal(result.error, encoding_bound(encoding, p, dtype))
    assert held(exact_encoding(encoding, exact.balls(p)), result).holds


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_looked_up_encodings_err_by_their_cast_only(dtype):
    rows = torch.randn(5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    p = torch.tensor([4, 0, 0])
    looked_up = bounded_encoding(Table(rows), p, dtype)
    assert torch.equal(looked_up.value, rows[p].to(dtype))
    assert held(exact.balls(rows[p]), looked_up).holds
    assert not bounded_encoding(Rank(5), p, dtype).error.any()
    if dtype == torch.float64:
        assert not looked_up.error.any()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_encoding_bounds_are_not_vacuous(dtype):
    p = torch.arange(0, 1_000_000, 9973)
    encoding = Sinusoidal(16)
    ratio = held(exact_encoding(encoding, exact.balls(p)), bounded_encoding(encoding, p, dtype)).worst_ratio
    assert ratio >= (0.05 if dtype == torch.float64 else 0.9)


def test_a_table_computed_in_a_narrow_dtype_is_refuted():
    """The defect of libraries that build positions in the dtype of the activations: wrong by O(1) beyond 256."""
    p = torch.arange(2048)
    encoding = Sinusoidal(8)
    phases = p.to(torch.bfloat16)[:, None] * encoding.frequencies().to(torch.bfloat16)
    defective = torch.stack([phases.sin(), phases.cos()], -1).flatten(1)
    reference = bounded_encoding(encoding, p, torch.bfloat16)
    comparison = Comparison.equal(defective, reference)
    assert not comparison.holds
    assert comparison.error.max() > 1


@given(data=st.data(), dtype=st.sampled_from(DTYPES), layout=st.sampled_from(["interleaved", "half-split"]))
def test_rotary_twin(data, dtype, layout):
    rotary = Rotary(6, layout=layout, amplitude=data.draw(st.sampled_from([1.0, 0.5, 1 / 3])))
    p = torch.tensor(data.draw(POSITIONS))
    x = torch.randn(2, len(p), 6, generator=torch.Generator().manual_seed(data.draw(st.integers(0, 99)))).to(dtype)
    turned = bounded_rotary(rotary, Bounded.exact(x), p)
    assert torch.equal(turned.value, rotary.apply(x, p))
    assert held(exact_turned(exact.balls(x), rotary, p), turned).holds


@given(heads=st.integers(1, 12), positions=POSITIONS, dtype=st.sampled_from([torch.float64, torch.float32]))
def test_alibi_twin(heads, positions, dtype):
    p = torch.tensor(positions)
    bias = bounded_alibi(Alibi(heads), p, dtype)
    assert torch.equal(bias.value, Alibi(heads).bias(p, p, dtype))
    assert held(exact_alibi(Alibi(heads), p), bias).holds


def test_an_encoding_of_another_kind_is_refused():
    class Mine:
        dim = 2

        def __call__(self, positions, dtype=torch.float64):
            return torch.zeros(len(positions), 2, dtype=dtype)

    for encoding in (Mine(), Compressed(Table(torch.ones(4, 2)), 2)):
        with pytest.raises(ArgumentError, match=r"encoding: .*Bounded\.stored"):
            bounded_encoding(encoding, torch.arange(2))


# -- the decision the bounds are for -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shift", [0, 17, 1000, 30000])
def test_shift_invariance_raises_no_false_alarm_and_a_changed_frequency_is_seen(dtype, shift):
    """<PE(p+s), PE(q+s)> = <PE(p), PE(q)> up to rounding; with frequencies times 1.05 on one side it is refuted."""
    p = torch.arange(12)
    original = bounded_encoding(Sinusoidal(16), p, dtype)
    moved = bounded_encoding(Sinusoidal(16), p + shift, dtype)
    assert Comparison.equal(moved @ moved.mT, original @ original.mT).holds
    other = bounded_encoding(Compressed(Sinusoidal(16), 1.05), p + shift, dtype)
    assert not Comparison.equal(other @ other.mT, original @ original.mT).holds
