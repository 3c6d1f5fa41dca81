"""No rule proves anything false: random steps, and random points at which what was proved must not fail."""

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from random_steps import STEPS, counterexample, is_proved
from refuted_cases import REFUTED
from sympy import Add, Mul

from phase_latency.ledger import decision, facts
from phase_latency.ledger.rules import citation, equalities, indicators, logic, order, sums
from phase_latency.ledger.signs import Sign

SEEDS = st.integers(0, 2**32)  # of the points at which a step is tried


@pytest.mark.parametrize("kind", STEPS)
def test_what_is_proved_fails_at_no_point(kind):
    @given(step=STEPS[kind], seed=SEEDS)
    @settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
    def holds_everywhere(step, seed):
        if is_proved(step):
            assert counterexample(step, seed) is None

    holds_everywhere()


# -- rules made unsound -------------------------------------------------------------------------------------------


def unchecked(*_):
    """In place of a check: it never complains."""


def evaluated(head):
    """A constructor that cancels whatever cancels."""
    return lambda *arguments, evaluate=True: head(*arguments)


def in_scope(known):
    """All relations, whatever indices they speak of."""
    return tuple(fact.relation for fact in known.facts)


EASILY_FOUND = {
    "equality not decided": ("equations", equalities, "decide_equal", unchecked),
    "signs not decided": ("inequalities", order, "sign", lambda *_: Sign(True, True)),
}


@pytest.mark.parametrize("fault", EASILY_FOUND)
def test_twin_random_steps_find_an_unsound_rule(fault, monkeypatch):
    kind, place, name, replacement = EASILY_FOUND[fault]
    monkeypatch.setattr(place, name, replacement)
    step, seed = find(
        st.tuples(STEPS[kind], SEEDS),
        lambda drawn: is_proved(drawn[0]) and counterexample(*drawn) is not None,
        settings=settings(derandomize=True, phases=[Phase.generate], database=None),
    )
    assert counterexample(step, seed) is not None


PLANTED = {
    "equality not decided": [(equalities, "decide_equal", unchecked)],
    "signs not decided": [(order, "sign", lambda *_: Sign(True, True))],
    "denominators not certified": [(decision, "_certify", unchecked)],
    "multipliers that cancel": [(logic, "Mul", evaluated(Mul)), (logic, "Add", evaluated(Add))],
    "every index in scope": [(facts.Known, "usable", property(in_scope))],
    "indices captured": [(citation, "_check_indices", unchecked)],
    "empty ranges forgotten": [(citation, "_brought_in", lambda *_: frozenset())],
    "terms of either sign": [(sums, "sign", lambda *_: Sign(True, True))],
    "indicators whose relation is not decided": [(indicators, "decide_order", unchecked)],
    "reals for integers": [(citation, "_check_replacement", unchecked)],
}


@pytest.mark.parametrize("fault", PLANTED)
def test_twin_the_table_of_false_steps_finds_an_unsound_rule(fault, monkeypatch):
    assert not any(is_proved(case) for case in REFUTED)
    for place, name, replacement in PLANTED[fault]:
        monkeypatch.setattr(place, name, replacement)
    assert any(is_proved(case) for case in REFUTED)
