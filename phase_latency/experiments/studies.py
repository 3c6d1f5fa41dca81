"""The experiments by name: what each asks, and the runs that answer it.

Two sizes: "full", whose figures count, and "tiny", which goes through the same code in seconds and answers nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal, TypeAlias

from phase_latency.errors import ArgumentError
from phase_latency.experiments.configuration import Configuration

Size: TypeAlias = Literal["tiny", "full"]
SIZES: tuple[Size, ...] = ("tiny", "full")
POSITIONAL_TASKS = ("offset 1", "reversal", "permutation", "equal 1")
TWO_TASKS = ("offset 1", "reversal")  # of those above: one relative, one absolute


@dataclass(frozen=True)
class Study:
    """An experiment.

    Attributes:
        name: on the command line.
        title: one line.
        question: what it is for, in one or two sentences.
        runs: its configurations at a size.
    """

    name: str
    title: str
    question: str
    runs: Callable[[Size], list[Configuration]]


def study(name: str) -> Study:
    """Find an experiment.

    Args:
        name: as `STUDIES` has it.

    Returns:
        the experiment.

    Raises:
        ArgumentError: there is none of this name.
    """
    if name not in STUDIES:
        raise ArgumentError("NAME", name, f"one of {', '.join(STUDIES)}, similarity, all", "name one of these")
    return STUDIES[name]


def _sized(size: Size, **changed: object) -> Configuration:
    """A configuration without a task and an encoding yet."""
    if size == "full":
        return replace(Configuration("copy", "none", test_lengths=(64, 96, 128, 192)), **changed)  # type: ignore[arg-type]
    small = Configuration(
        *("copy", "none"), steps=20, length=8, vocabulary=4, width=16, heads=2, layers=1, batch=8, evaluate_every=10
    )
    kept = {name: value for name, value in changed.items() if name not in ("steps", "evaluate_every")}
    return replace(small, **{**kept, "test_lengths": (8, 12, 16, 24)})  # type: ignore[arg-type]


def _grid(base: Configuration, tasks: Iterable[str], encodings: Iterable[str], seeds: int) -> list[Configuration]:
    grid = product(tasks, encodings, range(seeds))
    return [replace(base, task=task, encoding=encoding, seed=seed) for task, encoding, seed in grid]


def _seeds(size: Size, full: int, tiny: int = 1) -> int:
    return full if size == "full" else tiny


# -- as published -----------------------------------------------------------------------------------------------


def _copy(size: Size) -> list[Configuration]:
    base = _sized(size, steps=3000, evaluate_every=30)
    encodings = ("none", "sinusoidal", f"compressed(1/{base.length})", "rank")
    return _grid(base, ("copy",), encodings, _seeds(size, 3, tiny=2))


def _length(size: Size) -> list[Configuration]:
    base = _sized(size, steps=600)
    encodings = ("none", "sinusoidal", "shuffled", f"amplitude(1/{base.length})", "rotary")
    return _grid(base, ("copy",), encodings, _seeds(size, 3))


# -- tasks that need position -----------------------------------------------------------------------------------


def _tasks(size: Size) -> list[Configuration]:
    base = _sized(size)
    length = base.length
    encodings = (
        *("none", f"amplitude(1/{length})", "amplitude(1/8)", "sinusoidal", "amplitude(8)"),
        *(f"compressed(1/{length})", "rank", "random", "rotary", "alibi"),
    )
    seen_from_behind = _grid(
        replace(base, causal=True), ("offset 1", "equal 1"), ("none", "alibi"), _seeds(size, 2)
    )  # without a mask the bias of ALiBi is symmetric
    return _grid(base, POSITIONAL_TASKS, encodings, _seeds(size, 4)) + seen_from_behind


def _repair(size: Size) -> list[Configuration]:
    base = _sized(size)
    a = 1 / base.length
    scaled = f"amplitude(1/{base.length})"
    changes: Sequence[tuple[str, Configuration]] = (
        ("none", base),
        ("sinusoidal", base),
        (scaled, base),
        (scaled, replace(base, token_scale=a)),
        (scaled, replace(base, temperature=a**2)),
        ("sinusoidal", replace(base, concatenated=True)),
        (scaled, replace(base, concatenated=True)),
        (scaled, replace(base, concatenated=True, positional_gain=1 / a)),
        (scaled, replace(base, learning_rate=3e-3)),
        ("sinusoidal", replace(base, norm="post")),
        (scaled, replace(base, norm="post")),
        (scaled, replace(base, norm="post", token_scale=a)),
        (scaled, replace(base, steps=4000 if size == "full" else base.steps + 10)),
    )
    return [run for encoding, changed in changes for run in _grid(changed, TWO_TASKS, (encoding,), _seeds(size, 3))]


def _compression(size: Size) -> list[Configuration]:
    base = _sized(size)
    compressed = f"compressed(1/{base.length})"
    encodings = (
        *("sinusoidal", compressed, f"centred({compressed})", f"restored({compressed})"),
        *(f"restored(centred({compressed}))", f"whitened({compressed})", "random"),
    )
    longer = replace(base, steps=4000 if size == "full" else base.steps + 10)
    return _grid(base, TWO_TASKS, encodings, _seeds(size, 4)) + _grid(longer, TWO_TASKS, (compressed,), _seeds(size, 2))


def _discriminability(size: Size) -> list[Configuration]:
    base = _sized(size, steps=2000, stop_when_solved=True)
    factors = [2**-k for k in range(1, base.length.bit_length())]
    family = [
        "sinusoidal",
        *(f"amplitude({_fraction(c)})" for c in (*factors, 2, 8)),
        *(f"compressed({_fraction(f)})" for f in factors),
        *(f"restored(centred(compressed({_fraction(f)})))" for f in factors[1::2]),
        *(f"amplitude({_fraction(c)}, random)" for c in (1, *factors[1:4])),
        *("centred(sinusoidal)", "whitened(sinusoidal)", f"whitened(compressed(1/{base.length}))"),
        f"amplitude(1/8, whitened(compressed(1/{base.length})))",
    ]
    return _grid(base, ("offset 1",), family, _seeds(size, 2))


def _fraction(number: float) -> str:
    return f"{number:g}" if number >= 1 else f"1/{round(1 / number)}"


STUDIES = {
    each.name: each
    for each in (
        Study(
            "copy",
            "The copy task as published",
            "Does the task tell positional encodings apart, and does it need any?",
            _copy,
        ),
        Study(
            "length",
            "Length generalisation of the copy task as published",
            "Does the error at longer sequences measure what a model knows of positions?",
            _length,
        ),
        Study(
            "tasks",
            "Tasks that need position",
            "Which encodings let a small transformer solve tasks that need position, and does an amplitude, which is "
            "harmless to positional logits up to scale, stay harmless in training with added content?",
            _tasks,
        ),
        Study(
            "repair",
            "What repairs an amplitude of 1/L",
            "Do a smaller token table, another temperature, or concatenation with rescaled projections restore what "
            "the amplitude takes away?",
            _repair,
        ),
        Study(
            "compression",
            "Why frequency compression fails",
            "Does compression fail because neighbours are hard to tell apart? Each intervention mends one thing.",
            _compression,
        ),
        Study(
            "discriminability",
            "Discriminability against steps to solve",
            "Which measure of an encoding predicts how fast a model learns the offset by one? Runs stop then.",
            _discriminability,
        ),
    )
}
