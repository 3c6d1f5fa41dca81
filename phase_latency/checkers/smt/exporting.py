"""The questions as files that any SMT solver reads, each with the answer that is expected."""

from collections.abc import Sequence
from pathlib import Path

from phase_latency import atomic
from phase_latency.checkers.cache import Cache
from phase_latency.checkers.smt.judging import Judge, Question
from phase_latency.checkers.smt.solvers import check_installed
from phase_latency.errors import ArgumentError
from phase_latency.ledger.statement import Statement


def export(statements: Sequence[Statement], folder: Path) -> list[Path]:
    """Write the questions on which the answers about statements rest.

    Args:
        statements: whose claims and controls are asked about.
        folder: made if need be; files of the same names are replaced.

    Returns:
        the files: ``ID--claim-NAME--NUMBER.smt2`` and ``ID--control-NAME--NUMBER.smt2``.

    Raises:
        MissingToolError: a solver is not installed.
        ArgumentError: the folder cannot be made or written to.
    """
    check_installed()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        expected = "a folder, or a place for a new one"
        raise ArgumentError("smt2", str(folder), expected, f"mend: {problem.strerror}") from problem
    cache = Cache("smt", Path(__file__).parent)
    return [path for one in statements for path in _written(one, Judge(one, cache), folder)]


def _written(statement: Statement, judge: Judge, folder: Path) -> list[Path]:
    for claim in statement.claims:
        judge.claim(claim)
    for control in statement.controls:
        judge.control(control)
    paths = []
    for number, question in enumerate(judge.questions, 1):
        paths.append(folder / f"{statement.id}--{question.about.replace(' ', '-')}--{number}.smt2")
        atomic.write_text(paths[-1], _file(statement, question))
    return paths


def _file(statement: Statement, question: Question) -> str:
    can = "cannot" if question.word == "unsat" else "can"
    head = f"; {statement.id}, {question.about}: the hypotheses hold and what it says does not: that {can} be.\n"
    return f"{head}(set-info :status {question.word})\n{question.text}(check-sat)\n"
