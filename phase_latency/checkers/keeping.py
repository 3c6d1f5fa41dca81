"""What a checker said of the package's own statements, kept until anything changes that it may depend on.

A statement holds functions, such as the sampler of its points, so that its text does not say all that it is. What is
kept therefore goes by the text of every module of the package and of its proofs. A statement of somebody else, or one
that was made while the program runs, is asked about anew.
"""

import platform
from collections.abc import Callable, Sequence
from importlib.metadata import version

from phase_latency.checkers.cache import Cache
from phase_latency.checkers.verdict import Checked, Word
from phase_latency.ledger.discovery import own_folders, own_statements
from phase_latency.ledger.statement import Statement

_FINAL: frozenset[Word] = frozenset({"UNSAT", "CHECKED", "OUTSIDE"})  # of a claim
_FINAL_OF_CONTROL: frozenset[Word] = frozenset({"REFUTED", "OUTSIDE", "UNDECIDED"})


def kept(
    checker: str, tools: str, statements: Sequence[Statement], ask: Callable[[Statement], Checked], seed: int = 0
) -> dict[str, Checked]:
    """What a checker says; only what it has not said before is asked.

    Args:
        checker: its name, and that of its folder in the cache.
        tools: names and versions of what its answers depend on.
        statements: to be checked.
        ask: the checker.
        seed: of its random points.

    Returns:
        answers by id of the statement. An answer that is no yes is asked for again every time.

    Raises:
        UnwritableCacheError: an answer cannot be kept.
    """
    cache = Cache(checker, *own_folders())
    cache.check_writable()
    own = {id(one) for one in own_statements()}
    found = {}
    for one in statements:
        content = repr((platform.python_version(), version("sympy"), tools, one.id, seed))
        known = cache.get(content) if id(one) in own else None
        found[one.id] = ask(one) if known is None else Checked.from_dict(known)
        if known is None and id(one) in own and _is_final(found[one.id]):
            cache.put(content, found[one.id].to_dict())
    return found


def _is_final(checked: Checked) -> bool:
    """Whether asking again gives the same: nothing was missing, stopped or failed."""
    claims, controls = ({each.word for each in part.values()} for part in (checked.claims, checked.controls))
    return claims <= _FINAL and controls <= _FINAL_OF_CONTROL
