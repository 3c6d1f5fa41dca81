"""What mends an amplitude of 1/L, and what mends compression: one change at a time."""

from collections.abc import Mapping

from phase_latency.experiments.asking import Asked, Cells, Word, accuracies, restored
from phase_latency.experiments.studies import TWO_TASKS


def _repairs(encoding: str, **changed: object) -> Asked:
    """Whether a change of the model at an amplitude of 1/L restores what is solved at 1."""

    def asked(cells: Cells) -> tuple[Word, str]:
        own = {name: (value(cells) if callable(value) else value) for name, value in changed.items()}
        mended = [cells.of(task, encoding, **own) for task in TWO_TASKS]
        before = [cells.of(task, encoding) for task in TWO_TASKS]
        return restored(mended, before)

    return asked


def _reparametrised(cells: Cells) -> tuple[Word, str]:
    a = {"concatenated": True}
    mended = [cells.of(task, "amplitude(1/L)", **a, positional_gain=float(cells.length)) for task in TWO_TASKS]
    word, text = restored(mended, [cells.of(task, "amplitude(1/L)", **a) for task in TWO_TASKS])
    plain = accuracies(cells, TWO_TASKS, "sinusoidal", **a)
    exact = "That is exact for what enters W_Q and W_K ([[lemma-1-reparametrisation]]); LayerNorm stands before them"
    return word, f"{text} At $a = 1$: {plain}. {exact}, and the mean that it subtracts is one of tokens as well."


def _intervention(encoding: str) -> Asked:
    def asked(cells: Cells) -> tuple[Word, str]:
        before = [cells.of(task, "compressed(1/L)") for task in TWO_TASKS]
        return restored([cells.of(task, encoding) for task in TWO_TASKS], before)

    return asked


def _norm_alone(cells: Cells) -> tuple[Word, str]:
    word, text = _intervention("restored(compressed(1/L))")(cells)
    return (
        word,
        f"{text} There is nothing to restore: a row keeps its norm whatever the frequencies ([[gram-toeplitz]]).",
    )


def _is_impossible(cells: Cells) -> tuple[Word, str]:
    longest = max(cell.configuration.steps for cell in cells.all)
    later = [cells.of(task, "compressed(1/L)", steps=longest) for task in TWO_TASKS]
    before = [cells.of(task, "compressed(1/L)") for task in TWO_TASKS]
    improved = all(one.accuracy.value > other.accuracy.value for one, other in zip(later, before, strict=True))
    _, text = restored(later, before)
    return ("no" if improved else "open"), f"After {longest} steps instead of {before[0].configuration.steps}: {text}"


REPAIR: Mapping[str, Asked] = {
    "Does a token table scaled by 1/L repair an amplitude of 1/L?": _repairs(
        "amplitude(1/L)", token_scale=lambda cells: 1 / cells.length
    ),
    "Does a temperature of 1/L^2 repair it?": _repairs(
        "amplitude(1/L)", temperature=lambda cells: (1 / cells.length) ** 2
    ),
    "Does concatenation repair it?": _repairs("amplitude(1/L)", concatenated=True),
    "Does concatenation with W_Q and W_K rescaled repair it?": _reparametrised,
    "Does a learning rate of 0.003 repair it?": _repairs("amplitude(1/L)", learning_rate=3e-3),
    "Does LayerNorm after the sublayers repair it?": _repairs("amplitude(1/L)", norm="post"),
    "Do more steps repair it?": _repairs(
        "amplitude(1/L)", steps=lambda cells: max(cell.configuration.steps for cell in cells.all)
    ),
}

COMPRESSION: Mapping[str, Asked] = {
    "Does centring repair compression by 1/L?": _intervention("centred(compressed(1/L))"),
    "Does the norm, restored, repair it?": _norm_alone,
    "Does centring with the norm restored repair it?": _intervention("restored(centred(compressed(1/L)))"),
    "Does whitening repair it?": _intervention("whitened(compressed(1/L))"),
    "Is learning with it impossible?": _is_impossible,
}
