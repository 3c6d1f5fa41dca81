"""The strongest invariance class that holds between two families of logits, and what each class leaves over.

    Exact                 G' = G
    Scale                 G' = c G, c > 0                     softmax sees another temperature
    RowConstant           G' = G + r 1^T                      softmax sees nothing
    ScaleAndRowConstant   G' = c G + r 1^T
    RowAffine             G'_i = c_i G_i + r_i, c_i > 0       another temperature in each row
    Order                 G'_i = f_i(G_i), f_i nondecreasing  the same ranking in each row

A class holds if what it leaves over is within its bound, and the bound is small enough to mean something. The first
four come with the fit, over all pairs of positions. The last two look at rows one by one, at all of them or at a
random sample, and only if no stronger class holds, for then they hold as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from phase_latency.figures import Figure
from phase_latency.masks import Mask
from phase_latency.streaming.factors import FactoredPair
from phase_latency.streaming.fits import Fit
from phase_latency.streaming.order import order_residual
from phase_latency.streaming.row_affine import row_affine_residual
from phase_latency.streaming.sample import drawn_queries


@dataclass(frozen=True)
class Relations:
    """What invariance classes leave over.

    Attributes:
        residuals: relative, by the name of the class; of "Order" relative to the largest logit of the sample.
        strongest: the strongest class that holds; "Nothing" if none does, "Undecided" if nothing can be certified.
        sampled: number of queries that single rows were looked at for, and number of queries.
    """

    residuals: Mapping[str, Figure]
    strongest: str
    sampled: tuple[int, int]


def relations(pair: FactoredPair, fit: Fit, mask: Mask, budget: int, seed: int) -> Relations:
    """Find the strongest class.

    Args:
        pair: the logits of two tables.
        fit: what the first four classes leave over.
        mask: pairs of positions that count.
        budget: most logits that are formed for rows.
        seed: of the sample of rows, if the budget does not allow for all.

    Returns:
        the classes.
    """
    heads, queries, keys = pair.shape
    residuals: dict[str, Figure] = dict(fit.residuals.items())
    scales = {"Scale": fit.scale, "ScaleAndRowConstant": fit.centred_scale}
    for name, residual in residuals.items():
        if _holds(residual) and (name not in scales or scales[name].value > scales[name].bound):
            return Relations(residuals, name, (0, queries))
    rows = drawn_queries(heads, queries, keys, budget, seed)
    sampled = len(rows), queries
    for name, measured in (("RowAffine", row_affine_residual), ("Order", order_residual)):
        residuals[name] = measured(pair, rows, mask)
        if _holds(residuals[name]):
            return Relations(residuals, name, sampled)
    meaningless = all(not residual.bound < 1 for residual in residuals.values())
    return Relations(residuals, "Undecided" if meaningless else "Nothing", sampled)


def _holds(residual: Figure) -> bool:
    return residual.value <= residual.bound < 1
