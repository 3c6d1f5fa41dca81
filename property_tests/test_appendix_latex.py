"""The fragment in LaTeX as an author compiles it: by itself, and in a paper."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from appendix_records import ledger_record, profile

from phase_latency.appendix import write_appendix

PAPER = Path(__file__).resolve().parent.parent / "examples" / "paper_appendix" / "paper.tex"
INSTALL = "run `apt-get install texlive-latex-recommended`"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    if shutil.which("pdflatex") is None or shutil.which("bibtex") is None:
        if os.environ.get("CI"):
            pytest.fail(f"pdflatex is missing; {INSTALL}")
        pytest.skip(f"pdflatex is MISSING; {INSTALL}")
    out = tmp_path_factory.mktemp("paper")
    record = {**ledger_record(), "profiles": [profile("mine.py:rope")]}
    write_appendix(record, out / "verification", ["tex"])
    shutil.copy(PAPER, out)
    return out


def compiled(where, name):
    """What LaTeX says in the last of its passes."""
    for program in ("pdflatex", "bibtex", "pdflatex", "pdflatex"):
        options = ["-interaction=nonstopmode", "-halt-on-error"] if program == "pdflatex" else []
        done = subprocess.run([program, *options, name], cwd=where, capture_output=True, timeout=120)
        said = done.stdout.decode(errors="replace")
        assert done.returncode == 0, said[-3000:]
        if program == "bibtex":
            assert "Warning" not in said, said
    return (where / f"{name}.log").read_text(errors="replace")


@pytest.mark.parametrize(("inside", "name"), [("verification", "verification_appendix_standalone"), (".", "paper")])
def test_it_compiles_without_undefined_references_or_overfull_boxes(folder, inside, name):
    log = compiled(folder / inside, name)
    assert "undefined" not in log.replace("Font shape `OMS/cmtt/m/n' undefined", "")
    assert "multiply defined" not in log
    wide = [float(each) for each in re.findall(r"Overfull \\[hv]box \((\d+\.\d+)pt", log)]
    assert all(each <= 5 for each in wide), wide
    assert "Float too large" not in log
    loaded = set(re.findall(r"/([\w-]+)\.sty", log))
    assert loaded <= {"amsmath", "amstext", "amsgen", "amsbsy", "amsopn", "amsthm", "booktabs"}
    figures = {f"verification_appendix_{each}.pdf" for each in ("slope", "weights", "epsilon", "profiles")}
    assert all(each in log.replace("\n", "") for each in figures)


def test_the_paper_refers_to_theorems_by_their_numbers(folder):
    compiled(folder, "paper")
    labels = dict(re.findall(r"\\newlabel\{(pl:[\w-]+)\}\{\{([^}]*)\}", (folder / "paper.aux").read_text()))
    assert labels["pl:phase-latency-affine"] == "V1"
    assert labels["pl:lemma-1"] == "V6"
    assert labels["pl:appendix"] == "A"


def test_with_graphicx_loaded_its_own_command_is_used(folder):
    text = (folder / "paper.tex").read_text().replace("booktabs}", "booktabs,graphicx}")
    (folder / "graphics.tex").write_text(text)
    assert "graphicx.sty" in compiled(folder, "graphics")


def test_twin_an_undefined_reference_is_seen(folder):
    (folder / "broken.tex").write_text((folder / "paper.tex").read_text().replace("pl:lemma-1}", "pl:lemma-2}"))
    assert "undefined" in compiled(folder, "broken")
