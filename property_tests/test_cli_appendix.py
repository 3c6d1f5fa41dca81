"""`phase-latency appendix` as an author types it."""

import json
import sys

import jsonschema
import pytest
from appendix_records import ledger_record, small_record

from phase_latency import cli, cli_appendix
from phase_latency.record_form import schema

ROPE = """
import torch

def rope(x, positions):
    rates = 10000.0 ** (-torch.arange(0, x.shape[-1], 2, dtype=torch.float64) / x.shape[-1])
    angle = positions[:, None] * rates
    first, second = x[..., 0::2], x[..., 1::2]
    turned = torch.stack((first * angle.cos() - second * angle.sin(), first * angle.sin() + second * angle.cos()), -1)
    return turned.flatten(-2)
"""


@pytest.fixture
def call(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code = cli.main(["appendix", *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def record(tmp_path):
    (tmp_path / "r.json").write_text(json.dumps(small_record()))
    return "r.json"


@pytest.fixture
def measured_before(monkeypatch):
    """What figures show takes long to measure: it comes from the shared record, for the seed that this has."""
    of_seed = {0: ledger_record()["exhibits"]}
    monkeypatch.setattr("phase_latency.exhibits.exhibits", of_seed.__getitem__)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_record_is_printed_and_the_files_are_named(call, record, tmp_path):
    code, out, err = call("--out", "out", "--record", record, "--formats", "html,json")
    assert code == 0
    assert out.split() == [str(tmp_path / "out" / name) for name in ("index.html", "record.json")]
    assert "2 files" in err
    assert names(tmp_path / "out") == ["index.html", "record.json"]
    assert json.loads((tmp_path / "out" / "record.json").read_text()) == small_record()


@pytest.mark.usefixtures("measured_before")
def test_a_run_with_an_encoding_prints_all_formats(call, tmp_path):
    (tmp_path / "mine.py").write_text(ROPE)
    arguments = (
        "--statements",
        "lemma-1-rotary",
        "--encoding",
        "mine.py:rope",
        "--examples",
        "1",
        "--length",
        "16",
        "-q",
    )
    code, out, err = call("--out", "out", *arguments)
    assert (code, out) == (0, "")
    assert "importing and running mine.py:rope" in err
    found = json.loads((tmp_path / "out" / "record.json").read_text())
    jsonschema.Draft202012Validator(schema()).validate(found)
    assert [each["id"] for each in found["statements"]] == ["lemma-1-rotary"]
    assert found["statements"][0]["tested"]["verdict"] == "TESTED"
    assert found["profiles"][0]["encoding"] == "mine.py:rope"
    assert set(found["exhibits"]) == {"similarity", "readings", "errors", "epsilon", "profiles", "spiking"}
    assert found["exhibits"] == ledger_record()["exhibits"]
    text = (tmp_path / "out" / "verification_appendix.tex").read_text()
    assert "smallest witness" in text  # of positions that are permuted, say
    assert len(names(tmp_path / "out")) == 16
    assert call("--out", "again", "--record", "out/record.json", "-q")[0] == 0  # printed again from what it wrote
    for name in names(tmp_path / "out"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def test_a_statement_that_fails_is_printed_and_the_exit_code_says_so(call, tmp_path):
    record = small_record()
    record["statements"][0]["symbolic"] = "UNDECIDED"
    record["summary"]["ok"] = False
    (tmp_path / "r.json").write_text(json.dumps(record))
    assert call("--out", "out", "--record", "r.json", "--formats", "html")[0] == 1
    assert "Not all is right" in (tmp_path / "out" / "index.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--out", "."), "--out: got '.'; expected a folder of its own"),
        (("--out", ".."), "expected a folder of its own"),
        (("--out", "out", "--formats", "doc"), "--formats: got 'doc'; expected some of tex, pdf, html, json"),
        (("--out", "out", "--formats", ""), "--formats: got ''"),
        (("--out", "out", "--record", "none.json"), "--record: got 'none.json'; expected a readable record"),
        (("--out", "r.json"), "expected a new folder"),
        (("--out", "r.json/out"), "expected a folder that can be written to"),
        (("--out", "out", "--record", "r.json", "--statements", "lemma-2"), "--statements: got 'lemma-2'"),
        (("--out", "out", "--statements", "lemma-2"), "lemma-2"),
        (("--out", "out", "--encoding", "none.py:rope"), "none.py"),
        ((), "--out"),
    ],
)
def test_what_is_wrong_is_said_on_one_line_and_nothing_is_written(call, record, tmp_path, arguments, told):
    code, out, err = call(*arguments)
    assert code == 2
    assert out == ""
    said = [line for line in err.splitlines() if "importing and running" not in line]
    assert len(said) == 1
    assert told in said[0]
    assert names(tmp_path) == ["r.json"]


def test_what_is_wrong_is_said_before_the_work(call, tmp_path, monkeypatch):
    monkeypatch.setattr(cli_appendix, "_verified", lambda *arguments: pytest.fail("it ran"))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    assert call("--out", "out")[0] == 2
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("missing", ["matplotlib", "latex2mathml", "jsonschema", "jinja2"])
def test_without_the_extra_it_says_how_to_install_it(call, missing, monkeypatch):
    for name in list(sys.modules):
        if name.startswith(("phase_latency.appendix", missing)):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    code, _, err = call("--out", "out")
    assert code == 3
    assert missing in err
    assert "pip install 'phase-latency[appendix]'" in err


def test_without_typst_all_but_the_pdf_can_be_printed(call, record, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    code, _, err = call("--out", "out", "--record", record)
    assert code == 3
    assert "typst" in err
    assert not (tmp_path / "out").exists()
    assert call("--out", "out", "--record", record, "--formats", "tex,html,json")[0] == 0


@pytest.mark.usefixtures("measured_before")
def test_the_same_run_gives_the_same_bytes(call, tmp_path):
    for out in ("one", "two"):
        assert call("--out", out, "--statements", "rank-gram", "--examples", "2", "-q")[0] == 0
    for name in names(tmp_path / "one"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
