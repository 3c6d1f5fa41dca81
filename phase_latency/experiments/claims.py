"""What the empirical part of the paper claims, held against what was measured.

A claim is *reproduced* if the numbers are found again, *not reproduced* if others are found, and *not testable by that
script* if a model that knows nothing of positions does as well, or the number says something else than what is read
into it. Each verdict is decided from the measurements.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from phase_latency.experiments.asking import Cells, UnansweredError
from phase_latency.experiments.cells import Cell
from phase_latency.intervals import bits, differ, percent

Verdict: TypeAlias = Literal["reproduced", "not reproduced", "not testable by that script", "open"]
_SMALL = 0.01  # bits per character: a task that is learned
_PUBLISHED = {"pearson": 0.706, "spearman": 0.965}  # of the compressed code, at L = d = 128
_EXACT = 1e-12  # relative: what rounding leaves of a correlation of 1


Judged: TypeAlias = tuple[Verdict, str]


class Claim(NamedTuple):
    """A claim of the paper.

    Attributes:
        claim: what is said, without a full stop.
        verdict: what became of it.
        text: the numbers, in the markup of :mod:`phase_latency.wording`.
    """

    claim: str
    verdict: Verdict
    text: str

    def to_dict(self) -> dict[str, str]:
        """Return plain values."""
        return self._asdict()


def claims(similarities: Sequence[Mapping[str, Any]], cells: Mapping[str, Iterable[Cell]]) -> list[Claim]:
    """Hold the claims of the paper against what was measured.

    Args:
        similarities: as `all_similarities` returns them; the first are of the sizes of the paper.
        cells: of each study that was run, by its name.

    Returns:
        every claim of the figures, and those of the studies that were run.
    """
    found = [Claim(text, *held(similarities[0])) for text, held in _OF_FIGURES.items()]
    for study, several in _OF_STUDIES.items():
        if study in cells:
            own = Cells(cells[study])
            found += [Claim(text, *_judged(held, own)) for text, held in several.items()]
    return found


def _judged(held: Callable[[Cells], Judged], cells: Cells) -> Judged:
    try:
        return held(cells)
    except UnansweredError:
        return "open", "Not all of its runs are finished."


def _linear(found: Mapping[str, Any]) -> Judged:
    length, it = found["length"], found["readings"]["amplitude"]
    exact = abs(it["pearson"] - 1) <= _EXACT and abs(it["slope"] * length**2 - 1) <= _EXACT
    return (
        "reproduced" if exact else "not reproduced",
        f"L = d = {length}: Pearson {it['pearson']:.6g}, slope {it['slope']:.10g}, which is $1/L^2$. It follows from "
        "the definition of the code ([[lemma-1]]), whatever the data.",
    )


def _correlated(found: Mapping[str, Any]) -> Judged:
    it = found["readings"]["compressed"]
    again = all(round(it[name], 3) == value for name, value in _PUBLISHED.items())
    values = ", ".join(f"{name.capitalize()} {it[name]:.4f}" for name in _PUBLISHED)
    return "reproduced" if again else "not reproduced", f"{values}."


def _ordering(found: Mapping[str, Any]) -> Judged:
    compressed, plain = (found["readings"][name]["monotone"] for name in ("compressed", "sinusoidal"))
    preserved = found["readings"]["compressed"]["spearman"] >= 1 - _EXACT
    return (
        "reproduced" if preserved else "not reproduced",
        "It is the compressed similarity that falls with the distance at every step (Spearman with the distance, "
        f"reversed: {compressed:.4f}), and the sinusoidal one that does not ({plain:.4f}): the order is another one "
        "([[sinusoidal-kernel-not-monotone]]).",
    )


def _compression_fails(cells: Cells) -> Judged:
    compressed, plain = (cells.of("copy", name) for name in ("compressed(1/L)", "sinusoidal"))
    learned = compressed.bits.high < _SMALL
    return (
        "not reproduced" if learned else "reproduced",
        f"After {compressed.configuration.steps} steps {bits(compressed.bits)} bits per character, with the sinusoidal "
        f"encoding {bits(plain.bits)}.",
    )


def _rank_suffices(cells: Cells) -> Judged:
    rank, plain, none = (cells.of("copy", name) for name in ("rank", "sinusoidal", "none"))
    return (
        "not testable by that script" if none.is_solved else "reproduced",
        f"Bits per character: rank {bits(rank.bits)}, sinusoidal {bits(plain.bits)}, and no encoding at all "
        f"{bits(none.bits)}, with an accuracy of {percent(none.accuracy)}.",
    )


def _generalises(cells: Cells) -> Judged:
    scaled, plain, none, shuffled = (
        cells.of("copy", name) for name in ("amplitude(1/L)", "sinusoidal", "none", "shuffled")
    )
    lengths = plain.configuration.test_lengths
    blind = all(not _apart(plain, shuffled, length) for length in lengths)
    last = lengths[-1]
    rows = (
        f"{name} {' / '.join(f'{_at(cell, length):.2g}' for length in lengths)}"
        for name, cell in (
            ("sinusoidal", plain),
            ("with positions shuffled at every pass", shuffled),
            (scaled.configuration.encoding, scaled),
            ("no encoding", none),
        )
    )
    text = f"Bits per character at {' / '.join(map(str, lengths))} positions: {'; '.join(rows)}."
    if not _at(scaled, last) < _at(plain, last):
        return "not reproduced", text
    if not blind:
        return "reproduced", text
    found_again = "The order is found again, and a model that cannot know positions shows it as well."
    return "not testable by that script", f"{text} {found_again}"


def _apart(first: Cell, second: Cell, length: int) -> bool:
    one, other = first.at(length), second.at(length)
    return one is None or other is None or differ(one, other)


def _at(cell: Cell, length: int) -> float:
    found = cell.at(length)
    if found is None:
        raise UnansweredError
    return found.value


_OF_FIGURES: Mapping[str, Callable[[Mapping[str, Any]], Judged]] = {
    "Similarities of the spike-time code are a multiple of those of the phase code": _linear,
    "Similarities of the frequency-compressed code go with those of the phase code": _correlated,
    "So compression preserves the order of similarities": _ordering,
}
_OF_STUDIES: Mapping[str, Mapping[str, Callable[[Cells], Judged]]] = {
    "copy": {
        "With frequency compression the copy task is not learned": _compression_fails,
        "A rank code does as well as sinusoids on the copy task, so that rank is what matters": _rank_suffices,
    },
    "length": {
        "The amplitude-scaled code generalises to longer sequences, the sinusoidal one less so": _generalises,
    },
}
