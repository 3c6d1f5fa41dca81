"""What the replies of two solvers amount to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Rational

from phase_latency.checkers.cache import Cache
from phase_latency.checkers.smt.atoms import Variable
from phase_latency.checkers.smt.queries import Query, circle_query, control_query, existence_query, stage_queries
from phase_latency.checkers.smt.solvers import Reply, Word, cvc5_says, versions, z3_says
from phase_latency.checkers.smt.staging import Stage, ways
from phase_latency.checkers.smt.text import OutsideLanguageError
from phase_latency.checkers.smt.values import needed_for_a_value
from phase_latency.checkers.verdict import Answer, shortened
from phase_latency.ledger.evaluation import EXACT
from phase_latency.ledger.models import Model, fails_at, holds_at
from phase_latency.ledger.statement import Claim, Control, Statement
from phase_latency.ledger.terms import Proposition


@dataclass(frozen=True)
class Question:
    """A question on which an answer rests.

    Attributes:
        about: the claim or control.
        text: declarations and assertions.
        word: what both solvers say of a claim, and z3 of a control.
    """

    about: str
    text: str
    word: Word


class Judge:
    """Answers for one statement.

    Args:
        statement: of the claims and controls.
        cache: of replies.

    Attributes:
        questions: on which the answers so far rest.
    """

    def __init__(self, statement: Statement, cache: Cache) -> None:
        self._statement = statement
        self._cache = cache
        self.questions: list[Question] = []

    def claim(self, claim: Claim) -> Answer:
        """What the solvers say of a claim.

        Args:
            claim: of the statement.

        Returns:
            UNSAT with the stages and sizes; else OUTSIDE, UNDECIDED, REFUTED or FAILED.
        """
        try:
            if claim.exists is not None:
                query = existence_query(self._statement, claim)
                return self._answer(claim, [("at the point that it names", [query])], [query])
            hypotheses = [hypothesis.relation for hypothesis in self._statement.assumed(claim)]
            tried, direct = _tried(hypotheses, claim.goal)
            needed = {one: _tried(hypotheses, one)[0] for one in needed_for_a_value(claim.goal)}
        except OutsideLanguageError as problem:
            return Answer("OUTSIDE", str(problem))
        answer = self._answer(claim, tried, direct)
        for one, questions in needed.items() if answer.word == "UNSAT" else ():
            if not any(self._settled(claim, queries) for _, queries in questions):
                return Answer("UNDECIDED", f"it has a value only where {shortened(one)}, which is not known")
        return answer

    def control(self, control: Control) -> Answer:
        """What the solvers say of a false variant.

        Args:
            control: of the statement.

        Returns:
            REFUTED with the values that z3 found, if exact arithmetic confirms them; UNSAT, which is an alarm, if both
            solvers take it for true at the sizes of its witness; else OUTSIDE or UNDECIDED.
        """
        claim = self._statement.claim(control.of)
        try:
            query = control_query(self._statement, control)
        except OutsideLanguageError as problem:
            return Answer("OUTSIDE", str(problem))
        first = self._z3(query.text, query.variables)
        if query.functions and first.word != "unsat":
            return Answer("OUTSIDE", "a solution for variables in place of functions is none for functions")
        second = self._cvc5(query.text)
        if first.word == second == "unsat":
            return Answer("UNSAT", _at([query]))
        if "unsat" in (first.word, second):
            return Answer("FAILED", f"z3 says {first.word}, cvc5 says {second}")
        goal = claim.goal if control.goal is None else control.goal
        kept = [each.relation for each in self._statement.assumed(claim) if each.name not in control.drops]
        answer = _confirmed(query, first, kept, goal)
        if answer.word == "REFUTED":
            self.questions.append(Question(f"control {control.name}", query.text, "sat"))
        return answer

    def _answer(self, claim: Claim, tried: Sequence[tuple[str, Sequence[Query]]], direct: Sequence[Query]) -> Answer:
        """The first way on which both solvers refuse every question; or why there is none."""
        for name, queries in tried:
            if self._settled(claim, queries):
                if not any(self._possible(query) for query in direct):
                    return Answer("UNDECIDED", "it is not known whether the hypotheses can be satisfied")
                return Answer("UNSAT", name)
        whole = direct[-1]
        first = self._z3(whole.text, whole.variables)
        if whole.functions and first.word != "unsat":
            return Answer("OUTSIDE", f"more has to be known of its functions: z3 says {first.word}")
        second = self._cvc5(whole.text)
        if {first.word, second} == {"sat", "unsat"}:
            return Answer("FAILED", f"z3 says {first.word}, cvc5 says {second}")
        if first.word == "sat":
            hypotheses = [hypothesis.relation for hypothesis in self._statement.assumed(claim)]
            return _confirmed(whole, first, hypotheses, claim.goal)
        return Answer("UNDECIDED", f"z3 says {first.word}, cvc5 says {second}")

    def _settled(self, claim: Claim, queries: Sequence[Query]) -> bool:
        """Whether both solvers refuse all; what is left at the end of a proof is the hardest, and asked first."""
        if any(self._z3(query.text).word != "unsat" for query in reversed(queries)):
            return False
        self._ask_cvc5([query.text for query in queries])
        if any(self._cvc5(query.text) != "unsat" for query in queries):
            return False
        self.questions += [Question(f"claim {claim.name}", query.text, "unsat") for query in queries]
        return True

    def _possible(self, query: Query) -> bool:
        """Whether the hypotheses alone can be satisfied, so that a proof is not empty."""
        return self._z3(query.assumed).word == "sat" or self._cvc5(query.assumed) == "sat"

    def _z3(self, text: str, variables: Sequence[Variable] = ()) -> Reply:
        content = _content("z3", text, tuple(variables))
        known = self._cache.get(content)
        if known is None:
            reply = z3_says(text, variables)
            known = [reply.word, {one.text: str(value) for one, value in reply.model.items()}]
            self._cache.put(content, known)
        word, values = known
        return Reply(word, {one: Rational(values[one.text]) for one in variables if one.text in values})

    def _cvc5(self, text: str) -> Word:
        self._ask_cvc5([text])
        word: Word = self._cache.get(_content("cvc5", text)) or "unknown"
        return word

    def _ask_cvc5(self, texts: Sequence[str]) -> None:
        """Keep the replies to what was not asked before; where it was stopped or crashed, there is none to keep."""
        new = [text for text in texts if self._cache.get(_content("cvc5", text)) is None]
        for text, word in zip(new, cvc5_says(new) if new else (), strict=False):
            self._cache.put(_content("cvc5", text), word)


def _content(solver: str, *question: object) -> str:
    """What a reply depends on."""
    return repr((versions(), solver, *question))


def _tried(hypotheses: Sequence[Proposition], goal: Proposition) -> tuple[list[tuple[str, list[Query]]], list[Query]]:
    """The questions of each way to prove a claim, with its name; and those of the claim in one piece."""
    *stages, whole = ways(hypotheses, goal)
    direct = stage_queries(whole[0])
    return [*((_name(way), _queries(way)) for way in stages), *_on_circles(stages), (_at(direct), direct)], direct


def _on_circles(stages: Sequence[Sequence[Stage]]) -> Iterator[tuple[str, list[Query]]]:
    """A way for equations of terms with sines and cosines."""
    for way in stages:
        if len(way) == 1 and (query := circle_query(way[0])) is not None:
            yield f"{way[0].name}, as an identity on circles, {_at([query])}", [query]


def _queries(way: Sequence[Stage]) -> list[Query]:
    return [query for stage in way for query in stage_queries(stage)]


def _name(way: Sequence[Stage]) -> str:
    """What a way is called, with the sizes at which it was asked."""
    asked = [stage_queries(stage) for stage in way]
    last = f"{way[-1].name}, {_at(asked[-1])}"
    parts = dict.fromkeys(_at(queries) for queries in asked[:-1] if queries[0].sizes)
    return f"{last}; that inner products are linear, {' and '.join(parts)}" if parts else last


def _at(queries: Sequence[Query]) -> str:
    """For which sizes something is asked."""
    sized = [query.at for query in queries if query.sizes]
    return " and ".join(f"at {at}" for at in sized) if sized else "for all sizes"


def _confirmed(query: Query, reply: Reply, hypotheses: Sequence[Any], goal: Any) -> Answer:
    """The values of a solver, put into the ledger's own proposition."""
    if reply.word != "sat" or len(reply.model) < len(query.variables):
        return Answer("UNDECIDED", f"z3 says {reply.word}, without rational values for all variables")
    point = Model(_values(query, reply.model))
    if holds_at(hypotheses, point, EXACT) and fails_at(goal, point, EXACT):
        return Answer("REFUTED", f"at {shortened(point)}")
    return Answer("UNDECIDED", f"exact arithmetic does not confirm the values of z3: {shortened(point)}")


def _values(query: Query, model: Mapping[Variable, Rational]) -> dict[str, Any]:
    """Values by name, as points are given."""
    found: dict[str, Any] = dict(query.sizes)
    for one, value in sorted(model.items(), key=lambda item: item[0].at):
        if not one.at:
            found[one.name] = value
        elif one.vector:
            found.setdefault(one.name, []).append(value)
        elif len(one.at) == 1:
            found.setdefault(one.name, {})[one.at[0]] = value
        else:
            rows = found.setdefault(one.name, [])
            rows.extend([] for _ in range(one.at[0] + 1 - len(rows)))
            rows[one.at[0]].append(value)
    return found
