"""Malformed submissions, end to end: each has a record that its student understands, and none stops the class."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import threading
import warnings
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from command import COMMAND, autograder, environment, write_course
from malformed.corpus import FOLDER, ZIP, Entry, Zipped

from autograder.errors import SubmissionError
from autograder.intake import collect, read_bytes
from autograder.notebook import read_submission
from autograder.records import Record, read_records

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc; names that collide need a disk with case")

GRADER_MEGABYTES = 500
ADVICE = re.compile(r"; (hand|download|open|clear|save|delete|read|remove|choose) [a-z]")
FOREIGN = re.compile(r"""(Error|Exception|Traceback|errno)\b|(^|[\s'"(])/\w|0x[0-9a-f]{4}|object at""", re.IGNORECASE)

# Runs the command below a process that is small and has no other children, so that what the kernel
# says about children is said about the command, its workers, and whatever they waited for.
WATCHED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[2:]).returncode
with open(sys.argv[1], "w") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024))
sys.exit(code)
"""


@dataclass(frozen=True)
class Run:
    """One run of the command over a class. Memory is in MB, at its peak: of the largest process, be it the command,
    a worker or what they have waited for; and of each grader, that is, the command and its workers."""

    records: dict[str, Record]
    status: int
    stdout: str
    stderr: str
    largest: int
    graders: list[int]
    left: list[str]


def graders(pid: int) -> dict[int, int]:
    """The command below the watching process, and its workers: their peaks so far, in kB."""
    peaks = {}
    waiting = [(pid, 0)]
    while waiting:
        process, depth = waiting.pop()
        try:
            children = [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
            if depth == 1 or (depth == 2 and b"multiprocessing.spawn" in Path(f"/proc/{process}/cmdline").read_bytes()):
                status = Path(f"/proc/{process}/status").read_text()
                peaks[process] = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])  # type: ignore[index]
        except (OSError, TypeError):  # it has just ended
            continue
        waiting += [(child, depth + 1) for child in children] if depth < 2 else []
    return peaks


def watch(pid: int, ended: threading.Event, peaks: dict[int, int]) -> None:
    """Look every 20 ms; a peak is the kernel's, so that nothing is missed between two looks."""
    while not ended.wait(0.02):
        peaks |= graders(pid)


def run(folder: Path, submissions: Path) -> Run:
    """Grade with one worker, the scratch space in a folder of its own."""
    scratch, out, memory = folder / "tmp", folder / "out", folder / "memory"
    scratch.mkdir()
    scratch.chmod(0o1777)
    words = ("grade", "tiny", str(submissions), "--out", str(out), "--jobs", "1")
    process = subprocess.Popen(
        [sys.executable, "-c", WATCHED, str(memory), *COMMAND, *words],
        cwd=folder / "course", env=environment(TMPDIR=str(scratch)), stdout=-1, stderr=-1, text=True,
    )  # fmt: skip
    ended, peaks = threading.Event(), dict[int, int]()
    watcher = threading.Thread(target=watch, args=(process.pid, ended, peaks))
    watcher.start()
    try:
        stdout, stderr = process.communicate(timeout=240)
    finally:
        ended.set()
        watcher.join()
        process.kill()
    records = {record.student: record for record in read_records(out)}
    largest = int(memory.read_text())
    sizes = [peak // 1024 for peak in peaks.values()]
    return Run(records, process.returncode, stdout, stderr, largest, sizes, os.listdir(scratch))


Listing = list[tuple[str, int, int, int]]


def listing(folder: Path) -> Listing:
    """Path, mode, size and time of change of everything below a folder."""
    found = [(str(path.relative_to(folder)), path.lstat()) for path in folder.rglob("*")]
    return sorted((name, status.st_mode, status.st_size, status.st_mtime_ns) for name, status in found)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a course in it, and the class of all entries."""
    folder = tmp_path_factory.mktemp("malformed")
    write_course(folder / "course")
    (folder / "class").mkdir()
    for entry in FOLDER:
        entry.make(folder / "class")
    return folder


@pytest.fixture(scope="module")
def as_made(place: Path) -> Listing:
    """The class folder before it is graded."""
    return listing(place / "class")


@pytest.fixture(scope="module")
def folder_run(place: Path, as_made: Listing) -> Run:
    """All of `FOLDER`, graded at once."""
    return run(place, place / "class")


@pytest.fixture(scope="module")
def zip_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All of `ZIP`, graded at once."""
    folder = tmp_path_factory.mktemp("zip")
    write_course(folder / "course")
    with warnings.catch_warnings(), zipfile.ZipFile(folder / "class.zip", "w") as archive:
        warnings.filterwarnings("ignore", "Duplicate name")
        for entry in ZIP:
            entry.add(archive)
    return run(folder, folder / "class.zip")


@pytest.fixture(params=["folder", "zip"])
def graded(request: pytest.FixtureRequest) -> tuple[Run, Sequence[Entry | Zipped]]:
    """Either run, and what it should have graded."""
    result: Run = request.getfixturevalue(f"{request.param}_run")
    return result, FOLDER if request.param == "folder" else ZIP


def wrong(entries: Sequence[Entry | Zipped], says: Callable[[Entry | Zipped], object]) -> dict[str, object]:
    """What is to be said against entries, by student; empty when all is well."""
    return {entry.student: fault for entry in entries if (fault := says(entry))}


def test_the_corpus_is_as_large_as_it_says_and_names_no_student_twice() -> None:
    """More than thirty malformed submissions that cannot be read, more than twenty odd ones that can."""
    for entries, refused, odd in ((FOLDER, 70, 45), (ZIP, 20, 4)):
        assert len({entry.student.casefold() for entry in entries}) == len(entries)
        assert sum(entry.status == "unreadable" for entry in entries) >= refused
        assert sum(entry.status == "graded" for entry in entries) >= odd
        assert all(bool(entry.says) == (entry.status == "unreadable") for entry in entries)


def test_every_submission_has_its_record_and_nobody_else_has(graded: tuple[Run, Sequence[Entry | Zipped]]) -> None:
    """None is lost, merged or invented."""
    result, entries = graded
    assert sorted(result.records) == sorted(entry.student for entry in entries)


def test_status_score_and_message_are_those_expected(graded: tuple[Run, Sequence[Entry | Zipped]]) -> None:
    """Older formats and harmless faults earn full points; the others say what is wrong."""
    result, entries = graded

    def fault(entry: Entry | Zipped) -> object:
        record = result.records[entry.student]
        found = (record.status, record.score, entry.says in record.message)
        return found != (entry.status, entry.score, True) and (record.status, record.score, record.message)

    assert wrong(entries, fault) == {}


def test_messages_are_one_plain_line_that_says_what_to_do(graded: tuple[Run, Sequence[Entry | Zipped]]) -> None:
    """No exception's name, no path on the grader's disk, nothing that a terminal obeys; then advice."""
    result, entries = graded

    def fault(entry: Entry | Zipped) -> object:
        said = result.records[entry.student].message
        plain = said.isprintable() and len(said) < 300 and not FOREIGN.search(said) and ADVICE.search(said)
        return said if not plain and entry.status == "unreadable" else ""

    assert wrong(entries, fault) == {}


def test_the_batch_ends_as_one_that_is_not_complete(graded: tuple[Run, Sequence[Entry | Zipped]]) -> None:
    """Exit code 1, nothing on standard error, a line for each submission, pages at the end."""
    result, entries = graded
    assert (result.status, result.stderr) == (1, "")
    assert f"[{len(entries)}/{len(entries)}] " in result.stdout
    assert "pages: " in result.stdout.splitlines()[-1]


def test_the_grader_stays_under_500_mb(graded: tuple[Run, Sequence[Entry | Zipped]]) -> None:
    """The command and its worker together, each at its peak; and every single process that there was."""
    result, _ = graded
    assert len(result.graders) >= 2
    assert sum(result.graders) < GRADER_MEGABYTES
    assert max(result.graders) <= result.largest + 1
    assert result.largest < GRADER_MEGABYTES


def test_nothing_is_left_behind(graded: tuple[Run, Sequence[Entry | Zipped]]) -> None:
    """No unpacked zip, no scratch folder."""
    assert graded[0].left == []


def test_nothing_was_unpacked_outside(zip_run: Run) -> None:
    """The names that lead away have led nowhere."""
    assert zip_run.status == 1
    assert not Path("/tmp/up.ipynb").exists()


def test_the_class_folder_is_as_it_was(place: Path, as_made: Listing, folder_run: Run) -> None:
    """Pipes, links, sockets and all; nothing was added, removed or written to."""
    assert folder_run.status == 1
    assert any(stat.S_ISFIFO(mode) for _, mode, _, _ in as_made)
    assert listing(place / "class") == as_made


def test_a_second_run_finds_all_records_and_grades_nothing(place: Path, folder_run: Run) -> None:
    """Also those of files that cannot be read."""
    result = autograder("grade", "tiny", "../class", "--out", "../out", cwd=place / "course")
    assert (result.returncode, result.stderr) == (folder_run.status, "")
    assert result.stdout.count("(unchanged)") == len(FOLDER)


def alone(path: Path) -> tuple[str, str]:
    """The student of a single file, and why it cannot be read: what grading does before a session is asked."""
    with collect(path, "tiny") as found:
        assert len(found) == 1
        try:
            if not found[0].problem:
                read_submission(read_bytes(found[0]), found[0].path.name)
        except SubmissionError as error:
            return found[0].student, error.message
        return found[0].student, found[0].problem


def test_alone_each_file_is_read_or_refused_as_in_its_class(place: Path, folder_run: Run) -> None:
    """The same student, the same words; what stands in the record came from the file, not from its neighbours."""
    files = [entry for entry in FOLDER if entry.file]
    assert len(files) > 100

    def fault(entry: Entry | Zipped) -> object:
        assert isinstance(entry, Entry)
        found = alone(place / "class" / entry.file)
        return found if found != (entry.student, folder_run.records[entry.student].message) else ""

    assert wrong(files, fault) == {}


@pytest.mark.parametrize(
    ("name", "status", "says"),
    [
        ("v3.ipynb", 0, "v3: 2 of 2"),
        ("pipe.ipynb", 1, "pipe: unreadable: the file is a named pipe, expected a notebook; hand in"),
    ],
)
def test_a_single_file_is_graded_by_the_command(place: Path, name: str, status: int, says: str) -> None:
    """A class of one: its record, its page, and the exit code."""
    out = place / f"out-{name}"
    result = autograder("grade", "tiny", place / "class" / name, "--out", out, cwd=place / "course")
    assert (result.returncode, result.stderr) == (status, "")
    assert says in result.stdout
    assert [json.loads(path.read_text())["student"] for path in (out / "records").iterdir()] == [name[:-6]]
