"""Output times of a network in ball arithmetic: what witnesses are certified by, with weights of either sign."""

import flint
from torch import Tensor

from phase_latency.spiking.network import Network
from phase_latency.spiking.nlif import NLIF

_PRECISION = 256  # bits; times are known to far less


class OpenError(Exception):
    """Balls do not tell which comes first, an input or the threshold."""


def enclosed(network: Network, times: Tensor) -> list[flint.arb]:
    """Enclosures of the firing times of the last layer.

    Args:
        network: the network.
        times: (inputs,) float64, finite, in seconds.

    Returns:
        a ball for each neuron.

    Raises:
        OpenError: a neuron stays silent, or the balls leave open when it fires.
    """
    with flint.ctx.workprec(_PRECISION):
        arrivals = [flint.arb(each) for each in times.tolist()]
        for layer in network.layers:
            arrivals = [_fires(layer, row, arrivals) for row in layer.weights.tolist()]
        return arrivals


def _fires(layer: NLIF, row: list[float], arrivals: list[flint.arb]) -> flint.arb:
    """The first crossing of one neuron."""
    theta, tau = flint.arb(layer.threshold), flint.arb(layer.time_constant)
    order = sorted(range(len(row)), key=lambda j: float(arrivals[j].mid()))
    total, arrived = flint.arb(0), list[tuple[flint.arb, flint.arb]]()
    for place, j in enumerate(order):
        total += flint.arb(row[j])
        arrived.append((flint.arb(row[j]), arrivals[j]))
        following = arrivals[order[place + 1]] if place + 1 < len(order) else None
        if following is None:
            break
        if not arrivals[j] <= following:
            raise OpenError("two inputs arrive within an error")
        potential = sum((w * (1 - ((t - following) / tau).exp()) for w, t in arrived), flint.arb(0))
        if potential >= theta:
            return _closed_form(arrived, total - theta, tau)
        if not potential < theta:
            raise OpenError("the threshold is reached when an input arrives, or it is not")
    if not total > theta:
        raise OpenError("a neuron stays silent")
    return _closed_form(arrived, total - theta, tau)


def _closed_form(arrived: list[tuple[flint.arb, flint.arb]], margin: flint.arb, tau: flint.arb) -> flint.arb:
    growth = sum((w * (t / tau).exp() for w, t in arrived), flint.arb(0))
    found: flint.arb = tau * (growth / margin).log()
    return found
