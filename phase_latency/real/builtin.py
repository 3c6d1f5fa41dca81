"""The built-in encodings at a real size: each under amplitude, re-timing and compression, in float64 and float32.

Encodings and layers are evaluated by torch as users call them; their twins on bounded tensors say how far that may be
from exact arithmetic. Projections are drawn at random, for `lemma-1` claims something about every bilinear form.
"""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

import torch
from torch import Tensor

from phase_latency import formulas
from phase_latency.attention import Attention
from phase_latency.encodings import Alibi, Compressed, Rank, Retimed, Rotary, Scaled, Sinusoidal
from phase_latency.encodings.additive import AdditiveEncoding
from phase_latency.figures import Figure, InvarianceError
from phase_latency.invariance import measure
from phase_latency.latency import LatencyMap
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.comparison import Comparison
from phase_latency.numerics.encodings import bounded_alibi, bounded_encoding
from phase_latency.numerics.layers import bounded_logits, bounded_projection
from phase_latency.real.deviation import Deviation, closest, largest, layer_logits, proportions, without_row_constants
from phase_latency.real.row import Question, RealRow, held, refuted

LENGTH = 256
WIDTH = 64
POSITIONS = torch.arange(LENGTH)
AMPLITUDES = (Fraction(1, LENGTH), Fraction(1, 100))  # T/L for a window of one second, and no power of two
SECONDS = 0.1  # length of the spike window of the re-timed encodings


def builtin_rows(seed: int = 0, dtypes: Iterable[torch.dtype] = (torch.float64, torch.float32)) -> list[RealRow]:
    """Every built-in encoding, in each dtype.

    Args:
        seed: of the projections and contents, >= 0.
        dtypes: of encodings, contents and layers.

    Returns:
        the rows.

    Raises:
        UncertifiedError: this machine does not accumulate as the bounds assume.
    """
    return [row for dtype in dtypes for row in _rows(seed, dtype)]


def _rows(seed: int, dtype: torch.dtype) -> list[RealRow]:
    generator = torch.Generator().manual_seed(seed)
    sinusoidal, rank = Sinusoidal(WIDTH), Rank(LENGTH)
    layer, rank_layer = _layer(generator, WIDTH, WIDTH), _layer(generator, LENGTH, WIDTH)
    content = _normal(generator, LENGTH, WIDTH).to(dtype)
    return [
        *(_amplitude(f"sinusoidal d={WIDTH}", sinusoidal, a, layer, dtype) for a in AMPLITUDES),
        _retimed(sinusoidal, layer, dtype),
        _compressed(sinusoidal, dtype),
        _rotary_amplitude(layer.to(dtype), content),
        _rotary_retimed(layer.to(dtype), content),
        _amplitude("rank", rank, AMPLITUDES[0], rank_layer, dtype),
        *_alibi(_layer(generator, WIDTH, WIDTH // 4, heads=4).to(dtype), sinusoidal(POSITIONS, dtype)),
    ]


def _layer(generator: torch.Generator, dim: int, head_dim: int, heads: int = 1) -> Attention:
    w_q, w_k = (_normal(generator, heads, dim, head_dim) / dim**0.5 for _ in range(2))
    return Attention(w_q, w_k, w_v=torch.zeros_like(w_q))


def _normal(generator: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def _subject(encoding: str, dtype: torch.dtype) -> str:
    return f"{encoding} L={LENGTH} {str(dtype).removeprefix('torch.')}"


# -- additive encodings ---------------------------------------------------------------------------------------


def _amplitude(name: str, encoding: AdditiveEncoding, a: Fraction, layer: Attention, dtype: torch.dtype) -> RealRow:
    question = Question(_subject(name, dtype), f"amplitude {a}", "lemma-1", f"scale a^2 = {a**2}")
    scaled = Scaled(encoding, float(a))
    found, tables = _measured(encoding, scaled, layer, dtype)
    figures = {"scale": found.scale, "residual": found.residual}
    if found.retempered is not None:
        figures["total variation, re-tempered"] = found.retempered.total_variation.largest.figure
    return _judged(question, found, {**_scaled_by(Fraction(scaled.a) ** 2, found), **tables}, figures)


def _retimed(encoding: Sinusoidal, layer: Attention, dtype: torch.dtype) -> RealRow:
    under = f"re-timed to {SECONDS} s"
    question = Question(_subject(f"sinusoidal d={WIDTH}", dtype), under, "retiming-invariance", "the same encoding")
    retimed = Retimed(encoding, LatencyMap(SECONDS, LENGTH))
    found, tables = _measured(encoding, retimed, layer, dtype)
    table, other = (Bounded(each(POSITIONS, dtype), _twin(each, dtype).error) for each in (encoding, retimed))
    same = {"entry of the table": closest(Comparison.equal(other, table))}
    figures = {"scale": found.scale, "residual": found.residual}
    if found.plain is not None:
        figures["total variation"] = found.plain.total_variation.largest.figure
    return _judged(question, found, {**same, **_scaled_by(Fraction(1), found), **tables}, figures)


def _compressed(encoding: Sinusoidal, dtype: torch.dtype) -> RealRow:
    factor = AMPLITUDES[0]
    question = Question(_subject(f"sinusoidal d={WIDTH}", dtype), f"compressed {factor}", "reading 3", "no scale")
    found, tables = _measured(encoding, Compressed(encoding, float(factor)), None, dtype)
    figures = {"best scale": found.scale, "residual": found.residual}
    if any(check.certain for check in tables.values()):
        return held(question, tables, figures)
    error, bound, (_, query, key) = _worst(found)
    return refuted(question, {"Gram matrix": Deviation(error, bound, (query, key))}, figures)


def _measured(
    encoding: AdditiveEncoding, other: AdditiveEncoding, layer: Attention | None, dtype: torch.dtype
) -> tuple[InvarianceError, dict[str, Deviation]]:
    """Measure one encoding against another, and hold what torch makes of both against their twins."""
    table, other_table = (each(POSITIONS, dtype) for each in (encoding, other))
    twin, other_twin = (_twin(each, dtype) for each in (encoding, other))
    found = measure(table, other_table, layer, error_P=twin.error, error_Q=other_twin.error)
    return found, {
        "table of the encoding": closest(Comparison.equal(table, twin)),
        "table of the changed encoding": closest(Comparison.equal(other_table, other_twin)),
    }


def _scaled_by(scale: Fraction, found: InvarianceError) -> dict[str, Deviation]:
    """What has to hold if the logits are `scale` times those of the reference."""
    distance = float(abs(Fraction(found.scale.value) - scale))
    return {"worst entry": _worst(found), "fitted scale": Deviation(distance, found.scale.bound)}


def _judged(
    question: Question, found: InvarianceError, checks: dict[str, Deviation], figures: dict[str, Figure]
) -> RealRow:
    if found.verdict == "UNDECIDED":
        return RealRow(*question, "UNDECIDED", *_worst(found), figures, found.reason)
    return held(question, checks, figures)


def _twin(encoding: AdditiveEncoding, dtype: torch.dtype) -> Bounded:
    return bounded_encoding(encoding, POSITIONS, dtype)


def _worst(found: InvarianceError) -> Deviation:
    worst = found.worst
    return Deviation(worst.deviation.value, worst.deviation.bound, (worst.head, worst.query, worst.key))


# -- rotary encodings -----------------------------------------------------------------------------------------


def _rotary_amplitude(layer: Attention, content: Tensor) -> RealRow:
    """Whole logits, content included, of one layer with plain and with scaled rotations."""
    a = AMPLITUDES[0]
    subject = _subject(f"rotary d={WIDTH}", layer.dtype)
    question = Question(subject, f"amplitude {a}", "lemma-1-rotary", f"scale a^2 = {a**2}, content included")
    plain, scaled = (replace(layer, rotary=Rotary(WIDTH, amplitude=each)) for each in (1.0, float(a)))
    found = layer_logits(scaled, content, positions=POSITIONS).to(torch.float64)
    reference = bounded_logits(plain.to(torch.float64), content.double(), positions=POSITIONS)
    (fit,) = proportions(reference, found)
    checks = {"logit": closest(Comparison.equal(found, float(a) ** 2 * reference))}
    return held(question, checks, {"scale": fit.scale, "residual": fit.residual})


def _rotary_retimed(layer: Attention, content: Tensor) -> RealRow:
    """Whole logits of a rotary layer, and of one that turns by the phases of spike times in seconds."""
    subject = _subject(f"rotary d={WIDTH}", layer.dtype)
    question = Question(subject, f"re-timed to {SECONDS} s", "retiming-invariance", "the same logits")
    found = layer_logits(replace(layer, rotary=Rotary(WIDTH)), content, positions=POSITIONS)
    exact, content = layer.to(torch.float64), content.double()
    seconds = Retimed(Sinusoidal(WIDTH, layout="blocks"), LatencyMap(SECONDS, LENGTH))
    turns = _twin(seconds, torch.float64)
    sine, cosine = turns[:, : WIDTH // 2], turns[:, WIDTH // 2 :]
    heads = (bounded_projection(exact, Bounded.exact(content), weight, None) for weight in (exact.w_q, exact.w_k))
    query, key = (formulas.rotated(each[..., 0::2], each[..., 1::2], cosine, sine) for each in heads)
    first, second = (formulas.scores(q, k, exact.logit_scale) for q, k in zip(query, key, strict=True))
    return held(question, {"logit": closest(Comparison.equal(found, first + second))}, {})


# -- ALiBi ----------------------------------------------------------------------------------------------------


def _alibi(layer: Attention, table: Tensor) -> list[RealRow]:
    """Positional logits with a linear bias, which scaling an added sinusoidal table does not touch."""
    a = AMPLITUDES[0]
    subject, under = _subject(f"ALiBi, {layer.heads} heads", layer.dtype), f"added table scaled by {a}"
    biased, content = replace(layer, alibi=Alibi(layer.heads)), torch.zeros_like(table)
    plain, scaled = (
        layer_logits(biased, content, each, POSITIONS).to(torch.float64) for each in (table, float(a) * table)
    )
    positional = bounded_logits(layer.to(torch.float64), content.double(), table.double())
    bias = bounded_alibi(Alibi(layer.heads), POSITIONS, torch.float64)
    untouched = held(
        Question(subject, under, "additive-decomposition", f"a^2 PP + bias, a^2 = {a**2}"),
        {"logit": closest(Comparison.equal(scaled, float(a) ** 2 * positional + bias))},
        {},
    )
    fits = proportions(without_row_constants(plain), without_row_constants(scaled))
    no_scale = refuted(
        Question(subject, under, "additive-no-global-scale", "no scale, row constants aside"),
        {f"head {head + 1}": largest(fit.comparison) for head, fit in enumerate(fits)},
        {
            "best scale": {f"head {head + 1}": fit.scale for head, fit in enumerate(fits)},
            "residual": {f"head {head + 1}": fit.residual for head, fit in enumerate(fits)},
        },
    )
    return [untouched, no_scale]
