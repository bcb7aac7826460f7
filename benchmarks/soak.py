"""Does a long run stay as it began? `python benchmarks/soak.py [ASSIGNMENT] [--count N] [--jobs N] [--out PAGE]`.

Grades N submissions (2,000 unless told otherwise) in one run of the command. They are the assignment's solution, its
alternatives and mutants, and a notebook that kills its process, over and over, each with another last line. While the
run goes on, memory, descriptors, processes and temporary files are looked at from outside. The window after the first
200 submissions is compared with the last one of the same mix; exits 1 when anything has grown by more than is allowed.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.assignment import Assignment, find_course, load
from autograder.mutants import read_mutants

WARM_UP = 200
EVERY = 10  # submissions between two looks
CRASH = "\n# %%\nimport os\nos._exit(7)\n"
MEMORY_MAY_GROW = 1.05
COST_MAY_GROW = 1.10
_MIB = 2**20


@dataclass(frozen=True)
class Look:
    """The run at one moment: bytes resident, open descriptors, processes, temporary files and bytes."""

    done: int
    command: int
    workers: tuple[int, ...]
    warm: tuple[int, ...]
    descriptors: int
    processes: int
    files: int
    scratch: int


@dataclass(frozen=True)
class Finding:
    """A quantity in the first window and in the last, and by how much it may grow."""

    name: str
    first: float
    last: float
    allowed: float

    @property
    def holds(self) -> bool:
        """Whether it is flat."""
        return self.last <= self.first * self.allowed + 1e-9


def sources(assignment: Assignment) -> list[str]:
    """One cycle of submissions."""
    solution = assignment.source.read_text(encoding="utf-8")
    mutants = [mutant.apply(solution) for mutant in read_mutants(assignment)]
    alternatives = [path.read_text(encoding="utf-8") for path in assignment.alternatives]
    return [solution, *alternatives, *mutants, solution + CRASH]


def write_class(folder: Path, cycle: Sequence[str], count: int) -> None:
    """`count` scripts, no two alike."""
    folder.mkdir()
    for number in range(count):
        (folder / f"s{number:05d}.py").write_text(f"{cycle[number % len(cycle)]}\n# {number}\n", encoding="utf-8")


def soak(course: Path, slug: str, cycle: Sequence[str], count: int, jobs: int) -> tuple[list[Look], list[float]]:
    """Grade them; what was seen meanwhile, and when each record was written, in seconds."""
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name)
        write_class(folder / "class", cycle, count)
        (folder / "tmp").mkdir()
        words = ["grade", slug, str(folder / "class"), "--out", str(folder / "out"), "--jobs", str(jobs)]
        with subprocess.Popen(
            [sys.executable, "-m", "autograder.cli", *words, "--course", str(course)],
            env={**os.environ, "TMPDIR": str(folder / "tmp")}, stdout=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            looks = list(watch(process, folder / "tmp"))
        written = sorted(path.stat().st_mtime for path in (folder / "out" / "records").glob("*.json"))
        assert len(written) == count, f"{len(written)} records of {count}"
        assert not list((folder / "tmp").iterdir()), "temporary files were left behind"
    return looks, written


def watch(process: subprocess.Popen[str], temporary: Path) -> Iterator[Look]:
    """A look after every few of the run's lines."""
    assert process.stdout is not None
    done = 0
    for line in process.stdout:
        if not line.startswith("["):
            continue
        done += 1
        if done % EVERY == 0:
            yield look(process.pid, done, temporary)


def look(pid: int, done: int, temporary: Path) -> Look:
    """One moment."""
    tree = list(descendants(pid))
    workers = [child for child in tree if "spawn_main" in command_line(child)]
    warm = [child for child in tree if "sandbox.zygote" in command_line(child) and parent(child) in workers]
    files = [path for path in temporary.rglob("*") if path.is_file()]
    return Look(
        done,
        resident(pid),
        tuple(sorted(map(resident, workers))),
        tuple(sorted(map(resident, warm))),
        max(map(descriptors, [pid, *workers, *warm])),
        len(tree),
        len(files),
        sum(size(path) for path in files),
    )


def descendants(pid: int) -> Iterator[int]:
    """Every process below."""
    waiting = [pid]
    while waiting:
        for thread in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                children = [int(word) for word in thread.read_text().split()]
                yield from children
                waiting += children


def command_line(pid: int) -> str:
    """Its words."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def status(pid: int, field: str) -> int:
    """A number of `/proc/PID/status`; 0 when the process has gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
    return 0


def parent(pid: int) -> int:
    """Its parent."""
    return status(pid, "PPid")


def resident(pid: int) -> int:
    """Its resident bytes."""
    return status(pid, "VmRSS") * 1024


def descriptors(pid: int) -> int:
    """How many it has open."""
    with contextlib.suppress(OSError):
        return len(os.listdir(f"/proc/{pid}/fd"))
    return 0


def size(path: Path) -> int:
    """Bytes on disk."""
    with contextlib.suppress(OSError):
        return path.lstat().st_blocks * 512
    return 0


def warm_up_of(count: int) -> int:
    """Submissions that do not count, since caches fill with them."""
    return min(WARM_UP, count // 4)


def window_of(count: int, cycle: int) -> int:
    """Submissions in a window: whole cycles, about 200 where there are enough."""
    return cycle * max(1, min(200, (count - warm_up_of(count)) // 2) // cycle)


def compare(looks: Sequence[Look], written: Sequence[float], window: int, jobs: int) -> list[Finding]:
    """First window after the warm-up against the last; both hold the same mix of submissions."""
    count = len(written)
    warm_up = warm_up_of(count)
    last_start = warm_up + (count - warm_up - window) // window * window
    first = [entry for entry in looks if warm_up <= entry.done < warm_up + window]
    last = [entry for entry in looks if last_start <= entry.done < last_start + window]

    def middle(of: Sequence[Look], name: str) -> float:
        values = [getattr(entry, name) for entry in of]
        return statistics.median(max(value, default=0) if isinstance(value, tuple) else value for value in values)

    def cost(start: int) -> float:
        return (written[start + window - 1] - written[start]) / (window - 1) * jobs

    names = {
        "memory of the command (MiB)": ("command", _MIB),
        "memory of the largest worker (MiB)": ("workers", _MIB),
        "memory of the largest warm process (MiB)": ("warm", _MIB),
    }
    findings = [
        Finding(words, middle(first, name) / unit, middle(last, name) / unit, MEMORY_MAY_GROW)
        for words, (name, unit) in names.items()
    ]
    counts = {"descriptors of one process, most and least": "descriptors", "processes, most and least": "processes"}
    for words, name in counts.items():  # sessions come and go: what leaks is in the least
        most, least = max(getattr(entry, name) for entry in first), min(getattr(entry, name) for entry in last)
        findings.append(Finding(words, most, least, 1.0))
    scratch = [max(entry.scratch for entry in window_) / 1024 for window_ in (first, last)]
    findings.append(Finding("scratch, most (KiB)", *scratch, 1.10))
    findings.append(Finding("core seconds a submission", cost(warm_up), cost(last_start), COST_MAY_GROW))
    return findings


def page(slug: str, count: int, jobs: int, window: int, findings: Sequence[Finding]) -> str:
    """The last run as a page of the documentation."""
    rows = [
        f"| {f.name} | {f.first:.3g} | {f.last:.3g} | {f.last / f.first if f.first else 1:.3f} | {f.allowed:.2f} |"
        for f in findings
    ]
    return "\n".join(
        [
            "# A long run",
            "",
            f"Run on {datetime.date.today().isoformat()} by `python benchmarks/soak.py {slug}`: {count} submissions of",
            f"`{slug}` in one run with {jobs} workers: solution, alternatives, mutants and a crash in turn. Medians of",
            f"the {window} submissions after the first {WARM_UP}, and of the last {window} with the same mix.",
            "",
            "| | first | last | ratio | allowed |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def main() -> int:
    """Run, print, and say by the exit code whether everything is flat."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assignment", nargs="?", default="perceptron")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    course = find_course()
    cycle = sources(load(course, arguments.assignment))
    window = window_of(arguments.count, len(cycle))
    if arguments.count < warm_up_of(arguments.count) + 2 * window:
        parser.error(f"--count {arguments.count} is too short: the mix alone is {len(cycle)} submissions")
    looks, written = soak(course, arguments.assignment, cycle, arguments.count, arguments.jobs)
    findings = compare(looks, written, window, arguments.jobs)
    text = page(arguments.assignment, arguments.count, arguments.jobs, window, findings)
    print(text)
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")
    return 0 if all(finding.holds for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
