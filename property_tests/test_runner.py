"""The runner: order, journals, crashes of every kind, processes and clusters. Nothing finished is lost or run again."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusal

from phase_latency.errors import ArgumentError, MissingToolError
from phase_latency.running import Outcome, UnfinishedError, Work, identity, pools, run, runner
from phase_latency.running.journal import opened_journal

TASKS = [{"n": n} for n in range(8)]
PATIENCE = 120  # seconds; machines that run tests may be busy


def square(task):
    """Say how it ran, and misbehave as the task tells."""
    if "seen" in task:  # a file that counts the calls
        with open(task["seen"], "a") as file:
            file.write(f"{task['n']}\n")
    if "once" in task and not os.path.exists(task["once"]):
        Path(task["once"]).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if task.get("deadly"):
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(task.get("seconds", 0))
    return {"square": task["n"] ** 2, "threads": torch.get_num_threads()}


def spoil(task):
    """Fail in one way or another."""
    if task["how"] == "interrupt" and not os.path.exists(task["until"]):
        raise KeyboardInterrupt
    failures = {
        "error": ValueError("two\nlines"),
        "exit": SystemExit(3),
        "bare": RuntimeError(),
        "ours": ArgumentError("dim", 7, "an even integer", "pass an even width"),
        "long": ValueError("x" * 10_000),
    }
    if task["how"] in failures:
        raise failures[task["how"]]
    return {"nan": {"x": float("nan")}, "list": [1], "tensor": {"x": torch.ones(2)}}.get(task["how"], {"fine": (1, 2)})


SQUARE, SPOIL = Work("square", "1", square), Work("spoil", "1", spoil)


def squares(outcomes):
    return [outcome.result["square"] for outcome in outcomes]


def without_time(outcomes):
    return [(outcome.task, outcome.result, outcome.error) for outcome in outcomes]


def lines(path):
    return path.read_text().splitlines()


# -- results ------------------------------------------------------------------------------------------------------


def test_outcomes_come_in_the_order_of_the_tasks_whatever_finishes_first():
    tasks = [{"n": n, "seconds": (8 - n) / 40} for n in range(8)]
    finished = []
    outcomes = run(SQUARE, tasks, jobs=2, progress=lambda what, done, total: finished.append((what, done, total)))
    assert [outcome.task for outcome in outcomes] == tasks
    assert squares(outcomes) == [n**2 for n in range(8)]
    assert finished == [("square", done, 8) for done in range(9)]
    assert without_time(outcomes) == without_time(run(SQUARE, tasks))


def test_every_task_runs_with_one_thread_and_the_caller_keeps_its_own():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        outcomes = run(SQUARE, TASKS)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert {outcome.result["threads"] for outcome in outcomes} == {1}


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("error", "ValueError: two lines"),
        ("exit", "SystemExit: 3"),
        ("bare", "RuntimeError"),
        ("ours", "dim: got 7; expected an even integer; pass an even width"),
        ("long", "ValueError: xxx"),
        ("nan", "ValueError: Out of range float values are not JSON compliant"),
        ("list", "TypeError: the result is of type list, no dictionary"),
        ("tensor", "TypeError: Object of type Tensor is not JSON serializable"),
    ],
)
def test_an_error_is_the_outcome_of_its_task_and_stops_no_other(how, error, tmp_path):
    first, failed, last = run(SPOIL, [{"how": "a"}, {"how": how}, {"how": "b"}], journal=tmp_path / "journal")
    assert failed.error.startswith(error)
    assert len(failed.error) <= 500
    assert "\n" not in failed.error
    assert failed.result is None
    assert (first.error, last.error) == (None, None)
    assert first.result == {"fine": [1, 2]}  # as the journal gives it back


def test_a_task_is_named_by_its_content():
    assert identity(SQUARE, {"a": 1, "b": [2]}) == identity(SQUARE, {"b": [2], "a": 1})
    others = [identity(work, {"a": 1}) for work in (SQUARE, SPOIL, Work("square", "2", square))]
    others += [identity(SQUARE, task) for task in ({"a": 2}, {"a": 1.0}, {"a": "1"}, {"b": 1})]
    assert len(set(others)) == len(others)


BAD = [
    ({"tasks": []}, "tasks: got []; expected at least one task"),
    ({"tasks": [{"n": 1}, {"n": 1}]}, "tasks: got {'n': 1}; expected tasks that differ"),
    ({"tasks": [[1]]}, "tasks: got [1]; expected a dictionary of JSON values"),
    ({"tasks": [{"n": float("inf")}]}, "tasks: got {'n': inf}; expected finite JSON values"),
    ({"tasks": [{"n": {1}}]}, "tasks: got {'n': {1}}; expected finite JSON values"),
    ({"tasks": [{"n": (1,)}]}, "tasks: got {'n': (1,)}; expected values that JSON gives back"),
    ({"tasks": [{1: 1}]}, "tasks: got {1: 1}; expected values that JSON gives back"),
    ({"jobs": 0}, "jobs: got 0; expected an integer >= 1"),
    ({"jobs": 2.0}, "jobs: got 2.0; expected an integer >= 1"),
    ({"jobs": True}, "jobs: got True; expected an integer >= 1"),
    ({"jobs": 2, "cluster": "tcp://a:1"}, "jobs: got 2; expected local processes or a cluster, not both"),
    ({"resume": True}, "resume: got True; expected a journal to go on with"),
    ({"journal": Path("/dev/null/journal")}, "journal: got '/dev/null/journal'; expected a file in a folder"),
    ({"journal": Path("nowhere/journal")}, "journal: got 'nowhere/journal'; expected a file in a folder"),
    ({"journal": Path("x" * 300)}, "journal: got 'xxx"),
    ({"cluster": ""}, "cluster: got ''; expected the address of a dask scheduler that answers, as in tcp://"),
    ({"cluster": "nowhere"}, "cluster: got 'nowhere'; expected the address of a dask scheduler that answers"),
]


@pytest.mark.parametrize(("bad", "message"), BAD, ids=[message[:40] for _, message in BAD])
def test_bad_input_is_refused_before_anything_runs(bad, message, tmp_path):
    task = {"n": 1, "seen": f"{tmp_path}/seen"}
    assert refusal(lambda: run(SQUARE, **{"tasks": [task], **bad})).startswith(message)
    assert list(tmp_path.iterdir()) == []


def test_a_cluster_without_dask_is_a_missing_tool(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingToolError, match=r"^dask: not found; .*run `pip install 'phase-latency\[cluster\]'`$"):
        run(SQUARE, TASKS, cluster="tcp://127.0.0.1:1")


# -- journals -----------------------------------------------------------------------------------------------------


def counting(tmp_path, number=8):
    """Tasks that leave a line in a file whenever they run, and what reads it."""
    seen = tmp_path / "seen"
    return [{"n": n, "seen": str(seen)} for n in range(number)], lambda: sorted(map(int, lines(seen)))


def test_what_is_finished_is_not_run_again(tmp_path):
    tasks, calls = counting(tmp_path)
    first = run(SQUARE, tasks, journal=tmp_path / "journal")
    again = run(SQUARE, tasks[::-1], journal=tmp_path / "journal", resume=True)
    assert again == first[::-1]  # with the same seconds: nothing has run
    assert calls() == list(range(8))


def test_resume_starts_where_nothing_is_there(tmp_path):
    assert squares(run(SQUARE, TASKS, journal=tmp_path / "journal", resume=True)) == [n**2 for n in range(8)]
    assert len(lines(tmp_path / "journal")) == 9


def test_what_failed_is_run_again(tmp_path):
    path, tasks = tmp_path / "journal", [{"how": "a"}, {"how": "error"}]
    run(SPOIL, tasks, journal=path)
    mended = Work("spoil", "1", lambda task: {"mended": task["how"]})
    assert [outcome.result for outcome in run(mended, tasks, journal=path, resume=True)] == [
        {"fine": [1, 2]},
        {"mended": "error"},
    ]
    again = run(Work("spoil", "1", spoil), tasks, journal=path, resume=True)
    assert [outcome.error for outcome in again] == [None, None]


@pytest.fixture(scope="module")
def complete(tmp_path_factory):
    """Bytes of a finished journal, and the outcomes."""
    path = tmp_path_factory.mktemp("complete") / "journal"
    outcomes = run(SQUARE, TASKS, journal=path)
    return path.read_bytes(), outcomes


@contextmanager
def journal_of(folder, data):
    """A journal with some content."""
    path = folder / "journal"
    path.write_bytes(data)
    yield path
    path.unlink()


@given(data=st.data())
def test_a_journal_cut_anywhere_is_completed(data, complete, tmp_path_factory):
    """What a killed process or a full disk leaves: whole lines, and perhaps a part of the last one."""
    whole, outcomes = complete
    header = whole.index(b"\n") + 1
    cut = data.draw(st.integers(header, len(whole)) | st.just(0))
    with journal_of(tmp_path_factory.getbasetemp(), whole[:cut]) as path:
        assert without_time(run(SQUARE, TASKS, journal=path, resume=True)) == without_time(outcomes)
        assert sorted(json.loads(line)["task"]["n"] for line in lines(path)[1:]) == list(range(8))


@given(data=st.data())
def test_a_journal_with_another_byte_is_refused_or_means_the_same(data, complete, tmp_path_factory):
    whole, outcomes = complete
    place = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255))
    spoilt = whole[:place] + bytes([byte]) + whole[place + 1 :]
    with journal_of(tmp_path_factory.getbasetemp(), spoilt) as path:
        try:
            found = without_time(run(SQUARE, TASKS, journal=path, resume=True))
        except ArgumentError as error:
            found, message = None, str(error)
        if found is None:
            assert message.startswith("journal: got ")
            assert path.read_bytes() == spoilt  # left as it is
        else:
            assert found == without_time(outcomes)


def test_twin_without_digests_a_changed_figure_would_go_unnoticed(complete, tmp_path, monkeypatch):
    spoilt = complete[0].replace(b'"square": 49', b'"square": 94')
    path = tmp_path / "journal"
    path.write_bytes(spoilt)
    assert "one that is damaged, at line 9" in refusal(lambda: run(SQUARE, TASKS, journal=path, resume=True))
    monkeypatch.setattr(
        "phase_latency.running.journal._digest", lambda entry: json.loads(spoilt.splitlines()[-1])["digest"]
    )
    path.write_bytes(b"\n".join([spoilt.splitlines()[0], spoilt.splitlines()[-1], b""]))
    assert squares(run(SQUARE, TASKS, journal=path, resume=True))[-1] == 94


FOREIGN = [
    (lambda data: b"", None),
    (lambda data: data[:20], "the journal of this run, not a file that is none"),
    (lambda data: b"n,square\n1,1\n", "not a file that is none; choose another name"),
    (lambda data: b"[]\n", "not a file that is none"),
    (lambda data: bytes(range(256)), "not a file that is none"),
    (lambda data: data.replace(b'"format": 1', b'"format": 2'), "not one of another format: 2, where this run has 1"),
    (
        lambda data: data.replace(b'"version": "1"', b'"version": "0"'),
        "one of another version: 0, where this run has 1",
    ),
    (lambda data: data.replace(b'"work": "square"', b'"work": "cube"'), "not one of other work: cube"),
    (lambda data: data.replace(b'"tasks": "', b'"tasks": "f'), "not one of other tasks: f"),
    (lambda data: data + data.splitlines(keepends=True)[1], "not one that is damaged, at line 10"),
    (lambda data: data + b"\n", "not one that is damaged, at line 10"),
    (lambda data: data + b"{}\n", "not one that is damaged, at line 10"),
    (lambda data: data + b'{"digest": "", "task": 1}\n', "not one that is damaged, at line 10"),
]


@pytest.mark.parametrize(("spoil", "message"), FOREIGN, ids=[str(message)[-40:] for _, message in FOREIGN])
def test_a_journal_of_something_else_is_refused_and_kept(spoil, message, complete, tmp_path):
    path = tmp_path / "journal"
    path.write_bytes(spoil(complete[0]))
    if message is None:  # killed before the header was written: nothing is lost
        assert len(run(SQUARE, TASKS, journal=path, resume=True)) == 8
        return
    assert message in refusal(lambda: run(SQUARE, TASKS, journal=path, resume=True))
    assert path.read_bytes() == spoil(complete[0])


@pytest.mark.parametrize(
    "other", [TASKS[:7], [*TASKS, {"n": 8}], [*TASKS[:7], {"n": 8}]], ids=["fewer", "more", "other"]
)
def test_other_tasks_are_never_mixed_in(other, complete, tmp_path):
    (tmp_path / "journal").write_bytes(complete[0])
    message = refusal(lambda: run(SQUARE, other, journal=tmp_path / "journal", resume=True))
    assert "not one of other tasks" in message


def test_a_journal_that_is_there_is_kept_unless_it_is_resumed(complete, tmp_path):
    path = tmp_path / "journal"
    path.write_bytes(complete[0])
    assert "expected a new file, not one that an earlier run has left" in refusal(
        lambda: run(SQUARE, TASKS, journal=path)
    )
    assert path.read_bytes() == complete[0]


def test_two_runs_do_not_share_a_journal(complete, tmp_path):
    path = tmp_path / "journal"
    path.write_bytes(complete[0])
    tasks = {identity(SQUARE, task): task for task in TASKS}
    with opened_journal(path, SQUARE, tasks, resume=True):
        message = refusal(lambda: run(SQUARE, TASKS, journal=path, resume=True))
    assert "expected a journal that no other process writes to; wait for the other run or stop it" in message
    assert len(run(SQUARE, TASKS, journal=path, resume=True)) == 8


def test_a_disk_that_is_full_is_an_error_and_what_is_there_is_kept(tmp_path, monkeypatch):
    path, write, free = tmp_path / "journal", os.write, [3]

    def full(descriptor, data):
        free[0] -= 1
        return write(descriptor, data if free[0] >= 0 else data[:10])

    monkeypatch.setattr("phase_latency.running.journal.os.write", full)
    assert "No space left on device" in refusal(lambda: run(SQUARE, TASKS, journal=path))
    monkeypatch.undo()
    tasks = run(SQUARE, TASKS, journal=path, resume=True)
    assert squares(tasks) == [n**2 for n in range(8)]
    assert len(lines(path)) == 9


@pytest.mark.parametrize("jobs", [1, 2])
def test_after_the_deadline_no_task_begins_and_another_run_goes_on(jobs, tmp_path):
    tasks, calls = counting(tmp_path)
    told = []
    stopped = run(
        *(SQUARE, tasks), journal=tmp_path / "journal", jobs=jobs, deadline=time.time(),
        progress=lambda what, done, total: told.append(done),
    )  # fmt: skip
    assert stopped == [Outcome(task, None, None, 0.0) for task in tasks]
    assert not any(outcome.is_finished for outcome in stopped)
    assert told == [0]
    assert not (tmp_path / "seen").exists()
    later = time.time() + PATIENCE
    assert squares(run(SQUARE, tasks, journal=tmp_path / "journal", resume=True, jobs=jobs, deadline=later)) == [
        n**2 for n in range(8)
    ]
    assert calls() == list(range(8))


def test_what_runs_at_the_deadline_is_finished_and_kept(tmp_path):
    tasks = [{**task, "seconds": 0.2} for task in counting(tmp_path)[0]]
    stopped = run(SQUARE, tasks, journal=tmp_path / "journal", deadline=time.time() + 0.3)
    finished = [outcome.is_finished for outcome in stopped]
    assert finished == sorted(finished, reverse=True)  # in order, and the last ones are left
    assert not finished[-1]
    assert len(lines(tmp_path / "journal")) == 1 + sum(finished)
    resumed = run(SQUARE, tasks, journal=tmp_path / "journal", resume=True)
    assert squares(resumed) == [n**2 for n in range(8)]
    assert resumed[: sum(finished)] == stopped[: sum(finished)]  # with the same seconds: they have not run again


def two_steps(task):
    """Keep the first step and stop, if time is up; go on from there another time."""
    kept = Path(task["kept"])
    if task["stops"] and not kept.exists():
        kept.write_text("1")
        raise UnfinishedError("stopped at step 1 of 2")
    return {"went on": kept.exists()}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_function_that_stops_by_itself_is_unfinished_and_not_failed(jobs, tmp_path):
    work = Work("two steps", "1", two_steps)
    tasks = [{"stops": stops, "kept": str(tmp_path / f"kept-{stops}")} for stops in (True, False)]
    stopped, other = run(work, tasks, journal=tmp_path / "journal", jobs=jobs)
    assert (stopped.result, stopped.error, stopped.is_finished) == (None, None, False)
    assert other.result == {"went on": False}
    assert len(lines(tmp_path / "journal")) == 2  # its heading, and the one that is finished
    resumed = run(work, tasks, journal=tmp_path / "journal", resume=True, jobs=jobs)
    assert [outcome.result for outcome in resumed] == [{"went on": True}, {"went on": False}]


def test_an_interruption_keeps_what_is_finished(tmp_path):
    until = str(tmp_path / "until")
    tasks = [{"how": how, "until": until} for how in ("a", "interrupt", "b")]
    with pytest.raises(KeyboardInterrupt):
        run(SPOIL, tasks, journal=tmp_path / "journal")
    assert len(lines(tmp_path / "journal")) == 2
    Path(until).touch()
    assert all(outcome.result for outcome in run(SPOIL, tasks, journal=tmp_path / "journal", resume=True))


# -- processes that die -------------------------------------------------------------------------------------------

KILLED = """
import sys
from pathlib import Path
from test_runner import SQUARE, run
tasks = [{"n": n, "seconds": 0.2, "seen": sys.argv[1]} for n in range(12)]
run(SQUARE, tasks, journal=Path(sys.argv[2]), jobs=int(sys.argv[3]))
"""


def wait_for(condition):
    """Wait until something has happened."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it has not happened"
        time.sleep(0.02)


def processes_of(session):
    """Processes of a session that are still running."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its_session, *_ = entry.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(its_session) == session and state != "Z":
            found.append(entry.parent.name)
    return found


@pytest.mark.parametrize("jobs", [1, 2])
def test_kill_9_loses_only_what_was_running(jobs, tmp_path):
    seen, path = tmp_path / "seen", tmp_path / "journal"
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(map(str, (Path(__file__).parent, Path(__file__).parents[1])))
    }
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(seen), str(path), str(jobs)], env=environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for(lambda: process.poll() is not None or (path.exists() and len(lines(path)) > 3))
    process.kill()
    assert process.wait() == -signal.SIGKILL
    wait_for(lambda: not processes_of(process.pid))  # no worker goes on beside the run that resumes
    kept = [json.loads(line)["task"]["n"] for line in lines(path)[1:]]
    tasks = [{"n": n, "seconds": 0.2, "seen": str(seen)} for n in range(12)]
    outcomes = run(SQUARE, tasks, journal=path, resume=True)
    assert squares(outcomes) == [n**2 for n in range(12)]
    calls = [int(n) for n in lines(seen)]
    assert len(kept) >= 3
    assert all(calls.count(n) == 1 for n in kept)
    assert len(calls) <= 12 + 2 * jobs  # those that were running ran twice
    assert sorted(json.loads(line)["task"]["n"] for line in lines(path)[1:]) == list(range(12))


def test_a_worker_that_is_killed_loses_no_result(tmp_path):
    tasks = [{"n": n} for n in range(12)]
    tasks[2]["once"] = f"{tmp_path}/died"
    outcomes = run(SQUARE, tasks, jobs=2, journal=tmp_path / "journal")
    assert (tmp_path / "died").exists()
    assert squares(outcomes) == [n**2 for n in range(12)]
    assert sorted(json.loads(line)["task"]["n"] for line in lines(tmp_path / "journal")[1:]) == list(range(12))


def test_a_task_that_always_kills_its_worker_fails_and_the_others_do_not():
    outcomes = run(SQUARE, [{"n": n, "deadly": n == 3} for n in range(6)], jobs=2)
    assert [outcome.task["n"] for outcome in outcomes if outcome.error] == [3]
    assert outcomes[3].error == runner._DIED


# -- clusters -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster():
    """A dask cluster of two workers of one thread; nothing of it is left when the tests are done."""
    import dask
    from distributed import LocalCluster

    patient = {
        "distributed.comm.timeouts.connect": f"{PATIENCE}s",
        "distributed.scheduler.allowed-failures": 0,  # a task that kills its worker is known at once
    }
    options = {"dashboard_address": ":0", "memory_limit": 0, "silence_logs": logging.CRITICAL + 1}
    with dask.config.set(patient), LocalCluster(n_workers=2, threads_per_worker=1, **options) as running:
        yield running


def test_a_cluster_finds_the_same(cluster, tmp_path):
    tasks = [{"n": n, "seconds": (8 - n) / 40} for n in range(8)]
    outcomes = run(SQUARE, tasks, cluster=cluster.scheduler_address, journal=tmp_path / "journal")
    assert without_time(outcomes) == without_time(run(SQUARE, tasks))
    resumed = run(SQUARE, tasks, journal=tmp_path / "journal", resume=True)  # on this machine
    assert resumed == outcomes


def test_a_worker_of_a_cluster_that_is_killed_loses_no_result(cluster, tmp_path):
    tasks = [{"n": n} for n in range(12)]
    tasks[2]["once"] = f"{tmp_path}/died"
    outcomes = run(SQUARE, tasks, cluster=cluster.scheduler_address, journal=tmp_path / "journal")
    assert (tmp_path / "died").exists()
    assert squares(outcomes) == [n**2 for n in range(12)]
    assert sorted(json.loads(line)["task"]["n"] for line in lines(tmp_path / "journal")[1:]) == list(range(12))


def test_a_task_that_always_kills_workers_of_a_cluster_fails_alone(cluster):
    outcomes = run(SQUARE, [{"n": n, "deadly": n == 3} for n in range(6)], cluster=cluster.scheduler_address)
    assert [outcome.task["n"] for outcome in outcomes if outcome.error] == [3]


def test_errors_come_back_from_a_cluster(cluster):
    ours, bare = run(SPOIL, [{"how": "ours"}, {"how": "bare"}], cluster=cluster.scheduler_address)
    assert (ours.error, bare.error) == ("dim: got 7; expected an even integer; pass an even width", "RuntimeError")


def test_workers_with_another_version_are_refused(cluster, monkeypatch):
    for package in ("torch", "no-such-package"):
        monkeypatch.setattr(pools, "_versions", lambda package=package: {package: "0.0"})
        message = refusal(lambda: run(SQUARE, TASKS, cluster=cluster.scheduler_address))
        assert f"expected workers with {package} 0.0; install it at tcp://" in message
    assert message.endswith("which has none")


def test_a_scheduler_that_does_not_answer_is_refused(monkeypatch):
    monkeypatch.setattr(pools, "_CONNECT", 0.5)
    message = refusal(lambda: run(SQUARE, TASKS, cluster="tcp://127.0.0.1:9"))
    assert message.startswith(
        "cluster: got 'tcp://127.0.0.1:9'; expected the address of a dask scheduler that answers;"
    )


def test_a_cluster_without_workers_is_refused(monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setattr(pools, "_CONNECT", 1.0)
    options = {"dashboard_address": ":0", "silence_logs": logging.CRITICAL + 1}
    with LocalCluster(n_workers=0, **options) as empty:
        message = refusal(lambda: run(SQUARE, TASKS, cluster=empty.scheduler_address))
    assert "expected a scheduler with a worker; start one with `dask worker tcp://" in message


def test_a_cluster_that_loses_all_workers_is_given_up(monkeypatch, tmp_path):
    from distributed import LocalCluster

    monkeypatch.setattr(pools, "_PATIENCE", 0.5)
    monkeypatch.setattr(runner, "_LOOK_AGAIN", 0.1)
    options = {"dashboard_address": ":0", "memory_limit": 0, "silence_logs": logging.CRITICAL + 1}
    with LocalCluster(n_workers=1, threads_per_worker=1, **options) as shrinking:

        def shrink(what, done, total):
            if done == 2:
                shrinking.scale(0)

        tasks = [{"n": n, "seconds": 0.3} for n in range(8)]
        call = partial(run, SQUARE, tasks, journal=tmp_path / "journal", cluster=shrinking.scheduler_address)
        assert "expected a scheduler with workers; start some, and resume" in refusal(partial(call, progress=shrink))
    assert len(lines(tmp_path / "journal")) >= 3


def test_an_outcome_survives_the_way_between_processes():
    outcome = Outcome({"n": 1}, {"square": 1}, None, 0.5)
    assert json.loads(json.dumps(vars(outcome))) == vars(outcome)
