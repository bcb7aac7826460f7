"""public_checks.py: stands alone, runs in a student's interpreter, and leaves nothing behind."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from autograder._public_checks import read_test_file, write_public_checks
from autograder.assignment import Assignment, find_course, load, slugs
from autograder.errors import AssignmentError

HEAD = '''\
"""Checks."""

import math
from math import pi, tau

import numpy as np
import pytest

from autograder.checks import assert_close, assert_shape

LIMIT = 3
UNUSED = 4


def double(x):
    """Twice x."""
    return 2 * x


def helper(x):
    """Uses another helper and a constant."""
    return double(x) + LIMIT

'''

PUBLIC = '''
@pytest.mark.exercise("one")
@pytest.mark.points(1)
@pytest.mark.hint("double it, then add three")
@pytest.mark.public
@pytest.mark.parametrize("x", [1, 2, 5])
def test_f(student, x):
    """f is right.

    More words.
    """
    assert_close(student.f(x), helper(x), "f(x)")


@pytest.mark.exercise("two")
@pytest.mark.points(2)
@pytest.mark.public
def test_g(student, rng):
    """g keeps its input."""
    x = student.hold(rng.normal(size=3))
    before = student.value(x)
    assert student.g(x) == 7
    assert_close(student.value(x), before, "x")

'''

HIDDEN = '''
@pytest.mark.exercise("two")
@pytest.mark.points(1)
def test_hidden(student, reference):
    """g agrees."""
    assert student.g(1) == reference.g(1) == UNUSED
'''


def assignment(root: Path, checks: str = HEAD + PUBLIC + HIDDEN) -> Assignment:
    """An assignment `tiny` of two exercises with these checks."""
    public, private = root / "assignments" / "tiny", root / "solutions" / "tiny"
    public.mkdir(parents=True)
    private.mkdir(parents=True)
    (public / "assignment.toml").write_text('title = "Tiny \\"things\\""\n[exercises]\none = "One"\ntwo = "Two"\n')
    (private / "tiny.py").write_text("# %%\n")
    (private / "test_tiny.py").write_text(checks)
    return load(root, "tiny")


def text(root: Path, checks: str = HEAD + PUBLIC + HIDDEN) -> str:
    """The text of public_checks.py."""
    made = assignment(root, checks)
    return write_public_checks(made, read_test_file(made))


def student(root: Path, code: str, checks: str = HEAD + PUBLIC + HIDDEN, **environment: str) -> str:
    """What a student's session prints: `code` in a fresh interpreter, `public_checks.py` beside it, no autograder."""
    here = root / "student"
    here.mkdir()
    (here / "public_checks.py").write_text(text(root, checks))
    script = textwrap.dedent(code)
    ours = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")  # students have neither
    env = {key: value for key, value in os.environ.items() if key not in ours} | environment
    blocked = "import sys; sys.modules['autograder'] = None; sys.dont_write_bytecode = True\nimport public_checks\n"
    blocked += "sys.dont_write_bytecode = False\n"
    done = subprocess.run(
        [sys.executable, "-c", blocked + script], cwd=here, env=env, capture_output=True, text=True, timeout=120
    )
    assert done.stderr == ""
    assert sorted(path.name for path in here.rglob("*")) == sorted(["public_checks.py", *FILES])
    return done.stdout


FILES: tuple[str, ...] = ()  # what else may lie there afterwards

TRY = """
def attempt(*args):
    try:
        public_checks.check(*args)
        print("no error")
    except (AssertionError, ValueError) as error:
        print(type(error).__name__ + ":", error)
"""


# ---------------------------------------------------------------- what is in the file


def test_it_holds_what_public_checks_need_and_nothing_more(tmp_path: Path) -> None:
    """Helpers and constants transitively; no hidden check, no unused name, no import of ours."""
    made = text(tmp_path)
    names = {node.name for node in ast.parse(made).body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert {"double", "helper", "test_f", "test_g", "assert_close", "assert_shape", "LocalNamespace", "check"} <= names
    for absent in ("test_hidden", "UNUSED", "autograder", "import math", "from math", "tau"):
        assert absent not in made


def test_it_imports_only_the_standard_library_pytest_and_numpy(tmp_path: Path) -> None:
    """A fresh Colab has both."""
    modules = set()
    for node in ast.walk(ast.parse(text(tmp_path))):
        if isinstance(node, ast.Import):
            modules |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add((node.module or "").partition(".")[0])
    assert modules - set(sys.stdlib_module_names) == {"numpy", "pytest"}


def test_comparisons_that_no_public_check_uses_are_left_out(tmp_path: Path) -> None:
    """Short files are read."""
    checks = HEAD + '\n@pytest.mark.exercise("one")\n@pytest.mark.points(1)\n@pytest.mark.public\n'
    made = text(tmp_path, checks + 'def test_a(student):\n    """A."""\n    assert student.a == pi\n')
    assert "assert_close" not in made
    assert "from math import pi\n" in made


def test_fixtures_of_the_test_file_are_followed(tmp_path: Path) -> None:
    """pytest finds them by the parameter's name."""
    checks = HEAD + (
        "\n@pytest.fixture\ndef seven():\n    return LIMIT + 4\n"
        '\n@pytest.mark.exercise("one")\n@pytest.mark.points(1)\n@pytest.mark.public\n'
        'def test_a(student, seven):\n    """A."""\n    assert student.a == seven\n'
    )
    out = student(tmp_path, TRY + "attempt(None, {'a': 7})", checks)
    assert out == "✓ A.\n1 of 1 public checks pass\nno error\n"


def test_markers_may_stand_in_names(tmp_path: Path) -> None:
    """`graded = pytest.mark.points(1)` above several checks."""
    checks = HEAD + (
        'one = pytest.mark.exercise("one")\npublic = pytest.mark.public\n'
        '\n@one\n@pytest.mark.points(1)\n@public\ndef test_a(student):\n    """A."""\n'
    )
    made = assignment(tmp_path, checks)
    (check,) = read_test_file(made).checks
    assert (check.exercise, check.points, check.public) == ("one", 1.0, True)
    assert "one = pytest.mark.exercise" in write_public_checks(made, read_test_file(made))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("def test_a(student, reference):\n    pass", "public check test_a uses the reference solution"),
        ("def test_a(student):\n    ours(1)", r"test_a uses the reference solution \(in ours\)"),
        ("def test_a(student, request):\n    request.getfixturevalue('reference')", "test_a uses the reference"),
        ("def test_a(student):\n    test_hidden(1, 2)", "test_a uses hidden check test_hidden"),
        ("def test_a(student):\n    secret_table()", "test_a uses the module tables, which students do not have"),
        ("def test_a(student):\n    StudentError()", "test_a uses StudentError of autograder.checks"),
        ("def test_a(student):\n    records.x()", "test_a uses the module autograder"),
        ("def check(student):\n    pass\n\n\n@mark\ndef test_a(student):\n    check(1)", "check is also a name of"),
        ("def copy():\n    pass\n\n\n@mark\ndef test_a(student):\n    copy()", "copy is also a name of"),
    ],
)
def test_what_students_must_not_or_cannot_have_is_refused_by_name(tmp_path: Path, body: str, message: str) -> None:
    """The reference, hidden checks, private modules, names that would clash with the runner's."""
    extra = (
        "from tables import secret_table\nfrom autograder import records\nfrom autograder.checks import StudentError\n"
        "\n\ndef ours(x):\n    def inner(reference):\n        return reference\n    return 'reference'\n\n\n"
    )
    mark = '@pytest.mark.exercise("one")\n@pytest.mark.points(1)\n@pytest.mark.public\n'
    body = body.replace("@mark\n", mark) if "@mark" in body else mark + body
    with pytest.raises(AssignmentError, match=r"test_tiny.py line \d+: .*" + message):
        text(tmp_path, HEAD + extra + body + "\n" + HIDDEN)


@pytest.mark.parametrize(
    ("checks", "message"),
    [
        ("def test_a(student):\n    pass\n", "test_a has no marker exercise"),
        ('@pytest.mark.exercise("one")\ndef test_a(student):\n    pass\n', "test_a has no marker points"),
        ('@pytest.mark.exercise("x")\n@pytest.mark.points(1)\ndef test_a():\n    pass\n', "unknown exercise 'x'"),
        ("class TestA:\n    pass\n", "TestA is a class"),
        ("def broken(:\n", "cannot be read"),
    ],
)
def test_faults_of_the_test_file_are_named(tmp_path: Path, checks: str, message: str) -> None:
    """Before anything is made of it."""
    with pytest.raises(AssignmentError, match=message):
        text(tmp_path, "import pytest\n\n\n" + checks)


# ---------------------------------------------------------------- running it


def test_passing_checks_are_listed_and_nothing_is_raised(tmp_path: Path) -> None:
    """One line a check, by exercise or all."""
    code = TRY + "f = lambda x: 2 * x + 3\ng = lambda x: 7\nattempt('one', globals())\nattempt()"
    assert student(tmp_path, code) == (
        "✓ f is right.\n1 of 1 public checks pass\nno error\n"
        "✓ f is right.\n✓ g keeps its input.\n2 of 2 public checks pass\nno error\n"
    )


def test_a_failed_check_says_title_message_and_hint_and_raises(tmp_path: Path) -> None:
    """How many cases failed, the numbers too: these inputs are public."""
    out = student(tmp_path, TRY + "f = lambda x: 5 * x\nattempt('one', globals())")
    lines = out.splitlines()
    assert lines[0] == "✗ f is right. (2 of 3 cases)"
    assert lines[1] == "    f(x) has the right shape, but not the right values"
    assert "Not equal to tolerance" in out
    assert lines[-3:] == [
        "    hint: double it, then add three",
        "0 of 1 public checks pass",
        "AssertionError: 1 of 1 public checks failed: see above",
    ]


def test_plain_asserts_explain_themselves(tmp_path: Path) -> None:
    """pytest's own rewriting is at work."""
    assert "assert 8 == 7" in student(tmp_path, TRY + "g = lambda x: 8\nattempt('two', globals())")


def test_it_may_be_called_again_after_a_correction(tmp_path: Path) -> None:
    """In one kernel: red, then green."""
    out = student(
        tmp_path, TRY + "f = lambda x: 0\nattempt('one')\nf = lambda x: 2 * x + 3\nattempt('one')\nattempt('one')"
    )
    verdicts = [line for line in out.splitlines() if "public checks pass" in line]
    assert [verdict[0] for verdict in verdicts] == ["0", "1", "1"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("", "f is not defined yet: run the cell that defines it"),
        ("def f(x):\n    raise NotImplementedError()\n", "not solved yet: your code raises NotImplementedError"),
        ("def f(x):\n    return y\n", "NameError: name 'y' is not defined"),
        ("def f(x):\n    import pytest; pytest.skip('no')\n", "Skipped: no"),
        ("def f(x):\n    raise SystemExit(0)\n", "SystemExit: 0"),
        (
            "class E(Exception):\n    def __str__(self): raise ValueError\ndef f(x):\n    raise E\n",
            "E: its message cannot be shown",
        ),
    ],
)
def test_what_goes_wrong_in_student_code_is_said_and_never_passes(tmp_path: Path, code: str, message: str) -> None:
    """Undefined names, stubs, exceptions, skips and exits."""
    out = student(tmp_path, TRY + code + "attempt('one', globals())")
    assert message in out
    assert "0 of 1 public checks pass" in out


@pytest.mark.parametrize("code", ["import pytest; pytest.exit('x', 0)", "raise KeyboardInterrupt"])
def test_a_run_that_is_cut_short_is_no_success(tmp_path: Path, code: str) -> None:
    """Neither pytest's exit nor an interrupt."""
    out = student(tmp_path, TRY + f"def f(x):\n    {code}\nattempt('one', globals())")
    assert "no error" not in out
    assert "AssertionError" in out
    assert "✓" not in out


def test_an_unknown_exercise_is_named_with_the_known_ones(tmp_path: Path) -> None:
    """A typing error is no success."""
    out = student(tmp_path, TRY + "attempt('thre', globals())")
    assert out == "ValueError: no public checks for 'thre': there are some for one, two\n"


def test_a_file_without_public_checks_says_so(tmp_path: Path) -> None:
    """Nothing to run is no failure."""
    assert student(tmp_path, TRY + "attempt()", HEAD + HIDDEN) == "0 of 0 public checks pass\nno error\n"


def test_the_interpreter_is_as_it_was(tmp_path: Path) -> None:
    """Path, modules, environment, streams, bytecode: no trace of pytest's run but pytest itself."""
    code = """
    import os, warnings
    import numpy as np
    f = lambda x: 2 * x + 3
    def state():
        return (list(sys.path), dict(os.environ), sys.stdout, sys.stderr, sys.dont_write_bytecode, sys.meta_path[:],
                sys.modules["public_checks"], os.getcwd(), warnings.filters[:], set(np.geterr().items()))
    before = state()
    public_checks.check("one", globals())
    print([i for i, (a, b) in enumerate(zip(before, state())) if a != b])
    """
    assert student(tmp_path, code, PYTEST_ADDOPTS="--collect-only").splitlines()[-1] == "[]"


def test_files_of_the_folder_do_not_change_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A conftest.py or pytest.ini that lies there is not read."""
    monkeypatch.setattr(sys.modules[__name__], "FILES", ("conftest.py", "pytest.ini"))
    code = """
    open("conftest.py", "w").write("raise RuntimeError")
    open("pytest.ini", "w").write("[pytest]\\naddopts = --collect-only")
    f = lambda x: 0
    attempt("one", globals())
    """
    assert "0 of 1 public checks pass" in student(tmp_path, TRY + textwrap.dedent(code))


def test_in_ipython_the_line_of_the_students_cell_is_shown(tmp_path: Path) -> None:
    """As in a notebook: the variables are the shell's, the failing line is the cell's."""
    code = """
    from IPython.core.interactiveshell import InteractiveShell
    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    shell.user_ns["public_checks"] = public_checks
    shell.run_cell("def f(x):\\n    y = x\\n    return y + missing\\n")
    result = shell.run_cell("try:\\n    public_checks.check('one', globals())\\nexcept AssertionError: print('raised')")
    """
    out = student(tmp_path, code, IPYTHONDIR=os.fspath(tmp_path / "ipython"))
    assert "NameError: name 'missing' is not defined" in out
    assert "line 3 of its cell, in f: return y + missing" in out
    assert out.rstrip().endswith("raised")


# ---------------------------------------------------------------- the course

COURSE = find_course(Path(__file__).parent)


@pytest.mark.parametrize("slug", slugs(COURSE))
def test_every_reference_solution_passes_its_public_checks(slug: str, tmp_path: Path) -> None:
    """In a student's interpreter, from the source's own cells."""
    from autograder.notebook import read_submission

    made = load(COURSE, slug)
    (tmp_path / "public_checks.py").write_text(write_public_checks(made, read_test_file(made)))
    book = read_submission(made.source.read_bytes(), made.source.name)
    parameters = "".join(f"\n{name} = {value!r}" for name, value in made.parameters.items())
    cells: list[Any] = [cell.source + (parameters if "parameters" in cell.tags else "") for cell in book.code]
    script = "import matplotlib; matplotlib.use('agg')\n" + "\n\n".join(cells)
    (tmp_path / "run.py").write_text(script + "\nimport public_checks\npublic_checks.check(None, globals())\n")
    if made.data.is_dir():
        (tmp_path / "data").symlink_to(made.data)
    done = subprocess.run([sys.executable, "run.py"], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "✗" not in done.stdout
    assert "✓" in done.stdout
