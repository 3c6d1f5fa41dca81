"""What the figures of a record show, measured: plain numbers, each with its certified bound. Drawing is another room's.

- ``similarity``: Gram matrix of a sinusoidal encoding and of its readings, by distance;
- ``readings``: attention weights of one layer under the three readings;
- ``errors``: what is left over after the best scale, over dtypes and lengths;
- ``epsilon``: the factor on logits behind a normalisation, against the amplitude;
- ``profiles``: which invariances the built-in encodings have;
- ``spiking``: when spiking neurons fire, how far that can move, and how many spikes a softmax costs.
"""

from collections.abc import Callable
from typing import Any

from phase_latency.exhibits.epsilon import epsilon
from phase_latency.exhibits.errors import errors
from phase_latency.exhibits.profiles import profiles
from phase_latency.exhibits.readings import readings
from phase_latency.exhibits.similarity import similarity
from phase_latency.exhibits.spiking import spiking


def exhibits(seed: int = 0, progress: Callable[[str], None] | None = None) -> dict[str, Any]:
    """Measure everything that the figures show.

    Args:
        seed: of the random layer and of the profiles, >= 0.
        progress: told what is measured next.

    Returns:
        strings, numbers, lists and dictionaries, by name of the exhibit.

    Raises:
        UncertifiedError: this machine does not accumulate as the bounds assume.
    """
    found = {}
    for name, measured in _EXHIBITS.items():
        if progress is not None:
            progress(f"figure: {name}")
        found[name] = measured(seed)
    return found


_EXHIBITS: dict[str, Callable[[int], dict[str, Any]]] = {
    "similarity": lambda seed: similarity(),
    "readings": readings,
    "errors": lambda seed: errors(),
    "epsilon": lambda seed: epsilon(),
    "profiles": profiles,
    "spiking": spiking,
}
