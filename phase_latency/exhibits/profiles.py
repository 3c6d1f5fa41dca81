"""Which invariances the built-in encodings have: their profiles, as `phase-latency check --quick` finds them."""

from typing import Any

from phase_latency.checking import check
from phase_latency.encodings import Alibi, Compressed, Rank, Retimed, Rotary, Scaled, Sinusoidal
from phase_latency.latency import LatencyMap

LENGTH, DIM = 64, 64


def profiles(seed: int) -> dict[str, Any]:
    """Profiles of the built-in encodings.

    Args:
        seed: of the cases that are tried.

    Returns:
        a list of profiles, as `InvarianceProfile.to_dict` gives them.
    """
    sinusoidal = Sinusoidal(DIM)
    encodings = {
        "sinusoidal": sinusoidal,
        "amplitude 1/64": Scaled(sinusoidal, 1 / LENGTH),
        "compressed 1/64": Compressed(sinusoidal, 1 / LENGTH),
        "re-timed to 1 s": Retimed(sinusoidal, LatencyMap(1.0, LENGTH)),
        "rank": Rank(LENGTH),
        "rotary": Rotary(DIM),
        "ALiBi": Alibi(2),
    }
    found = [check(each, seed=seed, length=LENGTH, name=name, quick=True) for name, each in encodings.items()]
    return {"built_in": [profile.to_dict() for profile in found]}
