"""`autograder new`: an assignment that verifies at once, to be rewritten piece by piece."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jinja2

from autograder import assignment as assignments
from autograder import release
from autograder.cli import courses
from autograder.errors import UsageError
from autograder.exports import template_folder

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_FILES = {
    "assignment.toml": "assignments/{slug}/assignment.toml",
    "source.py": "solutions/{slug}/{slug}.py",
    "checks.py": "solutions/{slug}/test_{slug}.py",
    "mutants.toml": "solutions/{slug}/mutants.toml",
    "alternative.py": "solutions/{slug}/alternatives/by_logarithms.py",
}


def run(slug: str, course_option: Path | None) -> int:
    """Write the scaffold and its release, both or neither."""
    if not _NAME.fullmatch(slug):
        raise UsageError(
            f"{slug!r} cannot be the name of an assignment",
            "expected at most 60 lower-case letters, digits and _, a letter first",
        )
    course = courses.own(course_option)
    folders = [course / kind / slug for kind in ("solutions", "assignments")]
    for folder in folders:
        if os.path.lexists(folder):
            raise UsageError(f"{folder} exists", "choose another name, or remove it first")
    try:
        with _staging(course) as staging:
            _write(staging, slug)
            release.write(assignments.load(staging, slug))
            _move(staging, course, folders)
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"cannot write to {course}: {reason}", "name another course with --course") from None
    print(f"wrote {folders[1]} (public) and {folders[0]} (private)")
    print(f"next: autograder verify {slug}; then change {slug}.py and test_{slug}.py, and verify again")
    return 0


@contextmanager
def _staging(course: Path) -> Iterator[Path]:
    """A hidden folder in the course, so that what is finished can be moved by rename."""
    folder = Path(tempfile.mkdtemp(prefix=".new-", dir=course))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(staging: Path, slug: str) -> None:
    """The templates, filled in."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template_folder() / "new-assignment"),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # Python, TOML and Markdown; the slug has no characters that they mind
    )
    title = slug.replace("_", " ").capitalize()
    for template, target in _FILES.items():
        path = staging / target.format(slug=slug)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(environment.get_template(template).render(slug=slug, title=title), encoding="utf-8")


def _move(staging: Path, course: Path, folders: list[Path]) -> None:
    """Private first: the public folder is what makes an assignment known."""
    done: list[Path] = []
    try:
        for folder in folders:
            os.rename(staging / folder.relative_to(course), folder)
            done.append(folder)
    except OSError:
        for folder in done:
            shutil.rmtree(folder)
        raise
