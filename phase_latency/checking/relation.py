"""What a comparison of two encodings returns: how one is related to the other, and where they first differ."""

import html
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from phase_latency.checking.classes import Fit

RelationName: TypeAlias = Literal["equal", "scale", "row-constant", "permuted", "retimed", "frequencies", "none"]
RELATIONS: tuple[RelationName, ...] = get_args(RelationName)  # from strong to weak

_SHOWN = 8  # entries of a list that are printed


@dataclass(frozen=True)
class Difference:
    """The smallest entry at which two encodings differ by more than rounding explains.

    Attributes:
        position: position; of the query for a bias.
        entry: which entry there, by name: "coordinate" of an additive encoding; "side", "vector" and "coordinate" of a
            rotary one, a unit vector and a coordinate of its image; "head" and "key" of a bias, or "head" and two
            "keys" if what differs is by how much the two are apart.
        value: value of the encoding.
        reference: value of the reference.
        bound: the most that rounding explains of the difference.
    """

    position: int
    entry: dict[str, int | str | list[int]]
    value: float
    reference: float
    bound: float

    def __str__(self) -> str:
        """One line."""
        entry = ", ".join(f"{name} {value}" for name, value in self.entry.items())
        return (
            f"position {self.position}, {entry}: {self.value:.6g} against {self.reference:.6g}; "
            f"rounding explains {self.bound:.2g}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        values = {"value": self.value, "reference": self.reference, "bound": self.bound}
        return {"position": self.position} | self.entry | values


class Segment(NamedTuple):
    """A range of positions p at which an encoding equals the reference at ``alpha p + beta``.

    Attributes:
        first: first position of those looked at.
        last: last one.
        alpha: positions of the reference per position.
        beta: offset, in positions of the reference.
    """

    first: int
    last: int
    alpha: float
    beta: float

    def __str__(self) -> str:
        """The position of the reference, as an expression in p."""
        slope = {0.0: "", 1.0: "p", -1.0: "-p"}.get(self.alpha, f"{self.alpha:.10g} p")
        if not slope or not self.beta:
            return slope or f"{self.beta:.10g}"
        return f"{slope} {'-' if self.beta < 0 else '+'} {abs(self.beta):.10g}"


class ChannelFrequency(NamedTuple):
    """A channel with another frequency than in the reference.

    Attributes:
        channel: number of the channel of a rotary encoding, in the order of their first coordinates, or column of an
            additive one.
        frequency: radians per position.
        reference: that of the reference.
        ratio: frequency over reference; None if the latter is 0.
    """

    channel: int
    frequency: float
    reference: float
    ratio: float | None


@dataclass(frozen=True, eq=False)
class Finding:
    """A relation that was found, before it is told.

    Attributes:
        relation: its name.
        reason: what it says, as a main clause.
        fit: what it leaves over.
        parameters: fields of `Relation`.
        loose: whether frequencies or slopes that are off by a rounding may hide a stronger relation.
    """

    relation: RelationName
    reason: str
    fit: Fit
    parameters: dict[str, Any]
    loose: bool = False

    @property
    def rank(self) -> tuple[int, bool, int]:
        """Place from strong to weak: the relation, then one factor before one for each head, then few frequencies."""
        order = RELATIONS.index(self.relation)
        return order, "scales" in self.parameters, len(self.parameters.get("frequencies", ()))


@dataclass(frozen=True, repr=False)
class Relation:
    """How an encoding is related to a reference.

    Attributes:
        encoding: name of the encoding.
        reference: name of the reference.
        kind: "additive", "rotary" or "bias".
        relation: the strongest one that holds. "equal"; "scale", every entry has the same factor; "row-constant", a
            bias differs by a constant for each head and query; "permuted", channels or heads exchange places;
            "retimed", it is the reference at other positions; "frequencies", channels turn at other paces; "none".
        reason: one sentence.
        positions: first and last of each run of positions looked at.
        deviation: distance from the relation where it comes closest to the bound; from equality for "none".
        bound: the most that rounding explains there.
        scale: factor c of the logits of positions, beside the rest of the relation: the square of that of the entries
            for additive encodings, the product of those of queries and keys for rotary ones; 1 if they are equal, None
            for "none" or if heads have different ones.
        scales: factor of each head, if they have different ones.
        factor: factor of the entries, positive or negative; None if queries and keys, or heads, have different ones.
        retiming: one segment if ``alpha p + beta`` holds throughout, else several; None if positions are the same.
        permutation: coordinate j of the encoding is coordinate ``permutation[j]`` of the reference; heads for a bias.
        signs: sign of each coordinate, if some are negative.
        frequencies: channels with other frequencies.
        witness: the smallest entry at which the two differ; None if they are equal. For biases without a relation it
            is one at which they differ by no constant of a row.
    """

    encoding: str
    reference: str
    kind: str
    relation: RelationName
    reason: str
    positions: tuple[tuple[int, int], ...]
    deviation: float
    bound: float
    scale: float | None = None
    scales: tuple[float, ...] | None = None
    factor: float | None = None
    retiming: tuple[Segment, ...] | None = None
    permutation: tuple[int, ...] | None = None
    signs: tuple[int, ...] | None = None
    frequencies: tuple[ChannelFrequency, ...] | None = None
    witness: Difference | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as `phase-latency compare --json` prints them.

        Returns:
            the relation with its parameters, ready for JSON: "scale" is a list if heads have different ones, and
            "alpha" and "beta" of a retiming are None if its "segments" have different ones.
        """
        scales = None if self.scales is None else list(self.scales)
        return {
            "relation": self.relation,
            "scale": self.scale if scales is None else scales,
            "retiming": None if self.retiming is None else _retiming_dict(self.retiming),
            "permutation": None if self.permutation is None else list(self.permutation),
            "frequencies": None if self.frequencies is None else [list(each) for each in self.frequencies],
            "deviation": self.deviation,
            "bound": self.bound,
            "witness": None if self.witness is None else self.witness.to_dict(),
            "reason": self.reason,
            "range": [list(run) for run in self.positions],
        }

    def __str__(self) -> str:
        """A few lines."""
        return "\n".join(f"{name}: {text}" if name else text for name, text in self._lines())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """A small table for notebooks; names are escaped."""
        rows = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{html.escape(text)}</td></tr>" for name, text in self._lines()
        )
        return f"<table>{rows}</table>"

    def _lines(self) -> list[tuple[str, str]]:
        lines = [("", f"{self.encoding} against {self.reference} ({self.kind}): {self.relation}"), ("", self.reason)]
        if self.retiming is not None:
            lines += [(f"{each.first} to {each.last}", f"position {each} of the reference") for each in self.retiming]
        if self.permutation is not None:
            lines.append(("permutation", _listed([str(each) for each in self.permutation])))
        if self.frequencies is not None:
            shown = [f"{each.channel}: {each.frequency:.6g} for {each.reference:.6g}" for each in self.frequencies]
            lines.append(("frequencies", _listed(shown)))
        lines.append(("deviation", f"{self.deviation:.3g}, rounding explains {self.bound:.2g}"))
        if self.witness is not None:
            lines.append(("first difference", str(self.witness)))
        return lines


def _retiming_dict(segments: tuple[Segment, ...]) -> dict[str, Any]:
    if len(segments) == 1:
        return {"alpha": segments[0].alpha, "beta": segments[0].beta}
    listed = [{"from": each.first, "to": each.last, "alpha": each.alpha, "beta": each.beta} for each in segments]
    return {"alpha": None, "beta": None, "segments": listed}


def _listed(texts: list[str]) -> str:
    rest = len(texts) - _SHOWN
    return ", ".join(texts[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
