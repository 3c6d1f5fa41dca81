"""The folder of an appendix: whole or not at all, never mixed, and nobody else's files are touched."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from phase_latency.appendix import folder as writing
from phase_latency.appendix.folder import check_folder, write_folder
from phase_latency.appendix.writing import is_ours
from phase_latency.errors import ArgumentError

FIRST = {"index.html": b"one", "record.json": b"one"}
SECOND = {"index.html": b"two", "verification_appendix.tex": b"two"}


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def beside(folder):
    return sorted(path.name for path in folder.parent.iterdir() if path != folder)


def test_a_new_folder_and_its_parents_are_made(tmp_path):
    out = tmp_path / "a" / "b"
    write_folder(out, FIRST, is_ours)
    assert content(out) == FIRST
    assert beside(out) == []
    assert out.stat().st_mode & 0o777 == 0o755


def test_an_empty_folder_is_taken(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    write_folder(out, FIRST, is_ours)
    assert content(out) == FIRST


def test_an_older_appendix_is_replaced_as_a_whole_with_what_latex_made_of_it(tmp_path):
    out = tmp_path / "out"
    write_folder(out, FIRST, is_ours)
    (out / "verification_appendix_standalone.aux").write_text("made by LaTeX")
    write_folder(out, SECOND, is_ours)
    assert content(out) == SECOND
    assert beside(out) == []


@pytest.mark.parametrize("name", ["notes.txt", "index.htm", "paper.tex", ".git", "my_verification_appendix.tex"])
def test_a_folder_with_something_else_is_refused_and_left_alone(tmp_path, name):
    out = tmp_path / "out"
    write_folder(out, FIRST, is_ours)
    (out / name).write_text("mine")
    with pytest.raises(ArgumentError, match=f"expected a new folder, .*; it holds {name}: name another folder"):
        write_folder(out, SECOND, is_ours)
    assert content(out) == {**FIRST, name: b"mine"}
    assert beside(out) == []


def test_a_file_and_a_link_are_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("file", "link"):
        with pytest.raises(ArgumentError, match="--out"):
            write_folder(tmp_path / name, FIRST, is_ours)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("out", ["/proc/none/out", "/dev/null/out"])
def test_a_place_that_cannot_be_written_is_refused_before_the_work(out):
    with pytest.raises(ArgumentError, match="a folder that can be written to"):
        check_folder(Path(out), is_ours)


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    out = tmp_path / "out"
    write_folder(out, FIRST, is_ours)
    written = []

    def write(path, text):
        if written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(path)
        path.write_bytes(text)

    monkeypatch.setattr(writing, "_write", write)
    with pytest.raises(ArgumentError, match="No space left on device"):
        write_folder(out, SECOND, is_ours)
    assert content(out) == FIRST
    assert beside(out) == []


def test_if_the_last_move_fails_the_old_folder_is_put_back(tmp_path, monkeypatch):
    out = tmp_path / "out"
    write_folder(out, FIRST, is_ours)
    move = Path.rename

    def rename(path, target):
        if target == out and not path.name.endswith(".old"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return move(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(ArgumentError, match="Input/output error"):
        write_folder(out, SECOND, is_ours)
    assert content(out) == FIRST


PROGRAM = """
import sys
from pathlib import Path
from phase_latency.appendix.folder import write_folder
from phase_latency.appendix.writing import is_ours
print("ready", flush=True)
for k in range(1_000_000):
    write_folder(Path(sys.argv[1]), {name: str(k).encode() for name in ("index.html", "record.json")}, is_ours)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that cannot be caught")
@pytest.mark.parametrize("after", [0.01, 0.05, 0.11, 0.173])
def test_a_kill_leaves_one_whole_set_and_the_next_run_goes_on(tmp_path, after):
    out = tmp_path / "out"
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(out)], stdout=subprocess.PIPE) as running:
        running.stdout.readline()
        time.sleep(after)
        running.kill()
    if out.exists():
        assert len(set(content(out).values())) <= 1
        assert set(content(out)) in ({"index.html", "record.json"}, set())
    write_folder(out, FIRST, is_ours)
    assert content(out) == FIRST
    assert beside(out) == []


def test_a_kill_between_the_two_moves_is_undone(tmp_path):
    out = tmp_path / "out"
    write_folder(out, FIRST, is_ours)
    out.rename(tmp_path / ".out.phase-latency-x.old")
    (tmp_path / ".out.phase-latency-x").mkdir()
    check_folder(out, is_ours)
    assert content(out) == FIRST
    assert beside(out) == []


def test_twin_other_hidden_folders_are_left_alone(tmp_path):
    (tmp_path / ".other").mkdir()
    (tmp_path / ".output.phase-latency-x").mkdir()  # of another folder, named output
    write_folder(tmp_path / "out", FIRST, is_ours)
    assert beside(tmp_path / "out") == [".other", ".output.phase-latency-x"]
    shutil.rmtree(tmp_path / ".output.phase-latency-x")
