"""Whatever is handed over as an encoding is recognised, called the right way round, or refused in one line."""

import functools
import math
import subprocess
import sys
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal
from torch import nn

from phase_latency.adapters.adapting import adapt
from phase_latency.adapters.subject import Declared, Subject
from phase_latency.encodings import Alibi, Compressed, Rank, Retimed, Rotary, Scaled, Sinusoidal, Table
from phase_latency.errors import ArgumentError
from phase_latency.latency import LatencyMap

DIM, LENGTH = 16, 6
P = torch.arange(LENGTH)


def frequencies(dim):
    return 10000.0 ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)


def rows(positions, dim=DIM):
    angles = positions[:, None] * frequencies(dim)
    return torch.cat((angles.sin(), angles.cos()), -1)


def turned(x, positions):
    """Half-split rotation of (..., length, dim), positions of shape (length,) or one that broadcasts."""
    angles = positions[..., None] * frequencies(x.shape[-1])
    first, second = x.chunk(2, -1)
    cosine, sine = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    return torch.cat((first * cosine - second * sine, second * cosine + first * sine), -1)


def distances(query_positions, key_positions):
    return -(query_positions[:, None] - key_positions[None]).abs().double()


def vectors(dim=DIM, dtype=torch.float64, length=LENGTH):
    drawn = torch.randn(2, 2, 3, length, dim, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return drawn[0].to(dtype), drawn[1].to(dtype)


def evaluated(adapted, positions=P, dtype=torch.float64):
    call = adapted.build()
    if adapted.kind == "additive":
        return call(positions, dtype)
    if adapted.kind == "bias":
        return call(positions, positions, dtype)
    return torch.cat(call(*vectors(adapted.dim, length=len(positions)), positions))


# -- functions, in whatever way they are called ---------------------------------------------------------------------

ROTARY = {
    "x, positions": lambda x, positions: turned(x, positions),
    "positions, x": lambda positions, x: turned(x, positions),
    "meaningless names": lambda a, b: turned(a, b),
    "names that mislead": lambda positions, x: turned(positions, x),
    "by keyword only": lambda x, *, input_pos: turned(x, input_pos),
    "behind other options": lambda t, seq_dim=-2, offset=0, position_ids=None: turned(t, position_ids + offset),
    "positions of a batch": lambda x, position_ids: turned(x, position_ids[:, None]),
    "positions per sample": lambda x, position_ids: turned(x, position_ids.expand(len(x), -1)[:, None]),
    "heads after positions": lambda x, positions: turned(x.transpose(1, 2), positions).transpose(1, 2),
    "no heads": lambda x, positions: torch.einsum("bnd->bnd", turned(x, positions)),
    "one sequence": lambda x, positions: torch.einsum("nd->nd", turned(x, positions)),
    "floating positions": lambda x, positions: turned(x, positions @ torch.eye(len(positions))),
    "numpy": lambda x, positions: turned(torch.as_tensor(x), torch.from_numpy(positions)).numpy(),
    "queries, keys, positions": lambda q, k, positions: (turned(q, positions), turned(k, positions)),
    "positions, queries, keys": lambda positions, query, key: [turned(query, positions), turned(key, positions)],
    "pair, by name": lambda q, k, unused=None, position_ids=None: (turned(q, position_ids), turned(k, position_ids)),
}


@pytest.mark.parametrize("way", ROTARY)
def test_a_rotation_is_the_same_in_whatever_way_it_is_called(way):
    adapted = adapt(ROTARY[way], dim=DIM)
    assert (adapted.kind, adapted.dim) == ("rotary", DIM)
    q, k = vectors()
    found = adapted.build()(q, k, P)
    assert torch.equal(found[0], turned(q, P))
    assert torch.equal(found[1], turned(k, P))


@given(st.sampled_from(sorted(ROTARY)), st.integers(1, 9), st.integers(1, 4), st.integers(1, 4), st.integers(0, 999))
def test_and_at_whatever_size(way, length, batch, heads, seed):
    """Sizes that coincide, too: they no longer decide anything once the way is found."""
    x = torch.randn(batch, heads, length, DIM, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    positions = torch.randint(0, 100, (length,), generator=torch.Generator().manual_seed(seed))
    queries, keys = adapted_rotations()[way](x, x, positions)
    assert torch.equal(queries, turned(x, positions))
    assert torch.equal(keys, turned(x, positions))


@functools.cache
def adapted_rotations():
    return {way: adapt(function, dim=DIM).build() for way, function in ROTARY.items()}


class AddedAfterDropout(nn.Module):
    """The module of many tutorials: positions are those of the content, from 0; sequence first."""

    def __init__(self, d_model=DIM, max_len=100):
        super().__init__()
        self.dropout = nn.Dropout(0.5)
        self.max_len = max_len
        self.register_buffer("pe", rows(torch.arange(max_len), d_model)[:, None].float())

    def forward(self, x):
        return self.dropout(x * math.sqrt(x.shape[-1]) + self.pe[: x.size(0)])


class AddedBatchFirst(AddedAfterDropout):
    def forward(self, x):
        return self.dropout(x + self.pe[: x.size(1), 0])


ADDITIVE = {
    "positions": lambda positions: rows(positions),
    "a column": lambda t: torch.cat([f(t * frequencies(DIM)) for f in (torch.sin, torch.cos)], t.ndim - 1),
    "a batch": lambda position_ids: rows(position_ids.squeeze(0))[None] if position_ids.size(1) else None,
    "a matrix product": lambda p: rows((p[None] @ torch.eye(len(p)))[0]),
    "numpy": lambda p: rows(torch.from_numpy(np.asarray(p))).numpy(),
    "with a base": lambda positions, base=1.0: rows(positions) * base,
    "content, positions": lambda x, positions: rows(positions),
    "content added to": lambda x, pos: x + rows(pos),
    "content first": lambda x: rows(torch.arange(x.size(1))),
}


@pytest.mark.parametrize("way", ADDITIVE)
def test_rows_are_the_same_in_whatever_way_they_are_made(way):
    adapted = adapt(ADDITIVE[way], dim=DIM)
    assert adapted.kind == "additive"
    assert torch.equal(adapted.build()(P, torch.float64), rows(P))
    some = torch.tensor([5, 0, 5])
    assert torch.equal(adapted.build()(some, torch.float64), rows(some))


@pytest.mark.parametrize("module", [AddedAfterDropout, AddedBatchFirst])
def test_modules_that_add_to_the_content_are_read_without_dropout(module):
    for adapted in (adapt(module()), adapt(module), adapt(lambda: module(max_len=50))):
        assert adapted.kind == "additive"
        assert torch.equal(adapted.build()(P, torch.float32), rows(P).float())
    assert adapt(module()).declared.max_length == 100
    assert "expected whole numbers >= 0" in refusal(lambda: adapt(module).build()(torch.tensor([-1, 2]), torch.float32))


BIASES = {
    "queries, keys": lambda query_positions, key_positions: distances(query_positions, key_positions),
    "with heads": lambda i, j: torch.stack([distances(i, j), 2 * distances(i, j)]),
    "with a batch": lambda i, j: distances(i, j)[None, None],
    "of batches": lambda i, j: distances(i.squeeze(0), j.squeeze(0)) if i.size(-2) else None,
    "numpy": lambda i, j: distances(torch.from_numpy(i), torch.from_numpy(j)).numpy(),
}


@pytest.mark.parametrize("way", BIASES)
def test_a_bias_is_the_same_in_whatever_way_it_is_called(way):
    adapted = adapt(BIASES[way])
    assert adapted.kind == "bias"
    found = adapted.build()(P[2:], P, torch.float64)
    assert torch.equal(found.reshape(-1, LENGTH - 2, LENGTH)[0], distances(P[2:], P))


class Turning:
    head_dim = 32

    def apply(self, x, positions):
        return turned(x, positions)


class Far:
    def bias(self, query_positions, key_positions):
        return distances(query_positions, key_positions)


class CallsBoth(Far):
    def __call__(self, positions):
        return rows(positions)


def test_objects_with_apply_or_bias():
    assert adapt(Turning()).dim == 32
    assert torch.equal(adapt(Turning()).build()(*vectors(32), P)[0], turned(vectors(32)[0], P))
    for encoding in (Far(), Far, lambda: Far()):
        assert torch.equal(evaluated(adapt(encoding)), distances(P, P))


def test_the_kind_can_be_chosen_where_there_is_more_than_one():
    assert adapt(CallsBoth()).kind == "bias"
    assert torch.equal(evaluated(adapt(CallsBoth(), kind="additive")), rows(P))


@pytest.mark.parametrize("width", [8, 16, 32, 64, 128])
def test_the_width_is_found_by_trying(width):
    def fixed(x, positions):
        return turned(x, positions) * torch.ones(width)

    assert adapt(fixed).dim == width


def test_the_width_that_the_encoding_names_is_tried_first():
    module = nn.Module()
    module.head_dim, module.dim = 24, 64
    module.forward = turned
    assert adapt(module).dim == 24


# -- modules: copies, dtypes, facts ---------------------------------------------------------------------------------


class Remembers(nn.Module):
    """Returns the table of the longest call so far, and counts its calls."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(rows(torch.arange(50)).float() / 3)
        self.calls = 0

    def forward(self, positions):
        self.calls += 1
        return self.weight[positions] * self.calls


def test_every_build_is_like_new():
    module = Remembers()
    adapted = adapt(module)
    first = adapted.build()
    assert torch.equal(first(P, torch.float32), module.weight[P])
    assert torch.equal(first(P, torch.float32), 2 * module.weight[P])
    assert torch.equal(adapted.build()(P, torch.float32), module.weight[P])
    assert module.calls == 0


def test_what_happens_to_the_instance_later_does_not_reach_the_subject():
    module = nn.Embedding(50, DIM)
    before = module.weight.detach().clone()
    adapted = adapt(module)
    nn.init.zeros_(module.weight)
    assert torch.equal(adapted.build()(P, torch.float32), before[P])


def test_a_module_is_converted_to_each_dtype_from_what_it_was():
    module = Remembers()
    call = adapt(module).build()
    narrow, wide = call(P, torch.bfloat16), call(P, torch.float64)
    assert torch.equal(narrow, module.weight.bfloat16()[P])
    assert torch.equal(wide, module.weight.double()[P])
    assert not wide.requires_grad


def test_a_function_with_a_dtype_is_told_it():
    def encode(positions, dtype=torch.float16):
        return rows(positions).to(dtype)

    assert adapt(encode).build()(P, torch.float64).dtype == torch.float64


def test_vectors_come_in_the_dtype_of_the_caller():
    found, _ = adapt(turned, dim=DIM).build()(*vectors(dtype=torch.bfloat16), P)
    assert found.dtype == torch.bfloat16


FLOATS = [
    (lambda p: rows(p), True),
    (lambda p: rows(p.long()), False),
    (lambda p: rows((p + 0.5).floor()), False),
    (lambda p: rows(p.ceil()), False),
    (nn.Embedding(50, DIM), False),
    (lambda p: torch.ones(len(p), DIM), False),
    (lambda x, p: turned(x, p), True),
    (lambda x, p: turned(x, p.round()), False),
    (lambda q, k, p: (turned(q, p), turned(k, p)), True),
    (lambda i, j: distances(i, j), True),
    (lambda i, j: distances(i.long(), j.long()), False),
    (lambda x: rows(torch.arange(x.size(1))), False),
]


@pytest.mark.parametrize(("encoding", "expected"), FLOATS)
def test_float_positions_are_found_by_trying(encoding, expected):
    assert adapt(encoding, dim=DIM).declared.float_positions is expected


class RandomRows(nn.Embedding):
    """Other rows for each instance, and no positions but whole ones."""

    def __init__(self):
        super().__init__(50, DIM)

    def forward(self, positions):
        return super().forward(positions.long())


def test_random_weights_are_not_taken_for_float_positions():
    before = torch.get_rng_state()
    assert adapt(RandomRows).declared.float_positions is False
    assert torch.equal(torch.get_rng_state(), before)


def test_the_number_of_positions_is_believed_only_if_seen():
    class Sized(nn.Embedding):
        max_length = 7

    assert adapt(nn.Embedding(50, DIM)).declared.max_length == 50
    assert adapt(Sized(50, DIM)).declared.max_length == 50
    assert adapt(rows).declared.max_length is None


# -- encodings of this package, tables, subjects --------------------------------------------------------------------

SINE = Sinusoidal(DIM)
REAL = {"float_positions": True, "angle_dtype": "float64"}
OWN = [
    (SINE, "additive", {**REAL, "layout": "interleaved"}),
    (Scaled(SINE, 0.5), "additive", {**REAL, "layout": "interleaved"}),
    (Compressed(Sinusoidal(DIM, layout="blocks"), 0.5), "additive", {**REAL, "layout": "blocks"}),
    (Retimed(SINE, LatencyMap(1.0, 8)), "additive", {**REAL, "layout": "interleaved"}),
    (Rank(9), "additive", {"max_length": 9}),
    (Compressed(Rank(9), 2), "additive", {"max_length": 5}),
    (Scaled(Rank(9), 2.0), "additive", {"max_length": 9}),
    (Rotary(DIM, layout="half-split", amplitude=0.5), "rotary", {**REAL, "layout": "half-split", "extra_scale": 0.25}),
    (Alibi(4), "bias", REAL),
]


@pytest.mark.parametrize(("encoding", "kind", "facts"), OWN)
def test_encodings_of_this_package(encoding, kind, facts):
    adapted = adapt(encoding)
    assert (adapted.kind, adapted.declared) == (kind, Declared(**facts))
    where = P[: facts.get("max_length", LENGTH)]
    if kind == "additive":
        expected = encoding(where)
    elif kind == "bias":
        expected = encoding.bias(where, where)
    else:
        expected = torch.cat([encoding.apply(x, where) for x in vectors()])
    assert torch.equal(evaluated(adapted, where), expected)
    assert not any(torch.equal(evaluated(adapt(other), where), expected) for other in (Sinusoidal(DIM, 99.0), Alibi(3)))


@pytest.mark.parametrize("encoding", [encoding for encoding, _, _ in OWN])
def test_their_source_rebuilds_them(encoding):
    namespace = {}
    exec(adapt(encoding).source, namespace)
    assert namespace["encoding"] == encoding


TABLE = rows(torch.arange(9))


@pytest.mark.parametrize("table", [TABLE, TABLE.numpy(), nn.Parameter(TABLE), Table(TABLE), lambda: TABLE])
def test_tables_never_wrap(table):
    adapted = adapt(table)
    assert (adapted.kind, adapted.declared) == ("additive", Declared(max_length=9))
    assert torch.equal(evaluated(adapted), TABLE[P])
    for position in (-1, 9):
        message = refusal(lambda p=position: adapted.build()(torch.tensor([p]), torch.float64))
        assert message.startswith(f"positions: got {position}.0; expected whole numbers in 0..8")


def test_later_changes_to_a_table_do_not_reach_the_subject():
    table = TABLE.clone()
    adapted = adapt(table)
    table.zero_()
    assert torch.equal(evaluated(adapted), TABLE[P])


def test_a_subject_is_returned_as_it_is():
    subject = Subject.rotary(lambda: turned, name="mine", dim=DIM)
    assert adapt(subject) is subject
    assert adapt(lambda: subject) is subject
    assert adapt(subject, name="yours").name == "yours"
    with pytest.raises(FrozenInstanceError):
        subject.name = "ours"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        (rows, "rows"),
        (AddedBatchFirst, "AddedBatchFirst"),
        (lambda: AddedBatchFirst(), "AddedBatchFirst"),
        (functools.partial(AddedBatchFirst, max_len=9), "AddedBatchFirst"),
        (TABLE, "table 9 x 16 float64"),
        (Rank(3), "Rank(size=3)"),
    ],
)
def test_names(encoding, name):
    assert adapt(encoding).name == name
    assert adapt(encoding, name="mine").name == "mine"


# -- refusals -------------------------------------------------------------------------------------------------------


class NeedsWidth(nn.Module):
    def __init__(self, dim):
        super().__init__()


class Raises:
    def __init__(self):
        raise RuntimeError("no licence")


class NotCopied(Far):
    def __deepcopy__(self, memo):
        raise TypeError("a lock")


def plain(x, positions):
    return x[..., ::2]


FORMS = (
    "expected a (length, dim) table, f(positions), f(x, positions), f(queries, keys, positions) or f(query_positions"
)
REFUSED = [
    (None, "encoding: got None; "),
    (None, "check that the function that built it returns it"),
    (lambda: None, "check that the function that built it returns it"),
    ("rotary", "encoding: got 'rotary'; "),
    ("rotary", "or load it by name with load_subject"),
    (math, "pass an object of the module"),
    (64, "not one of its settings"),
    ([[1.0]], "pass rows as a tensor"),
    ({}, "or one encoding at a time"),
    (object(), FORMS),
    (object(), "Subject.rotary(lambda: f, name='mine', dim=64)"),
    (torch.ones(3, 4, dtype=torch.int64), "encoding: got torch.int64; expected a real floating dtype"),
    (torch.ones(3, 4, dtype=torch.complex64), "encoding: got torch.complex64;"),
    (torch.ones(3), "encoding: got Tensor of shape (3,)"),
    (torch.ones(2, 3, 4), "expected shape (length, dim)"),
    (torch.ones(0, 4), "encoding: got Tensor of shape (0, 4)"),
    (torch.full((2, 2), math.nan), "encoding[0, 0]: got nan; expected finite values"),
    (np.array([["a", "b"]]), "expected an array of numbers that torch knows"),
    (lambda positions: (rows(positions), 1), "f(positions) returned 2 results"),
    (lambda positions: rows(positions)[1:], "f(positions) returned Tensor of shape (2, 16)"),
    (lambda positions: rows(positions).long(), "f(positions) returned Tensor of shape (3, 16) and dtype torch.int64"),
    (lambda positions: "rows", "f(positions) returned 'rows'"),
    (lambda positions: 1 / 0, "f(positions) raised ZeroDivisionError: division by zero"),
    (lambda positions: torch.zeros(len(positions), len(positions)), "rows whose width depends on their number"),
    (lambda i, j: distances(i, j)[:, 1:], "f(query_positions, key_positions) returned Tensor of shape (2, 2)"),
    (lambda i, j: distances(i, j).expand(len(i), -1, -1), "returned heads whose number depends"),
    (plain, "f(x, positions) returned Tensor of shape (2, 5, 3, 32)"),
    (lambda x, positions: torch.relu(turned(x, positions)) ** 2, "f(x, positions) returned what is not linear in x"),
    (lambda q, k, p: turned(q, p), "f(queries, keys, positions) returned Tensor of shape"),
    (lambda q, k, p: (turned(q, p), turned(k, p) ** 2), "returned what is not linear in queries and keys"),
    (lambda x: x, "f(x) as x + encoding returned the same row for all positions"),
    (nn.ReLU(), "f(x) as x + encoding returned the same row for all positions"),
    (nn.Linear(64, 64), "f(x) as x + encoding returned what is not the content plus an encoding"),
    (NeedsWidth, "pass a function that gives it its arguments: lambda: NeedsWidth(64)"),
    (nn.Embedding, "expected a class that is built without arguments"),
    (Raises, "mend it: RuntimeError: no licence"),
    (lambda: Raises(), "mend it: RuntimeError: no licence"),
    (lambda: NeedsWidth, "call it: what builds the encoding returns this"),
    (NotCopied(), "pass a function that builds it: lambda: encoding"),
]


@pytest.mark.parametrize(("encoding", "message"), REFUSED)
def test_what_is_no_encoding_is_refused(encoding, message):
    assert message in refusal(lambda: adapt(encoding))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: adapt(rows, kind="sum"), "kind: got 'sum'; expected one of additive, rotary, bias"),
        (lambda: adapt(rows, kind="rotary"), "encoding: got <function rows at"),
        (lambda: adapt(turned, kind="bias"), "encoding: got <function turned at"),
        (lambda: adapt(Rotary(8), kind="bias"), "kind: got 'bias'; expected 'rotary', as Rotary(dim=8"),
        (lambda: adapt(Rotary(8), dim=16), "dim: got 16; expected 8, as Rotary(dim=8"),
        (lambda: adapt(turned, dim=0), "dim: got 0; expected an integer >= 2"),
        (lambda: adapt(turned, heads="8"), "heads: got '8'; expected an integer >= 1"),
    ],
)
def test_bad_arguments(call, message):
    assert refusal(call).startswith(message)


def test_the_error_of_the_users_code_is_the_cause():
    with pytest.raises(ArgumentError) as caught:
        adapt(lambda positions: {}["frequencies"])
    assert isinstance(caught.value.__cause__, KeyError)


def test_adapting_imports_no_library():
    """An instance is recognised by the name of its class, so a library that is not in use is never loaded."""
    program = (
        "import sys, torch; from phase_latency.adapters.adapting import adapt; "
        "adapt(lambda positions: torch.ones(len(positions), 4)); "
        "print([name for name in ('transformers', 'x_transformers', 'nengo_spa', 'torchtune', 'einops') "
        "if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_warnings_of_odd_tries_stay_inside():
    def deprecated(x, positions):
        if x.ndim != 4:
            import warnings

            warnings.warn("x has four axes", DeprecationWarning, stacklevel=1)
        return turned(x, positions)

    assert adapt(deprecated).kind == "rotary"
