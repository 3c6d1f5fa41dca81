"""The two solvers, on the same text."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from sympy import Rational

from phase_latency.checkers.smt.atoms import Variable
from phase_latency.errors import MissingToolError

INSTALL = "pip install 'phase-latency[smt]'"
Word = Literal["unsat", "sat", "unknown"]

_WORDS: dict[str, Word] = {"unsat": "unsat", "sat": "sat", "unknown": "unknown"}

# Units of work for one question, of which each solver counts its own: up to a second. Unlike time, they are the same on
# every machine and at every hour, so that an answer is as well.
_Z3_WORK, _CVC5_WORK = 300_000, 100_000
_PATIENCE = 60  # seconds after which cvc5, which does not always count, is stopped


@dataclass(frozen=True)
class Reply:
    """What a solver says.

    Attributes:
        word: "unknown" if its work is not done.
        model: values of the variables that are rational numbers, of a question that has a solution; of z3 only.
    """

    word: Word
    model: Mapping[Variable, Rational]


def check_installed() -> None:
    """Look for both solvers.

    Raises:
        MissingToolError: one is not installed.
    """
    for package, name in (("z3", "z3-solver"), ("cvc5", "cvc5")):
        if find_spec(package) is None:
            raise MissingToolError(name, INSTALL)


@cache
def versions() -> str:
    """The versions of both, such as ``"z3-solver 5.4.1.0, cvc5 1.4.2"``."""
    return ", ".join(f"{name} {version(name)}" for name in ("z3-solver", "cvc5"))


def z3_says(text: str, variables: Sequence[Variable] = ()) -> Reply:
    """Ask z3.

    Args:
        text: declarations and assertions.
        variables: whose values are wanted.

    Returns:
        its reply.
    """
    import z3

    solver = z3.Solver(ctx=z3.Context())  # of its own: in a shared one, what was asked before decides where z3 gives up
    solver.set("rlimit", _Z3_WORK)
    solver.from_string(text)
    word = _WORDS[str(solver.check())]
    if word != "sat":
        return Reply(word, {})
    model = solver.model()
    found = {each.name(): model[each] for each in model.decls()}
    values = {one: found.get(one.text.strip("|"), 0) for one in variables}
    return Reply(word, {one: value for one, at in values.items() if (value := _rational(at)) is not None})


def _rational(value: object) -> Rational | None:
    """A value of z3, if it is a rational number; a variable on which nothing depends has none and is 0."""
    text = str(value)
    try:
        return Rational(text)
    except (TypeError, ValueError):
        return None


def cvc5_says(texts: Sequence[str]) -> list[Word]:
    """Ask cvc5, in a process of its own: it does not always heed its own limits.

    Args:
        texts: questions, each of declarations and assertions.

    Returns:
        its replies, "unknown" where its work is not done; fewer than questions if it crashes or is stopped.
    """
    command = [sys.executable, str(Path(__file__).parent / "cvc5_process.py"), str(_CVC5_WORK)]
    try:
        done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        return []
    return [_WORDS[line] for line in done.stdout.split()]
