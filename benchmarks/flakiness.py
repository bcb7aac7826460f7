"""Do right solutions always earn everything? `python benchmarks/flakiness.py ASSIGNMENT… [--times N] [--jobs N]`.

The reference solution and every alternative are graded N times (20 unless told otherwise), each time with another
comment at the end: another digest, and so other seeds for all the checks' generators. Prints one line for each, and
exits 1 when any of them lost a point. `--out docs/flakiness.md` writes the lines as a page.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
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


def grade(course: Path, slug: str, times: int, jobs: int) -> dict[str, list[str]]:
    """By source, what each of its copies has lost: empty texts, if all is well."""
    assignment = load(course, slug)
    with tempfile.TemporaryDirectory() as folder:
        todo = submissions(assignment, Path(folder), times)
        task = Task(course, assignment.slug, hidden=(Path(folder),))
        records = tuple(grade_class(task, todo, Path(folder) / "results", jobs).records)
    by_source: dict[str, list[str]] = defaultdict(list)
    for record in records:
        by_source[record.student.rpartition("-")[0]].append(lost(record))
    return by_source


def page(rows: Sequence[tuple[str, str, list[str]]]) -> str:
    """The table of the documentation."""
    lines = [
        "# Right solutions under other seeds",
        "",
        f"Run on {datetime.date.today().isoformat()} by `python benchmarks/flakiness.py`: the reference solution and",
        "each alternative, graded again and again with other seeds for the checks' inputs.",
        "",
        "| assignment | source | earned everything | lost, if anything |",
        "|---|---|---|---|",
    ]
    for slug, name, losses in rows:
        failures = [text for text in losses if text]
        rate = f"{len(losses) - len(failures)} of {len(losses)}"
        lines.append(f"| {slug} | {name} | {rate} | {'; '.join(failures)} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Grade and print; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assignments", nargs="+", metavar="assignment")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    course = find_course()
    rows = []
    for slug in arguments.assignments:
        for name, losses in grade(course, slug, arguments.times, arguments.jobs).items():
            rows.append((slug, name, losses))
            failures = [text for text in losses if text]
            print(f"{slug} {name}: {len(losses) - len(failures)} of {len(losses)} earn everything", flush=True)
            for text in failures:
                print(f"  {text}")
    if arguments.out:
        arguments.out.write_text(page(rows), encoding="utf-8")
    return int(any(text for _, _, losses in rows for text in losses))


if __name__ == "__main__":
    sys.exit(main())
