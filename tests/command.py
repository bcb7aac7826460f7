"""The real command in a process of its own, and a course small enough to be graded in seconds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMAND = (sys.executable, "-m", "autograder.cli")

CONFIG = """
title = "Tiny"
libraries = ["numpy"]
[exercises]
twice = "Twice as much"
"""
SOURCE = '''
# %% exercise="twice"
def twice(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
'''
CHECKS = '''
import pytest

@pytest.mark.exercise("twice")
@pytest.mark.points(2)
def test_twice(student, reference, rng):
    """twice doubles."""
    number = float(rng.normal())
    assert student.twice(number) == reference.twice(number)
'''
RIGHT = "def twice(x):\n    return x + x\n"
WRONG = "def twice(x):\n    return x\n"


def environment(**extra: str) -> dict[str, str]:
    """This process's, without what CI would change, and with the checkout's package first."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
    return {**kept, "PYTHONPATH": str(ROOT), **extra}


def autograder(*arguments: str | bytes | Path, cwd: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, output captured as text."""
    return subprocess.run(
        [*COMMAND, *arguments], cwd=cwd, env=environment(**extra), capture_output=True, text=True, timeout=120
    )


def write_course(folder: Path) -> Path:
    """A course with the assignment `tiny`: one exercise, one hidden check of two points."""
    public, private = folder / "assignments" / "tiny", folder / "solutions" / "tiny"
    public.mkdir(parents=True)
    private.mkdir(parents=True)
    (public / "assignment.toml").write_text(CONFIG)
    (private / "tiny.py").write_text(SOURCE)
    (private / "test_tiny.py").write_text(CHECKS)
    return folder


def write_class(folder: Path, **sources: str) -> Path:
    """A class folder with one script a student."""
    folder.mkdir()
    for student, source in sources.items():
        (folder / f"{student}.py").write_text(source)
    return folder


def descendants(pid: int) -> dict[int, str]:
    """Every living process below `pid`, with its start time, which tells it from a later one of the same number."""
    found: dict[int, str] = {}
    waiting = [pid]
    while waiting:
        for thread in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            try:
                children = [int(word) for word in thread.read_text().split()]
            except OSError:
                continue
            for child in children:
                found[child] = started(child)
                waiting.append(child)
    return {child: start for child, start in found.items() if start}


def started(pid: int) -> str:
    """When a process was started; empty when there is none, or only its exit status is left."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def survivors(processes: dict[int, str], seconds: float = 10.0) -> list[int]:
    """Those that still live after that time."""
    deadline = time.monotonic() + seconds
    alive = list(processes)
    while alive and time.monotonic() < deadline:
        alive = [pid for pid in alive if started(pid) == processes[pid]]
        time.sleep(0.05)
    return alive
