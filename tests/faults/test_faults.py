"""Faults of the grader's own world: what was finished stays valid, a rerun completes it, nothing is left behind."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from pathlib import Path

import pytest

from autograder.intake import Submission
from autograder.pipeline import batch
from autograder.records import from_json
from tests.command import COMMAND, RIGHT, autograder, descendants, environment, survivors, write_class, write_course

STUDENTS = 40
MOMENTS = 20
NAMES = [f"s{number:02d}" for number in range(STUDENTS)]


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course, and beside it a class of 40 that each take a moment, and a folder for temporary files."""
    write_course(tmp_path / "course")
    write_class(tmp_path / "class", **dict.fromkeys(NAMES, "import time\ntime.sleep(0.05)\n" + RIGHT))
    (tmp_path / "tmp").mkdir()
    return tmp_path


def command(course: Path, out: Path, *more: str) -> list[str]:
    """The arguments of a run."""
    return ["grade", "tiny", str(course / "class"), "--out", str(out), "--jobs", "2", *more]


@contextlib.contextmanager
def grading(course: Path, out: Path) -> Iterator[subprocess.Popen[str]]:
    """A run that is under way."""
    process = subprocess.Popen(
        [*COMMAND, *command(course, out)], cwd=course / "course", env=environment(TMPDIR=str(course / "tmp")),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    with process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def finished(out: Path) -> dict[str, bytes]:
    """Records as they are, each a whole one."""
    found = {path.stem: path.read_bytes() for path in (out / "records").glob("*.json")}
    for content in found.values():
        assert from_json(content.decode()).status == "graded"
    return found


def wait_for(out: Path, count: int) -> None:
    """Until so many records are there."""
    deadline = time.monotonic() + 90
    while len(list((out / "records").glob("*.json"))) < count:
        assert time.monotonic() < deadline, f"no {count} records after 90 s"
        time.sleep(0.01)


def one_of(processes: dict[int, str], words: str) -> int | None:
    """The first process whose command line holds `words`."""
    for pid in processes:
        with contextlib.suppress(OSError):
            if words in Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode():
                return pid
    return None


def complete(course: Path, out: Path, before: dict[str, bytes]) -> None:
    """A rerun grades what is missing, nothing twice, and everybody has a full score."""
    again = autograder(*command(course, out), cwd=course / "course", TMPDIR=str(course / "tmp"))
    assert again.returncode == 0, again.stderr
    unchanged = set(re.findall(r"(s\d\d): .*\(unchanged\)", again.stdout))
    assert unchanged >= set(before)
    after = finished(out)
    assert sorted(after) == NAMES
    assert {name: after[name] for name in before} == before
    assert not list((out / "records").glob(".*"))
    assert list((course / "tmp").iterdir()) == []


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_a_killed_process_loses_nothing(course: Path, moment: int) -> None:
    """SIGKILL of the command, a worker or a warm process, at a random moment of a class of 40."""
    chance = random.Random(moment)
    victim = ("autograder.cli", "spawn_main", "sandbox.zygote")[moment % 3]
    out = course / "out"
    with grading(course, out) as process:
        wait_for(out, chance.randrange(0, STUDENTS - 8))
        time.sleep(chance.random() * 0.2)
        processes = descendants(process.pid)
        pid = process.pid if victim == "autograder.cli" else one_of(processes, victim)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        output = process.communicate(timeout=120)[0]
    if victim == "autograder.cli":
        assert process.returncode == -signal.SIGKILL
        assert survivors(processes) == []
    else:  # the run goes on with a new worker or warm process
        assert process.returncode == 0, output
        assert sorted(finished(out)) == NAMES
        assert survivors(descendants(process.pid)) == []
    complete(course, out, finished(out))


KILLS_THE_REFERENCE = """
import os, signal
from pathlib import Path

import pytest


def children(pid):
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(word) for task in tasks for word in (task / "children").read_text().split()]


def oldest_session():
    \"\"\"Of those below the supervisors: the warm process's children; one of an ended session may still tidy up.\"\"\"
    sessions = [pid for warm in children(os.getpid()) for watch in children(warm) for pid in children(watch)]
    return min(sessions, key=lambda pid: int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]))


@pytest.mark.exercise("twice")
@pytest.mark.points(2)
def test_twice(student, reference, rng):
    \"\"\"twice doubles.\"\"\"
    assert student.twice(1.0) == reference.twice(1.0)
    seen = Path("@SEEN@")
    seen.write_text(seen.read_text() + "x" if seen.exists() else "x")
    if seen.read_text() == "xx":  # with the second submission, the reference's session is older than the student's
        os.kill(oldest_session(), signal.SIGKILL)
    assert student.twice(2.0) == reference.twice(2.0)
"""


def test_a_killed_reference_session_is_nobodys_fault(course: Path) -> None:
    """The submission during whose check it died is graded again, by a fresh worker's means."""
    checks = course / "course" / "solutions" / "tiny" / "test_tiny.py"
    checks.write_text(KILLS_THE_REFERENCE.replace("@SEEN@", str(course / "seen")))
    for name in NAMES[3:]:
        (course / "class" / f"{name}.py").unlink()
    run = autograder(*command(course, course / "out"), "--jobs", "1", cwd=course / "course", TMPDIR=str(course / "tmp"))
    assert (course / "seen").read_text() == "xxxx"  # three submissions, one of them twice
    assert run.returncode == 0, run.stdout
    assert sorted(finished(course / "out")) == NAMES[:3]
    assert {from_json(text.decode()).score for text in finished(course / "out").values()} == {2.0}


def test_a_pool_that_breaks_takes_no_submission_with_it() -> None:
    """What could not be handed over still waits; nothing is counted as lost that was not under way."""
    waiting = deque([Submission("a", "a.py", Path("a.py"), "", ""), Submission("b", "b.py", Path("b.py"), "", "")])
    before = list(waiting)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        with pytest.raises(BrokenExecutor):
            executor.submit(os._exit, 1).result(60)
        assert batch._drain(executor, waiting, 2, lambda graded: None) == []
    assert list(waiting) == before


def test_a_check_that_never_returns_ends_its_worker() -> None:
    """Nothing else could: the batch hears of it as of a worker that was killed, and goes on."""
    endless = """
from types import SimpleNamespace
from autograder.pipeline import workers

workers._PATIENCE_SECONDS = 0.2
def grade(submission):
    while True:
        pass
limits = SimpleNamespace(total_seconds=0)
workers._within_reason(SimpleNamespace(assignment=SimpleNamespace(limits=limits), grade=grade), None)
"""
    assert subprocess.run([sys.executable, "-c", endless], env=environment(), timeout=60).returncode == 1


def test_two_runs_on_one_folder_are_refused(course: Path) -> None:
    """The second says so in one line and changes nothing; the first goes on."""
    out = course / "out"
    with grading(course, out) as process:
        wait_for(out, 1)
        second = autograder(*command(course, out), cwd=course / "course", TMPDIR=str(course / "tmp"))
        assert second.returncode == 2
        assert re.fullmatch(r"autograder: another run is at work in .*; .*\n", second.stderr)
        process.communicate(timeout=120)
    assert process.returncode == 0
    assert sorted(finished(out)) == NAMES


def test_a_missing_library_is_named(course: Path) -> None:
    """A warm process that dies at import ends the run with one line, and nothing is written."""
    config = course / "course" / "assignments" / "tiny" / "assignment.toml"
    config.write_text(config.read_text().replace('["numpy"]', '["numpy", "no_such_library"]'))
    run = autograder(*command(course, course / "out"), cwd=course / "course", TMPDIR=str(course / "tmp"))
    assert run.returncode == 2
    assert re.fullmatch(r"autograder: .*no_such_library.*\n", run.stderr)
    assert not list((course / "out").rglob("*.json"))
    deadline = time.monotonic() + 10  # the other worker's warm process tidies up after the command has ended
    while list((course / "tmp").iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list((course / "tmp").iterdir()) == []


def test_a_damaged_record_is_graded_again(course: Path) -> None:
    """What is no record counts as missing."""
    out = course / "out"
    complete(course, out, {})
    (out / "records" / "s03.json").write_text('{"schema": 1, "assig')
    before = finished_but(out, "s03")
    complete(course, out, before)


def finished_but(out: Path, student: str) -> dict[str, bytes]:
    """Records of all others."""
    return {path.stem: path.read_bytes() for path in (out / "records").glob("*.json") if path.stem != student}


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A file system of its own; needs root, as in CI."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


needs_root = pytest.mark.skipif(os.getuid() != 0, reason="mounting a small disk needs root")


@needs_root
def test_a_full_disk_keeps_what_is_written(course: Path) -> None:
    """One line that says what to do, exit 2; with room again, the same command does the rest."""
    disk = course / "disk"
    with small_disk(disk, "80k"):
        out = disk / "out"
        run = autograder(*command(course, out), cwd=course / "course", TMPDIR=str(course / "tmp"))
        assert run.returncode == 2
        assert re.fullmatch(r"autograder: cannot write the record of s\d\d .*No space.*\n", run.stderr), run.stderr
        before = finished(out)
        assert 0 < len(before) < STUDENTS
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        complete(course, out, before)


@needs_root
def test_a_folder_that_turns_read_only_keeps_what_is_written(course: Path) -> None:
    """As when a network drive drops out half way."""
    disk = course / "disk"
    with small_disk(disk, "64m"):
        out = disk / "out"
        with grading(course, out) as process:
            wait_for(out, 3)
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=False)
            output = process.communicate(timeout=120)[0]
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        if process.returncode == 2:  # the kernel refuses to remount while a file is open for writing
            assert "Read-only" in output
        complete(course, out, finished(out))
