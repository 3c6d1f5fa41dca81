"""Invariance classes by their definitions, in exact rational arithmetic and by looking at every pair of keys.

Logits before and after are known up to bounds: the exact ones lie anywhere within. A relation is *possible* if some
exact logits within the bounds obey it, and what is possible must never be refused. Everything comes down to one
unknown, the factor k: with the row constants taken away by differences of two keys, each entry or pair of keys admits
an interval of factors, and the relation is possible exactly if the intervals have a point in common.
"""

from fractions import Fraction
from itertools import combinations
from math import inf

import numpy as np


def admitted_columns(admitted, row, columns):
    """Columns that a row may look at."""
    return [column for column in range(columns) if admitted is None or admitted[row][column]]


def factors(before, after, before_bound, after_bound):
    """All k > 0 with ``|after - k before| <= after_bound + k before_bound``, as (low, high); None if there is none.

    The bounds move both ends: ``k (before - before_bound) <= after + after_bound`` and
    ``k (before + before_bound) >= after - after_bound``.
    """
    low, high = Fraction(0), inf
    for slope, limit in ((before - before_bound, after + after_bound), (-before - before_bound, after_bound - after)):
        # slope * k <= limit
        if slope > 0:
            high = min(high, limit / slope)
        elif slope < 0:
            low = max(low, limit / slope)
        elif limit < 0:
            return None
    return (low, high) if low <= high and high > 0 else None


def common(intervals):
    """Whether intervals (low, high), None for an empty one, have a point > 0 in common."""
    if any(each is None for each in intervals):
        return False
    low = max((low for low, _ in intervals), default=0)
    high = min((high for _, high in intervals), default=inf)
    return low <= high


def possible(name, before, after, before_bound, after_bound, admitted=None, widened=1):
    """Whether logits within the bounds obey a class.

    Args:
        name: of the class.
        before: (rows, columns) lists of numbers.
        after: (rows, columns).
        before_bound: (rows, columns), >= 0.
        after_bound: (rows, columns), >= 0.
        admitted: (rows, columns) booleans; None for all keys.
        widened: what the bounds are multiplied by.

    Returns:
        True or False, without rounding.
    """
    exact = [np.vectorize(Fraction, otypes=[object])(np.asarray(each, dtype=float)) for each in (before, after)]
    bounds = [
        Fraction(widened) * np.vectorize(Fraction, otypes=[object])(np.asarray(each, dtype=float))
        for each in (before_bound, after_bound)
    ]
    rows = [
        [tuple(each[row, column] for each in (*exact, *bounds)) for column in admitted_columns(admitted, row, width)]
        for row, width in enumerate([exact[0].shape[1]] * exact[0].shape[0])
    ]
    return _POSSIBLE[name](rows)


def _pairs(row):
    """Differences of two keys, with their bounds."""
    return [
        (first[0] - second[0], first[1] - second[1], first[2] + second[2], first[3] + second[3])
        for first, second in combinations(row, 2)
    ]


def _equal(entries):
    return all(
        abs(after - before) <= before_bound + after_bound for before, after, before_bound, after_bound in entries
    )


def _reversed(first, second):
    """Whether the first key is certainly below the second before, and certainly above it after."""
    return first[0] + first[2] < second[0] - second[2] and first[1] - first[3] > second[1] + second[3]


_POSSIBLE = {
    "Exact": lambda rows: all(_equal(row) for row in rows),
    "Scale": lambda rows: common([factors(*entry) for row in rows for entry in row]),
    "RowConstant": lambda rows: all(_equal(_pairs(row)) for row in rows),
    "ScaleAndRowConstant": lambda rows: common([factors(*pair) for row in rows for pair in _pairs(row)]),
    "RowAffine": lambda rows: all(common([factors(*pair) for pair in _pairs(row)]) for row in rows),
    "Order": lambda rows: not any(_reversed(first, second) for row in rows for first in row for second in row),
    "Nothing": lambda rows: True,
}
