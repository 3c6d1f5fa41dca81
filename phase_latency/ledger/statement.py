"""What a statement consists of: hypotheses, claims with their derivations, sources and negative controls."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sympy import Expr

from phase_latency.ledger.models import Sampler
from phase_latency.ledger.printing import latex
from phase_latency.ledger.terms import Given, Proposition, equal


@dataclass(frozen=True)
class Hypothesis:
    """A named relation that a statement assumes; a free index in it is meant for every index of its range."""

    name: str
    relation: Proposition
    meaning: str = ""


@dataclass(frozen=True)
class Source:
    """Where a statement comes from.

    Attributes:
        reference: citation key, such as ``arXiv:2605.00662``.
        place: equation, lemma, section or page.
    """

    reference: str
    place: str

    def __str__(self) -> str:
        return f"{self.reference}, {self.place}"


@dataclass(frozen=True)
class Step:
    """One step of a derivation: a fact, the rule that decides it, and what it uses.

    Attributes:
        rule: name of a rule in :data:`phase_latency.ledger.rules.RULES`.
        fact: what the step states.
        uses: names of hypotheses and labels of earlier steps, and nothing that is not needed.
        certificate: what the rule needs to decide, such as the factors whose signs are known.
        label: name by which later steps use it.
    """

    rule: str
    fact: Proposition
    uses: tuple[str, ...] = ()
    certificate: Any = None
    label: str = ""


@dataclass(frozen=True)
class Claim:
    """A part of the conclusion, with its derivation; the last step states the goal.

    Attributes:
        name: short name, unique in the statement.
        goal: the proposition, for all values of its variables that satisfy the hypotheses.
        steps: the derivation.
        given: hypotheses of this claim alone, on top of those of the statement.
        exists: for a claim of existence, the point at which the goal holds; None for "for all".
        text: one sentence in words.
    """

    name: str
    goal: Proposition
    steps: tuple[Step, ...]
    given: tuple[Hypothesis, ...] = ()
    exists: Mapping[str, Any] | None = None
    text: str = ""


@dataclass(frozen=True)
class Control:
    """A false variant that every checker must refuse.

    Attributes:
        name: short name, unique in the statement.
        text: what was changed.
        of: name of the claim it is a variant of.
        goal: the false proposition; None keeps the claim's goal (then hypotheses are dropped).
        drops: names of the hypotheses left out.
        witness: exact values at which the remaining hypotheses hold and the goal fails.
    """

    name: str
    text: str
    of: str
    witness: Mapping[str, Any]
    goal: Proposition | None = None
    drops: tuple[str, ...] = ()


@dataclass(frozen=True)
class Statement:
    """A statement of the ledger.

    Attributes:
        id: permanent identifier.
        group: letter of its group.
        title: one line.
        source: where it comes from.
        hypotheses: what it assumes; each is used by at least one step.
        claims: its conclusion, part by part.
        controls: false variants, at least two.
        dependencies: statements whose claims its derivation cites, as ``"id:claim"``.
        instances: dotted paths ``module:object`` of the property tests on torch layers.
        sampler: draws values for symbols that random rational points would hardly hit.
        remark: what the statement does not say, or where the literature differs.
    """

    id: str
    group: str
    title: str
    source: Source
    claims: tuple[Claim, ...]
    controls: tuple[Control, ...]
    hypotheses: tuple[Hypothesis, ...] = ()
    dependencies: tuple["Statement", ...] = ()
    instances: tuple[str, ...] = ()
    sampler: Sampler | None = field(default=None, compare=False)
    remark: str = ""

    def claim(self, name: str) -> Claim:
        """The claim of that name.

        Args:
            name: of the claim.

        Returns:
            The claim.

        Raises:
            KeyError: if there is none.
        """
        return {claim.name: claim for claim in self.claims}[name]

    @cached_property
    def citable(self) -> dict[str, Given]:
        """Its claims as later derivations may cite them, by ``"id:claim"``; existence, at one point, is not citable."""
        return {
            f"{self.id}:{claim.name}": Given(claim.goal, *(h.relation for h in self.assumed(claim)))
            for claim in self.claims
            if claim.exists is None
        }

    def assumed(self, claim: Claim) -> tuple[Hypothesis, ...]:
        """The hypotheses of the statement and of one of its claims."""
        return (*self.hypotheses, *claim.given)

    @property
    def conclusion(self) -> tuple[Proposition, ...]:
        """The goals of all claims, as SymPy propositions."""
        return tuple(claim.goal for claim in self.claims)

    @property
    def latex(self) -> str:
        """The hypotheses and the conclusion in LaTeX, one claim a line."""
        goals = r" \\ ".join(latex(goal) for goal in self.conclusion)
        given = ",\\; ".join(latex(hypothesis.relation) for hypothesis in self.hypotheses)
        return rf"{given} \implies {goals}" if given else goals


# -- builders that keep proof files readable ------------------------------------------------------------------


def step(
    rule: str, fact: Proposition, uses: str | Iterable[str] = (), certificate: Any = None, label: str = ""
) -> Step:
    """A step; ``uses`` may be one string with names separated by spaces."""
    names = tuple(uses.split()) if isinstance(uses, str) else tuple(uses)
    return Step(rule, fact, names, certificate, label)


def claim(
    name: str,
    goal: Proposition,
    *steps: Step,
    by: str = "",
    uses: str = "",
    certificate: Any = None,
    given: tuple[Hypothesis, ...] = (),
    text: str = "",
) -> Claim:
    """A claim whose last step states its goal by the rule ``by``, after ``steps``."""
    last = (step(by, goal, uses, certificate),) if by else ()
    return Claim(name, goal, (*steps, *last), given, text=text)


def exists(name: str, goal: Proposition, witness: Mapping[str, Any], uses: str = "", text: str = "") -> Claim:
    """A claim of existence: the goal holds at the witness, and so do the hypotheses in ``uses``."""
    return Claim(name, goal, (step("witness", goal, uses, dict(witness)),), exists=witness, text=text)


def chain(name: str, start: Expr, *links: tuple[Any, ...], text: str = "") -> Claim:
    """A claim ``start = ... = end`` by links ``(rule, term)`` or ``(rule, term, uses)``, joined by transitivity."""
    steps: list[Step] = []
    here = start
    for k, (rule, term, *uses) in enumerate(links):
        steps.append(step(rule, equal(here, term), uses[0] if uses else "", label=f"{name}.{k + 1}"))
        here = term
    if len(steps) > 1:
        steps.append(step("transitivity", equal(start, here), [link.label for link in steps]))
    return Claim(name, equal(start, here), tuple(steps), text=text)
