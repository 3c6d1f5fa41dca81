"""How long derivations take: all of them, and one by one at symbolic and at numeric sizes.

Run with ``pytest property_tests/benchmarks/bench_derivations.py --benchmark-enable``. A derivation never looks at the
size, so the rows of one statement at d = 4, 64, 1024 and at symbolic d should not differ.
"""

import pytest

import phase_latency as pl
from phase_latency.ledger import derive
from phase_latency.ledger.proof import known_facts, why_not
from phase_latency.ledger.serial import _statement, derivation_json


def at_width(data, width):
    """The JSON of a derivation with numbers in place of the sizes ``d`` (width) and ``h = d/2`` (channels)."""
    sizes = {("integer", "d"): width, ("integer", "h"): width // 2}
    if isinstance(data, dict):
        return {key: at_width(value, width) for key, value in data.items()}
    if isinstance(data, list):
        if len(data) == 2 and all(isinstance(part, str) for part in data) and tuple(data) in sizes:
            return sizes[tuple(data)]
        return [at_width(part, width) for part in data]
    return data


def decide(statement):
    """Decide every step by its rule; hypotheses on the size itself have become statements about numbers."""
    for claim in statement.claims:
        facts = dict(known_facts(statement, claim))
        for step in claim.steps:
            assert why_not(step, facts) == "", (step.label, why_not(step, facts))
            facts[step.label] = step.fact


def test_all_statements(benchmark):
    benchmark(lambda: [derive(statement) for statement in pl.statements()])


@pytest.mark.parametrize("width", ["symbolic", 4, 64, 1024])
@pytest.mark.parametrize("identifier", ["gram-toeplitz", "lemma-1", "lemma-1-cosine", "additive-no-global-scale"])
def test_one_statement_at_a_width(benchmark, identifier, width):
    statement = {found.id: found for found in pl.statements()}[identifier]
    data = derivation_json(statement)
    read = _statement(data if width == "symbolic" else at_width(data, width))
    benchmark.group = identifier
    benchmark(decide, read)
