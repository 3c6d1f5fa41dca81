"""Faults that users of positional encodings have met, each re-created from its description, with what is to be said.

Every row has the fault, its corrected twin and, as data, what a check should say. A few rows are no faults: there both
are right, and what matters is the relation between them. Width 64, base 10000.
"""

from dataclasses import dataclass
from functools import partial

import torch
from encoding_formulas import distance_bias, frequencies, rotation_rows, row_bias, sinusoid_rows, slopes, turned

from phase_latency.adapters.subject import Subject

DIM = 64
RATES = frequencies(10_000, DIM // 2)
YARN = 1.2772588722239782  # 0.1 ln 16 + 1, on cosines and sines
LEARNED = torch.randn(4096, DIM, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

# What an instance may have been asked before: positions and dtype.
EARLIER_CALLS = {
    "as many other positions": (torch.arange(7, 519), torch.float64),
    "in bfloat16": (torch.arange(512), torch.bfloat16),
    "beyond position 4095": (torch.tensor([4096]), torch.float64),
}


@dataclass(frozen=True)
class Relation:
    """How the logits of the fault come from those of its twin, on positions 0..511, fresh instances.

    Attributes:
        name: "equal", "scale", "row-constant", "permuted" (channels), "frequencies" (another valid encoding) or "none".
        scale: what the logits of the twin are multiplied by.
        mask: "causal" if only keys up to the query count.
    """

    name: str
    scale: float = 1.0
    mask: str | None = None


@dataclass(frozen=True)
class Witness:
    """Query at m, keys at n, unit vectors `query` and `key` of a rotary encoding; `change` of the unscaled logits."""

    m: int
    n: tuple[int, ...]
    change: float
    query: int | None = None
    key: int | None = None
    shift: int | None = None


@dataclass(frozen=True)
class Says:
    """What is to be said of a fault.

    Attributes:
        shift: verdict on joint shifts up to `up_to`: "HOLDS", "FAILS" or "VACUOUS".
        strongest: strongest class that holds under joint shifts; None where the description does not settle it.
        shift_change: largest change of a logit under the joint shifts 1, 100 and 3000: 256 positions, q and k normal,
            logits divided by sqrt(64); tables by themselves. For a bias the largest spread of the changes of a row.
        relation: to the corrected twin.
        up_to: the class that `shift` is about.
        dtype: working dtype in which the fault shows.
        clean_in_float64: the dtype is the cause: the same code with float64 for every narrow dtype is free of it.
        collides_at: first position that is encoded like an earlier one.
        constant_on: first and last position between which the encoding is constant.
        witness: the smallest example.
        query_shift_blind: moving queries alone changes nothing either.
        window: what is said of a position depends on which others are in the call.
        history: earlier calls of the same instance that change its answer in float64, of `EARLIER_CALLS`.
    """

    shift: str
    strongest: str | None = None
    shift_change: tuple[float, float, float] = (0.0, 0.0, 0.0)
    relation: Relation = Relation("none")
    up_to: str = "Exact"
    dtype: torch.dtype = torch.float64
    clean_in_float64: bool = False
    collides_at: int | None = None
    constant_on: tuple[int, int] | None = None
    witness: Witness | None = None
    query_shift_blind: bool = False
    window: bool = False
    history: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """A fault, public threads about it or a release that behaves like this, its corrected twin, what is to be said."""

    name: str
    threads: tuple[str, ...]
    faulty: Subject
    corrected: Subject
    says: Says


half_split = partial(rotation_rows, RATES, layout="half-split")
interleaved = partial(rotation_rows, RATES, layout="interleaved")
sinusoid_at = partial(sinusoid_rows, RATES)


def rope(name, rows, layout="half-split", **declared):
    """Rotary encoding from rows of cosines and sines."""
    return Subject.rotary(
        lambda: lambda x, positions: turned(x, rows(positions), layout), name=name, dim=DIM, **declared
    )


def rotary(name, build, **declared):
    """Rotary encoding from what builds it."""
    return Subject.rotary(build, name=name, dim=DIM, **declared)


def table(name, rows, **declared):
    """Additive encoding from rows."""
    return Subject.additive(lambda: lambda p, dtype=torch.float64: rows(p).to(dtype), name=name, **declared)


def alibi(name, formula, **declared):
    """Bias of eight heads from its formula."""
    values = partial(formula, slopes(8))
    return Subject.bias(lambda: lambda q, k, dtype=torch.float64: values(q, k).to(dtype), name=name, **declared)


ROPE = rope("RoPE", half_split, layout="half-split", float_positions=True)
SINUSOID = table("sinusoid", sinusoid_at, float_positions=True)
ALIBI_ROWS = alibi("ALiBi, row form", row_bias, mask="causal", float_positions=True)


# -- narrow dtypes ----------------------------------------------------------------------------------------------------


def far_rows(positions, dtype):
    """Positions counted from 65536, where bfloat16 numbers are 512 apart; cosine and sine in the same dtype."""
    return half_split((65536 + positions).to(dtype).double()).to(dtype)


NARROW = (
    Row(
        "angles in float16",  # frequencies, positions and their product
        ("EleutherAI/gpt-neox#1003", "NVIDIA/Megatron-LM#535", "transformers#25681"),
        rope("RoPE in float16", partial(half_split, angle_dtype=torch.float16)),
        ROPE,
        Says("FAILS", "Nothing", (0.10, 0.10, 2.7), clean_in_float64=True, collides_at=2049),
    ),
    Row(
        "angles in bfloat16",
        ("candle#3520", "transformers#29285"),
        rope("RoPE in bfloat16", partial(half_split, angle_dtype=torch.bfloat16)),
        ROPE,
        Says("FAILS", "Nothing", (0.91, 1.8, 4.8), clean_in_float64=True, collides_at=257),
    ),
    Row(
        "far positions in bfloat16",
        ("diffusers#13920",),
        rope("RoPE from 65536 on in bfloat16", partial(far_rows, dtype=torch.bfloat16)),
        rope("RoPE from 65536 on", partial(far_rows, dtype=torch.float64)),
        Says("VACUOUS", None, (0.0, 5.9, 0.017), clean_in_float64=True, collides_at=1, constant_on=(0, 256)),
    ),
    Row(
        "frequencies rounded to bfloat16",
        ("sglang-jax#1472",),
        rope("RoPE, rounded frequencies", partial(rotation_rows, RATES.bfloat16().double(), layout="half-split")),
        ROPE,
        Says("HOLDS", "Exact", relation=Relation("frequencies")),
    ),
    Row(
        "ALiBi product in bfloat16",  # the order of the keys survives as long as no two of them collide
        ("TensorRT-Model-Connect#667", "Falcon"),
        alibi("Falcon's ALiBi", partial(row_bias, angle_dtype=torch.bfloat16), mask="causal"),
        ALIBI_ROWS,
        Says("FAILS", None, (0.0, 1.0, 8.0), up_to="RowConstant", clean_in_float64=True, collides_at=257),
    ),
)


# -- frequencies, layouts and factors ---------------------------------------------------------------------------------


def next_exponent_rows(positions):
    """The exponent 2j/d for every column j, where the cosine of a channel should have that of its sine."""
    columns = positions.double()[:, None] * 10_000.0 ** (-2 * torch.arange(DIM, dtype=torch.float64) / DIM)
    return torch.stack((columns[:, 0::2].sin(), columns[:, 1::2].cos()), -1).flatten(-2)


YARN_THREADS = ("exllamav3#259", "sglang#22711", "vllm#46280")
WITH_YARN = rope("RoPE, YaRN factor", partial(half_split, factor=YARN), extra_scale=YARN**2)

FORMULAS = (
    Row(
        "interleaved angles, half-split swap",
        ("how-to-train-your-gpt#6",),
        rope("RoPE, layouts mixed", interleaved, "half-split"),
        rope("RoPE, interleaved", interleaved, "interleaved"),
        Says("FAILS", "Nothing", (1.8, 3.8, 4.9), witness=Witness(m=0, n=(0,), change=0.708, query=0, key=0, shift=1)),
    ),
    Row(
        "cosine with the next exponent",
        ("jadore801120/attention-is-all-you-need-pytorch#32", "SamLynnEvans/Transformer#25"),
        table("sinusoid, next exponent", next_exponent_rows),
        SINUSOID,
        Says("FAILS", "Nothing", (0.30, 0.81, 0.91)),
    ),
    Row(
        "sines before cosines",  # no fault
        ("allennlp#2993",),
        table("sinusoid, blocks", partial(sinusoid_at, layout="blocks"), layout="blocks"),
        SINUSOID,
        Says("HOLDS", "Exact", relation=Relation("permuted")),
    ),
    Row(
        "YaRN factor missing",
        YARN_THREADS,
        ROPE,
        WITH_YARN,
        Says("HOLDS", "Exact", relation=Relation("scale", YARN**-2)),
    ),
    Row(
        "YaRN factor doubled",
        YARN_THREADS,
        rope("RoPE, YaRN factor twice", partial(half_split, factor=YARN**2), extra_scale=YARN**4),
        WITH_YARN,
        Says("HOLDS", "Exact", relation=Relation("scale", YARN**2)),
    ),
    Row(
        "ALiBi in row form",  # no fault; the witness is the difference of the two forms without the mask, head 0
        ("llm-foundry#186", "ofirpress/attention_with_linear_biases#9", "vllm#945"),
        ALIBI_ROWS,
        alibi("ALiBi, distances", distance_bias, float_positions=True),
        Says(
            "HOLDS",
            "RowConstant",
            up_to="RowConstant",
            relation=Relation("row-constant", mask="causal"),
            witness=Witness(m=0, n=(0, 1), change=1.0),
        ),
    ),
)


# -- positions lost on the way ----------------------------------------------------------------------------------------


def turned_by_heads(x, positions):
    """Rotations along the axis of the heads of x, (batch, heads, length, dim)."""
    return turned(x.transpose(1, 2), half_split(torch.arange(x.shape[1])), "half-split").transpose(1, 2)


BLIND = Says("VACUOUS", query_shift_blind=True, collides_at=1)
# The table has a row for each position, but of the batch: every position gets that of sample 0.
ALONG_BATCH = table("sinusoid along the batch", lambda p: sinusoid_at(torch.zeros(len(p))))
# ``x + encoding`` is computed and dropped.
DROPPED = table("sinusoid, dropped", lambda p: torch.zeros(len(p), DIM, dtype=torch.float64))

LOST = (
    Row("rotations along the heads", ("open_lm#4",), rotary("RoPE by head", lambda: turned_by_heads), ROPE, BLIND),
    Row("table along the batch", ("numpy-transformer#1",), ALONG_BATCH, SINUSOID, BLIND),
    Row("sum never assigned", ("pytorch-lightning#19138",), DROPPED, SINUSOID, BLIND),
    Row(
        "offset ignored",
        ("rotary-embedding-torch#11", "keras-hub#1544"),
        rope("RoPE by index", lambda p: half_split(torch.arange(len(p)))),
        ROPE,
        Says("VACUOUS", relation=Relation("equal"), query_shift_blind=True, window=True),
    ),
    Row(
        "learned table and left padding",
        ("nnsight#672", "transformers#22161"),
        table("learned", lambda p: LEARNED[p], max_length=4096),
        table("learned, padding not counted", lambda p: LEARNED[p - p.min()], max_length=4096),
        Says("FAILS", "Nothing", (6.7, 7.5, 8.2), relation=Relation("equal")),
    ),
)


# -- what calls leave behind ------------------------------------------------------------------------------------------


def rope_cached_by_length():
    """Keyed by the number of positions only."""
    cache = {}
    return lambda x, p: turned(x, cache.setdefault(len(p), half_split(p).to(x.dtype)), "half-split")


def sinusoid_cached_without_dtype():
    """Keyed by the positions: rows made for one dtype serve them all."""
    cache = {}
    return lambda p, dtype=torch.float64: cache.setdefault(tuple(p.tolist()), sinusoid_at(p).to(dtype))


def rope_cached_by_size():
    """One cache for all layers, keyed by width and dtype; here a layer of base 500 has used it for 4096 positions."""
    cache = {}

    def rotate(x, positions, rates):
        key, needed = (x.shape[-1], x.dtype), int(positions.max()) + 1
        if len(cache.get(key, ())) < needed:
            cache[key] = rotation_rows(rates, torch.arange(needed), layout="half-split").to(x.dtype)
        return turned(x, cache[key][positions], "half-split")

    for dtype in (torch.float64, torch.float32, torch.bfloat16, torch.float16):
        rotate(torch.zeros(1, DIM, dtype=dtype), torch.tensor([4095]), frequencies(500, DIM // 2))
    return partial(rotate, rates=RATES)


def rope_in_activation_dtype():
    """Positions in the dtype of x, counted from an offset; angles that were counted from 0 are kept for all dtypes."""
    kept = [torch.zeros(0, DIM)]

    def rotate(x, positions):
        offset, length = int(positions[0]), len(positions)
        angle = kept[0][offset : offset + length]
        if len(angle) < length:
            counted = torch.arange(length, dtype=x.dtype) + offset
            angle = (counted.float()[:, None] * RATES.float()).repeat(1, 2)
            kept[0] = angle if offset == 0 else kept[0]
        return turned(x, torch.cat((angle.cos(), angle.sin()), -1), "half-split")

    return rotate


CACHES = (
    Row(
        "cache keyed by length",
        (),
        rotary("RoPE cached by length", rope_cached_by_length, stateful=True),
        ROPE,
        Says("HOLDS", "Exact", relation=Relation("equal"), history=("as many other positions", "in bfloat16")),
    ),
    Row(
        "cache without the dtype",
        ("positional-encodings 6.0.3",),
        Subject.additive(sinusoid_cached_without_dtype, name="sinusoid cached without dtype", stateful=True),
        SINUSOID,
        Says("HOLDS", "Exact", relation=Relation("equal"), history=("in bfloat16",)),
    ),
    Row(
        "cache without the base",
        ("equinox",),
        rotary("RoPE cached by size", rope_cached_by_size, stateful=True, max_length=8192),
        ROPE,
        Says("HOLDS", "Exact", relation=Relation("frequencies"), history=("beyond position 4095",)),
    ),
    Row(
        "positions in the dtype of the activations",
        ("rotary-embedding-torch 0.9.1",),
        rotary("RoPE by x.dtype", rope_in_activation_dtype, contiguous=True, stateful=True, angle_dtype="float32"),
        rope("RoPE in float32", partial(half_split, angle_dtype=torch.float32), angle_dtype="float32"),
        Says(
            "FAILS",
            "Nothing",
            (0.023, 1.8, 3.8),
            dtype=torch.bfloat16,
            clean_in_float64=True,
            collides_at=257,
            history=("in bfloat16",),
        ),
    ),
)

ROWS = (*NARROW, *FORMULAS, *LOST, *CACHES)
