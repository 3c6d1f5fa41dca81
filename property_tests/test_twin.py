"""The float64 twin of code is the same code with float64 in the place of every narrower dtype, and leaves no trace."""

import copy
import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from phase_latency.adapters.subject import Subject
from phase_latency.checking.evaluation import Instance
from phase_latency.checking.guards import Limits
from phase_latency.checking.twin import NoTwinError, in_float64

NARROW = [torch.float32, torch.bfloat16, torch.float16]
WIDE = torch.float64


def thirds(dtype):
    return torch.arange(1, 7, dtype=dtype) / 3


class Layer(torch.nn.Module):
    """A buffer, a parameter and a plain tensor, in the default dtype."""

    def __init__(self):
        super().__init__()
        self.register_buffer("rates", thirds(torch.get_default_dtype()))
        self.weight = torch.nn.Parameter(torch.ones(6) / 7)
        self.plain = torch.ones(6) / 9

    def forward(self, x):
        return x * self.rates + self.weight * self.plain


def own_buffer(dtype):
    table = torch.zeros(2, 6, dtype=dtype)
    table[0] = thirds(dtype)
    table[1, ::2].add_(thirds(dtype)[:3]).mul_(3)
    torch.sin(table[0], out=table[0])
    return table


def complex_rotation(dtype):
    turn = torch.polar(torch.ones(3, dtype=dtype), thirds(dtype)[:3])
    return torch.view_as_real(torch.view_as_complex(thirds(dtype).reshape(3, 2)) * turn)


# What code does with a dtype.
PROGRAMS = {
    "dtype=": thirds,
    "to": lambda dtype: thirds(WIDE).to(dtype) / 7,
    "to and back": lambda dtype: (thirds(WIDE).to(dtype) ** 2).to(WIDE) / 3,
    "type": lambda dtype: thirds(WIDE).type(dtype) / 7,
    "new_ones": lambda dtype: thirds(dtype).new_ones(3) / 3,
    "full": lambda dtype: torch.full((3,), 0.1, dtype=dtype) * 3,
    "powers": lambda dtype: 10000 ** (-torch.arange(0, 8, 2, dtype=dtype) / 8),
    "linspace": lambda dtype: torch.linspace(0, 1, 7, dtype=dtype),
    "outer product": lambda dtype: torch.outer(torch.arange(300, dtype=dtype), thirds(dtype)).sin(),
    "einsum": lambda dtype: torch.einsum("i,j->ij", thirds(dtype), thirds(dtype)).cos(),
    "mixed list": lambda dtype: torch.cat((thirds(dtype), thirds(WIDE).to(dtype))),
    "dtype of a sum": lambda dtype: torch.cumsum(thirds(WIDE) / 7, 0, dtype=dtype),
    "own buffer": own_buffer,
    "module": lambda dtype: Layer().to(dtype)(thirds(dtype)),
    "layer norm": lambda dtype: torch.nn.LayerNorm(6).to(dtype)(thirds(dtype)),
    "embedding": lambda dtype: torch.nn.functional.embedding(torch.tensor([1, 1, 0]), thirds(dtype)[:, None]),
    "softmax": lambda dtype: thirds(dtype).softmax(-1),
    "where": lambda dtype: torch.where(thirds(dtype) > 1, thirds(dtype), torch.tensor(0.0, dtype=dtype)),
}
# What code does without naming a dtype, with the same in float64.
PAIRS = {
    "default dtype": (lambda: torch.arange(1, 7) / 3, lambda: thirds(WIDE)),
    "float()": (lambda: thirds(WIDE).float().sin(), lambda: thirds(WIDE).sin()),
    "half()": (lambda: thirds(WIDE).half().float() * 3, lambda: thirds(WIDE) * 3),
    "bfloat16()": (lambda: thirds(WIDE).bfloat16().double() * 3, lambda: thirds(WIDE) * 3),
    "module.half()": (lambda: Layer().half()(thirds(WIDE).half()), lambda: Layer().to(WIDE)(thirds(WIDE))),
    "complex": (lambda: complex_rotation(torch.float32), lambda: complex_rotation(WIDE)),
    "complex64": (
        lambda: torch.view_as_real(thirds(WIDE).to(torch.complex64) * 1j),
        lambda: torch.view_as_real(thirds(WIDE).to(torch.complex128) * 1j),
    ),
}


def in_default_float64(program):
    torch.set_default_dtype(WIDE)
    try:
        return program()
    finally:
        torch.set_default_dtype(torch.float32)


RUNS = {
    f"{name} {dtype}": (lambda p=p, d=dtype: p(d), lambda p=p: p(WIDE))
    for name, p in PROGRAMS.items()
    for dtype in NARROW
}
by_run = pytest.mark.parametrize(("narrow", "wide"), [*RUNS.values(), *PAIRS.values()], ids=[*RUNS, *PAIRS])


@by_run
def test_the_twin_computes_what_the_code_would_in_float64(narrow, wide):
    with torch.no_grad():
        with in_float64():
            found = narrow()
        assert found.dtype == WIDE
        assert torch.equal(found, in_default_float64(wide))


@by_run
def test_twin_without_the_mode_the_same_code_rounds(narrow, wide):
    with torch.no_grad():
        found, expected = narrow(), in_default_float64(wide)
        assert not torch.equal(found.double(), expected)


# -- what comes from outside ------------------------------------------------------------------------------------------


def test_a_narrow_tensor_from_outside_keeps_its_values_and_is_used_in_float64():
    outside = thirds(torch.float32)
    with in_float64():
        product = outside * 3
    assert torch.equal(product, outside.double() * 3)
    assert outside.dtype == torch.float32


@pytest.mark.parametrize(
    "write",
    [
        lambda buffer: buffer.mul_(3),
        lambda buffer: buffer.__setitem__(slice(1, 3), thirds(WIDE)[:2]),
        lambda buffer: buffer[1:3].fill_(0.1),
        lambda buffer: torch.sin(thirds(WIDE), out=buffer),
        lambda buffer: torch._foreach_add_([buffer], 0.1),
        lambda buffer: buffer.copy_(thirds(WIDE)),
    ],
    ids=["in place", "slice", "view", "out=", "list", "copy"],
)
def test_what_is_written_to_a_narrow_tensor_from_outside_is_read_back_in_float64(write):
    """As if the tensor had been wide from the start; outside of the twin it stays as it was."""
    outside, wide = thirds(torch.float32), thirds(torch.float32).double()
    with in_float64():
        write(outside)
        found = outside + 0
    write(wide)
    assert torch.equal(found, wide)
    assert torch.equal(outside, thirds(torch.float32))


def test_a_module_from_outside_is_copied_and_called_in_float64():
    module = Layer()
    module.rates[1] = 0.1
    expected = Layer().double()
    expected.load_state_dict(module.state_dict())
    expected.plain = module.plain.double()
    with torch.no_grad(), in_float64():
        found = copy.deepcopy(module)(thirds(WIDE))
    assert torch.equal(found, expected(thirds(WIDE)))
    assert module.rates.dtype == module.weight.dtype == module.plain.dtype == torch.float32


def test_copies_of_a_copied_module_share_what_the_original_shares():
    module = Layer()
    module.alias = module.rates
    with in_float64():
        copied = copy.deepcopy(module)
    assert copied.alias is copied.rates
    assert copied.rates is not module.rates


def test_numpy_rounds_as_it_did():
    """The twin reaches what torch computes; float32 arrays stay float32 and their rounding stays too."""

    def through_numpy():
        rounded = thirds(WIDE).numpy().astype(np.float32)
        return torch.from_numpy(np.sin(rounded)) * 3

    with in_float64():
        found = through_numpy()
    assert torch.equal(found, torch.from_numpy(np.sin(thirds(WIDE).numpy().astype(np.float32))).double() * 3)
    assert not torch.equal(found, thirds(WIDE).sin() * 3)


def test_tensors_that_torch_hands_to_numpy_are_float64_already():
    with in_float64():
        assert thirds(torch.bfloat16).numpy().dtype == np.float64


@given(st.sampled_from([torch.int64, torch.int32, torch.bool, torch.float64, torch.complex128]))
def test_other_dtypes_stay_what_they_are(dtype):
    with in_float64():
        assert torch.ones(3, dtype=dtype).dtype == dtype


# -- leaving no trace -------------------------------------------------------------------------------------------------


def raising(error):
    with in_float64():
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, NoTwinError("it")], ids=str)
@pytest.mark.parametrize("default", [torch.float32, torch.float64, torch.bfloat16], ids=str)
def test_the_default_dtype_and_the_modes_are_back_after_an_exception(error, default):
    torch.set_default_dtype(default)
    try:
        with pytest.raises(type(error) if isinstance(error, BaseException) else error):
            raising(error)
        assert torch.get_default_dtype() == default
        assert torch.ones(1).dtype == default
        assert torch.ones(1, dtype=torch.float16).dtype == torch.float16
    finally:
        torch.set_default_dtype(torch.float32)


def test_a_default_dtype_that_the_code_sets_does_not_outlive_the_twin():
    with in_float64():
        torch.set_default_dtype(torch.bfloat16)
    assert torch.get_default_dtype() == torch.float32


def test_twins_can_be_nested():
    with in_float64():
        with in_float64():
            assert torch.ones(1, dtype=torch.float16).dtype == WIDE
        assert torch.ones(1, dtype=torch.float16).dtype == WIDE
    assert torch.ones(1).dtype == torch.float32


# -- no twin ----------------------------------------------------------------------------------------------------------


def insists_on_float32(positions):
    angles = positions.float()[:, None] / 3
    if angles.dtype != torch.float32:
        raise TypeError("only float32\nis supported")
    return angles.sin()


def test_code_that_runs_in_its_own_dtype_only_has_no_twin():
    subject = Subject.additive(lambda: insists_on_float32, name="insisting")
    assert Instance(subject, Limits()).table(torch.arange(3)).dtype == torch.float32
    with pytest.raises(NoTwinError) as caught:
        Instance(subject, Limits(), twin=True).table(torch.arange(3))
    message = str(caught.value)
    assert message.startswith("float64 rebuild: got TypeError: only float32 is supported; expected ")
    assert "\n" not in message


def test_a_buffer_that_is_returned_as_it_is_comes_wide():
    subject = Subject.additive(lambda: lambda positions: TABLE, name="buffer")
    assert Instance(subject, Limits()).table(torch.arange(3)).dtype == torch.float32
    assert torch.equal(Instance(subject, Limits(), twin=True).table(torch.arange(3)), TABLE.double())


TABLE = torch.full((3, 2), math.pi)


# -- what it loads ----------------------------------------------------------------------------------------------------

LOADS = """
import sys
import torch
from phase_latency.checking.twin import in_float64
{body}
print(*sorted(name for name in ("torch._dynamo", "sympy") if name in sys.modules))
"""


def loaded_by(body):
    program = [sys.executable, "-c", LOADS.format(body=body)]
    return subprocess.run(program, capture_output=True, text=True, check=True, timeout=120).stdout.split()


def test_the_twin_loads_neither_the_compiler_nor_sympy():
    assert loaded_by("with in_float64():\n    torch.ones(3, dtype=torch.float16).sin()") == []


def test_twin_the_probe_sees_what_is_loaded():
    assert loaded_by("import torch._dynamo") == ["sympy", "torch._dynamo"]
