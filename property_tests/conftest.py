"""What the whole suite shares: the Hypothesis profile, one thread per process, and results that take long."""

import os

# Read when torch and NumPy are first loaded, hence before any other import; programs that a test starts inherit it.
# The tensors here are small: more threads would only wait for each other, and could add up in another order.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from hypothesis import settings
from shared_results import open_folder, remove_folder

from phase_latency.testing.profiles import register_profiles

register_profiles()
settings.load_profile(os.environ.get("PHASE_LATENCY_PROFILE", "dev"))


def pytest_configure(config):
    """The process that starts all others makes the folder that they share, and removes it when they are done."""
    if not hasattr(config, "workerinput"):
        open_folder()
        config.add_cleanup(remove_folder)
