"""The report of a test run: what every assertion about an encoding found, as HTML, as JSON, and ready to replay.

Tests may run in several processes. Each writes the files of its own failed tests, under names that differ; what is
found travels with the test reports to the process that collects them, which alone writes the summary.
"""

import hashlib
import html
import json
import math
import re
import shlex
import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from phase_latency.atomic import write_text
from phase_latency.errors import ArgumentError
from phase_latency.testing.recording import InvarianceAssertionError, recorded

if TYPE_CHECKING:
    from phase_latency.checking.profile import InvarianceProfile
    from phase_latency.checking.relation import Relation

    Found: TypeAlias = InvarianceProfile | Relation

_OPTION = "--phase-latency-report"
_LONGEST_STEM = 80  # file systems allow 255 bytes
_NOTHING: dict[str, Any] = {"file": None, "message": None, "found": [], "tables": []}
_STYLE = (
    "body{font-family:sans-serif;margin:2em}table{border-collapse:collapse;margin:1em 0}caption{text-align:left}"
    "th,td{border:1px solid #aaa;padding:.2em .5em;text-align:left}pre{background:#eee;padding:.5em}.failed{color:#b00}"
)


class RunReport:
    """Hooks that write the report of a run.

    Args:
        config: of the run.
        folder: where to write, from the option; created if it is not there.

    Raises:
        UsageError: nothing can be written there.
    """

    def __init__(self, config: pytest.Config, folder: str) -> None:
        """Create the folder."""
        self.folder = _created(config.invocation_params.dir, folder)
        self._collects = not hasattr(config, "workerinput")
        self._findings: list[Found] = []
        self._tests: dict[str, dict[str, Any]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        """Listen to the assertions of a test and its fixtures."""
        with recorded() as findings:
            self._findings = findings
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Let the report of a test carry what was found, and write the file of a failed one."""
        report = yield
        findings = list(self._findings)
        self._findings.clear()
        error = call.excinfo.value if call.excinfo is not None else None
        decisive = _decisive(error, findings) if report.failed else None
        if findings or decisive is not None:
            told = {
                "file": self._write_failure(report, decisive) if decisive is not None else None,
                "message": str(error) if isinstance(error, InvarianceAssertionError) else None,
                "found": [_plain(found) for found in findings],
                "tables": [found._repr_html_() for found in findings],
            }
            # Workers send reports home with every attribute of a plain type.
            report.phase_latency = json.dumps(told)  # type: ignore[attr-defined]
        return report

    def _write_failure(self, report: pytest.TestReport, found: "Found") -> str:
        path = self.folder / file_name(report.nodeid)
        _write(path, json.dumps(_plain(found), indent=2))
        replayed = any(row.witness is not None for row in getattr(found, "rows", ()))
        command = f"phase-latency replay {shlex.quote(str(path))} --encoding MODULE:OBJECT"
        hint = f"replay: {command}" if replayed else f"found: {path}"
        report.phase_latency_hints = [hint]  # type: ignore[attr-defined]
        return path.name

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect what the report of a test carries, from whatever process."""
        carried = getattr(report, "phase_latency", None)
        if carried is not None and self._collects:
            told = json.loads(carried)
            test = self._tests.setdefault(report.nodeid, {"test": report.nodeid, "outcome": "passed"} | _NOTHING)
            test |= {name: told[name] or test[name] for name in ("file", "message")}
            test |= {name: test[name] + told[name] for name in ("found", "tables")}
        if report.nodeid in self._tests and not report.passed:
            self._tests[report.nodeid]["outcome"] = "xfailed" if hasattr(report, "wasxfail") else report.outcome

    def pytest_sessionfinish(self) -> None:
        """Write the summary."""
        if self._collects:
            tests = [self._tests[name] for name in sorted(self._tests)]  # workers finish in any order
            listed = [{name: value for name, value in test.items() if name != "tables"} for test in tests]
            _write(self.folder / "report.json", json.dumps({"tests": listed}, indent=2))
            _write(self.folder / "report.html", _page(tests))

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Say where the report is."""
        failed = sum(test["outcome"] == "failed" for test in self._tests.values())
        told = f"{len(self._tests)} tests about encodings, {failed} failed"
        terminalreporter.write_line(f"phase-latency: {told}: {self.folder / 'report.html'}")


def file_name(nodeid: str) -> str:
    """Name the file of a test.

    Args:
        nodeid: what pytest calls the test.

    Returns:
        a name that no other test has on any file system, readable as far as its characters are allowed there.
    """
    stem = re.sub(r"[^A-Za-z0-9._]+", "-", nodeid)[-_LONGEST_STEM:].strip("-.")
    return f"{stem}-{hashlib.sha256(nodeid.encode(errors='backslashreplace')).hexdigest()[:8]}.json"


def _created(start: Path, text: str) -> Path:
    folder = start / text
    try:
        if not text:
            raise FileNotFoundError(None, "name a folder")
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):  # now, and not after an hour of tests
            return folder
    except OSError as problem:
        refused = ArgumentError(_OPTION, text, "a folder that can be written to", f"mend: {problem.strerror}")
        raise pytest.UsageError(str(refused)) from problem


def _write(path: Path, text: str) -> None:
    try:
        write_text(path, text)
    except ArgumentError as refused:
        raise pytest.UsageError(f"{_OPTION}: {refused}") from refused


def _decisive(error: BaseException | None, findings: "Sequence[Found]") -> "Found | None":
    """What a failed test failed for: what its error carries, else the last that was found."""
    if isinstance(error, InvarianceAssertionError):
        return error.profile or error.relation
    return findings[-1] if findings else None


def _plain(found: "Found") -> dict[str, Any]:
    names = {"encoding": found.encoding, "kind": found.kind}
    if hasattr(found, "reference"):
        names["reference"] = found.reference
    plain: dict[str, Any] = _finite(names | found.to_dict())
    return plain


def _finite(value: Any) -> Any:
    """The same with what JSON has no number for as text, such as a deviation that overflows."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list | tuple) else value


# -- HTML -------------------------------------------------------------------------------------------------------------


def _page(tests: Sequence[dict[str, Any]]) -> str:
    body = "\n".join(_article(test) for test in tests) or "<p>No test asserted anything about an encoding.</p>"
    page = (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>phase-latency</title>\n'
        f"<style>{_STYLE}</style>\n<h1>phase-latency</h1>\n{body}\n</html>\n"
    )
    return page.encode("ascii", "xmlcharrefreplace").decode()  # names of files may hold what UTF-8 has no code for


def _article(test: dict[str, Any]) -> str:
    outcome, name = html.escape(test["outcome"]), html.escape(test["test"])
    lines = [f'<h2><code>{name}</code> <span class="{outcome}">{outcome}</span></h2>']
    if test["message"]:
        lines.append(f"<pre>{html.escape(test['message'])}</pre>")
    if test["file"]:
        lines.append(f'<p><a href="{html.escape(test["file"])}">{html.escape(test["file"])}</a></p>')
    return "\n".join([*lines, *test["tables"]])  # tables are escaped where they are made
