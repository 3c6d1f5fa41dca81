"""Coq: its kernel accepts theorems for all sizes, and each is tied to the claim as the ledger states it.

The theorems stand in ``proofs/coq``, written by hand. From each claim a proposition is printed
(:mod:`phase_latency.checkers.coq.printer`), and Coq has to accept that the theorem of the same name proves it; so a
statement that is changed on one side only fails. To be trusted are: Coq's kernel, the axioms that are listed, the
printer, and the definitions of ``Defs.v``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from phase_latency.checkers.cache import Cache
from phase_latency.checkers.coq.building import BuildError, Built, build
from phase_latency.checkers.coq.printer import OutsideFragmentError, coq_name
from phase_latency.checkers.coq.sources import Sources, sources
from phase_latency.checkers.coq.ties import Tie, claim_tie, control_tie
from phase_latency.checkers.coq.toolchain import UnfinishedError, version
from phase_latency.checkers.verdict import Answer, Checked
from phase_latency.errors import MissingToolError
from phase_latency.ledger.discovery import statements as ledger
from phase_latency.ledger.statement import Claim, Control, Statement
from phase_latency.record_form import AXIOMS


def check_all(statements: Sequence[Statement], theorems: Sources | None = None) -> dict[str, Checked]:
    """Let Coq build its theorems, and say for which claims and against which controls there is one.

    Args:
        statements: to be checked.
        theorems: None for those of the package.

    Returns:
        answers by id of the statement.

    Raises:
        UnwritableCacheError: what Coq says cannot be kept.
    """
    theorems = theorems or sources()
    # The whole ledger is built at once, so that every command finds the same entry of the cache.
    whole = {one.id: one for one in (*ledger(), *statements)}
    said, notes = _answers(theorems, all_ties(theorems, whole.values()))

    def answer(each: Tie | Answer) -> Answer:
        return said[each.name] if isinstance(each, Tie) else each

    return {
        one.id: Checked(
            "coq",
            {claim.name: answer(_claim(one, claim, theorems)) for claim in one.claims},
            {control.name: answer(_control(one, control, theorems)) for control in one.controls},
            notes,
        )
        for one in statements
    }


def all_ties(theorems: Sources, statements: Iterable[Statement]) -> list[Tie]:
    """What the theorems have to prove.

    Args:
        theorems: of the package.
        statements: of which it has to be proved.

    Returns:
        the ties of all claims, then of all controls.
    """
    claims = [_claim(one, claim, theorems) for one in statements for claim in one.claims]
    controls = [_control(one, control, theorems) for one in statements for control in one.controls]
    return [each for each in (*claims, *controls) if isinstance(each, Tie)]


def _claim(statement: Statement, claim: Claim, theorems: Sources) -> Tie | Answer:
    """A tie, or why there is none."""
    try:
        tie = claim_tie(statement, claim)
    except OutsideFragmentError as problem:
        return Answer("OUTSIDE", str(problem))
    if tie.name in theorems.theorems:
        return tie
    # A statement of which Coq knows other claims has been changed on this side only.
    of_statement = any(name.startswith(coq_name(statement, "")) for name in theorems.theorems)
    return Answer("FAILED" if of_statement else "OUTSIDE", f"there is no theorem {tie.name}")


def _control(statement: Statement, control: Control, theorems: Sources) -> Tie | Answer:
    """A tie, or why there is none."""
    try:
        tie = control_tie(statement, control)
    except OutsideFragmentError as problem:
        return Answer("OUTSIDE", str(problem))
    return tie if tie.name in theorems.theorems else Answer("OUTSIDE", f"there is no theorem {tie.name}")


def _answers(theorems: Sources, ties: Sequence[Tie]) -> tuple[dict[str, Answer], tuple[str, ...]]:
    """What the kernel says of each theorem, by name, and what is worth printing besides."""
    try:
        found = _built(version(), theorems, ties)
    except MissingToolError as problem:
        return {tie.name: Answer("MISSING", problem.install_command) for tie in ties}, ()
    except UnfinishedError as problem:
        return {tie.name: Answer("UNDECIDED", str(problem)) for tie in ties}, ()
    except BuildError as problem:
        return {tie.name: Answer("FAILED", str(problem)) for tie in ties}, ()
    refuted = Answer("REFUTED", "its negation is proved")
    said = {tie.name: refuted if tie.against else Answer("PROVED", tie.where) for tie in ties}
    failed = {name: Answer("FAILED", why) for name, why in found.failed.items()}
    return said | failed, (f"{AXIOMS}{', '.join(found.axioms) or 'none'}",)


def _built(coq: str, theorems: Sources, ties: Sequence[Tie]) -> Built:
    """What the kernel accepts; a build without failure is kept, and not repeated before something changes."""
    cache = Cache("coq", Path(__file__).parent)
    content = repr((coq, sorted(theorems.files.items()), sorted(theorems.axioms), ties))
    if (known := cache.get(content)) is not None:
        return Built(known["failed"], tuple(known["axioms"]))
    cache.check_writable()
    found = build(theorems, ties)
    if not found.failed:
        cache.put(content, asdict(found))
    return found
