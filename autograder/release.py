"""From an assignment's source to what students receive: the stub and the public checks.

The stub is made with nbgrader's own preprocessors, so that `nbgrader validate`, and courses that grade with
nbgrader, accept it. Nothing is written before all of it has been searched for hidden text.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder._hidden_text import refuse_hidden_text, split_regions
from autograder._public_checks import TestFile, read_test_file, write_public_checks
from autograder.assignment import Assignment
from autograder.errors import AssignmentError, UsageError
from autograder.notebook import cell_ids, notebook_text, read_source

if TYPE_CHECKING:
    from nbformat import NotebookNode

CHECKS_TAG = "public-checks"  # on the cells that call public_checks.py, which grading need not run

_PUBLIC_CHECKS = "public_checks.py"
_NOTE = """\
The next cell loads the public checks of this notebook. They are in `public_checks.py`, which lies beside it.
On Colab, upload that file first: open the folder on the left, then click the arrow that points up.

A check tells you early what is not right yet. Passing them all is a good sign, not yet the whole mark."""
_IMPORT = "import public_checks"
_CALL = 'public_checks.check("{exercise}", globals())'
_STUB = "# YOUR CODE HERE\nraise NotImplementedError()"
_SKIPPED = ("assignment.toml",)  # of the public folder: for the grader, not for students


def build(assignment: Assignment) -> dict[str, str]:
    """The texts of `<slug>.ipynb` and `public_checks.py`, by file name; the same for the same course.

    Raises:
        AssignmentError: the source or the checks are wrong, or hidden text would be published.
    """
    source, tests = read_source(assignment.source), read_test_file(assignment)
    products = {
        assignment.notebook.name: notebook_text(clear(prepare(assignment, source, tests))),
        _PUBLIC_CHECKS: write_public_checks(assignment, tests),
    }
    calls = [_CALL.format(exercise=exercise) for exercise in assignment.exercises]
    refuse_hidden_text(assignment, source, tests, products, [_NOTE, _IMPORT, _STUB, *calls])
    return products


def write(assignment: Assignment, out: Path | None = None) -> list[Path]:
    """Write the release whole, by rename; the paths written.

    Args:
        assignment: what to release.
        out: where to; None is `assignments/<slug>` itself. Another folder also receives the other public
            files (`data/`).

    Raises:
        AssignmentError: as `build`; nothing has been written then.
        UsageError: the folder cannot be written.
    """
    products = {name: text.encode() for name, text in build(assignment).items()}
    folder = assignment.public if out is None else out
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if folder.resolve() != assignment.public.resolve():
            products |= dict(_other_files(assignment, set(products), folder.resolve()))
        return _write_all(folder, products)
    except OSError as error:
        raise UsageError(f"cannot write the release to {folder}: {error.strerror or error}") from None


def drift(assignment: Assignment) -> list[str]:
    """The names of released files that are missing or differ from what `build` makes now."""
    return [
        name
        for name, text in build(assignment).items()
        if not (path := assignment.public / name).is_file() or path.read_bytes() != text.encode()
    ]


# ---------------------------------------------------------------- the stub


def prepare(assignment: Assignment, source: NotebookNode, tests: TestFile) -> NotebookNode:
    """The source as an nbgrader notebook, solutions still in it: metadata, locks and check cells.

    Raises:
        AssignmentError: an exercise is unknown, has no cell or no solution region, or a region stands elsewhere.
    """
    import nbformat

    node: NotebookNode = nbformat.v4.new_notebook(metadata=_metadata())  # type: ignore[no-untyped-call]
    numbers: dict[str, int] = {}
    for number, cell in enumerate(source.cells, 1):
        exercise = _exercise(assignment, cell, number)
        if exercise:
            numbers[exercise] = numbers.get(exercise, 0) + 1
        node.cells.append(_cell(cell, exercise, numbers.get(exercise, 0)))
    missing = [exercise for exercise in assignment.exercises if exercise not in numbers]
    if missing:
        raise AssignmentError(
            f"{assignment.source.name}: no cell for exercise {missing[0]!r} of assignment.toml",
            f'expected a code cell `# %% exercise="{missing[0]}"`',
        )
    node.cells = list(_with_checks(node.cells, _public_points(tests)))
    for cell, identity in zip(node.cells, cell_ids(node), strict=True):
        cell.metadata["nbgrader"]["grade_id"] = identity
    return node


def clear(node: NotebookNode) -> NotebookNode:
    """Solutions, outputs and hidden tests out, cells locked, checksums in: nbgrader's `generate_assignment`.

    Raises:
        AssignmentError: nbgrader is not installed, or refuses the notebook.
    """
    return _through(node, "LockCells", "ClearSolutions", "ClearOutput", "CheckCellMetadata", "ComputeChecksums")


def _through(notebook: NotebookNode, *names: str) -> NotebookNode:
    node: NotebookNode = notebook
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its dependencies deprecate each other
            from nbgrader import preprocessors
    except ImportError:
        hint = "in the checkout: pip install -e '.[release]'"
        raise AssignmentError("making a release needs nbgrader", hint) from None
    resources: dict[str, Any] = {}
    for name in names:
        try:
            node, resources = getattr(preprocessors, name)().preprocess(node, resources)
        except Exception as error:  # a notebook that passed our own looks: say what nbgrader says
            raise AssignmentError(f"nbgrader's {name} refuses the notebook: {error}") from error
    return node


def _metadata() -> dict[str, Any]:
    return {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


def _exercise(assignment: Assignment, cell: NotebookNode, number: int) -> str:
    """The exercise that a cell belongs to, or "": known, in code, and exactly where there is a solution region."""
    where = f"{assignment.source.name} cell {number}"
    exercise = cell.metadata.get("exercise", "")
    try:
        regions = split_regions(cell)[1]
    except ValueError as error:
        raise AssignmentError(f"{where}: {error}", "close every region in the cell that opens it") from None
    if exercise and exercise not in assignment.exercises:
        raise AssignmentError(f"{where}: unknown exercise {exercise!r}", f"known are {', '.join(assignment.exercises)}")
    if exercise and (cell.cell_type != "code" or not regions):
        raise AssignmentError(f"{where}: exercise {exercise!r} has no solution region", "expected ### BEGIN SOLUTION")
    if regions and not exercise:
        raise AssignmentError(f"{where}: a solution region outside an exercise", 'write `# %% exercise="…"`')
    return str(exercise)


def _cell(cell: NotebookNode, exercise: str, number: int) -> NotebookNode:
    import nbformat

    kinds = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    make = kinds.get(cell.cell_type, nbformat.v4.new_raw_cell)
    made: NotebookNode = make(cell.source)  # type: ignore[no-untyped-call]
    if cell.metadata.get("tags"):
        made.metadata["tags"] = list(cell.metadata["tags"])
    if exercise:
        made.metadata["exercise"] = exercise
    identity = (exercise if number == 1 else f"{exercise}-{number}") if exercise else ""
    made.metadata["nbgrader"] = _nbgrader(identity, solution=bool(exercise))
    return made


def _nbgrader(identity: str, solution: bool = False, points: float | None = None) -> dict[str, Any]:
    """Metadata of schema 3: a cell to solve, a cell that grades (`points`), or one that is only read."""
    grade = {} if points is None else {"points": int(points) if points == int(points) else points}
    return {
        "grade": points is not None,
        "grade_id": identity,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
        **grade,
    }


def _public_points(tests: TestFile) -> dict[str, float]:
    points: dict[str, float] = {}
    for check in tests.checks:
        if check.public:
            points[check.exercise] = round(points.get(check.exercise, 0.0) + check.points, 6)
    return points


def _with_checks(cells: list[NotebookNode], points: dict[str, float]) -> Iterator[NotebookNode]:
    """The cells, and behind the last cell of an exercise one that runs its public checks."""
    last = {cell.metadata["exercise"]: index for index, cell in enumerate(cells) if "exercise" in cell.metadata}
    imported = False
    for index, cell in enumerate(cells):
        yield cell
        exercise = cell.metadata.get("exercise", "")
        if exercise not in points or last[exercise] != index:
            continue
        if not imported:
            yield _check_cell("markdown", _NOTE, _nbgrader(""))
            yield _check_cell("code", _IMPORT, _nbgrader(""))
            imported = True
        grading = _nbgrader(f"check-{exercise}", points=points[exercise])
        yield _check_cell("code", _CALL.format(exercise=exercise), grading)


def _check_cell(kind: str, source: str, nbgrader: dict[str, Any]) -> NotebookNode:
    import nbformat

    make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    made: NotebookNode = make(source)  # type: ignore[no-untyped-call]
    made.metadata["nbgrader"] = nbgrader
    made.metadata["tags"] = [CHECKS_TAG]
    return made


# ---------------------------------------------------------------- files


def _other_files(assignment: Assignment, products: set[str], out: Path) -> Iterator[tuple[str, bytes]]:
    """The regular files of the public folder that students receive as they are; links are not followed."""
    for path in sorted(assignment.public.rglob("*")):
        relative = path.relative_to(assignment.public)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in relative.parts)
        name = relative.as_posix()
        if hidden or name in products or name in _SKIPPED or path.is_symlink() or not path.is_file():
            continue
        if out not in path.resolve().parents:  # a release into a folder of the assignment is not copied into itself
            yield name, path.read_bytes()


def _write_all(folder: Path, contents: dict[str, bytes]) -> list[Path]:
    """All files under temporary names first, then renamed: a full disk leaves the old release as it was."""
    staging = Path(tempfile.mkdtemp(prefix=".release-", dir=folder))
    try:
        for name, content in contents.items():
            (staging / name).parent.mkdir(parents=True, exist_ok=True)
            (staging / name).write_bytes(content)
        for name in contents:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(staging / name, folder / name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return [folder / name for name in contents]
