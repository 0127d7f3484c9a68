"""The one seam for parallel work: a function, its tasks, and what to do with each result.

Everything that runs in parallel in swanneck runs through `run_tasks`. It speaks to any
`concurrent.futures.Executor`, so a cluster fits the same seam as the processes of this machine.
"""

import pickle  # only to try whether an error survives the way from a worker to its parent
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from swanneck.execution.processes import ProcessPool
from swanneck.foundation.errors import SettingsError, SwanneckError

__all__ = ["TaskFailure", "run_tasks"]

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")

_LOOK_AFTER_WORKERS_SECONDS = 1.0


@dataclass(frozen=True)
class TaskFailure:
    """What a task gives instead of a result: the error that stopped it, and the traceback where it was raised."""

    error: BaseException
    trace: str = ""


def run_tasks(
    function: Callable[[_Task], _Result],
    tasks: Iterable[_Task],
    *,
    workers: int,
    on_done: Callable[[_Task, _Result | TaskFailure], None],
    max_in_flight: int | None = None,
    open_pool: Callable[[int], Executor] = ProcessPool,
) -> None:
    """Call `function(task)` for every task and hand each result to `on_done(task, result)`, in any order.

    `on_done` runs in this process. `tasks` may be an endless iterator: at most `max_in_flight` tasks (by
    default twice the workers) are handed out at a time, so memory does not grow with their number. With one
    worker all runs in this process. Function, tasks and results must be picklable otherwise.

    A task that raises is handed over as a `TaskFailure`, and the others go on. When a worker process is
    killed (out of memory, a crash), the pool is opened anew and the tasks that were under way are tried once
    more, one by one; a task that kills its worker again is handed over as a `TaskFailure`.

    `open_pool(workers)` gives the pool: any `concurrent.futures.Executor`, for instance a Dask client's.

    Whatever stops this call (Ctrl-C, an error in `on_done` or in the iterator) cancels what has not started,
    kills the workers and is raised again. Raises `SettingsError` for fewer than one worker or task in flight,
    and `SwanneckError` where workers cannot be started at all.

    >>> import math
    >>> def show(task, result):
    ...     print(task, result.error if isinstance(result, TaskFailure) else result)
    >>> run_tasks(math.sqrt, [9.0, -1.0, 4.0], workers=1, on_done=show)
    9.0 3.0
    -1.0 math domain error
    4.0 2.0
    """
    limit = 2 * workers if max_in_flight is None else max_in_flight
    if workers < 1 or limit < 1:
        problem = f"work needs at least one worker and one task in flight, got {workers} and {limit}"
        raise SettingsError(problem)
    if workers == 1 and open_pool is ProcessPool:
        for task in tasks:
            on_done(task, _attempt(function, task))
        return
    crew = _Crew(function, on_done, lambda: open_pool(workers))
    try:
        _keep_busy(crew, iter(tasks), limit)
    except BaseException:
        crew.abandon()
        raise
    crew.close()


def _attempt(function: Callable[[_Task], _Result], task: _Task) -> _Result | TaskFailure:
    try:
        return function(task)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # the border that keeps one task's trouble from the rest
        return TaskFailure(_portable(error), traceback.format_exc())


def _portable(error: BaseException) -> BaseException:
    # An error that cannot be unpickled would take the parent's pool down with it.
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001  # foreign errors fail to pickle in any way they like
        return SwanneckError(f"{type(error).__name__}: {error}")
    return error


def _keep_busy(crew: "_Crew[_Task, _Result]", source: Iterator[_Task], limit: int) -> None:
    while True:
        lost: list[_Task] = []
        for task in islice(source, limit - len(crew.under_way)):
            if not crew.start(task):
                lost.append(task)
                break
        if not crew.under_way and not lost:
            return
        lost += crew.hand_over_finished()
        if lost:
            # One lost task means a broken pool: whatever it still holds is lost as well.
            while crew.under_way:
                lost += crew.hand_over_finished()
            crew.retry_one_by_one(lost)


class _Crew(Generic[_Task, _Result]):
    """A pool that can break and be replaced, and the tasks it has under way."""

    def __init__(
        self,
        function: Callable[[_Task], _Result],
        on_done: Callable[[_Task, _Result | TaskFailure], None],
        open_pool: Callable[[], Executor],
    ) -> None:
        self.function = function
        self.on_done = on_done
        self.open_pool = open_pool
        self.pool = open_pool()
        self.under_way: dict[Future[_Result | TaskFailure], _Task] = {}

    def start(self, task: _Task) -> bool:
        """Hand a task to the pool; False where the pool is broken."""
        try:
            self.under_way[self.pool.submit(_attempt, self.function, task)] = task
        except BrokenExecutor:
            return False
        return True

    def hand_over_finished(self) -> list[_Task]:
        """Wait until some tasks are finished, hand over their results and return those whose worker was lost."""
        finished: set[Future[_Result | TaskFailure]] = set()
        while self.under_way and not finished:
            finished, _ = wait(self.under_way, _LOOK_AFTER_WORKERS_SECONDS, FIRST_COMPLETED)
            if not finished and isinstance(self.pool, ProcessPool) and self.pool.lost_a_worker():
                self.pool.kill()
        lost = []
        for future in finished:
            task = self.under_way.pop(future)
            if _is_lost(future):
                lost.append(task)
            else:
                self.on_done(task, _outcome(future))
        return lost

    def retry_one_by_one(self, tasks: list[_Task]) -> None:
        """Open a new pool and run each of these tasks alone; one that loses its worker again has failed."""
        self.replace_pool()
        for task in tasks:
            if self.start(task) and not self.hand_over_finished():
                continue
            self.replace_pool()
            problem = "the worker process died on this task, twice: it was killed or it crashed"
            remedy = "If memory ran out, use fewer workers; look into the system's log for the reason"
            self.on_done(task, TaskFailure(SwanneckError(problem, remedy=remedy)))

    def replace_pool(self) -> None:
        """Put a new pool in the place of a broken one, and make sure that it works."""
        self.pool.shutdown(wait=True, cancel_futures=True)
        self.pool = self.open_pool()
        try:
            self.pool.submit(int).result()
        except BrokenExecutor as error:
            problem = "worker processes cannot be started"
            remedy = "In a script, call swanneck below `if __name__ == '__main__':`; one worker needs no processes"
            raise SwanneckError(problem, remedy=remedy) from error

    def abandon(self) -> None:
        """Stop at once: nothing further starts, what is under way is lost."""
        if isinstance(self.pool, ProcessPool):
            self.pool.kill()
        self.pool.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """Let the workers go home; all work is done."""
        self.pool.shutdown(wait=True)


def _is_lost(future: Future[_Result]) -> bool:
    return future.cancelled() or isinstance(future.exception(), BrokenExecutor)


def _outcome(future: Future[_Result | TaskFailure]) -> _Result | TaskFailure:
    # The function's own errors come as a TaskFailure; an error of the future itself is one of the transport.
    error = future.exception()
    return future.result() if error is None else TaskFailure(error, "".join(traceback.format_exception(error)))
