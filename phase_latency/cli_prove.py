"""The command `prove`: derivations, and what independent checkers say of their statements."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from phase_latency.errors import ArgumentError

if TYPE_CHECKING:
    from phase_latency.proving import Derivations

_OK, _REFUTED, _TOOL = 0, 1, 3
NAMES = ("sympy", "coq", "smt", "ball")  # of checkers; the first decides the derivations and is always asked


def checkers(given: str, option: str) -> frozenset[str]:
    """Names of independent checkers on the command line.

    Args:
        given: names with commas between them; "sympy", which is asked in any case, may be among them.
        option: where they were given.

    Returns:
        the names of the others.

    Raises:
        ArgumentError: there is no such checker.
    """
    names = frozenset(filter(None, (name.strip() for name in given.split(","))))
    unknown = names - set(NAMES)
    if unknown:
        raise ArgumentError(option, min(unknown), f"names of {', '.join(NAMES)}", "separate them by commas")
    return names - {"sympy"}


def missed(gave_up: Iterable[str], required: frozenset[str]) -> list[str]:
    """What required checkers did not say.

    Args:
        gave_up: what checkers did not say, each line beginning with the name of the checker.
        required: names of checkers.

    Returns:
        the lines about those.
    """
    return [line for line in gave_up if line.partition(":")[0] in required]


def prove(
    identifiers: Annotated[list[str] | None, typer.Argument(metavar="ID", help="Statements; none for all.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random choice.")] = 0,
    checker: Annotated[str, typer.Option(help="Who is asked, with commas: sympy, coq, smt, ball.")] = "sympy",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="Print the derivations as LaTeX.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write derivations: a file, or a folder for several.")] = None,
    smt2: Annotated[Path | None, typer.Option(help="Write the questions to SMT solvers into a folder.")] = None,
    recheck: Annotated[list[Path] | None, typer.Option(help="Decide a derivation file again; may be repeated.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but what is wrong.")] = False,
) -> int:
    """Derive statements step by step: a table of all, or the derivations of those that are named."""
    from phase_latency.proving import derivations, write_derivations

    if recheck:
        if identifiers or latex or out or smt2 or checker != "sympy":
            given = "an id, --latex, --out, --smt2 or --checker"
            raise ArgumentError("--recheck", given, "files only", "recheck in a call of its own")
        return _recheck(recheck, seed, as_json, quiet)
    if latex and as_json:
        raise ArgumentError("--latex", "--json", "one of the two", "leave one out")
    asked = checkers(checker, "--checker")
    found = derivations(identifiers or None, seed, asked)
    if out is not None and found.ok:  # first, so that nothing is printed if it cannot be written
        write_derivations(found.proofs, out)
    if smt2 is not None:
        from phase_latency.checkers.smt.exporting import export

        export([proof.statement for proof in found.proofs], smt2)
    if as_json:
        _print_json(found.to_dict())
    else:
        _print_derivations(found, latex, detailed=bool(identifiers), quiet=quiet)
    return _exit_code(found, asked)


def _exit_code(found: "Derivations", asked: frozenset[str]) -> int:
    from phase_latency.report import silent
    from phase_latency.tables import show

    lines = missed(found.gave_up, asked)
    show(silent(lines), sys.stderr)
    return _REFUTED if not found.ok else _TOOL if lines else _OK


def _print_json(found: Any) -> None:
    print(json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False))


def _print_derivations(found: "Derivations", latex: bool, detailed: bool, quiet: bool) -> None:
    from rich.rule import Rule

    from phase_latency.derivation import derivation, latex_derivation
    from phase_latency.report import answers, ledger, problems
    from phase_latency.tables import has_room, show

    if quiet:
        show(problems(found.records), sys.stdout)
    elif latex:
        print("\n\n".join(latex_derivation(proof) for proof in found.proofs))
    elif detailed:
        for number, (proof, record) in enumerate(zip(found.proofs, found.records, strict=True)):
            if number:
                show(Rule(style="dim", characters="-"), sys.stdout)
            show(derivation(proof), sys.stdout)
            if record.checked:
                show(answers(record), sys.stdout)
    else:
        show(ledger(found, has_room(sys.stdout)), sys.stdout)


def _recheck(paths: list[Path], seed: int, as_json: bool, quiet: bool) -> int:
    from phase_latency.ledger.serial import recheck
    from phase_latency.proving import recheck_dict

    results = [recheck_dict(path, recheck(path, seed)) for path in paths]
    if as_json:
        _print_json({"files": results})
        results_shown = []
    else:
        results_shown = [result for result in results if not (quiet and result["accepted"])]
    for result in results_shown:
        verdict = "accepted" if result["accepted"] else "REJECTED"
        print(f"{result['file']}: {verdict}: {result['id']}, {result['steps']} steps decided")
        for reason in result["reasons"]:
            print(f"  {reason}")
    return _OK if all(result["accepted"] for result in results) else _REFUTED
