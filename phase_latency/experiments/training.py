"""One training run: the same numbers for the same configuration, whether it was interrupted or not.

configuration  ->  encoding, task, model, optimiser, sources of tokens and orders      (a Run)
step           ->  draw sequences, predict, loss over the positions that count, Adam
evaluate       ->  bits per character and accuracy on sequences that are kept for that
keep           ->  a checkpoint, every so often, when time is up, and never in part
finish         ->  the learning curve, when it was solved, and longer sequences
"""

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from phase_latency.errors import ArgumentError, PhaseLatencyError
from phase_latency.experiments.checkpoints import read_checkpoint, write_checkpoint
from phase_latency.experiments.configuration import Configuration
from phase_latency.experiments.model import Transformer
from phase_latency.experiments.positional import Placement, Positional, positional
from phase_latency.experiments.tasks import Examples, Task, parse_task
from phase_latency.running import UnfinishedError

SOLVED = 0.99  # accuracy from which a task counts as solved
EVALUATED = 64  # sequences of an evaluation
_KEPT_EVERY = 5  # evaluations between two checkpoints


@dataclass
class Run:
    """A training run at some step.

    Attributes:
        configuration: what it is determined by.
        task: what is trained.
        encoding: where positions come in.
        model: the weights.
        optimiser: Adam.
        tokens: source of the training sequences.
        orders: source of the permutations of a shuffled encoding.
        step: number of steps made.
        curve: step, bits per character and accuracy of each evaluation.
    """

    configuration: Configuration
    task: Task
    encoding: Positional
    model: Transformer
    optimiser: torch.optim.Optimizer
    tokens: torch.Generator
    orders: torch.Generator
    step: int
    curve: list[tuple[int, float, float]]

    def state(self) -> dict[str, Any]:
        """Return all that changes, for `restore`."""
        return {
            "step": self.step,
            "curve": [list(point) for point in self.curve],
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "tokens": self.tokens.get_state(),
            "orders": self.orders.get_state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to what `state` returned.

        Args:
            state: of a run of the same configuration.
        """
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.tokens.set_state(state["tokens"])
        self.orders.set_state(state["orders"])
        self.step, self.curve = state["step"], [(step, bits, hits) for step, bits, hits in state["curve"]]

    @property
    def solved(self) -> int | None:
        """Step of the first evaluation at which the task is solved; None if it never was."""
        return next((step for step, _, accuracy in self.curve if accuracy >= SOLVED), None)

    @property
    def is_over(self) -> bool:
        """Whether no step is left to be made."""
        early = self.configuration.stop_when_solved and self.solved is not None
        return self.step >= self.configuration.steps or early


def started(configuration: Configuration) -> Run:
    """Set a run up, before its first step.

    Args:
        configuration: what it is determined by.

    Returns:
        the run.

    Raises:
        ArgumentError: an unknown task or encoding, or a width that does not fit.
    """
    width, heads = configuration.width, configuration.heads
    dim = width // 2 if configuration.concatenated else width
    sizes = {"length": configuration.length, "dim": dim, "heads": heads, "head_dim": width // heads}
    encoding = positional(configuration.encoding, **sizes, generator=configuration.stream("encoding"))
    if not encoding.learned and encoding.dim not in (0, dim):
        expected = f"an encoding of the width {dim} of what it is added to"
        raise ArgumentError("encoding", configuration.encoding, expected, "choose another width or encoding")
    if configuration.concatenated and not encoding.dim:
        remedy = "leave concatenated out"
        raise ArgumentError("encoding", configuration.encoding, "an additive encoding to be concatenated", remedy)
    model = Transformer(configuration, rows=encoding.dim if encoding.learned else 0)
    optimiser = torch.optim.Adam(model.parameters(), configuration.learning_rate, fused=True)
    tokens, orders = (configuration.stream(purpose) for purpose in ("tokens", "orders"))
    return Run(configuration, parse_task(configuration.task), encoding, model, optimiser, tokens, orders, 0, [])


def advance(run: Run) -> None:
    """Make the steps up to the next evaluation, and evaluate.

    Args:
        run: a run that is not over; changed.

    Raises:
        PhaseLatencyError: the loss is no longer finite.
    """
    configuration = run.configuration
    placement = run.encoding.place(torch.arange(configuration.length))
    order, run_to = _order(configuration, configuration.length), run.step + configuration.evaluate_every
    run.model.train()
    while run.step < min(run_to, configuration.steps):
        examples = run.task.examples(
            configuration.batch, configuration.length, configuration.vocabulary, run.tokens, order
        )
        loss = _loss(run.model(examples.tokens, _placed(run, placement)), examples)
        run.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        run.optimiser.step()
        run.step += 1
    bits, accuracy = evaluate(run, configuration.length)
    if not math.isfinite(bits):
        raise PhaseLatencyError(f"the loss is no longer finite at step {run.step}; expected a finite one; train slower")
    run.curve.append((run.step, bits, accuracy))


def evaluate(run: Run, length: int, first: int = 0) -> tuple[float, float]:
    """Try a model on sequences that it was not trained on.

    Args:
        run: what is tried; its sources of random numbers are left alone.
        length: of the sequences.
        first: position from which on targets count.

    Returns:
        bits per character, and the part of the targets that are the most likely token.
    """
    configuration = run.configuration
    source, orders = (configuration.stream(f"{purpose} of {length}") for purpose in ("evaluation", "orders"))
    order = _order(configuration, length)
    examples = run.task.examples(EVALUATED, length, configuration.vocabulary, source, order)
    placement = run.encoding.place(torch.arange(length))
    if run.encoding.shuffled:
        placement = placement.shuffled(torch.randperm(length, generator=orders))
    run.model.eval()
    with torch.no_grad():
        logits = run.model(examples.tokens, placement)
    counted = examples.counted & (torch.arange(length) >= first)
    held = Examples(examples.tokens, examples.targets, counted)
    hits = (logits.argmax(-1) == held.targets)[:, counted]
    return float(_loss(logits, held)) / math.log(2), float(hits.double().mean())


def trained(task: dict[str, Any], *, folder: Path | None = None, deadline: float | None = None) -> dict[str, Any]:
    """Train from the checkpoint of an earlier run, if there is one, to the end.

    Args:
        task: a configuration, as `Configuration.to_task` gives it.
        folder: where checkpoints are kept; None for nowhere.
        deadline: moment (`time.time()`) at which to stop; None for none.

    Returns:
        ``curve`` (step, bits per character, accuracy), ``solved`` (a step or None), ``bits`` and ``accuracy`` in the
        end, ``steps``, ``parameters``, and ``lengths``: what came out at the lengths of the configuration, and
        beyond the training positions alone; None where the encoding has no value.

    Raises:
        ArgumentError: a configuration that cannot be, or a checkpoint that is none of this run.
        UnfinishedError: the deadline has come; the checkpoint has what was done.
    """
    configuration = Configuration.from_task(task)
    run = started(configuration)
    if folder is not None and (kept := read_checkpoint(folder, task)) is not None:
        run.restore(kept)
    while not run.is_over:
        advance(run)
        late = deadline is not None and time.time() >= deadline and not run.is_over
        if folder is not None and (late or len(run.curve) % _KEPT_EVERY == 0):
            write_checkpoint(folder, task, run.state())
        if late:
            raise UnfinishedError(f"stopped at step {run.step} of {configuration.steps}")
    return _result(run)


def _result(run: Run) -> dict[str, Any]:
    _, bits, accuracy = run.curve[-1]
    return {
        "steps": run.step,
        "bits": bits,
        "accuracy": accuracy,
        "solved": run.solved,
        "parameters": sum(each.numel() for each in run.model.parameters()),
        "curve": [list(point) for point in run.curve],
        "lengths": {str(length): _at_length(run, length) for length in run.configuration.test_lengths},
    }


def _at_length(run: Run, length: int) -> dict[str, float] | None:
    if not run.task.any_length or (run.encoding.last is not None and length > run.encoding.last):
        return None
    bits, accuracy = evaluate(run, length)
    found = {"bits": bits, "accuracy": accuracy}
    if length > run.configuration.length:
        beyond, hits = evaluate(run, length, run.configuration.length)
        found |= {"bits_beyond": beyond, "accuracy_beyond": hits}
    return found


def _loss(logits: Tensor, examples: Examples) -> Tensor:
    counted = examples.counted
    return cross_entropy(logits[:, counted].flatten(0, 1), examples.targets[:, counted].flatten())


def _placed(run: Run, placement: Placement) -> Placement:
    if not run.encoding.shuffled:
        return placement
    return placement.shuffled(torch.randperm(run.configuration.length, generator=run.orders))


def _order(configuration: Configuration, length: int) -> Tensor:
    """The permutation of a run, at its own length."""
    return torch.randperm(length, generator=configuration.stream("permutation"))
