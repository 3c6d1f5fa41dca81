"""Printed results: right, complete, readable at 80 columns, and plain text when piped."""

import io
import re
from dataclasses import replace

import pytest
import torch
from derived_ledger import derived
from planted import square_of_sum
from rich.console import Console

import phase_latency as pl
from phase_latency.checkers.verdict import Answer, Checked
from phase_latency.derivation import derivation, justification_in_words, latex_derivation
from phase_latency.encodings import Sinusoidal
from phase_latency.escaping import tex
from phase_latency.invariance import measure
from phase_latency.ledger import derive
from phase_latency.ledger.terms import latency, phase
from phase_latency.measurement_report import measurement
from phase_latency.measuring import measure_named
from phase_latency.mutation.score import MutationScore
from phase_latency.notation import abbreviations, definition, definitions, plain
from phase_latency.proofs import isomorphism, lemma_1, scope
from phase_latency.proving import Derivations
from phase_latency.real import RealRow
from phase_latency.record import ControlRecord, MeasuredRecord, StatementRecord, TestRecord
from phase_latency.report import failures, ledger, verification
from phase_latency.tables import has_room, show
from phase_latency.verification import Verification

STATEMENTS = pl.statements()


class Terminal(io.StringIO):
    """A terminal that remembers what was written to it."""

    def isatty(self):
        return True


def piped(renderable):
    file = io.StringIO()
    show(renderable, file)
    return file.getvalue()


# -- mathematics on one line --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (isomorphism.affine.claim("phase").goal, "Theta(t(p)) = theta(p)"),
        (isomorphism.affine.claim("increasing").goal, "s < t  <=>  Theta(s) < Theta(t)"),
        (isomorphism.order.claim("turn-is-reached").goal, "ceiling(2 pi/w) <= L - 1"),
        (isomorphism.retiming.claim("sine").goal, "sin(Theta_i(t(p))) = sin(theta_i(p))"),
        (lemma_1.lemma_1.claim("head").goal, "<W_Q^T (a P), W_K^T (a Q)> = a^2 <W_Q^T P, W_K^T Q>"),
        (lemma_1.gram_toeplitz.claim("norm").steps[1].fact, "sum[i < h] 1 = h"),
        (lemma_1.amplitude.relation, "a != 0"),
        (scope.value_path.claim("difference").goal.rhs, "(a - 1) (sum[i < L] alpha[i] z[i])"),
    ],
)
def test_a_term_reads_like_mathematics(term, text):
    assert plain(term) == text


def test_a_definition_with_other_parameters_than_usual_shows_them():
    p, T, L, t0, w = isomorphism.p, isomorphism.T, isomorphism.L, isomorphism.t0, isomorphism.w
    assert plain(latency(p, T, L, t0)) == "t(p)"
    assert plain(latency(p, L, T, t0)) == "latency(p, L, T, t0)"
    assert plain(phase(p, 2 * w)) == "phase(p, 2 w)"


@pytest.mark.parametrize("stated", STATEMENTS, ids=lambda stated: stated.id)
def test_what_differs_is_printed_differently(stated):
    terms = {step.fact for claim in stated.claims for step in claim.steps}
    terms |= {control.goal for control in stated.controls if control.goal is not None}
    assert len({plain(term) for term in terms}) == len(terms)


def test_definitions_say_what_the_symbols_stand_for():
    facts = [claim.goal for claim in isomorphism.affine.claims]
    assert definitions(facts) == [
        "t(p) = t0 + T p/L",
        "Theta(t) = L w (t - t0)/T",
        "theta(p) = p w",
        "Theta^-1(theta) = t0 + T theta/(L w)",
    ]


@pytest.mark.parametrize("stated", STATEMENTS, ids=lambda stated: stated.id)
def test_every_short_name_is_used_and_stands_for_its_term(stated):
    for claim in stated.claims:
        facts = [step.fact for step in claim.steps]
        names = abbreviations(facts)
        text = " ".join([plain(fact, names) for fact in facts] + [definition(term, names) for term in names])
        used = set(re.findall(r"\bA\d+\b", text))
        assert used == {name.partition("[")[0] for name in names.values()}
        for term, name in names.items():
            assert text.count(name) > 2
            assert without_brackets(expanded(definition(term, names), names)) == without_brackets(
                f"{name} = {plain(term)}"
            )


def expanded(text, names):
    """The right side of a definition with every name replaced by what it stands for."""
    left, _, right = text.partition(" = ")
    for term, name in reversed(names.items()):  # inner terms are named first
        right = right.replace(name, plain(term, {t: n for t, n in names.items() if t != term}))
    return f"{left} = {right}"


def without_brackets(text):
    return re.sub(r"[()]", "", text)


# -- derivations --------------------------------------------------------------------------------------------------


def test_a_derivation_reads_from_top_to_bottom():
    assert (
        piped(derivation(derived("lemma-1-cosine")))
        == """\
lemma-1-cosine  DERIVED
Cosine similarities do not see the amplitude.
arXiv:2605.00662, Lemma 1, cosine similarity

Assume
  amplitude  a != 0   (the amplitude does not vanish)
  nonzero-P  <P, P> > 0   (the first vector does not vanish)
  nonzero-Q  <Q, Q> > 0   (the second vector does not vanish)

Claim cosine.
      <a P, a Q>/(sqrt(<a P, a P>) sqrt(<a Q, a Q>))
        = <P, Q>/(sqrt(<P, P>) sqrt(<Q, Q>))
  because
    product  <a P, a Q> = a^2 <P, Q>
             by bilinear
    norm-aP  sqrt(<a P, a P>) = |a| sqrt(<P, P>)
             by root
    norm-aQ  sqrt(<a Q, a Q>) = |a| sqrt(<Q, Q>)
             by root
    |a|      |a| > 0
             by order, from amplitude
    norm-P   sqrt(<P, P>) > 0
             by order, from nonzero-P
    norm-Q   sqrt(<Q, Q>) > 0
             by order, from nonzero-Q
    hence    the claim
             by field, from product, norm-aP, norm-aQ, |a|, norm-P, norm-Q

False variants
  one-sided         only the query scaled: a negative amplitude flips the sign (of cosine)
                    <a P, Q>/(sqrt(<a P, a P>) sqrt(<Q, Q>)) = <P, Q>/(sqrt(<P, P>) sqrt(<Q, Q>))
                    false by sympy and ball at P=[1], Q=[1], a=-1, d=1
  norms-not-scaled  the norms of the unscaled vectors in the denominator (of cosine)
                    <a P, a Q>/(sqrt(<P, P>) sqrt(<Q, Q>)) = <P, Q>/(sqrt(<P, P>) sqrt(<Q, Q>))
                    false by sympy and ball at P=[1], Q=[1], a=2, d=1

7 of 7 steps decided; ball arithmetic contradicts none of them at 42 points.
"""
    )


@pytest.mark.parametrize("stated", STATEMENTS, ids=lambda stated: stated.id)
def test_a_printed_derivation_is_complete(stated):
    """Every hypothesis, rule, premise, control and witness is there, and no line is longer than the pipe is wide."""
    proof = derived(stated.id)
    text = piped(derivation(proof))
    words = " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 120
    for claim in stated.claims:
        assert f"Claim {claim.name}" in words
        for hypothesis in stated.assumed(claim):
            assert f"{hypothesis.name} {' '.join(plain(hypothesis.relation).split())}" in words
        for step in claim.steps:
            uses = f", from {', '.join(step.uses)}" if step.uses else ""
            assert f"{step.label or ''} ".strip() in words
            assert f"by {step.rule}{uses}" in words
    for refusal in proof.refusals:
        point = ", ".join(f"{name}={value}" for name, value in refusal.witness.items())
        assert refusal.control.name in words
        assert f"false by {' and '.join(refusal.refused_by)} at {point}" in words


def test_indicators_and_what_selects_are_printed_as_they_are_written():
    text = piped(derivation(derived("rank-gram")))
    assert "sum[i < L] ([i = m] - [i = n])^2 = 2" in text
    assert "by selection, from m-first, m-last; the term at m" in text
    assert "by indicator, from beyond; slack = (L - i - 1) + (m - L) + (1)" in text
    assert "[t[j] < x] = [s[j] < y]" in piped(derivation(derived("rank-invariance")))


def test_a_failed_step_and_a_control_that_is_not_refused_catch_the_eye():
    text = piped(derivation(derive(square_of_sum(cross=1, control=2))))
    assert text.startswith("square-of-sum  FAILED\n")
    assert "NO: the normal forms differ" in text
    assert "NOT REFUSED:" in text


@pytest.mark.parametrize("stated", STATEMENTS, ids=lambda stated: stated.id)
def test_latex_is_balanced_and_has_every_step(stated):
    text = latex_derivation(derived(stated.id))
    formulas = re.findall(r"\\begin{align\*}\n(.*?)\n\\end{align\*}", text, re.DOTALL)
    proofs = formulas[1::2] if not stated.hypotheses else formulas[2::2]
    for claim, proof in zip(stated.claims, proofs, strict=True):
        decisions = derived(stated.id).decisions[claim.name]
        comments = re.findall(r"\\text{\\footnotesize (.*)}", proof)
        assert " ".join(comments) == " ".join(tex(justification_in_words(decision)) for decision in decisions)
    assert text.count(r"\begin{align*}") == text.count(r"\end{align*}") == len(formulas)
    for formula in formulas:
        plain_formula = formula.replace(r"\{", "").replace(r"\}", "")
        assert plain_formula.count("{") == plain_formula.count("}")
        assert formula.count(r"\left") == formula.count(r"\right")
    outside = re.sub(r"\\begin{align\*}.*?\\end{align\*}|%[^\n]*", "", text, flags=re.DOTALL)
    assert not re.search(r"(?<!\\)[_^&#%]", outside)


# -- tables -------------------------------------------------------------------------------------------------------

NO_CHECKER = {"sympy": 0, "coq": 0, "smt": 0, "ball": 0}
MUTANTS = MutationScore(9, 2, 1, 0, {**NO_CHECKER, "sympy": 9, "ball": 7}, NO_CHECKER, 9)
RIGHT = StatementRecord(
    "lemma-x",
    "B",
    "A title",
    "DERIVED",
    (ControlRecord("cube", "a^3", ("sympy", "ball", "layers"), "a=2"), ControlRecord("one", "a", ("sympy",), "a=2")),
    TestRecord("TESTED", 25),
    MeasuredRecord(1.2e-16, 3e-15, "MEASURED"),
    mutants=MUTANTS,
)
WRONG = replace(
    RIGHT,
    id="lemma-y",
    symbolic="FAILED",
    controls=(ControlRecord("cube", "a^3", (), "a=2"),),
    measured=None,
    tested=TestRecord(),
    reasons=("claim head, step last: no",),
)


def heads(ratios, verdict="MEASURED"):
    return [
        RealRow(f"A model layer 1 head {k}", "amplitude 2", "lemma-1", "scale 4", verdict, ratio * 1e-9, 1e-9)
        for k, ratio in enumerate(ratios, start=1)
    ]


def found(*records, real=()):
    return Verification(7, records, tuple(real), environment={"seconds": 12.34, "peak_memory_mb": 345.6})


def rows(text):
    """Lines without the blanks that align them."""
    return [" ".join(line.split()) for line in text.splitlines()]


def test_the_ledger_shows_what_backs_a_statement():
    text = piped(verification(found(RIGHT)))
    row = "B lemma-x DERIVED TESTED 25 1.2e-16 3.0e-15 2 of 2 sympy 2, ball 1, layers 1 9 of 9"
    assert row in rows(text)
    assert "OK  (seed 7, 12.3 s, 346 MB at most)" in text
    assert "1 statements: 1 derived, 1 tested, 1 measured within their bounds" in text


def test_the_ledger_shows_what_failed_and_why():
    text = piped(verification(found(RIGHT, WRONG)))
    assert "B lemma-y FAILED NONE - - 0 of 1 9 of 9" in rows(text)
    assert "lemma-y: claim head, step last: no" in text.splitlines()
    assert "\nFAILED  (seed 7" in text
    assert "3 false variants: 2 refused" in text


def test_the_ledger_lists_what_checkers_rest_on_once():
    said = Checked("coq", {"claim": Answer("PROVED")}, {}, ("axioms: a, b",))
    proved = replace(RIGHT, checked={"coq": said})
    text = piped(verification(found(proved, replace(proved, id="lemma-z"))))
    assert "coq: 2 PROVED; axioms: a, b\n" in text


def test_the_ledger_counts_the_false_mutants_of_all_statements():
    made_up = replace(RIGHT, id="made-up", mutants=None)
    text = piped(verification(found(RIGHT, replace(RIGHT, id="lemma-z"), made_up)))
    assert "18 false mutants: 18 refuted by a checker, none accepted by one" in text
    assert "B made-up DERIVED TESTED 25 1.2e-16 3.0e-15 2 of 2 sympy 2, ball 1, layers 1 -" in rows(text)
    wrong = replace(RIGHT, mutants=replace(MUTANTS, accepted={**NO_CHECKER, "smt": 1}))
    assert "9 false mutants: 9 refuted by a checker, 1 accepted by one" in piped(verification(found(wrong)))


def test_heads_of_a_layer_share_a_row_that_of_the_head_closest_to_its_bound():
    text = piped(verification(found(RIGHT, real=heads([0.1, 0.9, 0.5]))))
    assert "A model layer 1, each of 3 heads" in rows(text)
    assert "amplitude 2: scale 4 (lemma-1) MEASURED 9.0e-10 1.0e-09" in rows(text)
    refuted = piped(verification(found(RIGHT, real=heads([1e9, 1e3, 1e6], "REFUTED"))))
    assert "amplitude 2: scale 4 (lemma-1) REFUTED 1.0e-06 1.0e-09" in rows(refuted)
    assert "3 rows on instruments and real input: 3 refuted as predicted" in refuted


def test_a_head_that_differs_has_a_row_of_its_own():
    real = [*heads([0.1, 0.2]), *heads([2.0], "VIOLATED")]
    text = piped(verification(found(RIGHT, real=real)))
    assert "A model layer 1, each of 2 heads" in text
    assert "A model layer 1 head 1: amplitude 2: scale 4 (lemma-1):" in piped(failures(found(RIGHT, real=real)))
    assert "\nFAILED" in text


def test_a_missing_row_says_how_to_get_it():
    row = RealRow("A model", "amplitude 2", "lemma-1", "scale 4", "MISSING", detail="run `pip install a-model`")
    text = piped(verification(found(RIGHT, real=[row])))
    assert "run `pip install a-model`" in text
    assert "MISSING - -" in " ".join(text.split())
    assert "\nOK" in text


def test_what_is_right_has_no_failures_to_print():
    assert piped(failures(found(RIGHT, real=heads([0.1])))) == ""


def test_the_ledger_of_derivations_has_every_statement():
    derivations = Derivations(0, (derive(square_of_sum()), derive(square_of_sum("other", cross=1))))
    text = piped(ledger(derivations))
    assert "Z square-of-sum DERIVED 1 2 of 2 The square of a sum" in rows(text)
    assert "other: claim square, step last: no:" in text
    assert "The square" not in piped(ledger(derivations, wide=False))


def test_a_measurement_names_both_encodings_the_verdict_and_every_bound():
    table = Sinusoidal(8)(torch.arange(40))
    found = measure(table, table * (1 + torch.arange(40)[:, None] / 100))
    text = piped(measurement(found, "sinusoidal", "rank", "length 40"))
    assert text.startswith(f"VIOLATION  rank against sinusoidal, length 40\n{found.reason}\n")
    worst = f"{found.worst.deviation.value:.6g} {found.worst.deviation.bound:.2g}"
    assert f"worst entry {worst} at head 0, query {found.worst.query}, key {found.worst.key}" in rows(text)
    assert all(f"left by {name} " in " ".join(rows(text)) for name in ("Exact", "RowConstant", "RowAffine", "Order"))
    assert "re-tempered" in text
    assert "re-tempered" not in piped(measurement(replace(found, retempered=None), "a", "b", ""))


def test_a_measurement_says_what_it_did_not_look_at():
    table = torch.randn(100, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    keys = table.flip(0), table.flip(0).half().double()
    found = measure(table, table.half().double(), keys=keys, budget=100)
    text = " ".join(piped(measurement(found, "a", "b", "")).split())
    assert f"of 10,000 entries were looked at; none deviates by more than {found.search.at_most:.3g}" in text
    assert "weights: 1 of 100 rows, drawn at random; with 95 % confidence" in text
    assert "drawn at random" not in piped(measurement(measure(table, table.half().double(), keys=keys), "a", "b", ""))


def test_an_overflow_has_no_figures():
    found, setting = measure_named("sinusoidal", "amplitude(100000)", dtype="float16")
    assert piped(measurement(found, "a", "b", setting)).splitlines() == [
        "OVERFLOW  b against a, length 64, width 64, float16",
        found.reason,
    ]


# -- terminals and pipes ------------------------------------------------------------------------------------------


def test_what_is_piped_is_plain_text():
    text = piped(verification(found(RIGHT, WRONG, real=heads([0.1]))))
    assert text.isascii()
    assert "\x1b" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


def on_terminal(monkeypatch, columns=120, **environment):
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"COLUMNS": str(columns), "TERM": "xterm-256color", **environment}.items():
        monkeypatch.setenv(name, value)
    terminal = Terminal()
    show(verification(found(RIGHT, WRONG), has_room(terminal)), terminal)
    return terminal.getvalue()


COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7]m")


def test_a_terminal_gets_colour_unless_no_color_is_set(monkeypatch):
    assert COLOUR.search(on_terminal(monkeypatch))
    assert not COLOUR.search(on_terminal(monkeypatch, NO_COLOR="1"))
    assert "\x1b" not in on_terminal(monkeypatch, TERM="dumb")


@pytest.mark.parametrize("columns", [80, 100, 140])
def test_a_narrow_terminal_gets_whole_rows(monkeypatch, columns):
    text = re.sub(r"\x1b\[[0-9;]*m", "", on_terminal(monkeypatch, columns))
    assert max(len(line.rstrip()) for line in text.splitlines()) <= columns
    (row,) = [line for line in text.splitlines() if "lemma-x" in line]
    assert "DERIVED" in row
    assert "2 of 2" in row
    assert ("sympy 2" in row) is (columns >= 110)


def test_the_longest_identifier_fits_into_80_columns():
    longest = max((stated.id for stated in STATEMENTS), key=len)
    table = verification(found(replace(RIGHT, id=longest)), wide=False)
    console = Console(file=io.StringIO(), width=80)
    with console.capture() as capture:
        console.print(table)
    assert any(longest in line and "2 of 2" in line for line in capture.get().splitlines())
