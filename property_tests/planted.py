"""Statements from outside the package, true and false, and how a test registers them in the ledger."""

from dataclasses import dataclass

from phase_latency.ledger import discovery
from phase_latency.ledger.statement import Control, Source, Statement, claim
from phase_latency.ledger.terms import equal, real

a, b = real("a"), real("b")


def square_of_sum(identifier="square-of-sum", cross=2, control=3, instances=()):
    """``(a + b)^2 = a^2 + cross a b + b^2``, true for cross = 2, with the control `control` in its place."""

    def square(factor):
        return equal((a + b) ** 2, a**2 + factor * a * b + b**2)

    ones = {"a": 1, "b": 1}

    return Statement(
        identifier,
        group="Z",
        title="The square of a sum",
        source=Source("Euclid, Elements", "II.4"),
        claims=(claim("square", square(cross), by="ring"),),
        controls=(
            Control("cross-term", "another cross term", "square", ones, square(control)),
            Control("no-cross-term", "no cross term", "square", ones, square(0)),
        ),
        instances=instances,
    )


@dataclass(frozen=True)
class Entry:
    """An entry point of another package; it is its own module."""

    STATEMENTS: tuple
    name: str = "planted"
    value: str = "planted_package.planted_proofs"

    def load(self):
        return self


def register(monkeypatch, *statements):
    """Let the ledger find statements as if an installed package registered them."""
    monkeypatch.setattr(discovery, "entry_points", lambda group: [Entry(statements)])
