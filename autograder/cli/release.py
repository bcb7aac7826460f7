"""`autograder release`."""

from __future__ import annotations

from pathlib import Path

from autograder import assignment as assignments
from autograder import release
from autograder.cli import courses


def run(slug: str, out: Path | None, check: bool, course: Path | None) -> int:
    """Write the release, or say what has drifted."""
    folder = courses.chosen(course) if check or out else courses.own(course)
    assignment = assignments.load(folder, slug)
    if check:
        drifted = release.drift(assignment)
        for name in drifted:
            print(f"{slug}: {name} is not what the source makes of it; run: autograder release {slug}")
        return 1 if drifted else 0
    for path in release.write(assignment, out):
        print(f"wrote {path}")
    return 0
