"""The instruments, checked before they are used: encodings and the attention layer against ball arithmetic.

A sign turned round inside an encoding or a wrong factor on the logits would be on both sides of most statements and
cancel there. So each instrument is held against its definition, evaluated by python-flint at 200 bits without any
code of this package, to within the rounding bound that is certified for it.
"""

from collections.abc import Iterable, Sequence

import torch
from flint import arb, ctx
from torch import Tensor

from phase_latency.attention import Attention
from phase_latency.encodings import AdditiveEncoding, Alibi, Compressed, Retimed, Rotary, Scaled, Sinusoidal
from phase_latency.latency import LatencyMap
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.comparison import Comparison
from phase_latency.numerics.encodings import bounded_alibi, bounded_encoding, bounded_rotary
from phase_latency.numerics.layers import bounded_logits, bounded_weights
from phase_latency.real.row import Deviation, Question, RealRow, held

PRECISION = 200  # bits of the reference; float64 has 53
POSITIONS = (0, 1, 7, 250, 65536, 999_999)
DIM, BASE, HEADS, HEAD_DIM = 8, 10000, 2, 3
AMPLITUDE, FACTOR = 0.125, 0.5
WINDOW, LENGTH, ONSET = 0.25, 64, 0.5

Balls = list[list[arb]]


def instrument_rows(seed: int = 0) -> list[RealRow]:
    """Hold each encoding and the attention layer against its definition.

    Args:
        seed: of the weights of the layer, >= 0.

    Returns:
        one row for each instrument: MEASURED within its certified bound, else VIOLATED.
    """
    with ctx.workprec(PRECISION):
        return [*_encoding_rows(), _rotary_row(seed), _alibi_row(), *_layer_rows(seed)]


def _row(subject: str, definition: str, observed: Bounded, reference: Sequence[arb]) -> RealRow:
    """Compare what torch computed, entry by entry, with enclosures of what it should have computed."""
    values = [arb(float(value)) for value in observed.value.flatten().double()]
    errors = [float(abs(value - exact).upper()) for value, exact in zip(values, reference, strict=True)]
    comparison = Comparison(torch.tensor(errors, dtype=torch.float64), observed.error.flatten())
    error, bound, index = comparison.worst()
    at = tuple(int(i) for i in torch.unravel_index(torch.tensor(index[0]), observed.value.shape))
    question = Question(subject, "against ball arithmetic", "instrument", definition)
    return held(question, {"definition": Deviation(error, bound, at)}, {})


# -- encodings ------------------------------------------------------------------------------------------------


def _sinusoid(positions: Iterable[arb]) -> Balls:
    """(sin w_i p, cos w_i p), interleaved, from the definition."""
    frequencies = [arb(BASE) ** (-arb(2 * i) / DIM) for i in range(DIM // 2)]
    return [[f(w * p) for w in frequencies for f in (arb.sin, arb.cos)] for p in positions]


def _encoding_rows() -> list[RealRow]:
    sinusoidal = Sinusoidal(DIM, BASE)
    exact = [arb(p) for p in POSITIONS]
    plain = _sinusoid(exact)
    expected: dict[str, tuple[AdditiveEncoding, Balls]] = {
        "sin(w_i p), cos(w_i p)": (sinusoidal, plain),
        "a sin(w_i p), a cos(w_i p)": (
            Scaled(sinusoidal, AMPLITUDE),
            [[AMPLITUDE * x for x in row] for row in plain],
        ),
        "sin(w_i c p), cos(w_i c p)": (
            Compressed(sinusoidal, FACTOR),
            _sinusoid(FACTOR * p for p in exact),
        ),
        "sin((w_i L/T)(t - t0)), cos(...)": (
            Retimed(sinusoidal, LatencyMap(WINDOW, LENGTH, ONSET)),
            plain,
        ),
    }
    positions = torch.tensor(POSITIONS)
    return [
        _row(type(encoding).__name__, definition, _observed(encoding, positions), _flat(reference))
        for definition, (encoding, reference) in expected.items()
    ]


def _observed(encoding: AdditiveEncoding, positions: Tensor) -> Bounded:
    return Bounded(encoding(positions), bounded_encoding(encoding, positions).error)


def _rotary_row(seed: int) -> RealRow:
    x = torch.randn(len(POSITIONS), DIM, generator=_generator(seed), dtype=torch.float64)
    rotary, positions = Rotary(DIM, BASE), torch.tensor(POSITIONS)
    observed = Bounded(rotary.apply(x, positions), bounded_rotary(rotary, Bounded.exact(x), positions).error)
    reference = []
    for row, turns in zip(_balls(x), _sinusoid(arb(p) for p in POSITIONS), strict=True):
        for i in range(0, DIM, 2):
            (u, v), (s, c) = row[i : i + 2], turns[i : i + 2]
            reference += [u * c - v * s, u * s + v * c]
    return _row("Rotary", "pairs turned by the angle w_i p", observed, reference)


def _alibi_row() -> RealRow:
    positions = torch.tensor(POSITIONS)
    alibi = Alibi(HEADS)
    bias = alibi.bias(positions, positions)
    observed = Bounded(bias, bounded_alibi(alibi, positions, bias.dtype).error)
    slopes = [arb(2) ** (-arb(8 * (h + 1)) / HEADS) for h in range(HEADS)]
    reference = [-slope * abs(p - q) for slope in slopes for p in POSITIONS for q in POSITIONS]
    return _row("Alibi", "-2^(-8h/H) |p - q|", observed, reference)


# -- the attention layer --------------------------------------------------------------------------------------


def _layer_rows(seed: int) -> list[RealRow]:
    generator = _generator(seed)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    w_q, w_k, w_v = (draw(HEADS, DIM, HEAD_DIM) for _ in range(3))
    layer = Attention(w_q, w_k, w_v, b_q=draw(HEADS, HEAD_DIM), b_k=draw(HEADS, HEAD_DIM))
    content, table = draw(5, DIM), draw(5, DIM)
    twin = bounded_logits(layer, content, table)
    logits = layer.logits(content, table)
    reference = _logits(layer, content, table)
    weights = Bounded(layer.weights(logits), bounded_weights(Bounded(logits, twin.error)).error)
    return [
        _row(
            "Attention.logits", "(x W_Q + b_Q)(y W_K + b_K)^T/sqrt(d_k)", Bounded(logits, twin.error), _flat(reference)
        ),
        _row("Attention.weights", "exp(u_q)/sum of exp(u_r)", weights, _flat(_softmax(row) for row in reference)),
    ]


def _logits(layer: Attention, content: Tensor, table: Tensor) -> Balls:
    """Rows of logits, head by head, from the definition."""
    inputs = [[x + y for x, y in zip(e, p, strict=True)] for e, p in zip(_balls(content), _balls(table), strict=True)]
    rows = []
    for h in range(HEADS):
        queries = _affine(inputs, layer.w_q[h], _bias(layer.b_q, h))
        keys = _affine(inputs, layer.w_k[h], _bias(layer.b_k, h))
        rows += [[_inner(query, key) / arb(HEAD_DIM).sqrt() for key in keys] for query in queries]
    return rows


def _affine(inputs: Balls, weight: Tensor, bias: list[arb]) -> Balls:
    columns = _balls(weight.mT)
    return [[_inner(x, column) + b for column, b in zip(columns, bias, strict=True)] for x in inputs]


def _bias(bias: Tensor | None, head: int) -> list[arb]:
    return [arb(0)] * HEAD_DIM if bias is None else _balls(bias)[head]


def _softmax(row: Sequence[arb]) -> list[arb]:
    exponentials = [x.exp() for x in row]
    total = _inner(exponentials, [arb(1)] * len(row))
    return [x / total for x in exponentials]


# -- balls ----------------------------------------------------------------------------------------------------


def _inner(x: Sequence[arb], y: Sequence[arb]) -> arb:
    total = arb(0)
    for u, v in zip(x, y, strict=True):
        total += u * v
    return total


def _balls(rows: Tensor) -> Balls:
    return [[arb(float(value)) for value in row] for row in rows]


def _flat(rows: Iterable[Sequence[arb]]) -> list[arb]:
    return [value for row in rows for value in row]


def _generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
