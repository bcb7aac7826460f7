"""`autograder verify`: the table of the third promise."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from autograder import assignment as assignments
from autograder.assignment import Assignment
from autograder.checks import MistakeBook
from autograder.cli import courses
from autograder.errors import UsageError
from autograder.files import write_whole
from autograder.intake import Submission
from autograder.mutants import read_mutants
from autograder.pipeline import Task, grade_class
from autograder.records import Record
from autograder.verify import Finding, verify


def run(names: list[str], jobs: int, course_option: Path | None) -> int:
    """Verify each assignment; 0 when all of it holds."""
    course = courses.chosen(course_option)
    chosen = [assignments.load(course, name) for name in names or assignments.slugs(course)]
    if not chosen:
        raise UsageError(f"the course at {course} has no assignments", "start one with autograder new NAME")
    console = Console(highlight=False, width=None)
    held = [_one(console, course, assignment, jobs) for assignment in chosen]  # all of them, also after a broken one
    return 0 if all(held) else 1


def _one(console: Console, course: Path, assignment: Assignment, jobs: int) -> bool:
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        row = bar.add_task(assignment.slug, total=None)

        def grade(submissions: Sequence[Submission], out: Path) -> Sequence[Record]:
            bar.update(row, total=len(submissions))
            task = Task(course, assignment.slug, hidden=(out.parent,))
            advance = lambda record, now: bar.advance(row)  # noqa: E731  # a name for one line
            return tuple(grade_class(task, submissions, out, min(jobs, len(submissions)), progress=advance).records)

        findings = verify(assignment, grade)
    console.print(_table(assignment, findings))
    broken = [finding for finding in findings if not finding.holds]
    counts = Counter(finding.kind for finding in findings)
    console.print(
        Text(
            f"{assignment.slug}: {_count(counts['mutant'], 'mutant')}, {_count(counts['alternative'], 'alternative')}: "
            + (f"{len(broken)} of {len(findings)} do not hold" if broken else "all of it holds")
        )
    )
    console.print(Text(_naming(findings)))
    _keep_mistakes(assignment)
    return not broken


def _keep_mistakes(assignment: Assignment) -> None:
    """Write what the mutants answered beside the assignment, so that grading a class runs none of them."""
    book = MistakeBook(assignment, read_mutants(assignment), lambda mutant: {})
    content = None if book.complete else book.pack()
    if content is not None:
        with contextlib.suppress(OSError):  # a course that cannot be written to: the user's cache has it
            write_whole(assignment.mistakes, content)


def _naming(findings: list[Finding]) -> str:
    """How well feedback names mistakes: over all mutants, and over everything that has another mistake or none."""
    mutants = [finding for finding in findings if finding.kind == "mutant"]
    right = sum(finding.named_rightly for finding in mutants)
    wrong = [finding for finding in findings if finding.accused_falsely]
    share = f"feedback names the mistake of {right} of {len(mutants)} mutants"
    others = "; ".join(f"{finding.name}: {', '.join(finding.named)}" for finding in wrong)
    return share + (f"; another mistake is named too for {len(wrong)}: {others}" if wrong else "; no other is named")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _table(assignment: Assignment, findings: list[Finding]) -> Table:
    table = Table(title=Text(f"{assignment.slug}: {assignment.title}"), title_justify="left")
    for heading in ("kind", "name", "expected", "actual", ""):
        table.add_column(heading, overflow="fold")
    for finding in findings:
        mark = Text("holds", style="green") if finding.holds else Text("BROKEN", style="bold red")
        table.add_row(finding.kind, Text(finding.name), Text(finding.expected), Text(finding.actual), mark)
    return table
