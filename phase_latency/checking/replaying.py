"""Witnesses evaluated again: from a stored profile, or in a snippet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from phase_latency.adapters import Subject
from phase_latency.checking.claims import parse_class, parse_transformation
from phase_latency.checking.evaluation import Limits
from phase_latency.checking.session import Session
from phase_latency.checking.transformations import Scope
from phase_latency.checking.witness import Witness, again, parse_witness
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


def snippet(witness: Witness, kind: str, dim: int | None, source: str) -> str:
    """A program that shows a witness, at most 15 lines long.

    Args:
        witness: the example.
        kind: of the encoding.
        dim: width of queries and keys, for a rotary encoding.
        source: lines that build ``encoding``; empty if not known.

    Returns:
        Python source; it prints each logit before and after the transformation.
    """
    built = source or "encoding = ...  # what was checked"
    moved = witness.moved_positions()
    if moved is None:
        return "\n".join(_generic(witness, built))
    lines = ["import torch", "from phase_latency.adapters import adapt", "from phase_latency.checking import Instance"]
    lines += [*built.splitlines(), "encoding = adapt(encoding)"]
    call = {
        "rotary": f"units = torch.eye({dim}, dtype=torch.float64)",
        "additive": "",
        "bias": "",
    }[kind]
    lines += [call] if call else []
    lines += _logit_function(kind, witness)
    for key, (query_after, key_after) in zip(witness.keys, moved, strict=True):
        arguments = f"{key.coordinate}, " if kind == "rotary" else ""
        before = f"logit({arguments}{witness.position}, {key.position})"
        after = f"logit({arguments}{query_after}, {key_after})"
        lines.append(f'print({before}, "->", {after})  # {key.before:.6g} -> {key.after:.6g}')
    return "\n".join(lines)


def _logit_function(kind: str, witness: Witness) -> Sequence[str]:
    match kind:
        case "rotary":
            return [
                "def logit(coordinate, m, n):  # of a query at m and a key at n",
                f"    vectors = units[[{witness.coordinate}, coordinate]]",
                "    queries, keys = Instance(encoding).images(vectors, torch.tensor([m, n]))",
                "    return float(queries[0, 0].double() @ keys[1, 1].double())",
            ]
        case "additive":
            return [
                "def logit(m, n):  # between the encodings of positions m and n",
                "    rows = Instance(encoding).table(torch.tensor([m, n])).double()",
                "    return float(rows[0] @ rows[1])",
            ]
        case _:
            return [
                "def logit(m, n):  # bias for a query at m and a key at n",
                "    biases = Instance(encoding).bias(torch.tensor([m]), torch.tensor([n]))",
                f"    return float(biases[{witness.head}, 0, 0])",
            ]


def _generic(witness: Witness, built: str) -> list[str]:
    """For transformations that are more than a move of positions: let `replay` do it."""
    return [
        *built.splitlines(),
        "import json, pathlib",
        "from phase_latency.adapters import adapt",
        "from phase_latency.checking import replay",
        'profile = json.loads(pathlib.Path("profile.json").read_text())  # of phase-latency check --json',
        f'print([each.now for each in replay(profile, adapt(encoding)) if each.under == "{witness.under}"])',
    ]
