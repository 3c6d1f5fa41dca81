"""Group C by the book, at 60 digits: an independent reference that shares no code with the package.

Takes NumPy arrays of float64, exactly as they are, turns them into arrays of mpmath numbers and computes with those,
one head, one query and one key at a time.
"""

import mpmath
import numpy as np

MP = mpmath.mp.clone()  # a context of its own, so that nobody's precision is changed
MP.dps = 60


def exact(array):
    """The same numbers in 60 digits; arrays of such numbers pass unchanged."""
    array = np.asarray(array)
    return array if array.dtype == object else np.vectorize(MP.mpf, otypes=[object])(array)


def projected(rows, weight, bias):
    """``x W + b`` for each row x; no bias is added if it is None."""
    result = exact(rows) @ exact(weight)
    return result if bias is None else result + exact(bias)


def logits(query_rows, key_rows, head, query_bias=True, key_bias=True):
    """Scaled products of queries and keys of one head, (queries, keys)."""
    queries = projected(query_rows, head["w_q"], head["b_q"] if query_bias else None)
    keys = projected(key_rows, head["w_k"], head["b_k"] if key_bias else None)
    products = [[sum(x * y for x, y in zip(query, key, strict=True)) for key in keys] for query in queries]
    return MP.mpf(head["scale"]) * np.array(products, dtype=object)


def scaled_sum(content, table, a):
    """``e + a P``, row by row."""
    return exact(content) + MP.mpf(a) * exact(table)


def parts(content, table, head):
    """Content-content, content-position, position-content and position-position; the biases count as content."""
    return [
        logits(query, key, head, query_bias=query is content, key_bias=key is content)
        for query in (content, table)
        for key in (content, table)
    ]


def weights(rows):
    """Softmax of each row."""
    return np.array([softmax(row) for row in exact(rows)], dtype=object)


def softmax(row):
    """Softmax of one row."""
    largest = max(row)
    exponentials = [MP.exp(u - largest) for u in row]
    normaliser = sum(exponentials)
    return [x / normaliser for x in exponentials]


def outputs(rows, head):
    """Output of one head, (queries, coordinates)."""
    return weights(logits(rows, rows, head)) @ projected(rows, head["w_v"], head["b_v"])


def total_variation(before, after):
    """Half the sum of absolute changes of the weights of each row."""
    return np.abs(weights(after) - weights(before)).sum(-1) / 2


def spread(change):
    """Largest less smallest entry of each row."""
    return change.max(-1) - change.min(-1)


def tanh(x):
    """Hyperbolic tangent, entry by entry."""
    return np.vectorize(MP.tanh, otypes=[object])(x)


def best_scale(before, after):
    """The scale c and the largest residual of ``after = c before + row shifts`` in the least-squares sense."""
    x, y = (rows - rows.mean(-1, keepdims=True) for rows in (exact(before), exact(after)))
    scale = (x * y).sum() / (x * x).sum()
    return scale, np.abs(y - scale * x).max()


def excess(reference, value, bound):
    """By how much computed numbers are further than their bound from the reference; at most 0 if none is."""
    return (np.abs(exact(reference) - exact(value)) - exact(bound)).max()
