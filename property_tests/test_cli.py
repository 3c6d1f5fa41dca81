"""The command line: what each command prints, where, and with which exit code."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import jaxtyping
import jsonschema
import pytest
import torch
from planted import register, square_of_sum
from safetensors.torch import save_file
from test_verification import VALIDATOR

import phase_latency as pl
from phase_latency import cli, verification
from phase_latency.checkers import CHECKERS, Answer, Checked
from phase_latency.numerics.roundoff import UncertifiedError
from phase_latency.real import RealRow

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = [sys.executable, "-m", "phase_latency"]


def run(*arguments, **environment):
    """The program in a process of its own, its outputs piped."""
    return subprocess.run(
        [*PROGRAM, *arguments], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def call(capsys):
    """The program in this process: exit code, stdout and stderr."""

    def called(*arguments):
        jaxtyping.config.update("jaxtyping_disable", True)  # as users have it: the program checks its input itself
        try:
            code = cli.main(arguments)
        finally:
            jaxtyping.config.update("jaxtyping_disable", False)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return called


# -- usage --------------------------------------------------------------------------------------------------------

USAGE = [
    (["prov"], "No such command 'prov'. Did you mean 'prove'?"),
    (["verify", "--require", "isabelle"], "--require: got 'isabelle'; expected names of sympy, coq, smt, ball"),
    (["prove", "--checker", "ball;x"], "--checker: got 'ball;x'; expected names of sympy, coq, smt, ball"),
    (["prove", "--recheck", "x", "--checker", "ball"], "expected files only"),
    (["verify", "--jsn"], "No such option: --jsn (Possible options: --json)"),
    (["verify", "lemma-11"], "statement: got 'lemma-11'; expected the id of a statement; did you mean lemma-1"),
    (["verify", "--seed", "x"], "Invalid value for '--seed': Input should be a valid integer"),
    (["verify", "--seed", "-1"], "(got '-1'); see `phase-latency verify --help`"),
    (["verify", "--examples", "0"], "greater than or equal to 1 (got '0')"),
    (["prove", "lema-1"], "did you mean lemma-1"),
    (["prove", "--latex", "--json"], "--latex: got '--json'"),
    (["prove", "lemma-1", "--recheck", "x.json"], "recheck in a call of its own"),
    (["prove", "--recheck", "nowhere.json"], "derivation file nowhere.json: got a file that cannot be read"),
    (["prove", "lemma-1", "--out", "/nowhere/x.json"], "path: got '/nowhere/x.json'; expected a file in a folder"),
    (["prove", "lemma-1", "value-path", "--out", "/dev/null"], "out: got '/dev/null'; expected a folder"),
    (["measure", "sinusoidal"], "Missing argument 'B'"),
    (["measure", "sinusoidal", "rank", "rotary"], "unexpected extra argument"),
    (["measure", "sinusoidal", "sinusoids"], "encoding: got 'sinusoids'; expected one of sinusoidal,"),
    (["measure", "sinusoidal", "rotary"], "B: got 'rotary'; expected an encoding that is added to the content"),
    (["measure", "alibi", "rotary"], "A: got 'alibi'; expected an encoding that is added to the content"),
    (["measure", "nowhere.npy", "rank"], "A: got 'nowhere.npy'; expected the path of an existing table"),
    (["measure", "rank", "retimed(0)"], "window: got 0.0; expected a finite number of seconds > 0"),
    (["measure", "sinusoidal", "rank", "--dim", "7"], "dim: got 7; expected an even integer"),
    (["measure", "sinusoidal", "rank", "--length", "1"], "greater than or equal to 2 (got '1')"),
    (["measure", "sinusoidal", "rank", "--length", "8"], "B: got 'shape (8, 8) and dtype torch.float64'"),
    (["measure", "sinusoidal", "rank", "--dtype", "float8"], "'float8' is not one of 'float64'"),
    (["readme"], "pass one of them"),
    (["readme", "--check", "--file", "nowhere.md"], "file: got 'nowhere.md'"),
]


@pytest.mark.parametrize(("arguments", "message"), USAGE, ids=[" ".join(arguments) for arguments, _ in USAGE])
def test_a_usage_error_is_one_line_on_stderr_and_nothing_else(arguments, message, call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = call(*arguments)
    assert code == 2
    assert out == ""
    assert message in err
    assert err.startswith("phase-latency: ")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_no_command_shows_the_help_and_is_a_usage_error(call):
    code, out, err = call()
    assert (code, err) == (2, "")
    assert all(f"\n  {command} " in out for command in ("verify", "prove", "measure", "version", "readme"))


def test_a_missing_tool_has_an_exit_code_of_its_own(call, tmp_path, monkeypatch):
    save_file({"wpe": torch.ones(2, 2)}, tmp_path / "table.safetensors")
    monkeypatch.setitem(sys.modules, "safetensors", None)
    code, out, err = call("measure", f"{tmp_path}/table.safetensors", "rank")
    assert (code, out) == (3, "")
    assert err == "phase-latency: safetensors: not found; expected it to be installed; run `pip install safetensors`\n"


def test_a_machine_that_is_not_certified_is_an_error_not_a_verdict(call, monkeypatch):
    def uncertified(*arguments, **options):
        raise UncertifiedError("float64 matrix product", "it is off", "use another machine")

    monkeypatch.setattr("phase_latency.measuring.measure_tables", uncertified)
    code, out, err = call("measure", "sinusoidal", "rank")
    assert (code, out) == (2, "")
    assert "use another machine" in err


# -- prove --------------------------------------------------------------------------------------------------------


def loaded_after(*arguments):
    """Which heavy libraries the program has loaded when it ends."""
    program = (
        f"import sys; from phase_latency.cli import main; main({list(arguments)!r}); print(*sys.modules, sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()) & {"torch", "hypothesis", "sympy"}


def test_prove_loads_no_torch(tmp_path):
    assert loaded_after("prove", "lemma-1") == {"sympy"}
    assert loaded_after("prove", "lemma-1-rotary", "--out", f"{tmp_path}/rotary.json") == {"sympy"}
    assert loaded_after("prove", "--recheck", f"{tmp_path}/rotary.json") == {"sympy"}
    assert loaded_after("version") == set()


def test_twin_measure_does_load_torch():
    assert "torch" in loaded_after("measure", "sinusoidal", "sinusoidal", "--length", "2", "--dim", "2")


def test_prove_prints_each_derivation_that_is_named(call):
    code, out, err = call("prove", "lemma-1", "lemma-1-rotary")
    assert (code, err) == (0, "")
    first, second = out.split("-" * 120 + "\n")
    assert first.startswith("lemma-1  DERIVED\n")
    assert second.startswith("lemma-1-rotary  DERIVED\n")
    assert "<W_Q^T (a P), W_K^T (a Q)> = a^2 <W_Q^T P, W_K^T Q>" in first


def test_prove_without_ids_lists_the_ledger():
    done = run("prove")
    assert (done.returncode, done.stderr) == (0, "")
    for stated in pl.statements():
        (line,) = [line for line in done.stdout.splitlines() if f" {stated.id} " in line]
        assert "DERIVED" in line


def test_prove_json_is_verify_json_without_the_measured_part(call):
    _, out, _ = call("prove", "lemma-1-rotary", "--json")
    proved = json.loads(out)
    _, out, _ = call("verify", "lemma-1-rotary", "--json", "--examples", "1", "--checker", "sympy")
    verified = json.loads(out)
    (proof,), (record,) = proved["statements"], verified["statements"]
    assert record.keys() - proof.keys() == {"measured"}
    VALIDATOR.evolve(schema={"$defs": VALIDATOR.schema["$defs"], "$ref": "#/$defs/statement"}).validate(
        proof | {"measured": None}
    )
    assert proof["tested"] == {"verdict": "NONE", "examples": 0}
    for key in ("id", "group", "title", "symbolic", "checkers"):
        assert proof[key] == record[key]
    assert proved["summary"] == {"statements": 1, "derived": 1, "controls": 2, "refused": 2, "ok": True}
    assert proved.keys() == verified.keys() - {"asked", "axioms", "examples", "exhibits", "experiments", "real"}


def test_prove_latex_prints_only_latex(call):
    code, out, _ = call("prove", "lemma-1", "lemma-1-rotary", "--latex")
    assert code == 0
    assert out.count(r"\paragraph{") == 2
    assert out.startswith("% lemma-1: DERIVED\n")


def test_a_derivation_goes_to_a_file_and_is_accepted_again(call, tmp_path):
    file = tmp_path / "lemma-1.json"
    assert call("prove", "lemma-1", "--quiet", "--out", str(file)) == (0, "", "")
    code, out, err = call("prove", "--recheck", str(file))
    assert (code, out, err) == (0, f"{file}: accepted: lemma-1, 4 steps decided\n", "")
    assert call("prove", "--recheck", str(file), "--quiet") == (0, "", "")


def test_several_derivations_go_to_a_folder(call, tmp_path):
    code, _, _ = call("prove", "lemma-1", "value-path", "--quiet", "--out", str(tmp_path / "proofs"))
    assert code == 0
    files = sorted((tmp_path / "proofs").iterdir())
    assert [file.name for file in files] == ["lemma-1.json", "value-path.json"]
    code, out, _ = call("prove", *(f"--recheck={file}" for file in files), "--json")
    assert code == 0
    assert [each["accepted"] for each in json.loads(out)["files"]] == [True, True]


def test_a_tampered_derivation_is_rejected_with_the_reason(call, tmp_path):
    file = tmp_path / "lemma-1.json"
    call("prove", "lemma-1", "--out", str(file))
    file.write_text(file.read_text().replace('"rule": "bilinear"', '"rule": "ring"'))
    code, out, _ = call("prove", "--recheck", str(file), "--quiet")
    assert code == 1
    assert out.startswith(f"{file}: REJECTED: lemma-1, ")
    assert "  claim head, step last: cannot decide: " in out


@pytest.mark.parametrize("spoil", [lambda text: text[:-100], lambda text: text.replace('"version": 1', '"version": 9')])
def test_an_unreadable_derivation_is_a_usage_error(call, tmp_path, spoil):
    file = tmp_path / "lemma-1.json"
    call("prove", "lemma-1", "--out", str(file))
    file.write_text(spoil(file.read_text()))
    code, out, err = call("prove", "--recheck", str(file))
    assert (code, out) == (2, "")
    assert err.startswith(f"phase-latency: derivation file {file}: got ")
    assert err.count("\n") == 1


def test_what_is_not_derived_is_not_written(call, monkeypatch, tmp_path):
    register(monkeypatch, square_of_sum("false-outside", cross=1))
    code, out, _ = call("prove", "false-outside", "--out", str(tmp_path / "false.json"))
    assert code == 1
    assert out.startswith("false-outside  FAILED\n")
    assert list(tmp_path.iterdir()) == []


# -- independent checkers -----------------------------------------------------------------------------------------


def answering(word, control="REFUTED"):
    """A checker that always gives the same answer."""

    def check(statements, seed):
        return {
            one.id: Checked(
                "ball",
                {each.name: Answer(word, "install it") for each in one.claims},
                {each.name: Answer(control, "a = 2") for each in one.controls},
                ("axioms: none",),
            )
            for one in statements
        }

    return check


def test_checkers_are_asked_where_they_are_named(call, monkeypatch):
    monkeypatch.setitem(CHECKERS, "ball", answering("PROVED"))
    code, out, err = call("prove", "--checker", "sympy,ball")
    assert (code, err) == (0, "")
    assert len(re.findall(r" DERIVED +PROVED ", out)) == len(pl.statements())
    assert "PROVED" not in call("prove")[1]
    code, out, err = call("prove", "lemma-1", "--checker", "ball")
    assert (code, err) == (0, "")
    assert re.search(r"^ *ball +head +PROVED ", out, re.M)
    assert re.search(r"^ *ball +not cube +REFUTED +a = 2$", out, re.M)
    assert out.endswith("ball: axioms: none\n")
    code, out, _ = call("prove", "lemma-1", "--checker", "ball", "--json")
    (record,) = json.loads(out)["statements"]
    assert record["checkers"]["ball"]["word"] == "PROVED"


@pytest.mark.parametrize("word", ["MISSING", "UNDECIDED"])
def test_a_checker_that_is_named_and_gives_no_answer_has_an_exit_code_of_its_own(call, monkeypatch, word):
    monkeypatch.setitem(CHECKERS, "ball", answering(word))
    code, out, err = call("prove", "lemma-1-rotary", "--checker", "ball")
    assert code == 3
    assert err == f"ball: {word}: install it\n"
    quick = ("verify", "lemma-1-rotary", "--examples", "1", "--checker", "ball")
    code, out, err = call(*quick)
    assert (code, err) == (0, "")
    assert re.search(rf"^ B +lemma-1-rotary +DERIVED +{word} ", out, re.M)
    code, out, err = call(*quick, "--require", "ball")
    assert (code, err) == (3, f"ball: {word}: install it\n")


def test_a_cache_that_cannot_be_written_is_one_line_and_exit_code_3(call, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", f"{tmp_path}/file")
    code, out, err = call("prove", "lemma-1", "--checker", "smt")
    assert (code, out) == (3, "")
    assert err.startswith(f"phase-latency: cache: got {tmp_path}/file/phase-latency/smt (")
    assert err.count("\n") == 1


def test_questions_to_solvers_are_written_where_it_is_said(call, tmp_path):
    code, _, err = call("prove", "lemma-1", "--smt2", str(tmp_path / "questions"))
    assert (code, err) == (0, "")
    assert (tmp_path / "questions" / "lemma-1--claim-bilinear--1.smt2").exists()


def test_a_checker_that_objects_is_worth_exit_code_1(call, monkeypatch):
    monkeypatch.setitem(CHECKERS, "ball", answering("PROVED", control="PROVED"))
    for command in (("prove",), ("verify", "--examples", "1")):
        code, out, err = call(*command, "lemma-1-rotary", "--checker", "ball", "--quiet")
        assert (code, err) == (1, "")
        assert "lemma-1-rotary: control cube is accepted by ball\n" in out


# -- verify -------------------------------------------------------------------------------------------------------


def test_verify_prints_the_ledger_and_ends_with_the_verdict(call):
    code, out, err = call("verify", "lemma-1", "--examples", "2", "--checker", "sympy")
    assert (code, err) == (0, "")
    assert re.search(
        r"^ B +lemma-1 +DERIVED +TESTED 6 +\S+ +\S+ +4 of 4 +sympy 4, ball 4, layers \d +(\d+) of \1$", out, re.M
    )
    assert re.search(r"^OK  \(seed 0, .* s, .* MB at most\)$", out, re.M)


def test_verify_fails_with_exit_code_1_and_says_why(call, monkeypatch):
    register(monkeypatch, square_of_sum("false-outside", cross=1))
    code, out, err = call("verify", "false-outside")
    assert (code, err) == (1, "")
    assert "false-outside: claim square, step last: no: " in out
    assert out.splitlines()[-1].startswith("FAILED")
    code, out, _ = call("verify", "false-outside", "--json")
    assert code == 1
    assert json.loads(out)["summary"]["ok"] is False


def test_a_real_row_that_contradicts_a_statement_fails_too(call, monkeypatch):
    row = RealRow("a table", "amplitude 2", "lemma-1", "scale 4", "VIOLATED", 2.0, 1.0, detail="entry: off by 2")
    monkeypatch.setattr(verification, "real_rows", lambda seed, progress: [row])
    monkeypatch.setattr(verification, "exhibits", lambda seed, progress: {})
    monkeypatch.setattr(verification, "ledger", lambda: (square_of_sum(),))
    code, out, _ = call("verify", "--quiet")
    assert code == 1
    assert out == "a table: amplitude 2: scale 4 (lemma-1): entry: off by 2\n"


def test_quiet_prints_nothing_but_what_is_wrong(call, monkeypatch):
    assert call("verify", "lemma-1-rotary", "--examples", "1", "--quiet") == (0, "", "")
    assert call("prove", "lemma-1-rotary", "--quiet") == (0, "", "")
    assert call("measure", "sinusoidal", "amplitude(1/2)", "--quiet") == (0, "", "")
    register(monkeypatch, square_of_sum("false-outside", cross=1))
    for command in ("verify", "prove"):
        code, out, _ = call(command, "false-outside", "--quiet", "--checker", "sympy")
        assert code == 1
        assert out.startswith("false-outside: claim square, step last: no: ")
        assert out.count("false-outside:") == 1


def test_verify_json_has_the_documented_form_and_depends_on_the_seed_only():
    """Two processes with different hash seeds: nothing but the environment may differ."""
    runs = [run("verify", "lemma-1-rotary", "--examples", "3", "--json", PYTHONHASHSEED=seed) for seed in ("1", "2")]
    first, second = (json.loads(done.stdout) for done in runs)
    assert [(done.returncode, done.stderr) for done in runs] == [(0, "")] * 2
    VALIDATOR.validate(first)
    assert first["environment"]["peak_memory_mb"] > 0
    assert first.pop("environment")["packages"] == second.pop("environment")["packages"]
    assert first == second


# -- measure ------------------------------------------------------------------------------------------------------

NUMBER = {
    "type": "object",
    "required": ["value", "bound"],
    "properties": {"value": {"type": "number"}, "bound": {"type": ["number", "null"]}},
}
MEASUREMENT = {
    "type": "object",
    "required": ["scale", "residual", "worst", "weights", "verdict"],
    "properties": {
        "scale": NUMBER,
        "residual": NUMBER,
        "worst": {"allOf": [NUMBER, {"required": ["positions"]}]},
        "weights": {"type": "object"},
        "relations": {"type": "object", "additionalProperties": NUMBER},
        "verdict": {"enum": ["ROUNDING", "VIOLATION", "UNDECIDED", "OVERFLOW"]},
    },
}


@pytest.mark.parametrize(
    ("other", "options", "code", "verdict"),
    [
        ("amplitude(1/64)", [], 0, "ROUNDING"),
        ("amplitude(1/100)", ["--dtype", "bfloat16"], 0, "ROUNDING"),
        ("retimed(0.05)", ["--length", "32"], 0, "ROUNDING"),
        ("compressed(1/64)", [], 1, "VIOLATION"),
        ("rank", ["--dim", "32", "--length", "32"], 1, "VIOLATION"),
        ("amplitude(1/1000)", ["--length", "3000", "--dim", "8"], 0, "ROUNDING"),
    ],
)
def test_measure_judges(call, other, options, code, verdict):
    returned, out, err = call("measure", "sinusoidal", other, "--json", *options)
    found = json.loads(out)
    assert (returned, found["verdict"], err) == (code, verdict, "")
    jsonschema.validate(found, MEASUREMENT)
    returned, out, _ = call("measure", "sinusoidal", other, *options)
    assert returned == code
    assert out.startswith(f"{verdict}  {other} against sinusoidal, length ")


def test_measure_reads_tables_in_their_own_size_and_dtype(call, tmp_path):
    table = pl.Sinusoidal(6)(torch.arange(5), torch.float32)
    save_file({"one": table, "scaled": table / 3}, tmp_path / "tables.safetensors")
    one, scaled = (f"{tmp_path}/tables.safetensors:{key}" for key in ("one", "scaled"))
    for arguments, setting in (
        ((one, scaled), "length 5, width 6, float32"),
        (("sinusoidal", one), "length 5, width 6, float32"),
        ((one, scaled, "--length", "3", "--dtype", "bfloat16"), "length 3, width 6, bfloat16"),
    ):
        code, out, _ = call("measure", *arguments)
        assert code == 0
        assert setting in " ".join(out.split())


def test_a_violation_breaks_the_quiet(call):
    code, out, _ = call("measure", "sinusoidal", "compressed(1/2)", "--quiet")
    assert code == 1
    assert out.startswith("VIOLATION")


# -- the rest -----------------------------------------------------------------------------------------------------


def test_version(call):
    assert call("version") == (0, f"phase-latency {pl.__version__}\n", "")
    code, out, _ = call("version", "--json")
    assert code == 0
    assert json.loads(out)["version"] == pl.__version__


def test_a_reader_that_stops_early_leaves_no_traceback():
    program = f"{sys.executable} -m phase_latency prove lemma-1 lemma-1-rotary | head -n 1"
    done = subprocess.run(["bash", "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout == "lemma-1  DERIVED\n"
    assert done.stderr == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion(shell):
    script = run(_PHASE_LATENCY_COMPLETE=f"source_{shell}")
    assert script.returncode == 0
    assert "_PHASE_LATENCY_COMPLETE" in script.stdout


def test_shell_completion_knows_the_commands():
    done = run(_PHASE_LATENCY_COMPLETE="complete_bash", COMP_WORDS="phase-latency me", COMP_CWORD="1")
    assert done.stdout.split() == ["measure"]


def on_terminal(*arguments, **environment):
    """What the program writes to a terminal, stdout and stderr together."""
    variables = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *arguments], cwd=ROOT, stdout=theirs, stderr=theirs, stdin=theirs,
        env=variables | {"TERM": "xterm-256color", "COLUMNS": "100"} | environment,
    )  # fmt: skip
    os.close(theirs)
    written = b""
    while True:
        try:
            read = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not read:
            break
        written += read
    os.close(ours)
    assert process.wait() == 0
    return written.decode()


def test_a_terminal_gets_colour_and_a_progress_bar():
    text = on_terminal("verify", "lemma-1-rotary", "--examples", "1")
    assert "\x1b[32mDERIVED" in text
    assert "0/2" in text  # the bar: none of two parts done


def test_no_color_and_quiet_are_respected_on_a_terminal():
    assert "\x1b[3" not in on_terminal("prove", "lemma-1", NO_COLOR="1")
    assert on_terminal("verify", "lemma-1-rotary", "--examples", "1", "--quiet") == ""


def test_piped_output_is_plain(call):
    _, out, _ = call("prove", "lemma-1")
    assert "\x1b" not in out
    done = run("prove", "--help")
    assert "\x1b" not in done.stdout
    assert done.stdout.isascii()
