"""What grading costs beside the work itself: `python benchmarks/speed.py [ASSIGNMENT] [--repeats N]`.

One run measures both sides in turn, so a loaded machine slows both and the ratio stays fair:

* floor: the same cells and the same check calls, bare, in one warm process (no sandbox, no wire, no pytest), the
  reference solution loaded beforehand;
* graded: the same notebook through the product, one worker, warm.

Prints the median seconds of each and their ratio. The target for now is at most 1.5.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import inspect
import io
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # as in a session
os.environ["MPLBACKEND"] = "agg"

import numpy as np

from autograder.assignment import Assignment, find_course, load
from autograder.checks.local import LocalNamespace
from autograder.intake import Submission, collect
from autograder.notebook import Cell, read_submission
from autograder.pipeline import Grader, Task


@dataclass(frozen=True)
class Call:
    """One check with one set of parameters."""

    function: Callable[..., None]
    keywords: dict[str, Any]


def load_checks(assignment: Assignment) -> ModuleType:
    """The test file as a plain module, its asserts not rewritten."""
    sys.path.insert(0, str(assignment.private))
    spec = importlib.util.spec_from_file_location("bare_checks", assignment.checks)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def calls(module: ModuleType) -> Iterator[Call]:
    """Every test, once per case of its parametrisation."""
    for name, function in vars(module).items():
        if not name.startswith("test_"):
            continue
        cases: list[dict[str, Any]] = [{}]
        for mark in getattr(function, "pytestmark", []):
            if mark.name == "parametrize":
                cases = [case | extra for case in cases for extra in _cases(*mark.args)]
        yield from (Call(function, case) for case in cases)


def _cases(names: str | tuple[str, ...], values: Any) -> Iterator[dict[str, Any]]:
    listed = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    for value in values:
        row = getattr(value, "values", value)  # pytest.param
        row = row if len(listed) > 1 or hasattr(value, "values") else (row,)
        yield dict(zip(listed, row, strict=True))


def run_cells(cells: tuple[Cell, ...], parameters: dict[str, Any]) -> dict[str, Any]:
    """The notebook, bare; its namespace."""
    import matplotlib.pyplot as plt

    namespace: dict[str, Any] = {"__name__": "__main__"}
    np.random.seed(0)
    for cell in cells:
        if cell.kind == "code":
            exec(compile(cell.source, f"<cell {cell.index}>", "exec"), namespace)
            if "parameters" in cell.tags:
                namespace.update(parameters)
    plt.close("all")
    return namespace


def floor(assignment: Assignment, cells: tuple[Cell, ...], reference: LocalNamespace, work: list[Call]) -> float:
    """Seconds for one submission, bare."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        student = LocalNamespace(run_cells(cells, assignment.parameters))
        for call in work:
            given = {"student": student, "reference": reference, "rng": np.random.default_rng(1)} | call.keywords
            wanted = inspect.signature(call.function).parameters
            call.function(**{name: given[name] for name in wanted})
    return time.perf_counter() - started


def graded(grader: Grader, submission: Submission) -> float:
    """Seconds for one submission through the product."""
    started = time.perf_counter()
    record = grader.grade(submission).record
    assert record.status == "graded" and record.score == record.max_score, record.message or record.score
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assignment", nargs="?", default="ann")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    arguments = parser.parse_args()
    course = find_course()
    assignment = load(course, arguments.assignment)
    cells = read_submission(assignment.source.read_bytes(), assignment.source.name).cells
    work = list(calls(load_checks(assignment)))
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        reference = LocalNamespace(run_cells(cells, assignment.parameters))
    bare, ours = [], []
    with collect(assignment.source, assignment.slug) as submissions, Grader(Task(course, assignment.slug)) as grader:
        graded(grader, submissions[0])  # the reference's session starts with the first one
        floor(assignment, cells, reference, work)
        for _ in range(arguments.repeats):
            bare.append(floor(assignment, cells, reference, work))
            ours.append(graded(grader, submissions[0]))
    result = {
        "assignment": assignment.slug,
        "repeats": arguments.repeats,
        "floor_seconds": round(statistics.median(bare), 4),
        "graded_seconds": round(statistics.median(ours), 4),
        "ratio": round(statistics.median(ours) / statistics.median(bare), 3),
        "ratio_of_minima": round(min(ours) / min(bare), 3),
    }
    print(json.dumps(result) if arguments.json else "\n".join(f"{key:16} {value}" for key, value in result.items()))


if __name__ == "__main__":
    main()
