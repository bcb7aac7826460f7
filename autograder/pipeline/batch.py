"""A class: what is still to be graded, handed to workers, written as it comes back."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Final

from autograder.assignment import Assignment, load
from autograder.errors import InternalError
from autograder.intake import Submission
from autograder.pipeline import workers
from autograder.pipeline.grader import Graded, Task, internal_error
from autograder.pipeline.store import Store, StoredRecords
from autograder.records import GraderInfo, Record
from autograder.version import grader_version

_ATTEMPTS: Final = 3
_STOPPING: Final = (signal.SIGINT, signal.SIGTERM)

Progress = Callable[[Record, bool], None]
"""Called with each record as it is there, and whether it was graded now (True) or found (False)."""


@dataclass(frozen=True)
class Batch:
    """The records of a run, in the order of the submissions."""

    records: StoredRecords
    graded_now: int


def grade_class(
    task: Task,
    submissions: Sequence[Submission],
    out: Path,
    jobs: int,
    force: bool = False,
    progress: Progress = lambda record, now: None,
) -> Batch:
    """Grade what is missing or has changed, and write each record as it is done.

    Raises:
        UsageError: `out` cannot be written to, or another run is at work in it.
        AssignmentError, SandboxError: nothing can be graded.
    """
    assignment = load(task.course, task.slug)
    store = Store(out)
    with store.locked():
        found = set()
        for record in () if force else _valid(store, assignment, submissions, confined=task.choice.confined):
            found.add(record.student)
            progress(record, False)
        todo = [entry for entry in submissions if entry.student not in found]

        def done(graded: Graded) -> None:
            store.write(graded)
            progress(graded.record, True)

        if todo:
            _run(task, assignment, todo, min(jobs, len(todo)), done)
    return Batch(StoredRecords(store, [entry.student for entry in submissions]), len(todo))


def _valid(
    store: Store, assignment: Assignment, submissions: Sequence[Submission], confined: bool
) -> Iterator[Record]:
    """Records that still hold: same bytes, same assignment, same grader, and no less of a sandbox."""
    info = GraderInfo(grader_version(), assignment.digest())
    for entry in submissions:
        record = store.record(entry.student)
        if (
            record is not None
            and record.status != "internal-error"
            and record.assignment == assignment.slug
            and record.grader == info
            and record.submission.sha256 == entry.sha256
            and record.submission.file == entry.file
            and bool(entry.problem) <= (record.status == "unreadable")
            and (bool(record.sandbox.layers) or not confined)
        ):
            yield record


def _run(
    task: Task, assignment: Assignment, todo: Sequence[Submission], jobs: int, done: Callable[[Graded], None]
) -> None:
    """All of `todo`, with new workers when one is killed; what was in its hands too often gets no third try."""
    waiting = deque(todo)
    attempts: dict[str, int] = {}
    while waiting:
        with _executor(task, jobs) as executor:
            lost = _drain(executor, waiting, 2 * jobs, done)
        for entry in lost:
            attempts[entry.student] = attempts.get(entry.student, 0) + 1
            if attempts[entry.student] < _ATTEMPTS:
                waiting.appendleft(entry)
            else:
                info = GraderInfo(grader_version(), assignment.digest())
                error = InternalError("the worker that graded this submission was killed, several times")
                done(Graded(internal_error(assignment, info, entry, error)))
        jobs = 1 if lost else jobs  # one at a time shows which submission it is


def _drain(
    executor: Executor, waiting: deque[Submission], most: int, done: Callable[[Graded], None]
) -> list[Submission]:
    """Feed the executor until nothing waits; the submissions that were under way when a worker was killed."""
    running: dict[Future[Graded], Submission] = {}
    try:
        while waiting or running:
            while waiting and len(running) < most:
                with _interrupt_held():  # a worker is started here when there are too few
                    running[executor.submit(workers.grade, waiting[0])] = waiting[0]
                waiting.popleft()  # not before: a pool that has just broken takes nothing
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                graded = future.result()
                del running[future]
                done(graded)
    except BrokenExecutor:
        return [*_unfinished(running, done)]
    return []


def _unfinished(running: dict[Future[Graded], Submission], done: Callable[[Graded], None]) -> Iterator[Submission]:
    """After a break: keep what was finished all the same, give back the rest."""
    for future, entry in running.items():
        if future.done() and not future.cancelled() and future.exception() is None:
            done(future.result())
        else:
            yield entry


@contextlib.contextmanager
def _interrupt_held() -> Iterator[None]:
    """Ctrl-C reaches a whole process group. A worker inherits the held signal and ignores it once it can.

    Here it is put off, too: a worker that is only half told what to do would complain. Holding it in this thread is
    not enough for that, since the kernel may hand it to a thread of NumPy's.
    """
    if threading.current_thread() is not threading.main_thread():  # no other thread may say what signals do
        yield
        return
    resource_tracker.ensure_running()  # it would release the signal when it is started by the first worker
    late: list[int] = []
    handlers = {number: signal.signal(number, lambda n, _: late.append(n)) for number in _STOPPING}
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        for pending in late[:1]:
            signal.raise_signal(pending)


@contextlib.contextmanager
def _executor(task: Task, jobs: int) -> Iterator[Executor]:
    """Worker processes that share nothing with this one; on an interrupt they are ended, not waited for."""
    context = multiprocessing.get_context("spawn")
    cores = context.SimpleQueue()
    if jobs == len(os.sched_getaffinity(0)):  # with fewer, two runs at once would share cores and leave others idle
        for core in sorted(os.sched_getaffinity(0)):
            cores.put(core)
    executor = ProcessPoolExecutor(jobs, mp_context=context, initializer=workers.start, initargs=(task, cores))
    try:
        yield executor
        executor.shutdown()
    except BaseException:
        processes = multiprocessing.active_children()
        executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(10)
        raise
