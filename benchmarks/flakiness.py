"""Do right solutions always earn everything? `python benchmarks/flakiness.py ASSIGNMENT [--times N] [--jobs N]`.

The reference solution and every alternative are graded N times (20 unless told otherwise), each time with another
comment at the end: another digest, and so other seeds for all the checks' generators. Prints one line for each, and
exits 1 when any of them lost a point.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from autograder.assignment import Assignment, find_course, load
from autograder.intake import Submission
from autograder.pipeline import Task, grade_class
from autograder.records import Record


def submissions(assignment: Assignment, folder: Path, times: int) -> list[Submission]:
    """`times` copies of each right solution, all different in their last line."""
    found = []
    for source in (assignment.source, *assignment.alternatives):
        for number in range(times):
            content = source.read_bytes() + f"\n# {number}\n".encode()
            path = folder / f"{source.stem}-{number:03d}.py"
            path.write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            found.append(Submission(path.stem, path.name, path, digest, "2026-01-01T00:00:00Z"))
    return found


def lost(record: Record) -> str:
    """The checks that did not pass, or what else went wrong."""
    if record.status != "graded":
        return f"{record.status}: {record.message}"
    return ", ".join(f"{check.id} {check.outcome}" for check in record.checks if check.outcome != "passed")


def main() -> int:
    """Grade and print; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assignment")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    course = find_course()
    assignment = load(course, arguments.assignment)
    with tempfile.TemporaryDirectory() as folder:
        todo = submissions(assignment, Path(folder), arguments.times)
        task = Task(course, assignment.slug, hidden=(Path(folder),))
        records = tuple(grade_class(task, todo, Path(folder) / "results", arguments.jobs).records)
    by_source: dict[str, list[str]] = defaultdict(list)
    for record in records:
        by_source[record.student.rpartition("-")[0]].append(lost(record))
    for name, losses in by_source.items():
        failures = [text for text in losses if text]
        print(f"{assignment.slug} {name}: {len(losses) - len(failures)} of {len(losses)} earn everything")
        for text in failures:
            print(f"  {text}")
    return 1 if any(text for losses in by_source.values() for text in losses) else 0


if __name__ == "__main__":
    sys.exit(main())
