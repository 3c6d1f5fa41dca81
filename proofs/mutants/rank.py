"""Changed claims of group E."""

from dataclasses import replace

from phase_latency.ledger.statement import step
from phase_latency.ledger.terms import Before, Same, equal, latency, total

from ..rank import L, m, n, relabelling


def _with_one_more_entry(goal):
    """The entries of both codes past the table are 0."""
    j = goal.lhs.limits[0][0]
    at_m, at_n = Same(j, m), Same(j, n)
    return (
        step("selection", equal(total(at_m**2, j), 1), "m-first m-last", m, label="norm-m"),
        step("selection", equal(total(at_n**2, j), 1), "n-first n-last", n, label="norm-n"),
        step("selection", equal(total(at_m * at_n, j), Same(m, n)), "m-first m-last", m, label="both"),
        step("indicator", equal(Same(m, n), 0), "apart", label="other"),
        step("sum-linearity", goal, "norm-m norm-n both other"),
    )


def _square_of_what_is_past_the_table(goal):
    """``m^2 - i > 0``: with ``x = m - L`` and ``y = L - 1 - i``, m is ``x + y + i + 1``, and m^2 is not below m."""
    i = goal.lhs.args[0]
    x, y = m - L, L - 1 - i
    products = [(x, x), (2, x, y), (y, y), (2, x, i), (2, y, i), (i, i), (x,), (y,), (i,)]  # m^2 - m
    return (step("indicator", goal, "beyond", [*products, (x,), (y,), (1,)]),)


def _counted_further(goal, claim):
    """The steps of a claim, for one position more: it does not come before m either."""
    j = goal.lhs.limits[0][0]
    (i,) = (one for one in claim.goal.lhs.variables)

    *before, ranks, _ = claim.steps
    return (
        *(replace(one, fact=one.fact.xreplace({i: j})) for one in before),
        replace(ranks, fact=equal(goal.lhs, total(Before(j, m), j))),
        step("count", equal(total(Before(j, m), j), m), "m-first m-within", label="counted"),
        step("transitivity", goal, "ranks counted"),
    )


def _factors_exchanged(goal):
    """The steps of the claim, with position and window of one latency exchanged in each."""
    claim = relabelling.claim("time")
    before, after = (one.atoms(latency) for one in (claim.goal, goal))
    (old,), (new,) = before - after, after - before
    return [replace(one, fact=one.fact.xreplace({old: new})) for one in claim.steps]


DERIVATIONS = {
    "rank-gram/distance/bound@0.1": _with_one_more_entry,
    "rank-gram/past-the-table/exponent@0.1.0": _square_of_what_is_past_the_table,
    "relabelling/time/bound@0.1": lambda goal: _counted_further(goal, relabelling.claim("time")),
    "relabelling/phase/bound@0.1": lambda goal: _counted_further(goal, relabelling.claim("phase")),
    "relabelling/time/function@0.0.0.0": _factors_exchanged,
}
