"""Group G, spiking neurons: what latency a neuron computes.

Main statements: nlif-closed-form, nlif-gradient, nlif-log-sum-exp, wheel-latency.
Notation: inputs arrive at ``t_j`` with weights ``w_j``; by the time ``s`` they have raised the membrane potential to
``V(s) = sum_j w_j kappa(s, t_j)`` with ``kappa(s, t) = 1 - exp((t - s)/tau)`` from t on and 0 before; the neuron fires
at the first time ``T`` at which V reaches the threshold ``theta``. ``[t_j < T]`` is 1 for the inputs of the causal set.
Source: Mostafa 2018 for the neuron; Furber et al. 2007 for the wheel.
"""

from sympy import Integer, Rational, S, exp, log

from phase_latency.ledger.statement import Control, Hypothesis, Source, Statement, claim, step
from phase_latency.ledger.terms import (
    Before,
    Iff,
    at_least,
    at_most,
    equal,
    index,
    integer,
    less,
    positive,
    real,
    response,
    sequence,
    total,
)

n = integer("n")  # inputs of the neuron
j = index("j", n)
t, w, c = sequence("t"), sequence("w"), sequence("c")
T, S_, tau, theta, first = real("T"), real("S"), real("tau"), real("theta"), real("t_first")


def potential(moment, times, weights=w):
    """The membrane potential at a moment."""
    return total(weights[j] * response(moment, times[j], tau), j)


def causal(times, moment):
    """1 if the input has arrived before the moment, else 0."""
    return Before(times[j], moment)


def decayed(times, moment):
    """``r_j``, what an input that arrived has still to deliver, as a share of its weight."""
    return exp((times[j] - moment) / tau)


def weight_of(chosen, weights=w):
    """Sum of the weights of a set of inputs, given by 1 for those in it and 0 for the others."""
    return total(chosen * weights[j], j)


def growth_of(chosen, times, weights=w):
    """Sum of ``w_j exp(t_j/tau)`` over a set of inputs."""
    return total(chosen * weights[j] * exp(times[j] / tau), j)


def closed_form(chosen, times, weights=w):
    """When the inputs of a set alone, all of them arrived, would raise the potential to the threshold."""
    return tau * log(growth_of(chosen, times, weights) / (weight_of(chosen, weights) - theta))


decay = Hypothesis("decay", positive(tau), "the synapse decays")
threshold = Hypothesis("threshold", positive(theta), "the threshold is above the resting potential")
excitatory = Hypothesis("excitatory", at_least(w[j], 0), "no input inhibits")
fires = Hypothesis("fires", equal(theta, potential(T, t)), "at T the potential is at the threshold")
earliest = Hypothesis("earliest", at_most(first, t[j]), "t_first is any lower bound of the arrivals")
members = Hypothesis("members", at_least(c[j], 0), "c_j is 1 for the inputs of any set and 0 for the others;")
at_most_whole = Hypothesis("at-most-whole", at_most(c[j], 1), "anything in between will do too")
enough = Hypothesis("enough", positive(weight_of(c[j]) - theta), "the weights of the set exceed the threshold")

in_time = causal(t, T)
rest = decayed(t, T)
margin = weight_of(in_time) - theta
lag = exp((first - T) / tau)


def kernel(moment, times):
    """Two facts about the kernel that all proofs use: it is not negative, and not below 1 - exp((t - s)/tau)."""
    left, delay, arrived = decayed(times, moment), (moment - times[j]) / tau, causal(times, moment)
    inverse = exp(delay)
    return (
        step("tangent", at_least(inverse, 1 + delay), "decay", label="above"),
        step("tangent", at_least(left, 1 - delay), "decay", label="below"),
        step(
            "either",
            at_least(arrived * (1 - left), 0),
            "above decay",
            (arrived, [(left, inverse - 1 - delay), (left, moment - times[j], 1 / tau)], [(0,)]),
            label="not-negative",
        ),
        step(
            "either",
            at_least(arrived * (1 - left), 1 - left),
            "below decay",
            (arrived, [(0,)], [(left - 1 + delay,), (times[j] - moment, 1 / tau)]),
            label="not-below",
        ),
    )


def not_late(chosen, moment, times, members="members at-most-whole"):
    """Inputs that a set chooses contribute no more than all do: the step, and its sum over the inputs."""
    left, arrived = decayed(times, moment), causal(times, moment)
    most, least = arrived * (1 - left), chosen * w[j] * (1 - left)
    return (
        step(
            "order",
            at_most(least, w[j] * response(moment, times[j], tau)),
            f"excitatory {members} not-negative not-below decay",
            [(w[j], 1 - chosen, most), (w[j], chosen, most - (1 - left))],
            label="each",
        ),
        step(
            "sum-monotone",
            at_most(total(least, j), potential(moment, times)),
            "each decay",
            label="all",
        ),
    )


def _neuron(rng, inputs=3):
    """A neuron that fires: times are multiples of logarithms, and the threshold is what the potential reaches."""
    size, constant = rng.randint(1, inputs), rng.choice((1, 2, Rational(1, 2)))
    quotients = {k: Rational(rng.randint(1, 9), rng.choice((1, 2, 3))) for k in range(size)}
    weights = {k: Rational(rng.randint(1, 8), 4) for k in range(size)}
    when = rng.choice(list(quotients.values())) * Rational(rng.choice((2, 3, 5)), rng.choice((1, 2)))
    reached = sum((weights[k] * (1 - quotients[k] / when) for k in range(size) if quotients[k] < when), S.Zero)
    chosen = {k: Rational(rng.randint(0, 4), 4) for k in range(size)}
    together = sum(weights.values(), S.Zero)
    of_all = sum((weights[k] * quotients[k] for k in range(size)), S.Zero) / (together - reached)
    other = rng.choice((when / 4, when / 2, of_all))  # before T, or the closed form of all inputs
    return {
        **{"n": size, "tau": constant, "w": weights, "c": chosen, "t_first": -constant * log(9)},
        **{"theta": rng.choice((reached, reached, together)), "T": constant * log(when), "S": constant * log(other)},
        **{"t": {k: constant * log(each) for k, each in quotients.items()}},
    }


# -- the closed form ------------------------------------------------------------------------------------------

Y, V_S = weight_of(causal(t, S_)), potential(S_, t)  # weights arrived by S, and the potential there
still = total(causal(t, S_) * w[j] * rest, j)
later = exp((T - S_) / tau)
lag_S = exp((first - S_) / tau)
share = 1 / (1 + (later - 1) * lag)
everything, growth_of_all = weight_of(S.One), growth_of(S.One, t)
before_T = Hypothesis("before", less(S_, T), "S is any moment before T")
too_little = Hypothesis("too-little", at_most(everything, theta), "all weights together do not exceed the threshold")
sufficient = Hypothesis("sufficient", positive(everything - theta), "all weights together exceed the threshold")
all_inputs = Hypothesis("all-inputs", equal(S_, closed_form(S.One, t)), "S is the closed form of the set of all inputs")

two_inputs = {"n": 2, "tau": 1, "theta": 1, "t": {0: 0, 1: 0}, "t_first": 0}
late_input = {**two_inputs, "t": {0: 0, 1: log(4)}, "w": {0: 2, 1: 1}, "T": log(2)}

nlif_closed_form = Statement(
    "nlif-closed-form",
    group="G",
    title="A neuron without inhibition fires at the least of the closed forms of all sets of its inputs",
    source=Source("Mostafa 2018", "the firing time of a causal set; the minimum over all sets is our own"),
    claims=(
        claim(
            "margin",
            positive(margin),
            *kernel(T, t),
            step("monotone-function", at_most(lag, rest), "earliest decay", [(t[j] - first, 1 / tau)], "lag"),
            step(
                "order",
                at_most(lag * w[j] * response(T, t[j], tau), w[j] * in_time * rest),
                "excitatory lag decay",
                [(w[j], in_time, rest - lag), (w[j], in_time, lag, rest)],
                label="each",
            ),
            step(
                "sum-monotone",
                at_most(total(lag * w[j] * response(T, t[j], tau), j), total(w[j] * in_time * rest, j)),
                "each decay",
                label="all",
            ),
            by="order",
            uses="all threshold fires decay",
            certificate=[
                (lag, theta),
                (total(w[j] * in_time * rest, j) - total(lag * w[j] * response(T, t[j], tau), j),),
            ],
            given=(decay, threshold, excitatory, fires, earliest),
            text="The weights that have arrived when it fires exceed the threshold,",
        ),
        claim(
            "closed-form",
            equal(T, closed_form(in_time, t)),
            step("order", positive(growth_of(in_time, t)), "margin fires decay", [(exp(T / tau), margin)], "growth"),
            step(
                "logarithm",
                equal(log(growth_of(in_time, t) / margin), T / tau),
                "growth margin fires decay",
                label="exponentials",
            ),
            by="field",
            uses="exponentials margin decay",
            given=(decay, threshold, excitatory, fires, earliest),
            text="and it fires at the closed form of its causal set,",
        ),
        claim(
            "any-set",
            at_most(exp(T / tau) * (weight_of(c[j]) - theta), growth_of(c[j], t)),
            *kernel(T, t),
            *not_late(c[j], T, t),
            by="order",
            uses="all fires decay",
            certificate=[(exp(T / tau), potential(T, t) - total(c[j] * w[j] * (1 - rest), j))],
            given=(decay, excitatory, fires, members, at_most_whole),
            text="while no other set, alone and arrived, would have raised the potential above the threshold by then:",
        ),
        claim(
            "least",
            at_most(T, closed_form(c[j], t)),
            step("order", positive(exp(T / tau) * (weight_of(c[j]) - theta)), "enough decay", None, "reached"),
            step(
                "order",
                positive(growth_of(c[j], t)),
                "any-set reached decay",
                [
                    (growth_of(c[j], t) - exp(T / tau) * (weight_of(c[j]) - theta),),
                    (exp(T / tau) * (weight_of(c[j]) - theta),),
                ],
                label="growth",
            ),
            step(
                "logarithm",
                at_most(T / tau, log(growth_of(c[j], t) / (weight_of(c[j]) - theta))),
                "any-set growth enough decay",
                [
                    (
                        growth_of(c[j], t) - exp(T / tau) * (weight_of(c[j]) - theta),
                        1 / (weight_of(c[j]) - theta),
                    )
                ],
                label="exponentials",
            ),
            by="order",
            uses="exponentials enough decay",
            certificate=[(tau, log(growth_of(c[j], t) / (weight_of(c[j]) - theta)) - T / tau)],
            given=(decay, excitatory, fires, members, at_most_whole, enough),
            text="so no closed form of a set is less than T.",
        ),
        claim(
            "not-before",
            less(V_S, theta),
            *kernel(T, t),
            step("either", at_most(causal(t, S_), 1), "", (causal(t, S_), [(0,)], [(1,)]), label="at-most-whole"),
            *not_late(causal(t, S_), T, t, "at-most-whole"),
            step("monotone-function", at_most(lag, rest), "earliest decay", [(t[j] - first, 1 / tau)], "lag"),
            step("tangent", at_least(later, 1 + (T - S_) / tau), "decay", label="later-above"),
            step(
                "order",
                positive(later - 1),
                "later-above before decay",
                [(later - 1 - (T - S_) / tau,), (T - S_, 1 / tau)],
                label="later",
            ),
            step(
                "order",
                at_most(lag * causal(t, S_) * w[j], causal(t, S_) * w[j] * rest),
                "excitatory lag decay",
                [(w[j], causal(t, S_), rest - lag)],
                label="each-lag",
            ),
            step(
                "sum-monotone", at_most(total(lag * causal(t, S_) * w[j], j), still), "each-lag decay", label="all-lag"
            ),
            step(
                "order",
                at_most(w[j] * response(S_, t[j], tau), causal(t, S_) * w[j]),
                "excitatory decay",
                [(w[j], causal(t, S_), decayed(t, S_))],
                label="each-Y",
            ),
            step("sum-monotone", at_most(V_S, Y), "each-Y decay", label="all-Y"),
            step("order", positive(1 + (later - 1) * lag), "later decay", [(1,), (later - 1, lag)], label="apart"),
            by="order",
            uses="all later all-lag all-Y apart threshold fires decay",
            certificate=[
                (potential(T, t) - total(causal(t, S_) * w[j] * (1 - rest), j), share),
                (later - 1, still - total(lag * causal(t, S_) * w[j], j), share),
                (later - 1, lag, Y - V_S, share),
                (theta, later - 1, lag, share),
            ],
            given=(decay, threshold, excitatory, fires, earliest, before_T),
            text="Before T the potential is below the threshold, so T is the first crossing and there is no other.",
        ),
        claim(
            "silent",
            less(V_S, theta),
            step("either", at_most(causal(t, S_), 1), "", (causal(t, S_), [(0,)], [(1,)]), label="at-most-whole"),
            step(
                "monotone-function",
                at_most(lag_S, decayed(t, S_)),
                "earliest decay",
                [(t[j] - first, 1 / tau)],
                label="lag",
            ),
            step(
                "order",
                at_most(w[j] * response(S_, t[j], tau), (1 - lag_S) * causal(t, S_) * w[j]),
                "excitatory lag decay",
                [(w[j], causal(t, S_), decayed(t, S_) - lag_S)],
                label="each",
            ),
            step(
                "sum-monotone",
                at_most(V_S, total((1 - lag_S) * causal(t, S_) * w[j], j)),
                "each decay",
                label="all",
            ),
            step(
                "order",
                at_most(w[j] * response(S_, t[j], tau), causal(t, S_) * w[j]),
                "excitatory decay",
                [(w[j], causal(t, S_), decayed(t, S_))],
                label="each-Y",
            ),
            step("sum-monotone", at_most(V_S, Y), "each-Y decay", label="all-Y"),
            step(
                "order",
                at_most(causal(t, S_) * w[j], w[j]),
                "excitatory at-most-whole",
                [(w[j], 1 - causal(t, S_))],
                label="each-W",
            ),
            step("sum-monotone", at_most(Y, everything), "each-W", label="all-W"),
            by="order",
            uses="all all-Y all-W too-little threshold decay",
            certificate=[
                (theta - everything, 1 / (1 + lag_S)),
                (everything - Y, 1 / (1 + lag_S)),
                (total((1 - lag_S) * causal(t, S_) * w[j], j) - V_S, 1 / (1 + lag_S)),
                (lag_S, Y - V_S, 1 / (1 + lag_S)),
                (theta, lag_S, 1 / (1 + lag_S)),
            ],
            given=(decay, threshold, excitatory, earliest, too_little),
            text="A neuron whose weights together do not exceed the threshold never fires,",
        ),
        claim(
            "fires-by",
            at_least(V_S, theta),
            *kernel(S_, t),
            step(
                "order",
                at_most(w[j] * (1 - decayed(t, S_)), w[j] * response(S_, t[j], tau)),
                "excitatory not-below decay",
                [(w[j], causal(t, S_) * (1 - decayed(t, S_)) - (1 - decayed(t, S_)))],
                label="each",
            ),
            step("sum-monotone", at_most(total(w[j] * (1 - decayed(t, S_)), j), V_S), "each decay", label="all"),
            by="order",
            uses="all all-inputs sufficient decay",
            certificate=[(V_S - total(w[j] * (1 - decayed(t, S_)), j),)],
            given=(decay, excitatory, sufficient, all_inputs),
            text="and any other has reached it at the closed form of all inputs at the latest.",
        ),
    ),
    controls=(
        Control(
            "all-inputs",
            "the closed form of all inputs, although one of them comes too late",
            of="closed-form",
            goal=equal(T, closed_form(S.One, t)),
            witness=late_input,
        ),
        Control(
            "inhibition",
            "an input inhibits: without it the neuron would fire earlier",
            of="least",
            drops=("excitatory",),
            witness={**two_inputs, "w": {0: 2, 1: -Rational(1, 2)}, "T": log(3), "c": {0: 1, 1: 0}},
        ),
        Control(
            "threshold-at-rest",
            "a threshold of 0, which the potential has before any input",
            of="margin",
            drops=("threshold",),
            witness={"n": 1, "tau": 1, "theta": 0, "w": {0: 1}, "t": {0: log(2)}, "T": 0, "t_first": 0},
        ),
        Control(
            "afterwards",
            "below the threshold after T too",
            of="not-before",
            drops=("before",),
            witness={**late_input, "S": log(3)},
        ),
        Control(
            "enough-weight",
            "never fires, although its weights exceed the threshold",
            of="silent",
            drops=("too-little",),
            witness={**late_input, "S": log(3)},
        ),
    ),
    sampler=_neuron,
    instances=(
        "phase_latency.proofs.instances.neurons:latency_of_causal_set",
        "phase_latency.proofs.instances.neurons:latency_of_any_set",
        "phase_latency.proofs.instances.neurons:potential_before",
    ),
    remark="An input that arrives at T itself may be counted or not: both closed forms are equal. All inputs are "
    "finite; those that never arrive are left out.",
)

# -- the gradient, and exact finite changes -------------------------------------------------------------------

s, v = sequence("s"), sequence("v")
piece = Hypothesis("piece", positive(weight_of(c[j]) - theta), "the weights of the causal set, given by c_j, exceed it")
own_margin = weight_of(c[j]) - theta
at_t = Hypothesis(
    "at-t", equal(growth_of(c[j], t), own_margin * exp(T / tau)), "T is the closed form of the set for the times t,"
)
at_s = Hypothesis("at-s", equal(growth_of(c[j], s), own_margin * exp(S_ / tau)), "and S for the times s")
gradient = c[j] * w[j] * decayed(t, T) / own_margin  # in the time of input j
averaged = total(gradient * exp((s[j] - t[j]) / tau), j)
of_piece = (decay, piece, at_t)
other_times = (decay, piece, at_s)

piece_v = Hypothesis("piece-v", positive(weight_of(c[j], v) - theta), "the weights v exceed the threshold as well,")
at_v = Hypothesis(
    "at-v",
    equal(growth_of(c[j], t, v), (weight_of(c[j], v) - theta) * exp(S_ / tau)),
    "and S is the closed form for them",
)
delivered = 1 + total(c[j] * (v[j] - w[j]) * decayed(t, T), j) / own_margin
added = 1 + total(c[j] * (v[j] - w[j]), j) / own_margin
other_weights = (*of_piece, piece_v, at_v)


def _piece(rng):
    """A causal set with its closed form at two vectors of times, or for two vectors of weights."""
    size, constant, limit = rng.randint(1, 3), rng.choice((1, 2)), Rational(rng.randint(1, 4), 4)
    rows = [{k: Rational(rng.randint(1, 9), 2) for k in range(size)} for _ in range(4)]
    quotients, moved, weights, others = rows
    lengthened = {"s": moved} if rng.randint(0, 1) else {"v": others}
    chosen = {0: 1, **{k: rng.randint(0, 1) for k in range(1, size)}}
    weights[0], others[0] = weights[0] + 1, others[0] + 1

    def fired(quotients, weights):
        top = sum((chosen[k] * weights[k] * quotients[k] for k in range(size)), S.Zero)
        return constant * log(top / (sum((chosen[k] * weights[k] for k in range(size)), S.Zero) - limit))

    times = {name: {k: constant * log(q) for k, q in row.items()} for name, row in (("t", quotients), ("s", moved))}
    second = fired(moved, weights) if "s" in lengthened else fired(quotients, others)
    return {
        **{"n": size, "tau": constant, "theta": limit, "c": chosen, "w": weights, "v": others},
        **{**times, "T": fired(quotients, weights), "S": second},
    }


IN_TIMES, IN_WEIGHTS = "at-s piece decay", "at-t at-v piece piece-v decay"
one_input = {"n": 1, "tau": 1, "theta": 1, "c": {0: 1}, "w": {0: 2}, "t": {0: 0}, "T": log(2)}
pair = {**two_inputs, "c": {0: 1, 1: 1}, "w": {0: 1, 1: 1}, "T": log(2), "s": {0: 0, 1: log(3)}, "S": log(4)}

nlif_gradient = Statement(
    "nlif-gradient",
    group="G",
    title="On a causal piece the gradient in the times is a softmax, and every finite change has a closed form",
    source=Source("Mostafa 2018", "the derivatives of the firing time"),
    claims=(
        claim(
            "shares",
            equal(total(gradient, j), 1),
            by="sum-linearity",
            uses="at-t piece decay",
            given=of_piece,
            text="The derivatives in the times, g_j = w_j r_j/m over the causal set, add up to 1.",
        ),
        claim(
            "moved-times",
            equal(exp((S_ - T) / tau), averaged),
            by="sum-linearity",
            uses=IN_TIMES,
            given=other_times,
            text="If the times move to s, T moves by their average with these shares in the exponential scale,",
        ),
        claim(
            "moved-times-above",
            at_most(S_ - T, tau * (averaged - 1)),
            step("tangent", at_least(exp((S_ - T) / tau), 1 + (S_ - T) / tau), "decay", label="tangent"),
            by="order",
            uses=f"tangent {IN_TIMES}",
            certificate=[(tau, exp((S_ - T) / tau) - 1 - (S_ - T) / tau)],
            given=other_times,
            text="which lies between two bounds",
        ),
        claim(
            "moved-times-below",
            at_most(T - S_, tau * (1 / averaged - 1)),
            step("tangent", at_least(exp((T - S_) / tau), 1 + (T - S_) / tau), "decay", label="tangent"),
            by="order",
            uses=f"tangent {IN_TIMES}",
            certificate=[(tau, exp((T - S_) / tau) - 1 - (T - S_) / tau)],
            given=other_times,
            text="that agree to first order in s - t: so dT/dt_j = g_j.",
        ),
        claim(
            "moved-weights",
            equal(exp((S_ - T) / tau), delivered / added),
            by="sum-linearity",
            uses=IN_WEIGHTS,
            given=other_weights,
            text="If the weights become v, T moves by the logarithm of a quotient,",
        ),
        claim(
            "moved-weights-above",
            at_most(S_ - T, tau * (delivered / added - 1)),
            step("tangent", at_least(exp((S_ - T) / tau), 1 + (S_ - T) / tau), "decay", label="tangent"),
            by="order",
            uses=f"tangent {IN_WEIGHTS}",
            certificate=[(tau, exp((S_ - T) / tau) - 1 - (S_ - T) / tau)],
            given=other_weights,
            text="which again lies between bounds",
        ),
        claim(
            "moved-weights-below",
            at_most(T - S_, tau * (added / delivered - 1)),
            step("tangent", at_least(exp((T - S_) / tau), 1 + (T - S_) / tau), "decay", label="tangent"),
            by="order",
            uses=f"tangent {IN_WEIGHTS}",
            certificate=[(tau, exp((T - S_) / tau) - 1 - (T - S_) / tau)],
            given=other_weights,
            text="that agree to first order in v - w: so dT/dw_j = -tau (1 - r_j)/m.",
        ),
    ),
    controls=(
        Control(
            "without-decay",
            "w_j/m in place of w_j r_j/m",
            of="shares",
            goal=equal(total(c[j] * w[j] / own_margin, j), 1),
            witness=one_input,
        ),
        Control(
            "plain-average",
            "the plain average of the moves in place of the exponential one",
            of="moved-times",
            goal=equal(exp((S_ - T) / tau), exp(total(gradient * (s[j] - t[j]) / tau, j))),
            witness=pair,
        ),
        Control(
            "below-the-plain-average",
            "at most the plain average",
            of="moved-times-above",
            goal=at_most(S_ - T, total(gradient * (s[j] - t[j]), j)),
            witness=pair,
        ),
        Control(
            "threshold-forgotten",
            "the change of the margin left out",
            of="moved-weights",
            goal=equal(exp((S_ - T) / tau), delivered),
            witness={**one_input, "v": {0: 3}, "S": log(Rational(3, 2))},
        ),
    ),
    sampler=_piece,
    instances=(
        "phase_latency.proofs.instances.neurons:shares_of_times",
        "phase_latency.proofs.instances.neurons:average_of_moves",
    ),
    remark="Weights may be of either sign here, as long as the causal set stays the same.",
)


# -- one neuron computes log-sum-exp --------------------------------------------------------------------------

needed = Hypothesis("needed", at_most(everything - theta, w[j]), "no input can be spared")
at_all = Hypothesis(
    "at-all", equal(growth_of_all, (everything - theta) * exp(T / tau)), "T is the closed form of all inputs"
)
some_input = Hypothesis("inputs", at_least(n, 1), "there is an input")
sum_of_exponentials = total(exp(t[j] / tau), j)
at_log_sum_exp = Hypothesis("at-log-sum-exp", equal(T, tau * log(sum_of_exponentials)), "T is the log-sum-exp")
unit = {w[j]: Integer(1), theta: n - 1}
NOT_ABOVE = [(1 - rest - in_time * (1 - rest),)]
NOT_BELOW = [(in_time * (1 - rest) - (1 - rest),)]


def _softmax_neuron(rng):
    """A neuron all of whose inputs are needed, at the time of its closed form; some have unit weights."""
    size, constant = rng.randint(1, 3), rng.choice((1, 2))
    ones = rng.randint(0, 1)
    weights = {k: S.One if ones else Rational(rng.randint(2, 9), 4) for k in range(size)}
    excess = S.One if ones else min(weights.values()) * Rational(rng.randint(1, 4), 4)
    quotients = {k: Rational(rng.randint(1, 9), 2) for k in range(size)}
    top = sum((weights[k] * quotients[k] for k in range(size)), S.Zero)
    return {
        **{"n": size, "tau": constant, "w": weights, "theta": sum(weights.values(), S.Zero) - excess},
        **{"t": {k: constant * log(q) for k, q in quotients.items()}, "T": constant * log(top / excess)},
    }


nlif_log_sum_exp = Statement(
    "nlif-log-sum-exp",
    group="G",
    title="A neuron that needs every input fires at their log-sum-exp: the normaliser of softmax in one spike",
    source=Source("Mostafa 2018", "the firing time of a causal set; when it is the whole set is our own"),
    claims=(
        claim(
            "fires",
            equal(potential(T, t), theta),
            *kernel(T, t),
            step(
                "order",
                at_least(w[j] * exp(t[j] / tau), 0),
                "needed sufficient decay",
                [(w[j] - (everything - theta), exp(t[j] / tau)), (everything - theta, exp(t[j] / tau))],
                "growing",
            ),
            step("term", at_most(w[j] * exp(t[j] / tau), growth_of_all), "growing decay", label="part"),
            step(
                "order",
                at_most(rest, 1),
                "part needed at-all sufficient decay",
                [
                    (growth_of_all - w[j] * exp(t[j] / tau), exp(-T / tau), 1 / (everything - theta)),
                    (w[j] - (everything - theta), exp(t[j] / tau), exp(-T / tau), 1 / (everything - theta)),
                ],
                label="arrived",
            ),
            step(
                "either",
                at_most(in_time * (1 - rest), 1 - rest),
                "arrived decay",
                (in_time, [(0,)], [(1 - rest,)]),
                label="not-above",
            ),
            step("order", at_most(response(T, t[j], tau), 1 - rest), "not-above decay", NOT_ABOVE, "at-most"),
            step("order", at_most(1 - rest, response(T, t[j], tau)), "not-below decay", NOT_BELOW, "at-least"),
            step("antisymmetry", equal(response(T, t[j], tau), 1 - rest), "at-most at-least decay", label="linear"),
            step(
                "sum-congruence",
                equal(potential(T, t), total(w[j] * (1 - rest), j)),
                "linear decay",
                label="all-arrived",
            ),
            step(
                "sum-linearity",
                equal(total(w[j] * (1 - rest), j), theta),
                "at-all decay",
                label="solved",
            ),
            by="transitivity",
            uses="all-arrived solved",
            given=(decay, sufficient, needed, at_all),
            text="If the margin of all inputs is at most each of their weights, all have arrived at the closed form of "
            "all, T = tau LSE(t_j/tau + ln w_j) - tau ln(W - theta), and the potential is there at the threshold.",
        ),
        claim(
            "unit-weights",
            equal(total(response(T, t[j], tau), j), n - 1),
            step("sum-linearity", equal(total(S.One, j), n), "inputs", label="number"),
            step("order", positive(total(S.One, j) - (n - 1)), "inputs", [(1,)], label="sufficient"),
            step("order", at_most(total(S.One, j) - (n - 1), 1), "inputs", [(0,)], label="needed"),
            step("order", positive(sum_of_exponentials), "inputs decay", label="growth"),
            step(
                "exponential",
                equal(sum_of_exponentials, (total(S.One, j) - (n - 1)) * exp(T / tau)),
                "at-log-sum-exp number decay",
                label="at-all",
            ),
            by="instance",
            uses="nlif-log-sum-exp:fires decay sufficient needed at-all",
            certificate=unit,
            given=(decay, some_input, at_log_sum_exp),
            text="So with weights 1 and the threshold n - 1 a neuron fires at T = tau LSE(t_j/tau),",
        ),
        claim(
            "softmax",
            equal(rest, exp(t[j] / tau) / sum_of_exponentials),
            step("order", positive(sum_of_exponentials), "inputs decay", label="growth"),
            by="exponential",
            uses="at-log-sum-exp growth decay",
            given=(decay, some_input, at_log_sum_exp),
            text="and at t_j = tau u_j the weights of softmax are what its synapses still hold: exp((t_j - T)/tau).",
        ),
    ),
    controls=(
        Control(
            "one-to-spare",
            "a weight below the margin: the neuron fires before that input arrives",
            of="fires",
            drops=("needed",),
            witness={**two_inputs, "t": {0: 0, 1: log(4)}, "w": {0: 2, 1: 1}, "T": log(3)},
        ),
        Control(
            "threshold-below",
            "the threshold n - 2 in place of n - 1",
            of="unit-weights",
            goal=equal(total(response(T, t[j], tau), j), n - 2),
            witness={"n": 2, "tau": 1, "t": {0: 0, 1: 0}, "T": log(2)},
        ),
        Control(
            "time-constant-forgotten",
            "exp(t_j - T) in place of exp((t_j - T)/tau)",
            of="softmax",
            goal=equal(exp(t[j] - T), exp(t[j] / tau) / sum_of_exponentials),
            witness={"n": 2, "tau": 2, "t": {0: 0, 1: 0}, "T": 2 * log(2)},
        ),
    ),
    sampler=_softmax_neuron,
    instances=(
        "phase_latency.proofs.instances.neurons:softmax_by_spikes",
        "phase_latency.proofs.instances.neurons:threshold_of_unit_weights",
    ),
    remark="Weights and threshold do not depend on the times: one neuron normalises all rows of scores.",
)

# -- the wheel: a neuron whose potential rises by itself ------------------------------------------------------

m, t0, last = real("m"), real("t0"), real("t_last")
x, u = sequence("x"), sequence("u")
rises = Hypothesis("rises", positive(m), "the potential rises by itself")


def dot_product(weights):
    """Of the weights with the inputs."""
    return total(weights[j] * x[j], j)


def risen(moment, weights):
    """The potential at a moment: risen since t0, and raised by the inputs that have arrived by then."""
    return m * (moment - t0) + total(weights[j] * x[j] * (1 - Before(moment, t[j])), j)


fires_u = Hypothesis(
    "fires-u", equal(theta, risen(T, u)), "at T the potential of the first neuron is at the threshold,"
)
fires_v = Hypothesis("fires-v", equal(theta, risen(S_, v)), "and at S that of the second")
arrived_T = Hypothesis("arrived-T", at_most(t[j], T), "all inputs have arrived at T,")
arrived_S = Hypothesis("arrived-S", at_most(t[j], S_), "and at S")
not_after = Hypothesis("last", at_most(t[j], last), "no input arrives after t_last")
contributes = Hypothesis("contributes", at_least(u[j] * x[j], 0), "no input inhibits")
high = Hypothesis("high", at_most(dot_product(u) + m * (last - t0), theta), "the threshold is high enough")


def _wheel(rng):
    """Two neurons of a wheel that fire after all inputs have arrived."""
    size, slope = rng.randint(1, 3), Rational(rng.randint(1, 4), 2)
    rows = {name: {k: Rational(rng.randint(0, 6), 2) for k in range(size)} for name in ("u", "v", "x", "t")}
    onset = Rational(rng.randint(-2, 2))
    products = [sum((rows[name][k] * rows["x"][k] for k in range(size)), S.Zero) for name in ("u", "v")]
    latest = max(rows["t"].values())
    limit = max(products) + slope * (latest - onset) + rng.randint(0, 3)
    fired = [onset + (limit - product) / slope for product in products]
    return {"n": size, "m": slope, "t0": onset, "theta": limit, "t_last": latest, "T": fired[0], "S": fired[1], **rows}


early = {
    **{"n": 2, "m": 1, "t0": 0, "theta": 1, "t_last": 2, "t": {0: 0, 1: 2}, "x": {0: 1, 1: Rational(9, 10)}},
    **{"u": {0: 1, 1: 0}, "v": {0: 0, 1: Rational(6, 5)}, "T": 0, "S": 1},
}
all_there = step("indicator", equal(Before(T, t[j]), 0), "arrived-T", label="arrived")

wheel_latency = Statement(
    "wheel-latency",
    group="G",
    title="On a wheel of neurons the first to fire has the largest dot product, if the threshold is high enough",
    source=Source("Furber et al. 2007", "the wheel model of rank-order neurons"),
    claims=(
        claim(
            "latency",
            equal(T, t0 + (theta - dot_product(u)) / m),
            all_there,
            step(
                "sum-congruence",
                equal(total(u[j] * x[j] * (1 - Before(T, t[j])), j), dot_product(u)),
                "arrived",
                label="all",
            ),
            by="field",
            uses="all fires-u rises",
            given=(rises, fires_u, arrived_T),
            text="The latency after all inputs is affine in the dot product, and decreases with it:",
        ),
        claim(
            "order",
            Iff(less(T, S_), less(dot_product(v), dot_product(u))),
            step(
                "instance",
                equal(S_, t0 + (theta - dot_product(v)) / m),
                "wheel-latency:latency rises fires-v arrived-S",
                {u[j]: v[j], T: S_},
                label="other",
            ),
            by="equivalence",
            uses="latency other rises",
            certificate=(1 / m,),
            given=(rises, fires_u, fires_v, arrived_T, arrived_S),
            text="the neuron with the larger dot product fires first, so the first k to fire are the top k.",
        ),
        claim(
            "high-enough",
            at_least(T, last),
            step("either", at_most(1 - Before(T, t[j]), 1), "", (Before(T, t[j]), [(1,)], [(0,)]), label="share"),
            step(
                "order",
                at_most(u[j] * x[j] * (1 - Before(T, t[j])), u[j] * x[j]),
                "contributes",
                [(u[j] * x[j], 1 - (1 - Before(T, t[j])))],
                label="each",
            ),
            step(
                "sum-monotone",
                at_most(total(u[j] * x[j] * (1 - Before(T, t[j])), j), dot_product(u)),
                "each",
                label="all",
            ),
            by="order",
            uses="all high fires-u rises",
            certificate=[
                (theta - (dot_product(u) + m * (last - t0)), 1 / m),
                (dot_product(u) - total(u[j] * x[j] * (1 - Before(T, t[j])), j), 1 / m),
            ],
            given=(rises, contributes, fires_u, high),
            text="All inputs have arrived if the threshold is at least the dot product plus m (t_last - t0).",
        ),
    ),
    controls=(
        Control(
            "too-early",
            "both fire before the last input has arrived: the dot product 1 wins against 1.08",
            of="order",
            drops=("arrived-T", "arrived-S"),
            witness=early,
        ),
        Control(
            "falling",
            "a potential that falls by itself",
            of="order",
            drops=("rises",),
            witness={
                **early,
                "m": -1,
                "t": {0: 0, 1: 0},
                "x": {0: 1, 1: 1},
                "u": {0: 3, 1: 0},
                "v": {0: 2, 1: 0},
                "T": 2,
            },
        ),
        Control(
            "low-threshold",
            "a threshold that is reached before the last input arrives",
            of="high-enough",
            drops=("high",),
            witness=early,
        ),
    ),
    sampler=_wheel,
    instances=(
        "phase_latency.proofs.instances.neurons:latency_on_the_wheel",
        "phase_latency.proofs.instances.neurons:order_on_the_wheel",
    ),
)

STATEMENTS = (nlif_closed_form, nlif_gradient, nlif_log_sum_exp, wheel_latency)
