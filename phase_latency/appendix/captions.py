"""The captions of figures, with the numbers that the record has for them."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from phase_latency.appendix import prose
from phase_latency.intervals import Interval, bits, percent
from phase_latency.wording import Said, said


class Caption(NamedTuple):
    """A figure's name, title, and what to see in it."""

    name: str
    title: str
    text: Said


def captions(exhibits: Mapping[str, Any], known: tuple[str, ...]) -> tuple[Caption, ...]:
    """What there is to see in the figures of a record.

    Args:
        exhibits: of the record, with its experiments, as `cells.shown_in_figures` returns them.
        known: ids of its statements, which captions can refer to.

    Returns:
        a caption for each figure that can be drawn, in their order.
    """
    found = []
    for name, (title, text) in prose.CAPTIONS.items():
        exhibit, values = _SHOWN[name]
        if exhibit in exhibits:
            found.append(Caption(name, title, said(_filled(text, values(exhibits[exhibit])), *known)))
    return tuple(found)


def _filled(text: str, values: Mapping[str, Any]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: str(values.get(found.group(1), found.group())), text)


def _similarity(found: Mapping[str, Any]) -> dict[str, Any]:
    amplitude, compressed = (found["encodings"][name] for name in ("amplitude", "compressed"))
    return {
        "length": found["length"],
        "dim": found["dim"],
        "slope": f"{amplitude['scale']['value']:.6g}",
        "amplitude_residual": _bounded(amplitude["residual"]),
        "compressed_residual": _bounded(compressed["residual"]),
        "rises": found["encodings"]["sinusoidal"]["rises"],
        "steps": found["length"] - 1,
    }


def _readings(found: Mapping[str, Any]) -> dict[str, Any]:
    moved = {name: _bounded(each["total_variation"]) for name, each in found["readings"].items()}
    return {
        "length": found["length"],
        "seconds": f"{found['seconds']:g}",
        "retimed": moved["re-timed"],
        "amplitude": moved["amplitude"],
        "compressed": moved["compressed"],
    }


def _depth(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "networks": found["networks"],
        "width": found["width"],
        "layers": found["depths"][-1],
        "published": f"{found['published'][-1]:.2g}",
        "found": f"{max(found['found']):.4g}",
        "inhibited": f"{max(found['inhibited']):.3g}",
    }


def _codes(found: Mapping[str, Any]) -> dict[str, Any]:
    slopes = {
        f"{name}_slope": f"{each['value']:.3f} (95 %: {each['low']:.3f} to {each['high']:.3f})"
        for name, each in found["slopes"].items()
    }
    certified = _bounded(found["certified"])
    return {**slopes, "units": found["units"], "rows": found["rows"], "certified": certified}


def _learning(found: Mapping[str, Any]) -> dict[str, Any]:
    rows = [row for row in found["rows"] if not row["change"]]
    first = {row["encoding"]: row["accuracy"] for row in rows if row["task"] == rows[0]["task"]}
    amplitude = next(name for name in first if name.startswith("amplitude(1/"))
    ends = {"scaled": first[amplitude], "none": first["none"], "plain": first["sinusoidal"]}
    named = {"task": rows[0]["task"], "amplitude": amplitude, "seeds": rows[0]["expected"], "steps": rows[0]["steps"]}
    return named | {name: percent(Interval(**each)) for name, each in ends.items()}


def _lengths(found: Mapping[str, Any]) -> dict[str, Any]:
    rows = {row["encoding"]: row for row in found["rows"]}
    row = rows["sinusoidal"]
    longest = list(row["lengths"])[-1]
    ends = {name: bits(Interval(**rows[name]["lengths"][longest]["bits"])) for name in ("sinusoidal", "shuffled")}
    named = {"seeds": row["expected"], "steps": row["steps"], "lengths": ", ".join(row["lengths"]), "longest": longest}
    return named | {"plain": ends["sinusoidal"], "shuffled": ends["shuffled"]}


def _discriminability(found: Mapping[str, Any]) -> dict[str, Any]:
    correlations = {
        name: "none" if each is None else f"{each['value']:.2f} (95 %: {each['low']:.2f} to {each['high']:.2f})"
        for name, each in found["predictions"]["correlations"].items()
    }
    return {**correlations, "encodings": len(found["predictions"]["points"]), "seeds": found["rows"][0]["expected"]}


def _bounded(value: Mapping[str, float]) -> str:
    """A number with its bound; what is within it is zero up to rounding."""
    return f"{value['value']:.2g}, bound {value['bound']:.1g}"


# Of each figure, the exhibit that it shows, and what its caption says of that.
_SHOWN: dict[str, tuple[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]]] = {
    "slope": ("similarity", _similarity),
    "distance": ("similarity", _similarity),
    "weights": ("readings", _readings),
    "errors": ("errors", dict),
    "epsilon": ("epsilon", dict),
    "profiles": ("profiles", lambda found: found["built_in"][0]),
    "raster": ("spiking", dict),
    "wheel": ("spiking", dict),
    "depth": ("spiking", lambda found: _depth(found["depth"])),
    "codes": ("spiking", lambda found: _codes(found["codes"])),
    "learning": ("experiments tasks", _learning),
    "lengths": ("experiments length", _lengths),
    "discriminability": ("experiments discriminability", _discriminability),
}
