"""Logits between positions alone, in a trained head: Lemma 1, and what the trained biases do to it.

The positional part of the input is what the table contributes behind the LayerNorm, with the statistics of the sum of
content and table held fixed: that is linear in the table, as Lemma 1 presumes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TypeAlias

import torch

from phase_latency.figures import Figure
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.comparison import Comparison
from phase_latency.real.deviation import (
    Deviation,
    Proportion,
    closest,
    largest,
    layer_logits,
    of_head,
    proportions,
    without_row_constants,
)
from phase_latency.real.encoder import SUBJECT, Encoder, head_name
from phase_latency.real.row import Figures, Question, RealRow, amplitudes_named, held, refuted

Amplitudes: TypeAlias = Sequence[Fraction]


def positional_rows(encoder: Encoder, amplitudes: Amplitudes) -> list[RealRow]:
    """Two rows for each head, without and with the trained biases, and one on the key bias.

    Args:
        encoder: the trained layer and its input.
        amplitudes: factors on the positional table, powers of two other than 1.

    Returns:
        the rows.

    Raises:
        UncertifiedError: this machine does not accumulate as the bounds assume.
    """
    return [
        *_without_biases(encoder, amplitudes),
        *_with_query_bias(encoder, amplitudes),
        _with_key_bias(encoder, amplitudes),
    ]


def _positional_logits(encoder: Encoder, query_bias: bool, key_bias: bool) -> Callable[[Fraction], Bounded]:
    """Logits between positions, (heads, length, length), as a function of the amplitude."""
    layer = replace(
        encoder.layer,
        norm=None,
        b_q=encoder.layer.b_q if query_bias else None,
        b_k=encoder.layer.b_k if key_bias else None,
    )
    piece = encoder.layer.pieces(encoder.content, encoder.table[: len(encoder.content)])[1]
    return lambda a: layer_logits(layer, torch.zeros_like(piece), float(a) * piece)


def _without_biases(encoder: Encoder, amplitudes: Amplitudes) -> list[RealRow]:
    """Lemma 1 as it stands: without the biases."""
    logits = _positional_logits(encoder, query_bias=False, key_bias=False)
    before, after = logits(Fraction(1)), {a: logits(a) for a in amplitudes}
    comparisons = {a: _off_scale(a, before, each) for a, each in after.items()}
    fits = {a: proportions(before, each) for a, each in after.items()}
    under = f"position alone, no biases, {amplitudes_named(amplitudes)}"
    return [
        held(
            Question(head_name(head), under, "lemma-1", "scale a^2"),
            _tightest_first({a: of_head(each, head) for a, each in comparisons.items()}),
            _figures("scale", fits, head),
            "powers of two scale without rounding",
        )
        for head in range(encoder.layer.heads)
    ]


def _with_query_bias(encoder: Encoder, amplitudes: Amplitudes) -> list[RealRow]:
    """With the trained query bias no scale is left, not even up to row constants, which softmax ignores."""
    logits = _positional_logits(encoder, query_bias=True, key_bias=True)
    before = without_row_constants(logits(Fraction(1)))
    fits = {a: proportions(before, without_row_constants(logits(a))) for a in amplitudes}
    under, expected = f"position alone, trained biases, {amplitudes_named(amplitudes)}", "no scale, row constants aside"
    return [
        refuted(
            Question(head_name(head), under, "query-bias-breaks-scale", expected),
            {f"amplitude {a}": largest(each[head].comparison) for a, each in fits.items()},
            _figures("best scale", fits, head),
        )
        for head in range(encoder.layer.heads)
    ]


def _with_key_bias(encoder: Encoder, amplitudes: Amplitudes) -> RealRow:
    """The trained key bias alone adds row constants: what softmax sees still scales by a^2."""
    under = f"position alone, key bias only, {amplitudes_named(amplitudes)}"
    question = Question(SUBJECT, under, "query-bias-breaks-scale", "scale a^2, row constants aside")
    biased = _positional_logits(encoder, query_bias=False, key_bias=True)
    plain = without_row_constants(_positional_logits(encoder, query_bias=False, key_bias=False)(Fraction(1)))
    comparisons = {a: _off_scale(a, plain, without_row_constants(biased(a))) for a in amplitudes}
    figures = {
        f"deviation, {head_name(head)}": {
            str(a): Figure(*closest(of_head(each, head))[:2]) for a, each in comparisons.items()
        }
        for head in range(encoder.layer.heads)
    }
    return held(question, _tightest_first(comparisons), figures)


def _off_scale(a: Fraction, before: Bounded, after: Bounded) -> Comparison:
    return Comparison.equal(after, float(a) ** 2 * before)


def _tightest_first(comparisons: Mapping[Fraction, Comparison]) -> dict[str, Deviation]:
    checks = {f"amplitude {a}": closest(comparison) for a, comparison in comparisons.items()}
    return dict(sorted(checks.items(), key=lambda check: -check[1].ratio))


def _figures(name: str, fits: Mapping[Fraction, Sequence[Proportion]], head: int) -> Figures:
    return {
        name: {str(a): each[head].scale for a, each in fits.items()},
        "residual": {str(a): each[head].residual for a, each in fits.items()},
    }
