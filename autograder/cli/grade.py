"""`autograder grade`: the class from intake to pages."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from autograder import assignment as assignments
from autograder import exports
from autograder.assignment import Assignment
from autograder.cli import courses
from autograder.cli.results import write_pages
from autograder.errors import AutograderError, UsageError
from autograder.intake import Submission, collect
from autograder.records import Record, read_records

if TYPE_CHECKING:
    from autograder.pipeline import Batch, Task

_LOG_WIDTH = 120  # columns of the table where there is no terminal to ask


@dataclass(frozen=True)
class GradeRequest:
    """The arguments of the command."""

    slug: str
    submissions: Path
    out: Path
    jobs: int
    force: bool
    min_score: float | None
    confined: bool
    course: Path | None


def run(request: GradeRequest) -> int:
    """Grade, write pages, print the table; the exit code."""
    if request.min_score is not None and not 0 <= request.min_score <= 100:
        raise UsageError(f"--min-score {request.min_score:g} is no percentage", "expected a number from 0 to 100")
    course = courses.chosen(request.course)
    assignment = assignments.load(course, request.slug)
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _LOG_WIDTH
    with collect(request.submissions, request.slug) as submissions, _no_trace_of_failure(request.out):
        from autograder.pipeline import Task  # half a second, that a wrong command need not wait for
        from autograder.student import SandboxChoice

        task = Task(course, request.slug, SandboxChoice(request.confined), hidden(request))
        batch = _grade(console, task, request, submissions)
    index = write_pages(request.out, read_records(request.out), assignment.title, assignment.feedback.outcomes)
    show(console, assignment, batch)
    console.print(Text(f"pages: {index}"), soft_wrap=True)
    _job_summary(batch, assignment.title)
    return status(batch.records, request.min_score)


@contextlib.contextmanager
def _no_trace_of_failure(out: Path) -> Iterator[None]:
    """A run that could not grade anything leaves no new folder behind."""
    was_there = out.exists()
    try:
        yield
    except AutograderError:
        if not was_there:
            with contextlib.suppress(OSError):  # what has records in it stays
                (out / "records").rmdir()
                (out / ".lock").unlink()
                out.rmdir()
        raise


def hidden(request: GradeRequest) -> tuple[Path, ...]:
    """Paths of this run that no session may see."""
    place = request.submissions
    return (request.out, place if place.is_dir() else place.parent)


def _grade(console: Console, task: Task, request: GradeRequest, submissions: list[Submission]) -> Batch:
    from autograder.pipeline import grade_class

    total = len(submissions)
    if not console.is_terminal:
        lines = _PlainLines(total)
        return grade_class(task, submissions, request.out, request.jobs, request.force, lines)
    columns = (
        TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
        TextColumn("{task.fields[last]}", markup=False),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        row = bar.add_task("grading", total=total, last="")

        def advance(record: Record, now: bool) -> None:
            bar.update(row, advance=1, last=exports.one_line(record.student, 40))

        return grade_class(task, submissions, request.out, request.jobs, request.force, advance)


class _PlainLines:
    """One line a submission, safe to print in a CI log."""

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0

    def __call__(self, record: Record, now: bool) -> None:
        self.done += 1
        text = f"[{self.done}/{self.total}] {record.student}: {_summary(record)}" + ("" if now else " (unchanged)")
        print(exports.workflow_safe(exports.one_line(text, 300)), flush=True)


def _summary(record: Record) -> str:
    if record.status != "graded":
        return f"{record.status}: {record.message}"
    return f"{record.score:g} of {record.max_score:g}"


def show(console: Console, assignment: Assignment, batch: Batch) -> None:
    """The class table."""
    table = Table(title=Text(assignment.title), title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("student", overflow="ellipsis", no_wrap=True, max_width=40)
    for heading in ("score", "percent"):
        table.add_column(heading, justify="right")
    table.add_column("what happened", overflow="fold")
    unconfined = False
    for record in batch.records:
        unconfined |= not record.sandbox.layers and record.status == "graded"
        score = f"{record.score:g} / {record.max_score:g}" if exports.has_score(record) else "–"
        percent = f"{exports.number(exports.percent(record))} %" if exports.has_score(record) else "–"
        name = exports.workflow_safe(exports.one_line(record.student, 60))
        table.add_row(Text(name), score, percent, Text(exports.one_line(_events(record), 200)))
    console.print(table)
    if unconfined:
        console.print(Text("graded WITHOUT a sandbox: scores may be forged", style="bold red"))


def _events(record: Record) -> str:
    if record.status != "graded":
        return f"{record.status}: {record.message}"
    counts: dict[str, int] = {}
    for check in record.checks:
        if check.outcome not in ("passed", "failed"):
            counts[check.outcome] = counts.get(check.outcome, 0) + 1
    checks = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    in_cells = [death for death in record.execution.deaths if death.when.startswith("cell ")]
    deaths = ", ".join(f"{death.cause} in {death.when}" for death in in_cells[:3])
    return "; ".join(part for part in (checks, deaths) if part)


def status(records: Iterable[Record], min_score: float | None) -> int:
    """0: all graded, and none below the mark."""
    mark = 0.0 if min_score is None else min_score
    return int(any(record.status != "graded" or record.percent < mark for record in records))


def _job_summary(batch: Batch, title: str) -> None:
    """Inside GitHub Actions, the class table as the job's summary."""
    target = os.environ.get("GITHUB_STEP_SUMMARY")
    if not target:
        return
    try:
        with open(target, "a", encoding="utf-8") as file:
            file.write(exports.job_summary(batch.records, title))
    except OSError as error:
        print(f"autograder: the job summary was not written: {error}", file=sys.stderr)
