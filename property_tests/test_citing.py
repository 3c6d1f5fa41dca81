"""What is printed to cite the software: it parses, is complete, names what the modules use, and invents no date."""

import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from phase_latency import cli, provenance
from phase_latency.citing import apa, bibtex, cite
from phase_latency.environment import package_version
from phase_latency.errors import ArgumentError
from phase_latency.ledger.discovery import own_folders
from phase_latency.references import PAPER, PRIOR_WORK

ROOT = Path(__file__).parent.parent
# The schema of the Citation File Format 1.2.0, by its authors, under CC BY 4.0: doi 10.5281/zenodo.5171937
SCHEMA = json.loads((ROOT / "property_tests" / "cff-1.2.0.schema.json").read_text(encoding="utf-8"))
WORKS = (PAPER, *PRIOR_WORK)
ARXIV = re.compile(r"arXiv:(\d{4}\.\d{5})")


@pytest.fixture(autouse=True)
def no_date(monkeypatch):
    """Neither an epoch nor a commit."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.setattr(provenance, "_git", lambda *arguments: None)


def text_of_modules():
    folders = [*own_folders(), ROOT / "examples"]
    files = [path for folder in folders for path in folder.rglob("*.py") if path.name != "references.py"]
    return " ".join(" ".join(path.read_text(encoding="utf-8").split()) for path in files)


def entries(text):
    """Fields by key of each entry; a brace that is not closed, or a line that is no field, fails."""
    found = {}
    for entry in text.strip().split("\n\n"):
        first, *fields, last = entry.splitlines()
        key = re.fullmatch(r"@(?:article|book|inproceedings|misc)\{(\w+),", first).group(1)
        assert last == "}"
        found[key] = dict(re.fullmatch(r"  (\w+) = \{(.*)\},", field).groups() for field in fields)
        for value in found[key].values():
            plain = re.sub(r"\\.", "", value)
            assert plain.count("{") == plain.count("}")
    return found


# -- what is cited --------------------------------------------------------------------------------------------


def test_every_work_is_called_by_a_module_that_uses_it():
    text = text_of_modules()
    assert [work.key for work in WORKS if work.called not in text] == []


def test_every_preprint_that_a_module_names_is_cited():
    assert set(ARXIV.findall(text_of_modules())) <= {work.arxiv for work in WORKS}


def test_works_are_complete_and_in_order():
    assert [work.key for work in PRIOR_WORK] == sorted(work.key for work in PRIOR_WORK)
    assert len({work.key for work in WORKS}) == len(WORKS)
    for work in WORKS:
        assert work.used, work.key
        assert work.called, work.key
        assert work.url or work.kind == "book", work.key
        assert (work.kind == "misc") == (not work.where), work.key


# -- BibTeX and APA -------------------------------------------------------------------------------------------


def test_bibtex_has_the_software_and_the_paper_and_on_request_all():
    assert list(entries(cite("bibtex"))) == ["phase_latency", "bose2026"]
    assert list(entries(cite("bibtex", prior_work=True))) == ["phase_latency", *(work.key for work in WORKS)]


def test_bibtex_of_an_article():
    (higham,) = (work for work in PRIOR_WORK if work.key == "blanchard2021")
    assert entries(bibtex(higham))["blanchard2021"] == {
        "author": "Blanchard, P. and Higham, D. J. and Higham, N. J.",
        "title": "{Accurately computing the log-sum-exp and softmax functions}",
        "year": "2021",
        "journal": "IMA Journal of Numerical Analysis",
        "volume": "41",
        "number": "4",
        "pages": "2311--2330",
        "doi": "10.1093/imanum/draa038",
        "url": "https://doi.org/10.1093/imanum/draa038",
        "note": "Used for: section 4, for the rounding bound of softmax",
    }


def test_what_tex_would_read_as_a_command_is_escaped():
    odd = replace(PAPER, title=r"50% of $x_1$ & {more} #\~^", authors=(("O_Neil", "A&B"),))
    found = entries(bibtex(odd))["bose2026"]
    assert found["author"] == r"O\_Neil, A\&B"
    assert found["title"] == (r"{50\% of \$x\_1\$ \& \{more\} \#\textbackslash{}\textasciitilde{}\textasciicircum{}}")


def test_apa():
    (cohen,) = (work for work in PRIOR_WORK if work.key == "cohen2023")
    assert apa(cohen) == (
        "Cohen, S. N., & Fausti, E. (2023). Hyperbolic contractivity and the Hilbert metric on probability measures "
        "(arXiv:2309.02413). arXiv. https://arxiv.org/abs/2309.02413"
    )
    assert cite("apa").splitlines()[0] == (
        "The phase-latency developers. (n.d.). phase-latency: proving, testing and measuring positional encodings "
        f"under the phase-latency isomorphism (Version {package_version()}) [Computer software]."
    )


# -- CITATION.cff ---------------------------------------------------------------------------------------------


def test_the_file_of_the_repository_is_fresh():
    assert (ROOT / "CITATION.cff").read_text(encoding="utf-8") == cite("cff"), (
        "run `phase-latency cite --format cff > CITATION.cff`"
    )


def test_it_is_valid_and_names_everything():
    found = yaml.safe_load(cite("cff"))
    jsonschema.Draft7Validator(SCHEMA).validate(found)
    assert [one["title"] for one in found["references"]] == [work.title for work in WORKS]
    assert found["version"] == package_version()


@pytest.mark.parametrize(
    "fault",
    [
        {"cff-version": "1.1.0"},
        {"authors": []},
        {"authors": [{"fullname": "A. Person"}]},
        {"version": True},
        {"type": "program"},
        {"licence": "Apache-2.0"},
        {"references": [{"title": "No type", "authors": [{"name": "A"}]}]},
        {"references": [{"title": "No author", "type": "article"}]},
        {"identifiers": [{"type": "arxiv", "value": "2605.00662"}]},
    ],
)
def test_twin_a_file_that_is_not_valid_is_refused(fault):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(SCHEMA).validate({**yaml.safe_load(cite("cff")), **fault})


# -- dates ----------------------------------------------------------------------------------------------------


def test_the_year_is_that_of_the_release(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1798761599")  # the last second of 2026
    assert entries(cite("bibtex"))["phase_latency"]["year"] == "2026"
    assert cite("apa").startswith("The phase-latency developers. (2026). ")


def test_without_a_date_there_is_none():
    assert "year" not in entries(cite("bibtex"))["phase_latency"]


# -- the command ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["bibtex", "apa", "cff"])
def test_the_command_prints_what_the_function_returns(form):
    result = CliRunner().invoke(cli.app, ["cite", "--format", form, "--prior-work"])
    assert (result.exit_code, result.stdout) == (0, cite(form, prior_work=True))


def test_another_form_is_refused():
    with pytest.raises(ArgumentError, match="expected bibtex, apa or cff"):
        cite("ris")
    assert CliRunner().invoke(cli.app, ["cite", "--format", "ris"]).exit_code == 2
