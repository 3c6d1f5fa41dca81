"""Mutants of a claim: one change at one place of its goal, one hypothesis left out, or another quantifier."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from sympy import Basic, Ge, Gt, Symbol

from phase_latency.ledger.language import Undecided, check, sizes
from phase_latency.ledger.statement import Claim, Hypothesis, Statement
from phase_latency.ledger.terms import Iff, Proposition
from phase_latency.mutation.operators import Change, changes


@dataclass(frozen=True)
class Mutant:
    """A changed claim.

    Attributes:
        statement: the true statement.
        of: the true claim.
        kind: of change.
        place: what was changed, or the name of a hypothesis that was left out.
        text: the change in words.
        goal: the changed goal.
        drops: names of the hypotheses left out.
    """

    statement: Statement
    of: Claim
    kind: str
    place: str
    text: str
    goal: Proposition
    drops: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Unique in the ledger."""
        return f"{self.statement.id}/{self.of.name}/{self.kind}@{self.place}"

    @cached_property
    def hypotheses(self) -> tuple[Hypothesis, ...]:
        """What it assumes."""
        return tuple(each for each in self.statement.assumed(self.of) if each.name not in self.drops)

    @cached_property
    def claim(self) -> Claim:
        """The mutant as a claim for all values, with the derivation of the true one led to the changed goal."""
        steps = (*self.of.steps[:-1], replace(self.of.steps[-1], fact=self.goal))
        given = tuple(each for each in self.of.given if each.name not in self.drops)
        return replace(self.of, goal=self.goal, steps=steps, given=given, exists=None)

    @cached_property
    def mutated(self) -> Statement:
        """The statement with the mutant in place of the true claim."""
        claims = tuple(self.claim if each is self.of else each for each in self.statement.claims)
        kept = tuple(each for each in self.statement.hypotheses if each.name not in self.drops)
        return replace(self.statement, claims=claims, hypotheses=kept)


def mutants(statement: Statement) -> list[Mutant]:
    """The mutants of all claims of a statement.

    A claim of existence has one, which says the same of all values: what its goal says at other points is another
    claim, not a change of this one. A hypothesis that a size is at least 1 is not left out: sizes are counts, and a
    claim about nothing would be all that is added.

    Args:
        statement: of the ledger.

    Returns:
        the mutants, in order.
    """
    return [mutant for claim in statement.claims for mutant in _of_claim(statement, claim)]


def _of_claim(statement: Statement, claim: Claim) -> Iterator[Mutant]:
    if claim.exists is not None:
        yield Mutant(statement, claim, "quantifier", "all", "for all values in place of some", claim.goal)
        return
    counts = sizes(claim.goal)
    for hypothesis in statement.assumed(claim):
        if _is_count(hypothesis, counts):
            continue
        text = f"without the hypothesis {hypothesis.name}"
        yield Mutant(statement, claim, "hypothesis", hypothesis.name, text, claim.goal, (hypothesis.name,))
    for change in _chosen(claim.goal):
        place = ".".join(map(str, change.path)) or "top"
        yield Mutant(statement, claim, change.kind, place, change.text, change.goal)


def _chosen(goal: Proposition) -> Iterator[Change]:
    """Of each kind the one in the middle of those that give another proposition of the language of statements."""
    by_kind: dict[str, list[Change]] = {}
    seen: set[Basic] = {goal}
    for change in changes(goal):
        if change.goal not in seen and _is_proposition(change.goal):
            seen.add(change.goal)
            by_kind.setdefault(change.kind, []).append(change)
    yield from (found[len(found) // 2] for found in by_kind.values())


def _is_count(hypothesis: Hypothesis, counts: Collection[str]) -> bool:
    """Whether it says that a size is at least 1, or that it is positive."""
    left, right = hypothesis.relation.args
    return isinstance(left, Symbol) and left.name in counts and isinstance(hypothesis.relation, (Ge, Gt)) and right <= 1


def _is_proposition(goal: Basic) -> bool:
    """Whether it states something, in the language of statements."""
    try:
        check(goal)
    except (Undecided, TypeError, ValueError, AttributeError):
        return False
    return not isinstance(goal, Iff) or goal.args[0] != goal.args[1]
