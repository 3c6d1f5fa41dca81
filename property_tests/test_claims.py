"""Claims are written and read as text, and what is no claim is refused in one line that names it."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from phase_latency.checking.claims import STANDARD, Claim, parse_claim, parse_class, parse_transformation
from phase_latency.checking.classes import CLASSES, EXACT, Exact, Order, RowAffine, RowConstant, Scale
from phase_latency.checking.transformations import (
    Amplitude,
    Cast,
    Compress,
    History,
    Permute,
    QueryShift,
    Relabel,
    Retime,
    Shift,
)
from phase_latency.latency import LatencyMap

READ = [
    ("shift", Claim(Shift(), EXACT)),
    ("Shift:Exact", Claim(Shift(), Exact())),
    ("shift(3):scale", Claim(Shift(3), Scale())),
    ("shift( -3 )", Claim(Shift(-3), EXACT)),
    ("query-shift:row-constant", Claim(QueryShift(), RowConstant())),
    ("QUERY_SHIFT(7): Row Affine", Claim(QueryShift(7), RowAffine())),
    ("amplitude(1/64):scale", Claim(Amplitude(1 / 64), Scale())),
    ("amplitude(-2.5e-3)", Claim(Amplitude(-0.0025), EXACT)),
    ("retime", Claim(Retime(), EXACT)),
    ("retime(0.1, 256)", Claim(Retime(LatencyMap(0.1, 256)), EXACT)),
    ("retime(1/10, 256, 1.5)", Claim(Retime(LatencyMap(0.1, 256, 1.5)), EXACT)),
    ("compress(1/8):order", Claim(Compress(1 / 8), Order())),
    ("relabel(p+p//3)", Claim(Relabel("p+p//3"), EXACT)),
    ("permute()", Claim(Permute(), EXACT)),
    ("cast(bfloat16)", Claim(Cast(torch.bfloat16), EXACT)),
    (" history : ", Claim(History(), EXACT)),
]


@pytest.mark.parametrize(("text", "claim"), READ, ids=[text for text, _ in READ])
def test_text_is_read_as_the_claim_that_it_names(text, claim):
    assert parse_claim(text) == claim


def test_the_mask_of_a_claim_is_given_beside_its_text():
    assert parse_claim("shift:row-constant", "causal") == Claim(Shift(), RowConstant(), "causal")


@pytest.mark.parametrize("under", STANDARD, ids=lambda each: each.name)
@pytest.mark.parametrize("up_to", CLASSES, ids=lambda each: each.name)
def test_every_transformation_and_class_reads_back(under, up_to):
    assert parse_claim(f"{under.name}:{up_to.name}") == Claim(under, up_to)


@given(st.sampled_from(CLASSES), st.sampled_from(["-", "_", " ", ""]), st.booleans())
def test_classes_are_found_whatever_joins_their_words(invariance, joint, upper):
    words = "".join(f"{joint}{letter}" if letter.isupper() else letter for letter in invariance.name).lstrip(joint)
    assert parse_class(words.upper() if upper else words.lower()) == invariance


def test_a_claim_shows_what_it_says():
    assert str(Claim(Shift(3), RowConstant(), "causal")) == "Shift(3) up to RowConstant under a causal mask"
    assert str(Claim(Amplitude(0.5), Scale())) == "Amplitude(0.5) up to Scale"


REFUSED = [
    (lambda: Claim("shift"), "under: got 'shift'"),
    (lambda: Claim(Shift), "under: got <class"),
    (lambda: Claim(EXACT), "under: got Exact()"),
    (lambda: Claim(Shift(), "exact"), "up_to: got 'exact'"),
    (lambda: Claim(Shift(), Exact), "up_to: got <class"),
    (lambda: Claim(Shift(), EXACT, "full"), "mask: got 'full'"),
    (lambda: parse_claim("shfit"), "transformation: got 'shfit'"),
    (lambda: parse_claim(""), "transformation: got ''"),
    (lambda: parse_claim("shift(3"), "transformation: got 'shift(3'"),
    (lambda: parse_claim("shift(x)"), "transformation: got 'shift(x)'"),
    (lambda: parse_claim("shift(1, 2)"), "transformation: got 'shift(1, 2)'"),
    (lambda: parse_claim("shift(0)"), "delta: got 0"),
    (lambda: parse_claim("amplitude(0)"), "a: got 0.0"),
    (lambda: parse_claim("amplitude(1/0)"), "transformation: got 'amplitude(1/0)'"),
    (lambda: parse_claim("compress(1e999)"), "transformation: got 'compress(1e999)'"),
    (lambda: parse_claim("compress(-1)"), "factor: got -1.0"),
    (lambda: parse_claim("retime(0.1)"), "transformation: got 'retime(0.1)'"),
    (lambda: parse_claim("retime(0.1, 2.5)"), "transformation: got 'retime(0.1, 2.5)'"),
    (lambda: parse_claim("retime(-1, 256)"), "window: got -1.0"),
    (lambda: parse_claim("relabel(3p)"), "to: got '3p'"),
    (lambda: parse_claim("permute(3)"), "transformation: got 'permute(3)'"),
    (lambda: parse_claim("cast(int8)"), "dtype: got torch.int8"),
    (lambda: parse_claim("cast(nn)"), "dtype: got <module"),
    (lambda: parse_claim("cast(float5)"), "transformation: got 'cast(float5)'"),
    (lambda: parse_claim("shift:almost"), "class: got 'almost'"),
    (lambda: parse_claim("shift:exact:scale"), "class: got 'exact:scale'"),
    (lambda: parse_claim("shift", "full"), "mask: got 'full'"),
]


@pytest.mark.parametrize(("call", "start"), REFUSED, ids=[start for _, start in REFUSED])
def test_what_is_no_claim_is_refused(call, start):
    message = refusal(call)
    assert message.startswith(start)
    assert "; expected " in message


def test_a_wrong_name_shows_the_right_ones():
    message = refusal(lambda: parse_claim("shfit"))
    assert all(type(each).__name__ in message for each in STANDARD)
    assert all(each.name in refusal(lambda: parse_claim("shift:none")) for each in CLASSES)


@given(st.text(max_size=20))
def test_any_other_text_is_refused_or_read_and_never_anything_else(text):
    try:
        transformation = parse_transformation(text)
    except ValueError:
        assert refusal(lambda: parse_transformation(text))
    else:
        assert parse_transformation(transformation.name) == transformation
