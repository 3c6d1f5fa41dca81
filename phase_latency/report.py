"""Results of derivations, verifications and measurements as tables."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from phase_latency.record import REFUSERS, MeasuredRecord, StatementRecord
from phase_latency.tables import FAILED, status, table

if TYPE_CHECKING:
    from phase_latency.proving import Derivations
    from phase_latency.real import RealRow
    from phase_latency.verification import Verification


def scientific(value: float) -> str:
    """Return two significant digits, ``1.2e-16``, and ``0`` for zero."""
    return f"{value:.1e}" if value else "0"


# -- the ledger -----------------------------------------------------------------------------------------------


def verification(found: "Verification", wide: bool = True) -> RenderableType:
    """The ledger with its evidence, the rows on real encodings, and what failed.

    Args:
        found: what `verify` returned.
        wide: whether there is room to say which checkers refused the controls.

    Returns:
        what rich prints.
    """
    asked = _asked(found.statements)
    rows = table("", "statement", "symbolic", *asked, "tested", "error", "bound", "refused", *["by", "mutants"] * wide)
    for record in found.statements:
        words = [_checked(record, name) for name in asked]
        evidence = [status(record.symbolic), *words, _tested(record), *_measured(record.measured)]
        further: list[Text | str] = [*_refused(record), _mutants(record)]
        rows.add_row(record.group, record.id, *evidence, *further[: 3 if wide else 1])
    parts: list[RenderableType] = [rows]
    if found.real:
        parts += [_real(found.real), Text()]
    return Group(*parts, failures(found), summary(found))


def _asked(records: Iterable[StatementRecord]) -> list[str]:
    """Names of the checkers that were asked."""
    return list(dict.fromkeys(name for record in records for name in record.checked))


def _checked(record: StatementRecord, name: str) -> Text:
    """The word of a checker, and for how many of the claims if not for all."""
    word = Text(record.word(name), FAILED) if record.word(name) == "REFUTED" else status(record.word(name))
    return word.append(f" {share}") if (share := record.share(name)) else word


def _tested(record: StatementRecord) -> Text:
    return status(record.tested.verdict, f"{record.tested.examples}" if record.tested.examples else "")


def _measured(measured: MeasuredRecord | None) -> tuple[Text, Text]:
    if measured is None:
        return Text("-", "dim"), Text("-", "dim")
    style = "" if measured.verdict == "MEASURED" else FAILED
    return Text(scientific(measured.error), style), Text(scientific(measured.bound), style)


def _refused(record: StatementRecord) -> tuple[Text, str]:
    """How many controls were refused, and how many of them by each checker."""
    refused = sum(bool(control.refused_by) for control in record.controls)
    by = Counter(name for control in record.controls for name in control.refused_by)
    text = Text(f"{refused} of {len(record.controls)}", "" if refused == len(record.controls) else FAILED)
    return text, ", ".join(f"{checker} {by[checker]}" for checker in REFUSERS if by[checker])


def _mutants(record: StatementRecord) -> Text:
    """Of how many false mutants some checker knows that they are."""
    score = record.mutants
    if score is None:
        return Text("-", "dim")
    text = f"{score.refuted_by_any} of {score.false}"
    return Text(text, FAILED if any(score.accepted.values()) else "")


def _real(rows: Sequence["RealRow"]) -> Table:
    shown = table("instruments and real input", "verdict", "error", "bound")
    heading = ""
    for subject, row in _heads_together(rows):
        if subject != heading:
            shown.add_row(Text(subject, "bold"))
            heading = subject
        figures = [scientific(x) if x is not None else "-" for x in (row.error, row.bound)]
        claim = Text(row.claim)
        if row.verdict == "MISSING":
            claim.append(f"\n{row.detail}", "dim")
        shown.add_row(Padding(claim, (0, 0, 0, 2)), status(row.verdict), *figures)
    return shown


def _heads_together(rows: Sequence["RealRow"]) -> Iterator[tuple[str, "RealRow"]]:
    """Heads of a layer of which the same is found, as one row: that of the head that comes closest to its bound."""

    def found(row: "RealRow") -> tuple[str, str, str]:
        return row.subject.partition(" head ")[0], row.claim, row.verdict

    for (subject, _, _), group in groupby(rows, found):
        heads = list(group)
        closest = min(heads, key=lambda row: abs(math.log((row.error or 1e-300) / (row.bound or 1e-300))))
        yield f"{subject}, each of {len(heads)} heads" if len(heads) > 1 else heads[0].subject, closest


def problems(records: Iterable[StatementRecord]) -> Group:
    """What is not all right with some statements, one line each.

    Args:
        records: statements, all right or not.

    Returns:
        what rich prints: nothing, if all is well.
    """
    return Group(*(Text.assemble((record.id, FAILED), f": {why}") for record in records for why in record.reasons))


def failures(found: "Verification") -> Group:
    """What is not all right in a verification, one line each.

    Args:
        found: what `verify` returned.

    Returns:
        what rich prints: nothing, if all is well.
    """
    rows = [Text.assemble((row.subject, FAILED), f": {row.claim}: {row.detail}") for row in found.contradicted]
    return Group(problems(found.statements), *rows)


def summary(found: "Verification") -> Text:
    """Lines of counts, with the verdict.

    Args:
        found: what `verify` returned.

    Returns:
        what rich prints.
    """
    counts = found.summary
    real, mutants = counts["real"], counts["mutants"]
    seconds, memory = found.environment.get("seconds", 0), found.environment.get("peak_memory_mb")
    lines = [
        f"{counts['statements']} statements: {counts['derived']} derived, {counts['tested']} tested, "
        f"{counts['measured']} measured within their bounds",
        *(f"{name}: {_counted(words)}{_noted(found, name)}" for name, words in counts["checkers"].items()),
        f"{counts['controls']} false variants: {counts['refused']} refused",
        f"{mutants['false']} false mutants: {mutants['refuted_by_any']} refuted by a checker, "
        f"{sum(mutants['accepted'].values()) or 'none'} accepted by one",
    ]
    if found.real:
        words = {"refuted": "refuted as predicted"}
        named = ", ".join(f"{number} {words.get(verdict, verdict)}" for verdict, number in real.items() if number)
        lines.append(f"{len(found.real)} rows on instruments and real input: {named}")
    run = f"seed {found.seed}, {seconds:.1f} s" + (f", {memory:.0f} MB at most" if memory else "")
    verdict = ("OK", "bold green") if found.ok else ("FAILED", FAILED)
    return Text.assemble("\n".join(lines), "\n", verdict, f"  ({run})")


def _noted(found: "Verification", checker: str) -> str:
    """What else a checker has to say of all statements: axioms, versions of solvers."""
    notes = dict.fromkeys(
        note for record in found.statements if checker in record.checked for note in record.checked[checker].notes
    )
    return "".join(f"; {note}" for note in notes)


def _counted(words: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {word}" for word, number in words.items())


def silent(lines: Iterable[str]) -> Group:
    """What checkers did not say, one line each.

    Args:
        lines: what a tool should have said, and why it did not.

    Returns:
        what rich prints.
    """
    return Group(*(Text(line, "yellow") for line in lines))


# -- derivations ----------------------------------------------------------------------------------------------


def ledger(found: "Derivations", wide: bool = True) -> RenderableType:
    """Every statement with the status of its derivation.

    Args:
        found: decided derivations.
        wide: whether there is room for the titles.

    Returns:
        what rich prints.
    """
    asked = _asked(found.records)
    rows = table("", "statement", "symbolic", *asked, "steps", "refused", *["title"] * wide, right=("steps",))
    for proof, record in zip(found.proofs, found.records, strict=True):
        steps = sum(len(decisions) for decisions in proof.decisions.values())
        refused = sum(bool(control.refused_by) for control in record.controls)
        controls = f"{refused} of {len(record.controls)}"
        title = [record.title] * wide
        words = [_checked(record, name) for name in asked]
        rows.add_row(record.group, record.id, status(record.symbolic), *words, str(steps), controls, *title)
    return Group(rows, problems(found.records))


def answers(record: StatementRecord) -> RenderableType:
    """What each independent checker answers to each claim and each false variant, and why.

    Args:
        record: of a statement that checkers were asked about.

    Returns:
        what rich prints.
    """
    rows = table("checker", "of", "answer", "detail")
    for name, checked in record.checked.items():
        for what, answer in (*checked.claims.items(), *((f"not {c}", a) for c, a in checked.controls.items())):
            rows.add_row(name, what, status(answer.word), Text(answer.detail, "dim"))
    notes = [Text(f"{name}: {note}", "dim") for name, checked in record.checked.items() for note in checked.notes]
    return Group(Text("\nIndependent checkers", "bold"), rows, *notes)


# -- measurements ---------------------------------------------------------------------------------------------
