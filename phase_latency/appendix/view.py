"""What an appendix shows, made of a record and nothing else: the templates of all formats print this."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from phase_latency import experiment_rows
from phase_latency.appendix import prose
from phase_latency.appendix.captions import Caption, captions
from phase_latency.appendix.cells import CHECKERS, point, shown_in_figures
from phase_latency.limits import SCOPE
from phase_latency.published import PUBLISHED
from phase_latency.record_form import AXIOMS
from phase_latency.references import PAPER, PRIOR_WORK, Reference
from phase_latency.wording import Said, said

Record = Mapping[str, Any]
SPIKING = "GHI"  # letters of the groups on spiking neurons, their codes and what they share with transformers


class Limit(NamedTuple):
    """What does not hold, with the points at which claims of existence show it."""

    title: str
    text: Said
    points: list[tuple[str, str, str]]  # statement, claim, point


class Study(NamedTuple):
    """An experiment: what it asks, its table, and its answers."""

    name: str
    title: str
    question: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    answers: list[tuple[str, str, Said]]  # question, a word, the numbers
    finished: str  # so many runs of how many


@dataclass(frozen=True)
class View:
    """A record with all that is said about it.

    Attributes:
        record: the record.
        numbers: number of each statement, by its id.
        captions: of the figures, in order.
    """

    record: Record
    numbers: Mapping[str, int]
    captions: tuple[Caption, ...]

    def said(self, text: str) -> Said:
        """Prose, with references to statements of the record."""
        return said(text, *self.numbers)

    @property
    def counts(self) -> list[str]:
        """What was found, one line each."""
        counts = self.record["summary"]
        by_checker = [
            f"{name}: {', '.join(f'{number} {word}' for word, number in words.items())}"
            for name, words in counts["checkers"].items()
        ]
        mutants, real = counts["mutants"], counts["real"]
        rows = [f"{number} {word.upper()}" for word, number in real.items() if number]
        return [
            f"{counts['statements']} statements: {counts['derived']} DERIVED, {counts['tested']} TESTED, "
            f"{counts['measured']} MEASURED within their bounds",
            *by_checker,
            f"{counts['controls']} false variants: {counts['refused']} refused",
            f"{mutants['false']} false mutants: {mutants['refuted_by_any']} refuted by a checker, "
            f"{sum(mutants['accepted'].values()) or 'none'} accepted by one",
            *([f"{len(self.record['real'])} rows on instruments and real input: {', '.join(rows)}"] if rows else []),
        ]

    @property
    def silent(self) -> list[str]:
        """What was missing or came to no end in this run, one line each; none of it is a pass."""
        answers = (
            f"{name}: {answer['word']}: {answer['detail']}"
            for each in self.record["statements"]
            for name, checked in each["checkers"].items()
            for answer in checked["claims"].values()
            if answer["word"] in ("MISSING", "UNDECIDED")
        )
        missing = [row for row in self.record["real"] if row["verdict"] == "MISSING"]
        rows = (f"{row['subject']}: {row['verdict']}: {row['detail']}" for row in missing)
        unasked = (f"{name}: NONE: not asked in this run" for name in CHECKERS if not self._asked(name))
        return list(dict.fromkeys((*unasked, *answers, *rows)))

    @property
    def problems(self) -> list[str]:
        """Why it is not all right, one line each."""
        return [f"{each['id']}: {why}" for each in self.record["statements"] for why in each["reasons"]] + [
            f"{row['subject']}: {row['under']}: {row['verdict']}: {row['detail']}"
            for row in self.record["real"]
            if row["verdict"] in ("VIOLATED", "UNDECIDED")
        ]

    def _asked(self, checker: str) -> bool:
        return any(checker in each["checkers"] for each in self.record["statements"])

    @property
    def groups(self) -> list[tuple[str, str, list[Mapping[str, Any]]]]:
        """Letter and title of each group, with its statements."""
        letters = dict.fromkeys(each["group"] for each in self.record["statements"])
        return [
            (letter, prose.GROUPS.get(letter, ""), [s for s in self.record["statements"] if s["group"] == letter])
            for letter in letters
        ]

    @property
    def limits(self) -> list[Limit]:
        """What does not hold: of the statements of this record, and what is claimed nowhere."""
        return [
            Limit(each.title, self.said(each.text), self._points(each.statements))
            for each in SCOPE
            if not each.statements or any(one in self.numbers for one in each.statements)
        ]

    @property
    def published(self) -> list[tuple[Said, str, Said]]:
        """What was published on the statements of this record: what is said, its verdict, and why."""
        return [
            (self.said(each.claim), each.verdict, self.said(each.text))
            for each in PUBLISHED
            if any(letter in SPIKING for letter, *_ in self.groups)
            and (not each.statements or any(one in self.numbers for one in each.statements))
        ]

    @property
    def studies(self) -> list[Study]:
        """What trained models showed, study by study; none if the record has no experiments."""
        found = self.record["experiments"]
        return [] if found is None else [self._study(each) for each in found["studies"]]

    def _study(self, study: Mapping[str, Any]) -> Study:
        rows = [experiment_rows.cells(study, row) for row in study["rows"]]
        answers = [(each["question"], each["answer"], self.said(each["text"])) for each in study["answers"]]
        named = (study["name"], study["title"], study["question"])
        return Study(*named, experiment_rows.columns(study), rows, answers, f"{study['finished']} of {study['runs']}")

    @property
    def claims(self) -> list[tuple[str, str, Said]]:
        """What the empirical part of the paper claims, what became of it, and the numbers."""
        found = self.record["experiments"]
        claims = [] if found is None else found["claims"]
        return [(each["claim"], each["verdict"], self.said(each["text"])) for each in claims]

    @property
    def setting(self) -> str:
        """What all trained models share, and what their numbers depend on."""
        found = self.record["experiments"]
        if found is None:
            return ""
        shared = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in found["setting"].items())
        return f"{shared}; size {found['size']}; code {found['version']}"

    def _points(self, identifiers: Sequence[str]) -> list[tuple[str, str, str]]:
        return [
            (each["id"], claim["name"], point(claim["at"]))
            for each in self.record["statements"]
            if each["id"] in identifiers
            for claim in each["claims"]
            if claim["at"] is not None
        ]

    @property
    def commands(self) -> list[str]:
        """What finds again what is shown here."""
        names = [] if self.record["asked"] is None else list(self.numbers)
        run = f"--seed {self.record['seed']} --examples {self.record['examples']}"
        profiles = [
            f"phase-latency check {shlex.quote(each['encoding'])} --length {each['length']} --seed {each['seed']}"
            for each in self.record["profiles"]
        ]
        return [
            " ".join(["phase-latency verify", *map(shlex.quote, names), run, "--json"]),
            f"phase-latency appendix --out DIR {run}"
            + (f" --statements {shlex.quote(','.join(names))}" if names else ""),
            *profiles,
        ]

    @property
    def origin(self) -> list[tuple[str, str]]:
        """Where the record comes from, by what is told."""
        origin = self.record["provenance"]
        changed = " (changed since)" if origin["changed"] else ""
        packages = ", ".join(f"{name} {version or 'not installed'}" for name, version in origin["packages"].items())
        asked = (checked for each in self.record["statements"] for checked in each["checkers"].values())
        notes = (note for checked in asked for note in checked["notes"])
        return [
            ("version", f"phase-latency {self.record['version']}"),
            ("commit", f"{origin['commit']}{changed}" if origin["commit"] else "not known"),
            ("date", origin["date"] or "none"),
            ("seed", str(self.record["seed"])),
            ("Python", origin["python"]),
            ("packages", packages),
            ("SHA-256 of these versions", origin["constraints"]),
            ("axioms of the kernel proofs", ", ".join(self.record["axioms"]) or "none: the kernel was not asked"),
            *(("checker", note) for note in dict.fromkeys(notes) if not note.startswith(AXIOMS)),
        ]

    @property
    def references(self) -> list[Reference]:
        """The works that are cited."""
        return [PAPER, *PRIOR_WORK]

    def cited(self, statement: Mapping[str, Any]) -> list[str]:
        """Keys of the works that a statement comes from or rests on."""
        source = f"{statement['source']['reference']}, {statement['source']['place']}"
        rests = re.compile(rf"(?<![\w-]){re.escape(statement['id'])}(?![\w-])")
        return [work.key for work in self.references if work.called in source or rests.search(work.used)]


def view(record: Record) -> View:
    """Say what a record shows.

    Args:
        record: of the form of ``record.schema.json``.

    Returns:
        what the templates print.
    """
    numbers = {each["id"]: number for number, each in enumerate(record["statements"], start=1)}
    whole = {"profiles": [], "experiments": None, **record}
    return View(whole, numbers, captions(shown_in_figures(whole), tuple(numbers)))
