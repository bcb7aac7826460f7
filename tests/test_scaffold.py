"""`autograder new`: what it writes verifies at once; what it cannot write leaves no trace."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from command import autograder, write_course

EXPECTED = {
    "assignments/softmax_regression/assignment.toml",
    "assignments/softmax_regression/public_checks.py",
    "assignments/softmax_regression/softmax_regression.ipynb",
    "solutions/softmax_regression/alternatives/by_logarithms.py",
    "solutions/softmax_regression/mutants.toml",
    "solutions/softmax_regression/softmax_regression.py",
    "solutions/softmax_regression/test_softmax_regression.py",
}


def files(folder: Path) -> set[str]:
    """Every file below a folder, by relative path."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new course with one new assignment, as the command makes it."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "assignments").mkdir()
    (folder / "solutions").mkdir()
    result = autograder("new", "softmax_regression", cwd=folder)
    assert (result.returncode, result.stderr) == (0, "")
    assert "next: autograder verify softmax_regression" in result.stdout
    return folder


def test_a_scaffold_is_a_whole_assignment_and_nothing_else(course: Path) -> None:
    """Source, checks, mutants, an alternative, and their release."""
    assert files(course) == EXPECTED
    assert sorted(os.listdir(course)) == ["assignments", "solutions"]


def test_a_scaffold_verifies_at_once(course: Path) -> None:
    """Solution 100 %, stub 0, three mutants caught, the alternative 100 %."""
    result = autograder("verify", "softmax_regression", cwd=course)
    assert (result.returncode, result.stderr) == (0, "")
    assert "softmax_regression: 3 mutants, 1 alternative: all of it holds" in result.stdout


def test_a_scaffold_is_released(course: Path) -> None:
    """The committed release is what the source makes of it."""
    result = autograder("release", "softmax_regression", "--check", cwd=course)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_scaffold_has_a_title_and_hides_its_solution(course: Path) -> None:
    """The student's notebook bears the name in words, and asks for code."""
    text = (course / "assignments/softmax_regression/softmax_regression.ipynb").read_text()
    cells = ["".join(cell["source"]) for cell in json.loads(text)["cells"]]
    assert cells[0].startswith("# Softmax regression\n")
    assert any("raise NotImplementedError()" in cell for cell in cells)
    assert "powers" not in text


def test_an_assignment_that_exists_is_not_overwritten(course: Path) -> None:
    """One line, exit 2, and every byte as it was."""
    before = {name: (course / name).read_bytes() for name in files(course)}
    result = autograder("new", "softmax_regression", cwd=course)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "softmax_regression exists; choose another name" in result.stderr
    assert {name: (course / name).read_bytes() for name in files(course)} == before


def test_a_private_folder_alone_is_not_overwritten_either(tmp_path: Path) -> None:
    """Notes for an assignment to come may be there already."""
    (tmp_path / "assignments").mkdir()
    (tmp_path / "solutions" / "notes").mkdir(parents=True)
    result = autograder("new", "notes", cwd=tmp_path)
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert os.listdir(tmp_path / "assignments") == []


@pytest.mark.parametrize("name", ["Upper", "1st", "../up", "", "x" * 61, b"\xff"])
def test_a_bad_name_is_one_line(tmp_path: Path, name: str | bytes) -> None:
    """It would be a folder, a module and a test file: letters, digits and _."""
    write_course(tmp_path)
    before = files(tmp_path)
    result = autograder("new", name, cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "cannot be the name of an assignment; expected at most 60 lower-case letters" in result.stderr
    assert files(tmp_path) == before


def test_without_a_course_it_says_how_to_begin_one(tmp_path: Path) -> None:
    """The course that comes with the package is never written to."""
    result = autograder("new", "fresh", cwd=tmp_path)
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert "make the two folders, or name a course with --course DIR" in result.stderr
    assert os.listdir(tmp_path) == []


def test_a_course_that_cannot_be_written_stays_as_it_is(tmp_path: Path) -> None:
    """The private folder's place is taken by a file: neither half is written."""
    (tmp_path / "assignments").mkdir()
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "fresh").write_text("a file")
    result = autograder("new", "fresh", cwd=tmp_path)
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert files(tmp_path) == {"solutions/fresh"}
