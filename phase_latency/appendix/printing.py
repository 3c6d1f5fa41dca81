"""A record as LaTeX, as a page and as Typst: the templates of each format, with what they call.

Whatever a template prints is escaped for its format, unless it is marked as source by what made it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from phase_latency.appendix import cells, prose
from phase_latency.appendix.mathematics import mathml
from phase_latency.appendix.mathematics import typst as typst_formula
from phase_latency.appendix.setting import html, latex, typst, typst_string
from phase_latency.appendix.view import View
from phase_latency.citing import apa, cite
from phase_latency.escaping import label, tex, tex_cell, tex_code, visible
from phase_latency.latex_layout import aligned, width
from phase_latency.wording import Said, with_symbols

STEM = "verification_appendix"
_SHORT = 16.0  # em: a formula that does not fill a line
Functions = Mapping[str, Callable[..., Any]]


def _environment(escape: Callable[[str], str], functions: Functions) -> Environment:
    """Templates whose values are escaped; they have signs of their own, which neither LaTeX nor Typst knows."""
    environment = Environment(
        loader=PackageLoader("phase_latency.appendix"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        finalize=lambda value: value if isinstance(value, Markup) else Markup(escape(str(value))),
    )
    environment.globals |= {
        "prose": prose,
        "word": cells.word,
        "tested": cells.tested,
        "refused": cells.refused,
        "mutants": cells.mutants,
        "answers": cells.answers,
        "number": cells.number,
        "column_width": cells.column_width,
        "label": label,
        **{name: _marked(function) for name, function in functions.items()},
    }
    return environment


def _marked(function: Callable[..., str]) -> Callable[..., Markup]:
    """What it returns is source of the format."""
    return lambda *arguments: Markup(function(*arguments))


# -- LaTeX ------------------------------------------------------------------------------------------------------


def print_tex(shown: View) -> dict[str, str]:
    """The fragment, a document of its own around it, and the bibliography.

    Args:
        shown: the record with what is said about it.

    Returns:
        text by name of the file.
    """
    functions: Functions = {
        "said": lambda text: latex(_read(shown, text)),
        "symbols": lambda text: latex(with_symbols(text)),
        "code": tex_code,
        "cell": tex_cell,
        "display": lambda formulas: "\n".join(aligned([(each["rows"], "") for each in formulas])),
        "hypotheses": _tex_hypotheses,
        "steps": _tex_steps,
        "figure_file": lambda name: f"{STEM}_{name}.pdf",
    }
    environment = _environment(tex, functions)
    environment.globals["by_rule"] = by_rule
    names = (f"{STEM}.tex", f"{STEM}_standalone.tex")
    return {name: _filled(environment, name, shown) for name in names} | {f"{STEM}.bib": bibliography(shown)}


def bibliography(shown: View) -> str:
    """The software, as of the date of the record, the paper, and prior work.

    Args:
        shown: the record with what is said about it.

    Returns:
        BibTeX.
    """
    return cite("bibtex", True, shown.record["provenance"]["date"])


def _read(shown: View, text: str | Said) -> Said:
    return shown.said(text) if isinstance(text, str) else text


def _filled(environment: Environment, name: str, shown: View, **further: Any) -> str:
    return environment.get_template(name).render(view=shown, record=shown.record, **further)


def _tex_hypotheses(hypotheses: Sequence[Mapping[str, Any]]) -> str:
    """Each with its name and meaning: within the text if it is short, else displayed."""
    return ";\n".join(map(_tex_hypothesis, hypotheses)) + "."


def _tex_hypothesis(hypothesis: Mapping[str, Any]) -> str:
    meaning = f": {hypothesis['meaning']}" if hypothesis["meaning"] else ""
    rows = hypothesis["formula"]["rows"]
    name = rf"(\emph{{{tex(hypothesis['name'])}}}{tex(meaning)})"
    if len(rows) == 1 and width(rows[0]) <= _SHORT:
        return f"${rows[0]}$ {name}"
    return "\n".join((*aligned([(rows, "")]), name))


def _tex_steps(claim: Mapping[str, Any]) -> str:
    """Every step with its rule; what states the claim itself refers to it."""
    facts = [step["formula"]["rows"] if step["formula"] else [_THE_CLAIM] for step in claim["steps"]]
    return "\n".join(aligned(list(zip(facts, map(by_rule, claim["steps"]), strict=True))))


_THE_CLAIM = r"\text{the claim}"


def by_rule(step: Mapping[str, Any]) -> str:
    """Label, rule and premises of a step, and why it does not go through if it does not.

    Args:
        step: of the record.

    Returns:
        one line.
    """
    label = f"{step['label']}: " if step["label"] else ""
    uses = f", from {', '.join(step['uses'])}" if step["uses"] else ""
    failed = "" if step["outcome"] == "yes" else f"; {step['outcome'].upper()}: {step['reason']}"
    return f"{label}{step['rule'] or 'not derived'}{uses}{failed}"


# -- Typst ------------------------------------------------------------------------------------------------------


def print_typst(shown: View) -> str:
    """A document for Typst, which sets it without any installation of TeX.

    Args:
        shown: the record with what is said about it.

    Returns:
        source; its figures are files beside it.
    """
    functions: Functions = {
        "said": lambda text: typst(_read(shown, text)),
        "symbols": lambda text: typst(with_symbols(text)),
        "code": lambda text: f"#raw({typst_string(str(text))});",
        "string": lambda text: typst_string(str(text)),
        "formula": _typst_rows,
        "inline": lambda formula: " ".join(f"${typst_formula(row)}$" for row in formula["rows"]),
        "figure_file": lambda name: f"{STEM}_{name}.pdf",
    }
    environment = _environment(lambda text: f"#{typst_string(text)};", functions)
    environment.globals |= {"by_rule": by_rule, "silent_checkers": cells.silent_checkers}
    day = shown.record["provenance"]["date"]
    date = Markup("none" if day is None else "datetime(year: {}, month: {}, day: {})".format(*map(int, day.split("-"))))
    return _filled(environment, f"{STEM}.typ", shown, date=date, bibliography=f"{STEM}.bib")


def _typst_rows(formula: Mapping[str, Any]) -> str:
    rows = " \\ ".join(f"& {typst_formula(row)}" for row in formula["rows"])
    return f"$ {rows} $"


# -- HTML -------------------------------------------------------------------------------------------------------


def print_html(shown: View, figures: Mapping[str, str]) -> str:
    """One page, with all that it needs in itself.

    Args:
        shown: the record with what is said about it.
        figures: SVG by name.

    Returns:
        HTML.
    """
    functions: Functions = {
        "said": lambda text: html(_read(shown, text)),
        "symbols": lambda text: html(with_symbols(text)),
        "formula_pieces": lambda formula: " ".join(mathml(piece) for piece in formula["pieces"]),
        "lines": lambda text: "\n".join(str(escape(visible(line))) for line in _lines(text)),
    }
    environment = _environment(lambda text: str(escape(visible(text))), functions)
    environment.globals |= {"by_rule": by_rule, "apa": apa, "silent_checkers": cells.silent_checkers}
    inline = {part: Markup(_source(environment, f"page.{part}")) for part in ("css", "js")}
    drawn = {name: Markup(svg) for name, svg in figures.items()}
    return _filled(
        environment,
        "index.html",
        shown,
        bibtex=cite("bibtex", date=shown.record["provenance"]["date"]),
        contents=_contents(shown),
        figures=drawn,
        **inline,
    )


def _source(environment: Environment, name: str) -> str:
    """A file that is put into the page as it is."""
    assert environment.loader is not None, "it was made with one"
    return environment.loader.get_source(environment, name)[0]


def _lines(text: str) -> list[str]:
    """Lines with their indentation, which a program needs."""
    return text.rstrip().splitlines()


def _contents(shown: View) -> list[tuple[str, str]]:
    """Sections of the page: those that it has."""
    sections = {
        "words": ("Words", True),
        "ledger": ("Ledger", True),
        "scope": ("What does not hold", True),
        "published": ("Published", bool(shown.published)),
        "experiments": ("Experiments", bool(shown.studies)),
        "figures": ("Figures", bool(shown.captions)),
        "statements": ("Statements", True),
        "measured": ("Measured", bool(shown.record["real"])),
        "encodings": ("Encodings", bool(shown.record["profiles"])),
        "reproduce": ("Reproduce", True),
        "cite": ("Cite", True),
        "references": ("References", True),
    }
    return [(name, title) for name, (title, there) in sections.items() if there]
