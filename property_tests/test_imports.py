"""Who may import what: a light front door, one direction between the rooms, one bridge from SymPy to torch.

The rules read the syntax tree of every module, and each is shown to bite on a planted violation.
"""

import ast
import graphlib
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path
from typing import NamedTuple

import pytest

import phase_latency

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("hypothesis", "numpy", "sympy", "torch")

# -- the rooms, each with those that it may import ----------------------------------------------------------------

BASE = {"atomic", "errors", "figures", "formulas", "types"}
ENCODING_SIDE = BASE | {"latency", "validation"}
LAYER_SIDE = ENCODING_SIDE | {"encodings", "inputs", "logit_parts", "masks", "normalisation"}
NUMERIC_SIDE = LAYER_SIDE | {"attention"}
MEASURING_SIDE = NUMERIC_SIDE | {"numerics"}
SYMBOLIC_SIDE = {"atomic", "errors", "formulas"}
LIBRARY = MEASURING_SIDE | {"adapters", "checking", "invariance", "ledger", "bridge", "instance", "real", "testing"}
PRINTING_SIDE = {
    "measurement_report",
    "progress",
    "tables",
    "environment",
    "notation",
    "record",
    "derivation",
    "proving",
    "measuring",
    "verification",
}

MAY_IMPORT = {
    "errors": set(),
    "atomic": {"errors"},
    "figures": {"errors"},
    "formulas": set(),
    "types": set(),
    "latency": {"errors", "formulas"},
    "validation": {"errors", "types"},
    "encodings": ENCODING_SIDE,
    "inputs": ENCODING_SIDE,
    "masks": ENCODING_SIDE,
    "logit_parts": {"formulas"},
    "normalisation": ENCODING_SIDE,
    "attention": LAYER_SIDE,
    "numerics": NUMERIC_SIDE,
    "streaming": NUMERIC_SIDE | {"numerics"},
    "spiking": {"errors", "types", "validation", "numerics", "tables"},
    "invariance": MEASURING_SIDE | {"progress", "streaming", "threads"},
    "adapters": ENCODING_SIDE | {"encodings", "spiking"},
    "checking": NUMERIC_SIDE | {"adapters", "numerics", "tables"},
    "real": MEASURING_SIDE | {"invariance"},
    "testing": MEASURING_SIDE | {"invariance", "adapters", "checking"},
    "ledger": SYMBOLIC_SIDE,
    "bridge": MEASURING_SIDE | {"ledger"},
    "instance": MEASURING_SIDE | {"ledger", "bridge"},
    "environment": set(),
    "threads": set(),
    "progress": set(),
    "tables": set(),
    "notation": {"ledger"},
    "checkers": SYMBOLIC_SIDE | {"atomic", "environment", "ledger", "record_form"},
    "mutation": SYMBOLIC_SIDE | {"checkers", "ledger"},
    "record": {"checkers", "ledger", "mutation", "record_form", "statement_text"},
    "record_form": set(),
    "wording": set(),
    "limits": set(),
    "published": set(),
    "escaping": set(),
    "latex_layout": {"escaping"},
    "latex_rows": {"latex_layout", "ledger"},
    "derivation": {"escaping", "latex_layout", "latex_rows", "ledger", "notation"},
    "statement_text": {"derivation", "latex_rows", "ledger", "notation"},
    "intervals": set(),
    "experiment_rows": {"intervals"},
    "experiments": MEASURING_SIDE
    | {"experiment_rows", "intervals", "progress", "running", "sweeping", "tables", "wording"},
    "exhibits": MEASURING_SIDE | {"checking", "invariance", "spiking"},
    "appendix": {
        "citing",
        "environment",
        "errors",
        "escaping",
        "experiment_rows",
        "intervals",
        "latex_layout",
        "limits",
        "published",
        "record_form",
        "references",
        "wording",
    },
    "proving": {"checkers", "environment", "errors", "ledger", "provenance", "record"},
    "measuring": MEASURING_SIDE | {"invariance", "streaming"},
    "sharding": MEASURING_SIDE | {"environment", "invariance", "measuring", "progress", "running", "streaming"},
    "verification": LIBRARY
    | {"checkers", "environment", "exhibits", "experiments", "provenance", "record", "record_form", "threads"},
    "report": LIBRARY | PRINTING_SIDE | {"checkers"},
    "readme": LIBRARY | {"atomic", "checkers", "limits", "published", "readme_stored", "verification", "wording"},
    "readme_stored": {"errors", "experiment_rows", "wording"},
    "references": set(),
    "provenance": {"environment", "errors"},
    "citing": {"environment", "errors", "escaping", "provenance", "references"},
    "running": {"errors", "progress", "threads"},
    "sweeping": MEASURING_SIDE
    | {"atomic", "environment", "invariance", "measuring", "progress", "running", "streaming", "tables"},
    "measurement_report": {"figures", "tables"},
    "cli_measure": PRINTING_SIDE | {"errors", "sharding", "sweeping"},
    "cli_prove": PRINTING_SIDE | {"checkers", "derivation", "errors", "ledger", "proving", "report"},
    "cli_encodings": {"adapters", "atomic", "checking", "errors", "progress", "provenance", "spiking", "tables"},
    "cli_appendix": {
        "appendix",
        "checking",
        "cli_encodings",
        "errors",
        "exhibits",
        "progress",
        "provenance",
        "verification",
    },
    "cli_experiment": {"appendix", "atomic", "errors", "exhibits", "experiments", "progress", "tables"},
    "cli": LIBRARY
    | PRINTING_SIDE
    | {"cli_appendix", "cli_encodings", "cli_experiment", "cli_measure", "cli_prove"}
    | {"citing", "report", "readme", "readme_stored"},
    "__main__": {"cli"},
    "proofs": SYMBOLIC_SIDE | {"ledger"},
    "proofs.instances": LIBRARY | {"experiments", "proofs", "spiking"},
}

# Libraries that a room must not load: `prove` starts without torch, and the first three serve every other room.
MUST_NOT_LOAD = {
    "errors": set(HEAVY),
    "formulas": set(HEAVY),
    "latency": set(HEAVY),
    "ledger": {"torch", "hypothesis"},
    "proofs": {"torch", "hypothesis"},
    "environment": set(HEAVY),
    "checkers": {"torch", "hypothesis"},
    "mutation": {"torch", "hypothesis"},
    "notation": {"torch", "hypothesis"},
    "record": {"torch", "hypothesis"},
    "record_form": set(HEAVY),
    "escaping": set(HEAVY),
    "statement_text": {"torch", "hypothesis"},
    "intervals": {"hypothesis", "sympy", "torch"},
    "experiment_rows": {"hypothesis", "sympy", "torch"},
    "experiments": {"hypothesis", "sympy"},
    "appendix": {"hypothesis", "sympy", "torch"},
    "derivation": {"torch", "hypothesis"},
    "proving": {"torch", "hypothesis"},
}

THE_BRIDGE = "phase_latency.bridge"

# -- reading the sources ------------------------------------------------------------------------------------------


class Import(NamedTuple):
    """One imported module, by full name, and where it is imported."""

    importer: str
    target: str
    line: int


def modules(root: Path) -> dict[str, Path]:
    """Every module under a repository's phase_latency/ and proofs/, by full name."""
    found = {}
    for path in sorted([*(root / "phase_latency").rglob("*.py"), *(root / "proofs").rglob("*.py")]):
        parts = path.relative_to(root).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        found[".".join(parts if parts[0] == "phase_latency" else ("phase_latency", *parts))] = path
    return found


def imports(name: str, path: Path, known: dict[str, Path]) -> Iterator[Import]:
    """Every import in a module, also those inside functions; a name of the public face counts as its module."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (Import(name, alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package)
            for alias in node.names:
                target = f"{base}.{alias.name}"
                if base == "phase_latency" and alias.name in phase_latency._LOADED_FROM:
                    target = f"{base}.{phase_latency._LOADED_FROM[alias.name]}"
                yield Import(name, target if target in known else base, node.lineno)


def all_imports(root: Path) -> list[Import]:
    """Every import of a repository but those of the public face, which only loads on demand."""
    known = modules(root)
    return [found for name, path in known.items() if name != "phase_latency" for found in imports(name, path, known)]


def room(module: str) -> str:
    """The room of one of our modules; the package itself is the room ''."""
    inner = module.removeprefix("phase_latency").removeprefix(".")
    return "proofs.instances" if inner.startswith("proofs.instances") else inner.partition(".")[0]


def is_ours(module: str) -> bool:
    """Whether a module is part of the package."""
    return module.partition(".")[0] == "phase_latency"


def wrong_directions(root: Path) -> list[str]:
    """Imports of a room that the importing room may not know, and modules in rooms that the table lacks."""
    strangers = {room(name) for name in modules(root)} - MAY_IMPORT.keys() - {""}
    faults = [f"room {stranger!r} is not in the table" for stranger in sorted(strangers)]
    for importer, target, line in all_imports(root):
        here, there = room(importer), room(target)
        if is_ours(target) and here in MAY_IMPORT and there not in MAY_IMPORT[here] | {here, ""}:
            faults.append(f"{importer}:{line} imports {target}: {here} may not import {there}")
    return faults


def forbidden_libraries(root: Path) -> list[str]:
    """Imports of a library that the room must not load."""
    return [
        f"{importer}:{line} imports {target}"
        for importer, target, line in all_imports(root)
        if target.partition(".")[0] in MUST_NOT_LOAD.get(room(importer), set())
    ]


def bridges(root: Path) -> set[str]:
    """Modules that import both SymPy and torch."""
    libraries: dict[str, set[str]] = {}
    for importer, target, _ in all_imports(root):
        libraries.setdefault(importer, set()).add(target.partition(".")[0])
    return {importer for importer, loaded in libraries.items() if {"sympy", "torch"} <= loaded}


def calls(root: Path, forbidden: set[str]) -> list[str]:
    """Calls of functions or methods with a forbidden name, in the package and the proofs."""
    found = []
    for name, path in modules(root).items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
                found += [f"{name}:{node.lineno} calls {called}"] if called in forbidden else []
    return found


def inexact_mathematics(root: Path) -> list[str]:
    """Float and complex literals, and imports of ``math``, in the proofs."""
    proofs = {name: path for name, path in modules(root).items() if room(name) == "proofs"}
    found = [
        f"{name}:{node.lineno} has the literal {node.value!r}"
        for name, path in proofs.items()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex)
    ]
    return found + [
        f"{i.importer}:{i.line} imports math" for i in all_imports(root) if i.importer in proofs and i.target == "math"
    ]


def keywords(paths: list[Path], forbidden: set[str]) -> list[str]:
    """Calls that pass a forbidden keyword argument."""
    return [
        f"{path.name}:{node.lineno} sets {keyword.arg}"
        for path in paths
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg in forbidden
    ]


def plant(root: Path, sources: dict[str, str]) -> Path:
    """Write a small repository; names are short: ledger/rules is phase_latency/ledger/rules.py."""
    for name, source in sources.items():
        path = root / (name if name.startswith("proofs/") else f"phase_latency/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".py").write_text(source)
    return root


# -- the front door -----------------------------------------------------------------------------------------------


def heavy_libraries_after(program: str, directory: Path = ROOT) -> set[str]:
    """Heavy libraries that a program has loaded when it ends, run by a fresh interpreter without test plugins."""
    program += f"\nimport sys; print('loaded', *[name for name in {HEAVY} if name in sys.modules])"
    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=directory, env=os.environ | {"PYTHONPATH": str(directory)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(finished.stdout.splitlines()[-1].split()[1:])


def test_import_phase_latency_loads_nothing_heavy():
    assert heavy_libraries_after("import phase_latency; dir(phase_latency)") == set()


@pytest.mark.parametrize("library", HEAVY)
def test_twin_a_heavy_import_planted_in_the_front_door_is_noticed(tmp_path, library):
    source = (ROOT / "phase_latency" / "__init__.py").read_text()
    plant(tmp_path, {"__init__": f"{source}\nimport {library}\n"})
    assert library in heavy_libraries_after("import phase_latency", tmp_path)


def test_import_phase_latency_takes_less_than_a_tenth_of_a_second():
    program = [sys.executable, "-X", "importtime", "-c", "import phase_latency"]
    tries = [subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True).stderr for _ in range(3)]
    microseconds = [int(re.search(r"\|\s*(\d+) \| phase_latency$", log, re.M).group(1)) for log in tries]
    assert min(microseconds) < 100_000


def test_the_ledger_and_its_proofs_load_without_torch():
    assert "torch" not in heavy_libraries_after("import phase_latency; assert phase_latency.statements()")


def names_for_type_checkers() -> dict[str, str]:
    """Public names under ``if TYPE_CHECKING:`` in the front door, each with its module."""
    tree = ast.parse((ROOT / "phase_latency" / "__init__.py").read_text())
    (block,) = [
        node for node in tree.body if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
    ]
    found = {}
    for node in block.body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                assert alias.asname == alias.name, (
                    f"write `{alias.name} as {alias.name}`: without it the name is private"
                )
                found[alias.name] = node.module
    return found


def test_type_checkers_and_the_interpreter_see_the_same_names():
    at_run_time = {name: f"phase_latency.{module}" for name, module in phase_latency._LOADED_FROM.items()}
    assert names_for_type_checkers() == at_run_time
    assert set(phase_latency.__all__) == at_run_time.keys() | {"__version__"} <= set(dir(phase_latency))


@pytest.mark.parametrize("name", sorted(phase_latency._LOADED_FROM))
def test_a_public_name_is_what_its_module_calls_so(name):
    module = importlib.import_module(f"phase_latency.{phase_latency._LOADED_FROM[name]}")
    assert getattr(phase_latency, name) is getattr(module, name)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"^module 'phase_latency' has no attribute 'mesure'$"):
        phase_latency.mesure  # noqa: B018


def test_no_room_is_called_like_a_public_name():
    assert {room(name) for name in modules(ROOT)} & phase_latency._LOADED_FROM.keys() == set()


# -- every module -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(modules(ROOT)))
def test_every_module_is_importable(name):
    assert importlib.import_module(name).__doc__, "a module opens with what it is for"


def test_array_types_are_checked_while_testing(pytestconfig):
    """The option of jaxtyping says nothing when it has found nothing to instrument."""
    *named, _ = pytestconfig.getoption("jaxtyping_packages").split(",")
    loaders = {name: importlib.import_module(name).__spec__.loader for name in named}
    assert "phase_latency.attention" in loaders
    assert {type(loader).__module__.partition(".")[0] for loader in loaders.values()} == {"jaxtyping"}, loaders


# -- the rules, and that each of them bites -----------------------------------------------------------------------


def test_rooms_import_in_one_direction():
    assert wrong_directions(ROOT) == []


def test_the_table_of_rooms_has_no_cycle():
    graphlib.TopologicalSorter(MAY_IMPORT).prepare()


@pytest.mark.parametrize(
    "planted",
    [
        {"errors": "from phase_latency.types import Positions", "types": ""},
        {"latency": "from phase_latency import encodings", "encodings/additive": "", "encodings/__init__": ""},
        {"latency": "from phase_latency import Sinusoidal", "encodings": ""},
        {"ledger/rules": "import phase_latency.numerics.bounded", "numerics/bounded": ""},
        {"ledger/rules": "from ..numerics import bounded", "numerics/bounded": ""},
        {"ledger/rules": "def late():\n    from phase_latency.bridge import bridge", "bridge": ""},
        {"attention": "from phase_latency.cli import main", "cli": ""},
        {"verification": "from phase_latency.proofs.lemma import lemma", "proofs/lemma": ""},
        {"proofs/lemma": "from phase_latency.attention import Attention", "attention": ""},
        {"experiments/training": "from phase_latency.appendix import view", "appendix/view": ""},
        {"appendix/view": "from phase_latency.experiments.stored import stored", "experiments/stored": ""},
        {"kitchen": ""},
    ],
)
def test_twin_an_import_against_the_direction_is_noticed(tmp_path, planted):
    assert len(wrong_directions(plant(tmp_path, planted))) == 1


def test_symbolic_rooms_and_foundations_import_no_heavy_library():
    assert forbidden_libraries(ROOT) == []


@pytest.mark.parametrize(
    "planted",
    [
        {"ledger/rules": "import torch"},
        {"ledger/rules": "def late():\n    from torch import Tensor"},
        {"proofs/lemma": "import torch.nn as nn"},
        {"formulas": "from sympy import sin"},
        {"latency": "import numpy as np"},
        {"experiment_rows": "import torch"},
        {"appendix/view": "def late():\n    import torch"},
    ],
)
def test_twin_a_forbidden_library_is_noticed(tmp_path, planted):
    assert len(forbidden_libraries(plant(tmp_path, planted))) == 1


def test_one_module_bridges_sympy_and_torch():
    assert bridges(ROOT) == {THE_BRIDGE}


def test_twin_a_second_bridge_is_noticed(tmp_path):
    both = "import sympy\nfrom torch import Tensor"
    late = "def late():\n    import torch\n    from sympy import sin"
    planted = plant(tmp_path, {"bridge": both, "attention": late, "latency": "import torch"})
    assert bridges(planted) == {THE_BRIDGE, "phase_latency.attention"}


# `simplify` and `nsimplify` are heuristics and `equals` samples floating point: none of them decides anything.
UNDECIDING = {"simplify", "nsimplify", "equals"}


def test_nothing_is_decided_by_a_heuristic():
    assert calls(ROOT, UNDECIDING) == []


@pytest.mark.parametrize("line", ["sympy.simplify(x)", "simplify(x)", "x.simplify()", "nsimplify(x)", "x.equals(y)"])
def test_twin_a_heuristic_is_noticed(tmp_path, line):
    assert len(calls(plant(tmp_path / "proof", {"proofs/lemma": f"y = {line}"}), UNDECIDING)) == 1
    assert len(calls(plant(tmp_path / "rule", {"ledger/rules": f"def rule(x):\n    return {line}"}), UNDECIDING)) == 1


def test_proofs_are_exact():
    assert inexact_mathematics(ROOT) == []


@pytest.mark.parametrize(
    "line", ["a = 0.5", "a = -1e3", "a = f(2 * 1.0)", "a = 2j", "import math", "from math import pi"]
)
def test_twin_inexact_mathematics_is_noticed(tmp_path, line):
    assert len(inexact_mathematics(plant(tmp_path, {"proofs/lemma": line}))) == 1


def test_exact_mathematics_is_left_alone(tmp_path):
    exact = '"""Half of 0.5."""\na = Rational(1, 2)  # 0.5\n'
    assert inexact_mathematics(plant(tmp_path, {"proofs/lemma": exact, "proofs/instances/lemma": "size = 0.5"})) == []


TESTS = sorted((ROOT / "property_tests").glob("*.py"))


def test_the_only_tolerances_are_certified_bounds():
    assert keywords([*modules(ROOT).values(), *TESTS], {"atol", "rtol", "abs_tol", "rel_tol"}) == []


def test_the_profile_alone_says_how_many_examples():
    assert keywords(TESTS, {"max_examples"}) == []


def test_twin_a_bare_tolerance_is_noticed(tmp_path):
    planted = plant(tmp_path, {"attention": "torch.allclose(x, y, atol=1e-6)"}) / "phase_latency" / "attention.py"
    assert keywords([planted], {"atol"}) == ["attention.py:1 sets atol"]
