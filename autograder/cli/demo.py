"""`autograder demo`: the sample class, graded as any other."""

from __future__ import annotations

from pathlib import Path

import autograder
from autograder.cli.grade import GradeRequest
from autograder.cli.grade import run as grade
from autograder.errors import UsageError

_SLUG = "ann"


def run(out: Path, jobs: int) -> int:
    """Grade the class into `out`; 0 when every submission got what it had to get: a record.

    One of the class is no notebook, on purpose, so grading it ends with 1: here, that is success.

    Raises:
        UsageError: the class is neither in the package nor beside it, or `out` cannot be written to.
    """
    course, folder = find_class()
    print(f"grading the sample class in {folder}")
    status = grade(GradeRequest(_SLUG, folder, out, jobs, False, None, True, course))
    print(f"open {(out / 'index.html').resolve().as_uri()} in a browser")
    return 0 if status in (0, 1) else status


def find_class() -> tuple[Path, Path]:
    """The course and the folder with the class: of a wheel, else of the checkout.

    Raises:
        UsageError: there is none.
    """
    package = Path(autograder.__file__).parent
    for course in (package / "_course", package.parent):
        folder = course / "tests" / "classes" / _SLUG
        if folder.is_dir():
            return course, folder
    raise UsageError(f"the sample class is not beside {package}", "install the package again")
