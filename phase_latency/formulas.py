"""Every formula of the project, written once and generic in what it is evaluated on.

Each function uses only ``+ - * / ** @`` and the functions it is handed (``sin``, ``exp``, ...), so the same
line is read by SymPy (a definition in a proof), by ball arithmetic (an enclosure), by torch (an attention
layer) and by :class:`phase_latency.numerics.Bounded` (a tensor with its rounding bound).

Symbols, units and sources: ``p`` position (positions, dimensionless), ``t`` latency (seconds), ``theta`` phase
(radians), ``w`` frequency (radians per position), ``T`` window (seconds), ``L`` number of positions, ``t0`` onset
(seconds); arXiv:2605.00662 (Bose 2026), Vaswani et al. 2017, Su et al. 2021.
"""

from collections.abc import Callable
from typing import Any

# Anything with arithmetic: a SymPy expression, an arb ball, a float, a torch tensor, a Bounded tensor.
Number = Any
Function = Callable[[Any], Any]
Relation = Callable[[Any, Any], Any]


# -- position, phase, latency ---------------------------------------------------------------------------------


def phase(p: Number, w: Number) -> Number:
    """Phase ``theta = w p`` of position ``p`` in the channel of frequency ``w`` (radians, unwrapped)."""
    return w * p


def latency(p: Number, T: Number, L: Number, t0: Number) -> Number:
    """Spike latency ``t = t0 + (T/L) p`` of position ``p`` (seconds)."""
    return t0 + T / L * p


def position_of_latency(t: Number, T: Number, L: Number, t0: Number) -> Number:
    """Position ``p = (L/T)(t - t0)`` whose latency is ``t``."""
    return L / T * (t - t0)


def phase_of_latency(t: Number, w: Number, T: Number, L: Number, t0: Number) -> Number:
    """Phase ``theta = (w L/T)(t - t0)`` that belongs to the latency ``t`` (the Phase-Latency Isomorphism)."""
    return w * L / T * (t - t0)


def latency_of_phase(theta: Number, w: Number, T: Number, L: Number, t0: Number) -> Number:
    """Latency ``t = t0 + T theta/(w L)`` that belongs to the phase ``theta``."""
    return t0 + T * theta / (w * L)


def latency_period(w: Number, T: Number, L: Number, pi: Number) -> Number:
    """Latency ``2 pi T/(w L)`` (seconds) in which the phase goes round once."""
    return 2 * pi * T / (w * L)


def wrapped(theta: Number, floor: Function, pi: Number) -> Number:
    """Phase ``theta - 2 pi floor(theta/(2 pi))``, wrapped to ``[0, 2 pi)``."""
    return theta - 2 * pi * floor(theta / (2 * pi))


def channel_frequency(i: Number, d: Number, base: Number) -> Number:
    """Classical frequency ``w_i = base**(-2i/d)`` of channel ``i`` (Vaswani et al. 2017, section 3.5)."""
    return base ** (-2 * i / d)


# -- encodings ------------------------------------------------------------------------------------------------


def sinusoid(theta: Number, sin: Function, cos: Function) -> tuple[Number, Number]:
    """The two coordinates ``(sin theta, cos theta)`` of one channel of a sinusoidal encoding."""
    return sin(theta), cos(theta)


def rotate(x: Number, y: Number, theta: Number, sin: Function, cos: Function) -> tuple[Number, Number]:
    """The pair ``(x, y)`` turned by the angle ``theta`` (rotary encoding, Su et al. 2021, equation 13)."""
    return rotated(x, y, cos(theta), sin(theta))


def rotated(x: Number, y: Number, cosine: Number, sine: Number) -> tuple[Number, Number]:
    """The pair ``(x, y)`` turned by the angle of the given cosine and sine."""
    return x * cosine - y * sine, x * sine + y * cosine


def alibi(q: Number, k: Number, slope: Number) -> Number:
    """Linear bias ``-slope |q - k|`` on a logit (Press et al. 2022)."""
    return -slope * abs(q - k)


# -- attention ------------------------------------------------------------------------------------------------


def project(x: Number, weight: Number, bias: Number | None) -> Number:
    """Affine projection ``x W + b`` of row vectors; no bias is added when ``bias`` is None."""
    projected = x @ weight
    return projected if bias is None else projected + bias


def scores(query: Number, key: Number, scale: Number) -> Number:
    """Logits ``scale * (Q K^T)``; ``mT`` transposes the last two axes."""
    return (query @ key.mT) * scale


def tempered(u: Number, tau: Number) -> Number:
    """Logit ``u`` at temperature ``tau``: what softmax at that temperature exponentiates."""
    return u / tau


def scaled_sum(content: Number, position: Number, a: Number) -> Number:
    """Additive input ``e + a P`` of a layer."""
    return content + a * position


def additive_logit(cc: Number, cp: Number, pc: Number, pp: Number, a: Number) -> Number:
    """Logit of ``e + a P`` from its four parts: ``CC + a (CP + PC) + a**2 PP``."""
    return cc + a * (cp + pc) + a**2 * pp


# -- normalisation --------------------------------------------------------------------------------------------


def root_mean_square_scale(mean_square: Number, eps: Number, sqrt: Function) -> Number:
    """Denominator ``sqrt(mean(x**2) + eps)`` of RMSNorm, and of LayerNorm on centred input."""
    return sqrt(mean_square + eps)


def normalised(centred: Number, denominator: Number, weight: Number, bias: Number | None) -> Number:
    """Normalised vector ``centred / denominator * weight + bias``; no bias is added when ``bias`` is None."""
    scaled = centred / denominator * weight
    return scaled if bias is None else scaled + bias


# -- spiking neurons ------------------------------------------------------------------------------------------


def response(s: Number, t: Number, tau: Number, before: Relation, exp: Function) -> Number:
    """What an exponential synapse has delivered by ``s`` of an input at ``t``: ``1 - exp((t - s)/tau)``, 0 before."""
    return before(t, s) * (1 - exp((t - s) / tau))


# -- associative memory ---------------------------------------------------------------------------------------


def join(x: Number, y: Number) -> Number:
    """The larger of two numbers, which a max store keeps: ``(x + y + |x - y|)/2``."""
    return (x + y + abs(x - y)) / 2
