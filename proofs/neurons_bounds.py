"""Group G, spiking neurons, continued: how far the latency of a neuron can move.

Main statements: nlif-nonexpansive, nlif-published-bound, nlif-weights-add.
Notation: as in `phase_latency.proofs.neurons`; ``t, w, T`` are times, weights and latency of a neuron, ``s, v, S``
those of the same neuron after a change; ``D`` bounds the change of the times, ``E`` that of the weights.
Source: Dold and Petersen 2025 for the published bound; Crandall and Tartar 1980 for maps that are monotone and commute
with translations.
"""

from sympy import Abs, Rational, S, exp, log

from phase_latency.ledger.statement import Control, Hypothesis, Source, Statement, claim, step
from phase_latency.ledger.terms import Before, Iff, at_least, at_most, equal, less, positive, real, response, total

from . import neurons as group
from .neurons import (
    S_,
    T,
    decay,
    earliest,
    excitatory,
    fires,
    growth_of,
    in_time,
    j,
    kernel,
    margin,
    nlif_closed_form,
    potential,
    rest,
    s,
    t,
    tau,
    theta,
    threshold,
    v,
    w,
    weight_of,
)

D, E, delta, K = real("D"), real("E"), real("delta"), real("K")
fires_s = Hypothesis("fires-s", equal(theta, potential(S_, s)), "at S that of the neuron with the times s")
later_by = Hypothesis("later-by", at_most(s[j], t[j] + D), "no time is later by more than D")
within = Hypothesis("within", at_most(Abs(s[j] - t[j]), D), "no time moves by more than D")
earliest_s = Hypothesis("earliest-s", at_most(group.first, s[j]), "nor of the other arrivals")

# That the causal set of the neuron is a set: its indicator is between 0 and 1.
is_set = (
    step("order", at_least(in_time, 0), "", label="members"),
    step("either", at_most(in_time, 1), "", (in_time, [(0,)], [(1,)]), label="at-most-whole"),
)


def moved(weights):
    """Steps: what the causal set has grown by S if the times are s, against what it would have at t + D."""
    late, later = in_time * weights[j] * exp(s[j] / tau), in_time * weights[j] * exp((t[j] + D) / tau)
    return (
        step(
            "monotone-function",
            at_most(exp(s[j] / tau), exp((t[j] + D) / tau)),
            "later-by decay",
            [(t[j] + D - s[j], 1 / tau)],
            label="each-time",
        ),
        step(
            "order",
            at_most(late, later),
            "each-time excitatory decay",
            [(in_time, weights[j], exp((t[j] + D) / tau) - exp(s[j] / tau))],
            label="each-moved",
        ),
        step("sum-monotone", at_most(total(late, j), total(later, j)), "each-moved decay", label="all-moved"),
    )


# -- times: non-expansive -------------------------------------------------------------------------------------

before_s = growth_of(in_time, s)
moved_by_D = total(in_time * w[j] * exp((t[j] + D) / tau), j)


def _two_times(rng):
    """A neuron that fires, and the same one after its times have moved."""
    size, constant = rng.randint(1, 3), rng.choice((1, 2))
    quotients = {k: Rational(rng.randint(1, 9), 2) for k in range(size)}
    weights = {k: Rational(rng.randint(1, 8), 4) for k in range(size)}
    factors = {k: Rational(rng.randint(2, 6), 4) for k in range(size)}
    when = max(quotients.values()) * Rational(rng.choice((3, 4, 5)), 2)
    limit = sum((weights[k] * (1 - quotients[k] / when) for k in range(size)), S.Zero)
    other = {k: quotients[k] * factors[k] for k in range(size)}
    top = sum((weights[k] * other[k] for k in range(size)), S.Zero)
    again = top / (sum(weights.values(), S.Zero) - limit)
    times = {"t": quotients, "s": other}
    return {
        **{name: {k: constant * log(q) for k, q in row.items()} for name, row in times.items()},
        **{"n": size, "tau": constant, "theta": limit, "w": weights, "T": constant * log(when)},
        **{"S": constant * log(again), "D": constant * log(2), "t_first": -constant * log(9)},
        **{"room": sum(weights.values(), S.Zero) - limit},
    }


inhibited = {
    **{"n": 2, "tau": 1, "theta": 1, "t_first": -log(2), "w": {0: 3, 1: -1}, "D": log(2)},
    **{"t": {0: 0, 1: 0}, "T": log(2), "s": {0: log(2), 1: -log(2)}, "S": log(Rational(11, 2))},
}
one_shifted = {
    **{"n": 1, "tau": 1, "theta": 1, "t_first": 0, "w": {0: 2}, "D": log(2)},
    **{"t": {0: 0}, "T": log(2), "s": {0: log(2)}, "S": log(4)},
}

nlif_nonexpansive = Statement(
    "nlif-nonexpansive",
    group="G",
    title="Without inhibition a latency moves by no more than the times: whatever pieces they cross, and in any depth",
    source=Source("Crandall and Tartar 1980", "maps that keep order and commute with translations do not expand"),
    claims=(
        claim(
            "later",
            at_most(S_, T + D),
            *is_set,
            *moved(w),
            step(
                "instance",
                positive(margin),
                "nlif-closed-form:margin decay threshold excitatory fires earliest",
                {},
                "margin",
            ),
            step(
                "instance",
                at_most(exp(S_ / tau) * margin, before_s),
                "nlif-closed-form:any-set decay excitatory fires-s members at-most-whole",
                {t[j]: s[j], T: S_, group.c[j]: in_time},
                label="at-S",
            ),
            step(
                "logarithm",
                at_most(S_ / tau, (T + D) / tau),
                "all-moved at-S margin fires decay",
                [(moved_by_D - before_s, 1 / margin), (before_s - exp(S_ / tau) * margin, 1 / margin)],
                label="scaled",
            ),
            by="order",
            uses="scaled decay",
            certificate=[(tau, (T + D) / tau - S_ / tau)],
            given=(decay, threshold, excitatory, fires, fires_s, earliest, later_by),
            text="If no input is later by more than D, neither is the output; with D = 0: latencies keep order.",
        ),
        claim(
            "latency",
            at_most(Abs(S_ - T), D),
            step("absolute", at_most(s[j] - t[j], Abs(s[j] - t[j])), "", label="forth"),
            step("absolute", at_most(t[j] - s[j], Abs(s[j] - t[j])), "", label="back"),
            step(
                "order",
                at_most(s[j], t[j] + D),
                "forth within",
                [(D - Abs(s[j] - t[j]),), (Abs(s[j] - t[j]) - (s[j] - t[j]),)],
                label="s-later",
            ),
            step(
                "order",
                at_most(t[j], s[j] + D),
                "back within",
                [(D - Abs(s[j] - t[j]),), (Abs(s[j] - t[j]) - (t[j] - s[j]),)],
                label="t-later",
            ),
            step(
                "instance",
                at_most(S_, T + D),
                "nlif-nonexpansive:later decay threshold excitatory fires fires-s earliest s-later",
                {},
                label="S-later",
            ),
            step(
                "instance",
                at_most(T, S_ + D),
                "nlif-nonexpansive:later decay threshold excitatory fires fires-s earliest-s t-later",
                {t[j]: s[j], s[j]: t[j], T: S_, S_: T},
                label="T-later",
            ),
            by="absolute",
            uses="S-later T-later",
            given=(decay, threshold, excitatory, fires, fires_s, earliest, earliest_s, within),
            text="So the latency moves by no more than the times do, across causal pieces; and so, layer by layer, do "
            "those of a network of any depth.",
        ),
        claim(
            "translation",
            equal(total(w[j] * response(T + D, t[j] + D, tau), j), potential(T, t)),
            step("equivalence", Iff(less(t[j] + D, T + D), less(t[j], T)), "", (1,), label="order"),
            step("indicator", equal(Before(t[j] + D, T + D), in_time), "order", label="each"),
            by="sum-congruence",
            uses="each decay",
            given=(decay,),
            text="If all times move alike the latency moves with them, so the constant 1 is attained.",
        ),
    ),
    controls=(
        Control(
            "inhibition",
            "weights 3 and -1: the latency moves by more than both times",
            of="later",
            drops=("excitatory",),
            witness=inhibited,
        ),
        Control(
            "half",
            "half the change of the times",
            of="later",
            goal=at_most(S_, T + D / 2),
            witness=one_shifted,
        ),
        Control(
            "growing",
            "a change for each input: the sum in place of the largest",
            of="latency",
            drops=("within",),
            witness={**one_shifted, "D": 0},
        ),
        Control(
            "inputs-alone",
            "the inputs move and the moment does not",
            of="translation",
            goal=equal(total(w[j] * response(T, t[j] + D, tau), j), potential(T, t)),
            witness={**one_shifted, "D": log(2) / 2, "T": log(2)},
        ),
    ),
    dependencies=(nlif_closed_form,),
    sampler=_two_times,
    instances=(
        "phase_latency.proofs.instances.neurons_bounds:latency_of_moved_times",
        "phase_latency.proofs.instances.neurons_bounds:later_latency",
    ),
    remark="With inhibition the constant is the 1-norm of the gradient: weights (A + 2, -A) have 1 + A, and D layers "
    "of such pairs (1 + A)^D; across pieces the latency may even jump.",
)


# -- times and weights: the published bound -------------------------------------------------------------------

count = total(in_time, j)
slack = Hypothesis("slack", positive(delta), "delta is a positive lower bound")
wide = Hypothesis("margin", at_least(margin, delta), "of the margin of the causal set")
bounded_weights = Hypothesis("bounded-weights", at_most(Abs(w[j]), K), "K bounds the weights")
slow = Hypothesis("bounded-tau", at_most(tau, K), "and the time constant")
all_tau = Hypothesis("all-tau", equal(w[j], tau), "every weight is as large as the time constant")
one_norm = total(in_time * (Abs(w[j]) * rest + tau * (1 - rest)), j) / margin
MARGIN = "slack margin"


def positive_margin():
    """Step: the margin is positive, since delta is."""
    return step("order", positive(margin), MARGIN, [(margin - delta,), (delta,)], label="positive")


def _one_neuron(rng):
    """A neuron that fires, with weights of either sign, and bounds on them and on its margin, tight ones too."""
    size, constant = rng.randint(1, 3), rng.choice((1, 2))
    quotients = {k: Rational(rng.randint(1, 9), 2) for k in range(size)}
    alike = rng.randint(0, 1)
    weights = {k: constant if alike else Rational(rng.randint(-2, 8), 4) for k in range(size)}
    when = max(quotients.values()) * Rational(rng.choice((3, 4, 5)), 2)
    limit = sum((weights[k] * (1 - quotients[k] / when) for k in range(size)), S.Zero)
    room = sum(weights.values(), S.Zero) - limit
    return {
        **{"n": size, "tau": constant, "theta": limit, "w": weights, "T": constant * log(when)},
        **{"t": {k: constant * log(q) for k, q in quotients.items()}},
        **{"delta": room if alike else Rational(1, rng.randint(4, 9))},
        **{"K": constant if alike else Rational(rng.randint(8, 12), 4)},
    }


single = {"n": 1, "tau": 1, "theta": 1, "w": {0: 2}, "t": {0: 0}, "T": log(2), "delta": 1, "K": 2}
too_late = {**single, "n": 2, "w": {0: 2, 1: 2}, "t": {0: 0, 1: log(16)}, "delta": 3}

nlif_published_bound = Statement(
    "nlif-published-bound",
    group="G",
    title="On one causal piece times and weights have the Lipschitz constant |C| max(W, tau)/delta, without a factor 2",
    source=Source("arXiv:2504.14015", "the bound for one layer, there with the factor 2"),
    claims=(
        claim(
            "gradient",
            at_most(one_norm, K * count / delta),
            *kernel(T, t),
            positive_margin(),
            step("order", positive(K), "decay bounded-tau", [(K - tau,), (tau,)], label="K>0"),
            step(
                "order",
                at_most(in_time * (Abs(w[j]) * rest + tau * (1 - rest)), K * in_time),
                "bounded-weights bounded-tau not-negative decay",
                [(in_time, rest, K - Abs(w[j])), (in_time * (1 - rest), K - tau)],
                label="each",
            ),
            step(
                "sum-monotone",
                at_most(total(in_time * (Abs(w[j]) * rest + tau * (1 - rest)), j), total(K * in_time, j)),
                "each decay",
                label="all",
            ),
            by="order",
            uses="all positive K>0 margin slack decay",
            certificate=[
                (total(K * in_time, j) - total(in_time * (Abs(w[j]) * rest + tau * (1 - rest)), j), 1 / margin),
                (K, count, margin - delta, 1 / margin, 1 / delta),
            ],
            given=(decay, bounded_weights, slow, slack, wide),
            text="The 1-norm of the gradient, over times and weights: each input has its share r once, in one of both.",
        ),
        claim(
            "attained",
            equal(one_norm, tau * count / margin),
            positive_margin(),
            step("root", equal(Abs(w[j]), tau), "all-tau decay", label="size"),
            step(
                "sum-congruence",
                equal(total(in_time * (Abs(w[j]) * rest + tau * (1 - rest)), j), total(tau * in_time, j)),
                "size decay",
                label="all",
            ),
            step("sum-linearity", equal(total(tau * in_time, j), tau * count), "", label="constant"),
            by="field",
            uses="all constant positive decay",
            given=(decay, slack, wide, all_tau),
            text="It is attained if every weight is tau.",
        ),
        claim(
            "at-least-1",
            at_least(K * count / delta, 1),
            *kernel(T, t),
            step("order", positive(K), "decay bounded-tau", [(K - tau,), (tau,)], label="K>0"),
            step("absolute", at_most(w[j], Abs(w[j])), "", label="size"),
            step(
                "order",
                at_most(in_time * w[j] * rest, K * in_time),
                "bounded-weights size K>0 not-negative decay",
                [
                    (in_time, rest, K - Abs(w[j])),
                    (in_time, rest, Abs(w[j]) - w[j]),
                    (K, in_time * (1 - rest)),
                ],
                label="each",
            ),
            step(
                "sum-monotone",
                at_most(total(in_time * w[j] * rest, j), total(K * in_time, j)),
                "each decay",
                label="all",
            ),
            by="order",
            uses="all margin slack fires decay",
            certificate=[
                (total(K * in_time, j) - total(in_time * w[j] * rest, j), 1 / delta),
                (margin - delta, 1 / delta),
            ],
            given=(decay, fires, bounded_weights, slow, slack, wide),
            text="The bound is never below 1, so its product over layers can only grow, while for the times of neurons "
            "without inhibition the true constant stays 1.",
        ),
    ),
    controls=(
        Control(
            "margin-of-all-inputs",
            "delta read as the margin of all inputs, of which one comes too late",
            of="gradient",
            drops=("margin",),
            witness=too_late,
        ),
        Control(
            "half",
            "half the bound",
            of="gradient",
            goal=at_most(one_norm, K * count / (2 * delta)),
            witness={**single, "w": {0: 2}, "tau": 2, "T": 2 * log(2)},
        ),
        Control(
            "larger-weights",
            "weights that K does not bound",
            of="gradient",
            drops=("bounded-weights",),
            witness={**single, "w": {0: 8}, "t": {0: 0}, "T": log(Rational(8, 7)), "delta": 7, "K": 1},
        ),
        Control(
            "loose-margin",
            "a bound below 1, by a delta above the margin",
            of="at-least-1",
            drops=("margin",),
            witness={**single, "delta": 3},
        ),
    ),
    sampler=_one_neuron,
    instances=("phase_latency.proofs.instances.neurons_bounds:norm_of_gradient",),
    remark="A 1-norm of the gradient bounds the change in the largest norm along any path within the piece.",
)


# -- weights: constants add over layers -----------------------------------------------------------------------

new_margin = weight_of(in_time, v) - theta
new_excitatory = Hypothesis("new-excitatory", at_least(v[j], 0), "nor do the weights v inhibit")
fires_v = Hypothesis(
    "fires-v", equal(theta, potential(S_, s, v)), "at S that of the neuron with the times s and weights v"
)
near = Hypothesis("near", at_most(Abs(v[j] - w[j]), E), "no weight changes by more than E")
new_wide = Hypothesis("new-margin", at_least(new_margin, delta), "of the margin of the causal set with the weights v")
grown_s = growth_of(in_time, s, v)
grown_later = total(in_time * v[j] * exp((t[j] + D) / tau), j)
held = total(in_time * v[j] * (1 - rest), j)
of_old = total(in_time * w[j] * (1 - rest) - E * in_time, j)


def moved_v():
    """The steps of `moved` for the weights v."""
    return tuple(
        step(one.rule, one.fact, " ".join(one.uses).replace("excitatory", "new-excitatory"), one.certificate, one.label)
        for one in moved(v)
    )


def _two_weights(rng):
    """A neuron that fires, and again with other times and weights."""
    point = _two_times(rng)
    size, constant = point["n"], point["tau"]
    weights = {k: point["w"][k] + Rational(rng.randint(0, 4), 8) for k in range(size)}
    excess = sum(weights.values(), S.Zero) - point["theta"]
    top = sum((weights[k] * exp(point["s"][k] / constant) for k in range(size)), S.Zero)
    change = {"v": weights, "E": Rational(1, 2), "delta": excess / 2, "S": constant * log(top / excess)}
    if rng.randint(0, 1):  # the same weights at times that move alike: what the bound allows
        shifted = {k: each + constant * log(2) for k, each in point["t"].items()}
        change = {"v": point["w"], "s": shifted, "E": 0, "delta": point["room"], "S": point["T"] + constant * log(2)}
    return {name: value for name, value in {**point, **change}.items() if name != "room"}


nlif_weights_add = Statement(
    "nlif-weights-add",
    group="G",
    title="Without inhibition the Lipschitz constants of the weights add over layers; they do not multiply",
    source=Source("arXiv:2504.14015", "against the product of constants over layers in the sample complexity"),
    claims=(
        claim(
            "layer",
            at_most(S_, T + D + tau * count * E / delta),
            *kernel(T, t),
            *is_set,
            *moved_v(),
            step(
                "order", positive(new_margin), "slack new-margin", [(new_margin - delta,), (delta,)], label="positive"
            ),
            step(
                "instance",
                at_most(exp(S_ / tau) * new_margin, grown_s),
                "nlif-closed-form:any-set decay new-excitatory fires-v members at-most-whole",
                {w[j]: v[j], t[j]: s[j], T: S_, group.c[j]: in_time},
                label="at-S",
            ),
            step("absolute", at_most(w[j] - v[j], Abs(v[j] - w[j])), "", label="size"),
            step(
                "order",
                at_most(in_time * w[j] * (1 - rest) - E * in_time, in_time * v[j] * (1 - rest)),
                "near size not-negative decay",
                [
                    (in_time * (1 - rest), E - Abs(v[j] - w[j])),
                    (in_time * (1 - rest), Abs(v[j] - w[j]) - (w[j] - v[j])),
                    (in_time, rest, E - Abs(v[j] - w[j])),
                    (in_time, rest, Abs(v[j] - w[j])),
                ],
                label="each-held",
            ),
            step("sum-monotone", at_most(of_old, held), "each-held decay", label="all-held"),
            step(
                "order",
                at_least(E * in_time, 0),
                "near",
                [(in_time, E - Abs(v[j] - w[j])), (in_time, Abs(v[j] - w[j]))],
                label="each-change",
            ),
            step("tangent", at_least(exp(count * E / delta), 1 + count * E / delta), "slack", label="tangent"),
            step(
                "logarithm",
                at_most(S_ / tau, (T + D) / tau + count * E / delta),
                "all-moved at-S all-held each-change tangent positive new-margin slack fires decay",
                [
                    (exp((T + D) / tau), exp(count * E / delta) - 1 - count * E / delta),
                    (exp((T + D) / tau), total(E * in_time, j), new_margin - delta, 1 / delta, 1 / new_margin),
                    (grown_later - grown_s, 1 / new_margin),
                    (grown_s - exp(S_ / tau) * new_margin, 1 / new_margin),
                    (exp((T + D) / tau), held - of_old, 1 / new_margin),
                ],
                label="scaled",
            ),
            by="order",
            uses="scaled slack decay",
            certificate=[(tau, (T + D) / tau + count * E / delta - S_ / tau)],
            given=(decay, new_excitatory, fires, fires_v, later_by, near, slack, new_wide),
            text="If no time is later by more than D and no weight changes by more than E, the latency grows by at "
            "most D + K E with K = tau |C|/delta: the D of the next layer. So over layers the terms K E add.",
        ),
    ),
    controls=(
        Control(
            "product",
            "the constants multiplied",
            of="layer",
            goal=at_most(S_, T + D * tau * count * E / delta),
            witness={**one_shifted, "v": {0: 2}, "E": 0, "delta": 1},
        ),
        Control(
            "times-forgotten",
            "the change of the times left out",
            of="layer",
            goal=at_most(S_, T + tau * count * E / delta),
            witness={**one_shifted, "v": {0: 2}, "E": 0, "delta": 1},
        ),
        Control(
            "old-margin",
            "delta bounds the margin of the old weights only",
            of="layer",
            drops=("new-margin",),
            witness={
                **{**single, "w": {0: 3}, "T": log(Rational(3, 2)), "delta": 2},
                **{"s": {0: 0}, "D": 0, "v": {0: Rational(5, 4)}, "E": Rational(7, 4), "S": log(5)},
            },
        ),
        Control(
            "inhibition",
            "weights 3 and -1, unchanged",
            of="layer",
            drops=("new-excitatory",),
            witness={**inhibited, "v": {0: 3, 1: -1}, "E": 0, "delta": 1},
        ),
    ),
    dependencies=(nlif_closed_form,),
    sampler=_two_weights,
    instances=("phase_latency.proofs.instances.neurons_bounds:latency_of_changed_layer",),
    remark="|C| counts the causal set before the change; the sample complexity that grows with the square of the "
    "number of weights multiplies constants that add.",
)

STATEMENTS = (nlif_nonexpansive, nlif_published_bound, nlif_weights_add)
