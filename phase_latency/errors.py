"""One family of errors: each message is one line that names the culprit, shows it and says what to do.

Loads nothing but the standard library, so that every other module can raise these.
"""

import difflib
from collections.abc import Iterable

_LONGEST_VALUE = 80


class PhaseLatencyError(ValueError):
    """Base of every error that phase-latency raises on purpose.

    Subclasses hand their constructor arguments to `super().__init__` and build the text in `__str__`, so that they
    survive pickling on the way back from a worker process.

    Attributes:
        exit_code: what the command line returns for it: 2 (usage), or 3 when a needed tool is missing.
    """

    exit_code = 2


class ArgumentError(PhaseLatencyError):
    """An argument is outside what a function accepts.

    Args:
        argument: name of the argument, as the caller wrote it.
        value: the offending value; long ones are abbreviated in the message.
        expected: what the function accepts, as a noun phrase.
        remedy: what the caller should do, as an imperative.
    """

    def __init__(self, argument: str, value: object, expected: str, remedy: str) -> None:
        """Keep the arguments; see the class."""
        super().__init__(argument, value, expected, remedy)
        self.argument = argument
        self.value = value
        self.expected = expected
        self.remedy = remedy

    def __str__(self) -> str:
        """Return the message, one line."""
        return f"{self.argument}: got {abbreviated(self.value)}; expected {self.expected}; {self.remedy}"


class NotFiniteError(PhaseLatencyError):
    """An array holds an infinity or a NaN where only finite values make sense.

    Args:
        argument: name of the array.
        position: index of the first entry that is not finite.
        value: that entry.
    """

    def __init__(self, argument: str, position: tuple[int, ...], value: object) -> None:
        """Keep the arguments; see the class."""
        super().__init__(argument, position, value)
        self.argument = argument
        self.position = position
        self.value = value

    def __str__(self) -> str:
        """Return the message, one line."""
        entry = f"{self.argument}[{', '.join(map(str, self.position))}]" if self.position else self.argument
        return f"{entry}: got {abbreviated(self.value)}; expected finite values; mend or drop that entry"


class UnknownStatementError(PhaseLatencyError):
    """No statement of the ledger has this id.

    Args:
        identifier: the id asked for.
        known: every id of the ledger.
    """

    def __init__(self, identifier: str, known: Iterable[str]) -> None:
        """Keep the arguments; see the class."""
        self.identifier = identifier
        self.known = tuple(known)
        super().__init__(identifier, self.known)

    def __str__(self) -> str:
        """Return the message, one line."""
        near = difflib.get_close_matches(str(self.identifier), self.known, n=3, cutoff=0.4)
        remedy = f"did you mean {' or '.join(near)}?" if near else "list the ids with `phase-latency prove`"
        return f"statement: got {abbreviated(self.identifier)}; expected the id of a statement; {remedy}"


class DerivationFileError(PhaseLatencyError):
    """A stored derivation cannot be used: truncated, tampered with, or of another version.

    Args:
        path: the file.
        problem: what is wrong with it, as a noun phrase.
        remedy: what the caller should do, as an imperative.
    """

    def __init__(self, path: object, problem: str, remedy: str) -> None:
        """Keep the arguments; see the class."""
        super().__init__(path, problem, remedy)
        self.path = str(path)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        """Return the message, one line."""
        return f"derivation file {self.path}: got {self.problem}; expected a stored derivation; {self.remedy}"


class MissingToolError(PhaseLatencyError):
    """A program or package that the request needs is not installed.

    Args:
        tool: its name.
        install_command: the line that installs it.
    """

    exit_code = 3

    def __init__(self, tool: str, install_command: str) -> None:
        """Keep the arguments; see the class."""
        super().__init__(tool, install_command)
        self.tool = tool
        self.install_command = install_command

    def __str__(self) -> str:
        """Return the message, one line."""
        return f"{self.tool}: not found; expected it to be installed; run `{self.install_command}`"


def abbreviated(value: object) -> str:
    """Show a value on one line of at most 80 characters.

    Args:
        value: anything; arrays show their type, dtype and shape instead of their entries.

    Returns:
        one line of text.
    """
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if isinstance(shape, tuple) and shape and dtype is not None:
        return f"{type(value).__name__} of shape {tuple(shape)} and dtype {dtype}"
    text = " ".join(repr(value).split())
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."
