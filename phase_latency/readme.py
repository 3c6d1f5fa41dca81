"""The generated parts of README.md: verdicts, figures and counts, so that it cannot promise what does not hold.

A part stands between ``<!-- generated: NAME -->`` and ``<!-- end: NAME -->``. Only what another machine reproduces is
printed: statuses, counts, and figures that are no rounding errors, to two digits; times and memory are those of a
stored run.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from phase_latency import atomic
from phase_latency.errors import ArgumentError, MissingToolError
from phase_latency.figures import Figure
from phase_latency.real import RealRow
from phase_latency.real.encoder import INSTALL_COMMAND, PACKAGE
from phase_latency.verification import Verification

_SHOWN = 2**14  # length at which the benchmark compares tools
_ROUNDING = 1e-6  # what float64 can do to the figures here is far below, what the statements are about far above


def parts(found: Verification, stored: Mapping[str, Any], measured: Mapping[str, Any] | None = None) -> dict[str, str]:
    """The generated parts by name.

    Args:
        found: a verification of the whole ledger.
        stored: counts of checks on random encodings, from `stored_confusion`.
        measured: what measuring costs, from `stored_benchmark`; None to leave that part out.

    Returns:
        Markdown.

    Raises:
        MissingToolError: the trained weights are not installed, so their part cannot be generated.
    """
    if any(row.verdict == "MISSING" for row in found.real):
        raise MissingToolError(PACKAGE, INSTALL_COMMAND)
    return {
        "version": f"Version {found.version}.",
        "ledger": ledger(found),
        "encodings": builtin(found.real),
        "trained": trained(found.real),
        "confusion": confusion(stored),
        **({} if measured is None else {"benchmark": benchmark(measured)}),
    }


def ledger(found: Verification) -> str:
    """Every statement with what backs it.

    Args:
        found: a verification of the whole ledger.

    Returns:
        a Markdown table.
    """
    rows = [
        (
            f"`{record.id}`",
            record.title,
            record.symbolic,
            record.tested.verdict,
            "-" if record.measured is None else record.measured.verdict,
            record.kernel,
            f"{sum(bool(control.refused_by) for control in record.controls)} of {len(record.controls)}",
        )
        for record in found.statements
    ]
    return table(("statement", "says", "symbolic", "tested", "measured", "kernel", "refused"), rows)


def builtin(rows: Iterable[RealRow]) -> str:
    """What was measured on the built-in encodings in float64.

    Args:
        rows: of a verification.

    Returns:
        a Markdown table.
    """
    header = ("encoding", "under", "predicted", "verdict", "best scale", "left over")
    return table(header, [_builtin(row) for row in rows if row.subject.endswith("float64")])


def _builtin(row: RealRow) -> tuple[str, ...]:
    scale, residual = (_single(row.figures, name) for name in ("scale", "residual"))
    return row.subject, row.under, f"{row.expected} (`{row.statement}`)", row.verdict, scale, residual


def _single(figures: Mapping[str, Figure | Mapping[str, Figure]], name: str) -> str:
    figure = figures.get(name, figures.get(f"best {name}"))
    return stable(figure) if isinstance(figure, Figure) else ""


def trained(rows: Iterable[RealRow]) -> str:
    """What scaling the trained positional table does, amplitude by amplitude, from the least to the most of all heads.

    Args:
        rows: of a verification.

    Returns:
        a Markdown table.
    """
    rows = [row for row in rows if " head " in row.subject]
    columns = [
        _over_heads(rows, "softmax-perturbation", "largest total variation"),
        _over_heads(rows, "softmax-perturbation", "mean total variation"),
        _over_heads(rows, "lemma-1", "residual"),
        _over_heads(rows, "query-bias-breaks-scale", "residual"),
    ]
    header = ("a", "largest change of a row", "mean change of a row", "left over, no biases", "left over, with biases")
    return table(header, [(a, *(column[a] for column in columns)) for a in columns[0]])


def _over_heads(rows: Iterable[RealRow], statement: str, name: str) -> dict[str, str]:
    """One kind of figure by amplitude: least and most over the heads."""
    found: dict[str, list[Figure]] = {}
    for row in rows:
        figures = row.figures.get(name)
        if row.statement == statement and isinstance(figures, Mapping):
            for amplitude, figure in figures.items():
                found.setdefault(amplitude, []).append(figure)
    return {amplitude: _range(figures) for amplitude, figures in found.items()}


def _range(figures: Iterable[Figure]) -> str:
    least, *_, most = (stable(figure) for figure in sorted(figures, key=lambda figure: figure.value))
    return least if least == most else f"{least} to {most}"


def stable(figure: Figure) -> str:
    """A number as every machine gives it.

    Args:
        figure: the number with its bound.

    Returns:
        two digits; "rounding" for what is below a bound so small that it can only be that of rounding.
    """
    if abs(figure.value) <= figure.bound < _ROUNDING:
        return "rounding"
    return f"{figure.value:.2g}"


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


# -- the file -------------------------------------------------------------------------------------------------


def read(path: Path) -> str:
    """Read a file with generated parts.

    Args:
        path: the file.

    Returns:
        its text.

    Raises:
        ArgumentError: there is no such file.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        remedy = f"mend: {problem.strerror}"
        raise ArgumentError("file", str(path), "the README.md of a checkout", remedy) from problem


def write(path: Path, text: str) -> None:
    """Write a file, whole or not at all.

    Args:
        path: the file.
        text: its text.

    Raises:
        ArgumentError: it cannot be written.
    """
    atomic.write_text(path, text)


def stale(text: str, generated: Mapping[str, str]) -> list[str]:
    """Names of the parts that are out of date.

    Args:
        text: of the file.
        generated: the parts as they should be.

    Returns:
        names, in order.

    Raises:
        ArgumentError: the text lacks the markers of a part.
    """
    return [name for name, part in generated.items() if refreshed(text, {name: part}) != text]


def refreshed(text: str, generated: Mapping[str, str]) -> str:
    """The text with its parts brought up to date.

    Args:
        text: of the file.
        generated: the parts as they should be.

    Returns:
        the new text.

    Raises:
        ArgumentError: the text lacks the markers of a part, or has them twice.
    """
    for name, part in generated.items():
        begin, end = f"<!-- generated: {name} -->", f"<!-- end: {name} -->"
        between = re.compile(f"{re.escape(begin)}\n.*?{re.escape(end)}", re.DOTALL)
        if len(between.findall(text)) != 1:
            raise ArgumentError("file", f"text without one part {name}", f"{begin} and {end}, once", "put them back")
        head, tail = between.split(text)
        text = f"{head}{begin}\n{part}\n{end}{tail}"
    return text
