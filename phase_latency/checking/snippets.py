"""Programs that show a witness: short enough to paste into an issue."""

from collections.abc import Sequence

from phase_latency.checking.witness import Witness


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
