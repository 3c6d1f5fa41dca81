"""The type checker that jaxtyping runs on the package's functions under test (see addopts in pyproject.toml)."""

from collections.abc import Callable
from typing import Any, Self

from beartype import BeartypeConf, FrozenDict, beartype

# SymPy's classes print differently alone and in a union, which beartype refuses; the ledger has no arrays to check.
_UNCHECKED = ("phase_latency.ledger",)

# jaxtyping decorates methods one by one, where beartype cannot know which class `Self` is.
_CONFIGURATION = BeartypeConf(hint_overrides=FrozenDict({Self: object}))


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with its arguments and results checked against their annotations."""
    return function if function.__module__.startswith(_UNCHECKED) else beartype(function, conf=_CONFIGURATION)
