"""Sources of tables: the same rows however they are read, errors that hold against exact arithmetic, clear refusals."""

import itertools
import math
import os
import pickle
import tracemalloc
from fractions import Fraction

import exact
import flint
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal
from safetensors.torch import save_file

from phase_latency.encodings import Compressed, Rank, Retimed, Rotary, Scaled, Sinusoidal, Table
from phase_latency.errors import NotFiniteError
from phase_latency.latency import LatencyMap
from phase_latency.numerics.comparison import Comparison
from phase_latency.numerics.encodings import bounded_encoding
from phase_latency.numerics.norms import row_norms
from phase_latency.numerics.roundoff import DTYPES
from phase_latency.streaming.files import FileSource, file_source
from phase_latency.streaming.joined import GeneratedSource, JoinedSource
from phase_latency.streaming.sources import BLOCK, EncodingSource, TableOverflowError, TableSource, TensorSource

by_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=str)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# -- the same rows, however they are read ----------------------------------------------------------------------------


def write_npy(path, table, version=(1, 0), swapped=False, by_columns=False):
    array = table.numpy()
    array = array.astype(array.dtype.newbyteorder("S")) if swapped else array
    with path.open("wb") as file:
        np.lib.format.write_array(file, np.asfortranarray(array) if by_columns else array, version)
    return path


def cut_at(table, cuts):
    borders = [0, *sorted(cuts), len(table)]
    return [table[first:last] for first, last in itertools.pairwise(borders) if first < last]


def in_tensor(table, folder, draw):
    return TensorSource(table if draw(st.booleans()) else table.T.contiguous().T)


def in_generator(table, folder, draw):
    blocks = cut_at(table, draw(st.sets(st.integers(0, len(table)))))
    return GeneratedSource(lambda: iter(blocks))


def in_npy(table, folder, draw):
    if table.dtype == torch.bfloat16:
        table = table.half()
    options = {
        "version": draw(st.sampled_from([(1, 0), (2, 0), (3, 0)])),
        "swapped": draw(st.booleans()),
        "by_columns": draw(st.booleans()),
    }
    return FileSource(write_npy(folder / "table.npy", table, **options))


def in_safetensors(table, folder, draw):
    # A tensor of odd length before it: offsets are not aligned then.
    save_file({"before": torch.ones(3, dtype=torch.uint8), "table": table}, folder / "table.safetensors")
    return FileSource(f"{folder}/table.safetensors:table")


def in_shards(table, folder, draw):
    for old in folder.glob("shard-*"):
        old.unlink()
    for number, part in enumerate(cut_at(table, draw(st.sets(st.integers(0, len(table)))))):
        save_file({"table": part.contiguous()}, folder / f"shard-{number}.safetensors")
    return file_source(f"{folder}/shard-*.safetensors")


def in_parts(table, folder, draw):
    sources = [in_tensor, in_generator, in_npy, in_safetensors]
    parts = cut_at(table, draw(st.sets(st.integers(0, len(table)))))
    made = []
    for number, part in enumerate(parts):
        inner = folder / str(number)
        inner.mkdir(exist_ok=True)
        kinds = [kind for kind in sources if kind is not in_npy or table.dtype != torch.bfloat16]
        made.append(draw(st.sampled_from(kinds))(part.contiguous(), inner, draw))
    return JoinedSource(tuple(made))


HOLDERS = [in_tensor, in_generator, in_npy, in_safetensors, in_shards, in_parts]


def read(source, size, start=0, stop=None):
    """Values and errors of the blocks put together again, with their sizes."""
    rows = list(source.blocks(size, start, stop))
    entries = list(source.bounded_blocks(size, start, stop))
    assert all(torch.equal(each.values, twin.value) for each, twin in zip(rows, entries, strict=True))
    return (
        [len(each.values) for each in rows],
        torch.cat([each.values for each in rows]),
        torch.cat([each.error for each in rows]),
        torch.cat([each.error for each in entries]),
    )


def check_reading(source, expected, size, start, stop):
    """Any block size, start and stop give rows of the table, with the errors that they have in one block."""
    assert (source.length, source.dim, source.dtype) == (*expected.shape, expected.dtype)
    _, values, row_error, entry_error = read(source, source.length)
    assert torch.equal(values, expected.double())
    sizes, *found = read(source, size, start, stop)
    assert sizes[:-1] == [size] * ((stop - start - 1) // size)
    for part, whole in zip(found, (values, row_error, entry_error), strict=True):
        assert torch.equal(part, whole[start:stop])
    assert list(source.blocks(size, start, start)) == []
    chosen = torch.arange(start, stop, 3)
    single = source.rows_at(chosen)
    assert torch.equal(single.values, values[chosen])
    assert (single.error >= row_error[chosen]).all()
    assert (single.error <= (1 + 1e-8) * row_error[chosen]).all()


def drawn_reading(data, length):
    """Block size, start and stop."""
    start = data.draw(st.integers(0, length - 1), label="start")
    stop = data.draw(st.integers(start + 1, length), label="stop")
    return data.draw(st.integers(1, length + 2), label="size"), start, stop


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda f: f.__name__)
@given(data=st.data(), dtype=st.sampled_from(DTYPES), length=st.integers(1, 40), dim=st.integers(1, 5))
def test_rows_do_not_depend_on_how_they_are_read(holder, tmp_path_factory, data, dtype, length, dim):
    table = normal(length, dim, seed=data.draw(st.integers(0, 99))).to(dtype)
    source = holder(table, tmp_path_factory.mktemp("tables"), data.draw)
    check_reading(source, table.to(source.dtype), *drawn_reading(data, length))


SINUSOID = Sinusoidal(6, base=500.0)
ENCODINGS = {
    "sinusoidal": SINUSOID,
    "blocks": Sinusoidal(4, layout="blocks"),
    "amplitude": Scaled(SINUSOID, 1 / 3),
    "tiny amplitude": Scaled(SINUSOID, -1e-200),
    "no amplitude": Scaled(SINUSOID, 0.0),
    "compressed": Compressed(SINUSOID, 1 / 7),
    "compressed amplitude": Compressed(Scaled(SINUSOID, 100 / 3), 0.1),
    "retimed": Retimed(SINUSOID, LatencyMap(0.05, 512, onset=0.3)),
    "amplitude of retimed": Scaled(Retimed(SINUSOID, LatencyMap(0.05, 512)), 1 / 7),
}
by_encoding = pytest.mark.parametrize("kind", ENCODINGS)


@by_encoding
@given(data=st.data(), dtype=st.sampled_from(DTYPES), length=st.integers(1, 40), first=st.integers(-5, 10**6))
def test_rows_of_encodings_do_not_depend_on_how_they_are_read(kind, data, dtype, length, first):
    encoding = ENCODINGS[kind]
    table = encoding(torch.arange(first, first + length), dtype)
    whole = EncodingSource(encoding, length, dtype, first=first)
    check_reading(whole, table, *drawn_reading(data, length))
    cut = data.draw(st.integers(0, length), label="cut")
    if 0 < cut < length:
        halves = (
            EncodingSource(encoding, cut, dtype, first=first),
            EncodingSource(encoding, length - cut, dtype, first=first + cut),
        )
        check_reading(JoinedSource(halves), table, *drawn_reading(data, length))
        for mine, theirs in zip(read(JoinedSource(halves), 7), read(whole, 7), strict=True):
            assert mine == theirs if isinstance(mine, list) else torch.equal(mine, theirs)


def last_block_first(self, size, start, stop):
    yield from reversed([self.table[first : min(first + size, stop)] for first in range(start, stop, size)])


def from_the_beginning(self, size, start, stop):
    yield from (self.table[first : min(first + size, stop)] for first in range(0, stop - start, size))


def without_the_rest(self, size, start, stop):
    yield from (self.table[first : first + size] for first in range(start, stop, size) if first + size <= stop)


@pytest.mark.parametrize(
    "violation", [last_block_first, from_the_beginning, without_the_rest], ids=lambda f: f.__name__
)
def test_twin_a_source_that_depends_on_its_blocks_is_caught(monkeypatch, violation):
    table = normal(10, 3)
    check_reading(TensorSource(table), table, 4, 1, 10)
    monkeypatch.setattr(TensorSource, "stored", violation)
    with pytest.raises(AssertionError):
        check_reading(TensorSource(table), table, 4, 1, 10)


def test_twin_a_join_that_forgets_the_errors_of_its_parts_is_caught(monkeypatch):
    halves = tuple(EncodingSource(SINUSOID, 5, first=first) for first in (10**6, 10**6 + 5))
    table = SINUSOID(torch.arange(10**6, 10**6 + 10))
    check_reading(JoinedSource(halves), table, 4, 1, 10)
    exactly = exact_rows(SINUSOID, exact.balls(torch.arange(10**6, 10**6 + 10)))
    for stated, holds in ((JoinedSource.row_error, True), (TableSource.row_error, False)):
        monkeypatch.setattr(JoinedSource, "row_error", stated)
        _, values, row_error, _ = read(JoinedSource(halves), 4)
        assert Comparison(row_distances(exactly, values), row_error).holds is holds


def test_several_blocks_of_the_usual_size():
    length = 2 * BLOCK + 17
    blocks = list(EncodingSource(Sinusoidal(128), length, torch.float32).blocks())
    assert [len(block.values) for block in blocks] == [BLOCK, BLOCK, 17]
    table = Sinusoidal(128)(torch.arange(length), torch.float32)
    assert torch.equal(torch.cat([block.values for block in blocks]), table.double())


def test_shards_come_in_the_order_of_their_numbers(tmp_path):
    for number in range(12):
        np.save(tmp_path / f"shard-{number}-of-12.npy", np.full((1, 1), float(number)))
    for spec in (f"{tmp_path}/shard-*.npy", f"{tmp_path}/", tmp_path):
        assert read(file_source(spec), 5)[1].flatten().tolist() == list(range(12))
    assert isinstance(file_source(f"{tmp_path}/shard-3-*.npy"), FileSource)
    np.save(tmp_path / "shard-[3].npy", np.zeros((4, 1)))
    assert file_source(f"{tmp_path}/shard-[3].npy").length == 4  # a file of this name comes before the pattern
    save_file({"P": torch.ones(2, 3), "Q": torch.zeros(2, 3)}, tmp_path / "two.safetensors")
    assert not read(file_source(f"{tmp_path}/tw*.safetensors:Q"), 2)[1].any()


def test_a_file_source_survives_pickling(tmp_path):
    source = FileSource(write_npy(tmp_path / "table.npy", normal(9, 2)), "P")
    assert torch.equal(read(pickle.loads(pickle.dumps(source)), 4)[1], normal(9, 2))


@pytest.mark.parametrize("suffix", ["npy", "safetensors"])
def test_files_are_read_in_a_few_blocks_of_memory(tmp_path, suffix):
    table, size = normal(64 * 256, 32), 256
    path = tmp_path / f"table.{suffix}"
    write_npy(path, table) if suffix == "npy" else save_file({"P": table}, path)
    source = FileSource(path)
    tracemalloc.start()
    try:
        assert all(map(len, source.stored(size, 0, source.length)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * size * 32 * 8 < table.nbytes / 10


# -- errors hold against exact arithmetic ----------------------------------------------------------------------------


def exact_rows(encoding, positions):
    """The encoding by its formula in real arithmetic, at positions that are balls; its parameters are meant exactly."""
    match encoding:
        case Sinusoidal():
            exponents = [Fraction(-2 * i, encoding.dim) for i in range(encoding.dim // 2)]
            frequencies = [exact.ball(float(encoding.base)) ** exact.ball(exponent) for exponent in exponents]
            phases = positions[:, None] * np.array(frequencies)
            sines, cosines = exact.FUNCTIONS.sin(phases), exact.FUNCTIONS.cos(phases)
            if encoding.layout == "blocks":
                return np.concatenate([sines, cosines], 1)
            return np.stack([sines, cosines], 2).reshape(len(positions), -1)
        case Scaled():
            return exact.ball(float(encoding.a)) * exact_rows(encoding.encoding, positions)
        case Compressed():
            return exact_rows(encoding.encoding, exact.ball(float(encoding.factor)) * positions)
        case Retimed():  # in real arithmetic re-timing changes nothing
            return exact_rows(encoding.encoding, positions)


def row_distances(exactly, values):
    """(rows,) Euclidean distance of rows to exact ones, rounded towards zero."""
    squares = ((exact.balls(values) - exactly) ** 2).sum(1)
    return torch.tensor([float(square.sqrt().abs_lower()) for square in squares], dtype=torch.float64)


def worst_ratio(encoding, dtype, first, length=3):
    """Largest distance over its bound, of rows and of entries: at most 1."""
    exactly = exact_rows(encoding, exact.balls(torch.arange(first, first + length)))
    _, values, row_error, entry_error = read(EncodingSource(encoding, length, dtype, first=first), 2)
    return (
        Comparison(row_distances(exactly, values), row_error).worst_ratio,
        Comparison(exact.distance(exactly, values), entry_error).worst_ratio,
    )


@by_encoding
@given(dtype=st.sampled_from(DTYPES), first=st.integers(0, 10**6) | st.integers(-300, 300))
def test_errors_of_encodings_hold(kind, dtype, first):
    assert max(worst_ratio(ENCODINGS[kind], dtype, first)) <= 1


@by_dtype
def test_errors_of_encodings_are_not_vacuous(dtype):
    """In float64 the bound allows for powers that are off by 4 units in the last place; those of torch are by less."""
    ratios = [worst_ratio(Sinusoidal(16), dtype, first) for first in range(7, 1_000_000, 39_971)]
    assert max(row for row, _ in ratios) >= (0.01 if dtype == torch.float64 else 0.3)
    assert max(entry for _, entry in ratios) >= (0.05 if dtype == torch.float64 else 0.9)


@pytest.mark.parametrize("encoding", [SINUSOID, Scaled(SINUSOID, 1 / 3), Compressed(SINUSOID, 1 / 7)])
def test_errors_of_rows_are_about_those_of_their_entries(encoding):
    for first in (0, 3, 1000, 999_000):
        positions = torch.arange(first, first + 50)
        (block,) = EncodingSource(encoding, 50, first=first).blocks()
        assert (block.error <= 2 * row_norms(bounded_encoding(encoding, positions).error)).all()


def test_twin_errors_that_are_too_small_are_caught(monkeypatch):
    """A frequency that is off by a few units in the last place is beyond the errors that are stated."""
    plain = Sinusoidal.frequencies
    monkeypatch.setattr(Sinusoidal, "frequencies", lambda self: plain(self) * (1 + 2.0**-48))
    assert min(worst_ratio(SINUSOID, torch.float64, 999_983)) > 1


def fractions(table):
    return [[Fraction(entry) for entry in row] for row in table.double().tolist()]


def within(exactly, values, error):
    """Whether rows are no further than `error` from exact ones, in rational arithmetic."""
    return all(
        sum((x - y) ** 2 for x, y in zip(row, found, strict=True)) <= Fraction(bound) ** 2
        for row, found, bound in zip(exactly, fractions(values), error.tolist(), strict=True)
    )


@st.composite
def wide_tables(draw):
    """Rows of which each has a magnitude of its own, somewhere in the range of float64."""
    length, dim = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    exponents = draw(
        st.lists(st.sampled_from([-1070, -700, -160, 0, 160, 700, 1000]), min_size=length, max_size=length)
    )
    table = normal(length, dim, seed=draw(st.integers(0, 2**16)))
    return torch.stack([row * 2.0**exponent for row, exponent in zip(table, exponents, strict=True)])


@given(table=wide_tables())
def test_norms_of_rows_are_upper_bounds_at_every_magnitude(table):
    norms = row_norms(table)
    for row, norm in zip(fractions(table), norms.tolist(), strict=True):
        square = sum(entry**2 for entry in row)
        assert square <= Fraction(norm) ** 2
        assert Fraction(norm) ** 2 <= square * (1 + Fraction(1, 10**8)) + Fraction(2) ** -2140
    assert not row_norms(torch.zeros(2, 3, dtype=torch.float64)).any()


def test_twin_torch_alone_gives_no_upper_bound():
    tiny = torch.full((1, 3), 1e-200, dtype=torch.float64)
    assert torch.linalg.vector_norm(tiny, dim=1).item() == 0
    assert row_norms(tiny).item() > 1.7e-200


@given(table=wide_tables(), dtype=st.sampled_from(DTYPES), data=st.data())
def test_errors_of_storage_hold_at_every_magnitude(table, dtype, data):
    stored = table.to(dtype)
    if not stored.isfinite().all():
        return
    source = TensorSource(stored)
    parts = JoinedSource(tuple(TensorSource(part) for part in cut_at(stored, {data.draw(st.integers(0, len(table)))})))
    for each in (source, parts):
        _, values, row_error, entry_error = read(each, 3)
        assert within(fractions(table), values, row_error)
        for row, found, bounds in zip(table.tolist(), values.tolist(), entry_error.tolist(), strict=True):
            assert all(
                abs(Fraction(x) - Fraction(y)) <= Fraction(e) for x, y, e in zip(row, found, bounds, strict=True)
            )


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_casts_through_float32_round_twice(dtype):
    """torch casts float64 to these through float32: just above a tie, the result is a little worse than rounding."""
    unit = torch.finfo(dtype).eps / 2
    above_a_tie = Scaled(Rank(1), 1 + unit + 2.0**-30)
    for source in (EncodingSource(above_a_tie, 1, dtype), TensorSource(above_a_tie(torch.arange(1), dtype))):
        _, values, row_error, entry_error = read(source, 1)
        assert values.item() == 1
        assert unit + 2.0**-30 <= row_error.item() <= 1.01 * unit
        assert unit + 2.0**-30 <= entry_error.item() <= 1.01 * unit


def test_errors_that_are_given_are_kept():
    table, error = normal(10, 3), normal(10, 3, seed=1).abs() * 1e-150
    source = TensorSource(table, "P", error)
    for each in (
        source,
        JoinedSource((TensorSource(table[:4], "P", error[:4]), TensorSource(table[4:], "P", error[4:]))),
    ):
        _, _, row_error, entry_error = read(each, 3)
        assert torch.equal(entry_error, error)
        zero = [[Fraction(0)] * 3] * 10
        assert within(zero, error, row_error)
        assert not within(zero, error, row_error * (1 - 1e-6))


def test_looked_up_rows_have_the_error_of_their_cast_only():
    table = normal(5, 4)
    assert not read(EncodingSource(Table(table), 5), 2)[2].any()
    _, values, row_error, _ = read(EncodingSource(Table(table), 5, torch.float16), 2)
    assert within(fractions(table), values, row_error)
    assert not within(fractions(table), values, row_error / 20)


# -- what is not finite ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda f: f.__name__)
@given(data=st.data(), value=st.sampled_from([math.nan, math.inf, -math.inf]), dtype=st.sampled_from(DTYPES))
def test_the_first_entry_that_is_not_finite_is_named(holder, tmp_path_factory, data, value, dtype):
    length, dim = data.draw(st.integers(1, 30)), data.draw(st.integers(1, 4))
    row, column = data.draw(st.integers(0, length - 1)), data.draw(st.integers(0, dim - 1))
    table = normal(length, dim).to(dtype)
    table[row, column] = value
    if row + 1 < length:
        table[row + 1, 0] = -value  # which may cancel in a sum
    source = holder(table, tmp_path_factory.mktemp("tables"), data.draw)
    size = data.draw(st.integers(1, length))
    for read_all in (source.blocks, source.bounded_blocks):
        with pytest.raises(NotFiniteError) as caught:
            list(read_all(size))
        assert (
            str(caught.value) == f"table[{row}, {column}]: got {value}; expected finite values; mend or drop that entry"
        )
    assert sum(len(block.values) for block in source.blocks(1, 0, row)) == row
    with pytest.raises(NotFiniteError, match=rf"^table\[{row}, {column}\]"):
        source.rows_at(torch.tensor([row]))


def test_large_finite_entries_are_no_mistake():
    huge = torch.full((3, 4), 1.7e308, dtype=torch.float64)
    assert torch.equal(read(TensorSource(huge), 2)[1], huge)


@pytest.mark.parametrize("joined", [False, True])
def test_an_encoding_that_leaves_float16_is_a_finding_of_its_own(joined):
    source = EncodingSource(Scaled(Sinusoidal(8), 1e6), 20, torch.float16, "P")
    if joined:
        source = JoinedSource((EncodingSource(Scaled(Sinusoidal(8), 1.0), 20, torch.float16), source), "P")
    with pytest.raises(TableOverflowError, match=rf"^P\[{20 * joined}, 1\]: got inf; expected finite values"):
        list(source.blocks(7))
    list(EncodingSource(Scaled(Sinusoidal(8), 6e4), 20, torch.float16, "P").blocks(7))


# -- bad input -------------------------------------------------------------------------------------------------------


def consumed(source):
    return list(source.blocks(2))


def passes(*each):
    """A function that yields other blocks in every pass."""
    made = iter(each)
    return GeneratedSource(lambda: iter(next(made)), "P")


ROWS = torch.ones(3, 2)
BAD_SOURCES = {
    "list": (lambda: TensorSource([[1.0]], "P"), "P: got [[1.0]]; expected a torch tensor of shape (length, dim)"),
    "vector": (lambda: TensorSource(torch.ones(3), "P"), "P: got Tensor of shape (3,)"),
    "batch": (lambda: TensorSource(torch.ones(1, 2, 3), "P"), "P: got Tensor of shape (1, 2, 3)"),
    "integers": (lambda: TensorSource(torch.ones(2, 3, dtype=torch.int64), "P"), "P: got torch.int64; expected a real"),
    "complex": (lambda: TensorSource(torch.ones(2, 3, dtype=torch.complex64), "P"), "P: got torch.complex64;"),
    "no rows": (lambda: TensorSource(torch.ones(0, 3), "P"), "P: got Tensor of shape (0, 3)"),
    "no columns": (lambda: TensorSource(torch.ones(3, 0), "P"), "P: got Tensor of shape (3, 0)"),
    "negative error": (lambda: TensorSource(ROWS, "P", -ROWS.double()), "error_P: got Tensor of shape (3, 2)"),
    "error of another shape": (
        lambda: TensorSource(ROWS, "P", ROWS[:2].double()),
        "error_P: got Tensor of shape (2, 2)",
    ),
    "error of another dtype": (lambda: TensorSource(ROWS, "P", ROWS), "error_P: got Tensor of shape (3, 2) and dtype"),
    "error NaN": (lambda: TensorSource(ROWS, "P", ROWS.double() * math.nan), "error_P[0, 0]: got nan; expected finite"),
    "rotary": (lambda: EncodingSource(Rotary(8), 5, name="P"), "P: got Rotary(dim=8"),
    "no positions": (lambda: EncodingSource(SINUSOID, 0), "length: got 0; expected an integer >= 1"),
    "half a position": (lambda: EncodingSource(SINUSOID, 2.5), "length: got 2.5; expected an integer >= 1"),
    "integer encoding": (lambda: EncodingSource(SINUSOID, 5, torch.int32), "dtype: got torch.int32;"),
    "short table": (
        lambda: consumed(EncodingSource(Table(ROWS), 5)),
        "positions: got 3.0; expected whole numbers in 0..2",
    ),
    "generator": (lambda: GeneratedSource(iter([ROWS]), "P"), "P: got <list_iterator"),
    "one tensor": (lambda: GeneratedSource(lambda: 3, "P"), "P: got 3; expected a function that yields blocks"),
    "nothing": (lambda: GeneratedSource(lambda: [], "P"), "P: got <function"),
    "no tensors": (lambda: GeneratedSource(lambda: [[1.0]], "P"), "P: got [1.0]; expected blocks of shape (rows, dim)"),
    "vectors": (lambda: GeneratedSource(lambda: [ROWS[0]], "P"), "P: got Tensor of shape (2,)"),
    "empty block": (lambda: GeneratedSource(lambda: [ROWS, ROWS[:0]], "P"), "P: got Tensor of shape (0, 2)"),
    "integer blocks": (lambda: GeneratedSource(lambda: [ROWS.long()], "P"), "P: got torch.int64;"),
    "two widths": (lambda: GeneratedSource(lambda: [ROWS, ROWS[:, :1]], "P"), "P: got Tensor of shape (3, 1)"),
    "two dtypes": (
        lambda: GeneratedSource(lambda: [ROWS, ROWS.half()], "P"),
        "P: got Tensor of shape (3, 2) and dtype",
    ),
    "ends earlier": (lambda: consumed(passes([ROWS], [ROWS[:2]])), "P: got '2 rows'; expected 3 rows, as in the first"),
    "goes on": (lambda: consumed(passes([ROWS], [ROWS, ROWS])), "P: got 'more than 3 rows'; expected 3 rows, as in"),
    "is used up": (lambda: consumed(passes([ROWS], [])), "P: got '0 rows'; expected 3 rows, as in the first pass"),
    "wider": (lambda: consumed(passes([ROWS], [torch.ones(3, 3)])), "P: got Tensor of shape (3, 3)"),
    "narrower dtype": (
        lambda: consumed(passes([ROWS], [ROWS.half()])),
        "P: got Tensor of shape (3, 2) and dtype torch.f",
    ),
    "lists later": (
        lambda: consumed(passes([ROWS], [[1.0, 2.0]])),
        "P: got [1.0, 2.0]; expected blocks of shape (rows, 2)",
    ),
    "vectors later": (lambda: consumed(passes([ROWS], [ROWS[0]])), "P: got Tensor of shape"),
    "numbers later": (
        lambda: consumed(passes([ROWS], [torch.tensor(1.0)])),
        "P: got tensor(1.); expected blocks of shape",
    ),
    "no part": (lambda: JoinedSource((), "P"), "P: got (); expected at least one part"),
    "wider part": (
        lambda: JoinedSource((TensorSource(ROWS, "P"), TensorSource(torch.ones(2, 3), "Q"))),
        "Q: got 'width 3 and dtype torch.float32'; expected width 2 and dtype torch.float32, as P",
    ),
    "part of another dtype": (
        lambda: JoinedSource((TensorSource(ROWS, "P"), TensorSource(ROWS.double(), "Q"))),
        "Q: got 'width 2 and dtype torch.float64'; expected width 2 and dtype torch.float32, as P",
    ),
}


@pytest.mark.parametrize("kind", BAD_SOURCES)
def test_bad_sources_are_refused_in_one_line(kind):
    call, message = BAD_SOURCES[kind]
    assert refusal(call).startswith(message)


def npy_bytes(path, change):
    np.save(path, np.ones((4, 3)))
    path.write_bytes(change(path.read_bytes()))


BAD_FILES = {
    "no file": (lambda path: None, "expected the path of an existing table; check that"),
    "a folder": (lambda path: path.mkdir(), "expected a pattern or folder with .npy or .safetensors files"),
    "empty": (lambda path: path.write_bytes(b""), "expected a .npy file with a table of numbers"),
    "no header": (lambda path: npy_bytes(path, lambda data: data[:40]), "expected a .npy file with a table of numbers"),
    "other file": (lambda path: npy_bytes(path, lambda data: b"PK" + data[2:]), "expected a .npy file with a table"),
    "version 9": (lambda path: npy_bytes(path, lambda data: data[:6] + b"\t" + data[7:]), "expected a .npy file with"),
    "broken header": (lambda path: npy_bytes(path, lambda data: data.replace(b"{", b"[")), "expected a .npy file with"),
    "truncated": (lambda path: npy_bytes(path, lambda data: data[:-25]), "got '2 rows'; expected 4 rows in"),
    "pickle": (
        lambda path: np.save(path, np.array([[{}]]), allow_pickle=True),
        "got 'object'; expected float64, float",
    ),
    "integers": (lambda path: np.save(path, np.ones((2, 2), int)), "got 'int64'; expected float64, float32 or float16"),
    "complex": (lambda path: np.save(path, np.ones((2, 2), complex)), "got 'complex128'; expected float64, float32 or"),
    "long double": (lambda path: np.save(path, np.ones((2, 2), "g")), "expected float64, float32 or float16 in"),
    "records": (lambda path: np.save(path, np.ones(2, [("ä", "f8")])), "expected float64, float32 or float16 in"),
    "vector": (lambda path: np.save(path, np.ones(3)), "got 'shape (3,)'; expected shape (length, dim) with no axis"),
    "batch": (lambda path: np.save(path, np.ones((2, 2, 2))), "got 'shape (2, 2, 2)'; expected shape (length, dim)"),
    "no rows": (lambda path: np.save(path, np.ones((0, 3))), "got 'shape (0, 3)'; expected shape (length, dim)"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_bad_npy_files_are_refused_in_one_line(tmp_path, kind):
    write, message = BAD_FILES[kind]
    write(tmp_path / "table.npy")
    text = refusal(lambda: file_source(tmp_path / "table.npy", "P"))
    assert text.startswith("P: got ")
    assert message in text


BAD_TENSORS = {
    "no such key": ({"one": ROWS}, ":two", "got 'two'; expected a key of"),
    "which key": ({"one": ROWS, "two": ROWS + 1}, "", "table.safetensors: one, two; write"),
    "integers": ({"one": ROWS.long()}, "", "got 'I64'; expected one of F64, F32, BF16, F16 in"),
    "vector": ({"one": ROWS[0]}, "", "got 'shape (2,)'; expected shape (length, dim)"),
    "no rows": ({"one": ROWS[:0]}, "", "got 'shape (0, 2)'; expected shape (length, dim)"),
}


@pytest.mark.parametrize("kind", BAD_TENSORS)
def test_bad_safetensors_files_are_refused_in_one_line(tmp_path, kind):
    tensors, key, message = BAD_TENSORS[kind]
    save_file(tensors, tmp_path / "table.safetensors")
    text = refusal(lambda: FileSource(f"{tmp_path}/table.safetensors{key}", "P"))
    assert text.startswith("P: got ")
    assert message in text


def test_bad_paths_are_refused_in_one_line(tmp_path):
    (tmp_path / "table.txt").write_text("1 2 3")
    np.save(tmp_path / "a-1.npy", np.ones((2, 3)))
    np.save(tmp_path / "a-2.npy", np.ones((2, 4)))
    save_file({"one": ROWS}, tmp_path / "b.safetensors")
    (tmp_path / "b.safetensors").write_bytes(b"no header")
    for spec, message in (
        (3, "P: got 3; expected the path of a table"),
        (f"{tmp_path}/table.txt", "expected FILE.npy, FILE.safetensors or FILE.safetensors:KEY"),
        (f"{tmp_path}/c-*.npy", "expected a pattern or folder with .npy or .safetensors files"),
        (f"{tmp_path}/table.*", "expected FILE.npy, FILE.safetensors or FILE.safetensors:KEY"),
        (f"{tmp_path}/b.safetensors", "expected a readable .safetensors file"),
        (f"{tmp_path}", "expected a folder with files of one kind"),
        (f"{tmp_path}/a-*.npy", "P in a-2.npy: got 'width 4 and dtype torch.float64'; expected width 3 and dtype"),
    ):
        text = refusal(lambda spec=spec: file_source(spec, "P"))
        assert text.startswith("P")
        assert message in text


# -- files that change -----------------------------------------------------------------------------------------------


def shrink(path):
    os.truncate(path, path.stat().st_size - 2 * 3 * 8)


def grow(path):
    with path.open("ab") as file:
        file.write(bytes(24))


def touch(path):
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


CHANGES = {
    "shrinks": (shrink, "P: got '{rows} rows'; expected 10 rows in {path}, as when it was opened; leave the file"),
    "grows": (grow, "P: got 'a file that was written to'; expected 10 rows in {path}, as when it was opened"),
    "is written again": (touch, "P: got 'a file that was written to'; expected 10 rows in {path}, as when"),
    "is deleted": (os.unlink, "expected a file that can be read; check that {path} exists"),
}


@pytest.mark.parametrize("suffix", ["npy", "columns.npy", "safetensors"])
@pytest.mark.parametrize("kind", CHANGES)
def test_files_that_change_are_refused(tmp_path, kind, suffix):
    """Between two passes and within one; in particular, a file that shrinks does not end the process."""
    change, message = CHANGES[kind]
    path = tmp_path / f"table.{suffix}"
    table = normal(10, 3)
    write_npy(path, table, by_columns="columns" in suffix) if "npy" in suffix else save_file({"P": table}, path)
    source = FileSource(path, "P")
    begun = source.blocks(4)
    assert torch.equal(next(begun).values, table[:4])
    change(path)
    for go_on in (lambda: list(begun), lambda: list(source.blocks(4))):
        assert message.format(path=path, rows=4 if "columns" in suffix else 8) in refusal(go_on)


def test_a_file_that_shrinks_while_a_block_is_read_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "table.npy"
    source = FileSource(write_npy(path, normal(10, 3)), "P")
    array = type(source.array)
    plain = array.read

    def read_late(self, file, start, stop):
        shrink(path)
        return plain(self, file, start, stop)

    monkeypatch.setattr(array, "read", read_late)
    assert refusal(lambda: list(source.blocks())).startswith("P: got '8 rows'; expected 10 rows in")


def test_no_global_precision_is_left_behind():
    flint.ctx.prec = 53
    consumed(EncodingSource(SINUSOID, 5))
    assert flint.ctx.prec == 53
