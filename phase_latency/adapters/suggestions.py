"""What a user may have meant by a name that does not exist."""

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """A remedy for a name that does not exist.

    Args:
        name: what the user wrote.
        known: the names that exist.
        otherwise: the remedy if none of them is near.

    Returns:
        one line, an imperative or a question.
    """
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.6)
    return f"did you mean {' or '.join(near)}?" if near else otherwise
