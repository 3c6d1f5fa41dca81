"""The command line: parse, call, print.

Exit codes: 0 all right, 1 a statement is refuted or a measurement violates its bound, 2 usage, 3 a tool is missing.
Results go to stdout, the progress bar and errors (one line each) to stderr. Each command loads only what it needs, so
that ``prove`` starts without torch.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.exceptions import TyperException

from phase_latency import cli_appendix, cli_encodings, cli_experiment, cli_measure, cli_prove
from phase_latency.errors import ArgumentError, PhaseLatencyError

PROGRAM = "phase-latency"
OK, REFUTED, USAGE, TOOL = 0, 1, 2, 3
_ALL = ",".join(cli_prove.NAMES)

app = typer.Typer(
    name=PROGRAM,
    help="Prove, test and measure how positional encodings behave in attention when phase becomes latency.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Identifiers = Annotated[list[str] | None, typer.Argument(metavar="ID", help="Statements; all if none is named.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but what is wrong.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of every random choice.")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: what follows the name of the program; None for those of the process.

    Returns:
        the exit code.
    """
    app.rich_markup_mode = "rich" if sys.stdout.isatty() else None  # help pages are plain text when piped
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = typer.main.get_command(app).main(given or ["--help"], prog_name=PROGRAM, standalone_mode=False)
        sys.stdout.flush()
        return int(code or OK) if given else USAGE
    except PhaseLatencyError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        if user_traceback := getattr(error, "user_traceback", ""):
            print(user_traceback.rstrip(), file=sys.stderr)
        return error.exit_code
    except TyperException as error:
        _complain(error)
        return error.exit_code
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def _complain(error: TyperException) -> None:
    """Print what is wrong with the arguments on one line, with the value that was refused and where to look."""
    message = " ".join(error.format_message().split()).rstrip(".")
    refused: list[dict[str, Any]] = getattr(error.__cause__, "errors", list)()
    value = f" (got {refused[0]['input']!r})" if refused else ""
    command = getattr(getattr(error, "ctx", None), "command_path", PROGRAM)
    print(f"{PROGRAM}: {message}{value}; see `{command} --help`", file=sys.stderr)


def _print_json(found: Any) -> None:
    print(json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False))


# -- verify ---------------------------------------------------------------------------------------------------


@app.command(
    epilog="Real encodings are measured when no statement is named. Writes nothing. Exit code 1 "
    "if a statement fails, 3 if a checker that is required is missing or comes to no end."
)
def verify(
    identifiers: Identifiers = None,
    seed: Seed = 0,
    examples: Annotated[int, typer.Option(min=1, help="Random layers for each statement.")] = 25,
    checker: Annotated[str, typer.Option(help="Independent checkers; those that are missing say so.")] = _ALL,
    require: Annotated[str, typer.Option(help="Checkers without which the run fails.")] = "",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Derive every statement, let checkers try it, test it on random torch layers, measure real encodings."""
    from phase_latency.progress import progress_bar
    from phase_latency.report import failures, silent, verification
    from phase_latency.tables import has_room, show
    from phase_latency.verification import verify as verified

    required = cli_prove.checkers(require, "--require")
    asked = cli_prove.checkers(checker, "--checker") | required
    chosen = identifiers or None
    with progress_bar(quiet, "verify") as progress:
        found = verified(seed=seed, examples=examples, statements=chosen, checkers=asked, progress=progress)
    if as_json:
        _print_json(found.to_dict())
    elif not quiet:
        show(verification(found, has_room(sys.stdout)), sys.stdout)
    else:
        show(failures(found), sys.stdout)
    missed = cli_prove.missed(found.gave_up, required)
    show(silent(missed), sys.stderr)
    return REFUTED if not found.ok else TOOL if missed else OK


# -- prove ----------------------------------------------------------------------------------------------------

app.command(
    epilog="Exit code 1 if a statement is not derived, a checker objects, or a derivation file is not accepted; 3 if a "
    "checker that is named is missing or comes to no end."
)(cli_prove.prove)


# -- measure --------------------------------------------------------------------------------------------------

app.command(
    epilog="A and B: sinusoidal, amplitude(1/64), compressed(1/128), retimed(0.1), rank, FILE.npy, "
    "FILE.safetensors:KEY. Exit code 1 if B deviates by more than rounding explains."
)(cli_measure.measure)


# -- experiments ------------------------------------------------------------------------------------------------

app.command(
    epilog="NAME: similarity, copy, length, tasks, repair, compression, discriminability, all. Exit code 2 if a run "
    "failed or is not finished."
)(cli_experiment.experiment)


# -- encodings of a user ----------------------------------------------------------------------------------------

app.command(
    epilog="Exit code 1 if a claim does not hold; without claims, if the encoding is not finite or depends on earlier "
    "calls. Transformations: shift, queryshift, amplitude, retime, compress, relabel, permute, cast, window, batch, "
    "heads, history. Classes: exact, scale, row-constant, scale-and-row-constant, row-affine, order."
)(cli_encodings.check)
app.command(epilog="Exit code 0 whatever the relation.")(cli_encodings.compare)
app.command()(cli_encodings.replay)


# -- printing ---------------------------------------------------------------------------------------------------

app.command(
    epilog="Replaces the folder as a whole. With --record nothing is run again. Exit code 1 if a statement fails; "
    "what is missing says so."
)(cli_appendix.appendix)


# -- the rest -------------------------------------------------------------------------------------------------


@app.command()
def version(as_json: AsJson = False) -> int:
    """Print the version of the package."""
    from phase_latency.environment import environment, package_version

    if as_json:
        _print_json({"version": package_version(), "environment": environment(time.perf_counter())})
    else:
        print(f"{PROGRAM} {package_version()}")
    return OK


@app.command(epilog="The year is that of SOURCE_DATE_EPOCH, else that of the commit.")
def cite(
    form: Annotated[Literal["bibtex", "apa", "cff"], typer.Option("--format", help="How it is printed.")] = "bibtex",
    prior_work: Annotated[bool, typer.Option("--prior-work", help="And what is used, with where.")] = False,
) -> int:
    """Print how to cite the software and the paper whose statements it proves."""
    from phase_latency.citing import cite as cited

    print(cited(form, prior_work), end="")
    return OK


@app.command(epilog="Exit code 1 if --check finds a part out of date, or if a statement fails.")
def readme(
    check: Annotated[bool, typer.Option("--check", help="Say which generated parts are out of date.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Bring them up to date.")] = False,
    file: Annotated[Path, typer.Option(help="The file.")] = Path("README.md"),
) -> int:
    """Keep the generated parts of README.md fresh: version, ledger, measured figures, long runs."""
    if check == write:
        raise ArgumentError("readme", "both of --check and --write or neither", "one of them", "pass one of them")
    from phase_latency import readme as generated
    from phase_latency.progress import progress_bar
    from phase_latency.readme_stored import stored_parts
    from phase_latency.verification import verify as verified

    text, stored = generated.read(file), stored_parts(file)
    with progress_bar(quiet=False, what="verify") as progress:
        found = verified(progress=progress)
    parts = generated.parts(found, stored)
    stale = generated.stale(text, parts)
    if write and stale and found.ok:
        generated.write(file, generated.refreshed(text, parts))
    for name in stale:
        print(f"{file}: {name}: {'rewritten' if write and found.ok else 'out of date'}")
    return OK if found.ok and not (check and stale) else REFUTED
