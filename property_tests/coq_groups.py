"""The theorems of some groups of statements alone: all of them together take Coq most of a minute."""

import re

from phase_latency.checkers.coq.sources import Sources, sources


def required(file):
    """A file of the theorems, and all of them that it builds on."""
    lines = re.findall(r"^Require Import ([\w ]+)\.$", sources().files[file], re.MULTILINE)
    return {file}.union(*(required(other) for line in lines for other in line.split()))


def theorems_of(*groups):
    """Sources that end with some files, such as "B_lemma_1"."""
    files = {file: sources().files[file] for group in groups for file in required(group)}
    return Sources({**files, "Main": f"Require Export {' '.join(groups)}.\n"}, sources().axioms)
