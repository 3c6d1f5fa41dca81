"""The questions about a claim or control, as texts that any SMT solver reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Rational

from phase_latency.checkers.smt.atoms import Atoms, Variable
from phase_latency.checkers.smt.identities import on_circles
from phase_latency.checkers.smt.staging import Stage
from phase_latency.checkers.smt.text import OutsideLanguageError, constant
from phase_latency.checkers.smt.unrolling import Sizes, Unrolled
from phase_latency.ledger.language import INDICATORS, sizes
from phase_latency.ledger.models import Model
from phase_latency.ledger.statement import Claim, Control, Statement
from phase_latency.ledger.terms import Proposition

SIZES = (1, 2)  # at which claims are asked about, all symbolic sizes alike
SIZES_OF_TABLES = (1, 2, 3)  # of indicators; in tables of two entries a position is its own square


@dataclass(frozen=True)
class Query:
    """A question to solvers.

    Attributes:
        sizes: at which the statement is written out.
        assumed: text that declares the variables and asserts the hypotheses alone.
        denied: further text that asserts that the goal does not hold.
        variables: of the ledger.
        functions: whether functions are replaced by variables, so that a solution means nothing.
    """

    sizes: Sizes
    assumed: str
    denied: str
    variables: tuple[Variable, ...]
    functions: bool

    @property
    def at(self) -> str:
        """The sizes in words."""
        return ", ".join(f"{name} = {value}" for name, value in self.sizes.items())

    @property
    def text(self) -> str:
        """The whole question: hypotheses, and that the goal does not hold."""
        return self.assumed + self.denied


def stage_queries(stage: Stage) -> list[Query]:
    """The questions about a stage: whether what it assumes allows that its goal does not hold.

    Args:
        stage: of the proof of a claim.

    Returns:
        one question, or one for each of :data:`SIZES` or :data:`SIZES_OF_TABLES` if there are sizes.

    Raises:
        OutsideLanguageError: it cannot be said in real arithmetic.
    """
    names = sizes(stage.goal, *stage.hypotheses)
    chosen = SIZES_OF_TABLES if stage.goal.atoms(*INDICATORS) else SIZES
    tried = [dict.fromkeys(names, size) for size in chosen] if names else [{}]
    return [_query(stage.hypotheses, stage.goal, each) for each in tried]


def circle_query(stage: Stage) -> Query | None:
    """The question whether an equation is no identity on unit circles.

    Args:
        stage: of the proof of a claim.

    Returns:
        the question, in which nothing is assumed; None if the goal is no such equation, or has sizes.

    Raises:
        OutsideLanguageError: it cannot be said in real arithmetic.
    """
    atoms = Atoms()
    sides = None if sizes(stage.goal) else Unrolled({}, atoms).sides(stage.goal)
    identity = on_circles(*sides, atoms.circles) if sides else None
    return None if identity is None else _asked({}, atoms, [], identity)


def existence_query(statement: Statement, claim: Claim) -> Query:
    """The question about a claim of existence: whether, at the point that it names, its goal does not hold.

    Args:
        statement: to which it belongs.
        claim: of existence.

    Returns:
        the question.

    Raises:
        OutsideLanguageError: it cannot be said in real arithmetic, or its point is not rational.
    """
    point = claim.exists or {}
    hypotheses = [hypothesis.relation for hypothesis in statement.assumed(claim)]
    at = {name: int(point[name]) for name in sizes(claim.goal, *hypotheses)}
    return _query(hypotheses, claim.goal, at, point)


def control_query(statement: Statement, control: Control) -> Query:
    """The question about a control: whether the hypotheses that are left allow that its goal does not hold.

    Args:
        statement: to which it belongs.
        control: the false variant, at the sizes of its witness.

    Returns:
        the question.

    Raises:
        OutsideLanguageError: it cannot be said in real arithmetic.
    """
    claim = statement.claim(control.of)
    hypotheses = [each.relation for each in statement.assumed(claim) if each.name not in control.drops]
    goal = claim.goal if control.goal is None else control.goal
    at = {name: int(control.witness[name]) for name in sizes(goal, *hypotheses)}
    return _query(hypotheses, goal, at, None if claim.exists is None else control.witness)


def _query(
    hypotheses: Sequence[Proposition], goal: Proposition, at: Sizes, point: Mapping[str, object] | None = None
) -> Query:
    atoms = Atoms(integers=any(part.has(*INDICATORS) for part in (goal, *hypotheses)))
    unrolled = Unrolled(at, atoms)
    asserted = [unrolled.proposition(one) for one in hypotheses]
    denied = unrolled.proposition(goal)
    asserted += _at(point, atoms)
    return _asked(at, atoms, [*atoms.facts, *atoms.scaled_roots(), *asserted], denied)


def _asked(at: Sizes, atoms: Atoms, asserted: Sequence[str], goal: str) -> Query:
    kinds = {one.text: "Int" if one.whole and atoms.integers else "Real" for one in atoms.variables}
    declared = {**kinds, **dict.fromkeys(atoms.declared, "Real")}
    lines = ["(set-logic ALL)", *(f"(declare-const {name} {kind})" for name, kind in declared.items())]
    lines += [f"(assert {fact})" for fact in asserted]
    return Query(at, "\n".join(lines) + "\n", f"(assert (not {goal}))\n", tuple(atoms.variables), atoms.functions)


def _at(point: Mapping[str, object] | None, atoms: Atoms) -> list[str]:
    """That the variables have the values of a point."""
    if point is None:
        return []
    values = Model(point).values
    return [f"(= {atoms.variable(one).above} {constant(_value(one, values[one.name]))})" for one in atoms.variables]


def _value(one: Variable, value: Any) -> Rational:
    for place in one.at:
        value = value[place]
    value = value[0] if isinstance(value, list) else value
    if not isinstance(value, Rational):
        raise OutsideLanguageError(f"{one.name} = {value} at its point, which is not rational")
    return value
