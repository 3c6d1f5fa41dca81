"""The similarity figures of the paper: Gram entries of one reading of an encoding against those of another.

The Gram matrix depends on the distance alone (`gram-toeplitz`), so all of its entries are those of one column, each as
often as there are pairs at that distance. Ranks are then safe: two distances are tied only if ball arithmetic cannot
tell them apart, and that is refused.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from phase_latency.encodings import Compressed, Scaled, Sinusoidal
from phase_latency.encodings.additive import AdditiveEncoding
from phase_latency.errors import ArgumentError, PhaseLatencyError
from phase_latency.intervals import rank_correlation
from phase_latency.numerics.bounded import Bounded
from phase_latency.numerics.encodings import bounded_encoding

SIZES = ((128, 128), (64, 64))  # length and width: of the paper's figures, and of the training runs
READINGS = ("amplitude", "compressed")


def similarities(length: int, dim: int) -> dict[str, Any]:
    """Compare the readings of a sinusoidal encoding by the similarities of all pairs of different positions.

    Args:
        length: number of positions L, >= 4; the spike window is a second, so that the amplitude is 1/L.
        dim: width of the encoding.

    Returns:
        ``values``, the similarities at each distance from 1 to L - 1 by reading; and of each reading ``pearson``,
        ``spearman`` and ``slope`` against the sinusoidal encoding, and ``monotone``, Spearman's correlation with
        minus the distance.

    Raises:
        ArgumentError: fewer than four positions.
        PhaseLatencyError: two similarities are too near for their order to be certain.
    """
    if length < 4:
        raise ArgumentError("length", length, "at least 4 positions", "choose more")
    original = Sinusoidal(dim)
    readings: dict[str, AdditiveEncoding] = {
        "sinusoidal": original,
        "amplitude": Scaled(original, 1 / length),
        "compressed": Compressed(original, 1 / length),
    }
    columns = {name: _column(encoding, length) for name, encoding in readings.items()}
    pairs = [2 * (length - distance) for distance in range(1, length)]
    whole = {name: np.repeat(column, pairs) for name, column in columns.items()}
    near = np.repeat(-np.arange(1.0, length), pairs)
    return {
        "length": length,
        "dim": dim,
        "values": {name: column.tolist() for name, column in columns.items()},
        "readings": {name: _compared(whole["sinusoidal"], each, near) for name, each in whole.items()},
    }


def _column(encoding: AdditiveEncoding, length: int) -> np.ndarray:
    """Similarities with position 0, of which the order is certain."""
    table = bounded_encoding(encoding, torch.arange(length))
    column = (table @ table[:1].mT).flatten()[1:]
    _check_order(column)
    found: np.ndarray = column.value.numpy()
    return found


def _check_order(column: Bounded) -> None:
    order = column.value.argsort()
    values, errors = column.value[order], column.error[order]
    if not bool((values[1:] - values[:-1] > 2 * (errors[1:] + errors[:-1])).all()):  # twice, for the difference
        raise PhaseLatencyError(
            "similarities: got two that rounding may exchange; expected an order; choose other sizes"
        )


def _compared(reference: np.ndarray, values: np.ndarray, near: np.ndarray) -> dict[str, float | None]:
    x, y = reference - reference.mean(), values - values.mean()
    return {
        "pearson": float(x @ y / np.sqrt((x @ x) * (y @ y))),
        "spearman": rank_correlation(reference.tolist(), values.tolist()),
        "slope": float(x @ y / (x @ x)),
        "monotone": rank_correlation(near.tolist(), values.tolist()),
    }


def all_similarities(sizes: Sequence[tuple[int, int]] = SIZES) -> list[dict[str, Any]]:
    """Compare the readings at several sizes.

    Args:
        sizes: lengths and widths.

    Returns:
        what `similarities` returns, of each.
    """
    return [similarities(length, dim) for length, dim in sizes]
