"""`autograder report` and `autograder export`: from records, without grading."""

from __future__ import annotations

import sys
from pathlib import Path

from autograder import assignment as assignments
from autograder import exports, reports
from autograder.cli import courses
from autograder.errors import AutograderError, UsageError
from autograder.files import write_whole
from autograder.records import Record, read_records


def _records(folder: Path) -> list[Record]:
    records = read_records(folder)
    if not records:
        raise UsageError(f"no records in {folder / 'records'}", "name the folder given to grade as --out")
    return records


def report(folder: Path, course: Path | None) -> int:
    """Write all pages again."""
    records = _records(folder)
    title, outcomes = _presentation(records[0].assignment, course)
    print(f"pages: {write_pages(folder, records, title, outcomes)}")
    return 0


def _presentation(slug: str, course: Path | None) -> tuple[str, bool]:
    """The assignment's title, and whether students see outcomes of hidden checks."""
    try:
        assignment = assignments.load(courses.chosen(course), slug)
    except AutograderError:
        if course is not None:
            raise
        return slug, False  # records can be read far from their course; then rather say too little
    return assignment.title, assignment.feedback.outcomes


def write_pages(folder: Path, records: list[Record], title: str, outcomes: bool) -> Path:
    """All pages of a run.

    Raises:
        UsageError: the folder cannot be written to.
    """
    try:
        return reports.write_pages(folder, records, title, outcomes)
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"cannot write the pages to {folder}: {reason}", "make room or permission") from None


def export(folder: Path, to: str, out: Path | None) -> int:
    """Print or write one format."""
    if to not in exports.FORMATS:
        raise UsageError(f"unknown format {to!r}", f"expected one of {', '.join(exports.FORMATS)}")
    text = exports.export(_records(folder), to)
    if out is None:
        sys.stdout.write(text)
        return 0
    try:
        write_whole(out, text.encode("utf-8"))
    except OSError as error:
        raise UsageError(f"cannot write {out}: {error.strerror or error}", "name another file with --out") from None
    return 0
