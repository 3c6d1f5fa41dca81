"""A progress bar on the terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]  # the step, how many are done, how many there are


def progress_bar(quiet: bool, what: str) -> AbstractContextManager[Progress | None]:
    """A bar on the terminal that vanishes when the work is done; nothing if stderr is no terminal.

    Args:
        quiet: show nothing anyway.
        what: what is being done, until the first step says more.

    Returns:
        a context that gives what to call with the step, how many are done, and how many there are; None if nothing is
        shown.
    """
    return nullcontext() if quiet or not sys.stderr.isatty() else _bar(what)


@contextmanager
def _bar(what: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)
