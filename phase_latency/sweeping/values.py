"""The values of one coordinate as people write them: "64,256", "0:4", "2^6:2^14", or a list of such."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Never

from phase_latency.errors import ArgumentError

COORDINATES = ("length", "dim", "dtype", "seed", "head_dim")
DTYPES = ("float64", "float32", "bfloat16", "float16")
MOST = 1_000_000  # points of a grid

_SMALLEST = {"length": 2, "dim": 1, "seed": 0, "head_dim": 1}
_LARGEST = 2**62
_REMEDY = "write for example 64,256 or 0:4 (five numbers) or 2^6:2^14 (nine powers)"


def values(coordinate: str, given: object) -> list[int | str]:
    """Read the values of a coordinate.

    Args:
        coordinate: "length", "dim", "dtype", "seed" or "head_dim".
        given: a whole number; a text of numbers, powers, ranges of numbers and ranges of powers, with commas between
            them, where both ends belong to a range; the name of a dtype; or a list, tuple or range of such.

    Returns:
        at least one value, in the order given, no two alike.

    Raises:
        ArgumentError: an unknown coordinate, no value, one of the wrong kind, too small or too large, one that is given
            twice, or more than a million.
    """
    if coordinate not in COORDINATES:
        raise ArgumentError("grid", coordinate, f"one of {', '.join(COORDINATES)}", "write COORDINATE=VALUES")
    parts = [given] if isinstance(given, range) else [_part(coordinate, piece) for piece in _pieces(given)]
    if sum(map(len, parts)) > MOST:  # before ranges are written out
        raise ArgumentError(coordinate, given, f"at most {MOST:,} values", "split the sweep")
    found = dict.fromkeys(chain.from_iterable(parts))
    if not found or len(found) < sum(map(len, parts)):
        raise ArgumentError(coordinate, given, "at least one value, and none of them twice", _REMEDY)
    for value in found:
        _check(coordinate, value)
    return list(found)


def _pieces(given: object) -> Iterator[object]:
    for each in given if isinstance(given, list | tuple) else [given]:
        yield from each.split(",") if isinstance(each, str) else [each]


def _part(coordinate: str, piece: object) -> Sequence[int | str]:
    """One value, or the range that a text names."""
    if not isinstance(piece, str):
        return [piece] if isinstance(piece, int) and not isinstance(piece, bool) else _refuse(coordinate, piece)
    low, colon, high = (text.strip() for text in piece.partition(":"))
    if coordinate == "dtype":
        return [piece.strip()]
    if not colon:
        return [_number(coordinate, low)]
    first, last = _power(low), _power(high)
    if first and last and first[0] == last[0]:
        return [first[0] ** exponent for exponent in range(first[1], last[1] + 1)]
    return range(_number(coordinate, low), _number(coordinate, high) + 1)


def _number(coordinate: str, text: str) -> int:
    if power := _power(text):
        return int(power[0] ** power[1])
    return int(text) if re.fullmatch(r"-?[0-9]{1,19}", text) else _refuse(coordinate, text)


def _power(text: str) -> tuple[int, int] | None:
    """Base and exponent, of two digits at most: larger powers are no sizes, and would take long to find out."""
    match = re.fullmatch(r"([0-9]{1,2})\^([0-9]{1,2})", text)
    return (int(match[1]), int(match[2])) if match else None


def _check(coordinate: str, value: int | str) -> None:
    if coordinate == "dtype":
        if value not in DTYPES:
            raise ArgumentError("dtype", value, f"one of {', '.join(DTYPES)}", "name dtypes with commas between them")
    elif not (isinstance(value, int) and _SMALLEST[coordinate] <= value <= _LARGEST):
        expected = f"whole numbers of at least {_SMALLEST[coordinate]}, and at most 2^62"
        raise ArgumentError(coordinate, value, expected, _REMEDY)


def _refuse(coordinate: str, value: object) -> Never:
    raise ArgumentError(coordinate, value, "whole numbers, powers and ranges", _REMEDY)
