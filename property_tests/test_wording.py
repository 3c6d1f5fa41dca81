"""Prose and its markup: what is read, and that nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phase_latency.limits import SCOPE
from phase_latency.wording import Citation, Code, Formula, Reference, Text, markdown, said, with_symbols


def test_markup_is_read():
    assert said("at $a^2$, `code`: [[lemma-1]] [@bose2026].") == (
        Text("at "), Formula("a^2"), Text(", "), Code("code"), Text(": "), Reference("lemma-1"), Text(" "),
        Citation("bose2026"), Text("."),
    )  # fmt: skip


def test_statements_that_are_not_there_are_only_named():
    assert said("[[lemma-1]]", "rank-gram") == (Code("lemma-1"),)
    assert said("[[lemma-1]]", "lemma-1") == (Reference("lemma-1"),)


@given(st.text(alphabet="abc $`[]@.", max_size=30))
def test_text_without_markup_stays_as_it_is(text):
    read = said(text)
    if all(isinstance(part, Text) for part in read):
        assert "".join(part.text for part in read) == text


def test_markdown_is_the_prose_with_its_statements_as_code():
    assert markdown(said("by $a$, [[lemma-1]] and `x` of [@ba2016]")) == "by $a$, `lemma-1` and `x` of [ba2016]"
    assert all("[[" not in markdown(said(each.text)) for each in SCOPE)


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("W_Q W_K^T by 1/s^2", ["W_{Q}", "W_{K}^{T}", "s^{2}"]),
        ("up to pi^2/4", [r"\pi^{2}"]),
        ("Norm_eps(a x) = Norm_(eps/a^2)(x)", [r"\operatorname{Norm}_{\varepsilon}", "a^{2}"]),
        ("a^2 - 1, b_K.", ["a^{2}", "b_{K}"]),
        ("my_long_name, x_, ^2, 2^n, a^2^3, snake_case_too, é_a", []),
    ],
)
def test_symbols_have_their_indices_and_powers(text, formulas):
    read = with_symbols(text)
    assert [part.latex for part in read if isinstance(part, Formula)] == formulas


@given(st.text(alphabet="aW_^2 QpiT(){}\\$", max_size=30))
def test_no_letter_is_lost_and_braces_match(text):
    read = with_symbols(text)
    letters = [character for character in text if character in "aWQ2pT"]
    shown = "".join(part.text if isinstance(part, Text) else part.latex.replace(r"\operatorname", "") for part in read)
    assert [character for character in shown if character in "aWQ2pT"] == letters
    for part in read:
        assert isinstance(part, Text) or part.latex.count("{") == part.latex.count("}")
