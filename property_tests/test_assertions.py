"""Assertions about encodings pass for one verdict only, and say on failure all that is needed to see it again."""

import ast
import functools
import importlib
import inspect
import math
import os
import pickle
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

import phase_latency.testing
from phase_latency.adapters import Subject
from phase_latency.checking import Claim, EncodingError, check, snippet
from phase_latency.checking.classes import EXACT, Exact, RowConstant
from phase_latency.checking.transformations import Amplitude, QueryShift, Shift
from phase_latency.encodings import Alibi, Compressed, Retimed, Rotary, Scaled, Sinusoidal
from phase_latency.errors import ArgumentError
from phase_latency.latency import LatencyMap
from phase_latency.testing import (
    InvarianceAssertionError,
    assert_claims,
    assert_equivalent,
    assert_invariant,
    assert_not_invariant,
    claims_of,
    invariant_under,
    recorded,
)

SMALL = {"length": 16, "within": (0, 100)}


def product_of_positions(positions):
    """A table whose logits are p q + 1, so that every shift changes them, by whole numbers."""
    return torch.stack((positions.double(), torch.ones(len(positions)).double()), -1)


def blind(positions):
    """A table that ignores positions."""
    return torch.ones(len(positions), 2).double()


PRODUCT = Subject.additive(lambda: product_of_positions, name="product")
BLIND = Subject.additive(lambda: blind, name="blind")


def failure(call):
    """The error with which an assertion fails."""
    with pytest.raises(InvarianceAssertionError) as caught:
        call()
    return caught.value


def expect_lines(message, expected):
    """Match a message with one pattern for each line; what is no pattern is text."""
    lines = message.splitlines()
    for line, pattern in zip(lines, expected, strict=True):
        found = pattern.fullmatch(line) if isinstance(pattern, re.Pattern) else line == pattern
        assert found, f"{line!r} is not {pattern!r}"


# -- verdicts -----------------------------------------------------------------------------------------------------

CASES = {
    "HOLDS": (Sinusoidal(4), "shift"),
    "FAILS": (PRODUCT, "shift"),
    "VACUOUS": (BLIND, "shift"),
    "UNDECIDED": (Alibi(2), "batch"),
}
HEADINGS = {
    (assert_invariant, "FAILS"): "product: Shift up to Exact FAILS",
    (assert_invariant, "VACUOUS"): "blind: Shift up to Exact is VACUOUS: it could not fail, so that it holding says "
    "nothing",
    (assert_invariant, "UNDECIDED"): "Alibi(heads=2): Batch up to Exact is UNDECIDED: it is not known to hold",
    (assert_not_invariant, "HOLDS"): "Sinusoidal(dim=4, base=10000.0, layout='interleaved'): Shift up to Exact HOLDS, "
    "and was asserted to fail",
    (assert_not_invariant, "VACUOUS"): "blind: Shift up to Exact is VACUOUS: it could not fail, and was asserted to",
    (assert_not_invariant, "UNDECIDED"): "Alibi(heads=2): Batch up to Exact is UNDECIDED: it is not known to fail, and "
    "was asserted to",
}


@pytest.mark.parametrize("verdict", CASES)
@pytest.mark.parametrize("assertion", [assert_invariant, assert_not_invariant])
def test_an_assertion_passes_for_one_verdict_only(assertion, verdict):
    encoding, under = CASES[verdict]
    heading = HEADINGS.get((assertion, verdict))
    if heading is None:
        assert assertion(encoding, under, **SMALL).rows[0].verdict == verdict
        return
    error = failure(lambda: assertion(encoding, under, **SMALL))
    assert str(error).splitlines()[0] == heading
    assert error.profile.rows[0].verdict == verdict
    assert error.relation is None


def test_every_case_of_the_table_is_tried():
    assert len(HEADINGS) == 6
    assert {assertion for assertion, _ in HEADINGS} == {assert_invariant, assert_not_invariant}


def test_what_is_returned_is_what_check_returns():
    assert assert_invariant(Rotary(4), Shift(), **SMALL) == check(Rotary(4), Claim(Shift()), **SMALL)
    options = SMALL | {"seed": 3, "name": "mine", "quick": True}
    found = assert_not_invariant(Rotary(4), QueryShift(), RowConstant(), mask="causal", **options)
    assert found == check(Rotary(4), Claim(QueryShift(), RowConstant(), "causal"), **options)
    assert (found.seed, found.encoding, found.rows[0].mask) == (3, "mine", "causal")


@pytest.mark.parametrize(
    ("under", "up_to", "claim"),
    [
        ("shift", "exact", Claim(Shift())),
        ("amplitude(1/64)", "scale", Claim(Amplitude(1 / 64), phase_latency.checking.classes.SCALE)),
        (QueryShift(1), "row-constant", Claim(QueryShift(1), RowConstant())),
        ("query-shift(1)", RowConstant(), Claim(QueryShift(1), RowConstant())),
    ],
)
def test_names_stand_for_objects(under, up_to, claim):
    row = check(Sinusoidal(4), claim, **SMALL).rows[0]
    assertion = assert_invariant if row.verdict == "HOLDS" else assert_not_invariant
    assert assertion(Sinusoidal(4), under, up_to, **SMALL).rows == (row,)


@given(st.integers(1, 3), st.sampled_from([10000.0, 100.0]))
def test_correct_encodings_pass_whatever_their_size(channels, base):
    assert_invariant(Rotary(2 * channels, base=base), "shift", quick=True, **SMALL)
    assert_not_invariant(Rotary(2 * channels, base=base), "relabel", "order", quick=True, **SMALL)


# -- messages -------------------------------------------------------------------------------------------------------


def test_the_message_of_a_violation_line_by_line():
    error = failure(lambda: assert_invariant(PRODUCT, "shift", seed=7, **SMALL))
    witness = error.profile.rows[0].witness
    program = snippet(witness, "additive", None, "").splitlines()
    assert 5 <= len(program) <= 15
    expect_lines(
        str(error),
        [
            "product: Shift up to Exact FAILS",
            "  reason: shift 1 changes the logits by more than rounding explains",
            re.compile(r"  deviation: [\d.e+]+, rounding explains [\d.e-]+"),
            "  looked at: positions 0 to 100, sequences of 16, seed 7",
            re.compile(
                r"  smallest witness: Shift 1: query at 0, key at 0: 1 -> 2; deviates by 1, rounding explains [\d.e-]+"
            ),
            "  reproduce:",
            *(f"    {line}" for line in program),
            "  replay: pytest --phase-latency-report DIR, then phase-latency replay FILE --encoding MODULE:OBJECT",
        ],
    )
    assert error.program == "\n".join(program)
    assert error.witness == witness


def test_the_program_of_a_message_knows_width_and_source():
    error = failure(lambda: assert_invariant(Rotary(4), "query-shift", **SMALL))
    assert "encoding = Rotary(dim=4," in error.program
    assert "torch.eye(4," in error.program


def test_without_a_witness_there_is_no_program_and_nothing_to_replay():
    error = failure(lambda: assert_invariant(PRODUCT, "shift", quick=True, **SMALL))
    expect_lines(
        str(error),
        [
            "product: Shift up to Exact FAILS",
            re.compile("  reason: shift 1 .*"),
            re.compile("  deviation: .*"),
            "  looked at: positions 0 to 100, sequences of 16, seed 0",
            "  smallest witness: none was found or looked for",
        ],
    )
    assert (error.program, error.witness) == ("", None)


def test_the_message_of_what_was_not_decided_line_by_line():
    expect_lines(
        str(failure(lambda: assert_invariant(Alibi(2), "batch", **SMALL))),
        [
            HEADINGS[assert_invariant, "UNDECIDED"],
            "  reason: an encoding of kind bias has no batch axis",
            "  looked at: positions 0 to 100, sequences of 16, seed 0",
        ],
    )


def test_the_message_names_the_mask():
    error = failure(lambda: assert_not_invariant(Alibi(2), "query-shift", "row-constant", mask="causal", **SMALL))
    assert str(error).startswith("Alibi(heads=2): QueryShift up to RowConstant under a causal mask HOLDS, and was")


ASSERTIONS = {
    "assert_invariant": lambda: assert_invariant(PRODUCT, "shift", quick=True, **SMALL),
    "assert_not_invariant": lambda: assert_not_invariant(BLIND, "shift", **SMALL),
    "assert_equivalent": lambda: assert_equivalent(PRODUCT, BLIND, **SMALL),
    "assert_claims": lambda: assert_claims(invariant_under("shift", **SMALL)(lambda: product_of_positions)),
}


@pytest.mark.parametrize("call", ASSERTIONS.values(), ids=ASSERTIONS)
def test_frames_of_assertions_are_hidden(call):
    with pytest.raises(InvarianceAssertionError) as caught:
        call()
    shown = [str(entry.path) for entry in caught.traceback.filter(caught)]
    assert shown
    assert set(shown) == {__file__}
    assert len(caught.traceback) > len(shown)


@pytest.mark.parametrize("call", ASSERTIONS.values(), ids=ASSERTIONS)
def test_a_failure_survives_the_way_back_from_a_worker_process(call):
    error = failure(call)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is InvarianceAssertionError
    assert (str(copy), copy.program) == (str(error), error.program)
    assert (copy.profile, copy.relation) == (error.profile, error.relation)


def test_what_an_encoding_raises_is_no_failed_assertion():
    def broken(positions):
        raise RuntimeError("no positions today")

    subject = Subject.additive(lambda: broken, name="broken")
    for call in (
        lambda: assert_invariant(subject, "shift", **SMALL),
        lambda: assert_equivalent(PRODUCT, subject, **SMALL),
    ):
        with pytest.raises(EncodingError, match="no positions today"):
            call()


# -- equivalence ----------------------------------------------------------------------------------------------------

MAGNITUDE = 0.1 * math.log(16) + 1


def on_one_side(factor, side):
    """A rotary encoding with a factor on queries or on keys alone."""
    rotate = Rotary(4).apply

    def pair(queries, keys, positions):
        turned = [rotate(queries, positions), rotate(keys, positions)]
        turned[side] = factor * turned[side]
        return tuple(turned)

    return Subject.rotary_pair(lambda: pair, name="one-sided", dim=4)


def in_row_form(query_positions, key_positions):
    """Linear biases as some libraries have them: the slope times the position of the key."""
    slopes = torch.tensor([2.0**-4, 2.0**-8], dtype=torch.float64)
    return (slopes[:, None, None] * key_positions.double()).repeat(1, len(query_positions), 1)


ROW_FORM = Subject.bias(lambda: in_row_form, name="row form", mask="causal")


def with_a_factor_for_each_head(query_positions, key_positions):
    """Linear biases in row form, with factors 2 and 3."""
    return torch.tensor([2.0, 3.0]).double()[:, None, None] * in_row_form(query_positions, key_positions)


EACH_HEAD = Subject.bias(lambda: with_a_factor_for_each_head, name="each head", mask="causal")
ROTARY = Rotary(4)
RELATIONS = [
    (ROTARY, Rotary(4), {}),
    (Scaled(Sinusoidal(4), 0.5), Sinusoidal(4), {"relation": "scale"}),
    (Scaled(Sinusoidal(4), -0.3), Sinusoidal(4), {"relation": "scale", "scale": 0.09 * (1 + 2**-50)}),
    (Rotary(4, amplitude=MAGNITUDE), ROTARY, {"relation": "scale", "scale": MAGNITUDE**2}),
    (on_one_side(3.1, 0), ROTARY, {"relation": "scale", "scale": 3.1}),
    (on_one_side(3.1, 1), ROTARY, {"relation": "scale", "scale": 3.1}),
    (ROW_FORM, Alibi(2), {"relation": "row-constant"}),
    (EACH_HEAD, ROW_FORM, {"relation": "scale"}),
    (Rotary(4, amplitude=2.0), ROTARY, {"relation": "scale", "scale": math.nextafter(4.0, 5.0)}),
    (Sinusoidal(4, layout="blocks"), Sinusoidal(4), {"relation": "permuted"}),
    (Scaled(Sinusoidal(4, layout="blocks"), 3.0), Sinusoidal(4), {"relation": "permuted", "scale": 9}),
    (Compressed(Sinusoidal(4), 0.5), Sinusoidal(4), {"relation": "retimed"}),
    (Retimed(Sinusoidal(4), LatencyMap(0.1, 100)), Sinusoidal(4), {}),
    (Sinusoidal(4, base=100.0), Sinusoidal(4), {"relation": "frequencies"}),
    (ROTARY, Rotary(4), {"relation": "scale", "scale": 1}),  # equality satisfies every relation
    (ROTARY, Rotary(4), {"relation": "permuted"}),
]


@pytest.mark.parametrize(("encoding", "reference", "expected"), RELATIONS)
def test_an_equivalence_that_is_there_is_returned(encoding, reference, expected):
    found = assert_equivalent(encoding, reference, **expected, **SMALL)
    assert found.relation in (expected.get("relation", "equal"), "equal")


NOT_EQUIVALENT = [
    (ROTARY, Rotary(4, base=100.0), {}, "frequencies, and was asserted to be equal"),
    (Rotary(4, layout="half-split"), ROTARY, {"relation": "scale"}, "permuted, and was asserted to be scale"),
    (ROW_FORM, Alibi(2), {}, "row-constant, and was asserted to be equal"),
    (
        Scaled(Sinusoidal(4), 0.5),
        Sinusoidal(4),
        {},
        "scale (logits times 0.25), and was asserted to be equal",
    ),
    (
        Rotary(4, amplitude=2.0),
        ROTARY,
        {"relation": "scale", "scale": 4 + 1e-9},
        "scale (logits times 4), and was asserted to be scale (logits times 4.000000001)",
    ),
    (
        Scaled(Sinusoidal(4, layout="blocks"), 3.0),
        Sinusoidal(4),
        {"relation": "permuted", "scale": 8},
        "permuted (logits times 9), and was asserted to be permuted (logits times 8)",
    ),
    (ROTARY, Rotary(4), {"relation": "scale", "scale": 2}, "equal, and was asserted to be scale (logits times 2)"),
    (
        Scaled(Sinusoidal(4, layout="blocks"), 3.0),
        Sinusoidal(4),
        {"relation": "permuted"},
        "permuted (logits times 9), and was asserted to be permuted",
    ),
    (
        EACH_HEAD,
        Alibi(2),
        {"relation": "row-constant"},
        "row-constant (each head by a factor of its own), and was asserted to be row-constant",
    ),
    (
        EACH_HEAD,
        ROW_FORM,
        {"relation": "scale", "scale": 2},
        "scale (each head by a factor of its own), and was asserted to be scale (logits times 2)",
    ),
    (PRODUCT, BLIND, {}, "none, and was asserted to be equal"),
]


@pytest.mark.parametrize(("encoding", "reference", "expected", "told"), NOT_EQUIVALENT)
def test_an_equivalence_that_is_not_there_is_refused(encoding, reference, expected, told):
    error = failure(lambda: assert_equivalent(encoding, reference, **expected, **SMALL))
    heading, *rest = str(error).splitlines()
    assert heading == f"{error.relation.encoding} against {error.relation.reference}: {told}"
    assert rest[0] == f"  reason: {error.relation.reason}"
    assert rest[-1].startswith("  looked at: positions 0 to ")
    assert error.profile is None
    if error.relation.relation != "equal":
        assert f"  first difference: {error.witness}" in rest


def test_the_message_of_another_relation_line_by_line():
    expect_lines(
        str(failure(lambda: assert_equivalent(PRODUCT, BLIND, **SMALL))),
        [
            "product against blind: none, and was asserted to be equal",
            re.compile(r"  reason: 1 of 2 columns agree, .*"),
            re.compile(r"  deviation: [\d.e+]+, rounding explains \d[\d.e-]+"),
            re.compile(r"  first difference: position 0, coordinate 0: 0 against 1; rounding explains \d[\d.e-]+"),
            re.compile(r"  looked at: positions 0 to \d+.*"),
        ],
    )


# -- the decorator --------------------------------------------------------------------------------------------------


def test_a_decorated_test_asserts_and_returns_nothing():
    @invariant_under("shift", **SMALL)
    def test_rope(dim=4):
        return Rotary(dim)

    assert test_rope() is None
    assert test_rope(dim=6) is None
    assert test_rope.__name__ == "test_rope"
    assert list(inspect.signature(test_rope).parameters) == ["dim"]


def test_a_decorated_test_fails_and_says_where_it_stands():
    @invariant_under("query-shift", "row-constant", **SMALL)
    def test_rope():
        return Rotary(4)

    error = failure(test_rope)
    line = inspect.unwrap(test_rope).__code__.co_firstlineno
    assert error.__notes__ == [f"claimed of what {test_rope.__qualname__} returns, {__file__}:{line}"]


@pytest.mark.parametrize("failing", ["query-shift", "relabel"])
def test_stacked_claims_are_all_asserted_in_the_order_in_which_they_are_read(failing):
    @invariant_under("shift", **SMALL)
    @invariant_under(failing, up_to="exact", seed=1, **SMALL)
    @invariant_under("amplitude(1/2)", "scale", **SMALL)
    def test_rope():
        return Rotary(4)

    assert [str(claim) for claim in claims_of(test_rope)] == [
        "Shift up to Exact",
        f"{failing.title().replace('-', '')} up to Exact",
        "Amplitude(0.5) up to Scale",
    ]
    assert failure(test_rope).profile.seed == 1


def test_claims_survive_decorators_in_between():
    def doubled(build):
        @functools.wraps(build)
        def both():
            build()
            return build()

        return both

    @invariant_under("query-shift", **SMALL)
    @doubled
    @invariant_under("shift", **SMALL)
    def test_rope():
        return Rotary(4)

    assert failure(test_rope).profile.rows[0].under == "QueryShift"


def test_a_decorated_factory_is_left_as_it_is():
    def build(dim):
        return Rotary(dim)

    decorated = invariant_under("shift", **SMALL)(build)
    assert decorated is build
    assert decorated(6) == Rotary(6)
    assert claims_of(decorated) == (Claim(Shift()),)
    assert [profile.ok for profile in assert_claims(decorated, decorated(6))] == [True]
    assert check(decorated(6), claims_of(decorated), **SMALL).ok


@invariant_under("shift", **SMALL)
class ProductOfPositions:
    """A class with a claim that is false."""

    def __call__(self, positions):
        return product_of_positions(positions)


@invariant_under("query-shift", **SMALL)
class Inherited(ProductOfPositions):
    """A class with a claim of its own, and one that is inherited."""


def test_a_decorated_class_carries_its_claims_to_instances_and_subclasses():
    assert claims_of(ProductOfPositions) == claims_of(ProductOfPositions()) == (Claim(Shift()),)
    assert claims_of(Inherited) == (Claim(QueryShift()), Claim(Shift()))
    assert torch.equal(ProductOfPositions()(torch.arange(3)), product_of_positions(torch.arange(3)))
    for claimed in (ProductOfPositions, ProductOfPositions(), Inherited):
        assert failure(lambda claimed=claimed: assert_claims(claimed)).profile.rows[0].verdict == "FAILS"


def test_what_is_not_decorated_has_no_claims():
    assert claims_of(Rotary) == claims_of(product_of_positions) == ()


@given(st.integers(1, 3))
@invariant_under("shift", quick=True, **SMALL)
def test_hypothesis_draws_for_a_decorated_test(channels):
    return Rotary(2 * channels)


def test_hypothesis_finds_the_encoding_that_violates_the_claim():
    @given(st.integers(0, 9))
    @invariant_under("shift", quick=True, **SMALL)
    def test_some(number):
        return Sinusoidal(2) if number < 5 else PRODUCT

    error = failure(test_some)
    assert error.profile.encoding == "product"
    assert "number=5" in "\n".join(error.__notes__)


class TestMethods:
    @invariant_under("shift", **SMALL)
    def test_a_method(self, tmp_path):
        assert tmp_path.is_dir()
        return Rotary(4)


# -- bad calls --------------------------------------------------------------------------------------------------------

shift_claimed = invariant_under("shift")


async def build_later():
    return Rotary(4)


@given(st.integers())
def drawn(number):
    pass


@invariant_under("shift")
def test_returns_nothing():
    pass


test_returns_nothing.__test__ = False  # it is there to be refused, below

BAD_CALLS = [
    (lambda: assert_invariant(Rotary(4), "shfit"), "transformation: got 'shfit'; expected one of Shift, QueryShift,"),
    (lambda: assert_invariant(Rotary(4), 3), "under: got 3; expected a transformation such as Shift()"),
    (lambda: assert_invariant(Rotary(4), "shift", "exakt"), "class: got 'exakt'; expected one of Exact, Scale,"),
    (lambda: assert_invariant(Rotary(4), "shift", None), "up_to: got None; expected a class such as Exact()"),
    (lambda: assert_invariant(Rotary(4), "shift", mask="casual"), "mask: got 'casual'; expected 'causal' or None"),
    (lambda: assert_invariant(Rotary(4), "shift", lenght=3), "lenght: got 3; expected one of seed, max_examples,"),
    (lambda: assert_invariant(Rotary(4), "shift", seed=-1), "seed: got -1;"),
    (lambda: assert_invariant(None, "shift"), "encoding: got None;"),
    (lambda: assert_not_invariant(Rotary(4), "shift", tol=1e-6), "tol: got 1e-06; expected one of seed,"),
    (lambda: assert_equivalent(Rotary(4), Rotary(4), relation="same"), "relation: got 'same'; expected one of equal,"),
    (lambda: assert_equivalent(Rotary(4), Rotary(4), relation="none"), "relation: got 'none'; expected one of equal,"),
    (lambda: assert_equivalent(Rotary(4), Rotary(4), scale=0), "scale: got 0; expected a finite number > 0"),
    (lambda: assert_equivalent(Rotary(4), Rotary(4), scale=math.nan), "scale: got nan; expected a finite number > 0"),
    (lambda: assert_equivalent(Rotary(4), Rotary(4), tol=1), "tol: got 1; expected one of seed, time_limit,"),
    (lambda: assert_equivalent(Rotary(4), Sinusoidal(4)), 'reference: got "kind rotary of'),
    (lambda: assert_equivalent(Rotary(4), None), "encoding: got None;"),
    (lambda: invariant_under("shfit"), "transformation: got 'shfit';"),
    (lambda: invariant_under("shift", "exakt"), "class: got 'exakt';"),
    (lambda: invariant_under("shift", lenght=3), "lenght: got 3;"),
    (lambda: shift_claimed(Rotary(4)), "invariant_under: got Rotary(dim=4, "),
    (lambda: shift_claimed(build_later), "invariant_under: got <function build_later"),
    (lambda: shift_claimed(drawn), "invariant_under: got <function accept.<locals>.drawn"),
    (lambda: assert_claims(Rotary(4)), "decorated: got Rotary(dim=4,"),
    (test_returns_nothing, "test_returns_nothing: got None; expected a test that returns an encoding; return the"),
]


@pytest.mark.parametrize(("call", "message"), BAD_CALLS)
def test_bad_calls(call, message):
    assert refusal(call).startswith(message)


# -- listening -------------------------------------------------------------------------------------------------------


def test_whoever_listens_hears_what_passes_and_what_fails():
    with recorded() as findings:
        passed = assert_invariant(Rotary(4), "shift", **SMALL)
        error = failure(lambda: assert_invariant(PRODUCT, "shift", **SMALL))
        related = assert_equivalent(Rotary(4), Rotary(4), **SMALL)
        with recorded() as inner:
            assert_not_invariant(PRODUCT, "shift", **SMALL)
    assert findings == [passed, error.profile, related]
    assert_invariant(Rotary(4), "shift", **SMALL)
    assert (len(findings), len(inner)) == (3, 1)


def test_other_threads_are_not_heard():
    with recorded() as findings:
        thread = threading.Thread(target=lambda: assert_invariant(Rotary(4), "shift", **SMALL))
        thread.start()
        thread.join()
    assert findings == []


# -- public names ----------------------------------------------------------------------------------------------------

HEAVY = ("hypothesis", "numpy", "sympy", "torch")


def loaded_after(program):
    """Heavy libraries that a fresh interpreter has loaded after a program."""
    program += f"\nimport sys; print(*[name for name in {HEAVY} if name in sys.modules])"
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=os.environ, capture_output=True, text=True, check=True).stdout.split()


def test_the_room_loads_nothing_heavy():
    assert (
        loaded_after("import phase_latency.testing, phase_latency.testing.recording; dir(phase_latency.testing)") == []
    )


def test_twin_what_it_loads_on_demand_is_noticed():
    assert {"hypothesis", "torch"} <= set(loaded_after("from phase_latency.testing import positions"))


def test_type_checkers_and_the_interpreter_see_the_same_names():
    tree = ast.parse(Path(phase_latency.testing.__file__).read_text())
    (block,) = [node for node in tree.body if isinstance(node, ast.If) and getattr(node.test, "id", "") != ""]
    names = {alias.asname: node.module for node in block.body for alias in node.names}
    loaded_from = phase_latency.testing._LOADED_FROM
    assert names == {name: f"phase_latency.testing.{module}" for name, module in loaded_from.items()}
    assert set(phase_latency.testing.__all__) == set(names) <= set(dir(phase_latency.testing))


@pytest.mark.parametrize("name", sorted(phase_latency.testing._LOADED_FROM))
def test_a_public_name_is_what_its_module_calls_so(name):
    module = importlib.import_module(f"phase_latency.testing.{phase_latency.testing._LOADED_FROM[name]}")
    assert getattr(phase_latency.testing, name) is getattr(module, name)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"^module 'phase_latency\.testing' has no attribute 'assert_equal'$"):
        phase_latency.testing.assert_equal  # noqa: B018


def test_the_default_class_is_exact():
    for function in (assert_invariant, assert_not_invariant, invariant_under):
        assert inspect.signature(function).parameters["up_to"].default == EXACT == Exact()


def test_options_are_those_of_check():
    from phase_latency.testing import CheckOptions

    own = set(inspect.signature(check).parameters) - {"encoding", "claims", "mask"}
    assert set(CheckOptions.__annotations__) == own


def test_an_argument_error_is_no_assertion_error():
    assert not issubclass(ArgumentError, AssertionError)
