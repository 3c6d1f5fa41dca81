"""No rule proves anything false: random steps, and random points at which what was proved must not fail."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_steps import STEPS, is_proved, points, refutes
from refuted_cases import REFUTED
from sympy import Add, Mul

from phase_latency.ledger import decision, facts
from phase_latency.ledger.rules import citation, equalities, order

POINTS = st.lists(points(), min_size=4, max_size=4)


@pytest.mark.parametrize("kind", STEPS)
def test_what_is_proved_fails_at_no_point(kind):
    @given(step=STEPS[kind], tried=POINTS)
    @settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    def holds_everywhere(step, tried):
        if is_proved(step):
            assert not any(refutes(step, point) for point in tried)

    holds_everywhere()


def nothing_is_checked(*_):
    """In place of a check: it never complains."""


def evaluated(cls):
    """A constructor that cancels whatever cancels."""
    return lambda *arguments, evaluate=True: cls(*arguments)


PLANTED = {
    "equality not decided": [(equalities, "decide_equal", nothing_is_checked)],
    "denominators not certified": [
        (decision, "_certify", nothing_is_checked),
        (order, "Mul", evaluated(Mul)),
        (order, "Add", evaluated(Add)),
    ],
    "every index in scope": [
        (facts.Known, "usable", property(lambda known: tuple(fact.relation for fact in known.facts))),
    ],
    "indices captured": [(citation, "_check_indices", nothing_is_checked)],
    "reals for integers": [(citation, "_check_replacement", nothing_is_checked)],
}


@pytest.mark.parametrize("fault", PLANTED)
def test_twin_an_unsound_rule_is_found(fault, monkeypatch):
    """With the fault planted, a false step that the sound rules refuse goes through."""
    assert not any(is_proved(case) for case in REFUTED)
    for place, name, replacement in PLANTED[fault]:
        monkeypatch.setattr(place, name, replacement)
    assert any(is_proved(case) for case in REFUTED)
