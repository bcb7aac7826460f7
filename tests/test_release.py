"""The release: a stub that nbgrader accepts, nothing hidden in it, the same text every time."""

from __future__ import annotations

import io
import json
import os
import textwrap
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder import release
from autograder._hidden_text import code_lines, uniform
from autograder._public_checks import read_test_file
from autograder.assignment import Assignment, find_course, load, slugs
from autograder.errors import AssignmentError, UsageError
from autograder.notebook import notebook_text, read_source

SOURCE = '''\
# %% [markdown]
# # Sums
#
# Add two numbers, then take a mean.

# %%
import numpy as np

# %% tags=["parameters"]
N_ITER = 10

# %% exercise="add"
def add(a, b):
    """The sum of two numbers, float."""
    ### BEGIN SOLUTION
    total = np.asarray(a, dtype=float) + b
    return total.item()
    ### END SOLUTION

# %% exercise="mean"
def mean(x):
    """The mean of x, (m,) float64, as a float."""
    ### BEGIN SOLUTION
    count = len(x)
    return float(np.sum(x) / count)
    ### END SOLUTION

# %% [markdown]
# More of the same exercise.

# %% exercise="mean"
### BEGIN SOLUTION
MEAN_OF_GATES = mean(np.array([0.0, 0.0, 0.0, 1.0]))
### END SOLUTION

# %%
np.set_printoptions(precision=3)
print(add(1, 2))
'''

CHECKS = '''\
"""Checks of the tiny assignment."""

import numpy as np
import pytest

from autograder.checks import assert_close

CASES = [(1.0, 2.0), (-1.0, 0.5)]
SECRET_TABLE = [0.125, 0.375, 0.625]


def number(value, name):
    """`value` as a float."""
    assert_close(value, float(value), name)
    return float(value)


@pytest.mark.exercise("add")
@pytest.mark.points(1)
@pytest.mark.hint("use the plus sign")
@pytest.mark.public
@pytest.mark.parametrize("case", CASES)
def test_add_adds(student, case):
    """add gives the sum.

    Both signs are tried.
    """
    assert number(student.add(*case), "add") == sum(case)


@pytest.mark.exercise("mean")
@pytest.mark.points(0.5)
@pytest.mark.public
def test_mean_of_one(student):
    """The mean of one number is that number."""
    assert_close(student.mean(np.array([3.0])), 3.0, "mean")


@pytest.mark.exercise("mean")
@pytest.mark.points(2)
@pytest.mark.hint("divide by the count")
def test_mean_of_hidden_numbers(student, reference, rng):
    """The mean of the hidden numbers agrees with ours."""
    numbers = np.array(SECRET_TABLE) * rng.uniform(1, 2)
    assert_close(student.mean(numbers), reference.mean(numbers), "mean")
'''

MUTANTS = '''\
[[mutant]]
name = "no division"
exercise = "mean"
hint = "was the sum divided by the count?"
find = "return float(np.sum(x) / count)"
replace = "return float(np.sum(x) * 1.0)"
'''

ALTERNATIVE = "import numpy as np\n\ndef add(a, b):\n    return float(np.add.reduce([a, b]))\n"

TOML = '''\
title = "Sums and means"
[exercises]
add = "Addition"
mean = "The mean"
'''


def course(root: Path, **texts: str) -> Assignment:
    """A course with one tiny assignment; `source`, `checks`, `mutants`, `alternative`, `toml` replace its texts."""
    public, private = root / "assignments" / "tiny", root / "solutions" / "tiny"
    (public / "data").mkdir(parents=True, exist_ok=True)
    (private / "alternatives").mkdir(parents=True, exist_ok=True)
    (public / "assignment.toml").write_text(texts.get("toml", TOML))
    (public / "data" / "numbers.csv").write_text("1,2\n")
    (private / "tiny.py").write_text(texts.get("source", SOURCE))
    (private / "test_tiny.py").write_text(texts.get("checks", CHECKS))
    (private / "mutants.toml").write_text(texts.get("mutants", MUTANTS))
    (private / "alternatives" / "reduce.py").write_text(texts.get("alternative", ALTERNATIVE))
    return load(root, "tiny")


@pytest.fixture
def tiny(tmp_path: Path) -> Assignment:
    """The tiny assignment as it is."""
    return course(tmp_path)


def cells(assignment: Assignment) -> list[dict[str, Any]]:
    """The cells of the stub, as JSON, sources joined."""
    body = json.loads(release.build(assignment)["tiny.ipynb"])
    return [{**cell, "source": "".join(cell["source"])} for cell in body["cells"]]


# ---------------------------------------------------------------- the stub


def test_solutions_are_replaced_by_nbgraders_stub(tiny: Assignment) -> None:
    """Signature and docstring stay, the region becomes a NotImplementedError."""
    found = {cell["metadata"]["nbgrader"]["grade_id"]: cell["source"] for cell in cells(tiny)}
    assert found["add"] == (
        'def add(a, b):\n    """The sum of two numbers, float."""\n'
        "    # YOUR CODE HERE\n    raise NotImplementedError()"
    )
    assert found["mean-2"] == "# YOUR CODE HERE\nraise NotImplementedError()"


def test_exercise_cells_are_to_be_solved_and_all_others_are_locked(tiny: Assignment) -> None:
    """nbgrader metadata of schema 3; locked cells are neither deletable nor editable."""
    for cell in cells(tiny):
        meta = cell["metadata"]["nbgrader"]
        assert meta["schema_version"] == 3
        assert meta["solution"] == ("exercise" in cell["metadata"])
        assert meta["locked"] != meta["solution"]
        assert meta["checksum"]
        assert cell["metadata"]["deletable"] is False
        assert cell["metadata"].get("editable", True) is meta["solution"]


def test_each_exercise_is_followed_by_a_cell_that_grades_its_public_checks(tiny: Assignment) -> None:
    """After the last cell of the exercise, worth the sum of the public points; the first loads the module."""
    found = cells(tiny)
    names = [cell["metadata"]["nbgrader"]["grade_id"] for cell in found]
    grading = {
        cell["metadata"]["nbgrader"]["grade_id"]: (cell["metadata"]["nbgrader"]["points"], cell["source"])
        for cell in found
        if cell["metadata"]["nbgrader"]["grade"]
    }
    assert grading == {
        "check-add": (1, 'public_checks.check("add", globals())'),
        "check-mean": (0.5, 'public_checks.check("mean", globals())'),
    }
    assert names.index("check-mean") == names.index("mean-2") + 1
    before = names.index("check-add")
    assert found[before - 1]["source"] == "import public_checks"
    assert "Colab" in found[before - 2]["source"]
    assert [cell["source"] for cell in found].count("import public_checks") == 1


def test_an_exercise_without_public_checks_has_no_such_cell(tmp_path: Path) -> None:
    """There would be nothing to run."""
    half = "@pytest.mark.points(0.5)\n"
    tiny = course(tmp_path, checks=CHECKS.replace(half + "@pytest.mark.public\n", half))
    assert "check-mean" not in [cell["metadata"]["nbgrader"]["grade_id"] for cell in cells(tiny)]


def test_tags_and_the_kernel_are_kept(tiny: Assignment) -> None:
    """`parameters` is what grading overrides; the kernel is plain Python 3."""
    tagged = [cell["source"] for cell in cells(tiny) if "parameters" in cell["metadata"].get("tags", [])]
    assert tagged == ["N_ITER = 10"]
    assert json.loads(release.build(tiny)["tiny.ipynb"])["metadata"]["kernelspec"]["name"] == "python3"


def test_building_twice_gives_the_same_texts(tiny: Assignment) -> None:
    """Ids are made from the cells, not drawn."""
    assert release.build(tiny) == release.build(tiny)


def test_a_cells_id_does_not_depend_on_the_solution(tiny: Assignment, tmp_path: Path) -> None:
    """Otherwise the stub would change with every better solution, and a digest of it would leave."""
    other = course(tmp_path / "other", source=SOURCE.replace("count = len(x)", "count = x.size"))
    assert release.build(tiny)["tiny.ipynb"] == release.build(other)["tiny.ipynb"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('exercise="add"', 'exercise="ad"', "unknown exercise 'ad'"),
        ('exercise="add"', 'tags=["x"]', "a solution region outside an exercise"),
        ("    ### BEGIN SOLUTION\n    total", "    total", "do not pair"),
        ("    ### END SOLUTION\n\n# %% exercise=\"mean\"", "\n# %% exercise=\"mean\"", "without END SOLUTION"),
        ("# %%\nnp.set", '# %% exercise="add"\nnp.set', "exercise 'add' has no solution region"),
    ],
)
def test_faults_of_the_source_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    """With the cell in which they are."""
    assert old in SOURCE
    with pytest.raises(AssignmentError, match=r"tiny.py cell \d+: .*" + message):
        release.build(course(tmp_path, source=SOURCE.replace(old, new)))


def test_an_exercise_without_a_cell_is_named(tmp_path: Path) -> None:
    """assignment.toml promises it."""
    with pytest.raises(AssignmentError, match="no cell for exercise 'power'"):
        release.build(course(tmp_path, toml=TOML + 'power = "Powers"\n'))


# ---------------------------------------------------------------- hidden text

_TEXT = "# More of the same exercise."


def line_of(start: str) -> str:
    """`test_tiny.py line n` for the line that begins so."""
    lines = [line.strip() for line in CHECKS.splitlines()]
    return f"test_tiny.py line {next(n for n, line in enumerate(lines, 1) if line.startswith(start))}"


def pasted(text: str) -> str:
    """The source with `text` in a text cell."""
    return SOURCE.replace(_TEXT, textwrap.indent(text, "# "))


LEAKS = {
    "solution in a text cell": (pasted("Try `total = np.asarray(a, dtype=float)+b` here."), "exercise 'add'"),
    "solution in a comment": (SOURCE.replace("print(add", "# return float(np.sum(x) / count)\nprint(add"), "'mean'"),
    "solution in a docstring": (SOURCE.replace("two numbers, float.", "return total.item()"), "'add'"),
    "whole solution as code": (
        SOURCE + "\n# %%\nx = [1]\ncount = len(x)\nreturn_value = 1\n"
        "\n# %%\ndef again(x):\n    count = len(x)\n    return float(np.sum(x) / count)\n",
        "'mean'",
    ),
    "hidden check's name": (pasted("See test_mean_of_hidden_numbers."), line_of("def test_mean_of_hidden")),
    "hidden check's title": (pasted("The mean of the hidden numbers agrees with ours"), line_of('"""The mean of th')),
    "hidden check's body": (pasted("numbers = np.array(SECRET_TABLE) * rng.uniform(1, 2)"), line_of("numbers = ")),
    "hidden table": (pasted("SECRET_TABLE = [0.125, 0.375, 0.625]"), line_of("SECRET_TABLE")),
    "mutant's replacement": (pasted("Not `return float(np.sum(x) * 1.0)`!"), "replace of mutant 'no division'"),
    "mutant's hint": (pasted("Was it? was the sum divided by the count?"), "hint of mutant 'no division'"),
    "alternative": (pasted("return float(np.add.reduce([a, b]))"), "tiny/alternatives/reduce.py"),
    "marker": (pasted("### begin hidden tests"), "the marker begin hidden tests"),
}


@pytest.mark.parametrize("kind", LEAKS)
def test_hidden_text_in_the_notebook_is_refused(tmp_path: Path, kind: str) -> None:
    """Each kind, wherever it was pasted; the message says where, what, and where it comes from."""
    source, origin = LEAKS[kind]
    with pytest.raises(AssignmentError, match="would publish hidden text") as caught:
        release.build(course(tmp_path, source=source))
    assert "tiny" in caught.value.message
    assert origin in caught.value.hint


def test_a_solution_in_a_public_check_is_refused(tmp_path: Path) -> None:
    """As when a closed form is copied out of the reference."""
    leak = "    a, b = case\n    total = np.asarray(a, dtype=float) + b\n    assert number("
    checks = CHECKS.replace("    assert number(", leak)
    with pytest.raises(AssignmentError, match=r"public_checks.py line \d+ would publish hidden text: 'total = "):
        release.build(course(tmp_path, checks=checks))


def test_a_solution_in_another_public_file_is_refused(tiny: Assignment) -> None:
    """Everything under assignments/ is published."""
    (tiny.public / "data" / "notes.txt").write_text("a\nreturn float(np.sum(x)/count)\n")
    with pytest.raises(AssignmentError, match=r"data/notes.txt line 2 would publish hidden text"):
        release.build(tiny)


def test_lines_that_public_code_shares_with_solutions_are_no_secret(tmp_path: Path) -> None:
    """One line of a longer solution that a public cell uses too."""
    source = SOURCE.replace("print(add(1, 2))", "x = np.ones(3)\nvalue = float(np.sum(x) / 3)\n")
    source = source.replace("    count = len(x)\n", "    np.set_printoptions(precision=3)\n    count = len(x)\n")
    assert "precision=3" in release.build(course(tmp_path, source=source))["tiny.ipynb"]


def test_a_line_that_is_given_away_on_purpose_is_marked(tmp_path: Path) -> None:
    """`# public` behind a solution's line lets the text repeat it."""
    source = pasted("`total = np.asarray(a, dtype=float) + b` is a good beginning")
    source = source.replace("float) + b\n    ret", "float) + b  # public\n    ret")
    assert "good beginning" in release.build(course(tmp_path, source=source))["tiny.ipynb"]


def test_a_link_out_of_the_public_folder_is_looked_through(tiny: Assignment) -> None:
    """Where links are followed, the hidden checks would be published whole."""
    (tiny.public / "link.txt").symlink_to(tiny.checks)
    with pytest.raises(AssignmentError, match=r"link.txt line \d+ would publish"):
        release.build(tiny)


def test_a_leak_writes_nothing(tmp_path: Path) -> None:
    """Neither file, although only one would be wrong."""
    tiny = course(tmp_path, source=LEAKS["marker"][0])
    with pytest.raises(AssignmentError):
        release.write(tiny)
    assert sorted(path.name for path in tiny.public.iterdir()) == ["assignment.toml", "data"]


@pytest.mark.parametrize(
    ("line", "expected"), [("a  =b+ 1", "a=b+1"), ("  # x = f( y )", "x=f(y)"), ('"""The sum."""', "The sum")]
)
def test_uniform_lines_differ_only_in_what_they_say(line: str, expected: str) -> None:
    """Spacing, comment signs and quotes do not count."""
    assert uniform(line) == expected


def test_code_lines_leave_comments_and_docstrings_out() -> None:
    """Strings that are values stay."""
    source = 'def f():\n    """Doc\n    more"""\n    # no\n    return """a\nb"""  # no\n'
    assert code_lines(source) == ["def f():", '    return """a', 'b"""']


# ---------------------------------------------------------------- files


def test_write_puts_both_files_beside_assignment_toml(tiny: Assignment) -> None:
    """And leaves nothing else there."""
    assert release.write(tiny) == [tiny.public / "tiny.ipynb", tiny.public / "public_checks.py"]
    assert sorted(os.listdir(tiny.public)) == ["assignment.toml", "data", "public_checks.py", "tiny.ipynb"]


def test_write_to_another_folder_takes_the_data_along(tiny: Assignment, tmp_path: Path) -> None:
    """What students need, and nothing else; links are not followed."""
    (tmp_path / "notes.txt").write_text("notes")
    (tiny.public / "link.txt").symlink_to(tmp_path / "notes.txt")
    release.write(tiny, tmp_path / "out" / "week1")
    found = sorted(p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*") if p.is_file())
    assert found == ["week1/data/numbers.csv", "week1/public_checks.py", "week1/tiny.ipynb"]
    assert not tiny.notebook.exists()


def test_an_unwritable_folder_is_one_clear_line(tiny: Assignment, tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError, match="cannot write the release to"):
        release.write(tiny, tmp_path / "out")


def test_a_failed_write_leaves_the_old_release(tiny: Assignment, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full at the second file."""
    release.write(tiny)
    before = {path.name: path.read_bytes() for path in tiny.public.iterdir() if path.is_file()}
    tiny.source.write_text(SOURCE.replace("# # Sums", "# # Other sums"))
    real: Callable[[Path, bytes], int] = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.name == "public_checks.py":
            raise OSError(28, "No space left on device")
        return real(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UsageError, match="No space left"):
        release.write(tiny)
    assert {path.name: path.read_bytes() for path in tiny.public.iterdir() if path.is_file()} == before
    assert not list(tiny.public.glob(".release-*"))


def test_drift_names_what_differs(tiny: Assignment) -> None:
    """Missing at first, nothing after a write, the notebook after a change of the text."""
    assert release.drift(tiny) == ["tiny.ipynb", "public_checks.py"]
    release.write(tiny)
    assert release.drift(tiny) == []
    tiny.source.write_text(SOURCE.replace("# # Sums", "# # Other sums"))
    assert release.drift(tiny) == ["tiny.ipynb"]


# ---------------------------------------------------------------- nbgrader


def validated(path: Path) -> tuple[dict[str, Any], str]:
    """What `nbgrader validate` finds, and what it prints."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from nbgrader.validator import Validator

        validator = Validator()
        validator.stream = io.StringIO()
        validator.validate_and_print(os.fspath(path))
        return validator.validate(os.fspath(path)), validator.stream.getvalue()


def test_nbgrader_accepts_the_stubs_metadata(tiny: Assignment) -> None:
    """Its own validator, on every cell."""
    import nbformat
    from nbgrader.nbgraderformat import MetadataValidator

    node = nbformat.reads(release.build(tiny)["tiny.ipynb"], as_version=4)
    nbformat.validate(node)
    MetadataValidator().validate_nb(node)


def test_nbgrader_validates_the_solution_and_fails_the_stub(tiny: Assignment) -> None:
    """With a kernel: success for the filled-in notebook, the failing cells for the stub. Nothing is left behind."""
    release.write(tiny)
    results, _ = validated(tiny.notebook)
    assert [entry["source"] for entry in results["failed"]] == [
        'public_checks.check("add", globals())',
        'public_checks.check("mean", globals())',
    ]
    solved = release._through(
        release.prepare(tiny, read_source(tiny.source), read_test_file(tiny)), "LockCells", "ComputeChecksums"
    )
    tiny.notebook.write_text(notebook_text(solved))
    results, printed = validated(tiny.notebook)
    assert results == {}
    assert printed == "Success! Your notebook passes all the tests.\n"
    assert not list(tiny.public.rglob(".pytest_cache"))


# ---------------------------------------------------------------- the course

COURSE = find_course(Path(__file__).parent)


@pytest.mark.parametrize("slug", slugs(COURSE))
def test_the_committed_release_is_what_the_source_makes(slug: str) -> None:
    """`autograder release --check` for every assignment of the course."""
    assert release.drift(load(COURSE, slug)) == []
