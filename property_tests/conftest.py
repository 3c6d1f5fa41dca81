"""What the whole suite shares: the Hypothesis profile, and one thread per process."""

import os

# Read when torch and NumPy are first loaded, hence before any other import; programs that a test starts inherit it.
# The tensors here are small: more threads would only wait for each other, and could add up in another order.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from hypothesis import settings

from phase_latency.testing.profiles import register_profiles

register_profiles()
settings.load_profile(os.environ.get("PHASE_LATENCY_PROFILE", "dev"))
