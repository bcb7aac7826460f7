"""Runs public checks in the student's own notebook. `release` copies this into `public_checks.py`.

Needs pytest and NumPy, no package of ours. Leaves no file behind, and nothing changed in the interpreter.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import traceback
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from autograder.checks.local import LocalNamespace

_MARKERS = (
    "exercise(id): the exercise that the check belongs to",
    "points(n): what the check is worth",
    "hint(text): shown when it fails",
    "timeout(seconds): the time that it may take when it is graded",
    "public: students have it too",
)
_OPTIONS = ["-q", "--noconftest", "--capture=sys", "--import-mode=importlib", "-c", os.devnull]
_PLUGINS_OFF = ("cacheprovider", "faulthandler", "unraisableexception", "threadexception", "logging", "doctest")


def check(exercise: str | None = None, variables: dict[str, Any] | None = None) -> None:
    """Run the public checks of one exercise, or of all, and print a line for each.

    Args:
        exercise: its id, as in the notebook; None for all exercises.
        variables: where your functions are: pass `globals()`. None means the notebook's own.

    Raises:
        AssertionError: a check failed.
        ValueError: there are no public checks for that exercise.
    """
    __tracebackhide__ = True
    run = _Run(exercise, vars(sys.modules["__main__"]) if variables is None else variables)
    log = io.StringIO()
    with _as_it_was(), contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
        folder = os.path.dirname(os.path.abspath(__file__))
        off = [word for name in _PLUGINS_OFF for word in ("-p", f"no:{name}")]
        status = pytest.main([*_OPTIONS, *off, f"--rootdir={folder}", os.path.abspath(__file__)], plugins=[run])
    if run.exercises and not run.checks and status == 5:
        raise ValueError(f"no public checks for {exercise!r}: there are some for {', '.join(run.exercises)}")
    if status not in (0, 1, 5):
        raise AssertionError(f"the public checks could not be run:\n{log.getvalue()}")
    run.show()


@dataclass
class _Check:
    """One check, over all its cases."""

    title: str
    hint: str
    cases: int = 0
    passed: int = 0
    failures: list[str] = field(default_factory=list)


class _Run:
    """The pytest plugin of one run: the fixtures, and what became of each check."""

    def __init__(self, exercise: str | None, variables: dict[str, Any]) -> None:
        self._exercise, self._variables = exercise, variables
        self.exercises: list[str] = []
        self.checks: dict[str, _Check] = {}

    @pytest.fixture
    def student(self) -> LocalNamespace:
        """The notebook's variables."""
        return LocalNamespace(self._variables)

    @pytest.fixture
    def rng(self, request: pytest.FixtureRequest) -> np.random.Generator:
        """The same numbers on every run of one check."""
        return np.random.default_rng(zlib.crc32(request.node.nodeid.encode()))

    def pytest_configure(self, config: pytest.Config) -> None:
        """Make the markers known, so that pytest does not warn of them."""
        for marker in _MARKERS:
            config.addinivalue_line("markers", marker)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the checks of the wanted exercise."""
        names = [_mark(item, "exercise") for item in items]
        self.exercises = list(dict.fromkeys(names))
        items[:] = [i for i, name in zip(items, names, strict=True) if self._exercise in (None, name)]
        for item in items:
            title = (getattr(getattr(item, "function", None), "__doc__", None) or _name(item)).strip().splitlines()[0]
            self.checks.setdefault(_name(item), _Check(title, _mark(item, "hint"))).cases += 1

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> Iterator[None]:
        """Note what a case came to; only a call that passed is a pass."""
        outcome: Any = yield
        entry = self.checks[_name(item)]
        if outcome.get_result().passed:
            entry.passed += call.when == "call"
        else:
            entry.failures.append(_explain(call.excinfo.value if call.excinfo else None, self._variables))

    def show(self) -> None:
        """Print the checks; raise when one failed."""
        __tracebackhide__ = True
        for entry in self.checks.values():
            if entry.passed < entry.cases and not entry.failures:  # student code ended the run
                entry.failures.append(_explain(None, self._variables))
            print(_lines(entry))
        failed = sum(bool(entry.failures) for entry in self.checks.values())
        print(f"{len(self.checks) - failed} of {len(self.checks)} public checks pass")
        if failed:
            raise AssertionError(f"{failed} of {len(self.checks)} public checks failed: see above")


def _name(item: pytest.Item) -> str:
    return str(getattr(item, "originalname", None) or item.name)


def _mark(item: pytest.Item, name: str) -> str:
    marker = item.get_closest_marker(name)
    return str(marker.args[0]) if marker and marker.args else ""


def _lines(entry: _Check) -> str:
    if not entry.failures:
        return f"✓ {entry.title}"
    count = f" ({len(entry.failures)} of {entry.cases} cases)" if entry.cases > 1 else ""
    message = "\n    ".join([line for line in entry.failures[0].splitlines() if line.strip()][:12])
    hint = f"\n    hint: {entry.hint}" if entry.hint else ""
    return f"✗ {entry.title}{count}\n    {message}{hint}"


def _explain(error: BaseException | None, variables: dict[str, Any]) -> str:
    """What a student can use: the message, and the line of their own code where it happened."""
    if error is None:
        return "it did not run to its end"
    if isinstance(error, NotImplementedError):
        return "not solved yet: your code raises NotImplementedError"
    try:
        text = "\n".join([str(error), *getattr(error, "__notes__", ())])[:2000]
    except Exception:  # a student's own exception class
        text = "its message cannot be shown"
    if isinstance(error, AssertionError) and text:
        return text
    return f"{type(error).__name__}: {text}{_where(error, variables)}"


def _where(error: BaseException, variables: dict[str, Any]) -> str:
    steps = [step for step in traceback.walk_tb(error.__traceback__) if step[0].f_globals is variables]
    if not steps:
        return ""
    frame, number = steps[-1]
    lines = traceback.StackSummary.extract(iter([(frame, number)]))
    return f"\nline {number} of its cell, in {frame.f_code.co_name}: {lines[0].line or ''}"


@contextlib.contextmanager
def _as_it_was() -> Iterator[None]:
    """pytest imports this file afresh, to explain its asserts; nothing of that remains, on disk or here."""
    this, written = __name__, sys.dont_write_bytecode
    module, path, environment = sys.modules.pop(this, None), list(sys.path), dict(os.environ)
    sys.dont_write_bytecode = True
    for variable in [variable for variable in os.environ if variable.startswith("PYTEST_")]:
        del os.environ[variable]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        sys.dont_write_bytecode, sys.path[:] = written, path
        os.environ.pop("PYTEST_DISABLE_PLUGIN_AUTOLOAD", None)
        os.environ.update({name: value for name, value in environment.items() if name.startswith("PYTEST_")})
        sys.modules.pop(this, None)
        if module is not None:
            sys.modules[this] = module
