"""Where a result comes from: nothing of it is invented, and another package or commit is another provenance."""

import subprocess
from types import SimpleNamespace

import pytest

from phase_latency import provenance as module
from phase_latency.environment import package_version
from phase_latency.errors import ArgumentError
from phase_latency.provenance import provenance, release_date

NOTHING = SimpleNamespace(read_text=lambda name: None)
FROM_GIT = '{"url": "https://example.org/it.git", "vcs_info": {"vcs": "git", "commit_id": "0123"}}'


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A source tree with one commit, from which the package seems to run."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    for name in ("pyproject.toml", "phase_latency/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    when = {"GIT_COMMITTER_DATE": "2026-11-30T23:59:59+0000"}
    for words in (["init", "--quiet"], ["add", "--all"], [*who, "commit", "--quiet", "--message", "it"]):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True, env={**module.os.environ, **when})
    monkeypatch.setattr(module.phase_latency, "__file__", str(tmp_path / "phase_latency" / "__init__.py"))
    return tmp_path


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The package seems to run from an archive."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.setattr(module.phase_latency, "__file__", str(tmp_path / "phase_latency" / "__init__.py"))
    monkeypatch.setattr(module, "distribution", lambda name: NOTHING)


def test_a_source_tree_has_the_commit_and_its_date(tree):
    found = provenance()
    assert len(found.commit) == 40
    assert found.changed is False
    assert found.date == "2026-11-30"
    assert found.version == package_version()


def test_a_change_since_the_commit_is_told(tree):
    (tree / "pyproject.toml").write_text("changed")
    assert provenance().changed is True


def test_an_archive_has_neither_commit_nor_date(installed):
    found = provenance()
    assert (found.commit, found.changed, found.date) == (None, None, None)


def test_what_was_installed_from_a_repository_knows_its_commit(installed, monkeypatch):
    monkeypatch.setattr(module, "distribution", lambda name: SimpleNamespace(read_text=lambda file: FROM_GIT))
    assert (provenance().commit, provenance().changed) == ("0123", False)


def test_without_git_nothing_is_known(tree, monkeypatch):
    def missing(*words, **more):
        raise FileNotFoundError("git")

    monkeypatch.setattr(module.subprocess, "run", missing)
    monkeypatch.setattr(module, "distribution", lambda name: NOTHING)
    assert (provenance().commit, provenance().date) == (None, None)


def test_the_epoch_comes_before_the_commit(tree, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert provenance().date == "1970-01-01"


@pytest.mark.parametrize("given", ["", " "])
def test_an_empty_epoch_is_none(installed, monkeypatch, given):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", given)
    assert release_date() is None


@pytest.mark.parametrize("given", ["-1", "2026-11-30", "1e9", "1.5", "9" * 30, "\u0663"])
def test_an_epoch_that_is_no_date_is_refused(monkeypatch, given):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", given)
    with pytest.raises(ArgumentError, match=r"SOURCE_DATE_EPOCH: got .*; expected seconds since 1970-01-01"):
        provenance()


def test_another_version_of_a_package_is_another_hash(monkeypatch):
    before = provenance()
    monkeypatch.setattr(
        module, "installed_version", lambda package: "2" if package == "numpy" else before.packages[package]
    )
    after = provenance()
    assert after.packages == {**before.packages, "numpy": "2"}
    assert after.constraints != before.constraints


def test_a_package_that_is_missing_is_said():
    assert module.installed_version("no-such-package") is None
