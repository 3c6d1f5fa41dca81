"""The pytest plugin costs nothing until it is used, and leaves what a run found where it can be read and replayed.

The tests run small test files of their own, mostly in this process: those start with torch loaded.
"""

import importlib.metadata
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import torch  # noqa: F401 - once, and before any of those runs: each forgets what it has loaded
from hypothesis import given
from hypothesis import strategies as st

from phase_latency import cli
from phase_latency.testing.run_report import _finite, file_name

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent

COMMON = """
import pytest, torch
from phase_latency.adapters import Subject
from phase_latency.encodings import Rotary
from phase_latency.testing import assert_equivalent, assert_invariant, assert_not_invariant, invariant_under
SMALL = {"length": 16, "within": (0, 100), "max_examples": 20}
def rows(positions):
    return torch.stack((positions.double(), torch.ones(len(positions)).double()), -1)
PRODUCT = Subject.additive(lambda: rows, name="product")
"""
FAILS = 'def test_fails():\n    assert_invariant(PRODUCT, "shift", **SMALL)\n'
PASSES = 'def test_passes():\n    assert_invariant(Rotary(4), "shift", **SMALL)\n'


@pytest.fixture(autouse=True)
def no_other_plugins(monkeypatch):
    """Runs of pytest load no plugins but its own and those that are asked for, whatever is installed."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def run(pytester, source, *options):
    """Run a test file, in this process."""
    pytester.makepyfile(test_mine=COMMON + source)
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "phase-latency", *options)


def summary(folder):
    """report.json, test by test."""
    return {test["test"]: test for test in json.loads((folder / "report.json").read_text())["tests"]}


# -- it costs nothing ---------------------------------------------------------------------------------------------

OURS = {"phase_latency", "phase_latency.testing", "phase_latency.testing.pytest_plugin"}
LOOK = """
import sys, pytest
code = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "phase-latency", "test_plain.py"])
heavy = ("hypothesis", "jaxtyping", "numpy", "phase_latency", "rich", "sympy", "torch")
print("loaded", int(code), *[name for name in sys.modules if name.partition(".")[0] in heavy])
"""


def loaded_by_a_run(folder, path=None):
    """Exit code of a run that has nothing to do with encodings, and what it has loaded."""
    (folder / "test_plain.py").write_text("def test_passes():\n    pass\n\n\ndef test_fails():\n    assert 1 == 2\n")
    paths = [*([str(path)] if path else []), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    environment = os.environ | {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }
    environment.pop("PYTEST_ADDOPTS", None)
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    word, code, *loaded = done.stdout.splitlines()[-1].split()
    assert word == "loaded", done.stdout
    return int(code), set(loaded)


def test_a_run_without_encodings_loads_nothing(tmp_path):
    """Not even when a test fails."""
    code, loaded = loaded_by_a_run(tmp_path)
    assert code == pytest.ExitCode.TESTS_FAILED
    assert loaded == OURS


@pytest.mark.parametrize("line", ["import numpy", "from phase_latency.errors import ArgumentError"])
def test_twin_a_plugin_that_loads_more_is_noticed(tmp_path, line):
    package = tmp_path / "planted" / "phase_latency"
    (package / "testing").mkdir(parents=True)
    for name in ("__init__.py", "errors.py", "testing/__init__.py", "testing/pytest_plugin.py"):
        shutil.copy(ROOT / "phase_latency" / name, package / name)
    plugin = package / "testing" / "pytest_plugin.py"
    plugin.write_text(plugin.read_text() + line + "\n")
    _, loaded = loaded_by_a_run(tmp_path, package.parent)
    assert loaded & {"numpy", "phase_latency.errors"}


def test_the_entry_point_is_installed():
    (entry,) = importlib.metadata.entry_points(group="pytest11", name="phase-latency")
    assert entry.value == "phase_latency.testing.pytest_plugin"


def test_it_can_be_switched_off(pytester):
    done = run(pytester, FAILS, "-p", "no:phase-latency")
    done.assert_outcomes(failed=1)
    assert "- phase-latency -" not in done.stdout.str()
    assert "InvarianceAssertionError: product: Shift up to Exact FAILS" in done.stdout.str()


def test_without_the_option_nothing_is_written(pytester):
    run(pytester, FAILS + PASSES).assert_outcomes(failed=1, passed=1)
    assert [path.name for path in pytester.path.iterdir() if path.name[0] not in "._"] == ["test_mine.py"]


# -- a failed test --------------------------------------------------------------------------------------------------


def section(result, title="phase-latency"):
    """The lines below a heading of the terminal report."""
    lines = result.stdout.lines
    (start,) = [number for number, line in enumerate(lines) if re.fullmatch(f"-+ {title} -+", line)]
    end = next(
        number for number in range(start + 1, len(lines)) if re.match(r"_+ |=+ |phase-latency: |-+ ", lines[number])
    )
    return lines[start + 1 : end]


def test_a_failed_test_shows_its_witness_and_a_program_to_copy(pytester):
    witness, *program = section(run(pytester, FAILS + PASSES))
    assert witness.startswith("smallest witness: Shift 1: query at 0, key at 0: 1 -> 2; deviates by 1, ")
    assert program[0] == "import torch"
    assert program[-1] == 'print(logit(0, 0), "->", logit(1, 1))  # 1 -> 2'
    compile("\n".join(program), "<program>", "exec")


def test_only_the_line_of_the_user_is_shown(pytester):
    output = run(pytester, FAILS).stdout.str()
    assert '>       assert_invariant(PRODUCT, "shift", **SMALL)' in output
    assert "assertions.py" not in output


def test_another_relation_shows_where_they_differ_first(pytester):
    source = "def test_same():\n    assert_equivalent(Rotary(4), Rotary(4, base=100.0), **{'length': 16})\n"
    (line,) = section(run(pytester, source))
    assert re.match(
        r"first difference: position 1, side queries, vector 2, coordinate 2: 0\.\d+ against 0\.\d+; ", line
    )


def test_code_that_raises_is_shown_with_its_own_frames(pytester):
    source = """
def broken(positions):
    raise RuntimeError("no positions today")
def test_broken():
    assert_invariant(Subject.additive(lambda: broken, name="broken"), "shift", **SMALL)
"""
    lines = section(run(pytester, source))
    assert lines[0] == "Traceback (most recent call last):"
    assert [line for line in lines if "File" in line][-1].endswith("in broken")
    assert lines[-1] == "RuntimeError: no positions today"


OTHER_FAILURES = """
def test_plain():
    assert 1 == 2
@pytest.mark.xfail
def test_expected():
    assert_invariant(PRODUCT, "shift", **SMALL)
def test_undecided():
    assert_invariant(PRODUCT, "batch", **SMALL)
def test_caught():
    with pytest.raises(AssertionError):
        assert_invariant(PRODUCT, "shift", **SMALL)
"""


def test_where_nothing_can_be_shown_there_is_no_section(pytester):
    done = run(pytester, OTHER_FAILURES)
    done.assert_outcomes(failed=2, passed=1, xfailed=1)
    assert "- phase-latency -" not in done.stdout.str()


# -- the report -------------------------------------------------------------------------------------------------------

MANY = (
    FAILS
    + PASSES
    + OTHER_FAILURES
    + """
def test_relation():
    assert_equivalent(Rotary(4), Rotary(4, base=100.0), length=16)
def test_two():
    assert_invariant(Rotary(4), "shift", **SMALL)
    assert_not_invariant(Rotary(4), "shift", **SMALL)
@pytest.fixture
def checked():
    return assert_invariant(Rotary(4), "shift", **SMALL)
def test_set_up(checked):
    assert checked.ok
def test_checked(check_encoding):
    assert check_encoding(PRODUCT, **SMALL)["Shift"].invariance == "Exact"
@pytest.fixture
def torn_down():
    yield
    assert_invariant(PRODUCT, "shift", **SMALL)
def test_torn_down(torn_down):
    assert_invariant(Rotary(4), "shift", **SMALL)
"""
)
# What each test is told to have found: outcome, number of profiles and relations, and whether there is a file.
TOLD = {
    "test_mine.py::test_fails": ("failed", 1, True),
    "test_mine.py::test_passes": ("passed", 1, False),
    "test_mine.py::test_expected": ("xfailed", 1, False),
    "test_mine.py::test_undecided": ("failed", 1, True),
    "test_mine.py::test_caught": ("passed", 1, False),
    "test_mine.py::test_relation": ("failed", 1, True),
    "test_mine.py::test_two": ("failed", 2, True),
    "test_mine.py::test_set_up": ("passed", 1, False),
    "test_mine.py::test_checked": ("failed", 1, True),
    "test_mine.py::test_torn_down": ("failed", 2, True),
}


def told(folder):
    """The summary in the form of `TOLD`."""
    return {
        name: (test["outcome"], len(test["found"]), test["file"] is not None) for name, test in summary(folder).items()
    }


def test_everything_that_was_found_is_in_the_report(pytester):
    done = run(pytester, MANY, "--phase-latency-report", "new/found")
    folder = pytester.path / "new" / "found"
    assert told(folder) == TOLD
    assert list(summary(folder)) == sorted(TOLD)
    files = {test["file"] for test in summary(folder).values() if test["file"]}
    assert {path.name for path in folder.iterdir()} == files | {"report.json", "report.html"}
    assert len(files) == 6
    line = f"phase-latency: 10 tests about encodings, 6 failed: {folder / 'report.html'}"
    assert line in done.stdout.lines


def test_the_report_has_what_the_assertion_said(pytester):
    run(pytester, FAILS, "--phase-latency-report", "found")
    (test,) = summary(pytester.path / "found").values()
    assert test["message"].startswith("product: Shift up to Exact FAILS\n  reason: ")
    (found,) = test["found"]
    assert (found["encoding"], found["kind"], found["seed"]) == ("product", "additive", 0)
    assert [row["verdict"] for row in found["rows"]] == ["FAILS"]
    assert json.loads((pytester.path / "found" / test["file"]).read_text()) == found


def test_the_file_of_a_failed_test_can_be_replayed(pytester, capsys):
    *_, hint = section(run(pytester, FAILS, "--phase-latency-report", "found"))
    command = shlex.split(hint.removeprefix("replay: phase-latency "))
    assert command[-2:] == ["--encoding", "MODULE:OBJECT"]
    capsys.readouterr()
    assert cli.main([*command[:-1], f"{pytester.path / 'test_mine.py'}:PRODUCT"]) == 1
    assert capsys.readouterr().out.startswith("still fails: Shift 1: query at 0, key at 0: 1 -> 2; ")
    mended = "import torch\n\ndef rows(positions):\n    return torch.ones(len(positions), 2).double()\n"
    (pytester.path / "mended.py").write_text(mended)
    assert cli.main([*command[:-1], f"{pytester.path / 'mended.py'}:rows"]) == 0
    assert capsys.readouterr().out.startswith("gone: Shift 1: query at 0, key at 0: 2 -> 2; ")


def test_the_path_in_the_hint_is_quoted_for_the_shell(pytester):
    *_, hint = section(run(pytester, FAILS, "--phase-latency-report", "my reports; $HOME"))
    assert re.fullmatch(
        r"replay: phase-latency replay '/.*/my reports; \$HOME/test_mine\.py-.*\.json' --encoding MODULE:OBJECT", hint
    )


def test_what_has_no_witness_is_found_but_not_replayed(pytester):
    source = 'def test_undecided():\n    assert_invariant(PRODUCT, "batch", **SMALL)\n'
    (hint,) = section(run(pytester, source, "--phase-latency-report", "found"))
    assert re.fullmatch(r"found: /.*/found/test_mine\.py-test_undecided-[0-9a-f]{8}\.json", hint)


class Tags(HTMLParser):
    """Which elements a page has, and its text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text = set(), ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)

    def handle_data(self, data):
        self.text += data


HOSTILE = """
@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "a&b\\"'<img src=x>"])
def test_named(name):
    assert_invariant(PRODUCT, "shift", name=name, **SMALL)
"""


def test_html_is_escaped(pytester):
    run(pytester, HOSTILE, "--phase-latency-report", "found").assert_outcomes(failed=2)
    page = Tags((pytester.path / "found" / "report.html").read_text())
    assert {"table", "pre", "a", "h2"} <= page.tags
    assert page.tags.isdisjoint({"script", "img"})
    assert page.text.count("<script>alert(1)</script>: Shift up to Exact FAILS") == 1


def test_a_run_without_assertions_has_a_report_too(pytester):
    done = run(pytester, "def test_nothing():\n    pass\n", "--phase-latency-report", "found")
    done.assert_outcomes(passed=1)
    assert summary(pytester.path / "found") == {}
    assert "No test asserted anything" in (pytester.path / "found" / "report.html").read_text()


def test_a_second_run_replaces_the_report(pytester):
    run(pytester, FAILS, "--phase-latency-report", "found")
    run(pytester, PASSES, "--phase-latency-report", "found")
    assert list(summary(pytester.path / "found")) == ["test_mine.py::test_passes"]


@pytest.mark.parametrize("target", ["test_mine.py", "test_mine.py/deeper", ""])
def test_a_bad_folder_is_refused_in_one_line(pytester, target):
    done = run(pytester, FAILS, "--phase-latency-report", target)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    expected = f"ERROR: --phase-latency-report: got {target!r}; expected a folder that can be written to; mend: "
    assert len([line for line in done.stderr.lines if line]) == 1
    assert done.stderr.lines[0].startswith(expected)


def test_a_summary_that_cannot_be_written_is_refused_in_one_line(pytester):
    (pytester.path / "found" / "report.json").mkdir(parents=True)
    done = run(pytester, PASSES, "--phase-latency-report", "found")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in done.stderr.lines if line][-1].startswith("ERROR: --phase-latency-report: path: got '/")


def test_workers_share_a_folder(pytester):
    """Each process writes its own files; one of them writes the summary, with what all have found."""
    pytester.makepyfile(test_mine=COMMON + MANY, test_other=COMMON + FAILS)
    done = pytester.runpytest_subprocess(
        *("-p", "no:cacheprovider", "-p", "phase-latency", "-p", "xdist", "--numprocesses", "2"),
        *("--phase-latency-report", "new/found"),
    )
    folder = pytester.path / "new" / "found"
    assert told(folder) == TOLD | {"test_other.py::test_fails": ("failed", 1, True)}
    for test in summary(folder).values():
        if test["file"]:
            assert json.loads((folder / test["file"]).read_text()) in test["found"]
    assert f"phase-latency: 11 tests about encodings, 7 failed: {folder / 'report.html'}" in done.stdout.lines
    assert len(list(folder.iterdir())) == 7 + 2


@given(st.lists(st.text(), min_size=2, max_size=5, unique=True))
def test_files_of_tests_do_not_clobber_each_other(names):
    files = [file_name(name) for name in names]
    assert len({name.lower() for name in files}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9._-]{1,100}\.json", name) for name in files)
    assert {"report.json", "report.html"}.isdisjoint(files)


def test_names_of_files_are_readable():
    name = file_name("tests/test_rope.py::TestRope::test_shift[a/b]")
    assert re.fullmatch(r"tests-test_rope\.py-TestRope-test_shift-a-b-[0-9a-f]{8}\.json", name)
    assert file_name("a/b") != file_name("a-b")
    assert file_name("\ud800").endswith(".json")


def test_figures_that_overflow_are_written_as_text():
    plain = _finite({"deviation": float("inf"), "rows": [{"bound": float("nan")}, (1.5, None)]})
    assert plain == {"deviation": "inf", "rows": [{"bound": "nan"}, [1.5, None]]}
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


# -- fixtures and decorated tests -------------------------------------------------------------------------------------

SEED = """
def test_seed(phase_latency_seed, check_encoding):
    found = check_encoding(Rotary(4), quick=True, **SMALL)
    assert (phase_latency_seed, found.seed) == ({seed}, {seed})
    assert len(found.rows) > 5
    assert check_encoding(Rotary(4), quick=True, seed=7, **SMALL).seed == 7
"""


@pytest.mark.parametrize(("options", "seed"), [((), 0), (("--phase-latency-seed", "12"), 12)])
def test_the_seed_of_the_run_reaches_checks(pytester, options, seed):
    run(pytester, SEED.replace("{seed}", str(seed)), *options).assert_outcomes(passed=1)


@pytest.mark.parametrize("seed", ["-1", "1.5", "x", ""])
def test_a_bad_seed_is_refused(pytester, seed):
    done = run(pytester, PASSES, f"--phase-latency-seed={seed}")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    refused = f"argument --phase-latency-seed: got {seed!r}; expected a whole number >= 0; pass for example 0"
    assert refused in done.stderr.str()


DECORATED = """
@pytest.fixture
def dim():
    return 4

@invariant_under("shift", **SMALL)
def test_fixture(dim):
    return Rotary(dim)

@pytest.mark.parametrize("base", [100.0, 10000.0])
@invariant_under("shift", **SMALL)
def test_marked_above(base, dim):
    return Rotary(dim, base=base)

@invariant_under("query-shift", **SMALL)
@pytest.mark.parametrize("base", [100.0, 10000.0])
def test_marked_below(base):
    return Rotary(4, base=base)

class TestGroup:
    @invariant_under("query-shift", **SMALL)
    def test_method(self, dim):
        return Rotary(dim)

@invariant_under("shift", **SMALL)
def build(dim):
    raise AssertionError("a factory is no test")
"""


def test_decorated_tests_are_tests(pytester):
    done = run(pytester, DECORATED, "-W", "error")
    done.assert_outcomes(passed=3, failed=3)
    assert done.stdout.str().count("QueryShift up to Exact FAILS") >= 3
    assert "claimed of what TestGroup.test_method returns, " in done.stdout.str()


NAMED = """
@invariant_under("query-shift", **SMALL)
@invariant_under("shift", **SMALL)
def check_rope(dim=4):
    return Rotary(dim)

class CheckGroup:
    @invariant_under("query-shift", **SMALL)
    def check_method(self):
        return Rotary(4)

    def check_plain(self):
        pass
"""


def test_a_test_of_another_name_is_a_test_too(pytester):
    pytester.makeini("[pytest]\npython_functions = check_*\npython_classes = Check*\n")
    done = run(pytester, NAMED, "-W", "error")
    done.assert_outcomes(failed=2, passed=1)
    assert "QueryShift up to Exact FAILS" in done.stdout.str()
