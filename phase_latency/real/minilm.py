"""What the statements say of a trained attention layer: the first of MiniLM-L6, reading a real text.

Everything is decided in float64, which holds the trained float32 numbers exactly. Weights are looked at behind the
LayerNorm of the embeddings; for the positional part alone see :mod:`phase_latency.real.positional`.
"""

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import cast

import torch
from torch import Tensor
from torch.nn.functional import multi_head_attention_forward

from phase_latency.attention import Attention
from phase_latency.figures import Figure
from phase_latency.normalisation import LayerNorm
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.comparison import Comparison
from phase_latency.numerics.functions import tanh
from phase_latency.numerics.layers import bounded_normalisation, bounded_weights
from phase_latency.numerics.propagation import inflated
from phase_latency.real.deviation import closest, layer_logits, of_head
from phase_latency.real.encoder import INSTALL_COMMAND, SUBJECT, Encoder, head_name, model_directory, read_encoder
from phase_latency.real.positional import positional_rows
from phase_latency.real.row import Question, RealRow, amplitudes_named, held

AMPLITUDES = (Fraction(1, 64), Fraction(1, 8), Fraction(1, 2), Fraction(2))
_UNDER = amplitudes_named(AMPLITUDES)


def minilm_rows(directory: Path | None = None) -> list[RealRow]:
    """Every row on the trained layer.

    Args:
        directory: of the model's files; None for those of the installed package.

    Returns:
        the rows; a single one with the verdict "MISSING" if the package is not installed.

    Raises:
        ArgumentError: the files are damaged.
        NotFiniteError: a parameter is infinite or NaN.
        UncertifiedError: this machine does not accumulate as the bounds assume.
    """
    directory = model_directory() if directory is None else directory
    if directory is None:
        question = Question(SUBJECT, _UNDER, "softmax-perturbation", "total variation <= tanh(r/4)")
        return [RealRow(*question, "MISSING", detail=f"the weights are not installed; run `{INSTALL_COMMAND}`")]
    encoder = read_encoder(directory)
    return [
        _same_as_torch(encoder),
        *_weights_move(encoder),
        *positional_rows(encoder, AMPLITUDES),
        _normalised_table(encoder),
    ]


# -- the layer is the trained one -----------------------------------------------------------------------------


def _same_as_torch(encoder: Encoder) -> RealRow:
    """Weights of our layer against those of torch's own attention on the parameters as they are stored."""
    question = Question(SUBJECT, "torch's multi_head_attention_forward", "the same layer", "the same weights")
    layer = replace(encoder.layer, norm=None)
    x = encoder.layer.inputs(encoder.content, encoder.table[: len(encoder.content)])
    ours = _weights(layer, layer_logits(layer, x))
    theirs = Bounded(_torch_weights(encoder, x), bounded_weights(_logits_in_any_order(encoder, x)).error)
    return held(question, {"weight": closest(Comparison.equal(ours, theirs))}, {})


def _torch_weights(encoder: Encoder, x: Tensor) -> Tensor:
    stored, dim = encoder.stored, encoder.layer.dim
    in_weight, in_bias = (
        torch.cat([stored[f"{name}_{part}"] for name in ("query", "key", "value")]) for part in ("weight", "bias")
    )
    _, weights = multi_head_attention_forward(
        x, x, x, dim, encoder.layer.heads, in_weight, in_bias, None, None, False, 0.0,
        torch.eye(dim, dtype=x.dtype), None, training=False, average_attn_weights=False,
    )  # fmt: skip
    return cast(Tensor, weights)


def _logits_in_any_order(encoder: Encoder, x: Tensor) -> Bounded:
    """Logits whose error allows for biases added inside the sums and for queries scaled before the product."""
    x = torch.cat([x, torch.ones_like(x[:, :1])], dim=1)
    heads, head_dim = encoder.layer.heads, encoder.layer.head_dim
    query, key = (
        (
            Bounded.exact(x)
            @ torch.cat([encoder.stored[f"{name}_weight"], encoder.stored[f"{name}_bias"][:, None]], 1).mT
        )
        .reshape(len(x), heads, head_dim)
        .transpose(0, 1)
        for name in ("query", "key")
    )
    scale = Bounded.stored(torch.tensor(1 / math.sqrt(head_dim), dtype=x.dtype))
    return (query * scale) @ key.mT


# -- weights behind the LayerNorm -----------------------------------------------------------------------------


def _weights_move(encoder: Encoder) -> list[RealRow]:
    """Total variation of each row of weights, against what the change of its logits allows."""
    table = encoder.table[: len(encoder.content)]
    before = _attention(encoder, table)
    moved = {str(a): _moved(before, _attention(encoder, float(a) * table)) for a in AMPLITUDES}
    return [
        _moved_row(head, {a: of_head(each, head) for a, each in moved.items()}) for head in range(encoder.layer.heads)
    ]


def _attention(encoder: Encoder, table: Tensor) -> tuple[Bounded, Bounded]:
    """Logits and weights."""
    logits = layer_logits(encoder.layer, encoder.content, table)
    return logits, _weights(encoder.layer, logits)


def _weights(layer: Attention, logits: Bounded) -> Bounded:
    """What the layer makes of the logits, with the error that its twin certifies."""
    return Bounded(layer.weights(logits.value), bounded_weights(logits).error)


def _moved(before: tuple[Bounded, Bounded], after: tuple[Bounded, Bounded]) -> Comparison:
    """Total variation of each row, (heads, queries), held against tanh(r/4), r the range of the change of logits."""
    change = after[0] - before[0]
    allowed = tanh((change.amax(-1) - change.amin(-1)) / 4)
    total_variation = abs(after[1] - before[1]).sum(-1) / 2
    return Comparison(total_variation.value, inflated(allowed.value + allowed.error + total_variation.error))


def _moved_row(head: int, moved: dict[str, Comparison]) -> RealRow:
    question = Question(head_name(head), _UNDER, "softmax-perturbation", "total variation of each row <= tanh(r/4)")
    checks = {a: closest(comparison) for a, comparison in moved.items()}
    tightest = max(checks, key=lambda a: checks[a].ratio)
    figures = {
        "largest total variation": {a: _figure(each, int(each.error.argmax())) for a, each in moved.items()},
        "mean total variation": {
            a: Figure(float(each.error.mean()), float(each.bound.mean())) for a, each in moved.items()
        },
    }
    detail = f"closest to its bound at amplitude {tightest}, query {checks[tightest].positions[0]}"
    return held(question, {"row of weights": checks[tightest]}, figures, detail)


def _figure(comparison: Comparison, row: int) -> Figure:
    return Figure(float(comparison.error[row]), float(comparison.bound[row]))


# -- the normalised table -------------------------------------------------------------------------------------


def _normalised_table(encoder: Encoder) -> RealRow:
    """The whole table through the LayerNorm, without content: amplitude a is epsilon divided by a^2."""
    norm, table = encoder.norm, encoder.table
    question = Question(
        SUBJECT,
        f"table through its LayerNorm, {_UNDER}",
        "lemma-1-normalised",
        f"as unscaled with eps/a^2, eps = {norm.eps:g}",
    )
    centred = Bounded.exact(table) - Bounded.exact(table).mean(dim=-1, keepdim=True)
    mean_square = centred.square().mean(-1)
    checks, kept = {}, {}
    for a in AMPLITUDES:
        scaled, other = float(a) * table, LayerNorm(norm.weight, norm.bias, norm.eps / float(a) ** 2)
        found = Bounded(norm(scaled), bounded_normalisation(norm, Bounded.exact(scaled)).error)
        expected = bounded_normalisation(other, Bounded.exact(table))
        checks[f"amplitude {a}"] = closest(Comparison.equal(found, expected))
        smallest = (mean_square / (mean_square + other.eps)).amin(-1) ** 0.5
        kept[str(a)] = Figure(float(smallest.value), float(smallest.error))
    return held(question, checks, {"smallest norm of a row before the gain, relative to eps = 0": kept})
