"""The command that prints what was verified: for authors, reviewers and machines."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from phase_latency.errors import ArgumentError, MissingToolError

if TYPE_CHECKING:
    from phase_latency.verification import Progress

Statements = Annotated[str, typer.Option(help="Ids of statements, with commas; all if left out.")]
_FORMATS = "tex,pdf,html,json"


def appendix(
    out: Annotated[Path, typer.Option(help="Folder: a new one, or one that holds an appendix.")],
    formats: Annotated[str, typer.Option(help="Formats, with commas.")] = _FORMATS,
    statements: Statements = "",
    encoding: Annotated[
        list[str] | None, typer.Option(metavar="MODULE:OBJECT", help="An encoding to profile; may be repeated.")
    ] = None,
    record: Annotated[
        list[Path] | None, typer.Option(help="What verify --json or check --out wrote; may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random choice.")] = 0,
    examples: Annotated[int, typer.Option(min=1, help="Random layers for each statement.")] = 25,
    length: Annotated[int, typer.Option(min=2, help="Positions of a sequence, for --encoding.")] = 256,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but what is wrong.")] = False,
) -> int:
    """Print the ledger with its proofs, tests and measurements: LaTeX, PDF, one page, and JSON, from one record."""
    try:
        from phase_latency import appendix as printing
        from phase_latency.appendix.folder import check_folder
        from phase_latency.appendix.writing import is_ours
    except ModuleNotFoundError as error:
        raise MissingToolError(str(error.name), "pip install 'phase-latency[appendix]'") from error
    from phase_latency.progress import progress_bar

    folder, wanted = _absolute(out), printing.parse_formats(formats)
    check_folder(folder, is_ours)  # what is wrong with it is not worth the wait
    identifiers = [name.strip() for name in statements.split(",") if name.strip()]
    read = printing.read_records(record or [])
    with progress_bar(quiet, "appendix") as progress:
        profiles = [_profile(name, length, seed) for name in encoding or ()]
        if "statements" in read:
            found = printing.chosen(read, identifiers)
        else:
            found = {**_verified(identifiers, seed, examples, progress), **read}
    found = printing.finished(found, profiles)
    names = printing.write_appendix(found, folder, wanted)
    if not quiet:
        _tell(folder, names)
    return 0 if found["summary"]["ok"] else 1


def _absolute(out: Path) -> Path:
    """The folder by its full name; it takes the place of another one, so nobody may stand in it."""
    folder = Path(out).absolute()
    if folder.resolve() in (Path.cwd(), *Path.cwd().parents):
        raise ArgumentError("--out", str(out), "a folder of its own", "name one within the working directory")
    return folder


def _verified(identifiers: list[str], seed: int, examples: int, progress: "Progress | None") -> dict[str, Any]:
    """A run of the ledger, with what figures show also where only some statements are chosen."""
    from phase_latency.exhibits import exhibits
    from phase_latency.verification import verify

    found = verify(seed=seed, examples=examples, statements=identifiers or None, progress=progress).to_dict()
    return found if found["exhibits"] else {**found, "exhibits": exhibits(seed)}


def _profile(name: str, length: int, seed: int) -> dict[str, Any]:
    from phase_latency.checking import check
    from phase_latency.cli_encodings import loaded
    from phase_latency.provenance import provenance

    subject = loaded(name, length=length, seed=seed)
    return {"provenance": provenance().to_dict(), **check(subject, seed=seed, length=length, name=name).to_dict()}


def _tell(folder: Path, names: tuple[str, ...]) -> None:
    print(f"{folder}: {len(names)} files", file=sys.stderr)
    for name in names:
        print(folder / name)


appendix.__doc__ = f"{appendix.__doc__} Imports and runs the encodings that are named."
