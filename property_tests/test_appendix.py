"""The appendix: every format says what the record says, with the same bytes from the same record."""

import json
import os
import platform
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from datetime import date
from html.parser import HTMLParser

import jsonschema
import pytest
from appendix_records import answers, ledger_record, profile, small_record

from phase_latency.appendix import FORMATS, chosen, finished, read_records
from phase_latency.appendix.view import view
from phase_latency.appendix.writing import printed
from phase_latency.errors import ArgumentError
from phase_latency.ledger import statements
from phase_latency.limits import SCOPE
from phase_latency.published import PUBLISHED
from phase_latency.record_form import schema, summary
from phase_latency.wording import Reference, Text, said

IDS = [one.id for one in statements()]
TEXTS = ("verification_appendix.tex", "index.html")


@pytest.fixture(scope="module")
def record():
    return ledger_record()


@pytest.fixture(scope="module")
def files(record):
    return printed(record)


class Words(HTMLParser):
    """What a reader sees, and the ids of all elements."""

    def __init__(self):
        super().__init__()
        self.text, self.ids, self.links, self.tags = [], [], [], []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.append(tag)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if "href" in found else []

    def handle_data(self, data):
        self.text.append(data)


def page(files):
    words = Words()
    words.feed(files["index.html"].decode())
    return words


def plain(latex):
    """LaTeX without the commands that only set it."""
    text = re.sub(r"\\(?:texttt|emph|allowbreak|raggedright|footnotesize|noindent|par)(?![A-Za-z]) ?", "", latex)
    return re.sub(r"[{}~]|\\(?=[_#%&$])", "", text)


# -- what is there ----------------------------------------------------------------------------------------------


def test_the_files_are_those_of_the_formats(files):
    figures = {f"verification_appendix_{name}.pdf" for name in FIGURES}
    assert set(files) == figures | {
        "verification_appendix.tex", "verification_appendix_standalone.tex", "verification_appendix.bib",
        "verification_appendix.pdf", "index.html", "record.json",
    }  # fmt: skip
    assert files["verification_appendix.pdf"].startswith(b"%PDF-")
    assert all(files[name].startswith(b"%PDF-") for name in figures)
    assert len(files["index.html"]) < 2e6


FIGURES = ("slope", "distance", "weights", "errors", "epsilon", "profiles", "raster", "wheel", "depth", "codes")


@pytest.mark.parametrize(
    ("formats", "names"),
    [
        (["json"], ["record.json"]),
        (["html"], ["index.html"]),
        (["pdf"], ["verification_appendix.pdf"]),
        (["tex"], ["verification_appendix.bib", "verification_appendix.tex", "verification_appendix_standalone.tex"]),
    ],
)
def test_only_what_is_asked_for_is_made(formats, names):
    assert sorted(printed(small_record(), formats)) == names


def test_the_record_is_of_the_published_form(files, record):
    stored = json.loads(files["record.json"])
    jsonschema.Draft202012Validator(schema()).validate(stored)
    assert stored == record
    assert "environment" not in stored


@pytest.mark.parametrize("name", TEXTS)
def test_every_statement_has_its_title_claims_rules_and_false_variants(files, record, name):
    text = plain(files[name].decode()) if name.endswith("tex") else " ".join(page(files).text)
    text = " ".join(text.split())
    for each in record["statements"]:
        for claim in each["claims"]:
            for step in claim["steps"]:
                assert step["rule"] in text
        assert each["id"] in text
        for control in each["controls"]:
            assert control["id"] in text


def test_every_formula_of_the_record_is_in_the_latex(files, record):
    text = files["verification_appendix.tex"].decode()
    for each in record["statements"]:
        for claim in each["claims"]:
            formulas = [claim["formula"], *(step["formula"] for step in claim["steps"] if step["formula"])]
            assert all(row in text for formula in formulas for row in formula["rows"])


def test_every_formula_of_the_record_is_on_the_page(files, record):
    steps = [step for each in record["statements"] for claim in each["claims"] for step in claim["steps"]]
    pieces = sum(len(step["formula"]["pieces"]) for step in steps if step["formula"])
    assert page(files).tags.count("math") > pieces > 200


def test_every_statement_can_be_linked_to_and_no_id_is_there_twice(files):
    words = page(files)
    assert set(IDS) <= set(words.ids)
    assert len(words.ids) == len(set(words.ids))
    within = {link[1:] for link in words.links if link.startswith("#")}
    assert within <= set(words.ids)
    assert all(link.startswith(("#", "https://", "data:,")) for link in words.links)


def test_every_label_that_is_referred_to_is_there(files):
    text = files["verification_appendix.tex"].decode()
    labels = re.findall(r"\\label\{([^}]*)\}", text)
    assert len(labels) == len(set(labels))
    assert set(re.findall(r"\\ref\{([^}]*)\}", text)) <= set(labels)
    cited = {key for keys in re.findall(r"\\cite\{([^}]*)\}", text) for key in keys.split(",")}
    entries = set(re.findall(r"^@\w+\{([^,]+),", files["verification_appendix.bib"].decode(), re.MULTILINE))
    assert cited <= entries
    assert {"bose2026", "higham2002", "vaswani2017", "cohen2023", "su2021", "zhang2019", "ba2016"} <= cited


def test_what_does_not_hold_names_statements_that_exist():
    for limit in SCOPE:
        named = [part.id for part in said(limit.text) if isinstance(part, Reference)]
        assert set(named) | set(limit.statements) <= set(IDS)
        assert named or not limit.statements


def test_what_was_published_names_statements_that_exist_and_claims_no_more_than_they_do():
    for reading in PUBLISHED:
        named = [part.id for part in said(reading.text) if isinstance(part, Reference)]
        assert set(named) | set(reading.statements) <= set(IDS)
        assert reading.statements == tuple(dict.fromkeys(named)) or not reading.statements
        assert not (reading.verdict == "analogy only" and reading.statements)


@pytest.mark.parametrize("name", TEXTS)
def test_what_became_of_it_is_printed(files, name):
    text = plain(files[name].decode()) if name.endswith("tex") else " ".join(page(files).text)
    for word in ("holds with hypotheses", "refuted", "analogy only", "unresolved"):
        assert word in text
    assert "125,000" in text


def test_the_witnesses_of_existence_are_printed(files):
    text = " ".join(" ".join(page(files).text).split())
    assert "such-a-head : holds at" not in text
    assert "such-a-head: holds at d = 1, d_k = 1, a = 2" in text
    assert r"u = (0, log(2))" in text


# -- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_missing_and_what_was_not_asked_is_said(files, name):
    text = plain(files[name].decode()) if name.endswith("tex") else " ".join(page(files).text)
    text = " ".join(text.split())
    assert "coq: MISSING: coqc is not there; apt-get it" in text
    assert "smt: NONE: not asked in this run" in text
    assert "ball: NONE: not asked in this run" in text
    assert re.search(r"coq : MISSING \(well-defined|coq: MISSING \(well-defined", text)


def test_the_pdf_says_what_is_missing(files, tmp_path):
    text = pdf_text(files["verification_appendix.pdf"], tmp_path)
    assert "coq: MISSING: coqc is not there" in text
    assert "smt: NONE: not asked in this run" in text
    assert text.count("MISSING") >= 3  # the vocabulary, the ledger, the theorem


def pdf_text(pdf, folder):
    if shutil.which("pdftotext") is None:
        if os.environ.get("CI"):
            pytest.fail("pdftotext is missing; run `apt-get install poppler-utils`")
        pytest.skip("pdftotext is MISSING; run `apt-get install poppler-utils`")
    (folder / "it.pdf").write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", "it.pdf", "-"], cwd=folder, capture_output=True, text=True)
    return " ".join(done.stdout.split())


def failed_record():
    """Nothing is right with it."""
    found = small_record("lemma-1")
    (each,) = found["statements"]
    each |= {
        "symbolic": "UNDECIDED",
        "tested": {"verdict": "FAILED", "examples": 3},
        "reasons": ["step 1: cannot tell"],
    }
    each["measured"] = {"error": 3.0, "bound": 2.0, "verdict": "VIOLATED"}
    each["checkers"]["coq"] = answers(next(s for s in statements() if s.id == "lemma-1"), "REFUTED", "at a = 2")
    each["controls"][0]["refused_by"] = []
    each["claims"][0]["steps"][-1] |= {"outcome": "cannot decide", "reason": "too hard"}
    return {**found, "summary": summary(found["statements"], [])}


def test_nothing_that_fails_is_called_a_theorem():
    files = printed(failed_record(), ["tex", "html"])
    latex, words = files["verification_appendix.tex"].decode(), " ".join(page(files).text)
    assert r"\begin{openstatement}" in latex
    assert r"\begin{verifiedtheorem}" not in latex
    assert r"\qedsymbol" not in latex
    for text in (plain(latex), " ".join(words.split())):
        assert "Not all is right" in text
        assert "All statements stand" not in text
        for word in ("NOT REFUSED", "UNDECIDED", "REFUTED", "VIOLATED", "FAILED", "CANNOT DECIDE: too hard"):
            assert word in text
        assert "step 1: cannot tell" in text
    assert "Statement V1" in words
    assert "Theorem V1" not in words


def test_twin_what_is_right_is_called_a_theorem(files):
    assert r"\begin{openstatement}" not in files["verification_appendix.tex"].decode()
    assert "All statements stand" in " ".join(page(files).text)


# -- figures ------------------------------------------------------------------------------------------------------


def test_the_figures_of_the_page_are_vectors_described_by_their_captions(files):
    text = files["index.html"].decode()
    figures = re.findall(r"<figure.*?</figure>", text, re.DOTALL)
    assert len(figures) == len(FIGURES)
    for figure in figures:
        assert "<image" not in figure
        assert "currentColor" in figure
        named = re.search(r'aria-labelledby="([^"]+)"', figure).group(1)
        assert f'<figcaption id="{named}"' in figure
        ElementTree.fromstring(re.search(r"<svg.*?</svg>", figure, re.DOTALL).group().replace("xlink:href", "href"))


def test_captions_say_what_the_record_measured(files, record):
    words = " ".join(" ".join(page(files).text).split())
    found = record["exhibits"]["similarity"]["encodings"]
    assert f"of slope {found['amplitude']['scale']['value']:.6g}" in words
    assert f"it rises at {found['sinusoidal']['rises']} of 127 steps" in words
    assert f"width {record['exhibits']['errors']['dim']}) after the best factor" in words
    for caption in view(record).captions:
        assert "{" not in "".join(part.text for part in caption.text if isinstance(part, Text))


def test_a_record_without_figures_has_no_section_of_them():
    files = printed(small_record(), ["tex", "html"])
    assert "includegraphics[width" in files["verification_appendix.tex"].decode()  # of the preamble
    assert r"\begin{figure}" not in files["verification_appendix.tex"].decode()
    assert "<figure" not in files["index.html"].decode()


# -- the same again -------------------------------------------------------------------------------------------------


def test_the_same_record_gives_the_same_bytes(files, record):
    again = printed(json.loads(json.dumps(record)))
    assert list(again) == list(files)
    assert [name for name in files if files[name] != again[name]] == []


def test_another_record_gives_other_bytes(files, record):
    other = printed({**record, "seed": 1}, ["tex", "html", "json"])
    assert all(other[name] != files[name] for name in (*TEXTS, "record.json"))


def test_no_date_and_no_machine_but_those_of_the_record(files):
    for name in (*TEXTS, "record.json", "verification_appendix_standalone.tex"):
        text = plain(files[name].decode())
        assert "2026-01-02" in text or name == "verification_appendix_standalone.tex"
        assert platform.node() not in text
        assert str(date.today()) not in text
    assert b"CreationDate" not in files["verification_appendix_slope.pdf"]


def test_the_software_is_cited_by_the_year_of_the_record():
    record = small_record()
    record["provenance"]["date"] = "2031-05-06"
    files = printed(record, ["tex", "html"])
    for name in ("verification_appendix.bib", "index.html"):
        software = files[name].decode().partition("@misc{phase_latency,")[2].partition("@")[0]
        assert "year = {2031}" in software


# -- records that are read ------------------------------------------------------------------------------------------


def stored(folder, found, name="record.json"):
    path = folder / name
    path.write_text(found if isinstance(found, str) else json.dumps(found))
    return path


def test_a_record_and_profiles_are_put_together(tmp_path, record):
    paths = [
        stored(tmp_path, profile("mine"), "a.json"),
        stored(tmp_path, record),
        stored(tmp_path, profile("b"), "b.json"),
    ]
    found = finished(read_records(paths), [profile("c")])
    assert [each["encoding"] for each in found["profiles"]] == ["mine", "b", "c"]
    assert found["statements"] == record["statements"]
    jsonschema.Draft202012Validator(schema()).validate(found)


def test_what_verify_prints_is_a_record(tmp_path, record):
    with_cost = {
        **record,
        "environment": {"python": "3", "platform": "x", "processors": 1, "packages": {}, "seconds": 1},
    }
    del with_cost["profiles"]
    assert finished(read_records([stored(tmp_path, with_cost)])) == record


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda r: {**r, "version": "9.9.9"}, "expected a record of version 0.1.0, not of 9.9.9; print it with"),
        (lambda r: {**r, "seed": "none"}, "expected a record of this version; at seed: 'none' is not"),
        (lambda r: {**r, "further": 1}, "Additional properties are not allowed"),
        (lambda r: {k: v for k, v in r.items() if k != "exhibits"}, "'exhibits' is a required property"),
        (lambda r: [r], "expected a record: an object"),
        (lambda r: "{", "it is no JSON"),
        (lambda r: '{"seed": NaN}', "it is no JSON"),
        (lambda r: "[" * 100_000, "it is no JSON"),
        (lambda r: profile("x") | {"kind": "other"}, "; at kind: "),
        (lambda r: profile("x") | {"provenance": {"version": "0.0.1"}}, "not of 0.0.1"),
    ],
)
def test_other_files_are_refused_with_the_reason(tmp_path, change, told):
    with pytest.raises(ArgumentError) as refused:
        read_records([stored(tmp_path, change(small_record()))])
    assert told in str(refused.value)
    assert str(refused.value).startswith("--record: got ")
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match="No such file"):
        read_records([tmp_path / "none.json"])


def test_two_records_of_the_ledger_are_refused(tmp_path):
    path = stored(tmp_path, small_record())
    with pytest.raises(ArgumentError, match="one record of the ledger, and profiles"):
        read_records([path, path])


def test_statements_are_chosen_and_counted_anew(record):
    found = chosen(record, ["lemma-1", "rank-gram", "lemma-1"])
    assert [each["id"] for each in found["statements"]] == ["lemma-1", "rank-gram"]
    assert found["summary"]["statements"] == found["summary"]["derived"] == 2
    assert found["asked"] == ["lemma-1", "rank-gram"]
    assert view(found).commands[1].endswith("--out DIR --seed 0 --examples 25 --statements lemma-1,rank-gram")
    assert view(record).commands[0] == "phase-latency verify --seed 0 --examples 25 --json"
    text = printed(found, ["tex"])["verification_appendix.tex"].decode()
    assert r"\label{pl:lemma-1}" in text
    assert r"\ref{pl:retiming-invariance}" not in text  # what is not printed is named, and not referred to
    with pytest.raises(ArgumentError, match="--statements: got 'lemma-2'"):
        chosen(record, ["lemma-2"])


def test_all_formats_are_known_by_their_names():
    assert FORMATS == ("tex", "pdf", "html", "json")
