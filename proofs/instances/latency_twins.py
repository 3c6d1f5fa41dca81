"""`LatencyMap` as it computes in float64, with certified errors: its own formulas on bounded tensors beside it.

Window, length, onset and frequency are exactly what the floats say.
"""

import math

import torch
from torch import Tensor

from phase_latency import formulas
from phase_latency.instance import observed
from phase_latency.latency import LatencyMap
from phase_latency.numerics.bounded import Bounded, bounded
from phase_latency.numerics.functions import floor

# The float next to pi, and its distance to pi: the twins of what computes with math.pi must be charged for it.
PI = Bounded(torch.tensor(math.pi, dtype=torch.float64), torch.tensor(2.0**-52, dtype=torch.float64))


def latency_of(latency_map: LatencyMap, p: Bounded) -> Bounded:
    """Twin of `LatencyMap.latency`."""
    window = Bounded.number(latency_map.window)
    twin: Bounded = formulas.latency(p, window, latency_map.length, latency_map.onset)
    return observed(latency_map.latency(p.value), twin)


def phase_of(latency_map: LatencyMap, t: Bounded, w: Tensor | float) -> Bounded:
    """Twin of `LatencyMap.phase`."""
    twin: Bounded = formulas.phase_of_latency(t, bounded(w), latency_map.window, latency_map.length, latency_map.onset)
    return observed(latency_map.phase(t.value, w), twin)


def latency_of_phase(latency_map: LatencyMap, theta: Bounded, w: float) -> Bounded:
    """Twin of `LatencyMap.latency_of_phase`."""
    twin: Bounded = formulas.latency_of_phase(
        theta, bounded(w), latency_map.window, latency_map.length, latency_map.onset
    )
    return observed(latency_map.latency_of_phase(theta.value, w), twin)


def period_of(latency_map: LatencyMap, w: float) -> Bounded:
    """Twin of `LatencyMap.period`, at one frequency."""
    twin: Bounded = formulas.latency_period(bounded(w), latency_map.window, latency_map.length, PI)
    return observed(torch.tensor(latency_map.period(w), dtype=torch.float64), twin)


def wrapped_phase_of(p: Tensor, w: float) -> Bounded:
    """Twin of `LatencyMap.wrapped_phase`, in which window and onset play no part."""
    twin: Bounded = formulas.wrapped(formulas.phase(bounded(p.double()), bounded(w)), floor, PI)
    return observed(LatencyMap(window=1.0, length=2).wrapped_phase(p.double(), w), twin)
