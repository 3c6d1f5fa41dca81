"""Points and derivations written for mutants of which no search tells whether they are true.

They stand beside the proofs, in ``proofs/mutants``; see there.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from phase_latency.ledger.statement import Claim, Step
from phase_latency.ledger.terms import Proposition

_PACKAGE = "phase_latency.proofs.mutants"


def points() -> Mapping[str, Mapping[str, Any]]:
    """Values at which a mutant is false, by identifier of the mutant."""
    return {name: values for module in _modules() for name, values in getattr(module, "POINTS", {}).items()}


def derivations() -> Mapping[str, Callable[[Proposition], Sequence[Step]]]:
    """What leads to the goal of a mutant, by identifier of the mutant: its steps, for that goal."""
    return {name: write for module in _modules() for name, write in module.DERIVATIONS.items()}


def lemmas() -> Mapping[str, Sequence[Claim]]:
    """Claims that such a derivation may cite, by identifier of the mutant."""
    return {name: claims for module in _modules() for name, claims in getattr(module, "LEMMAS", {}).items()}


def _modules() -> list[ModuleType]:
    package = import_module(_PACKAGE)
    return [import_module(f"{_PACKAGE}.{found.name}") for found in iter_modules(package.__path__)]
