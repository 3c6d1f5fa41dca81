"""Changed claims of group B."""

from phase_latency.ledger.statement import step
from phase_latency.ledger.terms import positive

from ..lemma_1 import d, eps

# Everything of dimension 1: contents e, f and positions P, Q of which one is not 0, and projections that are all 1.
_line = {
    **{"d": 1, "d_k": 1, "a": 2, "Pi_e": [[1]], "Pi_P": [[1]]},
    **{"W_Q": [[1]], "W_K": [[1]], "b_Q": [1], "b_K": [1], "e": [0], "f": [0], "P": [0], "Q": [0]},
}
POINTS = {
    "lemma-1-reparametrisation/independent-subspaces/hypothesis@Pi_e-P": {**_line, "P": [1]},
    "lemma-1-reparametrisation/independent-subspaces/hypothesis@Pi_P-e": {**_line, "e": [1]},
    "lemma-1-reparametrisation/independent-subspaces/hypothesis@Pi_P-f": {**_line, "f": [1]},
}


def _larger_denominator(goal):
    """``N/(eps + N) < d``, by ``d - 1 >= 0`` and ``eps/(eps + N) > 0``."""
    denominator = goal.lhs.as_numer_denom()[1]
    return (
        step("order", positive(denominator), "positive-eps", label="denominator"),
        step("order", goal, "width denominator positive-eps", [(d - 1,), (eps, 1 / denominator)]),
    )


DERIVATIONS = {"lemma-1-normalised/norm-falls/exponent@0.0.0.1.0.0": _larger_denominator}
