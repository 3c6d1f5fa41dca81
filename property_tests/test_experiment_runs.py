"""Runs of experiments: interrupted at any moment and gone on with, they come to the same numbers, on whatever machine.

What would be wrong: a checkpoint of another run that is taken, a figure that depends on when a run was stopped, a run
that is not finished and is counted.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jaxtyping
import pytest
import torch
from refusals import refusal

from phase_latency import cli
from phase_latency.experiments import checkpoints, conduct, runs, training
from phase_latency.experiments.checkpoints import checkpoint_path, read_checkpoint, write_checkpoint
from phase_latency.experiments.results_files import FILES
from phase_latency.experiments.runs import run_studies
from phase_latency.experiments.studies import STUDIES
from phase_latency.experiments.training import trained
from phase_latency.running import UnfinishedError

PATIENCE = 120  # seconds; machines that run tests may be busy
TASK = STUDIES["copy"].runs("tiny")[2].to_task() | {"steps": 200, "evaluate_every": 5}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The tiny copy study, in one go."""
    folder = tmp_path_factory.mktemp("whole")
    return conduct("copy", out=folder, size="tiny"), folder


def contents(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


# -- what comes out -----------------------------------------------------------------------------------------------


def test_a_study_writes_its_record_its_runs_and_its_curves(whole):
    found, folder = whole
    record = json.loads((folder / "experiments.json").read_text())
    assert record == found.record
    study = record["studies"][0]
    assert (study["name"], study["runs"], study["finished"]) == ("copy", 8, 8)
    lines = (folder / "runs.csv").read_text().splitlines()
    assert len(lines) == 1 + 8
    assert "seed" in lines[0].split(",")
    assert len((folder / "curves.csv").read_text().splitlines()) == 1 + 8 * 2  # two evaluations each
    assert not list((folder / "checkpoints").glob("*"))


def test_tiny_runs_answer_nothing(whole):
    record = whole[0].record
    assert record["size"] == "tiny"
    assert [study["answers"] for study in record["studies"]] == [[]]
    assert not any("copy task" in claim["claim"] for claim in record["claims"])


def test_two_processes_and_one_come_to_the_same_files(whole, tmp_path):
    conduct("copy", out=tmp_path, size="tiny", jobs=2)
    assert contents(tmp_path) == contents(whole[1])


def test_two_workers_of_a_cluster_come_to_the_same_files(whole, tmp_path):
    import dask
    from distributed import LocalCluster

    options = {"dashboard_address": ":0", "memory_limit": 0, "silence_logs": logging.CRITICAL + 1}
    with (
        dask.config.set({"distributed.comm.timeouts.connect": f"{PATIENCE}s"}),
        LocalCluster(n_workers=2, threads_per_worker=1, **options) as cluster,
    ):
        conduct("copy", out=tmp_path, size="tiny", cluster=cluster.scheduler_address)
    assert contents(tmp_path) == contents(whole[1])


def test_a_worker_with_other_code_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(runs, "version", iter([*("here",) * 2, *("there",) * 100]).__next__)
    found = run_studies("copy", [STUDIES["copy"]], "tiny", folder=tmp_path)
    assert {each.error for each in found} == {"the worker has there; expected here; install that there"}


def test_a_configuration_of_two_studies_is_run_once(tmp_path):
    both = [STUDIES["copy"], STUDIES["length"]]
    found = run_studies("both", both, "tiny", folder=tmp_path)
    separate = [each for study in both for each in study.runs("tiny")]
    assert len(found) == len(set(separate)) < len(separate)


# -- interrupted --------------------------------------------------------------------------------------------------

PROGRAM = """
import sys, time
from pathlib import Path
from phase_latency.experiments import conduct, training
make = training.advance
def slowly(run):
    make(run)
    time.sleep(0.05)
training.advance = slowly
training._KEPT_EVERY = 1
conduct("copy", out=Path(sys.argv[1]), size="tiny", progress=lambda *said: print(*said, flush=True))
"""


def test_killed_in_the_middle_and_resumed_it_comes_to_the_same_files(whole, tmp_path):
    kept, patience = tmp_path / "checkpoints", time.time() + PATIENCE
    with subprocess.Popen([sys.executable, "-c", PROGRAM, tmp_path], stdout=subprocess.PIPE, text=True) as program:
        next(line for line in program.stdout if line.split()[1] == "3")
        while not list(kept.glob("*.checkpoint")) and time.time() < patience:
            time.sleep(0.005)
        os.kill(program.pid, signal.SIGKILL)
    assert program.returncode == -signal.SIGKILL
    assert not (tmp_path / "experiments.json").exists()
    before = (tmp_path / "copy.journal").read_text()
    assert 3 <= len(before.splitlines()) - 1 < 8
    conduct("copy", out=tmp_path, size="tiny", resume=True)
    assert contents(tmp_path) == contents(whole[1])
    assert (tmp_path / "copy.journal").read_text().startswith(before)  # what was finished was not run again


@pytest.mark.parametrize("encoding", ["shuffled", "random", "rank"])
def test_stopped_at_every_evaluation_a_run_comes_to_the_same_numbers(encoding, tmp_path):
    task = TASK | {"encoding": encoding, "steps": 30}
    for stopped in range(6):
        try:
            found = trained(task, folder=tmp_path, deadline=0.0)
        except UnfinishedError as left:
            assert str(left) == f"stopped at step {5 * (stopped + 1)} of 30"  # noqa: PT017
    assert stopped == 5
    assert found == trained(task)


def test_a_checkpoint_is_really_used(tmp_path):
    with pytest.raises(UnfinishedError):
        trained(TASK, folder=tmp_path, deadline=0.0)
    state = read_checkpoint(tmp_path, TASK)
    state["curve"][0][1] = 12345.0
    write_checkpoint(tmp_path, TASK, state)
    assert trained(TASK, folder=tmp_path)["curve"][0][1] == 12345.0


def test_a_budget_that_ends_one_run_says_what_is_left_and_goes_on(whole, tmp_path, monkeypatch):
    moment = iter([0.0, *(0.0,) * 4, *(60.0,) * 1000])
    monkeypatch.setattr(runs.time, "time", lambda: next(moment))
    found = conduct("copy", out=tmp_path, size="tiny", budget=0.5)
    assert 0 < found.finished < 8
    study = found.record["studies"][0]
    assert study["finished"] == found.finished
    assert "NONE" in {row["verdict"] for row in study["rows"]}
    monkeypatch.undo()
    conduct("copy", out=tmp_path, size="tiny", resume=True)
    assert contents(tmp_path) == contents(whole[1])


def test_a_budget_too_small_for_one_run_says_so_and_keeps_the_checkpoint(whole, tmp_path):
    message = refusal(lambda: conduct("copy", out=tmp_path, size="tiny", budget=1e-9))
    assert message == (
        "budget: got 1e-09; expected minutes enough to finish one run; what was done is kept in its checkpoint; "
        "go on with --resume and a larger budget"
    )
    assert not (tmp_path / "experiments.json").exists()
    conduct("copy", out=tmp_path, size="tiny", resume=True)
    assert contents(tmp_path) == contents(whole[1])


def test_a_long_run_keeps_what_was_done_when_the_budget_ends(tmp_path):
    with pytest.raises(UnfinishedError, match="stopped at step 5 of 200"):
        trained(TASK, folder=tmp_path, deadline=time.time())
    assert read_checkpoint(tmp_path, TASK)["step"] == 5


# -- checkpoints that are none ------------------------------------------------------------------------------------


def kept(tmp_path):
    write_checkpoint(tmp_path, TASK, {"step": 5, "model": {"weight": torch.ones(3)}})
    return checkpoint_path(tmp_path, TASK)


def test_a_checkpoint_comes_back_as_it_was(tmp_path):
    assert read_checkpoint(tmp_path, TASK) is None
    kept(tmp_path)
    found = read_checkpoint(tmp_path, TASK)
    assert found["step"] == 5
    assert torch.equal(found["model"]["weight"], torch.ones(3))


def test_every_damaged_byte_and_every_missing_end_is_noticed(tmp_path):
    path = kept(tmp_path)
    content = path.read_bytes()
    for place in (0, 30, 100, 200, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert "checkpoint: got" in refusal(lambda: read_checkpoint(tmp_path, TASK))
        path.write_bytes(content[:place])
        assert "checkpoint: got" in refusal(lambda: read_checkpoint(tmp_path, TASK))


def test_the_checkpoint_of_another_run_is_refused(tmp_path):
    path, other = kept(tmp_path), TASK | {"seed": 7}
    path.rename(checkpoint_path(tmp_path, other))
    assert "expected the checkpoint of this run by this version" in refusal(lambda: read_checkpoint(tmp_path, other))


def test_the_checkpoint_of_other_code_is_refused(tmp_path, monkeypatch):
    kept(tmp_path)
    monkeypatch.setattr(checkpoints, "version", lambda: "another, torch 1")
    assert "by this version (another, torch 1)" in refusal(lambda: read_checkpoint(tmp_path, TASK))


def test_a_file_that_is_no_checkpoint_is_refused_and_a_study_says_which(tmp_path):
    tasks = [each.to_task() for each in STUDIES["copy"].runs("tiny")]
    path = checkpoint_path(tmp_path / "checkpoints", tasks[0])
    path.parent.mkdir()
    path.write_text("hello")
    found = conduct("copy", out=tmp_path, size="tiny")
    assert found.finished == 7
    assert len(found.failed) == 1
    assert "expected a checkpoint, not a file that is none; delete it to start this run anew" in found.failed[0]
    assert path.read_text() == "hello"
    path.unlink()
    assert conduct("copy", out=tmp_path, size="tiny", resume=True).finished == 8


def test_a_checkpoint_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    assert "checkpoint: got" in refusal(lambda: write_checkpoint(tmp_path / "file", TASK, {}))
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_checkpoint_runs_no_code(tmp_path):
    class Bad:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "made"),))

    path = kept(tmp_path)
    write_checkpoint(tmp_path, TASK, {"step": Bad()})
    with pytest.raises(Exception, match="Weights only load failed"):
        read_checkpoint(tmp_path, TASK)
    assert path.exists()
    assert not (tmp_path / "made").exists()


# -- bad input ----------------------------------------------------------------------------------------------------


def test_an_unknown_experiment_is_refused_before_anything_is_made(tmp_path):
    message = refusal(lambda: conduct("copi", out=tmp_path / "out"))
    assert message.startswith("NAME: got 'copi'; expected one of copy, length, tasks, repair, compression")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("budget", [0.0, -1.0, float("nan")])
def test_a_budget_that_is_none_is_refused(budget, tmp_path):
    assert refusal(lambda: conduct("copy", out=tmp_path, size="tiny", budget=budget)).startswith("budget: got")


def test_a_folder_that_cannot_be_made_or_has_results_is_refused(whole, tmp_path):
    (tmp_path / "file").write_text("")
    assert refusal(lambda: conduct("copy", out=tmp_path / "file" / "x", size="tiny")).startswith("out: got")
    assert "copy.journal" in refusal(lambda: conduct("copy", out=whole[1], size="tiny"))
    assert "not one of other tasks" in refusal(lambda: conduct("copy", out=whole[1], size="full", resume=True))


# -- the command line ---------------------------------------------------------------------------------------------


@pytest.fixture
def call(capsys, tmp_path, monkeypatch):
    """The program in this process and an empty folder: exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments):
        jaxtyping.config.update("jaxtyping_disable", True)
        try:
            code = cli.main(["experiment", *arguments])
        finally:
            jaxtyping.config.update("jaxtyping_disable", False)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return called


def test_one_command_runs_every_study_and_draws_every_figure(call):
    code, out, err = call("all", "--size", "tiny", "--out", "here", "--jobs", "2", "--figures")
    assert code == 0, err
    for study in STUDIES.values():
        assert study.title in out
    drawn = {path.stem for path in Path("here").glob("*.svg")}
    assert drawn == {"slope", "distance", "learning", "lengths", "discriminability"}
    assert {path.name for path in Path("here").glob("*.*")} >= {*FILES, "all.journal", *(f"{d}.pdf" for d in drawn)}
    again = call("all", "--size", "tiny", "--out", "here", "--resume", "--json")
    assert json.loads(again[1]) == json.loads(Path("here/experiments.json").read_text())


def test_the_similarity_figures_need_no_training(call):
    code, out, _ = call("similarity")
    assert code == 0
    assert "0.7062   0.9652" in out


def test_failures_on_the_command_line(call):
    assert call("copi")[0] == 2
    code, _, err = call("copy", "--size", "tiny", "--budget", "1e-9", "-q")
    assert code == 2
    assert "budget: got 1e-09; expected minutes enough" in err
    assert "Traceback" not in err


def test_a_run_that_fails_is_named_and_makes_the_exit_code_2(call, monkeypatch):
    broken = training.positional

    def no_rank(name, **options):
        if name == "rank":
            raise ValueError("no such luck")
        return broken(name, **options)

    monkeypatch.setattr(training, "positional", no_rank)
    code, out, err = call("copy", "--size", "tiny")
    assert code == 2
    assert "6 of 8 runs are finished" in out
    assert "a run failed" in err
    assert "no such luck" in err
    assert "2 of 8 runs are left; go on with --resume" in err
