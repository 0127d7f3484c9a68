"""Parallel work: nothing is lost, nothing hangs, whatever happens to a task or a worker."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest

from swanneck.execution.executor import TaskFailure, run_tasks
from swanneck.execution.processes import _processor_quota, default_workers
from swanneck.foundation.errors import SettingsError


@pytest.fixture
def toys(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    return import_module("toy_tasks")


def collect(function, tasks, **options):
    results = {}
    run_tasks(function, tasks, on_done=results.__setitem__, **options)
    return results


def threads(workers):
    return ThreadPoolExecutor(workers)


def test_one_worker_and_two_give_the_same_results(toys):
    numbers = [4.0, -1.0, 9.0, 0.0]
    alone, together = (collect(toys.square_root, numbers, workers=count) for count in (1, 2))
    assert alone.keys() == together.keys()
    assert [alone[n] for n in (4.0, 9.0, 0.0)] == [together[n] for n in (4.0, 9.0, 0.0)] == [2.0, 3.0, 0.0]
    assert str(alone[-1.0].error) == str(together[-1.0].error) == "no root of -1.0"


def test_a_failed_task_brings_its_error_and_where_it_was_raised(toys):
    failure = collect(toys.square_root, [-1.0], workers=1)[-1.0]
    assert isinstance(failure, TaskFailure)
    assert isinstance(failure.error, ValueError)
    assert "in square_root" in failure.trace


def test_errors_that_cannot_travel_are_told_in_words(toys):
    results = collect(toys.raise_awkward, range(6), workers=2)
    assert [results[n] for n in (0, 1, 2, 5)] == [0, 1, 2, 5]
    assert str(results[3].error) == "AwkwardError: B03 3"
    assert isinstance(results[4].error, SystemExit)


def test_a_killed_worker_costs_only_its_own_task(toys):
    results = collect(toys.crash_on_13, range(40), workers=2, max_in_flight=6)
    assert "worker process died" in str(results.pop(13).error)
    assert results == {n: n for n in range(40) if n != 13}


def test_a_task_whose_worker_was_killed_once_is_tried_again(toys, tmp_path):
    marker = str(tmp_path / "was-here")
    assert collect(toys.crash_once, [marker], workers=2) == {marker: "done"}


def test_a_worker_that_dies_in_the_middle_of_its_answer_does_not_hang_the_run(toys):
    results = collect(toys.die_while_answering, range(8), workers=2)
    assert "worker process died" in str(results.pop(5).error)
    assert results == {n: n for n in range(8) if n != 5}


def test_workers_run_one_thread_each_and_the_parents_environment_stays(toys, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    names = ["POLARS_MAX_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS"]
    assert collect(toys.threads_of_worker, names, workers=2) == dict.fromkeys(names, "1")
    assert os.environ["OMP_NUM_THREADS"] == "7"


def test_tasks_are_drawn_only_as_results_come_in():
    finished = []
    most_ahead = 0

    def count_up():
        nonlocal most_ahead
        for number in range(20_000):
            most_ahead = max(most_ahead, number - len(finished))
            yield number

    run_tasks(abs, count_up(), workers=2, open_pool=threads, on_done=lambda task, _: finished.append(task))
    assert sorted(finished) == list(range(20_000))
    assert most_ahead <= 4


def test_any_pool_of_the_standard_interface_serves():
    assert collect(len, ["a", "bc"], workers=2, open_pool=threads) == {"a": 1, "bc": 2}


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_the_callers_own_stops_the_run(toys, workers):
    def refuse(task, result):
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        run_tasks(toys.square_root, iter([1.0] * 1000), workers=workers, on_done=refuse)


@pytest.mark.parametrize(("workers", "limit"), [(0, None), (2, 0)])
def test_no_worker_or_no_task_in_flight_is_refused(workers, limit):
    with pytest.raises(SettingsError, match="at least one"):
        run_tasks(len, [], workers=workers, max_in_flight=limit, on_done=print)


INTERRUPTED = """
import sys
from toy_tasks import sleep_long
from swanneck.execution.executor import run_tasks
if __name__ == "__main__":
    try:
        run_tasks(sleep_long, [sys.argv[1]] * 9, workers=2, on_done=print)
    except KeyboardInterrupt:
        print("stopped")
"""

UNGUARDED = """
from toy_tasks import square_root
from swanneck.execution.executor import run_tasks
run_tasks(square_root, [1.0, 4.0], workers=2, on_done=print)
"""


def start_script(text, folder, *arguments):
    script = folder / "script.py"
    script.write_text(text)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, str(script), *arguments]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def wait_for_workers(folder, count):
    deadline = time.monotonic() + 20
    while len(started := list(folder.glob("*.started"))) < count and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(started) == count
    return [int(path.stem) for path in started]


def is_running(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def test_ctrl_c_ends_parent_and_workers_at_once_without_a_traceback(tmp_path):
    parent = start_script(INTERRUPTED, tmp_path, str(tmp_path))
    workers = wait_for_workers(tmp_path, 2)
    began = time.monotonic()
    os.killpg(parent.pid, signal.SIGINT)
    output, errors = parent.communicate(timeout=10)
    assert time.monotonic() - began < 5
    assert (output, errors) == ("stopped\n", "")
    assert not any(map(is_running, workers))


def test_workers_do_not_outlive_a_killed_parent(tmp_path):
    parent = start_script(INTERRUPTED, tmp_path, str(tmp_path))
    workers = wait_for_workers(tmp_path, 2)
    parent.kill()
    parent.communicate(timeout=10)
    deadline = time.monotonic() + 5
    while any(map(is_running, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_running, workers))


def test_workers_that_cannot_start_are_reported_and_not_retried_for_ever(tmp_path):
    parent = start_script(UNGUARDED, tmp_path)
    _, errors = parent.communicate(timeout=20)
    assert parent.returncode == 1
    assert "worker processes cannot be started" in errors
    assert "__main__" in errors


def test_default_workers_keeps_to_the_affinity():
    assert 1 <= default_workers() <= len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("membership", "files", "expected"),
    [
        ("0::/job/step\n", {"job/cpu.max": "150000 100000\n", "job/step/cpu.max": "max 100000\n"}, 1.5),
        ("4:cpu,cpuacct:/job\n", {"cpu/job/cpu.cfs_quota_us": "200000", "cpu/job/cpu.cfs_period_us": "\n100000"}, 2.0),
        ("0::/\n", {"cpu.max": "max 100000\n"}, float("inf")),
        ("0::/elsewhere\n", {}, float("inf")),
        ("0::/\n", {"cpu.max": "broken\n"}, float("inf")),
    ],
)
def test_processor_quota_of_containers(tmp_path, membership, files, expected):
    (tmp_path / "membership").write_text(membership)
    for name, text in files.items():
        (tmp_path / "groups" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "groups" / name).write_text(text)
    assert _processor_quota(tmp_path / "membership", tmp_path / "groups") == expected
