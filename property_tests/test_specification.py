"""Encodings by name and tables from files, as the command line takes them."""

import builtins

import numpy as np
import pytest
import torch
from refusals import refusal
from safetensors.torch import save_file

from phase_latency.encodings import (
    Alibi,
    Compressed,
    Rank,
    Retimed,
    Rotary,
    Scaled,
    Sinusoidal,
    Table,
    parse_encoding,
)
from phase_latency.errors import MissingToolError
from phase_latency.latency import LatencyMap

SPECIFICATIONS = [
    ("sinusoidal", Sinusoidal(8)),
    (" sinusoidal ", Sinusoidal(8)),
    ("amplitude(1/64)", Scaled(Sinusoidal(8), 2.0**-6)),
    ("amplitude(1/3)", Scaled(Sinusoidal(8), 1 / 3)),
    ("amplitude(-2)", Scaled(Sinusoidal(8), -2.0)),
    ("compressed(1/128)", Compressed(Sinusoidal(8), 2.0**-7)),
    ("retimed(0.05)", Retimed(Sinusoidal(8), LatencyMap(0.05, 5))),
    ("retimed(1e-3)", Retimed(Sinusoidal(8), LatencyMap(0.001, 5))),
    ("rank", Rank(5)),
    ("rotary", Rotary(8)),
    ("alibi", Alibi(8)),
    ("amplitude(1/8, rank)", Scaled(Rank(5), 0.125)),
    ("amplitude(1/8, compressed(1/2))", Scaled(Compressed(Sinusoidal(8), 0.5), 0.125)),
]


@pytest.mark.parametrize(("spec", "encoding"), SPECIFICATIONS)
def test_parse_encoding(spec, encoding):
    assert parse_encoding(spec, dim=8, length=5) == encoding


@pytest.mark.parametrize("suffix", ["npy", "safetensors", "safetensors:wpe"])
def test_parse_encoding_reads_tables(tmp_path, suffix):
    rows = torch.arange(6, dtype=torch.float32).reshape(3, 2)
    np.save(tmp_path / "table.npy", rows.numpy())
    save_file({"wpe": rows}, tmp_path / "table.safetensors")
    encoding = parse_encoding(f"{tmp_path}/table.{suffix}", dim=8, length=5)
    assert isinstance(encoding, Table)
    assert torch.equal(encoding(torch.arange(3)), rows.double())


def test_a_missing_package_says_how_to_get_it(tmp_path, monkeypatch):
    save_file({"wpe": torch.ones(2, 2)}, tmp_path / "table.safetensors")
    real_import = builtins.__import__

    def without_safetensors(name, *args):
        if name == "safetensors":
            raise ImportError(name)
        return real_import(name, *args)

    monkeypatch.setattr(builtins, "__import__", without_safetensors)
    with pytest.raises(MissingToolError, match="run `pip install safetensors`"):
        parse_encoding(f"{tmp_path}/table.safetensors", dim=8, length=5)


BAD_CALLS = [
    (
        lambda: parse_encoding("nowhere.npy", 8, 4),
        "encoding: got 'nowhere.npy'; expected the path of an existing table",
    ),
    (lambda: parse_encoding("sinusoid", 8, 4), "encoding: got 'sinusoid'; expected one of sinusoidal, amplitude(A)"),
    (lambda: parse_encoding("", 8, 4), "encoding: got '';"),
    (lambda: parse_encoding("amplitude", 8, 4), "encoding: got 'amplitude';"),
    (lambda: parse_encoding("amplitude()", 8, 4), "encoding: got 'amplitude()';"),
    (lambda: parse_encoding("amplitude(x)", 8, 4), "encoding: got 'amplitude(x)'; expected a decimal or a fraction"),
    (lambda: parse_encoding("amplitude(1/0)", 8, 4), "encoding: got 'amplitude(1/0)';"),
    (lambda: parse_encoding("amplitude(nan)", 8, 4), "encoding: got 'amplitude(nan)';"),
    (lambda: parse_encoding("amplitude(1e999)", 8, 4), "encoding: got 'amplitude(1e999)';"),
    (lambda: parse_encoding("amplitude(2, rotary)", 8, 4), "encoding: got Rotary("),
    (lambda: parse_encoding("retimed(2, rank)", 8, 4), "encoding: got Rank("),
    (lambda: parse_encoding("retimed(0)", 8, 4), "window: got 0.0;"),
    (lambda: parse_encoding("sinusoidal", 7, 4), "dim: got 7;"),
    (lambda: parse_encoding("nowhere.safetensors:wpe", 8, 4), "encoding: got 'nowhere.safetensors:wpe';"),
]


@pytest.mark.parametrize(("call", "message"), BAD_CALLS)
def test_bad_arguments(call, message):
    assert refusal(call).startswith(message)


def write_nothing(path):
    path.write_bytes(b"")


def write_pickle(path):
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)


def write_complex(path):
    np.save(path, np.zeros((2, 2), dtype=np.complex128))


def write_two_tables(path):
    save_file({"wpe": torch.ones(2, 2), "wte": torch.ones(2, 2)}, path)


@pytest.mark.parametrize(
    ("write", "name", "message"),
    [
        (write_nothing, "table.npy", "expected a .npy file with a table of numbers"),
        (write_pickle, "table.npy", "expected a .npy file with a table of numbers"),
        (write_complex, "table.npy", "rows: got torch.complex128; expected a real floating dtype"),
        (write_nothing, "table.safetensors", "expected a readable .safetensors file"),
        (write_two_tables, "table.safetensors", "table.safetensors: wpe, wte; write"),
        (write_two_tables, "table.safetensors:wqe", "got 'wqe'; expected a key of"),
    ],
)
def test_bad_files(tmp_path, write, name, message):
    write(tmp_path / name.partition(":")[0])
    assert message in refusal(lambda: parse_encoding(f"{tmp_path}/{name}", dim=8, length=4))
