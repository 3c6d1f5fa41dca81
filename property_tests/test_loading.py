"""Objects are loaded by name from a user's code; whatever is wrong with the name or the code is said in one line."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from refusals import refusal

from phase_latency.adapters.loading import UserCodeError, load, load_subject
from phase_latency.encodings import Rotary, Sinusoidal
from phase_latency.errors import ArgumentError

SOURCES = {
    "mine.py": '''
from dataclasses import dataclass, field
import torch
import turning_helper

@dataclass
class Turn:
    """Turns by whole angles."""

    head_dim: int = 32
    angles: list[float] = field(default_factory=lambda: [1.0])

    def apply(self, x, positions):
        return turning_helper.turned(x, positions * self.angles[0])

class Models:
    small = Turn(16)

    @property
    def large(self):
        raise MemoryError("too large")

models = Models()

def raises(positions):
    def deep():
        return [][0]
    return deep()

def alibi(i, j):
    return -(i[:, None] - j[None]).abs().float()
''',
    "turning_helper.py": """
import torch

def turned(x, positions):
    first, second = x.chunk(2, -1)
    cosine, sine = positions[:, None].cos(), positions[:, None].sin()
    return torch.cat((first * cosine - second * sine, second * cosine + first * sine), -1)
""",
    "divides.py": "def deep():\n    return 1 / 0\n\ndeep()\n",
    "exits.py": "import sys\nsys.exit(3)\n",
    "misspelt.py": "def f(:\n",
    "lacks.py": "import a_package_that_is_not_there\n",
    "chained.py": "try:\n    {}['key']\nexcept KeyError as error:\n    raise ValueError('no key') from error\n",
    "folder/inner.py": "from turning_helper import turned\n",
    "folder/__init__.py": "",
}
P = torch.arange(5)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with the user's code as the current directory; its modules are forgotten afterwards."""
    for name, source in SOURCES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(source)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each not in ("", str(tmp_path))])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(tmp_path) in str(sys.modules[name].__file__):
            del sys.modules[name]


# -- loading --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", ["mine:Turn", "mine.py:Turn", "./mine.py:Turn", "folder/../mine.py:Turn"])
def test_by_module_and_by_file(spec):
    assert load(spec)().head_dim == 32


def test_by_absolute_path_from_elsewhere(folder, monkeypatch):
    monkeypatch.chdir(Path(__file__).parent)
    assert load(f"{folder}/mine.py:models.small.head_dim") == 16


def test_dotted_modules_and_dotted_objects():
    assert load("folder.inner:turned") is load("turning_helper:turned")
    assert load("os.path:join.__name__") == "join"


def test_the_search_path_is_as_before():
    before = list(sys.path)
    load("mine:Turn")
    load("folder/inner.py:turned")
    assert sys.path == before
    refusal(lambda: load("divides:x"))
    assert sys.path == before


def test_a_file_is_read_anew_and_does_not_take_the_name_of_a_module():
    Path("torch.py").write_text("size = 3\n")
    assert load("torch.py:size") == 3
    Path("torch.py").write_text("size = 4444\n")
    assert load("torch.py:size") == 4444
    assert sys.modules["torch"] is torch


def test_a_file_that_raises_leaves_no_module_behind():
    before = set(sys.modules)
    refusal(lambda: load("divides.py:x"))
    assert {name for name in set(sys.modules) - before if "divides" in name} == set()


# -- subjects -------------------------------------------------------------------------------------------------------


def test_a_subject_is_called_like_its_name_and_rebuilds_from_its_source():
    subject = load_subject("mine.py:Turn")
    assert (subject.name, subject.kind, subject.dim) == ("mine.py:Turn", "rotary", 32)
    program = (
        f"{subject.source}\nimport torch\nx = torch.ones(1, 1, 5, 32)\n"
        "print(encoding.name, float(encoding.build()(x, x, torch.arange(5))[0].sum()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    x = torch.ones(1, 1, 5, 32)
    assert done.stdout.split() == ["mine.py:Turn", str(float(subject.build()(x, x, P)[0].sum()))]


def test_options_are_passed_on_and_kept_in_the_source():
    subject = load_subject("mine:alibi", kind="bias")
    assert subject.kind == "bias"
    assert subject.source.endswith("encoding = load_subject('mine:alibi', kind='bias')")
    assert load_subject("rotary", dim=8).dim == 8
    assert load_subject("rank", length=7).declared.max_length == 7
    assert load_subject("rank", length=7).source.endswith("load_subject('rank', length=7)")


def test_encodings_of_this_package_by_name():
    rows = load_subject("sinusoidal", dim=8).build()(P, torch.float64)
    assert torch.equal(rows, Sinusoidal(8)(P))
    halves = load_subject("amplitude(1/2)", dim=8).build()(P, torch.float64)
    assert torch.equal(halves, rows / 2)
    x = torch.ones(1, 1, 5, 64, dtype=torch.float64)
    assert torch.equal(load_subject("rotary").build()(x, x, P)[0], Rotary(64).apply(x, P))
    assert load_subject("alibi").kind == "bias"


def test_tables_by_path():
    import numpy as np
    from safetensors.torch import save_file

    rows = torch.arange(12.0).reshape(6, 2)
    np.save("table.npy", rows.numpy())
    save_file({"wpe": rows}, "table.safetensors")
    for spec in ("table.npy", "table.safetensors", "table.safetensors:wpe"):
        subject = load_subject(spec)
        assert torch.equal(subject.build()(P, torch.float32), rows[:5])
        assert (subject.name, subject.declared.max_length) == (spec, 6)
    halves = load_subject("amplitude(1/2, table.npy)")
    assert torch.equal(halves.build()(P, torch.float32), rows[:5] / 2)


# -- refusals -------------------------------------------------------------------------------------------------------

REFUSED = [
    ("mine:Turns", "it has no Turns; did you mean Turn?"),
    ("mine.py:Turns", "encoding: got 'mine.py:Turns'; expected an object that mine.py has; it has no Turns; did you"),
    ("mine.py:models.smal", "did you mean small?"),
    ("mine:zzz", "choose one of"),
    ("nowhere:x", "expected a module nowhere that Python can import; start in the folder that has it"),
    ("folder.nowhere:x", "expected a module folder.nowhere that Python can import"),
    ("mine.nowhere:x", "expected a module mine.nowhere that Python can import"),
    ("nowhere.py:x", "encoding: got 'nowhere.py:x'; expected the path of a Python file; check that nowhere.py exists"),
    ("..mine:x", "expected a module ..mine that Python can import"),
    ("mine:", "expected MODULE:OBJECT or FILE.py:OBJECT; name the object after a colon"),
    (":Turn", "expected MODULE:OBJECT or FILE.py:OBJECT"),
    ("mine:Turn()", "expected MODULE:OBJECT or FILE.py:OBJECT"),
    ("mine.py", "encoding: got 'mine.py'; expected the name of an encoding, MODULE:OBJECT or FILE.py:OBJECT"),
    ("sinusoidl", "did you mean sinusoidal?"),
    ("amplitud(1/2)", "did you mean amplitude?"),
    ("amplitude(half)", "expected a decimal or a fraction in the brackets"),
    ("nowhere.npy", "expected the path of an existing table"),
    ("transformers:yarns", "did you mean transformers:yarn"),
    ("x-transformers:alibis", "did you mean x-transformers:alibi"),
    ("mine:torch", "pass an object of the module"),
    ("os.path:sep", "expected a (length, dim) table"),
    (None, "encoding: got None; expected MODULE:OBJECT or FILE.py:OBJECT; pass text"),
]


@pytest.mark.parametrize(("spec", "message"), REFUSED)
def test_names_that_name_nothing(spec, message):
    assert message in refusal(lambda: load_subject(spec))


def test_loading_refuses_the_same_names():
    for spec in ("mine:Turns", "nowhere:x", "nowhere.py:x", "mine:", "mine.py", None):
        assert refusal(lambda s=spec: load(s)).startswith(f"encoding: got {spec!r}; expected ")


RAISING = [
    ("divides:x", "ZeroDivisionError: division by zero", ["divides.py", "in deep"]),
    ("divides.py:x", "ZeroDivisionError: division by zero", ["divides.py", "in deep"]),
    ("exits.py:x", "SystemExit: 3", ["exits.py", "sys.exit(3)"]),
    ("misspelt:x", "SyntaxError: invalid syntax", ["misspelt.py", "def f(:"]),
    ("lacks:x", "ModuleNotFoundError: No module named 'a_package_that_is_not_there'", ["lacks.py"]),
    ("chained.py:x", "ValueError: no key", ["chained.py", "KeyError: 'key'", "direct cause"]),
    ("mine.py:models.large", "MemoryError: too large", ["mine.py", "in large"]),
    ("mine:raises", "IndexError", ["mine.py", "in raises", "in deep"]),
]


@pytest.mark.parametrize(("spec", "message", "lines"), RAISING)
def test_code_that_raises_is_shown_without_ours(spec, message, lines):
    assert message in refusal(lambda: load_subject(spec))
    with pytest.raises(UserCodeError) as caught:
        load_subject(spec)
    for line in lines:
        assert line in caught.value.user_traceback
    for ours in ("adapters", "importlib", "jaxtyping"):
        assert ours not in caught.value.user_traceback


def test_the_error_survives_pickling():
    with pytest.raises(UserCodeError) as caught:
        load("divides:x")
    copied = pickle.loads(pickle.dumps(caught.value))
    assert str(copied) == str(caught.value)
    assert copied.user_traceback == caught.value.user_traceback
    assert isinstance(copied, ArgumentError)


def test_an_interrupt_is_not_an_error_of_the_users_code():
    Path("slow.py").write_text("raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        load("slow:x")
