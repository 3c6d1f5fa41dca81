"""What each checker makes of a mutant: it refutes it, cannot tell, or accepts it.

Ball arithmetic looks at points only and accepts nothing. Coq searches for no counterexample: it accepts a mutant that
the theorem about the true claim proves as well, and else has nothing to say.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from phase_latency.checkers.ball.points import check_claim
from phase_latency.checkers.cache import Cache
from phase_latency.checkers.coq.building import BuildError, folder_of
from phase_latency.checkers.coq.printer import OutsideFragmentError, coq_name, proposition
from phase_latency.checkers.coq.sources import Sources
from phase_latency.checkers.coq.ties import Tie, stated
from phase_latency.checkers.coq.toolchain import compiled
from phase_latency.checkers.smt.judging import Judge
from phase_latency.checkers.verdict import shortened
from phase_latency.ledger.domains import BALL, CLOSED, Domain, NoValue
from phase_latency.ledger.evaluation import Unevaluable, truth
from phase_latency.ledger.models import Model
from phase_latency.mutation.derivations import derives
from phase_latency.mutation.mutants import Mutant

Verdict = Literal["refuted", "undecided", "accepted"]

_SECONDS = 5  # in which Coq compares the theorem with a mutant


@dataclass(frozen=True)
class Judgement:
    """What the checkers but Coq make of a mutant.

    Attributes:
        verdicts: by name of the checker.
        against: what refutes it, if a checker found that by itself.
    """

    verdicts: Mapping[str, Verdict]
    against: str


def judged(mutant: Mutant, point: Model | None, cache: Cache, seed: int = 0) -> Judgement:
    """What all checkers but Coq make of a mutant.

    Args:
        mutant: the changed claim.
        point: at which it is known to fail, if it is.
        cache: of the solvers' replies.
        seed: of the random points of ball arithmetic.

    Returns:
        verdicts, and what refutes it.
    """
    at_random = check_claim(mutant.mutated, mutant.claim, seed)
    solvers = Judge(mutant.mutated, cache).claim(mutant.claim)
    verdicts: dict[str, Verdict] = {
        "sympy": "accepted" if derives(mutant) else _at(mutant, point, CLOSED),
        "smt": "accepted" if solvers.word == "UNSAT" else "refuted" if solvers.word == "REFUTED" else "undecided",
        "ball": "refuted" if at_random.word == "REFUTED" else _at(mutant, point, BALL),
    }
    refutations = [f"false {each.detail}" for each in (solvers, at_random) if each.word == "REFUTED"]
    return Judgement(verdicts, "; ".join(refutations[:1]))


def _at(mutant: Mutant, point: Model | None, domain: Domain) -> Verdict:
    """Whether one arithmetic alone certifies that it is false, or has no value, at the point."""
    if point is None:
        return "undecided"
    try:
        return "refuted" if truth(mutant.goal, point, domain) is False else "undecided"
    except NoValue:
        return "refuted"
    except Unevaluable:
        return "undecided"


def judged_by_coq(mutants: Sequence[Mutant], theorems: Sources) -> Mapping[str, Verdict]:
    """Which mutants follow, as they stand, from the theorems about the true claims.

    Args:
        mutants: the changed claims.
        theorems: of the package.

    Returns:
        verdicts by id of the mutant.

    Raises:
        BuildError: the theorems do not build, or what is printed of the mutants is no Coq.
        UnfinishedError: Coq takes too long.
    """
    ties, by = [], {}
    for number, mutant in enumerate(mutants):
        try:
            tie = Tie(f"mutant_{number}", proposition(mutant.hypotheses, mutant.goal))
        except OutsideFragmentError:
            continue
        ties.append(tie)
        by[tie.name] = mutant
    lemmas = [_attempt(name, coq_name(mutant.statement, mutant.of.name)) for name, mutant in by.items()]
    with folder_of(theorems) as folder:
        for file, text in {"Stated": stated(ties), "Mutants": _REQUIRED + "\n".join(lemmas)}.items():
            (folder / f"{file}.v").write_text(text, encoding="utf-8")
            said = compiled(folder, file)
            if not said.accepted:
                raise BuildError(f"{file}.v does not compile: {shortened(said.said)}")
    accepted = {by[name].id for name in re.findall(r"accepted (mutant_\d+)", said.said)}
    return {mutant.id: "accepted" if mutant.id in accepted else "undecided" for mutant in mutants}


_REQUIRED = "Require Import Main.\nRequire Stated.\n\n"


def _attempt(name: str, theorem: str) -> str:
    """A proof that is begun, and left."""
    return (
        f"Goal Stated.{name}.\n"
        f'Proof. first [ timeout {_SECONDS} (exact {theorem}); idtac "accepted {name}" | idtac ]. Abort.\n'
    )
