"""A witness: the smallest example of a violation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from phase_latency.checking.cases import Parameter, Scope
from phase_latency.checking.claims import parse_transformation
from phase_latency.checking.transformations import Compress, QueryShift, Relabel, Retime, Shift

_MOVES = (Shift, QueryShift, Retime, Compress, Relabel)  # which do not depend on where the encoding is looked at
_ANYWHERE = Scope(0, 1, 2, whole=False)


@dataclass(frozen=True)
class Key:
    """A key of a witness.

    Attributes:
        coordinate: the key is this unit vector; None for encodings that take no vectors.
        position: its position before the transformation.
        before: logit before.
        after: logit after.
    """

    coordinate: int | None
    position: int
    before: float
    after: float


@dataclass(frozen=True)
class Witness:
    """An example of a violation.

    Attributes:
        under: the transformation.
        parameter: its parameter, such as the shift.
        violates: the class that does not hold.
        head: head, for a bias; else None.
        coordinate: the query is this unit vector; None for encodings that take no vectors.
        position: position of the query before the transformation.
        keys: as many keys as show the violation.
        deviation: distance from the relation, at the last key.
        bound: largest distance that rounding explains.
        rebuilt: whether the logits are those of the float64 rebuild.
        call: base positions of the calls where they are more than those of the query and the keys; else empty.
    """

    under: str
    parameter: Parameter
    violates: str
    head: int | None
    coordinate: int | None
    position: int
    keys: tuple[Key, ...]
    deviation: float
    bound: float
    rebuilt: bool
    call: tuple[int, ...] = ()

    def __str__(self) -> str:
        """One or two lines: query, keys, both logits, deviation and bound."""
        query = f"query{_vector(self.coordinate)} at {self.position}"
        keys = "; ".join(
            f"key{_vector(key.coordinate)} at {key.position}: {key.before:.6g} -> {key.after:.6g}" for key in self.keys
        )
        where = "" if self.head is None else f"head {self.head}, "
        rebuilt = " (float64 rebuild)" if self.rebuilt else ""
        moved = f"{self.under.partition('(')[0]} {self.parameter}"
        allowed = f"deviates by {self.deviation:.3g}, rounding explains {self.bound:.2g}"
        return f"{moved}: {where}{query}, {keys}; {allowed}{rebuilt}"

    def moved_positions(self) -> list[tuple[float | int, float | int]] | None:
        """Where query and keys are after the transformation.

        Returns:
            for each key the positions of query and key; None if it is more than a move of positions.
        """
        under = parse_transformation(self.under)
        if self.call or self.rebuilt or not isinstance(under, _MOVES):
            return None
        case = under.case(self.parameter, _ANYWHERE)
        query = case.queries(torch.tensor([self.position])).item()
        return [(query, case.keys(torch.tensor([key.position])).item()) for key in self.keys]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as `phase-latency check --json` prints them and `phase-latency replay` reads them."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        keys = [{name: getattr(key, name) for name in key.__dataclass_fields__} for key in self.keys]
        return plain | {"keys": keys, "call": list(self.call)}


def parse_witness(stored: Mapping[str, Any]) -> Witness:
    """Read a witness back.

    Args:
        stored: what `Witness.to_dict` returned.

    Returns:
        the witness.

    Raises:
        KeyError: a field is missing.
        TypeError: a field is unknown.
    """
    keys = tuple(Key(**key) for key in stored["keys"])
    return Witness(**{**stored, "keys": keys, "call": tuple(stored["call"])})


def _vector(coordinate: int | None) -> str:
    return "" if coordinate is None else f" e{coordinate}"
