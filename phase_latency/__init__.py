"""Proves, tests and measures how positional encodings behave in attention when phase becomes latency.

Public names are loaded when they are first used, so that ``import phase_latency`` loads neither torch nor SymPy nor
Hypothesis nor NumPy.

    import phase_latency as pl

    pl.statements()                  # the ledger: every statement, in order
    pl.prove("lemma-1")              # its derivation, decided step by step
    pl.measure(P, Q)                 # two tables compared, held against a certified rounding bound
    pl.check(encoding)               # which invariances an encoding has, and the smallest example of those it lacks
    pl.compare(encoding, reference)  # how one encoding comes from another
    pl.verify()                      # everything: derive, test, measure, refute

Source of the statements: arXiv:2605.00662 (Bose 2026).
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phase_latency.adapters import Subject as Subject
    from phase_latency.adapters import UserCodeError as UserCodeError
    from phase_latency.adapters import adapt as adapt
    from phase_latency.attention import Attention as Attention
    from phase_latency.checking import Claim as Claim
    from phase_latency.checking import EncodingError as EncodingError
    from phase_latency.checking import InvarianceProfile as InvarianceProfile
    from phase_latency.checking import Relation as Relation
    from phase_latency.checking import check as check
    from phase_latency.checking import compare as compare
    from phase_latency.checking.classes import Exact as Exact
    from phase_latency.checking.classes import Nothing as Nothing
    from phase_latency.checking.classes import Order as Order
    from phase_latency.checking.classes import RowAffine as RowAffine
    from phase_latency.checking.classes import RowConstant as RowConstant
    from phase_latency.checking.classes import Scale as Scale
    from phase_latency.checking.classes import ScaleAndRowConstant as ScaleAndRowConstant
    from phase_latency.checking.transformations import Amplitude as Amplitude
    from phase_latency.checking.transformations import Batch as Batch
    from phase_latency.checking.transformations import Cast as Cast
    from phase_latency.checking.transformations import Compress as Compress
    from phase_latency.checking.transformations import Heads as Heads
    from phase_latency.checking.transformations import History as History
    from phase_latency.checking.transformations import Permute as Permute
    from phase_latency.checking.transformations import QueryShift as QueryShift
    from phase_latency.checking.transformations import Relabel as Relabel
    from phase_latency.checking.transformations import Retime as Retime
    from phase_latency.checking.transformations import Shift as Shift
    from phase_latency.checking.transformations import Window as Window
    from phase_latency.encodings import Alibi as Alibi
    from phase_latency.encodings import Compressed as Compressed
    from phase_latency.encodings import Rank as Rank
    from phase_latency.encodings import Retimed as Retimed
    from phase_latency.encodings import Rotary as Rotary
    from phase_latency.encodings import Scaled as Scaled
    from phase_latency.encodings import Sinusoidal as Sinusoidal
    from phase_latency.encodings import Table as Table
    from phase_latency.errors import ArgumentError as ArgumentError
    from phase_latency.errors import DerivationFileError as DerivationFileError
    from phase_latency.errors import MissingToolError as MissingToolError
    from phase_latency.errors import NotFiniteError as NotFiniteError
    from phase_latency.errors import PhaseLatencyError as PhaseLatencyError
    from phase_latency.errors import UnknownStatementError as UnknownStatementError
    from phase_latency.invariance import InvarianceError as InvarianceError
    from phase_latency.invariance import measure as measure
    from phase_latency.latency import LatencyMap as LatencyMap
    from phase_latency.ledger import Proof as Proof
    from phase_latency.ledger import prove as prove
    from phase_latency.ledger import statements as statements
    from phase_latency.masks import Mask as Mask
    from phase_latency.streaming.files import file_source as file_source
    from phase_latency.streaming.joined import GeneratedSource as GeneratedSource
    from phase_latency.streaming.sources import EncodingSource as EncodingSource
    from phase_latency.sweeping import Grid as Grid
    from phase_latency.sweeping import sweep as sweep
    from phase_latency.verification import verify as verify

    __version__: str

# The same names once more, for the interpreter: each with the module that it is loaded from.
_LOADED_FROM = {
    "Alibi": "encodings",
    "Amplitude": "checking.transformations",
    "ArgumentError": "errors",
    "Attention": "attention",
    "Batch": "checking.transformations",
    "Cast": "checking.transformations",
    "Claim": "checking",
    "Compress": "checking.transformations",
    "Compressed": "encodings",
    "DerivationFileError": "errors",
    "EncodingError": "checking",
    "EncodingSource": "streaming.sources",
    "Exact": "checking.classes",
    "GeneratedSource": "streaming.joined",
    "Grid": "sweeping",
    "Heads": "checking.transformations",
    "History": "checking.transformations",
    "InvarianceError": "invariance",
    "InvarianceProfile": "checking",
    "LatencyMap": "latency",
    "Mask": "masks",
    "MissingToolError": "errors",
    "NotFiniteError": "errors",
    "Nothing": "checking.classes",
    "Order": "checking.classes",
    "Permute": "checking.transformations",
    "PhaseLatencyError": "errors",
    "Proof": "ledger",
    "QueryShift": "checking.transformations",
    "Rank": "encodings",
    "Relabel": "checking.transformations",
    "Relation": "checking",
    "Retime": "checking.transformations",
    "Retimed": "encodings",
    "Rotary": "encodings",
    "RowAffine": "checking.classes",
    "RowConstant": "checking.classes",
    "Scale": "checking.classes",
    "ScaleAndRowConstant": "checking.classes",
    "Scaled": "encodings",
    "Shift": "checking.transformations",
    "Sinusoidal": "encodings",
    "Subject": "adapters",
    "Table": "encodings",
    "UnknownStatementError": "errors",
    "UserCodeError": "adapters",
    "Window": "checking.transformations",
    "adapt": "adapters",
    "check": "checking",
    "compare": "checking",
    "file_source": "streaming.files",
    "measure": "invariance",
    "prove": "ledger",
    "statements": "ledger",
    "sweep": "sweeping",
    "verify": "verification",
}

__all__ = ["__version__", *_LOADED_FROM]

if not TYPE_CHECKING:  # a type checker that saw it would take every misspelt name for an object

    def __getattr__(name: str) -> object:
        """Load a public name from its module.

        Args:
            name: the name.

        Returns:
            what its module calls so; for ``__version__``, the version of the installed package.

        Raises:
            AttributeError: the name is not public.
        """
        if name == "__version__":
            from importlib.metadata import version  # takes longer to load than all the rest of this module

            return version("phase-latency")
        if name not in _LOADED_FROM:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{__name__}.{_LOADED_FROM[name]}"), name)


def __dir__() -> list[str]:
    """List what the module has and what it loads on first use."""
    return sorted({*globals(), *__all__})
