"""The relation ``G'_i = c_i G_i + r_i`` with a positive factor and a constant for each row: a temperature per row.

Each row is fitted by itself, in difference form and less its mean, in two passes over the keys: one for the factors,
one for what they leave over. Sums over blocks of keys are put together without cancellation (Chan, Golub and LeVeque,
The American Statistician 37, 1983).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from phase_latency.figures import Figure
from phase_latency.masks import Mask
from phase_latency.numerics.propagation import inflated
from phase_latency.numerics.roundoff import gamma, unit_roundoff
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.projections import Factors

_UNIT = unit_roundoff(torch.float64)
_ROUNDED_UP = 1 + 1e-9
_ENTRIES = 2**18  # of a block of keys against the rows: a few MB
_KEYS = 4096  # of a block at most, so that sums stay short


@dataclass(frozen=True, eq=False)
class _Spread:
    """Number, means and centred inner products of several quantities over the keys of each row.

    Attributes:
        count: (rows,).
        means: (quantities, heads, rows).
        products: (quantities, quantities, heads, rows).
    """

    count: Float64[Tensor, " rows"]
    means: Float64[Tensor, "quantities heads rows"]
    products: Float64[Tensor, "quantities quantities heads rows"]

    @classmethod
    def of(cls, values: Tensor, admitted: Tensor | None) -> "_Spread":
        """Of (quantities, heads, rows, keys) values where they are admitted."""
        count = torch.full(values.shape[2:3], float(values.shape[3]), dtype=torch.float64)
        if admitted is not None:
            values, count = torch.where(admitted, values, 0.0), admitted.sum(-1).double()
        means = values.sum(-1) / count.clamp(min=1)
        centred = values - means[..., None]
        if admitted is not None:
            centred = torch.where(admitted, centred, 0.0)
        return cls(count, means, torch.einsum("ahrk,bhrk->abhr", centred, centred))

    def __add__(self, other: "_Spread") -> "_Spread":
        count = self.count + other.count
        share = other.count / count.clamp(min=1)
        between = other.means - self.means
        products = between[:, None] * between[None, :] * (self.count * share)
        return _Spread(count, self.means + between * share, self.products + other.products + products)


def row_affine_residual(pair: FactoredPair, rows: Int64[Tensor, " rows"], mask: Mask) -> Figure:
    """What the best factors and constants of some rows leave over.

    Args:
        pair: the logits of two tables.
        rows: (rows,) queries, in increasing order, each once.
        mask: pairs of positions that count.

    Returns:
        Frobenius norm of what is left over, relative to the other logits less their row means. A row whose best factor
        is not positive counts as left over wholly.
    """
    queries = pair.queries_at(rows)
    fit = _passed(pair, queries, rows, mask, None)
    gg, gh = fit.products[0, 0], fit.products[0, 1]
    delta = torch.where(gg > 0, gh / gg.clamp(min=torch.finfo(torch.float64).tiny), 0.0)
    left = _passed(pair, queries, rows, mask, delta)
    positive = (float(pair.query_tables.factor) * pair.key_tables.factor + delta > 0) | (gg == 0)
    whole = left.products[1, 1]
    square = torch.where(positive, left.products[0, 0], whole)
    size = float(whole.sum().sqrt())
    if not size:
        return Figure(0.0, 0.0)
    value = float(square.sum().sqrt()) / size
    g_error, h_error = _row_errors(pair, queries)
    tables = abs(pair.query_tables.factor * pair.key_tables.factor)
    moved = float((delta.abs() * g_error + h_error).square().sum().sqrt())
    whole_moved = float((tables * g_error + h_error).square().sum().sqrt())
    if not size > whole_moved:
        return Figure(value, float("inf"))
    summed = gamma(4 * _KEYS + 8 * pair.shape[2], _UNIT) * value
    return Figure(value, _ROUNDED_UP * ((moved + value * whole_moved) / (size - whole_moved) + summed))


def _passed(pair: FactoredPair, queries: Factors, rows: Tensor, mask: Mask, delta: Tensor | None) -> _Spread:
    """Of G and H; or, given factors, of ``H - delta G`` and ``G'``."""
    total: _Spread | None = None
    for g, h, admitted in _blocks(pair, queries, rows, mask):
        if delta is None:
            values = torch.stack([g, h])
        else:
            tables = pair.query_tables.factor * pair.key_tables.factor
            values = torch.stack([h - delta[..., None] * g, tables * g + h])
        found = _Spread.of(values, admitted)
        total = found if total is None else total + found
    assert total is not None
    return total


def _blocks(
    pair: FactoredPair, queries: Factors, rows: Tensor, mask: Mask
) -> Iterator[tuple[Tensor, Tensor, Tensor | None]]:
    s_q, s_k = pair.query_tables.factor, pair.key_tables.factor
    size = min(_KEYS, max(1, _ENTRIES // max(1, pair.heads * len(rows))))
    for start, keys in pair.keys(size):
        g = queries.reference @ keys.reference.mT
        other = s_k * keys.reference + keys.difference
        h = queries.reference @ (s_q * keys.difference).mT + queries.difference @ other.mT
        yield g, h, mask.admitted(rows, slice(start, start + g.shape[2]))


def _row_errors(pair: FactoredPair, queries: Factors) -> tuple[Tensor, Tensor]:
    """(heads, rows) Euclidean distance of the rows of G and H to the exact ones, at most."""
    squares = torch.zeros(4, pair.heads, dtype=torch.float64)
    for _, keys in pair.keys(_KEYS):
        each = (keys.reference_norm, keys.reference_error, keys.difference_norm, keys.difference_error)
        squares += torch.stack([norm.square().sum(1) for norm in each])
    b, b_error, db, db_error = squares.sqrt()[..., None]
    rounding = gamma(2 * pair.rank + 64, _UNIT)
    a, da = queries.reference_norm, queries.difference_norm
    a_error, da_error = queries.reference_error + rounding * a, queries.difference_error + rounding * da
    s_q, s_k = abs(pair.query_tables.factor), abs(pair.key_tables.factor)
    g_error = a_error * (b + b_error) + a * b_error
    h_error = (
        s_q * (a_error * (db + db_error) + a * db_error)
        + s_k * (da_error * (b + b_error) + da * b_error)
        + da_error * (db + db_error)
        + da * db_error
    )
    return inflated(g_error), inflated(h_error)
