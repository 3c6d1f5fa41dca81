"""Deciding a derivation, step by step, and refusing the negative controls.

A derivation is a proof only if each rule says yes to its step, ball arithmetic at random rational points does not
contradict it, and the last step of each claim states the claim. One step that cannot be decided leaves the statement
undecided; one that is refuted fails it, with the point at which it is false.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sympy import Eq

from phase_latency.ledger.discovery import statement
from phase_latency.ledger.evaluation import BALL, CLOSED, Domain, Unevaluable, truth
from phase_latency.ledger.models import Model, Sampler, fails_at, random_models
from phase_latency.ledger.normal_form import Undecided
from phase_latency.ledger.rules import RULES
from phase_latency.ledger.statement import Claim, Control, Hypothesis, Statement, Step
from phase_latency.ledger.terms import Given, Iff, Proposition

Outcome = Literal["yes", "no", "cannot decide"]
Status = Literal["DERIVED", "FAILED", "UNDECIDED"]

CHALLENGES = 6  # random rational points at which ball arithmetic tries to refute each step
SEARCHES = 40  # random points tried for a counterexample where none are given


@dataclass(frozen=True)
class Decision:
    """What became of one step.

    Attributes:
        step: the step.
        outcome: yes, no, or cannot decide.
        reason: why it is not yes; empty for yes.
        witness: for no, a point at which everything the step uses holds and its fact does not.
        challenges: number of points at which ball arithmetic evaluated the fact and did not refute it.
    """

    step: Step
    outcome: Outcome
    reason: str = ""
    witness: Model | None = None
    challenges: int = 0


@dataclass(frozen=True)
class Refusal:
    """What the checkers made of a negative control.

    Attributes:
        control: the false variant.
        refused_by: checkers that certified it false at the witness.
        witness: the point, as text by symbol.
        reason: why nobody refused it, else empty.
    """

    control: Control
    refused_by: tuple[str, ...]
    witness: Mapping[str, str]
    reason: str = ""


@dataclass(frozen=True)
class Proof:
    """The decided derivation of a statement.

    Attributes:
        statement: what was to be proved.
        decisions: by name of the claim, in order.
        refusals: of its negative controls.
    """

    statement: Statement
    decisions: Mapping[str, tuple[Decision, ...]]
    refusals: tuple[Refusal, ...]

    @property
    def status(self) -> Status:
        """DERIVED if there are steps, every one was decided with yes, and every control refused."""
        outcomes = [decision.outcome for decisions in self.decisions.values() for decision in decisions]
        if "no" in outcomes or any(not refusal.refused_by for refusal in self.refusals):
            return "FAILED"
        return "UNDECIDED" if "cannot decide" in outcomes or not outcomes else "DERIVED"

    @property
    def hypotheses_used(self) -> frozenset[str]:
        """Names of the hypotheses that some step uses."""
        used = {name for decisions in self.decisions.values() for decision in decisions for name in decision.step.uses}
        return frozenset(h.name for claim in self.statement.claims for h in self.statement.assumed(claim)) & used


def derive(statement: Statement, seed: int = 0) -> Proof:
    """Decide the derivation of a statement and try its controls.

    Args:
        statement: with its derivation.
        seed: of the random points.

    Returns:
        The proof, whatever its status.
    """
    decisions = {claim.name: _decide(statement, claim, seed) for claim in statement.claims}
    refusals = tuple(refuse(statement, control) for control in statement.controls)
    return Proof(statement, decisions, refusals)


def known_facts(statement: Statement, claim: Claim, without: Collection[str] = ()) -> dict[str, Proposition]:
    """What the derivation of a claim may use from the start, by name.

    These are its hypotheses, earlier claims of the statement that assume no more, and, to be cited with other terms or
    within an interval, earlier claims with their hypotheses and claims of its dependencies.

    Args:
        statement: to which the claim belongs.
        claim: to be derived.
        without: names of hypotheses that are left out, and with them the earlier claims that assume one of them.

    Returns:
        The facts by name.
    """
    assumed = {h.name: h.relation for h in statement.assumed(claim) if h.name not in without}
    known: dict[str, Proposition] = {**assumed}
    for earlier in statement.claims[: statement.claims.index(claim)]:
        if {h.name for h in statement.assumed(earlier)} <= assumed.keys() and earlier.exists is None:
            known[earlier.name] = earlier.goal
        if earlier.exists is None:
            known[f"{statement.id}:{earlier.name}"] = statement.citable[f"{statement.id}:{earlier.name}"]
    for dependency in statement.dependencies:
        known.update(dependency.citable)
    return known


def _decide(statement: Statement, claim: Claim, seed: int) -> tuple[Decision, ...]:
    assumed = statement.assumed(claim)
    challenges = list(random_models([h.relation for h in assumed], seed, CHALLENGES, statement.sampler))
    decisions = decide_claim(claim, _proved_facts(statement, claim), challenges, statement.sampler, seed)
    gap = ""
    if claim.exists is None and not challenges:
        gap = "no point was found at which the hypotheses hold, so it may say nothing; a sampler can draw such points"
    if claim.exists is not None and not {h.name for h in assumed} <= {name for s in claim.steps for name in s.uses}:
        gap = "the witness is not shown to satisfy every hypothesis"
    return (*decisions, Decision(Step("", claim.goal), "cannot decide", gap)) if gap else decisions


def _proved_facts(statement: Statement, claim: Claim) -> dict[str, Proposition]:
    """The known facts without the claims of dependencies whose own derivations do not go through."""
    facts = known_facts(statement, claim)
    used = {name for step in claim.steps for name in step.uses}
    for dependency in statement.dependencies:
        for cited in dependency.claims:
            name = f"{dependency.id}:{cited.name}"
            if name in used and not _is_derived(dependency, cited):
                facts.pop(name, None)
    return facts


def _is_derived(statement: Statement, claim: Claim) -> bool:
    """Whether the rules say yes to every step of a claim and of those before it; nothing is challenged again."""
    claims = statement.claims[: statement.claims.index(claim) + 1]
    decided = (decision for one in claims for decision in decide_claim(one, _proved_facts(statement, one)))
    return all(decision.outcome == "yes" for decision in decided)


def decide_claim(
    claim: Claim,
    known: Mapping[str, Proposition],
    challenges: Sequence[Model] = (),
    sampler: Sampler | None = None,
    seed: int = 0,
) -> tuple[Decision, ...]:
    """Decide the steps of a claim in order; a decided fact is known to the later ones under its label.

    Args:
        claim: the claim with its steps.
        known: hypotheses and cited claims by name.
        challenges: points that satisfy the hypotheses.
        sampler: for the search of a counterexample where no points are given.
        seed: of that search.

    Returns:
        One decision for each step; a further one, "cannot decide", if together they are no proof of the goal.
    """
    facts = dict(known)
    decisions = []
    for step in claim.steps:
        decision = decide_step(step, facts, challenges, sampler, seed)
        decisions.append(decision)
        if step.label and decision.outcome == "yes":
            facts[step.label] = step.fact
    gap = _gap(claim)
    if gap:
        decisions.append(Decision(Step("", claim.goal), "cannot decide", gap))
    return tuple(decisions)


def _gap(claim: Claim) -> str:
    """What keeps the steps, even if each is right, from being a proof of the claim; the empty string if nothing."""
    if not claim.steps or claim.steps[-1].fact != claim.goal:
        return "the last step does not state the claim"
    by_witness = [step.rule == "witness" for step in claim.steps]
    if claim.exists is None and any(by_witness):
        return "a witness proves that there is such a point, not that the claim holds at every point"
    if claim.exists is not None and (by_witness != [True] or claim.steps[0].certificate != claim.exists):
        return "a claim of existence is proved by its witness alone"
    return ""


def decide_step(
    step: Step,
    facts: Mapping[str, Proposition],
    challenges: Sequence[Model] = (),
    sampler: Sampler | None = None,
    seed: int = 0,
) -> Decision:
    """Decide one step: by its rule, then against ball arithmetic.

    Args:
        step: the step.
        facts: what may be used, by name.
        challenges: points that satisfy the hypotheses.
        sampler: for the search of a counterexample where no points are given.
        seed: of that search.

    Returns:
        The decision.
    """
    reason = why_not(step, facts)
    if reason:
        return _not_proved(step, facts, reason, challenges, sampler, seed)
    if step.rule == "witness":  # it is about one point, not about every point
        return Decision(step, "yes")
    tried = 0
    for point in challenges:
        try:
            verdict = truth(step.fact, point, BALL)
        except Unevaluable:
            continue
        tried += 1
        if verdict is False:
            return Decision(step, "no", "ball arithmetic refutes it", point)
    if challenges and not tried:
        return Decision(step, "cannot decide", "ball arithmetic has no value for it at any of the points")
    return Decision(step, "yes", challenges=tried)


def why_not(step: Step, facts: Mapping[str, Proposition]) -> str:
    """Why a step does not go through by its rule; the empty string if it does.

    Args:
        step: the step.
        facts: what may be used, by name.

    Returns:
        The reason in words.
    """
    missing = [name for name in step.uses if name not in facts]
    if missing:
        return f"it uses {', '.join(missing)}, which is not known at this point"
    if step.rule not in RULES:
        return f"there is no rule {step.rule!r}; rules are {', '.join(RULES)}"
    if _trivial(step.fact):
        return "both sides are the same term, so it states nothing"
    try:
        RULES[step.rule].prove(step.fact, [facts[name] for name in step.uses], step.certificate)
    except Undecided as undecided:
        return str(undecided)
    except (TypeError, ValueError, AttributeError, KeyError) as malformed:
        return f"its fact or certificate is not of the form the rule takes: {malformed}"
    return ""


def _trivial(fact: Proposition) -> bool:
    if isinstance(fact, (Eq, Iff)):
        return bool(fact.args[0] == fact.args[1])
    return not hasattr(fact, "args") or not fact.args


def _not_proved(
    step: Step,
    facts: Mapping[str, Proposition],
    reason: str,
    challenges: Sequence[Model],
    sampler: Sampler | None,
    seed: int,
) -> Decision:
    """Tell a false step from one that the rule could not decide."""
    used = [facts[name] for name in step.uses if name in facts]
    relations = [fact for fact in used if not isinstance(fact, Given)]
    for point in challenges or random_models(relations, seed, SEARCHES, sampler, tries=SEARCHES):
        if fails_at(step.fact, point, BALL) and not any(fails_at(fact, point, BALL) for fact in relations):
            return Decision(step, "no", reason, point)
    return Decision(step, "cannot decide", reason)


# -- negative controls ----------------------------------------------------------------------------------------


def refuse(statement: Statement, control: Control) -> Refusal:
    """Let each checker try the control: it must fail at its witness, and its derivation must not go through.

    Args:
        statement: the true statement.
        control: its false variant.

    Returns:
        Who refused it, or why nobody did.
    """
    original = statement.claim(control.of)
    goal = original.goal if control.goal is None else control.goal
    known = known_facts(statement, original, control.drops)
    if not control.drops:  # the steps before the last are those of the true claim, decided with it
        known |= {step.label: step.fact for step in original.steps[:-1]}
    point = Model(control.witness)
    if accepts(original, goal, known):
        return Refusal(control, (), point.describe(), "the derivation goes through for the false variant")
    hypotheses = [h for h in statement.assumed(original) if h.name not in control.drops]
    admitted = _admits(hypotheses, point)
    refused_by = tuple(name for name, domain in CHECKERS.items() if admitted and fails_at(goal, point, domain))
    reason = "" if refused_by else "its witness does not refute it" if admitted else "a hypothesis fails at its witness"
    return Refusal(control, refused_by, point.describe(), reason)


CHECKERS: Mapping[str, Domain] = {"sympy": CLOSED, "ball": BALL}


def accepts(claim: Claim, goal: Proposition, known: Mapping[str, Proposition]) -> bool:
    """Whether the derivation of a claim still goes through for another goal, from what is known.

    Args:
        claim: the claim with its derivation.
        goal: put in place of the fact of the last step.
        known: facts by name; a step no longer uses what is neither here nor derived before. Steps whose label is
            among them are not decided again.

    Returns:
        Whether every rule says yes.
    """
    facts = dict(known)
    pending = [step for step in claim.steps[:-1] if step.label not in known]
    for step in (*pending, replace(claim.steps[-1], fact=goal)):
        step = replace(step, uses=tuple(name for name in step.uses if name in facts))
        if why_not(step, facts):
            return False
        facts[step.label] = step.fact
    return True


def _admits(hypotheses: Sequence[Hypothesis], point: Model) -> bool:
    """Whether the hypotheses hold at the point, certified by either domain."""
    try:
        return all(any(truth(h.relation, point, domain) for domain in CHECKERS.values()) for h in hypotheses)
    except Unevaluable:
        return False


def prove(identifier: str, seed: int = 0) -> Proof:
    """Derive a statement of the ledger.

    Args:
        identifier: its permanent id, such as ``"lemma-1"``.
        seed: of the random points at which steps are challenged.

    Returns:
        The decided derivation.

    Raises:
        UnknownStatementError: if the ledger has no such statement.
    """
    return derive(statement(identifier), seed)
