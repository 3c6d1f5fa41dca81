"""Groups D, E and F by the book, at 60 digits: an independent reference that shares no code with the package.

Takes Python floats and integers, exactly as they are, and computes with mpmath, one number at a time.
"""

import mpmath

MP = mpmath.mp.clone()  # a context of its own, so that nobody's precision is changed
MP.dps = 60


def frequencies(dim, base, factor=1.0):
    """Frequencies of a sinusoidal encoding of positions that are multiplied by a factor."""
    return [MP.mpf(factor) * MP.mpf(base) ** (-MP.mpf(2 * i) / dim) for i in range(dim // 2)]


def row(position, rates):
    """Sines and cosines of one position."""
    return [function(w * position) for w in rates for function in (MP.sin, MP.cos)]


def similarity(position, other, rates):
    """Inner product of two rows."""
    return sum(x * y for x, y in zip(row(position, rates), row(other, rates), strict=True))


def distance(position, other, rates):
    """Squared distance of two rows."""
    return sum((x - y) ** 2 for x, y in zip(row(position, rates), row(other, rates), strict=True))


def kernel(distance_, rates):
    """Sum of the cosines."""
    return sum(MP.cos(w * distance_) for w in rates)


def rank(moment, times):
    """How many times come before a moment, by sorting."""
    ordered = sorted(times)
    return next((place for place, time in enumerate(ordered) if time >= moment), len(ordered))


def rotary_logit(query, key, position, other, rates, layout):
    """Inner product of a query and a key whose channels are turned as complex numbers."""
    channels = len(rates)

    def pairs(vector):
        if layout == "interleaved":
            return [MP.mpc(vector[2 * i], vector[2 * i + 1]) for i in range(channels)]
        return [MP.mpc(vector[i], vector[i + channels]) for i in range(channels)]

    return sum(
        (x * MP.expj(w * MP.mpf(position)) * MP.conj(y * MP.expj(w * MP.mpf(other)))).real
        for x, y, w in zip(pairs(query), pairs(key), rates, strict=True)
    )


def correlation(first, second):
    """Pearson's coefficient of two lists."""
    means = [sum(part) / len(part) for part in (first, second)]
    x, y = ([value - mean for value in part] for part, mean in zip((first, second), means, strict=True))
    return sum(a * b for a, b in zip(x, y, strict=True)) / MP.sqrt(sum(a * a for a in x) * sum(b * b for b in y))
