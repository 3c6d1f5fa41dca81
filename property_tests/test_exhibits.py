"""What figures show: held against NumPy and mpmath, from the definitions and without code of the package."""

import itertools
import json

import mpmath
import numpy as np
import pytest
import torch
from appendix_records import ledger_record

from phase_latency.exhibits.readings import readings
from phase_latency.exhibits.spiking import _raster, spiking


@pytest.fixture(scope="module")
def found():
    return ledger_record()["exhibits"]


def test_similarities_are_sums_of_cosines(found):
    shown = found["similarity"]
    length, dim = shown["length"], shown["dim"]
    assert (length, dim, shown["factor"]) == (128, 128, 1 / 128)
    frequencies = [mpmath.mpf(10000) ** (-mpmath.mpf(2 * i) / dim) for i in range(dim // 2)]
    for name, factor, scale in (("sinusoidal", 1, 1), ("amplitude", 1, 1 / 128**2), ("compressed", 1 / 128, 1)):
        each = shown["encodings"][name]
        for distance in (0, 1, 5, 64, 127):
            exact = scale * sum(mpmath.cos(w * distance * factor) for w in frequencies)
            assert abs(each["values"][distance] - exact) <= each["bound"]


def test_the_slope_is_that_of_lemma_1_and_compression_has_none(found):
    amplitude, compressed = (found["similarity"]["encodings"][name] for name in ("amplitude", "compressed"))
    assert abs(amplitude["scale"]["value"] - 128**-2) <= amplitude["scale"]["bound"]
    assert amplitude["residual"]["value"] <= amplitude["residual"]["bound"]
    assert compressed["residual"]["value"] > 1e6 * compressed["residual"]["bound"]
    assert (amplitude["verdict"], compressed["verdict"]) == ("ROUNDING", "VIOLATION")


def test_how_often_similarity_rises_is_counted_exactly(found):
    for each in found["similarity"]["encodings"].values():
        assert each["rises"] == int((np.diff(each["values"]) > 0).sum())
    assert found["similarity"]["encodings"]["compressed"]["rises"] == 0
    assert found["similarity"]["encodings"]["sinusoidal"]["rises"] == 47


def test_attention_weights_are_the_softmax_of_the_logits():
    shown = readings(3)
    length, dim = shown["length"], shown["dim"]
    generator = torch.Generator().manual_seed(3)
    w_q, w_k = (torch.randn(1, dim, dim, generator=generator, dtype=torch.float64)[0].numpy() for _ in range(2))
    content = torch.randn(length, dim, generator=generator, dtype=torch.float64).numpy()
    rates = 10000.0 ** (-np.arange(0, dim, 2) / dim)

    def weights(factor, amplitude):
        angles = factor * np.arange(length)[:, None] * rates
        table = np.stack([np.sin(angles), np.cos(angles)], -1).reshape(length, dim)
        x = content + amplitude * table
        logits = (x @ w_q) @ (x @ w_k).T / dim / dim**0.5
        powers = np.exp(logits - logits.max(-1, keepdims=True))
        return powers / powers.sum(-1, keepdims=True)

    reference = weights(1, 1)
    cases = {"as it is": (1, 1), "re-timed": (1, 1), "amplitude": (1, 1 / length), "compressed": (1 / length, 1)}
    for name, (factor, amplitude) in cases.items():
        expected = weights(factor, amplitude)
        variation = np.abs(expected - reference).sum(-1).max() / 2
        each = shown["readings"][name]
        assert np.abs(np.array(each["weights"]) - expected).max() < 1e-12
        assert abs(each["total_variation"]["value"] - variation) < 1e-12
    assert shown["readings"]["re-timed"]["total_variation"]["value"] < 1e-12
    assert shown["readings"]["amplitude"]["total_variation"]["value"] > 0.1


def test_scaling_is_within_its_bound_and_compression_is_not(found):
    series = found["errors"]["series"]
    assert list(series) == ["float64", "float32", "bfloat16", "float16", "compressed, float64"]
    for name, rows in series.items():
        assert len(rows) == len(found["errors"]["lengths"])
        for row in rows:
            within = row["value"] <= row["bound"]
            assert within is not name.startswith("compressed")
            assert row["verdict"] == ("ROUNDING" if within else "VIOLATION")
    assert all(a["bound"] < b["bound"] for a, b in zip(series["float64"], series["float32"], strict=True))


def test_behind_a_normalisation_the_factor_is_the_predicted_one(found):
    shown = found["epsilon"]
    assert list(shown["series"]) == ["1e-05", "1e-06", "1e-12"]
    for name, rows in shown["series"].items():
        eps = mpmath.mpf(float(name))
        for a, row in zip(shown["amplitudes"], rows, strict=True):
            exact = (mpmath.mpf(1) / 2 + eps) / (mpmath.mpf(1) / 2 + eps / mpmath.mpf(a) ** 2)
            assert abs(row["value"] - exact) <= row["bound"]
            assert abs(row["predicted"] - exact) < 1e-15
        assert shown["predicted"][name][0] == 1
    assert shown["series"]["1e-05"][-1]["value"] < 1e-3 < 0.99 < shown["series"]["1e-12"][-1]["value"]


def test_profiles_are_those_of_the_encodings(found):
    profiles = {each["encoding"]: each for each in found["profiles"]["built_in"]}
    classes = {
        name: {row["under"].partition("(")[0]: row["class"] for row in each["rows"]} for name, each in profiles.items()
    }
    assert list(profiles)[:3] == ["sinusoidal", "amplitude 1/64", "compressed 1/64"]
    assert all(each["Shift"] == "Exact" for each in classes.values())
    assert classes["sinusoidal"]["Amplitude"] == classes["ALiBi"]["Compress"] == "Scale"
    assert classes["sinusoidal"]["Compress"] == classes["rotary"]["Permute"] == "Nothing"
    assert classes["rank"]["Permute"] == "Exact"


@pytest.fixture(scope="module")
def spikes(found):
    return found["spiking"]


def test_a_spike_comes_after_every_input_of_its_causal_set(spikes):
    rows, causal = spikes["raster"]["times"], spikes["raster"]["causal"]
    for before, after, sets in zip(rows, rows[1:], causal, strict=False):
        for fired, members in zip(after, sets, strict=True):
            for arrived, takes_part in zip(before, members, strict=True):
                assert takes_part == (fired is not None and arrived is not None and arrived <= fired)


def test_on_a_wheel_with_a_high_threshold_latency_is_affine_in_the_dot_product(spikes):
    wheel = spikes["wheel"]
    for product, latency in zip(wheel["products"], wheel["latencies"]["high"], strict=True):
        assert abs(latency - (wheel["thresholds"]["high"] - product)) < 1e-12
        assert latency >= wheel["last"] - 1e-12
    assert min(wheel["latencies"]["low"]) < wheel["last"]


def test_the_published_constant_grows_and_what_is_found_stays_below_the_sharp_one(spikes):
    depth = spikes["depth"]
    assert all(b > 4 * a for a, b in itertools.pairwise(depth["published"]))
    assert depth["sharp"] == [1.0] * len(depth["depths"])
    assert all(0.9 < found < 1 + 1e-9 for found in depth["found"])
    assert max(depth["inhibited"]) > 2


def test_errors_stay_below_their_bounds_and_fall_as_predicted(spikes):
    codes = spikes["codes"]
    for name in ("independent", "inhibited", "latency"):
        assert all(row["value"] <= row["bound"] for row in codes[name])
    for each in codes["slopes"].values():
        assert each["low"] < each["value"] < each["high"]
        assert abs(each["value"] - each["predicted"]) < 0.05
    assert codes["certified"]["value"] <= codes["certified"]["bound"] < 1e-12


def test_figures_on_spiking_neurons_depend_on_the_seed_alone(spikes):
    assert json.loads(json.dumps(spiking(0))) == spikes
    assert _raster(0) == spikes["raster"] != _raster(1)
