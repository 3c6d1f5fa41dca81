"""Derivations of true mutants: by the claim's own steps, from the claim, or with a hypothesis that others imply."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from sympy import Expr, Ge, Gt, Le, Lt, MatrixExpr, Mul, factor

from phase_latency.ledger.proof import decide_claim, known_facts
from phase_latency.ledger.statement import Step
from phase_latency.ledger.terms import Proposition
from phase_latency.mutation import by_hand
from phase_latency.mutation.mutants import Mutant

_CLAIM = "the claim"  # under which a derivation uses the true claim
# Rules that need no certificate, tried on the true claim and on what its derivation knows.
_RULES = ("ring", "field", "trig", "exponential", "bilinear", "sum-linearity", "sum-congruence", "order", "indicator")


def derivation_of(mutant: Mutant) -> str:
    """A derivation of a mutant.

    Args:
        mutant: the changed claim.

    Returns:
        how it goes, in words; the empty string if none was found.
    """
    if derives(mutant):
        return "by the derivation of the claim itself"
    known = known_facts(mutant.statement, mutant.of, mutant.drops)
    if not mutant.drops and mutant.kind != "quantifier":
        known[_CLAIM] = mutant.of.goal
    write = by_hand.derivations().get(mutant.id)
    if write is not None and _goes_through(mutant, known | _lemmas(mutant), steps := (*write(mutant.goal),)):
        return f"by {', '.join(dict.fromkeys(step.rule for step in steps))}"
    for steps in (*_from_the_claim(mutant), *_with_what_is_implied(mutant)):
        used = {name for step in steps for name in step.uses}
        if used <= {*known, *(step.label for step in steps)} and _goes_through(mutant, known, steps):
            return _in_words(mutant, steps)
    return ""


def derives(mutant: Mutant) -> bool:
    """Whether the rules say yes to the derivation of the true claim, led to the changed goal.

    Args:
        mutant: the changed claim.

    Returns:
        whether they do; a step no longer uses what is not known.
    """
    facts = known_facts(mutant.statement, mutant.of, mutant.drops)
    labels = {step.label for step in mutant.claim.steps}
    steps = tuple(
        replace(step, uses=tuple(name for name in step.uses if name in facts or name in labels))
        for step in mutant.claim.steps
    )
    return _goes_through(mutant, facts, steps)


def _goes_through(mutant: Mutant, known: Mapping[str, Proposition], steps: tuple[Step, ...]) -> bool:
    decisions = decide_claim(replace(mutant.claim, steps=steps), known)
    return all(decision.outcome == "yes" for decision in decisions)


def _lemmas(mutant: Mutant) -> dict[str, Proposition]:
    """Claims that are written for a mutant and derived, and the true claim, each with its hypotheses."""
    cited = f"{mutant.statement.id}:{mutant.of.name}"
    found: dict[str, Proposition] = {cited: mutant.statement.citable[cited]} if mutant.of.exists is None else {}
    for lemma in by_hand.lemmas().get(mutant.id, ()):
        stated = replace(mutant.mutated, claims=(*mutant.mutated.claims, lemma))
        assumed = {each.name: each.relation for each in stated.assumed(lemma)}
        decisions = decide_claim(lemma, {**assumed, **found})
        if all(decision.outcome == "yes" for decision in decisions):
            found |= {f"{stated.id}:{lemma.name}": stated.citable[f"{stated.id}:{lemma.name}"]}
    return found


def _in_words(mutant: Mutant, steps: tuple[Step, ...]) -> str:
    if mutant.drops:
        return f"by the derivation of the claim itself: {mutant.drops[0]} follows from {' and '.join(steps[0].uses)}"
    last = steps[-1]
    return f"by {last.rule}" + (f", from {', '.join(last.uses)}" if last.uses else "")


def _from_the_claim(mutant: Mutant) -> Iterator[tuple[Step, ...]]:
    """The goal by one more step."""
    given = tuple(each.name for each in mutant.hypotheses)
    before = () if mutant.drops or mutant.kind == "quantifier" else mutant.of.steps[:-1]
    labels = tuple(step.label for step in before if step.label)
    for uses in ((), (_CLAIM,), (_CLAIM, *given), given, (*given, *labels)):
        for rule in (*_RULES, "transitivity"):
            yield (*before, Step(rule, mutant.goal, uses))
    slack, changed = _slack(mutant.of.goal), _slack(mutant.goal)
    if slack is not None and changed is not None:
        products = ((slack,), Mul.make_args(factor(changed - slack)))
        for uses in ((_CLAIM, *given), (_CLAIM, *given, *labels)):
            yield (*before, Step("order", mutant.goal, uses, products))


def _with_what_is_implied(mutant: Mutant) -> Iterator[tuple[Step, ...]]:
    """The steps of the claim, after one that derives the hypothesis that was left out from two others."""
    dropped = {each.name: each.relation for each in mutant.statement.assumed(mutant.of)}
    for name in mutant.drops:
        for pair in combinations(mutant.hypotheses, 2):
            slacks = [_slack(each.relation) for each in pair]
            if _slack(dropped[name]) is not None and None not in slacks:
                uses = tuple(each.name for each in pair)
                implied = Step("order", dropped[name], uses, tuple((slack,) for slack in slacks), label=name)
                yield (implied, *_cited(mutant), *mutant.claim.steps)


def _cited(mutant: Mutant) -> Iterator[Step]:
    """Earlier claims that assume what was left out, once more, now that it is implied."""
    used = {name for step in mutant.claim.steps for name in step.uses}
    for claim in mutant.statement.claims:
        assumed = tuple(each.name for each in mutant.statement.assumed(claim))
        if claim.name in used:
            itself = {one: one for one in sorted(claim.goal.free_symbols, key=str)[:1]}
            yield Step("instance", claim.goal, (f"{mutant.statement.id}:{claim.name}", *assumed), itself, claim.name)


def _slack(relation: Proposition) -> Expr | None:
    """By how much the greater side of an inequality of numbers is greater."""
    if not isinstance(relation, (Lt, Le, Gt, Ge)) or isinstance(relation.lhs, MatrixExpr):
        return None
    left, right = relation.args
    return left - right if isinstance(relation, (Gt, Ge)) else right - left
