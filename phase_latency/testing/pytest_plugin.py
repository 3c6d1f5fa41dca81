"""The pytest plugin: two fixtures, what a failed assertion has found in its report, and a report of the whole run.

An entry point, so pytest loads this module in every run of whatever project: it loads nothing else of this package, nor
any library, before a test fails, asks for a fixture, or the report is asked for.
"""

import argparse
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from phase_latency.checking import InvarianceProfile

TITLE = "phase-latency"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup(TITLE)
    group.addoption(
        "--phase-latency-report",
        metavar="DIR",
        help="Write what assertions about encodings found to this folder: report.html, report.json, and a file for "
        "each failed test, for `phase-latency replay`.",
    )
    group.addoption(
        "--phase-latency-seed",
        metavar="N",
        type=_seed,
        default=0,
        help="Seed of the fixtures phase_latency_seed and check_encoding, a whole number >= 0 (default: 0).",
    )


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"got {text!r}; expected a whole number >= 0; pass for example 0")
    return int(text)


def pytest_configure(config: pytest.Config) -> None:
    """Start the report, if it is asked for."""
    folder = config.getoption("phase_latency_report")
    if folder is not None:
        from phase_latency.testing.run_report import RunReport

        config.pluginmanager.register(RunReport(config, folder), "phase-latency-report")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Make a test of a function with claims that is not called test..., but is collected as one."""
    decorated = getattr(item, "obj", None)
    attached = getattr(decorated, "_phase_latency_claims", None)
    if isinstance(item, pytest.Function) and attached is not None and not attached.is_test:
        from phase_latency.testing.decorator import as_test

        item.obj = as_test(item.obj)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # outermost: after the run's report has said where it wrote to
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a failed test what can be read and copied from there."""
    report = yield
    if call.excinfo is not None:
        lines = [*_evidence(call.excinfo.value), *getattr(report, "phase_latency_hints", [])]
        if lines:
            report.sections.append((TITLE, "\n".join(lines)))
    return report


def _evidence(error: BaseException) -> list[str]:
    if type(error).__module__.partition(".")[0] != "phase_latency":
        return []
    from phase_latency.testing.recording import InvarianceAssertionError

    if isinstance(error, InvarianceAssertionError):
        label = "smallest witness" if error.relation is None else "first difference"
        return [] if error.witness is None else [f"{label}: {error.witness}", *error.program.splitlines()]
    # Code under check raised. Its own frames are easily overlooked among those of pytest and of this package.
    return str(getattr(error, "user_traceback", "")).splitlines()


@pytest.fixture
def phase_latency_seed(request: pytest.FixtureRequest) -> int:
    """The seed that ``--phase-latency-seed`` sets, 0 unless given."""
    seed: int = request.config.getoption("phase_latency_seed")
    return seed


@pytest.fixture
def check_encoding(phase_latency_seed: int) -> "Callable[..., InvarianceProfile]":
    """`phase_latency.checking.check` with this seed; the profile goes into the report of the run."""
    from phase_latency.checking import check
    from phase_latency.testing.recording import record

    def checked(encoding: object, claims: Any = None, **options: Any) -> "InvarianceProfile":
        __tracebackhide__ = True
        return record(check(encoding, claims, **{"seed": phase_latency_seed} | options))

    return checked
