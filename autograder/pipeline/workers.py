"""What runs in a worker process: one warm grader, kept between submissions."""

from __future__ import annotations

import multiprocessing.util
import os
import signal
import threading
from multiprocessing.queues import SimpleQueue
from types import FrameType
from typing import Final

from autograder.errors import AutograderError, UsageError
from autograder.intake import Submission
from autograder.pipeline.grader import Graded, Grader, Task
from autograder.sandbox import kernel

_PATIENCE_SECONDS: Final = 600  # for mutants that may have to run first, and for the start of the reference

_grader: Grader | None = None
_task: Task | None = None


def start(task: Task, cores: SimpleQueue[int]) -> None:
    """Once per worker. What cannot start is told with the first submission, where it can be reported.

    `cores` holds a core for each worker, or nothing. A worker and its sessions take turns, never work at once: on one
    core the turn is a switch, on two it is waking a core that sleeps.
    """
    global _task
    _task = task
    if not cores.empty():
        os.sched_setaffinity(0, {cores.get()})
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the command's to handle
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # held since before this process began
    signal.signal(signal.SIGTERM, _terminate)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGTERM)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)  # no process of the same user reads expected values from here
    multiprocessing.util.Finalize(None, stop, exitpriority=100)


def stop() -> None:
    """End the warm processes."""
    global _grader
    if _grader is not None:
        _grader.close()
        _grader = None


def _terminate(number: int, frame: FrameType | None) -> None:
    """Hang up. Supervisors then kill their sessions, and the warm process ends after them and tidies up; waiting for
    it here would be waiting for a session that the checks' thread still talks to."""
    os._exit(128 + number)


def grade(submission: Submission) -> Graded:
    """Grade one submission; a fault of the grader becomes a record after a second try with a fresh grader.

    Raises:
        AutograderError: assignment or sandbox cannot be set up at all.
    """
    try:
        return _graded(submission)
    finally:
        kernel.trim_memory()  # free pieces lie scattered: by 800 submissions later a worker had grown by 7 %


def _graded(submission: Submission) -> Graded:
    grader = _warm()
    try:
        return _within_reason(grader, submission)
    except UsageError:
        raise
    except Exception:  # whatever it is, one submission must not end the batch
        stop()
    grader = _warm()
    try:
        return _within_reason(grader, submission)
    except Exception as error:
        stop()
        return Graded(grader.failed(submission, error))


def _within_reason(grader: Grader, submission: Submission) -> Graded:
    """Student code has deadlines; a check's own code has none, and a value such as 10**9 can keep it busy for ever.
    Then this process goes, and the batch hears of it as of any worker that was killed."""
    seconds = 3 * grader.assignment.limits.total_seconds + _PATIENCE_SECONDS
    watch = threading.Timer(seconds, os._exit, (1,))
    watch.daemon = True
    watch.start()
    try:
        return grader.grade(submission)
    finally:
        watch.cancel()


def _warm() -> Grader:
    global _grader
    if _grader is None:
        if _task is None:
            raise AutograderError("a worker was asked to grade before it was told what")
        _grader = Grader(_task).__enter__()
    return _grader
