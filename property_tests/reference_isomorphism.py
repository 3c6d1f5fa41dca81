"""Group A by the book, at 60 digits: an independent reference that shares no code with the package.

Takes Python floats and integers, exactly as they are, and computes with mpmath, one number at a time.
"""

import mpmath

MP = mpmath.mp.clone()  # a context of its own, so that nobody's precision is changed
MP.dps = 60


def phase(p, w):
    """Unwrapped phase of a position, radians."""
    return MP.mpf(w) * MP.mpf(p)


def latency(p, window, length, onset):
    """Latency of a position, seconds."""
    return MP.mpf(onset) + MP.mpf(window) * MP.mpf(p) / length


def period(w, window, length):
    """Latency in which the phase goes round once, seconds."""
    return 2 * MP.pi * MP.mpf(window) / (MP.mpf(w) * length)


def position(t, window, length, onset):
    """Position whose latency is t."""
    return (MP.mpf(t) - MP.mpf(onset)) * length / MP.mpf(window)


def wrapped(p, w):
    """Phase of a position less its whole turns, in [0, 2 pi)."""
    theta, turn = phase(p, w), 2 * MP.pi
    return theta - turn * MP.floor(theta / turn)


def keeps_order(w, length):
    """Whether the wrapped phases of all positions increase."""
    phases = [wrapped(p, w) for p in range(length)]
    return all(phases[p] < phases[q] for p in range(length) for q in range(p + 1, length))


def completes_a_turn(w, length):
    """Whether the last position has completed a turn."""
    return MP.mpf(w) * (length - 1) >= 2 * MP.pi


def sinusoids(positions, dim, base, layout):
    """Sinusoidal encoding, a list of rows."""
    rows = []
    for p in positions:
        angles = [phase(p, MP.power(base, MP.mpf(-2 * i) / dim)) for i in range(dim // 2)]
        sines, cosines = [MP.sin(angle) for angle in angles], [MP.cos(angle) for angle in angles]
        pairs = [number for pair in zip(sines, cosines, strict=True) for number in pair]
        rows.append(pairs if layout == "interleaved" else sines + cosines)
    return rows


def excess(reference, value, bound):
    """By how much computed numbers are further than their bound from the reference; at most 0 if none is."""
    return max(
        abs(MP.mpf(x) - MP.mpf(y)) - MP.mpf(e)
        for x, y, e in zip(flat(reference), flat(value), flat(bound), strict=True)
    )


def flat(nested):
    """Numbers of nested lists, in order."""
    return [number for part in nested for number in flat(part)] if isinstance(nested, list) else [nested]
