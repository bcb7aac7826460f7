"""How much one attempt tells a student: `[feedback]` in assignment.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.assignment import Feedback, load
from autograder.errors import AssignmentError
from autograder.pipeline.grader import _within
from autograder.reports import student_page, without_hidden_checks, write_pages
from tests import sample_records


def _course(tmp_path: Path, feedback: str) -> Path:
    public, private = tmp_path / "assignments" / "tiny", tmp_path / "solutions" / "tiny"
    public.mkdir(parents=True)
    private.mkdir(parents=True)
    (public / "assignment.toml").write_text(f'title = "Tiny"\n[exercises]\none = "One"\n[feedback]\n{feedback}\n')
    (private / "tiny.py").write_text("")
    (private / "test_tiny.py").write_text("")
    return tmp_path


def test_feedback_is_read(tmp_path: Path) -> None:
    """Both keys reach the assignment."""
    course = _course(tmp_path, "explained = 2\noutcomes = false")
    assert load(course, "tiny").feedback == Feedback(explained=2, outcomes=False)


@pytest.mark.parametrize("line", ["explained = -2", "explained = true", 'outcomes = "no"', "explain = 1"])
def test_malformed_feedback_is_refused(tmp_path: Path, line: str) -> None:
    """A wrong value or an unknown key names itself."""
    with pytest.raises(AssignmentError, match=r"feedback\."):
        load(_course(tmp_path, line), "tiny")


def test_only_the_first_failed_hidden_checks_are_explained() -> None:
    """With `explained = 1` one failed hidden check keeps its message, and passed and public ones keep theirs."""
    record = sample_records.died_record("s")
    limited = _within(record.checks, 1)
    failed = [check for check in record.checks if check.visibility == "hidden" and check.outcome != "passed"]
    assert len(failed) > 1
    changed = [after.id for before, after in zip(record.checks, limited, strict=True) if before != after]
    assert changed == [check.id for check in failed[1:]]
    assert all(after.score == before.score for before, after in zip(record.checks, limited, strict=True))
    assert _within(record.checks, -1) == record.checks


def test_without_outcomes_a_page_lists_no_hidden_check(tmp_path: Path) -> None:
    """Titles, messages and deaths of hidden checks are gone; the exercises' points stay."""
    record = sample_records.died_record("s")
    hidden = [check for check in record.checks if check.visibility == "hidden"]
    less = without_hidden_checks(record)
    assert hidden
    assert less.exercises == record.exercises
    assert less.score == record.score
    page = student_page(less, [])
    assert not any(check.title in page for check in hidden)
    write_pages(tmp_path, [record], "x", outcomes=False)
    assert not any(check.title in (tmp_path / "students" / "s.html").read_text() for check in hidden)
