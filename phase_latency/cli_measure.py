"""The command that measures: two encodings, or a grid of them.

Exit codes as in `phase_latency.cli`: 0 all right, 1 a deviation is more than rounding explains, 2 usage, also where a
point of a grid cannot be measured, 3 a tool is missing; and 130 if a sweep is interrupted from the keyboard.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from phase_latency.errors import ArgumentError, PhaseLatencyError

if TYPE_CHECKING:
    from phase_latency.sweeping import Grid

DtypeName = Literal["float64", "float32", "bfloat16", "float16"]
MethodName = Literal["gram", "triangular", "exact"]

_BROKEN = ("VIOLATION", "OVERFLOW")
_INTERRUPTED = 130  # as shells report it


def measure(
    reference: Annotated[str, typer.Argument(metavar="A", help="The encoding that the others are held against.")] = "",
    others: Annotated[list[str] | None, typer.Argument(metavar="B", help="The other; several with --grid.")] = None,
    length: Annotated[int | None, typer.Option(min=2, help="Positions 0..length-1; 64, or those of a table.")] = None,
    dim: Annotated[int | None, typer.Option(min=1, help="Width; 64, or that of a table.")] = None,
    dtype: Annotated[DtypeName | None, typer.Option(help="Dtype; float64, or that of a table.")] = None,
    causal: Annotated[bool, typer.Option("--causal", help="Count a query's own and earlier keys only.")] = False,
    method: Annotated[MethodName | None, typer.Option(help="How to sum; the fast way where it loses nothing.")] = None,
    budget: Annotated[int | None, typer.Option(min=1, help="Logits that may be formed; 2^25.")] = None,
    shards: Annotated[int | None, typer.Option(min=1, help="Sum in so many parts, on --jobs or --cluster.")] = None,
    grid: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUES|FILE",
            help="Measure at all of length=64,256, dim=2^4:2^8, dtype=float32,float16, seed=0:4 (random heads), "
            "head_dim=16; or a .toml or .json of such. May be repeated; both ends of a range count.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the rows: .parquet, .csv or .json.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what is beside --out.")] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Processes on this machine.")] = 1,
    cluster: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Dask scheduler to measure on.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but what is wrong.")] = False,
) -> int:
    """Fit B's positional logits by a multiple of A's and say whether the rest is rounding or a violation."""
    encodings = (reference, *(others or ())) if reference else ()
    size = {name: value for name, value in (("length", length), ("dim", dim), ("dtype", dtype)) if value is not None}
    options = _options(causal, method, budget)
    if grid or out or resume or ((cluster or jobs > 1) and shards is None):
        if options or shards is not None:
            expected = "a single measurement, without --grid, --out and --resume"
            raise ArgumentError("--causal, --method, --budget, --shards", "a sweep", expected, "leave these out")
        return _sweep(_grid(encodings, size, grid or []), out, resume, jobs, cluster, as_json, quiet)
    _check_named(encodings)
    if len(encodings) > 2:
        remedy = "add --grid length=64 to measure several"
        raise ArgumentError("B", encodings[1:], f"no unexpected extra argument ({encodings[2]})", remedy)
    first, second = encodings
    sharing = None if shards is None else {"shards": shards, "jobs": jobs, "cluster": cluster}
    return _measure(first, second, size | options, sharing, as_json, quiet)


def _options(causal: bool, method: str | None, budget: int | None) -> dict[str, Any]:
    given = {"method": method, "budget": budget, "causal": causal or None}
    return {name: value for name, value in given.items() if value is not None}


def _check_named(encodings: tuple[str, ...]) -> None:
    if len(encodings) < 2:
        missing = "AB"[len(encodings)]
        raise PhaseLatencyError(f"Missing argument '{missing}': name two encodings; see `phase-latency measure --help`")


def _measure(
    reference: str, other: str, options: dict[str, Any], sharing: dict[str, Any] | None, as_json: bool, quiet: bool
) -> int:
    import json

    from phase_latency.measurement_report import measurement
    from phase_latency.measuring import measure_named
    from phase_latency.progress import progress_bar
    from phase_latency.sharding import measure_sharded
    from phase_latency.tables import show

    with progress_bar(quiet, "measure") as progress:
        if sharing is None:
            found, setting = measure_named(reference, other, **options, progress=progress)
        else:
            found, setting = measure_sharded(reference, other, **sharing, **options, progress=progress)
    if as_json:
        print(json.dumps(found.to_dict(), indent=2, ensure_ascii=False, allow_nan=False))
    elif not quiet or found.verdict in _BROKEN:
        show(measurement(found, reference, other, setting), sys.stdout)
    return 1 if found.verdict in _BROKEN else 0


# -- grids ------------------------------------------------------------------------------------------------------


def _sweep(
    grid: "Grid", out: Path | None, resume: bool, jobs: int, cluster: str | None, as_json: bool, quiet: bool
) -> int:
    from phase_latency.progress import progress_bar
    from phase_latency.sweeping import sweep
    from phase_latency.sweeping.files import as_json as rows_as_json
    from phase_latency.sweeping.sweep_table import sweep_table
    from phase_latency.tables import show

    try:
        with progress_bar(quiet, "measure") as progress:
            rows = sweep(grid, out=out, resume=resume, jobs=jobs, cluster=cluster, progress=progress)
    except KeyboardInterrupt:
        kept = f"what is finished is kept beside {out}; go on with --resume" if out else "nothing is kept without --out"
        print(f"phase-latency: interrupted; {kept}", file=sys.stderr)
        return _INTERRUPTED
    if as_json:
        print(rows_as_json(rows))
    else:
        show(sweep_table(rows, quiet), sys.stdout)
    if any(row["verdict"] in _BROKEN for row in rows):
        return 1
    return 2 if any(row["error"] for row in rows) else 0


def _grid(encodings: tuple[str, ...], size: dict[str, Any], options: list[str]) -> "Grid":
    """Arguments and options as one grid; nothing may be said twice."""
    from phase_latency.sweeping.grids import Grid, read_grid

    coordinates = dict(size)
    for option in options:
        if option.endswith((".toml", ".json")):
            named, found = read_grid(Path(option))
            if named and encodings:
                raise ArgumentError("--grid", option, "encodings in the file or as arguments", "leave one of them out")
            encodings = encodings or named
        else:
            found = dict([_coordinate(option)])
        if twice := [name for name in found if name in coordinates]:
            raise ArgumentError("--grid", twice[0], "every coordinate once", "put its values together with commas")
        coordinates |= found
    _check_named(encodings)
    return Grid(encodings, coordinates)


def _coordinate(option: str) -> tuple[str, str]:
    name, separator, values = option.partition("=")
    if not separator:
        expected = "NAME=VALUES, or the path of a .toml or .json file"
        raise ArgumentError("--grid", option, expected, "write for example length=64,256")
    return name.strip(), values
