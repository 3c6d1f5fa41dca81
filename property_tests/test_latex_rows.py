"""Formulas in LaTeX: no row is wider than the column, none is torn, nothing is lost, and TeX sets all of it."""

import os
import re
import shutil
import subprocess
from collections import Counter

import pytest
from derived_ledger import IDENTIFIERS, derived
from sympy import Abs, MatAdd, MatMul, cos, exp, floor, sin, sqrt

from phase_latency.derivation import latex_derivation
from phase_latency.latex_rows import rows, width
from phase_latency.ledger import statements
from phase_latency.ledger.printing import latex
from phase_latency.ledger.terms import (
    Dot,
    Iff,
    NotAll,
    Same,
    equal,
    index,
    integer,
    less,
    matrix,
    phase,
    real,
    sequence,
    tempered,
    total,
    vector,
)

a, b, c, x, y, eps = (real(name) for name in ("a", "b", "c", "x", "y", "eps"))
d = integer("d")
P, Q, M, W = vector("P", d), vector("Q", d), matrix("M", d, d), matrix("W_Q", d, d)
u, i = sequence("u"), index("i", d)
COLUMN = 30


def propositions():
    for one in statements():
        for claim in one.claims:
            yield from (step.fact for step in claim.steps)
            yield from (hypothesis.relation for hypothesis in one.assumed(claim))


ALL = list(dict.fromkeys(propositions()))


def symbols(text):
    """How often each letter, digit and sign stands in a formula."""
    text = re.sub(
        r"\\(?:left|right|bigl|bigr|big|quad|cdot|frac|text|neg|wedge|operatorname|exp)(?![A-Za-z])", " ", text
    )
    return Counter(re.findall(r"\\?[A-Za-z]+|\d|[-+]", text.replace("not all of", " ")))


def test_a_tempered_logit_is_a_quotient_with_the_brackets_that_it_needs():
    assert latex(tempered(x, y)) == "x / y"
    assert latex(tempered(a * x, a * y)) == r"\left(a x\right) / \left(a y\right)"
    assert latex(tempered(x, y) ** 2) == r"\left(x / y\right)^{2}"


# -- every formula of the ledger ------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [COLUMN, 20])
def test_no_row_is_wider_than_the_column(most):
    wide = {row: width(row) for one in ALL for row in rows(one, most) if width(row) > most}
    assert not wide or max(wide.values()) <= most + 1, wide


@pytest.mark.parametrize("most", [COLUMN, 20])
def test_no_row_is_torn(most):
    for one in ALL:
        whole = rows(one, most)
        for row in whole:
            assert row.count(r"\left") == row.count(r"\right"), row
            assert row.count("{") == row.count("}"), row
        text = "".join(whole)
        assert text.count(r"\bigl") == text.count(r"\bigr"), text


def test_what_fits_is_printed_as_it_is():
    assert [rows(one, 1000) for one in ALL] == [[latex(one)] for one in ALL]


def test_no_letter_digit_or_sign_is_lost_or_added():
    for one in ALL:
        assert symbols(" ".join(rows(one, COLUMN))) == symbols(latex(one)), one


# -- how it is broken -----------------------------------------------------------------------------------------


def test_an_equation_is_broken_at_its_sign_and_a_sum_at_its_terms():
    assert rows(equal(a + b, c), 3) == ["a + b", r"\quad = c"]
    assert rows(a + b - c, 2) == ["a", r"\quad + b", r"\quad - c"]


def test_a_product_goes_on_with_a_dot_and_a_fraction_with_a_slash():
    assert rows((a + b) * (x + y), 6) == [r"\bigl( a + b \bigr)", r"\quad \cdot \bigl( x + y \bigr)"]
    assert rows((a + b + c) / (x + y), 4)[0] == r"\bigl( a"
    assert r"\big/ \bigl( x + y \bigr)" in " ".join(rows((a + b + c + eps) / (x + y), 6))
    assert r"\big/ \bigl( x y \bigr)" in " ".join(rows((a + b + c + eps) / (x * y), 6))  # not over x, times y


def test_what_is_subtracted_is_in_parentheses():
    assert "".join(rows(MatAdd(P, MatMul(-1, MatAdd(Q, a * P))), 5)).count(r"- \bigl( ") == 1


def test_sums_inner_products_powers_and_functions_keep_their_delimiters():
    assert rows(total(u[i] + a, i), 3)[0].startswith(r"\sum_{i=0}^{d - 1} \bigl( ")
    assert rows(Dot(a * P + Q, b * Q + P), 6) == [r"\bigl\langle a P + Q,", r"\quad \quad b Q + P \bigr\rangle"]
    assert rows((a + b) ** 2, 3)[-1].endswith(r"\bigr)^{2}")
    assert rows(cos(a + b), 3) == [r"\cos\bigl( a", r"\quad \quad + b \bigr)"]
    assert rows(exp(a + b), 1)[0] == r"\exp\bigl( a"
    assert rows(phase(a + b, real("w")), 3)[0] == r"\theta\bigl( a"
    assert rows(phase(a + b, sequence("w")[i]), 3)[0] == r"\theta_{i}\bigl( a"
    assert rows(phase(a + b, x), 3) == [r"\theta\left(a + b, x\right)"]  # of another frequency: nothing is left out
    assert rows(Abs(a - b), 2) == [r"\bigl| a", r"\quad \quad - b \bigr|"]


def test_conjunctions_and_equivalences():
    assert rows(NotAll(equal(a, b), equal(x, y)), 6) == [r"\text{not all of}", r"\quad a = b", r"\quad x = y"]
    assert rows(Iff(less(a, b), less(x, y)), 6) == ["a < b", r"\quad \iff x < y"]


def test_what_cannot_be_broken_is_left():
    for term in (sqrt(a + b), floor(a + b), Same(a, b)):
        assert rows(term, 1) == [latex(term)]


# -- how terms are printed ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (a**2 * Dot(P, Q), r"a^{2} \left\langle P, Q \right\rangle"),
        ((1 - cos(x)) * P, r"\left(1 - \cos {x}\right) P"),
        (-P / 2, r"- \frac{1}{2} P"),
        (sin(u[i]), r"\sin {u_{i}}"),
        (sin(a * x), r"\sin{\left(a x \right)}"),
        (cos(x / 2), r"\cos {\frac{x}{2}}"),
        (eps + 1, r"\varepsilon + 1"),
    ],
)
def test_there_are_no_parentheses_that_nobody_would_write(term, text):
    assert latex(term) == text


# -- TeX ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pdflatex():
    """TeX is a program of its own, which may be missing, but not where CI runs."""
    if shutil.which("pdflatex") is None:
        if os.environ.get("CI"):
            pytest.fail("pdflatex is missing; run `apt-get install texlive-latex-base`")
        pytest.skip("pdflatex is MISSING; run `apt-get install texlive-latex-base`")

    def compiled(folder, body):
        head = r"\documentclass{article}\usepackage{amsmath}\allowdisplaybreaks\begin{document}"
        (folder / "it.tex").write_text(f"{head}\n{body}\n\\end{{document}}\n", encoding="utf-8")
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "it.tex"],
            cwd=folder,
            capture_output=True,
            env={**os.environ, "max_print_line": "1000"},
        )
        return done.returncode, done.stdout.decode("latin-1")

    return compiled


def test_every_derivation_compiles_in_an_article_without_an_overfull_box(pdflatex, tmp_path):
    code, said = pdflatex(tmp_path, "\n\n".join(latex_derivation(derived(one)) for one in IDENTIFIERS))
    assert code == 0, said[-2000:]
    assert re.findall(r"Overfull .hbox \((\d+\.\d+)pt too wide\)", said) == []


def test_twin_an_overfull_box_and_an_error_are_seen(pdflatex, tmp_path):
    code, said = pdflatex(tmp_path, "$" + "a + b + c " * 20 + r"\hbox to 20cm{}$")
    assert code == 0
    assert "Overfull" in said
    assert pdflatex(tmp_path, r"\undefined")[0] != 0


def test_the_widths_are_those_of_tex(pdflatex, tmp_path):
    formulas = [latex(one) for one in ALL]
    lines = "\n".join(rf"\settowidth{{\w}}{{$\displaystyle {f}$}}\typeout{{W=\the\w}}" for f in formulas)
    code, said = pdflatex(tmp_path, rf"\newlength{{\w}}{lines}")
    assert code == 0, said[-2000:]
    real_widths = [float(each) / 10 for each in re.findall(r"^W=([\d.]+)pt", said, re.MULTILINE)]
    assert len(real_widths) == len(formulas)
    for formula, wide in zip(formulas, real_widths, strict=True):
        assert wide <= 1.15 * width(formula) + 0.5, formula
