"""Finding the statements: those of ``phase_latency.proofs``, and those that other packages register."""

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import iter_modules

from phase_latency.errors import ArgumentError, UnknownStatementError
from phase_latency.ledger.statement import Statement

PROOFS = "phase_latency.proofs"
ENTRY_POINTS = "phase_latency.statements"  # each names a module with a tuple STATEMENTS


def statements() -> tuple[Statement, ...]:
    """Every statement of the ledger: group by group, each group in the order of its module.

    Returns:
        The statements.

    Raises:
        ArgumentError: if an identifier occurs twice, or an entry point does not give statements.
    """
    found = [*own_statements(), *_registered()]
    _check_unique(found)
    return tuple(sorted(found, key=lambda statement: statement.group))


def statement(identifier: str) -> Statement:
    """The statement with an identifier.

    Args:
        identifier: such as ``"lemma-1"``.

    Returns:
        The statement.

    Raises:
        UnknownStatementError: if there is none; the message lists similar identifiers.
    """
    known = {found.id: found for found in statements()}
    if identifier not in known:
        raise UnknownStatementError(identifier, tuple(known))
    return known[identifier]


@cache
def own_statements() -> tuple[Statement, ...]:
    """Statements of the package's own proofs; they cannot change while it runs.

    Returns:
        The statements, in the order of the modules.
    """
    package = import_module(PROOFS)
    modules = [import_module(f"{PROOFS}.{found.name}") for found in iter_modules(package.__path__) if not found.ispkg]
    return tuple(found for module in modules for found in getattr(module, "STATEMENTS", ()))


def own_folders() -> tuple[Path, ...]:
    """Folders of the modules from which the package's own statements, and all that is said of them, follow.

    Returns:
        that of the package and that of its proofs, which in a source tree lies beside it.
    """
    return tuple(Path(import_module(name).__path__[0]) for name in ("phase_latency", PROOFS))


def _registered() -> Iterable[Statement]:
    for entry in entry_points(group=ENTRY_POINTS):
        for found in getattr(entry.load(), "STATEMENTS", (None,)):
            if not isinstance(found, Statement):
                raise ArgumentError(
                    f"entry point {entry.name}",
                    found,
                    "a module with a tuple STATEMENTS of Statement objects",
                    f"correct {entry.value}",
                )
            yield found


def _check_unique(found: Iterable[Statement]) -> None:
    seen: set[str] = set()
    for one in found:
        if one.id in seen:
            raise ArgumentError("statement id", one.id, "an identifier that no other statement has", "rename one")
        seen.add(one.id)
