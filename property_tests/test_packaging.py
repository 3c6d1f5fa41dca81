"""What ships, and that the files which describe it agree with each other."""

import ast
import importlib.metadata
import importlib.resources
import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import phase_latency

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
VERSION = PROJECT["project"]["version"]


def citation() -> dict:
    """CITATION.cff, parsed."""
    return yaml.safe_load((ROOT / "CITATION.cff").read_text())


def pins() -> dict[str, str]:
    """constraints.txt as a table from canonical name to version; a line of any other form raises."""
    table = {}
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        name, version = re.fullmatch(r"([A-Za-z0-9._-]+)==([0-9][0-9A-Za-z.]*)", line).groups()
        table[canonicalize_name(name)] = version
    return table


def requirements_of(distribution: str, extras: set[str]) -> list[Requirement]:
    """What an installed distribution needs on this Python; nothing when it is not installed."""
    try:
        lines = importlib.metadata.requires(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    requirements = [Requirement(line) for line in lines]
    return [
        need
        for need in requirements
        if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras | {""})
    ]


def needed(distribution: str, extras: set[str]) -> set[str]:
    """Canonical names of all that a distribution with these extras pulls in, directly or not."""
    seen: set[tuple[str, str]] = set()
    waiting = [(distribution, frozenset(extras))]
    while waiting:
        name, wanted = waiting.pop()
        for need in requirements_of(name, set(wanted)):
            item = (canonicalize_name(need.name), ",".join(sorted(need.extras)))
            if item not in seen:
                seen.add(item)
                waiting.append((item[0], frozenset(need.extras)))
    return {name for name, _ in seen} - {canonicalize_name(distribution)}


# -- version ----------------------------------------------------------------------------------------------------


def test_the_package_reports_the_version_of_pyproject():
    assert phase_latency.__version__ == VERSION


def test_no_module_repeats_the_version():
    for path in sorted([*(ROOT / "phase_latency").rglob("*.py"), *(ROOT / "proofs").rglob("*.py")]):
        constants = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
        assert VERSION not in constants, f"{path}: take the version from phase_latency.__version__"


def test_the_citation_names_the_version():
    assert citation()["version"] == VERSION


def test_the_changelog_has_an_entry_for_the_version():
    entries = re.findall(r"^## \[(.+?)\] - (Unreleased|\d{4}-\d{2}-\d{2})$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert entries[0][0] == VERSION
    assert len(entries) == len(dict(entries))


# -- licence ----------------------------------------------------------------------------------------------------


def test_the_licence_is_there_in_full_and_named_everywhere():
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert PROJECT["project"]["license"] == citation()["license"] == "Apache-2.0"
    assert importlib.metadata.metadata("phase-latency")["License-Expression"] == "Apache-2.0"


# -- contents ---------------------------------------------------------------------------------------------------


def test_type_checkers_are_told_that_the_package_is_typed():
    assert importlib.resources.files("phase_latency").joinpath("py.typed").is_file()
    assert "py.typed" in PROJECT["tool"]["setuptools"]["package-data"]["phase_latency"]


def packages_on_disk() -> set[str]:
    """Dotted name of every folder that holds Python files; proofs/ is phase_latency.proofs."""
    folders = {
        path.parent.relative_to(ROOT) for top in ("phase_latency", "proofs") for path in (ROOT / top).rglob("*.py")
    }
    names = {".".join(folder.parts) for folder in folders}
    return {f"phase_latency.{name}" if name.split(".")[0] == "proofs" else name for name in names}


def test_every_folder_of_modules_ships():
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == packages_on_disk()


def test_every_shipped_folder_is_a_regular_package():
    mapping = PROJECT["tool"]["setuptools"]["package-dir"]
    for package in PROJECT["tool"]["setuptools"]["packages"]:
        assert (ROOT / mapping.get(package, package.replace(".", "/")) / "__init__.py").is_file(), package


def test_the_console_script_is_installed():
    (script,) = importlib.metadata.entry_points(group="console_scripts", name="phase-latency")
    assert script.value == "phase_latency.cli:main"
    assert callable(script.load())


# -- constraints ------------------------------------------------------------------------------------------------


def test_every_dependency_is_pinned_exactly():
    missing = needed("phase-latency", {"dev", "lint", "test"}) - pins().keys()
    assert missing == set(), "add them to constraints.txt"


def test_the_search_for_dependencies_goes_deep_enough_to_notice_a_missing_pin():
    found = needed("phase-latency", {"dev", "lint", "test"})
    assert {"torch", "markupsafe", "ruff", "pytest", "execnet"} <= found  # markupsafe: torch needs jinja2 needs it


def test_every_pin_satisfies_what_pyproject_asks_for():
    project = PROJECT["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    for need in map(Requirement, project["dependencies"] + extras):
        if need.name != "phase-latency":
            assert need.specifier.contains(pins()[canonicalize_name(need.name)]), need


def test_torch_is_the_release_that_the_bounds_were_measured_on():
    assert pins()["torch"] == "2.13.0"
