"""Records as they are read from files, and put together into the one that an appendix is printed from."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jsonschema

from phase_latency.environment import package_version
from phase_latency.errors import ArgumentError
from phase_latency.record_form import schema, summary

_REMEDY = "write one with `phase-latency verify --json > FILE`, `check ENCODING --out FILE` or `experiment all`"


def read_records(paths: Iterable[Path]) -> dict[str, Any]:
    """Read what `verify`, `check` and earlier appendices wrote, and put it together.

    Args:
        paths: files: at most one record of the ledger, at most one of experiments, and any number of profiles.

    Returns:
        the record; without a record of the ledger, ``{"profiles": [...]}`` alone, with experiments if there are some.

    Raises:
        ArgumentError: a file that cannot be read, is no record, or is one of another version; or two of one
            kind.
    """
    found: dict[str, Any] = {"profiles": []}
    experiments: dict[str, Any] = {}
    for path in paths:
        read = _read(path)
        if "studies" in read:
            if experiments:
                raise ArgumentError("--record", str(path), "one record of experiments", "leave one out")
            experiments = {"experiments": _checked(path, read, {"$ref": "#/$defs/experiments"}, versioned=False)}
            continue
        if "rows" in read:
            found["profiles"].append(_checked(path, read, {"$ref": "#/$defs/profile"}))
            continue
        if "statements" in found:
            raise ArgumentError("--record", str(path), "one record of the ledger, and profiles", "leave one out")
        _checked(path, read)
        found = {**read, "profiles": [*found["profiles"], *read.get("profiles", ())]}
    return found | experiments


def chosen(record: Mapping[str, Any], identifiers: Iterable[str]) -> dict[str, Any]:
    """The record of some statements.

    Args:
        record: of the ledger.
        identifiers: ids of statements; none for all.

    Returns:
        a record of these alone, with the rows on real input that are about them, and all figures.

    Raises:
        ArgumentError: the record has no such statement.
    """
    wanted = list(dict.fromkeys(identifiers))
    known = {each["id"]: each for each in record["statements"]}
    if missing := [name for name in wanted if name not in known]:
        remedy = f"name some of {', '.join(known)}"
        raise ArgumentError("--statements", missing[0], "a statement that the record has", remedy)
    if not wanted:
        return dict(record)
    kept = [known[name] for name in wanted]
    real = [row for row in record["real"] if row["statement"] in (*wanted, "instrument")]
    return {**record, "asked": wanted, "statements": kept, "real": real, "summary": summary(kept, real)}


def finished(record: Mapping[str, Any], profiles: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The record as it is printed and kept: with profiles of encodings, and without what a run cost.

    Args:
        record: of the ledger.
        profiles: what `check` found.

    Returns:
        the record, of the form of ``record.schema.json``.
    """
    kept = {name: value for name, value in record.items() if name != "environment"}
    return {**kept, "profiles": [*record.get("profiles", ()), *profiles]}


def _read(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
    except (OSError, ValueError, RecursionError) as problem:  # no UTF-8 and no JSON are ValueErrors
        why = getattr(problem, "strerror", None) or "it is no JSON"
        raise ArgumentError("--record", str(path), f"a readable record in JSON ({why})", _REMEDY) from problem
    if not isinstance(read, dict):
        raise ArgumentError("--record", str(path), "a record: an object in JSON", _REMEDY)
    return read


def _no_number(constant: str) -> float:
    raise ValueError(f"{constant} is no number of JSON")


def _checked(
    path: Path, read: dict[str, Any], part: Mapping[str, Any] | None = None, versioned: bool = True
) -> dict[str, Any]:
    """The same, if it is of this version and of the documented form; experiments have the version of their code."""
    version = read.get("version") or read.get("provenance", {}).get("version")
    if versioned and isinstance(version, str) and version != package_version():
        remedy = f"print it with phase-latency {version}, or record it anew"
        raise ArgumentError("--record", str(path), f"a record of version {package_version()}, not of {version}", remedy)
    form = schema()
    validator = jsonschema.Draft202012Validator({**part, "$defs": form["$defs"]} if part else form)
    problem = jsonschema.exceptions.best_match(validator.iter_errors(read))
    if problem is not None:
        where = "/".join(map(str, problem.absolute_path)) or "the whole"
        expected = f"a record of this version; at {where}: {_first(problem.message)}"
        raise ArgumentError("--record", str(path), expected, _REMEDY)
    return read


def _first(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= 120 else f"{line[:117]}..."
