"""The proof that an assignment's checks can be trusted, made by grading what is known.

The reference solution earns everything, the released stub nothing, each mutant (the reference with one typical
mistake) loses points on its own exercise, each alternative (a right solution written another way) earns everything.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from autograder import release
from autograder.assignment import Assignment
from autograder.intake import Submission
from autograder.mutants import read_mutants
from autograder.records import Record

Kind = Literal["solution", "stub", "mutant", "alternative"]

Grade = Callable[[Sequence[Submission], Path], Sequence[Record]]
"""Grades submissions with a folder for the results: the pipeline, passed in, since it stands above this module."""


@dataclass(frozen=True)
class Known:
    """Something whose result is known beforehand: its name and its source."""

    kind: Kind
    name: str
    suffix: str
    source: str
    exercise: str = ""


@dataclass(frozen=True)
class Finding:
    """What grading one known thing gave, beside what it had to give."""

    kind: Kind
    name: str
    exercise: str
    expected: str
    actual: str
    holds: bool
    named: tuple[str, ...] = ()

    @property
    def named_rightly(self) -> bool:
        """For a mutant: whether its feedback names this mistake."""
        return self.name in self.named

    @property
    def accused_falsely(self) -> bool:
        """Whether feedback names a mistake that is not there."""
        return bool(set(self.named) - ({self.name} if self.kind == "mutant" else set()))


def known(assignment: Assignment) -> Iterator[Known]:
    """Everything whose result is known beforehand."""
    source = assignment.source.read_text(encoding="utf-8")
    yield Known("solution", "solution", ".py", source)
    yield Known("stub", "stub", ".ipynb", release.build(assignment)[f"{assignment.slug}.ipynb"])
    for mutant in read_mutants(assignment):
        yield Known("mutant", mutant.name, ".py", mutant.apply(source), mutant.exercise)
    for path in assignment.alternatives:
        yield Known("alternative", path.stem, ".py", path.read_text(encoding="utf-8"))


def verify(assignment: Assignment, grade: Grade) -> list[Finding]:
    """Grade all that is known, as students are graded.

    Raises:
        AssignmentError: the assignment cannot be graded at all.
    """
    things = list(known(assignment))
    with tempfile.TemporaryDirectory(prefix="autograder-verify-") as folder:
        submissions = [_submission(Path(folder), thing) for thing in things]
        records = grade(submissions, Path(folder) / "results")
    return [_finding(thing, record) for thing, record in zip(things, records, strict=True)]


def _submission(folder: Path, thing: Known) -> Submission:
    name = f"{thing.kind}-{thing.name}"
    path = folder / f"{name}{thing.suffix}"
    content = thing.source.encode("utf-8")
    path.write_bytes(content)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Submission(name, path.name, path, hashlib.sha256(content).hexdigest(), now)


def _finding(thing: Known, record: Record) -> Finding:
    if record.status != "graded":
        expected = "to be graded"
        return Finding(thing.kind, thing.name, thing.exercise, expected, f"{record.status}: {record.message}", False)
    if thing.kind == "mutant":
        return _mutant_finding(thing, record)
    wanted = 0.0 if thing.kind == "stub" else record.max_score
    lost = [check.id for check in record.checks if (check.outcome != "passed") != (thing.kind == "stub")]
    actual = f"{record.score:g} of {record.max_score:g}" + (f" ({', '.join(lost[:3])})" if lost else "")
    holds = record.score == wanted and not lost
    return Finding(thing.kind, thing.name, "", f"{wanted:g}", actual, holds, _named(record))


def _mutant_finding(thing: Known, record: Record) -> Finding:
    losing = {entry.id: entry for entry in record.exercises if entry.score < entry.max_score}
    lost = ", ".join(f"{id} {entry.score:g}/{entry.max_score:g}" for id, entry in losing.items()) or "lost nothing"
    holds = thing.exercise in losing
    return Finding(thing.kind, thing.name, thing.exercise, f"loses on {thing.exercise}", lost, holds, _named(record))


def _named(record: Record) -> tuple[str, ...]:
    """The mistakes that the feedback names."""
    found = (re.match(r"misconception: (.*)\n", check.detail) for check in record.checks)
    return tuple(sorted({match[1] for match in found if match}))
