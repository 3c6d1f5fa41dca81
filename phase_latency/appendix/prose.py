"""What an appendix says in words: its vocabulary, the captions of its figures, and what each section is about.

Each sentence stands here once, for every format; :func:`phase_latency.wording.said` reads the markup.
"""

TITLE = "Verification appendix"
SUBTITLE = "Positional encodings in attention when phase becomes latency: what is proved, tested, measured, and refuted"

ABOUT = (
    "The statements are those of the phase-latency ledger, on the Phase-Latency Isomorphism and Lemma 1 of "
    "[@bose2026]: which hold, under which hypotheses, and where they stop. Each was derived step by step; independent "
    "checkers tried it; random torch attention layers were held against it; and false variants of it were refused."
)

# The status vocabulary: the word, who says it, and what it means. None stands for another.
VOCABULARY = (
    (
        "DERIVED",
        "Every step of the derivation is decided by its rule, for all values and sizes that satisfy the hypotheses; "
        "ball arithmetic contradicts no step at random points; and every false variant is refuted.",
    ),
    ("PROVED", "Coq's kernel accepts a theorem that is tied to the claim as the ledger states it, for all sizes."),
    (
        "UNSAT",
        'Two SMT solvers, z3 and cvc5, find no values that satisfy the hypotheses and not the claim; "UNSAT 1 of '
        '4": of one claim out of four, for the others need more of their functions than polynomials say.',
    ),
    (
        "CHECKED",
        "Rigorous enclosures of both sides agree with the claim at random points and on boxes. It is no proof.",
    ),
    (
        "TESTED",
        "No random attention layer, in float64, float32, bfloat16 or float16, contradicts it; the number is that of "
        "layers. It is no proof.",
    ),
    (
        "MEASURED",
        "The largest deviation that was seen is within a certified bound on rounding errors [@higham2002], which is "
        "printed beside it.",
    ),
    ("REFUTED", "It is false, at a point that is given exactly, or by a deviation that no rounding explains."),
    ("UNDECIDED", "It was tried and nobody can tell. It is no pass."),
    ("OUTSIDE", "It cannot be said in the language of this checker. It is no pass."),
    ("MISSING", "The tool or the input is not installed, so nothing was checked in this run. It is no pass."),
    ("NONE", "It was not asked for in this run. It is no pass."),
    ("FAILED, VIOLATED", "Something is wrong: a step, a proof, a test, or a measurement beyond its bound."),
)

GROUPS = {
    "A": "The Phase-Latency Isomorphism",
    "B": "Lemma 1: the amplitude and the positional part",
    "C": "Where the invariance of attention ends",
    "D": "Frequency compression",
    "E": "Rank codes",
    "F": "Rotary encodings",
    "G": "Latencies of spiking neurons",
    "H": "Spike codes: how many spikes a softmax costs",
    "I": "Five operations of a sequence machine and a transformer",
    "J": "The copy task, and which reading it uses",
}

LEDGER = (
    'Every statement with what backs it. "Refused" counts false variants that were certified false at an exact point.'
)

SCOPE = (
    "What does not hold, or is not claimed. Each of these is a statement of the ledger, with its hypotheses and exact "
    "witnesses, unless it says that nothing is claimed."
)

STATEMENTS = (
    "Each step names the rule that decides it and what it uses. Certificates, such as the multipliers of a "
    "combination, are in the record and on the page."
)

MEASURED = (
    "The largest deviation over all random layers, and the most that rounding explains there. Layers are drawn in "
    'four dtypes, so the figures range from those of float64 to those of bfloat16. "Mutants" counts systematic '
    "changes of the claims that are false, and of how many some checker knows it."
)

REAL = (
    "Instruments are the package's own encodings and attention layer, held against ball arithmetic at 200 bits. Rows "
    "on real input hold what a statement predicts against built-in encodings and, if it is installed, a trained layer."
)

PROFILES = (
    "What `phase-latency check` found: the strongest class of invariance of the logits under each transformation. "
    '"FAILS" comes with the smallest example that was found. It is a test of the positions that are named, no proof.'
)

REPRODUCE = "Each command prints what is shown here; a run with the same versions and the same seed finds the same."

# The figures: title, and what to see in it. Names in braces are filled in from the record.
CAPTIONS = {
    "slope": (
        "An amplitude is a factor, compression is not",
        "Similarity (inner product) of two positions under another encoding, against that under the sinusoidal "
        "encoding PE; one point for each distance, {length} positions, width {dim}. Left, scaled by 1/{length}: all "
        "points lie on one line, of slope {slope}, which is $1/L^2$ up to rounding ([[lemma-1]]; left over "
        "{amplitude_residual}). Right, positions compressed by 1/{length}: no line fits ([[compression-no-scale]]; "
        "left over {compressed_residual}).",
    ),
    "distance": (
        "Similarity against distance",
        "Inner product with position 0 over the squared norm of the encoding, against the distance in positions; "
        "{length} positions, width {dim}. The amplitude (points) changes nothing. The sinusoidal encoding is not "
        "monotone: it rises at {rises} of {steps} steps; the compressed one falls at each, and hardly at all "
        "([[sinusoidal-kernel-not-monotone]], [[compression-discriminability]]).",
    ),
    "weights": (
        "Attention weights under the three readings",
        "One random head on random content, {length} positions, spike window {seconds} s; query down, key across, "
        "lightness is the weight. Re-timed, the weights are the same (total variation {retimed}; "
        "[[retiming-invariance]]). Scaled by T/L, or compressed by it, they are not: they move by up to {amplitude} "
        "and {compressed} ([[additive-no-global-scale]]).",
    ),
    "errors": (
        "What no scale explains, against its certified bound",
        "Relative residual of the logits of a scaled sinusoidal encoding (a = {seconds}/L, width {dim}) after the "
        "best factor, by length and dtype. Each line stays below the certified bound of its colour (dotted): that is "
        "rounding. The compressed encoding, in float64, stands far above its own bound: that is not.",
    ),
    "epsilon": (
        "Behind a normalisation the amplitude acts as another epsilon",
        "Factor on the positional logits behind RMSNorm, against the amplitude a; width {dim}, {length} positions. "
        "Points are measured, lines are $(1/2 + \\varepsilon)/(1/2 + \\varepsilon/a^2)$ ([[lemma-1-normalised]]). "
        "While $\\varepsilon$ is small against $a^2$ the amplitude is not seen; below, the encoding fades out.",
    ),
    "profiles": (
        "Invariance profiles of the built-in encodings",
        "The strongest class up to which logits are invariant under each transformation, from Exact and Scale to "
        'Order; "-": none holds, "?": undecided, since the encoding takes whole positions only. Found by tests '
        "over {length} positions, not proved.",
    ),
    "raster": (
        "Spikes, and which of them made which",
        "Inputs, and two layers of neurons with exponential synapses; each spike at its time. Lines lead from every "
        "input of a causal set to the spike that it takes part in: those that arrive later have none "
        "([[nlif-closed-form]]).",
    ),
    "wheel": (
        "Latency against dot product",
        "Neurons of a wheel, whose potential rises by itself. With a threshold that no neuron reaches before the last "
        "input (dashed) latencies are affine and fall with the dot product, so that the first k to fire are the top k. "
        "With a low threshold neurons fire before their inputs, in another order ([[wheel-latency]]).",
    ),
    "depth": (
        "How far an output can move, over depth",
        "Ratio of the change of the output to that of the input, largest norm; networks of width {width}. The "
        "published constant is multiplied over layers and reaches {published} at {layers} ([[nlif-published-bound]]). "
        "Without inhibition the truth is 1 ([[nlif-nonexpansive]]); a search over {networks} random networks for each "
        "depth finds {found} at most. With inhibition it finds up to {inhibited}.",
    ),
    "codes": (
        "How many spikes a softmax costs",
        "Mean distance in total variation from the weights of softmax over {units} keys, {rows} rows, against the "
        "spikes for each row; bounds are dotted. Independent spikes: slope {independent_slope}, predicted -1/2 "
        "([[spike-rate-stochastic]]). Deterministic inhibition: {inhibited_slope}, predicted -1 "
        "([[spike-rate-deterministic]]). A latency code costs one spike for each key and one for the normaliser, "
        "whatever the accuracy ([[spike-latency-code]]); without a resolution it is torch's softmax ({certified}; "
        "[[nlif-log-sum-exp]]).",
    ),
    "learning": (
        "Learning curves of tasks that need position",
        "Accuracy on sequences that were not trained on, against steps, of up to {steps}; means over {seeds} seeds. "
        "On {task}, {amplitude} ends at {scaled}, no encoding at {none} and the sinusoid at {plain}, though the "
        "positional logits of the first are those of the last up to scale ([[lemma-1]], [[additive-no-global-scale]]).",
    ),
    "lengths": (
        "The published length table, with models that know nothing of positions",
        "Bits per character of the copy task after {steps} steps, at {lengths} positions; means over {seeds} seeds. "
        "At {longest} positions the sinusoidal encoding comes to {plain}, and to {shuffled} with its positions "
        "shuffled at every pass ([[copy-task-needs-no-position]]).",
    ),
    "discriminability": (
        "What predicts the steps to solve a task",
        "Steps until the offset by one is solved, against the smallest distance of neighbours, for {encodings} "
        "encodings; means over {seeds} seeds; open where it was not solved in time. Rank correlation with the gap over "
        "the encoding's own norm {relative}, over the norm of a token {absolute}.",
    ),
}

EXPERIMENTS = (
    "Small transformers, trained from random weights. Each row is one configuration over several seeds, and MEASURED "
    "if all of them are finished: means of the accuracy and of the loss in bits per character, on sequences that are "
    "kept for that, with bootstrap intervals at 95 %, which are coarse with few seeds; and how many seeds solved the "
    "task, which is 99 % of the targets, and at which steps. It is a measurement of these sizes and budgets, and "
    "proves nothing about others."
)

CLAIMS = (
    "What the empirical part of the paper claims, as its public scripts show it. It is not testable by a script if a "
    "model that knows nothing of positions does as well there."
)

PUBLISHED = (
    "What has been said of spiking networks, and of what they share with transformers, and what became of it here. "
    "What is an analogy only is no statement, and is counted nowhere."
)
