"""A bounded sample of `benchmarks/soak.py`: the same looks at a shorter run; the cost is left to the benchmark."""

from __future__ import annotations

from pathlib import Path

from benchmarks import soak
from tests.command import RIGHT, WRONG, write_course

COUNT, JOBS = 240, 2
CYCLE = (RIGHT, WRONG, f"import matplotlib\n{RIGHT}", RIGHT + soak.CRASH, f"open('f', 'w').write('x' * 10**5)\n{RIGHT}")


def test_a_run_ends_as_it_began(tmp_path: Path) -> None:
    """Memory of the command, of workers and of warm processes, descriptors, processes and scratch space stay flat."""
    course = write_course(tmp_path / "course")
    looks, written = soak.soak(course, "tiny", CYCLE, COUNT, JOBS)
    findings = soak.compare(looks, written, soak.window_of(COUNT, len(CYCLE)), JOBS)
    assert len(findings) == 7
    assert [entry for entry in findings if not entry.holds and not entry.name.startswith("core seconds")] == []
