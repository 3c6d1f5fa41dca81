"""The Hypothesis profiles: what each promises, and that the suite runs under the one that was asked for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phase_latency.testing.profiles import register_profiles

PROFILES = ("dev", "ci", "deep")
CONFTEST = Path(__file__).with_name("conftest.py")


def run_conftest(profile: str | None) -> subprocess.CompletedProcess[str]:
    """Load conftest.py in a fresh interpreter under a profile and print what Hypothesis then does."""
    program = (
        f"import runpy; runpy.run_path({str(CONFTEST)!r}); from hypothesis import settings;"
        "print(settings.default.max_examples, settings.default.derandomize)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PHASE_LATENCY_PROFILE"}
    environment["PYTHONPATH"] = str(CONFTEST.parent)
    if profile is not None:
        environment["PHASE_LATENCY_PROFILE"] = profile
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=CONFTEST.parent.parent, capture_output=True, text=True
    )


@pytest.mark.parametrize("name", PROFILES)
def test_no_profile_measures_how_busy_the_machine_is(name):
    register_profiles()
    assert settings.get_profile(name).deadline is None


def test_only_ci_repeats_itself():
    register_profiles()
    assert [settings.get_profile(name).derandomize for name in PROFILES] == [False, True, False]


def test_deep_tries_many_more_examples_than_ci_and_ci_no_fewer_than_dev():
    register_profiles()
    dev, ci, deep = (settings.get_profile(name).max_examples for name in PROFILES)
    assert dev <= ci
    assert 10 * ci <= deep


@pytest.mark.parametrize("name", PROFILES)
def test_a_failure_can_be_had_again_from_the_database_or_from_the_blob(name):
    register_profiles()
    profile = settings.get_profile(name)
    assert profile.print_blob or profile.database is not None


@pytest.mark.parametrize("name", ["ci", "deep"])
def test_registering_does_not_load(name):
    before = settings.default.max_examples
    register_profiles()
    assert settings.default.max_examples == before


@pytest.mark.parametrize("loaded", PROFILES)
def test_profiles_do_not_depend_on_the_one_in_force(loaded):
    register_profiles()
    before = [repr(settings.get_profile(name)) for name in PROFILES]
    in_force = settings.get_current_profile_name()
    try:
        settings.load_profile(loaded)
        register_profiles()
        assert [repr(settings.get_profile(name)) for name in PROFILES] == before
    finally:
        settings.load_profile(in_force)


def drawn_under(profile: settings) -> list[int]:
    """The integers that a property sees under a profile."""
    seen = []

    @profile
    @given(st.integers())
    def property_of_integers(n):
        seen.append(n)

    property_of_integers()
    return seen


def test_ci_draws_the_same_examples_twice_and_twin_deep_does_not():
    register_profiles()
    ci, deep = settings.get_profile("ci"), settings(settings.get_profile("deep"), database=None)
    assert drawn_under(ci) == drawn_under(ci)
    assert drawn_under(deep) != drawn_under(deep)


@pytest.mark.parametrize(("asked", "loaded"), [(None, "dev"), ("dev", "dev"), ("ci", "ci"), ("deep", "deep")])
def test_the_environment_chooses_the_profile(asked, loaded):
    register_profiles()
    profile = settings.get_profile(loaded)
    assert run_conftest(asked).stdout.split() == [str(profile.max_examples), str(profile.derandomize)]


def test_an_unknown_profile_stops_the_suite():
    finished = run_conftest("depe")
    assert finished.returncode != 0
    assert "depe" in finished.stderr


def test_torch_computes_on_one_thread():
    torch = pytest.importorskip("torch")
    if os.environ["OMP_NUM_THREADS"] != "1":
        pytest.skip("the caller chose another number of threads")
    assert torch.get_num_threads() == 1
