"""Real input: the built-in encodings at a real size, and the first attention layer of a trained encoder."""

from collections.abc import Callable

from phase_latency.real.builtin import builtin_rows
from phase_latency.real.minilm import minilm_rows
from phase_latency.real.row import RealRow as RealRow


def real_rows(seed: int = 0, progress: Callable[[str], None] | None = None) -> list[RealRow]:
    """Hold what the statements predict against real encodings and trained weights.

    Args:
        seed: of the projections and contents that the built-in encodings are measured with, >= 0; the trained layer
            needs none.
        progress: told what is measured next.

    Returns:
        the rows; those on trained weights shrink to one MISSING row when the weights are not installed.

    Raises:
        ArgumentError: the installed weights are damaged.
        NotFiniteError: they hold an infinity or a NaN.
        UncertifiedError: this machine does not accumulate as the bounds assume.
    """
    tell = progress or (lambda what: None)
    tell("built-in encodings")
    rows = builtin_rows(seed)
    tell("trained weights of MiniLM-L6")
    return rows + minilm_rows()
