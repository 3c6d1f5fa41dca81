"""Modules of libraries that need not be installed, and random weights that are the same every time."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from phase_latency.errors import MissingToolError

# The distribution and the extra of each package, where it is not spelt like the package.
_DISTRIBUTIONS = {
    "nengo_spa": "nengo-spa",
    "positional_encodings": "positional-encodings",
    "rotary_embedding_torch": "rotary-embedding-torch",
    "x_transformers": "x-transformers",
}
_EXTRAS = {"torchtune": "torchtune"}


def distribution_of(package: str) -> str:
    """The name under which a package is installed.

    Args:
        package: name of the top-level package.

    Returns:
        name of the distribution.
    """
    return _DISTRIBUTIONS.get(package, package)


def extra_of(package: str) -> str:
    """The extra of phase-latency that installs a package.

    Args:
        package: name of the top-level package.

    Returns:
        name of the extra.
    """
    return _EXTRAS.get(package, "libraries")


def library_module(name: str) -> Any:
    """A module of a library.

    Args:
        name: its full name.

    Returns:
        the module.

    Raises:
        MissingToolError: it is not installed, or something that it needs is not.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        command = f"pip install 'phase-latency[{extra_of(package)}]'"
        raise MissingToolError(distribution_of(package), command) from error


@contextmanager
def seeded(seed: int = 0) -> Iterator[None]:
    """Draw random weights from a seed of their own, and leave torch's generator as it was.

    Args:
        seed: the seed.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
