"""How an assertion hands on what it found: in the error that it raises, and to whoever has asked for it.

Loads nothing but the standard library, so that test runners can listen before anything is checked.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from phase_latency.checking.profile import InvarianceProfile
    from phase_latency.checking.relation import Difference, Relation
    from phase_latency.checking.witness import Witness

_Found = TypeVar("_Found", "InvarianceProfile", "Relation")

# The list of the innermost `recorded` block; None outside of one, where nothing is kept.
_FINDINGS: ContextVar["list[InvarianceProfile | Relation] | None"] = ContextVar("phase_latency_findings", default=None)


class InvarianceAssertionError(AssertionError):
    """An encoding was found to be other than asserted.

    Args:
        message: what was asserted and found, several lines; the first of them says it all.
        profile: what `check` returned; None for relations.
        relation: what `compare` returned; None for invariances.
        program: Python source that shows the smallest witness; empty if there is none.
    """

    __module__ = "phase_latency.testing"  # where users import it from, and pytest shows it

    def __init__(
        self,
        message: str,
        profile: "InvarianceProfile | None" = None,
        relation: "Relation | None" = None,
        program: str = "",
    ) -> None:
        """Keep the arguments; see the class."""
        super().__init__(message)
        self.profile = profile
        self.relation = relation
        self.program = program

    @property
    def witness(self) -> "Witness | Difference | None":
        """The smallest example that shows it; None if there is none."""
        if self.relation is not None:
            return self.relation.witness
        witnesses = [row.witness for row in self.profile.rows if row.witness] if self.profile else []
        return witnesses[0] if witnesses else None

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from a worker process with what it carries."""
        return type(self), (*self.args, self.profile, self.relation, self.program)


@contextmanager
def recorded() -> Iterator["list[InvarianceProfile | Relation]"]:
    """Listen to the assertions that are made in this block, whether they pass or fail.

    Yields:
        a list that they add what they found to, in order. Threads that are started in the block are not heard.
    """
    findings: list[InvarianceProfile | Relation] = []
    token = _FINDINGS.set(findings)
    try:
        yield findings
    finally:
        _FINDINGS.reset(token)


def record(found: _Found) -> _Found:
    """Hand a finding to whoever listens.

    Args:
        found: a profile or a relation.

    Returns:
        the same.
    """
    findings = _FINDINGS.get()
    if findings is not None:
        findings.append(found)
    return found
