"""The type checker that jaxtyping runs on the package's functions under test (see addopts in pyproject.toml)."""

from collections.abc import Callable
from typing import Any, Self

from beartype import BeartypeConf, FrozenDict, beartype
from hypothesis.strategies import DrawFn

# SymPy's classes print differently alone and in a union, which beartype refuses; the ledger has no arrays to check.
# Beartype looks at random items of a container, and Hypothesis forbids randomness of that kind inside strategies.
_UNCHECKED = ("phase_latency.ledger", "phase_latency.testing")

# jaxtyping decorates methods one by one, where beartype cannot know which class `Self` is; Hypothesis' `DrawFn` is a
# protocol that cannot be checked at run time.
_CONFIGURATION = BeartypeConf(hint_overrides=FrozenDict({Self: object, DrawFn: object}))


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with its arguments and results checked against their annotations."""
    return function if function.__module__.startswith(_UNCHECKED) else beartype(function, conf=_CONFIGURATION)
