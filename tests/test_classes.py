"""Every sample class with an `expected.json` is graded, on all cores, and each submission earns what that file says.

Grading again gives the same: twice, and on one worker or several. Only clocks differ.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from courses import grade_sample, sample

from autograder.records import Record

HERE = Path(__file__).parent
CLASSES = sorted(path.parent.name for path in HERE.glob("classes/*/expected.json"))
ENDLESS = ("s19-endless-loop-in-a-cell", "s20-endless-loop-in-predict")  # half a minute of waiting


def summary(record: Record) -> dict[str, Any]:
    """What `expected.json` tells of a record: outcomes that are not `passed`, the causes of deaths."""
    return {
        "status": record.status,
        "score": record.score,
        "outcomes": {check.id: check.outcome for check in record.checks if check.outcome != "passed"},
        "deaths": [death.cause for death in record.execution.deaths],
    }


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_earns_what_is_expected(name: str) -> None:
    """Score, outcome of each check, and deaths, for each submission; none is missing, none is extra."""
    expected = json.loads((HERE / "classes" / name / "expected.json").read_text())
    _, records = sample(name)
    found = {student: summary(record) for student, record in records.items()}
    assert sorted(found) == sorted(expected)
    for student, entry in expected.items():
        assert found[student] == entry, student


def test_there_is_a_class() -> None:
    """An empty folder would make the test above pass."""
    assert "ann" in CLASSES


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
