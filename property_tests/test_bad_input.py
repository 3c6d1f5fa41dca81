"""Bad input to every public callable: one line that names the argument, shows the value and says what to do.

One table for the whole public face; what each room refuses beyond that is tested with the room.
"""

import inspect
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from planted import Entry, square_of_sum
from refusals import refusal

import phase_latency as pl
from phase_latency import cli
from phase_latency.encodings import parse_encoding
from phase_latency.ledger import discovery, statement
from phase_latency.ledger.serial import recheck, write_derivation
from phase_latency.masks import causal_mask, masked_logits, padding_mask
from phase_latency.measuring import measure_named
from phase_latency.normalisation import LayerNorm, RMSNorm
from phase_latency.proving import derivations, write_derivations

NAN, INF = float("nan"), float("inf")
PLAIN = pl.Sinusoidal(4)
MAP = pl.LatencyMap(window=0.1, length=4)
POSITIONS = torch.arange(3)
ROWS = PLAIN(POSITIONS)
WEIGHT = torch.ones(2, 4, 2, dtype=torch.float64)
LAYER = pl.Attention(WEIGHT, WEIGHT, WEIGHT)


def complex_rows():
    return ROWS.to(torch.complex128)


def with_nan(rows):
    """What an encoding of a user's own may return."""
    return torch.where(torch.arange(4) == 1, NAN, rows)


def multihead(**options):
    return torch.nn.MultiheadAttention(4, 2, **options)


def derivation_file(directory, spoil):
    """A derivation on disk, spoilt."""
    path = Path(directory) / "derivation.json"
    write_derivation(statement("lemma-1-rotary"), path)
    path.write_text(spoil(path.read_text()))
    return path


def without_claims(text):
    return json.dumps(json.loads(text) | {"claims": [{}]})


def registering(monkeypatch, entry, call):
    """A call while another package registers something that is no statement."""
    with monkeypatch.context() as patch:
        patch.setattr(discovery, "entry_points", lambda group: [entry])
        return call()


# name of the callable, what is wrong, the call, and how the message begins.  A call may take the two fixtures.
BAD = [
    # -- the latency map
    ("LatencyMap", "T = 0", lambda: pl.LatencyMap(0.0, 4), "window: got 0.0; expected a finite number of seconds > 0"),
    ("LatencyMap", "T < 0", lambda: pl.LatencyMap(-1.0, 4), "window: got -1.0; expected a finite number"),
    ("LatencyMap", "T not finite", lambda: pl.LatencyMap(INF, 4), "window: got inf; expected a finite number"),
    ("LatencyMap", "T no number", lambda: pl.LatencyMap("1", 4), "window: got '1'; expected a finite number"),
    ("LatencyMap", "L < 2", lambda: pl.LatencyMap(0.1, 1), "length: got 1; expected an integer >= 2"),
    ("LatencyMap", "L no integer", lambda: pl.LatencyMap(0.1, 4.0), "length: got 4.0; expected an integer >= 2"),
    ("LatencyMap", "onset NaN", lambda: pl.LatencyMap(0.1, 4, NAN), "onset: got nan; expected a finite number"),
    ("LatencyMap.phase", "w = 0", lambda: MAP.phase(0.0, 0.0), "w: got 0.0; expected a frequency > 0"),
    ("LatencyMap.latency_of_phase", "w < 0", lambda: MAP.latency_of_phase(0.0, -1.0), "w: got -1.0;"),
    ("LatencyMap.period", "w = 0", lambda: MAP.period(torch.zeros(2)), "w: got Tensor of shape (2,)"),
    ("LatencyMap.wrapped_phase", "w < 0", lambda: MAP.wrapped_phase(1, -2.0), "w: got -2.0;"),
    ("LatencyMap.rank", "NaN", lambda: MAP.rank([0.0, NAN]), "latencies: got nan; expected finite numbers of seconds"),
    # -- encodings
    ("Sinusoidal", "odd width", lambda: pl.Sinusoidal(7), "dim: got 7; expected an even integer >= 2"),
    ("Sinusoidal", "no width", lambda: pl.Sinusoidal(0), "dim: got 0; expected an even integer >= 2"),
    ("Sinusoidal", "base", lambda: pl.Sinusoidal(4, -1.0), "base: got -1.0; expected a finite number > 0"),
    ("Sinusoidal", "layout", lambda: pl.Sinusoidal(4, layout="half"), "layout: got 'half'; expected one of"),
    ("Sinusoidal.__call__", "empty", lambda: PLAIN(POSITIONS[:0]), "positions: got Tensor of shape (0,)"),
    ("Sinusoidal.__call__", "rank", lambda: PLAIN(POSITIONS[None]), "positions: got Tensor of shape (1, 3)"),
    ("Sinusoidal.__call__", "dtype", lambda: PLAIN(POSITIONS.float()), "positions: got Tensor of shape (3,) and dtype"),
    ("Sinusoidal.__call__", "list", lambda: PLAIN([0, 1]), "positions: got [0, 1]; expected a torch tensor"),
    ("Sinusoidal.__call__", "NaN", lambda: PLAIN(POSITIONS * NAN), "positions: got Tensor of shape (3,)"),
    ("Sinusoidal.__call__", "result", lambda: PLAIN(POSITIONS, torch.int64), "dtype: got torch.int64;"),
    ("Sinusoidal.of_phases", "dtype", lambda: PLAIN.of_phases(ROWS, torch.complex64), "dtype: got torch.complex64;"),
    ("Scaled", "NaN", lambda: pl.Scaled(PLAIN, NAN), "a: got nan; expected a finite number"),
    ("Scaled", "rotary", lambda: pl.Scaled(pl.Rotary(4), 2.0), "encoding: got Rotary(dim=4"),
    ("Scaled.__call__", "dtype", lambda: pl.Scaled(PLAIN, 2.0)(POSITIONS, torch.int8), "dtype: got torch.int8;"),
    ("Compressed", "factor", lambda: pl.Compressed(PLAIN, 0.0), "factor: got 0.0; expected a finite number > 0"),
    ("Compressed.__call__", "empty", lambda: pl.Compressed(PLAIN, 0.5)(POSITIONS[:0]), "positions: got Tensor"),
    ("Retimed", "no map", lambda: pl.Retimed(PLAIN, 0.1), "latency_map: got 0.1; expected a LatencyMap"),
    ("Retimed", "rank code", lambda: pl.Retimed(pl.Rank(4), MAP), "encoding: got Rank(size=4); expected a Sinusoidal"),
    ("Retimed.__call__", "rank", lambda: pl.Retimed(PLAIN, MAP)(POSITIONS[None]), "positions: got Tensor of shape (1"),
    ("Retimed.of_latencies", "dtype", lambda: pl.Retimed(PLAIN, MAP).of_latencies(ROWS[0].float()), "latencies: got"),
    ("Rank", "size", lambda: pl.Rank(0), "size: got 0; expected an integer >= 1"),
    ("Rank.__call__", "outside", lambda: pl.Rank(2)(POSITIONS), "positions: got 2.0; expected whole numbers in 0..1"),
    ("Rank.__call__", "negative", lambda: pl.Rank(2)(POSITIONS - 1), "positions: got -1.0; expected whole numbers"),
    ("Table", "NaN", lambda: pl.Table(with_nan(ROWS)), "rows[0, 1]: got nan; expected finite values"),
    ("Table", "complex", lambda: pl.Table(complex_rows()), "rows: got torch.complex128; expected a real floating"),
    ("Table", "rank", lambda: pl.Table(ROWS[0]), "rows: got Tensor of shape (4,)"),
    ("Table", "empty", lambda: pl.Table(ROWS[:0]), "rows: got Tensor of shape (0, 4)"),
    ("Table", "array", lambda: pl.Table(np.ones((2, 2))), "rows: got ndarray of shape (2, 2)"),
    ("Table.__call__", "half a row", lambda: pl.Table(ROWS)(POSITIONS + 0.5), "positions: got Tensor of shape (3,)"),
    ("Rotary", "odd width", lambda: pl.Rotary(3), "dim: got 3; expected an even integer >= 2"),
    ("Rotary", "amplitude", lambda: pl.Rotary(4, amplitude=INF), "amplitude: got inf; expected a finite number"),
    ("Rotary.rotations", "empty", lambda: pl.Rotary(4).rotations(POSITIONS[:0]), "positions: got Tensor of shape (0,)"),
    ("Rotary.apply", "width", lambda: pl.Rotary(2).apply(ROWS, POSITIONS), "x: got Tensor of shape (3, 4)"),
    ("Rotary.apply", "complex", lambda: pl.Rotary(4).apply(complex_rows(), POSITIONS), "x: got torch.complex128;"),
    ("Alibi", "heads", lambda: pl.Alibi(0), "heads: got 0; expected an integer >= 1"),
    ("Alibi.bias", "empty", lambda: pl.Alibi(2).bias(POSITIONS, POSITIONS[:0]), "key_positions: got Tensor of"),
    ("parse_encoding", "unknown", lambda: parse_encoding("sinus", 4, 4), "encoding: got 'sinus'; expected one of"),
    ("parse_encoding", "T = 0", lambda: parse_encoding("retimed(0)", 4, 4), "window: got 0.0; expected a finite"),
    ("parse_encoding", "L < 2", lambda: parse_encoding("retimed(1)", 4, 1), "length: got 1; expected an integer >= 2"),
    # -- the layer
    ("Attention", "rank", lambda: pl.Attention(WEIGHT[0], WEIGHT, WEIGHT), "w_q: got Tensor of shape (4, 2)"),
    ("Attention", "dtype mismatch", lambda: replace(LAYER, w_k=WEIGHT.float()), "w_k: got Tensor of shape (2, 4, 2)"),
    ("Attention", "complex", lambda: replace(LAYER, w_q=WEIGHT + 0j), "w_q: got torch.complex128;"),
    ("Attention", "NaN", lambda: replace(LAYER, w_v=WEIGHT * NAN), "w_v[0, 0, 0]: got nan; expected finite values"),
    ("Attention.from_torch", "kdim", lambda: pl.Attention.from_torch(multihead(kdim=3)), "layer: got "),
    ("Attention.to", "dtype", lambda: LAYER.to(torch.int64), "dtype: got torch.int64; expected a real floating dtype"),
    ("Attention.inputs", "width", lambda: LAYER.inputs(ROWS[:, :3]), "content: got Tensor of shape (3, 3)"),
    ("Attention.pieces", "lengths", lambda: LAYER.pieces(ROWS, ROWS[:2]), "table: got Tensor of shape (2, 4)"),
    ("Attention.logits", "dtype mismatch", lambda: LAYER.logits(ROWS.float()), "content: got Tensor of shape (3, 4)"),
    ("Attention.logits", "NaN table", lambda: LAYER.logits(ROWS, with_nan(ROWS)), "table[0, 1]: got nan;"),
    ("Attention.parts", "bias_in", lambda: LAYER.parts(ROWS, bias_in="both"), "bias_in: got 'both'; expected content"),
    ("Attention.weights", "mask", lambda: LAYER.weights(LAYER.logits(ROWS), torch.ones(2, 2) > 0), "mask: got Tensor"),
    ("Attention.outputs", "empty", lambda: LAYER.outputs(ROWS[:0]), "content: got Tensor of shape (0, 4)"),
    ("LayerNorm", "eps", lambda: LayerNorm(ROWS[0], None, -1.0), "eps: got -1.0; expected"),
    ("LayerNorm.__call__", "constant", lambda: LayerNorm(ROWS[0], None, 0.0)(ROWS * 0), "x: got Tensor of shape"),
    ("RMSNorm", "NaN", lambda: RMSNorm(ROWS[0] * NAN, None), "weight[0]: got nan;"),
    ("causal_mask", "length", lambda: causal_mask(0), "length: got 0; expected an integer >= 1"),
    ("padding_mask", "dtype", lambda: padding_mask(POSITIONS), "is_padding: got Tensor of shape (3,)"),
    ("masked_logits", "NaN", lambda: masked_logits(ROWS[None] * NAN, None), "logits[0, 0, 0]: got nan;"),
    # -- measuring
    ("measure", "NaN encoding", lambda: pl.measure(ROWS, with_nan(ROWS)), "Q[0, 1]: got nan; expected finite values"),
    ("measure", "infinity", lambda: pl.measure(ROWS * INF, ROWS), "P[0, 0]: got nan; expected finite values"),
    ("measure", "complex", lambda: pl.measure(complex_rows(), ROWS), "P: got torch.complex128; expected a real"),
    ("measure", "integer", lambda: pl.measure(ROWS, ROWS.long()), "Q: got torch.int64; expected a real floating"),
    ("measure", "rank", lambda: pl.measure(ROWS[None], ROWS), "P: got Tensor of shape (1, 3, 4)"),
    ("measure", "dtype mismatch", lambda: pl.measure(ROWS, ROWS.float()), "Q: got 'shape (3, 4) and dtype"),
    ("measure", "lengths", lambda: pl.measure(ROWS, ROWS[:2]), "Q: got 'shape (2, 4) and dtype"),
    ("measure", "L < 2", lambda: pl.measure(ROWS[:1], ROWS[:1]), "P: got '1 row of width 4'"),
    ("measure", "empty", lambda: pl.measure(ROWS[:0], ROWS[:0]), "P: got Tensor of shape (0, 4)"),
    ("measure", "all zero", lambda: pl.measure(0 * ROWS, ROWS), "P: got '3 rows of zeros'"),
    ("measure", "negative error", lambda: pl.measure(ROWS, ROWS, error_P=ROWS - 9), "error_P: got Tensor of shape"),
    ("measure_named", "unknown", lambda: measure_named("sinus", "rank"), "encoding: got 'sinus'; expected one of"),
    ("measure_named", "L < 2", lambda: measure_named("rank", "rank", length=1), "length: got 1; expected an integer"),
    # -- the ledger
    ("prove", "unknown", lambda: pl.prove("lema-1"), "statement: got 'lema-1'; expected the id of a statement; did"),
    ("verify", "unknown", lambda: pl.verify(statements=["gram"]), "statement: got 'gram'; expected the id of a"),
    ("verify", "one string", lambda: pl.verify(statements="lemma-1"), "statements: got 'lemma-1'; expected a"),
    ("verify", "seed", lambda: pl.verify(seed=-1), "seed: got -1; expected an integer >= 0"),
    ("verify", "examples", lambda: pl.verify(examples=0), "examples: got 0; expected an integer >= 1"),
    (
        "verify", "no such instance",
        lambda: pl.verify(statements=[square_of_sum(instances=("phase_latency.nowhere:instance",))]),
        "instance: got 'phase_latency.nowhere:instance'; expected the path module:object of an Instance",
    ),
    (
        "verify", "no instance",
        lambda: pl.verify(statements=[square_of_sum(instances=("phase_latency.latency:LatencyMap",))]),
        "instance: got 'phase_latency.latency:LatencyMap'; expected the path module:object of an Instance",
    ),
    (
        "statements", "no statement registered",
        lambda monkeypatch: registering(monkeypatch, Entry((3,)), pl.statements),
        "entry point planted: got 3; expected a module with a tuple STATEMENTS",
    ),
    (
        "statements", "an id twice",
        lambda monkeypatch: registering(monkeypatch, Entry((square_of_sum("lemma-1"),)), pl.statements),
        "statement id: got 'lemma-1'; expected an identifier that no other statement has",
    ),
    ("derivations", "unknown", lambda: derivations(["lemma-2"]), "statement: got 'lemma-2'; expected the id of a"),
    ("write_derivation", "folder", lambda: write_derivation(statement("lemma-1"), Path("/no/x")), "path: got '/no/x'"),
    ("write_derivations", "file", lambda: write_derivations([pl.prove("lemma-1")] * 2, Path("/dev/null")), "out: got"),
    ("recheck", "no file", lambda: recheck(Path("nowhere.json")), "derivation file nowhere.json: got a file"),
    (
        "recheck", "truncated",
        lambda tmp_path: recheck(derivation_file(tmp_path, lambda text: text[: len(text) // 2])),
        "derivation file {tmp_path}/derivation.json: got text that is no JSON",
    ),
    (
        "recheck", "other version",
        lambda tmp_path: recheck(derivation_file(tmp_path, lambda text: text.replace('"version": 1', '"version": 2'))),
        "derivation file {tmp_path}/derivation.json: got version 2, not 1; expected a stored derivation; write it",
    ),
    (
        "recheck", "part missing",
        lambda tmp_path: recheck(derivation_file(tmp_path, without_claims)),
        "derivation file {tmp_path}/derivation.json: got a part that cannot be read",
    ),
    # -- encodings of users
    ("Subject", "kind", lambda: pl.Subject("mine", "relative", lambda: None), "kind: got 'relative'; expected one of"),
    ("Subject.additive", "build", lambda: pl.Subject.additive(None, name="mine"), "build: got None; expected a"),
    ("Subject.additive", "fact", lambda: pl.Subject.additive(min, name="mine", flat=1), "flat: got 1; expected one of"),
    ("Subject.bias", "build", lambda: pl.Subject.bias(3, name="mine"), "build: got 3; expected a function"),
    ("Subject.rotary", "width", lambda: pl.Subject.rotary(min, name="mine", dim=0), "dim: got 0; expected the width"),
    ("Subject.rotary_pair", "width", lambda: pl.Subject.rotary_pair(min, name="mine", dim=1), "dim: got 1; expected"),
    ("adapt", "nothing", lambda: pl.adapt(None), "encoding: got None; expected a (length, dim) table, f(positions)"),
    ("adapt", "kind", lambda: pl.adapt(PLAIN, kind="relative"), "kind: got 'relative'; expected one of additive,"),
    ("check", "text", lambda: pl.check("rotary"), "encoding: got 'rotary'; expected a (length, dim) table"),
    ("check", "claims", lambda: pl.check(PLAIN, 3), "claims: got 3; expected claims such as Claim(Shift())"),
    ("check", "no claims", lambda: pl.check(PLAIN, []), "claims: got []; expected at least one claim"),
    ("check", "length", lambda: pl.check(PLAIN, length=1), "length: got 1; expected an integer >= 2"),
    ("check", "range", lambda: pl.check(PLAIN, within=(5,)), "within: got (5,); expected two whole numbers"),
    ("check", "no range", lambda: pl.check(PLAIN, within=(9, 9)), "within: got (9, 9); expected at least two"),
    ("check", "mask", lambda: pl.check(PLAIN, mask="full"), "mask: got 'full'; expected 'causal' or None"),
    ("check", "time", lambda: pl.check(PLAIN, time_limit=-1), "time_limit: got -1; expected a number of seconds > 0"),
    ("check", "seed", lambda: pl.check(PLAIN, seed=-1), "seed: got -1; expected an integer >= 0"),
    ("compare", "kinds", lambda: pl.compare(PLAIN, pl.Rotary(4)), "reference: got "),
    ("compare", "length", lambda: pl.compare(PLAIN, PLAIN, length=0), "length: got 0; expected an integer >= 2"),
    ("Claim", "under", lambda: pl.Claim("shift"), "under: got 'shift'; expected a transformation such as Shift()"),
    ("Claim", "up to", lambda: pl.Claim(pl.Shift(), "exact"), "up_to: got 'exact'; expected a class such as Exact()"),
    ("Claim", "mask", lambda: pl.Claim(pl.Shift(), mask="full"), "mask: got 'full'; expected 'causal' or None"),
    ("Shift", "half", lambda: pl.Shift(0.5), "delta: got 0.5; expected a whole number other than 0"),
    ("QueryShift", "none", lambda: pl.QueryShift(0), "delta: got 0; expected a whole number other than 0"),
    ("Amplitude", "zero", lambda: pl.Amplitude(0), "a: got 0; expected a finite number other than 0"),
    ("Compress", "negative", lambda: pl.Compress(-1), "factor: got -1; expected a finite number > 0"),
    ("Retime", "no map", lambda: pl.Retime(0.1), "latency_map: got 0.1; expected a LatencyMap"),
    ("Relabel", "map", lambda: pl.Relabel("3p"), "to: got '3p'; expected one of 2p, p+p//3, p**2"),
    ("Cast", "dtype", lambda: pl.Cast(torch.int8), "dtype: got torch.int8; expected float32, bfloat16 or float16"),
    # -- tables of any length
    ("Grid", "name", lambda: pl.Grid(("sinusoidal", "rank"), {"lenth": "64"}), "grid: got 'lenth'; expected one of"),
    ("Grid", "reference", lambda: pl.Grid(("sinusoidal",), {}), "encodings: got ('sinusoidal',); expected a reference"),
    ("sweep", "no grid", lambda: pl.sweep({"length": "64"}), "grid: got {{'length': '64'}}; expected a Grid; pass"),
    ("sweep", "resume", lambda: pl.sweep(pl.Grid(("sinusoidal", "rank"), {}), resume=True), "resume: got True; exp"),
    ("file_source", "path", lambda: pl.file_source("nowhere.npy"), "table: got 'nowhere.npy'; expected the path of"),
    ("file_source", "kind", lambda: pl.file_source("table.txt"), "table: got 'table.txt'; expected FILE.npy,"),
    ("GeneratedSource", "generator", lambda: pl.GeneratedSource(iter([ROWS])), "table: got <list_iterator"),
    ("GeneratedSource", "empty", lambda: pl.GeneratedSource(lambda: []), "table: got <function"),
    ("EncodingSource", "length", lambda: pl.EncodingSource(PLAIN, 0), "length: got 0; expected an integer >= 1"),
    ("EncodingSource", "rotary", lambda: pl.EncodingSource(pl.Rotary(4), 3), "encoding: got Rotary(dim=4"),
    ("Mask", "no key", lambda: pl.Mask(keys=torch.zeros(3).bool()), "mask.keys: got Tensor of shape (3,)"),
    ("Mask", "dtype", lambda: pl.Mask(entries=ROWS), "mask: got Tensor of shape (3, 4)"),
    ("Mask.check_shape", "keys", lambda: pl.Mask(keys=torch.ones(3).bool()).check_shape(4, 4), "mask.keys: got"),
    ("measure", "budget", lambda: pl.measure(ROWS, ROWS, budget=2), "budget: got 2; expected at least 3"),
    ("measure", "other generator", lambda: pl.measure(ROWS, changing()), "table: got 'more than 3 rows'; expected 3"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "message"), [row[2:] for row in BAD], ids=[f"{name}: {wrong}" for name, wrong, *_ in BAD]
)
def test_bad_input_is_refused_in_one_line(call, message, tmp_path, monkeypatch):
    fixtures = {"tmp_path": tmp_path, "monkeypatch": monkeypatch}
    wanted = {name: fixtures[name] for name in inspect.signature(call).parameters}
    text = refusal(lambda: call(**wanted))
    assert text.startswith(message.format(tmp_path=tmp_path))
    assert "; expected " in text
    assert text.count("; ") >= 2  # what to do comes last


def changing():
    """A generator with one row more in every pass."""
    calls = []

    def make():
        calls.append(None)
        yield torch.ones(2 + len(calls), 4, dtype=torch.float64)

    return pl.GeneratedSource(make)


# -- every public callable ----------------------------------------------------------------------------------------

# What a caller cannot get wrong: they take nothing, or only the package makes them.
_READING = ("stored", "entry_error", "row_error", "rows_at", "not_finite")
SAFE = {"Alibi.slopes", "Sinusoidal.frequencies", "Rotary.frequencies", "InvarianceError", "InvarianceError.to_dict"}
SAFE |= {f"{source}.{method}" for source in ("EncodingSource", "GeneratedSource") for method in _READING}
SAFE |= {"Proof", "LatencyMap.latency", "LatencyMap.position"}  # the last two take any number
SAFE |= {"Relation", "Relation.to_dict", "InvarianceProfile", "InvarianceProfile.to_dataframe"}
SAFE |= {"InvarianceProfile.to_dict", "InvarianceProfile.to_json"}
_CLASSES = ("Exact", "Scale", "RowConstant", "ScaleAndRowConstant", "RowAffine", "Order", "Nothing")
_TRANSFORMATIONS = ("Amplitude", "Batch", "Cast", "Compress", "Heads", "History", "Permute", "QueryShift", "Relabel")
_TRANSFORMATIONS += ("Retime", "Shift", "Window")
SAFE |= {"Mask.admitted", "Grid.points", "Grid.tables"}
SAFE |= {*_CLASSES, "Batch", "Heads", "History", "Permute", "Window"}
SAFE |= {f"{name}.fit" for name in _CLASSES}
SAFE |= {f"{name}.{method}" for name in _TRANSFORMATIONS for method in ("case", "parameters")}
ERRORS = {name for name in pl.__all__ if name.endswith("Error") and issubclass(getattr(pl, name), Exception)} - SAFE


def public_callables():
    """Public functions, classes and methods by dotted name."""
    for name in sorted(set(pl.__all__) - {"__version__"}):
        value = getattr(pl, name)
        yield name
        if inspect.isclass(value):
            for method, function in vars(value).items():
                if callable(getattr(value, method)) and (method == "__call__" or not method.startswith("_")):
                    assert function
                    yield f"{name}.{method}"


def test_the_table_covers_every_public_callable():
    covered = {name for name, *_ in BAD}
    assert set(public_callables()) - covered - SAFE - ERRORS == set()
    assert SAFE & covered == set()


def test_twin_a_public_callable_that_the_table_lacks_is_noticed(monkeypatch):
    monkeypatch.setattr(pl.Rank, "reversed", lambda self: self, raising=False)
    assert set(public_callables()) - {name for name, *_ in BAD} - SAFE - ERRORS == {"Rank.reversed"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify", "lema-1"],
        ["prove", "lema-1", "--out", "x.json"],
        ["measure", "sinusoidal", "retimed(0)"],
        ["prove", "--recheck", "nowhere.json"],
        ["version", "--jsn"],
        ["readme", "--write"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_on_the_command_line_bad_input_has_exit_code_2_and_writes_nothing(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
