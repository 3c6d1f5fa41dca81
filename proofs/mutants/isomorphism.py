"""Changed claims of group A."""

from sympy import floor, pi

from phase_latency.ledger.statement import step
from phase_latency.ledger.terms import at_most

from ..isomorphism import order, w

POINTS = {
    # 2 pi/w = -2/3, of which the ceiling is 0, above L - 1 = -3
    "phase-latency-order/turn-is-reached/hypothesis@frequency": {"w": -3 * pi, "L": -2},
}


def _floor_is_reached(goal):
    """What is below the quotient is below its bound."""
    (within,) = (one for one in order.claim("turn-is-reached").steps if one.label == "r")
    return (
        within,
        step("integer-part", at_most(floor(2 * pi / w), 2 * pi / w), "frequency", label="below"),
        step("transitivity", goal, "below r"),
    )


DERIVATIONS = {"phase-latency-order/turn-is-reached/function@0.0": _floor_is_reached}
