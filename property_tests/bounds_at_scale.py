"""Certified bounds tried at scale: are they ever exceeded, are they ever in vain, do they let an error through?

    python property_tests/bounds_at_scale.py --layers 100000 --invariances 20000

Random layers are held against exact references, true invariances against `measure`, and errors of frequencies against
the smallest one that must be seen. A case follows from its number alone. What is done is kept in a file beside the
result, a line for each case, so that the same command takes up a run that was interrupted; delete it if code changes.
"""

import argparse
import json
import math
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import exact
import numpy as np
import torch
from test_layers_bound import exact_logits, exact_outputs
from torch import Tensor

import phase_latency as pl
from phase_latency.attention import Attention
from phase_latency.encodings import Alibi, Compressed, Retimed, Rotary, Scaled, Sinusoidal, Table
from phase_latency.errors import ArgumentError
from phase_latency.figures import Figure
from phase_latency.latency import LatencyMap
from phase_latency.masks import causal_mask, padding_mask
from phase_latency.normalisation import LayerNorm, RMSNorm
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.encodings import bounded_encoding, bounded_rotary
from phase_latency.numerics.layers import bounded_logits, bounded_outputs, bounded_weights
from phase_latency.numerics.roundoff import DTYPES

STORED = Path(__file__).with_suffix(".json")
Case = dict[str, Any]  # what came of one case, as it is written down


# -- layers -----------------------------------------------------------------------------------------------------------

QUANTITIES = ("logits", "weights", "outputs")
WIDTHS = (1, 2, 3, 4, 8, 16, 32)
LENGTHS = (1, 2, 3, 4, 6, 8, 12, 16)


@dataclass(frozen=True, eq=False)
class DrawnLayer:
    """A layer with inputs and mask, and what is special about it."""

    layer: Attention
    inputs: tuple[Tensor, Tensor, Tensor]
    mask: Tensor
    features: list[str]

    def wide(self) -> "DrawnLayer":
        """The same numbers in float64."""
        content, table, positions = self.inputs
        return replace(self, layer=self.layer.to(torch.float64), inputs=(content.double(), table.double(), positions))


def drawn_layer(seed: int) -> DrawnLayer:
    """Draw a layer of any kind, in the dtype whose turn it is."""
    draw, generator = Random(seed), torch.Generator().manual_seed(seed)
    rotary, alibi, combine = draw.random() < 0.3, draw.random() < 0.2, draw.choice(("additive", "concatenated"))
    dtype, heads, length = DTYPES[seed % len(DTYPES)], draw.randint(1, 3), draw.choice(LENGTHS)
    wide = dtype != torch.float64 and draw.random() < 1 / 16  # exact arithmetic would take too long
    content_dim = draw.choice(WIDTHS) * (16 if wide else 1)
    head_dim = 2 * draw.choice((1, 2, 4, 8)) if rotary else draw.choice((1, 2, 3, 4, 8, 16))
    table_dim = content_dim if combine == "additive" else draw.choice(WIDTHS)
    dim = content_dim if combine == "additive" else content_dim + table_dim
    families = [draw.choice(tuple(FAMILIES)) for _ in range(2)]
    norm = drawn_norm(draw, generator, dim)
    layer = Attention(
        *(drawn_weights(draw, generator, heads, dim, width) for width in (head_dim, head_dim, draw.randint(1, 4))),
        b_q=drawn_weights(draw, generator, heads, head_dim) if draw.random() < 0.5 else None,
        b_k=drawn_weights(draw, generator, heads, head_dim) if draw.random() < 0.5 else None,
        norm=norm,
        rotary=drawn_rotary(draw, head_dim) if rotary else None,
        alibi=Alibi(heads) if alibi else None,
        combine=combine,
    )
    content, table = (
        2.0 ** draw.randint(-3, 2) * FAMILIES[family](draw, generator, length, width)
        for family, width in zip(families, (content_dim, table_dim), strict=True)
    )
    positions = drawn_positions(draw, generator, length)
    mask_kind, mask = drawn_mask(draw, generator, length)
    special = [name for name, there in (("wide", wide), ("rotary", rotary), ("ALiBi", alibi)) if there]
    special += [type(norm).__name__] if norm else []
    features = [combine, *special, *(f"inputs: {family}" for family in sorted(set(families))), f"mask: {mask_kind}"]
    return DrawnLayer(layer.to(dtype), (content.to(dtype), table.to(dtype), positions), mask, features)


def normal(generator: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def heavy_tailed(draw: Random, generator: torch.Generator, *shape: int) -> Tensor:
    """Cauchy numbers, cut off where the logits of most layers would leave float16."""
    return (normal(generator, *shape) / normal(generator, *shape)).clamp(-32, 32)


FAMILIES: Mapping[str, Callable[..., Tensor]] = {
    "normal": lambda draw, generator, *shape: normal(generator, *shape),
    "constant": lambda draw, generator, *shape: torch.full(shape, draw.uniform(-2, 2), dtype=torch.float64),
    "heavy tails": heavy_tailed,
    "sinusoids": lambda draw, generator, length, dim: Sinusoidal(2 * dim)(torch.arange(length))[:, :dim],
}


def drawn_weights(draw: Random, generator: torch.Generator, *shape: int) -> Tensor:
    """Weights or biases of every head, small enough that most logits stay within float16."""
    entries = FAMILIES[draw.choice(("normal", "normal", "constant", "heavy tails"))](draw, generator, *shape)
    return 2.0 ** draw.randint(-2, 1) / math.sqrt(shape[-2]) * entries


def drawn_norm(draw: Random, generator: torch.Generator, dim: int) -> LayerNorm | RMSNorm | None:
    kind = draw.choice((None, None, LayerNorm, RMSNorm))
    if kind is None:
        return None
    offset = normal(generator, dim) if kind is LayerNorm and draw.random() < 0.5 else None
    return kind(1 + normal(generator, dim) / 4, offset, draw.choice((1e-5, 1e-3)))


def drawn_rotary(draw: Random, dim: int) -> Rotary:
    layout = draw.choice(("interleaved", "half-split"))
    return Rotary(dim, draw.choice((10000.0, 100.0)), layout, draw.choice((1.0, 1.0, 1.1)))


def drawn_positions(draw: Random, generator: torch.Generator, length: int) -> Tensor:
    """Neighbours, here or far away, or any whole or real numbers."""
    if draw.random() < 0.5:
        return torch.arange(length) + draw.choice((0, 17, 1000, 30000))
    anywhere = torch.rand(length, generator=generator, dtype=torch.float64) * draw.choice((1.0, 100.0, 1e5))
    return anywhere if draw.random() < 0.5 else anywhere.long()


def drawn_mask(draw: Random, generator: torch.Generator, length: int) -> tuple[str, Tensor]:
    kind = draw.choice(("none", "causal", "padding", "random"))
    hidden = torch.rand(length, length, generator=generator) < 0.5
    hidden.fill_diagonal_(False)  # every query has a key
    made = {
        "none": torch.ones(length, length, dtype=torch.bool),
        "causal": causal_mask(length),
        "padding": padding_mask(hidden[0]),
        "random": ~hidden,
    }
    return kind, made[kind]


def try_layer(seed: int) -> Case:
    """Hold what torch computes against the reference; outputs, which take as long as the rest, at every fourth."""
    case = drawn_layer(seed)
    found: Case = {"seed": seed, "dtype": name_of(case.layer.dtype), "features": case.features, "outcome": "tried"}
    try:
        logits = case.layer.logits(*case.inputs)
    except ArgumentError:  # the squares of a normalisation overflow
        return found | {"outcome": "refused"}
    computed = [logits]
    if not bool(logits.isfinite().all()):  # then there are no weights
        found["outcome"] = "overflow"
    else:
        computed.append(case.layer.weights(logits, case.mask))
        if with_outputs(seed):
            computed.append(case.layer.outputs(*case.inputs, case.mask))
    bounds = (twin.error for twin in twins(case))
    references = exactly(case) if case.layer.dtype == torch.float64 else twins(case.wide())
    held = zip(QUANTITIES, computed, bounds, references, strict=False)
    return found | {name: compared(value, bound, reference) for name, value, bound, reference in held}


def with_outputs(seed: int) -> bool:
    return seed // len(DTYPES) % 4 == 0


def twins(case: DrawnLayer) -> Iterator[Bounded]:
    """Logits, weights and outputs with their certified bounds, as far as they are asked for."""
    logits = bounded_logits(case.layer, *case.inputs)
    yield logits
    yield bounded_weights(logits, case.mask)
    yield bounded_outputs(case.layer, *case.inputs, case.mask)


def exactly(case: DrawnLayer) -> Iterator[np.ndarray]:
    """Logits, weights and outputs in exact arithmetic, as far as they are asked for."""
    logits = exact_logits(case.layer, *case.inputs)
    yield logits
    yield exact.softmax(logits, case.mask.numpy())
    yield exact_outputs(case.layer, *case.inputs, case.mask)


def compared(value: Tensor, bound: Tensor, reference: Bounded | np.ndarray) -> Case:
    """Count entries, those without a bound and those certainly beyond it; the largest ratio that is certain."""
    if isinstance(reference, Bounded):  # its own error and the rounding of the subtraction count for the bound
        gap = (value.double() - reference.value).abs() * (1 - 1e-12) - reference.error
        tested = bound.isfinite() & reference.error.isfinite()
    else:
        gap, tested = exact.distance(reference, value), bound.isfinite()
    ratios = torch.where(gap <= 0, 0.0, gap / bound)[tested]
    return {
        "entries": len(ratios),
        "open": int((~tested).sum()),
        "exceeded": int((~(ratios <= 1)).sum()),  # NaN is beyond every bound
        "ratio": float(ratios.max()) if len(ratios) else 0.0,
    }


def name_of(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


# -- true invariances -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Invariance:
    """Two tables whose logits are proportional: G' = scale G."""

    reference: Bounded
    other: Bounded
    layer: Attention | None
    scale: Fraction
    heads: str


def sinusoids_of(draw: Random) -> Sinusoidal:
    return Sinusoidal(2 * draw.choice((1, 2, 4, 8, 16)), draw.choice((10000.0, 100.0)))


def drawn_length(draw: Random) -> int:
    """Short as a rule, since that is quick; one in two hundred is read in more than one block."""
    return draw.choice((1025, 2500) if draw.random() < 1 / 200 else (2, 3, 8, 16, 32, 64))


def whereabouts(draw: Random) -> Tensor:
    return torch.arange(drawn_length(draw)) + draw.choice((0, 0, 17, 1000, 30000))


def amplitude(draw: Random, generator: torch.Generator, dtype: torch.dtype) -> Invariance:
    """`lemma-1`, for a sinusoidal or any other table."""
    encoding, positions = sinusoids_of(draw), whereabouts(draw)
    if draw.random() < 0.5:
        positions = positions - positions[0]
        encoding = Table(2.0 ** draw.randint(-3, 3) * normal(generator, len(positions), draw.choice(WIDTHS[1:])))
    a = draw.choice((1 / len(positions), 1 / 3, 1 / 1000, 1 / 1024, 7.0, -0.3, draw.lognormvariate(0, 2)))
    tables = [bounded_encoding(each, positions, dtype) for each in (encoding, Scaled(encoding, a))]
    name, layer = drawn_heads(draw, generator, encoding(positions))
    return Invariance(*tables, layer, Fraction(1) if "eps = 0" in name else Fraction(a) ** 2, name)


def retiming(draw: Random, generator: torch.Generator, dtype: torch.dtype) -> Invariance:
    """`retiming-invariance`: positions that went through seconds."""
    encoding, positions = sinusoids_of(draw), whereabouts(draw)
    window = LatencyMap(draw.choice((0.1, 1e-3, 7.0)), draw.randint(2, 4096), draw.choice((0.0, 1.7, -0.3)))
    tables = [bounded_encoding(each, positions, dtype) for each in (encoding, Retimed(encoding, window))]
    name, layer = drawn_heads(draw, generator, encoding(positions))
    return Invariance(*tables, layer, Fraction(1), name)


def shifted_sinusoids(draw: Random, generator: torch.Generator, dtype: torch.dtype) -> Invariance:
    """A joint shift, for heads that commute with rotations, themselves rotary or not."""
    encoding, positions = sinusoids_of(draw), whereabouts(draw)
    layer = turning_heads(generator, encoding.dim, draw.randint(1, 3))
    rotary = Rotary(encoding.dim, draw.choice((10000.0, 100.0, 7.0)))
    name, layer = draw.choice((("Gram", None), ("turning", layer), ("rotary", replace(layer, rotary=rotary))))
    shift = draw.choice((1, 17, 1000, 30000))
    tables = [bounded_encoding(encoding, each, dtype) for each in (positions, positions + shift)]
    return Invariance(*tables, layer, Fraction(1), name)


def shifted_rotary(draw: Random, generator: torch.Generator, dtype: torch.dtype) -> Invariance:
    """Random queries and keys of a rotary layer, side by side in one table, turned at positions and at shifted ones."""
    heads, head_dim, positions = draw.randint(1, 3), 2 * draw.choice((1, 2, 4, 8)), whereabouts(draw)
    rotary = drawn_rotary(draw, head_dim)
    vectors = Bounded.exact(normal(generator, 2 * heads, len(positions), head_dim).to(dtype))
    turned = (
        bounded_rotary(rotary, vectors, each) for each in (positions, positions + draw.choice((1, 17, 1000, 30000)))
    )
    tables = [each.transpose(0, 1).flatten(1) for each in turned]
    chosen = torch.eye(2 * heads * head_dim, dtype=torch.float64).reshape(-1, 2 * heads, head_dim).transpose(0, 1)
    return Invariance(*tables, Attention(chosen[::2], chosen[1::2], chosen[::2]), Fraction(1), "rotary")


def exchanged_channels(draw: Random, generator: torch.Generator, dtype: torch.dtype) -> Invariance:
    """Columns in another order and with other signs: inner products stay as they are, but the tables are far apart."""
    table = normal(generator, drawn_length(draw), draw.choice(WIDTHS)).to(dtype)
    order = torch.randperm(table.shape[1], generator=generator)
    signs = 1 - 2 * torch.randint(2, (len(order),), generator=generator)
    return Invariance(Bounded.exact(table), Bounded.exact(table[:, order] * signs), None, Fraction(1), "Gram")


INVARIANCES = (amplitude, amplitude, retiming, shifted_sinusoids, shifted_rotary, exchanged_channels)


def turning_heads(generator: torch.Generator, dim: int, heads: int) -> Attention:
    """Heads whose queries and keys turn and stretch each channel (sin, cos)."""

    def turning() -> Tensor:
        a, b = normal(generator, 2, heads, dim // 2)
        blocks = torch.stack([a, b, -b, a], -1).unflatten(-1, (2, 2))
        return torch.stack([torch.block_diag(*head) for head in blocks])

    return Attention(*(turning() for _ in range(3)))


def drawn_heads(draw: Random, generator: torch.Generator, table: Tensor) -> tuple[str, Attention | None]:
    """Heads of every kind for a table; only amplitudes need eps = 0 in a normalisation."""
    dim, heads, rank = table.shape[1], draw.randint(1, 3), 2 * draw.randint(1, 4)
    layer = Attention(*(normal(generator, heads, dim, rank) for _ in range(3)))
    biases = {name: normal(generator, heads, rank) for name in ("b_q", "b_k")}
    wider = Attention(*(normal(generator, heads, dim + 3, rank) for _ in range(3)), combine="concatenated")
    kind = draw.choice((LayerNorm, RMSNorm)) if dim > 2 else RMSNorm
    directions = torch.linalg.svd(table, full_matrices=len(table) < dim)[2]
    small = directions[-1:].mT.expand(heads, -1, -1)  # where the table hardly extends
    return draw.choice(
        (
            ("Gram", None),
            ("plain", layer),
            ("tied", replace(layer, w_k=layer.w_q)),
            ("rank one", replace(layer, w_q=layer.w_q[..., :1], w_k=layer.w_k[..., :1])),
            ("ill-conditioned", Attention(small, small, small)),
            ("biased", replace(layer, **biases)),
            ("rotary", replace(layer, rotary=drawn_rotary(draw, rank))),
            ("ALiBi", replace(layer, alibi=Alibi(heads))),
            ("concatenated", wider),
            ("normalised, eps = 0", replace(layer, norm=kind(1 + normal(generator, dim) / 4, None, 0.0))),
        )
    )


def try_invariance(seed: int) -> Case:
    """Measure a true invariance."""
    draw, generator, dtype = Random(seed), torch.Generator().manual_seed(seed), DTYPES[seed % len(DTYPES)]
    kind = draw.choice(INVARIANCES)
    case = kind(draw, generator, dtype)
    found: Case = {"seed": seed, "dtype": name_of(dtype), "kind": kind.__name__.replace("_", " "), "heads": case.heads}
    # Amplitudes are also tried as most people would, without errors: then the table as stored is what is scaled.
    errors = kind is not amplitude or draw.random() < 0.5
    try:
        return found | measured(case, errors)
    except ArgumentError as refusal:  # heads that leave nothing of a table
        return found | {"verdict": "REFUSED", "reason": str(refusal), "ratio": 0.0, "off": []}


def measured(case: Invariance, errors: bool) -> Case:
    """The verdict, deviation over bound at the worst entry, and the figures that are certainly wrong."""
    passed = {"error_P": case.reference.error, "error_Q": case.other.error} if errors else {}
    result = pl.measure(case.reference.value, case.other.value, case.layer, **passed)
    worst, scale, residual = result.worst.deviation, result.scale, result.residual
    wrong = {
        "scale": math.isfinite(scale.bound) and abs(Fraction(scale.value) - case.scale) > Fraction(scale.bound),
        "residual": residual.value > residual.bound,
    }
    return {
        "length": len(case.reference.value),
        "verdict": result.verdict,
        "reason": result.reason,
        "ratio": ratio(worst),
        "off": [name for name, is_wrong in wrong.items() if is_wrong],
    }


def ratio(figure: Figure) -> float:
    if figure.value == 0:
        return 0.0
    return figure.value / figure.bound if figure.bound else math.inf


# -- errors of frequencies --------------------------------------------------------------------------------------------

DIM = 64
FREQUENCY_CASES = tuple(product(DTYPES, (64, 256, 1024, 4096), ("Gram", "two heads")))
LARGER = (2.0, 2.5, 3.0, 4.0, 8.0)  # in units of the smallest error that must be seen: all of these have to be


@dataclass(frozen=True, eq=False)
class FrequencyError:
    """A sinusoidal table against one whose frequencies are all too high by a factor 1 + error."""

    dtype: torch.dtype
    length: int
    layer: Attention | None

    def tables(self, error: float) -> list[Bounded]:
        """Both tables, with errors of entries that a deviation may be due to."""
        positions, encoding = torch.arange(self.length), Sinusoidal(DIM)
        both = [bounded_encoding(each, positions, self.dtype) for each in (encoding, Compressed(encoding, 1 + error))]
        return both if self.dtype == torch.float64 else [Bounded.stored(each.value) for each in both]

    def is_seen(self, error: float) -> bool:
        """Whether a measurement calls it a violation."""
        first, second = self.tables(error)
        result = pl.measure(first.value, second.value, self.layer, error_P=first.error, error_Q=second.error)
        return result.verdict == "VIOLATION"

    def is_beyond(self, error: float) -> bool:
        """Whether, without any rounding, some logit deviates by more than the errors of the tables can make it.

        They move the logit itself and, through all logits, the fitted scale; the latter counts times the logit.
        """
        logits, deviation, pairs = self.exactly(error)
        least, total = self.explained(error)
        fitted = (total * logits.abs()).sum() / (pairs * logits.square()).sum()
        return bool((deviation > least + fitted * logits.abs()).any())

    def exactly(self, error: float) -> tuple[Tensor, Tensor, Tensor]:
        """G and ``|G' - c G|`` by the distance of the positions, (heads, lags), and how many pairs are so far apart.

        The change of a row is written as a product, so that even the smallest deviation is right to many digits.
        """
        w_q, w_k, scale = self.projections
        lags = torch.arange(1 - self.length, self.length, dtype=torch.float64)
        phases = lags[:, None] * Sinusoidal(DIM).frequencies()
        middle, half = (1 + error / 2) * phases, error * phases / 2
        moved = 2 * half.sin()[..., None] * torch.stack([middle.cos(), -middle.sin()], -1)
        query = Sinusoidal(DIM)(torch.arange(1)) @ w_q  # at position 0, where no frequency matters
        logits, change = ((query @ (rows @ w_k).mT * scale)[:, 0] for rows in (Sinusoidal(DIM)(lags), moved.flatten(1)))
        pairs = self.length - lags.abs()
        fitted = (pairs * logits * change).sum() / (pairs * logits.square()).sum()
        return logits, (change - fitted * logits).abs(), pairs

    def explained(self, error: float) -> tuple[Tensor, Tensor]:
        """Errors of both tables carried to the logits: the least of each lag and their sum, (heads, lags) each."""
        w_q, w_k, scale = self.projections
        left, right = [], []
        for table in self.tables(error):
            rows, wrong = table.value.double(), table.error
            left += [(rows @ w_q).abs(), wrong @ w_q.abs()]
            right += [wrong @ w_k.abs(), (rows @ w_k).abs() + wrong @ w_k.abs()]
        lags = range(1 - self.length, self.length)
        least, total = [], []
        for query, key in zip(torch.cat(left, 2), torch.cat(right, 2), strict=True):
            carried = abs(scale) * query @ key.mT
            diagonals = [carried.diagonal(lag) for lag in lags]
            least.append(torch.stack([each.amin() for each in diagonals]))
            total.append(torch.stack([each.sum() for each in diagonals]))
        return torch.stack(least), torch.stack(total)

    @property
    def projections(self) -> tuple[Tensor, Tensor, float]:
        if self.layer is None:
            return (torch.eye(DIM, dtype=torch.float64)[None],) * 2 + (1.0,)
        return self.layer.w_q, self.layer.w_k, self.layer.logit_scale


def smallest(holds: Callable[[float], bool], guess: float) -> float:
    """The number up to 1 from which on something holds, to one percent."""
    low = high = guess
    while low > 1e-30 and holds(low):
        low /= 2
    while high < 1 and not holds(high):
        high *= 2
    while high > 1.01 * low:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def try_frequency(number: int) -> Case:
    """Find the smallest error that is seen, and the smallest that must be seen."""
    dtype, length, heads = FREQUENCY_CASES[number]
    layer = None if heads == "Gram" else turning_heads(torch.Generator().manual_seed(0), DIM, 2)
    case = FrequencyError(dtype, length, layer)
    predicted = smallest(case.is_beyond, torch.finfo(dtype).eps)
    seen = (1 + smallest(case.is_seen, predicted)) - 1  # as the factor holds it
    return {
        "seed": number,
        "dtype": name_of(dtype),
        "length": length,
        "heads": heads,
        "predicted": predicted,
        "seen": seen,
        "ratio": seen / predicted,
        "missed": [each for each in LARGER if not case.is_seen(each * predicted)],
    }


# -- the run ----------------------------------------------------------------------------------------------------------

PARTS: Mapping[str, Callable[[int], Case]] = {
    "layers": try_layer,
    "invariances": try_invariance,
    "frequencies": try_frequency,
}


def versions() -> dict[str, str]:
    """What figures depend on, apart from the numbers of the cases."""
    processor = torch.backends.cpu.get_cpu_capability()
    return {"phase-latency": pl.__version__, "torch": torch.__version__, "processor": processor}


def run(wanted: Mapping[str, Iterable[int]], processes: int, journal: Path) -> dict[str, list[Case]]:
    """Try cases by their numbers, in parallel, except those that an earlier run wrote into the journal."""
    found = taken_up(journal)
    with ProcessPoolExecutor(processes, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        for part, numbers in wanted.items():
            done = found.setdefault(part, {})
            left = [number for number in numbers if number not in done]
            size = max(1, min(50, len(left) // (4 * processes)))
            with journal.open("a", encoding="utf-8") as lines:
                for case in pool.map(PARTS[part], left, chunksize=size):
                    lines.write(json.dumps([part, case]) + "\n")
                    done[case["seed"]] = case
                    if len(done) % 1000 == 0 or part == "frequencies":
                        lines.flush()
                        print(f"{part}: {len(done)}", flush=True)
    return {part: [found[part][number] for number in numbers] for part, numbers in wanted.items()}


def taken_up(journal: Path) -> dict[str, dict[int, Case]]:
    """Read the cases of an interrupted run, or begin a journal."""
    if not journal.exists():
        journal.write_text(json.dumps(versions()) + "\n", encoding="utf-8")
    begun, *lines = journal.read_text(encoding="utf-8").splitlines()
    if json.loads(begun) != versions():
        raise SystemExit(f"{journal} was begun with other versions, {begun}: delete it")
    found: dict[str, dict[int, Case]] = {}
    for line in lines:
        try:
            part, case = json.loads(line)
        except json.JSONDecodeError:  # the line that was being written
            continue
        found.setdefault(part, {})[case["seed"]] = case
    return found


# -- what is stored ---------------------------------------------------------------------------------------------------


def record(found: Mapping[str, list[Case]]) -> dict[str, Any]:
    """Counts and largest ratios by dtype, and every case that did not go as it should."""
    names = [name_of(dtype) for dtype in DTYPES]
    by_dtype = {
        part: {name: [case for case in found[part] if case["dtype"] == name] for name in names}
        for part in ("layers", "invariances")
    }
    stored = {
        "versions": versions(),
        "features": counted(feature for case in found["layers"] for feature in case["features"]),
        "layers": {name: layers_record(cases) for name, cases in by_dtype["layers"].items()},
        "invariances": {name: invariances_record(cases) for name, cases in by_dtype["invariances"].items()},
        "frequencies": found["frequencies"],
    }
    return {"summary": summary(stored), **stored}


def layers_record(cases: list[Case]) -> Case:
    return {
        "layers": len(cases),
        "outcomes": counted(case["outcome"] for case in cases),
        **{name: quantity_record(name, [case for case in cases if name in case]) for name in QUANTITIES},
    }


def quantity_record(name: str, cases: list[Case]) -> Case:
    """Of logits, weights or outputs; the median of the layers says more about a usual bound than the largest ratio."""
    largest = max(cases, key=lambda case: case[name]["ratio"], default=None)
    return {
        "layers": len(cases),
        **{count: sum(case[name][count] for case in cases) for count in ("entries", "open", "exceeded")},
        "exceeded by": [case["seed"] for case in cases if case[name]["exceeded"]],
        "largest ratio": largest and largest[name]["ratio"],
        "largest at": largest and {"seed": largest["seed"], "features": largest["features"]},
        "median ratio": median(case[name]["ratio"] for case in cases) if cases else None,
    }


def invariances_record(cases: list[Case]) -> Case:
    kinds = sorted({case["kind"] for case in cases})
    tried = [case for case in cases if case["verdict"] != "REFUSED"]
    return {
        "tried": len(cases),
        "long": sum(case["length"] > 1000 for case in tried),
        "verdicts": counted(case["verdict"] for case in cases),
        "by kind": {kind: counted(case["verdict"] for case in cases if case["kind"] == kind) for kind in kinds},
        "by heads": {
            heads: counted(case["verdict"] for case in cases if case["heads"] == heads)
            for heads in sorted({case["heads"] for case in cases})
        },
        "largest ratio": max((case["ratio"] for case in tried), default=None),
        "exceptions": [case for case in cases if case["verdict"] == "VIOLATION" or case["off"]],
    }


def counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def summary(stored: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows for a table, one for each dtype."""
    rows = []
    for name, layers in stored["layers"].items():
        verdicts = stored["invariances"][name]["verdicts"]
        frequencies = [case for case in stored["frequencies"] if case["dtype"] == name]
        row = {
            "dtype": name,
            "layers": layers["logits"]["layers"],
            "exceeded": sum(len(layers[quantity]["exceeded by"]) for quantity in QUANTITIES),
            **{f"largest ratio, {quantity}": layers[quantity]["largest ratio"] for quantity in QUANTITIES},
            "invariances": stored["invariances"][name]["tried"],
            "undecided": verdicts.get("UNDECIDED", 0),
            "false alarms": verdicts.get("VIOLATION", 0),
            "errors of frequencies": len(frequencies),
            "missed": sum(len(case["missed"]) for case in frequencies),
            "largest detection ratio": max((case["ratio"] for case in frequencies), default=None),
        }
        rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, default=100_000)
    parser.add_argument("--invariances", type=int, default=20_000)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=STORED)
    options = parser.parse_args()
    wanted = {
        "layers": range(options.layers),
        "invariances": range(options.invariances),
        "frequencies": range(len(FREQUENCY_CASES)),
    }
    journal = options.out.with_suffix(".partial")
    found = run(wanted, options.processes, journal)
    stored = record(found)
    options.out.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    journal.unlink()
    for row in summary(stored):
        print(row)
    print(f"{sum(os.times()[:4]):.0f} s of processor time")


if __name__ == "__main__":
    main()
