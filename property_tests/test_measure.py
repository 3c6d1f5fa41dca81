"""measure: rounding is told from violation, and every figure is right within its own certified bound."""

import json
import math
import re
from fractions import Fraction

import exact
import flint
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from phase_latency.attention import Attention
from phase_latency.encodings import Alibi, Compressed, Retimed, Rotary, Scaled, Sinusoidal
from phase_latency.figures import Figure
from phase_latency.invariance import measure
from phase_latency.latency import LatencyMap
from phase_latency.masks import Mask, causal_mask
from phase_latency.measuring import measure_named
from phase_latency.normalisation import LayerNorm, RMSNorm
from phase_latency.numerics.encodings import encoding_bound
from phase_latency.numerics.roundoff import DTYPES
from phase_latency.streaming.joined import GeneratedSource, JoinedSource
from phase_latency.streaming.sources import EncodingSource, TensorSource

LENGTH, DIM = 32, 16
POSITIONS = torch.arange(LENGTH)
PE = Sinusoidal(DIM)(POSITIONS)
by_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=str)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def layer(heads=2, dim=DIM, head_dim=4, **options):
    return Attention(*(normal(heads, dim, head_dim, seed=i) for i in range(3)), **options)


def exact_gram(table):
    balls = exact.balls(table)
    return balls @ balls.T


def exact_fit(reference, other):
    """Scale, relative residual and largest deviation, by the definitions, in 400 bits."""
    scale = (reference * other).sum() / (reference * reference).sum()
    deviation = other - scale * reference
    residual = ((deviation * deviation).sum() / (other * other).sum()).sqrt()
    return scale, residual, max(abs(entry) for entry in np.ravel(deviation))


def deviation_at(worst, reference, other):
    """Exact deviation of the Gram matrices at the entry that a measurement calls the worst."""
    gram, other_gram = exact_gram(reference), exact_gram(other)
    scale, _, _ = exact_fit(gram, other_gram)
    return abs(other_gram - scale * gram)[worst.query, worst.key]


# -- what it decides -------------------------------------------------------------------------------------------------


def test_a_power_of_two_is_exact():
    result = measure(PE, PE / 1024)
    assert result.verdict == "ROUNDING"
    assert result.scale.value == 2.0**-20
    assert result.residual.value == 0
    assert result.worst.deviation.value == 0
    assert result.retempered.total_variation.value == 0
    assert result.plain.total_variation.value > 0.5  # without the other temperature, the weights do change


@by_dtype
def test_a_table_divided_by_1000_is_rounding(dtype):
    result = measure(PE.to(dtype), (PE / 1000).to(dtype))
    assert result.verdict == "ROUNDING"
    assert abs(result.scale.value - 1e-6) <= result.scale.bound
    assert 0 < result.residual.value <= result.residual.bound
    assert result.retempered.total_variation.value <= result.retempered.total_variation.bound


@by_dtype
def test_frequency_compression_is_a_violation_at_its_worst_positions(dtype):
    compressed = Compressed(Sinusoidal(DIM), 1 / LENGTH)(POSITIONS).to(dtype)
    result = measure(PE.to(dtype), compressed)
    assert result.verdict == "VIOLATION"
    assert result.residual.value > result.residual.bound
    assert result.worst.deviation.value > result.worst.deviation.bound
    _, _, largest = exact_fit(exact_gram(PE.to(dtype)), exact_gram(compressed))
    at_worst = deviation_at(result.worst, PE.to(dtype), compressed)
    assert abs(at_worst - result.worst.deviation.value) <= result.worst.deviation.bound
    assert largest - at_worst <= 2 * result.worst.deviation.bound
    assert f"query {result.worst.query}, key {result.worst.key}" in result.reason


@by_dtype
def test_retiming_is_rounding_once_the_encodings_bring_their_error(dtype):
    retimed = Retimed(Sinusoidal(DIM), LatencyMap(0.1, LENGTH, onset=1.7))
    result = measure(
        PE.to(dtype),
        retimed(POSITIONS, dtype),
        error_P=encoding_bound(Sinusoidal(DIM), POSITIONS, dtype),
        error_Q=encoding_bound(retimed, POSITIONS, dtype),
    )
    assert result.verdict == "ROUNDING"
    assert abs(result.scale.value - 1) <= result.scale.bound


def test_a_violation_far_below_the_rounding_of_a_narrow_dtype_is_seen_in_float64():
    changed = PE.clone()
    changed[3, 5] *= 1 + 1e-12
    result = measure(PE, changed)
    assert result.verdict == "VIOLATION"
    assert 3 in (result.worst.query, result.worst.key)
    assert measure(PE.to(torch.float32), changed.to(torch.float32)).verdict == "ROUNDING"


def test_a_negative_scale_is_no_invariance_of_attention():
    """With W_Q W_K^T skew between two halves, exchanging the halves turns every logit into its negative."""
    w = torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=torch.float64)
    skew = Attention(torch.eye(2).double()[None], w[None], torch.eye(2).double()[None])
    table = normal(5, 2)
    result = measure(table, table.flip(1), skew)
    assert result.scale.value == -1
    assert result.verdict == "VIOLATION"
    assert "negative" in result.reason
    assert result.retempered is None


def test_an_unrelated_table_has_no_scale_worth_the_name():
    result = measure(PE, normal(LENGTH, DIM))
    assert result.verdict == "VIOLATION"
    assert "describes little" in result.reason


def test_errors_as_large_as_the_table_leave_it_undecided():
    result = measure(PE, 2 * PE, error_P=torch.full_like(PE, 0.5))
    assert result.verdict == "UNDECIDED"
    assert "as large as" in result.reason
    json.dumps(result.to_dict(), allow_nan=False)


def test_a_scale_whose_sign_is_open_is_undecided():
    """Logits near zero under a skew form, with errors that reach across zero."""
    flat = torch.cat([torch.ones(4, 1), torch.zeros(4, 1)], 1).double()
    other = 1e-9 * flat
    result = measure(flat, other, error_Q=torch.full_like(flat, 2e-9))
    assert result.verdict == "UNDECIDED"


# -- whether the figures are right -----------------------------------------------------------------------------------


@st.composite
def table_pairs(draw):
    """A table and one that is scaled, nearly scaled, rounded, rotated or unrelated; large, small or neither."""
    length, dim = draw(st.integers(2, 6)), draw(st.integers(1, 4))
    table = normal(length, dim, seed=draw(st.integers(0, 2**16)))
    noise = normal(length, dim, seed=draw(st.integers(0, 2**16)))
    size = 10.0 ** draw(st.sampled_from([-16, -12, -8, -3, 0]))
    factor = draw(st.sampled_from([1.0, -1.0, 1 / 1000, 1 / 1024, 3.7]))
    magnitude = 2.0 ** draw(st.sampled_from([0, 0, -200, 200]))
    dtype = draw(st.sampled_from(DTYPES)) if magnitude == 1 else torch.float64
    return (magnitude * table).to(dtype), (factor * (table + size * noise)).to(dtype)


@given(pair=table_pairs())
def test_figures_of_stored_tables_agree_with_exact_arithmetic(pair):
    """With the stored numbers taken as exact, each figure is within its own bound of the exact figure."""
    reference, other = pair
    exactly = torch.zeros(reference.shape, dtype=torch.float64)
    result = measure(reference, other, error_P=exactly, error_Q=exactly)
    scale, residual, _ = exact_fit(exact_gram(reference), exact_gram(other))
    assert float(abs(scale - result.scale.value).abs_lower()) <= result.scale.bound
    assert float(abs(residual - result.residual.value).abs_lower()) <= result.residual.bound
    assert float(abs(deviation_at(result.worst, reference, other) - result.worst.deviation.value).abs_lower()) <= (
        result.worst.deviation.bound
    )


@given(pair=table_pairs(), factor=st.sampled_from([Fraction(1, 3), Fraction(7), Fraction(-1, 10), Fraction(1, 4096)]))
def test_true_multiples_are_never_called_violations(pair, factor):
    """Exact multiples, stored with rounding: no false alarm, in any dtype, at any magnitude."""
    reference, _ = pair
    rows = [[float(Fraction(x) * factor) for x in row] for row in reference.double().tolist()]
    result = measure(reference, torch.tensor(rows, dtype=torch.float64).to(reference.dtype))
    assert result.verdict != "VIOLATION", result.reason
    assert abs(Fraction(result.scale.value) - factor**2) <= Fraction(result.scale.bound)


def test_residuals_below_the_unit_roundoff_are_resolved():
    """P/1000 misses proportionality by about 3e-17 of the logits: the figure has that value to three digits."""
    scaled = PE / 1000
    result = measure(PE, scaled)
    _, residual, _ = exact_fit(exact_gram(PE), exact_gram(scaled))
    assert 1e-18 < residual < 1e-16
    assert abs(result.residual.value - residual) < 1e-3 * residual


def test_multi_head_fit_shares_one_scale():
    heads = layer()
    compressed = Compressed(Sinusoidal(DIM), 1 / LENGTH)(POSITIONS)
    result = measure(PE, compressed, heads)
    logits = []
    for table in (PE, compressed):
        balls = exact.balls(table)
        queries, keys = (balls @ exact.balls(weight) for weight in (heads.w_q, heads.w_k))
        logits.append(queries @ np.swapaxes(keys, 1, 2) * exact.ball(heads.logit_scale))
    scale, residual, largest = exact_fit(*logits)
    assert abs(scale - result.scale.value) <= result.scale.bound
    assert abs(residual - result.residual.value) <= result.residual.bound
    at_worst = abs(logits[1] - scale * logits[0])[result.worst.head, result.worst.query, result.worst.key]
    assert abs(at_worst - result.worst.deviation.value) <= result.worst.deviation.bound
    assert largest - at_worst <= 2 * result.worst.deviation.bound


@pytest.mark.parametrize("causal", [False, True])
def test_weights_agree_with_two_softmaxes(causal):
    heads, mask = layer(), causal_mask(LENGTH) if causal else None
    result = measure(PE, PE / 4, heads, mask=mask)
    zero = torch.zeros_like(PE)
    old, new = (heads.weights(heads.logits(zero, table), mask) for table in (PE, PE / 4))
    # Two softmaxes subtracted are good to a few units per entry.
    slack = LENGTH * 2.0**-50
    assert abs(result.plain.total_variation.value - float((new - old).abs().sum(-1).max() / 2)) <= slack
    assert result.retempered.total_variation.value <= result.retempered.total_variation.bound
    assert result.retempered.total_variation.value <= slack


# -- layers ----------------------------------------------------------------------------------------------------------

LAYERS = {
    "plain": layer(),
    "biased": layer(b_q=normal(2, 4), b_k=normal(2, 4)),
    "rotary": layer(rotary=Rotary(4)),
    "alibi": layer(alibi=Alibi(2)),
    "concatenated": layer(dim=DIM + 3, combine="concatenated"),
}


@pytest.mark.parametrize("kind", LAYERS)
@by_dtype
def test_amplitude_is_an_invariance_of_the_positional_logits_of_every_layer(kind, dtype):
    """`lemma-1` for any projections; biases, rotations and ALiBi do not touch the table's own logits."""
    result = measure(PE.to(dtype), (PE / 3).to(dtype), LAYERS[kind].to(dtype))
    assert result.verdict == "ROUNDING"
    assert abs(result.scale.value - 1 / 9) <= result.scale.bound


@pytest.mark.parametrize("norm", [LayerNorm, RMSNorm])
def test_normalisation_with_eps_breaks_the_scale_and_without_removes_it(norm):
    """`lemma-1-normalised`: eps = 0 removes the amplitude, eps > 0 changes the logits by more than a factor."""
    gain = torch.ones(DIM, dtype=torch.float64)
    table = PE * torch.linspace(0.1, 2.0, LENGTH, dtype=torch.float64)[:, None]  # rows of different size
    removed = measure(table, table / 64, layer(norm=norm(gain, None, eps=0.0)))
    assert removed.verdict == "ROUNDING"
    assert abs(removed.scale.value - 1) <= removed.scale.bound
    assert measure(table, table / 64, layer(norm=norm(gain, None, eps=1e-2))).verdict == "VIOLATION"


# -- masks, other keys, sources, budgets -----------------------------------------------------------------------------


@pytest.mark.parametrize("mask", [causal_mask(LENGTH), Mask(causal=True)], ids=["matrix", "streamed"])
def test_pairs_that_the_mask_hides_do_not_count(mask):
    """A key changed so that only the hidden entries deviate: all later queries are changed back by a second table."""
    other = PE.clone()
    other[-1] = 2 * other[-1] + 1
    seen = measure(PE, PE, keys=(PE, other))
    assert seen.verdict == "VIOLATION"
    assert seen.worst.key == LENGTH - 1
    masked = measure(PE[:-1], PE[:-1], keys=(PE, other), mask=torch.ones(LENGTH - 1, LENGTH).tril().bool())
    assert masked.verdict == "ROUNDING"
    last = measure(PE, PE, keys=(PE, other), mask=mask)
    assert (last.worst.query, last.worst.key) == (LENGTH - 1, LENGTH - 1)


def test_padded_keys_do_not_count():
    padding = torch.arange(LENGTH) < LENGTH - 3
    other = PE.clone()
    other[-3:] += 1.0
    assert measure(PE, PE, keys=(PE, other)).verdict == "VIOLATION"
    assert measure(PE, PE, keys=(PE, other), mask=Mask(keys=padding)).verdict == "ROUNDING"


def test_queries_and_keys_of_a_rotary_encoding_at_shifted_positions():
    """RoPE is exactly invariant; with another frequency in the keys it is not."""
    rotary, q, k = Rotary(DIM), normal(LENGTH, DIM, seed=1), normal(LENGTH, DIM, seed=2)

    def turned(x, shift, base=10000.0):
        return Rotary(DIM, base=base).apply(x, POSITIONS + shift)

    error = 4 * encoding_bound(Sinusoidal(DIM), POSITIONS + 1000).amax() * q.abs().amax()
    bounds = torch.full_like(q, float(error))
    keys = TensorSource(turned(k, 0), "K", bounds), TensorSource(turned(k, 1000), "K'", bounds)
    queries = {"error_P": bounds, "error_Q": bounds}
    found = measure(rotary.apply(q, POSITIONS), turned(q, 1000), keys=keys, **queries)
    assert found.verdict == "ROUNDING"
    assert found.invariance == "Exact"
    wrong = turned(k, 0), turned(k, 1000, base=10001.0)
    assert measure(turned(q, 0), turned(q, 1000), keys=wrong, **queries).verdict == "VIOLATION"


@pytest.mark.parametrize("kind", ["encoding", "generator", "shards", "tensor"])
def test_every_source_gives_the_same_measurement(kind):
    def source(encoding, name):
        table = encoding(POSITIONS)
        return {
            "encoding": lambda: EncodingSource(encoding, LENGTH, name=name),
            "generator": lambda: GeneratedSource(lambda: iter(table.split(5)), name),
            "shards": lambda: JoinedSource(tuple(TensorSource(part, name) for part in table.split(7)), name),
            "tensor": lambda: table,
        }[kind]()

    expected = measure(PE, PE / 1000)
    found = measure(source(Sinusoidal(DIM), "P"), source(Scaled(Sinusoidal(DIM), 1 / 1000), "Q"))
    assert abs(found.residual.value - expected.residual.value) <= found.residual.bound
    assert abs(found.scale.value - expected.scale.value) <= found.scale.bound
    assert (found.verdict, found.invariance) == (expected.verdict, expected.invariance)


@pytest.mark.parametrize(
    ("other", "invariance"),
    [
        (lambda x: x, "Exact"),
        (lambda x: x / 1000, "Scale"),
        (lambda x: x * (1 + POSITIONS[:, None] / 100), "Nothing"),
        (lambda x: normal(LENGTH, DIM), "Nothing"),
    ],
    ids=["itself", "scaled", "rows scaled", "another"],
)
def test_the_strongest_class(other, invariance):
    found = measure(PE, other(PE))
    assert found.invariance == invariance
    assert ("Order" in found.relations) == (invariance == "Nothing")


def test_rows_of_queries_scaled_one_by_one_are_row_affine():
    factors = 1 + POSITIONS.double()[:, None] / 100
    found = measure(PE, factors * PE, keys=(PE, PE))
    assert found.invariance == "RowAffine"
    assert measure(PE, (POSITIONS.double()[:, None] - 7.5) * PE, keys=(PE, PE)).invariance != "RowAffine"


def test_a_constant_in_every_row_is_what_softmax_does_not_see():
    """The keys moved by one vector: every row of the logits gains a constant."""
    found = measure(PE, PE, keys=(PE, PE + normal(1, DIM)))
    assert found.verdict == "VIOLATION"
    assert found.invariance == "RowConstant"


def test_a_small_budget_is_never_silent():
    length = 300
    table = normal(length, DIM, seed=5)
    whole, part = (measure(table, table.half().double(), budget=b) for b in (length**2, 20 * length))
    assert whole.search.complete
    assert whole.plain.complete
    assert part.plain.measured == part.retempered.measured == 20
    assert part.plain.total_variation.value <= whole.plain.total_variation.value
    assert part.plain.total_variation.ceiling >= whole.plain.total_variation.value
    low, high = part.plain.total_variation.interval
    assert low <= whole.plain.total_variation.mean.value <= high
    assert part.search.examined < part.search.entries == length**2
    assert part.search.at_most >= whole.worst.deviation.value
    assert part.scale == whole.scale
    assert re.search(r"budget: .*300", refusal(lambda: measure(table, table, budget=10)))


def test_heads_that_see_nothing_of_the_table_but_rounding_are_undecided():
    """Projections that kill the dominant directions: kappa says how far errors of the tables are magnified."""
    flat = torch.ones(LENGTH, 2, dtype=torch.float64) + 1e-17 * normal(LENGTH, 2)
    flat[:, 1] += 2.0**-52 * (POSITIONS % 2)
    w = torch.tensor([[[1.0], [-1.0]]], dtype=torch.float64)
    found = measure(flat, flat / 3, Attention(w, w, w))
    assert found.verdict == "UNDECIDED"
    assert found.condition > 1e15
    assert f"{found.condition:.3g} times" in found.reason


def test_a_table_beyond_the_range_of_its_dtype_is_a_verdict():
    found, _ = measure_named("sinusoidal", "amplitude(1000000)", dtype="float16")
    assert found.verdict == "OVERFLOW"
    assert re.fullmatch(r"B\[\d+, \d+\] leaves the range of the dtype: -?inf", found.reason)
    assert str(found) == f"OVERFLOW: {found.reason}"
    record = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert record["scale"] == record["residual"] == {"value": None, "bound": None}


# -- what it prints --------------------------------------------------------------------------------------------------


def test_dictionary_and_text():
    result = measure(PE, PE / 1000, layer(), mask=causal_mask(LENGTH))
    record = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    fields = "scale residual worst weights relations invariance sampled condition method verdict reason"
    assert set(record) == set(fields.split())
    assert set(record["scale"]) == set(record["residual"]) == {"value", "bound"}
    assert set(record["worst"]) == {"value", "bound", "positions", "search"}
    assert [len(record["worst"]["positions"])] == [3]
    assert record["worst"]["search"]["examined"] == record["worst"]["search"]["entries"] == LENGTH * (LENGTH + 1)
    assert set(record["weights"]) == {"plain", "retempered"}
    assert record["weights"]["plain"]["measured"] == record["weights"]["plain"]["rows"] == 2 * LENGTH
    assert set(record["relations"]) == {"Exact", "Scale", "RowConstant", "ScaleAndRowConstant"}
    assert record["scale"]["value"] == result.scale.value
    lines = str(result).splitlines()
    assert lines[0].startswith("ROUNDING: every entry")
    assert len(lines) == 7
    assert Figure(1.0, math.inf).to_dict() == {"value": 1.0, "bound": None}


def test_it_is_a_pure_function():
    p, q = PE.clone(), PE / 7
    first, second = measure(p, q).to_dict(), measure(p, q).to_dict()
    assert first == second
    assert torch.equal(p, PE)


# -- bad input -------------------------------------------------------------------------------------------------------


def with_entry(table, index, value):
    broken = table.clone()
    broken[index] = value
    return broken


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((PE[:1], PE[:1]), {}, r"P: .*at least two rows"),
        ((PE.to(torch.complex128), PE), {}, r"P: .*complex128"),
        ((PE, PE.to(torch.int64)), {}, r"Q: .*int64"),
        ((with_entry(PE, (4, 2), math.nan), PE), {}, r"P\[4, 2\]: got nan"),
        ((PE, with_entry(PE, (5, 1), -math.inf)), {}, r"Q\[5, 1\]: got -inf"),
        ((PE[0], PE), {}, r"P: .*shape"),
        ((PE, PE[None]), {}, r"Q: .*shape"),
        ((PE, PE[:-1]), {}, r"Q: .*as P"),
        ((PE, PE[:, :-1]), {}, r"Q: .*as P"),
        ((PE, PE.float()), {}, r"Q: .*float32.*as P"),
        ((torch.zeros_like(PE), PE), {}, r"P: .*not all zero"),
        ((PE, torch.zeros_like(PE)), {}, r"Q: .*not all zero"),
        ((PE, PE, layer(dim=DIM + 1)), {}, r"P: .*17 wide, as the layer"),
        ((PE, PE, layer(dim=DIM - 1, combine="concatenated")), {}, r"P: .*width of at most 15"),
        ((PE, PE), {"error_P": -torch.ones_like(PE)}, r"error_P: .*non-negative"),
        ((PE, PE), {"error_Q": torch.ones(2, 2).double()}, r"error_Q: .*non-negative float64 of shape"),
        ((PE, PE), {"error_Q": torch.full_like(PE, math.inf)}, r"error_Q\[0, 0\]"),
        ((PE, PE), {"mask": causal_mask(3)}, r"mask: .*shape"),
        ((PE, PE), {"mask": torch.zeros(LENGTH, LENGTH, dtype=torch.bool)}, r"mask: .*at least one key"),
        ((PE, 1e200 * PE), {}, r"Q: .*within the range of float64"),
    ],
)
def test_bad_input_is_refused_in_one_line(arguments, options, message):
    assert re.search(message, refusal(lambda: measure(*arguments, **options)))


def test_the_caller_keeps_its_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        measure(PE, PE / 3)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_no_global_precision_is_left_behind():
    flint.ctx.prec = 53
    measure(PE, PE / 1000)
    assert flint.ctx.prec == 53
