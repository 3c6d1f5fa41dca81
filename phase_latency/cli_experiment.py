"""The command that runs experiments.

Exit codes as in `phase_latency.cli`: 0 all right, 2 usage, also where a run failed or was not finished within the
budget, 3 a tool is missing; and 130 if it is interrupted from the keyboard.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from phase_latency.errors import MissingToolError

if TYPE_CHECKING:
    from phase_latency.experiments import Conducted

_INTERRUPTED = 130  # as shells report it
_HERE = Path("experiments")


def experiment(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which one; all for every one.")],
    budget: Annotated[float | None, typer.Option(metavar="MINUTES", help="Stop after so long; go on later.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what is in --out.")] = False,
    size: Annotated[Literal["tiny", "full"], typer.Option(help="tiny tries the code out, in seconds.")] = "full",
    out: Annotated[Path, typer.Option(help="Folder of results, journal and checkpoints.")] = _HERE,
    figures: Annotated[bool, typer.Option("--figures", help="Draw what was found, as PDF and SVG.")] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Processes on this machine.")] = 1,
    cluster: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Dask scheduler to run on.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but what is wrong.")] = False,
) -> int:
    """Train small transformers: the paper's experiments, and those that test what they claim."""
    from phase_latency.experiments import conduct
    from phase_latency.progress import progress_bar

    if figures:
        _check_drawing()
    options = {"out": out, "size": size, "budget": budget, "resume": resume, "jobs": jobs, "cluster": cluster}
    try:
        with progress_bar(quiet, "experiment") as progress:
            found = conduct(name, **options, progress=progress)  # type: ignore[arg-type]
    except KeyboardInterrupt:
        print(f"phase-latency: interrupted; what is finished is kept in {out}; go on with --resume", file=sys.stderr)
        return _INTERRUPTED
    files = found.files + (_drawn(out, found.record) if figures else ())
    _tell(found, files, as_json, quiet)
    return 0 if found.finished == len(found.runs) else 2


def _tell(found: "Conducted", files: tuple[Path, ...], as_json: bool, quiet: bool) -> None:
    from phase_latency.experiments.experiment_tables import experiment_tables
    from phase_latency.tables import show

    if as_json:
        print(json.dumps(found.record, indent=2, ensure_ascii=False, allow_nan=False))
    elif not quiet:
        show(experiment_tables(found.record), sys.stdout)
    for line in found.failed:
        print(f"phase-latency: a run failed: {line}", file=sys.stderr)
    unfinished = len(found.runs) - found.finished
    if unfinished:
        print(f"phase-latency: {unfinished} of {len(found.runs)} runs are left; go on with --resume", file=sys.stderr)
    if not quiet:
        print("\n".join(map(str, files)), file=sys.stderr)


def _check_drawing() -> None:
    """What draws is not needed otherwise; that it is missing is not worth the wait."""
    try:
        import phase_latency.appendix.drawing  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingToolError(str(error.name), "pip install 'phase-latency[appendix]'") from error


def _drawn(out: Path, record: Mapping[str, Any]) -> tuple[Path, ...]:
    """The similarity figures of the paper, and what the studies show."""
    from phase_latency.appendix.cells import shown_in_figures
    from phase_latency.appendix.drawing import draw
    from phase_latency.atomic import write_bytes, write_text
    from phase_latency.exhibits.similarity import similarity

    files = []
    shown = shown_in_figures({"exhibits": {"similarity": similarity()}, "experiments": record})
    for name, drawn in draw(shown).items():
        pdf, svg = (out / f"{name}.{suffix}" for suffix in ("pdf", "svg"))
        write_bytes(pdf, drawn.pdf)
        write_text(svg, drawn.svg)
        files += [pdf, svg]
    return tuple(files)
