"""Every sample class with an `expected.json` is graded, on all cores, and each submission earns what that file says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from courses import sample

from autograder.records import Record

HERE = Path(__file__).parent
CLASSES = sorted(path.parent.name for path in HERE.glob("classes/*/expected.json"))


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
