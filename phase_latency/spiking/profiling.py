"""Which properties a network has: whether latencies keep order, move alike, and move by no more than the inputs."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import flint
import torch
from torch import Tensor

from phase_latency.spiking.enclosing import OpenError, enclosed
from phase_latency.spiking.network import Network, as_network
from phase_latency.validation import check_whole

Word = Literal["HOLDS", "FAILS", "UNDECIDED"]
_BATCH = 256  # pairs of inputs that are tried at once


@dataclass(frozen=True)
class Witness:
    """Two inputs at which a property fails, certified by ball arithmetic.

    Attributes:
        times: (inputs,) one input, in seconds.
        moved: (inputs,) the other one.
        outputs: (neurons,) output times of the one, in seconds.
        moved_outputs: (neurons,) those of the other one.
    """

    times: tuple[float, ...]
    moved: tuple[float, ...]
    outputs: tuple[float, ...]
    moved_outputs: tuple[float, ...]


@dataclass(frozen=True)
class Property:
    """What became of one property.

    Attributes:
        name: "monotone", "translation-equivariant" or "non-expansive".
        word: HOLDS if it is proved for networks like this one and no pair contradicts it, FAILS with a witness,
            UNDECIDED if nothing is proved and no witness was found.
        because: why, in words.
        tried: number of pairs of inputs at which all output neurons fire.
        witness: of a failure.
    """

    name: str
    word: Word
    because: str
    tried: int
    witness: Witness | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def profile(network: object, *, seed: int = 0, examples: int = 2000) -> tuple[Property, ...]:
    """Say which properties a network has, and show a pair of inputs for each that it lacks.

    Args:
        network: a :class:`Network`, or a single :class:`NLIF` layer.
        seed: of the inputs, >= 0.
        examples: number of pairs of inputs for each property, >= 1.

    Returns:
        the three properties.

    Raises:
        ArgumentError: something that is no network, a negative seed, or no example.
    """
    network = as_network(network)
    check_whole(seed, "seed", 0, "pass a seed, for example 0")
    check_whole(examples, "examples", 1, "pass how many pairs of inputs are tried")
    return tuple(_property(network, name, seed, examples) for name in _PAIRS)


def _property(network: Network, name: str, seed: int, examples: int) -> Property:
    generator = torch.Generator().manual_seed(seed)
    tried = 0
    for first in range(0, examples, _BATCH):
        size = (min(_BATCH, examples - first), network.inputs)
        times = torch.randint(0, 2**42, size, generator=generator).double() / 2**40  # up to 4 seconds
        moved = _PAIRS[name](times, generator)
        outputs, moved_outputs = network(times).detach(), network(moved).detach()
        fired = outputs.isfinite().all(1) & moved_outputs.isfinite().all(1)
        tried += int(fired.sum())
        excess = torch.where(fired, _EXCESS[name](times, moved, outputs, moved_outputs), 0.0)
        for sample in excess.argsort(descending=True)[:8].tolist():  # the worst ones
            if excess[sample] > 0 and _certainly_fails(network, name, times[sample], moved[sample]):
                rows = (each[sample] for each in (times, moved, outputs, moved_outputs))
                witness = Witness(*(tuple(row.tolist()) for row in rows))
                return Property(name, "FAILS", "two inputs, certified by ball arithmetic", tried, witness)
    if name == "translation-equivariant":
        return Property(name, "HOLDS", "of every network of these neurons (nlif-nonexpansive, translation)", tried)
    if not network.inhibits:
        return Property(name, "HOLDS", "no weight is negative (nlif-nonexpansive)", tried)
    if not tried:
        return Property(name, "UNDECIDED", "at no inputs that were drawn did all neurons of the last layer fire", tried)
    return Property(name, "UNDECIDED", "some weights are negative, and no pair of inputs contradicts it", tried)


# -- pairs of inputs, and how far they are from having the property -------------------------------------------


def _later(times: Tensor, generator: torch.Generator) -> Tensor:
    """Some inputs later."""
    chosen = torch.rand(times.shape, generator=generator) < 0.5
    return times + torch.where(chosen, torch.rand(times.shape, generator=generator, dtype=torch.float64), 0.0)


def _shifted(times: Tensor, generator: torch.Generator) -> Tensor:
    """All inputs later by the same quarters of a second, exactly."""
    return times + torch.randint(1, 8, (len(times), 1), generator=generator) / 4


def _moved(times: Tensor, generator: torch.Generator) -> Tensor:
    """Inputs moved, by much or little."""
    size = 2.0 ** -torch.randint(0, 12, (len(times), 1), generator=generator)
    return times + size * (2 * torch.rand(times.shape, generator=generator, dtype=torch.float64) - 1)


_PAIRS: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "monotone": _later,
    "translation-equivariant": _shifted,
    "non-expansive": _moved,
}
_EXCESS: dict[str, Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]] = {
    "monotone": lambda t, s, out, moved: (out - moved).amax(1),
    "translation-equivariant": lambda t, s, out, moved: (moved - out - (s - t)[:, :1]).abs().amax(1),
    "non-expansive": lambda t, s, out, moved: (out - moved).abs().amax(1) - (t - s).abs().amax(1),
}


def _certainly_fails(network: Network, name: str, times: Tensor, moved: Tensor) -> bool:
    try:
        first, second = enclosed(network, times), enclosed(network, moved)
    except OpenError:
        return False
    if name == "monotone":
        return any(bool(b < a) for a, b in zip(first, second, strict=True))
    if name == "translation-equivariant":
        shift = flint.arb(float(moved[0])) - flint.arb(float(times[0]))
        return any(not (b - a).overlaps(shift) for a, b in zip(first, second, strict=True))
    apart = [abs(flint.arb(b) - flint.arb(a)) for a, b in zip(times.tolist(), moved.tolist(), strict=True)]
    largest = max(apart, key=lambda ball: float(ball.mid()))
    return any(bool(abs(b - a) > largest) for a, b in zip(first, second, strict=True))
