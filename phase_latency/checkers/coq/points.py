"""Points in the words of Coq: values for the variables of propositions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sympy import S

from phase_latency.checkers.coq.printer import OutsideFragmentError, number, scoped, variables
from phase_latency.checkers.coq.words import variable
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
    parts = [*(hypothesis.relation for hypothesis in hypotheses), goal]
    return " ".join(f"({text})" for _, _, text in _assigned(parts, values))


def at_point(hypotheses: Iterable[Hypothesis], goal: Proposition, values: Mapping[str, Any]) -> str:
    """At a point, the hypotheses and the goal hold.

    Args:
        hypotheses: relations, in order.
        goal: the proposition.
        values: of the point, by name.

    Returns:
        text of Coq.

    Raises:
        OutsideFragmentError: something in it, or at the point, is outside the fragment.
    """
    parts = [*(hypothesis.relation for hypothesis in hypotheses), goal]
    lets = [f"let {variable(name)} : {kind} := {text} in\n  " for name, kind, text in _assigned(parts, values)]
    return "".join(lets) + " /\\\n  ".join(scoped(parts))


def _assigned(parts: Sequence[Proposition], values: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Name, type and value of each variable."""
    kinds = variables(parts)
    if missing := kinds.keys() - values.keys():
        raise OutsideFragmentError(f"{min(missing)} has no value")
    return [(name, kind, _of_kind(kind, values[name])) for name, kind in kinds.items()]


def _of_kind(kind: str, value: Any) -> str:
    if kind == "matrix":
        return _cases([_cases([number(entry) for entry in row], "j") for row in value], "i", "fun _ => 0")
    if kind == "sequence":
        entries = value if isinstance(value, dict) else {at: row[0] for at, row in enumerate(value)}
        return _cases([number(entries.get(at, S.Zero)) for at in range(max(entries, default=-1) + 1)], "i")
    if kind in ("nat", "Z"):
        return f"{value}%{kind}" if value >= 0 else f"({value})%{kind}"
    return number(value)


def _cases(texts: Sequence[str], at: str, beyond: str = "0") -> str:
    """A function of natural numbers: some values, and one from there on."""
    cases = " ".join(f"| {k}%nat => {text}" for k, text in enumerate(texts))
    return f"fun {at} => match {at} with {cases} | _ => {beyond} end"
