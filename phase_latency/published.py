"""What is said of spiking networks and transformers, and what became of it: for the appendix and README.md."""

from typing import Literal, NamedTuple

Verdict = Literal["holds", "holds with hypotheses", "refuted", "analogy only", "unresolved"]


class Reading(NamedTuple):
    """Something that was published, or that is read into what was published.

    Attributes:
        claim: what is said, without a full stop.
        verdict: what became of it.
        text: why, with the hypotheses or the witness, in the markup of :mod:`phase_latency.wording`.
        statements: ids of the statements that say so; empty for what no statement is about.
    """

    claim: str
    verdict: Verdict
    text: str
    statements: tuple[str, ...] = ()


PUBLISHED = (
    Reading(
        "A latency is a smooth function of its inputs on one causal piece, with a softmax as gradient",
        "holds",
        "For weights of either sign; the shares add up to 1 ([[nlif-gradient]]).",
        ("nlif-gradient",),
    ),
    Reading(
        "Latencies are Lipschitz with the constant $2 |C| \\max(W, \\tau)/\\delta$ on a causal piece",
        "holds",
        "Without the factor 2, and with it attained if every weight is $\\tau$. It is never below 1: its product over "
        "layers can only grow ([[nlif-published-bound]]).",
        ("nlif-published-bound",),
    ),
    Reading(
        "Latencies are Lipschitz across causal pieces, through any depth",
        "holds with hypotheses",
        "With weights that are not negative, and then with the constant 1 ([[nlif-nonexpansive]]). Weights (2, -3, 5) "
        "at times (0, ln 2, 3) jump from 3.4702 to 0.6931 when the second input moves by $2 \\cdot 10^{-9}$; weights "
        "(A + 2, -A) have the constant 1 + A, and D cross-coupled layers $(1 + A)^D$.",
        ("nlif-nonexpansive",),
    ),
    Reading(
        "$\\delta$ may be the margin of all inputs",
        "refuted",
        "100 inputs of weight 2, all but one of which come too late: the bound is 0.01, the truth 1. It is the margin "
        "of the causal set ([[nlif-published-bound]]).",
        ("nlif-published-bound",),
    ),
    Reading(
        "Leaky neurons, or neurons that are reset to zero, behave alike",
        "refuted",
        "Kernel $\\exp(-x) - \\exp(-2x)$, weights 2.4: inputs at 1 and 2 never make it fire, at 1.5 and 2 they do, at "
        "2.2385. A reset to zero: an early input of 0.2 moves the second spike from 10 to 2.",
    ),
    Reading(
        "The number of samples grows with the square of the number of weights, through a product of constants",
        "holds with hypotheses",
        "As an upper bound. Without inhibition the constants of the weights add over layers, and that square does not "
        "arise ([[nlif-weights-add]]).",
        ("nlif-weights-add",),
    ),
    Reading(
        "Lateral inhibition computes softmax with an error of order $1/\\sqrt{T}$",
        "holds with hypotheses",
        "If spikes are independent ([[spike-rate-stochastic]]); deterministic inhibition has less than $(n-1)/T$ "
        "([[spike-rate-deterministic]]), and a latency code needs one spike for each value "
        "([[spike-latency-code]], [[nlif-log-sum-exp]]).",
        ("spike-rate-stochastic", "spike-rate-deterministic", "spike-latency-code", "nlif-log-sum-exp"),
    ),
    Reading(
        "An error of $\\varepsilon$ needs $\\Omega(L^2 n d/\\varepsilon^2)$ spikes",
        "holds with hypotheses",
        "Of independent spikes, a decoder of counts, squared error, rates inside (0, 1) and a sensitivity L in every "
        "coordinate ([[spike-count-lower-bound]]). At a rate of 0.5 and an error of 0.001 a value costs 125,000 "
        "independent spikes, 500 of deterministic inhibition, 1 of a latency code.",
        ("spike-count-lower-bound",),
    ),
    Reading(
        "$T = C d/\\varepsilon^2$ steps with the reported C = 2.3, d = 47",
        "unresolved",
        "At $\\varepsilon = 0.1$ that is 10,810 steps, against the reported T = 4. Effective dimensions, the fit and "
        "energies need data and trained models, and nothing is claimed of them.",
    ),
    Reading(
        "The first neurons of a wheel to fire are those with the largest dot products",
        "holds with hypotheses",
        "If the threshold is at least every dot product plus what the potential rises until the last input "
        "([[wheel-latency]]). Otherwise 1 may win against 1.08.",
        ("wheel-latency",),
    ),
    Reading(
        "Encoding: rank-ordered codes are latencies",
        "holds with hypotheses",
        "If spikes are evenly spaced ([[rank-code]]). That learned, dense embeddings play their part is an analogy.",
        ("rank-code",),
    ),
    Reading(
        "Context: both keep the past, decayed",
        "holds with hypotheses",
        "Before the machine keeps the N largest components ([[context-recurrence]]). A fixed, lossy state against a "
        "list of keys and values is an analogy.",
        ("context-recurrence",),
    ),
    Reading(
        "Retrieval: softmax attention finds the nearest neighbour",
        "holds with hypotheses",
        "If keys are unit vectors, up to an error that falls exponentially with the gap ([[retrieval-limit]]). Keys "
        "(1, 0) and (2, 0.9) at the query (1, 0): the second is found, though the first is the query itself.",
        ("retrieval-limit",),
    ),
    Reading(
        "Storage: both add an outer product",
        "holds with hypotheses",
        "A sum store is linear attention exactly; a max store is none ([[storage-join]]).",
        ("storage-join",),
    ),
    Reading(
        "Decoding: both take the largest dot product",
        "holds with hypotheses",
        "Which is the nearest code if all have one norm ([[decoding-argmax]]).",
        ("decoding-argmax",),
    ),
    Reading(
        "Hard locations of a sparse distributed memory are softmax",
        "analogy only",
        "How many of them a query shares with a key falls off roughly exponentially with their distance; it is no "
        "softmax, and is not counted as one.",
    ),
    Reading(
        "A learned unembedding is a decoder of codes",
        "analogy only",
        "Its rows have different norms, so that the largest dot product need not be the nearest.",
    ),
)
