"""A tiny course on disk, and one warm grader around it: what most tests of grading need.

Checks report what they must not find by failing with it: `Course.grade` returns the record, in whose `detail` the
test then looks for the effect itself.
"""

from __future__ import annotations

import hashlib
import itertools
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from autograder.assignment import slugs
from autograder.intake import Submission
from autograder.pipeline import Grader, Task
from autograder.records import CheckResult, Record
from autograder.student import SandboxChoice

_slugs = (f"tiny{number}" for number in itertools.count(1))  # pytest imports checks by name: each course has its own
HEAD = """\
import numpy as np
import pytest
from autograder.checks import NotAValue, StudentError, assert_close, assert_shape
pytestmark = [pytest.mark.exercise("work"), pytest.mark.points(1)]
"""


def write_course(root: Path, source: str, checks: str, toml: str = "", head: str = HEAD) -> str:
    """`assignments/tinyN` and `solutions/tinyN` under `root`: one exercise `work`, checks of a point each; the slug."""
    slug = next(_slugs)
    public, private = root / "assignments" / slug, root / "solutions" / slug
    public.mkdir(parents=True)
    private.mkdir(parents=True)
    (public / "assignment.toml").write_text(f'title = "Tiny"\n[exercises]\nwork = "Work"\n{textwrap.dedent(toml)}')
    (private / f"{slug}.py").write_text(f'# %% exercise="work"\n{textwrap.dedent(source)}')
    (private / f"test_{slug}.py").write_text(head + textwrap.dedent(checks))
    return slug


@dataclass
class Course:
    """A warm grader, and a folder in which submissions are put."""

    root: Path
    grader: Grader
    inbox: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def grade(self, *cells: str, name: str = "") -> Record:
        """Grade a script of these cells; `name` is the file's, each submission has its own otherwise."""
        return self.grade_file(self.submit(*cells, name=name))

    def submit(self, *cells: str, name: str = "") -> Path:
        """The file that a student hands in."""
        path = self.inbox / (name or f"student{next(self._numbers)}.py")
        path.write_text("".join(f"# %%\n{textwrap.dedent(cell)}\n" for cell in cells))
        return path

    def grade_file(self, path: Path) -> Record:
        """Grade what lies at `path`."""
        return self.grader.grade(submission(path)).record


def submission(path: Path) -> Submission:
    """As intake describes it."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Submission(path.stem, path.name, path, digest, "2026-11-28T00:00:00Z")


@contextmanager
def course(
    root: Path,
    checks: str,
    source: str = "pass\n",
    toml: str = "",
    choice: SandboxChoice | None = None,
    hidden: Sequence[Path] = (),
) -> Iterator[Course]:
    """A course under `root`, written when it is not there yet, and its warm grader."""
    if not (root / "assignments").is_dir():
        write_course(root, source, checks, toml)
    inbox = root / "inbox"
    inbox.mkdir(exist_ok=True)
    (slug,) = slugs(root)
    task = Task(root, slug, choice or SandboxChoice(), tuple(hidden))
    with Grader(task) as grader:
        yield Course(root, grader, inbox)


def check(record: Record, name: str) -> CheckResult:
    """One check of a record, by the name of its function."""
    (found,) = [entry for entry in record.checks if entry.id == name]
    return found


def outcomes(record: Record) -> dict[str, str]:
    """Outcome by check."""
    return {entry.id: entry.outcome for entry in record.checks}
