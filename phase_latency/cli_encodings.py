"""The commands that look at a user's encoding: check, compare, replay.

They import and run the code that is named, and say so. Exit codes as in `phase_latency.cli`: 0 all claims hold, 1 some
fail (without claims: the encoding is not finite or depends on earlier calls), 2 usage, 3 a library is missing.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from phase_latency.errors import ArgumentError

if TYPE_CHECKING:
    from phase_latency.adapters import Subject

Named = Annotated[str, typer.Argument(metavar="ENCODING", help="MODULE:OBJECT, FILE.py:OBJECT, a name or a table.")]
KindName = Annotated[
    Literal["additive", "rotary", "bias"] | None, typer.Option("--kind", help="Found out if left out.")
]
Width = Annotated[int | None, typer.Option("--dim", min=2, help="Width of queries and keys; found out if left out.")]
HeadCount = Annotated[int | None, typer.Option("--heads", min=1, help="Heads of a bias; found out if left out.")]
Length = Annotated[int, typer.Option(min=2, help="Positions of a sequence.")]
Within = Annotated[str | None, typer.Option("--range", metavar="LO:HI", help="Positions to look at, HI included.")]
MaskName = Annotated[Literal["causal"] | None, typer.Option("--mask", help="Only keys at or before the query count.")]
Seconds = Annotated[float, typer.Option("--time-limit", min=0.1, help="Seconds that one call may take.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of every random choice.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but what is wrong.")]

_RUNS = "Imports and runs the code that is named: never name code that you would not run."
_TIME_LIMIT = 60.0


def check(
    encoding: Named,
    claim: Annotated[
        list[str] | None,
        typer.Option(help="TRANSFORMATION[:CLASS], as in shift:exact or amplitude(1/64):scale; may be repeated."),
    ] = None,
    max_examples: Annotated[int, typer.Option(min=1, help="Examples of each search for a smaller witness.")] = 200,
    within: Within = None,
    length: Length = 256,
    mask: MaskName = None,
    kind: KindName = None,
    dim: Width = None,
    heads: HeadCount = None,
    seed: Seed = 0,
    fast: Annotated[bool, typer.Option("--quick", help="Fewer cases, no search for witnesses.")] = False,
    time_limit: Seconds = _TIME_LIMIT,
    out: Annotated[Path | None, typer.Option(help="Write the profile as JSON, for replay.")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Say which invariances an encoding has, or a spiking network, and show the smallest example of those it lacks."""
    from phase_latency.adapters.loading import SpikingNetworkError
    from phase_latency.atomic import write_text
    from phase_latency.checking import check as checked
    from phase_latency.checking import parse_claim
    from phase_latency.checking.profile_table import profile_table
    from phase_latency.progress import progress_bar
    from phase_latency.provenance import provenance
    from phase_latency.tables import has_room, show

    positions, origin = _range(within), provenance()
    claims = [parse_claim(text, mask) for text in claim or []] or None
    try:
        subject = loaded(encoding, kind, dim, heads, length, seed, time_limit)
    except SpikingNetworkError as network:
        if claims:
            raise ArgumentError("--claim", claim, "no claim: a spiking network has three", "leave it out") from None
        return _check_network(encoding, network.network, seed, out, as_json, quiet)
    with progress_bar(quiet, "check") as progress:
        found = checked(
            subject,
            claims,
            seed=seed,
            max_examples=max_examples,
            length=length,
            within=positions,
            mask=mask,
            quick=fast,
            time_limit=time_limit,
            progress=progress,
        )
    record = _json({"provenance": origin.to_dict(), **found.to_dict()})
    if out is not None:
        write_text(out, f"{record}\n")
    if as_json:
        print(record)
    elif not (quiet and found.ok):
        show(profile_table(found, has_room(sys.stdout)), sys.stdout)
    return 0 if found.ok else 1


def compare(
    encoding: Named,
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="What it is held against, named alike.")],
    within: Within = None,
    length: Length = 256,
    mask: MaskName = None,
    kind: KindName = None,
    dim: Width = None,
    heads: HeadCount = None,
    seed: Seed = 0,
    time_limit: Seconds = _TIME_LIMIT,
    as_json: AsJson = False,
) -> int:
    """Say how one encoding comes from another: equal, scaled, re-timed, permuted, with other frequencies, or not."""
    from phase_latency.checking import compare as compared

    positions = _range(within)
    first, second = (loaded(name, kind, dim, heads, length, seed, time_limit) for name in (encoding, reference))
    found = compared(first, second, length=length, within=positions, mask=mask, seed=seed, time_limit=time_limit)
    if as_json:
        print(_json(found.to_dict()))
    else:
        print(found)
    return 0


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What check --json or check --out wrote.")],
    encoding: Annotated[str | None, typer.Option(help="The encoding, if it is not named as in the file.")] = None,
    kind: KindName = None,
    dim: Width = None,
    heads: HeadCount = None,
    time_limit: Seconds = _TIME_LIMIT,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Evaluate the witnesses of a stored profile again; exit code 1 if one still shows a violation."""
    from phase_latency.checking import replay as replayed

    stored = _stored(file)
    name = encoding or str(stored.get("encoding", ""))
    length, seed = stored.get("length", 256), stored.get("seed", 0)
    subject = loaded(name, kind, dim, heads, length, seed, time_limit)
    found = replayed(stored, subject)
    if as_json:
        print(json.dumps({"file": str(file), "replayed": [each.to_dict() for each in found]}, indent=2))
    else:
        for each in found:
            if each.fails or not quiet:
                print(f"{'still fails' if each.fails else 'gone'}: {each.now}")
        if not found:
            print(f"{file}: no witness to replay")
    return 1 if any(each.fails for each in found) else 0


check.__doc__ = f"{check.__doc__} {_RUNS}"
compare.__doc__ = f"{compare.__doc__} {_RUNS}"
replay.__doc__ = f"{replay.__doc__} {_RUNS}"


def loaded(
    name: str,
    kind: Any = None,
    dim: int | None = None,
    heads: int | None = None,
    length: int = 256,
    seed: int = 0,
    time_limit: float = _TIME_LIMIT,
) -> "Subject":
    """Import and adapt what is named, with the time limit and the seed of a check.

    Args:
        name: MODULE:OBJECT, FILE.py:OBJECT, the name of a built-in or library encoding, or a table.
        kind: "additive", "rotary" or "bias"; None to find out.
        dim: width of queries and keys; None to find out.
        heads: heads of a bias; None to find out.
        length: positions of a sequence.
        seed: of random choices.
        time_limit: seconds that one call may take.

    Returns:
        the encoding, as it is checked.

    Raises:
        ArgumentError: there is no such encoding, or none that can be adapted.
    """
    from phase_latency.adapters import load_subject
    from phase_latency.checking.guards import Limits, guarded

    if ":" in name:
        print(f"phase-latency: importing and running {name}", file=sys.stderr)
    limits = Limits(seed, time_limit)
    subject: Subject = guarded(name, limits, lambda: load_subject(name, kind=kind, dim=dim, heads=heads, length=length))
    return subject


def _check_network(name: str, network: Any, seed: int, out: Path | None, as_json: bool, quiet: bool) -> int:
    """The properties of a spiking network, as :func:`check` prints them."""
    from phase_latency.atomic import write_text
    from phase_latency.provenance import provenance
    from phase_latency.spiking import profile
    from phase_latency.spiking.profile_table import profile_table
    from phase_latency.tables import show

    found = profile(network, seed=seed)
    plain = {"provenance": provenance().to_dict(), "network": name, "properties": [each.to_dict() for each in found]}
    if out is not None:
        write_text(out, f"{_json(plain)}\n")
    ok = all(each.word == "HOLDS" for each in found)
    if as_json:
        print(_json(plain))
    elif not (quiet and ok):
        show(profile_table(name, found), sys.stdout)
    return 0 if ok else 1


def _range(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    low, _, high = text.partition(":")
    try:
        return int(low), int(high)
    except ValueError:
        raise ArgumentError("--range", text, "LO:HI, two whole numbers", "write for example 0:127") from None


def _json(found: dict[str, Any]) -> str:
    return json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False)


def _stored(file: Path) -> dict[str, Any]:
    remedy = "write one with `phase-latency check ENCODING --out FILE`"
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as problem:
        raise ArgumentError("file", str(file), "a readable profile in JSON", remedy) from problem
    if not isinstance(stored, dict):
        raise ArgumentError("file", str(file), "a profile in JSON", remedy)
    return stored
