"""Witnesses evaluated again: from a stored profile, or in a snippet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from phase_latency.adapters import Subject
from phase_latency.checking.cases import Scope
from phase_latency.checking.claims import parse_class, parse_transformation
from phase_latency.checking.guards import Limits
from phase_latency.checking.session import Session
from phase_latency.checking.witness import Witness, parse_witness
from phase_latency.checking.witness_search import again
from phase_latency.errors import ArgumentError


@dataclass(frozen=True)
class Replayed:
    """A witness, then and now.

    Attributes:
        under: the transformation.
        then: the witness as it was stored.
        now: the same query and keys, evaluated now.
        fails: whether they still violate the class.
    """

    under: str
    then: Witness
    now: Witness
    fails: bool

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as `phase-latency replay --json` prints them."""
        return {"under": self.under, "fails": self.fails, "then": self.then.to_dict(), "now": self.now.to_dict()}


def replay(profile: Mapping[str, Any], subject: Subject) -> list[Replayed]:
    """Evaluate every witness of a stored profile again.

    Args:
        profile: what `InvarianceProfile.to_dict` returned.
        subject: the encoding, built anew.

    Returns:
        one entry for each row with a witness.

    Raises:
        ArgumentError: the profile is none, or is of another kind of encoding.
        EncodingError: the encoding raises or returns something else than it should.
    """
    try:
        low, high = profile["range"]
        length, seed, kind = int(profile["length"]), int(profile["seed"]), profile["kind"]
        stored = [(row, parse_witness(row["witness"])) for row in profile["rows"] if row["witness"] is not None]
    except (KeyError, TypeError, ValueError) as problem:
        expected, remedy = "a profile as `check --json` prints it", "write it again with `phase-latency check`"
        raise ArgumentError("profile", f"{type(problem).__name__}: {problem}", expected, remedy) from problem
    if subject.kind != kind:
        raise ArgumentError("encoding", subject.kind, f"the {kind} encoding of the profile", "name the same encoding")
    scope = Scope(int(low), int(high), length, whole=not subject.declared.float_positions)
    session = Session(subject, scope, Limits(seed), causal=False)
    return [_replayed(session.masked(row.get("mask") == "causal"), witness) for row, witness in stored]


def _replayed(session: Session, then: Witness) -> Replayed:
    under, invariance = parse_transformation(then.under), parse_class(then.violates)
    now, fails = again(session, under, invariance, then)
    return Replayed(then.under, then, now, fails)
