"""Group I on codes, memories and attention: the instances that `phase_latency.proofs.operations` names."""

from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torch import Tensor

from phase_latency.bridge import Bindings
from phase_latency.instance import Instance, observed
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.functions import exp, log, softmax, sqrt
from phase_latency.spiking import Memory, code_of_times, rank_code, spike_times

from .. import operations as group
from .neurons import rows

# -- rank-code ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Codes:
    """Two orders of the same units, and what one rank is worth less than the one before.

    Attributes:
        first: units that fire, in order.
        second: the same units in another order.
        units: how many units there are.
        alpha: factor from one rank to the next: a power of 2, so that codes are exact.
        tau: time constant in seconds.
    """

    first: tuple[int, ...]
    second: tuple[int, ...]
    units: int
    alpha: float
    tau: float


@st.composite
def codes(draw: st.DrawFn) -> Codes:
    """Codes of N out of M units."""
    units = draw(st.integers(2, 8))
    order = draw(st.permutations(range(units)))[: draw(st.integers(2, units))]
    other = draw(st.permutations(order))
    return Codes(
        tuple(order), tuple(other), units, draw(st.sampled_from([0.5, 0.25])), draw(st.sampled_from([1.0, 0.5]))
    )


class Longer(Codes):
    """The second code with twice the norm."""


def both(case: Codes) -> tuple[Tensor, Tensor]:
    """Both codes as vectors."""
    scale = 2.0 if isinstance(case, Longer) else 1.0
    return rank_code(case.first, case.units, case.alpha), scale * rank_code(case.second, case.units, case.alpha)


def vectors(case: Codes) -> Bindings:
    """Both codes on the last axis."""
    first, second = both(case)
    return {group.x: first, group.y: second, group.M: case.units}


def of_spikes(case: Codes) -> Bindings:
    """Times and ranks of the spikes, in order."""
    ranks = torch.arange(len(case.first), dtype=torch.float64)
    times = spike_times(case.first, case.units, case.alpha, case.tau)[list(case.first)]
    spacing = 2.0 if isinstance(case, Longer) else 1.0
    return {group.r: ranks, group.t: spacing * Bounded.stored(times), group.alpha: case.alpha, group.tau: case.tau}


def worth(case: Codes) -> Bounded:
    """What spikes are worth, as a code; from the second on they come at rounded times."""
    times = spike_times(case.first, case.units, case.alpha, case.tau)
    ranks = torch.arange(len(case.first), dtype=torch.float64)
    twin = exp(-(ranks * (-case.tau * log(torch.tensor(case.alpha, dtype=torch.float64)))) / case.tau)
    return observed(code_of_times(times, case.tau)[list(case.first)], twin)


product_of_codes = Instance(
    "largest-product",
    cases=codes,
    observe=lambda case: (Bounded.exact(both(case)[0]) * both(case)[1]).sum(-1, keepdim=True),
    bindings=vectors,
    outside={
        "shorter-code": lambda: codes().map(
            lambda case: Longer(case.first, case.first, case.units, case.alpha, case.tau)
        )
    },
)
spikes_of_codes = Instance("even-spacing", cases=codes, observe=worth, bindings=of_spikes)


# -- context-recurrence ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Past:
    """A context machine and what it has seen, newest last.

    Attributes:
        permutation: (units,) the unit from which each unit takes its context.
        symbols: (length, units) what each symbol adds.
        keep: lambda.
    """

    permutation: Tensor
    symbols: Tensor
    keep: float

    def __repr__(self) -> str:
        """Everything, on one line."""
        return f"P={self.permutation.tolist()}, I={self.symbols.tolist()}, lambda={self.keep}"

    def contexts(self) -> Tensor:
        """(length + 1, units) the context before each symbol, and after the last one."""
        context, found = torch.ones(len(self.permutation), dtype=torch.float64), []
        for symbol in self.symbols:
            found.append(context)
            context = self.keep * context[self.permutation] + symbol
        return torch.stack([*found, context])


@st.composite
def past(draw: st.DrawFn) -> Past:
    """Up to five symbols, with a factor that is a power of 2, so that nothing rounds."""
    units = draw(st.integers(1, 5))
    permutation = torch.tensor(draw(st.permutations(range(units))))
    symbols = rows(draw, st.integers(0, 8).map(float), draw(st.integers(2, 5)), units)
    return Past(permutation, symbols, draw(st.sampled_from([0.5, 0.25])))


class Otherwise(Past):
    """A machine that takes the larger of both in place of the sum."""

    def contexts(self) -> Tensor:
        """(length + 1, units) as before."""
        context, found = torch.ones(len(self.permutation), dtype=torch.float64), []
        for symbol in self.symbols:
            found.append(context)
            context = torch.maximum(self.keep * context[self.permutation], symbol)
        return torch.stack([*found, context])


def backwards(case: Past) -> tuple[Tensor, Tensor]:
    """Contexts and symbols of the unit that has moved to unit 0, the newest first."""
    contexts, unit = case.contexts(), 0
    found, added = [contexts[-1, 0]], []
    for step in range(len(case.symbols) - 1, -1, -1):
        added.append(case.symbols[step, unit])
        unit = int(case.permutation[unit])
        found.append(contexts[step, unit])
    return torch.stack(found), torch.stack(added)


def of_past(case: Past) -> Bindings:
    """What each symbol added on the last axis, the context before the first one, and how many there are."""
    contexts, added = backwards(case)
    length = len(added)
    first: Bindings = {group.c[group.n]: contexts[-1:], group.c: contexts, group.z: added, group.lam: case.keep}
    return {**first, group.n: length, group.m: torch.arange(length, dtype=torch.float64)}


context_of_machine = Instance(
    "sum-over-the-past",
    cases=past,
    observe=lambda case: Bounded.exact(case.contexts()[-1, 0]),
    bindings=of_past,
    outside={
        "another-recurrence": lambda: past().map(lambda case: Otherwise(case.permutation, case.symbols + 1, case.keep))
    },
)


# -- retrieval-limit ------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Retrieving:
    """A query, keys and one coordinate of their values; the first key is the best one.

    Attributes:
        scores: (keys,) dot products of query and keys, the first one largest.
        values: (keys,).
        beta: inverse temperature.
        gap: by how much the first score is above every other one.
    """

    scores: Tensor
    values: Tensor
    beta: float
    gap: float

    def __repr__(self) -> str:
        """Everything, on one line."""
        return f"s={self.scores.tolist()}, v={self.values.tolist()}, beta={self.beta}, gap={self.gap}"


@st.composite
def retrieving(draw: st.DrawFn, *, gap: bool = True) -> Retrieving:
    """Softmax over keys of which one is best, or of which several are."""
    others = draw(st.integers(1, 5))
    apart = draw(st.integers(1, 8)) / 4
    lower = rows(draw, st.integers(0, 8).map(lambda k: k / 8), 1, others)[0]
    best = 1.0
    scores = torch.cat([torch.tensor([best], dtype=torch.float64), best - (apart + lower if gap else 0 * lower)])
    values = rows(draw, st.integers(-8, 8).map(lambda k: k / 8), 1, others + 1)[0]
    values[0], values[1:] = (1.0, values[1:]) if gap else (1.0, -1.0)
    return Retrieving(scores, values, draw(st.sampled_from([0.5, 1.0, 4.0])), apart if gap else 2.0)


def retrieved(case: Retrieving) -> Bounded:
    """By how much softmax attention is off from the value of the best key, as torch computes it."""
    weights = softmax(Bounded.exact(case.beta * case.scores))
    return abs((weights * case.values).sum(-1, keepdim=True) - case.values[:1])


def of_retrieval(case: Retrieving) -> Bindings:
    """Scores and values of the other keys on the last axis, and those of the best one."""
    others: Bindings = {group.score: case.scores[1:], group.value: case.values[1:], group.K: len(case.scores) - 1}
    best: Bindings = {group.best: case.scores[:1], group.kept_value: case.values[:1]}
    return {**others, **best, group.beta: case.beta, group.gap: case.gap, group.V: float(case.values.abs().max())}


attention_near_the_best_key = Instance(
    "limit",
    cases=retrieving,
    observe=retrieved,
    bindings=of_retrieval,
    outside={"no-gap": lambda: retrieving(gap=False)},
)


# -- storage-join ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Storing:
    """Pairs of a key and a value, and a query.

    Attributes:
        keys: (items, width).
        values: (items, width).
        query: (width,).
    """

    keys: Tensor
    values: Tensor
    query: Tensor

    def __repr__(self) -> str:
        """Everything, on one line."""
        return f"a={self.keys.tolist()}, d={self.values.tolist()}, q={self.query.tolist()}"

    def memory(self, kind: str, order: list[int]) -> Memory:
        """After the items have been stored in an order, some of them more than once."""
        memory = Memory.empty(self.keys.shape[1], self.values.shape[1], "max" if kind == "max" else "sum")
        for item in order:
            memory = memory.stored(self.keys[item], self.values[item])
        return memory


@st.composite
def storing(draw: st.DrawFn) -> Storing:
    """Two items of eighths, so that products and sums are exact."""
    width = draw(st.integers(1, 4))
    eighths = st.integers(-8, 8).map(lambda k: k / 8)
    keys, values = (rows(draw, eighths, 2, width) for _ in range(2))
    return Storing(keys, values, rows(draw, eighths, 1, width)[0])


def weights_of(case: Storing) -> Bindings:
    """What is stored of each of two items."""
    new = [torch.outer(value, key) for value, key in zip(case.values, case.keys, strict=True)]
    return {group.W: torch.zeros_like(new[0]), group.e: new[0], group.f: new[1]}


def of_attention(case: Storing) -> Bindings:
    """Values and keys as matrices, the query, and one direction in which the answer is read."""
    direction = torch.ones(case.values.shape[1], dtype=torch.float64)
    return {group.values: case.values.mT, group.keys: case.keys, group.a: case.query, group.q: direction}


stored_twice = Instance(
    "idempotent",
    cases=storing,
    observe=lambda case: Bounded.exact(case.memory("max", [0, 0]).weights),
    bindings=weights_of,
)
stored_in_any_order = Instance(
    "commutative",
    cases=storing,
    observe=lambda case: Bounded.exact(case.memory("max", [0, 1]).weights),
    bindings=weights_of,
)
read_as_linear_attention = Instance(
    "sum-store",
    cases=storing,
    observe=lambda case: Bounded.exact(case.memory("sum", [0, 1]).read(case.query).sum()),
    bindings=of_attention,
)


# -- decoding-argmax ------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Choosing:
    """A query and two codes.

    Attributes:
        query: (units,).
        first: (units,).
        second: (units,).
    """

    query: Tensor
    first: Tensor
    second: Tensor

    def __repr__(self) -> str:
        """Everything, on one line."""
        return f"q={self.query.tolist()}, x={self.first.tolist()}, y={self.second.tolist()}"


@st.composite
def choosing(draw: st.DrawFn, *, equal_norms: bool = True) -> Choosing:
    """Codes of one norm: the same entries in another order and with other signs; or the second one longer."""
    units = draw(st.integers(2, 5))
    entries = draw(st.lists(st.integers(1, 8), min_size=units, max_size=units))
    other = draw(st.permutations(entries))
    signs = draw(st.lists(st.sampled_from([-1, 1]), min_size=units, max_size=units))
    query = draw(st.lists(st.integers(1, 8), min_size=units, max_size=units))
    first, asked = (torch.tensor(each, dtype=torch.float64) for each in (entries, query))
    second = torch.tensor([a * b for a, b in zip(other, signs, strict=True)], dtype=torch.float64)
    if not equal_norms:
        first, second = asked, asked + 4 * first
    return Choosing(asked, first, second)


def nearer(case: Choosing) -> Bounded:
    """By how much the second code is farther away, squared."""
    query, first, second = map(Bounded.exact, (case.query, case.first, case.second))
    return (query - second).square().sum(-1) - (query - first).square().sum(-1)


def cosine(left: Bounded, right: Bounded) -> Bounded:
    """Of the angle between two vectors."""
    return (left * right).sum(-1) / (sqrt(left.square().sum(-1)) * sqrt(right.square().sum(-1)))


def more_alike(case: Choosing) -> Bounded:
    """By how much the cosine of the first code is larger."""
    query, first, second = map(Bounded.exact, (case.query, case.first, case.second))
    return cosine(query, first) - cosine(query, second)


def of_choice(case: Choosing) -> Bindings:
    """The query and both codes."""
    return {group.q: case.query, group.a: case.first, group.b: case.second}


choice_by_distance = Instance(
    "distance",
    cases=choosing,
    observe=nearer,
    bindings=of_choice,
    outside={"longer-code": lambda: choosing(equal_norms=False)},
)
choice_by_cosine = Instance(
    "cosine",
    cases=choosing,
    observe=more_alike,
    bindings=of_choice,
    outside={"longer-code-by-cosine": lambda: choosing(equal_norms=False)},
)
