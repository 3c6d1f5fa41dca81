"""Choosing how to sum: the fast way, and again in a slower one where too much cancels."""

from phase_latency.masks import Mask
from phase_latency.streaming.exact import ExactSums
from phase_latency.streaming.exact_geometry import ExactGeometry, rounded
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.fits import Fit, fitted
from phase_latency.streaming.geometry import Geometry, GramGeometry, TriangularGeometry
from phase_latency.streaming.masked import MaskedGeometry
from phase_latency.streaming.sensitivity import sensitivity
from phase_latency.streaming.shards import AnySums, Summer, sum_here
from phase_latency.streaming.sides import Side, sides
from phase_latency.streaming.sums import Method, Sums, method_error

# What may be lost to cancellation before the slower sums are taken.
_LOST = 1e-13
# Logits that may be formed unless the caller allows more: some seconds.
DEFAULT_BUDGET = 2**25


def fit(
    pair: FactoredPair,
    mask: Mask | None = None,
    method: Method | None = None,
    budget: int = DEFAULT_BUDGET,
    summer: Summer = sum_here,
) -> Fit:
    """Fit one scale, common to all heads, between the logits of two tables.

    Args:
        pair: the logits of two tables.
        mask: pairs of positions that count; None for all.
        method: how inner products are summed; None for the fast way, and again if too much cancels in it. A mask
            that is more than padding is always measured by triangles.
        budget: most logits that may be formed for a mask that is not causal.
        summer: what sums a side; it may have its shards summed elsewhere.

    Returns:
        the fit.

    Raises:
        ArgumentError: a table is shorter or longer than it was, or the logits of a table are all zero.
        NotFiniteError: an entry is infinite or NaN.
    """
    query_side, key_side = sides(pair, None if mask is None else mask.keys)
    if mask is not None and (mask.causal or mask.entries is not None):
        return _fit_masked(pair, mask, budget, summer)
    if method is not None:
        return _fit_by(method, pair, query_side, key_side, summer)[0]
    quick, geometry = _fit_by("gram", pair, query_side, key_side, summer)
    assert isinstance(geometry, GramGeometry)
    if geometry.lost(quick.rounding) <= _LOST:
        return quick
    # Triangles lose nothing, but their certificate is coarse: it serves where errors of the tables are coarser still.
    backward = 2 * method_error(query_side, "triangular") * quick.condition
    coarse = quick.by_tables > 4 * backward
    return _fit_by("triangular" if coarse else "exact", pair, query_side, key_side, summer)[0]


def _fit_by(
    method: Method, pair: FactoredPair, query_side: Side, key_side: Side, summer: Summer
) -> tuple[Fit, Geometry]:
    queries, keys = _both(query_side, key_side, method, summer)
    geometry: Geometry
    if isinstance(queries, ExactSums) and isinstance(keys, ExactSums):
        geometry = ExactGeometry.of(pair, query_side, key_side, queries, keys)
        queries, keys = rounded(query_side, queries), rounded(key_side, keys)
    else:
        assert isinstance(queries, Sums)
        assert isinstance(keys, Sums)
        if method == "triangular":
            geometry = TriangularGeometry(pair, query_side, key_side, queries, keys)
        else:
            error = max(method_error(query_side, "gram"), method_error(key_side, "gram"))
            geometry = GramGeometry(pair, query_side, key_side, queries, keys, error)
    return _fitted(pair, geometry, query_side, key_side, queries, keys, method), geometry


def _fit_masked(pair: FactoredPair, mask: Mask, budget: int, summer: Summer) -> Fit:
    """Errors of the tables move the logits under a mask by no more than all logits."""
    query_side, key_side = sides(pair)
    geometry = MaskedGeometry(pair, mask, budget)
    queries, keys = _both(query_side, key_side, "triangular", summer)
    assert isinstance(queries, Sums)
    assert isinstance(keys, Sums)
    return _fitted(pair, geometry, query_side, key_side, queries, keys, "triangular")


def _fitted(
    pair: FactoredPair, geometry: Geometry, query_side: Side, key_side: Side, queries: Sums, keys: Sums, method: Method
) -> Fit:
    square, _ = geometry.moments(centred=False)
    size = max(square.value, 0.0) ** 0.5
    return fitted(pair, geometry, sensitivity(pair, query_side, key_side, queries, keys, method, size), method)


def _both(query_side: Side, key_side: Side, method: Method, summer: Summer) -> tuple[AnySums, AnySums]:
    """Sum both sides, in one pass if they are the same columns."""
    queries = summer(query_side, method)
    return queries, queries if query_side.same_columns(key_side) else summer(key_side, method)
