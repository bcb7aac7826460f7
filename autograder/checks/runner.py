"""A pytest session that stays open: collects an assignment once, then checks one submission after another."""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Final

import pytest

from autograder.assignment import Assignment
from autograder.checks.outcomes import CheckSpec
from autograder.checks.plugin import CheckPlugin, Job, Judged
from autograder.errors import AssignmentError, InternalError

_PLUGINS_OFF: Final = ("terminal", "cacheprovider", "junitxml", "pastebin", "logging", "faulthandler", "warnings",
                       "doctest", "unittest", "stepwise")  # fmt: skip
# options from outside; and in CI pytest would write out whole differences
_ENVIRONMENT: Final = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_THEME", "PYTEST_DEBUG", "CI", "BUILD_NUMBER")


class CheckRunner:
    """A context manager. pytest runs in a thread of its own, since its main call returns only at the end.

    Raises:
        AssignmentError: on entering, when the checks cannot be collected or are marked wrongly.
    """

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[list[Judged] | BaseException] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._main, name="checks", daemon=True)
        self.specs: tuple[CheckSpec, ...] = ()

    def __enter__(self) -> CheckRunner:
        self._thread.start()
        first = self._answers.get()
        if isinstance(first, BaseException):
            self._jobs.put(None)
            self._thread.join()
            raise first
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._jobs.put(None)
        self._thread.join()

    def check(self, job: Job) -> list[Judged]:
        """All checks on one submission, in the file's order."""
        self._jobs.put(job)
        answer = self._answers.get()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _main(self) -> None:
        plugin = CheckPlugin(self._assignment, self._serve)
        folder = str(self._assignment.private)
        off = [argument for name in _PLUGINS_OFF for argument in ("-p", f"no:{name}")]
        arguments = [
            str(self._assignment.checks), "--disable-plugin-autoload", "--noconftest", "-c", os.devnull,
            "--rootdir", folder, "--capture=no", "--strict-markers", "-W", "ignore", *off,
        ]  # fmt: skip
        try:
            with _quiet_environment():
                status = pytest.main(arguments, plugins=[plugin])
        except BaseException as error:
            self._answers.put(InternalError(f"pytest broke: {error!r}"))
            return
        if plugin.problem is None and not plugin.collected:
            problem = AssignmentError(f"{self._assignment.slug}: checks cannot be collected (pytest said {status!r})")
            self._answers.put(problem)

    def _serve(self, plugin: CheckPlugin) -> None:
        """Runs inside pytest's run loop, in its thread."""
        if plugin.problem is not None:
            self._answers.put(plugin.problem)
            return
        self.specs = tuple(spec for spec, _ in plugin.collected)
        self._answers.put([])
        while (job := self._jobs.get()) is not None:
            try:
                self._answers.put(plugin.check_all(job))
            except BaseException as error:  # the worker's main thread decides what it means
                self._answers.put(error)


@contextlib.contextmanager
def _quiet_environment() -> Iterator[None]:
    """No options from the outside, and no bytecode of hidden checks left on disk."""
    kept = {name: os.environ.pop(name) for name in _ENVIRONMENT if name in os.environ}
    wrote, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        os.environ.update(kept)
        sys.dont_write_bytecode = wrote
