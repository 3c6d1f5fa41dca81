"""Parts of README.md made of what long runs stored: whether checks and checkers are right, what measuring costs.

The programs stand in ``property_tests``, each beside the file that it stores.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from phase_latency.errors import ArgumentError
from phase_latency.experiment_rows import cells, columns
from phase_latency.wording import markdown, said

_SHOWN = 2**14  # length at which the benchmark compares tools


def stored_parts(path: Path) -> dict[str, str]:
    """The parts by name.

    Args:
        path: README.md; the stored files are looked for beside it.

    Returns:
        Markdown.

    Raises:
        ArgumentError: a stored file is not there.
    """
    return {
        "confusion": confusion(stored_confusion(path)),
        "benchmark": benchmark(stored_benchmark(path)),
        "bounds": bounds(stored_bounds(path)),
        "mutation": mutation(stored_mutation(path)),
        **experiments(stored_experiments(path)),
    }


def confusion(stored: Mapping[str, Any]) -> str:
    """How often checks were wrong on random encodings.

    Args:
        stored: counts by kind of correct and of faulty encodings, as `property_tests/confusion_matrix.py` stores them.

    Returns:
        two Markdown tables.
    """
    correct = _counts("correct encodings", stored["correct"], ("passed", "undecided", "refused"))
    faulty = _counts("faults", stored["faulty"], ("caught", "missed"))
    return f"{correct}\n\n{faulty}"


def _counts(what: str, part: Mapping[str, Any], outcomes: tuple[str, ...]) -> str:
    names = {"refused": "alarms"}
    lines = [(kind, *(counts.get(outcome, 0) for outcome in outcomes)) for kind, counts in part["by_kind"].items()]
    lines.append(("all", *(sum(line[number] for line in lines) for number in range(1, len(outcomes) + 1))))
    header = (what, "tried", *(names.get(outcome, outcome) for outcome in outcomes))
    return table(header, [(kind, str(sum(counts)), *map(str, counts)) for kind, *counts in lines])


def stored_confusion(path: Path) -> dict[str, Any]:
    """Read the counts of the last run.

    Args:
        path: README.md; they stand in ``property_tests/confusion_matrix.json`` beside it.

    Returns:
        the counts.

    Raises:
        ArgumentError: they are not there.
    """
    return _stored(path, "property_tests/confusion_matrix.json", "the counts of a run on random encodings")


def _stored(path: Path, name: str, what: str, program: str | None = None) -> dict[str, Any]:
    """What a program stored beside README.md; it has the name of the file, unless another is named."""
    file = path.parent / name
    try:
        stored: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as problem:
        remedy = f"run `python {program or name.replace('.json', '.py')}`"
        raise ArgumentError("file", str(file), what, remedy) from problem
    return stored


def benchmark(stored: Mapping[str, Any]) -> str:
    """What measuring costs and sees, beside other tools.

    Args:
        stored: times, memory and findings, as `property_tests/benchmarks/bench_measure.py` stores them.

    Returns:
        a Markdown table of costs for each job, and one of what the tools say.
    """
    costs = [_costs(job, stored) for job in stored["jobs"]]
    return "\n\n".join([*costs, _findings(stored)])


def _costs(job: str, stored: Mapping[str, Any]) -> str:
    cells = {(cell["tool"], cell["length"]): cell for cell in stored["cells"] if cell["job"] == job}
    lengths = sorted({length for _, length in cells})
    weighed = sorted({cell["length"] for cell in cells.values() if cell["megabytes"] is not None})
    rows = []
    for tool, title in stored["tools"].items():
        line = [cells[tool, length] for length in lengths if (tool, length) in cells]
        if line:
            slow, fast = (cells.get((each, _SHOWN), {}).get("seconds") for each in ("dense", tool))
            figures = [cells.get((tool, length), {}).get("seconds") for length in lengths]
            figures += [slow / fast if slow and fast else None, stored["growth"].get(job, {}).get(tool)]
            figures += [line[-1]["peak_share"]]
            figures += [cells.get((tool, length), {}).get("megabytes") for length in weighed]
            rows.append((title, *map(_number, figures)))
    seconds, megabytes = ([f"{unit} at {_size(n)}" for n in each] for unit, each in (("s", lengths), ("MB", weighed)))
    return table((stored["jobs"][job], *seconds, f"dense/it at {_size(_SHOWN)}", "growth", "GEMM", *megabytes), rows)


def _findings(stored: Mapping[str, Any]) -> str:
    """What the tools say at one length, of jobs without and with a fault."""
    found = {(each["job"], each["tool"]): each for each in stored["findings"] if each["length"] == _SHOWN}
    rows = []
    for tool, title in stored["tools"].items():
        said = [found.get((job, tool), {}).get(what) for job in stored["jobs"] for what in ("correct", "faulty")]
        if any(each is not None and (each["value"], each["seen"]) != (None, None) for each in said):
            rows.append((title, *map(_said, said)))
    header = [f"{name}{what}" for name in stored["jobs"].values() for what in ("", ", with the fault")]
    return table((f"at {_size(_SHOWN)}", *header), rows)


def _said(said: Mapping[str, Any] | None) -> str:
    if said is None:
        return ""
    verdict = {True: "fails", False: "passes", None: "no verdict"}[said["seen"]]
    bound = "" if said["bound"] is None else f" ± {said['bound']:.1g}"
    return verdict if said["value"] is None else f"{said['value']:.2g}{bound}: {verdict}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2g}" if value < 100 else f"{value:.0f}"


def _size(length: int) -> str:
    return f"{length >> 20}M" if length >= 2**20 else f"{length >> 10}k"


def stored_benchmark(path: Path) -> dict[str, Any]:
    """Read what the last run of the benchmark measured.

    Args:
        path: README.md; it stands in ``property_tests/benchmarks/measured.json`` beside it.

    Returns:
        times, memory and findings.

    Raises:
        ArgumentError: it is not there.
    """
    folder = "property_tests/benchmarks"
    return _stored(path, f"{folder}/measured.json", "what a run measured", f"{folder}/bench_measure.py")


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table.

    Args:
        header: names of the columns.
        rows: cells.

    Returns:
        one line for each row.
    """
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def bounds(stored: Mapping[str, Any]) -> str:
    """How the certified bounds fare on random layers, true invariances and errors of frequencies.

    Args:
        stored: counts and ratios, as `property_tests/bounds_at_scale.py` stores them.

    Returns:
        a Markdown table.
    """
    header = (
        *("dtype", "layers", "exceeded", "largest error/bound: logits, weights, outputs"),
        *("true invariances", "undecided", "alarms", "error of frequencies seen/predicted, at most"),
    )
    rows = []
    for row in stored["summary"]:
        ratios = ", ".join(f"{row[f'largest ratio, {name}']:.2g}" for name in ("logits", "weights", "outputs"))
        counts = (str(row[name]) for name in ("invariances", "undecided", "false alarms"))
        detected = f"{row['largest detection ratio']:.2g}"
        rows.append((row["dtype"], str(row["layers"]), str(row["exceeded"]), ratios, *counts, detected))
    return table(header, rows)


def stored_bounds(path: Path) -> dict[str, Any]:
    """Read the counts of the last run.

    Args:
        path: README.md; they stand in ``property_tests/bounds_at_scale.json`` beside it.

    Returns:
        the counts.

    Raises:
        ArgumentError: they are not there.
    """
    return _stored(path, "property_tests/bounds_at_scale.json", "the counts of a run on random layers")


_VERDICTS = ("refuted", "undecided", "accepted")
_KINDS = {"false": "false", "true": "true", "without a value": "without a value somewhere", "open": "open"}


def mutation(stored: Sequence[Mapping[str, Any]]) -> str:
    """What checkers make of systematic changes of the claims.

    Args:
        stored: mutants with verdicts, as `property_tests/mutation_score.py` stores them.

    Returns:
        a Markdown table by checker, and one by statement.
    """
    rows = []
    for checker in ("sympy", "coq", "smt", "ball"):
        said = Counter((each["is"], each["verdicts"][checker]) for each in stored)
        rows.append((checker, *(", ".join(str(said[kind, verdict]) for verdict in _VERDICTS) for kind in _KINDS)))
    numbers = Counter(each["is"] for each in stored)
    header = ("refuted, undecided, accepted", *(f"{numbers[kind]} {title}" for kind, title in _KINDS.items()))
    return f"{table(header, rows)}\n\n{_by_statement(stored)}"


def _by_statement(stored: Sequence[Mapping[str, Any]]) -> str:
    """Of each statement, how many mutants there are of each kind, and how many false ones somebody refutes."""
    found: dict[str, Counter[str]] = {}
    for each in stored:
        counts = found.setdefault(each["mutant"].partition("/")[0], Counter())
        counts[each["is"]] += 1
        for verdict in set(each["verdicts"].values()) if each["is"] == "false" else ():
            counts[verdict] += 1
    header = ("mutants of", *_KINDS.values(), "false ones refuted by a checker", "false ones accepted by a checker")
    columns = (*_KINDS, "refuted", "accepted")
    return table(header, [(f"`{name}`", *(str(counts[one]) for one in columns)) for name, counts in found.items()])


def stored_mutation(path: Path) -> list[dict[str, Any]]:
    """Read the mutants of the last run.

    Args:
        path: README.md; they stand in ``property_tests/mutation_score.json`` beside it.

    Returns:
        the mutants with their verdicts.

    Raises:
        ArgumentError: they are not there.
    """
    stored = _stored(path, "property_tests/mutation_score.json", "what checkers said of changed claims")
    found: list[dict[str, Any]] = stored["mutants"]
    return found


_PIVOTED = {"accuracy of tasks": "tasks", "accuracy of repairs": "repair", "accuracy of compression": "compression"}


def experiments(stored: Mapping[str, Any]) -> dict[str, str]:
    """What trained models showed.

    Args:
        stored: a record of all experiments, as `phase-latency experiment all` writes it.

    Returns:
        Markdown by part: what became of the paper's claims, the answers, and accuracies by task.
    """
    claims = (f"- {each['claim']}: **{each['verdict']}**. {markdown(said(each['text']))}" for each in stored["claims"])
    asked = [
        f"- {each['question']} **{each['answer']}**. {markdown(said(each['text']))}"
        for study in stored["studies"]
        for each in study["answers"]
    ]
    by_name = {study["name"]: study for study in stored["studies"]}
    tables = {part: _by_task(by_name[name]) for part, name in _PIVOTED.items()}
    return {"claims of the paper": "\n".join(claims), "answers": "\n".join(asked), **tables}


def _by_task(study: Mapping[str, Any]) -> str:
    """Accuracy, and steps at which all seeds had solved it, by encoding and by task."""
    names = columns(study)
    rows = [dict(zip(names, cells(study, row), strict=True)) for row in study["rows"]]
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    keys = [name for name in ("encoding", "change", "steps", "seeds") if name in names]
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for row in rows:
        solved, _, when = row["solved"].partition(" at ")
        text = f"{row['accuracy']}; {solved} solved it at {when}" if when else row["accuracy"]
        found.setdefault(tuple(row[key] for key in keys), {})[row["task"]] = text
    lines = [(*(f"`{key[0]}`", *key[1:]), *(each.get(task, "") for task in tasks)) for key, each in found.items()]
    return table((*keys, *tasks), lines)


def stored_experiments(path: Path) -> dict[str, Any]:
    """Read the full study that is shipped.

    Args:
        path: README.md; it stands in ``phase_latency/experiments/stored.json`` beside it.

    Returns:
        the record.

    Raises:
        ArgumentError: it is not there.
    """
    return _stored(
        path, "phase_latency/experiments/stored.json", "what experiments found", "-m phase_latency experiment all"
    )
