"""What the published tasks can tell: the copy task, and the same at longer sequences."""

from collections.abc import Mapping

from phase_latency.experiments.asking import Asked, Cells, Word, accuracy
from phase_latency.intervals import bits, differ

_EVERYWHERE = "a sinusoid has a value at every position"


def _needs_position(cells: Cells) -> tuple[Word, str]:
    none = cells.of("copy", "none")
    text = (
        f"Without any encoding the accuracy is {accuracy(none)}, and the loss {bits(none.bits)} bits per character. "
        "The target commutes with every permutation of the positions ([[copy-task-needs-no-position]])."
    )
    return ("no" if none.is_solved else "open"), text


def _copy_tells_apart(cells: Cells) -> tuple[Word, str]:
    found = {name: cells.of("copy", name) for name in ("none", "sinusoidal", "compressed(1/L)", "rank")}
    listed = ", ".join(f"{name.replace('L', str(cells.length))} {bits(cell.bits)}" for name, cell in found.items())
    solved = all(cell.is_solved for cell in found.values())
    return ("no" if solved else "yes"), f"Bits per character after {found['none'].configuration.steps} steps: {listed}."


def _length_sees_position(cells: Cells) -> tuple[Word, str]:
    kept, shuffled = cells.of("copy", "sinusoidal"), cells.of("copy", "shuffled")
    rows, apart = [], False
    for length in kept.configuration.test_lengths:
        one, other = kept.at(length), shuffled.at(length)
        assert one is not None, _EVERYWHERE
        assert other is not None, _EVERYWHERE
        apart |= differ(one, other)
        rows.append(f"{length}: {bits(one)} and {bits(other)}")
    return ("yes" if apart else "no"), (
        f"Bits per character by length, with positions and with positions shuffled at every pass: {'; '.join(rows)}."
    )


def _amplitude_generalises(cells: Cells) -> tuple[Word, str]:
    names = ("amplitude(1/L)", "none", "rotary")
    found = {name: cells.of("copy", name) for name in names}
    longest = found["none"].configuration.test_lengths[-1]
    at = {name: cell.at(longest) for name, cell in found.items()}
    listed = ", ".join(
        f"{name.replace('L', str(cells.length))} {bits(each)}" for name, each in at.items() if each is not None
    )
    scaled, none = at["amplitude(1/L)"], at["none"]
    assert scaled is not None, _EVERYWHERE
    assert none is not None, _EVERYWHERE
    word: Word = "yes" if differ(scaled, none) and scaled.value < none.value else "no"
    return word, f"Bits per character at length {longest}: {listed}. A model without positions has nothing to forget."


COPY: Mapping[str, Asked] = {
    "Does the task need a positional encoding?": _needs_position,
    "Does it tell encodings apart?": _copy_tells_apart,
}

LENGTH: Mapping[str, Asked] = {
    "Does the loss at longer sequences depend on where tokens stand?": _length_sees_position,
    "Does the amplitude-scaled encoding do better there than no encoding?": _amplitude_generalises,
}
