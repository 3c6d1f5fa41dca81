"""Names that somebody else gave: shown, and harmless, in every format."""

import json
import os
import re
import shutil
import string
import subprocess
from html.parser import HTMLParser

import pytest
import typst
from appendix_records import profile, small_record
from hypothesis import given
from hypothesis import strategies as st

from phase_latency.appendix.setting import typst_string
from phase_latency.appendix.writing import printed
from phase_latency.escaping import tex, tex_code, visible

NASTY = [
    "$x$ & 50% #1 _a {b} \\c ^d ~e",
    "</code><script>alert(1)</script>",
    "<!-- --> ]]> &amp; &#x3c; \"quoted\" 'single' `back`",
    "a\nb\r\nc\td\u2028e",
    "\u202eright to left\u202c and \u05d0\u05d1\u05d2",
    "\U0001f600\U0001f469\u200d\U0001f4bb emoji",
    "\\end{document}\\input{/etc/passwd}",
    "#set page(width: 1cm) *bold* _it_ @ref <label> // comment /* open",
    '"; #panic("x"); "',
    "{{ 7 * 7 }} << 7 * 7 >> <% for %> <# #>",
    'javascript:alert(1)" onload="alert(1)',
    "--- ''' ``` ?` !` ,, << >>",
    "x" * 300,
    "a.b:c/d-" * 40,
    "\x00\x07\x1b[31m\ufeff\ue000\ud800",
    "Ünïcödé é ñ ø ß Ł π ∑ 漢字",
    "",
]

names = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=40),
    st.text(alphabet="$%&_#{}\\<>\"'`^~-|@*/=\n\t[]()!?;:,. ", max_size=40),
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=3).map(" ".join),
)


def collected():
    """Names as Hypothesis draws them, each once, to be set together: a document takes longer than a name."""
    found = dict.fromkeys(NASTY)

    @given(names)
    def collect(name):
        found[name] = None

    collect()
    return list(found)


def record_of(*called):
    return {**small_record(), "profiles": [profile(name, witness=name or "none") for name in called]}


class Tags(HTMLParser):
    """Elements and attributes without their texts."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found, self.text = [], []

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, tuple(name for name, _ in attributes)))

    def handle_endtag(self, tag):
        self.found.append(tag)

    def handle_comment(self, data):
        self.found.append("comment")

    def handle_data(self, data):
        self.text.append(data)


def tags(page):
    parser = Tags()
    parser.feed(page.decode())
    parser.close()
    return parser


def test_on_the_page_a_name_is_text_and_nothing_else():
    called = collected()
    parsed = tags(printed(record_of(*called), ["html"])["index.html"])
    assert parsed.found == tags(printed(record_of(*["name"] * len(called)), ["html"])["index.html"]).found
    assert {visible(name) for name in called if name} <= set(parsed.text)


def test_twin_a_name_that_is_not_escaped_would_be_seen():
    page = printed(record_of("name"), ["html"])["index.html"]
    assert tags(page.replace(b"<bdi><code>name", b"<bdi><code><b>name")).found != tags(page).found


@given(names)
def test_what_is_visible_has_one_line_and_turns_nothing_round(name):
    shown = visible(name)
    assert not set(shown) & set(
        "\n\r\t\x00\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"
    )
    assert visible(shown) == shown


@given(st.text(alphabet=string.ascii_letters + string.digits + " .,:;()+*/=-"))
def test_ordinary_text_stays_as_it_is(name):
    assert visible(name) == name


@given(names)
def test_latex_is_ascii_and_its_braces_match(name):
    for made in (tex(name), tex_code(name)):
        assert made.isascii()
        assert "\n" not in made
        depth = 0
        for token in re.findall(r"\\.|[{}]", made):
            depth += {"{": 1, "}": -1}.get(token, 0)
            assert depth >= 0
        assert depth == 0


def test_letters_with_accents_keep_them():
    assert tex("é Ü ñ ç") == r"\'{e} \"{U} \~{n} U+00E7"
    assert tex("\U0001f600") == "U+1F600"
    assert tex('say "yes" (or "no")') == "say ``yes'' (or ``no'')"


# -- compiled -----------------------------------------------------------------------------------------------------

DOCUMENT = r"""\documentclass{article}\usepackage{amsmath,amsthm,booktabs}\begin{document}
%s
\end{document}"""


def set_by_latex(folder, body):
    (folder / "it.tex").write_text(DOCUMENT % body)
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "it.tex"], cwd=folder, capture_output=True
    )
    return done.returncode, done.stdout.decode(errors="replace")


@pytest.fixture(scope="module")
def latex_folder(tmp_path_factory):
    if shutil.which("pdflatex") is None:
        if os.environ.get("CI"):
            pytest.fail("pdflatex is missing; run `apt-get install texlive-latex-recommended`")
        pytest.skip("pdflatex is MISSING; run `apt-get install texlive-latex-recommended`")
    return tmp_path_factory.mktemp("latex")


def test_latex_sets_every_name_without_an_error_or_an_overfull_box(latex_folder):
    body = "\n\n".join(rf"{{\raggedright\noindent {tex_code(name)}.\par}}" for name in collected())
    code, said = set_by_latex(latex_folder, rf"\emergencystretch=3em {body}")
    assert code == 0, said[-1500:]
    wide = [float(each) for each in re.findall(r"Overfull \\hbox \((\d+\.\d+)pt too wide\)", said)]
    assert all(each <= 5 for each in wide), said[-1500:]


def record_of_others():
    """A statement of another package, with whatever its authors write; formulas are printed by our own printers."""
    record = record_of()
    for each in record["statements"]:
        each |= {"id": "my_own statement 100%", "title": NASTY[0], "source": {"reference": NASTY[1], "place": NASTY[7]}}
        each |= {"remark": NASTY[6], "reasons": [NASTY[9]], "group": "Z"}
        for claim in each["claims"]:
            claim |= {"name": NASTY[11], "text": NASTY[2]}
    return record


def test_latex_sets_statements_of_others(latex_folder):
    fragment = printed(record_of_others(), ["tex"])["verification_appendix.tex"].decode()
    code, said = set_by_latex(latex_folder, fragment)
    assert code == 0, said[-1500:]
    assert r"\label{pl:my-own-statement-100-}" in fragment


def test_typst_and_the_page_show_statements_of_others():
    files = printed(record_of_others(), ["pdf", "html"])
    assert files["verification_appendix.pdf"].startswith(b"%PDF-")
    assert [each for each in tags(files["index.html"]).found if each in ("comment", "b")] == []
    assert visible(NASTY[1]) in " ".join(tags(files["index.html"]).text)


def test_latex_sets_an_appendix_with_all_of_them(latex_folder):
    record = record_of(*NASTY)
    fragment = printed(record, ["tex"])["verification_appendix.tex"].decode()
    code, said = set_by_latex(latex_folder, fragment)
    assert code == 0, said[-1500:]
    wide = [float(each) for each in re.findall(r"Overfull \\hbox \((\d+\.\d+)pt too wide\)", said)]
    assert all(each <= 5 for each in wide), wide


def test_typst_sets_every_name_as_it_is():
    called = collected()
    source = "\n".join(f"#{typst_string(name)}; [a] (b)" for name in called)
    source += f"\n#metadata(({', '.join(map(typst_string, called))},)) <names>"
    read = typst.query(source.encode(), "<names>", field="value", one=True)
    assert json.loads(read) == [visible(name) for name in called]


def test_typst_sets_an_appendix_with_all_of_them():
    assert printed(record_of(*NASTY), ["pdf"])["verification_appendix.pdf"].startswith(b"%PDF-")
