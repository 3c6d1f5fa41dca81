"""Jobs for tools that compare the logits of two encodings, and the tools: ours, and those that form all logits.

Two jobs at d = 128 in float64. *scale*: a sinusoidal table P against P/L, whose logits agree up to one factor. *shift*:
rotary queries and keys, turned by their positions and by positions farther on, whose logits agree. A fault can be put
into each: one channel of the second tables, larger by a factor.
"""

import importlib.util
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor

import phase_latency as pl
from phase_latency.masks import Mask
from phase_latency.streaming.difference import DifferencePair
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.fits import Relation
from phase_latency.streaming.fitting import fit
from phase_latency.streaming.logit_change import LogitChange
from phase_latency.streaming.sources import BLOCK, EncodingSource, TableSource, TensorSource
from phase_latency.streaming.toeplitz import toeplitz
from phase_latency.streaming.weights import weights_changes
from phase_latency.streaming.worst import worst_entry

DIM, SHIFT = 128, 1000
FAULT = 1 + 2.0**-40
LONGEST_DENSE = 2**14  # logits of 2 GB, of which a tool that forms them needs two to five at a time
ENTRIES = 2**28  # logits that are looked at one by one: all of them up to 16k positions


# -- the jobs ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Job:
    """Two pairs of tables whose logits are related.

    Attributes:
        relation: of the logits.
        factor: the scale between them, which tools that fit none have to be told.
        queries: (length, 128) float64, before and after.
        keys: the same for the keys; the same object if they are the same tables.
    """

    relation: Relation
    factor: float
    queries: tuple[Tensor, Tensor]
    keys: tuple[Tensor, Tensor]

    @property
    def length(self) -> int:
        """Number of positions."""
        return len(self.queries[0])

    def faulty(self) -> "Job":
        """The same with the fault put in, in place."""
        self.keys[1][:, :2] *= FAULT
        return self

    def logits(self) -> Iterator[Tensor]:
        """All logits before, and all logits after."""
        return (queries @ keys.T for queries, keys in zip(self.queries, self.keys, strict=True))


def scale_job(length: int) -> Job:
    """A sinusoidal table, and the same divided by the length."""
    table = torch.empty(length, DIM, dtype=torch.float64)
    for number, rows in enumerate(EncodingSource(pl.Sinusoidal(DIM), length).stored(BLOCK, 0, length)):
        table[BLOCK * number : BLOCK * (number + 1)] = rows
    tables = table, table / length
    return Job("Scale", 1 / length**2, tables, tables)


def shift_job(length: int) -> Job:
    """Random queries and keys, turned by their positions and by shifted positions.

    Frequencies have 24 bits, so that angles are exact: those of float64 would be off by 1e-10 at a million positions.
    """
    generator = torch.Generator().manual_seed(0)
    rates = pl.Rotary(DIM).frequencies().float().double()
    tables = [torch.empty(length, DIM, dtype=torch.float64) for _ in range(4)]
    for start in range(0, length, BLOCK):
        rows = slice(start, min(start + BLOCK, length))
        positions = torch.arange(rows.start, rows.stop, dtype=torch.float64)
        for content in range(2):
            drawn = torch.randn(len(positions), DIM, generator=generator, dtype=torch.float64)
            for after in range(2):
                tables[2 * content + after][rows] = _turned(drawn, (positions + after * SHIFT)[:, None] * rates)
    return Job("Exact", 1.0, (tables[0], tables[1]), (tables[2], tables[3]))


def _turned(content: Tensor, angles: Tensor) -> Tensor:
    first, second, cosine, sine = content[:, ::2], content[:, 1::2], angles.cos(), angles.sin()
    return torch.stack([first * cosine - second * sine, first * sine + second * cosine], -1).flatten(1)


JOBS = {"scale": scale_job, "shift": shift_job}
JOB_NAMES = {"scale": "PE against PE/L", "shift": "RoPE, positions shifted"}


# -- the tools --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """What a tool says of a job.

    Attributes:
        value: what is left over; None if the tool does not say.
        bound: certified error of it; None if there is none.
        seen: whether the tool says that the relation does not hold; None if that is left to the reader.
    """

    value: float | None
    bound: float | None
    seen: bool | None

    def to_dict(self) -> dict[str, Any]:
        """Return the attributes; JSON has no inf."""
        return asdict(self) | {"bound": None if self.bound == math.inf else self.bound}


def pair_of(job: Job) -> FactoredPair:
    """The tables of a job as the measuring room takes them."""
    queries = _tables(TensorSource(job.queries[0], "P"), TensorSource(job.queries[1], "Q"))
    if job.keys is job.queries:
        return queries
    keys = _tables(TensorSource(job.keys[0], "P"), TensorSource(job.keys[1], "Q"))
    return FactoredPair(queries.query_tables, keys.query_tables)


def _tables(before: TableSource, after: TableSource) -> FactoredPair:
    tables = DifferencePair.of(before, after)
    return FactoredPair(tables, tables)


def _fitted(method: Any) -> Callable[[Job], Said]:
    return lambda job: _said(job, pair_of(job), method)


def _said(job: Job, pair: FactoredPair, method: Any) -> Said:
    left = fit(pair, method=method).residuals[job.relation]
    return Said(left.value, left.bound, left.value > left.bound)


def generated(job: Job) -> Said:
    """The tables of the job `scale`, evaluated when they are read."""
    encoding = pl.Sinusoidal(DIM)
    before, after = (EncodingSource(each, job.length) for each in (encoding, pl.Scaled(encoding, 1 / job.length)))
    return _said(job, _tables(before, after), None)


def toeplitz_kernel(job: Job) -> Said:
    """The kernels of both tables."""
    found = toeplitz(pair_of(job), Mask())
    assert found is not None
    return Said(found.residual.value, found.residual.bound, found.residual.value > found.residual.bound)


def worst(job: Job) -> Said:
    """The entry that deviates most from the factor that the job names."""
    pair = pair_of(job)
    alpha = float(pair.table_scale - Fraction(job.factor))
    found = worst_entry(pair, alpha, 0.0, Mask(), max(ENTRIES, job.length)).entry.deviation
    return Said(found.value, found.bound, found.value > found.bound)


def weights(job: Job) -> Said:
    """The attention weights, of all rows or of a sample of them."""
    pair = pair_of(job)
    weights_changes(pair, [LogitChange.plain(pair)], budget=max(ENTRIES, job.length))
    return Said(None, None, None)


def measured(job: Job) -> Said:
    """Everything that the measuring room has to say."""
    found = pl.measure(*job.queries, keys=None if job.keys is job.queries else job.keys)
    return Said(found.residual.value, found.residual.bound, found.verdict == "VIOLATION")


def dense(job: Job) -> Said:
    """All logits, as few of them at a time as can be: a scale, what it leaves over, and the largest deviation."""
    before, after = job.logits()
    factor = 1.0
    if job.relation == "Scale":
        factor = float(torch.dot(before.ravel(), after.ravel()) / torch.linalg.vector_norm(before) ** 2)
    size = torch.linalg.vector_norm(after)
    left = after.sub_(before, alpha=factor)
    assert bool(torch.linalg.vector_norm(left, torch.inf).isfinite())
    return Said(float(torch.linalg.vector_norm(left) / size), None, None)


def assert_close(job: Job) -> Said:
    """All logits, brought to one scale, and the default tolerances."""
    before, after = job.logits()
    try:
        torch.testing.assert_close(after.div_(job.factor), before)
    except AssertionError:
        return Said(None, None, True)
    return Said(None, None, False)


def equivariance_error(job: Job) -> Said:
    """All logits as a function that e3nn transforms the argument of.

    Its group is that of rotations, reflections and translations of space. The argument is a pseudoscalar, which only a
    reflection changes, to its negative: it says which of the two tables is meant.
    """
    from e3nn.util.test import FLOAT_TOLERANCE
    from e3nn.util.test import equivariance_error as errors_of

    def logits(sign: Tensor) -> Tensor:
        after = bool(sign < 0)
        products = job.queries[after] @ job.keys[after].T
        return products.div_(job.factor) if after else products

    argument = [torch.ones(1, 1, dtype=torch.float64)]
    errors = errors_of(logits, argument, irreps_in=["1x0o"], irreps_out=[None], do_translation=False)
    error = max(float(each.max()) for each in errors.values())
    return Said(error, None, error > float(FLOAT_TOLERANCE[torch.float64]))


@dataclass(frozen=True)
class Tool:
    """A way to do a job.

    Attributes:
        title: in tables.
        run: does it.
        operations: floating-point operations at a length, by job; None if they are not counted.
        jobs: those that it can do.
        forms_logits: whether it forms all logits.
    """

    title: str
    run: Callable[[Job], Said]
    operations: Callable[[Job], float] | None = None
    jobs: tuple[str, ...] = tuple(JOBS)
    forms_logits: bool = False


def _sides(job: Job) -> int:
    return 1 if job.keys is job.queries else 2


_COLUMNS = 2 * DIM + 1  # ones, reference and difference

TOOLS = {
    "measure": Tool("ours, everything", measured),
    "automatic": Tool("ours, scale and residual", _fitted(None)),
    "gram": Tool("... by Gram matrices", _fitted("gram"), lambda job: _sides(job) * job.length * _COLUMNS**2),
    "triangular": Tool(
        "... by triangles", _fitted("triangular"), lambda job: 2.0 * _sides(job) * job.length * _COLUMNS**2
    ),
    "exact": Tool("... by exact sums", _fitted("exact"), lambda job: _sides(job) * job.length * (6.0 * DIM + 1) ** 2),
    "generated": Tool("... of generated tables", generated, jobs=("scale",)),
    "toeplitz": Tool("... by Toeplitz kernels", toeplitz_kernel, jobs=("scale",)),
    "worst": Tool("ours, worst entry", worst),
    "weights": Tool("ours, attention weights", weights),
    "dense": Tool("dense torch", dense, lambda job: 4.0 * job.length**2 * DIM, forms_logits=True),
    "assert_close": Tool("torch.testing.assert_close", assert_close, forms_logits=True),
    "e3nn": Tool("e3nn equivariance_error", equivariance_error, forms_logits=True),
}


def tools_for(job: str, length: int) -> list[str]:
    """Names of the tools that can do a job at a length and are installed."""
    return [
        name
        for name, tool in TOOLS.items()
        if job in tool.jobs
        and (length <= LONGEST_DENSE or not tool.forms_logits)
        and (name != "e3nn" or importlib.util.find_spec("e3nn"))
    ]
