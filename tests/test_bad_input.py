"""What is wrong with a command is said in one line that names it and says what to do; nothing is left half written."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import sample_records
from command import CHECKS, CONFIG, RIGHT, autograder, write_class, write_course


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course that can be graded, and a class of one beside it."""
    write_class(tmp_path / "class", ada=RIGHT)
    return write_course(tmp_path / "course")


def says(result: subprocess.CompletedProcess[str], *words: str) -> None:
    """Exit 2, nothing on standard output, and one line on standard error that holds all words."""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("autograder: ")
    for word in words:
        assert word in lines[0]
    assert (result.stdout, result.returncode) == ("", 2)


def grade(course: Path, *options: str | bytes | Path, slug: str | bytes = "tiny") -> subprocess.CompletedProcess[str]:
    """Grade the class of the fixture; a later --out or --course in `options` goes before these."""
    return autograder("grade", slug, "../class", "--out", "../out", *options, cwd=course)


def refused(course: Path, result: subprocess.CompletedProcess[str], *words: str) -> None:
    """As `says`, and no output folder has been made."""
    says(result, *words)
    assert sorted(os.listdir(course.parent)) == ["class", "course"]


def test_an_unknown_assignment_is_named_with_the_one_that_was_meant(course: Path) -> None:
    """The nearest name is suggested."""
    refused(course, grade(course, slug="tinny"), "unknown assignment 'tinny'", "did you mean 'tiny'?")


def test_an_assignment_name_that_is_no_text_is_shown_escaped(course: Path) -> None:
    """Bytes that are not UTF-8 neither break the message nor reach the terminal."""
    refused(course, grade(course, slug=b"t\xffny"), r"unknown assignment 't\udcffny'", "did you mean")


def test_a_path_out_of_the_course_is_no_assignment(course: Path) -> None:
    """Names are names, not paths."""
    refused(course, grade(course, slug="../tiny"), "unknown assignment '../tiny'")


@pytest.mark.parametrize("name", [b"nowhere", b"n\xffwhere"], ids=["text", "bytes"])
def test_a_missing_class_folder_is_named(course: Path, name: bytes) -> None:
    """With the layout that was expected."""
    result = autograder("grade", "tiny", name, "--out", "../out", cwd=course)
    refused(course, result, "no submissions at n", "where: it does not exist", "expected <student>.ipynb")


def test_an_empty_class_is_named(course: Path) -> None:
    """A folder without a notebook is not a class with nobody in it."""
    (course.parent / "class" / "ada.py").unlink()
    refused(course, grade(course), "no submissions in ../class", "expected <student>.ipynb")


def test_two_submissions_for_one_student_are_both_named(course: Path) -> None:
    """Which one counts is not guessed, and nobody is graded before it is settled."""
    (course.parent / "class" / "ada").mkdir()
    (course.parent / "class" / "ada" / "tiny.ipynb").write_text("{}")
    refused(course, grade(course), "two submissions for ada: ada.py and ada/tiny.ipynb", "keep one of them")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (CONFIG.replace("title", "titel"), ("unknown key 'titel'", "did you mean 'title'?")),
        (CONFIG.replace('"Tiny"', "7"), ("title must be a non-empty string, got 7", "correct assignment.toml")),
        (CONFIG.replace('["numpy"]', '"numpy"'), ("libraries must be a list", "got 'numpy'")),
        (CONFIG + "[limits]\ncell_second = 1", ("unknown key 'limits.cell_second'", "did you mean 'cell_seconds'?")),
        (CONFIG.replace('twice = "Twice as much"', ""), ("[exercises] is missing or empty",)),
        ("title = ", ("assignment.toml is not TOML", "end of document", "correct assignment.toml")),
    ],
    ids=["unknown-key", "wrong-type", "no-list", "unknown-limit", "no-exercises", "no-toml"],
)
def test_a_malformed_assignment_toml_is_named_with_its_fault(
    course: Path, config: str, words: tuple[str, ...]
) -> None:
    """Assignment, file, key, value, and what to do."""
    (course / "assignments" / "tiny" / "assignment.toml").write_text(config)
    refused(course, grade(course), "tiny: assignment.toml", *words)


def test_a_missing_file_of_checks_is_named(course: Path) -> None:
    """With the place where it is expected."""
    (course / "solutions" / "tiny" / "test_tiny.py").unlink()
    refused(course, grade(course), "tiny: test_tiny.py is missing", "expected ")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("@pytest.mark.points(2)\n", ""), ("test_twice has points None", "points(n)")),
        (lambda text: text.replace('"twice")', '"thrice")'), ("test_twice names exercise 'thrice'", "has twice")),
        (lambda text: text.replace('    """twice doubles."""\n', ""), ("test_twice has no docstring", "title")),
        (lambda text: text + "\nimport nothing_of_that_name", ("checks cannot be collected", "nothing_of_that_name")),
    ],
    ids=["no-points", "unknown-exercise", "no-title", "no-import"],
)
def test_a_wrong_check_is_named_before_anything_is_graded(
    course: Path, change: Callable[[str], str], words: tuple[str, ...]
) -> None:
    """The check's name and what it lacks."""
    (course / "solutions" / "tiny" / "test_tiny.py").write_text(change(CHECKS))
    refused(course, grade(course, "--jobs", "1"), "tiny: ", *words)


def test_a_library_that_is_not_installed_is_named(course: Path) -> None:
    """It is asked for by assignment.toml, so no student is to blame."""
    config = CONFIG.replace('"numpy"', '"nothing_of_that_name"')
    (course / "assignments" / "tiny" / "assignment.toml").write_text(config)
    refused(course, grade(course, "--jobs", "1"), "nothing_of_that_name", "install the library")


def test_a_file_in_place_of_the_output_folder_is_named(course: Path) -> None:
    """It stays as it was."""
    (course.parent / "out").write_text("mine")
    says(grade(course), "cannot write to ../out: Not a directory", "name another folder with --out")
    assert (course.parent / "out").read_text() == "mine"


def test_an_output_folder_that_cannot_be_made_is_named(course: Path) -> None:
    """Not even root makes folders in /proc."""
    refused(course, grade(course, "--out", "/proc/results"), "cannot write to /proc/results", "--out")


def test_an_output_folder_without_permission_is_named(course: Path) -> None:
    """An ordinary user may not write there; for root, permission is no obstacle, so the folder is a broken link."""
    out = course.parent / "out"
    if os.getuid():
        out.mkdir(mode=0o555)
    else:
        out.symlink_to("nowhere/at/all")
    says(grade(course), "cannot write to ../out", "name another folder with --out")


def test_an_output_folder_in_use_is_named(course: Path, tmp_path: Path) -> None:
    """Two runs do not write to one folder."""
    import fcntl

    (tmp_path / "out").mkdir()
    with open(tmp_path / "out" / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        says(grade(course), "another run is at work in ../out", "wait for it")


@pytest.mark.parametrize("value", ["100.5", "nan"])
def test_a_minimum_that_is_no_percentage_is_named(course: Path, value: str) -> None:
    """From 0 to 100; nan is not."""
    refused(course, grade(course, "--min-score", value), f"--min-score {value} is no percentage", "0 to 100")


@pytest.mark.parametrize("value", ["0", "1000000"])
def test_a_number_of_jobs_that_cannot_be_is_named(course: Path, value: str) -> None:
    """At least one."""
    refused(course, grade(course, "--jobs", value), f"--jobs {value} is no number of workers", "expected 1 to")


def test_a_value_of_another_type_is_named(course: Path) -> None:
    """Words for numbers."""
    refused(course, grade(course, "--jobs", "many"), "invalid value for '--jobs'", "integer")


@pytest.mark.parametrize("name", ["../class", "../nowhere"])
def test_a_course_option_has_to_name_a_course(course: Path, name: str) -> None:
    """It is not searched for upwards, as it is without the option: here, that would find one."""
    refused(course, grade(course, "--course", name), f"--course {name}: there is no folder assignments/", "holds")


def test_verify_names_a_mutant_that_is_not_in_the_source(course: Path) -> None:
    """With what to do."""
    entry = {"name": "m", "exercise": "twice", "hint": "h", "find": "3 * x", "replace": "x"}
    lines = "\n".join(f'{key} = "{value}"' for key, value in entry.items())
    (course / "solutions" / "tiny" / "mutants.toml").write_text(f"[[mutant]]\n{lines}\n")
    refused(course, autograder("verify", "tiny", cwd=course), "mutant 'm'", "0 times in tiny.py", "exactly once")


def test_an_unknown_option_gets_the_usual_usage_and_exit_2(course: Path) -> None:
    """Typer's own message, with its suggestion."""
    result = grade(course, "--job", "2")
    assert result.returncode == 2
    assert "No such option" in result.stderr
    assert "Traceback" not in result.stderr


# --- export and report


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder with records, as grade leaves it."""
    (tmp_path / "results" / "records").mkdir(parents=True)
    for record in sample_records.sample_class():
        (tmp_path / "results" / "records" / f"{record.student}.json").write_text(record.to_json())
    return tmp_path / "results"


def test_an_unknown_format_is_named_with_the_known_ones(results: Path) -> None:
    """All of them."""
    result = autograder("export", results, "--to", "xml", cwd=results)
    says(result, "unknown format 'xml'", "csv", "junit", "markdown", "gradescope")


@pytest.mark.parametrize("command", [("export", ".", "--to", "csv"), ("report", ".")], ids=["export", "report"])
def test_a_folder_without_records_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    """With the folder to give instead, and nothing written."""
    says(autograder(*command, cwd=tmp_path), "no records in records", "given to grade as --out")
    assert os.listdir(tmp_path) == []


def test_an_export_that_cannot_be_written_is_named(results: Path) -> None:
    """The file, and the option."""
    result = autograder("export", ".", "--to", "csv", "--out", "nowhere/scores.csv", cwd=results)
    says(result, "cannot write nowhere/scores.csv: No such file or directory", "--out")


def test_pages_that_cannot_be_written_are_named(results: Path) -> None:
    """A folder in place of a page."""
    (results / "index.html" / "x").mkdir(parents=True)
    says(autograder("report", ".", cwd=results), "cannot write the pages to .")


def test_a_results_folder_whose_name_is_no_text_works(results: Path) -> None:
    """File names are bytes; what is printed of them is escaped."""
    odd = os.fsencode(results) + b"\xff"
    os.rename(results, odd)
    result = autograder("report", odd, cwd=results.parent)
    assert (result.returncode, result.stderr) == (0, "")
    assert os.path.exists(odd + b"/index.html")
