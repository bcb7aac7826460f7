"""The pytest plugin: fixtures and markers for authors, and a run loop that serves many submissions.

pytest collects an assignment's checks once. Its run loop then waits for submissions and runs all items for each,
as pytest-xdist's workers run items on demand. Nothing of a submission stays behind in pytest.
"""

from __future__ import annotations

import hashlib
import math
import time
import traceback
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

import numpy as np
import pytest

from autograder.assignment import Assignment
from autograder.checks.misconceptions import Transcript, summary
from autograder.checks.outcomes import CheckSpec, Circumstances, Phase, Verdict, judge
from autograder.errors import AssignmentError, InternalError, SessionDied
from autograder.notebook import Cell
from autograder.student.architecture import Refused
from autograder.student.cleanroom import CleanModel, CleanRoom
from autograder.student.namespace import Namespace, StudentError
from autograder.student.run import NotebookRun

MARKERS: Final = (
    "exercise(id): the graded unit that the check belongs to",
    "points(n): what the check is worth; parametrised cases share it",
    "hint(text): shown to the student when the check fails",
    "public: released to students in public_checks.py",
    "timeout(seconds): wall clock that the check may spend in student code",
)

_REFERENCE_PATIENCE: Final = 4  # times a check's own limit: student values go in, and must not stall the batch


@dataclass(frozen=True)
class Job:
    """One submission to be checked: its run, the reference's, its cells, and what seeds its generators.

    `only` names the checks to run; empty means all.
    """

    student: NotebookRun
    reference: NotebookRun
    cells: Sequence[Cell]
    seed: bytes
    only: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Judged:
    """A check, its verdict, and what student code answered meanwhile."""

    spec: CheckSpec
    verdict: Verdict
    seconds: float
    transcript: Transcript


@dataclass
class _Current:
    """The check that runs now."""

    job: Job
    spec: CheckSpec
    room: CleanRoom
    phases: list[Phase] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    reference_begun: bool = False

    @property
    def answered(self) -> bool:
        return bool(self.answers)


class _Reference(Namespace):
    """The reference's namespace: a model of its that cannot be rebuilt is not the student's fault."""

    def rebuild(self, model: object) -> CleanModel:
        """As for the student's."""
        try:
            return super().rebuild(model)
        except Refused as refusal:
            raise InternalError(f"the reference solution's model: {refusal}") from None


class CheckPlugin:
    """Owns one collected assignment. `serve` is called inside pytest's run loop and returns when all is done."""

    def __init__(self, assignment: Assignment, serve: Callable[[CheckPlugin], None]) -> None:
        self.assignment = assignment
        self.collected: list[tuple[CheckSpec, pytest.Item]] = []
        self.problem: AssignmentError | None = None
        self._serve = serve
        self._current: _Current | None = None
        self._reference_rooms: dict[NotebookRun, CleanRoom] = {}

    # what authors use

    @pytest.fixture
    def student(self) -> Namespace:
        """The submission's namespace."""
        return Namespace(self._ask_student, self._ask_room)

    @pytest.fixture
    def reference(self) -> Namespace:
        """The reference solution's namespace, in another confined process."""
        return _Reference(self._ask_reference, self._ask_reference_room)

    @pytest.fixture
    def rng(self) -> np.random.Generator:
        """A generator that is fresh for each check and submission, and the same on a regrade."""
        current = self._now()
        material = hashlib.sha256(current.job.seed + current.spec.id.encode()).digest()
        return np.random.default_rng(int.from_bytes(material, "little"))

    def _now(self) -> _Current:
        if self._current is None:
            raise InternalError("a check's fixture is used outside a check")
        return self._current

    def _ask_student(self, operation: str, arguments: tuple[object, ...]) -> tuple[bool, Any]:
        current = self._now()
        worked, answer = current.job.student.ask(operation, arguments)
        names = operation == "claim" and type(answer) is str  # a model's JSON, whose names count up in a session
        told = current.job.only and not names
        current.answers.append(summary(worked, answer) if told else None)
        return worked, answer

    def _ask_reference(self, operation: str, arguments: tuple[object, ...]) -> tuple[bool, Any]:
        current = self._now()
        run = current.job.reference
        try:
            if not current.reference_begun:
                patience = _REFERENCE_PATIENCE * current.spec.seconds
                current.reference_begun = run.begin(current.spec.id, _seed(current.spec), patience, hidden=False)
                if not current.reference_begun:
                    raise InternalError("the reference solution's session could not be had again")
            worked, answer = run.ask(operation, arguments)
        except SessionDied as death:
            raise InternalError(f"the reference solution's session died: {death}") from None
        if not worked:
            error = StudentError.from_wire(answer)
            trouble = f"the reference solution raised {error}"
            raise TypeError(trouble) if current.answered else InternalError(trouble)
        return worked, answer

    def _ask_room(self, operation: str, arguments: tuple[object, ...]) -> tuple[bool, Any]:
        """The clean room of the student's models: what ends it is charged to the check, like a session's end."""
        current = self._now()
        spec = current.spec
        worked, answer = current.room.ask(spec.id, _seed(spec), spec.seconds, operation, arguments)
        current.answers.append(summary(worked, answer) if current.job.only else None)
        return worked, answer

    def _ask_reference_room(self, operation: str, arguments: tuple[object, ...]) -> tuple[bool, Any]:
        current = self._now()
        spec, run = current.spec, current.job.reference
        room = self._reference_rooms.setdefault(run, CleanRoom(run))
        try:
            return room.ask(spec.id, _seed(spec), _REFERENCE_PATIENCE * spec.seconds, operation, arguments)
        except SessionDied as death:
            raise InternalError(f"the clean room of the reference solution died: {death}") from None

    # what pytest calls

    def pytest_configure(self, config: pytest.Config) -> None:
        """Make the four markers known."""
        for line in MARKERS:
            config.addinivalue_line("markers", line)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file of checks that cannot be imported is its author's to mend."""
        if report.failed and self.problem is None:
            last = str(report.longrepr).strip().splitlines()[-1]
            self.problem = AssignmentError(f"{self.assignment.slug}: checks cannot be collected: {last}")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Read the collected items, then serve submissions until told to stop."""
        if self.problem is None:
            try:
                self.collected = read_specs(self.assignment, session.items)
            except AssignmentError as problem:
                self.problem = problem
        try:
            self._serve(self)
        finally:
            for room in self._reference_rooms.values():
                room.close()
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keep each phase with its exception; an expected failure is not a pass."""
        report = yield
        if self._current is not None:
            passed = report.outcome == "passed" and not hasattr(report, "wasxfail") and call.excinfo is None
            self._current.phases.append(Phase(call.when, passed, call.excinfo.value if call.excinfo else None))
        return report

    # what the grader calls, inside the run loop

    def check_all(self, job: Job) -> list[Judged]:
        """Every check on one submission: public ones first, before the session has seen anything hidden."""
        order = sorted(range(len(self.collected)), key=lambda i: self.collected[i][0].visibility != "public")
        chosen = [index for index in order if not job.only or self.collected[index][0].id in job.only]
        following = [*(self.collected[index][1] for index in chosen[1:]), None]
        room = CleanRoom(job.student)
        try:
            judged = {
                index: self._check(job, room, *self.collected[index], after)
                for index, after in zip(chosen, following, strict=True)
            }
        finally:
            room.close()
            for reference_room in self._reference_rooms.values():
                reference_room.renew()
        return [judged[index] for index in sorted(judged)]

    def _check(
        self, job: Job, room: CleanRoom, spec: CheckSpec, item: pytest.Item, after: pytest.Item | None
    ) -> Judged:
        started = time.monotonic()
        run = job.student
        if not run.begin(spec.id, _seed(spec), spec.seconds, hidden=spec.visibility == "hidden"):
            why = "not run: the notebook had ended its process too often, or ran out of time"
            return Judged(spec, Verdict("not-run", message=why), 0.0, Transcript((), False))
        tainted = run.tainted
        self._current = current = _Current(job, spec, room)
        try:
            if run.death is None:
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        finally:
            self._current = None
        death = run.death or room.death(spec.id)
        verdict = judge(current.phases, Circumstances(spec, death, current.answered, tainted, job.cells))
        transcript = Transcript(tuple(current.answers), verdict.outcome in ("failed", "error"))
        for phase in current.phases:  # the frames of a failed check hold all that it was given
            if phase.error is not None:
                traceback.clear_frames(phase.error.__traceback__)
        return Judged(spec, verdict, time.monotonic() - started, transcript)


def _seed(spec: CheckSpec) -> int:
    """Seeds the session's own generators; public knowledge, unlike what seeds the inputs."""
    return int.from_bytes(hashlib.sha256(spec.id.encode()).digest()[:3], "little")


def read_specs(assignment: Assignment, items: Sequence[pytest.Item]) -> list[tuple[CheckSpec, pytest.Item]]:
    """Markers to specs.

    Raises:
        AssignmentError: a check lacks points, names an unknown exercise, or has no title; or there is none.
    """
    if not items:
        raise AssignmentError(f"{assignment.slug}: {assignment.checks.name} has no checks")
    cases = Counter(_function(item) for item in items)
    seen: Counter[str] = Counter()
    specs = []
    for item in items:
        seen[_function(item)] += 1
        specs.append((_spec(assignment, item, seen[_function(item)], cases[_function(item)]), item))
    return specs


def _function(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def _spec(assignment: Assignment, item: pytest.Item, case: int, cases: int) -> CheckSpec:
    """One item's markers. Cases are told apart by number: their ids may hold hidden inputs."""
    where = f"{assignment.slug}: check {item.name}"
    exercise = _argument(item, "exercise")
    if exercise not in assignment.exercises:
        known = ", ".join(assignment.exercises)
        raise AssignmentError(f"{where} names exercise {exercise!r}", f"assignment.toml has {known}")
    points = _argument(item, "points")
    if type(points) not in (int, float) or not 0 < points < math.inf:
        raise AssignmentError(f"{where} has points {points!r}", "mark it with @pytest.mark.points(n), n above 0")
    doc = (getattr(getattr(item, "obj", None), "__doc__", None) or "").strip()
    if not doc:
        raise AssignmentError(f"{where} has no docstring", "its first line is the check's title in every report")
    seconds = _argument(item, "timeout") or assignment.limits.check_seconds
    return CheckSpec(
        id=item.nodeid.partition("::")[2],
        title=doc.splitlines()[0].strip() + (f" (case {case} of {cases})" if cases > 1 else ""),
        exercise=exercise,
        points=Fraction(str(points)) / cases,
        hint=str(_argument(item, "hint") or ""),
        visibility="public" if item.get_closest_marker("public") else "hidden",
        seconds=float(seconds),
    )


def _argument(item: pytest.Item, marker: str) -> Any:
    found = item.get_closest_marker(marker)
    return found.args[0] if found and found.args else None
