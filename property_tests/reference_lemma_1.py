"""Independent slow references: loops over numbers of fifty digits, written from the definitions.

Nothing of phase_latency is imported here, and no array library computes anything: arrays come in, object arrays of
mpmath numbers come out, next to which every rounding error of the layers under test is enormous.
"""

import mpmath
import numpy as np

MP = mpmath.mp.clone()  # a context of its own, so that nobody's precision is changed
MP.dps = 50


def numbers(array):
    """Entries of an array of floats, exactly, as mpmath numbers; mpmath numbers stay what they are."""
    given = np.asarray(array)
    flat = [entry if isinstance(entry, MP.mpf) else MP.mpf(float(entry)) for entry in given.flatten().tolist()]
    result = np.empty(len(flat), dtype=object)
    result[:] = flat
    return result.reshape(given.shape)


def dot(x, y):
    """Inner product of two vectors, term by term."""
    return MP.fsum(MP.mpf(p) * q for p, q in zip(numbers(x), numbers(y), strict=True))


def product(x, y):
    """Matrix product, entry by entry."""
    columns = list(zip(*numbers(y), strict=True))
    return numbers([[dot(row, column) for column in columns] for row in numbers(x)])


# -- encodings ----------------------------------------------------------------------------------------------------


def frequency(channel, dim, base):
    """Frequency of a channel, radians per position."""
    return MP.mpf(base) ** (-MP.mpf(2 * channel) / dim)


def sinusoid(position, dim, base):
    """The encoding of a position as unit complex numbers, one per channel: cosine real, sine imaginary."""
    return [MP.expj(frequency(channel, dim, base) * MP.mpf(float(position))) for channel in range(dim // 2)]


def gram(positions, dim, base):
    """Inner products of the encodings of all positions, as the real part of a Hermitian product."""
    encoded = [sinusoid(position, dim, base) for position in positions]
    return numbers([[sum((u * MP.conj(v)).real for u, v in zip(p, q, strict=True)) for q in encoded] for p in encoded])


def rotated(vector, position, base, layout):
    """A query or key turned by the phases of its position: channels are complex numbers, times unit ones."""
    entries, half = numbers(vector), len(vector) // 2
    places = [(2 * i, 2 * i + 1) if layout == "interleaved" else (i, i + half) for i in range(half)]
    turned = [None] * len(entries)
    for (first, second), turn in zip(places, sinusoid(position, len(entries), base), strict=True):
        channel = MP.mpc(entries[first], entries[second]) * turn
        turned[first], turned[second] = channel.real, channel.imag
    return numbers(turned)


# -- attention ----------------------------------------------------------------------------------------------------


def affine(rows, weight, bias):
    """Rows times a weight matrix, plus a bias if there is one."""
    projected = product(rows, weight)
    return projected if bias is None else projected + numbers(bias)


def logits(queries, keys):
    """Products of every query with every key, divided by the root of their width."""
    divisor = MP.sqrt(len(queries[0]))
    return numbers([[dot(query, key) / divisor for key in keys] for query in queries])


def softmax(row):
    """Attention weights of one row of logits."""
    exponentials = [MP.exp(logit) for logit in row]
    return numbers([each / MP.fsum(exponentials) for each in exponentials])


# -- norms --------------------------------------------------------------------------------------------------------


def cosine(x, y):
    """Cosine of the angle between two vectors."""
    return dot(x, y) / (MP.sqrt(dot(x, x)) * MP.sqrt(dot(y, y)))


def normalised(row, gain, eps, centred):
    """LayerNorm (centred) or RMSNorm of one row, without offset."""
    entries = numbers(row)
    if centred:
        entries = entries - MP.fsum(entries) / len(entries)
    return entries / MP.sqrt(dot(entries, entries) / len(entries) + MP.mpf(eps)) * numbers(gain)
