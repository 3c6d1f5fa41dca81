"""The defects that examples/live_defects.py shows are still there; a release that mends one is noticed."""

import importlib.util
import os
import re
import sys
from pathlib import Path

import pytest
import torchtune_stand_in

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "live_defects.py"
spec = importlib.util.spec_from_file_location("live_defects", EXAMPLE)
live_defects = sys.modules["live_defects"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(live_defects)

os.environ.setdefault("HF_HUB_OFFLINE", "1")

pytestmark = [
    pytest.mark.filterwarnings("ignore:Importing .*torchao.dtypes:DeprecationWarning"),  # torchtune
    pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning"),  # x-transformers
]

# torchtune brings two dozen packages along, so that it has an extra of its own.
IS_INSTALLED = importlib.util.find_spec("torchtune") is not None
NAMES = [name for name, (package, _, _) in live_defects.DEFECTS.items() if package != "torchtune" or IS_INSTALLED]


@pytest.mark.parametrize("name", NAMES)
def test_the_library_is_installed(name):
    found = live_defects.defect(name)
    assert found.state != "MISSING", f"run {found.found}"


@pytest.mark.xfail(strict=True, raises=AssertionError, reason="not mended yet; when it is, drop it from the example")
@pytest.mark.parametrize("name", NAMES)
def test_the_defect_is_gone(name):
    found = live_defects.defect(name)
    if found.state == "MISSING":
        pytest.fail(f"run {found.found}")
    assert found.state == "gone"


def test_the_figures():
    """Of the releases that constraints.txt pins."""
    found = {name: live_defects.defect(name).found for name in NAMES}
    assert found["rounded-positions"] == "513 distinct"
    assert found["falcon-alibi"] == "rows differ by 4.0"
    assert found["cached-dtype"] == "float16"
    moved = {
        name: float(re.fullmatch(r"logits move by (\S+)", found[name])[1]) for name in found if "move" in found[name]
    }
    assert moved.keys() == {"cache-across-dtypes", "dynamic-reset", "angle-dtype"}
    assert moved["cache-across-dtypes"] > 1
    assert moved["dynamic-reset"] > 1
    assert moved["angle-dtype"] > 1e-3


@pytest.mark.parametrize(
    ("measure", "sound"),
    [
        (live_defects.rounded_positions, "rotary-embedding-torch:rotary"),
        (live_defects.cache_across_dtypes, "rotary-embedding-torch:rotary"),
        (live_defects.dynamic_after_a_longer_call, "linear"),
        (live_defects.falcon_rows, "transformers:mpt-alibi"),
        (live_defects.angles_in_float32, "transformers:default-frequencies"),
        (live_defects.cached_dtype, "x-transformers:sinusoidal"),
    ],
    ids=lambda each: getattr(each, "__name__", each),
)
def test_twin_what_does_not_have_the_defect_is_not_said_to(measure, sound):
    _, _, is_there = measure(sound)
    assert not is_there


def test_a_defect_that_is_not_there_is_called_gone(monkeypatch):
    monkeypatch.setitem(live_defects.DEFECTS, "none", ("torch", "none", lambda: ("0", "0", False)))
    assert live_defects.defect("none").state == "gone"


def test_without_the_library_the_table_says_how_to_install_it(monkeypatch):
    for name in [each for each in sys.modules if each.partition(".")[0] == "torchtune"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torchtune", None)
    (line,) = live_defects.lines([live_defects.defect("past-the-end")])
    assert line == "MISSING  torchtune -: pip install 'phase-latency[torchtune]'"


def test_the_stand_in_for_torchtune_has_the_defect_too(monkeypatch):
    torchtune_stand_in.install(monkeypatch)
    assert live_defects.past_the_end() == ("RuntimeError", "17 rows", True)


def test_one_row_per_defect():
    assert [each.says for each in live_defects.defects()] == [says for _, says, _ in live_defects.DEFECTS.values()]
