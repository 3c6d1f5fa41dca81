"""What does not hold, or is not claimed: one list, for the appendix and for README.md."""

from typing import NamedTuple


class Limit(NamedTuple):
    """Something that one might expect, and that is not so.

    Attributes:
        title: what it is, without a full stop.
        text: why, in the markup of :mod:`phase_latency.wording`.
        statements: ids of the statements that say so; empty if nothing is claimed.
    """

    title: str
    text: str
    statements: tuple[str, ...] = ()


SCOPE = (
    Limit(
        "Not an invariance of attention",
        "Lemma 1 is about the positional part. [[additive-no-global-scale]] gives contents and a head, at every "
        "width, for which no c and no row shifts r make the logits of $e + aP$ equal to c times those of $e + P$ plus "
        "r, for any $a \\neq 1$. Where the paper speaks of attention up to a global scale, read: of its positional "
        "component, of concatenated inputs after rescaling the projections ([[lemma-1-reparametrisation]]), or of "
        "rotary encodings ([[lemma-1-rotary]]).",
        ("additive-no-global-scale", "additive-decomposition"),
    ),
    Limit(
        "Not an invariance of the weights",
        "Softmax restores a scale only at the temperature $a^2 \\tau$ ([[lemma-1-temperature]]). With two keys at "
        "logits 0 and ln 2, a = 2 moves the weights from (1/3, 2/3) to (1/17, 16/17).",
        ("lemma-1-temperature", "softmax-perturbation"),
    ),
    Limit(
        "Not with a query bias",
        "$b_Q$ adds a term linear in a ([[query-bias-breaks-scale]]; d = 1, all weights 1, $b_Q = 1$). A key bias "
        "only shifts rows.",
        ("query-bias-breaks-scale",),
    ),
    Limit(
        "Not order on the circle",
        "Wrapped phases keep the order of L positions exactly if $w (L - 1) < 2 \\pi$ ([[phase-latency-order]]). The "
        "channel w = 1 violates that from L = 8 on: position 7 wraps to the phase 0.72, below that of position 1.",
        ("phase-latency-order",),
    ),
    Limit(
        "Not frequency compression",
        "The paper's third code, $\\sin(w a p)$, is another encoding: with all frequencies in $(0, \\pi]$ no scale "
        "fits ([[compression-no-scale]]), and neighbours become about 1/a times harder to tell apart, while an "
        "amplitude leaves them as they are ([[compression-discriminability]], [[amplitude-keeps-discriminability]]).",
        ("compression-no-scale", "compression-discriminability", "amplitude-keeps-discriminability"),
    ),
    Limit(
        "Not an order of similarities",
        "The classical kernel rises with the distance in places: at d = 64 positions 6 apart are more alike than "
        "positions 5 apart. The compressed one falls at every step ([[sinusoidal-kernel-not-monotone]]).",
        ("sinusoidal-kernel-not-monotone",),
    ),
    Limit(
        "Not a distance between ranks",
        "One-hot rank codes are all $\\sqrt{2}$ apart, and there is none past the table ([[rank-gram]]).",
        ("rank-gram",),
    ),
    Limit(
        "Not across layouts",
        "Interleaved and half-split rotary layouts differ by a permutation; a query in one and a key in the other see "
        "absolute positions ([[rotary-layout]]).",
        ("rotary-layout",),
    ),
    Limit(
        "Not through normalisation",
        "With $\\varepsilon$, a changes the norm behind LayerNorm or RMSNorm: it acts as $\\varepsilon/a^2$ "
        "([[lemma-1-normalised]]).",
        ("lemma-1-normalised",),
    ),
    Limit(
        "Not of the outputs",
        "The values carry the encoding too: equal weights do not give equal outputs ([[value-path]]).",
        ("value-path",),
    ),
    Limit(
        "Not large models, energy or biology",
        "What was trained has two layers, 64 positions and made-up tasks. Nothing is claimed of language, of other "
        "sizes, of energy, or of biology.",
    ),
    Limit(
        "Not without assumptions on arithmetic",
        "The bounds assume IEEE arithmetic and accumulation as torch does it on a CPU, which is probed; what cannot "
        "be certified is called `UNDECIDED` and not waved through.",
    ),
)
