"""One submission's life: its notebook run cell by cell, its deaths, and the requests of its checks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from autograder.assignment import Limits, Parameter
from autograder.errors import SessionDied
from autograder.notebook import Cell
from autograder.records import CellResult, CellStatus, Death, DeathCause, Execution
from autograder.student.link import MAX_CHECK_BYTES
from autograder.student.namespace import StudentError
from autograder.student.zygote import Session

_GRACE_SECONDS: Final = 2.0
_NOTEBOOK_SEED: Final = 0
_ROUNDING: Final = 32 * 2**20
_CELL_STATUS: Final[dict[str, CellStatus]] = {"timeout": "timeout", "memory": "memory"}
_MAX_OUTPUT: Final = 20_000

Fork = Callable[[], Session]


@dataclass(frozen=True)
class Figure:
    """Pixels that a cell showed: (height, width, 4) uint8."""

    cell: int
    pixels: np.ndarray[Any, np.dtype[np.uint8]]


class NotebookRun:
    """A notebook in a session, and in a new one when that dies, until it has died too often.

    `ask` is what a check's namespace calls. `death` is the death during the current check, if there was one.
    """

    def __init__(
        self, fork: Fork, cells: Sequence[Cell], limits: Limits, parameters: Mapping[str, Parameter] | None = None
    ) -> None:
        self._fork = fork
        self._cells = [cell for cell in cells if cell.kind == "code"]
        self._limits = limits
        self._setup = "\n".join(f"{name} = {value!r}" for name, value in (parameters or {}).items())
        self._session: Session | None = None
        self._results: dict[int, CellResult] = {}
        self._killers: set[int] = set()
        self._peak = 0
        self._budget = limits.total_seconds
        self._check_left = 0.0
        self.spent = 0.0
        self.figures: list[Figure] = []
        self.deaths: list[Death] = []
        self.death: SessionDied | None = None
        self.check = ""
        self.tainted = False
        self._exposed = False  # whether a hidden input has ever been sent

    # the notebook

    def start(self) -> bool:
        """Have a living session in which the notebook has run; False when that is no longer to be had."""
        while self._session is None:
            if len(self.deaths) >= self._limits.deaths or self._budget <= 0:
                return False
            self._session = self._fork()
            self.tainted = False
            if not self._exposed:
                self.figures = []
            self._run_cells()
        return True

    def _run_cells(self) -> None:
        try:
            self._timed("seed", (_NOTEBOOK_SEED,), self._limits.cell_seconds)
        except SessionDied as death:
            self._bury("start", death)
            return
        for cell in self._cells:
            if cell.index in self._killers:
                continue
            try:
                self._run_cell(cell)
            except SessionDied as death:
                self._killers.add(cell.index)
                status = _CELL_STATUS.get(death.cause, "crashed")
                self._results[cell.index] = CellResult(cell.index, status, _death_text(death))
                self._bury(f"cell {cell.index}", death)
                return

    def _run_cell(self, cell: Cell) -> None:
        if self._budget <= 0:
            return
        seconds = min(self._limits.cell_seconds, self._budget)
        started = time.monotonic()
        worked, answer = self._timed("cell", (cell.index, cell.source), seconds, _GRACE_SECONDS)
        late = time.monotonic() - started >= seconds
        if late:
            self._killers.add(cell.index)
        if not self._exposed:  # later runs only restore the session; an earlier one may have left them hidden inputs
            self._results[cell.index] = _cell_result(cell, worked, answer, seconds if late else 0.0)
            self._keep_figures(cell.index, answer)
        if "parameters" in cell.tags and self._setup:
            self._timed("cell", (0, self._setup), self._limits.cell_seconds)

    def _keep_figures(self, cell: int, answer: Any) -> None:
        listed = answer.get("figures") if type(answer) is dict else None
        for pixels in listed if type(listed) is list else ():
            if _is_picture(pixels) and len(self.figures) < 16:
                self.figures.append(Figure(cell, pixels))

    # the checks

    def begin(self, check: str, seed: int, seconds: float, hidden: bool) -> bool:
        """Get ready for a check; False when the submission has no session any more."""
        self.check, self.death = check, None
        self._check_left = seconds
        if self._budget <= 0 or not self.start():
            return False
        self.tainted = self.tainted or hidden
        self._exposed = self._exposed or hidden
        if self._session is not None:
            self._session.link.allowance = MAX_CHECK_BYTES
        try:
            self._charged("seed", (seed,))
        except SessionDied:
            return True  # `death` says it; the check is charged
        return True

    @property
    def alive(self) -> bool:
        """Whether there is a session in which the notebook has run."""
        return self._session is not None

    def ask(self, operation: str, arguments: tuple[object, ...]) -> tuple[bool, Any]:
        """A check's request. After a death, every further request of the same check dies too."""
        if self.death is not None:
            raise self.death
        return self._charged(operation, arguments)

    def _charged(self, operation: str, arguments: tuple[object, ...]) -> tuple[bool, Any]:
        started = time.monotonic()
        try:
            return self._timed(operation, arguments, min(self._check_left, self._budget))
        except SessionDied as death:
            self.death = death
            self._bury(self.check, death)
            raise
        finally:
            self._check_left -= time.monotonic() - started

    def _timed(
        self, operation: str, arguments: tuple[object, ...], seconds: float, grace: float = 0.0
    ) -> tuple[bool, Any]:
        assert self._session is not None
        started = time.monotonic()
        try:
            return self._session.ask(operation, arguments, started + seconds, grace)
        finally:
            passed = time.monotonic() - started
            self._budget -= passed
            self.spent += passed

    # the end

    def _bury(self, when: str, death: SessionDied) -> None:
        assert self._session is not None
        self._peak = max(self._peak, self._session.end().peak)
        self._session = None
        cause: DeathCause = death.cause  # type: ignore[assignment]  # Session.ask raises with these words only
        self.deaths.append(Death(when, cause))

    def renew(self) -> None:
        """Forget what was spent, and deaths: for the reference, which serves one submission after another."""
        self._budget, self.spent = self._limits.total_seconds, 0.0
        self.deaths.clear()
        self._killers.clear()
        if self._session is not None:
            self._session.link.received = 0

    def close(self) -> None:
        """End the session, if there is one; may be called twice."""
        if self._session is not None:
            self._peak = max(self._peak, self._session.end().peak)
            self._session = None

    def execution(self) -> Execution:
        """The record's part about the run."""
        cells = [self._results.get(cell.index, CellResult(cell.index, "not-run")) for cell in self._cells]
        peak = -(-self._peak // _ROUNDING) * _ROUNDING
        return Execution(tuple(cells), round(self.spent, 3), peak, tuple(self.deaths))


def _cell_result(cell: Cell, worked: bool, answer: Any, late: float) -> CellResult:
    """What a cell's answer says; `late` is the limit in seconds that it has missed, or 0."""
    error = answer.get("error") if worked and type(answer) is dict else answer
    if late:
        return CellResult(cell.index, "timeout", f"stopped after {late:g} s")
    if error is None:
        return CellResult(cell.index, "ok")
    failure = StudentError.from_wire(error)
    status: CellStatus = "memory" if failure.type_name == "MemoryError" else "error"
    return CellResult(cell.index, status, error_text(failure))


def error_text(error: StudentError) -> str:
    """`ZeroDivisionError: division by zero (line 3: x = 1 / 0)`; for cells, which run before any hidden input."""
    head = f"{error.type_name}: {error.message}" if error.message else error.type_name
    if not error.frames:
        return head
    frame = error.frames[-1]
    return f"{head} (cell {frame.cell}, line {frame.line}: {frame.text})"


def _death_text(death: SessionDied) -> str:
    return DEATH_TEXTS.get(death.cause, death.message)


DEATH_TEXTS: Final[dict[str, str]] = {
    "timeout": "stopped: it took longer than is allowed",
    "memory": "stopped: it used more memory than is allowed",
    "crash": "the Python process crashed",
    "exit": "the code ended its own Python process (exit, os._exit or the like)",
    "protocol": "stopped: an answer was malformed or too large, or the code wrote on the grader's own connection",
    "disk": "stopped: it wrote more files or bytes than is allowed",
    "processes": "stopped: it started more processes than is allowed",
}


def _is_picture(pixels: Any) -> bool:
    return (
        type(pixels) is np.ndarray
        and pixels.dtype == np.uint8
        and pixels.ndim == 3
        and pixels.shape[2] == 4
        and 0 < pixels.shape[0] <= 2000
        and 0 < pixels.shape[1] <= 2000
    )
