"""What experiments found, as tables and answers for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from phase_latency.experiment_rows import cells, columns
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
    shown = table(*columns(study))
    shown.columns[1].no_wrap = True  # names of encodings have no spaces to break at
    for row in study["rows"]:
        *plain_cells, verdict = cells(study, row)
        shown.add_row(*plain_cells, status(verdict))
    return shown


def _answer(answer: Mapping[str, str]) -> Text:
    return Text.assemble(f"{answer['question']} ", (answer["answer"], "bold"), f". {plain(said(answer['text']))}")


def _claim(claim: Mapping[str, str]) -> Text:
    words = (claim["verdict"], _WORDS.get(claim["verdict"], ""))
    return Text.assemble(f"{claim['claim']}: ", words, f". {plain(said(claim['text']))}")
