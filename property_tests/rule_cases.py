"""The variables of the tests of the proof kit, and the form of a case for a rule."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pytest

from phase_latency.ledger.models import Model
from phase_latency.ledger.rules import RULES
from phase_latency.ledger.terms import Proposition, index, integer, matrix, real, sequence, total, vector

a, x, y, z = real("a"), real("x"), real("y"), real("z")
h, k, m, n = integer("h"), integer("k"), integer("m"), integer("n")
d, d_k = integer("d"), integer("d_k")
i, j = index("i", h), index("j", h)  # two indices of one range
i_n, j_n = index("i", n), index("j", n)  # the same names in another range
u, v, w = sequence("u"), sequence("v"), sequence("w")
P, Q, R = vector("P", d), vector("Q", d), vector("R", d)
A, B = matrix("A", d, d), matrix("B", d, d)
W = matrix("W", d, d_k)


def summed(term: Any) -> Any:
    """Sum over the whole range of ``i``."""
    return total(term, i)


class Case(NamedTuple):
    """A fact, and what a step would use to prove it by a rule."""

    name: str
    rule: str
    fact: Proposition
    facts: Sequence[Proposition] = ()
    certificate: Any = None
    at: Mapping[str, Any] | None = None  # for a false fact: values at which only the fact fails

    def decide(self) -> None:
        """Ask the rule; it raises if it does not prove the fact."""
        RULES[self.rule].prove(self.fact, self.facts, self.certificate)

    @property
    def point(self) -> Model:
        """The point at which the fact fails."""
        return Model(self.at or {})


def each(cases: Sequence[Case]) -> pytest.MarkDecorator:
    """One test for each case, named after it."""
    return pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.rule}: {case.name}") for case in cases])
