"""Grading one submission after another in one process: warm interpreter, open pytest session, reference."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final

from PIL import Image

from autograder.assignment import Assignment, Limits, load
from autograder.checks import MAX_DIAGNOSED, CheckRunner, Job, Judged, MistakeBook, Transcripts, name_mistakes
from autograder.errors import AutograderError, InternalError, SandboxError, SubmissionError
from autograder.intake import Submission, read_bytes
from autograder.mutants import Mutant, read_mutants
from autograder.notebook import Cell, Notebook, read_submission
from autograder.records import (
    CheckResult,
    ExerciseScore,
    GraderInfo,
    Record,
    SandboxInfo,
    Status,
    SubmissionInfo,
)
from autograder.student import NotebookRun, SandboxChoice, Zygote
from autograder.student.run import Figure
from autograder.version import grader_version

_CONFINED: Final = SandboxChoice()
_REFERENCE_LIMITS: Final = Limits(cell_seconds=1800, total_seconds=1e9, deaths=1)


@dataclass(frozen=True)
class Task:
    """What every worker of a run needs to know. `hidden` are paths that sessions must not see."""

    course: Path
    slug: str
    choice: SandboxChoice = _CONFINED
    hidden: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Graded:
    """A record and the figures of its notebook, as PNG files made by the grader from plain pixels."""

    record: Record
    figures: tuple[tuple[str, bytes], ...] = ()


class Grader:
    """A context manager around everything that stays warm between submissions.

    Raises:
        AssignmentError, SandboxError: on entering, when checks or sandbox cannot be set up.
    """

    def __init__(self, task: Task) -> None:
        self.assignment: Assignment = load(task.course, task.slug)
        self._task = task
        self._resources = ExitStack()
        self._info = GraderInfo(grader_version(), self.assignment.digest())
        self._secret = self.assignment.solution_digest()
        self._fixed_seed = f"{self._secret} mistakes ".encode()
        self._mutants = read_mutants(self.assignment)
        self._book = MistakeBook(self.assignment, self._mutants, self._transcribe)

    def __enter__(self) -> Grader:
        with ExitStack() as stack:
            self._runner = stack.enter_context(CheckRunner(self.assignment))
            self._zygote = stack.enter_context(Zygote(self.assignment, self._task.choice, self._task.hidden))
            self._reference = NotebookRun(
                self._zygote.session,
                read_submission(self.assignment.source.read_bytes(), self.assignment.source.name).cells,
                replace(_REFERENCE_LIMITS, check_seconds=self.assignment.limits.check_seconds),
                self.assignment.parameters,
            )
            stack.callback(self._reference.close)
            stack.push(self._runner)  # its clean rooms end before the zygote does
            self._resources = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all processes; may be called twice."""
        self._resources.close()

    @property
    def layers(self) -> tuple[str, ...]:
        """The sandbox's layers in force."""
        return self._zygote.layers

    def grade(self, submission: Submission) -> Graded:
        """Grade one submission. What is wrong with it is in the record.

        Raises:
            SandboxError, InternalError: the warm process or the reference is gone; a new grader may do better.
        """
        try:
            data = b"" if submission.problem else read_bytes(submission)
            if submission.problem:
                raise SubmissionError(submission.problem)
            notebook = read_submission(data, submission.path.name)
        except SubmissionError as error:
            return Graded(self._record(submission, "unreadable", message=error.message))
        digest = hashlib.sha256(data).hexdigest()
        return self._check(replace(submission, sha256=digest), notebook)

    def _check(self, submission: Submission, notebook: Notebook) -> Graded:
        seed = f"{self._secret} {submission.sha256} ".encode()
        with self._run(notebook.cells) as run:
            try:
                judged = self._runner.check(Job(run, self._reference, notebook.cells, seed))
                deaths = tuple(run.deaths)
                self._answer_for_the_reference(judged)
                judged = self._named(judged, run, notebook.cells)
            finally:
                self._reference.renew()
        blamed = next((entry for entry in judged if entry.verdict.blame_grader), None)
        message = f"{blamed.spec.id}: {blamed.verdict.blame_grader}" if blamed else ""
        status: Status = "internal-error" if blamed else "graded"
        record = replace(
            self._record(submission, status, message, judged),
            execution=replace(run.execution(), deaths=deaths),
        )
        record = replace(record, checks=_within(record.checks, self.assignment.feedback.explained))
        return Graded(record, tuple(_picture(figure, i) for i, figure in enumerate(run.figures, 1)))

    @contextmanager
    def _run(self, cells: Sequence[Cell]) -> Iterator[NotebookRun]:
        """A notebook's run, ended afterwards; deaths that came of the warm process's own end are nobody's fault."""
        run = NotebookRun(self._zygote.session, cells, self.assignment.limits, self.assignment.parameters)
        try:
            yield run
            if not self._zygote.alive:
                raise SandboxError("the warm process was killed")
        finally:
            run.close()

    def _answer_for_the_reference(self, judged: Sequence[Judged]) -> None:
        """A reference that crashed may have been killed from outside: that is tried again before it is told."""
        blame = next((entry.verdict.blame_grader for entry in judged if entry.verdict.blame_grader), "")
        if blame and any(death.cause == "crash" for death in self._reference.deaths):
            raise InternalError(blame)

    def _named(self, judged: list[Judged], run: NotebookRun, cells: Sequence[Cell]) -> list[Judged]:
        """Give failed checks the hint of the known mistake whose values the submission shows."""
        failed = [entry for entry in judged if entry.verdict.outcome in ("failed", "error")]
        exercises = {entry.spec.exercise for entry in failed}
        if not failed or not run.alive or not any(mutant.exercise in exercises for mutant in self._mutants):
            return judged
        chosen = frozenset(entry.spec.id for entry in failed[:MAX_DIAGNOSED])
        again = self._runner.check(Job(run, self._reference, cells, self._fixed_seed, chosen))
        passed = {entry.spec.id for entry in judged if entry.verdict.outcome == "passed"}
        mistakes: dict[str, Mutant] = {}
        for exercise in exercises:
            shown = {entry.spec.id: entry.transcript for entry in again if entry.spec.exercise == exercise}
            mistakes |= name_mistakes(shown, passed, self._book.of(exercise))
        return [_with_mistake(entry, mistakes.get(entry.spec.id)) for entry in judged]

    def _transcribe(self, mutant: Mutant) -> Transcripts:
        """What a mutant answers in its exercise's checks, on the fixed inputs."""
        source = mutant.apply(self.assignment.source.read_text(encoding="utf-8"))
        cells = read_submission(source.encode("utf-8"), self.assignment.source.name).cells
        chosen = frozenset(spec.id for spec in self._runner.specs if spec.exercise == mutant.exercise)
        with self._run(cells) as run:
            judged = self._runner.check(Job(run, self._reference, cells, self._fixed_seed, chosen))
            self._answer_for_the_reference(judged)
        return {entry.spec.id: entry.transcript for entry in judged if entry.transcript.failed}

    def failed(self, submission: Submission, error: BaseException) -> Record:
        """The record of a submission that the grader could not grade: not the student's fault, and no score."""
        return internal_error(self.assignment, self._info, submission, error)

    def _record(
        self, submission: Submission, status: Status, message: str = "", judged: list[Judged] | None = None
    ) -> Record:
        graded = judged if status == "graded" and judged else []
        earned: dict[str, Fraction] = dict.fromkeys(self.assignment.exercises, Fraction(0))
        possible = dict(earned)
        for spec in self._runner.specs:
            possible[spec.exercise] += spec.points
        for entry in graded:
            earned[entry.spec.exercise] += entry.spec.points * entry.verdict.share
        exercises = [
            ExerciseScore(id, title, _points(earned[id]), _points(possible[id]))
            for id, title in self.assignment.exercises.items()
        ]
        return Record(
            assignment=self.assignment.slug,
            student=submission.student,
            submission=SubmissionInfo(submission.file, submission.sha256, submission.received_at),
            status=status,
            message=message,
            score=_points(sum(earned.values(), Fraction(0))),
            max_score=_points(sum(possible.values(), Fraction(0))),
            exercises=tuple(exercises),
            checks=tuple(_result(entry) for entry in judged or ()),
            sandbox=SandboxInfo(self.layers),
            grader=self._info,
        )


def internal_error(assignment: Assignment, info: GraderInfo, submission: Submission, error: BaseException) -> Record:
    """A record that blames the grader."""
    text = error.message if isinstance(error, AutograderError) else f"{type(error).__name__}: {error}"
    return Record(
        assignment=assignment.slug,
        student=submission.student,
        submission=SubmissionInfo(submission.file, submission.sha256, submission.received_at),
        status="internal-error",
        message=text,
        score=0.0,
        max_score=0.0,
        grader=info,
    )


def _points(value: Fraction) -> float:
    return round(float(value), 6)


def _result(entry: Judged) -> CheckResult:
    spec, verdict = entry.spec, entry.verdict
    return CheckResult(
        id=spec.id,
        title=spec.title,
        exercise=spec.exercise,
        points=_points(spec.points),
        score=_points(spec.points * verdict.share),
        outcome=verdict.outcome,
        visibility=spec.visibility,
        message=verdict.message,
        hint="" if verdict.outcome == "passed" else spec.hint,
        detail=verdict.detail,
        seconds=round(entry.seconds, 4),
    )


def _within(checks: tuple[CheckResult, ...], explained: int) -> tuple[CheckResult, ...]:
    """The checks with at most so many failed hidden ones explained; the others say that they wait."""
    kept, left = [], explained
    for check in checks:
        if check.visibility == "hidden" and check.outcome != "passed" and explained >= 0:
            left -= 1
            if left < 0:
                check = replace(check, message="explained once the checks before it pass", hint="")
        kept.append(check)
    return tuple(kept)


def _with_mistake(entry: Judged, mutant: Mutant | None) -> Judged:
    if mutant is None:
        return entry
    detail = f"misconception: {mutant.name}\n{entry.verdict.detail}"
    hint = ". ".join(text.rstrip(".") for text in (mutant.hint, entry.spec.hint) if text)
    return replace(
        entry,
        spec=replace(entry.spec, hint=hint),
        verdict=replace(entry.verdict, detail=detail),
    )


def _picture(figure: Figure, number: int) -> tuple[str, bytes]:
    stream = io.BytesIO()
    Image.fromarray(figure.pixels).convert("RGB").save(stream, "PNG", compress_level=1)
    return f"{number:02d}-cell-{figure.cell}.png", stream.getvalue()
