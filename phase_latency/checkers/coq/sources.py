"""The sources of the theorems, and what must not stand in them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path

from phase_latency.ledger.discovery import PROOFS

SOURCES = Path(import_module(PROOFS).__path__[0]) / "coq"

# Words with which a file assumes what it should prove, switches a check of the kernel off, or reads another file.
_FORBIDDEN = (
    *("Admitted", "admit", "give_up", "Axiom", "Axioms", "Parameter", "Parameters", "Conjecture", "Conjectures"),
    *("Hypothesis", "Hypotheses", "Variable", "Variables", "Context", "Unset", "bypass_check", "Load", "Declare"),
)
_WORD = re.compile(rf"\b({'|'.join(_FORBIDDEN)})\b")
_TOKEN = re.compile(r'\(\*|\*\)|"')
_THEOREM = re.compile(r"^Theorem\s+(\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Sources:
    """A folder of Coq files.

    Attributes:
        files: text of each, by its name without ``.v``.
        axioms: full names of the only axioms that may be used, from ``axioms.expected``.
    """

    files: Mapping[str, str]
    axioms: frozenset[str]

    @cached_property
    def theorems(self) -> frozenset[str]:
        """Names of the theorems in all files; what is called a lemma is none."""
        return frozenset(name for text in self.files.values() for name in _THEOREM.findall(without_comments(text)))

    def faults(self) -> Iterator[str]:
        """What must not stand in a source, one line each."""
        for name, text in self.files.items():
            for number, line in enumerate(without_comments(text).splitlines(), 1):
                yield from (f"{name}.v, line {number}: {word}" for word in _WORD.findall(line))


def sources(folder: Path = SOURCES) -> Sources:
    """Read the sources.

    Args:
        folder: of the files.

    Returns:
        what they hold.
    """
    files = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.v"))}
    return Sources(files, frozenset((folder / "axioms.expected").read_text(encoding="utf-8").split()))


def without_comments(text: str) -> str:
    """Blank comments, which nest, and strings; what is left stands on the same line as before.

    Args:
        text: of a file of Coq.

    Returns:
        the text without them.
    """
    kept, depth, quoted, here = [], 0, False, 0
    for token in _TOKEN.finditer(text):
        between = text[here : token.start()]
        kept.append("\n" * between.count("\n") if depth or quoted else between)
        here = token.end()
        if token.group() == '"':
            quoted = not quoted  # in a comment as well, where Coq reads strings too
        elif not quoted:
            depth = max(0, depth + (1 if token.group() == "(*" else -1))
    return "".join([*kept, "" if depth or quoted else text[here:]])
