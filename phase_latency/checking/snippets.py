"""Programs that show a witness: short enough to paste into an issue."""

from collections.abc import Sequence

from phase_latency.checking.witness import Witness


def snippet(witness: Witness, kind: str, dim: int | None, source: str, options: str = "") -> str:
    """A program that shows a witness, at most 15 lines long.

    Args:
        witness: the example.
        kind: of the encoding.
        dim: width of queries and keys, for a rotary encoding.
        source: lines that build ``encoding``; empty if not known.
        options: of the check that found it, as in a call.

    Returns:
        Python source; it prints each logit before and after the transformation, or the witness, found again.
    """
    built = (source or "encoding = ...  # what was checked").splitlines()
    moved = witness.moved_positions()
    if moved is None:
        return "\n".join(_found_again(witness, built, options))
    fractional = any(isinstance(position, float) for pair in moved for position in pair)
    dtype = ", dtype=torch.float64" if fractional else ""
    lines = ["import torch", "from phase_latency.adapters import adapt", "from phase_latency.checking import Instance"]
    lines += [*built, "encoding = adapt(encoding)", *_logit_function(kind, dim, witness, dtype)]
    for key, (query_after, key_after) in zip(witness.keys, moved, strict=True):
        arguments = f"{key.coordinate}, " if kind == "rotary" else ""
        before = f"logit({arguments}{witness.position}, {key.position})"
        after = f"logit({arguments}{query_after}, {key_after})"
        lines.append(f'print({before}, "->", {after})  # {key.before:.6g} -> {key.after:.6g}')
    return "\n".join(lines)


def _logit_function(kind: str, dim: int | None, witness: Witness, dtype: str) -> Sequence[str]:
    match kind:
        case "rotary":
            return [
                f"units = torch.eye({dim}, dtype=torch.float64)",
                "def logit(coordinate, m, n):  # of a query at m and a key at n",
                f"    vectors = units[[{witness.coordinate}, coordinate]]",
                f"    queries, keys = Instance(encoding).images(vectors, torch.tensor([m, n]{dtype}))",
                "    return float(queries[0, 0].double() @ keys[1, 1].double())",
            ]
        case "additive":
            return [
                "def logit(m, n):  # between the encodings of positions m and n",
                f"    rows = Instance(encoding).table(torch.tensor([m, n]{dtype})).double()",
                "    return float(rows[0] @ rows[1])",
            ]
        case _:
            return [
                "def logit(m, n):  # bias for a query at m and a key at n",
                f"    biases = Instance(encoding).bias(torch.tensor([m]{dtype}), torch.tensor([n]{dtype}))",
                f"    return float(biases[{witness.head}, 0, 0])",
            ]


def _found_again(witness: Witness, built: Sequence[str], options: str) -> list[str]:
    """For transformations that are more than a move of positions."""
    return [
        "import phase_latency as pl",
        "from phase_latency.checking import parse_claim",
        *built,
        f'profile = pl.check(encoding, parse_claim("{witness.under}:{witness.violates}"), {options})',
        "print(profile.rows[0].witness)",
    ]
