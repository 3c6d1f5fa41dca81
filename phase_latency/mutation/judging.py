"""What each checker makes of a mutant: it refutes it, cannot tell, or accepts it.

Ball arithmetic looks at points only and accepts nothing. Coq searches for no counterexample: it accepts a mutant that
the theorem about the true claim proves as well, refutes one at the points that others have found, if its tactics can
compute there, and else has nothing to say.
"""

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from phase_latency.checkers.ball.points import check_claim
from phase_latency.checkers.cache import Cache
from phase_latency.checkers.coq.building import BuildError, folder_of
from phase_latency.checkers.coq.points import arguments
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

_SECONDS = 3  # in which Coq compares the theorem with a mutant, or computes at a point
_TRIED = 2  # points that Coq is given
_IN_A_FILE = 24  # mutants that Coq compiles in one piece
_TOGETHER = 2  # files that Coq compiles at the same time


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


def said_to_coq(mutant: Mutant, points: Sequence[Model]) -> tuple[str, ...]:
    """Points in the words of Coq.

    Args:
        mutant: the changed claim.
        points: at which it is false.

    Returns:
        values of its variables, for the first of the points of which all can be said.
    """
    said = []
    for point in points:
        try:
            said.append(arguments(mutant.hypotheses, mutant.goal, point.values))
        except OutsideFragmentError:
            continue
    return tuple(said[:_TRIED])


def judged_by_coq(
    mutants: Sequence[Mutant], theorems: Sources, points: Mapping[str, Sequence[str]]
) -> Mapping[str, Verdict]:
    """Which mutants follow, as they stand, from the theorems about the true claims, and which fail at a point.

    Args:
        mutants: the changed claims.
        theorems: of the package.
        points: at which they are false, in the words of Coq, by id of the mutant.

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
    attempts = [_attempts(name, mutant, points.get(mutant.id, ())) for name, mutant in by.items()]
    found = {by[name].id: verdict for name, verdict in _said(theorems, ties, attempts)}
    return {mutant.id: found.get(mutant.id, "undecided") for mutant in mutants}


def _said(theorems: Sources, ties: Sequence[Tie], attempts: Sequence[str]) -> list[tuple[str, Verdict]]:
    """Names of mutants, with what Coq makes of them."""
    with folder_of(theorems) as folder, ThreadPoolExecutor(_TOGETHER) as pool:

        def compile_(file: str, text: str) -> str:
            (folder / f"{file}.v").write_text(text, encoding="utf-8")
            done = compiled(folder, file)
            if not done.accepted:
                raise BuildError(f"{file}.v does not compile: {shortened(done.said)}")
            return done.said

        compile_("Stated", stated(ties))
        parts = [attempts[k : k + _IN_A_FILE] for k in range(0, len(attempts), _IN_A_FILE)]
        files = {f"Mutants_{k}": _REQUIRED + "\n".join(part) for k, part in enumerate(parts)}
        said = "\n".join(pool.map(compile_, files.keys(), files.values()))
    return [(name, _VERDICTS[word]) for word, name in re.findall(r"(accepted|refuted) (mutant_\d+)", said)]


_VERDICTS: Mapping[str, Verdict] = {"accepted": "accepted", "refuted": "refuted"}
_REQUIRED = """Require Import Main Defs Values.
Require Stated.
From Coq Require Import Reals ZArith.

Open Scope R_scope.

"""


def _attempts(name: str, mutant: Mutant, points: Sequence[str]) -> str:
    """Definitions that hold a proof of the mutant or of its negation, if one is found; the kernel accepts them."""
    theorem = coq_name(mutant.statement, mutant.of.name)
    refutations = [f"intros H; unfold Stated.{name} in H; specialize (H {point}); refuted H" for point in points]
    return _attempt("accepted", name, f"Stated.{name}", [f"exact {theorem}"]) + (
        _attempt("refuted", name, f"~ Stated.{name}", refutations) if points else ""
    )


def _attempt(verdict: str, name: str, proposition_: str, ways: Sequence[str]) -> str:
    tried = " | ".join(f'timeout {_SECONDS} (refine (Some _); {way}; idtac "{verdict} {name}")' for way in ways)
    return f"Definition {verdict}_{name} : option ({proposition_}) :=\n  ltac:(first [ {tried} | exact None ]).\n"
