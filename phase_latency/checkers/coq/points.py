"""Points in the words of Coq: a proposition about all values of its variables, applied to some."""

from collections.abc import Iterable, Mapping
from typing import Any

from sympy import S

from phase_latency.checkers.coq.printer import OutsideFragmentError, number, variables
from phase_latency.ledger.statement import Hypothesis
from phase_latency.ledger.terms import Proposition


def arguments(hypotheses: Iterable[Hypothesis], goal: Proposition, values: Mapping[str, Any]) -> str:
    """The values of the variables of a proposition, in the order in which it binds them.

    Args:
        hypotheses: as for :func:`phase_latency.checkers.coq.printer.proposition`.
        goal: likewise.
        values: by name, as points have them.

    Returns:
        text of Coq, to stand behind the name of the proposition.

    Raises:
        OutsideFragmentError: a variable has no value, or one that cannot be said in the fragment.
    """
    kinds = variables([*(hypothesis.relation for hypothesis in hypotheses), goal])
    return " ".join(_of_kind(kind, _value(name, values)) for name, kind in kinds.items())


def _value(name: str, values: Mapping[str, Any]) -> Any:
    if name not in values:
        raise OutsideFragmentError(f"{name} has no value")
    return values[name]


def _of_kind(kind: str, value: Any) -> str:
    if kind == "matrix":
        return _cases([_cases([number(entry) for entry in row], "j") for row in value], "i", "fun _ => 0")
    if kind == "sequence":
        entries = value if isinstance(value, dict) else {at: row[0] for at, row in enumerate(value)}
        return _cases([number(entries.get(at, S.Zero)) for at in range(max(entries, default=-1) + 1)], "i")
    return f"({value})%{kind}" if kind in ("nat", "Z") else f"({number(value)})"


def _cases(texts: list[str], at: str, beyond: str = "0") -> str:
    """A function of natural numbers: some values, and one from there on."""
    cases = " ".join(f"| {k}%nat => {text}" for k, text in enumerate(texts))
    return f"(fun {at} => match {at} with {cases} | _ => {beyond} end)"
