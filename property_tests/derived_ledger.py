"""The derivations of the ledger: each is made once in a process, when a test first asks for it."""

from functools import cache

from phase_latency.ledger import derive, statement, statements

IDENTIFIERS = tuple(one.id for one in statements())

# A ball never certifies an equation between numbers that are no binary fractions; these false variants need one.
EXACT_ONLY = {"period-without-frequency", "strict", "one-position", "wrapped-phase"}


@cache
def derived(identifier):
    """What `derive` finds of a statement of the ledger."""
    return derive(statement(identifier))
