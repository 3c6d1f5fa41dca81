"""Every error is one line that names the argument, shows the value, says what was expected and what to do."""

import pickle
import subprocess
import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from phase_latency.errors import (
    ArgumentError,
    DerivationFileError,
    MissingToolError,
    NotFiniteError,
    PhaseLatencyError,
    UnknownStatementError,
    abbreviated,
)

ERRORS = [
    (
        ArgumentError("window", -1.0, "a finite number of seconds > 0", "pass the spike window T"),
        "window: got -1.0; expected a finite number of seconds > 0; pass the spike window T",
        2,
    ),
    (
        NotFiniteError("table", (3, 1), float("nan")),
        "table[3, 1]: got nan; expected finite values; mend or drop that entry",
        2,
    ),
    (
        NotFiniteError("amplitude", (), float("inf")),
        "amplitude: got inf; expected finite values; mend or drop that entry",
        2,
    ),
    (
        UnknownStatementError("lemma-l", ["lemma-1", "gram-toeplitz"]),
        "statement: got 'lemma-l'; expected the id of a statement; did you mean lemma-1?",
        2,
    ),
    (
        UnknownStatementError("qqq", ["lemma-1", "gram-toeplitz"]),
        "statement: got 'qqq'; expected the id of a statement; list the ids with `phase-latency prove`",
        2,
    ),
    (
        DerivationFileError("lemma-1.json", "a truncated file", "write it again with `phase-latency prove --json`"),
        "derivation file lemma-1.json: got a truncated file; expected a stored derivation; "
        "write it again with `phase-latency prove --json`",
        2,
    ),
    (
        MissingToolError("coqc", "apt-get install coq"),
        "coqc: not found; expected it to be installed; run `apt-get install coq`",
        3,
    ),
]


@pytest.mark.parametrize(("error", "message", "exit_code"), ERRORS)
def test_message_and_exit_code(error, message, exit_code):
    assert str(error) == message
    assert error.exit_code == exit_code
    assert isinstance(error, PhaseLatencyError)
    assert isinstance(error, ValueError)


@pytest.mark.parametrize("error", [error for error, _, _ in ERRORS])
def test_survives_the_way_back_from_a_worker_process(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy).keys() == vars(error).keys()


@given(st.one_of(st.text(), st.lists(st.integers()), st.dictionaries(st.text(), st.text())))
def test_any_value_is_shown_on_one_short_line(value):
    shown = abbreviated(value)
    assert "\n" not in shown
    assert len(shown) <= 80
    assert "\n" not in str(ArgumentError("x", value, "something else", "pass it"))


def test_arrays_show_shape_and_dtype_instead_of_entries():
    assert abbreviated(torch.zeros(2, 3, dtype=torch.float16)) == "Tensor of shape (2, 3) and dtype torch.float16"


def test_near_ids_come_nearest_first_and_at_most_three():
    known = ["lemma-1", "lemma-1-order", "lemma-1-cosine", "lemma-1-rotary", "gram-toeplitz"]
    message = str(UnknownStatementError("lemma-1-ordr", known))
    assert "did you mean lemma-1-order or " in message
    assert "gram-toeplitz" not in message
    assert message.count(" or ") == 2


def loads_torch(module: str) -> bool:
    code = f"import sys, {module}; print('torch' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.strip() == "True"


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("phase_latency.errors", False),
        ("phase_latency.latency", False),
        ("phase_latency.formulas", False),
        ("phase_latency.validation", True),  # shows that the question can be answered with yes
    ],
)
def test_torch_is_loaded_only_where_it_is_needed(module, expected):
    assert loads_torch(module) is expected
