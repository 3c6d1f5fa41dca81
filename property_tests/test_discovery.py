"""Statements of other packages: found through the entry-point group, derived if true, and never if false."""

import sys
import textwrap

import pytest

import phase_latency as pl
from phase_latency.errors import ArgumentError, UnknownStatementError
from phase_latency.ledger import discovery

MODULE = """
    from phase_latency.ledger.statement import Control, Source, Statement, claim
    from phase_latency.ledger.terms import equal, real

    a, b = real("a"), real("b")

    def square(identifier, right):
        return Statement(
            identifier, "X", "The square of a sum", Source("algebra", "line 1"),
            claims=(claim("square", equal((a + b) ** 2, right), by="ring"),),
            controls=(
                Control("no-cross-term", "2ab left out", "square", {"a": 1, "b": 1},
                        goal=equal((a + b) ** 2, a**2 + b**2)),
                Control("minus", "-2ab", "square", {"a": 1, "b": 1},
                        goal=equal((a + b) ** 2, a**2 - 2 * a * b + b**2)),
            ),
        )

    STATEMENTS = (square("outside-true", a**2 + 2 * a * b + b**2), square("outside-false", a**2 + a * b + b**2))
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A function that installs a module with an entry point, as pip would."""

    def install(source, name="outside_proofs"):
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(source), encoding="utf-8")
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[phase_latency.statements]\nmine = {name}\n", encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, name, raising=False)

    return install


def test_outside_statements_join_the_ledger_and_only_the_true_one_is_derived(package):
    own = [statement.id for statement in pl.statements()]
    package(MODULE)
    assert [statement.id for statement in pl.statements()] == [*own, "outside-true", "outside-false"]
    assert pl.prove("outside-true").status == "DERIVED"
    assert pl.prove("outside-false").status == "FAILED"


def test_a_module_without_statements_is_refused(package):
    package("x = 1")
    with pytest.raises(ArgumentError, match=r"entry point mine.*STATEMENTS"):
        pl.statements()


def test_an_identifier_that_occurs_twice_is_refused(package):
    package(MODULE.replace("outside-true", "lemma-1"))
    with pytest.raises(ArgumentError, match="lemma-1"):
        pl.statements()


def test_identifiers_are_unique_and_in_the_order_of_their_groups():
    found = pl.statements()
    assert len({statement.id for statement in found}) == len(found)
    assert [statement.group for statement in found] == sorted(statement.group for statement in found)
    assert len(found) == 46


def test_an_unknown_identifier_lists_the_near_ones():
    with pytest.raises(UnknownStatementError, match="lemma-1-cosine"):
        discovery.statement("lemma-1-cosin")
