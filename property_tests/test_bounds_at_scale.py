"""Bounds at scale: a few cases of the stored run, repeated; and what the run would have said of a bound that fails."""

import json
import math
from dataclasses import replace

import bounds_at_scale
import pytest
import torch
from bounds_at_scale import (
    DTYPES,
    FREQUENCY_CASES,
    INVARIANCES,
    QUANTITIES,
    STORED,
    FrequencyError,
    Invariance,
    compared,
    drawn_layer,
    measured,
    name_of,
    record,
    run,
    smallest,
    summary,
    try_frequency,
    try_invariance,
    try_layer,
    turning_heads,
    twins,
    versions,
)
from packaging.version import Version

from phase_latency.encodings import Compressed, Sinusoidal
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.encodings import bounded_encoding

NAMES = [name_of(dtype) for dtype in DTYPES]
NARROW = ("bfloat16", "float16")
# Spread over the run that is stored; the steps are odd, so that every dtype has its turn.
LAYERS, MEASURED = range(0, 100_000, 2501), range(0, 20_000, 501)
SHORT = [number for number, (_, length, _) in enumerate(FREQUENCY_CASES) if length == 64]


@pytest.fixture(scope="module")
def stored():
    return json.loads(STORED.read_text(encoding="utf-8"))


# -- cases of the stored run, on the present code ---------------------------------------------------------------------


@pytest.mark.parametrize("seed", LAYERS)
def test_no_bound_of_a_layer_is_exceeded(seed):
    found = try_layer(seed)
    assert all(found[name]["ratio"] <= 1 and not found[name]["exceeded"] for name in QUANTITIES if name in found), found


@pytest.mark.parametrize("name", NARROW)
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_the_largest_stored_ratio_is_found_again(name, quantity, stored):
    largest = stored["layers"][name][quantity]
    found = try_layer(largest["largest at"]["seed"])
    assert found["features"] == largest["largest at"]["features"]
    assert 0.1 <= found[quantity]["ratio"] <= 1


@pytest.mark.parametrize("seed", MEASURED)
def test_no_alarm_for_a_true_invariance(seed):
    found = try_invariance(seed)
    assert found["verdict"] in ("ROUNDING", "UNDECIDED"), found
    assert not found["off"], found


@pytest.mark.parametrize("number", SHORT)
def test_an_error_of_frequencies_is_seen_within_twice_the_smallest_that_must_be(number):
    found = try_frequency(number)
    assert found["ratio"] <= 2, found
    assert found["missed"] == []


# -- what is stored ---------------------------------------------------------------------------------------------------


def test_the_run_is_as_large_and_as_good_as_is_claimed(stored):
    rows = summary(stored)
    assert [row["dtype"] for row in rows] == NAMES
    assert sum(row["layers"] for row in rows) >= 100_000
    assert len(stored["frequencies"]) == len(FREQUENCY_CASES)
    for row in rows:
        assert row["layers"] >= 24_000
        assert row["invariances"] >= 1_000
        assert row["exceeded"] == row["false alarms"] == row["missed"] == 0
        assert row["largest detection ratio"] <= 2
        assert all(row[f"largest ratio, {name}"] <= 1 for name in QUANTITIES)
        assert row["dtype"] not in NARROW or all(row[f"largest ratio, {name}"] >= 0.1 for name in QUANTITIES)


def test_most_invariances_are_decided(stored):
    for name in NAMES:
        found = stored["invariances"][name]
        assert found["exceptions"] == []
        assert found["verdicts"]["ROUNDING"] >= 0.9 * found["tried"]
        assert len(found["by kind"]) == len(set(INVARIANCES))
        assert found["long"] > 0


def test_bounds_are_finite_where_layers_do_not_overflow(stored):
    for name in NAMES:
        found = stored["layers"][name]
        assert found["outcomes"]["tried"] >= 0.95 * found["layers"]
        assert all(found[quantity]["open"] <= 0.01 * found[quantity]["entries"] for quantity in QUANTITIES)


def test_counts_add_up(stored):
    for name in NAMES:
        layers, found = stored["layers"][name], stored["invariances"][name]
        assert sum(layers["outcomes"].values()) == layers["layers"]
        for parts in ("by kind", "by heads"):
            counted = [number for verdicts in found[parts].values() for number in verdicts.values()]
            assert sum(counted) == sum(found["verdicts"].values()) == found["tried"]


def test_the_run_says_what_it_ran_on(stored):
    assert set(stored["versions"]) == set(versions())
    assert Version(stored["versions"]["phase-latency"]) <= Version(versions()["phase-latency"])
    assert Version(stored["versions"]["torch"]) >= Version("2.13")


# -- the checks can refuse --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4, 8), ids=NAMES)
def test_twin_a_wrong_layer_is_beyond_its_bound(seed):
    case = drawn_layer(seed)
    wrong = replace(case, layer=replace(case.layer, scale=1.5 * case.layer.logit_scale))
    computed, bound = wrong.layer.logits(*wrong.inputs), next(twins(case)).error
    found = compared(computed, bound, next(twins(case.wide())))
    assert found["exceeded"] > 0
    assert found["ratio"] > 1


def test_twin_what_is_not_a_number_is_beyond_every_bound():
    nothing = torch.tensor([math.nan, 1.0])
    found = compared(nothing, torch.ones(2).double(), Bounded.exact(torch.ones(2).double()))
    assert (found["entries"], found["open"], found["exceeded"]) == (2, 0, 1)


def test_twin_entries_without_a_bound_are_counted_apart():
    found = compared(torch.ones(2), torch.tensor([math.inf, 1.0]).double(), Bounded.exact(torch.zeros(2).double()))
    assert (found["entries"], found["open"], found["exceeded"]) == (1, 1, 0)


@pytest.mark.parametrize("dtype", DTYPES, ids=NAMES)
def test_twin_a_broken_invariance_is_an_alarm(dtype):
    positions, encoding = torch.arange(32), Sinusoidal(8)
    tables = [bounded_encoding(each, positions, dtype) for each in (encoding, Compressed(encoding, 1.05))]
    found = measured(Invariance(*tables, None, 1, "Gram"), errors=True)
    assert found["verdict"] == "VIOLATION"
    assert found["ratio"] > 1


def test_twin_a_wrong_scale_is_noticed():
    table = bounded_encoding(Sinusoidal(8), torch.arange(32))
    assert measured(Invariance(table, table, None, 2, "Gram"), errors=True)["off"] == ["scale"]


def test_twin_alarms_excesses_and_misses_are_counted():
    quantity = {"entries": 4, "open": 0, "exceeded": 1, "ratio": 1.5}
    layer = {"seed": 7, "dtype": "float16", "features": ["additive"], "outcome": "tried", "logits": quantity}
    alarm = {"seed": 3, "dtype": "float16", "kind": "amplitude", "heads": "Gram", "verdict": "VIOLATION", "reason": ""}
    alarm |= {"length": 2, "ratio": 2.0, "off": []}
    missed = {"seed": 0, "dtype": "float16", "length": 64, "heads": "Gram", "ratio": 3.0, "missed": [2.0, 2.5]}
    kept = record({"layers": [layer], "invariances": [alarm], "frequencies": [missed]})
    assert kept["layers"]["float16"]["logits"]["exceeded by"] == [7]
    assert kept["invariances"]["float16"]["exceptions"] == [alarm]
    row = summary(json.loads(json.dumps(kept)))[-1]
    assert (row["exceeded"], row["false alarms"], row["missed"]) == (1, 1, 2)
    assert row["largest ratio, logits"] == 1.5
    assert row["largest detection ratio"] == 3.0


# -- the parts of the run ---------------------------------------------------------------------------------------------


def test_the_smallest_number_is_found_from_either_side():
    for guess in (1e-6, 1e-3, 0.5):
        assert 1e-3 <= smallest(lambda x: x >= 1e-3, guess) <= 1.01e-3
    assert smallest(lambda x: False, 0.3) >= 1
    assert smallest(lambda x: True, 0.3) <= 1e-29


@pytest.mark.parametrize("layer", [None, turning_heads(torch.Generator().manual_seed(0), 64, 2)], ids=["Gram", "heads"])
def test_exact_deviations_agree_with_dense_ones(layer):
    """By the distance of the positions, or from two tables as a matrix: the same up to the rounding of the latter."""
    case, error = FrequencyError(torch.float64, 24, layer), 1e-3
    w_q, w_k, scale = case.projections
    first, second = (scale * (table.value @ w_q) @ (table.value @ w_k).mT for table in case.tables(error))
    deviation = (second - (first * second).sum() / (first * first).sum() * first).abs()
    logits, by_lag, pairs = case.exactly(error)
    lags = torch.arange(24)[None, :] - torch.arange(24)[:, None] + 23
    slack = 2.0**-40 * float(first.abs().max())
    assert float((by_lag[:, lags] - deviation).abs().max()) <= slack
    assert float((logits[:, lags] - first).abs().max()) <= slack
    assert float(pairs.sum()) == 24**2


def test_errors_of_tables_are_carried_to_the_logits():
    case = FrequencyError(torch.bfloat16, 12, turning_heads(torch.Generator().manual_seed(0), 64, 2))
    w_q, w_k, scale = case.projections
    carried = sum((scale * (table @ w_q) @ (table @ w_k).mT).error for table in wide_tables(case, 1e-3))
    least, total = case.explained(1e-3)
    for lag in range(-11, 12):
        diagonal = carried.diagonal(lag, 1, 2)
        # The bounded product adds the rounding of float64, which is nothing beside the errors of bfloat16.
        for sum_or_least, bound in ((least[:, lag + 11], diagonal.amin(1)), (total[:, lag + 11], diagonal.sum(1))):
            assert bool((sum_or_least <= bound).all())
            assert bool((sum_or_least >= (1 - 1e-6) * bound).all())


def wide_tables(case, error):
    return [Bounded(table.value.double(), table.error) for table in case.tables(error)]


def test_an_interrupted_run_is_taken_up(tmp_path, monkeypatch):
    journal = tmp_path / "run.partial"
    first = run({"layers": range(3)}, 1, journal)
    with journal.open("a", encoding="utf-8") as lines:
        lines.write('["layers", {"seed": 3, "dt')
    whole = run({"layers": range(4), "invariances": range(2)}, 1, journal)
    assert whole["layers"] == [*first["layers"], try_layer(3)]
    assert [case["seed"] for case in whole["invariances"]] == [0, 1]
    monkeypatch.setattr(bounds_at_scale, "versions", lambda: {"torch": "another"})
    with pytest.raises(SystemExit, match="other versions"):
        run({"layers": range(4)}, 1, journal)


def test_a_case_follows_from_its_number_alone():
    assert try_layer(41) == try_layer(41)
    assert try_invariance(41) == try_invariance(41)
