"""check, compare and replay on the command line: files of users, exit codes, JSON, and one line for what goes wrong."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import jaxtyping
import jsonschema
import pytest

from phase_latency import cli

ROOT = Path(__file__).resolve().parent.parent

CODE = '''
import sys, time
import torch

print("this module prints")

def rates(dim):
    return 10000.0 ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)

def right(x, positions):
    print("and so does its encoding")
    angle = (positions[:, None] * rates(x.shape[-1])).repeat(1, 2)
    first, second = x.chunk(2, -1)
    return (x * angle.cos() + torch.cat((-second, first), -1) * angle.sin()).to(x.dtype)

def wrong(x, positions):
    angle = (positions[:, None] * rates(x.shape[-1])).repeat_interleave(2, -1)
    first, second = x.chunk(2, -1)
    return x * angle.cos() + torch.cat((-second, first), -1) * angle.sin()

def doubled(x, positions):
    return 2 * right(x, positions)

def infinite(positions):
    return torch.where(positions[:, None] == 5, torch.inf, positions[:, None] + torch.ones(4, dtype=torch.float64))

class Remembers:
    """Returns what its first call returned, if the length is the same."""
    def __init__(self):
        self.rows = {}
    def __call__(self, positions):
        return self.rows.setdefault(len(positions), torch.cos(positions[:, None] * torch.ones(3, dtype=torch.float64)))

def hangs(x, positions):
    while True:
        time.sleep(0.01)

def raises(x, positions):
    return x / not_defined

def random(positions):
    return torch.rand(len(positions), 4, dtype=torch.float64)

def in_place(x, positions):
    return x.mul_(2)

def meta(positions):
    return torch.ones(len(positions), 4, device="meta")

class Needs:
    def __init__(self, width):
        self.width = width
    def __call__(self, positions):
        return torch.ones(len(positions), self.width)

class Grows:
    """Another width on every call."""
    def __init__(self):
        self.calls = 1
    def __call__(self, positions):
        self.calls += 1
        return torch.cos(positions[:, None] * torch.arange(self.calls, dtype=torch.float64))

nothing = None
number = 3

from phase_latency.spiking import NLIF, Network
excitatory = Network([NLIF(torch.full((2, 2), 0.75, dtype=torch.float64)) for _ in range(2)])
inhibited = NLIF(torch.tensor([[3.0, -1.0]], dtype=torch.float64))
'''

PROFILE = {
    "type": "object",
    "required": ["provenance", "encoding", "kind", "range", "rows", "facts"],
    "properties": {
        "provenance": {"type": "object", "required": ["version", "commit", "date", "constraints"]},
        "encoding": {"type": "string"},
        "kind": {"enum": ["additive", "rotary", "bias"]},
        "range": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
        "rows": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["under", "class", "verdict", "scale", "deviation", "bound", "witness"],
                "properties": {
                    "verdict": {"enum": ["HOLDS", "FAILS", "VACUOUS", "UNDECIDED"]},
                    "deviation": {"type": ["number", "null"]},
                    "bound": {"type": ["number", "null"]},
                    "scale": {"type": ["number", "null"]},
                    "witness": {"type": ["object", "null"]},
                },
            },
        },
        "facts": {
            "type": "object",
            "required": [
                "vacuous",
                "finite",
                "deterministic",
                "history_dependent",
                "angle_dtype",
                "distinct_positions",
            ],
        },
    },
}

RELATION = {
    "type": "object",
    "required": [
        "relation",
        "scale",
        "retiming",
        "permutation",
        "frequencies",
        "deviation",
        "bound",
        "witness",
    ],
    "properties": {
        "relation": {"enum": ["equal", "scale", "row-constant", "retimed", "permuted", "frequencies", "none"]}
    },
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("user")
    (path / "mine.py").write_text(CODE)
    (path / "broken.py").write_text("import torch\nx = 1 / 0\n")
    return path


@pytest.fixture(scope="module")
def process(folder):
    """The program in a process of its own."""

    def called(*arguments):
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        program = [sys.executable, "-m", "phase_latency", *arguments]
        return subprocess.run(program, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)

    return called


@dataclass(frozen=True)
class Done:
    """What the program did in this process."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(folder, capsys, monkeypatch):
    """The program in this process, in the folder of the user; the program checks its input itself."""
    monkeypatch.chdir(folder)

    def called(*arguments):
        jaxtyping.config.update("jaxtyping_disable", True)
        try:
            code = cli.main(arguments)
        finally:
            jaxtyping.config.update("jaxtyping_disable", False)
        printed = capsys.readouterr()
        return Done(code, printed.out, printed.err)

    return called


SMALL = ("--length", "24", "--range", "0:2000", "--dim", "8")


def test_a_broken_encoding_is_diagnosed(run):
    done = run("check", "mine.py:wrong", *SMALL)
    assert done.returncode == 0, done.stderr  # nothing was claimed
    assert "Shift             Nothing  FAILS" in done.stdout
    assert "Shift 1: query e0 at 0, key e0 at 0: 1 -> " in done.stdout


def test_claims_decide_the_exit_code(run):
    assert run("check", "mine.py:right", "--claim", "shift", "--quick", *SMALL).returncode == 0
    assert run("check", "mine.py:wrong", "--claim", "shift", "--quick", *SMALL).returncode == 1
    assert run("check", "mine.py:right", "--claim", "shift", "--claim", "queryshift:scale", *SMALL).returncode == 1


def test_a_spiking_network_without_inhibition_has_its_three_properties(run):
    done = run("check", "mine.py:excitatory")
    assert done.returncode == 0, done.stderr
    for name in ("monotone", "translation-equivariant", "non-expansive"):
        assert re.search(rf"{name} +HOLDS +2000 ", done.stdout)
    assert run("check", "mine.py:excitatory", "--quiet").stdout == ""


def test_an_inhibited_neuron_lacks_two_and_shows_where(run):
    done = run("check", "mine.py:inhibited")
    assert done.returncode == 1
    assert re.search(r"monotone +FAILS .*\n.*translation-equivariant +HOLDS .*\n.*non-expansive +FAILS", done.stdout)
    assert len(re.findall(r"^    \(\S+, \S+\) -> \(\S+\)$", done.stdout, re.MULTILINE)) == 4


def test_a_spiking_network_as_json_and_into_a_file(run, folder):
    done = run("check", "mine.py:inhibited", "--json", "--out", "found.json")
    found = json.loads(done.stdout)
    assert json.loads((folder / "found.json").read_text()) == found
    assert [each["word"] for each in found["properties"]] == ["FAILS", "HOLDS", "FAILS"]
    assert len(found["properties"][0]["witness"]["times"]) == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("check", "mine.py:excitatory", "--claim", "shift"), "--claim: got ['shift']; expected no claim"),
        (("compare", "mine.py:excitatory", "sinusoidal"), "expected an encoding, not a spiking network"),
    ],
)
def test_what_a_spiking_network_has_not_is_refused(run, arguments, told):
    done = run(*arguments)
    assert done.returncode == 2
    assert told in done.stderr


def test_without_claims_infinite_values_and_memory_fail(run):
    infinite, remembers = (run("check", f"mine.py:{name}", "--quick", *SMALL) for name in ("infinite", "Remembers"))
    assert (infinite.returncode, remembers.returncode) == (1, 1)
    assert "not finite" in infinite.stdout
    assert "depends on earlier calls" in remembers.stdout


def test_it_says_that_it_runs_the_code_and_keeps_its_output_apart(process, run):
    done = process("check", "mine.py:right", "--json", "--quick", *SMALL)
    assert "importing and running mine.py:right" in done.stderr
    found = json.loads(done.stdout)  # the code prints, and none of it is here
    jsonschema.validate(found, PROFILE)
    assert found["facts"]["prints"]
    assert "runs the code" in " ".join(run("check", "--help").stdout.split())


def test_equal_seeds_give_equal_profiles(run):
    first, again = (run("check", "mine.py:wrong", "--json", "--seed", "3", *SMALL).stdout for _ in range(2))
    assert first == again


def test_compare(run):
    done = run("compare", "mine.py:doubled", "mine.py:right", "--json", *SMALL)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    jsonschema.validate(found, RELATION)
    assert (found["relation"], found["scale"]) == ("scale", 4)
    assert "none" in run("compare", "mine.py:wrong", "mine.py:right", *SMALL).stdout


def test_a_witness_is_replayed_until_it_is_gone(run, folder):
    assert run("check", "mine.py:wrong", "--claim", "shift", "--out", "found.json", *SMALL).returncode == 1
    still = run("replay", "found.json", "--dim", "8")
    assert (still.returncode, still.stdout[:12]) == (1, "still fails:"), still.stderr
    gone = run("replay", "found.json", "--encoding", "mine.py:right", "--dim", "8")
    assert (gone.returncode, gone.stdout[:5]) == (0, "gone:"), gone.stderr
    assert json.loads(run("replay", "found.json", "--json", "--dim", "8").stdout)["replayed"][0]["fails"]


BAD = [
    (["check", "mine.py:nowhere"], 2, "expected an object that mine.py has"),
    (["check", "nowhere.py:f"], 2, "check that nowhere.py exists"),
    (["check", "rotari"], 2, "rotary"),
    (["check", "mine.py:nothing"], 2, "expected a (length, dim) table, f(positions)"),
    (["check", "mine.py:number"], 2, "expected a (length, dim) table, f(positions)"),
    (["check", "mine.py:Needs"], 2, "pass a function that gives it its arguments: lambda: Needs(64)"),
    (["check", "mine.py:right", "--range", "0-9"], 2, "--range: got '0-9'; expected LO:HI"),
    (["check", "mine.py:right", "--range", "9:9"], 2, "expected at least two positions"),
    (["check", "mine.py:right", "--claim", "shfit"], 2, "transformation: got 'shfit'; expected one of Shift"),
    (["check", "mine.py:right", "--claim", "shift:exakt"], 2, "class: got 'exakt'; expected one of Exact"),
    (["check", "mine.py:right", "--max-examples", "0"], 2, "--max-examples"),
    (["check", "mine.py:random", "--quick"], 2, "got other values on the second call"),
    (["check", "mine.py:meta"], 2, "CPU"),
    (["check", "mine.py:Grows"], 2, "mine.py:Grows"),
    (["check", "torchtune:rotary"], 3, "phase-latency[torchtune]"),
    (["compare", "rotary", "sinusoidal"], 2, "rotary"),
    (["replay", "nowhere.json"], 2, "file: got 'nowhere.json'; expected a readable profile in JSON"),
    (["replay", "mine.py"], 2, "file: got 'mine.py'; expected a readable profile in JSON"),
]


@pytest.mark.parametrize(("arguments", "code", "message"), BAD, ids=lambda value: str(value)[:40])
def test_what_goes_wrong_is_one_line(run, arguments, code, message):
    if "torchtune:rotary" in arguments and importlib.util.find_spec("torchtune"):
        code, message = 0, ""
    done = run(*arguments)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    mine = [line for line in done.stderr.splitlines() if line.startswith("phase-latency: ")]
    assert len([line for line in mine if "importing and running" not in line]) <= 1
    assert "phase_latency/" not in done.stderr


USER_CODE = [("mine.py:hangs", "got no answer within 1 s", "time.sleep(0.01)"), ("mine.py:raises", "", "not_defined"),
             ("broken.py:x", "ZeroDivisionError", "x = 1 / 0")]  # fmt: skip


@pytest.mark.parametrize(("encoding", "message", "line"), USER_CODE)
def test_the_users_traceback_is_shown_and_ours_is_not(run, encoding, message, line):
    limit = ("--time-limit", "1") if "hangs" in encoding else ()
    done = run("check", encoding, "--dim", "8", *limit)
    assert done.returncode == 2
    assert message in done.stderr
    assert line in done.stderr
    assert "Traceback (most recent call last):" in done.stderr
    assert str(ROOT / "phase_latency") not in done.stderr


def test_an_argument_changed_in_place_is_refused(run):
    done = run("check", "mine.py:in_place", "--dim", "8")
    assert done.returncode == 2
    assert "in place" in done.stderr, done.stderr


def test_nothing_is_left_of_a_profile_that_cannot_be_written(run, folder):
    done = run("check", "mine.py:right", "--quick", "--out", "nowhere/found.json", *SMALL)
    assert done.returncode == 2
    assert "path: got 'nowhere/found.json'" in done.stderr
    assert not (folder / "nowhere").exists()
