"""Grading again gives the same: twice, and on one worker or several. Only clocks differ."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from courses import grade_sample, sample

from autograder.records import Record

ENDLESS = ("s19-endless-loop-in-a-cell", "s20-endless-loop-in-predict")  # half a minute of waiting


def without_times(records: dict[str, Record]) -> dict[str, Record]:
    """The records with their seconds at 0 and no time of receipt."""
    return {
        student: dataclasses.replace(
            record,
            submission=dataclasses.replace(record.submission, received_at=""),
            checks=tuple(dataclasses.replace(check, seconds=0.0) for check in record.checks),
            execution=dataclasses.replace(record.execution, seconds=0.0),
        )
        for student, record in records.items()
    }


def pictures(out: Path) -> dict[str, bytes]:
    """The figures of all students, by path."""
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.glob("figures/*/*"))}


def test_one_job_gives_the_records_of_all_cores(tmp_path: Path) -> None:
    """The whole class `ann`: outcomes, deaths, messages and details, and each byte of each figure."""
    out, first = sample("ann")
    again = without_times(grade_sample("ann", tmp_path, jobs=1))
    assert list(again) == list(first)
    for student, record in without_times(first).items():
        assert again[student] == record, student
    assert pictures(out)
    assert pictures(tmp_path) == pictures(out)


def test_a_second_run_gives_the_same_records(tmp_path: Path) -> None:
    """On two workers again; submissions meet other neighbours and other workers."""
    _, first = sample("ann")
    again = without_times(grade_sample("ann", tmp_path, jobs=2, leave_out=ENDLESS))
    assert len(again) >= 16
    for student, record in again.items():
        assert record == without_times(first)[student], student
