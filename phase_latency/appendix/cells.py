"""What stands in the cells of tables: a statement of a record in a word or two, a number, a point."""

from collections.abc import Mapping, Sequence
from typing import Any

from phase_latency.record_form import YES

CHECKERS = ("coq", "smt", "ball")
_NARROW = {"task": 41, "change": 44, "steps": 18, "seeds": 18, "accuracy": 44, "bits": 35, "solved": 35}  # pt, at 7 pt
_OTHERS, _LINE, _GAP = 34, 345, 4  # pt: other columns, the text of an article, and between two columns
_LONGEST = 160  # characters of a point that is printed; all of it is in the record


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


def number(value: float | None) -> str:
    """A measured number, to two digits; a dash if there is none."""
    return "-" if value is None else f"{value:.1e}" if value else "0"


def column_width(column: str, columns: Sequence[str]) -> int:
    """How wide a column of a table of experiments is set, in pt: that of encodings takes what is left of the line."""
    widths = {name: _NARROW.get(name, _OTHERS) for name in columns[:-1] if name != "encoding"}
    widths["encoding"] = _LINE - sum(widths.values()) - _GAP * len(widths)
    return widths[column]


def point(values: Mapping[str, str]) -> str:
    """A point, on one line; a long one is cut short."""
    text = ", ".join(f"{name} = {value}" for name, value in values.items())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."


def shown_in_figures(record: Mapping[str, Any]) -> dict[str, Any]:
    """What figures can show of a record.

    Args:
        record: of the ledger.

    Returns:
        its exhibits, and of its experiments each study that was run to its end, as ``experiments NAME``.
    """
    experiments = record.get("experiments") or {"studies": []}
    finished = [each for each in experiments["studies"] if each["finished"] == each["runs"]]
    return dict(record["exhibits"]) | {f"experiments {each['name']}": each for each in finished}
