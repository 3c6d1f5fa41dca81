"""Sweeps: grids as people write them, rows with bounds, files that are the same after a crash, one line for errors."""

import csv
import json
import logging
import signal
import subprocess
import sys
import time
from pathlib import Path

import jaxtyping
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal
from safetensors.torch import save_file

import phase_latency as pl
from phase_latency import cli
from phase_latency.errors import MissingToolError, PhaseLatencyError
from phase_latency.measuring import measure_named
from phase_latency.running import Outcome
from phase_latency.sweeping import Grid, sweep
from phase_latency.sweeping.files import write_rows
from phase_latency.sweeping.measured import measured, random_head
from phase_latency.sweeping.rows import rows
from phase_latency.sweeping.sweep_table import sweep_table
from phase_latency.sweeping.values import values
from phase_latency.tables import plain_text

ROOT = Path(__file__).resolve().parent.parent
ENCODINGS = ("sinusoidal", "amplitude(1/64)", "compressed(1/64)")
SMALL = Grid(ENCODINGS, {"length": [8, 16], "dim": 4, "dtype": "float64,bfloat16"})
PATIENCE = 120  # seconds; machines that run tests may be busy


# -- values -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coordinate", "given", "expected"),
    [
        ("length", 64, [64]),
        ("length", "64", [64]),
        ("length", "256, 64", [256, 64]),
        ("length", [64, "256"], [64, 256]),
        ("length", range(2, 5), [2, 3, 4]),
        ("seed", "0:4", [0, 1, 2, 3, 4]),
        ("seed", "7, 0:2", [7, 0, 1, 2]),
        ("seed", "3:3", [3]),
        ("length", "2^10", [1024]),
        ("length", "2^3:2^6", [8, 16, 32, 64]),
        ("length", "10^1:10^3, 2^4", [10, 100, 1000, 16]),
        ("dim", "2^2:6", [4, 5, 6]),
        ("dtype", "float32", ["float32"]),
        ("dtype", ["bfloat16", "float64"], ["bfloat16", "float64"]),
    ],
)
def test_values_are_read_as_they_are_written(coordinate, given, expected):
    assert values(coordinate, given) == expected


@given(st.lists(st.integers(2, 2**62), min_size=1, unique=True))
def test_whole_numbers_come_back_from_text(numbers):
    assert values("length", ",".join(map(str, numbers))) == numbers


BAD_VALUES = [
    ("width", "64", "grid: got 'width'; expected one of length, dim, dtype, seed, head_dim"),
    ("length", "", "length: got ''; expected whole numbers, powers and ranges; write for example 64,256"),
    ("length", [], "length: got []; expected at least one value"),
    ("length", "8:4", "length: got '8:4'; expected at least one value"),
    ("length", "1", "length: got 1; expected whole numbers of at least 2"),
    ("length", "64,", "length: got ''; expected whole numbers"),
    ("length", "64,64", "length: got '64,64'; expected at least one value, and none of them twice"),
    ("length", 64.0, "length: got 64.0; expected whole numbers"),
    ("length", True, "length: got True; expected whole numbers"),
    ("length", None, "length: got None; expected whole numbers"),
    ("length", "2**10", "length: got '2**10'; expected whole numbers"),
    ("length", "1e3", "length: got '1e3'; expected whole numbers"),
    ("length", "9" * 30, "length: got '9999"),
    ("length", "2^99", "length: got 633825300114114700748351602688; expected whole numbers of at least 2, and at most"),
    ("length", "2^9999999", "length: got '2^9999999'; expected whole numbers"),
    ("length", "64:", "length: got ''; expected whole numbers"),
    ("length", "1:2:3", "length: got '2:3'; expected whole numbers"),
    ("dim", 0, "dim: got 0; expected whole numbers of at least 1"),
    ("seed", -1, "seed: got -1; expected whole numbers of at least 0"),
    ("seed", "0:999999999999999999", "seed: got '0:999999999999999999'; expected at most 1,000,000 values"),
    ("dtype", "float8", "dtype: got 'float8'; expected one of float64, float32, bfloat16, float16"),
    ("dtype", 64, "dtype: got 64; expected one of float64"),
    ("dtype", "", "dtype: got ''; expected one of float64"),
]


@pytest.mark.parametrize(("coordinate", "given", "message"), BAD_VALUES, ids=[str(bad[:2]) for bad in BAD_VALUES])
def test_bad_values_are_refused_in_one_line_and_at_once(coordinate, given, message):
    started = time.process_time()
    assert refusal(lambda: values(coordinate, given)).startswith(message)
    assert time.process_time() - started < 1


# -- grids --------------------------------------------------------------------------------------------------------


def test_a_grid_goes_through_encodings_first_and_seeds_last():
    grid = Grid(ENCODINGS, {"seed": "0:1", "length": "8,4", "dim": 6})
    points = list(grid.points())
    assert len(points) == grid.size == 8
    assert {point["reference"] for point in points} == {"sinusoidal"}
    assert [(point["encoding"], point["length"], point["seed"]) for point in points] == [
        (encoding, length, seed) for encoding in ENCODINGS[1:] for length in (8, 4) for seed in (0, 1)
    ]
    assert {point["head_dim"] for point in points} == {6}


def test_what_a_grid_leaves_out_is_64_positions_of_width_64_in_float64():
    (point,) = Grid(("sinusoidal", "rank")).points()
    assert point == {
        "reference": "sinusoidal", "encoding": "rank", "length": 64, "dim": 64, "dtype": "float64",
        "seed": None, "head_dim": None,
    }  # fmt: skip


def test_what_a_grid_leaves_out_is_that_of_the_tables(tmp_path):
    rows = pl.Sinusoidal(6)(torch.arange(9), torch.float32)
    save_file({"long": rows, "short": rows[:5] / 3}, tmp_path / "tables.safetensors")
    long, short = (f"{tmp_path}/tables.safetensors:{key}" for key in ("long", "short"))
    np.save(tmp_path / "short.npy", rows[:5].numpy())
    inside = f"amplitude(1/2, compressed(1, {tmp_path}/short.npy))"
    for encodings in ((long, short), ("sinusoidal", inside), (short, "sinusoidal")):
        (point,) = Grid(encodings).points()
        assert (point["length"], point["dim"], point["dtype"]) == (5, 6, "float32")
    (row,) = sweep(Grid((long, short)))
    assert row["verdict"] == "ROUNDING"
    assert abs(row["scale"] - 1 / 9) <= row["scale_bound"]


BAD_GRIDS = [
    ((), {}, "encodings: got (); expected a reference and at least one encoding"),
    (("sinusoidal",), {}, "encodings: got ('sinusoidal',); expected a reference and at least one"),
    ("sinusoidal", {}, "encodings: got 'sinusoidal'; expected a reference and at least one"),
    (("rank", "rank"), {}, "encodings: got ('rank', 'rank'); expected a reference and at least one"),
    (("sinusoidal", "rotary"), {}, "encodings: got 'rotary'; expected encodings that are added to the content"),
    (("sinusoidal", "sinus"), {}, "encoding: got 'sinus'; expected one of sinusoidal,"),
    (("sinusoidal", "nowhere.npy"), {}, "encodings: got 'nowhere.npy'; expected the path of an existing table"),
    (ENCODINGS, {"size": 4}, "grid: got 'size'; expected one of length"),
    (ENCODINGS, {"head_dim": 4}, "head_dim: got 4; expected a grid with seeds"),
    (ENCODINGS, {"seed": "0:99999", "dim": "2:101"}, "grid: got '20,000,000 points'; expected at most 1,000,000"),
    (ENCODINGS, dict.fromkeys(("length", "dim", "seed", "head_dim"), "2:999999"), "grid: got '1,999,98"),
]


@pytest.mark.parametrize(("encodings", "coordinates", "message"), BAD_GRIDS, ids=[bad[2][:40] for bad in BAD_GRIDS])
def test_bad_grids_are_refused(encodings, coordinates, message):
    assert refusal(lambda: Grid(encodings, coordinates)).startswith(message)


# -- rows ---------------------------------------------------------------------------------------------------------


def test_a_row_is_what_measuring_at_its_point_finds():
    found = sweep(SMALL)
    assert [{name: row[name] for name in point} for row, point in zip(found, SMALL.points(), strict=True)] == list(
        SMALL.points()
    )
    for row in found:
        size = {name: row[name] for name in ("length", "dim", "dtype")}
        alone = measure_named(row["reference"], row["encoding"], **size)[0].to_dict()
        assert row["verdict"] == alone["verdict"]
        for name in ("scale", "residual", "worst"):
            assert (row[name], row[f"{name}_bound"]) == (alone[name]["value"], alone[name]["bound"])
    assert {row["verdict"] for row in found if row["encoding"] == "amplitude(1/64)"} == {"ROUNDING"}
    assert {row["verdict"] for row in found if row["dtype"] == "float64" and row["encoding"] != "amplitude(1/64)"} == {
        "VIOLATION"
    }


def test_a_seed_measures_the_logits_of_a_random_head():
    grid = Grid(("sinusoidal", "amplitude(1/8)"), {"length": "6,8", "dim": 4, "seed": "0:2", "head_dim": 3})
    found = sweep(grid)
    for row in found:
        head = random_head(row["seed"], 4, 3)
        size = {"length": row["length"], "dim": 4, "dtype": "float64"}
        alone = measure_named("sinusoidal", "amplitude(1/8)", **size, layer=head)[0].to_dict()
        assert (row["scale"], row["worst_bound"]) == (alone["scale"]["value"], alone["worst"]["bound"])
    assert {row["verdict"] for row in found} == {"ROUNDING"}
    assert len({row["worst_bound"] for row in found}) == 6  # every head is another one


def test_heads_are_normal_with_variance_one_over_dim():
    head = random_head(0, 64, 512)
    assert torch.equal(head.w_q, random_head(0, 64, 512).w_q)
    assert not torch.equal(head.w_q, head.w_k)
    for weight in (head.w_q, head.w_k):
        spread = (64 * weight.square().mean()).item()
        assert abs(spread - 1) < 6 * (2 / weight.numel()) ** 0.5  # six standard errors of a variance


def test_a_point_that_cannot_be_measured_has_an_error_and_the_others_their_figures():
    odd, even = sweep(Grid(("sinusoidal", "amplitude(1/8)"), {"dim": "3,4", "length": 4}))
    assert odd["error"].startswith("dim: got 3; expected an even integer")
    assert (odd["verdict"], odd["scale"]) == (None, None)
    assert (even["error"], even["verdict"]) == (None, "ROUNDING")
    assert list(odd) == list(even)


def test_every_row_has_the_same_columns_and_every_figure_its_bound():
    points = [{"length": 2}, {"length": 3}, {"length": 4}]
    results = [
        {"scale": {"value": 1.5, "bound": None}, "worst": {"value": 2.0, "bound": 0.5, "positions": [0, 1, 2]}},
        {"weights": {"plain": {"kl": {"value": 1.0, "bound": 2.0}}, "retempered": None}, "ties": [3, 4]},
        None,
    ]
    outcomes = [Outcome({}, result, None if result else "failed", 1.0) for result in results]
    found = rows(points, outcomes)
    assert found[0] == {
        "length": 2, "verdict": None, "reason": None, "error": None, "scale": 1.5, "worst": 2.0, "worst_bound": 0.5,
        "worst_head": 0, "worst_query": 1, "worst_key": 2, "weights_plain_kl": None, "weights_plain_kl_bound": None,
        "ties_0": None, "ties_1": None,
    }  # fmt: skip
    assert found[1]["weights_plain_kl_bound"] == 2.0
    assert found[2]["error"] == "failed"
    assert list(found[0]) == list(found[1]) == list(found[2])


def test_a_worker_of_another_version_measures_nothing():
    (point,) = Grid(("sinusoidal", "rank"), {"length": 4, "dim": 4}).points()
    with pytest.raises(
        PhaseLatencyError, match=r"^the worker has phase-latency .*; expected phase-latency 0\.0; install"
    ):
        measured(point, expected_version="phase-latency 0.0")


# -- files --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """Files of a sweep that nothing has interrupted, by their suffix, and the journal of one of them."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    for suffix in (".csv", ".json", ".parquet"):
        sweep(SMALL, out=folder / f"results{suffix}")
    return folder


def read_back(path):
    if path.suffix == ".json":
        return json.loads(path.read_text())["rows"]
    if path.suffix == ".parquet":
        import pyarrow.parquet

        return pyarrow.parquet.read_table(path).to_pylist()
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("suffix", [".csv", ".json", ".parquet"])
def test_files_hold_the_rows_without_loss(suffix, uninterrupted):
    found, stored = sweep(SMALL), read_back(uninterrupted / f"results{suffix}")
    if suffix == ".csv":  # text: what is missing is empty
        found = [{name: "" if value is None else str(value) for name, value in row.items()} for row in found]
    assert stored == found
    assert [list(row) for row in stored] == [list(row) for row in found]


@pytest.mark.parametrize("suffix", [".csv", ".json", ".parquet"])
def test_a_resumed_sweep_writes_the_same_bytes(suffix, uninterrupted, tmp_path):
    name = f"results{suffix}"
    journal = (uninterrupted / f"{name}.journal").read_bytes().splitlines(keepends=True)
    (tmp_path / f"{name}.journal").write_bytes(b"".join([*journal[:4], journal[4][:9]]))
    sweep(SMALL, out=tmp_path / name, resume=True)
    assert (tmp_path / name).read_bytes() == (uninterrupted / name).read_bytes()


def test_processes_and_frames_find_the_same(uninterrupted, tmp_path):
    import pandas as pd

    found = sweep(SMALL, out=tmp_path / "results.parquet", jobs=2)
    assert found == sweep(SMALL)
    assert (tmp_path / "results.parquet").read_bytes() == (uninterrupted / "results.parquet").read_bytes()
    frame = pd.read_parquet(tmp_path / "results.parquet")
    assert list(frame["residual"]) == [row["residual"] for row in found]


def test_a_table_that_has_changed_is_not_mixed_in(tmp_path):
    rows, path, out = pl.Sinusoidal(4)(torch.arange(6)), tmp_path / "table.safetensors", tmp_path / "results.csv"
    save_file({"rows": rows}, path)
    grid = Grid(("sinusoidal", str(path)), {"dtype": "float64,float32"})
    sweep(grid, out=out)
    assert len(sweep(grid, out=out, resume=True)) == 2
    save_file({"rows": rows * 2}, path)
    assert "not one of other tasks" in refusal(lambda: sweep(grid, out=out, resume=True))


BAD_FILES = [
    ("results.txt", "out: got 'results.txt'; expected a name that ends in .parquet, .csv, .json"),
    ("results", "out: got 'results'; expected a name that ends in"),
    ("nowhere/results.csv", "out: got 'nowhere/results.csv'; expected a file in a folder that can be written to"),
    ("/dev/null/results.csv", "out: got '/dev/null/results.csv'; expected a file in a folder that can be written to"),
    ("/proc/results.csv", "out: got '/proc/results.csv'; expected a file in a folder that can be written to"),
    ("folder.csv", "out: got 'folder.csv'; expected a file in a folder that can be written to"),
]


@pytest.mark.parametrize(("name", "message"), BAD_FILES, ids=[bad[0] for bad in BAD_FILES])
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_measured(name, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("folder.csv").mkdir()
    monkeypatch.setattr("phase_latency.sweeping.sweeps.run", lambda *_, **__: pytest.fail("it has run"))
    if name.startswith("/proc"):
        monkeypatch.undo()  # the folder can be written to, says the system, but holds no such file
    assert (
        refusal(lambda: sweep(SMALL, out=Path(name)))
        .replace("journal: got '/proc/results.csv.journal", "out: got '/proc/results.csv")
        .startswith(message)
    )


def test_results_without_a_journal_are_not_overwritten(tmp_path):
    out = tmp_path / "results.csv"
    out.write_text("precious")
    for resume in (False, True):
        message = refusal(lambda resume=resume: sweep(SMALL, out=out, resume=resume))
        assert "expected a new file, or one with its journal beside it; choose another name, or delete it" in message
    assert out.read_text() == "precious"


def test_a_sweep_that_is_there_needs_resume_and_the_same_grid(uninterrupted, tmp_path):
    out = uninterrupted / "results.csv"
    before = out.read_bytes()
    assert "results.csv.journal" in refusal(lambda: sweep(SMALL, out=out))
    other = Grid(ENCODINGS, {"length": [8], "dim": 4})
    assert "not one of other tasks" in refusal(lambda: sweep(other, out=out, resume=True))
    assert "expected a file of results to go on with" in refusal(lambda: sweep(SMALL, resume=True))
    assert out.read_bytes() == before


def test_parquet_without_pyarrow_is_a_missing_tool(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingToolError, match=r"run `pip install 'phase-latency\[parquet\]'`"):
        sweep(SMALL, out=tmp_path / "results.parquet")
    assert list(tmp_path.iterdir()) == []


def test_no_half_written_file_is_left(tmp_path, monkeypatch):
    def full(self, data):
        self.open("wb").close()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert "mend: No space left on device" in refusal(lambda: write_rows(tmp_path / "results.csv", [{"a": 1}]))
    assert list(tmp_path.iterdir()) == []


def test_a_cluster_measures_the_same(uninterrupted, tmp_path):
    import dask
    from distributed import LocalCluster

    options = {"dashboard_address": ":0", "memory_limit": 0, "silence_logs": logging.CRITICAL + 1}
    with (
        dask.config.set({"distributed.comm.timeouts.connect": f"{PATIENCE}s"}),
        LocalCluster(n_workers=2, threads_per_worker=1, **options) as cluster,
    ):
        sweep(SMALL, out=tmp_path / "results.json", cluster=cluster.scheduler_address)
    assert (tmp_path / "results.json").read_bytes() == (uninterrupted / "results.json").read_bytes()


# -- the command line ---------------------------------------------------------------------------------------------


@pytest.fixture
def call(capsys, tmp_path, monkeypatch):
    """The program in this process and an empty folder: exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments):
        jaxtyping.config.update("jaxtyping_disable", True)
        try:
            code = cli.main(["measure", *arguments])
        finally:
            jaxtyping.config.update("jaxtyping_disable", False)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return called


USAGE = [
    (["sinusoidal", "rank", "--grid", "length=1"], "length: got 1; expected whole numbers of at least 2"),
    (["sinusoidal", "rank", "--grid", "size=4"], "grid: got 'size'; expected one of length, dim, dtype"),
    (["sinusoidal", "rank", "--grid", "length"], "--grid: got 'length'; expected NAME=VALUES, or the path"),
    (["sinusoidal", "rank", "--grid", "length="], "length: got ''; expected whole numbers"),
    (["sinusoidal", "rank", "--grid", "dtype=float8"], "dtype: got 'float8'; expected one of float64"),
    (["sinusoidal", "rank", "--grid", "seed=0:9999999"], "seed: got '0:9999999'; expected at most 1,000,000"),
    (["sinusoidal", "rank", "--grid", "dim=4", "--dim", "4"], "--grid: got 'dim'; expected every coordinate once"),
    (["sinusoidal", "rank", "--grid", "dim=4", "--grid", "dim=6"], "--grid: got 'dim'; expected every coordinate once"),
    (["sinusoidal", "--grid", "dim=4"], "Missing argument 'B'"),
    (["--grid", "dim=4"], "Missing argument 'A'"),
    (["sinusoidal", "rotary", "--grid", "dim=4"], "encodings: got 'rotary'; expected encodings that are added"),
    (["sinusoidal", "rank", "rank", "--grid", "dim=4"], "encodings: got ('sinusoidal', 'rank', 'rank'); expected"),
    (["sinusoidal", "rank", "--grid", "nowhere.toml"], "grid: got 'nowhere.toml'; expected a readable grid"),
    (["sinusoidal", "rank", "--out", "results.txt"], "out: got 'results.txt'; expected a name that ends in"),
    (["sinusoidal", "rank", "--out", "nowhere/results.csv"], "out: got 'nowhere/results.csv'; expected a file in"),
    (["sinusoidal", "rank", "--resume"], "resume: got True; expected a file of results to go on with"),
    (["sinusoidal", "rank", "--grid", "dim=4", "--jobs", "0"], "greater than or equal to 1 (got '0')"),
    (["sinusoidal", "rank", "--cluster", "nowhere"], "cluster: got 'nowhere'; expected the address of a dask"),
    (["sinusoidal", "rank", "--jobs", "2", "--cluster", "tcp://a:1"], "jobs: got 2; expected local processes or"),
]


@pytest.mark.parametrize(("arguments", "message"), USAGE, ids=[" ".join(arguments) for arguments, _ in USAGE])
def test_a_usage_error_is_one_line_on_stderr_and_nothing_else(arguments, message, call, tmp_path):
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.startswith("phase-latency: ")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


BAD_GRID_FILES = [
    ("grid.toml", "length = [64", "grid: got 'grid.toml'; expected a readable grid in TOML or JSON; mend: "),
    ("grid.json", "{", "grid: got 'grid.json'; expected a readable grid in TOML or JSON; mend: "),
    ("grid.json", "[1]", "grid: got 'grid.json'; expected a readable grid in TOML or JSON"),
    ("grid.json", '{"encodings": "rank"}', "grid: got 'grid.json'; expected a readable grid"),
    ("grid.toml", "encodings = [1]", "grid: got 'grid.toml'; expected a readable grid"),
    ("grid.toml", "length = 64.5", "length: got 64.5; expected whole numbers"),
    ("grid.toml", "[length]\nx = 1", "length: got {'x': 1}; expected whole numbers"),
    ("grid.toml", "length = '\0'", "grid: got 'grid.toml'; expected a readable grid"),
    ("grid.toml", 'encodings = ["rank", "sinusoidal"]', "--grid: got 'grid.toml'; expected encodings in the file or"),
]


@pytest.mark.parametrize(("name", "text", "message"), BAD_GRID_FILES, ids=[bad[1] for bad in BAD_GRID_FILES])
def test_a_grid_file_that_is_none_is_refused(name, text, message, call):
    Path(name).write_text(text)
    code, out, err = call("sinusoidal", "rank", "--grid", name)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_a_sweep_prints_a_row_with_bounds_for_each_point(call):
    code, out, err = call(*ENCODINGS, "--grid", "length=8,16", "--dim", "4")
    lines = out.splitlines()
    assert (code, err) == (1, "")
    assert lines[0] == "against sinusoidal, dim 4, dtype float64"
    assert lines[2].split() == [
        "encoding",
        "length",
        "verdict",
        "scale",
        "bound",
        "residual",
        "bound",
        "worst",
        "bound",
    ]
    assert [line.split()[:4] for line in lines[4:6]] == [
        ["amplitude(1/64)", length, "ROUNDING", "0.000244141"] for length in ("8", "16")
    ]
    assert [line.split()[:3] for line in lines[6:8]] == [["compressed(1/64)", n, "VIOLATION"] for n in ("8", "16")]
    assert all(len(line.split()) == 9 for line in lines[4:8])
    assert lines[-1] == "4 measured: 2 ROUNDING, 2 VIOLATION"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["sinusoidal", "amplitude(1/64)", "--grid", "dim=4,6"], 0),
        (["sinusoidal", "compressed(1/64)", "--grid", "dim=4,6"], 1),
        (["sinusoidal", "amplitude(1/64)", "--grid", "dim=4,5"], 2),
        (["sinusoidal", "compressed(1/64)", "--grid", "dim=4,5"], 1),
    ],
)
def test_exit_codes(arguments, code, call):
    returned, out, _ = call(*arguments, "--length", "8", "--json")
    assert returned == code
    found = json.loads(out)["rows"]
    assert len(found) == 2
    quiet = call(*arguments, "--length", "8", "--quiet")
    assert quiet[0] == code
    assert bool(quiet[1]) == bool(code)
    wrong = sum(row["verdict"] == "VIOLATION" or row["error"] is not None for row in found)
    assert quiet[1].count("VIOLATION") + quiet[1].count("ERROR  ") >= min(wrong, 1)


def test_a_grid_may_stand_in_a_file(call):
    coordinates = {"length": [8, "4"], "dim": 4, "seed": "0:1"}
    Path("grid.json").write_text(json.dumps({"encodings": ["sinusoidal", "amplitude(1/8)"], **coordinates}))
    Path("grid.toml").write_text('length = [8, "4"]\nseed = "0:1"\n')
    printed = [
        call("--grid", "grid.json", "--json"),
        call("sinusoidal", "amplitude(1/8)", "--grid", "grid.toml", "--grid", "dim=4", "--json"),
        call("sinusoidal", "amplitude(1/8)", "--grid", "length=8,4", "--grid", "seed=0:1", "--dim", "4", "--json"),
    ]
    assert printed[0] == printed[1] == printed[2]
    assert len(json.loads(printed[0][1])["rows"]) == 4


def test_out_alone_keeps_one_measurement_and_resume_goes_on(call):
    arguments = ("sinusoidal", "amplitude(1/8)", "--length", "8", "--dim", "4", "--out", "results.json")
    code, out, _ = call(*arguments)
    assert (code, out.splitlines()[-1]) == (0, "1 measured: 1 ROUNDING")
    assert len(json.loads(Path("results.json").read_text())["rows"]) == 1
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert "journal: got 'results.json.journal'; expected a new file" in err
    assert call(*arguments, "--resume")[0] == 0


def test_an_interruption_says_how_to_go_on(call, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("phase_latency.sweeping.sweep", interrupted)
    code, out, err = call("sinusoidal", "rank", "--grid", "dim=4", "--out", "results.csv")
    assert (code, out) == (130, "")
    assert err == ("phase-latency: interrupted; what is finished is kept beside results.csv; go on with --resume\n")
    _, _, err = call("sinusoidal", "rank", "--grid", "dim=4")
    assert err == "phase-latency: interrupted; nothing is kept without --out\n"


def test_a_long_table_shows_what_is_no_rounding():
    (row,) = sweep(Grid(("sinusoidal", "amplitude(1/8)"), {"length": 4, "dim": 4}))
    bad = row | {"verdict": "VIOLATION"}
    failed = row | {"verdict": None, "error": "short of memory", "scale": None}
    shown = plain_text(sweep_table([row | {"seed": seed} for seed in range(150)] + [bad, failed, failed]))
    assert shown.count("ROUNDING") == 1
    assert "ERROR at 2 points: short of memory" in shown
    assert shown.splitlines()[-1] == "153 measured: 2 ERROR, 150 ROUNDING, 1 VIOLATION; 150 not shown"
    harmless, overflow = [row | {"verdict": verdict} for verdict in ("UNDECIDED", "OVERFLOW")]
    assert plain_text(sweep_table([row, harmless], quiet=True)) == ""
    assert plain_text(sweep_table([row, overflow, failed, bad], quiet=True)).endswith("; 1 not shown")


def test_kill_9_and_resume_give_the_same_bytes(tmp_path):
    """The program is killed while two processes measure."""
    out, whole = tmp_path / "results.parquet", tmp_path / "whole.parquet"
    journal = out.with_name("results.parquet.journal")
    process = subprocess.Popen(
        [sys.executable, "-m", "phase_latency", "measure", *ENCODINGS, "--grid", "seed=0:14", "--dim", "16",
         "--out", str(out), "--jobs", "2"],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    end = time.monotonic() + PATIENCE
    while process.poll() is None and not (journal.exists() and journal.read_bytes().count(b"\n") > 3):
        assert time.monotonic() < end, "nothing is measured"
        time.sleep(0.01)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert not out.exists()
    assert 3 <= journal.read_bytes().count(b"\n") - 1 < 30
    grid = Grid(ENCODINGS, {"seed": "0:14", "dim": 16})
    resumed = sweep(grid, out=out, resume=True)
    assert resumed == sweep(grid, out=whole)
    assert out.read_bytes() == whole.read_bytes()
    assert journal.read_bytes().count(b"\n") == 31
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{name}.parquet{end}" for name in ("results", "whole") for end in ("", ".journal")
    }
