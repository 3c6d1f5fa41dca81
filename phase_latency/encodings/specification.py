"""Encodings by name, as the command line takes them: "sinusoidal", "amplitude(1/64)", "tables.safetensors:wpe"."""

import re
from collections.abc import Callable
from fractions import Fraction
from typing import TypeAlias

from phase_latency.encodings.additive import AdditiveEncoding, Compressed, Retimed, Scaled, Sinusoidal
from phase_latency.encodings.alibi import Alibi
from phase_latency.encodings.files import is_table_file, read_table
from phase_latency.encodings.rotary import Rotary
from phase_latency.encodings.table import Rank
from phase_latency.errors import ArgumentError
from phase_latency.latency import LatencyMap

Encoding: TypeAlias = AdditiveEncoding | Rotary | Alibi

# Names without a number, then names with one number and, after a comma, the encoding they act on.
_PLAIN: dict[str, Callable[[int, int], Encoding]] = {
    "sinusoidal": lambda dim, length: Sinusoidal(dim),
    "rank": lambda dim, length: Rank(length),
    "rotary": lambda dim, length: Rotary(dim),
    "alibi": lambda dim, length: Alibi(heads=8),
}
_KNOWN = (
    "sinusoidal, amplitude(A), compressed(FACTOR), retimed(SECONDS), rank, rotary, alibi, "
    "amplitude(A, compressed(FACTOR)), FILE.npy, FILE.safetensors:KEY"
)


def parse_encoding(spec: str, dim: int, length: int) -> Encoding:
    """Build the encoding that a specification names.

    Args:
        spec: one of "sinusoidal", "amplitude(1/64)" (reading 2), "compressed(1/128)" (reading 3), "retimed(0.05)"
            (reading 1, window in seconds), "rank", "rotary", "alibi" (8 heads), or the path of a table, "FILE.npy" or
            "FILE.safetensors:KEY".  Numbers are decimals or fractions, rounded to float64 once.  Amplitude and
            compressed act on a sinusoidal encoding, or on the one named after a comma: "amplitude(1/8, rank)".
        dim: width of sinusoidal encodings, and of the heads that a rotary one turns.
        length: number of positions: the size of the rank code, and L of a re-timed encoding.

    Returns:
        the encoding.

    Raises:
        ArgumentError: unknown name, a number that is none, an encoding that cannot be wrapped, an unreadable file.
        MissingToolError: a .safetensors file, and the package safetensors is not installed.
    """
    text = spec.strip()
    if is_table_file(text):
        return read_table(text)
    if text in _PLAIN:
        return _PLAIN[text](dim, length)
    match = re.fullmatch(r"(amplitude|compressed|retimed)\(([^,()]+)(?:,(.+))?\)", text)
    if match is None:
        raise ArgumentError("encoding", spec, f"one of {_KNOWN}", "use one of these forms")
    name, number, inner = match.groups()
    encoding = parse_encoding(inner or "sinusoidal", dim, length)
    return _wrapped(name, encoding, _number(number, spec), length)


def _wrapped(name: str, encoding: Encoding, number: float, length: int) -> Encoding:
    if isinstance(encoding, Rotary | Alibi):
        raise ArgumentError("encoding", encoding, f"an additive encoding inside {name}(...)", "wrap an additive one")
    if name == "amplitude":
        return Scaled(encoding, number)
    if name == "compressed":
        return Compressed(encoding, number)
    if not isinstance(encoding, Sinusoidal):
        raise ArgumentError("encoding", encoding, "a sinusoidal encoding inside retimed(...)", "re-time sinusoidal")
    return Retimed(encoding, LatencyMap(window=number, length=length))


def _number(text: str, spec: str) -> float:
    try:
        return float(Fraction(text.replace(" ", "")))
    except (ValueError, ZeroDivisionError, OverflowError):
        raise ArgumentError(
            "encoding", spec, "a decimal or a fraction in the brackets", "write for example amplitude(1/64)"
        ) from None
