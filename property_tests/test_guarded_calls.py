"""Code under check may raise, hang, print or return anything: one line says what, and nothing else is disturbed."""

import contextlib
import random
import sys
import threading
import time

import jaxtyping
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from phase_latency.adapters.subject import Subject
from phase_latency.checking.evaluation import Instance, works_at
from phase_latency.checking.facts import is_deterministic
from phase_latency.checking.guards import EncodingError, Limits

POSITIONS = torch.arange(3)
VECTORS = torch.eye(2, dtype=torch.float64)
QUICK = Limits(seconds=0.2)


def additive(encode, **declared):
    return Subject.additive(lambda: encode, name="mine", **declared)


def rotary(rotate, **declared):
    return Subject.rotary(lambda: rotate, name="mine", dim=2, **declared)


def bias(call, **declared):
    return Subject.bias(lambda: call, name="mine", **declared)


def evaluate(instance, positions):
    match instance.subject.kind:
        case "additive":
            return instance.table(positions)
        case "rotary":
            return instance.images(VECTORS, positions)
        case "bias":
            return instance.bias(positions, positions)


def refused(subject, limits=QUICK, positions=POSITIONS):
    """The error with which a call of a subject is refused; its message is one line that names it."""
    with pytest.raises(EncodingError) as caught:
        evaluate(Instance(subject, limits), positions)
    message = str(caught.value)
    assert message.startswith("mine: got ")
    assert "; expected " in message
    assert "\n" not in message
    return caught.value


def ones(positions, width=2):
    return torch.ones(len(positions), width)


# -- raising ----------------------------------------------------------------------------------------------------------


def divide(positions):
    return ones(positions) / (1 // 0)  # the line of the user


@pytest.mark.parametrize(
    "error",
    [
        ValueError("two\nlines"),
        RuntimeError(""),
        KeyError("k"),
        MemoryError(),
        SystemExit(3),
        StopIteration(),
        OSError(2, "no"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_is_raised_is_told_in_one_line(error):
    def raising(positions):
        raise error

    assert refused(additive(raising)).found.startswith(type(error).__name__)


def test_a_long_message_is_cut():
    def raising(positions):
        raise ValueError("x" * 10_000)

    assert len(str(refused(additive(raising)))) < 400


def test_the_traceback_holds_the_line_of_the_user_and_none_of_ours():
    lines = refused(additive(divide)).user_traceback.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert any("# the line of the user" in line for line in lines)
    assert lines[-1] == "ZeroDivisionError: integer division or modulo by zero"
    files = [line.split('"')[1] for line in lines if line.startswith("  File ")]
    assert [file for file in files if "jaxtyping" not in file] == [__file__]  # which is in between under test only


def test_an_error_while_building_is_told_alike():
    def build():
        return 1 // 0

    problem = refused(Subject.additive(build, name="mine"))
    assert "ZeroDivisionError" in problem.found
    assert "1 // 0" in problem.user_traceback


def test_an_interrupt_by_the_user_is_no_error_of_the_encoding():
    def interrupted(positions):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Instance(additive(interrupted), QUICK).table(POSITIONS)


def test_what_raises_somewhere_is_not_defined_there():
    table = torch.ones(8, 2)
    instance = Instance(additive(lambda p: table[p]), QUICK)
    assert works_at(instance, torch.tensor([6, 7]))
    assert not works_at(instance, torch.tensor([7, 8]))


# -- hanging ----------------------------------------------------------------------------------------------------------


def spins(positions):
    while True:
        pass


def sleeps(positions):
    time.sleep(60)


def catches_everything(positions):
    while True:
        with contextlib.suppress(Exception):
            time.sleep(60)


def goes_on_after_an_interrupt(positions):
    """For five seconds, so that the test ends even if it fails."""
    end = time.monotonic() + 5
    try:
        time.sleep(5)
    except BaseException:  # as a bare except does
        while time.monotonic() < end:
            pass
    return ones(positions)


@pytest.mark.parametrize(
    "call", [spins, sleeps, catches_everything, goes_on_after_an_interrupt], ids=lambda call: call.__name__
)
def test_a_call_that_hangs_is_interrupted_and_the_traceback_shows_where(call):
    start = time.monotonic()
    problem = refused(additive(call))
    assert problem.found == "no answer within 0.2 s"
    assert time.monotonic() - start < 4
    assert f"in {call.__name__}" in problem.user_traceback
    assert "evaluation.py" not in problem.user_traceback


def test_building_may_hang_too():
    assert refused(Subject.additive(lambda: sleeps(None), name="mine")).found == "no answer within 0.2 s"


def test_the_time_limit_ends_with_the_call():
    Instance(additive(ones), QUICK).table(POSITIONS)
    time.sleep(0.3)  # an alarm that was left behind would go off here


def test_outside_of_the_main_thread_calls_run_without_a_time_limit():
    found = []
    thread = threading.Thread(target=lambda: found.append(Instance(additive(ones), QUICK).table(POSITIONS)))
    thread.start()
    thread.join()
    assert torch.equal(found[0], ones(POSITIONS))


# -- results that are none --------------------------------------------------------------------------------------------

NO_TABLES = {
    "nothing": (lambda p: None, "None"),
    "text": (lambda p: "[[1.0]]", "'[[1.0]]'"),
    "a list": (lambda p: [[1.0, 2.0]] * 3, "[[1.0"),
    "a pair": (lambda p: (ones(p), ones(p)), "(tensor"),
    "whole numbers": (lambda p: ones(p).long(), "dtype torch.int64"),
    "booleans": (lambda p: ones(p).bool(), "dtype torch.bool"),
    "complex numbers": (lambda p: torch.ones(3, 2, dtype=torch.complex64), "dtype torch.complex64"),
    "complex array": (lambda p: np.ones((3, 2), dtype=complex), "complex128"),
    "array of objects": (lambda p: np.ones((3, 2), dtype=object), "dtype object"),
    "array of text": (lambda p: np.full((3, 2), "a"), "dtype <U1"),
    "another device": (lambda p: torch.ones(3, 2, device="meta"), "a tensor on meta"),
    "a sparse tensor": (lambda p: ones(p).to_sparse(), "sparse"),
    "one axis": (lambda p: torch.ones(3), "shape (3,)"),
    "three axes": (lambda p: torch.ones(1, 3, 2), "shape (1, 3, 2)"),
    "one row too many": (lambda p: torch.ones(4, 2), "shape (4, 2)"),
    "a scalar": (lambda p: torch.tensor(1.0), "tensor(1.)"),
    "a class": (lambda p: np.ndarray, "class"),
}


@pytest.mark.parametrize(("encode", "shown"), NO_TABLES.values(), ids=NO_TABLES)
def test_what_is_no_table_is_refused_and_shown(encode, shown):
    assert shown in refused(additive(encode)).found


NO_IMAGES = {
    "one of the two": (lambda q, k, p: q, "Tensor of shape (1, 2, 3, 2)"),
    "another width": (lambda q, k, p: (q[..., :1], k), "shape (1, 2, 3, 1)"),
    "keys transposed": (lambda q, k, p: (q, k.transpose(1, 2)), "shape (1, 3, 2, 2)"),
    "no tensors": (lambda q, k, p: (q, "k"), "'k'"),
    "whole keys": (lambda q, k, p: (q, k.long()), "dtype torch.int64"),
    "three": (lambda q, k, p: (q, k, p), "(tensor"),
}


@pytest.mark.parametrize(("turn", "shown"), NO_IMAGES.values(), ids=NO_IMAGES)
def test_what_are_no_images_is_refused_and_shown(turn, shown):
    assert shown in refused(Subject.rotary_pair(lambda: turn, name="mine", dim=2)).found


NO_BIASES = {
    "one row": (lambda q, k: torch.ones(3), "shape (3,)"),
    "a batch": (lambda q, k: torch.ones(1, 4, 3, 3), "shape (1, 4, 3, 3)"),
    "too many keys": (lambda q, k: torch.ones(4, 3, 5), "shape (4, 3, 5)"),
    "one key for all": (lambda q, k: torch.ones(4, 3, 1), "shape (4, 3, 1)"),
}


@pytest.mark.parametrize(("call", "shown"), NO_BIASES.values(), ids=NO_BIASES)
def test_what_is_no_bias_is_refused_and_shown(call, shown):
    assert shown in refused(bias(call)).found


def test_another_shape_on_the_second_call_is_refused():
    calls = []

    def growing(positions):
        calls.append(positions)
        return ones(positions, width=len(calls))

    with pytest.raises(EncodingError, match=r"shape \(3, 2\) on the second call, \(3, 1\) on the first"):
        is_deterministic(additive(growing), QUICK, POSITIONS)


# -- results that are taken -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(3, 2),
        np.arange(6.0, dtype=np.float32).reshape(3, 2),
        np.arange(6.0, dtype=np.float16).reshape(3, 2),
        np.arange(6.0).reshape(3, 2)[::-1],
        np.broadcast_to(np.arange(2.0), (3, 2)),
        np.asfortranarray(np.arange(6.0).reshape(3, 2)),
    ],
    ids=["float64", "float32", "float16", "reversed", "read-only", "Fortran order"],
)
def test_arrays_of_any_layout_are_taken_as_they_are(array):
    found = Instance(additive(lambda p: array), QUICK).table(POSITIONS)
    assert str(found.dtype) == f"torch.{array.dtype}"
    assert np.array_equal(found.numpy(), array)


def test_a_result_that_wants_gradients_is_taken_without():
    weight = torch.nn.Parameter(torch.ones(3, 2))
    assert not Instance(additive(lambda p: weight * 1), QUICK).table(POSITIONS).requires_grad
    assert not Instance(additive(lambda p: weight), QUICK).table(POSITIONS).requires_grad


def test_a_bias_without_heads_has_one():
    assert Instance(bias(lambda q, k: torch.ones(3, 3)), QUICK).bias(POSITIONS, POSITIONS).shape == (1, 3, 3)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=12))
def test_consecutive_positions_are_asked_for_where_they_are_declared(positions):
    runs = []

    def encode(run):
        runs.append(run.tolist())
        return run.double()[:, None]

    found = Instance(additive(encode, contiguous=True), QUICK).table(torch.tensor(positions))
    assert found[:, 0].tolist() == positions
    assert [number for run in runs for number in run] == positions
    assert all(run == list(range(run[0], run[0] + len(run))) for run in runs)


def test_rotary_encodings_see_a_batch_of_heads_and_the_second_sample_beside_the_first():
    seen = []

    def rotate(x, positions):
        seen.append(x)
        return x.clone()

    for batch in (False, True):
        queries, keys = Instance(rotary(rotate), QUICK).images(VECTORS, POSITIONS, torch.float16, batch=batch)
        assert torch.equal(queries, VECTORS.half()[:, None].expand(2, 3, 2))
        assert torch.equal(keys, queries)
    assert [tuple(x.shape) for x in seen] == [(1, 2, 3, 2)] * 2 + [(2, 2, 3, 2)] * 2
    assert torch.equal(seen[2][0], seen[0][0])
    assert not torch.equal(seen[2][1], seen[0][0])


# -- input ------------------------------------------------------------------------------------------------------------


def in_place_on_x(x, positions):
    return x.mul_(2)


def in_place_on_positions(x, positions):
    positions.add_(1)
    return x.clone()


@pytest.mark.parametrize("rotate", [in_place_on_x, in_place_on_positions], ids=lambda call: call.__name__)
def test_input_that_is_changed_in_place_is_told(rotate):
    assert refused(rotary(rotate)).found == "an argument changed in place"


def test_changed_input_does_not_reach_the_caller():
    positions, vectors = POSITIONS.clone(), VECTORS.clone()
    for call in (in_place_on_x, in_place_on_positions):
        refused(rotary(call), positions=positions)
    assert torch.equal(positions, POSITIONS)
    assert torch.equal(vectors, VECTORS)


def test_input_may_be_returned_as_it_is():
    queries, _ = Instance(rotary(lambda x, positions: x), QUICK).images(VECTORS, POSITIONS)
    assert torch.equal(queries[:, 0], VECTORS)


# -- surroundings -----------------------------------------------------------------------------------------------------


def draws(positions):
    drawn = random.random() + np.random.random() + float(torch.rand(()))
    return drawn * ones(positions)


@pytest.fixture
def _unchecked():
    """Without the type checks of the test suite, which look at random items."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


def states():
    return random.getstate(), np.random.get_state(), torch.default_generator.get_state()


@pytest.mark.usefixtures("_unchecked")
@pytest.mark.parametrize("call", [draws, divide, sleeps], ids=lambda call: call.__name__)
def test_the_generators_are_as_they_were_whatever_happens(call):
    before = states()
    try:
        Instance(additive(call), QUICK).table(POSITIONS)
    except EncodingError:
        assert call is not draws
    after = states()
    assert before[0] == after[0]
    assert str(before[1]) == str(after[1])
    assert torch.equal(before[2], after[2])


@given(st.integers(0, 2**63 - 1))
def test_random_weights_are_those_of_the_seed(seed):
    def build():
        weights = torch.randn(2) + random.random() + torch.from_numpy(np.random.random(2))
        return lambda positions: weights.expand(len(positions), 2)

    subject = Subject.additive(build, name="mine")
    first, second, other = (
        Instance(subject, Limits(chosen)).table(POSITIONS) for chosen in (seed, seed, (seed + 1) % 2**63)
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


@pytest.mark.parametrize(
    "call",
    [draws, lambda p: torch.nn.functional.dropout(ones(p, 64)), lambda p: np.random.default_rng().random((len(p), 2))],
    ids=["global generators", "dropout", "a generator of its own"],
)
def test_what_is_drawn_at_random_is_not_deterministic(call):
    assert not is_deterministic(additive(call), QUICK, POSITIONS)


def test_a_nan_that_comes_back_is_deterministic():
    assert is_deterministic(additive(lambda p: ones(p) * torch.nan), QUICK, POSITIONS)


def prints(positions):
    print("hello")
    sys.stdout.write("there")
    return ones(positions)


def test_what_is_printed_is_kept_apart(capsys):
    limits = Limits()
    Instance(additive(prints), limits).table(POSITIONS)
    assert capsys.readouterr().out == ""
    assert limits.output.getvalue() == "hello\nthere"


def test_calls_without_limits_of_their_own_share_no_output():
    Instance(additive(prints)).table(POSITIONS)
    assert Instance(additive(ones)).limits.output.getvalue() == ""


def test_printing_goes_on_after_a_call(capsys):
    refused(additive(divide))
    print("after")
    assert capsys.readouterr().out == "after\n"


def test_gradients_are_recorded_again_after_a_call():
    weight = torch.nn.Parameter(torch.ones(3, 2))
    Instance(additive(lambda p: weight * 1), QUICK).table(POSITIONS)
    assert (weight * 1).requires_grad


def test_nothing_of_one_instance_reaches_another():
    def build():
        calls = []

        def encode(positions):
            calls.append(positions)
            return ones(positions) * len(calls)

        return encode

    subject = Subject.additive(build, name="mine")
    first = Instance(subject, QUICK)
    assert [float(first.table(POSITIONS)[0, 0]) for _ in range(2)] == [1, 2]
    assert float(Instance(subject, QUICK).table(POSITIONS)[0, 0]) == 1
