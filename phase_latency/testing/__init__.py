"""For those who test: assertions about encodings, and strategies that draw encodings, layers and positions.

Public names are loaded when they are first used, so that ``import phase_latency.testing`` loads neither torch nor
Hypothesis.

    from phase_latency.testing import assert_invariant, invariant_under

    def test_my_rope():
        assert_invariant(MyRope(64), "shift")               # passes, or shows the smallest example of a violation

    @invariant_under("query-shift", up_to="row-constant")   # the same as a decorator: the test returns the encoding
    def test_my_bias():
        return MyBias(heads=8)

With pytest, ``--phase-latency-report DIR`` writes what every assertion of a run has found.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phase_latency.testing.assertions import CheckOptions as CheckOptions
    from phase_latency.testing.assertions import assert_invariant as assert_invariant
    from phase_latency.testing.assertions import assert_not_invariant as assert_not_invariant
    from phase_latency.testing.decorator import assert_claims as assert_claims
    from phase_latency.testing.decorator import claims_of as claims_of
    from phase_latency.testing.decorator import invariant_under as invariant_under
    from phase_latency.testing.equivalence import CompareOptions as CompareOptions
    from phase_latency.testing.equivalence import assert_equivalent as assert_equivalent
    from phase_latency.testing.recording import InvarianceAssertionError as InvarianceAssertionError
    from phase_latency.testing.recording import recorded as recorded
    from phase_latency.testing.strategies import attention_layers as attention_layers
    from phase_latency.testing.strategies import encodings as encodings
    from phase_latency.testing.strategies import latency_maps as latency_maps
    from phase_latency.testing.strategies import positions as positions
    from phase_latency.testing.strategies import retimings as retimings

# The same names once more, for the interpreter: each with the module that it is loaded from.
_LOADED_FROM = {
    "CheckOptions": "assertions",
    "CompareOptions": "equivalence",
    "InvarianceAssertionError": "recording",
    "assert_claims": "decorator",
    "assert_equivalent": "equivalence",
    "assert_invariant": "assertions",
    "assert_not_invariant": "assertions",
    "attention_layers": "strategies",
    "claims_of": "decorator",
    "encodings": "strategies",
    "invariant_under": "decorator",
    "latency_maps": "strategies",
    "positions": "strategies",
    "recorded": "recording",
    "retimings": "strategies",
}

__all__ = [*_LOADED_FROM]

if not TYPE_CHECKING:  # a type checker that saw it would take every misspelt name for an object

    def __getattr__(name: str) -> object:
        """Load a public name from its module.

        Args:
            name: the name.

        Returns:
            what its module calls so.

        Raises:
            AttributeError: the name is not public.
        """
        if name not in _LOADED_FROM:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{__name__}.{_LOADED_FROM[name]}"), name)


def __dir__() -> list[str]:
    """List what the module has and what it loads on first use."""
    return sorted({*globals(), *__all__})
