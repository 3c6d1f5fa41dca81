"""What tasks that need position tell of encodings."""

from collections.abc import Mapping

from phase_latency.experiments.asking import Asked, Cells, Word, accuracies, accuracy, better
from phase_latency.experiments.studies import POSITIONAL_TASKS
from phase_latency.experiments.training import SOLVED
from phase_latency.intervals import percent


def _amplitude_is_harmless(cells: Cells) -> tuple[Word, str]:
    worse = [better(cells.of(task, "sinusoidal"), cells.of(task, "amplitude(1/L)")) for task in POSITIONAL_TASKS]
    lines = (
        f"$a = {a}$: {accuracies(cells, POSITIONAL_TASKS, name)}"
        for a, name in (
            (f"1/{cells.length}", "amplitude(1/L)"),
            ("1/8", "amplitude(1/8)"),
            ("1", "sinusoidal"),
            ("8", "amplitude(8)"),
        )
    )
    word: Word = "no" if all(worse) else "in part" if any(worse) else "yes"
    without = accuracies(cells, POSITIONAL_TASKS, "none")
    return word, f"Accuracy {'; '.join(lines)}; without an encoding: {without}. See [[additive-no-global-scale]]."


def _rank_is_the_primitive(cells: Cells) -> tuple[Word, str]:
    ahead = [better(cells.of(task, "rank"), cells.of(task, "random")) for task in POSITIONAL_TASKS]
    learned, frozen = (accuracies(cells, POSITIONAL_TASKS, name) for name in ("rank", "random"))
    word: Word = "yes" if all(ahead) else "in part" if any(ahead) else "no"
    return word, f"Learned table: {learned}. A random table that is not trained and has no order: {frozen}."


def _relative_encodings_extrapolate(cells: Cells) -> tuple[Word, str]:
    longest = cells.all[0].configuration.test_lengths[-1]
    found = {}
    for name in ("rotary", "sinusoidal", "amplitude(1/L)"):
        at = cells.of("offset 1", name).at(longest, "accuracy_beyond")
        assert at is not None, "these have a value at every position"
        found[name] = at
    listed = ", ".join(f"{name.replace('L', str(cells.length))} {percent(each)}" for name, each in found.items())
    word: Word = "yes" if found["rotary"].low >= SOLVED else "no"
    return word, f"Offset 1, accuracy at positions {cells.length} to {longest - 1}: {listed}."


def _mask_breaks_symmetry(cells: Cells) -> tuple[Word, str]:
    plain, masked = (cells.of("offset 1", "alibi", causal=causal) for causal in (False, True))
    none = cells.of("offset 1", "none", causal=True)
    word: Word = "yes" if masked.is_solved and not plain.is_solved else "no"
    return word, (
        f"Offset 1: ALiBi {accuracy(plain)} without a causal mask, where its bias does not tell before from "
        f"behind, and {accuracy(masked)} with one; no encoding with a mask {accuracy(none)}."
    )


TASKS: Mapping[str, Asked] = {
    "Does an amplitude stay harmless in training with added content?": _amplitude_is_harmless,
    "Is a learned rank table ahead of a random one?": _rank_is_the_primitive,
    "Does a relative encoding carry over to longer sequences?": _relative_encodings_extrapolate,
    "Does ALiBi need a causal mask to look one position back?": _mask_breaks_symmetry,
}
