"""What experiments found, as tables and answers for a terminal."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from rich.console import Group, RenderableType
from rich.text import Text

from phase_latency.experiments.intervals import Interval, bits, percent
from phase_latency.tables import FAILED, status, table
from phase_latency.wording import plain, said

_WORDS = {"reproduced": "green", "not reproduced": FAILED, "not testable by that script": "yellow"}


def experiment_tables(record: Mapping[str, Any]) -> RenderableType:
    """The similarities, every study with its answers, and what became of the claims of the paper.

    Args:
        record: of `phase_latency.experiments.record`.

    Returns:
        what rich prints.
    """
    parts: list[RenderableType] = [_similarities(record["similarities"])]
    for study in record["studies"]:
        parts += [Text(""), Text(study["title"], "bold"), Text(study["question"]), _rows(study)]
        parts += [Text(f"{study['finished']} of {study['runs']} runs are finished")] if _is_open(study) else []
        parts += [Text.assemble(("ERROR", FAILED), f" {error}") for error in study["errors"]]
        parts += [_answer(each) for each in study["answers"]]
    parts += [Text(""), Text("Claims of the paper", "bold"), *map(_claim, record["claims"])]
    return Group(*parts)


def _is_open(study: Mapping[str, Any]) -> bool:
    return bool(study["finished"] < study["runs"])


def _similarities(found: Sequence[Mapping[str, Any]]) -> RenderableType:
    shown = table("L = d", "against sinusoidal", "Pearson", "Spearman", "slope", "Spearman with nearness")
    for each in found:
        for name, it in each["readings"].items():
            figures = (f"{it[key]:.4f}" for key in ("pearson", "spearman"))
            shown.add_row(str(each["length"]), name, *figures, f"{it['slope']:.6g}", f"{it['monotone']:.4f}")
    return Group(Text("Similarity figures", "bold"), shown)


def _rows(study: Mapping[str, Any]) -> RenderableType:
    further = _FURTHER.get(study["name"])
    columns = ("task", "encoding", "change", "steps", "seeds", "accuracy", "bits", "solved")
    shown = table(*columns, *([_heading(study, further)] if further else []), "verdict")
    for row in study["rows"]:
        figures = (_shown(row["accuracy"], percent), _shown(row["bits"], bits), _solved(row))
        names = (row["task"], row["encoding"], row["change"], str(row["steps"]))
        more = [_further(row, further)] if further else []
        shown.add_row(*names, f"{len(row['seeds'])} of {row['expected']}", *figures, *more, status(row["verdict"]))
    return shown


# What a table shows of other lengths: the figure, its heading, and how it is written.
_Further: TypeAlias = tuple[str, str, Callable[[float], str]]
_FURTHER: Mapping[str, _Further] = {
    "length": ("bits", "bits at", lambda value: f"{value:.2g}"),
    "tasks": ("accuracy_beyond", "% beyond, to", lambda value: f"{100 * value:.0f}"),
}


def _heading(study: Mapping[str, Any], further: _Further) -> str:
    figure, title, _ = further
    lengths = [
        length
        for length in study["rows"][0]["lengths"]
        if any(row["lengths"].get(length, {}).get(figure) for row in study["rows"])
    ]
    return f"{title} {'/'.join(lengths)}"


def _further(row: Mapping[str, Any], further: _Further) -> str:
    figure, _, words = further
    found = [each[figure] for each in row["lengths"].values() if each[figure] is not None]
    return "/".join(words(each["value"]) for each in found) or "-"


def _solved(row: Mapping[str, Any]) -> str:
    steps = row["solved"]
    return f"{len(steps)} of {row['expected']}" + (f" at {_range(steps)}" if steps else "")


def _range(steps: Sequence[int]) -> str:
    return str(steps[0]) if steps[0] == steps[-1] else f"{steps[0]}-{steps[-1]}"


def _shown(figure: Mapping[str, float] | None, words: Callable[[Interval], str]) -> str:
    return "-" if figure is None else words(Interval(**figure))


def _answer(answer: Mapping[str, str]) -> Text:
    return Text.assemble(f"{answer['question']} ", (answer["answer"], "bold"), f". {plain(said(answer['text']))}")


def _claim(claim: Mapping[str, str]) -> Text:
    words = (claim["verdict"], _WORDS.get(claim["verdict"], ""))
    return Text.assemble(f"{claim['claim']}: ", words, f". {plain(said(claim['text']))}")
