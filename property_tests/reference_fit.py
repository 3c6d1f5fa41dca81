"""The fit of one scale by its definition, in exact arithmetic: what the streamed fit is held against.

Stored numbers are dyadic rationals, so logits, means of rows and sums of squares are rational numbers too, and are
computed without any rounding; only a last square root, and rotations, need balls. Nothing is shared with the package:
no difference form, no factors, no blocks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import torch
from torch import Tensor

BITS = 400
RELATIONS = ("Exact", "Scale", "RowConstant", "ScaleAndRowConstant")

Number = Any  # flint.fmpq, or flint.arb behind a rotation
Matrix = list[list[Number]]


@dataclass(frozen=True)
class ExactFit:
    """Both scales, and what each relation leaves over as a ball; None where a figure has no meaning (0/0).

    Attributes:
        scale: ``<G, G'>/<G, G>``.
        centred_scale: the same with the mean of each row taken away.
        residuals: relative Frobenius norms by relation.
        gain: ``|G'|/|G|``, which is the scale unless the tables are unrelated.
        centred_gain: the same with the mean of each row taken away.
    """

    scale: flint.arb | None
    centred_scale: flint.arb | None
    residuals: dict[str, flint.arb | None]
    gain: flint.arb | None
    centred_gain: flint.arb | None

    @property
    def figures(self) -> dict[str, flint.arb | None]:
        """All six by name."""
        return {"scale factor": self.scale, "centred scale factor": self.centred_scale, **self.residuals}


@dataclass(frozen=True)
class _Moments:
    """``<G, G>``, ``<G, G'>`` and ``<G', G'>``."""

    gg: Number
    gh: Number
    hh: Number


def projected(table: Tensor, weight: Tensor | None = None) -> list[Matrix]:
    """Queries or keys of every head, exactly: the rows of a table times the (heads, dim, head_dim) weights."""
    rows = _rationals(table)
    return [rows] if weight is None else [_product(rows, _rationals(each)) for each in weight]


def rotated(heads: list[Matrix], dim: int, base: float, layout: str, amplitude: float = 1.0) -> list[Matrix]:
    """Turned by the angles ``base**(-2 i/dim) p``, in balls."""
    with flint.ctx.workprec(BITS):
        frequencies = [flint.arb(base) ** (flint.arb(-2 * i) / dim) for i in range(dim // 2)]
        pairs = [(2 * i, 2 * i + 1) if layout == "interleaved" else (i, i + dim // 2) for i in range(dim // 2)]
        found = []
        for rows in heads:
            turned = []
            for position, row in enumerate(rows):
                x: list[Number] = [_ball(entry) * flint.arb(amplitude) for entry in row]
                for (first, second), frequency in zip(pairs, frequencies, strict=True):
                    cosine, sine = (frequency * position).cos(), (frequency * position).sin()
                    x[first], x[second] = cosine * x[first] - sine * x[second], sine * x[first] + cosine * x[second]
                turned.append(x)
            found.append(turned)
        return found


def dense_fit(
    reference: tuple[Sequence[Matrix], Sequence[Matrix]],
    other: tuple[Sequence[Matrix], Sequence[Matrix]],
    admitted: Tensor | None = None,
) -> ExactFit:
    """Form every logit.

    Args:
        reference: queries and keys of every head, of P.
        other: the same of Q.
        admitted: (queries, keys) True where a pair counts; None for all.

    Returns:
        the fit.
    """
    plain, centred = [], []
    with flint.ctx.workprec(BITS):
        for queries, keys, new_queries, new_keys in zip(*reference, *other, strict=True):
            g, h = _product(queries, _transposed(keys)), _product(new_queries, _transposed(new_keys))
            for i, (row, new_row) in enumerate(zip(g, h, strict=True)):
                chosen = [j for j in range(len(row)) if admitted is None or admitted[i, j]]
                x, y = [row[j] for j in chosen], [new_row[j] for j in chosen]
                plain.append(_moments(x, y))
                mean, new_mean = _sum(x) / len(x), _sum(y) / len(y)
                centred.append(_moments([each - mean for each in x], [each - new_mean for each in y]))
        return _fit(_total(plain), _total(centred))


def long_fit(
    reference: tuple[Tensor, Tensor],
    other: tuple[Tensor, Tensor],
    weights: tuple[Tensor | None, Tensor | None] = (None, None),
) -> ExactFit:
    """The same from inner products of columns, which are exact as well: for tables of thousands of rows.

    Args:
        reference: tables of the queries and of the keys, of P.
        other: the same of Q.
        weights: of queries and of keys, (heads, dim, head_dim).

    Returns:
        the fit.
    """
    width, size = reference[0].shape[1], len(reference[1])
    x, _ = _inner_products(torch.cat([reference[0].double(), other[0].double()], 1))
    y, sums = _inner_products(torch.cat([reference[1].double(), other[1].double()], 1))
    y_centred = [
        [entry - a * b / size for entry, b in zip(row, sums, strict=True)] for row, a in zip(y, sums, strict=True)
    ]
    plain, centred = [], []
    for head in range(1 if weights[0] is None else len(weights[0])):
        w_q, w_k = (None if each is None else _rationals(each[head]) for each in weights)
        for inner, found in ((y, plain), (y_centred, centred)):
            pairs = ((0, 0), (0, 1), (1, 1))
            blocks = ((_block(x, a, b, width, w_q), _block(inner, a, b, width, w_k)) for a, b in pairs)
            found.append(_Moments(*(_paired(*both) for both in blocks)))
    with flint.ctx.workprec(BITS):
        return _fit(_total(plain), _total(centred))


def causal_fit(reference: Tensor, other: Tensor) -> ExactFit:
    """Gram matrices under a causal mask: every row from inner products of the rows so far.

    Args:
        reference: P.
        other: Q, of the same shape.

    Returns:
        the fit.
    """
    width = reference.shape[1]
    rows = _rationals(torch.cat([reference.double(), other.double()], 1))
    inner, sums = [[flint.fmpq(0)] * 2 * width for _ in range(2 * width)], [flint.fmpq(0)] * 2 * width
    plain, centred = [], []
    for count, row in enumerate(rows, 1):
        inner = [
            [entry + x * y for entry, y in zip(line, row, strict=True)] for line, x in zip(inner, row, strict=True)
        ]
        sums = [entry + x for entry, x in zip(sums, row, strict=True)]
        parts = [row[:width], row[width:]]
        totals = [_dot(part, sums[a * width : (a + 1) * width]) for a, part in enumerate(parts)]
        pairs = ((0, 0), (0, 1), (1, 1))
        squares = [
            _dot(parts[a], [_dot(line, parts[b]) for line in _block(inner, a, b, width, None)]) for a, b in pairs
        ]
        plain.append(_Moments(*squares))
        centred.append(_Moments(*(s - totals[a] * totals[b] / count for s, (a, b) in zip(squares, pairs, strict=True))))
    with flint.ctx.workprec(BITS):
        return _fit(_total(plain), _total(centred))


def error_of(value: float, exact: flint.arb) -> float:
    """Distance of a computed number to the exact one, rounded towards zero: never an excuse to fail."""
    with flint.ctx.workprec(BITS):
        return float(abs(flint.arb(value) - exact).abs_lower())


def _rationals(table: Tensor) -> Matrix:
    return [[flint.fmpq(*entry.as_integer_ratio()) for entry in row] for row in table.double().tolist()]


def _ball(number: Number) -> flint.arb:
    return flint.arb(number.p) / number.q if isinstance(number, flint.fmpq) else flint.arb(number)


def _sum(numbers: Sequence[Number]) -> Number:
    return sum(numbers[1:], numbers[0])


def _dot(x: Sequence[Number], y: Sequence[Number]) -> Number:
    return _sum([p * q for p, q in zip(x, y, strict=True)])


def _product(left: Matrix, right: Matrix) -> Matrix:
    columns = _transposed(right)
    return [[_dot(row, column) for column in columns] for row in left]


def _transposed(matrix: Matrix) -> Matrix:
    return [list(column) for column in zip(*matrix, strict=True)]


def _inner_products(table: Tensor) -> tuple[Matrix, list[Number]]:
    """Of all columns, and the sum of each, by way of whole numbers."""
    fractions = [[Fraction(entry) for entry in row] for row in table.tolist()]
    power = max(entry.denominator for row in fractions for entry in row)
    whole = flint.fmpz_mat([[entry.numerator * (power // entry.denominator) for entry in row] for row in fractions])
    inner = (whole.transpose() * whole).tolist()
    sums = (flint.fmpz_mat([[1] * len(fractions)]) * whole).tolist()[0]
    return [[flint.fmpq(entry, power**2) for entry in row] for row in inner], [
        flint.fmpq(entry, power) for entry in sums
    ]


def _block(matrix: Matrix, a: int, b: int, width: int, weight: Matrix | None) -> Matrix:
    block = [row[b * width : (b + 1) * width] for row in matrix[a * width : (a + 1) * width]]
    return block if weight is None else _product(_product(_transposed(weight), block), weight)


def _paired(x: Matrix, y: Matrix) -> Number:
    return _sum([_dot(row, other) for row, other in zip(x, y, strict=True)])


def _moments(x: Sequence[Number], y: Sequence[Number]) -> _Moments:
    return _Moments(_dot(x, x), _dot(x, y), _dot(y, y))


def _total(parts: Sequence[_Moments]) -> _Moments:
    return _Moments(*(_sum([getattr(part, name) for part in parts]) for name in ("gg", "gh", "hh")))


def _fit(plain: _Moments, centred: _Moments) -> ExactFit:
    residuals = [_fixed(plain), _scaled(plain), _fixed(centred), _scaled(centred)]
    return ExactFit(
        scale=_quotient(plain.gh, plain.gg),
        centred_scale=_quotient(centred.gh, centred.gg),
        residuals=dict(zip(RELATIONS, residuals, strict=True)),
        gain=_root(_quotient(plain.hh, plain.gg)),
        centred_gain=_root(_quotient(centred.hh, centred.gg)),
    )


def _fixed(moments: _Moments) -> flint.arb | None:
    return _root(_quotient(moments.hh - 2 * moments.gh + moments.gg, moments.hh))


def _scaled(moments: _Moments) -> flint.arb | None:
    if _ball(moments.gg).contains(0):
        return _root(_quotient(moments.hh, moments.hh))
    return _root(_quotient(moments.hh - moments.gh * moments.gh / moments.gg, moments.hh))


def _quotient(dividend: Number, divisor: Number) -> flint.arb | None:
    return None if _ball(divisor).contains(0) else _ball(dividend / divisor)


def _root(square: flint.arb | None) -> flint.arb | None:
    """Square root of what is not negative, although the ball around it may reach below zero."""
    if square is None or square > 0:
        return None if square is None else square.sqrt()
    return flint.arb(0, square.abs_upper().sqrt().abs_upper())
