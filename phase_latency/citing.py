"""How to cite the software, the paper whose statements it proves, and prior work: BibTeX, APA and CITATION.cff.

No date is invented: the year is that of ``SOURCE_DATE_EPOCH``, else of the commit, and else there is none.
"""

import json
from collections.abc import Iterable, Sequence
from importlib.metadata import metadata
from typing import Any, Literal

from phase_latency.environment import package_version
from phase_latency.errors import ArgumentError
from phase_latency.escaping import tex
from phase_latency.provenance import release_date
from phase_latency.references import PAPER, PRIOR_WORK, Reference

Format = Literal["bibtex", "apa", "cff"]

TITLE = "phase-latency: proving, testing and measuring positional encodings under the phase-latency isomorphism"
MESSAGE = "If you use this software, please cite it, and the paper whose statements it proves."
_CFF_TYPES = {"article": "article", "book": "book", "inproceedings": "conference-paper", "misc": "article"}


def cite(form: Format = "bibtex", prior_work: bool = False, date: str | None = None) -> str:
    """Print how to cite the software and the paper.

    Args:
        form: "bibtex", "apa", or "cff" for the whole of CITATION.cff, which names everything.
        prior_work: whether to print the prior work that is used as well, with the places where it is.
        date: ``YYYY-MM-DD`` of the software; None for that of the release.

    Returns:
        the text, which ends with a line break.

    Raises:
        ArgumentError: there is no such form, or ``SOURCE_DATE_EPOCH`` is no date.
    """
    works = (PAPER, *(PRIOR_WORK if prior_work else ()))
    if form == "cff":
        return _cff((PAPER, *PRIOR_WORK))
    if form == "bibtex":
        return "\n".join([_software_bibtex(date), *map(bibtex, works)])
    if form == "apa":
        return "\n".join([_software_apa(date), *(apa(work) for work in works)]) + "\n"
    raise ArgumentError("form", form, "bibtex, apa or cff", "pass one of them")


def _year(date: str | None) -> str:
    """The year of a date, or of the release; the empty string if that has no date."""
    if date is not None:
        return date[:4]
    released = release_date()
    return "" if released is None else str(released.year)


# -- BibTeX -----------------------------------------------------------------------------------------------------


def bibtex(work: Reference) -> str:
    """An entry of BibTeX for a work.

    Args:
        work: to be cited.

    Returns:
        the entry, which ends with a line break.
    """
    volume, _, number = work.volume.rstrip(")").partition("(")
    where = {"article": "journal", "inproceedings": "booktitle", "book": "publisher", "misc": "howpublished"}[work.kind]
    fields = {
        "author": " and ".join(_bibtex_name(*name) for name in work.authors),
        "title": f"{{{tex(work.title)}}}",
        "year": str(work.year),
        where: tex(work.where),
        "volume": volume,
        "number": number,
        "pages": work.pages.replace("-", "--"),
        "doi": tex(work.doi),
        "eprint": work.arxiv,
        "archiveprefix": "arXiv" if work.arxiv else "",
        "url": work.url,
        "note": tex(f"Used for: {work.used}"),
    }
    return _entry(work.kind, work.key, fields)


def _software_bibtex(date: str | None) -> str:
    about = metadata("phase-latency")
    fields = {
        "author": f"{{{tex(about['Author'])}}}",
        "title": f"{{{tex(TITLE)}}}",
        "year": _year(date),
        "note": tex(f"Version {package_version()}, software"),
    }
    return _entry("misc", "phase_latency", fields)


def _entry(kind: str, key: str, fields: dict[str, str]) -> str:
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"]) + "\n"


def _bibtex_name(family: str, given: str) -> str:
    return f"{tex(family)}, {tex(given)}" if given else f"{{{tex(family)}}}"


# -- APA ----------------------------------------------------------------------------------------------------------


def apa(work: Reference) -> str:
    """A work as the reference list of a paper in APA style has it, in plain text.

    Args:
        work: to be cited.

    Returns:
        one line.
    """
    names = [f"{family}, {given}" if given else family for family, given in work.authors]
    where = ", ".join(filter(None, (work.where or ("arXiv" if work.arxiv else ""), work.volume, work.pages)))
    title = f"{work.title} (arXiv:{work.arxiv})" if work.arxiv and not work.where else work.title
    return " ".join(
        filter(None, (f"{_joined(names)} ({work.year}).", f"{title}.", f"{where}." if where else "", work.url))
    )


def _software_apa(date: str | None) -> str:
    about = metadata("phase-latency")
    year = _year(date) or "n.d."
    return f"{about['Author']}. ({year}). {TITLE} (Version {package_version()}) [Computer software]."


def _joined(names: Sequence[str]) -> str:
    """With commas, and an ampersand before the last; the last initial ends with the full stop of the list."""
    text = ", ".join([*names[:-2], ", & ".join(names[-2:])])
    return text if text.endswith(".") else f"{text}."


# -- CITATION.cff -------------------------------------------------------------------------------------------------


def _cff(works: Iterable[Reference]) -> str:
    """The file that code hosts read. Strings are quoted as in JSON, which YAML reads the same."""
    about = metadata("phase-latency")
    lines = [
        "cff-version: 1.2.0",
        f"message: {json.dumps(MESSAGE)}",
        "type: software",
        f"title: {json.dumps(TITLE)}",
        f"version: {json.dumps(package_version())}",
        f"license: {about['License-Expression']}",
        "authors:",
        f"  - name: {json.dumps(about['Author'])}",
        "keywords:",
        *(f"  - {json.dumps(word)}" for word in about["Keywords"].split(",")),
        "references:",
        *(line for work in works for line in _cff_reference(work)),
    ]
    return "\n".join(lines) + "\n"


def _cff_reference(work: Reference) -> list[str]:
    volume, _, number = work.volume.rstrip(")").partition("(")
    start, _, end = work.pages.partition("-")
    fields: dict[str, Any] = {
        "title": work.title,
        "year": work.year,
        "journal": work.where if work.kind == "article" else "",
        "collection-title": work.where if work.kind == "inproceedings" else "",
        "volume": volume,
        "issue": number,
        "start": start,
        "end": end,
        "doi": work.doi,
        "url": work.url,
        "notes": f"Used for: {work.used}",
    }
    lines = [f"  - type: {_CFF_TYPES[work.kind]}", "    authors:"]
    for family, given in work.authors:
        lines.append(f"      - family-names: {json.dumps(family)}")
        lines += [f"        given-names: {json.dumps(given)}"] if given else []
    lines += [f"    {name}: {json.dumps(value)}" for name, value in fields.items() if value]
    if work.kind == "book":
        lines += ["    publisher:", f"      name: {json.dumps(work.where)}"]
    if work.arxiv:
        lines += ["    identifiers:", "      - type: other", f'        value: "arXiv:{work.arxiv}"']
    return lines
