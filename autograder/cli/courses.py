"""The course that a command works on: what `--course` names, or the nearest one upwards."""

from __future__ import annotations

from pathlib import Path

from autograder.assignment import find_course
from autograder.errors import UsageError


def chosen(option: Path | None) -> Path:
    """The folder named by --course, which must be a course itself; without it, the nearest one upwards.

    Raises:
        UsageError: there is none.
    """
    if option is None:
        return find_course()
    missing = [name for name in ("assignments", "solutions") if not (option / name).is_dir()]
    if missing:
        raise UsageError(
            f"--course {option}: there is no folder {missing[0]}/ in it",
            "name the folder that holds assignments/ and solutions/",
        )
    return option.resolve()


def own(option: Path | None) -> Path:
    """As `chosen`, but never the course that came with the package: that one is not to be written to.

    Raises:
        UsageError: there is none.
    """
    try:
        return chosen(option) if option else find_course(Path.cwd())
    except UsageError as error:
        hint = "make the two folders, or name a course with --course DIR"
        raise UsageError(error.message, hint) from None
