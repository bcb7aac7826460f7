"""`autograder report` and `autograder export`: from records, without grading."""

from __future__ import annotations

import sys
from pathlib import Path

from autograder import assignment as assignments
from autograder import exports, reports
from autograder.errors import AutograderError, UsageError
from autograder.pipeline.store import write_whole
from autograder.records import Record, read_records


def _records(folder: Path) -> list[Record]:
    records = read_records(folder)
    if not records:
        raise UsageError(f"no records in {folder / 'records'}", "name the folder given to grade as --out")
    return records


def report(folder: Path, course: Path | None) -> int:
    """Write all pages again."""
    records = _records(folder)
    slug = records[0].assignment
    try:
        title = assignments.load(assignments.find_course(course), slug).title
    except AutograderError:  # records can be read far from their course
        title = slug
    print(f"pages: {reports.write_pages(folder, records, title)}")
    return 0


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
