"""What an appendix shows, made of a record and nothing else: the templates of all formats print this."""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from phase_latency.appendix import prose
from phase_latency.checkers.verdict import AXIOMS, YES
from phase_latency.limits import SCOPE
from phase_latency.references import PAPER, PRIOR_WORK, Reference
from phase_latency.wording import Said, said

CHECKERS = ("coq", "smt", "ball")
_LONGEST = 160  # characters of a point that is printed; all of it is in the record

Record = Mapping[str, Any]


class Limit(NamedTuple):
    """What does not hold, with the points at which claims of existence show it."""

    title: str
    text: Said
    points: list[tuple[str, str, str]]  # statement, claim, point


class Caption(NamedTuple):
    """A figure's name, title, and what to see in it."""

    name: str
    title: str
    text: Said


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
        seed = self.record["seed"]
        names = "" if self.record["exhibits"] else f" {' '.join(self.numbers)}"
        profiles = [
            f"phase-latency check {shlex.quote(each['encoding'])} --length {each['length']} --seed {each['seed']}"
            for each in self.record["profiles"]
        ]
        return [
            f"phase-latency verify{names} --seed {seed} --json > record.json",
            "phase-latency appendix --record record.json --out DIR",
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
    return View({"profiles": [], **record}, numbers, tuple(_captions(record["exhibits"], tuple(numbers))))


def word(statement: Mapping[str, Any], checker: str) -> str:
    """What a checker says of a statement: a word, and for how many of the claims if not for all."""
    if checker not in statement["checkers"]:
        return "NONE"
    checked = statement["checkers"][checker]
    said = sum(answer["word"] in YES for answer in checked["claims"].values())
    share = "" if said in (0, len(checked["claims"])) else f" {said} of {len(checked['claims'])}"
    return f"{checked['word']}{share}"


def answers(statement: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """What the checkers answer: name, word, detail, and the claims of which they say so."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for name, checked in statement["checkers"].items():
        for claim, answer in checked["claims"].items():
            found.setdefault((name, answer["word"], answer["detail"]), []).append(claim)
    return [(*what, ", ".join(claims)) for what, claims in found.items()]


def silent_checkers(statement: Mapping[str, Any]) -> list[str]:
    """Names of the checkers that were not asked about it."""
    return [name for name in CHECKERS if name not in statement["checkers"]]


def refused(statement: Mapping[str, Any]) -> str:
    """How many of the false variants were refused."""
    return f"{sum(bool(each['refused_by']) for each in statement['controls'])} of {len(statement['controls'])}"


def mutants(statement: Mapping[str, Any]) -> str:
    """How many of the false mutants some checker refutes."""
    score = statement["mutants"]
    return "-" if score is None else f"{score['refuted_by_any']} of {score['false']}"


def tested(statement: Mapping[str, Any]) -> str:
    """Whether random layers contradict it, and how many there were."""
    found = statement["tested"]
    return f"{found['verdict']} {found['examples']}" if found["examples"] else str(found["verdict"])


def figure(value: float | None) -> str:
    """A measured number, to two digits; a dash if there is none."""
    return "-" if value is None else f"{value:.1e}" if value else "0"


def point(values: Mapping[str, str]) -> str:
    """A point, on one line; a long one is cut short."""
    text = ", ".join(f"{name} = {value}" for name, value in values.items())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."


# -- figures ----------------------------------------------------------------------------------------------------


def _captions(exhibits: Mapping[str, Any], known: tuple[str, ...]) -> list[Caption]:
    found = []
    for name, (title, text) in prose.CAPTIONS.items():
        exhibit, values = _SHOWN[name]
        if exhibit in exhibits:
            found.append(Caption(name, title, said(_filled(text, values(exhibits[exhibit])), *known)))
    return found


def _filled(text: str, values: Mapping[str, Any]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found.group(1), found.group())), text)


def _similarity(found: Mapping[str, Any]) -> dict[str, Any]:
    amplitude, compressed = (found["encodings"][name] for name in ("amplitude", "compressed"))
    return {
        "length": found["length"],
        "dim": found["dim"],
        "slope": f"{amplitude['scale']['value']:.6g}",
        "amplitude_residual": _bounded(amplitude["residual"]),
        "compressed_residual": _bounded(compressed["residual"]),
        "rises": found["encodings"]["sinusoidal"]["rises"],
        "steps": found["length"] - 1,
    }


def _readings(found: Mapping[str, Any]) -> dict[str, Any]:
    moved = {name: _bounded(each["total_variation"]) for name, each in found["readings"].items()}
    return {
        "length": found["length"],
        "seconds": f"{found['seconds']:g}",
        "retimed": moved["re-timed"],
        "amplitude": moved["amplitude"],
        "compressed": moved["compressed"],
    }


def _bounded(value: Mapping[str, float]) -> str:
    """A number with its bound; what is within it is zero up to rounding."""
    return f"{value['value']:.2g}, bound {value['bound']:.1g}"


# Of each figure, the exhibit that it shows, and what its caption says of that.
_SHOWN: dict[str, tuple[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]]] = {
    "slope": ("similarity", _similarity),
    "distance": ("similarity", _similarity),
    "weights": ("readings", _readings),
    "errors": ("errors", dict),
    "epsilon": ("epsilon", dict),
    "profiles": ("profiles", lambda found: found["built_in"][0]),
}
