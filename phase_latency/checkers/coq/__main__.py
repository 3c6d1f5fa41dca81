"""``python -m phase_latency.checkers.coq``: build every theorem, and let ``coqchk`` check all of it once more.

With ``--write``, ``proofs/coq/statements.expected`` is written instead: every proposition as it is printed from the
ledger, so that a statement that changes shows in a diff. Exit codes: 0 all right, 1 refused, 3 Coq is missing.
"""

import sys
from typing import Annotated

import typer

from phase_latency import atomic
from phase_latency.checkers.coq import all_ties
from phase_latency.checkers.coq.building import BuildError, build, folder_of
from phase_latency.checkers.coq.sources import SOURCES, sources
from phase_latency.checkers.coq.ties import stated
from phase_latency.checkers.coq.toolchain import UnfinishedError, checked_again, version
from phase_latency.errors import PhaseLatencyError
from phase_latency.ledger.discovery import statements

STATEMENTS = "statements.expected"


def main(write: Annotated[bool, typer.Option("--write", help=f"Write {STATEMENTS} instead.")] = False) -> None:
    """Build every theorem, and check all that was compiled, the library included, with coqchk."""
    try:
        if write:
            atomic.write_text(SOURCES / STATEMENTS, stated(all_ties(sources(), statements())))
        else:
            _check()
    except PhaseLatencyError as problem:
        print(problem, file=sys.stderr)
        raise typer.Exit(problem.exit_code) from problem
    except (BuildError, UnfinishedError) as problem:
        print(problem, file=sys.stderr)
        raise typer.Exit(1) from problem


def _check() -> None:
    theorems = sources()
    coq, ties = version(), all_ties(theorems, statements())
    built = build(theorems, ties)
    if built.failed:
        raise BuildError("; ".join(f"{name}: {why}" for name, why in built.failed.items()))
    with folder_of(theorems) as folder:
        again = checked_again(folder, sorted(theorems.files))
    if not again.accepted:
        raise BuildError(f"coqchk does not accept it: {again.said}")
    print(f"Coq {coq}: {len(ties)} theorems proved and tied; axioms: {', '.join(built.axioms)}{again.said.rstrip()}")


if __name__ == "__main__":
    typer.run(main)
