"""One build of all theorems in a temporary folder, and what the kernel has then accepted.

    sources, ties  ->  no forbidden word  ->  coqc each file  ->  Stated.v  ->  Tied.v  ->  axioms as expected

Nothing is left behind. A theorem that does not prove its proposition fails alone; anything else fails the whole.
"""

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from phase_latency.checkers.coq.sources import Sources
from phase_latency.checkers.coq.ties import Tie, assumptions, stated, tied
from phase_latency.checkers.coq.toolchain import Compiled, compiled, in_order
from phase_latency.checkers.verdict import shortened

_AT_LINE = re.compile(r'File "[^"]*", line (\d+)')
_AXIOM = re.compile(r"([\w.']+)(\s*:.*)?")
_HEADINGS = {"Axioms:", "Closed under the global context"}


class BuildError(Exception):
    """The sources do not build, or may not be trusted; the text says why."""


@dataclass(frozen=True)
class Built:
    """What became of a build.

    Attributes:
        failed: why, by name of the tie; all others are accepted.
        axioms: on which what is accepted rests.
    """

    failed: Mapping[str, str]
    axioms: tuple[str, ...]


def build(sources: Sources, ties: Sequence[Tie]) -> Built:
    """Build the theorems and tie them.

    Args:
        sources: of the theorems.
        ties: of which each theorem stands in the sources.

    Returns:
        what became of it.

    Raises:
        BuildError: a source assumes something, does not compile, or an axiom is not among those expected.
        UnfinishedError: Coq takes too long.
    """
    with folder_of(sources) as folder:
        failed = _tie(folder, ties)
        accepted = [tie for tie in ties if tie.name not in failed]
        axioms = _axioms(_whole(folder, "Assumptions", assumptions(accepted)).said)
    if unexpected := sorted(set(axioms) - sources.axioms):
        raise BuildError(f"an axiom is used that is not expected: {', '.join(unexpected)}")
    return Built(failed, axioms)


@contextmanager
def folder_of(sources: Sources) -> Iterator[Path]:
    """A temporary folder with the sources, compiled.

    Args:
        sources: of the theorems.

    Yields:
        the folder, which is removed at the end.

    Raises:
        BuildError: a source assumes something or does not compile.
    """
    if faults := list(sources.faults()):
        raise BuildError(f"what should be proved may be assumed: {'; '.join(faults)}")
    with tempfile.TemporaryDirectory(prefix="phase-latency-coq-") as name:
        folder = Path(name)
        for file, text in sources.files.items():
            (folder / f"{file}.v").write_text(text, encoding="utf-8")
        for file in in_order(folder):
            _accepted(file, compiled(folder, file))
        yield folder


def _whole(folder: Path, file: str, text: str) -> Compiled:
    """Write and compile a file that has to be accepted."""
    (folder / f"{file}.v").write_text(text, encoding="utf-8")
    return _accepted(file, compiled(folder, file))


def _accepted(file: str, found: Compiled) -> Compiled:
    if not found.accepted:
        raise BuildError(f"{file}.v does not compile: {shortened(found.said)}")
    return found


def _tie(folder: Path, ties: Sequence[Tie]) -> dict[str, str]:
    """Which theorems do not prove their propositions; Coq stops at the first, so the rest is tried without it."""
    _whole(folder, "Stated", stated(ties))
    failed: dict[str, str] = {}
    while True:
        left = [tie for tie in ties if tie.name not in failed]
        text = tied(left)
        (folder / "Tied.v").write_text(text, encoding="utf-8")
        found = compiled(folder, "Tied")
        if found.accepted:
            return failed
        failed[_culprit(text, found.said)] = f"the theorem says something else: {shortened(found.said)}"


def _culprit(text: str, said: str) -> str:
    """The lemma in which Coq stopped."""
    line = _AT_LINE.search(said)
    above = text.splitlines()[: int(line.group(1))] if line else []
    names = re.findall(r"^Lemma (\w+)", "\n".join(above), re.MULTILINE)
    if not names:
        raise BuildError(f"Tied.v does not compile: {shortened(said)}")
    return str(names[-1])


def _axioms(said: str) -> tuple[str, ...]:
    """The axioms that Coq lists, each at the beginning of a line; their types go on in lines that are indented."""
    lines = [line for line in said.splitlines() if line[:1].strip() and line not in _HEADINGS]
    found = {line: _AXIOM.fullmatch(line) for line in lines}
    if strange := [line for line, axiom in found.items() if axiom is None]:  # such as "x is assumed to be guarded."
        raise BuildError(f"something is assumed that is no axiom: {shortened('; '.join(strange))}")
    return tuple(sorted(axiom.group(1) for axiom in found.values() if axiom))
