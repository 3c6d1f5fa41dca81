"""The generated parts of README.md: verdicts, figures and counts, so that it cannot promise what does not hold.

A part stands between ``<!-- generated: NAME -->`` and ``<!-- end: NAME -->``. Only what another machine reproduces is
printed: statuses, counts, and figures that are no rounding errors, to two digits; times and memory are those of a
stored run.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from phase_latency import atomic
from phase_latency.checkers import CHECKERS
from phase_latency.errors import ArgumentError, MissingToolError
from phase_latency.figures import Figure
from phase_latency.limits import SCOPE
from phase_latency.published import PUBLISHED
from phase_latency.readme_stored import table
from phase_latency.real import RealRow
from phase_latency.real.encoder import INSTALL_COMMAND, PACKAGE
from phase_latency.verification import Verification
from phase_latency.wording import markdown, said

_ROUNDING = 1e-6  # what float64 can do to the figures here is far below, what the statements are about far above


def parts(found: Verification, stored: Mapping[str, str]) -> dict[str, str]:
    """The generated parts by name.

    Args:
        found: a verification of the whole ledger.
        stored: parts made of what long runs stored, from `readme_stored.stored_parts`.

    Returns:
        Markdown.

    Raises:
        MissingToolError: a checker or the trained weights are not installed, so their part cannot be generated.
    """
    for line in found.gave_up:
        checker, word, command = line.split(": ", 2)
        if word == "MISSING":
            raise MissingToolError(checker, command)
    if any(row.verdict == "MISSING" for row in found.real):
        raise MissingToolError(PACKAGE, INSTALL_COMMAND)
    return {
        "version": f"Version {found.version}.",
        "ledger": ledger(found),
        "scope": scope(),
        "published": published(),
        "encodings": builtin(found.real),
        "trained": trained(found.real),
        **stored,
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
            *(f"{record.word(name)} {record.share(name)}".rstrip() for name in CHECKERS),
            record.tested.verdict,
            "-" if record.measured is None else record.measured.verdict,
            f"{sum(bool(control.refused_by) for control in record.controls)} of {len(record.controls)}",
        )
        for record in found.statements
    ]
    return table(("statement", "says", "symbolic", *CHECKERS, "tested", "measured", "refused"), rows)


def scope() -> str:
    """What does not hold, or is not claimed.

    Returns:
        a Markdown list.
    """
    return "\n".join(f"- **{each.title}.** {markdown(said(each.text))}" for each in SCOPE)


def published() -> str:
    """What was published on spiking networks and transformers, and what became of it.

    Returns:
        a Markdown list.
    """
    return "\n".join(
        f"- {markdown(said(each.claim))}: **{each.verdict}**. {markdown(said(each.text))}" for each in PUBLISHED
    )


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
