"""Group H, spike codes: how many spikes a softmax costs.

Main statements: spike-rate-stochastic, spike-rate-deterministic, spike-latency-code, spike-count-lower-bound.
Notation: ``p_j`` are the weights of n units; after ``N`` steps of a code unit j has ``c_j`` spikes. Probabilities of a
finite experiment are a sequence too. ``tau`` is the time constant of a latency code, ``dt`` its resolution.
Source: Guo, Wu and Yiu 2026 for the published lower bound; the rest is our own.
"""

from sympy import Abs, Rational, S, exp, log, sqrt

from phase_latency.ledger.statement import Control, Hypothesis, Source, Statement, claim, step
from phase_latency.ledger.terms import (
    at_least,
    at_most,
    equal,
    index,
    integer,
    less,
    positive,
    real,
    sequence,
    total,
)

PAPER = "arXiv:2604.15769"

n, N = integer("n"), real("N")
j = index("j", n)
p = sequence("p")
distributed = Hypothesis("sum", equal(total(p[j], j), 1), "the weights add up to 1")
not_negative = Hypothesis("weights", at_least(p[j], 0), "no weight is negative")
some_unit = Hypothesis("units", at_least(n, 1), "there is a unit")
some_step = Hypothesis("steps", positive(N), "there is a step")


# -- independent counts ---------------------------------------------------------------------------------------

k_range, l_range = integer("K"), integer("M")
k, l = index("k", k_range), index("l", l_range)  # noqa: E741  # the outcomes of two experiments
q, r, x, y, e = (sequence(name) for name in ("q", "r", "x", "y", "e"))
mean, X, a = real("mu"), real("X"), real("a")
possible = Hypothesis("possible", at_least(q[k], 0), "q_k are the probabilities of the outcomes")
certain = Hypothesis("certain", equal(total(q[k], k), 1), "of an experiment,")
expected = Hypothesis("expected", equal(mean, total(q[k] * Abs(x[k]), k)), "mu is the mean absolute deviation")
second = Hypothesis("second", equal(total(r[l], l), 1), "r_l those of another one")
centred_x = Hypothesis("centred-x", equal(total(q[k] * x[k], k), 0), "the mean of x is zero")
of_counts = Hypothesis(
    "variance", at_most(e[j] ** 2, p[j] * (1 - p[j]) / N), "e_j is at most the deviation of the mean of N steps"
)
added_up = Hypothesis("added-up", equal(X, total(e[j], j)), "X adds up the deviations of all units,")
deviations = Hypothesis("deviations", at_least(e[j], 0), "which are not negative")


def _experiment(rng):
    """Weights and their deviations, and two experiments with centred outcomes."""
    size = rng.randint(1, 3)
    parts = [rng.randint(1, 4) for _ in range(size)]
    weights = {i: Rational(part, sum(parts)) for i, part in enumerate(parts)}
    spread = {i: weight * (1 - weight) / 2 for i, weight in weights.items()}  # below the root for up to 4 steps
    half = Rational(1, 2)
    up, down = rng.randint(0, 3), rng.randint(-3, 0)
    return {
        **{"n": size, "N": rng.randint(1, 4), "p": weights, "e": spread, "X": sum(spread.values(), S.Zero)},
        **{"K": 2, "q": {0: half, 1: half}, "x": {0: up, 1: -up}, "mu": up},
        **{"M": 2, "r": {0: half, 1: half}, "y": {0: down, 1: -down}},
    }


fair = {
    "n": 2,
    "N": 1,
    "p": {0: Rational(1, 2), 1: Rational(1, 2)},
    "e": {0: Rational(1, 2), 1: Rational(1, 2)},
    "X": 1,
}
coin = {"K": 2, "q": {0: Rational(1, 2), 1: Rational(1, 2)}, "x": {0: 1, 1: -1}, "mu": 1}
spread_of_weights = total(p[j] ** 2, j)

spike_rate_stochastic = Statement(
    "spike-rate-stochastic",
    group="H",
    title="Independent spikes estimate softmax with an error of at most sqrt((n-1)/(4 N)) after N steps",
    source=Source("standard", "variance of a multinomial count, Jensen and Cauchy-Schwarz"),
    claims=(
        claim(
            "one-step",
            equal(a * (1 - a) ** 2 + (1 - a) * a**2, a * (1 - a)),
            by="ring",
            text="A unit that fires with probability a in a step has the variance a (1 - a);",
        ),
        claim(
            "independent",
            equal(
                total(q[k] * total(r[l] * (x[k] + y[l]) ** 2, l), k),
                total(q[k] * x[k] ** 2, k) + total(r[l] * y[l] ** 2, l),
            ),
            by="sum-linearity",
            uses="certain second centred-x",
            given=(certain, second, centred_x),
            text="variances of independent experiments add, so that the mean of N steps has a (1 - a)/N.",
        ),
        claim(
            "mean-deviation",
            at_most(mean**2, total(q[k] * x[k] ** 2, k)),
            step("order", at_least(q[k] * (Abs(x[k]) - mean) ** 2, 0), "possible", None, "each"),
            by="order",
            uses="each certain expected",
            certificate=[(total(q[k] * (Abs(x[k]) - mean) ** 2, k),)],
            given=(possible, certain, expected),
            text="The mean absolute deviation squared is at most the variance.",
        ),
        claim(
            "total-variation",
            at_most(X / 2, sqrt((n - 1) / (4 * N))),
            step("order", positive(n), "units", [(n - 1,), (1,)], label="n>0"),
            step(
                "sum-monotone",
                at_most(total(e[j] ** 2, j), total(p[j] * (1 - p[j]) / N, j)),
                "variance steps",
                label="all",
            ),
            step("order", at_least(total(e[j], j), 0), "deviations", label="X>=0"),
            step("order", at_least(X / 2, 0), "X>=0 added-up", [(Rational(1, 2), total(e[j], j))], label="half"),
            step("order", at_least((n - 1) / N, 0), "units steps", [(n - 1, 1 / N)], label="room"),
            by="root",
            uses="half room all n>0 sum added-up steps",
            certificate=[
                (Rational(1, 4), n, total(p[j] * (1 - p[j]) / N, j) - total(e[j] ** 2, j)),
                (Rational(1, 4), 1 / n, total((n * e[j] - X) ** 2, j)),
                (Rational(1, 4), 1 / n, 1 / N, total((n * p[j] - 1) ** 2, j)),
            ],
            given=(distributed, some_unit, some_step, of_counts, deviations, added_up),
            text="So the expected distance in total variation is at most sqrt((n-1)/(4 N)): four times the spikes "
            "for half the error.",
        ),
    ),
    controls=(
        Control(
            "half",
            "half the bound",
            of="total-variation",
            goal=at_most(X / 2, sqrt((n - 1) / (16 * N))),
            witness=fair,
        ),
        Control(
            "larger-variance",
            "spikes that are not independent: a unit that fires at all steps or at none",
            of="total-variation",
            drops=("variance",),
            witness={**fair, "N": 100},
        ),
        Control(
            "no-difference",
            "the variance a of a rare event taken for that of any",
            of="one-step",
            goal=equal(a * (1 - a) ** 2 + (1 - a) * a**2, a),
            witness={"a": 1},
        ),
        Control(
            "the-same-twice",
            "outcomes that are not centred",
            of="independent",
            drops=("centred-x",),
            witness={"K": 1, "M": 1, "q": {0: 1}, "r": {0: 1}, "x": {0: 1}, "y": {0: 1}},
        ),
        Control(
            "half-the-variance",
            "half the variance",
            of="mean-deviation",
            goal=at_most(mean**2, total(q[k] * x[k] ** 2, k) / 2),
            witness=coin,
        ),
    ),
    sampler=_experiment,
    instances=(
        "phase_latency.proofs.instances.spike_codes:mean_deviation_of_runs",
        "phase_latency.proofs.instances.spike_codes:total_variation_of_counts",
    ),
)


# -- deterministic inhibition ---------------------------------------------------------------------------------

v, c = sequence("v"), sequence("c")
top = real("m")
above = Hypothesis("above", positive(1 + v[j]), "every potential v_j = N p_j - c_j is above -1,")
balanced = Hypothesis("balanced", equal(total(v[j], j), 0), "and together they are 0")
largest = Hypothesis("largest", at_most(v[j] + p[j], top), "m is at least every potential after p_j is added")
whole = Hypothesis("whole", equal(c[j] ** 2, c[j]), "a unit fires once or not at all,")
one_spike = Hypothesis("one-spike", equal(total(c[j], j), 1), "one unit fires,")
winner = Hypothesis("winner", at_least(c[j] * (v[j] + p[j] - top), 0), "and it has the potential m")
counts = Hypothesis("counts", equal(v[j], N * p[j] - c[j]), "the potential counts what was added less the spikes")
two_units = Hypothesis("two", at_least(n, 2), "there are two units or more")
after = v[j] + p[j]
sum_of_after = total(after, j)


def _inhibited(rng):
    """Potentials after some steps of lateral inhibition, and the next step."""
    size, steps = rng.randint(2, 4), rng.randint(1, 6)
    parts = [rng.randint(1, 4) for _ in range(size)]
    weights = [Rational(part, sum(parts)) for part in parts]
    fired = [0] * size
    for count in range(1, steps + 1):
        raised = [count * weight - spikes for weight, spikes in zip(weights, fired, strict=True)]
        fired[raised.index(max(raised))] += 1
    potentials = [steps * weight - spikes for weight, spikes in zip(weights, fired, strict=True)]
    raised = [potential + weight for potential, weight in zip(potentials, weights, strict=True)]
    chosen = raised.index(max(raised))
    spikes = fired if rng.randint(0, 1) else [int(i == chosen) for i in range(size)]
    rows = {"p": weights, "v": potentials, "c": spikes}
    return {"n": size, "N": steps, "m": max(raised), **{name: dict(enumerate(row)) for name, row in rows.items()}}


pair = {"n": 2, "N": 1, "p": {0: Rational(1, 2), 1: Rational(1, 2)}, "v": {0: 0, 1: 0}, "c": {0: 1, 1: 0}}

spike_rate_deterministic = Statement(
    "spike-rate-deterministic",
    group="H",
    title="Deterministic lateral inhibition counts softmax to less than (n-1)/N after N steps",
    source=Source("standard", "apportionment by largest deficit; the proof is our own"),
    claims=(
        claim(
            "above",
            positive(1 + after - c[j]),
            step("order", positive(n), "units", [(n - 1,), (1,)], label="n>0"),
            step("sum-monotone", at_most(total(after, j), total(top, j)), "largest", label="all"),
            step(
                "order",
                positive(top),
                "all balanced sum n>0",
                [(total(top, j) - total(after, j), 1 / n), (1 / n,)],
                label="top",
            ),
            step("order", at_least(c[j] - c[j] ** 2, 0), "whole", [(0,)], label="at-most-one"),
            step("order", positive(1 + after), "above weights", [(1 + v[j],), (p[j],)], label="raised"),
            step("order", positive(1 + after + top), "raised top", [(1 + after,), (top,)], label="both"),
            by="order",
            uses="top at-most-one raised both winner",
            certificate=[
                (1 + after, top, 1 / (1 + after + top)),
                (1 + after + top, (c[j] - (1 + after) / (1 + after + top)) ** 2),
                (1 + after + top, c[j] - c[j] ** 2),
                (c[j] * (after - top),),
            ],
            given=(distributed, not_negative, some_unit, above, balanced, largest, whole, winner),
            text="If p_j is added to each potential, and the unit with the largest one fires and loses 1, all stay "
            "above -1,",
        ),
        claim(
            "balanced",
            equal(total(after - c[j], j), 0),
            by="sum-linearity",
            uses="balanced sum one-spike",
            given=(distributed, balanced, one_spike),
            text="and together 0: so it is after any number of steps.",
        ),
        claim(
            "error",
            less(Abs(c[j] / N - p[j]), (n - 1) / N),
            step("order", positive(n), "two", [(n - 2,), (2,)], label="n>0"),
            step("term", less(1 + v[j], total(1 + v[j], j)), "above two", label="part"),
            step("sum-linearity", equal(total(1 + v[j], j), n), "balanced n>0", label="number"),
            step(
                "order",
                less(c[j] / N - p[j], (n - 1) / N),
                "above two counts steps",
                [(1 + v[j], 1 / N), (n - 2, 1 / N)],
                label="from-above",
            ),
            step(
                "order",
                less(p[j] - c[j] / N, (n - 1) / N),
                "part number counts n>0 steps",
                [(total(1 + v[j], j) - (1 + v[j]), 1 / N)],
                label="from-below",
            ),
            by="absolute",
            uses="from-above from-below steps",
            given=(some_step, above, balanced, counts, two_units),
            text="Hence every count is nearer to N p_j than n - 1: twice the spikes for half the error.",
        ),
    ),
    controls=(
        Control(
            "one-unit",
            "a single unit: the error is 0, and so is (n-1)/N",
            of="error",
            drops=("two",),
            witness={"n": 1, "N": 1, "p": {0: 1}, "v": {0: 0}, "c": {0: 1}},
        ),
        Control(
            "third",
            "a third of the bound",
            of="error",
            goal=less(Abs(c[j] / N - p[j]), (n - 1) / (3 * N)),
            witness={**pair, "v": {0: -Rational(1, 2), 1: Rational(1, 2)}},
        ),
        Control(
            "another-unit",
            "a unit fires that has not the largest potential",
            of="above",
            drops=("winner",),
            witness={
                **{"n": 2, "p": {0: Rational(1, 4), 1: Rational(3, 4)}, "v": {0: -Rational(3, 4), 1: Rational(3, 4)}},
                **{"m": Rational(3, 2), "c": {0: 1, 1: 0}},
            },
        ),
        Control(
            "two-spikes",
            "two units fire in one step",
            of="balanced",
            drops=("one-spike",),
            witness={**pair, "c": {0: 1, 1: 1}},
        ),
    ),
    sampler=_inhibited,
    instances=("phase_latency.proofs.instances.spike_codes:error_of_inhibited_counts",),
)


# -- latency code ---------------------------------------------------------------------------------------------

t, s = sequence("t"), sequence("s")
T, S_, tau, dt = real("T"), real("S"), real("tau"), real("dt")
decay = Hypothesis("decay", positive(tau), "the time constant is positive")
resolved = Hypothesis("resolved", at_most(Abs(s[j] - t[j]), dt), "spikes are timed to dt,")
normaliser = Hypothesis("normaliser", at_most(Abs(S_ - T), dt), "and so is that of the normaliser")
weight, coded = exp((t[j] - T) / tau), exp((s[j] - S_) / tau)
factor, change = exp(2 * dt / tau), (s[j] - S_ - t[j] + T) / tau
lowest = exp(-2 * dt / tau)


def absolute_bounds(term, name):
    """Steps: a number and its negative are at most its absolute value."""
    return (
        step("absolute", at_most(term, Abs(term)), "", label=f"{name}-up"),
        step("absolute", at_most(-term, Abs(term)), "", label=f"{name}-down"),
    )


def room(term):
    """How far a change stays below its bound."""
    return dt - Abs(term)


def _timed(rng):
    size, constant, resolution = rng.randint(1, 3), rng.choice((1, 2)), Rational(rng.randint(1, 4), 4)
    times = {i: Rational(rng.randint(-8, 8), 4) for i in range(size)}
    moved = {i: time + resolution * Rational(rng.randint(-4, 4), 4) for i, time in times.items()}
    last = Rational(rng.randint(-8, 8), 4)
    again = last + resolution * Rational(rng.randint(-4, 4), 4)
    return {"n": size, "tau": constant, "dt": resolution, "t": times, "s": moved, "T": last, "S": again}


late = {"n": 1, "tau": 1, "dt": log(2), "t": {0: 0}, "s": {0: log(2)}, "T": 0, "S": -log(2)}

spike_latency_code = Statement(
    "spike-latency-code",
    group="H",
    title="A latency code costs one spike for each value, whatever the accuracy: the resolution sets the error",
    source=Source("standard", "our own"),
    claims=(
        claim(
            "relative-error",
            at_most(Abs(coded - weight), (factor - 1) * weight),
            *absolute_bounds(s[j] - t[j], "time"),
            *absolute_bounds(S_ - T, "normaliser"),
            step(
                "order",
                at_most(change, 2 * dt / tau),
                "time-up normaliser-down resolved normaliser decay",
                [
                    (1 / tau, room(s[j] - t[j])),
                    (1 / tau, Abs(s[j] - t[j]) - (s[j] - t[j])),
                    (1 / tau, room(S_ - T)),
                    (1 / tau, Abs(S_ - T) + (S_ - T)),
                ],
                label="exponent-up",
            ),
            step(
                "order",
                at_most(-2 * dt / tau, change),
                "time-down normaliser-up resolved normaliser decay",
                [
                    (1 / tau, room(s[j] - t[j])),
                    (1 / tau, Abs(s[j] - t[j]) + (s[j] - t[j])),
                    (1 / tau, room(S_ - T)),
                    (1 / tau, Abs(S_ - T) - (S_ - T)),
                ],
                label="exponent-down",
            ),
            step("monotone-function", at_most(exp(change), factor), "exponent-up decay", label="up"),
            step("monotone-function", at_most(lowest, exp(change)), "exponent-down decay", label="down"),
            step(
                "order",
                at_most(coded - weight, (factor - 1) * weight),
                "up decay",
                [(weight, factor - exp(change))],
                label="above",
            ),
            step(
                "order",
                at_most(weight - coded, (factor - 1) * weight),
                "down decay",
                [(weight, exp(change) - lowest), (weight, lowest, (factor - 1) ** 2)],
                label="below",
            ),
            by="absolute",
            uses="above below decay",
            given=(decay, resolved, normaliser),
            text="A softmax weight that is read off two spike times has a relative error of at most exp(2 dt/tau) - 1.",
        ),
    ),
    controls=(
        Control(
            "one-resolution",
            "the error of one spike in place of two",
            of="relative-error",
            goal=at_most(Abs(coded - weight), (exp(dt / tau) - 1) * weight),
            witness=late,
        ),
        Control(
            "linear",
            "2 dt/tau, to first order",
            of="relative-error",
            goal=at_most(Abs(coded - weight), 2 * dt / tau * weight),
            witness=late,
        ),
        Control(
            "drifting-normaliser",
            "a normaliser that is off by more than the resolution",
            of="relative-error",
            drops=("normaliser",),
            witness={**late, "S": -5},
        ),
    ),
    sampler=_timed,
    instances=("phase_latency.proofs.instances.spike_codes:error_of_latencies",),
    remark="By nlif-nonexpansive the spike of the normaliser moves by no more than those of its inputs. Times to dt "
    "need a clock of that resolution: what is saved in spikes is paid for in timing.",
)


# -- a lower bound for counts ---------------------------------------------------------------------------------

rho, g = sequence("rho"), sequence("g")
b, A, eps, L, u = real("b"), real("A"), real("eps"), real("L"), real("u")
ratio = Hypothesis("ratio", equal(total(q[k] * rho[k], k), 1), "q_k rho_k those at another rate,")
ratio_positive = Hypothesis("ratio-positive", at_least(rho[k], 0), "which no outcome of a count rules out")
overlap = Hypothesis("overlap", at_most(total(q[k] * rho[k] ** 2, k), A**2), "A^2 bounds the mean square of rho")
A_positive = Hypothesis("A-positive", positive(A))
eps_positive = Hypothesis("eps-positive", positive(eps), "eps is the error allowed")
error_a = Hypothesis("error-a", at_most(total(q[k] * (g[k] - a) ** 2, k), eps**2), "of a decoder g for the value a")
error_b = Hypothesis(
    "error-b", at_most(total(q[k] * rho[k] * (g[k] - b) ** 2, k), eps**2), "and for the value b at the other rate"
)
rate = Hypothesis("rate", positive(u), "the rate u is in (0, 1)")
rate_below = Hypothesis("rate-below", less(u, 1))
growth = exp(Rational(1, 2)) + 1
distance = real("D")
one_deviation = Hypothesis(
    "deviation", at_most(u * (1 - u), N * distance**2), "the rates are a standard deviation of the mean apart, or more,"
)
sensitive = Hypothesis("sensitive", at_most(L * distance, growth * eps), "where the value differs by L D")
not_less = Hypothesis("distance", at_least(distance, 0))
L_not_less = Hypothesis("sensitivity", at_least(L, 0), "L is the sensitivity of the value to the rate")
ratio_of_units = real("z")


def _two_rates(rng):
    """A decoder of two outcomes at two rates, with bounds on its errors."""
    first = Rational(rng.randint(1, 3), 4)
    other = Rational(rng.randint(1, 3), 4)
    probabilities, ratios = [1 - first, first], [(1 - other) / (1 - first), other / first]
    values, decoder = (
        [Rational(rng.randint(0, 4), 4) for _ in range(2)],
        [Rational(rng.randint(0, 4), 4) for _ in range(2)],
    )
    steps = rng.choice((1, 4, 16))
    return {
        **{"K": 2, "q": dict(enumerate(probabilities)), "rho": dict(enumerate(ratios)), "g": dict(enumerate(decoder))},
        **{"a": values[0], "b": values[1], "A": 3, "eps": 2, "u": Rational(1, 2), "N": steps, "L": 1},
        **{"D": Rational(1, 2) / sqrt(steps), "M": 2, "r": {0: first, 1: 1 - first}, "y": {0: 1, 1: 2}},
    }


certain_outcome = {
    **{"K": 2, "q": {0: Rational(99, 100), 1: Rational(1, 100)}, "rho": {0: 0, 1: 100}, "g": {0: 0, 1: 1}},
    **{"a": 0, "b": 1, "A": 1, "eps": Rational(1, 10)},
}
sigma = sequence("sigma")

spike_count_lower_bound = Statement(
    "spike-count-lower-bound",
    group="H",
    title="A decoder of independent counts needs L^2 u^2 (1 - u)/((1 + sqrt e) eps)^2 spikes; other codes do not",
    source=Source(PAPER, "Theorem 8, with the hypotheses that it needs"),
    claims=(
        claim(
            "two-rates",
            at_most(b - a, (A + 1) * eps),
            step(
                "order",
                at_most(
                    q[k] * rho[k] * (g[k] - a), q[k] * (eps / A * rho[k] ** 2 / 2 + (g[k] - a) ** 2 * A / (2 * eps))
                ),
                "possible A-positive eps-positive",
                [(q[k], (eps / A * rho[k] - (g[k] - a)) ** 2, A, 1 / eps, Rational(1, 2))],
                label="each-a",
            ),
            step(
                "sum-monotone",
                at_most(
                    total(q[k] * rho[k] * (g[k] - a), k),
                    total(q[k] * (eps / A * rho[k] ** 2 / 2 + (g[k] - a) ** 2 * A / (2 * eps)), k),
                ),
                "each-a A-positive eps-positive",
                label="all-a",
            ),
            step(
                "order",
                at_most(q[k] * rho[k] * (b - g[k]), q[k] * rho[k] * (eps / 2 + (g[k] - b) ** 2 / (2 * eps))),
                "possible ratio-positive eps-positive",
                [(q[k], rho[k], (eps - (b - g[k])) ** 2, 1 / eps, Rational(1, 2))],
                label="each-b",
            ),
            step(
                "sum-monotone",
                at_most(
                    total(q[k] * rho[k] * (b - g[k]), k),
                    total(q[k] * rho[k] * (eps / 2 + (g[k] - b) ** 2 / (2 * eps)), k),
                ),
                "each-b eps-positive",
                label="all-b",
            ),
            by="order",
            uses="all-a all-b overlap error-a error-b ratio A-positive eps-positive",
            certificate=[
                (
                    total(q[k] * (eps / A * rho[k] ** 2 / 2 + (g[k] - a) ** 2 * A / (2 * eps)), k)
                    - total(q[k] * rho[k] * (g[k] - a), k),
                ),
                (
                    total(q[k] * rho[k] * (eps / 2 + (g[k] - b) ** 2 / (2 * eps)), k)
                    - total(q[k] * rho[k] * (b - g[k]), k),
                ),
                (A**2 - total(q[k] * rho[k] ** 2, k), eps, 1 / A, Rational(1, 2)),
                (eps**2 - total(q[k] * (g[k] - a) ** 2, k), A, 1 / eps, Rational(1, 2)),
                (eps**2 - total(q[k] * rho[k] * (g[k] - b) ** 2, k), 1 / eps, Rational(1, 2)),
            ],
            given=(possible, ratio, ratio_positive, overlap, A_positive, eps_positive, error_a, error_b),
            text="A decoder with a root mean square error of at most eps at two rates tells apart only values that "
            "differ by no more than (A + 1) eps.",
        ),
        claim(
            "one-step",
            equal((u + distance) ** 2 / u + (1 - u - distance) ** 2 / (1 - u), 1 + distance**2 / (u * (1 - u))),
            step("order", positive(1 - u), "rate-below", label="rest"),
            by="field",
            uses="rate rest",
            given=(rate, rate_below),
            text="For one step at the rates u and u + D the mean square of the ratio is 1 + D^2/(u (1 - u)),",
        ),
        claim(
            "steps-multiply",
            equal(
                total(q[k] * total(r[l] * (rho[k] * sigma[l]) ** 2, l), k),
                total(q[k] * rho[k] ** 2, k) * total(r[l] * sigma[l] ** 2, l),
            ),
            by="sum-linearity",
            text="and independent steps multiply:",
        ),
        claim(
            "steps",
            at_most(exp(N * log(1 + ratio_of_units)), exp(N * ratio_of_units)),
            step("order", positive(1 + ratio_of_units), "excess", [(1,), (ratio_of_units,)], label="base"),
            step("tangent", at_least(exp(ratio_of_units), 1 + ratio_of_units), "", label="tangent"),
            step(
                "logarithm",
                at_most(log(1 + ratio_of_units), ratio_of_units),
                "tangent base",
                label="logarithm",
            ),
            by="monotone-function",
            uses="logarithm steps",
            certificate=[(N, ratio_of_units - log(1 + ratio_of_units))],
            given=(some_step, Hypothesis("excess", at_least(ratio_of_units, 0), "z is that square less 1")),
            text="(1 + z)^N <= exp(N z), which is e if the rates are one standard deviation of the mean apart.",
        ),
        claim(
            "spikes",
            at_least(N * u, L**2 * u**2 * (1 - u) / (growth**2 * eps**2)),
            step(
                "order",
                at_least(growth * eps + L * distance, 0),
                "eps-positive distance sensitivity",
                [(growth, eps), (L, distance)],
                label="together",
            ),
            by="order",
            uses="sensitive together deviation rate eps-positive steps",
            certificate=[
                (N, u, growth * eps - L * distance, growth * eps + L * distance, 1 / growth**2, 1 / eps**2),
                (L**2, u, N * distance**2 - u * (1 - u), 1 / growth**2, 1 / eps**2),
            ],
            given=(rate, some_step, eps_positive, not_less, L_not_less, one_deviation, sensitive),
            text="So the expected number N u of spikes of a value is at least L^2 u^2 (1 - u)/((1 + sqrt e)^2 "
            "eps^2), and of m values, each decoded from its own counts, m times as many.",
        ),
    ),
    controls=(
        Control(
            "deterministic",
            "codes whose counts at two rates do not overlap, such as those of deterministic inhibition",
            of="two-rates",
            drops=("overlap",),
            witness=certain_outcome,
        ),
        Control(
            "without-A",
            "eps in place of (A + 1) eps",
            of="two-rates",
            goal=at_most(b - a, eps),
            witness={**certain_outcome, "A": 10},
        ),
        Control(
            "any-spikes",
            "a rate at which the value does not differ: no sensitivity is asked for",
            of="spikes",
            drops=("sensitive",),
            witness={"N": 1, "u": Rational(1, 2), "D": Rational(1, 2), "L": 10, "eps": 1},
        ),
        Control(
            "linear",
            "one over eps in place of its square: what deterministic codes need",
            of="spikes",
            goal=at_least(N * u, L * u / eps),
            witness={"N": 1, "u": Rational(1, 2), "D": Rational(1, 2), "L": 4, "eps": 1},
        ),
        Control(
            "steps-add",
            "mean squares of independent steps added",
            of="steps-multiply",
            goal=equal(
                total(q[k] * total(r[l] * (rho[k] * sigma[l]) ** 2, l), k),
                total(q[k] * rho[k] ** 2, k) + total(r[l] * sigma[l] ** 2, l),
            ),
            witness={"K": 1, "M": 1, "q": {0: 1}, "r": {0: 1}, "rho": {0: 1}, "sigma": {0: 1}},
        ),
    ),
    sampler=_two_rates,
    instances=(
        "phase_latency.proofs.instances.spike_codes:difference_that_is_decoded",
        "phase_latency.proofs.instances.spike_codes:spikes_of_unbiased_decoder",
    ),
    remark="Published without independence and a count decoder; then it is false. Of f(u) = L u with L = 1 at u = 0.5 "
    "and eps = 0.001 a value costs 125,000 independent spikes, 500 of deterministic inhibition, or 1 of a latency "
    "code. The reported rule T = C d_eff/eps^2 gives 10,810 steps at d_eff = 47, C = 2.3 and eps = 0.1, against the "
    "reported "
    "T = 4: unresolved.",
)

STATEMENTS = (spike_rate_stochastic, spike_rate_deterministic, spike_latency_code, spike_count_lower_bound)
