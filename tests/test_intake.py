"""Taking submissions in: every layout, no surprises from hostile names, files and zips."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import struct
import unicodedata
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder import intake
from autograder.errors import SubmissionError, UsageError
from autograder.intake import Submission, collect, read_bytes, student_id

BOOK = b'{"nbformat": 4, "cells": []}'


def fill(root: Path, *names: str, content: bytes = BOOK) -> Path:
    """Files of these names under `root`."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def zipped(path: Path, *names: str | zipfile.ZipInfo, content: bytes = BOOK) -> Path:
    """A zip of entries of these names."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content, zipfile.ZIP_DEFLATED)
    return path


def taken(path: Path, slug: str = "ann") -> dict[str, str]:
    """Student to file."""
    with collect(path, slug) as found:
        return {entry.student: entry.file for entry in found}


def problems(path: Path, slug: str = "ann") -> dict[str, str]:
    """Student to problem."""
    with collect(path, slug) as found:
        return {entry.student: entry.problem for entry in found}


# ---------------------------------------------------------------- layouts


def test_one_file_a_student(tmp_path: Path) -> None:
    """Notebooks and scripts, by student, whatever the case of the ending."""
    fill(tmp_path, "cleo.IPYNB", "ada.ipynb", "bob.py")
    assert list(taken(tmp_path).items()) == [("ada", "ada.ipynb"), ("bob", "bob.py"), ("cleo", "cleo.IPYNB")]


def test_one_folder_a_student_and_nbgraders_layout(tmp_path: Path) -> None:
    """Both may stand side by side; another assignment's folder is passed over."""
    fill(tmp_path, "ada/work.ipynb", "bob/ann/ann.ipynb", "bob/vae/vae.ipynb", "cleo/vae/vae.ipynb")
    assert taken(tmp_path) == {"ada": "ada/work.ipynb", "bob": "bob/ann/ann.ipynb"}


def test_one_notebook(tmp_path: Path) -> None:
    """A single file is a class of one."""
    fill(tmp_path, "ada.ipynb")
    assert taken(tmp_path / "ada.ipynb") == {"ada": "ada.ipynb"}


def test_a_link_on_the_command_line_is_the_callers_own(tmp_path: Path) -> None:
    """It is followed, and its name says whose the file is."""
    fill(tmp_path, "store/17.ipynb")
    (tmp_path / "ada.ipynb").symlink_to("store/17.ipynb")
    with collect(tmp_path / "ada.ipynb", "ann") as found:
        assert [(entry.student, entry.problem) for entry in found] == [("ada", "")]
        assert read_bytes(found[0]) == BOOK


@pytest.mark.parametrize("top", ["", "class 2026/"])
def test_a_zip_of_a_class(tmp_path: Path, top: str) -> None:
    """With or without the folder's own name around it."""
    names = ("ada.ipynb", "bob/ann/ann.ipynb", "README.md", "__MACOSX/._ada.ipynb")
    path = zipped(tmp_path / "class.zip", *[top + name for name in names])
    assert set(taken(path)) == {"ada", "bob"}


@pytest.mark.parametrize("name", ["ada/ann.ipynb", "ada/ann/ann.ipynb", "ada/mine.ipynb"])
def test_a_zip_of_one_students_folder(tmp_path: Path, name: str) -> None:
    """It is the student, not a class."""
    assert taken(zipped(tmp_path / "class.zip", name)) == {"ada": name}


def test_a_zip_of_nbgraders_submitted(tmp_path: Path) -> None:
    """The folder `submitted` is stepped into."""
    path = zipped(tmp_path / "c.zip", "submitted/ada/ann/ann.ipynb", "submitted/bob/ann/ann.ipynb")
    assert taken(path) == {"ada": "ada/ann/ann.ipynb", "bob": "bob/ann/ann.ipynb"}


def test_what_is_no_submission_is_passed_over(tmp_path: Path) -> None:
    """Expectations, notes, hidden files, caches and the public checks."""
    fill(tmp_path, "ada.ipynb", "expected.json", "README.md", ".hidden.ipynb", "public_checks.py", "marks.csv")
    fill(tmp_path, ".ipynb_checkpoints/ada-checkpoint.ipynb", "__pycache__/x.py", "conftest.py")
    (tmp_path / "empty").mkdir()
    assert taken(tmp_path) == {"ada": "ada.ipynb"}


def test_in_a_students_folder_the_notebook_counts_not_the_helper_modules(tmp_path: Path) -> None:
    """Nor the copy of the public checks that lies beside it."""
    fill(tmp_path, "ada/mine.ipynb", "ada/helpers.py", "ada/public_checks.py", "ada/data/x.csv")
    assert taken(tmp_path) == {"ada": "ada/mine.ipynb"}


def test_of_several_notebooks_the_one_named_after_the_assignment_counts(tmp_path: Path) -> None:
    """Copies and experiments beside it do not."""
    fill(tmp_path, "ada/ann.ipynb", "ada/ann-Copy1.ipynb", "ada/Untitled.ipynb")
    assert taken(tmp_path) == {"ada": "ada/ann.ipynb"}


def test_a_folder_without_a_notebook_is_recorded(tmp_path: Path) -> None:
    """The student handed something in, and should hear that it was not a notebook."""
    fill(tmp_path, "ada.ipynb", "bob/ann.pdf")
    held = "the folder holds no notebook (.ipynb or .py): found ann.pdf; hand in the .ipynb file itself"
    assert problems(tmp_path) == {"ada": "", "bob": held}


@pytest.mark.parametrize("ending", [".pdf", ".html", ".docx", ".zip", ".tar.gz", ".7z", ".ipynb.txt", ".ipynb.zip"])
def test_what_was_handed_in_instead_of_a_notebook_is_recorded(tmp_path: Path, ending: str) -> None:
    """In a folder and in a zip of it: the student is on the list, not lost."""
    names = ("ada.ipynb", f"bob{ending}")
    held = f"bob{ending} is no notebook (.ipynb or .py); hand in the .ipynb file itself"
    assert problems(fill(tmp_path / "class", *names)) == {"ada": "", "bob": held}
    assert problems(zipped(tmp_path / "c.zip", *names)) == {"ada": "", "bob": held}


def test_an_export_beside_the_notebook_does_no_harm(tmp_path: Path) -> None:
    """Only the notebook counts, whatever the case of the names."""
    assert problems(fill(tmp_path, "ada.ipynb", "ada.html", "Ada.pdf", "ada.ipynb.zip")) == {"ada": ""}


def test_a_note_beside_a_zipped_class_folder_does_not_hide_the_class(tmp_path: Path) -> None:
    """The folder is stepped into all the same."""
    path = zipped(tmp_path / "c.zip", "class/ada.ipynb", "class/bob.ipynb", "task.pdf")
    assert taken(path) == {"ada": "ada.ipynb", "bob": "bob.ipynb"}


def test_digest_and_time_are_those_of_the_file(tmp_path: Path) -> None:
    """SHA-256 in hex; the modification time, in UTC."""
    fill(tmp_path, "ada.ipynb")
    os.utime(tmp_path / "ada.ipynb", (1_700_000_000, 1_700_000_000))
    with collect(tmp_path, "ann") as found:
        assert found == [
            Submission(
                student="ada",
                file="ada.ipynb",
                path=tmp_path / "ada.ipynb",
                sha256=hashlib.sha256(BOOK).hexdigest(),
                received_at="2023-11-14T22:13:20Z",
            )
        ]
        assert read_bytes(found[0]) == BOOK


def test_a_zips_entries_keep_their_time(tmp_path: Path) -> None:
    """The entry's clock, or the UTC time that zip programs add."""
    plain = zipfile.ZipInfo("ada.ipynb", (2026, 11, 28, 10, 0, 2))
    exact = zipfile.ZipInfo("bob.ipynb", (2026, 11, 28, 10, 0, 2))
    exact.extra = struct.pack("<HHBi", 0x5455, 5, 1, 1_700_000_000)
    with collect(zipped(tmp_path / "c.zip", plain, exact), "ann") as found:
        assert [entry.received_at for entry in found] == ["2026-11-28T10:00:02Z", "2023-11-14T22:13:20Z"]


def test_the_unpacked_zip_is_gone_after_the_block(tmp_path: Path) -> None:
    """Also when the block ends in an exception."""
    path = zipped(tmp_path / "c.zip", "ada.ipynb")

    def grade() -> None:
        with collect(path, "ann") as found:
            kept.append(found[0].path)
            assert read_bytes(found[0]) == BOOK
            raise RuntimeError("stop")

    kept: list[Path] = []
    with pytest.raises(RuntimeError, match="stop"):
        grade()
    assert not kept[0].exists()


# ---------------------------------------------------------------- two answers to "which file is this student's?"

_ONE = "hand in only one of them (capitals make no difference in names)"


def unclear(path: Path) -> dict[str, str]:
    """Student to problem, without the problems' common beginning; `cleo` is there and has none."""
    found = problems(path)
    assert found.pop("cleo") == ""
    return {student: problem.removeprefix("it is not clear which file counts: ") for student, problem in found.items()}


def test_two_files_for_one_student_are_both_named(tmp_path: Path) -> None:
    """A file and a folder of one name: whoever laid out the class says which one counts."""
    fill(tmp_path, "ada.ipynb", "ada/ann.ipynb", "cleo.ipynb")
    with pytest.raises(UsageError, match=r"two submissions for ada: ada.ipynb and ada/ann.ipynb"):
        taken(tmp_path)


def test_what_is_unclear_has_no_digest(tmp_path: Path) -> None:
    """So that its record does not stand for either file once one of them is gone."""
    fill(tmp_path, "ada.ipynb", "Ada.py")
    with collect(tmp_path, "ann") as found:
        assert [entry.sha256 for entry in found] == [""]


def test_two_notebooks_of_which_none_is_the_assignments_are_named(tmp_path: Path) -> None:
    """Which one is meant cannot be guessed."""
    fill(tmp_path, "ada/one.ipynb", "ada/two.ipynb", "cleo.ipynb")
    assert unclear(tmp_path) == {
        "ada": "one.ipynb and two.ipynb; hand in only one of them, or name one ann.ipynb"
    }


def test_of_many_files_two_are_named(tmp_path: Path) -> None:
    """The message stays one line."""
    fill(tmp_path, *[f"ada/{number}.py" for number in range(5)], "cleo.ipynb")
    assert unclear(tmp_path)["ada"].startswith("0.py and 1.py and 3 more; hand in")


def test_names_that_differ_only_in_case_are_one_student(tmp_path: Path) -> None:
    """Their records would overwrite each other on macOS and Windows."""
    fill(tmp_path, "Ada.ipynb", "ada.ipynb", "cleo.ipynb")
    assert unclear(tmp_path) == {"Ada": f"Ada.ipynb and ada.ipynb; {_ONE}"}


def test_composed_and_decomposed_accents_are_one_student(tmp_path: Path) -> None:
    """macOS zips decompose; the two forms look the same."""
    fill(tmp_path, "Zoe\u0308.ipynb", "Zo\u00eb.py", "cleo.ipynb")
    assert list(unclear(tmp_path)) == ["Zo\u00eb"]


# ---------------------------------------------------------------- what stops the command


@pytest.mark.parametrize("names", [[], ["class/notes.txt"], ["class/other.zip"]])
def test_an_empty_class_is_refused_with_the_layouts(tmp_path: Path, names: list[str]) -> None:
    """An empty folder, and folders without a notebook."""
    (tmp_path / "class").mkdir()
    fill(tmp_path, *names)
    with pytest.raises(UsageError, match=r"no submissions in .*; expected <student>.ipynb"):
        taken(tmp_path / "class")


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """Named, in one line."""
    with pytest.raises(UsageError, match="nowhere: it does not exist"):
        taken(tmp_path / "nowhere")


# ---------------------------------------------------------------- files that are no files


def test_links_pipes_sockets_and_folders_are_problems_and_never_opened(tmp_path: Path) -> None:
    """A pipe would block for ever, a link would read outside."""
    outside = fill(tmp_path / "outside", "secret.ipynb")
    root = fill(tmp_path / "class", "ok.ipynb")
    (root / "link.ipynb").symlink_to(outside / "secret.ipynb")
    (root / "dangling.ipynb").symlink_to("nowhere")
    (root / "folderlink").symlink_to(outside)
    (root / "folder.ipynb").mkdir()
    (root / "nested").mkdir()
    (root / "nested" / "ann").symlink_to(outside)
    os.mkfifo(root / "pipe.ipynb")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.fspath(root / "sock.py"))
        found = problems(root)
    advice = "; hand in the .ipynb file itself"
    assert found.pop("ok") == ""
    assert {student: problem.removesuffix(advice) for student, problem in found.items()} == {
        "dangling": "the file is a link, expected a notebook",
        "folder": "the file is a folder, expected a notebook",
        "folderlink": "the student's folder is a link, expected a folder",
        "link": "the file is a link, expected a notebook",
        "nested": "the student's folder is a link, expected a folder",
        "pipe": "the file is a named pipe, expected a notebook",
        "sock": "the file is a socket, expected a notebook",
    }
    assert all(problem.endswith(advice) for problem in found.values())


def test_a_sparse_terabyte_is_too_big_and_not_read(tmp_path: Path) -> None:
    """Its size is looked at before its content."""
    fill(tmp_path, "ada.ipynb")
    os.truncate(tmp_path / "ada.ipynb", 2**40)
    assert problems(tmp_path)["ada"].startswith("the file is too big: 1,048,576 MB, at most 50 MB; clear its outputs")


def test_a_file_just_over_the_limit_is_not_said_to_be_as_big_as_the_limit(tmp_path: Path) -> None:
    """Sizes are rounded up."""
    fill(tmp_path, "ada.ipynb")
    os.truncate(tmp_path / "ada.ipynb", intake.MAX_BYTES + 1)
    assert "51 MB, at most 50 MB" in problems(tmp_path)["ada"]


def test_a_folder_that_cannot_be_listed_is_a_problem_without_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The student has no use for where it is on the grader's disk."""
    real = os.scandir

    def refuse(path: Path) -> object:
        if path == tmp_path / "bob":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    fill(tmp_path, "ada.ipynb", "bob/ann.ipynb")
    monkeypatch.setattr(intake.os, "scandir", refuse)
    held = "the folder cannot be read; hand it in again, or ask your instructor"
    assert problems(tmp_path) == {"ada": "", "bob": held}


def test_an_unreadable_file_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions, a broken disk: recorded, not raised."""

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    fill(tmp_path, "ada.ipynb")
    monkeypatch.setattr(intake.os, "open", refuse)
    held = "the file cannot be read: permission denied; hand it in again, or ask your instructor"
    assert problems(tmp_path) == {"ada": held}


def test_a_file_exchanged_for_a_link_after_it_was_looked_at_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The open itself refuses links; the look before it is only for the message."""
    fill(tmp_path, "real.txt")
    regular = os.lstat(tmp_path / "real.txt")
    (tmp_path / "ada.ipynb").symlink_to("real.txt")
    monkeypatch.setattr(intake.os, "lstat", lambda path: regular)
    assert "cannot be read" in problems(tmp_path)["ada"]


def test_a_file_that_changed_since_is_refused(tmp_path: Path) -> None:
    """What is graded is what was recorded."""
    fill(tmp_path, "ada.ipynb")
    with collect(tmp_path, "ann") as found:
        fill(tmp_path, "ada.ipynb", content=b"other")
        with pytest.raises(SubmissionError, match="has changed"):
            read_bytes(found[0])


def test_reading_a_problem_raises_it(tmp_path: Path) -> None:
    """So that the record gets the message by one way only."""
    (tmp_path / "ada.ipynb").mkdir()
    with collect(tmp_path, "ann") as found, pytest.raises(SubmissionError, match="is a folder"):
        read_bytes(found[0])


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ada", "ada"),
        ("Ada Lovelace", "Ada Lovelace"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("李", "李"),
        ("a/b", "a%2Fb"),
        ("..", "%2E%2E"),
        (".hidden", "%2Ehidden"),
        ("-rf", "%2Drf"),
        ("a.", "a%2E"),
        ("a ", "a%20"),
        ("50%", "50%25"),
        ("a\nb\x1b", "a%0Ab%1B"),
        ("\u202egnp", "%E2%80%AEgnp"),
        ("a\u2028b", "a%E2%80%A8b"),
        ("\udcff", "%FF"),
        ("\ud800", "%ED%A0%80"),
        ("CON", "%43ON"),
        ("lpt1.txt", "%6Cpt1.txt"),
        ("console", "console"),
        ("C:x", "C%3Ax"),
    ],
)
def test_student_ids_are_safe_as_file_names(name: str, expected: str) -> None:
    """Ordinary names stay as they are, in composed form; the rest is percent-encoded."""
    assert student_id(name) == expected


@given(st.text(st.characters(), min_size=1, max_size=200))
def test_every_student_id_is_one_printable_short_path_component(name: str) -> None:
    """Whatever the file was called."""
    made = student_id(name)
    assert made.isprintable()
    assert len(made.encode()) <= 120
    assert made not in (".", "..")
    assert not set(made) & set('/\\:*?"<>|\0')
    assert made[0] not in ".- "
    assert made[-1] not in ". "


@given(st.lists(st.text(max_size=60), unique_by=lambda name: unicodedata.normalize("NFC", name)))
def test_different_names_give_different_ids(names: list[str]) -> None:
    """Escaping loses nothing but the form of accents."""
    assert len({student_id(name) for name in names}) == len(names)


def test_a_name_of_undecodable_bytes_is_taken_in(tmp_path: Path) -> None:
    """Latin-1 file names on Linux."""
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.ipynb"))).write_bytes(BOOK)
    with collect(tmp_path, "ann") as found:
        assert [entry.student for entry in found] == ["caf%E9"]
        assert found[0].file.isprintable()
        assert read_bytes(found[0]) == BOOK


# ---------------------------------------------------------------- hostile zips


@pytest.mark.parametrize(
    "name", ["../evil.ipynb", "/tmp/evil.ipynb", "a/../../evil.ipynb", "C:/evil.ipynb", "..\\evil.ipynb"]
)
def test_names_that_lead_outside_are_recorded_and_not_unpacked(tmp_path: Path, name: str) -> None:
    """One record for the name as it stands, and the others are graded."""
    found = problems(zipped(tmp_path / "c.zip", name, "ada.ipynb"))
    assert found.pop("ada") == ""
    held = "its name in the zip leads outside the folder; hand in the .ipynb file under a plain name"
    assert list(found.values()) == [held]
    assert not list(tmp_path.rglob("evil*"))
    assert not Path("/tmp/evil.ipynb").exists()


def test_a_link_in_a_zip_is_not_made(tmp_path: Path) -> None:
    """The entry's mode says symlink; its content is the target."""
    link = zipfile.ZipInfo("ada.ipynb")
    link.external_attr = 0o120777 << 16
    path = zipped(tmp_path / "c.zip", link, "bob.ipynb", content=b"/etc/passwd")
    held = "the file cannot be unpacked: it is a link or device, expected a notebook; hand in the .ipynb file itself"
    assert problems(path)["ada"] == held


def test_a_zip_bomb_is_recorded_and_stopped_early(tmp_path: Path) -> None:
    """40 MB of zeros pack to 40 kB: no notebook does that."""
    with zipfile.ZipFile(tmp_path / "c.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ada.ipynb", b"\0" * (40 * 2**20))
        archive.writestr("bob.ipynb", BOOK)
    found = problems(tmp_path / "c.zip")
    assert found.pop("bob") == ""
    assert "cannot be unpacked: it unpacks to more than 200 times its size; clear its outputs" in found["ada"]


def test_a_damaged_entry_is_recorded_in_words(tmp_path: Path) -> None:
    """Not in those of the unpacker, which are about blocks, checksums and paths; the others are graded."""
    path = tmp_path / "c.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("ada.ipynb", BOOK + b"PLACE")
        archive.writestr("bob.ipynb", BOOK)
    path.write_bytes(path.read_bytes().replace(b"PLACE", b"OTHER"))
    held = "the file cannot be unpacked: it is damaged in the zip; hand it in again, or ask your instructor"
    assert problems(path) == {"ada": held, "bob": ""}


def test_all_files_together_are_capped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many entries, each of permitted size; also when they overlap in the archive."""
    monkeypatch.setattr(intake, "MAX_TOTAL_BYTES", 2 * len(BOOK))
    found = problems(zipped(tmp_path / "c.zip", "a.ipynb", "b.ipynb", "c.ipynb"))
    assert [bool(problem) for problem in found.values()] == [False, False, True]


def test_a_file_too_big_for_its_entry_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its own claim, before anything is unpacked."""
    monkeypatch.setattr(intake, "MAX_BYTES", 10)
    assert "too big" in problems(zipped(tmp_path / "c.zip", "a.ipynb"))["a"]


def test_ten_thousand_entries_are_the_limit(tmp_path: Path) -> None:
    """The number in the end record is looked at first, the real one afterwards."""
    path = zipped(tmp_path / "c.zip", *[f"{i}.ipynb" for i in range(10_001)], content=b"")
    with pytest.raises(UsageError, match=r"more than 10,000 entries; unpack it"):
        taken(path)
    data = bytearray(path.read_bytes())
    struct.pack_into("<HH", data, len(data) - 14, 1, 1)  # a lie
    path.write_bytes(data)
    with pytest.raises(UsageError, match="10,001 entries"):
        taken(path)


def test_a_huge_table_of_contents_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`zipfile` would read it into memory whole."""
    path = zipped(tmp_path / "c.zip", "ada.ipynb")
    monkeypatch.setattr(intake, "MAX_DIRECTORY_BYTES", 20)
    monkeypatch.setattr(intake.zipfile, "ZipFile", None)
    with pytest.raises(UsageError, match="entries"):
        taken(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("twin", ["ada/ann.ipynb", "ADA/ann.ipynb", "ada/Ann.ipynb", "ada.ipynb", "ada/ann.ipynb/x.py"])
def test_entries_whose_names_collide_are_one_record(tmp_path: Path, twin: str) -> None:
    """Programs and disks differ in which of the two they keep."""
    found = unclear(zipped(tmp_path / "c.zip", "ada/ann.ipynb", twin, "cleo.ipynb"))
    assert [student.lower() for student in found] == ["ada"]
    assert "hand in only one of them" in found.popitem()[1]


def test_nested_zips_are_not_opened(tmp_path: Path) -> None:
    """They are on record as files like any other that is no notebook."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("eve.ipynb", BOOK)
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("inner.zip", inner.getvalue())
        archive.writestr("ada.ipynb", BOOK)
    assert taken(tmp_path / "c.zip") == {"ada": "ada.ipynb", "inner": "inner.zip"}


def test_a_refused_file_still_takes_part_in_the_choice(tmp_path: Path) -> None:
    """A bomb named after the assignment is not replaced by the copy beside it."""
    with zipfile.ZipFile(tmp_path / "c.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ada/ann.ipynb", b"\0" * (30 * 2**20))
        archive.writestr("ada/copy.ipynb", BOOK)
    with collect(tmp_path / "c.zip", "ann") as found:
        assert [(entry.file, entry.sha256, bool(entry.problem)) for entry in found] == [("ada/ann.ipynb", "", True)]


def test_a_file_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    """With its name."""
    fill(tmp_path, "c.zip", content=b"hello")
    with pytest.raises(UsageError, match=r"c.zip is not a zip that can be read"):
        taken(tmp_path / "c.zip")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_zip_is_taken_in_or_refused(tmp_path: Path, changes: list[tuple[int, int]]) -> None:
    """Bytes overwritten anywhere: a UsageError, or submissions with or without problems."""
    path = zipped(tmp_path / "c.zip", "ada.ipynb", "bob/ann.ipynb", content=BOOK * 20)
    data = bytearray(path.read_bytes())
    for offset, value in changes:
        data[offset % len(data)] = value
    path.write_bytes(data)
    try:
        with collect(path, "ann") as found:
            for entry in found:
                assert entry.problem or read_bytes(entry)
    except UsageError as error:
        assert error.message  # noqa: PT017 - either way is right
