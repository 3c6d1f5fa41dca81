"""How the tables of bad calls look at a refusal: as users see it, without the shape checks of the test suite."""

import jaxtyping
import pytest

from phase_latency.errors import PhaseLatencyError


def refusal(call):
    """The message with which a call is refused; it has to be a single line of one of our own errors.

    Under test the annotations are enforced and would speak before the package does, so they are off for the call.
    """
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        with pytest.raises(PhaseLatencyError) as caught:
            call()
    finally:
        jaxtyping.config.update("jaxtyping_disable", False)
    message = str(caught.value)
    assert "\n" not in message
    return message
