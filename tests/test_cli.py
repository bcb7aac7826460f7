"""The command as a user meets it: exit codes, interrupts, what is printed where. Each test runs the real thing."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command import (
    COMMAND,
    RIGHT,
    WRONG,
    autograder,
    descendants,
    environment,
    survivors,
    write_class,
    write_course,
)

HEAVY = ("tensorflow", "keras", "pandas", "nbgrader", "numpy", "nbformat", "jupytext", "matplotlib", "IPython")
STOPPED = "autograder: stopped; run the same command again to go on where it was\n"
SLOW = "import time\ntime.sleep(100)\n" + RIGHT


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course whose one assignment is graded in a moment."""
    return write_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def graded(course: Path) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A class of two that has been graded: ada is right, bob is wrong."""
    write_class(course / "class", ada=RIGHT, bob=WRONG)
    return course, autograder("grade", "tiny", "class", "--out", "out", cwd=course)


# --- what is loaded


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["grade", "--help"], ["verify", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    """Python itself lists what it imports, by -X importtime."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "autograder.cli", *arguments],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert done.returncode == 0
    assert "typer" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_importing_the_package_loads_nothing_heavy() -> None:
    """`import autograder` is for its version."""
    code = f"import sys, autograder; sys.exit(len(sys.modules.keys() & set({HEAVY!r})))"
    assert subprocess.run([sys.executable, "-c", code], env=environment(), timeout=60).returncode == 0


def test_the_version_is_printed(tmp_path: Path) -> None:
    """Name and version on one line."""
    result = autograder("--version", cwd=tmp_path)
    assert re.fullmatch(r"autograder \d+\.\d+\S*\n", result.stdout)
    assert (result.stderr, result.returncode) == ("", 0)


# --- exit codes and lines


def test_a_graded_class_exits_0_with_one_plain_line_each(
    graded: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """Away from a terminal there is no bar and no colour."""
    result = graded[1]
    assert (result.returncode, result.stderr) == (0, "")
    assert sorted(re.findall(r"^\[[12]/2\] (.*)$", result.stdout, re.MULTILINE)) == ["ada: 2 of 2", "bob: 0 of 2"]
    assert "\x1b" not in result.stdout
    assert "pages: out/index.html" in result.stdout


def test_the_table_has_a_row_a_student(graded: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """Name, score, percentage."""
    rows = [line.split() for line in graded[1].stdout.splitlines()]
    assert ["ada", "2", "/", "2", "100", "%"] in rows
    assert ["bob", "0", "/", "2", "0", "%"] in rows


@pytest.mark.parametrize(("least", "status"), [("0", 0), ("50", 1), ("100", 1)])
def test_a_score_below_the_minimum_exits_1(
    graded: tuple[Path, subprocess.CompletedProcess[str]], least: str, status: int
) -> None:
    """bob has 0 %; nothing is graded again for it."""
    result = autograder("grade", "tiny", "class", "--out", "out", "--min-score", least, cwd=graded[0])
    assert (result.returncode, result.stderr) == (status, "")
    assert result.stdout.count("(unchanged)") == 2


def test_a_file_that_is_no_notebook_exits_1_and_keeps_the_others(course: Path) -> None:
    """It is on record as unreadable."""
    write_class(course / "mixed", ada=RIGHT)
    (course / "mixed" / "cleo.ipynb").write_text("Dear professor,")
    result = autograder("grade", "tiny", "mixed", "--out", "out-mixed", cwd=course)
    statuses = {
        path.stem: json.loads(path.read_text())["status"] for path in (course / "out-mixed" / "records").iterdir()
    }
    assert statuses == {"ada": "graded", "cleo": "unreadable"}
    assert (result.returncode, result.stderr) == (1, "")


def test_force_grades_again_what_has_not_changed(graded: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """The record is written anew."""
    record = graded[0] / "out" / "records" / "ada.json"
    before = record.stat().st_mtime_ns
    result = autograder("grade", "tiny", "class", "--out", "out", "--force", cwd=graded[0])
    assert result.returncode == 0
    assert "(unchanged)" not in result.stdout
    assert record.stat().st_mtime_ns > before


def test_an_export_into_a_closed_pipe_is_quiet(graded: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """`autograder export … | head` is no reason for a traceback."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [*COMMAND, "export", "out", "--to", "csv"]
    done = subprocess.run(command, cwd=graded[0], env=environment(), stdout=writer, stderr=subprocess.PIPE, timeout=60)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


# --- in CI


def test_one_notebook_in_github_actions_passes_its_mark_and_fills_the_summary(course: Path, tmp_path: Path) -> None:
    """The job of the README: one file, one mark, and the table where GitHub shows it."""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    write_class(tmp_path / "repository", answer=RIGHT)
    variables = {"GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    result = autograder(
        "grade", "tiny", "answer.py", "--out", "results", "--min-score", "60", "--course", course,
        cwd=tmp_path / "repository", **variables,
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, "")
    text = summary.read_text()
    assert text.startswith("before\n## Tiny\n")
    assert "answer" in text
    assert "twice doubles" in text


def test_a_summary_that_cannot_be_written_fails_no_job(
    graded: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """It is said, in one line."""
    result = autograder("grade", "tiny", "class", "--out", "out", cwd=graded[0], GITHUB_STEP_SUMMARY="/proc/none")
    assert result.returncode == 0
    assert re.fullmatch(r"autograder: the job summary was not written: .*\n", result.stderr)


# --- on a terminal


def test_a_terminal_shows_a_bar_with_the_time_that_is_left(course: Path) -> None:
    """Six submissions on one worker: after some of them there is an estimate beside the time that has passed."""
    sleepy = "import time\ntime.sleep(0.4)\n" + RIGHT
    write_class(course / "sleepy", **{f"s{number}": sleepy for number in range(6)})
    text = _on_terminal("grade", "tiny", "sleepy", "--out", "out-sleepy", "--jobs", "1", cwd=course)
    assert re.search(r"grading .*[━╸].* [1-5]/6 0:00:\d\d 0:00:\d\d s\d", text)
    assert "[1/6]" not in text


def _on_terminal(*arguments: str, cwd: Path) -> str:
    """What the command writes to a terminal of 100 columns."""
    ours, theirs = pty.openpty()
    variables = environment(TERM="xterm-256color", COLUMNS="100", LINES="30")
    process = subprocess.Popen(
        [*COMMAND, *arguments], cwd=cwd, env=variables, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    text = b""
    with contextlib.suppress(OSError):  # how a terminal says that all its writers are gone
        while select.select([ours], [], [], 60)[0] and (part := os.read(ours, 65536)):
            text += part
    os.close(ours)
    assert process.wait(60) == 0
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text.decode())


# --- stopping


@contextlib.contextmanager
def _grading(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A run in a process group of its own, as a shell starts one."""
    process = subprocess.Popen(
        [*COMMAND, "grade", *arguments], cwd=folder, env=environment(), process_group=0,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:  # closes the pipes
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _students(out: Path) -> set[str]:
    return {path.stem for path in (out / "records").glob("*.json")}


def test_ctrl_c_keeps_what_is_finished_and_the_next_run_does_the_rest(course: Path, tmp_path: Path) -> None:
    """Two quick ones finish, two slow ones are under way: exit 130, one line, no process left, nothing lost."""
    folder = write_class(tmp_path / "class", a=RIGHT, b=WRONG, c=SLOW, d=SLOW)
    out = tmp_path / "out"
    options = ("tiny", str(folder), "--out", str(out), "--jobs", "2")
    with _grading(course, *options) as process:
        _until(lambda: _students(out) == {"a", "b"})
        processes = descendants(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert stderr == STOPPED
    assert "[2/4]" in stdout
    assert len(processes) >= 4  # two workers and their warm processes, at least
    assert survivors(processes) == []
    assert {path.name for path in (out / "records").iterdir()} == {"a.json", "b.json"}

    for student in ("c", "d"):
        (folder / f"{student}.py").write_text(RIGHT)
    again = autograder("grade", *options, cwd=course)
    done = dict(re.findall(r"^\[\d/4\] (\w): (.*)$", again.stdout, re.MULTILINE))
    assert done == {"a": "2 of 2 (unchanged)", "b": "0 of 2 (unchanged)", "c": "2 of 2", "d": "2 of 2"}
    assert (again.returncode, again.stderr) == (0, "")


def test_sigterm_to_the_command_alone_leaves_no_process(course: Path, tmp_path: Path) -> None:
    """As a batch system ends a job: workers, warm processes and sessions go with it; exit 143."""
    folder = write_class(tmp_path / "class", a=RIGHT, b=SLOW)
    with _grading(course, "tiny", str(folder), "--out", str(tmp_path / "out"), "--jobs", "2") as process:
        _until(lambda: _students(tmp_path / "out") == {"a"})
        processes = descendants(process.pid)
        process.terminate()
        stderr = process.communicate(timeout=30)[1]
    assert process.returncode == 143
    assert stderr == STOPPED
    assert survivors(processes) == []


def test_a_command_that_is_killed_takes_all_its_processes_along(course: Path, tmp_path: Path) -> None:
    """SIGKILL leaves no time to tidy up: the kernel tells the workers, and they end the rest."""
    folder = write_class(tmp_path / "class", a=RIGHT, b=SLOW)
    with _grading(course, "tiny", str(folder), "--out", str(tmp_path / "out"), "--jobs", "2") as process:
        _until(lambda: _students(tmp_path / "out") == {"a"})
        processes = descendants(process.pid)
        process.kill()
        process.communicate(timeout=30)
    assert len(processes) >= 4
    assert survivors(processes) == []


@pytest.mark.parametrize("delay", [0.0, 0.2, 1.0])
def test_ctrl_c_while_it_starts_is_quiet(course: Path, tmp_path: Path, delay: float) -> None:
    """Seconds after the first worker was started: workers or warm processes are still loading."""
    folder = write_class(tmp_path / "class", a=SLOW, b=SLOW)
    with _grading(course, "tiny", str(folder), "--out", str(tmp_path / "out"), "--jobs", "2") as process:
        _until(lambda: len(descendants(process.pid)) > 0)
        time.sleep(delay)
        processes = descendants(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        stderr = process.communicate(timeout=30)[1]
    assert (process.returncode, stderr) == (130, STOPPED)
    assert survivors(processes) == []
