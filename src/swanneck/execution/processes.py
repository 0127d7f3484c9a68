"""Worker processes on this machine, and how many of them there should be.

The pool is the standard library's, with four habits that unattended work needs: workers start clean
(`spawn`: nothing inherited but what is handed over), run one thread each, leave Ctrl-C to the parent, and
never outlive it.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

__all__ = ["ProcessPool", "default_workers"]

_P = ParamSpec("_P")
_R = TypeVar("_R")

_ONE_THREAD_EACH = (
    "POLARS_MAX_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)  # fmt: skip


class ProcessPool(ProcessPoolExecutor):
    """A pool of single-threaded processes that can be killed, and that die with the process that opened them.

    Use it through `swanneck.execution.executor.run_tasks`. A process is started when a task finds none idle.
    """

    def __init__(self, workers: int) -> None:
        context = multiprocessing.get_context("spawn")
        super().__init__(max_workers=workers, mp_context=context, initializer=_settle_worker)

    def submit(self, function: Callable[_P, _R], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_R]:
        """Hand in one task; like the base class, but a process that starts here starts prepared."""
        with _one_thread_environment(), _interrupts_held_back():
            return super().submit(function, *args, **kwargs)

    def lost_a_worker(self) -> bool:
        """Say whether a process of the pool has ended although the pool is open."""
        return any(process.exitcode is not None for process in list((self._processes or {}).values()))

    def kill(self) -> None:
        """End all processes at once, whatever they are doing; tasks not yet done are lost."""
        processes = list((self._processes or {}).values())
        answers = self._result_queue
        self.shutdown(wait=False)
        for process in processes:
            process.kill()
        for process in processes:
            process.join()
        # A worker that died in the middle of an answer leaves the pool's thread reading the rest for ever: the
        # pipe ends only when the parent's own copy of the writing end is closed too.
        writer = getattr(answers, "_writer", None)
        if writer is not None:
            writer.close()


def default_workers() -> int:
    """Count the cores this process may use: its affinity, and the container's processor quota where there is one.

    >>> default_workers() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    quota = _processor_quota(Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))
    return max(1, int(min(cores, quota)))


def _processor_quota(membership: Path, root: Path) -> float:
    """Read how many processors the control groups (v1 and v2) of this process grant; infinite where unlimited."""
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:
        return float("inf")
    quotas = [float("inf")]
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            quotas += _quotas_along(root, path, ("cpu.max",))
        elif "cpu" in controllers.split(","):
            quotas += _quotas_along(root / "cpu", path, ("cpu.cfs_quota_us", "cpu.cfs_period_us"))
    return min(quotas)


def _quotas_along(root: Path, path: str, names: tuple[str, ...]) -> list[float]:
    # A group is also bound by the quotas of the groups around it; inside a container the path may not exist.
    folder = root / path.strip("/")
    found = []
    for place in (folder, *folder.parents):
        try:
            words = " ".join((place / name).read_text(encoding="utf-8") for name in names).split()
            if len(words) == 2 and words[0] not in {"max", "-1"}:
                found.append(int(words[0]) / int(words[1]))
        except (OSError, ValueError, ZeroDivisionError):
            pass
        if place == root:
            break
    return found


def _settle_worker() -> None:
    """Prepare a new worker: deaf to Ctrl-C, and gone when its parent is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _one_thread_environment() -> Iterator[None]:
    # Libraries read these when they are first imported, which a new process may do before it runs any code of
    # ours; so they must be in the environment that it is born into.
    before = {name: os.environ.get(name) for name in _ONE_THREAD_EACH}
    os.environ.update(dict.fromkeys(_ONE_THREAD_EACH, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    # A new process inherits the mask, so that a Ctrl-C while it starts does not make it print a traceback;
    # the parent gets its own Ctrl-C as soon as the mask is lifted.
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
