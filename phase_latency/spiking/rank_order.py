"""Rank-ordered N-of-M codes: the order in which N of M units fire, as a vector or as spike times."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from phase_latency.errors import ArgumentError
from phase_latency.validation import check_whole


def rank_code(order: Sequence[int], units: int, alpha: float) -> Float64[Tensor, " units"]:
    """The code as a vector: ``alpha**r`` at the unit that fires r-th, counted from 0, and 0 at the others.

    Args:
        order: the units that fire, first to last, each at most once.
        units: M, how many there are.
        alpha: factor from one rank to the next, in (0, 1).

    Returns:
        (units,) the code. Source: Furber et al. 2007; its statement is rank-code.

    Raises:
        ArgumentError: a unit that there is not, or twice; no unit; alpha out of range.
    """
    _check(order, units, alpha)
    code = torch.zeros(units, dtype=torch.float64)
    code[list(order)] = torch.tensor([alpha**rank for rank in range(len(order))], dtype=torch.float64)
    return code


def spike_times(
    order: Sequence[int], units: int, alpha: float, time_constant: float = 1.0
) -> Float64[Tensor, " units"]:
    """The code as spikes that are ``-tau ln(alpha)`` apart, the first at 0.

    Args:
        order: the units that fire, first to last, each at most once.
        units: M, how many there are.
        alpha: factor from one rank to the next, in (0, 1).
        time_constant: tau, > 0, in seconds.

    Returns:
        (units,) spike times in seconds, +inf for units that stay silent.

    Raises:
        ArgumentError: as :func:`rank_code`, or a time constant that is not finite and > 0.
    """
    _check(order, units, alpha)
    _check_time_constant(time_constant)
    times = torch.full((units,), math.inf, dtype=torch.float64)
    times[list(order)] = -time_constant * math.log(alpha) * torch.arange(len(order), dtype=torch.float64)
    return times


def code_of_times(times: Float[Tensor, " units"], time_constant: float = 1.0) -> Float64[Tensor, " units"]:
    """What spikes are worth: ``exp(-t/tau)``, and 0 for units that stay silent.

    Args:
        times: (units,) float64 spike times in seconds, +inf for silence.
        time_constant: tau, > 0, in seconds.

    Returns:
        (units,) the values.

    Raises:
        ArgumentError: times of another shape or dtype, NaN or -inf among them, or a time constant that is not > 0.
    """
    _check_time_constant(time_constant)
    if not isinstance(times, Tensor) or times.ndim != 1 or times.dtype != torch.float64:
        raise ArgumentError("times", times, "float64 times of shape (units,)", "convert them with .double()")
    if bool((times.isnan() | times.isneginf()).any()):
        raise ArgumentError("times", "NaN or -inf", "finite times, or +inf for silence", "mend what computed them")
    return (-times / time_constant).exp()


def _check(order: Sequence[int], units: int, alpha: float) -> None:
    check_whole(units, "units", 1, "pass how many units there are")
    if not order or len(set(order)) != len(order) or not all(unit in range(units) for unit in order):
        raise ArgumentError("order", order, f"different units out of 0..{units - 1}", "let each unit fire once at most")
    if not isinstance(alpha, float) or not 0 < alpha < 1:
        raise ArgumentError("alpha", alpha, "a number in (0, 1)", "pass one, for example 0.9")


def _check_time_constant(time_constant: float) -> None:
    if (
        isinstance(time_constant, bool)
        or not isinstance(time_constant, int | float)
        or not 0 < time_constant < math.inf
    ):
        raise ArgumentError("time_constant", time_constant, "a finite number > 0", "pass one, for example 1.0")
