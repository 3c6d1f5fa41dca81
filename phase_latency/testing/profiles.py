"""Hypothesis profiles: how many examples a property is tried on, and whether they are drawn at random.

A test never sets ``max_examples`` itself; the profile does, so that the same suite runs in seconds at a desk, the same
way every time in continuous integration, and for as long as one likes when hunting for counterexamples.
"""

from hypothesis import HealthCheck, settings

_EXAMPLES = {"dev": 15, "ci": 20, "deep": 2000}


def register_profiles() -> None:
    """Make the profiles ``dev``, ``ci`` and ``deep`` known to Hypothesis; loading one is left to the caller.

    - ``dev``: 15 examples, drawn at random; failures are kept in the example database and tried first.
    - ``ci``: 20 examples, always the same ones, no database; a failure prints the blob that reproduces it.
    - ``deep``: 2000 examples, drawn at random; a failure prints its blob.

    No profile has a deadline or judges how long drawing takes: both measure how busy the machine is. Each replaces a
    profile of the same name.
    """
    for name, max_examples in _EXAMPLES.items():
        settings.register_profile(
            name,
            settings.get_profile("default"),  # not the profile in force, which differs between machines
            max_examples=max_examples,
            derandomize=name == "ci",
            print_blob=name != "dev",
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        )
