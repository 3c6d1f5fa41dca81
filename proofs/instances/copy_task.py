"""Group J on tokens and spike times: the instances that the statements of `phase_latency.proofs.copy_task` name.

Targets are those of the task that models are trained on, so that what is proved is what is run.
"""

from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torch import Tensor

from phase_latency import formulas
from phase_latency.bridge import Bindings
from phase_latency.experiments.tasks import parse_task
from phase_latency.instance import Instance, observed
from phase_latency.numerics.bounded import Bounded, bounded
from phase_latency.numerics.functions import sin

from .. import copy_task as group
from .rank import Spikes, exactly, latencies, spikes

# -- copy-task-needs-no-position ------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Sequence:
    """Tokens, and the position that a permutation takes each place from.

    Attributes:
        vocabulary: V.
        tokens: (L,) int64.
        order: (L,) int64.
    """

    vocabulary: int
    tokens: Tensor
    order: Tensor

    def __repr__(self) -> str:
        """Everything, on one line."""
        return f"V={self.vocabulary}, tokens={self.tokens.tolist()}, order={self.order.tolist()}"


def targets(tokens: Tensor, vocabulary: int) -> Tensor:
    """What a model is trained to say below tokens, (L,)."""
    return parse_task("copy").target(tokens[None], vocabulary, torch.arange(len(tokens)))[0]


def rearranged(case: Sequence) -> Bindings:
    """All tokens on the last axis; the position and the token that each place is taken from."""
    moved = case.tokens[case.order].unsqueeze(-1)
    return {
        group.x: exactly(case.tokens),
        group.x[group.s]: exactly(moved),
        group.s: exactly(case.order.unsqueeze(-1)),
        group.j: exactly(torch.arange(len(case.tokens))),
        group.L: len(case.tokens),
        group.V: case.vocabulary,
        group.following(group.x[group.j]): following(case.tokens, case.vocabulary),
        group.following(group.x[group.s]): following(moved, case.vocabulary),
    }


def following(tokens: Tensor, vocabulary: int) -> Bounded:
    """The formula in whole numbers: a float64 quotient would leave open how often V fits."""
    return exactly(tokens + 1 - vocabulary * ((tokens + 1) // vocabulary))


@st.composite
def sequences(draw: st.DrawFn) -> Sequence:
    """Sequences with permutations of their positions."""
    vocabulary = draw(st.integers(2, 50))
    tokens = draw(st.lists(st.integers(0, vocabulary - 1), min_size=1, max_size=32))
    order = draw(st.permutations(range(len(tokens))))
    return Sequence(vocabulary, torch.tensor(tokens), torch.tensor(order))


permuted_targets = Instance(
    "commutes",
    cases=sequences,
    observe=lambda case: exactly(targets(case.tokens, case.vocabulary)[case.order].unsqueeze(-1)),
    bindings=rearranged,
)


def answered(case: Sequence) -> Bounded:
    """The map whose rows are the one-hot targets, at the one-hot code of each token; none past the vocabulary."""
    size = case.vocabulary
    every = torch.arange(size)
    linear = torch.nn.functional.one_hot(targets(every, size), size).double()
    codes = (case.tokens.unsqueeze(-1) == every).double()
    return exactly((codes @ linear).flatten())


def tokens_and_outputs(case: Sequence) -> Bindings:
    """Each token with each output, and the vocabulary on the last axis."""
    every = torch.arange(case.vocabulary)
    token, output = (each.reshape(-1, 1) for each in torch.meshgrid(case.tokens, every, indexing="ij"))
    return {
        group.c: exactly(token),
        group.k: exactly(output),
        group.i: exactly(every),
        group.V: case.vocabulary,
        group.following(group.c): following(token, case.vocabulary),
        group.following(group.i): following(every, case.vocabulary),
    }


@st.composite
def unknown_tokens(draw: st.DrawFn) -> Sequence:
    """Tokens past the end of the vocabulary."""
    case = draw(sequences())
    return Sequence(case.vocabulary, case.tokens + case.vocabulary, case.order)


one_linear_map = Instance(
    "linear-in-the-token",
    cases=sequences,
    observe=answered,
    bindings=tokens_and_outputs,
    outside={"no-such-token": unknown_tokens},
)


# -- reading-mismatch -----------------------------------------------------------------------------------------


def read_as_positions(case: Spikes) -> Bounded:
    """A channel whose positions are spike times, as torch computes it."""
    times = latencies(case)
    phase = formulas.phase(times, bounded(case.w))
    return observed(torch.sin(formulas.phase(times.value, case.w)), sin(phase))


def windows_of(case: Spikes) -> Bindings:
    """Positions, and the window that they are spread over."""
    parts: Bindings = {group.p: case.positions, group.L: case.length, group.T: case.window}
    return {**parts, group.t0: case.onset, group.w: case.w}


times_as_positions = Instance("compressed", cases=spikes, observe=read_as_positions, bindings=windows_of)
