"""The proof that an assignment's checks can be trusted, made by grading what is known.

The reference solution earns everything, the released stub nothing, each mutant (the reference with one typical
mistake) loses points on its own exercise, each alternative (a right solution written another way) earns everything.
"""

from __future__ import annotations

import hashlib
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from autograder import release
from autograder.assignment import Assignment
from autograder.errors import AssignmentError
from autograder.intake import Submission
from autograder.pipeline import Task, grade_class
from autograder.records import Record

Kind = Literal["solution", "stub", "mutant", "alternative"]
_KEYS: Final = ("name", "exercise", "hint", "find", "replace")


@dataclass(frozen=True)
class Mutant:
    """One typical mistake: `find` stands once in the source and becomes `replace`."""

    name: str
    exercise: str
    hint: str
    find: str
    replace: str


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


def read_mutants(assignment: Assignment) -> list[Mutant]:
    """The entries of mutants.toml.

    Raises:
        AssignmentError: it is malformed, an exercise is unknown, or a text to replace is not there exactly once.
    """
    path = assignment.mutants
    if not path.is_file():
        return []
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{assignment.slug}: mutants.toml is not TOML: {error}") from None
    entries = table.get("mutant", [])
    if set(table) - {"mutant"} or type(entries) is not list:
        raise AssignmentError(f"{assignment.slug}: mutants.toml must hold [[mutant]] entries and nothing else")
    source = assignment.source.read_text(encoding="utf-8")
    mutants = [_mutant(assignment, entry, source) for entry in entries]
    names = [mutant.name for mutant in mutants]
    for name in names:
        if names.count(name) > 1:
            raise AssignmentError(f"{assignment.slug}: mutants.toml has two mutants named {name!r}")
    return mutants


def _mutant(assignment: Assignment, entry: Any, source: str) -> Mutant:
    where = f"{assignment.slug}: mutants.toml"
    if type(entry) is not dict or set(entry) != set(_KEYS) or any(type(entry[key]) is not str for key in _KEYS):
        raise AssignmentError(f"{where}: an entry needs the strings {', '.join(_KEYS)} and no others, got {entry!r}")
    mutant = Mutant(**entry)
    if mutant.exercise not in assignment.exercises:
        raise AssignmentError(f"{where}: mutant {mutant.name!r} names exercise {mutant.exercise!r}, which is unknown")
    count = source.count(mutant.find)
    if count != 1 or mutant.find == mutant.replace:
        raise AssignmentError(
            f"{where}: the text that mutant {mutant.name!r} replaces stands {count} times in {assignment.source.name}",
            "make it longer until it stands there exactly once",
        )
    return mutant


def known(assignment: Assignment) -> Iterator[Known]:
    """Everything whose result is known beforehand."""
    source = assignment.source.read_text(encoding="utf-8")
    yield Known("solution", "solution", ".py", source)
    yield Known("stub", "stub", ".ipynb", release.build(assignment)[f"{assignment.slug}.ipynb"])
    for mutant in read_mutants(assignment):
        yield Known("mutant", mutant.name, ".py", source.replace(mutant.find, mutant.replace), mutant.exercise)
    for path in assignment.alternatives:
        yield Known("alternative", path.stem, ".py", path.read_text(encoding="utf-8"))


def verify(
    course: Path, assignment: Assignment, jobs: int, progress: Callable[[int, int], None] = lambda done, total: None
) -> list[Finding]:
    """Grade all that is known, in the sandbox, through the pipeline that grades students.

    Raises:
        AssignmentError: the assignment cannot be graded at all.
    """
    things = list(known(assignment))
    with tempfile.TemporaryDirectory(prefix="autograder-verify-") as folder:
        submissions = [_submission(Path(folder), thing) for thing in things]
        count = 0

        def step(record: Record, now: bool) -> None:
            nonlocal count
            count += 1
            progress(count, len(things))

        task = Task(course, assignment.slug, hidden=(Path(folder),))
        batch = grade_class(task, submissions, Path(folder) / "results", min(jobs, len(things)), progress=step)
    return [_finding(thing, record) for thing, record in zip(things, batch.records, strict=True)]


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
    return Finding(thing.kind, thing.name, "", f"{wanted:g}", actual, record.score == wanted and not lost)


def _mutant_finding(thing: Known, record: Record) -> Finding:
    losing = {entry.id: entry for entry in record.exercises if entry.score < entry.max_score}
    lost = ", ".join(f"{id} {entry.score:g}/{entry.max_score:g}" for id, entry in losing.items()) or "lost nothing"
    return Finding(thing.kind, thing.name, thing.exercise, f"loses on {thing.exercise}", lost, thing.exercise in losing)
