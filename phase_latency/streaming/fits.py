"""The best scale between two families of logits, and what it and other relations leave over, in O(L d**2).

With ``G' = s_q s_k G + H`` in the units of the tables, ``delta = <G, H>/<G, G>`` and ``c = s_q s_k + delta``. Each
relation leaves over some ``M(alpha) = alpha G + H``:

    Exact    alpha = s_q s_k - 1
    Scale    alpha = -delta
    RowConstant, ScaleAndRowConstant: the same on centred rows, where a constant of each row is gone.

Each residual is relative to G', centred where the relation is. If the exact logits differ from G and H by at most g
and h in the Frobenius norm, then residuals, being distances to a linear space, move by at most ``|alpha| g + h``, and
delta by at most ``(g |M|/|G| + |delta| g + h)/(|G| - g)``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import torch

from phase_latency.errors import ArgumentError
from phase_latency.figures import Figure
from phase_latency.numerics.roundoff import unit_roundoff
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.geometry import Geometry, Size
from phase_latency.streaming.sensitivity import Sensitivity
from phase_latency.streaming.sums import Method

_UNIT = unit_roundoff(torch.float64)
_ROUNDED_UP = 1 + 1e-9

# Invariance classes of which all pairs of positions are summed at once.
Relation = Literal["Exact", "Scale", "RowConstant", "ScaleAndRowConstant"]


@dataclass(frozen=True)
class Fit:
    """A fitted scale, and what four relations leave over.

    Attributes:
        scale: c of the relation "Scale", with the most that it can differ from that of the exact logits.
        centred_scale: the same for "ScaleAndRowConstant"; of no meaning, with an infinite bound, if
            all rows are constant.
        residuals: relative Frobenius norm of what each relation leaves over.
        delta: c less the scale of the tables, in their units: ``M(-delta)`` is the deviation.
        delta_error: how far it may be off.
        condition: relative change of the logits, at most, per relative change of the tables (kappa).
        rounding: relative error of the squares of all norms behind both scales and what they leave over, at most, that
            is due to rounding of their computation; infinite if nothing is left of one.
        by_tables: part of the bound of the residual of "Scale" that is due to errors of the tables.
        method: how the inner products were summed.
    """

    scale: Figure
    centred_scale: Figure
    residuals: Mapping[Relation, Figure]
    delta: float
    delta_error: float
    condition: float
    rounding: float
    by_tables: float
    method: Method


def fitted(pair: FactoredPair, geometry: Geometry, moved: Sensitivity, method: Method) -> Fit:
    """Fit from the inner products of the logits.

    Args:
        pair: the logits of two tables.
        geometry: the inner products.
        moved: what errors of the tables do to the logits.
        method: how the inner products were summed.

    Returns:
        the fit.
    """
    plain = _fit_of(pair, geometry, moved, centred=False)
    centred = _fit_of(pair, geometry, moved, centred=True)
    residuals: dict[Relation, Figure] = {
        "Exact": plain.fixed,
        "Scale": plain.scaled,
        "RowConstant": centred.fixed,
        "ScaleAndRowConstant": centred.scaled,
    }
    return Fit(
        scale=plain.scale,
        centred_scale=centred.scale,
        residuals=residuals,
        delta=plain.delta.value,
        delta_error=plain.delta.error,
        condition=moved.condition,
        # What cancels in centred rows need not cancel in whole ones, which keep what is constant in a row.
        rounding=max(plain.rounding, centred.rounding),
        by_tables=plain.by_tables,
        method=method,
    )


@dataclass(frozen=True)
class _Part:
    """The fit of one scale, with or without the means of the rows."""

    scale: Figure
    delta: Size
    fixed: Figure
    scaled: Figure
    rounding: float
    by_tables: float


def _fit_of(pair: FactoredPair, geometry: Geometry, moved: Sensitivity, centred: bool) -> _Part:
    tables = Fraction(pair.query_tables.factor) * Fraction(pair.key_tables.factor)
    exact = _within_range(pair, tables - 1 / pair.ratio)
    square, product = geometry.moments(centred)
    value = product.value / square.value if square.value > 0 else 0.0
    fixed, scaled, whole = geometry.sizes((exact, -value, float(tables)), centred)
    delta = Size(value, _delta_error(square, product, value, scaled, moved))
    rounding = max(_share(square.error, square.value), 2 * _share(scaled.error, scaled.value))
    scaled = Size(scaled.value, scaled.error + _beyond_best(square, product, value, scaled))
    whole = Size(whole.value, whole.error + moved.of(float(tables)))
    scale = _within_range(pair, pair.ratio * (tables + Fraction(value)))
    return _Part(
        scale=Figure(scale, _ROUNDED_UP * float(pair.ratio) * delta.error + abs(scale) * _UNIT),
        delta=delta,
        fixed=_relative(fixed, moved.of(exact), whole),
        scaled=_relative(scaled, moved.of(abs(value) + delta.error), whole),
        rounding=rounding,
        by_tables=_share(moved.of(value), whole.value),
    )


def _share(error: float, value: float) -> float:
    """A relative error; 0 if there is none, even of a value of 0."""
    if not error:
        return 0.0
    return error / value if value > 0 else math.inf


def _within_range(pair: FactoredPair, number: Fraction) -> float:
    """Round a number; one beyond float64 means that the tables are too far apart in size."""
    try:
        return float(number)
    except OverflowError:
        times = math.log2(pair.query_tables.reference_unit) + math.log2(pair.key_tables.reference_unit)
        times -= math.log2(pair.query_tables.other_unit) + math.log2(pair.key_tables.other_unit)
        given = f"logits about 2**{times:.0f} times those of {pair.query_tables.reference.name}"
        expected, remedy = "logits whose ratio is within the range of float64", "bring the tables closer in scale"
        raise ArgumentError(pair.query_tables.other.name, given, expected, remedy) from None


def _delta_error(square: Size, product: Size, delta: float, left: Size, moved: Sensitivity) -> float:
    """How far delta may be off: by rounding of the inner products, and by errors of the tables."""
    least = math.sqrt(max(square.value - square.error, 0.0)) - moved.reference
    if not least > 0:
        return math.inf
    by_tables = moved.reference * (left.value + left.error) / least**2 + moved.of(delta) / least
    return _ROUNDED_UP * (_quotient_error(square, product, delta) + by_tables)


def _quotient_error(square: Size, product: Size, delta: float) -> float:
    """How far delta may be off by rounding of the inner products and of their quotient."""
    least = square.value - square.error
    if not least > 0:
        return math.inf
    return _ROUNDED_UP * ((product.error + abs(delta) * square.error) / least + abs(delta) * 2 * _UNIT)


def _beyond_best(square: Size, product: Size, delta: float, left: Size) -> float:
    """How much larger M(-delta) may be than what the best delta leaves over: ``|M|**2 = |M_best|**2 + off**2``."""
    error = _quotient_error(square, product, delta)
    if math.isinf(error):
        return left.value + left.error
    off, least = error * math.sqrt(max(square.value + square.error, 0.0)), left.value - left.error
    return off * min(1.0, off / least) if least > 0 else off


def _relative(left: Size, moved: float, whole: Size) -> Figure:
    """A residual relative to the logits, with the most that it can be off."""
    least = whole.value - whole.error
    value = left.value / whole.value if whole.value > 0 else 0.0
    if not (least > 0 and math.isfinite(left.value)):
        return Figure(value, math.inf)
    return Figure(value, _ROUNDED_UP * (left.error + moved + value * whole.error) / least + value * 4 * _UNIT)
