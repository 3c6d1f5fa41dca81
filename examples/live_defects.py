"""Defects of current releases of other libraries, found by what their encodings return.

Each is measured on the release that is installed: the table says whether it is still there. Needs
``pip install 'phase-latency[libraries]'``, and ``phase-latency[torchtune]`` for the last row.
"""

import logging
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version

import torch
from torch import Tensor

from phase_latency.adapters.adapting import adapt
from phase_latency.adapters.libraries import library_subject
from phase_latency.adapters.packages import distribution_of, library_module
from phase_latency.adapters.subject import Call
from phase_latency.errors import MissingToolError

DIM = 64


@dataclass(frozen=True)
class Defect:
    """One defect, as it was found on the installed release.

    `found` and `expected` are what the table shows; `state` is "present", "gone", or "MISSING" without the library.
    """

    library: str
    version: str
    says: str
    found: str
    expected: str
    state: str


Measured = tuple[str, str, bool]  # what was found, what would be right, and whether the defect is there


def vectors(length: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    """Queries and keys, (1, 1, length, DIM), always the same."""
    drawn = torch.randn(2, 1, 1, length, DIM, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return drawn[0].to(dtype), drawn[1].to(dtype)


def logits(turn: Call, queries: Tensor, keys: Tensor, positions: Tensor) -> Tensor:
    """Scaled logits of turned queries and keys, added up in float64."""
    turned, others = turn(queries, keys, positions)
    return turned.double() @ others.double().mT * DIM**-0.5


def largest(x: Tensor) -> float:
    """The largest absolute value."""
    return float(x.abs().max())


# -- the defects ----------------------------------------------------------------------------------------------------


def rounded_positions(name: str = "rotary-embedding-torch:offset") -> Measured:
    """Positions are counted in the dtype of the queries, and bfloat16 has no odd number above 256."""
    turn = library_subject(name, dim=DIM).build()
    ones = torch.ones(1, 1, 1024, DIM, dtype=torch.bfloat16)
    turned, _ = turn(ones, ones, torch.arange(1024))
    distinct = len(turned[0, 0].unique(dim=0))
    return f"{distinct} distinct", "1024 distinct", distinct < 1024


def cache_across_dtypes(name: str = "rotary-embedding-torch:offset") -> Measured:
    """Angles of a call in bfloat16 are kept, and used by later calls in float32."""
    subject = library_subject(name, dim=DIM)
    positions, (queries, keys) = torch.arange(1024), vectors(1024)
    used = subject.build()
    used(queries.bfloat16(), keys.bfloat16(), positions)
    before = logits(subject.build(), queries, keys, positions)
    change = largest(logits(used, queries, keys, positions) - before)
    return f"logits move by {change:.2f}", "0", change > 0


def dynamic_after_a_longer_call(rope_type: str = "dynamic") -> Measured:
    """Frequencies stretched for a longer call stay so at exactly the trained length, where the reset asks for less."""
    module = library_module("transformers.models.llama.modeling_llama").LlamaRotaryEmbedding
    rope = {"rope_type": rope_type, "rope_theta": 10000.0, "factor": 4.0}
    config = library_module("transformers").LlamaConfig(
        hidden_size=DIM, num_attention_heads=1, max_position_embeddings=128, rope_parameters=rope
    )
    turn = adapt(module(config)).build()
    positions, (queries, keys) = torch.arange(128), vectors(128)
    before = logits(turn, queries, keys, positions)
    turn(*vectors(1024), torch.arange(1024))
    change = largest(logits(turn, queries, keys, positions) - before)
    return f"logits move by {change:.2f}", "0", change > 0


def falcon_rows(name: str = "transformers:falcon-alibi") -> Measured:
    """Bloom and Falcon should add the same to a row, up to a constant; Falcon multiplies in bfloat16."""
    subjects = [library_subject(each, heads=8) for each in ("transformers:bloom-alibi", name)]
    positions = torch.arange(2048)
    rows = [each.build()(positions[-1:], positions, torch.float32).double() for each in subjects]
    difference = rows[1] - rows[0]
    spread = largest(difference.amax(-1) - difference.amin(-1))
    return f"rows differ by {spread:.1f}", "a constant", spread > 0


def angles_in_float32(name: str = "transformers:default") -> Measured:
    """Queries in float64 are turned by angles in float32, which a shift of all positions brings to light."""
    turn = library_subject(name, dim=DIM).build()
    shift, positions, (queries, keys) = 100_000, torch.arange(256), vectors(256, torch.float64)
    change = largest(logits(turn, queries, keys, positions + shift) - logits(turn, queries, keys, positions))
    # In float64 an angle, at most shift + 256, is off by a rounding of its size, and its cosine and sine by that and by
    # two of their own. Either side turns a query and a key, so a logit moves by so much of the lengths of both.
    lengths = largest(queries.norm(dim=-1)) * largest(keys.norm(dim=-1)) * DIM**-0.5
    allowed = 4 * lengths * (2 * (shift + 256) + 8) * 2.0**-53
    return f"logits move by {change:.1e}", f"< {allowed:.0e}", change > allowed


def cached_dtype(name: str = "positional-encodings:1d") -> Measured:
    """A table asked for in float64 comes back in the dtype of an earlier call."""
    encode = library_subject(name, dim=DIM).build()
    encode(torch.arange(16), torch.float16)
    dtype = encode(torch.arange(16), torch.float64).dtype
    return str(dtype).removeprefix("torch."), "float64", dtype != torch.float64


def past_the_end() -> Measured:
    """Beyond max_seq_len the table is said to be computed anew; the call raises instead."""
    module = library_module("torchtune.modules").RotaryPositionalEmbeddings(DIM, max_seq_len=16)
    try:
        module(torch.ones(1, 17, 1, DIM))
    except RuntimeError as error:
        return type(error).__name__, "17 rows", True
    return "17 rows", "17 rows", False


DEFECTS: dict[str, tuple[str, str, Callable[[], Measured]]] = {
    "rounded-positions": ("rotary_embedding_torch", "positions 0..1023 in bfloat16", rounded_positions),
    "cache-across-dtypes": ("rotary_embedding_torch", "float32 after a call in bfloat16", cache_across_dtypes),
    "dynamic-reset": ("transformers", "dynamic RoPE at length 128 after 1024", dynamic_after_a_longer_call),
    "falcon-alibi": ("transformers", "ALiBi of Falcon and Bloom, 2048 keys", falcon_rows),
    "angle-dtype": ("transformers", "RoPE in float64, shifted by 100000", angles_in_float32),
    "cached-dtype": ("positional_encodings", "float64 after a call in float16", cached_dtype),
    "past-the-end": ("torchtune", "RoPE at length max_seq_len + 1", past_the_end),
}


def defect(name: str) -> Defect:
    """Measure one defect on the installed release."""
    package, says, measure = DEFECTS[name]
    library = distribution_of(package)
    # torchao, which torchtune needs, warns of names of its own, and logs that it does without its extensions.
    logging.getLogger("torchao").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Importing .*torchao.dtypes", DeprecationWarning)
            found, expected, present = measure()
    except MissingToolError as error:
        return Defect(library, "-", says, error.install_command, "-", "MISSING")
    return Defect(library, version(library), says, found, expected, "present" if present else "gone")


def defects() -> list[Defect]:
    """Measure all defects."""
    return [defect(name) for name in DEFECTS]


def lines(found: list[Defect]) -> Iterator[str]:
    """The table."""
    for each in found:
        what = f"{each.says}: {each.found}, right: {each.expected}" if each.state != "MISSING" else each.found
        yield f"{each.state:8} {each.library} {each.version}: {what}"


if __name__ == "__main__":
    print("\n".join(lines(defects())))
